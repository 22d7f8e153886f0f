//! What a host can ask for: the verbs, the same for every service.

/// The number that `parlor_*` actions hand back, unique in one client, never 0.
pub type RequestId = u64;
/// The caller's own mark, which comes back in every event of the request.
pub type Tag = u64;

/// Something said into the conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Say {
    /// What is said.
    pub text: String,
    /// The service's own parameters as a JSON object, or empty.
    pub json: String,
}

/// Whether a piece of speech has begun or has ended on the host's loudspeaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum PlaybackPhase {
    Started,
    Completed,
}

/// A report of the host about its loudspeaker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Playback {
    /// Begun or ended.
    pub phase: PlaybackPhase,
    /// The `id` of the event that is being played.
    pub id: String,
    /// The `sender` of the event that is being played.
    pub sender: String,
    /// The service's own parameters as a JSON object, or empty.
    pub json: String,
}

/// One request of a host. `json` is an object in UTF-8 or empty; the protocol validates it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the header documents each verb and its fields for the host programmer")]
pub enum Action {
    Say(Say),
    Interrupt { json: String },
    SetContext { key: String, text: String, json: String },
    SetTools { json: String },
    ToolResult { id: String, result: String, failed: bool },
    Playback(Playback),
    Subscribe { json: String },
    SetCredential { value: super::Secret },
    Call { name: String, json: String },
}

impl Action {
    /// The verb's name, for logs and error texts.
    #[must_use]
    pub const fn verb(&self) -> &'static str {
        match self {
            Action::Say(_) => "say",
            Action::Interrupt { .. } => "interrupt",
            Action::SetContext { .. } => "set_context",
            Action::SetTools { .. } => "set_tools",
            Action::ToolResult { .. } => "tool_result",
            Action::Playback(_) => "playback",
            Action::Subscribe { .. } => "subscribe",
            Action::SetCredential { .. } => "set_credential",
            Action::Call { .. } => "call",
        }
    }
}
