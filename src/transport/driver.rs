//! The driver: executes what one session wants done, and hands it what has happened. It knows no protocol.
//!
//! It is one future that owns its sockets, its calls and its session, so dropping it ends all of them at once. Sockets
//! are read until nothing more is there; events are committed then, or when a batch is full, so that the host is woken
//! once a batch; sends are queued and flushed together at the end of each turn.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;
use tokio::time::{Instant, Sleep};

use super::http::{Answer, Client as HttpClient};
use super::net::NetConfig;
use super::sound;
use super::ws::{self, Bytes, Incoming, Message, Socket};
use crate::core::{Command, Io, Pressure, Session, SocketKey, Supply};
use crate::model::{Nanos, Status, key, millis};
use crate::protocol::{CallId, Failure, Input};

/// What a job of the driver has come to.
enum Done {
    Dialled(SocketKey, Result<Box<Socket>, Failure>),
    Answered { epoch: u32, call: CallId, answer: Result<Answer, Failure> },
}

/// How far a streamed body has come.
struct Sent {
    epoch: u32,
    call: CallId,
    bytes: u64,
    of: u64,
}

/// An open socket.
struct Link {
    key: SocketKey,
    socket: Box<Socket>,
    /// What it had received when that was last looked at: parts of a long message are signs of life too.
    received: u64,
}

type Job = Pin<Box<dyn Future<Output = Done> + Send>>;

/// What drives one client.
pub struct Driver {
    session: Session,
    mailbox: UnboundedReceiver<Command>,
    net: Arc<NetConfig>,
    http: Arc<HttpClient>,
    clock: fn() -> Nanos,
    links: Vec<Link>,
    jobs: FuturesUnordered<Job>,
    sent: (UnboundedSender<Sent>, UnboundedReceiver<Sent>),
    alarm: Pin<Box<Sleep>>,
    alarm_at: Option<Nanos>,
    /// Whether a full queue stops the reading (option `queue.overflow`) rather than ending the link.
    pauses: bool,
    paused: bool,
}

impl Driver {
    /// A driver that has done nothing yet. It must be made within the runtime.
    pub fn new(
        session: Session,
        mailbox: UnboundedReceiver<Command>,
        net: Arc<NetConfig>,
        clock: fn() -> Nanos,
    ) -> Driver {
        let pauses = session.options().i64(key::QUEUE_OVERFLOW) == 1;
        let http = Arc::new(HttpClient::new(&net));
        Driver {
            session,
            mailbox,
            net,
            http,
            clock,
            links: Vec::new(),
            jobs: FuturesUnordered::new(),
            sent: unbounded_channel(),
            alarm: Box::pin(tokio::time::sleep(Duration::ZERO)),
            alarm_at: None,
            pauses,
            paused: false,
        }
    }

    /// Drives until it is told to stop. Everything it owns is gone when this returns.
    pub async fn run(mut self, mut stop: oneshot::Receiver<()>) {
        std::future::poll_fn(|cx| {
            if Pin::new(&mut stop).poll(cx).is_ready() {
                return Poll::Ready(());
            }
            // A panic in a protocol or in here fails this client only: the session is poisoned, so nothing that the
            // panic left half done is used again.
            match catch_unwind(AssertUnwindSafe(|| self.turn(cx))) {
                Ok(poll) => poll,
                Err(panic) => {
                    let what = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
                    let what = what.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
                    self.session.poison((self.clock)(), &what);
                    self.links.clear();
                    self.jobs.clear();
                    cx.waker().wake_by_ref();
                    Poll::Pending
                }
            }
        })
        .await;
    }

    fn turn(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let mut busy = false;
            while let Poll::Ready(command) = self.mailbox.poll_recv(cx) {
                let Some(command) = command else { return Poll::Ready(()) };
                if matches!(command, Command::Drained) {
                    self.paused = false;
                }
                self.session.command((self.clock)(), command);
                self.carry_out();
                busy = true;
            }
            // The sender is kept here, so the channel never ends. What was sent is told before what came of it.
            while let Poll::Ready(Some(Sent { epoch, call, bytes, of })) = self.sent.1.poll_recv(cx) {
                self.session.sent((self.clock)(), epoch, call, bytes, of);
                self.carry_out();
                busy = true;
            }
            // FuturesUnordered says Ready(None) when it is empty; it is polled again after the next job is pushed.
            while let Poll::Ready(Some(done)) = self.jobs.poll_next_unpin(cx) {
                self.done(done);
                self.carry_out();
                busy = true;
            }
            busy |= self.read(cx);
            let now = (self.clock)();
            if self.session.next_deadline().is_some_and(|at| at <= now) {
                self.session.tick(now);
                self.carry_out();
                busy = true;
            }
            self.commit(Supply::Over);
            self.flush(cx);
            if !busy && !self.alarm_is_due(cx) {
                return Poll::Pending;
            }
        }
    }

    /// Reads every socket until nothing more is there.
    fn read(&mut self, cx: &mut Context<'_>) -> bool {
        let mut busy = false;
        let mut at = 0;
        // Messages that came with one read bear one time: asking the clock for each would cost a tenth of its way.
        let mut now = (self.clock)();
        while at < self.links.len() && !self.paused {
            let link = &mut self.links[at];
            let key = link.key;
            let (polled, received) = link.socket.poll_counted(cx);
            let more = std::mem::replace(&mut link.received, received) != received;
            if more {
                now = (self.clock)();
            }
            match polled {
                Poll::Pending => {
                    at += 1;
                    if more {
                        self.session.heard(now, key);
                    }
                    continue;
                }
                Poll::Ready(Some(Incoming::Text(text))) => {
                    self.session.socket(now, key, Input::Text { socket: key.socket, text });
                }
                Poll::Ready(Some(Incoming::Binary(data))) => {
                    self.session.socket(now, key, Input::Binary { socket: key.socket, data });
                }
                Poll::Ready(Some(Incoming::Other)) => self.session.heard(now, key),
                Poll::Ready(None) => {
                    let failure = link.socket.failure();
                    self.links.swap_remove(at);
                    self.session.socket(now, key, Input::Closed { socket: key.socket, failure: &failure });
                }
            }
            busy = true;
            if self.session.has_io() {
                self.carry_out();
            }
            if self.session.staging().ripe() {
                self.commit(Supply::More);
            }
        }
        busy
    }

    fn done(&mut self, done: Done) {
        let now = (self.clock)();
        match done {
            Done::Dialled(key, Ok(socket)) if self.session.wants(key) => {
                self.session.upgraded(socket.headers());
                self.links.push(Link { key, socket, received: 0 });
                self.session.socket(now, key, Input::Opened { socket: key.socket });
            }
            Done::Dialled(_, Ok(_)) => {}
            Done::Dialled(key, Err(failure)) => {
                self.session.socket(now, key, Input::Closed { socket: key.socket, failure: &failure });
            }
            Done::Answered { epoch, call, answer } => {
                let input = match &answer {
                    Ok(answer) => Input::Http { call, answer: Ok(answer.borrow()) },
                    Err(failure) => Input::Http { call, answer: Err(failure) },
                };
                self.session.http(now, epoch, input);
            }
        }
    }

    /// Executes what the session wants done. A link that takes nothing in any more is lost, which is news for the
    /// session in its turn.
    fn carry_out(&mut self) {
        let mut stalled = None;
        for io in self.session.take_io() {
            let links = &mut self.links;
            match io {
                Io::Dial { key, dial } => {
                    let net = Arc::clone(&self.net);
                    self.jobs
                        .push(Box::pin(async move { Done::Dialled(key, ws::open(&net, &dial).await.map(Box::new)) }));
                }
                Io::Http { epoch, call, http } => {
                    let client = Arc::clone(&self.http);
                    self.jobs.push(Box::pin(async move {
                        Done::Answered { epoch, call, answer: client.call(&http).await }
                    }));
                }
                Io::Sound { epoch, call, http } => {
                    let client = Arc::clone(&self.http);
                    self.jobs.push(Box::pin(async move {
                        let answer = client.call(&http).await;
                        Done::Answered { epoch, call, answer: sound::decoded(answer).await }
                    }));
                }
                Io::Upload { epoch, call, http, pieces } => {
                    let (client, sent) = (Arc::clone(&self.http), self.sent.0.clone());
                    let tell = move |bytes, of| {
                        // Without a driver there is nobody left to tell.
                        let _ = sent.send(Sent { epoch, call, bytes, of });
                    };
                    self.jobs.push(Box::pin(async move {
                        Done::Answered { epoch, call, answer: client.upload(&http, pieces, tell).await }
                    }));
                }
                Io::SendText { key, text } => stalled = send(links, key, Message::text(text)).or(stalled),
                Io::SendBinary { key, data } => {
                    stalled = send(links, key, Message::Binary(Bytes::from(data))).or(stalled)
                }
                Io::Ping { key } => with(links, key, Socket::ping),
                Io::Close { key, code, reason } => with(links, key, |socket| socket.start_close(code, &reason)),
                Io::Drop { key } => links.retain(|link| link.key != key),
                Io::DropAll => {
                    links.clear();
                    self.jobs.clear();
                }
            }
        }
        if let Some((key, failure)) = stalled {
            self.links.retain(|link| link.key != key);
            self.session.socket((self.clock)(), key, Input::Closed { socket: key.socket, failure: &failure });
            self.carry_out();
        }
    }

    fn commit(&mut self, supply: Supply) {
        self.session.refresh_mirror();
        let shared = Arc::clone(self.session.shared());
        if shared.queue.commit(&mut self.session.staging().batch, supply) == Pressure::Full {
            if self.pauses {
                self.paused = true;
            } else {
                self.session.overflow((self.clock)());
                self.carry_out();
                shared.queue.commit(&mut self.session.staging().batch, Supply::Over);
            }
        }
    }

    fn flush(&mut self, cx: &mut Context<'_>) {
        for link in &mut self.links {
            // A socket that can not be written to any more says so when it is read.
            let _ = link.socket.poll_flush(cx);
        }
    }

    /// Sets the alarm to the session's next deadline; `true` when that is now.
    fn alarm_is_due(&mut self, cx: &mut Context<'_>) -> bool {
        let next = self.session.next_deadline();
        let Some(at) = next else {
            self.alarm_at = None;
            return false;
        };
        let now = (self.clock)();
        // An alarm that is early costs one wake-up and moving it costs one too, so a little early is left alone.
        let fits = self.alarm_at.is_some_and(|set| set > now && set <= at && at - set < millis(50));
        if !fits {
            self.alarm_at = Some(at);
            self.alarm.as_mut().reset(Instant::now() + Duration::from_nanos(at.saturating_sub(now)));
        }
        if self.alarm.as_mut().poll(cx).is_pending() {
            return false;
        }
        self.alarm_at = None;
        true
    }
}

fn with(links: &mut [Link], key: SocketKey, act: impl FnOnce(&mut Socket)) {
    if let Some(link) = links.iter_mut().find(|link| link.key == key) {
        act(&mut link.socket);
    }
}

/// Queues a message; when the link has stalled so long that nothing more fits, says so.
fn send(links: &mut [Link], key: SocketKey, message: Message) -> Option<(SocketKey, Failure)> {
    let link = links.iter_mut().find(|link| link.key == key)?;
    let failure = link.socket.queue(message).err()?;
    // What is queued behind our own close frame was meant for a link that ends anyway.
    (failure.error.status != Status::WrongState).then_some((key, failure))
}
