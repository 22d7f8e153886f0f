//! The messages that go to the service, with their members in the order in which its own client writes them.

use super::time::write_iso;
use crate::protocol::wire::push_json_str;

/// A message of this type with these members.
pub(super) fn message(type_: &str, members: &[(&str, &str)]) -> String {
    let mut out = String::from("{\"type\":");
    push_json_str(&mut out, type_);
    for (name, json) in members {
        out.push(',');
        push_json_str(&mut out, name);
        out.push(':');
        out.push_str(json);
    }
    out.push('}');
    out
}

/// The answer to a tool call: what came of it, or why nothing did.
pub(super) fn tool_response(id: &str, result: &str, failed: bool) -> String {
    let id = quoted(id);
    if failed {
        return message("tool_call_response", &[("callId", &id), ("error", &quoted(result))]);
    }
    // A tool without a result has the result null: a message without both would say nothing.
    let result = match serde_json::from_str::<serde::de::IgnoredAny>(result) {
        Ok(_) => result.trim().to_owned(),
        Err(_) if result.trim().is_empty() => "null".to_owned(),
        Err(_) => quoted(result),
    };
    message("tool_call_response", &[("callId", &id), ("result", &result)])
}

/// The answer to a heartbeat: the service's own members come back as they were.
pub(super) fn pong(unix_ms: u64, timestamp: Option<&str>, ping_time: Option<&str>) -> String {
    let now = quoted(&write_iso(unix_ms));
    let mut members = vec![("timestamp", now.as_str())];
    members.extend(timestamp.map(|timestamp| ("originalTimestamp", timestamp)));
    members.extend(ping_time.map(|ping_time| ("pingTime", ping_time)));
    message("heartbeat_pong", &members)
}

/// A text as JSON.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    push_json_str(&mut out, text);
    out
}

#[cfg(test)]
mod tests {
    use super::{pong, tool_response};

    #[test]
    fn results_are_json_and_errors_are_texts() {
        for (result, failed, expected) in [
            (r#" {"sum":42} "#, false, r#"{"type":"tool_call_response","callId":"t\"1","result":{"sum":42}}"#),
            ("plain words", false, r#"{"type":"tool_call_response","callId":"t\"1","result":"plain words"}"#),
            ("", false, r#"{"type":"tool_call_response","callId":"t\"1","result":null}"#),
            ("no \"luck\"", true, r#"{"type":"tool_call_response","callId":"t\"1","error":"no \"luck\""}"#),
        ] {
            assert_eq!(tool_response("t\"1", result, failed), expected);
        }
    }

    #[test]
    fn a_pong_echoes_what_came() {
        assert_eq!(
            pong(0, Some("\"T\""), Some("123")),
            r#"{"type":"heartbeat_pong","timestamp":"1970-01-01T00:00:00.000Z","originalTimestamp":"T","pingTime":123}"#
        );
        assert_eq!(pong(0, None, None), r#"{"type":"heartbeat_pong","timestamp":"1970-01-01T00:00:00.000Z"}"#);
    }
}
