//! Where the config file is.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

const NAME: &str = "broadcaster.toml";

/// The config file to read, in this order: `given` by the flag, `$BROADCASTER_CONFIG`, the one in
/// the folder `here`, the one in `$XDG_CONFIG_HOME/broadcaster` or `~/.config/broadcaster`. The
/// first two are taken at their word, so that a file that should be there and is not is an error.
/// `None` when there is none: all settings have their defaults then.
#[must_use]
pub fn locate(
    given: Option<&Path>,
    here: &Path,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Option<PathBuf> {
    let demanded = given.map(Path::to_owned).or_else(|| set("BROADCASTER_CONFIG", &variable));
    demanded.or_else(|| places(here, variable).into_iter().find(|place| place.exists()))
}

/// Where a config file is looked for that nobody names: two places, one where there is no home.
#[must_use]
pub fn places(here: &Path, variable: impl Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    // The XDG rules say to pass over a relative path.
    let home = set("XDG_CONFIG_HOME", &variable).filter(|path| path.is_absolute());
    let home = home.or_else(|| set("HOME", &variable).map(|home| home.join(".config")));
    let at_home = home.map(|home| home.join("broadcaster").join(NAME));
    std::iter::once(here.join(NAME)).chain(at_home).collect()
}

fn set(name: &str, variable: &impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    variable(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_config_file_is_read() {
        let root = tempfile::tempdir().unwrap();
        let (here, xdg) = (root.path().join("here"), root.path().join("xdg"));
        std::fs::create_dir_all(&here).unwrap();
        std::fs::create_dir_all(xdg.join("broadcaster")).unwrap();
        let environment = |name: &str| (name == "XDG_CONFIG_HOME").then(|| xdg.clone().into());
        assert_eq!(locate(None, &here, environment), None);

        let at_home = xdg.join("broadcaster/broadcaster.toml");
        std::fs::write(&at_home, "").unwrap();
        assert_eq!(locate(None, &here, environment), Some(at_home));

        std::fs::write(here.join(NAME), "").unwrap();
        assert_eq!(locate(None, &here, environment), Some(here.join(NAME)));

        let by_variable = |name: &str| (name == "BROADCASTER_CONFIG").then(|| "/gone.toml".into());
        assert_eq!(locate(None, &here, by_variable), Some("/gone.toml".into()));
        let flag = Path::new("flag.toml");
        assert_eq!(locate(Some(flag), &here, by_variable), Some(flag.into()));
    }

    #[test]
    fn without_an_environment_only_the_folder_counts() {
        let here = tempfile::tempdir().unwrap();
        assert_eq!(locate(None, here.path(), |_| Some(OsString::new())), None);
    }
}
