//! Adapter: the gateways that we know: `preset = "gowa"`. A preset is a gateway's table as a config
//! could have it, and a config may say any of its keys differently.

use crate::document::Source;

const GOWA: &str = include_str!("presets/gowa.toml");
const SMSGATE: &str = include_str!("presets/smsgate.toml");

/// A known gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    name: &'static str,
    text: &'static str,
}

impl Preset {
    /// All of them, by the name that a config has for them.
    pub const ALL: [(&'static str, Preset); 2] = [
        ("gowa", Preset { name: "gowa", text: GOWA }),
        ("smsgate", Preset { name: "smsgate", text: SMSGATE }),
    ];

    /// The preset's table.
    #[must_use]
    pub fn source(self) -> Source {
        Source::new(format!("preset {}", self.name), self.text)
    }
}
