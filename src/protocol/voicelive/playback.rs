//! How much of what was spoken has been heard. Where an audio thread of the host listens, what it has taken is known to
//! the sample. Otherwise the host says when it begins to play a reply and when it stops, and the time between is what was
//! heard, as far as there was something to hear.

use std::collections::VecDeque;

use crate::model::{Heard, Nanos, millis};

/// How many replies are remembered behind the one that is played.
const KEPT: usize = 8;

/// The speech of one reply.
#[derive(Clone, Debug)]
struct Spoken {
    reply: String,
    item: String,
    content_index: i64,
    received_ms: f64,
    /// It was cut off once, which is enough.
    cut: bool,
}

/// What is to be cut off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) reply: String,
    pub(super) item: String,
    pub(super) content_index: i64,
    /// What was heard of the item, and of the whole reply.
    pub(super) end_ms: i64,
    pub(super) heard_ms: i64,
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
            cut: false,
        });
    }

    /// The host has begun to play a reply; without an id the last one.
    pub(super) fn started(&mut self, reply: &str, now: Nanos) {
        let last = || self.spoken.back().map(|spoken| spoken.reply.clone());
        let reply = if reply.is_empty() { last() } else { Some(reply.to_owned()) };
        self.playing = reply.map(|reply| (reply, now));
    }

    /// The host has stopped. With the milliseconds that it has played this says whether that was all of it.
    pub(super) fn completed(&mut self, reply: &str, played_ms: Option<f64>) -> Vec<Cut> {
        let Some((playing, _)) = self.playing.take() else { return Vec::new() };
        let reply = if reply.is_empty() { playing } else { reply.to_owned() };
        played_ms.map_or_else(Vec::new, |played_ms| self.cut(&reply, played_ms, false))
    }

    /// Somebody cuts in: what is being heard ends now, and what waits is never heard. `heard` is what the audio thread of
    /// the host says of a reply, and `active` whether more of a reply was still to come.
    pub(super) fn interrupted(
        &mut self,
        now: Nanos,
        heard: impl Fn(&str) -> Option<Heard>,
        active: impl Fn(&str) -> bool,
    ) -> Vec<Cut> {
        let playing = self.playing.take();
        let mut cuts = Vec::new();
        for reply in self.replies() {
            match heard(&reply) {
                Some(heard) if heard.whole => {}
                Some(heard) => cuts.extend(self.cut(&reply, heard.ms as f64, active(&reply))),
                None => {
                    let Some((_, started)) = playing.as_ref().filter(|(playing, _)| *playing == reply) else {
                        continue;
                    };
                    let ms = now.saturating_sub(*started) as f64 / millis(1) as f64;
                    cuts.extend(self.cut(&reply, ms, active(&reply)));
                }
            }
        }
        cuts
    }

    /// The replies of which the audio thread of the host has more to play.
    pub(super) fn unheard(&self, heard: impl Fn(&str) -> Option<Heard>) -> Vec<(String, i64)> {
        let part = |reply: String| {
            let heard = heard(&reply).filter(|heard| !heard.whole)?;
            Some((reply, heard.ms as i64))
        };
        self.replies().into_iter().filter_map(part).collect()
    }

    /// The ids of the replies that were not cut off, oldest first.
    fn replies(&self) -> Vec<String> {
        let mut replies: Vec<String> = Vec::new();
        for spoken in self.spoken.iter().filter(|spoken| !spoken.cut) {
            if !replies.contains(&spoken.reply) {
                replies.push(spoken.reply.clone());
            }
        }
        replies
    }

    /// The items of a reply that were not heard to their end. A reply can have several, which are played one after another;
    /// those behind the one that was being heard were not heard at all.
    fn cut(&mut self, reply: &str, heard_ms: f64, active: bool) -> Vec<Cut> {
        let last = self.spoken.iter().rposition(|spoken| spoken.reply == reply);
        let (mut before, mut cuts) = (0.0, Vec::new());
        for (at, spoken) in self.spoken.iter_mut().enumerate().filter(|(_, spoken)| spoken.reply == reply) {
            // More of the last item may be on its way, which will not be heard.
            let goes_on = active && Some(at) == last;
            if heard_ms < before + spoken.received_ms || goes_on {
                cuts.push(Cut {
                    reply: reply.to_owned(),
                    item: spoken.item.clone(),
                    content_index: spoken.content_index,
                    end_ms: (heard_ms - before).clamp(0.0, spoken.received_ms) as i64,
                    heard_ms: heard_ms.min(before + spoken.received_ms) as i64,
                });
            }
            before += spoken.received_ms;
            spoken.cut = true;
        }
        cuts
    }

    /// The link is gone, and with it the items.
    pub(super) fn reset(&mut self) {
        *self = Playback::default();
    }
}

#[cfg(test)]
mod tests {
    use super::{Cut, Playback};
    use crate::model::{Heard, millis};

    fn spoken(parts: &[(&str, &str, f64)]) -> Playback {
        let mut playback = Playback::default();
        for (reply, item, ms) in parts {
            playback.received(reply, item, 1, *ms);
        }
        playback
    }

    fn ends(cuts: &[Cut]) -> Vec<(&str, i64)> {
        cuts.iter().map(|cut| (cut.item.as_str(), cut.end_ms)).collect()
    }

    #[test]
    fn what_the_host_reports() {
        let one = [("r", "i", 500.0), ("r", "i", 500.0)];
        let two = [("r", "i", 1000.0), ("r", "j", 50.0)];
        for (parts, started, now, active, expected) in [
            (&one[..], None, 5, true, &[][..]),
            (&one, Some(1000), 1420, true, &[("i", 420)]),
            (&one, Some(1000), 9000, false, &[]),
            // More of it was to come.
            (&one, Some(1000), 9000, true, &[("i", 1000)]),
            (&two, Some(0), 1020, false, &[("j", 20)]),
            (&two, Some(0), 20, false, &[("i", 20), ("j", 0)]),
        ] {
            let mut playback = spoken(parts);
            if let Some(started) = started {
                playback.started("", millis(started));
            }
            let cuts = playback.interrupted(millis(now), |_| None, |_| active);
            assert_eq!(ends(&cuts), expected, "{started:?} {now} {active}");
            assert!(playback.interrupted(millis(now), |_| None, |_| active).is_empty(), "once is enough");
        }
        let mut playback = spoken(&one);
        playback.started("r", 0);
        assert!(playback.completed("r", None).is_empty());
        playback.started("r", 0);
        assert_eq!(ends(&playback.completed("r", Some(250.5))), [("i", 250)]);
    }

    #[test]
    fn what_the_audio_thread_has_taken() {
        let parts = [("a", "i", 100.0), ("b", "j", 300.0), ("b", "k", 100.0), ("c", "l", 200.0)];
        let heard = |ms: u64, whole: bool| Some(Heard { ms, whole });
        for (a, b, c, active, expected) in [
            // a is over, b is being heard, c waits.
            (heard(100, true), heard(120, false), heard(0, false), "c", &[("j", 120), ("k", 0), ("l", 0)][..]),
            (heard(100, true), heard(350, false), heard(0, false), "", &[("k", 50), ("l", 0)]),
            (heard(100, true), heard(400, true), heard(200, true), "", &[]),
            // All that has come was heard, but more was to come.
            (heard(100, true), heard(400, true), heard(200, false), "c", &[("l", 200)]),
            (heard(100, true), heard(400, true), heard(200, false), "", &[]),
            (None, None, None, "c", &[]),
        ] {
            let mut playback = spoken(&parts);
            let ask = |id: &str| match id {
                "a" => a,
                "b" => b,
                _ => c,
            };
            let waiting: Vec<String> = playback.unheard(ask).into_iter().map(|(id, _)| id).collect();
            let cuts = playback.interrupted(0, ask, |id| id == active);
            assert_eq!(ends(&cuts), expected);
            assert!(cuts.iter().all(|cut| waiting.contains(&cut.reply)), "{waiting:?}");
            assert!(playback.unheard(ask).iter().all(|(id, _)| !cuts.iter().any(|cut| cut.reply == *id)));
        }
    }
}
