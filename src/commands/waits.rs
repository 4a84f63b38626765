//! What a run waits for: told in the log when it changes, and shown in the live view.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tracing::info;

use super::engine_watch::Scope;
use super::when;
use crate::clock::Moment;
use crate::report::obstacle::Obstacle;
use crate::report::outlook::{Kept, Outlook, outlook};
use crate::store;
use crate::store::sqlite::Sqlite;

/// Seconds between two looks whether some devices wait.
const TELL_EVERY: u64 = 60;

/// Seconds for which the view shows what was seen: it takes a look at each device.
const SEEN_FOR: u64 = 10;

/// One wait after the other for the same reason is told again after that time.
const TOLD_AGAIN: Duration = Duration::from_secs(60 * 60);

/// What devices wait for, and what of it was told.
#[derive(Default)]
pub(super) struct Waits {
    /// Until when all of them wait, in milliseconds.
    all_until: AtomicI64,
    /// Whether nobody was told of that yet.
    is_news: AtomicBool,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// Seconds that this run has taken.
    second: u64,
    told_at: u64,
    outlook: Option<(u64, Outlook)>,
    of_some: Option<Told>,
    of_all: Option<Told>,
}

/// What was told last of a wait, and when.
type Told = (String, Moment);

/// A wait, as it is told.
#[derive(Debug, PartialEq, Eq)]
struct Wait {
    is_of_all: bool,
    until: Moment,
    why: String,
    /// What makes it the same as another.
    what: String,
    /// When the same is told again.
    again: Option<Duration>,
}

impl Waits {
    /// All devices wait until then.
    pub(super) fn note(&self, until: Moment) {
        self.all_until.store(until.0, Relaxed);
        self.is_news.store(true, Relaxed);
    }

    /// Says what keeps devices from sending, unless that is as it was: of all of them at once, and else each
    /// minute in one line, however many they are. Called each second.
    pub(super) fn tell(&self, store: &Sqlite, scope: &Scope, now: Moment) {
        let mut seen = self.seen();
        seen.second += 1;
        let is_time = seen.second > seen.told_at + TELL_EVERY;
        if !self.is_news.swap(false, Relaxed) && !is_time {
            return;
        }
        seen.told_at = seen.second;
        let all_wait = Moment(self.all_until.load(Relaxed)) > now;
        // What can't be read now is the engine's to complain of.
        let Ok(outlook) = seen.look(store, scope, now) else { return };
        if let Some(wait) = wait_of(outlook, all_wait, now) {
            seen.tell(wait, now);
        }
    }

    /// `cap reached: 12 devices, until 00:00`
    pub(super) fn shown(
        &self,
        store: &Sqlite,
        scope: &Scope,
        now: Moment,
    ) -> store::Result<Option<String>> {
        let mut seen = self.seen();
        if seen.outlook.as_ref().is_none_or(|(at, _)| seen.second >= at + SEEN_FOR) {
            seen.look(store, scope, now)?;
        }
        Ok(seen.outlook.as_ref().and_then(|(_, outlook)| shown(outlook, now)))
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn look(&mut self, store: &Sqlite, scope: &Scope, now: Moment) -> store::Result<&Outlook> {
        let only = scope.only.as_deref();
        let outlook = outlook(store, store, only, &scope.gateways, now)?;
        Ok(&self.outlook.insert((self.second, outlook)).1)
    }

    fn tell(&mut self, wait: Wait, now: Moment) {
        let Wait { is_of_all, until, why, what, again } = wait;
        let told = if is_of_all { &mut self.of_all } else { &mut self.of_some };
        let is_news = told.as_ref().is_none_or(|(before, at)| {
            *before != what || again.is_some_and(|again| now.since(*at) >= again)
        });
        if is_news {
            *told = Some((what, now));
            info!(%until, why, "waiting");
        }
    }
}

/// What to say of devices that wait. Where all of them do, that ends when the first of them can go on, and that
/// need not be one that is kept.
fn wait_of(outlook: &Outlook, all_wait: bool, now: Moment) -> Option<Wait> {
    let next = outlook.next.as_ref()?;
    let mut why = match outlook.kept.as_slice() {
        [Kept { devices: 1, first, .. }] => vec![first.clone()],
        several => several.iter().map(Kept::sum).collect(),
    };
    let kept_until = outlook.kept.iter().map(|kept| kept.until).min();
    let what = format!("{} {kept_until:?}", why.join("; "));
    let walks = next.held_by.as_ref().is_some_and(Obstacle::is_gap);
    let is_of_all = all_wait && next.at > now && !walks;
    // What ends the wait of all, where it is none that is kept.
    let end = match &next.held_by {
        _ if !is_of_all => None,
        None => {
            let other = if why.is_empty() { "" } else { "other " };
            Some(("due", format!("no {other}message is due before, by its delay or its hours")))
        }
        Some(rest) if rest.is_rest() => {
            Some(("rest", format!("{} {}", next.device, rest.sentence)))
        }
        Some(_) => None,
    };
    let until = if is_of_all { next.at } else { kept_until? };
    let (rule, ends) = end.unzip();
    why.extend(ends);
    Some(Wait {
        is_of_all,
        until,
        why: why.join("; "),
        what: format!("{what} {}", rule.unwrap_or_default()),
        again: rule.map(|_| TOLD_AGAIN),
    })
}

/// What most devices wait for, as long as they do.
fn shown(outlook: &Outlook, now: Moment) -> Option<String> {
    let next = outlook.next.as_ref()?;
    match outlook.kept.first() {
        Some(most) if most.until > now => {
            Some(format!("{}, until {}", most.sum(), when::zoned(most.until, now)))
        }
        None if next.held_by.is_none() && next.at > now => {
            Some(format!("nothing is due until {}", when::zoned(next.at, now)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::outlook::Next;

    const NOW: Moment = Moment(1_000_000);

    fn hours(hours: u64) -> Moment {
        NOW.plus(Duration::from_secs(hours * 60 * 60))
    }

    fn held_by(rule: &'static str) -> Option<Obstacle> {
        Some(Obstacle { rule, until: None, sentence: format!("keeps its {rule}") })
    }

    fn next(at: Moment, held_by: Option<Obstacle>) -> Option<Next> {
        Some(Next { at, device: "sim-b".to_owned(), held_by })
    }

    /// Device A has reached its cap, for ten hours.
    fn beside_a_capped_one(next: Option<Next>) -> Outlook {
        let first = "sim-a keeps its cap".to_owned();
        let kept = vec![Kept { by: "cap reached", devices: 1, until: hours(10), first }];
        Outlook { next, kept }
    }

    #[test]
    fn a_wait_of_all_ends_when_the_first_message_can_go_whoever_is_kept_longer() {
        let outlook = beside_a_capped_one(next(hours(2), None));
        let wait = wait_of(&outlook, true, NOW).unwrap();
        assert_eq!((wait.is_of_all, wait.until), (true, hours(2)));
        let why = "sim-a keeps its cap; no other message is due before, by its delay or its hours";
        assert_eq!(wait.why, why);
        let later = beside_a_capped_one(next(hours(3), None));
        assert_eq!(wait_of(&later, true, NOW).unwrap().what, wait.what, "one reason, one line");

        let resting = beside_a_capped_one(next(hours(1), held_by("rest")));
        let wait = wait_of(&resting, true, NOW).unwrap();
        assert_eq!(
            (wait.until, &*wait.why),
            (hours(1), "sim-a keeps its cap; sim-b keeps its rest")
        );

        let capped = beside_a_capped_one(next(hours(10), held_by("daily_cap")));
        let wait = wait_of(&capped, true, NOW).unwrap();
        assert_eq!((wait.until, &*wait.why), (hours(10), "sim-a keeps its cap"));
    }

    #[test]
    fn where_one_sends_the_wait_is_that_of_the_others() {
        for (at, held_by) in [(NOW, None), (hours(1), held_by("gap"))] {
            let wait = wait_of(&beside_a_capped_one(next(at, held_by)), true, NOW).unwrap();
            assert_eq!((wait.is_of_all, wait.until), (false, hours(10)));
            assert_eq!(wait.why, "sim-a keeps its cap");
        }
        let some = wait_of(&beside_a_capped_one(next(hours(2), None)), false, NOW).unwrap();
        assert_eq!((some.is_of_all, some.until), (false, hours(10)));
        let idle = Outlook { next: next(hours(2), None), kept: Vec::new() };
        assert_eq!(wait_of(&idle, false, NOW), None);
        assert_eq!(wait_of(&idle, true, NOW).unwrap().until, hours(2));
    }

    #[test]
    fn what_is_over_since_it_was_seen_is_not_shown() {
        let outlook = beside_a_capped_one(next(hours(10), held_by("daily_cap")));
        assert!(shown(&outlook, NOW).unwrap().starts_with("cap reached: 1 device, until "));
        assert_eq!(shown(&outlook, hours(10)), None);
    }
}
