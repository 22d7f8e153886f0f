//! What a simulator does wrong on purpose.

use serde::{Deserialize, Serialize};

use super::server::Answer;

/// An HTTP answer given in place of the service's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// Headers, such as `Retry-After` or `Location`.
    pub headers: Vec<(String, String)>,
    /// The body, sent as it is.
    pub body: String,
    /// How many requests are refused before the service answers again; 0 is every request.
    pub times: u32,
}

impl Refusal {
    /// A refusal of every request with this status and no more.
    pub fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }

    /// The same with one header more.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same for this many requests only.
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }
}

/// The faults that are on. All off is [`Faults::default`]. Over HTTP it is the JSON body of `POST /sim/faults`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Answer WebSocket upgrades with this instead.
    pub refuse_upgrade: Option<Refusal>,
    /// Answer plain HTTP with this instead.
    pub refuse_http: Option<Refusal>,
    /// Accept the connection, read the upgrade, and never answer until this is off again.
    pub stall_upgrade: bool,
    /// The same for plain HTTP.
    pub stall_http: bool,
    /// Answer plain HTTP this much later.
    pub http_delay_ms: u64,
    /// Send every message in this many WebSocket fragments.
    pub fragments: usize,
    /// Write this many bytes at a time to the socket, each a TCP segment of its own.
    pub segment: usize,
    /// Wait this long before every message.
    pub frame_delay_ms: u64,
    /// Never answer a WebSocket ping.
    pub mute_pings: bool,
}

impl Faults {
    /// The refusal for this request, used up by one.
    pub(crate) fn refusal(&mut self, upgrade: bool) -> Option<Answer> {
        let slot = if upgrade { &mut self.refuse_upgrade } else { &mut self.refuse_http };
        let refusal = slot.as_mut()?;
        let mut answer = Answer::text(refusal.status, &refusal.body);
        answer.headers.extend(refusal.headers.iter().cloned());
        match refusal.times {
            0 => {}
            1 => *slot = None,
            _ => refusal.times -= 1,
        }
        Some(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_for_two_is_gone_after_two() {
        let mut faults = Faults { refuse_upgrade: Some(Refusal::status(429).times(2)), ..Faults::default() };
        assert_eq!(faults.refusal(true).map(|a| a.status), Some(429));
        assert!(faults.refusal(false).is_none());
        assert!(faults.refusal(true).is_some());
        assert!(faults.refusal(true).is_none());
    }
}
