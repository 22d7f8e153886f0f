//! The options of this protocol, read and checked once.

use serde_json::{Map, Value, json};

use crate::model::{Error, Nanos, Options, key};
use crate::protocol::gateway::catalog::object;

/// Which chat to take part in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Policy {
    First,
    Own,
    Chat(String),
}

/// What to do about the speech of replies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speech {
    None,
    Encoded,
    Pcm,
}

/// Who tells the server that a reply is being spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Acknowledge {
    /// The library, as soon as it can.
    Library,
    /// The host, with its reports of playback.
    Host,
    /// The library, by what an audio thread has taken; the host where none listens.
    Ear,
}

#[derive(Debug)]
pub(super) struct Settings {
    pub(super) policy: Policy,
    pub(super) resume: bool,
    pub(super) app_label: String,
    pub(super) negotiate: bool,
    pub(super) handshake_timeout: Option<Nanos>,
    pub(super) key_in_query: bool,
    pub(super) pairing: bool,
    pub(super) ping: Option<Nanos>,
    pub(super) silence: Option<Nanos>,
    pub(super) speech: Speech,
    pub(super) acknowledge: Acknowledge,
    /// 0 is no microphone.
    pub(super) microphone_rate: u32,
    pub(super) microphone_send_rate: u32,
    pub(super) barge_in: bool,
    pub(super) send_transcript: bool,
    pub(super) offline_max: usize,
    pub(super) offline_ttl: Option<Nanos>,
    pub(super) request_timeout: Option<Nanos>,
    pub(super) max_record: usize,
    /// The message that a connection begins with.
    pub(super) authenticate: String,
    pub(super) client: String,
}

/// What the server may send speech as: what costs least to decode comes first.
const SPEECH_TYPES: [&str; 4] = ["audio/x-wav", "audio/wav", "audio/mpeg", "audio/ogg"];

impl Settings {
    /// # Errors
    /// An option that can not be used, and what it should be.
    pub(super) fn read(options: &Options) -> Result<Settings, Error> {
        let chat = options.str(key::VOXTA_CHAT_ID).trim().to_owned();
        let policy = match options.i64(key::VOXTA_SESSION) {
            1 => Policy::Own,
            2 if chat.is_empty() => {
                return Err(Error::invalid("option voxta.session is \"chat\", but voxta.chat_id does not say which"));
            }
            2 => Policy::Chat(chat),
            _ => Policy::First,
        };
        let speech = match options.i64(key::VOXTA_SPEECH) {
            1 => Speech::Encoded,
            2 => Speech::Pcm,
            _ => Speech::None,
        };
        let rate = options.i64(key::VOXTA_MICROPHONE_RATE);
        if rate != 0 && rate < 8000 {
            return Err(Error::invalid(format!("option voxta.microphone_rate takes 0 or 8000 to 48000, not {rate}")));
        }
        let sent = options.i64(key::VOXTA_MICROPHONE_SEND_RATE);
        if sent != 0 && sent < 8000 {
            let text = format!("option voxta.microphone_send_rate takes 0 or 8000 to 48000, not {sent}");
            return Err(Error::invalid(text));
        }
        let client = match options.str(key::VOXTA_CLIENT).trim() {
            "" => "parlor",
            client => client,
        };
        Ok(Settings {
            policy,
            resume: options.flag(key::VOXTA_RESUME),
            app_label: options.str(key::VOXTA_APP_LABEL).to_owned(),
            negotiate: options.flag(key::VOXTA_NEGOTIATE),
            handshake_timeout: options.time(key::HANDSHAKE_TIMEOUT_MS),
            key_in_query: options.i64(key::VOXTA_AUTH) == 1,
            pairing: options.flag(key::VOXTA_PAIRING),
            ping: options.time(key::VOXTA_PING_MS),
            silence: options.time(key::VOXTA_SILENCE_MS),
            speech,
            acknowledge: match options.i64(key::VOXTA_ACKNOWLEDGE) {
                1 => Acknowledge::Library,
                2 => Acknowledge::Host,
                _ if speech == Speech::None => Acknowledge::Library,
                _ => Acknowledge::Ear,
            },
            microphone_rate: u32::try_from(rate).unwrap_or(0),
            microphone_send_rate: u32::try_from(if sent == 0 { rate } else { sent }).unwrap_or(0),
            barge_in: options.flag(key::VOXTA_BARGE_IN),
            send_transcript: options.flag(key::VOXTA_SEND_TRANSCRIPT),
            offline_max: usize::try_from(options.i64(key::OFFLINE_MAX_REQUESTS)).unwrap_or(0),
            offline_ttl: options.time(key::OFFLINE_TTL_MS),
            request_timeout: options.time(key::REQUEST_TIMEOUT_MS),
            max_record: usize::try_from(options.i64(key::FRAME_MAX_BYTES)).unwrap_or(usize::MAX),
            authenticate: authenticate(client, options.str(key::VOXTA_SCOPE), &capabilities(options, speech, rate)?),
            client: client.to_owned(),
        })
    }
}

fn capabilities(options: &Options, speech: Speech, rate: i64) -> Result<Map<String, Value>, Error> {
    let mut all = Map::new();
    all.insert("audioInput".into(), json!(if rate > 0 { "WebSocketStream" } else { "None" }));
    let heard = speech != Speech::None;
    all.insert("audioOutput".into(), json!(if heard { "Url" } else { "None" }));
    let types: &[&str] = if heard { &SPEECH_TYPES } else { &[] };
    all.insert("acceptedAudioContentTypes".into(), json!(types));
    all.insert("visionCapture".into(), json!("None"));
    all.extend(object("option voxta.capabilities", options.str(key::VOXTA_CAPABILITIES))?);
    Ok(all)
}

fn authenticate(client: &str, scope: &str, capabilities: &Map<String, Value>) -> String {
    let scope: Vec<&str> = scope.split(',').map(str::trim).filter(|one| !one.is_empty()).collect();
    format!(
        "{{\"$type\":\"authenticate\",\"client\":{},\"clientVersion\":{},\"scope\":{},\"capabilities\":{}}}",
        json!(client),
        json!(env!("CARGO_PKG_VERSION")),
        json!(scope),
        Value::Object(capabilities.clone())
    )
}

#[cfg(test)]
mod tests {
    use super::Settings;
    use crate::model::Options;

    #[test]
    fn a_connection_begins_with_what_the_options_say() {
        let mut options = Options::default();
        options.set_named("voxta.scope", "role:app, role:user").expect("a text");
        options.set_named("voxta.capabilities", r#"{"visionCapture":"PostImage"}"#).expect("a text");
        let settings = Settings::read(&options).expect("good");
        assert!(settings.authenticate.starts_with(r#"{"$type":"authenticate","client":"parlor","clientVersion":"#));
        let message: serde_json::Value = serde_json::from_str(&settings.authenticate).expect("JSON");
        assert_eq!(message["scope"], serde_json::json!(["role:app", "role:user"]));
        assert_eq!(message["capabilities"]["visionCapture"], "PostImage");
        assert_eq!(message["capabilities"]["audioOutput"], "None");
    }

    #[test]
    fn options_that_do_not_fit_are_named() {
        for (name, value) in [
            ("voxta.session", "chat"),
            ("voxta.microphone_rate", "100"),
            ("voxta.microphone_send_rate", "100"),
            ("voxta.capabilities", "[1]"),
        ] {
            let mut options = Options::default();
            options.set_named(name, value).expect("an option");
            assert!(Settings::read(&options).expect_err(name).text.contains(name));
        }
    }
}
