//! What an action of the host means for the service. Nothing here knows the state of a connection, so the same code
//! checks an action on the host's thread.

use serde_json::{Map, Value};

use super::catalog::{self, Operation};
use super::model::{RESPONSE, TOOLS};
use super::schema::{Field, Takes, check, check_fields, may, reset};
use crate::model::{Action, Error, PlaybackPhase, Say, Secret, Status};

/// What is to be done.
#[derive(Debug)]
pub(super) enum Plan {
    /// Say something, and as a rule ask for a reply.
    Say {
        text: String,
        role: String,
        item: Option<String>,
        after: Option<Value>,
        respond: bool,
        response: Option<Value>,
    },
    /// Stop the reply.
    Interrupt,
    /// Something that the service should know.
    Context {
        key: String,
        text: String,
    },
    /// A change of the session.
    Session(Map<String, Value>),
    ToolResult {
        id: String,
        result: String,
        failed: bool,
    },
    Playback {
        started: bool,
        id: String,
        played_ms: Option<f64>,
    },
    Credential(Secret),
    /// A message of the catalog.
    Message {
        operation: &'static Operation,
        members: Map<String, Value>,
    },
    /// A message as it stands.
    Raw(Map<String, Value>),
}

const SAY: &[Field] = &[
    may("role", Takes::Words(&["user", "system", "assistant"])),
    may("item_id", Takes::Text),
    reset("previous_item_id", Takes::Text),
    may("respond", Takes::Flag),
    may("response", RESPONSE),
];
const PLAYBACK: &[Field] = &[may("played_ms", Takes::Number(0.0, 1e9))];

/// Reads an action.
///
/// # Errors
/// What is wrong with it, or that the service has no such thing.
pub(super) fn plan(action: &Action) -> Result<Plan, Error> {
    match action {
        Action::Say(say) => plan_say(say),
        Action::Interrupt { json } => catalog::object("interrupt", json).map(|_| Plan::Interrupt),
        Action::SetContext { key, text, json } => {
            catalog::object("set_context", json)?;
            Ok(Plan::Context { key: key.clone(), text: text.clone() })
        }
        Action::SetTools { json } => plan_tools(json),
        Action::ToolResult { id, .. } if id.is_empty() => {
            Err(Error::invalid("tool_result: the id is missing; it is the id of the TOOL_CALL event"))
        }
        Action::ToolResult { id, result, failed } => {
            Ok(Plan::ToolResult { id: id.clone(), result: result.clone(), failed: *failed })
        }
        Action::Playback(playback) => {
            let given = members("playback", PLAYBACK, &playback.json)?;
            Ok(Plan::Playback {
                started: playback.phase == PlaybackPhase::Started,
                id: playback.id.clone(),
                played_ms: given.get("played_ms").and_then(Value::as_f64),
            })
        }
        Action::Subscribe { .. } => Err(Error::new(
            Status::Unsupported,
            "subscribe: the service sends everything; choose what is delivered with the option events.kinds",
        )),
        Action::SetCredential { value } => Ok(Plan::Credential(value.clone())),
        Action::Call { name, json } => plan_call(name, json),
    }
}

fn members(verb: &str, fields: &[Field], json: &str) -> Result<Map<String, Value>, Error> {
    let map = catalog::object(verb, json)?;
    if let Some(unknown) = map.keys().find(|name| fields.iter().all(|field| field.name != name.as_str())) {
        let known: Vec<&str> = fields.iter().map(|field| field.name).collect();
        return Err(Error::invalid(format!("{verb}: there is no {unknown}; it takes {}", known.join(", "))));
    }
    check_fields("", fields, &map).map_err(|text| Error::invalid(format!("{verb}: {text}")))?;
    Ok(map)
}

fn plan_say(say: &Say) -> Result<Plan, Error> {
    let mut given = members("say", SAY, &say.json)?;
    let text = |given: &Map<String, Value>, name: &str| given.get(name).and_then(Value::as_str).map(str::to_owned);
    Ok(Plan::Say {
        text: say.text.clone(),
        role: text(&given, "role").unwrap_or_else(|| "user".to_owned()),
        item: text(&given, "item_id"),
        respond: given.get("respond").and_then(Value::as_bool).unwrap_or(true),
        after: given.remove("previous_item_id"),
        response: given.remove("response"),
    })
}

/// Tools as a list, or as an object with `tools` and `tool_choice`.
fn plan_tools(json: &str) -> Result<Plan, Error> {
    let given: Value = serde_json::from_str(if json.trim().is_empty() { "[]" } else { json })
        .map_err(|error| Error::invalid(format!("set_tools: the tools are not JSON: {error}")))?;
    let mut session = match given {
        Value::Object(map) if map.contains_key("tools") => map,
        Value::Array(_) => Map::from_iter([("tools".to_owned(), given)]),
        _ => return Err(Error::invalid("set_tools: give a list of tools, or an object with the list as tools")),
    };
    if let Some(other) = session.keys().find(|name| !matches!(name.as_str(), "tools" | "tool_choice")) {
        return Err(Error::invalid(format!("set_tools: there is no {other}; it takes tools and tool_choice")));
    }
    // A tool without a type is a function, as other services have it.
    if let Some(Value::Array(tools)) = session.get_mut("tools") {
        for tool in tools.iter_mut().filter_map(Value::as_object_mut) {
            tool.entry("type").or_insert_with(|| Value::from("function"));
        }
    }
    let wrong = |text| Error::invalid(format!("set_tools: {text}"));
    check("tools", &TOOLS, session.get("tools").unwrap_or(&Value::Null)).map_err(wrong)?;
    super::model::check_session("", &session).map_err(wrong)?;
    Ok(Plan::Session(session))
}

fn plan_call(name: &str, json: &str) -> Result<Plan, Error> {
    let (operation, mut members) = catalog::read(name, json)?;
    match operation {
        None => Ok(Plan::Raw(members)),
        Some(operation) if operation.name == "session.update" && !members.contains_key("event_id") => {
            match members.remove("session") {
                Some(Value::Object(session)) => Ok(Plan::Session(session)),
                // The catalog has seen that it is an object.
                _ => Err(Error::invalid("session.update: session is missing")),
            }
        }
        Some(operation) => Ok(Plan::Message { operation, members }),
    }
}
