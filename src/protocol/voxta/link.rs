//! The life of one connection: from the negotiation to the welcome, and what its end means.

use super::inbox::invalid;
use super::plan::payload;
use super::{EAR, EXPIRY, HUB, LANDING, MICROPHONE_TIMER, NEGOTIATE, PING, POLL, RESUME, SILENCE, Voxta};
use crate::model::{Error, Nanos, Status, millis};
use crate::protocol::signalr::{self, Message, Negotiated, TooLong, invocation, negotiated, with_query};
use crate::protocol::wire::push_json_str;
use crate::protocol::{Cx, Dial, Failure, HttpAnswer, HttpCall, Loss, Method, TimerId, classify, status_of_http};

/// How long to wait after the server refused something that may be right later.
const AFTER_REFUSAL: Nanos = millis(5_000);
/// How many refusals in a row are enough to know that waiting does not help.
const REFUSALS: u32 = 3;
/// How often a negotiation may lead elsewhere.
const REDIRECTS: u32 = 10;

/// How far a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    Down,
    Negotiating,
    /// The socket is being opened.
    Dialing,
    Shaking,
    /// `authenticate` was sent.
    Introduced,
    /// The welcome has come; what there is to tell is told in the next step.
    Landing,
    Up,
    /// A person is to enter a code.
    Pairing,
}

impl Link {
    /// Whether messages can be sent.
    pub(super) const fn up(self) -> bool {
        matches!(self, Link::Landing | Link::Up)
    }
}

/// What went wrong so far.
#[derive(Debug, Default)]
pub(super) struct Troubles {
    refusals: u32,
    redirects: u32,
}

impl Voxta {
    /// The headers that carry the key.
    pub(super) fn key_headers(&self) -> Vec<(String, String)> {
        let key = self.connection_token.as_ref().unwrap_or(&self.credential);
        if key.is_empty() || (self.settings.key_in_query && self.connection_token.is_none()) {
            return Vec::new();
        }
        vec![("authorization".to_owned(), format!("Bearer {key}"))]
    }

    /// A socket's address, with the key in its query where that is asked for.
    pub(super) fn with_key(&self, url: String) -> String {
        if self.settings.key_in_query && !self.credential.is_empty() {
            with_query(&url, "access_token", &self.credential)
        } else {
            url
        }
    }

    /// One attempt.
    pub(super) fn start(&mut self, cx: &mut Cx<'_>) {
        self.endpoint.reset();
        self.connection_token = None;
        self.cookies.clear();
        self.troubles.redirects = 0;
        self.kept.clear();
        self.records.reset();
        if self.settings.negotiate {
            self.negotiate(cx)
        } else {
            self.dial(self.endpoint.hub(), cx)
        }
        cx.mirror_changed();
    }

    fn negotiate(&mut self, cx: &mut Cx<'_>) {
        self.link = Link::Negotiating;
        let mut headers = self.key_headers();
        if headers.is_empty() && !self.credential.is_empty() {
            headers.push(("authorization".to_owned(), format!("Bearer {}", self.credential)));
        }
        headers.push(("content-type".to_owned(), "text/plain;charset=UTF-8".to_owned()));
        let url = self.endpoint.negotiate();
        // It stands in the place of a handshake, and has its time.
        let timeout = self.settings.handshake_timeout;
        cx.http(
            NEGOTIATE,
            HttpCall { method: Method::Post, url, headers, body: Vec::new(), idempotent: true, timeout },
        );
    }

    pub(super) fn negotiated(&mut self, answer: &Result<HttpAnswer<'_>, &Failure>, cx: &mut Cx<'_>) {
        if self.link != Link::Negotiating {
            return;
        }
        let answer = match answer {
            Ok(answer) => answer,
            Err(failure) if failure.error.status == Status::Timeout => {
                let text = format!("the negotiation: {} (option handshake.timeout_ms)", failure.error.text);
                return self.lose(Loss::Retry { error: Error::new(Status::Timeout, text), after: None }, cx);
            }
            Err(failure) => return self.lose(classify(failure), cx),
        };
        if answer.status != 200 {
            let text = format!("the server answered the negotiation with HTTP {}", answer.status);
            if answer.status == 401 {
                return self.refused(Error::new(Status::Unauthorized, text), cx);
            }
            let failure = Failure { http_status: answer.status, ..Failure::new(status_of_http(answer.status), text) };
            return self.lose(classify(&failure), cx);
        }
        match negotiated(answer.body) {
            Ok(Negotiated::Connect { id }) => {
                let cookies = answer.headers.iter().filter(|(name, _)| name == "set-cookie");
                let cookies: Vec<&str> =
                    cookies.filter_map(|(_, value)| value.split(';').next()).map(str::trim).collect();
                self.cookies = cookies.join("; ");
                self.dial(with_query(&self.endpoint.hub(), "id", &id), cx);
            }
            Ok(Negotiated::Redirect { url, token }) => {
                self.troubles.redirects += 1;
                let moved = if self.troubles.redirects > REDIRECTS {
                    Err("it leads from one address to the next without end".to_owned())
                } else {
                    self.endpoint.redirect(&url)
                };
                match moved {
                    Ok(()) => {
                        self.connection_token = token;
                        self.negotiate(cx);
                    }
                    Err(why) => {
                        self.lose(give_up(Status::Redirect, format!("the negotiation can not be followed: {why}")), cx)
                    }
                }
            }
            Err(why) => self.lose(give_up(Status::Protocol, format!("the answer to the negotiation: {why}")), cx),
        }
    }

    fn dial(&mut self, url: String, cx: &mut Cx<'_>) {
        self.link = Link::Dialing;
        let mut headers = self.key_headers();
        if !self.cookies.is_empty() {
            headers.push(("cookie".to_owned(), self.cookies.clone()));
        }
        let url = if self.connection_token.is_none() { self.with_key(url) } else { url };
        cx.dial(HUB, Dial { url, headers });
    }

    pub(super) fn opened(&mut self, cx: &mut Cx<'_>) {
        self.link = Link::Shaking;
        self.heard = cx.now;
        cx.send_text(HUB, signalr::HANDSHAKE.to_owned());
        if let Some(silence) = self.settings.silence {
            cx.timer(SILENCE, cx.now.saturating_add(silence));
        }
    }

    pub(super) fn text(&mut self, text: &str, cx: &mut Cx<'_>) {
        self.heard = cx.now;
        let mut records = std::mem::take(&mut self.records);
        let fed = records.feed(text, self.settings.max_record, |record| {
            self.record(record, cx);
            !matches!(self.link, Link::Down | Link::Pairing)
        });
        self.records = records;
        if fed == Err(TooLong) {
            let text = format!("a record is longer than {} bytes (option frame.max_bytes)", self.settings.max_record);
            self.lose(Loss::Retry { error: Error::new(Status::TooBig, text), after: Some(AFTER_REFUSAL) }, cx);
        }
    }

    fn record(&mut self, record: &str, cx: &mut Cx<'_>) {
        match self.link {
            Link::Down | Link::Negotiating | Link::Dialing | Link::Pairing => {}
            Link::Shaking => match signalr::handshake(record) {
                Ok(()) => self.introduce(cx),
                Err(why) => self.lose(give_up(Status::Protocol, why), cx),
            },
            Link::Introduced | Link::Landing | Link::Up => match signalr::read(record, true) {
                Ok(message) => self.took(record, &message, cx),
                Err(why) => invalid(record.as_bytes(), &why, cx),
            },
        }
    }

    fn introduce(&mut self, cx: &mut Cx<'_>) {
        self.link = Link::Introduced;
        let id = self.desk.send(0, None);
        cx.send_text(HUB, invocation(Some(id), "SendMessage", &self.settings.authenticate));
        if let Some(ping) = self.settings.ping {
            cx.timer(PING, cx.now.saturating_add(ping));
        }
    }

    fn took(&mut self, record: &str, message: &Message<'_>, cx: &mut Cx<'_>) {
        match message {
            Message::Invocation { target, argument, guessed } => self.called(record, target, argument, *guessed, cx),
            Message::Completion { id, result, error } => {
                let own = self.desk.completed(id, result, error.as_deref(), cx);
                if let (Some(said), Link::Introduced) = (own, self.link) {
                    self.unwelcome(&said, cx);
                }
            }
            Message::Close { error, reconnect } => self.let_go(error.as_deref(), *reconnect, cx),
            Message::Ping | Message::Ignored => {}
        }
    }

    fn called(&mut self, record: &str, target: &str, argument: &str, guessed: bool, cx: &mut Cx<'_>) {
        if target != "ReceiveMessage" {
            return super::inbox::unknown_target(target, argument, cx);
        }
        if self.link == Link::Landing {
            return self.kept.push(record.to_owned());
        }
        if self.message(argument, guessed, cx) {
            return;
        }
        // The record only looked like a usual one, so all of it is read.
        match signalr::read(record, false) {
            Ok(Message::Invocation { argument, .. }) => drop(self.message(argument, false, cx)),
            Ok(_) => {}
            Err(why) => invalid(record.as_bytes(), &why, cx),
        }
    }

    /// The welcome has come: the client is connected. It is told in the next step together with what follows it,
    /// because events that are told now would reach the host before it hears that it is connected.
    pub(super) fn welcomed(&mut self, json: &str, cx: &mut Cx<'_>) {
        self.link = Link::Landing;
        self.troubles.refusals = 0;
        self.kept.push(invocation(None, "ReceiveMessage", json).trim_end_matches('\u{1e}').to_owned());
        cx.connected();
        cx.timer(LANDING, cx.now);
    }

    /// Tells what was kept, if that is to be done.
    pub(super) fn land(&mut self, cx: &mut Cx<'_>) {
        if self.link != Link::Landing {
            return;
        }
        cx.cancel_timer(LANDING);
        self.tell_kept(cx);
        if self.link != Link::Up {
            return;
        }
        if !self.settings.app_label.is_empty() {
            let mut fields = format!("\"clientVersion\":\"{}\",\"label\":", env!("CARGO_PKG_VERSION"));
            push_json_str(&mut fields, &self.settings.app_label);
            let id = self.desk.send(0, None);
            cx.send_text(HUB, invocation(Some(id), "SendMessage", &payload("registerApp", None, &fields)));
        }
        if self.settings.resume && !self.last_chat.is_empty() && self.mirror.session_id.is_none() {
            cx.timer(RESUME, cx.now.saturating_add(millis(500)));
        }
    }

    pub(super) fn tell_kept(&mut self, cx: &mut Cx<'_>) {
        self.link = Link::Up;
        for record in std::mem::take(&mut self.kept) {
            self.record(&record, cx);
        }
    }

    pub(super) fn timer(&mut self, timer: TimerId, cx: &mut Cx<'_>) {
        match timer {
            PING => {
                cx.send_text(HUB, signalr::PING.to_owned());
                if let Some(ping) = self.settings.ping {
                    cx.timer(PING, cx.now.saturating_add(ping));
                }
            }
            SILENCE => self.silent(cx),
            EXPIRY => {
                self.desk.expire(cx);
                self.arm(cx);
                cx.mirror_changed();
            }
            POLL => self.poll(cx),
            RESUME => self.resume(cx),
            MICROPHONE_TIMER => self.microphone_due(cx),
            EAR => self.listen(cx),
            _ => {}
        }
    }

    fn silent(&mut self, cx: &mut Cx<'_>) {
        let Some(silence) = self.settings.silence else { return };
        let due = self.heard.saturating_add(silence);
        if cx.now < due {
            return cx.timer(SILENCE, due);
        }
        let text = format!("the hub has sent nothing for {} ms (option voxta.silence_ms)", silence / millis(1));
        self.lose(Loss::Retry { error: Error::new(Status::IdleTimeout, text), after: None }, cx);
    }

    /// The server does not take this client in, and says why.
    pub(super) fn unwelcome(&mut self, said: &str, cx: &mut Cx<'_>) {
        self.troubles.refusals += 1;
        let text = format!("the server does not welcome this client: {said}");
        let loss = if self.troubles.refusals < REFUSALS {
            Loss::Retry { error: Error::new(Status::Service, text), after: Some(AFTER_REFUSAL) }
        } else {
            give_up(Status::Service, text)
        };
        self.lose(loss, cx);
    }

    /// The key is missing or not good any more.
    pub(super) fn refused(&mut self, error: Error, cx: &mut Cx<'_>) {
        if self.link.up() {
            // The next connection begins with a question about the key, and then there is no chat that hangs on it.
            return self.lose(Loss::Retry { error, after: None }, cx);
        }
        if self.settings.pairing { self.pair(cx) } else { self.lose(Loss::RetryWithCredential { error }, cx) }
    }

    /// The hub says that it lets go of this connection.
    fn let_go(&mut self, error: Option<&str>, reconnect: bool, cx: &mut Cx<'_>) {
        let said = error.map_or_else(String::new, |error| format!(": {error}"));
        let text = format!("the hub has closed the connection{said}");
        // Without leave to come back it may still be a restart, so that coming back is tried, but not at once.
        let after = (!reconnect).then_some(AFTER_REFUSAL);
        self.lose(Loss::Retry { error: Error::new(Status::ServiceClosed, text), after }, cx);
    }

    pub(super) fn closed(&mut self, failure: &Failure, cx: &mut Cx<'_>) {
        match self.link {
            Link::Down | Link::Pairing => {}
            _ if failure.http_status == 401 => {
                let text = "the server answered HTTP 401: the key is missing, wrong or expired (option credential)";
                self.refused(Error::new(Status::Unauthorized, text), cx);
            }
            _ => self.lose(classify(failure), cx),
        }
    }

    pub(super) fn lose(&mut self, loss: Loss, cx: &mut Cx<'_>) {
        if self.link == Link::Landing {
            self.tell_kept(cx);
        }
        self.link = Link::Down;
        cx.lost(loss);
    }
}

fn give_up(status: Status, text: String) -> Loss {
    Loss::GiveUp { error: Error::new(status, text) }
}
