//! One connection to a Centrifugo server: its life, its clock, and what it keeps for the next connection.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::command::Command;
use super::line::Line;
use super::subscription::{Phase, Sub};
use super::{Ear, codes};
use crate::model::{Error, Nanos, RequestId, Status, millis};
use crate::protocol::wire::push_json_str;
use crate::protocol::{Cx, Failure, Loss, Outcome, SocketId, TimerId};

/// The engine's own timers; an owner's begin behind them.
pub(crate) const TICK: TimerId = 0;
/// Tells what came with the answer to the connect command, once CONNECTED has been told.
pub(crate) const LAND: TimerId = 1;

/// No timer is set further ahead: a token may live for a century.
const FURTHEST: Nanos = millis(86_400_000 * 365);
/// How long before its end a token is replaced, at most.
const MARGIN: Nanos = millis(60_000);
/// A token that ends at once is not asked for more often than this.
const REFRESH_LEAST: Nanos = millis(500);
/// When to ask again for a token that did not come.
pub(super) const ASK_AGAIN: Nanos = millis(7_500);

/// What stays the same from connection to connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) socket: SocketId,
    /// What the client calls itself.
    pub(crate) name: String,
    pub(crate) version: String,
    /// JSON for the service's connect handler, or empty.
    pub(crate) data: String,
    /// How long the service may take to answer a command of the engine.
    pub(crate) command_timeout: Nanos,
    /// How late a ping may be.
    pub(crate) ping_grace: Nanos,
}

/// How far a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Link {
    Down,
    Dialing,
    /// The connect command is on its way.
    Asked,
    /// It was answered; what came with the answer is told in the next step.
    Landing,
    Up,
}

/// A command whose answer is awaited.
#[derive(Debug)]
pub(super) enum Asked {
    Connect,
    Refresh,
    Subscribe { channel: String, generation: u32 },
    Unsubscribe { request: Option<RequestId> },
    SubRefresh { channel: String, request: Option<RequestId> },
    Call { request: RequestId },
}

/// One client's side of the protocol.
pub(crate) struct Engine {
    pub(super) settings: Settings,
    pub(super) link: Link,
    last_id: u32,
    pub(super) pending: BTreeMap<u32, (Asked, Option<Nanos>)>,
    pub(super) subs: BTreeMap<String, Sub>,
    landing: String,
    pub(super) client: String,
    pub(super) ping: Option<Nanos>,
    pub(super) pong: bool,
    heard: Nanos,
    pub(super) refresh_at: Option<Nanos>,
    armed: Option<Nanos>,
    pub(super) random: fastrand::Rng,
}

impl Engine {
    pub(crate) fn new(settings: Settings) -> Engine {
        Engine {
            settings,
            link: Link::Down,
            last_id: 0,
            pending: BTreeMap::new(),
            subs: BTreeMap::new(),
            landing: String::new(),
            client: String::new(),
            ping: None,
            pong: false,
            heard: 0,
            refresh_at: None,
            armed: None,
            random: fastrand::Rng::with_seed(0x7061_726c),
        }
    }

    /// Whether commands can be sent.
    pub(crate) fn is_up(&self) -> bool {
        matches!(self.link, Link::Landing | Link::Up)
    }

    /// A new connection is dialled.
    pub(crate) fn begin(&mut self, now: Nanos) {
        self.random = fastrand::Rng::with_seed(self.random.u64(..) ^ now);
        self.link = Link::Dialing;
        self.pending.clear();
        self.landing.clear();
        self.armed = None;
    }

    /// The socket is open: say who we are, and where the service's own subscriptions stood.
    pub(crate) fn opened(&mut self, token: &str, cx: &mut Cx<'_>) {
        self.link = Link::Asked;
        self.heard = cx.now;
        let mut subs = String::new();
        for (channel, sub) in self.subs.iter().filter(|(_, sub)| sub.server) {
            let Some((offset, epoch)) = sub.position() else { continue };
            subs.push(if subs.is_empty() { '{' } else { ',' });
            push_json_str(&mut subs, channel);
            subs.push_str(":{\"recover\":true");
            if !epoch.is_empty() {
                subs.push_str(",\"epoch\":");
                push_json_str(&mut subs, epoch);
            }
            if offset != 0 {
                let _ = write!(subs, ",\"offset\":{offset}");
            }
            subs.push('}');
        }
        if !subs.is_empty() {
            subs.push('}');
        }
        let id = self.ask(Asked::Connect, true, cx.now);
        let command = Command::new(id, "connect")
            .text("token", token)
            .raw("data", &self.settings.data)
            .raw("subs", &subs)
            .text("name", &self.settings.name)
            .text("version", &self.settings.version)
            .end();
        cx.send_text(self.settings.socket, command);
        self.arm(cx);
    }

    /// Registers a command, and gives its number.
    pub(super) fn ask(&mut self, what: Asked, timed: bool, now: Nanos) -> u32 {
        self.last_id = if self.last_id == u32::MAX { 1 } else { self.last_id + 1 };
        let until = timed.then(|| now.saturating_add(self.settings.command_timeout));
        self.pending.insert(self.last_id, (what, until));
        self.last_id
    }

    /// A frame has come: one line or several.
    pub(crate) fn text(&mut self, text: &str, ear: &mut dyn Ear, cx: &mut Cx<'_>) {
        self.heard = cx.now;
        self.lines(text, ear, cx);
        self.arm(cx);
    }

    fn lines(&mut self, text: &str, ear: &mut dyn Ear, cx: &mut Cx<'_>) {
        let mut rest = text;
        while !rest.is_empty() {
            // After the end of a link nothing of it is told any more, not even the rest of the frame.
            if matches!(self.link, Link::Down | Link::Dialing) {
                return;
            }
            if self.link == Link::Landing {
                self.landing.push('\n');
                return self.landing.push_str(rest);
            }
            let end = memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
            let line = rest[..end].trim();
            rest = rest.get(end + 1..).unwrap_or("");
            if !line.is_empty() {
                self.line(line, ear, cx);
            }
        }
    }

    fn line(&mut self, json: &str, ear: &mut dyn Ear, cx: &mut Cx<'_>) {
        if json == "{}" {
            return self.pinged(cx);
        }
        let parsed = if json.starts_with('{') { serde_json::from_str::<Line<'_>>(json).ok() } else { None };
        let Some(line) = parsed else {
            let text = "what came is not of the Centrifugo protocol; check the option url";
            return self.lose(Loss::GiveUp { error: Error::new(Status::Protocol, text) }, cx);
        };
        if let Some(push) = &line.push {
            self.push(push, json, ear, cx);
        } else if line.id != 0 {
            self.reply(&line, json, ear, cx);
        } else {
            // A line without anything known in it: a ping with blanks, or something new.
            let blank = serde_json::from_str::<BTreeMap<&str, serde::de::IgnoredAny>>(json);
            if blank.is_ok_and(|members| members.is_empty()) { self.pinged(cx) } else { ear.other(json, cx) }
        }
    }

    /// A ping is answered once, and only where the service has asked for that: else it takes the answer as a fault.
    fn pinged(&mut self, cx: &mut Cx<'_>) {
        if self.pong {
            cx.send_text(self.settings.socket, "{}".to_owned());
        }
    }

    /// The service has accepted us. What came with that is kept for the next step, in which the host knows of it.
    pub(super) fn landing(&mut self, line: &str, cx: &mut Cx<'_>) {
        self.link = Link::Landing;
        line.clone_into(&mut self.landing);
        cx.connected();
        cx.timer(LAND, cx.now);
    }

    /// Tells what was kept, if anything was. The owner calls it before anything else; `true` when it has just landed.
    pub(crate) fn land(&mut self, ear: &mut dyn Ear, cx: &mut Cx<'_>) -> bool {
        if self.link != Link::Landing {
            return false;
        }
        cx.cancel_timer(LAND);
        self.link = Link::Up;
        let kept = std::mem::take(&mut self.landing);
        let (first, rest) = kept.split_once('\n').unwrap_or((&kept, ""));
        self.landed(first, ear, cx);
        self.lines(rest, ear, cx);
        self.subscribe_waiting(cx);
        cx.mirror_changed();
        self.arm(cx);
        true
    }

    /// The engine's own timers.
    pub(crate) fn tick(&mut self, ear: &mut dyn Ear, cx: &mut Cx<'_>) {
        self.armed = None;
        let now = cx.now;
        let late = self.pending.values().find(|(_, until)| until.is_some_and(|until| until <= now));
        if let Some((what, _)) = late {
            let what = match what {
                Asked::Connect => "the connect command",
                Asked::Refresh => "a refresh",
                Asked::Subscribe { .. } => "a subscribe",
                Asked::Unsubscribe { .. } => "an unsubscribe",
                Asked::SubRefresh { .. } | Asked::Call { .. } => "a command",
            };
            let text = format!("the service did not answer {what} in time; connecting again");
            return self.lose(Loss::Retry { error: Error::new(Status::NoAnswer, text), after: None }, cx);
        }
        if self.silent_at().is_some_and(|at| at <= now) {
            let text = "the service has not pinged in time; connecting again";
            return self.lose(Loss::Retry { error: Error::new(Status::IdleTimeout, text), after: None }, cx);
        }
        if self.refresh_at.is_some_and(|at| at <= now) {
            self.refresh_at = Some(now + ASK_AGAIN);
            ear.want_token(cx);
        }
        for (channel, sub) in &mut self.subs {
            if sub.refresh_at.is_some_and(|at| at <= now) {
                sub.refresh_at = ear.want_channel_token(channel, cx).then_some(now + ASK_AGAIN * 2);
            }
        }
        self.subscribe_waiting(cx);
        self.arm(cx);
    }

    fn silent_at(&self) -> Option<Nanos> {
        self.ping.filter(|_| self.link == Link::Up).map(|ping| self.heard + ping + self.settings.ping_grace)
    }

    /// When a token of this life is to be replaced.
    pub(super) fn replace_at(now: Nanos, expires: bool, ttl: u64) -> Option<Nanos> {
        let life = millis(ttl.saturating_mul(1000)).min(FURTHEST);
        expires.then(|| now + life.saturating_sub((life / 10).min(MARGIN)).max(REFRESH_LEAST))
    }

    /// Sets the timer to the next deadline, if it is not set to an earlier moment already.
    pub(super) fn arm(&mut self, cx: &mut Cx<'_>) {
        if matches!(self.link, Link::Down | Link::Dialing) {
            return;
        }
        let pending = self.pending.values().filter_map(|(_, until)| *until).min();
        let subs = self.subs.values().flat_map(|sub| [sub.again_at, sub.refresh_at]).flatten().min();
        let next = [pending, subs, self.silent_at(), self.refresh_at].into_iter().flatten().min();
        if let Some(next) = next
            && self.armed.is_none_or(|armed| next < armed)
        {
            self.armed = Some(next);
            cx.timer(TICK, next);
        }
    }

    /// This link is of no use any more, and nothing of it is told from here on.
    pub(super) fn lose(&mut self, loss: Loss, cx: &mut Cx<'_>) {
        self.link = Link::Down;
        cx.lost(loss);
    }

    /// The socket has ended.
    pub(crate) fn closed(&mut self, failure: &Failure, ear: &mut dyn Ear, cx: &mut Cx<'_>) {
        if self.link == Link::Down {
            return;
        }
        self.link_ended(u32::from(failure.close_code), codes::loss(failure), ear, cx);
    }

    pub(super) fn link_ended(&mut self, code: u32, loss: Loss, ear: &mut dyn Ear, cx: &mut Cx<'_>) {
        if code == u32::from(codes::STATE_INVALIDATED) {
            for sub in self.subs.values_mut() {
                sub.invalidate();
            }
            self.link = Link::Down;
            let text = "the service has forgotten what it knew of this client (code 3014)";
            return ear.token_refused(Error::new(Status::Unauthorized, text), cx);
        }
        self.lose(loss, cx);
    }

    /// The link is gone: what hung on it ends, and what outlives it waits for the next one.
    pub(crate) fn end(&mut self, ear: &mut dyn Ear, cx: &mut Cx<'_>) {
        if self.link == Link::Landing {
            // The service had accepted us, so what it sent with that is told.
            self.link = Link::Up;
            let kept = std::mem::take(&mut self.landing);
            let (first, rest) = kept.split_once('\n').unwrap_or((&kept, ""));
            self.landed(first, ear, cx);
            self.lines(rest, ear, cx);
        }
        self.link = Link::Down;
        self.refresh_at = None;
        self.ping = None;
        self.pong = false;
        self.armed = None;
        for sub in self.subs.values_mut() {
            sub.pause(cx.now);
        }
        for (_, (what, _)) in std::mem::take(&mut self.pending) {
            let request = match what {
                Asked::Call { request } => Some(request),
                Asked::Unsubscribe { request } | Asked::SubRefresh { request, .. } => request,
                Asked::Connect | Asked::Refresh | Asked::Subscribe { .. } => None,
            };
            if let Some(request) = request {
                cx.finish(request, Outcome::failed(Status::LinkLost.into()));
            }
        }
        cx.mirror_changed();
    }

    /// The host does not wait for this any more.
    pub(crate) fn abandoned(&mut self, request: RequestId) {
        self.pending.retain(|_, (what, _)| !matches!(what, Asked::Call { request: its } if *its == request));
        for (what, _) in self.pending.values_mut() {
            if let Asked::Unsubscribe { request: its } | Asked::SubRefresh { request: its, .. } = what {
                its.take_if(|its| *its == request);
            }
        }
        for sub in self.subs.values_mut() {
            sub.request.take_if(|its| *its == request);
        }
    }

    /// Writes client and subscriptions as members of a JSON object.
    pub(crate) fn mirror(&self, out: &mut String) {
        let _ = write!(out, "\"connected\":{},\"client\":", self.is_up());
        push_json_str(out, if self.is_up() { &self.client } else { "" });
        out.push_str(",\"subscriptions\":{");
        for (at, (channel, sub)) in self.subs.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            push_json_str(out, channel);
            let state = if sub.phase == Phase::Subscribed { "subscribed" } else { "subscribing" };
            let _ = write!(out, ":{{\"state\":\"{state}\",\"server\":{}", sub.server);
            if let Some((offset, epoch)) = sub.position() {
                let _ = write!(out, ",\"offset\":{offset},\"epoch\":");
                push_json_str(out, epoch);
            }
            out.push('}');
        }
        out.push('}');
    }
}
