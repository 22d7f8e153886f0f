//! A tool call of the service: told to the host, answered in its place, or turned away.

use serde_json::value::RawValue;

use super::calls::{Asked, Ended};
use super::frame::Frame;
use super::reply::Of;
use super::{SOCKET, Toolchat, write};
use crate::model::{Event, Kind, Status, flag};
use crate::protocol::Cx;

/// Tools that the service offers by itself; the app shows something and the service wants to know no more than that.
const BUILTIN: [&str; 2] = ["render_ui", "ask_user_question"];

/// The longest id of a call: it is remembered long after the call.
const ID_MAX: usize = 4096;

impl Toolchat {
    /// The service calls a tool.
    pub(super) fn tool_call(&mut self, frame: &Frame<'_>, of: Of<'_>, cx: &mut Cx<'_>) {
        let (Some(id), Some(name)) =
            (frame.call_id.get().filter(|id| !id.is_empty()), frame.tool_name.get().filter(|name| !name.is_empty()))
        else {
            let why = "a tool call without a callId or a toolName can not be answered";
            return refused(Status::Protocol, why, ("", ""), of, cx);
        };
        if id.len() > ID_MAX {
            let why = "a tool call with a callId of more than 4096 bytes, which is not kept";
            return refused(Status::Protocol, why, ("", name), of, cx);
        }
        let arguments = frame.parameters.map_or("{}", RawValue::get);
        let own = self.tools.has(name);
        let deadline = self.tools.timeout(name).or(self.tool_timeout).filter(|limit| *limit > 0);
        let deadline = deadline.map(|limit| cx.now.saturating_add(limit));
        let refusal = match self.calls.ask(id, name, deadline) {
            // It is under way; the answer comes when it has ended.
            Asked::Running => return,
            Asked::Answered(answer) => {
                cx.send_text(SOCKET, answer.to_owned());
                return;
            }
            Asked::Forgotten => {
                let why = "the call was executed before, and its answer is not kept any more";
                cx.send_text(SOCKET, write::tool_response(id, why, true));
                return refused(Status::Conflict, why, (id, name), of, cx);
            }
            Asked::TooMany => {
                // Nothing is kept of it, however many there are.
                let why = "too many tool calls run already";
                cx.send_text(SOCKET, write::tool_response(id, why, true));
                return refused(Status::QueueFull, why, (id, name), of, cx);
            }
            // Nobody would ever answer it.
            Asked::New if own && !cx.wants(Kind::ToolCall) => {
                Some((Status::Unsupported, "this client takes no tool calls (option events.kinds)".to_owned()))
            }
            Asked::New if own && self.validates => {
                let slip = self.tools.check_arguments(name, arguments).err();
                slip.map(|why| (Status::InvalidArgument, format!("invalid arguments: {why}")))
            }
            Asked::New if own => None,
            Asked::New if self.builtin && BUILTIN.contains(&name) => {
                let answer = write::tool_response(id, r#"{"rendered":true}"#, false);
                self.answer_call(id, &answer, Ended::Answered, cx);
                return cx.emit(&Event {
                    name,
                    id,
                    text: arguments,
                    type_: of.type_,
                    json: of.json,
                    ..Event::new(Kind::Trigger)
                });
            }
            Asked::New => Some((Status::NotFound, format!("Tool not found: {name}"))),
        };
        self.reply.begin(cx);
        self.reply.whole(cx);
        if let Some((status, why)) = refusal {
            self.answer_call(id, &write::tool_response(id, &why, true), Ended::Answered, cx);
            return refused(status, &why, (id, name), of, cx);
        }
        cx.emit(&Event { name, id, text: arguments, type_: of.type_, json: of.json, ..Event::new(Kind::ToolCall) });
        self.arm(cx);
        cx.mirror_changed();
    }

    /// Ends a call by the library's own decision: the service is told now, or with the next connection.
    pub(super) fn answer_call(&mut self, id: &str, answer: &str, ended: Ended, cx: &mut Cx<'_>) {
        let up = self.phase.up();
        if self.calls.end(id, answer, ended, up).is_err() {
            self.calls.keep(id, answer, ended, up);
        }
        if up {
            cx.send_text(SOCKET, answer.to_owned());
        }
        cx.mirror_changed();
    }

    /// Ends calls that nobody waits for any more, and tells the host which.
    pub(super) fn end_calls(&mut self, calls: Vec<(String, String)>, ended: Ended, why: &str, cx: &mut Cx<'_>) {
        for (id, name) in calls {
            self.answer_call(&id, &write::tool_response(&id, why, true), ended, cx);
            let (status, type_) = match ended {
                Ended::TimedOut => (Status::Timeout, "tool_timed_out"),
                _ => (Status::Cancelled, "tool_cancelled"),
            };
            cx.emit(&Event {
                status,
                flags: flag::SYNTHETIC,
                text: why,
                id: &id,
                name: &name,
                type_,
                ..Event::new(Kind::Service)
            });
        }
        self.arm(cx);
    }
}

/// A call that the host does not get to see, and why.
fn refused(status: Status, why: &str, (id, name): (&str, &str), of: Of<'_>, cx: &mut Cx<'_>) {
    cx.emit(&Event { status, text: why, id, name, type_: of.type_, json: of.json, ..Event::new(Kind::Service) });
}
