//! One channel: its stream of publications, and what a client that comes back gets of it.

use std::collections::VecDeque;

use serde_json::Value;

/// One publication as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) offset: u64,
    /// The payload, byte for byte.
    pub(crate) data: String,
    /// The publisher as `info`, or empty.
    pub(crate) info: String,
}

impl Kept {
    /// As it goes out, with this payload.
    pub(crate) fn write(&self, data: &str, delta: bool) -> String {
        let mut out = format!("{{\"data\":{data}");
        if self.offset != 0 {
            out.push_str(&format!(",\"offset\":{}", self.offset));
        }
        if !self.info.is_empty() {
            out.push_str(&format!(",\"info\":{}", self.info));
        }
        if delta {
            out.push_str(",\"delta\":true");
        }
        out.push('}');
        out
    }
}

/// A stream.
#[derive(Debug)]
pub(crate) struct Channel {
    pub(crate) epoch: String,
    pub(crate) offset: u64,
    pub(crate) log: VecDeque<Kept>,
}

/// What a recovery brings.
pub(crate) enum Recovery {
    Missed(Vec<Kept>),
    Impossible,
}

impl Channel {
    pub(crate) fn new() -> Channel {
        Channel { epoch: new_epoch(), offset: 0, log: VecDeque::new() }
    }

    /// Appends to the stream, where there is one.
    pub(crate) fn append(&mut self, data: &str, info: &str, size: usize) -> Kept {
        if size > 0 {
            self.offset += 1;
        }
        let kept = Kept { offset: self.offset, data: data.to_owned(), info: info.to_owned() };
        if size > 0 {
            self.log.push_back(kept.clone());
            while self.log.len() > size {
                self.log.pop_front();
            }
        }
        kept
    }

    /// Everything behind a position, if all of it is still there.
    pub(crate) fn recover(&self, offset: u64, epoch: &str) -> Recovery {
        let first = self.log.front().map_or(self.offset + 1, |kept| kept.offset);
        let known = epoch.is_empty() || epoch == self.epoch;
        if !known || offset > self.offset || offset + 1 < first {
            return Recovery::Impossible;
        }
        Recovery::Missed(self.log.iter().filter(|kept| kept.offset > offset).cloned().collect())
    }

    /// What a server does that has lost its memory.
    pub(crate) fn forget(&mut self) {
        *self = Channel::new();
    }

    /// A page of the history.
    pub(crate) fn history(&self, limit: i64, since: Option<u64>, reverse: bool) -> Vec<Kept> {
        let mut found: Vec<Kept> = match since {
            None => self.log.iter().cloned().collect(),
            Some(offset) if reverse => self.log.iter().filter(|kept| kept.offset < offset).cloned().collect(),
            Some(offset) => self.log.iter().filter(|kept| kept.offset > offset).cloned().collect(),
        };
        if reverse {
            found.reverse();
        }
        let most = if limit < 0 { 300 } else { usize::try_from(limit).unwrap_or(0).min(300) };
        found.truncate(most);
        found
    }
}

fn new_epoch() -> String {
    (0..4).map(|_| fastrand::alphabetic()).collect()
}

/// A payload as channels with deltas carry it: a JSON string of the payload, or of how it differs from the last one.
pub(crate) fn delta_data(last: Option<&str>, data: &str) -> (String, bool) {
    if let Some(last) = last {
        let delta = make_delta(last.as_bytes(), data.as_bytes());
        if let Ok(text) = String::from_utf8(delta)
            && text.len() < data.len()
        {
            return (Value::from(text).to_string(), true);
        }
    }
    (Value::from(data).to_string(), false)
}

/// A fossil delta of three commands: the common beginning, what is new, the common end.
fn make_delta(base: &[u8], new: &[u8]) -> Vec<u8> {
    let head = base.iter().zip(new).take_while(|(a, b)| a == b).count();
    let most = base.len().min(new.len()) - head;
    let tail = base.iter().rev().zip(new.iter().rev()).take(most).take_while(|(a, b)| a == b).count();
    let mut out = format!("{}\n", number(new.len()));
    if head > 0 {
        out.push_str(&format!("{}@0,", number(head)));
    }
    let mut out = out.into_bytes();
    let middle = &new[head..new.len() - tail];
    if !middle.is_empty() {
        out.extend_from_slice(format!("{}:", number(middle.len())).as_bytes());
        out.extend_from_slice(middle);
    }
    if tail > 0 {
        out.extend_from_slice(format!("{}@{},", number(tail), number(base.len() - tail)).as_bytes());
    }
    let sum = new.chunks(4).fold(0u32, |sum, chunk| {
        let mut word = [0; 4];
        word[..chunk.len()].copy_from_slice(chunk);
        sum.wrapping_add(u32::from_be_bytes(word))
    });
    out.extend_from_slice(format!("{};", number(sum as usize)).as_bytes());
    out
}

fn number(mut value: usize) -> String {
    const DIGITS: &[u8; 64] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~";
    let mut out = String::new();
    loop {
        out.insert(0, char::from(DIGITS[value & 63]));
        value >>= 6;
        if value == 0 {
            return out;
        }
    }
}
