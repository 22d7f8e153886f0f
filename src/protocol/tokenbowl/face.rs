//! Generation B as the engine tells it: publications are messages, and what the engine can not recover is fetched.

use super::chat::Chat;
use super::gap::Gap;
use crate::model::{Error, Event, Kind, Nanos, flag};
use crate::protocol::centrifuge::{Arrival, Change, ClientInfo, Ear, Missed, Turn};
use crate::protocol::{Cx, Loss};

/// What the engine has for us.
#[derive(Default)]
pub(super) struct Face {
    pub(super) chat: Chat,
    pub(super) gap: Gap,
    /// The engine could not recover something: for how long that was not heard.
    pub(super) missed: Option<Nanos>,
    /// A fresh token is needed.
    pub(super) token_wanted: bool,
}

impl Face {
    /// Tells what has come, or keeps it until what is older has been told.
    pub(super) fn tell(&mut self, data: &str, json: &str, flags: u32, cx: &mut Cx<'_>) {
        if self.gap.holds() {
            self.gap.hold(data, json);
        } else {
            self.chat.tell(data, json, flags, cx);
        }
    }
}

impl Ear for Face {
    fn publication(&mut self, arrival: &Arrival<'_>, cx: &mut Cx<'_>) {
        let flags = if arrival.recovered { flag::SNAPSHOT } else { 0 };
        self.tell(arrival.data, arrival.json, flags, cx);
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
        self.tell(data, json, 0, cx);
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

    fn missed(&mut self, missed: &Missed<'_>, _cx: &mut Cx<'_>) {
        self.missed = Some(self.missed.unwrap_or(0).max(missed.lost_for));
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
