//! The gateway's side of `/ws`: who may come in, the first frame, and what follows until the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use once_cell::sync::OnceCell;
use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use tokio::sync::{mpsc, oneshot};

use super::registry::Registry;
use super::subscribe::{First, first};
use super::world::{Order, World};
use super::{Config, Reply, handle, http};
use crate::sim::peer::{Peer, Talk, race};
use crate::sim::server::{Answer, Request, Scene, Stage};
use crate::sim::ws::Frame;

/// The gateway's state. [`GatewaySim`](super::GatewaySim) runs it.
pub struct Gateway {
    pub(super) config: Config,
    pub(super) registry: Registry,
    pub(super) world: Mutex<World>,
    pub(super) replies: Mutex<Vec<Reply>>,
    pub(super) orders: mpsc::UnboundedSender<Order>,
    pub(super) heard: mpsc::UnboundedSender<String>,
    queues: Mutex<Option<(mpsc::UnboundedReceiver<Order>, mpsc::UnboundedReceiver<String>)>>,
    stage: OnceCell<std::sync::Weak<Stage>>,
    anonymous: AtomicU64,
}

impl Gateway {
    pub(super) fn new(config: Config) -> Self {
        let (orders, order_queue) = mpsc::unbounded_channel();
        let (heard, heard_queue) = mpsc::unbounded_channel();
        Self {
            world: Mutex::new(World::new(&config)),
            replies: Mutex::new(config.replies.clone()),
            config,
            registry: Registry::default(),
            orders,
            heard,
            queues: Mutex::new(Some((order_queue, heard_queue))),
            stage: OnceCell::new(),
            anonymous: AtomicU64::new(u64::from(fastrand::u32(..))),
        }
    }

    pub(super) fn order(&self, order: Order) {
        // The queue is read as long as the simulator runs.
        let _ = self.orders.send(order);
    }

    pub(super) fn restart(&self, down: Duration) {
        if let Some(stage) = self.stage.get().and_then(std::sync::Weak::upgrade) {
            stage.restart(down);
        }
    }

    /// One socket, from its first frame on. Returning without a close is what a crash of the handler looks like.
    async fn converse(&self, stage: &Stage, talk: &mut Talk) {
        let peer = Arc::clone(&talk.peer);
        let text = loop {
            match talk.next_within(self.config.subscribe_timeout).await {
                Err(_) => return peer.close(4000, "Subscription timeout"),
                Ok(Some(Frame::Text(text))) => break text,
                Ok(Some(Frame::Pong(_))) => {}
                Ok(_) => return,
            }
        };
        let Ok(Value::Object(message)) = serde_json::from_str(&text) else { return };
        if message.get("type").and_then(Value::as_str) != Some("subscribe") {
            return peer.close(4000, "First message must be subscribe");
        }
        let Ok(First { client_id, wants }) = first(&message) else { return };
        let id = client_id.unwrap_or_else(|| {
            let number = self.anonymous.fetch_add(0x9e37_79b9, Ordering::Relaxed);
            json!(format!("anon-{:08x}", number & 0xffff_ffff))
        });
        let key = id.to_string();
        let named = format!("{{\"client_id\":{key}}}");

        // A duplicate id: the old socket is closed and taken out, the new one put in. The old socket's handler then
        // wakes up and takes out *the id*, which by now is the new socket's: from there on the new one is deaf.
        if let Some(old) = self.registry.remove(&key) {
            old.close(1000, "");
            old.give_up_if_frozen();
            if self.registry.broadcast("client_disconnected", &named).await.is_err() {
                return;
            }
        }
        self.registry.insert(&key, &peer, wants);
        if self.registry.broadcast("client_connected", &named).await.is_err() {
            self.registry.remove(&key);
            return;
        }
        peer.send_text(&format!("{{\"type\":\"snapshot\",\"state\":{}}}", self.world.lock().state(true)));
        if let Some(plan) = &self.config.flood {
            stage.spawn(plan.clone().pour(Arc::clone(&peer)));
        }
        let pongs = Arc::new(Mutex::new(Instant::now()));
        stage.spawn(keep_alive(Arc::clone(&peer), Arc::clone(&pongs), self.config.keepalive));

        while let Some(frame) = talk.next().await {
            match frame {
                Frame::Pong(_) => *pongs.lock() = Instant::now(),
                Frame::Text(text) => {
                    // Everything that is not understood is ignored in silence.
                    if let Ok(Value::Object(message)) = serde_json::from_str(&text) {
                        self.hear(&peer, &key, &message);
                    }
                }
                _ => {}
            }
        }
        if self.registry.remove(&key).is_some() {
            let _ = self.registry.broadcast("client_disconnected", &named).await;
        }
    }

    fn hear(&self, peer: &Peer, key: &str, message: &Map<String, Value>) {
        match message.get("type").and_then(Value::as_str) {
            Some("ping") => peer.send_text("{\"type\":\"pong\"}"),
            Some("subscribe") => self.registry.resubscribe(key, message),
            _ => {}
        }
    }
}

/// Pings, and closes with 1011 where no pong came. A peer whose socket is full is not pinged: it stays for ever.
async fn keep_alive(peer: Arc<Peer>, pongs: Arc<Mutex<Instant>>, every: Duration) {
    let work = async {
        loop {
            tokio::time::sleep(every).await;
            if !peer.has_room() {
                continue;
            }
            let asked = Instant::now();
            peer.ping(&asked.elapsed().as_nanos().to_be_bytes()[12..]);
            tokio::time::sleep(every).await;
            if *pongs.lock() < asked && peer.has_room() {
                return peer.close(1011, "keepalive ping timeout");
            }
        }
    };
    race(work, peer.until_gone()).await;
}

impl Scene for Gateway {
    fn opened(self: &Arc<Self>, stage: &Arc<Stage>) {
        // Set once: a scene is raised once.
        let _ = self.stage.set(Arc::downgrade(stage));
        if let Some((orders, heard)) = self.queues.lock().take() {
            let gateway = Arc::clone(self);
            stage.spawn(async move { gateway.hub(orders).await });
            let gateway = Arc::clone(self);
            stage.spawn(async move { gateway.answer(heard).await });
        }
    }

    fn http(self: Arc<Self>, stage: Arc<Stage>, request: Request) -> BoxFuture<'static, Answer> {
        // A task of its own: a client that gives up waiting does not stop what it asked for.
        let (tell, told) = oneshot::channel();
        stage.spawn(async move {
            // Nobody may be waiting any more.
            let _ = tell.send(http::answer(&self, &request).await);
        });
        async move { told.await.unwrap_or_else(|_| Answer::text(503, "the simulator is stopping")) }.boxed()
    }

    fn admit(&self, request: &Request) -> Result<Vec<(String, String)>, Answer> {
        match request.path.as_str() {
            "/ws" => Ok(Vec::new()),
            _ => Err(Answer::text(403, "")
                .header("content-type", "text/plain; charset=utf-8")
                .header("connection", "close")),
        }
    }

    fn socket(self: Arc<Self>, stage: Arc<Stage>, _: Request, mut talk: Talk) -> BoxFuture<'static, Talk> {
        async move {
            self.converse(&stage, &mut talk).await;
            talk
        }
        .boxed()
    }

    fn control(self: &Arc<Self>, _: &Arc<Stage>, name: &str, body: &Value) -> Option<Answer> {
        handle::control(self, name, body)
    }
}
