//! Where audio threads find their readers: by a checked key, without a lock.
//!
//! Each place has one word. It holds the key of the handle while that is good, with a bit while somebody reads through it,
//! so a reader is in the hands of one thread at a time: the one that has set the bit.

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::audio::Reader;
use crate::model::{Error, Status};

/// How many handles there can be at once.
const PLACES: usize = 64;
/// Set in a word while its reader is read. In a key the bit is of the type, and that of an audio handle has it clear.
const BUSY: usize = 2;

struct Place {
    word: AtomicUsize,
    channels: AtomicUsize,
    reader: UnsafeCell<Option<Reader>>,
}

// SAFETY: the reader is touched by whoever has changed the word from 0, or from a key to the same with BUSY, or from a key
// to 0, each of which one thread alone can do; it is handed on with the word.
unsafe impl Sync for Place {}

static PLACE: [Place; PLACES] =
    [const { Place { word: AtomicUsize::new(0), channels: AtomicUsize::new(0), reader: UnsafeCell::new(None) } };
        PLACES];

/// The thread that holds a place gives it back, also when it panics.
struct Held<'a>(&'a Place, usize);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.word.store(self.1, Ordering::Release);
    }
}

/// Puts a reader where the key of its handle leads. `at` is the slot that the key names.
pub(super) fn put(at: usize, key: usize, channels: usize, reader: Reader) -> Result<(), Error> {
    let Some(place) = PLACE.get(at) else {
        return Err(Error::new(
            Status::Resources,
            format!("there are {PLACES} audio handles, and no more can be made"),
        ));
    };
    // The slot of a handle that is being closed may be given out again a moment before its place is.
    while place.word.load(Ordering::Acquire) != 0 {
        std::thread::yield_now();
    }
    place.channels.store(channels, Ordering::Relaxed);
    // SAFETY: the word is 0, and the registry of handles gives the slot to this call only.
    unsafe { *place.reader.get() = Some(reader) };
    place.word.store(key, Ordering::Release);
    Ok(())
}

/// Takes the reader away. Waits while a read is under way, which is a matter of microseconds.
pub(super) fn take(at: usize, key: usize) -> Option<Reader> {
    let place = PLACE.get(at)?;
    loop {
        match place.word.compare_exchange(key, key | BUSY, Ordering::Acquire, Ordering::Acquire) {
            Ok(_) => break,
            Err(word) if word == key | BUSY => std::thread::yield_now(),
            Err(_) => return None,
        }
    }
    // SAFETY: this thread has set the bit.
    let reader = unsafe { (*place.reader.get()).take() };
    place.word.store(0, Ordering::Release);
    reader
}

/// How many channels the handle of a key was opened with, if it is good.
pub(super) fn channels(at: usize, key: usize) -> Result<usize, Status> {
    let place = PLACE.get(at).ok_or(Status::BadHandle)?;
    let channels = place.channels.load(Ordering::Relaxed);
    if place.word.load(Ordering::Acquire) & !BUSY == key { Ok(channels) } else { Err(Status::BadHandle) }
}

/// Reads through the handle of a key. It takes no lock and no memory, and waits for nobody.
pub(super) fn read(at: usize, key: usize, out: &mut [f32]) -> Result<usize, Status> {
    let place = PLACE.get(at).ok_or(Status::BadHandle)?;
    match place.word.compare_exchange(key, key | BUSY, Ordering::Acquire, Ordering::Relaxed) {
        Ok(_) => {}
        Err(word) if word == key | BUSY => return Err(Status::WrongState),
        Err(_) => return Err(Status::BadHandle),
    }
    let held = Held(place, key);
    let channels = place.channels.load(Ordering::Relaxed);
    // SAFETY: this thread has set the bit.
    let heard = unsafe { &mut *place.reader.get() }.as_mut().map_or(0, |reader| reader.read(out, channels));
    drop(held);
    Ok(heard)
}
