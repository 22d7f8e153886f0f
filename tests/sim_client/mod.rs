//! A plain blocking client for the simulators' own tests: tungstenite over a socket, and HTTP by hand.
#![allow(unreachable_pub, dead_code, reason = "every test file uses its own part of it")]
#![allow(clippy::unwrap_used, reason = "a test may end where it is surprised")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{self, Error, Message, WebSocket};

/// Everything is on one machine: what has not come after this long does not come.
pub const SOON: Duration = Duration::from_secs(10);

/// How long silence is watched before it counts as silence.
pub const QUIET: Duration = Duration::from_millis(150);

pub struct Client {
    pub ws: WebSocket<TcpStream>,
}

/// How a connection ended.
#[derive(Debug, PartialEq)]
pub enum End {
    Close(u16, String),
    Abrupt,
    Reset,
}

pub fn dial(addr: SocketAddr, path: &str) -> Result<WebSocket<TcpStream>, Error> {
    let stream = TcpStream::connect(addr).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    match tungstenite::client(format!("ws://{addr}{path}"), stream) {
        Ok((ws, _)) => Ok(ws),
        Err(tungstenite::HandshakeError::Failure(error)) => Err(error),
        Err(tungstenite::HandshakeError::Interrupted(_)) => panic!("the upgrade was not answered"),
    }
}

impl Client {
    pub fn open(addr: SocketAddr, path: &str) -> Self {
        Self { ws: dial(addr, path).unwrap() }
    }

    /// Opens `/ws` and sends the first frame.
    pub fn first(addr: SocketAddr, frame: &str) -> Self {
        let mut client = Self::open(addr, "/ws");
        client.send(frame);
        client
    }

    /// Subscribes and reads up to the snapshot.
    pub fn subscribed(addr: SocketAddr, frame: &str) -> Self {
        let mut client = Self::first(addr, frame);
        client.until("snapshot");
        client
    }

    pub fn send(&mut self, text: &str) {
        self.ws.send(Message::text(text)).unwrap();
    }

    pub fn read(&mut self) -> Result<Message, Error> {
        self.ws.read()
    }

    /// The next text as JSON.
    pub fn next(&mut self) -> Value {
        loop {
            match self.read().unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("text expected, got {other:?}"),
            }
        }
    }

    pub fn kind(&mut self) -> String {
        self.next()["type"].as_str().unwrap().to_owned()
    }

    /// Reads up to the next message of this type.
    pub fn until(&mut self, kind: &str) -> Value {
        loop {
            let message = self.next();
            if message["type"] == kind {
                return message;
            }
        }
    }

    /// Everything that comes until it is quiet.
    pub fn drain(&mut self) -> Vec<Value> {
        let mut all = Vec::new();
        self.ws.get_ref().set_read_timeout(Some(QUIET)).unwrap();
        loop {
            match self.read() {
                Ok(Message::Text(text)) => all.push(serde_json::from_str(&text).unwrap()),
                Ok(_) => {}
                Err(_) => break,
            }
        }
        self.ws.get_ref().set_read_timeout(Some(SOON)).unwrap();
        all
    }

    /// The types of what comes until it is quiet.
    pub fn kinds(&mut self) -> Vec<String> {
        self.drain().iter().map(|message| message["type"].as_str().unwrap().to_owned()).collect()
    }

    /// A ping is answered: everything the server said before has been read.
    pub fn ping(&mut self) {
        self.send(r#"{"type":"ping"}"#);
        self.until("pong");
    }

    pub fn end(&mut self) -> End {
        loop {
            match self.read() {
                Ok(Message::Close(frame)) => {
                    let frame = frame.unwrap_or(CloseFrame { code: 1005.into(), reason: "".into() });
                    let end = End::Close(frame.code.into(), frame.reason.to_string());
                    while self.read().is_ok() {}
                    return end;
                }
                Ok(_) => {}
                Err(Error::Io(error)) if error.kind() == std::io::ErrorKind::ConnectionReset => return End::Reset,
                Err(Error::Protocol(_) | Error::Io(_) | Error::ConnectionClosed | Error::AlreadyClosed) => {
                    return End::Abrupt;
                }
                Err(error) => panic!("an end expected, got {error}"),
            }
        }
    }

    /// The closing handshake, to its end.
    pub fn close(mut self) {
        self.ws.close(None).unwrap();
        while self.read().is_ok() {}
    }
}

/// An HTTP answer: status, head, body.
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

pub fn http(addr: SocketAddr, method: &str, path: &str, kind: &str, body: &str) -> Answer {
    try_http(addr, method, path, kind, body, SOON).expect("an HTTP answer in time")
}

pub fn try_http(addr: SocketAddr, method: &str, path: &str, kind: &str, body: &str, limit: Duration) -> Option<Answer> {
    let mut stream = TcpStream::connect(addr).unwrap();
    stream.set_read_timeout(Some(limit)).unwrap();
    let kind = if kind.is_empty() { String::new() } else { format!("content-type: {kind}\r\n") };
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: {addr}\r\nconnection: close\r\n{kind}content-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n")?;
    Some(Answer { status: head.split(' ').nth(1)?.parse().ok()?, head: head.to_owned(), body: body.to_owned() })
}

pub fn post(addr: SocketAddr, path: &str, body: &str) -> Answer {
    http(addr, "POST", path, "application/json", body)
}

pub fn get(addr: SocketAddr, path: &str) -> Answer {
    http(addr, "GET", path, "", "")
}

/// Waits until something is true.
pub fn eventually(what: &str, mut check: impl FnMut() -> bool) {
    let deadline = Instant::now() + SOON;
    while !check() {
        assert!(Instant::now() < deadline, "it never came true that {what}");
        std::thread::yield_now();
    }
}
