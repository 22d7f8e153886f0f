//! A client as the host's threads see it. Nothing here waits for the network but `destroy`, and that not for long.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::Mutex;

use super::batch::Batch;
use super::counters::{Counter, Counters};
use super::delivery::{Callback, Delivery, Ended};
#[cfg(feature = "audio")]
use super::output::{Device, Opened};
use super::requests::{Pending, What};
use super::session::{Command, Session};
use super::shared::Shared;
use crate::model::{Action, Error, KindSet, Nanos, Options, RequestId, State, Status, Tag, key};
use crate::protocol::{self, Checker};

/// What the core is lent by the platform: it has no clock, no randomness and no signals of its own.
#[derive(Clone, Copy)]
pub struct Platform {
    /// Monotonic nanoseconds since some start.
    pub clock: fn() -> Nanos,
    /// Milliseconds since 1970.
    pub unix_ms: fn() -> u64,
    /// A number that nobody can guess, for the jitter.
    pub seed: fn() -> u64,
    /// Runs first on every thread of the library.
    pub thread_start: fn(),
    /// Makes the engine that drives a session.
    pub start: fn(Session) -> Result<Box<dyn Engine>, Error>,
}

/// Whatever drives the session: the runtime's task for this client.
pub trait Engine: Send + Sync {
    /// Hands a command over. It never blocks.
    fn post(&self, command: Command);

    /// Ends the driving and waits until it has ended: the session and its sockets are gone afterwards.
    fn stop(&self);
}

/// How far `destroy` has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destroyed {
    /// No callback of this client runs or will run, and its destructor has run.
    Done,
    /// It was called inside the client's own callback; the same becomes true when that returns.
    Deferred,
}

/// One client.
pub struct Client {
    shared: Arc<Shared>,
    delivery: Arc<Delivery>,
    engine: Box<dyn Engine>,
    dispatcher: Mutex<Option<JoinHandle<()>>>,
    on_thread: bool,
    checker: Checker,
    hears: bool,
    request_timeout: Option<Nanos>,
    clock: fn() -> Nanos,
    #[cfg(feature = "audio")]
    device: Device,
    #[cfg(feature = "audio")]
    thread_start: fn(),
}

impl Client {
    /// Makes a client and what drives it. The callback is dropped, also when this fails, exactly once.
    ///
    /// # Errors
    /// Options that do not fit together, or no thread to be had.
    pub fn new(
        options: &Options,
        callback: Option<Box<dyn Callback>>,
        platform: &Platform,
    ) -> Result<Arc<Client>, Error> {
        KindSet::parse(options.str(key::EVENTS_KINDS))
            .map_err(|name| Error::invalid(format!("option events.kinds: there is no kind \"{name}\"")))?;
        let on_thread = options.i64(key::DELIVERY) == 1;
        if on_thread && callback.is_none() {
            return Err(Error::invalid("option delivery is thread, but there is no callback to call"));
        }
        let protocol = protocol::create(options)?;
        let checker = protocol.check();
        let hears = protocol.hears();
        let shared = Arc::new(Shared::new(options));
        let mut session = Session::new(options, protocol, Arc::clone(&shared), (platform.seed)());
        session.set_calendar(platform.unix_ms);
        let engine = (platform.start)(session)?;
        let delivery = Arc::new(Delivery::new(callback));
        let mut client = Client {
            shared,
            delivery,
            engine,
            dispatcher: Mutex::new(None),
            on_thread,
            checker,
            hears,
            request_timeout: options.time(key::REQUEST_TIMEOUT_MS),
            clock: platform.clock,
            #[cfg(feature = "audio")]
            device: Device {
                rate: options.i64(key::AUDIO_RATE) as u32,
                channels: options.i64(key::AUDIO_CHANNELS) as u32,
                latency_ms: options.i64(key::AUDIO_LATENCY_MS) as u32,
                buffer_ms: options.i64(key::AUDIO_BUFFER_MS) as u32,
            },
            #[cfg(feature = "audio")]
            thread_start: platform.thread_start,
        };
        if on_thread {
            match client.start_dispatcher(platform) {
                Ok(thread) => *client.dispatcher.get_mut() = Some(thread),
                Err(error) => {
                    client.shared.queue.close();
                    client.engine.stop();
                    return Err(error);
                }
            }
        }
        Ok(Arc::new(client))
    }

    fn start_dispatcher(&self, platform: &Platform) -> Result<JoinHandle<()>, Error> {
        let (delivery, shared, platform) = (Arc::clone(&self.delivery), Arc::clone(&self.shared), *platform);
        Counters::add(Counter::LiveThreads, 1);
        let body = move || {
            (platform.thread_start)();
            delivery.run(&shared.queue, platform.clock);
            drop((delivery, shared));
            Counters::gone(Counter::LiveThreads);
        };
        std::thread::Builder::new().name("parlor-events".into()).spawn(body).map_err(|error| {
            Counters::gone(Counter::LiveThreads);
            Error::new(Status::Resources, format!("the thread parlor-events could not be started: {error}"))
        })
    }

    fn request(&self, tag: Tag, what: What, command: impl FnOnce(RequestId) -> Command) -> Result<RequestId, Error> {
        if self.shared.queue.is_closed() {
            return Err(Status::BadHandle.into());
        }
        let deadline = match what {
            What::Act => self.request_timeout.map(|timeout| (self.clock)() + timeout),
            What::Connect | What::Close => None,
        };
        let id = self.shared.requests.register(Pending { tag, what, deadline })?;
        self.engine.post(command(id));
        Ok(id)
    }

    /// Starts connecting. The request ends when the service has accepted the client, or the client has failed.
    ///
    /// # Errors
    /// The client was destroyed.
    pub fn connect(&self, tag: Tag) -> Result<RequestId, Error> {
        self.request(tag, What::Connect, Command::Connect)
    }

    /// Closes. Every pending request ends first, this one last.
    ///
    /// # Errors
    /// The client was destroyed.
    pub fn close(&self, tag: Tag) -> Result<RequestId, Error> {
        self.request(tag, What::Close, Command::Close)
    }

    /// Asks the service for something.
    ///
    /// # Errors
    /// What is wrong with the action, or too many requests are pending.
    pub fn act(&self, action: Action, tag: Tag) -> Result<RequestId, Error> {
        (self.checker)(&action)?;
        self.request(tag, What::Act, |request| Command::Act { request, tag, action })
    }

    /// Hands over what the microphone has picked up. It is no request, so no event tells how it went.
    ///
    /// # Errors
    /// The service hears nothing, or not now, or more is waiting than the network takes.
    pub fn send_audio(&self, pcm: &[u8]) -> Result<(), Error> {
        if self.shared.queue.is_closed() {
            return Err(Status::BadHandle.into());
        }
        if !self.hears {
            return Err(Error::new(Status::Unsupported, "this service has no microphone to send audio to"));
        }
        if !matches!(self.state(), State::Connected | State::Ready) {
            let text = format!("audio can be sent while the client is connected, and it is {}", self.state().name());
            return Err(Error::new(Status::WrongState, text));
        }
        if pcm.is_empty() {
            return Ok(());
        }
        if self.shared.microphone.put(pcm)? {
            self.engine.post(Command::Audio);
        }
        Ok(())
    }

    /// Opens the way out for speech; 0 takes what the options say.
    ///
    /// # Errors
    /// It is open already, the rate is no rate, or there is no thread to be had.
    #[cfg(feature = "audio")]
    pub fn open_audio(&self, rate: u32, channels: u32) -> Result<Opened, Error> {
        if self.shared.queue.is_closed() {
            return Err(Status::BadHandle.into());
        }
        let device = Device {
            rate: if rate == 0 { self.device.rate } else { rate },
            channels: if channels == 0 { self.device.channels } else { channels },
            ..self.device
        };
        let (reader, progress) = self.shared.output.open(device, self.thread_start)?;
        let output = Arc::clone(&self.shared.output);
        Ok(Opened { reader, progress, output, rate: device.rate, channels: device.channels })
    }

    /// Something of this client has panicked on a thread of the host: the client fails with an event, and so does every
    /// request of it.
    pub fn poison(&self, what: String) {
        self.engine.post(Command::Poison(what));
    }

    /// Cancels a request. If it is still pending, it ends with CANCELLED.
    pub fn cancel(&self, request: RequestId) {
        self.engine.post(Command::Cancel(request));
    }

    /// Tells the client that the network is another one now.
    pub fn network_changed(&self) {
        self.engine.post(Command::NetworkChanged);
    }

    /// The state as of now; events that tell of it may still wait.
    #[must_use]
    pub fn state(&self) -> State {
        self.shared.state()
    }

    /// The mirror as JSON.
    #[must_use]
    pub fn mirror(&self) -> String {
        self.shared.mirror()
    }

    fn pulled(&self, verb: &str) -> Result<(), Error> {
        if self.shared.queue.is_closed() {
            return Err(Status::BadHandle.into());
        }
        if self.on_thread {
            let text = format!("{verb}: the option delivery is thread, so the callback gets the events");
            return Err(Error::new(Status::WrongState, text));
        }
        Ok(())
    }

    /// Takes all that waits; or, with patience (`None`: without an end), the oldest batch as soon as there is one.
    /// `Ok(None)`: nothing came.
    ///
    /// # Errors
    /// Events are delivered otherwise, it was called inside the callback, or the client was destroyed meanwhile.
    pub fn take(&self, patience: Option<Duration>) -> Result<Option<Batch>, Error> {
        self.taken(|| self.delivery.take(&self.shared.queue, patience))
    }

    /// Takes the oldest batch, if there is one, and waits for nothing.
    ///
    /// # Errors
    /// Those of `take`.
    pub fn take_oldest(&self) -> Result<Option<Batch>, Error> {
        self.taken(|| self.delivery.take_oldest(&self.shared.queue))
    }

    fn taken(&self, take: impl FnOnce() -> Option<Batch>) -> Result<Option<Batch>, Error> {
        self.pulled("take")?;
        if self.delivery.inside() {
            return Err(Error::new(Status::WrongState, "take was called inside this client's own callback"));
        }
        let batch = take();
        if batch.is_none() && self.shared.queue.is_closed() {
            return Err(Error::new(Status::BadHandle, "the client was destroyed while its events were waited for"));
        }
        Ok(batch)
    }

    /// Gives a batch back when it was read, for its memory.
    pub fn recycle(&self, batch: Batch) {
        self.shared.queue.recycle(batch);
    }

    /// Calls the callback with at most `max` events on this thread, and for at most so many microseconds (0: no limit).
    ///
    /// # Errors
    /// There is no callback, or events are delivered otherwise.
    pub fn poll(&self, max: u32, budget_us: u32) -> Result<u32, Error> {
        self.pulled("poll")?;
        let max = if max == 0 { u32::MAX } else { max };
        let budget = (budget_us != 0).then(|| u64::from(budget_us) * 1000);
        self.delivery.poll(&self.shared.queue, max, budget, self.clock)
    }

    /// Sets what is called when the queue goes from empty to non-empty. It must not block.
    pub fn set_wake(&self, hook: Option<Box<dyn Fn() + Send + Sync>>) {
        self.shared.queue.set_wake(hook);
    }

    /// Whether the calling thread is inside this client's callback.
    #[must_use]
    pub fn inside_callback(&self) -> bool {
        self.delivery.inside()
    }

    /// Ends the client. Call it once; the registry of handles sees to that.
    pub fn destroy(&self) -> Destroyed {
        self.shared.queue.close();
        self.engine.stop();
        #[cfg(feature = "audio")]
        self.shared.output.close();
        let ended = self.delivery.end();
        let thread = self.dispatcher.lock().take();
        match ended {
            Ended::Done => {
                if let Some(thread) = thread {
                    // The thread has caught whatever could panic on it; there is nothing to do about the rest.
                    let _ = thread.join();
                }
                Destroyed::Done
            }
            Ended::Deferred => Destroyed::Deferred,
        }
    }
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
