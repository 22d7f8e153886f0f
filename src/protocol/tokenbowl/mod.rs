//! Token Bowl Chat, in both of its generations. Its rules were measured against its servers 2.0.1 and 1.1.5.
//!
//! **Generation B:** a connection token over REST, a Centrifugo connection that the service itself subscribes to the room
//! and to the user's own channel, and everything that is sent goes over REST.
//! **Generation A:** one plain WebSocket, on which requests have no numbers.
//!
//! **A lost link:** where Centrifugo can recover, it does. Where not, the store is read over REST, what was missed is told
//! oldest first, each message once, and a GAP says whether that was all of it.

mod access;
mod catalog;
mod chat;
mod check;
mod desk;
mod face;
mod gap;
mod outbox;
mod plain;
mod plan;
mod store;
mod time;

use std::fmt::Write as _;

use serde::Deserialize;

use self::access::Access;
use self::chat::fault;
use self::desk::{Desk, FIRST_CALL, PACE};
use self::face::Face;
use self::gap::{AGAIN, Gap};
use self::outbox::{EXPIRY, Outbox, Saying};
use self::plain::{Plain, SENT, SILENCE};
use self::plan::Plan;
use super::centrifuge::{Engine, LAND, Settings, TICK};
use super::wire::push_json_str;
use super::{
    CallId, Checker, Cx, Dial, Failure, HttpAnswer, Input, Loss, Method, Outcome, Protocol, SocketId, classify,
};
use crate::model::{Action, Error, Nanos, Options, RequestId, Secret, Status, Tag, key, millis};

const SOCKET: SocketId = 0;
/// The call for a connection token.
const TOKEN: CallId = 1;
/// Where the key is looked for when the host gives none.
const KEY_VARIABLE: &str = "TOKEN_BOWL_CHAT_API_KEY";

/// Makes the protocol from its options.
///
/// # Errors
/// An option that can not be used, and what it should be.
pub(super) fn make(options: &Options) -> Result<Box<dyn Protocol>, Error> {
    let given = options.str(key::CREDENTIAL);
    let key = if given.is_empty() { std::env::var(KEY_VARIABLE).unwrap_or_default() } else { given.to_owned() };
    let session = options.i64(key::TOKENBOWL_AUTH) == 1;
    let in_query = options.flag(key::TOKENBOWL_KEY_IN_QUERY);
    let ws = options.str(key::TOKENBOWL_WS_URL);
    let number = |key| options.i64(key).unsigned_abs();
    let settings = Settings {
        socket: SOCKET,
        name: "parlor".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        data: String::new(),
        command_timeout: millis(number(key::CENTRIFUGO_COMMAND_TIMEOUT_MS)),
        ping_grace: millis(number(key::CENTRIFUGO_PING_GRACE_MS)),
    };
    Ok(Box::new(TokenBowl {
        access: Access::new(options.str(key::URL), &key, session, in_query)?,
        ws: if ws.is_empty() { None } else { Some(super::centrifugo::websocket(ws, "option tokenbowl.ws_url")?) },
        asked: options.i64(key::TOKENBOWL_GENERATION),
        speaks: match options.i64(key::TOKENBOWL_GENERATION) {
            1 => Some(Generation::A),
            2 => Some(Generation::B),
            _ => None,
        },
        link: Link::Down,
        token: Secret::default(),
        engine: Engine::new(settings),
        plain: Plain::default(),
        face: Face {
            gap: Gap::new(options.flag(key::TOKENBOWL_GAP_FILL), millis(number(key::TOKENBOWL_GAP_OVERLAP_MS))),
            ..Face::default()
        },
        desk: Desk::new(number(key::TOKENBOWL_RATE), number(key::TOKENBOWL_BURST)),
        outbox: Outbox::new(
            usize::try_from(options.i64(key::OFFLINE_MAX_REQUESTS)).unwrap_or(0),
            options.time(key::OFFLINE_TTL_MS),
            options.time(key::REQUEST_TIMEOUT_MS),
        ),
        fills: options.flag(key::TOKENBOWL_GAP_FILL),
        waiting: None,
        silence: millis(number(key::TOKENBOWL_SILENCE_MS)),
    }))
}

/// What a server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Generation {
    A,
    B,
}

/// How far a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    Down,
    /// Waiting for a connection token.
    Token,
    /// Waiting to know where the store stands, before the first connection.
    Marking,
    Dialing,
    /// The socket is open; in generation B the engine knows how far it is.
    Open,
    /// Generation A is accepted, which is told in the next step.
    Landing,
    Up,
}

struct TokenBowl {
    access: Access,
    /// The WebSocket of generation B, where the host knows better than the server.
    ws: Option<String>,
    /// The option `tokenbowl.generation`.
    asked: i64,
    speaks: Option<Generation>,
    link: Link,
    token: Secret,
    engine: Engine,
    plain: Plain,
    face: Face,
    desk: Desk,
    outbox: Outbox,
    fills: bool,
    /// The socket to be dialled once it is known where the store stands.
    waiting: Option<Dial>,
    silence: Nanos,
}

/// The answer to the call for a connection token.
#[derive(Deserialize)]
struct Token {
    token: String,
    #[serde(default)]
    url: String,
    #[serde(default)]
    user: String,
}

impl TokenBowl {
    fn ask_token(&self, cx: &mut Cx<'_>) {
        cx.http(TOKEN, self.access.call(Method::Get, "/centrifugo/connection-token", "", false, true));
    }

    fn token_answered(&mut self, answer: &Result<HttpAnswer<'_>, &Failure>, cx: &mut Cx<'_>) {
        let connecting = self.link == Link::Token;
        let answer = match answer {
            Ok(answer) => answer,
            // While connected it is asked for again in a while.
            Err(failure) if connecting => return self.lose(classify(failure), cx),
            Err(_) => return,
        };
        if answer.status == 200 {
            let Ok(token) = serde_json::from_slice::<Token>(answer.body) else {
                let text =
                    "the service answered the call for a connection token with something else; check the option url";
                return self.lose(Loss::GiveUp { error: Error::new(Status::Protocol, text) }, cx);
            };
            return self.token_came(token, connecting, cx);
        }
        if connecting && self.asked == 0 && matches!(answer.status, 404 | 405) {
            // A server that has no tokens is of generation A.
            self.speaks = Some(Generation::A);
            return self.dial(self.access.dial(), cx);
        }
        let said = desk::detail(&super::wire::json_or_string(answer.body));
        let http = answer.status;
        let error = |advice: &str| {
            let text = format!("the call for a connection token was answered with HTTP {http}{said}; {advice}");
            Error::new(super::status_of_http(http), text)
        };
        let loss = match http {
            401 => Loss::RetryWithCredential { error: error("the key is missing, wrong or expired") },
            429 | 500..=599 => {
                let seconds = answer.header("retry-after").trim().parse::<u64>().ok();
                Loss::Retry { error: error("trying again"), after: seconds.map(|seconds| millis(seconds * 1000)) }
            }
            403 => Loss::GiveUp { error: error("this user may not connect") },
            _ => Loss::GiveUp { error: error("check the options url and tokenbowl.generation") },
        };
        if connecting || matches!(http, 401 | 403) {
            self.lose(loss, cx);
        }
    }

    fn token_came(&mut self, token: Token, connecting: bool, cx: &mut Cx<'_>) {
        self.speaks = Some(Generation::B);
        self.face.chat.me = token.user;
        self.token = Secret::new(token.token);
        if !connecting {
            return self.engine.refresh(self.token.reveal(), cx);
        }
        let url = match (&self.ws, super::centrifugo::websocket(&token.url, "the address of the token")) {
            (Some(url), _) => url.clone(),
            (None, Ok(url)) if !token.url.is_empty() => url,
            _ => {
                let text = "the service names no WebSocket that can be used; name it with the option tokenbowl.ws_url";
                return self.lose(Loss::GiveUp { error: Error::new(Status::Protocol, text) }, cx);
            }
        };
        self.dial(Dial { url, headers: Vec::new() }, cx);
    }

    fn dial(&mut self, dial: Dial, cx: &mut Cx<'_>) {
        if self.face.gap.marks() {
            self.link = Link::Marking;
            self.waiting = Some(dial);
            return;
        }
        self.link = Link::Dialing;
        if self.speaks == Some(Generation::B) {
            self.engine.begin(cx.now);
        }
        cx.dial(SOCKET, dial);
    }

    fn lose(&mut self, loss: Loss, cx: &mut Cx<'_>) {
        self.link = Link::Down;
        cx.lost(loss);
    }

    /// What is to be done once the host knows that it is connected.
    fn land(&mut self, cx: &mut Cx<'_>) {
        let landed = match self.speaks {
            Some(Generation::A) if self.link == Link::Landing => {
                cx.cancel_timer(LAND);
                true
            }
            Some(Generation::B) if self.link == Link::Open => {
                let landed = self.engine.land(&mut self.face, cx);
                landed && self.engine.is_up()
            }
            _ => false,
        };
        if !landed {
            return;
        }
        self.link = Link::Up;
        let missed = self.missed();
        let Face { chat, gap, .. } = &mut self.face;
        gap.decide(missed, chat, &self.access, cx);
        cx.ready(true);
        for (request, saying) in self.outbox.take(cx) {
            self.say(request, saying, cx);
        }
        cx.mirror_changed();
    }

    /// Whether anything may have been missed. In generation A nothing recovers anything; in generation B the engine
    /// says what was not.
    fn missed(&mut self) -> bool {
        std::mem::take(&mut self.face.missed) || self.speaks == Some(Generation::A)
    }

    fn closed(&mut self, failure: &Failure, cx: &mut Cx<'_>) {
        if self.speaks == Some(Generation::B) {
            self.engine.closed(failure, &mut self.face, cx);
            self.link = Link::Down;
            return;
        }
        // The server refuses a bad key by HTTP 403; an older one accepts and closes with 1008.
        let refused = matches!(failure.http_status, 401 | 403) || failure.close_code == 1008;
        let loss = if refused {
            let text = "the server refused the key: it is missing, wrong or expired";
            Loss::RetryWithCredential { error: Error::new(Status::Unauthorized, text) }
        } else {
            classify(failure)
        };
        self.lose(loss, cx);
    }

    fn text(&mut self, text: &str, cx: &mut Cx<'_>) {
        match self.speaks {
            Some(Generation::B) => {
                self.engine.text(text, &mut self.face, cx);
                if self.engine.is_up() {
                    self.face.gap.connected();
                }
            }
            _ => self.plain.text(text, self.silence, SOCKET, &mut self.face, cx),
        }
        self.want_token(cx);
    }

    fn want_token(&mut self, cx: &mut Cx<'_>) {
        if std::mem::take(&mut self.face.token_wanted) && self.link == Link::Up {
            self.ask_token(cx);
        }
    }

    fn say(&mut self, request: RequestId, saying: Saying, cx: &mut Cx<'_>) {
        if self.speaks == Some(Generation::B) {
            self.desk.submit(request, saying.rest, true, &self.access, cx);
        } else {
            self.plain.ask(request, saying.frame, SENT, SOCKET, cx);
        }
    }

    fn carry_out(&mut self, request: RequestId, plan: Plan, cx: &mut Cx<'_>) {
        match plan {
            Plan::Key(key) => {
                self.access.key = key;
                cx.finish(request, Outcome::ok());
            }
            Plan::Rest(rest) => self.desk.submit(request, rest, false, &self.access, cx),
            Plan::Post(rest) => self.desk.submit(request, rest, true, &self.access, cx),
            Plan::Say { saying, queue } if self.link != Link::Up => self.outbox.keep(request, saying, queue, cx),
            Plan::Say { saying, .. } => self.say(request, saying, cx),
            Plan::Socket { .. } if self.link != Link::Up => {
                let text = "the client is not connected to the service; wait for the state READY";
                cx.finish(request, Outcome::failed(Error::new(Status::WrongState, text)));
            }
            Plan::Socket { frame, answer } if self.speaks == Some(Generation::A) => {
                self.plain.ask(request, frame, answer, SOCKET, cx);
            }
            Plan::Socket { .. } => {
                let text = "this server takes nothing over its socket: use the call of the same name without ws:";
                cx.finish(request, Outcome::failed(Error::new(Status::Unsupported, text)));
            }
        }
    }
}

impl Protocol for TokenBowl {
    fn begin(&mut self, cx: &mut Cx<'_>) {
        if self.access.key.reveal().is_empty() {
            let text =
                format!("there is no key: set the option credential, or the environment variable {KEY_VARIABLE}");
            return cx.lost(Loss::RetryWithCredential { error: Error::new(Status::Unauthorized, text) });
        }
        if self.asked == 0 && self.speaks == Some(Generation::A) {
            // The server may have been brought up to date meanwhile.
            self.speaks = None;
        }
        self.waiting = None;
        if self.speaks == Some(Generation::A) {
            self.face.gap.begin(&self.access, cx);
            self.dial(self.access.dial(), cx);
        } else {
            self.link = Link::Token;
            self.ask_token(cx);
            self.face.gap.begin(&self.access, cx);
        }
        cx.mirror_changed();
        self.desk.pump(&self.access, cx);
    }

    fn handle(&mut self, input: Input<'_>, cx: &mut Cx<'_>) {
        self.land(cx);
        match input {
            Input::Opened { .. } if self.speaks == Some(Generation::B) => {
                self.link = Link::Open;
                self.engine.opened(self.token.reveal(), cx);
            }
            Input::Opened { .. } => {
                // A server that takes the upgrade has taken the key.
                self.link = Link::Landing;
                self.face.gap.connected();
                cx.connected();
                cx.timer(LAND, cx.now);
            }
            Input::Text { text, .. } => self.text(text, cx),
            Input::Binary { data, .. } => match std::str::from_utf8(data) {
                Ok(text) => self.text(text, cx),
                Err(_) => fault("", "", "a binary message that is not UTF-8", cx),
            },
            Input::Closed { failure, .. } => self.closed(failure, cx),
            Input::Http { call: TOKEN, answer } => self.token_answered(&answer, cx),
            Input::Http { call, answer } if call >= FIRST_CALL => {
                let renamed = self.desk.answered(call, &answer, &mut self.face, &self.access, cx);
                if renamed && self.speaks == Some(Generation::B) && self.link == Link::Up {
                    // Direct messages go to a channel of the new name, which only a connection with a new token hears.
                    let text = "this user has another name now, which takes another connection";
                    self.lose(Loss::Retry { error: Error::new(Status::Service, text), after: Some(0) }, cx);
                }
            }
            Input::Http { call, answer } => {
                let Face { chat, gap, .. } = &mut self.face;
                gap.answered(call, &answer, chat, &self.access, cx);
                if let Some(dial) = self.waiting.take() {
                    self.dial(dial, cx);
                }
            }
            Input::Timer(TICK) => {
                self.engine.tick(&mut self.face, cx);
                self.want_token(cx);
            }
            Input::Timer(PACE) => self.desk.pump(&self.access, cx),
            Input::Timer(SILENCE) => {
                self.link = Link::Down;
                self.plain.silent(cx);
            }
            Input::Timer(EXPIRY) => self.outbox.expire(cx),
            Input::Timer(AGAIN) => {
                let Face { chat, gap, .. } = &mut self.face;
                gap.again(chat, &self.access, cx);
            }
            Input::Timer(_) => {}
            Input::Abandoned(request) => {
                self.desk.abandoned(request);
                self.plain.abandoned(request);
                self.outbox.abandoned(request);
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
        self.engine.end(&mut self.face, cx);
        let missed = self.missed();
        let Face { chat, gap, .. } = &mut self.face;
        gap.end(missed, chat, cx);
        self.plain.end(cx);
        self.desk.link_lost(cx);
        self.outbox.arm(cx);
        self.link = Link::Down;
        cx.mirror_changed();
    }

    fn mirror(&self, out: &mut String) {
        let generation = match self.speaks {
            None => "unknown",
            Some(Generation::A) => "a",
            Some(Generation::B) => "b",
        };
        let _ = write!(out, "{{\"service\":\"tokenbowl\",\"generation\":\"{generation}\",\"user\":");
        push_json_str(out, &self.face.chat.me);
        let pending = self.desk.pending() + self.plain.pending() + self.outbox.len();
        let _ = write!(
            out,
            ",\"ready\":{},\"messages\":{},\"pending\":{pending}",
            self.link == Link::Up,
            self.face.chat.told
        );
        if let Some(unread) = self.face.chat.unread {
            let _ = write!(out, ",\"unread\":{unread}");
        }
        if let Some((micros, id)) = &self.face.chat.last {
            out.push_str(",\"last\":{\"id\":");
            push_json_str(out, id);
            out.push_str(",\"timestamp\":");
            push_json_str(out, &time::write(*micros));
            out.push('}');
        }
        if self.speaks == Some(Generation::B) {
            out.push(',');
            self.engine.mirror(out);
        }
        out.push('}');
    }

    fn check(&self) -> Checker {
        |action| plan::plan(action).map(drop)
    }

    fn tells_gaps(&self) -> bool {
        self.fills
    }
}
