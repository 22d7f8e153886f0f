//! Whether the arguments of a call fit the schema of its tool: the part of JSON Schema that the service's tools have,
//! `type`, `properties`, `required`, `additionalProperties`, `enum`, `items`. Other words are not looked at.

use serde_json::{Map, Value};

/// How deep schemas and values are followed.
const DEPTH: usize = 32;

/// Whether `value` fits; else where it does not and why.
pub(super) fn check(schema: &Value, value: &Value, place: &str, depth: usize) -> Result<(), String> {
    let Some(schema) = schema.as_object().filter(|_| depth < DEPTH) else { return Ok(()) };
    if let Some(wanted) = schema.get("type")
        && !type_fits(wanted, value)
    {
        return Err(format!("{place} is {}, but the schema takes {}", name_of(value), words(wanted)));
    }
    if let Some(Value::Array(choices)) = schema.get("enum")
        && !choices.contains(value)
    {
        return Err(format!("{place} is none of {}", Value::Array(choices.clone())));
    }
    match value {
        Value::Object(members) => check_object(schema, members, place, depth),
        Value::Array(items) => match schema.get("items") {
            Some(each) => items
                .iter()
                .enumerate()
                .try_for_each(|(at, item)| check(each, item, &format!("{place}[{at}]"), depth + 1)),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

fn check_object(
    schema: &Map<String, Value>,
    members: &Map<String, Value>,
    place: &str,
    depth: usize,
) -> Result<(), String> {
    for name in schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        if !members.contains_key(name) {
            return Err(format!("{place}.{name} is missing"));
        }
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    for (name, value) in members {
        let inner = format!("{place}.{name}");
        match (properties.and_then(|properties| properties.get(name)), schema.get("additionalProperties")) {
            (Some(each), _) => check(each, value, &inner, depth + 1)?,
            (None, Some(Value::Bool(false))) => return Err(format!("{inner} is not in the schema")),
            (None, Some(each)) => check(each, value, &inner, depth + 1)?,
            (None, None) => {}
        }
    }
    Ok(())
}

fn type_fits(wanted: &Value, value: &Value) -> bool {
    match wanted {
        Value::Array(several) => several.iter().any(|one| type_fits(one, value)),
        Value::String(name) => match name.as_str() {
            "string" => value.is_string(),
            "number" => value.is_number(),
            "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
            "boolean" => value.is_boolean(),
            "object" => value.is_object(),
            "array" => value.is_array(),
            "null" => value.is_null(),
            // Types that are none of JSON Schema's say nothing that could be checked.
            _ => true,
        },
        _ => true,
    }
}

fn words(wanted: &Value) -> String {
    wanted.as_str().map_or_else(|| wanted.to_string(), str::to_owned)
}

fn name_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::check;

    #[test]
    fn values_are_held_to_their_schema() {
        let schema = json!({"type": "object", "required": ["x"], "additionalProperties": false, "properties": {
            "x": {"type": "integer"}, "unit": {"enum": ["C", "F"]}, "list": {"type": "array", "items": {"type": "string"}},
            "any": {"type": ["string", "null"]}, "free": {"type": "object", "additionalProperties": {"type": "boolean"}}}});
        for (value, expected) in [
            (json!({"x": 4}), ""),
            (json!({"x": 4.0, "unit": "C", "list": ["a"], "any": null, "free": {"y": true}}), ""),
            (json!({}), "a.x is missing"),
            (json!({"x": "4"}), "a.x is a string, but the schema takes integer"),
            (json!({"x": 4.5}), "a.x is a number, but the schema takes integer"),
            (json!({"x": 1, "unit": "K"}), "a.unit is none of"),
            (json!({"x": 1, "list": ["a", 2]}), "a.list[1] is a number"),
            (json!({"x": 1, "more": 2}), "a.more is not in the schema"),
            (json!({"x": 1, "any": 2}), "a.any is a number"),
            (json!({"x": 1, "free": {"y": 1}}), "a.free.y is a number"),
            (json!([]), "a is an array"),
        ] {
            match check(&schema, &value, "a", 0) {
                Ok(()) => assert!(expected.is_empty(), "{value}"),
                Err(why) => assert!(!expected.is_empty() && why.starts_with(expected), "{value}: {why}"),
            }
        }
    }
}
