//! How far an enrollment has come, and how it goes on when one of its messages ends.

use rusqlite::Row;

use crate::clock::Moment;
use crate::enrollment::EnrollmentState;
use crate::message::EndReason;
use crate::store::sqlite::row::{self, Outstanding};
use crate::store::sqlite::settle::Books;
use crate::store::sqlite::statements::{Statements, bound};
use crate::store::sqlite::stop;
use crate::store::{Result, Then};

/// What an enrollment's row says of its progress.
#[derive(Debug, Clone)]
pub(super) struct Progress {
    pub(super) sequence: i64,
    pub(super) state: EnrollmentState,
    pub(super) reason: Option<EndReason>,
    ended_at: Option<i64>,
    /// Messages that wait or are being sent.
    pub(super) outstanding: i64,
    /// The step that the operator is asked about, while it is paused.
    pub(super) paused_on: Option<u16>,
    /// Its newest history row, unless a lazy message that waits knows a newer one.
    pub(super) last: Option<i64>,
}

impl Progress {
    pub(super) fn of(statements: &mut Statements<'_>, enrollment: i64) -> Result<Progress> {
        let asked = bound! { ":enrollment_id": enrollment };
        let found = statements.progress.first(asked, Progress::of_row)?;
        found.ok_or_else(|| row::damaged("enrollment_id", enrollment))
    }

    fn of_row(row: &Row<'_>) -> Result<Progress> {
        Ok(Progress {
            sequence: row.get(0)?,
            state: row::code(&row.get::<_, String>(1)?, "state", EnrollmentState::from_code)?,
            reason: row::reason(row.get::<_, Option<String>>(2)?.as_deref())?,
            ended_at: row.get(3)?,
            outstanding: row.get(4)?,
            paused_on: row.get(5)?,
            last: row.get(6)?,
        })
    }

    pub(super) fn is_under_way(&self) -> bool {
        matches!(self.state, EnrollmentState::Active | EnrollmentState::Paused)
    }

    /// One of its messages has ended; `last` is its history row, when it has one.
    pub(super) fn lose_one(&mut self, last: Option<i64>) {
        self.outstanding -= 1;
        self.last = self.last.max(last);
    }

    pub(super) fn end(&mut self, state: EnrollmentState, reason: Option<EndReason>, now: Moment) {
        (self.state, self.reason) = (state, reason);
        (self.ended_at, self.paused_on) = (Some(now.0), None);
    }

    /// Lets it wait for the operator to decide about a message.
    pub(super) fn pause_on(&mut self, step: u16) {
        (self.state, self.paused_on) = (EnrollmentState::Paused, Some(step));
    }

    /// Lets it be under way, whatever it was.
    pub(super) fn begin_again(&mut self) {
        self.state = EnrollmentState::Active;
        (self.reason, self.ended_at, self.paused_on) = (None, None, None);
    }
}

impl Books<'_> {
    /// Writes an enrollment's progress and counts its change of state.
    pub(super) fn keep_progress(
        &mut self,
        enrollment: i64,
        before: EnrollmentState,
        progress: &Progress,
    ) -> Result<()> {
        self.statements.keep_progress.execute(bound! {
            ":state": progress.state.as_str(),
            ":reason": progress.reason.map(EndReason::as_str),
            ":ended_at": progress.ended_at,
            ":outstanding": progress.outstanding,
            ":paused_on": progress.paused_on,
            ":last_id": progress.last,
            ":enrollment_id": enrollment,
        })?;
        if progress.state != before {
            self.tally.enrollments(progress.sequence, before, -1);
            self.tally.enrollments(progress.sequence, progress.state, 1);
        }
        Ok(())
    }

    /// The history row that the next one of this message's enrollment follows. A lazy message knows it
    /// since it was created; beside an upfront one, others may have ended meanwhile.
    pub(super) fn newest_of(&mut self, message: &Outstanding, then: Then) -> Result<Option<i64>> {
        if matches!(then, Then::Next(_)) {
            return Ok(message.previous);
        }
        let last = Progress::of(&mut self.statements, message.enrollment)?.last;
        Ok(message.previous.max(last))
    }

    /// Lets an enrollment go on after one message of it has ended. `last` is its newest history row.
    /// Answers when its next message falls due. One that waits for the operator can only be stopped,
    /// one that has ended stays so.
    pub(super) fn go_on(
        &mut self,
        message: &Outstanding,
        then: Then,
        last: Option<i64>,
    ) -> Result<Option<Moment>> {
        if let Then::Next(due) = then {
            // One ends, one begins: nothing else of the enrollment changes.
            self.pend(&Outstanding {
                step: due.step.0,
                due_at: due.due_at.0,
                tries: 0,
                resends: 0,
                previous: last,
                ..message.clone()
            })?;
            return Ok(Some(due.due_at));
        }
        let mut progress = Progress::of(&mut self.statements, message.enrollment)?;
        let before = progress.state;
        progress.lose_one(last);
        self.go_on_from(message, then, &mut progress)?;
        self.keep_progress(message.enrollment, before, &progress)?;
        Ok(None)
    }

    fn go_on_from(
        &mut self,
        message: &Outstanding,
        then: Then,
        progress: &mut Progress,
    ) -> Result<()> {
        let is_active = progress.state == EnrollmentState::Active;
        match then {
            Then::Next(_) | Then::AlreadyThere | Then::Finish => {
                if is_active && progress.outstanding == 0 {
                    progress.end(EnrollmentState::Finished, None, self.now);
                }
            }
            Then::Pause if is_active => progress.pause_on(message.step),
            Then::Stop(reason) if progress.is_under_way() => {
                stop::cancel_what_is_left(self, message, reason, progress)?;
            }
            Then::Pause | Then::Stop(_) => {}
        }
        Ok(())
    }

    /// Lets an enrollment that waited for the operator go on after `message`, which ended earlier.
    pub(super) fn go_on_after_pause(
        &mut self,
        message: &Outstanding,
        then: Then,
        progress: &mut Progress,
    ) -> Result<()> {
        progress.begin_again();
        self.unpark(message)?;
        if let Then::Next(due) = then {
            progress.outstanding += 1;
            return self.pend(&Outstanding {
                step: due.step.0,
                due_at: due.due_at.0,
                tries: 0,
                resends: 0,
                previous: progress.last.max(message.previous),
                ..message.clone()
            });
        }
        self.go_on_from(message, then, progress)
    }

    /// Puts everything of an enrollment that was moved aside back in line.
    pub(super) fn unpark(&mut self, enrollment: &Outstanding) -> Result<()> {
        for message in stop::parked_of(self.connection, enrollment)? {
            message.pend(&mut self.statements)?;
        }
        Ok(())
    }

    /// A message whose enrollment has ended meanwhile: its result is kept, and nothing follows.
    pub(super) fn note_end(&mut self, message: &Outstanding, last: Option<i64>) -> Result<()> {
        let mut progress = Progress::of(&mut self.statements, message.enrollment)?;
        progress.lose_one(last);
        self.keep_progress(message.enrollment, progress.state, &progress)
    }
}
