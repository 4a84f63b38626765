//! `sequence`.

use insta::assert_snapshot;
use serde_json::Value;

use crate::shop::Shop;

const WRONG: &str = "\
name = \"welcome\"
[[steps]]
name = \"hello\"
delay = \"soon\"
body = \"Hi {{ first_name | shout }}\"
";

#[test]
fn a_file_is_checked_without_a_database() {
    let shop = Shop::new();
    std::fs::remove_file(shop.path("broadcaster.db")).unwrap();
    assert_snapshot!(shop.done("sequence check welcome.toml"), @"
    welcome.toml is valid: welcome, 2 steps over 1 d

    Names of lead fields were not checked: there are no leads yet.
    ");
}

#[test]
fn all_mistakes_of_all_files_are_shown_at_once() {
    let shop = Shop::stocked();
    shop.write("a.toml", WRONG);
    shop.write("b.toml", "nmae = \"b\"\n");
    let ended = shop.run("sequence check a.toml b.toml");
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(78), ""));
    for place in ["a.toml:4:", "a.toml:5:", "b.toml:1:"] {
        assert!(ended.stderr.contains(place), "{place}: {}", ended.stderr);
    }
    shop.refused("sequence apply a.toml --yes", 78, "a.toml:4:");
    let line: Value =
        serde_json::from_str(&shop.run("sequence check a.toml --json").stderr).unwrap();
    assert_eq!(line["problems"].as_array().unwrap().len(), 2, "{line}");
}

#[test]
fn names_are_checked_against_the_fields_that_leads_have() {
    let shop = Shop::stocked();
    shop.write("slip.toml", &shop.read("welcome.toml").replace("first_name", "frist_name"));
    let slip = shop.read("slip.toml").replace(" | default('there')", "");
    let warned = shop.run("sequence check slip.toml");
    assert_eq!(warned.code, Some(0), "a default stands for what no lead has: {}", warned.stderr);
    assert!(warned.stderr.contains("no lead has `frist_name`"), "{}", warned.stderr);
    assert!(warned.stderr.contains("`first_name`"), "{}", warned.stderr);
    shop.write("slip.toml", &slip);
    shop.refused("sequence check slip.toml", 78, "`first_name`");
}

#[test]
fn the_sample_fits_leads_that_have_no_first_name() {
    let shop = Shop::new();
    shop.write("leads.csv", "Name,Phone\nAina Rahman,012-345 6001\n");
    shop.done("import leads.csv");
    shop.done("sequence check welcome.toml");
    let applied = shop.run("sequence apply welcome.toml -q");
    assert_eq!((applied.code, applied.stderr.as_str()), (Some(0), ""));
    assert!(shop.done("sequence preview welcome.toml").contains("Hi there, thanks"));
}

#[test]
fn a_text_of_several_short_messages_is_told_of() {
    let shop = Shop::new();
    let body = "It’s time to say hello again. ".repeat(5);
    shop.write(
        "long.toml",
        &format!(
            "name = \"long\"\n[[steps]]\nname = \"hello\"\nbody = \"{body}{{{{ company }}}}\"\n"
        ),
    );
    let checked = shop.done("sequence check long.toml");
    assert!(
        checked.contains(
            "hello, sent as SMS, takes 3 short messages: 164 units of UCS-2, because of '’'"
        ),
        "{checked}"
    );
    let shown = shop.done("sequence preview long.toml");
    assert!(shown.contains("as SMS 3 short messages"), "{shown}");
    assert_eq!(shop.json("sequence preview long.toml")["messages"][0]["sms"]["count"], 3);
}

#[test]
fn a_preview_shows_what_leads_would_get() {
    let shop = Shop::stocked();
    assert_snapshot!(shop.done("sequence preview welcome.toml --step 1"), @"
    welcome   to +60…001

    1. hello   after 0s

       Hi Aina, thanks for visiting us.

    welcome   to +60…002

    1. hello   after 0s

       Hi Budi, thanks for visiting us.
    ");
    let one = shop.json("sequence preview welcome --lead 0123456002");
    assert_eq!(one["messages"].as_array().unwrap().len(), 2);
    shop.refused("sequence preview welcome --step 3", 10, "no step 3");
    shop.refused("sequence preview welcom", 10, "did you mean `welcome`?");
    shop.refused("sequence preview none.toml", 10, "none.toml");
}

#[test]
fn a_preview_without_leads_makes_one_up() {
    let shop = Shop::new();
    let preview = shop.json("sequence preview welcome.toml");
    assert_eq!(preview["made_up"], true);
    assert_eq!(preview["messages"][0]["text"], "Hi Aina, thanks for visiting us.");
}

#[test]
fn a_new_sequence_is_applied_without_a_question() {
    let shop = Shop::new();
    assert_snapshot!(shop.done("sequence apply welcome.toml"), @"
    welcome v1   new

    Applied welcome v1.

    Next: broadcaster enroll --sequence welcome --dry-run
    ");
    assert_snapshot!(shop.done("sequence apply welcome.toml"), @"
    welcome v1   unchanged

    Nothing to change.
    ");
    assert_eq!(shop.json("sequence list")["sequences"][0]["version"], 1);
}

#[test]
fn a_change_is_shown_and_wants_a_yes() {
    let shop = Shop::stocked();
    shop.done("enroll --sequence welcome");
    let changed =
        shop.read("welcome.toml").replace("\"1d\"", "\"3d\"").replace("visiting", "seeing");
    shop.write("welcome.toml", &changed);
    let asked = shop.run("sequence apply welcome.toml");
    assert_eq!(asked.code, Some(2));
    assert_snapshot!(asked.stdout, @"
    welcome v1 -> v2   changed

      ~ step 1 hello
          - Hi {{ first_name | default('there') }}, thanks for visiting us.
          + Hi {{ first_name | default('there') }}, thanks for seeing us.
      ~ step 2 nudge
          delay: 1d -> 3d

      1 lead on v1 keep it
    ");
    assert!(asked.stderr.contains("--yes"), "{}", asked.stderr);
    assert!(shop.done("sequence apply welcome.toml -n").ends_with("Would apply welcome v2.\n"));
    assert_eq!(shop.json("sequence show welcome")["newest"], 1);
    assert!(shop.done("sequence apply welcome.toml --yes").ends_with("Applied welcome v2.\n"));
    let shown = shop.json("sequence show welcome");
    assert_eq!(shown["running"], serde_json::json!([[1, 1]]));
    let moved = shop.json("sequence apply welcome.toml --running move");
    assert_eq!(moved["sequences"][0]["moved"], 1);
}

#[test]
fn running_leads_can_not_move_to_fewer_steps() {
    let shop = Shop::stocked();
    shop.done("enroll --sequence welcome");
    let whole = shop.read("welcome.toml");
    let (first, _) = whole.rsplit_once("[[steps]]").unwrap();
    shop.write("welcome.toml", first);
    shop.refused("sequence apply welcome.toml --running move --yes", 1, "can't move");
    assert_eq!(shop.json("sequence show welcome")["newest"], 1);
}

#[test]
fn a_campaign_is_scheduled_only_after_a_yes() {
    let shop = Shop::new();
    let campaign = "name = \"sale\"\nkind = \"campaign\"\nstarts_at = \"2036-12-01 09:00\"\n\
        zone = \"Asia/Kuala_Lumpur\"\naudience = { tag = \"expo\" }\n\
        [[steps]]\nname = \"offer\"\nbody = \"Today only\"\n";
    shop.write("sale.toml", campaign);
    shop.refused("sequence apply sale.toml", 2, "--yes");
    shop.done("sequence apply sale.toml --yes");
    assert_snapshot!(shop.done("sequence list"), @"
    Sequence  State    Steps  Active  Finished  Stopped  Note
    sale v1   running      1       0         0        0  campaign, starts 2036-12-01
                                                         01:00

    Times are those of UTC.
    ");
}

#[test]
fn a_sequence_is_shown_as_it_was_applied() {
    let shop = Shop::stocked();
    assert_snapshot!(shop.done("sequence show welcome"), @"
    welcome v1   running   mon-fri 09:00-18:00 lead

    Leads   enrolled 0   active 0   paused 0   finished 0   stopped 0

    1. hello   after 0s

       Hi {{ first_name | default('there') }}, thanks for visiting us.

    2. nudge   after 1d   expires after 2d

       Still interested, {{ first_name | default('there') }}?
       or
       One question, {{ first_name | default('there') }}: shall we call you?
    ");
    shop.refused("sequence show welcome --version 9", 10, "versions 1 to 1");
}

#[test]
fn a_sequence_is_paused_and_resumed() {
    let shop = Shop::stocked();
    shop.done("sequence pause welcome -n");
    assert_eq!(shop.json("sequence list")["sequences"][0]["state"], "running");
    shop.done("sequence pause welcome");
    assert_eq!(shop.json("sequence list")["sequences"][0]["state"], "paused");
    shop.done("sequence resume welcome");
    assert_eq!(shop.json("sequence list")["sequences"][0]["state"], "running");
    shop.refused("sequence pause welcome welcom", 10, "did you mean `welcome`?");
    assert_eq!(shop.json("sequence list")["sequences"][0]["state"], "running");
}

#[test]
fn two_files_of_one_name_are_refused() {
    let shop = Shop::new();
    shop.write("other.toml", &shop.read("welcome.toml"));
    shop.refused("sequence apply welcome.toml other.toml", 2, "two files are called `welcome`");
}
