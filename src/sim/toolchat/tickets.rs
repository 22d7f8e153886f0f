//! The tickets: issued, checked, used up, expired, revoked.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// One ticket.
#[derive(Debug)]
struct Ticket {
    ends: Instant,
    used: bool,
    revoked: bool,
}

/// What is wrong with a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bad {
    Unknown,
    Used,
    Expired,
    Revoked,
}

impl Bad {
    pub(super) const fn code(self) -> &'static str {
        match self {
            Bad::Unknown | Bad::Revoked => "TICKET_INVALID",
            Bad::Used => "TICKET_USED",
            Bad::Expired => "TICKET_EXPIRED",
        }
    }
}

/// All tickets of a service.
#[derive(Debug, Default)]
pub(super) struct Tickets {
    all: HashMap<String, Ticket>,
    pub(super) issued: u32,
    /// When those of the window were issued.
    lately: VecDeque<Instant>,
}

impl Tickets {
    /// Whether one more may be issued at this time, of so many in a window; else how long to wait for that.
    pub(super) fn allow(&mut self, limit: u32, window: Duration, now: Instant) -> Result<(), Duration> {
        self.lately.retain(|at| now.saturating_duration_since(*at) < window);
        match self.lately.front() {
            Some(oldest) if limit > 0 && self.lately.len() >= limit as usize => Err(window - (now - *oldest)),
            _ => {
                self.lately.push_back(now);
                Ok(())
            }
        }
    }

    /// A new one: its text, with characters that a URL must not carry as they are, and its end as ISO 8601.
    pub(super) fn issue(&mut self, life: Duration) -> (String, String) {
        self.issued += 1;
        let noise: String = std::iter::repeat_with(fastrand::alphanumeric).take(48).collect();
        let text = format!("ws_ticket_{}+/=&{noise}", self.issued);
        self.all.insert(text.clone(), Ticket { ends: Instant::now() + life, used: false, revoked: false });
        (text, iso(SystemTime::now() + life))
    }

    /// Whether a ticket is good.
    pub(super) fn check(&self, text: &str, single_use: bool) -> Result<(), Bad> {
        match self.all.get(text) {
            None => Err(Bad::Unknown),
            Some(ticket) if ticket.revoked => Err(Bad::Revoked),
            Some(ticket) if ticket.ends <= Instant::now() => Err(Bad::Expired),
            Some(ticket) if ticket.used && single_use => Err(Bad::Used),
            Some(_) => Ok(()),
        }
    }

    /// Uses one up.
    pub(super) fn redeem(&mut self, text: &str, single_use: bool) -> Result<(), Bad> {
        self.check(text, single_use)?;
        if let Some(ticket) = self.all.get_mut(text) {
            ticket.used = true;
        }
        Ok(())
    }

    pub(super) fn revoke_all(&mut self) {
        for ticket in self.all.values_mut() {
            ticket.revoked = true;
        }
    }
}

/// A time as ISO 8601.
fn iso(at: SystemTime) -> String {
    let ms = at.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64;
    // The days of a calendar, counted from March of the year 0 on.
    let days = (ms / 86_400_000) as i64 + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (ms / 3_600_000 % 24, ms / 60_000 % 60, ms / 1000 % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", ms % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tickets_are_used_up_expire_and_are_revoked() {
        let mut tickets = Tickets::default();
        let (one, ends) = tickets.issue(Duration::from_secs(60));
        assert!(ends.len() == 24 && ends.starts_with("20"));
        assert_eq!(tickets.redeem(&one, true), Ok(()));
        assert_eq!(tickets.redeem(&one, true), Err(Bad::Used));
        assert_eq!(tickets.redeem(&one, false), Ok(()));
        let (two, _) = tickets.issue(Duration::ZERO);
        assert_eq!(tickets.check(&two, true), Err(Bad::Expired));
        tickets.revoke_all();
        assert_eq!(tickets.check(&one, false), Err(Bad::Revoked));
        assert_eq!(tickets.check("x", false), Err(Bad::Unknown));
    }

    #[test]
    fn so_many_in_a_window_and_no_more() {
        let (mut tickets, begin, minute) = (Tickets::default(), Instant::now(), Duration::from_secs(60));
        let mut ask = |limit, after| tickets.allow(limit, minute, begin + Duration::from_secs(after));
        assert_eq!((ask(2, 0), ask(2, 10)), (Ok(()), Ok(())));
        assert_eq!(ask(2, 20), Err(Duration::from_secs(40)));
        assert_eq!((ask(2, 60), ask(2, 61)), (Ok(()), Err(Duration::from_secs(9))));
        assert_eq!(ask(0, 61), Ok(()), "0 is no limit");
    }

    #[test]
    fn dates() {
        assert_eq!(iso(UNIX_EPOCH + Duration::from_millis(951_868_799_999)), "2000-02-29T23:59:59.999Z");
    }
}
