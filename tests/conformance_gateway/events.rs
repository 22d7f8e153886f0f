//! The one table of messages: what comes in, what the host is told, what the mirror shows.

use crate::stage::{CHAT, CLOSED, NO_CHAT, STARTED, Stage};

struct Case {
    name: &'static str,
    snapshot: &'static str,
    messages: &'static [&'static str],
    told: &'static [&'static str],
    /// A member of the mirror and its JSON.
    mirror: &'static [(&'static str, &'static str)],
}

const CASES: &[Case] = &[
    Case {
        name: "a client comes and goes",
        snapshot: NO_CHAT,
        messages: &[
            r#"{"type":"client_connected","data":{"client_id":"b/ü"},"timestamp":1.0}"#,
            r#"{"type":"client_disconnected","data":{"client_id":null},"timestamp":1.0}"#,
        ],
        told: &["PRESENCE value=1 id=b/ü name=connected sender=b/ü", "PRESENCE name=disconnected"],
        mirror: &[],
    },
    Case {
        name: "voxta comes back",
        snapshot: r#"{"type":"snapshot","state":{"connected":false,"chat_active":false,"ai_state":"idle","characters":[]}}"#,
        messages: &[r#"{"type":"voxta_connected","data":{},"timestamp":1.0}"#],
        told: &["SERVICE type=voxta_connected value=1"],
        mirror: &[("connected", "true"), ("chat_active", "false")],
    },
    Case {
        name: "a chat starts",
        snapshot: NO_CHAT,
        messages: &[
            STARTED,
            r#"{"type":"characters_updated","data":{"characters":[{"id":"c1","name":"Ann"},{"id":"c2","name":"Bob","creator_notes":"x"}]},"timestamp":1.6}"#,
        ],
        told: &["CHAT_STARTED value=1 name=Ann sender=c1", "READY", "CHARACTERS value=2 name=Ann sender=c1"],
        mirror: &[
            ("chat_active", "true"),
            ("characters", r#"[{"id":"c1","name":"Ann"},{"creator_notes":"x","id":"c2","name":"Bob"}]"#),
        ],
    },
    Case {
        name: "a chat starts without characters",
        snapshot: NO_CHAT,
        messages: &[r#"{"type":"chat_started","data":{"characters":[]},"timestamp":1.5}"#],
        told: &["CHAT_STARTED", "READY"],
        mirror: &[("chat_active", "true"), ("characters", "[]")],
    },
    Case {
        name: "a chat is over",
        snapshot: CHAT,
        messages: &[CLOSED],
        told: &["CHAT_CLOSED", "NOT READY"],
        mirror: &[("chat_active", "false"), ("characters", "[]"), ("current_speaker_id", "null")],
    },
    Case {
        name: "the states of the AI",
        snapshot: CHAT,
        messages: &[
            r#"{"type":"ai_state_changed","data":{"old_state":"idle","new_state":"thinking"},"timestamp":1.0}"#,
            r#"{"type":"ai_state_changed","data":{"old_state":"thinking","new_state":"speaking"},"timestamp":1.0}"#,
            r#"{"type":"ai_state_changed","data":{"old_state":"speaking","new_state":"idle"},"timestamp":1.0}"#,
            r#"{"type":"ai_state_changed","data":{"old_state":"idle","new_state":"dreaming"},"timestamp":1.0}"#,
        ],
        told: &[
            "AI_STATE value=1 text=thinking name=thinking",
            "AI_STATE value=2 text=speaking name=speaking",
            "AI_STATE text=idle name=idle",
            "AI_STATE value=-1 text=dreaming name=dreaming",
        ],
        mirror: &[("ai_state", "\"dreaming\"")],
    },
    Case {
        name: "dialogue over HTTP and from Voxta",
        snapshot: CHAT,
        messages: &[
            r#"{"type":"dialogue_received","data":{"text":"Hi","source":"game","author":"Bob","character_id":null},"timestamp":1.0}"#,
            r#"{"type":"dialogue_received","data":{"message_id":"m1","text":"Hello","character_id":"c1","source":"ai","author":null},"timestamp":1.0}"#,
            r#"{"type":"dialogue_received","data":{"text":"","source":"user","author":null,"character_id":null},"timestamp":1.0}"#,
        ],
        told: &[
            "MESSAGE text=Hi name=Bob role=game",
            "MESSAGE text=Hello id=m1 name=Ann sender=c1 role=assistant",
            "MESSAGE role=user",
        ],
        mirror: &[],
    },
    Case {
        name: "sentences",
        snapshot: CHAT,
        messages: &[
            r#"{"type":"sentence_ready","data":{"text":"Oh \"absolutely\".","character_id":"c1","message_id":"m1"},"timestamp":1.0}"#,
            r#"{"type":"sentence_ready","data":{"text":"是。","character_id":"c9","message_id":"m1"},"timestamp":1.0}"#,
        ],
        told: &[
            "SENTENCE text=Oh \"absolutely\". id=m1 name=Ann sender=c1 role=assistant",
            "SENTENCE text=是。 id=m1 sender=c9 role=assistant",
        ],
        mirror: &[],
    },
    Case {
        name: "app triggers",
        snapshot: CHAT,
        messages: &[
            r#"{"type":"app_trigger","data":{"name":"smile","arguments":{"level":3, "x":[1]},"character_id":"c1"},"timestamp":1.0}"#,
            r#"{"type":"app_trigger","data":{"name":"wave","arguments":{},"character_id":null},"timestamp":1.0}"#,
            r#"{"type":"app_trigger","data":{"name":"bow"},"timestamp":1.0}"#,
        ],
        told: &[
            r#"TRIGGER text={"level":3, "x":[1]} name=smile sender=c1"#,
            "TRIGGER text={} name=wave",
            "TRIGGER name=bow",
        ],
        mirror: &[],
    },
    Case {
        name: "an external speaker",
        snapshot: CHAT,
        messages: &[
            r#"{"type":"external_speaker_started","data":{"source":"user","reason":"cough"},"timestamp":1.0}"#,
            r#"{"type":"external_speaker_started","data":{"source":"npc","reason":null},"timestamp":1.0}"#,
        ],
        told: &[
            "SPEAKER value=1 text=cough name=user sender=user role=user",
            "SPEAKER value=1 name=npc sender=npc role=npc",
        ],
        mirror: &[("external_speaker_active", "true"), ("external_speaker_source", "\"npc\"")],
    },
    Case {
        name: "an external speaker stops",
        snapshot: r#"{"type":"snapshot","state":{"connected":true,"chat_active":true,"ai_state":"speaking","current_speaker_id":"c1","external_speaker_active":true,"external_speaker_source":"user","characters":[]}}"#,
        messages: &[r#"{"type":"external_speaker_stopped","data":{"source":"user"},"timestamp":1.0}"#],
        told: &["SPEAKER name=user sender=user role=user"],
        mirror: &[
            ("external_speaker_active", "false"),
            ("external_speaker_source", "null"),
            ("ai_state", "\"speaking\""),
            ("current_speaker_id", "\"c1\""),
        ],
    },
    Case {
        name: "what this library does not know",
        snapshot: CHAT,
        messages: &[
            r#"{"type":"brand_new","data":{"a":1},"timestamp":1.0}"#,
            r#"{"type":"","data":null}"#,
            r#"{"type":"pong"}"#,
        ],
        told: &["SERVICE type=brand_new", "SERVICE type=", "SERVICE type=pong"],
        mirror: &[],
    },
    Case {
        name: "another order of members, escapes, blanks, several of one name",
        snapshot: CHAT,
        messages: &[
            r#"{"timestamp":1,"data":{"message_id":"m","text":"a\u00e9\n","character_id":"c1"},"type":"sentence_ready"}"#,
            "{ \"type\" :\t\"sentence_ready\" ,\n\"data\" : { \"text\" : \"b\" } }",
            r#"{"type":"sentence\u005fready","data":{"text":"c"}}"#,
            r#"{"type":"chat_closed","data":{"text":"d"},"type":"sentence_ready"}"#,
            r#"{"type":"sentence_ready","data":{"text":"no"},"data":{"text":"e"}}"#,
            r#"{"type":"sentence_ready","data":{"text":"f","type":"chat_closed"},"timestamp":1}"#,
        ],
        told: &[
            "SENTENCE text=aé\n id=m name=Ann sender=c1 role=assistant",
            "SENTENCE text=b role=assistant",
            "SENTENCE text=c role=assistant",
            "SENTENCE text=d role=assistant",
            "SENTENCE text=e role=assistant",
            "SENTENCE text=f role=assistant",
        ],
        mirror: &[("chat_active", "true")],
    },
    Case {
        name: "wrong types: what can be read is told, and the fault",
        snapshot: CHAT,
        messages: &[
            r#"{"type":"sentence_ready","data":{"text":7,"character_id":"c1","message_id":[1]},"timestamp":1.0}"#,
            r#"{"type":"sentence_ready","data":"text","timestamp":1.0}"#,
            r#"{"type":"sentence_ready","data":{"text":"ok"},"timestamp":"now"}"#,
            r#"{"type":"ai_state_changed","data":{"new_state":null},"timestamp":1.0}"#,
            r#"{"type":"characters_updated","data":{"characters":5},"timestamp":1.0}"#,
            r#"{"type":"app_trigger","data":{"arguments":{}},"timestamp":1.0}"#,
            r#"{"type":"external_speaker_stopped","data":{},"timestamp":1.0}"#,
            r#"{"type":"dialogue_received","timestamp":1.0}"#,
            r#"{"type":"sentence_ready","data":{"text":"next"},"timestamp":1.0}"#,
        ],
        told: &[
            "SENTENCE PARLOR_ERR_PROTOCOL name=Ann sender=c1 role=assistant",
            "SENTENCE PARLOR_ERR_PROTOCOL role=assistant",
            "SENTENCE PARLOR_ERR_PROTOCOL text=ok role=assistant",
            "AI_STATE PARLOR_ERR_PROTOCOL value=-1",
            "CHARACTERS PARLOR_ERR_PROTOCOL value=1 name=Ann sender=c1",
            "TRIGGER PARLOR_ERR_PROTOCOL text={}",
            "SPEAKER PARLOR_ERR_PROTOCOL",
            "MESSAGE PARLOR_ERR_PROTOCOL",
            "SENTENCE text=next role=assistant",
        ],
        mirror: &[("ai_state", "\"idle\""), ("chat_active", "true")],
    },
];

#[test]
fn every_message_becomes_what_the_table_says() {
    for case in CASES {
        let mut stage = Stage::up(&[], case.snapshot);
        for message in case.messages {
            stage.text(message);
        }
        assert_eq!(stage.log(), case.told, "{}", case.name);
        let mirror = stage.mirror();
        for (member, json) in case.mirror {
            assert_eq!(mirror[member].to_string(), *json, "{}: {member}", case.name);
        }
    }
}

#[test]
fn json_body_type_and_time_come_through() {
    let mut stage = Stage::up(&[], CHAT);
    let json = r#"{"type":"sentence_ready","data":{"text":"Hi.","extra":{"deep":[1, 2]}},"timestamp":1763726400.25}"#;
    stage.text(json);
    let event = stage.events().remove(0);
    assert_eq!((event.json.as_str(), event.type_.as_str()), (json, "sentence_ready"));
    assert_eq!(event.body, r#"{"text":"Hi.","extra":{"deep":[1, 2]}}"#);
    assert!((event.time - 1_763_726_400.25).abs() < 1e-6);
}

#[test]
fn lazily_only_the_type_is_read_but_the_mirror_is_right() {
    let mut stage = Stage::up(&[("events.lazy", "1")], NO_CHAT);
    stage.text(STARTED);
    stage.text(r#"{"type":"sentence_ready","data":{"text":"Hi."},"timestamp":1}"#);
    // No service sends a type twice. The whole reading goes by the last one, this one looks no further than the first.
    stage.text(r#"{"type":"sentence_ready","data":{"text":"Hi."},"type":"app_trigger"}"#);
    stage.text(r#"{"type":"unheard","data":{}}"#);
    let events = stage.events();
    assert_eq!(
        events.iter().map(|event| (event.kind.name(), event.type_.as_str(), event.text.as_str())).collect::<Vec<_>>(),
        [
            ("CHAT_STARTED", "chat_started", ""),
            ("SENTENCE", "sentence_ready", ""),
            ("SENTENCE", "sentence_ready", ""),
            ("SERVICE", "unheard", "")
        ]
    );
    assert_eq!(stage.mirror()["chat_active"], true);
}

#[test]
fn masked_kinds_are_not_told_but_the_mirror_is_right() {
    let mut stage = Stage::up(&[("events.kinds", "SENTENCE")], NO_CHAT);
    stage.text(STARTED);
    stage.text(r#"{"type":"app_trigger","data":{"name":"x"},"timestamp":1}"#);
    stage.text(r#"{"type":"sentence_ready","data":{"text":"Hi."},"timestamp":1}"#);
    assert_eq!(stage.log(), ["READY", "SENTENCE text=Hi. role=assistant"]);
    assert_eq!(stage.mirror()["characters"][0]["name"], "Ann");
}
