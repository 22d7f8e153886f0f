//! Faults on the way to the service: names, addresses, proxies, and the answer to the upgrade.

use std::io::Write;
use std::net::{Ipv6Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use parlor::sim::gateway::{Config, GatewaySim};
use parlor::sim::{Faults, Refusal};

use crate::fault::{FIRST, Fault, Scene};
use crate::kit::host::{Host, Told};
use crate::kit::server::{Hole, LOCAL, SNAPSHOT, Server, closed_port, head, hold, reset, switching, text};

const STALL: u64 = 300;

fn failed(status: &str) -> String {
    format!("CONNECTING DONE:{status} FAILED:{status}")
}

fn again(status: &str) -> String {
    format!("CONNECTING RECONNECTING:{status}")
}

/// What a client tells that gets through at the second attempt.
fn second(status: &str) -> String {
    FIRST.replace("CONNECTING", &again(status))
}

/// A listener that does this with every connection; the client is destroyed when it has one.
fn listening(handle: fn(std::net::TcpStream)) -> Scene {
    let server = Arc::new(Server::start(handle));
    let url = server.url("http");
    Scene::at(url).middle(move |_| server.wait_for_connection())
}

/// A gateway that answers the upgrade with this instead.
fn refusing(refusal: Refusal) -> Scene {
    let sim = GatewaySim::spawn(Config::default()).unwrap();
    sim.set_faults(Faults { refuse_upgrade: Some(refusal), ..Faults::default() });
    Scene::at(sim.http_url()).keep(sim)
}

pub(crate) fn faults() -> Vec<Fault> {
    let mut faults = addresses();
    faults.extend(proxies());
    faults.extend(upgrades());
    faults.extend(refusals());
    faults
}

fn addresses() -> Vec<Fault> {
    let refused = || Scene::at(format!("http://127.0.0.1:{}", closed_port())).middle_at("RECONNECTING:REFUSED");
    vec![
        Fault::new("connection refused", again("REFUSED"), 0..=2000, "refuses connections", refused),
        Fault::new(
            "refused three times, and three is the limit",
            "CONNECTING RECONNECTING:REFUSED DONE:REFUSED FAILED:REFUSED",
            0..=2000,
            "refuses connections",
            move || refused().with("retry.max_attempts", 3),
        ),
        Fault::new("no answer to the SYN", again("CONNECT_TIMEOUT"), STALL..=3000, "connect.timeout_ms", || {
            let hole = Hole::at((LOCAL, 0).into()).unwrap();
            Scene::at(format!("http://{}", hole.address)).with("connect.timeout_ms", STALL).keep(hole)
        }),
        Fault::new("the name does not exist", again("DNS"), 0..=2000, "\"dead.test\" was not found", || {
            Scene::at("http://dead.test:1").middle_at("RECONNECTING:DNS")
        }),
        Fault::new("the name lookup stalls", again("CONNECT_TIMEOUT"), STALL..=3000, "connect.timeout_ms", || {
            Scene::at("http://slow.test:1").with("connect.timeout_ms", STALL).middle_at("CONNECTING")
        }),
        Fault::new("IPv6 first, and refused there", FIRST, 0..=3000, "", || {
            let sim = GatewaySim::spawn(Config::default()).unwrap();
            Scene::at(format!("http://six.test:{}", sim.addr().port())).keep(sim)
        }),
        Fault::new("IPv6 first, and nothing comes back", FIRST, 100..=4000, "", || {
            // The same port twice: a hole at ::1, a gateway at 127.0.0.1. The port may be taken there, so it is tried.
            let (sim, hole) = std::iter::repeat_with(|| {
                let sim = GatewaySim::spawn(Config::default()).unwrap();
                let address = SocketAddr::from((Ipv6Addr::LOCALHOST, sim.addr().port()));
                Hole::at(address).map(|hole| (sim, hole))
            })
            .take(20)
            .find_map(Result::ok)
            .expect("a port that is free at both addresses");
            Scene::at(format!("http://six.test:{}", sim.addr().port())).keep((sim, hole))
        })
        .skipped_if(TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err(), "this machine has no IPv6 loopback"),
    ]
}

fn proxies() -> Vec<Fault> {
    fn proxy(handle: fn(std::net::TcpStream)) -> Scene {
        let server = Arc::new(Server::start(handle));
        let proxy = server.url("http");
        Scene::at("http://service.test:1").with("proxy", proxy).middle(move |_| server.wait_for_connection())
    }
    vec![
        Fault::new("nobody at the proxy's address", again("PROXY"), 0..=2000, "proxy", || {
            let proxy = format!("http://127.0.0.1:{}", closed_port());
            Scene::at("http://service.test:1").with("proxy", proxy).middle_at("RECONNECTING:PROXY")
        }),
        Fault::new("the proxy wants a password", again("PROXY"), 0..=2000, "a user and a password", || {
            proxy(|mut stream| {
                head(&mut stream);
                let _ = stream.write_all(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n");
            })
        }),
        Fault::new(
            "the proxy does not reach the service",
            again("PROXY"),
            0..=2000,
            "did not connect to service.test:1",
            || {
                proxy(|mut stream| {
                    head(&mut stream);
                    let _ = stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
                })
            },
        ),
        Fault::new("the proxy stalls", again("PROXY"), STALL..=3000, "connect.timeout_ms", || {
            proxy(hold).with("connect.timeout_ms", STALL)
        }),
    ]
}

fn upgrades() -> Vec<Fault> {
    vec![
        Fault::new("accepted, then silence", again("HANDSHAKE_TIMEOUT"), STALL..=3000, "handshake.timeout_ms", || {
            listening(hold).with("handshake.timeout_ms", STALL)
        }),
        Fault::new("the upgrade stalls", again("HANDSHAKE_TIMEOUT"), STALL..=3000, "handshake.timeout_ms", || {
            let sim = Arc::new(GatewaySim::spawn(Config::default()).unwrap());
            sim.set_faults(Faults { stall_upgrade: true, ..Faults::default() });
            let asked = Arc::clone(&sim);
            Scene::at(sim.http_url()).with("handshake.timeout_ms", STALL).keep(sim).middle(move |_| {
                let limit = Duration::from_secs(5);
                assert!(
                    asked
                        .record()
                        .wait(limit, |entry| matches!(entry.seen, parlor::sim::Seen::Upgrade { .. }))
                        .is_some()
                );
            })
        }),
        Fault::new(
            "the upgrade is answered one byte at a time",
            again("HANDSHAKE_TIMEOUT"),
            STALL..=3000,
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
        Fault::new("something that does not speak HTTP", again("PROTOCOL"), 0..=2000, "", || {
            listening(|mut stream| {
                head(&mut stream);
                let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n\r\n");
                hold(stream);
            })
        }),
        Fault::new("upgraded, but no snapshot", again("NO_ANSWER"), STALL..=3000, "answer.timeout_ms", || {
            listening(|mut stream| {
                let answer = switching(&head(&mut stream));
                let _ = stream.write_all(answer.as_bytes());
                hold(stream);
            })
            .with("answer.timeout_ms", STALL)
        }),
        Fault::new(
            "reset behind the snapshot",
            "CONNECTING CONNECTED DONE SERVICE(snapshot) CHAT_STARTED CHARACTERS READY CHAT_CLOSED RECONNECTING:CONNECTION_LOST",
            0..=2000,
            "",
            || {
                let listener = TcpListener::bind((LOCAL, 0)).unwrap();
                let server = Server::on(listener, |mut stream| {
                    let head = head(&mut stream);
                    let _ = stream.write_all(&[switching(&head).into_bytes(), text(SNAPSHOT)].concat());
                    // A client that was heard has subscribed; the reset does not overtake the snapshot then.
                    head_of_frame(&mut stream);
                });
                Scene::at(server.url("http")).keep(server)
            },
        ),
    ]
}

/// Waits for the first bytes of a frame, then ends the connection.
fn head_of_frame(stream: &mut std::net::TcpStream) {
    use std::io::Read;
    let _ = stream.read(&mut [0; 2]);
}

fn refusals() -> Vec<Fault> {
    let waits = |least: u64| {
        move |_: &mut Host, told: &[Told]| {
            let lost = told.iter().find(|told| told.word().starts_with("RECONNECTING")).unwrap();
            let state: serde_json::Value = serde_json::from_str(&lost.json).unwrap();
            assert!(state["delay_ms"].as_u64().unwrap() >= least, "{state}");
        }
    };
    vec![
        Fault::new("HTTP 200 instead of an upgrade", failed("HTTP"), 0..=2000, "no WebSocket", || {
            refusing(Refusal::status(200))
        }),
        Fault::new("HTTP 401", failed("UNAUTHORIZED"), 0..=2000, "option headers", || refusing(Refusal::status(401))),
        Fault::new("HTTP 403, while the gateway starts", second("FORBIDDEN"), 0..=2000, "HTTP 403", move || {
            refusing(Refusal::status(403).times(1)).after(waits(2000)).middle_at("RECONNECTING:FORBIDDEN")
        }),
        Fault::new("HTTP 404", failed("HTTP_NOT_FOUND"), 0..=2000, "HTTP 404", || refusing(Refusal::status(404))),
        Fault::new("HTTP 429, Retry-After: 1", second("RATE_LIMITED"), 0..=2000, "HTTP 429", move || {
            let refusal = Refusal::status(429).header("retry-after", "1").times(1);
            refusing(refusal).after(waits(1000)).middle_at("RECONNECTING:RATE_LIMITED")
        }),
        Fault::new("HTTP 502, twice", second("SERVER_ERROR"), 0..=2000, "HTTP 502", || {
            refusing(Refusal::status(502).times(2))
        }),
        Fault::new("HTTP 502, and the network changes", again("SERVER_ERROR"), 0..=2000, "HTTP 502", || {
            let wait = "3600000";
            let scene = refusing(Refusal::status(502).times(1)).with("retry.initial_ms", wait);
            scene.with("retry.max_ms", wait).middle_at("RECONNECTING:SERVER_ERROR").after(|host, _| {
                host.client.network_changed();
                host.until("READY");
            })
        }),
        Fault::new("a redirect to another place", failed("REDIRECT"), 0..=2000, "option url", || {
            refusing(Refusal::status(302).header("location", "http://elsewhere.test/ws"))
        }),
    ]
}
