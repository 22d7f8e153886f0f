//! Where the service is, and with what headers it is asked: the options and the URL as one address.

use serde_json::Value;
use url::Url;

use super::dialect::Dialect;
use crate::model::{Error, Options, key, redact_url};
use crate::protocol::Dial;

const API_VERSION: &str = "2026-07-15";
const OPENAI: &str = "https://api.openai.com";

/// How the credential travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Auth {
    Key,
    Bearer,
    /// A bearer token that is good for one connection, or for a short time.
    Token,
    Query,
}

/// The address of the service.
#[derive(Clone, Debug)]
pub(super) struct Endpoint {
    url: Url,
    pub(super) dialect: Dialect,
    pub(super) auth: Auth,
}

impl Endpoint {
    /// Reads the options.
    ///
    /// # Errors
    /// What is wrong with them, and what to do.
    pub(super) fn from_options(options: &Options) -> Result<Endpoint, Error> {
        let mut url = parse(options)?;
        let dialect = dialect(options, &url);
        let path = path(&url, dialect);
        url.set_path(&path);
        let pairs = query(options, &url, dialect)?;
        if pairs.is_empty() {
            url.set_query(None);
        } else {
            url.query_pairs_mut().clear().extend_pairs(pairs);
        }
        let auth = match (options.i64(key::VOICELIVE_AUTH), dialect) {
            (1, _) => Auth::Key,
            (2, _) => Auth::Bearer,
            (3, _) => Auth::Token,
            (4, _) => Auth::Query,
            (_, Dialect::OpenAi) if !is_azure_openai(&url) => Auth::Bearer,
            _ => Auth::Key,
        };
        Ok(Endpoint { url, dialect, auth })
    }

    /// The address and the headers, with this credential.
    pub(super) fn dial(&self, credential: &str) -> Dial {
        let mut url = self.url.clone();
        let mut headers = Vec::new();
        if self.dialect == Dialect::Azure {
            // Support asks for it when something has gone wrong.
            headers.push(("x-ms-client-request-id".to_owned(), request_id()));
        }
        if !credential.is_empty() {
            match self.auth {
                Auth::Key => headers.push(("api-key".to_owned(), credential.to_owned())),
                Auth::Bearer | Auth::Token => {
                    headers.push(("authorization".to_owned(), format!("Bearer {credential}")));
                }
                Auth::Query => drop(url.query_pairs_mut().append_pair("api-key", credential)),
            }
        }
        Dial { url: url.into(), headers }
    }
}

fn request_id() -> String {
    let (high, low) = (fastrand::u64(..), fastrand::u64(..));
    let (a, b, c) = (high >> 32, (high >> 16) & 0xffff, high & 0xfff);
    format!("{a:08x}-{b:04x}-4{c:03x}-8{:03x}-{:012x}", (low >> 48) & 0xfff, low & 0xffff_ffff_ffff)
}

fn parse(options: &Options) -> Result<Url, Error> {
    let given = options.str(key::URL).trim();
    let openai = options.i64(key::VOICELIVE_DIALECT) == 1;
    let text = match given {
        "" if openai => OPENAI.to_owned(),
        "" => {
            let text = "option url is missing: give the endpoint of your resource, https://NAME.services.ai.azure.com";
            return Err(Error::invalid(text));
        }
        // The portal shows endpoints with a scheme, people write them without.
        bare if !bare.contains("://") => format!("https://{bare}"),
        full => full.to_owned(),
    };
    let wrong = |what: &str| {
        Error::invalid(format!(
            "option url is \"{}\", but {what}; it looks like https://NAME.services.ai.azure.com",
            redact_url(given)
        ))
    };
    let scheme = match text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase()).as_deref() {
        Some("http" | "ws") => "ws",
        Some("https" | "wss") => "wss",
        _ => return Err(wrong("it must begin with http://, https://, ws:// or wss://")),
    };
    let rest = text.split_once("://").map_or("", |(_, rest)| rest);
    let url = Url::parse(&format!("{scheme}://{rest}")).map_err(|error| wrong(&format!("it is no URL ({error})")))?;
    if url.host_str().is_none_or(str::is_empty) {
        return Err(wrong("it names no host"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("user and password do not belong there; the key goes into the option credential"));
    }
    if url.fragment().is_some() {
        return Err(wrong("nothing may stand behind a #"));
    }
    if url.port() == Some(0) {
        return Err(wrong("port 0 can not be connected to"));
    }
    Ok(url)
}

fn is_azure_openai(url: &Url) -> bool {
    url.host_str().is_some_and(|host| host.ends_with(".openai.azure.com"))
}

fn dialect(options: &Options, url: &Url) -> Dialect {
    if options.is_set(key::VOICELIVE_DIALECT) {
        return if options.i64(key::VOICELIVE_DIALECT) == 1 { Dialect::OpenAi } else { Dialect::Azure };
    }
    let openai = url.host_str() == Some("api.openai.com") || is_azure_openai(url);
    if openai || url.path().trim_end_matches('/').ends_with("/v1/realtime") { Dialect::OpenAi } else { Dialect::Azure }
}

/// The whole path: what the URL has stays in front, and a URL that is whole already stays as it is.
fn path(url: &Url, dialect: Dialect) -> String {
    let base = url.path().trim_end_matches('/');
    if base.ends_with("/realtime") || base.ends_with("/realtime/calls") {
        return base.to_owned();
    }
    match dialect {
        Dialect::Azure if base.ends_with("/voice-live") => format!("{base}/realtime"),
        Dialect::Azure => format!("{base}/voice-live/realtime"),
        Dialect::OpenAi if base.ends_with("/v1") => format!("{base}/realtime"),
        Dialect::OpenAi if is_azure_openai(url) => format!("{}/openai/v1/realtime", base.trim_end_matches("/openai")),
        Dialect::OpenAi => format!("{base}/v1/realtime"),
    }
}

/// The query: the URL's own, then the options, then the option `voicelive.query`; of each name the last one counts.
fn query(options: &Options, url: &Url, dialect: Dialect) -> Result<Vec<(String, String)>, Error> {
    let mut pairs: Vec<(String, String)> =
        url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    let mut set = |name: &str, value: &str| {
        pairs.retain(|(known, _)| known != name);
        pairs.push((name.to_owned(), value.to_owned()));
    };
    if dialect == Dialect::Azure {
        let version = options.str(key::VOICELIVE_API_VERSION);
        let given = url.query_pairs().any(|(name, _)| name == "api-version");
        if !version.is_empty() || !given {
            set("api-version", if version.is_empty() { API_VERSION } else { version });
        }
    }
    for (number, name) in [
        (key::VOICELIVE_MODEL, "model"),
        (key::VOICELIVE_AGENT_NAME, "agent-name"),
        (key::VOICELIVE_AGENT_PROJECT, "agent-project-name"),
        (key::VOICELIVE_AGENT_VERSION, "agent-version"),
        (key::VOICELIVE_CONVERSATION_ID, "conversation-id"),
        (key::VOICELIVE_AGENT_CLIENT_ID, "agent-authentication-identity-client-id"),
        (key::VOICELIVE_FOUNDRY_RESOURCE, "foundry-resource-override"),
        (key::VOICELIVE_PROFILE, "profile"),
        (key::VOICELIVE_FEATURES, "features"),
    ] {
        let value = options.str(number);
        if !value.is_empty() {
            set(name, value);
        }
    }
    let further = options.str(key::VOICELIVE_QUERY);
    if !further.is_empty() {
        let text = "option voicelive.query must be a JSON object of texts, such as {\"trafficType\":\"test\"}";
        let Ok(Value::Object(map)) = serde_json::from_str(further) else { return Err(Error::invalid(text)) };
        for (name, value) in &map {
            set(name, value.as_str().ok_or_else(|| Error::invalid(text))?);
        }
    }
    complete(&pairs, dialect)?;
    Ok(pairs)
}

/// Whether the service will know whom the client wants to talk to.
fn complete(pairs: &[(String, String)], dialect: Dialect) -> Result<(), Error> {
    let has = |name: &str| pairs.iter().any(|(known, value)| known == name && !value.is_empty());
    match dialect {
        Dialect::Azure if has("agent-name") && !has("agent-project-name") => {
            Err(Error::invalid("option voicelive.agent_name needs voicelive.agent_project, the project of the agent"))
        }
        Dialect::Azure if has("agent-project-name") && !has("agent-name") && !has("agent-id") => {
            Err(Error::invalid("option voicelive.agent_project needs voicelive.agent_name, the name of the agent"))
        }
        Dialect::Azure if !["model", "agent-name", "agent-id", "agent_id"].iter().any(|name| has(name)) => {
            let text = "option voicelive.model is missing: name a model such as gpt-realtime, or an agent with \
                        voicelive.agent_name and voicelive.agent_project";
            Err(Error::invalid(text))
        }
        Dialect::OpenAi if !["model", "call_id", "intent"].iter().any(|name| has(name)) => {
            Err(Error::invalid("option voicelive.model is missing: name a model such as gpt-realtime"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::Endpoint;
    use crate::model::Options;

    fn endpoint(set: &[(&str, &str)]) -> Result<Endpoint, crate::model::Error> {
        let mut options = Options::default();
        for (name, value) in set {
            options.set_named(name, value).expect(name);
        }
        Endpoint::from_options(&options)
    }

    #[test]
    fn addresses() {
        let gpt = ("voicelive.model", "gpt-realtime");
        let openai = ("voicelive.dialect", "openai");
        for (set, expected) in [
            (
                &[("url", "https://r.services.ai.azure.com"), gpt][..],
                "wss://r.services.ai.azure.com/voice-live/realtime?api-version=2026-07-15&model=gpt-realtime",
            ),
            (
                &[("url", "r.cognitiveservices.azure.com/"), gpt],
                "wss://r.cognitiveservices.azure.com/voice-live/realtime?api-version=2026-07-15&model=gpt-realtime",
            ),
            (
                &[("url", "http://h:80/base/?trafficType=t&model=x"), gpt],
                "ws://h/base/voice-live/realtime?trafficType=t&api-version=2026-07-15&model=gpt-realtime",
            ),
            (
                &[("url", "ws://h/voice-live/realtime/?api-version=2025-10-01"), gpt],
                "ws://h/voice-live/realtime?api-version=2025-10-01&model=gpt-realtime",
            ),
            (
                &[
                    ("url", "wss://h"),
                    ("voicelive.agent_name", "a b/c"),
                    ("voicelive.agent_project", "p"),
                    ("voicelive.query", r#"{"api-version":"z"}"#),
                ],
                "wss://h/voice-live/realtime?agent-name=a+b%2Fc&agent-project-name=p&api-version=z",
            ),
            (&[openai, gpt], "wss://api.openai.com/v1/realtime?model=gpt-realtime"),
            (&[("url", "https://api.openai.com/v1"), gpt], "wss://api.openai.com/v1/realtime?model=gpt-realtime"),
            (
                &[("url", "https://r.openai.azure.com/"), gpt],
                "wss://r.openai.azure.com/openai/v1/realtime?model=gpt-realtime",
            ),
            (&[("url", "http://h/x/v1/realtime?call_id=c")], "ws://h/x/v1/realtime?call_id=c"),
        ] {
            let dial = endpoint(set).expect(expected).dial("");
            assert_eq!(dial.url, expected);
        }
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        for (set, said) in [
            (&[][..], "option url is missing"),
            (&[("url", "ftp://h")], "must begin with"),
            (&[("url", "https://")], "option url"),
            (&[("url", "https://u:p@h")], "do not belong"),
            (&[("url", "https://h")], "voicelive.model is missing"),
            (&[("url", "https://h"), ("voicelive.agent_name", "a")], "voicelive.agent_project"),
            (&[("url", "https://h"), ("voicelive.agent_project", "a")], "voicelive.agent_name"),
            (&[("url", "https://h"), ("voicelive.query", "[]")], "voicelive.query"),
            (&[("voicelive.dialect", "openai")], "voicelive.model is missing"),
        ] {
            let error = endpoint(set).expect_err(said);
            assert!(error.text.contains(said) && !error.text.contains("u:p"), "{}", error.text);
        }
    }

    #[test]
    fn the_credential_is_where_it_belongs() {
        let header = |set: &[(&str, &str)], name: &str| {
            let base = [("voicelive.model", "m")];
            let dial = endpoint(&[&base[..], set].concat()).expect("good").dial("secret");
            let found = dial.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
            (found.unwrap_or_default(), dial.url.contains("secret"))
        };
        let azure = ("url", "https://h");
        assert_eq!(header(&[azure], "api-key"), ("secret".into(), false));
        assert_eq!(header(&[azure, ("voicelive.auth", "token")], "authorization"), ("Bearer secret".into(), false));
        assert_eq!(header(&[azure, ("voicelive.auth", "query")], "api-key"), (String::new(), true));
        assert_eq!(header(&[("url", "https://api.openai.com")], "authorization"), ("Bearer secret".into(), false));
        let ephemeral = [("url", "https://api.openai.com"), ("voicelive.auth", "token")];
        assert_eq!(header(&ephemeral, "authorization"), ("Bearer secret".into(), false));
        assert_eq!(header(&[("url", "https://r.openai.azure.com")], "api-key"), ("secret".into(), false));
        assert_eq!(header(&[azure], "x-ms-client-request-id").0.len(), 36);
    }
}
