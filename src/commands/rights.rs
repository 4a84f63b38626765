//! What a sender should not run with: the rights of root, and a database that every user can replace.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::console::Console;

/// Says, once a start, what makes the machine or the leads less safe than they could be.
pub(super) fn warn(database: &Path, console: &Console) {
    if rustix::process::geteuid().is_root() {
        console.conversation().advise(
            "running as root, which no sending needs: a flaw, or a program that a gateway names, could \
             change anything on this machine; run it as a user of its own, as examples/broadcaster.service \
             does",
        );
    }
    if let Some(warning) = folder_open_to_all(database) {
        console.conversation().advise(&warning);
    }
}

/// The warning that every user of the machine can put another file in the place of the database.
pub(super) fn folder_open_to_all(database: &Path) -> Option<String> {
    let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let mode = std::fs::metadata(folder).ok()?.permissions().mode() & 0o7777;
    let folder = folder.display();
    (mode & 0o002 != 0).then(|| {
        format!("every user can write into {folder} (mode {mode:03o}), where the database lies")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_every_user_can_write_into_is_warned_of() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("broadcaster.db");
        let warning = |mode| {
            let rights = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(folder.path(), rights).unwrap();
            folder_open_to_all(&database)
        };
        for mode in [0o700, 0o755, 0o775] {
            assert_eq!(warning(mode), None, "{mode:o}");
        }
        assert!(warning(0o777).unwrap().contains("(mode 777)"));
        assert!(warning(0o1777).is_some(), "a log could be there before ours");
        warning(0o700);
    }
}
