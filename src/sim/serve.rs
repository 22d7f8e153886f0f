//! One accepted connection: TLS, HTTP, and the way from an upgrade to the scene.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{HeaderName, HeaderValue};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::control;
use super::link::{Grip, Link};
use super::peer::{Peer, Talk, race, write_all};
use super::record::{Direction, Seen};
use super::server::{Answer, Request, Scene, Stage};
use super::ws::Reader;

trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// Takes over an accepted socket.
pub(crate) fn connection<S: Scene>(scene: &Arc<S>, stage: &Arc<Stage>, stream: TcpStream) {
    // Without it small frames would wait for each other's acknowledgement.
    let _ = stream.set_nodelay(true);
    let id = stage.next_connection();
    let (scene, stage) = (Arc::clone(scene), Arc::clone(stage));
    let mut epoch = stage.epoch.subscribe();
    let link = Link::new(stream);
    let grip = link.grip();
    stage.clone().spawn(async move {
        let io: Box<dyn Io> = match &stage.config.tls {
            None => Box::new(link),
            Some(tls) => match TlsAcceptor::from(Arc::clone(tls)).accept(link).await {
                Ok(stream) => Box::new(stream),
                Err(error) => {
                    return stage.log(Direction::In, id, &format!("(TLS handshake failed: {error})"));
                }
            },
        };
        let service = hyper::service::service_fn(move |request| {
            let (scene, stage, grip) = (Arc::clone(&scene), Arc::clone(&stage), grip.clone());
            async move { Ok::<_, Infallible>(respond(scene, stage, id, grip, request).await) }
        });
        let served = async {
            // A client that breaks off is part of the game.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(io), service)
                .with_upgrades()
                .await;
        };
        let restarted = async {
            let _ = epoch.changed().await;
        };
        race(served, restarted).await;
    });
}

async fn respond<S: Scene>(
    scene: Arc<S>,
    stage: Arc<Stage>,
    id: u64,
    grip: Grip,
    mut incoming: hyper::Request<Incoming>,
) -> hyper::Response<Full<Bytes>> {
    let upgrade = incoming.headers().get("upgrade").is_some_and(|v| v.as_bytes().eq_ignore_ascii_case(b"websocket"));
    let headers = incoming
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let mut request = Request {
        method: incoming.method().to_string(),
        path: incoming.uri().path().to_owned(),
        query: incoming.uri().query().unwrap_or_default().to_owned(),
        headers,
        body: Vec::new(),
    };
    if !upgrade {
        match incoming.body_mut().collect().await {
            Ok(body) => request.body = body.to_bytes().to_vec(),
            Err(error) => return render(Answer::text(400, &format!("the body broke off: {error}"))),
        }
    }
    if let Some(name) = request.path.strip_prefix("/sim/").filter(|_| stage.config.control && !upgrade) {
        return render(control::answer(&scene, &stage, name, &request));
    }
    let target = match request.query.as_str() {
        "" => request.path.clone(),
        query => format!("{}?{query}", request.path),
    };
    let headers = request.headers.clone();
    stage.record.push(
        id,
        match upgrade {
            true => Seen::Upgrade { target, headers },
            false => Seen::Http { method: request.method.clone(), target, headers, body: request.body.clone() },
        },
    );
    if !upgrade {
        stage.log(
            Direction::In,
            id,
            &format!("{} {} {}", request.method, request.path, String::from_utf8_lossy(&request.body)),
        );
    }
    if let Some(answer) = faulty(&stage, upgrade).await {
        return render(answer);
    }
    if !upgrade {
        let (method, path) = (request.method.clone(), request.path.clone());
        let answer = Arc::clone(&scene).http(Arc::clone(&stage), request).await;
        stage.log(Direction::Out, id, &format!("{} {method} {path}", answer.status));
        return render(answer);
    }
    let Some(key) = request.header("sec-websocket-key").map(|key| derive_accept_key(key.as_bytes())) else {
        return render(Answer::text(400, "an upgrade needs a Sec-WebSocket-Key"));
    };
    let extra = match scene.admit(&request) {
        Ok(extra) => extra,
        Err(answer) => return render(answer),
    };
    let upgraded = hyper::upgrade::on(&mut incoming);
    let task_stage = Arc::clone(&stage);
    stage.spawn(async move {
        if let Ok(upgraded) = upgraded.await {
            hold(scene, task_stage, id, grip, request, TokioIo::new(upgraded)).await;
        }
    });
    let mut answer = Answer::text(101, "")
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-accept", &key);
    answer.headers.extend(extra);
    render(answer)
}

/// The faults that come before any service: delays, stalls and refusals.
async fn faulty(stage: &Stage, upgrade: bool) -> Option<Answer> {
    let delay = stage.faults.lock().http_delay_ms;
    if !upgrade && delay > 0 {
        tokio::time::sleep(Duration::from_millis(delay)).await;
    }
    loop {
        let changed = stage.faults_changed.notified();
        let stalled = {
            let faults = stage.faults.lock();
            if upgrade { faults.stall_upgrade } else { faults.stall_http }
        };
        if !stalled {
            break;
        }
        changed.await;
    }
    stage.faults.lock().refusal(upgrade)
}

/// Lives through one WebSocket connection.
async fn hold<S: Scene>(
    scene: Arc<S>,
    stage: Arc<Stage>,
    id: u64,
    grip: Grip,
    request: Request,
    io: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
) {
    let (read, write) = tokio::io::split(io);
    let (peer, outbox) = Peer::pair(id, grip, Arc::clone(&stage.faults), stage.config.tap.clone());
    stage.keep(&peer);
    let talk = Talk {
        peer: Arc::clone(&peer),
        reader: Reader::new(Box::new(read)),
        record: Arc::clone(&stage.record),
        done: false,
    };
    let conversation = async {
        let talk = scene.socket(Arc::clone(&stage), request, talk).await;
        // The reading half stays until everything is written: the socket ends in one piece.
        talk.finish().await;
    };
    join(conversation, write_all(Arc::clone(&peer), outbox, write)).await;
    peer.mark_gone();
    stage.forget(id);
}

fn render(answer: Answer) -> hyper::Response<Full<Bytes>> {
    let mut response = hyper::Response::new(Full::new(Bytes::from(answer.body)));
    *response.status_mut() = hyper::StatusCode::from_u16(answer.status).unwrap_or(hyper::StatusCode::BAD_GATEWAY);
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}
