//! A Voxta Gateway without a Voxta: its server side as measured against voxta-gateway 0.1.0, quirks included.
//!
//! Behind it a small world takes the place of Voxta: a chat that can be started and closed, an AI that answers
//! `/dialogue` in sentences, and a link to Voxta that can be lost.

mod handle;
mod http;
mod registry;
mod scene;
mod subscribe;
mod validate;
mod world;

use std::time::Duration;

use serde_json::Value;

use super::flood::FloodPlan;
use super::server::{Sim, StageConfig};

pub use super::script::{Reply, demo};
pub use scene::Gateway;

/// A running gateway simulator; its control methods are on [`Sim`].
pub type GatewaySim = Sim<Gateway>;

/// Who tells the gateway that a reply is being heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Playback {
    /// The client, with `/tts_playback_start` and `/tts_playback_complete`: without them the AI stays `thinking`.
    Client,
    /// The simulator: after the last sentence the AI is `speaking` for this long, then `idle`.
    Auto(Duration),
}

/// How the gateway starts.
#[derive(Clone)]
pub struct Config {
    /// Port, TLS, control paths and log.
    pub stage: StageConfig,
    /// The gateway has its link to Voxta.
    pub voxta: bool,
    /// A chat is active from the start.
    pub chat: bool,
    /// The characters of the chat: `id`, `name` and what else the service sends.
    pub characters: Vec<Value>,
    /// What the AI answers, in turn; past the end it starts again. Empty: it repeats what it heard.
    pub replies: Vec<Reply>,
    /// The time between two things that happen in a reply.
    pub pace: Duration,
    /// Who acknowledges playback.
    pub playback: Playback,
    /// How long a socket may be silent before its first frame.
    pub subscribe_timeout: Duration,
    /// How often the gateway pings, and how long it waits for the pong.
    pub keepalive: Duration,
    /// How often `voxta_disconnected` comes again while the link is gone.
    pub voxta_retry: Duration,
    /// Pour these events into every client behind its snapshot.
    pub flood: Option<FloodPlan>,
}

impl Default for Config {
    /// The measured times, a chat with one character, and replies with next to no delay.
    fn default() -> Self {
        Self {
            stage: StageConfig::default(),
            voxta: true,
            chat: true,
            characters: vec![serde_json::json!({"id": "c0ffee00-0000-4000-8000-000000000001", "name": "Mira",
                "creator_notes": null, "text_gen_service": null})],
            replies: Vec::new(),
            pace: Duration::from_millis(2),
            playback: Playback::Client,
            subscribe_timeout: Duration::from_secs(10),
            keepalive: Duration::from_secs(20),
            voxta_retry: Duration::from_secs(5),
            flood: None,
        }
    }
}
