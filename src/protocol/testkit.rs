//! A service without a network, for the tests of the border: what it does is what the host asks for.
//!
//! The option `url` says how connecting goes: `testkit:` is READY at once, `testkit:connected` stops at CONNECTED,
//! `testkit:stall` never answers, `testkit:retry` loses every attempt, `testkit:give_up` fails for good.
//!
//! The operations of `call`, each with its parameters as JSON:
//! `emit` {count, kind, text, id, name, value, bytes, json, number}: emits events, then ends. `number` asks the border for that kind number.
//! `echo` anything: ends with its parameters as the answer. `hold`: ends never. `twice`: ends twice. `later` {ms}: ends after that time.
//! `fail` {status}: ends with that status. `panic` {at: "act", "handle" or "check"}. `ready` {ready}. `lost` {how}.

use serde::Deserialize;

use super::{Checker, Cx, Input, Loss, Outcome, Protocol, TimerId};
use crate::model::{Action, Error, Event, Kind, Nanos, Options, RequestId, Status, Tag, key, millis};

const LATER: TimerId = 0;
const PANIC: TimerId = 1;

/// Makes it.
pub(super) fn make(options: &Options) -> Result<Box<dyn Protocol>, Error> {
    let url = options.str(key::URL);
    let opening = match url.strip_prefix("testkit:").unwrap_or(url) {
        "" => Opening::Ready,
        "connected" => Opening::Connected,
        "stall" => Opening::Stall,
        "retry" => Opening::Lost("retry"),
        "give_up" => Opening::Lost("give_up"),
        other => return Err(Error::invalid(format!("option url: testkit knows no opening \"{other}\""))),
    };
    Ok(Box::new(Testkit { opening, begun: 0, ready: false, later: Vec::new() }))
}

#[derive(Clone, Copy)]
enum Opening {
    Ready,
    Connected,
    Stall,
    Lost(&'static str),
}

struct Testkit {
    opening: Opening,
    begun: u32,
    ready: bool,
    later: Vec<(Nanos, RequestId)>,
}

#[derive(Deserialize)]
#[serde(default)]
struct Emit {
    count: u32,
    kind: String,
    text: String,
    id: String,
    name: String,
    value: Option<i64>,
    bytes: usize,
    json: usize,
    number: i32,
}

impl Default for Emit {
    fn default() -> Emit {
        let (text, id, name) = (String::new(), String::new(), String::new());
        Emit { count: 1, kind: "MESSAGE".into(), text, id, name, value: None, bytes: 0, json: 0, number: 0 }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Detail {
    ms: u64,
    status: i32,
    at: String,
    ready: bool,
    how: String,
}

fn parse<'a, T: Deserialize<'a> + Default>(json: &'a str) -> Result<T, Error> {
    if json.is_empty() {
        return Ok(T::default());
    }
    serde_json::from_str(json).map_err(|error| Error::invalid(format!("json: {error}")))
}

fn kind(name: &str) -> Result<Kind, Error> {
    let found = Kind::ALL.iter().find(|kind| kind.name() == name);
    found.copied().ok_or_else(|| Error::invalid(format!("json: there is no kind \"{name}\"")))
}

fn check(action: &Action) -> Result<(), Error> {
    let Action::Call { name, json } = action else { return Ok(()) };
    match name.as_str() {
        "emit" => kind(&parse::<Emit>(json)?.kind).map(drop),
        "panic" if parse::<Detail>(json)?.at == "check" => panic!("the test asked for it"),
        "later" | "fail" | "panic" | "ready" | "lost" => parse::<Detail>(json).map(drop),
        "echo" | "hold" | "twice" => Ok(()),
        other => Err(Error::invalid(format!("testkit has no operation \"{other}\""))),
    }
}

impl Testkit {
    fn set_ready(&mut self, ready: bool, cx: &mut Cx<'_>) {
        self.ready = ready;
        cx.ready(ready);
        cx.mirror_changed();
    }

    fn call(&mut self, request: RequestId, tag: Tag, name: &str, json: &str, cx: &mut Cx<'_>) -> Result<(), Error> {
        if name == "emit" {
            emit(request, tag, &parse(json)?, cx)?;
            cx.finish(request, Outcome::ok());
            return Ok(());
        }
        if name == "echo" {
            cx.finish(request, Outcome { json: json.to_owned(), ..Outcome::ok() });
            return Ok(());
        }
        if name == "twice" {
            cx.finish(request, Outcome::ok());
            cx.finish(request, Outcome::failed(Error::new(Status::Service, "an end too many")));
            return Ok(());
        }
        if name == "hold" {
            return Ok(());
        }
        let detail: Detail = parse(json)?;
        match name {
            "later" => {
                self.later.push((cx.now + millis(detail.ms), request));
                self.later.sort_unstable();
                cx.timer(LATER, self.later[0].0);
            }
            "fail" => {
                let status = Status::from_number(detail.status).unwrap_or(Status::Service);
                cx.finish(request, Outcome::failed(Error::new(status, "the test asked for it")));
            }
            "panic" if detail.at == "handle" => cx.timer(PANIC, cx.now),
            "panic" => panic!("the test asked for it"),
            "ready" => {
                self.set_ready(detail.ready, cx);
                cx.finish(request, Outcome::ok());
            }
            _ => {
                cx.finish(request, Outcome::ok());
                cx.lost(loss(&detail.how));
            }
        }
        Ok(())
    }
}

fn emit(request: RequestId, tag: Tag, wanted: &Emit, cx: &mut Cx<'_>) -> Result<(), Error> {
    let type_ = if wanted.number == 0 { String::from("testkit") } else { format!("testkit.kind.{}", wanted.number) };
    let data = vec![0x5A; wanted.bytes];
    let json = format!(r#"{{"type":"testkit","data":{{"text":"{}","n":7,"pad":"{}"}}}}"#, "t", "x".repeat(wanted.json));
    let body = &json[json.find(":{").map_or(0, |at| at + 1)..json.len() - 1];
    for n in 0..wanted.count {
        cx.emit(&Event {
            request,
            tag,
            value: wanted.value.unwrap_or(i64::from(n)),
            name: &wanted.name,
            type_: &type_,
            text: &wanted.text,
            id: &wanted.id,
            data: &data,
            json: &json,
            body,
            ..Event::new(kind(&wanted.kind)?)
        });
    }
    Ok(())
}

fn loss(how: &str) -> Loss {
    let error = Error::new(Status::ConnectionLost, "the test asked for it");
    match how {
        "give_up" => Loss::GiveUp { error },
        "credential" => Loss::RetryWithCredential { error },
        _ => Loss::Retry { error, after: None },
    }
}

impl Protocol for Testkit {
    fn begin(&mut self, cx: &mut Cx<'_>) {
        self.begun += 1;
        match self.opening {
            Opening::Stall => {}
            Opening::Lost(how) => cx.lost(loss(how)),
            Opening::Connected => cx.connected(),
            Opening::Ready => {
                cx.connected();
                self.set_ready(true, cx);
            }
        }
    }

    fn handle(&mut self, input: Input<'_>, cx: &mut Cx<'_>) {
        match input {
            Input::Timer(PANIC) => panic!("the test asked for it"),
            Input::Timer(_) => {
                while let Some((at, request)) = self.later.first().copied() {
                    if at > cx.now {
                        cx.timer(LATER, at);
                        break;
                    }
                    self.later.remove(0);
                    cx.finish(request, Outcome::ok());
                }
            }
            Input::Abandoned(request) => self.later.retain(|(_, other)| *other != request),
            _ => {}
        }
    }

    fn act(&mut self, request: RequestId, tag: Tag, action: Action, cx: &mut Cx<'_>) {
        match action {
            Action::Call { name, json } => {
                if let Err(error) = self.call(request, tag, &name, &json, cx) {
                    cx.finish(request, Outcome::failed(error));
                }
            }
            Action::Say(say) => {
                cx.emit(&Event { request, tag, text: &say.text, role: "assistant", ..Event::new(Kind::Message) });
                cx.finish(request, Outcome::ok());
            }
            _ => cx.finish(request, Outcome::ok()),
        }
    }

    fn hears(&self) -> bool {
        true
    }

    fn audio(&mut self, pcm: &[u8], cx: &mut Cx<'_>) {
        cx.emit(&Event { data: pcm, name: "microphone", ..Event::new(Kind::Audio) });
    }

    fn end(&mut self, cx: &mut Cx<'_>) {
        self.ready = false;
        cx.cancel_timer(LATER);
        for (_, request) in std::mem::take(&mut self.later) {
            let error = Error::new(Status::LinkLost, "the link was lost before the time had come");
            cx.finish(request, Outcome::failed(error));
        }
        cx.mirror_changed();
    }

    fn mirror(&self, out: &mut String) {
        use std::fmt::Write as _;
        let _ = write!(out, r#"{{"protocol":"testkit","ready":{},"begun":{}}}"#, self.ready, self.begun);
    }

    fn check(&self) -> Checker {
        check
    }
}
