//! Habits of the Java runtime that reach the tools' output.

use std::io::{self, BufRead as _, Write};

use crate::client::At;
use crate::model::java_string_hash;
use crate::ops::quotas::Quotas;

/// Reads the answer to a question that was printed; `None` at the end of the input.
///
/// # Errors
/// The streams'.
pub fn ask(out: &mut dyn Write) -> io::Result<Option<String>> {
    out.flush()?;
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line)?;
    Ok((read > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned()))
}

/// Puts items into the order in which a `java.util.HashMap` keyed by text yields them, given insertion order.
pub fn hash_map_order<T>(items: &mut [T], key: impl Fn(&T) -> &str) {
    by_bucket(items, 16, key);
}

/// The same for a map that was made for as many items as there are.
pub fn hash_map_order_sized<T>(items: &mut [T], key: impl Fn(&T) -> &str) {
    let buckets = u32::try_from(items.len()).unwrap_or(1 << 30).max(1).next_power_of_two();
    by_bucket(items, buckets, key);
}

/// The same for a map that was copied from another (`HashMap(Map)`).
pub fn hash_map_order_copied<T>(items: &mut [T], key: impl Fn(&T) -> &str) {
    let room = u32::try_from(items.len() * 4 / 3 + 1).unwrap_or(1 << 30);
    by_bucket(items, room.next_power_of_two(), key);
}

/// The same for a set of numbers.
pub fn number_set_order(items: &mut [i32]) {
    by_hash(items, 16, |number| *number);
}

/// The same for a map keyed by numbers of 64 bits.
pub fn hash_map_order_of_longs<T>(items: &mut [T], key: impl Fn(&T) -> i64) {
    by_hash(items, 16, |item| {
        let key = key(item);
        (key ^ (key >> 32)) as i32
    });
}

/// The same for a map keyed by Kafka's `TopicPartition`.
pub fn partition_map_order<T>(items: &mut [T], key: impl Fn(&T) -> &At) {
    by_hash(items, 16, |item| partition_hash(key(item)));
}

/// The same for one that was made for as many items as there are.
pub fn partition_map_order_sized<T>(items: &mut [T], key: impl Fn(&T) -> &At) {
    let buckets = u32::try_from(items.len()).unwrap_or(1 << 30).max(1).next_power_of_two();
    by_hash(items, buckets, |item| partition_hash(key(item)));
}

/// `TopicPartition.hashCode`.
fn partition_hash((topic, partition): &At) -> i32 {
    31i32.wrapping_add(*partition).wrapping_mul(31).wrapping_add(java_string_hash(topic))
}

/// The same for a map keyed by Kafka's `ClientQuotaEntity`, made for as many items as there are.
pub fn quota_map_order(items: &mut [Quotas]) {
    let buckets = u32::try_from(items.len()).unwrap_or(1 << 30).max(1).next_power_of_two();
    by_hash(items, buckets, |quotas| {
        let part = |part: &crate::ops::quotas::Part| {
            java_string_hash(part.kind.name()) ^ part.name.as_deref().map_or(0, java_string_hash)
        };
        quotas.entity.iter().map(part).fold(31i32, i32::wrapping_add)
    });
}

fn by_bucket<T>(items: &mut [T], buckets: u32, key: impl Fn(&T) -> &str) {
    by_hash(items, buckets, |item| java_string_hash(key(item)));
}

fn by_hash<T>(items: &mut [T], mut buckets: u32, hash: impl Fn(&T) -> i32) {
    // A map grows when it is fuller than three quarters.
    while items.len() as u64 * 4 > u64::from(buckets) * 3 {
        buckets *= 2;
    }
    items.sort_by_key(|item| {
        let hash = hash(item) as u32;
        (hash ^ (hash >> 16)) & (buckets - 1)
    });
}

/// The regular expression that tools take for a set of topics (`IncludeList`): commas separate alternatives, and the whole
/// name must match.
#[derive(Clone, Debug)]
pub struct TopicPattern(regex::Regex);

impl TopicPattern {
    /// Reads what the operator typed.
    ///
    /// # Errors
    /// When it is no regular expression.
    pub fn new(text: &str) -> Result<TopicPattern, String> {
        let text = text.trim().replace(',', "|").replace(' ', "");
        let text = text.trim_start_matches(['"', '\'']).trim_end_matches(['"', '\'']);
        match regex::Regex::new(&format!("^(?:{text})$")) {
            Ok(regex) => Ok(TopicPattern(regex)),
            Err(_) => Err(format!("{text} is an invalid regex.")),
        }
    }

    /// Whether the whole name matches.
    pub fn matches(&self, name: &str) -> bool {
        self.0.is_match(name)
    }
}

/// Whether a bootstrap list is one of `host:port` alone (`ToolsUtils.validateBootstrapServer`).
pub fn plain_addresses(list: &str) -> bool {
    let plain = |address: &str| {
        let port = address.rsplit_once(':').map(|(_, port)| port);
        port.is_some_and(|port| !port.is_empty() && port.bytes().all(|digit| digit.is_ascii_digit()))
    };
    !list.trim().is_empty() && list.split(',').all(plain)
}

/// Reads `YYYY-MM-DDThh:mm:ss.sss` with an optional zone, UTC without one (`Utils.getDateTime`); milliseconds since 1970.
///
/// # Errors
/// What Java's exception would say.
pub fn parse_datetime(text: &str) -> Result<i64, String> {
    let Some((_, time)) = text.split_once('T') else {
        return Err(
            "java.text.ParseException: Error parsing timestamp. It does not contain a 'T' according to ISO8601 format"
                .to_owned(),
        );
    };
    let zoned = if time.contains(['+', '-', 'Z']) { text.to_owned() } else { format!("{text}Z") };
    let millis = time.split_once('.').map_or(0, |(_, rest)| rest.chars().take_while(char::is_ascii_digit).count());
    match zoned.parse::<jiff::Timestamp>() {
        Ok(at) if millis > 0 => Ok(at.as_millisecond()),
        _ => Err(format!("java.text.ParseException: Unparseable date: \"{zoned}\"")),
    }
}

/// Reads `PnDTnHnMnS` (`java.time.Duration.parse`), in milliseconds.
pub fn parse_duration(text: &str) -> Option<i64> {
    let span: jiff::Span = text.parse().ok()?;
    let calendar = span.get_years() != 0 || span.get_months() != 0 || span.get_weeks() != 0;
    if calendar || !text.starts_with(['P', 'p', '-', '+']) {
        return None;
    }
    let seconds = i64::from(span.get_days()) * 86_400
        + i64::from(span.get_hours()) * 3_600
        + span.get_minutes() * 60
        + span.get_seconds();
    seconds.checked_mul(1_000)?.checked_add(span.get_milliseconds())
}

/// A number with so many decimals, as `String.format("%.Nf")` has it: halves go up, and what is not finite is spelled out.
pub fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return if value.is_nan() {
            "NaN"
        } else if value > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .to_owned();
    }
    // Java rounds the shortest text of the number, Rust its exact value.
    let shortest = format!("{value}");
    let (whole, fraction) = shortest.split_once('.').unwrap_or((&shortest, ""));
    let half_up = fraction.as_bytes().get(decimals).is_some_and(|&digit| digit >= b'5');
    let kept = fraction.get(..decimals).unwrap_or(fraction);
    let mut digits: Vec<u8> = format!("{whole}{kept:0<decimals$}").into_bytes();
    if half_up {
        let mut at = digits.len();
        loop {
            match at.checked_sub(1).map(|before| digits[before]) {
                Some(b'9') => {
                    at -= 1;
                    digits[at] = b'0';
                }
                Some(digit) if digit.is_ascii_digit() => {
                    digits[at - 1] += 1;
                    break;
                }
                _ => {
                    digits.insert(at, b'1');
                    break;
                }
            }
        }
    }
    if decimals > 0 {
        digits.insert(digits.len() - decimals, b'.');
    }
    String::from_utf8_lossy(&digits).into_owned()
}

/// A number as `Double.toString` has it: `1024.0`, `2.0E7`.
pub fn double(value: f64) -> String {
    if !value.is_finite() {
        return fixed(value, 0);
    }
    let size = value.abs();
    if size == 0.0 || (1e-3..1e7).contains(&size) {
        return format!("{value:?}");
    }
    let text = format!("{value:e}");
    match text.split_once('e') {
        Some((digits, exponent)) if digits.contains('.') => format!("{digits}E{exponent}"),
        Some((digits, exponent)) => format!("{digits}.0E{exponent}"),
        None => text,
    }
}

/// Reads a number as `Double.parseDouble` does, but for hexadecimal ones.
pub fn parse_double(text: &str) -> Option<f64> {
    let text = text.trim();
    let number = text.strip_suffix(['f', 'F', 'd', 'D']).unwrap_or(text);
    match number.strip_prefix(['+', '-']).unwrap_or(number) {
        "NaN" | "Infinity" => {}
        plain if plain.starts_with(|c: char| c.is_ascii_digit() || c == '.') => {}
        _ => return None,
    }
    number.parse().ok()
}

/// Milliseconds since 1970, as `System.currentTimeMillis()` gives them.
pub fn millis() -> i64 {
    crate::model::TimestampMs::now().0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_rounded_as_java_rounds_them() {
        for (value, decimals, text) in [
            (0.25, 1, "0.3"),
            (0.35, 1, "0.4"),
            (9.995, 2, "10.00"),
            (-0.05, 1, "-0.1"),
            (-99.96, 1, "-100.0"),
            (1234.5678, 6, "1234.567800"),
            (2.5, 0, "3"),
            (1e21, 2, "1000000000000000000000.00"),
            (f64::NAN, 2, "NaN"),
            (f64::INFINITY, 2, "Infinity"),
        ] {
            assert_eq!(fixed(value, decimals), text, "{value}");
        }
    }

    #[test]
    fn doubles_are_written_and_read_as_java_does() {
        for (value, text) in
            [(1024.0, "1024.0"), (2e7, "2.0E7"), (1.25e8, "1.25E8"), (0.5, "0.5"), (1e-4, "1.0E-4"), (0.0, "0.0")]
        {
            assert_eq!(double(value), text);
            assert_eq!(parse_double(text), Some(value));
        }
        assert_eq!((parse_double("5d"), parse_double("inf"), parse_double("x")), (Some(5.0), None, None));
    }

    #[test]
    fn text_keys_come_in_bucket_order() {
        // As `new java.util.HashMap<>(...).keySet()` prints them.
        let mut keys = vec!["banana", "apple", "cherry", "date"];
        hash_map_order(&mut keys, |key| key);
        assert_eq!(keys, ["banana", "date", "apple", "cherry"]);
    }

    #[test]
    fn times_and_durations() {
        assert_eq!(parse_datetime("2024-01-01T00:00:00.000"), Ok(1_704_067_200_000));
        assert_eq!(parse_datetime("2024-01-01T02:00:00.500+02:00"), Ok(1_704_067_200_500));
        assert!(parse_datetime("2024-01-01").unwrap_err().contains("does not contain a 'T'"));
        assert!(parse_datetime("2024-01-01T00:00:00").unwrap_err().contains("Unparseable date"));
        assert_eq!(parse_duration("P1DT2H3M4S"), Some(93_784_000));
        assert_eq!(parse_duration("PT0.5S"), Some(500));
        assert_eq!(parse_duration("P1M"), None);
    }

    #[test]
    fn topic_patterns_match_whole_names_and_commas_are_alternatives() {
        let pattern = TopicPattern::new(" 'a, b.*' ").unwrap();
        assert!(pattern.matches("a") && pattern.matches("bcd"));
        assert!(!pattern.matches("ab") && !pattern.matches("xb"));
        assert_eq!(TopicPattern::new("(").unwrap_err(), "( is an invalid regex.");
    }
}
