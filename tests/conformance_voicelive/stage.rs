//! A stage for the protocol: it does what the session does, and writes down everything in the order in which a host and
//! a network would see it, one line each.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use parlor::model::{Action, Event, EventSink, Kind, Nanos, Options, RequestId, Say, Status, flag, millis};
use parlor::protocol::{self, Cx, Effect, Failure, Input, Loss, Protocol};

/// What has happened.
#[derive(Default)]
struct Seen {
    lines: Vec<String>,
    sent: Vec<serde_json::Value>,
}

struct Sink(Rc<RefCell<Seen>>);

impl EventSink for Sink {
    fn push(&mut self, event: &Event<'_>) {
        assert!(
            event.body.is_empty() || event.json.contains(event.body),
            "the body is a part of the message: {event:?}"
        );
        self.0.borrow_mut().lines.push(line(event));
    }

    fn wants(&self, _kind: Kind) -> bool {
        true
    }

    fn lazy(&self) -> bool {
        false
    }
}

fn line(event: &Event<'_>) -> String {
    let mut line = event.kind.name().to_owned();
    for (bit, name) in [(flag::FINAL, "FINAL"), (flag::SYNTHETIC, "SYNTHETIC")] {
        if event.flags & bit != 0 {
            line.push_str(&format!(" {name}"));
        }
    }
    if event.status != Status::Ok {
        line.push_str(&format!(" {}", event.status.name().trim_start_matches("PARLOR_ERR_")));
    }
    if event.kind == Kind::Service {
        line.push_str(&format!(" type={}", event.type_));
    }
    if event.value != 0 {
        line.push_str(&format!(" value={}", event.value));
    }
    for (name, value) in [("text", event.text), ("id", event.id), ("name", event.name), ("role", event.role)] {
        if !value.is_empty() {
            line.push_str(&format!(" {name}={value}"));
        }
    }
    if !event.data.is_empty() {
        line.push_str(&format!(" data={:?}", event.data));
    }
    line
}

/// One protocol on its stage.
pub(crate) struct Stage {
    protocol: Box<dyn Protocol>,
    seen: Rc<RefCell<Seen>>,
    pub(crate) now: Nanos,
    timers: BTreeMap<u8, Nanos>,
    requests: RequestId,
}

pub(crate) const CREATED: &str =
    r#"{"type":"session.created","event_id":"e","session":{"id":"sess_1","turn_detection":{"type":"server_vad"}}}"#;
pub(crate) use crate::tables::UPDATED;

impl Stage {
    pub(crate) fn new(set: &[(&str, &str)]) -> Stage {
        let mut options = Options::default();
        let base = [("protocol", "voicelive"), ("url", "ws://vl"), ("voicelive.model", "m")];
        for (name, value) in base.iter().chain(set) {
            options.set_named(name, value).expect(name);
        }
        Stage {
            protocol: protocol::create(&options).expect("good options"),
            seen: Rc::default(),
            now: millis(1_000_000),
            timers: BTreeMap::new(),
            requests: 0,
        }
    }

    /// The same with a session; what has happened until then is forgotten.
    pub(crate) fn ready(set: &[(&str, &str)]) -> Stage {
        let mut stage = Stage::new(set);
        stage.begin();
        stage.open();
        stage.text(CREATED);
        stage.log();
        stage
    }

    fn step(&mut self, step: impl FnOnce(&mut dyn Protocol, &mut Cx<'_>)) {
        let mut effects = Vec::new();
        let mut sink = Sink(Rc::clone(&self.seen));
        let mut cx = Cx::new(self.now, &mut sink, &mut effects).with_unix(|| 1_000_000);
        step(self.protocol.as_mut(), &mut cx);
        let mut lost = None;
        for effect in effects {
            match effect {
                Effect::Finish { .. } => self.carry_out(effect),
                Effect::Lost(loss) => lost = Some(loss),
                _ if lost.is_some() => {}
                other => self.carry_out(other),
            }
        }
        if let Some(loss) = lost {
            self.note(match &loss {
                Loss::Retry { error, .. } => format!("lost: retry {}", error.status.name()),
                Loss::RetryWithCredential { error } => format!("lost: credential {}", error.status.name()),
                Loss::GiveUp { error } => format!("lost: give up {}", error.status.name()),
            });
            self.let_go();
        }
    }

    /// As the session lets go of a link.
    pub(crate) fn let_go(&mut self) {
        self.timers.clear();
        let mut effects = Vec::new();
        let mut sink = Sink(Rc::clone(&self.seen));
        self.protocol.end(&mut Cx::new(self.now, &mut sink, &mut effects));
        for effect in effects {
            if matches!(effect, Effect::Finish { .. }) {
                self.carry_out(effect);
            }
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Dial { dial, .. } => self.note(format!("dial {}", dial.url)),
            Effect::SendText { text, .. } => {
                let mut message: serde_json::Value = serde_json::from_str(&text).expect("JSON is sent");
                assert!(text.starts_with("{\"type\":\"") || message["type"] == "raw", "the type stands first: {text}");
                if let Some(map) = message.as_object_mut() {
                    map.remove("event_id");
                }
                self.note(format!("send {}", message["type"].as_str().unwrap_or("without a type")));
                self.seen.borrow_mut().sent.push(message);
            }
            Effect::Timer { timer, at: Some(at) } => drop(self.timers.insert(timer, at)),
            Effect::Timer { timer, at: None } => drop(self.timers.remove(&timer)),
            Effect::Finish { request, outcome } => {
                let status = outcome.error.as_ref().map_or(Status::Ok, |error| error.status).name();
                self.note(format!(
                    "done {request} {}",
                    status.trim_start_matches("PARLOR_").trim_start_matches("ERR_")
                ));
            }
            Effect::Connected => self.note("CONNECTED".into()),
            Effect::Ready(ready) => self.note(if ready { "READY" } else { "NOT READY" }.into()),
            _ => {}
        }
    }

    fn note(&mut self, line: String) {
        self.seen.borrow_mut().lines.push(line);
    }

    pub(crate) fn begin(&mut self) {
        self.step(|protocol, cx| protocol.begin(cx));
    }

    pub(crate) fn open(&mut self) {
        self.step(|protocol, cx| protocol.handle(Input::Opened { socket: 0 }, cx));
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.step(|protocol, cx| protocol.handle(Input::Text { socket: 0, text }, cx));
    }

    pub(crate) fn binary(&mut self, data: &[u8]) {
        self.step(|protocol, cx| protocol.handle(Input::Binary { socket: 0, data }, cx));
    }

    pub(crate) fn closed(&mut self, close_code: u16, http_status: u16) {
        let failure = Failure { close_code, http_status, ..Failure::new(Status::ConnectionLost, "ended") };
        self.step(|protocol, cx| protocol.handle(Input::Closed { socket: 0, failure: &failure }, cx));
    }

    pub(crate) fn act(&mut self, action: Action) -> RequestId {
        self.requests += 1;
        let request = self.requests;
        self.step(|protocol, cx| protocol.act(request, 0, action, cx));
        request
    }

    pub(crate) fn say(&mut self, text: &str) -> RequestId {
        self.act(Action::Say(Say { text: text.into(), json: String::new() }))
    }

    pub(crate) fn call(&mut self, name: &str, json: &str) -> RequestId {
        self.act(Action::Call { name: name.into(), json: json.into() })
    }

    pub(crate) fn audio(&mut self, pcm: &[u8]) {
        self.step(|protocol, cx| protocol.audio(pcm, cx));
    }

    pub(crate) fn check(&self, action: &Action) -> Result<(), parlor::model::Error> {
        (self.protocol.check())(action)
    }

    pub(crate) fn pass(&mut self, ms: u64) {
        let end = self.now + millis(ms);
        while let Some((timer, at)) =
            self.timers.iter().map(|(t, at)| (*t, *at)).filter(|(_, at)| *at <= end).min_by_key(|(_, at)| *at)
        {
            self.now = self.now.max(at);
            self.timers.remove(&timer);
            self.step(|protocol, cx| protocol.handle(Input::Timer(timer), cx));
        }
        self.now = end;
    }

    /// What has happened since the last look.
    pub(crate) fn log(&mut self) -> Vec<String> {
        std::mem::take(&mut self.seen.borrow_mut().lines)
    }

    /// What was sent since the last look, without the ids of its messages.
    pub(crate) fn sent(&mut self) -> Vec<serde_json::Value> {
        std::mem::take(&mut self.seen.borrow_mut().sent)
    }

    pub(crate) fn mirror(&self) -> serde_json::Value {
        let mut out = String::new();
        self.protocol.mirror(&mut out);
        serde_json::from_str(&out).expect("the mirror is JSON")
    }
}
