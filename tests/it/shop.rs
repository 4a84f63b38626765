//! An installation as `init --samples` leaves it behind, asked through the program alone.

use std::path::PathBuf;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

use crate::program::{Ended, as_if, broadcaster, end};

/// Three people; the second must not be written to, the phone of the third is none.
pub(crate) const LEADS: &str = "\
First name,Phone,City,Do not contact,Tags
Aina,012-345 6001,Ipoh,,expo
Budi,012-345 6002,Ipoh,yes,expo
Chen,12,Penang,,expo
";

/// A folder with settings for Malaysia, a simulated gateway, an empty database and samples.
pub(crate) struct Shop {
    folder: TempDir,
    /// What the program's environment has beside the usual.
    env: Vec<(&'static str, String)>,
}

impl Shop {
    pub(crate) fn new() -> Shop {
        Shop::with_env(Vec::new())
    }

    /// Where it is that time now; see [`as_if`].
    pub(crate) fn at(time: &str) -> Shop {
        Shop::with_env(vec![as_if(time)])
    }

    fn with_env(env: Vec<(&'static str, String)>) -> Shop {
        let folder = tempfile::tempdir().expect("the system has room for a folder");
        let shop = Shop { folder, env };
        shop.done("init --samples --region MY");
        shop
    }

    fn program(&self) -> Command {
        let mut program = broadcaster(self.folder.path());
        program.envs(self.env.iter().map(|(name, value)| (name, value)));
        program
    }

    /// With the leads of [`LEADS`], the sample devices and the sample sequence.
    pub(crate) fn stocked() -> Shop {
        let shop = Shop::new();
        shop.write("leads.csv", LEADS);
        shop.done("import leads.csv --max-rejects 1");
        shop.done("devices apply devices.toml");
        shop.done("sequence apply welcome.toml");
        shop
    }

    /// Runs the program, its words split at spaces.
    pub(crate) fn run(&self, words: &str) -> Ended {
        end(self.program().args(words.split_whitespace()))
    }

    /// Runs the program on a clock of that zone, and answers what it printed.
    pub(crate) fn zoned(&self, zone: &str, words: &str) -> String {
        let mut command = self.program();
        let ended = end(command.env("TZ", zone).args(words.split_whitespace()));
        assert_eq!(ended.code, Some(0), "{words}: {}{}", ended.stdout, ended.stderr);
        ended.stdout
    }

    /// Runs the program with something to read.
    pub(crate) fn feed(&self, words: &str, input: &str) -> Ended {
        let mut command = self.program();
        end(command.args(words.split_whitespace()).write_stdin(input))
    }

    /// Runs the program, which must succeed, and answers what it printed.
    pub(crate) fn done(&self, words: &str) -> String {
        let ended = self.run(words);
        assert_eq!(ended.code, Some(0), "{words}: {}{}", ended.stdout, ended.stderr);
        ended.stdout
    }

    /// Runs the program, which must succeed, and answers what it says as JSON.
    pub(crate) fn json(&self, words: &str) -> Value {
        serde_json::from_str(&self.done(&format!("{words} --json"))).expect("the answer is JSON")
    }

    /// Runs the program, which must end with this code and a sentence that holds this.
    pub(crate) fn refused(&self, words: &str, code: i32, said: &str) {
        let ended = self.run(words);
        assert_eq!(ended.code, Some(code), "{words}: {}{}", ended.stdout, ended.stderr);
        assert!(ended.stderr.contains(said), "{words}: {}", ended.stderr);
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("the folder is ours");
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("the file is there")
    }
}

/// What a screen says with the time that it took taken out: ` in 79 ms`.
pub(crate) fn without_time(screen: &str) -> String {
    let (headline, rest) = screen.split_once('\n').unwrap_or((screen, ""));
    let headline = headline.split(" in ").next().unwrap_or(headline);
    format!("{headline}\n{rest}")
}
