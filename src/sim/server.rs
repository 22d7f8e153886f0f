//! The stage: one loopback port that serves HTTP and WebSocket upgrades to a scene, with faults in between.

use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use futures_util::future::{BoxFuture, Either, select};
use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::{Notify, watch};

use super::fault::Faults;
use super::peer::{Peer, Talk, race};
use super::record::{Direction, Record};
use super::serve;

/// Sees every message that passes, for a log: direction, connection, text.
pub type Tap = Arc<dyn Fn(Direction, u64, &str) + Send + Sync>;

/// What every simulator can be told at the start.
#[derive(Clone, Default)]
pub struct StageConfig {
    /// The port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// Serve `https` and `wss` with this.
    pub tls: Option<Arc<rustls::ServerConfig>>,
    /// Open the control paths under `/sim/`.
    pub control: bool,
    /// Look at every message that passes.
    pub tap: Option<Tap>,
}

/// A plain HTTP request, or the one that asks for a WebSocket.
#[derive(Clone, Debug)]
pub struct Request {
    /// `GET`, `POST` and so on.
    pub method: String,
    /// The path, still percent-encoded.
    pub path: String,
    /// The query without its question mark; empty where there is none.
    pub query: String,
    /// Header names in lower case and values.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl Request {
    /// The first header of this name (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// An HTTP answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Headers besides the length.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// A JSON answer.
    pub fn json(status: u16, value: &serde_json::Value) -> Self {
        Self {
            status,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: value.to_string().into_bytes(),
        }
    }

    /// An answer in plain text.
    pub fn text(status: u16, text: &str) -> Self {
        Self { status, headers: Vec::new(), body: text.as_bytes().to_vec() }
    }

    /// The same with one header more.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// One service's server side.
pub trait Scene: Send + Sync + Sized + 'static {
    /// Called once, when the port is open.
    fn opened(self: &Arc<Self>, stage: &Arc<Stage>);
    /// Answers a plain HTTP request.
    fn http(self: Arc<Self>, stage: Arc<Stage>, request: Request) -> BoxFuture<'static, Answer>;
    /// Decides about an upgrade: the headers of the 101, or the answer that refuses it.
    fn admit(&self, request: &Request) -> Result<Vec<(String, String)>, Answer>;
    /// Lives through one WebSocket connection. Returning without a close ends it as a crash would (1006).
    fn socket(self: Arc<Self>, stage: Arc<Stage>, request: Request, talk: Talk) -> BoxFuture<'static, Talk>;
    /// Answers `/sim/NAME` paths of its own; `None` where there is no such path.
    fn control(self: &Arc<Self>, stage: &Arc<Stage>, name: &str, body: &serde_json::Value) -> Option<Answer>;
}

/// What the scene, the connections and the handle share.
pub struct Stage {
    /// Everything received.
    pub record: Arc<Record>,
    pub(crate) faults: Arc<Mutex<Faults>>,
    pub(crate) faults_changed: Notify,
    pub(crate) config: StageConfig,
    pub(crate) address: SocketAddr,
    peers: Mutex<BTreeMap<u64, Arc<Peer>>>,
    connections: AtomicU64,
    runtime: Handle,
    stop: watch::Sender<bool>,
    /// Rises with every restart; HTTP connections of an older epoch are cut.
    pub(crate) epoch: watch::Sender<u64>,
    down: Mutex<Duration>,
}

impl Stage {
    pub(crate) fn next_connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(crate) fn keep(&self, peer: &Arc<Peer>) {
        self.peers.lock().insert(peer.id(), Arc::clone(peer));
    }

    pub(crate) fn forget(&self, id: u64) {
        self.peers.lock().remove(&id);
    }

    /// Every open WebSocket connection, oldest first.
    pub fn peers(&self) -> Vec<Arc<Peer>> {
        self.peers.lock().values().cloned().collect()
    }

    /// Runs a task until it ends or the simulator stops.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut stop = self.stop.subscribe();
        self.runtime.spawn(async move {
            let stopped = async {
                let _ = stop.wait_for(|stop| *stop).await;
            };
            race(task, stopped).await;
        });
    }

    /// Replaces the faults that are on. Requests that were stalled look again.
    pub fn set_faults(&self, faults: Faults) {
        *self.faults.lock() = faults;
        self.faults_changed.notify_waiters();
    }

    /// Writes a line to the log tap, where there is one.
    pub fn log(&self, direction: Direction, connection: u64, text: &str) {
        if let Some(tap) = &self.config.tap {
            tap(direction, connection, text);
        }
    }

    /// Closes every socket with 1012, refuses connections for a time, and comes back on the same port.
    pub fn restart(&self, down: Duration) {
        *self.down.lock() = down;
        self.epoch.send_modify(|epoch| *epoch += 1);
    }
}

/// A running simulator. Dropping it stops it; one started by [`Sim::spawn_scene`] has joined its thread by then.
pub struct Sim<S: Scene> {
    pub(crate) scene: Arc<S>,
    pub(crate) stage: Arc<Stage>,
    thread: Option<JoinHandle<()>>,
}

impl<S: Scene> Sim<S> {
    /// Starts on the current tokio runtime.
    pub async fn start_scene(scene: S, config: StageConfig) -> io::Result<Self> {
        let (scene, stage) = raise(scene, config).await?;
        Ok(Self { scene, stage, thread: None })
    }

    /// Starts on a thread and a runtime of its own, for callers without one.
    pub fn spawn_scene(scene: S, config: StageConfig) -> io::Result<Self> {
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::Builder::new().name("parlor-sim".to_owned()).spawn(move || {
            let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => runtime,
                Err(error) => return drop(tell.send(Err(error))),
            };
            match runtime.block_on(raise(scene, config)) {
                Err(error) => drop(tell.send(Err(error))),
                Ok((scene, stage)) => {
                    let mut stop = stage.stop.subscribe();
                    if tell.send(Ok((scene, stage))).is_ok() {
                        runtime.block_on(async {
                            let _ = stop.wait_for(|stop| *stop).await;
                        });
                    }
                }
            }
        })?;
        match told.recv() {
            Ok(Ok((scene, stage))) => Ok(Self { scene, stage, thread: Some(thread) }),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(io::Error::other("the simulator's thread ended before it began")),
        }
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.stage.address
    }

    /// `http://127.0.0.1:PORT`, or `https` with TLS.
    pub fn http_url(&self) -> String {
        let scheme = if self.stage.config.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.addr())
    }

    /// `ws://127.0.0.1:PORT`, or `wss` with TLS.
    pub fn ws_url(&self) -> String {
        self.http_url().replacen("http", "ws", 1)
    }

    /// Everything received.
    pub fn record(&self) -> &Record {
        &self.stage.record
    }

    /// The faults that are on.
    pub fn faults(&self) -> Faults {
        self.stage.faults.lock().clone()
    }

    /// Replaces the faults that are on.
    pub fn set_faults(&self, faults: Faults) {
        self.stage.set_faults(faults);
    }

    /// Every open WebSocket connection, oldest first: send, close, reset, freeze them one by one.
    pub fn peers(&self) -> Vec<Arc<Peer>> {
        self.stage.peers()
    }

    /// Sends a text frame to every connection, whatever it subscribed to.
    pub fn send_text(&self, text: &str) {
        self.each(|peer| peer.send_text(text));
    }

    /// Does this to every connection.
    pub fn each(&self, mut what: impl FnMut(&Peer)) {
        for peer in self.peers() {
            what(&peer);
        }
    }

    /// Closes every connection with a code and a reason.
    pub fn close_all(&self, code: u16, reason: &str) {
        self.each(|peer| peer.close(code, reason));
    }

    /// Ends every connection with a TCP reset.
    pub fn reset_all(&self) {
        self.each(Peer::reset);
    }

    /// Leaves every connection half-open: nothing is read or written any more, the sockets stay.
    pub fn freeze_all(&self) {
        self.each(Peer::freeze);
    }

    /// Closes every socket with 1012, refuses connections for a time, and comes back on the same port.
    pub fn restart(&self, down: Duration) {
        self.stage.restart(down);
    }

    /// Pours events into every connection; see [`FloodPlan`](super::FloodPlan).
    pub fn flood(&self, plan: &super::FloodPlan) {
        for peer in self.peers() {
            self.stage.spawn(plan.clone().pour(peer));
        }
    }
}

impl<S: Scene> Drop for Sim<S> {
    fn drop(&mut self) {
        self.stage.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            // A simulator dropped from its own thread must not wait for itself.
            if thread.thread().id() != std::thread::current().id() {
                let _ = thread.join();
            }
        }
    }
}

/// Opens the port and sets the scene on the current runtime.
async fn raise<S: Scene>(scene: S, config: StageConfig) -> io::Result<(Arc<S>, Arc<Stage>)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, config.port)).await?;
    let stage = Arc::new(Stage {
        record: Arc::new(Record::new()),
        faults: Arc::default(),
        faults_changed: Notify::new(),
        config,
        address: listener.local_addr()?,
        peers: Mutex::default(),
        connections: AtomicU64::new(0),
        runtime: Handle::current(),
        stop: watch::Sender::new(false),
        epoch: watch::Sender::new(0),
        down: Mutex::default(),
    });
    let scene = Arc::new(scene);
    // From here on: a restart may be asked for before the first connection is waited for.
    let epoch = stage.epoch.subscribe();
    stage.spawn(listen(Arc::clone(&scene), Arc::clone(&stage), listener, epoch));
    scene.opened(&stage);
    Ok((scene, stage))
}

/// Accepts connections; after a restart, on the same port again.
async fn listen<S: Scene>(scene: Arc<S>, stage: Arc<Stage>, first: TcpListener, mut epoch: watch::Receiver<u64>) {
    let mut listener = Some(first);
    loop {
        let open = match listener.take() {
            Some(open) => open,
            None => match TcpListener::bind(stage.address).await {
                Ok(open) => open,
                // Somebody else has the port for the moment.
                Err(_) => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    continue;
                }
            },
        };
        let accept = async {
            loop {
                match open.accept().await {
                    Ok((stream, _)) => serve::connection(&scene, &stage, stream),
                    // Out of descriptors: others may be closed meanwhile.
                    Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
                }
            }
        };
        let restarted = async {
            let _ = epoch.changed().await;
        };
        match select(pin!(accept), pin!(restarted)).await {
            Either::Left(((), _)) | Either::Right(((), _)) => {}
        }
        drop(open);
        // Only now: whoever comes back at once is refused, not caught in the backlog.
        for peer in stage.peers() {
            peer.close(1012, "");
        }
        let down = *stage.down.lock();
        tokio::time::sleep(down).await;
    }
}
