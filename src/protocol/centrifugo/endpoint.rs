//! Where a Centrifugo server is.

use url::Url;

use crate::model::{Error, redact_url};

const DEFAULT_URL: &str = "ws://localhost:8000/connection/websocket";
const DEFAULT_PATH: &str = "/connection/websocket";

/// Reads the option `url`: http, https, ws or wss. Without a path the service's own is taken.
///
/// # Errors
/// What is wrong with it, and what it should look like.
pub(in crate::protocol) fn websocket(given: &str) -> Result<String, Error> {
    let given = given.trim();
    let text = if given.is_empty() { DEFAULT_URL } else { given };
    let wrong = |what: &str| {
        Err(Error::invalid(format!("the url \"{}\": {what}; it looks like {DEFAULT_URL}", redact_url(text))))
    };
    let url = match Url::parse(text) {
        Ok(url) => url,
        Err(error) => return wrong(&format!("it is no URL ({error})")),
    };
    let scheme = match url.scheme() {
        "http" | "ws" => "ws",
        "https" | "wss" => "wss",
        _ => return wrong("it must begin with ws://, wss://, http:// or https://"),
    };
    let Some(host) = url.host_str().filter(|host| !host.is_empty()) else { return wrong("it names no host") };
    if !url.username().is_empty() || url.password().is_some() {
        return wrong("user and password do not belong there");
    }
    if url.fragment().is_some() || url.port() == Some(0) {
        return wrong("it has a fragment or the port 0");
    }
    let port = url.port().map_or(String::new(), |port| format!(":{port}"));
    let path = if url.path() == "/" { DEFAULT_PATH } else { url.path() };
    let query = url.query().map_or(String::new(), |query| format!("?{query}"));
    Ok(format!("{scheme}://{host}{port}{path}{query}"))
}

#[cfg(test)]
mod tests {
    use super::websocket;

    #[test]
    fn addresses() {
        for (given, expected) in [
            ("", "ws://localhost:8000/connection/websocket"),
            ("http://h:9", "ws://h:9/connection/websocket"),
            ("wss://h/other/path?x=1", "wss://h/other/path?x=1"),
            (" https://h/ ", "wss://h/connection/websocket"),
        ] {
            assert_eq!(websocket(given).expect(given), expected);
        }
        for (bad, said) in [
            ("h:8000/x", "must begin"),
            ("ftp://h", "must begin"),
            ("ws://", "no URL"),
            ("ws://u:secret@h", "do not belong"),
            ("ws://h/#secret", "fragment"),
        ] {
            let error = websocket(bad).expect_err(bad);
            assert!(error.text.contains(said) && !error.text.contains("secret"), "{}", error.text);
        }
    }
}
