//! Finds the type of a message without decoding the message: what is not wanted is then never decoded.

use std::borrow::Cow;
use std::fmt;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// What a look at a message has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Peeked<'a> {
    /// The type stands first, as services write it. The rest of the message has not been looked at.
    Fast {
        /// The type.
        name: &'a str,
        /// Where in the message its closing quote is followed by the rest.
        after: usize,
    },
    /// The type stands somewhere else or is written with escapes. The message is valid JSON.
    Slow(Cow<'a, str>),
    /// Valid JSON, but no object, or one without a type that is a text.
    Untyped(&'static str),
    /// Not JSON.
    Invalid(String),
}

/// Looks for the member `type` of the object that `json` holds.
pub(crate) fn peek_type(json: &str) -> Peeked<'_> {
    match fast(json) {
        Some((name, after)) => Peeked::Fast { name, after },
        None => slow(json),
    }
}

/// Whether a message whose type was found fast may hold a second one further on. Where several are given the last one
/// counts, so such a message needs the slow look.
pub(crate) fn may_hold_second_type(json: &str, after: usize) -> bool {
    static MEMBER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\"type\""));
    json.as_bytes().get(after..).is_some_and(|rest| MEMBER.find(rest).is_some())
}

/// The same as [`peek_type`], by reading the whole message.
pub(crate) fn slow(json: &str) -> Peeked<'_> {
    let mut reader = serde_json::Deserializer::from_str(json);
    let found = match reader.deserialize_any(Top).and_then(|found| reader.end().map(|()| found)) {
        Ok(found) => found,
        Err(error) => return Peeked::Invalid(error.to_string()),
    };
    match found {
        Found::Type(name) => Peeked::Slow(name),
        Found::Missing => Peeked::Untyped("an object without a type"),
        Found::Wrong => Peeked::Untyped("an object whose type is not a text"),
        Found::NoObject => Peeked::Untyped("not an object"),
    }
}

fn fast(json: &str) -> Option<(&str, usize)> {
    let bytes = json.as_bytes();
    // As nearly every service writes it; anything else that is JSON goes the general way.
    let at = if bytes.starts_with(b"{\"type\":\"") {
        9
    } else {
        let at = expect(bytes, blank(bytes, 0), b"{")?;
        let at = expect(bytes, blank(bytes, at), b"\"type\"")?;
        let at = expect(bytes, blank(bytes, at), b":")?;
        expect(bytes, blank(bytes, at), b"\"")?
    };
    let length = memchr::memchr2(b'"', b'\\', &bytes[at..])?;
    let end = at + length;
    // The quotes and the start are ASCII, so the cuts fall between characters.
    if bytes[end] == b'"' { Some((json.get(at..end)?, end + 1)) } else { None }
}

/// Where the blanks from `at` on end.
pub(crate) fn blank(bytes: &[u8], at: usize) -> usize {
    let blanks = bytes[at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    at + blanks.count()
}

/// Where `what` ends, if it stands at `at`.
pub(crate) fn expect(bytes: &[u8], at: usize, what: &[u8]) -> Option<usize> {
    bytes.get(at..)?.starts_with(what).then_some(at + what.len())
}

enum Found<'a> {
    Type(Cow<'a, str>),
    Missing,
    Wrong,
    NoObject,
}

struct Top;

/// Everything that is not an object ends here.
macro_rules! no_object {
    ($($method:ident($type:ty);)*) => {
        $(fn $method<E>(self, _: $type) -> Result<Found<'de>, E> { Ok(Found::NoObject) })*
    };
}

impl<'de> Visitor<'de> for Top {
    type Value = Found<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    no_object! {
        visit_bool(bool);
        visit_i64(i64);
        visit_u64(u64);
        visit_f64(f64);
        visit_str(&str);
    }

    fn visit_unit<E>(self) -> Result<Found<'de>, E> {
        Ok(Found::NoObject)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Found<'de>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Found::NoObject)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Found<'de>, A::Error> {
        let mut found = Found::Missing;
        while let Some(IsType(is_type)) = map.next_key()? {
            if is_type {
                found = match map.next_value::<super::wire::Text<'de>>()? {
                    super::wire::Text::Is(name) => Found::Type(name),
                    super::wire::Text::Absent | super::wire::Text::Wrong => Found::Wrong,
                };
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

struct IsType(bool);

impl<'de> Deserialize<'de> for IsType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<IsType, D::Error> {
        struct Key;
        impl Visitor<'_> for Key {
            type Value = IsType;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a member's name")
            }
            fn visit_str<E>(self, name: &str) -> Result<IsType, E> {
                Ok(IsType(name == "type"))
            }
        }
        deserializer.deserialize_str(Key)
    }
}

#[cfg(test)]
mod tests {
    use super::{Peeked, may_hold_second_type, peek_type, slow};

    fn name(json: &str) -> String {
        match peek_type(json) {
            Peeked::Fast { name, .. } => format!("fast {name}"),
            Peeked::Slow(name) => format!("slow {name}"),
            Peeked::Untyped(what) => what.to_owned(),
            Peeked::Invalid(_) => "invalid".to_owned(),
        }
    }

    #[test]
    fn finds_the_type_wherever_it_stands() {
        for (json, expected) in [
            (r#"{"type":"pong"}"#, "fast pong"),
            (" {\n\t\"type\" : \"pong\" , \"data\": 1}", "fast pong"),
            (r#"{"type":""}"#, "fast "),
            (r#"{"type":"é","x":1}"#, "fast é"),
            (r#"{"data":{"type":"inner"},"type":"outer"}"#, "slow outer"),
            (r#"{"type":"a\u0062c"}"#, "slow abc"),
            (r#"{"\u0074ype":"x"}"#, "slow x"),
            (r#"{"data":{}}"#, "an object without a type"),
            (r#"{"type":3}"#, "an object whose type is not a text"),
            (r#"{"type":null}"#, "an object whose type is not a text"),
            (r#"{"type":{"type":"x"}}"#, "an object whose type is not a text"),
            ("[1,{}]", "not an object"),
            ("null", "not an object"),
            ("\"type\"", "not an object"),
            ("12", "not an object"),
            ("-1.5", "not an object"),
            ("true", "not an object"),
            ("", "invalid"),
            ("{", "invalid"),
            (r#"{"type"}"#, "invalid"),
            (r#"{"type":"x"#, "invalid"),
            (r#"{"a":1} {}"#, "invalid"),
        ] {
            assert_eq!(name(json), expected, "{json}");
        }
    }

    #[test]
    fn the_last_of_several_types_counts() {
        let json = r#"{"type":"a","data":{},"type":"b"}"#;
        let Peeked::Fast { name: "a", after } = peek_type(json) else { panic!("the first stands in front") };
        assert!(may_hold_second_type(json, after));
        assert_eq!(slow(json), Peeked::Slow("b".into()));
        assert!(!may_hold_second_type(r#"{"type":"a","data":{}}"#, 11));
    }
}
