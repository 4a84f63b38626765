//! Writing imported leads. Most rows of an import are new, so a row is first inserted and only looked
//! up when its key or address is known; what is there is compared here and written only when changed.
//! A row that says nothing new costs one look-up more, as it stands, and nothing is taken apart.

mod stored;

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension, named_params};

use self::stored::{Taking, stored, update};
use crate::lead::{Address, Lead, LeadId, LeadRow};
use crate::proving::{Point, reach};
use crate::store::sqlite::settle::Books;
use crate::store::sqlite::statements::{Prepared, bound};
use crate::store::sqlite::{leads, push, row, sql};
use crate::store::{Error, ImportSoFar, Imported, OnDuplicate, Result};

/// Imports the rows of one transaction.
pub(super) struct Importer<'c, 's> {
    on_duplicate: OnDuplicate,
    so_far: &'s mut ImportSoFar,
    first_new: Option<LeadId>,
    field_names: HashSet<String>,
    /// Whether those are all that a row of this import may have, so that none need be looked at.
    names_are_known: bool,
    tag_ids: HashMap<String, i64>,
    /// Whether any lead has an alias or a further key that a row could name it by.
    have_other_names: bool,
    /// Whether any lead is written to at an e-mail address, so that a phone may turn out to be its own.
    have_email_only: bool,
    // The statements of most rows, kept at hand for the whole transaction.
    insert: Prepared<'c>,
    of_address: Prepared<'c>,
    email_is_known: Prepared<'c>,
    id_of_email_only: Prepared<'c>,
    add_tag: Prepared<'c>,
}

impl<'c, 's> Importer<'c, 's> {
    pub(super) fn new(
        connection: &'c Connection,
        on_duplicate: OnDuplicate,
        so_far: &'s mut ImportSoFar,
    ) -> Result<Importer<'c, 's>> {
        let mut statement = connection.prepare_cached(sql!("leads/field_names"))?;
        let field_names: HashSet<String> =
            statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let are_known = |names: &[String]| names.iter().all(|name| field_names.contains(name));
        let names_are_known = so_far.fields().is_some_and(are_known);
        Ok(Importer {
            on_duplicate,
            so_far,
            first_new: None,
            field_names,
            names_are_known,
            tag_ids: HashMap::new(),
            have_other_names: holds(connection, sql!("leads/have_other_names"))?,
            have_email_only: holds(connection, sql!("leads/have_email_only"))?,
            insert: Prepared::new(connection, sql!("leads/insert")),
            of_address: Prepared::new(connection, sql!("leads/of_address")),
            email_is_known: Prepared::new(connection, sql!("leads/email_is_known")),
            id_of_email_only: Prepared::new(connection, sql!("leads/id_of_email_only")),
            add_tag: Prepared::new(connection, sql!("leads/tag_imported")),
        })
    }

    /// The first lead that is new; those after it are so too.
    pub(super) fn first_new(&self) -> Option<LeadId> {
        self.first_new
    }

    /// Imports one row.
    pub(super) fn import(&mut self, books: &mut Books<'c>, row: &LeadRow) -> Result<Imported> {
        let Some(address) = row.address() else {
            let why = "a lead needs a phone or an e-mail address".to_owned();
            return Err(Error::Conflict(why));
        };
        let by_email = match &row.phone {
            Some(_) => self.email_only(row.email.as_ref())?,
            None => None,
        };
        let (imported, lead) = match self.insert(books, row, address, by_email)? {
            Some(id) => {
                reach(Point::ImportedLead)?;
                self.first_new.get_or_insert(LeadId(id));
                self.note_beside(books, id, row)?;
                self.have_email_only |= !address.is_phone();
                // Whoever has only an e-mail address would be the lead that has it.
                let shares = address.is_phone() && self.is_email_of_another(row, id)?;
                (if shares { Imported::NewSharing } else { Imported::New }, Some(id))
            }
            None => self.meet(books, row, address, by_email)?,
        };
        if let Some(id) = lead {
            self.so_far.note(LeadId(id));
        }
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

    /// Inserts a new lead; `None` when it is there. `by_email` is who has the e-mail address of a row with a
    /// phone, and none.
    fn insert(
        &mut self,
        books: &Books<'_>,
        row: &LeadRow,
        address: &Address,
        by_email: Option<i64>,
    ) -> Result<Option<i64>> {
        if self.have_other_names && is_known_otherwise(books.connection, row, address)? {
            return Ok(None);
        }
        if by_email.is_some() || row.phone.is_none() && self.is_email_of_another(row, 0)? {
            return Ok(None);
        }
        let inserted = self.insert.execute(bound! {
            ":address": address.as_str(),
            ":email": row.email.as_ref().map(Address::as_str),
            ":zone": row.zone.as_ref().or(row.assumed.zone.as_ref()),
            ":region": row.region.as_ref().or(row.assumed.region.as_ref()),
            ":device": row.device.as_ref(),
            ":fields": text_of(&row.fields.text())?,
            ":source": row.key.as_ref().map(|_| row.source.as_str()),
            ":source_key": row.key.as_ref(),
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
        by_email: Option<i64>,
    ) -> Result<(Imported, Option<i64>)> {
        if let Some(id) = self.id_of_same(row, address)? {
            let mut changed = self.note_beside(books, id, row)?;
            if let Some(twin) = by_email {
                changed |= self.add_alias(books, twin, address)?;
            }
            return Ok((self.met(id, changed), Some(id)));
        }
        let by_key = id_of_key(books.connection, row)?;
        let known = match by_key {
            Some(id) => {
                let of_address = leads::id_of_address(books.connection, address.as_str(), by_key)?;
                if of_address.is_some_and(|other| other != id) {
                    return Ok((Imported::Conflict, None));
                }
                Some(id)
            }
            None if address.is_phone() => {
                leads::id_of_address(books.connection, address.as_str(), None)?.or(by_email)
            }
            None => match self.holders_of_email(books.connection, address)?[..] {
                [] => None,
                [id] => Some(id),
                _ => return Ok((Imported::Ambiguous, None)),
            },
        };
        let id = known.expect("an insert fails only for a lead that is known");
        let imported = match self.on_duplicate {
            OnDuplicate::Skip => Imported::Skipped,
            OnDuplicate::Error => Imported::Duplicate,
            OnDuplicate::Fill | OnDuplicate::Overwrite => {
                let changed = self.take_over(books, id, row, by_key.is_some(), by_email)?;
                self.met(id, changed)
            }
        };
        Ok((imported, Some(id)))
    }

    /// What became of a row whose lead was there.
    fn met(&self, id: i64, changed: bool) -> Imported {
        match changed {
            true => Imported::Updated,
            false if self.so_far.names(LeadId(id)) => Imported::Repeated,
            false => Imported::Unchanged,
        }
    }

    /// Whether another lead has the row's e-mail address.
    fn is_email_of_another(&mut self, row: &LeadRow, id: i64) -> Result<bool> {
        let Some(email) = &row.email else { return Ok(false) };
        let asked = bound! { ":email": email.as_str(), ":lead_id": id };
        let known = self.email_is_known.first(asked, |row| Ok(row.get(0)?))?;
        Ok(known.unwrap_or(false))
    }

    /// The lead that is written to at an e-mail address and has no phone.
    fn email_only(&mut self, email: Option<&Address>) -> Result<Option<i64>> {
        let Some(email) = email.filter(|_| self.have_email_only) else { return Ok(None) };
        let asked = bound! { ":email": email.as_str() };
        self.id_of_email_only.first(asked, |row| Ok(row.get(0)?))
    }

    /// Whose an e-mail address is: the one lead that is written to there, else all that have it.
    fn holders_of_email(&mut self, connection: &Connection, email: &Address) -> Result<Vec<i64>> {
        let asked = bound! { ":address": email.as_str() };
        if let Some(own) = self.of_address.first(asked, |row| Ok(row.get(0)?))? {
            return Ok(vec![own]);
        }
        // A lead may have had it before and have it still.
        let mut holders = leads::ids_of_any_address(connection, email.as_str())?;
        holders.sort_unstable();
        holders.dedup();
        Ok(holders)
    }

    /// The lead of a row that may change leads and says no more of its lead than is stored.
    fn id_of_same(&mut self, row: &LeadRow, address: &Address) -> Result<Option<i64>> {
        let fills = match self.on_duplicate {
            OnDuplicate::Fill => true,
            OnDuplicate::Overwrite => false,
            OnDuplicate::Skip | OnDuplicate::Error => return Ok(None),
        };
        let mut rows = self.of_address.query(bound! { ":address": address.as_str() })?;
        let Some(stored) = rows.next()? else { return Ok(None) };
        let is_stored = |column: usize, said: Option<&str>| -> Result<bool> {
            let text = stored.get_ref(column)?.as_bytes_or_null().map_err(rusqlite::Error::from)?;
            Ok(text == said.map(str::as_bytes) || (fills && said.is_none()))
        };
        let is_placed = |column: usize, said: Option<&String>, assumed: Option<&String>| {
            is_stored(column, said.or(assumed).map(String::as_str))
        };
        let is_same = is_stored(1, row.email.as_ref().map(Address::as_str))?
            && is_placed(2, row.zone.as_ref(), row.assumed.zone.as_ref())?
            && is_placed(3, row.region.as_ref(), row.assumed.region.as_ref())?
            && is_stored(4, row.device.as_deref())?
            && is_stored(5, Some(text_of(&row.fields.text())?))?
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
        by_email: Option<i64>,
    ) -> Result<bool> {
        let is_repeat = self.so_far.names(LeadId(id));
        let taking = Taking::of(self.on_duplicate, is_repeat);
        let before = stored(books.connection, id, taking)?;
        let mut after = before.clone();
        let takes_address = known_by_key && !is_repeat
            || row.phone.is_some()
                && !before.lead.address.is_phone()
                && !is_under_way(books.connection, id)?;
        after.take_from(row, taking, takes_address);
        let mut changed = after != before;
        if changed {
            if after.lead.address != before.lead.address {
                change_address(books, id, &before.lead.address, &after.lead.address)?;
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
        if let Some(address) = address_beside(&after.lead, row, known_by_key) {
            changed |= self.add_alias(books, id, address)?;
        }
        let (before, after) = (before.lead, after.lead);
        keep_held(books, id, &before, &after)?;
        let has_moved = after.address != before.address || after.email != before.email;
        if has_moved || by_email.is_some_and(|other| other != id) {
            changed |= self.hold_together(books, id, &after)?;
        }
        Ok(changed)
    }

    /// A lead known by the e-mail address alone is the same person as the one that has it beside a phone: a
    /// suppression of either holds both. Answers whether that is new.
    fn hold_together(&mut self, books: &mut Books<'c>, id: i64, lead: &Lead) -> Result<bool> {
        let Some(email) = lead.email.as_deref().map(Address::from_canonical) else {
            return Ok(false);
        };
        if lead.address.is_phone() {
            let twin = twin_of(books.connection, id, &email)?;
            return twin.map_or(Ok(false), |twin| self.add_alias(books, twin, &lead.address));
        }
        if self.email_only(Some(&email))? != Some(id) {
            return Ok(false);
        }
        match &phones_beside(books.connection, &email)?[..] {
            [phone] => self.add_alias(books, id, phone),
            _ => Ok(false),
        }
    }

    /// Adds an alias to a lead; answers whether it is new.
    fn add_alias(&mut self, books: &mut Books<'c>, id: i64, alias: &Address) -> Result<bool> {
        self.have_other_names = true;
        let added = books
            .connection
            .prepare_cached(sql!("leads/add_alias"))?
            .execute(named_params! { ":address": alias.as_str(), ":lead_id": id })?;
        if added > 0 {
            come_to(books, id, alias.as_str())?;
        }
        Ok(added > 0)
    }

    /// Keeps what a row says beside the lead's own row: aliases, tags, names of fields. Answers whether
    /// the lead has any that it did not have.
    fn note_beside(&mut self, books: &mut Books<'c>, id: i64, row: &LeadRow) -> Result<bool> {
        let connection = books.connection;
        let is_known = |name: &str| self.field_names.contains(name);
        if !self.names_are_known && !row.fields.names_are_all(is_known) {
            self.note_field_names(connection, row)?;
        }
        let mut changed = false;
        for alias in &row.aliases {
            changed |= self.add_alias(books, id, alias)?;
        }
        for tag in &row.tags {
            let tag_id = self.tag_id(connection, tag)?;
            let tagged = bound! { ":tag_id": tag_id, ":lead_id": id };
            changed |= self.add_tag.execute(tagged)? > 0;
        }
        Ok(changed)
    }

    fn note_field_names(&mut self, connection: &Connection, row: &LeadRow) -> Result<()> {
        for name in row.fields.keys() {
            if !self.field_names.contains(name) {
                connection
                    .prepare_cached(sql!("leads/add_field_name"))?
                    .execute(named_params! { ":name": name })?;
                self.field_names.insert(name.clone());
            }
        }
        Ok(())
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

/// The address of a row that its lead does not take and is written to beside its own: the phone of one that is
/// on a sequence, or what a later row of the same key says.
fn address_beside<'r>(lead: &Lead, row: &'r LeadRow, known_by_key: bool) -> Option<&'r Address> {
    let address = if known_by_key { row.address() } else { row.phone.as_ref() };
    let is_other = |address: &&Address| **address != lead.address;
    address.filter(is_other).filter(|address| match lead.address.is_phone() {
        true => known_by_key && address.is_phone(),
        false => true,
    })
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

fn twin_of(connection: &Connection, id: i64, email: &Address) -> Result<Option<i64>> {
    let asked = named_params! { ":email": email.as_str(), ":lead_id": id };
    let twin = connection
        .prepare_cached(sql!("leads/twin_of"))?
        .query_row(asked, |row| row.get(0))
        .optional()?;
    Ok(twin)
}

fn phones_beside(connection: &Connection, email: &Address) -> Result<Vec<Address>> {
    let phones = connection
        .prepare_cached(sql!("leads/phones_beside_email"))?
        .query_map(named_params! { ":email": email.as_str() }, |row| row.get(0))?
        .map(|phone| phone.map(row::address))
        .collect::<Result<_, _>>()?;
    Ok(phones)
}

fn holds(connection: &Connection, statement: &str) -> Result<bool> {
    Ok(connection.prepare_cached(statement)?.query_row([], |row| row.get(0))?)
}

fn is_under_way(connection: &Connection, id: i64) -> Result<bool> {
    let is_so = connection
        .prepare_cached(sql!("leads/is_under_way"))?
        .query_row(named_params! { ":lead_id": id }, |row| row.get(0))?;
    Ok(is_so)
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
fn keep_held(books: &mut Books<'_>, id: i64, before: &Lead, after: &Lead) -> Result<()> {
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
        && push::suppressed_of(books.connection, [id])?.is_empty()
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

fn text_of(json: &[u8]) -> Result<&str> {
    std::str::from_utf8(json).map_err(|error| row::damaged("fields", error))
}
