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
pub mod stagger;
pub mod template;
pub mod window;
pub mod zone;
// ports
pub mod gateway;
