//! Dates by a pattern of `java.text.SimpleDateFormat`, in English.

use std::fmt::Write as _;

use jiff::Zoned;

/// A pattern that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateFormat(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(char, usize),
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

impl DateFormat {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What Java's exception says.
    pub fn new(pattern: &str) -> Result<DateFormat, String> {
        let mut parts = Vec::new();
        let mut rest = pattern;
        while let Some(c) = rest.chars().next() {
            if c.is_ascii_alphabetic() {
                if !"GyMLwWDdFEuaHkKhmsSzZXY".contains(c) {
                    return Err(format!("Illegal pattern character '{c}'"));
                }
                let tail = rest.trim_start_matches(c);
                parts.push(Part::Field(c, rest.len() - tail.len()));
                rest = tail;
            } else if let Some(tail) = rest.strip_prefix("''") {
                parts.push(Part::Text("'".to_owned()));
                rest = tail;
            } else if let Some(tail) = rest.strip_prefix('\'') {
                let (text, tail) = quoted(tail).ok_or("Unterminated quote")?;
                parts.push(Part::Text(text));
                rest = tail;
            } else {
                parts.push(Part::Text(c.to_string()));
                rest = &rest[c.len_utf8()..];
            }
        }
        Ok(DateFormat(parts))
    }

    /// Milliseconds since 1970 in the system's time zone.
    pub fn format(&self, millis: i64) -> String {
        let at = jiff::Timestamp::from_millisecond(millis).unwrap_or_default();
        self.format_zoned(&at.to_zoned(jiff::tz::TimeZone::system()))
    }

    fn format_zoned(&self, at: &Zoned) -> String {
        let mut out = String::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Field(letter, count) => field(&mut out, *letter, *count, at),
            }
        }
        out
    }
}

/// Text up to the closing quote, in which two quotes are one.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut rest = text;
    loop {
        let end = rest.find('\'')?;
        out.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('\'') {
            Some(tail) => {
                out.push('\'');
                rest = tail;
            }
            None => return Some((out, rest)),
        }
    }
}

fn field(out: &mut String, letter: char, count: usize, at: &Zoned) {
    let date = at.date();
    let (year, month, day) = (i64::from(at.year()), i64::from(at.month()), i64::from(at.day()));
    let day_of_year = i64::from(date.day_of_year());
    let weekday = i64::from(date.weekday().to_sunday_zero_offset());
    let hour = i64::from(at.hour());
    let (week_year, week) = week_of_year(year, day_of_year, weekday, date.days_in_year().into());
    let number = match letter {
        'G' => return out.push_str("AD"),
        'y' | 'Y' => {
            let year = if letter == 'Y' { week_year } else { year };
            return number(out, if count == 2 { year % 100 } else { year }, count);
        }
        'M' | 'L' if count >= 3 => return name(out, MONTHS[(month - 1) as usize], count),
        'E' => return name(out, DAYS[weekday as usize], count),
        'a' => return out.push_str(if hour < 12 { "AM" } else { "PM" }),
        'z' | 'Z' | 'X' => return zone(out, letter, count, at),
        'M' | 'L' => month,
        'w' => week,
        'W' => week_in_period(day, weekday),
        'D' => day_of_year,
        'd' => day,
        'F' => (day - 1) / 7 + 1,
        'u' => (weekday + 6) % 7 + 1,
        'H' => hour,
        'k' => (hour + 23) % 24 + 1,
        'K' => hour % 12,
        'h' => (hour + 11) % 12 + 1,
        'm' => at.minute().into(),
        's' => at.second().into(),
        _ => at.millisecond().into(),
    };
    self::number(out, number, count);
}

fn number(out: &mut String, value: i64, width: usize) {
    let _ = write!(out, "{value:0width$}");
}

fn name(out: &mut String, name: &str, count: usize) {
    out.push_str(if count >= 4 { name } else { &name[..3] });
}

/// Weeks begin on Sunday, and the first of a year is the one with its first day in it.
fn week_in_period(day: i64, weekday: i64) -> i64 {
    (day - 1 + (weekday - (day - 1)).rem_euclid(7)) / 7 + 1
}

fn week_of_year(year: i64, day: i64, weekday: i64, days: i64) -> (i64, i64) {
    if day + (6 - weekday) > days { (year + 1, 1) } else { (year, week_in_period(day, weekday)) }
}

fn zone(out: &mut String, letter: char, count: usize, at: &Zoned) {
    let seconds = at.offset().seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let (hours, minutes) = (seconds.abs() / 3600, seconds.abs() / 60 % 60);
    let _ = match (letter, count) {
        ('z', _) => write!(out, "{}", at.strftime("%Z")),
        ('X', _) if seconds == 0 => write!(out, "Z"),
        ('X', 1) => write!(out, "{sign}{hours:02}"),
        ('X', 3..) => write!(out, "{sign}{hours:02}:{minutes:02}"),
        _ => write!(out, "{sign}{hours:02}{minutes:02}"),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formatted(pattern: &str) -> String {
        let at = jiff::Timestamp::from_millisecond(1_767_323_045_678).unwrap();
        DateFormat::new(pattern).unwrap().format_zoned(&at.to_zoned(jiff::tz::TimeZone::UTC))
    }

    #[test]
    fn the_default_and_every_letter_are_formatted_as_java_formats_them() {
        assert_eq!(formatted("yyyy-MM-dd HH:mm:ss:SSS"), "2026-01-02 03:04:05:678");
        assert_eq!(
            formatted("yy M d H:m:s.S a h EEE EEEE MMM MMMM D k K z Z X XX XXX G w W F u 'it''s' yyyyy YYYY L"),
            "26 1 2 3:4:5.678 AM 3 Fri Friday Jan January 2 3 3 UTC +0000 Z Z Z AD 1 1 1 5 it's 02026 2026 1"
        );
        assert_eq!(formatted("''"), "'");
    }

    #[test]
    fn what_is_no_pattern_is_refused_in_javas_words() {
        assert_eq!(DateFormat::new("b").unwrap_err(), "Illegal pattern character 'b'");
        assert_eq!(DateFormat::new("'x").unwrap_err(), "Unterminated quote");
    }

    #[test]
    fn the_last_days_of_a_year_may_belong_to_the_next_years_first_week() {
        assert_eq!(week_of_year(2026, 365, 4, 365), (2027, 1));
        assert_eq!(week_of_year(2026, 359, 5, 365), (2026, 52));
    }
}
