//! What waits for a device, in the order in which it may be sent. Messages with the same window stand in
//! one line, so that a window that is shut holds a whole line and its messages need not be moved.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use crate::clock::Moment;
use crate::sequence::{StepNumber, VersionId};
use crate::store::Version;
use crate::window::{Window, WindowZone, Zones};

/// A message in a line: when it falls due, which enrollment's it is, and its step.
pub(super) type Waiter = (Moment, usize, StepNumber);

/// The hours of a window, with the opening that was last asked for: finding one takes the calendar.
#[derive(Debug)]
pub(super) struct Hours<'a> {
    window: Option<&'a Window>,
    zones: Zones<'a>,
    opened_at: Moment,
    closes_at: Moment,
}

impl<'a> Hours<'a> {
    pub(super) fn of(window: Option<&'a Window>, zones: Zones<'a>) -> Hours<'a> {
        let never_shut = if window.is_some() { Moment(0) } else { Moment::FAR_FUTURE };
        Hours { window, zones, opened_at: Moment(0), closes_at: never_shut }
    }

    /// The first moment at or after `at` at which the window is open. Ask in the order of time.
    pub(super) fn next_open(&mut self, at: Moment) -> Moment {
        let Some(window) = self.window else { return at };
        if (self.opened_at..self.closes_at).contains(&at) {
            return at;
        }
        let opens_at = window.next_open(at, self.zones);
        self.closes_at = window.closes_at(opens_at, self.zones).unwrap_or(Moment::FAR_FUTURE);
        // Of an opening in which the question falls, the begin is not known.
        self.opened_at = if opens_at > at { opens_at } else { self.opened_at };
        opens_at
    }

    /// Whether the window opens just then: a message that falls due at that instant was moved there.
    fn opens_at(&self, at: Moment) -> bool {
        let just_before = Moment(at.0 - 1);
        self.window.is_some_and(|window| !window.is_open(just_before, self.zones))
    }
}

/// Messages with the same window, in due order.
#[derive(Debug)]
struct Line<'a> {
    hours: Hours<'a>,
    waiters: BinaryHeap<Reverse<Waiter>>,
}

/// Every line of a device.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    plans: &'a HashMap<VersionId, Version>,
    device_zone: Option<&'a str>,
    lines: Vec<Line<'a>>,
    /// The line of a step for leads of a zone.
    places: HashMap<(VersionId, StepNumber, Option<&'a str>), usize>,
}

/// The message whose turn it is.
pub(super) struct Next {
    /// From when on it may be sent.
    pub(super) ready_at: Moment,
    /// Whether it is a window that it waits for, rather than its due time.
    pub(super) waits_for_window: bool,
    line: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn new(
        plans: &'a HashMap<VersionId, Version>,
        device_zone: Option<&'a str>,
    ) -> Lines<'a> {
        Lines { plans, device_zone, lines: Vec::new(), places: HashMap::new() }
    }

    /// Puts a message in its line.
    pub(super) fn add(&mut self, waiter: Waiter, version: VersionId, lead_zone: Option<&'a str>) {
        let key = (version, waiter.2, lead_zone);
        let line = match self.places.get(&key) {
            Some(line) => *line,
            None => {
                let line = self.line_of(key);
                self.places.insert(key, line);
                line
            }
        };
        self.lines[line].waiters.push(Reverse(waiter));
    }

    /// The message that may be sent first at or after `at`; among those that may go at once, the one
    /// that fell due first.
    pub(super) fn next(&mut self, at: Moment) -> Option<Next> {
        let mut is_due = false;
        let mut first: Option<(Moment, Moment, usize)> = None;
        for (index, line) in self.lines.iter_mut().enumerate() {
            let Some(Reverse((due_at, ..))) = line.waiters.peek() else { continue };
            is_due |= *due_at <= at;
            let found = (line.hours.next_open(at.max(*due_at)), *due_at, index);
            first = Some(first.map_or(found, |first| first.min(found)));
        }
        let (ready_at, _, line) = first?;
        let waits_for_window = is_due || self.lines[line].hours.opens_at(ready_at);
        Some(Next { ready_at, waits_for_window, line })
    }

    /// Takes the message out of its line. Its due time is that of the opening when it waited for one, as
    /// in the engine, which moves what it meets outside of its window.
    pub(super) fn take(&mut self, next: &Next) -> Waiter {
        let line = &mut self.lines[next.line];
        let Reverse((due_at, enrollment, step)) =
            line.waiters.pop().expect("the line had a message when it was chosen");
        (due_at.max(line.hours.opened_at), enrollment, step)
    }

    fn line_of(
        &mut self,
        (version, step, lead_zone): (VersionId, StepNumber, Option<&'a str>),
    ) -> usize {
        let window = self.plans.get(&version).and_then(|known| known.plan.window_of(step));
        let reads_lead = window.is_some_and(|window| window.zone == WindowZone::Lead);
        let lead = lead_zone.filter(|_| reads_lead);
        let known = self
            .lines
            .iter()
            .position(|line| line.hours.window == window && line.hours.zones.lead == lead);
        known.unwrap_or_else(|| {
            let zones = Zones { lead, device: self.device_zone };
            self.lines.push(Line { hours: Hours::of(window, zones), waiters: BinaryHeap::new() });
            self.lines.len() - 1
        })
    }
}
