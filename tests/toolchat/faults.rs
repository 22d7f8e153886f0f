//! Ticket servers that are slow, dead or lie, and the rows of retry classes of the service's own client, with what this
//! one does beside them.

use std::time::Duration;

use parlor::core::Client;
use parlor::model::{Action, Kind, Options, Secret, State};
use parlor::runtime::PLATFORM;
use parlor::sim::toolchat::Quirks;
use parlor::sim::{Faults, Refusal};

use crate::host::{Host, asked, eventually, sim};

/// What becomes of the request for a ticket.
#[derive(Clone, Copy)]
enum Fate {
    /// It is answered so.
    Answer(u16, &'static str),
    /// Nothing comes in the time of the option.
    Silence,
    /// Nobody listens.
    Nobody,
}
use Fate::{Answer, Nobody, Silence};

/// What its own client was seen to do, in requests and class, and what this one does.
const ROWS: &[(Fate, &str, &str)] = &[
    (
        Answer(401, r#"{"error":"Invalid authentication token","code":"AUTH_INVALID"}"#),
        "1, auth, fatal",
        "CREDENTIAL_NEEDED",
    ),
    (Answer(401, r#"{"error":"Invalid authentication token"}"#), "1, auth, fatal", "CREDENTIAL_NEEDED"),
    (
        Answer(401, r#"{"error":"Invalid chat server key","code":"SERVER_KEY_INVALID"}"#),
        "1, unknown, fatal",
        "FAILED:UNAUTHORIZED",
    ),
    (Answer(401, r#"{"error":"Invalid chat server key"}"#), "1, unknown, fatal", "CREDENTIAL_NEEDED"),
    (Answer(401, ""), "1, auth, fatal", "CREDENTIAL_NEEDED"),
    (Answer(403, ""), "not seen", "FAILED:FORBIDDEN"),
    (Answer(403, r#"{"code":"USER_MISMATCH"}"#), "not seen", "FAILED:FORBIDDEN"),
    (Answer(404, ""), "3, network", "FAILED:HTTP_NOT_FOUND"),
    (Answer(404, r#"{"code":"USER_NOT_FOUND"}"#), "not seen", "FAILED:HTTP_NOT_FOUND"),
    (Answer(500, r#"{"error":"Failed to generate ticket"}"#), "1, unknown, fatal", "RECONNECTING:SERVER_ERROR"),
    (Answer(500, ""), "3, network", "RECONNECTING:SERVER_ERROR"),
    (Answer(503, ""), "3, network", "RECONNECTING:SERVER_ERROR"),
    (
        Answer(429, r#"{"error":"Too many requests","code":"RATE_LIMITED"}"#),
        "1, unknown, fatal",
        "RECONNECTING:RATE_LIMITED",
    ),
    (Silence, "1, unknown, fatal", "RECONNECTING:TIMEOUT"),
    (Nobody, "1, unknown, fatal", "RECONNECTING:REFUSED"),
    (Answer(200, "<html>sign in</html>"), "1, unknown, fatal", "RECONNECTING:PROTOCOL"),
    (Answer(200, r#"{"success":false,"error":"no"}"#), "1, unknown, fatal", "RECONNECTING:SERVICE"),
];

#[test]
fn the_rows_of_retry_classes() {
    println!("{:<34} {:<18} this client", "the request for a ticket", "its own: requests");
    for (fate, theirs, ours) in ROWS {
        let sim = sim(|_| {});
        let what = match *fate {
            Answer(status, body) => {
                let refusal = Refusal { body: body.to_owned(), ..Refusal::status(status) };
                sim.set_quirks(Quirks { ticket: Some(refusal), ..Quirks::default() });
                format!("{status} {body:.30}")
            }
            Silence => {
                sim.set_faults(Faults { stall_http: true, ..Faults::default() });
                "no answer in time".to_owned()
            }
            Nobody => {
                sim.restart(Duration::from_secs(2));
                eventually("nobody listens", || std::net::TcpStream::connect(sim.addr()).is_err());
                "connection refused".to_owned()
            }
        };
        let mut host = Host::connecting(&sim.http_url(), &[("toolchat.ticket_timeout_ms", "100")]);
        let found = host.until_any(ours, |told| {
            let word = told.word();
            word == *ours || word.split(':').next() == Some(ours)
        });
        println!("{what:<34} {theirs:<18} {ours}");
        if ours.starts_with("RECONNECTING") {
            // What can pass is tried again until it has passed.
            sim.set_quirks(Quirks::default());
            sim.set_faults(Faults::default());
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
fn a_slow_ticket_server_is_waited_for() {
    let sim = sim(|_| {});
    sim.set_faults(Faults { http_delay_ms: 300, ..Faults::default() });
    let mut host = Host::connecting(&sim.http_url(), &[("toolchat.ticket_timeout_ms", "20000")]);
    assert_eq!(host.states("READY"), ["CONNECTING", "CONNECTED", "READY"]);
    assert_eq!(asked(&sim), ["POST /api/v1/tickets"]);
}

#[test]
fn a_ticket_server_that_lies_is_believed_in_nothing_but_its_tickets() {
    let good_until = |date: &str| format!(r#"{{"success":true,"ticket":"made up","expiresAt":"{date}"}}"#);
    for (lie, status, body, expected) in [
        (
            "a ticket that the socket does not take",
            200,
            good_until("2099-01-01T00:00:00Z"),
            "RECONNECTING:UNAUTHORIZED",
        ),
        ("one that was over before it was given", 200, good_until("1999-01-01T00:00:00Z"), "RECONNECTING:UNAUTHORIZED"),
        ("one without an end that could be read", 200, good_until("soon"), "RECONNECTING:UNAUTHORIZED"),
        ("an end that is a number", 200, r#"{"ticket":"t","expiresAt":7}"#.into(), "RECONNECTING:PROTOCOL"),
        ("a ticket that is no text", 200, r#"{"success":true,"ticket":{"a":1}}"#.into(), "RECONNECTING:PROTOCOL"),
        ("an empty ticket", 200, r#"{"success":true,"ticket":""}"#.into(), "RECONNECTING:SERVICE"),
        ("a success without a ticket", 200, r#"{"success":true}"#.into(), "RECONNECTING:SERVICE"),
        ("nothing", 204, String::new(), "RECONNECTING:PROTOCOL"),
        ("half of an answer", 200, good_until("2099")[..40].to_owned(), "RECONNECTING:PROTOCOL"),
        ("a ticket with an error status", 500, good_until("2099-01-01T00:00:00Z"), "RECONNECTING:SERVER_ERROR"),
    ] {
        let sim = sim(|config| {
            config.quirks.ticket = Some(Refusal { body, ..Refusal::status(status).times(1) });
        });
        let mut host = Host::connecting(&sim.http_url(), &[]);
        let found = host.until_any(lie, |told| told.kind == Kind::State && told.name != "CONNECTING");
        assert_eq!(found.word(), expected, "{lie}: {}", found.text);
        host.until("READY");
        println!("{lie:<40} {expected}, then READY");
    }
    // It says of a ticket that is used up that it is good, again and again: that ends, too.
    let sim = sim(|config| {
        config.quirks.validate = Some(Refusal { body: r#"{"valid":true}"#.into(), ..Refusal::status(200) });
    });
    let mut host = Host::ready(&sim.http_url(), &[]);
    sim.cut(1006);
    assert_eq!(host.states("READY"), ["RECONNECTING:CONNECTION_LOST", "CONNECTED", "GAP", "READY"]);
    assert_eq!(sim.tickets(), 2);
    // It wants to be asked again in a hundred years.
    let refusal = Refusal::status(429).header("Retry-After", "3153600000").times(1);
    sim.set_quirks(Quirks { ticket: Some(refusal), ..Quirks::default() });
    sim.revoke_tickets();
    sim.cut(1006);
    let waits = host.until("RECONNECTING:RATE_LIMITED");
    assert!(waits.json.contains("\"delay_ms\":86400000"), "a day is the most: {}", waits.json);
    host.client.network_changed();
    host.until("READY");
}

#[test]
fn too_many_tickets_are_waited_for() {
    let sim = sim(|config| {
        config.ticket_limit = 1;
        config.ticket_window = Duration::from_millis(900);
    });
    let mut host = Host::ready(&sim.http_url(), &[]);
    sim.cut(1006);
    // The ticket is used up, the second is one too many, and the service says for how long.
    assert!(host.until("RECONNECTING:RATE_LIMITED").json.contains("\"delay_ms\":1000"));
    host.until("READY");
    assert_eq!(sim.tickets(), 2);
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
