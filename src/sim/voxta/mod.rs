//! A Voxta server: its SignalR hub, as its published clients and voxta-gateway 0.1.0 talk to it.
//!
//! There is one chat at a time. It is there from the start, or begins when a client or a test says so; a line that
//! is sent into it is answered in chunks. Nothing in here thinks or speaks, but the order of messages is right.

mod chat;
mod codec;
mod handle;
mod http;
mod hub;
mod messages;

use std::time::Duration;

use serde_json::{Value, json};

use super::server::{Sim, StageConfig};

pub use super::script::{Reply, demo};
pub use hub::Hub;

/// A running Voxta simulator; its control methods are on [`Sim`].
pub type VoxtaSim = Sim<Hub>;

/// The speech of a chunk.
#[derive(Clone)]
pub struct Clip {
    /// Its content type.
    pub content_type: String,
    /// The file.
    pub file: Vec<u8>,
    /// How long the server thinks before it gives it away.
    pub delay: Duration,
}

impl Clip {
    /// 16-bit mono samples as a WAV file, given away at once.
    #[must_use]
    pub fn wav(samples: &[u8], rate: u32) -> Self {
        Self { content_type: "audio/x-wav".to_owned(), file: http::wav(samples, rate), delay: Duration::ZERO }
    }
}

/// How the server starts.
#[derive(Clone)]
pub struct Config {
    /// Port, TLS, control paths and log.
    pub stage: StageConfig,
    /// A chat is there from the start.
    pub chat: bool,
    /// The characters: `id` and `name`.
    pub characters: Vec<Value>,
    /// What the AI answers, in turn; past the end it starts again. Empty: it repeats what it heard.
    pub replies: Vec<Reply>,
    /// The time between two messages of a reply.
    pub pace: Duration,
    /// Reply chunks carry an `audioUrl` that can be fetched once.
    pub speech: bool,
    /// What the speech of one chunk after the other is, from the first again when all were given; empty is a tone.
    pub clips: Vec<Clip>,
    /// What is understood of the microphone, one line at each silence behind some sound.
    pub understood: Vec<String>,
    /// How often a client that pairs hears that nobody has entered the code yet.
    pub pairing_polls: u32,
    /// The key that clients must bring; without it they get `authenticationRequired`.
    pub api_key: Option<String>,
    /// How often the hub pings.
    pub ping: Duration,
    /// Give up a client that sent nothing for this long.
    pub client_timeout: Option<Duration>,
    /// The longest message from a client; a longer one ends the connection with a SignalR close.
    pub max_message: Option<usize>,
    /// The `apiVersion` that `welcome` names.
    pub api_version: String,
    /// Send the handshake's answer and what follows in one WebSocket message.
    pub join_first_records: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            stage: StageConfig::default(),
            chat: true,
            characters: vec![json!({"id": "c0ffee00-0000-4000-8000-000000000001", "name": "Mira"})],
            replies: Vec::new(),
            pace: Duration::from_millis(2),
            speech: false,
            clips: Vec::new(),
            understood: Vec::new(),
            pairing_polls: 0,
            api_key: None,
            ping: Duration::from_secs(15),
            client_timeout: None,
            max_message: None,
            api_version: "2025-11".to_owned(),
            join_first_records: false,
        }
    }
}
