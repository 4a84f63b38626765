//! Writing imported leads. Most rows of an import are new, so a row is first inserted and only looked
//! up when its key or address is known; what is there is compared here and written only when changed.
//! A row that says nothing new costs one look-up more, as it stands, and nothing is taken apart.

use std::collections::{BTreeMap, HashMap, HashSet};

use rusqlite::{Connection, named_params};

use crate::lead::{Address, LeadRow};
use crate::proving::{Point, reach};
use crate::store::sqlite::settle::Books;
use crate::store::sqlite::statements::Prepared;
use crate::store::sqlite::{leads, push, row, sql};
use crate::store::{Error, Imported, OnDuplicate, Result};

/// Imports the rows of one transaction.
pub(super) struct Importer<'c> {
    on_duplicate: OnDuplicate,
    field_names: HashSet<String>,
    tag_ids: HashMap<String, i64>,
    /// Whether any lead has an alias or a further key that a row could name it by.
    have_other_names: bool,
    // The statements of most rows, kept at hand for the whole transaction.
    insert: Prepared<'c>,
    of_address: Prepared<'c>,
    add_tag: Prepared<'c>,
    /// The fields of the row at hand, as they are stored.
    json: Vec<u8>,
}

/// A lead as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stored {
    address: Address,
    email: Option<String>,
    zone: Option<String>,
    region: Option<String>,
    device: Option<String>,
    fields: BTreeMap<String, String>,
    source: Option<String>,
    key: Option<String>,
}

impl<'c> Importer<'c> {
    pub(super) fn new(
        connection: &'c Connection,
        on_duplicate: OnDuplicate,
    ) -> Result<Importer<'c>> {
        let mut statement = connection.prepare_cached(sql!("leads/field_names"))?;
        let field_names = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(Importer {
            on_duplicate,
            field_names,
            tag_ids: HashMap::new(),
            have_other_names: connection
                .prepare_cached(sql!("leads/have_other_names"))?
                .query_row([], |row| row.get(0))?,
            insert: Prepared::new(connection, sql!("leads/insert")),
            of_address: Prepared::new(connection, sql!("leads/of_address")),
            json: Vec::new(),
            add_tag: Prepared::new(connection, sql!("leads/tag_imported")),
        })
    }

    /// Imports one row.
    pub(super) fn import(&mut self, books: &mut Books<'c>, row: &LeadRow) -> Result<Imported> {
        let Some(address) = row.address() else {
            let why = "a lead needs a phone or an e-mail address".to_owned();
            return Err(Error::Conflict(why));
        };
        self.json.clear();
        serde_json::to_writer(&mut self.json, &row.fields)
            .map_err(|error| row::damaged("fields", error))?;
        let (imported, lead) = match self.insert(books, row, address)? {
            Some(id) => {
                reach(Point::ImportedLead)?;
                self.note_beside(books, id, row)?;
                (Imported::New, Some(id))
            }
            None => self.meet(books, row, address)?,
        };
        // Whatever becomes of the row, a wish not to be written to is kept.
        if let Some(reason) = &row.opt_out {
            leads::suppress(books, address, reason)?;
            if let Some(lead) =
                lead.map_or(Ok(None), |id| leads::lead_of_id(books.connection, id))?
            {
                leads::suppress(books, &lead.address, reason)?;
            }
        }
        Ok(imported)
    }

    /// Inserts a new lead; `None` when it is there.
    fn insert(
        &mut self,
        books: &Books<'_>,
        row: &LeadRow,
        address: &Address,
    ) -> Result<Option<i64>> {
        if self.have_other_names && is_known_otherwise(books.connection, row, address)? {
            return Ok(None);
        }
        let inserted = self.insert.execute(named_params! {
            ":address": address.as_str(),
            ":email": row.email.as_ref().map(Address::as_str),
            ":zone": row.zone,
            ":region": row.region,
            ":device": row.device,
            ":fields": text_of(&self.json)?,
            ":source": row.key.as_ref().map(|_| row.source.as_str()),
            ":source_key": row.key,
            ":now": books.now.0,
        })?;
        Ok((inserted > 0).then(|| books.connection.last_insert_rowid()))
    }

    /// A row whose lead is there already: what becomes of it, and which lead it is.
    fn meet(
        &mut self,
        books: &mut Books<'c>,
        row: &LeadRow,
        address: &Address,
    ) -> Result<(Imported, Option<i64>)> {
        if let Some(id) = self.id_of_same(row, address)? {
            let changed = self.note_beside(books, id, row)?;
            return Ok((if changed { Imported::Updated } else { Imported::Unchanged }, Some(id)));
        }
        let by_key = id_of_key(books.connection, row)?;
        let by_address = leads::id_of_address(books.connection, address.as_str(), by_key)?;
        if by_key.is_some() && by_address.is_some() && by_key != by_address {
            return Ok((Imported::Conflict, None));
        }
        let id = by_key.or(by_address).expect("an insert fails only for a known key or address");
        let imported = match self.on_duplicate {
            OnDuplicate::Skip => Imported::Skipped,
            OnDuplicate::Error => Imported::Duplicate,
            OnDuplicate::Fill | OnDuplicate::Overwrite => {
                let changed = self.take_over(books, id, row, by_key.is_some())?;
                if changed { Imported::Updated } else { Imported::Unchanged }
            }
        };
        Ok((imported, Some(id)))
    }

    /// The lead of a row that may change leads and says no more of its lead than is stored.
    fn id_of_same(&mut self, row: &LeadRow, address: &Address) -> Result<Option<i64>> {
        let fills = match self.on_duplicate {
            OnDuplicate::Fill => true,
            OnDuplicate::Overwrite => false,
            OnDuplicate::Skip | OnDuplicate::Error => return Ok(None),
        };
        let mut rows = self.of_address.query(named_params! { ":address": address.as_str() })?;
        let Some(stored) = rows.next()? else { return Ok(None) };
        let is_stored = |column: usize, said: Option<&str>| -> Result<bool> {
            let text = stored.get_ref(column)?.as_str_or_null().map_err(rusqlite::Error::from)?;
            Ok(text == said || (fills && said.is_none()))
        };
        let is_same = is_stored(1, row.email.as_ref().map(Address::as_str))?
            && is_stored(2, row.zone.as_deref())?
            && is_stored(3, row.region.as_deref())?
            && is_stored(4, row.device.as_deref())?
            && is_stored(5, Some(text_of(&self.json)?))?
            && (row.key.is_none()
                || is_stored(6, Some(&row.source))? && is_stored(7, row.key.as_deref())?);
        Ok(if is_same { Some(stored.get(0)?) } else { None })
    }

    /// Lets a lead have what a row says; answers whether that changed anything.
    fn take_over(
        &mut self,
        books: &mut Books<'c>,
        id: i64,
        row: &LeadRow,
        known_by_key: bool,
    ) -> Result<bool> {
        let before = stored(books.connection, id)?;
        let mut after = before.clone();
        after.take_from(row, self.on_duplicate, known_by_key);
        let mut changed = after != before;
        if changed {
            if after.address != before.address {
                change_address(books, id, &before.address, &after.address)?;
                self.have_other_names = true;
            }
            update(books, id, &after)?;
        }
        if let Some(key) = row.key.as_ref().filter(|_| !known_by_key && before.key.is_some()) {
            books.connection.prepare_cached(sql!("leads/add_key"))?.execute(
                named_params! { ":source": row.source, ":source_key": key, ":lead_id": id },
            )?;
            self.have_other_names = true;
            changed = true;
        }
        changed |= self.note_beside(books, id, row)?;
        keep_held(books, id, &before, &after)?;
        Ok(changed)
    }

    /// Keeps what a row says beside the lead's own row: aliases, tags, names of fields. Answers whether
    /// the lead has any that it did not have.
    fn note_beside(&mut self, books: &mut Books<'c>, id: i64, row: &LeadRow) -> Result<bool> {
        let connection = books.connection;
        for name in row.fields.keys() {
            if !self.field_names.contains(name) {
                connection
                    .prepare_cached(sql!("leads/add_field_name"))?
                    .execute(named_params! { ":name": name })?;
                self.field_names.insert(name.clone());
            }
        }
        let mut added = 0;
        self.have_other_names |= !row.aliases.is_empty();
        for alias in &row.aliases {
            let is_new = connection
                .prepare_cached(sql!("leads/add_alias"))?
                .execute(named_params! { ":address": alias.as_str(), ":lead_id": id })?;
            if is_new > 0 {
                come_to(books, id, alias.as_str())?;
            }
            added += is_new;
        }
        for tag in &row.tags {
            let tag_id = self.tag_id(connection, tag)?;
            added += self.add_tag.execute(named_params! { ":tag_id": tag_id, ":lead_id": id })?;
        }
        Ok(added > 0)
    }

    fn tag_id(&mut self, connection: &Connection, name: &str) -> Result<i64> {
        if let Some(id) = self.tag_ids.get(name) {
            return Ok(*id);
        }
        leads::add_tag_name(connection, name)?;
        let id = leads::tag_id(connection, name)?.expect("the tag was added just now");
        self.tag_ids.insert(name.to_owned(), id);
        Ok(id)
    }
}

impl Stored {
    /// Takes over what a row says. Its phone becomes the address only of a lead known by its key:
    /// otherwise the lead was found by that very phone, or by an alias that it has outgrown.
    fn take_from(&mut self, row: &LeadRow, on_duplicate: OnDuplicate, known_by_key: bool) {
        if known_by_key {
            self.take_address(row);
        }
        let own_email = Some(&self.address).filter(|address| !address.is_phone());
        let email = own_email.or(row.email.as_ref()).map(|email| email.as_str().to_owned());
        if on_duplicate == OnDuplicate::Overwrite {
            self.email = email;
            self.zone.clone_from(&row.zone);
            self.region.clone_from(&row.region);
            self.device.clone_from(&row.device);
            self.fields.clone_from(&row.fields);
        } else {
            fill(&mut self.email, email.as_ref());
            fill(&mut self.zone, row.zone.as_ref());
            fill(&mut self.region, row.region.as_ref());
            fill(&mut self.device, row.device.as_ref());
            for (name, value) in &row.fields {
                if self.fields.get(name) != Some(value) {
                    self.fields.insert(name.clone(), value.clone());
                }
            }
        }
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

fn update(books: &Books<'_>, id: i64, lead: &Stored) -> Result<()> {
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

/// A lead's new address is no alias of it any more, and the old one becomes one.
fn change_address(books: &Books<'_>, id: i64, old: &Address, new: &Address) -> Result<()> {
    books
        .connection
        .prepare_cached(sql!("leads/drop_alias"))?
        .execute(named_params! { ":address": new.as_str(), ":lead_id": id })?;
    books
        .connection
        .prepare_cached(sql!("leads/keep_old_address"))?
        .execute(named_params! { ":address": old.as_str(), ":lead_id": id })?;
    Ok(())
}

fn is_known_otherwise(connection: &Connection, row: &LeadRow, address: &Address) -> Result<bool> {
    let known = connection.prepare_cached(sql!("leads/is_known_otherwise"))?.query_row(
        named_params! {
            ":address": address.as_str(),
            ":source": row.key.as_ref().map(|_| row.source.as_str()),
            ":source_key": row.key,
        },
        |row| row.get(0),
    )?;
    Ok(known)
}

/// Sees to it that a change of addresses frees nobody who said stop, and that a suppression of a new one
/// counts at once.
fn keep_held(books: &mut Books<'_>, id: i64, before: &Stored, after: &Stored) -> Result<()> {
    if after.address != before.address {
        come_to(books, id, after.address.as_str())?;
    }
    if after.email == before.email {
        return Ok(());
    }
    if let Some(email) = &after.email {
        come_to(books, id, email)?;
    }
    // An address that was replaced stays an alias; an e-mail address beside it is gone.
    if let Some(gone) = &before.email
        && let Some(suppression) = leads::suppression(books.connection, gone)?
        && !push::is_suppressed(&mut books.statements.lead_is_suppressed, id)?
    {
        leads::suppress(books, &after.address, &suppression.reason)?;
    }
    Ok(())
}

/// A lead has come to an address: one that is suppressed stops it.
fn come_to(books: &mut Books<'_>, id: i64, address: &str) -> Result<()> {
    let suppressions = books
        .connection
        .prepare_cached(sql!("leads/move_to_suppressed"))?
        .execute(named_params! { ":address": address, ":lead_id": id })?;
    if suppressions > 0 {
        leads::stop_suppressed(books, id)?;
    }
    Ok(())
}

fn id_of_key(connection: &Connection, row: &LeadRow) -> Result<Option<i64>> {
    let Some(key) = &row.key else { return Ok(None) };
    let id = connection
        .prepare_cached(sql!("leads/id_of_key"))?
        .query_row(named_params! { ":source": row.source, ":source_key": key }, |row| row.get(0))?;
    Ok(id)
}

fn stored(connection: &Connection, id: i64) -> Result<Stored> {
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

fn text_of(json: &[u8]) -> Result<&str> {
    std::str::from_utf8(json).map_err(|error| row::damaged("fields", error))
}

fn json(fields: &BTreeMap<String, String>) -> Result<String> {
    serde_json::to_string(fields).map_err(|error| row::damaged("fields", error))
}
