//! Inside one process: threads, descriptors, and the time that destroying takes.

use std::io::Write;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use parlor::sim::gateway::{Config, GatewaySim};
use parlor::sim::{Faults, Seen, StageConfig};
use serde_json::json;

use crate::kit::host::{Host, PATIENCE};
use crate::kit::server::{Hole, LOCAL, Server, closed_port, head, hold, switching};
use crate::kit::tls::Authority;

/// These tests count what the whole process has, so they run one at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    // A test that fell over has left nothing half done in here.
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The names of the library's threads.
fn threads() -> Vec<String> {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    // A thread may end while it is looked at.
    let names = tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
    let names = names.map(|name| name.trim().to_owned());
    names.filter(|name| name.starts_with("parlor-") && name != "parlor-sim").collect()
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Looks until it is so. The other side of a socket ends a moment after this one.
#[track_caller]
fn comes_true(what: &str, is: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is() {
        assert!(Instant::now() < deadline, "{what}: {} descriptors, {:?}", descriptors(), threads());
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn five_hundred_lives_leave_nothing_behind() {
    let _alone = alone();
    let sim = GatewaySim::spawn(Config::default()).unwrap();
    let url = sim.http_url();
    drop(Host::ready(&url, &[]));
    comes_true("no connection is left", || sim.peers().is_empty());
    let before = descriptors();
    assert_eq!(threads(), Vec::<String>::new(), "the last client takes the threads with it");
    for round in 0..500 {
        match round % 5 {
            // Destroyed at once, somewhere on the way, when it is ready, with an action under way, and after a goodbye.
            0 => drop(Host::connecting(&url, &[])),
            1 => {
                let mut host = Host::connecting(&url, &[]);
                host.until("CONNECTED");
            }
            2 => drop(Host::ready(&url, &[])),
            3 => {
                let host = Host::ready(&url, &[]);
                host.say("Hello?");
            }
            _ => {
                let mut host = Host::ready(&url, &[]);
                host.client.close(0).unwrap();
                host.until("CLOSED");
            }
        }
    }
    assert_eq!(threads(), Vec::<String>::new());
    comes_true("as many descriptors as before", || descriptors() <= before);
}

#[test]
fn destroying_never_waits_for_the_network() {
    let _alone = alone();
    let hole = Hole::at((LOCAL, 0).into()).unwrap();
    let stalled = Arc::new(Server::start(hold));
    let slow = GatewaySim::spawn(Config::default()).unwrap();
    slow.set_faults(Faults { stall_upgrade: true, ..Faults::default() });
    let mute = Arc::new(Server::start(|mut stream| {
        let answer = switching(&head(&mut stream));
        let _ = stream.write_all(answer.as_bytes());
        hold(stream);
    }));
    let refused = format!("http://127.0.0.1:{}", closed_port());
    let upgraded = |entry: &parlor::sim::Entry| matches!(entry.seen, Seen::Upgrade { .. });
    type Wait<'a> = Box<dyn Fn(&mut Host) + 'a>;
    let phases: Vec<(&str, String, Wait<'_>)> = vec![
        ("connect", format!("http://{}", hole.address), Box::new(|host| drop(host.until("CONNECTING")))),
        ("TLS", stalled.url("https"), Box::new(|_| stalled.wait_for_connection())),
        ("upgrade", slow.http_url(), Box::new(|_| drop(slow.record().wait(PATIENCE, upgraded).unwrap()))),
        ("first answer", mute.url("http"), Box::new(|_| mute.wait_for_connection())),
        ("backoff", refused, Box::new(|host| drop(host.until("RECONNECTING:REFUSED")))),
    ];
    for (phase, url, wait) in &phases {
        let mut longest = Duration::ZERO;
        for _ in 0..5 {
            // Waits that are long compared to what destroying may take.
            let mut host = Host::connecting(url, &[("retry.initial_ms", "60000"), ("retry.max_ms", "60000")]);
            wait(&mut host);
            longest = longest.max(host.destroy());
            slow.record().clear();
        }
        println!("destroy during {phase}: {:.1} ms at most", longest.as_secs_f64() * 1e3);
        assert!(longest < Duration::from_secs(1), "{phase}: {longest:?}");
    }
    assert_eq!(threads(), Vec::<String>::new());
}

#[test]
fn twenty_clients_share_one_thread() {
    let _alone = alone();
    let authority = Authority::new();
    let tls = Some(authority.server("localhost", |_| ()));
    let secured =
        GatewaySim::spawn(Config { stage: StageConfig { tls, ..StageConfig::default() }, ..Config::default() });
    let (plain, secured) = (GatewaySim::spawn(Config::default()).unwrap(), secured.unwrap());
    let over_tls = format!("https://localhost:{}", secured.addr().port());
    let pem = authority.pem();
    let mut hosts: Vec<Host> = (0..20)
        .map(|number| match number % 2 {
            0 => Host::connecting(&plain.http_url(), &[]),
            _ => Host::connecting(&over_tls, &[("tls.ca_pem", &pem)]),
        })
        .collect();
    for host in &mut hosts {
        host.until("READY");
    }
    let running = threads();
    assert_eq!(running.iter().filter(|name| *name == "parlor-io").count(), 1, "{running:?}");
    assert!(running.iter().all(|name| name == "parlor-io" || name == "parlor-lookup"), "{running:?}");
    for sim in [&plain, &secured] {
        sim.broadcast("sentence_ready", &json!({"text": "To all of you."}));
    }
    for host in &mut hosts {
        assert_eq!(host.until("SENTENCE").text, "To all of you.");
        let request = host.say("Heard.");
        assert_eq!(host.done(request).word(), "DONE");
    }
    // One of them falls silent for good, and the others do not notice.
    drop(hosts.pop());
    plain.reset_all();
    for host in hosts.iter_mut().step_by(2) {
        host.until("RECONNECTING:CONNECTION_LOST");
        host.until("READY");
    }
    drop(hosts);
    comes_true("no thread is left", || threads().is_empty());
}
