//! Import: bytes in any encoding become UTF-8 text.
//!
//! In: plain bytes. Out: text, chunk by chunk. What the operator or the byte order mark says counts;
//! else the first mebibyte is judged. As long as everything is ASCII the judgement waits, since a
//! list may hold its first `é` far down.

use std::io::{self, Read};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// How much is judged at the start.
const JUDGED_BYTES: usize = 1 << 20;
/// How much is read at a time.
const CHUNK_BYTES: usize = 64 << 10;

/// Reads text out of bytes.
pub(super) struct Text<R> {
    input: R,
    state: State,
    chunk: Vec<u8>,
    forced: Option<&'static Encoding>,
    has_mark: bool,
}

enum State {
    /// Nothing was read yet.
    Unread,
    /// Nothing but ASCII was seen.
    Ascii,
    /// UTF-8, given on as it is; whoever cuts the rows judges each row.
    Utf8,
    /// Another encoding.
    Transcoded(Box<Decoder>),
    /// The input has ended.
    Ended(&'static Encoding),
}

impl<R: Read> Text<R> {
    /// Text of `input`, in the encoding `forced` unless a byte order mark says otherwise.
    pub(super) fn new(input: R, forced: Option<&'static Encoding>) -> Text<R> {
        Text { input, state: State::Unread, chunk: Vec::new(), forced, has_mark: false }
    }

    /// The encoding, as far as it is known by now.
    pub(super) fn encoding(&self) -> &'static Encoding {
        match &self.state {
            State::Unread | State::Ascii | State::Utf8 => UTF_8,
            State::Transcoded(decoder) => decoder.encoding(),
            State::Ended(encoding) => encoding,
        }
    }

    /// Whether the text began with a byte order mark.
    pub(super) fn has_mark(&self) -> bool {
        self.has_mark
    }

    /// Appends some more text to `text`; false at the end.
    pub(super) fn read_more(&mut self, text: &mut Vec<u8>) -> io::Result<bool> {
        if matches!(self.state, State::Ended(_)) {
            return Ok(false);
        }
        self.chunk.clear();
        if matches!(self.state, State::Unread) {
            self.input.by_ref().take(JUDGED_BYTES as u64).read_to_end(&mut self.chunk)?;
        } else {
            self.read_what_is_there()?;
        }
        let is_last = self.chunk.is_empty();
        if matches!(self.state, State::Unread) {
            self.begin();
        }
        if matches!(self.state, State::Ascii) && !self.chunk.is_ascii() {
            self.state = State::of(judge(&self.chunk));
        }
        if let State::Transcoded(decoder) = &mut self.state {
            transcode(decoder, &self.chunk, is_last, text);
        } else {
            text.extend_from_slice(&self.chunk);
        }
        if is_last {
            self.state = State::Ended(self.encoding());
        }
        Ok(!is_last)
    }

    /// Reads one chunk without waiting for it to be full: a pipe may be slow.
    fn read_what_is_there(&mut self) -> io::Result<()> {
        self.chunk.resize(CHUNK_BYTES, 0);
        let length = loop {
            match self.input.read(&mut self.chunk) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        self.chunk.truncate(length);
        Ok(())
    }

    /// Judges the first chunk by its mark, the operator's word, or its zeros.
    fn begin(&mut self) {
        if let Some((encoding, mark)) = Encoding::for_bom(&self.chunk) {
            self.has_mark = true;
            self.chunk.drain(..mark);
            self.state = State::of(encoding);
        } else if let Some(encoding) = self.forced.or_else(|| utf16_by_zeros(&self.chunk)) {
            self.state = State::of(encoding);
        } else {
            self.state = State::Ascii;
        }
    }
}

impl State {
    fn of(encoding: &'static Encoding) -> State {
        if encoding == UTF_8 {
            State::Utf8
        } else {
            State::Transcoded(Box::new(encoding.new_decoder_without_bom_handling()))
        }
    }
}

fn transcode(decoder: &mut Decoder, bytes: &[u8], is_last: bool, text: &mut Vec<u8>) {
    let begin = text.len();
    let room =
        decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(bytes.len().saturating_mul(3) + 16);
    text.resize(begin + room, 0);
    let (_, _, written, _) = decoder.decode_to_utf8(bytes, &mut text[begin..], is_last);
    text.truncate(begin + written);
}

/// UTF-16 without a mark shows in its zeros: every second byte of Latin text.
fn utf16_by_zeros(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(4 << 10)];
    let pairs = sample.len() / 2;
    let zeros =
        |offset: usize| sample.iter().skip(offset).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    if pairs >= 4 && odd * 10 >= pairs * 7 && even * 10 <= pairs {
        Some(UTF_16LE)
    } else if pairs >= 4 && even * 10 >= pairs * 7 && odd * 10 <= pairs {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// Judges bytes that are not all ASCII. A few broken bytes among many sound ones do not make a UTF-8
/// file something else: its other rows would all be spoilt.
fn judge(bytes: &[u8]) -> &'static Encoding {
    let (mut sound, mut broken) = (0_usize, 0_usize);
    for part in bytes.utf8_chunks() {
        sound += part.valid().chars().filter(|c| !c.is_ascii()).count();
        broken += usize::from(!part.invalid().is_empty());
    }
    // The end of what is judged may cut a character in two.
    let cut = std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none());
    if broken == 0 || (broken == 1 && cut) || sound >= broken * 2 {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    detector.guess(None, Utf8Detection::Deny)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], forced: Option<&'static Encoding>) -> (String, &'static str) {
        let mut text = Text::new(bytes, forced);
        let mut all = Vec::new();
        while text.read_more(&mut all).unwrap() {}
        (String::from_utf8_lossy(&all).into_owned(), text.encoding().name())
    }

    fn utf16(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(order).collect()
    }

    const LINES: &str = "Name\tphone\nZoë Conceição\t+351912345678\n";

    #[test]
    fn every_usual_encoding_is_found_out() {
        let latin = encoding_rs::WINDOWS_1252.encode(LINES).0.into_owned();
        let cyrillic = "Имя;Телефон\nАнна Петрова;+79161234567\n";
        let cyrillic_bytes = encoding_rs::WINDOWS_1251.encode(cyrillic).0.into_owned();
        for (bytes, text, encoding) in [
            (LINES.as_bytes().to_vec(), LINES, "UTF-8"),
            ([b"\xEF\xBB\xBF", LINES.as_bytes()].concat(), LINES, "UTF-8"),
            (utf16(&format!("\u{FEFF}{LINES}"), u16::to_le_bytes), LINES, "UTF-16LE"),
            (utf16(&format!("\u{FEFF}{LINES}"), u16::to_be_bytes), LINES, "UTF-16BE"),
            (utf16(LINES, u16::to_le_bytes), LINES, "UTF-16LE"),
            (utf16(LINES, u16::to_be_bytes), LINES, "UTF-16BE"),
            (latin, LINES, "windows-1252"),
            (cyrillic_bytes, cyrillic, "windows-1251"),
            (Vec::new(), "", "UTF-8"),
        ] {
            assert_eq!(read(&bytes, None), (text.to_owned(), encoding));
        }
    }

    #[test]
    fn a_mark_wins_over_the_flag_and_the_flag_over_the_judgement() {
        let marked = [b"\xEF\xBB\xBF", LINES.as_bytes()].concat();
        assert_eq!(read(&marked, Some(encoding_rs::WINDOWS_1252)).0, LINES);
        assert_eq!(
            read(b"Zo\xEB", Some(encoding_rs::WINDOWS_1251)),
            ("Zoл".to_owned(), "windows-1251")
        );
    }

    #[test]
    fn the_first_accent_far_down_still_decides() {
        let mut bytes = b"ana,+60123456789\n".repeat(JUDGED_BYTES / 16);
        bytes.extend_from_slice(b"Zo\xEB Gon\xE7alves,+351912345678\n");
        let (text, encoding) = read(&bytes, None);
        assert_eq!(encoding, "windows-1252");
        assert!(text.ends_with("Zoë Gonçalves,+351912345678\n"));
    }

    #[test]
    fn one_broken_row_does_not_spoil_a_utf8_file() {
        let bytes = [LINES.as_bytes(), b"Ren\xE9\n", LINES.as_bytes()].concat();
        assert_eq!(read(&bytes, None).1, "UTF-8");
    }
}
