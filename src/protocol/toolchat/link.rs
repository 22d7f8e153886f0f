//! The life of one connection: ticket, upgrade, session, tools; and what its end means.

use serde_json::{Map, Value};

use super::profile::{ConfigureOn, Source};
use super::ticket::{self, Checked};
use super::time::write_iso;
use super::{SOCKET, TOOLS_ACK, Toolchat, write};
use crate::model::{Error, Nanos, Status, millis};
use crate::protocol::{CallId, Cx, Dial, Failure, HttpAnswer, HttpCall, Loss, Method, Outcome, classify};

/// After this time a refused ticket is an accident of its own.
const PEACE: Nanos = millis(60_000);

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

/// The ticket that was refused last, if that says something about the next one.
#[derive(Debug, Default)]
pub(super) struct Refused {
    at: Option<Nanos>,
    fresh: bool,
}

impl Refused {
    /// A ticket is refused. Whether another one is worth a try: one is. Where that is fresh and is refused too, before
    /// much else can have happened, the next would be as well.
    fn again(&mut self, fresh: bool, now: Nanos) -> bool {
        let before = self.at.replace(now).is_some_and(|at| now.saturating_sub(at) <= PEACE);
        self.fresh = fresh;
        let hopeless = fresh && before;
        if hopeless {
            self.at = None;
        }
        !hopeless
    }

    /// A session is established. If the last refusal was of an old ticket it was for its age. One of a fresh ticket still
    /// counts: there are services that let everybody in, and put them out again at once.
    fn established(&mut self) {
        if !self.fresh {
            self.at = None;
        }
    }
}

impl Toolchat {
    /// One attempt: with the ticket that is held, if it is still good, else with a new one.
    pub(super) fn start(&mut self, cx: &mut Cx<'_>) {
        let held = self.ticket.as_ref().map(|ticket| (ticket.fresh, self.is_valid(ticket, cx.unix_ms())));
        match held {
            None => self.ask_for_ticket(cx),
            Some((true, _)) => self.dial(cx),
            Some((false, _)) if !self.profile.validate_path.is_empty() => self.check_ticket(cx),
            Some((false, true)) => self.dial(cx),
            Some((false, false)) => self.ask_for_ticket(cx),
        }
    }

    fn is_valid(&self, ticket: &ticket::Ticket, unix_ms: u64) -> bool {
        ticket.valid(unix_ms, self.profile.ticket_margin_ms)
    }

    /// Asks for a ticket, unless one is on its way: whoever else wants one waits for that.
    pub(super) fn ask_for_ticket(&mut self, cx: &mut Cx<'_>) {
        if matches!(self.phase, Phase::Down | Phase::Checking) && self.starting {
            self.phase = Phase::Ticketing;
        }
        if self.ticket_call.is_none() {
            let members = self.members(&self.profile.ticket_members, cx.unix_ms());
            let call = self.new_call();
            self.ticket_call = Some(call);
            let http = self.post(&self.profile.ticket_path, Value::Object(members).to_string());
            cx.http(call, http);
        }
        cx.mirror_changed();
    }

    /// What is held or on its way belongs to the old credential, and may be another user's.
    pub(super) fn credential_changed(&mut self, cx: &mut Cx<'_>) {
        self.ticket = None;
        self.refused = Refused::default();
        self.check_call = None;
        let wanted = self.ticket_call.take().is_some() || self.phase == Phase::Checking;
        if wanted {
            self.ask_for_ticket(cx);
        }
        cx.mirror_changed();
    }

    fn check_ticket(&mut self, cx: &mut Cx<'_>) {
        self.phase = Phase::Checking;
        let mut members = self.members(&self.profile.validate_members, cx.unix_ms());
        let ticket = self.ticket.as_ref().map_or("", |ticket| ticket.value.reveal());
        members.insert("ticket".into(), Value::from(ticket));
        let call = self.new_call();
        self.check_call = Some(call);
        let http = self.post(&self.profile.validate_path, Value::Object(members).to_string());
        cx.http(call, http);
    }

    fn post(&self, path: &str, body: String) -> HttpCall {
        let mut headers = self.credentials();
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
        HttpCall {
            method: Method::Post,
            url: self.endpoint.http(path),
            headers,
            body: body.into_bytes(),
            // A second ticket does no harm, and neither does a second check.
            idempotent: true,
            timeout: self.ticket_timeout,
        }
    }

    /// The headers that say who asks.
    pub(super) fn credentials(&self) -> Vec<(String, String)> {
        let mut headers = Vec::new();
        let token = self.credential.reveal();
        if !token.is_empty() {
            headers.push((self.profile.token_header.clone(), format!("{}{token}", self.profile.token_prefix)));
        }
        if !self.server_key.reveal().is_empty() {
            headers.push((self.profile.key_header.clone(), self.server_key.reveal().to_owned()));
        }
        headers
    }

    /// Members whose values come from the options or are made up; what there is nothing for stays out.
    pub(super) fn members(
        &self,
        sources: &std::collections::BTreeMap<String, Source>,
        unix_ms: u64,
    ) -> Map<String, Value> {
        let mut members = Map::new();
        for (name, source) in sources {
            let text = match source {
                Source::UserId => &self.user_id,
                Source::EntityId => &self.entity_id,
                Source::EntityType => &self.entity_type,
                Source::Conversation => &self.conversation,
                Source::ClientInfo => {
                    members.insert(name.clone(), client_info(unix_ms));
                    continue;
                }
            };
            if !text.is_empty() {
                members.insert(name.clone(), Value::from(text.as_str()));
            }
        }
        members
    }

    /// A ticket has come, or has not.
    pub(super) fn ticket_answered(&mut self, answer: &Result<HttpAnswer<'_>, &Failure>, cx: &mut Cx<'_>) {
        self.ticket_call = None;
        let waiting = std::mem::take(&mut self.ticket_waiters);
        match ticket::of_answer(answer, cx.unix_ms()) {
            Ok(ticket) => {
                for request in waiting {
                    let mut json = String::from("{\"expiresAt\":");
                    json.push_str(&write::quoted(&ticket.expires_at));
                    json.push('}');
                    cx.finish(request, Outcome { json, ..Outcome::ok() });
                }
                self.ticket = Some(ticket);
                if self.phase == Phase::Ticketing {
                    self.dial(cx);
                }
            }
            Err(loss) => {
                let (Loss::Retry { error, .. } | Loss::RetryWithCredential { error } | Loss::GiveUp { error }) = &loss;
                for request in waiting {
                    cx.finish(request, Outcome::failed(error.clone()));
                }
                if self.phase == Phase::Ticketing {
                    cx.lost(loss);
                }
            }
        }
        cx.mirror_changed();
    }

    /// The ticket that is held was checked.
    pub(super) fn ticket_checked(&mut self, answer: &Result<HttpAnswer<'_>, &Failure>, cx: &mut Cx<'_>) {
        self.check_call = None;
        if self.phase != Phase::Checking {
            return;
        }
        let valid = self.ticket.as_ref().is_some_and(|ticket| self.is_valid(ticket, cx.unix_ms()));
        match ticket::of_check(answer) {
            Checked::Good => self.dial(cx),
            Checked::Unknown if valid => self.dial(cx),
            Checked::Bad | Checked::Unknown => {
                self.ticket = None;
                self.ask_for_ticket(cx);
            }
        }
    }

    fn dial(&mut self, cx: &mut Cx<'_>) {
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

    /// The service does not want this ticket: it gets one fresh one, and then it is over.
    pub(super) fn auth_failed(&mut self, what: &str, cx: &mut Cx<'_>) {
        self.ticket = None;
        if !self.refused.again(self.dialed_fresh, cx.now) {
            let text = format!(
                "{what}; that was a fresh ticket, and the one before was refused too, so another will not help: \
                 check the options credential, toolchat.server_key and toolchat.profile"
            );
            return cx.lost(Loss::GiveUp { error: Error::new(Status::Unauthorized, text) });
        }
        let text = format!("{what}; trying again with a fresh ticket");
        cx.lost(Loss::Retry { error: Error::new(Status::Unauthorized, text), after: None });
    }

    pub(super) fn closed(&mut self, failure: &Failure, cx: &mut Cx<'_>) {
        if self.phase == Phase::Down {
            return;
        }
        let said = if failure.reason.is_empty() { String::new() } else { format!(" (\"{}\")", failure.reason.trim()) };
        if matches!(failure.http_status, 401 | 403) {
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

/// What the service wants to know of its client.
fn client_info(unix_ms: u64) -> Value {
    let agent = concat!("parlor/", env!("CARGO_PKG_VERSION"));
    serde_json::json!({"userAgent": agent, "timestamp": write_iso(unix_ms)})
}
