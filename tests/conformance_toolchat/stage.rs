//! A stage for one protocol: it does what the session does, and writes down what a host and a network would see.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use parlor::model::{Action, Event, EventSink, Kind, Nanos, Options, RequestId, Say, Status, millis};
use parlor::protocol::{self, Cx, Effect, Failure, HttpAnswer, HttpCall, Input, Loss, Protocol};

#[derive(Clone, Default)]
struct Sink(Rc<RefCell<Vec<String>>>);

impl EventSink for Sink {
    fn push(&mut self, event: &Event<'_>) {
        assert!(event.body.is_empty() || event.json.contains(event.body), "the body is a part: {event:?}");
        self.0.borrow_mut().push(line(event));
    }

    fn wants(&self, kind: Kind) -> bool {
        kind != Kind::Frame
    }

    fn lazy(&self) -> bool {
        false
    }
}

/// An event as one line: the kind, then what is not empty. The sentences about faults are for people.
fn line(event: &Event<'_>) -> String {
    let mut line = event.kind.name().to_owned();
    if event.status != Status::Ok {
        line.push_str(&format!(" {}", event.status.name().trim_start_matches("PARLOR_ERR_")));
    }
    if event.kind == Kind::Service && !event.type_.is_empty() {
        line.push_str(&format!(" type={}", event.type_));
    }
    if event.value != 0 {
        line.push_str(&format!(" value={}", event.value));
    }
    let text = if event.kind == Kind::Service && event.status == Status::Protocol { "" } else { event.text };
    for (name, value) in [("text", text), ("id", event.id), ("name", event.name)] {
        if !value.is_empty() {
            line.push_str(&format!(" {name}={value}"));
        }
    }
    line
}

/// The time of day on this stage.
pub(crate) const NOW: &str = "2025-11-03T12:00:00.000Z";

pub(crate) struct Stage {
    protocol: Box<dyn Protocol>,
    lines: Sink,
    pub(crate) now: Nanos,
    timers: BTreeMap<u8, Nanos>,
    pub(crate) calls: Vec<(u64, HttpCall)>,
    last_request: RequestId,
    pub(crate) losses: Vec<Loss>,
}

pub(crate) const TICKET: &str = r#"{"success":true,"ticket":"t1","expiresAt":"2025-11-03T13:00:00Z"}"#;
pub(crate) const ESTABLISHED: &str = r#"{"type":"session_established"}"#;
pub(crate) const CONFIGURED: &str = r#"{"type":"tools_configured","data":{"toolCount":2}}"#;
pub(crate) const ADD: &str = r#"[{"name":"add","description":"adds","parameters":[]}]"#;

impl Stage {
    pub(crate) fn new(set: &[(&str, &str)]) -> Stage {
        let mut options = Options::default();
        for (name, value) in [("url", "http://chat"), ("credential", "token"), ("toolchat.server_key", "key")] {
            options.set_named(name, value).expect(name);
        }
        options.set_named("protocol", "toolchat").expect("protocol");
        for (name, value) in set {
            options.set_named(name, value).expect(name);
        }
        Stage {
            protocol: protocol::create(&options).expect("good options"),
            lines: Sink::default(),
            now: millis(1_000_000),
            timers: BTreeMap::new(),
            calls: Vec::new(),
            last_request: 0,
            losses: Vec::new(),
        }
    }

    /// The same, ready and without tools; what has happened until then is forgotten.
    pub(crate) fn up(set: &[(&str, &str)]) -> Stage {
        let mut stage = Stage::new(set);
        stage.connect();
        stage.log();
        stage
    }

    /// The same with the tool `add`.
    pub(crate) fn with_tool(set: &[(&str, &str)]) -> Stage {
        let mut stage = Stage::new(set);
        stage.act(Action::SetTools { json: ADD.into() });
        stage.connect();
        stage.text(CONFIGURED);
        stage.log();
        stage
    }

    /// From nothing to the established session.
    pub(crate) fn connect(&mut self) {
        self.begin();
        self.answer(200, TICKET);
        self.open();
        self.text(ESTABLISHED);
    }

    fn step(&mut self, step: impl FnOnce(&mut dyn Protocol, &mut Cx<'_>)) {
        let mut effects = Vec::new();
        let mut sink = self.lines.clone();
        let mut cx = Cx::new(self.now, &mut sink, &mut effects).with_unix(|| 1_762_171_200_000);
        step(self.protocol.as_mut(), &mut cx);
        let mut lost = None;
        for effect in effects {
            match effect {
                Effect::Lost(loss) => lost = lost.or(Some(loss)),
                Effect::Finish { .. } => self.carry_out(effect),
                _ if lost.is_some() => {}
                other => self.carry_out(other),
            }
        }
        if let Some(loss) = lost {
            self.note(match &loss {
                Loss::Retry { error, after: None } => format!("lost: retry {}", short(error.status)),
                Loss::Retry { error, after: Some(after) } => {
                    format!("lost: retry {} after {} ms", short(error.status), after / millis(1))
                }
                Loss::RetryWithCredential { error } => format!("lost: credential {}", short(error.status)),
                Loss::GiveUp { error } => format!("lost: give up {}", short(error.status)),
            });
            self.losses.push(loss);
            self.let_go();
        }
    }

    /// As the session lets go of a link: what the protocol wants then counts if it ends requests or sets timers.
    pub(crate) fn let_go(&mut self) {
        self.timers.clear();
        self.calls.clear();
        let mut effects = Vec::new();
        let mut sink = self.lines.clone();
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
            Effect::Http { call, http } | Effect::Sound { call, http } => {
                let url = http.url.strip_prefix("http://chat").expect("the service");
                let body = String::from_utf8_lossy(&http.body);
                self.note(format!("{:?} {url} {body}", http.method).trim_end().to_owned());
                self.calls.push((call, http));
            }
            Effect::Timer { timer, at: Some(at) } => drop(self.timers.insert(timer, at)),
            Effect::Timer { timer, at: None } => drop(self.timers.remove(&timer)),
            Effect::Finish { request, outcome } => {
                let status = outcome.error.as_ref().map_or(Status::Ok, |error| error.status);
                let text = outcome.error.map_or(String::new(), |error| format!(" {}", error.text));
                let json = if outcome.json.is_empty() { String::new() } else { format!(" {}", outcome.json) };
                self.note(format!("done {request} {}{json}{text}", short(status)));
            }
            Effect::Connected => self.note("CONNECTED".into()),
            Effect::Ready(ready) => self.note(if ready { "READY" } else { "NOT READY" }.into()),
            Effect::SendBinary { .. } | Effect::Close { .. } => panic!("the service takes no such thing"),
            // Deadlines, the mirror, and what only other services want.
            _ => {}
        }
    }

    pub(crate) fn note(&mut self, line: String) {
        self.lines.0.borrow_mut().push(line);
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

    pub(crate) fn closed(&mut self, http_status: u16, close_code: u16) {
        let failure =
            Failure { http_status, close_code, ..Failure::new(Status::ConnectionLost, "the connection ended") };
        self.step(|protocol, cx| protocol.handle(Input::Closed { socket: 0, failure: &failure }, cx));
    }

    pub(crate) fn answer(&mut self, status: u16, body: &str) {
        self.answer_with(status, &[], body);
    }

    /// Answers the oldest call that is under way.
    pub(crate) fn answer_with(&mut self, status: u16, headers: &[(&str, &str)], body: &str) {
        let (call, _) = self.calls.remove(0);
        let headers: Vec<(String, String)> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let answer = HttpAnswer { status, headers: &headers, body: body.as_bytes() };
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

    pub(crate) fn say(&mut self, text: &str, json: &str) -> RequestId {
        self.act(Action::Say(Say { text: text.into(), json: json.into() }))
    }

    pub(crate) fn call(&mut self, name: &str, json: &str) -> RequestId {
        self.act(Action::Call { name: name.into(), json: json.into() })
    }

    pub(crate) fn result(&mut self, id: &str, result: &str, failed: bool) -> RequestId {
        self.act(Action::ToolResult { id: id.into(), result: result.into(), failed })
    }

    pub(crate) fn farewell(&mut self) {
        self.step(|protocol, cx| protocol.farewell(cx));
    }

    /// Lets time pass, with every timer that is due on the way.
    pub(crate) fn pass(&mut self, ms: u64) {
        let end = self.now + millis(ms);
        while let Some((timer, at)) = self.timers.iter().map(|(t, at)| (*t, *at)).find(|(_, at)| *at <= end) {
            self.timers.remove(&timer);
            self.now = self.now.max(at);
            self.step(|protocol, cx| protocol.handle(Input::Timer(timer), cx));
        }
        self.now = end;
    }

    /// What has happened since the last look.
    pub(crate) fn log(&mut self) -> Vec<String> {
        std::mem::take(&mut *self.lines.0.borrow_mut())
    }

    pub(crate) fn mirror(&self) -> serde_json::Value {
        let mut out = String::new();
        self.protocol.mirror(&mut out);
        serde_json::from_str(&out).expect("the mirror is JSON")
    }
}

fn short(status: Status) -> &'static str {
    status.name().trim_start_matches("PARLOR_").trim_start_matches("ERR_")
}
