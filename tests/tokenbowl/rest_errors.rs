//! Every operation of the REST interface with every error that it can end in: those that the service itself gives, and
//! all those that it or the proxy before it may give to anything.

use parlor::model::{Action, Status};
use parlor::sim::tokenbowl::{Config, Generation, TokenBowlSim};
use parlor::sim::{Faults, Refusal, Seen};

use crate::chat::{client, sim};
use crate::live::Live;

const NIL: &str = "00000000-0000-4000-8000-000000000000";

/// One operation: what it takes, and the errors that the service itself gives it, each with who asks. `-` is the same
/// parameters, `@bob` stands for the id of bob, `@direct` for that of a direct message between others.
struct Row(&'static str, &'static str, &'static [(u16, &'static str, &'static str)]);

const USER: &str = r#"{"user_id":"00000000-0000-4000-8000-000000000000"}"#;
const MESSAGE: &str = r#"{"message_id":"00000000-0000-4000-8000-000000000000"}"#;
const TALK: &str = r#"{"conversation_id":"00000000-0000-4000-8000-000000000000"}"#;
const BOT: &str = r#"{"bot_id":"00000000-0000-4000-8000-000000000000"}"#;

const ROWS: &[Row] = &[
    Row(
        "register",
        r#"{"username":"new"}"#,
        &[(400, "alice", r#"{"username":"x","bot":true}"#), (409, "alice", r#"{"username":"bob"}"#)],
    ),
    Row("send_magic_link", r#"{"email":"a@b.c"}"#, &[]),
    Row("authenticate_magic_link", r#"{"token":"nope"}"#, &[(401, "alice", "-")]),
    Row(
        "send_message",
        r#"{"content":"a"}"#,
        &[
            (400, "alice", r#"{"content":"a","to_username":"vera"}"#),
            (403, "vera", "-"),
            (404, "alice", r#"{"content":"a","to_username":"zed"}"#),
        ],
    ),
    // A moment that is good for us, and an offset that the service's own reader does not take.
    Row("get_messages", "", &[(400, "alice", r#"{"since":"1970-01-01T00:00:00+14:00"}"#)]),
    Row("get_direct_messages", "", &[]),
    Row("get_unread_messages", "", &[]),
    Row("get_unread_direct_messages", "", &[]),
    Row("get_unread_count", "", &[]),
    Row("mark_all_messages_read", "", &[]),
    Row("mark_message_read", MESSAGE, &[(404, "alice", "-")]),
    Row("get_message", MESSAGE, &[(403, "bob", r#"{"message_id":"@direct"}"#), (404, "alice", "-")]),
    Row("send_typing_indicator", "", &[(404, "alice", r#"{"to_username":"zed"}"#)]),
    Row("get_users", "", &[]),
    Row("get_online_users", "", &[]),
    Row("get_my_profile", "", &[]),
    Row("update_my_username", r#"{"username":"alice"}"#, &[(409, "alice", r#"{"username":"bob"}"#)]),
    Row("update_my_webhook", "", &[]),
    Row("update_my_logo", "", &[]),
    Row("regenerate_api_key", "", &[]),
    Row("get_user_profile", USER, &[(404, "alice", "-")]),
    Row("get_available_logos", "", &[]),
    Row("admin_get_all_users", "", &[(403, "alice", "-")]),
    Row("admin_get_user", USER, &[(403, "alice", "-"), (404, "root", "-")]),
    Row("admin_update_user", USER, &[(403, "alice", "-"), (404, "root", "-")]),
    Row("admin_delete_user", USER, &[(403, "alice", "-"), (404, "root", "-")]),
    Row(
        "admin_assign_role",
        r#"{"user_id":"00000000-0000-4000-8000-000000000000","role":"member"}"#,
        &[(403, "alice", "-"), (404, "root", "-")],
    ),
    Row("admin_regenerate_api_key", USER, &[(403, "alice", "-"), (404, "root", "-")]),
    Row("admin_get_message", MESSAGE, &[(403, "alice", "-"), (404, "root", "-")]),
    Row(
        "admin_update_message",
        r#"{"message_id":"00000000-0000-4000-8000-000000000000","content":"x"}"#,
        &[(403, "alice", "-"), (404, "root", "-")],
    ),
    Row("admin_delete_message", MESSAGE, &[(403, "alice", "-"), (404, "root", "-")]),
    Row(
        "admin_invite_user",
        r#"{"email":"x@y.z","role":"member","signup_url":"https://s.example/"}"#,
        &[(403, "alice", "-")],
    ),
    Row("admin_delete_conversation", TALK, &[(403, "alice", "-"), (404, "root", "-")]),
    Row("admin_get_connections", "", &[(403, "alice", "-")]),
    Row("create_bot", r#"{"username":"b"}"#, &[(403, "vera", "-"), (409, "alice", r#"{"username":"bob"}"#)]),
    Row("get_my_bots", "", &[]),
    Row("update_bot", BOT, &[(403, "alice", r#"{"bot_id":"@bot"}"#), (404, "alice", "-")]),
    Row("delete_bot", BOT, &[(403, "alice", r#"{"bot_id":"@bot"}"#), (404, "alice", "-")]),
    Row("regenerate_bot_api_key", BOT, &[(403, "alice", r#"{"bot_id":"@bot"}"#), (404, "alice", "-")]),
    Row("create_conversation", r#"{"message_ids":[]}"#, &[]),
    Row("get_conversations", "", &[]),
    Row("get_conversation", TALK, &[(404, "alice", "-")]),
    Row("update_conversation", TALK, &[(403, "alice", r#"{"conversation_id":"@talk"}"#), (404, "alice", "-")]),
    Row("delete_conversation", TALK, &[(403, "alice", r#"{"conversation_id":"@talk"}"#), (404, "alice", "-")]),
    Row("get_connection_token", "", &[(404, "old", "-")]),
    Row("health_check", "", &[]),
];

/// Operations that need no key.
const OPEN: &[&str] =
    &["register", "send_magic_link", "authenticate_magic_link", "get_available_logos", "health_check"];

/// What a status means for the host.
fn meaning(http: u16) -> Status {
    match http {
        400 | 422 => Status::Rejected,
        401 => Status::Unauthorized,
        403 => Status::Forbidden,
        404 | 405 => Status::HttpNotFound,
        409 => Status::Conflict,
        429 => Status::RateLimited,
        _ => Status::ServerError,
    }
}

fn fast(sim: &TokenBowlSim, name: &str) -> Live {
    client(sim, name, &[("tokenbowl.rate_per_second", "0")])
}

fn expect(live: &mut Live, name: &str, json: &str, http: u16) {
    let done = live.call(name, json);
    assert_eq!((done.value, done.status), (i64::from(http), meaning(http)), "{name} {json}: {done:?}");
    assert!(done.text.contains(&format!("HTTP {http}")), "{name}: {}", done.text);
}

#[test]
fn the_table_has_every_operation() {
    let sim = sim(Config::default());
    let unknown = Action::Call { name: "nope".into(), json: String::new() };
    let said = fast(&sim, "alice").client.act(unknown, 0).expect_err("no such call").text;
    let all: Vec<&str> = said.split("it has ").nth(1).expect("the list").split(", ").collect();
    let rows: Vec<&str> = ROWS.iter().map(|Row(name, ..)| *name).collect();
    assert_eq!(rows, all);
}

#[test]
fn every_operation_with_the_errors_that_the_service_gives_it() {
    let sim = sim(Config::default());
    let old = crate::chat::sim(Config { generation: Generation::A, ..Config::default() });
    let mut askers: Vec<(&str, Live)> =
        ["alice", "bob", "vera", "root", "nobody"].map(|name| (name, fast(&sim, name))).into();
    askers.push(("old", fast(&old, "alice")));
    let asker = |askers: &mut Vec<(&str, Live)>, name: &str, call: &mut dyn FnMut(&mut Live)| {
        call(&mut askers.iter_mut().find(|(asker, _)| *asker == name).expect("one of them").1);
    };
    // What belongs to others: a direct message, a bot, a conversation.
    let direct = sim.say("alice", Some("root"), "between us").expect("members");
    let mut made = Vec::new();
    asker(&mut askers, "bob", &mut |bob| {
        for (name, json) in [("create_bot", r#"{"username":"his"}"#), ("create_conversation", r#"{"message_ids":[]}"#)]
        {
            let done = bob.call(name, json);
            let value: serde_json::Value = serde_json::from_str(&done.json).expect("JSON");
            made.push(value["id"].as_str().expect("an id").to_owned());
        }
    });
    let mut shown = 0;
    for Row(name, json, errors) in ROWS {
        let open = OPEN.contains(name);
        if !open {
            asker(&mut askers, "nobody", &mut |nobody| expect(nobody, name, json, 401));
            shown += 1;
        }
        assert!(!name.starts_with("admin_") || errors.iter().any(|(http, ..)| *http == 403), "{name} is for admins");
        assert!(!json.contains(NIL) || errors.iter().any(|(http, ..)| *http == 404), "{name} names something");
        for (http, who, given) in *errors {
            let given = if *given == "-" { *json } else { *given };
            let given = given.replace("@direct", &direct).replace("@bot", &made[0]).replace("@talk", &made[1]);
            asker(&mut askers, who, &mut |live| expect(live, name, &given, *http));
            shown += 1;
        }
    }
    println!("{} operations, {shown} errors of the service's own", ROWS.len());
}

#[test]
fn every_operation_with_every_error_that_anything_can_get() {
    let sim = sim(Config::default());
    let mut root = fast(&sim, "root");
    let mut shown = 0;
    for (http, body, said) in [
        (400, r#"{"detail":"Invalid timestamp format"}"#, ": Invalid timestamp format"),
        (401, r#"{"detail":"Invalid API key"}"#, ": Invalid API key"),
        (403, r#"{"detail":"Admin privileges required"}"#, ": Admin privileges required"),
        (404, r#"{"detail":"Not Found"}"#, ": Not Found"),
        (405, r#"{"detail":"Method Not Allowed"}"#, ": Method Not Allowed"),
        (409, r#"{"detail":"Username x already exists"}"#, ": Username x already exists"),
        (
            422,
            r#"{"detail":[{"loc":["body","content"],"msg":"Field required","type":"missing"}]}"#,
            ": content: Field required",
        ),
        (429, r#"{"detail":"slow down"}"#, ": slow down"),
        (500, "Internal Server Error", ""),
        (502, "<html>", ""),
        (503, "<html>503 Service Temporarily Unavailable</html>", "proxy"),
        (503, r#"{"detail":"Magic links are off"}"#, ": Magic links are off"),
    ] {
        let refusal = Refusal { status: http, body: body.into(), ..Refusal::default() };
        sim.set_faults(Faults { refuse_http: Some(refusal), ..Faults::default() });
        for Row(name, json, _) in ROWS {
            sim.record().clear();
            let done = root.call(name, json);
            assert_eq!((done.value, done.status), (i64::from(http), meaning(http)), "{name}: {done:?}");
            assert!(done.text.contains(said), "{name} {http}: {}", done.text);
            let asked = sim.record().entries().iter().filter(|e| matches!(e.seen, Seen::Http { .. })).count();
            assert_eq!(asked, 1, "{name} {http}: an error of the service is told and not tried again");
            shown += 1;
        }
    }
    println!("{} operations, {shown} errors told with their status and words, none tried again", ROWS.len());
}

/// What is refused before it is sent, with the limit that it breaks. The lengths are of code points.
#[test]
fn what_breaks_a_limit_is_not_sent() {
    let sim = sim(Config::default());
    let live = fast(&sim, "alice");
    let crab = |count: usize| "🦀".repeat(count);
    for (name, json, said) in [
        ("send_message", r#"{"content":""}"#.to_owned(), "1 to 10000 characters, not 0"),
        ("send_message", format!(r#"{{"content":"{}"}}"#, crab(10_001)), "not 10001"),
        ("send_message", format!(r#"{{"content":"a","to_username":"{}"}}"#, crab(51)), "1 to 50 characters, not 51"),
        ("send_message", r#"{"to_username":"bob"}"#.into(), "\"content\" is missing"),
        ("register", r#"{"username":"x","webhook_url":"ftp://h"}"#.into(), "webhook_url"),
        ("register", format!(r#"{{"username":"x","webhook_url":"http://h/{}"}}"#, "a".repeat(2083)), "2083"),
        ("register", format!(r#"{{"username":"x","emoji":"{}"}}"#, crab(11)), "0 to 10 characters, not 11"),
        ("send_magic_link", r#"{"email":"ab"}"#.into(), "3 to 255"),
        ("create_conversation", format!(r#"{{"message_ids":[],"title":"{}"}}"#, crab(201)), "1 to 200"),
        ("create_conversation", r#"{"message_ids":[],"description":""}"#.into(), "at least 1"),
        ("get_conversations", r#"{"limit":101}"#.into(), "limit"),
        ("get_messages", r#"{"since":"yesterday"}"#.into(), "since"),
        ("get_user_profile", r#"{"user_id":"bob"}"#.into(), "user_id"),
        ("admin_assign_role", USER.replace('}', r#","role":"king"}"#), "role"),
    ] {
        let error = live.client.act(Action::Call { name: name.into(), json }, 0).expect_err(name);
        assert!(error.status == Status::InvalidArgument && error.text.contains(said), "{name}: {}", error.text);
    }
    assert!(sim.record().entries().is_empty(), "nothing was sent");
    // What is just within them is sent.
    let mut live = live;
    for json in [format!(r#"{{"content":"{}"}}"#, crab(10_000)), r#"{"content":"a"}"#.into()] {
        assert_eq!(live.call("send_message", &json).value, 201);
    }
}
