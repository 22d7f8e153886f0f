//! What Voice Live and OpenAI Realtime write differently. On receive both spellings are taken from either; only what
//! is sent depends on the dialect.

use serde_json::{Map, Value, json};

use super::model::is_nested;
use crate::model::Error;

/// Which of the two services is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Azure,
    OpenAi,
}

impl Dialect {
    /// The name in the option and in the mirror.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Dialect::Azure => "azure",
            Dialect::OpenAi => "openai",
        }
    }

    /// How text of the assistant is named within an item.
    pub(super) const fn assistant_text(self) -> &'static str {
        match self {
            Dialect::Azure => "text",
            Dialect::OpenAi => "output_text",
        }
    }

    /// A session in the shape that the service takes. OpenAI's is nested; a flat one is nested here, so that a host can
    /// use the same one for both.
    ///
    /// # Errors
    /// A member that the service does not have.
    pub(super) fn session(self, session: Map<String, Value>) -> Result<Map<String, Value>, Error> {
        match self {
            Dialect::Azure if is_nested(&session) => Err(Error::invalid(
                "the session is written as OpenAI Realtime has it, but option voicelive.dialect is azure; write it flat",
            )),
            Dialect::Azure => Ok(session),
            Dialect::OpenAi => nest(session),
        }
    }
}

impl Dialect {
    /// What a response may be asked to be, in the shape that the service takes.
    ///
    /// # Errors
    /// A member that the service does not have.
    pub(super) fn response(self, response: Map<String, Value>) -> Result<Map<String, Value>, Error> {
        if self == Dialect::Azure {
            return Ok(response);
        }
        let mut nested = Map::new();
        for (name, value) in response {
            match name.as_str() {
                "modalities" => drop(nested.insert("output_modalities".to_owned(), one_modality(&value))),
                "max_response_output_tokens" => drop(nested.insert("max_output_tokens".to_owned(), value)),
                "input_items" => drop(nested.insert("input".to_owned(), value)),
                "voice" => put(&mut nested, "output", "voice", voice(value)),
                "output_audio_format" => put(&mut nested, "output", "format", format(&value)),
                "commit"
                | "cancel_previous"
                | "append_input_items"
                | "pre_generated_assistant_message"
                | "temperature"
                | "interim_response"
                | "invoke_input" => {
                    let text = format!("response.{name}: OpenAI Realtime has no such thing; leave it out");
                    return Err(Error::invalid(text));
                }
                _ => drop(nested.insert(name, value)),
            }
        }
        Ok(nested)
    }
}

/// The service takes one of the two: speech brings its transcript along.
fn one_modality(flat: &Value) -> Value {
    let audio = flat.as_array().is_some_and(|all| all.iter().any(|one| one == "audio"));
    json!([if audio { "audio" } else { "text" }])
}

fn voice(flat: Value) -> Value {
    if flat["type"] == "openai" { flat["name"].clone() } else { flat }
}

fn nest(session: Map<String, Value>) -> Result<Map<String, Value>, Error> {
    let mut nested = Map::new();
    nested.insert("type".to_owned(), json!("realtime"));
    let rate = session.get("input_audio_sampling_rate").and_then(Value::as_i64);
    for (name, value) in session {
        match name.as_str() {
            "modalities" => drop(nested.insert("output_modalities".to_owned(), one_modality(&value))),
            "max_response_output_tokens" => drop(nested.insert("max_output_tokens".to_owned(), value)),
            "voice" => put(&mut nested, "output", "voice", voice(value)),
            "turn_detection" => put(&mut nested, "input", "turn_detection", value),
            "input_audio_transcription" => put(&mut nested, "input", "transcription", value),
            "input_audio_noise_reduction" => put(&mut nested, "input", "noise_reduction", value),
            "input_audio_format" => put(&mut nested, "input", "format", format(&value)),
            "output_audio_format" => put(&mut nested, "output", "format", format(&value)),
            "input_audio_sampling_rate" if rate == Some(24_000) => {}
            "input_audio_sampling_rate"
            | "input_audio_echo_cancellation"
            | "output_audio_timestamp_types"
            | "animation"
            | "avatar"
            | "temperature"
            | "interim_response"
            | "interim-response" => {
                return Err(Error::invalid(format!("session.{name}: OpenAI Realtime has no such thing; leave it out")));
            }
            "audio" => merge(nested.entry("audio").or_insert_with(|| json!({})), value),
            _ => drop(nested.insert(name, value)),
        }
    }
    Ok(nested)
}

fn put(nested: &mut Map<String, Value>, side: &str, name: &str, value: Value) {
    let audio = nested.entry("audio").or_insert_with(|| json!({}));
    merge(audio, json!({ side: { name: value } }));
}

/// Puts the members of one object into another, level by level.
fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                match into.get_mut(&name) {
                    Some(known) if known.is_object() && value.is_object() => merge(known, value),
                    _ => drop(into.insert(name, value)),
                }
            }
        }
        (into, from) => *into = from,
    }
}

fn format(flat: &Value) -> Value {
    match flat.as_str() {
        Some("g711_ulaw") => json!({"type": "audio/pcmu"}),
        Some("g711_alaw") => json!({"type": "audio/pcma"}),
        _ => json!({"type": "audio/pcm", "rate": 24_000}),
    }
}

/// Puts what was set later over what was set before, as the service does: members count whole, except the two sides of
/// OpenAI's `audio`, which are objects of their own.
pub(super) fn overlay(into: &mut Map<String, Value>, from: &Map<String, Value>) {
    for (name, value) in from {
        match into.get_mut(name) {
            Some(known) if name == "audio" => {
                for side in ["input", "output"] {
                    let Some(Value::Object(from)) = value.get(side) else { continue };
                    let Value::Object(audio) = &mut *known else { continue };
                    let slot = audio.entry(side).or_insert_with(|| json!({}));
                    if let Value::Object(slot) = slot {
                        slot.extend(from.iter().map(|(name, value)| (name.clone(), value.clone())));
                    }
                }
            }
            _ => drop(into.insert(name.clone(), value.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Dialect, overlay};
    use serde_json::{Value, json};

    fn map(value: Value) -> serde_json::Map<String, Value> {
        value.as_object().expect("an object").clone()
    }

    #[test]
    fn a_flat_session_is_nested_for_openai() {
        let flat = json!({"modalities": ["text", "audio"], "voice": "marin", "instructions": "i",
            "input_audio_format": "g711_ulaw", "output_audio_format": "pcm16", "turn_detection": null,
            "input_audio_transcription": {"model": "whisper-1"}, "max_response_output_tokens": "inf", "tools": []});
        let nested = Dialect::OpenAi.session(map(flat.clone())).expect("it can be nested");
        assert_eq!(
            Value::Object(nested),
            json!({"type": "realtime", "output_modalities": ["audio"], "instructions": "i", "max_output_tokens": "inf",
                "tools": [], "audio": {
                    "input": {"format": {"type": "audio/pcmu"}, "turn_detection": null,
                        "transcription": {"model": "whisper-1"}},
                    "output": {"voice": "marin", "format": {"type": "audio/pcm", "rate": 24000}}}})
        );
        assert_eq!(Dialect::Azure.session(map(flat.clone())).expect("flat"), map(flat));
        for (dialect, session) in [
            (Dialect::OpenAi, json!({"avatar": {"character": "x"}})),
            (Dialect::OpenAi, json!({"temperature": 0.8})),
            (Dialect::Azure, json!({"audio": {}})),
        ] {
            assert!(dialect.session(map(session)).is_err());
        }
    }

    #[test]
    fn a_response_is_asked_for_in_the_shape_of_the_service() {
        let flat = json!({"modalities": ["text"], "instructions": "i", "max_response_output_tokens": 9,
            "voice": {"type": "openai", "name": "marin"}, "output_audio_format": "g711_alaw", "conversation": "none"});
        let nested = Dialect::OpenAi.response(map(flat.clone())).expect("it can be nested");
        let audio = json!({"output": {"voice": "marin", "format": {"type": "audio/pcma"}}});
        let expected = json!({"output_modalities": ["text"], "instructions": "i", "max_output_tokens": 9,
            "conversation": "none", "audio": audio});
        assert_eq!(Value::Object(nested), expected);
        assert_eq!(Dialect::Azure.response(map(flat.clone())).expect("flat"), map(flat));
        let error = Dialect::OpenAi.response(map(json!({"cancel_previous": true}))).expect_err("it is Azure's own");
        assert!(error.text.contains("response.cancel_previous"), "{}", error.text);
    }

    #[test]
    fn later_settings_stand_over_earlier_ones() {
        let mut all = map(json!({"a": 1, "audio": {"output": {"voice": "x", "speed": 1}}}));
        overlay(&mut all, &map(json!({"a": null, "audio": {"output": {"voice": "y"}, "input": {"format": 1}}})));
        let expected = json!({"a": null, "audio": {"output": {"voice": "y", "speed": 1}, "input": {"format": 1}}});
        assert_eq!(Value::Object(all), expected);
    }
}
