//! Dates as the service writes them, to and from milliseconds since 1970.

use crate::model::{Nanos, millis};

const DAY_MS: u64 = 86_400_000;

/// Days since 1970 of a date of the Gregorian calendar.
fn days(year: i64, month: u32, day: u32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (i64::from(month) + if month > 2 { -3 } else { 9 }) + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The date of a day since 1970.
fn date(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = (of_year - (153 * shifted + 2) / 5 + 1) as u32;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 } as u32;
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// `2025-11-03T12:34:56.789Z`.
pub(super) fn write_iso(unix_ms: u64) -> String {
    let (year, month, day) = date((unix_ms / DAY_MS) as i64);
    let ms = unix_ms % DAY_MS;
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}Z",
        ms / 3_600_000,
        ms / 60_000 % 60,
        ms / 1000 % 60,
        ms % 1000
    )
}

/// Reads a date of ISO 8601: with `Z`, with an offset, or without either, which is taken for UTC.
pub(super) fn read_iso(text: &str) -> Option<u64> {
    let text = text.trim();
    let (day, rest) = text.split_once(['T', 't', ' '])?;
    let mut parts = day.splitn(3, '-');
    let day = midnight(number(parts.next()?)?, number(parts.next()?)?, number(parts.next()?)?)?;
    let zone = rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len());
    let (clock, zone) = rest.split_at(zone);
    let mut parts = clock.splitn(3, ':');
    let (hour, minute): (u64, u64) = (number(parts.next()?)?, number(parts.next()?)?);
    let (second, fraction) = match parts.next() {
        None => (0, 0),
        Some(seconds) => match seconds.split_once('.') {
            None => (number(seconds)?, 0),
            Some((whole, fraction)) => {
                let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
                (number(whole)?, number(&digits)?)
            }
        },
    };
    let ms = ((hour * 60 + minute) * 60 + second) * 1000 + fraction;
    let offset = match zone {
        "" | "Z" | "z" => 0,
        zone => {
            let plain = zone[1..].replace(':', "");
            let of = |range: std::ops::Range<usize>| plain.get(range).and_then(number::<i64>);
            let minutes = of(0..2)? * 60 + if plain.len() > 2 { of(2..4)? } else { 0 };
            if zone.starts_with('-') { -minutes } else { minutes }
        }
    };
    (hour < 24 && minute < 60 && second <= 60).then_some(())?;
    (day + ms).checked_add_signed(-offset * 60_000)
}

/// What a Retry-After header asks for: seconds, or a date of HTTP.
pub(super) fn retry_after(text: &str, unix_ms: u64) -> Option<Nanos> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(millis(seconds.saturating_mul(1000)));
    }
    // "Sun, 06 Nov 1994 08:49:37 GMT"
    let mut words = text.split_whitespace().skip(1);
    let (day, month, year) = (number(words.next()?)?, words.next()?, number(words.next()?)?);
    let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = names.iter().position(|name| name.eq_ignore_ascii_case(month))? as u32 + 1;
    let mut clock = words.next()?.splitn(3, ':');
    let (hour, minute, second): (u64, u64, u64) =
        (number(clock.next()?)?, number(clock.next()?)?, number(clock.next()?)?);
    let at = midnight(year, month, day)? + ((hour * 60 + minute) * 60 + second) * 1000;
    (unix_ms > 0).then(|| millis(at.saturating_sub(unix_ms)))
}

fn midnight(year: i64, month: u32, day: u32) -> Option<u64> {
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    u64::try_from(days(year, month, day)).ok().map(|days| days * DAY_MS)
}

fn number<T: std::str::FromStr>(text: &str) -> Option<T> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::{read_iso, retry_after, write_iso};
    use crate::model::millis;

    #[test]
    fn dates_come_back_as_they_were() {
        for (text, ms) in [
            ("1970-01-01T00:00:00.000Z", 0),
            ("2000-02-29T23:59:59.999Z", 951_868_799_999),
            ("2025-11-03T12:34:56.789Z", 1_762_173_296_789),
            ("2100-03-01T00:00:00.000Z", 4_107_542_400_000),
        ] {
            assert_eq!(read_iso(text), Some(ms), "{text}");
            assert_eq!(write_iso(ms), text);
        }
        for (text, ms) in [
            ("2025-11-03T12:34:56Z", 1_762_173_296_000),
            ("2025-11-03 12:34:56.7+00:00", 1_762_173_296_700),
            ("2025-11-03T14:34:56.789123+02:00", 1_762_173_296_789),
            ("2025-11-03T11:34:56-0100", 1_762_173_296_000),
            ("2025-11-03T12:34", 1_762_173_240_000),
        ] {
            assert_eq!(read_iso(text), Some(ms), "{text}");
        }
        for text in ["", "soon", "2025-11-03", "2025-13-03T12:34:56Z", "2025-11-03T25:00:00Z", "2025-11-03T12:34:56+x"]
        {
            assert_eq!(read_iso(text), None, "{text}");
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(retry_after("7", 0), Some(millis(7000)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_776_000), Some(millis(1000)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:37 GMT", 1_000_000_000_000), Some(0));
        assert_eq!(retry_after("soon", 5), None);
    }
}
