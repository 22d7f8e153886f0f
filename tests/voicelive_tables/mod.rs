//! The tables that the tests of Voice Live are made from: they are played to the state machine alone, end to end against
//! the simulator, and to the official clients.
#![allow(dead_code, reason = "each test uses its own part of the tables")]

mod client;
mod events;
mod session;

pub(crate) use client::CLIENT;
pub(crate) use events::{EVENTS, message};
pub(crate) use session::{openai_table, session_table};

pub(crate) const UPDATED: &str =
    r#"{"type":"session.updated","event_id":"e","session":{"id":"sess_1","turn_detection":{"type":"server_vad"}}}"#;
