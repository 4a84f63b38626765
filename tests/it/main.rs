//! The front door: every test here runs the program as a person or a cron line does, or a backend
//! through its ports.

// The scripts and pages under `completions/` are those that the program writes.
mod completions;
// The laws of the ports, run over every backend.
mod contract;
mod fake_gateway;
// A gateway that plays every fate is understood, and believed no more than it deserves.
mod gateways;
// Help pages, refusals and exit codes read as promised.
mod help;
mod program;
mod rig;
// Messages go out through the program and a gateway of its own, whatever breaks on the way.
mod scene;
mod serve;
// `export` streams every record whole and never over a file by mistake.
mod export;
// `backup`, `check` and `archive`.
mod keep;
// What the operator sees of messages and decides about them.
mod messages;
// `status` and `why`.
mod status;
mod why;
// The demo runs the whole daily path.
mod demo;
// Every statement is prepared, none on the hot path scans, and code and schema agree.
mod sql;
// The walls of the house stand.
mod tidy;
// `check` sees every broken invariant; backup and archive lose nothing.
mod upkeep;
// Devices are applied, listed, held and tried out.
mod devices;
// Leads go on sequences and come off them.
mod enroll;
// Leads come in, and those who must not be written to.
mod import;
// Sequences are checked, previewed, applied and paused.
mod sequences;
// A first installation, and what is wrong with one.
mod setup;
mod shop;
