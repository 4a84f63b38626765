//! Lists as scripts read them, and as people do.

use serde_json::Value;

use crate::shop::Shop;

/// Each list, and the field of its answer that holds it.
const LISTS: &[(&str, &str)] = &[
    ("leads list", "leads"),
    ("suppress list", "suppressions"),
    ("devices list", "devices"),
    ("devices apply devices.toml --dry-run", "devices"),
    ("sequence list", "sequences"),
    ("sequence check welcome.toml", "sequences"),
    ("sequence apply welcome.toml --dry-run", "sequences"),
    ("sequence preview welcome", "messages"),
    ("messages list", "messages"),
    ("forecast", "days"),
    ("status", "sequences"),
    ("check", "invariants"),
    ("doctor", "checks"),
    ("config show", "settings"),
    ("help exit-codes", "exit_codes"),
    ("help environment", "variables"),
];

/// Columns that have nothing to say in this shop.
const SILENT: &[&str] = &["sequence preview welcome: sms.because_of", "status: steps"];

/// A shop in which nearly every column of a list has something to say.
fn busy() -> Shop {
    let shop = Shop::new();
    shop.write(
        "leads.csv",
        "First name,Phone,Email,Address\nAina,012-345 6001,aina@example.org,12 Road\nBudi,0123456002,,\n",
    );
    shop.done("import leads.csv");
    for words in [
        "devices apply devices.toml",
        "sequence apply welcome.toml",
        "enroll --sequence welcome --yes",
        "devices pause sim-001",
        "suppress add 0123456002",
    ] {
        shop.done(words);
    }
    shop
}

fn columns(shop: &Shop, words: &str) -> Vec<String> {
    let csv = shop.run(&format!("{words} --format csv")).stdout;
    csv.lines().next().unwrap_or_default().split(',').map(str::to_owned).collect()
}

/// The names on the way to each value of a record, as columns have them.
fn paths(record: &Value, columns: &[String], before: &str) -> Vec<String> {
    let Some(fields) = record.as_object() else { return vec![before.to_owned()] };
    if columns.iter().any(|column| column == before) {
        return vec![before.to_owned()];
    }
    let path =
        |name: &str| if before.is_empty() { name.to_owned() } else { format!("{before}.{name}") };
    fields.iter().flat_map(|(name, value)| paths(value, columns, &path(name))).collect()
}

#[test]
fn every_list_has_a_column_for_each_field_and_no_others() {
    let shop = busy();
    let mut silent = Vec::new();
    for (words, field) in LISTS {
        let columns = columns(&shop, words);
        let answer = shop.run(&format!("{words} --json")).stdout;
        let answer: Value = serde_json::from_str(&answer).expect(words);
        let records = answer[field].as_array().expect(words);
        assert!(!records.is_empty(), "{words} lists nothing");
        let paths: Vec<String> =
            records.iter().flat_map(|record| paths(record, &columns, "")).collect();
        // One that is absent as a whole has its columns by its parts.
        let tells = |column: &str, path: &str| {
            column == path || column.strip_prefix(path).is_some_and(|part| part.starts_with('.'))
        };
        for path in &paths {
            let is_shown = columns.iter().any(|column| tells(column, path));
            assert!(is_shown, "{words}: {path} is in no column of {columns:?}");
        }
        for column in columns {
            let is_told = paths.iter().any(|path| tells(&column, path));
            if !is_told {
                silent.push(format!("{words}: {column}"));
            }
        }
    }
    assert_eq!(silent, SILENT);
}

#[test]
fn a_list_of_nothing_has_the_columns_of_a_full_one() {
    let (empty, full) = (Shop::new(), busy());
    for words in ["leads list", "suppress list", "devices list", "sequence list", "messages list"] {
        assert_eq!(columns(&empty, words), columns(&full, words), "{words}");
    }
}

#[test]
fn a_field_that_is_called_address_is_not_taken_for_the_address() {
    let shop = busy();
    let listed = shop.json("leads list");
    assert_eq!(listed["leads"][0]["address"], "+60…001");
    assert_eq!(listed["leads"][0]["fields"]["address"], "12 Road");
    let plain = shop.done("leads list --format plain");
    assert!(plain.starts_with("+60…001\ta…@example.org\t"), "{plain}");
    assert!(plain.contains("\n+60…002\t\t"), "{plain}");
}

#[test]
fn a_screen_with_times_says_once_of_which_zone_they_are() {
    let shop = busy();
    let lists = ["messages list", "suppress list", "leads show 0123456001", "why 0123456001"];
    for words in lists {
        let screen = shop.zoned("Asia/Kathmandu", words);
        assert_eq!(screen.matches("Asia/Kathmandu").count(), 1, "{words}: {screen}");
        assert!(screen.ends_with("Times are those of Asia/Kathmandu.\n"), "{words}: {screen}");
        assert!(screen.lines().all(|line| line.chars().count() <= 80), "{words}: {screen}");
    }
    for (words, end) in [("forecast", " +0545 ("), ("devices pause sim-002 --for 2h", " +0545; ")] {
        let screen = shop.zoned("Asia/Kathmandu", words);
        assert!(screen.contains(end), "{words}: {screen}");
    }
}

#[test]
fn a_suppression_tells_what_it_ended_and_why_says_who_made_it() {
    let shop = busy();
    let said = shop.done("suppress add 0123456001 0123456009 --dry-run");
    let ended = "Would suppress 2 addresses; 1 enrollment would end by it: what waits to be sent would be cancelled";
    assert_eq!(said.split_whitespace().collect::<Vec<_>>().join(" "), ended);
    assert_eq!(shop.json("suppress add 0123456001")["stopped"], 1);
    let again = shop.done("suppress add 0123456001 0123456009");
    assert_eq!(again, "Suppressed 1 address; 1 was already; no enrollment ended by it\n");
    let why = shop.done("why 0123456001");
    assert!(why.contains("must not be written to: it was suppressed by hand"), "{why}");
    shop.write("more.csv", "Phone\n0123456008\n");
    shop.done("import more.csv");
    shop.done("suppress add 0123456008 --reason court");
    let why = shop.done("why 0123456008");
    assert!(why.contains("must not be written to: court"), "{why}");
}
