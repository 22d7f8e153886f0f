//! HTTP calls.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parlor::model::Status;
use parlor::protocol::Method;
use parlor::transport::http::Client;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::kit::{answer, call, closed_port, head, net, says, serve};

/// A server that tells every head it has read and answers with what `reply` makes of it, or hangs up; connections are
/// kept alive.
async fn scripted(reply: impl Fn(usize, &str) -> Option<String> + Send + Sync + 'static) -> (u16, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let reply = Arc::new(reply);
    let counted = count.clone();
    let port = serve(move |mut stream| {
        let (count, reply) = (counted.clone(), reply.clone());
        async move {
            loop {
                let asked = head(&mut stream).await;
                if asked.is_empty() {
                    return;
                }
                let length = asked.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
                let mut body = vec![0; length.parse().unwrap()];
                stream.read_exact(&mut body).await.unwrap();
                let Some(answer) = reply(count.fetch_add(1, Ordering::SeqCst), &asked) else { return };
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        }
    })
    .await;
    (port, count)
}

const OK: &str = "HTTP/1.1 200 OK\r\nX-Mark: 1\r\nContent-Length: 2\r\n\r\nok";

#[tokio::test]
async fn calls_carry_headers_and_body() {
    let port = serve(|mut stream| async move {
        let asked = head(&mut stream).await;
        let mut body = [0; 7];
        stream.read_exact(&mut body).await.unwrap();
        let told = format!("{asked}{}", String::from_utf8_lossy(&body));
        let answer = format!("HTTP/1.1 201 Created\r\nX-MARK: a\r\nContent-Length: {}\r\n\r\n{told}", told.len());
        stream.write_all(answer.as_bytes()).await.unwrap();
    })
    .await;
    let client = Client::new(&net(&[("headers", r#"{"X-Host":"h"}"#)]));
    let mut call = call(Method::Post, format!("http://127.0.0.1:{port}/v1/chat?x=1"));
    call.headers = vec![("Content-Type".into(), "application/json".into())];
    call.body = b"{\"a\":1}".to_vec();
    let answer = client.call(&call).await.unwrap();
    assert_eq!((answer.status, answer.borrow().header("x-mark")), (201, "a"));
    let told = String::from_utf8(answer.body).unwrap();
    for part in [
        "POST /v1/chat?x=1 HTTP/1.1",
        "x-host: h",
        "content-type: application/json",
        "user-agent: parlor/",
        "{\"a\":1}",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert!(!told.to_lowercase().contains("accept-encoding"), "{told}");
}

#[tokio::test]
async fn every_status_is_an_answer() {
    for status in [204, 304, 400, 401, 404, 429, 500, 503] {
        let port = answer(format!("HTTP/1.1 {status} x\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n")).await;
        let client = Client::new(&net(&[]));
        let answer = client.call(&call(Method::Get, format!("http://127.0.0.1:{port}/"))).await.unwrap();
        assert_eq!((answer.status, answer.borrow().header("retry-after")), (status, "3"));
    }
}

#[tokio::test]
async fn connections_are_used_again() {
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = connections.clone();
    let port = serve(move |mut stream| {
        counted.fetch_add(1, Ordering::SeqCst);
        async move {
            while !head(&mut stream).await.is_empty() {
                stream.write_all(OK.as_bytes()).await.unwrap();
            }
        }
    })
    .await;
    let client = Client::new(&net(&[]));
    for _ in 0..5 {
        client.call(&call(Method::Get, format!("http://127.0.0.1:{port}/"))).await.unwrap();
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_post_is_never_sent_twice() {
    // The first call is answered, on the second the connection dies after the request was read.
    for (method, idempotent, asked) in [(Method::Post, false, 2), (Method::Get, false, 2), (Method::Put, true, 3)] {
        let (port, count) = scripted(|i, _| (i != 1).then(|| OK.to_owned())).await;
        let client = Client::new(&net(&[]));
        let mut call = call(method, format!("http://127.0.0.1:{port}/"));
        call.idempotent = idempotent;
        call.body = if method == Method::Get { Vec::new() } else { b"body".to_vec() };
        client.call(&call).await.unwrap();
        let second = client.call(&call).await;
        assert_eq!(count.load(Ordering::SeqCst), asked, "{method:?}");
        match second {
            Ok(answer) => assert!(idempotent && answer.status == 200),
            Err(failure) => {
                assert!(!idempotent);
                assert_eq!(failure.error.status, Status::ConnectionLost, "{}", failure.error.text);
            }
        }
    }
    // What keeps failing is tried twice and no more.
    let (port, count) = scripted(|_, _| None).await;
    let mut call = call(Method::Get, format!("http://127.0.0.1:{port}/"));
    call.idempotent = true;
    let failure = Client::new(&net(&[])).call(&call).await.expect_err("never answered");
    assert_eq!((failure.error.status, count.load(Ordering::SeqCst)), (Status::ConnectionLost, 2));
}

#[tokio::test]
async fn redirects_within_the_origin_keep_the_method() {
    let (port, count) = scripted(|_, asked| {
        Some(if asked.contains(" /old") {
            "HTTP/1.1 307 Moved\r\nLocation: /new?x=1\r\nContent-Length: 0\r\n\r\n".to_owned()
        } else {
            assert!(asked.starts_with("POST /new?x=1 "), "{asked}");
            assert!(asked.contains("authorization: Bearer t"), "{asked}");
            OK.to_owned()
        })
    })
    .await;
    let client = Client::new(&net(&[]));
    let mut post = call(Method::Post, format!("http://127.0.0.1:{port}/old"));
    post.headers = vec![("Authorization".into(), "Bearer t".into())];
    assert_eq!(client.call(&post).await.unwrap().status, 200);
    assert_eq!(count.load(Ordering::SeqCst), 2);
    // A 302 would turn the POST into a GET, and the deed would be left undone in silence.
    let (port, count) =
        scripted(|_, _| Some("HTTP/1.1 302 x\r\nLocation: /new\r\nContent-Length: 0\r\n\r\n".to_owned())).await;
    let failure =
        client.call(&call(Method::Post, format!("http://127.0.0.1:{port}/"))).await.expect_err("not followed");
    assert_eq!((failure.error.status, failure.http_status), (Status::Redirect, 302));
    assert_eq!(count.load(Ordering::SeqCst), 1);
    // A GET follows it, but not in circles for ever.
    let failure = client.call(&call(Method::Get, format!("http://127.0.0.1:{port}/"))).await.expect_err("circles");
    assert_eq!(failure.error.status, Status::Redirect);
    says(&failure, &["in circles"]);
    assert_eq!(count.load(Ordering::SeqCst), 7);
}

#[tokio::test]
async fn redirects_never_carry_a_credential_elsewhere() {
    let (elsewhere, leaked) = scripted(|_, _| Some(OK.to_owned())).await;
    let location = format!("http://localhost:{elsewhere}/steal?key=secret");
    let (port, _) =
        scripted(move |_, _| Some(format!("HTTP/1.1 307 x\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n")))
            .await;
    let client = Client::new(&net(&[("headers", r#"{"Authorization":"Bearer t"}"#)]));
    let failure = client.call(&call(Method::Get, format!("http://127.0.0.1:{port}/"))).await.expect_err("not followed");
    assert_eq!((failure.error.status, failure.http_status), (Status::Redirect, 307));
    says(&failure, &[&format!("redirects to http://localhost:{elsewhere}, which is not followed")]);
    assert!(!failure.error.text.contains("secret"));
    assert_eq!(leaked.load(Ordering::SeqCst), 0, "nothing was sent there");
}

#[tokio::test]
async fn bodies_are_bounded_and_times_too() {
    let client = Client::new(&net(&[("frame.max_bytes", "1024"), ("request.timeout_ms", "80")]));
    let big = "x".repeat(2000);
    for head in [format!("Content-Length: {}\r\n\r\n", big.len()), "Connection: close\r\n\r\n".to_owned()] {
        let port = answer(format!("HTTP/1.1 200 OK\r\n{head}{big}")).await;
        let failure = client.call(&call(Method::Get, format!("http://127.0.0.1:{port}/"))).await.expect_err("too big");
        assert_eq!(failure.error.status, Status::TooBig);
        says(&failure, &["option frame.max_bytes allows 1024"]);
    }
    let port = serve(|mut stream| async move {
        head(&mut stream).await;
        std::future::pending::<()>().await;
    })
    .await;
    let failure = client.call(&call(Method::Get, format!("http://127.0.0.1:{port}/"))).await.expect_err("late");
    assert_eq!(failure.error.status, Status::Timeout);
    says(&failure, &["within 0.08 s"]);
    let mut own = call(Method::Get, format!("http://127.0.0.1:{port}/"));
    own.timeout = Some(parlor::model::millis(20));
    says(&client.call(&own).await.expect_err("late"), &["within 0.02 s"]);
}

#[tokio::test]
async fn calls_that_find_nobody() {
    let client = Client::new(&net(&[]));
    let port = closed_port().await;
    let refused = client.call(&call(Method::Get, format!("http://127.0.0.1:{port}/?key=secret"))).await.expect_err("x");
    assert_eq!(refused.error.status, Status::Refused, "{}", refused.error.text);
    assert!(!refused.error.text.contains("secret"));
    let unknown = client.call(&call(Method::Get, "http://no-such-host.invalid/")).await.expect_err("x");
    assert_eq!(unknown.error.status, Status::Dns, "{}", unknown.error.text);
    let port = answer("SSH-2.0-OpenSSH_9\r\n").await;
    let garbage = client.call(&call(Method::Get, format!("http://127.0.0.1:{port}/"))).await.expect_err("x");
    assert_eq!(garbage.error.status, Status::Protocol, "{}", garbage.error.text);
    let port = answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort").await;
    let cut = client.call(&call(Method::Get, format!("http://127.0.0.1:{port}/"))).await.expect_err("x");
    assert_eq!(cut.error.status, Status::ConnectionLost, "{}", cut.error.text);
}
