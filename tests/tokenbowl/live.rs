//! A client as a host has it, with the events that it has taken so far.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parlor::core::Client;
use parlor::model::{Action, Kind, Options, RequestId, Say, State, Status};
use parlor::runtime::PLATFORM;

/// How long anything may take before the test has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// An event, kept.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) kind: Kind,
    pub(crate) status: Status,
    pub(crate) flags: u32,
    pub(crate) request: RequestId,
    pub(crate) value: i64,
    pub(crate) type_: String,
    pub(crate) text: String,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) sender: String,
    pub(crate) role: String,
    pub(crate) json: String,
}

/// A client with what it has told. It is destroyed with the test.
pub(crate) struct Live {
    pub(crate) client: Arc<Client>,
    pub(crate) events: Vec<Kept>,
    next: usize,
}

impl Drop for Live {
    fn drop(&mut self) {
        self.client.destroy();
    }
}

impl Live {
    pub(crate) fn new(set: &[(&str, &str)]) -> Live {
        let mut options = Options::default();
        // Tests do not wait longer than they must, nor through a proxy.
        for (name, value) in [("retry.initial_ms", "20"), ("retry.max_ms", "300"), ("proxy", "none")] {
            options.set_named(name, value).expect(name);
        }
        for (name, value) in set {
            options.set_named(name, value).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        let client = Client::new(&options, None, &PLATFORM).expect("good options");
        Live { client, events: Vec::new(), next: 0 }
    }

    /// The same, connected and ready.
    pub(crate) fn ready(set: &[(&str, &str)]) -> Live {
        let mut live = Live::new(set);
        live.client.connect(0).expect("not destroyed");
        live.until("READY", |event| event.kind == Kind::State && event.value == State::Ready as i64);
        live
    }

    pub(crate) fn take(&mut self, patience: Duration) {
        if let Some(batch) = self.client.take(Some(patience)).expect("not destroyed") {
            for at in 0..batch.len() {
                let event = batch.record(at).event();
                self.events.push(Kept {
                    kind: event.kind,
                    status: event.status,
                    flags: event.flags,
                    request: event.request,
                    value: event.value,
                    type_: event.type_.into(),
                    text: event.text.into(),
                    id: event.id.into(),
                    name: event.name.into(),
                    sender: event.sender.into(),
                    role: event.role.into(),
                    json: event.json.into(),
                });
            }
            self.client.recycle(batch);
        }
    }

    /// Waits for an event that has not been waited for before, and hands it back.
    pub(crate) fn until(&mut self, what: &str, wanted: impl Fn(&Kept) -> bool) -> Kept {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = self.events[self.next..].iter().position(&wanted) {
                self.next += found + 1;
                return self.events[self.next - 1].clone();
            }
            assert!(Instant::now() < end, "{what} never came; but these did: {:#?}", &self.events[self.next..]);
            self.take(Duration::from_millis(200));
        }
    }

    pub(crate) fn state(&mut self, state: State) -> Kept {
        self.until(state.name(), |event| event.kind == Kind::State && event.value == state as i64)
    }

    pub(crate) fn act(&mut self, action: Action) -> RequestId {
        self.client.act(action, 0).unwrap_or_else(|error| panic!("{error}"))
    }

    pub(crate) fn say(&mut self, text: &str, json: &str) -> RequestId {
        self.act(Action::Say(Say { text: text.into(), json: json.into() }))
    }

    /// The end of a request, wherever it stands among the events.
    pub(crate) fn done(&mut self, request: RequestId) -> Kept {
        let end = Instant::now() + PATIENCE;
        loop {
            let found = self.events.iter().find(|event| event.kind == Kind::RequestDone && event.request == request);
            if let Some(found) = found {
                return found.clone();
            }
            assert!(Instant::now() < end, "the request never ended");
            self.take(Duration::from_millis(200));
        }
    }

    /// Makes a call and waits for its end.
    pub(crate) fn call(&mut self, name: &str, json: &str) -> Kept {
        let request = self.act(Action::Call { name: name.into(), json: json.into() });
        self.done(request)
    }

    pub(crate) fn subscribe(&mut self, json: &str) -> Kept {
        let request = self.act(Action::Subscribe { json: json.into() });
        self.done(request)
    }

    pub(crate) fn of(&self, kind: Kind) -> Vec<&Kept> {
        self.events.iter().filter(|event| event.kind == kind).collect()
    }
}

/// Waits until something is so.
pub(crate) fn eventually(what: &str, mut so: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !so() {
        assert!(Instant::now() < end, "never: {what}");
        std::thread::yield_now();
    }
}
