//! Every REST call against the simulator, and every error status that the service has.

use parlor::model::{Kind, Status};
use parlor::sim::tokenbowl::Config;
use parlor::sim::{Faults, Refusal};
use serde_json::Value;

use crate::chat::{client, ready, sim};
use crate::live::Live;

fn good(live: &mut Live, name: &str, json: &str) -> Value {
    let done = live.call(name, json);
    assert_eq!(done.status, Status::Ok, "{name} {json}: {done:?}");
    assert!(matches!(done.value, 200 | 201 | 204), "{name}: {}", done.value);
    serde_json::from_str(&done.json).unwrap_or(Value::Null)
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("{name} in {value}")).to_owned()
}

#[test]
fn every_call_makes_its_round_trip() {
    let sim = sim(Config::default());
    let fast = [("tokenbowl.rate_per_second", "0")];
    let (mut alice, mut root) = (ready(&sim, "alice", &fast), client(&sim, "root", &fast));
    let mut made = Vec::new();
    let mut call = |live: &mut Live, name: &str, json: &str| {
        made.push(name.to_owned());
        good(live, name, json)
    };
    let a = &mut alice;
    // Without a connection REST works all the same: root never connects.
    assert_eq!(text(&call(&mut root, "health_check", ""), "status"), "healthy");
    assert_eq!(call(a, "get_available_logos", "").as_array().map(Vec::len), Some(9));
    let carol = call(a, "register", r#"{"username":"carol","webhook_url":"https://c.example/hook","emoji":"🦊"}"#);
    assert_eq!(text(&carol, "api_key").len(), 64);
    call(a, "send_magic_link", r#"{"email":"a@b.c"}"#);
    assert!(text(&call(a, "authenticate_magic_link", r#"{"token":"alice"}"#), "session_token").starts_with("session-"));
    let sent = call(a, "send_message", r#"{"content":"Hello"}"#);
    let direct = call(a, "POST /messages", r#"{"content":"Psst","to_username":"bob"}"#);
    let id = |value: &Value| format!("{{\"message_id\":\"{}\"}}", text(value, "id"));
    assert_eq!(
        call(a, "get_messages", r#"{"limit":10,"since":"2020-01-01T00:00:00+00:00"}"#)["pagination"]["total"],
        1
    );
    assert_eq!(call(a, "get_direct_messages", r#"{"offset":0}"#)["messages"][0]["content"], "Psst");
    call(a, "get_unread_messages", r#"{"limit":5}"#);
    call(a, "get_unread_direct_messages", "");
    call(a, "get_unread_count", "");
    call(a, "mark_message_read", &id(&sent));
    call(a, &format!("POST /messages/{}/read", text(&direct, "id")), "");
    call(a, "mark_all_messages_read", "");
    assert_eq!(call(a, "get_message", &id(&sent))["content"], "Hello");
    call(a, "send_typing_indicator", "");
    call(a, "typing", r#"{"to_username":"bob"}"#);
    let users = call(a, "get_users", "");
    let bob = users.as_array().and_then(|all| all.iter().find(|user| user["username"] == "bob")).expect("bob");
    let bob = format!("{{\"user_id\":\"{}\"}}", text(bob, "id"));
    assert_eq!(call(a, "get_online_users", "").as_array().map(Vec::len), Some(0));
    assert_eq!(call(a, "get_my_profile", "")["username"], "alice");
    call(a, "update_my_webhook", r#"{"webhook_url":"https://a.example/"}"#);
    call(a, "update_my_webhook", "");
    call(a, "update_my_logo", r#"{"logo":"openai.png"}"#);
    assert_eq!(call(a, "get_user_profile", &bob)["username"], "bob");
    let bot = call(a, "create_bot", r#"{"username":"helper","emoji":"🤖"}"#);
    let bot = format!("{{\"bot_id\":\"{}\"}}", text(&bot, "id"));
    assert_eq!(call(a, "get_my_bots", "").as_array().map(Vec::len), Some(1));
    call(a, "update_bot", &bot.replace('}', ",\"emoji\":\"🦾\"}"));
    call(a, "regenerate_bot_api_key", &bot);
    call(a, "delete_bot", &bot);
    let talk =
        call(a, "create_conversation", &format!("{{\"title\":\"T\",\"message_ids\":[\"{}\"]}}", text(&sent, "id")));
    let talk = format!("{{\"conversation_id\":\"{}\"}}", text(&talk, "id"));
    assert_eq!(call(a, "get_conversations", r#"{"limit":100}"#)["pagination"]["total"], 1);
    call(a, "get_conversation", &talk);
    assert_eq!(call(a, "update_conversation", &talk.replace('}', ",\"title\":\"U\"}"))["title"], "U");
    call(a, "delete_conversation", &talk);
    let talk = call(a, "create_conversation", r#"{"message_ids":[]}"#);
    let talk = format!("{{\"conversation_id\":\"{}\"}}", text(&talk, "id"));
    assert!(text(&call(a, "get_connection_token", ""), "url").ends_with("/connection/websocket"));
    let r = &mut root;
    call(r, "admin_get_all_users", "");
    call(r, "admin_get_user", &bob);
    call(r, "admin_update_user", &bob.replace('}', ",\"emoji\":\"🐻\"}"));
    call(r, "admin_assign_role", &bob.replace('}', ",\"role\":\"viewer\"}"));
    call(r, "admin_regenerate_api_key", &bob);
    call(r, "admin_get_message", &id(&sent));
    call(r, "admin_update_message", &id(&sent).replace('}', ",\"content\":\"Edited\"}"));
    call(r, "admin_delete_message", &id(&sent));
    call(r, "admin_invite_user", r#"{"email":"x@y.z","role":"member","signup_url":"https://s.example/"}"#);
    call(r, "admin_delete_conversation", &talk);
    call(r, "admin_get_connections", "");
    call(r, "admin_delete_user", &bob);
    assert_eq!(call(a, "update_my_username", r#"{"username":"alicia"}"#)["username"], "alicia");
    let key = text(&call(a, "regenerate_api_key", ""), "api_key");
    a.act(parlor::model::Action::SetCredential { value: parlor::model::Secret::new(key) });
    assert_eq!(call(a, "get_my_profile", "")["username"], "alicia");
    // The error about a call that does not exist names all that do.
    let unknown = parlor::model::Action::Call { name: "nope".into(), json: String::new() };
    let said = alice.client.act(unknown, 0).expect_err("no such call").text;
    let all: Vec<&str> = said.split("it has ").nth(1).expect("the list").split(", ").collect();
    let left: Vec<&&str> = all.iter().filter(|name| !made.iter().any(|done| done == **name)).collect();
    assert!(left.is_empty(), "not called: {left:?}");
    println!("{} calls of {} operations made their round trip", made.len(), all.len());
}

#[test]
fn every_error_status_has_its_own_number_and_keeps_the_words() {
    let sim = sim(Config::default());
    let fast = [("tokenbowl.rate_per_second", "0")];
    let (mut alice, mut nobody) = (client(&sim, "alice", &fast), client(&sim, "nobody", &fast));
    let nil = "00000000-0000-4000-8000-000000000000";
    for (name, json, http, status, said) in [
        ("register", r#"{"username":"x","bot":true}"#.to_owned(), 400, Status::Rejected, "POST /bots"),
        ("send_message", r#"{"content":"a","to_username":"vera"}"#.into(), 400, Status::Rejected, "viewer user vera"),
        ("authenticate_magic_link", r#"{"token":"nope"}"#.into(), 401, Status::Unauthorized, "Invalid or expired"),
        ("admin_get_all_users", String::new(), 403, Status::Forbidden, "Admin privileges"),
        ("get_user_profile", format!("{{\"user_id\":\"{nil}\"}}"), 404, Status::HttpNotFound, "User not found"),
        (
            "send_message",
            r#"{"content":"a","to_username":"zed"}"#.into(),
            404,
            Status::HttpNotFound,
            "User zed not found",
        ),
        ("register", r#"{"username":"bob"}"#.into(), 409, Status::Conflict, "already exists"),
    ] {
        let done = alice.call(name, &json);
        assert_eq!((done.value, done.status), (http, status), "{name}: {done:?}");
        assert!(done.text.contains(said) && done.json.contains("detail"), "{done:?}");
    }
    let done = nobody.call("get_users", "");
    assert_eq!((done.value, done.status), (401, Status::Unauthorized));
    for (http, body, status) in [
        (405, r#"{"detail":"Method Not Allowed"}"#, Status::HttpNotFound),
        (422, r#"{"detail":[{"loc":["body","content"],"msg":"Field required","type":"missing"}]}"#, Status::Rejected),
        (429, r#"{"detail":"slow down"}"#, Status::RateLimited),
        (500, "Internal Server Error", Status::ServerError),
        (503, "<html>503</html>", Status::ServerError),
    ] {
        sim.set_faults(Faults {
            refuse_http: Some(Refusal { status: http, body: body.into(), ..Refusal::default() }),
            ..Faults::default()
        });
        let done = alice.call("send_message", r#"{"content":"a"}"#);
        assert_eq!((done.value, done.status), (i64::from(http), status), "{done:?}");
        let expected = if http == 503 { "proxy" } else { "" };
        assert!(done.text.contains(&http.to_string()) && done.text.contains(expected), "{done:?}");
    }
    let posts = sim.record().entries().into_iter().filter(|entry| {
        matches!(&entry.seen, parlor::sim::Seen::Http { method, target, body, .. }
            if method == "POST" && target == "/messages" && body == br#"{"content":"a"}"#)
    });
    assert_eq!(posts.count(), 5, "what may have taken effect is never sent twice");
}

#[test]
fn all_pages_of_a_list_come_as_one() {
    let sim = sim(Config { kept: 1000, ..Config::default() });
    for n in 0..250 {
        sim.say("alice", None, &n.to_string()).expect("a member");
    }
    let mut bob = client(&sim, "bob", &[]);
    let all = good(&mut bob, "get_messages", r#"{"all":true}"#);
    assert_eq!(all["messages"].as_array().map(Vec::len), Some(250));
    let unread = good(&mut bob, "get_unread_messages", r#"{"all":true}"#);
    assert_eq!(unread.as_array().map(Vec::len), Some(250));
}

#[test]
fn the_rate_of_the_service_is_kept_to() {
    let sim = sim(Config { rate: 35, ..Config::default() });
    let mut bob = client(&sim, "bob", &[("tokenbowl.rate_per_second", "10"), ("tokenbowl.burst", "20")]);
    let began = std::time::Instant::now();
    let requests: Vec<u64> = (0..30)
        .map(|_| bob.act(parlor::model::Action::Call { name: "get_users".into(), json: String::new() }))
        .collect();
    for request in requests {
        assert_eq!(bob.done(request).status, Status::Ok);
    }
    assert!(began.elapsed() >= std::time::Duration::from_millis(900), "20 at once, 10 more within a second");
    assert!(bob.of(Kind::Gap).is_empty());
}
