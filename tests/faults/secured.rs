//! Faults of TLS.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;

use parlor::sim::StageConfig;
use parlor::sim::gateway::{Config, GatewaySim};
use rustls::ServerConfig;

use crate::fault::{FIRST, Fault, Scene, and_back};
use crate::kit::server::{Server, hold, relay, reset};
use crate::kit::tls::{Authority, self_signed};

fn secured(tls: Arc<ServerConfig>) -> Arc<GatewaySim> {
    let stage = StageConfig { tls: Some(tls), ..StageConfig::default() };
    Arc::new(GatewaySim::spawn(Config { stage, ..Config::default() }).unwrap())
}

fn localhost(address: SocketAddr) -> Scene {
    Scene::at(format!("https://localhost:{}", address.port()))
}

fn gateway(tls: Arc<ServerConfig>) -> Scene {
    let sim = secured(tls);
    localhost(sim.addr()).keep(sim)
}

/// A good link over TLS, to which this happens.
fn linked(strike: fn(&GatewaySim)) -> Scene {
    let authority = Authority::new();
    let sim = secured(authority.server("localhost", |_| ()));
    let scene = localhost(sim.addr()).keep(Arc::clone(&sim)).with("tls.ca_pem", authority.pem());
    scene.strike(move |_| strike(&sim))
}

fn listening(handle: fn(std::net::TcpStream)) -> Scene {
    let server = Arc::new(Server::start(handle));
    let url = server.url("https");
    Scene::at(url).with("tls.roots", "webpki").middle(move |_| server.wait_for_connection())
}

pub(crate) fn faults() -> Vec<Fault> {
    let certificate = "CONNECTING DONE:TLS_CERTIFICATE FAILED:TLS_CERTIFICATE";
    let known = |change: fn(&mut rcgen::CertificateParams), name: &'static str| {
        move || {
            let authority = Authority::new();
            gateway(authority.server(name, change)).with("tls.ca_pem", authority.pem())
        }
    };
    vec![
        Fault::new("TLS with an authority that is known", FIRST, 0..=5000, "", known(|_| (), "localhost")),
        Fault::new(
            "the TLS handshake stalls",
            "CONNECTING RECONNECTING:HANDSHAKE_TIMEOUT",
            300..=3000,
            "handshake.timeout_ms",
            || listening(hold).with("handshake.timeout_ms", 300),
        ),
        Fault::new(
            "reset within the TLS handshake",
            "CONNECTING RECONNECTING:TLS",
            0..=3000,
            "during the TLS handshake",
            || {
                listening(|mut stream| {
                    // The greeting has come, so the handshake is under way.
                    let _ = stream.read_exact(&mut [0; 5]);
                    reset(stream);
                })
            },
        ),
        Fault::new("no TLS at that port", "CONNECTING RECONNECTING:TLS", 0..=3000, "does not speak TLS", || {
            listening(|mut stream| {
                let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
                hold(stream);
            })
        }),
        Fault::new(
            "a certificate that has expired",
            certificate,
            0..=5000,
            "expired on Sun, 03 Feb 2002",
            known(
                |params| {
                    params.not_before = rcgen::date_time_ymd(2001, 1, 1);
                    params.not_after = rcgen::date_time_ymd(2002, 2, 3);
                },
                "localhost",
            ),
        ),
        Fault::new(
            "a certificate for another host",
            certificate,
            0..=5000,
            "elsewhere.example",
            known(|_| (), "elsewhere.example"),
        ),
        Fault::new("a certificate of an unknown authority", certificate, 0..=5000, "unknown authority", || {
            gateway(Authority::new().server("localhost", |_| ())).with("tls.roots", "webpki")
        }),
        Fault::new("a certificate that vouches for itself", certificate, 0..=5000, "unknown authority", || {
            gateway(self_signed("localhost")).with("tls.roots", "webpki")
        }),
        Fault::new("reset under TLS", and_back("CONNECTION_LOST"), 0..=2000, "", || linked(|sim| sim.reset_all())),
        Fault::new("ended under TLS without a goodbye", and_back("CONNECTION_LOST"), 0..=2000, "", || {
            linked(|sim| sim.each(|peer| peer.drop_link()))
        }),
        Fault::new("close 1012 under TLS", and_back("SERVICE_CLOSED"), 0..=2000, "1012", || {
            linked(|sim| sim.close_all(1012, ""))
        }),
        Fault::new(
            "half-open under TLS",
            "CHAT_CLOSED RECONNECTING:IDLE_TIMEOUT",
            250..=3000,
            "idle.timeout_ms",
            || linked(|sim| sim.freeze_all()).with("idle.timeout_ms", 300).with("keepalive.interval_ms", 100),
        ),
        Fault::new("bytes that are not TLS, within TLS", and_back("TLS"), 0..=2000, "tls", || {
            let authority = Authority::new();
            let sim = secured(authority.server("localhost", |_| ()));
            let (relay, say) = relay(sim.addr());
            let scene = localhost(relay.address).keep((relay, sim)).with("tls.ca_pem", authority.pem());
            scene.strike(move |_| say.send(b"What is this doing here?".to_vec()).unwrap())
        }),
    ]
}
