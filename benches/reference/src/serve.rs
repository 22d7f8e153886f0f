//! The server: a gateway that does nothing but what is measured. The path says what: `/flood/N` sends N events a moment
//! after the snapshot, `/idle` sends nothing more, and both answer pings. One thread a connection.

use std::collections::BTreeSet;
use std::error::Error;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::corpus::{Corpus, frame};

const SNAPSHOT: &str = r#"{"type":"snapshot","state":{"connected":true,"chat_active":true,"ai_state":"idle","current_speaker_id":null,"external_speaker_active":false,"external_speaker_source":null,"characters":[{"id":"6227dc38-f656-413f-bba8-773380bad9d9","name":"Catherine","creator_notes":null,"text_gen_service":"OpenAI"}]}}"#;
/// How long a flooded client has from the snapshot until it is flooded.
const BREATH: Duration = Duration::from_millis(150);
const WRITE: usize = 256 * 1024;

static CLIENTS: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
static CORPUS: OnceLock<Corpus> = OnceLock::new();

/// Serves until standard input ends, so that it never outlives who has started it.
pub(crate) fn run() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let corpus = CORPUS.get_or_init(Corpus::render);
    println!("{{\"port\":{},\"mean\":{}}}", listener.local_addr()?.port(), corpus.mean);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                // A client that goes away ends its connection in the middle of something; that is how they all end.
                let _ = connection(stream);
            });
        }
    });
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    Ok(())
}

fn connection(stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut path, mut key, mut line) = (String::new(), String::new(), String::new());
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let trimmed = line.trim_end();
        if path.is_empty() {
            path = trimmed.split(' ').nth(1).unwrap_or("/").to_owned();
        } else if let Some((name, value)) = trimmed.split_once(':')
            && name.eq_ignore_ascii_case("sec-websocket-key")
        {
            key = value.trim().to_owned();
        } else if trimmed.is_empty() && key.is_empty() {
            answer(&stream, &path)?;
            path.clear();
        } else if trimmed.is_empty() {
            return socket(&stream, &mut reader, &path, &key);
        }
    }
}

/// The one HTTP endpoint: which clients are registered.
fn answer(mut stream: &TcpStream, path: &str) -> std::io::Result<()> {
    let clients = CLIENTS.lock().expect("no thread panics with it");
    let list: Vec<String> = clients
        .iter()
        .map(|id| {
            format!(
                r#""{id}":{{"client_id":"{id}","connected":true,"subscribed_events":["all"],"source_filters":{{}}}}"#
            )
        })
        .collect();
    let (status, body) = if path.ends_with("/debug/clients") {
        ("200 OK", format!("{{{}}}", list.join(",")))
    } else {
        ("404 Not Found", r#"{"detail":"Not Found"}"#.to_owned())
    };
    let head = format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all((head + &body).as_bytes())
}

fn socket(mut stream: &TcpStream, reader: &mut impl Read, path: &str, key: &str) -> std::io::Result<()> {
    let accept = derive_accept_key(key.as_bytes());
    let head = format!(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: {accept}\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    let mut payload = Vec::new();
    receive(reader, &mut payload)?;
    let hello = String::from_utf8_lossy(&payload);
    if let Some(id) = hello.split(r#""client_id":""#).nth(1).and_then(|rest| rest.split('"').next()) {
        CLIENTS.lock().expect("no thread panics with it").insert(id.to_owned());
    }
    let mut out = Vec::new();
    frame(&mut out, 1, SNAPSHOT.as_bytes());
    stream.write_all(&out)?;
    if let Some(events) = path.strip_prefix("/flood/").and_then(|rest| rest.split('/').next()?.parse().ok()) {
        std::thread::sleep(BREATH);
        flood(stream, events)?;
    }
    loop {
        let opcode = receive(reader, &mut payload)?;
        out.clear();
        match opcode {
            1 => frame(&mut out, 1, br#"{"type":"pong"}"#),
            9 => frame(&mut out, 10, &payload),
            8 => {
                frame(&mut out, 8, &payload);
                return stream.write_all(&out);
            }
            _ => continue,
        }
        stream.write_all(&out)?;
    }
}

/// Writes so many events, rendered before, in large pieces.
fn flood(mut stream: &TcpStream, events: usize) -> std::io::Result<()> {
    let corpus = CORPUS.get_or_init(Corpus::render);
    let mut left = events;
    while left > 0 {
        let end = corpus.starts.get(left).copied().unwrap_or(corpus.bytes.len());
        for piece in corpus.bytes[..end].chunks(WRITE) {
            stream.write_all(piece)?;
        }
        left -= left.min(corpus.starts.len());
    }
    Ok(())
}

/// Reads one frame of a client, which is masked, and gives its opcode.
fn receive(reader: &mut impl Read, payload: &mut Vec<u8>) -> std::io::Result<u8> {
    let mut head = [0; 2];
    reader.read_exact(&mut head)?;
    let mut length = usize::from(head[1] & 0x7f);
    if length == 126 {
        let mut long = [0; 2];
        reader.read_exact(&mut long)?;
        length = usize::from(u16::from_be_bytes(long));
    }
    let mut mask = [0; 4];
    reader.read_exact(&mut mask)?;
    payload.resize(length, 0);
    reader.read_exact(payload)?;
    payload.iter_mut().zip(mask.iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
    Ok(head[0] & 0x0f)
}
