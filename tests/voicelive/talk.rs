//! Conversations: written and spoken turns, tools, interruptions, the session.

use parlor::model::{Action, Kind, PlaybackPhase, State, Status, flag};
use parlor::sim::voicelive::Turn;
use serde_json::json;

use crate::host::{Host, Told, pcm, sent, sent_types, sim};

fn kinds(seen: &[Told]) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = seen.iter().map(|told| told.kind).collect();
    kinds.dedup();
    kinds
}

#[test]
fn a_written_turn_in_both_dialects() {
    for (dialect, path) in [("azure", ""), ("openai", "/v1/realtime")] {
        let sim = sim(|_| {});
        let session = r#"{"modalities":["text"]}"#;
        let url = format!("{}{path}", sim.http_url());
        let mut host = Host::ready(&url, &[("voicelive.session", session)]);
        assert_eq!(host.mirror()["dialect"], dialect);
        let request = host.say("What is the time? And the day?");
        let seen = host.up_to("REPLY_ENDED", |told| told.kind == Kind::ReplyEnded);
        let done = seen.iter().find(|told| told.request == request).unwrap();
        assert_eq!((done.kind, done.status), (Kind::RequestDone, Status::Ok), "{}", done.text);
        let said = |kind: Kind| -> Vec<&str> {
            seen.iter().filter(|told| told.kind == kind).map(|told| told.text.as_str()).collect()
        };
        assert_eq!(said(Kind::Message), ["What is the time? And the day?", "You said: What is the time? And the day?"]);
        assert_eq!(said(Kind::TextDelta).concat(), "You said: What is the time? And the day?");
        assert_eq!(said(Kind::Sentence), ["You said: What is the time?", "And the day?"]);
        assert_eq!(said(Kind::AiState), ["thinking", "idle"][..1], "{dialect}");
        assert!(!kinds(&seen).contains(&Kind::Audio));
        assert_eq!(seen.last().unwrap().json()["response"]["usage"]["total_tokens"], 32);
        assert!(seen.iter().filter(|told| told.kind == Kind::Message).all(|told| !told.id.is_empty()));
    }
}

#[test]
fn a_spoken_turn_with_its_transcript_its_words_and_its_mouth() {
    let sim = sim(|config| config.turns = vec![Turn::Say("One two three.".into())]);
    let session = json!({"input_audio_transcription": {"model": "whisper-1"}, "output_audio_timestamp_types": ["word"],
        "animation": {"outputs": ["viseme_id"]}})
    .to_string();
    let mut host = Host::ready(&sim.http_url(), &[("voicelive.session", &session)]);
    for piece in [pcm(300, true), pcm(600, false)].concat().chunks(960) {
        host.client.send_audio(piece).unwrap();
    }
    let seen = host.up_to("REPLY_ENDED", |told| told.kind == Kind::ReplyEnded);
    let activity: Vec<i64> =
        seen.iter().filter(|told| told.kind == Kind::VoiceActivity).map(|told| told.value).collect();
    assert_eq!(activity, [1, 0]);
    let heard = seen.iter().rfind(|told| told.kind == Kind::Transcript).unwrap();
    assert!(heard.flags & flag::FINAL != 0 && heard.text.contains("milliseconds of speech"), "{}", heard.text);
    let audio: Vec<&Told> = seen.iter().filter(|told| told.kind == Kind::Audio).collect();
    assert!(audio.iter().all(|told| told.name == "pcm16" && told.value == 24_000 && told.json()["delta"] == ""));
    assert_eq!(audio.iter().map(|told| told.data.len()).sum::<usize>(), 3 * 4800);
    let cues: Vec<(&str, i64, &str)> = seen
        .iter()
        .filter(|told| told.kind == Kind::Cue)
        .map(|told| (told.name.as_str(), told.value, told.text.as_str()))
        .collect();
    assert_eq!(cues[..3], [("word", 0, "One"), ("viseme", 0, "0"), ("word", 100, "two")]);
    assert_eq!(seen.iter().filter(|told| told.kind == Kind::AudioEnded).count(), 1);
    assert!(seen.iter().any(|told| told.kind == Kind::Sentence && told.text == "One two three."));
}

#[test]
fn a_tool_is_called_answered_and_spoken_about() {
    for path in ["", "/v1/realtime"] {
        let sim = sim(|config| config.turns = vec![Turn::Tool("look".into(), json!({"at": "the é sea"}))]);
        let mut host = Host::ready(&format!("{}{path}", sim.http_url()), &[]);
        let tools = r#"[{"name":"look","description":"d","parameters":{"type":"object"}}]"#;
        let request = host.act(Action::SetTools { json: tools.into() });
        assert_eq!(host.done(request).status, Status::Ok);
        assert_eq!(sim.session()["tools"][0]["type"], "function");
        host.say("Look at the sea.");
        let call = host.until(Kind::ToolCall);
        assert_eq!((call.name.as_str(), call.text.as_str()), ("look", r#"{"at":"the é sea"}"#));
        assert_eq!(host.mirror()["tool_calls"], json!([call.id]));
        let request = host.answer(&call.id, "calm");
        assert_eq!(host.done(request).status, Status::Ok);
        let fits = |told: &Told| told.kind == Kind::ReplyEnded && told.text.contains("The tool says calm.");
        host.up_to("the reply about the tool", fits);
        assert_eq!(sent_types(&sim).iter().filter(|type_| *type_ == "response.create").count(), 2);
        let again = host.answer(&call.id, "twice");
        assert_eq!(host.done(again).status, Status::NotFound);
    }
}

#[test]
fn an_mcp_tool_is_approved_or_not() {
    let sim = sim(|config| config.turns = vec![Turn::Approve("delete".into(), json!({"all": true}))]);
    let mut host = Host::ready(&sim.http_url(), &[]);
    host.say("Go on.");
    let call = host.until(Kind::ToolCall);
    assert_eq!((call.name.as_str(), call.role.as_str()), ("delete", "mcp_approval"));
    let request = host.answer(&call.id, "no");
    assert_eq!(host.done(request).status, Status::Ok);
    let item = sim.items().pop().unwrap();
    assert_eq!((&item["type"], &item["approve"]), (&json!("mcp_approval_response"), &json!(false)));
}

#[test]
fn an_approved_mcp_tool_is_called_and_spoken_about() {
    let sim = sim(|config| config.turns = vec![Turn::Approve("search".into(), json!({"for": "a lamp"}))]);
    let mut host = Host::ready(&sim.http_url(), &[]);
    let tools = r#"[{"type":"mcp","server_label":"docs","server_url":"https://x","require_approval":"always"}]"#;
    let request = host.act(Action::SetTools { json: tools.into() });
    assert_eq!(host.done(request).status, Status::Ok);
    host.service("mcp_list_tools.completed");
    host.say("Search.");
    let call = host.until(Kind::ToolCall);
    assert_eq!((call.role.as_str(), call.text.as_str()), ("mcp_approval", r#"{"for":"a lamp"}"#));
    host.answer(&call.id, "true");
    host.service("response.mcp_call.completed");
    let fits = |told: &Told| told.kind == Kind::ReplyEnded && told.text.contains("The tool says as you wish.");
    host.up_to("the reply about the result", fits);
    assert_eq!(sent_types(&sim).iter().filter(|type_| *type_ == "response.create").count(), 2);
}

#[test]
fn an_interruption_silences_cancels_and_truncates_at_what_was_heard() {
    let text = "la ".repeat(60);
    let sim = sim(|config| {
        config.turns = vec![Turn::Say(text.clone())];
        config.pace = std::time::Duration::from_millis(10);
    });
    let mut host = Host::ready(&sim.http_url(), &[]);
    host.say("Sing.");
    host.until(Kind::Audio);
    // The client counts from some moment between these two.
    let earliest = std::time::Instant::now();
    let request = host.played(PlaybackPhase::Started, "");
    host.done(request);
    let latest = std::time::Instant::now();
    for _ in 0..15 {
        host.until(Kind::Audio);
    }
    let least = latest.elapsed().as_millis() as i64;
    let request = host.act(Action::Interrupt { json: String::new() });
    let seen = host.up_to("REQUEST_DONE", |told| told.kind == Kind::RequestDone && told.request == request);
    let most = earliest.elapsed().as_millis() as i64;
    let silent = seen.iter().position(|told| told.kind == Kind::AudioEnded && told.name == "interrupted").unwrap();
    assert!(seen[silent..].iter().all(|told| told.kind != Kind::Audio), "nothing is spoken any more");
    let ended = seen.iter().find(|told| told.kind == Kind::ReplyEnded).unwrap();
    assert_eq!((ended.status, ended.name.as_str()), (Status::Cancelled, "client_cancelled"));
    let truncated = |told: &Told| told.type_ == "conversation.item.truncated";
    if !seen.iter().any(truncated) {
        host.up_to("conversation.item.truncated", truncated);
    }
    let cut = sent(&sim).into_iter().find(|message| message["type"] == "conversation.item.truncate").unwrap();
    let heard = cut["audio_end_ms"].as_i64().unwrap();
    assert!((least - 20..=most + 20).contains(&heard), "truncated at {heard} ms, heard were {least} to {most} ms");
    assert_eq!(host.act(Action::Interrupt { json: String::new() }), request + 1);
    assert_eq!(host.done(request + 1).status, Status::Ok, "there is nothing to interrupt, which is good");
}

#[test]
fn a_user_who_speaks_interrupts() {
    let text = "la ".repeat(100);
    let sim = sim(|config| {
        config.turns = vec![Turn::Say(text.clone())];
        config.pace = std::time::Duration::from_millis(10);
    });
    let mut host = Host::ready(&sim.http_url(), &[]);
    host.say("Sing.");
    host.until(Kind::Audio);
    host.client.send_audio(&pcm(100, true)).unwrap();
    let seen = host.up_to("REPLY_ENDED", |told| told.kind == Kind::ReplyEnded);
    assert_eq!(seen.last().unwrap().name, "turn_detected");
    let silent = seen.iter().position(|told| told.kind == Kind::AudioEnded).unwrap();
    assert!(seen[silent..].iter().all(|told| told.kind != Kind::Audio));
}

#[test]
fn a_session_is_updated_when_the_service_says_so() {
    let sim = sim(|_| {});
    let mut host = Host::ready(&sim.http_url(), &[]);
    let good = host.call("session.update", r#"{"session":{"instructions":"Be short.","turn_detection":null}}"#);
    let bad = host.call("session.update", r#"{"session":{"instructions":"refuse me"}}"#);
    let third = host.call("session.update", r#"{"session":{"temperature":0.7}}"#);
    let done = host.done(good);
    assert_eq!((done.status, done.json()["session"]["instructions"].as_str()), (Status::Ok, Some("Be short.")));
    let done = host.done(bad);
    assert_eq!(done.status, Status::Service);
    assert!(done.text.contains("not acceptable"), "{}", done.text);
    assert_eq!(host.done(third).status, Status::Ok);
    assert_eq!(host.mirror()["session"]["temperature"], 0.7);
    assert!(sent(&sim)[0]["session"]["turn_detection"].is_null(), "null is sent as null");
}

#[test]
fn every_operation_ends_and_errors_name_their_request() {
    let sim = sim(|_| {});
    let mut host = Host::ready(&sim.http_url(), &[("voicelive.session", r#"{"turn_detection":null}"#)]);
    let item = r#"{"item":{"id":"mine","type":"message","role":"user","content":[{"type":"input_text","text":"x"}]}}"#;
    let audio = parlor_audio(200);
    let cases = [
        ("conversation.item.create", item.to_owned(), Status::Ok),
        ("conversation.item.retrieve", r#"{"item_id":"mine"}"#.into(), Status::Ok),
        ("conversation.item.truncate", r#"{"item_id":"mine","content_index":0,"audio_end_ms":0}"#.into(), Status::Ok),
        ("conversation.item.delete", r#"{"item_id":"mine"}"#.into(), Status::Ok),
        ("conversation.item.delete", r#"{"item_id":"mine"}"#.into(), Status::Service),
        ("input_audio_buffer.commit", String::new(), Status::Service),
        ("input_audio_buffer.append", format!(r#"{{"audio":"{audio}"}}"#), Status::Ok),
        ("input_audio_buffer.commit", String::new(), Status::Ok),
        ("input_audio_buffer.clear", String::new(), Status::Ok),
        ("output_audio_buffer.clear", String::new(), Status::Service),
        ("session.avatar.connect", r#"{"client_sdp":"djA="}"#.into(), Status::Ok),
        ("input_audio.turn.start", r#"{"turn_id":"t"}"#.into(), Status::Ok),
        ("response.cancel", String::new(), Status::Ok),
        ("response.create", r#"{"response":{"modalities":["text"]}}"#.into(), Status::Ok),
        ("send", r#"{"type":"tomorrow.thing"}"#.into(), Status::Ok),
    ];
    for (name, json, status) in cases {
        let request = host.call(name, &json);
        let done = host.done(request);
        assert_eq!(done.status, status, "{name}: {}", done.text);
    }
    let error = host.service("error");
    assert_eq!((error.status, error.name.as_str()), (Status::Service, "invalid_value"));
    let refused = host.client.act(Action::Call { name: "nope".into(), json: String::new() }, 0);
    assert!(refused.is_err_and(|error| error.text.contains("session.update")));
}

fn parlor_audio(ms: usize) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(pcm(ms, true))
}

#[test]
fn contexts_are_replaced_by_their_key() {
    let sim = sim(|_| {});
    let mut host = Host::ready(&sim.http_url(), &[]);
    for text in ["a cave", "a house", ""] {
        let (key, json) = ("place".to_owned(), String::new());
        let request = host.act(Action::SetContext { key, text: text.into(), json });
        assert_eq!(host.done(request).status, Status::Ok);
        let texts: Vec<_> = sim.items().iter().map(|item| item["content"][0]["text"].clone()).collect();
        assert_eq!(texts, if text.is_empty() { vec![] } else { vec![json!(text)] });
    }
    assert_eq!(host.client.state(), State::Ready);
}

#[test]
fn what_asks_for_a_reply_waits_for_the_one_under_way() {
    let sim = sim(|config| config.pace = std::time::Duration::from_millis(3));
    let mut host = Host::ready(&sim.http_url(), &[]);
    let requests: Vec<_> = (0..4).map(|n| host.say(&format!("Line {n}."))).collect();
    let mut ended = 0;
    let mut done = Vec::new();
    while ended < 4 {
        let told = host.next(crate::host::PATIENCE).unwrap();
        ended += usize::from(told.kind == Kind::ReplyEnded);
        if told.kind == Kind::RequestDone && requests.contains(&told.request) {
            assert_eq!(told.status, Status::Ok, "{}", told.text);
            done.push(told.request);
        }
    }
    assert_eq!(done, requests);
}
