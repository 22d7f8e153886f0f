//! The bad days that only a hub has: its handshake, its records, its keys, its speech and its microphone.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use parlor::model::{Action, Secret, State, Status};
use parlor::sim::voxta::{Clip, Reply, VoxtaSim};
use parlor::sim::{Faults, Peer, Refusal};
use serde_json::json;

use crate::bad_days::{
    STALL, again, and_back, failed, only, raw, record, refusing, scene, second, sim, struck, struck_at,
};
use crate::fault::{Fault, Scene};
use crate::host::{Host, PATIENCE};
use crate::kit::server::{Server, head, hold, switching, text};

pub(crate) fn faults() -> Vec<Fault> {
    [negotiations(), handshakes(), records(), keys(), requests(), sound()].into_iter().flatten().collect()
}

/// A server that answers the negotiation with this.
fn negotiating(refusal: Refusal) -> Scene {
    let sim = sim(|_| {});
    sim.set_faults(Faults { refuse_http: Some(refusal), ..Faults::default() });
    scene(sim.http_url()).with("voxta.negotiate", "1").keep(sim)
}

fn body(body: &str) -> Refusal {
    Refusal { body: body.to_owned(), ..Refusal::status(200) }
}

fn negotiations() -> Vec<Fault> {
    vec![
        Fault::new("the negotiation hangs", again("TIMEOUT"), STALL..=4000, "handshake.timeout_ms", || {
            let sim = sim(|_| {});
            sim.set_faults(Faults { stall_http: true, ..Faults::default() });
            scene(sim.http_url()).with("voxta.negotiate", "1").with("handshake.timeout_ms", STALL).keep(sim)
        }),
        Fault::new("the negotiation is answered with 500, once", second("SERVER_ERROR"), 0..=2000, "500", || {
            negotiating(Refusal::status(500).times(1))
        }),
        Fault::new("the negotiation is answered with 404", failed("HTTP_NOT_FOUND"), 0..=2000, "404", || {
            negotiating(Refusal::status(404))
        }),
        Fault::new(
            "the negotiation is answered with 401",
            "CONNECTING RECONNECTING:UNAUTHORIZED CREDENTIAL_NEEDED:UNAUTHORIZED",
            0..=2000,
            "401",
            || negotiating(Refusal::status(401)),
        ),
        Fault::new("the negotiation is answered in no JSON", failed("PROTOCOL"), 0..=2000, "negotiation", || {
            negotiating(body("<html>It works!</html>"))
        }),
        Fault::new("the negotiation says no", failed("PROTOCOL"), 0..=2000, "full house", || {
            negotiating(body(r#"{"error":"full house"}"#))
        }),
        Fault::new("the negotiation is one of the old SignalR", failed("PROTOCOL"), 0..=2000, "", || {
            negotiating(body(r#"{"ProtocolVersion":"1.5","ConnectionId":"a"}"#))
        }),
        Fault::new("the negotiation leads in a circle", failed("REDIRECT"), 0..=4000, "without end", || {
            let sim = sim(|_| {});
            let here = json!({"url": sim.http_url(), "accessToken": "t"}).to_string();
            sim.set_faults(Faults { refuse_http: Some(body(&here)), ..Faults::default() });
            scene(sim.http_url()).with("voxta.negotiate", "1").keep(sim)
        }),
        Fault::new("the connection id is not known any more", failed("HTTP_NOT_FOUND"), 0..=2000, "404", || {
            negotiating(body(
                r#"{"connectionId":"gone","connectionToken":"gone","negotiateVersion":1,"availableTransports":[{"transport":"WebSockets","transferFormats":["Text"]}]}"#,
            ))
        }),
    ]
}

/// A hub by hand: it upgrades and then sends this.
fn hub(said: &'static str) -> Scene {
    let server = Server::start(move |mut stream| {
        let head = head(&mut stream);
        let upgraded = [switching(&head).into_bytes(), text(said)].concat();
        if stream.write_all(&upgraded).is_ok() {
            hold(stream);
        }
    });
    scene(server.url("http")).keep(server)
}

fn handshakes() -> Vec<Fault> {
    vec![
        Fault::new("upgraded, but no handshake", again("NO_ANSWER"), STALL..=4000, "answer.timeout_ms", || {
            hub("").with("answer.timeout_ms", STALL)
        }),
        Fault::new("shaken hands, but no welcome", again("NO_ANSWER"), STALL..=4000, "answer.timeout_ms", || {
            hub("{}\u{1e}").with("answer.timeout_ms", STALL)
        }),
        Fault::new("the handshake is refused", failed("PROTOCOL"), 0..=2000, "not supported", || {
            hub("{\"error\":\"The protocol 'json' is not supported.\"}\u{1e}")
        }),
        Fault::new("the handshake's answer is no JSON", failed("PROTOCOL"), 0..=2000, "", || hub("hello\u{1e}")),
        Fault::new("no welcome, but an error", again("SERVICE"), 0..=2000, "too early", || {
            hub(
                "{}\u{1e}{\"type\":1,\"target\":\"ReceiveMessage\",\"arguments\":[{\"$type\":\"error\",\"message\":\"too early\"}]}\u{1e}",
            )
        }),
        Fault::new("closed by a record before the welcome", again("SERVICE_CLOSED"), 0..=2000, "shutting down", || {
            hub("{}\u{1e}{\"type\":7,\"error\":\"shutting down\",\"allowReconnect\":true}\u{1e}")
        }),
        Fault::new("a close record that allows to come back", and_back("SERVICE_CLOSED"), 0..=2000, "", || {
            struck(|sim, _| sim.close_hub(None, true))
        }),
        Fault::new(
            "a close record with an error and without leave to come back",
            "CHAT_CLOSED RECONNECTING:SERVICE_CLOSED",
            0..=2000,
            "Connection closed with an error.",
            || struck(|sim, _| sim.close_hub(Some("Connection closed with an error."), false)),
        ),
    ]
}

/// A message of so many bytes, and a few.
fn large(bytes: usize) -> String {
    record(&json!({"$type": "memoryUpdated", "sessionId": "another", "memories": ["x".repeat(bytes)]})) + "\u{1e}"
}

const MIB: usize = 1024 * 1024;

fn records() -> Vec<Fault> {
    vec![
        Fault::new("a record of 16 MiB", "SERVICE(memoryUpdated)", 0..=20_000, "", || {
            let scene = struck(|sim, _| only(sim).send_text(&large(16 * MIB)));
            let scene = scene.with("frame.max_bytes", 20 * MIB).with("queue.max_bytes", 64 * MIB);
            scene.after(|_, told| assert!(told[0].json.len() > 16 * MIB, "{}", told[0].json.len()))
        }),
        Fault::new("a record just within the limits as they are set", "SERVICE(memoryUpdated)", 0..=20_000, "", || {
            let scene = struck(|sim, _| only(sim).send_text(&large(16 * MIB - 4096)));
            scene.after(|_, told| assert!(told[0].json.len() > 15 * MIB, "{}", told[0].json.len()))
        }),
        Fault::new("a record over 16 MiB", "CHAT_CLOSED RECONNECTING:TOO_BIG", 0..=20_000, "frame.max_bytes", || {
            struck(|sim, _| only(sim).send_text(&large(16 * MIB)))
        }),
        Fault::new(
            "a record over the limit, in messages that are not",
            "CHAT_CLOSED RECONNECTING:TOO_BIG",
            0..=4000,
            "frame.max_bytes",
            || {
                let scene = struck(|sim, _| {
                    for _ in 0..5 {
                        only(sim).send_text(&"x".repeat(20_000));
                    }
                });
                scene.with("frame.max_bytes", 65_536)
            },
        ),
        Fault::new("one byte per frame", "SERVICE(memoryUpdated)", 0..=8000, "", || {
            struck(|sim, _| {
                let peer = only(sim);
                for byte in large(2000).chars() {
                    peer.send_text(byte.encode_utf8(&mut [0; 4]));
                }
            })
            .after(|_, told| assert!(told[0].json.len() > 2000))
        }),
        Fault::new(
            "many records in one message",
            "SERVICE(memoryUpdated) SERVICE(memoryUpdated)",
            0..=2000,
            "",
            || struck(|sim, _| only(sim).send_text(&large(10).repeat(2))),
        ),
        Fault::new("a record that is no JSON", "SERVICE():PROTOCOL", 0..=2000, "can not be read", || {
            raw(text("{\"type\":1,\u{1e}"))
        }),
        Fault::new("a message without a $type", "SERVICE():PROTOCOL", 0..=2000, "without a $type", || {
            struck(|sim, _| sim.emit_raw(&(record(&json!({"hello": 1})) + "\u{1e}")))
        }),
        Fault::new("a call of another method", "SERVICE(Shout):PROTOCOL", 0..=2000, "\"Shout\"", || {
            struck(|sim, _| sim.emit_raw("{\"type\":1,\"target\":\"Shout\",\"arguments\":[1]}\u{1e}"))
        }),
        Fault::new("the hub is silent", "CHAT_CLOSED RECONNECTING:IDLE_TIMEOUT", 0..=6000, "voxta.silence_ms", || {
            let silent = sim(|config| config.ping = Duration::from_secs(3600));
            // The last thing that it says is the completion of the subscription.
            let scene = struck_at(silent, |_, _| {});
            scene.with("voxta.silence_ms", 500).with("keepalive.interval_ms", 0).with("idle.timeout_ms", 0)
        }),
    ]
}

fn credential(host: &Host, key: &str) {
    host.client.act(Action::SetCredential { value: Secret::new(key) }, 0).expect("a credential");
}

fn keys() -> Vec<Fault> {
    let asked = "CONNECTING RECONNECTING:UNAUTHORIZED CREDENTIAL_NEEDED:UNAUTHORIZED";
    let guarded = || sim(|config| config.api_key = Some("good".to_owned()));
    vec![
        Fault::new("HTTP 401", asked, 0..=2000, "option credential", || refusing(Refusal::status(401))),
        Fault::new("HTTP 401, and then the right key", asked, 0..=2000, "option credential", || {
            refusing(Refusal::status(401).times(1)).after(|host, _| {
                credential(host, "good");
                host.until("READY");
            })
        }),
        Fault::new("no key where one is wanted", asked, 0..=2000, "option credential", move || {
            let sim = guarded();
            scene(sim.http_url()).keep(sim).after(|host, _| {
                credential(host, "good");
                host.until("READY");
            })
        }),
        Fault::new(
            "the key expires in the middle of a chat",
            "CHAT_CLOSED RECONNECTING:UNAUTHORIZED CREDENTIAL_NEEDED:UNAUTHORIZED",
            0..=3000,
            "a key that it knows",
            move || {
                let scene = struck_at(guarded(), |sim, _| sim.set_api_key(Some("fresh")));
                scene.with("credential", "good").after(|host, _| {
                    credential(host, "fresh");
                    host.until("GAP");
                    host.until("READY");
                })
            },
        ),
        Fault::new(
            "the key expires while the link is down",
            "CHAT_CLOSED RECONNECTING:CONNECTION_LOST RECONNECTING:UNAUTHORIZED CREDENTIAL_NEEDED:UNAUTHORIZED",
            0..=3000,
            "",
            move || {
                let scene = struck_at(guarded(), |sim, _| {
                    sim.set_faults(Faults { refuse_upgrade: Some(Refusal::status(401).times(1)), ..Faults::default() });
                    sim.reset_all();
                });
                scene.with("credential", "good").after(|host, _| {
                    credential(host, "good");
                    host.until("READY");
                })
            },
        ),
    ]
}

fn say(sim: &VoxtaSim, host: &mut Host) {
    let request = host.say("Hello again.");
    assert_eq!(host.done(request).status, Status::Ok);
    assert!(sim.record().wait_text(PATIENCE, "Hello again.").is_some());
}

fn requests() -> Vec<Fault> {
    vec![
        Fault::new(
            "a completion with an error",
            "SERVICE(error):SERVICE DONE:SERVICE",
            0..=2000,
            "is not known",
            || {
                struck(|_, host| {
                    // A message that the simulated hub does not know; what a host can say is always one that some hub knows.
                    host.call("requestUserAction", "{}");
                })
                .after(|host, _| assert_eq!(host.state(), State::Ready))
            },
        ),
        Fault::new(
            "an answer about a chat that is gone",
            "SERVICE(chatSessionError):SERVICE DONE",
            0..=2000,
            "not found",
            || {
                struck(|_, host| {
                    host.call("pauseChat", r#"{"sessionId":"gone","pause":true}"#);
                })
            },
        ),
        Fault::new(
            "the link is lost while a request waits",
            "CHAT_CLOSED DONE:LINK_LOST RECONNECTING:CONNECTION_LOST",
            0..=2000,
            "",
            || {
                struck(|sim, host| {
                    sim.set_faults(Faults { frame_delay_ms: 60_000, ..Faults::default() });
                    host.say("Hello?");
                    assert!(sim.record().wait_text(PATIENCE, "Hello?").is_some());
                    sim.reset_all();
                })
            },
        ),
        Fault::new("a request is not completed", "DONE:TIMEOUT", 900..=5000, "", || {
            struck(|sim, host| {
                sim.set_faults(Faults { frame_delay_ms: 60_000, ..Faults::default() });
                host.say("Hello?");
            })
            .with("request.timeout_ms", 1000)
        }),
        Fault::new(
            "the client closes while a request waits",
            "DONE:CANCELLED CHAT_CLOSED DONE CLOSED",
            0..=4000,
            "",
            || {
                struck(|sim, host| {
                    sim.set_faults(Faults { frame_delay_ms: 60_000, ..Faults::default() });
                    host.say("Hello?");
                    assert!(sim.record().wait_text(PATIENCE, "Hello?").is_some());
                    host.client.close(0).unwrap();
                })
            },
        ),
    ]
}

/// A reply with speech is asked for while this is wrong; the chat goes on, and the reply is completed.
fn speaking(faults: Faults) -> Scene {
    let sim = sim(|config| {
        config.speech = true;
        config.replies = vec![Reply::say(&["Hello."])];
    });
    let other = Arc::clone(&sim);
    let struck = Arc::clone(&sim);
    let scene = scene(sim.http_url()).keep(sim).strike(move |host| {
        host.until("CHAT_STARTED");
        host.forget();
        struck.set_faults(faults);
        host.say("Speak.");
    });
    scene
        .with("voxta.speech", "pcm")
        .with("events.kinds", "-PRESENCE,-SERVICE,-AI_STATE,-REPLY_ENDED,-MESSAGE,-SENTENCE,-TEXT_DELTA,-REPLY_STARTED")
        .after(move |host, _| {
            assert!(other.record().wait_text(PATIENCE, "speechPlaybackComplete").is_some(), "the chat does not stall");
            other.set_faults(Faults::default());
            say(&other, host);
        })
}

fn no_speech(name: &'static str, status: &'static str, says: &'static str, faults: fn() -> Faults) -> Fault {
    Fault::new(name, format!("DONE? AUDIO:{status} DONE? AUDIO_ENDED"), 0..=5000, says, move || {
        speaking(faults()).with("request.timeout_ms", 1000)
    })
}

fn sound() -> Vec<Fault> {
    fn refuse(status: u16) -> Faults {
        Faults { refuse_http: Some(Refusal::status(status)), ..Faults::default() }
    }
    vec![
        no_speech("speech that is gone: 404", "HTTP_NOT_FOUND", "404", || refuse(404)),
        no_speech("speech is refused: 401", "UNAUTHORIZED", "401", || refuse(401)),
        no_speech("speech meets a fault of the server: 500", "SERVER_ERROR", "500", || refuse(500)),
        no_speech("speech that never comes", "TIMEOUT", "", || Faults { stall_http: true, ..Faults::default() }),
        no_speech("speech that is empty", "PROTOCOL", "empty", || refuse(200)),
        Fault::new("speech that is no sound", "DONE? AUDIO DONE? AUDIO_ENDED", 0..=5000, "", || {
            let noise = Refusal { body: "no sound at all".to_owned(), ..Refusal::status(200) };
            // The host gets it as it came, and could know what it is; here nobody does.
            speaking(Faults { refuse_http: Some(noise), ..Faults::default() }).with("voxta.acknowledge", "library")
        }),
        Fault::new("the microphone is refused, twice, then taken", "MICROPHONE", 0..=6000, "", || {
            microphone(|sim| {
                sim.set_faults(Faults { refuse_upgrade: Some(Refusal::status(503).times(2)), ..Faults::default() });
            })
        }),
        Fault::new("the microphone's link is reset", "MICROPHONE", 0..=6000, "", || {
            microphone(|_| {}).after(|host, _| assert_eq!(host.state(), State::Ready))
        }),
    ]
}

/// A microphone that is wanted while this is wrong, and heard in the end. Then its own link is reset, and comes back.
fn microphone(wrong: fn(&VoxtaSim)) -> Scene {
    let sim = sim(|config| config.clips = vec![Clip::wav(&[0; 100], 8000)]);
    let other = Arc::clone(&sim);
    struck_at(sim, move |sim, _| {
        wrong(sim);
        sim.request_recording(true);
    })
    .with("voxta.microphone_rate", 16_000)
    .with("events.kinds", "-PRESENCE,-SERVICE")
    .after(move |host, _| {
        let mut heard = 0;
        for round in 0..2 {
            let until = std::time::Instant::now() + PATIENCE;
            loop {
                assert!(std::time::Instant::now() < until, "round {round}: the microphone is not heard");
                // What is given while there is no socket is dropped, as a microphone goes on.
                host.client.send_audio(&[50; 960]).expect("room");
                let binary = |entry: &parlor::sim::Entry| {
                    matches!(&entry.seen, parlor::sim::Seen::Frame(parlor::sim::Frame::Binary(_)))
                };
                let now = other.record().entries().iter().filter(|entry| binary(entry)).count();
                if now > heard {
                    break;
                }
                std::thread::sleep(Duration::from_millis(10));
            }
            heard = other.record().entries().len();
            let last = other.peers().into_iter().max_by_key(|peer| peer.id()).expect("a connection");
            Peer::reset(&last);
        }
        assert_eq!(host.state(), State::Ready);
    })
}
