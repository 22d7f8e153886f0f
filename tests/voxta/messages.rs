//! Every message of the server and every message to it, each from one table.

use parlor::model::{Action, Kind, Playback, PlaybackPhase, Say};

use crate::stage::Stage;

/// Each message that a server sends, and what the host is told, in a chat with the session S.
const FROM_THE_SERVER: &[(&str, &[&str])] = &[
    (r#"{"$type":"error","message":"no","code":"E1"}"#, &["SERVICE ERR_SERVICE type=error text=no name=E1"]),
    (
        r#"{"$type":"chatSessionError","sessionId":"S","message":"no","retry":true}"#,
        &["SERVICE ERR_SERVICE type=chatSessionError text=no id=S"],
    ),
    (r#"{"$type":"moduleRuntimeInstances","instances":[]}"#, &["SERVICE type=moduleRuntimeInstances"]),
    (r#"{"$type":"configuration","configurations":[]}"#, &["SERVICE type=configuration"]),
    (
        r#"{"$type":"chatsSessionsUpdated","sessions":[{"sessionId":"S","chatId":"C"}]}"#,
        &["SERVICE type=chatsSessionsUpdated"],
    ),
    (r#"{"$type":"charactersListLoaded","characters":[]}"#, &["SERVICE type=charactersListLoaded"]),
    (r#"{"$type":"scenariosListLoaded","scenarios":[]}"#, &["SERVICE type=scenariosListLoaded"]),
    (r#"{"$type":"chatsListLoaded","chats":[]}"#, &["SERVICE type=chatsListLoaded"]),
    (r#"{"$type":"chatStarting","sessionId":"S","chatId":"C"}"#, &["SERVICE type=chatStarting id=C"]),
    (
        r#"{"$type":"chatLoadingMessage","sessionId":"S","text":"soon"}"#,
        &["SERVICE type=chatLoadingMessage text=soon id=S"],
    ),
    (
        r#"{"$type":"chatStarted","sessionId":"S","chatId":"C","title":"Stars","characters":[{"id":"c1","name":"Ann"}]}"#,
        &["CHAT_STARTED value=1 id=C name=Stars sender=c1"],
    ),
    (r#"{"$type":"chatConfiguration","sessionId":"S","chatId":"C"}"#, &["SERVICE type=chatConfiguration id=C"]),
    (r#"{"$type":"chatUpdated","sessionId":"S","chatId":"C","title":"x"}"#, &["SERVICE type=chatUpdated id=C"]),
    (r#"{"$type":"chatPaused","sessionId":"S","paused":true}"#, &["SERVICE type=chatPaused value=1 id=S"]),
    (r#"{"$type":"chatClosed","sessionId":"S","chatId":"C"}"#, &["CHAT_CLOSED id=C", "NOT READY"]),
    (
        r#"{"$type":"chatFlow","sessionId":"S","state":"SelectingSpeaker"}"#,
        &["AI_STATE value=1 text=SelectingSpeaker name=SelectingSpeaker"],
    ),
    (
        r#"{"$type":"chatFlow","sessionId":"S","state":"Undefined"}"#,
        &["AI_STATE value=-1 text=Undefined name=Undefined"],
    ),
    (
        r#"{"$type":"chatParticipantsUpdated","sessionId":"S","characters":[{"id":"c2","name":"Bob"}]}"#,
        &["CHARACTERS value=1 name=Bob sender=c2"],
    ),
    (
        r#"{"$type":"replyGenerating","sessionId":"S","messageId":"m","senderId":"c1","role":"Assistant"}"#,
        &[
            "REPLY_STARTED id=m name=Ann sender=c1 role=assistant",
            "AI_STATE SYNTHETIC value=1 text=thinking name=thinking",
        ],
    ),
    (
        r#"{"$type":"replyStart","sessionId":"S","messageId":"m","senderId":"c1"}"#,
        &[
            "REPLY_STARTED id=m name=Ann sender=c1 role=assistant",
            "AI_STATE SYNTHETIC value=1 text=thinking name=thinking",
        ],
    ),
    (
        r#"{"$type":"replyThink","sessionId":"S","messageId":"m","senderId":"c1","text":"hm"}"#,
        &["REASONING text=hm id=m name=Ann sender=c1 role=assistant"],
    ),
    (
        r#"{"$type":"replyChunk","sessionId":"S","messageId":"m","senderId":"c1","startIndex":0,"endIndex":7,"text":"Hi. You","audioUrl":"/a","isNarration":false}"#,
        &[
            "TEXT_DELTA text=Hi. You id=m name=Ann sender=c1 role=assistant",
            "SENTENCE SYNTHETIC text=Hi. id=m name=Ann sender=c1 role=assistant",
            r#"send {"type":1,"target":"SendMessage","arguments":[{"$type":"speechPlaybackStart","sessionId":"S","messageId":"m","startIndex":0,"endIndex":7,"duration":0,"isNarration":false}]}"#,
        ],
    ),
    (
        r#"{"$type":"replyEnd","sessionId":"S","messageId":"m","senderId":"c1"}"#,
        &[
            "REPLY_ENDED id=m name=end sender=c1 role=assistant",
            r#"send {"type":1,"target":"SendMessage","arguments":[{"$type":"speechPlaybackComplete","sessionId":"S","messageId":"m"}]}"#,
        ],
    ),
    (
        r#"{"$type":"replyCancelled","sessionId":"S","messageId":"m"}"#,
        &["REPLY_ENDED ERR_CANCELLED id=m name=cancelled role=assistant"],
    ),
    (
        r#"{"$type":"update","sessionId":"S","messageId":"m","senderId":"c1","role":2,"text":"Hi","timestamp":1700000000000}"#,
        &["MESSAGE text=Hi id=m name=Ann sender=c1 role=assistant"],
    ),
    (
        r#"{"$type":"update","sessionId":"S","messageId":"m","senderId":"c1","role":"Assistant","text":null}"#,
        &["MESSAGE value=-1 id=m name=Ann sender=c1 role=assistant"],
    ),
    (r#"{"$type":"update","sessionId":"S","messageId":"m","text":7}"#, &["MESSAGE ERR_PROTOCOL id=m"]),
    (
        r#"{"$type":"message","messageId":"m","senderId":"u","text":"Hi","role":"User","sessionId":"S"}"#,
        &["MESSAGE text=Hi id=m sender=u role=user"],
    ),
    (r#"{"$type":"speechRecognitionStart"}"#, &["VOICE_ACTIVITY value=1"]),
    (r#"{"$type":"speechRecognitionPartial","text":"hel"}"#, &["TRANSCRIPT text=hel role=user"]),
    (
        r#"{"$type":"speechRecognitionEnd","text":"hello"}"#,
        &["VOICE_ACTIVITY SYNTHETIC", "TRANSCRIPT FINAL text=hello role=user"],
    ),
    (r#"{"$type":"speechRecognitionEnd","reason":"Cancelled"}"#, &["VOICE_ACTIVITY SYNTHETIC name=Cancelled"]),
    (
        r#"{"$type":"speechPlaybackStart","sessionId":"S","messageId":"m","duration":1}"#,
        &["SERVICE type=speechPlaybackStart id=m", "AI_STATE SYNTHETIC value=2 text=speaking name=speaking"],
    ),
    (
        r#"{"$type":"speechPlaybackComplete","sessionId":"S","messageId":"m"}"#,
        &["SERVICE type=speechPlaybackComplete id=m"],
    ),
    (r#"{"$type":"interruptSpeech","sessionId":"S","messageId":"m"}"#, &["AUDIO_ENDED ERR_CANCELLED id=m"]),
    (r#"{"$type":"recordingRequest","sessionId":"S","enabled":true}"#, &["MICROPHONE value=1"]),
    (r#"{"$type":"recordingStatus","sessionId":"S","enabled":true}"#, &["SERVICE type=recordingStatus value=1 id=S"]),
    (
        r#"{"$type":"action","sessionId":"S","value":"wave","role":"Assistant","senderId":"c1","arguments":[{"name":"hand","value":"left"}]}"#,
        &[r#"TRIGGER text={"hand":"left"} name=wave sender=c1 role=assistant"#],
    ),
    (
        r#"{"$type":"action","sessionId":"S","value":"wave","senderId":"c1","arguments":{"hand":"left"}}"#,
        &[r#"TRIGGER text={"hand":"left"} name=wave sender=c1"#],
    ),
    (
        r#"{"$type":"appTrigger","sessionId":"S","name":"wave","arguments":["left",2],"senderId":"c1"}"#,
        &[r#"TRIGGER text=["left",2] name=wave sender=c1"#],
    ),
    (
        r#"{"$type":"appTrigger","sessionId":"S","triggerId":"t","name":"wave","senderId":"c1"}"#,
        &["TOOL_CALL text={} id=t name=wave sender=c1"],
    ),
    (r#"{"$type":"contextUpdated","sessionId":"S","flags":[{"name":"rain"}]}"#, &["SERVICE type=contextUpdated id=S"]),
    (
        r#"{"$type":"memoryUpdated","sessionId":"S","characterId":"c1","memories":[]}"#,
        &["SERVICE type=memoryUpdated id=S"],
    ),
    (r#"{"$type":"animationPlay","sessionId":"S","animationId":"a","url":"/x"}"#, &["SERVICE type=animationPlay id=S"]),
    (r#"{"$type":"audioFrame","rms":0.5,"voiceActivity":true}"#, &["SERVICE type=audioFrame"]),
    (
        r#"{"$type":"visionCaptureRequest","sessionId":"S","visionCaptureRequestId":"v","source":"Eyes"}"#,
        &["SERVICE type=visionCaptureRequest id=v"],
    ),
    (r#"{"$type":"wakeWordStatus","sessionId":"S","enabled":true}"#, &["SERVICE type=wakeWordStatus value=1 id=S"]),
    (r#"{"$type":"suggestions","sessionId":"S","suggestions":[]}"#, &["SERVICE type=suggestions id=S"]),
    (
        r#"{"$type":"userInteractionRequest","requestId":"r","message":"ok?"}"#,
        &["SERVICE type=userInteractionRequest text=ok? id=r"],
    ),
    (r#"{"$type":"closeUserInteractionRequest","requestId":"r"}"#, &["SERVICE type=closeUserInteractionRequest id=r"]),
    (r#"{"$type":"documentUpdated"}"#, &["SERVICE type=documentUpdated"]),
    (r#"{"$type":"downloadProgress"}"#, &["SERVICE type=downloadProgress"]),
    (r#"{"$type":"listResourcesResult"}"#, &["SERVICE type=listResourcesResult"]),
    (r#"{"$type":"deployResourceResult"}"#, &["SERVICE type=deployResourceResult"]),
    (r#"{"$type":"missingResourcesError"}"#, &["SERVICE ERR_SERVICE type=missingResourcesError"]),
    (r#"{"$type":"inspector"}"#, &["SERVICE type=inspector"]),
    (r#"{"$type":"inspectorEnabled"}"#, &["SERVICE type=inspectorEnabled"]),
    (r#"{"$type":"inspectorActionExecuted"}"#, &["SERVICE type=inspectorActionExecuted"]),
    (r#"{"$type":"inspectorScriptExecuted"}"#, &["SERVICE type=inspectorScriptExecuted"]),
    (r#"{"$type":"inspectorScenarioEventExecuted"}"#, &["SERVICE type=inspectorScenarioEventExecuted"]),
    // As some documents spell them.
    (
        r#"{"$type":"chatSessionsUpdated","sessions":[{"sessionId":"S","chatId":"C"}]}"#,
        &["SERVICE type=chatSessionsUpdated"],
    ),
    (r#"{"$type":"chatLoading","sessionId":"S","text":"soon"}"#, &["SERVICE type=chatLoading text=soon id=S"]),
    (
        r#"{"$type":"replyThinking","sessionId":"S","messageId":"m","senderId":"c1","text":"hm"}"#,
        &["REASONING text=hm id=m name=Ann sender=c1 role=assistant"],
    ),
    (
        r#"{"$type":"updated","sessionId":"S","messageId":"m","senderId":"c1","role":"Assistant","text":"Hi."}"#,
        &["MESSAGE text=Hi. id=m name=Ann sender=c1 role=assistant"],
    ),
    (r#"{"$type":"somethingNew","x":{"y":[1.50,"é"]}}"#, &["SERVICE type=somethingNew"]),
    (r#"{"x":1,"$type":"somethingNew"}"#, &["SERVICE type=somethingNew"]),
    (r#"{"$type":"replyChunk","sessionId":"other","messageId":"m","text":"x"}"#, &["SERVICE type=replyChunk id=other"]),
    (
        r#"{"$type":"chatStarted","sessionId":"other","chatId":"D","characters":[]}"#,
        &["SERVICE type=chatStarted id=other"],
    ),
    (r#"{"$type":"chatClosed","sessionId":"other","chatId":"D"}"#, &["SERVICE type=chatClosed id=other"]),
    (r#"{"no":"type"}"#, &["SERVICE ERR_PROTOCOL type= text=the hub sent an object without a $type"]),
];

#[test]
fn every_message_of_the_server_reaches_the_host_whole() {
    for (json, expected) in FROM_THE_SERVER {
        let mut stage = Stage::ready(&[]);
        stage.hub(json);
        assert_eq!(stage.log(), *expected, "{json}");
        let mut stage = Stage::ready(&[]);
        stage.hub(json);
        assert!(stage.events().iter().any(|event| event.json == *json), "byte for byte: {json}");
    }
}

/// Fields that nobody knows are as much the host's as the others, wherever they stand and however they are written.
#[test]
fn unknown_fields_pass_through_byte_for_byte() {
    const UNKNOWN: &str = r#""zUnknown" : {"a":[1.50,-0e3,"\u00e9\/"] , "b":null}"#;
    let mut seen = 0;
    for (json, _) in FROM_THE_SERVER {
        let inner = json[1..json.len() - 1].trim_end();
        for json in [format!("{{{inner},{UNKNOWN}}}"), format!("{{{UNKNOWN} ,{inner}}}")] {
            let mut stage = Stage::ready(&[]);
            stage.hub(&json);
            assert!(stage.events().iter().any(|event| event.json == json), "byte for byte: {json}");
            seen += 1;
        }
    }
    println!("{seen} messages with a field that nobody knows, each whole");
}

/// Both tables hold every name that the protocol knows, so a new one can not be left out.
#[test]
fn the_tables_are_complete() {
    let names = include_str!("../../src/protocol/voxta/name.rs");
    let rows = names.split("names! {").nth(1).and_then(|rest| rest.split('}').next()).expect("the table of names");
    let mut of_the_server: Vec<&str> = rows.split('"').skip(1).step_by(2).collect();
    assert!(of_the_server.len() > 50, "{of_the_server:?}");
    // These two decide about the connection, and have their tests with it.
    of_the_server.retain(|name| !matches!(*name, "welcome" | "authenticationRequired"));
    for name in &of_the_server {
        let type_ = format!("\"$type\":\"{name}\"");
        assert!(FROM_THE_SERVER.iter().any(|(json, _)| json.contains(&type_)), "{name} is in no row");
    }
    // A call that there is not is answered with all that there are.
    let error = Stage::check(&Action::Call { name: "zzz".into(), json: String::new() }).expect_err("no such call");
    let list = error.text.split("It has ").nth(1).expect("a list").to_owned();
    let to_the_server: Vec<&str> = list.split(", ").collect();
    assert!(to_the_server.len() > 40, "{list}");
    for name in &to_the_server {
        let in_table = |row: &&str| row.trim_start_matches("S ") == *name;
        // Pictures go over HTTP, and have a test of their own.
        let picture = name.contains("/api/vision/");
        assert!(picture || TO_THE_SERVER.iter().any(|(row, _)| in_table(row)), "{name} is in no row");
    }
    println!("{} messages of the server, {} to it, each in a row", of_the_server.len() + 2, to_the_server.len());
}

#[test]
fn what_is_no_message_is_shown_and_the_link_goes_on() {
    let mut stage = Stage::ready(&[]);
    for bad in ["nonsense", "[1,2", "{\"type\":1}", "\u{0}"] {
        stage.raw(&format!("{bad}\u{1e}"));
        assert!(stage.log()[0].starts_with("SERVICE ERR_PROTOCOL"), "{bad}");
        stage.raw(&format!("{bad}\u{1e}"));
        assert_eq!(stage.events()[0].data, bad.as_bytes());
    }
    stage.raw("{\"type\":1,\"target\":\"Other\",\"arguments\":[{\"a\":1}]}\u{1e}");
    assert!(stage.log()[0].starts_with("SERVICE ERR_PROTOCOL type=Other"));
    stage.hub("{\"$type\":\"replyChunk\",");
    assert!(stage.log()[0].starts_with("SERVICE ERR_PROTOCOL"));
    stage.raw(
        "{\"type\":1,\"target\":\"ReceiveMessage\",\"arguments\":[{\"$type\":\"chatPaused\"}],\"headers\":[1]}\u{1e}",
    );
    assert_eq!(stage.events()[0].json, r#"{"$type":"chatPaused"}"#);
    stage.hub(r#"{"$type":"recordingRequest","enabled":true}"#);
    assert_eq!(stage.log(), ["MICROPHONE value=1"]);
}

/// Each message to the server that has no verb of its own: its name and fields, and what is sent.
const TO_THE_SERVER: &[(&str, &str)] = &[
    ("authenticate", r#"{"client":"x","scope":[],"capabilities":{}}"#),
    ("registerApp", r#"{"label":"x"}"#),
    ("startChat", r#"{"characterIds":["c"],"contexts":[],"ephemeral":true}"#),
    ("resumeChat", r#"{"chatId":"C"}"#),
    ("loadCharactersList", "{}"),
    ("loadScenariosList", "{}"),
    ("loadChatsList", r#"{"characterId":"c"}"#),
    ("inspectAudioInput", r#"{"audioFrames":true}"#),
    ("deleteChat", r#"{"chatId":"C"}"#),
    ("listResources", r#"{"resources":[{"kind":"Character","id":"x"}]}"#),
    ("deployResource", r#"{"id":"x","data":{"$type":"base64"}}"#),
    ("fulfillUserInteractionRequest", r#"{"requestId":"r"}"#),
    ("triggerReply", r#"{"a":1}"#),
    ("sendSecret", r#"{"a":1}"#),
    ("sendNote", r#"{"a":1}"#),
    ("sendInstructions", r#"{"a":1}"#),
    ("requestUserAction", r#"{"a":1}"#),
    ("loadChat", r#"{"a":1}"#),
    ("S stopChat", "{}"),
    ("S pauseChat", r#"{"pause":true}"#),
    ("S subscribeToChat", "{}"),
    ("S unsubscribeFromChat", "{}"),
    ("S send", r#"{"text":"x","doReply":false}"#),
    ("S update", r#"{"messageId":"m","text":"x"}"#),
    ("S deleteMessage", r#"{"messageId":"m"}"#),
    ("S revert", "{}"),
    ("S retry", "{}"),
    ("S interrupt", "{}"),
    ("S characterSpeechRequest", r#"{"characterId":"c","text":""}"#),
    ("S speak", "{}"),
    ("S triggerAction", r#"{"messageId":"m","value":"v","arguments":[{"name":"a","value":1}]}"#),
    ("S updateContext", r#"{"contextKey":"k","contexts":[]}"#),
    ("S speechPlaybackStart", r#"{"messageId":"m","startIndex":0,"endIndex":1,"duration":0.50}"#),
    ("S speechPlaybackComplete", r#"{"messageId":"m"}"#),
    ("S typingStart", "{}"),
    ("S typingEnd", r#"{"sent":true}"#),
    ("S addChatParticipant", r#"{"characterId":"c"}"#),
    ("S removeChatParticipant", r#"{"characterId":"c"}"#),
    ("S requestSuggestions", r#"{"count":2}"#),
    ("S inspect", r#"{"enabled":true}"#),
    ("S appTriggerComplete", r#"{"triggerId":"t"}"#),
    ("S updateChat", r#"{"title":"x"}"#),
    ("S updateDocument", r#"{"documentId":"d"}"#),
    ("S runScript", r#"{"script":"x"}"#),
    ("S triggerScriptEvent", r#"{"name":"x"}"#),
];

#[test]
fn every_message_to_the_server_is_sent_as_it_is_given() {
    for (name, json) in TO_THE_SERVER {
        let mut stage = Stage::ready(&[]);
        let (name, session) = match name.strip_prefix("S ") {
            Some(name) => (name, ",\"sessionId\":\"S\""),
            None => (*name, ""),
        };
        stage.call(name, json);
        let inner = &json[1..json.len() - 1];
        let comma = if inner.is_empty() { "" } else { "," };
        let payload = format!("{{\"$type\":\"{name}\"{session}{comma}{inner}}}");
        let log = stage.log();
        assert!(log[0].ends_with(&format!("\"target\":\"SendMessage\",\"arguments\":[{payload}]}}")), "{}", log[0]);
    }
}

#[test]
fn verbs() {
    let mut stage = Stage::ready(&[]);
    let payload = |stage: &mut Stage| {
        let log = stage.log();
        let sent = log.iter().find_map(|line| line.split_once("\"arguments\":[")).expect("something is sent");
        sent.1.strip_suffix("]}").expect("one argument").to_owned()
    };
    stage.act(Action::Say(Say { text: "Hi".into(), json: String::new() }));
    assert_eq!(payload(&mut stage), r#"{"$type":"send","sessionId":"S","text":"Hi","doReply":true}"#);
    stage.act(Action::SetContext { key: "k".into(), text: "dark".into(), json: String::new() });
    assert_eq!(
        payload(&mut stage),
        r#"{"$type":"updateContext","sessionId":"S","contextKey":"k","contexts":[{"text":"dark"}]}"#
    );
    stage.act(Action::SetTools { json: r#"[{"name":"wave"}]"#.into() });
    assert_eq!(
        payload(&mut stage),
        r#"{"$type":"updateContext","sessionId":"S","contextKey":"Tools","actions":[{"name":"wave"}]}"#
    );
    stage.act(Action::Interrupt { json: String::new() });
    assert_eq!(payload(&mut stage), r#"{"$type":"interrupt","sessionId":"S"}"#);
    stage.hub(r#"{"$type":"appTrigger","sessionId":"S","triggerId":"t","name":"wave"}"#);
    stage.log();
    stage.act(Action::ToolResult { id: "t".into(), result: "done".into(), failed: false });
    assert_eq!(payload(&mut stage), r#"{"$type":"appTriggerComplete","sessionId":"S","triggerId":"t"}"#);
    stage.act(Action::ToolResult { id: "t".into(), result: "done".into(), failed: false });
    assert!(stage.log()[0].contains("no TOOL_CALL with the id \"t\""));
    let played =
        Playback { phase: PlaybackPhase::Completed, id: "x".into(), sender: String::new(), json: String::new() };
    stage.act(Action::Playback(played));
    assert!(stage.log()[0].contains("no reply with the id \"x\""));
    stage.act(Action::Subscribe { json: r#"{"sessionId":"T"}"#.into() });
    assert_eq!(payload(&mut stage), r#"{"$type":"subscribeToChat","sessionId":"T"}"#);
}

#[test]
fn what_was_set_is_set_again_in_the_next_connection_and_the_same_chat_is_found() {
    let mut stage = Stage::ready(&[("offline.max_requests", "8")]);
    stage.act(Action::SetContext { key: "k".into(), text: "dark".into(), json: String::new() });
    stage.act(Action::SetContext { key: "k".into(), text: String::new(), json: r#"{"setFlags":["f"]}"#.into() });
    stage.closed(0, 0, 1006);
    let waiting = stage.act(Action::Say(Say { text: "later".into(), json: String::new() }));
    stage.log();
    stage.begin();
    stage.open();
    stage.raw("{}\u{1e}");
    stage.hub(crate::stage::WELCOME);
    stage.log();
    stage.hub(r#"{"$type":"chatsSessionsUpdated","sessions":[{"sessionId":"X","chatId":"D"},{"sessionId":"S2","chatId":"C"}]}"#);
    let log = stage.log().join("\n");
    assert!(log.contains(r#""$type":"subscribeToChat","sessionId":"S2""#), "{log}");
    assert!(
        log.contains(r#""sessionId":"S2","contextKey":"k","contexts":[{"text":"dark"}],"setFlags":["f"]"#),
        "{log}"
    );
    assert!(log.contains(r#""$type":"send","sessionId":"S2","text":"later""#), "{log}");
    assert!(log.ends_with("READY") && !log.contains(&format!("done {waiting}")));
}

#[test]
fn which_chat_is_pinned() {
    let lists = r#"{"$type":"chatsSessionsUpdated","sessions":[{"sessionId":"A","chatId":"CA"},{"sessionId":"B","chatId":"CB"}]}"#;
    for (policy, chat, expected) in [("first", "", "A"), ("chat", "CB", "B"), ("own", "", "")] {
        let mut stage = Stage::welcomed(&[("voxta.session", policy), ("voxta.chat_id", chat)]);
        stage.hub(lists);
        let log = stage.log();
        assert_eq!(log.contains(&"READY".to_owned()), !expected.is_empty(), "{policy}");
        if !expected.is_empty() {
            assert!(log.iter().any(|line| line.contains(&format!("\"subscribeToChat\",\"sessionId\":\"{expected}\""))));
        }
    }
    // One's own chat takes the place of the pinned one, and nobody else's does.
    let mut stage = Stage::ready(&[]);
    stage.call("startChat", "{}");
    stage.log();
    stage.hub(r#"{"$type":"chatStarted","sessionId":"N","chatId":"CN","characters":[]}"#);
    assert_eq!(
        stage.log(),
        ["CHAT_CLOSED SYNTHETIC id=C", "CHAT_STARTED id=CN", "CHARACTERS SYNTHETIC", "NOT READY", "READY"]
    );
    // A chat that the server does not run any more is resumed where that is asked for.
    let mut stage = Stage::ready(&[("voxta.resume", "1")]);
    stage.closed(0, 0, 1006);
    stage.begin();
    stage.open();
    stage.raw("{}\u{1e}");
    stage.hub(crate::stage::WELCOME);
    stage.log();
    stage.pass(500);
    assert!(stage.log()[0].contains(r#"{"$type":"resumeChat","chatId":"C"}"#));
}

#[test]
fn kinds_that_nobody_wants_are_not_told_and_the_state_is_still_right() {
    let mut stage = Stage::ready(&[("events.kinds", "SENTENCE")]);
    for (json, _) in FROM_THE_SERVER {
        stage.hub(json);
    }
    assert!(stage.events().iter().all(|event| matches!(event.kind, Kind::Sentence)));
}
