//! A chat that is entered with a ticket and calls tools of the client: its server side as its own client 1.0.59 and its
//! first public description talk to it.
//!
//! Nothing in here thinks: what a run does is written beforehand, step by step. A run waits for the answers to its tool
//! calls, also while the client is away, and asks again for what is still open when it comes back.

mod handle;
mod http;
mod run;
mod scene;
mod tickets;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::fault::Refusal;
use super::server::{Sim, StageConfig};

pub use scene::Service;

/// A running simulator; its control methods are on [`Sim`].
pub type ToolchatSim = Sim<Service>;

/// Which generation of the service it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generation {
    /// As it is now.
    Current,
    /// As its first public description has it.
    Documented,
}

/// One thing that happens in a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// The model says this, word by word.
    Text(String),
    /// The model thinks this, under this id, word by word.
    Think(String, String),
    /// The model calls these tools at once, each a name and its parameters, and waits for all answers.
    Tools(Vec<(String, Value)>),
    /// The model has this component shown, with these props: first while they are still coming, then as a whole.
    Show(String, Value),
    /// A message just as it is.
    Raw(Value),
    /// Every connection is cut, without a close frame where the code is 1006.
    Cut(u16),
    /// Nothing happens until a client is there and its tools are configured.
    Await,
    /// The run fails.
    Fail(String),
}

/// What the model does about one message of the client.
pub type Run = Vec<Step>;

/// What the service does wrong on purpose, besides the faults that every simulator has. Over HTTP it is the JSON body of
/// `POST /sim/quirks`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quirks {
    /// Answer requests for a ticket with this instead.
    pub ticket: Option<Refusal>,
    /// Answer checks of a ticket with this instead.
    pub validate: Option<Refusal>,
    /// Take the ticket, and say in a message with this code that it is no good.
    pub auth_error: Option<String>,
    /// Take the ticket, and close at once with this code.
    pub close_at_once: Option<u16>,
    /// Refuse every ticket at the upgrade with this status, however fresh it is.
    pub refuse_tickets: Option<u16>,
    /// Never say that the session is established.
    pub mute_session: bool,
    /// Never confirm the tools.
    pub mute_tools: bool,
}

/// How the service starts.
#[derive(Clone)]
pub struct Config {
    /// Port, TLS, control paths and log.
    pub stage: StageConfig,
    /// Which generation it is.
    pub generation: Generation,
    /// How long a ticket is good.
    pub ticket_life: Duration,
    /// Whether a ticket opens one socket only.
    pub single_use: bool,
    /// How many tickets may be asked for within the window before 429 is the answer; 0 is no limit.
    pub ticket_limit: u32,
    /// How long that window is.
    pub ticket_window: Duration,
    /// The user's token that it takes; empty takes any, but one must be there.
    pub token: String,
    /// The server's key that it takes; empty takes any and none.
    pub server_key: String,
    /// What the model does, in turn; past the end it starts again. Empty: it repeats what it heard.
    pub runs: Vec<Run>,
    /// The time between two messages of a run.
    pub pace: Duration,
    /// What it does wrong.
    pub quirks: Quirks,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            stage: StageConfig::default(),
            generation: Generation::Current,
            ticket_life: Duration::from_secs(3600),
            single_use: true,
            ticket_limit: 0,
            ticket_window: Duration::from_secs(60),
            token: String::new(),
            server_key: String::new(),
            runs: Vec::new(),
            pace: Duration::from_millis(2),
            quirks: Quirks::default(),
        }
    }
}

/// The conversation of the demo: a thought, two tools of which one fails, a cut, and a run that goes on.
pub fn demo() -> Vec<Run> {
    let text = |text: &str| Step::Text(text.to_owned());
    let think = |id: &str, text: &str| Step::Think(id.to_owned(), text.to_owned());
    vec![
        vec![
            think("r1", "They want to know what they can do here. I will be brief."),
            text("Hello! I can tell you the time, and I can open the garage. What shall it be?"),
        ],
        vec![
            think("r2", "Two things at once: the clock and the door."),
            Step::Tools(vec![("get_time".into(), json!({"zone": "UTC"})), ("open_garage".into(), json!({"door": 2}))]),
            text("It is late, and the second door does not open. Shall I try the first one?"),
        ],
        vec![
            text("One moment, I look"),
            Step::Tools(vec![("get_time".into(), json!({"zone": "UTC"}))]),
            Step::Cut(1006),
            Step::Await,
            text("Here I am again. Nothing was forgotten. Good night!"),
        ],
    ]
}
