//! Tickets: what the service's answer to a request for one means, and how long one is good.

use serde::Deserialize;

use super::time::{read_iso, retry_after};
use crate::model::{Error, Nanos, Secret, Status, millis};
use crate::protocol::{Failure, HttpAnswer, Loss, classify, status_of_http};

/// The longest that the service can have the client wait: whoever asks for more has made a mistake.
const LONGEST: Nanos = millis(86_400_000);

/// A ticket that is held.
#[derive(Clone, Debug)]
pub(super) struct Ticket {
    /// What the URL of the socket carries.
    pub(super) value: Secret,
    /// As the service wrote it, and in milliseconds since 1970 where that can be read.
    pub(super) expires_at: String,
    expires_ms: Option<u64>,
    /// No socket was dialled with it yet, so that a refusal is not for its age.
    pub(super) fresh: bool,
}

impl Ticket {
    /// Whether it is good for another connection, as far as can be known here. A ticket whose end can not be read has
    /// to be tried.
    pub(super) fn valid(&self, unix_ms: u64, margin_ms: u64) -> bool {
        self.expires_ms.is_none_or(|end| unix_ms < end.saturating_sub(margin_ms))
    }
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Answered {
    success: Option<bool>,
    ticket: Option<String>,
    expires_at: Option<String>,
    error: Option<String>,
    code: Option<String>,
    valid: Option<bool>,
}

fn read(body: &[u8]) -> Option<Answered> {
    serde_json::from_slice(body).ok()
}

/// The ticket of an answer, or what to do without one. It is decided by the HTTP status and the service's code, never by
/// its sentences, which change with its language.
pub(super) fn of_answer(answer: &Result<HttpAnswer<'_>, &Failure>, unix_ms: u64) -> Result<Ticket, Loss> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(failure) => return Err(of_failure(failure)),
    };
    let body = read(answer.body);
    let good = (200..300).contains(&answer.status);
    if let (true, Some(said)) = (good, &body)
        && said.success != Some(false)
        && let Some(value) = said.ticket.as_deref().filter(|ticket| !ticket.is_empty())
    {
        let expires_at = said.expires_at.clone().unwrap_or_default();
        let expires_ms = read_iso(&expires_at);
        return Ok(Ticket { value: Secret::new(value), expires_at, expires_ms, fresh: true });
    }
    let after = retry_after(answer.header("retry-after"), unix_ms).map(|after| after.min(LONGEST));
    Err(refused(answer.status, &body.unwrap_or_default(), after))
}

/// No answer at all.
fn of_failure(failure: &Failure) -> Loss {
    let told = Failure { http_status: 0, close_code: 0, ..failure.clone() };
    match classify(&told) {
        Loss::Retry { error, after } => Loss::Retry { error: about_ticket(error), after },
        Loss::RetryWithCredential { error } => Loss::RetryWithCredential { error: about_ticket(error) },
        Loss::GiveUp { error } => Loss::GiveUp { error: about_ticket(error) },
    }
}

fn about_ticket(error: Error) -> Error {
    Error::new(error.status, format!("no ticket could be had: {}", error.text))
}

fn refused(http: u16, said: &Answered, after: Option<Nanos>) -> Loss {
    let code = said.code.as_deref().unwrap_or_default();
    let words = match (said.error.as_deref(), code) {
        (Some(error), "") => format!(" (\"{}\")", cut(error)),
        (Some(error), code) => format!(" ({}: \"{}\")", cut(code), cut(error)),
        (None, "") => String::new(),
        (None, code) => format!(" ({})", cut(code)),
    };
    let error = |status: Status, advice: &str| {
        Error::new(status, format!("the service gave no ticket: HTTP {http}{words}; {advice}"))
    };
    let retry = |status, advice| Loss::Retry { error: error(status, advice), after };
    match (http, code) {
        (_, "SERVER_KEY_INVALID" | "SERVER_KEY_MISSING") => {
            Loss::GiveUp { error: error(Status::Unauthorized, "check the option toolchat.server_key") }
        }
        (_, "AUTH_INVALID" | "AUTH_MISSING") | (401, _) => {
            let advice = "the user's token (option credential) is missing, wrong or expired: \
                          set a fresh one, and check the option toolchat.server_key";
            Loss::RetryWithCredential { error: error(Status::Unauthorized, advice) }
        }
        (_, "USER_MISMATCH") => Loss::GiveUp {
            error: error(Status::Forbidden, "the token is another user's than the option toolchat.user_id says"),
        },
        (_, "USER_NOT_FOUND") => {
            Loss::GiveUp { error: error(Status::HttpNotFound, "check the options credential and toolchat.user_id") }
        }
        (_, "RATE_LIMITED") | (429, _) => retry(Status::RateLimited, "trying again when it allows"),
        (403, _) => {
            Loss::GiveUp { error: error(Status::Forbidden, "it is not allowed: check the options credential and url") }
        }
        (404 | 405 | 410, _) => {
            Loss::GiveUp { error: error(Status::HttpNotFound, "check the options url and toolchat.profile") }
        }
        (408 | 425 | 500 | 502..=504 | 506..=599, _) => retry(status_or_http(http), "trying again"),
        // What stands between here and the service can answer in its place, and will not for ever.
        (200..=299, _) if said.success.is_none() => {
            retry(Status::Protocol, "that is no answer of this service; trying again")
        }
        (200..=299, _) => retry(Status::Service, "trying again"),
        _ => Loss::GiveUp { error: error(status_or_http(http), "trying again can not help") },
    }
}

fn status_or_http(http: u16) -> Status {
    match status_of_http(http) {
        Status::Ok => Status::Http,
        status => status,
    }
}

fn cut(text: &str) -> &str {
    text.char_indices().nth(200).map_or(text, |(end, _)| &text[..end])
}

/// What the check of a ticket has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Checked {
    /// It is good, whatever its date says.
    Good,
    /// It is no good any more.
    Bad,
    /// Nobody could say.
    Unknown,
}

/// What an answer to the check of a ticket means.
pub(super) fn of_check(answer: &Result<HttpAnswer<'_>, &Failure>) -> Checked {
    match answer {
        Ok(answer) if (200..300).contains(&answer.status) => match read(answer.body).and_then(|said| said.valid) {
            Some(true) => Checked::Good,
            Some(false) => Checked::Bad,
            None => Checked::Unknown,
        },
        _ => Checked::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::{Checked, of_answer, of_check};
    use crate::model::{Status, millis};
    use crate::protocol::{Failure, HttpAnswer, Loss};

    #[test]
    fn a_good_ticket_is_good_until_shortly_before_its_end() {
        let body = br#"{"success":true,"ticket":"t","expiresAt":"1970-01-01T01:00:00Z"}"#;
        let ticket = of_answer(&Ok(HttpAnswer { status: 200, headers: &[], body }), 0).expect("a ticket");
        assert!(ticket.fresh && ticket.value.reveal() == "t");
        assert!(ticket.valid(3_569_999, 30_000) && !ticket.valid(3_570_000, 30_000));
        let body = br#"{"ticket":"t","expiresAt":"soon"}"#;
        let ticket = of_answer(&Ok(HttpAnswer { status: 201, headers: &[], body }), 0).expect("a ticket");
        assert!(ticket.valid(u64::MAX, 30_000), "only a try can tell");
    }

    #[test]
    fn refusals_are_told_apart_by_status_and_code() {
        for (http, body, means, status) in [
            (
                401,
                r#"{"error":"Invalid authentication token","code":"AUTH_INVALID"}"#,
                "credential",
                Status::Unauthorized,
            ),
            (401, r#"{"error":"Invalid chat server key"}"#, "credential", Status::Unauthorized),
            (401, r#"{"code":"SERVER_KEY_INVALID"}"#, "give up", Status::Unauthorized),
            (401, "", "credential", Status::Unauthorized),
            (400, r#"{"code":"AUTH_MISSING"}"#, "credential", Status::Unauthorized),
            (403, r#"{"code":"USER_MISMATCH"}"#, "give up", Status::Forbidden),
            (403, "", "give up", Status::Forbidden),
            (404, r#"{"code":"USER_NOT_FOUND"}"#, "give up", Status::HttpNotFound),
            (404, "", "give up", Status::HttpNotFound),
            (400, "", "give up", Status::Rejected),
            (429, r#"{"code":"RATE_LIMITED"}"#, "retry", Status::RateLimited),
            (408, "", "retry", Status::Http),
            (425, "", "retry", Status::Http),
            (500, r#"{"error":"Failed to generate ticket"}"#, "retry", Status::ServerError),
            (503, "", "retry", Status::ServerError),
            (501, "", "give up", Status::ServerError),
            (200, "<html>", "retry", Status::Protocol),
            (200, r#"{"success":false,"error":"no"}"#, "retry", Status::Service),
            (200, r#"{"success":false,"code":"AUTH_INVALID"}"#, "credential", Status::Unauthorized),
            (200, r#"{"success":true}"#, "retry", Status::Service),
            (204, "", "retry", Status::Protocol),
        ] {
            let answer = HttpAnswer { status: http, headers: &[], body: body.as_bytes() };
            let loss = of_answer(&Ok(answer), 0).expect_err("no ticket");
            let found = match &loss {
                Loss::Retry { error, .. } => ("retry", error.status),
                Loss::RetryWithCredential { error } => ("credential", error.status),
                Loss::GiveUp { error } => ("give up", error.status),
            };
            assert_eq!(found, (means, status), "HTTP {http} {body}");
        }
    }

    #[test]
    fn the_service_may_say_when_to_come_back() {
        let headers = [("retry-after".to_owned(), "7".to_owned())];
        let answer = HttpAnswer { status: 429, headers: &headers, body: b"" };
        let Err(Loss::Retry { after, .. }) = of_answer(&Ok(answer), 0) else { panic!("it is a retry") };
        assert_eq!(after, Some(millis(7000)));
    }

    #[test]
    fn no_answer_is_a_retry_and_a_bad_certificate_is_not() {
        let retry = Failure::new(Status::Timeout, "late");
        assert!(matches!(of_answer(&Err(&retry), 0), Err(Loss::Retry { .. })));
        let never = Failure::new(Status::TlsCertificate, "not trusted");
        assert!(matches!(of_answer(&Err(&never), 0), Err(Loss::GiveUp { .. })));
    }

    #[test]
    fn checks() {
        for (status, body, expected) in [
            (200, r#"{"valid":true}"#, Checked::Good),
            (200, r#"{"valid":false,"retryable":true}"#, Checked::Bad),
            (200, "{}", Checked::Unknown),
            (401, r#"{"valid":false}"#, Checked::Unknown),
            (500, "", Checked::Unknown),
        ] {
            assert_eq!(of_check(&Ok(HttpAnswer { status, headers: &[], body: body.as_bytes() })), expected, "{body}");
        }
        assert_eq!(of_check(&Err(&Failure::new(Status::Refused, "x"))), Checked::Unknown);
    }
}
