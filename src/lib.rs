#![doc = "The architecture text stands here."]

pub mod clock;
pub mod device;
pub mod enrollment;
pub mod lead;
pub mod message;
pub mod outcome;
pub mod sequence;

pub mod pace;
pub mod plan;
pub mod retry;
pub mod stagger;
pub mod template;
pub mod units;
pub mod window;
pub mod zone;

pub mod gateway;
pub mod store;

pub mod enroll;
pub mod import;
pub mod mend;
pub mod report;
pub mod serve;

pub mod document;
pub mod files;

pub mod cli;
pub mod commands;
pub mod config;
pub mod console;
pub mod exit;
