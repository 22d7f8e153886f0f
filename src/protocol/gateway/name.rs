//! The names of what the gateway sends, and what each means to us.

use crate::model::Kind;

/// What a message of the gateway is, by its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Name {
    ClientConnected,
    ClientDisconnected,
    VoxtaConnected,
    VoxtaDisconnected,
    ChatStarted,
    ChatClosed,
    CharactersUpdated,
    AiStateChanged,
    DialogueReceived,
    SentenceReady,
    AppTrigger,
    SpeakerStarted,
    SpeakerStopped,
    Snapshot,
    Pong,
    /// A type that this library does not know.
    Other,
}

impl Name {
    /// The name of a type.
    pub(super) fn of(type_: &str) -> Name {
        match type_ {
            "sentence_ready" => Name::SentenceReady,
            "dialogue_received" => Name::DialogueReceived,
            "ai_state_changed" => Name::AiStateChanged,
            "app_trigger" => Name::AppTrigger,
            "chat_started" => Name::ChatStarted,
            "chat_closed" => Name::ChatClosed,
            "characters_updated" => Name::CharactersUpdated,
            "external_speaker_started" => Name::SpeakerStarted,
            "external_speaker_stopped" => Name::SpeakerStopped,
            "voxta_connected" => Name::VoxtaConnected,
            "voxta_disconnected" => Name::VoxtaDisconnected,
            "client_connected" => Name::ClientConnected,
            "client_disconnected" => Name::ClientDisconnected,
            "snapshot" => Name::Snapshot,
            "pong" => Name::Pong,
            _ => Name::Other,
        }
    }

    /// The kind of event that it becomes.
    pub(super) const fn kind(self) -> Kind {
        match self {
            Name::ClientConnected | Name::ClientDisconnected => Kind::Presence,
            Name::ChatStarted => Kind::ChatStarted,
            Name::ChatClosed => Kind::ChatClosed,
            Name::CharactersUpdated => Kind::Characters,
            Name::AiStateChanged => Kind::AiState,
            Name::DialogueReceived => Kind::Message,
            Name::SentenceReady => Kind::Sentence,
            Name::AppTrigger => Kind::Trigger,
            Name::SpeakerStarted | Name::SpeakerStopped => Kind::Speaker,
            Name::VoxtaConnected | Name::VoxtaDisconnected | Name::Snapshot | Name::Pong | Name::Other => Kind::Service,
        }
    }

    /// Whether the mirror is written from it, so that it must be read whatever the host wants.
    pub(super) const fn mirrored(self) -> bool {
        matches!(
            self,
            Name::VoxtaConnected
                | Name::VoxtaDisconnected
                | Name::ChatStarted
                | Name::ChatClosed
                | Name::CharactersUpdated
                | Name::AiStateChanged
                | Name::SpeakerStarted
                | Name::SpeakerStopped
        )
    }

    /// Whether it answers this client alone and is not a matter of subscribing.
    pub(super) const fn is_answer(self) -> bool {
        matches!(self, Name::Snapshot | Name::Pong)
    }
}

/// The events that the mirror is written from, as they are subscribed to.
pub(super) const MIRRORED: [&str; 8] = [
    "voxta_connected",
    "voxta_disconnected",
    "chat_started",
    "chat_closed",
    "ai_state_changed",
    "characters_updated",
    "external_speaker_started",
    "external_speaker_stopped",
];

#[cfg(test)]
mod tests {
    use super::{MIRRORED, Name};

    #[test]
    fn the_list_of_mirrored_events_is_the_set_of_them() {
        for name in MIRRORED {
            assert!(Name::of(name).mirrored(), "{name}");
        }
        assert_eq!(Name::of("sentence"), Name::Other);
        assert!(!Name::of("sentence_ready").mirrored());
    }
}
