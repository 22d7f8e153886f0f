//! What the gateway's HTTP answers mean for a request.

use serde_json::Value;

use crate::model::{Error, Status};
use crate::protocol::wire::json_or_string;
use crate::protocol::{Failure, HttpAnswer, Outcome, status_of_http};

/// The outcome of a request from the answer to its call.
///
/// A good one says that the gateway took it. Whether it reached Voxta the gateway does not say: measured against
/// voxta-gateway 0.1.0, it answers 200 without a chat and without Voxta.
pub(super) fn outcome(answer: &Result<HttpAnswer<'_>, &Failure>) -> Outcome {
    let answer = match answer {
        Ok(answer) => answer,
        Err(failure) => return Outcome { http_status: failure.http_status, ..Outcome::failed(explain(failure)) },
    };
    let status = status_of_http(answer.status);
    let json = json_or_string(answer.body);
    let error = (status != Status::Ok).then(|| Error::new(status, fault(answer.status, &json)));
    Outcome { error, http_status: answer.status, json }
}

fn explain(failure: &Failure) -> Error {
    let mut error = failure.error.clone();
    if matches!(error.status, Status::Timeout | Status::IdleTimeout) {
        error
            .text
            .push_str("; the gateway may be busy: it stands still while Voxta or one of its clients keeps it waiting");
    }
    error
}

/// A sentence about an answer that is not good.
fn fault(http: u16, json: &str) -> String {
    let said = serde_json::from_str::<Value>(json).ok().and_then(|body| details(&body));
    match (http, said) {
        (400 | 422, Some(said)) => format!("the gateway found a fault in the request: {said}"),
        (_, Some(said)) => format!("the gateway answered HTTP {http}: {said}"),
        (300..=399, None) => format!("the gateway answered HTTP {http}, a redirect; check the option url"),
        (404 | 405, None) => format!("the gateway answered HTTP {http}: it has no such thing; check the option url"),
        (_, None) => format!("the gateway answered HTTP {http}"),
    }
}

/// What `detail` says: a sentence, or a list of faults with the place of each.
fn details(body: &Value) -> Option<String> {
    match body.get("detail")? {
        Value::String(sentence) => Some(sentence.clone()),
        Value::Array(faults) => {
            let said: Vec<String> = faults.iter().take(5).filter_map(one_fault).collect();
            (!said.is_empty()).then(|| said.join("; "))
        }
        _ => None,
    }
}

fn one_fault(fault: &Value) -> Option<String> {
    let message = fault.get("msg")?.as_str()?;
    let place: Vec<String> = fault
        .get("loc")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|step| step.as_str().map(str::to_owned).or_else(|| step.as_u64().map(|at| at.to_string())))
        .skip_while(|step| step == "body")
        .collect();
    Some(if place.is_empty() { message.to_owned() } else { format!("{}: {message}", place.join(".")) })
}

#[cfg(test)]
mod tests {
    use super::outcome;
    use crate::model::Status;
    use crate::protocol::{Failure, HttpAnswer};

    #[test]
    fn answers_become_outcomes() {
        let two = r#"{"detail":[{"type":"missing","loc":["body","text"],"msg":"Field required","input":{}},
            {"type":"bool_parsing","loc":["body","a",0],"msg":"Input should be a valid boolean"}]}"#;
        for (http, body, status, said) in [
            (200, r#"{"status":"ok"}"#, Status::Ok, ""),
            (204, "", Status::Ok, ""),
            (422, two, Status::Rejected, "text: Field required; a.0: Input should be a valid boolean"),
            (422, r#"{"detail":[{"loc":["body"],"msg":"JSON decode error"}]}"#, Status::Rejected, "JSON decode error"),
            (422, r#"{"detail":[7,{"msg":1}]}"#, Status::Rejected, "HTTP 422"),
            (422, "oops", Status::Rejected, "HTTP 422"),
            (404, r#"{"detail":"Client not found"}"#, Status::HttpNotFound, "404: Client not found"),
            (405, r#"{"detail":"Method Not Allowed"}"#, Status::HttpNotFound, "Method Not Allowed"),
            (307, "", Status::Redirect, "redirect"),
            (503, r#"{"detail":"Gateway not initialized"}"#, Status::ServerError, "Gateway not initialized"),
            (500, "Internal Server Error", Status::ServerError, "HTTP 500"),
            (500, "\u{0}", Status::ServerError, "HTTP 500"),
        ] {
            let outcome = outcome(&Ok(HttpAnswer { status: http, headers: &[], body: body.as_bytes() }));
            let (found, text) = outcome.error.map_or((Status::Ok, String::new()), |error| (error.status, error.text));
            assert_eq!(found, status, "{body}");
            assert!(text.contains(said), "{text}");
            assert!(outcome.json.is_empty() == body.is_empty(), "{body}");
        }
    }

    #[test]
    fn a_stalled_gateway_is_said_to_be_busy() {
        let failure = Failure::new(Status::Timeout, "no answer in 30 s");
        let error = outcome(&Err(&failure)).error.expect("an error");
        assert!(error.status == Status::Timeout && error.text.contains("may be busy"));
    }
}
