//! What happens when somebody says, reads or types something: who is told, and how.

use serde_json::{Value, json};

use super::Generation;
use super::people::User;
use super::scene::TokenBowl;
use super::store::{Message, now};

/// Why something could not be said, as status and detail.
pub(super) type Refusal = (u16, String);

impl TokenBowl {
    /// Says something for a user.
    pub(super) fn say(&self, from: &User, to: Option<&str>, content: &str) -> Result<Message, Refusal> {
        let mut store = self.store.lock();
        let to = match to {
            None => None,
            Some(name) => Some(store.by_name(name).ok_or((404, format!("User {name} not found")))?),
        };
        if from.is("viewer") && to.is_none() {
            return Err((403, "Your role 'viewer' does not have permission to send room messages".to_owned()));
        }
        if from.is("bot") && to.is_some() {
            return Err((403, "Your role 'bot' does not have permission to send direct messages".to_owned()));
        }
        if let Some(to) = &to
            && to.is("viewer")
        {
            return Err((400, format!("Cannot send messages to viewer user {}", to.name)));
        }
        let message = store.add(from, to.as_ref(), content);
        // Under the same lock, so that what is stored first is also sent first.
        self.deliver(&message);
        Ok(message)
    }

    /// Whether generation A sends a message to this user: in the room to everybody but the sender, on whichever connection.
    pub(super) fn hears(message: &Message, user: &str) -> bool {
        message.to.as_ref().map_or(message.from.id != user, |(to, _)| to == user)
    }

    fn deliver(&self, message: &Message) {
        let json = message.json().to_string();
        match self.config.generation {
            Generation::B => {
                let channel = match &message.to {
                    Some((_, name)) => format!("user:{name}"),
                    None => "room:main".to_owned(),
                };
                self.hub.publish(&channel, &json);
            }
            Generation::A => self.members.lock().values().for_each(|member| {
                if Self::hears(message, &member.user) {
                    member.send(&json);
                }
            }),
        }
    }

    /// Notes that a message was read, and tells its sender.
    pub(super) fn read(&self, reader: &User, id: &str) -> Result<(), Refusal> {
        let (message, first) = {
            let mut store = self.store.lock();
            let message = store.messages.iter_mut().find(|message| message.id == id);
            let message = message.ok_or((404, "Message not found".to_owned()))?;
            let first = message.read_by.insert(reader.id.clone());
            (message.clone(), first)
        };
        match self.config.generation {
            Generation::B => {
                let receipt =
                    json!({"type": "read_receipt", "message_id": id, "read_by": reader.name, "read_at": now()});
                let channel = match message.to {
                    Some(_) => format!("user:{}", message.from.name),
                    None => "room:main".to_owned(),
                };
                self.hub.publish(&channel, &receipt.to_string());
            }
            Generation::A if first && message.from.id != reader.id => {
                let receipt = json!({"type": "read_receipt", "message_id": id, "read_by": reader.name});
                self.tell(&message.from.id, &receipt);
            }
            Generation::A => {}
        }
        Ok(())
    }

    /// Sends an object to all connections of a user, in generation A.
    pub(super) fn tell(&self, user: &str, value: &Value) {
        for member in self.members.lock().values().filter(|member| member.user == user) {
            member.send(&value.to_string());
        }
    }

    /// Marks as read what `which` picks; how many there were.
    pub(super) fn read_all(&self, reader: &User, which: impl Fn(&Message) -> bool) -> usize {
        let mut store = self.store.lock();
        let mine: Vec<String> = [store.unread(reader, false), store.unread(reader, true)]
            .concat()
            .into_iter()
            .filter(|message| which(message))
            .map(|message| message.id.clone())
            .collect();
        for message in store.messages.iter_mut().filter(|message| mine.contains(&message.id)) {
            message.read_by.insert(reader.id.clone());
        }
        mine.len()
    }

    /// Tells who types, in generation B.
    pub(super) fn type_(&self, who: &User, to: Option<&str>) {
        let event = json!({"type": "typing", "username": who.name, "to_username": to, "timestamp": now()});
        let channel = to.map_or("room:main".to_owned(), |to| format!("user:{to}"));
        self.hub.publish(&channel, &event.to_string());
    }

    pub(super) fn unread_count(&self, user: &User) -> Value {
        let (room, direct) = self.store.lock().unread_count(user);
        json!({"unread_room_messages": room, "unread_direct_messages": direct, "total_unread": room + direct})
    }
}
