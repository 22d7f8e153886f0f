//! Faults on the wire: frames that are wrong, and frames that are only strange.

use std::sync::Arc;
use std::time::Duration;

use parlor::sim::gateway::GatewaySim;
use parlor::sim::{Frame, Peer, Seen};

use crate::fault::{Fault, Scene, and_back};
use crate::kit::server::{frame, sentence, text};
use crate::links::struck;

fn only(sim: &GatewaySim) -> Arc<Peer> {
    sim.peers().into_iter().next().expect("a connection")
}

fn raw(bytes: Vec<u8>) -> Scene {
    struck(move |sim, _| only(sim).send_raw(bytes)).1
}

/// A frame that breaks the link, which then comes back.
fn wrong(name: &'static str, says: &'static str, bytes: impl Fn() -> Vec<u8> + Send + Sync + 'static) -> Fault {
    Fault::new(name, and_back("PROTOCOL"), 0..=2000, says, move || raw(bytes()))
}

pub(crate) fn faults() -> Vec<Fault> {
    let mut faults = vec![
        wrong("garbage in place of a frame", "broke the WebSocket protocol", || {
            vec![0xde, 0xad, 0xbe, 0xef, 0x00, 0xff]
        }),
        wrong("a frame with an unknown opcode", "broke the WebSocket protocol", || frame(0x83, b"{}")),
        wrong("a frame with reserved bits", "broke the WebSocket protocol", || frame(0xc1, b"{}")),
        wrong("a masked frame", "broke the WebSocket protocol", || vec![0x81, 0x82, 1, 2, 3, 4, b'{' ^ 1, b'}' ^ 2]),
        wrong("a continuation of nothing", "broke the WebSocket protocol", || frame(0x80, b"{}")),
        wrong("a message inside a message", "broke the WebSocket protocol", || {
            [frame(0x01, b"{"), frame(0x81, b"}")].concat()
        }),
        wrong("a ping in fragments", "broke the WebSocket protocol", || frame(0x09, b"p")),
        wrong("a ping of 126 bytes", "broke the WebSocket protocol", || frame(0x89, &[0; 126])),
        wrong("a close frame of one byte", "", || frame(0x88, &[3])),
        wrong("a text that is not UTF-8", "not valid UTF-8", || frame(0x81, b"{\"type\":\"\xff\xfe\"}")),
    ];
    faults.extend([
        Fault::new("a message over the limit", and_back("TOO_BIG"), 0..=2000, "frame.max_bytes", || {
            raw(text(&sentence(&"x".repeat(70_000)))).with("frame.max_bytes", 65_536)
        }),
        Fault::new("a frame that claims 2^62 bytes", and_back("TOO_BIG"), 0..=2000, "frame.max_bytes", || {
            let mut frame = vec![0x81, 127];
            frame.extend_from_slice(&(1u64 << 62).to_be_bytes());
            raw(frame)
        }),
        Fault::new("a message in fragments, its characters cut", "SENTENCE", 0..=3000, "naïve", || {
            struck(|sim, _| only(sim).send_split(&sentence("A naïve question: 何?"), 30, 1)).1
        }),
        Fault::new("a ping between fragments", "SENTENCE", 0..=3000, "Still here", || {
            let message = sentence("Still here.");
            let (head, tail) = message.split_at(20);
            raw([frame(0x01, head.as_bytes()), frame(0x89, b"?"), frame(0x80, tail.as_bytes())].concat())
        }),
        Fault::new("one byte a millisecond, with no time to be silent", "SENTENCE", 600..=9000, "xxx", || {
            // The message takes much longer than the link may be silent: its bytes are signs of life.
            let (_, scene) = struck(|sim, _| {
                let peer = only(sim);
                let bytes = text(&sentence(&"x".repeat(600)));
                std::thread::spawn(move || {
                    for byte in bytes {
                        peer.send_raw(vec![byte]);
                        std::thread::sleep(Duration::from_millis(1));
                    }
                });
            });
            scene.with("idle.timeout_ms", 400).with("keepalive.interval_ms", 0)
        }),
        Fault::new("a flood of 20,000 pings", "SENTENCE", 0..=8000, "Enough", || {
            let (sim, scene) = struck(|sim, _| {
                let flood = frame(0x89, b"p").repeat(20_000);
                only(sim).send_raw([flood, text(&sentence("Enough."))].concat());
            });
            scene.after(move |_, _| {
                let pong = |entry: &parlor::sim::Entry| matches!(&entry.seen, Seen::Frame(Frame::Pong(_)));
                assert!(sim.record().wait(Duration::from_secs(5), pong).is_some(), "no ping was answered");
            })
        }),
    ]);
    faults
}
