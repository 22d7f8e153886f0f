//! The verifiers around the usual one: a pinned key on top of it, or no check at all in a laboratory.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

/// A SHA-256 over a public key (SubjectPublicKeyInfo).
pub(super) type Pin = [u8; 32];

/// Reads a pin: 64 hexadecimal digits, with or without colons, or base64, with or without `sha256//` before it.
pub(super) fn parse_pin(text: &str) -> Option<Pin> {
    let text = text.trim();
    let digits: String = text.chars().filter(|c| *c != ':').collect();
    if digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let mut pin = Pin::default();
        for (byte, pair) in pin.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        return Some(pin);
    }
    let text = text.strip_prefix("sha256//").or_else(|| text.strip_prefix("sha256/")).unwrap_or(text);
    base64::engine::general_purpose::STANDARD.decode(text).ok()?.try_into().ok()
}

/// The key is not the pinned one. Travels inside a rustls error.
#[derive(Debug)]
pub(super) struct PinMismatch {
    found: Pin,
}

impl fmt::Display for PinMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = base64::engine::general_purpose::STANDARD.encode(self.found);
        write!(f, "does not carry the key that option tls.pin_sha256 asks for; the SHA-256 of its key is {found}")
    }
}

impl std::error::Error for PinMismatch {}

/// Passes only certificates whose key is the pinned one, after the checks of another verifier.
#[derive(Debug)]
pub(super) struct Pinned {
    pub(super) inner: Arc<dyn ServerCertVerifier>,
    pub(super) pin: Pin,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified = self.inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)?;
        let key = ParsedCertificate::try_from(end_entity)?.subject_public_key_info();
        let digest = ring::digest::digest(&ring::digest::SHA256, &key);
        if digest.as_ref() == self.pin.as_slice() {
            return Ok(verified);
        }
        let mut found = Pin::default();
        found.copy_from_slice(digest.as_ref());
        Err(CertificateError::Other(OtherError(Arc::new(PinMismatch { found }))).into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// Accepts every certificate: option `tls.insecure_accept_any`. That the other side holds the certificate's key is
/// still checked, so that a pin on top of it means something.
#[derive(Debug)]
pub(super) struct AcceptAny {
    pub(super) provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for AcceptAny {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::parse_pin;

    #[test]
    fn pins_in_hex_and_base64() {
        let hex = "00ff".repeat(16);
        let expected = parse_pin(&hex).expect("hex");
        assert_eq!(expected[..4], [0, 255, 0, 255]);
        let base64 = "AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/AP8=";
        assert_eq!(parse_pin(base64), Some(expected));
        assert_eq!(parse_pin(&format!(" sha256//{base64} ")), Some(expected));
        let colons: Vec<String> = expected.iter().map(|byte| format!("{byte:02X}")).collect();
        assert_eq!(parse_pin(&colons.join(":")), Some(expected));
        for bad in ["", "00ff", "AP8=", "zz", &"0g".repeat(32)] {
            assert_eq!(parse_pin(bad), None, "{bad}");
        }
    }
}
