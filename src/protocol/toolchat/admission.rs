//! How a client gets its ticket: who asks, for whom, when one that is held is good enough, and when no other will do.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::link::Phase;
use super::profile::Source;
use super::ticket::{self, Checked};
use super::time::write_iso;
use super::{Toolchat, rest, write};
use crate::model::{Error, Nanos, Status, millis};
use crate::protocol::{Cx, Failure, HttpAnswer, HttpCall, Loss, Outcome};

/// After this time a refused ticket is an accident of its own.
const PEACE: Nanos = millis(60_000);

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
    pub(super) fn established(&mut self) {
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
            let http = rest::post(self, &self.profile.ticket_path, members);
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
        let http = self.check_of_ticket(cx.unix_ms());
        let call = self.new_call();
        self.check_call = Some(call);
        cx.http(call, http);
    }

    /// The call that asks whether the ticket that is held is still good.
    pub(super) fn check_of_ticket(&self, unix_ms: u64) -> HttpCall {
        let mut members = self.members(&self.profile.validate_members, unix_ms);
        let ticket = self.ticket.as_ref().map_or("", |ticket| ticket.value.reveal());
        members.insert("ticket".into(), Value::from(ticket));
        rest::post(self, &self.profile.validate_path, members)
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
    pub(super) fn members(&self, sources: &BTreeMap<String, Source>, unix_ms: u64) -> Map<String, Value> {
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

    /// The service did not take a ticket that was not fresh. It was used up or too old, which is no news to anybody: the
    /// attempt goes on with a fresh one.
    pub(super) fn replace_old_ticket(&mut self, cx: &mut Cx<'_>) {
        self.ticket = None;
        self.refused.again(false, cx.now);
        self.phase = Phase::Down;
        self.ask_for_ticket(cx);
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
}

/// What the service wants to know of its client.
pub(super) fn client_info(unix_ms: u64) -> Value {
    let agent = concat!("parlor/", env!("CARGO_PKG_VERSION"));
    serde_json::json!({"userAgent": agent, "timestamp": write_iso(unix_ms)})
}
