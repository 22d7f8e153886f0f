//! Codes: what an error, an unsubscribe and a close mean, and whether to come back after it.

use super::line::Fault;
use crate::model::{Error, Nanos, Status, millis};
use crate::protocol::{Failure, Loss, classify};

/// The least to wait after the service has turned a client away, so that a rejection never becomes a tight loop.
const AFTER_REJECTION: Nanos = millis(100);
/// The same when the service says that it is asked too much.
const AFTER_TOO_MANY: Nanos = millis(2_000);

/// Codes that the client gives itself.
pub(crate) mod local {
    /// The host asked for it.
    pub(crate) const CALLED: u32 = 0;
}

/// The code of an expired token.
pub(super) const TOKEN_EXPIRED: u32 = 109;
/// The code of a subscription that exists already.
pub(super) const ALREADY_SUBSCRIBED: u32 = 105;
/// The code of a disconnect after which token and positions are worth nothing.
pub(super) const STATE_INVALIDATED: u16 = 3014;
/// The same for one subscription.
pub(super) const SUBSCRIPTION_INVALIDATED: u32 = 2502;
/// From here on an unsubscribe is to be answered with a subscribe.
pub(super) const RESUBSCRIBE: u32 = 2500;

/// Whether to try again what failed so.
pub(super) fn is_temporary(fault: &Fault<'_>) -> bool {
    fault.temporary || fault.code < 100
}

/// An error of the service as the host is told it.
pub(crate) fn explain(fault: &Fault<'_>) -> Error {
    let status = match fault.code {
        100 => Status::ServerError,
        101 | 109 | 110 => Status::Unauthorized,
        103 => Status::Forbidden,
        105 => Status::Conflict,
        106 | 107 | 112 => Status::Rejected,
        111 => Status::RateLimited,
        _ => Status::Service,
    };
    Error::new(status, format!("the service answered with error {}: {}", fault.code, fault.message))
}

/// What the end of the socket means: the ranges of the protocol first, then what any service's end means.
pub(super) fn loss(failure: &Failure) -> Loss {
    match failure.close_code {
        0 | 1006 => classify(failure),
        code => by_code(u32::from(code), &failure.reason),
    }
}

/// The same for the code of a close frame or of a disconnect push.
pub(super) fn by_code(code: u32, reason: &str) -> Loss {
    let said = if reason.is_empty() { String::new() } else { format!(" (\"{reason}\")") };
    let text = format!("the service closed the connection with code {code}{said}");
    let terminal = matches!(code, 1009 | 3500..=3999 | 4500..=4999);
    let status = match code {
        1009 => Status::TooBig,
        1002 | 1003 | 1007 | 3501 | 3506 => Status::Protocol,
        3005 | 3500 => Status::Unauthorized,
        3012 => Status::IdleTimeout,
        3013 | 3509 => Status::RateLimited,
        3004 => Status::ServerError,
        3507 => Status::Forbidden,
        _ => Status::ServiceClosed,
    };
    if !terminal {
        let after = if code == 3013 { AFTER_TOO_MANY } else { AFTER_REJECTION };
        return Loss::Retry { error: Error::new(status, text), after: Some(after) };
    }
    let advice = match code {
        1009 => "a message was larger than the service takes",
        3500 => "the token is invalid: check who signed it and with what",
        3501 => "it did not understand what was sent; is there a Centrifugo of version 4 or later at that address?",
        3504 | 3505 => "a limit of the service was reached",
        3507 => "the token does not allow it",
        _ => "it does not want the client to come back",
    };
    Loss::GiveUp { error: Error::new(status, format!("{text}; {advice}")) }
}

#[cfg(test)]
mod tests {
    use super::by_code;
    use crate::protocol::Loss;

    #[test]
    fn every_code_has_its_reconnect_rule() {
        let comes_back = |code| match by_code(code, "why") {
            Loss::Retry { after, .. } => {
                assert!(after.is_some(), "{code} never becomes a tight loop");
                true
            }
            Loss::GiveUp { error } => {
                assert!(error.text.contains(&code.to_string()) && error.text.contains("why"));
                false
            }
            Loss::RetryWithCredential { .. } => panic!("{code}"),
        };
        for code in [1000, 1001, 1002, 1011, 1012, 3000, 3001, 3004, 3005, 3006, 3008, 3009, 3010, 3011, 3012, 3013] {
            assert!(comes_back(code), "{code}");
        }
        for code in [3014, 3499, 4000, 4001, 4499] {
            assert!(comes_back(code), "{code}");
        }
        for code in [1009, 3500, 3501, 3502, 3503, 3504, 3505, 3506, 3507, 3508, 3509, 3999, 4500, 4501, 4999] {
            assert!(!comes_back(code), "{code}");
        }
    }
}
