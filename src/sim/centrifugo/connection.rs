//! One client's connection: frames in, replies out, pings, and the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use super::command::{Verdict, run};
use super::hub::Hub;
use super::token::unix_now;
use crate::sim::peer::{Peer, Talk};
use crate::sim::server::Stage;
use crate::sim::ws::Frame;

/// The longest frame that a client may send.
const LONGEST: usize = 64 << 10;

/// What is known of one client.
pub(crate) struct Session {
    pub(crate) peer: Arc<Peer>,
    pub(crate) client: String,
    pub(crate) user: String,
    pub(crate) connected: bool,
    /// When the token ends, in unix seconds; 0 is never.
    pub(crate) expires: AtomicI64,
    /// A ping was sent and is to be answered.
    asked: AtomicBool,
}

/// Serves one client until its end.
pub(crate) async fn serve(hub: &Arc<Hub>, stage: &Arc<Stage>, talk: &mut Talk) {
    let peer = Arc::clone(&talk.peer);
    let stale = hub.rules.lock().stale;
    let mut session = Session {
        peer: Arc::clone(&peer),
        client: new_id(),
        user: String::new(),
        connected: false,
        expires: AtomicI64::new(0),
        asked: AtomicBool::new(false),
    };
    let mut shared: Option<Arc<Session>> = None;
    loop {
        let frame = if shared.is_none() {
            match talk.next_within(stale).await {
                Err(_) => {
                    peer.close(3502, "stale");
                    break;
                }
                Ok(frame) => frame,
            }
        } else {
            talk.next().await
        };
        let text = match frame {
            None => break,
            Some(Frame::Text(text)) => text,
            Some(Frame::Binary(bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
            Some(_) => continue,
        };
        let verdict = match &shared {
            None => {
                let verdict = take(hub, Who::New(&mut session), &text);
                if session.connected {
                    let fresh = Session {
                        peer: Arc::clone(&peer),
                        client: session.client.clone(),
                        user: session.user.clone(),
                        connected: true,
                        expires: AtomicI64::new(session.expires.load(Ordering::Relaxed)),
                        asked: AtomicBool::new(false),
                    };
                    let fresh = Arc::new(fresh);
                    stage.spawn(keep_alive(Arc::clone(hub), Arc::clone(&fresh)));
                    shared = Some(fresh);
                }
                verdict
            }
            Some(session) => take(hub, Who::Known(session), &text),
        };
        if let Err((code, reason)) = verdict {
            peer.close(code, reason);
            break;
        }
    }
    leave(hub, &session.client);
}

/// Who sends: somebody who has not connected yet, or a client.
pub(crate) enum Who<'a> {
    New(&'a mut Session),
    Known(&'a Session),
}

/// Takes one frame. The answers to all its commands go out in one frame.
fn take(hub: &Arc<Hub>, mut who: Who<'_>, text: &str) -> Result<(), (u16, &'static str)> {
    if text.len() > LONGEST {
        return Err((1009, ""));
    }
    let peer = match &who {
        Who::New(session) => Arc::clone(&session.peer),
        Who::Known(session) => Arc::clone(&session.peer),
    };
    let mut replies = String::new();
    let mut lines = text.strip_suffix('\n').unwrap_or(text).split('\n').peekable();
    while let Some(line) = lines.next() {
        if line.trim() == "{}" {
            pong(&who)?;
            continue;
        }
        // What stands behind the first object of a line is lost.
        let first = serde_json::Deserializer::from_str(line).into_iter::<Map<String, Value>>().next();
        let Some(Ok(command)) = first else { return Err((3501, "bad request")) };
        let mut before = |reply: &str| {
            if !replies.is_empty() {
                replies.push('\n');
            }
            replies.push_str(reply);
        };
        match run(hub, &mut who, &command, line) {
            Verdict::Reply(reply) => before(&reply),
            Verdict::Nothing => {}
            Verdict::Close(code, reason) => {
                if !replies.is_empty() {
                    peer.send_text(&replies);
                }
                return Err((code, reason));
            }
        }
        // A publication reaches its publisher before the reply, so what is collected goes out with the last line.
        if lines.peek().is_none() && !replies.is_empty() {
            peer.send_text(&replies);
        }
    }
    Ok(())
}

/// A pong that was asked for is welcome; every other one is a bad request.
fn pong(who: &Who<'_>) -> Result<(), (u16, &'static str)> {
    match who {
        Who::Known(session) if session.asked.swap(false, Ordering::AcqRel) => Ok(()),
        _ => Err((3501, "bad request")),
    }
}

/// Pings, and watches over pongs and the token.
async fn keep_alive(hub: Arc<Hub>, session: Arc<Session>) {
    let (ping, pong, grace) = {
        let rules = hub.rules.lock();
        (Duration::from_secs(u64::from(rules.ping)), rules.pong, rules.expired_close_delay)
    };
    let mut next = Instant::now() + ping / 2;
    let mut pinged: Option<Instant> = None;
    while !session.peer.is_closing() {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let now = Instant::now();
        if !ping.is_zero() && now >= next {
            next = now + ping;
            if pong.is_some() {
                session.asked.store(true, Ordering::Release);
                pinged = Some(now);
            }
            session.peer.send_text("{}");
        }
        if !session.asked.load(Ordering::Acquire) {
            pinged = None;
        }
        if pinged.zip(pong).is_some_and(|(at, pong)| now >= at + pong) {
            session.peer.close(3012, "no pong");
        }
        let expires = session.expires.load(Ordering::Acquire);
        if expires != 0 && unix_now() > expires + grace.as_secs() as i64 {
            session.peer.close(3005, "expired");
        }
    }
}

fn leave(hub: &Hub, client: &str) {
    let Some(member) = hub.state.lock().members.remove(client) else { return };
    for channel in member.subs.keys() {
        hub.announce(channel, "leave", client, &member.user);
    }
}

fn new_id() -> String {
    let hex: String = (0..32).map(|_| char::from(b"0123456789abcdef"[fastrand::usize(..16)])).collect();
    format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..])
}
