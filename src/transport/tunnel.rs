//! The way through a proxy: HTTP CONNECT or SOCKS 5.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::rt::TokioIo;
use tower_service::Service;

use super::dial::{Target, secure, tcp};
use super::failure;
use super::net::NetConfig;
use super::proxy::{Kind, Proxy};
use super::resolve::Resolver;
use super::stream::Stream;
use super::tls;
use crate::model::Status;
use crate::protocol::Failure;

/// Connects to the target by way of the proxy.
pub(super) async fn through(net: &Arc<NetConfig>, proxy: &Proxy, target: &Target) -> Result<Stream, Failure> {
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
