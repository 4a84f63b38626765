//! `enroll` and `unenroll`.

use insta::assert_snapshot;
use jiff::Timestamp;

#[cfg(feature = "proving")]
use crate::rig::{Rig, Size, leads};
use crate::shop::Shop;

/// A shop with that many leads, all of them on `always`, which sends at any hour.
fn crowd(count: u32) -> Shop {
    let shop = Shop::stocked();
    let leads: String = (0..count).map(|number| format!("01245{number:05}\n")).collect();
    shop.write("crowd.csv", &format!("Phone\n{leads}"));
    shop.done("import crowd.csv --tag crowd");
    shop.write(
        "always.toml",
        "name = \"always\"\nwindow = \"mon-sun 00:00-24:00\"\n\
         [[steps]]\nname = \"hello\"\ndelay = \"0s\"\nbody = \"Hi\"\n",
    );
    shop.done("sequence apply always.toml");
    shop
}

fn time(value: &serde_json::Value) -> Timestamp {
    value.as_str().expect("a time").parse().expect("RFC 3339")
}

#[test]
fn enrolling_twice_enrolls_once() {
    let shop = Shop::stocked();
    let first = shop.json("enroll --sequence welcome --start-at 2036-12-01T02:00:00Z");
    assert_eq!((&first["enrolled"], &first["suppressed"]), (&1.into(), &1.into()));
    assert_snapshot!(shop.done("enroll --sequence welcome"), @"
    Enrolled 0 leads in welcome v1

      enrolled     0
      already      1   in the sequence
      suppressed   1   must not be written to

    Next: broadcaster serve-devices
    ");
}

#[test]
fn a_tag_that_no_lead_has_is_told_with_the_nearest_one() {
    let shop = Shop::stocked();
    let ended = shop.run("enroll --sequence welcome --tag exop -q");
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), ""));
    assert_snapshot!(ended.stderr, @"warning: no lead has the tag `exop`; did you mean `expo`?");
    // Nothing waits that could be sent.
    assert_snapshot!(shop.done("enroll --sequence welcome --tag exop"), @"
    Enrolled 0 leads in welcome v1

      enrolled   0
    ");
    assert_eq!(shop.run("enroll --sequence welcome --tag expo -q").stderr, "");
    let waiting = shop.done("enroll --sequence welcome --tag exop");
    assert!(waiting.contains("Next: broadcaster serve-devices"), "{waiting}");
}

#[test]
fn a_rehearsal_says_the_same_and_keeps_nothing() {
    let shop = crowd(1_500);
    let words = "enroll --sequence always --tag crowd --rate 10/s --start-at 2036-12-01T02:00:00Z";
    let rehearsed = shop.json(&format!("{words} -n"));
    assert_eq!(shop.json("sequence list")["sequences"][0]["enrolled"], 0);
    let real = shop.json(words);
    assert_eq!(real["enrolled"], 1_500);
    assert_eq!(rehearsed["last_due_at"], real["last_due_at"]);
    let span = time(&real["first_due_at"]).until(time(&real["last_due_at"])).unwrap();
    assert_eq!(span.get_seconds(), 149);
}

#[test]
fn two_runs_share_one_rate() {
    let shop = crowd(20);
    let words = "enroll --sequence always --tag crowd --rate 1/s --limit 10 \
                 --start-at 2036-12-01T02:00:00Z";
    let first = shop.json(words);
    let second = shop.json(words);
    assert_eq!((&first["enrolled"], &second["enrolled"]), (&10.into(), &10.into()));
    assert!(time(&second["first_due_at"]) > time(&first["last_due_at"]));
}

#[test]
fn leads_are_spread_over_a_span() {
    let shop = crowd(100);
    let report = shop.json("enroll --sequence always --tag crowd --over 100m");
    let span = time(&report["first_due_at"]).until(time(&report["last_due_at"])).unwrap();
    assert_eq!(span.get_seconds(), 99 * 60);
}

#[test]
fn leads_are_chosen_by_file_field_and_device() {
    let shop = Shop::stocked();
    let ended =
        shop.feed("enroll --sequence welcome --leads - -n", "Phone\n0123456001\nx\n+60123456009\n");
    assert_eq!(ended.code, Some(3));
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    let figures: Vec<&str> = ended.stdout.lines().filter(|line| line.starts_with("  ")).collect();
    assert!(figures.iter().any(|line| line.contains("not known    1")), "{}", ended.stdout);
    assert!(figures.iter().any(|line| line.contains("unreadable   1")), "{}", ended.stdout);
    assert_eq!(shop.json("enroll --sequence welcome --where city=Penang")["enrolled"], 0);
    let enrolled = shop.json("enroll --sequence welcome --device sim-002");
    assert_eq!(enrolled["enrolled"], 1);
    assert_eq!(shop.json("leads show 0123456001")["enrollments"][0]["device"], "sim-002");
}

#[test]
fn what_stands_in_the_way_of_enrolling_is_said() {
    let shop = Shop::stocked();
    shop.refused("enroll --sequence welcom", 10, "did you mean `welcome`?");
    shop.refused("enroll --sequence welcome --device sim-01", 10, "did you mean `sim-001`?");
    shop.refused("enroll --sequence welcome --start-at 2036-12-01", 2, "--tz");
    shop.refused("enroll --sequence welcome --where town=Ipoh", 2, "no lead has a field `town`");
    shop.done("enroll --sequence welcome -n --start-at 2036-12-01 --tz Asia/Kuala_Lumpur");
    let bare = Shop::new();
    bare.done("sequence apply welcome.toml");
    bare.refused("enroll --sequence welcome", 10, "devices apply");
}

#[test]
fn one_enroll_at_a_time_is_enough() {
    let shop = Shop::stocked();
    let held = std::fs::File::create(shop.path("broadcaster.db.enroll")).unwrap();
    held.lock().unwrap();
    let refused = shop.run("enroll --sequence welcome --json");
    assert_eq!(refused.code, Some(11));
    assert!(refused.stderr.contains("\"error\":\"locked\""), "{}", refused.stderr);
    let skipped = shop.run("enroll --sequence welcome --skip-if-locked -q");
    assert_eq!((skipped.code, skipped.stdout.as_str(), skipped.stderr.as_str()), (Some(0), "", ""));
    drop(held);
    assert_eq!(shop.json("enroll --sequence welcome")["enrolled"], 1);
}

#[test]
fn a_lead_is_taken_off_and_may_come_back_when_asked() {
    let shop = Shop::stocked();
    shop.done("enroll --sequence welcome");
    assert_eq!(
        shop.done("unenroll --sequence welcome 0123456001 -n"),
        "Would take 1 lead off welcome\n"
    );
    assert_eq!(shop.json("unenroll --sequence welcome 0123456001")["unenrolled"], 1);
    assert_eq!(shop.json("unenroll --sequence welcome 0123456001")["unenrolled"], 0);
    assert_eq!(shop.json("enroll --sequence welcome")["enrolled"], 0);
    assert_eq!(shop.json("enroll --sequence welcome --re-enroll finished")["enrolled"], 1);
}

#[test]
fn to_empty_a_sequence_wants_a_yes() {
    let shop = crowd(1_200);
    shop.done("enroll --sequence always");
    shop.refused("unenroll --sequence always --all", 2, "--yes");
    assert_eq!(shop.json("unenroll --sequence always --all --yes")["unenrolled"], 1_201);
    shop.done("check");
}

#[test]
fn a_span_of_nothing_is_refused() {
    let ended = super::program::run("enroll --sequence welcome --over 0h");
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("leave it out"), "{}", ended.stderr);
}

#[cfg(feature = "proving")]
#[test]
fn what_is_killed_between_two_batches_keeps_the_first_and_goes_on_with_the_rest() {
    let mut rig = Rig::without_leads(Size { devices: 2, leads_each: 4, steps: 1 }, (1, 2), &[]);
    rig.write("leads.csv", &leads(0..8));
    rig.env.push(("BROADCASTER_FIRST_BATCH", "3".to_owned()));
    let count = |rig: &Rig, table: &str| -> usize {
        let database = rusqlite::Connection::open(rig.path("broadcaster.db")).expect("it is there");
        let query = format!("SELECT count(*) FROM {table}");
        database.query_row(&query, [], |row| row.get(0)).expect("a table")
    };
    for (point, words, table) in [
        ("import.batch_kept", "import leads.csv --tag all", "leads"),
        ("enroll.batch_kept", "enroll --sequence welcome --tag all", "enrollments"),
    ] {
        rig.env.push(("BROADCASTER_FAILPOINTS", format!("{point}=abort")));
        assert_eq!(rig.run(words).code, None, "it is killed");
        assert_eq!(count(&rig, table), 3, "{table}");
        rig.env.pop();
        rig.ok(words);
        assert_eq!(count(&rig, table), 8, "{table}");
    }
    rig.serve_until_idle();
    rig.reconcile();
}
