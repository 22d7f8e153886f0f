//! The address of a service, as the option `url` gives it: what is true of it whatever the service is.

use url::Url;

use crate::model::{Error, redact_url};

/// What a service asks of its address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form<'a> {
    /// What a mistake in it is a mistake in: an option, or what a service has said.
    pub(crate) name: &'a str,
    /// The address when nothing is given.
    pub(crate) default: &'a str,
    /// What a good one looks like.
    pub(crate) example: &'a str,
    /// Where a credential goes, since it does not go there.
    pub(crate) credential: &'a str,
    /// Whether it may have a query.
    pub(crate) query: bool,
}

/// An address that can be dialled.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    url: Url,
    secure: bool,
}

impl Address {
    /// Reads http, https, ws or wss, which are the same two things under other names.
    ///
    /// # Errors
    /// What is wrong with it, and what it should look like. Secrets in it are not shown.
    pub(crate) fn read(given: &str, form: Form<'_>) -> Result<Address, Error> {
        let given = given.trim();
        let text = if given.is_empty() { form.default } else { given };
        let wrong = |what: &str| {
            let shown = redact_url(text);
            Err(Error::invalid(format!("{} is \"{shown}\", but {what}; it looks like {}", form.name, form.example)))
        };
        let scheme = text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        let secure = match scheme.as_deref() {
            Some("http" | "ws") => false,
            Some("https" | "wss") => true,
            _ => return wrong("it must begin with http://, https://, ws:// or wss://"),
        };
        let url = match Url::parse(text) {
            Ok(url) => url,
            Err(error) => return wrong(&format!("it is no URL ({error})")),
        };
        if url.host_str().is_none_or(str::is_empty) {
            return wrong("it names no host");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return wrong(&format!("user and password do not belong there; {}", form.credential));
        }
        if !form.query && (url.query().is_some() || url.fragment().is_some()) {
            return wrong(&format!("nothing belongs behind a ? or #; {}", form.credential));
        }
        if url.fragment().is_some() {
            return wrong("nothing belongs behind a #");
        }
        if url.port() == Some(0) {
            return wrong("port 0 can not be connected to");
        }
        Ok(Address { url, secure })
    }

    /// The parts of it: path and query.
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// With `ws` or `wss`, and this path behind the host and the port.
    pub(crate) fn socket(&self, path: &str) -> String {
        self.with(if self.secure { "wss" } else { "ws" }, path)
    }

    /// With `http` or `https`, and this path behind the host and the port.
    pub(crate) fn http(&self, path: &str) -> String {
        self.with(if self.secure { "https" } else { "http" }, path)
    }

    fn with(&self, scheme: &str, path: &str) -> String {
        let host = self.url.host_str().unwrap_or_default();
        let port = self.url.port().map_or(String::new(), |port| format!(":{port}"));
        format!("{scheme}://{host}{port}{path}")
    }

    /// The base path: without a slash at its end, and without the service's own path, which is added anyway.
    pub(crate) fn base(&self, own: &str) -> &str {
        let path = self.url.path().trim_end_matches('/');
        path.strip_suffix(own).unwrap_or(path).trim_end_matches('/')
    }
}
