//! Moments as the service writes them: ISO 8601 with microseconds and an offset.

/// Unix microseconds of a moment; `None` where it is none. Without an offset it is UTC.
pub(super) fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    let (date, rest) = text.split_once(['T', ' '])?;
    let mut date = date.splitn(3, '-').map(number);
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let at = rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len());
    let (clock, zone) = rest.split_at(at);
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let mut clock = clock.splitn(3, ':').map(number);
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next().unwrap_or(Some(0))?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut micros = 0;
    for place in 0..6 {
        let digit =
            fraction.as_bytes().get(place).map_or(Some(0), |byte| byte.is_ascii_digit().then(|| byte - b'0'))?;
        micros = micros * 10 + i64::from(digit);
    }
    let offset = match zone.as_bytes().first() {
        None | Some(b'Z' | b'z') => 0,
        Some(sign) => {
            let digits: String = zone[1..].chars().filter(|c| *c != ':').collect();
            let value = number(&digits)?;
            let minutes = if digits.len() > 2 { value / 100 * 60 + value % 100 } else { value * 60 };
            if *sign == b'-' { -minutes } else { minutes }
        }
    };
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset * 60;
    Some(seconds * 1_000_000 + micros)
}

/// The moment as the service takes it.
pub(super) fn write(micros: i64) -> String {
    let (seconds, fraction) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
    let (day, clock) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // From days to a date, by way of years that begin in March.
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (clock / 3600, clock / 60 % 60, clock % 60);
    format!("{year:04}-{month:02}-{date:02}T{hour:02}:{minute:02}:{second:02}.{fraction:06}+00:00")
}

fn number(text: &str) -> Option<i64> {
    (!text.is_empty() && text.len() <= 6 && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::{parse, write};

    #[test]
    fn moments_are_read_and_written() {
        for (text, micros) in [
            ("1970-01-01T00:00:00+00:00", 0),
            ("2025-11-07T12:34:56.000001+00:00", 1_762_518_896_000_001),
            ("2025-11-07T12:34:56.5Z", 1_762_518_896_500_000),
            ("2025-11-07T14:34:56+02:00", 1_762_518_896_000_000),
            ("2025-11-07T10:34:56-0200", 1_762_518_896_000_000),
            ("2024-02-29 00:00:00", 1_709_164_800_000_000),
        ] {
            assert_eq!(parse(text), Some(micros), "{text}");
            assert_eq!(parse(&write(micros)), Some(micros));
        }
        assert_eq!(write(1_762_518_896_000_001), "2025-11-07T12:34:56.000001+00:00");
        for bad in [
            "",
            "yesterday",
            "2025-11-07",
            "2025-13-07T00:00:00",
            "2025-11-07Tx",
            "é-é-éTé",
            "2025-11-07T12:00:00.0 1Z",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
