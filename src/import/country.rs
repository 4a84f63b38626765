//! Import: countries, by ISO code or by name, and the time zone of those that have one time.
//!
//! In: a cell such as `MY`, `Malaysia` or `Brasil`. Out: a [`Region`], which tells how a phone number
//! without `+` is meant.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::LazyLock;

use super::header::normalise;

/// A country, as phone numbers know it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Region(rlibphonenumber::Region);

impl Region {
    /// The country of an ISO 3166 code of two letters, in any case.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Region> {
        let region = Region(rlibphonenumber::Region::from_code(code).ok()?);
        COUNTRIES.zones.contains_key(&region).then_some(region)
    }

    /// The country of an ISO code or of a name, the English one or one that its exports use.
    #[must_use]
    pub fn named(text: &str) -> Option<Region> {
        if text.len() == 2
            && let Some(region) = Region::from_code(text)
        {
            return Some(region);
        }
        let names = &COUNTRIES.names;
        names.get(text).or_else(|| names.get(normalise(text).as_str())).copied()
    }

    /// The code, two capitals.
    #[must_use]
    pub fn code(self) -> String {
        self.0.to_string()
    }

    /// The time zone, when the whole country lives by one time.
    #[must_use]
    pub fn zone(self) -> Option<&'static str> {
        COUNTRIES.zones.get(&self).copied().flatten()
    }

    pub(super) fn from_library(region: rlibphonenumber::Region) -> Region {
        Region(region)
    }

    pub(super) fn to_library(self) -> rlibphonenumber::Region {
        self.0
    }
}

impl FromStr for Region {
    type Err = String;

    fn from_str(text: &str) -> Result<Region, String> {
        Region::named(text.trim())
            .ok_or_else(|| format!("`{text}` is not a country; give a code of two letters like MY"))
    }
}

impl std::fmt::Display for Region {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(&self.0, f)
    }
}

impl std::fmt::Debug for Region {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Region({})", self.0)
    }
}

struct Countries {
    names: HashMap<String, Region>,
    zones: HashMap<Region, Option<&'static str>>,
}

/// `code;zone;name|name|...`, a country a line. The zone is empty where clocks of one country differ.
static COUNTRIES: LazyLock<Countries> = LazyLock::new(|| {
    let mut countries = Countries { names: HashMap::new(), zones: HashMap::new() };
    for line in include_str!("countries.txt").lines() {
        let mut parts = line.split(';');
        let (Some(code), Some(zone), Some(names)) = (parts.next(), parts.next(), parts.next())
        else {
            continue;
        };
        let Ok(region) = rlibphonenumber::Region::from_code(code) else { continue };
        countries.zones.insert(Region(region), Some(zone).filter(|zone| !zone.is_empty()));
        for name in names.split('|') {
            // The usual spelling is found without normalising it in every row.
            countries.names.insert(name.to_owned(), Region(region));
            countries.names.insert(normalise(name), Region(region));
        }
    }
    countries
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_is_known_by_code_and_by_name() {
        let known = ["my", "MY", "Malaysia", "malaysia ", "MALAYSIA"];
        assert!(known.iter().all(|text| Region::named(text) == Region::from_code("MY")));
        assert_eq!(Region::named("Brasil"), Region::from_code("BR"));
        assert_eq!(Region::named("Côte d'Ivoire"), Region::from_code("CI"));
        assert_eq!(Region::named("USA"), Region::from_code("US"));
    }

    #[test]
    fn what_is_no_country_is_not_guessed() {
        for text in ["", "XX", "001", "Narnia", "M", "MYS?"] {
            assert_eq!(Region::named(text), None, "{text}");
        }
        assert!("Narnia".parse::<Region>().unwrap_err().contains("two letters"));
    }

    #[test]
    fn only_a_country_with_one_time_has_a_zone() {
        let zone = |code| Region::from_code(code).unwrap().zone();
        assert_eq!(zone("MY"), Some("Asia/Kuala_Lumpur"));
        assert_eq!(zone("US"), None);
        assert_eq!(zone("PT"), None, "the Azores are an hour behind");
    }

    #[test]
    fn every_line_of_the_list_is_read_and_every_zone_exists() {
        assert_eq!(include_str!("countries.txt").lines().count(), COUNTRIES.zones.len());
        for zone in COUNTRIES.zones.values().flatten() {
            assert!(jiff::tz::TimeZone::get(zone).is_ok(), "{zone}");
        }
    }
}
