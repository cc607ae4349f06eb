//! Java `.properties` text: what `server.properties` and `--command-config` files are written in.

/// Reads the text as `java.util.Properties.load` does: comments with `#` or `!`, `=`, `:` or blanks between key and
/// value, lines continued by an odd number of backslashes, escapes `\t \n \r \f \uXXXX`. A key that comes twice is
/// given twice; the last one counts.
pub fn parse(text: &str) -> Vec<(String, String)> {
    logical_lines(text).iter().map(|line| split(line)).collect()
}

fn logical_lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut open: Option<String> = None;
    for natural in text.lines() {
        let trimmed = natural.trim_start_matches([' ', '\t', '\x0c']);
        if open.is_none() && (trimmed.is_empty() || trimmed.starts_with(['#', '!'])) {
            continue;
        }
        let mut line = open.take().unwrap_or_default();
        let continued = trimmed.len() - trimmed.trim_end_matches('\\').len();
        if continued % 2 == 1 {
            line.push_str(&trimmed[..trimmed.len() - 1]);
            open = Some(line);
        } else {
            line.push_str(trimmed);
            lines.push(line);
        }
    }
    lines.extend(open);
    lines
}

fn split(line: &str) -> (String, String) {
    let mut escaped = false;
    let end = line.find(|c: char| {
        let ends = !escaped && (matches!(c, '=' | ':') || c.is_ascii_whitespace());
        escaped = c == '\\' && !escaped;
        ends
    });
    let Some(end) = end else { return (unescape(line), String::new()) };
    let rest = line[end..].trim_start_matches([' ', '\t', '\x0c']);
    let rest = rest.strip_prefix(['=', ':']).unwrap_or(rest).trim_start_matches([' ', '\t', '\x0c']);
    (unescape(&line[..end]), unescape(rest))
}

fn unescape(raw: &str) -> String {
    let mut units: Vec<u16> = Vec::with_capacity(raw.len());
    let mut chars = raw.chars();
    let mut buf = [0; 2];
    while let Some(c) = chars.next() {
        if c != '\\' {
            units.extend_from_slice(c.encode_utf16(&mut buf));
            continue;
        }
        match chars.next() {
            Some('t') => units.push(0x09),
            Some('n') => units.push(0x0a),
            Some('f') => units.push(0x0c),
            Some('r') => units.push(0x0d),
            Some('u') => {
                let hex: String = chars.by_ref().take(4).collect();
                units.push(u16::from_str_radix(&hex, 16).unwrap_or(0xfffd));
            }
            Some(other) => units.extend_from_slice(other.encode_utf16(&mut buf)),
            None => {}
        }
    }
    String::from_utf16_lossy(&units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_java_reads() {
        let text = "# comment\n! too\n\na=1\nb : two words \nc\td\nlong=x,\\\n   y\nwin=C:\\\\logs\nkey\\=odd=v\nempty=\nuni=\\u00e9\nbare\n";
        let pairs = parse(text);
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
        let pairs: Vec<_> = pairs.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(pairs, expected);
    }
}
