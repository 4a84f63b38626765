//! Every boundary on the way of a message x {abort, error, panic, delay}: the real binary, from import to
//! restore, meets it once, is started again until nothing is open, and must agree with the gateway.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use broadcaster::proving::Point;

use crate::Part;
use crate::crew::{await_end, side_by_side};
use crate::proof::{Proof, Trials};
use crate::rig::{Plan, Rig, Size, leads};

/// Each point with each action, and a message on which the sender dies each time. More trials begin
/// anew, with other hits, errors and policies.
const SIZE: u64 = POINTS * ACTIONS.len() as u64 + 1;

pub(crate) const PART: Part = Part { name: "points", trial: "points met", size: SIZE, run };

const POINTS: u64 = Point::ALL.len() as u64;

const ACTIONS: [&[&str]; 4] = [&["abort"], &["fault", "busy", "full"], &["panic"], &["delay"]];
const WORLD: Size = Size { devices: 2, leads_each: 3, steps: 2 };
/// Trials at once; most of each is a wait for a gap or a back-off.
const HANDS: usize = 6;
/// Leads whose claims were lost when the trial begins.
const LOST: usize = 2;
const PATIENCE: Duration = Duration::from_secs(30);

/// What must be there for a point to be met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scene {
    Plain,
    /// A campaign whose time has come.
    Campaign,
    /// A gateway that answers when nobody waits any more.
    Late,
}

/// One point, with what happens there.
#[derive(Debug)]
struct Case {
    point: Point,
    action: &'static str,
    at_hit: u64,
    scene: Scene,
    resends: u64,
}

impl Case {
    fn of(number: u64, seed: u64) -> Case {
        let chance = mixed(seed, number);
        let (point, action) = (number % SIZE % POINTS, number % SIZE / POINTS);
        let point = Point::ALL[usize::try_from(point).expect("a small number")];
        let actions = ACTIONS[usize::try_from(action).expect("a small number")];
        let scene = match point {
            Point::CampaignDue | Point::CampaignEnrolled => Scene::Campaign,
            Point::ReceiptsHandedIn | Point::ReceiptNoted | Point::ReceiptsWritten => Scene::Late,
            _ => Scene::Plain,
        };
        // The policy decides only about what was marked and not settled.
        let in_the_air =
            (Point::Marked as usize..=Point::Unmarked as usize).contains(&(point as usize));
        let resends = u64::from(in_the_air && action == 0 && chance.is_multiple_of(2));
        let at_hit = if is_met_often(point) { 1 + (chance >> 8) % 4 } else { 1 };
        let action =
            actions[usize::try_from((chance >> 16) % actions.len() as u64).expect("small")];
        Case { point, action, at_hit, scene, resends }
    }

    fn plan(&self) -> Plan {
        let late = self.scene == Scene::Late;
        let fates: &[&str] = if late { &["late=1.0"] } else { &[] };
        let mut plan = Plan::new(WORLD, (8, 16), fates);
        if late {
            plan.gateway.extend(["--late-ms".to_owned(), "120..160".to_owned()]);
        }
        Plan {
            timeout: if late { "100ms" } else { "1s" },
            step_delay: "20ms",
            resends: self.resends,
            ..plan
        }
    }
}

/// The trial that ends the process at this point.
pub(crate) fn with_abort_at(point: Point) -> u64 {
    point as u64
}

/// Whether every message comes by, so that a later hit can be chosen.
fn is_met_often(point: Point) -> bool {
    let on_the_way = Point::WantHandedIn as usize..=Point::Settled as usize;
    on_the_way.contains(&(point as usize)) && point != Point::MonthBegun
        || point == Point::ImportedLead
}

fn run(trials: Trials) -> Proof {
    let template = template();
    let requests = AtomicU64::new(0);
    let violations = side_by_side(trials.from..trials.size, HANDS, |number| {
        if number % SIZE == SIZE - 1 {
            return poison();
        }
        let case = Case::of(number, trials.seed);
        let repeat = format!(
            "points --seed {} --from {number} --size {} ({case:?})",
            trials.seed,
            number + 1
        );
        let (found, seen) = tried(&case, &template);
        requests.fetch_add(seen, Ordering::Relaxed);
        found.into_iter().map(|what| format!("{repeat}: {what}")).collect()
    });
    Proof {
        trials: trials.size - trials.from,
        violations,
        figures: vec![("points", POINTS), ("requests that the gateway saw", requests.into_inner())],
    }
}

/// An installation whose sender was killed with messages in the air, which no later gateway has seen.
fn template() -> Rig {
    let rig = Rig::of(Plan::new(WORLD, (8, 16), &["hang=1.0"]));
    rig.enroll(0..LOST);
    let mut sender = rig.serve(&[]);
    rig.wait_for_requests(LOST);
    sender.kill().expect("it can be killed");
    sender.wait().expect("it is gone");
    rig
}

/// Walks the whole way; answers what should not have been, and how much the gateway saw.
fn tried(case: &Case, template: &Rig) -> (Vec<String>, u64) {
    let mut rig = Rig::like(template, case.plan());
    let met = rig.path("met");
    let asked = format!("{}={}@{}", case.point.name(), case.action, case.at_hit);
    rig.env.push(("BROADCASTER_FAILPOINTS", asked));
    rig.env.push(("BROADCASTER_FAILPOINTS_ONCE", met.display().to_string()));
    rig.env.push(in_several_batches());
    let mut walk = Walk { rig: &rig, failed: 0, found: Vec::new() };
    rig.write("leads.csv", &leads(0..WORLD.leads() + 1));
    rig.write("gone.csv", "phone\n+60122000006\n");
    walk.until_done("import leads.csv --tag all");
    walk.until_done("enroll --sequence welcome --tag all");
    walk.until_done("suppress import gone.csv");
    if case.scene == Scene::Campaign {
        rig.write("campaign.toml", CAMPAIGN);
        walk.until_done("sequence apply campaign.toml -y");
        walk.serve_for_a_campaign();
    }
    walk.serve_until_done();
    walk.until_done("backup copy.db");
    walk.until_done("--db copy.db check --full");
    walk.until_done("restore copy.db -y");
    walk.serve_until_done();
    let Walk { failed, mut found, .. } = walk;
    if failed > 1 {
        found.push(format!("{failed} runs failed, where one was made to\n{}", rig.serve_log()));
    }
    if !met.exists() {
        found.push("the point was not met".to_owned());
    }
    found.extend(rig.disagreements());
    let written_to = rig.gateway.log().iter().any(|request| request["to"] == "+60122000006");
    if written_to {
        found.push("somebody was written to who was suppressed before".to_owned());
    }
    (found, rig.gateway.requests() as u64)
}

/// What makes a small list long: the first batch of an import or enroll is kept with more to come.
pub(crate) fn in_several_batches() -> (&'static str, String) {
    ("BROADCASTER_FIRST_BATCH", "3".to_owned())
}

const CAMPAIGN: &str = r#"
name = "news"
kind = "campaign"
starts_at = "2026-01-01T00:00:00Z"
[audience]
tags = ["all"]
[[steps]]
name = "step-1"
body = "step 1 for {{ first_name }}"
"#;

/// A way from station to station, each begun again until it is done.
struct Walk<'r> {
    rig: &'r Rig,
    failed: u32,
    found: Vec<String>,
}

impl Walk<'_> {
    fn until_done(&mut self, words: &str) {
        for _ in 0..3 {
            let ended = self.rig.run(words);
            if ended.code == Some(0) {
                return;
            }
            self.failed += 1;
            // A copy that was not finished is in nobody's way.
            if self.failed > 1 {
                self.found.push(format!("{words}: {:?} {}", ended.code, ended.stderr));
            }
        }
    }

    fn serve_until_done(&mut self) {
        for _ in 0..6 {
            let mut sender = self.rig.serve(&["--until-idle"]);
            match await_end(&mut sender, PATIENCE) {
                None => {
                    self.found.push(format!("a sender hangs\n{}", self.rig.serve_log()));
                    return;
                }
                Some(status) if !status.success() => self.failed += 1,
                Some(_) if self.rig.open_messages() == 0 => return,
                Some(_) => {}
            }
        }
        self.found.push(format!("it does not come to an end\n{}", self.rig.serve_log()));
    }

    /// A campaign is triggered by the minute's chores, so the sender must live until then.
    fn serve_for_a_campaign(&mut self) {
        let began = Instant::now();
        while self.rig.json("sequence list")["sequences"].as_array().is_none_or(|list| {
            !list.iter().any(|one| one["name"] == "news" && !one["triggered_at"].is_null())
        }) {
            if began.elapsed() > PATIENCE {
                self.found.push(format!("the campaign never begins\n{}", self.rig.serve_log()));
                return;
            }
            let mut sender = self.rig.serve(&[]);
            let status = await_end(&mut sender, Duration::from_millis(1_500));
            self.failed += u32::from(status.is_some());
        }
    }
}

/// A message on which the sender dies each time is not tried for ever, and nobody says that it failed.
fn poison() -> Vec<String> {
    let size = Size { devices: 1, leads_each: 1, steps: 1 };
    let mut rig = Rig::of(Plan { resends: 9, ..Plan::new(size, (8, 16), &[]) });
    rig.enroll(0..1);
    rig.env.push(("BROADCASTER_FAILPOINTS", "send.before_first_byte=abort".to_owned()));
    let mut deaths = 0;
    while rig.open_messages() > 0 && deaths < 5 {
        let ended = await_end(&mut rig.serve(&["--until-idle"]), PATIENCE);
        deaths += u32::from(ended.is_none_or(|status| !status.success()));
    }
    let messages = rig.messages();
    let is_unknown = messages.values().all(|message| message["state"] == "unknown");
    if is_unknown && deaths == 3 {
        return Vec::new();
    }
    vec![format!("poison: after {deaths} deaths it is {messages:?}")]
}

/// A number that looks random, the same for the same seed and number.
pub(crate) fn mixed(seed: u64, number: u64) -> u64 {
    let mut mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ number.wrapping_add(0x632b_e59b);
    for _ in 0..3 {
        mixed = (mixed ^ (mixed >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    }
    mixed ^ (mixed >> 29)
}
