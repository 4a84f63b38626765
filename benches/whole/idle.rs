//! The program with nothing due, in a process of its own: what it costs to have it running.

use std::time::Duration;

use super::Flags;
use super::machine::memory_of;
use super::pace::{done, start, stop, write_files};
use super::row::{Cost, Row};

/// Until the program has started and become quiet.
const SETTLING: Duration = Duration::from_secs(5);

/// Every device has leads, and every message falls due in a month.
pub(crate) fn idle(flags: &Flags) -> Vec<Row> {
    let folder = flags.folder();
    let leads = flags.scaled(3_000_000).min(500_000);
    write_files(folder.path(), flags.devices, leads, "127.0.0.1:9");
    for words in [
        "init --samples",
        "import leads.csv --region MY -q --max-rejects 0",
        "devices apply fleet.toml -q",
        "sequence apply paced.toml -q",
    ] {
        done(folder.path(), words);
    }
    let in_a_month = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(30 * 24);
    done(folder.path(), &format!("enroll --sequence paced --start-at {in_a_month} -q"));
    let sender = start(folder.path(), "serve-devices -q");
    let process = sender.id().to_string();
    std::thread::sleep(SETTLING);
    let cost = Cost::to(&process, || {
        std::thread::sleep(Duration::from_secs(flags.seconds));
        flags.devices
    });
    let memory = memory_of(&process).unwrap_or_default();
    stop(sender);
    let program = std::fs::metadata(env!("CARGO_BIN_EXE_broadcaster")).map_or(0, |file| file.len());
    vec![
        Row::new(format!("idle, {} devices, {leads} leads", flags.devices), cost)
            .also("CPU %", 100.0 * cost.cores())
            .also("MB", memory as f64 / 1e6)
            .also("program MB", program as f64 / 1e6),
    ]
}
