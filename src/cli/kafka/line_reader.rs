//! How the console producer reads a line (`LineMessageReader`).

use super::cluster::{Failure, Settings, settings_of};
use super::jopt::Options;
use super::usage::{Stop, key_values};

/// A header: its name and its value, if it has one.
pub type LineHeader<'a> = (&'a [u8], Option<&'a [u8]>);

/// A line taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed<'a> {
    /// The key.
    pub key: Option<&'a [u8]>,
    /// The value.
    pub value: Option<&'a [u8]>,
    /// The headers, in order.
    pub headers: Vec<LineHeader<'a>>,
}

/// What stands between the parts of a line.
#[derive(Clone, Debug)]
pub struct LineReader {
    parse_key: bool,
    parse_headers: bool,
    ignore_error: bool,
    key_separator: Vec<u8>,
    headers_delimiter: Vec<u8>,
    headers_separator: Vec<u8>,
    headers_key_separator: Vec<u8>,
    null_marker: Option<Vec<u8>>,
}

impl LineReader {
    /// Takes the settings from a file and from words; `option` is the name that the words were given under.
    ///
    /// # Errors
    /// When they contradict each other.
    pub fn read(options: &Options, option: &str) -> Result<LineReader, Stop> {
        let failed = |failure: Failure| Stop::Failure(failure.to_string());
        let mut settings = match options.value("reader-config").map_err(|e| Stop::Failure(e.to_string()))? {
            Some(file) => settings_of(file).map_err(failed)?,
            None => Settings::new(),
        };
        let pairs = key_values(&options.values(option));
        for (key, value) in
            pairs.map_err(|message| failed(Failure::of("java.lang.IllegalArgumentException", message)))?
        {
            settings.insert(key, value);
        }
        LineReader::with(&settings)
            .map_err(|message| failed(Failure::of("org.apache.kafka.common.KafkaException", message)))
    }

    fn with(settings: &Settings) -> Result<LineReader, String> {
        let flag = |key: &str| settings.get(key).is_some_and(|text| text.trim().eq_ignore_ascii_case("true"));
        let text = |key: &str, otherwise: &str| settings.get(key).map_or(otherwise, String::as_str).as_bytes().to_vec();
        let reader = LineReader {
            parse_key: flag("parse.key"),
            parse_headers: flag("parse.headers"),
            ignore_error: flag("ignore.error"),
            key_separator: text("key.separator", "\t"),
            headers_delimiter: text("headers.delimiter", "\t"),
            headers_separator: text("headers.separator", ","),
            headers_key_separator: text("headers.key.separator", ":"),
            null_marker: settings.get("null.marker").map(|text| text.as_bytes().to_vec()),
        };
        let named = [
            ("headers.delimiter", &reader.headers_delimiter),
            ("headers.separator", &reader.headers_separator),
            ("headers.key.separator", &reader.headers_key_separator),
        ];
        for (at, (first, one)) in named.iter().enumerate() {
            if let Some((second, _)) = named[at + 1..].iter().find(|(_, other)| one == other) {
                return Err(format!("{first} and {second} may not be equal"));
            }
        }
        if let Some(marker) = &reader.null_marker {
            let clash = std::iter::once(("key.separator", &reader.key_separator))
                .chain([named[1], named[0], named[2]])
                .find(|(_, separator)| *separator == marker);
            if let Some((name, _)) = clash {
                return Err(format!("null.marker and {name} may not be equal"));
            }
        }
        Ok(reader)
    }

    /// Takes a line apart; `number` is its place in the input, from 1.
    ///
    /// # Errors
    /// What is missing, with the line's number.
    pub fn parse<'a>(&self, line: &'a [u8], number: u64) -> Result<Parsed<'a>, String> {
        let mut rest = line;
        let mut part = |wanted: bool, separator: &[u8], name: &str| -> Result<Option<&'a [u8]>, String> {
            if !wanted {
                return Ok(None);
            }
            match memchr::memmem::find(rest, separator) {
                Some(at) => {
                    let head = &rest[..at];
                    rest = &rest[at + separator.len()..];
                    Ok(Some(head))
                }
                None if self.ignore_error => Ok(None),
                None => Err(format!("No {name} found on line number {number}: '{}'", String::from_utf8_lossy(line))),
            }
        };
        let headers = part(self.parse_headers, &self.headers_delimiter, "headers delimiter")?;
        let key = part(self.parse_key, &self.key_separator, "key separator")?;
        Ok(Parsed {
            key: key.and_then(|key| self.unless_null(key)),
            value: self.unless_null(rest),
            headers: match headers.and_then(|headers| self.unless_null(headers)) {
                Some(headers) => self.headers(headers, number)?,
                None => Vec::new(),
            },
        })
    }

    fn unless_null<'a>(&self, text: &'a [u8]) -> Option<&'a [u8]> {
        (self.null_marker.as_deref() != Some(text)).then_some(text)
    }

    fn headers<'a>(&self, text: &'a [u8], number: u64) -> Result<Vec<LineHeader<'a>>, String> {
        let mut headers = Vec::new();
        let mut rest = Some(text);
        while let Some(current) = rest {
            let pair = match memchr::memmem::find(current, &self.headers_separator) {
                Some(at) => {
                    rest = Some(&current[at + self.headers_separator.len()..]);
                    &current[..at]
                }
                None => {
                    rest = None;
                    current
                }
            };
            // Java's split drops empty strings at the end.
            if pair.is_empty() && rest.is_none_or(<[u8]>::is_empty) && !headers.is_empty() {
                break;
            }
            headers.push(match memchr::memmem::find(pair, &self.headers_key_separator) {
                Some(at) => {
                    let (name, value) = (&pair[..at], &pair[at + self.headers_key_separator.len()..]);
                    if self.null_marker.as_deref() == Some(name) {
                        return Err(format!(
                            "Header keys should not be equal to the null marker '{}' as they can't be null",
                            String::from_utf8_lossy(name)
                        ));
                    }
                    (name, self.unless_null(value))
                }
                None if self.ignore_error => (pair, None),
                None => {
                    return Err(format!(
                        "No header key separator found in pair '{}' on line number {number}",
                        String::from_utf8_lossy(pair)
                    ));
                }
            });
        }
        Ok(headers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(pairs: &[(&str, &str)]) -> Result<LineReader, String> {
        let mut settings = Settings::new();
        pairs.iter().for_each(|(key, value)| drop(settings.insert((*key).to_owned(), (*value).to_owned())));
        LineReader::with(&settings)
    }

    #[test]
    fn a_plain_line_is_a_value_even_with_a_separator_in_it() {
        let parsed = reader(&[]).unwrap().parse(b"a\tb", 1).map(|parsed| (parsed.key, parsed.value));
        assert_eq!(parsed, Ok((None, Some(b"a\tb".as_slice()))));
    }

    #[test]
    fn keys_and_headers_are_taken_off_in_front() {
        let reader = reader(&[("parse.key", "TRUE"), ("parse.headers", "true"), ("null.marker", "NULL")]).unwrap();
        let parsed = reader.parse(b"h1:v1,h2:NULL\tk\tv\tw", 1).unwrap();
        assert_eq!((parsed.key, parsed.value), (Some(b"k".as_slice()), Some(b"v\tw".as_slice())));
        assert_eq!(parsed.headers, [(b"h1".as_slice(), Some(b"v1".as_slice())), (b"h2".as_slice(), None)]);
        let parsed = reader.parse(b"NULL\tNULL\tNULL", 1).unwrap();
        assert_eq!(parsed, Parsed::default());
    }

    #[test]
    fn a_missing_separator_names_the_line() {
        let keyed = reader(&[("parse.key", "true"), ("key.separator", ":")]).unwrap();
        assert_eq!(keyed.parse(b"abc", 3).unwrap_err(), "No key separator found on line number 3: 'abc'");
        let headed = reader(&[("parse.headers", "true")]).unwrap();
        assert_eq!(headed.parse(b"x\tv", 2).unwrap_err(), "No header key separator found in pair 'x' on line number 2");
        let lenient = reader(&[("parse.key", "true"), ("ignore.error", "true")]).unwrap();
        assert_eq!(lenient.parse(b"abc", 1).unwrap().value, Some(b"abc".as_slice()));
    }

    #[test]
    fn separators_must_differ() {
        assert_eq!(
            reader(&[("headers.delimiter", ",")]).unwrap_err(),
            "headers.delimiter and headers.separator may not be equal"
        );
        assert_eq!(reader(&[("null.marker", "\t")]).unwrap_err(), "null.marker and key.separator may not be equal");
    }
}
