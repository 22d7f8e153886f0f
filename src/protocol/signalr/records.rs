//! Records end with 0x1e. One WebSocket message may hold several of them, and one record may be spread over several.

/// What ends a record.
pub(super) const END: u8 = 0x1e;

/// A record is longer than it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

/// Cuts records out of messages. A record that came whole is borrowed from its message.
#[derive(Debug, Default)]
pub(crate) struct Records {
    /// The beginning of a record whose end has not come.
    begun: String,
}

impl Records {
    /// Takes one WebSocket message in and hands out every record that is whole now, until `each` says false. What came
    /// behind the record at which it did is dropped, since the link is then dropped too.
    ///
    /// # Errors
    /// A record without its end that is longer than `limit`.
    pub(crate) fn feed(
        &mut self,
        message: &str,
        limit: usize,
        mut each: impl FnMut(&str) -> bool,
    ) -> Result<(), TooLong> {
        let mut from = 0;
        while let Some(length) = memchr::memchr(END, &message.as_bytes()[from..]) {
            let piece = &message[from..from + length];
            from += length + 1;
            let more = if self.begun.is_empty() {
                each(piece)
            } else {
                self.begun.push_str(piece);
                let more = each(&self.begun);
                self.begun.clear();
                // One long record must not keep its room for ever.
                self.begun.shrink_to(KEPT);
                more
            };
            if !more {
                return Ok(());
            }
        }
        self.begun.push_str(&message[from..]);
        if self.begun.len() > limit { Err(TooLong) } else { Ok(()) }
    }

    /// Forgets what was begun.
    pub(crate) fn reset(&mut self) {
        self.begun = String::new();
    }
}

/// How much room is kept for records that come in pieces.
const KEPT: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::{Records, TooLong};

    fn cut(messages: &[&str]) -> Vec<String> {
        let mut records = Records::default();
        let mut all = Vec::new();
        for message in messages {
            records
                .feed(message, 1000, |record| {
                    all.push(record.to_owned());
                    true
                })
                .expect("short");
        }
        all
    }

    #[test]
    fn records_are_joined_and_split_in_any_way() {
        assert_eq!(cut(&["{}\u{1e}{\"type\":6}\u{1e}"]), ["{}", "{\"type\":6}"]);
        assert_eq!(cut(&["{\"a\":", "1}", "\u{1e}{\"b\"", ":2}\u{1e}"]), ["{\"a\":1}", "{\"b\":2}"]);
        assert_eq!(cut(&["", "\u{1e}", "x"]), [""]);
        let text = "{\"é\":\"☃\"}\u{1e}{}\u{1e}{\"type\":7}\u{1e}";
        let whole = cut(&[text]);
        let letters: Vec<String> = text.chars().map(String::from).collect();
        assert_eq!(cut(&letters.iter().map(String::as_str).collect::<Vec<_>>()), whole);
        for at in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
            assert_eq!(cut(&[&text[..at], &text[at..]]), whole);
        }
    }

    #[test]
    fn a_record_without_end_is_noticed() {
        let mut records = Records::default();
        let mut none = |_: &str| -> bool { unreachable!("no record is whole") };
        assert_eq!(records.feed("123456", 10, &mut none), Ok(()));
        assert_eq!(records.feed("12345", 10, &mut none), Err(TooLong));
        records.reset();
        assert_eq!(records.feed("12345", 10, &mut none), Ok(()));
    }

    #[test]
    fn whoever_has_heard_enough_hears_no_more() {
        let mut heard = 0;
        let fed = Records::default().feed("a\u{1e}b\u{1e}c\u{1e}", 10, |_| {
            heard += 1;
            heard < 2
        });
        assert_eq!((fed, heard), (Ok(()), 2));
    }
}
