use std::os::unix::fs::PermissionsExt;

use proptest::prelude::*;

use super::*;

const CONFIG: &str = r#"
[database]
path = "data/b.db"
[defaults]
region = "my"
on_ambiguous = "pause"
window = { days = "mon-sat", hours = "09:00-20:00", zone = "lead" }
gap = "1s..2s"
[retention]
history_months = 3
[serve]
max_workers = 7
[gateways.wa1]
url = "http://10.0.0.5:3000"
[gateways.wa1.secrets]
user = { value = "hunter2" }
password = { file = "wa1.secret" }
"#;

/// A gateway of tests has an URL and nothing else.
fn gateway(mut table: Table<'_>) -> Option<String> {
    let url = table.required("url");
    table.finish();
    url
}

fn read(text: &str) -> Result<Config<String>, Invalid> {
    super::read(&Source::new("etc/broadcaster.toml", text), gateway)
}

fn lines(config: &Config<String>) -> String {
    let rows = config.rows().into_iter();
    let lines = rows.map(|Row { key, value, origin }| format!("{key} = {value} ({origin})\n"));
    lines.collect()
}

#[test]
fn every_setting_tells_where_it_comes_from() {
    let overrides = Overrides {
        database: Some(Given {
            value: "/tmp/x.db".into(),
            origin: Origin::Environment("BROADCASTER_DB".to_owned()),
        }),
        max_workers: Some(Given { value: 9, origin: Origin::Flag }),
        ..Overrides::default()
    };
    insta::assert_snapshot!(lines(&read(CONFIG).unwrap().with(overrides)), @r#"
    database.path = /tmp/x.db ($BROADCASTER_DB)
    database.any_filesystem = false (default)
    defaults.region = MY (etc/broadcaster.toml:5)
    defaults.on_ambiguous = pause (etc/broadcaster.toml:6)
    defaults.max_resends = 3 (default)
    defaults.unknown_wait = 10m (default)
    defaults.max_tries = 8 (default)
    defaults.window = mon-sat 09:00-20:00 lead (etc/broadcaster.toml:7)
    defaults.gap = 1s..2s (etc/broadcaster.toml:8)
    defaults.daily_cap = 200 (default)
    defaults.hourly_cap = unlimited (default)
    defaults.recipients_cap = unlimited (default)
    defaults.rest =  (default)
    defaults.ramp =  (default)
    retention.history_months = 3 (etc/broadcaster.toml:10)
    serve.max_workers = 9 (flag)
    serve.drain_timeout = 50s (default)
    serve.recover_every = 1m (default)
    gateways.wa1 = secrets: password from file etc/wa1.secret, user from the config (etc/broadcaster.toml:13)
    "#);
}

#[test]
fn without_a_file_every_setting_has_its_default() {
    let config = load(None, gateway).unwrap();
    assert_eq!((config.file, config.database), (None, "broadcaster.db".into()));
    assert_eq!(config.defaults, Defaults::default());
    assert_eq!(config.defaults.pace.pace().daily_cap, Some(200));
    assert_eq!(
        (config.serve.max_workers, config.serve.drain_timeout),
        (500, Duration::from_secs(50))
    );
}

#[test]
fn relative_paths_begin_beside_the_file() {
    let config = read(CONFIG).unwrap();
    assert_eq!(config.database, Path::new("etc/data/b.db"));
    let Secret::File(path) = &config.gateways["wa1"].secrets["password"] else { panic!() };
    assert_eq!(path, Path::new("etc/wa1.secret"));
    assert_eq!(read("[database]\npath = \"/var/b.db\"").unwrap().database, Path::new("/var/b.db"));
    assert_eq!(read("").unwrap().database, Path::new("etc/broadcaster.db"));
}

#[test]
fn every_mistake_of_a_config_is_shown_and_no_secret_is() {
    let invalid = read(
        r#"[databse]
path = "x"
[defaults]
region = "Malaysia"
max_tries = 0
on_ambigous = "hold"
[serve]
recover_every = "10ms"
[gateways.wa1]
secrets = { user = { value = "hunter2", file = "x" }, token = "hunter2", pin = { valeu = "hunter2" } }
"#,
    )
    .unwrap_err();
    insta::assert_snapshot!(invalid.render(false), @r#"
    error[unknown-key]: unknown key `databse`
     --> etc/broadcaster.toml:1:2
      |
    1 | [databse]
      |  ^^^^^^^
      |
    help: did you mean `database`?

    error[bad-value]: bad value for `region`
     --> etc/broadcaster.toml:4:10
      |
    4 | region = "Malaysia"
      |          ^^^^^^^^^^ not the two letters of a country, such as MY

    error[bad-value]: bad value for `max_tries`
     --> etc/broadcaster.toml:5:13
      |
    5 | max_tries = 0
      |             ^ not between 1 and 1000

    error[unknown-key]: unknown key `on_ambigous`
     --> etc/broadcaster.toml:6:1
      |
    6 | on_ambigous = "hold"
      | ^^^^^^^^^^^
      |
    help: did you mean `on_ambiguous`?

    error[bad-value]: bad value for `recover_every`
     --> etc/broadcaster.toml:8:17
      |
    8 | recover_every = "10ms"
      |                 ^^^^^^ less than a second would only keep the database busy

    error[missing-key]: missing `url`
     --> etc/broadcaster.toml:9:1
      |
    9 | [gateways.wa1]
      | ^^^^^^^^^^^^^^

    error[bad-secret]: a secret is kept in one place
      --> etc/broadcaster.toml:10:20
       |
    10 | secrets = { user = { value = *********, file = "x" }, token = *********,...
       |                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
    help: give one of `value`, `file`, `env`, `command` and `credential`

    error[bad-secret]: secret `token` does not say where it is kept
      --> etc/broadcaster.toml:10:63
       |
    10 | ...******, file = "x" }, token = *********, pin = { valeu = ********* } }
       |                                  ^^^^^^^^^
       |
    help: write { file = "..." }, or { value = "..." } for one that stands here

    error[bad-secret]: a secret is kept in one place
      --> etc/broadcaster.toml:10:80
       |
    10 | ...oken = *********, pin = { valeu = ********* } }
       |                            ^^^^^^^^^^^^^^^^^^^^^
       |
    help: give one of `value`, `file`, `env`, `command` and `credential`

    error[unknown-key]: unknown key `valeu`
      --> etc/broadcaster.toml:10:82
       |
    10 | ..." }, token = *********, pin = { valeu = ********* } }
       |                                    ^^^^^
       |
    help: did you mean `value`?

    10 errors in etc/broadcaster.toml; nothing was changed
    "#);
    assert!(!format!("{invalid:?}").contains("hunter2"));
}

#[test]
fn a_broken_file_shows_no_secret_either() {
    for text in [
        "[gateways.a]\nurl = \"x\"\nsecrets = { p = { value = \"hunter2 } }\n",
        "[gateways.a.secrets]\np.value = hunter2\n",
        "[gateways.a.secrets.p]\nvalue = 'hunter2\n",
        "value \"hunter2\" = \n",
    ] {
        let invalid = read(text).unwrap_err();
        assert!(!invalid.render(false).contains("hunter2"), "{}", invalid.render(false));
        assert!(!format!("{:?}", invalid.entries()).contains("hunter2"));
    }
}

#[test]
fn a_secret_that_others_can_read_is_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("broadcaster.toml");
    std::fs::write(&place, CONFIG).unwrap();
    let warnings = |mode| {
        std::fs::set_permissions(&place, std::fs::Permissions::from_mode(mode)).unwrap();
        load(Some(&place), gateway).unwrap().warnings
    };
    assert_eq!(warnings(0o644), [Warning::SecretInTheOpen { file: place.clone(), mode: 0o644 }]);
    assert_eq!(warnings(0o600), []);
    std::fs::write(&place, CONFIG.replace("value =", "env =")).unwrap();
    assert_eq!(warnings(0o644), []);
    assert_eq!(warnings(0o666), [Warning::OpenToWriting { file: place.clone(), mode: 0o666 }]);
}

#[test]
fn a_config_that_is_asked_for_must_be_there() {
    let error = load(Some(Path::new("/nowhere/broadcaster.toml")), gateway).unwrap_err();
    assert!(matches!(error, Unreadable::Io { .. }), "{error}");
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(
        lines in proptest::collection::vec(
            "(\\[(database|defaults|serve|gateways(\\.a)?(\\.secrets)?)\\]|(path|region|window|gap|max_workers|url|secrets|a|value) ?=? ?(\"[a-z0-9{} é.:-]{0,14}\"?|[0-9-]{1,22}|\\{ ?(value|file|env|command) = (\"[a-z]{1,5}\"|\\[\\]) ?\\}))",
            0..20,
        )
    ) {
        match read(&lines.join("\n")) {
            Ok(config) => drop(config.rows()),
            Err(invalid) => drop((invalid.render(false), invalid.entries())),
        }
    }
}
