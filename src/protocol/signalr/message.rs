//! What one record says.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::protocol::wire::{Text, push_json_str};

/// The first record of a connection.
pub(crate) const HANDSHAKE: &str = "{\"protocol\":\"json\",\"version\":1}\u{1e}";
/// Keeps a connection alive.
pub(crate) const PING: &str = "{\"type\":6}\u{1e}";

/// A record of the server.
#[derive(Debug, PartialEq)]
pub(crate) enum Message<'a> {
    /// Type 1: a call of `target`. `argument` is the first argument, as it came.
    Invocation {
        target: Cow<'a, str>,
        argument: &'a str,
        /// The argument was cut out by its place and is not known to be JSON yet.
        guessed: bool,
    },
    /// Type 3: a call of ours is done. `result` is its JSON, or empty.
    Completion { id: Cow<'a, str>, result: &'a str, error: Option<Cow<'a, str>> },
    /// Type 6.
    Ping,
    /// Type 7: the server lets go of this connection.
    Close { error: Option<Cow<'a, str>>, reconnect: bool },
    /// Types 2, 4, 5, 8 and 9, which nobody asked for, and types that do not exist yet.
    Ignored,
}

/// How servers write the one message that comes often.
const HEAD: &str = "{\"type\":1,\"target\":\"ReceiveMessage\",\"arguments\":[";
const TAIL: &str = "]}";

/// Reads one record behind the handshake. `trusting` cuts the argument of a usual record out by its place, which the
/// reader of that argument confirms or refutes; without it the whole record is read.
///
/// # Errors
/// It is not JSON, or not a record.
pub(crate) fn read(record: &str, trusting: bool) -> Result<Message<'_>, String> {
    if trusting && let Some(argument) = record.strip_prefix(HEAD).and_then(|rest| rest.strip_suffix(TAIL)) {
        return Ok(Message::Invocation { target: Cow::Borrowed("ReceiveMessage"), argument, guessed: true });
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Wire<'a> {
        r#type: Option<u64>,
        #[serde(borrow, default)]
        target: Text<'a>,
        #[serde(borrow, default)]
        arguments: Vec<&'a RawValue>,
        #[serde(borrow, default)]
        invocation_id: Text<'a>,
        #[serde(borrow, default)]
        result: Option<&'a RawValue>,
        #[serde(borrow, default)]
        error: Text<'a>,
        #[serde(default)]
        allow_reconnect: bool,
    }
    // The reader would take an array for the members in their order.
    if !record.trim_start().starts_with('{') {
        return Err("a record that is no object".to_owned());
    }
    let wire: Wire<'_> = serde_json::from_str(record).map_err(|error| error.to_string())?;
    let said = |text| match text {
        Text::Is(text) => Some(text),
        Text::Absent | Text::Wrong => None,
    };
    Ok(match wire.r#type {
        Some(1) => Message::Invocation {
            target: said(wire.target).ok_or("an invocation without a target")?,
            argument: wire.arguments.first().map_or("", |argument| argument.get()),
            guessed: false,
        },
        Some(3) => Message::Completion {
            id: said(wire.invocation_id).ok_or("a completion without an invocationId")?,
            result: wire.result.map_or("", RawValue::get),
            error: said(wire.error),
        },
        Some(6) => Message::Ping,
        Some(7) => Message::Close { error: said(wire.error), reconnect: wire.allow_reconnect },
        Some(_) => Message::Ignored,
        None => return Err("a record without a type".to_owned()),
    })
}

/// Reads the server's answer to the handshake.
///
/// # Errors
/// What the server says against it, or that this is no answer.
pub(crate) fn handshake(record: &str) -> Result<(), String> {
    #[derive(Deserialize)]
    struct Answer<'a> {
        #[serde(borrow, default)]
        error: Text<'a>,
    }
    match serde_json::from_str::<Answer<'_>>(record) {
        Ok(Answer { error: Text::Is(error) }) => Err(format!("the hub refused the handshake: {error}")),
        Ok(_) => Ok(()),
        Err(error) => Err(format!("the hub's answer to the handshake can not be read: {error}")),
    }
}

/// A call with one argument, which is JSON already.
pub(crate) fn invocation(id: Option<u64>, target: &str, argument: &str) -> String {
    let mut out = String::with_capacity(argument.len() + 80);
    out.push_str("{\"type\":1,");
    if let Some(id) = id {
        out.push_str(&format!("\"invocationId\":\"{id}\","));
    }
    out.push_str("\"target\":");
    push_json_str(&mut out, target);
    out.push_str(",\"arguments\":[");
    out.push_str(argument);
    out.push_str("]}\u{1e}");
    out
}

#[cfg(test)]
mod tests {
    use super::{Message, handshake, invocation, read};

    #[test]
    fn every_type_of_record() {
        let invocation = |argument, guessed| Message::Invocation { target: "ReceiveMessage".into(), argument, guessed };
        let completion = |result, error: Option<&'static str>| Message::Completion {
            id: "1".into(),
            result,
            error: error.map(Into::into),
        };
        let close = |error: Option<&'static str>, reconnect| Message::Close { error: error.map(Into::into), reconnect };
        for (record, expected) in [
            (r#"{"type":1,"target":"ReceiveMessage","arguments":[{"a":1}]}"#, invocation(r#"{"a":1}"#, true)),
            (r#"{"target":"ReceiveMessage","arguments":[{"a":1},2],"type":1}"#, invocation(r#"{"a":1}"#, false)),
            (r#"{"type":1,"headers":{"x":"y"},"target":"ReceiveMessage","arguments":[]}"#, invocation("", false)),
            (r#"{"type":3,"invocationId":"1","result":null}"#, completion("", None)),
            (r#"{"type":3,"invocationId":"1"}"#, completion("", None)),
            (r#"{"type":3,"invocationId":"1","result":{"x":2}}"#, completion(r#"{"x":2}"#, None)),
            (r#"{"type":3,"invocationId":"1","error":"no"}"#, completion("", Some("no"))),
            (r#"{"type":6}"#, Message::Ping),
            (r#"{"type":7}"#, close(None, false)),
            (r#"{"type":7,"error":"too big","allowReconnect":true}"#, close(Some("too big"), true)),
            (r#"{"type":2,"invocationId":"1","item":1}"#, Message::Ignored),
            (r#"{"type":4,"invocationId":"1","target":"x","arguments":[]}"#, Message::Ignored),
            (r#"{"type":5,"invocationId":"1"}"#, Message::Ignored),
            (r#"{"type":8,"sequenceId":1}"#, Message::Ignored),
            (r#"{"type":9,"sequenceId":1}"#, Message::Ignored),
            (r#"{"type":99}"#, Message::Ignored),
        ] {
            assert_eq!(read(record, true), Ok(expected), "{record}");
        }
        for record in ["", "[]", "[1,\"x\",[]]", "{", "{}", r#"{"type":"1"}"#, r#"{"type":1}"#, r#"{"type":3}"#] {
            assert!(read(record, true).is_err(), "{record}");
        }
    }

    #[test]
    fn a_wrong_guess_is_read_again_in_full() {
        let record = r#"{"type":1,"target":"ReceiveMessage","arguments":[{"a":1}],"headers":[1]}"#;
        let Ok(Message::Invocation { argument, guessed: true, .. }) = read(record, true) else { panic!("guessed") };
        assert!(serde_json::from_str::<serde_json::Value>(argument).is_err());
        let Ok(Message::Invocation { argument, guessed: false, .. }) = read(record, false) else { panic!("read") };
        assert_eq!(argument, r#"{"a":1}"#);
    }

    #[test]
    fn handshakes() {
        assert_eq!(handshake("{}"), Ok(()));
        assert!(handshake(r#"{"error":"The protocol 'x' is not supported."}"#).expect_err("refused").contains("'x'"));
        assert!(handshake("hello").is_err() && handshake("").is_err());
    }

    #[test]
    fn calls() {
        assert_eq!(
            invocation(Some(7), "SendMessage", "{}"),
            "{\"type\":1,\"invocationId\":\"7\",\"target\":\"SendMessage\",\"arguments\":[{}]}\u{1e}"
        );
        assert!(invocation(None, "a\"b", "{}").starts_with(r#"{"type":1,"target":"a\"b","#));
    }
}
