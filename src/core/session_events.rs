//! What the session itself tells the host: STATE, REQUEST_DONE, GAP, CREDENTIAL_NEEDED, LOG, FRAME.

use std::fmt::Write as _;

use super::counters::{Counter, Counters};
use super::log::Level;
use super::session::Session;
use crate::model::{Error, Event, EventSink, Kind, Nanos, RequestId, State, Status, millis};
use crate::protocol::{Input, Outcome};

/// The `json` of a STATE event. It is the library's own, since no service has sent it.
#[derive(serde::Serialize)]
struct StateJson<'a> {
    state: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    /// How many attempts in a row have failed.
    attempt: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    delay_ms: Option<u64>,
}

impl Session {
    pub(super) fn set_state(&mut self, state: State, error: Option<&Error>, delay: Option<Nanos>) {
        let again = state == State::Reconnecting;
        if self.state == state && !again {
            return;
        }
        self.state = state;
        self.shared.set_state(state);
        let why = error.map_or("", |error| error.text.as_str());
        let level = match state {
            State::Failed => Level::Error,
            State::Reconnecting => Level::Warn,
            _ => Level::Info,
        };
        self.log(level, "session", || format!("{} {why}", state.name()).trim_end().to_owned());
        let delay_ms = delay.map(|delay| delay / millis(1));
        let json = serde_json::to_string(&StateJson {
            state: state.name(),
            status: error.map(|error| error.status.name()),
            text: error.map(|error| error.text.as_str()),
            attempt: self.retry.failed(),
            delay_ms,
        })
        .unwrap_or_default();
        self.push(&Event {
            status: error.map_or(Status::Ok, |error| error.status),
            value: state as i64,
            name: state.name(),
            text: error.map_or("", |error| error.text.as_str()),
            json: &json,
            ..Event::new(Kind::State)
        });
    }

    /// Ends a request with its one REQUEST_DONE; an answer that comes too late is counted.
    pub(super) fn finish(&mut self, request: RequestId, outcome: Outcome) {
        if !self.finish_if_pending(request, outcome) {
            Counters::add(Counter::LateAnswers, 1);
        }
    }

    pub(super) fn finish_if_pending(&mut self, request: RequestId, outcome: Outcome) -> bool {
        let Some(pending) = self.shared.requests.finish(request) else { return false };
        let (status, text) = match &outcome.error {
            Some(error) => (error.status, error.text.as_str()),
            None => (Status::Ok, ""),
        };
        self.push(&Event {
            status,
            request,
            tag: pending.tag,
            value: i64::from(outcome.http_status),
            text,
            json: &outcome.json,
            ..Event::new(Kind::RequestDone)
        });
        true
    }

    /// The client has failed for good: every request ends with it.
    pub(super) fn fail(&mut self, error: Error) {
        self.connect_request = None;
        for request in self.shared.requests.ids() {
            if self.close_request != Some(request) {
                self.finish(request, Outcome::failed(error.clone()));
                if !self.poisoned {
                    // What the protocol keeps for it must not be sent by a later connection.
                    self.call(self.staging.now, |protocol, cx| protocol.handle(Input::Abandoned(request), cx));
                }
            }
        }
        self.set_state(State::Failed, Some(&error), None);
    }

    pub(super) fn emit_gap(&mut self, lost_for: Nanos) {
        let ms = lost_for / millis(1);
        let mut json = String::new();
        let _ = write!(json, "{{\"lost_for_ms\":{ms}}}");
        let text = format!("the link was down for {ms} ms; what the service sent meanwhile is not known");
        self.push(&Event { value: ms as i64, text: &text, json: &json, ..Event::new(Kind::Gap) });
    }

    pub(super) fn emit_credential_needed(&mut self, error: &Error) {
        self.push(&Event { status: error.status, text: &error.text, ..Event::new(Kind::CredentialNeeded) });
    }

    /// A log record, as an event among the others. The text is made only when somebody wants it.
    pub(super) fn log(&mut self, level: Level, target: &str, text: impl FnOnce() -> String) {
        if self.log_level >= level as i64 {
            self.push(&Event { value: level as i64, name: target, text: &text(), ..Event::new(Kind::Log) });
        }
    }

    pub(super) fn note_frame(&mut self, input: &Input<'_>) {
        if self.staging.wants(Kind::Frame) {
            match input {
                Input::Text { text, .. } => self.push(&Event { text, name: "in", ..Event::new(Kind::Frame) }),
                Input::Binary { data, .. } => self.push(&Event { data, name: "in", ..Event::new(Kind::Frame) }),
                _ => {}
            }
        }
    }

    pub(super) fn note_sent(&mut self, text: &str) {
        if self.staging.wants(Kind::Frame) {
            self.push(&Event { text, name: "out", ..Event::new(Kind::Frame) });
        }
    }

    fn push(&mut self, event: &Event<'_>) {
        if self.staging.wants(event.kind) {
            self.staging.push(event);
        }
    }
}
