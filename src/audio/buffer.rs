//! The way to an audio thread: a bounded buffer with one writer and one reader, who never wait for each other.
//!
//! The writer hands over whole blocks of samples, the reader plays them out and hands the empty ones back, so that memory
//! is taken and freed on the writer's side only. The reader waits for nothing, takes no memory and calls no system.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// How many blocks are on their way at most.
const BLOCKS: usize = 1024;
/// Where the parts of [`Progress::place`] are.
const STREAM_SHIFT: u32 = 48;
const ENDED: u64 = 1 << 47;

/// A piece of a stream. A stream is what belongs together: the speech of one reply.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) samples: Vec<i16>,
    pub(crate) stream: u16,
    /// What [`Progress::epoch`] was when it was made: what is older than the last cut is not heard any more.
    pub(crate) epoch: u32,
    /// The stream ends behind these samples.
    pub(crate) last: bool,
}

/// What both sides, and whoever else, can see.
#[derive(Debug, Default)]
pub struct Progress {
    /// Frames that were written and read, from the beginning.
    written: AtomicU64,
    taken: AtomicU64,
    /// Ends of streams that were written and read.
    ends_written: AtomicU64,
    ends_taken: AtomicU64,
    /// Which stream is being heard, whether all of it was, and how many frames of it.
    place: AtomicU64,
    heard: AtomicU64,
    underruns: AtomicU64,
    dropped: AtomicU64,
    epoch: AtomicU32,
}

/// How far a reader is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) stream: u16,
    pub(crate) frames: u64,
    pub(crate) ended: bool,
}

impl Progress {
    /// What is being heard.
    pub(crate) fn place(&self) -> Place {
        let place = self.place.load(Ordering::Acquire);
        Place { stream: (place >> STREAM_SHIFT) as u16, frames: place & (ENDED - 1), ended: place & ENDED != 0 }
    }

    /// All frames that were heard.
    pub fn heard(&self) -> u64 {
        self.heard.load(Ordering::Relaxed)
    }

    /// How often the reader came and there was nothing in the middle of a stream.
    pub fn underruns(&self) -> u64 {
        self.underruns.load(Ordering::Relaxed)
    }

    /// Frames that wait to be heard.
    pub fn waiting(&self) -> u64 {
        // Read in this order, so that the difference is never below nothing.
        let taken = self.taken.load(Ordering::Acquire);
        self.written.load(Ordering::Acquire).saturating_sub(taken)
    }

    /// Frames that found the buffer full.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Which cut was the last.
    pub(crate) fn epoch(&self) -> u32 {
        self.epoch.load(Ordering::Acquire)
    }

    /// What was written up to now is not heard any more.
    pub(crate) fn cut(&self) {
        self.epoch.fetch_add(1, Ordering::AcqRel);
    }
}

/// Whether `epoch` lies before `now`. They go round after four thousand million cuts.
const fn before(epoch: u32, now: u32) -> bool {
    (now.wrapping_sub(epoch) as i32) > 0
}

/// The side that fills it.
pub(crate) struct Writer {
    blocks: rtrb::Producer<Block>,
    spent: rtrb::Consumer<Vec<i16>>,
    progress: Arc<Progress>,
    /// What found no place yet.
    held: VecDeque<Block>,
    held_frames: u64,
    /// The most frames that may wait.
    most: u64,
}

/// The side of the audio thread.
pub struct Reader {
    blocks: rtrb::Consumer<Block>,
    spent: rtrb::Producer<Vec<i16>>,
    progress: Arc<Progress>,
    current: Option<Block>,
    at: usize,
    /// So many frames must wait before a stream begins to be heard.
    latency: u64,
    playing: bool,
    place: Place,
    /// The last cut that was seen.
    epoch: u32,
}

/// Makes both sides of one. `latency` and `most` are frames.
pub(crate) fn buffer(latency: u64, most: u64) -> (Writer, Reader) {
    let (producer, consumer) = rtrb::RingBuffer::new(BLOCKS);
    // The writer empties it before it adds a block, so it never holds more than there are blocks.
    let (spent_producer, spent_consumer) = rtrb::RingBuffer::new(BLOCKS + 2);
    let progress = Arc::new(Progress::default());
    let writer = Writer {
        blocks: producer,
        spent: spent_consumer,
        progress: Arc::clone(&progress),
        held: VecDeque::new(),
        held_frames: 0,
        most,
    };
    let reader = Reader {
        blocks: consumer,
        spent: spent_producer,
        progress,
        current: None,
        at: 0,
        latency,
        playing: false,
        place: Place { ended: true, ..Place::default() },
        epoch: 0,
    };
    (writer, reader)
}

impl Writer {
    /// What both sides see.
    pub(crate) fn progress(&self) -> &Arc<Progress> {
        &self.progress
    }

    /// Adds a block. What is more than may wait is dropped, and counted.
    pub(crate) fn write(&mut self, mut block: Block) {
        let frames = block.samples.len() as u64;
        if frames > 0 && self.progress.waiting() + self.held_frames + frames > self.most {
            self.progress.dropped.fetch_add(frames, Ordering::Relaxed);
            block.samples = Vec::new();
        }
        self.held_frames += block.samples.len() as u64;
        match self.held.back_mut() {
            // What waits here grows instead of becoming many blocks.
            Some(held) if held.stream == block.stream && held.epoch == block.epoch && !held.last => {
                held.samples.extend_from_slice(&block.samples);
                held.last = block.last;
            }
            _ => self.held.push_back(block),
        }
        self.offer();
    }

    /// Hands over what found no place before; `false` while some of it still finds none.
    pub(crate) fn offer(&mut self) -> bool {
        // The reader may hand back as many blocks as it is given here.
        while self.spent.pop().is_ok() {}
        while let Some(block) = self.held.pop_front() {
            let (frames, last) = (block.samples.len() as u64, block.last);
            match self.blocks.push(block) {
                Ok(()) => {
                    self.held_frames -= frames;
                    self.progress.written.fetch_add(frames, Ordering::Release);
                    self.progress.ends_written.fetch_add(u64::from(last), Ordering::Release);
                }
                Err(rtrb::PushError::Full(block)) => {
                    self.held.push_front(block);
                    return false;
                }
            }
        }
        true
    }

    /// Frees what has come back. Whether there are blocks that have not.
    pub(crate) fn tidy(&mut self) -> bool {
        while self.spent.pop().is_ok() {}
        self.progress.waiting() > 0 || !self.held.is_empty()
    }
}

impl Reader {
    /// Fills `out`, frames of so many channels each, with what is to be heard now, and the rest of it with silence. The
    /// answer is how many frames are no silence of its own.
    pub fn read(&mut self, out: &mut [f32], channels: usize) -> usize {
        let epoch = self.progress.epoch();
        if epoch != self.epoch {
            self.epoch = epoch;
            self.playing = false;
            if self.current.as_ref().is_some_and(|block| before(block.epoch, epoch)) {
                self.let_go();
            }
        }
        let mut frames = out.chunks_exact_mut(channels.max(1));
        let mut heard = 0;
        while frames.len() > 0 && self.ready(epoch) {
            let Some(block) = &self.current else { break };
            let rest = &block.samples[self.at..];
            let count = rest.len().min(frames.len());
            for (sample, frame) in rest.iter().zip(frames.by_ref().take(count)) {
                frame.fill(f32::from(*sample) / 32_768.0);
            }
            self.at += count;
            self.place.frames += count as u64;
            heard += count;
            if self.at == block.samples.len() {
                self.let_go();
            }
        }
        for frame in frames {
            frame.fill(0.0);
        }
        if heard > 0 {
            self.progress.heard.fetch_add(heard as u64, Ordering::Relaxed);
        }
        self.tell();
        heard
    }

    /// Whether there is a block with something to hear now.
    fn ready(&mut self, epoch: u32) -> bool {
        if !self.playing && !self.may_begin() {
            return false;
        }
        loop {
            if self.current.is_none() {
                let Ok(block) = self.blocks.pop() else {
                    if self.playing {
                        self.playing = false;
                        if !self.place.ended {
                            self.progress.underruns.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                    return false;
                };
                self.at = 0;
                if !before(block.epoch, epoch) {
                    self.playing = true;
                    if block.stream != self.place.stream || self.place.ended {
                        self.place = Place { stream: block.stream, frames: 0, ended: false };
                    }
                }
                self.current = Some(block);
            }
            let block = self.current.as_ref();
            if block.is_some_and(|block| !before(block.epoch, epoch) && self.at < block.samples.len()) {
                return true;
            }
            if !self.let_go() {
                return false;
            }
        }
    }

    fn may_begin(&self) -> bool {
        let ends = self.progress.ends_taken.load(Ordering::Relaxed);
        self.current.is_some()
            || self.progress.waiting() >= self.latency.max(1)
            || self.progress.ends_written.load(Ordering::Acquire) > ends
    }

    /// Hands the current block back; `false` when that can not be, which the sizes of the two rings rule out.
    fn let_go(&mut self) -> bool {
        let Some(block) = &mut self.current else { return true };
        let samples = std::mem::take(&mut block.samples);
        let (frames, last) = (samples.len() as u64, block.last);
        let stale = before(block.epoch, self.progress.epoch());
        if samples.capacity() > 0
            && let Err(rtrb::PushError::Full(samples)) = self.spent.push(samples)
        {
            block.samples = samples;
            self.at = block.samples.len();
            return false;
        }
        self.current = None;
        self.progress.taken.fetch_add(frames, Ordering::Release);
        if last {
            self.progress.ends_taken.fetch_add(1, Ordering::Release);
            if !stale {
                self.place.ended = true;
            }
        }
        true
    }

    fn tell(&self) {
        let ended = if self.place.ended { ENDED } else { 0 };
        let place = u64::from(self.place.stream) << STREAM_SHIFT | ended | (self.place.frames & (ENDED - 1));
        self.progress.place.store(place, Ordering::Release);
    }
}

#[cfg(test)]
#[path = "buffer_tests.rs"]
mod tests;
