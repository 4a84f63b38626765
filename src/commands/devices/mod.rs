//! `devices`: who sends.

mod apply;
mod show;
mod steer;
mod test;

use super::workplace::settings;
use crate::cli::Globals;
use crate::cli::run::Devices;
use crate::config::Overrides;
use crate::console::Console;
use crate::document::did_you_mean;
use crate::exit::{Exit, Failure};
use crate::store::sqlite::Sqlite;
use crate::store::{self, Devices as DeviceStore, KnownDevice};

pub(super) fn run(
    asked: &Devices,
    globals: &Globals,
    console: &mut Console,
) -> Result<Exit, Failure> {
    let settings = settings(globals, Overrides::default(), console)?;
    match asked {
        Devices::Apply(asked) => apply::run(asked, &settings, console),
        Devices::List(asked) => show::list(asked, &settings, console),
        Devices::Show(asked) => show::show(asked, &settings, console),
        Devices::Pause(asked) => steer::pause(asked, &settings, console),
        Devices::Resume(asked) => steer::resume(asked, &settings, console),
        Devices::Test(asked) => test::run(asked, &settings, console),
    }
}

/// A device by its name, or the name that was probably meant.
pub(super) fn find(store: &Sqlite, name: &str) -> Result<KnownDevice, Failure> {
    match store.device(name) {
        Err(store::Error::Missing { .. }) => {
            let failure = Failure::missing(format!("there is no device `{name}`"));
            let known = store.devices()?;
            let names = known.iter().map(|known| known.device.name.as_str());
            let hint = did_you_mean(name, names)
                .unwrap_or("'broadcaster devices list' shows all".to_owned());
            Err(failure.with_word("no_device").with_hint(hint))
        }
        found => Ok(found?),
    }
}
