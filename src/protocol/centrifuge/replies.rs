//! What the service answers to commands.

use super::codes::{ALREADY_SUBSCRIBED, TOKEN_EXPIRED, explain, is_temporary};
use super::engine::{ASK_AGAIN, Asked, Engine};
use super::line::{Fault, Line, SubscribeResult};
use super::subscription::{Phase, Sub, Wish};
use super::{Change, Ear, Missed, Turn};
use crate::model::{Error, RequestId, Status, millis};
use crate::protocol::{Cx, Loss, Outcome};

impl Engine {
    pub(super) fn reply(&mut self, line: &Line<'_>, json: &str, ear: &mut dyn Ear, cx: &mut Cx<'_>) {
        // An answer to something that nobody waits for any more is passed over.
        let Some((what, _)) = self.pending.remove(&line.id) else { return };
        match (what, &line.error) {
            (Asked::Connect, None) => self.accepted(line, json, cx),
            (Asked::Connect, Some(fault)) => self.rejected(fault, ear, cx),
            (Asked::Refresh, None) => {
                let refresh = line.refresh.unwrap_or_default();
                self.refresh_at = Engine::replace_at(cx.now, refresh.expires, refresh.ttl);
            }
            (Asked::Refresh, Some(fault)) if is_temporary(fault) || fault.code == TOKEN_EXPIRED => {
                self.refresh_at = Some(cx.now + ASK_AGAIN);
            }
            (Asked::Refresh, Some(fault)) => {
                let error = Error { text: format!("the fresh token was refused: {}", fault.message), ..explain(fault) };
                self.lose(Loss::GiveUp { error }, cx);
            }
            (Asked::Subscribe { channel, generation }, fault) => {
                self.subscribe_answered(&channel, generation, fault.as_ref(), line, json, ear, cx);
            }
            (Asked::Unsubscribe { request }, None) => finish(request, Outcome::ok(), cx),
            (Asked::Unsubscribe { request }, Some(fault)) => {
                finish(request, failed(fault, json), cx);
                let text = format!("the service could not unsubscribe ({}); connecting again", fault.message);
                self.lose(Loss::Retry { error: Error::new(Status::Service, text), after: Some(millis(250)) }, cx);
            }
            (Asked::SubRefresh { channel, request }, fault) => {
                self.sub_refreshed(&channel, request, fault.as_ref(), line, json, ear, cx);
            }
            (Asked::Call { request }, None) => {
                cx.finish(request, Outcome { json: line.result().to_owned(), ..Outcome::ok() });
            }
            (Asked::Call { request }, Some(fault)) => cx.finish(request, failed(fault, json)),
        }
    }

    fn accepted(&mut self, line: &Line<'_>, json: &str, cx: &mut Cx<'_>) {
        let Some(connect) = &line.connect else {
            let text = "the service answered the connect command with something else";
            return self.lose(Loss::GiveUp { error: Error::new(Status::Protocol, text) }, cx);
        };
        connect.client.as_ref().clone_into(&mut self.client);
        self.ping = (connect.ping != 0).then(|| millis(u64::from(connect.ping) * 1000));
        self.pong = connect.pong;
        self.refresh_at = Engine::replace_at(cx.now, connect.expires, connect.ttl);
        self.landing(json, cx);
    }

    /// The connect command has failed. The service leaves the socket open after that; the loss of the link closes it.
    fn rejected(&mut self, fault: &Fault<'_>, ear: &mut dyn Ear, cx: &mut Cx<'_>) {
        let error = explain(fault);
        if fault.code == TOKEN_EXPIRED {
            self.link = super::engine::Link::Down;
            ear.token_refused(error, cx);
        } else if is_temporary(fault) {
            self.lose(Loss::Retry { error, after: Some(millis(250)) }, cx);
        } else {
            self.lose(Loss::GiveUp { error }, cx);
        }
    }

    /// The subscriptions that came with the answer to the connect command, in the next step.
    pub(super) fn landed(&mut self, json: &str, ear: &mut dyn Ear, cx: &mut Cx<'_>) {
        let Ok(line) = serde_json::from_str::<Line<'_>>(json) else { return };
        let connect = line.connect.unwrap_or_default();
        if let Some(data) = connect.data {
            ear.greeted(data.get(), json, cx);
        }
        let subs = connect.subs.0;
        let gone: Vec<String> = self
            .subs
            .iter()
            .filter(|(channel, sub)| sub.server && !subs.iter().any(|(name, _)| name.as_ref() == channel.as_str()))
            .map(|(channel, _)| channel.clone())
            .collect();
        for channel in gone {
            self.subs.remove(&channel);
            let reason = "the service does not subscribe this client to it any more";
            let turn =
                Turn { channel: &channel, change: Change::Unsubscribed, server: true, code: 0, reason, json: "" };
            ear.turn(&turn, cx);
        }
        for (channel, raw) in subs {
            self.server_subscribed(&channel, raw.get(), ear, cx);
        }
    }

    /// A subscription that the service has made: in the answer to the connect command, or later by a push.
    pub(super) fn server_subscribed(&mut self, channel: &str, json: &str, ear: &mut dyn Ear, cx: &mut Cx<'_>) {
        let Ok(result) = serde_json::from_str::<SubscribeResult<'_>>(json) else { return };
        let wish = || Wish { channel: channel.to_owned(), ..Wish::default() };
        let sub = self.subs.entry(channel.to_owned()).or_insert_with(|| Sub::new(wish(), true));
        sub.server = true;
        if let Some(request) = sub.request.take() {
            cx.finish(request, Outcome::ok());
        }
        self.made(channel, &result, json, ear, cx);
    }

    /// A subscription is made: say so, say what was missed, bring back what was recovered.
    fn made(&mut self, channel: &str, result: &SubscribeResult<'_>, json: &str, ear: &mut dyn Ear, cx: &mut Cx<'_>) {
        let Some(sub) = self.subs.get_mut(channel) else { return };
        sub.phase = Phase::Subscribed;
        sub.tries = 0;
        sub.again_at = None;
        sub.delta = result.delta;
        sub.base = None;
        sub.refresh_at = Engine::replace_at(cx.now, result.expires && !sub.server, result.ttl);
        let lost_at = sub.lost_at.take();
        let from = sub.position.clone();
        let tried = result.was_recovering;
        let recovered = tried && result.recovered;
        if !(result.recoverable || result.positioned || from.is_some()) {
            sub.position = None;
        } else if !recovered {
            // Where it stands now. What was recovered moves the position by being handed on, one by one.
            sub.position =
                (result.recoverable || result.positioned).then(|| (result.offset, result.epoch.as_ref().to_owned()));
        } else if let Some((_, epoch)) = &mut sub.position {
            result.epoch.as_ref().clone_into(epoch);
        }
        let to = sub.position.clone();
        let server = sub.server;
        cx.mirror_changed();
        ear.turn(&Turn { channel, change: Change::Subscribed, server, code: 0, reason: "", json }, cx);
        let begins = from.is_some() && lost_at.is_none();
        if !recovered && (lost_at.is_some() || begins) {
            let lost_for = lost_at.map_or(0, |at| cx.now.saturating_sub(at));
            let from = from.as_ref().map(|(offset, epoch)| (*offset, epoch.as_str()));
            let to = to.as_ref().map(|(offset, epoch)| (*offset, epoch.as_str()));
            ear.missed(&Missed { channel, from, to, tried, lost_for }, cx);
        }
        for raw in &result.publications {
            match serde_json::from_str(raw.get()) {
                Ok(publication) => self.publication(channel, &publication, raw.get(), true, ear, cx),
                Err(_) => ear.other(raw.get(), cx),
            }
        }
    }

    #[allow(clippy::too_many_arguments, reason = "an answer with everything that it is the answer to")]
    fn subscribe_answered(
        &mut self,
        channel: &str,
        generation: u32,
        fault: Option<&Fault<'_>>,
        line: &Line<'_>,
        json: &str,
        ear: &mut dyn Ear,
        cx: &mut Cx<'_>,
    ) {
        // The host may have unsubscribed, or subscribed once more, while the answer was on its way.
        let Some(sub) = self.subs.get_mut(channel).filter(|sub| sub.generation == generation) else { return };
        if sub.server {
            return;
        }
        let Some(fault) = fault else {
            let request = sub.request.take();
            let result = line.subscribe.map_or("{}", serde_json::value::RawValue::get);
            match serde_json::from_str::<SubscribeResult<'_>>(result) {
                Ok(made) => self.made(channel, &made, json, ear, cx),
                Err(error) => {
                    let text = format!("the answer to a subscribe can not be read: {error}");
                    return self.lose(Loss::GiveUp { error: Error::new(Status::Protocol, text) }, cx);
                }
            }
            return finish(request, Outcome { json: result.to_owned(), ..Outcome::ok() }, cx);
        };
        sub.phase = Phase::Waiting;
        let expired = fault.code == TOKEN_EXPIRED;
        if expired {
            sub.wish.token.clear();
        }
        if expired && ear.want_channel_token(channel, cx) {
            sub.needs_token = true;
            return;
        }
        if !expired && is_temporary(fault) {
            let wait = sub.next_wait(&mut self.random);
            sub.again_at = Some(cx.now + wait);
            return;
        }
        let request = sub.request.take();
        self.subs.remove(channel);
        cx.mirror_changed();
        let (code, reason) = (fault.code, fault.message.as_ref());
        ear.turn(&Turn { channel, change: Change::Unsubscribed, server: false, code, reason, json }, cx);
        let mut outcome = failed(fault, json);
        if fault.code == ALREADY_SUBSCRIBED
            && let Some(error) = &mut outcome.error
        {
            error.text.push_str("; the service has subscribed this client to that channel itself");
        }
        finish(request, outcome, cx);
    }

    #[allow(clippy::too_many_arguments, reason = "an answer with everything that it is the answer to")]
    fn sub_refreshed(
        &mut self,
        channel: &str,
        request: Option<RequestId>,
        fault: Option<&Fault<'_>>,
        line: &Line<'_>,
        json: &str,
        ear: &mut dyn Ear,
        cx: &mut Cx<'_>,
    ) {
        let sub = self.subs.get_mut(channel);
        let Some(fault) = fault else {
            let refresh = line.sub_refresh.unwrap_or_default();
            if let Some(sub) = sub {
                sub.refresh_at = Engine::replace_at(cx.now, refresh.expires, refresh.ttl);
            }
            return finish(request, Outcome::ok(), cx);
        };
        finish(request, failed(fault, json), cx);
        let Some(sub) = sub else { return };
        if is_temporary(fault) || fault.code == TOKEN_EXPIRED {
            sub.refresh_at = Some(cx.now + ASK_AGAIN * 2);
        } else {
            self.subs.remove(channel);
            let (code, reason) = (fault.code, fault.message.as_ref());
            ear.turn(&Turn { channel, change: Change::Unsubscribed, server: false, code, reason, json }, cx);
        }
    }
}

fn failed(fault: &Fault<'_>, json: &str) -> Outcome {
    Outcome { json: json.to_owned(), ..Outcome::failed(explain(fault)) }
}

fn finish(request: Option<RequestId>, outcome: Outcome, cx: &mut Cx<'_>) {
    if let Some(request) = request {
        cx.finish(request, outcome);
    }
}
