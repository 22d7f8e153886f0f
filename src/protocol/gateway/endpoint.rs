//! Where the gateway is: one option, two addresses.

use crate::model::Error;
use crate::protocol::address::{Address, Form};

/// Where a gateway is when nothing is said: its own default port on this machine.
pub(super) const DEFAULT_URL: &str = "http://localhost:8081";
const FORM: Form<'static> = Form {
    name: "option url",
    default: DEFAULT_URL,
    example: "http://localhost:8081 or https://host/base",
    credential: "give an Authorization header with the option headers",
    query: false,
};

/// The addresses of one gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    /// The WebSocket, `…/ws`.
    pub(super) ws: String,
    /// What the paths of the HTTP calls are appended to, without a slash at its end.
    pub(super) http: String,
}

impl Endpoint {
    /// Reads the option `url`: http, https, ws or wss, with a base path where there is one. A slash at the end is
    /// dropped, and so is `/ws`, since it is added anyway.
    ///
    /// # Errors
    /// What is wrong with it, and what it should look like.
    pub(super) fn parse(given: &str) -> Result<Endpoint, Error> {
        let address = Address::read(given, FORM)?;
        let base = address.base("/ws");
        Ok(Endpoint { ws: address.socket(&format!("{base}/ws")), http: address.http(base) })
    }
}

#[cfg(test)]
mod tests {
    use super::Endpoint;

    #[test]
    fn two_addresses_from_one() {
        for (url, ws, http) in [
            ("", "ws://localhost:8081/ws", "http://localhost:8081"),
            ("http://localhost:8081", "ws://localhost:8081/ws", "http://localhost:8081"),
            ("  http://localhost:8081/ ", "ws://localhost:8081/ws", "http://localhost:8081"),
            ("ws://localhost:8081/ws", "ws://localhost:8081/ws", "http://localhost:8081"),
            ("WS://LocalHost:8081/ws/", "ws://localhost:8081/ws", "http://localhost:8081"),
            ("https://host/voxta/gateway/", "wss://host/voxta/gateway/ws", "https://host/voxta/gateway"),
            ("wss://host:443/a/ws", "wss://host/a/ws", "https://host/a"),
            ("http://host/news", "ws://host/news/ws", "http://host/news"),
            ("http://[::1]:9", "ws://[::1]:9/ws", "http://[::1]:9"),
            ("http://127.0.0.1:80", "ws://127.0.0.1/ws", "http://127.0.0.1"),
        ] {
            let endpoint = Endpoint::parse(url).expect(url);
            assert_eq!((endpoint.ws.as_str(), endpoint.http.as_str()), (ws, http), "{url}");
        }
    }

    #[test]
    fn bad_ones_are_named() {
        for (url, expected) in [
            ("localhost:8081", "must begin with"),
            ("ftp://host", "must begin with"),
            ("//host", "must begin with"),
            ("http://", "it is no URL"),
            ("http://host:99999", "it is no URL"),
            ("http://ho st", "it is no URL"),
            ("http://me:secret@host", "user and password"),
            ("http://host/?token=secret", "behind a ?"),
            ("http://host/#secret", "behind a ?"),
            ("http://host:0", "port 0"),
        ] {
            let error = Endpoint::parse(url).expect_err(url);
            assert!(error.text.contains(expected) && error.text.contains("it looks like"), "{}", error.text);
            assert!(!error.text.contains("secret"), "{}", error.text);
        }
    }
}
