//! The commands of a client.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::{Map, Value, json};

use super::channel::{Channel, Recovery, delta_data};
use super::connection::{Session, Who};
use super::hub::{Hub, Member, Subscription};
use super::token::{unix_now, verify};

/// What a command leads to.
pub(crate) enum Verdict {
    Reply(String),
    Nothing,
    Close(u16, &'static str),
}

const BAD_REQUEST: Verdict = Verdict::Close(3501, "bad request");

const KNOWN: &[&str] = &[
    "connect",
    "subscribe",
    "unsubscribe",
    "publish",
    "rpc",
    "send",
    "presence",
    "presence_stats",
    "history",
    "refresh",
    "sub_refresh",
];

/// Carries out one command.
pub(crate) fn run(hub: &Arc<Hub>, who: &mut Who<'_>, command: &Map<String, Value>, line: &str) -> Verdict {
    let id = command.get("id").and_then(Value::as_u64).unwrap_or(0);
    let named: Vec<&str> = KNOWN.iter().copied().filter(|name| command.contains_key(*name)).collect();
    let [name] = named[..] else { return BAD_REQUEST };
    if id == 0 && name != "send" {
        return BAD_REQUEST;
    }
    let body = command.get(name).cloned().unwrap_or(Value::Null);
    if let Some(planned) = hub.take_planned(name) {
        return error(id, planned.code, planned.temporary);
    }
    match who {
        Who::New(session) if name == "connect" => connect(hub, session, id, &body),
        Who::New(_) => BAD_REQUEST,
        Who::Known(session) => known(hub, session, name, id, &body, line),
    }
}

fn known(hub: &Arc<Hub>, session: &Session, name: &str, id: u64, body: &Value, line: &str) -> Verdict {
    let channel = text(body, "channel");
    let allowed = |ok: bool| (!ok).then(|| error(id, 103, false));
    let rules = hub.rules.lock().clone();
    match name {
        "subscribe" => subscribe(hub, session, id, body),
        "unsubscribe" => {
            let had = hub.state.lock().members.get_mut(&session.client).map(|member| member.subs.remove(channel));
            if had.flatten().is_some() {
                hub.announce(channel, "leave", &session.client, &session.user);
            }
            reply(id, name, "{}")
        }
        "publish" => allowed(rules.publish).unwrap_or_else(|| {
            let info = json!({"user": session.user, "client": session.client}).to_string();
            hub.publish_as(channel, &raw_data(line, "publish"), &info);
            reply(id, name, "{}")
        }),
        "rpc" => match text(body, "method") {
            "echo" => reply(id, name, &format!("{{\"data\":{}}}", raw_data(line, "rpc"))),
            "slow" => Verdict::Nothing,
            _ => error(id, 104, false),
        },
        "send" => Verdict::Close(3508, "not available"),
        "presence" => allowed(rules.look).unwrap_or_else(|| {
            let found: Map<String, Value> = hub
                .state
                .lock()
                .members
                .iter()
                .filter(|(_, member)| member.subs.contains_key(channel))
                .map(|(client, member)| (client.clone(), json!({"user": member.user, "client": client})))
                .collect();
            reply(id, name, &json!({"presence": found}).to_string())
        }),
        "presence_stats" => allowed(rules.look).unwrap_or_else(|| {
            let state = hub.state.lock();
            let here = state.members.values().filter(|member| member.subs.contains_key(channel));
            let users: Vec<&str> = here.map(|member| member.user.as_str()).collect();
            let distinct: std::collections::BTreeSet<&str> = users.iter().copied().collect();
            reply(id, name, &json!({"num_clients": users.len(), "num_users": distinct.len()}).to_string())
        }),
        "history" => allowed(rules.look && rules.history > 0).unwrap_or_else(|| history(hub, id, body)),
        "refresh" => match check(hub, text(body, "token")) {
            Err(verdict) => verdict.into_verdict(id),
            Ok(claims) => {
                let (expires, ttl) = life(&claims);
                session.expires.store(expires, Ordering::Release);
                let ends = if expires == 0 { json!({}) } else { json!({"expires": true, "ttl": ttl}) };
                reply(id, name, &merged(&json!({"client": session.client}), &ends))
            }
        },
        "sub_refresh" if channel.is_empty() => BAD_REQUEST,
        "sub_refresh" => match channel_claims(hub, session, channel, text(body, "token")) {
            Err(verdict) => verdict.into_verdict(id),
            Ok(claims) => {
                let (expires, ttl) = life(&claims);
                let ends = if expires == 0 { json!({}) } else { json!({"expires": true, "ttl": ttl}) };
                reply(id, name, &ends.to_string())
            }
        },
        _ => BAD_REQUEST,
    }
}

enum Refused {
    Close(u16, &'static str),
    Error(u32),
}

impl Refused {
    fn into_verdict(self, id: u64) -> Verdict {
        match self {
            Refused::Close(code, reason) => Verdict::Close(code, reason),
            Refused::Error(code) => error(id, code, false),
        }
    }
}

/// The claims of a connection token.
fn check(hub: &Hub, token: &str) -> Result<Value, Refused> {
    let (secret, anonymous) = {
        let rules = hub.rules.lock();
        (rules.secret.clone(), rules.anonymous)
    };
    if token.is_empty() {
        return if anonymous { Ok(json!({"sub": ""})) } else { Err(Refused::Close(3501, "bad request")) };
    }
    let claims = verify(&secret, token).ok_or(Refused::Close(3500, "invalid token"))?;
    let (expires, _) = life(&claims);
    if expires != 0 && expires <= unix_now() { Err(Refused::Error(109)) } else { Ok(claims) }
}

/// The claims of a channel's token, where one is needed.
fn channel_claims(hub: &Hub, session: &Session, channel: &str, token: &str) -> Result<Value, Refused> {
    if token.is_empty() {
        let open = !channel.starts_with('$') && hub.rules.lock().subscribe;
        return if open { Ok(json!({})) } else { Err(Refused::Error(103)) };
    }
    let secret = hub.rules.lock().secret.clone();
    let claims = verify(&secret, token).ok_or(Refused::Error(103))?;
    if text(&claims, "channel") != channel || text(&claims, "sub") != session.user {
        return Err(Refused::Error(103));
    }
    let (expires, _) = life(&claims);
    if expires != 0 && expires <= unix_now() { Err(Refused::Error(109)) } else { Ok(claims) }
}

/// When a token ends, and in how many seconds.
fn life(claims: &Value) -> (i64, i64) {
    let expires = claims.get("exp").and_then(Value::as_i64).unwrap_or(0);
    (expires, expires - unix_now())
}

fn connect(hub: &Arc<Hub>, session: &mut Session, id: u64, body: &Value) -> Verdict {
    let claims = match check(hub, text(body, "token")) {
        Ok(claims) => claims,
        Err(refused) => return refused.into_verdict(id),
    };
    session.user = text(&claims, "sub").to_owned();
    session.connected = true;
    let (expires, ttl) = life(&claims);
    session.expires.store(expires, Ordering::Release);
    let rules = hub.rules.lock().clone();
    let mut out = format!("{{\"id\":{id},\"connect\":{{\"client\":\"{}\",\"version\":\"0.0.0\"", session.client);
    if expires != 0 {
        out.push_str(&format!(",\"expires\":true,\"ttl\":{ttl}"));
    }
    let mut member =
        Member { peer: Arc::clone(&session.peer), user: session.user.clone(), subs: std::collections::BTreeMap::new() };
    let channels: Vec<&str> =
        claims.get("channels").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let mut state = hub.state.lock();
    if !channels.is_empty() {
        out.push_str(",\"subs\":{");
        for (at, channel) in channels.iter().enumerate() {
            let asked = body.get("subs").and_then(|subs| subs.get(*channel));
            let stream = state.channels.entry((*channel).to_owned()).or_insert_with(Channel::new);
            let recoverable = rules.recovery && rules.history > 0;
            let result = result(stream, recoverable, asked.unwrap_or(&Value::Null), None);
            if at > 0 {
                out.push(',');
            }
            out.push_str(&format!("{}:{result}", Value::from(*channel)));
            let sub = Subscription { join_leave: rules.join_leave, ..Subscription::default() };
            member.subs.insert((*channel).to_owned(), sub);
        }
        out.push('}');
    }
    if rules.ping != 0 {
        out.push_str(&format!(",\"ping\":{}", rules.ping));
        if rules.pong.is_some() {
            out.push_str(",\"pong\":true");
        }
    }
    out.push_str("}}");
    // From here on publications reach it, and they do so behind this answer.
    session.peer.send_text(&out);
    state.members.insert(session.client.clone(), member);
    drop(state);
    for channel in channels {
        hub.announce(channel, "join", &session.client, &session.user);
    }
    Verdict::Nothing
}

fn subscribe(hub: &Arc<Hub>, session: &Session, id: u64, body: &Value) -> Verdict {
    let channel = text(body, "channel");
    if channel.is_empty() {
        return BAD_REQUEST;
    }
    if channel.chars().count() > 255 {
        return error(id, 107, false);
    }
    let mut state = hub.state.lock();
    if state.members.get(&session.client).is_some_and(|member| member.subs.contains_key(channel)) {
        return error(id, 105, false);
    }
    let claims = match channel_claims(hub, session, channel, text(body, "token")) {
        Ok(claims) => claims,
        Err(refused) => return refused.into_verdict(id),
    };
    let rules = hub.rules.lock().clone();
    let flag = |name: &str| body.get(name).and_then(Value::as_bool).unwrap_or(false);
    let recoverable = rules.history > 0 && (rules.recovery || flag("recoverable"));
    let delta = text(body, "delta") == "fossil";
    let stream = state.channels.entry(channel.to_owned()).or_insert_with(Channel::new);
    let mut last = None;
    let (expires, ttl) = life(&claims);
    let mut result = result(stream, recoverable, body, delta.then_some(&mut last));
    let mut more = String::new();
    if expires != 0 {
        more.push_str(&format!(",\"expires\":true,\"ttl\":{ttl}"));
    }
    if delta {
        more.push_str(",\"delta\":true");
    }
    if !more.is_empty() {
        let end = result.len() - 1;
        let more = if end == 1 { &more[1..] } else { &more[..] };
        result.insert_str(end, more);
    }
    let line = format!("{{\"id\":{id},\"subscribe\":{result}}}");
    if let Some(member) = state.members.get_mut(&session.client) {
        member.peer.send_text(&line);
        let join_leave = rules.join_leave && flag("join_leave");
        member.subs.insert(channel.to_owned(), Subscription { delta, last, join_leave });
    }
    drop(state);
    hub.announce(channel, "join", &session.client, &session.user);
    Verdict::Nothing
}

/// What is said of a subscription, recovery included. With deltas, what the next payload differs from is left in `last`.
fn result(stream: &Channel, recoverable: bool, asked: &Value, mut last: Option<&mut Option<String>>) -> String {
    let recover = asked.get("recover").and_then(Value::as_bool).unwrap_or(false);
    let mut out = Vec::new();
    if recoverable {
        out.push("\"recoverable\":true".to_owned());
        out.push("\"positioned\":true".to_owned());
        out.push(format!("\"epoch\":\"{}\"", stream.epoch));
    }
    let mut offset = stream.offset;
    if recover {
        out.push("\"was_recovering\":true".to_owned());
        let from = asked.get("offset").and_then(Value::as_u64).unwrap_or(0);
        if recoverable && let Recovery::Missed(missed) = stream.recover(from, text(asked, "epoch")) {
            offset = from;
            out.push("\"recovered\":true".to_owned());
            let mut written = Vec::new();
            for kept in &missed {
                written.push(match &mut last {
                    None => kept.write(&kept.data, false),
                    Some(last) => {
                        let (data, delta) = delta_data(last.as_deref(), &kept.data);
                        **last = Some(kept.data.clone());
                        kept.write(&data, delta)
                    }
                });
            }
            if !written.is_empty() {
                out.push(format!("\"publications\":[{}]", written.join(",")));
            }
        }
    }
    if recoverable && offset != 0 {
        out.push(format!("\"offset\":{offset}"));
    }
    format!("{{{}}}", out.join(","))
}

fn history(hub: &Hub, id: u64, body: &Value) -> Verdict {
    let mut state = hub.state.lock();
    let stream = state.channels.entry(text(body, "channel").to_owned()).or_insert_with(Channel::new);
    let since = body.get("since");
    if since.is_some_and(|since| !text(since, "epoch").is_empty() && text(since, "epoch") != stream.epoch) {
        return error(id, 112, false);
    }
    let from = since.map(|since| since.get("offset").and_then(Value::as_u64).unwrap_or(0));
    let limit = body.get("limit").and_then(Value::as_i64).unwrap_or(0);
    let reverse = body.get("reverse").and_then(Value::as_bool).unwrap_or(false);
    let found: Vec<String> =
        stream.history(limit, from, reverse).iter().map(|kept| kept.write(&kept.data, false)).collect();
    let publications =
        if found.is_empty() { String::new() } else { format!("\"publications\":[{}],", found.join(",")) };
    let (epoch, offset) = (&stream.epoch, stream.offset);
    reply(id, "history", &format!("{{{publications}\"epoch\":\"{epoch}\",\"offset\":{offset}}}"))
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The payload of a command, byte for byte.
fn raw_data(line: &str, name: &str) -> String {
    #[derive(serde::Deserialize)]
    struct Body<'a> {
        #[serde(borrow)]
        data: Option<&'a serde_json::value::RawValue>,
    }
    let command: std::collections::BTreeMap<String, &serde_json::value::RawValue> =
        serde_json::from_str(line).unwrap_or_default();
    let body = command.get(name).and_then(|body| serde_json::from_str::<Body<'_>>(body.get()).ok());
    body.and_then(|body| body.data).map_or("null".to_owned(), |data| data.get().to_owned())
}

fn merged(one: &Value, other: &Value) -> String {
    let mut all = one.as_object().cloned().unwrap_or_default();
    all.extend(other.as_object().cloned().unwrap_or_default());
    Value::Object(all).to_string()
}

fn reply(id: u64, name: &str, body: &str) -> Verdict {
    Verdict::Reply(format!("{{\"id\":{id},\"{name}\":{body}}}"))
}

fn error(id: u64, code: u32, temporary: bool) -> Verdict {
    let message = match code {
        100 => "internal server error",
        101 => "unauthorized",
        102 => "unknown channel",
        103 => "permission denied",
        104 => "method not found",
        105 => "already subscribed",
        106 => "limit exceeded",
        107 => "bad request",
        108 => "not available",
        109 => "token expired",
        110 => "expired",
        111 => "too many requests",
        112 => "unrecoverable position",
        113 => "concurrent pagination",
        _ => "application error",
    };
    let temporary = if temporary || matches!(code, 100 | 111 | 113) { ",\"temporary\":true" } else { "" };
    Verdict::Reply(format!("{{\"id\":{id},\"error\":{{\"code\":{code},\"message\":\"{message}\"{temporary}}}}}"))
}
