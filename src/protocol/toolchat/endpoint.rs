//! Where the service is: one option, the socket and the HTTP calls.

use super::operation::segment;
use super::profile::Profile;
use crate::model::Error;
use crate::protocol::address::{Address, Form};

/// Where the service is when nothing is said.
pub(super) const DEFAULT_URL: &str = "http://localhost:8080";
const FORM: Form<'static> = Form {
    name: "option url",
    default: DEFAULT_URL,
    example: "http://localhost:8080 or wss://host/base",
    credential: "the user's token is the option credential",
    query: true,
};

/// The addresses of one service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    ws: String,
    http: String,
    /// What the option has in its query, which goes in front of the ticket.
    query: String,
    /// The query parameter of the ticket; empty: a message carries it.
    parameter: String,
}

impl Endpoint {
    /// Reads the option `url`: http, https, ws or wss, with a base path and a query where there is one. A slash at the
    /// end is dropped, and so is the path of the socket, since it is added anyway.
    ///
    /// # Errors
    /// What is wrong with it, and what it should look like.
    pub(super) fn parse(given: &str, profile: &Profile) -> Result<Endpoint, Error> {
        let address = Address::read(given, FORM)?;
        let base = address.base(&profile.socket_path);
        Ok(Endpoint {
            ws: address.socket(&format!("{base}{}", profile.socket_path)),
            http: address.http(base),
            query: address.url().query().unwrap_or_default().to_owned(),
            parameter: if profile.ticket_message.is_empty() {
                segment(&profile.ticket_parameter)
            } else {
                String::new()
            },
        })
    }

    /// The address of the socket with its ticket, which may hold any character.
    pub(super) fn socket(&self, ticket: &str) -> String {
        let ticket =
            if self.parameter.is_empty() { String::new() } else { format!("{}={}", self.parameter, segment(ticket)) };
        let parts: Vec<&str> = [self.query.as_str(), &ticket].into_iter().filter(|part| !part.is_empty()).collect();
        if parts.is_empty() { self.ws.clone() } else { format!("{}?{}", self.ws, parts.join("&")) }
    }

    /// The address of a path with its query.
    pub(super) fn http(&self, target: &str) -> String {
        format!("{}{target}", self.http)
    }
}

#[cfg(test)]
mod tests {
    use super::{Endpoint, Profile};

    fn parse(url: &str) -> Result<Endpoint, String> {
        Endpoint::parse(url, &Profile::from_option("current").expect("a profile")).map_err(|error| error.text)
    }

    #[test]
    fn every_form_of_the_option_gives_both_addresses() {
        for (url, socket, tickets) in [
            ("", "ws://localhost:8080/ws?ticket=t", "http://localhost:8080/api"),
            ("ws://host:1", "ws://host:1/ws?ticket=t", "http://host:1/api"),
            ("http://host:1/", "ws://host:1/ws?ticket=t", "http://host:1/api"),
            ("wss://host/ws", "wss://host/ws?ticket=t", "https://host/api"),
            ("wss://host/chat/ws/", "wss://host/chat/ws?ticket=t", "https://host/chat/api"),
            ("http://host/?a=1", "ws://host/ws?a=1&ticket=t", "http://host/api"),
            ("http://host/news", "ws://host/news/ws?ticket=t", "http://host/news/api"),
        ] {
            let endpoint = parse(url).expect(url);
            assert_eq!((endpoint.socket("t"), endpoint.http("/api")), (socket.to_owned(), tickets.to_owned()), "{url}");
        }
    }

    #[test]
    fn a_ticket_may_hold_any_character() {
        let endpoint = parse("ws://host").expect("a URL");
        assert_eq!(
            endpoint.socket("a+b/c=&x=1%20y z#é"),
            "ws://host/ws?ticket=a%2Bb%2Fc%3D%26x%3D1%2520y%20z%23%C3%A9"
        );
    }

    #[test]
    fn bad_ones_are_named_and_keep_their_secrets() {
        for (url, expected) in [
            ("localhost:8080", "must begin with"),
            ("http://me:secret@host", "user and password"),
            ("http://host/#secret", "behind a #"),
            ("http://host:0/?k=secret", "port 0"),
            ("http://", "no URL"),
        ] {
            let text = parse(url).expect_err(url);
            assert!(text.contains(expected) && !text.contains("secret"), "{text}");
        }
    }
}
