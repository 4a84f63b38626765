//! The front door: every test here runs the program as a person or a cron line does.

// The scripts and pages under `completions/` are those that the program writes.
mod completions;
// Help pages, refusals and exit codes read as promised.
mod help;
mod program;
