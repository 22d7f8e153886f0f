//! Dialling and the upgrade.

use parlor::model::Status;
use parlor::transport::{dial::connect, ws};
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};

use crate::kit::{answer, closed_port, dial, end, head, net, refused, says, serve, serve_at};

#[test]
fn the_blocks_can_move_between_threads() {
    fn send<T: Send>(_: &T) {}
    let net = net(&[]);
    let dial = dial("ws://127.0.0.1:1");
    send(&ws::open(&net, &dial));
    send(&connect(&net, "ws://127.0.0.1:1"));
    let client = parlor::transport::http::Client::new(&net);
    let call = crate::kit::call(parlor::protocol::Method::Get, "http://127.0.0.1:1");
    send(&client.call(&call));
}

#[tokio::test]
async fn headers_go_out_and_come_in() {
    let (tell, told) = std::sync::mpsc::channel();
    let port = serve(move |stream| {
        let tell = tell.clone();
        async move {
            #[allow(clippy::result_large_err, reason = "the callback's type is not ours")]
            let look = move |request: &Request, mut response: Response| {
                tell.send((request.uri().to_string(), request.headers().clone())).unwrap();
                response.headers_mut().insert("X-Session", "7".parse().unwrap());
                Ok(response)
            };
            let _ = tokio_tungstenite::accept_hdr_async(stream, look).await;
        }
    })
    .await;
    let net = net(&[("headers", r#"{"X-Host":"h","Authorization":"Bearer host"}"#), ("user_agent", "game/1")]);
    let mut dial = dial(format!("ws://127.0.0.1:{port}/hub?id=1#fragment"));
    dial.headers = vec![("authorization".into(), "Bearer own".into()), ("X-Own".into(), "o".into())];
    let mut socket = ws::open(&net, &dial).await.unwrap();
    let (path, seen) = told.recv().unwrap();
    assert_eq!(path, "/hub?id=1");
    assert_eq!(
        (&seen["x-host"], &seen["x-own"], &seen["user-agent"]),
        (&"h".parse().unwrap(), &"o".parse().unwrap(), &"game/1".parse().unwrap())
    );
    assert_eq!(seen.get_all("authorization").iter().collect::<Vec<_>>(), ["Bearer host"]);
    assert!(socket.headers().contains(&("x-session".into(), "7".into())));
    let failure = end(&mut socket).await;
    assert_eq!((failure.error.status, failure.close_code), (Status::ConnectionLost, 1006));
}

#[tokio::test]
async fn nobody_there() {
    let port = closed_port().await;
    let failure = refused(&net(&[]), format!("ws://127.0.0.1:{port}/?key=secret")).await;
    assert_eq!(failure.error.status, Status::Refused);
    says(&failure, &[&format!("127.0.0.1:{port} refuses connections")]);
    assert!(!failure.error.text.contains("secret"));
}

#[tokio::test]
async fn no_such_name() {
    let failure = refused(&net(&[]), "ws://no-such-host.invalid/").await;
    assert_eq!(failure.error.status, Status::Dns);
    says(&failure, &["the name \"no-such-host.invalid\" was not found"]);
}

#[tokio::test]
async fn urls_that_can_not_be_dialled() {
    for (url, part) in [("nonsense", "is not a URL"), ("ftp://h/", "is a ftp URL"), ("ws://", "is not a URL")] {
        let failure = refused(&net(&[]), url).await;
        assert_eq!(failure.error.status, Status::InvalidArgument, "{url}");
        says(&failure, &[part]);
    }
}

#[tokio::test]
async fn the_address_family_is_kept_to() {
    let port = serve(|_| async {}).await;
    let failure = refused(&net(&[("ip.family", "6")]), format!("ws://127.0.0.1:{port}")).await;
    assert_eq!(failure.error.status, Status::Dns);
    says(&failure, &["option ip.family = 6"]);
    assert!(connect(&net(&[("ip.family", "4")]), &format!("ws://127.0.0.1:{port}")).await.is_ok());
    // Only 127.0.0.1 listens: both families of the name are tried.
    assert!(connect(&net(&[]), &format!("ws://localhost:{port}")).await.is_ok());
    assert!(connect(&net(&[("ip.family", "4")]), &format!("ws://localhost:{port}")).await.is_ok());
}

#[tokio::test]
async fn ipv6() {
    let served = serve_at("[::1]:0", |stream| async {
        let _ = tokio_tungstenite::accept_async(stream).await;
    });
    let Ok(port) = served.await else {
        println!("SKIPPED ipv6: this machine has no ::1");
        return;
    };
    assert!(ws::open(&net(&[]), &dial(format!("ws://[::1]:{port}/"))).await.is_ok());
    assert!(ws::open(&net(&[("ip.family", "6")]), &dial(format!("ws://[::1]:{port}/"))).await.is_ok());
    let failure = refused(&net(&[("ip.family", "4")]), format!("ws://[::1]:{port}/")).await;
    assert_eq!(failure.error.status, Status::Dns);
}

#[tokio::test]
async fn a_listener_that_never_answers() {
    let port = serve(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let net = net(&[("handshake.timeout_ms", "60")]);
    for scheme in ["ws", "wss"] {
        let failure = refused(&net, format!("{scheme}://127.0.0.1:{port}/")).await;
        assert_eq!(failure.error.status, Status::HandshakeTimeout, "{scheme}");
        says(&failure, &["0.06 s", "option handshake.timeout_ms"]);
    }
    let connected = connect(&net, &format!("wss://127.0.0.1:{port}")).await;
    assert_eq!(connected.expect_err("no TLS").error.status, Status::HandshakeTimeout);
}

#[tokio::test]
async fn an_address_that_never_answers() {
    // A listener whose backlog is full drops what knocks, which looks like a host that is not there.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut held = Vec::new();
    let net = net(&[("connect.timeout_ms", "300")]);
    let url = format!("ws://{address}/");
    for _ in 0..8 {
        match connect(&net, &url).await {
            Ok(stream) => held.push(stream),
            Err(failure) => {
                assert_eq!(failure.error.status, Status::ConnectTimeout);
                says(&failure, &["did not answer within 0.3 s", "option connect.timeout_ms"]);
                return;
            }
        }
    }
    println!("SKIPPED an_address_that_never_answers: the backlog of this machine does not fill up");
}

#[tokio::test]
async fn refusals_keep_their_status_their_body_and_their_wait() {
    for (status, expected) in [
        ("400 Bad Request", Status::Rejected),
        ("401 Unauthorized", Status::Unauthorized),
        ("403 Forbidden", Status::Forbidden),
        ("404 Not Found", Status::HttpNotFound),
        ("409 Conflict", Status::Conflict),
        ("502 Bad Gateway", Status::ServerError),
        ("418 Teapot", Status::Http),
        ("200 OK", Status::Protocol),
    ] {
        let port = answer(format!("HTTP/1.1 {status}\r\nContent-Length: 11\r\n\r\nnot so, sir")).await;
        let failure = refused(&net(&[]), format!("ws://127.0.0.1:{port}/")).await;
        assert_eq!(failure.error.status, expected, "{status}");
        assert_eq!(failure.http_status.to_string(), status[..3]);
        assert_eq!((failure.reason.as_str(), failure.retry_after, failure.close_code), ("not so, sir", None, 0));
        says(&failure, &[&status[..3]]);
    }
    let port = answer("HTTP/1.1 429 Too Many\r\nRetry-After: 12\r\nContent-Length: 0\r\n\r\n").await;
    let failure = refused(&net(&[]), format!("ws://127.0.0.1:{port}/")).await;
    assert_eq!((failure.error.status, failure.retry_after), (Status::RateLimited, Some(12_000_000_000)));
}

#[tokio::test]
async fn a_refusal_in_pieces_is_read_to_its_end() {
    let port = serve(|mut stream| async move {
        head(&mut stream).await;
        stream.set_nodelay(true).unwrap();
        let pieces: [&[u8]; 4] = [
            b"HTTP/1.1 401 No\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"5\r\ntoken",
            b"\r\n8\r\n expired\r\n",
            b"0\r\n\r\n",
        ];
        for piece in pieces {
            stream.write_all(piece).await.unwrap();
            tokio::task::yield_now().await;
        }
        // Kept open: the end must be known from the content.
        std::future::pending::<()>().await;
    })
    .await;
    let failure = refused(&net(&[]), format!("ws://127.0.0.1:{port}/")).await;
    assert_eq!((failure.http_status, failure.reason.as_str()), (401, "token expired"));
    let long = "x".repeat(10_000);
    let port = answer(format!("HTTP/1.1 500 No\r\nContent-Length: 10000\r\n\r\n{long}")).await;
    assert_eq!(refused(&net(&[]), format!("ws://127.0.0.1:{port}/")).await.reason.len(), 4096);
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let port = answer("HTTP/1.1 302 Found\r\nLocation: https://login.example/in?key=secret\r\n\r\n").await;
    let failure = refused(&net(&[]), format!("ws://127.0.0.1:{port}/")).await;
    assert_eq!((failure.error.status, failure.http_status), (Status::Redirect, 302));
    says(&failure, &["redirects to https://login.example, which is not followed", "set option url"]);
    assert!(!failure.error.text.contains("secret"));
}

#[tokio::test]
async fn answers_that_are_no_upgrade() {
    let port = answer("SSH-2.0-OpenSSH_9\r\n\r\n").await;
    let failure = refused(&net(&[]), format!("ws://127.0.0.1:{port}/")).await;
    assert_eq!(failure.error.status, Status::Protocol);
    says(&failure, &["does not answer the upgrade in HTTP"]);
    let port = answer(
        "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: no\r\n\r\n",
    )
    .await;
    let failure = refused(&net(&[]), format!("ws://127.0.0.1:{port}/")).await;
    assert_eq!(failure.error.status, Status::Protocol);
    says(&failure, &["answered the WebSocket upgrade wrongly"]);
    let port = answer("").await;
    let failure = refused(&net(&[]), format!("ws://127.0.0.1:{port}/")).await;
    assert_eq!(failure.error.status, Status::ConnectionLost);
    says(&failure, &["during the WebSocket upgrade"]);
}
