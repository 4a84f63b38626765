//! The program with `disk.c` between it and its disk: what fails, what was counted, what was recorded.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// No run of the program takes longer; one that does hangs.
const HANGS_AFTER: Duration = Duration::from_secs(40);

/// A kind of call; the numbers are those of `disk.c`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Write = 1,
    Sync = 2,
    Open = 3,
    Truncate = 4,
    Map = 5,
    Rename = 6,
}

/// In place of an error: the process is killed when it comes to the call.
pub(crate) const KILLED: i32 = 0;

/// Which call fails, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) call: Call,
    /// The first that fails, from 1.
    pub(crate) nth: u64,
    /// Whether those after it fail too.
    pub(crate) for_good: bool,
    pub(crate) error: i32,
}

impl Fault {
    /// Whether nothing can be written any more. A single write that finds no room is a fault like any other
    /// to SQLite, which may have met it where it asks for no reason.
    pub(crate) fn is_a_full_disk(self) -> bool {
        self.call == Call::Write && self.for_good && self.error == libc::ENOSPC
    }
}

/// The numbers that the test and the library share.
pub(crate) struct Board {
    file: File,
}

impl Board {
    const FIELDS: u64 = 13;
    const HEALED: u64 = 4;
    const STRUCK: u64 = 5;
    const CALLS: u64 = 6;

    pub(crate) fn at(path: &Path, fault: Option<Fault>) -> Board {
        let file = File::options().read(true).write(true).create(true).truncate(true).open(path);
        let board = Board { file: file.expect("a board") };
        board.set(Board::FIELDS - 1, 0);
        if let Some(fault) = fault {
            let numbers = [
                fault.call as u64,
                fault.nth,
                u64::from(fault.for_good),
                u64::try_from(fault.error).expect("an errno"),
            ];
            (0..).zip(numbers).for_each(|(field, number)| board.set(field, number));
        }
        board
    }

    fn set(&self, field: u64, number: u64) {
        self.file.write_all_at(&number.to_ne_bytes(), field * 8).expect("the board takes numbers");
    }

    fn get(&self, field: u64) -> u64 {
        let mut number = [0; 8];
        self.file.read_exact_at(&mut number, field * 8).expect("the board has numbers");
        u64::from_ne_bytes(number)
    }

    /// From now on nothing fails.
    pub(crate) fn heal(&self) {
        self.set(Board::HEALED, 1);
    }

    /// Calls that failed.
    pub(crate) fn struck(&self) -> u64 {
        self.get(Board::STRUCK)
    }

    /// Calls of a kind.
    pub(crate) fn calls(&self, call: Call) -> u64 {
        self.get(Board::CALLS + call as u64)
    }
}

/// The library, built once.
pub(crate) struct Disk {
    library: PathBuf,
    folder: tempfile::TempDir,
}

impl Disk {
    /// Compiles the library; folders are in memory where the system has such a place.
    pub(crate) fn build() -> Disk {
        let memory = Path::new("/dev/shm");
        let folder =
            if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        let folder = folder.expect("a folder");
        let library = folder.path().join("disk.so");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/proving/disk.c");
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
            .args([library.as_path(), Path::new(source)])
            .arg("-lpthread")
            .status()
            .expect("a C compiler, which the bundled SQLite needs too");
        assert!(built.success(), "disk.c does not compile");
        Disk { library, folder }
    }

    /// A place for folders of trials.
    pub(crate) fn place(&self) -> PathBuf {
        self.folder.path().canonicalize().expect("it is there")
    }

    /// The program in a folder, with the library before its disk.
    pub(crate) fn program(&self, folder: &Path, board: &Path, trace: Option<&Path>) -> Command {
        let mut command = program(folder);
        command
            .env("LD_PRELOAD", &self.library)
            .env("DISK_FOLDER", folder)
            .env("DISK_BOARD", board);
        if let Some(trace) = trace {
            command.env("DISK_TRACE", trace);
        }
        command
    }
}

/// The program in a folder, and nothing of this machine's environment.
pub(crate) fn program(folder: &Path) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("broadcaster"));
    command.current_dir(folder).env_clear().envs(crate::rig::planted());
    command.env("HOME", folder).env("NO_COLOR", "1");
    command
}

/// How a run ended.
pub(crate) struct Ended {
    pub(crate) status: Option<ExitStatus>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    pub(crate) fn code(&self) -> Option<i32> {
        self.status?.code()
    }

    /// The end of a run of which nothing is asked but that it goes well.
    pub(crate) fn well(self, words: &str) -> Result<String, String> {
        if self.code() == Some(0) {
            return Ok(self.stdout);
        }
        Err(format!("{words} ended with {:?}: {}{}", self.status, self.stderr, self.stdout))
    }

    /// What the operator has to know of a full disk.
    pub(crate) fn says_that_the_disk_is_full(&self) -> Result<(), String> {
        let says_so =
            ["disk is full", "No space left"].iter().any(|words| self.stderr.contains(words));
        if says_so { Ok(()) } else { Err(format!("no word of a full disk: {}", self.stderr)) }
    }

    /// Whether a signal has ended it.
    pub(crate) fn died_of(&self, signal: i32) -> bool {
        self.status.is_some_and(|status| status.signal() == Some(signal))
    }

    /// The end of a run that met a fault: by itself, without a panic, and with a word when it failed.
    pub(crate) fn in_good_order(&self) -> Result<(), String> {
        let Some(status) = self.status else { return Err(format!("it hangs: {}", self.stderr)) };
        let panicked = self.stderr.contains("panicked");
        match status.code() {
            Some(0 | 1 | 3 | 10 | 11 | 78) if panicked => {
                Err(format!("it panics: {}", self.stderr))
            }
            Some(0) => Ok(()),
            Some(1 | 3 | 10 | 11 | 78) if !self.stderr.trim().is_empty() => Ok(()),
            _ => Err(format!("it ends with {status}: {}", self.stderr)),
        }
    }
}

/// Runs to the end, or kills what hangs. `meanwhile` is called again and again until then.
pub(crate) fn run(command: &mut Command, mut meanwhile: impl FnMut()) -> Ended {
    run_watched(command, |_| meanwhile())
}

/// The same, with a process at which one can look.
pub(crate) fn run_watched(command: &mut Command, mut meanwhile: impl FnMut(&Child)) -> Ended {
    let said = tempfile::tempfile().expect("a file for what it says");
    let answer = tempfile::tempfile().expect("a file for what it answers");
    let child = command
        .stdin(Stdio::null())
        .stdout(answer.try_clone().expect("a second handle"))
        .stderr(said.try_clone().expect("a second handle"))
        .spawn()
        .expect("the program starts");
    let status = wait(child, &mut meanwhile);
    Ended { status, stdout: text(&answer), stderr: text(&said) }
}

fn wait(mut child: Child, meanwhile: &mut impl FnMut(&Child)) -> Option<ExitStatus> {
    let began = Instant::now();
    while began.elapsed() < HANGS_AFTER {
        if let Some(status) = child.try_wait().expect("it is ours") {
            return Some(status);
        }
        meanwhile(&child);
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().expect("it is ours");
    child.wait().expect("it was killed");
    None
}

fn text(file: &File) -> String {
    let length = file.metadata().expect("an open file").len();
    let mut bytes = vec![0; usize::try_from(length).expect("a short text")];
    file.read_exact_at(&mut bytes, 0).expect("it was written");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Copies a folder to a new one.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).expect("a new folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        if entry.path().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            std::fs::copy(entry.path(), to.join(entry.file_name())).expect("room for a copy");
        }
    }
}
