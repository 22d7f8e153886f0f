//! Listeners that do as they are told, and options that never ask the environment.

use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::time::Duration;

use parlor::model::Options;
use parlor::protocol::{Dial, Failure, HttpCall, Method};
use parlor::transport::net::NetConfig;
use parlor::transport::ws::{Incoming, Socket};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Network options from names and values; no proxy unless one is given.
pub(crate) fn net(options: &[(&str, &str)]) -> Arc<NetConfig> {
    let mut set = Options::default();
    set.set_named("proxy", "none").unwrap();
    for (name, value) in options {
        set.set_named(name, value).unwrap();
    }
    NetConfig::from_options(&set).unwrap()
}

/// Listens, and hands every connection to `handle`. Gives the port.
pub(crate) async fn serve<F, W>(handle: F) -> u16
where
    F: Fn(TcpStream) -> W + Send + 'static,
    W: Future<Output = ()> + Send + 'static,
{
    serve_at("127.0.0.1:0", handle).await.unwrap()
}

pub(crate) async fn serve_at<F, W>(address: &str, handle: F) -> std::io::Result<u16>
where
    F: Fn(TcpStream) -> W + Send + 'static,
    W: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind(address).await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(handle(stream));
        }
    });
    Ok(port)
}

/// Answers whatever is asked with these bytes, then closes.
pub(crate) async fn answer(bytes: impl Into<Vec<u8>>) -> u16 {
    let bytes = Arc::new(bytes.into());
    serve(move |mut stream| {
        let bytes = bytes.clone();
        async move {
            head(&mut stream).await;
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
    })
    .await
}

/// Reads the head of a request, and nothing behind it.
pub(crate) async fn head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8_lossy(&head).into_owned()
}

/// A port on which nobody listens.
pub(crate) async fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

pub(crate) fn dial(url: impl Into<String>) -> Dial {
    Dial { url: url.into(), headers: Vec::new() }
}

pub(crate) fn call(method: Method, url: impl Into<String>) -> HttpCall {
    HttpCall { method, url: url.into(), headers: Vec::new(), body: Vec::new(), idempotent: false, timeout: None }
}

pub(crate) async fn refused(net: &Arc<NetConfig>, url: impl Into<String>) -> Failure {
    let opened = parlor::transport::ws::open(net, &dial(url)).await;
    opened.expect_err("it must not open")
}

/// What has come in, with memory of its own.
#[derive(Debug)]
pub(crate) enum Seen {
    Text(String),
    Binary(Vec<u8>),
    Other,
}

impl From<Incoming<'_>> for Seen {
    fn from(incoming: Incoming<'_>) -> Seen {
        match incoming {
            Incoming::Text(text) => Seen::Text(text.to_owned()),
            Incoming::Binary(data) => Seen::Binary(data.to_vec()),
            Incoming::Other => Seen::Other,
        }
    }
}

/// Drives a socket until something comes in, or it is over.
pub(crate) async fn next(socket: &mut Socket) -> Option<Seen> {
    let coming = poll_fn(|cx| {
        let _ = socket.poll_flush(cx);
        socket.poll_next(cx).map(|incoming| incoming.map(Seen::from))
    });
    tokio::time::timeout(Duration::from_secs(10), coming).await.expect("something comes in")
}

/// Drives a socket to its end and tells why it ended.
pub(crate) async fn end(socket: &mut Socket) -> Failure {
    while next(socket).await.is_some() {}
    socket.failure()
}

#[track_caller]
pub(crate) fn says(failure: &Failure, parts: &[&str]) {
    for part in parts {
        assert!(failure.error.text.contains(part), "\"{part}\" is not in: {}", failure.error.text);
    }
}
