//! Adapter: gateways like to repeat in an answer what they were asked to send. What a message says is for
//! its lead, so it is struck out of what logs and people are told of the answer.

use super::Parcel;

/// What stands where the text stood.
const STRUCK_OUT: &str = "[text]";

/// So many characters in a row are an echo, even where an answer that was cut ends before the text does.
const TELLING: usize = 12;

/// Shorter texts are words of any answer.
const SHORTEST: usize = 4;

/// What is said of an answer, without what it echoes of the parcel's words.
pub(super) fn without_echo(said: String, parcel: &Parcel) -> String {
    let caption = parcel.media.as_ref().map_or("", |media| media.caption.as_str());
    [parcel.text.as_str(), caption].into_iter().fold(said, struck_out)
}

fn struck_out(said: String, text: &str) -> String {
    let text = text.trim();
    if text.chars().count() < SHORTEST {
        return said;
    }
    let spellings = spellings(text);
    let (mut kept, mut rest) = (String::with_capacity(said.len()), said.as_str());
    while let Some(next) = rest.chars().next() {
        if let Some(echoed) = echoed(rest, &spellings) {
            kept.push_str(STRUCK_OUT);
            rest = &rest[echoed..];
        } else {
            kept.push(next);
            rest = &rest[next.len_utf8()..];
        }
    }
    kept
}

/// The text as it stands, as it is shown on one line, and as JSON writes it with and without characters
/// beyond ASCII.
fn spellings(text: &str) -> [String; 4] {
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    let quoted = serde_json::Value::from(text).to_string();
    let json = quoted[1..quoted.len() - 1].to_owned();
    let mut ascii = String::with_capacity(json.len());
    for character in json.chars() {
        if character.is_ascii() {
            ascii.push(character);
        } else {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                ascii.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    [text.to_owned(), line, json, ascii]
}

/// How much of the beginning of what is said is an echo, in bytes: of the spelling that agrees longest.
fn echoed(said: &str, spellings: &[String]) -> Option<usize> {
    let agreeing = |spelling: &String| -> Option<usize> {
        let same = said.chars().zip(spelling.chars()).take_while(|(said, meant)| said == meant);
        let (count, bytes) = same.fold((0, 0), |(n, b), (c, _)| (n + 1, b + c.len_utf8()));
        (count >= TELLING || bytes == spelling.len()).then_some(bytes)
    };
    spellings.iter().filter_map(agreeing).max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_echo_is_struck_out_however_it_is_spelled() {
        let text = "Hi Zoë, your \"offer\" ends\ntoday";
        for said in [
            text.to_owned(),
            serde_json::json!({ "text": text }).to_string(),
            r#"{"text":"Hi Zo\u00eb, your \"offer\" ends\ntoday"}"#.to_owned(),
            "500: Hi Zoë, your \"off…".to_owned(),
        ] {
            let kept = struck_out(said.clone(), text);
            assert!(kept.contains(STRUCK_OUT) && !kept.contains("offer"), "{said}: {kept}");
        }
    }

    #[test]
    fn other_words_stay() {
        let said = "422: number is not on whatsapp";
        assert_eq!(struck_out(said.to_owned(), "Hi Ann, this is the shop"), said);
        assert_eq!(struck_out(said.to_owned(), "is"), said);
        assert_eq!(struck_out(said.to_owned(), ""), said);
    }
}
