//! A host program: one client, and everything that it was told.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parlor::core::{Client, Destroyed, Record};
use parlor::model::{Action, Kind, Options, RequestId, Say, State, Status};
use parlor::runtime::PLATFORM;

/// The longest that anything may take before it counts as hung.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// One event, copied out of its batch.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) kind: Kind,
    pub(crate) status: Status,
    pub(crate) value: i64,
    pub(crate) request: RequestId,
    pub(crate) text: String,
    pub(crate) type_: String,
    pub(crate) name: String,
    pub(crate) json: String,
    pub(crate) data: Vec<u8>,
    pub(crate) at: Instant,
}

impl Told {
    fn of(record: Record<'_>) -> Told {
        let event = record.event();
        Told {
            kind: event.kind,
            status: event.status,
            value: event.value,
            request: event.request,
            text: event.text.to_owned(),
            type_: event.type_.to_owned(),
            name: event.name.to_owned(),
            json: event.json.to_owned(),
            data: event.data.to_vec(),
            at: Instant::now(),
        }
    }

    /// The event in one word: `READY`, `RECONNECTING:REFUSED`, `DONE:TIMEOUT`, `SERVICE(snapshot)`, `SENTENCE`.
    pub(crate) fn word(&self) -> String {
        let what = match self.kind {
            Kind::State => self.name.clone(),
            Kind::RequestDone => "DONE".to_owned(),
            Kind::Service => format!("SERVICE({})", self.type_),
            kind => kind.name().to_owned(),
        };
        if self.status == Status::Ok { what } else { format!("{what}:{}", short(self.status)) }
    }
}

/// A status without the words that all of them begin with.
pub(crate) fn short(status: Status) -> &'static str {
    let name = status.name();
    name.strip_prefix("PARLOR_ERR_").or_else(|| name.strip_prefix("PARLOR_")).unwrap_or(name)
}

/// Options by name: quick to come back, no proxy from the environment, nothing about the comings and goings of others.
pub(crate) fn options(url: &str, more: &[(&str, &str)]) -> Options {
    let base = [
        ("url", url),
        ("proxy", "none"),
        ("events.kinds", "-PRESENCE"),
        ("retry.initial_ms", "20"),
        ("retry.max_ms", "50"),
    ];
    let mut options = Options::default();
    for (name, value) in base.iter().chain(more) {
        options.set_named(name, value).unwrap_or_else(|error| panic!("{name} = {value}: {error}"));
    }
    options
}

/// A client, and what it has told.
pub(crate) struct Host {
    pub(crate) client: Arc<Client>,
    waiting: VecDeque<Told>,
    destroyed: bool,
}

impl Host {
    pub(crate) fn new(options: &Options) -> Host {
        let client = Client::new(options, None, &PLATFORM).unwrap_or_else(|error| panic!("no client: {error}"));
        Host { client, waiting: VecDeque::new(), destroyed: false }
    }

    /// A client that is on its way to this address.
    pub(crate) fn connecting(url: &str, more: &[(&str, &str)]) -> Host {
        let host = Host::new(&options(url, more));
        host.client.connect(0).expect("it is alive");
        host
    }

    /// A client that takes part in a conversation.
    pub(crate) fn ready(url: &str, more: &[(&str, &str)]) -> Host {
        let mut host = Host::connecting(url, more);
        host.until("READY");
        host
    }

    /// The next event, or `None` when none has come until then.
    pub(crate) fn next(&mut self, deadline: Instant) -> Option<Told> {
        while self.waiting.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            let batch = self.client.take(Some(left)).expect("a client that is alive")?;
            self.waiting.extend(batch.records().map(Told::of));
            self.client.recycle(batch);
        }
        self.waiting.pop_front()
    }

    /// Passes over events until this word comes.
    #[track_caller]
    pub(crate) fn until(&mut self, word: &str) -> Told {
        self.until_any(&format!("\"{word}\""), |told| told.word() == word)
    }

    /// Passes over events until one fits.
    #[track_caller]
    pub(crate) fn until_any(&mut self, what: &str, fits: impl Fn(&Told) -> bool) -> Told {
        let deadline = Instant::now() + PATIENCE;
        let mut passed = Vec::new();
        while let Some(told) = self.next(deadline) {
            if fits(&told) {
                return told;
            }
            passed.push(told.word());
        }
        panic!("{what} did not come in {PATIENCE:?}; what came: {}", passed.join(" "));
    }

    /// Says something; gives the request.
    pub(crate) fn say(&self, text: &str) -> RequestId {
        let say = Say { text: text.to_owned(), json: String::new() };
        self.client.act(Action::Say(say), 0).unwrap_or_else(|error| panic!("say: {error}"))
    }

    /// Calls an operation by its name; gives the request.
    pub(crate) fn call(&self, name: &str, json: &str) -> RequestId {
        let call = Action::Call { name: name.to_owned(), json: json.to_owned() };
        self.client.act(call, 0).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Waits for the end of a request. The other events stay where they are.
    #[track_caller]
    pub(crate) fn done(&mut self, request: RequestId) -> Told {
        let deadline = Instant::now() + PATIENCE;
        let mut others = VecDeque::new();
        while let Some(told) = self.next(deadline) {
            if told.kind == Kind::RequestDone && told.request == request {
                others.append(&mut self.waiting);
                self.waiting = others;
                return told;
            }
            others.push_back(told);
        }
        let came: Vec<String> = others.iter().map(Told::word).collect();
        panic!("request {request} did not end in {PATIENCE:?}; what came: {}", came.join(" "));
    }

    /// Forgets the events that have come and were not looked at.
    pub(crate) fn forget(&mut self) {
        while self.next(Instant::now()).is_some() {}
    }

    pub(crate) fn state(&self) -> State {
        self.client.state()
    }

    /// Destroys the client; gives the time it took.
    pub(crate) fn destroy(mut self) -> Duration {
        self.end()
    }

    fn end(&mut self) -> Duration {
        let began = Instant::now();
        if !std::mem::replace(&mut self.destroyed, true) {
            assert_eq!(self.client.destroy(), Destroyed::Done);
        }
        began.elapsed()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.end();
    }
}
