//! Messages whose bytes come cut in any way, the first of them glued to the answer to the upgrade.

use parlor::transport::ws;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::kit::{Seen, dial, end, net, next, serve};

fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        short @ 0..126 => bytes.push(short as u8),
        middle @ 126..65_536 => {
            bytes.push(126);
            bytes.extend((middle as u16).to_be_bytes());
        }
        long => {
            bytes.push(127);
            bytes.extend((long as u64).to_be_bytes());
        }
    }
    bytes.extend_from_slice(payload);
    bytes
}

/// A message of this length as frames, and what is to be seen of it.
fn message(random: &mut fastrand::Rng) -> (Vec<u8>, String) {
    let length = [0, 1, 20, 125, 126, 300, 5_000, 70_000, 200_000][random.usize(..9)];
    match random.usize(..6) {
        0 => {
            let data: Vec<u8> = (0..length).map(|_| random.u8(..)).collect();
            (frame(0x82, &data), format!("binary {data:?}"))
        }
        // In three pieces with a ping between two of them; the first cut may fall within a character.
        1 => {
            let text = "é".repeat(length / 2);
            let (one, two) = (random.usize(..=text.len()), random.usize(..=text.len()));
            let (one, two) = (one.min(two), one.max(two));
            let bytes = text.as_bytes();
            let pieces = [
                frame(0x01, &bytes[..one]),
                frame(0x89, b"are you there"),
                frame(0x00, &bytes[one..two]),
                frame(0x80, &bytes[two..]),
            ];
            (pieces.concat(), format!("text {text}"))
        }
        2 => (frame(0x8a, b"nobody asked"), String::new()),
        _ => {
            let text: String = (0..length).map(|_| random.alphanumeric()).collect();
            (frame(0x81, text.as_bytes()), format!("text {text}"))
        }
    }
}

#[tokio::test]
async fn every_message_comes_once_and_in_order_however_its_bytes_are_cut() {
    let seed = 20_261_121;
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    for reach in [2, 9, 300, 9_000, 70_000, 1_000_000] {
        let many = if reach < 100 { 12 } else { 60 };
        let (frames, expected): (Vec<_>, Vec<_>) = (0..many).map(|_| message(&mut random)).unzip();
        let bytes = frames.concat();
        let cutter = random.fork();
        let port = serve(move |mut stream| {
            let (bytes, mut random) = (bytes.clone(), cutter.clone());
            async move {
                stream.set_nodelay(true).unwrap();
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    request.push(stream.read_u8().await.unwrap());
                }
                let request = String::from_utf8(request).unwrap();
                let key = request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
                let accept = derive_accept_key(key.as_bytes());
                let head = format!(
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                     Sec-WebSocket-Accept: {accept}\r\n\r\n"
                );
                // The answer to the upgrade comes with the first bytes behind it.
                let glued = random.usize(..10).min(bytes.len());
                stream.write_all(&[head.as_bytes(), &bytes[..glued]].concat()).await.unwrap();
                let mut rest = &bytes[glued..];
                // Long runs are sent at once after a while, since a byte a packet would take minutes.
                let mut small = 3_000;
                while !rest.is_empty() {
                    let most = if small > 0 { random.usize(1..reach) } else { 60_000 };
                    small -= i32::from(small > 0);
                    let (now, later) = rest.split_at(most.min(rest.len()));
                    stream.write_all(now).await.unwrap();
                    tokio::task::yield_now().await;
                    rest = later;
                }
                // Whatever the client still says is taken in, so that the end is no reset.
                stream.shutdown().await.unwrap();
                let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
            }
        })
        .await;
        let mut socket = ws::open(&net(&[]), &dial(format!("ws://127.0.0.1:{port}/"))).await.unwrap();
        let mut seen = Vec::new();
        while let Some(incoming) = next(&mut socket).await {
            match incoming {
                Seen::Text(text) => seen.push(format!("text {text}")),
                Seen::Binary(data) => seen.push(format!("binary {data:?}")),
                Seen::Other => {}
            }
        }
        let expected: Vec<_> = expected.into_iter().filter(|one| !one.is_empty()).collect();
        assert_eq!(seen.len(), expected.len(), "pieces of less than {reach}");
        assert!(seen == expected, "pieces of less than {reach}");
        assert_eq!(socket.failure().close_code, 1006);
    }
}

#[tokio::test]
async fn a_text_that_is_not_valid_ends_the_connection_wherever_it_stands() {
    let good = frame(0x81, b"good");
    for bad in [frame(0x81, b"b\xff"), frame(0x81, b"\xed\xa0\x80"), [frame(0x01, b"b"), frame(0x80, b"\xff")].concat()]
    {
        let bytes = [good.clone(), bad, good.clone()].concat();
        let port = serve(move |stream| {
            let bytes = bytes.clone();
            async move {
                let mut server = tokio_tungstenite::accept_async(stream).await.unwrap();
                server.get_mut().write_all(&bytes).await.unwrap();
                std::future::pending::<()>().await;
            }
        })
        .await;
        let mut socket = ws::open(&net(&[]), &dial(format!("ws://127.0.0.1:{port}/"))).await.unwrap();
        assert!(matches!(next(&mut socket).await, Some(Seen::Text(text)) if text == "good"));
        let failure = end(&mut socket).await;
        assert_eq!((failure.error.status, failure.close_code), (parlor::model::Status::Protocol, 1007));
    }
}
