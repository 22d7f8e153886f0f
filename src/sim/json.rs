//! JSON whose members come in the order in which the real services write them.

use serde_json::Value;

/// An object with its members in this order.
pub(crate) fn fields(fields: &[(&str, Value)]) -> String {
    let mut out = String::from("{");
    for (index, (name, value)) in fields.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push_str(&Value::from(*name).to_string());
        out.push(':');
        out.push_str(&value.to_string());
    }
    out.push('}');
    out
}

/// The same text with everything outside ASCII escaped, as ASP.NET writes it.
pub(crate) fn ascii(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for character in json.chars() {
        if character.is_ascii() {
            out.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04X}"));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn members_keep_their_order_and_escapes_mean_the_same() {
        assert_eq!(fields(&[("b", json!(1)), ("a", json!("é"))]), r#"{"b":1,"a":"é"}"#);
        let text = r#"{"a":"é☃😀"}"#;
        assert_eq!(ascii(text), r#"{"a":"\u00E9\u2603\uD83D\uDE00"}"#);
        let (one, two): (Value, Value) =
            (serde_json::from_str(text).unwrap(), serde_json::from_str(&ascii(text)).unwrap());
        assert_eq!(one, two);
    }
}
