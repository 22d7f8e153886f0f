//! From a URL to a connected stream: name lookup, TCP, proxy, TLS.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::try_join;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio_rustls::TlsConnector;
use tower_service::Service;
use url::{Host, Url};

use super::failure;
use super::net::NetConfig;
use super::proxy::{Kind, Proxy};
use super::resolve::{Resolver, check_literal};
use super::stream::Stream;
use super::tls;
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
async fn tcp(net: &NetConfig, host: &str, port: u16) -> Result<Stream, Failure> {
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

/// Through a proxy.
async fn through(net: &Arc<NetConfig>, proxy: &Proxy, target: &Target) -> Result<Stream, Failure> {
    let mut host = target.url_host().to_owned();
    if proxy.kind == Kind::Socks5 && target.host.parse::<std::net::IpAddr>().is_err() {
        // The proxy wants an address. Looked up here, off the thread, since the SOCKS code would block on it.
        let found = Resolver { family: net.family }.lookup(target.host.clone()).await;
        let found = found.map_err(|error| failure::of_error(&error, &target.place()))?;
        if let Some(first) = found.first() {
            host = match first.ip() {
                std::net::IpAddr::V4(ip) => ip.to_string(),
                std::net::IpAddr::V6(ip) => format!("[{ip}]"),
            };
        }
    }
    let port = target.port;
    let wrong = |error: &dyn std::fmt::Display| {
        Failure::new(Status::InvalidArgument, format!("{host}:{port} can not be asked of a proxy: {error}"))
    };
    let aim = format!("http://{host}:{port}/").parse().map_err(|error| wrong(&error))?;
    let proxy_uri = format!("http://{}/", proxy.place()).parse().map_err(|error| wrong(&error))?;
    let hop = Hop { net: net.clone(), host: proxy.host.clone(), port: proxy.port, tls: proxy.kind == Kind::Https };
    let reached: Result<TokioIo<Stream>, Failure> = match proxy.kind {
        Kind::Http | Kind::Https => {
            let mut tunnel = Tunnel::new(proxy_uri, hop);
            if let Some(basic) = proxy.basic() {
                tunnel = tunnel.with_auth(basic.clone());
            }
            tunnel.call(aim).await.map_err(|error| proxy_failure(&error, proxy, target))
        }
        Kind::Socks5 | Kind::Socks5h => {
            let mut socks = SocksV5::new(proxy_uri, hop);
            if let Some((user, password)) = proxy.user() {
                socks = socks.with_auth(user.to_owned(), password.to_owned());
            }
            socks.call(aim).await.map_err(|error| proxy_failure(&error, proxy, target))
        }
    };
    reached.map(TokioIo::into_inner)
}

/// Whatever goes wrong between here and the far end of a proxy is the proxy's.
pub(super) fn proxy_failure(error: &(dyn std::error::Error + 'static), proxy: &Proxy, target: &Target) -> Failure {
    let (via, aim) = (proxy.place(), target.place());
    let text = match failure::find::<HopFailure>(error) {
        Some(hop) => format!("the proxy {via} can not be reached: {}", hop.0.error.text),
        None => match failure::deepest(error) {
            why if why.contains("proxy authorization required") => {
                format!("the proxy {via} wants a user and a password: put them into the URL of option proxy")
            }
            why => format!("the proxy {via} did not connect to {aim}: {why}"),
        },
    };
    Failure::new(Status::Proxy, text)
}

/// The way to the proxy itself, as the crate for proxies wants to have it.
#[derive(Clone)]
struct Hop {
    net: Arc<NetConfig>,
    host: String,
    port: u16,
    tls: bool,
}

/// A [`Failure`] inside another crate's error.
#[derive(Debug)]
struct HopFailure(Failure);

impl std::fmt::Display for HopFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.error.text)
    }
}

impl std::error::Error for HopFailure {}

impl Service<::http::Uri> for Hop {
    type Response = TokioIo<Stream>;
    type Error = HopFailure;
    type Future = Pin<Box<dyn Future<Output = Result<TokioIo<Stream>, HopFailure>> + Send>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), HopFailure>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _proxy: ::http::Uri) -> Self::Future {
        let Hop { net, host, port, tls } = self.clone();
        Box::pin(async move {
            let hop = async {
                let config = if tls { Some(tls::config(&net).await.map_err(failure::of_options)?) } else { None };
                secure(tcp(&net, &host, port).await?, config, &host, port).await
            };
            hop.await.map(TokioIo::new).map_err(HopFailure)
        })
    }
}
