//! Conformance of the gateway protocol: what comes in, what the host is told, what goes out. Everything runs without a
//! network and with injected time. The facts were measured against voxta-gateway 0.1.0.

mod actions;
mod events;
mod garbage;
mod queue;
mod rules;
mod stage;
