//! What the host says: at once where there is a session, else when there is one.

use std::collections::VecDeque;

use super::act::object;
use super::profile::Source;
use super::{SOCKET, Toolchat, write};
use crate::model::{Error, Nanos, RequestId, Say, Status};
use crate::protocol::{Cx, Outcome};

/// Something said before there was a session to say it in.
#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) request: RequestId,
    say: Say,
    pub(super) expires: Option<Nanos>,
}

impl Toolchat {
    /// Says something now, or keeps it until there is a session.
    pub(super) fn say(&mut self, request: RequestId, say: Say, cx: &mut Cx<'_>) -> Result<bool, Error> {
        let message = self.chat_message(&say)?;
        if self.phase.up() {
            cx.send_text(SOCKET, message);
            return Ok(true);
        }
        if self.waiting.len() >= self.offline_max {
            if self.offline_max == 0 {
                let text = "the session is not established; wait for the state READY, \
                            or let requests wait with the option offline.max_requests";
                return Err(Error::new(Status::WrongState, text));
            }
            let text =
                format!("{} requests wait for a session already (option offline.max_requests)", self.offline_max);
            return Err(Error::new(Status::QueueFull, text));
        }
        // Its time to live is kept here.
        cx.deadline(request, None);
        let expires = self.offline_ttl.map(|ttl| cx.now.saturating_add(ttl));
        self.waiting.push_back(Waiting { request, say, expires });
        self.arm(cx);
        cx.mirror_changed();
        Ok(false)
    }

    /// The message of something said, with the members that the profile asks for.
    fn chat_message(&mut self, say: &Say) -> Result<String, Error> {
        let given = object("say", &say.json)?;
        let fields = &self.profile.chat_parameters;
        let mut members = self.profile.chat_members.clone();
        members.extend(self.members(&self.profile.chat_sources, 0));
        for (name, value) in given {
            let Some(field) = fields.iter().find(|field| field.name == name) else {
                let known: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
                return Err(Error::invalid(format!("say: there is no \"{name}\"; it takes {}", known.join(", "))));
            };
            field.check("say", &value)?;
            let conversation = self.profile.chat_sources.get(&name) == Some(&Source::Conversation);
            if let (true, Some(id)) = (conversation, value.as_str()) {
                self.conversation = id.to_owned();
            }
            members.insert(name, value);
        }
        let content = write::quoted(&say.text);
        let members: Vec<(String, String)> =
            members.into_iter().map(|(name, value)| (name, value.to_string())).collect();
        let mut all = vec![("content", content.as_str())];
        all.extend(members.iter().map(|(name, json)| (name.as_str(), json.as_str())));
        Ok(write::message("chat_message", &all))
    }

    /// Says what has waited for a session.
    pub(super) fn say_waiting(&mut self, cx: &mut Cx<'_>) {
        for Waiting { request, say, .. } in std::mem::take(&mut self.waiting) {
            match self.chat_message(&say) {
                Ok(message) => {
                    cx.send_text(SOCKET, message);
                    cx.finish(request, Outcome::ok());
                }
                Err(error) => cx.finish(request, Outcome::failed(error)),
            }
        }
    }

    /// Ends what has waited for too long.
    pub(super) fn expire(&mut self, cx: &mut Cx<'_>) {
        let (late, waiting): (VecDeque<_>, VecDeque<_>) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|waiting| waiting.expires.is_some_and(|at| at <= cx.now));
        self.waiting = waiting;
        for Waiting { request, .. } in late {
            let text = "no session came up within offline.ttl_ms, so this was not sent";
            cx.finish(request, Outcome::failed(Error::new(Status::Expired, text)));
        }
    }
}
