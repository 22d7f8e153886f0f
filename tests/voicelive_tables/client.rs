//! Every message of the client.

use super::UPDATED;

/// Name, members, and the message of the service that ends its request; empty where the service answers nothing.
pub(crate) const CLIENT: &[(&str, &str, &str)] = &[
    ("session.update", r#"{"session":{"instructions":"x"}}"#, UPDATED),
    ("input_audio_buffer.append", r#"{"audio":"AAAA"}"#, ""),
    ("input_audio_buffer.commit", "", r#"{"type":"input_audio_buffer.committed","item_id":"i"}"#),
    ("input_audio_buffer.clear", "", r#"{"type":"input_audio_buffer.cleared"}"#),
    ("input_audio.turn.start", r#"{"turn_id":"t"}"#, ""),
    ("input_audio.turn.append", r#"{"turn_id":"t","audio":"AAAA"}"#, ""),
    ("input_audio.turn.end", r#"{"turn_id":"t"}"#, ""),
    ("input_audio.turn.cancel", r#"{"turn_id":"t"}"#, ""),
    ("input_audio.clear", "{}", ""),
    ("input_text.delta", r#"{"id":"i","delta":"x","content_index":0}"#, ""),
    ("input_text.done", r#"{"id":"i"}"#, ""),
    (
        "conversation.item.create",
        r#"{"previous_item_id":null,"item":{"id":"i","type":"message","role":"user","content":[{"type":"input_image","image_url":"data:x","detail":"low"}]}}"#,
        r#"{"type":"conversation.item.created","item":{"id":"i"}}"#,
    ),
    ("conversation.item.retrieve", r#"{"item_id":"i"}"#, r#"{"type":"conversation.item.retrieved","item":{"id":"i"}}"#),
    ("conversation.item.delete", r#"{"item_id":"i"}"#, r#"{"type":"conversation.item.deleted","item_id":"i"}"#),
    (
        "conversation.item.truncate",
        r#"{"item_id":"i","content_index":0,"audio_end_ms":5}"#,
        r#"{"type":"conversation.item.truncated","item_id":"i"}"#,
    ),
    (
        "response.create",
        r#"{"response":{"modalities":["text"],"conversation":"none","metadata":{"a":"b"}},"additional_instructions":"x"}"#,
        r#"{"type":"response.created","response":{"id":"r"}}"#,
    ),
    (
        "response.cancel",
        r#"{"response_id":"r"}"#,
        r#"{"type":"response.done","response":{"id":"r","status":"cancelled"}}"#,
    ),
    ("output_audio_buffer.clear", "", r#"{"type":"output_audio_buffer.cleared"}"#),
    ("session.avatar.connect", r#"{"client_sdp":"x"}"#, r#"{"type":"session.avatar.connecting","server_sdp":"y"}"#),
    ("mcp_approval_response", r#"{"approval_request_id":"a","approve":true}"#, ""),
    ("transcription_session.update", r#"{"session":{"a":1}}"#, ""),
    ("rtc.call.sdp.create", r#"{"sdp_offer":"x"}"#, ""),
];
