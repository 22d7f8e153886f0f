//! A stage for the protocol alone: it does what the session does, and writes down what a host and a network would see.

use std::collections::BTreeMap;

use parlor::model::{
    Action, Error, Event, EventSink, Heard, Kind, KindSet, Nanos, Options, RequestId, Status, key, millis,
};
use parlor::protocol::{self, Cx, Effect, Failure, HttpAnswer, HttpCall, Input, Loss, Method, Protocol, SOUND};

/// An event, kept.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) kind: Kind,
    pub(crate) json: String,
    pub(crate) data: Vec<u8>,
}

struct Sink {
    lines: Vec<String>,
    events: Vec<Kept>,
    kinds: KindSet,
    ears: Option<BTreeMap<String, Heard>>,
}

impl EventSink for Sink {
    fn push(&mut self, event: &Event<'_>) {
        self.lines.push(line(event));
        self.events.push(Kept { kind: event.kind, json: event.json.into(), data: event.data.into() });
    }

    fn wants(&self, kind: Kind) -> bool {
        self.kinds.has(kind)
    }

    fn lazy(&self) -> bool {
        false
    }

    fn heard(&self, id: &str) -> Option<Heard> {
        self.ears.as_ref().and_then(|ears| ears.get(id).copied())
    }

    fn listened(&self) -> bool {
        self.ears.is_some()
    }

    fn silence(&mut self) {
        self.lines.push("silence".to_owned());
    }
}

fn line(event: &Event<'_>) -> String {
    let mut line = event.kind.name().to_owned();
    for (bit, name) in [(1, "FINAL"), (2, "SYNTHETIC"), (4, "SNAPSHOT")] {
        if event.flags & bit != 0 {
            line.push_str(&format!(" {name}"));
        }
    }
    if event.status != Status::Ok {
        line.push_str(&format!(" {}", event.status.name().trim_start_matches("PARLOR_")));
    }
    if event.kind == Kind::Service {
        line.push_str(&format!(" type={}", event.type_));
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
    sink: Sink,
    pub(crate) now: Nanos,
    timers: BTreeMap<u8, Nanos>,
    pub(crate) calls: Vec<(u64, HttpCall)>,
    requests: RequestId,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) sent: Vec<Vec<u8>>,
    decodes: bool,
}

pub(crate) const SESSIONS: &str = r#"{"$type":"chatsSessionsUpdated","sessions":[{"sessionId":"S","chatId":"C","characters":[{"id":"c1","name":"Ann"}]}]}"#;
pub(crate) const WELCOME: &str =
    r#"{"$type":"welcome","voxtaServerVersion":"1","apiVersion":"2025-11","user":{"id":"u","name":"You"}}"#;

impl Stage {
    pub(crate) fn new(set: &[(&str, &str)]) -> Stage {
        let mut options = Options::default();
        for (name, value) in [("protocol", "voxta"), ("url", "http://vx")].iter().chain(set) {
            options.set_named(name, value).expect(name);
        }
        let kinds = KindSet::parse(options.str(key::EVENTS_KINDS)).expect("kinds");
        Stage {
            protocol: protocol::create(&options).expect("good options"),
            sink: Sink { lines: Vec::new(), events: Vec::new(), kinds, ears: None },
            decodes: options.str(key::PROTOCOL) == "voxta" && options.i64(key::VOXTA_SPEECH) == 2,
            now: millis(1_000_000),
            timers: BTreeMap::new(),
            calls: Vec::new(),
            requests: 0,
            headers: Vec::new(),
            sent: Vec::new(),
        }
    }

    /// What the protocol's plain checker says of an action.
    pub(crate) fn check(action: &Action) -> Result<(), Error> {
        (Stage::new(&[]).protocol.check())(action)
    }

    /// Welcomed; what has happened until then is forgotten.
    pub(crate) fn welcomed(set: &[(&str, &str)]) -> Stage {
        let mut stage = Stage::new(set);
        stage.begin();
        stage.open();
        stage.raw("{}\u{1e}");
        stage.hub(WELCOME);
        stage.log();
        stage
    }

    /// The same in a chat.
    pub(crate) fn ready(set: &[(&str, &str)]) -> Stage {
        let mut stage = Stage::welcomed(set);
        stage.hub(SESSIONS);
        stage.log();
        stage
    }

    fn step(&mut self, step: impl FnOnce(&mut dyn Protocol, &mut Cx<'_>)) {
        let mut effects = Vec::new();
        step(self.protocol.as_mut(), &mut Cx::new(self.now, &mut self.sink, &mut effects));
        let mut lost = None;
        for effect in effects {
            match effect {
                Effect::Lost(loss) => lost = Some(loss),
                Effect::Finish { .. } => self.carry_out(effect),
                other if lost.is_none() => self.carry_out(other),
                _ => {}
            }
        }
        match lost {
            Some(loss) => {
                let text = match &loss {
                    Loss::Retry { error, after: None } => format!("lost: retry {}", error.text),
                    Loss::Retry { error, after: Some(after) } => {
                        format!("lost: retry after {} ms {}", after / millis(1), error.text)
                    }
                    Loss::RetryWithCredential { error } => format!("lost: credential {}", error.text),
                    Loss::GiveUp { error } => format!("lost: give up {}", error.text),
                };
                self.sink.lines.push(text);
                self.let_go();
            }
            None => self.due(),
        }
    }

    pub(crate) fn let_go(&mut self) {
        self.timers.clear();
        self.calls.clear();
        let mut effects = Vec::new();
        self.protocol.end(&mut Cx::new(self.now, &mut self.sink, &mut effects));
        for effect in effects {
            if matches!(effect, Effect::Finish { .. } | Effect::Timer { .. }) {
                self.carry_out(effect);
            }
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        let line = match effect {
            Effect::Dial { socket, dial } => {
                self.headers = dial.headers;
                format!("dial {socket} {}", dial.url)
            }
            Effect::SendText { socket: 0, text } => format!("send {}", text.trim_end_matches('\u{1e}')),
            Effect::SendText { text, .. } => format!("microphone {text}"),
            Effect::SendBinary { data, .. } => {
                self.sent.push(data);
                return;
            }
            Effect::Close { socket, code, .. } => format!("close {socket} {code}"),
            Effect::Http { call, http } | Effect::Sound { call, http } => {
                let line = format!("http {:?} {} {}", http.method, http.url, String::from_utf8_lossy(&http.body));
                self.calls.push((call, http));
                line
            }
            Effect::Timer { timer, at: Some(at) } => {
                self.timers.insert(timer, at);
                return;
            }
            Effect::Timer { timer, at: None } => {
                self.timers.remove(&timer);
                return;
            }
            Effect::Finish { request, outcome } => {
                let (status, text) = match outcome.error {
                    Some(error) => (error.status, error.text),
                    None => (Status::Ok, outcome.json),
                };
                format!("done {request} {} {text}", status.name().trim_start_matches("PARLOR_"))
            }
            Effect::Connected => "CONNECTED".into(),
            Effect::Ready(ready) => if ready { "READY" } else { "NOT READY" }.into(),
            Effect::Patience => "patience".into(),
            Effect::Deadline { .. } | Effect::Lost(_) => return,
        };
        self.sink.lines.push(line.trim_end().to_owned());
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
        self.opened(0);
    }

    pub(crate) fn opened(&mut self, socket: u8) {
        self.step(|protocol, cx| protocol.handle(Input::Opened { socket }, cx));
    }

    /// A WebSocket message.
    pub(crate) fn raw(&mut self, text: &str) {
        self.step(|protocol, cx| protocol.handle(Input::Text { socket: 0, text }, cx));
    }

    /// A message of the hub.
    pub(crate) fn hub(&mut self, json: &str) {
        self.raw(&format!("{{\"type\":1,\"target\":\"ReceiveMessage\",\"arguments\":[{json}]}}\u{1e}"));
    }

    pub(crate) fn closed(&mut self, socket: u8, http_status: u16, close_code: u16) {
        let failure = Failure { http_status, close_code, ..Failure::new(Status::ConnectionLost, "it ended") };
        self.step(|protocol, cx| protocol.handle(Input::Closed { socket, failure: &failure }, cx));
    }

    /// Answers the HTTP call at this place of those that are under way.
    pub(crate) fn answer(&mut self, at: usize, status: u16, headers: &[(String, String)], body: &[u8]) {
        let (call, http) = self.calls.remove(at);
        // What the driver decodes comes in as the samples that stand behind the head of a WAV file.
        let rate = |body: &[u8]| u32::from_le_bytes([body[24], body[25], body[26], body[27]]);
        let sound = http.method == Method::Get && self.decodes && body.starts_with(b"RIFF");
        let decoded = [("content-type".to_owned(), format!("{SOUND}{}", if sound { rate(body) } else { 0 }))];
        let (headers, body) = if sound { (&decoded[..], &body[44..]) } else { (headers, body) };
        let answer = HttpAnswer { status, headers, body };
        self.step(|protocol, cx| protocol.handle(Input::Http { call, answer: Ok(answer) }, cx));
    }

    pub(crate) fn act(&mut self, action: Action) -> RequestId {
        self.requests += 1;
        let request = self.requests;
        self.step(|protocol, cx| protocol.act(request, 0, action, cx));
        request
    }

    pub(crate) fn call(&mut self, name: &str, json: &str) -> RequestId {
        self.act(Action::Call { name: name.into(), json: json.into() })
    }

    pub(crate) fn audio(&mut self, pcm: &[u8]) {
        self.step(|protocol, cx| protocol.audio(pcm, cx));
    }

    /// An audio thread of the host has heard so much of a reply.
    pub(crate) fn hear(&mut self, id: &str, ms: u64, whole: bool) {
        self.sink.ears.get_or_insert_default().insert(id.to_owned(), Heard { ms, whole });
    }

    /// There is no audio thread any more.
    pub(crate) fn deaf(&mut self) {
        self.sink.ears = None;
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
        self.sink.events.clear();
        std::mem::take(&mut self.sink.lines)
    }

    /// The events since the last look.
    pub(crate) fn events(&mut self) -> Vec<Kept> {
        self.sink.lines.clear();
        std::mem::take(&mut self.sink.events)
    }
}
