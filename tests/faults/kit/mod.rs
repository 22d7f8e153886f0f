//! What the tests of bad days share: a host that writes down what it is told, and other sides that misbehave.

#![allow(dead_code, reason = "each test program uses a part of it")]

pub(crate) mod host;
pub(crate) mod programs;
pub(crate) mod server;
pub(crate) mod tls;
