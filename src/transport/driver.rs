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
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;
use tokio::time::{Instant, Sleep};

use super::http::{Answer, Client as HttpClient};
use super::net::NetConfig;
use super::ws::{self, Incoming, Socket};
use crate::core::{Command, Io, Pressure, Session, SocketKey};
use crate::model::{Nanos, key, millis};
use crate::protocol::{CallId, Failure, HttpAnswer, Input};

/// What a job of the driver has come to.
enum Done {
    Dialled(SocketKey, Result<Box<Socket>, Failure>),
    Answered { epoch: u32, call: CallId, answer: Result<Answer, Failure> },
}

type Job = Pin<Box<dyn Future<Output = Done> + Send>>;

/// What drives one client.
pub struct Driver {
    session: Session,
    mailbox: UnboundedReceiver<Command>,
    net: Arc<NetConfig>,
    http: Arc<HttpClient>,
    clock: fn() -> Nanos,
    sockets: Vec<(SocketKey, Box<Socket>)>,
    jobs: FuturesUnordered<Job>,
    alarm: Pin<Box<Sleep>>,
    alarm_at: Option<Nanos>,
    /// Whether a full queue stops the reading (option `queue.overflow`) rather than ending the link.
    pauses: bool,
    paused: bool,
}

impl Driver {
    /// A driver that has done nothing yet. It must be made within the runtime.
    pub fn new(session: Session, mailbox: UnboundedReceiver<Command>, net: Arc<NetConfig>, clock: fn() -> Nanos) -> Driver {
        let pauses = session.options().i64(key::QUEUE_OVERFLOW) == 1;
        let http = Arc::new(HttpClient::new(&net));
        Driver {
            session,
            mailbox,
            net,
            http,
            clock,
            sockets: Vec::new(),
            jobs: FuturesUnordered::new(),
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
                    self.sockets.clear();
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
            self.commit();
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
        while at < self.sockets.len() && !self.paused {
            let now = (self.clock)();
            let (key, socket) = &mut self.sockets[at];
            let key = *key;
            match socket.poll_next(cx) {
                Poll::Pending => {
                    at += 1;
                    continue;
                }
                Poll::Ready(Some(Incoming::Text(text))) => {
                    self.session.socket(now, key, Input::Text { socket: key.socket, text: text.as_str() });
                }
                Poll::Ready(Some(Incoming::Binary(data))) => {
                    self.session.socket(now, key, Input::Binary { socket: key.socket, data: &data });
                }
                Poll::Ready(Some(Incoming::Control)) => self.session.heard(now, key),
                Poll::Ready(None) => {
                    let failure = socket.failure();
                    self.sockets.swap_remove(at);
                    self.session.socket(now, key, Input::Closed { socket: key.socket, failure: &failure });
                }
            }
            busy = true;
            self.carry_out();
            if self.session.staging().ripe() {
                self.commit();
            }
        }
        busy
    }

    fn done(&mut self, done: Done) {
        let now = (self.clock)();
        match done {
            Done::Dialled(key, Ok(socket)) if self.session.wants(key) => {
                self.sockets.push((key, socket));
                self.session.socket(now, key, Input::Opened { socket: key.socket });
            }
            Done::Dialled(_, Ok(_)) => {}
            Done::Dialled(key, Err(failure)) => {
                self.session.log(now, 2, "transport", &failure.error.text);
                self.session.socket(now, key, Input::Closed { socket: key.socket, failure: &failure });
            }
            Done::Answered { epoch, call, answer } => {
                let input = match &answer {
                    Ok(answer) => Input::Http {
                        call,
                        answer: Ok(HttpAnswer { status: answer.status, headers: &answer.headers, body: &answer.body }),
                    },
                    Err(failure) => Input::Http { call, answer: Err(failure) },
                };
                self.session.http(now, epoch, input);
            }
        }
    }

    /// Executes what the session wants done.
    fn carry_out(&mut self) {
        for io in self.session.take_io() {
            match io {
                Io::Dial { key, dial } => {
                    let net = Arc::clone(&self.net);
                    self.jobs.push(Box::pin(async move { Done::Dialled(key, ws::open(&net, &dial).await.map(Box::new)) }));
                }
                Io::Http { epoch, call, http } => {
                    let client = Arc::clone(&self.http);
                    self.jobs.push(Box::pin(async move { Done::Answered { epoch, call, answer: client.call(&http).await } }));
                }
                Io::SendText { key, text } => with(&mut self.sockets, key, |socket| socket.send_text(text)),
                Io::SendBinary { key, data } => with(&mut self.sockets, key, |socket| socket.send_binary(data)),
                Io::Ping { key } => with(&mut self.sockets, key, Socket::ping),
                Io::Close { key, code, reason } => with(&mut self.sockets, key, |socket| socket.start_close(code, &reason)),
                Io::Drop { key } => self.sockets.retain(|(known, _)| *known != key),
                Io::DropAll => {
                    self.sockets.clear();
                    self.jobs.clear();
                }
            }
        }
    }

    fn commit(&mut self) {
        self.session.refresh_mirror();
        let shared = Arc::clone(self.session.shared());
        if shared.queue.commit(&mut self.session.staging().batch) == Pressure::Full {
            if self.pauses {
                self.paused = true;
            } else {
                self.session.overflow((self.clock)());
                self.carry_out();
                shared.queue.commit(&mut self.session.staging().batch);
            }
        }
    }

    fn flush(&mut self, cx: &mut Context<'_>) {
        for (_, socket) in &mut self.sockets {
            // A socket that can not be written to any more says so when it is read.
            let _ = socket.poll_flush(cx);
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

fn with(sockets: &mut [(SocketKey, Box<Socket>)], key: SocketKey, act: impl FnOnce(&mut Socket)) {
    if let Some((_, socket)) = sockets.iter_mut().find(|(known, _)| *known == key) {
        act(socket);
    }
}
