//! Every member of a session, and values for it.

use serde_json::{Value, json};

/// A member of the session, values that the service takes, values that it does not.
pub(crate) fn session_table() -> Vec<(&'static str, Vec<Value>, Vec<Value>)> {
    vec![
        ("model", vec![json!("gpt-realtime")], vec![json!(1)]),
        (
            "modalities",
            vec![json!(["text"]), json!(["text", "audio", "animation", "avatar"])],
            vec![json!(["audio"]), json!(["x"]), json!("text")],
        ),
        (
            "voice",
            vec![
                json!("alloy"),
                json!({"type": "openai", "name": "alloy"}),
                json!({"type": "azure-standard", "name": "en-US-AvaNeural", "temperature": 0.5, "rate": "1.1", "pitch": "+5%",
                    "volume": "80", "style": "cheerful", "locale": "en-US", "prefer_locales": ["en-US"],
                    "custom_lexicon_url": "https://x", "custom_text_normalization_url": "https://x"}),
                json!({"type": "azure-custom", "name": "n", "endpoint_id": "e"}),
                json!({"type": "azure-personal", "name": "n", "model": "DragonLatestNeural"}),
                json!({"type": "avatar-voice-sync", "model": "m"}),
                json!({"type": "azure-realtime-native", "name": "n"}),
                Value::Null,
            ],
            vec![
                json!({"type": "azure-custom", "name": "n"}),
                json!({"name": "n"}),
                json!({"type": "azure-standard", "name": "n", "pitch": 1}),
                json!(5),
            ],
        ),
        ("instructions", vec![json!("Be kind."), Value::Null], vec![json!(["x"])]),
        (
            "input_audio_format",
            vec![json!("pcm16"), json!("g711_ulaw"), json!("g711_alaw")],
            vec![json!("mp3"), json!(1)],
        ),
        (
            "input_audio_sampling_rate",
            vec![json!(8000), json!(16000), json!(24000), json!(44100)],
            vec![json!(1), json!("24000"), json!(16000.5)],
        ),
        (
            "output_audio_format",
            [
                "pcm16",
                "pcm16_8000hz",
                "pcm16_16000hz",
                "pcm16_22050hz",
                "pcm16_48000hz",
                "pcm16-16000hz",
                "g711_ulaw",
                "g711_alaw",
            ]
            .map(Value::from)
            .to_vec(),
            vec![json!("opus")],
        ),
        (
            "turn_detection",
            vec![
                Value::Null,
                json!({"type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 500,
                    "speech_duration_ms": 80, "end_of_utterance_detection": {"model": "semantic_detection_v1",
                    "threshold_level": "low", "timeout_ms": 1000}, "auto_truncate": true, "create_response": true,
                    "interrupt_response": false, "appended_text_after_truncation": "…", "idle_timeout_ms": 9000,
                    "speech_duration_assistant_speaking_ms": 800}),
                json!({"type": "azure_semantic_vad", "remove_filler_words": true, "languages": ["en"]}),
                json!({"type": "azure_semantic_vad_en"}),
                json!({"type": "azure_semantic_vad_multilingual"}),
                json!({"type": "semantic_vad", "eagerness": "auto"}),
            ],
            vec![
                json!({"type": "server_vad", "threshold": 2}),
                json!({"type": "ear"}),
                json!({}),
                json!({"type": "semantic_vad", "eagerness": "very"}),
                json!(true),
            ],
        ),
        (
            "input_audio_noise_reduction",
            vec![Value::Null, json!({"type": "near_field"}), json!({"type": "azure_deep_noise_suppression"})],
            vec![json!({"type": "x"})],
        ),
        (
            "input_audio_echo_cancellation",
            vec![
                Value::Null,
                json!({"type": "server_echo_cancellation"}),
                json!({"type": "server_echo_cancellation", "reference_source": "client", "channels": 2}),
            ],
            vec![
                json!({"type": "server_echo_cancellation", "reference_source": "client"}),
                json!({"type": "server_echo_cancellation", "channels": 3}),
            ],
        ),
        (
            "input_audio_transcription",
            vec![
                Value::Null,
                json!({"model": "azure-speech", "language": "en", "phrase_list": ["Vega"], "custom_speech": {"en": "x"}, "prompt": "p"}),
            ],
            vec![json!({"model": 1}), json!("whisper-1")],
        ),
        ("output_audio_timestamp_types", vec![Value::Null, json!(["word"])], vec![json!(["letter"])]),
        (
            "animation",
            vec![Value::Null, json!({"model_name": "m", "outputs": ["blendshapes", "viseme_id"]})],
            vec![json!({"outputs": ["smile"]})],
        ),
        (
            "avatar",
            vec![
                Value::Null,
                json!({"type": "video-avatar", "character": "lisa", "style": "s", "customized": false, "ice_servers": [{"urls": ["x"]}],
                "model": "vasa-1", "video": {"bitrate": 2000000, "codec": "h264", "crop": {"top_left": [0, 0], "bottom_right": [10, 10]},
                    "resolution": {"width": 1280, "height": 720}, "background": {"color": "#00FF00FF"}, "gop_size": 10},
                "scene": {"zoom": 1.5, "position_x": 0.1, "position_y": -0.1, "rotation_x": 0.0, "rotation_y": 0.2, "rotation_z": 0.3, "amplitude": 0.9},
                "output_protocol": "webrtc", "output_audit_audio": true}),
            ],
            vec![json!({"style": "s"}), json!({"character": "x", "type": "hologram"})],
        ),
        (
            "tools",
            vec![
                json!([]),
                json!([{"type": "function", "name": "f", "description": "d", "parameters": {"type": "object"}},
                {"type": "mcp", "server_label": "l", "server_url": "https://x", "authorization": "Bearer x", "headers": {"x-a": "b"}, "allowed_tools": ["a"], "require_approval": "never"},
                {"type": "foundry_agent", "agent_name": "a"}]),
            ],
            vec![json!({"name": "f"}), json!([{"name": "f"}]), json!([{"type": "mcp"}])],
        ),
        (
            "tool_choice",
            vec![json!("auto"), json!("required"), json!({"type": "function", "name": "f"})],
            vec![json!("some"), json!({"type": "function"})],
        ),
        ("parallel_tool_calls", vec![json!(true)], vec![json!("yes")]),
        ("temperature", vec![json!(0.6), json!(1), Value::Null], vec![json!(3), json!("hot")]),
        (
            "max_response_output_tokens",
            vec![json!(1), json!(4096), json!("inf")],
            vec![json!(0), json!(4097), json!("all")],
        ),
        (
            "reasoning_effort",
            ["none", "minimal", "low", "medium", "high", "xhigh"].map(Value::from).to_vec(),
            vec![json!("some")],
        ),
        (
            "interim_response",
            vec![
                json!({"type": "static_interim_response", "texts": ["Hm."], "triggers": ["latency"], "latency_threshold_ms": 2000}),
                json!({"type": "llm_interim_response", "model": "m", "instructions": "i", "max_completion_tokens": 10}),
            ],
            vec![json!({"type": "x"})],
        ),
        ("interim-response", vec![json!({"type": "static-interim-response", "texts": ["Hm."]})], vec![json!({})]),
        ("include", vec![json!(["item.input_audio_transcription.logprobs"])], vec![json!([1])]),
        (
            "metadata",
            vec![json!({"a": "b"})],
            vec![json!({"a": 1}), json!({"a": "x".repeat(513)}), json!({"n".repeat(65): ""})],
        ),
        ("next_year", vec![json!({"any": ["thing", null]})], vec![]),
    ]
}

/// The same for OpenAI Realtime, whose session is nested.
pub(crate) fn openai_table() -> Vec<(&'static str, Vec<Value>, Vec<Value>)> {
    vec![
        ("output_modalities", vec![json!(["audio"]), json!(["text"])], vec![json!(["avatar"])]),
        ("instructions", vec![json!("Be kind.")], vec![json!(7)]),
        (
            "audio",
            vec![
                json!({"input": {"format": {"type": "audio/pcm", "rate": 24000}}, "output": {"format": {"type": "audio/pcmu"}}}),
                json!({"input": {"transcription": {"model": "whisper-1", "language": "en", "prompt": "p"}}}),
                json!({"input": {"transcription": null, "noise_reduction": {"type": "far_field"}}}),
                json!({"input": {"turn_detection": null, "noise_reduction": null}}),
                json!({"input": {"turn_detection": {"type": "server_vad", "threshold": 0.4, "idle_timeout_ms": null}}}),
                json!({"input": {"turn_detection": {"type": "semantic_vad", "eagerness": "low"}}}),
                json!({"output": {"voice": "marin", "speed": 1.2}}),
                json!({"output": {"voice": {"id": "voice_1"}}}),
            ],
            vec![
                json!({"output": {"speed": 9}}),
                json!({"input": {"format": {"type": "audio/mp3"}}}),
                json!({"input": {"format": {"type": "audio/pcm", "rate": 8000}}}),
                json!({"input": {"turn_detection": {"type": "ear"}}}),
            ],
        ),
        (
            "tools",
            vec![json!([{"type": "function", "name": "f", "parameters": {"type": "object"}},
                {"type": "mcp", "server_label": "l", "server_url": "https://x", "require_approval": "always"}])],
            vec![json!([{"type": "function"}])],
        ),
        (
            "tool_choice",
            vec![json!("none"), json!({"type": "function", "name": "f"}), json!({"type": "mcp", "server_label": "l"})],
            vec![json!({"type": "mcp"})],
        ),
        ("max_output_tokens", vec![json!("inf"), json!(100)], vec![json!(5000)]),
        ("truncation", vec![json!("auto"), json!({"type": "retention_ratio", "retention_ratio": 0.8})], vec![]),
        ("tracing", vec![json!("auto"), Value::Null], vec![]),
        ("prompt", vec![json!({"id": "pmpt_1"})], vec![]),
        ("include", vec![json!(["item.input_audio_transcription.logprobs"])], vec![json!("x")]),
    ]
}
