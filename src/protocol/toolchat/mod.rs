//! A chat that is entered with a ticket and calls tools of the host. Its rules were measured against the service's own
//! client 1.0.59; what changes from release to release is data, in [`profile`].
//!
//! **A connection:** a ticket over HTTP (or a check of the one that is held), the upgrade with the ticket in its query,
//! `session_established`, which makes the client CONNECTED, the tools, and with their confirmation READY.
//!
//! **What outlives a connection:** the ticket, the tools, the context, the conversation's id, the calls that run and the
//! answers to those that have.

mod act;
mod admission;
mod calls;
mod endpoint;
mod frame;
mod inbox;
mod link;
mod operation;
mod profile;
mod reply;
mod rest;
mod say;
mod schema;
mod ticket;
mod time;
mod toolcall;
mod tools;
mod write;

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Map, Value, json};

use self::admission::Refused;
use self::calls::{Calls, Ended};
use self::endpoint::Endpoint;
use self::link::Phase;
use self::profile::Profile;
use self::reply::Reply;
use self::say::Waiting;
use self::ticket::Ticket;
use self::tools::Tools;
use super::{CallId, Checker, Cx, Input, Outcome, Protocol, SocketId, TimerId};
use crate::model::{Action, Error, Event, Kind, Nanos, Options, RequestId, Secret, Status, Tag, flag, key};

/// The only socket.
const SOCKET: SocketId = 0;
/// The service has not confirmed the tools in time.
const TOOLS_ACK: TimerId = 0;
/// A tool of the host has taken too long.
const TOOL_DEADLINE: TimerId = 1;
/// Something has waited for a session for too long.
const EXPIRY: TimerId = 2;

/// Makes the protocol from its options.
///
/// # Errors
/// An option that can not be used, and what it should be.
pub(super) fn make(options: &Options) -> Result<Box<dyn Protocol>, Error> {
    let profile = Profile::from_option(options.str(key::TOOLCHAT_PROFILE))?;
    let validates = options.flag(key::TOOLCHAT_VALIDATE_ARGUMENTS);
    if validates && !schema::AVAILABLE {
        let text = "option toolchat.validate_arguments: this library was built without JSON Schema, so it can not check \
                    arguments; build it with --features schema, or check them in the tools";
        return Err(Error::new(Status::Unsupported, text));
    }
    let text = |key| options.str(key).to_owned();
    let count = |key| usize::try_from(options.i64(key)).unwrap_or(0);
    Ok(Box::new(Toolchat {
        endpoint: Endpoint::parse(options.str(key::URL), &profile)?,
        profile,
        credential: Secret::new(options.str(key::CREDENTIAL)),
        server_key: Secret::new(options.str(key::TOOLCHAT_SERVER_KEY)),
        user_id: text(key::TOOLCHAT_USER_ID),
        entity_id: text(key::TOOLCHAT_ENTITY_ID),
        entity_type: text(key::TOOLCHAT_ENTITY_TYPE),
        ticket_timeout: options.time(key::TOOLCHAT_TICKET_TIMEOUT_MS),
        tools_timeout: options.time(key::TOOLCHAT_TOOLS_TIMEOUT_MS),
        tool_timeout: options.time(key::TOOLCHAT_TOOL_TIMEOUT_MS),
        validates,
        builtin: options.flag(key::TOOLCHAT_BUILTIN_TOOLS),
        offline_max: count(key::OFFLINE_MAX_REQUESTS),
        offline_ttl: options.time(key::OFFLINE_TTL_MS),
        phase: Phase::Down,
        starting: false,
        ticket: None,
        dialed_fresh: false,
        refused: Refused::default(),
        ticket_call: None,
        ticket_waiters: Vec::new(),
        check_call: None,
        rest: BTreeMap::new(),
        last_call: 0,
        session: String::new(),
        configured: None,
        conversation: text(key::TOOLCHAT_CONVERSATION),
        thread: String::new(),
        tools: Tools::default(),
        context: Map::new(),
        calls: Calls::new(count(key::TOOLCHAT_RESULTS_KEPT)),
        reply: Reply::default(),
        waiting: VecDeque::new(),
        unreadable: 0,
    }))
}

/// One client's side of the conversation.
struct Toolchat {
    endpoint: Endpoint,
    profile: Profile,
    credential: Secret,
    server_key: Secret,
    user_id: String,
    entity_id: String,
    entity_type: String,
    ticket_timeout: Option<Nanos>,
    tools_timeout: Option<Nanos>,
    tool_timeout: Option<Nanos>,
    validates: bool,
    builtin: bool,
    offline_max: usize,
    offline_ttl: Option<Nanos>,
    phase: Phase,
    /// An attempt is being made, rather than a ticket fetched for its own sake.
    starting: bool,
    ticket: Option<Ticket>,
    /// The socket was dialled with a ticket that no socket was opened with before.
    dialed_fresh: bool,
    refused: Refused,
    ticket_call: Option<CallId>,
    /// Requests of the host that want a ticket too.
    ticket_waiters: Vec<RequestId>,
    check_call: Option<CallId>,
    rest: BTreeMap<CallId, rest::Pending>,
    last_call: CallId,
    session: String,
    /// Whether this connection was told of the tools, and has confirmed them.
    configured: Option<bool>,
    conversation: String,
    thread: String,
    tools: Tools,
    context: Map<String, Value>,
    calls: Calls,
    reply: Reply,
    waiting: VecDeque<Waiting>,
    /// How many messages could not be read.
    unreadable: u64,
}

impl Protocol for Toolchat {
    fn begin(&mut self, cx: &mut Cx<'_>) {
        self.phase = Phase::Down;
        self.starting = true;
        self.configured = None;
        self.expire(cx);
        self.arm(cx);
        self.start(cx);
    }

    fn handle(&mut self, input: Input<'_>, cx: &mut Cx<'_>) {
        match input {
            Input::Opened { .. } => self.opened(cx),
            Input::Text { text, .. } => self.message(text, cx),
            Input::Binary { data, .. } => self.binary(data, cx),
            Input::Closed { failure, .. } => self.closed(failure, cx),
            Input::Http { call, answer } if self.ticket_call == Some(call) => self.ticket_answered(&answer, cx),
            Input::Http { call, answer } if self.check_call == Some(call) => self.ticket_checked(&answer, cx),
            Input::Http { call, answer } => self.rest_answered(call, &answer, cx),
            Input::Timer(TOOLS_ACK) => self.tools_overdue(cx),
            Input::Timer(TOOL_DEADLINE) => {
                let late = self.calls.overdue(cx.now);
                self.end_calls(late, Ended::TimedOut, "the tool did not answer in time", cx);
            }
            Input::Timer(_) => {
                self.expire(cx);
                self.arm(cx);
                cx.mirror_changed();
            }
            Input::Abandoned(request) => {
                self.abandoned(request);
                self.arm(cx);
                cx.mirror_changed();
            }
        }
    }

    fn act(&mut self, request: RequestId, tag: Tag, action: Action, cx: &mut Cx<'_>) {
        self.carry_out(request, tag, action, cx);
    }

    fn sent(&mut self, call: CallId, bytes: u64, of: u64, cx: &mut Cx<'_>) {
        let Some(rest::Pending { request, upload: Some(tag), .. }) = self.rest.get(&call) else { return };
        let json = format!("{{\"sent\":{bytes},\"of\":{of}}}");
        cx.emit(&Event {
            flags: flag::SYNTHETIC,
            request: *request,
            tag: *tag,
            value: i64::try_from(bytes).unwrap_or(i64::MAX),
            type_: "upload_progress",
            json: &json,
            ..Event::new(Kind::Service)
        });
    }

    fn farewell(&mut self, cx: &mut Cx<'_>) {
        self.end_calls(self.calls.all_running(), Ended::Cancelled, "cancelled: the client was closed", cx);
    }

    fn end(&mut self, cx: &mut Cx<'_>) {
        self.phase = Phase::Down;
        self.starting = false;
        self.configured = None;
        self.session.clear();
        self.ticket_call = None;
        self.check_call = None;
        self.reply.cut(cx);
        let waiters = std::mem::take(&mut self.ticket_waiters);
        let pending = std::mem::take(&mut self.rest).into_values().map(|pending| pending.request);
        for request in waiters.into_iter().chain(pending) {
            cx.finish(request, Outcome::failed(Status::LinkLost.into()));
        }
        // A tool goes on without a link, and what waits for one has its time to live.
        self.arm(cx);
        cx.mirror_changed();
    }

    fn mirror(&self, out: &mut String) {
        let running: Vec<Value> =
            self.calls.all_running().into_iter().map(|(id, name)| json!({"id": id, "name": name})).collect();
        let (kept, unsent) = self.calls.kept();
        let ticket = self.ticket.as_ref().map(|ticket| json!({"expires_at": ticket.expires_at, "used": !ticket.fresh}));
        let mirror = json!({
            "protocol": "toolchat",
            "profile": self.profile.name,
            "phase": self.phase.name(),
            "ready": self.phase.up(),
            "session": some(&self.session),
            "conversation": some(&self.conversation),
            "thread": some(&self.thread),
            "ticket": ticket,
            "reply": some(self.reply.id()),
            "tools": self.tools.names().collect::<Vec<_>>(),
            "context": self.context,
            "calls": {"running": running, "kept": kept, "unsent": unsent},
            "waiting": self.waiting.len(),
            "unreadable": self.unreadable,
        });
        out.push_str(&mirror.to_string());
    }

    fn check(&self) -> Checker {
        act::check
    }

    fn presets(&self) -> Vec<(i32, i64)> {
        let waits = &self.profile.retry;
        vec![
            (key::RETRY_INITIAL_MS, waits.initial_ms),
            (key::RETRY_FACTOR_PERCENT, waits.factor_percent),
            (key::RETRY_MAX_MS, waits.max_ms),
            (key::RETRY_MAX_ATTEMPTS, waits.max_attempts),
        ]
    }
}

fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}
