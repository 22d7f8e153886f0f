//! One message of the service, read in one pass from borrowed bytes. All types share one reader, which notices a member
//! of a wrong type and goes on reading.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::protocol::wire::Text;

macro_rules! members {
    ($(#[$doc:meta])* $name:ident, $key:ident;
     texts: $($text:ident = $text_name:literal,)*;
     raws: $($raw:ident = $raw_name:literal,)*;
     $(inner: $inner:ident = $inner_name:literal: $inner_type:ident;)?) => {
        $(#[$doc])*
        #[derive(Debug, Default)]
        pub(super) struct $name<'a> {
            $(pub(super) $text: Text<'a>,)*
            $(pub(super) $raw: Option<&'a RawValue>,)*
            $(pub(super) $inner: $inner_type<'a>,)?
            /// It is there and is no object.
            pub(super) wrong: bool,
        }

        #[allow(non_camel_case_types, reason = "the keys bear the names of the members")]
        #[derive(Clone, Copy)]
        enum $key { other, $($text,)* $($raw,)* $($inner,)? }

        impl<'de> Deserialize<'de> for $key {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$key, D::Error> {
                struct Name;
                impl Visitor<'_> for Name {
                    type Value = $key;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("a member's name")
                    }
                    fn visit_str<E>(self, name: &str) -> Result<$key, E> {
                        Ok(match name {
                            $($text_name => $key::$text,)*
                            $($raw_name => $key::$raw,)*
                            $($inner_name => $key::$inner,)?
                            _ => $key::other,
                        })
                    }
                }
                deserializer.deserialize_str(Name)
            }
        }

        impl<'de: 'a, 'a> Deserialize<'de> for $name<'a> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$name<'a>, D::Error> {
                struct Any;
                impl<'de> Visitor<'de> for Any {
                    type Value = $name<'de>;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("JSON")
                    }

                    fn visit_unit<E>(self) -> Result<$name<'de>, E> {
                        Ok($name::default())
                    }

                    fn visit_bool<E>(self, _: bool) -> Result<$name<'de>, E> { Ok(wrong()) }
                    fn visit_i64<E>(self, _: i64) -> Result<$name<'de>, E> { Ok(wrong()) }
                    fn visit_u64<E>(self, _: u64) -> Result<$name<'de>, E> { Ok(wrong()) }
                    fn visit_f64<E>(self, _: f64) -> Result<$name<'de>, E> { Ok(wrong()) }
                    fn visit_str<E>(self, _: &str) -> Result<$name<'de>, E> { Ok(wrong()) }

                    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<$name<'de>, A::Error> {
                        while seq.next_element::<IgnoredAny>()?.is_some() {}
                        Ok(wrong())
                    }

                    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<$name<'de>, A::Error> {
                        let mut found = $name::default();
                        while let Some(key) = map.next_key::<$key>()? {
                            match key {
                                $($key::$text => found.$text = map.next_value()?,)*
                                $($key::$raw => found.$raw = map.next_value()?,)*
                                $($key::$inner => found.$inner = map.next_value()?,)?
                                $key::other => {
                                    map.next_value::<IgnoredAny>()?;
                                }
                            }
                        }
                        Ok(found)
                    }
                }
                fn wrong<'a>() -> $name<'a> {
                    $name { wrong: true, ..$name::default() }
                }
                deserializer.deserialize_any(Any)
            }
        }
    };
}

members! {
    /// The members of `data`, of whichever message.
    Data, DataKey;
    texts: type_ = "type", text_delta = "textDelta", delta = "delta", id = "id", text = "text",
        tool_name = "toolName", tool_call_id = "toolCallId", finish_reason = "finishReason",
        provider_res_id = "providerResId", thread_id = "threadId", error_code = "errorCode",;
    raws: args = "args", result = "result", token_usage = "tokenUsage", error = "error", response = "response",;
}

members! {
    /// One message.
    Frame, FrameKey;
    texts: type_ = "type", event = "event", session_id = "sessionId", uuid = "uuid", error = "error", code = "code",
        call_id = "callId", tool_name = "toolName", tool_call_id = "toolCallId", component = "componentName",
        status = "status",;
    raws: parameters = "parameters", props = "props", timestamp = "timestamp", ping_time = "pingTime",;
    inner: data = "data": Data;
}

/// Reads a whole message.
///
/// # Errors
/// It is not JSON.
pub(super) fn read(json: &str) -> Result<Frame<'_>, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}

/// The part of `json` that is its member `data`, where that is one object.
pub(super) fn body(json: &str) -> &str {
    #[derive(serde::Deserialize)]
    struct Envelope<'a> {
        #[serde(borrow)]
        data: &'a RawValue,
    }
    // A message with two members `data` has no one body.
    let body = serde_json::from_str::<Envelope<'_>>(json).map_or("", |envelope| envelope.data.get());
    if body.starts_with('{') { body } else { "" }
}

/// A raw value as text: a string without its quotes, anything else as JSON.
pub(super) fn plain(raw: Option<&RawValue>) -> std::borrow::Cow<'_, str> {
    let Some(raw) = raw else { return "".into() };
    match serde_json::from_str::<String>(raw.get()) {
        Ok(text) => text.into(),
        Err(_) => raw.get().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::{body, read};

    #[test]
    fn members_of_wrong_types_do_not_hide_the_others() {
        let json = r#"{"data":{"type":7,"textDelta":"a\nb","args":[1],"x":{}},"event":"provider-event","type":"chat_event","callId":null}"#;
        let frame = read(json).expect("JSON");
        assert_eq!((frame.type_.as_str(), frame.event.as_str()), ("chat_event", "provider-event"));
        assert!(frame.data.type_.is_wrong() && frame.call_id.get().is_none() && !frame.data.wrong);
        assert_eq!(frame.data.text_delta.as_str(), "a\nb");
        assert_eq!(frame.data.args.map(|raw| raw.get()), Some("[1]"));
        assert_eq!(body(json), r#"{"type":7,"textDelta":"a\nb","args":[1],"x":{}}"#);
        for wrong in [r#"{"data":5}"#, r#"{"data":[{}]}"#, r#"{"data":"x"}"#] {
            assert!(read(wrong).expect("JSON").data.wrong && body(wrong).is_empty(), "{wrong}");
        }
        assert!(read("[]").expect("JSON").wrong && read("{").is_err());
    }

    #[test]
    fn the_last_of_two_members_counts() {
        let frame = read(r#"{"type":"a","type":"b"}"#).expect("JSON");
        assert_eq!(frame.type_.as_str(), "b");
    }
}
