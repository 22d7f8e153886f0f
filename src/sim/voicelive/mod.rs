//! Azure Voice Live and OpenAI Realtime without a model: the server's side of the session, the conversation and the
//! audio, as recordings of the services and their official clients (azure-ai-voicelive 1.3.1, openai 3.52.0) have it.
//!
//! Which of the two it is says the path that a client asks for. Nothing in here thinks: replies come from a script, or
//! repeat what was heard, which is read from the comment of a WAV file; speech is a tone whose bytes are known, so that tests can count them.
//!
//! A model whose name begins with `sc-` asks for trouble: `sc-silent` (no session.created), `sc-error` (an error in
//! front of the session), `sc-refuse` (an error and close 1008), `sc-close1011` (or any code, behind the session),
//! `sc-expire` (close 1001 a little later).

mod audio;
mod conn;
mod ear;
mod handle;
mod mcp;
mod reply;
mod scene;
mod session;

use std::time::Duration;

use serde_json::Value;

use super::server::{Sim, StageConfig};

pub use audio::tone;
pub use scene::VoiceLive;

/// A running simulator; its control methods are on [`Sim`].
pub type VoiceLiveSim = Sim<VoiceLive>;

/// What the service answers to one request for a response.
#[derive(Clone, Debug, PartialEq)]
pub enum Turn {
    /// It says this.
    Say(String),
    /// It calls a tool with these arguments.
    Tool(String, Value),
    /// It asks whether it may call this tool of an MCP server.
    Approve(String, Value),
    /// It says this, and the link is cut after so many words.
    Cut(String, usize),
    /// It has the tool of an MCP server called that this item asked for, and was allowed.
    Call(Value),
}

/// How the simulator starts.
#[derive(Clone)]
pub struct Config {
    /// Port, TLS, control paths and log.
    pub stage: StageConfig,
    /// The key or token that clients must bring; without it they get 401.
    pub credential: Option<String>,
    /// What is answered, in turn; past the end it repeats what it heard.
    pub turns: Vec<Turn>,
    /// The time between two words of a reply.
    pub pace: Duration,
    /// How long a spoken word is, in milliseconds of audio.
    pub word_ms: u32,
    /// The format that Voice Live's sessions speak in until they are told otherwise; `pcm16` where it is not given.
    pub output_format: Option<String>,
    /// Past the end of the turns a question makes it call the session's tool, if there is one.
    pub calls_tools: bool,
    /// How long a session may live; it is told as `expires_at`, and the end is close 1001.
    pub lifetime: Option<Duration>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            stage: StageConfig::default(),
            credential: None,
            turns: Vec::new(),
            pace: Duration::from_millis(1),
            word_ms: 100,
            output_format: None,
            calls_tools: false,
            lifetime: None,
        }
    }
}

/// The conversation of the demo: a greeting, a tool call, a link that breaks in the middle of a reply, and the rest.
pub fn demo() -> Vec<Turn> {
    vec![
        Turn::Say("Good evening! This is the lighthouse. What can I do for you?".to_owned()),
        Turn::Tool("set_light".to_owned(), serde_json::json!({"color": "green", "blink": true})),
        Turn::Say("Done. The light is green now, and it blinks.".to_owned()),
        Turn::Cut("Long ago a ship came in from the north. Its captain said that the storm".to_owned(), 9),
        Turn::Say("Sorry, I was gone for a moment. Shall I begin again?".to_owned()),
        Turn::Say("Safe travels!".to_owned()),
    ]
}
