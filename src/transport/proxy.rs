//! Proxies: which one for which URL, from the option or from the environment.

use base64::Engine as _;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use url::Url;

use crate::model::{Error, redact_url};

/// What the option `proxy` and the environment say.
#[derive(Debug)]
pub(super) enum ProxyChoice {
    Direct,
    Chosen(Box<Matcher>),
}

/// The kinds of proxy there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// HTTP CONNECT, the proxy spoken to in the clear.
    Http,
    /// HTTP CONNECT, the proxy spoken to over TLS.
    Https,
    /// SOCKS 5, names looked up here.
    Socks5,
    /// SOCKS 5, names looked up by the proxy.
    Socks5h,
}

/// A proxy to go through.
pub(super) struct Proxy {
    pub(super) kind: Kind,
    pub(super) host: String,
    pub(super) port: u16,
    intercept: Intercept,
}

impl ProxyChoice {
    pub(super) fn from_option(value: &str) -> Result<ProxyChoice, Error> {
        let value = value.trim();
        if value.eq_ignore_ascii_case("none") {
            return Ok(ProxyChoice::Direct);
        }
        if value.is_empty() {
            // The same variables as curl's, with its rules, read once for each client.
            check_environment(|name| std::env::var(name).ok())?;
            return Ok(ProxyChoice::Chosen(Box::new(Matcher::from_env())));
        }
        let wanted = "an http, https, socks5 or socks5h URL with a host, or none";
        let bad = || Error::invalid(format!("option proxy takes {wanted}, not \"{}\"", redact_url(value)));
        let url = Url::parse(value).map_err(|_| bad())?;
        if Kind::of(url.scheme()).is_none() || url.host_str().unwrap_or("").is_empty() {
            return Err(bad());
        }
        let choice = ProxyChoice::Chosen(Box::new(Matcher::builder().all(value).build()));
        // The matcher drops in silence what it can not use; asking it shows that it has not.
        match choice.for_target(false, "host") {
            Ok(Some(_)) => Ok(choice),
            _ => Err(bad()),
        }
    }

    /// Whether there is anything to ask.
    pub(super) fn is_set(&self) -> bool {
        matches!(self, ProxyChoice::Chosen(_))
    }

    /// The proxy for a host, its address in brackets if it is IPv6.
    pub(super) fn for_target(&self, secure: bool, host: &str) -> Result<Option<Proxy>, Error> {
        let ProxyChoice::Chosen(matcher) = self else { return Ok(None) };
        let scheme = if secure { "https" } else { "http" };
        let Ok(target) = format!("{scheme}://{host}/").parse() else { return Ok(None) };
        matcher.intercept(&target).map(Proxy::new).transpose()
    }
}

/// The matcher drops in silence what it can not use, and a connection that was to go through a proxy would go past it.
fn check_environment(variable: impl Fn(&str) -> Option<String>) -> Result<(), Error> {
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        let value = variable(name).unwrap_or_default();
        if value.is_empty() {
            continue;
        }
        let choice = ProxyChoice::Chosen(Box::new(Matcher::builder().all(value).build()));
        if !matches!(choice.for_target(false, "host"), Ok(Some(_))) {
            return Err(Error::invalid(format!(
                "the environment variable {name} does not hold the URL of an http, https, socks5 or socks5h proxy; correct it, or set option proxy"
            )));
        }
    }
    Ok(())
}

impl Kind {
    fn of(scheme: &str) -> Option<Kind> {
        match scheme {
            "http" => Some(Kind::Http),
            "https" => Some(Kind::Https),
            "socks5" => Some(Kind::Socks5),
            "socks5h" => Some(Kind::Socks5h),
            _ => None,
        }
    }
}

impl Proxy {
    fn new(intercept: Intercept) -> Result<Proxy, Error> {
        let uri = intercept.uri();
        let scheme = uri.scheme_str().unwrap_or("http");
        let Some(kind) = Kind::of(scheme) else {
            return Err(Error::invalid(format!(
                "the environment names a {scheme} proxy; this library speaks http, https, socks5 and socks5h"
            )));
        };
        let port = uri.port_u16().unwrap_or(match kind {
            Kind::Http => 80,
            Kind::Https => 443,
            Kind::Socks5 | Kind::Socks5h => 1080,
        });
        let host = uri.host().unwrap_or("").trim_matches(['[', ']']).to_owned();
        Ok(Proxy { kind, host, port, intercept })
    }

    /// Host and port, for texts and for dialling.
    pub(super) fn place(&self) -> String {
        super::dial::place(&self.host, self.port)
    }

    /// The header for HTTP CONNECT, where the proxy's URL has a user.
    pub(super) fn basic(&self) -> Option<&::http::HeaderValue> {
        self.intercept.basic_auth()
    }

    /// User and password for SOCKS.
    pub(super) fn user(&self) -> Option<(&str, &str)> {
        self.intercept.raw_auth()
    }

    /// The proxy as one URL, user and password included, as reqwest wants it.
    pub(super) fn to_url(&self) -> Option<Url> {
        let mut url = Url::parse(&self.intercept.uri().to_string()).ok()?;
        url.set_port(Some(self.port)).ok()?;
        let basic = self.basic().and_then(|header| {
            let encoded = header.to_str().ok()?.strip_prefix("Basic ")?;
            String::from_utf8(base64::engine::general_purpose::STANDARD.decode(encoded).ok()?).ok()
        });
        let user = match &basic {
            Some(pair) => Some(pair.split_once(':').unwrap_or((pair, ""))),
            None => self.user(),
        };
        if let Some((user, password)) = user {
            url.set_username(user).ok()?;
            url.set_password(Some(password)).ok()?;
        }
        Some(url)
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, ProxyChoice, check_environment};

    #[test]
    fn an_environment_that_is_of_no_use_is_named() {
        let with = |value: &'static str| check_environment(move |name| (name == "all_proxy").then(|| value.to_owned()));
        for good in ["", "proxy:3128", "http://me:pw@proxy:1", "socks5h://proxy"] {
            assert!(with(good).is_ok(), "{good}");
        }
        for bad in ["socks4://proxy", "http://", "a b", "/path"] {
            let text = with(bad).expect_err(bad).text;
            assert!(text.contains("all_proxy") && text.contains("option proxy"), "{text}");
        }
    }

    #[test]
    fn a_chosen_proxy_keeps_its_user_and_gets_its_port() {
        let choice = ProxyChoice::from_option("http://me:p%40ss@proxy").expect("valid");
        let proxy = choice.for_target(true, "host").expect("valid").expect("for all");
        assert_eq!((proxy.kind, proxy.place().as_str()), (Kind::Http, "proxy:80"));
        assert_eq!(proxy.basic().expect("a user"), "Basic bWU6cEBzcw==");
        let url = proxy.to_url().expect("a URL");
        assert_eq!((url.username(), url.password()), ("me", Some("p%40ss")));
        let choice = ProxyChoice::from_option("socks5h://u:p@[::1]").expect("valid");
        let proxy = choice.for_target(false, "[::2]").expect("valid").expect("for all");
        assert_eq!((proxy.kind, proxy.place().as_str()), (Kind::Socks5h, "[::1]:1080"));
        assert_eq!(proxy.user(), Some(("u", "p")));
        assert_eq!(proxy.to_url().expect("a URL").as_str(), "socks5h://u:p@[::1]:1080/");
        assert!(matches!(ProxyChoice::from_option("none"), Ok(ProxyChoice::Direct)));
    }
}
