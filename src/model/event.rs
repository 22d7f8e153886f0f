//! An event on its way in: borrowed from the wire, copied once into the arena of the queue.

use super::{Kind, Status};

/// Bits of `parlor_event.flags`.
pub mod flag {
    /// The last of its kind in a row: a final transcript, the last delta of a reply.
    pub const FINAL: u32 = 1;
    /// The library concluded this itself; the service sent no message of its own for it.
    pub const SYNTHETIC: u32 = 2;
    /// It was learned from a snapshot, so it may have been so for a while.
    pub const SNAPSHOT: u32 = 4;
    /// Several events in a row were joined into this one, because the queue was full.
    pub const COALESCED: u32 = 8;
}

/// One event. The fields that a kind does not use stay empty; `json` is what the service sent, byte for byte.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// What it is about.
    pub kind: Kind,
    /// How it went, for the kinds that report something.
    pub status: Status,
    /// Bits of [`flag`].
    pub flags: u32,
    /// The request that it belongs to, or 0.
    pub request: u64,
    /// The caller's own mark of that request, or 0.
    pub tag: u64,
    /// The kind's own number: a state, an HTTP status, a count, milliseconds.
    pub value: i64,
    /// The service's own time of it in unix seconds, or 0.
    pub time: f64,
    /// The service's own name for the message.
    pub type_: &'a str,
    /// The kind's main text.
    pub text: &'a str,
    /// The id of the thing: a message, a call, a chat.
    pub id: &'a str,
    /// The name of the thing: a tool, a trigger, an author, a state.
    pub name: &'a str,
    /// The id of who it comes from: a character, a user, a client.
    pub sender: &'a str,
    /// The part the sender plays: `user`, `assistant`, `system`, or the service's own word.
    pub role: &'a str,
    /// Bytes that are not text: PCM, mostly.
    pub data: &'a [u8],
    /// The service's own message, byte for byte.
    pub json: &'a str,
    /// The part of `json` that holds the fields of this kind; a slice of `json`, or empty when that is all of it.
    pub body: &'a str,
}

impl<'a> Event<'a> {
    /// An event of this kind with every other field empty.
    #[must_use]
    pub const fn new(kind: Kind) -> Event<'a> {
        Event {
            kind,
            status: Status::Ok,
            flags: 0,
            request: 0,
            tag: 0,
            value: 0,
            time: 0.0,
            type_: "",
            text: "",
            id: "",
            name: "",
            sender: "",
            role: "",
            data: &[],
            json: "",
            body: "",
        }
    }
}

/// How much of a reply was heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Milliseconds of it.
    pub ms: u64,
    /// That was all of it: it has ended, and nothing of it is left.
    pub whole: bool,
}

/// Where events go. The core implements it with the arena that the queue takes over.
pub trait EventSink {
    /// Copies the event; what it borrows may go afterwards.
    fn push(&mut self, event: &Event<'_>);

    /// Copies an event that is nothing but its kind, its type and the service's own message: what a host that decodes
    /// for itself asks for. The same as [`EventSink::push`] with such an event, and quicker.
    fn push_undecoded(&mut self, kind: Kind, type_: &str, json: &str) {
        self.push(&Event { type_, json, ..Event::new(kind) });
    }

    /// Whether the host wants this kind at all. What nobody wants need not be decoded.
    fn wants(&self, kind: Kind) -> bool;

    /// Whether the host wants only kind, type and JSON (option `events.lazy`), so that no field need be decoded.
    fn lazy(&self) -> bool;

    /// How much of the reply `id` an audio thread of the host has taken. Nothing where none listens, or the reply is not
    /// known.
    fn heard(&self, _id: &str) -> Option<Heard> {
        None
    }

    /// Whether an audio thread of the host listens.
    fn listened(&self) -> bool {
        false
    }

    /// Nothing of what was emitted so far is to be heard any more.
    fn silence(&mut self) {}
}
