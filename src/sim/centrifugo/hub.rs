//! Channels and the clients that hear them. The simulators of Centrifugo and of Token Bowl share it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::{Value, json};

use super::channel::{Channel, delta_data};
use crate::sim::peer::Peer;

/// How a Centrifugo server is set up.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The secret that signs tokens.
    pub secret: String,
    /// Clients without a token may connect.
    pub anonymous: bool,
    /// Every channel can be recovered, also those that tokens subscribe to (`force_recovery`).
    pub recovery: bool,
    /// How many publications a channel keeps; 0: it has no positions at all.
    pub history: usize,
    /// Clients may subscribe to channels without a token; those that begin with `$` always need one.
    pub subscribe: bool,
    /// Clients may publish.
    pub publish: bool,
    /// Clients may ask for presence and history.
    pub look: bool,
    /// Tell who joins and leaves.
    pub join_leave: bool,
    /// The seconds between two pings; 0 is never.
    pub ping: u32,
    /// Whether pings are to be answered, and within what time.
    pub pong: Option<Duration>,
    /// How long after the end of a token its client is closed.
    pub expired_close_delay: Duration,
    /// How long a client may take to send its connect command.
    pub stale: Duration,
}

impl Default for Rules {
    /// Everything allowed and recoverable, and the service's own times.
    fn default() -> Self {
        Self {
            secret: "secret".to_owned(),
            anonymous: true,
            recovery: true,
            history: 300,
            subscribe: true,
            publish: true,
            look: true,
            join_leave: true,
            ping: 25,
            pong: Some(Duration::from_secs(8)),
            expired_close_delay: Duration::from_secs(25),
            stale: Duration::from_secs(10),
        }
    }
}

/// One subscription of one client.
#[derive(Clone, Debug, Default)]
pub(crate) struct Subscription {
    pub(crate) delta: bool,
    pub(crate) last: Option<String>,
    pub(crate) join_leave: bool,
}

/// One connected client.
pub(crate) struct Member {
    pub(crate) peer: Arc<Peer>,
    pub(crate) user: String,
    pub(crate) subs: BTreeMap<String, Subscription>,
}

/// An error to answer the next commands with.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    pub(crate) command: String,
    pub(crate) code: u32,
    pub(crate) temporary: bool,
    pub(crate) times: u32,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) channels: HashMap<String, Channel>,
    pub(crate) members: BTreeMap<String, Member>,
    pub(crate) planned: Vec<Planned>,
}

/// The channels of one server.
pub struct Hub {
    pub(crate) rules: Mutex<Rules>,
    pub(crate) state: Mutex<State>,
}

impl Hub {
    pub(crate) fn new(rules: Rules) -> Hub {
        Hub { rules: Mutex::new(rules), state: Mutex::default() }
    }

    /// Publishes JSON to a channel; hands back the offset.
    pub fn publish(&self, channel: &str, data: &str) -> u64 {
        self.publish_as(channel, data, "")
    }

    pub(crate) fn publish_as(&self, channel: &str, data: &str, info: &str) -> u64 {
        let size = self.rules.lock().history;
        let mut state = self.state.lock();
        let stream = state.channels.entry(channel.to_owned()).or_insert_with(Channel::new);
        let kept = stream.append(data, info, size);
        let name = Value::from(channel).to_string();
        let plain = format!("{{\"push\":{{\"channel\":{name},\"pub\":{}}}}}", kept.write(data, false));
        for member in state.members.values_mut() {
            let Some(sub) = member.subs.get_mut(channel) else { continue };
            if sub.delta {
                let (text, delta) = delta_data(sub.last.as_deref(), data);
                sub.last = Some(data.to_owned());
                let line = format!("{{\"push\":{{\"channel\":{name},\"pub\":{}}}}}", kept.write(&text, delta));
                member.peer.send_text(&line);
            } else {
                member.peer.send_text(&plain);
            }
        }
        kept.offset
    }

    /// Tells a channel's listeners that somebody came or went.
    pub(crate) fn announce(&self, channel: &str, what: &str, client: &str, user: &str) {
        if !self.rules.lock().join_leave {
            return;
        }
        let line = json!({"push": {"channel": channel, what: {"info": {"user": user, "client": client}}}}).to_string();
        for (id, member) in &self.state.lock().members {
            if id != client && member.subs.get(channel).is_some_and(|sub| sub.join_leave) {
                member.peer.send_text(&line);
            }
        }
    }

    /// Sends a push to every client of a user, or to all with an empty name. The JSON is the inside of `push`.
    pub fn push(&self, user: &str, push: &Value) {
        for member in self.state.lock().members.values() {
            if user.is_empty() || member.user == user {
                member.peer.send_text(&json!({"push": push}).to_string());
            }
        }
    }

    /// Unsubscribes a user's clients with a code.
    pub fn unsubscribe(&self, user: &str, channel: &str, code: u32) {
        for member in self.state.lock().members.values_mut() {
            if (user.is_empty() || member.user == user) && member.subs.remove(channel).is_some() {
                let push = json!({"channel": channel, "unsubscribe": {"code": code, "reason": "asked for"}});
                member.peer.send_text(&json!({"push": push}).to_string());
            }
        }
    }

    /// Closes the sockets of a user, or all with an empty name.
    pub fn disconnect(&self, user: &str, code: u16, reason: &str) {
        let mut state = self.state.lock();
        let these: Vec<String> = state
            .members
            .iter()
            .filter(|(_, member)| user.is_empty() || member.user == user)
            .map(|(client, _)| client.clone())
            .collect();
        // Who is told to go hears nothing more, from this moment on.
        let gone: Vec<(String, Member)> = these
            .into_iter()
            .filter_map(|client| state.members.remove(&client).map(|member| (client, member)))
            .collect();
        drop(state);
        for (client, member) in gone {
            member.peer.close(code, reason);
            for channel in member.subs.keys() {
                self.announce(channel, "leave", &client, &member.user);
            }
        }
    }

    /// Loses the memory of a channel: a new epoch begins.
    pub fn forget(&self, channel: &str) {
        if let Some(stream) = self.state.lock().channels.get_mut(channel) {
            stream.forget();
        }
    }

    /// Answers the next commands of this name with an error.
    pub fn fail_next(&self, command: &str, code: u32, temporary: bool, times: u32) {
        self.state.lock().planned.push(Planned { command: command.to_owned(), code, temporary, times });
    }

    /// Changes the rules for what comes from now on.
    pub fn set_rules(&self, change: impl FnOnce(&mut Rules)) {
        change(&mut self.rules.lock());
    }

    /// How many clients are connected.
    pub fn clients(&self) -> usize {
        self.state.lock().members.len()
    }

    /// How many clients hear a channel.
    pub fn listeners(&self, channel: &str) -> usize {
        self.state.lock().members.values().filter(|member| member.subs.contains_key(channel)).count()
    }

    /// Everything that a channel still keeps, oldest first: offset and payload.
    pub fn log(&self, channel: &str) -> Vec<(u64, String)> {
        let state = self.state.lock();
        let log = state.channels.get(channel).map(|stream| &stream.log);
        log.into_iter().flatten().map(|kept| (kept.offset, kept.data.clone())).collect()
    }

    pub(crate) fn take_planned(&self, command: &str) -> Option<Planned> {
        let mut state = self.state.lock();
        let at = state.planned.iter().position(|planned| planned.command == command)?;
        let planned = state.planned[at].clone();
        state.planned[at].times -= 1;
        if state.planned[at].times == 0 {
            state.planned.remove(at);
        }
        Some(planned)
    }
}
