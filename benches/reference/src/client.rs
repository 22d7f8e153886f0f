//! The two clients: a bare loop over tokio-tungstenite, and the same with typed decoding and a callback.

use std::error::Error;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::{SinkExt, StreamExt};
use tokio_tungstenite::tungstenite::Message;

use crate::decode::{CEvent, decode};
use crate::measure::Cost;

static TEXT_BYTES: AtomicU64 = AtomicU64::new(0);

/// What a host does at the least: it looks at the kind and at the text.
extern "C" fn on_event(event: &CEvent) {
    let (text, len) = event.texts[0];
    // SAFETY: the text is as long as the event says.
    let first = if len > 0 { unsafe { *text } } else { 0 };
    black_box((event.kind, event.time, first));
    TEXT_BYTES.store(TEXT_BYTES.load(Ordering::Relaxed) + len as u64, Ordering::Relaxed);
}

/// Reads `events` events from a flood and prints what they have cost from the second one on.
pub(crate) fn run(url: &str, events: u64, typed: bool) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let (mut socket, _) = tokio_tungstenite::connect_async(format!("{url}/ws")).await?;
        let hello = r#"{"type":"subscribe","client_id":"reference","events":["all"]}"#;
        socket.send(Message::text(hello)).await?;
        let (mut seen, mut bytes, mut start) = (0, 0, None);
        let call: extern "C" fn(&CEvent) = black_box(on_event);
        while seen < events {
            let Some(message) = socket.next().await else { return Err("the server has gone".into()) };
            let Message::Text(text) = message? else { continue };
            if text.starts_with("{\"type\":\"snapshot\"") {
                continue;
            }
            if start.is_none() {
                start = Some(Cost::now());
            }
            seen += 1;
            bytes += text.len() as u64;
            if typed {
                decode(&text, call)?;
            }
        }
        if let Some(start) = start {
            start.print_since(seen - 1, bytes, TEXT_BYTES.load(Ordering::Relaxed));
        }
        Ok(())
    })
}
