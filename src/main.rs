//! Parse, run, exit code.

use std::ffi::OsString;
use std::process::ExitCode;

use broadcaster::cli::Cli;
use broadcaster::console::glance::Glance;
use broadcaster::{commands, console};

fn main() -> ExitCode {
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
