//! Shell: the figures of screens that are not units: counted things, shares and bars.

use crate::units::thousands;

/// `1 row`, `1,204 rows`.
#[must_use]
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", thousands(number), if number == 1 { one } else { many })
}

/// `97.7%`; `-` when there is no whole.
#[must_use]
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "-".to_owned();
    }
    format!("{:.1}%", part as f64 * 100.0 / whole as f64)
}

/// A row of bars, the tallest for the largest value: `▁▂▅▇█`.
#[must_use]
pub fn sparkline(values: &[f64]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let largest = values.iter().copied().fold(0.0, f64::max);
    let bar = |value: &f64| {
        let share = if largest > 0.0 { (value / largest).clamp(0.0, 1.0) } else { 0.0 };
        BARS[((share * 7.0).round() as usize).min(7)]
    };
    values.iter().map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_no_plural() {
        assert_eq!(counted(1, "row", "rows"), "1 row");
        assert_eq!(counted(0, "row", "rows"), "0 rows");
        assert_eq!(counted(1_204, "row", "rows"), "1,204 rows");
    }

    #[test]
    fn a_share_of_nothing_is_no_number() {
        assert_eq!(percent(977, 1_000), "97.7%");
        assert_eq!(percent(0, 0), "-");
    }

    #[test]
    fn the_tallest_bar_is_the_largest_value() {
        assert_eq!(sparkline(&[0.0, 1.0, 2.0]), "▁▅█");
        assert_eq!(sparkline(&[0.0, -1.0, f64::NAN]), "▁▁▁");
    }
}
