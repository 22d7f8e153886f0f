//! Every message of the service, both catalogs.

const R4: &str = r#""response_id":"r","item_id":"i","output_index":0,"content_index":0"#;

/// Type, members behind it (`R4` stands for the four ids of a part), what the host is told. Each is a message of its
/// own, into a session that has just begun.
pub(crate) const EVENTS: &[(&str, &str, &[&str])] = &[
    (
        "error",
        r#""error":{"type":"server_error","code":null,"message":"Oops","param":null,"event_id":null}"#,
        &["SERVICE SERVICE type=error text=Oops name=server_error"],
    ),
    ("warning", r#""warning":{"message":"Careful","code":"w"}"#, &["SERVICE type=warning text=Careful name=w"]),
    ("session.created", r#""session":{"id":"s2"}"#, &["SERVICE type=session.created id=s2"]),
    ("session.updated", r#""session":{"id":"s2"}"#, &["SERVICE type=session.updated id=s2"]),
    ("session.avatar.connecting", r#""server_sdp":"x""#, &["SERVICE type=session.avatar.connecting"]),
    ("session.avatar.switch_to_speaking", r#""turn_id":"t""#, &["SERVICE type=session.avatar.switch_to_speaking"]),
    ("session.avatar.switch_to_idle", "", &["SERVICE type=session.avatar.switch_to_idle"]),
    (
        "conversation.item.created",
        r#""previous_item_id":"","item":{"id":"i","type":"message","role":"user","content":[{"type":"input_text","text":"Hi "},{"type":"input_audio","transcript":"you"}]}"#,
        &["MESSAGE text=Hi you id=i role=user"],
    ),
    (
        "conversation.item.added",
        r#""item":{"id":"i","type":"message","role":"assistant","content":[]}"#,
        &["SERVICE type=conversation.item.added id=i role=assistant"],
    ),
    ("conversation.item.done", r#""item":{"id":"i"}"#, &["SERVICE type=conversation.item.done"]),
    ("conversation.item.retrieved", r#""item":{"id":"i"}"#, &["SERVICE type=conversation.item.retrieved"]),
    ("conversation.item.truncated", r#""item_id":"i""#, &["SERVICE type=conversation.item.truncated"]),
    ("conversation.item.deleted", r#""item_id":"i""#, &["SERVICE type=conversation.item.deleted"]),
    (
        "conversation.item.input_audio_transcription.completed",
        r#""item_id":"i","content_index":0,"transcript":"Hello","phrases":[]"#,
        &["TRANSCRIPT FINAL text=Hello id=i role=user"],
    ),
    (
        "conversation.item.input_audio_transcription.delta",
        r#""item_id":"i","delta":"Hel""#,
        &["TRANSCRIPT text=Hel id=i role=user"],
    ),
    (
        "conversation.item.input_audio_transcription.failed",
        r#""item_id":"i","error":{"message":"mumbled"}"#,
        &["TRANSCRIPT FINAL SERVICE text=mumbled id=i role=user"],
    ),
    (
        "conversation.item.input_audio_transcription.segment",
        "",
        &["SERVICE type=conversation.item.input_audio_transcription.segment"],
    ),
    ("conversation.created", "", &["SERVICE type=conversation.created"]),
    ("input_audio_buffer.committed", r#""item_id":"i""#, &["SERVICE type=input_audio_buffer.committed"]),
    ("input_audio_buffer.cleared", "", &["SERVICE type=input_audio_buffer.cleared"]),
    (
        "input_audio_buffer.speech_started",
        r#""audio_start_ms":12,"item_id":"i""#,
        &["VOICE_ACTIVITY value=1 id=i role=user"],
    ),
    ("input_audio_buffer.speech_stopped", r#""audio_end_ms":12,"item_id":"i""#, &["VOICE_ACTIVITY id=i role=user"]),
    ("input_audio_buffer.timeout_triggered", "", &["SERVICE type=input_audio_buffer.timeout_triggered"]),
    ("input_audio_buffer.dtmf_event_received", "", &["SERVICE type=input_audio_buffer.dtmf_event_received"]),
    ("output_audio_buffer.cleared", "", &["SERVICE type=output_audio_buffer.cleared"]),
    ("output_audio_buffer.started", "", &["SERVICE type=output_audio_buffer.started"]),
    ("output_audio_buffer.stopped", "", &["SERVICE type=output_audio_buffer.stopped"]),
    (
        "response.created",
        r#""response":{"id":"r","status":"in_progress"}"#,
        &["REPLY_STARTED id=r role=assistant", "AI_STATE SYNTHETIC value=1 text=thinking name=thinking"],
    ),
    (
        "response.done",
        r#""response":{"id":"r","status":"completed","usage":{"total_tokens":1}}"#,
        &["REPLY_ENDED id=r name=completed role=assistant"],
    ),
    (
        "response.done",
        r#""response":{"id":"r","status":"incomplete","status_details":{"type":"incomplete","reason":"content_filter"}}"#,
        &["REPLY_ENDED id=r name=content_filter role=assistant"],
    ),
    (
        "response.done",
        r#""response":{"id":"r","status":"failed","status_details":{"type":"failed","error":{"message":"No"}}}"#,
        &["REPLY_ENDED SERVICE text=No id=r name=failed role=assistant"],
    ),
    ("response.output_item.added", r#""item":{"id":"i"}"#, &["SERVICE type=response.output_item.added"]),
    (
        "response.output_item.done",
        r#""item":{"id":"i","type":"message","role":"assistant","content":[{"type":"audio","transcript":"Yes."}]}"#,
        &["MESSAGE text=Yes. id=i role=assistant"],
    ),
    (
        "response.output_item.done",
        r#""item":{"id":"i","type":"function_call","call_id":"c","name":"f","arguments":"{}"}"#,
        &["TOOL_CALL text={} id=c name=f"],
    ),
    (
        "response.output_item.done",
        r#""item":{"id":"i","type":"mcp_approval_request","name":"f","arguments":"{}"}"#,
        &["TOOL_CALL text={} id=i name=f role=mcp_approval"],
    ),
    (
        "response.output_item.done",
        r#""item":{"id":"i","type":"web_search_call"}"#,
        &["SERVICE type=response.output_item.done id=i"],
    ),
    ("response.content_part.added", "R4", &["SERVICE type=response.content_part.added"]),
    ("response.content_part.done", "R4", &["SERVICE type=response.content_part.done"]),
    (
        "response.text.delta",
        r#"R4,"delta":"One. Two""#,
        &[
            "TEXT_DELTA text=One. Two id=r name=text role=assistant",
            "SENTENCE SYNTHETIC text=One. id=r role=assistant",
            "AI_STATE SYNTHETIC value=1 text=thinking name=thinking",
        ],
    ),
    (
        "response.output_text.delta",
        r#"R4,"delta":"x""#,
        &["TEXT_DELTA text=x id=r name=text role=assistant", "AI_STATE SYNTHETIC value=1 text=thinking name=thinking"],
    ),
    (
        "response.text.done",
        r#"R4,"text":"All.""#,
        &["SENTENCE SYNTHETIC text=All. id=r role=assistant", "SERVICE type=response.text.done"],
    ),
    ("response.output_text.done", r#"R4,"text":"""#, &["SERVICE type=response.output_text.done"]),
    (
        "response.audio_transcript.delta",
        r#"R4,"delta":"x""#,
        &[
            "TEXT_DELTA text=x id=r name=transcript role=assistant",
            "AI_STATE SYNTHETIC value=1 text=thinking name=thinking",
        ],
    ),
    (
        "response.output_audio_transcript.delta",
        r#"R4,"delta":"x""#,
        &[
            "TEXT_DELTA text=x id=r name=transcript role=assistant",
            "AI_STATE SYNTHETIC value=1 text=thinking name=thinking",
        ],
    ),
    (
        "response.audio_transcript.done",
        r#"R4,"transcript":"All.""#,
        &["SENTENCE SYNTHETIC text=All. id=r role=assistant", "SERVICE type=response.audio_transcript.done"],
    ),
    (
        "response.output_audio_transcript.done",
        r#"R4,"transcript":"""#,
        &["SERVICE type=response.output_audio_transcript.done"],
    ),
    ("response.audio_transcript.annotation.added", "R4", &["SERVICE type=response.audio_transcript.annotation.added"]),
    (
        "response.audio.delta",
        r#"R4,"delta":"AQID\/w==""#,
        &[
            "AI_STATE SYNTHETIC value=2 text=speaking name=speaking",
            "AUDIO value=24000 id=r name=pcm16 role=assistant data=[1, 2, 3, 255]",
        ],
    ),
    (
        "response.output_audio.delta",
        r#"R4,"delta":"AQI=""#,
        &[
            "AI_STATE SYNTHETIC value=2 text=speaking name=speaking",
            "AUDIO value=24000 id=r name=pcm16 role=assistant data=[1, 2]",
        ],
    ),
    ("response.audio.done", "R4", &["AUDIO_ENDED id=r"]),
    ("response.output_audio.done", "R4", &["AUDIO_ENDED id=r"]),
    (
        "response.audio_timestamp.delta",
        r#"R4,"audio_offset_ms":50,"audio_duration_ms":40,"text":"Hi","timestamp_type":"word""#,
        &["CUE value=50 text=Hi id=r name=word"],
    ),
    ("response.audio_timestamp.done", "R4", &["SERVICE type=response.audio_timestamp.done"]),
    (
        "response.animation_viseme.delta",
        r#"R4,"audio_offset_ms":455.5,"viseme_id":20"#,
        &["CUE value=455 text=20 id=r name=viseme"],
    ),
    ("response.animation_viseme.done", "R4", &["SERVICE type=response.animation_viseme.done"]),
    (
        "response.animation_blendshapes.delta",
        r#"R4,"frame_index":3,"frames":[[0.1,0.2]]"#,
        &["CUE value=3 id=r name=blendshapes"],
    ),
    (
        "response.animation_blendshapes.delta",
        r#"R4,"frame_index":4,"frames":"AAAA""#,
        &["CUE value=4 id=r name=blendshapes"],
    ),
    ("response.animation_blendshapes.done", "R4", &["SERVICE type=response.animation_blendshapes.done"]),
    ("response.video.delta", r#""codec":"h264","delta":"AA==""#, &["SERVICE type=response.video.delta"]),
    (
        "response.function_call_arguments.delta",
        r#""call_id":"c","delta":"{","obfuscation":"x""#,
        &["SERVICE type=response.function_call_arguments.delta"],
    ),
    (
        "response.function_call_arguments.done",
        r#""call_id":"c","name":"f","arguments":"{\"a\":1}""#,
        &[r#"TOOL_CALL text={"a":1} id=c name=f"#],
    ),
    (
        "response.function_call_arguments.done",
        r#""call_id":"c","arguments":"{}""#,
        &["SERVICE type=response.function_call_arguments.done"],
    ),
    ("response.invocation.delta", r#""delta":{"a":1}"#, &["SERVICE type=response.invocation.delta"]),
    ("response.mcp_call_arguments.delta", r#""delta":"x""#, &["SERVICE type=response.mcp_call_arguments.delta"]),
    ("response.mcp_call_arguments.done", "", &["SERVICE type=response.mcp_call_arguments.done"]),
    ("response.mcp_call.in_progress", "", &["SERVICE type=response.mcp_call.in_progress"]),
    ("response.mcp_call.completed", "", &["SERVICE type=response.mcp_call.completed"]),
    ("response.mcp_call.failed", "", &["SERVICE type=response.mcp_call.failed"]),
    ("mcp_list_tools.in_progress", "", &["SERVICE type=mcp_list_tools.in_progress"]),
    ("mcp_list_tools.completed", "", &["SERVICE type=mcp_list_tools.completed"]),
    ("mcp_list_tools.failed", "", &["SERVICE type=mcp_list_tools.failed"]),
    ("response.web_search_call.searching", "", &["SERVICE type=response.web_search_call.searching"]),
    ("response.web_search_call.in_progress", "", &["SERVICE type=response.web_search_call.in_progress"]),
    ("response.web_search_call.completed", "", &["SERVICE type=response.web_search_call.completed"]),
    ("response.file_search_call.searching", "", &["SERVICE type=response.file_search_call.searching"]),
    ("response.file_search_call.in_progress", "", &["SERVICE type=response.file_search_call.in_progress"]),
    ("response.file_search_call.completed", "", &["SERVICE type=response.file_search_call.completed"]),
    ("rate_limits.updated", r#""rate_limits":[{"name":"tokens"}]"#, &["SERVICE type=rate_limits.updated"]),
    ("response.foundry_agent_call_arguments.delta", "", &["SERVICE type=response.foundry_agent_call_arguments.delta"]),
    ("response.foundry_agent_call_arguments.done", "", &["SERVICE type=response.foundry_agent_call_arguments.done"]),
    ("response.foundry_agent_call.in_progress", "", &["SERVICE type=response.foundry_agent_call.in_progress"]),
    ("response.foundry_agent_call.completed", "", &["SERVICE type=response.foundry_agent_call.completed"]),
    ("response.foundry_agent_call.failed", "", &["SERVICE type=response.foundry_agent_call.failed"]),
    ("rtc.call.sdp.created", "", &["SERVICE type=rtc.call.sdp.created"]),
    ("rtc.call.error", "", &["SERVICE type=rtc.call.error"]),
    ("next_year.thing", r#""delta":5,"item":7,"response":"x""#, &["SERVICE type=next_year.thing"]),
];

/// The message of a row, its type first, or last and with blanks and a member of tomorrow.
pub(crate) fn message(type_: &str, members: &str, type_last: bool) -> String {
    let members = members.replace("R4", R4);
    match (members.is_empty(), type_last) {
        (true, _) => format!(r#"{{"type":"{type_}","event_id":"e"}}"#),
        (false, false) => format!(r#"{{"type":"{type_}","event_id":"e",{members}}}"#),
        (false, true) => format!(r#"{{"event_id" : "e", {members}, "type" : "{type_}" , "new" : [1]}}"#),
    }
}
