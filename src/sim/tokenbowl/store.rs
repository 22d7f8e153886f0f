//! What the server keeps: users, the youngest messages, who has read what, conversations.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::people::{User, new_uuid};

/// One message.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) from: User,
    pub(super) to: Option<(String, String)>,
    pub(super) content: String,
    pub(super) timestamp: String,
    pub(super) read_by: BTreeSet<String>,
}

impl Message {
    pub(super) fn json(&self) -> Value {
        let (to_id, to_name) = self.to.clone().unzip();
        let kind = if self.to.is_some() { "direct" } else { "room" };
        let description = match &to_name {
            Some(to) => format!("Direct message from {} to {to}", self.from.name),
            None => format!("Message from {}", self.from.name),
        };
        json!({"id": self.id, "from_user_id": self.from.id, "from_username": self.from.name,
               "from_user_logo": self.from.logo, "from_user_emoji": self.from.emoji,
               "from_user_bot": self.from.is("bot"), "to_user_id": to_id, "to_username": to_name,
               "content": self.content, "message_type": kind, "description": description,
               "timestamp": self.timestamp})
    }

    /// Whether a user may see it among direct messages.
    pub(super) fn concerns(&self, user: &User) -> bool {
        self.to.as_ref().is_some_and(|(to, _)| *to == user.id || self.from.id == user.id || user.is("viewer"))
    }
}

/// Everything.
#[derive(Default)]
pub(super) struct Store {
    pub(super) users: Vec<User>,
    pub(super) messages: VecDeque<Message>,
    pub(super) conversations: BTreeMap<String, Value>,
    pub(super) kept: usize,
    pub(super) last: i64,
}

impl Store {
    pub(super) fn by_key(&self, key: &str) -> Option<User> {
        self.users.iter().find(|user| user.key == key).cloned()
    }

    pub(super) fn by_name(&self, name: &str) -> Option<User> {
        self.users.iter().find(|user| user.name == name).cloned()
    }

    pub(super) fn user_mut(&mut self, id: &str) -> Option<&mut User> {
        self.users.iter_mut().find(|user| user.id == id)
    }

    /// Keeps a message, and lets go of the oldest. No two have one moment.
    pub(super) fn add(&mut self, from: &User, to: Option<&User>, content: &str) -> Message {
        self.last = micros().max(self.last + 1);
        let message = Message {
            id: new_uuid(),
            from: from.clone(),
            to: to.map(|to| (to.id.clone(), to.name.clone())),
            content: content.to_owned(),
            timestamp: written(self.last),
            read_by: BTreeSet::new(),
        };
        self.messages.push_back(message.clone());
        while self.messages.len() > self.kept {
            self.messages.pop_front();
        }
        message
    }

    /// What a user has not read: of the room and of direct messages, oldest first.
    pub(super) fn unread(&self, user: &User, direct: bool) -> Vec<&Message> {
        self.messages
            .iter()
            .filter(|message| message.from.id != user.id && !message.read_by.contains(&user.id))
            .filter(|message| match &message.to {
                None => !direct,
                Some((to, _)) => direct && *to == user.id,
            })
            .collect()
    }

    pub(super) fn unread_count(&self, user: &User) -> (usize, usize) {
        (self.unread(user, false).len(), self.unread(user, true).len())
    }
}

fn micros() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_micros() as i64)
}

/// This moment as the service writes it.
pub(super) fn now() -> String {
    written(micros())
}

/// A moment as the service writes it.
pub(super) fn written(micros: i64) -> String {
    let seconds = u64::try_from(micros / 1_000_000).unwrap_or(0);
    // The HTTP date of the same second has all the parts: `Sat, 21 Nov 2026 12:00:00 GMT`.
    let date = httpdate::fmt_http_date(UNIX_EPOCH + std::time::Duration::from_secs(seconds));
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months.iter().position(|name| *name == &date[8..11]).unwrap_or(0) + 1;
    format!("{}-{month:02}-{}T{}.{:06}+00:00", &date[12..16], &date[5..7], &date[17..25], micros % 1_000_000)
}

/// Unix microseconds of a moment in UTC, as [`written`] writes it; `None` for anything else.
pub(super) fn read(text: &str) -> Option<i64> {
    let text = text.trim();
    let plain = text.strip_suffix("+00:00").or_else(|| text.strip_suffix('Z')).unwrap_or(text);
    let (date, clock) = plain.split_once('T')?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?.parse::<usize>().ok()?, parts.next()?);
    // The day of the week is not looked at.
    let http = format!("Thu, {day} {} {year} {clock} GMT", months.get(month.checked_sub(1)?)?);
    let seconds = parse_any_day(&http)?;
    let fraction: i64 = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
    Some(seconds * 1_000_000 + fraction)
}

fn parse_any_day(date: &str) -> Option<i64> {
    ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].iter().find_map(|day| {
        let time = httpdate::parse_http_date(&format!("{day}{}", &date[3..])).ok()?;
        time.duration_since(UNIX_EPOCH).ok().map(|time| time.as_secs() as i64)
    })
}

#[cfg(test)]
mod tests {
    use super::{read, written};

    #[test]
    fn moments() {
        assert_eq!(written(1_762_518_896_000_001), "2025-11-07T12:34:56.000001+00:00");
        assert_eq!(read("2025-11-07T12:34:56.000001+00:00"), Some(1_762_518_896_000_001));
        assert_eq!(read("2025-11-07T12:34:56Z"), Some(1_762_518_896_000_000));
        assert_eq!(read("yesterday"), None);
    }
}
