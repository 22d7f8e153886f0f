//! A stage for one protocol: it does what the session does, and writes down everything in the order in which a host and
//! a network would see it, one line each.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use parlor::model::{Action, Event, EventSink, Kind, KindSet, Nanos, Options, RequestId, Say, Status, millis};
use parlor::protocol::{self, Cx, Effect, Failure, HttpAnswer, HttpCall, Input, Loss, Protocol};

/// An event, kept.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) kind: Kind,
    pub(crate) status: Status,
    pub(crate) type_: String,
    pub(crate) text: String,
    pub(crate) json: String,
    pub(crate) body: String,
    pub(crate) data: Vec<u8>,
    pub(crate) time: f64,
}

#[derive(Default)]
struct Sink {
    lines: Vec<String>,
    events: Vec<Kept>,
    kinds: Option<KindSet>,
    lazy: bool,
}

struct SinkHandle(Rc<RefCell<Sink>>);

impl EventSink for SinkHandle {
    fn push(&mut self, event: &Event<'_>) {
        let mut sink = self.0.borrow_mut();
        assert!(
            event.body.is_empty() || event.json.contains(event.body),
            "the body is a part of the message: {event:?}"
        );
        sink.lines.push(line(event));
        sink.events.push(Kept {
            kind: event.kind,
            status: event.status,
            type_: event.type_.into(),
            text: event.text.into(),
            json: event.json.into(),
            body: event.body.into(),
            data: event.data.into(),
            time: event.time,
        });
    }

    fn wants(&self, kind: Kind) -> bool {
        self.0.borrow().kinds.is_none_or(|kinds| kinds.has(kind))
    }

    fn lazy(&self) -> bool {
        self.0.borrow().lazy
    }
}

/// An event as one line: the kind, then what is not empty. Type, JSON, body and time are looked at where they matter.
fn line(event: &Event<'_>) -> String {
    let mut line = event.kind.name().to_owned();
    for (bit, name) in [(2, "SYNTHETIC"), (4, "SNAPSHOT")] {
        if event.flags & bit != 0 {
            line.push_str(&format!(" {name}"));
        }
    }
    if event.status != Status::Ok {
        line.push_str(&format!(" {}", event.status.name()));
    }
    if event.kind == Kind::Service {
        line.push_str(&format!(" type={}", event.type_));
        // The sentences about faults are for people.
        if event.status != Status::Ok {
            return line;
        }
    }
    if event.value != 0 {
        line.push_str(&format!(" value={}", event.value));
    }
    for (name, value) in
        [("text", event.text), ("id", event.id), ("name", event.name), ("sender", event.sender), ("role", event.role)]
    {
        if !value.is_empty() {
            line.push_str(&format!(" {name}={value}"));
        }
    }
    line
}

/// One protocol on its stage.
pub(crate) struct Stage {
    protocol: Box<dyn Protocol>,
    sink: Rc<RefCell<Sink>>,
    pub(crate) now: Nanos,
    timers: BTreeMap<u8, Nanos>,
    calls: Vec<(u64, HttpCall)>,
    last_request: RequestId,
    /// Every loss of the link so far.
    pub(crate) losses: Vec<Loss>,
    /// The deadlines of requests, as the protocol has moved them.
    pub(crate) deadlines: BTreeMap<RequestId, Option<Nanos>>,
}

pub(crate) const CHAT: &str = r#"{"type":"snapshot","state":{"connected":true,"chat_active":true,"ai_state":"idle","current_speaker_id":null,"external_speaker_active":false,"external_speaker_source":null,"characters":[{"id":"c1","name":"Ann"}]}}"#;
pub(crate) const NO_CHAT: &str = r#"{"type":"snapshot","state":{"connected":true,"chat_active":false,"ai_state":"idle","current_speaker_id":null,"external_speaker_active":false,"external_speaker_source":null,"characters":[]}}"#;
pub(crate) const STARTED: &str =
    r#"{"type":"chat_started","data":{"characters":[{"id":"c1","name":"Ann"}]},"timestamp":1.5}"#;
pub(crate) const CLOSED: &str = r#"{"type":"chat_closed","data":{},"timestamp":2.5}"#;
pub(crate) const VOXTA_GONE: &str = r#"{"type":"voxta_disconnected","data":{},"timestamp":3.5}"#;

impl Stage {
    /// A protocol with these options, by their names; the client id is `game`.
    pub(crate) fn new(set: &[(&str, &str)]) -> Stage {
        let mut options = Options::default();
        options.set_named("url", "http://gw").expect("an option");
        options.set_named("gateway.client_id", "game").expect("an option");
        for (name, value) in set {
            options.set_named(name, value).expect(name);
        }
        let mut sink = Sink { lazy: options.flag(parlor::model::key::EVENTS_LAZY), ..Sink::default() };
        sink.kinds = Some(KindSet::parse(options.str(parlor::model::key::EVENTS_KINDS)).expect("kinds"));
        Stage {
            protocol: protocol::create(&options).expect("good options"),
            sink: Rc::new(RefCell::new(sink)),
            now: millis(1_000_000),
            timers: BTreeMap::new(),
            calls: Vec::new(),
            last_request: 0,
            losses: Vec::new(),
            deadlines: BTreeMap::new(),
        }
    }

    /// The same, connected with this snapshot; what has happened until then is forgotten.
    pub(crate) fn up(set: &[(&str, &str)], snapshot: &str) -> Stage {
        let mut stage = Stage::new(set);
        stage.connect(snapshot);
        stage.log();
        stage
    }

    pub(crate) fn connect(&mut self, snapshot: &str) {
        self.begin();
        self.open();
        self.text(snapshot);
    }

    fn step(&mut self, step: impl FnOnce(&mut dyn Protocol, &mut Cx<'_>)) {
        let mut effects = Vec::new();
        let mut sink = SinkHandle(Rc::clone(&self.sink));
        step(self.protocol.as_mut(), &mut Cx::new(self.now, &mut sink, &mut effects));
        let mut lost = None;
        for effect in effects {
            if lost.is_some() && !matches!(effect, Effect::Finish { .. }) {
                continue;
            }
            match effect {
                Effect::Lost(loss) => lost = Some(loss),
                other => self.carry_out(other),
            }
        }
        if let Some(loss) = lost {
            let text = match &loss {
                Loss::Retry { error, after: None } => format!("lost: retry {}", error.status.name()),
                Loss::Retry { error, after: Some(after) } => {
                    format!("lost: retry {} after {} ms", error.status.name(), after / millis(1))
                }
                Loss::RetryWithCredential { error } => format!("lost: credential {}", error.status.name()),
                Loss::GiveUp { error } => format!("lost: give up {}", error.status.name()),
            };
            self.note(text);
            self.losses.push(loss);
            self.let_go();
        } else {
            // The session looks at its timers when it is done with an input.
            self.due();
        }
    }

    /// As the session lets go of a link: what the protocol wants then is only heard if it ends requests or sets timers.
    pub(crate) fn let_go(&mut self) {
        self.timers.clear();
        self.calls.clear();
        let mut effects = Vec::new();
        let mut sink = SinkHandle(Rc::clone(&self.sink));
        self.protocol.end(&mut Cx::new(self.now, &mut sink, &mut effects));
        for effect in effects {
            if matches!(effect, Effect::Finish { .. } | Effect::Timer { .. }) {
                self.carry_out(effect);
            }
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Dial { dial, .. } => self.note(format!("dial {}", dial.url)),
            Effect::SendText { text, .. } => self.note(format!("send {text}")),
            Effect::SendBinary { data, .. } => self.note(format!("send {} bytes", data.len())),
            Effect::Close { code, .. } => self.note(format!("close {code}")),
            Effect::Http { call, http } | Effect::Sound { call, http } => {
                let body = String::from_utf8(http.body.clone()).expect("UTF-8");
                let twice = if http.idempotent { "" } else { " once" };
                let url = http.url.strip_prefix("http://gw").expect("the gateway");
                let method = format!("{:?}", http.method).to_uppercase();
                let typed = http.headers == [("content-type".to_owned(), "application/json".to_owned())];
                assert_eq!(typed, !body.is_empty(), "a body has its content type");
                self.note(format!("http {method} {url} {body}{twice}").replace("  ", " ").trim_end().to_owned());
                self.calls.push((call, http));
            }
            Effect::Timer { timer, at: Some(at) } => drop(self.timers.insert(timer, at)),
            Effect::Timer { timer, at: None } => drop(self.timers.remove(&timer)),
            Effect::Finish { request, outcome } => {
                let status = outcome.error.as_ref().map_or(Status::Ok, |error| error.status).name();
                let text = outcome.error.map_or(String::new(), |error| format!(" {}", error.text));
                let json = if outcome.json.is_empty() { String::new() } else { format!(" {}", outcome.json) };
                let http = if outcome.http_status == 0 { String::new() } else { format!(" {}", outcome.http_status) };
                self.note(format!("done {request} {}{http}{json}{text}", status.trim_start_matches("PARLOR_")));
            }
            Effect::Connected => self.note("CONNECTED".into()),
            Effect::Ready(ready) => self.note(if ready { "READY" } else { "NOT READY" }.into()),
            Effect::Deadline { request, at } => drop(self.deadlines.insert(request, at)),
            Effect::Patience => {}
            Effect::Lost(_) => unreachable!("handled by the caller"),
        }
    }

    fn note(&mut self, line: String) {
        self.sink.borrow_mut().lines.push(line);
    }

    fn due(&mut self) {
        while let Some((&timer, _)) = self.timers.iter().find(|(_, at)| **at <= self.now) {
            self.timers.remove(&timer);
            self.step(|protocol, cx| protocol.handle(Input::Timer(timer), cx));
        }
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

    /// As `text`, but without the look at the timers: the next input is there already.
    pub(crate) fn text_at_once(&mut self, first: &str, second: &str) {
        let mut effects = Vec::new();
        let mut sink = SinkHandle(Rc::clone(&self.sink));
        self.protocol.handle(Input::Text { socket: 0, text: first }, &mut Cx::new(self.now, &mut sink, &mut effects));
        for effect in effects {
            self.carry_out(effect);
        }
        self.text(second);
    }

    pub(crate) fn binary(&mut self, data: &[u8]) {
        self.step(|protocol, cx| protocol.handle(Input::Binary { socket: 0, data }, cx));
    }

    pub(crate) fn closed(&mut self, close_code: u16, reason: &str) {
        let failure = Failure {
            close_code,
            reason: reason.into(),
            ..Failure::new(Status::ConnectionLost, "the connection ended")
        };
        self.step(|protocol, cx| protocol.handle(Input::Closed { socket: 0, failure: &failure }, cx));
    }

    pub(crate) fn refused(&mut self, http_status: u16) {
        let failure = Failure { http_status, ..Failure::new(Status::Http, "refused") };
        self.step(|protocol, cx| protocol.handle(Input::Closed { socket: 0, failure: &failure }, cx));
    }

    pub(crate) fn farewell(&mut self) {
        self.step(|protocol, cx| protocol.farewell(cx));
    }

    /// Answers the oldest call that is under way.
    pub(crate) fn answer(&mut self, status: u16, body: &str) {
        let (call, _) = self.calls.remove(0);
        let answer = HttpAnswer { status, headers: &[], body: body.as_bytes() };
        self.step(|protocol, cx| protocol.handle(Input::Http { call, answer: Ok(answer) }, cx));
    }

    /// Answers it with bytes.
    pub(crate) fn answer_bytes(&mut self, status: u16, body: &[u8]) {
        let (call, _) = self.calls.remove(0);
        let answer = HttpAnswer { status, headers: &[], body };
        self.step(|protocol, cx| protocol.handle(Input::Http { call, answer: Ok(answer) }, cx));
    }

    /// The oldest call fails.
    pub(crate) fn call_fails(&mut self, status: Status) {
        let (call, _) = self.calls.remove(0);
        let failure = Failure::new(status, "it failed");
        self.step(|protocol, cx| protocol.handle(Input::Http { call, answer: Err(&failure) }, cx));
    }

    pub(crate) fn act(&mut self, action: Action) -> RequestId {
        self.last_request += 1;
        let request = self.last_request;
        self.step(|protocol, cx| protocol.act(request, 0, action, cx));
        request
    }

    pub(crate) fn say(&mut self, text: &str) -> RequestId {
        self.act(Action::Say(Say { text: text.into(), json: String::new() }))
    }

    pub(crate) fn call(&mut self, name: &str, json: &str) -> RequestId {
        self.act(Action::Call { name: name.into(), json: json.into() })
    }

    pub(crate) fn abandon(&mut self, request: RequestId) {
        self.step(|protocol, cx| protocol.handle(Input::Abandoned(request), cx));
    }

    pub(crate) fn check(&self, action: &Action) -> Result<(), parlor::model::Error> {
        (self.protocol.check())(action)
    }

    /// Lets time pass, with every timer that is due on the way.
    pub(crate) fn pass(&mut self, ms: u64) {
        let end = self.now + millis(ms);
        while let Some(at) = self.timers.values().copied().filter(|at| *at <= end).min() {
            self.now = at;
            self.due();
        }
        self.now = end;
    }

    /// What has happened since the last look.
    pub(crate) fn log(&mut self) -> Vec<String> {
        let mut sink = self.sink.borrow_mut();
        sink.events.clear();
        std::mem::take(&mut sink.lines)
    }

    /// The events since the last look.
    pub(crate) fn events(&mut self) -> Vec<Kept> {
        let mut sink = self.sink.borrow_mut();
        sink.lines.clear();
        std::mem::take(&mut sink.events)
    }

    pub(crate) fn calls_under_way(&self) -> usize {
        self.calls.len()
    }

    pub(crate) fn mirror(&self) -> serde_json::Value {
        let mut out = String::new();
        self.protocol.mirror(&mut out);
        serde_json::from_str(&out).expect("the mirror is JSON")
    }
}
