//! Quantities as people read them on a screen; nothing reads these back.

use std::time::Duration;

/// `412 ms`, `1.9 s`, `38 s`, `3 min 12 s`, `5 h 20 min`, `1.4 d`.
#[must_use]
pub fn human_duration(duration: Duration) -> String {
    let (ms, seconds) = (duration.as_millis(), duration.as_secs());
    // A second unit only where it says something, and nothing finer than that.
    let two = |large: u64, large_unit: &str, small: u64, small_unit: &str| match small {
        0 => format!("{large} {large_unit}"),
        small => format!("{large} {large_unit} {small} {small_unit}"),
    };
    match seconds {
        0 => format!("{ms} ms"),
        1..10 => format!("{} s", tenths(ms as f64 / 1_000.0)),
        10..60 => format!("{seconds} s"),
        60..3_600 => two(seconds / 60, "min", seconds % 60, "s"),
        3_600..86_400 => two(seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
        _ => format!("{} d", tenths(seconds as f64 / 86_400.0)),
    }
}

/// `1,204`.
#[must_use]
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// `512 B`, `1.4 MB`, `66 MB`: by 1000, as disks are sold.
#[must_use]
pub fn human_bytes(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1_000 {
        return format!("{bytes} B");
    }
    let mut size = bytes as f64 / 1_000.0;
    let mut unit = 0;
    // 999.95 kB would round to 1000 kB.
    while size >= 999.5 && unit < UNITS.len() - 1 {
        size /= 1_000.0;
        unit += 1;
    }
    format!("{} {}", tenths(size), UNITS[unit])
}

/// `9.8/s`, `6.1/m`, `12/h`, in the unit that leaves a number of at least one; `0` for none.
#[must_use]
pub fn human_rate(per_second: f64) -> String {
    if per_second <= 0.0 {
        return "0".to_owned();
    }
    let units = [("s", 1.0), ("m", 60.0), ("h", 3_600.0)];
    let chosen = units.into_iter().find(|(_, seconds)| per_second * seconds >= 0.95);
    let (unit, seconds) = chosen.unwrap_or(("d", 86_400.0));
    let count = per_second * seconds;
    if count >= 1_000.0 {
        return format!("{}/{unit}", thousands(count.round() as u64));
    }
    format!("{}/{unit}", tenths(count))
}

/// One place after the point below ten, when it is not zero; none above.
fn tenths(number: f64) -> String {
    let rounded = (number * 10.0).round() / 10.0;
    if rounded >= 10.0 || rounded.fract() == 0.0 {
        return format!("{number:.0}");
    }
    format!("{rounded:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_show_what_a_person_would_say() {
        for (ms, shown) in [
            (0, "0 ms"),
            (412, "412 ms"),
            (1_900, "1.9 s"),
            (2_000, "2 s"),
            (9_999, "10 s"),
            (38_400, "38 s"),
            (192_000, "3 min 12 s"),
            (180_000, "3 min"),
            (19_200_000, "5 h 20 min"),
            (120_960_000, "1.4 d"),
            (864_000_000_000, "10000 d"),
        ] {
            assert_eq!(human_duration(Duration::from_millis(ms)), shown);
        }
    }

    #[test]
    fn large_numbers_are_grouped() {
        for (number, shown) in
            [(0, "0"), (999, "999"), (1_204, "1,204"), (33_000_000, "33,000,000")]
        {
            assert_eq!(thousands(number), shown);
        }
        assert_eq!(thousands(u64::MAX), "18,446,744,073,709,551,615");
    }

    #[test]
    fn sizes_and_rates_take_the_unit_that_fits() {
        for (bytes, shown) in
            [(512, "512 B"), (1_400_000, "1.4 MB"), (66_000_000, "66 MB"), (999_999, "1 MB")]
        {
            assert_eq!(human_bytes(bytes), shown);
        }
        for (rate, shown) in [
            (9.8, "9.8/s"),
            (6.1 / 60.0, "6.1/m"),
            (0.0, "0"),
            (41_602.4, "41,602/s"),
            (0.0001, "8.6/d"),
        ] {
            assert_eq!(human_rate(rate), shown);
        }
    }
}
