//! TLS: one configuration for WebSocket and HTTP, built when it is first needed and never on the library's thread.

use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use super::net::NetConfig;
use super::verify::{AcceptAny, Pin, Pinned, parse_pin};
use crate::model::{Error, Options, Status, key};

/// What the host has chosen about TLS.
#[derive(Debug)]
pub(super) struct TlsChoice {
    platform: bool,
    extra: Vec<CertificateDer<'static>>,
    file: String,
    pin: Option<Pin>,
    accept_any: bool,
}

impl TlsChoice {
    pub(super) fn from_options(options: &Options) -> Result<TlsChoice, Error> {
        let pin = match options.str(key::TLS_PIN_SHA256) {
            "" => None,
            text => Some(parse_pin(text).ok_or_else(|| {
                Error::invalid(format!(
                    "option tls.pin_sha256 takes a SHA-256, 64 hexadecimal digits or 44 characters of base64, not \"{text}\""
                ))
            })?),
        };
        let extra = match options.str(key::TLS_CA_PEM) {
            "" => Vec::new(),
            pem => certificates(pem.as_bytes(), "option tls.ca_pem")?,
        };
        Ok(TlsChoice {
            platform: options.i64(key::TLS_ROOTS) == 0,
            extra,
            file: options.str(key::TLS_CA_FILE).to_owned(),
            pin,
            accept_any: options.flag(key::TLS_INSECURE_ACCEPT_ANY),
        })
    }

    /// Whether building it reads files.
    fn is_slow(&self) -> bool {
        (self.platform && !self.accept_any) || !self.file.is_empty()
    }

    /// The configuration of this choice, shared with every living client that has chosen the same: each has a cache of
    /// sessions of its own, which is most of what a further client would cost.
    fn shared(&self) -> Result<Arc<ClientConfig>, Error> {
        let trusted = self.trusted()?;
        let find = |all: &mut Vec<(Trusted, Weak<ClientConfig>)>| {
            all.retain(|(_, config)| config.strong_count() > 0);
            all.iter().find(|(known, _)| *known == trusted).and_then(|(_, config)| config.upgrade())
        };
        if let Some(config) = find(&mut CONFIGS.lock()) {
            return Ok(config);
        }
        // Built without the lock, since it takes milliseconds; of two that were built at once the first one stays.
        let built = Arc::new(trusted.build()?);
        let mut all = CONFIGS.lock();
        if let Some(config) = find(&mut all) {
            return Ok(config);
        }
        all.push((trusted, Arc::downgrade(&built)));
        Ok(built)
    }

    fn trusted(&self) -> Result<Trusted, Error> {
        let mut extra = Vec::new();
        if !self.accept_any {
            extra.extend(self.extra.iter().map(|certificate| ("option tls.ca_pem".to_owned(), certificate.clone())));
            if !self.file.is_empty() {
                let what = format!("option tls.ca_file (\"{}\")", self.file);
                let pem = std::fs::read(&self.file).map_err(|error| Error::invalid(format!("{what}: {error}")))?;
                extra.extend(certificates(&pem, &what)?.into_iter().map(|certificate| (what.clone(), certificate)));
            }
        }
        Ok(Trusted { platform: self.platform, extra, pin: self.pin, accept_any: self.accept_any })
    }
}

/// The configurations in use.
static CONFIGS: Mutex<Vec<(Trusted, Weak<ClientConfig>)>> = Mutex::new(Vec::new());

/// Whom to trust, once the files are read: equal ones make equal configurations.
#[derive(PartialEq)]
struct Trusted {
    platform: bool,
    /// Each with the option that it comes from.
    extra: Vec<(String, CertificateDer<'static>)>,
    pin: Option<Pin>,
    accept_any: bool,
}

impl Trusted {
    fn build(&self) -> Result<ClientConfig, Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = self.verifier(&provider)?;
        let verifier: Arc<dyn ServerCertVerifier> = match self.pin {
            Some(pin) => Arc::new(Pinned { inner: verifier, pin }),
            None => verifier,
        };
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::new(Status::Tls, format!("tls: {error}")))?;
        Ok(builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth())
    }

    fn verifier(&self, provider: &Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, Error> {
        if self.accept_any {
            return Ok(Arc::new(AcceptAny { provider: provider.clone() }));
        }
        let mut roots = if self.platform { platform_roots() } else { Arc::new(webpki_roots()) };
        for (at, (what, certificate)) in self.extra.iter().enumerate() {
            Arc::make_mut(&mut roots).add(certificate.clone()).map_err(|error| {
                Error::invalid(format!("{what}: certificate {} can not be an authority: {error}", at + 1))
            })?;
        }
        let verifier = WebPkiServerVerifier::builder_with_provider(roots, provider.clone())
            .build()
            .map_err(|error| Error::new(Status::Tls, format!("tls: {error}")))?;
        Ok(verifier)
    }
}

fn certificates(pem: &[u8], what: &str) -> Result<Vec<CertificateDer<'static>>, Error> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let all = all.map_err(|error| Error::invalid(format!("{what} is not valid PEM: {error}")))?;
    if all.is_empty() {
        return Err(Error::invalid(format!("{what} holds no certificate (-----BEGIN CERTIFICATE-----)")));
    }
    Ok(all)
}

fn webpki_roots() -> RootCertStore {
    RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }
}

/// The platform's authorities. Reading them takes milliseconds and they take memory, so the clients that live at the
/// same time share them; with the last client they are gone.
fn platform_roots() -> Arc<RootCertStore> {
    static SHARED: Mutex<Weak<RootCertStore>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock();
    if let Some(roots) = shared.upgrade() {
        return roots;
    }
    let mut roots = RootCertStore::empty();
    // Single files that can not be read or parsed are no reason to trust nobody: what is left decides.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots = webpki_roots();
    }
    let roots = Arc::new(roots);
    *shared = Arc::downgrade(&roots);
    roots
}

/// The configuration of a client, built at the first call. Files are read on a thread for blocking work.
///
/// # Errors
/// A certificate file or text is of no use; the text names the option. Asked again, it tries again.
pub async fn config(net: &Arc<NetConfig>) -> Result<Arc<ClientConfig>, Error> {
    if let Some(built) = net.tls_config.get() {
        return Ok(built.clone());
    }
    let own = net.clone();
    let build = move || own.tls_config.get_or_try_init(|| own.tls.shared()).cloned();
    if !net.tls.is_slow() {
        return build();
    }
    match tokio::task::spawn_blocking(build).await {
        Ok(built) => built,
        Err(error) => Err(Error::new(Status::Resources, format!("tls: the configuration could not be built: {error}"))),
    }
}

/// A configuration that trusts nobody, for connections that never use TLS: it costs microseconds.
pub(super) fn unused() -> Result<ClientConfig, Error> {
    let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::new(Status::Tls, format!("tls: {error}")))?;
    Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{TlsChoice, platform_roots};
    use crate::model::{Options, key};

    #[test]
    fn clients_that_trust_the_same_share_one_configuration() {
        let choice = |pin: &str| {
            let mut options = Options::default();
            options.set_named("tls.roots", "webpki").expect("a word");
            options.set_str(key::TLS_PIN_SHA256, pin).expect("a text");
            TlsChoice::from_options(&options).expect("valid").shared().expect("built")
        };
        let (first, pinned) = (choice(""), choice(&"ab".repeat(32)));
        assert!(Arc::ptr_eq(&first, &choice("")));
        assert!(!Arc::ptr_eq(&first, &pinned));
        let gone = Arc::downgrade(&first);
        drop(first);
        assert!(gone.upgrade().is_none(), "the last one takes it along");
    }

    #[test]
    fn living_clients_share_one_set_of_authorities_and_the_last_takes_it_along() {
        let first = platform_roots();
        assert!(!first.is_empty(), "Mozilla's stand in where the platform has none");
        assert!(Arc::ptr_eq(&first, &platform_roots()));
        let gone = Arc::downgrade(&first);
        drop(first);
        assert!(gone.upgrade().is_none());
        assert!(!platform_roots().is_empty());
    }
}
