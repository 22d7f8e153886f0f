//! The network's bad days for a Voxta hub: the faults that every service can meet, played over real sockets as
//! `tests/faults` plays them for the gateway. What only a hub can do is in `hub_days`.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use parlor::sim::voxta::{Config, VoxtaSim};
use parlor::sim::{Faults, Peer, Refusal};
use serde_json::{Value, json};

use crate::fault::{Fault, Scene};
use crate::host::Host;
use crate::kit::server::{Hole, LOCAL, Server, closed_port, frame, head, hold, relay, reset, switching, text};
use crate::kit::tls::Authority;
use crate::{hub_days, names, table};

pub(crate) const STALL: u64 = 300;

/// What a first connection tells when all is well.
pub(crate) const FIRST: &str = "CONNECTING CONNECTED DONE SERVICE(welcome) SERVICE(moduleRuntimeInstances) SERVICE(configuration) SERVICE(chatsSessionsUpdated) CHAT_STARTED CHARACTERS READY";

/// What a client tells that has lost its link for this reason and has found it again.
pub(crate) fn and_back(reason: &str) -> String {
    format!(
        "CHAT_CLOSED RECONNECTING:{reason} CONNECTED GAP SERVICE(welcome) SERVICE(moduleRuntimeInstances) SERVICE(configuration) SERVICE(chatsSessionsUpdated) CHAT_STARTED CHARACTERS READY"
    )
}

pub(crate) fn again(status: &str) -> String {
    format!("CONNECTING RECONNECTING:{status}")
}

pub(crate) fn failed(status: &str) -> String {
    format!("CONNECTING DONE:{status} FAILED:{status}")
}

/// What a client tells that gets through at the second attempt.
pub(crate) fn second(status: &str) -> String {
    FIRST.replace("CONNECTING", &again(status))
}

pub(crate) fn scene(url: impl Into<String>) -> Scene {
    Scene::at(url).with("protocol", "voxta")
}

pub(crate) fn sim(change: impl FnOnce(&mut Config)) -> Arc<VoxtaSim> {
    let mut config = Config::default();
    change(&mut config);
    Arc::new(VoxtaSim::spawn(config).unwrap())
}

/// A hub, and what it does to a client that is READY and has had all that a connection begins with.
pub(crate) fn struck_at(sim: Arc<VoxtaSim>, strike: impl FnOnce(&VoxtaSim, &mut Host) + 'static) -> Scene {
    let other = Arc::clone(&sim);
    scene(sim.http_url()).keep(sim).strike(move |host| {
        settle(host);
        strike(&other, host);
    })
}

/// The messages of the chat that the client has subscribed to come behind READY.
pub(crate) fn settle(host: &mut Host) {
    host.until("CHAT_STARTED");
    host.until("AI_STATE");
    // A completion comes behind the one of the subscription, which nobody sees: then nothing more is on its way.
    let request = host.call("typingStart", "{}");
    host.done(request);
    host.forget();
}

pub(crate) fn struck(strike: impl FnOnce(&VoxtaSim, &mut Host) + 'static) -> Scene {
    struck_at(sim(|_| {}), strike)
}

pub(crate) fn only(sim: &VoxtaSim) -> Arc<Peer> {
    sim.peers().into_iter().next().expect("a connection")
}

fn listening(handle: fn(std::net::TcpStream)) -> Scene {
    let server = Arc::new(Server::start(handle));
    let url = server.url("http");
    scene(url).middle(move |_| server.wait_for_connection())
}

pub(crate) fn refusing(refusal: Refusal) -> Scene {
    let sim = sim(|_| {});
    sim.set_faults(Faults { refuse_upgrade: Some(refusal), ..Faults::default() });
    scene(sim.http_url()).keep(sim)
}

fn addresses() -> Vec<Fault> {
    let refused = || scene(format!("http://127.0.0.1:{}", closed_port())).middle_at("RECONNECTING:REFUSED");
    vec![
        Fault::new("connection refused", again("REFUSED"), 0..=2000, "refuses connections", refused),
        Fault::new(
            "refused three times, and three is the limit",
            "CONNECTING RECONNECTING:REFUSED DONE:REFUSED FAILED:REFUSED",
            0..=2000,
            "refuses connections",
            move || refused().with("retry.max_attempts", 3),
        ),
        Fault::new("no answer to the SYN", again("CONNECT_TIMEOUT"), STALL..=4000, "connect.timeout_ms", || {
            let hole = Hole::at((LOCAL, 0).into()).unwrap();
            scene(format!("http://{}", hole.address)).with("connect.timeout_ms", STALL).keep(hole)
        }),
        Fault::new("the name does not exist", again("DNS"), 0..=2000, "\"dead.test\" was not found", || {
            scene("http://dead.test:1").middle_at("RECONNECTING:DNS")
        }),
        Fault::new("the name lookup stalls", again("CONNECT_TIMEOUT"), STALL..=4000, "connect.timeout_ms", || {
            scene("http://slow.test:1").with("connect.timeout_ms", STALL).middle_at("CONNECTING")
        }),
        Fault::new("nobody at the proxy's address", again("PROXY"), 0..=2000, "proxy", || {
            let proxy = format!("http://127.0.0.1:{}", closed_port());
            scene("http://service.test:1").with("proxy", proxy).middle_at("RECONNECTING:PROXY")
        }),
        Fault::new("accepted, then silence", again("HANDSHAKE_TIMEOUT"), STALL..=4000, "handshake.timeout_ms", || {
            listening(hold).with("handshake.timeout_ms", STALL)
        }),
        Fault::new("accepted, then reset", again("CONNECTION_LOST"), 0..=2000, "without", || {
            listening(|mut stream| {
                head(&mut stream);
                reset(stream);
            })
        }),
        Fault::new("reset within the answer to the upgrade", again("CONNECTION_LOST"), 0..=2000, "without", || {
            listening(|mut stream| {
                let answer = switching(&head(&mut stream));
                let _ = stream.write_all(&answer.as_bytes()[..40]);
                reset(stream);
            })
        }),
        Fault::new(
            "the upgrade is answered one byte at a time",
            again("HANDSHAKE_TIMEOUT"),
            STALL..=4000,
            "handshake.timeout_ms",
            || {
                listening(|mut stream| {
                    for byte in switching(&head(&mut stream)).bytes() {
                        std::thread::sleep(Duration::from_millis(5));
                        if stream.write_all(&[byte]).is_err() {
                            break;
                        }
                    }
                })
                .with("handshake.timeout_ms", STALL)
            },
        ),
        Fault::new("something that does not speak HTTP", again("PROTOCOL"), 0..=2000, "", || {
            listening(|mut stream| {
                head(&mut stream);
                let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n\r\n");
                hold(stream);
            })
        }),
    ]
}

fn refusals() -> Vec<Fault> {
    let waits = |least: u64| {
        move |_: &mut Host, told: &[crate::host::Told]| {
            let lost = told.iter().find(|told| told.word().starts_with("RECONNECTING")).unwrap();
            let state: Value = serde_json::from_str(&lost.json).unwrap();
            assert!(state["delay_ms"].as_u64().unwrap() >= least, "{state}");
        }
    };
    vec![
        Fault::new("HTTP 200 instead of an upgrade", failed("HTTP"), 0..=2000, "no WebSocket", || {
            refusing(Refusal::status(200))
        }),
        Fault::new("HTTP 404", failed("HTTP_NOT_FOUND"), 0..=2000, "HTTP 404", || refusing(Refusal::status(404))),
        Fault::new("HTTP 429, Retry-After: 1", second("RATE_LIMITED"), 0..=2000, "HTTP 429", move || {
            let refusal = Refusal::status(429).header("retry-after", "1").times(1);
            refusing(refusal).after(waits(1000)).middle_at("RECONNECTING:RATE_LIMITED")
        }),
        Fault::new("HTTP 502, twice", second("SERVER_ERROR"), 0..=2000, "HTTP 502", || {
            refusing(Refusal::status(502).times(2))
        }),
        Fault::new("a redirect to another place", failed("REDIRECT"), 0..=2000, "option url", || {
            refusing(Refusal::status(302).header("location", "http://elsewhere.test/hub"))
        }),
    ]
}

fn closed(name: &'static str, events: String, code: u16, reason: &'static str) -> Fault {
    Fault::new(name, events, 0..=2000, "code", move || struck(move |sim, _| sim.close_all(code, reason)))
}

fn links() -> Vec<Fault> {
    let silent = "CHAT_CLOSED RECONNECTING:IDLE_TIMEOUT";
    vec![
        Fault::new("reset", and_back("CONNECTION_LOST"), 0..=2000, "", || struck(|sim, _| sim.reset_all())),
        Fault::new(
            "ended without a close frame",
            and_back("CONNECTION_LOST"),
            0..=2000,
            "without a close frame",
            || struck(|sim, _| sim.each(Peer::drop_link)),
        ),
        Fault::new("half-open: no answer to anything", silent, 200..=4000, "idle.timeout_ms", || {
            struck(|sim, _| sim.freeze_all()).with("idle.timeout_ms", 300).with("keepalive.interval_ms", 100)
        }),
        Fault::new("closing against a half-open link", "CHAT_CLOSED DONE CLOSED", 900..=4000, "", || {
            struck(|sim, host| {
                sim.freeze_all();
                host.client.close(0).unwrap();
            })
        }),
        Fault::new("the network changes under a dead link", silent, 2900..=8000, "change of the network", || {
            struck(|sim, host| {
                sim.freeze_all();
                host.client.network_changed();
            })
        }),
        closed("close 1000", and_back("SERVICE_CLOSED"), 1000, ""),
        closed("close 1001", and_back("SERVICE_CLOSED"), 1001, ""),
        closed("close 1008", "CHAT_CLOSED FAILED:SERVICE_CLOSED".to_owned(), 1008, "policy"),
        closed("close 1011", and_back("SERVICE_CLOSED"), 1011, "keepalive ping timeout"),
        closed("close 1012", and_back("SERVICE_CLOSED"), 1012, ""),
        Fault::new(
            "the server restarts: 1012, refused for 400 ms, back",
            and_back("SERVICE_CLOSED")
                .replace("SERVICE_CLOSED", "SERVICE_CLOSED RECONNECTING:CONNECTION_LOST? RECONNECTING:REFUSED"),
            0..=2000,
            "1012",
            || struck(|sim, _| sim.restart(Duration::from_millis(400))),
        ),
    ]
}

/// A frame that breaks the link, which then comes back.
fn wrong(name: &'static str, says: &'static str, bytes: impl Fn() -> Vec<u8> + Send + Sync + 'static) -> Fault {
    Fault::new(name, and_back("PROTOCOL"), 0..=2000, says, move || raw(bytes()))
}

pub(crate) fn raw(bytes: Vec<u8>) -> Scene {
    struck(move |sim, _| only(sim).send_raw(bytes))
}

fn frames() -> Vec<Fault> {
    let told =
        r#"{"type":1,"target":"ReceiveMessage","arguments":[{"$type":"memoryUpdated","memories":["naïve: 何?"]}]}"#;
    let told = format!("{told}\u{1e}");
    vec![
        wrong("garbage in place of a frame", "broke the WebSocket protocol", || {
            vec![0xde, 0xad, 0xbe, 0xef, 0x00, 0xff]
        }),
        wrong("a frame with reserved bits", "broke the WebSocket protocol", || frame(0xc1, b"{}")),
        wrong("a masked frame", "broke the WebSocket protocol", || vec![0x81, 0x82, 1, 2, 3, 4, b'{' ^ 1, b'}' ^ 2]),
        wrong("a continuation of nothing", "broke the WebSocket protocol", || frame(0x80, b"{}")),
        wrong("a text that is not UTF-8", "not valid UTF-8", || frame(0x81, b"{\"type\":\"\xff\xfe\"}")),
        Fault::new("a message over the limit", and_back("TOO_BIG"), 0..=2000, "frame.max_bytes", || {
            raw(text(&"x".repeat(70_000))).with("frame.max_bytes", 65_536)
        }),
        Fault::new("a frame that claims 2^62 bytes", and_back("TOO_BIG"), 0..=2000, "frame.max_bytes", || {
            let mut frame = vec![0x81, 127];
            frame.extend_from_slice(&(1_u64 << 62).to_be_bytes());
            raw(frame)
        }),
        Fault::new("a message in fragments, its characters cut", "SERVICE(memoryUpdated)", 0..=3000, "", move || {
            let told = told.clone();
            struck(move |sim, _| only(sim).send_split(&told, 30, 1))
                .after(|_, told| assert!(told[0].json.contains("naïve: 何?")))
        }),
    ]
}

fn secured() -> Vec<Fault> {
    fn linked(strike: fn(&VoxtaSim)) -> Scene {
        let authority = Authority::new();
        let sim = sim(|config| config.stage.tls = Some(authority.server("localhost", |_| ())));
        let url = format!("https://localhost:{}", sim.addr().port());
        let other = Arc::clone(&sim);
        scene(url).keep(sim).with("tls.ca_pem", authority.pem()).strike(move |host| {
            settle(host);
            strike(&other);
        })
    }
    vec![
        Fault::new(
            "a certificate of an unknown authority",
            failed("TLS_CERTIFICATE"),
            0..=5000,
            "unknown authority",
            || {
                let sim = sim(|config| config.stage.tls = Some(Authority::new().server("localhost", |_| ())));
                let url = format!("https://localhost:{}", sim.addr().port());
                scene(url).with("tls.roots", "webpki").keep(sim)
            },
        ),
        Fault::new("reset under TLS", and_back("CONNECTION_LOST"), 0..=3000, "", || linked(|sim| sim.reset_all())),
        Fault::new("close 1012 under TLS", and_back("SERVICE_CLOSED"), 0..=3000, "1012", || {
            linked(|sim| sim.close_all(1012, ""))
        }),
        Fault::new("bytes that are not TLS, within TLS", and_back("TLS"), 0..=3000, "tls", || {
            let authority = Authority::new();
            let sim = sim(|config| config.stage.tls = Some(authority.server("localhost", |_| ())));
            let (relay, say) = relay(sim.addr());
            let url = format!("https://localhost:{}", relay.address.port());
            let scene = scene(url).keep((relay, sim)).with("tls.ca_pem", authority.pem());
            scene.strike(move |host| {
                settle(host);
                say.send(b"What is this doing here?".to_vec()).unwrap();
            })
        }),
    ]
}

#[test]
fn the_network_has_bad_days_for_a_hub_too() {
    let groups = [addresses(), refusals(), links(), frames(), secured(), hub_days::faults()];
    let faults: Vec<Fault> = groups.into_iter().flatten().collect();
    assert!(faults.len() >= 60, "only {} faults", faults.len());
    let lines = table::play(&faults);
    table::print(&lines);
    names::release();
    let wrong: Vec<String> = lines.iter().filter_map(table::Line::wrong).collect();
    assert!(wrong.is_empty(), "{} of {} rows are wrong:\n{}", wrong.len(), lines.len(), wrong.join("\n"));
}

/// The message that a hub sends, as a record.
pub(crate) fn record(message: &Value) -> String {
    json!({"type": 1, "target": "ReceiveMessage", "arguments": [message]}).to_string()
}
