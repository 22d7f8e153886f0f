//! The server: who may come in, and where requests go.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use once_cell::sync::OnceCell;
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::people::User;
use super::store::Store;
use super::{Config, Generation, TokenBowlSim, plain, rest};
use crate::sim::centrifugo::{Hub, serve};
use crate::sim::peer::{Peer, Talk};
use crate::sim::server::{Answer, Request, Scene, Sim, Stage};

/// One connection of generation A.
pub(super) struct Member {
    pub(super) user: String,
    pub(super) peer: Arc<Peer>,
    /// The server has forgotten it, but the connection is still there.
    pub(super) forgotten: AtomicBool,
}

impl Member {
    pub(super) fn send(&self, json: &str) {
        if !self.forgotten.load(Ordering::Acquire) {
            self.peer.send_text(json);
        }
    }
}

/// The server's state.
pub struct TokenBowl {
    pub(super) config: Config,
    pub(super) hub: Arc<Hub>,
    pub(super) store: Mutex<Store>,
    pub(super) members: Mutex<BTreeMap<u64, Arc<Member>>>,
    /// Where the store stood when a user was let in last, by user: what is said from then on is sent to them.
    pub(super) admitted: Mutex<BTreeMap<String, i64>>,
    pub(super) url: OnceCell<String>,
    calls: Mutex<(Option<Instant>, u32)>,
}

impl TokenBowl {
    fn new(config: Config) -> TokenBowl {
        let users = config.users.iter().map(|(name, key, role)| User::new(name, key, role)).collect();
        TokenBowl {
            hub: Arc::new(Hub::new(config.rules.clone())),
            store: Mutex::new(Store { users, kept: config.kept, ..Store::default() }),
            members: Mutex::default(),
            admitted: Mutex::default(),
            url: OnceCell::new(),
            calls: Mutex::default(),
            config,
        }
    }

    /// The user whose key or session the request carries.
    pub(super) fn user_of(&self, request: &Request) -> Option<User> {
        let bearer = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        let session = bearer.map(|session| session.strip_prefix("session-").unwrap_or(session));
        let key = request.header("x-api-key").or(session);
        self.store.lock().by_key(key?)
    }

    /// The demo: who says `brb` loses the link, and misses what somebody else says at that very moment.
    fn play(&self, request: &Request) {
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let store = self.store.lock();
        let (user, other) = (request.header("x-api-key").and_then(|key| store.by_key(key)), store.by_name("root"));
        drop(store);
        if body.get("content").and_then(Value::as_str) != Some("brb") {
            return;
        }
        if let (Some(user), Some(other)) = (user, other) {
            self.hub.disconnect(&user.name, 3011, "force reconnect");
            for line in ["The bowl is open!", "Whoever is away will read this later."] {
                // An admin may always speak in the room.
                let _ = self.say(&other, None, line);
            }
        }
    }

    /// Whether the proxy before the service lets one more call through.
    fn let_through(&self) -> bool {
        if self.config.rate == 0 {
            return true;
        }
        let mut calls = self.calls.lock();
        let fresh = calls.0.is_none_or(|since| since.elapsed() >= Duration::from_secs(1));
        if fresh {
            *calls = (Some(Instant::now()), 0);
        }
        calls.1 += 1;
        calls.1 <= self.config.rate
    }
}

impl Scene for TokenBowl {
    fn opened(self: &Arc<Self>, stage: &Arc<Stage>) {
        let scheme = if stage.config.tls.is_some() { "wss" } else { "ws" };
        // The address is set once, when the port is open.
        let _ = self.url.set(format!("{scheme}://{}/connection/websocket", stage.address));
    }

    fn http(self: Arc<Self>, _stage: Arc<Stage>, request: Request) -> BoxFuture<'static, Answer> {
        async move {
            if !self.let_through() {
                let page = "<html><head><title>503 Service Temporarily Unavailable</title></head></html>\r\n";
                return Answer::text(503, page).header("content-type", "text/html");
            }
            let answer = rest::answer(&self, &request);
            if self.config.demo && request.path == "/messages" && answer.status == 201 {
                self.play(&request);
            }
            answer
        }
        .boxed()
    }

    fn admit(&self, request: &Request) -> Result<Vec<(String, String)>, Answer> {
        match (self.config.generation, request.path.as_str()) {
            (Generation::B, "/connection/websocket") => Ok(Vec::new()),
            (Generation::A, "/ws") => match plain::user_of(self, request) {
                Some(user) => {
                    let last = self.store.lock().last;
                    self.admitted.lock().insert(user.id, last);
                    Ok(Vec::new())
                }
                None => Err(Answer::text(403, "")),
            },
            _ => Err(Answer::text(403, "")),
        }
    }

    fn socket(self: Arc<Self>, stage: Arc<Stage>, request: Request, mut talk: Talk) -> BoxFuture<'static, Talk> {
        async move {
            match self.config.generation {
                Generation::B => serve(&self.hub, &stage, &mut talk).await,
                Generation::A => plain::serve(&self, &stage, &request, &mut talk).await,
            }
            talk
        }
        .boxed()
    }

    fn control(self: &Arc<Self>, _stage: &Arc<Stage>, name: &str, body: &Value) -> Option<Answer> {
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        match name {
            "say" => {
                let from = self.store.lock().by_name(text("from"))?;
                let to = body.get("to").and_then(Value::as_str);
                Some(match self.say(&from, to, text("content")) {
                    Ok(message) => Answer::json(200, &message.json()),
                    Err((status, detail)) => Answer::json(status, &json!({"detail": detail})),
                })
            }
            "disconnect" => {
                let code = body.get("code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
                self.hub.disconnect(text("user"), code.unwrap_or(3011), "force reconnect");
                Some(Answer::json(200, &json!({"ok": true})))
            }
            _ => None,
        }
    }
}

impl Sim<TokenBowl> {
    /// Starts on the current tokio runtime.
    pub async fn start(config: Config) -> io::Result<TokenBowlSim> {
        let stage = config.stage.clone();
        Self::start_scene(TokenBowl::new(config), stage).await
    }

    /// Starts on a thread of its own, for callers without a runtime.
    pub fn spawn(config: Config) -> io::Result<TokenBowlSim> {
        let stage = config.stage.clone();
        Self::spawn_scene(TokenBowl::new(config), stage)
    }

    /// The Centrifugo beside the server: disconnect, unsubscribe, plan errors.
    pub fn hub(&self) -> &Hub {
        &self.scene.hub
    }

    /// Says something for a user, as if that user had; hands back the id of the message, or why it was refused.
    pub fn say(&self, from: &str, to: Option<&str>, content: &str) -> Result<String, String> {
        let user = self.scene.store.lock().by_name(from).ok_or_else(|| format!("there is no user {from}"))?;
        self.scene.say(&user, to, content).map(|message| message.id).map_err(|(_, detail)| detail)
    }

    /// The id of a user.
    pub fn user_id(&self, name: &str) -> Option<String> {
        self.scene.store.lock().by_name(name).map(|user| user.id)
    }

    /// How many connections generation A has, forgotten ones included.
    pub fn connections(&self) -> usize {
        self.scene.members.lock().len()
    }
}
