//! Which records are copied.

use regex::bytes::Regex;

use crate::wire::batch::Record;

/// All of these have to hold.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The key is this.
    pub key: Option<String>,
    /// The key matches.
    pub key_regex: Option<Regex>,
    /// A header is there, with this value where one is given.
    pub headers: Vec<(String, Option<String>)>,
    /// At or after this time, in milliseconds since 1970.
    pub since_ms: Option<i64>,
    /// Before this time.
    pub before_ms: Option<i64>,
}

impl Filter {
    /// Whether a record is copied.
    pub fn takes(&self, record: &Record<'_>) -> bool {
        let time = record.timestamp.0;
        self.since_ms.is_none_or(|since| time >= since)
            && self.before_ms.is_none_or(|before| time < before)
            && self.key.as_ref().is_none_or(|key| record.key == Some(key.as_bytes()))
            && self.key_regex.as_ref().is_none_or(|regex| record.key.is_some_and(|key| regex.is_match(key)))
            && self.headers.iter().all(|(name, value)| {
                let mut headers = record.headers;
                headers.any(|header| {
                    header.key == name.as_bytes()
                        && value.as_ref().is_none_or(|value| header.value == Some(value.as_bytes()))
                })
            })
    }
}
