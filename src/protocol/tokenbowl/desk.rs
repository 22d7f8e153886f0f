//! The desk for REST calls: it keeps to the rate that the service allows, and gives every request its one end.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value, json};

use super::chat::Way;
use super::check::{Rest, shown};
use super::{Access, Face};
use crate::model::{Error, Nanos, RequestId, Status, millis};
use crate::protocol::wire::json_or_string;
use crate::protocol::{CallId, Cx, Failure, HttpAnswer, Outcome, TimerId, status_of_http};

/// Sends what has waited for its turn.
pub(super) const PACE: TimerId = 2;
/// Calls of the desk are numbered from here on; the numbers below belong to the protocol itself.
pub(super) const FIRST_CALL: CallId = 100;
/// How many entries are asked for at once when all pages are wanted, and how many pages there may be.
const PAGE: usize = 100;
const PAGES: usize = 1000;

/// One request on its way.
#[derive(Debug)]
struct Job {
    /// Whom its end is told; nobody, once the host does not wait for it any more.
    request: Option<RequestId>,
    rest: Rest,
    /// Whether its answer is a message to be told.
    says: bool,
    /// What the pages so far have brought.
    found: Vec<Value>,
    pages: usize,
}

/// All requests on their way.
pub(super) struct Desk {
    waiting: VecDeque<Job>,
    flying: BTreeMap<CallId, Job>,
    next: CallId,
    /// Calls that may be sent at once, in thousandths, and when that was so.
    credit: u64,
    counted: Nanos,
    rate: u64,
    burst: u64,
}

impl Desk {
    pub(super) fn new(rate: u64, burst: u64) -> Desk {
        Desk {
            waiting: VecDeque::new(),
            flying: BTreeMap::new(),
            next: FIRST_CALL,
            credit: burst * 1000,
            counted: 0,
            rate,
            burst: burst * 1000,
        }
    }

    /// How many wait for their turn or their answer.
    pub(super) fn pending(&self) -> usize {
        self.waiting.len() + self.flying.len()
    }

    /// Takes a request in.
    pub(super) fn submit(&mut self, request: RequestId, rest: Rest, says: bool, access: &Access, cx: &mut Cx<'_>) {
        self.waiting.push_back(Job { request: Some(request), rest, says, found: Vec::new(), pages: 0 });
        self.pump(access, cx);
    }

    /// Sends what may be sent now, and sets the timer for the rest.
    pub(super) fn pump(&mut self, access: &Access, cx: &mut Cx<'_>) {
        // What is said goes one at a time, so that it arrives in its order; the rest does not wait for it.
        while let Some(at) = self.waiting.iter().position(|job| !job.says || !self.saying()) {
            if !self.may_send(cx.now) {
                let missing = 1000 - self.credit;
                return cx.timer(PACE, cx.now + millis(missing.div_ceil(self.rate.max(1)).max(1)));
            }
            let Some(job) = self.waiting.remove(at) else { return };
            let call = self.next;
            self.next += 1;
            let mut target = job.rest.target.clone();
            if job.rest.all {
                let join = if target.contains('?') { '&' } else { '?' };
                target = format!("{target}{join}limit={PAGE}&offset={}", job.found.len());
            }
            let idempotent = job.rest.row.idempotent();
            cx.http(call, access.call(job.rest.row.method, &target, &job.rest.body, job.rest.row.open, idempotent));
            self.flying.insert(call, job);
        }
    }

    fn saying(&self) -> bool {
        self.flying.values().any(|job| job.says)
    }

    fn may_send(&mut self, now: Nanos) -> bool {
        if self.rate == 0 {
            return true;
        }
        let passed = now.saturating_sub(self.counted) / millis(1);
        if passed > 0 {
            self.credit = self.credit.saturating_add(passed.saturating_mul(self.rate)).min(self.burst);
            self.counted = now;
        }
        let may = self.credit >= 1000;
        if may {
            self.credit -= 1000;
        }
        may
    }

    /// An answer has come, or why there is none. `true` where this user has another name from now on.
    pub(super) fn answered(
        &mut self,
        call: CallId,
        answer: &Result<HttpAnswer<'_>, &Failure>,
        face: &mut Face,
        access: &Access,
        cx: &mut Cx<'_>,
    ) -> bool {
        let Some(mut job) = self.flying.remove(&call) else { return false };
        let mut outcome = outcome(&job.rest, answer);
        let renamed = outcome.error.is_none() && job.rest.row.name == "update_my_username";
        if outcome.error.is_none() && job.says {
            // The push of a message to the room comes as well, or has come; of one to a user nothing else ever comes.
            face.tell(&outcome.json, &outcome.json, Way::Answer, cx);
        }
        if outcome.error.is_none() && job.rest.all && job.request.is_some() {
            match next_page(&mut job, &outcome.json) {
                Ok(true) => {
                    self.waiting.push_front(job);
                    self.pump(access, cx);
                    return false;
                }
                Ok(false) => outcome.json = whole(&job).to_string(),
                Err(error) => outcome = Outcome { error: Some(error), ..outcome },
            }
        }
        if let Some(request) = job.request {
            cx.finish(request, outcome);
        }
        self.pump(access, cx);
        renamed
    }

    /// The host does not wait for it any more. What was sent can not be taken back, and what was said is still told.
    pub(super) fn abandoned(&mut self, request: RequestId) {
        self.waiting.retain(|job| job.request != Some(request));
        for job in self.flying.values_mut() {
            job.request.take_if(|its| *its == request);
        }
    }

    /// The link is let go of, and the HTTP calls with it: what can be asked again is, the rest ends.
    pub(super) fn link_lost(&mut self, cx: &mut Cx<'_>) {
        for (_, job) in std::mem::take(&mut self.flying).into_iter().rev() {
            if job.rest.row.idempotent() {
                self.waiting.push_front(job);
            } else if let Some(request) = job.request {
                let text = "the link was lost before the answer came; it may have taken effect all the same, so it was not sent again";
                cx.finish(request, Outcome::failed(Error::new(Status::LinkLost, text)));
            }
        }
        if !self.waiting.is_empty() {
            cx.timer(PACE, cx.now + millis(1));
        }
    }
}

/// Reads one page; whether there is another one.
fn next_page(job: &mut Job, json: &str) -> Result<bool, Error> {
    let wrong = || Error::new(Status::Protocol, format!("{}: the answer is no page of a list", shown(&job.rest)));
    let page: Value = serde_json::from_str(json).map_err(|_| wrong())?;
    let list = if job.rest.row.list == "-" { Some(&page) } else { page.get(job.rest.row.list) };
    let items = list.and_then(Value::as_array).ok_or_else(wrong)?;
    let more = match page.get("pagination").unwrap_or(&page).get("has_more") {
        Some(more) => more.as_bool().unwrap_or(false),
        None => items.len() == PAGE,
    };
    let count = items.len();
    job.found.extend(items.iter().cloned());
    job.pages += 1;
    Ok(more && count > 0 && job.pages < PAGES)
}

/// All pages as one.
fn whole(job: &Job) -> Value {
    if job.rest.row.list == "-" {
        return Value::Array(job.found.clone());
    }
    let count = job.found.len();
    json!({job.rest.row.list: job.found,
           "pagination": {"total": count, "offset": 0, "limit": count, "has_more": false}})
}

/// What an answer means for its request. The words of the service are kept.
fn outcome(rest: &Rest, answer: &Result<HttpAnswer<'_>, &Failure>) -> Outcome {
    let answer = match answer {
        Ok(answer) => answer,
        Err(failure) => {
            let mut error = failure.error.clone();
            if !rest.row.idempotent() {
                error.text.push_str("; whether it took effect is not known, so it was not sent again");
            }
            return Outcome { http_status: failure.http_status, ..Outcome::failed(error) };
        }
    };
    let status = status_of_http(answer.status);
    let json = json_or_string(answer.body);
    let error = (status != Status::Ok).then(|| {
        let said = detail(&json);
        let advice = match answer.status {
            503 if !json.starts_with('{') => {
                "; this is how the proxy before the service refuses too many calls: lower tokenbowl.rate_per_second"
            }
            500..=599 if !rest.row.idempotent() => "; it may have taken effect all the same, so it was not sent again",
            _ => "",
        };
        Error::new(status, format!("{} was answered with HTTP {}{said}{advice}", shown(rest), answer.status))
    });
    Outcome { error, http_status: answer.status, json }
}

/// What `detail` says: a sentence, or a list of faults with the place of each.
pub(super) fn detail(json: &str) -> String {
    let body: Value = serde_json::from_str(json).unwrap_or_default();
    match body.get("detail") {
        Some(Value::String(sentence)) => format!(": {sentence}"),
        Some(Value::Array(faults)) => {
            let said: Vec<String> = faults.iter().take(5).map(one_fault).collect();
            format!(": {}", said.join("; "))
        }
        _ => String::new(),
    }
}

fn one_fault(fault: &Value) -> String {
    let text = fault.get("msg").and_then(Value::as_str).unwrap_or("a fault");
    let place = fault.get("loc").and_then(Value::as_array).and_then(|steps| steps.last());
    place.map_or_else(|| text.to_owned(), |place| format!("{}: {text}", place.to_string().trim_matches('"')))
}
