//! The example `fake_gateway` as a process of its own: an independent receiver, which shares no code
//! with the program and counts with its own clock.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// The example, running until it is dropped.
pub(crate) struct FakeGateway {
    process: Child,
    pub(crate) address: String,
    folder: tempfile::TempDir,
}

impl FakeGateway {
    pub(crate) fn playing(flags: &[&str]) -> FakeGateway {
        let folder = tempfile::tempdir().expect("a folder for the log");
        let program =
            assert_cmd::cargo::cargo_bin!("broadcaster").with_file_name("examples/fake_gateway");
        let mut process = Command::new(program)
            .args(["--listen", "127.0.0.1:0", "--log"])
            .arg(folder.path().join("log"))
            .args(flags)
            .stdout(Stdio::piped())
            .spawn()
            .expect(
                "`cargo test` builds the example; for one test alone run cargo build --examples",
            );
        let mut line = String::new();
        let stdout = process.stdout.take().expect("stdout is piped");
        BufReader::new(stdout).read_line(&mut line).expect("it says where it listens");
        let address = line.trim().strip_prefix("listening on ").expect("as promised").to_owned();
        FakeGateway { process, address, folder }
    }

    pub(crate) fn log(&self) -> Vec<Value> {
        let log = std::fs::read_to_string(self.folder.path().join("log")).expect("a log");
        log.lines().map(|line| serde_json::from_str(line).expect("whole lines")).collect()
    }
}

impl Drop for FakeGateway {
    fn drop(&mut self) {
        self.process.kill().expect("it still runs");
        self.process.wait().expect("it ended");
    }
}

impl FakeGateway {
    /// How many requests it has seen.
    pub(crate) fn requests(&self) -> usize {
        let log = std::fs::read(self.folder.path().join("log")).unwrap_or_default();
        log.iter().filter(|byte| **byte == b'\n').count()
    }
}
