//! `java.util.Properties`: the format of `server.properties`, of client properties and of `meta.properties`.
//! Brokers and clients read it here, so that one file means the same to both.

use std::fmt::Write as _;

/// Keys and values in the order in which they were first set.
///
/// Bytes are read as Java reads them: ISO-8859-1, with `\uXXXX` for everything beyond.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Properties {
    entries: Vec<(String, String)>,
}

impl Properties {
    /// No entries.
    pub fn new() -> Properties {
        Properties::default()
    }

    /// Reads a file's bytes. Like Java's, the format has no wrong input but a broken `\u` escape, which is kept as text.
    pub fn parse(bytes: &[u8]) -> Properties {
        Properties::parse_str(&bytes.iter().map(|&b| char::from(b)).collect::<String>())
    }

    /// Reads a text.
    pub fn parse_str(text: &str) -> Properties {
        let mut properties = Properties::new();
        for line in logical_lines(text) {
            let (key, value) = split(&line);
            properties.set(&unescape(key), &unescape(value));
        }
        properties
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.entries.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }

    /// Sets a key; one that is set already keeps its place.
    pub fn set(&mut self, key: &str, value: &str) {
        match self.entries.iter_mut().find(|(known, _)| known == key) {
            Some((_, old)) => value.clone_into(old),
            None => self.entries.push((key.to_owned(), value.to_owned())),
        }
    }

    /// Takes a key out.
    pub fn remove(&mut self, key: &str) -> Option<String> {
        let at = self.entries.iter().position(|(known, _)| known == key)?;
        Some(self.entries.remove(at).1)
    }

    /// Whether a key is set.
    pub fn contains(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Entries in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// How many keys are set.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no key is set.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The text that `Properties.store` writes, without its comment lines: escaped, one entry a line, all ASCII.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        for (key, value) in self.iter() {
            escape(&mut out, key, true);
            out.push('=');
            escape(&mut out, value, false);
            out.push('\n');
        }
        out
    }
}

impl<K: AsRef<str>, V: AsRef<str>> FromIterator<(K, V)> for Properties {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Properties {
        let mut properties = Properties::new();
        for (key, value) in entries {
            properties.set(key.as_ref(), value.as_ref());
        }
        properties
    }
}

const fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{c}')
}

/// Lines with their continuations joined, and without blank lines and comments.
fn logical_lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for natural in natural_lines(text) {
        let natural = natural.trim_start_matches(is_blank);
        // A comment counts only where a line begins: after a continuation it is text.
        if line.is_empty() && (natural.is_empty() || natural.starts_with(['#', '!'])) {
            continue;
        }
        let backslashes = natural.len() - natural.trim_end_matches('\\').len();
        if backslashes % 2 == 1 {
            line.push_str(&natural[..natural.len() - 1]);
        } else {
            line.push_str(natural);
            lines.push(std::mem::take(&mut line));
        }
    }
    lines.extend(Some(line).filter(|line| !line.is_empty()));
    lines
}

/// Splits at `\n`, `\r` and `\r\n`.
fn natural_lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

/// Key and value of a line: parted by the first blank, `=` or `:` that no backslash guards.
fn split(line: &str) -> (&str, &str) {
    let mut guarded = false;
    let mut end = line.len();
    for (at, c) in line.char_indices() {
        if !guarded && (is_blank(c) || c == '=' || c == ':') {
            end = at;
            break;
        }
        guarded = c == '\\' && !guarded;
    }
    let rest = line[end..].trim_start_matches(is_blank);
    let rest = rest.strip_prefix(['=', ':']).unwrap_or(rest);
    (&line[..end], rest.trim_start_matches(is_blank))
}

fn unescape(text: &str) -> String {
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut buffer = [0u16; 2];
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            units.extend_from_slice(c.encode_utf16(&mut buffer));
            continue;
        }
        match chars.next() {
            None => {}
            Some('t') => units.push(u16::from(b'\t')),
            Some('n') => units.push(u16::from(b'\n')),
            Some('r') => units.push(u16::from(b'\r')),
            Some('f') => units.push(0x0c),
            Some('u') => {
                let digits: String = chars.clone().take(4).collect();
                match u16::from_str_radix(&digits, 16) {
                    Ok(unit) if digits.len() == 4 && !digits.starts_with('+') => {
                        units.push(unit);
                        chars.nth(3);
                    }
                    _ => units.extend("\\u".encode_utf16()),
                }
            }
            Some(other) => units.extend_from_slice(other.encode_utf16(&mut buffer)),
        }
    }
    // Two escapes may make one character beyond the basic plane.
    String::from_utf16_lossy(&units)
}

fn escape(out: &mut String, text: &str, is_key: bool) {
    for (at, c) in text.chars().enumerate() {
        match c {
            ' ' if is_key || at == 0 => out.push_str("\\ "),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\u{c}' => out.push_str("\\f"),
            '\\' | '=' | ':' | '#' | '!' => {
                out.push('\\');
                out.push(c);
            }
            ' '..='~' => out.push(c),
            _ => {
                for unit in c.encode_utf16(&mut [0u16; 2]) {
                    let _ = write!(out, "\\u{unit:04X}");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_end_at_equals_colon_or_blank() {
        let p = Properties::parse(b"a=1\nb:2\nc 3\nd = 4\ne\t:\t5\nf\n  g=6\nh==7\n");
        let read: Vec<_> = p.iter().collect();
        assert_eq!(
            read,
            [("a", "1"), ("b", "2"), ("c", "3"), ("d", "4"), ("e", "5"), ("f", ""), ("g", "6"), ("h", "=7")]
        );
    }

    #[test]
    fn comments_and_blank_lines_are_skipped_but_not_inside_a_continuation() {
        let p = Properties::parse(b"# one\n  ! two\n\n\x0c\nlist=a,\\\n    b,\\\n    #c\nend=1\\\\\n");
        assert_eq!(p.get("list"), Some("a,b,#c"));
        assert_eq!(p.get("end"), Some("1\\"));
        assert_eq!(p.len(), 2);
    }

    #[test]
    fn escapes_are_javas() {
        let p = Properties::parse(br"a\ b\=c\:d=\tx\u00e9\uD83D\uDE00\q\\");
        assert_eq!(p.get("a b=c:d"), Some("\tx\u{e9}\u{1f600}q\\"));
        assert_eq!(Properties::parse(b"umlaut=\xe9").get("umlaut"), Some("\u{e9}"));
        assert_eq!(Properties::parse(br"a=\u12").get("a"), Some(r"\u12"));
    }

    #[test]
    fn a_client_file_reads_as_java_reads_it() {
        let text = "# comment\n! too\n\na=1\nb : two words \nc\td\nlong=x,\\\n   y\nwin=C:\\\\logs\nkey\\=odd=v\nempty=\nuni=\\u00e9\nbare\n";
        let p = Properties::parse_str(text);
        let expected = [
            ("a", "1"),
            ("b", "two words "),
            ("c", "d"),
            ("long", "x,y"),
            ("win", "C:\\logs"),
            ("key=odd", "v"),
            ("empty", ""),
            ("uni", "é"),
            ("bare", ""),
        ];
        assert_eq!(p.iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_continuation_of_nothing_begins_a_line_anew() {
        let p = Properties::parse(b"\\\n\n  \\\n# comment\n\\\nkey=v,\\\n\nlast=1\n");
        assert_eq!(p.iter().collect::<Vec<_>>(), [("key", "v,"), ("last", "1")]);
    }

    #[test]
    fn every_end_of_line_ends_a_line_and_the_last_value_wins() {
        let p = Properties::parse(b"a=1\r\nb=2\rc=3\na=4");
        assert_eq!(p.iter().collect::<Vec<_>>(), [("a", "4"), ("b", "2"), ("c", "3")]);
    }

    #[test]
    fn writing_escapes_what_reading_would_take_apart() {
        let p: Properties = [("a key", " v = \u{e9}#")].into_iter().collect();
        assert_eq!(p.to_text(), "a\\ key=\\ v \\= \\u00E9\\#\n");
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(entries in proptest::collection::vec((".{0,12}", ".{0,12}"), 0..8)) {
            let p: Properties = entries.into_iter().collect();
            prop_assert_eq!(Properties::parse(p.to_text().as_bytes()), p);
        }

        #[test]
        fn no_bytes_upset_the_parser(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            Properties::parse(&bytes);
        }
    }
}
