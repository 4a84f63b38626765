//! The front door: every test here runs the program as a person or a cron line does, or a backend
//! through its ports.

// The scripts and pages under `completions/` are those that the program writes.
mod completions;
// The laws of the ports, run over every backend.
mod contract;
// The demo runs the whole daily path.
mod demo;
// `export` streams every record whole and never over a file by mistake.
mod export;
mod fake_gateway;
// A gateway that plays every fate is understood, and believed no more than it deserves.
mod gateways;
// Help pages, refusals and exit codes read as promised.
mod help;
// `backup`, `check` and `archive`.
mod keep;
// What the operator sees of messages and decides about them.
mod messages;
mod program;
mod rig;
mod scene;
// Messages go out through the program and a gateway of its own, whatever breaks on the way.
mod serve;
// Every statement is prepared, none on the hot path scans, and code and schema agree.
mod sql;
// How far everything is, from counts alone.
mod status;
// `check` sees every broken invariant; backup and archive lose nothing.
mod upkeep;
// Which rule holds a lead, a device or a message.
mod why;
