//! What the host has chosen about the network, checked once and shared by every connection of a client.

use std::sync::Arc;
use std::time::Duration;

use ::http::{HeaderMap, HeaderName, HeaderValue};
use once_cell::sync::OnceCell;

use super::proxy::ProxyChoice;
pub use super::resolve::Family;
use super::tls::TlsChoice;
use crate::model::{Error, Options, key};

/// Headers that the transports write themselves; a second one would break the request.
const RESERVED: &[&str] = &[
    "host",
    "connection",
    "upgrade",
    "content-length",
    "transfer-encoding",
    "te",
    "trailer",
    "sec-websocket-key",
    "sec-websocket-version",
    "sec-websocket-accept",
    "sec-websocket-extensions",
    "sec-websocket-protocol",
];

/// The network options of one client.
#[derive(Debug)]
pub struct NetConfig {
    /// For name lookup, TCP and the proxy.
    pub connect_timeout: Option<Duration>,
    /// For TLS and the upgrade.
    pub handshake_timeout: Option<Duration>,
    /// For an HTTP call that sets no time of its own.
    pub request_timeout: Option<Duration>,
    /// The largest message or body to take.
    pub frame_max: usize,
    /// Which addresses are tried.
    pub family: Family,
    /// The host's own headers for every request and upgrade. They can carry credentials and must not be shown.
    pub headers: HeaderMap,
    /// The User-Agent header.
    pub user_agent: HeaderValue,
    /// Which proxy for which URL.
    pub(super) proxy: ProxyChoice,
    pub(super) tls: TlsChoice,
    pub(super) tls_config: OnceCell<Arc<rustls::ClientConfig>>,
}

impl NetConfig {
    /// Checks the options. Files are not read yet, nothing is looked up.
    ///
    /// # Errors
    /// An option does not hold what it must; the text names it.
    pub fn from_options(options: &Options) -> Result<Arc<NetConfig>, Error> {
        let agent = match options.str(key::USER_AGENT) {
            "" => concat!("parlor/", env!("CARGO_PKG_VERSION")),
            own => own,
        };
        Ok(Arc::new(NetConfig {
            connect_timeout: options.time(key::CONNECT_TIMEOUT_MS).map(Duration::from_nanos),
            handshake_timeout: options.time(key::HANDSHAKE_TIMEOUT_MS).map(Duration::from_nanos),
            request_timeout: options.time(key::REQUEST_TIMEOUT_MS).map(Duration::from_nanos),
            frame_max: usize::try_from(options.i64(key::FRAME_MAX_BYTES)).unwrap_or(usize::MAX),
            family: match options.i64(key::IP_FAMILY) {
                1 => Family::V4,
                2 => Family::V6,
                _ => Family::Any,
            },
            headers: headers(options.str(key::HEADERS))?,
            user_agent: HeaderValue::from_str(agent)
                .map_err(|_| Error::invalid("option user_agent holds a character that a header can not carry"))?,
            proxy: ProxyChoice::from_option(options.str(key::PROXY))?,
            tls: TlsChoice::from_options(options)?,
            tls_config: OnceCell::new(),
        }))
    }

    /// The headers of one request: the protocol's, then the host's, which win, then the user agent.
    pub(super) fn merge(&self, own: &[(String, String)]) -> Result<HeaderMap, Error> {
        let mut merged = HeaderMap::with_capacity(own.len() + self.headers.len() + 1);
        for (name, value) in own {
            let (name, value) = header(name, value).ok_or_else(|| {
                Error::invalid(format!("a header \"{name}\" can not be sent: its name or value is not valid"))
            })?;
            merged.append(name, value);
        }
        for (name, value) in &self.headers {
            merged.insert(name.clone(), value.clone());
        }
        merged.entry(::http::header::USER_AGENT).or_insert_with(|| self.user_agent.clone());
        Ok(merged)
    }
}

fn header(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
    let mut value = HeaderValue::from_bytes(value.as_bytes()).ok()?;
    value.set_sensitive(true);
    Some((name, value))
}

/// The option `headers`. Its values are never part of an error: they are secrets.
fn headers(json: &str) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    if json.trim().is_empty() {
        return Ok(headers);
    }
    let map: std::collections::BTreeMap<String, String> = serde_json::from_str(json).map_err(|error| {
        Error::invalid(format!(
            "option headers takes a JSON object of texts such as {{\"X-Name\":\"value\"}}; it goes wrong at line {} column {}",
            error.line(),
            error.column()
        ))
    })?;
    for (name, value) in &map {
        if RESERVED.contains(&name.to_ascii_lowercase().as_str()) {
            return Err(Error::invalid(format!("option headers may not set \"{name}\": the library writes it itself")));
        }
        let (name, value) = header(name, value).ok_or_else(|| {
            Error::invalid(format!(
                "option headers: \"{name}\" is not a header name, or its value can not be in a header"
            ))
        })?;
        headers.insert(name, value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::{Family, NetConfig};
    use crate::model::{Options, key};

    fn with(number: i32, value: &str) -> Result<std::sync::Arc<NetConfig>, crate::model::Error> {
        let mut options = Options::default();
        options.set_str(number, value).expect("a text option");
        NetConfig::from_options(&options)
    }

    #[test]
    fn headers_of_the_host_win_and_stay_secret() {
        let net = with(key::HEADERS, r#"{"Authorization":"mine","X-A":"1"}"#).expect("valid");
        let own = [("authorization".to_owned(), "theirs".to_owned()), ("x-b".to_owned(), "2".to_owned())];
        let merged = net.merge(&own).expect("valid");
        assert_eq!(merged["authorization"], "mine");
        assert_eq!((&merged["x-a"], &merged["x-b"]), (&"1".parse().expect("ok"), &"2".parse().expect("ok")));
        assert_eq!(merged["user-agent"], concat!("parlor/", env!("CARGO_PKG_VERSION")));
        assert!(!format!("{net:?}").contains("mine"));
        assert_eq!(net.family, Family::Any);
    }

    #[test]
    fn mistakes_name_their_option() {
        for (number, value, expected) in [
            (key::HEADERS, "{\"a\":1}", "option headers takes a JSON object of texts"),
            (key::HEADERS, "[]", "option headers takes"),
            (key::HEADERS, "{\"a b\":\"x\"}", "\"a b\" is not a header name"),
            (key::HEADERS, "{\"a\":\"x\\ny\"}", "can not be in a header"),
            (key::HEADERS, "{\"Sec-WebSocket-Key\":\"x\"}", "may not set \"Sec-WebSocket-Key\""),
            (key::USER_AGENT, "a\nb", "option user_agent"),
            (key::TLS_PIN_SHA256, "abc", "option tls.pin_sha256 takes a SHA-256"),
            (key::TLS_CA_PEM, "no pem", "option tls.ca_pem holds no certificate"),
            (
                key::TLS_CA_PEM,
                "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
                "option tls.ca_pem is not valid PEM",
            ),
            (key::PROXY, "ftp://x", "option proxy"),
            (key::PROXY, "http://u:secret@", "option proxy"),
        ] {
            let error = with(number, value).expect_err(expected);
            assert!(error.text.contains(expected), "{}", error.text);
            assert!(!error.text.contains("secret"), "{}", error.text);
        }
    }
}
