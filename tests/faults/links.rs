//! Faults of a link that was good: how it ends, how the service behind it ends, and a host that does not listen.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parlor::model::{State, Status};
use parlor::sim::gateway::{Config, GatewaySim};
use parlor::sim::{Faults, FloodPlan, Mix};
use serde_json::json;

use crate::fault::{FIRST, Fault, Scene, and_back};
use crate::kit::host::{Host, PATIENCE};

/// A gateway, and what it does to a client that is READY.
pub(crate) fn struck(strike: impl FnOnce(&GatewaySim, &mut Host) + 'static) -> (Arc<GatewaySim>, Scene) {
    let sim = Arc::new(GatewaySim::spawn(Config::default()).unwrap());
    let other = Arc::clone(&sim);
    let scene = Scene::at(sim.http_url()).keep(Arc::clone(&sim)).strike(move |host| strike(&other, host));
    (sim, scene)
}

fn closed(name: &'static str, events: String, code: u16, reason: &'static str) -> Fault {
    let says = if code == 1000 && reason.is_empty() { "another client took the name" } else { "code" };
    Fault::new(name, events, 0..=2000, says, move || struck(move |sim, _| sim.close_all(code, reason)).1)
}

pub(crate) fn faults() -> Vec<Fault> {
    let mut faults = ends();
    faults.extend(services());
    faults
}

fn ends() -> Vec<Fault> {
    let silent = "CHAT_CLOSED RECONNECTING:IDLE_TIMEOUT";
    vec![
        Fault::new("reset", and_back("CONNECTION_LOST"), 0..=2000, "", || struck(|sim, _| sim.reset_all()).1),
        Fault::new(
            "ended without a close frame",
            and_back("CONNECTION_LOST"),
            0..=2000,
            "without a close frame",
            || struck(|sim, _| sim.each(|peer| peer.drop_link())).1,
        ),
        Fault::new("half-open: no answer to anything", silent, 250..=3000, "idle.timeout_ms", || {
            struck(|sim, _| sim.freeze_all()).1.with("idle.timeout_ms", 300).with("keepalive.interval_ms", 100)
        }),
        Fault::new("pings are not answered", silent, 250..=3000, "idle.timeout_ms", || {
            let muted = Faults { mute_pings: true, ..Faults::default() };
            struck(move |sim, _| sim.set_faults(muted))
                .1
                .with("idle.timeout_ms", 300)
                .with("keepalive.interval_ms", 100)
        }),
        Fault::new("closing against a half-open link", "CHAT_CLOSED DONE CLOSED", 900..=3000, "", || {
            let (_, scene) = struck(|sim, host| {
                sim.freeze_all();
                host.client.close(0).unwrap();
            });
            scene
        }),
        Fault::new("the network changes under a dead link", silent, 2900..=6000, "change of the network", || {
            let (_, scene) = struck(|sim, host| {
                sim.freeze_all();
                host.client.network_changed();
            });
            scene
        }),
        closed("close 1000, no reason: the name was taken", and_back("REPLACED"), 1000, ""),
        closed("close 1000 with a reason", and_back("SERVICE_CLOSED"), 1000, "bye"),
        closed("close 1001", and_back("SERVICE_CLOSED"), 1001, ""),
        closed("close 1008", "CHAT_CLOSED FAILED:SERVICE_CLOSED".to_owned(), 1008, "policy"),
        closed("close 1011", and_back("SERVICE_CLOSED"), 1011, "keepalive ping timeout"),
        closed("close 1012", and_back("SERVICE_CLOSED"), 1012, ""),
        closed("close 4000", "CHAT_CLOSED RECONNECTING:PROTOCOL".to_owned(), 4000, "Subscription timeout"),
    ]
}

/// An action that must not be sent twice, and that nobody hears of.
fn note(host: &mut Host) {
    let request = host.call("context", r#"{"key":"place","content":"A harbour.","description":"By night."}"#);
    let done = host.done(request);
    assert_eq!(done.status, Status::Ok, "{}", done.text);
}

fn services() -> Vec<Fault> {
    vec![
        Fault::new(
            "the gateway restarts: 1012, refused for 400 ms, back",
            and_back("SERVICE_CLOSED")
                .replace("SERVICE_CLOSED", "SERVICE_CLOSED RECONNECTING:CONNECTION_LOST? RECONNECTING:REFUSED"),
            0..=2000,
            "1012",
            || {
                // An action before leaves a connection in the pool, which the restart ends and no later one may use.
                let (_, scene) = struck(|sim, host| {
                    note(host);
                    sim.restart(Duration::from_millis(400));
                });
                scene.after(|host, _| note(host))
            },
        ),
        Fault::new(
            "the gateway loses Voxta",
            "SERVICE(voxta_disconnected) CHAT_CLOSED CONNECTED",
            0..=2000,
            "",
            || {
                let (sim, scene) = struck(|sim, _| sim.set_voxta(false));
                scene.after(move |host, _| {
                    assert!(host.client.mirror().contains("\"chat_active\":false"), "{}", host.client.mirror());
                    sim.set_voxta(true);
                    sim.start_chat();
                    host.until("READY");
                })
            },
        ),
        Fault::new(
            "the name is taken by a socket that lives: a deaf link",
            format!("{FIRST} {}", and_back("REPLACED")),
            50..=4000,
            "sent no events to this one",
            || {
                let sim = Arc::new(GatewaySim::spawn(Config::default()).unwrap());
                let other = Host::ready(&sim.http_url(), &[("gateway.client_id", "twin")]);
                let scene = Scene::at(sim.http_url()).with("gateway.client_id", "twin").keep(other);
                scene.middle_at("READY").after(move |host, _| {
                    sim.broadcast("sentence_ready", &json!({"text": "Can you hear me?"}));
                    assert_eq!(host.until("SENTENCE").text, "Can you hear me?");
                })
            },
        ),
        Fault::new(
            "the host does not take its events",
            format!("SENTENCE {}", and_back("OVERFLOW")),
            0..=4000,
            "queue.max_events",
            || {
                let (_, scene) = struck(|sim, host| {
                    sim.flood(&FloodPlan { count: 500, mix: Mix::Sentences, per_second: 0 });
                    let deadline = Instant::now() + PATIENCE;
                    while host.state() != State::Reconnecting {
                        assert!(Instant::now() < deadline, "the queue never fills up");
                        std::thread::yield_now();
                    }
                });
                scene.with("queue.max_events", 16)
            },
        ),
        Fault::new(
            "the host does not take its events, and wants the service to wait",
            "SENTENCE",
            0..=5000,
            "",
            || {
                let (sim, scene) =
                    struck(|sim, _| sim.flood(&FloodPlan { count: 3000, mix: Mix::Sentences, per_second: 0 }));
                scene.with("queue.max_events", 16).with("queue.overflow", "pause").after(move |host, _| {
                    for _ in 1..3000 {
                        host.until("SENTENCE");
                    }
                    sim.broadcast("sentence_ready", &json!({"text": "the last one"}));
                    assert_eq!(host.until("SENTENCE").text, "the last one");
                    assert_eq!(host.state(), State::Ready);
                })
            },
        ),
    ]
}
