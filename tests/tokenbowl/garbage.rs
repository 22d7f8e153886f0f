//! What no service should send: nothing panics, nothing is passed over in silence, and the next good message is told or
//! the link is given up with a reason.

use crate::frames::{PAGE, TOKEN, accept, again, message, new, push, up, up_a};
use crate::stage::Stage;

/// What is no object of the service, or hardly one.
const OBJECTS: &[&str] = &[
    "",
    "null",
    "[]",
    "7",
    "\"x\"",
    "1e400",
    r#"{"type":7}"#,
    r#"{"type":null}"#,
    r#"{"type":"message","content":7}"#,
    r#"{"content":"x"}"#,
    r#"{"from_username":"bob"}"#,
    r#"{"id":{},"content":"x","from_username":[]}"#,
    r#"{"type":"read_receipt"}"#,
    r#"{"type":"read_receipt","message_id":[],"read_by":7}"#,
    r#"{"type":"typing","username":{}}"#,
    r#"{"type":"unread_count","total_unread":"many"}"#,
    r#"{"type":"unread_count"}"#,
];

/// Frames of a Centrifugo connection that are hardly any.
const FRAMES: &[&str] = &[
    "nope",
    "{",
    r#"{"push":7}"#,
    r#"{"push":{}}"#,
    r#"{"push":{"channel":7,"pub":{}}}"#,
    r#"{"push":{"channel":"room:main","pub":7}}"#,
    r#"{"push":{"channel":"room:main","pub":{"offset":-1}}}"#,
    r#"{"push":{"channel":"room:main","pub":{"offset":18446744073709551616}}}"#,
    r#"{"push":{"channel":"room:main","join":{"info":7}}}"#,
    r#"{"push":{"disconnect":{"code":"x"}}}"#,
    r#"{"push":{"refresh":{"ttl":-5}}}"#,
    r#"{"push":{"subscribe":{"offset":"x"}}}"#,
    r#"{"id":-1}"#,
    r#"{"id":4294967296}"#,
    r#"{"unheard_of":1}"#,
    "\u{feff}{}",
];

fn works(stage: &mut Stage, what: &str) {
    let text = message("good", "bob", "still here", 59);
    stage.text(&push(&text));
    assert!(stage.log().iter().any(|line| line.contains("text=still here")), "{what}");
    stage.mirror();
}

#[test]
fn objects_that_are_none_are_told_as_what_they_are() {
    for object in OBJECTS.iter().filter(|object| !object.is_empty()) {
        let mut stage = up(&[]);
        stage.text(&push(object));
        let log = stage.log();
        assert!(!log.is_empty(), "{object}: {log:?}");
        works(&mut stage, object);
    }
    for object in OBJECTS {
        let mut stage = up_a();
        stage.text(object);
        assert!(!stage.log().is_empty(), "{object}");
        stage.text(&message("good", "bob", "still here", 59));
        assert!(stage.log().iter().any(|line| line.contains("text=still here")), "{object}");
    }
}

#[test]
fn frames_that_are_none_are_told_or_end_the_link_with_a_reason() {
    for frame in FRAMES {
        let mut stage = up(&[]);
        stage.text(frame);
        let log = stage.log();
        if log.iter().any(|line| line.starts_with("lost")) {
            assert_eq!(log, ["lost: give up PARLOR_ERR_PROTOCOL"], "{frame}");
        } else if log.is_empty() {
            // An answer to nothing, or a publication without a payload on a channel that is heard: see the next test.
            assert!(frame.contains("\"id\"") || frame.contains("subscribe"), "{frame} was passed over in silence");
            works(&mut stage, frame);
        } else {
            works(&mut stage, frame);
        }
    }
    let mut stage = up(&[]);
    stage.binary(&[0xff, 0x00]);
    assert!(stage.log()[0].starts_with("SERVICE PARLOR_ERR_PROTOCOL"));
    works(&mut stage, "what is not UTF-8");
}

/// What the service may answer to a look into its store.
#[test]
fn lists_that_are_none_leave_the_gap_open() {
    for list in
        ["", "null", "[]", "7", "{}", r#"{"messages":7}"#, r#"{"messages":[7,null,[]],"pagination":{"has_more":1}}"#]
    {
        let mut stage = up(&[]);
        stage.text(&push(&message("m1", "bob", "one", 1)));
        stage.closed(3001, "");
        stage.begin();
        stage.answer(200, TOKEN);
        accept(&mut stage);
        stage.log();
        stage.answer(200, list);
        if !stage.calls.is_empty() {
            stage.answer(200, PAGE);
        }
        stage.pass(1_000);
        let log = stage.log();
        assert!(
            log.iter().any(|line| line.starts_with("GAP") && line.contains("\"complete\":false")),
            "{list}: {log:?}"
        );
        works(&mut stage, list);
    }
    // Members of a list that are no messages are told as what they are, behind those that are.
    let mut stage = up(&[]);
    stage.text(&push(&message("m1", "bob", "one", 1)));
    stage.closed(3001, "");
    stage.begin();
    stage.answer(200, TOKEN);
    accept(&mut stage);
    let list = format!(
        r#"{{"messages":[7,{},{{"id":"x"}},{}]}}"#,
        message("m2", "bob", "two", 2),
        message("m1", "bob", "one", 1)
    );
    stage.answer(200, &list);
    stage.answer(200, PAGE);
    let log = stage.log();
    assert!(log.iter().any(|line| line.contains("text=two")), "{log:?}");
    assert_eq!(
        log.iter()
            .filter(|line| line.starts_with("SERVICE SNAPSHOT PARLOR_ERR_PROTOCOL")
                || line.starts_with("SERVICE PARLOR_ERR_PROTOCOL"))
            .count(),
        2,
        "{log:?}"
    );
}

#[test]
fn every_cut_of_every_frame_is_survived() {
    let whole = [push(&message("m1", "bob", "one", 1)), FRAMES.join("\n"), TOKEN.to_owned()];
    for text in whole {
        for cut in (0..text.len()).filter(|cut| text.is_char_boundary(*cut)) {
            for mut stage in [up(&[]), up_a(), Stage::up(&[], r#"{"client":"c","subs":{"room:main":{}},"ping":25}"#)] {
                stage.text(&text[..cut]);
                stage.mirror();
                stage.let_go();
            }
        }
    }
}

/// A text with some of its bytes changed.
fn broken(text: &str, random: &mut fastrand::Rng) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..random.usize(1..6) {
        if bytes.is_empty() {
            break;
        }
        let at = random.usize(..bytes.len());
        match random.u8(..4) {
            0 => bytes[at] = random.u8(..),
            1 => drop(bytes.remove(at)),
            2 => bytes.insert(at, b"{}[]\",:0\\n"[random.usize(..10)]),
            _ => bytes.truncate(at.max(1)),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Bytes that are changed at random, at every place where bytes come in.
#[test]
fn what_is_broken_at_random_is_survived() {
    let seed =
        std::env::var("PARLOR_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| fastrand::u64(..));
    println!("PARLOR_TEST_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let page = format!(r#"{{"messages":[{},{}]}}"#, message("m2", "bob", "two", 2), message("m1", "bob", "one", 1));
    let good = [push(&message("m3", "bob", "three", 3)), page, TOKEN.to_owned(), FRAMES.join("\n")];
    for _ in 0..2_000 {
        let text = broken(&good[random.usize(..good.len())], &mut random);
        for mut stage in [new(&[]), new(&[("tokenbowl.generation", "a")])] {
            stage.begin();
            if !stage.calls.is_empty() && random.bool() {
                stage.answer(200, &text);
            }
            while !stage.calls.is_empty() {
                stage.answer(200, if random.bool() { &text } else { TOKEN });
            }
            stage.open();
            stage.text(&text);
            stage.closed(1006, &text.chars().take(100).collect::<String>());
            again_if_it_can(&mut stage, &text);
            stage.mirror();
        }
        let mut stage = up(&[]);
        stage.text(&text);
        stage.closed(3001, "");
        again(&mut stage);
        stage.text(&text);
        for _ in 0..5 {
            if !stage.calls.is_empty() {
                stage.answer(200, &text);
            }
        }
        stage.pass(10_000);
        stage.mirror();
    }
}

/// The same for what only Centrifugo has: replies to its commands, recovered publications, differences.
#[test]
fn what_is_broken_at_random_on_a_channel_is_survived() {
    let seed =
        std::env::var("PARLOR_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(|| fastrand::u64(..));
    println!("PARLOR_TEST_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let good = [
        r#"{"id":2,"subscribe":{"recoverable":true,"delta":true,"epoch":"e","offset":5,"expires":true,"ttl":9,"was_recovering":true,"recovered":true,"publications":[{"data":"\"abcdef\"","offset":6}]}}"#,
        r#"{"push":{"channel":"a","pub":{"data":"\"abcdefgh\"","offset":6,"info":{"user":"u","client":"c"}}}}"#,
        r#"{"push":{"channel":"a","pub":{"data":"A\n8@0,2:x\"2kVJR1;","delta":true,"offset":7}}}"#,
        r#"{"push":{"channel":"a","unsubscribe":{"code":2500,"reason":"again"}}}"#,
        r#"{"id":3,"history":{"publications":[{"data":1,"offset":1}],"offset":1,"epoch":"e"}}"#,
        r#"{"id":2,"error":{"code":109,"message":"expired","temporary":true}}"#,
    ];
    for _ in 0..4_000 {
        let mut stage = Stage::up(&[], r#"{"client":"c","ping":25,"pong":true}"#);
        stage.subscribe(r#"{"channel":"a","recoverable":true,"delta":"fossil"}"#);
        stage.call("history", r#"{"channel":"a","limit":1}"#);
        if random.bool() {
            stage.text(good[0]);
        }
        for _ in 0..3 {
            let text = broken(good[random.usize(..good.len())], &mut random);
            stage.text(&text);
            stage.mirror();
        }
        stage.pass(30_000);
        stage.let_go();
    }
}

fn again_if_it_can(stage: &mut Stage, text: &str) {
    stage.begin();
    while !stage.calls.is_empty() {
        stage.answer(200, TOKEN);
    }
    stage.open();
    stage.text(text);
}
