use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::units;

fn read_among(text: &str, fields: &[&str]) -> Result<Sequence, Invalid> {
    let fields = fields.iter().map(|field| (*field).to_owned()).collect();
    super::read(
        &Source::new("welcome.toml", text),
        Surroundings { window: None, fields: Some(&fields) },
    )
}

fn read(text: &str) -> Result<Sequence, Invalid> {
    super::read(&Source::new("welcome.toml", text), Surroundings::default())
}

/// The codes of everything wrong with a file.
fn codes(text: &str) -> Vec<&'static str> {
    let invalid = read(text).expect_err(text);
    invalid.findings().iter().map(|finding| finding.code).collect()
}

const WELCOME: &str = r#"
name = "welcome"
schedule = "lazy"
stop_on_reply = true
[window]
days = "mon-fri"
hours = "09:00-18:00"
zone = "lead"
[constants]
sender_name = "Mei"
[[steps]]
name = "hello"
delay = "0s"
body = "Hi {{ first_name | default('there') }}, thanks for visiting us."
[[steps]]
name = "nudge"
delay = "1d"
expires = "2d"
only_if = "country == 'MY'"
gap = "1m..2m"
variants = ["Still interested, {{ first_name }}?", "One question, {{ first_name }}: {{ sender_name }} here."]
media = { url = "https://example.org/brochure.pdf", caption = "Our brochure" }
"#;

const CAMPAIGN: &str = r#"
name = "expo"
kind = "campaign"
starts_at = "2026-12-01 09:00"
zone = "Asia/Kuala_Lumpur"
audience = { tag = "expo", where = { country = "MY" } }
rate = "10/s"
[[steps]]
name = "invite"
body = "See you at the expo!"
"#;

#[test]
fn a_sequence_is_what_its_file_says() {
    let sequence = read_among(WELCOME, &["first_name", "country"]).unwrap();
    assert_eq!(units::show_window(sequence.window.as_ref().unwrap()), "mon-fri 09:00-18:00 lead");
    let [hello, nudge] = &sequence.steps[..] else { panic!("{sequence:?}") };
    assert_eq!((hello.name.as_str(), hello.delay, hello.texts.len()), ("hello", Duration::ZERO, 1));
    assert_eq!((nudge.delay, nudge.texts.len()), (Duration::from_secs(86_400), 2));
    assert_eq!(nudge.expires, Some(Duration::from_secs(172_800)));
    assert_eq!(
        (nudge.gap_ms, nudge.only_if.as_deref()),
        (Some((60_000, 120_000)), Some("country == 'MY'"))
    );
    assert_eq!(nudge.media.as_ref().unwrap().caption.as_deref(), Some("Our brochure"));
    assert_eq!(sequence.campaign, None);
}

#[test]
fn a_campaign_has_a_start_and_an_audience() {
    let campaign = read(CAMPAIGN).unwrap().campaign.unwrap();
    assert_eq!(campaign.starts_at.to_string(), "2026-12-01T01:00:00.000Z");
    assert_eq!(campaign.rate_per_second, Some(10.0));
    assert_eq!(campaign.audience.tags, ["expo"]);
    assert_eq!(campaign.audience.fields["country"], "MY");
}

#[test]
fn an_unknown_name_is_marked_inside_the_text() {
    let text = "name = \"welcome\"\n[[steps]]\nname = \"hello\"\nbody = \"Hi {{ frist_name }}, your table is ready.\"\n";
    let invalid = read_among(text, &["first_name", "company"]).unwrap_err();
    insta::assert_snapshot!(invalid.render(false), @r#"
    error[template-unknown-name]: unknown name `frist_name`
     --> welcome.toml:4:15
      |
    4 | body = "Hi {{ frist_name }}, your table is ready."
      |               ^^^^^^^^^^ not a lead field, a constant or a filter
      |
    help: a field with a similar name exists: `first_name`

    1 error in welcome.toml; nothing was changed
    "#);
    assert!(read(text).is_ok(), "without a store nobody knows the fields");
}

#[test]
fn every_mistake_of_a_sequence_is_shown_at_its_place() {
    let invalid = read(
        r#"nam = "welcome"
on_ambiguous = "resnd"
starts_at = "2026-12-01 09:00"
[[steps]]
name = "hello"
delay = "-5s"
body = """
Hi,
you {{ first_name | uper }}!"""
[[steps]]
name = "hello"
body = "a"
variants = ["b"]
only_if = "country =="
media = { url = "brochure.pdf" }
"#,
    )
    .unwrap_err();
    insta::assert_snapshot!(invalid.render(false), @r#"
    error[missing-key]: missing `name`
     --> welcome.toml:1:1
      |
    1 | nam = "welcome"
      | ^

    error[unknown-key]: unknown key `nam`
     --> welcome.toml:1:1
      |
    1 | nam = "welcome"
      | ^^^
      |
    help: did you mean `name`?

    error[unknown-choice]: bad value for `on_ambiguous`
     --> welcome.toml:2:16
      |
    2 | on_ambiguous = "resnd"
      |                ^^^^^^^ not one of the choices
      |
    help: did you mean `resend`?

    error[campaign-key]: only a campaign has `starts_at`
     --> welcome.toml:3:1
      |
    3 | starts_at = "2026-12-01 09:00"
      | ^^^^^^^^^
      |
    help: add kind = "campaign"

    error[bad-value]: bad value for `delay`
     --> welcome.toml:6:9
      |
    6 | delay = "-5s"
      |         ^^^^^ "-5s" is negative; a duration starts at 0s

    error[template-syntax]: `body` is not a template
     --> welcome.toml:9:21
      |
    9 | you {{ first_name | uper }}!"""
      |                     ^^^^ there is no filter `uper`; there are default, upper, lower, title, capitalize, trim, first_word, truncate, length and int

    error[missing-key]: missing `delay`
      --> welcome.toml:10:1
       |
    10 | [[steps]]
       | ^^^^^^^^^

    error[duplicate-step]: a second step is called `hello`
      --> welcome.toml:11:8
       |
    11 | name = "hello"
       |        ^^^^^^^ the first is on line 5

    error[conflicting-keys]: give either `body` or `variants`, not both
      --> welcome.toml:13:1
       |
    13 | variants = ["b"]
       | ^^^^^^^^

    error[template-syntax]: `only_if` is not a template
      --> welcome.toml:14:20
       |
    14 | only_if = "country =="
       |                    ^^ unexpected end of input, expected expression

    error[bad-value]: bad value for `url`
      --> welcome.toml:15:17
       |
    15 | media = { url = "brochure.pdf" }
       |                 ^^^^^^^^^^^^^^ not an absolute URL; begin it with https://

    11 errors in welcome.toml; nothing was changed
    "#);
}

#[test]
fn a_step_says_exactly_one_thing() {
    let step = |keys: &str| format!("name = \"a\"\n[[steps]]\nname = \"b\"\n{keys}\n");
    assert_eq!(codes(&step("")), ["missing-key"]);
    assert_eq!(codes(&step("body = \" \"")), ["empty-text"]);
    assert_eq!(codes(&step("variants = []")), ["empty-text"]);
    assert_eq!(codes(&step("body = \"x\"\nvariants = [\"y\"]")), ["conflicting-keys"]);
    assert_eq!(codes(&step("media = { url = \"https://e.org/a\" }")), ["missing-key"]);
    let alone = read(&step("media = { url = \"{{ link }}\", caption = \"Look\" }")).unwrap();
    assert_eq!(alone.steps[0].texts, ["Look"]);
    assert_eq!(alone.steps[0].media.as_ref().unwrap().caption, None);
}

#[test]
fn a_sequence_without_steps_is_refused() {
    assert_eq!(codes("name = \"a\""), ["no-steps"]);
    assert_eq!(codes("name = \"a\"\nsteps = []"), ["no-steps"]);
}

#[test]
fn a_lost_bracket_is_told_and_not_that_there_are_no_steps() {
    let steps = |first: &str, second: &str| {
        let text = format!(
            "name = \"a\"\n{first}\nname = \"b\"\nbody = \"x\"\n{second}\nname = \"c\"\nbody = \"y\"\ndelay = \"1d\"\n"
        );
        let invalid = read(&text).unwrap_err();
        let entries = invalid.entries().into_iter();
        entries.map(|entry| (entry.code, entry.line)).collect::<Vec<_>>()
    };
    assert_eq!(steps("[[steps]", "#"), [("toml-syntax", 2)]);
    assert_eq!(steps("[[steps]", "[[steps]]"), [("toml-syntax", 2)]);
    let single = "single-brackets";
    assert_eq!(steps("[steps]]", "[[steps]]"), [(single, 2), ("toml-syntax", 2)]);
    assert_eq!(steps("[steps]", "[steps]"), [(single, 2), (single, 5)]);
    assert_eq!(steps("[steps]", "[[steps]]"), [(single, 2)]);
    assert_eq!(steps("[[steps]]", "[steps] # again"), [(single, 5)]);
    // What stands behind it need not be of one byte.
    assert_eq!(steps("[[steps]]", "[[steps]é"), [("toml-syntax", 5)]);
    assert_eq!(steps("[steps]", "[steps]é"), [(single, 2), (single, 5), ("toml-syntax", 5)]);
    let text = "name = \"a\"\n[steps]\nname = \"b\"\nbody = '''\n[steps]\n'''\n";
    assert_eq!(codes(text), [single]);
    assert_eq!(codes("name = \"a\"\nsteps = { name = \"b\", body = \"x\" }"), ["wrong-type"]);
    let invalid = read("name = \"a\"\n[steps]\nname = \"b\"\nbody = \"x\"\n").unwrap_err();
    insta::assert_snapshot!(invalid.render(false), @"
    error[single-brackets]: `[steps]` is one table, and there may be several
     --> welcome.toml:2:1
      |
    2 | [steps]
      | ^^^^^^^ write [[steps]]

    1 error in welcome.toml; nothing was changed
    ");
}

#[test]
fn only_the_first_step_may_leave_its_delay_out() {
    let steps = |first: &str, second: &str| {
        format!(
            "name = \"a\"\n[[steps]]\nname = \"b\"\nbody = \"x\"\n{first}\n[[steps]]\nname = \"c\"\nbody = \"x\"\n{second}\n"
        )
    };
    assert_eq!(codes(&steps("", "")), ["missing-key"]);
    assert!(read(&steps("", "delay = \"0s\"")).is_ok());
}

#[test]
fn a_campaign_that_could_surprise_is_refused() {
    let without = |line: &str| CAMPAIGN.replace(line, "");
    assert_eq!(codes(&without("starts_at = \"2026-12-01 09:00\"")), ["missing-key"]);
    assert_eq!(codes(&without("zone = \"Asia/Kuala_Lumpur\"")), ["missing-key"]);
    assert_eq!(
        codes(&without("audience = { tag = \"expo\", where = { country = \"MY\" } }")),
        ["missing-key"]
    );
    assert_eq!(
        codes(&CAMPAIGN.replace("{ tag = \"expo\", where = { country = \"MY\" } }", "{}")),
        ["no-audience"]
    );
    assert!(
        read(
            &CAMPAIGN.replace("{ tag = \"expo\", where = { country = \"MY\" } }", "{ all = true }")
        )
        .is_ok()
    );
    let two = format!("{CAMPAIGN}[[steps]]\nname = \"more\"\ndelay = \"1d\"\nbody = \"x\"\n");
    assert_eq!(codes(&two), ["too-many-steps"]);
    assert_eq!(codes(&without("kind = \"campaign\"")), ["campaign-key"; 4]);
}

#[test]
fn the_configs_window_holds_where_the_file_gives_none() {
    let window = units::window("mon-sat 09:00-20:00 lead").unwrap();
    let surroundings = Surroundings { window: Some(&window), fields: None };
    let read = |text: &str| super::read(&Source::new("a.toml", text), surroundings).unwrap().window;
    assert_eq!(read(CAMPAIGN), Some(window.clone()));
    assert_ne!(read(WELCOME), Some(window.clone()));
}

#[test]
fn a_constant_is_known_and_can_be_named() {
    let text = "name = \"a\"\n[constants]\nlink = \"x\"\n\"my link\" = \"y\"\n[[steps]]\nname = \"b\"\nbody = \"{{ link }} {{ phone }}\"\n";
    let invalid = read_among(text, &[]).unwrap_err();
    assert_eq!(invalid.findings().len(), 1);
    assert_eq!(invalid.findings()[0].code, "bad-constant");
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(
        lines in proptest::collection::vec(
            "(\\[\\[?(steps|window|constants|audience)\\]\\]?|(name|kind|body|variants|delay|starts_at|zone|rate|only_if|media|audience) = (\"[a-z0-9{} |.%:-]{0,14}\"|\\[\"[a-z{ }]{0,9}\"\\]|[0-9-]{1,22}|\\{ ?(tag|url|all) = \"[a-z{ ]{1,5}\" ?\\}))",
            0..20,
        )
    ) {
        if let Err(invalid) = read_among(&lines.join("\n"), &["abc"]) {
            let _ = (invalid.render(false), invalid.entries());
        }
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes: Vec<u8>) {
        if let Ok(source) = Source::from_bytes("a.toml", bytes) {
            let _ = super::read(&source, Surroundings::default());
        }
    }

    #[test]
    fn a_sequence_survives_its_json(minutes in 0_u64..100_000) {
        let sequence = read(&WELCOME.replace("\"1d\"", &format!("\"{minutes}m\""))).unwrap();
        let json = serde_json::to_string(&sequence).unwrap();
        prop_assert_eq!(serde_json::from_str::<Sequence>(&json).unwrap(), sequence);
    }
}
