//! Leads, their tags, and suppressions.

use std::collections::{BTreeMap, BTreeSet};

use super::{KnownLead, Model, State, missing};
use crate::clock::Moment;
use crate::enrollment::EnrollmentState;
use crate::lead::{Address, BUILT_IN_FIELDS, Lead, LeadId, LeadRow, Suppression};
use crate::message::EndReason;
use crate::sequence::SequenceId;
use crate::store::{
    Enrollable, Error, Imported, LeadChoice, Leads, OnDuplicate, ReEnroll, Result, Standing,
};

impl Leads for Model {
    fn import(
        &self,
        rows: &[LeadRow],
        on_duplicate: OnDuplicate,
        now: Moment,
    ) -> Result<Vec<Imported>> {
        if rows.iter().any(|row| row.address().is_none()) {
            return Err(Error::Conflict("a lead needs a phone or an e-mail address".to_owned()));
        }
        let mut state = self.state();
        Ok(rows.iter().map(|row| state.import_row(row, on_duplicate, now)).collect())
    }

    fn leads(&self, choice: &LeadChoice, after: LeadId, limit: usize) -> Result<Vec<Lead>> {
        let state = self.state();
        let chosen = state.chosen(choice, after).take(limit);
        Ok(chosen.map(|known| known.lead.clone()).collect())
    }

    fn enrollable(
        &self,
        choice: &LeadChoice,
        sequence: SequenceId,
        again: ReEnroll,
        after: LeadId,
        limit: usize,
    ) -> Result<Vec<Enrollable>> {
        let state = self.state();
        let chosen = state.chosen(choice, after).take(limit);
        Ok(chosen
            .map(|KnownLead { lead, .. }| Enrollable {
                lead: lead.id,
                zone: lead.zone.clone(),
                device: lead.device.clone(),
                standing: state.standing(lead.id, sequence, again),
            })
            .collect())
    }

    fn find_lead(&self, wanted: &str) -> Result<Option<Lead>> {
        let state = self.state();
        let by_key = || {
            let has_key = |known: &KnownLead| known.keys.iter().any(|(_, key)| key == wanted);
            state.leads.values().find(|known| has_key(known)).map(|known| known.lead.id)
        };
        let address = Address::from_canonical(wanted);
        let by_email = || state.leads_at(&address).first().copied();
        let found = state.meant_by(&address, None).or_else(by_email).or_else(by_key);
        Ok(found.map(|id| state.lead_or_nobody(id)))
    }

    fn addresses_of(&self, lead: LeadId) -> Result<Vec<Address>> {
        let state = self.state();
        let known = state.leads.get(&lead);
        Ok(known.map(|known| known.addresses().collect()).unwrap_or_default())
    }

    fn lead_count(&self) -> Result<u64> {
        Ok(self.state().leads.len() as u64)
    }

    fn field_names(&self) -> Result<BTreeSet<String>> {
        let mut names = self.state().field_names.clone();
        names.extend(BUILT_IN_FIELDS.map(str::to_owned));
        Ok(names)
    }

    fn tags_of(&self, lead: LeadId) -> Result<Vec<String>> {
        let state = self.state();
        let known = state.leads.get(&lead);
        Ok(known.map(|known| known.tags.iter().cloned().collect()).unwrap_or_default())
    }

    fn tag(&self, leads: &[LeadId], tag: &str, present: bool) -> Result<u64> {
        let mut state = self.state();
        let mut changed = 0;
        for lead in leads {
            let Some(known) = state.leads.get_mut(lead) else { continue };
            let has_changed =
                if present { known.tags.insert(tag.to_owned()) } else { known.tags.remove(tag) };
            changed += u64::from(has_changed);
        }
        Ok(changed)
    }

    fn erase(&self, lead: LeadId, now: Moment) -> Result<()> {
        let mut state = self.state();
        state.leads.remove(&lead).ok_or_else(|| missing("lead", lead.0))?;
        state.stop_all(&[lead], None, EndReason::Erased, now);
        Ok(())
    }

    fn suppress(&self, suppressions: &[Suppression]) -> Result<u64> {
        let mut state = self.state();
        Ok(suppressions.iter().map(|one| u64::from(state.suppress_one(one))).sum())
    }

    fn unsuppress(&self, addresses: &[Address]) -> Result<u64> {
        let mut state = self.state();
        let lifted = |address: &Address| state.suppressions.remove(address).is_some();
        Ok(addresses.iter().map(lifted).map(u64::from).sum())
    }

    fn suppressions(&self, after: &str, limit: usize) -> Result<Vec<Suppression>> {
        let state = self.state();
        let later = state.suppressions.values().filter(|one| one.address.as_str() > after);
        Ok(later.take(limit).cloned().collect())
    }

    fn suppression(&self, address: &Address) -> Result<Option<Suppression>> {
        Ok(self.state().suppressions.get(address).cloned())
    }

    fn suppression_of(&self, lead: LeadId) -> Result<Option<Suppression>> {
        Ok(self.state().suppression_of(lead).cloned())
    }
}

impl State {
    fn import_row(&mut self, row: &LeadRow, on_duplicate: OnDuplicate, now: Moment) -> Imported {
        let Some(address) = row.address() else { return Imported::Conflict };
        let by_key = self.holder_of_key(row);
        let by_address = self.meant_by(address, by_key);
        let contradicts = by_key.is_some() && by_address.is_some() && by_key != by_address;

        let mut lead = by_key.or(by_address);
        let imported = match (lead, on_duplicate) {
            _ if contradicts => {
                lead = None;
                Imported::Conflict
            }
            (None, _) => {
                self.last_lead += 1;
                let id = LeadId(self.last_lead);
                self.write_row(KnownLead::blank(id, address), row, on_duplicate);
                Imported::New
            }
            (Some(_), OnDuplicate::Skip) => Imported::Skipped,
            (Some(_), OnDuplicate::Error) => Imported::Duplicate,
            (Some(id), OnDuplicate::Fill | OnDuplicate::Overwrite) => {
                let before = self.leads[&id].clone();
                let mut known = before.clone();
                if by_key.is_some() {
                    known.move_to(row);
                }
                let held_by = self.suppression_of(id).cloned();
                let known = self.write_row(known, row, on_duplicate);
                let (address, has_changed) = (known.lead.address.clone(), *known != before);
                if self.is_suppressed(id) {
                    // It may have come to an address that was suppressed before.
                    self.stop_all(&[id], None, EndReason::Suppressed, now);
                } else if let Some(Suppression { reason, .. }) = held_by {
                    // A suppressed e-mail address is gone, and so would be the wish.
                    self.suppress_one(&Suppression { address, reason, since_at: now });
                }
                if has_changed { Imported::Updated } else { Imported::Unchanged }
            }
        };
        if let Some(reason) = &row.opt_out {
            self.opt_out(address, lead, reason, now);
        }
        imported
    }

    fn holder_of_key(&self, row: &LeadRow) -> Option<LeadId> {
        let wanted = (row.source.clone(), row.key.clone()?);
        self.leads.values().find(|known| known.keys.contains(&wanted)).map(|known| known.lead.id)
    }

    /// The lead of an address, or of an alias: of several that have it, the one of a key, or the first.
    fn meant_by(&self, address: &Address, by_key: Option<LeadId>) -> Option<LeadId> {
        let own = self.leads.values().find(|known| known.lead.address == *address);
        let others = || {
            let mut others = self.leads.values().filter(|known| known.aliases.contains(address));
            let has_key = |known: &&KnownLead| Some(known.lead.id) == by_key;
            others.clone().find(has_key).or_else(|| others.next())
        };
        own.or_else(others).map(|known| known.lead.id)
    }

    /// Every lead that has an address, be it beside others.
    fn leads_at(&self, address: &Address) -> Vec<LeadId> {
        let has_it = |known: &&KnownLead| known.addresses().any(|one| one == *address);
        self.leads.values().filter(has_it).map(|known| known.lead.id).collect()
    }

    fn write_row(
        &mut self,
        mut known: KnownLead,
        row: &LeadRow,
        on_duplicate: OnDuplicate,
    ) -> &KnownLead {
        let id = known.lead.id;
        known.write(row, on_duplicate);
        known.aliases.extend(row.aliases.iter().cloned());
        known.aliases.remove(&known.lead.address);
        self.field_names.extend(row.fields.keys().cloned());
        self.leads.insert(id, known);
        &self.leads[&id]
    }

    fn opt_out(&mut self, address: &Address, lead: Option<LeadId>, reason: &str, now: Moment) {
        let own = lead.and_then(|id| self.leads.get(&id)).map(|known| known.lead.address.clone());
        for address in own.into_iter().chain([address.clone()]) {
            let reason = reason.to_owned();
            self.suppress_one(&Suppression { address, reason, since_at: now });
        }
    }

    /// Suppresses an address and stops what is on its way there; answers whether it was new.
    fn suppress_one(&mut self, suppression: &Suppression) -> bool {
        let address = &suppression.address;
        let leads = self.leads_at(address);
        self.stop_all(&leads, None, EndReason::Suppressed, suppression.since_at);
        let is_new = !self.suppressions.contains_key(address);
        self.suppressions.entry(address.clone()).or_insert_with(|| suppression.clone());
        is_new
    }

    fn chosen<'a>(
        &'a self,
        choice: &'a LeadChoice,
        after: LeadId,
    ) -> impl Iterator<Item = &'a KnownLead> {
        self.leads.values().filter(move |known| known.lead.id > after && known.is_in(choice))
    }

    pub(super) fn standing(&self, lead: LeadId, sequence: SequenceId, again: ReEnroll) -> Standing {
        if self.is_suppressed(lead) {
            return Standing::Suppressed;
        }
        let mut earlier = self
            .enrollments
            .values()
            .filter(|enrollment| enrollment.lead == lead && enrollment.sequence == sequence);
        let bars = match again {
            ReEnroll::Never => earlier.next().is_some(),
            ReEnroll::Finished => earlier.any(|enrollment| {
                matches!(enrollment.state, EnrollmentState::Active | EnrollmentState::Paused)
            }),
        };
        if bars { Standing::Enrolled } else { Standing::Free }
    }
}

impl KnownLead {
    fn blank(id: LeadId, address: &Address) -> KnownLead {
        let lead = Lead {
            id,
            address: address.clone(),
            email: None,
            zone: None,
            region: None,
            device: None,
            fields: BTreeMap::new(),
        };
        KnownLead { lead, keys: BTreeSet::new(), aliases: BTreeSet::new(), tags: BTreeSet::new() }
    }

    /// Its own address, its e-mail address when that is another, its aliases.
    pub(super) fn addresses(&self) -> impl Iterator<Item = Address> {
        let own = &self.lead.address;
        let email = self.lead.email.as_deref().filter(|email| *email != own.as_str());
        let email = email.map(Address::from_canonical);
        std::iter::once(own.clone()).chain(email).chain(self.aliases.iter().cloned())
    }

    fn is_in(&self, choice: &LeadChoice) -> bool {
        let has_field =
            |(name, value): (&String, &String)| self.lead.field(name) == Some(value.as_str());
        choice.audience.tags.iter().all(|tag| self.tags.contains(tag))
            && choice.audience.fields.iter().all(has_field)
            && choice
                .addresses
                .as_ref()
                .is_none_or(|addresses| self.addresses().any(|one| addresses.contains(&one)))
    }

    /// Takes the address of a row that is this lead's by its key. A lead with a phone keeps one.
    fn move_to(&mut self, row: &LeadRow) {
        let has_phone = self.lead.address.is_phone();
        let address = row.phone.as_ref().or(row.email.as_ref().filter(|_| !has_phone));
        if let Some(address) = address {
            let old = std::mem::replace(&mut self.lead.address, address.clone());
            self.aliases.insert(old);
        }
    }

    fn write(&mut self, row: &LeadRow, on_duplicate: OnDuplicate) {
        let lead = &mut self.lead;
        if on_duplicate == OnDuplicate::Overwrite {
            lead.email = None;
            lead.zone = None;
            lead.region = None;
            lead.device = None;
            lead.fields.clear();
        }
        let own_email = Some(&lead.address).filter(|address| !address.is_phone());
        if let Some(email) = own_email.or(row.email.as_ref()) {
            lead.email = Some(email.as_str().to_owned());
        }
        lead.zone = row.zone.clone().or(lead.zone.take());
        lead.region = row.region.clone().or(lead.region.take());
        lead.device = row.device.clone().or(lead.device.take());
        lead.fields.extend(row.fields.clone());
        self.keys.extend(row.key.clone().map(|key| (row.source.clone(), key)));
        self.tags.extend(row.tags.iter().cloned());
    }
}
