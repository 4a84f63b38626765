//! Adapter: gateways like to repeat in an answer what they were asked to send. What a message says is for
//! its lead, so it is struck out of what logs and people are told of the answer.
//!
//! Letters and digits alone are compared, after what JSON, URLs and our own escapes do to them: an echo is
//! known however it is spelled, and wherever it begins or ends.

use std::collections::HashSet;
use std::ops::Range;

use super::Parcel;

/// What stands where the text stood.
const STRUCK_OUT: &str = "[text]";

/// So many letters and digits in a row are an echo.
const TELLING: usize = 12;

/// Texts with fewer of them are words of any answer.
const SHORTEST: usize = 4;

/// What is said of an answer, without what it echoes of the parcel's words.
pub(super) fn without_echo(said: String, parcel: &Parcel) -> String {
    let caption = parcel.media.as_ref().map_or("", |media| media.caption.as_str());
    [parcel.text.as_str(), caption].into_iter().fold(said, |said, text| struck_out(&said, text))
}

fn struck_out(said: &str, text: &str) -> String {
    let meant: Vec<char> = text.chars().filter(|letter| letter.is_alphanumeric()).collect();
    if meant.len() < SHORTEST {
        return said.to_owned();
    }
    // What looks like an escape may be the text's own, repeated as it stands.
    let mut echoes = echoes(&signs(said, spelled), &meant);
    echoes.extend(self::echoes(&signs(said, |_| None), &meant));
    echoes.sort_unstable_by_key(|echo| echo.start);
    let mut kept = String::with_capacity(said.len());
    // Up to where `said` is kept or struck out, and where the present echo ends.
    let (mut done, mut echo_ends) = (0, None);
    for Range { start, end } in echoes {
        if echo_ends.is_none_or(|echo_ends| start >= echo_ends) {
            kept.push_str(&said[done..start]);
            kept.push_str(STRUCK_OUT);
        }
        done = done.max(end);
        echo_ends = Some(done);
    }
    kept.push_str(&said[done..]);
    kept
}

/// Which bytes spell enough letters in a row of what is meant.
fn echoes(signs: &[Sign], meant: &[char]) -> Vec<Range<usize>> {
    let run = meant.len().min(TELLING);
    let runs: HashSet<&[char]> = meant.windows(run).collect();
    let letters: Vec<char> = signs.iter().map(|sign| sign.letter).collect();
    let places = letters.windows(run).zip(signs.windows(run));
    let echoes = places.filter(|(letters, _)| runs.contains(letters));
    echoes.map(|(_, signs)| signs[0].begins..signs[run - 1].ends).collect()
}

/// A letter or digit, and which bytes spell it.
struct Sign {
    letter: char,
    begins: usize,
    ends: usize,
}

fn signs(said: &str, spelled: impl Fn(&str) -> Option<(char, usize)>) -> Vec<Sign> {
    let mut signs = Vec::new();
    let mut begins = 0;
    while let Some(first) = said[begins..].chars().next() {
        let (letter, length) = spelled(&said[begins..]).unwrap_or((first, first.len_utf8()));
        let ends = begins + length;
        if letter.is_alphanumeric() {
            signs.push(Sign { letter, begins, ends });
        }
        begins = ends;
    }
    signs
}

/// The character that an escape at the beginning spells, and how many bytes do. A space stands for what
/// steers and for halves of what can't be told.
fn spelled(said: &str) -> Option<(char, usize)> {
    if said.starts_with('%') {
        return percent(said);
    }
    let rest = said.strip_prefix('\\')?;
    let Some(digits) = rest.strip_prefix('u') else {
        let kind = rest.chars().next()?;
        return Some((if kind.is_ascii_alphabetic() { ' ' } else { kind }, 1 + kind.len_utf8()));
    };
    if let Some((digits, _)) = digits.strip_prefix('{').and_then(|braced| braced.split_once('}')) {
        let letter = hexadecimal(digits).and_then(char::from_u32);
        return Some((letter.unwrap_or(' '), 4 + digits.len()));
    }
    let unit = |said: &str| u16::try_from(hexadecimal(said.get(..4)?)?).ok();
    let first = unit(digits)?;
    let second = said.get(6..).and_then(|next| next.strip_prefix("\\u")).and_then(unit);
    match char::decode_utf16([first].into_iter().chain(second)).next()? {
        Ok(letter) => Some((letter, 6 * letter.len_utf16())),
        Err(_) => Some((' ', 6)),
    }
}

/// Without the sign that numbers may have elsewhere.
fn hexadecimal(digits: &str) -> Option<u32> {
    let is_one = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_one.then(|| u32::from_str_radix(digits, 16).ok())?
}

/// `%C3%BC` is one letter of two bytes.
fn percent(said: &str) -> Option<(char, usize)> {
    let byte = |at: usize| -> Option<u8> {
        let digits = said.get(3 * at..)?.strip_prefix('%')?.get(..2)?;
        u8::try_from(hexadecimal(digits)?).ok()
    };
    let bytes: Vec<u8> = (0..4).map_while(byte).collect();
    let letter = |length: usize| std::str::from_utf8(bytes.get(..length)?).ok()?.chars().next();
    (1..=bytes.len()).find_map(|length| Some((letter(length)?, 3 * length)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_echo_is_struck_out_however_it_is_spelled() {
        let text = "Hi Zoë, it's Ann: your \"offer\" 😀 ends\nsoon, see https://shop.example/a";
        for said in [
            text.to_owned(),
            serde_json::json!({ "text": text }).to_string(),
            text.escape_debug().to_string(),
            r#"{"text":"Hi Zo\u00EB, it\u0027s Ann: your \"offer\" \ud83d\ude00 ends\nsoon, see https:\/\/shop.example\/a"}"#.to_owned(),
            "Hi+Zo%C3%AB%2C+it%27s+Ann%3A+your+%22offer%22+%F0%9F%98%80+ends%0Asoon".to_owned(),
            "500: Hi Zoë, it's Ann: your \"off…".to_owned(),
            "…'s Ann: your \"offer\" 😀 ends".to_owned(),
        ] {
            let kept = struck_out(&said, text);
            assert!(kept.contains(STRUCK_OUT), "{said}: {kept}");
            for word in ["Zo", "Ann", "off", "ends", "soon", "shop"] {
                assert!(!kept.contains(word), "{word} of {said}: {kept}");
            }
        }
    }

    #[test]
    fn an_escape_that_is_meant_as_it_stands_hides_nothing() {
        for text in ["it is 5%+0A00 today", "50%20 off", "a\\u0041b %41%42%43 cd", "%61%62cd"] {
            let encoded: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
            let json = serde_json::json!({ "text": text }).to_string();
            for said in [text.to_owned(), json, encoded] {
                assert!(struck_out(&said, text).contains(STRUCK_OUT), "{said}");
            }
        }
    }

    #[test]
    fn other_words_stay() {
        let said = "422: number is not on whatsapp";
        assert_eq!(struck_out(said, "Hi Ann, this is the shop"), said);
        assert_eq!(struck_out(said, "is"), said);
        assert_eq!(struck_out(said, ""), said);
        assert_eq!(struck_out("bad: Hello", "Hello"), "bad: [text]");
    }

    proptest! {
        #[test]
        fn whatever_is_said_is_read(said in "[\\\\%u{}0-9a-fA-F\\PC]{0,60}", text in "\\PC{0,30}") {
            struck_out(&said, &text);
        }

        #[test]
        fn an_echo_in_json_is_found(text in "[a-z\\PC]{20,60}", before in "\\PC{0,9}") {
            let meant = text.chars().filter(|letter| letter.is_alphanumeric()).count();
            prop_assume!(meant >= SHORTEST);
            let said = serde_json::json!({ "b": before, "text": text }).to_string();
            prop_assert!(struck_out(&said, &text).contains(STRUCK_OUT));
        }
    }
}
