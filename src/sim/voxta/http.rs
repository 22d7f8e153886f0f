//! Voxta's HTTP side: negotiation, device pairing, and the audio of reply chunks.

use serde_json::json;

use super::hub::Hub;
use crate::sim::json::fields;
use crate::sim::server::{Answer, Request};

pub(super) async fn answer(hub: &Hub, request: &Request) -> Answer {
    match (request.method.as_str(), request.path.as_str()) {
        ("POST", "/hub/negotiate") => negotiate(hub, request),
        (_, "/hub/negotiate") => Answer::text(405, "").header("allow", "POST"),
        ("GET", "/hub") => Answer::text(400, "Connection ID required"),
        ("POST", "/api/device/code") => Answer::json(
            200,
            &json!({"user_code": "ABCD-1234", "verification_url": "/device", "device_code": "simulated-device"}),
        ),
        ("POST", "/api/device/poll") if hub.not_entered_yet() => Answer::text(204, ""),
        ("POST", "/api/device/poll") => match String::from_utf8_lossy(&request.body).contains("simulated-device") {
            true => Answer::json(200, &json!({"token": hub.key.lock().as_deref().unwrap_or("simulated-key")})),
            false => Answer::json(400, &json!({"error": "expired"})),
        },
        ("POST", "/api/auth/test") if hub.allows(request) => Answer::json(200, &json!({})),
        ("POST", "/api/auth/test") => Answer::text(401, ""),
        ("GET", path) if path.starts_with("/api/tts/gens/") => speech(hub, path).await,
        ("POST" | "DELETE", path) if path.starts_with("/api/vision/requests/") => picture(hub, request),
        _ => Answer::text(404, ""),
    }
}

fn negotiate(hub: &Hub, request: &Request) -> Answer {
    let wants_token = request.query.split('&').any(|part| part == "negotiateVersion=1");
    let id = random_name();
    let transports = json!([{"transport": "WebSockets", "transferFormats": ["Text", "Binary"]}]);
    let body = if wants_token {
        // The slash and the plus must survive the trip through the query.
        let token = format!("{}/{}+=", random_name(), random_name());
        hub.tokens.lock().insert(token.clone(), false);
        fields(&[
            ("negotiateVersion", json!(1)),
            ("connectionId", json!(id)),
            ("connectionToken", json!(token)),
            ("availableTransports", transports),
        ])
    } else {
        hub.tokens.lock().insert(id.clone(), false);
        fields(&[("negotiateVersion", json!(0)), ("connectionId", json!(id)), ("availableTransports", transports)])
    };
    let mut answer = Answer::text(200, &body).header("content-type", "application/json");
    answer = answer.header("set-cookie", "voxta-sim=affinity; path=/; httponly");
    answer
}

fn random_name() -> String {
    std::iter::repeat_with(fastrand::alphanumeric).take(22).collect()
}

/// Checks the `id` of an upgrade. Without one negotiation was skipped, which the hub allows.
pub(super) fn admit(hub: &Hub, request: &Request) -> Result<Vec<(String, String)>, Answer> {
    let id = url::form_urlencoded::parse(request.query.replace('+', "%2B").as_bytes())
        .find(|(name, _)| name == "id")
        .map(|(_, value)| value.into_owned());
    let Some(id) = id else { return Ok(Vec::new()) };
    match hub.tokens.lock().get_mut(&id) {
        None => Err(Answer::text(404, "No Connection with that ID")),
        Some(used) if *used => Err(Answer::text(409, "")),
        Some(used) => {
            *used = true;
            Ok(Vec::new())
        }
    }
}

/// A picture that was asked for, or that there will be none.
fn picture(hub: &Hub, request: &Request) -> Answer {
    if !hub.allows(request) {
        return Answer::text(401, "");
    }
    let session = hub.chat.lock().session.clone();
    if !request.query.split('&').any(|part| part.strip_prefix("sessionId=") == Some(&session)) {
        return Answer::text(404, "");
    }
    let id = request.path.trim_start_matches("/api/vision/requests/");
    let (id, sent) = id.strip_suffix("/send").map_or((id, false), |id| (id, true));
    if sent != (request.method == "POST") {
        return Answer::text(405, "");
    }
    let form = request.header("content-type").is_some_and(|type_| type_.starts_with("multipart/form-data; boundary="));
    let named = request.body.windows(11).any(|part| part == b"name=\"file\"");
    if sent && !(form && named) {
        return Answer::json(400, &json!({"errors": {"file": ["The file field is required."]}}));
    }
    match hub.chat.lock().pictures.remove(id) {
        true => Answer::text(200, ""),
        false => Answer::text(404, ""),
    }
}

/// The clip of a chunk, once, or a tenth of a second of a quiet tone.
async fn speech(hub: &Hub, path: &str) -> Answer {
    let Some(number) = hub.chat.lock().voices.remove(path) else { return Answer::text(404, "") };
    if !hub.config.clips.is_empty() {
        let clip = &hub.config.clips[number % hub.config.clips.len()];
        tokio::time::sleep(clip.delay).await;
        let mut answer = Answer::text(200, "").header("content-type", &clip.content_type);
        answer.body = clip.file.clone();
        return answer;
    }
    let samples: Vec<u8> =
        (0..1600_i32).flat_map(|n| (((f64::from(n) * 0.172).sin() * 2000.0) as i16).to_le_bytes()).collect();
    let mut answer = Answer::text(200, "").header("content-type", "audio/x-wav");
    answer.body = wav(&samples, 16_000);
    answer
}

/// A RIFF file of 16-bit mono samples.
pub(super) fn wav(samples: &[u8], rate: u32) -> Vec<u8> {
    let length = samples.len() as u32;
    let mut out = Vec::with_capacity(44 + samples.len());
    out.extend_from_slice(b"RIFF");
    out.extend_from_slice(&(36 + length).to_le_bytes());
    out.extend_from_slice(b"WAVEfmt ");
    out.extend_from_slice(&16_u32.to_le_bytes());
    for half in [1_u16, 1] {
        out.extend_from_slice(&half.to_le_bytes());
    }
    out.extend_from_slice(&rate.to_le_bytes());
    out.extend_from_slice(&(rate * 2).to_le_bytes());
    for half in [2_u16, 16] {
        out.extend_from_slice(&half.to_le_bytes());
    }
    out.extend_from_slice(b"data");
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(samples);
    out
}
