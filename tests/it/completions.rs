//! The scripts and pages under `completions/` are those that the program writes. To write them anew:
//!
//! ```sh
//! WRITE_COMPLETIONS=1 cargo test --test it are_current
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::program::{broadcaster, end, run};

const REMEDY: &str =
    "is not what the program writes; run: WRITE_COMPLETIONS=1 cargo test --test it are_current";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("completions")
}

fn is_to_write() -> bool {
    std::env::var_os("WRITE_COMPLETIONS").is_some()
}

#[test]
fn completion_scripts_are_current() {
    for (shell, name) in
        [("bash", "broadcaster.bash"), ("zsh", "_broadcaster"), ("fish", "broadcaster.fish")]
    {
        let written = run(&format!("completions {shell}"));
        assert_eq!(written.code, Some(0));
        let path = folder().join(name);
        if is_to_write() {
            std::fs::write(&path, &written.stdout).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == written.stdout, "{} {REMEDY}", path.display());
    }
}

#[test]
fn manual_pages_are_current() {
    let scratch = tempfile::tempdir().unwrap();
    let made = scratch.path().join("man");
    assert_eq!(end(broadcaster(scratch.path()).args(["man", "--dir", "man"])).code, Some(0));
    let kept = folder().join("man");
    if is_to_write() {
        let _ = std::fs::remove_dir_all(&kept);
        std::fs::create_dir_all(&kept).unwrap();
        for (name, page) in pages(&made) {
            std::fs::write(kept.join(name), page).unwrap();
        }
    }
    let (made, kept) = (pages(&made), pages(&kept));
    let names = |pages: &BTreeMap<String, String>| pages.keys().cloned().collect::<Vec<_>>();
    assert!(!made.is_empty());
    assert_eq!(names(&made), names(&kept), "completions/man {REMEDY}");
    for (name, page) in made {
        assert!(kept[&name] == page, "completions/man/{name} {REMEDY}");
    }
}

#[test]
fn bash_reads_its_script() {
    let script = folder().join("broadcaster.bash");
    let checked = std::process::Command::new("bash").arg("-n").arg(script).output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}

#[test]
fn one_page_is_printed_like_the_one_that_is_kept() {
    let page = run("man leads list");
    let kept = std::fs::read_to_string(folder().join("man/broadcaster-leads-list.1")).unwrap();
    assert_eq!(page.stdout, kept);
    assert!(kept.contains(".SH EXAMPLES"));
    assert!(kept.contains("broadcaster leads list"));
}

/// The files of a folder by name.
fn pages(folder: &Path) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let page = |entry: std::fs::DirEntry| {
        let text = std::fs::read_to_string(entry.path()).ok()?;
        Some((entry.file_name().into_string().ok()?, text))
    };
    entries.filter_map(page).collect()
}
