//! What an action of the host means for the hub. Nothing here knows the state of a connection, so the same code checks an
//! action on the host's thread.

use serde_json::{Map, Value};

use super::catalog::{self, CONTEXT, Field, Operation, PLAYBACK, SEND, Takes};
use super::vision::{self, Vision};
use crate::model::{Action, Error, PlaybackPhase};
use crate::protocol::gateway::catalog::object;
use crate::protocol::wire::push_json_str;

/// What is to be done.
#[derive(Debug)]
pub(super) enum Plan {
    /// Send a message: its fields without braces, and whether it may wait for a chat, where the host says so.
    Send {
        operation: &'static Operation,
        fields: String,
        has_session: bool,
        queue: Option<bool>,
    },
    /// Set what the AI knows under a key, now and after every reconnect.
    Context {
        key: String,
        fields: String,
        queue: Option<bool>,
    },
    Interrupt,
    /// An app trigger is done.
    TriggerDone {
        id: String,
    },
    Playback {
        phase: PlaybackPhase,
        id: String,
        fields: String,
    },
    /// Take part in another chat: by its session, or by its chat id.
    Subscribe {
        session: String,
        chat: String,
    },
    Credential(String),
    /// What the server wants to see, or that it will not see it.
    Vision(Vision),
}

/// The key under which tools are set, so that contexts under other keys stay as they are.
const TOOLS_KEY: &str = "Tools";

/// Reads an action.
///
/// # Errors
/// What is wrong with it.
pub(super) fn plan(action: &Action) -> Result<Plan, Error> {
    match action {
        Action::Say(say) => plan_say(&say.text, &say.json),
        Action::SetContext { key, text, json } => plan_context(key, text, json),
        Action::SetTools { json } => plan_tools(json),
        Action::Interrupt { json } => read("interrupt", &[], json).map(|_| Plan::Interrupt),
        Action::ToolResult { id, .. } if id.is_empty() => {
            Err(Error::invalid("tool_result: the id is empty; it is the id of the TOOL_CALL event"))
        }
        Action::ToolResult { id, .. } => Ok(Plan::TriggerDone { id: id.clone() }),
        Action::Playback(playback) => {
            read("playback", PLAYBACK, &playback.json)?;
            if playback.id.is_empty() {
                return Err(Error::invalid("playback: the id is empty; it is the id of the event that is played"));
            }
            Ok(Plan::Playback { phase: playback.phase, id: playback.id.clone(), fields: inner(&playback.json) })
        }
        Action::Subscribe { json } => plan_subscribe(json),
        Action::SetCredential { value } => Ok(Plan::Credential(value.reveal().to_owned())),
        Action::Call { name, json } => plan_call(name, json),
    }
}

fn read(what: &str, fields: &[Field], json: &str) -> Result<Map<String, Value>, Error> {
    let map = object(what, json)?;
    catalog::validate(what, fields, &map)?;
    Ok(map)
}

/// An object without its braces, in the host's own spelling. It has been read before, so that it is one.
fn inner(json: &str) -> String {
    let json = json.trim();
    let inside = json.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or("");
    inside.trim().to_owned()
}

fn join(first: &str, second: &str) -> String {
    match (first.is_empty(), second.is_empty()) {
        (_, true) => first.to_owned(),
        (true, _) => second.to_owned(),
        _ => format!("{first},{second}"),
    }
}

fn member(name: &str, text: &str) -> String {
    let mut out = format!("\"{name}\":");
    push_json_str(&mut out, text);
    out
}

/// Takes the library's own member `queue` out of the parameters, which otherwise keep the host's spelling.
fn without_queue(map: &mut Map<String, Value>, json: &str) -> (Option<bool>, String) {
    match map.remove("queue") {
        Some(queue) => (queue.as_bool(), inner(&Value::Object(map.clone()).to_string())),
        None => (None, inner(json)),
    }
}

fn plan_say(text: &str, json: &str) -> Result<Plan, Error> {
    let mut fields: Vec<Field> = SEND.iter().filter(|(name, ..)| *name != "text").copied().collect();
    fields.push(("queue", Takes::Flag, false));
    let mut map = read("say", &fields, json)?;
    let (queue, rest) = without_queue(&mut map, json);
    let mut all = member("text", text);
    if !map.contains_key("doReply") {
        all.push_str(",\"doReply\":true");
    }
    Ok(Plan::Send { operation: catalog::find("send")?, fields: join(&all, &rest), has_session: false, queue })
}

fn plan_context(key: &str, text: &str, json: &str) -> Result<Plan, Error> {
    if key.is_empty() {
        return Err(Error::invalid(
            "set_context: the key is empty; it names the context, so that a later one replaces it",
        ));
    }
    let mut fields: Vec<Field> = CONTEXT.iter().filter(|(name, ..)| *name != "contextKey").copied().collect();
    fields.extend([("name", Takes::Text, false), ("queue", Takes::Flag, false)]);
    let mut map = read("set_context", &fields, json)?;
    let name = map.remove("name");
    if map.contains_key("contexts") && (!text.is_empty() || name.is_some()) {
        return Err(Error::invalid("set_context: give a text or \"contexts\", not both"));
    }
    let queue = map.remove("queue").and_then(|queue| queue.as_bool());
    let contexts = match (map.contains_key("contexts"), text.is_empty()) {
        (true, _) => String::new(),
        // A list replaces the one before, so an empty one removes it; other lists alone leave the texts alone.
        (false, true) if map.is_empty() => "\"contexts\":[]".to_owned(),
        (false, true) => String::new(),
        (false, false) => {
            let name = name.as_ref().and_then(Value::as_str).map_or(String::new(), |name| member("name", name) + ",");
            format!("\"contexts\":[{{{name}{}}}]", member("text", text))
        }
    };
    Ok(Plan::Context { key: key.to_owned(), fields: join(&contexts, &inner(&Value::Object(map).to_string())), queue })
}

fn plan_tools(json: &str) -> Result<Plan, Error> {
    let given = json.trim();
    if given.starts_with('[') {
        let list: Vec<Value> = serde_json::from_str(given)
            .map_err(|error| Error::invalid(format!("set_tools: the tools are not JSON: {error}")))?;
        check_tools(&list)?;
        return Ok(Plan::Context { key: TOOLS_KEY.into(), fields: format!("\"actions\":{given}"), queue: None });
    }
    let fields = [("contextKey", Takes::Text, false), ("actions", Takes::List, true)];
    let map = read("set_tools", &fields, given)?;
    let actions = map.get("actions").and_then(Value::as_array).cloned().unwrap_or_default();
    check_tools(&actions)?;
    let key = map.get("contextKey").and_then(Value::as_str).unwrap_or(TOOLS_KEY);
    Ok(Plan::Context { key: key.into(), fields: format!("\"actions\":{}", Value::Array(actions)), queue: None })
}

fn check_tools(list: &[Value]) -> Result<(), Error> {
    for (at, tool) in list.iter().enumerate() {
        let what = match tool.get("name").and_then(Value::as_str) {
            Some(name) if !name.is_empty() => continue,
            Some(_) => "an empty name",
            None if tool.is_object() => "no name",
            None => "no members; a tool is an object such as {\"name\":\"open_door\",\"description\":\"…\"}",
        };
        return Err(Error::invalid(format!("set_tools: tool {} of {} has {what}", at + 1, list.len())));
    }
    Ok(())
}

fn plan_subscribe(json: &str) -> Result<Plan, Error> {
    let map = read("subscribe", &[("sessionId", Takes::Text, false), ("chatId", Takes::Text, false)], json)?;
    let text = |name: &str| map.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (session, chat) = (text("sessionId"), text("chatId"));
    if session.is_empty() && chat.is_empty() {
        return Err(Error::invalid("subscribe: name the chat by \"sessionId\" or \"chatId\""));
    }
    Ok(Plan::Subscribe { session, chat })
}

fn plan_call(name: &str, json: &str) -> Result<Plan, Error> {
    if let Some(planned) = vision::plan(name, json) {
        return planned.map(Plan::Vision);
    }
    let operation = catalog::find(name)?;
    let what = format!("call \"{}\"", name.trim());
    let map = object(&what, json)?;
    if map.contains_key("$type") {
        return Err(Error::invalid(format!("{what}: \"$type\" is the name of the call; leave it out")));
    }
    if !operation.experimental {
        let mut fields = operation.fields.to_vec();
        if operation.chat {
            fields.push(("sessionId", Takes::Text, false));
        }
        catalog::validate(&what, &fields, &map)?;
    }
    let has_session = map.contains_key("sessionId");
    Ok(Plan::Send { operation, fields: inner(json), has_session, queue: None })
}

/// A message of this name and these fields.
pub(super) fn payload(name: &str, session: Option<&str>, fields: &str) -> String {
    let mut out = String::with_capacity(fields.len() + 100);
    out.push_str("{\"$type\":");
    push_json_str(&mut out, name);
    if let Some(session) = session {
        out.push_str(",\"sessionId\":");
        push_json_str(&mut out, session);
    }
    if !fields.is_empty() {
        out.push(',');
        out.push_str(fields);
    }
    out.push('}');
    out
}

#[cfg(test)]
mod tests {
    use super::{Plan, payload, plan};
    use crate::model::{Action, Say};

    fn sent(action: &Action) -> String {
        match plan(action) {
            Ok(Plan::Send { operation, fields, .. }) => payload(operation.name, Some("S"), &fields),
            Ok(Plan::Context { key, fields, .. }) => format!("{key}: {fields}"),
            Ok(other) => format!("{other:?}"),
            Err(error) => error.text,
        }
    }

    #[test]
    fn verbs_become_messages() {
        let say = |json: &str| sent(&Action::Say(Say { text: "a\"b".into(), json: json.into() }));
        let context = |text: &str, json: &str| {
            sent(&Action::SetContext { key: "k".into(), text: text.into(), json: json.into() })
        };
        let call = |name: &str, json: &str| sent(&Action::Call { name: name.into(), json: json.into() });
        for (found, expected) in [
            (say(""), r#"{"$type":"send","sessionId":"S","text":"a\"b","doReply":true}"#),
            (say(r#"{ "doReply": false }"#), r#"{"$type":"send","sessionId":"S","text":"a\"b","doReply": false}"#),
            (
                say(r#"{"queue":true,"role":"Event"}"#),
                r#"{"$type":"send","sessionId":"S","text":"a\"b","doReply":true,"role":"Event"}"#,
            ),
            (say(r#"{"dorep":1}"#), "say: there is no field \"dorep\""),
            (context("x", ""), r#"k: "contexts":[{"text":"x"}]"#),
            (
                context("x", r#"{"name":"n","setFlags":["f"]}"#),
                r#"k: "contexts":[{"name":"n","text":"x"}],"setFlags":["f"]"#,
            ),
            (context("", ""), r#"k: "contexts":[]"#),
            (context("", r#"{"setFlags":["f"]}"#), r#"k: "setFlags":["f"]"#),
            (context("x", r#"{"contexts":[]}"#), "give a text or \"contexts\""),
            (sent(&Action::SetTools { json: r#"[{"name":"a"}]"#.into() }), r#"Tools: "actions":[{"name":"a"}]"#),
            (sent(&Action::SetTools { json: r#"[{"nam":"a"}]"#.into() }), "tool 1 of 1 has no name"),
            (sent(&Action::SetTools { json: r#"{"contextKey":"K","actions":[]}"#.into() }), r#"K: "actions":[]"#),
            (call("pause", r#"{"pause":true}"#), r#"{"$type":"pauseChat","sessionId":"S","pause":true}"#),
            (call("pauseChat", ""), "\"pause\" is missing; it takes true or false"),
            (call("resumeChat", r#"{"chatId":1}"#), "\"chatId\" takes a text, not a number"),
            (call("sendNote", r#"{"anything":[1]}"#), r#"{"$type":"sendNote","sessionId":"S","anything":[1]}"#),
            (call("retry", r#"{"$type":"x"}"#), "leave it out"),
            (sent(&Action::Subscribe { json: String::new() }), "name the chat"),
        ] {
            assert!(found.contains(expected), "{found}\n{expected}");
        }
    }
}
