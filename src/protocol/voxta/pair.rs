//! Pairing: the server gives a code, a person enters it there, and the server then gives a key.

use serde::Deserialize;

use super::link::Link;
use super::{DEVICE_CODE, DEVICE_POLL, HUB, POLL, Voxta};
use crate::model::{Error, Event, Kind, Nanos, Status, millis};
use crate::protocol::{Cx, Failure, HttpAnswer, HttpCall, Loss, Method};

/// How often the server is asked whether the code was entered.
const EVERY: Nanos = millis(2_000);

impl Voxta {
    /// Asks for a code, without a connection to the hub.
    pub(super) fn pair(&mut self, cx: &mut Cx<'_>) {
        self.link = Link::Pairing;
        cx.close(HUB, 1000, "");
        cx.patience();
        let body = serde_json::json!({"client_id": "voxta", "scope": "role:app", "label": self.settings.client});
        self.ask(DEVICE_CODE, "/api/device/code", body.to_string(), cx);
    }

    fn ask(&self, call: u64, path: &str, body: String, cx: &mut Cx<'_>) {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        let url = self.endpoint.path(path);
        let body = body.into_bytes();
        cx.http(call, HttpCall { method: Method::Post, url, headers, body, idempotent: false, timeout: None });
    }

    pub(super) fn code_given(&mut self, answer: &Result<HttpAnswer<'_>, &Failure>, cx: &mut Cx<'_>) {
        #[derive(Deserialize)]
        struct Code {
            user_code: String,
            verification_url: String,
            device_code: String,
        }
        if self.link != Link::Pairing {
            return;
        }
        let code = match answer {
            Ok(answer) if answer.status == 200 => serde_json::from_slice::<Code>(answer.body).ok(),
            _ => None,
        };
        let Some(code) = code else {
            let text = "the server wants a key and gives no code to enter; give one with the option credential";
            let error = Error::new(Status::Unauthorized, text);
            return self.lose(Loss::RetryWithCredential { error }, cx);
        };
        let url = match code.verification_url.contains("://") {
            true => code.verification_url,
            false => self.endpoint.path(&code.verification_url),
        };
        self.device = code.device_code;
        let json = serde_json::json!({"user_code": code.user_code, "verification_url": url}).to_string();
        cx.emit(&Event {
            status: Status::Unauthorized,
            type_: "device_code",
            name: &code.user_code,
            text: &url,
            json: &json,
            ..Event::new(Kind::CredentialNeeded)
        });
        cx.timer(POLL, cx.now.saturating_add(EVERY));
    }

    pub(super) fn poll(&mut self, cx: &mut Cx<'_>) {
        if self.link == Link::Pairing {
            let body = serde_json::json!({"device_code": self.device});
            self.ask(DEVICE_POLL, "/api/device/poll", body.to_string(), cx);
        }
    }

    pub(super) fn polled(&mut self, answer: &Result<HttpAnswer<'_>, &Failure>, cx: &mut Cx<'_>) {
        #[derive(Deserialize)]
        struct Given {
            token: String,
        }
        if self.link != Link::Pairing {
            return;
        }
        match answer {
            Ok(answer) if answer.status == 200 => match serde_json::from_slice::<Given>(answer.body) {
                Ok(given) if !given.token.is_empty() => {
                    self.credential = given.token;
                    // The host may want to keep it; it is shown nowhere else.
                    let json = String::from_utf8_lossy(answer.body);
                    cx.emit(&Event { type_: "device_token", json: &json, ..Event::new(Kind::Service) });
                    self.start(cx);
                }
                _ => self.pair(cx),
            },
            // The code has grown old, so there is a new one.
            Ok(answer) if answer.status == 400 => self.pair(cx),
            _ => cx.timer(POLL, cx.now.saturating_add(EVERY)),
        }
    }
}
