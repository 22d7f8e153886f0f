//! The protocol `toolchat` against its rules: what every message of the service becomes, what every action sends, and what
//! every way of losing a link leads to. No network, no clock.

mod actions;
mod links;
mod messages;
mod stage;
mod table;
mod tools;
