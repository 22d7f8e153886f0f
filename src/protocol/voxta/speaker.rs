//! The speech of replies: fetched in parallel, handed out in the order of the chunks.

use std::collections::VecDeque;

use super::acks::Piece;
use super::endpoint::Endpoint;
use super::settings::Speech;
use crate::audio::{Pcm, read_wav};
use crate::model::{Error, Status};
use crate::protocol::{CallId, Cx, Failure, HttpAnswer, HttpCall, Method, SOUND, status_of_http};

/// How many pieces are fetched at once.
const PARALLEL: usize = 6;
/// The longest silence that a placeholder may ask for, in milliseconds.
const SILENCE_MAX: u64 = 60_000;
/// The rate of silence where nothing was heard yet.
const SILENCE_RATE: u32 = 24_000;
/// What speech may be.
const ACCEPT: &str = "audio/x-wav, audio/wav, audio/mpeg, audio/ogg, */*";
/// The first number for calls that fetch speech.
pub(super) const FIRST_CALL: CallId = 1000;

/// One chunk of a reply.
#[derive(Debug)]
pub(super) struct Clip {
    pub(super) reply: String,
    pub(super) sender: String,
    /// The chunk, as it came.
    pub(super) json: String,
    pub(super) piece: Piece,
    pub(super) sound: Sound,
}

#[derive(Debug)]
pub(super) enum Sound {
    /// To be fetched.
    Url(String),
    Fetching(CallId),
    /// There is nothing to hear.
    Nothing,
    Pcm(Pcm),
    /// As the server has encoded it: the name of the encoding and the bytes.
    Encoded(String, Vec<u8>),
    Failed(Error),
}

#[derive(Debug)]
pub(super) enum Item {
    Clip(Clip),
    /// The reply has no more chunks.
    End(String),
}

impl Item {
    fn reply(&self) -> &str {
        match self {
            Item::Clip(clip) => &clip.reply,
            Item::End(reply) => reply,
        }
    }

    const fn ready(&self) -> bool {
        !matches!(self, Item::Clip(Clip { sound: Sound::Url(_) | Sound::Fetching(_), .. }))
    }
}

/// What is to be heard, in its order.
#[derive(Debug)]
pub(super) struct Speaker {
    speech: Speech,
    queue: VecDeque<Item>,
    last_call: CallId,
    rate: u32,
}

impl Speaker {
    pub(super) fn new(speech: Speech) -> Speaker {
        Speaker { speech, queue: VecDeque::new(), last_call: FIRST_CALL, rate: SILENCE_RATE }
    }

    /// What an `audioUrl` stands for.
    pub(super) fn sound(&self, url: &str) -> Sound {
        let Some(ms) = url.strip_prefix("silence:") else {
            return if url.is_empty() || self.speech == Speech::None {
                Sound::Nothing
            } else {
                Sound::Url(url.to_owned())
            };
        };
        let ms = ms.trim().parse::<u64>().unwrap_or(0).min(SILENCE_MAX);
        match self.speech {
            Speech::Pcm if ms > 0 => {
                let samples = ms * u64::from(self.rate) / 1000;
                Sound::Pcm(Pcm { rate: self.rate, data: vec![0; samples as usize * 2] })
            }
            Speech::Encoded if ms > 0 => Sound::Encoded(format!("silence:{ms}"), Vec::new()),
            _ => Sound::Nothing,
        }
    }

    pub(super) fn push(&mut self, item: Item) {
        self.queue.push_back(item);
    }

    /// Forgets a reply, or all; what is being fetched for it is dropped when it comes. Whether there was anything.
    pub(super) fn cut(&mut self, reply: Option<&str>) -> bool {
        let before = self.queue.len();
        self.queue.retain(|item| reply.is_some_and(|reply| item.reply() != reply));
        before != self.queue.len()
    }

    /// Begins to fetch what can be fetched now. The key goes to the server itself and to nobody else.
    pub(super) fn fetch(&mut self, endpoint: &Endpoint, headers: &[(String, String)], cx: &mut Cx<'_>) {
        let fetching = |item: &&mut Item| matches!(item, Item::Clip(Clip { sound: Sound::Fetching(_), .. }));
        let mut free = PARALLEL.saturating_sub(self.queue.iter_mut().filter(fetching).count());
        for item in &mut self.queue {
            let Item::Clip(clip) = item else { continue };
            let Sound::Url(url) = &clip.sound else { continue };
            if free == 0 {
                return;
            }
            let Some((url, own)) = endpoint.speech(url) else {
                clip.sound = Sound::Failed(Error::invalid("the chunk's audioUrl is no http address"));
                continue;
            };
            free -= 1;
            self.last_call += 1;
            let mut all = vec![("accept".to_owned(), ACCEPT.to_owned())];
            all.extend(headers.iter().filter(|_| own).cloned());
            // The server gives most pieces away only once.
            let call =
                HttpCall { method: Method::Get, url, headers: all, body: Vec::new(), idempotent: false, timeout: None };
            match self.speech {
                Speech::Pcm => cx.http_sound(self.last_call, call),
                _ => cx.http(self.last_call, call),
            }
            clip.sound = Sound::Fetching(self.last_call);
        }
    }

    /// A piece has come, or can not be had.
    pub(super) fn fetched(&mut self, call: CallId, answer: &Result<HttpAnswer<'_>, &Failure>) {
        let wanted =
            |item: &&mut Item| matches!(item, Item::Clip(Clip { sound: Sound::Fetching(c), .. }) if *c == call);
        let Some(Item::Clip(clip)) = self.queue.iter_mut().find(wanted) else { return };
        clip.sound = match answer {
            Err(failure) => Sound::Failed(failure.error.clone()),
            Ok(answer) if answer.status != 200 => {
                let text = format!("the server answered HTTP {} for a piece of speech", answer.status);
                Sound::Failed(Error::new(status_of_http(answer.status), text))
            }
            Ok(answer) if answer.body.is_empty() => {
                Sound::Failed(Error::new(Status::Protocol, "the server sent an empty piece of speech"))
            }
            Ok(answer) => heard(answer),
        };
        clip.piece.voiced = !matches!(clip.sound, Sound::Failed(_));
        if let Sound::Pcm(pcm) = &clip.sound {
            self.rate = pcm.rate;
            clip.piece.seconds = pcm.seconds();
        } else if let (Sound::Encoded(..), Ok(answer)) = (&clip.sound, answer) {
            // Of what is not decoded here only the host knows how long it takes.
            clip.piece.seconds = read_wav(answer.body).map_or(0.0, |pcm| pcm.seconds());
        }
    }

    /// The next item that can be handed out.
    pub(super) fn next(&mut self) -> Option<Item> {
        if self.queue.front().is_some_and(Item::ready) { self.queue.pop_front() } else { None }
    }
}

fn heard(answer: &HttpAnswer<'_>) -> Sound {
    let rate = answer.header("content-type").strip_prefix(SOUND).and_then(|rate| rate.parse().ok());
    match rate {
        Some(rate) => Sound::Pcm(Pcm { rate, data: answer.body.to_vec() }),
        // The name comes from the bytes: addresses and headers have been seen to be wrong.
        None => Sound::Encoded(sniff(answer).to_owned(), answer.body.to_vec()),
    }
}

fn sniff<'a>(answer: &'a HttpAnswer<'_>) -> &'a str {
    match answer.body {
        [b'R', b'I', b'F', b'F', ..] => "audio/wav",
        [b'I', b'D', b'3', ..] | [0xff, 0xe0..=0xff, ..] => "audio/mpeg",
        [b'O', b'g', b'g', b'S', ..] => "audio/ogg",
        [b'f', b'L', b'a', b'C', ..] => "audio/flac",
        _ => answer.header("content-type"),
    }
}
