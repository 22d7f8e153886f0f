//! From the errors of the crates below to one [`Failure`]: a status for the program, a sentence for the person.

use std::error::Error as StdError;
use std::io;
use std::time::SystemTime;

use rustls::CertificateError;

use super::resolve::DnsError;
use super::verify::PinMismatch;
use crate::model::{Error, Nanos, Status};
use crate::protocol::Failure;

/// What a Retry-After header asks for: seconds, or a date, which counts from `now`.
#[must_use]
pub fn retry_after(value: &str, now: SystemTime) -> Option<Nanos> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u32>() {
        return Some(u64::from(seconds) * 1_000_000_000);
    }
    let date = httpdate::parse_http_date(value).ok()?;
    let wait = date.duration_since(now).unwrap_or_default();
    Some(u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX))
}

/// An error and what lies under it, deepest last. An `io::Error` hides the error that it wraps from `source`, and that
/// is where TLS puts its own.
pub(super) fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn StdError + 'static)| {
        let error: &'a (dyn StdError + 'static) = *error;
        let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        match wrapped {
            Some(inner) => Some(inner as &(dyn StdError + 'static)),
            None => error.source(),
        }
    })
}

pub(super) fn find<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    chain(error).find_map(|error| error.downcast_ref::<T>())
}

/// What the deepest error says; the ones above it mostly say that there is one below.
pub(super) fn deepest(error: &(dyn StdError + 'static)) -> String {
    chain(error).last().map(ToString::to_string).unwrap_or_default()
}

/// An error on the way to the other side, or while talking to it. `place` is its host and port.
pub(super) fn of_error(error: &(dyn StdError + 'static), place: &str) -> Failure {
    if let Some(dns) = find::<DnsError>(error) {
        return Failure::new(Status::Dns, dns.to_string());
    }
    if let Some(tls) = find::<rustls::Error>(error) {
        return of_tls(tls, place);
    }
    if let Some(io) = chain(error).filter_map(|error| error.downcast_ref::<io::Error>()).last() {
        return of_io(io, place);
    }
    Failure::new(Status::ConnectionLost, format!("{place}: {}", deepest(error)))
}

fn of_io(error: &io::Error, place: &str) -> Failure {
    use io::ErrorKind as Kind;
    match error.kind() {
        Kind::ConnectionRefused => {
            Failure::new(Status::Refused, format!("{place} refuses connections: is the service running there?"))
        }
        Kind::HostUnreachable | Kind::NetworkUnreachable | Kind::AddrNotAvailable | Kind::PermissionDenied => {
            Failure::new(Status::Unreachable, format!("there is no way to {place} from here ({error})"))
        }
        Kind::TimedOut => Failure::new(Status::ConnectTimeout, format!("{place} did not answer in time")),
        Kind::UnexpectedEof | Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe => {
            Failure::new(Status::ConnectionLost, format!("{place} ended the connection without a word ({error})"))
        }
        _ => Failure::new(Status::ConnectionLost, format!("{place}: {error}")),
    }
}

fn of_tls(error: &rustls::Error, place: &str) -> Failure {
    match error {
        rustls::Error::InvalidCertificate(certificate) => of_certificate(certificate, place),
        rustls::Error::NoCertificatesPresented => {
            Failure::new(Status::TlsCertificate, format!("tls: {place} has shown no certificate"))
        }
        rustls::Error::InvalidMessage(_) => Failure::new(
            Status::Tls,
            format!("tls: {place} does not speak TLS ({error}); is it http:// or ws:// there?"),
        ),
        _ => Failure::new(Status::Tls, format!("tls: {place}: {error}")),
    }
}

fn of_certificate(error: &CertificateError, place: &str) -> Failure {
    let day = |time: rustls_pki_types::UnixTime| {
        httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(time.as_secs()))
    };
    let trouble = match error {
        CertificateError::ExpiredContext { not_after, .. } => {
            format!("expired on {}; if it did not, the clock of this machine is wrong", day(*not_after))
        }
        CertificateError::Expired => "has expired".to_owned(),
        CertificateError::NotValidYetContext { not_before, .. } => {
            format!("is not valid before {}; if it is, the clock of this machine is wrong", day(*not_before))
        }
        CertificateError::NotValidYet => "is not valid yet; the clock of this machine may be wrong".to_owned(),
        CertificateError::UnknownIssuer => {
            "is issued by an unknown authority; set option tls.ca_pem or tls.ca_file to trust it".to_owned()
        }
        CertificateError::NotValidForNameContext { presented, .. } if presented.is_empty() => {
            "carries no name at all; it needs a subjectAltName for this host".to_owned()
        }
        CertificateError::NotValidForNameContext { presented, .. } => {
            format!("is for another host: it carries {}", presented.join(", "))
        }
        CertificateError::NotValidForName => "is for another host".to_owned(),
        CertificateError::Revoked => "has been revoked".to_owned(),
        CertificateError::Other(other) => match other.0.downcast_ref::<PinMismatch>() {
            Some(mismatch) => mismatch.to_string(),
            None if other.to_string().contains("CaUsedAsEndEntity") => {
                "is an authority's own (CA:TRUE) and may not be a server's; issue a server certificate with it"
                    .to_owned()
            }
            None => format!("is not acceptable ({other})"),
        },
        other => format!("is not acceptable ({other})"),
    };
    Failure::new(Status::TlsCertificate, format!("tls: certificate for \"{place}\" {trouble}"))
}

/// An error of the options, met only when they were put to use.
pub(super) fn of_options(error: Error) -> Failure {
    Failure::new(error.status, error.text)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::retry_after;

    #[test]
    fn retry_after_takes_seconds_and_dates() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777 - 90);
        assert_eq!(retry_after(" 7 ", now), Some(7_000_000_000));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now), Some(90_000_000_000));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:37 GMT", SystemTime::now()), Some(0));
        assert_eq!(retry_after("soon", now), None);
        assert_eq!(retry_after("-1", now), None);
        assert_eq!(retry_after("99999999999999999999", now), None);
    }
}
