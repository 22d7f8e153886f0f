//! The Voxta Gateway: events over a WebSocket, actions over HTTP. Its rules were measured against voxta-gateway 0.1.0.
//!
//! **A connection:** dial `/ws`, subscribe, wait for the snapshot. What comes before the snapshot is kept. With the
//! snapshot the client is CONNECTED; in the very next step, so that the host hears of CONNECTED first, what was kept is
//! told in its order, then the snapshot, then READY if a chat is active.
//!
//! **The mirror** is written from events that are always subscribed to. What the host did not ask for is kept from it.

mod answer;
pub(super) mod catalog;
mod desk;
mod endpoint;
mod frame;
mod identity;
mod inbox;
mod link;
mod mirror;
mod name;
mod outbox;
mod plan;
mod scan;
mod subscription;
mod watch;

use self::desk::Desk;
use self::identity::Identity;
use self::inbox::Origin;
use self::link::{Kept, Link, Troubles};
use self::mirror::Mirror;
use self::subscription::Subscription;
use self::watch::Watch;
use super::{Checker, Cx, Dial, Input, Outcome, Protocol, SocketId, TimerId};
use crate::model::{Action, Error, Nanos, Options, RequestId, Tag, flag, key};

/// The only socket.
const SOCKET: SocketId = 0;
/// Tells what was kept until the snapshot, once CONNECTED has been told.
const LANDING: TimerId = 0;
/// Ends what has waited for a chat for too long.
const EXPIRY: TimerId = 1;
/// Looks whether the gateway still sends events to this client.
const WATCH: TimerId = 2;

/// Makes the protocol from its options.
///
/// # Errors
/// An option that can not be used, and what it should be.
pub(super) fn make(options: &Options) -> Result<Box<dyn Protocol>, Error> {
    let exact = options.flag(key::GATEWAY_EXACT_CLIENT_ID);
    let events = options.str(key::GATEWAY_EVENTS);
    Ok(Box::new(Gateway {
        endpoint: endpoint::Endpoint::parse(options.str(key::URL))?,
        identity: Identity::new(options.str(key::GATEWAY_CLIENT_ID), exact),
        subscription: Subscription::from_options(events, options.str(key::GATEWAY_FILTERS))?,
        mirror: Mirror::default(),
        ahead: None,
        link: Link::Down,
        kept: Kept::default(),
        ready: false,
        told_down: false,
        troubles: Troubles::default(),
        watch: Watch::default(),
        desk: Desk::default(),
        offline_max: usize::try_from(options.i64(key::OFFLINE_MAX_REQUESTS)).unwrap_or(0),
        offline_ttl: options.time(key::OFFLINE_TTL_MS),
        request_timeout: options.time(key::REQUEST_TIMEOUT_MS),
    }))
}

/// One client's side of a gateway.
struct Gateway {
    endpoint: endpoint::Endpoint,
    identity: Identity,
    subscription: Subscription,
    mirror: Mirror,
    /// What the mirror will be once the snapshot that has come is told; it is shown already.
    ahead: Option<Mirror>,
    link: Link,
    kept: Kept,
    /// What the session was told last.
    ready: bool,
    /// Whether the host knows that Voxta is away.
    told_down: bool,
    troubles: Troubles,
    watch: Watch,
    desk: Desk,
    offline_max: usize,
    offline_ttl: Option<Nanos>,
    request_timeout: Option<Nanos>,
}

impl Protocol for Gateway {
    fn begin(&mut self, cx: &mut Cx<'_>) {
        self.identity.choose(cx.now);
        self.kept = Kept::default();
        self.ahead = None;
        self.ready = false;
        self.told_down = false;
        self.link = Link::Dialing;
        cx.dial(SOCKET, Dial { url: self.endpoint.ws.clone(), headers: Vec::new() });
        cx.mirror_changed();
        self.desk.expire(cx);
        self.arm(cx);
    }

    fn handle(&mut self, input: Input<'_>, cx: &mut Cx<'_>) {
        // What came with the snapshot is told before anything that comes after it.
        self.land(cx);
        match input {
            Input::Opened { .. } => self.opened(cx),
            Input::Text { text, .. } => self.text(text, cx),
            Input::Binary { data, .. } => self.binary(data, cx),
            Input::Closed { failure, .. } => self.closed(failure, cx),
            Input::Http { call, answer } => {
                if self.watch.is(call) {
                    self.watched(&answer, cx);
                } else {
                    let note = self.desk.answered(call, &answer, cx);
                    self.noted(note, cx);
                    self.pump(cx);
                }
            }
            Input::Timer(EXPIRY) => {
                if !self.mirror.ready() {
                    self.desk.expire(cx);
                }
                self.arm(cx);
                cx.mirror_changed();
            }
            Input::Timer(WATCH) => self.look(cx),
            Input::Timer(_) => {}
            Input::Abandoned(request) => {
                self.desk.abandoned(request, cx);
                self.pump(cx);
                self.arm(cx);
                cx.mirror_changed();
            }
        }
    }

    fn act(&mut self, request: RequestId, _tag: Tag, action: Action, cx: &mut Cx<'_>) {
        self.land(cx);
        match plan::plan(&action) {
            Ok(plan) => self.carry_out(request, plan, cx),
            Err(error) => cx.finish(request, Outcome::failed(error)),
        }
    }

    fn end(&mut self, cx: &mut Cx<'_>) {
        let asked = self.link.asked();
        let landing = self.link == Link::Landing;
        self.link = Link::Down;
        if landing {
            self.tell_kept(cx);
        }
        if asked {
            self.identity.release(std::mem::take(&mut self.troubles.clean), cx.now);
        }
        self.troubles.clean = false;
        self.watch = Watch::default();
        self.kept = Kept::default();
        self.ahead = None;
        self.ready = false;
        let before = std::mem::take(&mut self.mirror);
        self.announce(&before, &Origin { flags: flag::SYNTHETIC, ..Origin::default() }, cx);
        self.desk.link_lost(cx);
        self.arm(cx);
        cx.mirror_changed();
    }

    fn farewell(&mut self, _cx: &mut Cx<'_>) {
        // The session closes with the handshake, after which the gateway has forgotten the name.
        self.troubles.clean = true;
    }

    fn mirror(&self, out: &mut String) {
        let mirror = self.ahead.as_ref().unwrap_or(&self.mirror);
        mirror.write(&self.identity.borrowed(), &self.subscription, self.desk.waiting(), out);
    }

    fn check(&self) -> Checker {
        |action| plan::plan(action).map(drop)
    }
}
