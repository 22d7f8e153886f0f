//! A Token Bowl Chat server in either of its generations, as measured against its servers 2.0.1 and 1.1.5: REST, a plain
//! WebSocket with its quirks, and a Centrifugo that it publishes into.

mod people;
mod plain;
mod rest;
mod routes;
mod scene;
mod store;
mod talk;

use std::time::Duration;

use super::centrifugo::Rules;
use super::server::{Sim, StageConfig};

pub use scene::TokenBowl;

/// A running Token Bowl simulator; its control methods are on [`Sim`].
pub type TokenBowlSim = Sim<TokenBowl>;

/// Which of its releases the server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generation {
    /// A plain WebSocket at `/ws` (1.1.5).
    A,
    /// Connection tokens and Centrifugo (2.0.1).
    B,
}

/// How the server starts.
#[derive(Clone)]
pub struct Config {
    /// Port, TLS, control paths and log.
    pub stage: StageConfig,
    /// What it speaks.
    pub generation: Generation,
    /// Users from the start: name, key, role.
    pub users: Vec<(String, String, String)>,
    /// The Centrifugo beside it. The published configuration recovers nothing.
    pub rules: Rules,
    /// How long a connection token lives, in seconds.
    pub token_life: i64,
    /// How many messages are kept in all.
    pub kept: usize,
    /// How often generation A pings, and after what silence of a client it forgets the connection without closing it.
    pub heartbeat: (Duration, Duration),
    /// Refuse more REST calls a second than this, as the proxy does; 0 refuses none.
    pub rate: u32,
    /// What happens in the demo: somebody answers in the room.
    pub demo: bool,
}

impl Default for Config {
    /// Generation B with two members, one viewer and an admin, whose keys are their names 16 times.
    fn default() -> Self {
        let user = |name: &str, role: &str| (name.to_owned(), key_of(name), role.to_owned());
        Self {
            stage: StageConfig::default(),
            generation: Generation::B,
            users: vec![user("alice", "member"), user("bob", "member"), user("vera", "viewer"), user("root", "admin")],
            rules: Rules {
                recovery: false,
                history: 100,
                anonymous: false,
                subscribe: false,
                publish: false,
                look: false,
                ..Rules::default()
            },
            token_life: 86_400,
            kept: 100,
            heartbeat: (Duration::from_secs(30), Duration::from_secs(90)),
            rate: 0,
            demo: false,
        }
    }
}

/// The key of a user of the default configuration: 64 hex digits made of the name.
pub fn key_of(name: &str) -> String {
    let hex: String = name.bytes().map(|byte| format!("{byte:02x}")).collect();
    hex.chars().cycle().take(64).collect()
}
