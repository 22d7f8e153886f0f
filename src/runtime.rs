//! The shared runtime: one current-thread tokio runtime on one thread, `parlor-io`, for all clients. The first client
//! makes it, and it is gone with the last. No code of a host ever runs on it.

use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, Weak, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

use crate::core::{Command, Counter, Counters, Engine, Platform, Session};
use crate::model::{Error, Nanos, Status};
use crate::transport::{Driver, NetConfig, block_sigpipe_on_this_thread};

/// What the core is lent.
pub const PLATFORM: Platform = Platform { clock, unix_ms, seed, thread_start: block_sigpipe_on_this_thread, start };

/// How long the last client waits for name lookups that can not be interrupted before it leaves them behind.
const LOOKUPS: Duration = Duration::from_millis(50);

/// Monotonic nanoseconds since the first call.
#[must_use]
pub fn clock() -> Nanos {
    static START: OnceLock<Instant> = OnceLock::new();
    // A client that lives for 584 years sees its clock stand still.
    u64::try_from(START.get_or_init(Instant::now).elapsed().as_nanos()).unwrap_or(u64::MAX)
}

fn unix_ms() -> u64 {
    // A machine whose calendar stands before 1970 has none.
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(0)
}

fn seed() -> u64 {
    // The standard library seeds its hash maps from the system; nothing better is needed for jitter.
    std::hash::RandomState::new().build_hasher().finish()
}

struct Runtime {
    handle: tokio::runtime::Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

static RUNTIME: Mutex<Weak<Runtime>> = Mutex::new(Weak::new());
static STARTED: AtomicBool = AtomicBool::new(false);

/// Whether this process has ever started the runtime. A forked child inherits the flag, but not the thread.
pub fn was_started() -> bool {
    STARTED.load(Ordering::Acquire)
}

fn shared() -> Result<Arc<Runtime>, Error> {
    let mut cached = RUNTIME.lock();
    if let Some(runtime) = cached.upgrade() {
        return Ok(runtime);
    }
    let runtime = Arc::new(Runtime::start()?);
    *cached = Arc::downgrade(&runtime);
    STARTED.store(true, Ordering::Release);
    Ok(runtime)
}

impl Runtime {
    fn start() -> Result<Runtime, Error> {
        let failed = |error: std::io::Error| {
            Error::new(Status::Resources, format!("the network thread could not be started: {error}"))
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .thread_name("parlor-lookup")
            .thread_keep_alive(Duration::from_secs(2))
            .max_blocking_threads(16)
            .on_thread_start(|| {
                Counters::add(Counter::LiveThreads, 1);
                block_sigpipe_on_this_thread();
            })
            .on_thread_stop(|| Counters::gone(Counter::LiveThreads))
            .build()
            .map_err(failed)?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        Counters::add(Counter::LiveThreads, 1);
        let body = move || {
            block_sigpipe_on_this_thread();
            // An error means that the sender is gone, which is as good as its word.
            let _ = runtime.block_on(stopped);
            runtime.shutdown_timeout(LOOKUPS);
            Counters::gone(Counter::LiveThreads);
        };
        let thread = std::thread::Builder::new().name("parlor-io".into()).spawn(body).map_err(|error| {
            Counters::gone(Counter::LiveThreads);
            failed(error)
        })?;
        Ok(Runtime { handle, stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // The thread catches what panics on it; how it ended does not matter any more.
            let _ = thread.join();
        }
    }
}

/// The mailbox of one driver, and the runtime that it runs on.
struct Mailbox {
    commands: UnboundedSender<Command>,
    running: Mutex<Option<Running>>,
}

struct Running {
    stop: oneshot::Sender<()>,
    gone: mpsc::Receiver<()>,
    // Held for its Drop: the last client's mailbox takes the runtime with it.
    _runtime: Arc<Runtime>,
}

fn start(session: Session) -> Result<Box<dyn Engine>, Error> {
    let net = NetConfig::from_options(session.options())?;
    let runtime = shared()?;
    let (commands, mailbox) = unbounded_channel();
    let (stop, stopped) = oneshot::channel();
    let (sign, gone) = mpsc::channel();
    let drained = commands.clone();
    session.shared().queue.set_drained(Some(Box::new(move || {
        // Without a driver there is nobody left to tell.
        let _ = drained.send(Command::Drained);
    })));
    runtime.handle.spawn(async move {
        Driver::new(session, mailbox, net, clock).run(stopped).await;
        // Dropping the sender is the sign; it comes after the driver and its sockets were dropped.
        drop(sign);
    });
    Ok(Box::new(Mailbox { commands, running: Mutex::new(Some(Running { stop, gone, _runtime: runtime })) }))
}

impl Engine for Mailbox {
    fn post(&self, command: Command) {
        // A driver that is gone has been destroyed, and nobody waits for what it would have answered.
        let _ = self.commands.send(command);
    }

    fn stop(&self) {
        let Some(running) = self.running.lock().take() else { return };
        let _ = running.stop.send(());
        // The sender sends nothing: this returns when it was dropped.
        let _ = running.gone.recv();
    }
}

/// Waits until every thread of the library has ended; `false` when some are left after the time given.
#[must_use]
pub fn wait_for_threads(timeout: Duration) -> bool {
    let until = Instant::now() + timeout;
    loop {
        if Counters::read(Counter::LiveThreads as i32) == Some(0) {
            return true;
        }
        if Instant::now() >= until {
            return false;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}
