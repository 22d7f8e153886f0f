//! Tools of MCP servers, which the service itself calls: their lists, and a call that the client has approved.

use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::{Map, Value, json};

use super::conn::Conn;

/// A session names servers: the service asks each new one for its tools, and tells of it.
pub(super) fn list_tools(conn: &mut Conn, change: &Map<String, Value>) {
    let tools = change.get("tools").and_then(Value::as_array);
    let labels: Vec<String> = tools
        .into_iter()
        .flatten()
        .filter(|tool| tool["type"] == "mcp")
        .filter_map(|tool| tool["server_label"].as_str().map(str::to_owned))
        .collect();
    for label in labels {
        if conn.listed.contains(&label) {
            continue;
        }
        let item = conn.id("mcpl");
        conn.tell("mcp_list_tools.in_progress", json!({ "item_id": item }));
        let tools = json!([{"name": "search", "description": "Searches.", "input_schema": {"type": "object"}}]);
        conn.add(json!({"id": item, "type": "mcp_list_tools", "server_label": label, "tools": tools}), None);
        conn.tell("mcp_list_tools.completed", json!({ "item_id": item }));
        conn.listed.push(label);
    }
}

/// The call itself, within a reply of its own. `asked` is the item that asked for the approval.
pub(super) fn call(conn: &Arc<Mutex<Conn>>, id: &str, asked: &Value) {
    let mut conn = conn.lock();
    let item_id = conn.id("mcp");
    let text = asked["arguments"].as_str().unwrap_or("{}").to_owned();
    let item = |arguments: &str, output: Value| {
        json!({"id": item_id, "type": "mcp_call", "server_label": asked["server_label"], "name": asked["name"],
            "approval_request_id": asked["id"], "arguments": arguments, "output": output, "error": null})
    };
    let begun = item("", Value::Null);
    conn.tell("response.output_item.added", json!({"response_id": id, "output_index": 0, "item": begun}));
    conn.add(begun, None);
    let base = json!({"response_id": id, "item_id": item_id, "output_index": 0});
    let with = |name: &str, value: &str| {
        let mut all = base.clone();
        all[name] = Value::from(value);
        all
    };
    conn.tell("response.mcp_call_arguments.delta", with("delta", &text));
    conn.tell("response.mcp_call_arguments.done", with("arguments", &text));
    conn.tell("response.mcp_call.in_progress", base.clone());
    conn.tell("response.mcp_call.completed", base.clone());
    let done = item(&text, Value::from("as you wish"));
    if let Some(kept) = conn.items.iter_mut().find(|kept| kept["id"] == item_id.as_str()) {
        kept.clone_from(&done);
    }
    conn.tell("response.output_item.done", json!({"response_id": id, "output_index": 0, "item": done}));
}
