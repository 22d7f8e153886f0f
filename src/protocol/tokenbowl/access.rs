//! Where the service is, and what opens it.

use crate::model::{Error, Secret};
use crate::protocol::address::{Address, Form};
use crate::protocol::{Dial, HttpCall, Method};

const DEFAULT_URL: &str = "https://api.tokenbowl.ai";
const FORM: Form<'static> = Form {
    name: "option url",
    default: DEFAULT_URL,
    example: DEFAULT_URL,
    credential: "the key goes into the option credential",
    query: false,
};

/// The way to the service.
pub(super) struct Access {
    /// What the paths of the calls are appended to, without a slash at its end.
    pub(super) base: String,
    /// The WebSocket of generation A.
    socket: String,
    pub(super) key: Secret,
    /// The credential is a session and no key.
    session: bool,
    in_query: bool,
}

impl Access {
    /// Reads the option `url`: http, https, ws or wss.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn new(given: &str, key: &str, session: bool, in_query: bool) -> Result<Access, Error> {
        let address = Address::read(given, FORM)?;
        let base = address.base("/ws");
        Ok(Access {
            base: address.http(base),
            socket: address.socket(&format!("{base}/ws")),
            key: Secret::new(key),
            session,
            in_query,
        })
    }

    fn header(&self) -> (String, String) {
        if self.session {
            ("authorization".to_owned(), format!("Bearer {}", self.key.reveal()))
        } else {
            ("x-api-key".to_owned(), self.key.reveal().to_owned())
        }
    }

    /// A REST call.
    pub(super) fn call(&self, method: Method, target: &str, body: &str, open: bool, idempotent: bool) -> HttpCall {
        let mut headers = Vec::new();
        if !open && !self.key.reveal().is_empty() {
            headers.push(self.header());
        }
        if !body.is_empty() {
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
        }
        let url = format!("{}{target}", self.base);
        HttpCall { method, url, headers, body: body.as_bytes().to_vec(), idempotent, timeout: None }
    }

    /// The WebSocket of generation A.
    pub(super) fn dial(&self) -> Dial {
        if !self.in_query {
            return Dial { url: self.socket.clone(), headers: vec![self.header()] };
        }
        let key: String = url::form_urlencoded::byte_serialize(self.key.reveal().as_bytes()).collect();
        Dial { url: format!("{}?api_key={key}", self.socket), headers: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::Access;
    use crate::protocol::Method;

    #[test]
    fn one_option_leads_to_both_generations() {
        for (given, base, socket) in [
            ("", "https://api.tokenbowl.ai", "wss://api.tokenbowl.ai/ws"),
            ("ws://localhost:8000", "http://localhost:8000", "ws://localhost:8000/ws"),
            ("wss://h/x/ws", "https://h/x", "wss://h/x/ws"),
        ] {
            let access = Access::new(given, "k", false, false).expect(given);
            assert_eq!((access.base.as_str(), access.dial().url.as_str()), (base, socket));
        }
        for bad in ["h", "ftp://h", "http://u:secret@h", "http://h?key=secret"] {
            let error = Access::new(bad, "", false, false).err().expect(bad);
            assert!(!error.text.contains("secret"), "{}", error.text);
        }
    }

    #[test]
    fn the_key_goes_where_it_should() {
        let header = Access::new("", "a b", false, false).expect("good");
        assert_eq!(header.dial().headers, [("x-api-key".to_owned(), "a b".to_owned())]);
        let query = Access::new("", "a b&", false, true).expect("good").dial();
        assert!(query.url.ends_with("/ws?api_key=a+b%26") && query.headers.is_empty());
        let session = Access::new("", "s", true, false).expect("good");
        assert_eq!(session.call(Method::Get, "/x", "", false, true).headers[0].1, "Bearer s");
        assert!(session.call(Method::Post, "/register", "", true, false).headers.is_empty());
    }
}
