//! The microphone: a socket of its own, open while the server wants to listen.

use super::{MICROPHONE, MICROPHONE_TIMER, Voxta};
use crate::audio::Resampler;
use crate::model::{Error, Nanos, millis};
use crate::protocol::{Cx, Dial};

/// How much sound goes into one message.
const BUFFER_MS: usize = 30;
/// How long it must have been quiet before silence is told instead of sent.
const HANGOVER_MS: usize = 200;
/// What is quieter than this, as the mean square of its samples, is silence.
const FLOOR_SQUARE: i64 = 12 * 12;
/// How often a paused socket says that it is still wanted, and how often it does before it is closed.
const KEEPALIVE: Nanos = millis(15_000);
const KEEPALIVES: u32 = 2;
/// How long to wait before a lost socket is opened again.
const AGAIN: Nanos = millis(1_000);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Socket {
    Off,
    Opening,
    Open,
}

pub(super) struct Microphone {
    /// The rate at which it is sent.
    rate: u32,
    resampler: Option<Resampler>,
    /// What is to be resampled, and a byte whose other half has not come.
    given: Vec<u8>,
    /// What has just been resampled.
    fresh: Vec<i16>,
    wanted: bool,
    socket: Socket,
    /// What does not fill a message yet.
    pending: Vec<u8>,
    quiet_ms: usize,
    keepalives: u32,
}

impl Microphone {
    /// For sound that is given at one rate and sent at another; 0 is no microphone.
    ///
    /// # Errors
    /// The rates can not be brought together.
    pub(super) fn new(given: u32, sent: u32) -> Result<Microphone, Error> {
        let resampler = if given == 0 || given == sent { None } else { Some(Resampler::new(given, sent)) };
        let resampler = resampler.transpose().map_err(|why| Error::invalid(format!("the microphone: {why}")))?;
        Ok(Microphone {
            rate: sent,
            resampler,
            given: Vec::new(),
            fresh: Vec::new(),
            wanted: false,
            socket: Socket::Off,
            pending: Vec::new(),
            quiet_ms: 0,
            keepalives: 0,
        })
    }

    pub(super) fn reset(&mut self) {
        (self.wanted, self.socket, self.quiet_ms, self.keepalives) = (false, Socket::Off, 0, 0);
        self.forget();
    }

    /// What was picked up and not sent is not wanted any more.
    fn forget(&mut self) {
        self.pending.clear();
        self.given.clear();
        if let Some(resampler) = &mut self.resampler {
            resampler.reset();
        }
    }

    pub(super) fn opened(&mut self, cx: &mut Cx<'_>) {
        self.socket = Socket::Open;
        self.quiet_ms = 0;
        let rate = self.rate;
        let format = format!(
            "{{\"contentType\":\"audio/wav\",\"sampleRate\":{rate},\"channels\":1,\"bitsPerSample\":16,\"bufferMilliseconds\":{BUFFER_MS}}}"
        );
        cx.send_text(MICROPHONE, format);
    }

    pub(super) fn closed(&mut self, cx: &mut Cx<'_>) {
        self.socket = Socket::Off;
        self.forget();
        if self.wanted {
            cx.timer(MICROPHONE_TIMER, cx.now.saturating_add(AGAIN));
        }
    }

    pub(super) fn audio(&mut self, pcm: &[u8], cx: &mut Cx<'_>) {
        if !self.wanted || self.socket != Socket::Open {
            return;
        }
        match &mut self.resampler {
            None => self.pending.extend_from_slice(pcm),
            Some(resampler) => {
                // Samples may be cut in two between one piece and the next.
                self.given.extend_from_slice(pcm);
                let whole = self.given.len() & !1;
                self.fresh.clear();
                resampler.push(&self.given[..whole], &mut self.fresh);
                self.given.drain(..whole);
                self.pending.extend(self.fresh.iter().flat_map(|sample| sample.to_le_bytes()));
            }
        }
        let size = self.rate as usize * BUFFER_MS / 1000 * 2;
        let whole = self.pending.len() / size * size;
        for at in (0..whole).step_by(size) {
            let frame = &self.pending[at..at + size];
            self.quiet_ms = if quiet(frame) { self.quiet_ms.saturating_add(BUFFER_MS) } else { 0 };
            if self.quiet_ms > HANGOVER_MS {
                cx.send_text(MICROPHONE, format!("{{\"type\":\"silence\",\"milliseconds\":{BUFFER_MS}}}"));
            } else {
                cx.send_binary(MICROPHONE, frame.to_vec());
            }
        }
        self.pending.drain(..whole);
    }
}

fn quiet(frame: &[u8]) -> bool {
    let square = |bytes: &[u8]| i64::from(i16::from_le_bytes([bytes[0], bytes[1]])).pow(2);
    let sum: i64 = frame.chunks_exact(2).map(square).sum();
    sum < FLOOR_SQUARE * (frame.len() / 2) as i64
}

impl Voxta {
    /// The server wants to listen, or not any more.
    pub(super) fn microphone_wanted(&mut self, wanted: bool, cx: &mut Cx<'_>) {
        if self.mirror.microphone != wanted {
            self.mirror.microphone = wanted;
            cx.mirror_changed();
        }
        if self.settings.microphone_rate == 0 {
            return;
        }
        self.microphone.wanted = wanted;
        self.microphone.keepalives = 0;
        match (wanted, self.microphone.socket) {
            (true, Socket::Off) => self.open_microphone(cx),
            (true, _) => cx.cancel_timer(MICROPHONE_TIMER),
            (false, Socket::Off) => cx.cancel_timer(MICROPHONE_TIMER),
            (false, _) => {
                self.microphone.forget();
                cx.timer(MICROPHONE_TIMER, cx.now.saturating_add(KEEPALIVE));
            }
        }
    }

    fn open_microphone(&mut self, cx: &mut Cx<'_>) {
        let Some(session) = &self.mirror.session_id else { return };
        let url = self.with_key(self.endpoint.microphone(session));
        self.microphone.socket = Socket::Opening;
        cx.cancel_timer(MICROPHONE_TIMER);
        cx.dial(MICROPHONE, Dial { url, headers: self.key_headers() });
    }

    /// A lost socket is opened again; a paused one is kept alive for a while, since a pause is mostly short.
    pub(super) fn microphone_due(&mut self, cx: &mut Cx<'_>) {
        match (self.microphone.wanted, self.microphone.socket) {
            (true, Socket::Off) => self.open_microphone(cx),
            (false, Socket::Open) if self.microphone.keepalives + 1 < KEEPALIVES => {
                self.microphone.keepalives += 1;
                cx.send_text(MICROPHONE, "{\"type\":\"keepalive\"}".to_owned());
                cx.timer(MICROPHONE_TIMER, cx.now.saturating_add(KEEPALIVE));
            }
            (false, Socket::Open | Socket::Opening) => {
                self.microphone.socket = Socket::Off;
                cx.close(MICROPHONE, 1000, "");
            }
            _ => {}
        }
    }
}
