//! One message of the service, read in one pass from borrowed bytes. All messages share one reader; a member that has
//! another type than it should is noticed where it is used, and the rest of the message is still read.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::protocol::wire::Text;

/// The members of a message that the client itself needs. Whatever else it holds is in its JSON.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Frame<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) type_: Text<'a>,
    #[serde(borrow)]
    pub(super) delta: Text<'a>,
    #[serde(borrow)]
    pub(super) response_id: Text<'a>,
    #[serde(borrow)]
    pub(super) item_id: Text<'a>,
    #[serde(borrow)]
    pub(super) call_id: Text<'a>,
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(borrow)]
    pub(super) arguments: Text<'a>,
    #[serde(borrow)]
    pub(super) text: Text<'a>,
    #[serde(borrow)]
    pub(super) transcript: Text<'a>,
    #[serde(borrow)]
    pub(super) timestamp_type: Text<'a>,
    #[serde(borrow)]
    pub(super) session: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) response: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) item: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) error: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) warning: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) rate_limits: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) frames: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) content_index: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) audio_offset_ms: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) viseme_id: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) frame_index: Option<&'a RawValue>,
}

/// Reads a whole message.
///
/// # Errors
/// It is not JSON, no object, or has a member twice.
pub(super) fn read(json: &str) -> Result<Frame<'_>, String> {
    serde_json::from_str(json).map_err(|error| error.to_string())
}

/// A member that should be a number, as whole number; 0 where it is none.
pub(super) fn whole(raw: Option<&RawValue>) -> i64 {
    raw.and_then(|raw| raw.get().parse::<f64>().ok()).map_or(0, |number| number as i64)
}

/// What an item of a conversation holds, as far as the client needs it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Item<'a> {
    #[serde(borrow)]
    pub(super) id: Text<'a>,
    #[serde(borrow, rename = "type")]
    pub(super) type_: Text<'a>,
    #[serde(borrow)]
    pub(super) role: Text<'a>,
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(borrow)]
    pub(super) call_id: Text<'a>,
    #[serde(borrow)]
    pub(super) arguments: Text<'a>,
    #[serde(borrow)]
    content: Option<&'a RawValue>,
}

impl<'a> Item<'a> {
    /// Reads an item; what can not be read is empty.
    pub(super) fn read(raw: &'a RawValue) -> Item<'a> {
        serde_json::from_str(raw.get()).unwrap_or_default()
    }

    /// All that its parts say, in one text.
    pub(super) fn said(&self) -> String {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Part<'a> {
            #[serde(borrow)]
            text: Text<'a>,
            #[serde(borrow)]
            transcript: Text<'a>,
        }
        let Some(content) = self.content else { return String::new() };
        let parts: Vec<&RawValue> = serde_json::from_str(content.get()).unwrap_or_default();
        let mut said = String::new();
        for part in parts {
            let part: Part<'_> = serde_json::from_str(part.get()).unwrap_or_default();
            said.push_str(if part.text.as_str().is_empty() { part.transcript.as_str() } else { part.text.as_str() });
        }
        said
    }
}

/// What a response holds at its begin and at its end.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Response<'a> {
    #[serde(borrow)]
    pub(super) id: Text<'a>,
    #[serde(borrow)]
    pub(super) status: Text<'a>,
    #[serde(borrow)]
    status_details: Option<&'a RawValue>,
}

impl<'a> Response<'a> {
    /// Reads a response; what can not be read is empty.
    pub(super) fn read(raw: Option<&'a RawValue>) -> Response<'a> {
        raw.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
    }

    /// Why it ended: a reason in the service's word, and the sentence of an error.
    pub(super) fn why(&self) -> (String, String) {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Details<'a> {
            #[serde(borrow)]
            reason: Text<'a>,
            #[serde(borrow)]
            error: Option<&'a RawValue>,
        }
        let details: Details<'_> =
            self.status_details.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default();
        let fault = details.error.map(Fault::read).unwrap_or_default();
        (details.reason.as_str().to_owned(), fault.message.as_str().to_owned())
    }
}

/// What an error or a warning says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Fault<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) type_: Text<'a>,
    #[serde(borrow)]
    pub(super) code: Text<'a>,
    #[serde(borrow)]
    pub(super) message: Text<'a>,
    #[serde(borrow)]
    pub(super) param: Text<'a>,
    #[serde(borrow)]
    pub(super) event_id: Text<'a>,
}

impl<'a> Fault<'a> {
    /// Reads it; what can not be read is empty.
    pub(super) fn read(raw: &'a RawValue) -> Fault<'a> {
        serde_json::from_str(raw.get()).unwrap_or_default()
    }

    /// The code, or the type where there is no code.
    pub(super) fn word(&self) -> &str {
        if self.code.as_str().is_empty() { self.type_.as_str() } else { self.code.as_str() }
    }
}
