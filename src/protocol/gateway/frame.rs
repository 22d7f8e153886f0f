//! One message of the gateway, read in one pass from borrowed bytes: `{"type":…,"data":{…},"timestamp":…}`.
//!
//! All data members of all events share one reader, which notices a wrong type and goes on reading.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::scan::scan;
use crate::protocol::wire::Text;

/// The members of `data`, of whichever event.
#[derive(Debug, Default)]
pub(super) struct Data<'a> {
    pub(super) text: Text<'a>,
    pub(super) character_id: Text<'a>,
    pub(super) message_id: Text<'a>,
    pub(super) source: Text<'a>,
    pub(super) author: Text<'a>,
    pub(super) name: Text<'a>,
    pub(super) new_state: Text<'a>,
    pub(super) client_id: Text<'a>,
    pub(super) reason: Text<'a>,
    pub(super) arguments: Option<&'a RawValue>,
    pub(super) characters: Option<&'a RawValue>,
}

/// What `data` is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Shape {
    #[default]
    Absent,
    Object,
    Wrong,
}

/// One message.
#[derive(Debug, Default)]
pub(super) struct Frame<'a> {
    /// The last `type`, since of several the last one counts.
    pub(super) type_: Text<'a>,
    pub(super) data: Data<'a>,
    pub(super) shape: Shape,
    pub(super) time: f64,
    /// Whether `timestamp` is there but not a number.
    pub(super) time_wrong: bool,
    /// The object `data` as it stands in the message, where the quick reader has seen it; empty elsewhere.
    pub(super) found: &'a str,
}

/// Reads a whole message into an empty frame, quickly where it is written as usual. `first` is the type and where it
/// ends, if it stands first.
///
/// # Errors
/// It is not JSON, or no object.
pub(super) fn fill<'a>(json: &'a str, first: Option<(&'a str, usize)>, frame: &mut Frame<'a>) -> Result<(), String> {
    if first.and_then(|(type_, after)| scan(json, type_, after, frame)).is_none() {
        *frame = read(json)?;
    }
    Ok(())
}

/// Reads a whole message in whatever way it is written.
///
/// # Errors
/// It is not JSON, or no object.
pub(super) fn read(json: &str) -> Result<Frame<'_>, String> {
    let mut reader = serde_json::Deserializer::from_str(json);
    Frame::deserialize(&mut reader).and_then(|frame| reader.end().map(|()| frame)).map_err(|error| error.to_string())
}

impl<'a> Frame<'a> {
    /// The part of `json`, the message that this was read from, which holds the object `data`.
    pub(super) fn body(&self, json: &'a str) -> &'a str {
        match self.shape {
            Shape::Object if self.found.is_empty() => slow_body(json),
            Shape::Object => self.found,
            Shape::Absent | Shape::Wrong => "",
        }
    }
}

fn slow_body(json: &str) -> &str {
    #[derive(serde::Deserialize)]
    struct Envelope<'a> {
        #[serde(borrow)]
        data: &'a RawValue,
    }
    // An object with two members `data` has no one body.
    serde_json::from_str::<Envelope<'_>>(json).map_or("", |envelope| envelope.data.get())
}

impl<'de> Deserialize<'de> for Frame<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Frame<'de>, D::Error> {
        deserializer.deserialize_map(FrameVisitor)
    }
}

struct FrameVisitor;

impl<'de> Visitor<'de> for FrameVisitor {
    type Value = Frame<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Frame<'de>, A::Error> {
        let mut frame = Frame::default();
        while let Some(key) = map.next_key::<FrameKey>()? {
            match key {
                FrameKey::Type => frame.type_ = map.next_value()?,
                FrameKey::Data => {
                    let Any(data, shape) = map.next_value()?;
                    (frame.data, frame.shape) = (data, shape);
                }
                FrameKey::Timestamp => {
                    let Time(time) = map.next_value()?;
                    frame.time = time.unwrap_or(0.0);
                    frame.time_wrong = time.is_none();
                }
                FrameKey::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(frame)
    }
}

macro_rules! keys {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $number:literal, $text:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        enum $name { Other = 0, $($variant = $number,)* }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                struct Key;
                impl Visitor<'_> for Key {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("a member's name")
                    }
                    fn visit_str<E>(self, name: &str) -> Result<$name, E> {
                        Ok(match name { $($text => $name::$variant,)* _ => $name::Other })
                    }
                }
                deserializer.deserialize_str(Key)
            }
        }
    };
}

keys! {
    /// The members of a message.
    FrameKey { Type = 1, "type"; Data = 2, "data"; Timestamp = 3, "timestamp"; }
}

keys! {
    /// The members of `data`.
    DataKey {
        Text = 1, "text"; CharacterId = 2, "character_id"; MessageId = 3, "message_id"; Source = 4, "source";
        Author = 5, "author"; Name = 6, "name"; NewState = 7, "new_state"; ClientId = 8, "client_id";
        Reason = 9, "reason"; Arguments = 10, "arguments"; Characters = 11, "characters";
    }
}

/// `data`, whatever it is.
struct Any<'a>(Data<'a>, Shape);

/// Everything that is neither an object nor null ends here.
macro_rules! wrong {
    ($value:ty, $wrong:expr; $($method:ident($type:ty);)*) => {
        $(fn $method<E>(self, _: $type) -> Result<$value, E> { Ok($wrong) })*
    };
}

impl<'de> Deserialize<'de> for Any<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Any<'de>, D::Error> {
        deserializer.deserialize_any(DataVisitor)
    }
}

struct DataVisitor;

impl<'de> Visitor<'de> for DataVisitor {
    type Value = Any<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    wrong! {
        Any<'de>, Any(Data::default(), Shape::Wrong);
        visit_bool(bool);
        visit_i64(i64);
        visit_u64(u64);
        visit_f64(f64);
        visit_str(&str);
    }

    fn visit_unit<E>(self) -> Result<Any<'de>, E> {
        Ok(Any(Data::default(), Shape::Absent))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Any<'de>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Any(Data::default(), Shape::Wrong))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Any<'de>, A::Error> {
        let mut data = Data::default();
        while let Some(key) = map.next_key::<DataKey>()? {
            match key {
                DataKey::Text => data.text = map.next_value()?,
                DataKey::CharacterId => data.character_id = map.next_value()?,
                DataKey::MessageId => data.message_id = map.next_value()?,
                DataKey::Source => data.source = map.next_value()?,
                DataKey::Author => data.author = map.next_value()?,
                DataKey::Name => data.name = map.next_value()?,
                DataKey::NewState => data.new_state = map.next_value()?,
                DataKey::ClientId => data.client_id = map.next_value()?,
                DataKey::Reason => data.reason = map.next_value()?,
                DataKey::Arguments => data.arguments = Some(map.next_value()?),
                DataKey::Characters => data.characters = Some(map.next_value()?),
                DataKey::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Any(data, Shape::Object))
    }
}

/// A number of seconds; null is 0, anything else is `None`.
struct Time(Option<f64>);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
        struct Number;
        impl<'de> Visitor<'de> for Number {
            type Value = Time;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }

            fn visit_f64<E>(self, time: f64) -> Result<Time, E> {
                Ok(Time(Some(time)))
            }

            fn visit_i64<E>(self, time: i64) -> Result<Time, E> {
                Ok(Time(Some(time as f64)))
            }

            fn visit_u64<E>(self, time: u64) -> Result<Time, E> {
                Ok(Time(Some(time as f64)))
            }

            fn visit_unit<E>(self) -> Result<Time, E> {
                Ok(Time(Some(0.0)))
            }

            wrong! {
                Time, Time(None);
                visit_bool(bool);
                visit_str(&str);
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Time, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Time(None))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Time, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Time(None))
            }
        }
        deserializer.deserialize_any(Number)
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::{Frame, Shape, Text, fill, read};
    use crate::protocol::peek::{Peeked, peek_type};

    fn body(json: &str) -> &str {
        let after = match peek_type(json) {
            Peeked::Fast { name, after } => Some((name, after)),
            _ => None,
        };
        let mut frame = Frame::default();
        fill(json, after, &mut frame).expect("a message");
        let body = frame.body(json);
        assert_eq!(read(json).expect("a message").body(json), body);
        body
    }

    #[test]
    fn texts_are_borrowed() {
        let frame = read(r#"{"type":"sentence_ready","data":{"text":"Hi.","character_id":null,"message_id":"a\tb"},"timestamp":1.5}"#)
            .expect("a message");
        assert!(matches!(frame.data.text, Text::Is(Cow::Borrowed("Hi."))));
        assert_eq!(frame.data.character_id, Text::Absent);
        assert!(matches!(frame.data.message_id, Text::Is(Cow::Owned(_))));
        assert!((frame.time - 1.5).abs() < f64::EPSILON);
    }

    #[test]
    fn the_body_is_the_slice_that_holds_the_data() {
        for (json, expected) in [
            (r#"{"type":"a","data":{"x":"},\"timestamp\":3}"},"timestamp":1}"#, r#"{"x":"},\"timestamp\":3}"}"#),
            ("{ \"type\" : \"a\" , \"data\" : { } , \"timestamp\" : 1e3 }", "{ }"),
            (r#"{"type":"a","timestamp":1,"data":{"y":1}}"#, r#"{"y":1}"#),
            (r#"{"data":{"z":[{}]},"type":"a","timestamp":1}"#, r#"{"z":[{}]}"#),
            (r#"{"type":"a","data":{"k":1},"timestamp":[1,2]}"#, r#"{"k":1}"#),
            (r#"{"type":"a","data":{"k":2}}"#, r#"{"k":2}"#),
            (r#"{"type":"a","d\u0061ta":{"k":3},"timestamp":1}"#, r#"{"k":3}"#),
            (r#"{"type":"a","data":{"k":1},"data":{"k":2},"timestamp":1}"#, ""),
            (r#"{"type":"a","data":[1],"timestamp":1}"#, ""),
            (r#"{"type":"a","data":null,"timestamp":1}"#, ""),
            (r#"{"type":"a"}"#, ""),
        ] {
            assert_eq!(body(json), expected, "{json}");
        }
    }

    #[test]
    fn wrong_types_are_noticed_and_the_rest_is_read() {
        let frame = read(
            r#"{"type":"a","data":{"text":5,"source":{"a":[1]},"name":[1],"author":"me","extra":{}},"timestamp":"x"}"#,
        )
        .expect("a message");
        assert!(frame.data.text.is_wrong() && frame.data.source.is_wrong() && frame.data.name.is_wrong());
        assert_eq!(frame.data.author.as_str(), "me");
        assert!(frame.time_wrong && frame.shape == Shape::Object);
        assert_eq!(read(r#"{"type":"a","data":"x"}"#).expect("a message").shape, Shape::Wrong);
        assert_eq!(
            read(r#"{"type":"a","data":{"text":1,"text":"last"}}"#).expect("a message").data.text.as_str(),
            "last"
        );
        assert!(read("[]").is_err() && read("{").is_err() && read("{} x").is_err());
    }
}
