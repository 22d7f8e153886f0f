//! parlor: an embeddable client for realtime conversational services.
//!
//! A game, a script or a C program opens a *client*, says things, and receives what the other side says: text,
//! sentences, speech, tool calls and state, from whichever service it was pointed at. What they link with is the C
//! interface of `include/parlor.h`; the Rust below it is not an interface, and changes as it likes.
//!
//! # The rooms
//!
//! * `ffi` is the front door: every exported function, all work with pointers, nothing else.
//! * [`core`] is the household: the client, its queue, its requests, its session. No tokio, no clock, no C.
//! * [`protocol`] holds the services, each a pure state machine that turns inputs into events and effects.
//! * `audio` is sound as plain data, for the services that speak: decoding, resampling, the buffer of an audio thread.
//! * [`model`] is the vocabulary that all of them speak.
//! * [`transport`] has the sockets, HTTP and TLS; its driver carries out what a session wants done. [`runtime`] is the
//!   one thread that all drivers run on.
//! * `sim` (a cargo feature, never shipped) speaks the services' side, for tests and for the demo.
//!
//! Arrows between rooms go one way: `ffi → core → protocol → model`, and `transport → core, protocol, model`.
//!
//! # How an event travels
//!
//! A socket brings a message; the driver hands it to [`core::Session`], which hands it to its protocol, borrowed from
//! the read buffer. The protocol decodes it once and emits an event, whose texts are copied into the session's staging,
//! one arena for many events. When nothing more can be read, or the staging is full, the driver commits it to the
//! [`core::Queue`], which swaps the two arenas if the host has kept up, and wakes the host once. The host takes the
//! batch, polls, or is called on the thread `parlor-events`; the border lays the events out as one flat array of C
//! structs that point into the arena. The bytes of a message are copied once on all this way.
//!
//! # How an action travels
//!
//! An exported function checks its arguments and has the protocol's plain checker look at the rest, so that a mistake is
//! told by the very call that makes it. The request is registered in [`core::Requests`] before anybody can answer it,
//! and goes through the mailbox of the driver to [`protocol::Protocol::act`]. The protocol answers with effects: a
//! frame, an HTTP call, a timer. Whoever takes the request out of the table ends it, with the one REQUEST_DONE that it
//! ever gets: an answer, a cancellation, a deadline, a lost link, or the end of the client.
//!
//! Each arrow is crossed once, and nothing calls back up.
#![cfg_attr(not(feature = "all-services"), allow(dead_code, reason = "services that were left out would have used it"))]

#[cfg(feature = "audio")]
pub mod audio;
pub mod core;
#[allow(dead_code, reason = "the constants are for the header")]
mod ffi;
pub mod model;
pub mod protocol;
pub mod runtime;
#[cfg(feature = "sim")]
pub mod sim;
pub mod transport;
