//! Bad input, listed and generated: nothing panics, something is told, the next good message is handled.

use parlor::model::{Kind, Status};

use crate::stage::{CHAT, Stage};

const GOOD: &str = r#"{"type":"sentence_ready","data":{"text":"still here"},"timestamp":1}"#;

/// Messages that are no message of the gateway.
const LISTED: &[&str] = &[
    "",
    " ",
    "\n",
    "null",
    "true",
    "0",
    "-1",
    "1e999",
    "\"text\"",
    "[]",
    "[[]]",
    "[{\"type\":\"chat_closed\"}]",
    "{}",
    "{",
    "}",
    "{]",
    "{\"",
    "{\"type",
    "{\"type\"",
    "{\"type\":",
    "{\"type\":}",
    "{\"type\":\"",
    "{\"type\":\"chat_closed",
    "{\"type\":null}",
    "{\"type\":1}",
    "{\"type\":[]}",
    "{\"type\":{}}",
    "{\"type\":true}",
    "{\"Type\":\"chat_closed\"}",
    "{'type':'chat_closed'}",
    "{type:\"chat_closed\"}",
    "{\"type\":\"chat_closed\",}",
    "{\"type\":\"chat_closed\"}x",
    "{\"type\":\"chat_closed\"}{\"type\":\"chat_closed\"}",
    "\u{feff}{\"type\":\"chat_closed\"}",
    "nul",
    "NaN",
    "{\"type\":\"chat_closed\",\"data\":NaN}",
    "{\"type\":\"\\ud800\"}",
    "{\"type\":\"a\\qb\"}",
    "{\"type\":\"a\nb\"}",
    "{\"data\":{\"type\":\"chat_closed\"}}",
    "{\"type\":\"chat_closed\",\"data\":{\"a\"}}",
    "\0",
    "{\"type\":\"x\"\0}",
    "data: {\"type\":\"chat_closed\"}",
    "<html></html>",
    "{\"type\":\"sentence_ready\",\"type\":5}",
];

#[test]
fn listed_garbage_is_told_and_survived() {
    for (lazy, bad) in LISTED.iter().flat_map(|bad| [("0", bad), ("1", bad)]) {
        let mut stage = Stage::up(&[("events.lazy", lazy)], CHAT);
        stage.text(bad);
        let events = stage.events();
        assert!(!events.is_empty(), "{bad:?} was passed over in silence");
        if lazy == "0" {
            let [event] = events.as_slice() else { panic!("{bad:?} became {events:?}") };
            assert_eq!((event.kind, event.status), (Kind::Service, Status::Protocol), "{bad:?}");
            assert!(event.text.starts_with("the gateway sent "), "{bad:?}: {}", event.text);
            let is_json = serde_json::from_str::<serde::de::IgnoredAny>(bad).is_ok();
            // Twisted surrogates and numbers without end are JSON to some readers and not to others.
            if !bad.contains("ud800") && !bad.contains("1e999") {
                assert_eq!(event.json == *bad && is_json, is_json, "{bad:?}");
                assert_eq!(event.data == bad.as_bytes(), !is_json || bad.is_empty(), "{bad:?}");
            }
        }
        assert_eq!(stage.mirror()["chat_active"], true, "{bad:?}");
        stage.text(GOOD);
        assert_eq!(stage.log().len(), 1, "{bad:?}");
    }
}

#[test]
fn binary_messages_are_told_and_survived() {
    for data in [&b""[..], b"\x00", b"\xff\xfe", GOOD.as_bytes()] {
        let mut stage = Stage::up(&[], CHAT);
        stage.binary(data);
        let events = stage.events();
        assert_eq!((events[0].kind, events[0].status), (Kind::Service, Status::Protocol));
        assert_eq!((events[0].data.as_slice(), events[0].json.as_str()), (data, ""));
        stage.text(GOOD);
        assert_eq!(stage.log(), ["SENTENCE text=still here role=assistant"]);
    }
}

/// Good messages, to be spoilt.
const SEEDS: &[&str] = &[
    CHAT,
    GOOD,
    r#"{"type":"chat_started","data":{"characters":[{"id":"c1","name":"Ann","creator_notes":null}]},"timestamp":1.5}"#,
    r#"{"type":"characters_updated","data":{"characters":[{"id":"c1","name":"Ann"}]},"timestamp":1.5}"#,
    r#"{"type":"ai_state_changed","data":{"old_state":"idle","new_state":"thinking"},"timestamp":1.5}"#,
    r#"{"type":"dialogue_received","data":{"message_id":"m","text":"H\u00e9 \"x\"","character_id":"c","source":"ai","author":null},"timestamp":1.5}"#,
    r#"{"type":"app_trigger","data":{"name":"n","arguments":{"a":[1,{"b":null}]},"character_id":"c"},"timestamp":1.5}"#,
    r#"{"type":"external_speaker_started","data":{"source":"user","reason":"r"},"timestamp":1.5}"#,
    r#"{"type":"client_connected","data":{"client_id":"x"},"timestamp":1.5}"#,
    r#"{"type":"voxta_disconnected","data":{},"timestamp":1.5}"#,
    r#"{"type":"pong"}"#,
];

/// Values of every type, to stand where another is expected.
const VALUES: &[&str] = &["null", "true", "0", "-1.5e300", "\"\"", "\"x\"", "[]", "[null]", "{}", "{\"id\":[]}"];

/// A small generator, so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides.max(1)
    }
}

/// A spoilt message: cut, bitten, doubled or with a value of another type.
fn spoil(dice: &mut Dice) -> String {
    let seed = SEEDS[dice.roll(SEEDS.len())];
    let mut text: Vec<char> = seed.chars().collect();
    match dice.roll(5) {
        0 => text.truncate(dice.roll(text.len())),
        1 => {
            for _ in 0..=dice.roll(4) {
                let at = dice.roll(text.len());
                text[at] = ['{', '}', '"', ':', ',', '\\', '[', ']', '\0', 'é', '0'][dice.roll(11)];
            }
        }
        2 => {
            let (from, to) = (dice.roll(text.len()), dice.roll(text.len()));
            let piece: Vec<char> = text[from.min(to)..from.max(to)].to_vec();
            let at = dice.roll(text.len());
            text.splice(at..at, piece);
        }
        3 => {
            let (from, to) = (dice.roll(text.len()), dice.roll(text.len()));
            text.drain(from.min(to)..from.max(to));
        }
        _ => return retype(seed, dice),
    }
    text.into_iter().collect()
}

/// Puts a value of any type in the place of one member's value.
fn retype(seed: &str, dice: &mut Dice) -> String {
    let mut value: serde_json::Value = serde_json::from_str(seed).expect("seeds are JSON");
    let mut place = &mut value;
    for _ in 0..=dice.roll(3) {
        let keys: Vec<String> = match place {
            serde_json::Value::Object(map) if !map.is_empty() => map.keys().cloned().collect(),
            _ => break,
        };
        place = &mut place[keys[dice.roll(keys.len())].as_str()];
    }
    *place = serde_json::from_str(VALUES[dice.roll(VALUES.len())]).expect("values are JSON");
    value.to_string()
}

#[test]
fn generated_garbage_never_panics_and_never_kills_the_link() {
    let mut dice = Dice(7);
    let mut told = 0;
    for round in 0..3000 {
        let lazy = if round % 3 == 0 { "1" } else { "0" };
        let mut stage = Stage::up(&[("events.lazy", lazy)], CHAT);
        for _ in 0..3 {
            let bad = spoil(&mut dice);
            stage.text(&bad);
            let is_json = serde_json::from_str::<serde::de::IgnoredAny>(&bad).is_ok();
            let mut events = stage.events();
            // Voxta going away is told once; everything else is told each time.
            assert!(!events.is_empty() || bad.contains("voxta_disconnected"), "{bad:?} was passed over in silence");
            told += events.len();
            events.retain(|event| lazy == "0" && event.kind == Kind::Service && event.status == Status::Protocol);
            for event in events.iter().filter(|event| event.type_.is_empty()) {
                assert!(is_json || event.json.is_empty(), "{bad:?}: what is not JSON must not be called so");
                assert!(!event.json.is_empty() || event.data == bad.as_bytes(), "{bad:?} must be shown");
            }
            stage.mirror();
        }
        stage.text(GOOD);
        let log = stage.log();
        assert!(log[0].starts_with("SENTENCE"), "{log:?}");
        assert!(stage.losses.is_empty());
    }
    assert!(told > 6000, "{told}");
}

#[test]
fn a_spoilt_snapshot_never_panics() {
    let mut dice = Dice(11);
    for _ in 0..1000 {
        let bad = if dice.roll(2) == 0 { retype(CHAT, &mut dice) } else { spoil(&mut dice) };
        let mut stage = Stage::new(&[]);
        stage.connect(&bad);
        stage.mirror();
        stage.text(CHAT);
        assert_eq!(stage.mirror()["chat_active"], true, "{bad:?}");
    }
}

#[test]
fn deep_and_long_messages_are_survived() {
    for deep in [100, 1_000, 200_000] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let nest = format!("{}1{}", open.repeat(deep), close.repeat(deep));
            let mut stage = Stage::up(&[], CHAT);
            stage.text(&nest);
            stage.text(&format!(r#"{{"type":"app_trigger","data":{{"name":"x","arguments":{nest}}}}}"#));
            stage.text(&format!(r#"{{"type":"characters_updated","data":{{"characters":{nest}}}}}"#));
            stage.text(&format!(r#"{{"type":"sentence_ready","data":{{"text":{nest}}}}}"#));
            stage.text(&format!(r#"{{"type":"snapshot","state":{nest}}}"#));
            assert!(stage.events().len() >= 4);
            stage.text(GOOD);
            assert_eq!(stage.log(), ["SENTENCE text=still here role=assistant"]);
        }
    }
}

#[test]
fn bad_http_bodies_end_the_request_and_nothing_else() {
    let listed: &[&[u8]] = &[
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff\xfe\x00",
        b"<html>",
        b"\"",
        b"{\"detail\":null}",
        b"{\"detail\":[]}",
        b"{\"detail\":[[]]}",
        b"{\"detail\":{}}",
        b"{\"detail\":[{\"msg\":[]}]}",
        b"{\"detail\":[{\"loc\":1,\"msg\":\"m\"}]}",
        b"{\"detail\":[{\"loc\":[null,{},1e9],\"msg\":\"m\"}]}",
        b"1e999",
    ];
    let mut dice = Dice(3);
    let seed = r#"{"detail":[{"type":"missing","loc":["body","text"],"msg":"Field required","input":{}}]}"#;
    let generated: Vec<String> = (0..200).map(|_| retype(seed, &mut dice)).collect();
    let bodies = listed.iter().copied().chain(generated.iter().map(String::as_bytes));
    for (body, status) in bodies.flat_map(|body| [200, 422, 500, 404, 0, 999].map(|status| (body, status))) {
        let mut stage = Stage::up(&[], CHAT);
        stage.say("Hi");
        stage.answer_bytes(status, body);
        let log = stage.log();
        let (done, fine) = (&log[1], status == 200);
        assert_eq!(log.len(), 2, "{log:?}");
        assert_eq!(done.starts_with("done 1 OK"), fine, "{done}");
        stage.pass(250);
        stage.answer_bytes(200, body);
        stage.text(GOOD);
        assert_eq!(stage.log()[1], "SENTENCE text=still here role=assistant");
    }
}
