//! What the service sends by itself.

use serde_json::value::RawValue;

use super::codes::{RESUBSCRIBE, SUBSCRIPTION_INVALIDATED, by_code};
use super::engine::Engine;
use super::line::{End, Publication, Push};
use super::subscription::Phase;
use super::{Arrival, Change, Ear, Turn, delta};
use crate::model::{Error, Status};
use crate::protocol::{Cx, Loss};

impl Engine {
    pub(super) fn push(&mut self, push: &Push<'_>, json: &str, ear: &mut dyn Ear, cx: &mut Cx<'_>) {
        let channel = push.channel.as_ref();
        if let Some(publication) = &push.publication {
            self.publication(channel, publication, json, false, ear, cx);
        } else if let Some(joined) = &push.join {
            if self.hears(channel) {
                ear.presence(channel, &joined.info, true, json, cx);
            }
        } else if let Some(left) = &push.leave {
            if self.hears(channel) {
                ear.presence(channel, &left.info, false, json, cx);
            }
        } else if let Some(end) = &push.unsubscribe {
            self.unsubscribed(channel, end, json, ear, cx);
        } else if let Some(raw) = push.subscribe {
            self.server_subscribed(channel, raw.get(), ear, cx);
        } else if let Some(letter) = &push.message {
            ear.message(letter.data.map_or("", RawValue::get), json, cx);
        } else if let Some(end) = &push.disconnect {
            self.link_ended(end.code, by_code(end.code, &end.reason), ear, cx);
        } else if let Some(refresh) = push.refresh {
            self.refresh_at = Engine::replace_at(cx.now, refresh.expires, refresh.ttl);
        } else {
            ear.other(json, cx);
        }
    }

    fn hears(&self, channel: &str) -> bool {
        self.subs.get(channel).is_some_and(|sub| sub.phase == Phase::Subscribed)
    }

    /// A publication. One of a channel that is not subscribed to any more is dropped, and so is one that came before.
    pub(super) fn publication(
        &mut self,
        channel: &str,
        publication: &Publication<'_>,
        json: &str,
        recovered: bool,
        ear: &mut dyn Ear,
        cx: &mut Cx<'_>,
    ) {
        let Some(sub) = self.subs.get_mut(channel).filter(|sub| sub.phase == Phase::Subscribed) else { return };
        let data = publication.data.map_or("", RawValue::get);
        if !sub.delta {
            if !sub.is_old(publication.offset, &publication.epoch) {
                ear.publication(&Arrival { channel, publication, data, json, recovered }, cx);
            }
            return;
        }
        let payload = match full_payload(data, publication.delta, sub.base.as_deref()) {
            Ok(payload) => payload,
            Err(why) => {
                let text = format!("a delta of the channel \"{channel}\" can not be applied ({why}); connecting again");
                return self.lose(Loss::Retry { error: Error::new(Status::Protocol, text), after: None }, cx);
            }
        };
        // The base moves also with a publication that was handed on before: the next delta refers to it.
        sub.base = Some(payload.as_bytes().to_vec());
        if !sub.is_old(publication.offset, &publication.epoch) {
            ear.publication(&Arrival { channel, publication, data: &payload, json: &payload, recovered }, cx);
        }
    }

    fn unsubscribed(&mut self, channel: &str, end: &End<'_>, json: &str, ear: &mut dyn Ear, cx: &mut Cx<'_>) {
        // One that meets a subscribe on its way belongs to the subscription before.
        let Some(sub) = self.subs.get_mut(channel).filter(|sub| sub.phase == Phase::Subscribed) else { return };
        let (server, code, reason) = (sub.server, end.code, end.reason.as_ref());
        let again = !server && code >= RESUBSCRIBE;
        let change = if again { Change::Subscribing } else { Change::Unsubscribed };
        if again {
            sub.pause(cx.now);
            if code == SUBSCRIPTION_INVALIDATED {
                sub.invalidate();
            }
        } else {
            self.subs.remove(channel);
        }
        cx.mirror_changed();
        ear.turn(&Turn { channel, change, server, code, reason, json }, cx);
        self.subscribe_waiting(cx);
    }
}

/// The payload of a channel with deltas: there every payload is a JSON string, either of the payload itself or of what
/// it differs in.
fn full_payload(data: &str, is_delta: bool, base: Option<&[u8]>) -> Result<String, &'static str> {
    let text: String = serde_json::from_str(data).map_err(|_| "it is not a JSON string")?;
    let payload = match (is_delta, base) {
        (false, _) => text,
        (true, None) => return Err("there is nothing that it differs from"),
        (true, Some(base)) => {
            String::from_utf8(delta::apply(base, text.as_bytes())?).map_err(|_| "its result is not UTF-8")?
        }
    };
    match serde_json::from_str::<serde::de::IgnoredAny>(&payload) {
        Ok(_) => Ok(payload),
        Err(_) => Err("its result is not JSON"),
    }
}
