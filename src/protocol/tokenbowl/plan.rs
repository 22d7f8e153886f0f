//! What an action of the host means for the service. Nothing here knows the state of a connection, so the same code
//! checks an action on the host's thread.

use serde_json::{Map, Value};

use super::catalog;
use super::check::{self, Rest, length, object, rest};
use super::outbox::Saying;
use super::plain::ASKS;
use crate::model::{Action, Error, Secret, Status};

/// What is to be done.
#[derive(Debug)]
pub(super) enum Plan {
    /// Say something: over REST in generation B, over the socket in generation A.
    Say {
        saying: Saying,
        /// Whether it may wait for a link, where the request itself says so.
        queue: Option<bool>,
    },
    /// Say something over REST, whatever the generation, and without a link too.
    Post(Rest),
    Rest(Rest),
    /// A request over the socket of generation A: what is sent, and the type of the answer.
    Socket {
        frame: String,
        answer: &'static str,
    },
    Key(Secret),
}

/// Reads an action.
///
/// # Errors
/// What is wrong with it, or that the service has no such thing.
pub(super) fn plan(action: &Action) -> Result<Plan, Error> {
    match action {
        Action::Say(say) => plan_say(&say.text, &say.json),
        Action::SetCredential { value } => Ok(Plan::Key(value.clone())),
        Action::Call { name, json } => plan_call(name, json),
        Action::Subscribe { .. } => {
            let text =
                "subscribe: the service itself decides what a user hears: the room, and what is sent to the user";
            Err(Error::new(Status::Unsupported, text))
        }
        Action::Interrupt { .. }
        | Action::SetContext { .. }
        | Action::SetTools { .. }
        | Action::ToolResult { .. }
        | Action::Playback(_) => {
            let text = format!("{}: this service is a chat between users and has no such thing", action.verb());
            Err(Error::new(Status::Unsupported, text))
        }
    }
}

fn plan_say(text: &str, json: &str) -> Result<Plan, Error> {
    let given = object("say", json)?;
    let (mut to, mut queue) = (None, None);
    for (key, value) in &given {
        match (key.as_str(), value) {
            ("to" | "to_username", Value::String(name)) => {
                length("say", key, name, 1, 50)?;
                to = Some(name.clone());
            }
            ("to" | "to_username", Value::Null) => {}
            ("to" | "to_username", _) => return Err(Error::invalid(format!("say: \"{key}\" takes a text"))),
            ("queue", Value::Bool(may)) => queue = Some(*may),
            ("queue", _) => return Err(Error::invalid("say: \"queue\" takes true or false")),
            _ => return Err(Error::invalid(format!("say: there is no field \"{key}\"; it takes to, queue"))),
        }
    }
    length("say", "text", text, 1, 10_000)?;
    let mut body = Map::new();
    body.insert("content".to_owned(), Value::from(text));
    if let Some(to) = to {
        body.insert("to_username".to_owned(), Value::from(to));
    }
    let row = catalog::find("send_message").map(|(row, _)| row);
    let row = row.ok_or_else(|| Error::from(Status::Unsupported))?;
    let rest = rest("say", row, body.clone())?;
    let mut frame = Map::from_iter([("type".to_owned(), Value::from("message"))]);
    frame.extend(body);
    Ok(Plan::Say { saying: Saying { rest, frame: Value::Object(frame).to_string() }, queue })
}

fn plan_call(name: &str, json: &str) -> Result<Plan, Error> {
    let name = name.trim();
    if !name.starts_with("ws:") {
        let rest = check::call(name, json)?;
        // What is posted by its name is told like what is said.
        let says = rest.row.name == "send_message";
        return Ok(if says { Plan::Post(rest) } else { Plan::Rest(rest) });
    }
    let what = format!("call \"{name}\"");
    let Some((_, type_, answer, fields)) = ASKS.iter().find(|(known, ..)| *known == name) else {
        let known: Vec<&str> = ASKS.iter().map(|(name, ..)| *name).collect();
        return Err(Error::invalid(format!("{what}: the socket takes no such thing; it takes {}", known.join(", "))));
    };
    let given = object(&what, json)?;
    if let Some(unknown) = given.keys().find(|key| !fields.contains(&key.as_str())) {
        let known = if fields.is_empty() { "nothing".to_owned() } else { fields.join(", ") };
        return Err(Error::invalid(format!("{what}: there is no field \"{unknown}\"; it takes {known}")));
    }
    let mut frame = Map::from_iter([("type".to_owned(), Value::from(*type_))]);
    frame.extend(given);
    Ok(Plan::Socket { frame: Value::Object(frame).to_string(), answer })
}

#[cfg(test)]
mod tests {
    use super::plan;
    use crate::model::{Action, Say};

    fn say(text: &str, json: &str) -> String {
        match plan(&Action::Say(Say { text: text.into(), json: json.into() })) {
            Ok(plan) => format!("{plan:?}"),
            Err(error) => error.text,
        }
    }

    #[test]
    fn what_is_said_is_checked() {
        assert!(say("Hi", r#"{"to":"bob"}"#).contains(r#"\"to_username\":\"bob\""#));
        assert!(say("", "").contains("takes 1 to 10000 characters, not 0"));
        assert!(say(&"x".repeat(10_001), "").contains("not 10001"));
        assert!(say("Hi", &format!("{{\"to\":\"{}\"}}", "x".repeat(51))).contains("1 to 50"));
        assert!(say("Hi", r#"{"too":"bob"}"#).contains("there is no field \"too\""));
        let call = |name: &str, json: &str| match plan(&Action::Call { name: name.into(), json: json.into() }) {
            Ok(plan) => format!("{plan:?}"),
            Err(error) => error.text,
        };
        assert!(call("ws:mark_read", r#"{"message_id":"m"}"#).contains("marked_read"));
        assert!(call("ws:mark_read", r#"{"id":"m"}"#).contains("there is no field \"id\""));
        assert!(call("ws:nope", "").contains("the socket takes no such thing"));
        assert!(call("send_message", r#"{"content":"a"}"#).starts_with("Post"));
        let context = Action::SetContext { key: "k".into(), text: "t".into(), json: String::new() };
        assert!(plan(&context).expect_err("no context").text.contains("no such thing"));
    }
}
