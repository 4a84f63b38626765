//! Help pages, refusals and exit codes read as promised.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use insta::assert_snapshot;
use serde_json::Value;

use crate::program::{broadcaster, end, run};

/// Words of every command, the program itself first.
fn every_command() -> Vec<String> {
    broadcaster::cli::examples::PAGES.iter().map(|page| page.path.to_owned()).collect()
}

#[test]
fn every_help_page_ends_with_examples_and_fits_80_columns() {
    for command in every_command() {
        let help = run(&format!("{command} --help"));
        assert_eq!(help.code, Some(0), "{command}");
        assert_eq!(help.stderr, "", "{command}");
        let (_, examples) = help.stdout.rsplit_once("\nExamples:\n").expect(&command);
        assert!(examples.contains(format!("  broadcaster {command}").trim_end()), "{command}");
        assert!(examples.lines().all(|line| line.starts_with("  ")), "{command}: {examples}");
        for line in help.stdout.lines() {
            assert!(line.chars().count() <= 80, "{command}: {line}");
        }
    }
}

/// A break before the end of a line shows as a line of one or two words as soon as anybody wraps the text
/// again.
#[test]
fn no_line_of_a_help_page_breaks_before_it_is_full() {
    for command in every_command() {
        let help = run(&format!("{command} --help")).stdout;
        let (page, _) = help.rsplit_once("\nExamples:\n").expect(&command);
        let lines: Vec<&str> = page.lines().collect();
        for pair in lines.windows(2).filter(|pair| goes_on(pair[0], pair[1])) {
            let word = pair[1].split_whitespace().next().expect("a line of a paragraph has words");
            let filled = pair[0].chars().count() + 1 + word.chars().count();
            assert!(filled > 80, "{command}: there is room for {word:?} after:\n{}", pair[0]);
        }
    }
}

/// Whether a line is of the same paragraph as the one before: of a note, or of what is said of a flag.
fn goes_on(line: &str, next: &str) -> bool {
    let indent = next.chars().take_while(|character| *character == ' ').count();
    let text_begins_there = match indent {
        0 => !line.starts_with(' '),
        // Names of flags and commands begin there.
        1..=6 => false,
        _ => {
            let before: String = line.chars().skip(indent - 2).take(3).collect();
            before.starts_with("  ") && before.trim().len() == 1
        }
    };
    text_begins_there && !line.is_empty() && !next.is_empty()
}

#[test]
fn help_before_and_after_the_command_are_the_same() {
    for command in every_command().iter().filter(|command| !command.is_empty()) {
        assert_eq!(run(&format!("help {command}")).stdout, run(&format!("{command} -h")).stdout);
    }
}

#[test]
fn every_page_names_the_variables_of_global_flags() {
    let help = run("leads list --help").stdout;
    let variables = [
        "CONFIG",
        "DB",
        "JSON",
        "FORMAT",
        "QUIET",
        "VERBOSE",
        "LOG_FORMAT",
        "COLOR",
        "PROGRESS",
        "SHOW_PII",
        "YES",
        "NO_INPUT",
    ];
    for variable in variables {
        assert!(help.contains(&format!("BROADCASTER_{variable}]")), "{variable}");
    }
}

#[test]
fn the_program_alone_shows_how_to_start() {
    let bare = run("");
    assert_eq!((bare.code, bare.stdout.as_str()), (Some(2), ""));
    assert_snapshot!(bare.stderr, @"
    Send step-by-step message sequences to many leads through many paced devices

    Usage: broadcaster <COMMAND> [OPTIONS]

    A day's work:
      broadcaster init
      broadcaster import leads.csv --region MY --tag expo
      broadcaster sequence apply welcome.toml
      broadcaster devices apply devices.toml
      broadcaster enroll --sequence welcome --tag expo --rate 10/s
      broadcaster serve-devices
      broadcaster status
      broadcaster export messages --status failed > failed.csv

    Try it without leads and devices:
      broadcaster demo

    'broadcaster --help' lists all commands, 'broadcaster help TOPIC' explains
    exit-codes, environment, formats, cron.
    ");
    let folder = tempfile::tempdir().unwrap();
    let with_variable = end(broadcaster(folder.path()).env("BROADCASTER_DB", "x.db"));
    assert_eq!(with_variable.stderr, bare.stderr);
}

#[test]
fn a_group_alone_shows_its_commands() {
    let bare = run("leads");
    assert_eq!((bare.code, bare.stdout.as_str()), (Some(2), ""));
    assert!(bare.stderr.contains("  erase  Erase leads for ever"));
}

#[test]
fn unknown_names_get_a_suggestion() {
    let command = run("enrol");
    assert_eq!(command.code, Some(2));
    assert!(command.stderr.contains("'enroll'"), "{}", command.stderr);
    let flag = run("import leads.csv --on-duplicat skip");
    assert_eq!(flag.code, Some(2));
    assert!(flag.stderr.contains("'--on-duplicate'"), "{}", flag.stderr);
    let value = run("import leads.csv --on-duplicate skp");
    assert!(value.stderr.contains("'skip'"), "{}", value.stderr);
    assert_snapshot!(run("help leads lst").stderr, @"
    error: there is no command or topic `leads lst`
      did you mean `leads list`?
    ");
    assert_snapshot!(run("help exit-code").stderr, @"
    error: there is no command or topic `exit-code`
      did you mean `exit-codes`?
    ");
    assert_snapshot!(run("man xyzzy").stderr, @"
    error: there is no command or topic `xyzzy`
      'broadcaster --help' lists all commands
    ");
}

#[test]
fn wrong_command_lines_exit_2_and_print_nothing_on_stdout() {
    for words in [
        "enroll",
        "enroll --sequence a --rate 1/s --over 1h",
        "enroll --sequence a --rate fast",
        "enroll --sequence a --over 1",
        "enroll --sequence a --start-at soon",
        "enroll --sequence a --start-at 2026-11-22 --tz Mars/Base",
        "messages list --since yesterday",
        "import --max-rejects 101%",
        "import --device a --spread hash",
        "leads tag expo",
        "leads list --where city",
        "messages list --status gone",
        "messages retry 12",
        "messages resolve 4711-3",
        "archive 2026",
        "serve-devices --max-workers 0",
        "serve-devices --wait-lock 1m --skip-if-locked",
        "unenroll --sequence a",
        "unenroll --sequence a --all --tag b",
        "status --format xml",
        "suppress add",
        "man --dir x leads",
        "help nothing",
    ] {
        let refused = run(words);
        assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""), "{words}");
        assert!(refused.stderr.starts_with("error: "), "{words}: {}", refused.stderr);
    }
}

#[test]
fn a_refusal_under_json_is_one_line() {
    for words in [
        "--json enrol",
        "enrol --format jsonl",
        "enrol --format=json",
        "--json",
        "--json leads",
        "help lead --json",
        "man xyzzy --json",
    ] {
        let refused = run(words);
        assert_eq!(refused.code, Some(2), "{words}");
        assert_eq!(refused.stderr.lines().count(), 1, "{words}: {}", refused.stderr);
        let line: Value = serde_json::from_str(&refused.stderr).unwrap();
        assert_eq!(line["message_type"], "exit_error", "{words}");
        assert_eq!(line["code"], 2, "{words}");
        assert!(line["message"].as_str().is_some_and(|message| !message.is_empty()), "{words}");
    }
    assert_snapshot!(run("--json statsu").stderr, @r#"{"message_type":"exit_error","code":2,"error":"usage","message":"unrecognized subcommand 'statsu'","hint":"did you mean `status`?"}"#);
}

#[test]
fn global_flags_stand_before_or_after_the_command() {
    assert_eq!(
        run("--format csv help exit-codes").stdout,
        run("help exit-codes --format csv").stdout
    );
    let folder = tempfile::tempdir().unwrap();
    let mut command = broadcaster(folder.path());
    let by_variable = end(command.env("BROADCASTER_FORMAT", "csv").args(["help", "exit-codes"]));
    assert_eq!(by_variable.stdout, run("help exit-codes --format csv").stdout);
    let mut command = broadcaster(folder.path());
    let by_flag = command.env("BROADCASTER_FORMAT", "csv").args(["--format=plain", "help", "cron"]);
    assert!(end(by_flag).stdout.starts_with("topic\tcron\n"));
}

#[test]
fn variables_take_yes_and_no_in_many_words() {
    let folder = tempfile::tempdir().unwrap();
    for (value, is_json) in
        [("1", true), ("true", true), ("yes", true), ("0", false), ("no", false)]
    {
        let mut command = broadcaster(folder.path());
        let help = end(command.env("BROADCASTER_JSON", value).args(["help", "exit-codes"]));
        assert_eq!(serde_json::from_str::<Value>(&help.stdout).is_ok(), is_json, "{value}");
    }
}

#[test]
fn exit_codes_are_listed_from_the_program_itself() {
    assert_snapshot!(run("help exit-codes").stdout, @"
    Code  Error            Meaning
       0  ok               done; also when there was nothing to do
       1  failed           it went wrong, as with a list that can't be read as one
       2  usage            the command line is wrong or incomplete; nothing was done
       3  partial          done, but some rows or messages were rejected
      10  missing          no file, database, sequence, device or lead of that name
      11  locked           another broadcaster holds the lock
      12  bad_credentials  a gateway refused the credentials
      13  unreachable      a gateway could not be reached; safe to run again
      78  invalid          a file is wrong or the database a copy; don't restart
     130  interrupted      interrupted twice; or once, by forecast and readiness
     141  reader_gone      the reader of our output went away; the work may be done

    Under --json a fatal error is one line on standard error: message_type is
    exit_error, then code, error, message and hint.
    ");
}

#[test]
fn topics_are_read_in_every_format() {
    assert_snapshot!(run("help environment").stdout, @"
    Variable                Meaning
    BROADCASTER_CONFIG      like --config, which wins over it
    BROADCASTER_DB          like --db, which wins over it
    BROADCASTER_JSON        like --json, which wins over it
    BROADCASTER_FORMAT      like --format, which wins over it
    BROADCASTER_QUIET       like --quiet, which wins over it
    BROADCASTER_VERBOSE     like --verbose, which wins over it
    BROADCASTER_LOG_FORMAT  like --log-format, which wins over it
    BROADCASTER_COLOR       like --color, which wins over it
    BROADCASTER_PROGRESS    like --progress, which wins over it
    BROADCASTER_SHOW_PII    like --show-pii, which wins over it
    BROADCASTER_YES         like --yes, which wins over it
    BROADCASTER_NO_INPUT    like --no-input, which wins over it
    NO_COLOR                no colour when it is not empty
    COLUMNS                 width of tables without a terminal
    XDG_CONFIG_HOME         where settings are looked for last; or ~/.config
    NOTIFY_SOCKET           from systemd: told when serve-devices is ready
    WATCHDOG_USEC           from systemd: how often serve-devices must show life
    ");
    for topic in ["exit-codes", "environment", "formats", "cron"] {
        let table = run(&format!("help {topic}"));
        assert_eq!(table.code, Some(0), "{topic}");
        for line in table.stdout.lines() {
            assert!(line.chars().count() <= 80, "{topic}: {line}");
            assert!(!line.contains('…'), "{topic}: {line}");
        }
        let json = run(&format!("help {topic} --json")).stdout;
        assert!(serde_json::from_str::<Value>(&json).unwrap().is_object(), "{topic}");
        for line in run(&format!("help {topic} --format jsonl")).stdout.lines() {
            assert!(serde_json::from_str::<Value>(line).unwrap().is_object(), "{topic}");
        }
    }
}

#[test]
fn cron_lines_of_the_help_page_are_command_lines() {
    let page = run("help cron").stdout;
    let lines = page.lines().filter(|line| line.contains(" * * *  "));
    let commands: Vec<&str> =
        lines.map(|line| line.split_once("broadcaster ").unwrap().1).collect();
    assert!(commands.len() >= 4);
    for words in commands {
        let line = ["broadcaster"].into_iter().chain(words.split_whitespace());
        let read = broadcaster::cli::Cli::read(line.map(Into::into));
        assert!(
            read.is_ok(),
            "{words}: {}",
            read.err().map(|error| error.to_string()).unwrap_or_default()
        );
    }
}

#[test]
fn colour_comes_only_when_it_is_asked_for() {
    assert!(!run("help exit-codes").stdout.contains('\u{1b}'));
    assert!(run("help exit-codes --color always").stdout.contains("\u{1b}[1m"));
    assert!(run("--color always enrol").stderr.contains('\u{1b}'));
    assert!(run("--color always import --help").stdout.contains('\u{1b}'));
}

#[test]
fn a_reader_that_leaves_ends_the_program_quietly_with_141() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin!("broadcaster"))
        .args(["completions", "zsh"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A pipe holds less than the script, so the program is still writing when the reader leaves.
    let mut reader = BufReader::with_capacity(16, child.stdout.take().unwrap());
    reader.read_line(&mut String::new()).unwrap();
    drop(reader);
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(141));
    assert_eq!(String::from_utf8(ended.stderr).unwrap(), "");
}
