//! Speech on its way to the audio thread of a host: what a protocol emits as AUDIO is brought to the rate of the device
//! and put into the buffer that the audio thread reads.
//!
//! Resampling is work, so it has a thread of its own, `parlor-audio`, which lives while the host has an audio handle open.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::Mutex;

use super::counters::{Counter, Counters};
use crate::audio::{Block, Law, Progress, Reader, Resampler, Writer, buffer};
use crate::model::{Error, Event, Heard, Kind, Status};

/// How many replies are remembered, to say how much of one was heard.
const REMEMBERED: usize = 32;
/// How often what is left over is looked at while something is to be heard.
const TIDY: Duration = Duration::from_millis(50);

/// What an audio handle is opened with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Device {
    /// Frames a second.
    pub(crate) rate: u32,
    /// Samples in a frame.
    pub(crate) channels: u32,
    /// So many milliseconds of speech must wait before a reply begins to be heard.
    pub(crate) latency_ms: u32,
    /// So many milliseconds of speech may wait.
    pub(crate) buffer_ms: u32,
}

/// An open way out.
pub struct Opened {
    /// For the audio thread.
    pub reader: Reader,
    /// For everybody else.
    pub progress: Arc<Progress>,
    pub(crate) output: Arc<Output>,
    /// Frames a second.
    pub rate: u32,
    /// Samples in a frame.
    pub channels: u32,
}

impl Opened {
    /// Ends it, and its thread. The reader is silent afterwards.
    pub fn close(self) {
        self.output.close();
    }
}

enum Work {
    Sound { stream: u16, epoch: u32, rate: u32, pcm: Vec<u8> },
    End { stream: u16, epoch: u32 },
}

/// The speech of one reply.
struct Stream {
    id: String,
    number: u16,
    ended: bool,
    /// How much of it was heard when it was cut off.
    cut: Option<Heard>,
    /// How long what has come of it lasts, in milliseconds.
    came: f64,
}

struct Open {
    work: Sender<Work>,
    thread: JoinHandle<()>,
    progress: Arc<Progress>,
    rate: u32,
    streams: VecDeque<Stream>,
    last: u16,
}

/// The way out for speech; closed until the host opens it.
#[derive(Default)]
pub struct Output {
    open: Mutex<Option<Open>>,
    /// Looked at for every event, so it costs no lock.
    wanted: AtomicBool,
}

impl Output {
    /// Opens it: the audio thread reads from the reader, and anybody looks at the progress.
    ///
    /// # Errors
    /// It is open already, or there is no thread to be had.
    pub(crate) fn open(&self, device: Device, thread_start: fn()) -> Result<(Reader, Arc<Progress>), Error> {
        let mut open = self.open.lock();
        if open.is_some() {
            let text = "this client has an audio handle already; close it before another one is opened";
            return Err(Error::new(Status::WrongState, text));
        }
        let frames = |ms: u32| u64::from(ms) * u64::from(device.rate) / 1000;
        let (writer, reader) = buffer(frames(device.latency_ms), frames(device.buffer_ms));
        let progress = Arc::clone(writer.progress());
        let (work, inbox) = channel();
        Counters::add(Counter::LiveThreads, 1);
        let body = move || {
            let _gone = Gone;
            thread_start();
            Worker { writer, rate: device.rate, resampler: None, out: Vec::new() }.run(&inbox);
        };
        let thread = std::thread::Builder::new().name("parlor-audio".into()).spawn(body).map_err(|error| {
            // The closure was dropped without having run, and what it would have counted with it.
            Counters::gone(Counter::LiveThreads);
            Error::new(Status::Resources, format!("the thread parlor-audio could not be started: {error}"))
        })?;
        *open = Some(Open {
            work,
            thread,
            progress: Arc::clone(&progress),
            rate: device.rate,
            streams: VecDeque::new(),
            last: 0,
        });
        self.wanted.store(true, Ordering::Release);
        Ok((reader, progress))
    }

    /// Closes it, and ends its thread. What waits is not heard any more.
    pub(crate) fn close(&self) {
        self.wanted.store(false, Ordering::Release);
        let open = self.open.lock().take();
        if let Some(Open { work, thread, progress, .. }) = open {
            progress.cut();
            drop(work);
            // What could go wrong on it was caught there, and concerns nobody any more.
            let _ = thread.join();
        }
    }

    /// Whether somebody listens.
    pub(crate) fn wanted(&self) -> bool {
        self.wanted.load(Ordering::Acquire)
    }

    /// Takes what is to be heard out of an event.
    pub(crate) fn take(&self, event: &Event<'_>) {
        let mut open = self.open.lock();
        let Some(open) = open.as_mut() else { return };
        match event.kind {
            Kind::Audio if !event.data.is_empty() => {
                let Ok(rate) = u32::try_from(event.value) else { return };
                match event.name {
                    "pcm16" => open.sound(event.id, rate, event.data),
                    "g711_ulaw" => open.sound(event.id, rate, &Law::Mu.decode(event.data)),
                    "g711_alaw" => open.sound(event.id, rate, &Law::A.decode(event.data)),
                    _ => {}
                }
            }
            Kind::AudioEnded if event.status != Status::Ok || event.name == "interrupted" => open.cut(),
            Kind::AudioEnded => open.end(event.id),
            _ => {}
        }
    }

    /// Nothing of what was taken so far is to be heard.
    pub(crate) fn cut(&self) {
        if let Some(open) = self.open.lock().as_mut() {
            open.cut();
        }
    }

    /// How much of a reply was heard; nothing where nobody listens here, or the reply is not known.
    pub(crate) fn heard(&self, id: &str) -> Option<Heard> {
        let open = self.open.lock();
        let open = open.as_ref()?;
        let stream = open.streams.iter().rev().find(|stream| stream.id == id)?;
        Some(open.heard(stream))
    }

    /// Which reply is being heard, and how much of it was.
    pub(crate) fn position(&self) -> (String, Heard) {
        let open = self.open.lock();
        let Some(open) = open.as_ref() else { return Default::default() };
        let place = open.progress.place();
        let stream = open.streams.iter().rev().find(|stream| stream.number == place.stream);
        stream.map_or_else(Default::default, |stream| (stream.id.clone(), open.heard(stream)))
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.close();
    }
}

impl Open {
    fn sound(&mut self, id: &str, rate: u32, pcm: &[u8]) {
        if rate == 0 {
            return;
        }
        let new = self.streams.back().is_none_or(|stream| stream.id != id || stream.ended);
        if new {
            self.end_last();
            if self.streams.len() == REMEMBERED {
                self.streams.pop_front();
            }
            self.last = self.last.wrapping_add(1);
            self.streams.push_back(Stream { id: id.to_owned(), number: self.last, ended: false, cut: None, came: 0.0 });
        }
        let stream = self.last;
        if let Some(back) = self.streams.back_mut() {
            back.came += (pcm.len() / 2) as f64 * 1000.0 / f64::from(rate);
        }
        let epoch = self.progress.epoch();
        // A thread that has ended has been told to, and then nobody listens.
        let _ = self.work.send(Work::Sound { stream, epoch, rate, pcm: pcm.to_vec() });
    }

    fn end(&mut self, id: &str) {
        if self.streams.back().is_some_and(|stream| id.is_empty() || stream.id == id) {
            self.end_last();
        }
    }

    fn end_last(&mut self) {
        let epoch = self.progress.epoch();
        if let Some(back) = self.streams.back_mut().filter(|stream| !stream.ended) {
            back.ended = true;
            let _ = self.work.send(Work::End { stream: back.number, epoch });
        }
    }

    fn cut(&mut self) {
        for at in 0..self.streams.len() {
            let heard = self.heard(&self.streams[at]);
            let stream = &mut self.streams[at];
            stream.ended = true;
            if stream.cut.is_none() && !heard.whole {
                stream.cut = Some(heard);
            }
        }
        self.progress.cut();
    }

    fn heard(&self, stream: &Stream) -> Heard {
        if let Some(heard) = stream.cut {
            return heard;
        }
        let place = self.progress.place();
        match stream.number.wrapping_sub(place.stream) as i16 {
            0 if place.frames > 0 => Heard { ms: place.frames * 1000 / u64::from(self.rate), whole: place.ended },
            // Another one is being heard behind it.
            ..0 => Heard { ms: stream.came as u64, whole: true },
            _ => Heard::default(),
        }
    }
}

/// Counts a thread out, however it ends.
struct Gone;

impl Drop for Gone {
    fn drop(&mut self) {
        Counters::gone(Counter::LiveThreads);
    }
}

/// What the thread has in hand.
struct Worker {
    writer: Writer,
    rate: u32,
    /// That of the stream that came last.
    resampler: Option<(u16, Resampler)>,
    out: Vec<i16>,
}

impl Worker {
    fn run(mut self, inbox: &Receiver<Work>) {
        loop {
            let outstanding = !self.writer.offer() | self.writer.tidy();
            let work = if outstanding {
                inbox.recv_timeout(TIDY)
            } else {
                inbox.recv().map_err(|_| RecvTimeoutError::Disconnected)
            };
            match work {
                Ok(work) => self.work(work),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn work(&mut self, work: Work) {
        match work {
            Work::Sound { stream, epoch, rate, pcm } => {
                let fits = |(known, resampler): &(u16, Resampler)| *known == stream && resampler.from() == rate;
                if !self.resampler.as_ref().is_some_and(fits) {
                    match &self.resampler {
                        Some((known, _)) if *known == stream => self.finish(),
                        _ => {}
                    }
                    // The engine of the last stream is used again where it can be: making one takes a while.
                    let again = self.resampler.take().filter(|(_, resampler)| resampler.from() == rate);
                    let made =
                        again.map(|(_, resampler)| Ok(resampler)).unwrap_or_else(|| Resampler::new(rate, self.rate));
                    // A rate that can not be brought to that of the device can not be heard; the event says the rate.
                    let Ok(mut resampler) = made else { return };
                    resampler.reset();
                    self.resampler = Some((stream, resampler));
                }
                // A second at a time: it is heard sooner, and a cut, or the end of the handle, waits for no more than that.
                for piece in pcm.chunks(rate as usize * 2) {
                    if epoch != self.writer.progress().epoch() {
                        return;
                    }
                    if let Some((_, resampler)) = &mut self.resampler {
                        resampler.push(piece, &mut self.out);
                    }
                    self.write(stream, epoch, false);
                }
            }
            Work::End { stream, epoch } => {
                self.finish();
                self.write(stream, epoch, true);
            }
        }
    }

    /// The rest of the stream that came last.
    fn finish(&mut self) {
        if let Some((_, resampler)) = &mut self.resampler {
            resampler.finish(&mut self.out);
        }
    }

    fn write(&mut self, stream: u16, epoch: u32, last: bool) {
        if last || !self.out.is_empty() {
            let samples = std::mem::take(&mut self.out);
            self.writer.write(Block { samples, stream, epoch, last });
        }
    }
}

#[cfg(test)]
#[path = "output_tests.rs"]
mod tests;
