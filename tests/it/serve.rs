//! The main job through the front door: leads in, messages out through HTTP to a gateway that is a
//! process of its own, and books that agree to the message.

use std::time::Duration;

use crate::held::wait_until;
use crate::program::as_if;
use crate::rig::{Plan, Rig, Size, leads};

/// Two in a hundred of each fate.
const EVERY_FATE: [&str; 12] = [
    "late=0.02",
    "no_id=0.02",
    "garbage=0.02",
    "truncated=0.02",
    "hang=0.02",
    "reset=0.02",
    "close=0.02",
    "error=0.02",
    "lost_reset=0.02",
    "lost_error=0.02",
    "busy=0.02",
    "refused=0.02",
];

fn size() -> Size {
    Size::from_environment(Size { devices: 12, leads_each: 8, steps: 3 })
}

#[test]
fn every_message_is_accepted_once_and_the_books_agree() {
    let rig = Rig::new(size(), (50, 150), &EVERY_FATE);
    rig.serve_until_idle();
    rig.reconcile();
    let states = rig.states();
    assert!(states.keys().all(|state| ["sent", "failed", "unknown"].contains(&state.as_str())));
    assert!(states["sent"] > rig.size.leads());
}

#[test]
fn a_good_gateway_gets_every_step_of_every_lead() {
    let rig = Rig::new(Size { devices: 5, leads_each: 4, steps: 3 }, (50, 80), &[]);
    rig.serve_until_idle();
    rig.reconcile();
    assert_eq!(rig.states()["sent"], 60);
    assert_eq!(rig.gateway.requests(), 60);
}

#[test]
fn cron_commands_run_beside_the_sender_and_never_meet_a_locked_database() {
    let size = size();
    let rig = Rig::new(size, (50, 150), &EVERY_FATE);
    let mut sender = rig.serve(&["--until-idle"]);
    let mut rounds = 0;
    while rounds < 30 && sender.try_wait().expect("it can be asked").is_none() {
        let more = size.leads() + rounds..size.leads() + rounds + 1;
        rig.write("more.csv", &leads(more));
        for command in [
            "import more.csv --tag all -q",
            "enroll --sequence welcome --tag all --skip-if-locked -q",
            "status",
            "why sim-0000",
            "messages list --status failed --limit 5",
        ] {
            let ended = rig.run(command);
            assert_eq!(ended.code, Some(0), "{command}: {}", ended.stderr);
            assert!(!ended.stderr.contains("locked"), "{command}: {}", ended.stderr);
        }
        rounds += 1;
    }
    assert!(rounds > 1, "the run was too short to prove anything");
    assert!(sender.wait().expect("it ends").success(), "{}", rig.serve_log());
    rig.serve_until_idle();
    rig.reconcile();
}

#[test]
fn after_a_kill_it_goes_on_by_itself_and_nothing_is_lost_or_repeated() {
    let rig = Rig::new(size(), (50, 150), &EVERY_FATE);
    for round in 1_u64..=10 {
        let mut sender = rig.serve(&["--until-idle"]);
        // Spread over the run, and some of them at the very start.
        let longest_ms = (rig.size.leads_each * rig.size.steps * 12).max(600) as u64;
        std::thread::sleep(Duration::from_millis(20 + (round * 7919) % longest_ms));
        sender.kill().expect("it can be killed");
        sender.wait().expect("it is gone");
    }
    rig.serve_until_idle();
    rig.reconcile();
}

#[test]
fn a_proxy_of_the_environment_is_not_asked() {
    let nobody = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        format!("http://{}", listener.local_addr().expect("it has one"))
    };
    let mut rig = Rig::new(Size { devices: 2, leads_each: 3, steps: 1 }, (1, 2), &[]);
    let names =
        ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
    rig.env.extend(names.map(|name| (name, nobody.clone())));
    rig.serve_until_idle();
    rig.reconcile();
    assert_eq!(rig.states(), [("sent".to_owned(), 6)].into());
}

#[test]
fn a_run_ends_with_what_it_came_to_and_what_needs_a_person() {
    let rig = Rig::new(Size { devices: 1, leads_each: 5, steps: 1 }, (50, 80), &["reset=1"]);
    let shown = rig.ok("serve-devices --until-idle");
    let flat = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.starts_with("Served for "), "{shown}");
    assert!(flat.contains("nothing is left that can be sent by itself"), "{shown}");
    assert!(flat.contains("sent 0") && flat.contains("unknown 5"), "{shown}");
    assert!(flat.contains("In all 5 messages are of unknown fate."), "{shown}");
    assert!(shown.contains("Next: broadcaster messages list --status unknown"), "{shown}");
    assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
    assert_eq!(rig.ok("serve-devices --until-idle -q"), "");
    let again = rig.json("serve-devices --until-idle -q");
    assert_eq!((&again["ended_by"], &again["sent"]), (&"idle".into(), &0.into()), "{again:#}");
    assert_eq!((&again["left"]["unknown"], &again["left"]["pending"]), (&5.into(), &0.into()));
}

#[test]
fn a_wait_for_a_cap_is_told_and_what_is_left_when_it_is_stopped() {
    let size = Size { devices: 1, leads_each: 3, steps: 1 };
    let mut rig = Rig::of(Plan { daily_cap: Some(1), ..Plan::new(size, (50, 80), &[]) });
    // The day is not over soon, and with it the wait.
    rig.env.push(as_if("2035-05-09T12:00:00Z"));
    rig.enroll(0..size.leads());
    let mut sender = rig.serve(&["--until-idle"]);
    while !rig.serve_log().contains(" waiting until=") {
        assert!(sender.try_wait().expect("it can be asked").is_none(), "{}", rig.serve_log());
        std::thread::sleep(Duration::from_millis(20));
    }
    interrupt(&sender);
    assert!(sender.wait().expect("it ends").success(), "{}", rig.serve_log());
    let log = rig.serve_log();
    assert_eq!(log.matches(" waiting until=").count(), 1, "{log}");
    assert!(log.contains("sim-0000 keeps its pace: "), "{log}");
}

#[test]
fn devices_at_their_cap_are_summed_up_in_one_line_and_no_end_is_foretold() {
    let size = Size { devices: 3, leads_each: 4, steps: 1 };
    let mut rig = Rig::of(Plan { daily_cap: Some(1), ..Plan::new(size, (50, 80), &[]) });
    // The day is not over soon, and with it the wait.
    rig.env.push(as_if("2035-05-09T12:00:00Z"));
    rig.enroll(0..size.leads());
    let mut sender = rig.serve(&[]);
    let sum = "cap reached: 3 devices";
    wait_until("it says what it waits for", &rig, || rig.serve_log().contains(sum));
    let pid = rustix::process::Pid::from_child(&sender);
    rustix::process::kill_process(pid, rustix::process::Signal::USR1).expect("it runs");
    wait_until("it says how it stands", &rig, || rig.serve_log().contains("sent 3, "));
    interrupt(&sender);
    assert!(sender.wait().expect("it ends").success(), "{}", rig.serve_log());
    let log = rig.serve_log();
    assert_eq!(log.matches(" waiting until=").count(), 1, "{log}");
    let standing = log.lines().find(|line| line.contains("sent 3, ")).expect("it was there");
    assert!(standing.contains(&format!("{sum}, until ")), "{standing}");
    assert!(!standing.contains("empty in"), "{standing}");
}

#[test]
fn a_second_sender_exits_11_and_names_the_first() {
    let rig = Rig::new(Size { devices: 1, leads_each: 2, steps: 1 }, (50, 80), &[]);
    let mut first = rig.serve(&[]);
    rig.wait_for_requests(1);
    let second = rig.run("serve-devices");
    assert_eq!(second.code, Some(11), "{}", second.stderr);
    assert!(second.stderr.contains(&format!("pid {}", first.id())), "{}", second.stderr);
    rig.link("broadcaster.db", "link.db");
    let by_a_link = rig.run("--db link.db serve-devices");
    assert_eq!(by_a_link.code, Some(11), "{}", by_a_link.stderr);
    let skipped = rig.run("serve-devices --skip-if-locked -q");
    assert_eq!((skipped.code, skipped.stderr.as_str()), (Some(0), ""));
    interrupt(&first);
    assert!(first.wait().expect("it ends").success(), "{}", rig.serve_log());
}

#[test]
fn a_suppressed_address_gets_nothing_more() {
    let rig = Rig::new(Size { devices: 1, leads_each: 30, steps: 2 }, (50, 80), &[]);
    let mut sender = rig.serve(&["--until-idle"]);
    rig.wait_for_requests(3);
    let late_lead = "+60122000029";
    rig.ok(&format!("suppress add {late_lead} --reason opted_out"));
    assert!(sender.wait().expect("it ends").success(), "{}", rig.serve_log());
    assert!(rig.gateway.log().iter().all(|request| request["to"] != late_lead));
    rig.reconcile();
}

#[test]
fn a_paused_sequence_waits_until_it_is_resumed_by_another_process() {
    let rig = Rig::new(Size { devices: 2, leads_each: 5, steps: 1 }, (50, 80), &[]);
    rig.ok("sequence pause welcome");
    let sender = rig.serve(&[]);
    rig.ok("sequence resume welcome");
    rig.wait_for_requests(10);
    interrupt(&sender);
    let mut sender = sender;
    assert!(sender.wait().expect("it ends").success(), "{}", rig.serve_log());
    rig.reconcile();
}

#[cfg(feature = "proving")]
#[test]
fn a_device_rests_from_the_answer_on_although_the_settlement_is_lost() {
    let size = Size { devices: 1, leads_each: 2, steps: 1 };
    let latency = ["--latency-ms".to_owned(), "300..300".to_owned()];
    let mut rig = Rig::of(Plan { gateway: latency.to_vec(), ..Plan::new(size, (400, 400), &[]) });
    rig.enroll(0..2);
    rig.env.push(("BROADCASTER_FAILPOINTS", "settle.decided=fault@1".to_owned()));
    rig.serve_until_idle();
    let arrivals: Vec<u64> =
        rig.gateway.log().iter().map(|request| request["mono_us"].as_u64().unwrap()).collect();
    assert_eq!(arrivals.len(), 2);
    assert!(arrivals[1] - arrivals[0] >= 700_000, "{arrivals:?}");
    rig.reconcile();
}

#[test]
fn a_first_signal_lands_what_is_in_the_air() {
    let rig = Rig::new(Size { devices: 8, leads_each: 20, steps: 1 }, (50, 80), &[]);
    let mut sender = rig.serve(&[]);
    rig.wait_for_requests(20);
    interrupt(&sender);
    assert!(sender.wait().expect("it ends").success(), "{}", rig.serve_log());
    let states = rig.states();
    assert!(!states.contains_key("unknown") && !states.contains_key("processing"), "{states:?}");
    rig.reconcile();
}

fn interrupt(process: &std::process::Child) {
    let pid = i32::try_from(process.id()).expect("a pid fits");
    // SAFETY: sends a signal to a child that has not been waited for, so the pid is still its own.
    assert_eq!(unsafe { libc::kill(pid, libc::SIGINT) }, 0);
}
