//! One message of the server, read in one pass from borrowed bytes. All messages share one reader; a member of another
//! type than it should be is noticed, and the rest is still read.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// A member that should be a text, a number or a flag. Servers and clients of several ages write numbers and flags as
/// texts, and roles as numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Scalar<'a> {
    #[default]
    Absent,
    Null,
    Text(Cow<'a, str>),
    Number(f64),
    Flag(bool),
    /// An array or an object.
    Wrong,
}

impl Scalar<'_> {
    /// The text, or empty.
    pub(super) fn as_str(&self) -> &str {
        match self {
            Scalar::Text(text) => text,
            _ => "",
        }
    }

    /// Whether something stands where only a text may stand.
    pub(super) const fn no_text(&self) -> bool {
        matches!(self, Scalar::Number(_) | Scalar::Flag(_) | Scalar::Wrong)
    }

    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Scalar::Number(number) => Some(*number),
            Scalar::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    pub(super) fn flag(&self) -> Option<bool> {
        match self {
            Scalar::Flag(flag) => Some(*flag),
            Scalar::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Scalar::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Scalar<'a>, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Scalar<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Text(Cow::Owned(text.to_owned())))
            }

            fn visit_unit<E>(self) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Null)
            }

            fn visit_bool<E>(self, flag: bool) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Flag(flag))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Number(number as f64))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Number(number as f64))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Number(number))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Scalar<'de>, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Scalar::Wrong)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar<'de>, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Scalar::Wrong)
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// The members that this client knows, of whichever message.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Frame<'a> {
    #[serde(rename = "$type", borrow)]
    pub(super) type_: Scalar<'a>,
    #[serde(borrow)]
    pub(super) session_id: Scalar<'a>,
    #[serde(borrow)]
    pub(super) chat_id: Scalar<'a>,
    #[serde(borrow)]
    pub(super) message_id: Scalar<'a>,
    #[serde(borrow)]
    pub(super) sender_id: Scalar<'a>,
    #[serde(borrow)]
    pub(super) character_id: Scalar<'a>,
    #[serde(borrow)]
    pub(super) role: Scalar<'a>,
    #[serde(borrow)]
    pub(super) text: Scalar<'a>,
    #[serde(borrow)]
    pub(super) start_index: Scalar<'a>,
    #[serde(borrow)]
    pub(super) end_index: Scalar<'a>,
    #[serde(borrow)]
    pub(super) audio_url: Scalar<'a>,
    #[serde(borrow)]
    pub(super) is_narration: Scalar<'a>,
    #[serde(borrow)]
    pub(super) audio_gap_ms: Scalar<'a>,
    #[serde(borrow)]
    pub(super) timestamp: Scalar<'a>,
    #[serde(borrow)]
    pub(super) message: Scalar<'a>,
    #[serde(borrow)]
    pub(super) code: Scalar<'a>,
    #[serde(borrow)]
    pub(super) state: Scalar<'a>,
    #[serde(borrow)]
    pub(super) title: Scalar<'a>,
    #[serde(borrow)]
    pub(super) enabled: Scalar<'a>,
    #[serde(borrow)]
    pub(super) paused: Scalar<'a>,
    #[serde(borrow)]
    pub(super) reason: Scalar<'a>,
    #[serde(borrow)]
    pub(super) value: Scalar<'a>,
    #[serde(borrow)]
    pub(super) name: Scalar<'a>,
    #[serde(borrow)]
    pub(super) trigger_id: Scalar<'a>,
    #[serde(borrow)]
    pub(super) request_id: Scalar<'a>,
    #[serde(borrow)]
    pub(super) vision_capture_request_id: Scalar<'a>,
    #[serde(borrow)]
    pub(super) api_version: Scalar<'a>,
    #[serde(borrow)]
    pub(super) voxta_server_version: Scalar<'a>,
    #[serde(borrow)]
    pub(super) user: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) arguments: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) characters: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) sessions: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) flags: Option<&'a RawValue>,
}

/// Reads a whole message.
///
/// # Errors
/// It is not JSON, or no object.
pub(super) fn read(json: &str) -> Result<Frame<'_>, String> {
    // The reader would take an array for the members in their order.
    if !json.trim_start().starts_with('{') {
        return Err("it is no object".to_owned());
    }
    serde_json::from_str(json).map_err(|error| error.to_string())
}

/// The `$type`, if it stands first as the server writes it, without a look at the rest.
pub(super) fn peek(json: &str) -> Option<&str> {
    let rest = json.strip_prefix("{\"$type\":\"")?;
    let end = memchr::memchr2(b'"', b'\\', rest.as_bytes())?;
    (rest.as_bytes()[end] == b'"').then(|| &rest[..end])
}

/// Who takes part: the first few things about each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
#[serde(default)]
pub(super) struct Character {
    #[serde(alias = "characterId")]
    pub(super) id: String,
    pub(super) name: String,
}

/// A list of characters.
pub(super) fn characters(raw: Option<&RawValue>) -> Option<Vec<Character>> {
    serde_json::from_str(raw?.get()).ok()
}

/// A chat that runs on the server.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Running {
    pub(super) session_id: String,
    pub(super) chat_id: String,
    pub(super) characters: Vec<Character>,
}

/// The names in a list of flags, which are texts or objects with a name.
pub(super) fn flag_names(raw: &RawValue) -> Vec<String> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum One {
        Name(String),
        Flag { name: String },
        Other(IgnoredAny),
    }
    let list: Vec<One> = serde_json::from_str(raw.get()).unwrap_or_default();
    let name = |one| match one {
        One::Name(name) | One::Flag { name } => Some(name),
        One::Other(_) => None,
    };
    list.into_iter().filter_map(name).collect()
}

/// The arguments of an action as one JSON object: `[{"name":…,"value":…}]` becomes `{…}`; anything else stays as it is.
pub(super) fn arguments(raw: Option<&RawValue>) -> Cow<'_, str> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Pair<'a> {
        #[serde(borrow)]
        name: Cow<'a, str>,
        #[serde(borrow, default)]
        value: Option<&'a RawValue>,
    }
    let Some(raw) = raw else { return Cow::Borrowed("{}") };
    let Ok(pairs) = serde_json::from_str::<Vec<Pair<'_>>>(raw.get()) else { return Cow::Borrowed(raw.get()) };
    let mut out = String::from("{");
    for (at, pair) in pairs.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        crate::protocol::wire::push_json_str(&mut out, &pair.name);
        out.push(':');
        out.push_str(pair.value.map_or("null", RawValue::get));
    }
    out.push('}');
    Cow::Owned(out)
}

/// The words for roles that are numbers.
const ROLES: [&str; 11] =
    ["undefined", "system", "assistant", "user", "summary", "event", "instructions", "note", "secret", "infer", "tool"];

/// A role in lower case.
pub(super) fn role<'a>(role: &'a Scalar<'_>) -> Cow<'a, str> {
    match role {
        Scalar::Text(text) if text.bytes().any(|byte| byte.is_ascii_uppercase()) => {
            Cow::Owned(text.to_ascii_lowercase())
        }
        Scalar::Text(text) => Cow::Borrowed(text),
        Scalar::Number(number) => Cow::Borrowed(ROLES.get(*number as usize).copied().unwrap_or_default()),
        _ => Cow::Borrowed(""),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::{Scalar, arguments, peek, read, role};

    #[test]
    fn members_of_wrong_types_are_noticed() {
        let frame =
            read(r#"{"$type":"x","text":5,"role":3,"enabled":"True","endIndex":"12","sender\u0049d":"a","title":[1]}"#)
                .expect("JSON");
        assert!(frame.text.no_text() && frame.title.no_text() && !frame.name.no_text());
        assert_eq!((role(&frame.role).as_ref(), frame.enabled.flag()), ("user", Some(true)));
        assert_eq!((frame.end_index.number(), frame.sender_id.as_str()), (Some(12.0), "a"));
        assert_eq!(role(&Scalar::Text("Assistant".into())), "assistant");
        assert!(read("[]").is_err() && read("{} x").is_err());
    }

    #[test]
    fn the_type_is_peeked_at_where_it_stands_first() {
        assert_eq!(peek(r#"{"$type":"a","x":1}"#), Some("a"));
        assert_eq!(peek(r#"{ "$type":"a"}"#), None);
        assert_eq!(peek(r#"{"$type":"a\u0062"}"#), None);
    }

    #[test]
    fn arguments_become_an_object() {
        for (given, expected) in [
            (
                r#"[{"name":"a","value":1},{"name":"b\"","value":{"x":[]}},{"name":"c"}]"#,
                r#"{"a":1,"b\"":{"x":[]},"c":null}"#,
            ),
            (r#"{"a":1.50}"#, r#"{"a":1.50}"#),
            ("[1,\"x\"]", "[1,\"x\"]"),
            ("[]", "{}"),
        ] {
            let raw = RawValue::from_string(given.to_owned()).expect("JSON");
            assert_eq!(arguments(Some(&raw)), expected);
        }
        assert_eq!(arguments(None), "{}");
    }
}
