//! What is known of the server's state.

use serde::Serialize;

use super::frame::Character;

/// What the AI does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Ai {
    #[default]
    Idle,
    Thinking,
    Speaking,
}

impl Ai {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Ai::Idle => "idle",
            Ai::Thinking => "thinking",
            Ai::Speaking => "speaking",
        }
    }

    /// What a state of the chat's flow says about it; -1 is the number of a state that this library does not know.
    pub(super) fn of_flow(state: &str) -> Option<Ai> {
        match state {
            "WaitingForUserInput" => Some(Ai::Idle),
            "ProcessingUserMessage" | "ProcessingAssistantReply" | "SelectingSpeaker" => Some(Ai::Thinking),
            _ => None,
        }
    }
}

/// The state of the server and of the pinned chat.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Mirror {
    pub(super) connected: bool,
    pub(super) chat_active: bool,
    pub(super) session_id: Option<String>,
    pub(super) chat_id: Option<String>,
    pub(super) ai_state: Ai,
    /// The message that is being made or spoken.
    pub(super) reply_id: Option<String>,
    pub(super) current_speaker_id: Option<String>,
    pub(super) characters: Vec<Character>,
    pub(super) flags: Vec<String>,
    pub(super) microphone: bool,
    pub(super) server_version: String,
    pub(super) api_version: String,
}

impl Mirror {
    /// The name of a character, or empty.
    pub(super) fn name_of(&self, id: &str) -> &str {
        self.characters.iter().find(|one| one.id == id).map_or("", |one| one.name.as_str())
    }

    /// The chat is over; the server is still there.
    pub(super) fn chat_over(&mut self) {
        *self = Mirror {
            connected: self.connected,
            server_version: std::mem::take(&mut self.server_version),
            api_version: std::mem::take(&mut self.api_version),
            ..Mirror::default()
        };
    }

    pub(super) fn write(&self, queued: usize, out: &mut String) {
        #[derive(Serialize)]
        struct Whole<'a> {
            protocol: &'a str,
            #[serde(flatten)]
            mirror: &'a Mirror,
            queued: usize,
        }
        // Writing texts and numbers into memory has nothing that can fail.
        out.push_str(&serde_json::to_string(&Whole { protocol: "voxta", mirror: self, queued }).unwrap_or_default());
    }
}
