//! Ticket servers that are slow, dead or lie, and the rows of retry classes of the service's own client, with what this
//! one does beside them.

use std::time::Duration;

use parlor::core::Client;
use parlor::model::{Action, Kind, Options, Secret, State};
use parlor::runtime::PLATFORM;
use parlor::sim::toolchat::Quirks;
use parlor::sim::{Faults, Refusal};

use crate::host::{Host, asked, eventually, sim};

/// What its own client does with an answer to the request for a ticket, and what this one does.
const ROWS: &[(u16, &str, &str, &str)] = &[
    (401, r#"{"error":"Invalid authentication token","code":"AUTH_INVALID"}"#, "fatal, 1 try", "CREDENTIAL_NEEDED"),
    (401, r#"{"error":"Invalid chat server key","code":"SERVER_KEY_INVALID"}"#, "fatal, 1 try", "FAILED:UNAUTHORIZED"),
    (401, "", "fatal, 1 try", "CREDENTIAL_NEEDED"),
    (403, "", "fatal, 1 try", "FAILED:FORBIDDEN"),
    (404, "", "3 tries", "FAILED:HTTP_NOT_FOUND"),
    (500, r#"{"error":"Failed to generate ticket"}"#, "fatal, 1 try", "RECONNECTING:SERVER_ERROR"),
    (500, "", "3 tries", "RECONNECTING:SERVER_ERROR"),
    (503, "", "3 tries", "RECONNECTING:SERVER_ERROR"),
    (429, r#"{"error":"Too many requests","code":"RATE_LIMITED"}"#, "fatal, 1 try", "RECONNECTING:RATE_LIMITED"),
    (200, "<html>sign in</html>", "fatal, 1 try", "RECONNECTING:PROTOCOL"),
    (200, r#"{"success":false,"error":"no"}"#, "fatal, 1 try", "RECONNECTING:SERVICE"),
];

#[test]
fn the_rows_of_retry_classes() {
    println!("{:>4} {:<24} theirs           ours", "HTTP", "body");
    for (status, body, theirs, ours) in ROWS {
        let sim = sim(|config| {
            let refusal = Refusal { body: (*body).to_owned(), ..Refusal::status(*status) };
            config.quirks = Quirks { ticket: Some(refusal), ..Quirks::default() };
        });
        let mut host = Host::connecting(&sim.http_url(), &[]);
        let found = host.until_any(ours, |told| {
            let word = told.word();
            word == *ours || word.split(':').next() == Some(ours)
        });
        println!("{status:>4} {:<24.24} {theirs:<16} {ours}", body);
        if ours.starts_with("RECONNECTING") {
            // What can pass is tried again until it has passed.
            sim.set_quirks(Quirks::default());
            host.until("READY");
        } else if *ours == "CREDENTIAL_NEEDED" {
            assert_eq!(asked(&sim).len(), 1, "nothing is sent until the host has answered");
            sim.set_quirks(Quirks::default());
            host.act(Action::SetCredential { value: Secret::new("fresh") });
            host.until("READY");
        } else {
            assert!(found.text.contains("option"), "it says what to do: {}", found.text);
            assert_eq!(asked(&sim).len(), 1);
        }
    }
}

#[test]
fn the_service_says_when_to_come_back() {
    let sim = sim(|config| {
        let refusal = Refusal::status(429).header("Retry-After", "1").times(1);
        config.quirks = Quirks { ticket: Some(refusal), ..Quirks::default() };
    });
    let mut host = Host::connecting(&sim.http_url(), &[]);
    let waits = host.until("RECONNECTING:RATE_LIMITED");
    assert!(waits.json.contains("\"delay_ms\":1000"), "{}", waits.json);
    host.until("READY");
}

#[test]
fn a_ticket_server_that_stalls_or_is_dead_is_tried_again() {
    let sim = sim(|_| {});
    sim.set_faults(Faults { stall_http: true, ..Faults::default() });
    let mut host = Host::connecting(&sim.http_url(), &[("toolchat.ticket_timeout_ms", "100")]);
    host.until("RECONNECTING:TIMEOUT");
    sim.set_faults(Faults::default());
    host.until("READY");
    drop(host);
    let url = sim.http_url();
    drop(sim);
    let mut host = Host::connecting(&url, &[("retry.max_attempts", "2")]);
    host.until("RECONNECTING:REFUSED");
    let failed = host.until("FAILED:REFUSED");
    assert!(failed.text.contains("no ticket could be had"), "{}", failed.text);
}

#[test]
fn an_upgrade_that_refuses_every_ticket_ends_with_what_to_do() {
    for status in [401, 403] {
        let sim = sim(|config| config.quirks.refuse_tickets = Some(status));
        let mut host = Host::connecting(&sim.http_url(), &[]);
        let failed = host.until("FAILED:UNAUTHORIZED");
        assert!(failed.text.contains("check the options credential, toolchat.server_key"), "{}", failed.text);
        assert_eq!(sim.tickets(), 2, "one fresh ticket, then it stops");
    }
}

#[test]
fn a_frame_or_a_close_that_refuses_the_ticket_does_the_same() {
    for quirks in [
        Quirks { auth_error: Some("TICKET_INVALID".into()), ..Quirks::default() },
        Quirks { auth_error: Some("SOMETHING_NEW".into()), ..Quirks::default() },
        Quirks { close_at_once: Some(1008), ..Quirks::default() },
        Quirks { close_at_once: Some(4005), ..Quirks::default() },
    ] {
        let sim = sim(|config| config.quirks = quirks);
        let mut host = Host::connecting(&sim.http_url(), &[]);
        host.until("FAILED:UNAUTHORIZED");
        assert_eq!(sim.tickets(), 2);
    }
}

#[test]
fn revoked_and_expired_tickets_are_replaced_without_a_word_to_the_host() {
    for (profile, generation) in [
        ("current", parlor::sim::toolchat::Generation::Current),
        ("documented", parlor::sim::toolchat::Generation::Documented),
    ] {
        let sim = sim(|config| {
            config.generation = generation;
            config.single_use = false;
        });
        let mut host = Host::ready(&sim.http_url(), &[("toolchat.profile", profile)]);
        sim.cut(1006);
        host.until("READY");
        assert_eq!(sim.tickets(), 1, "{profile}: it was good for a second connection");
        sim.revoke_tickets();
        sim.cut(1006);
        host.until("READY");
        assert_eq!(sim.tickets(), 2, "{profile}");
    }
}

#[test]
fn a_ticket_that_is_over_by_its_date_is_not_used_again() {
    let sim = sim(|config| {
        config.ticket_life = Duration::from_secs(5);
        config.quirks.validate = Some(Refusal::status(500));
    });
    let mut host = Host::ready(&sim.http_url(), &[]);
    sim.cut(1012);
    host.until("READY");
    assert_eq!(sim.tickets(), 2, "five seconds are less than the margin of thirty");
    eventually("the check came first", || asked(&sim).contains(&"POST /api/v1/tickets/validate".to_owned()));
}

/// How many attempts a client makes that finds nobody, with these options.
fn attempts(more: &[(&str, &str)]) -> usize {
    let sim = sim(|config| config.quirks.ticket = Some(Refusal::status(503)));
    let mut options = Options::default();
    let profile = r#"{"retry":{"initial_ms":1,"factor_percent":100,"max_ms":2,"max_attempts":3}}"#;
    let base = [("protocol", "toolchat"), ("proxy", "none"), ("credential", "t"), ("toolchat.profile", profile)];
    for (name, value) in base.iter().chain(more) {
        options.set_named(name, value).expect(name);
    }
    options.set_named("url", &sim.http_url()).expect("url");
    let client = Client::new(&options, None, &PLATFORM).expect("a client");
    client.connect(0).expect("alive");
    while client.state() != State::Failed {
        let batch = client.take(Some(Duration::from_secs(20))).expect("alive").expect("it fails soon");
        assert!(batch.records().all(|record| record.event().kind != Kind::CredentialNeeded));
    }
    client.destroy();
    asked(&sim).len()
}

#[test]
fn the_waits_of_the_profile_hold_where_the_host_has_said_nothing() {
    assert_eq!(attempts(&[]), 3);
    assert_eq!(attempts(&[("retry.max_attempts", "5")]), 5);
}
