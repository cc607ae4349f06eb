//! Numbers, sizes, times and durations as people read and write them.

use std::cell::Cell;
use std::time::Duration;

use jiff::{Timestamp, Zoned, civil};

/// Stands where there is nothing to show.
pub const EMPTY: &str = "-";

thread_local! {
    static EXACT: Cell<bool> = const { Cell::new(false) };
}

/// Makes rows for a program: whole numbers, bytes, seconds, RFC 3339 times, and nothing where there is nothing.
pub fn exactly<T>(make: impl FnOnce() -> T) -> T {
    EXACT.set(true);
    let made = make();
    EXACT.set(false);
    made
}

/// Whether rows are being made for a program.
pub fn is_exact() -> bool {
    EXACT.get()
}

fn empty() -> String {
    if is_exact() { String::new() } else { EMPTY.into() }
}

/// `12400` as `12,400`, millions and up as `8.1 M`.
pub fn count(n: i64) -> String {
    let magnitude = n.unsigned_abs();
    if is_exact() {
        n.to_string()
    } else if magnitude >= 1_000_000_000 {
        scaled(n, 1e9, " G")
    } else if magnitude >= 10_000_000 {
        scaled(n, 1e6, " M")
    } else {
        grouped(n)
    }
}

fn scaled(n: i64, unit: f64, suffix: &str) -> String {
    format!("{:.1}{suffix}", n as f64 / unit)
}

/// `1200331` as `1,200,331`: for offsets, which are to be read whole.
pub fn grouped(n: i64) -> String {
    if is_exact() {
        return n.to_string();
    }
    let digits = n.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3 + 1);
    if n < 0 {
        text.push('-');
    }
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A rate a second: `850`, `2.1 k`, `9.0 M`.
pub fn rate(per_second: f64) -> String {
    match per_second {
        r if is_exact() && r.is_finite() => format!("{r:.3}"),
        r if !r.is_finite() || r < 0.05 => empty(),
        r if r < 10.0 => format!("{r:.1}"),
        r if r < 1_000.0 => format!("{r:.0}"),
        r if r < 1_000_000.0 => format!("{:.1} k", r / 1e3),
        r => format!("{:.1} M", r / 1e6),
    }
}

/// Bytes: `812 B`, `31.0 MiB`, `1.2 GiB`.
pub fn size(bytes: i64) -> String {
    if is_exact() {
        return bytes.to_string();
    }
    const UNITS: [&str; 6] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value.abs() >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} B") } else { format!("{value:.1} {}", UNITS[unit]) }
}

/// A duration in its two largest units: `9s`, `3m12s`, `2h05m`, `7d`, `350ms`.
pub fn duration(time: Duration) -> String {
    if is_exact() {
        return format!("{:.3}", time.as_secs_f64());
    }
    let s = time.as_secs();
    let two = |big: u64, unit: &str, small: u64, rest: &str| {
        if small == 0 { format!("{big}{unit}") } else { format!("{big}{unit}{small:02}{rest}") }
    };
    match s {
        0 if time.subsec_millis() == 0 => "0s".into(),
        0 => format!("{}ms", time.subsec_millis()),
        1..60 => format!("{s}s"),
        60..3600 => two(s / 60, "m", s % 60, "s"),
        3600..86400 => two(s / 3600, "h", s % 3600 / 60, "m"),
        _ => two(s / 86400, "d", s % 86400 / 3600, "h"),
    }
}

/// Milliseconds as a duration; what is negative counts as none.
pub fn millis(ms: i64) -> String {
    duration(Duration::from_millis(ms.max(0) as u64))
}

/// A point in time for a table: `2026-11-22 02:14:07Z`.
pub fn time(ms: i64) -> String {
    if is_exact() {
        return rfc3339(ms);
    }
    Timestamp::from_millisecond(ms).map_or_else(|_| empty(), |t| t.strftime("%Y-%m-%d %H:%M:%SZ").to_string())
}

/// A point in time with milliseconds, for a table.
pub fn time_millis(ms: i64) -> String {
    if is_exact() {
        return rfc3339(ms);
    }
    Timestamp::from_millisecond(ms).map_or_else(|_| empty(), |t| t.strftime("%Y-%m-%d %H:%M:%S.%3fZ").to_string())
}

/// A point in time for JSON: RFC 3339.
pub fn rfc3339(ms: i64) -> String {
    Timestamp::from_millisecond(ms).map_or_else(|_| empty(), |t| t.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string())
}

/// How long ago a time was: `now`, `4m ago`.
pub fn ago(ms: i64, now: i64) -> String {
    match now - ms {
        _ if is_exact() => rfc3339(ms),
        ..2_000 => "now".into(),
        gone => {
            let text = millis(gone);
            let first = text.find(|c: char| c.is_ascii_alphabetic()).map_or(text.len(), |at| at + 1);
            format!("{} ago", &text[..first])
        }
    }
}

/// `Some` as text, `-` otherwise.
pub fn or_empty<T>(value: Option<T>, show: impl FnOnce(T) -> String) -> String {
    value.map_or_else(empty, show)
}

/// A list of ids: `1,2,3`, or `-`.
pub fn ids(ids: &[i32]) -> String {
    if ids.is_empty() { empty() } else { ids.iter().map(i32::to_string).collect::<Vec<_>>().join(",") }
}

/// Reads `5ms`, `1h30m`, `7d`; a bare number is seconds.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    if let Ok(seconds) = text.parse::<u64>() {
        return Ok(Duration::from_secs(seconds));
    }
    humantime::parse_duration(text).map_err(|_| format!("`{text}` is not a duration such as 5ms, 30s, 1h30m or 7d"))
}

/// Reads `16384`, `16KiB`, `10MB`, `1.5GiB`: powers of 1024 with `i`, of 1000 without.
pub fn parse_size(text: &str) -> Result<u64, String> {
    let bad = || format!("`{text}` is not a size such as 16384, 16KiB or 10MB");
    let text = text.trim();
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number: f64 = text[..split].parse().map_err(|_| bad())?;
    let factor = match text[split..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kb" => 1e3,
        "m" | "mb" => 1e6,
        "g" | "gb" => 1e9,
        "t" | "tb" => 1e12,
        "kib" => 1024.0,
        "mib" => 1024f64.powi(2),
        "gib" => 1024f64.powi(3),
        "tib" => 1024f64.powi(4),
        _ => return Err(bad()),
    };
    let bytes = number * factor;
    if bytes.is_finite() && bytes < u64::MAX as f64 { Ok(bytes as u64) } else { Err(bad()) }
}

/// Reads a point in time, in milliseconds since the epoch: `2026-11-22T00:00:00Z`, `2026-11-22 14:00`, `2026-11-22`,
/// `yesterday 14:00Z`, `today`, `now`, `@1700000000` (seconds, or milliseconds from 12 digits on), `-1h`.
/// Without a zone it is UTC, as Kafka's tools take it.
pub fn parse_time(text: &str, now_ms: i64) -> Result<i64, String> {
    let bad = || format!("`{text}` is not a time such as 2026-11-22T14:00:00Z, `yesterday 14:00Z`, @1700000000 or -1h");
    let text = text.trim();
    if text == "now" {
        return Ok(now_ms);
    }
    if let Some(epoch) = text.strip_prefix('@') {
        let n: i64 = epoch.parse().map_err(|_| bad())?;
        return Ok(if epoch.len() >= 12 { n } else { n.saturating_mul(1000) });
    }
    if let Some(back) = text.strip_prefix('-') {
        let back = humantime::parse_duration(back).map_err(|_| bad())?;
        return Ok(now_ms.saturating_sub(i64::try_from(back.as_millis()).map_err(|_| bad())?));
    }
    let (day, rest) = match text.split_once([' ', 'T']) {
        Some((day, rest)) => (day, rest.trim()),
        None => (text, ""),
    };
    let today = Timestamp::from_millisecond(now_ms).map_err(|_| bad())?.to_zoned(jiff::tz::TimeZone::UTC).date();
    let date = match day {
        "today" => today,
        "yesterday" => today.yesterday().map_err(|_| bad())?,
        other => other.parse::<civil::Date>().map_err(|_| bad())?,
    };
    let (clock, offset) = split_zone(rest).ok_or_else(bad)?;
    let clock: civil::Time =
        if clock.is_empty() { civil::Time::midnight() } else { clock.parse().map_err(|_| bad())? };
    let zoned: Zoned = date.to_datetime(clock).to_zoned(offset.to_time_zone()).map_err(|_| bad())?;
    Ok(zoned.timestamp().as_millisecond())
}

/// Splits `14:00Z`, `14:00+02`, `14:00:00-0530` into clock and offset.
fn split_zone(text: &str) -> Option<(&str, jiff::tz::Offset)> {
    if let Some(clock) = text.strip_suffix(['Z', 'z']) {
        return Some((clock.trim(), jiff::tz::Offset::UTC));
    }
    let Some(at) = text.rfind(['+', '-']) else { return Some((text, jiff::tz::Offset::UTC)) };
    let digits: String = text[at + 1..].chars().filter(|c| *c != ':').collect();
    let (hours, minutes) = match digits.len() {
        1 | 2 => (digits.parse::<i32>().ok()?, 0),
        4 => (digits[..2].parse().ok()?, digits[2..].parse::<i32>().ok()?),
        _ => return None,
    };
    let sign = if text[at..].starts_with('-') { -1 } else { 1 };
    Some((text[..at].trim(), jiff::tz::Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_and_then_scaled() {
        assert_eq!(
            [count(999), count(12_400), count(61_200_000), count(-1_234)],
            ["999", "12,400", "61.2 M", "-1,234"]
        );
        assert_eq!(grouped(52_428_800), "52,428,800");
    }

    #[test]
    fn sizes_go_by_1024_and_say_so() {
        assert_eq!([size(812), size(32_505_856), size(1_288_490_189)], ["812 B", "31.0 MiB", "1.2 GiB"]);
    }

    #[test]
    fn durations_show_two_units() {
        let texts: Vec<_> = [0, 350, 9_000, 192_000, 7_500_000, 604_800_000].map(millis).into();
        assert_eq!(texts, ["0s", "350ms", "9s", "3m12s", "2h05m", "7d"]);
        assert_eq!(ago(0, 245_000), "4m ago");
        assert_eq!(ago(1_000, 1_500), "now");
    }

    #[test]
    fn rates_fit_their_column() {
        assert_eq!(
            [rate(0.0), rate(3.21), rate(850.0), rate(2_100.0), rate(9e6)],
            ["-", "3.2", "850", "2.1 k", "9.0 M"]
        );
    }

    #[test]
    fn sizes_are_read_with_both_kinds_of_unit() {
        assert_eq!(parse_size("16384"), Ok(16384));
        assert_eq!(parse_size("16KiB"), Ok(16384));
        assert_eq!(parse_size("10MB"), Ok(10_000_000));
        assert_eq!(parse_size("1.5 GiB"), Ok(1_610_612_736));
        assert!(parse_size("10 parsecs").is_err());
        assert!(parse_size("-1").is_err());
    }

    #[test]
    fn durations_are_read_with_a_bare_number_as_seconds() {
        assert_eq!(parse_duration("5ms"), Ok(Duration::from_millis(5)));
        assert_eq!(parse_duration("1h30m"), Ok(Duration::from_secs(5400)));
        assert_eq!(parse_duration("30"), Ok(Duration::from_secs(30)));
        assert!(parse_duration("soon").is_err());
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        let now = 1_795_313_647_000; // 2026-11-22 02:14:07Z
        let midnight = 1_795_305_600_000;
        for (text, expected) in [
            ("now", now),
            ("-1h", now - 3_600_000),
            ("@1700000000", 1_700_000_000_000),
            ("@1700000000123", 1_700_000_000_123),
            ("today", midnight),
            ("2026-11-22", midnight),
            ("2026-11-22T00:00:00.004Z", midnight + 4),
            ("2026-11-22T00:00:00.000", midnight),
            ("yesterday 14:00Z", midnight - 10 * 3_600_000),
            ("2026-11-22 02:00+02", midnight),
            ("2026-11-21 18:30-0530", midnight),
        ] {
            assert_eq!(parse_time(text, now), Ok(expected), "{text}");
        }
        for bad in ["", "tomorrow", "2026-13-01", "12:00", "@x", "2026-11-22T25:00Z"] {
            assert!(parse_time(bad, now).is_err(), "{bad}");
        }
        assert_eq!(time(now), "2026-11-22 02:14:07Z");
        assert_eq!(rfc3339(now), "2026-11-22T02:14:07.000Z");
    }
}
