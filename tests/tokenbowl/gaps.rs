//! Gaps, step by step: every order in which pushes, pages, answers and losses of the link can come.

use crate::frames::{PAGE, TOKEN, accept, again, message, new, push, up};
use crate::stage::Stage;

const ROOM: &str = "http GET http://t/messages?limit=100";
const DIRECT: &str = "http GET http://t/messages/direct?limit=100";

fn said(id: &str, second: u32) -> String {
    message(id, "bob", id, second)
}

fn page(more: bool, all: &[String]) -> String {
    format!(r#"{{"messages":[{}],"pagination":{{"total":9,"has_more":{more}}}}}"#, all.join(","))
}

/// The lists are read, and where they do not reach back, pushes that are older have had their time.
fn settle(stage: &mut Stage) {
    stage.pass(250);
}

/// The messages and gaps of a log, in the order in which the host is told: `~` before what was missed.
fn told(log: &[String]) -> Vec<String> {
    let text = |line: &str| line.split("text=").nth(1).and_then(|rest| rest.split(' ').next()).map(str::to_owned);
    log.iter()
        .filter_map(|line| {
            if line.starts_with("GAP") {
                let complete = line.contains("\"complete\":true");
                return Some(if complete { "gap closed".to_owned() } else { "gap open".to_owned() });
            }
            let mark = if line.contains("SNAPSHOT") { "~" } else { "" };
            text(line).filter(|_| line.starts_with("MESSAGE")).map(|text| format!("{mark}{text}"))
        })
        .collect()
}

/// Connected, with one message heard, and the link lost after that.
fn lost() -> Stage {
    let mut stage = up(&[]);
    stage.text(&push(&said("m1", 1)));
    stage.closed(3011, "force reconnect");
    stage.pass(3_000);
    stage.log();
    stage
}

/// The same, with a new link.
fn back() -> Stage {
    let mut stage = lost();
    again_unread(&mut stage);
    stage
}

/// A new link, before anything is read.
fn again_unread(stage: &mut Stage) {
    stage.begin();
    stage.answer(200, TOKEN);
    accept(stage);
}

#[test]
fn a_gap_is_filled_page_by_page_while_what_is_new_waits() {
    let mut stage = back();
    let log = stage.log();
    let since = "&since=2025-11-07T11%3A59%3A56.000000%2B00%3A00";
    assert!(log.contains(&format!("{ROOM}&offset=0{since}")), "{log:?}");
    stage.text(&push(&said("m5", 5)));
    assert!(stage.log().is_empty(), "what is new waits for what is old");
    stage.answer(200, &page(true, &[said("m5", 5), said("m4", 4)]));
    assert_eq!(stage.log(), [format!("{ROOM}&offset=2{since}")]);
    stage.answer(200, &page(false, &[said("m2", 2), said("m1", 1)]));
    assert_eq!(stage.log(), [format!("{DIRECT}&offset=0{since}")]);
    stage.answer(200, &page(false, &[said("m3", 3)]));
    let log = stage.log();
    assert_eq!(log[0], r#"GAP value=3000 {"lost_for_ms":3000,"complete":true,"recovered":3}"#);
    assert_eq!(told(&log), ["gap closed", "~m2", "~m3", "~m4", "m5"]);
    stage.text(&push(&said("m6", 6)));
    assert_eq!(told(&stage.log()), ["m6"], "and from here on everything at once");
}

#[test]
fn a_push_in_the_frame_of_the_acceptance_waits_too() {
    let mut stage = lost();
    stage.begin();
    stage.answer(200, TOKEN);
    stage.open();
    stage.log();
    // It has come before the reading even begins, and is far younger than what was missed.
    let accepted = r#"{"client":"u","subs":{"user:alice":{},"room:main":{}},"ping":25}"#;
    stage.text(&format!("{{\"id\":2,\"connect\":{accepted}}}\n{}", push(&said("m50", 50))));
    let log = stage.log();
    assert!(told(&log).is_empty(), "{log:?}");
    assert!(log.iter().any(|line| line.contains("since=2025-11-07T11%3A59%3A56")), "from m1 on: {log:?}");
    stage.answer(200, &page(false, &[said("m50", 50), said("m2", 2), said("m1", 1)]));
    stage.answer(200, PAGE);
    assert_eq!(told(&stage.log()), ["gap closed", "~m2", "m50"]);
}

#[test]
fn a_push_that_comes_after_its_page_is_not_told_twice() {
    let mut stage = back();
    stage.answer(200, &page(false, &[said("m2", 2), said("m1", 1)]));
    stage.answer(200, PAGE);
    assert_eq!(told(&stage.log()), ["gap closed", "~m2"]);
    stage.text(&push(&said("m2", 2)));
    assert!(stage.log().is_empty());
}

#[test]
fn a_direct_message_does_not_overtake_one_to_the_room_whose_push_is_on_its_way() {
    let mut stage = back();
    stage.answer(200, &page(false, &[said("m2", 2), said("m1", 1)]));
    // Between the two lists m3 was said in the room, then m4 to the user, then m5 in the room.
    stage.log();
    stage.answer(200, &page(false, &[said("m4", 4)]));
    let since = "&since=2025-11-07T12%3A00%3A02.000000%2B00%3A00";
    assert_eq!(stage.log(), [format!("{ROOM}&offset=0{since}")], "the room is read on from m2");
    stage.answer(200, &page(false, &[said("m5", 5), said("m3", 3)]));
    assert_eq!(told(&stage.log()), ["gap closed", "~m2", "~m3", "~m4"]);
    for id in ["m3", "m4", "m5"] {
        stage.text(&push(&said(id, id[1..].parse().expect("a number"))));
    }
    assert_eq!(told(&stage.log()), ["m5"], "what is younger than the cut comes by push, once");
}

#[test]
fn pages_that_shift_while_they_are_read_bring_nothing_twice() {
    let mut stage = back();
    stage.answer(200, &page(true, &[said("m4", 4), said("m3", 3)]));
    // Two more were said meanwhile: the second page begins with what ended the first.
    stage.answer(200, &page(true, &[said("m4", 4), said("m3", 3)]));
    stage.answer(200, &page(false, &[said("m2", 2), said("m1", 1)]));
    stage.answer(200, PAGE);
    let log = stage.log();
    assert_eq!(told(&log), ["gap closed", "~m2", "~m3", "~m4"]);
    assert!(log.iter().any(|line| line.contains("\"recovered\":3")), "{log:?}");
}

#[test]
fn a_busy_service_is_asked_again_and_a_refusal_leaves_the_gap_open() {
    let mut stage = back();
    stage.log();
    for (status, wait) in [(503, 500), (429, 1_000), (500, 2_000)] {
        stage.answer(status, "");
        stage.pass(wait - 1);
        assert!(stage.log().is_empty(), "{status}: too early");
        stage.pass(1);
        assert_eq!(stage.log().len(), 1, "{status}: asked again");
    }
    stage.text(&push(&said("m3", 3)));
    stage.answer(200, &page(false, &[said("m3", 3), said("m2", 2), said("m1", 1)]));
    stage.answer(200, PAGE);
    assert_eq!(told(&stage.log()), ["gap closed", "~m2", "m3"]);
    // Busy once too often, refused, and not understood.
    for answers in [&[503, 503, 503, 503][..], &[403], &[200]] {
        let mut stage = back();
        stage.log();
        stage.text(&push(&said("m3", 3)));
        for status in answers {
            stage.answer(*status, "<html>");
            stage.pass(8_000);
        }
        let log = stage.log();
        assert_eq!(told(&log), ["gap open", "m3"], "{answers:?}");
        stage.text(&push(&said("m4", 4)));
        assert_eq!(told(&stage.log()), ["m4"], "{answers:?}: it goes on");
    }
    // What was read before the fault is told all the same.
    let mut stage = back();
    stage.answer(200, &page(false, &[said("m2", 2), said("m1", 1)]));
    stage.answer(403, "");
    assert_eq!(told(&stage.log()), ["gap open", "~m2"]);
}

#[test]
fn a_link_that_is_lost_while_the_gap_is_filled_loses_nothing() {
    let mut stage = back();
    stage.text(&push(&said("m4", 4)));
    stage.answer(200, &page(true, &[said("m3", 3)]));
    stage.log();
    stage.pass(1_000);
    stage.closed(3001, "shutdown");
    assert_eq!(told(&stage.log()), ["gap open"], "what was heard is not told before what is older");
    // While there was no link m5 was said; m4 has left the store meanwhile, and so has m1.
    again_unread(&mut stage);
    let log = stage.log();
    assert!(log.iter().any(|line| line.contains("since=2025-11-07T11%3A59%3A56")), "still from m1 on: {log:?}");
    stage.text(&push(&said("m6", 6)));
    stage.answer(200, &page(false, &[said("m6", 6), said("m5", 5), said("m3", 3), said("m2", 2)]));
    stage.answer(200, PAGE);
    // One that left the store before it was read is older than all that was read, and its push comes last.
    stage.text(&push(&said("m1b", 1)));
    assert!(told(&stage.log()).is_empty());
    settle(&mut stage);
    let log = stage.log();
    assert!(log.iter().any(|line| line.contains("\"lost_for_ms\":4250")), "since the first loss: {log:?}");
    assert_eq!(told(&log), ["gap open", "m1b", "~m2", "~m3", "m4", "~m5", "m6"]);
}

#[test]
fn an_answer_to_a_post_says_nothing_about_what_others_said_before_it() {
    // Told at once where there is no link, and nobody's place in the store.
    let mut stage = lost();
    stage.call("send_message", r#"{"content":"m9"}"#);
    stage.answer(201, &message("m9", "alice", "m9", 9));
    assert_eq!(told(&stage.log()), ["m9"]);
    again(&mut stage);
    let log = stage.log();
    assert!(log.iter().any(|line| line.contains("since=2025-11-07T11%3A59%3A56")), "still from m1 on: {log:?}");
    // A link can be deaf for a while before it is noticed: then, too, the last thing heard is the last.
    let mut stage = up(&[]);
    stage.text(&push(&said("m1", 1)));
    stage.say("m9", "");
    stage.answer(201, &message("m9", "alice", "m9", 9));
    stage.closed(3012, "no pong");
    again_unread(&mut stage);
    stage.log();
    stage.answer(200, &page(false, &[message("m9", "alice", "m9", 9), said("m2", 2), said("m1", 1)]));
    stage.answer(200, PAGE);
    assert_eq!(told(&stage.log()), ["gap closed", "~m2"]);
}

#[test]
fn an_own_message_waits_for_what_is_older_and_is_told_once() {
    for pushed in [false, true] {
        let mut stage = back();
        stage.say("m3", "");
        let own = message("m3", "alice", "m3", 3);
        if pushed {
            stage.text(&push(&own));
        }
        let post = stage.calls.pop().expect("the post");
        stage.calls.insert(0, post);
        stage.answer(201, &own);
        assert!(told(&stage.log()).is_empty());
        stage.answer(200, &page(false, &[own, said("m2", 2), said("m1", 1)]));
        stage.answer(200, PAGE);
        assert_eq!(told(&stage.log()), ["gap closed", "~m2", "m3"], "pushed: {pushed}");
    }
}

#[test]
fn the_first_link_may_be_lost_before_anything_was_heard() {
    // The store held m1 before the first connection: that was never missed. m2 was.
    let first = |stage: &mut Stage| {
        stage.begin();
        stage.answer(200, TOKEN);
        stage.answer(200, &page(true, &[said("m1", 1)]));
        stage.answer(200, PAGE);
        accept(stage);
        stage.closed(3001, "shutdown");
        again_unread(stage);
        stage.log();
    };
    let mut stage = new(&[]);
    first(&mut stage);
    stage.answer(200, &page(false, &[said("m2", 2), said("m1", 1), said("m0", 0)]));
    stage.answer(200, PAGE);
    assert_eq!(told(&stage.log()), ["gap closed", "~m2"]);
    // An empty store: whatever is there now was said since.
    let mut stage = up(&[]);
    stage.closed(3001, "shutdown");
    again_unread(&mut stage);
    stage.log();
    stage.answer(200, &page(false, &[said("m1", 1)]));
    stage.answer(200, PAGE);
    settle(&mut stage);
    assert_eq!(told(&stage.log()), ["gap open", "~m1"], "a store that was empty names no message to find again");
    // The service would not say: then nothing old is taken for something missed, and the host is told.
    let mut stage = new(&[]);
    stage.begin();
    stage.answer(200, TOKEN);
    stage.answer(403, "");
    accept(&mut stage);
    stage.closed(3001, "shutdown");
    again_unread(&mut stage);
    let log = stage.log();
    assert_eq!(told(&log), ["gap open"]);
    assert!(!log.iter().any(|line| line.starts_with("http GET http://t/messages?limit=100")), "{log:?}");
}

#[test]
fn messages_without_id_or_moment_are_told() {
    let nameless = |text: &str, second: u32| {
        said("x", second).replace("\"id\":\"x\",", "").replace("\"x\"", &format!("\"{text}\""))
    };
    let mut stage = back();
    stage.text(&push(&nameless("live", 6)));
    let timeless = r#"{"id":"t","from_username":"bob","content":"t"}"#.to_owned();
    let list =
        [said("m4", 4), timeless.clone(), said("m3", 3), nameless("missed", 2), said("m1", 1), nameless("old", 0)];
    stage.answer(200, &page(false, &list));
    stage.answer(200, PAGE);
    assert_eq!(told(&stage.log()), ["gap closed", "~missed", "~m3", "~t", "~m4", "live"]);
    // One without an id can not be found again, so the gap behind it can not be called closed.
    stage.closed(3001, "");
    again_unread(&mut stage);
    stage.log();
    stage.answer(200, &page(false, &[said("m7", 7), nameless("live", 6)]));
    stage.answer(200, PAGE);
    settle(&mut stage);
    assert_eq!(told(&stage.log()), ["gap open", "~m7"]);
}

#[test]
fn receipts_keep_their_place_among_messages() {
    let mut stage = back();
    let receipt = r#"{"type":"read_receipt","message_id":"m2","read_by":"bob"}"#;
    stage.log();
    stage.text(&push(receipt));
    stage.text(&push(&said("m3", 3)));
    stage.answer(200, &page(false, &[said("m3", 3), said("m2", 2), said("m1", 1)]));
    stage.answer(200, PAGE);
    let kinds: Vec<String> = stage.log().iter().filter_map(|line| line.split(' ').next().map(str::to_owned)).collect();
    assert_eq!(kinds, ["http", "GAP", "MESSAGE", "RECEIPT", "MESSAGE"]);
}

#[test]
fn what_waits_is_bounded() {
    let mut stage = back();
    stage.log();
    let mut at = 0;
    while told(&stage.log()).is_empty() {
        at += 1;
        assert!(at <= 10_001, "it waits for ever");
        stage.text(&push(&said(&format!("n{at}"), 10)));
        if at <= 10_000 {
            assert!(stage.log().is_empty(), "{at}");
        } else {
            let told = told(&stage.log());
            assert_eq!(told.len(), 10_002);
            assert_eq!((told[0].as_str(), told[1].as_str()), ("gap open", "n1"));
            break;
        }
    }
    // The answer comes too late for this gap, and harms nothing.
    stage.answer(200, &page(false, &[said("m2", 2)]));
    assert!(stage.log().is_empty());
}

#[test]
fn what_the_service_recovers_is_told_as_such_and_without_a_gap() {
    let accepted = |subs: &str| format!(r#"{{"client":"u","subs":{{{subs}}},"ping":25}}"#);
    let mut stage = new(&[]);
    stage.begin();
    stage.answer(200, TOKEN);
    stage.answer(200, PAGE);
    stage.answer(200, PAGE);
    stage.open();
    let position = r#""room:main":{"recoverable":true,"epoch":"e","offset":0}"#;
    stage.text(&format!("{{\"id\":1,\"connect\":{}}}", accepted(position)));
    stage.text(&push(&said("m1", 1)));
    stage.closed(3011, "");
    stage.begin();
    stage.answer(200, TOKEN);
    stage.open();
    stage.log();
    let recovered = format!(
        r#""room:main":{{"recoverable":true,"epoch":"e","offset":1,"was_recovering":true,"recovered":true,"publications":[{{"data":{},"offset":2}}]}}"#,
        said("m2", 2)
    );
    stage.text(&format!(
        "{{\"id\":2,\"connect\":{}}}\n{}",
        accepted(&recovered),
        push(&said("m3", 3)).replace("\"offset\":1", "\"offset\":3")
    ));
    let log = stage.log();
    assert_eq!(told(&log), ["~m2", "m3"], "{log:?}");
    assert!(!log.iter().any(|line| line.starts_with("http")), "{log:?}");
}

#[test]
fn generation_a_fills_its_gaps_in_the_same_way() {
    let mut stage = new(&[("tokenbowl.generation", "a")]);
    stage.begin();
    assert_eq!(stage.log().len(), 2, "where the store stands, before the socket");
    stage.answer(200, PAGE);
    stage.answer(200, PAGE);
    assert_eq!(stage.log(), ["dial ws://t/ws x-api-key: K"]);
    stage.open();
    stage.text(&said("m1", 1));
    stage.closed(1006, "");
    stage.begin();
    stage.open();
    stage.log();
    stage.text(&said("m4", 4));
    stage.say("m5", "");
    let own = message("m5", "alice", "m5", 5);
    stage.text(&format!(r#"{{"type":"message_sent","status":"sent","message":{own}}}"#));
    let log = stage.log();
    assert!(told(&log).is_empty() && log.iter().any(|line| line.starts_with("done")), "{log:?}");
    stage.answer(200, &page(false, &[own, said("m4", 4), said("m2", 2), said("m1", 1)]));
    stage.answer(200, &page(false, &[said("m3", 3)]));
    assert_eq!(told(&stage.log()), ["gap closed", "~m2", "~m3", "m4", "m5"]);
}
