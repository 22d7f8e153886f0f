//! SignalR's JSON protocol, the server's half: records that end with 0x1e.

use serde_json::{Value, json};

use crate::sim::json::{ascii, fields};

/// Ends every record.
pub(super) const END: char = '\u{1e}';

/// One record from a client.
#[derive(Debug, PartialEq)]
pub(super) enum Incoming {
    /// A call: its target, the first argument, and the id of the completion that is wanted.
    Invocation { target: String, argument: Value, id: Option<String> },
    /// Keeps the connection alive.
    Ping,
    /// The client is about to close.
    Close,
    /// A known or unknown type that needs no answer.
    Other,
    /// Not JSON, or without a type.
    Broken(String),
}

/// Collects WebSocket messages and cuts records out of them; a record may span messages.
#[derive(Default)]
pub(super) struct Records {
    pending: String,
}

impl Records {
    pub(super) fn push(&mut self, message: &str) {
        self.pending.push_str(message);
    }

    pub(super) fn next(&mut self) -> Option<String> {
        let end = self.pending.find(END)?;
        let record = self.pending[..end].to_owned();
        self.pending.drain(..=end);
        Some(record)
    }
}

/// Reads one record behind the handshake.
pub(super) fn read(record: &str) -> Incoming {
    let value: Value = match serde_json::from_str(record) {
        Ok(value) => value,
        Err(error) => return Incoming::Broken(format!("Error reading JSON: {error}")),
    };
    match value.get("type").and_then(Value::as_u64) {
        Some(1) => match value.get("target").and_then(Value::as_str) {
            None => Incoming::Broken("Missing required property 'target'.".to_owned()),
            Some(target) => Incoming::Invocation {
                target: target.to_owned(),
                argument: value.pointer("/arguments/0").cloned().unwrap_or(Value::Null),
                id: value.get("invocationId").and_then(Value::as_str).map(str::to_owned),
            },
        },
        Some(6) => Incoming::Ping,
        Some(7) => Incoming::Close,
        Some(_) => Incoming::Other,
        None => Incoming::Broken("Missing required property 'type'.".to_owned()),
    }
}

/// The server's answer to a handshake record: all is well, or the text of the error.
pub(super) fn handshake(record: &str) -> Result<(), String> {
    let value: Value = serde_json::from_str(record).map_err(|_| "Handshake was malformed.".to_owned())?;
    match (value.get("protocol").and_then(Value::as_str), value.get("version").and_then(Value::as_u64)) {
        (Some("json"), Some(1 | 2)) => Ok(()),
        (Some("json"), version) => {
            let version = version.map_or_else(|| "none".to_owned(), |number| number.to_string());
            Err(format!("The server does not support version {version} of the 'json' protocol."))
        }
        (Some(other), _) => Err(format!("The protocol '{other}' is not supported.")),
        (None, _) => Err("Handshake was malformed.".to_owned()),
    }
}

/// A hub message with `$type` as its first member.
pub(super) fn message(kind: &str, members: &[(&str, Value)]) -> String {
    let mut all = vec![("$type", json!(kind))];
    all.extend(members.iter().filter(|(_, value)| !value.is_null()).cloned());
    fields(&all)
}

/// The record that carries a hub message to the client.
pub(super) fn invocation(message: &str) -> String {
    format!("{{\"type\":1,\"target\":\"ReceiveMessage\",\"arguments\":[{}]}}{END}", ascii(message))
}

/// The answer to an invocation with an id.
pub(super) fn completion(id: &str, error: Option<&str>) -> String {
    let members = match error {
        None => fields(&[("type", json!(3)), ("invocationId", json!(id)), ("result", Value::Null)]),
        Some(error) => fields(&[("type", json!(3)), ("invocationId", json!(id)), ("error", json!(error))]),
    };
    format!("{}{END}", ascii(&members))
}

pub(super) fn ping() -> String {
    format!("{{\"type\":6}}{END}")
}

pub(super) fn close(error: Option<&str>, reconnect: bool) -> String {
    let mut members = vec![("type", json!(7))];
    if let Some(error) = error {
        members.push(("error", json!(error)));
    }
    if reconnect {
        members.push(("allowReconnect", json!(true)));
    }
    format!("{}{END}", fields(&members))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_may_share_a_message_or_span_several() {
        let mut records = Records::default();
        records.push("{\"type\":6}\u{1e}{\"ty");
        assert_eq!(records.next().as_deref(), Some("{\"type\":6}"));
        assert_eq!(records.next(), None);
        records.push("pe\":6}\u{1e}");
        assert_eq!(read(&records.next().unwrap()), Incoming::Ping);
    }

    #[test]
    fn the_type_comes_first_and_nulls_are_left_out() {
        assert_eq!(
            message("error", &[("message", json!("é")), ("code", Value::Null)]),
            r#"{"$type":"error","message":"é"}"#
        );
        assert!(invocation(&message("a", &[("b", json!("é"))])).contains("\\u00E9"));
    }

    #[test]
    fn a_handshake_names_what_it_cannot_do() {
        assert_eq!(handshake(r#"{"protocol":"json","version":1}"#), Ok(()));
        assert!(handshake(r#"{"protocol":"messagepack","version":1}"#).unwrap_err().contains("messagepack"));
        assert!(handshake("{}").is_err());
    }
}
