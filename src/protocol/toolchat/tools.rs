//! The tools that the host offers: how they are read, and how they are told to the service.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::schema::Arguments;
use crate::model::{Error, Nanos, millis};

/// The tools, the components and the order in which the host gave them.
#[derive(Clone, Debug, Default)]
pub(super) struct Tools {
    schemas: Vec<Value>,
    components: Vec<Value>,
    by_name: BTreeMap<String, Tool>,
}

#[derive(Clone, Debug)]
struct Tool {
    at: usize,
    timeout: Option<Nanos>,
    /// Empty until they are compiled.
    arguments: Arguments,
}

impl Tools {
    /// Reads what `set_tools` gives: an array of tools, or an object with `toolSchemas` and `generativeComponents`.
    ///
    /// # Errors
    /// Which tool is wrong, and how.
    pub(super) fn parse(json: &str) -> Result<Tools, Error> {
        let given: Value = serde_json::from_str(if json.trim().is_empty() { "[]" } else { json })
            .map_err(|error| Error::invalid(format!("set_tools: this is not JSON: {error}")))?;
        let (tools, components) = match given {
            Value::Array(tools) => (tools, Vec::new()),
            Value::Object(mut members) => {
                let tools = list(&mut members, "toolSchemas")?;
                let components = list(&mut members, "generativeComponents")?;
                if let Some(unknown) = members.keys().next() {
                    return Err(wrong(&format!(
                        "there is no \"{unknown}\"; it takes toolSchemas and generativeComponents"
                    )));
                }
                (tools, components)
            }
            _ => return Err(wrong("it takes an array of tools, or an object with toolSchemas")),
        };
        let mut all = Tools::default();
        for (at, tool) in tools.into_iter().enumerate() {
            let (name, tool, timeout) = read_tool(at, tool)?;
            if all.by_name.insert(name.clone(), Tool { at, timeout, arguments: Arguments::default() }).is_some() {
                return Err(wrong(&format!("two tools have the name \"{name}\"")));
            }
            all.schemas.push(tool);
        }
        for (at, component) in components.into_iter().enumerate() {
            let place = format!("component {at}");
            let members = object(&place, &component)?;
            for name in ["name", "description", "propsSchemaJson"] {
                // The schema of the props may be given as an object or written out.
                if !(name == "propsSchemaJson" && members.get(name).is_some_and(Value::is_object)) {
                    text(&place, members, name)?;
                }
            }
            all.components.push(component);
        }
        Ok(all)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.schemas.is_empty() && self.components.is_empty()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// The tool's own deadline, if it has one.
    pub(super) fn timeout(&self, name: &str) -> Option<Nanos> {
        self.by_name.get(name)?.timeout
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.schemas.iter().filter_map(|tool| tool.get("name")?.as_str())
    }

    /// The members of `configure_tools` and `update_tools`.
    pub(super) fn write(&self, message: &mut Map<String, Value>) {
        message.insert("toolSchemas".into(), Value::Array(self.schemas.clone()));
        if !self.components.is_empty() {
            message.insert("generativeComponents".into(), Value::Array(self.components.clone()));
        }
    }

    /// Makes the schemas into checks, so that [`check_arguments`](Tools::check_arguments) can tell.
    ///
    /// # Errors
    /// Which tool has a schema that is none, and why.
    pub(super) fn compile(&mut self) -> Result<(), Error> {
        for (name, tool) in &mut self.by_name {
            let parameters = self.schemas.get(tool.at).and_then(|schema| schema.get("parameters"));
            let arguments = Arguments::compile(parameters.unwrap_or(&Value::Null));
            tool.arguments = arguments.map_err(|why| wrong(&format!("tool \"{name}\": {why}")))?;
        }
        Ok(())
    }

    /// Whether the arguments of a call fit the tool.
    ///
    /// # Errors
    /// Where they do not.
    pub(super) fn check_arguments(&self, name: &str, arguments: &str) -> Result<(), String> {
        self.by_name.get(name).map_or(Ok(()), |tool| tool.arguments.check(arguments))
    }
}

fn wrong(what: &str) -> Error {
    Error::invalid(format!("set_tools: {what}"))
}

fn list(members: &mut Map<String, Value>, name: &str) -> Result<Vec<Value>, Error> {
    match members.remove(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(wrong(&format!("\"{name}\" takes an array"))),
    }
}

fn object<'a>(place: &str, value: &'a Value) -> Result<&'a Map<String, Value>, Error> {
    value.as_object().ok_or_else(|| wrong(&format!("{place} is not an object")))
}

fn text<'a>(place: &str, members: &'a Map<String, Value>, name: &str) -> Result<&'a str, Error> {
    match members.get(name) {
        Some(Value::String(text)) if !text.is_empty() || name == "description" => Ok(text),
        Some(Value::String(_)) => Err(wrong(&format!("{place}: \"{name}\" is empty"))),
        Some(_) => Err(wrong(&format!("{place}: \"{name}\" takes a text"))),
        None => Err(wrong(&format!("{place}: \"{name}\" is missing"))),
    }
}

/// One tool: `name`, `description`, `parameters`; and `timeoutMs`, which is ours and is not sent.
fn read_tool(at: usize, mut tool: Value) -> Result<(String, Value, Option<Nanos>), Error> {
    let place = format!("tool {at}");
    let name = text(&place, object(&place, &tool)?, "name")?.to_owned();
    let place = format!("tool \"{name}\"");
    let members = object(&place, &tool)?;
    text(&place, members, "description")?;
    let timeout = match members.get("timeoutMs") {
        None => None,
        Some(ms) => Some(ms.as_u64().ok_or_else(|| wrong(&format!("{place}: \"timeoutMs\" takes a whole number")))?),
    };
    match members.get("parameters") {
        None => return Err(wrong(&format!("{place}: \"parameters\" is missing; a tool without any has []"))),
        Some(Value::Array(parameters)) => {
            for (at, parameter) in parameters.iter().enumerate() {
                check_parameter(&format!("{place}: parameter {at}"), parameter)?;
            }
        }
        Some(_) => return Err(wrong(&format!("{place}: \"parameters\" takes an array"))),
    }
    if let Some(members) = tool.as_object_mut() {
        members.remove("timeoutMs");
    }
    Ok((name, tool, timeout.map(millis)))
}

fn check_parameter(place: &str, parameter: &Value) -> Result<(), Error> {
    let members = object(place, parameter)?;
    for name in ["name", "type", "description"] {
        text(place, members, name)?;
    }
    match members.get("isRequired") {
        None | Some(Value::Bool(_)) => {}
        Some(_) => return Err(wrong(&format!("{place}: \"isRequired\" takes true or false"))),
    }
    match members.get("schema") {
        None | Some(Value::Object(_)) => Ok(()),
        Some(_) => Err(wrong(&format!("{place}: \"schema\" takes an object"))),
    }
}

#[cfg(test)]
mod tests {
    use super::Tools;
    use crate::model::millis;

    const ADD: &str = r#"{"name":"add","description":"adds","parameters":[{"name":"x","type":"number",
        "description":"a number","isRequired":true,"schema":{"type":"integer"}}],"timeoutMs":50}"#;

    #[test]
    fn a_list_or_an_object_of_tools_is_read() {
        let tools = Tools::parse(&format!("[{ADD}]")).expect("a good list");
        assert!(tools.has("add") && !tools.has("toString") && tools.timeout("add") == Some(millis(50)));
        let mut message = serde_json::Map::new();
        tools.write(&mut message);
        let sent = serde_json::Value::Object(message).to_string();
        assert!(sent.contains("isRequired") && !sent.contains("timeoutMs") && !sent.contains("generative"), "{sent}");
        let json = r#"{"generativeComponents":[{"name":"Card","description":"","propsSchemaJson":"{}"}]}"#;
        assert!(!Tools::parse(json).expect("components alone").is_empty());
        assert!(Tools::parse("").expect("none").is_empty());
    }

    #[test]
    fn slips_are_named_with_their_place() {
        for (json, expected) in [
            ("{", "not JSON"),
            ("5", "array of tools"),
            (r#"{"tools":[]}"#, "there is no \"tools\""),
            (r#"{"toolSchemas":5}"#, "\"toolSchemas\" takes an array"),
            ("[5]", "tool 0 is not an object"),
            (r#"[{"description":""}]"#, "tool 0: \"name\" is missing"),
            (r#"[{"name":"a","description":5,"parameters":[]}]"#, "tool \"a\": \"description\" takes a text"),
            (r#"[{"name":"a","description":""}]"#, "\"parameters\" is missing"),
            (r#"[{"name":"a","description":"","parameters":{}}]"#, "\"parameters\" takes an array"),
            (
                r#"[{"name":"a","description":"","parameters":[{"name":"x"}]}]"#,
                "tool \"a\": parameter 0: \"type\" is missing",
            ),
            (
                r#"[{"name":"a","description":"","parameters":[],"timeoutMs":"5"}]"#,
                "\"timeoutMs\" takes a whole number",
            ),
            (&format!("[{ADD},{ADD}]"), "two tools have the name \"add\""),
            (r#"{"generativeComponents":[{"name":"C"}]}"#, "component 0: \"description\" is missing"),
        ] {
            let error = Tools::parse(json).expect_err(json);
            assert!(error.text.contains(expected), "{}", error.text);
        }
    }

    #[cfg(feature = "schema")]
    #[test]
    fn arguments_are_checked_against_both_schemas() {
        let mut tools = Tools::parse(&format!("[{ADD}]")).expect("a good list");
        assert_eq!(tools.check_arguments("add", "{}"), Ok(()), "nothing is checked that was not compiled");
        tools.compile().expect("good schemas");
        assert_eq!(tools.check_arguments("add", r#"{"x":41}"#), Ok(()));
        for (arguments, expected) in [
            ("{}", "x is missing"),
            (r#"{"x":null}"#, "x: the value is not of type \"number\""),
            (r#"{"x":"4"}"#, "x: the value is not of type \"number\""),
            (r#"{"x":4.5}"#, "x: the value is not of type \"integer\""),
            ("[]", "not an object"),
        ] {
            let why = tools.check_arguments("add", arguments).expect_err(arguments);
            assert!(why.contains(expected), "{why}");
        }
        let mut tools = Tools::parse(&format!("[{}]", ADD.replace("integer", "whole"))).expect("a good list");
        let error = tools.compile().expect_err("there is no such type");
        assert!(error.text.starts_with("set_tools: tool \"add\": parameter \"x\": its schema: at /type"), "{error}");
    }
}
