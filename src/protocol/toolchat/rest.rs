//! The HTTP operations of the service.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::Toolchat;
use super::operation::Filled;
use crate::model::{Error, Nanos, RequestId, Status, Tag, millis};
use crate::protocol::wire::json_or_string;
use crate::protocol::{CallId, Cx, Failure, HttpAnswer, HttpCall, Method, Outcome, Piece, status_of_http};

/// What the service takes in one upload.
const FILES_MAX: usize = 5;
const FILE_MAX: usize = 15 * 1024 * 1024;
/// Where uploads go when the host says nothing.
const FOLDER: &str = "chat-uploads";

/// How long an upload may take.
const UPLOAD: Nanos = millis(600_000);

/// A call that is under way for a request.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) request: RequestId,
    /// It is an upload, and this is the tag of its request.
    pub(super) upload: Option<Tag>,
    /// What is asked for instead when there is no such thing.
    pub(super) otherwise: Option<HttpCall>,
}

/// The call of an operation.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) http: HttpCall,
    /// The pieces of its body where it is an upload.
    pub(super) pieces: Option<Vec<Piece>>,
    pub(super) otherwise: Option<HttpCall>,
}

impl Toolchat {
    /// An operation is answered: that ends its request, unless there is something else to ask for.
    pub(super) fn rest_answered(&mut self, call: CallId, answer: &Result<HttpAnswer<'_>, &Failure>, cx: &mut Cx<'_>) {
        let Some(pending) = self.rest.remove(&call) else { return };
        if let (Some(http), Ok(HttpAnswer { status: 404, .. })) = (&pending.otherwise, answer) {
            let call = self.new_call();
            cx.http(call, http.clone());
            self.rest.insert(call, Pending { otherwise: None, ..pending });
            return;
        }
        cx.finish(pending.request, outcome(answer));
    }
}

/// The call of an operation of the profile.
///
/// # Errors
/// The profile has no such operation, or a parameter is wrong.
pub(super) fn http(client: &Toolchat, name: &str, given: Map<String, Value>) -> Result<Prepared, Error> {
    let Some(operation) = client.profile.operations.iter().find(|operation| operation.is(name)) else {
        let known: Vec<&str> = client.profile.operations.iter().map(|operation| operation.name.as_str()).collect();
        return Err(Error::invalid(format!(
            "the profile {} has no operation \"{name}\"; it has {}",
            client.profile.name,
            known.join(", ")
        )));
    };
    let upload = if operation.multipart { Some(multipart(name, &given)?) } else { None };
    let Filled { target, otherwise, body } = operation.fill(name, given)?;
    let mut headers = client.credentials();
    let (type_, timeout, body, pieces) = match upload {
        Some((type_, pieces)) => (type_, Some(UPLOAD), Vec::new(), Some(pieces)),
        None => ("application/json".to_owned(), None, body, None),
    };
    if pieces.is_some() || !body.is_empty() {
        headers.push(("content-type".to_owned(), type_));
    }
    let (method, url, idempotent) = (operation.method, client.endpoint.http(&target), operation.idempotent());
    let http = HttpCall { method, url, headers, body, idempotent, timeout };
    let otherwise = otherwise.map(|target| HttpCall { url: client.endpoint.http(&target), ..http.clone() });
    Ok(Prepared { http, pieces, otherwise })
}

/// A POST of JSON that may be made twice.
pub(super) fn post(client: &Toolchat, path: &str, members: Map<String, Value>) -> HttpCall {
    let mut headers = client.credentials();
    headers.push(("content-type".to_owned(), "application/json".to_owned()));
    let (url, body) = (client.endpoint.http(path), Value::Object(members).to_string().into_bytes());
    HttpCall { method: Method::Post, url, headers, body, idempotent: true, timeout: client.ticket_timeout }
}

/// Files as a form: its content type and its pieces.
fn multipart(name: &str, given: &Map<String, Value>) -> Result<(String, Vec<Piece>), Error> {
    let wrong = |what: String| Error::invalid(format!("call \"{name}\": {what}"));
    let files = match given.get("files") {
        Some(Value::Array(files)) if !files.is_empty() => files,
        _ => return Err(wrong("\"files\" takes an array of {\"path\"} or {\"name\", \"base64\"}".into())),
    };
    if files.len() > FILES_MAX {
        return Err(wrong(format!("{} files at once; the service takes {FILES_MAX}", files.len())));
    }
    let folder = match given.get("folder") {
        None => FOLDER,
        Some(Value::String(folder)) => folder,
        Some(_) => return Err(wrong("\"folder\" takes a text".into())),
    };
    if let Some(unknown) = given.keys().find(|name| !matches!(name.as_str(), "files" | "folder")) {
        return Err(wrong(format!("there is no \"{unknown}\"; it takes files, folder")));
    }
    let mut parts = Vec::new();
    for (at, file) in files.iter().enumerate() {
        let text = |name: &str| file.get(name).and_then(Value::as_str);
        let (named, piece) = match (text("path"), text("base64")) {
            (Some(path), None) => {
                let base = path.rsplit(['/', '\\']).next().unwrap_or(path);
                (text("name").unwrap_or(base), Piece::File { path: path.to_owned(), most: FILE_MAX as u64 })
            }
            (None, Some(data)) => {
                let named = text("name").ok_or_else(|| wrong(format!("file {at}: \"name\" is missing")))?;
                let data = STANDARD.decode(data).map_err(|error| wrong(format!("file {at}: \"base64\": {error}")))?;
                if data.len() > FILE_MAX {
                    return Err(wrong(format!("file {at} has {} bytes; the service takes {FILE_MAX}", data.len())));
                }
                (named, Piece::Bytes(data))
            }
            _ => return Err(wrong(format!("file {at}: it takes either \"path\", or \"name\" and \"base64\""))),
        };
        parts.push((named, text("type").unwrap_or("application/octet-stream"), piece));
    }
    let boundary = boundary(&parts);
    let field = if parts.len() == 1 { "file" } else { "files" };
    let mut pieces = Vec::new();
    let mut between = Vec::new();
    for (named, type_, piece) in parts {
        let (named, type_) = (header_text(named), header_text(type_));
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{named}\"\r\nContent-Type: {type_}\r\n\r\n"
        );
        between.extend_from_slice(head.as_bytes());
        pieces.push(Piece::Bytes(std::mem::replace(&mut between, b"\r\n".to_vec())));
        pieces.push(piece);
    }
    let tail = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"folder\"\r\n\r\n{}\r\n--{boundary}--\r\n",
        folder.replace(['\r', '\n'], " ")
    );
    between.extend_from_slice(tail.as_bytes());
    pieces.push(Piece::Bytes(between));
    Ok((format!("multipart/form-data; boundary={boundary}"), pieces))
}

/// A line that none of the files holds: looked for in those that are here, drawn by chance for those that are not.
fn boundary(parts: &[(&str, &str, Piece)]) -> String {
    loop {
        let boundary = format!("parlor-{:032x}", fastrand::u128(..));
        let holds = |piece: &Piece| match piece {
            Piece::Bytes(data) => memchr::memmem::find(data, boundary.as_bytes()).is_some(),
            Piece::File { .. } => false,
        };
        if !parts.iter().any(|(_, _, piece)| holds(piece)) {
            return boundary;
        }
    }
}

fn header_text(text: &str) -> String {
    text.replace('"', "%22").replace(['\r', '\n'], " ")
}

/// How a request has ended, from the answer to its call.
pub(super) fn outcome(answer: &Result<HttpAnswer<'_>, &Failure>) -> Outcome {
    let answer = match answer {
        Ok(answer) => answer,
        Err(failure) => return Outcome { http_status: failure.http_status, ..Outcome::failed(failure.error.clone()) },
    };
    let json = json_or_string(answer.body);
    let status = status_of_http(answer.status);
    let said = serde_json::from_str::<Value>(&json).ok();
    let member = |name: &str| said.as_ref().and_then(|said| said.get(name)).and_then(Value::as_str).map(str::to_owned);
    let words = member("error").or_else(|| member("message")).map_or(String::new(), |words| format!(": {words}"));
    let error = if status != Status::Ok {
        Some(Error::new(status, format!("the service answered HTTP {}{words}", answer.status)))
    } else if said.as_ref().and_then(|said| said.get("success")) == Some(&Value::Bool(false)) {
        Some(Error::new(Status::Service, format!("the service did not do it{words}")))
    } else {
        None
    };
    Outcome { error, http_status: answer.status, json }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{multipart, outcome};
    use crate::model::Status;
    use crate::protocol::{HttpAnswer, Piece};

    #[test]
    fn files_become_a_form() {
        let given =
            json!({"files": [{"name": "a\".txt", "type": "text/plain", "base64": "aGk="}, {"path": "pictures/b.png"}]});
        let (type_, pieces) = multipart("u", given.as_object().expect("an object")).expect("a good upload");
        let boundary = type_.strip_prefix("multipart/form-data; boundary=").expect("a form");
        let [Piece::Bytes(one), Piece::Bytes(hi), Piece::Bytes(two), Piece::File { path, most }, Piece::Bytes(end)] =
            &pieces[..]
        else {
            panic!("{pieces:?}")
        };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(boundary, "B");
        assert_eq!((hi.as_slice(), path.as_str(), *most), (&b"hi"[..], "pictures/b.png", 15 * 1024 * 1024));
        assert_eq!(
            text(one),
            "--B\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a%22.txt\"\r\nContent-Type: text/plain\r\n\r\n"
        );
        assert!(text(two).starts_with("\r\n--B\r\n") && text(two).contains("filename=\"b.png\""));
        let folder = "\r\n--B\r\nContent-Disposition: form-data; name=\"folder\"\r\n\r\nchat-uploads\r\n--B--\r\n";
        assert_eq!(text(end), folder);
        for (given, expected) in [
            (json!({}), "\"files\" takes an array"),
            (json!({"files": [{"name": "a"}]}), "either \"path\""),
            (json!({"files": [{"name": "a", "base64": "%"}]}), "\"base64\":"),
            (json!({"files": [{"base64": "", "path": "/a"}]}), "either \"path\""),
            (json!({"files": [{}, {}, {}, {}, {}, {}]}), "6 files at once"),
            (json!({"files": [{"name": "a", "base64": ""}], "path": "x"}), "there is no \"path\""),
            (json!({"files": [{"base64": ""}]}), "\"name\" is missing"),
        ] {
            let error = multipart("u", given.as_object().expect("an object")).expect_err(expected);
            assert!(error.text.contains(expected), "{}", error.text);
        }
    }

    #[test]
    fn answers_become_outcomes() {
        for (http, body, status, words) in [
            (200, r#"{"messages":[]}"#, Status::Ok, ""),
            (200, r#"{"success":false,"error":"no"}"#, Status::Service, "no"),
            (404, r#"{"error":"no thread"}"#, Status::HttpNotFound, "no thread"),
            (403, r#"{"message":"not yours"}"#, Status::Forbidden, "not yours"),
            (502, "<html>", Status::ServerError, "502"),
        ] {
            let outcome = outcome(&Ok(HttpAnswer { status: http, headers: &[], body: body.as_bytes() }));
            let (found, text) = outcome.error.map_or((Status::Ok, String::new()), |error| (error.status, error.text));
            assert!(found == status && text.contains(words), "{body}: {text}");
        }
    }
}
