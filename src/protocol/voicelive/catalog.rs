//! Every message that a client can send, by the service's own name, with its members and what answers it.

use serde_json::{Map, Value};

use super::model::{AUDIO, ITEM, RESPONSE, check_session};
use super::schema::{Field, Takes, check_fields, may, must, reset};
use crate::model::Error;

/// Which message of the service ends a request that has sent this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// None: the service answers only if something is wrong with it.
    Nothing,
    Updated,
    Committed,
    Cleared,
    ItemCreated,
    ItemRetrieved,
    ItemDeleted,
    ItemTruncated,
    ResponseCreated,
    ResponseDone,
    OutputCleared,
    Avatar,
}

/// One message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operation {
    pub(super) name: &'static str,
    pub(super) fields: &'static [Field],
    pub(super) answer: Answer,
}

const INDEX: Takes = Takes::Whole(0, i64::MAX);

const fn operation(name: &'static str, answer: Answer, fields: &'static [Field]) -> Operation {
    Operation { name, fields, answer }
}

/// All of them: the twenty of api-version 2026-07-15 first, then those of which a part of the world knows.
pub(super) const OPERATIONS: &[Operation] = &[
    operation("session.update", Answer::Updated, &[must("session", Takes::Object(&[]))]),
    operation("input_audio_buffer.append", Answer::Nothing, &[must("audio", AUDIO)]),
    operation("input_audio_buffer.commit", Answer::Committed, &[]),
    operation("input_audio_buffer.clear", Answer::Cleared, &[]),
    operation("input_audio.turn.start", Answer::Nothing, &[must("turn_id", Takes::Text)]),
    operation("input_audio.turn.append", Answer::Nothing, &[must("turn_id", Takes::Text), must("audio", AUDIO)]),
    operation("input_audio.turn.end", Answer::Nothing, &[must("turn_id", Takes::Text)]),
    operation("input_audio.turn.cancel", Answer::Nothing, &[must("turn_id", Takes::Text)]),
    operation("input_audio.clear", Answer::Nothing, &[]),
    operation(
        "input_text.delta",
        Answer::Nothing,
        &[must("id", Takes::Text), must("delta", Takes::Text), may("content_index", INDEX)],
    ),
    operation("input_text.done", Answer::Nothing, &[must("id", Takes::Text), may("content_index", INDEX)]),
    operation(
        "conversation.item.create",
        Answer::ItemCreated,
        &[reset("previous_item_id", Takes::Text), must("item", ITEM)],
    ),
    operation("conversation.item.retrieve", Answer::ItemRetrieved, &[must("item_id", Takes::Text)]),
    operation("conversation.item.delete", Answer::ItemDeleted, &[must("item_id", Takes::Text)]),
    operation(
        "conversation.item.truncate",
        Answer::ItemTruncated,
        &[must("item_id", Takes::Text), must("content_index", INDEX), must("audio_end_ms", INDEX)],
    ),
    operation(
        "response.create",
        Answer::ResponseCreated,
        &[may("response", RESPONSE), may("additional_instructions", Takes::Text)],
    ),
    operation("response.cancel", Answer::ResponseDone, &[may("response_id", Takes::Text)]),
    operation("output_audio_buffer.clear", Answer::OutputCleared, &[]),
    operation("session.avatar.connect", Answer::Avatar, &[must("client_sdp", Takes::Text)]),
    operation(
        "mcp_approval_response",
        Answer::Nothing,
        &[must("approval_request_id", Takes::Text), must("approve", Takes::Flag)],
    ),
    operation("transcription_session.update", Answer::Nothing, &[must("session", Takes::Object(&[]))]),
    operation("rtc.call.sdp.create", Answer::Nothing, &[must("sdp_offer", Takes::Text)]),
];

/// The way to send what this table does not know: the message as it stands.
pub(super) const SEND: &str = "send";

/// The operation of this name.
pub(super) fn find(name: &str) -> Option<&'static Operation> {
    OPERATIONS.iter().find(|operation| operation.name == name)
}

/// Reads the parameters of a verb or an operation: an object, or nothing.
///
/// # Errors
/// It is something else.
pub(super) fn object(what: &str, json: &str) -> Result<Map<String, Value>, Error> {
    if json.trim().is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_str(json) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(Error::invalid(format!("{what}: the parameters must be a JSON object"))),
        Err(error) => Err(Error::invalid(format!("{what}: the parameters are not JSON: {error}"))),
    }
}

/// Reads and checks a call.
///
/// # Errors
/// There is no such operation, or what is wrong with its members.
pub(super) fn read(name: &str, json: &str) -> Result<(Option<&'static Operation>, Map<String, Value>), Error> {
    let map = object(name, json)?;
    if name == SEND {
        return match map.get("type").and_then(Value::as_str) {
            Some(_) => Ok((None, map)),
            None => Err(Error::invalid("send: the message has no type; it is sent as it stands")),
        };
    }
    let Some(operation) = find(name) else {
        let known: Vec<&str> = OPERATIONS.iter().map(|operation| operation.name).collect();
        return Err(Error::invalid(format!(
            "the service takes no \"{name}\"; it takes {}, and with \"send\" any message as it stands",
            known.join(", ")
        )));
    };
    if map.get("type").is_some_and(|given| given != name) {
        return Err(Error::invalid(format!("{name}: the member type is another one; leave it out")));
    }
    let wrong = |text| Error::invalid(format!("{name}: {text}"));
    check_fields("", operation.fields, &map).map_err(wrong)?;
    if operation.name == "session.update"
        && let Some(Value::Object(session)) = map.get("session")
    {
        check_session("session", session).map_err(wrong)?;
    }
    Ok((Some(operation), map))
}

#[cfg(test)]
mod tests {
    use super::{OPERATIONS, read};

    #[test]
    fn the_twenty_messages_stand_first() {
        assert_eq!(OPERATIONS.iter().take_while(|operation| !operation.name.starts_with("transcription")).count(), 20);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        for (name, json, said) in [
            ("nope", "{}", "takes no \"nope\""),
            ("session.update", "", "session is missing"),
            ("session.update", "[]", "must be a JSON object"),
            ("session.update", "{", "not JSON"),
            (
                "session.update",
                r#"{"session":{"turn_detection":{"type":"server_vad","threshold":3}}}"#,
                "threshold is 3",
            ),
            ("session.update", r#"{"session":{"turn_detection":{"type":"vad"}}}"#, "turn_detection.type is \"vad\""),
            ("session.update", r#"{"session":{"turn_detection":{}}}"#, "turn_detection.type is missing"),
            ("session.update", r#"{"session":{"modalities":["audio"]}}"#, "leaves out \"text\""),
            ("session.update", r#"{"session":{"voice":{"type":"azure-custom","name":"x"}}}"#, "endpoint_id is missing"),
            (
                "session.update",
                r#"{"session":{"voice":{"type":"azure-standard","name":"x","rate":1.2}}}"#,
                "voice.rate is 1.2",
            ),
            ("session.update", r#"{"session":{"max_response_output_tokens":5000}}"#, "whole number from 1 to 4096"),
            ("session.update", r#"{"session":{"max_response_output_tokens":"all"}}"#, "\"inf\""),
            (
                "session.update",
                r#"{"session":{"input_audio_format":"g711_ulaw","input_audio_sampling_rate":16000}}"#,
                "must be 8000",
            ),
            (
                "session.update",
                r#"{"session":{"input_audio_echo_cancellation":{"type":"server_echo_cancellation","channels":2}}}"#,
                "channels 1",
            ),
            ("session.update", r#"{"session":{"tools":[{"type":"function"}]}}"#, "session.tools[0].name is missing"),
            ("session.update", r#"{"session":{"audio":{"output":{"speed":9}}}}"#, "session.audio.output.speed"),
            ("input_audio_buffer.append", r#"{"audio":"***"}"#, "not base64"),
            ("conversation.item.create", r#"{"item":{"type":"message","role":"bot","content":[]}}"#, "item.role"),
            ("conversation.item.truncate", r#"{"item_id":"i","content_index":0}"#, "audio_end_ms is missing"),
            ("response.cancel", r#"{"type":"response.create"}"#, "another one"),
            ("send", "{}", "no type"),
        ] {
            let error = read(name, json).expect_err(json);
            assert!(error.text.contains(said), "{json}: {}", error.text);
        }
        for (name, json) in [
            ("session.update", r#"{"session":{"turn_detection":null,"voice":null,"brand_new":{"a":1}}}"#),
            ("session.update", r#"{"session":{"type":"realtime","audio":{"output":{"voice":"marin"}}}}"#),
            ("session.update", r#"{"session":{"voice":{"type":"azure-standard","name":"x","rate":"1.2"}}}"#),
            ("response.create", ""),
            ("send", r#"{"type":"tomorrow.thing"}"#),
        ] {
            read(name, json).expect(json);
        }
    }

    #[test]
    fn a_piece_of_audio_has_its_limit() {
        let fits = format!(r#"{{"audio":"{}"}}"#, "AAAA".repeat(5 * 1024 * 1024));
        read("input_audio_buffer.append", &fits).expect("15 MiB");
        let more = format!(r#"{{"audio":"{}"}}"#, "AAAA".repeat(5 * 1024 * 1024 + 1));
        let error = read("input_audio_buffer.append", &more).expect_err("more than 15 MiB");
        assert!(error.text.contains("in pieces"), "{}", error.text);
    }
}
