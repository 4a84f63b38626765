//! The files of the demo: made-up leads, a few bad rows among them as in every real list, and devices.

use std::fmt::Write;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

const FIRST_NAMES: [&str; 12] = [
    "Aisyah", "Bruno", "Catarina", "Daniel", "Farah", "Gustavo", "Hui Min", "Inês", "Kumar",
    "Leonor", "Mei", "Tiago",
];
const CITIES: [&str; 6] = ["Ipoh", "Lisboa", "Kuching", "Porto", "Melaka", "Braga"];

/// One row in so many can't be imported.
const BAD_ROW_EVERY: u32 = 250;

/// Steps that the average lead gets, for the gap.
const STEPS: f64 = 3.4;

/// How long the sending is to take at most, whatever the numbers.
const SENDING_SECONDS: f64 = 14.0;

/// A list of leads as somebody might export it.
pub(super) fn leads(count: u32, seed: u64) -> String {
    let mut rng = SmallRng::seed_from_u64(seed);
    let mut csv = String::from("Phone,First Name,City,Plan\n");
    for number in 0..count {
        let name = FIRST_NAMES[rng.random_range(0..FIRST_NAMES.len())];
        let city = CITIES[rng.random_range(0..CITIES.len())];
        let plan = if rng.random_bool(0.4) { "pro" } else { "free" };
        let phone = match number % BAD_ROW_EVERY {
            // A slip of the keyboard, and a cell that nobody filled.
            100 if number % 2 == 0 => "12".to_owned(),
            200 => String::new(),
            _ if number % 3 == 0 => format!("+35191{:07}", 2_000_000 + number),
            _ => format!("012-{:07}", 3_000_000 + number),
        };
        writeln!(csv, "{phone},{name},{city},{plan}").expect("a string takes every text");
    }
    csv
}

/// Devices with a gap so short that the demo does not take long.
pub(super) fn devices(count: u32, leads: u32) -> String {
    let messages = f64::from(leads) * STEPS / f64::from(count);
    let gap_ms = (SENDING_SECONDS * 1_000.0 / messages.max(1.0)).clamp(1.0, 40.0);
    let (least, most) = ((gap_ms * 0.5).max(1.0), (gap_ms * 1.5).max(2.0));
    let mut toml = format!(
        "[defaults]\ngateway = \"simulator\"\ngap = \"{least:.0}ms..{most:.0}ms\"\ndaily_cap = \
         \"unlimited\"\n"
    );
    for number in 1..=count {
        write!(toml, "\n[[devices]]\nname = \"demo-{number:03}\"\n")
            .expect("a string takes every text");
    }
    toml
}
