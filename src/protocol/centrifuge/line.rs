//! One line of a frame, decoded once and borrowed. Fields that are zero, false or empty are not on the wire, and unknown
//! ones are passed over.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A reply (with an id), a push, or a ping (neither).
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Line<'a> {
    pub(crate) id: u32,
    #[serde(borrow)]
    pub(crate) push: Option<Push<'a>>,
    #[serde(borrow)]
    pub(crate) error: Option<Fault<'a>>,
    #[serde(borrow)]
    pub(crate) connect: Option<ConnectResult<'a>>,
    #[serde(borrow)]
    pub(crate) subscribe: Option<&'a RawValue>,
    pub(crate) refresh: Option<RefreshResult>,
    pub(crate) sub_refresh: Option<RefreshResult>,
    #[serde(borrow)]
    pub(crate) unsubscribe: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) publish: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) rpc: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) presence: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) presence_stats: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) history: Option<&'a RawValue>,
}

impl<'a> Line<'a> {
    /// The result of a call, whichever it was.
    pub(crate) fn result(&self) -> &'a str {
        let all = [self.publish, self.rpc, self.presence, self.presence_stats, self.history, self.unsubscribe];
        all.into_iter().flatten().next().map_or("{}", RawValue::get)
    }
}

/// Why a command failed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Fault<'a> {
    pub(crate) code: u32,
    #[serde(borrow)]
    pub(crate) message: Cow<'a, str>,
    pub(crate) temporary: bool,
}

/// What the service sends by itself.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Push<'a> {
    #[serde(borrow)]
    pub(crate) channel: Cow<'a, str>,
    #[serde(borrow, rename = "pub")]
    pub(crate) publication: Option<Publication<'a>>,
    #[serde(borrow)]
    pub(crate) join: Option<Someone<'a>>,
    #[serde(borrow)]
    pub(crate) leave: Option<Someone<'a>>,
    #[serde(borrow)]
    pub(crate) unsubscribe: Option<End<'a>>,
    #[serde(borrow)]
    pub(crate) subscribe: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) message: Option<Letter<'a>>,
    #[serde(borrow)]
    pub(crate) disconnect: Option<End<'a>>,
    pub(crate) refresh: Option<RefreshResult>,
}

/// A code and a sentence.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct End<'a> {
    pub(crate) code: u32,
    #[serde(borrow)]
    pub(crate) reason: Cow<'a, str>,
}

/// Who joined or left.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Someone<'a> {
    #[serde(borrow)]
    pub(crate) info: ClientInfo<'a>,
}

/// A payload that belongs to no channel.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Letter<'a> {
    #[serde(borrow)]
    pub(crate) data: Option<&'a RawValue>,
}

/// One client of the service.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ClientInfo<'a> {
    #[serde(borrow)]
    pub(crate) user: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) client: Cow<'a, str>,
}

/// Something published to a channel.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Publication<'a> {
    #[serde(borrow)]
    pub(crate) data: Option<&'a RawValue>,
    pub(crate) offset: u64,
    #[serde(borrow)]
    pub(crate) epoch: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) info: Option<ClientInfo<'a>>,
    pub(crate) delta: bool,
    /// Unix milliseconds.
    pub(crate) time: i64,
}

/// The answer to a connect command.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ConnectResult<'a> {
    #[serde(borrow)]
    pub(crate) client: Cow<'a, str>,
    pub(crate) expires: bool,
    pub(crate) ttl: u64,
    /// What the service's own connect handler says to this client.
    #[serde(borrow)]
    pub(crate) data: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(crate) subs: Subs<'a>,
    /// Seconds.
    pub(crate) ping: u32,
    pub(crate) pong: bool,
}

/// The answer to a subscribe command, and the description of a server-side subscription.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SubscribeResult<'a> {
    pub(crate) expires: bool,
    pub(crate) ttl: u64,
    pub(crate) recoverable: bool,
    pub(crate) positioned: bool,
    #[serde(borrow)]
    pub(crate) epoch: Cow<'a, str>,
    pub(crate) offset: u64,
    pub(crate) recovered: bool,
    pub(crate) was_recovering: bool,
    #[serde(borrow)]
    pub(crate) publications: Vec<&'a RawValue>,
    pub(crate) delta: bool,
}

/// The answer to a refresh.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct RefreshResult {
    pub(crate) expires: bool,
    pub(crate) ttl: u64,
}

/// The members of an object in the order in which they stand, each as it stands.
#[derive(Debug, Default)]
pub(crate) struct Subs<'a>(pub(crate) Vec<(Cow<'a, str>, &'a RawValue)>);

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Subs<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Subs<'a>, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Subs<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of subscriptions")
            }

            fn visit_unit<E>(self) -> Result<Subs<'de>, E> {
                Ok(Subs::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Subs<'de>, A::Error> {
                let mut all = Vec::new();
                while let Some(Name(name)) = map.next_key()? {
                    all.push((name, map.next_value()?));
                }
                Ok(Subs(all))
            }
        }
        deserializer.deserialize_any(Members)
    }
}

#[cfg(test)]
mod tests {
    use super::{Line, SubscribeResult};

    #[test]
    fn lines_are_read_as_far_as_they_go() {
        let line: Line<'_> = serde_json::from_str("{}").expect("a ping");
        assert!(line.id == 0 && line.push.is_none());
        let text = r#"{"push":{"channel":"room:main","pub":{"data": {"a" : 1},"offset":7,"new":[1]}},"x":null}"#;
        let line: Line<'_> = serde_json::from_str(text).expect("a push");
        let push = line.push.expect("it is one");
        let publication = push.publication.expect("of a publication");
        assert_eq!((push.channel.as_ref(), publication.offset), ("room:main", 7));
        assert_eq!(publication.data.expect("data").get(), r#"{"a" : 1}"#, "whitespace is kept");
        let text = r#"{"id":1,"connect":{"client":"u","subs":{"b":{},"a":{"offset":3}},"ping":25,"pong":true}}"#;
        let connect = serde_json::from_str::<Line<'_>>(text).expect("a reply").connect.expect("to connect");
        let names: Vec<&str> = connect.subs.0.iter().map(|(name, _)| name.as_ref()).collect();
        assert_eq!(names, ["b", "a"]);
        let sub: SubscribeResult<'_> = serde_json::from_str(connect.subs.0[1].1.get()).expect("a result");
        assert_eq!(sub.offset, 3);
        let line: Line<'_> = serde_json::from_str(r#"{"id":4,"rpc":{"data":[1, 2]}}"#).expect("a reply");
        assert_eq!(line.result(), r#"{"data":[1, 2]}"#);
        // What does not begin an object is turned away before it gets here.
        for bad in ["", "nope", r#"{"id":"x"}"#, r#"{"id":-1}"#, r#"{"push":3}"#] {
            assert!(serde_json::from_str::<Line<'_>>(bad).is_err(), "{bad}");
        }
    }
}
