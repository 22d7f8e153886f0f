//! The life of one connection: from the dial to the session, and what its end means.

use super::catalog::Answer;
use super::desk::{Await, Pending};
use super::endpoint::Auth;
use super::{ANSWER, EXPIRY, QUOTA, SOCKET, VoiceLive};
use crate::model::{Error, Event, Kind, Nanos, Status, flag, millis};
use crate::protocol::{Cx, Failure, Loss, Outcome, classify};

/// The service takes so many new connections in a minute.
const DIALS: usize = 30;
const MINUTE: Nanos = millis(60_000);

/// How far a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    Down,
    Dialing,
    /// The socket is open; the service has not spoken of a session.
    Open,
    /// There is a session, which has yet to confirm the host's wishes.
    Restoring,
    Ready,
    /// The host has said goodbye.
    Leaving,
}

impl VoiceLive {
    /// Dials, as soon as the quota and the credential allow it.
    pub(super) fn dial(&mut self, cx: &mut Cx<'_>) {
        self.link = Link::Dialing;
        if self.endpoint.auth == Auth::Token && !self.credential_fresh {
            let text = if self.credential.reveal().is_empty() {
                "the service wants a token: answer CREDENTIAL_NEEDED with set_credential"
            } else {
                "the next connection wants a fresh token: answer CREDENTIAL_NEEDED with set_credential"
            };
            return cx.lost(Loss::RetryWithCredential { error: Error::new(Status::Unauthorized, text) });
        }
        while self.dials.front().is_some_and(|at| at + MINUTE <= cx.now) {
            self.dials.pop_front();
        }
        if self.dials.len() >= DIALS
            && let Some(first) = self.dials.front()
        {
            let at = first + MINUTE;
            tell_waiting((at - cx.now) / millis(1), cx);
            return cx.timer(QUOTA, at);
        }
        self.dials.push_back(cx.now);
        self.credential_fresh = false;
        let dial = self.endpoint.dial(self.credential.reveal());
        self.support.asked(&dial);
        cx.dial(SOCKET, dial);
    }

    pub(super) fn opened(&mut self, cx: &mut Cx<'_>) {
        self.link = Link::Open;
        self.refused = false;
        self.support.let_in(|name| cx.upgrade_header(name).to_owned());
        cx.connected();
        self.arm_answer(cx);
    }

    fn arm_answer(&self, cx: &mut Cx<'_>) {
        if let Some(timeout) = self.answer_timeout {
            cx.timer(ANSWER, cx.now + timeout);
        }
    }

    /// The service was silent for too long.
    pub(super) fn unanswered(&mut self, cx: &mut Cx<'_>) {
        let what = match self.link {
            Link::Open => "session.created",
            Link::Restoring => "session.updated",
            _ => return,
        };
        let text = format!("the service did not send {what} within the option answer.timeout_ms");
        cx.lost(Loss::Retry { error: Error::new(Status::NoAnswer, text), after: None });
    }

    /// The service has a session for this client.
    pub(super) fn session_created(&mut self, cx: &mut Cx<'_>) {
        if self.link != Link::Open {
            return;
        }
        self.arm_expiry(cx);
        if let Some((since, old)) = self.lost.take() {
            self.tell_gap(cx.now.saturating_sub(since), &old, cx);
        }
        if self.settings.wanted.is_empty() {
            return self.established(cx);
        }
        self.link = Link::Restoring;
        let event_id = self.desk.event_id();
        let session = serde_json::Value::Object(self.settings.wanted.clone());
        cx.send_text(
            SOCKET,
            format!("{{\"type\":\"session.update\",\"event_id\":\"{event_id}\",\"session\":{session}}}"),
        );
        let awaits = Await { answer: Answer::Updated, item: String::new() };
        self.desk.wait(Pending { request: 0, event_id, awaits, quiet: false });
        self.arm_answer(cx);
    }

    /// The session is as it should be.
    pub(super) fn established(&mut self, cx: &mut Cx<'_>) {
        self.link = Link::Ready;
        cx.cancel_timer(ANSWER);
        cx.ready(true);
        cx.mirror_changed();
        let id = self.settings.id.clone();
        cx.emit(&Event { id: &id, json: &self.settings.current, ..Event::new(Kind::ChatStarted) });
        self.tell_history(cx);
        self.send_results(cx);
    }

    /// The session that is to be restored was refused.
    pub(super) fn not_restored(&mut self, why: &str, cx: &mut Cx<'_>) {
        let text = format!("the service does not take the session that it is to have: {why}; check voicelive.session");
        cx.lost(Loss::GiveUp { error: Error::new(Status::Rejected, text) });
    }

    fn tell_gap(&mut self, lost_for: Nanos, old: &str, cx: &mut Cx<'_>) {
        let ms = lost_for / millis(1);
        let restored = self.history.holds_messages();
        let fate = if restored { "its text is told to the new session" } else { "its history is gone" };
        let text = format!("the link was down for {ms} ms, and the conversation goes on in a new session; {fate}");
        let json = serde_json::json!({"lost_for_ms": ms, "old_session": old, "new_session": self.settings.id,
            "history": if restored { "text" } else { "lost" }})
        .to_string();
        cx.emit(&Event { value: ms as i64, text: &text, json: &json, ..Event::new(Kind::Gap) });
    }

    fn arm_expiry(&self, cx: &mut Cx<'_>) {
        let now = cx.unix_ms();
        let (Some(before), true) = (self.expiry_warning, self.settings.expires_at > 0.0 && now > 0) else { return };
        let left = millis((self.settings.expires_at * 1000.0) as u64).saturating_sub(millis(now));
        cx.timer(EXPIRY, cx.now + left.saturating_sub(before));
    }

    /// The session ends soon.
    pub(super) fn expires(&mut self, cx: &mut Cx<'_>) {
        let left = (self.settings.expires_at * 1000.0) as i64 - cx.unix_ms() as i64;
        let text = format!("the session ends in {left} ms; the client then connects anew and a new session begins");
        let json =
            format!("{{\"type\":\"session.expiring\",\"expires_at\":{},\"left_ms\":{left}}}", self.settings.expires_at);
        cx.emit(&Event {
            flags: flag::SYNTHETIC,
            value: left,
            type_: "session.expiring",
            text: &text,
            json: &json,
            ..Event::new(Kind::Service)
        });
    }

    pub(super) fn closed(&mut self, failure: &Failure, cx: &mut Cx<'_>) {
        if self.link == Link::Down {
            return;
        }
        let refused = failure.http_status != 0;
        let loss = if refused { self.support.refused(failure, classify(failure), cx) } else { classify(failure) };
        let loss = match loss {
            // A key does not get better by waiting. A token that has grown old does.
            Loss::RetryWithCredential { mut error } if self.endpoint.auth != Auth::Token => {
                error.text.push_str("; check the option credential");
                Loss::GiveUp { error }
            }
            Loss::RetryWithCredential { error } if std::mem::replace(&mut self.refused, true) => refused_again(&error),
            loss => loss,
        };
        cx.lost(loss);
    }

    /// Resets what hung on the link.
    pub(super) fn link_lost(&mut self, cx: &mut Cx<'_>) {
        let was = std::mem::replace(&mut self.link, Link::Down);
        if matches!(was, Link::Ready | Link::Restoring) && !self.settings.id.is_empty() {
            self.lost.get_or_insert_with(|| (cx.now, self.settings.id.clone()));
        }
        if was == Link::Leaving {
            self.lost = None;
        }
        self.replies_lost(cx);
        if matches!(was, Link::Ready | Link::Leaving) {
            let id = self.settings.id.clone();
            cx.emit(&Event { flags: flag::SYNTHETIC, id: &id, ..Event::new(Kind::ChatClosed) });
        }
        let error = Error::new(Status::LinkLost, "the link was lost before the answer came");
        let pending = self.desk.drain();
        self.updates.clear();
        let asked: Vec<u64> = self.replies.asked.iter().map(|(_, wanted)| wanted.request).collect();
        let waiting: Vec<u64> = self.replies.waiting.iter().map(|wanted| wanted.request).collect();
        let lost = self.tools.link_lost();
        // One that waits for more than an item is among those that wait for a reply.
        let open = pending.iter().filter(|pending| !pending.quiet).map(|pending| pending.request);
        let open = open.filter(|request| !self.tools.keeps(*request));
        for request in open.chain(asked).chain(waiting).chain(lost).filter(|request| *request != 0) {
            cx.finish(request, Outcome::failed(error.clone()));
        }
        drop(self.replies.take());
        self.playback.reset();
        self.microphone.reset();
        self.settings.link_lost();
        self.user_speaks = false;
        self.rate_limits.clear();
    }
}

/// The next connection would be one too many: it is told how long it waits, since that can be most of a minute.
fn tell_waiting(ms: u64, cx: &mut Cx<'_>) {
    let text = format!(
        "{DIALS} connections were asked for within a minute, which is all that the service takes; the next one follows in {ms} ms"
    );
    let json = format!("{{\"type\":\"connection.waiting\",\"left_ms\":{ms}}}");
    cx.emit(&Event {
        flags: flag::SYNTHETIC,
        value: ms as i64,
        type_: "connection.waiting",
        text: &text,
        json: &json,
        ..Event::new(Kind::Service)
    });
}

/// A token that the host has just given was refused. The one before may have been old, this one was not.
fn refused_again(error: &Error) -> Loss {
    let text = format!("{}; the token was a fresh one, so asking for another does not help", error.text);
    Loss::GiveUp { error: Error::new(error.status, text) }
}
