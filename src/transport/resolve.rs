//! Host names: looked up off the library's thread, and only in the address family that the host allows.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use tower_service::Service;

/// Which addresses of a host are tried: option `ip.family`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Family {
    Any,
    V4,
    V6,
}

impl Family {
    /// Whether an address is of the family.
    #[must_use]
    pub const fn admits(self, ip: IpAddr) -> bool {
        match self {
            Family::Any => true,
            Family::V4 => ip.is_ipv4(),
            Family::V6 => ip.is_ipv6(),
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Family::Any => "any",
            Family::V4 => "4",
            Family::V6 => "6",
        }
    }
}

/// A name that has no (fitting) address. A type of its own, so that it is found again inside other crates' errors.
#[derive(Debug)]
pub(super) struct DnsError(String);

impl fmt::Display for DnsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for DnsError {}

/// An address in the URL itself that the option does not admit.
pub(super) fn check_literal(family: Family, host: &str) -> Result<(), DnsError> {
    match host.parse::<IpAddr>() {
        Ok(ip) if !family.admits(ip) => Err(DnsError(format!(
            "{host} is not of the address family that option ip.family = {} admits",
            family.word()
        ))),
        _ => Ok(()),
    }
}

/// The resolver of WebSocket and HTTP alike: getaddrinfo on a thread for blocking work, filtered by family.
#[derive(Clone, Debug)]
pub(super) struct Resolver {
    pub(super) family: Family,
}

impl Resolver {
    /// The addresses of a name, their port 0.
    pub(super) async fn lookup(self, name: String) -> Result<Vec<SocketAddr>, DnsError> {
        let Resolver { family } = self;
        let parsed: Name = name.parse().map_err(|error| DnsError(format!("\"{name}\": {error}")))?;
        let all = GaiResolver::new().call(parsed).await;
        let all = all.map_err(|error| DnsError(format!("the name \"{name}\" was not found ({error})")))?;
        let admitted: Vec<SocketAddr> = all.filter(|address| family.admits(address.ip())).collect();
        if admitted.is_empty() {
            let word = family.word();
            return Err(DnsError(format!(
                "the name \"{name}\" has no address of the family that option ip.family = {word} admits"
            )));
        }
        Ok(admitted)
    }
}

type Looking = Pin<Box<dyn Future<Output = Result<std::vec::IntoIter<SocketAddr>, DnsError>> + Send>>;

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = DnsError;
    type Future = Looking;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), DnsError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Looking {
        let looking = self.clone().lookup(name.as_str().to_owned());
        Box::pin(async move { looking.await.map(Vec::into_iter) })
    }
}

impl reqwest::dns::Resolve for Resolver {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let looking = self.clone().lookup(name.as_str().to_owned());
        Box::pin(async move {
            match looking.await {
                Ok(addresses) => Ok(Box::new(addresses.into_iter()) as reqwest::dns::Addrs),
                Err(error) => Err(Box::new(error) as Box<dyn StdError + Send + Sync>),
            }
        })
    }
}
