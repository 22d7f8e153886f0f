//! Messages that no service should send: each is told as what it is, nothing panics, and the next good one is handled.

use crate::stage::Stage;

const GARBAGE: &[&str] = &[
    "",
    " ",
    "null",
    "true",
    "1e400",
    "[]",
    "{}",
    "{",
    "\"x\"",
    "{\"type\":null}",
    "{\"type\":7}",
    "{\"type\":[]}",
    "{\"type\":\"x\",}",
    "{\"type\":\"x\"}}",
    "{\"type\":\"\\ud800\"}",
    "<html></html>",
    "{\"type\":\"a\",\"type\":\"b\"}",
];

/// Good types with members of the wrong kind.
const HARDLY: &[&str] = &[
    r#"{"type":"error"}"#,
    r#"{"type":"error","error":5}"#,
    r#"{"type":"error","error":{"message":{},"code":[],"event_id":7}}"#,
    r#"{"type":"session.created","session":null}"#,
    r#"{"type":"session.created","session":[]}"#,
    r#"{"type":"session.updated","session":{"id":5,"turn_detection":7,"input_audio_sampling_rate":-1,"expires_at":"x"}}"#,
    r#"{"type":"session.updated","session":{"output_audio_format":"pcm16_99999999999hz"}}"#,
    r#"{"type":"response.created"}"#,
    r#"{"type":"response.created","response":{"id":{}}}"#,
    r#"{"type":"response.done","response":{"id":"r","status":9,"status_details":"x"}}"#,
    r#"{"type":"response.audio.delta"}"#,
    r#"{"type":"response.audio.delta","delta":{}}"#,
    r#"{"type":"response.audio.delta","delta":"*"}"#,
    r#"{"type":"response.text.delta","delta":null,"response_id":[]}"#,
    r#"{"type":"response.output_item.done","item":"x"}"#,
    r#"{"type":"response.output_item.done","item":{"type":"message","content":7}}"#,
    r#"{"type":"response.output_item.done","item":{"type":"message","content":[7,null,{"text":[]}]}}"#,
    r#"{"type":"response.output_item.done","item":{"type":"function_call"}}"#,
    r#"{"type":"conversation.item.created","item":null}"#,
    r#"{"type":"response.function_call_arguments.done","call_id":1,"arguments":{}}"#,
    r#"{"type":"response.animation_viseme.delta","viseme_id":{"a":1},"audio_offset_ms":"x"}"#,
    r#"{"type":"rate_limits.updated","rate_limits":"x"}"#,
];

#[test]
fn garbage_is_told_and_survived() {
    let mut stage = Stage::ready(&[]);
    for text in GARBAGE {
        stage.text(text);
        let log = stage.log();
        assert_eq!(log.len(), 1, "{text}: {log:?}");
        assert!(log[0].starts_with("SERVICE PROTOCOL type=invalid"), "{text}: {log:?}");
    }
    stage.binary(&[0xff, 0x00]);
    assert!(stage.log()[0].starts_with("SERVICE PROTOCOL"));
    for text in HARDLY {
        stage.text(text);
        assert!(!stage.log().is_empty(), "{text} was passed over in silence");
        stage.mirror();
    }
    stage.text(r#"{"type":"warning","warning":{"message":"still here"}}"#);
    assert_eq!(stage.log(), ["SERVICE type=warning text=still here"]);
}

#[test]
fn every_cut_of_every_message_is_survived() {
    for text in HARDLY {
        let mut stage = Stage::ready(&[]);
        for cut in 0..text.len() {
            stage.text(&text[..cut]);
            assert!(!stage.log().is_empty(), "{}", &text[..cut]);
        }
    }
}
