//! From a URL to a connected stream: name lookup, TCP, proxy, TLS.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::try_join;
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio_rustls::TlsConnector;
use tower_service::Service;
use url::{Host, Url};

use super::failure;
use super::net::NetConfig;
use super::proxy::Proxy;
use super::resolve::{Resolver, check_literal};
use super::stream::Stream;
use super::tls;
use super::tunnel::through;
use crate::model::{Status, redact_url};
use crate::protocol::Failure;

/// Host and port as they are written together.
pub(super) fn place(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// The other side of a connection, out of a URL.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) url: Url,
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) secure: bool,
}

impl Target {
    /// Takes `ws`, `wss`, `http` and `https` URLs.
    pub(super) fn parse(text: &str) -> Result<Target, Failure> {
        let invalid = |why: String| Failure::new(Status::InvalidArgument, format!("\"{}\" {why}", redact_url(text)));
        let mut url = Url::parse(text).map_err(|error| invalid(format!("is not a URL: {error}")))?;
        url.set_fragment(None);
        let secure = match url.scheme() {
            "ws" | "http" => false,
            "wss" | "https" => true,
            other => return Err(invalid(format!("is a {other} URL; ws, wss, http and https can be dialled"))),
        };
        let host = match url.host() {
            Some(Host::Domain(name)) => name.to_owned(),
            Some(Host::Ipv4(ip)) => ip.to_string(),
            Some(Host::Ipv6(ip)) => ip.to_string(),
            None => return Err(invalid("names no host".to_owned())),
        };
        let port = url.port_or_known_default().unwrap_or(if secure { 443 } else { 80 });
        Ok(Target { url, host, port, secure })
    }

    pub(super) fn place(&self) -> String {
        place(&self.host, self.port)
    }

    /// The host as it stands in a URL.
    pub(super) fn url_host(&self) -> &str {
        self.url.host_str().unwrap_or("")
    }

    /// The proxy for it, if any.
    pub(super) fn proxy(&self, net: &NetConfig) -> Result<Option<Proxy>, Failure> {
        net.proxy.for_target(self.secure, self.url_host()).map_err(failure::of_options)
    }

    /// Scheme, host and port, which is all that may be shown of a URL with credentials in it.
    pub(super) fn origin(url: &Url) -> String {
        url.origin().ascii_serialization()
    }
}

/// Waits for `work` no longer than `limit`.
pub(super) async fn within<T>(
    limit: Option<Duration>,
    work: impl Future<Output = Result<T, Failure>>,
    late: impl FnOnce() -> Failure,
) -> Result<T, Failure> {
    match limit {
        Some(limit) => tokio::time::timeout(limit, work).await.unwrap_or_else(|_| Err(late())),
        None => work.await,
    }
}

fn seconds(limit: Option<Duration>) -> String {
    format!("{} s", limit.unwrap_or_default().as_secs_f64())
}

/// Dials the host of a `ws`, `wss`, `http` or `https` URL: a stream that is ready for the first byte of HTTP.
///
/// # Errors
/// Why it could not be, each with a status of its own.
pub async fn connect(net: &Arc<NetConfig>, url: &str) -> Result<Stream, Failure> {
    let target = Target::parse(url)?;
    let (stream, config) = reach(net, &target).await?;
    within(net.handshake_timeout, secure(stream, config, &target.host, target.port), || handshake_late(net, &target))
        .await
}

/// What is said when TLS or the upgrade takes too long.
pub(super) fn handshake_late(net: &NetConfig, target: &Target) -> Failure {
    let (place, limit) = (target.place(), seconds(net.handshake_timeout));
    Failure::new(
        Status::HandshakeTimeout,
        format!(
            "{place} took the connection but did not complete the handshake within {limit} (option handshake.timeout_ms)"
        ),
    )
}

/// Name lookup, TCP and proxy, while the TLS configuration is built beside them where it is needed.
pub(super) async fn reach(
    net: &Arc<NetConfig>,
    target: &Target,
) -> Result<(Stream, Option<Arc<ClientConfig>>), Failure> {
    let proxy = target.proxy(net)?;
    let via = proxy.as_ref().map(Proxy::place);
    let carried = async {
        match &proxy {
            None => tcp(net, &target.host, target.port).await,
            Some(proxy) => through(net, proxy, target).await,
        }
    };
    let late = || {
        let (place, limit) = (target.place(), seconds(net.connect_timeout));
        match &via {
            Some(via) => Failure::new(
                Status::Proxy,
                format!("the proxy {via} did not connect to {place} within {limit} (option connect.timeout_ms)"),
            ),
            None => Failure::new(
                Status::ConnectTimeout,
                format!("{place} did not answer within {limit} (option connect.timeout_ms)"),
            ),
        }
    };
    let carried = within(net.connect_timeout, carried, late);
    if !target.secure {
        return Ok((carried.await?, None));
    }
    let config = async { tls::config(net).await.map_err(failure::of_options) };
    let (stream, config) = try_join(carried, config).await?;
    Ok((stream, Some(config)))
}

/// TLS over a stream, where there is a configuration for it.
pub(super) async fn secure(
    stream: Stream,
    config: Option<Arc<ClientConfig>>,
    host: &str,
    port: u16,
) -> Result<Stream, Failure> {
    let Some(config) = config else { return Ok(stream) };
    let name = ServerName::try_from(host.to_owned()).map_err(|error| {
        Failure::new(Status::InvalidArgument, format!("\"{host}\" can not be in a certificate: {error}"))
    })?;
    match TlsConnector::from(config).connect(name, stream).await {
        Ok(tls) => Ok(Stream::tls(tls)),
        Err(error) => {
            let mut failure = failure::of_error(&error, &place(host, port));
            if failure.error.status == Status::ConnectionLost {
                failure.error.status = Status::Tls;
                failure.error.text = format!("tls: {} during the TLS handshake", failure.error.text);
            }
            Err(failure)
        }
    }
}

/// TCP to a host, IPv4 and IPv6 raced against each other.
pub(super) async fn tcp(net: &NetConfig, host: &str, port: u16) -> Result<Stream, Failure> {
    let at = place(host, port);
    check_literal(net.family, host).map_err(|error| failure::of_error(&error, &at))?;
    let mut connector = HttpConnector::new_with_resolver(Resolver { family: net.family });
    connector.set_nodelay(true);
    let uri = format!("http://{at}/")
        .parse()
        .map_err(|error| Failure::new(Status::InvalidArgument, format!("\"{at}\" can not be dialled: {error}")))?;
    match connector.call(uri).await {
        Ok(io) => Ok(Stream::plain(io.into_inner())),
        Err(error) => Err(failure::of_error(&error, &at)),
    }
}

#[cfg(test)]
mod tests {
    use super::{connect, place};
    use crate::model::Options;
    use crate::transport::net::NetConfig;

    #[test]
    fn a_place_can_be_read_back() {
        assert_eq!(place("host", 80), "host:80");
        assert_eq!(place("::1", 443), "[::1]:443");
    }

    #[tokio::test]
    async fn small_messages_are_not_held_back() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let mut options = Options::default();
        options.set_named("proxy", "none").expect("a proxy");
        let net = NetConfig::from_options(&options).expect("valid");
        let url = format!("ws://{}", listener.local_addr().expect("an address"));
        assert!(connect(&net, &url).await.expect("connected").is_prompt());
    }
}
