//! The service's side of a connection: who may come in, the session, and what follows until the end.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::conn::{Conn, Then};
use super::session::Session;
use super::{Config, Turn, handle, reply};
use crate::sim::peer::Talk;
use crate::sim::server::{Answer, Request, Scene, Stage};
use crate::sim::ws::Frame;

/// How long a session lives where nothing is said about it.
const HOUR: Duration = Duration::from_secs(3600);

/// One message may hold 15 MiB of audio, which is a third more in base64.
const MESSAGE_MAX: usize = 21 << 20;

/// The service's state. [`VoiceLiveSim`](super::VoiceLiveSim) runs it.
pub struct VoiceLive {
    pub(super) config: Config,
    pub(super) turns: Mutex<VecDeque<Turn>>,
    pub(super) conns: Mutex<Vec<(u64, Arc<Mutex<Conn>>)>>,
}

fn param(request: &Request, name: &str) -> Option<String> {
    form_urlencoded::parse(request.query.as_bytes()).find(|(known, _)| known == name).map(|(_, value)| value.into())
}

/// Whether a path is Voice Live's (false), OpenAI's (true) or nobody's.
fn dialect(path: &str) -> Option<bool> {
    match path.trim_end_matches('/') {
        path if path.ends_with("/voice-live/realtime") => Some(false),
        path if path.ends_with("/v1/realtime") => Some(true),
        _ => None,
    }
}

fn refused(status: u16, code: &str, text: &str) -> Answer {
    Answer::json(status, &json!({"error": {"code": code, "message": text}})).header("apim-request-id", "sim-request")
}

impl VoiceLive {
    pub(super) fn new(config: Config) -> Self {
        Self { turns: Mutex::new(config.turns.clone().into()), conns: Mutex::default(), config }
    }

    fn session(&self, request: &Request, conn: u64) -> Session {
        let openai = dialect(&request.path) == Some(true);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let expires = now + self.config.lifetime.unwrap_or(HOUR);
        let agent = param(request, "agent-name");
        let model = param(request, "model").unwrap_or_else(|| "gpt-realtime".to_owned());
        let id = format!("sess_{conn:04}_{:08x}", fastrand::u32(..));
        let mut session = Session::new(openai, &id, &model, agent.as_deref(), expires.as_secs());
        if let (Some(format), false) = (&self.config.output_format, openai) {
            session.value.insert("output_audio_format".to_owned(), Value::from(format.as_str()));
        }
        session
    }

    /// Does the trouble that the model's name asks for in front of the session. `true`: there will be no session.
    async fn trouble(&self, model: &str, conn: &Mutex<Conn>, talk: &mut Talk) -> bool {
        let error = |code: &str, text: &str| {
            let error = json!({"error": {"type": "invalid_request_error", "code": code, "message": text, "param": null,
                "event_id": null}});
            conn.lock().tell("error", error);
        };
        match model {
            "sc-silent" => {
                while talk.next().await.is_some() {}
                return true;
            }
            "sc-error" => error("not_yet", "Something is wrong, but not for long."),
            "sc-refuse" => {
                error("model_not_supported", "There is no such model.");
                talk.peer.close(1008, "model_not_supported");
                return true;
            }
            _ => {}
        }
        false
    }

    async fn converse(self: &Arc<Self>, stage: &Arc<Stage>, request: &Request, talk: &mut Talk) {
        talk.reader.take_up_to(MESSAGE_MAX);
        let peer = Arc::clone(&talk.peer);
        let conn = Arc::new(Mutex::new(Conn::new(Arc::clone(&peer), self.session(request, peer.id()))));
        let model = param(request, "model").unwrap_or_default();
        if self.trouble(&model, &conn, talk).await {
            return;
        }
        {
            let mut conn = conn.lock();
            let session = Value::Object(conn.session.value.clone());
            conn.tell("session.created", json!({ "session": session }));
        }
        self.conns.lock().push((peer.id(), Arc::clone(&conn)));
        if let Some(code) = model.strip_prefix("sc-close").and_then(|code| code.parse().ok()) {
            peer.close(code, "as the model's name asks for");
        }
        let expired = model == "sc-expire";
        if expired || self.config.lifetime.is_some() {
            let after = if expired { Duration::from_millis(50) } else { self.config.lifetime.unwrap_or(HOUR) };
            let peer = Arc::clone(&peer);
            stage.spawn(async move {
                tokio::time::sleep(after).await;
                peer.close(1001, "session_expired");
            });
        }
        while let Some(frame) = talk.next().await {
            let Frame::Text(text) = frame else { continue };
            let Ok(Value::Object(message)) = serde_json::from_str(&text) else {
                let nothing = serde_json::Map::new();
                conn.lock().error(&nothing, "invalid_json", "The message is not a JSON object.", "");
                continue;
            };
            let then = conn.lock().hear(&message);
            match then {
                Then::Nothing => {}
                Then::Respond(wanted) => {
                    let turn = self.next_turn(&conn.lock());
                    Self::respond(self.config.clone(), stage, &conn, turn, wanted);
                }
                Then::Approved(asked) => {
                    Self::respond(self.config.clone(), stage, &conn, Turn::Call(asked), json!({}));
                }
            }
        }
        self.conns.lock().retain(|(id, _)| *id != peer.id());
    }

    /// What is said next: by the script, by a tool, or again what was heard.
    fn next_turn(&self, conn: &Conn) -> Turn {
        if let Some(turn) = self.turns.lock().pop_front() {
            return turn;
        }
        let asked = conn.items.last().is_some_and(|item| item["role"] == "user");
        let tool = conn.session.tool_for(&conn.understood).filter(|_| self.config.calls_tools && asked);
        tool.map_or_else(|| Turn::Say(conn.last_words()), |(name, arguments)| Turn::Tool(name, arguments))
    }

    /// Begins a reply, as soon as the one before has ended.
    fn respond(config: Config, stage: &Arc<Stage>, conn: &Arc<Mutex<Conn>>, turn: Turn, wanted: Value) {
        let conn = Arc::clone(conn);
        stage.spawn(async move {
            // The reply that was interrupted ends first.
            while conn.lock().active.is_some() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            reply::make(conn, turn, wanted, config.pace, config.word_ms).await;
        });
    }
}

impl Scene for VoiceLive {
    fn opened(self: &Arc<Self>, _stage: &Arc<Stage>) {}

    fn http(self: Arc<Self>, _stage: Arc<Stage>, request: Request) -> BoxFuture<'static, Answer> {
        let answer = match (request.method.as_str(), dialect(&request.path)) {
            (_, Some(_)) => refused(426, "upgrade_required", "This is a WebSocket."),
            _ => refused(404, "404", "Resource not found"),
        };
        async move { answer }.boxed()
    }

    fn admit(&self, request: &Request) -> Result<Vec<(String, String)>, Answer> {
        let Some(openai) = dialect(&request.path) else { return Err(refused(404, "404", "Resource not found")) };
        let key = request.header("api-key").map(str::to_owned).or_else(|| param(request, "api-key"));
        let bearer = request.header("authorization").and_then(|value| value.strip_prefix("Bearer ")).map(str::to_owned);
        if let Some(wanted) = &self.config.credential
            && key.as_ref() != Some(wanted)
            && bearer.as_ref() != Some(wanted)
        {
            return Err(refused(401, "401", "Access denied due to invalid subscription key or wrong API endpoint."));
        }
        if !openai && param(request, "api-version").is_none() {
            return Err(refused(400, "invalid_request", "api-version is missing"));
        }
        let named = ["model", "agent-name", "agent-id", "call_id"].iter().any(|name| param(request, name).is_some());
        if !named {
            return Err(refused(400, "invalid_request", "model or agent is missing"));
        }
        Ok(vec![
            ("apim-request-id".to_owned(), "sim-request".to_owned()),
            ("x-ms-region".to_owned(), "Simulation".to_owned()),
        ])
    }

    fn socket(self: Arc<Self>, stage: Arc<Stage>, request: Request, mut talk: Talk) -> BoxFuture<'static, Talk> {
        async move {
            self.converse(&stage, &request, &mut talk).await;
            talk
        }
        .boxed()
    }

    fn control(self: &Arc<Self>, stage: &Arc<Stage>, name: &str, body: &Value) -> Option<Answer> {
        handle::control(self, stage, name, body)
    }
}
