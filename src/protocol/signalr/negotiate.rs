//! Negotiation over HTTP, which comes before the socket where it is asked for.

use serde::Deserialize;

/// What a negotiation has answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Negotiated {
    /// Connect with this id.
    Connect { id: String },
    /// Negotiate there instead, with this token if there is one.
    Redirect { url: String, token: Option<String> },
}

/// Reads the body of a good answer, of version 0 or 1.
///
/// # Errors
/// What the server says against it, or why this client can not connect to it.
pub(crate) fn negotiated(body: &[u8]) -> Result<Negotiated, String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer {
        error: Option<String>,
        url: Option<String>,
        access_token: Option<String>,
        connection_id: Option<String>,
        connection_token: Option<String>,
        available_transports: Option<Vec<Transport>>,
        #[serde(rename = "ProtocolVersion")]
        old: Option<serde::de::IgnoredAny>,
    }
    #[derive(Deserialize)]
    struct Transport {
        transport: String,
    }
    let answer: Answer = serde_json::from_slice(body).map_err(|error| format!("it can not be read: {error}"))?;
    if answer.old.is_some() {
        return Err("the server speaks the SignalR of ASP.NET, which is older than that of ASP.NET Core".to_owned());
    }
    if let Some(error) = answer.error {
        return Err(format!("the server says: {error}"));
    }
    if let Some(url) = answer.url {
        return Ok(Negotiated::Redirect { url, token: answer.access_token });
    }
    if let Some(transports) = answer.available_transports
        && !transports.iter().any(|one| one.transport == "WebSockets")
    {
        return Err("the server offers no WebSockets".to_owned());
    }
    let id = answer.connection_token.or(answer.connection_id).ok_or("it has no connectionId")?;
    Ok(Negotiated::Connect { id })
}

/// A URL with one more parameter in its query.
pub(crate) fn with_query(url: &str, name: &str, value: &str) -> String {
    let value: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
    let joint = if url.contains('?') { '&' } else { '?' };
    format!("{url}{joint}{name}={value}")
}

#[cfg(test)]
mod tests {
    use super::{Negotiated, negotiated, with_query};

    #[test]
    fn answers() {
        let connect = |id: &str| Ok(Negotiated::Connect { id: id.to_owned() });
        for (body, expected) in [
            (
                r#"{"negotiateVersion":1,"connectionId":"a","connectionToken":"b/+","availableTransports":[{"transport":"WebSockets","transferFormats":["Text"]}]}"#,
                connect("b/+"),
            ),
            (r#"{"connectionId":"a"}"#, connect("a")),
            (r#"{"negotiateVersion":1,"connectionToken":"t","useStatefulReconnect":true}"#, connect("t")),
            (
                r#"{"url":"https://x/hub","accessToken":"s"}"#,
                Ok(Negotiated::Redirect { url: "https://x/hub".into(), token: Some("s".into()) }),
            ),
            (r#"{"url":"https://x/hub"}"#, Ok(Negotiated::Redirect { url: "https://x/hub".into(), token: None })),
        ] {
            assert_eq!(negotiated(body.as_bytes()), expected, "{body}");
        }
        for (body, said) in [
            (r#"{"error":"not now"}"#, "not now"),
            (r#"{"ProtocolVersion":"1.5","ConnectionId":"a"}"#, "older"),
            (r#"{"connectionId":"a","availableTransports":[{"transport":"LongPolling"}]}"#, "no WebSockets"),
            ("{}", "no connectionId"),
            ("<html>", "can not be read"),
        ] {
            let error = negotiated(body.as_bytes()).expect_err(body);
            assert!(error.contains(said), "{error}");
        }
    }

    #[test]
    fn queries() {
        assert_eq!(with_query("ws://h/hub", "id", "a/+="), "ws://h/hub?id=a%2F%2B%3D");
        assert_eq!(with_query("ws://h/hub?x=1", "id", "a"), "ws://h/hub?x=1&id=a");
    }
}
