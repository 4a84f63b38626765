//! What can be read of a backend, by names instead of its own ids.

use broadcaster::lead::{Lead, LeadId};
use broadcaster::message::MessageState;
use broadcaster::store::{Enrolled, LeadChoice, MessageFilter, MessageRow, Position};

use super::super::audit::all_messages;
use super::super::rig::{at, phone};
use super::world::World;

impl World {
    /// Every lead as any question shows it, by address.
    pub(super) fn cast(&self) -> Vec<String> {
        let leads = self.backend().leads(&LeadChoice::default(), LeadId(0), 100).unwrap();
        let mut lines: Vec<String> = leads
            .iter()
            .map(|lead| {
                let tags = self.backend().tags_of(lead.id).unwrap();
                let id = LeadId(0);
                let addresses = self.backend().addresses_of(lead.id).unwrap();
                let held = self.backend().suppression_of(lead.id).unwrap();
                format!("{:?} {addresses:?} {tags:?} {held:?}", Lead { id, ..lead.clone() })
            })
            .collect();
        lines.sort();
        let names = (1..8).map(|number| phone(number).as_str().to_owned());
        for name in names.chain(["1", "2", "3", "ada@example.org"].map(str::to_owned)) {
            let found = self.backend().find_lead(&name).unwrap();
            lines.push(format!("{name} is {:?}", found.map(|lead| lead.address)));
        }
        lines.push(format!("{:?}", self.backend().field_names().unwrap()));
        lines.push(format!("{:?}", self.backend().suppressions("", 100).unwrap()));
        lines
    }

    /// Everything that can be read, by names instead of ids.
    pub(super) fn books(&self) -> Vec<String> {
        let backend = self.backend();
        let rows = all_messages(backend, &MessageFilter::default());
        let mut lines: Vec<String> = rows.iter().map(|row| self.row_line(row)).collect();
        lines.extend(self.leads.iter().flat_map(|lead| self.enrollment_lines(*lead)));

        let mut sorted: Vec<String> = Vec::new();
        for count in backend.message_counts().unwrap() {
            let sequence = self.number_of_sequence(count.sequence);
            let (step, state, reason) = (count.step, count.state, count.reason);
            sorted.push(format!("{sequence} {step} {state} {reason:?}: {}", count.total));
        }
        for (sequence, totals) in backend.enrollment_totals().unwrap() {
            sorted.push(format!("{} {totals:?}", self.number_of_sequence(sequence)));
        }
        for day in backend.device_days(self.now).unwrap() {
            let device = self.number_of_device(day.device);
            let counts = (day.sent, day.failed, day.unknown, day.retried);
            sorted.push(format!("day of {device}: {counts:?}"));
        }
        for known in backend.devices().unwrap() {
            sorted.push(format!("{} {:?} {:?}", known.device.name, known.pace, known.hold));
        }
        // What waits aside may show in these until a claim meets it.
        if !self.something_waits_aside() {
            for (device, due_at) in backend.next_due(None).unwrap() {
                sorted.push(format!("{} next {due_at:?}", self.number_of_device(device)));
            }
            for (device, due) in backend.due_counts(self.now, 5).unwrap() {
                sorted.push(format!("{} due {due}", self.number_of_device(device)));
            }
        }
        sorted.sort();
        lines.extend(sorted);
        lines.push(format!("{:?}", backend.minutes(at(0)).unwrap()));
        lines.push(format!("{:?}", backend.suppressions("", 100).unwrap()));
        lines.push(format!("{} leads", backend.lead_count().unwrap()));
        let (attempts, _) = backend.attempts(&Position::default(), 10_000).unwrap();
        let mut attempts: Vec<String> = attempts
            .iter()
            .map(|one| {
                let message = self.name_of(one.message);
                let times = (one.dispatched_at, one.answered_at);
                format!("{message} {} {} {times:?} {:?}", one.device, one.code, one.detail)
            })
            .collect();
        attempts.sort();
        lines.extend(attempts);
        lines
    }

    fn row_line(&self, row: &MessageRow) -> String {
        // What a message that waits again shows of its last try is left to the backend.
        let of_try = (row.state != MessageState::Pending).then_some((
            row.variant,
            row.dispatched_at,
            &row.detail,
        ));
        format!(
            "{} {} {:?} to {} in {} v{} by {} tries {} due {:?} ended {:?} {:?} {of_try:?}",
            self.name_of(row.message),
            row.state,
            row.reason,
            row.address,
            row.sequence,
            row.version,
            row.device,
            row.tries,
            row.due_at,
            row.ended_at,
            row.gateway_id,
        )
    }

    fn enrollment_lines(&self, lead: LeadId) -> Vec<String> {
        let enrollments = self.backend().enrollments_of(lead).unwrap();
        let line = |one: &Enrolled| {
            let number = self.number_of_enrollment(one.id);
            let times = (one.enrolled_at, one.ended_at);
            let messages: Vec<String> =
                one.messages.iter().map(|row| self.name_of(row.message)).collect();
            let (paused, state, reason) = (one.sequence_paused, one.state, one.reason);
            format!("{number} {} {paused} {state} {reason:?} {times:?} {messages:?}", one.sequence)
        };
        enrollments.iter().map(line).collect()
    }
}
