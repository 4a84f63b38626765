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
pub mod pace;
pub mod window;
// doers
pub mod import;
// ports
pub mod gateway;
pub mod store;
