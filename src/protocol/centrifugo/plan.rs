//! What an action of the host means for a Centrifugo server. Nothing here knows the state of a connection, so the same
//! code checks an action on the host's thread.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::model::{Action, Error, Secret, Status};
use crate::protocol::centrifuge::{SubOptions, Wish};

/// The most characters that a channel's name may have, unless the server is told otherwise.
const CHANNEL: usize = 255;

/// What is to be done.
#[derive(Debug)]
pub(super) enum Plan {
    Publish { channel: String, data: String },
    Rpc { method: String, data: String },
    Send { data: String },
    Presence { channel: String },
    PresenceStats { channel: String },
    History { channel: String, limit: String, since: String, reverse: bool },
    Subscribe(Wish),
    Unsubscribe { channel: String },
    ChannelToken { channel: String, token: String },
    Token(Secret),
}

/// The calls there are.
const CALLS: &[&str] = &[
    "publish",
    "rpc",
    "send",
    "presence",
    "presence_stats",
    "history",
    "subscribe",
    "unsubscribe",
    "sub_refresh",
    "refresh",
];

/// Reads an action.
///
/// # Errors
/// What is wrong with it, or that the service has no such thing.
pub(super) fn plan(action: &Action) -> Result<Plan, Error> {
    match action {
        Action::Say(say) => {
            let given = read("say", &say.json, &["channel"])?;
            let mut data = String::new();
            crate::protocol::wire::push_json_str(&mut data, &say.text);
            Ok(Plan::Publish { channel: channel("say", given.channel)?, data })
        }
        Action::Subscribe { json } => subscription("subscribe", json).map(Plan::Subscribe),
        Action::SetCredential { value } => Ok(Plan::Token(value.clone())),
        Action::Call { name, json } => call(name.trim(), json),
        Action::Interrupt { .. }
        | Action::SetContext { .. }
        | Action::SetTools { .. }
        | Action::ToolResult { .. }
        | Action::Playback(_) => {
            let text =
                format!("{}: a Centrifugo server has no such thing; publish to a channel instead", action.verb());
            Err(Error::new(Status::Unsupported, text))
        }
    }
}

fn call(name: &str, json: &str) -> Result<Plan, Error> {
    let what = format!("call \"{name}\"");
    let fields: &[&str] = match name {
        "publish" => &["channel", "data"],
        "rpc" => &["method", "data"],
        "send" => &["data"],
        "presence" | "presence_stats" | "unsubscribe" => &["channel"],
        "history" => &["channel", "limit", "since", "reverse"],
        "subscribe" => SUBSCRIPTION,
        "sub_refresh" => &["channel", "token"],
        "refresh" => {
            let text = "call \"refresh\": hand the fresh token over with parlor_client_set_credential";
            return Err(Error::new(Status::Unsupported, text));
        }
        _ => {
            let text = format!("{what}: there is no such command; there are {}", CALLS.join(", "));
            return Err(Error::invalid(text));
        }
    };
    let given = read(&what, json, fields)?;
    Ok(match name {
        "publish" => Plan::Publish { data: data(&what, given.data)?, channel: channel(&what, given.channel)? },
        "rpc" => Plan::Rpc {
            method: given.method.unwrap_or_default(),
            data: given.data.map_or(Ok("null".into()), |data| one_line(&what, data.get()))?,
        },
        "send" => Plan::Send { data: data(&what, given.data)? },
        "presence" => Plan::Presence { channel: channel(&what, given.channel)? },
        "presence_stats" => Plan::PresenceStats { channel: channel(&what, given.channel)? },
        "unsubscribe" => Plan::Unsubscribe { channel: channel(&what, given.channel)? },
        "history" => history(&what, given)?,
        "sub_refresh" => {
            let token = given.token.filter(|token| !token.is_empty());
            let token =
                token.ok_or_else(|| Error::invalid(format!("{what}: \"token\" is missing; it takes a text")))?;
            Plan::ChannelToken { channel: channel(&what, given.channel)?, token }
        }
        _ => Plan::Subscribe(wish(&what, given)?),
    })
}

/// Where to begin in a channel.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Position {
    offset: u64,
    epoch: String,
}

/// Every field that any of the calls takes. One type for all of them, since each reader of a type of its own is some
/// kilobytes of code.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Given {
    channel: Option<String>,
    token: Option<String>,
    method: Option<String>,
    data: Option<Box<RawValue>>,
    limit: Option<i32>,
    since: Option<Position>,
    reverse: Option<bool>,
    positioned: Option<bool>,
    recoverable: Option<bool>,
    join_leave: Option<bool>,
    delta: Option<String>,
    tf: Option<Box<RawValue>>,
}

impl Given {
    /// The fields that are there.
    fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        [
            ("channel", self.channel.is_some()),
            ("token", self.token.is_some()),
            ("method", self.method.is_some()),
            ("data", self.data.is_some()),
            ("limit", self.limit.is_some()),
            ("since", self.since.is_some()),
            ("reverse", self.reverse.is_some()),
            ("positioned", self.positioned.is_some()),
            ("recoverable", self.recoverable.is_some()),
            ("join_leave", self.join_leave.is_some()),
            ("delta", self.delta.is_some()),
            ("tf", self.tf.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, there)| there.then_some(name))
    }
}

const SUBSCRIPTION: &[&str] =
    &["channel", "token", "positioned", "recoverable", "join_leave", "delta", "data", "tf", "since"];

/// Reads the parameters of a call that takes these fields.
fn read(what: &str, json: &str, fields: &[&str]) -> Result<Given, Error> {
    if json.trim().is_empty() {
        return Ok(Given::default());
    }
    let takes = || fields.join(", ");
    let given: Given = serde_json::from_str(json)
        .map_err(|error| Error::invalid(format!("{what}: the parameters do not fit: {error}; it takes {}", takes())))?;
    match given.names().find(|name| !fields.contains(name)) {
        None => Ok(given),
        Some(name) => Err(Error::invalid(format!("{what}: there is no field \"{name}\"; it takes {}", takes()))),
    }
}

fn channel(what: &str, given: Option<String>) -> Result<String, Error> {
    match given {
        Some(name) if name.chars().count() > CHANNEL => {
            Err(Error::invalid(format!("{what}: the name of the channel has more than {CHANNEL} characters")))
        }
        Some(name) if !name.is_empty() => Ok(name),
        _ => Err(Error::invalid(format!("{what}: \"channel\" is missing; it takes a text"))),
    }
}

fn data(what: &str, given: Option<Box<RawValue>>) -> Result<String, Error> {
    let data = given.ok_or_else(|| Error::invalid(format!("{what}: \"data\" is missing; it takes any JSON")))?;
    one_line(what, data.get())
}

/// A newline divides commands, so a payload must not hold one. Outside of strings it is a blank, inside JSON has none.
fn one_line(what: &str, json: &str) -> Result<String, Error> {
    if !json.contains(['\n', '\r']) {
        return Ok(json.to_owned());
    }
    let value: serde_json::Value =
        serde_json::from_str(json).map_err(|error| Error::invalid(format!("{what}: \"data\" is not JSON: {error}")))?;
    Ok(value.to_string())
}

fn history(what: &str, given: Given) -> Result<Plan, Error> {
    let mut since = String::new();
    if let Some(position) = given.since {
        since.push('{');
        if position.offset != 0 {
            since.push_str(&format!("\"offset\":{},", position.offset));
        }
        since.push_str("\"epoch\":");
        crate::protocol::wire::push_json_str(&mut since, &position.epoch);
        since.push('}');
    }
    let limit = given.limit.map_or(String::new(), |limit| limit.to_string());
    Ok(Plan::History { channel: channel(what, given.channel)?, limit, since, reverse: given.reverse == Some(true) })
}

fn subscription(what: &str, json: &str) -> Result<Wish, Error> {
    wish(what, read(what, json, SUBSCRIPTION)?)
}

fn wish(what: &str, given: Given) -> Result<Wish, Error> {
    let delta = given.delta.unwrap_or_default();
    if !matches!(delta.as_str(), "" | "fossil") {
        return Err(Error::invalid(format!("{what}: \"delta\" takes fossil, not \"{delta}\"")));
    }
    let delta = !delta.is_empty();
    if delta && given.tf.is_some() {
        return Err(Error::invalid(format!("{what}: \"delta\" and the filter \"tf\" do not go together")));
    }
    let raw = |name: &str, value: Option<Box<RawValue>>| match value {
        None => Ok(String::new()),
        Some(value) => one_line(&format!("{what}: {name}"), value.get()),
    };
    let options = SubOptions {
        positioned: given.positioned == Some(true),
        recoverable: given.recoverable == Some(true),
        join_leave: given.join_leave == Some(true),
        delta,
        data: raw("data", given.data)?,
        filter: raw("tf", given.tf)?,
        since: given.since.map(|position| (position.offset, position.epoch)),
    };
    Ok(Wish { channel: channel(what, given.channel)?, token: given.token.unwrap_or_default(), options })
}

/// Reads the option `centrifugo.subscriptions`: an array of channels, each a name or what `subscribe` takes.
///
/// # Errors
/// It is something else.
pub(super) fn wishes(json: &str) -> Result<Vec<Wish>, Error> {
    if json.trim().is_empty() {
        return Ok(Vec::new());
    }
    let what = "option centrifugo.subscriptions";
    let items: Vec<&RawValue> = serde_json::from_str(json)
        .map_err(|error| Error::invalid(format!("{what} takes a JSON array of channels: {error}")))?;
    items
        .into_iter()
        .map(|item| match serde_json::from_str::<String>(item.get()) {
            Ok(name) => wish(what, Given { channel: Some(name), ..Given::default() }),
            Err(_) => subscription(what, item.get()),
        })
        .collect()
}

/// An option that holds JSON or nothing.
///
/// # Errors
/// It is not JSON.
pub(super) fn json_option(name: &str, json: &str) -> Result<String, Error> {
    if json.trim().is_empty() {
        return Ok(String::new());
    }
    match serde_json::from_str::<&RawValue>(json) {
        Ok(raw) => one_line(name, raw.get()),
        Err(error) => Err(Error::invalid(format!("option {name} takes JSON: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::{Plan, plan, wishes};
    use crate::model::Action;

    fn call(name: &str, json: &str) -> String {
        match plan(&Action::Call { name: name.into(), json: json.into() }) {
            Ok(plan) => format!("{plan:?}"),
            Err(error) => error.text,
        }
    }

    #[test]
    fn calls_are_checked() {
        for (name, json, expected) in [
            ("publish", r#"{"channel":"a","data":{"x" : 1}}"#, r#"Publish { channel: "a", data: "{\"x\" : 1}" }"#),
            ("publish", "{\"channel\":\"a\",\"data\":{\"x\":\n1}}", r#"data: "{\"x\":1}""#),
            ("publish", r#"{"channel":"a"}"#, "\"data\" is missing"),
            ("publish", r#"{"data":1}"#, "\"channel\" is missing"),
            ("publish", r#"{"chanel":"a"}"#, "unknown field `chanel`"),
            ("publish", "[", "do not fit"),
            ("rpc", r#"{"method":"m"}"#, r#"Rpc { method: "m", data: "null" }"#),
            ("send", r#"{"data":[1]}"#, "Send { data: \"[1]\" }"),
            (
                "history",
                r#"{"channel":"a","limit":-1,"since":{"offset":3,"epoch":"e"},"reverse":true}"#,
                "\\\"offset\\\":3",
            ),
            ("presence", "", "\"channel\" is missing"),
            ("presence", r#"{"channel":"a","limit":1}"#, "there is no field \"limit\"; it takes channel"),
            ("rpc", "{\"method\":\"m\",\"data\":[\n1]}", "data: \"[1]\""),
            ("sub_refresh", r#"{"token":"t"}"#, "\"channel\" is missing"),
            ("sub_refresh", r#"{"channel":"a"}"#, "\"token\" is missing"),
            ("subscribe", r#"{"channel":"a","delta":"x"}"#, "takes fossil"),
            ("subscribe", r#"{"channel":"a","delta":"fossil","tf":{}}"#, "do not go together"),
            ("ping", "", "there is no such command"),
        ] {
            let found = call(name, json);
            assert!(found.contains(expected), "{name} {json}: {found}");
        }
        let long = format!("{{\"channel\":\"{}\"}}", "x".repeat(256));
        assert!(call("presence", &long).contains("more than 255"));
        let tools = Action::SetTools { json: String::new() };
        assert!(plan(&tools).expect_err("no tools").text.contains("has no such thing"));
    }

    #[test]
    fn the_option_of_subscriptions() {
        let found = wishes(r#"["a",{"channel":"b","recoverable":true}]"#).expect("two");
        assert!(found[0].channel == "a" && found[1].options.recoverable);
        assert!(wishes("").expect("none").is_empty());
        for bad in ["{}", "[1]", r#"[""]"#] {
            assert!(wishes(bad).is_err(), "{bad}");
        }
        assert!(matches!(plan(&Action::Subscribe { json: r#"{"channel":"a"}"#.into() }), Ok(Plan::Subscribe(_))));
    }
}
