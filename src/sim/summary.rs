//! One readable line for a message, for the log of the simulators.

use serde_json::Value;

/// The longest text of a line.
const WIDTH: usize = 96;

/// Type and short text of a message; several lines where several records came together.
pub fn summary(text: &str) -> Vec<String> {
    text.split('\u{1e}').filter(|record| !record.is_empty()).map(line).collect()
}

fn line(record: &str) -> String {
    let Ok(Value::Object(message)) = serde_json::from_str(record) else { return shorten(record) };
    // A SignalR invocation wraps the message that matters.
    if let Some(inner) = message.get("arguments").and_then(|arguments| arguments.get(0)).and_then(Value::as_object) {
        return body(inner);
    }
    match message.get("type") {
        Some(Value::Number(number)) if number.as_u64() == Some(6) => "(SignalR ping)".to_owned(),
        Some(Value::Number(number)) if number.as_u64() == Some(3) => "(SignalR completion)".to_owned(),
        Some(Value::Number(number)) if number.as_u64() == Some(7) => "(SignalR close)".to_owned(),
        _ => body(&message),
    }
}

fn body(message: &serde_json::Map<String, Value>) -> String {
    let kind = message.get("type").or_else(|| message.get("$type")).and_then(Value::as_str);
    let Some(kind) = kind else { return shorten(&Value::Object(message.clone()).to_string()) };
    let inner = ["data", "state"].iter().find_map(|name| message.get(*name));
    let text = inner.unwrap_or(&Value::Null).get("text").or_else(|| message.get("text")).and_then(Value::as_str);
    match (text, inner) {
        (Some(text), _) => format!("{kind}  {}", shorten(text)),
        (None, Some(inner)) => format!("{kind}  {}", shorten(&inner.to_string())),
        (None, None) => {
            let mut rest = message.clone();
            rest.retain(|name, _| !matches!(name.as_str(), "type" | "$type"));
            if rest.is_empty() {
                kind.to_owned()
            } else {
                format!("{kind}  {}", shorten(&Value::Object(rest).to_string()))
            }
        }
    }
}

fn shorten(text: &str) -> String {
    let mut short: String = text.chars().take(WIDTH).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(WIDTH).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::summary;

    #[test]
    fn the_type_and_the_text_are_shown() {
        assert_eq!(summary(r#"{"type":"sentence_ready","data":{"text":"Hi."}}"#), ["sentence_ready  Hi."]);
        assert_eq!(summary(r#"{"type":"pong"}"#), ["pong"]);
        let record = r#"{"type":1,"target":"SendMessage","arguments":[{"$type":"send","text":"a"}]}"#;
        assert_eq!(summary(&format!("{record}\u{1e}{{\"type\":6}}\u{1e}")), ["send  a", "(SignalR ping)"]);
        assert_eq!(summary("POST /dialogue {}"), ["POST /dialogue {}"]);
    }
}
