//! Azure Voice Live, and OpenAI Realtime as its dialect: one WebSocket that carries a session, a conversation, speech.
//! Its rules were measured against azure-ai-voicelive 1.3.1 and openai 3.52.0 and taken from the service's reference
//! (api-version 2026-07-15).
//!
//! **A connection:** dial, CONNECTED when the socket is open, wait for `session.created`. If the host has wishes for the
//! session, they are sent as `session.update` and waited for. Then the client is READY, and what the new session should
//! know of the old one is told: context, history, results of tools.
//!
//! **A reply at a time:** what asks for a reply while one is under way waits until it is done, since the service refuses
//! a second one.

mod audio;
mod catalog;
mod desk;
mod dialect;
mod endpoint;
mod frame;
mod history;
mod inbox;
mod link;
mod model;
mod name;
mod outbox;
mod plan;
mod playback;
mod replies;
mod schema;
mod settings;
mod speech;
mod support;
mod tools;

use std::collections::VecDeque;

use serde_json::{Map, Value};

use self::audio::Microphone;
use self::desk::Desk;
use self::endpoint::Endpoint;
use self::history::History;
use self::link::Link;
use self::playback::Playback;
use self::replies::Replies;
use self::settings::Settings;
use self::support::Support;
use self::tools::Tools;
use super::wire::push_json_str;
use super::{Checker, Cx, Input, Outcome, Protocol, SocketId, TimerId};
use crate::model::{Action, Error, Nanos, Options, RequestId, Secret, Status, Tag, key};

/// The only socket.
const SOCKET: SocketId = 0;
/// The session has not been confirmed in time.
const ANSWER: TimerId = 0;
/// The session ends soon.
const EXPIRY: TimerId = 1;
/// The quota of connections allows another one.
const QUOTA: TimerId = 2;

/// Makes the protocol from its options.
///
/// # Errors
/// An option that can not be used, and what it should be.
pub(super) fn make(options: &Options) -> Result<Box<dyn Protocol>, Error> {
    let endpoint = Endpoint::from_options(options)?;
    let initial = initial_session(options.str(key::VOICELIVE_SESSION), &endpoint)?;
    Ok(Box::new(VoiceLive {
        settings: Settings::new(initial),
        credential: Secret::new(options.str(key::CREDENTIAL)),
        credential_fresh: !options.str(key::CREDENTIAL).is_empty(),
        link: Link::Down,
        dials: VecDeque::new(),
        lost: None,
        desk: Desk::default(),
        updates: VecDeque::new(),
        refused: false,
        replies: Replies::default(),
        tools: Tools::default(),
        history: History::new(options.flag(key::VOICELIVE_RESTORE_HISTORY)),
        playback: Playback::default(),
        microphone: Microphone::default(),
        pcm: Vec::new(),
        shown: String::new(),
        ai: 0,
        user_speaks: false,
        rate_limits: String::new(),
        support: Support::default(),
        items: 0,
        run: fastrand::u32(..),
        tool_response: options.flag(key::VOICELIVE_TOOL_RESPONSE),
        truncate: options.flag(key::VOICELIVE_TRUNCATE),
        expiry_warning: options.time(key::VOICELIVE_EXPIRY_WARNING_MS),
        answer_timeout: options.time(key::ANSWER_TIMEOUT_MS),
        endpoint,
    }))
}

fn initial_session(json: &str, endpoint: &Endpoint) -> Result<Map<String, Value>, Error> {
    let named = |error: Error| Error::new(error.status, format!("option voicelive.{}", error.text));
    let session = catalog::object("session", json).map_err(named)?;
    if session.is_empty() {
        return Ok(session);
    }
    model::check_session("session", &session).map_err(|text| named(Error::invalid(text)))?;
    endpoint.dialect.session(session).map_err(named)
}

/// One client's side of the service.
struct VoiceLive {
    endpoint: Endpoint,
    credential: Secret,
    /// Whether the credential has not been used for a connection yet.
    credential_fresh: bool,
    settings: Settings,
    link: Link,
    /// When the last connections were dialled, for the quota.
    dials: VecDeque<Nanos>,
    /// Since when a session that was established is gone, and its id.
    lost: Option<(Nanos, String)>,
    desk: Desk,
    /// The changes of the session that the service has not confirmed, oldest first.
    updates: VecDeque<Map<String, Value>>,
    /// Whether the last token was refused.
    refused: bool,
    replies: Replies,
    tools: Tools,
    history: History,
    playback: Playback,
    microphone: Microphone,
    /// Memory for speech as it is decoded.
    pcm: Vec<u8>,
    /// Memory for a message as it is shown without its speech.
    shown: String,
    /// What the AI does: 0 idle, 1 thinking, 2 speaking.
    ai: i64,
    user_speaks: bool,
    rate_limits: String,
    support: Support,
    items: u64,
    /// Makes the ids of items distinct from those of other runs.
    run: u32,
    tool_response: bool,
    truncate: bool,
    expiry_warning: Option<Nanos>,
    answer_timeout: Option<Nanos>,
}

impl Protocol for VoiceLive {
    fn presets(&self) -> Vec<(i32, i64)> {
        // The numbers of the service's own design for its clients.
        vec![
            (key::RETRY_MAX_ATTEMPTS, 5),
            (key::RETRY_INITIAL_MS, 1000),
            (key::RETRY_MAX_MS, 30_000),
            (key::CONNECT_TIMEOUT_MS, 30_000),
        ]
    }

    fn begin(&mut self, cx: &mut Cx<'_>) {
        self.dial(cx);
        cx.mirror_changed();
    }

    fn handle(&mut self, input: Input<'_>, cx: &mut Cx<'_>) {
        match input {
            Input::Opened { .. } => self.opened(cx),
            Input::Text { text, .. } => self.message(text, cx),
            Input::Binary { data, .. } => {
                inbox::unreadable(data, "a binary message, which the service does not send", cx)
            }
            Input::Closed { failure, .. } => self.closed(failure, cx),
            Input::Timer(ANSWER) => self.unanswered(cx),
            Input::Timer(EXPIRY) => self.expires(cx),
            Input::Timer(QUOTA) => self.dial(cx),
            Input::Abandoned(request) => {
                self.desk.forget(request);
                self.replies.abandoned(request);
                self.tools.abandoned(request);
            }
            Input::Http { .. } | Input::Timer(_) => {}
        }
    }

    fn act(&mut self, request: RequestId, _tag: Tag, action: Action, cx: &mut Cx<'_>) {
        let done = plan::plan(&action).and_then(|plan| self.carry_out(request, plan, cx));
        if let Err(error) = done {
            cx.finish(request, Outcome::failed(error));
        }
    }

    fn hears(&self) -> bool {
        true
    }

    fn audio(&mut self, pcm: &[u8], cx: &mut Cx<'_>) {
        if self.link == Link::Ready {
            self.microphone.cut(pcm, self.settings.input, self.settings.channels, |message| {
                cx.send_text(SOCKET, message);
            });
        }
    }

    fn tells_gaps(&self) -> bool {
        true
    }

    fn end(&mut self, cx: &mut Cx<'_>) {
        self.link_lost(cx);
        cx.mirror_changed();
    }

    fn farewell(&mut self, _cx: &mut Cx<'_>) {
        // The next connection is a conversation of its own.
        self.history.forget_messages();
        self.tools = Tools::default();
        self.link = Link::Leaving;
    }

    fn mirror(&self, out: &mut String) {
        let flag = |value: bool| if value { "true" } else { "false" };
        out.push_str("{\"protocol\":\"voicelive\",\"dialect\":");
        push_json_str(out, self.endpoint.dialect.name());
        out.push_str(",\"ready\":");
        out.push_str(flag(self.link == Link::Ready));
        out.push_str(",\"session\":");
        out.push_str(if self.settings.current.is_empty() { "null" } else { &self.settings.current });
        out.push_str(",\"expires_at\":");
        out.push_str(&self.settings.expires_at.to_string());
        out.push_str(",\"ai_state\":");
        push_json_str(out, AI_STATES[usize::try_from(self.ai).unwrap_or(0)]);
        out.push_str(",\"user_speaking\":");
        out.push_str(flag(self.user_speaks));
        out.push_str(",\"response_id\":");
        match self.replies.current() {
            "" => out.push_str("null"),
            id => push_json_str(out, id),
        }
        out.push_str(",\"tool_calls\":[");
        for (at, id) in self.tools.open().iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            push_json_str(out, id);
        }
        out.push_str("],\"rate_limits\":");
        out.push_str(if self.rate_limits.is_empty() { "null" } else { &self.rate_limits });
        out.push_str(",\"pending\":");
        out.push_str(&self.desk.len().to_string());
        out.push('}');
    }

    fn check(&self) -> Checker {
        |action| plan::plan(action).map(drop)
    }
}

/// The states of the AI by their number.
const AI_STATES: [&str; 3] = ["idle", "thinking", "speaking"];

impl VoiceLive {
    /// A new id for an item of the conversation.
    fn item_id(&mut self) -> String {
        self.items += 1;
        format!("parlor_{:08x}_{}", self.run, self.items)
    }

    fn not_ready() -> Error {
        Error::new(Status::WrongState, "there is no session; connect and wait for the state READY")
    }
}
