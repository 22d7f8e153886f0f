//! Every operation of the gateway by its own name, with its fields, so that a call can be checked before it is sent.

use serde_json::{Map, Value};

use crate::model::Error;
use crate::protocol::Method;

/// What a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    Text,
    Flag,
}

/// A field of an operation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) takes: Takes,
    pub(super) required: bool,
    /// Whether null may stand for leaving it out.
    pub(super) nullable: bool,
}

/// Which calls must keep their order among each other. Each lane has one call under way at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    /// What is said and what is to be known.
    Words = 0,
    /// Who speaks.
    Voices = 1,
}

/// How an operation travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// An HTTP call.
    Http(Method),
    /// A message over the socket.
    Socket,
}

/// One operation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operation {
    pub(super) name: &'static str,
    pub(super) way: Way,
    /// The path; `{client_id}` is replaced by the field of that name.
    pub(super) path: &'static str,
    pub(super) fields: &'static [Field],
    pub(super) lane: Option<Lane>,
    /// Whether sending it twice does the same as sending it once.
    pub(super) idempotent: bool,
}

/// The place in a path that a client's id takes.
pub(super) const ID_SLOT: &str = "{client_id}";

const fn must(name: &'static str) -> Field {
    Field { name, takes: Takes::Text, required: true, nullable: false }
}

const fn may(name: &'static str) -> Field {
    Field { name, takes: Takes::Text, required: false, nullable: true }
}

const DIALOGUE: &[Field] = &[
    must("text"),
    Field { name: "source", takes: Takes::Text, required: false, nullable: false },
    may("author"),
    Field { name: "immediate_reply", takes: Takes::Flag, required: false, nullable: true },
];
const CONTEXT: &[Field] = &[must("key"), must("content"), may("description")];
const SPEAKER_START: &[Field] = &[must("source"), may("reason")];
const SPEAKER_STOP: &[Field] =
    &[Field { name: "trigger_response", takes: Takes::Flag, required: false, nullable: false }];
const PLAYBACK: &[Field] = &[must("character_id"), may("message_id")];
const CLIENT: &[Field] = &[must("client_id")];

const fn post(
    name: &'static str,
    path: &'static str,
    fields: &'static [Field],
    lane: Lane,
    idempotent: bool,
) -> Operation {
    Operation { name, way: Way::Http(Method::Post), path, fields, lane: Some(lane), idempotent }
}

const fn get(name: &'static str, path: &'static str, fields: &'static [Field]) -> Operation {
    Operation { name, way: Way::Http(Method::Get), path, fields, lane: None, idempotent: true }
}

/// All there is.
pub(super) const OPERATIONS: &[Operation] = &[
    post("dialogue", "/dialogue", DIALOGUE, Lane::Words, false),
    post("context", "/context", CONTEXT, Lane::Words, false),
    // The gateway takes a second start, or a stop without a start, as nothing.
    post("external_speaker_start", "/external_speaker_start", SPEAKER_START, Lane::Voices, true),
    post("external_speaker_stop", "/external_speaker_stop", SPEAKER_STOP, Lane::Voices, true),
    post("tts_playback_start", "/tts_playback_start", PLAYBACK, Lane::Voices, false),
    post("tts_playback_complete", "/tts_playback_complete", PLAYBACK, Lane::Voices, false),
    get("health", "/health", &[]),
    get("state", "/state", &[]),
    get("debug/clients", "/debug/clients", &[]),
    get("debug/clients/history", "/debug/clients/{client_id}/history", CLIENT),
    Operation {
        name: "debug/clients/clear",
        way: Way::Http(Method::Post),
        path: "/debug/clients/{client_id}/clear",
        fields: CLIENT,
        lane: None,
        idempotent: true,
    },
    get("debug/voxta/history", "/debug/voxta/history", &[]),
    get("root", "/", &[]),
    get("docs", "/docs", &[]),
    get("openapi.json", "/openapi.json", &[]),
    Operation { name: "ping", way: Way::Socket, path: "", fields: &[], lane: None, idempotent: true },
    Operation { name: "subscribe", way: Way::Socket, path: "", fields: &[], lane: None, idempotent: true },
];

/// The operation of this name.
pub(super) fn named(name: &str) -> Option<&'static Operation> {
    OPERATIONS.iter().find(|operation| operation.name == name)
}

/// Finds what a call means by its name: `dialogue`, `POST /dialogue`, or with the id of a client inside,
/// `debug/clients/ID/history` and `GET /debug/clients/ID/history`. The id is handed back.
///
/// # Errors
/// The gateway has no such thing.
pub(super) fn find(name: &str) -> Result<(&'static Operation, Option<String>), Error> {
    let name = name.trim();
    if let Some(operation) = named(name) {
        return Ok((operation, None));
    }
    let (method, path) = match name.split_once(' ') {
        Some((method, path)) => (Some(method), path.trim()),
        None => (None, name),
    };
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    for operation in OPERATIONS.iter().filter(|_| !name.is_empty()) {
        let Way::Http(its) = operation.way else { continue };
        let Some(id) = matches(operation.path, &path) else { continue };
        match method {
            Some(method) if !method.eq_ignore_ascii_case(method_name(its)) => {
                let right = method_name(its);
                return Err(Error::invalid(format!("call \"{name}\": that path takes {right}, not {method}")));
            }
            _ => return Ok((operation, id)),
        }
    }
    let known: Vec<&str> = OPERATIONS.iter().map(|operation| operation.name).collect();
    let hint = nearest(name, &known).map_or(String::new(), |near| format!(" did you mean \"{near}\"?"));
    Err(Error::invalid(format!("call \"{name}\": the gateway has no such thing;{hint} It has {}", known.join(", "))))
}

/// The name of a method on the wire.
pub(super) const fn method_name(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    }
}

/// Whether a path fits a pattern, with the id that stands in its slot.
fn matches(pattern: &str, path: &str) -> Option<Option<String>> {
    if pattern.is_empty() {
        return None;
    }
    let Some((head, tail)) = pattern.split_once(ID_SLOT) else {
        return (pattern == path).then_some(None);
    };
    let id = path.strip_prefix(head)?.strip_suffix(tail)?;
    (!id.is_empty()).then(|| Some(id.to_owned()))
}

/// Reads the JSON of an action: an object, or nothing, which is an empty one.
///
/// # Errors
/// It is something else; `what` names the action.
pub(in crate::protocol) fn object(what: &str, json: &str) -> Result<Map<String, Value>, Error> {
    if json.trim().is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_str(json) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(Error::invalid(format!("{what}: the parameters must be a JSON object, such as {{\"a\":1}}"))),
        Err(error) => Err(Error::invalid(format!("{what}: the parameters are not JSON: {error}"))),
    }
}

/// Checks the fields of an object.
///
/// # Errors
/// Which one is missing, unknown or of another type, and what it should be.
pub(super) fn validate(what: &str, fields: &[Field], map: &Map<String, Value>) -> Result<(), Error> {
    for (key, value) in map {
        let Some(field) = fields.iter().find(|field| field.name == key) else {
            let known: Vec<&str> = fields.iter().map(|field| field.name).collect();
            return Err(unknown(what, key, &known));
        };
        let fits = match (field.takes, value) {
            (Takes::Text, Value::String(_)) | (Takes::Flag, Value::Bool(_)) => true,
            (_, Value::Null) => field.nullable,
            _ => false,
        };
        if !fits {
            let takes = match field.takes {
                Takes::Text => "a text",
                Takes::Flag => "true or false",
            };
            let given = shown(value);
            return Err(Error::invalid(format!("{what}: \"{key}\" takes {takes}, not {given}")));
        }
    }
    match fields.iter().find(|field| field.required && !map.contains_key(field.name)) {
        Some(field) => Err(Error::invalid(format!("{what}: \"{}\" is missing; it takes a text", field.name))),
        None => Ok(()),
    }
}

/// The error about a field that does not exist. The gateway would ignore it, and a misspelt one would be missed.
pub(in crate::protocol) fn unknown(what: &str, key: &str, known: &[&str]) -> Error {
    let hint = nearest(key, known).map_or(String::new(), |near| format!(" did you mean \"{near}\"?"));
    let list = if known.is_empty() { "nothing".to_owned() } else { known.join(", ") };
    Error::invalid(format!("{what}: there is no field \"{key}\";{hint} It takes {list}"))
}

/// A value for an error text: short, and without what could be private.
pub(in crate::protocol) fn shown(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// The known name that the given one may be a slip of.
pub(in crate::protocol) fn nearest<'k>(given: &str, known: &[&'k str]) -> Option<&'k str> {
    if given.len() > 64 {
        return None;
    }
    let best = known.iter().map(|name| (distance(given, name), *name)).min()?;
    (best.0 <= 2.max(given.chars().count() / 3)).then_some(best.1)
}

/// How many letters have to be changed, added or dropped to get from one name to the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let change = corner + usize::from(x != *y);
            corner = row[j + 1];
            row[j + 1] = change.min(corner + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::{OPERATIONS, Way, find, object, validate};

    fn check(name: &str, json: &str) -> String {
        let (operation, _) = find(name).expect(name);
        match validate(name, operation.fields, &object(name, json).expect(json)) {
            Ok(()) => "ok".to_owned(),
            Err(error) => error.text,
        }
    }

    #[test]
    fn names_are_found_in_all_their_forms() {
        for (given, name, id) in [
            ("dialogue", "dialogue", None),
            (" POST /dialogue ", "dialogue", None),
            ("post /dialogue", "dialogue", None),
            ("/state", "state", None),
            ("GET /", "root", None),
            ("debug/clients/a~2/history", "debug/clients/history", Some("a~2")),
            ("GET /debug/clients/a/b/history", "debug/clients/history", Some("a/b")),
            ("POST /debug/clients/x/clear", "debug/clients/clear", Some("x")),
            ("ping", "ping", None),
        ] {
            let (operation, found) = find(given).expect(given);
            assert_eq!((operation.name, found.as_deref()), (name, id), "{given}");
        }
        for (given, expected) in [
            ("dialog", "did you mean \"dialogue\"?"),
            ("GET /dialogue", "that path takes POST, not GET"),
            ("debug/clients//history", "has no such thing"),
            ("", "has no such thing"),
            ("startChat", "It has dialogue, context"),
        ] {
            let text = find(given).expect_err(given).text;
            assert!(text.contains(expected), "{text}");
        }
    }

    #[test]
    fn fields_are_checked() {
        for (name, json, expected) in [
            ("dialogue", r#"{"text":"Hi","author":null,"immediate_reply":true}"#, "ok"),
            ("dialogue", r#"{"text":""}"#, "ok"),
            ("dialogue", "", "\"text\" is missing; it takes a text"),
            ("dialogue", r#"{"txt":"Hi"}"#, "there is no field \"txt\"; did you mean \"text\"? It takes text, source"),
            ("dialogue", r#"{"text":1}"#, "\"text\" takes a text, not a number"),
            ("dialogue", r#"{"text":null}"#, "\"text\" takes a text, not null"),
            ("dialogue", r#"{"text":"a","source":null}"#, "\"source\" takes a text, not null"),
            ("dialogue", r#"{"text":"a","immediate_reply":"yes"}"#, "takes true or false, not a text"),
            ("context", r#"{"key":"k","content":"c","description":"d"}"#, "ok"),
            ("context", r#"{"key":"k"}"#, "\"content\" is missing"),
            ("external_speaker_stop", "", "ok"),
            ("external_speaker_stop", r#"{"trigger_response":null}"#, "takes true or false, not null"),
            ("tts_playback_start", r#"{"message_id":"m"}"#, "\"character_id\" is missing"),
            ("health", r#"{"x":1}"#, "there is no field \"x\"; It takes nothing"),
        ] {
            let text = check(name, json);
            assert!(text.contains(expected), "{name} {json}: {text}");
        }
        assert!(object("x", "[1]").is_err() && object("x", "{").is_err() && object("x", " ").is_ok());
    }

    #[test]
    fn every_operation_is_reached_by_name_and_by_path() {
        for operation in OPERATIONS {
            assert_eq!(find(operation.name).expect("named").0.name, operation.name);
            if let Way::Http(method) = operation.way {
                let path = operation.path.replace(super::ID_SLOT, "id");
                let form = format!("{} {path}", super::method_name(method));
                assert_eq!(find(&form).expect("by path").0.name, operation.name, "{form}");
            }
        }
    }
}
