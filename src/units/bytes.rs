//! Sizes in bytes.

use super::{UnitError, leading_number};

const ACCEPTED: &str = "it like 512, 64KiB, 10MB or 2GiB";

/// Reads `512`, `64KiB`, `10MB`: `KB` counts by 1000, `KiB` by 1024.
///
/// # Errors
///
/// It is something else, or does not fit 64 bits.
pub fn bytes(text: &str) -> Result<u64, UnitError> {
    let not_a_size = || UnitError::not_a("a size", text, ACCEPTED);
    let (number, unit) = leading_number(text.trim()).ok_or_else(not_a_size)?;
    let factor: u64 = match unit.trim_start() {
        "" | "B" => 1,
        "KB" | "kB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "TB" => 1_000_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "TiB" => 1 << 40,
        _ => return Err(not_a_size()),
    };
    number.checked_mul(factor).ok_or_else(|| UnitError::because(text, "is too large a size"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_count_by_1000_or_by_1024() {
        for (text, size) in
            [("512", 512), ("64KiB", 65_536), ("10 MB", 10_000_000), ("2GiB", 2 << 30), ("0B", 0)]
        {
            assert_eq!(bytes(text), Ok(size), "{text}");
        }
        for text in ["", "MB", "1.5MB", "-1", "10MBit", "1K", "99999999999TiB"] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }
}
