//! The C++ programs, each against the simulator of every service that it names.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use parlor::sim::centrifugo::{self, CentrifugoSim};
use parlor::sim::gateway::{self, GatewaySim, Playback};
use parlor::sim::tokenbowl::{self, TokenBowlSim, key_of};
use parlor::sim::toolchat::{self, Step, ToolchatSim};
use parlor::sim::voicelive::{self, Turn, VoiceLiveSim, tone};
use parlor::sim::voxta::{self, VoxtaSim};
use parlor::sim::{Entry, Frame, Seen};
use serde_json::json;

use crate::kit::{Ended, PATIENCE, Running, compile_cpp, read};
use crate::texts::{block_after, transcript};

/// Starts one of the programs, which is compiled once.
fn start(name: &'static str, arguments: &[&str]) -> Running {
    static PROGRAMS: [OnceLock<PathBuf>; 7] = [const { OnceLock::new() }; 7];
    const NAMES: [&str; 7] = ["hello", "chat", "overlay", "avatar_bridge", "tools", "voice_turn", "multi_room"];
    let at = NAMES.iter().position(|known| *known == name).expect("a program of examples/cpp");
    Running::program(PROGRAMS[at].get_or_init(|| compile_cpp(name)), arguments)
}

fn well(ended: Ended) -> Vec<String> {
    assert_eq!(ended.code, Some(0), "{ended:?}");
    ended.said
}

/// What was said, without the states and the waits, whose number is a matter of chance.
fn spoken(ended: Ended) -> Vec<String> {
    well(ended).into_iter().filter(|line| !line.starts_with("* ")).map(|line| line.trim().to_owned()).collect()
}

fn gateway(change: impl FnOnce(&mut gateway::Config)) -> GatewaySim {
    let mut config = gateway::Config::default();
    change(&mut config);
    GatewaySim::spawn(config).expect("a port of the loopback")
}

fn posted(sim: &GatewaySim) -> Vec<(String, serde_json::Value)> {
    let entries = sim.record().entries();
    let posts = entries.iter().filter_map(|entry| entry.http()).filter(|(method, ..)| *method == "POST");
    posts.map(|(_, path, body)| (path.to_owned(), serde_json::from_str(body).expect("a JSON body"))).collect()
}

fn eventually(what: &str, is: impl Fn() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !is() {
        assert!(Instant::now() < until, "it never happened that {what}");
        std::thread::yield_now();
    }
}

#[test]
fn hello_prints_what_its_readme_says() {
    let sim = gateway(|_| {});
    let said = well(start("hello", &[&sim.http_url()]).wait());
    let printed: Vec<&str> = said.iter().map(|line| line.trim_end()).collect();
    assert_eq!(printed.join("\n"), block_after("bindings/cpp/README.md", "It prints:"));
    assert_eq!(block_after("bindings/cpp/README.md", "hello.cpp"), read("examples/cpp/hello.cpp").trim_end());
    let wrong = start("hello", &["gopher://x"]).wait();
    assert!(wrong.code == Some(1) && wrong.complained.contains("gopher://x"), "{wrong:?}");
}

#[test]
fn chat_holds_the_conversation_of_the_gateway() {
    let sim = gateway(|config| {
        config.replies = gateway::demo();
        config.pace = Duration::from_millis(100);
        config.playback = Playback::Auto(Duration::from_millis(200));
    });
    let mut chat = start("chat", &[&sim.http_url()]);
    chat.write(&read("examples/c/chat.txt"));
    chat.end_input();
    assert_eq!(transcript(&well(chat.wait()).join("\n")), transcript(&block_after("README.md", "make demo")));
}

#[test]
fn chat_talks_to_voxta_and_to_toolchat() {
    let sim = VoxtaSim::spawn(voxta::Config::default()).expect("a port of the loopback");
    sim.set_replies(vec![voxta::Reply::say(&["Good evening.", "What now?"]), voxta::Reply::say(&["Goodbye."])]);
    let mut chat = start("chat", &[&sim.http_url(), "protocol=voxta", "events.kinds=-AI_STATE"]);
    chat.write("Hello.\nBye.\n");
    chat.end_input();
    let said = spoken(chat.wait());
    assert_eq!(said, ["user: Hello.", "Mira: Good evening.", "Mira: What now?", "user: Bye.", "Mira: Goodbye."]);

    let runs = vec![vec![Step::Text("I can not look. But it is late.".into())]];
    let sim = ToolchatSim::spawn(toolchat::Config { runs, ..toolchat::Config::default() }).expect("a port");
    let url = sim.http_url();
    let mut chat = start("chat", &[&url, "protocol=toolchat", "credential=a-token", "toolchat.server_key=a-key"]);
    chat.write("How late is it?\n");
    chat.end_input();
    let said = spoken(chat.wait());
    assert_eq!(said, ["AI: I can not look.", "AI: But it is late."]);
}

#[test]
fn chat_talks_to_voice_live_and_in_token_bowl() {
    let turns = vec![Turn::Say("Good evening! What can I do for you?".into())];
    let pace = Duration::from_millis(5);
    let sim = VoiceLiveSim::spawn(voicelive::Config { turns, pace, ..voicelive::Config::default() }).expect("a port");
    let mut chat = start(
        "chat",
        &[&sim.http_url(), "protocol=voicelive", "voicelive.model=gpt-realtime", "events.kinds=-AI_STATE"],
    );
    chat.write("Hello.\n");
    chat.end_input();
    let said = spoken(chat.wait());
    assert_eq!(said, ["user: Hello.", "AI: Good evening!", "AI: What can I do for you?"]);

    let sim = TokenBowlSim::spawn(tokenbowl::Config::default()).expect("a port of the loopback");
    let key = format!("credential={}", key_of("alice"));
    let mut chat = start("chat", &[&sim.http_url(), "protocol=tokenbowl", &key]);
    chat.wait_for("* READY");
    sim.say("bob", Some("alice"), "Are you there?").expect("a member");
    chat.wait_for("bob: Are you there?");
    chat.write("Hello, everyone!\n");
    chat.end_input();
    assert_eq!(spoken(chat.wait()), ["bob: Are you there?", "alice: Hello, everyone!"]);
}

#[test]
fn chat_explains_itself() {
    let sim = gateway(|_| {});
    let url = sim.http_url();
    drop(sim);
    let ended = start("chat", &[&url, "retry.max_ms=50"]).wait();
    assert!(ended.code == Some(1) && ended.said.iter().any(|line| line.contains("gave up after 8")), "{ended:?}");
    let ended = start("chat", &[&url, "retry.max_ms=soon"]).wait();
    assert!(ended.code == Some(1) && ended.complained.contains("retry.max_ms"), "{ended:?}");
}

#[test]
fn overlay_shows_what_is_said_and_nothing_else() {
    let sim = gateway(|_| {});
    let mut overlay = start("overlay", &[&sim.http_url()]);
    overlay.wait_for("+--- Mira ---");
    sim.broadcast("dialogue_received", &json!({"text": "Nice stream!", "source": "twitch", "author": "Ann"}));
    sim.broadcast("ai_state_changed", &json!({"old_state": "idle", "new_state": "thinking"}));
    sim.broadcast("sentence_ready", &json!({"text": "Thank you, Ann.", "character_id": null, "message_id": "1"}));
    overlay.wait_for("Thank you, Ann.");
    sim.close_chat();
    overlay.wait_for("+---");
    overlay.end_input();
    assert_eq!(
        well(overlay.wait()),
        ["+--- Mira ---", "| Ann> Nice stream!", "| AI> Thank you, Ann.", "+---", "overlay: 2 lines shown"]
    );
}

#[test]
fn avatar_bridge_speaks_in_order_reports_it_and_is_silenced() {
    let sim = gateway(|_| {});
    let mut avatar = start("avatar_bridge", &[&sim.http_url(), "8"]);
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
    let said = well(avatar.wait());
    assert!(!said.iter().any(|line| line.contains("Never heard")), "{said:?}");
    let reports: Vec<String> =
        posted(&sim).into_iter().map(|(path, body)| format!("{path} {}", body["message_id"])).collect();
    let [start, complete] = ["/tts_playback_start", "/tts_playback_complete"];
    let expected = [(start, 1), (complete, 1), (start, 2), (complete, 2)];
    assert_eq!(reports, expected.map(|(path, id)| format!("{path} \"{id}\"")));
}

#[test]
fn tools_answers_the_chat_and_the_voice() {
    let calls = vec![("get_time".into(), json!({"zone": "UTC"})), ("open_garage".into(), json!({"door": 2}))];
    let runs = vec![vec![Step::Tools(calls), Step::Text("It is late, and the door is stuck.".into())]];
    let sim = ToolchatSim::spawn(toolchat::Config { runs, ..toolchat::Config::default() }).expect("a port");
    let url = sim.http_url();
    let mut tools = start("tools", &[&url, "toolchat", "credential=a-token", "toolchat.server_key=a-key"]);
    tools.write("What time is it? And open the second door.\n");
    tools.end_input();
    assert_eq!(
        spoken(tools.wait()),
        [
            "you: What time is it? And open the second door.",
            "[get_time {\"zone\":\"UTC\"} -> {\"time\":\"23:10\"}]",
            "[open_garage {\"door\":2} -> failed: the door is stuck]",
            "AI: It is late, and the door is stuck.",
        ]
    );
    assert_eq!(sim.answers()["call_1"][0]["result"], json!({"time": "23:10"}));
    assert_eq!(sim.answers()["call_2"][0]["error"], "the door is stuck");

    let turns = vec![Turn::Tool("get_time".into(), json!({"zone": "CET"})), Turn::Say("It is late.".into())];
    let pace = Duration::from_millis(5);
    let sim = VoiceLiveSim::spawn(voicelive::Config { turns, pace, ..voicelive::Config::default() }).expect("a port");
    let mut tools = start("tools", &[&sim.http_url(), "voicelive", "voicelive.model=gpt-realtime"]);
    tools.write("What time is it?\n");
    tools.end_input();
    let said = spoken(tools.wait());
    assert_eq!(
        said,
        ["you: What time is it?", "[get_time {\"zone\":\"CET\"} -> {\"time\":\"23:10\"}]", "AI: It is late."]
    );
    let entries = sim.record().entries();
    let outputs = entries.iter().filter_map(Entry::text).filter(|text| text.contains("function_call_output"));
    assert_eq!(outputs.count(), 1, "the voice has its answer");
}

fn binary(entry: &Entry) -> Option<Vec<u8>> {
    match &entry.seen {
        Seen::Frame(Frame::Binary(bytes)) => Some(bytes.to_vec()),
        _ => None,
    }
}

/// A WAV file of 16-bit mono samples.
fn wav(rate: u32, samples: &[u8]) -> Vec<u8> {
    let mut file = b"RIFF".to_vec();
    file.extend((36 + samples.len() as u32).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend(rate.to_le_bytes());
    file.extend((rate * 2).to_le_bytes());
    file.extend(b"\x02\0\x10\0data");
    file.extend((samples.len() as u32).to_le_bytes());
    file.extend(samples);
    file
}

struct Files(PathBuf);

impl Files {
    fn new(name: &str) -> Files {
        let folder = std::env::temp_dir().join(format!("parlor-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        Files(folder)
    }
    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().expect("UTF-8").to_owned()
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        // It is in the folder for such things, so it may as well stay.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn voice_turn_speaks_to_voice_live_and_keeps_the_answer() {
    let files = Files::new("voice-turn-live");
    let (from, to) = (files.path("in.wav"), files.path("out.wav"));
    let square: Vec<u8> = (0..9600).flat_map(|n| (if n % 48 < 24 { 8000_i16 } else { -8000 }).to_le_bytes()).collect();
    std::fs::write(&from, wav(24_000, &square)).expect("a file");
    let pace = Duration::from_millis(5);
    let config = voicelive::Config { turns: vec![Turn::Say("I hear you well.".into())], pace, ..Default::default() };
    let sim = VoiceLiveSim::spawn(config).expect("a port of the loopback");
    let turn = start("voice_turn", &["voicelive", &sim.http_url(), &from, &to, "voicelive.model=gpt-realtime"]);
    let said = well(turn.wait());
    assert_eq!(said[1], "AI: I hear you well.", "{said:?}");
    assert!(said[0].starts_with("you: ") && said[0].ends_with("of speech."), "{said:?}");
    assert_eq!(said[2], format!("0.4 s of speech, kept in {to}"));
    assert!(std::fs::read(&to).expect("the answer") == wav(24_000, &tone(0, 4 * 4800)), "sample for sample");

    std::fs::write(&from, wav(8_000, &square)).expect("a file");
    let ended = start("voice_turn", &["voicelive", &sim.http_url(), &from, &to]).wait();
    assert!(ended.code == Some(1) && ended.complained.contains("at a rate that fits"), "{ended:?}");
}

#[test]
fn voice_turn_speaks_to_voxta_and_keeps_the_answer() {
    let files = Files::new("voice-turn-voxta");
    let (from, to) = (files.path("in.wav"), files.path("out.wav"));
    let loud: Vec<u8> = (0..16_000_u32).flat_map(|n| ((n.wrapping_mul(40_503) >> 4) as u16).to_le_bytes()).collect();
    std::fs::write(&from, wav(16_000, &loud)).expect("a file");
    let config = voxta::Config { speech: true, pace: Duration::from_millis(5), ..voxta::Config::default() };
    let sim = VoxtaSim::spawn(config).expect("a port of the loopback");
    sim.set_replies(vec![voxta::Reply::say(&["Good evening.", "What now?"])]);
    let turn = start("voice_turn", &["voxta", &sim.http_url(), &from, &to]);
    eventually("the client takes part in the chat", || {
        sim.record().entries().iter().any(|entry| entry.text().is_some_and(|text| text.contains("subscribeToChat")))
    });
    sim.request_recording(true);
    let heard = || -> Vec<u8> { sim.record().entries().iter().filter_map(binary).flatten().collect() };
    // What is given before the socket of the microphone is open is not heard. The rest is, sample for sample.
    let from_where = || {
        let heard = heard();
        let first = heard.get(..32)?;
        let at = loud.windows(32).position(|part| part == first)?;
        heard.starts_with(&loud[at..]).then_some(at)
    };
    eventually("the rest of it was heard", || from_where().is_some());
    println!("heard from byte {} of {} on", from_where().unwrap_or_default(), loud.len());
    sim.transcribe("Good evening, Mira.");
    let said = well(turn.wait());
    assert_eq!(
        said,
        ["you: Good evening, Mira.", "AI: Good evening.", "AI: What now?", &format!("0.2 s of speech, kept in {to}"),]
    );
    // The simulator speaks a tenth of a second for each sentence, at 16 kHz.
    assert_eq!(std::fs::read(&to).expect("the answer").len(), 44 + 2 * 3200);
    let entries = sim.record().entries();
    let completions =
        entries.iter().filter_map(|entry| entry.text()).filter(|text| text.contains("speechPlaybackComplete"));
    assert_eq!(completions.count(), 1);
}

#[test]
fn multi_room_watches_two_services_at_once() {
    let bowl = TokenBowlSim::spawn(tokenbowl::Config::default()).expect("a port of the loopback");
    let fugo = CentrifugoSim::spawn(centrifugo::Config::default()).expect("a port of the loopback");
    let (bowl_url, fugo_url, key) = (bowl.http_url(), fugo.ws_url(), key_of("bob"));
    let mut watch = start(
        "multi_room",
        &[
            "bowl",
            "tokenbowl",
            &bowl_url,
            &key,
            "news",
            "centrifugo",
            &fugo_url,
            "",
            "sport",
            "centrifugo",
            &fugo_url,
            "",
        ],
    );
    eventually("all three listen", || {
        bowl.hub().listeners("user:bob") + fugo.hub().listeners("news") + fugo.hub().listeners("sport") == 3
    });
    bowl.say("alice", None, "Hello, everyone!").expect("a member");
    bowl.say("root", None, "Hush!").expect("a member");
    bowl.say("alice", Some("bob"), "Only you").expect("a member");
    watch.wait_for("[bowl] alice: Only you");
    fugo.hub().publish("news", "\"It rains\"");
    watch.wait_for("[news] the server: It rains");
    fugo.hub().publish("sport", "{\"goals\":2}");
    watch.wait_for("[sport] the server: {\"goals\":2}");
    // One is cut off and comes back, and loses nothing.
    fugo.hub().disconnect("", 3011, "force reconnect");
    eventually("they are back", || fugo.hub().listeners("news") + fugo.hub().listeners("sport") == 2);
    fugo.hub().publish("news", "\"The sun shines\"");
    watch.wait_for("The sun shines");
    watch.end_input();
    let said = well(watch.wait());
    assert_eq!(
        said[said.len() - 3..],
        ["bowl: 3 messages, alice 2, root 1", "news: 2 messages, the server 2", "sport: 1 messages, the server 1"]
    );
    assert_eq!(said.iter().filter(|line| *line == "[bowl] READY").count(), 1, "{said:?}");
}
