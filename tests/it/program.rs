//! Runs the program with nothing of this machine's environment that could change what it prints.

use std::path::Path;

use assert_cmd::Command;

/// The program in a folder of its own: 80 columns, no colour, UTC.
pub(crate) fn broadcaster(folder: &Path) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("broadcaster"));
    command
        .current_dir(folder)
        .env_clear()
        .env("COLUMNS", "80")
        .env("NO_COLOR", "1")
        .env("TZ", "UTC")
        .env("HOME", folder)
        .env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}

/// What the environment of the program has for it to be that time now. Heeded where it is built with the
/// feature `proving`; elsewhere it is as late as on the machine.
pub(crate) fn as_if(time: &str) -> (&'static str, String) {
    let time: jiff::Timestamp = time.parse().expect("a time");
    let ahead_ms = time.as_millisecond() - jiff::Timestamp::now().as_millisecond();
    ("BROADCASTER_CLOCK_AHEAD_MS", ahead_ms.to_string())
}

/// What a run left behind.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs the program with these words, split at spaces, in a folder that is gone afterwards.
pub(crate) fn run(words: &str) -> Ended {
    let folder = tempfile::tempdir().expect("the system has room for a folder");
    end(broadcaster(folder.path()).args(words.split_whitespace()))
}

/// Waits for a run to end.
pub(crate) fn end(command: &mut Command) -> Ended {
    let output = command.output().expect("the program was built and starts");
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("answers are UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("the conversation is UTF-8"),
    }
}
