//! Where a database may lie: not where it can't be written, and not where another machine could write to it.

#![expect(clippy::unwrap_used, reason = "a scene that can't be set up is a failed test")]

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output, Stdio};

use crate::shop::Shop;

/// Runs the program as one who may not write everywhere.
fn run_unprivileged(shop: &Shop, words: &str) -> Output {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("broadcaster"));
    command.current_dir(shop.path(".")).env_clear().args(words.split(' ')).stdin(Stdio::null());
    // Nothing is read-only to root.
    if rustix::process::geteuid().is_root() {
        use std::os::unix::process::CommandExt;
        command.uid(65_534).gid(65_534);
    }
    command.output().unwrap()
}

#[test]
fn what_may_only_be_read_is_refused_with_a_word() {
    for (file, word) in [(0o444, "may only be read"), (0o666, "the database can't be written")] {
        let shop = Shop::stocked();
        let suppressed = shop.done("suppress list");
        for (name, mode) in [("broadcaster.toml", 0o444), ("broadcaster.db", file), (".", 0o555)] {
            set_permissions(shop.path(name), Permissions::from_mode(mode)).unwrap();
        }
        for words in ["status", "suppress add +60123000001", "serve-devices --until-idle"] {
            let ended = run_unprivileged(&shop, words);
            let stderr = String::from_utf8_lossy(&ended.stderr);
            assert_eq!(ended.status.code(), Some(1), "{words}: {stderr}");
            assert!(stderr.contains("broadcaster.db"), "{words}: {stderr}");
            assert!(stderr.contains(word), "{words}: {stderr}");
        }
        set_permissions(shop.path("."), Permissions::from_mode(0o700)).unwrap();
        assert_eq!(shop.done("suppress list"), suppressed);
    }
}

#[cfg(feature = "proving")]
#[test]
fn no_command_opens_a_database_on_a_network_unless_the_settings_say_so() {
    use crate::program::{Ended, broadcaster, end};
    let shop = Shop::stocked();
    shop.done("backup copy.db");
    let on_nfs = |words: &str| -> Ended {
        let mut command = broadcaster(&shop.path("."));
        command.env("BROADCASTER_FILE_SYSTEM", "NFS");
        end(command.args(words.split(' ')))
    };
    let opening = [
        "import leads.csv --max-rejects 1",
        "suppress add +60123000001",
        "suppress remove +60123000001 -y",
        "leads tag vip --tag expo -y",
        "sequence apply welcome.toml -y",
        "sequence pause welcome -y",
        "sequence resume welcome -y",
        "devices apply devices.toml -y",
        "devices pause --all",
        "devices resume --all",
        "enroll --sequence welcome -y",
        "unenroll --sequence welcome --tag expo -y",
        "messages cancel --sequence welcome -y",
        "archive -y",
        "restore copy.db -y",
        "serve-devices --until-idle",
        "status",
        "export leads --output out.csv",
        "messages list",
        "leads list",
        "check",
        "backup another.db",
    ];
    for words in opening {
        let refused = on_nfs(words);
        assert_eq!(refused.code, Some(78), "{words}: {}", refused.stderr);
        assert!(refused.stderr.contains("broadcaster.db lies on NFS"), "{words}");
        assert!(refused.stderr.contains("any_filesystem = true"), "{words}");
    }
    for words in ["serve-devices --until-idle", "status", "check", "export leads"] {
        let once = on_nfs(&format!("{words} --any-filesystem"));
        assert_eq!(once.code, Some(0), "{words}: {}", once.stderr);
    }
    let diagnosis = on_nfs("doctor");
    assert_eq!(diagnosis.code, Some(78), "{}", diagnosis.stderr);
    assert!(diagnosis.stdout.contains("the database lies on NFS"), "{}", diagnosis.stdout);
    let settings = shop.read("broadcaster.toml");
    shop.write(
        "broadcaster.toml",
        &settings.replace("[database]\n", "[database]\nany_filesystem = true\n"),
    );
    for words in opening {
        let tried = on_nfs(words);
        assert_ne!(tried.code, Some(78), "{words}: {}", tried.stderr);
    }
}
