//! Decider: what the operator's files say, as nouns: devices, sequences and campaigns. Each reader
//! takes the text of one file and gives what it describes, or everything that is wrong with it.

pub mod devices;
mod name;
pub mod pace;
pub mod sequence;
pub mod window;
