//! What the engine learns, as events.

use std::fmt::Write as _;

use crate::model::{Error, Event, Kind, Status, flag, millis};
use crate::protocol::centrifuge::{Arrival, Change, ClientInfo, Ear, Missed, Turn};
use crate::protocol::wire::push_json_str;
use crate::protocol::{Cx, Loss};

/// The host's side of the engine.
pub(super) struct Face {
    /// Whether the host brings tokens when it is asked.
    ask: bool,
    /// The host was asked for a connection token and has not brought it.
    pub(super) token_wanted: bool,
    /// The token is worth nothing any more.
    pub(super) token_dropped: bool,
}

impl Face {
    pub(super) fn new(ask: bool) -> Face {
        Face { ask, token_wanted: false, token_dropped: false }
    }
}

impl Ear for Face {
    fn publication(&mut self, arrival: &Arrival<'_>, cx: &mut Cx<'_>) {
        if !cx.wants(Kind::Message) {
            return;
        }
        let mut event = Event {
            type_: "publication",
            name: arrival.channel,
            json: arrival.json,
            body: arrival.data,
            flags: if arrival.recovered { flag::SNAPSHOT } else { 0 },
            ..Event::new(Kind::Message)
        };
        if cx.lazy() {
            return cx.emit(&event);
        }
        let offset = arrival.publication.offset;
        let id = if offset == 0 { String::new() } else { offset.to_string() };
        // A payload that is a text is shown as that text.
        let text = if arrival.data.starts_with('"') { serde_json::from_str::<String>(arrival.data).ok() } else { None };
        event.text = text.as_deref().unwrap_or(arrival.data);
        event.id = &id;
        event.value = i64::try_from(offset).unwrap_or(i64::MAX);
        event.sender = arrival.publication.info.as_ref().map_or("", |info| info.user.as_ref());
        event.time = arrival.publication.time as f64 / 1000.0;
        cx.emit(&event);
    }

    fn presence(&mut self, channel: &str, info: &ClientInfo<'_>, joined: bool, json: &str, cx: &mut Cx<'_>) {
        cx.emit(&Event {
            type_: if joined { "join" } else { "leave" },
            value: i64::from(joined),
            sender: &info.client,
            name: &info.user,
            id: channel,
            json,
            ..Event::new(Kind::Presence)
        });
    }

    fn message(&mut self, data: &str, json: &str, cx: &mut Cx<'_>) {
        cx.emit(&Event { type_: "message", text: data, json, body: data, ..Event::new(Kind::Service) });
    }

    fn greeted(&mut self, data: &str, json: &str, cx: &mut Cx<'_>) {
        cx.emit(&Event { type_: "connected", text: data, json, body: data, ..Event::new(Kind::Service) });
    }

    fn turn(&mut self, turn: &Turn<'_>, cx: &mut Cx<'_>) {
        let type_ = match turn.change {
            Change::Subscribed => "subscribed",
            Change::Subscribing => "subscribing",
            Change::Unsubscribed => "unsubscribed",
        };
        cx.emit(&Event {
            type_,
            name: turn.channel,
            value: i64::from(turn.code),
            text: turn.reason,
            role: if turn.server { "server" } else { "client" },
            json: turn.json,
            flags: if turn.json.is_empty() { flag::SYNTHETIC } else { 0 },
            ..Event::new(Kind::Service)
        });
    }

    fn missed(&mut self, missed: &Missed<'_>, cx: &mut Cx<'_>) {
        let ms = missed.lost_for / millis(1);
        let mut json = String::from("{\"channel\":");
        push_json_str(&mut json, missed.channel);
        let _ = write!(json, ",\"lost_for_ms\":{ms},\"recovery_tried\":{},\"recovered\":false", missed.tried);
        for (name, place) in [("from", missed.from), ("to", missed.to)] {
            if let Some((offset, epoch)) = place {
                let _ = write!(json, ",\"{name}\":{{\"offset\":{offset},\"epoch\":");
                push_json_str(&mut json, epoch);
                json.push('}');
            }
        }
        json.push('}');
        let why = if missed.tried {
            "the service does not keep what was published meanwhile"
        } else {
            "the channel keeps no history to recover from"
        };
        let text = format!("the channel \"{}\" was not heard for {ms} ms; {why}", missed.channel);
        cx.emit(&Event {
            value: i64::try_from(ms).unwrap_or(i64::MAX),
            name: missed.channel,
            text: &text,
            json: &json,
            ..Event::new(Kind::Gap)
        });
    }

    fn other(&mut self, json: &str, cx: &mut Cx<'_>) {
        cx.emit(&Event { type_: "unknown", json, ..Event::new(Kind::Service) });
    }

    fn token_refused(&mut self, error: Error, cx: &mut Cx<'_>) {
        if self.ask {
            self.token_dropped = true;
            return cx.lost(Loss::RetryWithCredential { error });
        }
        let text = format!(
            "{}; the option centrifugo.tokens is fixed, so nobody is asked for another one: set it to ask, \
             or make the client anew with a fresh token",
            error.text
        );
        cx.lost(Loss::GiveUp { error: Error::new(Status::Unauthorized, text) });
    }

    fn want_token(&mut self, cx: &mut Cx<'_>) {
        if self.ask {
            self.token_wanted = true;
            let text = "the connection token ends soon; hand over a fresh one with parlor_client_set_credential";
            cx.emit(&Event { status: Status::Unauthorized, text, ..Event::new(Kind::CredentialNeeded) });
        }
    }

    fn want_channel_token(&mut self, channel: &str, cx: &mut Cx<'_>) -> bool {
        if self.ask {
            let text = format!(
                "the token of the channel \"{channel}\" has ended or ends soon; hand over a fresh one with the call \
                 sub_refresh"
            );
            let event = Event {
                status: Status::Unauthorized,
                name: channel,
                text: &text,
                ..Event::new(Kind::CredentialNeeded)
            };
            cx.emit(&event);
        }
        self.ask
    }
}
