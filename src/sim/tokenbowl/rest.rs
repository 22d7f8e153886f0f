//! The REST interface.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::Generation;
use super::people::{User, is_uuid, new_key, new_uuid};
use super::routes::{Routed, detail, fault};
use super::scene::TokenBowl;
use super::store::{Message, now, read};
use crate::sim::centrifugo::{sign, unix_now};
use crate::sim::server::{Answer, Request};

type Answered = Result<Answer, Answer>;

/// Answers a request.
pub(super) fn answer(server: &Arc<TokenBowl>, request: &Request) -> Answer {
    let routed = match Routed::find(request) {
        Ok(routed) => routed,
        Err(answer) => return answer,
    };
    run(server, request, &routed).unwrap_or_else(|answer| answer)
}

fn run(server: &Arc<TokenBowl>, request: &Request, at: &Routed) -> Answered {
    match at.pattern {
        "/health" => return ok(&json!({"status": "healthy"})),
        "/logos" => {
            return ok(&json!([
                "claude-color.png",
                "gemini-color.png",
                "grok.png",
                "kimi-color.png",
                "mistral-color.png",
                "openai.png",
                "qwen-color.png",
                "deepseek-color.png",
                "meta-color.png"
            ]));
        }
        "/register" => return register(server, at),
        "/auth/magic-link/send" => {
            let email = at.text("email", 3, 255, true)?;
            return ok(&json!({"message": "Magic link sent", "email": email}));
        }
        "/auth/magic-link/authenticate" => {
            let token = at.text("token", 1, usize::MAX, true)?.unwrap_or_default();
            let user = server.store.lock().by_name(token).ok_or_else(|| detail(401, "Invalid or expired token"))?;
            let session = format!("session-{}", user.key);
            return ok(&json!({"username": user.name, "session_token": session, "api_key": user.key}));
        }
        _ => {}
    }
    let Some(user) = server.user_of(request) else {
        return Err(detail(
            401,
            if request.header("x-api-key").is_some() { "Invalid API key" } else { "Not authenticated" },
        ));
    };
    if at.pattern.starts_with("/admin/") && !user.is("admin") {
        return Err(detail(403, "Admin privileges required"));
    }
    if !at.id.is_empty() && at.pattern.starts_with("/users/") && !is_uuid(&at.id) {
        return Err(detail(400, "Invalid user ID format"));
    }
    match at.pattern.split('/').nth(1).unwrap_or_default() {
        "messages" => messages(server, request, at, &user),
        "typing" => {
            let to = at.query("to_username").map(str::to_owned);
            if let Some(to) = &to {
                server.store.lock().by_name(to).ok_or_else(|| detail(404, &format!("User {to} not found")))?;
            }
            server.type_(&user, to.as_deref());
            ok(&json!({"status": "sent", "to": to}))
        }
        "users" => users(server, at, &user),
        "admin" => admin(server, request, at),
        "bots" => bots(server, request, at, &user),
        "conversations" => conversations(server, request, at, &user),
        _ => token(server, &user),
    }
}

fn ok(value: &Value) -> Answered {
    Ok(Answer::json(200, value))
}

fn no_content() -> Answered {
    Ok(Answer { status: 204, ..Answer::default() })
}

fn refused((status, text): (u16, String)) -> Answer {
    detail(status, &text)
}

/// One page of a list.
pub(super) fn page(all: &[Value], limit: usize, offset: usize, name: &str) -> Value {
    let items: Vec<&Value> = all.iter().skip(offset).take(limit).collect();
    let more = offset + items.len() < all.len();
    json!({name: items, "pagination": {"total": all.len(), "offset": offset, "limit": limit, "has_more": more}})
}

fn register(server: &TokenBowl, at: &Routed) -> Answered {
    let name = at.text("username", 1, 50, true)?.unwrap_or_default();
    if at.body.get("bot").and_then(Value::as_bool) == Some(true) {
        return Err(detail(400, "Bots can not be registered; use POST /bots"));
    }
    let mut store = server.store.lock();
    if store.by_name(name).is_some() {
        return Err(detail(409, &format!("Username {name} already exists")));
    }
    let flagged = |name: &str| at.body.get(name).and_then(Value::as_bool) == Some(true);
    let role = if flagged("admin") {
        "admin"
    } else if flagged("viewer") {
        "viewer"
    } else {
        "member"
    };
    let mut user = User::new(name, &new_key(), role);
    user.update(&at.body);
    let mut value = user.profile();
    if let Value::Object(members) = &mut value {
        members.remove("email");
        members.remove("created_at");
    }
    store.users.push(user);
    Ok(Answer::json(201, &value))
}

fn token(server: &TokenBowl, user: &User) -> Answered {
    if server.config.generation == Generation::A {
        return Err(detail(404, "Not Found"));
    }
    let channels = json!(["room:main", format!("user:{}", user.name)]);
    let now = unix_now();
    let claims = json!({"sub": user.name, "iat": now, "exp": now + server.config.token_life, "channels": channels});
    let token = sign(&server.config.rules.secret, &claims);
    let url = server.url.get().cloned().unwrap_or_default();
    ok(
        &json!({"token": token, "url": url, "channels": [format!("user:{}", user.name), "room:main"], "user": user.name}),
    )
}

fn messages(server: &TokenBowl, request: &Request, at: &Routed, user: &User) -> Answered {
    let listed = |which: &dyn Fn(&Message) -> bool| -> Answered {
        let since = match at.query("since") {
            None => None,
            Some(text) => Some(read(text).ok_or_else(|| detail(400, "Invalid timestamp format"))?),
        };
        let store = server.store.lock();
        let newer =
            |message: &&Message| since.is_none_or(|since| read(&message.timestamp).is_some_and(|at| at > since));
        let all: Vec<Value> =
            store.messages.iter().rev().filter(|m| which(m)).filter(newer).map(Message::json).collect();
        ok(&page(&all, at.number("limit", 50, usize::MAX)?, at.number("offset", 0, usize::MAX)?, "messages"))
    };
    let unread = |direct: bool| -> Answered {
        let store = server.store.lock();
        let all: Vec<Value> = store.unread(user, direct).into_iter().map(Message::json).collect();
        let (limit, offset) = (at.number("limit", 50, usize::MAX)?, at.number("offset", 0, usize::MAX)?);
        ok(&Value::Array(all.into_iter().skip(offset).take(limit).collect()))
    };
    match (request.method.as_str(), at.pattern) {
        ("POST", "/messages") => {
            let content = at.text("content", 1, 10_000, true)?.unwrap_or_default();
            let to = at.text("to_username", 1, 50, false)?;
            let message = server.say(user, to, content).map_err(refused)?;
            Ok(Answer::json(201, &message.json()))
        }
        (_, "/messages") => listed(&|message| message.to.is_none()),
        (_, "/messages/direct") => listed(&|message| message.concerns(user)),
        (_, "/messages/unread") => unread(false),
        (_, "/messages/direct/unread") => unread(true),
        (_, "/messages/unread/count") => ok(&server.unread_count(user)),
        (_, "/messages/mark-all-read") => {
            let count = server.read_all(user, |_| true);
            let event = json!({"type": "unread_count", "unread_room_messages": 0, "unread_direct_messages": 0,
                               "total_unread": 0, "timestamp": now()});
            server.hub.publish(&format!("user:{}", user.name), &event.to_string());
            ok(&json!({"marked_as_read": count}))
        }
        (_, "/messages/{id}/read") => server.read(user, &at.id).map_err(refused).and_then(|()| no_content()),
        _ => {
            let store = server.store.lock();
            let found = store.messages.iter().find(|message| message.id == at.id);
            let found = found.ok_or_else(|| detail(404, "Message not found"))?;
            if found.to.is_some() && !found.concerns(user) {
                return Err(detail(403, "Not authorized to view this message"));
            }
            ok(&found.json())
        }
    }
}

fn users(server: &TokenBowl, at: &Routed, user: &User) -> Answered {
    let mut store = server.store.lock();
    match at.pattern {
        "/users" => ok(&store.users.iter().map(User::public).collect()),
        // Nobody is ever online in this generation.
        "/users/online" => ok(&json!([])),
        "/users/me" => ok(&user.profile()),
        "/users/{id}" => {
            let found = store.users.iter().find(|user| user.id == at.id);
            ok(&found.ok_or_else(|| detail(404, "User not found"))?.public())
        }
        "/users/me/username" => {
            let name = at.text("username", 1, 50, true)?.unwrap_or_default();
            if store.by_name(name).is_some_and(|other| other.id != user.id) {
                return Err(detail(409, &format!("Username {name} already exists")));
            }
            let me = store.user_mut(&user.id).ok_or_else(|| detail(404, "User not found"))?;
            name.clone_into(&mut me.name);
            ok(&me.profile())
        }
        "/users/me/regenerate-api-key" => {
            let me = store.user_mut(&user.id).ok_or_else(|| detail(404, "User not found"))?;
            me.key = new_key();
            ok(&json!({"message": "API key regenerated successfully", "api_key": me.key}))
        }
        pattern => {
            let field = if pattern.ends_with("logo") { "logo" } else { "webhook_url" };
            let value = at.body.get(field).cloned().unwrap_or(Value::Null);
            let me = store.user_mut(&user.id).ok_or_else(|| detail(404, "User not found"))?;
            me.update(&Map::from_iter([(field.to_owned(), value.clone())]));
            ok(&json!({"message": format!("{field} updated successfully"), field: value}))
        }
    }
}

fn admin(server: &TokenBowl, request: &Request, at: &Routed) -> Answered {
    let mut store = server.store.lock();
    let missing = |what: &str| detail(404, &format!("{what} not found"));
    match (request.method.as_str(), at.pattern) {
        (_, "/admin/users") => ok(&store.users.iter().map(User::profile).collect()),
        ("GET", "/admin/users/{id}") => ok(&store.user_mut(&at.id).ok_or_else(|| missing("User"))?.profile()),
        ("PATCH", "/admin/users/{id}") => {
            let user = store.user_mut(&at.id).ok_or_else(|| missing("User"))?;
            user.update(&at.body);
            ok(&user.profile())
        }
        ("DELETE", "/admin/users/{id}") => {
            store.user_mut(&at.id).ok_or_else(|| missing("User"))?;
            store.users.retain(|user| user.id != at.id);
            no_content()
        }
        (_, "/admin/users/{id}/role") => {
            let role = at.text("role", 1, 20, true)?.unwrap_or_default().to_owned();
            if !["admin", "member", "viewer", "bot"].contains(&role.as_str()) {
                return Err(fault("role", "Input should be 'admin', 'member', 'viewer' or 'bot'"));
            }
            let user = store.user_mut(&at.id).ok_or_else(|| missing("User"))?;
            user.role = role;
            ok(&json!({"username": user.name, "role": user.role, "message": "Role updated"}))
        }
        (_, "/admin/users/{id}/regenerate-api-key") => {
            let user = store.user_mut(&at.id).ok_or_else(|| missing("User"))?;
            user.key = new_key();
            ok(&json!({"message": "API key regenerated successfully", "api_key": user.key}))
        }
        (method, "/admin/messages/{id}") => {
            let place = store.messages.iter().position(|message| message.id == at.id);
            let place = place.ok_or_else(|| missing("Message"))?;
            match method {
                "DELETE" => {
                    store.messages.remove(place);
                    return no_content();
                }
                "PATCH" => {
                    let content = at.text("content", 1, 10_000, true)?.unwrap_or_default();
                    content.clone_into(&mut store.messages[place].content);
                }
                _ => {}
            }
            ok(&store.messages[place].json())
        }
        (_, "/admin/invite") => {
            let (email, role) = (at.text("email", 3, 255, true)?, at.text("role", 1, 20, true)?);
            at.text("signup_url", 1, 2083, true)?;
            ok(&json!({"email": email, "role": role, "message": "Invitation sent"}))
        }
        (_, "/admin/conversations/{id}") => {
            store.conversations.remove(&at.id).ok_or_else(|| missing("Conversation"))?;
            no_content()
        }
        _ => ok(&json!({"total_users": 0, "total_connections": 0, "connections": []})),
    }
}

fn bots(server: &TokenBowl, request: &Request, at: &Routed, user: &User) -> Answered {
    let mut store = server.store.lock();
    match (request.method.as_str(), at.pattern) {
        ("POST", "/bots") => {
            let name = at.text("username", 1, 50, true)?.unwrap_or_default();
            if user.is("bot") || user.is("viewer") {
                return Err(detail(403, "You may not create bots"));
            }
            if store.by_name(name).is_some() {
                return Err(detail(409, &format!("Username {name} already exists")));
            }
            let mut bot = User::new(name, &new_key(), "bot");
            bot.owner = Some(user.id.clone());
            bot.update(&Map::from_iter(
                at.body
                    .iter()
                    .filter(|(name, _)| *name != "username")
                    .map(|(name, value)| (name.clone(), value.clone())),
            ));
            let value = bot.as_bot(&user.name);
            store.users.push(bot);
            Ok(Answer::json(201, &value))
        }
        (_, "/bots/me") => {
            let mine = store.users.iter().filter(|bot| bot.owner.as_ref() == Some(&user.id));
            ok(&mine.map(|bot| bot.as_bot(&user.name)).collect())
        }
        (method, pattern) => {
            let bot = store.user_mut(&at.id).filter(|bot| bot.is("bot")).ok_or_else(|| detail(404, "Bot not found"))?;
            if bot.owner.as_ref() != Some(&user.id) && !user.is("admin") {
                return Err(detail(403, "You can only change your own bots"));
            }
            if pattern.ends_with("regenerate-api-key") {
                bot.key = new_key();
                return ok(&json!({"message": "API key regenerated successfully", "api_key": bot.key}));
            }
            if method == "DELETE" {
                store.users.retain(|user| user.id != at.id);
                return no_content();
            }
            bot.update(&at.body);
            ok(&bot.as_bot(&user.name))
        }
    }
}

/// Makes a conversation of some messages.
pub(super) fn new_conversation(server: &TokenBowl, user: &User, body: &Map<String, Value>) -> Value {
    let id = new_uuid();
    let field = |name: &str| body.get(name).cloned().unwrap_or(Value::Null);
    let ids = body.get("message_ids").cloned().unwrap_or_else(|| json!([]));
    let made = json!({"id": id, "title": field("title"), "description": field("description"), "message_ids": ids,
                      "created_by_username": user.name, "created_at": now()});
    server.store.lock().conversations.insert(id, made.clone());
    made
}

fn conversations(server: &TokenBowl, request: &Request, at: &Routed, user: &User) -> Answered {
    if matches!(request.method.as_str(), "POST" | "PATCH") {
        at.text("title", 1, 200, false)?;
        at.text("description", 1, usize::MAX, false)?;
    }
    if request.method == "POST" {
        return Ok(Answer::json(201, &new_conversation(server, user, &at.body)));
    }
    let mut store = server.store.lock();
    if at.id.is_empty() {
        let all: Vec<Value> = store.conversations.values().cloned().collect();
        return ok(&page(&all, at.number("limit", 50, 100)?, at.number("offset", 0, usize::MAX)?, "conversations"));
    }
    let found = store.conversations.get_mut(&at.id).ok_or_else(|| detail(404, "Conversation not found"))?;
    if request.method != "GET" && found.get("created_by_username").and_then(Value::as_str) != Some(user.name.as_str()) {
        return Err(detail(403, "You can only change your own conversations"));
    }
    match request.method.as_str() {
        "DELETE" => {
            store.conversations.remove(&at.id);
            no_content()
        }
        "PATCH" => {
            for name in ["title", "description", "message_ids"] {
                if let Some(value) = at.body.get(name) {
                    found[name] = value.clone();
                }
            }
            ok(found)
        }
        _ => ok(found),
    }
}
