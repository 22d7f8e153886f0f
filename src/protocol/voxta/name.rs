//! The messages of a Voxta server by their names, and which kind of event each becomes.

use crate::model::Kind;

macro_rules! names {
    ($($variant:ident = $name:literal, $kind:ident;)*) => {
        /// A message that this client knows something about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Name { $($variant,)* Other }

        impl Name {
            /// Every message that has a name here.
            #[cfg(test)]
            pub(super) const ALL: &'static [(&'static str, Name)] = &[$(($name, Name::$variant),)*];

            pub(super) fn of(name: &str) -> Name {
                match name { $($name => Name::$variant,)* _ => Name::Other }
            }

            /// The kind of event that it usually becomes.
            pub(super) const fn kind(self) -> Kind {
                match self { $(Name::$variant => Kind::$kind,)* Name::Other => Kind::Service }
            }
        }
    };
}

names! {
    Welcome = "welcome", Service;
    AuthenticationRequired = "authenticationRequired", Service;
    Error = "error", Service;
    ChatSessionError = "chatSessionError", Service;
    ModuleRuntimeInstances = "moduleRuntimeInstances", Service;
    Configuration = "configuration", Service;
    ChatsSessionsUpdated = "chatsSessionsUpdated", Service;
    // As one guide spells it.
    ChatSessionsUpdated = "chatSessionsUpdated", Service;
    CharactersListLoaded = "charactersListLoaded", Service;
    ScenariosListLoaded = "scenariosListLoaded", Service;
    ChatsListLoaded = "chatsListLoaded", Service;
    ChatStarting = "chatStarting", Service;
    ChatLoadingMessage = "chatLoadingMessage", Service;
    ChatLoading = "chatLoading", Service;
    ChatStarted = "chatStarted", ChatStarted;
    ChatConfiguration = "chatConfiguration", Service;
    ChatUpdated = "chatUpdated", Service;
    ChatPaused = "chatPaused", Service;
    ChatClosed = "chatClosed", ChatClosed;
    ChatFlow = "chatFlow", AiState;
    ChatParticipantsUpdated = "chatParticipantsUpdated", Characters;
    ReplyGenerating = "replyGenerating", ReplyStarted;
    ReplyThink = "replyThink", Reasoning;
    ReplyThinking = "replyThinking", Reasoning;
    ReplyStart = "replyStart", ReplyStarted;
    ReplyChunk = "replyChunk", TextDelta;
    ReplyEnd = "replyEnd", ReplyEnded;
    ReplyCancelled = "replyCancelled", ReplyEnded;
    Update = "update", Message;
    Updated = "updated", Message;
    Message = "message", Message;
    RecognitionStart = "speechRecognitionStart", VoiceActivity;
    RecognitionPartial = "speechRecognitionPartial", Transcript;
    RecognitionEnd = "speechRecognitionEnd", Transcript;
    PlaybackStart = "speechPlaybackStart", Service;
    PlaybackComplete = "speechPlaybackComplete", Service;
    InterruptSpeech = "interruptSpeech", AudioEnded;
    RecordingRequest = "recordingRequest", Microphone;
    RecordingStatus = "recordingStatus", Service;
    Action = "action", Trigger;
    AppTrigger = "appTrigger", Trigger;
    ContextUpdated = "contextUpdated", Service;
    MemoryUpdated = "memoryUpdated", Service;
    AnimationPlay = "animationPlay", Service;
    AudioFrame = "audioFrame", Service;
    VisionCaptureRequest = "visionCaptureRequest", Service;
    WakeWordStatus = "wakeWordStatus", Service;
    Suggestions = "suggestions", Service;
    UserInteractionRequest = "userInteractionRequest", Service;
    CloseUserInteractionRequest = "closeUserInteractionRequest", Service;
    DocumentUpdated = "documentUpdated", Service;
    DownloadProgress = "downloadProgress", Service;
    ListResourcesResult = "listResourcesResult", Service;
    DeployResourceResult = "deployResourceResult", Service;
    MissingResourcesError = "missingResourcesError", Service;
    Inspector = "inspector", Service;
    InspectorEnabled = "inspectorEnabled", Service;
    InspectorActionExecuted = "inspectorActionExecuted", Service;
    InspectorScriptExecuted = "inspectorScriptExecuted", Service;
    InspectorScenarioEventExecuted = "inspectorScenarioEventExecuted", Service;
}

impl Name {
    /// Whether the client itself needs what it says, whatever the host wants to hear.
    pub(super) const fn matters(self) -> bool {
        !matches!(self.kind(), Kind::Service)
            || matches!(
                self,
                Name::Welcome
                    | Name::AuthenticationRequired
                    | Name::Error
                    | Name::ChatSessionError
                    | Name::ChatsSessionsUpdated
                    | Name::ChatSessionsUpdated
                    | Name::PlaybackStart
                    | Name::PlaybackComplete
                    | Name::ContextUpdated
            )
    }

    /// Whether it belongs to a conversation, so that it is told as a part of it only if that is the pinned one.
    pub(super) const fn of_a_chat(self) -> bool {
        (!matches!(self.kind(), Kind::Service) && !matches!(self, Name::ChatStarted))
            || matches!(self, Name::PlaybackStart | Name::PlaybackComplete | Name::ContextUpdated)
    }
}

#[cfg(test)]
mod tests {
    use super::Name;
    use crate::model::Kind;

    #[test]
    fn every_name_is_found_and_what_the_host_is_told_of_a_chat_is_read() {
        for (at, (name, variant)) in Name::ALL.iter().enumerate() {
            assert_eq!(Name::of(name), *variant);
            assert!(Name::ALL[..at].iter().all(|(other, _)| other != name), "{name}");
            assert!(variant.kind() == Kind::Service || variant.matters(), "{name}");
        }
        assert_eq!((Name::of("new"), Name::of("new").kind()), (Name::Other, Kind::Service));
    }
}
