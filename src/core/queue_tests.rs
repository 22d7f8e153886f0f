use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::{Pressure, Queue, QueueLimits, Supply};
use crate::core::batch::Batch;
use crate::model::{Event, Kind, flag};

const NOW: Option<Duration> = Some(Duration::ZERO);

fn queue(events: usize) -> Queue {
    Queue::new(QueueLimits { events, bytes: 1 << 20 })
}

fn commit(queue: &Queue, events: &[Event<'_>]) -> Pressure {
    let mut staged = Batch::default();
    for event in events {
        staged.push(0, event);
    }
    queue.commit(&mut staged, Supply::Over)
}

fn message(text: &str) -> Event<'_> {
    Event { text, ..Event::new(Kind::Message) }
}

fn delta<'a>(id: &'a str, text: &'a str) -> Event<'a> {
    Event { id, text, ..Event::new(Kind::TextDelta) }
}

#[test]
fn order_and_numbers() {
    let queue = queue(100);
    commit(&queue, &[message("a"), message("b")]);
    commit(&queue, &[message("c")]);
    let batch = queue.next(NOW).expect("three wait");
    let seen: Vec<_> = batch.records().map(|r| (r.slot.sequence, r.event().text.to_owned())).collect();
    assert_eq!(seen, [(1, "a".into()), (2, "b".into()), (3, "c".into())]);
    queue.recycle(batch);
    assert!(queue.next(NOW).is_none());
    commit(&queue, &[message("d")]);
    assert_eq!(queue.next(NOW).expect("one waits").record(0).slot.sequence, 4);
}

#[test]
fn what_may_be_dropped_goes_oldest_first_and_is_told() {
    let queue = queue(16);
    let typing = Event::new(Kind::Typing);
    let mut events = Vec::new();
    for _ in 0..12 {
        events.push(typing);
        events.push(message("kept"));
    }
    assert_eq!(commit(&queue, &events), Pressure::Flowing, "the droppable ones made room");
    let batch = queue.next(NOW).expect("not empty");
    let kept = batch.records().filter(|r| r.slot.kind == Kind::Message as i32).count();
    assert_eq!(kept, 12, "a message is never dropped");
    let notices: Vec<_> = batch.records().filter(|r| r.slot.kind == Kind::Dropped as i32).collect();
    assert_eq!(notices.len(), 1);
    assert_eq!(notices[0].slot.sequence, 1, "it stands where the first loss was");
    let left = batch.records().filter(|r| r.slot.kind == Kind::Typing as i32).count();
    assert_eq!(notices[0].slot.value as usize, 12 - left);
    let mut missing = 0;
    let mut last = 0;
    for record in batch.records() {
        missing += record.slot.sequence - last - 1;
        last = record.slot.sequence;
    }
    assert_eq!(missing as i64, notices[0].slot.value - 1, "its own number is one of those that are missing");
}

#[test]
fn notices_add_up() {
    let queue = queue(16);
    for _ in 0..40 {
        commit(&queue, &[Event::new(Kind::Typing); 4]);
    }
    let batch = queue.next(NOW).expect("not empty");
    let notices: Vec<_> = batch.records().filter(|r| r.slot.kind == Kind::Dropped as i32).collect();
    let left = batch.records().filter(|r| r.slot.kind == Kind::Typing as i32).count();
    assert_eq!(notices.len(), 1);
    assert_eq!(notices[0].slot.value as usize + left, 160);
}

#[test]
fn deltas_of_one_reply_are_joined_before_anything_is_dropped() {
    let queue = queue(16);
    let mut events = vec![message("first")];
    events.extend((0..10).map(|_| delta("r1", "ab")));
    events.extend((0..10).map(|_| delta("r2", "cd")));
    assert_eq!(commit(&queue, &events), Pressure::Flowing);
    let batch = queue.next(NOW).expect("not empty");
    let seen: Vec<_> = batch.records().map(|r| (r.event().id.to_owned(), r.event().text.to_owned())).collect();
    assert_eq!(seen[1], ("r1".into(), "ab".repeat(10)));
    assert_eq!(seen[2], ("r2".into(), "cd".repeat(10)));
    assert_eq!(batch.len(), 3);
    assert_ne!(batch.record(1).slot.flags & flag::COALESCED, 0);
}

#[test]
fn full_of_messages_is_told_and_draining_calls_back() {
    let queue = queue(16);
    let calls = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&calls);
    queue.set_drained(Some(Box::new(move || {
        seen.fetch_add(1, Ordering::SeqCst);
    })));
    assert_eq!(commit(&queue, &[message("x"); 17]), Pressure::Full);
    assert_eq!(commit(&queue, &[]), Pressure::Full, "it stays full until it was drained");
    assert_eq!(queue.next(NOW).expect("full").len(), 17, "nothing was lost");
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    assert_eq!(commit(&queue, &[message("x")]), Pressure::Flowing);
}

#[test]
fn the_wake_hook_runs_on_the_edge_only() {
    let queue = queue(16);
    let calls = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&calls);
    queue.set_wake(Some(Box::new(move || {
        seen.fetch_add(1, Ordering::SeqCst);
    })));
    commit(&queue, &[message("a")]);
    commit(&queue, &[message("b")]);
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    drop(queue.next(NOW));
    commit(&queue, &[message("c")]);
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[test]
fn waiting_is_woken_by_an_event_and_by_the_end() {
    let queue = Arc::new(queue(16));
    let taker = {
        let queue = Arc::clone(&queue);
        std::thread::spawn(move || {
            let first = queue.next(None).map(|batch| batch.len());
            let second = queue.next(None).map(|batch| batch.len());
            (first, second)
        })
    };
    commit(&queue, &[message("a")]);
    while queue.fill_percent() > 0 {
        std::thread::yield_now();
    }
    queue.close();
    assert_eq!(taker.join().expect("no panic"), (Some(1), None));
    commit(&queue, &[message("late")]);
    assert!(queue.next(NOW).is_none());
}

/// A batch that is not joined with its neighbours.
fn large() -> Batch {
    let mut staged = Batch::default();
    (0..4 * super::SMALL).for_each(|_| staged.push(0, &message("x")));
    staged
}

/// Threads that each take one batch, once all of them wait.
fn takers(queue: &Arc<Queue>, count: usize) -> Vec<std::thread::JoinHandle<usize>> {
    let one = |queue: Arc<Queue>| move || queue.next(None).map_or(0, |batch| batch.len());
    let threads = (0..count).map(|_| std::thread::spawn(one(Arc::clone(queue)))).collect();
    while queue.waiting.lock().parked < count {
        std::thread::yield_now();
    }
    threads
}

#[test]
fn who_waits_gets_one_batch_and_the_next_one_gets_the_next() {
    let queue = Arc::new(queue(10_000));
    let takers = takers(&queue, 2);
    // Only the second of these wakes anybody, and it wakes one.
    queue.commit(&mut large(), Supply::More);
    queue.commit(&mut large(), Supply::More);
    for taker in takers {
        assert_eq!(taker.join().expect("no panic"), large().len());
    }
}

#[test]
fn who_waits_is_woken_at_the_latest_when_the_producer_rests_or_the_queue_is_full() {
    let plenty = Arc::new(queue(10_000));
    let taker = takers(&plenty, 1).remove(0);
    plenty.commit(&mut large(), Supply::More);
    plenty.commit(&mut Batch::default(), Supply::Over);
    assert_eq!(taker.join().expect("no panic"), large().len());

    let narrow = Arc::new(queue(16));
    let taker = takers(&narrow, 1).remove(0);
    assert_eq!(narrow.commit(&mut large(), Supply::More), Pressure::Full);
    assert_eq!(taker.join().expect("no panic"), large().len());
}

#[test]
fn logs_never_displace_events() {
    let queue = queue(16);
    let log = Event { text: "record", ..Event::new(Kind::Log) };
    assert_eq!(commit(&queue, &[message("x"); 10]), Pressure::Flowing);
    for _ in 0..100 {
        assert_eq!(commit(&queue, &[log; 10]), Pressure::Flowing);
    }
    let batch = queue.next(NOW).expect("not empty");
    assert_eq!(batch.records().filter(|r| r.slot.kind == Kind::Message as i32).count(), 10);
    assert!(batch.records().filter(|r| r.slot.kind == Kind::Log as i32).count() <= 256);
}
