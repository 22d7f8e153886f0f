//! A Voxta server: its SignalR hub, the speech that it gives out over HTTP, and its microphone socket. The facts come
//! from the clients that Voxta publishes, and from recorded traffic of its own web client.
//!
//! **A connection:** negotiate where that is asked for, dial `/hub`, shake hands, authenticate, wait for `welcome`. With
//! it the client is CONNECTED; what came behind it is told in the next step, so that the host hears of CONNECTED first.
//!
//! **The pinned chat** is the one that this client takes part in. READY means that there is one. What other chats of the
//! server do is told as SERVICE.

mod acks;
mod catalog;
mod desk;
mod endpoint;
mod frame;
mod inbox;
mod link;
mod microphone;
mod mirror;
mod name;
mod outbox;
mod pair;
mod pin;
mod plan;
mod reply;
mod settings;
mod speaker;
mod vision;

use std::collections::BTreeMap;

use self::acks::Acks;
use self::desk::Desk;
use self::endpoint::Endpoint;
use self::link::{Link, Troubles};
use self::microphone::Microphone;
use self::mirror::Mirror;
use self::settings::Settings;
use self::speaker::Speaker;
use super::sentence::Splitter;
use super::signalr::Records;
use super::{CallId, Checker, Cx, Input, Outcome, Protocol, SocketId, TimerId};
use crate::model::{Action, Error, Nanos, Options, RequestId, Tag, key};

/// The hub.
const HUB: SocketId = 0;
/// The microphone.
const MICROPHONE: SocketId = 1;

/// Tells what came behind the welcome, once CONNECTED has been told.
const LANDING: TimerId = 0;
const PING: TimerId = 1;
const SILENCE: TimerId = 2;
/// Ends what has waited for a chat for too long.
const EXPIRY: TimerId = 3;
/// Asks whether a person has entered the code.
const POLL: TimerId = 4;
/// Resumes the chat of before, if the server has not shown it by then.
const RESUME: TimerId = 5;
/// Opens the microphone's socket again, keeps it alive while it is paused, or closes it.
const MICROPHONE_TIMER: TimerId = 6;
/// Looks at what an audio thread has heard.
const EAR: TimerId = 7;

const NEGOTIATE: CallId = 1;
const DEVICE_CODE: CallId = 2;
const DEVICE_POLL: CallId = 3;

/// Makes the protocol from its options.
///
/// # Errors
/// An option that can not be used, and what it should be.
pub(super) fn make(options: &Options) -> Result<Box<dyn Protocol>, Error> {
    let settings = Settings::read(options)?;
    Ok(Box::new(Voxta {
        endpoint: Endpoint::parse(options.str(key::URL))?,
        credential: options.str(key::CREDENTIAL).to_owned(),
        speaker: Speaker::new(settings.speech),
        microphone: Microphone::new(settings.microphone_rate, settings.microphone_send_rate)?,
        settings,
        connection_token: None,
        cookies: String::new(),
        link: Link::Down,
        records: Records::default(),
        kept: Vec::new(),
        heard: 0,
        troubles: Troubles::default(),
        mirror: Mirror::default(),
        last_chat: String::new(),
        own_start: false,
        ready: false,
        desk: Desk::default(),
        contexts: BTreeMap::new(),
        reply: reply::Reply::default(),
        splitter: Splitter::default(),
        acks: Acks::default(),
        device: String::new(),
        triggers: Vec::new(),
        pictures: vision::Pictures::default(),
    }))
}

/// One client's side of a server.
struct Voxta {
    settings: Settings,
    endpoint: Endpoint,
    credential: String,
    /// What a negotiation gave for this connection, in place of the credential.
    connection_token: Option<String>,
    cookies: String,
    link: Link,
    records: Records,
    /// What came behind the welcome and is told in the next step.
    kept: Vec<String>,
    /// When the hub was heard last.
    heard: Nanos,
    troubles: Troubles,
    mirror: Mirror,
    /// The id of the chat that was pinned last, over the end of a connection.
    last_chat: String,
    /// This client has asked for a chat that has not begun yet.
    own_start: bool,
    /// What the session was told last.
    ready: bool,
    desk: Desk,
    /// What was set under each key, for the next time that a chat is pinned.
    contexts: BTreeMap<String, serde_json::Map<String, serde_json::Value>>,
    reply: reply::Reply,
    splitter: Splitter,
    acks: Acks,
    speaker: Speaker,
    microphone: Microphone,
    /// The code by which the server knows the pairing that is under way.
    device: String,
    /// App triggers that wait for their completion.
    triggers: Vec<String>,
    /// Pictures that are on their way to the server.
    pictures: vision::Pictures,
}

impl Protocol for Voxta {
    fn begin(&mut self, cx: &mut Cx<'_>) {
        self.start(cx);
        self.desk.expire(cx);
        self.arm(cx);
    }

    fn handle(&mut self, input: Input<'_>, cx: &mut Cx<'_>) {
        // What came with the welcome is told before anything that comes after it.
        self.land(cx);
        match input {
            Input::Opened { socket: MICROPHONE } => self.microphone.opened(cx),
            Input::Opened { .. } => self.opened(cx),
            Input::Text { socket: HUB, text } => self.text(text, cx),
            Input::Text { .. } | Input::Binary { socket: MICROPHONE, .. } => {}
            Input::Binary { data, .. } => match std::str::from_utf8(data) {
                // Some proxies turn text frames into binary ones.
                Ok(text) => self.text(text, cx),
                Err(_) => inbox::invalid(data, "a binary frame that is no text", cx),
            },
            Input::Closed { socket: MICROPHONE, .. } => self.microphone.closed(cx),
            Input::Closed { failure, .. } => self.closed(failure, cx),
            Input::Http { call: NEGOTIATE, answer } => self.negotiated(&answer, cx),
            Input::Http { call: DEVICE_CODE, answer } => self.code_given(&answer, cx),
            Input::Http { call: DEVICE_POLL, answer } => self.polled(&answer, cx),
            Input::Http { call, answer } if call >= vision::FIRST_CALL => self.shown(call, &answer, cx),
            Input::Http { call, answer } => {
                self.speaker.fetched(call, &answer);
                self.play(cx);
            }
            Input::Timer(timer) => self.timer(timer, cx),
            Input::Abandoned(request) => {
                self.desk.abandoned(request);
                self.picture_abandoned(request);
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

    fn hears(&self) -> bool {
        self.settings.microphone_rate > 0
    }

    fn audio(&mut self, pcm: &[u8], cx: &mut Cx<'_>) {
        self.microphone.audio(pcm, cx);
    }

    fn end(&mut self, cx: &mut Cx<'_>) {
        if self.link == Link::Landing {
            self.tell_kept(cx);
        }
        self.link = Link::Down;
        self.kept.clear();
        self.records.reset();
        self.connection_token = None;
        self.own_start = false;
        self.unpin(None, cx);
        self.mirror = Mirror::default();
        self.microphone.reset();
        self.desk.link_lost(cx);
        self.pictures_lost(cx);
        self.arm(cx);
        cx.mirror_changed();
    }

    fn farewell(&mut self, cx: &mut Cx<'_>) {
        // A reply that nobody will play any more must not keep the chat waiting.
        self.cut(None, cx);
    }

    fn mirror(&self, out: &mut String) {
        self.mirror.write(self.desk.waiting(), out);
    }

    fn check(&self) -> Checker {
        |action| plan::plan(action).map(drop)
    }
}
