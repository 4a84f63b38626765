//! The front door: every test here runs the program as a person or a cron line does, or a backend
//! through its ports.

#![expect(clippy::unwrap_used, reason = "a scene that can't be set up is a failed test")]
#![expect(clippy::disallowed_methods, reason = "a wait for another process ends by the wall clock")]

mod command_lines;
// The scripts and pages under `completions/` are those that the program writes.
mod completions;
// The laws of the ports, run over every backend.
mod contract;
// The demo runs the whole daily path.
mod demo;
// `export` streams every record whole and never over a file by mistake.
mod export;
// The files that people copy from work as they stand.
mod examples;
mod fake_gateway;
// A gateway that plays every fate is understood, and believed no more than it deserves.
mod gateways;
// Help pages, refusals and exit codes read as promised.
mod help;
mod program;
// What the README tells people to type works.
mod readme;
mod rig;
// Messages go out through the program and a gateway of its own, whatever breaks on the way.
mod scene;
mod serve;
// `export` streams every record whole and never over a file by mistake.
// `backup`, `check` and `archive`.
mod keep;
// What the operator sees of messages and decides about them.
mod messages;
// Messages go out through the program and a gateway of its own, whatever breaks on the way.
// Every statement is prepared, none on the hot path scans, and code and schema agree.
mod sql;
// How far everything is, from counts alone.
mod status;
// `check` sees every broken invariant; backup and archive lose nothing.
mod upkeep;
// Which rule holds a lead, a device or a message.
mod why;
