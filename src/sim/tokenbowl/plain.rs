//! Generation A: `/ws` with everything that was seen of it, the drops without a close frame included.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde_json::{Map, Value, json};

use super::people::User;
use super::rest::page;
use super::scene::{Member, TokenBowl};
use super::store::{now, read};
use crate::sim::peer::Talk;
use crate::sim::server::{Request, Stage};
use crate::sim::ws::Frame;

/// The user of an upgrade: by header, by session, or by the query.
pub(super) fn user_of(server: &TokenBowl, request: &Request) -> Option<User> {
    let in_query = url::form_urlencoded::parse(request.query.as_bytes())
        .find(|(name, _)| name == "api_key")
        .and_then(|(_, key)| server.store.lock().by_key(&key));
    in_query.or_else(|| server.user_of(request))
}

/// Serves one connection. Returning without a close is what a crash of the handler looks like.
pub(super) async fn serve(server: &Arc<TokenBowl>, stage: &Arc<Stage>, request: &Request, talk: &mut Talk) {
    let Some(user) = user_of(server, request) else { return };
    let peer = Arc::clone(&talk.peer);
    let member = Arc::new(Member { user: user.id.clone(), peer: Arc::clone(&peer), forgotten: AtomicBool::new(false) });
    {
        // The service lets a client in and remembers it in one step; here the answer to the upgrade lies between them.
        let store = server.store.lock();
        let since = server.admitted.lock().get(&user.id).copied().unwrap_or(store.last);
        server.members.lock().insert(peer.id(), Arc::clone(&member));
        let between = |message: &&super::store::Message| read(&message.timestamp).is_some_and(|moment| moment > since);
        for message in store.messages.iter().filter(between).filter(|message| TokenBowl::hears(message, &user.id)) {
            member.send(&message.json().to_string());
        }
    }
    let active = Arc::new(Mutex::new(Instant::now()));
    stage.spawn(beat(Arc::clone(&member), Arc::clone(&active), server.config.heartbeat));
    while let Some(frame) = talk.next().await {
        *active.lock() = Instant::now();
        let text = match frame {
            Frame::Text(text) => text,
            Frame::Pong(_) => continue,
            _ => break,
        };
        let Ok(Value::Object(message)) = serde_json::from_str(&text) else { break };
        if message.get("type").and_then(Value::as_str) == Some("pong") {
            continue;
        }
        match answer(server, &user, &message) {
            Some(answer) => peer.send_text(&answer.to_string()),
            None => break,
        }
    }
    server.members.lock().remove(&peer.id());
}

/// Pings, and forgets who is silent without telling.
async fn beat(member: Arc<Member>, active: Arc<Mutex<Instant>>, (every, silence): (Duration, Duration)) {
    while !member.peer.is_closing() {
        tokio::time::sleep(every).await;
        if active.lock().elapsed() >= silence {
            member.forgotten.store(true, Ordering::Release);
            return;
        }
        member.send(&json!({"type": "ping", "timestamp": now()}).to_string());
    }
}

fn error(text: &str) -> Value {
    json!({"type": "error", "error": text})
}

/// The answer to one object; `None` where the handler crashes.
fn answer(server: &Arc<TokenBowl>, user: &User, message: &Map<String, Value>) -> Option<Value> {
    let text = |name: &str| message.get(name).and_then(Value::as_str);
    let number = |name: &str, otherwise: u64| message.get(name).and_then(Value::as_u64).unwrap_or(otherwise) as usize;
    let listed = |direct: bool| {
        let store = server.store.lock();
        let found: Vec<Value> = store
            .messages
            .iter()
            .rev()
            .filter(|message| if direct { message.concerns(user) } else { message.to.is_none() })
            .map(super::store::Message::json)
            .collect();
        page(&found, number("limit", 50), number("offset", 0), "messages")
    };
    let typed = |kind: &str, mut value: Value| {
        value["type"] = json!(kind);
        value
    };
    Some(match text("type").unwrap_or("message") {
        "message" => {
            let content = text("content").unwrap_or_default();
            if content.is_empty() {
                return Some(error("Missing content field"));
            }
            if content.chars().count() > 10_000 {
                // The server's own check throws here.
                return None;
            }
            match server.say(user, text("to_username"), content) {
                Ok(message) => json!({"type": "message_sent", "status": "sent", "message": message.json()}),
                Err((_, detail)) => error(&detail),
            }
        }
        "mark_read" => {
            let id = text("message_id").unwrap_or_default();
            match server.read(user, id) {
                Ok(()) => json!({"type": "marked_read", "message_id": id, "status": "success"}),
                Err((_, detail)) => error(&detail),
            }
        }
        "mark_all_read" => {
            let count = server.read_all(user, |_| true);
            json!({"type": "marked_all_read", "marked_as_read": count, "status": "success"})
        }
        "mark_room_read" => {
            json!({"status": "marked_read", "count": server.read_all(user, |message| message.to.is_none())})
        }
        "mark_direct_read" => {
            let from = text("from_username").unwrap_or_default();
            let count = server.read_all(user, |message| message.to.is_some() && message.from.name == from);
            json!({"status": "marked_read", "from_username": from, "count": count})
        }
        "get_unread_count" => typed("unread_count", server.unread_count(user)),
        "get_messages" => typed("messages", listed(false)),
        "get_direct_messages" => typed("direct_messages", listed(true)),
        "get_unread_messages" | "get_unread_direct_messages" => {
            let direct = text("type") == Some("get_unread_direct_messages");
            let store = server.store.lock();
            let found: Vec<Value> = store.unread(user, direct).into_iter().map(super::store::Message::json).collect();
            json!({"type": if direct { "unread_direct_messages" } else { "unread_messages" }, "messages": found})
        }
        "get_users" | "get_online_users" => {
            let online = text("type") == Some("get_online_users");
            let here: Vec<String> = server.members.lock().values().map(|member| member.user.clone()).collect();
            let store = server.store.lock();
            let users = store.users.iter().filter(|user| !online || here.contains(&user.id)).map(User::public);
            json!({"type": if online { "online_users" } else { "users" }, "users": users.collect::<Vec<_>>()})
        }
        "get_user_profile" => match server.store.lock().by_name(text("username").unwrap_or_default()) {
            Some(found) => json!({"type": "user_profile", "user": found.public()}),
            None => error("User not found"),
        },
        "create_conversation" => {
            let made = super::rest::new_conversation(server, user, message);
            json!({"type": "conversation_created", "conversation": made})
        }
        "get_conversations" => {
            let all: Vec<Value> = server.store.lock().conversations.values().cloned().collect();
            json!({"type": "conversations", "conversations": all})
        }
        "get_conversation" => {
            match server.store.lock().conversations.get(text("conversation_id").unwrap_or_default()) {
                Some(found) => json!({"type": "conversation", "conversation": found}),
                None => error("Conversation not found"),
            }
        }
        "update_conversation" => {
            match server.store.lock().conversations.get_mut(text("conversation_id").unwrap_or_default()) {
                Some(found) => {
                    for name in ["title", "description", "message_ids"] {
                        if let Some(value) = message.get(name) {
                            found[name] = value.clone();
                        }
                    }
                    json!({"type": "conversation_updated", "conversation": found})
                }
                None => error("Conversation not found"),
            }
        }
        "delete_conversation" => {
            let id = text("conversation_id").unwrap_or_default();
            match server.store.lock().conversations.remove(id) {
                Some(_) => json!({"type": "conversation_deleted", "conversation_id": id}),
                None => error("Conversation not found"),
            }
        }
        "delete_message" if user.is("admin") => {
            let id = text("message_id").unwrap_or_default();
            server.store.lock().messages.retain(|message| message.id != id);
            json!({"type": "message_deleted", "message_id": id})
        }
        other => error(&format!("Unknown message type: {other}")),
    })
}
