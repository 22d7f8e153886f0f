//! Where one WebSocket frame ends and the next begins, as far as that can be known without being the WebSocket library.

use std::ops::Range;

/// Where in the conversation the library is.
#[derive(Debug)]
pub(super) enum Place {
    /// Before the end of the answer to the upgrade, so many bytes of the empty line at its end seen.
    Upgrade(usize),
    Frames(Frames),
}

/// Where in the stream of frames the library is.
#[derive(Debug, Default)]
pub(super) struct Frames {
    head: [u8; 14],
    have: usize,
    /// How many bytes of the begun frame are still to come.
    rest: u64,
    /// Between the first and the last frame of one message.
    fragmented: bool,
}

/// The message that the bytes begin with, if it is in one frame as services send it, and whole: whether it is a text,
/// and where its payload is.
pub(super) fn whole(bytes: &[u8]) -> Option<(bool, Range<usize>)> {
    let (text, start, length) = match *bytes {
        [first @ (0x81 | 0x82), length @ 0..126, ..] => (first == 0x81, 2, usize::from(length)),
        [first @ (0x81 | 0x82), 126, high, low, ..] => (first == 0x81, 4, usize::from(u16::from_be_bytes([high, low]))),
        _ => return None,
    };
    (bytes.len() - start >= length).then_some((text, start..start + length))
}

impl Default for Place {
    fn default() -> Place {
        Place::Upgrade(0)
    }
}

impl Place {
    /// Behind the upgrade.
    pub(super) fn frames() -> Place {
        Place::Frames(Frames::default())
    }

    /// Whether the next byte is the first of a message, or of a control frame between two messages.
    pub(super) fn between_messages(&self) -> bool {
        matches!(self, Place::Frames(frames) if frames.between())
    }

    /// How many of these bytes the library may have, so that it gets nothing beyond the end of what it reads now.
    pub(super) fn portion(&mut self, bytes: &[u8]) -> usize {
        match self {
            Place::Upgrade(seen) => {
                for (at, byte) in bytes.iter().enumerate() {
                    let expected = if *seen % 2 == 0 { b'\r' } else { b'\n' };
                    *seen = match *byte {
                        byte if byte == expected => *seen + 1,
                        b'\r' => 1,
                        _ => 0,
                    };
                    if *seen == 4 {
                        return at + 1;
                    }
                }
                bytes.len()
            }
            Place::Frames(frames) => frames.portion(bytes),
        }
    }
}

impl Frames {
    fn between(&self) -> bool {
        self.have == 0 && self.rest == 0 && !self.fragmented
    }

    fn portion(&mut self, bytes: &[u8]) -> usize {
        let mut at = 0;
        while self.rest == 0 {
            let Some(byte) = bytes.get(at) else { return at };
            self.head[self.have] = *byte;
            self.have += 1;
            at += 1;
            if let Some(rest) = payload(&self.head[..self.have]) {
                match self.head[0] & 0x8f {
                    0x01 | 0x02 => self.fragmented = true,
                    0x80 => self.fragmented = false,
                    _ => {}
                }
                self.have = 0;
                self.rest = rest;
                if rest == 0 {
                    return at;
                }
            }
        }
        let more = usize::try_from(self.rest).unwrap_or(usize::MAX).min(bytes.len() - at);
        self.rest -= more as u64;
        at + more
    }
}

/// The length that a header says, once the header is whole. What it says that is wrong is for the library to find.
fn payload(head: &[u8]) -> Option<u64> {
    let (_, second) = (head.first()?, head.get(1)?);
    let long = match second & 0x7f {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    let mask = if second & 0x80 == 0 { 0 } else { 4 };
    if head.len() < 2 + long + mask {
        return None;
    }
    let number = head[2..2 + long].iter().fold(0, |number: u64, byte| number << 8 | u64::from(*byte));
    Some(if long == 0 { u64::from(second & 0x7f) } else { number })
}

#[cfg(test)]
mod tests {
    use super::{Frames, Place, payload, whole};

    /// Unmasked, as a server sends it.
    fn frame(first: u8, length: usize) -> Vec<u8> {
        let mut bytes = vec![first];
        match length {
            0..126 => bytes.push(length as u8),
            126..65_536 => {
                bytes.push(126);
                bytes.extend((length as u16).to_be_bytes());
            }
            _ => {
                bytes.push(127);
                bytes.extend((length as u64).to_be_bytes());
            }
        }
        bytes.resize(bytes.len() + length, b'x');
        bytes
    }

    #[test]
    fn a_message_in_one_whole_frame_is_found() {
        for length in [0, 1, 125, 126, 127, 65_535] {
            for (first, text) in [(0x81, true), (0x82, false)] {
                let mut bytes = frame(first, length);
                let start = bytes.len() - length;
                assert_eq!(whole(&bytes), Some((text, start..bytes.len())), "{length}");
                bytes.push(0x81);
                assert_eq!(whole(&bytes), Some((text, start..bytes.len() - 1)), "{length} and more");
                assert_eq!(whole(&bytes[..bytes.len() - 2]), None, "{length} but one");
            }
        }
    }

    #[test]
    fn what_needs_the_library_is_left_to_it() {
        // A fragment, its end, control frames, reserved bits and opcodes, a mask, a very long frame, half a header.
        for first in [0x01, 0x02, 0x80, 0x88, 0x89, 0x8a, 0xc1, 0xa1, 0x91, 0x83, 0x8b] {
            assert_eq!(whole(&frame(first, 5)), None, "{first:x}");
        }
        assert_eq!(whole(&[0x81, 0x85, 1, 2, 3, 4, 0, 0, 0, 0, 0]), None);
        assert_eq!(whole(&frame(0x81, 65_536)), None);
        for header in [&[][..], &[0x81], &[0x81, 126], &[0x81, 126, 0]] {
            assert_eq!(whole(header), None);
        }
    }

    #[test]
    fn the_library_gets_one_frame_at_a_time_however_the_bytes_come() {
        let mut random = fastrand::Rng::with_seed(3);
        for _ in 0..300 {
            let lengths: Vec<usize> = (0..8).map(|_| [0, 1, 125, 126, 400, 70_000][random.usize(..6)]).collect();
            let firsts = [0x81, 0x82, 0x89, 0x01, 0x89, 0x00, 0x80, 0x81];
            let frames: Vec<Vec<u8>> = firsts.iter().zip(&lengths).map(|(first, n)| frame(*first, *n)).collect();
            let stream = frames.concat();
            let mut place = Place::frames();
            let (mut at, mut ends) = (
                0,
                frames
                    .iter()
                    .scan(0, |end, frame| {
                        *end += frame.len();
                        Some(*end)
                    })
                    .peekable(),
            );
            while at < stream.len() {
                let reach = [2, 8, 70_000][random.usize(..3)];
                let most = stream.len().min(at + random.usize(1..reach));
                let portion = place.portion(&stream[at..most]);
                assert!(portion > 0, "it always goes on");
                at += portion;
                let end = *ends.peek().expect("not at the end");
                assert!(at <= end, "never beyond the frame");
                let Place::Frames(frames) = &place else { panic!("it stays so") };
                assert_eq!(frames.have == 0 && frames.rest == 0, at == end);
                if at == end {
                    ends.next();
                }
            }
            let Place::Frames(frames) = place else { panic!("it stays so") };
            assert!(frames.between());
        }
    }

    #[test]
    fn between_the_fragments_of_a_message_nothing_is_read_past_the_library() {
        let mut frames = Frames::default();
        for (first, between) in [(0x81, true), (0x01, false), (0x89, false), (0x00, false), (0x80, true), (0x8a, true)]
        {
            let bytes = frame(first, 3);
            assert_eq!(frames.portion(&bytes), bytes.len());
            assert_eq!(frames.between(), between, "after {first:x}");
        }
    }

    #[test]
    fn the_upgrade_ends_with_its_empty_line() {
        let answer = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\r\n\n\r\n\r\n";
        let stream = [&answer[..], b"\x81\x01a"].concat();
        for step in 1..stream.len() {
            let mut place = Place::default();
            let mut at = 0;
            while at < answer.len() {
                at += place.portion(&stream[at..stream.len().min(at + step)]);
            }
            assert_eq!(at, answer.len(), "in steps of {step}");
        }
    }

    #[test]
    fn lengths_of_headers() {
        assert_eq!(payload(&[0x81]), None);
        assert_eq!(payload(&[0x81, 125]), Some(125));
        assert_eq!(payload(&[0x81, 126, 1]), None);
        assert_eq!(payload(&[0x81, 126, 1, 2]), Some(258));
        assert_eq!(payload(&[0x81, 127, 255, 255, 255, 255, 255, 255, 255, 255]), Some(u64::MAX));
        assert_eq!(payload(&[0x81, 0x85, 0, 0, 0]), None, "the mask is a part of it");
        assert_eq!(payload(&[0x81, 0x85, 0, 0, 0, 0]), Some(5));
    }
}
