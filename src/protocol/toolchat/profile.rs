//! The generations of the service, as data. What its vendor has changed from release to release stands in one table, and
//! a generation that nobody knows yet can be written into the option `toolchat.profile`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::operation::{Field, Operation};
use crate::model::Error;

/// What differs between generations.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Profile {
    /// What it is called in the mirror.
    pub(super) name: String,
    /// Where a ticket is asked for, and where one is checked; empty: the service can not check one.
    pub(super) ticket_path: String,
    pub(super) validate_path: String,
    /// Where the socket is, and the name of the query parameter that carries the ticket.
    pub(super) socket_path: String,
    pub(super) ticket_parameter: String,
    /// The type of the message that carries the ticket, the first one on a socket, in place of the query; empty: none.
    pub(super) ticket_message: String,
    /// The header of the user's token, what stands in front of the token, and the header of the server's key.
    pub(super) token_header: String,
    pub(super) token_prefix: String,
    pub(super) key_header: String,
    /// The members of the ticket request and where each comes from: `user_id`, `entity_id`, `entity_type`,
    /// `conversation` (options), `client_info` (made up).
    pub(super) ticket_members: BTreeMap<String, Source>,
    /// The same for a check of a ticket, which also has the ticket itself.
    pub(super) validate_members: BTreeMap<String, Source>,
    /// How much sooner than it says a ticket counts as expired.
    pub(super) ticket_margin_ms: u64,
    /// The members of a chat message besides `content`: a value that it always has.
    pub(super) chat_members: Map<String, Value>,
    /// Members that come from the options or the conversation, unless the host gives them.
    pub(super) chat_sources: BTreeMap<String, Source>,
    /// Members that only the host gives; `name:type` as in operations.
    pub(super) chat_parameters: Vec<Field>,
    /// When the tools are sent: on `open`, or on `session_established`.
    pub(super) configure_on: ConfigureOn,
    /// The type of the message that stops a run; empty: there is none.
    pub(super) stop_type: String,
    /// Close codes that mean: the ticket is no good. And those that mean: it is over, do not come back.
    pub(super) auth_close_codes: Vec<u16>,
    pub(super) final_close_codes: Vec<u16>,
    /// The waits between attempts, where the options say nothing.
    pub(super) retry: Waits,
    /// The HTTP operations; see [`Operation`] for how they are written.
    pub(super) operations: Vec<Operation>,
}

/// Where a member of a message comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub(super) enum Source {
    UserId,
    EntityId,
    EntityType,
    Conversation,
    ClientInfo,
}

/// When the tools of a new session are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ConfigureOn {
    Open,
    SessionEstablished,
}

/// The waits between attempts; the session draws evenly from nothing to the longest.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Waits {
    pub(super) initial_ms: i64,
    pub(super) factor_percent: i64,
    pub(super) max_ms: i64,
    pub(super) max_attempts: i64,
}

/// The service as it is now, measured against its own client 1.0.59.
const CURRENT: &str = r#"{
    "name": "current",
    "ticket_path": "/api/v1/tickets",
    "validate_path": "/api/v1/tickets/validate",
    "socket_path": "/ws",
    "ticket_parameter": "ticket",
    "ticket_message": "",
    "token_header": "x-oddle-mp-auth-token",
    "token_prefix": "",
    "key_header": "x-oddle-chat-server-key",
    "ticket_members": {"entityId": "entity_id", "entityType": "entity_type", "providerResId": "conversation",
                       "clientInfo": "client_info"},
    "validate_members": {"entityId": "entity_id", "entityType": "entity_type"},
    "ticket_margin_ms": 30000,
    "chat_members": {"media": []},
    "chat_sources": {"providerResId": "conversation"},
    "chat_parameters": ["media:array", "providerResId", "mcpHeaders:object"],
    "configure_on": "session_established",
    "stop_type": "stop_run",
    "auth_close_codes": [1008, 4001, 4002, 4003, 4004, 4005, 4006],
    "final_close_codes": [1000],
    "retry": {"initial_ms": 1000, "factor_percent": 200, "max_ms": 30000, "max_attempts": 0},
    "operations": [
        "GET /api/v1/messages/query ?format=client ?entityId ?entityType ?metadata:any",
        "PATCH /api/v1/threads/{providerResId} title tag? metadata:object? entityId? entityType?",
        "GET /api/v1/agent-configuration",
        "PUT /api/v1/agent-configuration app! promptPath! versionUuid! isDefault:flag",
        "POST /api/v1/upload multipart",
        "GET /api/v1/translations/{locale} else:locale=en"
    ]
}"#;

/// The service as its first public description has it.
const DOCUMENTED: &str = r#"{
    "name": "documented",
    "ticket_path": "/api/v1/tickets",
    "validate_path": "",
    "socket_path": "/ws",
    "ticket_parameter": "ticket",
    "ticket_message": "",
    "token_header": "authorization",
    "token_prefix": "Bearer ",
    "key_header": "x-chat-server-key",
    "ticket_members": {"userId": "user_id", "entityId": "entity_id", "entityType": "entity_type",
                       "providerResId": "conversation", "clientInfo": "client_info"},
    "validate_members": {},
    "ticket_margin_ms": 30000,
    "chat_members": {"app": "UD21", "media": [], "saveToDatabase": false},
    "chat_sources": {"userId": "user_id", "convUuid": "conversation"},
    "chat_parameters": ["app", "media:array", "saveToDatabase:flag", "userId", "convUuid", "agentPromptPath"],
    "configure_on": "open",
    "stop_type": "",
    "auth_close_codes": [1008, 4001, 4002, 4003, 4004, 4005, 4006],
    "final_close_codes": [1000],
    "retry": {"initial_ms": 1000, "factor_percent": 150, "max_ms": 30000, "max_attempts": 5},
    "operations": [
        "GET /api/v1/threads/user/{userId} ?includeArchived:flag ?limit:number",
        "GET /api/v1/threads/conv/{convUuid}",
        "GET /api/v1/messages/thread/{threadId} ?format=client",
        "GET /api/v1/messages/conv/{convUuid} ?format=client",
        "POST /api/v1/threads userId! convUuid! title! agentType!",
        "GET /api/v1/agent-configurations",
        "PUT /api/v1/agent-configurations app! promptPath! versionUuid! isDefault:flag",
        "POST /api/v1/upload multipart"
    ]
}"#;

impl Profile {
    /// Reads the option `toolchat.profile`: the name of a generation, or a JSON object whose `base` is one (`current`
    /// where it is left out) and whose other members replace those of the base.
    ///
    /// # Errors
    /// What is wrong with it, and what it takes.
    pub(super) fn from_option(given: &str) -> Result<Profile, Error> {
        let given = given.trim();
        if !given.starts_with('{') {
            let base = named(if given.is_empty() { "current" } else { given })?;
            return serde_json::from_value(Value::Object(base)).map_err(|error| wrong(&error.to_string()));
        }
        let mut changes: Map<String, Value> = serde_json::from_str(given).map_err(|error| wrong(&error.to_string()))?;
        let mut members = match changes.remove("base") {
            None => named("current")?,
            Some(Value::String(base)) => named(&base)?,
            Some(other) => return Err(wrong(&format!("base is {other}, which is not the name of a profile"))),
        };
        members.insert("name".to_owned(), Value::from("custom"));
        members.extend(changes);
        let profile: Profile =
            serde_json::from_value(Value::Object(members)).map_err(|error| wrong(&error.to_string()))?;
        profile.check()?;
        Ok(profile)
    }

    fn check(&self) -> Result<(), Error> {
        for (name, path) in [
            ("ticket_path", &self.ticket_path),
            ("validate_path", &self.validate_path),
            ("socket_path", &self.socket_path),
        ] {
            if !(path.starts_with('/') || (path.is_empty() && name == "validate_path")) {
                return Err(wrong(&format!("{name} is \"{path}\"; a path begins with a /")));
            }
        }
        if self.ticket_parameter.is_empty() && self.ticket_message.is_empty() {
            return Err(wrong("ticket_parameter and ticket_message are both empty, so that a ticket has no way to go"));
        }
        let members = self.chat_members.keys().chain(self.chat_sources.keys());
        let given = self.chat_parameters.iter().map(|field| &field.name);
        if let Some(name) = members.chain(given).find(|name| matches!(name.as_str(), "type" | "content")) {
            return Err(wrong(&format!("a chat message has its own \"{name}\"")));
        }
        for (name, header) in [("token_header", &self.token_header), ("key_header", &self.key_header)] {
            if header.is_empty() || header.bytes().any(|byte| !(byte.is_ascii_alphanumeric() || byte == b'-')) {
                return Err(wrong(&format!("{name} is \"{header}\", which is not the name of a header")));
            }
        }
        if self.token_prefix.bytes().any(|byte| !(b' '..=b'~').contains(&byte)) {
            return Err(wrong("token_prefix holds what no header can"));
        }
        let waits = &self.retry;
        if waits.initial_ms < 1
            || waits.max_ms < waits.initial_ms
            || waits.factor_percent < 100
            || waits.max_attempts < 0
        {
            return Err(wrong(
                "retry takes initial_ms from 1, max_ms from that, factor_percent from 100, max_attempts from 0",
            ));
        }
        Ok(())
    }
}

fn named(name: &str) -> Result<Map<String, Value>, Error> {
    let text = match name {
        "current" => CURRENT,
        "documented" => DOCUMENTED,
        other => return Err(wrong(&format!("there is no profile \"{other}\""))),
    };
    serde_json::from_str(text).map_err(|error| wrong(&error.to_string()))
}

fn wrong(what: &str) -> Error {
    Error::invalid(format!(
        "option toolchat.profile: {what}; it takes current, documented, or a JSON object like {{\"base\":\"current\",\"socket_path\":\"/socket\"}}"
    ))
}

#[cfg(test)]
mod tests {
    use super::{ConfigureOn, Profile};

    #[test]
    fn the_two_of_the_table_can_be_read() {
        let current = Profile::from_option("current").expect("it is in the table");
        let documented = Profile::from_option(" documented ").expect("it is in the table");
        assert_eq!(Profile::from_option("").expect("the default"), current);
        assert_eq!(
            (current.configure_on, documented.configure_on),
            (ConfigureOn::SessionEstablished, ConfigureOn::Open)
        );
        assert_eq!((current.operations.len(), documented.operations.len()), (6, 8));
        for profile in [current, documented] {
            profile.check().expect("it keeps its own rules");
        }
    }

    #[test]
    fn a_third_one_comes_from_the_option_alone() {
        let json = r#"{"base":"documented","name":"2027","socket_path":"/socket","ticket_parameter":"t",
            "final_close_codes":[4999],"operations":["GET /api/v2/runs/{id} ?limit:number"]}"#;
        let profile = Profile::from_option(json).expect("it fits");
        assert_eq!((profile.name.as_str(), profile.socket_path.as_str()), ("2027", "/socket"));
        assert_eq!(profile.token_prefix, "Bearer ", "what is not said is the base's");
        assert_eq!(profile.operations.len(), 1);
    }

    #[test]
    fn slips_are_named() {
        for (json, expected) in [
            ("latest", "no profile \"latest\""),
            ("{", "EOF"),
            (r#"{"base":7}"#, "base is 7"),
            (r#"{"socketpath":"/x"}"#, "unknown field `socketpath`"),
            (r#"{"socket_path":"ws"}"#, "begins with a /"),
            (r#"{"token_header":"a b"}"#, "name of a header"),
            (r#"{"operations":["FETCH /x"]}"#, "FETCH"),
            (r#"{"chat_parameters":["mood:word"]}"#, "there is no type \"word\""),
            (r#"{"chat_parameters":["content"]}"#, "its own \"content\""),
            (r#"{"ticket_parameter":""}"#, "no way to go"),
            (r#"{"token_prefix":"a\nb"}"#, "what no header can"),
            (r#"{"chat_sources":{"x":"nowhere"}}"#, "nowhere"),
            (r#"{"retry":{"initial_ms":0,"factor_percent":100,"max_ms":1,"max_attempts":0}}"#, "initial_ms"),
        ] {
            let error = Profile::from_option(json).expect_err(json);
            assert!(error.text.contains(expected), "{}", error.text);
        }
    }
}
