//! What the single stations of a message cost: the deciders without a database, and the queue's one call
//! with growing batches, each on a database whose commits are on the disk when they answer.

use std::hint::black_box;
use std::time::Duration;

use broadcaster::clock::{Clock, Moment, SystemClock};
use broadcaster::device::{Device, DeviceId};
use broadcaster::lead::{Address, Lead, LeadId, LeadRow};
use broadcaster::message::InstanceId;
use broadcaster::pace::{Gap, Pace, PaceState};
use broadcaster::plan::Plan;
use broadcaster::sequence::{Sequence, SequenceId, Step, StepNumber, VersionId};
use broadcaster::stagger::Stagger;
use broadcaster::store::sqlite::Sqlite;
use broadcaster::store::{
    Devices, Due, Granted, Leads, NewEnrollment, OnDuplicate, OpenGate, Owner, Queue, ReEnroll,
    RunningRule, Sequences, Settlement, Then, Version, Want,
};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rand::SeedableRng;
use rand::rngs::SmallRng;

fn plan() -> Sequence {
    let step = |number: u64| {
        Step::new(
            format!("step-{number}"),
            Duration::ZERO,
            "Hi {{ first_name | default('there') }}, see you in {{ city }}.",
        )
    };
    Sequence { stop_on_reply: false, ..Sequence::new("bench", (1..=11).map(step).collect()) }
}

fn pace() -> Pace {
    Pace { daily_cap: Some(200), ..Pace::unlimited(Gap::Between { min_ms: 5_000, max_ms: 15_000 }) }
}

fn deciders(criterion: &mut Criterion) {
    let fields = [("first_name", "Ana"), ("city", "Ipoh")];
    let lead = Lead {
        fields: fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        ..Lead::new(LeadId(1), Address::from_canonical("+60123456789"))
    };
    let version = Version { id: VersionId(1), sequence: SequenceId(1), number: 1, plan: plan() };
    let plan = Plan::compile(version).expect("its templates are well formed");
    criterion.bench_function("render a text", |bencher| {
        bencher.iter(|| plan.render(StepNumber::FIRST, black_box(&lead)))
    });
    let (pace, state, mut rng) = (pace(), PaceState::default(), SmallRng::seed_from_u64(1));
    let now = Moment(1_800_000_000_000);
    criterion.bench_function("is it the device's turn", |bencher| {
        bencher.iter(|| pace.turn(black_box(&state), Some("Asia/Kuala_Lumpur"), now))
    });
    criterion.bench_function("pace after a dispatch", |bencher| {
        bencher.iter(|| pace.after_dispatch(black_box(&state), None, None, now, &mut rng))
    });
    let stagger = Stagger::at_rate(now, 10.0);
    criterion.bench_function("due time of the millionth", |bencher| {
        bencher.iter(|| stagger.nth(black_box(1_000_000)))
    });
}

/// A database in which each of many devices has a message due.
struct Town {
    store: Sqlite,
    devices: Vec<DeviceId>,
    _folder: tempfile::TempDir,
}

impl Town {
    fn found(devices: usize) -> Town {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("it can be made");
        let now = SystemClock.now();
        let store = Sqlite::create(&folder.path().join("a.db"), InstanceId(1), now)
            .expect("a database can be made");
        let device = |number: usize| {
            Device::new(format!("device-{number}"), "nowhere", String::new(), pace())
        };
        let all: Vec<Device> = (0..devices).map(device).collect();
        store.apply_devices(&all, now).expect("devices are kept");
        let lead = |number: usize| LeadRow {
            phone: Some(Address::from_canonical(format!("+6011{number:08}"))),
            source: "bench".to_owned(),
            ..LeadRow::default()
        };
        let rows: Vec<LeadRow> = (0..devices).map(lead).collect();
        store.import(&rows, OnDuplicate::Fill, now).expect("leads are kept");
        store.apply_sequence(&plan(), RunningRule::Keep, now).expect("the sequence is kept");
        let known = store.sequence("bench").expect("it was applied just now");
        let devices: Vec<DeviceId> =
            store.devices().expect("they can be read").iter().map(|known| known.id).collect();
        let enrollments: Vec<NewEnrollment> = (1..)
            .zip(&devices)
            .map(|(lead, device)| NewEnrollment {
                lead: LeadId(lead),
                device: *device,
                messages: vec![Due { step: StepNumber::FIRST, due_at: now }],
            })
            .collect();
        store
            .push(known.id, known.version.id, &enrollments, ReEnroll::Never, now)
            .expect("leads are enrolled");
        Town { store, devices, _folder: folder }
    }
}

/// One exchange claims a message a device, the next settles all of them and makes their next ones.
fn exchange(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("exchange: claim and settle");
    group.sample_size(20);
    for batch in [1, 100, 1_000] {
        let town = Town::found(batch);
        let owner = Owner {
            pid: 1,
            host: String::new(),
            boot: String::new(),
            began: 0,
            since_at: Moment(0),
        };
        let epoch = town.store.take_over(&owner).expect("nobody else serves");
        let wants: Vec<Want> = town
            .devices
            .iter()
            .map(|device| Want {
                device: *device,
                paces: vec![PaceState::default()],
                recipients: None,
            })
            .collect();
        group.throughput(Throughput::Elements(batch as u64));
        group.bench_function(BenchmarkId::from_parameter(batch), |bencher| {
            bencher.iter_batched(
                || (),
                |()| {
                    let now = SystemClock.now();
                    let taken = town.store.exchange(epoch, &[], &wants, &OpenGate, now);
                    let granted = taken.expect("it is kept").granted;
                    let settlements: Vec<Settlement> =
                        granted.iter().flat_map(|granted| sent(granted, now)).collect();
                    assert_eq!(settlements.len(), batch, "each device has one due");
                    town.store
                        .exchange(epoch, &settlements, &[], &OpenGate, now)
                        .expect("it is kept")
                },
                BatchSize::PerIteration,
            )
        });
    }
    group.finish();
}

fn sent(granted: &Granted, now: Moment) -> Vec<Settlement> {
    use broadcaster::outcome::OutcomeCode;
    use broadcaster::store::{Fate, TryNote};
    let Granted::Claims(claims) = granted else { return Vec::new() };
    let settle = |claim: &broadcaster::store::Claim| {
        // The same step again and again: which one it is does not matter to what it costs.
        let step = claim.candidate.message.step;
        Settlement {
            token: claim.token,
            fate: Fate::Sent { gateway_id: None, then: Then::Next(Due { step, due_at: now }) },
            attempt: Some(TryNote {
                code: OutcomeCode::Sent,
                detail: String::new(),
                variant: 0,
                answered_at: now,
            }),
            hold: None,
        }
    };
    claims.iter().map(settle).collect()
}

criterion_group!(benches, deciders, exchange);
criterion_main!(benches);
