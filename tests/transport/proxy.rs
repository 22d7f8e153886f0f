//! Proxies: CONNECT and SOCKS 5, with and without a user.

use parlor::model::Status;
use parlor::protocol::Method;
use parlor::transport::{http, ws};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::kit::{answer, call, closed_port, dial, head, net, refused, says, serve};

/// A WebSocket server to be reached through a proxy.
async fn service() -> u16 {
    serve(|stream| async move {
        let _ = tokio_tungstenite::accept_async(stream).await;
    })
    .await
}

/// A CONNECT proxy that wants `me:pw` and leads to where it is asked to; it tells what it was asked.
pub(crate) async fn connect_proxy() -> (u16, UnboundedReceiver<String>) {
    let (tell, told) = unbounded_channel();
    let port = serve(move |mut stream| {
        let tell = tell.clone();
        async move {
            let asked = head(&mut stream).await;
            let line = asked.lines().next().unwrap_or("").to_owned();
            tell.send(line.clone()).unwrap();
            // "me:pw" in base64.
            if !asked.contains("Proxy-Authorization: Basic bWU6cHc=")
                && !asked.contains("proxy-authorization: Basic bWU6cHc=")
            {
                let _ = stream.write_all(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n").await;
                return;
            }
            match line.split(' ').nth(1).map(TcpStream::connect) {
                Some(onward) if line.starts_with("CONNECT ") => match onward.await {
                    Ok(mut onward) => {
                        stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await.unwrap();
                        let _ = copy_bidirectional(&mut stream, &mut onward).await;
                    }
                    Err(_) => stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\n\r\n").await.unwrap(),
                },
                _ => stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nproxy").await.unwrap(),
            }
        }
    })
    .await;
    (port, told)
}

/// A SOCKS 5 proxy; with `user`, it wants `me`/`pw`. It tells the address that it was asked for.
async fn socks_proxy(user: bool) -> (u16, UnboundedReceiver<String>) {
    let (tell, told) = unbounded_channel();
    let port = serve(move |mut stream| {
        let tell = tell.clone();
        async move {
            let count = (stream.read_u16().await.unwrap() & 0xff) as usize;
            let mut methods = vec![0; count];
            stream.read_exact(&mut methods).await.unwrap();
            let wanted = if user { 2 } else { 0 };
            if !methods.contains(&wanted) {
                stream.write_all(&[5, 0xff]).await.unwrap();
                return;
            }
            stream.write_all(&[5, wanted]).await.unwrap();
            if user {
                let mut login = [0; 7];
                stream.read_exact(&mut login).await.unwrap();
                let good = login == *b"\x01\x02me\x02pw";
                stream.write_all(&[1, u8::from(!good)]).await.unwrap();
                if !good {
                    return;
                }
            }
            let mut begin = [0; 4];
            stream.read_exact(&mut begin).await.unwrap();
            let host = if begin[3] == 3 {
                let mut name = vec![0; stream.read_u8().await.unwrap().into()];
                stream.read_exact(&mut name).await.unwrap();
                String::from_utf8(name).unwrap()
            } else {
                std::net::Ipv4Addr::from(stream.read_u32().await.unwrap()).to_string()
            };
            let port = stream.read_u16().await.unwrap();
            tell.send(format!("{host}:{port}")).unwrap();
            let onward = TcpStream::connect((host.as_str(), port)).await;
            let code = u8::from(onward.is_err()) * 5;
            stream.write_all(&[5, code, 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
            if let Ok(mut onward) = onward {
                let _ = copy_bidirectional(&mut stream, &mut onward).await;
            }
        }
    })
    .await;
    (port, told)
}

#[tokio::test]
async fn through_connect() {
    let service = service().await;
    let (proxy, mut told) = connect_proxy().await;
    let with_user = net(&[("proxy", &format!("http://me:pw@127.0.0.1:{proxy}"))]);
    assert!(ws::open(&with_user, &dial(format!("ws://localhost:{service}/"))).await.is_ok());
    assert_eq!(told.recv().await.unwrap(), format!("CONNECT localhost:{service} HTTP/1.1"));

    let failure =
        refused(&net(&[("proxy", &format!("http://127.0.0.1:{proxy}"))]), format!("ws://localhost:{service}/")).await;
    assert_eq!(failure.error.status, Status::Proxy);
    says(&failure, &["wants a user and a password", "option proxy"]);

    let closed = closed_port().await;
    let failure = refused(&with_user, format!("ws://127.0.0.1:{closed}/")).await;
    assert_eq!(failure.error.status, Status::Proxy);
    says(&failure, &["did not connect to"]);
    assert!(!failure.error.text.contains("pw"));

    let failure = refused(&net(&[("proxy", &format!("http://127.0.0.1:{closed}"))]), "ws://localhost:1/").await;
    assert_eq!(failure.error.status, Status::Proxy);
    says(&failure, &["the proxy", "can not be reached", "refuses connections"]);
}

#[tokio::test]
async fn a_proxy_that_never_answers() {
    let port = serve(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let net = net(&[("proxy", &format!("http://127.0.0.1:{port}")), ("connect.timeout_ms", "60")]);
    let failure = refused(&net, "ws://localhost:1/").await;
    assert_eq!(failure.error.status, Status::Proxy);
    says(&failure, &["option connect.timeout_ms"]);
}

#[tokio::test]
async fn through_socks() {
    let service = service().await;
    for (user, scheme, asked) in
        [("", "socks5", "127.0.0.1"), ("", "socks5h", "localhost"), ("me:pw@", "socks5h", "localhost")]
    {
        let (proxy, mut told) = socks_proxy(!user.is_empty()).await;
        let net = net(&[("proxy", &format!("{scheme}://{user}127.0.0.1:{proxy}")), ("ip.family", "4")]);
        assert!(ws::open(&net, &dial(format!("ws://localhost:{service}/"))).await.is_ok(), "{scheme} {user}");
        assert_eq!(told.recv().await.unwrap(), format!("{asked}:{service}"));
    }
    let (proxy, _told) = socks_proxy(true).await;
    for user in ["me:no@", ""] {
        let net = net(&[("proxy", &format!("socks5h://{user}127.0.0.1:{proxy}"))]);
        let failure = refused(&net, format!("ws://localhost:{service}/")).await;
        assert_eq!(failure.error.status, Status::Proxy, "{}", failure.error.text);
    }
}

#[tokio::test]
async fn http_calls_go_the_same_way() {
    let service = answer("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ndirect").await;
    let url = format!("http://127.0.0.1:{service}/x");
    let (proxy, mut told) = connect_proxy().await;
    let client = http::Client::new(&net(&[("proxy", &format!("http://me:pw@127.0.0.1:{proxy}"))]));
    // Plain HTTP is asked of the proxy itself, in absolute form.
    assert_eq!(client.call(&call(Method::Get, &url)).await.unwrap().body, b"proxy");
    assert_eq!(told.recv().await.unwrap(), format!("GET {url} HTTP/1.1"));
    let (proxy, mut told) = socks_proxy(true).await;
    let client = http::Client::new(&net(&[("proxy", &format!("socks5://me:pw@127.0.0.1:{proxy}"))]));
    assert_eq!(client.call(&call(Method::Get, &url)).await.unwrap().body, b"direct");
    assert_eq!(told.recv().await.unwrap(), format!("127.0.0.1:{service}"));
    let closed = closed_port().await;
    let client = http::Client::new(&net(&[("proxy", &format!("http://127.0.0.1:{closed}"))]));
    let failure = client.call(&call(Method::Get, &url)).await.expect_err("no proxy there");
    assert_eq!(failure.error.status, Status::Proxy, "{}", failure.error.text);
}

#[test]
fn from_the_environment() {
    // The environment belongs to the whole process, so the asking is done in a process of its own: this test again.
    if let Ok(service) = std::env::var("PARLOR_TEST_SERVICE") {
        let asked = async {
            let mut options = parlor::model::Options::default();
            options.set_named("ip.family", "4").unwrap();
            let net = parlor::transport::net::NetConfig::from_options(&options).unwrap();
            assert!(ws::open(&net, &dial(format!("ws://localhost:{service}/"))).await.is_ok());
            assert!(ws::open(&net, &dial(format!("ws://127.0.0.1:{service}/"))).await.is_ok());
        };
        return tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(asked);
    }
    let run = async {
        let service = service().await;
        let (proxy, mut told) = connect_proxy().await;
        let child = tokio::task::spawn_blocking(move || {
            std::process::Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "proxy::from_the_environment"])
                .env("PARLOR_TEST_SERVICE", service.to_string())
                .env("HTTP_PROXY", format!("http://me:pw@127.0.0.1:{proxy}"))
                .env("NO_PROXY", "127.0.0.0/8")
                .env_remove("REQUEST_METHOD")
                .output()
                .unwrap()
        });
        let child = child.await.unwrap();
        assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
        assert_eq!(told.recv().await.unwrap(), format!("CONNECT localhost:{service} HTTP/1.1"));
        assert!(told.try_recv().is_err(), "NO_PROXY goes past it");
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(run);
}
