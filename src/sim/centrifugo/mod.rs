//! A Centrifugo server: the client protocol in JSON, tokens, recovery, and the part of the HTTP API that tests need.

mod channel;
mod command;
mod connection;
mod hub;
mod token;

use std::io;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};

use super::peer::Talk;
use super::server::{Answer, Request, Scene, Sim, Stage, StageConfig};

pub(crate) use connection::serve;
pub use hub::{Hub, Rules};
pub use token::{sign, unix_now};

/// A running Centrifugo simulator; its control methods are on [`Hub`], through [`Sim::hub`].
pub type CentrifugoSim = Sim<Centrifugo>;

/// How the server starts.
#[derive(Clone, Default)]
pub struct Config {
    /// Port, TLS, control paths and log.
    pub stage: StageConfig,
    /// What is allowed, and the times.
    pub rules: Rules,
    /// The key of the HTTP API; empty: none is asked for.
    pub api_key: String,
}

/// The server's state.
pub struct Centrifugo {
    hub: Arc<Hub>,
    api_key: String,
}

impl Sim<Centrifugo> {
    /// Starts on the current tokio runtime.
    pub async fn start(config: Config) -> io::Result<CentrifugoSim> {
        let stage = config.stage.clone();
        Self::start_scene(Centrifugo::new(config), stage).await
    }

    /// Starts on a thread of its own, for callers without a runtime.
    pub fn spawn(config: Config) -> io::Result<CentrifugoSim> {
        let stage = config.stage.clone();
        Self::spawn_scene(Centrifugo::new(config), stage)
    }

    /// The channels: publish, unsubscribe, disconnect, forget, plan errors.
    pub fn hub(&self) -> &Hub {
        &self.scene.hub
    }
}

impl Centrifugo {
    fn new(config: Config) -> Centrifugo {
        Centrifugo { hub: Arc::new(Hub::new(config.rules)), api_key: config.api_key }
    }
}

impl Scene for Centrifugo {
    fn opened(self: &Arc<Self>, _stage: &Arc<Stage>) {}

    fn http(self: Arc<Self>, _stage: Arc<Stage>, request: Request) -> BoxFuture<'static, Answer> {
        async move { api(&self, &request) }.boxed()
    }

    fn admit(&self, request: &Request) -> Result<Vec<(String, String)>, Answer> {
        if request.path != "/connection/websocket" {
            return Err(Answer::text(404, "404 page not found\n"));
        }
        match request.header("sec-websocket-protocol") {
            Some(offered) if offered.contains("centrifuge-json") => {
                Ok(vec![("sec-websocket-protocol".to_owned(), "centrifuge-json".to_owned())])
            }
            Some(offered) if offered.contains("centrifuge-protobuf") => Err(Answer::text(400, "JSON only\n")),
            _ => Ok(Vec::new()),
        }
    }

    fn socket(self: Arc<Self>, stage: Arc<Stage>, _request: Request, mut talk: Talk) -> BoxFuture<'static, Talk> {
        async move {
            serve(&self.hub, &stage, &mut talk).await;
            talk
        }
        .boxed()
    }

    fn control(self: &Arc<Self>, _stage: &Arc<Stage>, name: &str, body: &Value) -> Option<Answer> {
        (name == "publish").then(|| {
            let channel = body.get("channel").and_then(Value::as_str).unwrap_or_default();
            let data = body.get("data").unwrap_or(&Value::Null).to_string();
            Answer::json(200, &json!({"offset": self.hub.publish(channel, &data)}))
        })
    }
}

/// The HTTP API: `POST /api/publish` and its like.
fn api(server: &Centrifugo, request: &Request) -> Answer {
    let Some(method) = request.path.strip_prefix("/api/").filter(|_| request.method == "POST") else {
        return Answer::text(404, "404 page not found\n");
    };
    if !server.api_key.is_empty() && request.header("x-api-key") != Some(server.api_key.as_str()) {
        return Answer::text(401, "Unauthorized\n");
    }
    let Ok(body) = serde_json::from_slice::<Value>(&request.body) else { return Answer::text(400, "Bad Request\n") };
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let data = || body.get("data").unwrap_or(&Value::Null).to_string();
    let hub = &server.hub;
    let result = match method {
        "publish" => json!({"offset": hub.publish(text("channel"), &data())}),
        "broadcast" => {
            let channels = body.get("channels").and_then(Value::as_array).cloned().unwrap_or_default();
            let each = channels.iter().filter_map(Value::as_str).map(|channel| hub.publish(channel, &data()));
            json!({"responses": each.map(|offset| json!({"result": {"offset": offset}})).collect::<Vec<_>>()})
        }
        "unsubscribe" => {
            hub.unsubscribe(text("user"), text("channel"), 2000);
            json!({})
        }
        "disconnect" => {
            let how = body.get("disconnect");
            let code = how.and_then(|how| how.get("code")).and_then(Value::as_u64).unwrap_or(3503);
            let reason = how.and_then(|how| how.get("reason")).and_then(Value::as_str).unwrap_or("force disconnect");
            hub.disconnect(text("user"), u16::try_from(code).unwrap_or(3503), reason);
            json!({})
        }
        "history_remove" => {
            hub.forget(text("channel"));
            json!({})
        }
        "info" => json!({"nodes": [{"name": "simulator", "num_clients": hub.clients()}]}),
        _ => return Answer::json(200, &json!({"error": {"code": 104, "message": "method not found"}})),
    };
    Answer::json(200, &json!({"result": result}))
}
