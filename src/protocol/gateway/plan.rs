//! What an action of the host means for the gateway. Nothing here knows the state of a connection, so the same code
//! checks an action on the host's thread.

use serde::Serialize;
use serde_json::{Map, Value};

use super::catalog::{self, Field, Lane, Operation, Takes, Way};
use super::subscription::Subscription;
use crate::model::{Action, Error, Playback, PlaybackPhase, Say, Status};

/// What is to be done.
#[derive(Debug)]
pub(super) enum Plan {
    /// A call of the conversation, which needs a chat: `queue` is whether it may wait for one, where the host says so.
    Words { operation: &'static Operation, body: String, idempotent: bool, queue: Option<bool> },
    /// Silence the AI by naming an external speaker; `hold` keeps that speaker.
    Interrupt { start: String, hold: bool },
    /// A report about the loudspeaker.
    Playback { operation: &'static Operation, character: Option<String>, message: Option<String> },
    /// Hear something else from now on.
    Subscribe(Subscription),
    /// A ping over the socket.
    Ping,
    /// An operation just as it stands.
    Http { operation: &'static Operation, path: String, body: Option<String>, idempotent: bool },
}

const fn text(name: &'static str) -> Field {
    Field { name, takes: Takes::Text, required: false, nullable: true }
}

const fn flag(name: &'static str) -> Field {
    Field { name, takes: Takes::Flag, required: false, nullable: true }
}

const SAY: &[Field] = &[text("source"), text("author"), flag("immediate_reply"), flag("queue")];
const SET_CONTEXT: &[Field] = &[text("description"), flag("queue")];
const INTERRUPT: &[Field] = &[text("source"), text("reason"), flag("hold")];

/// Reads an action.
///
/// # Errors
/// What is wrong with it, or that the gateway has no such thing.
pub(super) fn plan(action: &Action) -> Result<Plan, Error> {
    match action {
        Action::Say(say) => plan_say(say),
        Action::SetContext { key, text, json } => plan_context(key, text, json),
        Action::Interrupt { json } => plan_interrupt(json),
        Action::Playback(playback) => plan_playback(playback),
        Action::Subscribe { json } => Subscription::from_json(json).map(Plan::Subscribe),
        Action::Call { name, json } => plan_call(name, json),
        Action::SetTools { .. } | Action::ToolResult { .. } => {
            Err(unsupported(action, "the gateway takes no tools; what it has are TRIGGER events"))
        }
        Action::SetCredential { .. } => {
            Err(unsupported(action, "the gateway asks for no credential; a proxy's goes into the option headers"))
        }
    }
}

fn unsupported(action: &Action, why: &str) -> Error {
    Error::new(Status::Unsupported, format!("{}: {why}", action.verb()))
}

/// The parameters of a verb, checked.
struct Given(Map<String, Value>);

impl Given {
    fn read(verb: &str, fields: &[Field], json: &str) -> Result<Given, Error> {
        let map = catalog::object(verb, json)?;
        catalog::validate(verb, fields, &map)?;
        Ok(Given(map))
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    fn flag(&self, name: &str) -> Option<bool> {
        self.0.get(name)?.as_bool()
    }
}

/// A body out of texts and flags; members without a value stay out.
fn body<T: Serialize>(members: &T) -> Result<String, Error> {
    serde_json::to_string(members).map_err(|error| Error::invalid(format!("the body can not be written: {error}")))
}

fn operation(name: &str) -> Result<&'static Operation, Error> {
    catalog::find(name).map(|(operation, _)| operation)
}

fn plan_say(say: &Say) -> Result<Plan, Error> {
    #[derive(Serialize)]
    struct Dialogue<'a> {
        text: &'a str,
        source: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        author: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        immediate_reply: Option<bool>,
    }
    let given = Given::read("say", SAY, &say.json)?;
    let body = body(&Dialogue {
        text: &say.text,
        source: given.text("source").unwrap_or("user"),
        author: given.text("author"),
        immediate_reply: given.flag("immediate_reply"),
    })?;
    Ok(Plan::Words { operation: operation("dialogue")?, body, idempotent: false, queue: given.flag("queue") })
}

fn plan_context(key: &str, text: &str, json: &str) -> Result<Plan, Error> {
    #[derive(Serialize)]
    struct Context<'a> {
        key: &'a str,
        content: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        description: Option<&'a str>,
    }
    let given = Given::read("set_context", SET_CONTEXT, json)?;
    if key.is_empty() {
        return Err(Error::invalid(
            "set_context: the key is empty; it names the context, so that a later one replaces it",
        ));
    }
    let description = given.text("description");
    let body = body(&Context { key, content: text, description })?;
    // With a description the gateway also sends a message into the chat, and twice would be two messages.
    let idempotent = description.is_none();
    Ok(Plan::Words { operation: operation("context")?, body, idempotent, queue: given.flag("queue") })
}

fn plan_interrupt(json: &str) -> Result<Plan, Error> {
    #[derive(Serialize)]
    struct Start<'a> {
        source: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<&'a str>,
    }
    let given = Given::read("interrupt", INTERRUPT, json)?;
    let start = body(&Start { source: given.text("source").unwrap_or("user"), reason: given.text("reason") })?;
    Ok(Plan::Interrupt { start, hold: given.flag("hold").unwrap_or(false) })
}

fn plan_playback(playback: &Playback) -> Result<Plan, Error> {
    Given::read("playback", &[], &playback.json)?;
    let name = match playback.phase {
        PlaybackPhase::Started => "tts_playback_start",
        PlaybackPhase::Completed => "tts_playback_complete",
    };
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Ok(Plan::Playback { operation: operation(name)?, character: some(&playback.sender), message: some(&playback.id) })
}

/// The body of a report about the loudspeaker.
///
/// # Errors
/// It can not be written.
pub(super) fn playback_body(character_id: &str, message_id: Option<&str>) -> Result<String, Error> {
    #[derive(Serialize)]
    struct Report<'a> {
        character_id: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        message_id: Option<&'a str>,
    }
    body(&Report { character_id, message_id })
}

fn plan_call(name: &str, json: &str) -> Result<Plan, Error> {
    let (operation, id) = catalog::find(name)?;
    if operation.name == "subscribe" {
        return Subscription::from_json(json).map(Plan::Subscribe);
    }
    let what = format!("call \"{}\"", name.trim());
    let mut map = catalog::object(&what, json)?;
    if let Some(id) = id {
        map.insert("client_id".to_owned(), Value::String(id));
    }
    catalog::validate(&what, operation.fields, &map)?;
    if operation.way == Way::Socket {
        return Ok(Plan::Ping);
    }
    let mut path = operation.path.to_owned();
    if path.contains(catalog::ID_SLOT) {
        let id = map.get("client_id").and_then(Value::as_str).unwrap_or_default();
        if id.is_empty() || id.contains('/') || matches!(id, "." | "..") {
            return Err(Error::invalid(format!(
                "{what}: the gateway can not be asked about a client_id like \"{id}\""
            )));
        }
        path = path.replace(catalog::ID_SLOT, &segment(id));
    }
    // The host's own text is sent, not a copy of it with its numbers and orders rewritten.
    let body = (operation.lane.is_some()).then(|| if json.trim().is_empty() { "{}" } else { json.trim() }.to_owned());
    let idempotent = match operation.lane {
        Some(Lane::Words) => operation.name == "context" && !map.get("description").is_some_and(Value::is_string),
        _ => operation.idempotent,
    };
    Ok(Plan::Http { operation, path, body, idempotent })
}

/// A text as one segment of a path.
fn segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Plan, plan, segment};
    use crate::model::{Action, Say, Secret, Status};

    #[test]
    fn unsupported_verbs_say_so() {
        for action in [
            Action::SetTools { json: "[]".into() },
            Action::ToolResult { id: "1".into(), result: "x".into(), failed: false },
            Action::SetCredential { value: Secret::new("x") },
        ] {
            let error = plan(&action).expect_err("no such thing");
            assert!(error.status == Status::Unsupported && error.text.starts_with(action.verb()), "{error}");
        }
    }

    #[test]
    fn say_writes_the_body_of_a_dialogue() {
        let say = |json: &str| plan(&Action::Say(Say { text: "a\"b".into(), json: json.into() }));
        let Ok(Plan::Words { body, queue: None, idempotent: false, .. }) = say("") else { panic!("words") };
        assert_eq!(body, r#"{"text":"a\"b","source":"user"}"#);
        let json = r#"{"source":"game","author":"Bob","immediate_reply":false,"queue":true}"#;
        let Ok(Plan::Words { body, queue: Some(true), .. }) = say(json) else { panic!("words") };
        assert_eq!(body, r#"{"text":"a\"b","source":"game","author":"Bob","immediate_reply":false}"#);
        assert!(say(r#"{"autor":"Bob"}"#).expect_err("a slip").text.contains("did you mean \"author\""));
    }

    #[test]
    fn ids_become_segments() {
        assert_eq!(segment("a~2 ü?"), "a~2%20%C3%BC%3F");
        for (name, json) in [
            ("debug/clients/a/b/history", ""),
            ("debug/clients/history", r#"{"client_id":".."}"#),
            ("debug/clients/history", ""),
        ] {
            assert!(plan(&Action::Call { name: name.into(), json: json.into() }).is_err(), "{name}");
        }
    }
}
