//! A lead as it is stored, and what it takes over from a row.

use rusqlite::{Connection, named_params};

use super::text_of;
use crate::lead::{Address, Lead, LeadRow};
use crate::store::sqlite::settle::Books;
use crate::store::sqlite::{row, sql};
use crate::store::{OnDuplicate, Result};

/// A lead as it is stored, with its first key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stored {
    pub lead: Lead,
    pub source: Option<String>,
    pub key: Option<String>,
}

/// How much of what a row says a lead takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taking {
    /// All of it, and what the row lacks is erased.
    Whole,
    /// All of it.
    Said,
    /// What the lead lacks.
    Missing,
    /// No field.
    Nothing,
}

impl Taking {
    /// The first row of a lead in an import counts: a later one fills gaps, where no gap was made on purpose.
    pub(super) fn of(on_duplicate: OnDuplicate, is_repeat: bool) -> Taking {
        match (on_duplicate, is_repeat) {
            (OnDuplicate::Overwrite, false) => Taking::Whole,
            (OnDuplicate::Overwrite, true) => Taking::Nothing,
            (_, false) => Taking::Said,
            (_, true) => Taking::Missing,
        }
    }

    fn take(self, stored: &mut Option<String>, said: Option<&String>) {
        let takes = match self {
            Taking::Whole => true,
            Taking::Said => said.is_some(),
            Taking::Missing => stored.is_none(),
            Taking::Nothing => false,
        };
        if takes && stored.as_ref() != said {
            *stored = said.cloned();
        }
    }

    /// What is assumed fills a gap; a row that assumes something of a place says that it does not know it.
    fn take_place(
        self,
        stored: &mut Option<String>,
        said: Option<&String>,
        assumed: Option<&String>,
    ) {
        let taking = match self {
            Taking::Whole if assumed.is_some() => Taking::Said,
            taking => taking,
        };
        taking.take(stored, said.or(assumed.filter(|_| stored.is_none())));
    }
}

impl Stored {
    /// Takes over what a row says. Its phone becomes the address only of a lead that is known by its key or
    /// has none: otherwise the lead was found by that very phone, or by an alias that it has outgrown.
    pub(super) fn take_from(&mut self, row: &LeadRow, taking: Taking, takes_address: bool) {
        let Stored { lead, source, key } = self;
        let has_new_phone = takes_address && take_address(lead, row);
        let of_place = match taking {
            // A phone tells where its lead is, whatever was assumed before.
            Taking::Missing | Taking::Nothing if has_new_phone => Taking::Said,
            Taking::Whole if row.phone.is_none() && lead.address.is_phone() => Taking::Said,
            taking => taking,
        };
        let own_email = Some(&lead.address).filter(|address| !address.is_phone());
        let email = own_email.or(row.email.as_ref()).map(|email| email.as_str().to_owned());
        taking.take(&mut lead.email, email.as_ref());
        taking.take(&mut lead.device, row.device.as_ref());
        of_place.take_place(&mut lead.zone, row.zone.as_ref(), row.assumed.zone.as_ref());
        of_place.take_place(&mut lead.region, row.region.as_ref(), row.assumed.region.as_ref());
        match taking {
            Taking::Whole => lead.fields = row.fields.clone(),
            Taking::Said => lead.fields.extend((*row.fields).clone()),
            Taking::Missing => {
                for (name, value) in &*row.fields {
                    lead.fields.entry(name.clone()).or_insert_with(|| value.clone());
                }
            }
            Taking::Nothing => {}
        }
        if key.is_none() && row.key.is_some() {
            key.clone_from(&row.key);
            *source = Some(row.source.clone());
        }
    }
}

/// A row without a phone takes nobody's phone away. Answers whether the lead has another phone now.
fn take_address(lead: &mut Lead, row: &LeadRow) -> bool {
    let fits = |address: &&Address| address.is_phone() || !lead.address.is_phone();
    let Some(address) = row.address().filter(fits) else { return false };
    let is_new = *address != lead.address;
    lead.address = address.clone();
    is_new && address.is_phone()
}

pub(super) fn update(books: &Books<'_>, id: i64, stored: &Stored) -> Result<()> {
    let Stored { lead, source, key } = stored;
    books.connection.prepare_cached(sql!("leads/update"))?.execute(named_params! {
        ":address": lead.address.as_str(),
        ":email": lead.email,
        ":zone": lead.zone,
        ":region": lead.region,
        ":device": lead.device,
        ":fields": text_of(&lead.fields.text())?,
        ":source": source,
        ":source_key": key,
        ":now": books.now.0,
        ":lead_id": id,
    })?;
    Ok(())
}

/// What is stored of a lead; fields that can't be read are none where they are replaced anyway.
pub(super) fn stored(connection: &Connection, id: i64, taking: Taking) -> Result<Stored> {
    let mut statement = connection.prepare_cached(sql!("leads/one"))?;
    let mut rows = statement.query(named_params! { ":lead_id": id })?;
    let row = rows.next()?.ok_or_else(|| row::damaged("lead_id", id))?;
    let lead = match taking {
        Taking::Whole => row::lead_with_unread_fields(row, id, 0)?,
        Taking::Said | Taking::Missing | Taking::Nothing => row::lead(row, id, 0)?,
    };
    Ok(Stored { lead, source: row.get(6)?, key: row.get(7)? })
}
