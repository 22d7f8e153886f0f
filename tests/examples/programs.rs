//! Each program against the simulated gateway.

use std::time::Duration;

use parlor::sim::gateway::{Config, GatewaySim, Playback, Reply, demo};
use serde_json::json;

use crate::kit::{PATIENCE, Running};
use crate::texts::{block_after, transcript};

fn gateway(change: impl FnOnce(&mut Config)) -> GatewaySim {
    let mut config = Config::default();
    change(&mut config);
    GatewaySim::spawn(config).expect("a port of the loopback")
}

/// What was posted so far: path and body.
fn posted(sim: &GatewaySim) -> Vec<(String, serde_json::Value)> {
    let entries = sim.record().entries();
    let posts = entries.iter().filter_map(|entry| entry.http()).filter(|(method, ..)| *method == "POST");
    posts.map(|(_, path, body)| (path.to_owned(), serde_json::from_str(body).expect("a JSON body"))).collect()
}

#[test]
fn hello_says_hello_and_prints_what_the_readme_says() {
    let sim = gateway(|_| {});
    let ended = Running::start("hello", &[&sim.http_url()]).wait();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let printed: Vec<&str> = ended.said.iter().map(|line| line.trim_end()).collect();
    assert_eq!(printed.join("\n"), block_after("README.md", "It prints:"));
    assert_eq!(posted(&sim), [("/dialogue".into(), json!({"text": "Hello! Who are you?", "source": "user"}))]);
}

#[test]
fn hello_explains_a_url_that_is_none() {
    let ended = Running::start("hello", &["gopher://x"]).wait();
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.complained.contains("url") && ended.complained.contains("gopher://x"), "{ended:?}");
}

#[test]
fn chat_holds_the_conversation_of_the_readme() {
    let sim = gateway(|config| {
        config.replies = demo();
        config.pace = Duration::from_millis(100);
        config.playback = Playback::Auto(Duration::from_millis(200));
    });
    let mut chat = Running::start("chat", &[&sim.http_url()]);
    chat.write(&crate::kit::read("examples/c/chat.txt"));
    chat.end_input();
    let ended = chat.wait();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(transcript(&ended.said.join("\n")), transcript(&block_after("README.md", "make demo")));
}

#[test]
fn chat_fails_where_nobody_listens() {
    let sim = gateway(|_| {});
    let url = sim.http_url();
    drop(sim);
    let mut chat = Running::start("chat", &[&url]);
    chat.wait_for("* RECONNECTING");
    // The waits of the eight attempts are drawn by chance, and add up to seconds.
    chat.wait_for("* FAILED: gave up after 8 attempts");
    let ended = chat.wait();
    assert_eq!(ended.code, Some(1), "{ended:?}");
}

#[test]
fn overlay_shows_what_is_said_and_nothing_else() {
    let sim = gateway(|_| {});
    let mut overlay = Running::start("overlay", &[&sim.http_url()]);
    overlay.wait_for("+--- Mira ---");
    sim.broadcast("dialogue_received", &json!({"text": "Nice stream!", "source": "twitch", "author": "Ann"}));
    sim.broadcast("ai_state_changed", &json!({"old_state": "idle", "new_state": "thinking"}));
    sim.broadcast("app_trigger", &json!({"name": "smile", "arguments": {}}));
    sim.broadcast("sentence_ready", &json!({"text": "Thank you, Ann.", "character_id": null, "message_id": "1"}));
    overlay.wait_for("Thank you, Ann.");
    sim.close_chat();
    overlay.wait_for("+---");
    overlay.end_input();
    let ended = overlay.wait();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let shown: Vec<&str> = ended.said.iter().map(String::as_str).collect();
    assert_eq!(
        shown,
        ["+--- Mira ---", "| Ann> Nice stream!", "| AI> Thank you, Ann.", "+---", "overlay: 2 lines shown"]
    );
    let subscribed = sim.record().entries().iter().find_map(|entry| entry.text().map(str::to_owned));
    assert!(!subscribed.expect("a first frame").contains("app_trigger"), "it asked for more than it shows");
}

#[test]
fn game_relay_keeps_what_is_said_before_there_is_a_chat() {
    let sim = gateway(|config| config.chat = false);
    let mut relay = Running::start("game_relay", &[&sim.http_url()]);
    relay.wait_for("* CONNECTED");
    assert_eq!(posted(&sim), [], "there is no chat yet");
    sim.set_replies(vec![Reply::say(&["Who goes there?"])]);
    sim.start_chat();
    relay.wait_for("  release: PARLOR_OK");
    sim.set_ai("idle");
    let ended = relay.wait();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let guard = json!({"text": "Halt! Who goes there?", "source": "game", "author": "Guard"});
    let merchant = json!({"text": "Fresh bread!", "source": "game", "author": "Merchant", "immediate_reply": true});
    let narrator = json!({"text": "The bell strikes midnight.", "source": "game", "author": "Narrator"});
    assert_eq!(
        posted(&sim),
        [
            ("/context".into(), json!({"key": "place", "content": "The town gate, at night."})),
            ("/dialogue".into(), guard),
            ("/dialogue".into(), merchant),
            ("/external_speaker_start".into(), json!({"source": "game", "reason": "cutscene"})),
            ("/dialogue".into(), narrator),
            ("/external_speaker_stop".into(), json!({"trigger_response": true})),
        ]
    );
    for name in ["context", "guard", "merchant", "hold", "narrator", "release", "close"] {
        let line = format!("  {name}: PARLOR_OK");
        assert_eq!(ended.said.iter().filter(|said| said.starts_with(&line)).count(), 1, "{line} in {ended:?}");
    }
}

#[test]
fn avatar_bridge_speaks_in_order_reports_it_and_is_silenced() {
    let sim = gateway(|_| {});
    let mut avatar = Running::start("avatar_bridge", &[&sim.http_url(), "8"]);
    avatar.wait_for("* READY");
    let say = |id: &str, text: &str| {
        let mira = "c0ffee00-0000-4000-8000-000000000001";
        sim.broadcast("sentence_ready", &json!({"text": text, "character_id": mira, "message_id": id}));
    };
    say("1", "Hi.");
    avatar.wait_for("Mira says: Hi.");
    // Three hundred frames: it will not be over before it is silenced.
    say("2", &"La. ".repeat(75));
    say("2", "Never heard.");
    avatar.wait_for("Mira says: La.");
    sim.trigger("smile", &json!({"for": 2}));
    avatar.wait_for("  face: smile {\"for\":2}");
    sim.broadcast("external_speaker_started", &json!({"source": "game", "reason": null}));
    avatar.wait_for("  hush: game speaks, 2 lines dropped");
    let ended = avatar.wait();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(!ended.said.iter().any(|line| line.contains("Never heard")), "{ended:?}");
    let reports: Vec<(String, String)> = posted(&sim)
        .into_iter()
        .map(|(path, body)| (path, body["message_id"].as_str().unwrap_or_default().to_owned()))
        .collect();
    let report = |phase: &str, id: &str| (format!("/tts_playback_{phase}"), id.to_owned());
    assert_eq!(reports, [report("start", "1"), report("complete", "1"), report("start", "2"), report("complete", "2")]);
    assert!(sim.settle(PATIENCE));
}
