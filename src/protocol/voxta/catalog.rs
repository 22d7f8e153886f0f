//! Every message that the hub takes, by its own name and with its fields, so that a call can be checked before it is
//! sent. The best attested source of each field counts: the clients that Voxta itself publishes, then recorded traffic.

use serde_json::{Map, Value};

use crate::model::Error;
use crate::protocol::gateway::catalog::{nearest, shown, unknown};

/// What a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    Text,
    Flag,
    Number,
    List,
    Object,
}

impl Takes {
    fn fits(self, value: &Value) -> bool {
        match self {
            Takes::Text => value.is_string(),
            Takes::Flag => value.is_boolean(),
            Takes::Number => value.is_number(),
            Takes::List => value.is_array(),
            Takes::Object => value.is_object(),
        }
    }

    const fn named(self) -> &'static str {
        match self {
            Takes::Text => "a text",
            Takes::Flag => "true or false",
            Takes::Number => "a number",
            Takes::List => "an array",
            Takes::Object => "an object",
        }
    }
}

/// A field of a message: its name, what it takes, whether it must be there.
pub(super) type Field = (&'static str, Takes, bool);

/// One message to the hub.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operation {
    /// Its `$type`.
    pub(super) name: &'static str,
    /// Other names that documents give it.
    pub(super) aliases: &'static [&'static str],
    /// Whether it is about a chat: its `sessionId` is the one of the pinned chat unless the host gives another.
    pub(super) chat: bool,
    pub(super) fields: &'static [Field],
    /// The message that answers it, if there is one.
    pub(super) answer: Option<&'static str>,
    /// No source shows that a server takes it, so its fields are not checked.
    pub(super) experimental: bool,
}

use Takes::{Flag, List, Number, Object, Text};

const fn server(name: &'static str, fields: &'static [Field]) -> Operation {
    Operation { name, aliases: &[], chat: false, fields, answer: None, experimental: false }
}

const fn chat(name: &'static str, fields: &'static [Field]) -> Operation {
    Operation { chat: true, ..server(name, fields) }
}

const fn trial(name: &'static str) -> Operation {
    Operation { experimental: true, ..server(name, &[]) }
}

impl Operation {
    const fn or(self, aliases: &'static [&'static str]) -> Operation {
        Operation { aliases, ..self }
    }

    const fn answered(self, by: &'static str) -> Operation {
        Operation { answer: Some(by), ..self }
    }
}

/// What a chat begins with, and what `updateContext` changes later.
macro_rules! with_context {
    ($($field:expr),* $(,)?) => {
        &[$($field,)* ("contextKey", Text, false), ("contexts", List, false), ("actions", List, false),
          ("events", List, false), ("setFlags", List, false), ("enableRoles", Object, false), ("variables", Object, false)]
    };
}

pub(super) const SEND: &[Field] = &[
    ("text", Text, false),
    ("doReply", Flag, false),
    ("doUserActionInference", Flag, false),
    ("doCharacterActionInference", Flag, false),
    ("doContinue", Flag, false),
    ("role", Text, false),
    ("characterId", Text, false),
    ("attachments", List, false),
    ("characterResponsePrefix", Text, false),
    ("triggerEvent", Text, false),
    ("useStoryWriter", Flag, false),
    ("generateConstraintRequest", Object, false),
];
pub(super) const CONTEXT: &[Field] = with_context!();
pub(super) const PLAYBACK: &[Field] = &[
    ("startIndex", Number, false),
    ("endIndex", Number, false),
    ("duration", Number, false),
    ("isNarration", Flag, false),
];

/// All there is.
pub(super) const OPERATIONS: &[Operation] = &[
    server(
        "authenticate",
        &[
            ("client", Text, true),
            ("clientVersion", Text, false),
            ("scope", List, true),
            ("capabilities", Object, true),
        ],
    ),
    server(
        "registerApp",
        &[
            ("clientVersion", Text, false),
            ("label", Text, false),
            ("iconBase64Url", Text, false),
            ("configurationForm", Object, false),
            ("characterForm", Object, false),
            ("scenarioForm", Object, false),
            ("scriptSnippets", List, false),
        ],
    ),
    server(
        "startChat",
        with_context![
            ("characterId", Text, false),
            ("characterIds", List, false),
            ("scenarioId", Text, false),
            ("chatId", Text, false),
            ("roles", Object, false),
            ("dependencies", List, false),
            ("ephemeral", Flag, false),
            ("useChatMemory", Flag, false),
            ("title", Text, false),
            ("disableServices", List, false),
        ],
    ),
    server("resumeChat", with_context![("chatId", Text, true)]),
    chat("stopChat", &[]),
    chat("pauseChat", &[("pause", Flag, true)]).or(&["pause"]),
    chat("subscribeToChat", &[("chatId", Text, false)]).or(&["subscribeTo"]),
    chat("unsubscribeFromChat", &[]).or(&["unsubscribeFrom"]),
    chat("send", SEND),
    chat("update", &[("messageId", Text, true), ("text", Text, false)]).or(&["updateMessage"]),
    chat("deleteMessage", &[("messageId", Text, true)]),
    chat("revert", &[("messageId", Text, false)]),
    chat("retry", &[]),
    chat("interrupt", &[]),
    chat("characterSpeechRequest", &[("characterId", Text, false), ("text", Text, true)]),
    chat("speak", &[("messageId", Text, false)]),
    chat("triggerAction", &[("messageId", Text, true), ("value", Text, true), ("arguments", List, false)]),
    chat("updateContext", CONTEXT),
    chat(
        "speechPlaybackStart",
        &[
            ("messageId", Text, true),
            ("startIndex", Number, true),
            ("endIndex", Number, true),
            ("duration", Number, true),
            ("isNarration", Flag, false),
        ],
    ),
    chat("speechPlaybackComplete", &[("messageId", Text, true)]),
    chat("typingStart", &[]),
    chat("typingEnd", &[("sent", Flag, true)]),
    server("loadCharactersList", &[]).answered("charactersListLoaded"),
    server("loadScenariosList", &[]).answered("scenariosListLoaded"),
    server("loadChatsList", &[("characterId", Text, false), ("scenarioId", Text, false)]).answered("chatsListLoaded"),
    chat("addChatParticipant", &[("characterId", Text, true), ("role", Text, false)]),
    chat("removeChatParticipant", &[("characterId", Text, true)]),
    chat("requestSuggestions", &[("prefix", Text, false), ("count", Number, false)]).answered("suggestions"),
    chat("inspect", &[("enabled", Flag, true)]),
    server(
        "inspectAudioInput",
        &[("audioFrames", Flag, false), ("speechToText", Flag, false), ("culture", Text, false)],
    ),
    chat("appTriggerComplete", &[("triggerId", Text, true)]),
    server("deleteChat", &[("chatId", Text, true)]),
    server("listResources", &[("resources", List, true)]).answered("listResourcesResult"),
    server("deployResource", &[("id", Text, true), ("data", Object, true), ("thumbnail", Object, false)])
        .answered("deployResourceResult"),
    chat("updateChat", &[("title", Text, false)]),
    chat("updateDocument", &[("documentId", Text, false), ("title", Text, false), ("content", Text, false)]),
    server("fulfillUserInteractionRequest", &[("requestId", Text, true)]).or(&["fulfillUserInteraction"]),
    chat("runScript", &[("script", Text, true)]),
    chat("triggerScriptEvent", &[("name", Text, true), ("arguments", List, false)]),
    trial("triggerReply"),
    trial("sendSecret"),
    trial("sendNote"),
    trial("sendInstructions"),
    trial("requestUserAction"),
    trial("loadChat"),
];

/// Finds an operation by its name or by another name for it.
///
/// # Errors
/// The hub has no such thing.
pub(super) fn find(name: &str) -> Result<&'static Operation, Error> {
    let name = name.trim();
    if let Some(found) = OPERATIONS.iter().find(|one| one.name == name || one.aliases.contains(&name)) {
        return Ok(found);
    }
    let mut known: Vec<&str> = OPERATIONS.iter().map(|one| one.name).collect();
    known.extend([super::vision::SEND, super::vision::CANCEL]);
    let hint = nearest(name, &known).map_or(String::new(), |near| format!(" did you mean \"{near}\"?"));
    Err(Error::invalid(format!("call \"{name}\": the hub has no such message;{hint} It has {}", known.join(", "))))
}

/// Checks the fields of an object. Null is never sent, so it stands for nothing that a field could take.
///
/// # Errors
/// Which one is missing, unknown or of another type, and what it should be.
pub(super) fn validate(what: &str, fields: &[Field], map: &Map<String, Value>) -> Result<(), Error> {
    for (key, value) in map {
        let Some((_, takes, _)) = fields.iter().find(|(name, ..)| name == key) else {
            let known: Vec<&str> = fields.iter().map(|(name, ..)| *name).collect();
            return Err(unknown(what, key, &known));
        };
        if !takes.fits(value) {
            let (takes, given) = (takes.named(), shown(value));
            return Err(Error::invalid(format!("{what}: \"{key}\" takes {takes}, not {given}")));
        }
    }
    match fields.iter().find(|(name, _, required)| *required && !map.contains_key(*name)) {
        Some((name, takes, _)) => {
            Err(Error::invalid(format!("{what}: \"{name}\" is missing; it takes {}", takes.named())))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::{OPERATIONS, find};

    #[test]
    fn names_are_distinct_and_found() {
        for (at, one) in OPERATIONS.iter().enumerate() {
            assert_eq!(find(one.name).expect("named").name, one.name);
            for alias in one.aliases {
                assert_eq!(find(alias).expect("an alias").name, one.name);
            }
            assert!(OPERATIONS[..at].iter().all(|other| other.name != one.name), "{}", one.name);
        }
        assert!(find("sendd").expect_err("a slip").text.contains("did you mean \"send\"?"));
        assert!(find("").is_err());
    }
}
