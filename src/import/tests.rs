//! Import: whole files, through the front door.
