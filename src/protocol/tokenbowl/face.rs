//! Generation B as the engine tells it: publications are messages, and what the engine can not recover is fetched.

use super::chat::{Chat, Way};
use super::gap::Gap;
use crate::model::{Error, Event, Kind};
use crate::protocol::centrifuge::{Arrival, Change, ClientInfo, Ear, Missed, Turn};
use crate::protocol::{Cx, Loss};

/// What the engine has for us.
#[derive(Default)]
pub(super) struct Face {
    pub(super) chat: Chat,
    pub(super) gap: Gap,
    /// The engine could not recover something.
    pub(super) missed: bool,
    /// A fresh token is needed.
    pub(super) token_wanted: bool,
}

impl Ear for Face {
    fn publication(&mut self, arrival: &Arrival<'_>, cx: &mut Cx<'_>) {
        let way = if arrival.recovered { Way::Recovered } else { Way::Pushed };
        self.tell(arrival.data, arrival.json, way, cx);
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
        self.tell(data, json, Way::Pushed, cx);
    }

    fn turn(&mut self, turn: &Turn<'_>, cx: &mut Cx<'_>) {
        if turn.change == Change::Unsubscribed {
            // Only the service can bring it back, with a connection of its own: after a rename the channel is another.
            cx.emit(&Event {
                type_: "unsubscribed",
                name: turn.channel,
                value: i64::from(turn.code),
                text: turn.reason,
                json: turn.json,
                ..Event::new(Kind::Service)
            });
        }
    }

    fn missed(&mut self, _missed: &Missed<'_>, _cx: &mut Cx<'_>) {
        self.missed = true;
    }

    fn other(&mut self, json: &str, cx: &mut Cx<'_>) {
        cx.emit(&Event { type_: "unknown", json, ..Event::new(Kind::Service) });
    }

    fn token_refused(&mut self, error: Error, cx: &mut Cx<'_>) {
        // Every connection begins with a fresh token.
        cx.lost(Loss::Retry { error, after: Some(crate::model::millis(1000)) });
    }

    fn want_token(&mut self, _cx: &mut Cx<'_>) {
        self.token_wanted = true;
    }
}
