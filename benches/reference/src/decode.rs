//! The decoder of the typed reference: the type peeked at, then one pass of serde_json into borrowed fields.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Visitor};

/// A text that is borrowed where it has no escapes, or null. `Option<Cow<str>>` would copy every text.
#[derive(Default)]
pub(crate) struct Text<'a>(pub(crate) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or null")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Text::default())
            }

            fn visit_none<E>(self) -> Result<Self::Value, E> {
                Ok(Text::default())
            }

            fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
                deserializer.deserialize_str(self)
            }
        }
        deserializer.deserialize_option(Reader)
    }
}

#[derive(serde::Deserialize)]
struct Envelope<T> {
    data: T,
    timestamp: f64,
}

#[derive(serde::Deserialize)]
struct Sentence<'a> {
    #[serde(borrow)]
    text: Text<'a>,
    #[serde(borrow)]
    character_id: Text<'a>,
    #[serde(borrow)]
    message_id: Text<'a>,
}

#[derive(serde::Deserialize)]
struct Dialogue<'a> {
    #[serde(borrow)]
    text: Text<'a>,
    #[serde(borrow)]
    character_id: Text<'a>,
    #[serde(borrow)]
    message_id: Text<'a>,
    #[serde(borrow)]
    source: Text<'a>,
    #[serde(borrow)]
    author: Text<'a>,
}

#[derive(serde::Deserialize)]
struct AiState<'a> {
    #[serde(borrow)]
    old_state: Text<'a>,
    #[serde(borrow)]
    new_state: Text<'a>,
}

/// What the callback gets: five texts by pointer and length, and the numbers.
#[repr(C)]
pub(crate) struct CEvent {
    pub(crate) kind: i32,
    pub(crate) time: f64,
    pub(crate) texts: [(*const u8, usize); 5],
}

fn c_event(kind: i32, time: f64, texts: [&Text<'_>; 5]) -> CEvent {
    CEvent { kind, time, texts: texts.map(|text| (text.0.as_ptr(), text.0.len())) }
}

/// Decodes one frame and hands it to `call`; frames of another type are ignored.
pub(crate) fn decode(json: &str, call: extern "C" fn(&CEvent)) -> serde_json::Result<()> {
    let Some(rest) = json.strip_prefix("{\"type\":\"") else { return Ok(()) };
    let none = Text::default();
    match rest.split('"').next().unwrap_or_default() {
        "sentence_ready" => {
            let Envelope { data, timestamp } = serde_json::from_str::<Envelope<Sentence<'_>>>(json)?;
            call(&c_event(1, timestamp, [&data.text, &data.character_id, &data.message_id, &none, &none]));
        }
        "dialogue_received" => {
            let Envelope { data, timestamp } = serde_json::from_str::<Envelope<Dialogue<'_>>>(json)?;
            let texts = [&data.text, &data.character_id, &data.message_id, &data.source, &data.author];
            call(&c_event(2, timestamp, texts));
        }
        "ai_state_changed" => {
            let Envelope { data, timestamp } = serde_json::from_str::<Envelope<AiState<'_>>>(json)?;
            call(&c_event(3, timestamp, [&data.new_state, &data.old_state, &none, &none, &none]));
        }
        _ => {}
    }
    Ok(())
}
