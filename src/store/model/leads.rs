//! Leads, their tags, and suppressions.

use std::collections::BTreeSet;

use super::{KnownLead, Model, State, missing};
use crate::clock::Moment;
use crate::enrollment::EnrollmentState;
use crate::lead::{Address, BUILT_IN_FIELDS, Lead, LeadId, LeadRow, Place, Suppression};
use crate::message::EndReason;
use crate::sequence::SequenceId;
use crate::store::{
    Enrollable, Error, ImportSoFar, Imported, LeadChoice, Leads, OnDuplicate, ReEnroll, Result,
    Standing, Suppressing,
};

impl Leads for Model {
    fn import_batch(
        &self,
        rows: &[LeadRow],
        on_duplicate: OnDuplicate,
        so_far: &mut ImportSoFar,
        now: Moment,
    ) -> Result<Vec<Imported>> {
        if rows.iter().any(|row| row.address().is_none()) {
            return Err(Error::Conflict("a lead needs a phone or an e-mail address".to_owned()));
        }
        let mut state = self.state();
        Ok(rows.iter().map(|row| state.import_row(row, on_duplicate, so_far, now)).collect())
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

    fn leads_of(&self, addresses: &[Address]) -> Result<Vec<LeadId>> {
        let state = self.state();
        let has_one = |known: &&KnownLead| known.addresses().any(|one| addresses.contains(&one));
        Ok(state.leads.values().filter(has_one).map(|known| known.lead.id).collect())
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

    fn tag_names(&self) -> Result<BTreeSet<String>> {
        Ok(self.state().leads.values().flat_map(|known| known.tags.iter().cloned()).collect())
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

    fn suppress(&self, suppressions: &[Suppression]) -> Result<Suppressing> {
        let mut state = self.state();
        let mut done = Suppressing::default();
        for stopped in suppressions.iter().filter_map(|one| state.suppress_one(one)) {
            done.new += 1;
            done.stopped += stopped;
        }
        Ok(done)
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
    fn import_row(
        &mut self,
        row: &LeadRow,
        on_duplicate: OnDuplicate,
        so_far: &mut ImportSoFar,
        now: Moment,
    ) -> Imported {
        let Some(address) = row.address() else { return Imported::Conflict };
        let by_key = self.holder_of_key(row);
        let whose = match by_key {
            Some(id) => match self.meant_by(address, by_key) {
                Some(other) if other != id => Err(Imported::Conflict),
                _ => Ok(by_key),
            },
            None => self.whose(row),
        };
        let lead = whose.ok().flatten();
        let is_repeat = lead.is_some_and(|id| so_far.names(id));
        let imported = match (whose, on_duplicate) {
            (Err(refused), _) => refused,
            (Ok(None), _) => {
                self.last_lead += 1;
                let id = LeadId(self.last_lead);
                so_far.note(id);
                self.write_row(KnownLead::blank(id, address), row, on_duplicate, false);
                let email = row.email.as_ref().map(Address::as_str);
                let has_it = |other: &KnownLead| other.lead.email.as_deref() == email;
                let mut others = self.leads.values().filter(|other| other.lead.id != id);
                let shares = email.is_some() && others.any(has_it);
                if shares { Imported::NewSharing } else { Imported::New }
            }
            (Ok(Some(_)), OnDuplicate::Skip) => Imported::Skipped,
            (Ok(Some(_)), OnDuplicate::Error) => Imported::Duplicate,
            (Ok(Some(id)), OnDuplicate::Fill | OnDuplicate::Overwrite) => {
                match self.change(id, row, by_key.is_some(), on_duplicate, is_repeat, now) {
                    true => Imported::Updated,
                    false if is_repeat => Imported::Repeated,
                    false => Imported::Unchanged,
                }
            }
        };
        lead.into_iter().for_each(|id| so_far.note(id));
        if let Some(reason) = &row.opt_out {
            self.opt_out(address, lead, reason, now);
        }
        imported
    }

    /// Lets a lead have what a row says; answers whether that changed anything.
    fn change(
        &mut self,
        id: LeadId,
        row: &LeadRow,
        known_by_key: bool,
        on_duplicate: OnDuplicate,
        is_repeat: bool,
        now: Moment,
    ) -> bool {
        let before = self.leads[&id].clone();
        let mut known = before.clone();
        let has_phone = before.lead.address.is_phone();
        if known_by_key && !is_repeat
            || (row.phone.is_some() && !has_phone && !self.is_under_way(id))
        {
            known.move_to(row);
            if known.lead.address.is_phone() && known.lead.address != before.lead.address {
                known.place_by(row);
            }
        }
        if known_by_key {
            let is_kept = |one: &&Address| one.is_phone() || !known.lead.address.is_phone();
            known.aliases.extend(row.address().filter(is_kept).cloned());
        } else if !known.lead.address.is_phone() {
            known.aliases.extend(row.phone.clone());
        }
        let held_by = self.suppression_of(id).cloned();
        let by_email = row.phone.as_ref().and(row.email.as_ref());
        let by_email = by_email.and_then(|email| self.email_only(email));
        let known = self.write_row(known, row, on_duplicate, is_repeat);
        let Lead { address, email, .. } = known.lead.clone();
        let mut has_changed = *known != before;
        let has_moved = address != before.lead.address || email != before.lead.email;
        if has_moved || by_email.is_some_and(|other| other != id) {
            has_changed |= self.hold_together(id, now);
        }
        if self.is_suppressed(id) {
            // It may have come to an address that was suppressed before.
            self.stop_all(&[id], None, EndReason::Suppressed, now);
        } else if let Some(Suppression { reason, .. }) = held_by {
            // A suppressed e-mail address is gone, and so would be the wish.
            self.suppress_one(&Suppression { address, reason, since_at: now });
        }
        has_changed
    }

    /// A lead known by the e-mail address alone is the same person as the one that has it beside a phone: a
    /// suppression of either holds both. Answers whether that is new.
    fn hold_together(&mut self, id: LeadId, now: Moment) -> bool {
        let KnownLead { lead: Lead { address, email, .. }, aliases, .. } = &self.leads[&id];
        let Some(email) = email.as_deref().map(Address::from_canonical) else { return false };
        let (twin, phone) = if address.is_phone() {
            let is_ours = |phone: &Address| phone == address || aliases.contains(phone);
            let is_twin = |known: &&KnownLead| {
                let mut phones = known.addresses().filter(Address::is_phone);
                known.lead.address == email && phones.all(|phone| is_ours(&phone))
            };
            (self.leads.values().find(is_twin).map(|known| known.lead.id), Some(address.clone()))
        } else {
            (self.email_only(&email), self.phone_beside(&email))
        };
        let (Some(twin), Some(phone)) = (twin, phone) else { return false };
        let is_new = self.leads.get_mut(&twin).is_some_and(|known| known.aliases.insert(phone));
        if self.is_suppressed(twin) {
            self.stop_all(&[twin], None, EndReason::Suppressed, now);
        }
        is_new
    }

    /// The one phone beside an e-mail address.
    fn phone_beside(&self, email: &Address) -> Option<Address> {
        let email = Some(email.as_str());
        let has_it = |lead: &&Lead| lead.address.is_phone() && lead.email.as_deref() == email;
        let mut phones = self.leads.values().map(|known| &known.lead).filter(has_it);
        phones.next().filter(|_| phones.next().is_none()).map(|lead| lead.address.clone())
    }

    /// The lead of a row without a key that is known.
    fn whose(&self, row: &LeadRow) -> Result<Option<LeadId>, Imported> {
        match (&row.phone, &row.email) {
            (Some(phone), email) => {
                let by_email = || email.as_ref().and_then(|email| self.email_only(email));
                Ok(self.meant_by(phone, None).or_else(by_email))
            }
            (None, Some(email)) => {
                let own = self.leads.values().find(|known| known.lead.address == *email);
                match (own, &self.leads_at(email)[..]) {
                    (Some(own), _) => Ok(Some(own.lead.id)),
                    (None, []) => Ok(None),
                    (None, [one]) => Ok(Some(*one)),
                    (None, _) => Err(Imported::Ambiguous),
                }
            }
            (None, None) => Ok(None),
        }
    }

    /// The lead that is written to at an e-mail address and has no phone.
    fn email_only(&self, email: &Address) -> Option<LeadId> {
        let known = self.leads.values().find(|known| known.lead.address == *email)?;
        (!known.addresses().any(|one| one.is_phone())).then_some(known.lead.id)
    }

    fn is_under_way(&self, id: LeadId) -> bool {
        self.enrollments
            .values()
            .any(|enrollment| enrollment.lead == id && enrollment.is_under_way())
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
        is_repeat: bool,
    ) -> &KnownLead {
        let id = known.lead.id;
        match is_repeat {
            false => known.write(row, on_duplicate),
            true => known.complete(row, on_duplicate),
        }
        known.keys.extend(row.key.clone().map(|key| (row.source.clone(), key)));
        known.tags.extend(row.tags.iter().cloned());
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

    /// Suppresses an address and stops what is on its way there; answers how many enrollments that
    /// were, and nothing where it was suppressed before.
    fn suppress_one(&mut self, suppression: &Suppression) -> Option<u64> {
        let address = &suppression.address;
        let leads = self.leads_at(address);
        let stopped = self.stop_all(&leads, None, EndReason::Suppressed, suppression.since_at);
        let is_new = !self.suppressions.contains_key(address);
        self.suppressions.entry(address.clone()).or_insert_with(|| suppression.clone());
        is_new.then_some(stopped)
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
        let lead = Lead::new(id, address.clone());
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
            && choice.these.as_ref().is_none_or(|these| these.contains(&self.lead.id))
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

    /// Where a row says that the lead is; what it only assumes fills a gap.
    fn place_by(&mut self, row: &LeadRow) {
        let lead = &mut self.lead;
        let Place { zone, region } = row.assumed.clone();
        lead.zone = row.zone.clone().or(lead.zone.take()).or(zone);
        lead.region = row.region.clone().or(lead.region.take()).or(region);
    }

    fn write(&mut self, row: &LeadRow, on_duplicate: OnDuplicate) {
        let lead = &mut self.lead;
        if on_duplicate == OnDuplicate::Overwrite {
            let knows_less = row.phone.is_none() && lead.address.is_phone();
            let Place { zone, region } = &row.assumed;
            lead.email = None;
            lead.zone = lead.zone.take().filter(|_| knows_less || zone.is_some());
            lead.region = lead.region.take().filter(|_| knows_less || region.is_some());
            lead.device = None;
            lead.fields.clear();
        }
        let own_email = Some(&lead.address).filter(|address| !address.is_phone());
        if let Some(email) = own_email.or(row.email.as_ref()) {
            lead.email = Some(email.as_str().to_owned());
        }
        lead.device = row.device.clone().or(lead.device.take());
        lead.fields.extend((*row.fields).clone());
        self.place_by(row);
    }

    /// Takes what only a later row of an import says, unless it was erased by the first.
    fn complete(&mut self, row: &LeadRow, on_duplicate: OnDuplicate) {
        if on_duplicate == OnDuplicate::Overwrite {
            return;
        }
        let lead = &mut self.lead;
        let email = || row.email.as_ref().map(|email| email.as_str().to_owned());
        lead.email = lead.email.take().or_else(email);
        lead.zone = lead.zone.take().or(row.zone.clone()).or(row.assumed.zone.clone());
        lead.region = lead.region.take().or(row.region.clone()).or(row.assumed.region.clone());
        lead.device = lead.device.take().or(row.device.clone());
        for (name, value) in &*row.fields {
            lead.fields.entry(name.clone()).or_insert(value.clone());
        }
    }
}
