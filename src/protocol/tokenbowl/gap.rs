//! What was said while there was no link, out of the service's store. The store keeps the youngest messages only, so it is
//! also found out whether everything was still there: it was, if the last message that is known is there as well.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::chat::Chat;
use super::{Access, time};
use crate::model::{Event, Kind, Nanos, flag, millis};
use crate::protocol::wire::Text;
use crate::protocol::{CallId, Cx, Failure, HttpAnswer, Method, TimerId};

/// The two lists: of the room, and of direct messages.
const LISTS: [(CallId, &str); 2] = [(10, "/messages"), (11, "/messages/direct")];
/// How many messages are asked for at once, and how many pages there may be.
const PAGE: usize = 100;
const PAGES: usize = 100;

/// Tells what was read, a little later: pushes that are older than the lists may still be on their own way.
pub(super) const SETTLE: TimerId = 4;
const GRACE: Nanos = millis(50);

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    messages: Vec<&'a RawValue>,
    #[serde(default)]
    pagination: Pages,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Pages {
    has_more: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Stamp<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    timestamp: Text<'a>,
}

/// Why the lists are looked at.
#[derive(Debug, PartialEq, Eq)]
enum Aim {
    /// To know where the store stands, so that a later gap has a beginning.
    Mark,
    /// To bring back what was missed.
    Fill { lost_for: Nanos },
}

/// One look into the store.
#[derive(Debug)]
struct Look {
    aim: Aim,
    /// The query behind the paging.
    since: String,
    /// What was known last, and whether it was found again.
    anchor: Option<String>,
    anchored: bool,
    /// Per list: how far it was read, and whether it is at its end.
    read: [(usize, usize, bool); 2],
    found: Vec<(i64, String)>,
    trouble: Option<String>,
}

/// What fills gaps.
#[derive(Debug, Default)]
pub(super) struct Gap {
    look: Option<Look>,
    /// What came while the store was being read: object and message, told behind what was missed.
    held: Vec<(String, String)>,
    /// Where the store stood at the first connection: nothing older was ever missed.
    floor: Option<i64>,
}

impl Gap {
    /// Whether what comes now must wait, since older things are on their way.
    pub(super) fn holds(&self) -> bool {
        self.look.as_ref().is_some_and(|look| look.aim != Aim::Mark)
    }

    pub(super) fn hold(&mut self, data: &str, json: &str) {
        self.held.push((data.to_owned(), json.to_owned()));
    }

    /// Looks where the store stands.
    pub(super) fn mark(&mut self, access: &Access, cx: &mut Cx<'_>) {
        self.begin(Aim::Mark, String::new(), None, access, cx);
    }

    /// Brings back what was said meanwhile.
    pub(super) fn fill(&mut self, lost_for: Nanos, overlap: Nanos, chat: &Chat, access: &Access, cx: &mut Cx<'_>) {
        let overlap = i64::try_from(overlap / 1000).unwrap_or(0);
        let (since, anchor) = match &chat.last {
            Some((micros, id)) => {
                let from = time::write(micros.saturating_sub(overlap.max(1)));
                let from: String = url::form_urlencoded::byte_serialize(from.as_bytes()).collect();
                (format!("&since={from}"), Some(id.clone()))
            }
            None => (String::new(), None),
        };
        self.begin(Aim::Fill { lost_for }, since, anchor, access, cx);
    }

    fn begin(&mut self, aim: Aim, since: String, anchor: Option<String>, access: &Access, cx: &mut Cx<'_>) {
        let look =
            Look { aim, since, anchor, anchored: false, read: [(0, 0, false); 2], found: Vec::new(), trouble: None };
        for at in 0..LISTS.len() {
            ask(&look, at, access, cx);
        }
        self.look = Some(look);
    }

    /// An answer has come; `false` where it belongs to somebody else.
    pub(super) fn answered(
        &mut self,
        call: CallId,
        answer: &Result<HttpAnswer<'_>, &Failure>,
        chat: &mut Chat,
        access: &Access,
        cx: &mut Cx<'_>,
    ) -> bool {
        let Some(at) = LISTS.iter().position(|(id, _)| *id == call) else { return false };
        let Some(look) = &mut self.look else { return true };
        let more = match read(look, answer) {
            Ok((count, more)) => {
                look.read[at].0 += count;
                look.read[at].1 += 1;
                more && count > 0 && look.aim != Aim::Mark && look.read[at].1 < PAGES
            }
            Err(trouble) => {
                look.trouble = Some(trouble);
                false
            }
        };
        if more {
            ask(look, at, access, cx);
            return true;
        }
        look.read[at].2 = true;
        if look.read.iter().all(|(_, _, done)| *done) {
            match look.aim {
                Aim::Mark => self.finish(chat, cx),
                Aim::Fill { .. } => cx.timer(SETTLE, cx.now.saturating_add(GRACE)),
            }
        }
        true
    }

    /// What was pushed before the lists were written has had its time to arrive.
    pub(super) fn settle(&mut self, chat: &mut Chat, cx: &mut Cx<'_>) {
        if self.look.as_ref().is_some_and(|look| look.read.iter().all(|(_, _, done)| *done)) {
            self.finish(chat, cx);
        }
    }

    fn finish(&mut self, chat: &mut Chat, cx: &mut Cx<'_>) {
        let Some(mut look) = self.look.take() else { return };
        look.found.sort_by_key(|(micros, _)| *micros);
        let Aim::Fill { lost_for } = look.aim else {
            for (micros, json) in &look.found {
                let stamp: Stamp<'_> = serde_json::from_str(json).unwrap_or_default();
                chat.stands_at(*micros, stamp.id.as_str());
            }
            self.floor = look.found.last().map(|(micros, _)| *micros);
            return cx.mirror_changed();
        };
        look.found.retain(|(_, json)| {
            let stamp: Stamp<'_> = serde_json::from_str(json).unwrap_or_default();
            !chat.knows(stamp.id.as_str())
        });
        if let Some(floor) = self.floor {
            look.found.retain(|(micros, _)| *micros > floor);
        }
        // The last message known before is told apart from what is new: it was never missed.
        if let Some(anchor) = &look.anchor {
            look.found.retain(|(_, json)| {
                let stamp: Stamp<'_> = serde_json::from_str(json).unwrap_or_default();
                stamp.id.as_str() != anchor
            });
        }
        // What came by push while the store was read belongs among what was read, at its own moment.
        let held = std::mem::take(&mut self.held);
        let stamp = |json: &str| {
            let stamp: Stamp<'_> = serde_json::from_str(json).unwrap_or_default();
            (stamp.id.as_str().to_owned(), time::parse(stamp.timestamp.as_str()))
        };
        let pushed: Vec<String> = held.iter().map(|(data, _)| stamp(data).0).filter(|id| !id.is_empty()).collect();
        look.found.retain(|(_, json)| !pushed.contains(&stamp(json).0));
        let ms = lost_for / millis(1);
        let complete = look.trouble.is_none() && look.anchored;
        let recovered = look.found.len();
        let text = match (&look.trouble, complete) {
            (Some(trouble), _) => {
                format!("the link was down for {ms} ms, and what was said meanwhile can not be had: {trouble}")
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
        let found = look.found.into_iter().map(|(micros, json)| (micros, json.clone(), json, flag::SNAPSHOT));
        // What has no moment of its own is not older than anything that was read.
        let held = held.into_iter().map(|(data, json)| (stamp(&data).1.unwrap_or(i64::MAX), data, json, 0));
        let mut all: Vec<(i64, String, String, u32)> = found.chain(held).collect();
        all.sort_by_key(|(micros, ..)| *micros);
        for (_, data, json, flags) in &all {
            chat.tell(data, json, *flags, cx);
        }
        cx.mirror_changed();
    }

    /// The link is gone: what is held is told, and what is known of the gap is that it is not closed.
    pub(super) fn end(&mut self, chat: &mut Chat, cx: &mut Cx<'_>) {
        if let Some(look) = &mut self.look
            && look.aim != Aim::Mark
        {
            if !look.read.iter().all(|(_, _, done)| *done) {
                look.trouble.get_or_insert_with(|| "the link was lost again".to_owned());
            }
            self.finish(chat, cx);
        }
        self.look = None;
    }
}

fn ask(look: &Look, at: usize, access: &Access, cx: &mut Cx<'_>) {
    let (call, path) = LISTS[at];
    let limit = if look.aim == Aim::Mark { 1 } else { PAGE };
    let target = format!("{path}?limit={limit}&offset={}{}", look.read[at].0, look.since);
    cx.http(call, access.call(Method::Get, &target, "", false, true));
}

/// Reads a page: how many messages it has, and whether there are more behind it.
fn read(look: &mut Look, answer: &Result<HttpAnswer<'_>, &Failure>) -> Result<(usize, bool), String> {
    let answer = answer.as_ref().map_err(|failure| failure.error.text.clone())?;
    if answer.status != 200 {
        return Err(format!("the service answered with HTTP {}", answer.status));
    }
    let page: Page<'_> =
        serde_json::from_slice(answer.body).map_err(|error| format!("its list can not be read: {error}"))?;
    for raw in &page.messages {
        let stamp: Stamp<'_> = serde_json::from_str(raw.get()).map_err(|error| error.to_string())?;
        if look.anchor.as_deref() == Some(stamp.id.as_str()) {
            look.anchored = true;
        }
        let micros = time::parse(stamp.timestamp.as_str()).unwrap_or(0);
        look.found.push((micros, raw.get().to_owned()));
    }
    Ok((page.messages.len(), page.pagination.has_more))
}
