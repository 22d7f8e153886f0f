//! Delivery and destruction with an engine that is nothing but the session in a box. All of it runs under miri.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};

use parking_lot::Mutex;

use super::{Batch, Callback, Client, Destroyed, Engine, Platform};
use crate::core::delivery::Delivery;
use crate::core::queue::Supply;
use crate::core::session::{Command, Session};
use crate::core::shared::Shared;
use crate::model::{Action, Error, Event, Kind, Options, Status};

/// A clock that moves by a microsecond each time it is read.
fn ticking() -> crate::model::Nanos {
    static NOW: AtomicU64 = AtomicU64::new(0);
    NOW.fetch_add(1000, Ordering::SeqCst)
}

struct Idle;

impl Engine for Idle {
    fn post(&self, _command: Command) {}
    fn stop(&self) {}
}

fn start(_session: Session) -> Result<Box<dyn Engine>, Error> {
    Ok(Box::new(Idle))
}

const PLATFORM: Platform = Platform { clock: || 0, unix_ms: || 0, seed: || 1, thread_start: || (), start };

/// A callback that counts its calls, runs a closure in each, and counts its own end.
struct Counting {
    calls: Arc<AtomicUsize>,
    ends: Arc<AtomicUsize>,
    each: Box<dyn FnMut(usize) + Send>,
}

impl Callback for Counting {
    fn call(&mut self, _event: crate::core::Record<'_>) {
        let before = self.calls.fetch_add(1, Ordering::SeqCst);
        (self.each)(before);
    }
}

impl Drop for Counting {
    fn drop(&mut self) {
        self.ends.fetch_add(1, Ordering::SeqCst);
    }
}

struct Stage {
    client: Arc<Client>,
    calls: Arc<AtomicUsize>,
    ends: Arc<AtomicUsize>,
}

/// A client around an empty queue; there is no protocol in it, since nothing is ever asked of the service.
fn client(thread: bool, each: impl FnMut(usize) + Send + 'static) -> Stage {
    let (calls, ends) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let callback = Counting { calls: Arc::clone(&calls), ends: Arc::clone(&ends), each: Box::new(each) };
    let client = Client {
        shared: Arc::new(Shared::new(&Options::default())),
        delivery: Arc::new(Delivery::new(Some(Box::new(callback)))),
        engine: Box::new(Idle),
        dispatcher: parking_lot::Mutex::new(None),
        on_thread: thread,
        checker: |_| Ok(()),
        request_timeout: None,
        hears: false,
        clock: ticking,
        #[cfg(feature = "audio")]
        device: super::Device { rate: 48_000, channels: 2, latency_ms: 80, buffer_ms: 60_000 },
        #[cfg(feature = "audio")]
        thread_start: || {},
    };
    if thread {
        *client.dispatcher.lock() = Some(client.start_dispatcher(&PLATFORM).expect("a thread"));
    }
    Stage { client: Arc::new(client), calls, ends }
}

fn feed(client: &Client, count: usize) {
    let mut staged = Batch::default();
    for _ in 0..count {
        staged.push(0, &Event::new(Kind::Message));
    }
    client.shared.queue.commit(&mut staged, Supply::Over);
}

#[test]
fn the_oldest_batch_is_taken_alone_and_without_a_wait() {
    let stage = client(false, |_| ());
    // Too many to be joined when they come.
    feed(&stage.client, 100);
    feed(&stage.client, 200);
    feed(&stage.client, 300);
    assert_eq!(stage.client.poll(30, 0), Ok(30));
    let mut lengths = Vec::new();
    let mut next = 31;
    while let Some(batch) = stage.client.take_oldest().expect("pull is allowed") {
        assert_eq!(batch.record(0).slot.sequence, next);
        next += batch.len() as u64;
        lengths.push(batch.len());
    }
    assert_eq!(lengths, [70, 200, 300]);
    assert_eq!(stage.client.destroy(), Destroyed::Done);
    assert_eq!(stage.client.take_oldest().expect_err("destroyed").status, Status::BadHandle);
}

#[test]
fn poll_stops_where_it_is_told_to_and_take_gets_the_rest() {
    let stage = client(false, |_| ());
    feed(&stage.client, 10);
    assert_eq!(stage.client.poll(3, 0), Ok(3));
    assert_eq!(stage.client.poll(0, 1), Ok(1), "a microsecond has passed");
    let rest = stage.client.take(None).expect("pull is allowed").expect("six are left");
    assert_eq!((rest.len(), rest.record(0).slot.sequence), (6, 5));
    assert_eq!(stage.client.poll(0, 0), Ok(0));
    assert_eq!(stage.client.destroy(), Destroyed::Done);
    assert_eq!(stage.ends.load(Ordering::SeqCst), 1);
    assert_eq!(stage.client.poll(0, 0).expect_err("destroyed").status, Status::BadHandle);
    assert_eq!(
        stage.client.act(Action::SetTools { json: String::new() }, 0).expect_err("destroyed").status,
        Status::BadHandle
    );
}

#[test]
fn destroying_inside_the_callback_is_deferred_and_nothing_comes_in_between() {
    for thread in [false, true] {
        let slot: Arc<Mutex<Option<Arc<Client>>>> = Arc::default();
        let (tell, told) = mpsc::channel();
        let inner = Arc::clone(&slot);
        let stage = client(thread, move |_| {
            let client = inner.lock().clone().expect("set before the first event");
            assert!(client.inside_callback());
            assert_eq!(client.poll(0, 0).expect_err("inside").status, Status::WrongState);
            assert_eq!(client.take(None).expect_err("inside").status, Status::WrongState);
            tell.send(client.destroy()).expect("the test waits");
        });
        *slot.lock() = Some(Arc::clone(&stage.client));
        feed(&stage.client, 5);
        if !thread {
            stage.client.poll(0, 0).expect("allowed");
        }
        assert_eq!(told.recv().expect("called"), Destroyed::Deferred);
        while stage.ends.load(Ordering::SeqCst) == 0 {
            std::thread::yield_now();
        }
        assert_eq!(stage.calls.load(Ordering::SeqCst), 1);
        *slot.lock() = None;
    }
}

#[test]
fn destroying_waits_for_the_callback_that_runs_elsewhere() {
    let (entered, inside) = mpsc::channel();
    let (let_go, leave) = mpsc::channel::<()>();
    let stage = client(true, move |_| {
        entered.send(()).expect("the test waits");
        leave.recv().expect("the test lets go");
    });
    feed(&stage.client, 3);
    inside.recv().expect("the callback runs");
    let destroyer = {
        let (client, ends) = (Arc::clone(&stage.client), Arc::clone(&stage.ends));
        std::thread::spawn(move || (client.destroy(), ends.load(Ordering::SeqCst)))
    };
    while !stage.client.shared.queue.is_closed() {
        std::thread::yield_now();
    }
    assert_eq!(stage.ends.load(Ordering::SeqCst), 0, "its destructor waits for it");
    let_go.send(()).expect("the callback waits");
    assert_eq!(destroyer.join().expect("no panic"), (Destroyed::Done, 1));
    assert_eq!(stage.calls.load(Ordering::SeqCst), 1, "the other two events were discarded");
}

#[test]
fn two_threads_that_poll_share_the_events_and_never_call_at_once() {
    let running = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&running);
    let stage = client(false, move |_| {
        assert_eq!(seen.fetch_add(1, Ordering::SeqCst), 0, "one callback at a time");
        std::thread::yield_now();
        seen.fetch_sub(1, Ordering::SeqCst);
    });
    let pollers: Vec<_> = (0..2)
        .map(|_| {
            let client = Arc::clone(&stage.client);
            std::thread::spawn(move || {
                let mut called = 0;
                while let Ok(n) = client.poll(2, 0) {
                    called += n;
                    std::thread::yield_now();
                }
                called
            })
        })
        .collect();
    for _ in 0..20 {
        feed(&stage.client, 3);
    }
    while stage.calls.load(Ordering::SeqCst) < 60 {
        std::thread::yield_now();
    }
    stage.client.destroy();
    assert_eq!(pollers.into_iter().map(|thread| thread.join().expect("no panic")).sum::<u32>(), 60);
}

#[test]
fn a_callback_is_dropped_once_also_when_no_client_comes_of_it() {
    let (calls, ends) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let callback = Counting { calls, ends: Arc::clone(&ends), each: Box::new(|_| ()) };
    let mut options = Options::default();
    options.set_named("protocol", "no-such-service").expect("any text");
    let error = Client::new(&options, Some(Box::new(callback)), &PLATFORM).err().expect("no such protocol");
    assert!(error.text.contains("no-such-service"), "{error}");
    assert_eq!(ends.load(Ordering::SeqCst), 1);
}
