//! The services' own clients against the simulators, and our client against somebody else's server. What comes from the
//! package index is SKIPPED, with the reason, where it can not be had.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use parlor::model::{Kind, Status};
use parlor::sim::centrifugo::{CentrifugoSim, Config, sign};
use parlor::sim::tokenbowl::{self, key_of};
use serde_json::{Value, json};

use crate::live::{Live, PATIENCE, eventually};

fn python() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let dir = root.join("target/venv-tokenbowl");
    let done = Command::new(root.join("scripts/venv.sh"))
        .arg(&dir)
        .args(["token-bowl-chat==4.0.2", "centrifuge-python==0.7.0"])
        .output()
        .expect("a shell");
    if done.status.code() == Some(77) {
        print!("{}", String::from_utf8_lossy(&done.stdout));
        return None;
    }
    assert!(done.status.success(), "scripts/venv.sh: {}", String::from_utf8_lossy(&done.stderr));
    Some(dir.join("bin/python"))
}

fn script(python: &Path, name: &str) -> Command {
    let mut command = Command::new(python);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop").join(name));
    // A proxy of this machine is not meant for its own loopback.
    for name in ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        command.env_remove(name);
    }
    command
}

#[test]
fn token_bowl_chat_from_the_index_is_happy() {
    let Some(python) = python() else { return };
    let sim = crate::chat::sim(tokenbowl::Config::default());
    let mut ours = crate::chat::ready(&sim, "vera", &[]);
    let output = script(&python, "tokenbowl_judge.py")
        .arg(sim.http_url())
        .args(["alice", "bob", "root"].map(key_of))
        .output()
        .expect("python");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_str(said.trim()).expect("one line of JSON");
    let heard = json!([["Hello from Python", "alice", "room"], ["Only bob", "alice", "direct"]]);
    assert_eq!(report["heard"], heard);
    assert_eq!(report["receipts"][0][1], "bob");
    assert_eq!(report["errors"], json!(["NotFoundError", "ConflictError", "AuthenticationError"]));
    assert_eq!(report["calls"].as_array().map(Vec::len), Some(28));
    // What its users say in the room reaches ours.
    let hello = ours.until("its message", |event| event.kind == Kind::Message && event.text == "Hello from Python");
    assert_eq!(hello.name, "alice");
}

struct Judge {
    child: std::process::Child,
    lines: Receiver<Value>,
}

impl Judge {
    fn until(&self, what: impl Fn(&Value) -> bool) -> Value {
        let mut seen = Vec::new();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) if what(&line) => return line,
                Ok(line) => seen.push(line),
                Err(_) => panic!("it never came; but {seen:?}"),
            }
        }
    }
}

impl Drop for Judge {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn centrifuge_python_from_the_index_is_happy() {
    let Some(python) = python() else { return };
    let sim = CentrifugoSim::spawn(Config::default()).expect("loopback is there");
    let token = sign("secret", &json!({"sub": "py", "channels": ["own"]}));
    let mut child = script(&python, "centrifuge_judge.py")
        .arg(format!("{}/connection/websocket", sim.ws_url()))
        .arg(token)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python");
    let output = BufReader::new(child.stdout.take().expect("a pipe"));
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            let _ = sender.send(serde_json::from_str(&line).unwrap_or(Value::String(line)));
        }
    });
    let mut judge = Judge { child, lines };
    let called = judge.until(|line| line["event"] == "called");
    let expected = json!({"event": "called", "rpc": {"x": 1}, "clients": 1, "presence": 1, "history": 1, "error": 104});
    assert_eq!(called, expected);
    // Deltas, live and after a reconnect with recovery.
    let payload = |n: u32| json!({"n": n, "text": "a long text that stays the same in every one of them"});
    for n in 0..3 {
        sim.hub().publish("delta", &payload(n).to_string());
        judge.until(|line| line["event"] == "publication" && line["data"] == payload(n));
    }
    sim.hub().publish("own", "\"yours\"");
    judge.until(|line| line["event"] == "server-publication" && line["data"] == "yours");
    sim.hub().disconnect("", 3011, "force reconnect");
    for n in 3..6 {
        sim.hub().publish("delta", &payload(n).to_string());
    }
    for n in 3..6 {
        judge.until(|line| line["event"] == "publication" && line["data"] == payload(n));
    }
    eventually("it is subscribed again", || sim.hub().listeners("plain") == 1);
    sim.hub().unsubscribe("py", "plain", 2000);
    judge.until(|line| line["event"] == "unsubscribed" && line["code"] == 2000);
    judge.child.stdin.as_mut().expect("a pipe").write_all(b"\n").expect("it listens");
    judge.until(|line| line["event"] == "end");
}

#[test]
fn the_official_crate_is_happy() {
    let sim = CentrifugoSim::spawn(Config::default()).expect("loopback is there");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let client = centrifuge::Client::builder(format!("{}/connection/websocket", sim.ws_url()))
            .protocol(centrifuge::Protocol::Json)
            .min_reconnect_delay(Duration::from_millis(10))
            .build()
            .expect("a client");
        let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
        let sub = client
            .new_subscription("a")
            .recoverable(true)
            .on_publication(move |_, event| {
                let _ = tell.send((event.offset, String::from_utf8_lossy(&event.data).into_owned()));
            })
            .build()
            .expect("a subscription");
        sub.subscribe();
        client.connect().expect("not closed");
        let patience = async |what: &str, hub_says: &dyn Fn() -> bool| {
            let end = tokio::time::Instant::now() + PATIENCE;
            while !hub_says() {
                assert!(tokio::time::Instant::now() < end, "never: {what}");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        patience("it listens", &|| sim.hub().listeners("a") == 1).await;
        for n in 1..=20u64 {
            sim.hub().publish("a", &format!("{{\"n\":{n}}}"));
            if n % 7 == 0 {
                sim.hub().disconnect("", 3000, "again");
            }
        }
        for n in 1..=20u64 {
            let next = tokio::time::timeout(PATIENCE, told.recv()).await.expect("in time");
            assert_eq!(next, Some((n, format!("{{\"n\":{n}}}"))), "each once and in order");
        }
        client.close().await;
    });
}

#[test]
fn our_client_works_with_the_server_of_tokio_centrifuge() {
    use tokio_centrifuge::errors::ClientError;
    use tokio_centrifuge::server::{ServeParams, Server};
    let (tell, told) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async move {
            let server = Server::new();
            server.add_rpc_method("echo", async |_, data| Ok::<_, ClientError>(data)).expect("a method");
            server.on_publication("chat", async |_, _| Ok::<_, ClientError>(())).expect("a channel");
            server
                .add_channel("numbers", async |_| {
                    Ok::<_, ClientError>(futures_util::stream::iter(
                        (0..5).map(|n| format!("{{\"n\":{n}}}").into_bytes()),
                    ))
                })
                .expect("a channel");
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback is there");
            tell.send(listener.local_addr().expect("an address")).expect("the test waits");
            let (stream, _) = listener.accept().await.expect("a client");
            let socket = tokio_tungstenite_28::accept_async(stream).await.expect("an upgrade");
            let params = ServeParams { ping_interval: Some(Duration::from_secs(1)), ..ServeParams::json() };
            server.serve(socket, params).await;
        });
    });
    let url = format!("ws://{}/connection/websocket", told.recv().expect("it listens"));
    let mut live = Live::ready(&[("protocol", "centrifugo"), ("url", &url)]);
    assert_eq!(live.call("rpc", r#"{"method":"echo","data":{"a":1}}"#).json, r#"{"data":{"a":1}}"#);
    assert_eq!(live.call("rpc", r#"{"method":"nope","data":{}}"#).status, Status::Service);
    assert_eq!(live.call("publish", r#"{"channel":"chat","data":{"b":2}}"#).status, Status::Ok);
    assert_eq!(live.subscribe(r#"{"channel":"numbers"}"#).status, Status::Ok);
    for n in 0..5 {
        let next = live.until("a number", |event| event.kind == Kind::Message);
        assert_eq!((next.text, next.name.as_str()), (format!("{{\"n\":{n}}}"), "numbers"));
    }
    // Its pings come every second, and a wrong answer to one would end the connection.
    live.take(Duration::from_millis(2500));
    assert_eq!(live.call("rpc", r#"{"method":"echo","data":[]}"#).status, Status::Ok);
    assert!(live.events.iter().all(|event| event.name != "RECONNECTING"));
    drop(live);
    thread.join().expect("the server ends with its client");
}
