//! A host program: one client, and everything that it was told.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parlor::core::{Client, Destroyed};
use parlor::model::{Action, Kind, Options, RequestId, Say, Status};
use parlor::runtime::PLATFORM;
use parlor::sim::toolchat::{Config, ToolchatSim};

/// The longest that anything may take before it counts as hung.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const TOOLS: &str =
    r#"[{"name":"add","description":"adds","parameters":[]},{"name":"fail","description":"fails","parameters":[]}]"#;

#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) kind: Kind,
    pub(crate) status: Status,
    pub(crate) request: RequestId,
    pub(crate) value: i64,
    pub(crate) text: String,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) json: String,
    pub(crate) data: Vec<u8>,
}

impl Told {
    /// `READY`, `RECONNECTING:REFUSED`, `DONE:TIMEOUT`, `SENTENCE`.
    pub(crate) fn word(&self) -> String {
        let what = match self.kind {
            Kind::State => self.name.clone(),
            Kind::RequestDone => "DONE".to_owned(),
            kind => kind.name().to_owned(),
        };
        match self.status {
            Status::Ok => what,
            status => format!("{what}:{}", status.name().trim_start_matches("PARLOR_ERR_")),
        }
    }
}

pub(crate) fn sim(change: impl FnOnce(&mut Config)) -> ToolchatSim {
    let mut config = Config::default();
    change(&mut config);
    ToolchatSim::spawn(config).expect("a port of the loopback")
}

pub(crate) struct Host {
    pub(crate) client: Arc<Client>,
    waiting: VecDeque<Told>,
}

impl Host {
    /// A client that is quick to come back.
    pub(crate) fn new(url: &str, more: &[(&str, &str)]) -> Host {
        let base = [
            ("protocol", "toolchat"),
            ("url", url),
            ("credential", "token"),
            ("proxy", "none"),
            ("retry.initial_ms", "20"),
            ("retry.max_ms", "50"),
        ];
        let mut options = Options::default();
        for (name, value) in base.iter().chain(more) {
            options.set_named(name, value).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        let client = Client::new(&options, None, &PLATFORM).expect("a client");
        Host { client, waiting: VecDeque::new() }
    }

    pub(crate) fn connecting(url: &str, more: &[(&str, &str)]) -> Host {
        let host = Host::new(url, more);
        host.client.connect(0).expect("it is alive");
        host
    }

    /// A client with two tools that is ready.
    pub(crate) fn ready(url: &str, more: &[(&str, &str)]) -> Host {
        let mut host = Host::new(url, more);
        host.act(Action::SetTools { json: TOOLS.into() });
        host.client.connect(0).expect("it is alive");
        host.until("READY");
        host
    }

    pub(crate) fn act(&self, action: Action) -> RequestId {
        self.client.act(action, 0).unwrap_or_else(|error| panic!("{error}"))
    }

    pub(crate) fn say(&self, text: &str) -> RequestId {
        self.act(Action::Say(Say { text: text.into(), json: String::new() }))
    }

    pub(crate) fn result(&self, id: &str, result: &str, failed: bool) -> RequestId {
        self.act(Action::ToolResult { id: id.into(), result: result.into(), failed })
    }

    pub(crate) fn call(&self, name: &str, json: &str) -> RequestId {
        self.act(Action::Call { name: name.into(), json: json.into() })
    }

    /// The next event, or `None` when none has come until then.
    pub(crate) fn next(&mut self, deadline: Instant) -> Option<Told> {
        while self.waiting.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            let batch = self.client.take(Some(left)).expect("a client that is alive")?;
            self.waiting.extend(batch.records().map(|record| {
                let event = record.event();
                Told {
                    kind: event.kind,
                    status: event.status,
                    request: event.request,
                    value: event.value,
                    text: event.text.to_owned(),
                    id: event.id.to_owned(),
                    name: event.name.to_owned(),
                    json: event.json.to_owned(),
                    data: event.data.to_vec(),
                }
            }));
            self.client.recycle(batch);
        }
        self.waiting.pop_front()
    }

    /// Passes over events until this word comes.
    #[track_caller]
    pub(crate) fn until(&mut self, word: &str) -> Told {
        self.until_any(word, |told| told.word() == word)
    }

    /// The end of a request.
    #[track_caller]
    pub(crate) fn done(&mut self, request: RequestId) -> Told {
        self.until_any("its end", |told| told.kind == Kind::RequestDone && told.request == request)
    }

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

    /// Every state up to this one, with the news of what a reconnect could not recover.
    #[track_caller]
    pub(crate) fn states(&mut self, last: &str) -> Vec<String> {
        let mut words = Vec::new();
        while words.last().is_none_or(|word| word != last) {
            words.push(self.until_any(last, |told| matches!(told.kind, Kind::State | Kind::Gap)).word());
        }
        words
    }

    /// What comes within this time, each as its word.
    pub(crate) fn words(&mut self, limit: Duration) -> Vec<String> {
        let deadline = Instant::now() + limit;
        std::iter::from_fn(|| self.next(deadline)).map(|told| told.word()).collect()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        assert_eq!(self.client.destroy(), Destroyed::Done);
    }
}

/// Waits until something has become so.
#[track_caller]
pub(crate) fn eventually(what: &str, so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !so() {
        assert!(Instant::now() < deadline, "{what} did not come true in {PATIENCE:?}");
        std::thread::yield_now();
    }
}

/// What was asked of the service over HTTP: `POST /api/v1/tickets`.
pub(crate) fn asked(sim: &ToolchatSim) -> Vec<String> {
    let entries = sim.record().entries();
    entries.iter().filter_map(|entry| entry.http()).map(|(method, path, _)| format!("{method} {path}")).collect()
}

/// The messages that the service was sent, without heartbeats.
pub(crate) fn sent(sim: &ToolchatSim) -> Vec<String> {
    sim.record().entries().iter().filter_map(|entry| entry.text().map(str::to_owned)).collect()
}
