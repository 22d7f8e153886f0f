//! Gates on what an event costs, in numbers that do not depend on how busy the machine is: allocations and
//! instructions. How long things take is for `make bench-quick` to say.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::path::Path;
use std::process::Command as Process;
use std::sync::Arc;
use std::time::Duration;

use parlor::core::{Command, Io, Pending, Session, Shared, SocketKey, Supply, What};
use parlor::model::{Options, State, key};
use parlor::protocol::{self, Input};

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

/// The system's allocator, counting what each thread asks of it.
struct Counting;

fn count() {
    // A thread that is just ending is not one that is measured.
    let _ = ALLOCATIONS.try_with(|count| count.set(count.get() + 1));
}

// SAFETY: every call goes to the system's allocator as it came; counting allocates nothing.
#[allow(unsafe_code, reason = "an allocator can not be written without")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promise about the layout is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the memory came from the system's allocator with this layout.
        unsafe { System.dealloc(memory, layout) };
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: the memory came from the system's allocator with this layout.
        unsafe { System.realloc(memory, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const SNAPSHOT: &str = r#"{"type":"snapshot","state":{"connected":true,"chat_active":true,"ai_state":"idle","current_speaker_id":null,"external_speaker_active":false,"external_speaker_source":null,"characters":[{"id":"c1","name":"Catherine","creator_notes":null,"text_gen_service":"OpenAI"}]}}"#;

/// A session of the gateway, connected, with nothing but memory around it.
struct Stage {
    session: Session,
    shared: Arc<Shared>,
    socket: SocketKey,
}

impl Stage {
    fn new(lazy: bool) -> Stage {
        let mut options = Options::default();
        options.set_str(key::URL, "http://localhost:1").expect("a URL");
        options.set_i64(key::EVENTS_LAZY, i64::from(lazy)).expect("a flag");
        let shared = Arc::new(Shared::new(&options));
        let protocol = protocol::create(&options).expect("the gateway");
        let mut session = Session::new(&options, protocol, Arc::clone(&shared), 1);
        let connect = Pending { tag: 0, what: What::Connect, deadline: None };
        session.command(1, Command::Connect(shared.requests.register(connect).expect("a request")));
        let socket = session
            .take_io()
            .find_map(|io| match io {
                Io::Dial { key, .. } => Some(key),
                _ => None,
            })
            .expect("it dials");
        session.socket(2, socket, Input::Opened { socket: socket.socket });
        let mut stage = Stage { session, shared, socket };
        stage.feed(SNAPSHOT);
        // What the snapshot says is told in the next step.
        stage.session.tick(3);
        assert_eq!(stage.shared.state(), State::Ready);
        stage
    }

    /// One message from the socket into the staging; what is to be sent is let go of.
    fn feed(&mut self, text: &str) {
        self.session.socket(3, self.socket, Input::Text { socket: self.socket.socket, text });
        drop(self.session.take_io());
    }

    /// So many turns of these messages, delivered in batches as the driver would; returns how many events came out.
    fn flood(&mut self, messages: &[String], turns: usize) -> usize {
        let mut events = 0;
        for _ in 0..turns {
            for message in messages {
                self.feed(message);
                if self.session.staging().ripe() {
                    events += self.deliver();
                }
            }
        }
        events + self.deliver()
    }

    fn deliver(&mut self) -> usize {
        self.session.refresh_mirror();
        self.shared.queue.commit(&mut self.session.staging().batch, Supply::Over);
        let Some(batch) = self.shared.queue.next(Some(Duration::ZERO)) else { return 0 };
        let events = batch.len();
        self.shared.queue.recycle(batch);
        events
    }
}

/// Sentences, lines of dialogue and changes of state in turn.
fn messages(text: &str) -> Vec<String> {
    let states = ["idle", "thinking", "speaking"];
    (0..300)
        .map(|n| match n % 3 {
            0 => format!(
                r#"{{"type":"sentence_ready","data":{{"text":"{text}","character_id":"c1","message_id":"m{n}"}},"timestamp":{n}.25}}"#
            ),
            1 => format!(
                r#"{{"type":"dialogue_received","data":{{"message_id":"m{n}","text":"{text}","character_id":"c1","source":"ai","author":null}},"timestamp":{n}.5}}"#
            ),
            _ => format!(
                r#"{{"type":"ai_state_changed","data":{{"old_state":"{}","new_state":"{}"}},"timestamp":{n}}}"#,
                states[n / 3 % 3],
                states[(n / 3 + 1) % 3]
            ),
        })
        .collect()
}

/// Allocations in the steady state, and the events that they were made for.
fn steady(lazy: bool, text: &str) -> (u64, usize) {
    let mut stage = Stage::new(lazy);
    let messages = messages(text);
    stage.flood(&messages, 30);
    let before = ALLOCATIONS.get();
    let events = stage.flood(&messages, 100);
    let allocations = ALLOCATIONS.get() - before;
    assert_eq!(events, 100 * messages.len(), "every message becomes one event");
    (allocations, events)
}

#[test]
fn an_event_without_escapes_costs_no_allocation() {
    for lazy in [false, true] {
        let (allocations, events) = steady(lazy, "I have been waiting for you, é and all.");
        println!("lazy {lazy}: {allocations} allocations for {events} events");
        assert_eq!(allocations, 0, "lazy {lazy}, {events} events");
    }
}

#[test]
fn a_text_with_escapes_costs_one_allocation() {
    let (allocations, events) = steady(false, r#"\"Never again\", she said.\nAnd left. \u00e9 \ud83d\ude00"#);
    println!("{allocations} allocations for {events} events, of which two thirds have escapes");
    assert!(allocations <= events as u64 * 2 / 3, "{allocations} allocations for {events} events");
    // A lazy host pays for none of it.
    let (allocations, events) = steady(true, r#"\"Never again\", she said."#);
    assert_eq!(allocations, 0, "lazy, {events} events");
}

/// The whole way from the socket to a host in C, by callgrind, against the limits of the table in docs/speed.md.
#[test]
fn instructions_an_event() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let skipped = |why: &str| println!("SKIPPED instructions_an_event: {why}");
    let library = root.join("target/release/libparlor.so");
    if !library.exists() {
        return skipped("there is no target/release/libparlor.so; run `make lib` first");
    }
    for (tool, argument) in [("valgrind", "--version"), ("python3", "--version"), ("cc", "--version")] {
        if Process::new(tool).arg(argument).output().is_err() {
            return skipped(&format!("{tool} is not installed"));
        }
    }
    let mut bench = Process::new("python3");
    bench
        .arg(root.join("scripts/bench.py"))
        .args(["--quick", "--gate", "--only", "instructions", "--lib"])
        .arg(&library);
    let output = bench.output().expect("python3 runs");
    let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}\n{errors}");
    println!("{said}");
}
