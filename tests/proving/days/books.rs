//! What must hold of each message in the end: how often it was requested and taken, and that the database
//! says of it what the receiver knows.

use std::collections::BTreeMap;

use broadcaster::gateway::Memory;
use broadcaster::message::{MessageId, MessageState};
use broadcaster::outcome::AmbiguousPolicy;
use broadcaster::store::{History, MessageFilter, MessageRow, Position};

use super::grants::Grant;
use super::laws::said;
use super::receiver::{Call, Heard};
use super::week::Week;

/// What is known of one message.
struct Story<'w> {
    message: MessageId,
    calls: Vec<&'w Call>,
    grants: Vec<Grant>,
}

impl Story<'_> {
    fn count(&self, of: impl Fn(&Call) -> bool) -> u32 {
        u32::try_from(self.calls.iter().filter(|call| of(call)).count()).unwrap_or(u32::MAX)
    }

    fn was_kept(&self, call: &Call) -> bool {
        self.grants[call.grant].is_kept
    }

    /// Whether the engine can't know what became of a call: its answer was lost or cut off by a stop, or its life
    /// ended before it was kept.
    fn leaves_doubt(&self, call: &Call) -> bool {
        matches!(call.heard, Heard::Lost | Heard::Nothing) || !self.was_kept(call)
    }
}

/// Looks at every message.
pub(crate) fn agree(week: &Week, calls: &[Call], broken: &mut Vec<String>) {
    let mut of_message: BTreeMap<MessageId, Vec<&Call>> = BTreeMap::new();
    for call in calls {
        of_message.entry(call.message).or_default().push(call);
    }
    let mut stories: BTreeMap<MessageId, Story<'_>> = of_message
        .into_iter()
        .map(|(message, calls)| {
            (message, Story { message, calls, grants: week.grants.of(message) })
        })
        .collect();
    for story in stories.values() {
        it_is_taken_as_often_as_it_may_be(week, story, broken);
        its_requests_are_the_same(story, broken);
        it_is_asked_about_in_time(week, story, broken);
    }
    let rows = match all_messages(week) {
        Ok(rows) => rows,
        Err(error) => return broken.push(format!("the messages can't be read: {error}")),
    };
    for row in rows {
        let message = row.message;
        let unheard_of = || Story { message, calls: Vec::new(), grants: week.grants.of(message) };
        its_end_is_true(&row, &stories.remove(&message).unwrap_or_else(unheard_of), broken);
    }
    for message in stories.keys() {
        broken.push(format!("{message} was received and is not known"));
    }
}

/// A gateway that drops repeats takes a message once, whatever comes; so it is the arrivals that count.
fn it_is_taken_as_often_as_it_may_be(week: &Week, story: &Story<'_>, broken: &mut Vec<String>) {
    let first = story.calls[0];
    let plan = week.world.sequences.iter().find(|plan| plan.name == first.sequence);
    let policy = plan.and_then(|plan| plan.on_ambiguous).unwrap_or(week.world.rules.on_ambiguous);
    let memory = week.world.manner.memory;
    let resends = memory == Memory::Idempotent || policy == AmbiguousPolicy::Resend;
    let most = if resends { 1 + week.world.rules.max_resends } else { 1 };
    let arrivals = story.count(|call| call.accepted);
    let lies = story.count(|call| call.accepted && call.lied);
    if arrivals > most + lies {
        broken.push(format!("accepted {arrivals} times and not {most}: {}", said(first)));
    }
    // One that can be asked ends a doubt by its word, and another may follow.
    let may_be_asked = matches!(memory, Memory::Queryable { .. });
    let doubts = story.count(|call| story.leaves_doubt(call));
    if doubts > most && !may_be_asked {
        broken.push(format!("{doubts} calls in doubt and not {most}: {}", said(first)));
    }
}

fn its_requests_are_the_same(story: &Story<'_>, broken: &mut Vec<String>) {
    let first = story.calls[0];
    let differs =
        |call: &&&Call| (&call.key, &call.text, &call.to) != (&first.key, &first.text, &first.to);
    if let Some(other) = story.calls.iter().find(differs) {
        broken.push(format!("{} and {} are not the same request", said(first), said(other)));
    }
}

/// A gateway's word does not count while the request may be on its way.
fn it_is_asked_about_in_time(week: &Week, story: &Story<'_>, broken: &mut Vec<String>) {
    let Memory::Queryable { after } = week.world.manner.memory else { return };
    // By a clock that was set, nobody knows how long it was.
    if week.clock_was_set {
        return;
    }
    let after_ms = i64::try_from(after.as_millis()).unwrap_or(i64::MAX);
    for asked_ms in week.receiver.asked(story.message) {
        let doubted = |call: &&&Call| call.began_ms < asked_ms && story.leaves_doubt(call);
        let ended_ms = story.calls.iter().filter(doubted).filter_map(|call| call.ended_ms).max();
        if let Some(ended_ms) = ended_ms.filter(|ended_ms| asked_ms + 1 < ended_ms + after_ms) {
            broken.push(format!(
                "{} was asked about {} ms after its call and not {after_ms}",
                story.message,
                asked_ms - ended_ms
            ));
        }
    }
}

/// What the database says of a message is what the receiver knows of it.
fn its_end_is_true(row: &MessageRow, story: &Story<'_>, broken: &mut Vec<String>) {
    let is_sent =
        matches!(row.state, MessageState::Sent | MessageState::Delivered | MessageState::Read);
    let accepted = story.count(|call| call.accepted) > 0;
    let has_heard = |call: &Call| call.heard == Heard::Sent && story.was_kept(call);
    let is_given_up = matches!(row.state, MessageState::Failed | MessageState::Cancelled);
    // Where the gateway said that it took nothing, the engine may believe it.
    let was_taken_in_truth = story.count(|call| call.accepted && !call.lied) > 0;
    let is_in_doubt = story.count(|call| story.leaves_doubt(call)) > 0
        || story.grants.iter().any(|grant| !grant.is_kept);
    let mut say = |what| broken.push(format!("{} is {:?} and {what}", row.message, row.state));
    if is_sent && !accepted {
        say("was never received");
    }
    if !is_sent && story.count(has_heard) > 0 {
        say("its answer was heard and kept");
    }
    if is_given_up && was_taken_in_truth {
        say("the receiver has it");
    }
    if row.state == MessageState::Unknown && !is_in_doubt {
        say("each of its answers was heard and kept");
    }
}

fn all_messages(week: &Week) -> broadcaster::store::Result<Vec<MessageRow>> {
    let (mut rows, mut position) = (Vec::new(), Some(Position::default()));
    while let Some(at) = position {
        let (page, next) = week.operator.messages(&MessageFilter::default(), &at, 10_000)?;
        rows.extend(page);
        position = next;
    }
    Ok(rows)
}
