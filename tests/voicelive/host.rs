//! A host program: one client, and everything that it was told.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parlor::core::Client;
use parlor::model::{Action, Kind, Options, Playback, PlaybackPhase, RequestId, Say, Secret, State, Status};
use parlor::runtime::PLATFORM;
use parlor::sim::voicelive::{Config, VoiceLiveSim};
use serde_json::Value;

/// The longest that anything may take before it counts as hung.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// One event, copied out of its batch.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) kind: Kind,
    pub(crate) status: Status,
    pub(crate) flags: u32,
    pub(crate) value: i64,
    pub(crate) request: RequestId,
    pub(crate) type_: String,
    pub(crate) text: String,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) role: String,
    pub(crate) json: String,
    pub(crate) data: Vec<u8>,
}

impl Told {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.json).unwrap_or_default()
    }
}

/// A client, and what it has told.
pub(crate) struct Host {
    pub(crate) client: Arc<Client>,
    waiting: VecDeque<Told>,
}

impl Host {
    pub(crate) fn new(url: &str, set: &[(&str, &str)]) -> Host {
        let base = [
            ("protocol", "voicelive"),
            ("url", url),
            ("proxy", "none"),
            ("voicelive.model", "gpt-realtime"),
            ("retry.initial_ms", "5"),
            ("retry.max_ms", "20"),
        ];
        let mut options = Options::default();
        for (name, value) in base.iter().chain(set) {
            options.set_named(name, value).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        let client = Client::new(&options, None, &PLATFORM).unwrap_or_else(|error| panic!("no client: {error}"));
        client.connect(0).unwrap();
        Host { client, waiting: VecDeque::new() }
    }

    pub(crate) fn ready(url: &str, set: &[(&str, &str)]) -> Host {
        let mut host = Host::new(url, set);
        host.state(State::Ready);
        host
    }

    pub(crate) fn next(&mut self, patience: Duration) -> Option<Told> {
        let deadline = Instant::now() + patience;
        while self.waiting.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            let batch = self.client.take(Some(left)).unwrap()?;
            for record in batch.records() {
                let event = record.event();
                self.waiting.push_back(Told {
                    kind: event.kind,
                    status: event.status,
                    flags: event.flags,
                    value: event.value,
                    request: event.request,
                    type_: event.type_.to_owned(),
                    text: event.text.to_owned(),
                    id: event.id.to_owned(),
                    name: event.name.to_owned(),
                    role: event.role.to_owned(),
                    json: event.json.to_owned(),
                    data: event.data.to_vec(),
                });
            }
            self.client.recycle(batch);
        }
        self.waiting.pop_front()
    }

    /// Everything up to the first event that fits, that one last.
    #[track_caller]
    pub(crate) fn up_to(&mut self, what: &str, fits: impl Fn(&Told) -> bool) -> Vec<Told> {
        let mut seen = Vec::new();
        while let Some(told) = self.next(PATIENCE) {
            seen.push(told);
            if seen.last().is_some_and(&fits) {
                return seen;
            }
        }
        let seen: Vec<String> =
            seen.iter().map(|told| format!("{:?} {} {}", told.kind, told.type_, told.text)).collect();
        panic!("{what} did not come; what came: {}", seen.join("\n"));
    }

    #[track_caller]
    pub(crate) fn until(&mut self, kind: Kind) -> Told {
        self.up_to(kind.name(), |told| told.kind == kind).pop().unwrap()
    }

    #[track_caller]
    pub(crate) fn service(&mut self, type_: &str) -> Told {
        self.up_to(type_, |told| told.kind == Kind::Service && told.type_ == type_).pop().unwrap()
    }

    #[track_caller]
    pub(crate) fn state(&mut self, state: State) -> Told {
        let fits = |told: &Told| told.kind == Kind::State && told.value == state as i64;
        self.up_to(state.name(), fits).pop().unwrap()
    }

    #[track_caller]
    pub(crate) fn done(&mut self, request: RequestId) -> Told {
        let fits = |told: &Told| told.kind == Kind::RequestDone && told.request == request;
        self.up_to("REQUEST_DONE", fits).pop().unwrap()
    }

    pub(crate) fn act(&self, action: Action) -> RequestId {
        self.client.act(action, 0).unwrap_or_else(|error| panic!("{error}"))
    }

    pub(crate) fn say(&self, text: &str) -> RequestId {
        self.act(Action::Say(Say { text: text.to_owned(), json: String::new() }))
    }

    pub(crate) fn call(&self, name: &str, json: &str) -> RequestId {
        self.act(Action::Call { name: name.to_owned(), json: json.to_owned() })
    }

    pub(crate) fn answer(&self, id: &str, result: &str) -> RequestId {
        self.act(Action::ToolResult { id: id.to_owned(), result: result.to_owned(), failed: false })
    }

    pub(crate) fn credential(&self, value: &str) -> RequestId {
        self.act(Action::SetCredential { value: Secret::new(value) })
    }

    pub(crate) fn played(&self, phase: PlaybackPhase, json: &str) -> RequestId {
        let (id, sender) = (String::new(), String::new());
        self.act(Action::Playback(Playback { phase, id, sender, json: json.to_owned() }))
    }

    pub(crate) fn mirror(&self) -> Value {
        serde_json::from_str(&self.client.mirror()).unwrap()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.client.destroy();
    }
}

/// A simulator with these changes.
pub(crate) fn sim(change: impl FnOnce(&mut Config)) -> VoiceLiveSim {
    let mut config = Config::default();
    change(&mut config);
    VoiceLiveSim::spawn(config).unwrap()
}

/// Every text message that the simulator has received, as JSON.
pub(crate) fn sent(sim: &VoiceLiveSim) -> Vec<Value> {
    sim.record().entries().iter().filter_map(|entry| serde_json::from_str(entry.text()?).ok()).collect()
}

/// The types of them.
pub(crate) fn sent_types(sim: &VoiceLiveSim) -> Vec<String> {
    sent(sim).iter().map(|message| message["type"].as_str().unwrap_or_default().to_owned()).collect()
}

/// So many milliseconds of speech or of silence, as PCM16 at 24 kHz.
pub(crate) fn pcm(ms: usize, loud: bool) -> Vec<u8> {
    let sample: i16 = if loud { 8000 } else { 0 };
    sample.to_le_bytes().repeat(ms * 24)
}
