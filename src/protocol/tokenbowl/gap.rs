//! What was said while there was no link. It is read from the service's store and told oldest first, and what is new waits
//! until then: from the moment a link is accepted to the moment everything older has been told.
//!
//! **What counts as heard:** only what the socket brought. The answer to a post says nothing about what others said
//! before it, since a link can be deaf for a while before it is noticed.
//!
//! **A link that is lost meanwhile:** what waits keeps waiting, what was known last stays the last, and the next link
//! begins anew from there.

use std::collections::HashSet;

use super::chat::{Chat, Way, stamp};
use super::store::{Found, MARKS, Mark, Next, PAGES, Reading};
use super::{Access, Face};
use crate::model::{Event, Kind, Nanos, millis};
use crate::protocol::{CallId, Cx, Failure, HttpAnswer, TimerId};

/// Asks again for a page that a busy service has not given, or tells what was read once the pushes have had their time.
pub(super) const AGAIN: TimerId = 4;
/// How much may wait while the store is read.
const MOST_HELD: usize = 10_000;
const MOST_BYTES: usize = 8 << 20;
/// Where the store does not reach back to what is known, pushes that are older than all that it keeps may still be on
/// their own way: so long is waited for them.
const GRACE: Nanos = millis(250);

/// Whether what comes is told at once.
#[derive(Debug, Default)]
enum State {
    #[default]
    Telling,
    /// A link comes up after another was lost: it is not known yet whether anything was missed.
    Deciding,
    /// What was missed is being read.
    Reading(Reading),
}

/// Something that waits.
#[derive(Debug)]
struct Held {
    data: String,
    json: String,
    way: Way,
}

/// What fills gaps.
#[derive(Debug, Default)]
pub(super) struct Gap {
    fills: bool,
    /// How far before the last known message the reading begins, in microseconds.
    overlap: i64,
    state: State,
    held: Vec<Held>,
    bytes: usize,
    mark: Mark,
    /// Whether there has been a link: what is said from then on can be missed.
    heard: bool,
    /// Since when what was said may not have been heard.
    lost_at: Option<Nanos>,
    /// A gap was found and could not be filled before its link was lost again.
    owed: bool,
}

impl Gap {
    pub(super) fn new(fills: bool, overlap: Nanos) -> Gap {
        Gap { fills, overlap: i64::try_from(overlap / 1000).unwrap_or(0).max(1), ..Gap::default() }
    }

    /// A connection is attempted. Before the first one it is asked where the store stands.
    pub(super) fn begin(&mut self, access: &Access, cx: &mut Cx<'_>) {
        if !self.fills {
            return;
        }
        if self.heard {
            self.state = State::Deciding;
        } else {
            self.mark = Mark::ask(access, cx);
        }
    }

    /// Whether the connection must wait for the answer where the store stands.
    pub(super) fn marks(&self) -> bool {
        self.mark.is_asked()
    }

    /// The service has accepted this client: it hears from here on.
    pub(super) fn connected(&mut self) {
        self.heard = true;
    }

    /// Whether what comes this way must wait, since older things are on their way.
    pub(super) fn holds(&self, way: Way) -> bool {
        match self.state {
            State::Telling => false,
            // Who posts without a link is told so without one.
            State::Deciding => way != Way::Answer,
            State::Reading(_) => true,
        }
    }

    /// Keeps something until its turn.
    pub(super) fn hold(&mut self, data: &str, json: &str, way: Way, chat: &mut Chat, cx: &mut Cx<'_>) {
        self.bytes += data.len() + json.len();
        self.held.push(Held { data: data.to_owned(), json: json.to_owned(), way });
        if (self.held.len() > MOST_HELD || self.bytes > MOST_BYTES) && matches!(self.state, State::Reading(_)) {
            self.close(Some("too much was said while it was read".to_owned()), chat, cx);
        }
    }

    /// The link is up. `missed` says whether anything may have been missed that did not come back by itself.
    pub(super) fn decide(&mut self, missed: bool, chat: &mut Chat, access: &Access, cx: &mut Cx<'_>) {
        if !matches!(self.state, State::Deciding) {
            return;
        }
        if !missed && !self.owed {
            self.state = State::Telling;
            self.lost_at = None;
            return self.release(Vec::new(), chat, cx);
        }
        self.owed = true;
        let (since, anchor) = match (&chat.last, &self.mark) {
            (Some((micros, id)), _) => (Some(micros.saturating_sub(self.overlap)), Some(id.clone())),
            (None, Mark::Known(_)) => (None, None),
            (None, _) => {
                self.state = State::Reading(Reading::new(None, None));
                let text = "where the service's store stood at first is not known; ask for the list";
                return self.close(Some(text.to_owned()), chat, cx);
            }
        };
        let reading = Reading::new(since, anchor);
        reading.ask(access, cx);
        self.state = State::Reading(reading);
    }

    /// An answer has come.
    pub(super) fn answered(
        &mut self,
        call: CallId,
        answer: &Result<HttpAnswer<'_>, &Failure>,
        chat: &mut Chat,
        access: &Access,
        cx: &mut Cx<'_>,
    ) {
        if MARKS.contains(&call) {
            if let Some((micros, id)) = self.mark.answered(answer) {
                chat.stands_at(micros, &id);
                cx.mirror_changed();
            }
            return;
        }
        let State::Reading(reading) = &mut self.state else { return };
        if call != PAGES {
            return;
        }
        match reading.answered(answer, cx.now) {
            Next::Ask => reading.ask(access, cx),
            Next::AskAt(at) => cx.timer(AGAIN, at),
            Next::Done if !reading.anchored && !reading.found.is_empty() => {
                cx.timer(AGAIN, cx.now.saturating_add(GRACE));
            }
            Next::Done => self.close(None, chat, cx),
            Next::Failed(trouble) => self.close(Some(trouble), chat, cx),
        }
    }

    /// It is time to ask once more, or to tell what was read.
    pub(super) fn again(&mut self, chat: &mut Chat, access: &Access, cx: &mut Cx<'_>) {
        match &self.state {
            State::Reading(reading) if reading.done => self.close(None, chat, cx),
            State::Reading(reading) => reading.ask(access, cx),
            _ => {}
        }
    }

    /// Tells what was missed, what has waited, and whether that was all.
    fn close(&mut self, trouble: Option<String>, chat: &mut Chat, cx: &mut Cx<'_>) {
        let State::Reading(mut reading) = std::mem::take(&mut self.state) else { return };
        cx.cancel_timer(AGAIN);
        reading.rest();
        let known = chat.last.as_ref().map(|(micros, _)| *micros);
        let floor = match self.mark {
            Mark::Known(floor) => Some(floor),
            // What is older than anything that was heard may be older than the first connection.
            _ => known,
        };
        let waits: HashSet<String> = self.held.iter().map(|held| stamp(&held.data).0).collect();
        let anchored = reading.anchored;
        let mut found = reading.found;
        found.retain(|found| {
            let after = |moment: Option<i64>| !found.timed || moment.is_none_or(|moment| found.micros > moment);
            if found.id.is_empty() {
                // Nothing else tells it from what was told already.
                return after(known);
            }
            !chat.knows(&found.id) && !waits.contains(&found.id) && after(floor) && !chat.is_last(&found.id)
        });
        let lost_for = self.lost_at.take().map_or(0, |at| cx.now.saturating_sub(at));
        self.owed = false;
        say(lost_for, trouble.as_deref(), anchored, found.len(), cx);
        self.release(found, chat, cx);
    }

    /// Tells what was found and what has waited, each at its moment.
    fn release(&mut self, found: Vec<Found>, chat: &mut Chat, cx: &mut Cx<'_>) {
        let held = std::mem::take(&mut self.held);
        self.bytes = 0;
        let mut all: Vec<(i64, Held)> = Vec::with_capacity(found.len() + held.len());
        for Found { micros, json, .. } in found {
            all.push((micros, Held { data: json.clone(), json, way: Way::Store }));
        }
        // What has no moment of its own comes before what it came before.
        let mut next = i64::MAX;
        let mut moments: Vec<i64> = Vec::with_capacity(held.len());
        for held in held.iter().rev() {
            next = stamp(&held.data).1.unwrap_or(next);
            moments.push(next);
        }
        all.extend(moments.into_iter().rev().zip(held));
        all.sort_by_key(|(micros, _)| *micros);
        for (_, Held { data, json, way }) in &all {
            chat.tell(data, json, *way, cx);
        }
        cx.mirror_changed();
    }

    /// The link is gone. What waits for what is older goes on waiting, and the host is told that it does.
    pub(super) fn end(&mut self, missed: bool, chat: &mut Chat, cx: &mut Cx<'_>) {
        if !self.fills || !self.heard {
            return;
        }
        self.lost_at.get_or_insert(cx.now);
        match std::mem::take(&mut self.state) {
            State::Telling => {}
            State::Deciding if !missed && !self.owed => self.release(Vec::new(), chat, cx),
            State::Deciding if self.held.is_empty() => self.owed = true,
            State::Deciding | State::Reading(_) => {
                self.owed = true;
                let lost_for = self.lost_at.map_or(0, |at| cx.now.saturating_sub(at));
                say(lost_for, Some("the link was lost again, and the next one brings it"), false, 0, cx);
            }
        }
    }
}

/// Tells that there is a gap, and what became of it.
fn say(lost_for: Nanos, trouble: Option<&str>, anchored: bool, recovered: usize, cx: &mut Cx<'_>) {
    let ms = lost_for / millis(1);
    let complete = trouble.is_none() && anchored;
    let text = match (trouble, complete) {
        (Some(trouble), _) => {
            format!("the link was down for {ms} ms, and not all that was said meanwhile can be had: {trouble}")
        }
        (None, true) => format!("the link was down for {ms} ms; all {recovered} messages of that time follow"),
        (None, false) => format!(
            "the link was down for {ms} ms; {recovered} messages of that time follow, but the service keeps the \
             youngest only and there may have been more"
        ),
    };
    let json = format!("{{\"lost_for_ms\":{ms},\"complete\":{complete},\"recovered\":{recovered}}}");
    let value = i64::try_from(ms).unwrap_or(i64::MAX);
    cx.emit(&Event { value, text: &text, json: &json, ..Event::new(Kind::Gap) });
}

impl Face {
    /// Tells what has come, or keeps it until what is older has been told.
    pub(super) fn tell(&mut self, data: &str, json: &str, way: Way, cx: &mut Cx<'_>) {
        let Face { chat, gap, .. } = self;
        if gap.holds(way) { gap.hold(data, json, way, chat, cx) } else { chat.tell(data, json, way, cx) }
    }
}
