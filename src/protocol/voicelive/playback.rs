//! How much of what was spoken has been heard: the host says when it begins to play a reply and when it stops, and the
//! time between is what was heard, as far as there was something to hear.

use std::collections::VecDeque;

use crate::model::{Nanos, millis};

/// How many replies are remembered behind the one that is played.
const KEPT: usize = 8;

/// The speech of one reply.
#[derive(Clone, Debug)]
struct Spoken {
    reply: String,
    item: String,
    content_index: i64,
    received_ms: f64,
}

/// What is to be cut off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) reply: String,
    pub(super) item: String,
    pub(super) content_index: i64,
    /// What was heard.
    pub(super) end_ms: i64,
}

/// What was spoken of late, and what is being played.
#[derive(Debug, Default)]
pub(super) struct Playback {
    spoken: VecDeque<Spoken>,
    playing: Option<(String, Nanos)>,
}

impl Playback {
    /// Speech has come.
    pub(super) fn received(&mut self, reply: &str, item: &str, content_index: i64, ms: f64) {
        if let Some(spoken) = self.spoken.back_mut()
            && spoken.item == item
            && spoken.reply == reply
        {
            spoken.received_ms += ms;
            return;
        }
        if self.spoken.len() == KEPT {
            self.spoken.pop_front();
        }
        self.spoken.push_back(Spoken {
            reply: reply.to_owned(),
            item: item.to_owned(),
            content_index,
            received_ms: ms,
        });
    }

    /// The host has begun to play a reply; without an id the last one.
    pub(super) fn started(&mut self, reply: &str, now: Nanos) {
        let last = || self.spoken.back().map(|spoken| spoken.reply.clone());
        let reply = if reply.is_empty() { last() } else { Some(reply.to_owned()) };
        self.playing = reply.map(|reply| (reply, now));
    }

    /// The host has stopped. With the milliseconds that it has played this says whether that was all of it.
    pub(super) fn completed(&mut self, reply: &str, played_ms: Option<f64>) -> Option<Cut> {
        let (playing, _) = self.playing.take()?;
        let reply = if reply.is_empty() { playing } else { reply.to_owned() };
        self.cut(&reply, played_ms?)
    }

    /// Somebody cuts in: what is being played ends now.
    pub(super) fn interrupted(&mut self, now: Nanos) -> Option<Cut> {
        let (reply, started) = self.playing.take()?;
        self.cut(&reply, now.saturating_sub(started) as f64 / millis(1) as f64)
    }

    fn cut(&self, reply: &str, heard_ms: f64) -> Option<Cut> {
        // A reply can have several items of speech, which are played one after another.
        let mut before = 0.0;
        for spoken in self.spoken.iter().filter(|spoken| spoken.reply == reply) {
            if heard_ms < before + spoken.received_ms {
                return Some(Cut {
                    reply: reply.to_owned(),
                    item: spoken.item.clone(),
                    content_index: spoken.content_index,
                    end_ms: (heard_ms - before).max(0.0) as i64,
                });
            }
            before += spoken.received_ms;
        }
        None
    }

    /// The link is gone, and with it the items.
    pub(super) fn reset(&mut self) {
        *self = Playback::default();
    }
}

#[cfg(test)]
mod tests {
    use super::Playback;
    use crate::model::millis;

    #[test]
    fn what_was_heard_is_what_was_played_and_had_come() {
        let mut playback = Playback::default();
        for _ in 0..10 {
            playback.received("r", "i", 1, 100.0);
        }
        assert_eq!(playback.interrupted(millis(5)), None, "nothing is played");
        playback.started("", millis(1000));
        let cut = playback.interrupted(millis(1420)).expect("a cut");
        assert_eq!((cut.item.as_str(), cut.content_index, cut.end_ms), ("i", 1, 420));
        playback.started("r", millis(1000));
        assert_eq!(playback.interrupted(millis(9000)), None, "all of it was heard");
        playback.started("r", 0);
        assert_eq!(playback.completed("r", None), None);
        playback.started("r", 0);
        assert_eq!(playback.completed("r", Some(250.5)).map(|cut| cut.end_ms), Some(250));
        playback.received("r", "j", 0, 50.0);
        playback.started("r", 0);
        assert_eq!(playback.interrupted(millis(1020)).map(|cut| (cut.item, cut.end_ms)), Some(("j".into(), 20)));
    }
}
