//! Parse, run, exit code.

use std::ffi::OsString;
use std::process::ExitCode;

use broadcaster::cli::Cli;
use broadcaster::console::glance::Glance;
use broadcaster::{commands, console};
use rustix::process::{Resource, Rlimit, setrlimit};

fn main() -> ExitCode {
    die_of_a_panic();
    keep_no_core();
    // Two TLS providers in one process panic at run time; the first to be installed stays.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let words: Vec<OsString> = std::env::args_os().collect();
    let (conversation, ended) = match Cli::read(words.iter().cloned()) {
        Ok(cli) => (console::conversation(&cli.globals), commands::run(cli)),
        Err(error) => {
            let glance = Glance::over(&words, |name| std::env::var(name).ok());
            (glance.conversation(), commands::refuse(&words, &error, glance.color))
        }
    };
    match ended {
        Ok(exit) => exit.into(),
        Err(failure) => {
            conversation.fail(&failure);
            failure.exit().into()
        }
    }
}

/// To unwind the main thread may wait for threads that never end, as those of an engine that could not start
/// all of them. What is half done is recovered as after any other death.
fn die_of_a_panic() {
    const PANICKED: i32 = 101;
    let tell = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        tell(panic);
        if std::thread::current().name() == Some("main") {
            std::process::exit(PANICKED);
        }
    }));
}

/// Secrets and addresses are in this process's memory, and a crash must not write it to a disk. Where the
/// system does not let us say so, it goes on all the same.
fn keep_no_core() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let _ = setrlimit(Resource::Core, none);
}
