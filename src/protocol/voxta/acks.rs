//! The acknowledgements that keep a chat from stalling: one start for each piece that is spoken, and exactly one
//! completion for each reply.

use std::collections::VecDeque;

use super::plan::payload;
use crate::protocol::wire::push_json_str;

/// How many replies are remembered.
const REMEMBERED: usize = 32;

/// A piece of a reply, as its chunk describes it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Piece {
    pub(super) start: f64,
    pub(super) end: f64,
    pub(super) narration: bool,
    /// In seconds; 0 where it is not known, and for what can not be heard.
    pub(super) seconds: f64,
    /// There is something to hear.
    pub(super) voiced: bool,
}

#[derive(Debug, Default)]
struct Reply {
    id: String,
    /// Pieces that the host has not reported yet.
    pieces: VecDeque<Piece>,
    /// Everything of it has come.
    whole: bool,
    /// The host says that it has played what there is.
    played: bool,
    /// The completion was sent.
    complete: bool,
    /// Some of it can be heard.
    voiced: bool,
    /// The milliseconds of speech before the next piece.
    before: f64,
    /// An audio thread is to hear it, and what it has heard counts.
    ear: bool,
}

/// What a report of the host has led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Report {
    /// It was passed on, or will be when the rest of the reply has come.
    Taken,
    /// The reply was complete already, by the end of it or by an interruption.
    Late,
    /// No such reply is known.
    Unknown,
}

/// What was acknowledged and what was not. Messages to send are pushed to `out`.
#[derive(Debug, Default)]
pub(super) struct Acks {
    replies: VecDeque<Reply>,
}

impl Acks {
    fn reply(&mut self, id: &str) -> &mut Reply {
        let at = match self.replies.iter().position(|reply| reply.id == id) {
            Some(at) => at,
            None => {
                if self.replies.len() == REMEMBERED {
                    self.replies.pop_front();
                }
                self.replies.push_back(Reply { id: id.to_owned(), ..Reply::default() });
                self.replies.len() - 1
            }
        };
        &mut self.replies[at]
    }

    /// A reply begins: from now on it is owed its completion, also when it is broken off before it has said anything.
    pub(super) fn begins(&mut self, id: &str) {
        self.reply(id);
    }

    /// A piece can be played now. With `own` the library reports it itself.
    pub(super) fn piece(&mut self, session: &str, id: &str, piece: Piece, own: bool, out: &mut Vec<String>) {
        let reply = self.reply(id);
        if reply.complete {
            return;
        }
        reply.voiced |= piece.voiced;
        reply.played = false;
        if own {
            out.push(start(session, id, &piece, ""));
        } else {
            reply.pieces.push_back(piece);
        }
    }

    /// An audio thread listens: from now on what it has heard of this reply is what is reported.
    pub(super) fn listened(&mut self, id: &str) {
        let reply = self.reply(id);
        reply.ear = true;
    }

    /// The replies that an audio thread has not heard to their ends.
    pub(super) fn unheard(&self) -> Vec<String> {
        self.replies.iter().filter(|reply| reply.ear && !reply.complete).map(|reply| reply.id.clone()).collect()
    }

    /// So many milliseconds of a reply were heard, and `all` of what there is, or nothing of it ever will be (`None`).
    pub(super) fn heard(&mut self, session: &str, id: &str, heard: Option<(u64, bool)>, out: &mut Vec<String>) {
        let Some(reply) = self.replies.iter_mut().find(|reply| reply.id == id && !reply.complete) else { return };
        let (ms, all) = heard.unwrap_or((0, reply.whole));
        while let Some(piece) = reply.pieces.front().copied() {
            let begun = ms as f64 > reply.before || all;
            if piece.voiced && !begun {
                break;
            }
            reply.pieces.pop_front();
            reply.before += if piece.voiced { piece.seconds * 1000.0 } else { 0.0 };
            out.push(start(session, id, &piece, ""));
        }
        if all && reply.whole {
            complete(reply, session, out);
        }
    }

    /// Everything of a reply has come. `heard` is whether the host waits for something that it can hear.
    pub(super) fn whole(&mut self, session: &str, id: &str, own: bool, heard: bool, out: &mut Vec<String>) {
        let reply = self.reply(id);
        reply.whole = true;
        // Nobody will report the playback of a reply that can not be heard.
        if own || reply.played || (heard && !reply.voiced) {
            complete(reply, session, out);
        }
    }

    /// A reply is broken off; without an id, every one is.
    pub(super) fn cut(&mut self, session: &str, id: Option<&str>, out: &mut Vec<String>) {
        for reply in &mut self.replies {
            if id.is_none_or(|id| id == reply.id) {
                complete(reply, session, out);
            }
        }
    }

    /// The host has begun to play the next piece of a reply.
    pub(super) fn started(&mut self, session: &str, id: &str, fields: &str, out: &mut Vec<String>) -> Report {
        match self.replies.iter_mut().find(|reply| reply.id == id) {
            None => Report::Unknown,
            Some(reply) if reply.complete => Report::Late,
            Some(reply) => {
                let piece = reply.pieces.pop_front().unwrap_or_default();
                out.push(start(session, id, &piece, fields));
                Report::Taken
            }
        }
    }

    /// The host has played what there is of a reply.
    pub(super) fn played(&mut self, session: &str, id: &str, out: &mut Vec<String>) -> Report {
        match self.replies.iter_mut().find(|reply| reply.id == id) {
            None => Report::Unknown,
            Some(reply) if reply.complete => Report::Late,
            Some(reply) => {
                reply.played = true;
                if reply.whole {
                    complete(reply, session, out);
                }
                Report::Taken
            }
        }
    }
}

fn complete(reply: &mut Reply, session: &str, out: &mut Vec<String>) {
    if !std::mem::replace(&mut reply.complete, true) {
        reply.pieces.clear();
        let mut fields = String::from("\"messageId\":");
        push_json_str(&mut fields, &reply.id);
        out.push(payload("speechPlaybackComplete", Some(session), &fields));
    }
}

fn start(session: &str, id: &str, piece: &Piece, given: &str) -> String {
    let mut fields = String::from("\"messageId\":");
    push_json_str(&mut fields, id);
    // What the host says itself counts.
    for (name, value) in [
        ("startIndex", piece.start.to_string()),
        ("endIndex", piece.end.to_string()),
        ("duration", piece.seconds.to_string()),
        ("isNarration", piece.narration.to_string()),
    ] {
        if !given.contains(&format!("\"{name}\"")) {
            fields.push_str(&format!(",\"{name}\":{value}"));
        }
    }
    if !given.is_empty() {
        fields.push(',');
        fields.push_str(given);
    }
    payload("speechPlaybackStart", Some(session), &fields)
}

#[cfg(test)]
mod tests {
    use super::{Acks, Piece, Report};

    const PIECE: Piece = Piece { start: 0.0, end: 5.0, narration: false, seconds: 1.5, voiced: true };

    fn completions(out: &[String]) -> usize {
        out.iter().filter(|one| one.contains("speechPlaybackComplete")).count()
    }

    #[test]
    fn a_start_says_what_the_chunk_said() {
        let mut out = Vec::new();
        let mut acks = Acks::default();
        acks.piece("S", "m", PIECE, true, &mut out);
        assert_eq!(
            out,
            [
                r#"{"$type":"speechPlaybackStart","sessionId":"S","messageId":"m","startIndex":0,"endIndex":5,"duration":1.5,"isNarration":false}"#
            ]
        );
        out.clear();
        acks.piece("S", "n", PIECE, false, &mut out);
        assert!(out.is_empty());
        assert_eq!(acks.started("S", "n", "\"duration\":2", &mut out), Report::Taken);
        assert!(out[0].contains("\"duration\":2}") && !out[0].contains("1.5"), "{}", out[0]);
        assert_eq!(acks.started("S", "x", "", &mut out), Report::Unknown);
    }

    /// Every order of the four things that can happen to a reply, also twice, leads to one completion at most, and to one
    /// whenever the reply was cut or is whole and was played.
    #[test]
    fn a_reply_is_completed_once_in_every_order() {
        for number in 0..4_usize.pow(6) {
            let steps: Vec<usize> = (0..6).map(|digit| number / 4_usize.pow(digit) % 4).collect();
            let (mut acks, mut out) = (Acks::default(), Vec::new());
            acks.piece("S", "m", PIECE, false, &mut out);
            let (mut whole, mut played, mut cut) = (false, false, false);
            for step in &steps {
                match step {
                    0 if !whole => {
                        acks.piece("S", "m", PIECE, false, &mut out);
                        played = false;
                    }
                    0 => {}
                    1 => {
                        acks.whole("S", "m", false, true, &mut out);
                        whole = true;
                    }
                    2 => {
                        acks.played("S", "m", &mut out);
                        played = true;
                    }
                    _ => {
                        acks.cut("S", Some("m"), &mut out);
                        cut = true;
                    }
                }
                // What is whole and played stays so, and so does what is cut.
                let due = cut || (whole && played);
                assert_eq!(completions(&out), usize::from(due), "{steps:?}");
            }
        }
    }

    #[test]
    fn what_an_ear_has_heard_is_reported_piece_by_piece() {
        let (mut acks, mut out) = (Acks::default(), Vec::new());
        for piece in [PIECE, PIECE, Piece { voiced: false, seconds: 0.0, ..PIECE }, PIECE] {
            acks.piece("S", "m", piece, false, &mut out);
        }
        acks.listened("m");
        assert_eq!(acks.unheard(), ["m"]);
        for (ms, all, expected) in
            [(0, false, 0), (1, false, 1), (1500, false, 1), (1501, false, 3), (3000, false, 3), (3001, false, 4)]
        {
            acks.heard("S", "m", Some((ms, all)), &mut out);
            assert_eq!(out.len(), expected, "{ms} ms");
        }
        acks.heard("S", "m", Some((4500, true)), &mut out);
        assert_eq!(completions(&out), 0, "more of it may come");
        acks.whole("S", "m", false, true, &mut out);
        acks.heard("S", "m", Some((4500, true)), &mut out);
        acks.heard("S", "m", Some((4500, true)), &mut out);
        assert_eq!((completions(&out), acks.unheard().len()), (1, 0));
        // Nothing of this one is known to the ear.
        acks.piece("S", "n", PIECE, false, &mut out);
        acks.listened("n");
        acks.heard("S", "n", None, &mut out);
        assert_eq!(completions(&out), 1);
        acks.whole("S", "n", false, true, &mut out);
        acks.heard("S", "n", None, &mut out);
        assert_eq!(completions(&out), 2);
    }

    #[test]
    fn what_can_not_be_heard_is_completed_by_the_library() {
        let (mut acks, mut out) = (Acks::default(), Vec::new());
        acks.piece("S", "m", Piece { voiced: false, ..PIECE }, false, &mut out);
        acks.whole("S", "m", false, true, &mut out);
        assert_eq!(completions(&out), 1);
        assert_eq!(acks.played("S", "m", &mut out), Report::Late);
        acks.cut("S", None, &mut out);
        assert_eq!(completions(&out), 1);
    }
}
