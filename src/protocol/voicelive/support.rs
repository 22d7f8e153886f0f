//! What a service's support asks for when something has gone wrong: the ids and the region that stand in the headers of an
//! upgrade, whether it was granted or refused.

use serde_json::{Value, json};

use crate::model::{Event, Kind, flag, millis};
use crate::protocol::{Cx, Dial, Failure, Loss};

/// The header with the client's own id of a connection.
const ASKED: &str = "x-ms-client-request-id";

/// The headers of the answer.
const SUPPORT: &[&str] =
    &["apim-request-id", "x-ms-request-id", "x-request-id", "x-ms-region", "openai-organization", "cf-ray"];

/// What is known of the connection of now.
#[derive(Debug, Default)]
pub(super) struct Support {
    /// The id that this client has given the connection, or empty.
    asked: String,
    /// What the service has said when it let the client in.
    said: Vec<(&'static str, String)>,
    told: bool,
}

impl Support {
    /// A connection is asked for.
    pub(super) fn asked(&mut self, dial: &Dial) {
        let id = dial.headers.iter().find(|(name, _)| name == ASKED);
        self.asked = id.map(|(_, value)| value.clone()).unwrap_or_default();
    }

    /// The service has let the client in.
    pub(super) fn let_in(&mut self, header: impl Fn(&str) -> String) {
        self.said = said(header);
        self.told = self.said.is_empty();
    }

    /// Tells of a granted upgrade with the first message, when the host knows that it is connected.
    pub(super) fn tell_once(&mut self, cx: &mut Cx<'_>) {
        if std::mem::replace(&mut self.told, true) {
            return;
        }
        let json = self.json("connection.opened", &self.said).to_string();
        tell("connection.opened", "", &json, cx);
    }

    /// Tells of a refused one. The ids go into the sentence as well, which is what a person copies into a report.
    pub(super) fn refused(&self, failure: &Failure, mut loss: Loss, cx: &mut Cx<'_>) -> Loss {
        let said = said(|name| failure.header(name).to_owned());
        let mut json = self.json("connection.refused", &said);
        json["http_status"] = Value::from(failure.http_status);
        if let Some(after) = failure.retry_after {
            json["retry_after_ms"] = Value::from(after / millis(1));
        }
        json["body"] = Value::from(failure.reason.as_str());
        tell("connection.refused", &failure.reason, &json.to_string(), cx);
        let mut shown: Vec<String> = said.iter().map(|(name, value)| format!("{name} {value}")).collect();
        if !self.asked.is_empty() {
            shown.push(format!("{ASKED} {}", self.asked));
        }
        if !shown.is_empty() {
            let (Loss::Retry { error, .. } | Loss::RetryWithCredential { error } | Loss::GiveUp { error }) = &mut loss;
            error.text.push_str(&format!(" [{}]", shown.join(", ")));
        }
        loss
    }

    fn json(&self, type_: &str, said: &[(&str, String)]) -> Value {
        let mut json = json!({ "type": type_ });
        for (name, value) in said {
            json[*name] = Value::from(value.as_str());
        }
        if !self.asked.is_empty() {
            json[ASKED] = Value::from(self.asked.as_str());
        }
        json
    }
}

fn said(header: impl Fn(&str) -> String) -> Vec<(&'static str, String)> {
    SUPPORT.iter().map(|name| (*name, header(name))).filter(|(_, value)| !value.is_empty()).collect()
}

fn tell(type_: &str, text: &str, json: &str, cx: &mut Cx<'_>) {
    cx.emit(&Event { flags: flag::SYNTHETIC, type_, text, json, ..Event::new(Kind::Service) });
}
