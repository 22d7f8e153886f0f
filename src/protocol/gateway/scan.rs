//! The quick reader for messages as the gateway writes them: type, data with nothing but texts and nulls, timestamp.
//!
//! It accepts nothing that the general reader would not read in the same way, and leaves everything else to it. It
//! writes each member where it belongs at once, which is where its speed comes from: the general reader hands a
//! structure of three hundred bytes from function to function.

use std::borrow::Cow;

use super::frame::{Data, Frame, Shape};
use crate::protocol::peek::{blank, expect};
use crate::protocol::wire::Text;

/// Reads a message whose type stands first and ends at `after`. `None` when it is written in another way; the frame is
/// half filled then.
pub(super) fn scan<'a>(json: &'a str, type_: &'a str, after: usize, frame: &mut Frame<'a>) -> Option<()> {
    if special(type_.as_bytes(), 0).is_some() {
        return None;
    }
    let mut scanner = Scanner { json, at: after };
    frame.type_ = Text::Is(Cow::Borrowed(type_));
    scanner.expect(b",")?;
    scanner.expect(b"\"data\"")?;
    scanner.expect(b":")?;
    scanner.data(frame)?;
    scanner.expect(b",")?;
    scanner.expect(b"\"timestamp\"")?;
    scanner.expect(b":")?;
    frame.time = scanner.number()?;
    scanner.expect(b"}")?;
    (blank(json.as_bytes(), scanner.at) == json.len()).then_some(())
}

/// The new state in an `ai_state_changed` whose type stands first and ends at `after`, where nothing else of it is asked
/// for. `None` when it is written in another way, holds anything but plain texts, or has no new state.
pub(super) fn scan_state(json: &str, after: usize) -> Option<&str> {
    let mut rest = json.get(after..)?.strip_prefix(",\"data\":{")?;
    let mut state = None;
    loop {
        let (name, value) = plain(rest)?;
        let (value, behind) = plain(value.strip_prefix(':')?)?;
        if name == "new_state" {
            state = Some(value);
        }
        match behind.as_bytes().first()? {
            b',' => rest = &behind[1..],
            b'}' => {
                rest = behind[1..].strip_prefix(",\"timestamp\":")?.strip_suffix('}')?;
                break;
            }
            _ => return None,
        }
    }
    // As for every message of which only the type is looked at, whether the rest is well-formed is not asked here, but
    // there must not be another member in it.
    if memchr::memchr(b'"', rest.as_bytes()).is_none() { state } else { None }
}

/// A text without escapes, and what stands behind it.
fn plain(json: &str) -> Option<(&str, &str)> {
    let rest = json.strip_prefix('"')?;
    let (text, rest) = rest.split_at_checked(special(rest.as_bytes(), 0)?)?;
    Some((text, rest.strip_prefix('"')?))
}

struct Scanner<'a> {
    json: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    fn bytes(&self) -> &'a [u8] {
        self.json.as_bytes()
    }

    fn peek(&self) -> Option<u8> {
        self.bytes().get(self.at).copied()
    }

    /// Passes over blanks and this.
    fn expect(&mut self, what: &[u8]) -> Option<()> {
        self.at = expect(self.bytes(), blank(self.bytes(), self.at), what)?;
        Some(())
    }

    /// The object `data`, and where it stands.
    fn data(&mut self, frame: &mut Frame<'a>) -> Option<()> {
        self.at = blank(self.bytes(), self.at);
        let start = self.at;
        self.expect(b"{")?;
        self.at = blank(self.bytes(), self.at);
        if self.peek() == Some(b'}') {
            self.at += 1;
        } else {
            loop {
                self.member(&mut frame.data)?;
                self.at = blank(self.bytes(), self.at);
                let end = self.peek()?;
                self.at += 1;
                match end {
                    b',' => {}
                    b'}' => break,
                    _ => return None,
                }
            }
        }
        frame.shape = Shape::Object;
        frame.found = self.json.get(start..self.at)?;
        Some(())
    }

    fn member(&mut self, data: &mut Data<'a>) -> Option<()> {
        self.at = blank(self.bytes(), self.at);
        let (name, plain) = self.string()?;
        self.expect(b":")?;
        if !plain {
            return None;
        }
        let place = match name {
            "text" => &mut data.text,
            "character_id" => &mut data.character_id,
            "message_id" => &mut data.message_id,
            "source" => &mut data.source,
            "author" => &mut data.author,
            "name" => &mut data.name,
            "new_state" => &mut data.new_state,
            "client_id" => &mut data.client_id,
            "reason" => &mut data.reason,
            // What is in them is not looked at here.
            "arguments" | "characters" => return None,
            _ => &mut Text::Absent,
        };
        self.at = blank(self.bytes(), self.at);
        if self.peek() == Some(b'n') {
            *place = Text::Absent;
            return self.expect(b"null");
        }
        let (text, plain) = self.string()?;
        *place = Text::Is(if plain { Cow::Borrowed(text) } else { Cow::Owned(unescape(text)?) });
        Some(())
    }

    /// What stands between two quotes, and whether it is free of escapes.
    fn string(&mut self) -> Option<(&'a str, bool)> {
        let bytes = self.bytes();
        let start = expect(bytes, self.at, b"\"")?;
        let (mut at, mut plain) = (start, true);
        loop {
            at = special(bytes, at)?;
            match bytes[at] {
                b'"' => break,
                b'\\' => {
                    plain = false;
                    at += 2;
                }
                // A control character must not stand in a text.
                _ => return None,
            }
        }
        self.at = at + 1;
        Some((self.json.get(start..at)?, plain))
    }

    /// A plain decimal number. Zeros in front and exponents are rare enough to be left to the general reader.
    fn number(&mut self) -> Option<f64> {
        self.at = blank(self.bytes(), self.at);
        let start = self.at;
        let (mut digits, mut point, mut exact) = (0_u64, None, true);
        loop {
            match self.peek()? {
                digit @ b'0'..=b'9' if digits < EXACT / 10 => digits = digits * 10 + u64::from(digit - b'0'),
                b'0'..=b'9' => exact = false,
                b'.' if point.is_none() && self.at > start => point = Some(self.at),
                b'.' | b'e' | b'E' => return None,
                _ => break,
            }
            self.at += 1;
        }
        let whole = point.unwrap_or(self.at) - start;
        let fraction = point.map_or(0, |point| self.at - point - 1);
        if whole == 0 || (whole > 1 && self.bytes()[start] == b'0') || (point.is_some() && fraction == 0) {
            return None;
        }
        match POWERS.get(fraction) {
            // Both numbers are exact, so the quotient is the nearest to what is written.
            Some(power) if exact => Some(digits as f64 / power),
            _ => self.json.get(start..self.at)?.parse().ok(),
        }
    }
}

/// Whole numbers up to here are exact as floating point numbers.
const EXACT: u64 = 1 << 53;
const POWERS: [f64; 17] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16];

/// A text whose escapes stand for what they stand for; `None` when one of them stands for nothing.
fn unescape(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        out.push_str(rest.get(..at)?);
        let escape = *rest.as_bytes().get(at + 1)?;
        rest = rest.get(at + 2..)?;
        out.push(match escape {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = hex(rest)?;
                rest = rest.get(4..)?;
                // Beyond the first 65,536 characters two of them stand for one.
                if (0xd800..0xdc00).contains(&first) {
                    let second = hex(rest.strip_prefix("\\u")?)?;
                    rest = rest.get(6..)?;
                    let low = second.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
                    char::from_u32(0x1_0000 + ((first - 0xd800) << 10 | low))?
                } else {
                    char::from_u32(first)?
                }
            }
            _ => return None,
        });
    }
    out.push_str(rest);
    Some(out)
}

/// The number in the first four hexadecimal digits.
fn hex(digits: &str) -> Option<u32> {
    let four = digits.get(..4).filter(|four| four.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
    u32::from_str_radix(four, 16).ok()
}

/// The place of the first quote, backslash or control character from `at` on, looked for in eight bytes at a time.
fn special(bytes: &[u8], mut at: usize) -> Option<usize> {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES << 7;
    // The high bit of each byte that is less than `limit`, which is 1 for zero bytes; beyond the first such byte there
    // may be wrong ones, so only the first counts.
    const fn less(word: u64, limit: u64) -> u64 {
        word.wrapping_sub(ONES * limit) & !word
    }
    while let Some(eight) = bytes.get(at..)?.first_chunk::<8>() {
        let word = u64::from_le_bytes(*eight);
        let quote = less(word ^ (ONES * b'"' as u64), 1);
        let backslash = less(word ^ (ONES * b'\\' as u64), 1);
        let found = (less(word, 0x20) | quote | backslash) & HIGH;
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    let rest = bytes.get(at..)?.iter();
    rest.clone().position(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)).map(|found| at + found)
}

#[cfg(test)]
mod tests {
    use super::super::frame::{Frame, read};
    use super::{scan, special};
    use crate::protocol::peek::{Peeked, peek_type};

    /// What the quick reader makes of it, if it takes it; checked against the general reader.
    fn both(json: &str) -> bool {
        let Peeked::Fast { name, after } = peek_type(json) else { return false };
        let mut quick = Frame::default();
        if scan(json, name, after, &mut quick).is_none() {
            return false;
        }
        let general = read(json).unwrap_or_else(|error| panic!("taken, but {error}: {json}"));
        assert_eq!(quick.body(json), general.body(json), "{json}");
        assert_eq!(format!("{:?}", quick.data), format!("{:?}", general.data), "{json}");
        assert_eq!((quick.type_, quick.shape), (general.type_, general.shape), "{json}");
        assert!((quick.time - general.time).abs() <= general.time.abs() * 1e-15 && !general.time_wrong, "{json}");
        true
    }

    const TAKEN: [&str; 11] = [
        r#"{"type":"sentence_ready","data":{"text":"Hi.","character_id":"c","message_id":"m"},"timestamp":1763719200.125}"#,
        r#"{"type":"sentence_ready","data":{"text":"a \"b\" \/\b\f\n\r\t\\ \u00e9\uFFFF \ud83d\ude00 é 本","character_id":null},"timestamp":1}"#,
        r#"{"type":"dialogue_received","data":{"message_id":"m","text":"","source":"ai","author":null},"timestamp":0.5}"#,
        r#"{"type":"a","data":{"text":"t"},"timestamp":1763719200.123456}"#,
        r#"{"type":"a","data":{"text":"t"},"timestamp":1763719200.1234567}"#,
        r#"{"type":"a","data":{"text":"t"},"timestamp":0.12345678901234567890123}"#,
        r#"{"type":"ai_state_changed","data":{"old_state":"idle","new_state":"thinking"},"timestamp":1763719200}"#,
        r#"{ "type" : "a" , "data" : { "text" : "t" , "x" : null } , "timestamp" : 7.25 } "#,
        r#"{"type":"a","data":{},"timestamp":1}"#,
        r#"{"type":"a","data":{"text":"one","text":"two","type":"b"},"timestamp":1}"#,
        r#"{"type":"a","data":{"text":"one","text":null},"timestamp":1}"#,
    ];

    #[test]
    fn what_is_written_as_usual_is_read_as_the_general_reader_reads_it() {
        for json in TAKEN {
            assert!(both(json), "not taken: {json}");
        }
    }

    #[test]
    fn what_is_written_otherwise_is_left_to_the_general_reader() {
        for json in [
            r#"{"type":"a"}"#,
            r#"{"type":"a","timestamp":1,"data":{}}"#,
            r#"{"type":"a","data":{},"timestamp":1,"type":"b"}"#,
            r#"{"type":"a","data":{"text":5},"timestamp":1}"#,
            r#"{"type":"a","data":{"t\u0065xt":"x"},"timestamp":1}"#,
            r#"{"type":"a","data":{"arguments":"x"},"timestamp":1}"#,
            r#"{"type":"a","data":{"text":"x"},"timestamp":null}"#,
            r#"{"type":"a","data":{"text":"x"},"timestamp":01}"#,
            r#"{"type":"a","data":{"text":"x"},"timestamp":1.}"#,
            r#"{"type":"a","data":{"text":"x"},"timestamp":1e3}"#,
            r#"{"type":"a","data":{"text":"x"},"timestamp":.5}"#,
            r#"{"type":"a","data":{"text":"x"},"timestamp":1.2.3}"#,
            r#"{"type":"a","data":{"text":"x"},"timestamp":-1}"#,
            r#"{"type":"a","data":{"text":"x",},"timestamp":1}"#,
            r#"{"type":"a","data":{"text":"\q"},"timestamp":1}"#,
            r#"{"type":"a","data":{"text":"\ud83d"},"timestamp":1}"#,
            r#"{"type":"a","data":{"text":"\ude00"},"timestamp":1}"#,
            r#"{"type":"a","data":{"text":"\ud83d\u0041"},"timestamp":1}"#,
            r#"{"type":"a","data":{"text":"\u+123"},"timestamp":1}"#,
            "{\"type\":\"a\",\"data\":{\"text\":\"\u{1}\"},\"timestamp\":1}",
            r#"{"type":"a","data":{"text":"x"},"timestamp":1} x"#,
            r#"{"type":"a","data":{"text":"x"},"timestamp":1"#,
            r#"{"type":"a","data":{"text":"x\"#,
        ] {
            assert!(!both(json), "taken: {json}");
        }
    }

    #[test]
    fn whatever_is_taken_is_read_in_the_same_way() {
        let mut random = fastrand::Rng::with_seed(7);
        let pieces = [
            "\"",
            "\\",
            "{",
            "}",
            ",",
            ":",
            "null",
            " ",
            "5",
            "\u{1}",
            "é",
            "\\u00e9",
            "\\uD83D",
            "\\uDE00",
            "\"text\":\"x\"",
            "",
        ];
        let mut taken = 0;
        for _ in 0..40_000 {
            let mut json = TAKEN[random.usize(..TAKEN.len())].to_owned();
            for _ in 0..random.usize(1..4) {
                let mut from = random.usize(..json.len());
                while !json.is_char_boundary(from) {
                    from -= 1;
                }
                let mut to = (from + random.usize(..3)).min(json.len());
                while !json.is_char_boundary(to) {
                    to += 1;
                }
                json.replace_range(from..to, pieces[random.usize(..pieces.len())]);
            }
            taken += usize::from(both(&json));
        }
        assert!(taken > 1_000, "only {taken} were taken, so little was compared");
    }

    #[test]
    fn a_state_is_found_where_the_general_reader_finds_it() {
        let state = |json: &str| {
            let Peeked::Fast { after, .. } = peek_type(json) else { return None };
            let found = super::scan_state(json, after)?;
            assert_eq!(read(json).expect("a message").data.new_state.get(), Some(found), "{json}");
            Some(found.to_owned())
        };
        let usual = r#"{"type":"ai_state_changed","data":{"old_state":"idle","new_state":"thinking"},"timestamp":1763719200.5}"#;
        assert_eq!(state(usual).as_deref(), Some("thinking"));
        for json in [
            r#"{"type":"a","data":{"new_state":"x"},"timestamp":1,"type":"b"}"#,
            r#"{"type":"a","data":{"new_state":"x"},"timestamp":1,"data":{"new_state":"y"}}"#,
            r#"{"type":"a","data":{"new_state":"x","of":{"new_state":"y"}},"timestamp":1}"#,
            r#"{"type":"a","data":{"new_state":"\u0078"},"timestamp":1}"#,
            r#"{"type":"a","data":{"old_state":"x"},"timestamp":1}"#,
            r#"{"type":"a","data":{"new_state":null},"timestamp":1}"#,
            r#"{"type":"a","data":{},"timestamp":1}"#,
            r#"{"type":"a","data":{"new_state":"x"}}"#,
            r#"{"type":"a","data":{"new_state":"x"#,
        ] {
            assert_eq!(state(json), None, "{json}");
        }
    }

    #[test]
    fn the_first_special_byte_is_found_wherever_it_is() {
        for len in 0..40 {
            for at in 0..len {
                for byte in [b'"', b'\\', 0, 0x1f] {
                    let mut bytes = vec![b'!'; len];
                    bytes[at] = byte;
                    bytes[len - 1] = if at == len - 1 { byte } else { b'"' };
                    assert_eq!(special(&bytes, 0), Some(at));
                }
            }
            assert_eq!(special(&vec![0xc3; len], 0), None);
            assert_eq!(special(&vec![b' '; len], 0), None);
        }
        assert_eq!(special(b"x", 9), None);
    }
}
