//! Every code of the Centrifugo protocol, wherever it can stand, and what comes of it.

use parlor::model::{Kind, State};
use parlor::protocol::Loss;
use serde_json::json;

use crate::stage::Stage;

const PLAIN: &str = r#"{"client":"c","ping":25,"pong":true}"#;

/// Error codes with what the service marks as temporary, and the status that the host sees.
const ERRORS: &[(u32, bool, &str)] = &[
    (100, true, "SERVER_ERROR"),
    (101, false, "UNAUTHORIZED"),
    (102, false, "SERVICE"),
    (103, false, "FORBIDDEN"),
    (104, false, "SERVICE"),
    (105, false, "CONFLICT"),
    (106, false, "REJECTED"),
    (107, false, "REJECTED"),
    (108, false, "SERVICE"),
    (109, false, "UNAUTHORIZED"),
    (110, false, "UNAUTHORIZED"),
    (111, true, "RATE_LIMITED"),
    (112, false, "REJECTED"),
    (113, true, "SERVICE"),
    (400, false, "SERVICE"),
    (1999, false, "SERVICE"),
    (1500, true, "SERVICE"),
];

fn fault(code: u32, temporary: bool) -> String {
    let mark = if temporary { r#","temporary":true"# } else { "" };
    format!(r#""error":{{"code":{code},"message":"why"{mark}}}"#)
}

fn id_of(stage: &mut Stage, what: &str) -> String {
    let log = stage.log();
    let line = log.iter().rev().find(|line| line.contains(what)).unwrap_or_else(|| panic!("no {what} in {log:?}"));
    line.split("\"id\":").nth(1).and_then(|rest| rest.split(',').next()).expect("an id").to_owned()
}

#[test]
fn errors_of_a_connect() {
    for (code, temporary, status) in ERRORS {
        let mut stage = Stage::new(&[("protocol", "centrifugo"), ("url", "ws://c"), ("credential", "T")]);
        stage.begin();
        stage.open();
        let id = id_of(&mut stage, "connect");
        stage.text(&format!("{{\"id\":{id},{}}}", fault(*code, *temporary)));
        let ends = match (*code, *temporary) {
            (109, _) => "credential",
            (_, true) => "retry",
            _ => "give up",
        };
        assert_eq!(stage.log(), [format!("lost: {ends} PARLOR_ERR_{status}")], "{code}");
    }
}

#[test]
fn errors_of_a_subscribe() {
    for (code, temporary, status) in ERRORS {
        let mut stage = Stage::up(&[], PLAIN);
        let request = stage.subscribe(r#"{"channel":"a"}"#);
        let id = id_of(&mut stage, "subscribe");
        let reply = format!("{{\"id\":{id},{}}}", fault(*code, *temporary));
        stage.text(&reply);
        let log = stage.log();
        match (*code, *temporary) {
            (109, _) => assert_eq!(log, ["CREDENTIAL_NEEDED PARLOR_ERR_UNAUTHORIZED name=a"]),
            (_, true) => {
                assert!(log.is_empty(), "{code}: {log:?}");
                stage.pass(20_500);
                assert!(!id_of(&mut stage, "subscribe").is_empty(), "{code}: once more, after a while");
            }
            _ => {
                assert_eq!(
                    log[0],
                    format!("SERVICE type=unsubscribed value={code} text=why name=a role=client"),
                    "{code}"
                );
                assert_eq!(log[1], format!("done {request} ERR_{status} {reply}"), "{code}");
            }
        }
    }
}

#[test]
fn errors_of_a_call() {
    for (code, temporary, status) in ERRORS {
        let mut stage = Stage::up(&[], PLAIN);
        let request = stage.call("rpc", r#"{"method":"m"}"#);
        let id = id_of(&mut stage, "rpc");
        let reply = format!("{{\"id\":{id},{}}}", fault(*code, *temporary));
        stage.text(&reply);
        assert_eq!(
            stage.log(),
            [format!("done {request} ERR_{status} {reply}")],
            "{code}: told, and nothing else ends"
        );
    }
}

#[test]
fn errors_of_a_refresh() {
    let expiring = r#"{"client":"c","expires":true,"ttl":10,"ping":25}"#;
    for (code, temporary, status) in ERRORS {
        let mut stage = Stage::up(&[("credential", "T")], expiring);
        stage.pass(9_000);
        stage.credential("U");
        let id = id_of(&mut stage, "refresh");
        stage.text(&format!("{{\"id\":{id},{}}}", fault(*code, *temporary)));
        if *temporary || *code == 109 {
            assert!(stage.log().is_empty(), "{code}");
            stage.pass(7_500);
            assert_eq!(stage.log(), ["CREDENTIAL_NEEDED PARLOR_ERR_UNAUTHORIZED"], "{code}: asked for again");
        } else {
            assert_eq!(stage.log(), [format!("lost: give up PARLOR_ERR_{status}")], "{code}");
        }
    }
}

#[test]
fn unsubscribes() {
    for (code, again) in [(2000, false), (2001, false), (2499, false), (2500, true), (2501, true), (2502, true)] {
        let mut stage = Stage::up(&[], PLAIN);
        stage.subscribe(r#"{"channel":"a","recoverable":true}"#);
        let id = id_of(&mut stage, "subscribe");
        stage.text(&format!(r#"{{"id":{id},"subscribe":{{"recoverable":true,"epoch":"e","offset":5}}}}"#));
        stage.log();
        stage.text(&format!(r#"{{"push":{{"channel":"a","unsubscribe":{{"code":{code},"reason":"why"}}}}}}"#));
        let log = stage.log();
        let change = if again { "subscribing" } else { "unsubscribed" };
        assert!(log[0].starts_with(&format!("SERVICE type={change} value={code} text=why name=a")), "{log:?}");
        assert_eq!(log.len(), if again { 2 } else { 1 }, "{log:?}");
        if again {
            let position = if code == 2502 { r#""epoch":"_""# } else { r#""epoch":"e","offset":5"# };
            assert!(log[1].contains(r#""recover":true,"#) && log[1].contains(position), "{code}: {log:?}");
        }
    }
}

/// By the close frame of the socket, and by a push: each code ends the link in the same way.
#[test]
fn disconnects() {
    let reconnecting = [3000, 3001, 3004, 3005, 3006, 3008, 3009, 3010, 3011, 3012, 3013, 3499, 4000, 4001, 4499];
    let terminal = [3500, 3501, 3502, 3503, 3504, 3505, 3506, 3507, 3508, 3509, 3999, 4500, 4501, 4999];
    let plain = [1000, 1001, 1002, 1003, 1006, 1007, 1011, 1012, 1013];
    for code in plain.into_iter().chain(reconnecting).chain(terminal).chain([1009, 3014]) {
        for by_push in [false, true] {
            if by_push && code < 3000 {
                continue;
            }
            let mut stage = Stage::up(&[("credential", "T")], PLAIN);
            if by_push {
                stage.text(&format!(r#"{{"push":{{"disconnect":{{"code":{code},"reason":"why"}}}}}}"#));
            } else {
                stage.closed(code, "why");
            }
            let loss = stage.losses.pop().unwrap_or_else(|| panic!("{code} ends the link"));
            match loss {
                Loss::Retry { error, .. } => {
                    assert!(reconnecting.contains(&code) || plain.contains(&code), "{code}: {error:?}");
                }
                Loss::RetryWithCredential { .. } => assert_eq!(code, 3014),
                Loss::GiveUp { error } => {
                    assert!(terminal.contains(&code) || code == 1009, "{code}: {error:?}");
                    assert!(error.text.contains(&code.to_string()) && error.text.contains("why"), "{}", error.text);
                }
            }
        }
    }
}

/// What real servers were seen to do, done by the simulator, and what the client makes of it.
#[cfg(feature = "sim")]
#[test]
fn what_was_seen_of_servers() {
    use parlor::sim::centrifugo::{CentrifugoSim, Config, Rules, sign, unix_now};

    use crate::live::Live;
    use crate::sim_client::{Client, End};
    let sim = CentrifugoSim::spawn(Config::default()).expect("loopback is there");
    let path = "/connection/websocket";
    for frames in [
        &["nope"][..],
        &[r#"{"id":1,"subscribe":{"channel":"a"}}"#],
        &[r#"{"id":1,"connect":{}}"#, r#"{"id":2,"connect":{}}"#],
        &["{\"id\":1,\"connect\":{}}\n\n{\"id\":2,\"rpc\":{\"method\":\"echo\"}}"],
        &[r#"{"id":1,"connect":{}}"#, r#"{"id":2}"#],
        &[r#"{"id":1,"connect":{}}"#, r#"{"id":2,"ping":{}}"#],
        &[r#"{"id":1,"connect":{}}"#, "{}"],
        &[r#"{"id":1,"connect":{}}"#, r#"{"id":2,"sub_refresh":{"token":"x"}}"#],
    ] {
        let mut client = Client::open(sim.addr(), path);
        for frame in frames {
            client.send(frame);
        }
        assert!(matches!(client.end(), End::Close(3501, _)), "{frames:?}");
    }
    let mut client = Client::open(sim.addr(), path);
    client.send(r#"{"id":1,"connect":{}}"#);
    client.send(r#"{"send":{"data":1}}"#);
    assert!(matches!(client.end(), End::Close(3508, _)));
    let forged = sign("other", &json!({"sub": "x"}));
    let mut client = Client::open(sim.addr(), path);
    client.send(&json!({"id": 1, "connect": {"token": forged}}).to_string());
    assert!(matches!(client.end(), End::Close(3500, _)), "a bad signature");
    let expired = sign("secret", &json!({"sub": "x", "exp": unix_now() - 5}));
    let mut client = Client::open(sim.addr(), path);
    client.send(&json!({"id": 1, "connect": {"token": expired}}).to_string());
    assert_eq!(client.next()["error"]["code"], 109, "and the socket stays open");
    // Who says nothing at all is stale.
    let rules = Rules { stale: std::time::Duration::from_millis(100), ..Rules::default() };
    let impatient = CentrifugoSim::spawn(Config { rules, ..Config::default() }).expect("loopback is there");
    assert!(matches!(Client::open(impatient.addr(), path).end(), End::Close(3502, _)));
    // A disconnect by the service's own interface has the code that was asked for.
    let url = sim.ws_url();
    for (code, state) in
        [(3011, State::Reconnecting), (4000, State::Reconnecting), (3503, State::Failed), (4501, State::Failed)]
    {
        let mut live = Live::ready(&[("protocol", "centrifugo"), ("url", &url)]);
        crate::live::eventually("it is known", || sim.hub().clients() > 0);
        sim.hub().disconnect("", code, "asked for");
        let lost = live.until("the end", |event| event.kind == Kind::State && event.value == state as i64);
        assert!(lost.text.contains(&code.to_string()) && lost.text.contains("asked for"), "{lost:?}");
    }
}
