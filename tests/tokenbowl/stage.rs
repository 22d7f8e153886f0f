//! A stage for one protocol: it does what the session does, and writes down what a host and a network would see, one
//! line each.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use parlor::model::{Action, Event, EventSink, Kind, Nanos, Options, RequestId, Say, Secret, Status, millis};
use parlor::protocol::{self, Cx, Effect, Failure, HttpAnswer, HttpCall, Input, Loss, Protocol};

#[derive(Default)]
struct Sink(Vec<String>);

struct Handle(Rc<RefCell<Sink>>);

impl EventSink for Handle {
    fn push(&mut self, event: &Event<'_>) {
        assert!(event.body.is_empty() || event.json.contains(event.body), "the body is a part of it: {event:?}");
        let mut line = event.kind.name().to_owned();
        for (bit, name) in [(2, "SYNTHETIC"), (4, "SNAPSHOT")] {
            if event.flags & bit != 0 {
                line.push_str(&format!(" {name}"));
            }
        }
        if event.status != Status::Ok {
            line.push_str(&format!(" {}", event.status.name()));
        }
        if matches!(event.kind, Kind::Service | Kind::Presence) {
            line.push_str(&format!(" type={}", event.type_));
        }
        if event.value != 0 {
            line.push_str(&format!(" value={}", event.value));
        }
        // The sentences of gaps and questions are for people.
        let text = if matches!(event.kind, Kind::Gap | Kind::CredentialNeeded) { "" } else { event.text };
        for (name, value) in
            [("text", text), ("id", event.id), ("name", event.name), ("sender", event.sender), ("role", event.role)]
        {
            if !value.is_empty() {
                line.push_str(&format!(" {name}={value}"));
            }
        }
        if event.kind == Kind::Gap {
            line.push_str(&format!(" {}", event.json));
        }
        self.0.borrow_mut().0.push(line);
    }

    fn wants(&self, _kind: Kind) -> bool {
        true
    }

    fn lazy(&self) -> bool {
        false
    }
}

/// One protocol on its stage.
pub(crate) struct Stage {
    protocol: Box<dyn Protocol>,
    sink: Rc<RefCell<Sink>>,
    pub(crate) now: Nanos,
    pub(crate) timers: BTreeMap<u8, Nanos>,
    pub(crate) calls: Vec<(u64, HttpCall)>,
    last_request: RequestId,
    /// Every loss of the link so far.
    pub(crate) losses: Vec<Loss>,
}

impl Stage {
    pub(crate) fn new(set: &[(&str, &str)]) -> Stage {
        let mut options = Options::default();
        for (name, value) in set {
            options.set_named(name, value).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        Stage {
            protocol: protocol::create(&options).expect("good options"),
            sink: Rc::default(),
            now: millis(1_000_000),
            timers: BTreeMap::new(),
            calls: Vec::new(),
            last_request: 0,
            losses: Vec::new(),
        }
    }

    /// A Centrifugo client, connected; what has happened until then is forgotten.
    pub(crate) fn up(set: &[(&str, &str)], result: &str) -> Stage {
        let mut stage = Stage::new(&[&[("protocol", "centrifugo"), ("url", "ws://c")], set].concat());
        stage.connect(result);
        stage.log();
        stage
    }

    pub(crate) fn connect(&mut self, result: &str) {
        self.begin();
        self.open();
        let sent = self.sink.borrow().0.iter().rev().find(|line| line.contains("\"connect\":")).cloned();
        let id = sent.expect("a connect command").split("\"id\":").nth(1).expect("an id").to_owned();
        let id = id.split(',').next().expect("a number").to_owned();
        self.text(&format!("{{\"id\":{id},\"connect\":{result}}}"));
    }

    fn step(&mut self, step: impl FnOnce(&mut dyn Protocol, &mut Cx<'_>)) {
        let mut effects = Vec::new();
        let mut sink = Handle(Rc::clone(&self.sink));
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
        match lost {
            None => self.due(),
            Some(loss) => {
                let text = match &loss {
                    Loss::Retry { error, .. } => format!("lost: retry {}", error.status.name()),
                    Loss::RetryWithCredential { error } => format!("lost: credential {}", error.status.name()),
                    Loss::GiveUp { error } => format!("lost: give up {}", error.status.name()),
                };
                self.note(text);
                self.losses.push(loss);
                self.let_go();
            }
        }
    }

    pub(crate) fn let_go(&mut self) {
        self.timers.clear();
        self.calls.clear();
        let mut effects = Vec::new();
        let mut sink = Handle(Rc::clone(&self.sink));
        self.protocol.end(&mut Cx::new(self.now, &mut sink, &mut effects));
        for effect in effects {
            if matches!(effect, Effect::Finish { .. } | Effect::Timer { .. }) {
                self.carry_out(effect);
            }
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Dial { dial, .. } => {
                let headers: Vec<String> =
                    dial.headers.iter().map(|(name, value)| format!(" {name}: {value}")).collect();
                self.note(format!("dial {}{}", dial.url, headers.join("")));
            }
            Effect::SendText { text, .. } => self.note(format!("send {text}")),
            Effect::SendBinary { data, .. } => self.note(format!("send {} bytes", data.len())),
            Effect::Close { code, .. } => self.note(format!("close {code}")),
            Effect::Http { call, http } | Effect::Sound { call, http } => {
                let body = String::from_utf8(http.body.clone()).expect("UTF-8");
                let twice = if http.idempotent { "" } else { " once" };
                let method = format!("{:?}", http.method).to_uppercase();
                self.note(format!("http {method} {} {body}{twice}", http.url).replace("  ", " ").trim_end().to_owned());
                self.calls.push((call, http));
            }
            Effect::Timer { timer, at: Some(at) } => drop(self.timers.insert(timer, at)),
            Effect::Timer { timer, at: None } => drop(self.timers.remove(&timer)),
            Effect::Finish { request, outcome } => {
                let status = outcome.error.as_ref().map_or(Status::Ok, |error| error.status).name();
                let json = if outcome.json.is_empty() { String::new() } else { format!(" {}", outcome.json) };
                let http = if outcome.http_status == 0 { String::new() } else { format!(" {}", outcome.http_status) };
                self.note(format!("done {request} {}{http}{json}", status.trim_start_matches("PARLOR_")));
            }
            Effect::Connected => self.note("CONNECTED".into()),
            Effect::Ready(ready) => self.note(if ready { "READY" } else { "NOT READY" }.into()),
            Effect::Deadline { .. } | Effect::Patience | Effect::Lost(_) => {}
        }
    }

    fn note(&mut self, line: String) {
        self.sink.borrow_mut().0.push(line);
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

    /// Answers the oldest call that is under way.
    pub(crate) fn answer(&mut self, status: u16, body: &str) {
        let (call, _) = self.calls.remove(0);
        let headers = [("date".to_owned(), "Sat, 21 Nov 2026 12:00:00 GMT".to_owned())];
        let answer = HttpAnswer { status, headers: &headers, body: body.as_bytes() };
        self.step(|protocol, cx| protocol.handle(Input::Http { call, answer: Ok(answer) }, cx));
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

    pub(crate) fn subscribe(&mut self, json: &str) -> RequestId {
        self.act(Action::Subscribe { json: json.into() })
    }

    pub(crate) fn credential(&mut self, token: &str) -> RequestId {
        self.act(Action::SetCredential { value: Secret::new(token) })
    }

    pub(crate) fn abandon(&mut self, request: RequestId) {
        self.step(|protocol, cx| protocol.handle(Input::Abandoned(request), cx));
    }

    /// What a host is told when it asks for this, by the very call that does.
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

    /// Time passes while nothing runs, as in a machine that sleeps.
    pub(crate) fn suspend(&mut self, ms: u64) {
        self.now += millis(ms);
    }

    /// What has happened since the last look.
    pub(crate) fn log(&mut self) -> Vec<String> {
        std::mem::take(&mut self.sink.borrow_mut().0)
    }

    pub(crate) fn mirror(&self) -> serde_json::Value {
        let mut out = String::new();
        self.protocol.mirror(&mut out);
        serde_json::from_str(&out).expect("the mirror is JSON")
    }
}
