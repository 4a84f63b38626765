//! Every behaviour of a gateway, met with everything that it may remember and that the operator may want;
//! and the connection cut at every byte. The program's own engine, database and client against a peer
//! that keeps its own books.

mod behaviour;
mod expected;
mod peer;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use broadcaster::clock::{Clock, Moment, SystemClock};
use broadcaster::device::Device;
use broadcaster::document::{Document, Source};
use broadcaster::enrollment::EnrollmentState;
use broadcaster::gateway::build::{Surroundings, build};
use broadcaster::gateway::secrets::OpenSecrets;
use broadcaster::gateway::spec::GatewaySpec;
use broadcaster::gateway::{Gateway, ReceiptSender};
use broadcaster::lead::{Address, LeadId, LeadRow};
use broadcaster::message::{InstanceId, Keys, MessageId};
use broadcaster::outcome::AmbiguousPolicy;
use broadcaster::pace::{Gap, Pace};
use broadcaster::sequence::{Sequence, Step, StepNumber};
use broadcaster::serve::{Handle, Limits, Rules, Setup, serve};
use broadcaster::store::sqlite::{Depth, Sqlite};
use broadcaster::store::{
    Devices, Due, History, LeadChoice, Leads, NewEnrollment, OnDuplicate, Owner, Pushed, Queue,
    ReEnroll, RunningRule, Sequences,
};
use rand::SeedableRng;
use rand::rngs::SmallRng;
use rand::seq::SliceRandom;

use self::behaviour::{Attempt, TIMEOUT};
use self::expected::{Case, End, Knows, POLICIES, RESENDS_MAX, TRIES_MAX};
use self::peer::{Peer, Role};
use crate::Part;
use crate::proof::{Proof, Trials};

pub(crate) const PART: Part =
    Part { name: "gateways", trial: "messages to gateways", size: 1_521, run };

/// How long a message in doubt waits, and from when on a gateway's word counts.
const UNKNOWN_WAIT: Duration = Duration::from_secs(4);

/// Everything has come to its end by then.
const PATIENCE: Duration = Duration::from_secs(90);

/// Trials are known to the peer by the phone that they write to, which begins here.
const FIRST_PHONE: u64 = 15_550_000_000;

fn run(trials: Trials) -> Proof {
    // The second time, somebody else has installed it already.
    let _already = rustls::crypto::ring::default_provider().install_default();
    let threads = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    threads.expect("threads can be had").block_on(prove(trials))
}

async fn prove(trials: Trials) -> Proof {
    let peer = Peer::open(trials.seed).await;
    let mut proof = Proof::default();
    let request_length = measure(&peer).await;
    let mut round = 0;
    while proof.trials < trials.size {
        let mut cases = cases(request_length, round);
        cases.shuffle(&mut SmallRng::seed_from_u64(trials.seed.wrapping_add(round)));
        cases.truncate(usize::try_from(trials.size - proof.trials).unwrap_or(usize::MAX));
        let first = FIRST_PHONE + proof.trials;
        let numbered: Vec<(u64, Case)> = (first..).zip(cases).collect();
        proof.trials += numbered.len() as u64;
        let mut engines = Vec::new();
        for knows in Knows::ALL {
            for policy in POLICIES {
                let mine = |(_, case): &&(u64, Case)| case.knows == knows && case.policy == policy;
                let mine: Vec<(u64, Case)> = numbered.iter().filter(mine).cloned().collect();
                engines.push(tokio::spawn(meet(peer.clone(), knows, policy, mine)));
            }
        }
        for engine in engines {
            proof.violations.extend(engine.await.unwrap_or_else(|panic| vec![panic.to_string()]));
        }
        round += 1;
    }
    let seen: Vec<_> = (FIRST_PHONE..FIRST_PHONE + proof.trials).map(|it| peer.seen(it)).collect();
    let sum = |of: fn(&peer::Seen) -> u32| seen.iter().map(|it| u64::from(of(it))).sum();
    proof.figures = vec![
        ("cases that there are", cases(request_length, 0).len() as u64),
        ("requests to send", sum(|seen| seen.requests)),
        ("messages taken", sum(|seen| seen.taken)),
        (
            "messages taken twice, where the operator said resend",
            sum(|seen| u32::from(seen.taken > 1)),
        ),
    ];
    let followed = peer.books.lock().expect("no caller panics").followed;
    if followed > 0 {
        proof.violations.push(format!("{followed} redirects were followed"));
    }
    proof
}

/// The whole matrix: what a gateway may do, remember, and what the operator wants. Each cut of the
/// connection meets one of the combinations, another one in each round.
fn cases(request_length: usize, round: u64) -> Vec<Case> {
    let combined: Vec<(Knows, AmbiguousPolicy)> =
        Knows::ALL.into_iter().flat_map(|knows| POLICIES.map(|policy| (knows, policy))).collect();
    let mut cases = Vec::new();
    for behaviour in behaviour::all() {
        for &(knows, policy) in &combined {
            let case = Case { behaviour: behaviour.clone(), always: true, knows, policy };
            if behaviour.attempt == Attempt::Ambiguous {
                cases.push(Case { always: false, ..case.clone() });
            }
            cases.push(case);
        }
    }
    let turn = usize::try_from(round).unwrap_or_default();
    for (number, behaviour) in behaviour::cuts(request_length).into_iter().enumerate() {
        let (knows, policy) = combined[(number + turn) % combined.len()];
        cases.push(Case { behaviour, always: number.is_multiple_of(2), knows, policy });
    }
    cases
}

/// How many bytes a request has.
async fn measure(peer: &Peer) -> usize {
    let answers = behaviour::all().into_iter().find(|one| one.attempt == Attempt::Sent);
    let behaviour = answers.expect("a gateway may simply work");
    let trial = FIRST_PHONE - 1;
    let case = Case { behaviour, always: true, knows: Knows::Nothing, policy: POLICIES[0] };
    let violations = meet(peer.clone(), case.knows, case.policy, vec![(trial, case)]).await;
    assert!(violations.is_empty(), "a gateway that works: {violations:?}");
    peer.seen(trial).length
}

/// One engine, with a device and a lead for each case. Answers what should not have been.
async fn meet(
    peer: Peer,
    knows: Knows,
    policy: AmbiguousPolicy,
    cases: Vec<(u64, Case)>,
) -> Vec<String> {
    let place = tempfile::tempdir().expect("a folder can be made");
    let path = place.path().join("gateways.db");
    let store = Sqlite::create(&path, InstanceId(1), SystemClock.now()).expect("a new database");
    let store = Arc::new(store);
    for (trial, case) in &cases {
        let role = Role {
            behaviour: case.behaviour.clone(),
            always: case.always,
            drops_repeats: knows == Knows::Repeats,
            knows_keys: knows == Knows::Answers,
        };
        peer.play(*trial, role);
    }
    let messages = enroll(&store, &cases);
    let (handle, engine) = start(&store, &peer, knows, policy);
    let engine = tokio::spawn(engine);
    let began = Instant::now();
    let mut wrong = BTreeMap::new();
    let mut open: Vec<&(u64, Case)> = cases.iter().collect();
    while began.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(200)).await;
        wrong = not_yet(&store, &open, &messages);
        // A device that waits will try again some time; its hold need only have been seen.
        open.retain(|(trial, case)| wrong.contains_key(trial) || case.end().hold.is_none());
        if wrong.is_empty() {
            break;
        }
    }
    handle.stop();
    let mut violations: Vec<String> = wrong.into_values().collect();
    if let Err(fault) = engine.await.expect("the engine does not panic") {
        violations.push(format!("{knows:?} {policy:?}: {fault}"));
    }
    for (trial, case) in &cases {
        violations.extend(overdone(&peer, *trial, case).map(|what| told(*trial, case, &what)));
    }
    let broken = store.check(Depth::Full).expect("the database can be read");
    violations.extend(broken.into_iter().map(|it| format!("{knows:?} {policy:?}: {it:?}")));
    violations
}

fn told(trial: u64, case: &Case, what: &str) -> String {
    let Case { behaviour, always, knows, policy } = case;
    let often = if *always { "always" } else { "once" };
    format!("{trial}: {} ({often}), knows {knows:?}, {policy:?}: {what}", behaviour.name)
}

/// Where messages are not what they must become.
fn not_yet(
    store: &Sqlite,
    cases: &[&(u64, Case)],
    messages: &HashMap<u64, MessageId>,
) -> BTreeMap<u64, String> {
    let mut wrong = BTreeMap::new();
    for (trial, case) in cases {
        let row = store.message(messages[trial]).expect("the message is there");
        let now = SystemClock.now();
        let hold = store.device(&device_name(*trial)).expect("the device is there").hold;
        let hold = hold.filter(|hold| hold.holds_at(now));
        let enrolled = store.enrollments_of(row.lead).expect("the lead is there");
        let expected = case.end();
        let is = End {
            state: row.state,
            reason: row.reason.filter(|_| expected.reason.is_some()),
            hold: hold.as_ref().map(|hold| hold.reason.as_str()),
            asks: enrolled[0].state == EnrollmentState::Paused,
            ..expected.clone()
        };
        let an_hour = now.plus(Duration::from_secs(3_601));
        let too_long = hold.and_then(|hold| hold.until).is_some_and(|until| until > an_hour);
        if is != expected || too_long {
            let what = format!("is {is:?}, not {expected:?}; {:?}", row.detail);
            wrong.insert(*trial, told(*trial, case, &what));
        }
    }
    wrong
}

/// What the peer saw too often.
fn overdone(peer: &Peer, trial: u64, case: &Case) -> Option<String> {
    let (seen, end) = (peer.seen(trial), case.end());
    if seen.taken > end.taken_max {
        return Some(format!("taken {} times", seen.taken));
    }
    // A device that waited may have tried again.
    if seen.requests > end.requests_max && end.hold.is_none() {
        return Some(format!("asked {} times to send it", seen.requests));
    }
    (seen.keys.len() > 1).then(|| format!("sent under the keys {:?}", seen.keys))
}

fn device_name(trial: u64) -> String {
    format!("d-{trial}")
}

/// A device and a lead for each case, with one message due now.
fn enroll(store: &Sqlite, cases: &[(u64, Case)]) -> HashMap<u64, MessageId> {
    let now = SystemClock.now();
    let devices: Vec<Device> = cases.iter().map(|(trial, _)| device(*trial)).collect();
    store.apply_devices(&devices, now).expect("devices can be kept");
    let rows: Vec<LeadRow> = cases.iter().map(|(trial, _)| lead(*trial)).collect();
    store.import(&rows, OnDuplicate::Fill, now).expect("leads can be kept");
    store.apply_sequence(&plan(), RunningRule::Keep, now).expect("a sequence can be kept");
    let plan = store.sequence("once").expect("it was just kept");
    let leads = store.leads(&LeadChoice::default(), LeadId(0), cases.len());
    let leads: HashMap<String, _> = leads
        .expect("leads can be read")
        .into_iter()
        .map(|lead| (lead.address.as_str().to_owned(), lead.id))
        .collect();
    let due = Due { step: StepNumber(1), due_at: now };
    let enrollments: Vec<NewEnrollment> = cases
        .iter()
        .map(|(trial, _)| NewEnrollment {
            lead: leads[&format!("+{trial}")],
            device: store.device(&device_name(*trial)).expect("it was just kept").id,
            messages: vec![due],
        })
        .collect();
    let pushed = store.push(plan.id, plan.version.id, &enrollments, ReEnroll::Never, now);
    let message = |pushed: Pushed| match pushed {
        Pushed::Enrolled(enrollment) => MessageId { enrollment, step: due.step },
        other => panic!("not enrolled: {other:?}"),
    };
    let messages = pushed.expect("leads can be enrolled").into_iter().map(message);
    cases.iter().map(|(trial, _)| *trial).zip(messages).collect()
}

fn start(
    store: &Arc<Sqlite>,
    peer: &Peer,
    knows: Knows,
    policy: AmbiguousPolicy,
) -> (Handle, impl Future<Output = broadcaster::store::Result<broadcaster::serve::Served>> + use<>)
{
    let (receipts, incoming) = tokio::sync::mpsc::unbounded_channel();
    serve(Setup {
        store: store.clone(),
        queue: store.clone(),
        gateways: HashMap::from([("lab".to_owned(), gateway(peer, knows, receipts))]),
        receipts: incoming,
        owner: Owner {
            pid: 1,
            host: "here".into(),
            boot: "b".into(),
            began: 0,
            since_at: Moment(0),
        },
        rules: Rules {
            on_ambiguous: policy,
            max_resends: RESENDS_MAX,
            max_tries: TRIES_MAX,
            unknown_wait: UNKNOWN_WAIT,
        },
        limits: Limits {
            max_workers: 24,
            drain_timeout: Duration::from_secs(5),
            until_idle: false,
            only: None,
            chores_every: Duration::from_secs(60),
            look_every: Duration::from_secs(60),
        },
        clocks: Arc::new(SystemClock),
        seed: 7,
        listener: Arc::new(|_| {}),
    })
}

/// A gateway to the peer. No trial shares a connection with another: a peer that closes one of them at will
/// would make the answer of the next trial ambiguous, as it may.
fn gateway(peer: &Peer, knows: Knows, receipts: ReceiptSender) -> Arc<dyn Gateway> {
    let base = format!("http://{}", peer.address);
    let mut text = format!(
        r#"
[gateway]
kind = "http"
reuse = false
timeout = "{}ms"
idempotent = {}
[gateway.request]
url = "{base}/send/{{{{ lead.digits }}}}"
json = {{ key = "{{{{ message.key }}}}", text = "{{{{ text }}}}" }}
[gateway.reply]
id = "$.id"
"#,
        TIMEOUT.as_millis(),
        knows == Knows::Repeats,
    );
    if matches!(knows, Knows::Answers | Knows::NoAnswer) {
        text.push_str(&format!(
            r#"
[gateway.query]
url = "{base}/ask/{{{{ lead.digits }}}}/{{{{ message.key }}}}"
[gateway.query.reply]
rules = [
  {{ status = "200", outcome = "taken" }},
  {{ status = "404", outcome = "not_taken" }},
]
"#
        ));
    }
    let source = Source::new("gateways.toml", text);
    let document = Document::parse(&source);
    let spec = document.root().table("gateway").and_then(GatewaySpec::read);
    let spec = document.finish(spec).unwrap_or_else(|invalid| panic!("{}", invalid.render(false)));
    let surroundings =
        Surroundings { clock: Arc::new(SystemClock), receipts, keys: Keys::of(InstanceId(7)) };
    build("lab", &spec, OpenSecrets::default(), &surroundings).expect("the gateway can be set up")
}

fn device(trial: u64) -> Device {
    let pace = Pace::unlimited(Gap::Between { min_ms: 1, max_ms: 5 });
    Device::new(device_name(trial), "lab", trial.to_string(), pace)
}

fn lead(trial: u64) -> LeadRow {
    let phone = Some(Address::from_canonical(format!("+{trial}")));
    LeadRow { phone, source: "test".into(), ..LeadRow::default() }
}

fn plan() -> Sequence {
    let step = Step::new("hello", Duration::ZERO, "Good day");
    Sequence::new("once", vec![step])
}
