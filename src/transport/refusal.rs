//! A refused upgrade: what the service says about it, read to the end as far as that is worth it.

use std::time::{Duration, SystemTime};

use ::http::{HeaderMap, Response};
use tokio::io::AsyncReadExt;

use super::dial::Target;
use super::failure::retry_after;
use super::stream::Stream;
use crate::model::Status;
use crate::protocol::{Failure, status_of_http};

/// As much of a refusal's body as is kept.
const BODY_MAX: usize = 4096;
/// How long the rest of a refusal's body is waited for.
const BODY_WAIT: Duration = Duration::from_secs(1);

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("").trim()
}

/// Every header that is a text. The parser of the answer has bounded how many there are, and how long.
fn named(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &::http::HeaderValue| value.to_str().ok().map(|value| value.trim().to_owned());
    headers.iter().filter_map(|(name, value)| Some((name.as_str().to_owned(), text(value)?))).collect()
}

/// Makes a failure of a refusal. The stream is where the rest of its body is still to come from, behind what was read of
/// it already.
pub(super) async fn of_response(
    response: Response<Option<Vec<u8>>>,
    stream: Option<(Stream, Vec<u8>)>,
    target: &Target,
) -> Failure {
    let (parts, begun) = response.into_parts();
    let code = parts.status.as_u16();
    let mut body = begun.unwrap_or_default();
    if let Some((stream, left)) = stream {
        body.extend(left);
        // When time runs out, what has come until then is what there is.
        let _ = tokio::time::timeout(BODY_WAIT, read_rest(&parts.headers, &mut body, stream)).await;
    }
    if header(&parts.headers, "transfer-encoding").eq_ignore_ascii_case("chunked") {
        body = dechunk(&body);
    }
    body.truncate(BODY_MAX);
    let reason = String::from_utf8_lossy(&body).trim().to_owned();
    let place = target.place();
    let location = header(&parts.headers, "location");
    let (status, text) = match status_of_http(code) {
        Status::Redirect if !location.is_empty() => (Status::Redirect, redirect_text(&target.url, location)),
        Status::Redirect => (Status::Redirect, format!("{place} redirects the upgrade (HTTP {code}) but not whereto")),
        // 200 and the like: something answers there, but it is no WebSocket.
        Status::Ok => (
            Status::Protocol,
            format!("{place} answered HTTP {code} instead of a WebSocket upgrade; is the path right?"),
        ),
        status => (status, format!("{place} refused the upgrade: HTTP {}", parts.status)),
    };
    Failure {
        http_status: code,
        reason,
        retry_after: retry_after(header(&parts.headers, "retry-after"), SystemTime::now()),
        headers: named(&parts.headers),
        ..Failure::new(status, text)
    }
}

/// The sentence about a redirect that is not followed; only the origin of its aim is shown.
pub(super) fn redirect_text(from: &url::Url, location: &str) -> String {
    match from.join(location) {
        Ok(aim) => {
            let (from, aim) = (Target::origin(from), Target::origin(&aim));
            if from == aim {
                format!(
                    "{from} redirects to another path of itself, which can not be followed here; correct option url"
                )
            } else {
                format!("{from} redirects to {aim}, which is not followed; set option url to it if it is the right one")
            }
        }
        Err(_) => format!("{} redirects to something that is not a URL", Target::origin(from)),
    }
}

/// Reads until the body is whole, long enough, or over.
async fn read_rest(headers: &HeaderMap, body: &mut Vec<u8>, mut stream: Stream) {
    let chunked = header(headers, "transfer-encoding").eq_ignore_ascii_case("chunked");
    let length: usize = header(headers, "content-length").parse().unwrap_or(usize::MAX);
    let mut piece = [0; 1024];
    while body.len() < length.min(BODY_MAX) && !(chunked && body.ends_with(b"0\r\n\r\n")) {
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => return,
            Ok(count) => body.extend_from_slice(&piece[..count]),
        }
    }
}

/// The content of a chunked body, as far as it is there.
fn dechunk(mut coded: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(coded.len());
    while let Some(end) = memchr::memchr(b'\n', coded) {
        let line = String::from_utf8_lossy(&coded[..end]);
        let digits = line.split(';').next().unwrap_or("").trim();
        let Ok(size) = usize::from_str_radix(digits, 16) else { break };
        if size == 0 {
            break;
        }
        let rest = &coded[end + 1..];
        let take = size.min(rest.len());
        plain.extend_from_slice(&rest[..take]);
        coded = rest[take..].strip_prefix(b"\r\n").unwrap_or(&[]);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::dechunk;

    #[test]
    fn chunks_are_joined_and_a_cut_is_harmless() {
        assert_eq!(dechunk(b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"), b"abcde");
        assert_eq!(dechunk(b"5\r\nab"), b"ab");
        assert_eq!(dechunk(b"nonsense\r\n"), b"");
        assert_eq!(dechunk(b"ffffffffffffffffff\r\nx"), b"");
    }
}
