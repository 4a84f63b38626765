//! Where the proving ground reaches into the program: points on the way of a message at which a test may
//! end, fail or delay it, and bugs that can be planted to see whether a test catches them. Without the
//! feature `proving` a point is nothing and no bug can be planted.
//!
//! With it, `BROADCASTER_FAILPOINTS="settle.history_written=abort@3"` ends the process when it comes to
//! that point for the third time, and `BROADCASTER_SABOTAGE=gap_lost_at_restart` plants a bug. When
//! `BROADCASTER_FAILPOINTS_ONCE` names a file, the first point that acts makes it, and while it is there
//! none acts: that is how a test knows that something happened, and lets the next process go on.
//! `BROADCASTER_LOCK_WAIT_MS` is how long a lock is waited for, `BROADCASTER_FIRST_BATCH` how many rows or leads
//! the first transaction of an import or enroll takes, so that a small one has several, and
//! `BROADCASTER_FILE_SYSTEM` the name of a network's file system on which every database is said to lie.
//! `BROADCASTER_CLOCK_AHEAD_MS` moves the wall clock, back when it is negative, so that a test need not wait
//! for midnight.

#[cfg(not(feature = "proving"))]
use std::time::Duration;

#[cfg(not(feature = "proving"))]
use crate::clock::Moment;
#[cfg(not(feature = "proving"))]
use crate::store;

/// A closed list, each with the name that the environment has for it and what it is.
macro_rules! named {
    ($(#[$meta:meta])* $list:ident { $($variant:ident = $name:literal, $what:literal;)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $list { $(#[doc = $what] $variant,)+ }

        impl $list {
            /// All of them, on the way from start to end.
            pub const ALL: &'static [$list] = &[$($list::$variant,)+];

            /// As the environment has it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $($list::$variant => $name,)+ }
            }

            /// What it is.
            #[must_use]
            pub fn what(self) -> &'static str {
                match self { $($list::$variant => $what,)+ }
            }
        }
    };
}

named! {
    /// A boundary on the way of a message, in the order of the way.
    Point {
        ImportedLead = "import.lead_written", "a new lead is written, what lies beside it is not";
        ImportBatchWritten = "import.batch_written", "a batch of leads is written and not committed";
        ImportBatchKept = "import.batch_kept", "a batch of leads is committed, the next is not begun";
        AddressSuppressed = "suppress.noted", "an address is suppressed, what is under way to it is not stopped";
        SuppressionWritten = "suppress.before_commit", "a suppression is written and not committed";
        StretchReserved = "enroll.stretch_reserved", "a place on the time line is taken, nobody has it yet";
        Enrolled = "enroll.enrollments_written", "leads are enrolled, their first messages are not written";
        FirstMessagesWritten = "enroll.before_commit", "first messages are written and not committed";
        BatchEnrolled = "enroll.batch_kept", "a batch is enrolled, the next is not begun";
        SenderLocked = "start.locked", "the sender's lock is ours, the database is not";
        TakeOverWritten = "take_over.before_commit", "a new reign is written and not committed";
        TakenOver = "take_over.after_commit", "a new reign is committed and nobody knows yet";
        RosterLook = "roster.look", "the roster is about to read devices and due times";
        RecoveryBegun = "recover.begun", "claims of the dead are about to be taken over";
        LostClaimTaken = "recover.between", "one of several lost claims has its new token";
        RecoveryWritten = "recover.before_commit", "lost claims are taken over and not committed";
        Recovered = "recover.after_commit", "lost claims are taken over, none is settled";
        LostClaimHeld = "recover.before_settle", "a lost claim is about to be settled";
        CampaignDue = "campaign.due", "a campaign's time has come, nobody is enrolled";
        CampaignEnrolled = "campaign.enrolled", "a campaign's audience is enrolled, that it is triggered is not noted";
        WantHandedIn = "claim.wanted", "a worker is about to ask for a claim";
        ExchangeBegun = "exchange.begun", "claims and settlements are about to share a transaction";
        ClaimBegun = "claim.begun", "a due message is about to be looked for";
        Unpended = "claim.unpended", "a due message is out of the line and not marked";
        Marked = "claim.marked", "the dispatch mark is written, the device's pace is not";
        PaceKept = "claim.pace_kept", "mark and pace are written, the transaction is not at its end";
        CountsWritten = "exchange.counts_written", "all is written and not committed";
        Exchanged = "exchange.after_commit", "a commit is done and the ledger does not know yet";
        ExchangeAnswered = "ledger.before_answer", "the ledger knows of a commit and no worker does";
        Claimed = "send.claimed", "a worker has its claim, the text is not rendered";
        Rendered = "send.rendered", "the text is there, the gateway is not called";
        RequestBegun = "send.before_first_byte", "the request is about to leave";
        ReplyBegun = "send.reply_begun", "the gateway answers, and the answer is not read";
        Answered = "send.answered", "the outcome is known and not decided about";
        SettlementDecided = "settle.decided", "a settlement is decided and not handed in";
        SettlementBegun = "settle.begun", "a settlement is about to be kept";
        Unmarked = "settle.unmarked", "a message is taken back from its claim, its result is not written";
        MonthBegun = "settle.month_begun", "the table of a month is made, nothing lies in it";
        HistoryWritten = "settle.history_written", "a result is written, what follows it is not";
        NextWritten = "settle.next_written", "a result and what follows it are written, counts are not";
        Settled = "settle.answered", "a worker knows that its settlement is kept";
        ReceiptsHandedIn = "receipts.handed_in", "receipts have come and are not written";
        ReceiptNoted = "receipts.noted", "a receipt is written, what it proves is not";
        ReceiptsWritten = "receipts.before_commit", "receipts are written and not committed";
        DrainBegun = "drain.begun", "nothing is claimed any more, what is in the air may land";
        Drained = "drain.landed", "all has landed, the ledger is not closed";
        BackupCopied = "backup.copied", "a backup is whole and has not its name yet";
        RestoreCopied = "restore.copied", "a backup lies beside the database, whole, and has not its place";
        RestoreNamed = "restore.named", "a backup has the name that what it replaces will have";
        RestoreExchanged = "restore.exchanged", "a restored database has not learned what left since";
    }
}

named! {
    /// A bug that can be planted.
    Sabotage {
        MarkAfterSend = "mark_after_send", "database and journal are told of a dispatch when it has been sent";
        DeferredTransaction = "deferred_transaction", "a transaction reads before it has the right to write";
        SynchronousNormal = "synchronous_normal", "a commit is not on the disk when it answers";
        FirstMessageOutside = "first_message_outside", "an enrollment is committed before its first message";
        NextStepOutside = "next_step_outside", "the next step is written after the commit of the one before";
        CountsOutside = "counts_outside", "counts are written after the commit of what they count";
        RecoveryCountsAsSent = "recovery_counts_as_sent", "what was fetched to be sent counts as sent";
        RecoveryResends = "recovery_resends", "a claim of the dead is simply sent again";
        EpochUnchecked = "epoch_unchecked", "a sender that was superseded goes on";
        SuppressionAtEnrollmentOnly = "suppression_at_enrollment_only", "who is suppressed later is written to";
        EnrolledTwice = "enrolled_twice", "that a lead is in the sequence already goes unnoticed";
        GapLostAtRestart = "gap_lost_at_restart", "a device begins anew at each start";
        CapCountedLate = "cap_counted_late", "what a device has sent today is not kept with the claim";
        WallClockPacing = "wall_clock_pacing", "a jump of the wall clock goes unnoticed";
        KeyOfTheTry = "key_of_the_try", "each try has a key of its own";
        TimeoutIsNotSent = "timeout_is_not_sent", "no answer in time counts as not sent";
        ServerErrorIsNotSent = "server_error_is_not_sent", "any 5xx counts as not sent";
        ClientRetries = "client_retries", "a request whose answer is lost is made once more";
        DrainDropsResults = "drain_drops_results", "a stop does not wait for what is in the air";
        StaleClaimSent = "stale_claim_sent", "a claim that went stale while the machine slept is sent";
        ReplacedUnnoticed = "replaced_unnoticed", "a database that is replaced under its sender goes unnoticed";
        KeysGivenAgain = "keys_given_again", "who is enrolled after a restore gets the keys of who was lost with it";
    }
}

/// Passes a point. Goes on, unless the environment asks for something else here; an error is what the
/// layer would meet by itself.
///
/// # Errors
///
/// Only when a test has asked for one.
#[cfg(not(feature = "proving"))]
#[inline]
pub fn reach(_: Point) -> store::Result<()> {
    Ok(())
}

/// Whether a bug is planted. One at a time.
#[cfg(not(feature = "proving"))]
#[inline]
#[must_use]
pub fn sabotaged(_: Sabotage) -> bool {
    false
}

/// How long to wait for another process's write: as long as usual, unless a test asks for less.
#[cfg(not(feature = "proving"))]
#[inline]
#[must_use]
pub fn lock_wait(usual: Duration) -> Duration {
    usual
}

/// How many rows or leads a first transaction takes: as many as usual, unless a test asks for fewer.
#[cfg(not(feature = "proving"))]
#[inline]
#[must_use]
pub fn first_batch(usual: usize) -> usize {
    usual
}

/// The file system on which a database lies when it is one of a network: as found, unless a test says so.
#[cfg(not(feature = "proving"))]
#[inline]
#[must_use]
pub fn file_system(found: Option<&'static str>) -> Option<&'static str> {
    found
}

/// What the wall clock shows: the time that was read, unless a test asks for another.
#[cfg(not(feature = "proving"))]
#[inline]
#[must_use]
pub fn wall_clock(read: Moment) -> Moment {
    read
}

#[cfg(feature = "proving")]
mod asked;
#[cfg(feature = "proving")]
pub use asked::{file_system, first_batch, lock_wait, reach, sabotaged, wall_clock};
