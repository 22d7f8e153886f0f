//! The hub's connections: negotiation, handshake, pings, and who hears what.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use once_cell::sync::OnceCell;
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::chat::{Chat, Turn};
use super::codec::{self, Incoming, Records};
use super::{Config, Reply, handle, http};
use crate::sim::peer::{Peer, Talk, race};
use crate::sim::server::{Answer, Request, Scene, Stage};
use crate::sim::ws::Frame;

/// How long a socket may wait with its handshake.
const HANDSHAKE: Duration = Duration::from_secs(15);

/// One connection that has shaken hands.
pub(super) struct Member {
    pub(super) peer: Arc<Peer>,
    pub(super) welcome: bool,
    pub(super) subscribed: bool,
}

/// The hub's state. [`VoxtaSim`](super::VoxtaSim) runs it.
pub struct Hub {
    pub(super) config: Config,
    pub(super) members: Mutex<BTreeMap<u64, Member>>,
    pub(super) chat: Mutex<Chat>,
    pub(super) replies: Mutex<Vec<Reply>>,
    pub(super) turns: mpsc::UnboundedSender<Turn>,
    queue: Mutex<Option<mpsc::UnboundedReceiver<Turn>>>,
    stage: OnceCell<Weak<Stage>>,
    /// Connection tokens given out; true once a socket came for it.
    pub(super) tokens: Mutex<BTreeMap<String, bool>>,
    polls: AtomicU32,
    /// The key that clients must bring now.
    pub(super) key: Mutex<Option<String>>,
}

impl Hub {
    pub(super) fn new(config: Config) -> Self {
        let (turns, queue) = mpsc::unbounded_channel();
        Self {
            chat: Mutex::new(Chat::new(&config)),
            replies: Mutex::new(config.replies.clone()),
            key: Mutex::new(config.api_key.clone()),
            config,
            members: Mutex::default(),
            turns,
            queue: Mutex::new(Some(queue)),
            stage: OnceCell::new(),
            tokens: Mutex::default(),
            polls: AtomicU32::new(0),
        }
    }

    pub(super) fn restart(&self, down: Duration) {
        if let Some(stage) = self.stage.get().and_then(Weak::upgrade) {
            stage.restart(down);
        }
    }

    /// To everybody who was welcomed.
    pub(super) fn tell_all(&self, message: &str) {
        let record = codec::invocation(message);
        for member in self.members.lock().values().filter(|member| member.welcome) {
            member.peer.send_text(&record);
        }
    }

    /// To everybody who takes part in the chat.
    pub(super) fn tell_chat(&self, message: &str) {
        let record = codec::invocation(message);
        for member in self.members.lock().values().filter(|member| member.subscribed) {
            member.peer.send_text(&record);
        }
    }

    async fn converse(&self, stage: &Stage, request: &Request, talk: &mut Talk) {
        let peer = Arc::clone(&talk.peer);
        let mut records = Records::default();
        let first = match tokio::time::timeout(HANDSHAKE, next_record(talk, &mut records)).await {
            Ok(Some(record)) => record,
            Ok(None) => return,
            Err(_) => return peer.close(1000, "Handshake was canceled."),
        };
        if let Err(error) = codec::handshake(&first) {
            peer.send_text(&format!("{}{}", json!({"error": error}), codec::END));
            return peer.close(1000, "");
        }
        let shaken = format!("{{}}{}", codec::END);
        match self.config.join_first_records {
            true => peer.send_text(&format!("{shaken}{}", codec::ping())),
            false => peer.send_text(&shaken),
        }
        let member = Member { peer: Arc::clone(&peer), welcome: false, subscribed: false };
        self.members.lock().insert(peer.id(), member);
        stage.spawn(ping(Arc::clone(&peer), self.config.ping));
        self.listen(request, talk, records).await;
        self.members.lock().remove(&peer.id());
    }

    async fn listen(&self, request: &Request, talk: &mut Talk, mut records: Records) {
        let peer = Arc::clone(&talk.peer);
        let allowed = self.allows(request);
        loop {
            let record = match self.config.client_timeout {
                None => next_record(talk, &mut records).await,
                Some(limit) => match tokio::time::timeout(limit, next_record(talk, &mut records)).await {
                    Ok(record) => record,
                    Err(_) => {
                        let error = "Client timeout elapsed without receiving a message from the client.";
                        peer.send_text(&codec::close(Some(error), true));
                        return peer.close(1000, "");
                    }
                },
            };
            let Some(record) = record else { return };
            if self.config.max_message.is_some_and(|limit| record.len() > limit) {
                let error = "Connection closed with an error. InvalidDataException: The maximum message size was \
                             exceeded. The message size can be configured in AddHubOptions.";
                peer.send_text(&codec::close(Some(error), true));
                return peer.close(1000, "");
            }
            match codec::read(&record) {
                Incoming::Invocation { target, argument, id } => {
                    let done = match target.as_str() {
                        "SendMessage" => self.hear(&peer, allowed, &argument),
                        _ => Err(format!(
                            "Failed to invoke '{target}' due to an error on the server. \
                                          HubException: Method does not exist."
                        )),
                    };
                    if let Some(id) = id {
                        peer.send_text(&codec::completion(&id, done.err().as_deref()));
                    }
                }
                Incoming::Ping | Incoming::Other => {}
                Incoming::Close => return peer.close(1000, ""),
                Incoming::Broken(error) => {
                    peer.send_text(&codec::close(Some(&error), false));
                    return peer.close(1000, "");
                }
            }
        }
    }

    /// Whether the request brought the key, where one is wanted.
    pub(super) fn allows(&self, request: &Request) -> bool {
        let key = self.key.lock().clone();
        let Some(key) = &key else { return true };
        let bearer = request.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        let token = url::form_urlencoded::parse(request.query.as_bytes())
            .find(|(name, _)| name == "access_token")
            .map(|(_, value)| value.into_owned());
        bearer == Some(key) || token.as_deref() == Some(key)
    }

    /// A microphone: its audio is recorded like every frame, and nothing comes back on it. What is understood of it goes
    /// to the hub, by script.
    async fn microphone(&self, talk: &mut Talk) {
        let mut sound = false;
        while let Some(frame) = talk.next().await {
            match frame {
                Frame::Binary(_) => sound = true,
                Frame::Text(text) if text.contains("\"silence\"") && sound => {
                    sound = false;
                    let line = {
                        let mut chat = self.chat.lock();
                        chat.lines += 1;
                        chat.lines - 1
                    };
                    if let Some(line) = self.config.understood.get(line) {
                        self.transcribe(line);
                    }
                }
                _ => {}
            }
        }
    }

    /// Whether a client that pairs is to ask again.
    pub(super) fn not_entered_yet(&self) -> bool {
        let polls = self.polls.fetch_add(1, Ordering::Relaxed);
        polls < self.config.pairing_polls
    }
}

async fn next_record(talk: &mut Talk, records: &mut Records) -> Option<String> {
    loop {
        if let Some(record) = records.next() {
            return Some(record);
        }
        match talk.next().await? {
            Frame::Text(text) => records.push(&text),
            Frame::Binary(bytes) => records.push(&String::from_utf8_lossy(&bytes)),
            _ => {}
        }
    }
}

async fn ping(peer: Arc<Peer>, every: Duration) {
    let work = async {
        loop {
            tokio::time::sleep(every).await;
            peer.send_text(&codec::ping());
        }
    };
    race(work, peer.until_gone()).await;
}

impl Scene for Hub {
    fn opened(self: &Arc<Self>, stage: &Arc<Stage>) {
        // Set once: a scene is raised once.
        let _ = self.stage.set(Arc::downgrade(stage));
        if let Some(queue) = self.queue.lock().take() {
            let hub = Arc::clone(self);
            stage.spawn(async move { hub.take_turns(queue).await });
        }
    }

    fn http(self: Arc<Self>, _: Arc<Stage>, request: Request) -> BoxFuture<'static, Answer> {
        async move { http::answer(&self, &request).await }.boxed()
    }

    fn admit(&self, request: &Request) -> Result<Vec<(String, String)>, Answer> {
        match request.path.as_str() {
            "/hub" => http::admit(self, request),
            "/ws/audio/input/stream" if self.allows(request) => Ok(Vec::new()),
            "/ws/audio/input/stream" => Err(Answer::text(401, "")),
            _ => Err(Answer::text(404, "")),
        }
    }

    fn socket(self: Arc<Self>, stage: Arc<Stage>, request: Request, mut talk: Talk) -> BoxFuture<'static, Talk> {
        async move {
            match request.path.as_str() {
                "/hub" => self.converse(&stage, &request, &mut talk).await,
                _ => self.microphone(&mut talk).await,
            }
            talk
        }
        .boxed()
    }

    fn control(self: &Arc<Self>, _: &Arc<Stage>, name: &str, body: &Value) -> Option<Answer> {
        handle::control(self, name, body)
    }
}
