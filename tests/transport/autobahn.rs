//! The conformance suite for WebSocket, Autobahn's, asks this client everything that the protocol knows.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use parlor::transport::ws::{self, Message};

use crate::kit::{Seen, dial, net, next};

/// Ends the suite's server, whatever becomes of the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Where the suite is, or why it is not: it is written for Python 2.7, and is installed once.
fn suite(root: &Path) -> Result<PathBuf, String> {
    let done = Command::new(root.join("scripts/autobahn.sh")).output().expect("the script runs");
    let said = String::from_utf8_lossy(&done.stdout).trim().to_owned();
    match done.status.code() {
        Some(0) => Ok(root.join("target/autobahn/venv/bin/wstest")),
        Some(77) => Err(said),
        _ => panic!("{said}\n{}", String::from_utf8_lossy(&done.stderr)),
    }
}

/// Sends back whatever comes, until the other side ends it.
async fn echo(url: &str) -> Option<String> {
    let mut socket = ws::open(&net(&[("frame.max_bytes", "33554432")]), &dial(url)).await.ok()?;
    let mut last = None;
    while let Some(incoming) = next(&mut socket).await {
        let answer = match incoming {
            Seen::Text(text) => {
                last = Some(text.clone());
                Message::text(text)
            }
            Seen::Binary(data) => Message::binary(data),
            Seen::Other => continue,
        };
        if socket.queue(answer).is_err() {
            break;
        }
    }
    last
}

#[tokio::test]
#[ignore = "Autobahn's suite needs Python 2.7 and a minute to install; make autobahn runs it"]
async fn every_case_of_the_suite_is_answered_as_it_should_be() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let wstest = match suite(root) {
        Ok(wstest) => wstest,
        Err(reason) => return println!("{reason}"),
    };
    let folder = root.join("target/autobahn");
    let _ = std::fs::remove_dir_all(folder.join("report"));
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    // 9 measures, 12 and 13 are about compression, which is not offered.
    let spec = serde_json::json!({
        "url": format!("ws://127.0.0.1:{port}"),
        "outdir": folder.join("report"),
        "cases": ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*"],
        "exclude-cases": [],
        "exclude-agent-cases": {},
    });
    std::fs::write(folder.join("spec.json"), spec.to_string()).unwrap();
    let server = Command::new(wstest)
        .args(["-m", "fuzzingserver", "-s"])
        .arg(folder.join("spec.json"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let server = Server(server);
    let base = format!("ws://127.0.0.1:{port}");
    let until = Instant::now() + Duration::from_secs(60);
    let count: u32 = loop {
        match echo(&format!("{base}/getCaseCount")).await {
            Some(count) => break count.parse().unwrap(),
            None => assert!(Instant::now() < until, "the suite's server does not start"),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    for case in 1..=count {
        echo(&format!("{base}/runCase?case={case}&agent=parlor")).await;
    }
    echo(&format!("{base}/updateReports?agent=parlor")).await;
    drop(server);
    let report = std::fs::read_to_string(folder.join("report/index.json")).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let cases = report["parlor"].as_object().unwrap();
    let mut counts = std::collections::BTreeMap::<&str, u32>::new();
    let mut wrong = Vec::new();
    for (name, result) in cases {
        for part in ["behavior", "behaviorClose"] {
            let verdict = result[part].as_str().unwrap();
            if part == "behavior" {
                *counts.entry(verdict).or_default() += 1;
            }
            if !["OK", "NON-STRICT", "INFORMATIONAL"].contains(&verdict) {
                wrong.push(format!("{name} {part}: {verdict}"));
            }
        }
    }
    println!("{} cases: {counts:?}", cases.len());
    assert_eq!(cases.len(), count as usize);
    assert!(wrong.is_empty(), "{wrong:?}");
}
