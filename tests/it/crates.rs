//! What the binary is made of: where its crates come from, under which licences, and what must not be
//! among them.

use std::process::Command;

use serde_json::Value;

/// Licences under which a crate may be part of a binary that is passed on.
const LICENCES: [&str; 10] = [
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Each would be a second way to do what another crate does here, or bring a library of the system along.
const UNWANTED: [&str; 6] =
    ["aws-lc-sys", "chrono", "hyper-tls", "native-tls", "openssl-sys", "time-tz"];

/// One crate of those that this machine's build is made of.
struct Part {
    name: String,
    licence: String,
    /// Empty for a crate that lies in a folder.
    source: String,
}

fn parts() -> Vec<Part> {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().expect("there are packages");
    let text = |package: &Value, key: &str| package[key].as_str().unwrap_or_default().to_owned();
    packages
        .iter()
        .map(|package| Part {
            name: text(package, "name"),
            licence: text(package, "license"),
            source: text(package, "source"),
        })
        .collect()
}

fn metadata() -> Value {
    let rustc = Command::new("rustc").arg("-vV").output().expect("rustc is there");
    let about = String::from_utf8(rustc.stdout).expect("it speaks UTF-8");
    let host = about.lines().find_map(|line| line.strip_prefix("host: ")).expect("it has a host");
    let cargo = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--offline", "--format-version", "1"])
        .args(["--filter-platform", host])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo is there");
    assert!(cargo.status.success(), "{}", String::from_utf8_lossy(&cargo.stderr));
    serde_json::from_slice(&cargo.stdout).expect("it is JSON")
}

/// Whether one of the choices in each part that applies is ours.
fn is_ours(expression: &str) -> bool {
    let plain = expression.replace('/', " OR ").replace(['(', ')'], "");
    plain
        .split(" AND ")
        .all(|needed| needed.split(" OR ").any(|choice| LICENCES.contains(&choice.trim())))
}

#[test]
fn every_crate_comes_from_the_registry() {
    let parts = parts();
    assert!(parts.len() > 100, "only {} crates were found", parts.len());
    let strays: Vec<&str> = parts
        .iter()
        .filter(|part| !part.source.starts_with("registry+") && part.name != "broadcaster")
        .map(|part| part.name.as_str())
        .collect();
    assert!(strays.is_empty(), "{strays:?}");
}

#[test]
fn every_licence_lets_the_binary_be_passed_on() {
    assert!(!is_ours("GPL-3.0-only") && !is_ours("MIT AND GPL-2.0") && !is_ours(""));
    assert!(is_ours("(MIT OR Apache-2.0) AND Unicode-3.0") && is_ours("LGPL-2.1-or-later OR MIT"));
    let others: Vec<String> = parts()
        .iter()
        .filter(|part| !is_ours(&part.licence))
        .map(|part| format!("{}: {}", part.name, part.licence))
        .collect();
    assert!(others.is_empty(), "{others:?}");
}

#[test]
fn nothing_unwanted_is_among_the_crates() {
    let parts = parts();
    let unwanted: Vec<&str> = parts
        .iter()
        .map(|part| part.name.as_str())
        .filter(|name| UNWANTED.contains(name))
        .collect();
    assert!(unwanted.is_empty(), "{unwanted:?}");
    let engines = parts.iter().filter(|part| part.name == "libsqlite3-sys").count();
    assert_eq!(engines, 1, "two copies of SQLite would not see each other's locks");
}
