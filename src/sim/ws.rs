//! The server side of RFC 6455, by hand: a simulator must be able to send what a library forbids.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

/// The longest message a client may send, the limit uvicorn sets.
const MAX_MESSAGE: usize = 16 << 20;

pub(crate) const TEXT: u8 = 1;
pub(crate) const BINARY: u8 = 2;
pub(crate) const CLOSE: u8 = 8;
pub(crate) const PING: u8 = 9;
pub(crate) const PONG: u8 = 10;

/// One whole message or control frame from the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A text message.
    Text(String),
    /// A binary message.
    Binary(Vec<u8>),
    /// A ping and its payload.
    Ping(Vec<u8>),
    /// A pong and its payload.
    Pong(Vec<u8>),
    /// The closing handshake, with code and reason; no code is 1005.
    Close(u16, String),
}

/// Appends one unmasked frame. `fin` false starts or continues a fragmented message.
pub(crate) fn encode(out: &mut Vec<u8>, fin: bool, opcode: u8, payload: &[u8]) {
    out.push(opcode | if fin { 0x80 } else { 0 });
    match payload.len() {
        n @ 0..=125 => out.push(n as u8),
        n @ 126..=0xffff => {
            out.push(126);
            out.extend_from_slice(&(n as u16).to_be_bytes());
        }
        n => {
            out.push(127);
            out.extend_from_slice(&(n as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(payload);
}

/// One message in `fragments` frames (at least one), cut at byte positions, so that characters may be cut too.
pub(crate) fn encode_fragments(out: &mut Vec<u8>, opcode: u8, payload: &[u8], fragments: usize) {
    let count = fragments.clamp(1, payload.len().max(1));
    let size = payload.len().div_ceil(count).max(1);
    let mut parts = payload.chunks(size).peekable();
    if parts.peek().is_none() {
        return encode(out, true, opcode, &[]);
    }
    let mut first = true;
    while let Some(part) = parts.next() {
        encode(out, parts.peek().is_none(), if first { opcode } else { 0 }, part);
        first = false;
    }
}

/// The payload of a close frame. 1005 and 1006 stand for "no code" and are never on the wire.
pub(crate) fn close_payload(code: u16, reason: &str) -> Vec<u8> {
    let mut payload = Vec::new();
    if code != 1005 && code != 1006 {
        payload.extend_from_slice(&code.to_be_bytes());
        let mut end = reason.len().min(123);
        while !reason.is_char_boundary(end) {
            end -= 1;
        }
        payload.extend_from_slice(&reason.as_bytes()[..end]);
    }
    payload
}

/// Why reading ended other than by the end of the stream.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// The socket failed.
    Io,
    /// The client broke the protocol; the close code a server answers with, and why.
    Broken(u16, &'static str),
}

impl From<io::Error> for ReadError {
    fn from(_: io::Error) -> Self {
        ReadError::Io
    }
}

/// Reads whole messages from a client.
pub struct Reader {
    stream: Box<dyn AsyncRead + Send + Unpin>,
    buffer: Vec<u8>,
    used: usize,
    message: Vec<u8>,
    opcode: u8,
    most: usize,
}

impl Reader {
    pub(crate) fn new(stream: Box<dyn AsyncRead + Send + Unpin>) -> Self {
        Self {
            stream,
            buffer: Vec::with_capacity(16 << 10),
            used: 0,
            message: Vec::new(),
            opcode: 0,
            most: MAX_MESSAGE,
        }
    }

    /// Takes messages of up to so many bytes, where the service takes longer ones than most.
    pub(crate) fn take_up_to(&mut self, most: usize) {
        self.most = most;
    }

    /// The next message, or `None` where the stream ended without a close frame.
    pub(crate) async fn next(&mut self) -> Result<Option<Frame>, ReadError> {
        loop {
            let Some((fin, opcode, payload)) = self.frame().await? else { return Ok(None) };
            match opcode {
                CLOSE => return Ok(Some(close_frame(&payload))),
                PING => return Ok(Some(Frame::Ping(payload))),
                PONG => return Ok(Some(Frame::Pong(payload))),
                0 if self.opcode == 0 => return Err(ReadError::Broken(1002, "continuation of nothing")),
                TEXT | BINARY if self.opcode != 0 => return Err(ReadError::Broken(1002, "message inside a message")),
                0 => {}
                TEXT | BINARY => self.opcode = opcode,
                _ => return Err(ReadError::Broken(1002, "unknown opcode")),
            }
            self.message.extend_from_slice(&payload);
            if self.message.len() > self.most {
                return Err(ReadError::Broken(1009, "message too big"));
            }
            if fin {
                let message = std::mem::take(&mut self.message);
                let opcode = std::mem::take(&mut self.opcode);
                return match opcode {
                    TEXT => match String::from_utf8(message) {
                        Ok(text) => Ok(Some(Frame::Text(text))),
                        Err(_) => Err(ReadError::Broken(1007, "text is not UTF-8")),
                    },
                    _ => Ok(Some(Frame::Binary(message))),
                };
            }
        }
    }

    async fn frame(&mut self) -> Result<Option<(bool, u8, Vec<u8>)>, ReadError> {
        if !self.fill(2).await? {
            return Ok(None);
        }
        let head = [self.buffer[self.used], self.buffer[self.used + 1]];
        if head[0] & 0x70 != 0 {
            return Err(ReadError::Broken(1002, "reserved bits set"));
        }
        if head[1] & 0x80 == 0 {
            return Err(ReadError::Broken(1002, "client frame without a mask"));
        }
        let (extra, short) = match head[1] & 0x7f {
            126 => (2, 0),
            127 => (8, 0),
            n => (0, usize::from(n)),
        };
        if !self.fill(2 + extra + 4).await? {
            return Ok(None);
        }
        let at = self.used + 2;
        let length = match extra {
            0 => short,
            _ => self.buffer[at..at + extra].iter().fold(0usize, |sum, byte| (sum << 8) | usize::from(*byte)),
        };
        if length > self.most {
            return Err(ReadError::Broken(1009, "message too big"));
        }
        let header = 2 + extra + 4;
        let mut mask = [0; 4];
        mask.copy_from_slice(&self.buffer[at + extra..at + extra + 4]);
        if !self.fill(header + length).await? {
            return Ok(None);
        }
        let start = self.used + header;
        let mut payload = self.buffer[start..start + length].to_vec();
        for (index, byte) in payload.iter_mut().enumerate() {
            *byte ^= mask[index & 3];
        }
        self.used = start + length;
        Ok(Some((head[0] & 0x80 != 0, head[0] & 0x0f, payload)))
    }

    /// Makes sure that `wanted` unread bytes are in the buffer; false at the end of the stream.
    async fn fill(&mut self, wanted: usize) -> Result<bool, ReadError> {
        if self.used > 0 && self.used == self.buffer.len() {
            self.buffer.clear();
            self.used = 0;
        }
        while self.buffer.len() - self.used < wanted {
            if self.used > 64 << 10 {
                self.buffer.drain(..self.used);
                self.used = 0;
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn close_frame(payload: &[u8]) -> Frame {
    match payload {
        [high, low, reason @ ..] => {
            Frame::Close(u16::from_be_bytes([*high, *low]), String::from_utf8_lossy(reason).into_owned())
        }
        _ => Frame::Close(1005, String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(fin: bool, opcode: u8, payload: &[u8]) -> Vec<u8> {
        let mut plain = Vec::new();
        encode(&mut plain, fin, opcode, payload);
        let header = plain.len() - payload.len();
        plain[1] |= 0x80;
        let mask = [1, 2, 3, 4];
        let mut out = plain[..header].to_vec();
        out.extend_from_slice(&mask);
        out.extend(payload.iter().enumerate().map(|(i, b)| b ^ mask[i & 3]));
        out
    }

    fn read(bytes: Vec<u8>) -> Vec<Frame> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut reader = Reader::new(Box::new(io::Cursor::new(bytes)));
            let mut frames = Vec::new();
            while let Some(frame) = reader.next().await.unwrap() {
                frames.push(frame);
            }
            frames
        })
    }

    #[test]
    fn lengths_of_all_three_forms_are_read() {
        for size in [0, 125, 126, 65_535, 65_536, 200_000] {
            assert_eq!(read(masked(true, BINARY, &vec![7; size])), [Frame::Binary(vec![7; size])]);
        }
    }

    #[test]
    fn a_ping_between_fragments_comes_out_first() {
        let mut bytes = masked(false, TEXT, b"a");
        bytes.extend(masked(true, PING, b"p"));
        bytes.extend(masked(true, 0, b"b"));
        assert_eq!(read(bytes), [Frame::Ping(b"p".to_vec()), Frame::Text("ab".to_owned())]);
    }

    #[test]
    fn fragments_add_up_to_the_message() {
        let mut out = Vec::new();
        encode_fragments(&mut out, TEXT, b"hello", 3);
        assert_eq!(out, [&[1u8, 2][..], b"he", &[0, 2], b"ll", &[0x80, 1], b"o"].concat());
    }
}
