//! Fossil deltas: a payload described by what it has in common with the one before it.
//!
//! The format: the length of the result, a newline, then commands `COUNT@OFFSET,` (copy), `COUNT:BYTES` (insert) and at
//! the end `CHECKSUM;`. Numbers are in base 64 with the digits `0-9A-Z_a-z~`.

/// The largest result that is built: a delta is not to blow up memory.
const LARGEST: usize = 64 << 20;

/// Builds a payload from the one before it.
///
/// # Errors
/// What is wrong with the delta. Whatever it is, nothing was built.
pub(super) fn apply(base: &[u8], delta: &[u8]) -> Result<Vec<u8>, &'static str> {
    let mut reader = Reader { bytes: delta, at: 0 };
    let size = reader.number()?;
    reader.expect(b'\n')?;
    if size > LARGEST {
        return Err("it is too large");
    }
    let mut out = Vec::with_capacity(size.min(1 << 20));
    loop {
        let count = reader.number()?;
        match reader.next()? {
            b'@' => {
                let from = reader.number()?;
                reader.expect(b',')?;
                let end = from.checked_add(count).ok_or("a copy that overflows")?;
                out.extend_from_slice(base.get(from..end).ok_or("a copy from outside of the base")?);
            }
            b':' => out.extend_from_slice(reader.take(count)?),
            b';' => {
                if out.len() != size {
                    return Err("the size does not fit");
                }
                return if checksum(&out) as usize == count { Ok(out) } else { Err("the checksum does not fit") };
            }
            _ => return Err("an unknown command"),
        }
        if out.len() > size {
            return Err("it is longer than it says");
        }
    }
}

/// The sum of the payload's big-endian words of four bytes, the last one filled up with zeros.
pub(super) fn checksum(data: &[u8]) -> u32 {
    data.chunks(4).fold(0u32, |sum, chunk| {
        let mut word = [0u8; 4];
        word[..chunk.len()].copy_from_slice(chunk);
        sum.wrapping_add(u32::from_be_bytes(word))
    })
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<u8, &'static str> {
        let byte = *self.bytes.get(self.at).ok_or("it ends too early")?;
        self.at += 1;
        Ok(byte)
    }

    fn expect(&mut self, wanted: u8) -> Result<(), &'static str> {
        if self.next()? == wanted { Ok(()) } else { Err("a separator is missing") }
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], &'static str> {
        let end = self.at.checked_add(count).ok_or("an insertion that overflows")?;
        let taken = self.bytes.get(self.at..end).ok_or("an insertion that is cut off")?;
        self.at = end;
        Ok(taken)
    }

    fn number(&mut self) -> Result<usize, &'static str> {
        let mut value = 0u32;
        let start = self.at;
        while let Some(digit) = self.bytes.get(self.at).copied().and_then(digit) {
            if value >> 26 != 0 {
                return Err("a number that is too large");
            }
            value = (value << 6) | digit;
            self.at += 1;
        }
        if self.at == start { Err("a number is missing") } else { Ok(value as usize) }
    }
}

fn digit(byte: u8) -> Option<u32> {
    let value = match byte {
        b'0'..=b'9' => byte - b'0',
        b'A'..=b'Z' => byte - b'A' + 10,
        b'_' => 36,
        b'a'..=b'z' => byte - b'a' + 37,
        b'~' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

#[cfg(test)]
mod tests {
    use super::{apply, checksum};

    fn number(mut value: u32) -> String {
        let digits = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~";
        let mut out = Vec::new();
        loop {
            out.push(digits[(value & 63) as usize]);
            value >>= 6;
            if value == 0 {
                break;
            }
        }
        out.reverse();
        String::from_utf8(out).expect("ASCII")
    }

    #[test]
    fn copies_and_insertions_are_applied_and_checked() {
        let base = br#"{"score":10,"name":"somebody with a long name"}"#;
        let wanted = br#"{"score":11,"name":"somebody with a long name"}"#;
        let size = number(wanted.len() as u32);
        let tail = wanted.len() as u32 - 11;
        let sum = number(checksum(wanted));
        let delta = format!("{size}\n{}@0,1:1{}@{},{sum};", number(10), number(tail), number(11));
        assert_eq!(apply(base, delta.as_bytes()).expect("a good delta"), wanted);
        assert_eq!(apply(b"{}", delta.as_bytes()), Err("a copy from outside of the base"));
        let wrong = delta.replace(&format!(",{sum};"), ",0;");
        assert_eq!(apply(base, wrong.as_bytes()), Err("the checksum does not fit"));
        for end in 0..delta.len() {
            assert!(apply(base, &delta.as_bytes()[..end]).is_err(), "cut at {end}");
        }
        for bad in ["", "\n", "~~~~~~~~~~\n", "1\n1?", "2\n1:a0;", "1\n~~~~~:a"] {
            assert!(apply(base, bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
