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
mod keep_dump;
mod program;
mod rig;
// Messages go out through the program and a gateway of its own, whatever breaks on the way.
mod scene;
mod serve;
// Every statement is prepared, none on the hot path scans, and code and schema agree.
mod sql;
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
