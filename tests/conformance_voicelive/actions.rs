//! What goes out: every member of the session by itself, every message of the client, every verb.

use parlor::model::{Action, Playback, PlaybackPhase, Say, Status};
use serde_json::{Value, json};

use crate::stage::{Stage, UPDATED};

/// A member of the session, values that the service takes, values that it does not.
fn session_table() -> Vec<(&'static str, Vec<Value>, Vec<Value>)> {
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
                    "interrupt_response": false, "appended_text_after_truncation": "…", "idle_timeout_ms": 9000}),
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
                "video": {"bitrate": 2000000, "codec": "h264", "gop_size": 10}, "scene": {"zoom": 1.5}, "output_protocol": "webrtc"}),
            ],
            vec![json!({"style": "s"}), json!({"character": "x", "type": "hologram"})],
        ),
        (
            "tools",
            vec![
                json!([]),
                json!([{"type": "function", "name": "f", "description": "d", "parameters": {"type": "object"}},
                {"type": "mcp", "server_label": "l", "server_url": "https://x", "allowed_tools": ["a"], "require_approval": "never"}]),
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

fn update(name: &str, value: &Value) -> Action {
    let mut session = serde_json::Map::new();
    session.insert(name.to_owned(), value.clone());
    Action::Call { name: "session.update".into(), json: json!({ "session": session }).to_string() }
}

#[test]
fn every_member_of_the_session_goes_out_as_it_came_in() {
    let (mut good, mut bad) = (0, 0);
    for (name, fits, does_not) in session_table() {
        for value in fits {
            let mut stage = Stage::ready(&[]);
            let action = update(name, &value);
            stage.check(&action).unwrap_or_else(|error| panic!("{name} = {value}: {error}"));
            let request = stage.act(action);
            let sent = stage.sent();
            let mut session = serde_json::Map::new();
            session.insert(name.to_owned(), value);
            assert_eq!(sent, [json!({"type": "session.update", "session": session})]);
            stage.text(UPDATED);
            assert!(stage.log().contains(&format!("done {request} OK")));
            // The next session gets it too.
            stage.closed(1006, 0);
            stage.begin();
            stage.open();
            stage.text(crate::stage::CREATED);
            assert_eq!(stage.sent(), sent);
            good += 1;
        }
        for value in does_not {
            let error = Stage::ready(&[]).check(&update(name, &value)).expect_err(&format!("{name} = {value}"));
            assert!(error.status == Status::InvalidArgument && error.text.contains(name), "{}", error.text);
            bad += 1;
        }
    }
    println!("{good} values sent and replayed, {bad} refused with their place");
}

#[test]
fn every_message_of_the_client() {
    for (name, json, answer) in [
        ("session.update", r#"{"session":{"instructions":"x"}}"#, UPDATED),
        ("input_audio_buffer.append", r#"{"audio":"AAAA"}"#, ""),
        ("input_audio_buffer.commit", "", r#"{"type":"input_audio_buffer.committed","item_id":"i"}"#),
        ("input_audio_buffer.clear", "", r#"{"type":"input_audio_buffer.cleared"}"#),
        ("input_audio.turn.start", r#"{"turn_id":"t"}"#, ""),
        ("input_audio.turn.append", r#"{"turn_id":"t","audio":"AAAA"}"#, ""),
        ("input_audio.turn.end", r#"{"turn_id":"t"}"#, ""),
        ("input_audio.turn.cancel", r#"{"turn_id":"t"}"#, ""),
        ("input_audio.clear", "{}", ""),
        ("input_text.delta", r#"{"id":"i","delta":"x","content_index":0}"#, ""),
        ("input_text.done", r#"{"id":"i"}"#, ""),
        (
            "conversation.item.create",
            r#"{"previous_item_id":null,"item":{"id":"i","type":"message","role":"user","content":[{"type":"input_image","image_url":"data:x","detail":"low"}]}}"#,
            r#"{"type":"conversation.item.created","item":{"id":"i"}}"#,
        ),
        (
            "conversation.item.retrieve",
            r#"{"item_id":"i"}"#,
            r#"{"type":"conversation.item.retrieved","item":{"id":"i"}}"#,
        ),
        ("conversation.item.delete", r#"{"item_id":"i"}"#, r#"{"type":"conversation.item.deleted","item_id":"i"}"#),
        (
            "conversation.item.truncate",
            r#"{"item_id":"i","content_index":0,"audio_end_ms":5}"#,
            r#"{"type":"conversation.item.truncated","item_id":"i"}"#,
        ),
        (
            "response.create",
            r#"{"response":{"modalities":["text"],"conversation":"none","metadata":{"a":"b"}},"additional_instructions":"x"}"#,
            r#"{"type":"response.created","response":{"id":"r"}}"#,
        ),
        (
            "response.cancel",
            r#"{"response_id":"r"}"#,
            r#"{"type":"response.done","response":{"id":"r","status":"cancelled"}}"#,
        ),
        ("output_audio_buffer.clear", "", r#"{"type":"output_audio_buffer.cleared"}"#),
        ("session.avatar.connect", r#"{"client_sdp":"x"}"#, r#"{"type":"session.avatar.connecting","server_sdp":"y"}"#),
        ("mcp_approval_response", r#"{"approval_request_id":"a","approve":true}"#, ""),
        ("transcription_session.update", r#"{"session":{"a":1}}"#, ""),
        ("rtc.call.sdp.create", r#"{"sdp_offer":"x"}"#, ""),
    ] {
        let mut stage = Stage::ready(&[]);
        let request = stage.call(name, json);
        let mut expected: Value = serde_json::from_str(if json.is_empty() { "{}" } else { json }).expect("JSON");
        expected["type"] = json!(name);
        assert_eq!(stage.sent(), [expected]);
        let done = format!("done {request} OK");
        assert_eq!(stage.log().contains(&done), answer.is_empty(), "{name}");
        if !answer.is_empty() {
            stage.text(answer);
            assert!(stage.log().contains(&done), "{name}");
        }
    }
}

#[test]
fn verbs() {
    let mut stage = Stage::ready(&[]);
    stage.say("Hi");
    let sent = stage.sent();
    assert_eq!(sent[0]["item"]["content"], json!([{"type": "input_text", "text": "Hi"}]));
    assert_eq!(sent[1], json!({"type": "response.create"}));
    let json = r#"{"role":"assistant","item_id":"mine","previous_item_id":"root","respond":false}"#;
    stage.act(Action::Say(Say { text: "I".into(), json: json.into() }));
    let message = json!({"type": "conversation.item.create", "previous_item_id": "root",
        "item": {"id": "mine", "type": "message", "role": "assistant", "content": [{"type": "text", "text": "I"}]}});
    assert_eq!(stage.sent(), [message]);
    for (action, said) in [
        (Action::Say(Say { text: "x".into(), json: r#"{"author":"x"}"#.into() }), "there is no author"),
        (Action::Subscribe { json: String::new() }, "sends everything"),
        (Action::SetTools { json: "5".into() }, "list of tools"),
        (Action::SetTools { json: r#"{"tools":[],"x":1}"#.into() }, "there is no x"),
        (Action::ToolResult { id: String::new(), result: String::new(), failed: false }, "id is missing"),
        (
            Action::Playback(Playback {
                phase: PlaybackPhase::Started,
                id: String::new(),
                sender: String::new(),
                json: "[]".into(),
            }),
            "must be a JSON object",
        ),
    ] {
        let error = stage.check(&action).expect_err(said);
        assert!(error.text.contains(said), "{}", error.text);
    }
}

#[test]
fn openai_gets_its_own_shape() {
    let mut stage = Stage::ready(&[("voicelive.dialect", "openai")]);
    stage.call("session.update", r#"{"session":{"voice":"marin","modalities":["text"]}}"#);
    assert_eq!(
        stage.sent(),
        [json!({"type": "session.update", "session": {"type": "realtime", "output_modalities": ["text"],
            "audio": {"output": {"voice": "marin"}}}})]
    );
    let request = stage.call("session.update", r#"{"session":{"avatar":{"character":"x"}}}"#);
    assert!(stage.log().contains(&format!("done {request} INVALID_ARGUMENT")));
}
