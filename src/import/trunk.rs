//! Import: phone numbers of countries with a simple way of dialling, taken apart without the library.
//!
//! Most of what the library does to a text is to find out which digits only open the line. In the
//! countries below that is one digit or none, and every code for dialling abroad begins with `00`, or
//! with `0` where no number at home does. So a plain spelling can mean one number only, *if* that one
//! exists: the caller has the library judge it, and whatever does not exist the library reads from the
//! beginning. A test compares both ways for every country.

use std::collections::HashMap;
use std::sync::LazyLock;

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber};

use super::country::Region;

/// At home a zero is dialled before the number.
const ZERO: &str = "AE AF AL AM AT AZ BA BD BE BG BL CD CH DE DZ EC EG EH ER ET FR GE GF GH GP HR ID IE IN \
IQ IR JO KE KG KH KI LA LB LK LR LY MA MC MD ME MF MK MM MN MQ MW MY NA NG NL NP PH PK PM PS PY RE RO RS \
RW SA SD SE SK SL SO SS SY TH TR TZ UA UG VE VN XK YE YT ZA ZM ZW";

/// At home a one may be dialled before the number.
const ONE: &str = "CA DO JM PR US";

/// At home nothing is dialled before the number.
const NOTHING: &str = "AD AO AW BF BH BI BJ BN BQ BT BW BZ CF CG CI CK CM CV CW CY CZ DJ DK EE ES FJ FK FM \
GI GL GM GN GQ GR GT GW GY HK HN HT IO IT KM KW LS LV ML MO MR MT MU MV MX MZ NC NE NI NO NR NU OM PA PF \
PL PT PW QA SB SC SG SH SJ SN SR ST SV SZ TG TK TL TN TO TV UZ VA VU WF WS";

/// The longest spelling that is looked at, and the most digits in it.
const TEXT_MAX: usize = 64;
const DIGITS_MAX: usize = 20;

/// No number within a country is shorter or longer.
const NATIONAL_MIN: usize = 4;
const NATIONAL_MAX: usize = 17;

/// How a country dials.
#[derive(Debug, Clone, Copy)]
struct Dialling {
    /// The country's own code.
    code: i32,
    /// The digit that opens the line at home.
    trunk: Option<u8>,
}

struct Countries {
    by_region: HashMap<Region, Dialling>,
    /// Those that speak for their code: its numbers are read by their rules.
    by_code: HashMap<i32, Dialling>,
}

static COUNTRIES: LazyLock<Countries> = LazyLock::new(|| {
    let mut countries = Countries { by_region: HashMap::new(), by_code: HashMap::new() };
    for (names, trunk) in [(ZERO, Some(b'0')), (ONE, Some(b'1')), (NOTHING, None)] {
        for region in names.split(' ').filter_map(Region::from_code) {
            let library = region.to_library();
            let Some(code) = PHONE_NUMBER_UTIL.get_country_code_for_region(library) else {
                continue;
            };
            let dialling = Dialling { code, trunk };
            countries.by_region.insert(region, dialling);
            if PHONE_NUMBER_UTIL.get_region_for_country_code(code) == Some(library) {
                countries.by_code.insert(code, dialling);
            }
        }
    }
    countries
});

/// The only number that `text` can mean, if it exists. `None` where that is not plain.
pub(super) fn read(text: &str, region: Option<Region>) -> Option<PhoneNumber> {
    let mut room = [0; DIGITS_MAX];
    let (is_international, digits) = digits_of(text, &mut room)?;
    let (dialling, national) = if is_international {
        split_code(digits)?
    } else {
        let dialling = *COUNTRIES.by_region.get(&region?)?;
        if begins_with_code(digits, dialling.code) {
            return None;
        }
        let zero = dialling.trunk.filter(|trunk| *trunk == b'0');
        (dialling, zero.and_then(|zero| digits.strip_prefix(&[zero])).unwrap_or(digits))
    };
    let first = *national.first()?;
    if first == b'0'
        || Some(first) == dialling.trunk
        || !(NATIONAL_MIN..=NATIONAL_MAX).contains(&national.len())
    {
        return None;
    }
    Some(PhoneNumber {
        country_code: dialling.code,
        national_number: number_of(national),
        ..PhoneNumber::default()
    })
}

/// The digits of a plain spelling, and whether a `+` stands before them.
fn digits_of<'r>(text: &str, room: &'r mut [u8; DIGITS_MAX]) -> Option<(bool, &'r [u8])> {
    if text.len() > TEXT_MAX {
        return None;
    }
    let rest = text.strip_prefix('+');
    let mut length = 0;
    for byte in rest.unwrap_or(text).bytes() {
        match byte {
            b'0'..=b'9' => {
                *room.get_mut(length)? = byte;
                length += 1;
            }
            b' ' | b'-' | b'(' | b')' => {}
            _ => return None,
        }
    }
    Some((rest.is_some(), &room[..length]))
}

/// Parts the code of a country from the number in it. No code is the beginning of another, and none begins
/// with a zero.
fn split_code(digits: &[u8]) -> Option<(Dialling, &[u8])> {
    if digits.first() == Some(&b'0') {
        return None;
    }
    (1..=3).find_map(|length| {
        let (code, national) = digits.split_at_checked(length)?;
        let code = i32::try_from(number_of(code)).ok()?;
        Some((*COUNTRIES.by_code.get(&code)?, national))
    })
}

fn begins_with_code(digits: &[u8], code: i32) -> bool {
    let length = code.ilog10() as usize + 1;
    digits.get(..length).is_some_and(|head| number_of(head) == u64::from(code.unsigned_abs()))
}

fn number_of(digits: &[u8]) -> u64 {
    digits.iter().fold(0, |number, digit| number * 10 + u64::from(digit - b'0'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all_regions() -> Vec<Region> {
        let names = [ZERO, ONE, NOTHING];
        names.iter().flat_map(|names| names.split(' ').filter_map(Region::from_code)).collect()
    }

    /// A number of the country, by the library's own example with some digits changed.
    fn digits_near(region: Region) -> impl Strategy<Value = String> {
        let kinds = [
            rlibphonenumber::PhoneNumberType::Mobile,
            rlibphonenumber::PhoneNumberType::FixedLine,
            rlibphonenumber::PhoneNumberType::TollFree,
        ];
        let examples: Vec<String> = kinds
            .into_iter()
            .filter_map(|kind| {
                let library = region.to_library();
                PHONE_NUMBER_UTIL.get_example_number_for_type_and_region(library, kind).ok()
            })
            .map(|number| number.get_national_significant_number())
            .collect();
        let example = proptest::sample::select(examples);
        (example, any::<[u8; 3]>(), 0_usize..6, any::<bool>()).prop_map(
            |(example, new, from, cuts)| {
                let mut digits = example.into_bytes();
                let from = from.min(digits.len().saturating_sub(3));
                for (digit, new) in digits[from..].iter_mut().zip(new) {
                    *digit = b'0' + new % 10;
                }
                if cuts {
                    digits.pop();
                }
                String::from_utf8(digits).unwrap()
            },
        )
    }

    fn text() -> impl Strategy<Value = (Region, String)> {
        let near = |region: Region| (Just(region), digits_near(region));
        let any_digits = |region| (Just(region), "[0-9]{3,14}");
        let region = proptest::sample::select(all_regions());
        let digits = prop_oneof![
            3 => region.clone().prop_flat_map(near),
            1 => region.prop_flat_map(any_digits),
        ];
        let head = prop_oneof![
            Just(""),
            Just("0"),
            Just("1"),
            Just("00"),
            Just("+"),
            Just("+code"),
            Just("code"),
            Just("+code 0"),
            Just("code0"),
            Just("(0) "),
            Just("011 "),
        ];
        (digits, head, any::<[bool; 2]>()).prop_map(|((region, mut digits), head, parted)| {
            let code = PHONE_NUMBER_UTIL.get_country_code_for_region(region.to_library());
            let head = head.replace("code", &code.unwrap().to_string());
            for (at, sign) in [(3, "-"), (6, " ")]
                .into_iter()
                .zip(parted)
                .filter_map(|(sign, on)| on.then_some(sign))
            {
                if digits.len() > at {
                    digits.insert_str(at, sign);
                }
            }
            (region, head + &digits)
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn what_exists_is_what_the_library_reads((region, text) in text()) {
            if let Some(number) = read(&text, Some(region))
                && PHONE_NUMBER_UTIL.is_valid_number(&number)
            {
                let by_library = PHONE_NUMBER_UTIL.parse(&text, Some(region.to_library()));
                prop_assert_eq!(by_library.ok(), Some(number), "{} in {}", text, region);
            }
        }
    }

    #[test]
    fn most_spellings_are_plain() {
        let my = Region::from_code("MY");
        for plain in ["011-1000 0001", "+60 11-1000 0001", "(011) 10000001", "11 1000 0001"] {
            let number = read(plain, my).expect("it is plain");
            assert_eq!(
                (number.country_code, number.national_number),
                (60, 1_110_000_001),
                "{plain}"
            );
        }
        for other in ["601110000001", "+60 011 1000 0001", "00601110000001", "011-1000x1", "", "+"]
        {
            assert_eq!(read(other, my), None, "{other}");
        }
        assert_eq!(read("011-1000 0001", None), None);
    }
}
