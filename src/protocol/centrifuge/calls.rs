//! Commands that the host asks for.

use super::command::{Command, subscribe};
use super::engine::{Asked, Engine, Link};
use super::subscription::{Phase, Sub, Wish};
use super::{Change, Ear, Turn, local};
use crate::model::{Error, RequestId, Status};
use crate::protocol::{Cx, Loss, Outcome};

/// A service refuses frames of more than 64 KiB, and the connection with them.
const LONGEST_FRAME: usize = 60 << 10;

/// A command that is answered with a result for the host.
pub(crate) enum Call<'a> {
    Publish {
        channel: &'a str,
        data: &'a str,
    },
    Rpc {
        method: &'a str,
        data: &'a str,
    },
    Presence {
        channel: &'a str,
    },
    PresenceStats {
        channel: &'a str,
    },
    /// `limit`, `since` and `reverse` as JSON, or empty.
    History {
        channel: &'a str,
        limit: &'a str,
        since: &'a str,
        reverse: bool,
    },
}

impl Engine {
    fn refuse_offline(&self, request: RequestId, cx: &mut Cx<'_>) -> bool {
        if !self.is_up() {
            let text = "the client is not connected to the service; wait for the state READY";
            cx.finish(request, Outcome::failed(Error::new(Status::WrongState, text)));
        }
        !self.is_up()
    }

    /// Sends a command whose answer ends the request.
    pub(crate) fn call(&mut self, request: RequestId, call: &Call<'_>, cx: &mut Cx<'_>) {
        if self.refuse_offline(request, cx) {
            return;
        }
        let id = self.ask(Asked::Call { request }, false, cx.now);
        let command = match call {
            Call::Publish { channel, data } => Command::new(id, "publish").text("channel", channel).raw("data", data),
            Call::Rpc { method, data } => Command::new(id, "rpc").text("method", method).raw("data", data),
            Call::Presence { channel } => Command::new(id, "presence").text("channel", channel),
            Call::PresenceStats { channel } => Command::new(id, "presence_stats").text("channel", channel),
            Call::History { channel, limit, since, reverse } => Command::new(id, "history")
                .text("channel", channel)
                .raw("limit", limit)
                .raw("since", since)
                .flag("reverse", *reverse),
        };
        cx.send_text(self.settings.socket, command.end());
    }

    /// Sends what the service does not answer.
    pub(crate) fn send(&mut self, request: RequestId, data: &str, cx: &mut Cx<'_>) {
        if self.refuse_offline(request, cx) {
            return;
        }
        cx.send_text(self.settings.socket, Command::new(0, "send").raw("data", data).end());
        cx.finish(request, Outcome::ok());
    }

    /// Subscribes, now or as soon as there is a connection.
    pub(crate) fn subscribe(&mut self, request: RequestId, wish: Wish, cx: &mut Cx<'_>) {
        let known = self.subs.get(&wish.channel);
        if known.is_some_and(|sub| sub.server) {
            // The service would answer 105. The host has what it asks for.
            return cx.finish(request, Outcome::ok());
        }
        if known.is_some() {
            let text = format!("the channel \"{}\" is subscribed to already; unsubscribe first", wish.channel);
            return cx.finish(request, Outcome::failed(Error::new(Status::Conflict, text)));
        }
        let channel = wish.channel.clone();
        let mut sub = Sub::new(wish, false);
        sub.request = Some(request);
        // An answer to a subscribe of an earlier life of this channel must not be taken for one of this life.
        sub.generation = self.random.u32(..);
        self.subs.insert(channel, sub);
        cx.mirror_changed();
        self.subscribe_waiting(cx);
        self.arm(cx);
    }

    /// Sends the subscribe commands that can be sent, in as few frames as the service takes them in.
    pub(super) fn subscribe_waiting(&mut self, cx: &mut Cx<'_>) {
        if self.link != Link::Up {
            return;
        }
        let ready: Vec<String> = self
            .subs
            .iter()
            .filter(|(_, sub)| !sub.server && sub.phase == Phase::Waiting && !sub.needs_token)
            .filter(|(_, sub)| sub.again_at.is_none_or(|at| at <= cx.now))
            .map(|(channel, _)| channel.clone())
            .collect();
        let mut frame = String::new();
        for channel in ready {
            let generation = self.subs.get(&channel).map_or(0, |sub| sub.generation.wrapping_add(1));
            let id = self.ask(Asked::Subscribe { channel: channel.clone(), generation }, true, cx.now);
            let Some(sub) = self.subs.get_mut(&channel) else { continue };
            sub.generation = generation;
            sub.phase = Phase::Subscribing;
            sub.again_at = None;
            let command = subscribe(id, &sub.wish, sub.position());
            if !frame.is_empty() && frame.len() + command.len() >= LONGEST_FRAME {
                cx.send_text(self.settings.socket, std::mem::take(&mut frame));
            }
            if !frame.is_empty() {
                frame.push('\n');
            }
            frame.push_str(&command);
        }
        if !frame.is_empty() {
            cx.send_text(self.settings.socket, frame);
        }
    }

    /// Unsubscribes: nothing of the channel is told after this.
    pub(crate) fn unsubscribe(&mut self, request: RequestId, channel: &str, ear: &mut dyn Ear, cx: &mut Cx<'_>) {
        let Some(sub) = self.subs.remove(channel) else {
            let text = format!("the channel \"{channel}\" is not subscribed to");
            return cx.finish(request, Outcome::failed(Error::new(Status::WrongState, text)));
        };
        if let Some(waiting) = sub.request {
            let text = "the channel was unsubscribed from before the subscription was made";
            cx.finish(waiting, Outcome::failed(Error::new(Status::Cancelled, text)));
        }
        let (code, server) = (local::CALLED, sub.server);
        ear.turn(
            &Turn { channel, change: Change::Unsubscribed, server, code, reason: "it was asked for", json: "" },
            cx,
        );
        cx.mirror_changed();
        if self.link != Link::Up || sub.phase == Phase::Waiting {
            return cx.finish(request, Outcome::ok());
        }
        let id = self.ask(Asked::Unsubscribe { request: Some(request) }, true, cx.now);
        cx.send_text(self.settings.socket, Command::new(id, "unsubscribe").text("channel", channel).end());
        self.arm(cx);
    }

    /// A fresh connection token, because [`Ear::want_token`] asked for one.
    pub(crate) fn refresh(&mut self, token: &str, cx: &mut Cx<'_>) {
        if !self.is_up() || self.refresh_at.is_none() {
            return;
        }
        if token.is_empty() {
            let text = "the token was taken away: nobody may stay connected without one";
            return self.lose(Loss::GiveUp { error: Error::new(Status::Unauthorized, text) }, cx);
        }
        let id = self.ask(Asked::Refresh, true, cx.now);
        cx.send_text(self.settings.socket, Command::new(id, "refresh").text("token", token).end());
        self.arm(cx);
    }

    /// A fresh token for a channel: kept for every later subscribe, and told to the service now.
    pub(crate) fn channel_token(&mut self, request: RequestId, channel: &str, token: &str, cx: &mut Cx<'_>) {
        let Some(sub) = self.subs.get_mut(channel).filter(|sub| !sub.server) else {
            let text = format!("the channel \"{channel}\" is not subscribed to");
            return cx.finish(request, Outcome::failed(Error::new(Status::WrongState, text)));
        };
        token.clone_into(&mut sub.wish.token);
        sub.needs_token = false;
        if self.link == Link::Up && sub.phase == Phase::Subscribed {
            sub.refresh_at = None;
            let what = Asked::SubRefresh { channel: channel.to_owned(), request: Some(request) };
            let id = self.ask(what, false, cx.now);
            let command = Command::new(id, "sub_refresh").text("channel", channel).text("token", token);
            cx.send_text(self.settings.socket, command.end());
        } else {
            cx.finish(request, Outcome::ok());
            self.subscribe_waiting(cx);
        }
        self.arm(cx);
    }
}
