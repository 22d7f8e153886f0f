//! What a real ASP.NET Core hub does on the wire, each fact with a test, and the life of a connection.

use crate::stage::{SESSIONS, Stage, WELCOME};

const END: char = '\u{1e}';

fn record(json: &str) -> String {
    format!("{{\"type\":1,\"target\":\"ReceiveMessage\",\"arguments\":[{json}]}}{END}")
}

#[test]
fn a_connection_from_the_dial_to_the_chat() {
    let mut stage = Stage::new(&[("credential", "k")]);
    stage.begin();
    assert_eq!(stage.log(), ["dial 0 ws://vx/hub"]);
    assert_eq!(stage.headers, [("authorization".to_owned(), "Bearer k".to_owned())]);
    stage.open();
    stage.raw("{}\u{1e}");
    let log = stage.log();
    assert_eq!(log[0], r#"send {"protocol":"json","version":1}"#);
    assert!(
        log[1].contains(r#""target":"SendMessage","arguments":[{"$type":"authenticate","client":"parlor""#),
        "{}",
        log[1]
    );
    assert!(log[1].contains(r#""scope":["role:app"]"#) && log.len() == 2);
    stage.raw(&format!("{}{}", record(WELCOME), record(SESSIONS)));
    assert_eq!(
        stage.log(),
        [
            "CONNECTED",
            "SERVICE type=welcome",
            "SERVICE type=chatsSessionsUpdated",
            "CHAT_STARTED SNAPSHOT value=1 id=C name=Ann sender=c1",
            "CHARACTERS SYNTHETIC value=1 name=Ann sender=c1",
            r#"send {"type":1,"invocationId":"2","target":"SendMessage","arguments":[{"$type":"subscribeToChat","sessionId":"S"}]}"#,
            "READY",
        ]
    );
}

#[test]
fn the_handshakes_answer_may_share_a_message_with_what_follows_and_come_in_pieces() {
    let whole = format!("{{}}{END}{}{}", record(WELCOME), record(SESSIONS));
    let joined = |pieces: &[&str]| {
        let mut stage = Stage::new(&[]);
        stage.begin();
        stage.open();
        for piece in pieces {
            stage.raw(piece);
        }
        stage.log()
    };
    let expected = joined(&[&whole]);
    assert_eq!(expected.last().unwrap(), "READY");
    let letters: Vec<String> = whole.chars().map(String::from).collect();
    let letters: Vec<&str> = letters.iter().map(String::as_str).collect();
    assert_eq!(joined(&letters), expected, "one byte in each message");
    for at in (1..whole.len()).step_by(7) {
        assert_eq!(joined(&[&whole[..at], &whole[at..]]), expected, "{at}");
    }
}

#[test]
fn escapes_nulls_and_acks_are_understood() {
    let mut stage = Stage::ready(&[]);
    stage.hub(r#"{"$type":"update","sessionId":"S","messageId":"m","senderId":"c1","role":"Assistant","text":"\u00E9\u2603"}"#);
    assert_eq!(stage.log(), ["MESSAGE text=é☃ id=m name=Ann sender=c1 role=assistant"]);
    let request = stage.call("retry", "");
    let id = stage.log()[0].split('"').nth(5).unwrap().to_owned();
    stage.raw(&format!("{{\"type\":3,\"invocationId\":\"{id}\",\"result\":null}}{END}"));
    assert_eq!(stage.log(), [format!("done {request} OK")]);
    // Stateful acknowledgements, types that do not exist yet, pings and answers that nobody waits for.
    for record in [
        r#"{"type":8,"sequenceId":1}"#,
        r#"{"type":9,"sequenceId":1}"#,
        r#"{"type":99}"#,
        r#"{"type":6}"#,
        r#"{"type":3,"invocationId":"77"}"#,
    ] {
        stage.raw(&format!("{record}{END}"));
    }
    assert!(stage.log().is_empty());
}

#[test]
fn the_hub_lets_go_with_a_close_record_or_without_a_word() {
    let mut stage = Stage::ready(&[]);
    stage.raw(&format!(
        "{{\"type\":7,\"error\":\"The maximum message size was exceeded.\",\"allowReconnect\":true}}{END}"
    ));
    let log = stage.log();
    assert!(
        log[0].starts_with("lost: retry the hub has closed the connection: The maximum message size"),
        "{}",
        log[0]
    );
    assert_eq!(&log[1..], ["CHAT_CLOSED SYNTHETIC id=C"]);
    let mut stage = Stage::ready(&[]);
    stage.raw(&format!("{{\"type\":7}}{END}"));
    assert!(stage.log()[0].starts_with("lost: retry after 5000 ms"));
    let mut stage = Stage::ready(&[]);
    stage.closed(0, 0, 1006);
    assert!(stage.log()[0].starts_with("lost: retry"));
}

#[test]
fn pings_go_out_and_silence_is_a_lost_link() {
    let mut stage = Stage::ready(&[]);
    stage.pass(25_000);
    assert_eq!(stage.log(), [r#"send {"type":6}"#, r#"send {"type":6}"#]);
    stage.raw(&format!("{{\"type\":6}}{END}"));
    stage.pass(29_000);
    assert!(stage.log().iter().all(|line| line.starts_with("send")));
    stage.pass(1_000);
    assert!(stage.log().iter().any(|line| line.contains("voxta.silence_ms")));
}

#[test]
fn a_bad_request_is_told_in_the_hubs_words() {
    let mut stage = Stage::ready(&[]);
    let request = stage.call("retry", "");
    let id = stage.log()[0].split('"').nth(5).unwrap().to_owned();
    stage.raw(&format!("{{\"type\":3,\"invocationId\":\"{id}\",\"error\":\"Failed to invoke.\"}}{END}"));
    assert_eq!(stage.log(), [format!("done {request} ERR_SERVICE the hub says: Failed to invoke.")]);
    let request = stage.call("loadChatsList", "");
    let id = stage.log()[0].split('"').nth(5).unwrap().to_owned();
    stage.raw(&format!("{{\"type\":3,\"invocationId\":\"{id}\",\"result\":null}}{END}"));
    assert!(stage.log().is_empty(), "the list itself is the answer");
    stage.hub(r#"{"$type":"chatsListLoaded","chats":[]}"#);
    assert_eq!(
        stage.log(),
        [
            "SERVICE type=chatsListLoaded".to_owned(),
            format!(r#"done {request} OK {{"$type":"chatsListLoaded","chats":[]}}"#),
        ]
    );
}

#[test]
fn refusals_at_the_door() {
    let mut stage = Stage::new(&[]);
    stage.begin();
    stage.closed(0, 401, 0);
    assert!(stage.log()[1].starts_with("lost: credential"));
    let mut stage = Stage::new(&[]);
    stage.begin();
    stage.open();
    stage.raw(&format!("{{\"error\":\"The protocol 'x' is not supported.\"}}{END}"));
    assert!(stage.log()[2].starts_with("lost: give up the hub refused the handshake: The protocol 'x'"));
    for (message, expected) in [
        (r#"{"$type":"authenticationRequired"}"#, "lost: credential"),
        (
            r#"{"$type":"error","message":"not you"}"#,
            "lost: retry after 5000 ms the server does not welcome this client: not you",
        ),
    ] {
        let mut stage = Stage::new(&[]);
        stage.begin();
        stage.open();
        stage.raw(&format!("{{}}{END}"));
        stage.log();
        stage.hub(message);
        assert!(stage.log()[0].starts_with(expected));
    }
    // A token that expires in the middle is asked for with the next connection.
    let mut stage = Stage::ready(&[]);
    stage.hub(r#"{"$type":"authenticationRequired"}"#);
    assert!(stage.log()[0].starts_with("lost: retry the server wants a key"));
}

#[test]
fn negotiations() {
    let begin = |set: &[(&str, &str)]| {
        let mut stage = Stage::new(&[&[("voxta.negotiate", "1")], set].concat());
        stage.begin();
        stage
    };
    let mut stage = begin(&[("credential", "k"), ("voxta.auth", "query")]);
    assert_eq!(stage.log(), ["http Post http://vx/hub/negotiate?negotiateVersion=1"]);
    let cookies = [("set-cookie", "a=1; path=/"), ("set-cookie", "b=2")];
    let cookies: Vec<_> = cookies.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    stage.answer(0, 200, &cookies, br#"{"negotiateVersion":1,"connectionId":"i","connectionToken":"t/+="}"#);
    assert_eq!(stage.log(), ["dial 0 ws://vx/hub?id=t%2F%2B%3D&access_token=k"]);
    assert_eq!(stage.headers, [("cookie".to_owned(), "a=1; b=2".to_owned())]);

    // A server that could resume a connection says so. It was not asked for that, and is shaken hands with as always.
    let mut stage = begin(&[]);
    stage.log();
    let stateful = br#"{"negotiateVersion":1,"connectionId":"i","connectionToken":"t","useStatefulReconnect":true}"#;
    stage.answer(0, 200, &[], stateful);
    assert_eq!(stage.log(), ["dial 0 ws://vx/hub?id=t"]);
    stage.open();
    assert_eq!(stage.log(), [r#"send {"protocol":"json","version":1}"#]);

    let mut stage = begin(&[]);
    stage.answer(0, 200, &[], br#"{"url":"https://there/hub?x=1","accessToken":"s"}"#);
    assert_eq!(stage.log()[1], "http Post https://there/hub/negotiate?x=1&negotiateVersion=1");
    stage.answer(0, 200, &[], br#"{"connectionId":"i"}"#);
    assert_eq!(stage.log(), ["dial 0 wss://there/hub?x=1&id=i"]);
    assert_eq!(stage.headers, [("authorization".to_owned(), "Bearer s".to_owned())]);

    for (status, body, expected) in [
        (401, "", "lost: credential"),
        (503, "", "lost: retry"),
        (404, "", "lost: give up"),
        (200, r#"{"error":"closed"}"#, "lost: give up the answer to the negotiation: the server says: closed"),
        (200, r#"{"ProtocolVersion":"1.5"}"#, "lost: give up"),
    ] {
        let mut stage = begin(&[]);
        stage.answer(0, status, &[], body.as_bytes());
        assert!(stage.log()[1].starts_with(expected), "{status} {body}");
    }
    let mut stage = begin(&[]);
    for _ in 0..11 {
        stage.answer(0, 200, &[], br#"{"url":"https://there/hub"}"#);
    }
    assert!(stage.log().last().unwrap().contains("without end"));
}

#[test]
fn a_person_enters_a_code_and_the_client_comes_in() {
    let mut stage = Stage::new(&[("voxta.pairing", "1")]);
    stage.begin();
    stage.closed(0, 401, 0);
    let log = stage.log();
    assert!(log.contains(&"patience".to_owned()));
    assert!(log.last().unwrap().starts_with("http Post http://vx/api/device/code {\"client_id\":\"voxta\""), "{log:?}");
    stage.answer(0, 200, &[], br#"{"user_code":"AB-1","verification_url":"/device","device_code":"d"}"#);
    assert_eq!(stage.log(), ["CREDENTIAL_NEEDED ERR_UNAUTHORIZED text=http://vx/device name=AB-1"]);
    stage.pass(2_000);
    assert_eq!(stage.log(), [r#"http Post http://vx/api/device/poll {"device_code":"d"}"#]);
    stage.answer(0, 204, &[], b"");
    stage.pass(2_000);
    stage.log();
    stage.answer(0, 200, &[], br#"{"token":"new"}"#);
    assert_eq!(stage.log(), ["SERVICE type=device_token", "dial 0 ws://vx/hub"]);
    assert_eq!(stage.headers[0].1, "Bearer new");
}
