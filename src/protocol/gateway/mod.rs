//! The Voxta Gateway: events over a WebSocket, actions over HTTP. Its rules were measured against voxta-gateway 0.1.0.
//!
//! **A connection:** dial `/ws`, subscribe, wait for the snapshot. What comes before the snapshot is kept. With the
//! snapshot the client is CONNECTED; in the very next step, so that the host hears of CONNECTED first, what was kept is
//! told in its order, then the snapshot, then READY if a chat is active.
//!
//! **The mirror** is written from events that are always subscribed to. What the host did not ask for is kept from it.

mod answer;
mod catalog;
mod desk;
mod frame;
mod identity;
mod inbox;
mod link;
mod mirror;
mod name;
mod outbox;
mod plan;
mod subscription;
mod watch;

use self::desk::Desk;
use self::identity::Identity;
use self::inbox::Origin;
use self::link::{Link, Troubles};
use self::mirror::Mirror;
use self::subscription::Subscription;
use self::watch::Watch;
use super::{Checker, Cx, Dial, Input, Protocol, SocketId, TimerId};
use crate::model::{Action, Error, Nanos, Options, Outcome, RequestId, Tag, flag, key};

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
        kept: Vec::new(),
        kept_bytes: 0,
        ready: false,
        told_down: false,
        troubles: Troubles::default(),
        watch: Watch::default(),
        desk: Desk::default(),
        offline_max: usize::try_from(options.i64(key::OFFLINE_MAX_REQUESTS)).unwrap_or(0),
        offline_ttl: options.time(key::OFFLINE_TTL_MS),
    }))
}
