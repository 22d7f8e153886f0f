//! Reading what a service sends without trusting it: a member that has another type than it should is noticed, and the
//! rest of the message is still read.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A member that should be a text. A text without escapes is borrowed from the message; `Option<Cow>` would not do
/// that, since serde borrows for a bare `Cow` only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Text<'a> {
    /// Not there, or null.
    #[default]
    Absent,
    /// Here it is.
    Is(Cow<'a, str>),
    /// Something else than a text.
    Wrong,
}

impl Text<'_> {
    /// The text, or empty.
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Text::Is(text) => text,
            Text::Absent | Text::Wrong => "",
        }
    }

    /// The text, if it is one.
    pub(crate) fn get(&self) -> Option<&str> {
        match self {
            Text::Is(text) => Some(text),
            Text::Absent | Text::Wrong => None,
        }
    }

    /// Whether it is there but not a text.
    pub(crate) const fn is_wrong(&self) -> bool {
        matches!(self, Text::Wrong)
    }
}

/// Everything that is neither a text nor null ends here.
macro_rules! wrong {
    ($($method:ident($type:ty);)*) => {
        $(fn $method<E>(self, _: $type) -> Result<Text<'de>, E> { Ok(Text::Wrong) })*
    };
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Text<'a>, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text::Is(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text::Is(Cow::Owned(text.to_owned())))
            }

            fn visit_unit<E>(self) -> Result<Text<'de>, E> {
                Ok(Text::Absent)
            }

            wrong! {
                visit_bool(bool);
                visit_i64(i64);
                visit_u64(u64);
                visit_f64(f64);
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Text<'de>, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Text::Wrong)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Text<'de>, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Text::Wrong)
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// Appends `text` as a JSON string, without memory of its own: the mirror is written so with every batch.
pub(crate) fn push_json_str(out: &mut String, text: &str) {
    const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    out.push('"');
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate().filter(|(_, byte)| matches!(byte, b'"' | b'\\' | 0..0x20)) {
        // What is escaped is ASCII, so the cuts fall between characters.
        out.push_str(text.get(plain..at).unwrap_or_default());
        plain = at + 1;
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            control => {
                out.push_str("\\u00");
                out.push(HEX[usize::from(control >> 4)]);
                out.push(HEX[usize::from(control & 15)]);
            }
        }
    }
    out.push_str(text.get(plain..).unwrap_or_default());
    out.push('"');
}

/// A body as JSON text: itself where it is JSON, else as a JSON string; nothing stays nothing.
pub(crate) fn json_or_string(body: &[u8]) -> String {
    if body.is_empty() {
        return String::new();
    }
    let text = String::from_utf8_lossy(body);
    match serde_json::from_str::<IgnoredAny>(&text) {
        Ok(_) => text.into_owned(),
        Err(_) => {
            let mut out = String::with_capacity(text.len() + 2);
            push_json_str(&mut out, &text);
            out
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::{Text, json_or_string, push_json_str};

    #[test]
    fn texts_are_borrowed_and_others_are_noticed() {
        let read = |json| serde_json::from_str::<Text<'static>>(json).expect("JSON");
        assert!(matches!(read("\"plain\""), Text::Is(Cow::Borrowed("plain"))));
        assert!(matches!(read(r#""a\nb""#), Text::Is(Cow::Owned(text)) if text == "a\nb"));
        assert_eq!(read("null"), Text::Absent);
        for wrong in ["1", "-1", "1.5", "true", "[\"x\",[1]]", "{\"a\":{\"b\":1}}"] {
            assert!(read(wrong).is_wrong(), "{wrong}");
        }
    }

    #[test]
    fn texts_become_json_and_come_back() {
        let all: String = (0..0x300).filter_map(char::from_u32).chain(['\u{2028}', '\u{fffd}', '\u{1f600}']).collect();
        for text in ["", "plain", "é \"x\" \\ \n", &all] {
            let mut out = String::from(":");
            push_json_str(&mut out, text);
            assert_eq!(serde_json::from_str::<String>(&out[1..]).expect("JSON"), text);
        }
    }

    #[test]
    fn bodies_become_json() {
        for (body, expected) in [
            (&b""[..], ""),
            (b"{\"status\":\"ok\"}", "{\"status\":\"ok\"}"),
            (b"<html>\n", "\"<html>\\n\""),
            (b"\xff", "\"\u{fffd}\""),
        ] {
            assert_eq!(json_or_string(body), expected);
        }
    }
}
