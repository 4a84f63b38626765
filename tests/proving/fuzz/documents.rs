//! Files that operators write: what is accepted can be kept and read back, what is not is shown with its
//! line.

use broadcaster::config;
use broadcaster::document::{Invalid, Source};
use broadcaster::files::pace::PaceKeys;
use broadcaster::files::{devices, sequence};
use broadcaster::gateway::spec::GatewaySpec;
use broadcaster::sequence::Sequence;

use super::Target;

pub(super) const SEQUENCE: Target = Target {
    name: "sequence",
    seeds: || examples(&["welcome.toml", "campaign.toml"]),
    words: &[
        "[[steps]]\n",
        "[steps.media]\n",
        "[constants]\n",
        "[audience]\n",
        "name = ",
        "body = ",
        "bodies = ",
        "delay = ",
        "window = ",
        "only_if = ",
        "expires = ",
        "kind = \"campaign\"\n",
        "starts_at = ",
        "schedule = \"upfront\"\n",
        "\"\"\"",
        "'''",
        "= 1d\n",
        "\"09:00-20:00\"",
        "{{ first_name }}",
        "{% if a %}",
        "[[",
        "]]",
        "[a.b.c]\n",
        "#",
    ],
    holds: a_sequence_is_kept_as_it_was_read,
};

pub(super) const CONFIG: Target = Target {
    name: "config",
    seeds: || examples(&["broadcaster.toml", "fake_gateway.toml"]),
    words: &[
        "[database]\n",
        "[defaults]\n",
        "[serve]\n",
        "[retention]\n",
        "[gateways.a]\n",
        "[gateways.a.request]\n",
        "[gateways.a.secrets]\n",
        "path = ",
        "region = \"XX\"\n",
        "preset = ",
        "kind = \"http\"\n",
        "url = ",
        "json = {",
        "rules = [",
        "outcome = ",
        "status = \"4xx\"",
        "token = { env = \"T\" }",
        "$.a.b[0]",
        "header:",
        "{{ to }}",
        "30s",
    ],
    holds: a_config_is_read_or_refused_with_a_line,
};

pub(super) const DEVICES: Target = Target {
    name: "devices",
    seeds: || examples(&["devices.toml"]),
    words: &[
        "[[devices]]\n",
        "[defaults]\n",
        "name = ",
        "gateway = \"lab\"\n",
        "gap = \"5s-15s\"\n",
        "rate = \"20/s\"\n",
        "daily_cap = 200\n",
        "rest = ",
        "ramp = ",
        "window = ",
        "zone = \"Asia/Kuala_Lumpur\"\n",
        "enabled = false\n",
    ],
    holds: |bytes| devices_are_named_once("devices.toml", bytes),
};

pub(super) const DEVICE_ROWS: Target = Target {
    name: "device_rows",
    seeds: || {
        vec![
            b"name,gateway,gap,daily_cap\nsim-1,lab,5s-15s,200\nsim-2,lab,,\n".to_vec(),
            b"name,gateway,sender,window,zone,enabled\nsim-1,lab,+60123,mon-fri 09:00-18:00,UTC,no\n".to_vec(),
        ]
    },
    words: &[
        "name", "gateway", "sender", "lab", "gap", "5s-15s", "window", "zone", "\n", ",", "\"",
        "sim-1", "none",
    ],
    holds: |bytes| devices_are_named_once("devices.csv", bytes),
};

fn examples(names: &[&str]) -> Vec<Vec<u8>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    names.iter().map(|name| std::fs::read(folder.join(name)).expect("an example")).collect()
}

fn a_sequence_is_kept_as_it_was_read(bytes: &[u8]) -> Result<(), String> {
    let surroundings = sequence::Surroundings { window: None, fields: None };
    let source = match Source::from_bytes("s.toml", bytes.to_vec()) {
        Ok(source) => source,
        Err(invalid) => return is_shown(&invalid, bytes),
    };
    match sequence::read(&source, surroundings) {
        Err(invalid) => is_shown(&invalid, bytes),
        Ok(read) => {
            let kept = serde_json::to_string(&read).map_err(|error| error.to_string())?;
            let back: Sequence = serde_json::from_str(&kept).map_err(|error| error.to_string())?;
            if back == read { Ok(()) } else { Err(format!("kept as {kept}")) }
        }
    }
}

fn a_config_is_read_or_refused_with_a_line(bytes: &[u8]) -> Result<(), String> {
    let source = match Source::from_bytes("c.toml", bytes.to_vec()) {
        Ok(source) => source,
        Err(invalid) => return is_shown(&invalid, bytes),
    };
    config::read(&source, GatewaySpec::read)
        .map_or_else(|invalid| is_shown(&invalid, bytes), |_| Ok(()))
}

fn devices_are_named_once(file: &str, bytes: &[u8]) -> Result<(), String> {
    let pace = PaceKeys::default();
    let surroundings = devices::Surroundings { pace: &pace, gateways: &["lab"] };
    let source = match Source::from_bytes(file, bytes.to_vec()) {
        Ok(source) => source,
        Err(invalid) => return is_shown(&invalid, bytes),
    };
    match devices::read(&source, surroundings) {
        Err(invalid) => is_shown(&invalid, bytes),
        Ok(devices) => {
            let names: std::collections::BTreeSet<&str> =
                devices.iter().map(|device| device.name.as_str()).collect();
            let all_named = names.len() == devices.len() && !names.contains("");
            if all_named { Ok(()) } else { Err(format!("{names:?}")) }
        }
    }
}

/// There is a finding, each has a line of the file, and the screen gets no sign that steers it.
fn is_shown(invalid: &Invalid, bytes: &[u8]) -> Result<(), String> {
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count() + 1;
    let entries = invalid.entries();
    if entries.is_empty() {
        return Err("refused without a reason".to_owned());
    }
    if let Some(astray) = entries.iter().find(|entry| !(1..=lines).contains(&entry.line)) {
        return Err(format!("line {} of {lines}: {}", astray.line, astray.message));
    }
    let shown = invalid.render(false);
    match shown.chars().find(|letter| letter.is_control() && !"\n\t".contains(*letter)) {
        Some(steering) => Err(format!("{steering:?} is shown")),
        None => Ok(()),
    }
}
