//! Secrets, and what may be shown of a URL.

use std::fmt;

/// A text that must not be seen: it prints as `***` wherever it is printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the text in.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The text itself, for the wire and for nothing else.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A URL as it may be logged: without user, password, query and fragment, each of which can carry a credential.
#[must_use]
pub fn redact_url(url: &str) -> String {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let head = &url[..end];
    let shown = match head.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = match rest.find('/') {
                Some(at) => rest.split_at(at),
                None => (rest, ""),
            };
            let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
            format!("{scheme}://{host}{path}")
        }
        None => head.to_owned(),
    };
    if end < url.len() { format!("{shown}?***") } else { shown }
}

#[cfg(test)]
mod tests {
    use super::{Secret, redact_url};

    #[test]
    fn secrets_are_not_shown() {
        assert_eq!(format!("{:?}", Secret::new("key")), "***");
        assert_eq!(redact_url("wss://me:pw@host:1/p/q?api-key=x#y"), "wss://host:1/p/q?***");
        assert_eq!(redact_url("http://host"), "http://host");
        assert_eq!(redact_url("host/@x"), "host/@x");
    }
}
