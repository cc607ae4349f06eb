//! How a record is written: its value, a line of JSON, or a template.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use crate::cli::human;
use crate::wire::batch::Record;

/// A form of output for records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Formatter {
    /// The value and a line end.
    Value,
    /// One JSON object a line.
    Json,
    /// Text with fields in it.
    Template(Vec<Part>),
}

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Bytes as they are.
    Text(String),
    /// A field of the record.
    Field(Field),
}

/// What a template can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The topic.
    Topic,
    /// The partition.
    Partition,
    /// The offset.
    Offset,
    /// RFC 3339.
    Time,
    /// Milliseconds.
    Timestamp,
    /// The key; empty for null.
    Key,
    /// The value; empty for null.
    Value,
    /// `name=value` by commas.
    Headers,
}

impl Formatter {
    /// Reads `value`, `json` or a template; a template that ends without `\n` gets a line end.
    ///
    /// # Errors
    /// Names the field that there is not.
    pub fn parse(text: &str) -> Result<Formatter, String> {
        match text {
            "value" => return Ok(Formatter::Value),
            "json" => return Ok(Formatter::Json),
            _ => {}
        }
        if !text.contains('{') {
            return Err(format!("`{text}` is neither value, json, nor a template with fields such as {{key}}"));
        }
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text.chars().peekable();
        while let Some(c) = rest.next() {
            match c {
                '\\' => plain.push(match rest.next() {
                    Some('t') => '\t',
                    Some('n') => '\n',
                    Some('0') => '\0',
                    Some(other) => other,
                    None => '\\',
                }),
                '{' => {
                    let name: String = rest.by_ref().take_while(|c| *c != '}').collect();
                    if !plain.is_empty() {
                        parts.push(Part::Text(std::mem::take(&mut plain)));
                    }
                    parts.push(Part::Field(field(&name)?));
                }
                c => plain.push(c),
            }
        }
        if !plain.ends_with('\n') {
            plain.push('\n');
        }
        parts.push(Part::Text(plain));
        Ok(Formatter::Template(parts))
    }

    /// Writes one record.
    ///
    /// # Errors
    /// What the output says.
    pub fn write(&self, topic: &str, partition: i32, record: &Record<'_>, out: &mut impl Write) -> io::Result<()> {
        match self {
            Formatter::Value => {
                out.write_all(record.value.unwrap_or_default())?;
                out.write_all(b"\n")
            }
            Formatter::Json => {
                serde_json::to_writer(&mut *out, &document(topic, partition, record))?;
                out.write_all(b"\n")
            }
            Formatter::Template(parts) => parts.iter().try_for_each(|part| match part {
                Part::Text(text) => out.write_all(text.as_bytes()),
                Part::Field(field) => write_field(*field, topic, partition, record, out),
            }),
        }
    }
}

fn field(name: &str) -> Result<Field, String> {
    Ok(match name {
        "topic" => Field::Topic,
        "partition" => Field::Partition,
        "offset" => Field::Offset,
        "time" => Field::Time,
        "timestamp" => Field::Timestamp,
        "key" => Field::Key,
        "value" => Field::Value,
        "headers" => Field::Headers,
        other => {
            return Err(format!(
                "there is no field {{{other}}}: topic, partition, offset, time, timestamp, key, value, headers"
            ));
        }
    })
}

fn write_field(field: Field, topic: &str, partition: i32, record: &Record<'_>, out: &mut impl Write) -> io::Result<()> {
    match field {
        Field::Topic => out.write_all(topic.as_bytes()),
        Field::Partition => write!(out, "{partition}"),
        Field::Offset => write!(out, "{}", record.offset),
        Field::Time => out.write_all(human::rfc3339(record.timestamp.0).as_bytes()),
        Field::Timestamp => write!(out, "{}", record.timestamp),
        Field::Key => out.write_all(record.key.unwrap_or_default()),
        Field::Value => out.write_all(record.value.unwrap_or_default()),
        Field::Headers => {
            for (i, header) in record.headers.enumerate() {
                if i > 0 {
                    out.write_all(b",")?;
                }
                out.write_all(header.key)?;
                out.write_all(b"=")?;
                out.write_all(header.value.unwrap_or_default())?;
            }
            Ok(())
        }
    }
}

/// Text stays text; bytes that are not UTF-8 are shown in hexadecimal, and say so.
pub(in crate::cli) fn document(topic: &str, partition: i32, record: &Record<'_>) -> Value {
    let mut object = Map::new();
    object.insert("topic".into(), json!(topic));
    object.insert("partition".into(), json!(partition));
    object.insert("offset".into(), json!(record.offset.0));
    object.insert("time".into(), json!(human::rfc3339(record.timestamp.0)));
    object.insert("timestamp".into(), json!(record.timestamp.0));
    put(&mut object, "key", record.key);
    put(&mut object, "value", record.value);
    let headers = record.headers.map(|header| {
        let mut one = Map::new();
        one.insert("name".into(), json!(String::from_utf8_lossy(header.key)));
        put(&mut one, "value", header.value);
        Value::Object(one)
    });
    object.insert("headers".into(), Value::Array(headers.collect()));
    Value::Object(object)
}

fn put(object: &mut Map<String, Value>, name: &str, bytes: Option<&[u8]>) {
    match bytes.map(std::str::from_utf8) {
        None => drop(object.insert(name.into(), Value::Null)),
        Some(Ok(text)) => drop(object.insert(name.into(), json!(text))),
        Some(Err(_)) => {
            let hex: String = bytes.unwrap_or_default().iter().map(|b| format!("{b:02x}")).collect();
            object.insert(format!("{name}_hex"), json!(hex));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Offset, TimestampMs};
    use crate::wire::batch::Headers;

    fn show(form: &str, key: Option<&[u8]>, value: Option<&[u8]>) -> String {
        let record = Record {
            offset: Offset(7),
            timestamp: TimestampMs(1_700_000_000_123),
            offset_delta: 0,
            attributes: 0,
            key,
            value,
            headers: Headers::default(),
            size_in_bytes: 0,
        };
        let mut out = Vec::new();
        Formatter::parse(form).unwrap().write("t", 3, &record, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn values_templates_and_json_lines() {
        assert_eq!(show("value", None, Some(b"hi")), "hi\n");
        assert_eq!(
            show("CreateTime:{timestamp}\\t{key}\\t{value}", Some(b"k"), Some(b"v")),
            "CreateTime:1700000000123\tk\tv\n"
        );
        assert_eq!(show("{topic}-{partition}@{offset}\\n", None, None), "t-3@7\n");
        let json: Value = serde_json::from_str(&show("json", None, Some(&[0xff, 1]))).unwrap();
        assert_eq!(
            (&json["key"], &json["value_hex"], &json["time"]),
            (&Value::Null, &json!("ff01"), &json!("2023-11-14T22:13:20.123Z"))
        );
    }

    #[test]
    fn a_field_that_there_is_not_is_named() {
        assert!(Formatter::parse("{colour}").unwrap_err().contains("{colour}"));
        assert!(Formatter::parse("vlaue").is_err());
    }
}
