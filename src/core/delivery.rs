//! The three doors out of the queue: take, poll, and the thread `parlor-events`.
//!
//! Whoever runs the host's callback has taken the consumer out of its place and puts it back afterwards. No lock of
//! ours is held meanwhile, and destroying waits until it is back, unless the callback itself is what destroys.

use std::thread::ThreadId;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use super::batch::Batch;
use super::queue::Queue;
use crate::model::{Error, Nanos, Status};

/// The host's callback, as the border makes it.
pub trait Callback: Send {
    /// A batch is about to be delivered.
    fn begin(&mut self, batch: &Batch);

    /// Calls the host with one event of that batch, by its place among those left when it began.
    fn call(&mut self, at: usize);
}

#[derive(Default)]
struct Consumer {
    callback: Option<Box<dyn Callback>>,
    /// A batch of which only a part was delivered.
    rest: Option<Rest>,
}

/// A batch that the callback knows of, and how many of its events it was called with.
struct Rest {
    batch: Batch,
    called: usize,
}

impl Rest {
    fn begin(batch: Batch, callback: &mut dyn Callback) -> Rest {
        callback.begin(&batch);
        Rest { batch, called: 0 }
    }

    /// What the callback was not called with.
    fn left(mut self) -> Batch {
        self.batch.skip(self.called);
        self.batch
    }
}

struct Place {
    consumer: Option<Consumer>,
    busy: Option<ThreadId>,
    destroyed: bool,
}

/// Who takes events out of a queue.
pub(super) struct Delivery {
    place: Mutex<Place>,
    back: Condvar,
}

/// Whether destroying could be completed at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Done,
    Deferred,
}

impl Delivery {
    pub(super) fn new(callback: Option<Box<dyn Callback>>) -> Delivery {
        let consumer = Some(Consumer { callback, rest: None });
        Delivery { place: Mutex::new(Place { consumer, busy: None, destroyed: false }), back: Condvar::new() }
    }

    /// Whether the calling thread is inside the callback of this client.
    pub(super) fn inside(&self) -> bool {
        self.place.lock().busy == Some(std::thread::current().id())
    }

    /// Takes what a poll has left over, or all that waits.
    pub(super) fn take(&self, queue: &Queue, patience: Option<Duration>) -> Option<Batch> {
        let rest = self.place.lock().consumer.as_mut().and_then(|consumer| consumer.rest.take());
        rest.map(Rest::left).filter(|rest| !rest.is_empty()).or_else(|| queue.take(patience))
    }

    /// Calls the host with at most `max` events, stopping after `budget` of the clock's time; returns how many.
    pub(super) fn poll(
        &self,
        queue: &Queue,
        max: u32,
        budget: Option<Nanos>,
        clock: fn() -> Nanos,
    ) -> Result<u32, Error> {
        let Some(mut turn) = self.turn()? else { return Ok(0) };
        let Some(callback) = &mut turn.consumer.callback else {
            return Err(Error::new(
                Status::WrongState,
                "there is nobody to call: the client was made without a callback; take its events instead",
            ));
        };
        let until = budget.map(|budget| clock().saturating_add(budget));
        let mut called = 0;
        while called < max && !queue.is_closed() {
            // A batch that is delivered in many small polls is made ready for the host once.
            let rest = turn.consumer.rest.take();
            let fresh = || Some(Rest::begin(queue.take(Some(Duration::ZERO))?, callback.as_mut()));
            let Some(mut rest) = rest.or_else(fresh) else { break };
            called += deliver(queue, callback.as_mut(), &mut rest, max - called, until, clock);
            if rest.called == rest.batch.len() {
                queue.recycle(rest.batch);
            } else {
                turn.consumer.rest = Some(rest);
                break;
            }
        }
        Ok(called)
    }

    /// Waits for events and calls the host with them, until the queue is closed. The body of `parlor-events`.
    pub(super) fn run(&self, queue: &Queue, clock: fn() -> Nanos) {
        while let Some(batch) = queue.take(None) {
            let Ok(Some(mut turn)) = self.turn() else { break };
            let Some(callback) = &mut turn.consumer.callback else { break };
            let mut rest = Rest::begin(batch, callback.as_mut());
            deliver(queue, callback.as_mut(), &mut rest, u32::MAX, None, clock);
            drop(turn);
            queue.recycle(rest.batch);
        }
    }

    /// Ends it, after the queue was closed: waits for a callback that runs elsewhere and drops the callback.
    pub(super) fn end(&self) -> Ended {
        let mut place = self.place.lock();
        place.destroyed = true;
        if place.busy == Some(std::thread::current().id()) {
            return Ended::Deferred;
        }
        self.back.wait_while(&mut place, |place| place.busy.is_some());
        let consumer = place.consumer.take();
        drop(place);
        // The host's destructor runs here, with no lock held.
        drop(consumer);
        Ended::Done
    }

    fn turn(&self) -> Result<Option<Turn<'_>>, Error> {
        let me = std::thread::current().id();
        let mut place = self.place.lock();
        if place.destroyed {
            return Err(Status::BadHandle.into());
        }
        if place.busy == Some(me) {
            return Err(Error::new(Status::WrongState, "poll was called inside this client's own callback"));
        }
        let Some(consumer) = place.consumer.take() else { return Ok(None) };
        place.busy = Some(me);
        Ok(Some(Turn { delivery: self, consumer }))
    }
}

/// The right to call the host. It is given back also when something below panics.
struct Turn<'a> {
    delivery: &'a Delivery,
    consumer: Consumer,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let consumer = std::mem::take(&mut self.consumer);
        let mut place = self.delivery.place.lock();
        if place.destroyed {
            drop(place);
            // Destroyed meanwhile: the destructor of the host runs before anybody who waits is let go.
            drop(consumer);
            place = self.delivery.place.lock();
        } else {
            place.consumer = Some(consumer);
        }
        place.busy = None;
        drop(place);
        self.delivery.back.notify_all();
    }
}

/// Calls the host with at most `max` events of the batch; returns how many. What a destroyed client has left counts as
/// called with, since nobody wants it any more.
fn deliver(
    queue: &Queue,
    callback: &mut dyn Callback,
    rest: &mut Rest,
    max: u32,
    until: Option<Nanos>,
    clock: fn() -> Nanos,
) -> u32 {
    let mut calls = 0;
    while calls < max && rest.called < rest.batch.len() {
        if queue.is_closed() {
            rest.called = rest.batch.len();
            break;
        }
        callback.call(rest.called);
        rest.called += 1;
        calls += 1;
        if until.is_some_and(|until| clock() >= until) {
            break;
        }
    }
    calls
}
