//! JSON web tokens with HS256: the kind that the services of this family sign and check.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde_json::Value;

/// Seconds since 1970.
pub fn unix_now() -> i64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |time| time.as_secs() as i64)
}

/// Signs claims.
pub fn sign(secret: &str, claims: &Value) -> String {
    let head = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let signed = format!("{head}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()))
}

/// Reads the claims of a token that this secret has signed; `None` where it has not.
pub(crate) fn verify(secret: &str, token: &str) -> Option<Value> {
    let (signed, tag) = token.rsplit_once('.')?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hmac::verify(&key, signed.as_bytes(), &URL_SAFE_NO_PAD.decode(tag).ok()?).ok()?;
    let (_, claims) = signed.split_once('.')?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::{sign, verify};
    use serde_json::json;

    #[test]
    fn only_the_right_secret_opens_a_token() {
        let token = sign("secret", &json!({"sub": "alice"}));
        assert_eq!(verify("secret", &token), Some(json!({"sub": "alice"})));
        assert_eq!(verify("other", &token), None);
        assert_eq!(verify("secret", "a.b"), None);
    }
}
