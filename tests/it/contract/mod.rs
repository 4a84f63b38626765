//! The contract of [`Store`] and [`Queue`] as laws, a file for each noun. Every law runs over every
//! backend under its own name, and after each the books must balance.
//!
//! A backend joins with one function beside [`open_model`] and one module in [`laws`].

#![expect(clippy::unwrap_used, reason = "a law that can't go on is broken")]

mod audit;
mod claims;
mod counts;
mod devices;
mod doubts;
mod enrollments;
mod history;
mod identity;
mod leads;
mod lockstep;
mod rig;
mod sequences;
mod settlements;
mod suppressions;
mod upfront;

use broadcaster::clock::Moment;
use broadcaster::message::InstanceId;
use broadcaster::store::sqlite::Sqlite;
use broadcaster::store::{Model, Queue, Store};

/// What a law needs of a backend.
pub(crate) trait Backend: Store + Queue {}

impl<T: Store + Queue> Backend for T {}

/// A fresh backend, and the folder that it lives in, if any.
pub(crate) struct Opened {
    pub(crate) backend: Box<dyn Backend>,
    #[expect(dead_code, reason = "keeps the folder until the law has ended")]
    pub(crate) folder: Option<tempfile::TempDir>,
}

pub(crate) fn open_model() -> Opened {
    Opened { backend: Box::new(Model::new()), folder: None }
}

pub(crate) fn open_sqlite() -> Opened {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broadcaster.db");
    let backend = Sqlite::create(&path, InstanceId(1), Moment(0)).unwrap();
    Opened { backend: Box::new(backend), folder: Some(folder) }
}

/// Runs laws, which are functions of a [`rig::Rig`], over every backend. A law that is left out is
/// dead code, which the compiler reports.
macro_rules! laws {
    ($($law:ident),+ $(,)?) => {
        mod model {
            $(#[test]
            fn $law() {
                crate::contract::rig::uphold(crate::contract::open_model(), super::$law);
            })+
        }

        mod sqlite {
            $(#[test]
            fn $law() {
                crate::contract::rig::uphold(crate::contract::open_sqlite(), super::$law);
            })+
        }
    };
}
use laws;
