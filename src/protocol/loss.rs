//! What the end of a link means when the service has no rule of its own for it: try again, ask for a fresh credential,
//! or give up. A protocol looks at its own close codes first and comes here with the rest.

use super::{Failure, Loss};
use crate::model::{Error, Nanos, Status};

/// How much of a service's own words goes into an error text.
const QUOTE: usize = 300;

/// The status that stands for an HTTP status.
#[must_use]
pub const fn status_of_http(http: u16) -> Status {
    match http {
        200..=299 => Status::Ok,
        300..=399 => Status::Redirect,
        400 | 422 => Status::Rejected,
        401 => Status::Unauthorized,
        403 => Status::Forbidden,
        404 | 405 | 410 => Status::HttpNotFound,
        407 => Status::Proxy,
        409 => Status::Conflict,
        413 => Status::TooBig,
        429 => Status::RateLimited,
        500..=599 => Status::ServerError,
        _ => Status::Http,
    }
}

/// Decides about a failure by what is known of it: the HTTP status of a refused upgrade, else the service's close code,
/// else the error of the network.
#[must_use]
pub fn classify(failure: &Failure) -> Loss {
    if failure.http_status != 0 {
        by_http(failure)
    } else if !matches!(failure.close_code, 0 | 1006) && !failure.found_here() {
        by_close(failure)
    } else {
        by_error(failure)
    }
}

fn by_http(failure: &Failure) -> Loss {
    let http = failure.http_status;
    let said = quoted(&failure.reason);
    let error = |advice: &str| {
        let status = match status_of_http(http) {
            Status::Ok => Status::Http,
            status => status,
        };
        Error::new(status, format!("the service answered the connection with HTTP {http}{said}; {advice}"))
    };
    match http {
        401 => Loss::RetryWithCredential { error: error("the credential is missing, wrong or expired") },
        408 | 425 | 429 | 500 | 502..=504 | 506..=599 => retry(error("trying again"), failure.retry_after),
        200..=299 => give_up(error("there is no WebSocket at that address, check the option url")),
        300..=399 => give_up(error("set the option url to the address that it points to")),
        403 => give_up(error("it is not allowed, or the path is wrong: check the credential and the option url")),
        404 | 405 | 410 => give_up(error("there is no such path, check the option url")),
        _ => give_up(error("trying again can not help")),
    }
}

fn by_close(failure: &Failure) -> Loss {
    let code = failure.close_code;
    let said = quoted(&failure.reason);
    let status = match code {
        1002 | 1003 | 1007 | 1010 => Status::Protocol,
        1009 => Status::TooBig,
        1015 => Status::Tls,
        3000 => Status::Unauthorized,
        3003 => Status::Forbidden,
        _ => Status::ServiceClosed,
    };
    let error = Error::new(status, format!("the service closed the connection with code {code}{said}"));
    match code {
        3000 => Loss::RetryWithCredential { error },
        1008 | 1010 | 3003 => give_up(error),
        _ => retry(error, failure.retry_after),
    }
}

fn by_error(failure: &Failure) -> Loss {
    let error = failure.error.clone();
    match error.status {
        // A certificate does not become good by waiting, and neither does a wrong address or a missing feature.
        Status::TlsCertificate | Status::InvalidArgument | Status::Unsupported | Status::Forked | Status::Panic => {
            give_up(error)
        }
        Status::Unauthorized => Loss::RetryWithCredential { error },
        _ => retry(error, failure.retry_after),
    }
}

fn retry(error: Error, after: Option<Nanos>) -> Loss {
    Loss::Retry { error, after }
}

fn give_up(error: Error) -> Loss {
    Loss::GiveUp { error }
}

/// The service's own words as a part of a sentence, cut to a bearable length, or nothing.
fn quoted(said: &str) -> String {
    let said = said.trim();
    if said.is_empty() {
        return String::new();
    }
    match said.char_indices().nth(QUOTE) {
        Some((end, _)) => format!(" (\"{}...\")", &said[..end]),
        None => format!(" (\"{said}\")"),
    }
}

#[cfg(test)]
mod tests {
    use super::{classify, status_of_http};
    use crate::model::{Status, millis};
    use crate::protocol::{Failure, Loss};

    #[derive(Debug, PartialEq)]
    enum Means {
        Again,
        Fresh,
        Never,
    }
    use Means::{Again, Fresh, Never};

    fn meaning(loss: &Loss) -> (Means, Status) {
        match loss {
            Loss::Retry { error, .. } => (Again, error.status),
            Loss::RetryWithCredential { error } => (Fresh, error.status),
            Loss::GiveUp { error } => (Never, error.status),
        }
    }

    #[test]
    fn refused_upgrades() {
        for (http, means, status) in [
            (200, Never, Status::Http),
            (302, Never, Status::Redirect),
            (400, Never, Status::Rejected),
            (401, Fresh, Status::Unauthorized),
            (403, Never, Status::Forbidden),
            (404, Never, Status::HttpNotFound),
            (407, Never, Status::Proxy),
            (408, Again, Status::Http),
            (418, Never, Status::Http),
            (429, Again, Status::RateLimited),
            (500, Again, Status::ServerError),
            (501, Never, Status::ServerError),
            (502, Again, Status::ServerError),
            (503, Again, Status::ServerError),
            (505, Never, Status::ServerError),
        ] {
            let failure = Failure { http_status: http, ..Failure::new(Status::Http, "refused") };
            assert_eq!(meaning(&classify(&failure)), (means, status), "HTTP {http}");
        }
    }

    #[test]
    fn close_codes() {
        for (code, means, status) in [
            (1000, Again, Status::ServiceClosed),
            (1001, Again, Status::ServiceClosed),
            (1002, Again, Status::Protocol),
            (1006, Again, Status::ConnectionLost),
            (1008, Never, Status::ServiceClosed),
            (1009, Again, Status::TooBig),
            (1010, Never, Status::Protocol),
            (1011, Again, Status::ServiceClosed),
            (1012, Again, Status::ServiceClosed),
            (1013, Again, Status::ServiceClosed),
            (1014, Again, Status::ServiceClosed),
            (3000, Fresh, Status::Unauthorized),
            (3003, Never, Status::Forbidden),
            (4321, Again, Status::ServiceClosed),
        ] {
            let failure = Failure { close_code: code, ..Failure::new(Status::ConnectionLost, "ended") };
            assert_eq!(meaning(&classify(&failure)), (means, status), "close {code}");
        }
    }

    #[test]
    fn what_this_side_has_found_wrong_is_told_in_its_own_words() {
        for (code, status) in [(1002, Status::Protocol), (1007, Status::Protocol), (1009, Status::TooBig)] {
            let failure = Failure { close_code: code, ..Failure::new(status, "more than option frame.max_bytes") };
            let Loss::Retry { error, .. } = classify(&failure) else { panic!("{code} is tried again") };
            assert_eq!((error.status, error.text.as_str()), (status, "more than option frame.max_bytes"));
        }
    }

    #[test]
    fn network_errors() {
        for (status, means) in [
            (Status::Dns, Again),
            (Status::Refused, Again),
            (Status::Unreachable, Again),
            (Status::ConnectTimeout, Again),
            (Status::ConnectionLost, Again),
            (Status::IdleTimeout, Again),
            (Status::HandshakeTimeout, Again),
            (Status::Proxy, Again),
            (Status::Tls, Again),
            (Status::TlsCertificate, Never),
            (Status::InvalidArgument, Never),
        ] {
            assert_eq!(meaning(&classify(&Failure::new(status, "x"))), (means, status));
        }
    }

    #[test]
    fn the_service_is_quoted_and_its_wish_to_wait_is_kept() {
        let failure = Failure {
            http_status: 429,
            reason: "é".repeat(400),
            retry_after: Some(millis(7000)),
            ..Failure::new(Status::Http, "refused")
        };
        let Loss::Retry { error, after } = classify(&failure) else { panic!("429 is tried again") };
        assert_eq!(after, Some(millis(7000)));
        assert!(error.text.contains("ééé...") && error.text.len() < 800, "{}", error.text);
    }

    #[test]
    fn http_statuses() {
        for (http, status) in [
            (200, Status::Ok),
            (204, Status::Ok),
            (307, Status::Redirect),
            (400, Status::Rejected),
            (409, Status::Conflict),
            (413, Status::TooBig),
            (422, Status::Rejected),
            (599, Status::ServerError),
            (600, Status::Http),
            (101, Status::Http),
        ] {
            assert_eq!(status_of_http(http), status, "{http}");
        }
    }
}
