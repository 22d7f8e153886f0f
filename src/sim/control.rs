//! The control paths under `/sim/`, for tests that are not written in Rust.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::fault::Faults;
use super::flood::FloodPlan;
use super::peer::Peer;
use super::record::Entry;
use super::server::{Answer, Request, Scene, Stage};

/// Answers `GET` or `POST /sim/NAME`. A JSON body gives the arguments; `connection` picks one peer, else all.
pub(crate) fn answer<S: Scene>(scene: &Arc<S>, stage: &Arc<Stage>, name: &str, request: &Request) -> Answer {
    let body = match request.body.is_empty() {
        true => json!({}),
        false => match serde_json::from_slice::<Value>(&request.body) {
            Ok(body) => body,
            Err(error) => return wrong(&format!("the body is not JSON: {error}")),
        },
    };
    let number = |field: &str| body.get(field).and_then(Value::as_u64).unwrap_or(0);
    let text = |field: &str| body.get(field).and_then(Value::as_str).unwrap_or_default();
    let only = body.get("connection").and_then(Value::as_u64);
    let each = |what: &dyn Fn(&Arc<Peer>)| {
        let peers: Vec<_> = stage.peers().into_iter().filter(|peer| only.is_none_or(|id| id == peer.id())).collect();
        peers.iter().for_each(what);
        Answer::json(200, &json!({"ok": true, "connections": peers.len()}))
    };
    match name {
        "record" => {
            let entries = stage.record.entries();
            Answer::json(200, &Value::Array(entries.iter().map(Entry::to_json).collect()))
        }
        "clear" => {
            stage.record.clear();
            done()
        }
        "connections" => {
            let ids: Vec<u64> = stage.peers().iter().map(|peer| peer.id()).collect();
            Answer::json(200, &json!(ids))
        }
        "faults" if request.method == "GET" => Answer::json(200, &json!(*stage.faults.lock())),
        "faults" => match serde_json::from_value::<Faults>(body) {
            Ok(faults) => {
                stage.set_faults(faults);
                done()
            }
            Err(error) => wrong(&format!("no such faults: {error}")),
        },
        "send_text" => each(&|peer| peer.send_text(text("text"))),
        "send_binary" => match bytes(&body) {
            Ok(bytes) => each(&|peer| peer.send_binary(&bytes)),
            Err(answer) => answer,
        },
        "send_raw" => match bytes(&body) {
            Ok(bytes) => each(&|peer| peer.send_raw(bytes.clone())),
            Err(answer) => answer,
        },
        "send_split" => each(&|peer| {
            peer.send_split(text("text"), number("fragments").max(1) as usize, number("segment") as usize);
        }),
        "ping" => each(&|peer| peer.ping(b"sim")),
        "close" => {
            let code = u16::try_from(number("code")).ok().filter(|code| *code != 0).unwrap_or(1000);
            each(&|peer| peer.close(code, text("reason")))
        }
        "drop" => each(&|peer| peer.drop_link()),
        "reset" => each(&|peer| peer.reset()),
        "freeze" => each(&|peer| peer.freeze()),
        "restart" => {
            stage.restart(Duration::from_millis(number("down_ms")));
            done()
        }
        "flood" => match serde_json::from_value::<FloodPlan>(body.clone()) {
            Ok(plan) => each(&|peer| stage.spawn(plan.clone().pour(Arc::clone(peer)))),
            Err(error) => wrong(&format!("no such flood: {error}")),
        },
        _ => scene
            .control(stage, name, &body)
            .unwrap_or_else(|| Answer::json(404, &json!({"error": format!("there is no control path /sim/{name}")}))),
    }
}

fn bytes(body: &Value) -> Result<Vec<u8>, Answer> {
    let list = body.get("bytes").and_then(Value::as_array).ok_or_else(|| wrong("give {\"bytes\": [numbers]}"))?;
    list.iter()
        .map(|item| item.as_u64().and_then(|number| u8::try_from(number).ok()))
        .collect::<Option<Vec<u8>>>()
        .ok_or_else(|| wrong("bytes are numbers from 0 to 255"))
}

fn done() -> Answer {
    Answer::json(200, &json!({"ok": true}))
}

fn wrong(text: &str) -> Answer {
    Answer::json(400, &json!({"error": text}))
}
