//! What the server wants to see: a picture goes to it over HTTP, as a form, or the word that there will be none.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::Voxta;
use super::catalog::{Field, Takes, validate};
use crate::model::{Error, RequestId, Status};
use crate::protocol::gateway::catalog::object;
use crate::protocol::signalr::with_query;
use crate::protocol::wire::json_or_string;
use crate::protocol::{CallId, Cx, Failure, HttpAnswer, HttpCall, Method, Outcome, Piece, status_of_http};

/// The calls, by the names that the server gives them.
pub(super) const SEND: &str = "POST /api/vision/requests/{id}/send";
pub(super) const CANCEL: &str = "DELETE /api/vision/requests/{id}";
/// The first number for calls that carry pictures.
pub(super) const FIRST_CALL: CallId = 1 << 32;
/// The largest picture.
const MOST: u64 = 16 * 1024 * 1024;

const SEND_FIELDS: &[Field] = &[
    ("id", Takes::Text, true),
    ("path", Takes::Text, false),
    ("base64", Takes::Text, false),
    ("fileName", Takes::Text, false),
    ("contentType", Takes::Text, false),
    ("source", Takes::Text, false),
    ("label", Takes::Text, false),
];
const CANCEL_FIELDS: &[Field] = &[("id", Takes::Text, true)];

/// The answer to a visionCaptureRequest.
#[derive(Debug)]
pub(super) struct Vision {
    /// The path of the call and the query that follows the session.
    path: String,
    query: Vec<(&'static str, String)>,
    /// The picture, its name and its type; without one the request is declined.
    picture: Option<(Piece, String, String)>,
}

/// Pictures that are on their way.
#[derive(Debug, Default)]
pub(super) struct Pictures {
    last: CallId,
    sent: BTreeMap<CallId, RequestId>,
}

/// Reads a call of this file; nothing where the name is of another.
///
/// # Errors
/// What is wrong with its parameters.
pub(super) fn plan(name: &str, json: &str) -> Option<Result<Vision, Error>> {
    let fields = match name.trim() {
        SEND => SEND_FIELDS,
        CANCEL => CANCEL_FIELDS,
        _ => return None,
    };
    let what = format!("call \"{}\"", name.trim());
    Some(object(&what, json).and_then(|map| {
        validate(&what, fields, &map)?;
        read(&what, &map, fields.len() > 1)
    }))
}

fn read(what: &str, map: &Map<String, Value>, send: bool) -> Result<Vision, Error> {
    let text = |name: &str| map.get(name).and_then(Value::as_str);
    let wrong = |what_else: &str| Error::invalid(format!("{what}: {what_else}"));
    let id = text("id").filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| wrong("\"id\" is empty; it is the visionCaptureRequestId of the request"))?;
    let id: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
    if !send {
        return Ok(Vision { path: format!("/api/vision/requests/{id}"), query: Vec::new(), picture: None });
    }
    let base = |path: &str| path.rsplit(['/', '\\']).next().unwrap_or(path).to_owned();
    let (piece, named) = match (text("path"), text("base64")) {
        (Some(path), None) => (Piece::File { path: path.to_owned(), most: MOST }, base(path)),
        (None, Some(data)) => {
            let data = STANDARD.decode(data).map_err(|error| wrong(&format!("\"base64\": {error}")))?;
            if data.len() as u64 > MOST {
                return Err(wrong(&format!("the picture has {} bytes; at most {MOST} are sent", data.len())));
            }
            (Piece::Bytes(data), "picture".to_owned())
        }
        _ => return Err(wrong("the picture is missing: give either its \"path\" or its \"base64\"")),
    };
    let named = text("fileName").map_or(named, str::to_owned);
    let type_ = text("contentType").map_or_else(|| type_of(&named).to_owned(), str::to_owned);
    let query = ["source", "label"].into_iter().filter_map(|name| Some((name, text(name)?.to_owned()))).collect();
    Ok(Vision { path: format!("/api/vision/requests/{id}/send"), query, picture: Some((piece, named, type_)) })
}

/// The type of a picture, by its name.
fn type_of(name: &str) -> &'static str {
    match name.rsplit('.').next().map(str::to_ascii_lowercase).as_deref() {
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("webp") => "image/webp",
        _ => "image/png",
    }
}

/// A picture as a form: its content type and its pieces.
fn form(piece: Piece, name: &str, type_: &str) -> (String, Vec<Piece>) {
    // No picture holds it: it is drawn by chance out of more than anybody will ever send.
    let boundary = format!("parlor-{:032x}", fastrand::u128(..));
    let plain = |text: &str| text.replace('"', "%22").replace(['\r', '\n'], " ");
    let (name, type_) = (plain(name), plain(type_));
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: {type_}\r\n\r\n"
    );
    let end = format!("\r\n--{boundary}--\r\n");
    let pieces = vec![Piece::Bytes(head.into_bytes()), piece, Piece::Bytes(end.into_bytes())];
    (format!("multipart/form-data; boundary={boundary}"), pieces)
}

impl Voxta {
    /// Answers what the server wants to see. The answer of the server ends the request.
    pub(super) fn show(&mut self, request: RequestId, vision: Vision, cx: &mut Cx<'_>) {
        let session = self.mirror.session_id.clone().unwrap_or_default();
        let mut url = with_query(&self.endpoint.path(&vision.path), "sessionId", &session);
        for (name, value) in &vision.query {
            url = with_query(&url, name, value);
        }
        self.pictures.last = (self.pictures.last + 1).max(FIRST_CALL);
        let call = self.pictures.last;
        self.pictures.sent.insert(call, request);
        let mut headers = self.key_headers();
        if headers.is_empty() && !self.credential.is_empty() {
            headers.push(("authorization".to_owned(), format!("Bearer {}", self.credential)));
        }
        let http =
            |method, headers| HttpCall { method, url, headers, body: Vec::new(), idempotent: false, timeout: None };
        match vision.picture {
            None => cx.http(call, http(Method::Delete, headers)),
            Some((piece, name, type_)) => {
                let (type_, pieces) = form(piece, &name, &type_);
                headers.push(("content-type".to_owned(), type_));
                cx.http_streamed(call, http(Method::Post, headers), pieces);
            }
        }
    }

    /// The server has answered a picture, or can not be reached with it.
    pub(super) fn shown(&mut self, call: CallId, answer: &Result<HttpAnswer<'_>, &Failure>, cx: &mut Cx<'_>) {
        let Some(request) = self.pictures.sent.remove(&call) else { return };
        let outcome = match answer {
            Err(failure) => Outcome::failed(failure.error.clone()),
            Ok(answer) => {
                let good = (200..300).contains(&answer.status);
                let error = (!good).then(|| {
                    let text = format!("the server answered HTTP {} to what it was shown", answer.status);
                    Error::new(status_of_http(answer.status), text)
                });
                Outcome { error, http_status: answer.status, json: json_or_string(answer.body) }
            }
        };
        cx.finish(request, outcome);
    }

    /// The link is gone, and the calls with it.
    pub(super) fn pictures_lost(&mut self, cx: &mut Cx<'_>) {
        for (_, request) in std::mem::take(&mut self.pictures.sent) {
            cx.finish(request, Outcome::failed(Status::LinkLost.into()));
        }
    }

    /// The host does not wait for it any more.
    pub(super) fn picture_abandoned(&mut self, request: RequestId) {
        self.pictures.sent.retain(|_, sent| *sent != request);
    }
}

#[cfg(test)]
mod tests {
    use super::{CANCEL, Piece, SEND, form, plan};

    #[test]
    fn mistakes_are_named() {
        for (json, says) in [
            ("{}", "\"id\" is missing"),
            (r#"{"id":""}"#, "visionCaptureRequestId"),
            (r#"{"id":"a"}"#, "either its \"path\" or its \"base64\""),
            (r#"{"id":"a","path":"p","base64":"AA=="}"#, "either"),
            (r#"{"id":"a","base64":"*"}"#, "\"base64\":"),
            (r#"{"id":"a","paht":"p"}"#, "did you mean \"path\"?"),
        ] {
            let error = plan(SEND, json).expect("it is of here").expect_err(json);
            assert!(error.text.contains(says), "{}", error.text);
        }
        assert!(plan(CANCEL, r#"{"id":"a"}"#).is_some_and(|planned| planned.is_ok()));
        assert!(plan("startChat", "{}").is_none());
    }

    #[test]
    fn a_picture_is_a_form_of_one_file() {
        let (type_, pieces) = form(Piece::Bytes(vec![1, 2]), "a\"b.png\r\n", "image/png");
        let boundary = type_.strip_prefix("multipart/form-data; boundary=").expect("a form");
        let [Piece::Bytes(head), Piece::Bytes(data), Piece::Bytes(end)] = &pieces[..] else { panic!("{pieces:?}") };
        let head = String::from_utf8_lossy(head).replace(boundary, "B");
        assert_eq!(
            head,
            "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a%22b.png  \"\r\nContent-Type: image/png\r\n\r\n"
        );
        assert_eq!(
            (&data[..], String::from_utf8_lossy(end).replace(boundary, "B")),
            (&[1, 2][..], "\r\n--B--\r\n".into())
        );
    }
}
