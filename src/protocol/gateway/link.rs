//! The life of one connection: from the dial to the snapshot, and what its end means.

use super::inbox::invalid;
use super::mirror::read_snapshot;
use super::name::Name;
use super::{Gateway, LANDING, SOCKET};
use crate::model::{Error, Nanos, Status, millis};
use crate::protocol::peek::{Peeked, may_hold_second_type, peek_type, slow};
use crate::protocol::{Cx, Failure, Loss, classify};

/// How many messages, and bytes of them, are kept until the snapshot comes.
const KEPT_MESSAGES: usize = 4096;
const KEPT_BYTES: usize = 16 * 1024 * 1024;

/// How long to wait after the gateway refused the subscription, so that it is not asked in a tight loop.
const AFTER_REFUSAL: Nanos = millis(5_000);
/// How many refusals in a row are enough to know that waiting does not help.
const REFUSALS: u32 = 3;
/// How long to wait after HTTP 403: a gateway that is starting up answers so, and so does a wrong path.
const AFTER_FORBIDDEN: Nanos = millis(2_000);
const FORBIDDEN: u32 = 5;
/// How long to leave an exact name to the one who took it, and how often to take it back.
const AFTER_REPLACED: Nanos = millis(10_000);
const REPLACED: u32 = 3;
/// After this time a takeover is an accident of its own and no fight over the name.
const PEACE: Nanos = millis(600_000);

/// How far a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    Down,
    /// The socket is being opened.
    Dialing,
    /// Subscribed; the snapshot has not come.
    Asked,
    /// The snapshot has come and is told in the next step.
    Landing,
    Up,
    /// The gateway holds another socket under this name and sends nothing to this one; it is being closed.
    Healing,
}

impl Link {
    /// Whether the gateway may have registered this socket.
    pub(super) const fn asked(self) -> bool {
        !matches!(self, Link::Down | Link::Dialing)
    }

    /// Whether actions can be carried out.
    pub(super) const fn up(self) -> bool {
        matches!(self, Link::Landing | Link::Up | Link::Healing)
    }
}

/// What came before the snapshot, and the snapshot as the last of it.
#[derive(Debug, Default)]
pub(super) struct Kept {
    messages: Vec<Message>,
    bytes: usize,
}

#[derive(Debug)]
enum Message {
    Text(String),
    Binary(Vec<u8>),
}

impl Kept {
    fn push(&mut self, message: Message) {
        self.bytes += match &message {
            Message::Text(text) => text.len(),
            Message::Binary(data) => data.len(),
        };
        self.messages.push(message);
    }

    fn too_much(&self) -> bool {
        self.messages.len() > KEPT_MESSAGES || self.bytes > KEPT_BYTES
    }
}

/// What went wrong so far, so that the same thing going wrong again can be told from bad luck.
#[derive(Debug, Default)]
pub(super) struct Troubles {
    /// Whether the gateway surely knows that the last socket is gone.
    pub(super) clean: bool,
    refusals: u32,
    forbidden: u32,
    ever_up: bool,
    replaced: u32,
    replaced_at: Nanos,
}

/// A gateway asks for no credential, so there is none to be renewed: what asks stands in front of it.
fn unauthorized() -> Loss {
    let text = "HTTP 401: something in front of the gateway asks for a credential; give it with the option headers";
    Loss::GiveUp { error: Error::new(Status::Unauthorized, text) }
}

impl Gateway {
    pub(super) fn opened(&mut self, cx: &mut Cx<'_>) {
        self.link = Link::Asked;
        cx.send_text(SOCKET, self.subscription.message(Some(&self.identity.name())));
    }

    pub(super) fn text(&mut self, text: &str, cx: &mut Cx<'_>) {
        match self.link {
            Link::Down | Link::Dialing => {}
            Link::Asked => {
                self.kept.push(Message::Text(text.to_owned()));
                if is_snapshot(text) {
                    self.landing(text, cx);
                } else {
                    self.check_kept(cx);
                }
            }
            Link::Landing | Link::Up | Link::Healing => self.message(text, cx),
        }
    }

    pub(super) fn binary(&mut self, data: &[u8], cx: &mut Cx<'_>) {
        match self.link {
            Link::Down | Link::Dialing => {}
            Link::Asked => {
                self.kept.push(Message::Binary(data.to_vec()));
                self.check_kept(cx);
            }
            Link::Landing | Link::Up | Link::Healing => invalid(data, BINARY, cx),
        }
    }

    fn check_kept(&mut self, cx: &mut Cx<'_>) {
        if self.kept.too_much() {
            let text = "the gateway sends events but no snapshot; is there a gateway at the option url?";
            cx.lost(Loss::Retry { error: Error::new(Status::Protocol, text), after: Some(AFTER_REFUSAL) });
        }
    }

    /// The snapshot has come: the client is connected. What there is to tell is told in the next step, because events
    /// that are told now would reach the host before it hears that it is connected.
    fn landing(&mut self, snapshot: &str, cx: &mut Cx<'_>) {
        self.link = Link::Landing;
        self.ahead = Some(read_snapshot(snapshot).mirror);
        self.troubles.refusals = 0;
        self.troubles.forbidden = 0;
        self.troubles.ever_up = true;
        cx.connected();
        cx.mirror_changed();
        cx.timer(LANDING, cx.now);
    }

    /// Tells what was kept, if that is to be done.
    pub(super) fn land(&mut self, cx: &mut Cx<'_>) {
        if self.link == Link::Landing {
            self.link = Link::Up;
            cx.cancel_timer(LANDING);
            self.tell_kept(cx);
            self.start_watch(cx);
            self.pump(cx);
        }
    }

    pub(super) fn tell_kept(&mut self, cx: &mut Cx<'_>) {
        self.ahead = None;
        for message in std::mem::take(&mut self.kept).messages {
            match message {
                Message::Text(text) => self.message(&text, cx),
                Message::Binary(data) => invalid(&data, BINARY, cx),
            }
        }
    }

    /// Whether a conversation can be held has changed, or has not.
    pub(super) fn settle(&mut self, cx: &mut Cx<'_>) {
        let ready = self.mirror.ready();
        if ready == self.ready || !self.link.up() {
            return;
        }
        self.ready = ready;
        cx.ready(ready);
        if ready {
            self.pump(cx);
        } else {
            self.desk.chat_over(cx);
        }
        self.arm(cx);
    }

    pub(super) fn closed(&mut self, failure: &Failure, cx: &mut Cx<'_>) {
        if self.link == Link::Down {
            return;
        }
        // With a close frame of any code the gateway has taken the socket from its list. When it was this side that found
        // something wrong, the gateway has yet to hear of it.
        self.troubles.clean = !matches!(failure.close_code, 0 | 1006 | 1015) && !failure.found_here();
        let loss = self.loss(failure, cx.now);
        cx.lost(loss);
    }

    fn loss(&mut self, failure: &Failure, now: Nanos) -> Loss {
        if self.link == Link::Healing {
            return self.healing();
        }
        match (failure.http_status, failure.close_code, failure.reason.is_empty()) {
            (401, _, _) => unauthorized(),
            (403, _, _) => self.forbidden(failure),
            (0, 4000, _) => self.refused(failure),
            (0, 1000, true) if self.link.asked() => self.replaced(now),
            _ => classify(failure),
        }
    }

    fn healing(&mut self) -> Loss {
        // The name itself is free now, but whoever else uses it may come back for it.
        self.troubles.clean = self.identity.exact();
        let name = self.identity.name();
        let text = format!(
            "the gateway had an older connection under the name \"{name}\" and sent no events to this one; connecting again"
        );
        let after = self.identity.exact().then_some(millis(1_000));
        Loss::Retry { error: Error::new(Status::Replaced, text), after }
    }

    fn forbidden(&mut self, failure: &Failure) -> Loss {
        self.troubles.forbidden += 1;
        let url = &self.endpoint.ws;
        if self.troubles.ever_up || self.troubles.forbidden < FORBIDDEN {
            let text =
                format!("{url} answered HTTP 403: the gateway is starting up, or the path is wrong; trying again");
            let after = failure.retry_after.or(Some(AFTER_FORBIDDEN));
            return Loss::Retry { error: Error::new(Status::Forbidden, text), after };
        }
        let text = format!("{url} keeps answering HTTP 403: the path is wrong, check the option url");
        Loss::GiveUp { error: Error::new(Status::Forbidden, text) }
    }

    fn refused(&mut self, failure: &Failure) -> Loss {
        self.troubles.refusals += 1;
        let text = format!("the gateway refused the subscription with code 4000 (\"{}\")", failure.reason);
        if self.troubles.refusals < REFUSALS {
            return Loss::Retry { error: Error::new(Status::Protocol, text), after: Some(AFTER_REFUSAL) };
        }
        let text =
            format!("{text} {REFUSALS} times; is something between this client and the gateway holding messages back?");
        Loss::GiveUp { error: Error::new(Status::Protocol, text) }
    }

    /// The gateway closes a socket in this way when another one takes its name.
    fn replaced(&mut self, now: Nanos) -> Loss {
        self.troubles.clean = false;
        let name = self.identity.name();
        if !self.identity.exact() {
            self.identity.yield_next(now);
            let text = format!(
                "the gateway closed the connection: another client took the name \"{name}\"; connecting again under another"
            );
            return Loss::Retry { error: Error::new(Status::Replaced, text), after: None };
        }
        let fight = self.troubles.replaced > 0 && now.saturating_sub(self.troubles.replaced_at) < PEACE;
        self.troubles.replaced = if fight { self.troubles.replaced + 1 } else { 1 };
        self.troubles.replaced_at = now;
        if self.troubles.replaced < REPLACED {
            let text = format!("the gateway closed the connection: another client took the exact name \"{name}\"");
            return Loss::Retry { error: Error::new(Status::Replaced, text), after: Some(AFTER_REPLACED) };
        }
        let text = format!(
            "another client keeps taking the name \"{name}\"; give each its own gateway.client_id, \
             or unset gateway.exact_client_id"
        );
        Loss::GiveUp { error: Error::new(Status::Replaced, text) }
    }
}

const BINARY: &str = "it is a binary message";

fn is_snapshot(json: &str) -> bool {
    match peek_type(json) {
        Peeked::Fast { name, after } if !may_hold_second_type(json, after) => Name::of(name) == Name::Snapshot,
        Peeked::Invalid(_) | Peeked::Untyped(_) => false,
        _ => matches!(slow(json), Peeked::Slow(name) if Name::of(&name) == Name::Snapshot),
    }
}
