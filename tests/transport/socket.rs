//! An open socket: messages, limits, stalls and ends.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use parlor::model::Status;
use parlor::protocol::Failure;
use parlor::transport::ws::{self, Message, OUT_MAX, Socket};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::kit::{Seen, dial, end, net, next, serve};

/// Opens a socket to a server that goes on with `then`.
async fn open<F, W>(options: &[(&str, &str)], then: F) -> Socket
where
    F: Fn(WebSocketStream<TcpStream>) -> W + Send + Sync + Clone + 'static,
    W: Future<Output = ()> + Send + 'static,
{
    let port = serve(move |stream| {
        let then = then.clone();
        async move { then(tokio_tungstenite::accept_async(stream).await.unwrap()).await }
    })
    .await;
    ws::open(&net(options), &dial(format!("ws://127.0.0.1:{port}/"))).await.unwrap()
}

/// A server that sends raw bytes once the upgrade is done, then holds the connection.
async fn raw(bytes: &'static [u8]) -> Failure {
    let mut socket = open(&[("frame.max_bytes", "1024")], move |mut server| async move {
        server.get_mut().write_all(bytes).await.unwrap();
        std::future::pending::<()>().await;
    })
    .await;
    end(&mut socket).await
}

/// A ping of 126 bytes, one more than a control frame may hold.
const LONG_PING: &[u8] = &{
    let mut frame = [0; 130];
    (frame[0], frame[1], frame[3]) = (0x89, 126, 126);
    frame
};

fn close(code: u16, reason: &str) -> Message {
    Message::Close(Some(CloseFrame { code: code.into(), reason: reason.into() }))
}

#[tokio::test]
async fn messages_travel_both_ways_in_order() {
    let mut socket = open(&[], |mut server| async move {
        while let Some(Ok(message)) = server.next().await {
            if message.is_text() || message.is_binary() {
                server.send(message).await.unwrap();
            }
        }
    })
    .await;
    for i in 0..100 {
        socket.queue(Message::text(format!("message {i}"))).unwrap();
    }
    socket.queue(Message::binary(vec![7; 300_000])).unwrap();
    assert!(socket.bytes_queued() > 300_000);
    for i in 0..100 {
        match next(&mut socket).await {
            Some(Seen::Text(text)) => assert_eq!(text.as_str(), format!("message {i}")),
            other => panic!("{other:?}"),
        }
    }
    match next(&mut socket).await {
        Some(Seen::Binary(data)) => assert_eq!(data.len(), 300_000),
        other => panic!("{other:?}"),
    }
    assert_eq!(socket.bytes_queued(), 0);
    assert!(socket.bytes_received() > 300_000);
    socket.ping();
    assert!(matches!(next(&mut socket).await, Some(Seen::Other)), "the pong is seen");
    socket.start_close(1000, "bye");
    assert_eq!(socket.queue(Message::text("late")).expect_err("closing").error.status, Status::WrongState);
    let failure = end(&mut socket).await;
    assert_eq!(
        (failure.error.status, failure.close_code, failure.reason.as_str()),
        (Status::ServiceClosed, 1000, "bye")
    );
}

#[tokio::test]
async fn a_ping_is_answered_before_its_owner_goes_on() {
    let (tell, told) = tokio::sync::oneshot::channel();
    let tell = std::sync::Arc::new(parking_lot::Mutex::new(Some(tell)));
    let mut socket = open(&[], move |mut server| {
        let tell = tell.lock().take();
        async move {
            server.send(Message::Ping("mark".into())).await.unwrap();
            let pong = server.next().await.unwrap().unwrap();
            tell.unwrap().send(pong).unwrap();
        }
    })
    .await;
    // Only read, and only once; nothing else is polled after it.
    assert!(matches!(
        poll_fn(|cx| socket.poll_next(cx).map(|incoming| incoming.map(Seen::from))).await,
        Some(Seen::Other)
    ));
    let pong = tokio::time::timeout(Duration::from_secs(10), told).await.expect("answered").unwrap();
    assert_eq!(pong, Message::Pong("mark".into()));
}

#[tokio::test]
async fn reading_goes_on_while_writing_is_stalled() {
    // The server writes and never reads.
    let mut socket = open(&[], |mut server| async move {
        for i in 0..200 {
            server.send(Message::text(format!("{i}"))).await.unwrap();
        }
        std::future::pending::<()>().await;
    })
    .await;
    socket.queue(Message::binary(vec![0; OUT_MAX - 10])).unwrap();
    let stalled = poll_fn(|cx| Poll::Ready(socket.poll_flush(cx).is_pending())).await;
    assert!(stalled, "24 MiB must not fit into the kernel");
    for i in 0..200 {
        match next(&mut socket).await {
            Some(Seen::Text(text)) => assert_eq!(text.as_str(), i.to_string()),
            other => panic!("{other:?}"),
        }
    }
    // What waits is bounded.
    let mut queued = (0..64).map(|_| socket.queue(Message::binary(vec![0; 1024 * 1024])));
    let failure = queued.find_map(Result::err).expect("full");
    assert_eq!(failure.error.status, Status::QueueFull);
    assert!(socket.bytes_queued() <= OUT_MAX);
    let failure = socket.queue(Message::binary(vec![0; OUT_MAX + 1])).expect_err("too long");
    assert_eq!(failure.error.status, Status::TooBig);
}

#[tokio::test]
async fn close_codes_come_through_and_are_answered() {
    for (code, reason) in [(1000, ""), (1001, "going away"), (1012, "restart"), (4001, "replaced")] {
        let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
        let mut socket = open(&[], move |mut server| {
            let tell = tell.clone();
            async move {
                server.send(Message::text("last words")).await.unwrap();
                server.send(close(code, reason)).await.unwrap();
                while let Some(Ok(message)) = server.next().await {
                    tell.send(message).unwrap();
                }
            }
        })
        .await;
        assert!(matches!(next(&mut socket).await, Some(Seen::Text(_))));
        let failure = end(&mut socket).await;
        assert_eq!((failure.close_code, failure.reason.as_str()), (code, reason));
        assert_eq!(failure.error.status, Status::ServiceClosed);
        assert!(matches!(told.recv().await, Some(Message::Close(Some(frame))) if u16::from(frame.code) == code));
        assert!(next(&mut socket).await.is_none(), "the end stays the end");
    }
    let failure = raw(&[0x88, 0]).await;
    assert_eq!((failure.error.status, failure.close_code), (Status::ServiceClosed, 1005));
}

#[tokio::test]
async fn an_end_without_a_word() {
    let mut socket = open(&[], |server| async move { drop(server) }).await;
    let failure = end(&mut socket).await;
    assert_eq!((failure.error.status, failure.close_code), (Status::ConnectionLost, 1006));
    // A reset: closing with unread bytes in the kernel.
    let mut socket = open(&[], |mut server| async move {
        let mut one = [0; 1];
        server.get_mut().read_exact(&mut one).await.unwrap();
        drop(server);
    })
    .await;
    socket.queue(Message::text("some bytes that are not read")).unwrap();
    let failure = end(&mut socket).await;
    assert_eq!((failure.error.status, failure.close_code), (Status::ConnectionLost, 1006));
}

#[tokio::test]
async fn what_breaks_the_protocol_ends_the_socket() {
    for (bytes, status, code) in [
        // A frame of 2048 bytes, announced only.
        (&[0x82, 126, 8, 0][..], Status::TooBig, 1009),
        (&[0x82, 127, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], Status::TooBig, 1009),
        // A text that is not UTF-8.
        (&[0x81, 2, 0xc3, 0x28], Status::Protocol, 1007),
        // A reserved bit, a masked frame, an unknown opcode, a long ping, a continuation of nothing.
        (&[0xc1, 1, b'x'], Status::Protocol, 1002),
        (&[0x81, 0x81, 1, 2, 3, 4, 5], Status::Protocol, 1002),
        (&[0x83, 0], Status::Protocol, 1002),
        (LONG_PING, Status::Protocol, 1002),
        (&[0x80, 1, b'x'], Status::Protocol, 1002),
    ] {
        let failure = raw(bytes).await;
        assert_eq!((failure.error.status, failure.close_code), (status, code), "{bytes:x?}: {}", failure.error.text);
    }
    // Fragments that are small each and too much together.
    let mut socket = open(&[("frame.max_bytes", "1024")], |mut server| async move {
        let mut bytes = Vec::new();
        for i in 0..3 {
            bytes.extend([if i == 0 { 0x02 } else { 0x00 }, 126, 2, 0]);
            bytes.extend([0; 512]);
        }
        server.get_mut().write_all(&bytes).await.unwrap();
        // The refusal is told to the server as well.
        match server.next().await {
            Some(Ok(Message::Close(Some(frame)))) => assert_eq!(u16::from(frame.code), 1009),
            other => panic!("{other:?}"),
        }
    })
    .await;
    let failure = end(&mut socket).await;
    assert_eq!(failure.error.status, Status::TooBig);
    assert!(failure.error.text.contains("option frame.max_bytes allows 1024"), "{}", failure.error.text);
}

#[tokio::test]
async fn closing_does_not_wait_for_the_other_side_to_hang_up() {
    let mut socket = open(&[], |mut server| async move {
        let _ = server.next().await;
        let _ = server.flush().await;
        // Answered, and kept open.
        std::future::pending::<()>().await;
    })
    .await;
    let long = "é".repeat(100);
    socket.start_close(4000, &long);
    let failure = end(&mut socket).await;
    assert_eq!(failure.close_code, 4000);
    assert_eq!(failure.reason, "é".repeat(61), "cut to 123 bytes, between two characters");
}

#[tokio::test]
async fn a_goodbye_is_heard_while_writing_is_stalled() {
    let mut socket = open(&[], |mut server| async move {
        server.send(close(1013, "overloaded")).await.unwrap();
        // Not a byte is read.
        std::future::pending::<()>().await;
    })
    .await;
    socket.queue(Message::binary(vec![0; OUT_MAX])).unwrap();
    let failure = end(&mut socket).await;
    assert_eq!((failure.close_code, failure.reason.as_str()), (1013, "overloaded"));
}
