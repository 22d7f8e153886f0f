//! HTTP calls: pooled, bounded in time and size, and never sent twice unless that is harmless.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use ::http::HeaderMap;
use bytes::Bytes;
use tokio::sync::OnceCell;

use super::dial::{Target, within};
use super::failure::{self, retry_after};
use super::net::NetConfig;
use super::proxy::Kind;
use super::refusal::redirect_text;
use super::resolve::{Resolver, check_literal};
use super::tls;
use super::tunnel::proxy_failure;
use super::upload;
use crate::model::{Error, Status};
use crate::protocol::{Failure, HttpAnswer, HttpCall, Method, Piece, status_of_http};

/// Idle connections are let go of before the services do it: their keep-alive is 5 s, and a request that crosses with
/// the end of its connection is lost.
const POOL_IDLE: Duration = Duration::from_secs(4);
/// How many redirects in a row are followed.
const REDIRECTS_MAX: usize = 5;

/// An HTTP answer, whatever its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, whole.
    pub body: Vec<u8>,
}

impl Answer {
    /// As the protocols take it.
    #[must_use]
    pub fn borrow(&self) -> HttpAnswer<'_> {
        HttpAnswer { status: self.status, headers: &self.headers, body: &self.body }
    }
}

pub(super) fn plain_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect()
}

/// Makes HTTP calls. Cheap to make: what it needs is built by the first call that needs it.
#[derive(Debug)]
pub struct Client {
    net: Arc<NetConfig>,
    // Two clients, since a plain one must not have to wait for certificates to be read.
    plain: OnceCell<reqwest::Client>,
    secure: OnceCell<reqwest::Client>,
}

impl Client {
    /// A client over these options.
    #[must_use]
    pub fn new(net: &Arc<NetConfig>) -> Client {
        Client { net: net.clone(), plain: OnceCell::new(), secure: OnceCell::new() }
    }

    /// Makes a call. Every HTTP status is an answer, but a redirect that is not followed is a failure: only those to
    /// the same origin are, and only if they keep the method.
    ///
    /// # Errors
    /// There is no answer; the failure says why.
    pub async fn call(&self, call: &HttpCall) -> Result<Answer, Failure> {
        let limit = call.timeout.map(Duration::from_nanos).or(self.net.request_timeout);
        let target = Target::parse(&call.url)?;
        let late = || {
            let (place, limit) = (target.place(), limit.unwrap_or_default().as_secs_f64());
            Failure::new(Status::Timeout, format!("{place} did not answer within {limit} s"))
        };
        within(limit, self.follow(call, target.clone()), late).await
    }

    async fn follow(&self, call: &HttpCall, mut target: Target) -> Result<Answer, Failure> {
        let headers = self.net.merge(&call.headers).map_err(failure::of_options)?;
        let body = Bytes::from(call.body.clone());
        let mut retry = call.idempotent;
        for _ in 0..=REDIRECTS_MAX {
            let answer = match self.send(call.method, &headers, &body, &target).await {
                // A connection out of the pool may have died unnoticed. Only what is idempotent is sent again.
                Err(failure) if retry && failure.error.status == Status::ConnectionLost => {
                    retry = false;
                    self.send(call.method, &headers, &body, &target).await?
                }
                other => other?,
            };
            let borrowed = answer.borrow();
            let location = borrowed.header("location");
            if status_of_http(answer.status) != Status::Redirect || location.is_empty() {
                return Ok(answer);
            }
            let aim = target.url.join(location).ok().filter(|aim| aim.origin() == target.url.origin());
            match aim {
                Some(aim) if call.method == Method::Get || matches!(answer.status, 307 | 308) => {
                    target = Target::parse(aim.as_str())?;
                }
                _ => return Err(refused(&target, &answer)),
            }
        }
        let text = format!("{} redirects in circles", Target::origin(&target.url));
        Err(Failure::new(Status::Redirect, text))
    }

    async fn send(
        &self,
        method: Method,
        headers: &HeaderMap,
        body: &Bytes,
        target: &Target,
    ) -> Result<Answer, Failure> {
        check_literal(self.net.family, &target.host).map_err(|error| failure::of_error(&error, &target.place()))?;
        let client = self.client(target).await?;
        let mut request = client.request(method_of(method), target.url.clone()).headers(headers.clone());
        if !body.is_empty() || !matches!(method, Method::Get | Method::Delete) {
            request = request.body(body.clone());
        }
        self.exchange(request, target).await
    }

    /// Makes a call whose body is sent piece by piece. It is made once: neither repeated nor redirected.
    ///
    /// # Errors
    /// There is no answer, or a file can not be read; the failure says why.
    pub async fn upload(
        &self,
        call: &HttpCall,
        pieces: Vec<Piece>,
        tell: impl FnMut(u64, u64) + Send + Sync + 'static,
    ) -> Result<Answer, Failure> {
        let limit = call.timeout.map(Duration::from_nanos).or(self.net.request_timeout);
        let target = Target::parse(&call.url)?;
        let late = || {
            let (place, limit) = (target.place(), limit.unwrap_or_default().as_secs_f64());
            Failure::new(Status::Timeout, format!("{place} did not take the body within {limit} s"))
        };
        let work = async {
            let headers = self.net.merge(&call.headers).map_err(failure::of_options)?;
            check_literal(self.net.family, &target.host).map_err(|error| failure::of_error(&error, &target.place()))?;
            let body = upload::body(pieces, tell).await?;
            let client = self.client(&target).await?;
            let request = client.request(method_of(call.method), target.url.clone()).headers(headers);
            let answer = self.exchange(request.body(body), &target).await?;
            match status_of_http(answer.status) {
                Status::Redirect => Err(refused(&target, &answer)),
                _ => Ok(answer),
            }
        };
        within(limit, work, late).await
    }

    async fn exchange(&self, request: reqwest::RequestBuilder, target: &Target) -> Result<Answer, Failure> {
        let max = self.net.frame_max;
        let mut response = request.send().await.map_err(|error| self.of_error(error, target))?;
        let announced = response.content_length().unwrap_or(0);
        if announced > max as u64 {
            return Err(too_big(target, announced, max));
        }
        let mut answer = Answer {
            status: response.status().as_u16(),
            headers: plain_headers(response.headers()),
            // What is announced is a hint and not to be trusted with memory.
            body: Vec::with_capacity(usize::try_from(announced).unwrap_or(0).min(64 * 1024)),
        };
        while let Some(piece) = response.chunk().await.map_err(|error| self.of_error(error, target))? {
            if answer.body.len() + piece.len() > max {
                return Err(too_big(target, (answer.body.len() + piece.len()) as u64, max));
            }
            answer.body.extend_from_slice(&piece);
        }
        Ok(answer)
    }

    /// The client for a target, built at its first use.
    async fn client(&self, target: &Target) -> Result<&reqwest::Client, Failure> {
        let tls = target.secure || target.proxy(&self.net)?.is_some_and(|proxy| proxy.kind == Kind::Https);
        let made = if tls {
            self.secure.get_or_try_init(|| async { self.build((*tls::config(&self.net).await?).clone()) }).await
        } else {
            self.plain.get_or_try_init(|| async { self.build(tls::unused()?) }).await
        };
        made.map_err(failure::of_options)
    }

    fn build(&self, tls: rustls::ClientConfig) -> Result<reqwest::Client, Error> {
        let net = self.net.clone();
        let proxy = reqwest::Proxy::custom(move |url| {
            let secure = url.scheme() == "https";
            net.proxy.for_target(secure, url.host_str()?).ok()??.to_url()
        });
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .no_proxy()
            .dns_resolver(Resolver { family: self.net.family })
            .pool_idle_timeout(POOL_IDLE)
            .tcp_nodelay(true)
            .http1_only()
            .referer(false)
            .retry(reqwest::retry::never())
            .redirect(reqwest::redirect::Policy::none());
        if self.net.proxy.is_set() {
            builder = builder.proxy(proxy);
        }
        // For reqwest, connecting includes TLS.
        if let (Some(connect), Some(handshake)) = (self.net.connect_timeout, self.net.handshake_timeout) {
            builder = builder.connect_timeout(connect.saturating_add(handshake));
        }
        builder
            .build()
            .map_err(|error| Error::new(Status::Resources, format!("no HTTP client could be built: {error}")))
    }

    fn of_error(&self, error: reqwest::Error, target: &Target) -> Failure {
        // The URL in it can carry credentials.
        let error = error.without_url();
        let place = target.place();
        if error.is_connect() {
            let proxy = target.proxy(&self.net).ok().flatten();
            if let Some(proxy) = proxy.filter(|_| failure::find::<rustls::Error>(&error).is_none()) {
                return proxy_failure(&error, &proxy, target);
            }
            if error.is_timeout() {
                return Failure::new(Status::ConnectTimeout, format!("{place} could not be connected to in time"));
            }
        }
        // The type of this error is not reachable from here, but the words of its kind all end alike.
        let why = failure::deepest(&error);
        if why.ends_with(" parsed") {
            return Failure::new(Status::Protocol, format!("{place} does not answer in HTTP ({why})"));
        }
        failure::of_error(&error, &place)
    }
}

fn method_of(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    }
}

fn too_big(target: &Target, size: u64, max: usize) -> Failure {
    let place = target.place();
    Failure::new(
        Status::TooBig,
        format!("{place} answers with {size} bytes or more; option frame.max_bytes allows {max}"),
    )
}

/// A redirect that is not followed.
fn refused(target: &Target, answer: &Answer) -> Failure {
    let borrowed = answer.borrow();
    Failure {
        http_status: answer.status,
        retry_after: retry_after(borrowed.header("retry-after"), SystemTime::now()),
        ..Failure::new(Status::Redirect, redirect_text(&target.url, borrowed.header("location")))
    }
}
