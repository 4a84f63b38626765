use proptest::prelude::*;

use super::*;

fn read<T>(
    text: &str,
    read: impl for<'d> FnOnce(&mut Table<'d>) -> Option<T>,
) -> Result<T, Invalid> {
    let source = Source::new("a.toml", text);
    let document = Document::parse(&source);
    let mut root = document.root();
    let value = read(&mut root);
    root.finish();
    document.finish(value)
}

fn codes(invalid: &Invalid) -> Vec<&'static str> {
    invalid.findings().iter().map(|finding| finding.code).collect()
}

#[test]
fn every_error_of_a_file_is_shown_at_once() {
    let text = "name = 3\ngapp = \"5s\"\ndaily_cap = 99999999999999999999\nenabled = \"yes\"\n";
    let invalid = read(text, |root| {
        let _: Option<String> = root.required("name");
        let _: Option<String> = root.required("sender");
        let _: Option<String> = root.optional("gap");
        let _: Option<u32> = root.optional("daily_cap");
        root.optional::<bool>("enabled")
    })
    .unwrap_err();
    insta::assert_snapshot!(invalid.render(false), @r#"
    error[missing-key]: missing `sender`
     --> a.toml:1:1
      |
    1 | name = 3
      | ^

    error[wrong-type]: `name` must be a string in quotes
     --> a.toml:1:8
      |
    1 | name = 3
      |        ^ this is a whole number

    error[unknown-key]: unknown key `gapp`
     --> a.toml:2:1
      |
    2 | gapp = "5s"
      | ^^^^
      |
    help: did you mean `gap`?

    error[bad-value]: bad value for `daily_cap`
     --> a.toml:3:13
      |
    3 | daily_cap = 99999999999999999999
      |             ^^^^^^^^^^^^^^^^^^^^ not between 0 and 4294967295

    error[wrong-type]: `enabled` must be true or false, without quotes
     --> a.toml:4:11
      |
    4 | enabled = "yes"
      |           ^^^^^ this is a string

    5 errors in a.toml; nothing was changed
    "#);
    insta::assert_snapshot!(invalid, @"a.toml has 5 errors, the first at 1:1: missing `sender`");
}

#[test]
fn broken_syntax_is_not_buried_under_what_follows_from_it() {
    let text = "oops = 1\nname = \"ab\n[[steps]\nbody = \"x\"\n";
    let invalid = read(text, |root| {
        let _ = root.tables("steps");
        let _: Option<String> = root.required("sender");
        root.required::<String>("name")
    })
    .unwrap_err();
    insta::assert_snapshot!(invalid.render(false), @r#"
    error[unknown-key]: unknown key `oops`
     --> a.toml:1:1
      |
    1 | oops = 1
      | ^^^^
      |
    help: known here: `sender`, `steps`

    error[toml-syntax]: invalid basic string
     --> a.toml:2:11
      |
    2 | name = "ab
      |           ^ expected `"`

    error[toml-syntax]: unclosed array table
     --> a.toml:3:9
      |
    3 | [[steps]
      |         ^ expected `]`

    3 errors in a.toml; nothing was changed
    "#);
}

#[test]
fn a_bracket_that_is_not_closed_is_one_error_on_its_own_line() {
    let after =
        "\n[a]\nb = [\n  { c = 1, d = \"}]\" },\n]\nname = \"x\"\n[[e]]\nf = { g = [1, 2] }\n";
    let places = |text: &str| {
        let invalid = read(&format!("z = 1\n{text}{after}"), |root| {
            root.optional::<u32>("z");
            root.optional::<Value<'_>>("x");
            root.required::<String>("sender")
        });
        let entries = invalid.unwrap_err().entries().into_iter();
        entries.map(|entry| (entry.code, entry.line, entry.column)).collect::<Vec<_>>()
    };
    for (text, line, column) in [
        ("x = { a = \"{{ b }}\", c = 2", 2, 5),
        ("x = { a = \"b\", c = { d = 2 }", 2, 5),
        ("x = { a = \"b\",", 2, 5),
        ("x = {", 2, 5),
        ("x = [1, 2", 2, 5),
        ("x = [1, 2\ny = 3", 2, 5),
        ("x = [1, 2,\ny = 3", 2, 5),
        ("x = [\n  { a = 1 },\n  { b = 2\n]", 4, 3),
        ("x = [\n  { a = 1 },\n  { b = 2,\n  { c = 3 },\n]", 4, 3),
        ("x = { a = [1, 2 }", 2, 11),
        ("x = { a = \"b }\ny = 3", 2, 11),
        ("x = [\"a, b]\ny = 3", 2, 6),
    ] {
        assert_eq!(places(text), [("toml-syntax", line, column)], "{text}");
    }
    // What is wrong before it is told beside it.
    for (text, before, bracket) in [
        ("x = [\n  1\n  2\n]\nz = { a = 1\n", (4, 3), (6, 5)),
        ("[serve\nx = { a = 1\ny = 2", (2, 7), (3, 5)),
    ] {
        let told: Vec<_> = places(text).iter().map(|(_, line, column)| (*line, *column)).collect();
        assert_eq!((told[0], told[told.len() - 1]), (before, bracket), "{text}: {told:?}");
    }
    let invalid = read("window = { days = \"mon-sat\"\ngap = \"5s\"\n", |root| {
        root.optional::<Value<'_>>("window").map(drop)
    })
    .unwrap_err();
    insta::assert_snapshot!(invalid.render(false), @r#"
    error[toml-syntax]: the inline table that begins here is not closed
     --> a.toml:1:10
      |
    1 | window = { days = "mon-sat"
      |          ^ write } behind its last value

    1 error in a.toml; nothing was changed
    "#);
}

#[test]
fn a_key_given_twice_is_an_error() {
    let invalid = read("a = 1\na = 2\n", |root| root.optional::<u32>("a")).unwrap_err();
    assert_eq!(codes(&invalid), ["duplicate-key"]);
    assert_eq!(invalid.entries()[0].line, 2);
}

#[test]
fn deep_nesting_is_an_error() {
    for text in [format!("a = {}", "[".repeat(100_000)), format!("a{} = 1", ".a".repeat(100_000))] {
        assert!(read(&text, |root| root.optional::<Value<'_>>("a").map(drop)).is_err());
    }
}

#[test]
fn a_part_of_a_multi_line_string_is_marked_on_its_own_line() {
    let text = "body = \"\"\"\nHi \\u00e9 you,\nyour \\\"table\\\" {{ frist }}.\n\"\"\"\n";
    let invalid = read(text, |root| {
        let body: Text<'_> = root.required("body")?;
        let at = body.as_str().find("frist")?;
        root.report(Finding::new("template", body.span_of(at..at + 5), "unknown name `frist`"));
        Some(())
    })
    .unwrap_err();
    let Entry { line, column, .. } = invalid.entries()[0].clone();
    assert_eq!((line, column), (3, 19));
    assert_eq!(&text[invalid.findings()[0].span.clone()], "frist");
}

#[test]
fn a_concealed_value_is_never_shown() {
    let text = "password = { value = \"hünter2\", x = 1 }\n";
    let invalid = read(text, |root| {
        let mut table = root.table("password")?;
        table.optional::<Value<'_>>("value")?.conceal();
        table.finish();
        Some(())
    })
    .unwrap_err();
    assert!(!invalid.render(true).contains("nter2"));
    assert!(!format!("{invalid:?}").contains("nter2"));
    assert_eq!(invalid.entries()[0].column, 34);
}

#[test]
fn an_unknown_word_gets_the_nearest_choice() {
    let invalid = read("on_ambiguous = \"resnd\"\n", |root| {
        root.choice("on_ambiguous", &[("hold", 1), ("resend", 2), ("pause", 3)])
    })
    .unwrap_err();
    insta::assert_snapshot!(invalid.render(false), @r#"
    error[unknown-choice]: bad value for `on_ambiguous`
     --> a.toml:1:16
      |
    1 | on_ambiguous = "resnd"
      |                ^^^^^^^ not one of the choices
      |
    help: did you mean `resend`?

    1 error in a.toml; nothing was changed
    "#);
}

#[test]
fn a_thousand_errors_are_counted_not_shown() {
    let text: String = (0..1000).map(|number| format!("key{number} = 1\n")).collect();
    let invalid = read(&text, |_| Some(())).unwrap_err();
    let shown = invalid.render(false);
    assert!(shown.ends_with("... and 980 more\n\n1000 errors in a.toml; nothing was changed\n"));
}

#[test]
fn text_that_is_not_utf8_is_told_where() {
    let invalid = Source::from_bytes("a.toml", b"a = 1\nb = \"\xff\"\n".to_vec()).unwrap_err();
    assert_eq!(invalid.entries()[0].line, 2);
    assert!(invalid.render(false).contains("save the file as UTF-8"));
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_change_nothing() {
    let text = "\u{feff}name = \"a\"\r\nbody = '''\r\nx'''\r\n";
    let name = read(text, |root| {
        root.optional::<String>("body");
        root.required::<String>("name")
    });
    assert_eq!(name.unwrap(), "a");
}

#[test]
fn numbers_are_held_to_their_range() {
    let cap = |text: &str| read(text, |root| root.optional_within("cap", 1..=10_u32));
    assert_eq!(cap("cap = 0xA"), Ok(10));
    for text in ["cap = 0", "cap = 11", "cap = -1", "cap = 1.0", "cap = 0xFFFFFFFFFFFFFFFFFFFFF"] {
        assert!(cap(text).is_err(), "{text}");
    }
    let share = |text: &str| read(text, |root| root.optional::<f64>("share"));
    assert_eq!(share("share = 2"), Ok(2.0));
    for text in ["share = nan", "share = inf", "share = 1e999", "share = \"1\""] {
        assert!(share(text).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_a_reader_panic(
        text in "(([a-z]{1,4}|\\[\\[?[a-c.]{0,3}\\]\\]?|[a-c] ?= ?|[0-9xe_.-]{1,30}|\"\"\"|'''|[\"'\\[\\]{},#=\\\\\n\r é\u{feff}\u{202e}\t]){0,1}){0,40}"
    ) {
        let outcome = read(&text, |root| {
            let body: Option<Text<'_>> = root.required("a");
            if let Some(body) = body {
                root.report(Finding::new("x", body.span_of(1..2), "x").label("y").help("z".to_owned()));
            }
            for mut table in root.tables("b") {
                let _: Option<u16> = table.required("a");
                table.finish();
            }
            root.optional::<Vec<f64>>("c")
        });
        if let Err(invalid) = outcome {
            let _ = (invalid.render(true), invalid.entries(), invalid.to_string());
        }
    }
}
