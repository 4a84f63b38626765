//! Import, whole files through the front door.

mod exports;
mod limits;
mod properties;
mod rejects;
mod rig;
mod shapes;
