//! The session with a protocol that does as it is told, over scripted hours in no time.

use std::sync::Arc;
use std::time::Duration;

use super::{Command, Io, Session, SocketKey};
use crate::core::queue::Supply;
use crate::core::requests::{Pending, What};
use crate::core::shared::Shared;
use crate::model::{Action, Error, Kind, Nanos, Options, RequestId, State, Status, Tag, key, millis};
use crate::protocol::{Checker, Cx, Dial, Failure, Input, Loss, Outcome, Protocol};

/// Does what the texts from its socket and the names of its calls say.
#[derive(Default)]
struct Puppet {
    held: Vec<RequestId>,
    /// What waits for the next link, for a second at most.
    kept: Vec<RequestId>,
}

impl Protocol for Puppet {
    fn begin(&mut self, cx: &mut Cx<'_>) {
        cx.dial(0, Dial { url: "ws://user:secret@there/path?key=secret".into(), headers: Vec::new() });
    }

    fn handle(&mut self, input: Input<'_>, cx: &mut Cx<'_>) {
        match input {
            Input::Text { text: "accept", .. } => cx.connected(),
            Input::Text { text: "ready", .. } => cx.ready(true),
            Input::Text { text: "unready", .. } => cx.ready(false),
            Input::Text { text: "expired", .. } => {
                cx.lost(Loss::RetryWithCredential { error: Status::Unauthorized.into() });
            }
            Input::Text { text: "fatal", .. } => cx.lost(Loss::GiveUp { error: Error::new(Status::Forbidden, "no") }),
            Input::Text { text: "send kept", .. } => {
                self.kept.drain(..).for_each(|id| cx.send_text(0, format!("kept {id}")));
            }
            Input::Timer(3) => {
                self.kept.drain(..).for_each(|id| cx.finish(id, Outcome::failed(Status::Expired.into())));
            }
            Input::Text { text: "answer", .. } => self.held.drain(..).for_each(|id| cx.finish(id, Outcome::ok())),
            Input::Text { .. } | Input::Binary { .. } | Input::Opened { .. } | Input::Http { .. } | Input::Timer(_) => {
            }
            Input::Closed { failure, .. } => {
                cx.lost(Loss::Retry { error: failure.error.clone(), after: failure.retry_after });
            }
            Input::Abandoned(request) => {
                self.held.retain(|held| *held != request);
                self.kept.retain(|kept| *kept != request);
            }
        }
    }

    fn act(&mut self, request: RequestId, _tag: Tag, action: Action, cx: &mut Cx<'_>) {
        match action {
            Action::Call { name, .. } if name == "hold" => self.held.push(request),
            Action::Call { name, .. } if name == "keep" => self.kept.push(request),
            _ => cx.finish(request, Outcome::ok()),
        }
    }

    fn end(&mut self, cx: &mut Cx<'_>) {
        for request in self.held.drain(..) {
            cx.finish(request, Outcome::failed(Status::LinkLost.into()));
        }
        if !self.kept.is_empty() {
            cx.timer(3, cx.now + millis(1000));
        }
    }

    fn mirror(&self, out: &mut String) {
        out.push_str("{}");
    }

    fn check(&self) -> Checker {
        |_| Ok(())
    }
}

struct Stage {
    session: Session,
    shared: Arc<Shared>,
    now: Nanos,
    dialled: Option<SocketKey>,
    io: Vec<Io>,
}

impl Stage {
    fn new(set: &[(i32, i64)]) -> Stage {
        let mut options = Options::default();
        for (key, value) in set {
            options.set_i64(*key, *value).expect("in range");
        }
        let shared = Arc::new(Shared::new(&options));
        let session = Session::new(&options, Box::new(Puppet::default()), Arc::clone(&shared), 1);
        Stage { session, shared, now: millis(1), dialled: None, io: Vec::new() }
    }

    fn request(&self, what: What, deadline: Option<Nanos>) -> RequestId {
        self.shared.requests.register(Pending { tag: 9, what, deadline }).expect("room")
    }

    fn after(&mut self) {
        for io in self.session.take_io() {
            if let Io::Dial { key, .. } = &io {
                self.dialled = Some(*key);
            }
            self.io.push(io);
        }
    }

    fn command(&mut self, command: Command) {
        self.session.command(self.now, command);
        self.after();
    }

    fn connect(&mut self) -> RequestId {
        let request = self.request(What::Connect, None);
        self.command(Command::Connect(request));
        request
    }

    fn hold(&mut self, deadline: Option<Nanos>) -> RequestId {
        self.ask("hold", deadline)
    }

    fn ask(&mut self, name: &str, deadline: Option<Nanos>) -> RequestId {
        let request = self.request(What::Act, deadline);
        let action = Action::Call { name: name.into(), json: String::new() };
        self.command(Command::Act { request, tag: 9, action });
        request
    }

    fn key(&self) -> SocketKey {
        self.dialled.expect("dialled")
    }

    fn open(&mut self) {
        self.session.socket(self.now, self.key(), Input::Opened { socket: 0 });
        self.after();
    }

    fn text(&mut self, text: &str) {
        self.session.socket(self.now, self.key(), Input::Text { socket: 0, text });
        self.after();
    }

    fn accept(&mut self) {
        self.open();
        self.text("accept");
    }

    fn drop_link(&mut self) {
        let failure = Failure::new(Status::ConnectionLost, "gone");
        self.session.socket(self.now, self.key(), Input::Closed { socket: 0, failure: &failure });
        self.after();
    }

    /// Lets time pass from deadline to deadline.
    fn pass(&mut self, ms: u64) {
        let until = self.now + millis(ms);
        while let Some(at) = self.session.next_deadline().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.session.tick(self.now);
            self.after();
        }
        self.now = until;
    }

    fn events(&mut self) -> Vec<(Kind, i64, Status)> {
        self.session.refresh_mirror();
        self.shared.queue.commit(&mut self.session.staging().batch, Supply::Over);
        let Some(batch) = self.shared.queue.next(Some(Duration::ZERO)) else { return Vec::new() };
        batch.records().map(|record| record.event()).map(|event| (event.kind, event.value, event.status)).collect()
    }

    fn states(&mut self) -> Vec<State> {
        let events = self.events();
        events.iter().filter(|event| event.0 == Kind::State).map(|event| State::from_number(event.1 as i32)).collect()
    }
}

#[test]
fn a_good_connection_passes_through_its_states_and_ends_its_request() {
    let mut stage = Stage::new(&[]);
    stage.connect();
    stage.accept();
    stage.text("ready");
    stage.text("unready");
    let done = (Kind::RequestDone, 0, Status::Ok);
    assert_eq!(
        stage.events(),
        [
            (Kind::State, State::Connecting as i64, Status::Ok),
            (Kind::State, State::Connected as i64, Status::Ok),
            done,
            (Kind::State, State::Ready as i64, Status::Ok),
            (Kind::State, State::Connected as i64, Status::Ok),
        ]
    );
    assert_eq!(stage.shared.state(), State::Connected);
    stage.connect();
    assert_eq!(stage.events(), [done], "connecting twice is not an error");
}

#[test]
fn a_lost_link_comes_back_with_a_gap_that_says_how_long() {
    let mut stage = Stage::new(&[]);
    stage.connect();
    stage.accept();
    let held = stage.hold(None);
    stage.events();
    stage.drop_link();
    assert!(stage.shared.requests.finish(held).is_none(), "its answer can not come any more");
    stage.pass(500);
    let first = stage.key();
    stage.accept();
    let events = stage.events();
    assert_eq!(events[0], (Kind::RequestDone, 0, Status::LinkLost));
    assert_eq!((events[1].0, events[1].1, events[1].2), (Kind::State, 4, Status::ConnectionLost));
    assert_eq!(events[2].1, State::Connected as i64);
    assert_eq!((events[3].0, events[3].1), (Kind::Gap, 500));
    // What an older socket still says is not heard.
    let old = SocketKey { generation: first.generation - 1, ..first };
    stage.session.socket(stage.now, old, Input::Text { socket: 0, text: "fatal" });
    assert!(stage.events().is_empty());
}

#[test]
fn a_first_attempt_that_fails_is_tried_again_until_there_have_been_enough() {
    let mut stage = Stage::new(&[(key::RETRY_MAX_ATTEMPTS, 3)]);
    stage.connect();
    for _ in 0..3 {
        stage.drop_link();
        stage.pass(60_000);
    }
    let events = stage.events();
    assert_eq!(events.iter().filter(|event| event.1 == State::Reconnecting as i64).count(), 2);
    assert_eq!(events.last(), Some(&(Kind::State, State::Failed as i64, Status::ConnectionLost)));
    assert!(events.contains(&(Kind::RequestDone, 0, Status::ConnectionLost)), "the connect request ends with it");
    stage.connect();
    assert_eq!(stage.states(), [State::Connecting], "a failed client can be connected anew");
}

#[test]
fn giving_up_is_final_and_a_fresh_credential_is_asked_for() {
    let mut stage = Stage::new(&[]);
    stage.connect();
    stage.open();
    stage.text("expired");
    stage.pass(3_600_000);
    let events = stage.events();
    assert!(events.contains(&(Kind::CredentialNeeded, 0, Status::Unauthorized)));
    let request = stage.request(What::Act, None);
    stage.command(Command::Act {
        request,
        tag: 0,
        action: Action::SetCredential { value: crate::model::Secret::new("k") },
    });
    stage.accept();
    assert_eq!(stage.states(), [State::Connected]);
    stage.text("fatal");
    stage.pass(3_600_000);
    assert_eq!(stage.events(), [(Kind::State, State::Failed as i64, Status::Forbidden)]);
}

#[test]
fn deadlines_of_the_first_answer_of_silence_and_of_requests() {
    let mut stage = Stage::new(&[(key::ANSWER_TIMEOUT_MS, 5000), (key::IDLE_TIMEOUT_MS, 40_000)]);
    stage.connect();
    stage.open();
    stage.pass(4999);
    assert_eq!(stage.states(), [State::Connecting]);
    stage.pass(1);
    assert_eq!(stage.events(), [(Kind::State, State::Reconnecting as i64, Status::NoAnswer)]);
    stage.pass(1000);
    stage.accept();
    stage.events();
    let held = stage.hold(Some(stage.now + millis(30_000)));
    stage.io.clear();
    stage.pass(20_000);
    assert!(stage.io.iter().any(|io| matches!(io, Io::Ping { .. })), "a quiet link is pinged");
    stage.pass(10_000);
    assert_eq!(stage.events(), [(Kind::RequestDone, 0, Status::Timeout)]);
    assert!(stage.shared.requests.finish(held).is_none());
    stage.pass(10_000);
    assert_eq!(stage.events(), [(Kind::State, State::Reconnecting as i64, Status::IdleTimeout)]);
}

#[test]
fn a_pong_keeps_the_link() {
    let mut stage = Stage::new(&[]);
    stage.connect();
    stage.accept();
    for _ in 0..600 {
        stage.pass(30_000);
        stage.session.heard(stage.now, stage.key());
    }
    assert_eq!(stage.states(), [State::Connecting, State::Connected], "five hours");
}

#[test]
fn attempts_are_counted_anew_when_the_link_has_held() {
    let mut stage = Stage::new(&[(key::RETRY_MAX_ATTEMPTS, 2)]);
    stage.connect();
    stage.accept();
    for _ in 0..5 {
        stage.pass(10_000);
        stage.drop_link();
        stage.pass(500);
        stage.accept();
    }
    assert!(!stage.states().contains(&State::Failed));
    stage.drop_link();
    stage.pass(500);
    stage.accept();
    stage.drop_link();
    assert!(stage.states().contains(&State::Failed), "two links in a row that did not hold");
}

#[test]
fn a_new_network_is_tried_at_once_and_an_old_link_is_probed() {
    let mut stage = Stage::new(&[(key::RETRY_INITIAL_MS, 3_600_000), (key::RETRY_MAX_MS, 3_600_000)]);
    stage.connect();
    stage.drop_link();
    stage.dialled = None;
    stage.command(Command::NetworkChanged);
    stage.accept();
    stage.events();
    stage.io.clear();
    stage.command(Command::NetworkChanged);
    assert!(stage.io.iter().any(|io| matches!(io, Io::Ping { .. })));
    stage.session.heard(stage.now, stage.key());
    stage.pass(5000);
    assert!(stage.events().is_empty(), "it answered");
    stage.command(Command::NetworkChanged);
    stage.pass(3000);
    assert_eq!(stage.states(), [State::Reconnecting]);
}

#[test]
fn closing_ends_every_request_first_and_closed_is_the_last_event() {
    let mut stage = Stage::new(&[]);
    stage.connect();
    stage.accept();
    stage.hold(None);
    stage.events();
    let close = stage.request(What::Close, None);
    stage.command(Command::Close(close));
    assert!(stage.io.iter().any(|io| matches!(io, Io::Close { code: 1000, .. })));
    assert_eq!(stage.events(), [(Kind::RequestDone, 0, Status::Cancelled)]);
    let late = stage.hold(None);
    assert!(stage.shared.requests.finish(late).is_none(), "a closing client takes nothing on");
    stage.drop_link();
    let events = stage.events();
    assert_eq!(events[1..], [(Kind::RequestDone, 0, Status::Ok), (Kind::State, State::Closed as i64, Status::Ok)]);
    stage.pass(3_600_000);
    assert!(stage.events().is_empty());
    assert!(stage.session.next_deadline().is_none());
}

#[test]
fn what_was_cancelled_before_it_was_looked_at_is_not_done_any_more() {
    let mut stage = Stage::new(&[]);
    stage.connect();
    stage.accept();
    // Registered by the host's thread, and still in the mailbox when the client is closed.
    let request = stage.request(What::Act, None);
    let close = stage.request(What::Close, None);
    stage.command(Command::Close(close));
    stage.pass(1000);
    stage.connect();
    stage.accept();
    stage.io.clear();
    let action = Action::Call { name: "keep".into(), json: String::new() };
    stage.command(Command::Act { request, tag: 9, action });
    stage.text("send kept");
    assert!(stage.io.is_empty(), "{:?}", stage.io);
}

#[test]
fn closing_does_not_wait_for_a_dead_peer() {
    let mut stage = Stage::new(&[]);
    stage.connect();
    stage.accept();
    let close = stage.request(What::Close, None);
    stage.command(Command::Close(close));
    stage.pass(999);
    assert_ne!(stage.shared.state(), State::Closed);
    stage.pass(1);
    assert_eq!(stage.shared.state(), State::Closed);
}

#[test]
fn a_host_that_takes_nothing_loses_the_link_but_no_message() {
    let mut stage = Stage::new(&[]);
    stage.connect();
    stage.accept();
    stage.events();
    stage.session.overflow(stage.now);
    stage.after();
    stage.pass(3_600_000);
    assert_eq!(stage.events(), [(Kind::State, State::Reconnecting as i64, Status::Overflow)]);
    stage.command(Command::Drained);
    stage.accept();
    let events = stage.events();
    assert_eq!(events[0].1, State::Connected as i64);
    assert_eq!((events[1].0, events[1].1), (Kind::Gap, 3_600_000));
}

#[test]
fn a_panic_fails_this_client_and_every_request_of_it() {
    let mut stage = Stage::new(&[]);
    stage.connect();
    stage.accept();
    stage.hold(None);
    stage.events();
    stage.session.poison(stage.now, "test");
    let failed = (Kind::State, State::Failed as i64, Status::Panic);
    assert_eq!(stage.events(), [(Kind::RequestDone, 0, Status::Panic), failed]);
    stage.hold(None);
    assert_eq!(stage.events(), [(Kind::RequestDone, 0, Status::WrongState)]);
    let close = stage.request(What::Close, None);
    stage.command(Command::Close(close));
    assert_eq!(stage.events(), [(Kind::RequestDone, 0, Status::Ok)]);
}

#[test]
fn cancelling_ends_a_request_once() {
    let mut stage = Stage::new(&[]);
    stage.connect();
    stage.accept();
    let held = stage.hold(None);
    stage.events();
    stage.command(Command::Cancel(held));
    stage.command(Command::Cancel(held));
    stage.text("answer");
    assert_eq!(stage.events(), [(Kind::RequestDone, 0, Status::Cancelled)]);
}

#[test]
fn what_waits_for_the_next_link_keeps_its_time_without_one() {
    let mut stage = Stage::new(&[(key::RETRY_INITIAL_MS, 60_000), (key::RETRY_MAX_MS, 60_000)]);
    stage.connect();
    stage.accept();
    stage.ask("keep", None);
    stage.drop_link();
    stage.events();
    stage.pass(999);
    assert!(!stage.events().iter().any(|event| event.0 == Kind::RequestDone));
    stage.pass(1);
    assert!(stage.events().iter().any(|event| (event.0, event.2) == (Kind::RequestDone, Status::Expired)));
}

#[test]
fn what_ended_with_the_client_is_not_sent_by_the_next_connection() {
    for fatal in [false, true] {
        let mut stage = Stage::new(&[]);
        stage.connect();
        stage.accept();
        stage.ask("keep", None);
        if fatal {
            stage.text("fatal");
        } else {
            let close = stage.request(What::Close, None);
            stage.command(Command::Close(close));
            stage.pass(1000);
        }
        assert_eq!(stage.events().iter().filter(|event| event.0 == Kind::RequestDone).count(), 2 + usize::from(!fatal));
        stage.connect();
        stage.accept();
        stage.io.clear();
        stage.text("send kept");
        assert!(stage.io.is_empty(), "{:?}", stage.io);
    }
}

#[test]
fn a_gateway_is_connected_then_its_state_is_told_then_it_is_ready() {
    let mut options = Options::default();
    options.set_named("url", "http://gw").expect("an option");
    let shared = Arc::new(Shared::new(&options));
    let gateway = crate::protocol::create(&options).expect("good options");
    let session = Session::new(&options, gateway, Arc::clone(&shared), 1);
    let mut stage = Stage { session, shared, now: millis(1), dialled: None, io: Vec::new() };
    stage.connect();
    stage.open();
    stage
        .text(r#"{"type":"snapshot","state":{"connected":true,"chat_active":true,"ai_state":"idle","characters":[]}}"#);
    stage.pass(0);
    let told: Vec<(Kind, i64)> = stage.events().into_iter().map(|event| (event.0, event.1)).collect();
    assert_eq!(
        told,
        [
            (Kind::State, State::Connecting as i64),
            (Kind::State, State::Connected as i64),
            (Kind::RequestDone, 0),
            (Kind::Service, 1),
            (Kind::ChatStarted, 0),
            (Kind::State, State::Ready as i64),
        ]
    );
    assert!(stage.shared.mirror().contains("\"chat_active\":true"));
}

#[test]
fn what_happens_can_be_logged_and_no_credential_is_in_it() {
    let mut stage = Stage::new(&[(key::LOG_LEVEL, 5)]);
    stage.connect();
    stage.accept();
    stage.drop_link();
    stage.session.refresh_mirror();
    stage.shared.queue.commit(&mut stage.session.staging().batch, Supply::Over);
    let batch = stage.shared.queue.next(Some(Duration::ZERO)).expect("there was much to tell");
    let logs: Vec<_> = batch.records().map(|record| record.event()).filter(|event| event.kind == Kind::Log).collect();
    let texts: Vec<&str> = logs.iter().map(|event| event.text).collect();
    assert!(texts.contains(&"dialling ws://there/path?***"), "{texts:?}");
    assert!(texts.iter().any(|text| text.contains("RECONNECTING gone")));
    assert!(logs.iter().any(|event| event.value == 2) && logs.iter().any(|event| event.value == 5));
    assert!(texts.iter().all(|text| !text.contains("secret")));
}
