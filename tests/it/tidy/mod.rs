//! The walls of the house, proved by reading the sources. Each law is shown a planted offence first: a
//! law that does not see it proves nothing.

mod source;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use source::Source;

/// A law about each source file: its offences, as `line: what`.
struct Law {
    offences: fn(&Source) -> Vec<String>,
    /// A file that breaks it: where it would lie, and what would stand in it.
    planted: &'static [(&'static str, &'static str)],
}

impl Law {
    /// Fails when the law overlooks a planted offence, or a file breaks it.
    #[track_caller]
    fn holds(&self) {
        for (path, text) in self.planted {
            let source = Source::new(path, text);
            assert!(!(self.offences)(&source).is_empty(), "overlooked in {path}: {text}");
        }
        let broken: Vec<String> = sources()
            .iter()
            .flat_map(|source| {
                let path = source.path.clone();
                (self.offences)(source).into_iter().map(move |offence| format!("{path}:{offence}"))
            })
            .collect();
        assert!(broken.is_empty(), "\n{}", broken.join("\n"));
    }
}

// ---------------------------------------------------------------------------------------- who knows whom

/// The layers, from the ground up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layer {
    Noun,
    Decider,
    Port,
    /// How people write values and files, and how they are read.
    Written,
    Doer,
    Adapter,
    Shell,
}

/// The layer of a path below the package, `store::sqlite::Sqlite`; `None` for the package itself.
fn layer(path: &str) -> Option<Layer> {
    let mut parts = path.split("::");
    let (top, inner) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    Some(match (top, inner) {
        // Pace and window are values that a device and a step carry, with their rules beside them.
        ("clock" | "device" | "enrollment" | "lead" | "message" | "outcome" | "sequence", _)
        | ("pace" | "window" | "zone", _) => Layer::Noun,
        ("forecast" | "plan" | "retry" | "stagger" | "template", _) => Layer::Decider,
        ("store", "sqlite" | "model" | "Model") => Layer::Adapter,
        ("store", _) => Layer::Port,
        // Items of the port are its types and its trait; every module below it belongs to an adapter.
        ("gateway", inner) if inner.starts_with(|c: char| c.is_ascii_lowercase()) => Layer::Adapter,
        ("gateway", _) => Layer::Port,
        ("document" | "files" | "units", _) => Layer::Written,
        ("enroll" | "import" | "mend" | "report" | "serve", _) => Layer::Doer,
        ("cli" | "commands" | "config" | "console" | "exit" | "main", _) => Layer::Shell,
        // What a test may ask of any of them is no layer of its own.
        ("" | "lib" | "proving", _) => return None,
        _ => {
            panic!("{path} has no layer yet; give it one, here and in the documentation of lib.rs")
        }
    })
}

/// The import direction. Deciders know the values of the ports (a claim, a settlement) and none of
/// their traits: they are called with what was fetched, and answer what is to be kept.
fn may_name(from: Layer, to: Layer) -> bool {
    use Layer::{Adapter, Decider, Doer, Noun, Port, Shell, Written};
    match from {
        Noun => matches!(to, Noun),
        Decider => matches!(to, Noun | Decider | Port),
        Port => matches!(to, Noun | Port),
        Written => matches!(to, Noun | Decider | Written),
        Doer => matches!(to, Noun | Decider | Port | Written | Doer),
        Adapter => matches!(to, Noun | Port | Written | Adapter),
        Shell => true,
    }
}

#[test]
fn every_layer_names_only_what_lies_below_it() {
    Law {
        offences: |source| {
            let from = layer(&source.module().join("::"));
            let named = source.names().into_iter();
            named
                .filter(|name| match (from, layer(&name.what)) {
                    (Some(from), Some(to)) => !may_name(from, to),
                    _ => false,
                })
                .map(|name| format!("{}: {from:?} names {}", name.line, name.what))
                .collect()
        },
        planted: &[
            ("src/serve/worker.rs", "use crate::store::{Claim, sqlite::Sqlite};"),
            ("src/serve/chores.rs", "fn a() { crate::gateway::http::HttpGateway::new() }"),
            ("src/report/status.rs", "use crate::console::Console;"),
            ("src/import/row.rs", "use super::super::store::Model;"),
            ("src/retry.rs", "use crate::serve::Event;"),
            ("src/lead.rs", "use crate::store::Store;"),
            ("src/store/queue.rs", "use super::sqlite::Sqlite;"),
            ("src/gateway/mod.rs", "use crate::config::Settings;"),
            ("src/units/mod.rs", "use crate::report::Stamp;"),
        ],
    }
    .holds();
}

#[test]
fn deciders_know_no_trait_of_a_port() {
    const TRAITS: &[&str] = &[
        "Store",
        "Queue",
        "Leads",
        "Sequences",
        "Devices",
        "History",
        "Counts",
        "Gate",
        "Gateway",
    ];
    Law {
        offences: |source| {
            if layer(&source.module().join("::")) != Some(Layer::Decider) {
                return Vec::new();
            }
            let named = source.names().into_iter();
            named
                .filter(|name| layer(&name.what) == Some(Layer::Port))
                .filter(|name| TRAITS.iter().any(|port| name.what.ends_with(&format!("::{port}"))))
                .map(|name| format!("{}: names {}", name.line, name.what))
                .collect()
        },
        planted: &[
            ("src/plan.rs", "use crate::store::{Candidate, Queue};"),
            ("src/retry.rs", "use crate::gateway::Gateway;"),
        ],
    }
    .holds();
}

#[test]
fn no_adapter_knows_another() {
    const ADAPTERS: &[&str] =
        &["store::sqlite", "store::model", "gateway::http", "gateway::exec", "gateway::simulator"];
    fn of(path: &str) -> Option<&'static str> {
        let lies_in = |adapter: &str| {
            path.strip_prefix(adapter).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        };
        ADAPTERS.iter().copied().find(|adapter| lies_in(adapter))
    }
    Law {
        offences: |source| {
            let Some(own) = of(&source.module().join("::")) else { return Vec::new() };
            let named = source.names().into_iter();
            named
                .filter(|name| {
                    let crosses = own.split_once("::").map(|(port, _)| port)
                        != name.what.split_once("::").map(|(port, _)| port)
                        && layer(&name.what) == Some(Layer::Adapter);
                    crosses || of(&name.what).is_some_and(|other| other != own)
                })
                .map(|name| format!("{}: {own} names {}", name.line, name.what))
                .collect()
        },
        planted: &[
            ("src/store/sqlite/claim.rs", "use super::super::model::Model;"),
            ("src/gateway/http.rs", "use super::exec::ExecGateway;"),
            ("src/store/model/mod.rs", "use crate::gateway::rules::Rule;"),
        ],
    }
    .holds();
}

#[test]
fn a_crate_of_the_outside_stays_in_its_corner() {
    const CORNERS: &[(&str, &[&str])] = &[
        ("rusqlite", &["src/store/sqlite/"]),
        ("rusqlite_migration", &["src/store/sqlite/"]),
        ("reqwest", &["src/gateway/"]),
        ("minijinja", &["src/template/", "src/gateway/"]),
        ("rlibphonenumber", &["src/import/"]),
        ("clap", &["src/cli/", "src/commands/", "src/console/"]),
        ("clap_complete", &["src/cli/", "src/commands/"]),
        ("clap_mangen", &["src/cli/", "src/commands/"]),
        ("indicatif", &["src/console/"]),
        ("comfy_table", &["src/console/"]),
        ("annotate_snippets", &["src/document/"]),
        ("unicode_segmentation", &["src/template/", "src/console/"]),
        ("sd_notify", &["src/commands/"]),
        ("anyhow", &["src/exit.rs"]),
    ];
    Law {
        offences: |source| {
            let mut offences = Vec::new();
            for (name, corners) in CORNERS {
                if corners.iter().any(|corner| source.path.starts_with(corner)) {
                    continue;
                }
                for found in source.words(&[name]) {
                    offences.push(format!("{}: {name} belongs to {corners:?}", found.line));
                }
            }
            offences
        },
        planted: &[
            ("src/serve/ledger.rs", "fn a(error: rusqlite::Error) {}"),
            ("src/store/queue.rs", "use rusqlite::Connection;"),
            ("src/import/mod.rs", "use indicatif::ProgressBar;"),
            ("src/report/status.rs", "let table = comfy_table::Table::new();"),
        ],
    }
    .holds();
}

#[test]
fn only_the_shell_prints_or_ends_the_process() {
    const PRINTING: &[&str] = &[
        "println!",
        "print!",
        "eprintln!",
        "eprint!",
        "dbg!",
        "stdout()",
        "stderr()",
        "process::exit",
        "process::abort",
        "kill_process",
    ];
    Law {
        offences: |source| {
            let prints = ["src/main.rs", "src/console/", "src/commands/"];
            if prints.iter().any(|place| source.path.starts_with(place)) {
                return Vec::new();
            }
            let found = source.words(PRINTING).into_iter();
            // A test may ask for the death of the process, and for nothing else that is forbidden here.
            let found = found.filter(|found| {
                source.path != "src/proving/asked.rs" || found.what != "kill_process"
            });
            found.map(|found| format!("{}: {}", found.line, found.what)).collect()
        },
        planted: &[
            ("src/serve/worker.rs", "fn a() { println!(\"sent\"); }"),
            ("src/config/mod.rs", "let mut out = std::io::stderr().lock();"),
            ("src/serve/engine.rs", "fn a() { std::process::exit(1) }"),
            ("src/serve/ledger.rs", "fn a() { rustix::process::kill_process(a, b); }"),
            ("src/proving/asked.rs", "fn a() { std::process::abort() }"),
        ],
    }
    .holds();
}

#[test]
fn time_and_chance_come_in_from_outside() {
    // `tokio::time::Instant` stands still with tokio's paused clock; it is no wall clock.
    const CLOCKS: &[&str] = &[
        "SystemTime::now",
        "Timestamp::now",
        "Zoned::now",
        "std::time::Instant",
        "OsRng",
        "SysRng",
        "thread_rng",
        "rand::rng",
        "from_os_rng",
        "rand::random",
    ];
    Law {
        offences: |source| {
            let found = source.words(CLOCKS).into_iter();
            found
                .filter(|found| match found.what {
                    "SystemTime::now" => source.path != "src/clock.rs",
                    "SysRng" => !source.path.starts_with("src/commands/"),
                    _ => true,
                })
                .map(|found| format!("{}: {}", found.line, found.what))
                .collect()
        },
        planted: &[
            ("src/pace.rs", "let now = jiff::Timestamp::now();"),
            ("src/retry.rs", "let mut rng = rand::rng();"),
            ("src/serve/engine.rs", "let seed = SysRng.try_next_u64();"),
        ],
    }
    .holds();
}

// --------------------------------------------------------------------------------------------------- SQL

#[test]
fn sql_lies_in_files_of_its_own() {
    const STATEMENTS: &[&str] = &[
        "SELECT ",
        "INSERT INTO",
        "INSERT OR",
        "DELETE FROM",
        "CREATE TABLE",
        "CREATE VIEW",
        "CREATE INDEX",
        "ALTER TABLE",
        "DROP TABLE",
        "PRAGMA ",
        "BEGIN IMMEDIATE",
    ];
    Law {
        offences: |source| {
            let offending = |text: &str| {
                STATEMENTS.iter().any(|statement| text.contains(statement))
                    || text.contains("UPDATE ") && text.contains(" SET ")
            };
            let texts = source.texts().filter(|text| offending(text.what));
            texts.map(|text| format!("{}: {:?}", text.line, text.what)).collect()
        },
        planted: &[
            ("src/store/sqlite/claim.rs", "let a = \"SELECT 1 FROM pending\";"),
            ("src/store/sqlite/settle.rs", "let a = r#\"UPDATE meta SET epoch = 2\"#;"),
        ],
    }
    .holds();
}

#[test]
fn no_sql_is_assembled_but_the_name_of_a_month() {
    // A statement is the first thing after the bracket: `sql!(..)`, or what `Month::sql` makes of one.
    const CALLS: &[&str] = &[
        "prepare(&",
        "prepare_cached(&",
        "execute(&",
        "execute_batch(&",
        "query_row(&",
        "prepare(format",
        "execute(format",
        "Prepared::new(connection, ",
    ];
    // Where the name of a month is put in, and where a statement that came through one of the calls is held.
    const APART: &[&str] = &["src/store/sqlite/months.rs", "src/store/sqlite/statements.rs"];
    Law {
        offences: |source| {
            if APART.contains(&source.path.as_str()) {
                return Vec::new();
            }
            let mut offences = Vec::new();
            for (number, line) in (1..).zip(source.text.lines()) {
                for call in CALLS {
                    let Some((_, statement)) = line.split_once(call) else { continue };
                    let is_held = call.starts_with("Prepared") && statement.starts_with("sql!(");
                    if !is_held && !statement.contains("month.sql(sql!(") {
                        offences.push(format!("{number}: {}", line.trim()));
                    }
                }
            }
            offences
        },
        planted: &[
            ("src/store/sqlite/leads.rs", "connection.execute(&format!(\"{head}{tail}\"), [])?;"),
            ("src/store/sqlite/check.rs", "transaction.prepare(&text)?;"),
            ("src/store/sqlite/push.rs", "Prepared::new(connection, text)"),
        ],
    }
    .holds();
}

#[test]
fn every_sql_file_is_used() {
    let texts: Vec<(String, String)> = sources()
        .iter()
        .filter(|source| source.path.starts_with("src/store/sqlite/"))
        .flat_map(|source| {
            let texts = source.texts().map(|text| (source.path.clone(), text.what.to_owned()));
            texts.collect::<Vec<_>>()
        })
        .collect();
    // `sql!` takes a name whole, or a folder and a name. That a named file is there is the compiler's care.
    let is_used = |folder: &str, name: &str| {
        let whole = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        let in_parts = |path: &String| texts.contains(&(path.clone(), format!("{folder}/")));
        texts.iter().any(|(path, text)| *text == whole || text == name && in_parts(path))
    };
    assert!(!is_used("queue", "planted"), "a file that nobody names counts as used");
    let root = package().join("sql/sqlite");
    let files = files_below(&root, "sql");
    assert!(files.len() > 100, "{} files in {}", files.len(), root.display());
    let unused: Vec<&PathBuf> = files
        .iter()
        .filter(|file| {
            let inner = file.strip_prefix(&root).expect("it was found below").with_extension("");
            let folder = inner.parent().unwrap_or(Path::new("")).to_string_lossy().into_owned();
            !is_used(&folder, &inner.file_name().unwrap_or_default().to_string_lossy())
        })
        .collect();
    assert!(unused.is_empty(), "no statement is taken from {unused:#?}");
}

// ----------------------------------------------------------------------------------------------- manners

#[test]
fn every_file_opens_with_what_it_is_for_and_stays_readable() {
    const LINES_MAX: usize = 500;
    Law {
        offences: |source| {
            let mut offences = Vec::new();
            if !source.text.starts_with("//! ") {
                offences.push("1: does not begin with `//! `".to_owned());
            }
            // The map of the whole is one page on purpose.
            let lines = source.text.lines().count();
            if lines > LINES_MAX && source.path != "src/lib.rs" {
                offences.push(format!("{lines}: look for the second idea"));
            }
            offences
        },
        planted: &[("src/a.rs", "use std::fs;\n")],
    }
    .holds();
}

#[test]
fn nothing_is_left_for_later() {
    const MARKS: &[&str] = &["TODO", "FIXME", "XXX", "HACK"];
    const STUBS: &[&str] = &["todo!", "unimplemented!", "#[allow(", "#![allow(", "#[ignore"];
    Law {
        offences: |source| {
            let mut offences = Vec::new();
            for found in source.words(STUBS) {
                offences.push(format!("{}: {}", found.line, found.what));
            }
            for (number, line) in (1..).zip(source.text.lines()) {
                offences.extend(
                    MARKS
                        .iter()
                        .filter(|mark| line.contains(**mark))
                        .map(|mark| format!("{number}: {mark}")),
                );
            }
            offences
        },
        planted: &[
            ("src/a.rs", "// TODO: the rest\n"),
            ("src/a.rs", "#[allow(dead_code)]\nfn a() {}"),
            ("src/a.rs", "fn a() { todo!() }"),
        ],
    }
    .holds();
}

#[test]
fn no_test_is_passed_over() {
    let ignored =
        |source: &Source| !source.words(&["#[ignore", "#[allow(", "#![allow("]).is_empty();
    assert!(ignored(&Source::new("tests/it/a.rs", "#[test]\n#[ignore = \"slow\"]\nfn a() {}")));
    for folder in ["src", "tests", "benches", "examples"] {
        for file in files_below(&package().join(folder), "rs") {
            // Read without its name, so that test modules are read too.
            let text = fs::read_to_string(&file).expect("a source is UTF-8");
            let whole = text.replace("#[cfg(test)]", "");
            assert!(!ignored(&Source::new("tests/it/a.rs", &whole)), "{}", file.display());
        }
    }
}

#[test]
fn an_expected_lint_has_a_reason() {
    Law {
        offences: |source| {
            let has_reason = |at: usize| {
                let rest = &source.text[at..];
                rest[..rest.find(")]").unwrap_or(rest.len())].contains("reason = \"")
            };
            let found = source.text.match_indices("[expect(").filter(|(at, _)| !has_reason(*at));
            found
                .map(|(at, _)| format!("{}: no reason", source.text[..at].lines().count()))
                .collect()
        },
        planted: &[("src/a.rs", "#[expect(dead_code)]\nfn a() { b(\"reason = \\\"\") }")],
    }
    .holds();
}

#[test]
fn names_say_what_they_mean() {
    const EMPTY: &[&str] =
        &["util", "utils", "helper", "helpers", "manager", "common", "misc", "imp", "impl"];
    fn says_nothing(name: &str) -> bool {
        let mut words = vec![String::new()];
        for character in name.chars() {
            if !character.is_alphanumeric() || character.is_uppercase() {
                words.push(String::new());
            }
            words.last_mut().expect("there is one").extend(character.to_lowercase());
        }
        words.iter().any(|word| EMPTY.contains(&word.trim_matches(|c: char| !c.is_alphanumeric())))
    }
    Law {
        offences: |source| {
            let declared = source.declared().into_iter().filter(|found| says_nothing(found.what));
            declared.map(|found| format!("{}: {}", found.line, found.what)).collect()
        },
        planted: &[
            ("src/a.rs", "struct DeviceManager;"),
            ("src/a.rs", "mod csv_utils;"),
            ("src/a.rs", "fn helper() {}"),
        ],
    }
    .holds();
    assert!(says_nothing("common.rs") && !says_nothing("importing_commonly.rs"));
    for folder in ["src", "sql", "tests", "examples", "benches"] {
        for file in files_below(&package().join(folder), "") {
            let inner = file.strip_prefix(package()).expect("it was found below");
            let named = inner.iter().any(|part| says_nothing(&part.to_string_lossy()));
            assert!(!named, "{}", inner.display());
        }
    }
}

#[test]
fn the_top_level_holds_nothing_new() {
    const TOP: &[&str] = &[
        "Cargo.toml",
        "Cargo.lock",
        "README.md",
        "CHANGELOG.md",
        "src",
        "sql",
        "examples",
        "tests",
        "benches",
        "completions",
    ];
    let strays: Vec<String> = kept_at_the_top()
        .into_iter()
        .filter(|name| !name.starts_with('.') && !TOP.contains(&name.as_str()))
        .collect();
    assert!(strays.is_empty(), "{strays:?} at the top level");
    assert!(kept_at_the_top().contains(&"Cargo.toml".to_owned()), "the top level was not read");
}

// ------------------------------------------------------------------------------------------------ reading

fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What `src/` holds, without what is there for tests alone.
fn sources() -> &'static [Source] {
    static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(read_sources);
    &SOURCES
}

fn read_sources() -> Vec<Source> {
    let files = files_below(&package().join("src"), "rs");
    let sources: Vec<Source> = files
        .iter()
        .map(|file| file.strip_prefix(package()).expect("it was found below"))
        .filter(|file| !Source::is_a_test(file))
        .map(|file| {
            let text = fs::read_to_string(package().join(file)).expect("a source is UTF-8");
            Source::new(&file.to_string_lossy(), &text)
        })
        .collect();
    assert!(sources.len() > 100, "only {} sources were found", sources.len());
    sources
}

/// Files below a folder with this ending, any when it is empty, in order.
fn files_below(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            files.extend(files_below(&path, ending));
        } else if ending.is_empty() || path.extension().is_some_and(|found| found == ending) {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Names at the top level that belong to the package: what git keeps, or everything where there is no
/// git. What an operator tried out in a checkout is not our business.
fn kept_at_the_top() -> Vec<String> {
    let listed = Command::new("git").arg("ls-files").current_dir(package()).output();
    let kept = listed.ok().filter(|answer| answer.status.success() && !answer.stdout.is_empty());
    let mut names: Vec<String> = match kept {
        Some(answer) => String::from_utf8_lossy(&answer.stdout)
            .lines()
            .filter_map(|path| path.split('/').next().map(str::to_owned))
            .collect(),
        None => fs::read_dir(package())
            .expect("the folder is there")
            .map(|entry| entry.expect("the folder can be read").file_name())
            .map(|name| name.to_string_lossy().into_owned())
            .filter(|name| name != "target")
            .collect(),
    };
    names.dedup();
    names
}
