//! The session of Voice Live (api-version 2026-07-15) and of OpenAI Realtime, and the items of a conversation, as tables.

use serde_json::{Map, Value};

use super::schema::{Field, Takes, check_fields, may, must, reset};

const ANY_NUMBER: Takes = Takes::Number(f64::MIN, f64::MAX);
const MS: Takes = Takes::Whole(0, i64::MAX);
const COUNT: Takes = Takes::Whole(0, i64::MAX);
const TEXTS: Takes = Takes::List(&Takes::Text);
/// The largest piece of audio that the service takes in one message.
const AUDIO_MAX: usize = 15 * 1024 * 1024;
pub(super) const AUDIO: Takes = Takes::Base64(AUDIO_MAX);

/// What most voices of Azure have. Rate, pitch and volume are texts on the wire.
macro_rules! voice {
    ($($own:expr),*) => {
        &[
            $($own,)*
            may("temperature", Takes::Number(0.0, 1.0)),
            may("custom_lexicon_url", Takes::Text),
            may("custom_text_normalization_url", Takes::Text),
            may("prefer_locales", TEXTS),
            may("locale", Takes::Text),
            may("style", Takes::Text),
            may("pitch", Takes::Text),
            may("rate", Takes::Text),
            may("volume", Takes::Text),
        ]
    };
}

pub(super) const VOICE: Takes = Takes::OneOf(&[
    Takes::Text,
    Takes::Tagged(&[
        ("openai", &[must("name", Takes::Text)]),
        ("azure-standard", voice!(must("name", Takes::Text))),
        ("azure-custom", voice!(must("name", Takes::Text), must("endpoint_id", Takes::Text))),
        ("azure-personal", voice!(must("name", Takes::Text), may("model", Takes::Text))),
        ("avatar-voice-sync", voice!(may("model", Takes::Text))),
        ("azure-realtime-native", &[must("name", Takes::Text)]),
    ]),
]);

const END_OF_UTTERANCE: Takes = Takes::Object(&[
    may("model", Takes::Text),
    may("threshold_level", Takes::Words(&["low", "medium", "high", "default"])),
    may("timeout_ms", MS),
]);

/// What every way to find the end of a turn by listening has.
macro_rules! vad {
    ($($own:expr),*) => {
        &[
            $($own,)*
            may("threshold", Takes::Number(0.0, 1.0)),
            may("prefix_padding_ms", MS),
            may("silence_duration_ms", MS),
            may("speech_duration_ms", MS),
            reset("end_of_utterance_detection", END_OF_UTTERANCE),
            may("auto_truncate", Takes::Flag),
            may("create_response", Takes::Flag),
            may("interrupt_response", Takes::Flag),
            may("appended_text_after_truncation", Takes::Text),
            may("speech_duration_assistant_speaking_ms", MS),
            reset("idle_timeout_ms", MS),
        ]
    };
}

const SEMANTIC: &[Field] = vad!(may("remove_filler_words", Takes::Flag), may("languages", TEXTS));

const TURN_DETECTION: Takes = Takes::Tagged(&[
    ("server_vad", vad!()),
    ("azure_semantic_vad", SEMANTIC),
    ("azure_semantic_vad_en", SEMANTIC),
    ("azure_semantic_vad_multilingual", SEMANTIC),
    (
        "semantic_vad",
        &[
            may("eagerness", Takes::Words(&["low", "medium", "high", "auto"])),
            may("create_response", Takes::Flag),
            may("interrupt_response", Takes::Flag),
        ],
    ),
]);

const NOISE_REDUCTION: Takes =
    Takes::Tagged(&[("azure_deep_noise_suppression", &[]), ("near_field", &[]), ("far_field", &[])]);

const ECHO_CANCELLATION: Takes = Takes::Tagged(&[(
    "server_echo_cancellation",
    &[may("reference_source", Takes::Words(&["server", "client"])), may("channels", Takes::Whole(1, 2))],
)]);

const TRANSCRIPTION: Takes = Takes::Object(&[
    may("model", Takes::Text),
    may("language", Takes::Text),
    may("custom_speech", Takes::Any),
    may("phrase_list", TEXTS),
    may("prompt", Takes::Text),
]);

const AVATAR: Takes = Takes::Object(&[
    may("type", Takes::Words(&["video-avatar", "photo-avatar"])),
    may("ice_servers", Takes::List(&Takes::Any)),
    must("character", Takes::Text),
    may("style", Takes::Text),
    may("model", Takes::Text),
    may("customized", Takes::Flag),
    reset(
        "video",
        Takes::Object(&[
            may("bitrate", COUNT),
            may("codec", Takes::Text),
            reset("crop", Takes::Object(&[])),
            reset("resolution", Takes::Object(&[])),
            reset("background", Takes::Object(&[])),
            may("gop_size", COUNT),
        ]),
    ),
    reset(
        "scene",
        Takes::Object(&[
            may("zoom", ANY_NUMBER),
            may("position_x", ANY_NUMBER),
            may("position_y", ANY_NUMBER),
            may("rotation_x", ANY_NUMBER),
            may("rotation_y", ANY_NUMBER),
            may("rotation_z", ANY_NUMBER),
            may("amplitude", ANY_NUMBER),
        ]),
    ),
    may("output_protocol", Takes::Words(&["webrtc", "websocket"])),
    may("output_audit_audio", Takes::Flag),
]);

pub(super) const TOOLS: Takes = Takes::List(&Takes::Tagged(&[
    ("function", &[must("name", Takes::Text), may("description", Takes::Text), may("parameters", Takes::Object(&[]))]),
    (
        "mcp",
        &[
            must("server_label", Takes::Text),
            may("server_url", Takes::Text),
            may("authorization", Takes::Text),
            may("headers", Takes::Object(&[])),
            may("allowed_tools", Takes::Any),
            may("require_approval", Takes::Any),
        ],
    ),
    ("foundry_agent", &[]),
]));

const TOOL_CHOICE: Takes = Takes::OneOf(&[
    Takes::Words(&["auto", "none", "required"]),
    Takes::Tagged(&[("function", &[must("name", Takes::Text)]), ("mcp", &[must("server_label", Takes::Text)])]),
]);

const MAX_TOKENS: Takes = Takes::OneOf(&[Takes::Whole(1, 4096), Takes::Words(&["inf"])]);
const EFFORT: Takes = Takes::Words(&["none", "minimal", "low", "medium", "high", "xhigh"]);

const INTERIM: Takes = Takes::Object(&[
    must(
        "type",
        Takes::Words(&[
            "static_interim_response",
            "llm_interim_response",
            "static-interim-response",
            "llm-interim-response",
        ]),
    ),
    may("texts", TEXTS),
    may("model", Takes::Text),
    may("instructions", Takes::Text),
    may("max_completion_tokens", COUNT),
    may("triggers", TEXTS),
    may("latency_threshold_ms", MS),
]);

const INPUT_FORMATS: Takes = Takes::Words(&["pcm16", "g711_ulaw", "g711_alaw"]);
const OUTPUT_FORMATS: Takes = Takes::Words(&[
    "pcm16",
    "pcm16_8000hz",
    "pcm16_16000hz",
    "pcm16_22050hz",
    "pcm16_24000hz",
    "pcm16_44100hz",
    "pcm16_48000hz",
    "pcm16-8000hz",
    "pcm16-16000hz",
    "g711_ulaw",
    "g711_alaw",
]);
const MODALITIES: Takes = Takes::List(&Takes::Words(&["text", "audio", "animation", "avatar"]));

/// Every member of a session of Voice Live.
pub(super) const SESSION: &[Field] = &[
    may("model", Takes::Text),
    may("modalities", MODALITIES),
    reset("voice", VOICE),
    reset("instructions", Takes::Text),
    may("input_audio_format", INPUT_FORMATS),
    may("input_audio_sampling_rate", Takes::Whole(8000, 48_000)),
    may("output_audio_format", OUTPUT_FORMATS),
    reset("turn_detection", TURN_DETECTION),
    reset("input_audio_noise_reduction", NOISE_REDUCTION),
    reset("input_audio_echo_cancellation", ECHO_CANCELLATION),
    reset("input_audio_transcription", TRANSCRIPTION),
    reset("output_audio_timestamp_types", Takes::List(&Takes::Words(&["word"]))),
    reset(
        "animation",
        Takes::Object(&[
            may("model_name", Takes::Text),
            may("outputs", Takes::List(&Takes::Words(&["blendshapes", "viseme_id"]))),
        ]),
    ),
    reset("avatar", AVATAR),
    reset("tools", TOOLS),
    reset("tool_choice", TOOL_CHOICE),
    may("parallel_tool_calls", Takes::Flag),
    reset("temperature", Takes::Number(0.0, 1.2)),
    reset("max_response_output_tokens", MAX_TOKENS),
    reset("reasoning_effort", EFFORT),
    reset("interim_response", INTERIM),
    reset("interim-response", INTERIM),
    reset("include", TEXTS),
    reset("metadata", Takes::Metadata),
];

const OPENAI_FORMAT: Takes = Takes::Tagged(&[
    ("audio/pcm", &[may("rate", Takes::Whole(24_000, 24_000))]),
    ("audio/pcmu", &[]),
    ("audio/pcma", &[]),
]);

/// Every member of a session of OpenAI Realtime.
pub(super) const OPENAI_SESSION: &[Field] = &[
    may("type", Takes::Words(&["realtime", "transcription"])),
    may("model", Takes::Text),
    may("output_modalities", Takes::List(&Takes::Words(&["text", "audio"]))),
    reset("instructions", Takes::Text),
    may(
        "audio",
        Takes::Object(&[
            may(
                "input",
                Takes::Object(&[
                    may("format", OPENAI_FORMAT),
                    reset("transcription", TRANSCRIPTION),
                    reset("noise_reduction", NOISE_REDUCTION),
                    reset("turn_detection", TURN_DETECTION),
                ]),
            ),
            may(
                "output",
                Takes::Object(&[
                    may("format", OPENAI_FORMAT),
                    may("voice", Takes::OneOf(&[Takes::Text, Takes::Object(&[must("id", Takes::Text)])])),
                    may("speed", Takes::Number(0.25, 1.5)),
                ]),
            ),
        ]),
    ),
    reset("tools", TOOLS),
    reset("tool_choice", TOOL_CHOICE),
    reset("max_output_tokens", MAX_TOKENS),
    reset("truncation", Takes::Any),
    reset("tracing", Takes::Any),
    reset("prompt", Takes::Any),
    reset("include", TEXTS),
];

const PARTS: Takes = Takes::List(&Takes::Tagged(&[
    ("input_text", &[must("text", Takes::Text)]),
    ("input_audio", &[may("audio", AUDIO), may("transcript", Takes::Text)]),
    (
        "input_image",
        &[
            may("image_url", Takes::Text),
            may("url", Takes::Text),
            may("detail", Takes::Words(&["auto", "low", "high"])),
        ],
    ),
    ("text", &[must("text", Takes::Text)]),
    ("output_text", &[must("text", Takes::Text)]),
    ("output_audio", &[may("transcript", Takes::Text)]),
]));

/// The items that a client may put into a conversation.
pub(super) const ITEM: Takes = Takes::Tagged(&[
    (
        "message",
        &[
            may("id", Takes::Text),
            must("role", Takes::Words(&["system", "user", "assistant"])),
            must("content", PARTS),
            may("status", Takes::Text),
        ],
    ),
    ("function_call", &[must("name", Takes::Text), must("call_id", Takes::Text), must("arguments", Takes::Text)]),
    ("function_call_output", &[must("call_id", Takes::Text), must("output", Takes::Text)]),
    ("mcp_approval_response", &[must("approval_request_id", Takes::Text), must("approve", Takes::Flag)]),
]);

/// What a response may be asked to be.
pub(super) const RESPONSE: Takes = Takes::Object(&[
    may("commit", Takes::Flag),
    may("cancel_previous", Takes::Flag),
    may("append_input_items", Takes::List(&ITEM)),
    may("input_items", Takes::List(&ITEM)),
    may("input", Takes::List(&Takes::Any)),
    may("modalities", MODALITIES),
    may("output_modalities", Takes::List(&Takes::Words(&["text", "audio"]))),
    may("conversation", Takes::Words(&["auto", "none"])),
    may("instructions", Takes::Text),
    may("voice", VOICE),
    may("output_audio_format", OUTPUT_FORMATS),
    may("tools", TOOLS),
    may("tool_choice", TOOL_CHOICE),
    may("temperature", Takes::Number(0.0, 1.2)),
    may("max_output_tokens", MAX_TOKENS),
    may("max_response_output_tokens", MAX_TOKENS),
    may("pre_generated_assistant_message", Takes::Any),
    may("reasoning_effort", EFFORT),
    may("metadata", Takes::Metadata),
    may("interim_response", INTERIM),
    may("invoke_input", Takes::Any),
]);

/// Whether a session is written as OpenAI Realtime has it.
pub(super) fn is_nested(session: &Map<String, Value>) -> bool {
    ["audio", "output_modalities", "max_output_tokens", "truncation"].iter().any(|name| session.contains_key(*name))
        || matches!(session.get("type").and_then(Value::as_str), Some("realtime" | "transcription"))
}

/// Checks a session of either shape, members and the rules between them.
pub(super) fn check_session(place: &str, session: &Map<String, Value>) -> Result<(), String> {
    if is_nested(session) {
        return check_fields(place, OPENAI_SESSION, session);
    }
    check_fields(place, SESSION, session)?;
    let text = |name: &str| session.get(name).and_then(Value::as_str).unwrap_or_default();
    if let Some(modalities) = session.get("modalities").and_then(Value::as_array)
        && !modalities.is_empty()
        && !modalities.iter().any(|one| one == "text")
    {
        return Err(format!("{place}.modalities leaves out \"text\", which the service does not take; add it"));
    }
    let rate = session.get("input_audio_sampling_rate").and_then(Value::as_i64);
    if text("input_audio_format").starts_with("g711") && rate.is_some_and(|rate| rate != 8000) {
        return Err(format!("{place}.input_audio_sampling_rate must be 8000 with a g711 format, or be left out"));
    }
    if let Some(echo) = session.get("input_audio_echo_cancellation").and_then(Value::as_object) {
        let client = echo.get("reference_source").and_then(Value::as_str) == Some("client");
        let two = echo.get("channels").and_then(Value::as_i64) == Some(2);
        if client != two {
            return Err(format!(
                "{place}.input_audio_echo_cancellation takes reference_source \"server\" with channels 1, or \"client\" with channels 2"
            ));
        }
    }
    Ok(())
}
