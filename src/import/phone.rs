//! Import: the one canonicaliser of phone numbers.
//!
//! In: what a cell says and the country it belongs to. Out: E.164, or the reason why not. A number
//! without `+` and without a known country is refused, never guessed. Other commands that take an
//! address from a person use [`canonical_address`].

use std::borrow::Cow;

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat, PhoneNumberType};

use super::cells::{clean, is_invisible};
use super::country::Region;
use super::email::{EmailFault, canonical_email};
use super::trunk;
use crate::lead::Address;

/// A phone number that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone {
    /// The number in E.164.
    pub address: Address,
    /// The country that it belongs to; none for numbers of the whole world.
    pub region: Option<Region>,
    /// What was mended on the way.
    pub repaired: Option<Repair>,
    /// What answers at the other end.
    pub kind: PhoneKind,
}

/// What answers at a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhoneKind {
    /// A mobile phone.
    Mobile,
    /// Either; some countries don't tell them apart.
    MobileOrFixed,
    /// A fixed line.
    Fixed,
    /// A service: free, shared cost, internet telephony.
    Service,
}

impl PhoneKind {
    /// Whether a message to it can arrive on a mobile phone.
    #[must_use]
    pub fn may_be_mobile(self) -> bool {
        matches!(self, PhoneKind::Mobile | PhoneKind::MobileOrFixed)
    }
}

/// What was mended in a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repair {
    /// A spreadsheet took the leading zero.
    LostZero,
    /// A program wrote the number as a fraction: `60123456789.0`.
    DecimalPart,
    /// A spreadsheet wrote it as `6.0123456789E10`, with every digit still there.
    Scientific,
    /// The `1` after +52 that Mexico has retired; the number with it is kept as an alias.
    MexicanOne,
}

/// Why a text is not a phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneFault {
    /// There is nothing.
    #[error("the phone is empty")]
    Empty,
    /// It has no `+`, and nothing says which country is meant.
    #[error("the phone has no country code; write it with + or give a region")]
    NoCountry,
    /// A spreadsheet cut digits off: `6.01E+10`.
    #[error("a spreadsheet has cut digits off the phone")]
    ScientificLoss,
    /// It has no digits, or letters where digits belong.
    #[error("this is not a phone number")]
    NotANumber,
    /// No number of its country is that short.
    #[error("the phone is too short")]
    TooShort,
    /// No number of its country is that long.
    #[error("the phone is too long")]
    TooLong,
    /// No country has this code.
    #[error("no country has this code")]
    UnknownCountryCode,
    /// Its country has not handed out such numbers.
    #[error("no such number exists in its country")]
    NoSuchNumber,
}

/// Why a text is neither a phone number nor an e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressFault {
    /// It looks like a phone number.
    #[error(transparent)]
    Phone(#[from] PhoneFault),
    /// It looks like an e-mail address.
    #[error(transparent)]
    Email(#[from] EmailFault),
}

/// Reads an address as a person writes it: an e-mail address when it has an `@`, else a phone.
///
/// # Errors
///
/// Why it is neither.
pub fn canonical_address(text: &str, region: Option<Region>) -> Result<Address, AddressFault> {
    if text.contains('@') && strip_messenger_host(clean(text)).is_none() {
        return Ok(canonical_email(text)?);
    }
    Ok(canonical_phone(text, region)?.address)
}

/// Reads one phone number. `region` is the country of numbers that do not say theirs.
///
/// # Errors
///
/// Why it is not a number that a message could reach.
pub fn canonical_phone(text: &str, region: Option<Region>) -> Result<Phone, PhoneFault> {
    let value = clean(text);
    if value.is_empty() {
        return Err(PhoneFault::Empty);
    }
    let (digits, repaired) = unwrap(value)?;
    let mut phone = parse(&digits, region)?;
    phone.repaired = phone.repaired.or(repaired);
    Ok(phone)
}

/// Takes off what programs put around or into a number.
fn unwrap(value: &str) -> Result<(Cow<'_, str>, Option<Repair>), PhoneFault> {
    let value = strip_scheme(value);
    if let Some(user) = strip_messenger_host(value) {
        // A messenger's own address always begins with the country code.
        return Ok((Cow::Owned(format!("+{}", user.trim_start_matches('+'))), None));
    }
    let plain =
        |byte: u8| byte.is_ascii_digit() || matches!(byte, b'+' | b' ' | b'-' | b'(' | b')');
    if value.bytes().all(plain) {
        return Ok((Cow::Borrowed(value), None));
    }
    if let Some(digits) = read_scientific(value)? {
        return Ok((Cow::Owned(digits), Some(Repair::Scientific)));
    }
    if let Some(digits) = strip_decimal_part(value) {
        return Ok((Cow::Borrowed(digits), Some(Repair::DecimalPart)));
    }
    if is_grouped_by_commas(value) {
        return Ok((Cow::Owned(value.replace(',', "")), None));
    }
    if value.chars().any(is_invisible) {
        return Ok((Cow::Owned(value.replace(is_invisible, "")), None));
    }
    Ok((Cow::Borrowed(value), None))
}

fn strip_scheme(value: &str) -> &str {
    for scheme in ["tel:", "whatsapp:", "sms:", "callto:", "p:"] {
        if let (Some(head), Some(rest)) = (value.get(..scheme.len()), value.get(scheme.len()..))
            && head.eq_ignore_ascii_case(scheme)
        {
            return rest.trim_start();
        }
    }
    value
}

/// The digits before `@c.us` and its like.
pub(super) fn strip_messenger_host(value: &str) -> Option<&str> {
    let (user, host) = value.split_once('@')?;
    let is_host = ["c.us", "s.whatsapp.net"].iter().any(|known| host.eq_ignore_ascii_case(known));
    let is_user =
        !user.is_empty() && user.bytes().all(|byte| byte.is_ascii_digit() || byte == b'+');
    (is_host && is_user).then_some(user)
}

/// The digits of `6.0123456789E+10` when all of them are there; a fault when some are lost.
fn read_scientific(value: &str) -> Result<Option<String>, PhoneFault> {
    let Some((mantissa, exponent)) = value.split_once(['E', 'e']) else { return Ok(None) };
    let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
    let (whole, decimals) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() != 1
        || exponent.is_empty()
        || ![whole, decimals, exponent].into_iter().all(is_number)
    {
        return Ok(None);
    }
    if exponent.parse() == Ok(decimals.len()) {
        return Ok(Some(format!("{whole}{decimals}")));
    }
    Err(PhoneFault::ScientificLoss)
}

/// `60123456789.0` without its fraction. Seven digits tell it from a number grouped by points.
fn strip_decimal_part(value: &str) -> Option<&str> {
    let (digits, fraction) = value.split_once(['.', ','])?;
    let digits_only = digits.strip_prefix('+').unwrap_or(digits);
    let is_fraction = !fraction.is_empty() && fraction.bytes().all(|byte| byte == b'0');
    let is_whole = digits_only.len() >= 7 && digits_only.bytes().all(|byte| byte.is_ascii_digit());
    (is_fraction && is_whole).then_some(digits)
}

/// Whether the commas and points of a cell are those of one number that a spreadsheet has spoilt,
/// rather than signs between several numbers.
pub(super) fn is_one_number(value: &str) -> bool {
    is_grouped_by_commas(value)
        || strip_decimal_part(value).is_some()
        || !matches!(read_scientific(value), Ok(None))
}

/// Whether a spreadsheet wrote thousands: `60,123,456,789`.
fn is_grouped_by_commas(value: &str) -> bool {
    let mut groups = value.strip_prefix('+').unwrap_or(value).split(',');
    let is_number = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let leads = groups.next().is_some_and(|group| matches!(group.len(), 1..=3) && is_number(group));
    let mut rest = groups.peekable();
    leads && rest.peek().is_some() && rest.all(|group| group.len() == 3 && is_number(group))
}

fn parse(text: &str, region: Option<Region>) -> Result<Phone, PhoneFault> {
    if let Some(number) = trunk::read(text, region) {
        let lost = lost_a_zero(text, &number);
        if let Ok(phone) = judge(number) {
            return Ok(mended(phone, lost));
        }
    }
    parse_by_library(text, region)
}

fn parse_by_library(text: &str, region: Option<Region>) -> Result<Phone, PhoneFault> {
    if text.starts_with(['+', '＋']) {
        return judge(read(text, None)?);
    }
    // `00` means `+` in most of the world, and for a number whose country nobody told us.
    let international = text.strip_prefix("00").map(|rest| format!("+{rest}"));
    match (international, region) {
        (Some(text), None) => judge(read(&text, None)?),
        (Some(with_plus), Some(_)) => match read(&with_plus, None).and_then(judge) {
            Ok(phone) => Ok(phone),
            Err(_) => judge(read(text, region)?),
        },
        (None, None) if text.bytes().any(|byte| byte.is_ascii_digit()) => {
            Err(PhoneFault::NoCountry)
        }
        (None, None) => Err(PhoneFault::NotANumber),
        (None, Some(_)) => {
            let number = read(text, region)?;
            let lost = lost_a_zero(text, &number);
            judge(number).map(|phone| mended(phone, lost))
        }
    }
}

fn mended(phone: Phone, lost_a_zero: bool) -> Phone {
    Phone { repaired: phone.repaired.or(lost_a_zero.then_some(Repair::LostZero)), ..phone }
}

fn read(text: &str, region: Option<Region>) -> Result<PhoneNumber, PhoneFault> {
    use rlibphonenumber::ParseError;
    PHONE_NUMBER_UTIL.parse(text, region.map(Region::to_library)).map_err(|why| match why {
        ParseError::InvalidCountryCode => PhoneFault::UnknownCountryCode,
        ParseError::NotANumber(_) => PhoneFault::NotANumber,
        ParseError::TooShortAfterIdd | ParseError::TooShortNsn => PhoneFault::TooShort,
        ParseError::TooLongNsn => PhoneFault::TooLong,
    })
}

fn judge(number: PhoneNumber) -> Result<Phone, PhoneFault> {
    let kind = match PHONE_NUMBER_UTIL.get_number_type(&number) {
        PhoneNumberType::Mobile => PhoneKind::Mobile,
        PhoneNumberType::FixedLineOrMobile => PhoneKind::MobileOrFixed,
        PhoneNumberType::FixedLine => PhoneKind::Fixed,
        PhoneNumberType::Unknown => return without_mexican_one(&number),
        _ => PhoneKind::Service,
    };
    let region = PHONE_NUMBER_UTIL.get_region_for_number(&number).map(Region::from_library);
    let address = Address::from_canonical(number.format_as(PhoneNumberFormat::E164));
    Ok(Phone { address, region, repaired: None, kind })
}

/// Judges a number that its country does not know: `+52 1 55…` once more without the `1`.
fn without_mexican_one(number: &PhoneNumber) -> Result<Phone, PhoneFault> {
    let national = number.get_national_significant_number();
    if number.country_code == 52
        && national.len() == 11
        && let Some(rest) = national.strip_prefix('1')
    {
        let mut phone = judge(read(&format!("+52{rest}"), None)?)?;
        phone.repaired = Some(Repair::MexicanOne);
        return Ok(phone);
    }
    Err(match number.is_possible_with_reason() {
        Err(rlibphonenumber::ValidationError::TooShort) => PhoneFault::TooShort,
        Err(rlibphonenumber::ValidationError::TooLong) => PhoneFault::TooLong,
        _ => PhoneFault::NoSuchNumber,
    })
}

/// Whether `text` is a national number without the zero that its country writes before it.
fn lost_a_zero(text: &str, number: &PhoneNumber) -> bool {
    if text.starts_with('+') || text.bytes().find(u8::is_ascii_digit) == Some(b'0') {
        return false;
    }
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let written = digits(text);
    written == number.get_national_significant_number()
        && digits(&number.format_as(PhoneNumberFormat::National)).strip_prefix('0')
            == Some(written.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_as(text: &str, region: &str) -> Result<String, PhoneFault> {
        canonical_phone(text, Region::from_code(region))
            .map(|phone| phone.address.as_str().to_owned())
    }

    #[test]
    fn every_mangled_spelling_of_one_number_is_the_same_address() {
        for text in [
            "p:+60123456789",
            "'+60123456789",
            "tel:+60 12-345 6789",
            "whatsapp:+60123456789",
            "=\"0123456789\"",
            "012\u{A0}345\u{A0}6789",
            "\u{202A}+60123456789\u{202C}",
            "012\u{2011}345\u{2011}6789",
            "\u{FEFF}0123456789",
            "0123456789",
            "123456789",
            "60123456789",
            "0060123456789",
            "60123456789.0",
            "60123456789,00",
            "6.0123456789E10",
            "6.0123456789E+10",
            "6,0123456789e+10",
            "60,123,456,789",
            "60123456789@c.us",
            "60123456789@s.whatsapp.net",
            "+60 012-345 6789",
            "٠١٢٣٤٥٦٧٨٩",
            "０１２３４５６７８９",
            "＋60123456789",
            "012-345 6789 x123",
            "(012) 345 6789",
            "+6\u{200B}0123456789",
        ] {
            assert_eq!(read_as(text, "MY").as_deref(), Ok("+60123456789"), "{text:?}");
        }
    }

    #[test]
    fn numbers_of_other_countries_are_read_by_their_own_rules() {
        for (text, region, address) in [
            ("+62 0812-3456-7890", "MY", "+6281234567890"),
            ("+44 (0)20 7946 0018", "MY", "+442079460018"),
            ("011 60 12 345 6789", "US", "+60123456789"),
            ("3912345678", "IT", "+393912345678"),
            ("0612345678", "FR", "+33612345678"),
            ("912 345 678", "PT", "+351912345678"),
            ("9824840910", "IN", "+919824840910"),
            ("1-800-356-9377", "US", "+18003569377"),
            ("1-800-FLOWERS", "US", "+18003569377"),
        ] {
            assert_eq!(read_as(text, region).as_deref(), Ok(address), "{text:?} in {region}");
        }
    }

    #[test]
    fn what_is_no_number_says_why() {
        for (text, region, fault) in [
            ("", "MY", PhoneFault::Empty),
            ("n/a", "MY", PhoneFault::Empty),
            ("6.01E+10", "MY", PhoneFault::ScientificLoss),
            ("6E+10", "MY", PhoneFault::ScientificLoss),
            ("call me", "MY", PhoneFault::NotANumber),
            ("999", "MY", PhoneFault::TooShort),
            ("+999123456789", "MY", PhoneFault::UnknownCountryCode),
            ("+601234567890123456789", "MY", PhoneFault::TooLong),
            ("9824840910", "US", PhoneFault::NoSuchNumber),
        ] {
            assert_eq!(read_as(text, region), Err(fault), "{text:?} in {region}");
        }
    }

    #[test]
    fn a_number_without_a_country_is_never_guessed() {
        assert_eq!(canonical_phone("0123456789", None), Err(PhoneFault::NoCountry));
        assert_eq!(canonical_phone("60123456789", None), Err(PhoneFault::NoCountry));
        assert_eq!(canonical_phone("hello", None), Err(PhoneFault::NotANumber));
        for text in ["+60123456789", "0060123456789", "60123456789@c.us"] {
            assert_eq!(canonical_phone(text, None).unwrap().address.as_str(), "+60123456789");
        }
    }

    #[test]
    fn what_was_mended_is_told() {
        let repaired =
            |text, region| canonical_phone(text, Region::from_code(region)).unwrap().repaired;
        assert_eq!(repaired("0123456789", "MY"), None);
        assert_eq!(repaired("60123456789", "MY"), None);
        assert_eq!(repaired("123456789", "MY"), Some(Repair::LostZero));
        assert_eq!(repaired("912345678", "PT"), None, "Portugal dials no zero");
        assert_eq!(repaired("60123456789.0", "MY"), Some(Repair::DecimalPart));
        assert_eq!(repaired("6.0123456789E10", "MY"), Some(Repair::Scientific));
        assert_eq!(repaired("+52 1 55 1234 5678", "MY"), Some(Repair::MexicanOne));
    }

    #[test]
    fn a_number_knows_its_country_and_kind() {
        let phone = canonical_phone("+60123456789", None).unwrap();
        assert_eq!((phone.region, phone.kind), (Region::from_code("MY"), PhoneKind::Mobile));
        let phone = canonical_phone("+60321234567", None).unwrap();
        assert_eq!((phone.region, phone.kind), (Region::from_code("MY"), PhoneKind::Fixed));
        let phone = canonical_phone("(201) 555-0123", Region::from_code("US")).unwrap();
        assert_eq!((phone.region, phone.kind), (Region::from_code("US"), PhoneKind::MobileOrFixed));
    }

    #[test]
    fn an_address_is_a_phone_or_an_email() {
        let address = |text| canonical_address(text, Region::from_code("MY")).unwrap();
        assert_eq!(address("Ana@Example.org").as_str(), "ana@example.org");
        assert_eq!(address("012-345 6789").as_str(), "+60123456789");
        assert_eq!(address("60123456789@c.us").as_str(), "+60123456789");
        assert!(matches!(canonical_address("a@b", None), Err(AddressFault::Email(_))));
    }
}
