//! There and back: every value of the tables goes to the service and is seen again in the mirror, and every message of
//! both catalogs reaches the host byte for byte.

use std::time::Instant;

use base64::Engine as _;
use parlor::model::{Kind, Status};
use serde_json::{Value, json};

use crate::host::{Host, PATIENCE, sim};
use crate::tables::{CLIENT, EVENTS, message, openai_table, session_table};

#[test]
fn every_member_of_the_session_comes_back() {
    let mut count = 0;
    for (path, table) in [("", session_table()), ("/v1/realtime", openai_table())] {
        let sim = sim(|_| {});
        let mut host = Host::ready(&format!("{}{path}", sim.http_url()), &[]);
        for (name, values, _) in table {
            // The model stands in the URL; the service takes no other later.
            for value in values.iter().filter(|_| name != "model") {
                let request = host.call("session.update", &json!({"session": {name: value}}).to_string());
                let done = host.done(request);
                assert_eq!(done.status, Status::Ok, "{name} = {value}: {}", done.text);
                let (told, mirror) = (&done.json()["session"][name], &host.mirror()["session"][name]);
                assert_eq!(told, mirror);
                assert!(holds(mirror, value), "{name} = {value} came back as {mirror}");
                count += 1;
            }
        }
    }
    println!("{count} values sent, confirmed and seen in the mirror");
}

/// Whether everything of one value is in the other: what the service has beside it does not matter.
fn holds(all: &Value, part: &Value) -> bool {
    match (all, part) {
        (Value::Object(all), Value::Object(part)) => {
            part.iter().all(|(name, value)| all.get(name).is_some_and(|found| holds(found, value)))
        }
        (all, part) => all == part,
    }
}

#[test]
fn every_message_of_the_service_reaches_the_host_byte_for_byte() {
    let sim = sim(|_| {});
    for (type_, members, _) in EVENTS {
        for type_last in [false, true] {
            let mut host = Host::ready(&sim.http_url(), &[]);
            let sent = message(type_, members, type_last);
            sim.send_text(&sent);
            let told = host.up_to(type_, |told| told.type_ == *type_ && told.kind != Kind::ChatStarted).pop().unwrap();
            if told.kind == Kind::Audio {
                let mut whole = told.json();
                whole["delta"] = base64::engine::general_purpose::STANDARD.encode(&told.data).into();
                assert_eq!(whole, serde_json::from_str::<Value>(&sent).unwrap());
            } else {
                assert_eq!(told.json, sent);
            }
            host.client.destroy();
            // The next message is for the next client alone.
            let deadline = Instant::now() + PATIENCE;
            while !sim.peers().is_empty() {
                assert!(Instant::now() < deadline, "{type_}: the connection stays");
                std::thread::yield_now();
            }
        }
    }
    println!("{} messages, each in two spellings", EVENTS.len());
}

#[test]
fn every_message_of_the_client_reaches_the_service() {
    let sim = sim(|_| {});
    let mut host = Host::ready(&sim.http_url(), &[]);
    sim.record().clear();
    for (name, json, _) in CLIENT {
        let request = host.call(name, json);
        let fits = |told: &crate::host::Told| told.kind == Kind::RequestDone && told.request == request;
        // Some have nothing to be about here, which the service says; the message has arrived all the same.
        host.up_to(name, fits);
        let mut expected: Value = serde_json::from_str(if json.is_empty() { "{}" } else { json }).unwrap();
        expected["type"] = json!(name);
        let found = sim.record().wait(PATIENCE, |entry| {
            let sent = entry.text().and_then(|text| serde_json::from_str::<Value>(text).ok());
            sent.is_some_and(|sent| holds(&sent, &expected))
        });
        assert!(found.is_some(), "{expected} did not arrive");
    }
    println!("{} messages of the client", CLIENT.len());
}
