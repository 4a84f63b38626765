//! A lead as it is stored, and what it takes over from a row.

use std::collections::BTreeMap;

use rusqlite::{Connection, named_params};

use crate::lead::{Address, LeadRow};
use crate::store::sqlite::settle::Books;
use crate::store::sqlite::{row, sql};
use crate::store::{OnDuplicate, Result};

/// A lead as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stored {
    pub address: Address,
    pub email: Option<String>,
    pub zone: Option<String>,
    pub region: Option<String>,
    pub device: Option<String>,
    pub fields: BTreeMap<String, String>,
    pub source: Option<String>,
    pub key: Option<String>,
}

impl Stored {
    /// Takes over what a row says. Its phone becomes the address only of a lead that is known by its key or
    /// has none: otherwise the lead was found by that very phone, or by an alias that it has outgrown.
    pub(super) fn take_from(
        &mut self,
        row: &LeadRow,
        on_duplicate: OnDuplicate,
        takes_address: bool,
    ) {
        if takes_address {
            self.take_address(row);
        }
        let own_email = Some(&self.address).filter(|address| !address.is_phone());
        let email = own_email.or(row.email.as_ref()).map(|email| email.as_str().to_owned());
        if on_duplicate == OnDuplicate::Overwrite {
            self.email = email;
            self.device.clone_from(&row.device);
            self.fields.clone_from(&row.fields);
        } else {
            fill(&mut self.email, email.as_ref());
            fill(&mut self.device, row.device.as_ref());
            for (name, value) in &row.fields {
                if self.fields.get(name) != Some(value) {
                    self.fields.insert(name.clone(), value.clone());
                }
            }
        }
        let erases = on_duplicate == OnDuplicate::Overwrite;
        place(&mut self.zone, row.zone.as_ref(), row.assumed.zone.as_ref(), erases);
        place(&mut self.region, row.region.as_ref(), row.assumed.region.as_ref(), erases);
        if self.key.is_none() && row.key.is_some() {
            self.key.clone_from(&row.key);
            self.source = Some(row.source.clone());
        }
    }

    /// A row without a phone takes nobody's phone away.
    fn take_address(&mut self, row: &LeadRow) {
        if let Some(address) = row.address()
            && (address.is_phone() || !self.address.is_phone())
        {
            self.address = address.clone();
        }
    }
}

fn fill(stored: &mut Option<String>, said: Option<&String>) {
    if let Some(said) = said
        && stored.as_ref() != Some(said)
    {
        *stored = Some(said.clone());
    }
}

/// What is assumed fills a gap; a row that assumes something of a place says that it does not know it.
fn place(
    stored: &mut Option<String>,
    said: Option<&String>,
    assumed: Option<&String>,
    erases: bool,
) {
    if erases && assumed.is_none() {
        *stored = None;
    }
    fill(stored, said.or(assumed.filter(|_| stored.is_none())));
}

pub(super) fn update(books: &Books<'_>, id: i64, lead: &Stored) -> Result<()> {
    books.connection.prepare_cached(sql!("leads/update"))?.execute(named_params! {
        ":address": lead.address.as_str(),
        ":email": lead.email,
        ":zone": lead.zone,
        ":region": lead.region,
        ":device": lead.device,
        ":fields": json(&lead.fields)?,
        ":source": lead.source,
        ":source_key": lead.key,
        ":now": books.now.0,
        ":lead_id": id,
    })?;
    Ok(())
}

pub(super) fn stored(connection: &Connection, id: i64) -> Result<Stored> {
    let mut statement = connection.prepare_cached(sql!("leads/one"))?;
    let mut rows = statement.query(named_params! { ":lead_id": id })?;
    let row = rows.next()?.ok_or_else(|| row::damaged("lead_id", id))?;
    let lead = row::lead(row, id, 0)?;
    Ok(Stored {
        address: lead.address,
        email: lead.email,
        zone: lead.zone,
        region: lead.region,
        device: lead.device,
        fields: lead.fields,
        source: row.get(6)?,
        key: row.get(7)?,
    })
}

fn json(fields: &BTreeMap<String, String>) -> Result<String> {
    serde_json::to_string(fields).map_err(|error| row::damaged("fields", error))
}
