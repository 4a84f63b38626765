//! What a seed makes: devices, leads, sequences, rules, and what happens to them in a week.

use std::collections::BTreeMap;
use std::time::Duration;

use broadcaster::clock::Moment;
use broadcaster::device::Device;
use broadcaster::gateway::Memory;
use broadcaster::lead::{Address, LeadRow};
use broadcaster::outcome::AmbiguousPolicy;
use broadcaster::pace::{Gap, Pace, Ramp, Rest};
use broadcaster::sequence::{Schedule, Sequence, Step};
use broadcaster::serve::{Limits, Rules};
use broadcaster::window::{Hours, Weekdays, Window, WindowZone};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::receiver::Manner;
use super::turns::Cut;

pub(crate) const MINUTE_MS: i64 = 60_000;
pub(crate) const HOUR_MS: i64 = 60 * MINUTE_MS;
pub(crate) const DAY_MS: i64 = 24 * HOUR_MS;

/// How long everything goes wrong.
pub(crate) const WEEK_MS: i64 = 7 * DAY_MS;

/// Zones with their clocks changing at odd times, by odd amounts, or at midnight.
pub(crate) const ZONES: [&str; 10] = [
    "UTC",
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "America/Havana",
    "Africa/Cairo",
    "Asia/Kuala_Lumpur",
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "America/St_Johns",
];

/// Days, since 1970, on or shortly after which a week begins: before the clocks of some zone change,
/// before a leap day, before a new year, and any other.
const BEGINNINGS: [i64; 8] = [20_517, 20_537, 20_542, 20_747, 20_754, 20_777, 21_241, 20_817];

/// One thing that happens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Happening {
    /// A lead opts out.
    OptOut {
        lead: usize,
    },
    /// The operator takes a lead out of everything.
    Unenroll {
        lead: usize,
    },
    /// A lead is erased.
    Erase {
        lead: usize,
    },
    /// New leads are imported and enrolled.
    Enroll {
        more: usize,
    },
    PauseSequence {
        sequence: usize,
    },
    ResumeSequence {
        sequence: usize,
    },
    PauseDevice {
        device: usize,
    },
    /// Whatever holds a device is lifted.
    ResumeDevice {
        device: usize,
    },
    /// A sequence gets a new version, which running enrollments may move to.
    NewVersion {
        sequence: usize,
        moves: bool,
    },
    /// A receipt for a message that does not exist.
    StrayReceipt,
    /// A device's file gets another zone.
    MoveDevice {
        device: usize,
        zone: usize,
    },
    /// The wall clock is set, by so much ahead of the truth.
    SetClock {
        lie_ms: i64,
    },
    /// The operator says that the wall clock is right.
    Vouch,
    /// A time server keeps the wall clock from now on, or no more.
    Synchronise {
        is_synchronised: bool,
    },
    /// The machine sleeps: now, or when the next claims are granted, before any of them is sent.
    Sleep {
        span_ms: i64,
        with_claims: bool,
    },
    /// The process is told to stop, and starts again after a while.
    Restart {
        down_ms: i64,
    },
    /// The process dies at once, perhaps with its machine.
    Crash {
        down_ms: i64,
        reboots: bool,
    },
    /// The power fails in one of the next exchanges.
    CrashInExchange {
        after: u32,
        cut: Cut,
        down_ms: i64,
    },
}

/// Everything that a seed decides.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) begins_at: Moment,
    pub(crate) devices: Vec<Device>,
    pub(crate) leads: Vec<LeadRow>,
    pub(crate) sequences: Vec<Sequence>,
    pub(crate) rules: Rules,
    pub(crate) limits: Limits,
    pub(crate) manner: Manner,
    /// By the time at which they happen, in milliseconds since the beginning.
    pub(crate) happenings: Vec<(i64, Happening)>,
}

impl World {
    pub(crate) fn of(seed: u64) -> World {
        let rng = &mut SmallRng::seed_from_u64(seed);
        let is_large = seed % 100 == 99;
        let (devices, leads) =
            if is_large { (50, 100) } else { (rng.random_range(2..=5), rng.random_range(5..=20)) };
        let (on_devices, on_plans) = match rng.random_range(0..4) {
            0 => (None, None),
            1 => (Some(Width::Any), None),
            2 => (None, Some(Width::Any)),
            _ => (Some(Width::Wide), Some(Width::Wide)),
        };
        let devices: Vec<Device> = (0..devices).map(|n| device(n, on_devices, rng)).collect();
        let sequences: Vec<Sequence> =
            (0..rng.random_range(1..=2)).map(|n| sequence(n, on_plans, rng)).collect();
        World {
            seed,
            begins_at: begins_at(rng),
            leads: (0..leads).map(|n| lead(n, &devices, rng)).collect(),
            rules: Rules {
                on_ambiguous: policy(rng),
                max_resends: rng.random_range(1..=3),
                unknown_wait: Duration::from_secs(60 * rng.random_range(0..=30)),
                max_tries: rng.random_range(2..=4),
            },
            limits: Limits {
                max_workers: rng.random_range(1..=8),
                drain_timeout: Duration::from_secs(50),
                until_idle: false,
                only: None,
                chores_every: Duration::from_secs(rng.random_range(1_800..=7_200)),
                look_every: Duration::from_secs(rng.random_range(900..=3_600)),
            },
            manner: manner(seed, rng),
            happenings: happenings(devices.len(), leads, sequences.len(), rng),
            devices,
            sequences,
        }
    }
}

fn begins_at(rng: &mut SmallRng) -> Moment {
    let day = BEGINNINGS[rng.random_range(0..BEGINNINGS.len())] + rng.random_range(0..3);
    Moment(day * DAY_MS + rng.random_range(0..DAY_MS))
}

fn policy(rng: &mut SmallRng) -> AmbiguousPolicy {
    match rng.random_range(0..3) {
        0 => AmbiguousPolicy::Hold,
        1 => AmbiguousPolicy::Resend,
        _ => AmbiguousPolicy::Pause,
    }
}

fn manner(seed: u64, rng: &mut SmallRng) -> Manner {
    Manner {
        seed,
        memory: match rng.random_range(0..4) {
            0 => Memory::Queryable { after: Duration::from_secs(rng.random_range(0..=60)) },
            1 => Memory::Idempotent,
            _ => Memory::Blind,
        },
        trouble: [0, 100, 300, 600][rng.random_range(0..4)],
        slowness_ms: [20, 2_000, 40_000][rng.random_range(0..3)],
        lies: rng.random_bool(0.2),
        receipts: [0, 300, 900][rng.random_range(0..3)],
    }
}

fn any_zone(rng: &mut SmallRng) -> String {
    ZONES[rng.random_range(0..ZONES.len())].to_owned()
}

fn device(n: usize, windows: Option<Width>, rng: &mut SmallRng) -> Device {
    Device {
        name: format!("phone-{n}"),
        gateway: "lab".to_owned(),
        sender: format!("+6012300{n:04}"),
        pace: pace(rng),
        window: windows
            .filter(|_| rng.random_bool(0.6))
            .map(|width| window(WindowZone::Device, width, rng)),
        zone: rng.random_bool(0.8).then(|| any_zone(rng)),
        enabled: true,
    }
}

fn pace(rng: &mut SmallRng) -> Pace {
    let min_ms = rng.random_range(1_000..=1_200_000);
    let gap = if rng.random_bool(0.8) {
        Gap::Between { min_ms, max_ms: min_ms + rng.random_range(0..=min_ms) }
    } else {
        Gap::Rate { per_second: [0.01, 0.1, 1.0, 7.5][rng.random_range(0..4)] }
    };
    let daily_cap = rng.random_bool(0.6).then(|| rng.random_range(3..=15));
    Pace {
        gap,
        daily_cap,
        hourly_cap: rng.random_bool(0.2).then(|| rng.random_range(1..=4)),
        recipients_cap: rng.random_bool(0.2).then(|| rng.random_range(2..=6)),
        rest: rng.random_bool(0.2).then(|| Rest {
            after: rng.random_range(1..=5),
            min_ms: 60_000,
            max_ms: 7_200_000,
        }),
        ramp: rng
            .random_bool(0.2)
            .then(|| Ramp { from: rng.random_range(1..=2), days: rng.random_range(1..=5) }),
    }
}

fn window(zone: WindowZone, width: Width, rng: &mut SmallRng) -> Window {
    let from_minute = rng.random_range(0..24 * 60);
    let (shortest, days) = match width {
        // Friday and Tuesday are always among them, so that nothing waits longer than some days.
        Width::Any => (240, rng.random_range(0..=0b111_1111) | 0b001_0010),
        Width::Wide => (18 * 60, 0b111_1111),
    };
    // Over midnight too.
    let to_minute = (from_minute + rng.random_range(shortest..24 * 60)) % (24 * 60);
    Window { days: Weekdays(days), hours: Hours { from_minute, to_minute }, zone }
}

/// How wide windows are. Where devices and plans both have them, they must overlap.
#[derive(Debug, Clone, Copy)]
enum Width {
    Any,
    Wide,
}

fn sequence(n: usize, windows: Option<Width>, rng: &mut SmallRng) -> Sequence {
    let name = format!("plan-{n}");
    let windowed = |odds, rng: &mut SmallRng| {
        windows.filter(|_| rng.random_bool(odds)).map(|width| {
            let zone = match rng.random_range(0..3) {
                0 => WindowZone::Lead,
                1 => WindowZone::Device,
                _ => WindowZone::Named(any_zone(rng)),
            };
            window(zone, width, rng)
        })
    };
    Sequence {
        schedule: if rng.random_bool(0.7) { Schedule::Lazy } else { Schedule::Upfront },
        stop_on_reply: true,
        on_ambiguous: rng.random_bool(0.3).then(|| policy(rng)),
        window: windowed(0.6, rng),
        constants: BTreeMap::new(),
        steps: (1..=rng.random_range(2..=5))
            .map(|number| Step {
                name: format!("step-{number}"),
                delay: Duration::from_millis(match rng.random_range(0..3) {
                    0 => 0,
                    1 => rng.random_range(0..3_600_000),
                    _ => rng.random_range(0..130_000_000),
                }),
                texts: vec![format!("{name} {number} to {{{{ first_name }}}}")],
                media: None,
                window: windowed(0.3, rng),
                expires: rng
                    .random_bool(0.1)
                    .then(|| Duration::from_secs(rng.random_range(3_600..400_000))),
                only_if: None,
                gap_ms: rng.random_bool(0.1).then(|| (1_000, rng.random_range(1_000..1_000_000))),
            })
            .collect(),
        campaign: None,
        name,
    }
}

pub(crate) fn lead(n: usize, devices: &[Device], rng: &mut SmallRng) -> LeadRow {
    LeadRow {
        phone: Some(Address::from_canonical(format!("+60129{n:06}"))),
        source: "days".to_owned(),
        zone: rng.random_bool(0.7).then(|| any_zone(rng)),
        device: rng
            .random_bool(0.3)
            .then(|| devices[rng.random_range(0..devices.len())].name.clone()),
        fields: [("first_name".to_owned(), format!("Ada{n}"))].into(),
        ..LeadRow::default()
    }
}

/// Something is done to a clock or to a zone.
fn set_time(devices: usize, rng: &mut SmallRng) -> Happening {
    match rng.random_range(0..10) {
        0 | 1 => Happening::SetClock { lie_ms: rng.random_range(-5 * MINUTE_MS..=5 * MINUTE_MS) },
        2 => Happening::SetClock { lie_ms: rng.random_range(-HOUR_MS..=HOUR_MS) },
        3 | 4 => Happening::SetClock { lie_ms: rng.random_range(-3 * DAY_MS..=3 * DAY_MS) },
        5 => Happening::SetClock { lie_ms: 0 },
        6 => Happening::Vouch,
        7 => Happening::Synchronise { is_synchronised: rng.random() },
        _ => Happening::MoveDevice {
            device: rng.random_range(0..devices),
            zone: rng.random_range(0..ZONES.len()),
        },
    }
}

fn happenings(
    devices: usize,
    leads: usize,
    sequences: usize,
    rng: &mut SmallRng,
) -> Vec<(i64, Happening)> {
    let mut happenings: Vec<(i64, Happening)> = Vec::new();
    for _ in 0..rng.random_range(0..=16) {
        let lead = rng.random_range(0..leads);
        let device = rng.random_range(0..devices);
        let sequence = rng.random_range(0..sequences);
        let at = rng.random_range(0..WEEK_MS);
        let later = at + rng.random_range(0..DAY_MS);
        // Half of the times short, so that claims are still fresh.
        let longest = match rng.random_range(0..8) {
            0..4 => MINUTE_MS,
            4..7 => DAY_MS,
            _ => 4 * DAY_MS,
        };
        let down_ms = rng.random_range(0..longest);
        let happening = match rng.random_range(0..14) {
            0 | 1 => Happening::OptOut { lead },
            2 => Happening::Unenroll { lead },
            3 => Happening::Erase { lead },
            4 => Happening::Enroll { more: rng.random_range(0..=5) },
            5 => {
                happenings.push((later, Happening::ResumeSequence { sequence }));
                Happening::PauseSequence { sequence }
            }
            6 => {
                happenings.push((later, Happening::ResumeDevice { device }));
                Happening::PauseDevice { device }
            }
            7 => Happening::ResumeDevice { device },
            8 => Happening::NewVersion { sequence, moves: rng.random() },
            9 => Happening::StrayReceipt,
            10 => Happening::Restart { down_ms },
            11 => Happening::Crash { down_ms, reboots: rng.random() },
            12 => Happening::Sleep { span_ms: down_ms, with_claims: down_ms % 2 == 0 },
            _ => Happening::CrashInExchange {
                after: rng.random_range(1..=6),
                cut: if rng.random() { Cut::Before } else { Cut::After },
                down_ms,
            },
        };
        happenings.push((at, happening));
    }
    // In half of the worlds nobody touches clocks or zones, and days can be counted by the calendar.
    if rng.random() {
        for _ in 0..rng.random_range(1..=6) {
            let at = rng.random_range(0..WEEK_MS);
            happenings.push((at, set_time(devices, rng)));
        }
    }
    // Bans and refused credentials are looked at twice a day.
    for at in (0..WEEK_MS).step_by(DAY_MS as usize / 2) {
        let device = rng.random_range(0..devices);
        happenings.push((at, Happening::ResumeDevice { device }));
    }
    happenings.sort_by_key(|(at, _)| *at);
    happenings
}
