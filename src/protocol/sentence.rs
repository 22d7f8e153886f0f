//! Cuts a stream of text into sentences, for services that do not do it themselves.
//!
//! A sentence ends behind `.`, `!`, `?`, `…` or their full-width kin once white space follows, behind closing quotes
//! and brackets, and at the end of a line. A dot behind a single letter or a short list number ends nothing, so that
//! "J. Smith" and "1. First" stay whole.

/// The part of a reply that is not a whole sentence yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Splitter {
    rest: String,
    /// Up to where the rest was looked through; it holds no end of a sentence before that.
    seen: usize,
}

impl Splitter {
    /// Takes a piece of text in and hands out each sentence that is whole now.
    pub(crate) fn push(&mut self, piece: &str, mut whole: impl FnMut(&str)) {
        self.rest.push_str(piece);
        while let Some(end) = self.end() {
            let sentence = self.rest[..end].trim();
            if !sentence.is_empty() {
                whole(sentence);
            }
            self.rest.drain(..end);
            self.seen = 0;
        }
    }

    /// The text is over: what is left is the last sentence.
    pub(crate) fn finish(&mut self, whole: impl FnOnce(&str)) {
        let rest = std::mem::take(&mut self.rest);
        self.seen = 0;
        let last = rest.trim();
        if !last.is_empty() {
            whole(last);
        }
    }

    /// Where the first sentence of the rest ends, if it does.
    fn end(&mut self) -> Option<usize> {
        // Where it stopped looking stands a mark whose end could not be told yet.
        let mut from = self.seen;
        while let Some((at, mark)) = self.rest[from..].char_indices().find(|(_, c)| is_mark(*c)) {
            let at = from + at;
            let behind = at + mark.len_utf8();
            if mark == '\n' {
                return Some(behind);
            }
            let closing = self.rest[behind..].find(|c: char| !is_mark_or_closing(c));
            let Some(closing) = closing else {
                self.seen = at;
                return None;
            };
            let end = behind + closing;
            let wide = matches!(mark, '。' | '！' | '？');
            if (wide || self.rest[end..].starts_with(char::is_whitespace)) && !self.is_abbreviation(mark, at) {
                return Some(end);
            }
            from = end;
        }
        self.seen = self.rest.len();
        None
    }

    fn is_abbreviation(&self, mark: char, at: usize) -> bool {
        if mark != '.' {
            return false;
        }
        let word = self.rest[..at].rsplit(char::is_whitespace).next().unwrap_or("");
        let mut letters = word.chars();
        let single = letters.next().is_some_and(char::is_alphabetic) && letters.next().is_none();
        let number = !word.is_empty() && word.len() <= 2 && word.bytes().all(|byte| byte.is_ascii_digit());
        single || (number && self.rest[..at].trim_start() == word)
    }
}

fn is_mark(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | '。' | '！' | '？' | '\n')
}

fn is_mark_or_closing(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | '"' | '\'' | ')' | ']' | '”' | '’' | '»' | '*')
}

#[cfg(test)]
mod tests {
    use super::Splitter;

    fn split(pieces: &[&str]) -> Vec<String> {
        let mut splitter = Splitter::default();
        let mut all = Vec::new();
        for piece in pieces {
            splitter.push(piece, |sentence| all.push(sentence.to_owned()));
        }
        splitter.finish(|sentence| all.push(sentence.to_owned()));
        all
    }

    #[test]
    fn sentences_end_where_people_end_them() {
        for (text, expected) in [
            ("Hello there. How are you? Fine!", &["Hello there.", "How are you?", "Fine!"][..]),
            ("It costs 3.50 euros. Yes", &["It costs 3.50 euros.", "Yes"]),
            ("\"Stop!\" he said. Then… nothing.", &["\"Stop!\"", "he said.", "Then…", "nothing."]),
            ("J. Smith came. 1. First", &["J. Smith came.", "1. First"]),
            ("one\ntwo\n\nthree", &["one", "two", "three"]),
            ("你好。再见。", &["你好。", "再见。"]),
            ("What?! Really...", &["What?!", "Really..."]),
            ("", &[]),
            ("  \n ", &[]),
        ] {
            assert_eq!(split(&[text]), expected, "{text}");
        }
    }

    #[test]
    fn the_cuts_of_the_stream_do_not_matter() {
        let text = "Let me look. It is \"14:05.\" Anything else? J. Smith… no. Bye";
        let whole = split(&[text]);
        let letters: Vec<String> = text.chars().map(String::from).collect();
        assert_eq!(split(&letters.iter().map(String::as_str).collect::<Vec<_>>()), whole);
        for cut in (0..text.len()).filter(|cut| text.is_char_boundary(*cut)) {
            assert_eq!(split(&[&text[..cut], &text[cut..]]), whole, "{cut}");
        }
    }
}
