//! Where the server is: one option, and every address that follows from it.

use url::Url;

use crate::model::{Error, redact_url};
use crate::protocol::address::{Address, Form};
use crate::protocol::signalr::with_query;

/// Where Voxta is when nothing is said.
pub(super) const DEFAULT_URL: &str = "http://127.0.0.1:5384";
const FORM: Form<'static> = Form {
    name: "option url",
    default: DEFAULT_URL,
    example: "http://127.0.0.1:5384 or https://host/base",
    credential: "the key goes into the option credential",
    query: false,
};

/// The addresses of one server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    /// `ws` or `wss`, host, port and base path, without a slash at its end.
    ws: String,
    /// The same with `http` or `https`.
    http: String,
    /// Where the hub is, if a negotiation has led elsewhere.
    hub: Option<String>,
}

impl Endpoint {
    /// Reads the option `url`: http, https, ws or wss, with a base path where there is one. A slash at the end is
    /// dropped, and so is `/hub`, since it is added anyway.
    ///
    /// # Errors
    /// What is wrong with it, and what it should look like.
    pub(super) fn parse(given: &str) -> Result<Endpoint, Error> {
        let address = Address::read(given, FORM)?;
        let base = address.base("/hub");
        Ok(Endpoint { ws: address.socket(base), http: address.http(base), hub: None })
    }

    /// The hub's socket.
    pub(super) fn hub(&self) -> String {
        match &self.hub {
            Some(hub) => hub.replacen("http", "ws", 1),
            None => format!("{}/hub", self.ws),
        }
    }

    /// Where to negotiate. Version 1 servers also answer those who ask for version 0, and the other way round.
    pub(super) fn negotiate(&self) -> String {
        let hub = match &self.hub {
            Some(hub) => hub.clone(),
            None => format!("{}/hub", self.http),
        };
        let (path, query) = hub.split_once('?').map_or((hub.as_str(), ""), |(path, query)| (path, query));
        let url = format!("{}/negotiate", path.trim_end_matches('/'));
        let url = if query.is_empty() { url } else { format!("{url}?{query}") };
        with_query(&url, "negotiateVersion", "1")
    }

    /// A negotiation says that the hub is somewhere else, until the end of this connection.
    ///
    /// # Errors
    /// It is no address.
    pub(super) fn redirect(&mut self, url: &str) -> Result<(), String> {
        match Url::parse(url) {
            Ok(parsed) if matches!(parsed.scheme(), "http" | "https") && parsed.has_host() => {
                self.hub = Some(url.to_owned());
                Ok(())
            }
            _ => Err(format!("it leads to \"{}\", which is no http address", redact_url(url))),
        }
    }

    /// Back to where the option says.
    pub(super) fn reset(&mut self) {
        self.hub = None;
    }

    /// A path of the server, with the base path in front of it.
    pub(super) fn path(&self, path: &str) -> String {
        format!("{}{path}", self.http)
    }

    /// The microphone's socket.
    pub(super) fn microphone(&self, session: &str) -> String {
        with_query(&format!("{}/ws/audio/input/stream", self.ws), "sessionId", session)
    }

    /// The address of a piece of speech, and whether it is the server's own, so that the key may go there.
    pub(super) fn speech(&self, url: &str) -> Option<(String, bool)> {
        if url.starts_with('/') && !url.starts_with("//") {
            return Some((self.path(url), true));
        }
        let full = match url.contains("://") {
            true => Url::parse(url).ok()?,
            false => Url::parse(&format!("{}/", self.http)).ok()?.join(url).ok()?,
        };
        if !matches!(full.scheme(), "http" | "https") {
            return None;
        }
        let own = Url::parse(&self.http).is_ok_and(|own| own.origin() == full.origin());
        Some((full.into(), own))
    }
}

#[cfg(test)]
mod tests {
    use super::Endpoint;

    #[test]
    fn addresses_from_one_option() {
        for (url, hub, negotiate) in [
            ("", "ws://127.0.0.1:5384/hub", "http://127.0.0.1:5384/hub/negotiate?negotiateVersion=1"),
            ("http://h:1/hub", "ws://h:1/hub", "http://h:1/hub/negotiate?negotiateVersion=1"),
            ("https://h/voxta/", "wss://h/voxta/hub", "https://h/voxta/hub/negotiate?negotiateVersion=1"),
            ("wss://h/a/hub/", "wss://h/a/hub", "https://h/a/hub/negotiate?negotiateVersion=1"),
        ] {
            let endpoint = Endpoint::parse(url).expect(url);
            assert_eq!((endpoint.hub().as_str(), endpoint.negotiate().as_str()), (hub, negotiate));
        }
        for url in
            ["h:5384", "ftp://h", "http://", "http://me:pw@h", "http://h/?access_token=s", "http://h/#x", "http://h:0"]
        {
            let error = Endpoint::parse(url).expect_err(url);
            assert!(error.text.contains("it looks like") && !error.text.contains("pw"), "{}", error.text);
        }
    }

    #[test]
    fn redirects_last_for_one_connection() {
        let mut endpoint = Endpoint::parse("http://h").expect("a URL");
        endpoint.redirect("https://other/x/hub?a=1").expect("an address");
        assert_eq!(endpoint.hub(), "wss://other/x/hub?a=1");
        assert_eq!(endpoint.negotiate(), "https://other/x/hub/negotiate?a=1&negotiateVersion=1");
        assert!(endpoint.redirect("file:///etc").is_err() && endpoint.redirect("x").is_err());
        endpoint.reset();
        assert_eq!(endpoint.hub(), "ws://h/hub");
    }

    #[test]
    fn speech_is_fetched_where_it_is() {
        let endpoint = Endpoint::parse("http://h:1/base").expect("a URL");
        for (url, expected) in [
            ("/api/tts/gens/1", Some(("http://h:1/base/api/tts/gens/1", true))),
            ("http://h:1/x.wav?token=t", Some(("http://h:1/x.wav?token=t", true))),
            ("https://cdn/x.mp3", Some(("https://cdn/x.mp3", false))),
            ("//cdn/x.mp3", Some(("http://cdn/x.mp3", false))),
            ("file:///etc/passwd", None),
            ("silence:200", None),
        ] {
            let found = endpoint.speech(url);
            assert_eq!(found.as_ref().map(|(url, own)| (url.as_str(), *own)), expected, "{url}");
        }
    }
}
