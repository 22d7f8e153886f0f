//! Tool calls: asked by the service, answered by the host, and not lost when the link is.
//!
//! A new session knows nothing of an old one's calls. So a result whose reply has not come when the link breaks is kept,
//! and the new session is first told of the call, then of its result.

use std::collections::VecDeque;

use serde_json::{Value, json};

use crate::model::RequestId;

/// How many calls are remembered.
const KEPT: usize = 64;

/// How far a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The host has not answered.
    Asked,
    /// It has; the result waits to be sent.
    Given,
    /// The result was sent.
    Sent,
    /// The service has the result.
    Taken,
    /// The service has begun a reply since.
    Followed,
}

/// One call.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) id: String,
    name: String,
    arguments: String,
    /// The service asks whether it may call an MCP tool; the answer is yes or no.
    pub(super) approval: bool,
    /// Whether the session of now has this call among its items.
    known: bool,
    pub(super) stage: Stage,
    output: String,
    approve: bool,
    pub(super) request: RequestId,
    /// The id that its result has as an item.
    pub(super) item: String,
}

/// All calls that may still matter.
#[derive(Debug, Default)]
pub(super) struct Tools {
    calls: VecDeque<Call>,
    /// The service has called an MCP tool and has not spoken about its result.
    mcp_called: bool,
}

impl Tools {
    /// The service asks. `false`: it has asked already.
    pub(super) fn asked(&mut self, id: &str, name: &str, arguments: &str, approval: bool) -> bool {
        if self.calls.iter().any(|call| call.id == id) {
            return false;
        }
        if self.calls.len() == KEPT {
            // The oldest is the least likely to be answered.
            let at = self.calls.iter().position(|call| call.stage == Stage::Asked || call.stage == Stage::Followed);
            drop(self.calls.remove(at.unwrap_or(0)));
        }
        self.calls.push_back(Call {
            id: id.to_owned(),
            name: name.to_owned(),
            arguments: arguments.to_owned(),
            approval,
            known: true,
            stage: Stage::Asked,
            output: String::new(),
            approve: false,
            request: 0,
            item: String::new(),
        });
        true
    }

    /// The host answers. `false`: there is no such call that waits for an answer.
    pub(super) fn given(&mut self, id: &str, result: &str, failed: bool, request: RequestId) -> bool {
        let open = |call: &&mut Call| call.id == id && call.stage == Stage::Asked;
        let Some(call) = self.calls.iter_mut().find(open) else { return false };
        call.stage = Stage::Given;
        call.request = request;
        call.approve = !failed && !matches!(result.trim(), "false" | "no" | "deny" | "denied" | "0");
        call.output = if failed { json!({ "error": result }).to_string() } else { result.to_owned() };
        true
    }

    /// Every result that waits, as items to be made, oldest first; each counts as sent from here on. `fresh_id` makes
    /// ids for them. An item of a result says which request it is for; one that only tells of the call does not.
    pub(super) fn due(&mut self, mut fresh_id: impl FnMut() -> String) -> Vec<(Value, RequestId)> {
        let mut items = Vec::new();
        for call in self.calls.iter_mut().filter(|call| call.stage == Stage::Given) {
            call.item = fresh_id();
            call.stage = Stage::Sent;
            if call.approval {
                let item = json!({"id": call.item, "type": "mcp_approval_response",
                    "approval_request_id": call.id, "approve": call.approve});
                items.push((item, call.request));
                continue;
            }
            if !std::mem::replace(&mut call.known, true) {
                let item = json!({"id": fresh_id(), "type": "function_call", "call_id": call.id, "name": call.name,
                    "arguments": call.arguments});
                items.push((item, 0));
            }
            let item = json!({"id": call.item, "type": "function_call_output", "call_id": call.id,
                "output": call.output});
            items.push((item, call.request));
        }
        items
    }

    /// The service has made this item, or has refused it.
    pub(super) fn settled(&mut self, item: &str, taken: bool) {
        if item.is_empty() {
            return;
        }
        if let Some(at) = self.calls.iter().position(|call| call.item == item && call.stage == Stage::Sent) {
            if taken && !self.calls[at].approval {
                self.calls[at].stage = Stage::Taken;
                self.calls[at].request = 0;
            } else {
                self.calls.remove(at);
            }
        }
    }

    /// The service has called an MCP tool by itself, or has spoken since it did. It makes no reply of the result by itself.
    pub(super) fn mcp_called(&mut self, called: bool) {
        self.mcp_called = called;
    }

    /// Whether the service has results that it should now make a reply of.
    pub(super) fn owed(&self) -> bool {
        if self.mcp_called {
            return true;
        }
        let calls = || self.calls.iter().filter(|call| !call.approval);
        calls().any(|call| call.stage == Stage::Taken || call.stage == Stage::Sent)
            && !calls().any(|call| matches!(call.stage, Stage::Given) || (call.stage == Stage::Asked && call.known))
    }

    /// A reply has begun: it speaks of what was taken by now.
    pub(super) fn followed(&mut self) {
        self.mcp_called = false;
        for call in self.calls.iter_mut().filter(|call| matches!(call.stage, Stage::Taken | Stage::Sent)) {
            call.stage = Stage::Followed;
        }
    }

    /// A reply is complete.
    pub(super) fn replied(&mut self, whole: bool) {
        if whole {
            self.calls.retain(|call| call.stage != Stage::Followed);
        }
    }

    /// The link is gone. Results wait for the next session; approvals can not, and their requests are handed out.
    pub(super) fn link_lost(&mut self) -> Vec<RequestId> {
        let lost = self.calls.iter().filter(|call| call.approval && call.request != 0).map(|call| call.request);
        let lost: Vec<RequestId> = lost.collect();
        self.mcp_called = false;
        self.calls.retain(|call| !call.approval);
        for call in &mut self.calls {
            call.known = false;
            if call.stage != Stage::Asked {
                call.stage = Stage::Given;
            }
        }
        lost
    }

    /// The host does not wait for a request any more; a result that was not sent is dropped.
    pub(super) fn abandoned(&mut self, request: RequestId) {
        self.calls.retain(|call| call.request != request || call.stage != Stage::Given);
        for call in self.calls.iter_mut().filter(|call| call.request == request) {
            call.request = 0;
        }
    }

    /// Whether a request is about a result that will be sent again.
    pub(super) fn keeps(&self, request: RequestId) -> bool {
        request != 0 && self.calls.iter().any(|call| call.request == request)
    }

    /// The ids of the calls that wait for the host.
    pub(super) fn open(&self) -> Vec<&str> {
        self.calls.iter().filter(|call| call.stage == Stage::Asked).map(|call| call.id.as_str()).collect()
    }
}
