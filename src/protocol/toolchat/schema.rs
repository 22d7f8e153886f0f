//! Whether the arguments of a call fit the tool: JSON Schema, by a library for it that comes with the cargo feature
//! `schema`.

use serde_json::{Value, json};

/// Whether this build can check arguments.
pub(super) const AVAILABLE: bool = cfg!(feature = "schema");

#[cfg(feature = "schema")]
use jsonschema::Validator;

/// A build without the feature has none, so nothing can pretend to be checked.
#[cfg(not(feature = "schema"))]
#[derive(Clone, Debug)]
enum Validator {}

/// What JSON Schema calls types. Services write others into `type` too, for people; those say nothing to check.
const TYPES: [&str; 7] = ["string", "number", "integer", "boolean", "object", "array", "null"];

/// What the arguments of one tool have to be.
#[derive(Clone, Debug, Default)]
pub(super) struct Arguments(Vec<Argument>);

#[derive(Clone, Debug)]
struct Argument {
    name: String,
    required: bool,
    /// Of its `type`, and of its `schema`.
    checks: Vec<Validator>,
}

impl Arguments {
    /// Makes the parameters of a tool, which are known to have their members, into checks.
    ///
    /// # Errors
    /// Which parameter has a schema that is none, and why.
    pub(super) fn compile(parameters: &Value) -> Result<Arguments, String> {
        let mut arguments = Vec::new();
        for parameter in parameters.as_array().into_iter().flatten() {
            let name = parameter.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
            let type_ = parameter.get("type").and_then(Value::as_str).filter(|type_| TYPES.contains(type_));
            let of_type = type_.map(|type_| json!({"type": type_}));
            let mut checks = Vec::new();
            for schema in of_type.as_ref().into_iter().chain(parameter.get("schema")) {
                checks.push(compile(schema).map_err(|why| format!("parameter \"{name}\": its schema: {why}"))?);
            }
            let required = parameter.get("isRequired").and_then(Value::as_bool).unwrap_or(false);
            arguments.push(Argument { name, required, checks });
        }
        Ok(Arguments(arguments))
    }

    /// Whether the arguments of a call fit.
    ///
    /// # Errors
    /// Where they do not. The value itself is not in it: it goes into logs, too.
    pub(super) fn check(&self, given: &str) -> Result<(), String> {
        let given: Value = serde_json::from_str(given).map_err(|error| error.to_string())?;
        let Some(given) = given.as_object() else { return Err("the arguments are not an object".into()) };
        for Argument { name, required, checks } in &self.0 {
            match given.get(name) {
                None if *required => return Err(format!("{name} is missing")),
                None => {}
                Some(Value::Null) if !required => {}
                Some(value) => {
                    if let Some((place, why)) = checks.iter().find_map(|check| fault(check, value)) {
                        return Err(format!("{name}{place}: {why}"));
                    }
                }
            }
        }
        Ok(())
    }
}

/// Patterns run on the thread that all clients share, and arguments are another's: so they take linear time, which rules
/// out what only backtracking can do. Nothing is loaded from elsewhere.
#[cfg(feature = "schema")]
fn compile(schema: &Value) -> Result<Validator, String> {
    let patterns = jsonschema::PatternOptions::regex();
    jsonschema::options()
        .with_pattern_options(patterns)
        .build(schema)
        .map_err(|error| format!("{}{error}", at(error.instance_path().as_str())))
}

#[cfg(feature = "schema")]
fn at(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!("at {path}: ") }
}

/// Where a value does not fit, as a JSON pointer, and why.
#[cfg(feature = "schema")]
fn fault(check: &Validator, value: &Value) -> Option<(String, String)> {
    let error = check.validate(value).err()?;
    Some((error.instance_path().as_str().to_owned(), error.masked_with("the value").to_string()))
}

#[cfg(not(feature = "schema"))]
fn compile(_: &Value) -> Result<Validator, String> {
    Err("this library was built without JSON Schema".to_owned())
}

#[cfg(not(feature = "schema"))]
fn fault(check: &Validator, _: &Value) -> Option<(String, String)> {
    match *check {}
}

#[cfg(all(test, feature = "schema"))]
mod tests {
    use serde_json::{Value, json};

    use super::Arguments;

    fn parameter(schema: Value) -> Value {
        json!([{"name": "a", "type": "any", "description": "", "isRequired": true, "schema": schema}])
    }

    #[test]
    fn arguments_are_held_to_their_schema() {
        let service = json!({"type": "object", "required": ["x"], "additionalProperties": false, "properties": {
            "x": {"type": "integer"}, "unit": {"enum": ["C", "F"]}, "list": {"type": "array", "items": {"type": "string"}},
            "any": {"type": ["string", "null"]}, "free": {"type": "object", "additionalProperties": {"type": "boolean"}}}});
        // Words that the service's own tools do not have, and that a host may write all the same.
        let more = json!({"$defs": {"id": {"type": "string", "pattern": "^[a-z]+-[0-9]{2}$"}}, "type": "object", "properties": {
            "n": {"minimum": 1, "maximum": 6, "multipleOf": 2}, "id": {"$ref": "#/$defs/id"},
            "list": {"minItems": 1, "uniqueItems": true}, "one": {"oneOf": [{"const": 1}, {"type": "string", "maxLength": 2}]},
            "not": {"not": {"type": "null"}}}, "dependentRequired": {"n": ["id"]}, "if": {"required": ["one"]},
            "then": {"required": ["not"]}});
        for (schema, value, expected) in [
            (&service, json!({"x": 4}), ""),
            (&service, json!({"x": 4.0, "unit": "C", "list": ["a"], "any": null, "free": {"y": true}}), ""),
            (&service, json!({}), "a: \"x\" is a required property"),
            (&service, json!({"x": "4"}), "a/x: the value is not of type \"integer\""),
            (&service, json!({"x": 4.5}), "a/x: the value is not of type \"integer\""),
            (&service, json!({"x": 1, "unit": "K"}), "a/unit: the value is not one of"),
            (&service, json!({"x": 1, "list": ["a", 2]}), "a/list/1: the value is not of type"),
            (&service, json!({"x": 1, "more": 2}), "a: Additional properties are not allowed"),
            (&service, json!({"x": 1, "any": 2}), "a/any: the value is not of types"),
            (&service, json!({"x": 1, "free": {"y": 1}}), "a/free/y: the value is not of type"),
            (&service, json!([]), "a: the value is not of type \"object\""),
            (&service, json!(null), "a: the value is not of type \"object\""),
            (&more, json!({"n": 4, "id": "ab-12", "list": [1, 2], "one": 1, "not": 0}), ""),
            (&more, json!({"n": 7, "id": "ab-12"}), "a/n: "),
            (&more, json!({"n": 3, "id": "ab-12"}), "a/n: "),
            (&more, json!({"n": 4}), "a: "),
            (&more, json!({"id": "AB-12"}), "a/id: "),
            (&more, json!({"list": [1, 1]}), "a/list: "),
            (&more, json!({"one": "long", "not": 0}), "a/one: "),
            (&more, json!({"one": 1}), "a: "),
            (&more, json!({"not": null}), "a/not: "),
        ] {
            let arguments = Arguments::compile(&parameter(schema.clone())).expect("a good schema");
            match arguments.check(&json!({"a": value}).to_string()) {
                Ok(()) => assert!(expected.is_empty(), "{value} fits"),
                Err(why) => assert!(!expected.is_empty() && why.starts_with(expected), "{value}: {why}"),
            }
        }
    }

    #[test]
    fn what_is_no_schema_is_named() {
        for (schema, expected) in [
            (json!({"type": "text"}), "parameter \"a\": its schema: at /type: "),
            (json!({"properties": {"x": {"minimum": "1"}}}), "parameter \"a\": its schema: at /properties/x/minimum: "),
            (json!({"$ref": "#/$defs/nowhere"}), "parameter \"a\": its schema: "),
            (json!({"$ref": "http://127.0.0.1:1/schema.json"}), "parameter \"a\": its schema: "),
            (json!({"$ref": "file:///etc/hostname"}), "parameter \"a\": its schema: "),
            (json!({"pattern": "(?=x)"}), "parameter \"a\": its schema: "),
        ] {
            let why = Arguments::compile(&parameter(schema.clone())).expect_err("no schema");
            assert!(why.starts_with(expected), "{schema}: {why}");
            println!("{why}");
        }
    }

    #[test]
    fn a_pattern_takes_its_time_in_the_length_of_the_text_only() {
        let arguments = Arguments::compile(&parameter(json!({"pattern": "^(a+)+$"}))).expect("a good schema");
        let text = "a".repeat(100_000) + "!";
        let begun = std::time::Instant::now();
        assert!(arguments.check(&json!({"a": text}).to_string()).is_err());
        assert!(begun.elapsed() < std::time::Duration::from_secs(20), "backtracking would not end in this life");
    }
}
