//! A ledger by itself.

use super::*;
use crate::device::DeviceId;
use crate::pace::PaceState;
use crate::serve::admission::Admission;
use crate::serve::engine::Directory;
use crate::serve::ledger::{self, Answer, Followed, Keeper, Ledger};
use crate::serve::patience::Patience;
use crate::serve::phase::PhaseSwitch;
use crate::serve::plans::Plans;
use crate::serve::time::EngineClock;
use crate::store::{ClockNote, Timekeeping, Want};

/// A ledger over the small world of a rig, whose clock is to be followed by four minutes.
pub(super) struct Books<'r> {
    rig: &'r Rig,
    pub(super) ledger: Ledger,
    pub(super) clock: Arc<EngineClock>,
    pub(super) booted_at: Moment,
}

pub(super) const FOLLOWED_MS: i64 = 4 * 60_000;

impl Books<'_> {
    /// Not kept before its keeper is polled, so that what is asked of it by then shares a batch.
    pub(super) fn open(
        rig: &Rig,
    ) -> (Books<'_>, impl Future<Output = crate::store::Result<()>> + use<>) {
        Books::over(rig, rig.store.clone())
    }

    pub(super) fn over(
        rig: &Rig,
        timekeeping: Arc<dyn Timekeeping>,
    ) -> (Books<'_>, impl Future<Output = crate::store::Result<()>> + use<>) {
        let (_, incoming) = mpsc::unbounded_channel();
        let (receipts, _) = mpsc::unbounded_channel();
        let setup = rig.setup(rig.simulator(receipts), incoming);
        let clock = Arc::new(EngineClock::starting(setup.clocks, None));
        let plans = Arc::new(Plans::new(Arc::clone(&setup.store), Arc::clone(&setup.listener)));
        plans.read_newest().unwrap();
        let directory = Arc::new(Directory::default());
        let (ledger, requests) = Ledger::open();
        let keeper = Keeper {
            epoch: setup.queue.take_over(&setup.owner).unwrap(),
            timekeeping,
            queue: setup.queue,
            gate: Arc::new(Admission { plans, directory }),
            clock: Arc::clone(&clock),
            listener: setup.listener,
            phase: PhaseSwitch::new(),
        };
        let booted_at = clock.booted_at();
        (Books { rig, ledger, clock, booted_at }, ledger::keep(keeper, requests))
    }

    pub(super) fn device(&self) -> DeviceId {
        self.rig.store.devices().unwrap()[0].id
    }

    /// A claim by the clock before, which leaves [this pace](pace_of_a_claim) behind.
    pub(super) async fn claim(&self) -> Answer {
        self.claim_by(pace_of_a_claim()).await
    }

    pub(super) async fn claim_by(&self, pace: PaceState) -> Answer {
        self.claim_with(Patience::None, pace).await
    }

    pub(super) async fn claim_with(&self, patience: Patience, pace: PaceState) -> Answer {
        let want = Want { device: self.device(), paces: vec![pace], recipients: None };
        self.ledger.claim(want, patience, self.booted_at).await.unwrap()
    }

    pub(super) async fn follow(&self) {
        self.try_to_follow().await.unwrap();
    }

    pub(super) async fn try_to_follow(&self) -> crate::store::Result<()> {
        let booted_at = Moment(self.booted_at.0 + FOLLOWED_MS);
        let note = ClockNote { boot: "b".to_owned(), booted_at };
        let followed = self.ledger.follow_clock(Followed { note, by_ms: FOLLOWED_MS });
        followed.await.expect("the ledger goes on")
    }

    pub(super) fn pace(&self) -> PaceState {
        self.rig.store.devices().unwrap()[0].pace
    }
}

pub(super) fn pace_of_a_claim() -> PaceState {
    PaceState {
        next_allowed_at: START.plus(MINUTE),
        day_count: 1,
        hour_ends_at: START.plus(MINUTE),
        ..PaceState::default()
    }
}
