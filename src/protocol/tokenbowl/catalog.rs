//! Every operation of the REST interface, with its fields and their limits, so that a call is checked before it is sent.

use crate::protocol::Method::{self, Delete, Get, Patch, Post};

/// What a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// A text of so many characters, which are Unicode code points.
    Text(usize, usize),
    /// An http or https address of at most 2083 characters.
    Url,
    Uuid,
    /// `admin`, `member`, `viewer` or `bot`.
    Role,
    Flag,
    Number(i64, i64),
    /// A moment as ISO 8601.
    Time,
    /// An array of texts.
    Texts,
}

/// Where a field goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Path,
    Query,
    Body,
}

/// One field.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) takes: Takes,
    pub(super) place: Place,
    pub(super) required: bool,
}

/// One operation.
#[derive(Debug)]
pub(super) struct Row {
    /// The name that the service's own Python client gives it.
    pub(super) name: &'static str,
    pub(super) method: Method,
    /// With `{…}` where a field of that name goes.
    pub(super) path: &'static str,
    pub(super) fields: &'static [Field],
    /// Whether it goes without a credential.
    pub(super) open: bool,
    /// The member of the answer that is a list in pages; `-` where the answer itself is the list.
    pub(super) list: &'static str,
}

impl Row {
    /// Whether sending it twice does the same as sending it once.
    pub(super) fn idempotent(&self) -> bool {
        self.method != Post || self.name.starts_with("mark_")
    }
}

const fn field(name: &'static str, takes: Takes, place: Place, required: bool) -> Field {
    Field { name, takes, place, required }
}

const fn body(name: &'static str, takes: Takes) -> Field {
    field(name, takes, Place::Body, false)
}

const fn must(name: &'static str, takes: Takes) -> Field {
    field(name, takes, Place::Body, true)
}

const fn query(name: &'static str, takes: Takes) -> Field {
    field(name, takes, Place::Query, false)
}

const fn path(name: &'static str) -> Field {
    field(name, Takes::Uuid, Place::Path, true)
}

const fn row(name: &'static str, method: Method, path: &'static str, fields: &'static [Field]) -> Row {
    Row { name, method, path, fields, open: false, list: "" }
}

const fn open(name: &'static str, method: Method, path: &'static str, fields: &'static [Field]) -> Row {
    Row { open: true, ..row(name, method, path, fields) }
}

const fn list(name: &'static str, path: &'static str, fields: &'static [Field], list: &'static str) -> Row {
    Row { list, ..row(name, Get, path, fields) }
}

const ANY: usize = usize::MAX;
const NAME: Takes = Takes::Text(1, 50);
const EMAIL: Takes = Takes::Text(3, 255);
const LOGO: Takes = Takes::Text(0, ANY);
const EMOJI: Takes = Takes::Text(0, 10);
const LIMIT: Takes = Takes::Number(0, i64::MAX);
const PAGE: &[Field] = &[query("limit", LIMIT), query("offset", LIMIT)];
const SINCE: &[Field] = &[query("limit", LIMIT), query("offset", LIMIT), query("since", Takes::Time)];
const USER: &[Field] = &[path("user_id")];
const MESSAGE: &[Field] = &[path("message_id")];
const CONVERSATION: &[Field] = &[path("conversation_id")];
const BOT: &[Field] = &[path("bot_id")];
const PROFILE: &[Field] = &[
    path("user_id"),
    body("username", NAME),
    body("email", EMAIL),
    body("webhook_url", Takes::Url),
    body("logo", LOGO),
    body("role", Takes::Role),
    body("viewer", Takes::Flag),
    body("admin", Takes::Flag),
    body("bot", Takes::Flag),
    body("emoji", EMOJI),
];

/// All there is.
pub(super) const ROWS: &[Row] = &[
    open(
        "register",
        Post,
        "/register",
        &[
            must("username", NAME),
            body("webhook_url", Takes::Url),
            body("logo", LOGO),
            body("role", Takes::Role),
            body("viewer", Takes::Flag),
            body("admin", Takes::Flag),
            body("bot", Takes::Flag),
            body("emoji", EMOJI),
        ],
    ),
    open("send_magic_link", Post, "/auth/magic-link/send", &[must("email", EMAIL), body("username", NAME)]),
    open("authenticate_magic_link", Post, "/auth/magic-link/authenticate", &[must("token", Takes::Text(1, ANY))]),
    row("send_message", Post, "/messages", &[must("content", Takes::Text(1, 10_000)), body("to_username", NAME)]),
    list("get_messages", "/messages", SINCE, "messages"),
    list("get_direct_messages", "/messages/direct", SINCE, "messages"),
    list("get_unread_messages", "/messages/unread", PAGE, "-"),
    list("get_unread_direct_messages", "/messages/direct/unread", PAGE, "-"),
    row("get_unread_count", Get, "/messages/unread/count", &[]),
    row("mark_all_messages_read", Post, "/messages/mark-all-read", &[]),
    row("mark_message_read", Post, "/messages/{message_id}/read", MESSAGE),
    row("get_message", Get, "/messages/{message_id}", MESSAGE),
    row("send_typing_indicator", Post, "/typing", &[query("to_username", NAME)]),
    row("get_users", Get, "/users", &[]),
    row("get_online_users", Get, "/users/online", &[]),
    row("get_my_profile", Get, "/users/me", &[]),
    row("update_my_username", Patch, "/users/me/username", &[must("username", NAME)]),
    row("update_my_webhook", Patch, "/users/me/webhook", &[body("webhook_url", Takes::Url)]),
    row("update_my_logo", Patch, "/users/me/logo", &[body("logo", LOGO)]),
    row("regenerate_api_key", Post, "/users/me/regenerate-api-key", &[]),
    row("get_user_profile", Get, "/users/{user_id}", USER),
    open("get_available_logos", Get, "/logos", &[]),
    row("admin_get_all_users", Get, "/admin/users", &[]),
    row("admin_get_user", Get, "/admin/users/{user_id}", USER),
    row("admin_update_user", Patch, "/admin/users/{user_id}", PROFILE),
    row("admin_delete_user", Delete, "/admin/users/{user_id}", USER),
    row("admin_assign_role", Patch, "/admin/users/{user_id}/role", &[path("user_id"), must("role", Takes::Role)]),
    row("admin_regenerate_api_key", Post, "/admin/users/{user_id}/regenerate-api-key", USER),
    row("admin_get_message", Get, "/admin/messages/{message_id}", MESSAGE),
    row(
        "admin_update_message",
        Patch,
        "/admin/messages/{message_id}",
        &[path("message_id"), must("content", Takes::Text(1, 10_000))],
    ),
    row("admin_delete_message", Delete, "/admin/messages/{message_id}", MESSAGE),
    row(
        "admin_invite_user",
        Post,
        "/admin/invite",
        &[must("email", EMAIL), must("role", Takes::Role), must("signup_url", Takes::Url)],
    ),
    row("admin_delete_conversation", Delete, "/admin/conversations/{conversation_id}", CONVERSATION),
    row("admin_get_connections", Get, "/admin/websocket/connections", &[]),
    row("create_bot", Post, "/bots", &[must("username", NAME), body("emoji", EMOJI), body("webhook_url", Takes::Url)]),
    row("get_my_bots", Get, "/bots/me", &[]),
    row(
        "update_bot",
        Patch,
        "/bots/{bot_id}",
        &[path("bot_id"), body("emoji", EMOJI), body("webhook_url", Takes::Url)],
    ),
    row("delete_bot", Delete, "/bots/{bot_id}", BOT),
    row("regenerate_bot_api_key", Post, "/bots/{bot_id}/regenerate-api-key", BOT),
    row(
        "create_conversation",
        Post,
        "/conversations",
        &[
            body("title", Takes::Text(1, 200)),
            body("description", Takes::Text(1, ANY)),
            must("message_ids", Takes::Texts),
        ],
    ),
    list(
        "get_conversations",
        "/conversations",
        &[query("limit", Takes::Number(1, 100)), query("offset", LIMIT)],
        "conversations",
    ),
    row("get_conversation", Get, "/conversations/{conversation_id}", CONVERSATION),
    row(
        "update_conversation",
        Patch,
        "/conversations/{conversation_id}",
        &[
            path("conversation_id"),
            body("title", Takes::Text(1, 200)),
            body("description", Takes::Text(1, ANY)),
            body("message_ids", Takes::Texts),
        ],
    ),
    row("delete_conversation", Delete, "/conversations/{conversation_id}", CONVERSATION),
    row("get_connection_token", Get, "/centrifugo/connection-token", &[]),
    open("health_check", Get, "/health", &[]),
];

/// What else these operations are called.
const ALIASES: &[(&str, &str)] = &[
    ("typing", "send_typing_indicator"),
    ("mark_read", "mark_message_read"),
    ("mark_as_read", "mark_message_read"),
    ("mark_all_read", "mark_all_messages_read"),
    ("mark_all_as_read", "mark_all_messages_read"),
];

/// The name of a method on the wire.
pub(super) const fn method_name(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    }
}

/// Finds what a call means: `get_messages`, `GET /messages`, `POST /messages/{message_id}/read`, or the same with the id
/// in its place. Fields that stand in the path are handed back.
pub(super) fn find(name: &str) -> Option<(&'static Row, Vec<(&'static str, String)>)> {
    let name = name.trim();
    let real = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, real)| real);
    if let Some(row) = ROWS.iter().find(|row| row.name == real) {
        return Some((row, Vec::new()));
    }
    let (method, path) = name.split_once(' ')?;
    let path = path.trim();
    ROWS.iter()
        .filter(|row| method.eq_ignore_ascii_case(method_name(row.method)))
        .filter_map(|row| fits(row.path, path).map(|fields| (row, fields)))
        // `/users/me` is the name of a place as well as what could stand for an id.
        .min_by_key(|(_, fields)| fields.len())
}

fn fits(pattern: &'static str, path: &str) -> Option<Vec<(&'static str, String)>> {
    let mut fields = Vec::new();
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(fields),
            (Some(slot), Some(part)) if slot == part => {}
            (Some(slot), Some(part)) if slot.starts_with('{') && !part.is_empty() => {
                fields.push((slot.trim_matches(['{', '}']), part.to_owned()));
            }
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ALIASES, ROWS, find, method_name};

    #[test]
    fn every_operation_is_found_by_both_of_its_names() {
        for row in ROWS {
            assert_eq!(find(row.name).expect(row.name).0.name, row.name);
            let by_path = format!("{} {}", method_name(row.method), row.path);
            assert_eq!(find(&by_path).expect(&by_path).0.name, row.name);
        }
        for (alias, real) in ALIASES {
            assert_eq!(find(alias).expect(alias).0.name, *real);
        }
        let (row, fields) = find("post /messages/abc/read").expect("with its id");
        assert_eq!((row.name, fields), ("mark_message_read", vec![("message_id", "abc".to_owned())]));
        assert_eq!(find("GET /users/me").expect("a place").0.name, "get_my_profile");
        assert!(find("GET /nope").is_none() && find("nope").is_none() && find("PUT /messages").is_none());
    }
}
