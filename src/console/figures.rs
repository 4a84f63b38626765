//! Shell: numbers as people read them: `187,402`, `9.8/s`, `3 min 12 s`.

use std::time::Duration;

/// `187,402`.
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `1 row`, `1,204 rows`.
#[must_use]
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// `41,602/s`, `9.8/s`, below one a second `6.1/m`, below one a minute `2.5/h`.
#[must_use]
pub fn rate(per_second: f64) -> String {
    let (amount, unit) = match per_second {
        none if none <= 0.0 || !none.is_finite() => return "0".to_owned(),
        slow if slow * 60.0 < 1.0 => (slow * 3600.0, 'h'),
        medium if medium < 1.0 => (medium * 60.0, 'm'),
        fast => (fast, 's'),
    };
    if amount < 99.95 { format!("{amount:.1}/{unit}") } else { format!("{}/{unit}", whole(amount)) }
}

/// `412 ms`, `4.8 s`, `3 min 12 s`, `2 h 04 min`, `11 d 3 h`.
#[must_use]
pub fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0 => format!("{} ms", span.subsec_millis()),
        1..10 => format!("{:.1} s", span.as_secs_f64().min(9.9)),
        10..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {:02} min", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

/// `97.7%`; `-` when there is no whole.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "one digit after the point is all that is shown")]
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "-".to_owned();
    }
    format!("{:.1}%", part as f64 * 100.0 / whole as f64)
}

/// `66.0 MB`, in powers of 1,000 as disks are sold.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "one digit after the point is all that is shown")]
pub fn bytes(bytes: u64) -> String {
    let mut amount = bytes as f64;
    let mut unit = "B";
    for larger in ["kB", "MB", "GB", "TB"] {
        if amount < 999.95 {
            break;
        }
        amount /= 1_000.0;
        unit = larger;
    }
    if unit == "B" { format!("{bytes} B") } else { format!("{amount:.1} {unit}") }
}

/// A row of bars, the tallest for the largest value: `▁▂▅▇█`.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the share is clamped to the eight bars"
)]
pub fn sparkline(values: &[f64]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let largest = values.iter().copied().fold(0.0, f64::max);
    let bar = |value: &f64| {
        let share = if largest > 0.0 { (value / largest).clamp(0.0, 1.0) } else { 0.0 };
        BARS[((share * 7.0).round() as usize).min(7)]
    };
    values.iter().map(bar).collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rate is positive and far below 2^64"
)]
fn whole(amount: f64) -> String {
    count(amount.round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_000), "1,000");
        assert_eq!(count(33_000_000), "33,000,000");
        assert_eq!(counted(1, "row", "rows"), "1 row");
    }

    #[test]
    fn rates_take_the_unit_that_reads_best() {
        assert_eq!(rate(41_602.4), "41,602/s");
        assert_eq!(rate(9.81), "9.8/s");
        assert_eq!(rate(0.1017), "6.1/m");
        assert_eq!(rate(0.0007), "2.5/h");
        assert_eq!(rate(0.0), "0");
        assert_eq!(rate(f64::NAN), "0");
    }

    #[test]
    fn spans_have_at_most_two_units() {
        let shown = |ms| span(Duration::from_millis(ms));
        assert_eq!(shown(412), "412 ms");
        assert_eq!(shown(4_830), "4.8 s");
        assert_eq!(shown(9_990), "9.9 s");
        assert_eq!(shown(192_000), "3 min 12 s");
        assert_eq!(shown(7_440_000), "2 h 04 min");
        assert_eq!(shown(961_200_000), "11 d 3 h");
    }

    #[test]
    fn shares_sizes_and_bars() {
        assert_eq!(percent(977, 1_000), "97.7%");
        assert_eq!(percent(0, 0), "-");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(65_970_000), "66.0 MB");
        assert_eq!(sparkline(&[0.0, 1.0, 2.0]), "▁▅█");
        assert_eq!(sparkline(&[0.0]), "▁");
    }
}
