//! SignalR's JSON protocol, the client's half, without a network: records cut out of WebSocket messages, what a record
//! says, and what a negotiation answers. Checked against what an ASP.NET Core 9 server sends.

mod message;
mod negotiate;
mod records;

pub(crate) use message::{HANDSHAKE, Message, PING, handshake, invocation, read};
pub(crate) use negotiate::{Negotiated, negotiated, with_query};
pub(crate) use records::{Records, TooLong};
