//! Reading the service's store: what was said in the room and in direct messages since a moment, as one consistent cut.
//!
//! **Why the lists are read one after the other:** they are two, and what is said while they are read is pushed as well. A
//! message to the user that is in the second list may be younger than one to the room that is not in the first, and whose
//! push is still on its way; told at once, the younger one would come first. So where the second list has something
//! younger than the first, the first is read on from there. Then everything up to the youngest of the second list is
//! there, and what is younger comes by push, since the client has been subscribed since before the first call.

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::chat::stamp;
use super::{Access, time};
use crate::model::{Nanos, millis};
use crate::protocol::{CallId, Cx, Failure, HttpAnswer, Method};

/// The call for the next page of whichever list is being read.
pub(super) const PAGES: CallId = 10;
/// The calls for the youngest message of each list.
pub(super) const MARKS: [CallId; 2] = [11, 12];
const LISTS: [&str; 2] = ["/messages", "/messages/direct"];
/// How many messages are asked for at once, and how many pages there may be.
const PAGE: usize = 100;
const MOST_PAGES: usize = 100;
/// How often a page is asked for when the service is too busy to answer, and how long to wait before that.
const TRIES: u32 = 4;
const WAIT: Nanos = millis(500);
/// How long the first connection may be held up by the question where the store stands.
const MARK_TIME: Nanos = millis(5_000);

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

/// A message of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) id: String,
    /// Its moment; where it has none that can be read, that of its older neighbour.
    pub(super) micros: i64,
    /// Whether it is a moment of its own.
    pub(super) timed: bool,
    pub(super) json: String,
}

/// Which list is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Room,
    Direct,
    /// The room once more: what has come since, up to this moment.
    RoomUpTo(i64),
}

/// What is to be done after an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Ask for the next page.
    Ask,
    /// Ask for the same page at this moment.
    AskAt(Nanos),
    /// All is read.
    Done,
    /// It can not be read, for this reason.
    Failed(String),
}

/// One reading of both lists.
#[derive(Debug)]
pub(super) struct Reading {
    part: Part,
    /// Nothing older than this is wanted, or everything is.
    since: Option<i64>,
    /// The last message that is known. Where it is found again, nothing between is missing.
    anchor: Option<String>,
    pub(super) anchored: bool,
    /// Both lists are read to their ends.
    pub(super) done: bool,
    /// How far this part was read, and in how many pages.
    read: usize,
    pages: usize,
    tries: u32,
    /// This part, youngest first.
    fresh: Vec<(String, Option<i64>, String)>,
    ids: HashSet<String>,
    pub(super) found: Vec<Found>,
}

impl Reading {
    pub(super) fn new(since: Option<i64>, anchor: Option<String>) -> Reading {
        Reading {
            part: Part::Room,
            since,
            anchor: anchor.filter(|id| !id.is_empty()),
            anchored: false,
            done: false,
            read: 0,
            pages: 0,
            tries: 0,
            fresh: Vec::new(),
            ids: HashSet::new(),
            found: Vec::new(),
        }
    }

    /// Asks for the next page.
    pub(super) fn ask(&self, access: &Access, cx: &mut Cx<'_>) {
        let path = if self.part == Part::Direct { LISTS[1] } else { LISTS[0] };
        let since = self.since.map_or(String::new(), |since| {
            let since: String = url::form_urlencoded::byte_serialize(time::write(since).as_bytes()).collect();
            format!("&since={since}")
        });
        let target = format!("{path}?limit={PAGE}&offset={}{since}", self.read);
        cx.http(PAGES, access.call(Method::Get, &target, "", false, true));
    }

    /// The youngest moment among what was read to its end.
    fn youngest(&self) -> Option<i64> {
        self.found.iter().filter(|found| found.timed).map(|found| found.micros).max()
    }

    /// A page has come, or why there is none.
    pub(super) fn answered(&mut self, answer: &Result<HttpAnswer<'_>, &Failure>, now: Nanos) -> Next {
        let answer = match answer {
            Ok(answer) if answer.status == 200 => answer,
            Ok(answer) => {
                let busy = answer.status == 429 || answer.status >= 500;
                let wait = answer.header("retry-after").trim().parse::<u64>().ok();
                return self.again(busy, wait, now, format!("the service answered with HTTP {}", answer.status));
            }
            Err(failure) => return self.again(true, None, now, failure.error.text.clone()),
        };
        self.tries = 0;
        let page: Page<'_> = match serde_json::from_slice(answer.body) {
            Ok(page) => page,
            Err(error) => return Next::Failed(format!("its list can not be read: {error}")),
        };
        for raw in &page.messages {
            let (id, micros) = stamp(raw.get());
            self.anchored |= self.anchor.as_ref() == Some(&id);
            // What is said while a list is read moves the rest of it to later pages, where it is met again.
            if id.is_empty() || self.ids.insert(id.clone()) {
                self.fresh.push((id, micros, raw.get().to_owned()));
            }
        }
        self.read += page.messages.len();
        self.pages += 1;
        if page.pagination.has_more && !page.messages.is_empty() {
            if self.pages >= MOST_PAGES {
                return Next::Failed(format!("there are more than {} messages", MOST_PAGES * PAGE));
            }
            return Next::Ask;
        }
        self.part_read()
    }

    /// The service is busy, or the answer was lost: that is worth another try.
    fn again(&mut self, busy: bool, wait: Option<u64>, now: Nanos, trouble: String) -> Next {
        self.tries += 1;
        if !busy || self.tries >= TRIES {
            return Next::Failed(trouble);
        }
        let wait = wait.map_or(WAIT << (self.tries - 1), |seconds| millis(seconds.min(30) * 1000));
        Next::AskAt(now.saturating_add(wait))
    }

    /// One list is at its end.
    fn part_read(&mut self) -> Next {
        let room = self.youngest();
        let mut micros = self.since.unwrap_or(i64::MIN);
        let mut fresh = Vec::new();
        for (id, own, json) in std::mem::take(&mut self.fresh).into_iter().rev() {
            micros = own.unwrap_or(micros);
            fresh.push(Found { id, micros, timed: own.is_some(), json });
        }
        let youngest = fresh.iter().filter(|found| found.timed).map(|found| found.micros).max();
        if let Part::RoomUpTo(end) = self.part {
            // What is younger is pushed, and younger direct messages are not here.
            fresh.retain(|found| found.micros <= end);
        }
        self.found.append(&mut fresh);
        (self.read, self.pages) = (0, 0);
        match (self.part, youngest) {
            (Part::Room, _) => self.part = Part::Direct,
            (Part::Direct, Some(direct)) if room.is_none_or(|room| direct > room) => {
                // The question is about what is younger than the room's own list, not than both.
                self.since = room.or(self.since);
                self.part = Part::RoomUpTo(direct);
            }
            _ => {
                self.found.sort_by_key(|found| found.micros);
                self.done = true;
                return Next::Done;
            }
        }
        Next::Ask
    }

    /// What was read before it failed, oldest first.
    pub(super) fn rest(&mut self) {
        if !self.fresh.is_empty() {
            self.part = Part::RoomUpTo(i64::MAX);
            self.part_read();
        }
        self.found.sort_by_key(|found| found.micros);
    }
}

/// Where the store stood before the first connection.
#[derive(Debug, Default)]
pub(super) enum Mark {
    #[default]
    Unknown,
    /// The answers that are still awaited, and the youngest message so far.
    Asked { left: usize, youngest: Option<(i64, String)> },
    /// Nothing older than this was ever missed.
    Known(i64),
}

impl Mark {
    pub(super) fn ask(access: &Access, cx: &mut Cx<'_>) -> Mark {
        for (call, path) in MARKS.into_iter().zip(LISTS) {
            let mut http = access.call(Method::Get, &format!("{path}?limit=1&offset=0"), "", false, true);
            http.timeout = Some(MARK_TIME);
            cx.http(call, http);
        }
        Mark::Asked { left: MARKS.len(), youngest: None }
    }

    /// An answer has come; what it is known by, once both have.
    pub(super) fn answered(&mut self, answer: &Result<HttpAnswer<'_>, &Failure>) -> Option<(i64, String)> {
        let Mark::Asked { left, youngest } = self else { return None };
        let page = answer.as_ref().ok().filter(|answer| answer.status == 200);
        let Some(page) = page.and_then(|answer| serde_json::from_slice::<Page<'_>>(answer.body).ok()) else {
            *self = Mark::Unknown;
            return None;
        };
        for raw in &page.messages {
            if let (id, Some(micros)) = stamp(raw.get())
                && youngest.as_ref().is_none_or(|(known, _)| *known < micros)
            {
                *youngest = Some((micros, id));
            }
        }
        *left -= 1;
        if *left > 0 {
            return None;
        }
        let youngest = youngest.take();
        *self = Mark::Known(youngest.as_ref().map_or(i64::MIN, |(micros, _)| *micros));
        youngest
    }

    pub(super) fn is_asked(&self) -> bool {
        matches!(self, Mark::Asked { .. })
    }
}
