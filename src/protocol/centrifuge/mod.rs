//! The Centrifugo client protocol, version 2, in JSON: frames, commands, subscriptions, recovery. Pure, and shared by the
//! protocols `centrifugo` and `tokenbowl`.
//!
//! It is our own code and not the crate `centrifuge-client-core` 0.1.0, which was read for this. That crate says of
//! itself that its interface outside of `centrifuge-client` is not stable; it decodes every reply into owned messages of
//! prost, where the hot path here borrows from the read buffer; it counts its own reconnects with its own clock, which is
//! the session's task here; and it brings prost into the library. As a judge it is welcome: the tests let the client that
//! is built on it talk to the simulator.
//!
//! [`Engine`] keeps one connection and its subscriptions. What it learns it tells an [`Ear`]; what it needs, a token, it
//! asks the ear for.

mod calls;
mod codes;
mod command;
mod delta;
mod engine;
mod line;
mod pushes;
mod replies;
mod subscription;

pub(crate) use calls::Call;
pub(crate) use codes::local;
pub(crate) use engine::{Engine, LAND, Settings, TICK};
pub(crate) use line::{ClientInfo, Publication};
pub(crate) use subscription::{SubOptions, Wish};

use super::Cx;
use crate::model::Error;

/// A publication on its way to the host.
pub(crate) struct Arrival<'a> {
    /// The channel that it was published to.
    pub(crate) channel: &'a str,
    /// Its fields.
    pub(crate) publication: &'a Publication<'a>,
    /// Its payload as JSON text; after a delta it is not a part of `json`.
    pub(crate) data: &'a str,
    /// What the service sent: the line of a push, or the publication of a recovery.
    pub(crate) json: &'a str,
    /// Whether it was missed and has come back.
    pub(crate) recovered: bool,
}

/// What happened to a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Subscribed,
    /// It will be subscribed again by itself.
    Subscribing,
    Unsubscribed,
}

/// A change of a subscription with what is known of it.
pub(crate) struct Turn<'a> {
    pub(crate) channel: &'a str,
    pub(crate) change: Change,
    /// Whether the service subscribed it.
    pub(crate) server: bool,
    /// Why, where it was not asked for.
    pub(crate) code: u32,
    pub(crate) reason: &'a str,
    /// What the service sent about it, or empty.
    pub(crate) json: &'a str,
}

/// What was missed on a channel and can not be brought back.
pub(crate) struct Missed<'a> {
    pub(crate) channel: &'a str,
    /// Where the last delivered publication stood.
    pub(crate) from: Option<(u64, &'a str)>,
    /// Where the channel stands now.
    pub(crate) to: Option<(u64, &'a str)>,
    /// Whether recovery was tried.
    pub(crate) tried: bool,
    /// For how long the channel was not heard.
    pub(crate) lost_for: crate::model::Nanos,
}

/// Who is told what the engine learns. Every method but the token's has something sensible to do by default: nothing.
pub(crate) trait Ear {
    /// A publication, live or recovered.
    fn publication(&mut self, arrival: &Arrival<'_>, cx: &mut Cx<'_>);
    /// Somebody joined or left a channel.
    fn presence(&mut self, _channel: &str, _info: &ClientInfo<'_>, _joined: bool, _json: &str, _cx: &mut Cx<'_>) {}
    /// A message of the service to this client, outside of any channel.
    fn message(&mut self, _data: &str, _json: &str, _cx: &mut Cx<'_>) {}
    /// The service's connect handler says something to this client with its acceptance.
    fn greeted(&mut self, _data: &str, _json: &str, _cx: &mut Cx<'_>) {}
    /// A subscription has changed.
    fn turn(&mut self, _turn: &Turn<'_>, _cx: &mut Cx<'_>) {}
    /// Something was missed.
    fn missed(&mut self, _missed: &Missed<'_>, _cx: &mut Cx<'_>) {}
    /// A push of a kind that nothing here knows.
    fn other(&mut self, _json: &str, _cx: &mut Cx<'_>) {}
    /// The connection token is refused or invalid: how to go on.
    fn token_refused(&mut self, error: Error, cx: &mut Cx<'_>);
    /// The connection token ends soon: a fresh one is to be handed to [`Engine::refresh`].
    fn want_token(&mut self, _cx: &mut Cx<'_>) {}
    /// The token of a channel is refused or ends soon. Whether anybody can be asked for another one.
    fn want_channel_token(&mut self, _channel: &str, _cx: &mut Cx<'_>) -> bool {
        false
    }
}
