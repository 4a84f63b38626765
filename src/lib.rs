#![doc = "The architecture text stands here."]

// nouns
pub mod clock;
pub mod device;
pub mod enrollment;
pub mod lead;
pub mod message;
pub mod outcome;
pub mod sequence;
// deciders
pub mod document;
pub mod files;
pub mod pace;
pub mod template;
pub mod units;
pub mod window;
// ports
pub mod gateway;
pub mod store;
pub mod retry;
pub mod plan;
pub mod enroll;
pub mod serve;
// shell
pub mod config;
