//! Reading single fields out of a message, without building anything for the rest of it.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// The value at a path. A path that begins with `/` is a JSON pointer; else its steps are divided by dots, and a step
/// into an array is its number.
pub(super) fn find<'a>(json: &'a str, path: &str) -> Option<&'a str> {
    let mut at = json;
    if let Some(pointer) = path.strip_prefix('/') {
        for step in pointer.split('/') {
            at = member(at, &step.replace("~1", "/").replace("~0", "~"))?;
        }
        return Some(at);
    }
    if let Some(whole) = member(json, path) {
        // A member whose own name has dots in it comes first.
        return Some(whole);
    }
    if !path.contains('.') {
        return None;
    }
    for step in path.split('.') {
        at = member(at, step)?;
    }
    Some(at)
}

/// One member of an object by its name, or of an array by its number.
fn member<'a>(json: &'a str, step: &str) -> Option<&'a str> {
    let mut found = None;
    let mut source = serde_json::Deserializer::from_str(json);
    // The walk stops with an error as soon as it has what it looks for; only what was found counts.
    let _ = source.deserialize_any(Pick { step, found: &mut found });
    found.map(RawValue::get)
}

struct Pick<'s, 'a> {
    step: &'s str,
    found: &'s mut Option<&'a RawValue>,
}

impl<'a> Visitor<'a> for Pick<'_, 'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(same) = map.next_key_seed(Same(self.step))? {
            if same {
                *self.found = Some(map.next_value()?);
                return Err(A::Error::custom("found"));
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut seq: A) -> Result<(), A::Error> {
        let Ok(wanted) = self.step.parse::<usize>() else { return Err(A::Error::custom("not a number")) };
        for _ in 0..wanted {
            if seq.next_element::<IgnoredAny>()?.is_none() {
                return Ok(());
            }
        }
        *self.found = seq.next_element()?;
        Err(A::Error::custom("found"))
    }
}

/// Whether a key is the one looked for, without an allocation for those that are not.
struct Same<'s>(&'s str);

impl<'a> DeserializeSeed<'a> for Same<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'a>>(self, source: D) -> Result<bool, D::Error> {
        source.deserialize_str(self)
    }
}

impl Visitor<'_> for Same<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<bool, E> {
        Ok(key == self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::find;

    const JSON: &str = r#"{"a":{"b":[1,{"c":"d"}],"e/f":2,"g~h":3},"x.y":4,"k\u0065y":5,"n":null,"s":"t"}"#;

    #[test]
    fn paths() {
        for (path, expected) in [
            ("s", Some(r#""t""#)),
            ("a.b", Some(r#"[1,{"c":"d"}]"#)),
            ("a.b.0", Some("1")),
            ("a.b.1.c", Some(r#""d""#)),
            ("/a/b/1/c", Some(r#""d""#)),
            ("/a/e~1f", Some("2")),
            ("/a/g~0h", Some("3")),
            ("x.y", Some("4")),
            ("key", Some("5")),
            ("n", Some("null")),
            ("a.b.2", None),
            ("a.b.x", None),
            ("s.t", None),
            ("", None),
            ("nope", None),
            ("/nope", None),
        ] {
            assert_eq!(find(JSON, path), expected, "{path}");
        }
        assert_eq!(find("[", "0"), None);
        assert_eq!(find("", "a"), None);
        assert_eq!(find(r#"{"a":1,"#, "a"), Some("1"), "what comes before a fault can still be read");
    }
}
