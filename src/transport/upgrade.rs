//! The WebSocket upgrade over a dialled stream.

use std::sync::Arc;

use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::{CapacityError, Error as WsError, ProtocolError};
use tokio_tungstenite::tungstenite::handshake::client::Response;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use super::dial::{Target, handshake_late, reach, secure, within};
use super::failure;
use super::net::NetConfig;
use super::refusal;
use super::stream::Stream;
use super::tap::Tap;
use super::ws::OUT_MAX;
use crate::model::Status;
use crate::protocol::{Dial, Failure};

/// The library's own buffers of each socket. Only what is not read past it goes through the first one, which is allocated
/// at once and touched in full by its first read.
const BUFFER: usize = 4 * 1024;

/// Dials, and asks for the upgrade.
pub(super) async fn upgrade(net: &Arc<NetConfig>, dial: &Dial) -> Result<(WebSocketStream<Tap>, Response), Failure> {
    let target = Target::parse(&dial.url)?;
    let headers = net.merge(&dial.headers).map_err(failure::of_options)?;
    let mut request = target.url.as_str().into_client_request().map_err(|error| of_handshake(&error, &target))?;
    request.headers_mut().extend(headers);
    let (stream, config) = reach(net, &target).await?;
    let handshake = async {
        let stream = secure(stream, config, &target.host, target.port).await?;
        ask(net, request, stream, &target).await
    };
    within(net.handshake_timeout, handshake, || handshake_late(net, &target)).await
}

async fn ask(
    net: &NetConfig,
    request: ::http::Request<()>,
    stream: Stream,
    target: &Target,
) -> Result<(WebSocketStream<Tap>, Response), Failure> {
    let config = WebSocketConfig::default()
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .max_write_buffer_size(2 * OUT_MAX)
        .max_message_size(Some(net.frame_max))
        .max_frame_size(Some(net.frame_max));
    let (tap, back) = Tap::new(stream);
    match tokio_tungstenite::client_async_with_config(request, tap, Some(config)).await {
        Ok((mut socket, response)) => {
            socket.get_mut().keep();
            Ok((socket, response))
        }
        Err(WsError::Http(response)) => {
            let stream = back.lock().take();
            Err(refusal::of_response(*response, stream, target).await)
        }
        Err(error) => Err(of_handshake(&error, target)),
    }
}

fn of_handshake(error: &WsError, target: &Target) -> Failure {
    let place = target.place();
    match error {
        WsError::Io(error) => failure::of_error(error, &place),
        WsError::Protocol(ProtocolError::HandshakeIncomplete) => {
            Failure::new(Status::ConnectionLost, format!("{place} ended the connection during the WebSocket upgrade"))
        }
        WsError::Protocol(ProtocolError::HttparseError(_)) | WsError::Capacity(CapacityError::TooManyHeaders) => {
            Failure::new(
                Status::Protocol,
                format!("{place} does not answer the upgrade in HTTP ({error}); is the service there?"),
            )
        }
        WsError::Url(_) | WsError::HttpFormat(_) => {
            Failure::new(Status::InvalidArgument, format!("{place} can not be dialled: {error}"))
        }
        _ => Failure::new(Status::Protocol, format!("{place} answered the WebSocket upgrade wrongly: {error}")),
    }
}
