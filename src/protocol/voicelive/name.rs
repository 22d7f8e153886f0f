//! The messages of the service by name: the 56 of api-version 2026-07-15, those that are documented or were seen beside
//! them, and OpenAI Realtime's own spellings.

/// What a message is about. What needs nothing done is `Other`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    Error,
    Warning,
    SessionCreated,
    SessionUpdated,
    AvatarConnecting,
    ItemCreated,
    ItemRetrieved,
    ItemTruncated,
    ItemDeleted,
    Heard,
    HeardDelta,
    HeardFailed,
    Committed,
    Cleared,
    SpeechStarted,
    SpeechStopped,
    OutputCleared,
    ResponseCreated,
    ResponseDone,
    ItemAdded,
    ItemDone,
    TextDelta,
    TextDone,
    SpokenDelta,
    SpokenDone,
    AudioDelta,
    AudioDone,
    Timestamp,
    Viseme,
    Blendshapes,
    CallDone,
    RateLimits,
    Other,
}

use Name::Other;

/// Every message that is known.
pub(super) const NAMES: &[(&str, Name)] = &[
    ("error", Name::Error),
    ("warning", Name::Warning),
    ("session.created", Name::SessionCreated),
    ("session.updated", Name::SessionUpdated),
    ("session.avatar.connecting", Name::AvatarConnecting),
    ("session.avatar.switch_to_speaking", Other),
    ("session.avatar.switch_to_idle", Other),
    ("conversation.item.created", Name::ItemCreated),
    ("conversation.item.retrieved", Name::ItemRetrieved),
    ("conversation.item.truncated", Name::ItemTruncated),
    ("conversation.item.deleted", Name::ItemDeleted),
    ("conversation.item.input_audio_transcription.completed", Name::Heard),
    ("conversation.item.input_audio_transcription.delta", Name::HeardDelta),
    ("conversation.item.input_audio_transcription.failed", Name::HeardFailed),
    ("input_audio_buffer.committed", Name::Committed),
    ("input_audio_buffer.cleared", Name::Cleared),
    ("input_audio_buffer.speech_started", Name::SpeechStarted),
    ("input_audio_buffer.speech_stopped", Name::SpeechStopped),
    ("output_audio_buffer.cleared", Name::OutputCleared),
    ("response.created", Name::ResponseCreated),
    ("response.done", Name::ResponseDone),
    ("response.output_item.added", Name::ItemAdded),
    ("response.output_item.done", Name::ItemDone),
    ("response.content_part.added", Other),
    ("response.content_part.done", Other),
    ("response.text.delta", Name::TextDelta),
    ("response.text.done", Name::TextDone),
    ("response.audio_transcript.delta", Name::SpokenDelta),
    ("response.audio_transcript.done", Name::SpokenDone),
    ("response.audio_transcript.annotation.added", Other),
    ("response.audio.delta", Name::AudioDelta),
    ("response.audio.done", Name::AudioDone),
    ("response.audio_timestamp.delta", Name::Timestamp),
    ("response.audio_timestamp.done", Other),
    ("response.animation_viseme.delta", Name::Viseme),
    ("response.animation_viseme.done", Other),
    ("response.animation_blendshapes.delta", Name::Blendshapes),
    ("response.animation_blendshapes.done", Other),
    ("response.video.delta", Other),
    ("response.function_call_arguments.delta", Other),
    ("response.function_call_arguments.done", Name::CallDone),
    ("response.invocation.delta", Other),
    ("response.mcp_call_arguments.delta", Other),
    ("response.mcp_call_arguments.done", Other),
    ("response.mcp_call.in_progress", Other),
    ("response.mcp_call.completed", Other),
    ("response.mcp_call.failed", Other),
    ("mcp_list_tools.in_progress", Other),
    ("mcp_list_tools.completed", Other),
    ("mcp_list_tools.failed", Other),
    ("response.web_search_call.searching", Other),
    ("response.web_search_call.in_progress", Other),
    ("response.web_search_call.completed", Other),
    ("response.file_search_call.searching", Other),
    ("response.file_search_call.in_progress", Other),
    ("response.file_search_call.completed", Other),
    // Documented or seen, but in no official client's list.
    ("rate_limits.updated", Name::RateLimits),
    ("response.foundry_agent_call_arguments.delta", Other),
    ("response.foundry_agent_call_arguments.done", Other),
    ("response.foundry_agent_call.in_progress", Other),
    ("response.foundry_agent_call.completed", Other),
    ("response.foundry_agent_call.failed", Other),
    ("conversation.item.done", Other),
    ("rtc.call.sdp.created", Other),
    ("rtc.call.error", Other),
    ("output_audio_buffer.started", Other),
    ("output_audio_buffer.stopped", Other),
    // OpenAI Realtime.
    ("response.output_text.delta", Name::TextDelta),
    ("response.output_text.done", Name::TextDone),
    ("response.output_audio_transcript.delta", Name::SpokenDelta),
    ("response.output_audio_transcript.done", Name::SpokenDone),
    ("response.output_audio.delta", Name::AudioDelta),
    ("response.output_audio.done", Name::AudioDone),
    ("conversation.item.added", Name::ItemCreated),
    ("conversation.created", Other),
    ("conversation.item.input_audio_transcription.segment", Other),
    ("input_audio_buffer.timeout_triggered", Other),
    ("input_audio_buffer.dtmf_event_received", Other),
];

impl Name {
    /// The name of a message of this type.
    pub(super) fn of(type_: &str) -> Name {
        // The two that come by the hundred stand in front.
        match type_ {
            "response.audio.delta" | "response.output_audio.delta" => Name::AudioDelta,
            "response.audio_transcript.delta" | "response.output_audio_transcript.delta" => Name::SpokenDelta,
            _ => NAMES.iter().find(|(known, _)| *known == type_).map_or(Other, |(_, name)| *name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::NAMES;

    #[test]
    fn the_catalog_is_whole_and_has_nothing_twice() {
        assert_eq!(NAMES.iter().position(|(name, _)| *name == "rate_limits.updated"), Some(56));
        for (at, (name, _)) in NAMES.iter().enumerate() {
            assert!(NAMES[..at].iter().all(|(other, _)| other != name), "{name}");
        }
    }
}
