//! The life of one connection after its ticket: upgrade, session, tools; and what its end means.

use serde_json::{Map, Value};

use super::admission::client_info;
use super::profile::ConfigureOn;
use super::{SOCKET, TOOLS_ACK, Toolchat, write};
use crate::model::{Error, Status};
use crate::protocol::{CallId, Cx, Dial, Failure, Loss, classify};

/// How far a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Down,
    /// A ticket was asked for.
    Ticketing,
    /// The ticket that is held is being checked.
    Checking,
    /// The socket is being opened.
    Dialing,
    /// The socket is open; the session is not established.
    Open,
    /// The session is established; the tools are not confirmed.
    Configuring,
    /// Ready.
    Up,
}

impl Phase {
    /// Whether messages of the conversation can be sent.
    pub(super) const fn up(self) -> bool {
        matches!(self, Phase::Up)
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Phase::Down => "down",
            Phase::Ticketing => "ticket",
            Phase::Checking => "check",
            Phase::Dialing => "upgrade",
            Phase::Open => "session",
            Phase::Configuring => "tools",
            Phase::Up => "up",
        }
    }
}

impl Toolchat {
    pub(super) fn dial(&mut self, cx: &mut Cx<'_>) {
        let Some(ticket) = &mut self.ticket else { return };
        self.phase = Phase::Dialing;
        // From here on nobody knows whether the service has seen it, and for some one look uses it up.
        self.dialed_fresh = std::mem::take(&mut ticket.fresh);
        cx.dial(SOCKET, Dial { url: self.endpoint.socket(ticket.value.reveal()), headers: Vec::new() });
        cx.mirror_changed();
    }

    pub(super) fn opened(&mut self, cx: &mut Cx<'_>) {
        self.phase = Phase::Open;
        if let (false, Some(ticket)) = (self.profile.ticket_message.is_empty(), &self.ticket) {
            let info = client_info(cx.unix_ms()).to_string();
            let ticket = write::quoted(ticket.value.reveal());
            let members = [("ticket", ticket.as_str()), ("clientInfo", info.as_str())];
            cx.send_text(SOCKET, write::message(&self.profile.ticket_message, &members));
        }
        if self.profile.configure_on == ConfigureOn::Open && !self.tools.is_empty() {
            self.configure(cx);
        }
        cx.mirror_changed();
    }

    fn configure(&mut self, cx: &mut Cx<'_>) {
        self.configured = Some(false);
        let mut members = Map::new();
        self.tools.write(&mut members);
        let helpers = Value::Object(self.context.clone()).to_string();
        let (schemas, components) = (members.get("toolSchemas"), members.get("generativeComponents"));
        let schemas = schemas.map_or_else(|| "[]".to_owned(), Value::to_string);
        let components = components.map(Value::to_string);
        let mut ordered = vec![("toolSchemas", schemas.as_str())];
        ordered.extend(components.as_deref().map(|components| ("generativeComponents", components)));
        ordered.push(("contextHelpers", helpers.as_str()));
        cx.send_text(SOCKET, write::message("configure_tools", &ordered));
    }

    /// The service has let the client in. It may say so again in one connection, and then has forgotten the tools.
    pub(super) fn session_established(&mut self, cx: &mut Cx<'_>) {
        match self.phase {
            Phase::Open => {}
            Phase::Configuring | Phase::Up => {
                if !self.tools.is_empty() {
                    self.configure(cx);
                } else if !self.context.is_empty() {
                    self.send_context(cx);
                }
                return;
            }
            _ => return,
        }
        self.refused.established();
        cx.connected();
        cx.mirror_changed();
        if self.configured.is_none() && !self.tools.is_empty() {
            self.configure(cx);
        }
        if self.configured == Some(false) {
            self.phase = Phase::Configuring;
            if let Some(limit) = self.tools_timeout {
                cx.timer(TOOLS_ACK, cx.now.saturating_add(limit));
            }
        } else {
            self.up(cx);
        }
    }

    pub(super) fn tools_configured(&mut self, cx: &mut Cx<'_>) {
        if self.configured.is_some() {
            self.configured = Some(true);
        }
        if self.phase == Phase::Configuring {
            cx.cancel_timer(TOOLS_ACK);
            self.up(cx);
        }
    }

    pub(super) fn tools_overdue(&mut self, cx: &mut Cx<'_>) {
        if self.phase == Phase::Configuring {
            let text = "the service did not confirm the tools within the option toolchat.tools_timeout_ms";
            cx.lost(Loss::Retry { error: Error::new(Status::NoAnswer, text), after: None });
        }
    }

    /// Ready: what has waited for this is sent.
    fn up(&mut self, cx: &mut Cx<'_>) {
        self.phase = Phase::Up;
        cx.ready(true);
        if self.configured.is_none() && !self.context.is_empty() {
            self.send_context(cx);
        }
        for answer in self.calls.take_unsent() {
            cx.send_text(SOCKET, answer);
        }
        self.say_waiting(cx);
        cx.mirror_changed();
    }

    /// All of the context, since the service replaces what it had.
    pub(super) fn send_context(&mut self, cx: &mut Cx<'_>) {
        let helpers = Value::Object(self.context.clone()).to_string();
        cx.send_text(SOCKET, write::message("update_context_helpers", &[("contextHelpers", &helpers)]));
    }

    pub(super) fn closed(&mut self, failure: &Failure, cx: &mut Cx<'_>) {
        if self.phase == Phase::Down {
            return;
        }
        let said = if failure.reason.is_empty() { String::new() } else { format!(" (\"{}\")", failure.reason.trim()) };
        if matches!(failure.http_status, 401 | 403) {
            if self.phase == Phase::Dialing && !self.dialed_fresh {
                return self.replace_old_ticket(cx);
            }
            let what = format!("the service refused the ticket with HTTP {}{said}", failure.http_status);
            return self.auth_failed(&what, cx);
        }
        if failure.http_status == 0 && self.profile.auth_close_codes.contains(&failure.close_code) {
            let what = format!("the service closed the connection with code {}{said}", failure.close_code);
            return self.auth_failed(&what, cx);
        }
        if failure.http_status == 0 && self.profile.final_close_codes.contains(&failure.close_code) {
            let text = format!(
                "the service ended the session with code {}{said} and does not want the client back; \
                 connect again to begin a new one",
                failure.close_code
            );
            return cx.lost(Loss::GiveUp { error: Error::new(Status::ServiceClosed, text) });
        }
        cx.lost(classify(failure));
    }

    /// A number for an HTTP call; none is used twice.
    pub(super) fn new_call(&mut self) -> CallId {
        self.last_call += 1;
        self.last_call
    }
}
