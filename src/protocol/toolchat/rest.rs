//! The HTTP operations of the service.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::Toolchat;
use crate::model::{Error, Status};
use crate::protocol::wire::json_or_string;
use crate::protocol::{Failure, HttpAnswer, HttpCall, Method, Outcome, status_of_http};

/// What the service takes in one upload.
const FILES_MAX: usize = 5;
const FILE_MAX: usize = 15 * 1024 * 1024;
/// Where uploads go when the host says nothing.
const FOLDER: &str = "chat-uploads";

/// The call of an operation of the profile.
///
/// # Errors
/// The profile has no such operation, or a parameter is wrong.
pub(super) fn http(client: &Toolchat, name: &str, given: Map<String, Value>) -> Result<HttpCall, Error> {
    let Some(operation) = client.profile.operations.iter().find(|operation| operation.is(name)) else {
        let known: Vec<&str> = client.profile.operations.iter().map(|operation| operation.name.as_str()).collect();
        return Err(Error::invalid(format!(
            "the profile {} has no operation \"{name}\"; it has {}",
            client.profile.name,
            known.join(", ")
        )));
    };
    let upload = if operation.multipart { Some(multipart(name, &given)?) } else { None };
    let filled = operation.fill(name, given)?;
    let mut headers = client.credentials();
    let body = match upload {
        Some((type_, body)) => {
            headers.push(("content-type".to_owned(), type_));
            body
        }
        None => filled.body,
    };
    if !body.is_empty() && !operation.multipart {
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
    }
    let url = client.endpoint.http(&filled.target);
    Ok(HttpCall { method: operation.method, url, headers, body, idempotent: operation.idempotent(), timeout: None })
}

/// A POST of JSON that may be made twice.
pub(super) fn post(client: &Toolchat, path: &str, body: Vec<u8>) -> HttpCall {
    let mut headers = client.credentials();
    headers.push(("content-type".to_owned(), "application/json".to_owned()));
    let url = client.endpoint.http(path);
    HttpCall { method: Method::Post, url, headers, body, idempotent: true, timeout: client.ticket_timeout }
}

/// Files in memory as a body: its content type and its bytes.
fn multipart(name: &str, given: &Map<String, Value>) -> Result<(String, Vec<u8>), Error> {
    let wrong = |what: String| Error::invalid(format!("call \"{name}\": {what}"));
    let files = match given.get("files") {
        Some(Value::Array(files)) if !files.is_empty() => files,
        _ => return Err(wrong("\"files\" takes an array of {\"name\", \"type\", \"base64\"}".into())),
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
        if file.get("path").is_some() {
            let what =
                format!("call \"{name}\": file {at}: files are sent from memory; give its content as \"base64\"");
            return Err(Error::new(Status::Unsupported, what));
        }
        let named = text("name").ok_or_else(|| wrong(format!("file {at}: \"name\" is missing")))?;
        let data = text("base64").ok_or_else(|| wrong(format!("file {at}: \"base64\" is missing")))?;
        let data = STANDARD.decode(data).map_err(|error| wrong(format!("file {at}: \"base64\": {error}")))?;
        if data.len() > FILE_MAX {
            return Err(wrong(format!("file {at} has {} bytes; the service takes {FILE_MAX}", data.len())));
        }
        parts.push((named, text("type").unwrap_or("application/octet-stream"), data));
    }
    let boundary = boundary(&parts);
    let field = if parts.len() == 1 { "file" } else { "files" };
    let mut body = Vec::new();
    for (named, type_, data) in &parts {
        let (named, type_) = (header_text(named), header_text(type_));
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{named}\"\r\nContent-Type: {type_}\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(data);
        body.extend_from_slice(b"\r\n");
    }
    let tail = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"folder\"\r\n\r\n{}\r\n--{boundary}--\r\n",
        folder.replace(['\r', '\n'], " ")
    );
    body.extend_from_slice(tail.as_bytes());
    Ok((format!("multipart/form-data; boundary={boundary}"), body))
}

/// A line that none of the files holds.
fn boundary(parts: &[(&str, &str, Vec<u8>)]) -> String {
    let mut number = 0u32;
    loop {
        let boundary = format!("parlor-{number:08x}");
        if !parts.iter().any(|(_, _, data)| memchr::memmem::find(data, boundary.as_bytes()).is_some()) {
            return boundary;
        }
        number += 1;
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
    use crate::protocol::HttpAnswer;

    #[test]
    fn files_become_a_form() {
        let given = json!({"files": [{"name": "a\".txt", "type": "text/plain", "base64": "aGk="}]});
        let (type_, body) = multipart("u", given.as_object().expect("an object")).expect("a good upload");
        assert_eq!(type_, "multipart/form-data; boundary=parlor-00000000");
        assert_eq!(
            String::from_utf8(body).expect("UTF-8"),
            "--parlor-00000000\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a%22.txt\"\r\n\
             Content-Type: text/plain\r\n\r\nhi\r\n--parlor-00000000\r\n\
             Content-Disposition: form-data; name=\"folder\"\r\n\r\nchat-uploads\r\n--parlor-00000000--\r\n"
        );
        for (given, expected) in [
            (json!({}), "\"files\" takes an array"),
            (json!({"files": [{"name": "a"}]}), "\"base64\" is missing"),
            (json!({"files": [{"name": "a", "base64": "%"}]}), "\"base64\":"),
            (json!({"files": [{"name": "a", "path": "/a"}]}), "files are sent from memory"),
            (json!({"files": [{}, {}, {}, {}, {}, {}]}), "6 files at once"),
            (json!({"files": [{"name": "a", "base64": ""}], "path": "x"}), "there is no \"path\""),
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
