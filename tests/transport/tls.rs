//! TLS: who is trusted, who is not, and what is said about it.

use std::sync::Arc;

use parlor::model::{Options, Status};
use parlor::protocol::Method;
use parlor::transport::net::NetConfig;
use parlor::transport::{http, ws};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, PublicKeyData};
use rustls::ServerConfig;
use rustls_pki_types::PrivateKeyDer;
use tokio::io::AsyncWriteExt;
use tokio_rustls::TlsAcceptor;

use crate::kit::{call, dial, head, net, refused, says, serve};
use crate::proxy::connect_proxy;

struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Authority {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(rcgen::DnType::CommonName, "the authority of a test");
        Authority { issuer: CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap() }
    }

    fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// A server's certificate; gives its chain, its key and the SHA-256 of its public key.
    fn leaf(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Leaf {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        change(&mut params);
        let pin = ring::digest::digest(&ring::digest::SHA256, &key.subject_public_key_info());
        let pin = pin.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        Leaf { der: params.signed_by(&key, &self.issuer).unwrap().der().to_vec(), key: key.serialize_der(), pin }
    }
}

struct Leaf {
    der: Vec<u8>,
    key: Vec<u8>,
    pin: String,
}

fn acceptor(leaf: &Leaf) -> TlsAcceptor {
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der.clone().into()], PrivateKeyDer::try_from(leaf.key.clone()).unwrap())
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// A TLS server that upgrades `/ws` and answers anything else with HTTP 200.
async fn server(leaf: &Leaf) -> u16 {
    let acceptor = acceptor(leaf);
    serve(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            let request = head(&mut stream).await;
            if request.starts_with("GET /ws ") {
                let key = request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
                let accept = tokio_tungstenite::tungstenite::handshake::derive_accept_key(key.as_bytes());
                let answer = format!(
                    "HTTP/1.1 101 ok\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
                );
                stream.write_all(answer.as_bytes()).await.unwrap();
            } else {
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi").await.unwrap();
            }
            let _ = stream.shutdown().await;
        }
    })
    .await
}

#[tokio::test]
async fn a_known_authority_serves_both_socket_and_http() {
    let authority = Authority::new();
    let port = server(&authority.leaf("localhost", |_| ())).await;
    let net = net(&[("tls.ca_pem", &authority.pem())]);
    assert!(ws::open(&net, &dial(format!("wss://localhost:{port}/ws"))).await.is_ok());
    let client = http::Client::new(&net);
    let answer = client.call(&call(Method::Get, format!("https://localhost:{port}/"))).await.unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b"hi"[..]));
    let first = parlor::transport::tls::config(&net).await.unwrap();
    let second = parlor::transport::tls::config(&net).await.unwrap();
    assert!(Arc::ptr_eq(&first, &second), "one configuration for both");
}

#[tokio::test]
async fn an_authority_from_a_file_and_files_that_are_none() {
    let authority = Authority::new();
    let port = server(&authority.leaf("127.0.0.1", |_| ())).await;
    let url = format!("wss://127.0.0.1:{port}/ws");
    let path = std::env::temp_dir().join(format!("parlor-ca-{}.pem", std::process::id()));
    std::fs::write(&path, authority.pem()).unwrap();
    let file = path.to_str().unwrap();
    assert!(ws::open(&net(&[("tls.ca_file", file), ("tls.roots", "webpki")]), &dial(&url)).await.is_ok());
    std::fs::write(&path, "nothing").unwrap();
    let failure = refused(&net(&[("tls.ca_file", file)]), &url).await;
    says(&failure, &["option tls.ca_file", "holds no certificate"]);
    std::fs::remove_file(&path).unwrap();
    let failure = refused(&net(&[("tls.ca_file", file)]), &url).await;
    assert_eq!(failure.error.status, Status::InvalidArgument);
    says(&failure, &["option tls.ca_file", file]);
}

#[tokio::test]
async fn certificates_that_are_not_acceptable() {
    let authority = Authority::new();
    let pem = authority.pem();
    let known: &[(&str, &str)] = &[("tls.ca_pem", &pem)];
    let unknown: &[(&str, &str)] = &[("tls.roots", "webpki")];
    let expired = authority.leaf("localhost", |params| {
        params.not_before = rcgen::date_time_ymd(2001, 1, 1);
        params.not_after = rcgen::date_time_ymd(2002, 2, 3);
    });
    let early = authority.leaf("localhost", |params| params.not_before = rcgen::date_time_ymd(2200, 1, 1));
    let other = authority.leaf("elsewhere.example", |_| ());
    let good = authority.leaf("localhost", |_| ());
    let own = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let own = Leaf { der: own.cert.der().to_vec(), key: own.signing_key.serialize_der(), pin: String::new() };
    for (leaf, options, parts) in [
        (&expired, known, &["expired on Sun, 03 Feb 2002", "the clock"][..]),
        (&early, known, &["is not valid before Wed, 01 Jan 2200"]),
        (&other, known, &["is for another host", "elsewhere.example"]),
        (&good, unknown, &["issued by an unknown authority", "option tls.ca_pem"]),
        (&own, unknown, &["issued by an unknown authority"]),
    ] {
        let port = server(leaf).await;
        let net = net(options);
        let failure = refused(&net, format!("wss://localhost:{port}/ws")).await;
        assert_eq!(failure.error.status, Status::TlsCertificate, "{}", failure.error.text);
        says(&failure, &["tls: certificate for \"localhost"]);
        says(&failure, parts);
        // HTTP says the same.
        let client = http::Client::new(&net);
        let failure = client.call(&call(Method::Get, format!("https://localhost:{port}/"))).await.expect_err("refused");
        assert_eq!(failure.error.status, Status::TlsCertificate, "{}", failure.error.text);
        says(&failure, parts);
    }
}

#[tokio::test]
async fn an_authority_that_poses_as_a_server() {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let cert = params.self_signed(&key).unwrap();
    let port = server(&Leaf { der: cert.der().to_vec(), key: key.serialize_der(), pin: String::new() }).await;
    let failure = refused(&net(&[("tls.ca_pem", &cert.pem())]), format!("wss://localhost:{port}/ws")).await;
    assert_eq!(failure.error.status, Status::TlsCertificate);
    says(&failure, &["is an authority's own (CA:TRUE)"]);
}

#[tokio::test]
async fn pins_and_the_laboratory() {
    let authority = Authority::new();
    let leaf = authority.leaf("localhost", |_| ());
    let port = server(&leaf).await;
    let url = format!("wss://localhost:{port}/ws");
    let wrong = "00".repeat(32);
    let pem = authority.pem();
    assert!(ws::open(&net(&[("tls.ca_pem", &pem), ("tls.pin_sha256", &leaf.pin)]), &dial(&url)).await.is_ok());
    let failure = refused(&net(&[("tls.ca_pem", &pem), ("tls.pin_sha256", &wrong)]), &url).await;
    assert_eq!(failure.error.status, Status::TlsCertificate);
    says(&failure, &["option tls.pin_sha256", "the SHA-256 of its key is"]);
    // A pin does not make an unknown authority known.
    let failure = refused(&net(&[("tls.pin_sha256", &leaf.pin)]), &url).await;
    says(&failure, &["unknown authority"]);
    let any = ("tls.insecure_accept_any", "1");
    assert!(ws::open(&net(&[any]), &dial(&url)).await.is_ok());
    assert!(ws::open(&net(&[any, ("tls.pin_sha256", &leaf.pin)]), &dial(&url)).await.is_ok());
    let failure = refused(&net(&[any, ("tls.pin_sha256", &wrong)]), &url).await;
    says(&failure, &["option tls.pin_sha256"]);
}

#[tokio::test]
async fn tls_to_something_that_does_not_speak_it() {
    let port = serve(|mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        head(&mut stream).await;
    })
    .await;
    let failure = refused(&net(&[("tls.roots", "webpki")]), format!("wss://127.0.0.1:{port}/")).await;
    assert_eq!(failure.error.status, Status::Tls);
    says(&failure, &["does not speak TLS"]);
    let port = serve(|stream| async move { drop(stream) }).await;
    let failure = refused(&net(&[("tls.roots", "webpki")]), format!("wss://127.0.0.1:{port}/")).await;
    assert_eq!(failure.error.status, Status::Tls);
}

#[tokio::test]
async fn plain_calls_never_load_an_authority() {
    // The file does not exist: whatever needs TLS fails, and what does not need it must not notice.
    let mut options = Options::default();
    options.set_named("proxy", "none").unwrap();
    options.set_named("tls.ca_file", "/nonexistent/ca.pem").unwrap();
    let net = NetConfig::from_options(&options).unwrap();
    let port = crate::kit::answer("HTTP/1.1 204 ok\r\n\r\n").await;
    let client = http::Client::new(&net);
    assert_eq!(client.call(&call(Method::Get, format!("http://127.0.0.1:{port}/"))).await.unwrap().status, 204);
    let failure = client.call(&call(Method::Get, format!("https://127.0.0.1:{port}/"))).await.expect_err("no file");
    says(&failure, &["/nonexistent/ca.pem"]);
}

#[tokio::test]
async fn tls_goes_through_a_proxy_and_to_a_proxy() {
    let authority = Authority::new();
    let port = server(&authority.leaf("localhost", |_| ())).await;
    let (connect, mut told) = connect_proxy().await;
    // The same proxy once more, behind TLS.
    let acceptor = acceptor(&authority.leaf("127.0.0.1", |_| ()));
    let secured = serve(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let mut outer = acceptor.accept(stream).await.unwrap();
            let mut inner = tokio::net::TcpStream::connect(("127.0.0.1", connect)).await.unwrap();
            let _ = tokio::io::copy_bidirectional(&mut outer, &mut inner).await;
        }
    })
    .await;
    for proxy in [format!("http://me:pw@127.0.0.1:{connect}"), format!("https://me:pw@127.0.0.1:{secured}")] {
        let net = net(&[("proxy", &proxy), ("tls.ca_pem", &authority.pem())]);
        assert!(ws::open(&net, &dial(format!("wss://localhost:{port}/ws"))).await.is_ok(), "{proxy}");
        assert_eq!(told.recv().await.unwrap(), format!("CONNECT localhost:{port} HTTP/1.1"));
        let client = http::Client::new(&net);
        let answer = client.call(&call(Method::Get, format!("https://localhost:{port}/"))).await.unwrap();
        assert_eq!(answer.body, b"hi");
        assert_eq!(told.recv().await.unwrap(), format!("CONNECT localhost:{port} HTTP/1.1"));
    } // What is wrong with the certificate at the far end is not the proxy's fault.
    let proxy = format!("http://me:pw@127.0.0.1:{connect}");
    let net = net(&[("proxy", &proxy), ("tls.roots", "webpki")]);
    let failure = refused(&net, format!("wss://localhost:{port}/ws")).await;
    assert_eq!(failure.error.status, Status::TlsCertificate);
    let client = http::Client::new(&net);
    let failure = client.call(&call(Method::Get, format!("https://localhost:{port}/"))).await.expect_err("unknown");
    assert_eq!(failure.error.status, Status::TlsCertificate, "{}", failure.error.text);
}
