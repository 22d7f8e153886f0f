//! Other sides that are no service at all: listeners on plain threads which do exactly the one wrong thing.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::host::PATIENCE;

pub(crate) const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// The state of a gateway with a chat, as a message.
pub(crate) const SNAPSHOT: &str = r#"{"type":"snapshot","state":{"connected":true,"chat_active":true,"ai_state":"idle","current_speaker_id":null,"external_speaker_active":false,"external_speaker_source":null,"characters":[{"id":"c1","name":"Mira"}]}}"#;

/// A listener whose connections each get a thread of their own.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    held: Mutex<Receiver<()>>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens, and hands every connection to `handle`. A connection ends when that returns.
    pub(crate) fn start(handle: impl Fn(TcpStream) + Send + Sync + 'static) -> Server {
        Server::on(TcpListener::bind((LOCAL, 0)).expect("a port"), handle)
    }

    pub(crate) fn on(listener: TcpListener, handle: impl Fn(TcpStream) + Send + Sync + 'static) -> Server {
        let address = listener.local_addr().expect("an address");
        let (hold, held) = channel();
        let ended = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&ended);
        let handle = Arc::new(handle);
        let thread = std::thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                if over.load(Ordering::Acquire) {
                    break;
                }
                let handle = Arc::clone(&handle);
                // Whoever waits for it may have gone; the connection is served all the same.
                let _ = hold.send(());
                std::thread::spawn(move || handle(stream));
            }
        });
        Server { address, held: Mutex::new(held), ended, thread: Some(thread) }
    }

    pub(crate) fn url(&self, scheme: &str) -> String {
        format!("{scheme}://{}", self.address)
    }

    /// Waits until a connection was accepted.
    pub(crate) fn wait_for_connection(&self) {
        self.held.lock().expect("no panic").recv_timeout(PATIENCE).expect("a connection");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Release);
        // A last connection, so that the thread looks up.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A port on which nobody listens.
pub(crate) fn closed_port() -> u16 {
    TcpListener::bind((LOCAL, 0)).and_then(|listener| listener.local_addr()).expect("a port").port()
}

/// Reads what comes and forgets it, until the other side has had enough.
pub(crate) fn hold(mut stream: TcpStream) {
    let mut waste = [0; 4096];
    while stream.read(&mut waste).is_ok_and(|count| count > 0) {}
}

/// Reads the head of a request, and nothing behind it. Empty when the other side went away first.
pub(crate) fn head(stream: &mut impl Read) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => break,
        }
    }
    String::from_utf8_lossy(&head).into_owned()
}

/// A header of a request, by its name in any case.
pub(crate) fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// Reads the body that the head has announced.
pub(crate) fn body(stream: &mut impl Read, head: &str) -> Vec<u8> {
    let length = header(head, "content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    match stream.read_exact(&mut body) {
        Ok(()) => body,
        Err(_) => Vec::new(),
    }
}

/// The answer that makes a WebSocket of a connection.
pub(crate) fn switching(head: &str) -> String {
    let key = header(head, "sec-websocket-key").unwrap_or_default();
    let accept = derive_accept_key(key.as_bytes());
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    )
}

/// One frame as a server sends it; `first` is the byte with the FIN bit and the opcode.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        n @ 0..=125 => frame.push(n as u8),
        n @ 126..=0xffff => {
            frame.push(126);
            frame.extend_from_slice(&(n as u16).to_be_bytes());
        }
        n => {
            frame.push(127);
            frame.extend_from_slice(&(n as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(payload);
    frame
}

/// A whole text message.
pub(crate) fn text(message: &str) -> Vec<u8> {
    frame(0x81, message.as_bytes())
}

/// Something to hear.
pub(crate) fn sentence(text: &str) -> String {
    serde_json::json!({"type": "sentence_ready", "data": {"text": text}, "timestamp": 1.5}).to_string()
}

/// A gateway with a chat whose WebSocket is good and whose HTTP is whatever `http` makes of it: it gets the connection
/// behind the head of the request.
pub(crate) fn gateway(http: impl Fn(TcpStream, &str) + Send + Sync + 'static) -> Server {
    Server::start(move |mut stream| {
        let head = head(&mut stream);
        if header(&head, "upgrade").is_none() {
            return http(stream, &head);
        }
        let welcome = [switching(&head).into_bytes(), text(SNAPSHOT)].concat();
        if stream.write_all(&welcome).is_ok() {
            hold(stream);
        }
    })
}

/// A relay to this address. What is sent through the channel comes out at the client's side of the first connection, in
/// the middle of whatever passes there.
pub(crate) fn relay(to: SocketAddr) -> (Server, Sender<Vec<u8>>) {
    let (say, said) = channel::<Vec<u8>>();
    let said = Mutex::new(Some(said));
    let server = Server::start(move |mut stream| {
        let Ok(mut onward) = TcpStream::connect(to) else { return };
        let (mut back, mut out) = (onward.try_clone().expect("a socket"), stream.try_clone().expect("a socket"));
        if let Some(said) = said.lock().expect("no panic").take() {
            let mut aside = stream.try_clone().expect("a socket");
            std::thread::spawn(move || said.iter().try_for_each(|bytes| aside.write_all(&bytes)));
        }
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut back, &mut out);
            let _ = out.shutdown(Shutdown::Both);
        });
        let _ = std::io::copy(&mut stream, &mut onward);
        let _ = onward.shutdown(Shutdown::Both);
    });
    (server, say)
}

/// Ends a connection with a TCP reset.
#[allow(unsafe_code, reason = "the standard library can not ask for a reset")]
pub(crate) fn reset(stream: TcpStream) {
    let linger = libc::linger { l_onoff: 1, l_linger: 0 };
    let size = size_of::<libc::linger>() as libc::socklen_t;
    // SAFETY: the descriptor is open, and the pointer leads to a linger of the size given.
    let done = unsafe {
        libc::setsockopt(stream.as_raw_fd(), libc::SOL_SOCKET, libc::SO_LINGER, (&raw const linger).cast(), size)
    };
    assert_eq!(done, 0, "SO_LINGER");
    drop(stream);
}

/// A listener whose queue is full: a connection to it is neither taken nor refused.
pub(crate) struct Hole {
    pub(crate) address: SocketAddr,
    _listener: TcpListener,
    _crowd: Vec<TcpStream>,
}

impl Hole {
    #[allow(unsafe_code, reason = "the standard library always asks for a long queue")]
    pub(crate) fn at(address: SocketAddr) -> std::io::Result<Hole> {
        let listener = TcpListener::bind(address)?;
        // SAFETY: the descriptor is a socket that listens; asking again changes the length of its queue.
        assert_eq!(unsafe { libc::listen(listener.as_raw_fd(), 0) }, 0, "listen");
        let address = listener.local_addr()?;
        let mut crowd = Vec::new();
        while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(100)) {
            crowd.push(stream);
            assert!(crowd.len() < 1000, "the queue does not fill up");
        }
        Ok(Hole { address, _listener: listener, _crowd: crowd })
    }
}
