//! Where a Centrifugo server is.

use crate::model::Error;
use crate::protocol::address::{Address, Form};

const DEFAULT_URL: &str = "ws://localhost:8000/connection/websocket";
const DEFAULT_PATH: &str = "/connection/websocket";

/// Reads an address, which `name` stands for in errors: http, https, ws or wss. Without a path the service's own is taken.
///
/// # Errors
/// What is wrong with it, and what it should look like.
pub(in crate::protocol) fn websocket(given: &str, name: &str) -> Result<String, Error> {
    let form = Form {
        name,
        default: DEFAULT_URL,
        example: DEFAULT_URL,
        credential: "the token goes into the option credential",
        query: true,
    };
    let address = Address::read(given, form)?;
    let url = address.url();
    let path = if url.path() == "/" { DEFAULT_PATH } else { url.path() };
    let query = url.query().map_or(String::new(), |query| format!("?{query}"));
    Ok(address.socket(&format!("{path}{query}")))
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
            assert_eq!(websocket(given, "option url").expect(given), expected);
        }
        for (bad, said) in [
            ("h:8000/x", "must begin"),
            ("ftp://h", "must begin"),
            ("ws://", "no URL"),
            ("ws://u:secret@h", "do not belong"),
            ("ws://h/#secret", "behind a #"),
            ("ws://h:0", "port 0"),
        ] {
            let error = websocket(bad, "option url").expect_err(bad);
            assert!(error.text.contains(said) && !error.text.contains("secret"), "{}", error.text);
        }
    }
}
