//! What the host asks for.

use serde_json::{Map, Value};

use super::calls::Ended;
use super::tools::Tools;
use super::{EXPIRY, SOCKET, TOOL_DEADLINE, Toolchat, rest, write};
use crate::model::{Action, Error, RequestId, Say, Status, Tag};
use crate::protocol::{Cx, Loss, Outcome};

/// Messages of the service's own that `call` takes by their type, and three things that the library can do.
const MESSAGES: [&str; 9] = [
    "chat_message",
    "configure_tools",
    "update_tools",
    "update_context_helpers",
    "stop_run",
    "heartbeat_ping",
    "refreshTicket",
    "validateTicket",
    "reconnect",
];

/// Checks what can be checked without a profile and a state, on the host's own thread.
pub(super) fn check(action: &Action) -> Result<(), Error> {
    match action {
        Action::Say(say) => object("say", &say.json).map(drop),
        Action::Interrupt { json } => {
            let given = object("interrupt", json)?;
            check_members("interrupt", &given, &["conversationUuid"])
        }
        Action::SetContext { key, json, .. } => {
            if key.is_empty() {
                return Err(Error::invalid(
                    "set_context: the key is empty; it names the helper, so that it can be replaced",
                ));
            }
            any("set_context", json).map(drop)
        }
        Action::SetTools { json } => Tools::parse(json).map(drop),
        Action::ToolResult { id, .. } if id.is_empty() => {
            Err(Error::invalid("tool_result: the id is empty; give the id of the TOOL_CALL event"))
        }
        Action::ToolResult { .. } | Action::SetCredential { .. } => Ok(()),
        Action::Playback(_) => Err(unsupported(action, "the service sends no speech")),
        Action::Subscribe { .. } => Err(unsupported(action, "the service sends everything to everybody")),
        Action::Call { name, json } => {
            let what = format!("call \"{}\"", name.trim());
            let given = object(&what, json)?;
            let method = name.trim().split(' ').next().unwrap_or_default();
            match name.trim() {
                "configure_tools" | "update_tools" => Tools::parse(json).map(drop),
                "update_context_helpers" => helpers(given).map(drop),
                known if MESSAGES.contains(&known) => Ok(()),
                // Whether the profile has it is known where the profile is.
                _ if matches!(method, "GET" | "POST" | "PUT" | "PATCH" | "DELETE") => Ok(()),
                other => Err(Error::invalid(format!(
                    "there is no operation \"{other}\"; there are {} and those of HTTP, like \"GET /api/v1/messages/query\"",
                    MESSAGES.join(", ")
                ))),
            }
        }
    }
}

fn unsupported(action: &Action, why: &str) -> Error {
    Error::new(Status::Unsupported, format!("{}: {why}", action.verb()))
}

/// The parameters of a verb: a JSON object, or nothing.
pub(super) fn object(what: &str, json: &str) -> Result<Map<String, Value>, Error> {
    match any(what, json)? {
        None => Ok(Map::new()),
        Some(Value::Object(members)) => Ok(members),
        Some(_) => Err(Error::invalid(format!("{what}: the parameters are not a JSON object"))),
    }
}

fn any(what: &str, json: &str) -> Result<Option<Value>, Error> {
    if json.trim().is_empty() {
        return Ok(None);
    }
    let value = serde_json::from_str(json)
        .map_err(|error| Error::invalid(format!("{what}: the parameters are not JSON: {error}")))?;
    Ok(Some(value))
}

fn check_members(what: &str, given: &Map<String, Value>, known: &[&str]) -> Result<(), Error> {
    match given.keys().find(|name| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(unknown) => {
            Err(Error::invalid(format!("{what}: there is no \"{unknown}\"; it takes {}", known.join(", "))))
        }
    }
}

fn helpers(mut given: Map<String, Value>) -> Result<Map<String, Value>, Error> {
    match given.remove("contextHelpers") {
        Some(Value::Object(helpers)) if given.is_empty() => Ok(helpers),
        _ => Err(Error::invalid("call \"update_context_helpers\": it takes {\"contextHelpers\":{…}}")),
    }
}

impl Toolchat {
    pub(super) fn carry_out(&mut self, request: RequestId, tag: Tag, action: Action, cx: &mut Cx<'_>) {
        let done = check(&action).and_then(|()| self.try_out(request, tag, action, cx));
        match done {
            Ok(true) => cx.finish(request, Outcome::ok()),
            Ok(false) => {}
            Err(error) => cx.finish(request, Outcome::failed(error)),
        }
    }

    /// `true`: it is done. `false`: it ends later.
    fn try_out(&mut self, request: RequestId, tag: Tag, action: Action, cx: &mut Cx<'_>) -> Result<bool, Error> {
        match action {
            Action::Say(say) => self.say(request, say, cx),
            Action::Interrupt { json } => self.stop_run(&object("interrupt", &json)?, cx),
            Action::SetContext { key, text, json } => {
                let value = match any("set_context", &json)? {
                    Some(value) => Some(value),
                    None => (!text.is_empty()).then_some(Value::String(text)),
                };
                match value {
                    Some(value) => drop(self.context.insert(key, value)),
                    None => drop(self.context.remove(&key)),
                }
                self.context_changed(cx)
            }
            Action::SetTools { json } => self.set_tools(&json, cx),
            Action::ToolResult { id, result, failed } => {
                let answer = write::tool_response(&id, &result, failed);
                let up = self.phase.up();
                self.calls.end(&id, &answer, Ended::Answered, up)?;
                if up {
                    cx.send_text(SOCKET, answer);
                }
                self.arm(cx);
                cx.mirror_changed();
                Ok(true)
            }
            Action::SetCredential { value } => {
                self.credential = value;
                self.credential_changed(cx);
                Ok(true)
            }
            Action::Call { name, json } => self.call(request, tag, name.trim(), &json, cx),
            Action::Playback(_) | Action::Subscribe { .. } => Err(Status::Unsupported.into()),
        }
    }

    fn call(&mut self, request: RequestId, tag: Tag, name: &str, json: &str, cx: &mut Cx<'_>) -> Result<bool, Error> {
        let mut given = object(&format!("call \"{name}\""), json)?;
        match name {
            "chat_message" => {
                let text = match given.remove("content") {
                    Some(Value::String(text)) => text,
                    _ => return Err(Error::invalid("call \"chat_message\": \"content\" is missing or not a text")),
                };
                self.say(request, Say { text, json: Value::Object(given).to_string() }, cx)
            }
            "configure_tools" | "update_tools" => self.set_tools(json, cx),
            "update_context_helpers" => {
                self.context.extend(helpers(given)?);
                self.context_changed(cx)
            }
            "stop_run" => self.stop_run(&given, cx),
            "heartbeat_ping" => {
                self.need_up()?;
                let now = cx.unix_ms();
                let timestamp = write::quoted(&super::time::write_iso(now));
                let message =
                    write::message("heartbeat_ping", &[("timestamp", &timestamp), ("pingTime", &now.to_string())]);
                cx.send_text(SOCKET, message);
                Ok(true)
            }
            "refreshTicket" => {
                self.ticket_waiters.push(request);
                self.ask_for_ticket(cx);
                Ok(false)
            }
            "validateTicket" => self.validate(request, cx),
            "reconnect" => {
                self.need_up()?;
                self.ticket = None;
                cx.finish(request, Outcome::ok());
                let error =
                    Error::new(Status::ConnectionLost, "the host asked for a new connection with a fresh ticket");
                cx.lost(Loss::Retry { error, after: Some(0) });
                Ok(false)
            }
            _ => {
                let rest::Prepared { http, pieces, otherwise } = rest::http(self, name, given)?;
                let call = self.new_call();
                let upload = pieces.is_some().then_some(tag);
                self.rest.insert(call, rest::Pending { request, upload, otherwise });
                match pieces {
                    None => cx.http(call, http),
                    Some(pieces) => {
                        // It takes as long as the network needs; the call has a limit of its own.
                        cx.deadline(request, None);
                        cx.http_streamed(call, http, pieces);
                    }
                }
                Ok(false)
            }
        }
    }

    fn need_up(&self) -> Result<(), Error> {
        if self.phase.up() {
            return Ok(());
        }
        let text = "the session is not established; wait for the state READY";
        Err(Error::new(Status::WrongState, text))
    }

    /// The host let go of a request.
    pub(super) fn abandoned(&mut self, request: RequestId) {
        self.waiting.retain(|waiting| waiting.request != request);
        self.ticket_waiters.retain(|waiter| *waiter != request);
        self.rest.retain(|_, pending| pending.request != request);
    }

    /// Sets the timers for what is nearest.
    pub(super) fn arm(&self, cx: &mut Cx<'_>) {
        match self.calls.next_deadline() {
            Some(at) => cx.timer(TOOL_DEADLINE, at),
            None => cx.cancel_timer(TOOL_DEADLINE),
        }
        match self.waiting.iter().filter_map(|waiting| waiting.expires).min() {
            Some(at) => cx.timer(EXPIRY, at),
            None => cx.cancel_timer(EXPIRY),
        }
    }

    fn set_tools(&mut self, json: &str, cx: &mut Cx<'_>) -> Result<bool, Error> {
        let mut tools = Tools::parse(json)?;
        if self.validates {
            tools.compile()?;
        }
        self.tools = tools;
        cx.mirror_changed();
        // A session that was not told of tools yet will be told of these.
        if self.phase.up() || self.configured.is_some() {
            let mut members = Map::new();
            self.tools.write(&mut members);
            // The service wants the list first.
            let schemas = members.remove("toolSchemas").unwrap_or_default().to_string();
            let components = members.remove("generativeComponents").map(|components| components.to_string());
            let mut ordered = vec![("toolSchemas", schemas.as_str())];
            ordered.extend(components.as_deref().map(|components| ("generativeComponents", components)));
            cx.send_text(SOCKET, write::message("update_tools", &ordered));
        }
        Ok(true)
    }

    fn context_changed(&mut self, cx: &mut Cx<'_>) -> Result<bool, Error> {
        if self.phase.up() || self.configured.is_some() {
            self.send_context(cx);
        }
        cx.mirror_changed();
        Ok(true)
    }

    /// Stops the run, and with it the tools that run for it.
    fn stop_run(&mut self, given: &Map<String, Value>, cx: &mut Cx<'_>) -> Result<bool, Error> {
        if self.profile.stop_type.is_empty() {
            let text = format!("interrupt: a run can not be stopped in the profile {}", self.profile.name);
            return Err(Error::new(Status::Unsupported, text));
        }
        check_members("interrupt", given, &["conversationUuid"])?;
        self.need_up()?;
        let conversation = match given.get("conversationUuid") {
            Some(Value::String(id)) => id.clone(),
            Some(_) => return Err(Error::invalid("interrupt: \"conversationUuid\" takes a text")),
            None if self.conversation.is_empty() => {
                let text = "interrupt: no conversation is known yet; give its id as \"conversationUuid\"";
                return Err(Error::new(Status::WrongState, text));
            }
            None => self.conversation.clone(),
        };
        cx.send_text(
            SOCKET,
            write::message(&self.profile.stop_type, &[("conversationUuid", &write::quoted(&conversation))]),
        );
        self.end_calls(self.calls.all_running(), Ended::Cancelled, "cancelled: the run was stopped", cx);
        Ok(true)
    }

    fn validate(&mut self, request: RequestId, cx: &mut Cx<'_>) -> Result<bool, Error> {
        if self.profile.validate_path.is_empty() {
            let text = format!("a ticket can not be checked in the profile {}", self.profile.name);
            return Err(Error::new(Status::Unsupported, text));
        }
        if self.ticket.is_none() {
            let text = "no ticket is held; one is had by connecting or by refreshTicket";
            return Err(Error::new(Status::WrongState, text));
        }
        let http = self.check_of_ticket(cx.unix_ms());
        let call = self.new_call();
        self.rest.insert(call, rest::Pending { request, upload: None, otherwise: None });
        cx.http(call, http);
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::{check, write};
    use crate::model::{Action, Playback, PlaybackPhase, Say, Status};

    #[test]
    fn slips_are_told_by_the_call_that_makes_them() {
        let call = |name: &str, json: &str| Action::Call { name: name.into(), json: json.into() };
        for (action, expected) in [
            (Action::Say(Say { text: "x".into(), json: "[]".into() }), "say: the parameters are not a JSON object"),
            (Action::Interrupt { json: "{\"uuid\":1}".into() }, "there is no \"uuid\""),
            (Action::SetContext { key: String::new(), text: "x".into(), json: String::new() }, "the key is empty"),
            (Action::SetTools { json: "[5]".into() }, "tool 0 is not an object"),
            (Action::ToolResult { id: String::new(), result: String::new(), failed: false }, "the id is empty"),
            (call("nosuch", ""), "there is no operation \"nosuch\""),
            (call("update_tools", "{\"toolSchemas\":5}"), "takes an array"),
            (call("update_context_helpers", "{}"), "contextHelpers"),
            (call("stop_run", "7"), "not a JSON object"),
        ] {
            let error = check(&action).expect_err(expected);
            assert!(error.status == Status::InvalidArgument && error.text.contains(expected), "{error}");
        }
        let playback =
            Playback { phase: PlaybackPhase::Started, id: "1".into(), sender: String::new(), json: String::new() };
        for action in [Action::Playback(playback), Action::Subscribe { json: String::new() }] {
            assert_eq!(check(&action).expect_err("no such thing").status, Status::Unsupported);
        }
        assert!(check(&call("GET /anything", "")).is_ok());
        assert_eq!(write::quoted("a"), "\"a\"");
    }
}
