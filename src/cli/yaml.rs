//! YAML, written from JSON values: block style, and quotes only where a reader would take a plain word for another thing.

use serde_json::Value;

/// The value as a YAML document.
pub fn write(value: &Value) -> String {
    let mut text = String::new();
    match value {
        Value::Object(_) | Value::Array(_) if !is_leaf(value) => block(&mut text, value, 0),
        leaf => {
            scalar(&mut text, leaf);
            text.push('\n');
        }
    }
    text
}

/// Whether it stands on the line of its key.
fn is_leaf(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.is_empty(),
        Value::Array(all) => all.is_empty(),
        _ => true,
    }
}

fn block(text: &mut String, value: &Value, depth: usize) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(map) => {
            for (i, (key, value)) in map.iter().enumerate() {
                // The first key of an element of a list stands behind its dash.
                if i > 0 || !text.ends_with("- ") {
                    text.push_str(&indent);
                }
                word(text, key);
                text.push(':');
                below(text, value, depth + 1);
            }
        }
        Value::Array(all) => {
            for (i, value) in all.iter().enumerate() {
                if i > 0 || !text.ends_with("- ") {
                    text.push_str(&indent);
                }
                text.push_str("- ");
                if is_leaf(value) {
                    scalar(text, value);
                    text.push('\n');
                } else {
                    block(text, value, depth + 1);
                }
            }
        }
        leaf => scalar(text, leaf),
    }
}

/// What stands behind a key: on its line, or on the lines below it.
fn below(text: &mut String, value: &Value, depth: usize) {
    if is_leaf(value) {
        text.push(' ');
        scalar(text, value);
        text.push('\n');
    } else {
        text.push('\n');
        block(text, value, depth);
    }
}

fn scalar(text: &mut String, value: &Value) {
    match value {
        Value::String(s) => word(text, s),
        Value::Object(_) => text.push_str("{}"),
        Value::Array(_) => text.push_str("[]"),
        other => text.push_str(&other.to_string()),
    }
}

fn word(text: &mut String, s: &str) {
    if is_plain(s) {
        text.push_str(s);
    } else {
        // JSON's quoted strings are YAML's, but for DEL and the controls above it.
        let quoted = Value::String(s.to_owned()).to_string();
        for c in quoted.chars() {
            match c {
                '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' => {
                    text.push_str(&format!("\\u{:04x}", c as u32));
                }
                c => text.push(c),
            }
        }
    }
}

/// Whether every reader of YAML 1.1 or 1.2 takes it for that string.
fn is_plain(s: &str) -> bool {
    const WORDS: [&str; 13] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf", "~", "none"];
    let begins = |c: char| c.is_ascii_alphabetic() || c == '_' || c == '/';
    let goes_on = |c: char| c.is_ascii_alphanumeric() || "_-./ +@".contains(c);
    s.starts_with(begins)
        && s.chars().all(goes_on)
        && !s.ends_with(' ')
        && !WORDS.contains(&s.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn maps_and_lists_nest_by_two_blanks() {
        let value = json!({"schema": 1, "data": [{"name": "clicks", "isr": [1, 2], "configs": {}}, {"name": "x"}], "empty": []});
        assert_eq!(
            write(&value),
            "schema: 1\ndata:\n  - name: clicks\n    isr:\n      - 1\n      - 2\n    configs: {}\n  - name: x\nempty: []\n"
        );
        assert_eq!(write(&json!([[1, 2], [3]])), "- - 1\n  - 2\n- - 3\n");
    }

    #[test]
    fn words_that_mean_something_else_are_quoted() {
        for quoted in
            ["", "no", "Null", "12", "1e3", "-", "a: b", "a #b", "x\ny", " x", "x ", "*", "2024-01-01", "0x1f"]
        {
            assert_eq!(write(&json!(quoted)), format!("{}\n", json!(quoted)), "{quoted}");
        }
        for plain in ["clicks", "min.insync.replicas", "in sync", "/data/0", "__consumer_offsets"] {
            assert_eq!(write(&json!(plain)), format!("{plain}\n"));
        }
        assert_eq!(write(&json!("\u{85}")), "\"\\u0085\"\n");
    }

    /// A reader of YAML reads back what was written.
    #[test]
    fn what_is_written_reads_back() {
        let value = json!({
            "": "empty", "a b": [null, true, -1, 2.5, "null", "Ünïcode", "tab\t", "#", {"deep": [[], {}, [{"x": "~"}]]}],
            "yes": "no", "k:v": "- x", "multi": "one\ntwo\n", "quote": "\"'\\"
        });
        let read: Value = serde_saphyr::from_str(&write(&value)).unwrap();
        assert_eq!(read, value);
    }
}
