//! The three doors out of the queue: take, poll, and the thread `parlor-events`.
//!
//! Whoever runs the host's callback has taken the consumer out of its place and puts it back afterwards. No lock of
//! ours is held meanwhile, and destroying waits until it is back, unless the callback itself is what destroys.

use std::thread::ThreadId;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use super::batch::{Batch, Record};
use super::queue::Queue;
use crate::model::{Error, Nanos, Status};

/// The host's callback, as the border makes it.
pub trait Callback: Send {
    /// Calls the host with one event.
    fn call(&mut self, event: Record<'_>);

    /// The host will be called with this event soon. Another processor has written it, so its memory may be far away.
    fn expect(&self, _event: Record<'_>) {}
}

/// How many events ahead of the one that the host reads the next ones are announced.
const AHEAD: usize = 6;

#[derive(Default)]
struct Consumer {
    callback: Option<Box<dyn Callback>>,
    /// A batch of which only a part was delivered.
    rest: Option<Batch>,
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

    /// Takes what a poll has left over; or all that waits; or, where there is patience to wait, the oldest batch.
    pub(super) fn take(&self, queue: &Queue, patience: Option<Duration>) -> Option<Batch> {
        self.left_over().or_else(|| match patience {
            Some(Duration::ZERO) => queue.take(),
            patience => queue.next(patience),
        })
    }

    /// Takes what a poll has left over, or the oldest batch; waits for nothing.
    pub(super) fn take_oldest(&self, queue: &Queue) -> Option<Batch> {
        self.left_over().or_else(|| queue.next(Some(Duration::ZERO)))
    }

    fn left_over(&self) -> Option<Batch> {
        let rest = self.place.lock().consumer.as_mut().and_then(|consumer| consumer.rest.take());
        rest.filter(|rest| !rest.is_empty())
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
            let rest = turn.consumer.rest.take();
            let Some(mut rest) = rest.or_else(|| queue.next(Some(Duration::ZERO))) else { break };
            called += deliver(queue, callback.as_mut(), &mut rest, max - called, until, clock);
            if rest.is_empty() {
                queue.recycle(rest);
            } else {
                turn.consumer.rest = Some(rest);
                break;
            }
        }
        Ok(called)
    }

    /// Waits for events and calls the host with them, until the queue is closed. The body of `parlor-events`.
    pub(super) fn run(&self, queue: &Queue, clock: fn() -> Nanos) {
        while let Some(mut batch) = queue.next(None) {
            let Ok(Some(mut turn)) = self.turn() else { break };
            let Some(callback) = &mut turn.consumer.callback else { break };
            deliver(queue, callback.as_mut(), &mut batch, u32::MAX, None, clock);
            drop(turn);
            queue.recycle(batch);
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

/// Calls the host with at most `max` events of the batch and passes over them; returns how many. What a destroyed client
/// has left is passed over too, since nobody wants it any more.
fn deliver(
    queue: &Queue,
    callback: &mut dyn Callback,
    batch: &mut Batch,
    max: u32,
    until: Option<Nanos>,
    clock: fn() -> Nanos,
) -> u32 {
    let mut calls = 0;
    while calls < max && !batch.is_empty() {
        if queue.is_closed() {
            batch.skip(batch.len());
            break;
        }
        if batch.len() > AHEAD {
            callback.expect(batch.record(AHEAD));
        }
        callback.call(batch.record(0));
        batch.skip(1);
        calls += 1;
        if until.is_some_and(|until| clock() >= until) {
            break;
        }
    }
    calls
}
