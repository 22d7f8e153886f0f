//! Faults of the HTTP calls that carry the actions. The link stays READY through all of them.

use std::io::Write;
use std::sync::Arc;

use parlor::model::{State, Status};
use parlor::sim::gateway::{Config, GatewaySim};
use parlor::sim::{Faults, Refusal};

use crate::fault::{Fault, Scene};
use crate::kit::server::{body, gateway, hold, reset};

/// A gateway whose HTTP has this fault; when it is gone, the next thing said is heard.
fn faulty(faults: Faults) -> Scene {
    let sim = Arc::new(GatewaySim::spawn(Config::default()).unwrap());
    sim.set_faults(faults);
    Scene::at(sim.http_url()).saying("Hello?").after(move |host, _| {
        assert_eq!(host.state(), State::Ready);
        sim.set_faults(Faults::default());
        let request = host.say("Hello again.");
        assert_eq!(host.done(request).status, Status::Ok);
    })
}

fn refusing(refusal: Refusal) -> Scene {
    faulty(Faults { refuse_http: Some(refusal), ..Faults::default() })
}

/// A gateway that deals with the calls by hand.
fn by_hand(http: fn(std::net::TcpStream, &str)) -> Scene {
    let server = gateway(http);
    let scene = Scene::at(server.url("http")).keep(server);
    scene.saying("Hello?").after(|host, _| assert_eq!(host.state(), State::Ready))
}

fn answering(answer: &'static str) -> impl Fn() -> Scene + Send + Sync + 'static {
    move || {
        let server = gateway(move |mut stream, head| {
            body(&mut stream, head);
            let _ = stream.write_all(answer.as_bytes());
        });
        let scene = Scene::at(server.url("http")).keep(server).with("frame.max_bytes", 4096);
        scene.saying("Hello?").after(|host, _| assert_eq!(host.state(), State::Ready))
    }
}

pub(crate) fn faults() -> Vec<Fault> {
    vec![
        Fault::new("an action is not answered", "DONE:TIMEOUT", 1000..=4000, "may be busy", || {
            faulty(Faults { stall_http: true, ..Faults::default() }).with("request.timeout_ms", 1000)
        }),
        Fault::new("an action is answered with 422", "DONE:REJECTED", 0..=2000, "text: Field required", || {
            let detail = r#"{"detail":[{"type":"missing","loc":["body","text"],"msg":"Field required"}]}"#;
            refusing(Refusal { body: detail.to_owned(), ..Refusal::status(422) })
        }),
        Fault::new("an action is answered with 500", "DONE:SERVER_ERROR", 0..=2000, "500", || {
            refusing(Refusal::status(500))
        }),
        Fault::new("an action is answered with 429", "DONE:RATE_LIMITED", 0..=2000, "429", || {
            refusing(Refusal::status(429).header("retry-after", "1"))
        }),
        Fault::new("an action is redirected to another origin", "DONE:REDIRECT", 0..=2000, "elsewhere.test", || {
            refusing(Refusal::status(307).header("location", "http://elsewhere.test/dialogue"))
        }),
        Fault::new("an action meets a reset", "DONE:CONNECTION_LOST", 0..=2000, "", || {
            by_hand(|mut stream, head| {
                body(&mut stream, head);
                reset(stream);
            })
        }),
        Fault::new("an action's connection ends without an answer", "DONE:CONNECTION_LOST", 0..=2000, "", || {
            by_hand(|mut stream, head| drop(body(&mut stream, head)))
        }),
        Fault::new(
            "an action's answer breaks off",
            "DONE:CONNECTION_LOST",
            0..=2000,
            "",
            answering("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"status\""),
        ),
        Fault::new(
            "an action's answer is over the limit",
            "DONE:TOO_BIG",
            0..=2000,
            "frame.max_bytes",
            answering("HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n{"),
        ),
        Fault::new(
            "an action is answered in something else than HTTP",
            "DONE:PROTOCOL",
            0..=2000,
            "HTTP",
            answering("220 mail.test ESMTP\r\n\r\n"),
        ),
        Fault::new(
            "the link is lost while an action waits",
            "CHAT_CLOSED DONE:LINK_LOST RECONNECTING:CONNECTION_LOST",
            0..=2000,
            "",
            || {
                let sim = Arc::new(GatewaySim::spawn(Config::default()).unwrap());
                sim.set_faults(Faults { stall_http: true, ..Faults::default() });
                let other = Arc::clone(&sim);
                Scene::at(sim.http_url()).keep(sim).strike(move |host| {
                    host.say("Hello?");
                    let limit = crate::kit::host::PATIENCE;
                    assert!(other.record().wait_http(limit, "POST", "/dialogue").is_some(), "it was sent");
                    other.reset_all();
                })
            },
        ),
        Fault::new(
            "the client closes while an action waits",
            "DONE:CANCELLED CHAT_CLOSED DONE CLOSED",
            0..=3000,
            "closed",
            || {
                let server = gateway(|stream, _| hold(stream));
                Scene::at(server.url("http")).keep(server).strike(|host| {
                    host.say("Hello?");
                    host.client.close(0).unwrap();
                })
            },
        ),
    ]
}
