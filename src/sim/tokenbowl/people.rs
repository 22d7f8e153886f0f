//! Users and what they may do.

use serde_json::{Map, Value, json};

/// One user.
#[derive(Clone, Debug)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) key: String,
    pub(super) role: String,
    pub(super) email: Value,
    pub(super) webhook: Value,
    pub(super) logo: Value,
    pub(super) emoji: Value,
    pub(super) owner: Option<String>,
    pub(super) created: String,
}

impl User {
    pub(super) fn new(name: &str, key: &str, role: &str) -> User {
        User {
            id: new_uuid(),
            name: name.to_owned(),
            key: key.to_owned(),
            role: role.to_owned(),
            email: Value::Null,
            webhook: Value::Null,
            logo: Value::Null,
            emoji: Value::Null,
            owner: None,
            created: super::store::now(),
        }
    }

    pub(super) fn is(&self, role: &str) -> bool {
        self.role == role
    }

    /// What everybody may see.
    pub(super) fn public(&self) -> Value {
        json!({"id": self.id, "username": self.name, "role": self.role, "logo": self.logo, "emoji": self.emoji,
               "bot": self.is("bot"), "viewer": self.is("viewer")})
    }

    /// What the user may see.
    pub(super) fn profile(&self) -> Value {
        json!({"id": self.id, "username": self.name, "role": self.role, "email": self.email, "api_key": self.key,
               "webhook_url": self.webhook, "logo": self.logo, "viewer": self.is("viewer"), "admin": self.is("admin"),
               "bot": self.is("bot"), "emoji": self.emoji, "created_at": self.created})
    }

    pub(super) fn as_bot(&self, owner: &str) -> Value {
        json!({"id": self.id, "username": self.name, "api_key": self.key, "created_by_id": self.owner,
               "created_by": owner, "emoji": self.emoji, "webhook_url": self.webhook, "created_at": self.created})
    }

    /// Takes over what a body names.
    pub(super) fn update(&mut self, body: &Map<String, Value>) {
        for (field, place) in [
            ("webhook_url", &mut self.webhook),
            ("logo", &mut self.logo),
            ("emoji", &mut self.emoji),
            ("email", &mut self.email),
        ] {
            if let Some(value) = body.get(field) {
                *place = value.clone();
            }
        }
        for (field, place) in [("username", &mut self.name), ("role", &mut self.role)] {
            if let Some(value) = body.get(field).and_then(Value::as_str) {
                value.clone_into(place);
            }
        }
    }
}

/// A fresh UUID of the fourth version.
pub(super) fn new_uuid() -> String {
    let hex: String = (0..32).map(|_| char::from(b"0123456789abcdef"[fastrand::usize(..16)])).collect();
    format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}

/// A fresh key.
pub(super) fn new_key() -> String {
    (0..64).map(|_| char::from(b"0123456789abcdef"[fastrand::usize(..16)])).collect()
}

/// Whether a text is a UUID.
pub(super) fn is_uuid(text: &str) -> bool {
    text.len() == 36 && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}
