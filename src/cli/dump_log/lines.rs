//! The entries of files as lines for programs: JSON, YAML documents, CSV, or offsets alone.

use std::io::Write;
use std::path::Path;

use serde_json::{Value, json};

use super::progress::InFile;
use super::{Trouble, partition_of};
use crate::cli::human;
use crate::cli::output::{Format, Output};
use crate::cli::table::Table;
use crate::cli::yaml;
use crate::ops::dump::{
    Batch, Control, DECOMPRESSED_LIMIT, Decoder, DumpError, Entries, Filter, OffsetIndexFile, RecordView,
    TimeIndexFile, control_record, read_producer_snapshot, read_transaction_index,
};

/// What is told of a log.
pub(super) struct Wanted<'a> {
    /// Records, not batches alone.
    pub(super) deep: bool,
    /// Keys and values, read so.
    pub(super) decoder: Option<Decoder>,
    pub(super) filter: &'a Filter,
    pub(super) output: &'a Output,
}

const COLUMNS: [&str; 10] =
    ["PARTITION", "OFFSET", "TIMESTAMP", "PRODUCER", "EPOCH", "SEQUENCE", "CONTROL", "HEADERS", "KEY", "VALUE"];

/// The line of names that comes before the rows of all files.
pub(super) fn header(output: &Output) -> Result<String, Trouble> {
    if output.format != Format::Csv {
        return Ok(String::new());
    }
    Ok(output.csv_rows(&Table::new(&COLUMNS), true)?)
}

fn put(output: &Output, value: &Value, out: &mut dyn Write) -> Result<(), Trouble> {
    match output.format {
        Format::Yaml => write!(out, "---\n{}", yaml::write(value))?,
        _ => writeln!(out, "{value}")?,
    }
    Ok(())
}

/// Writes the batches of a log, and their records where they are wanted.
pub(super) fn log(
    path: &Path,
    wanted: &Wanted<'_>,
    progress: &mut InFile<'_>,
    out: &mut dyn Write,
) -> Result<(), Trouble> {
    let Wanted { deep, decoder, filter, output } = *wanted;
    let partition = partition_of(path);
    let for_batches = matches!(output.format, Format::Json | Format::Yaml);
    let mut entries = Entries::open(path)?;
    let mut scratch = Vec::new();
    while let Some((position, bytes)) = entries.next_entry()? {
        progress.at(position);
        let broken = |source| Trouble::Dump(DumpError::Batch { position, source });
        let batch = Batch::parse(bytes).map_err(broken)?;
        if !filter.may_hold(&batch) {
            continue;
        }
        // Where records decide, the batch is told with the first that is taken.
        let mut told = !for_batches;
        if for_batches && !filter.asks_records() {
            put(output, &batch_json(&partition, &batch, position), out)?;
            told = true;
        }
        if !deep && for_batches {
            continue;
        }
        let mut rows = Table::new(&COLUMNS);
        batch.each_record(&mut scratch, DECOMPRESSED_LIMIT, broken, |record| {
            if !filter.takes(&batch, &record) {
                return Ok(());
            }
            if output.format == Format::Name {
                return Ok(writeln!(out, "{partition}:{}", record.offset.0)?);
            }
            if !std::mem::replace(&mut told, true) {
                put(output, &batch_json(&partition, &batch, position), out)?;
            }
            let control = if batch.is_control() { Some(control_record(&record).map_err(broken)?) } else { None };
            let json = record_json(&partition, &batch, &record, control, decoder).map_err(Trouble::Said)?;
            if for_batches {
                return put(output, &json, out);
            }
            human::exactly(|| rows.row(cells(&partition, &batch, &record, &json)));
            Ok(())
        })?;
        if !rows.is_empty() {
            out.write_all(output.csv_rows(&rows, false)?.as_bytes())?;
        }
    }
    let trailing = entries.len() - entries.position();
    if trailing > 0 && for_batches {
        let position = entries.position();
        let torn = json!({"kind": "torn_tail", "partition": partition, "position": position, "bytes": trailing});
        put(output, &torn, out)?;
    }
    Ok(())
}

fn cells(partition: &str, batch: &Batch<'_>, record: &RecordView<'_>, json: &Value) -> [String; 10] {
    let text = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let known = |id: i64| if id < 0 { String::new() } else { id.to_string() };
    let (producer, epoch) = match batch {
        Batch::V2 { header, .. } => (header.producer_id.0, i64::from(header.producer_epoch.0)),
        Batch::Legacy(_) => (-1, -1),
    };
    let headers = match json["headers"].as_array() {
        Some(all) if !all.is_empty() => json["headers"].to_string(),
        _ => String::new(),
    };
    [
        partition.to_owned(),
        record.offset.0.to_string(),
        human::or_empty(Some(record.timestamp.0).filter(|&ms| ms >= 0), human::rfc3339),
        known(producer),
        known(epoch),
        known(i64::from(record.sequence.0)),
        text(&json["control"]["type"]),
        headers,
        text(&json["key"]),
        text(&json["value"]),
    ]
}

/// Writes the entries of an index or a producer snapshot; `false` if the file is neither.
pub(super) fn entries(path: &Path, output: &Output, out: &mut dyn Write) -> Result<bool, Trouble> {
    let partition = partition_of(path);
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let (stem, extension) = name.split_once('.').unwrap_or((name, ""));
    let base = || {
        let wrong = |e| Trouble::Said(format!("the name does not begin with the segment's base offset ({e})"));
        stem.parse::<i64>().map_err(wrong)
    };
    let lines: Vec<Value> = match extension {
        "index" => OffsetIndexFile::open(path, base()?)?
            .entries
            .iter()
            .map(
                |e| json!({"kind": "offset_entry", "partition": partition, "offset": e.offset, "position": e.position}),
            )
            .collect(),
        "timeindex" => TimeIndexFile::open(path, base()?)?
            .entries
            .iter()
            .map(
                |e| json!({"kind": "time_entry", "partition": partition, "timestamp": e.timestamp, "offset": e.offset}),
            )
            .collect(),
        "txnindex" => read_transaction_index(path)?
            .iter()
            .map(|txn| {
                json!({
                    "kind": "aborted_transaction",
                    "partition": partition,
                    "producer_id": txn.producer_id.0,
                    "first_offset": txn.first_offset.0,
                    "last_offset": txn.last_offset.0,
                    "last_stable_offset": txn.last_stable_offset.0,
                })
            })
            .collect(),
        "snapshot" => read_producer_snapshot(path)?
            .iter()
            .map(|p| {
                json!({
                    "kind": "producer",
                    "partition": partition,
                    "producer_id": p.producer_id.0,
                    "producer_epoch": p.producer_epoch.0,
                    "last_sequence": p.last_sequence.0,
                    "last_offset": p.last_offset.0,
                    "offset_delta": p.offset_delta,
                    "timestamp": p.timestamp.0,
                    "coordinator_epoch": p.coordinator_epoch,
                    "txn_first_offset": p.txn_first_offset.0,
                })
            })
            .collect(),
        _ => return Ok(false),
    };
    lines.iter().try_for_each(|line| put(output, line, out))?;
    Ok(true)
}

pub(in crate::cli) fn batch_json(partition: &str, batch: &Batch<'_>, position: u64) -> Value {
    let mut json = json!({
        "kind": "batch",
        "partition": partition,
        "base_offset": batch.base_offset().0,
        "last_offset": batch.last_offset().0,
        "position": position,
        "size": batch.size_in_bytes(),
        "magic": batch.magic(),
        "codec": batch.codec().map_or("unknown", |codec| codec.name()),
        "timestamp_type": batch.timestamp_kind().name(),
        "max_timestamp": batch.max_timestamp().0,
        "crc": batch.crc(),
        "valid": batch.is_valid(),
    });
    if let (Batch::V2 { header, .. }, Some(fields)) = (batch, json.as_object_mut()) {
        fields.insert("count".to_owned(), header.record_count.into());
        fields.insert("leader_epoch".to_owned(), header.leader_epoch.0.into());
        fields.insert("producer_id".to_owned(), header.producer_id.0.into());
        fields.insert("producer_epoch".to_owned(), header.producer_epoch.0.into());
        fields.insert("base_sequence".to_owned(), header.base_sequence.0.into());
        fields.insert("transactional".to_owned(), header.is_transactional().into());
        fields.insert("control".to_owned(), header.is_control().into());
        fields.insert("delete_horizon".to_owned(), header.delete_horizon().map(|at| at.0).into());
    }
    json
}

pub(in crate::cli) fn record_json(
    partition: &str,
    batch: &Batch<'_>,
    record: &RecordView<'_>,
    control: Option<Control>,
    decoder: Option<Decoder>,
) -> Result<Value, String> {
    let size = |field: Option<&[u8]>| field.map(<[u8]>::len);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut json = json!({
        "kind": "record",
        "partition": partition,
        "offset": record.offset.0,
        "timestamp": record.timestamp.0,
        "key_size": size(record.key),
        "value_size": size(record.value),
        "sequence": record.sequence.0,
        "headers": record.headers.map(|h| json!({"key": text(h.key), "value": h.value.map(text)})).collect::<Vec<_>>(),
    });
    let Some(fields) = json.as_object_mut() else { return Ok(json) };
    match control {
        Some(Control::EndTransaction(marker)) => {
            let name = if marker.committed { "COMMIT" } else { "ABORT" };
            fields.insert("control".to_owned(), json!({"type": name, "coordinator_epoch": marker.coordinator_epoch}));
        }
        Some(Control::Quorum { name, body }) => {
            fields.insert("control".to_owned(), json!({"type": name, "body": body}));
        }
        Some(Control::Unknown(id)) => {
            fields.insert("control".to_owned(), json!({"type": id}));
        }
        None => {
            if let Some(decoder) = decoder.filter(|_| !batch.is_control()) {
                let decoded = decoder.decode(record)?;
                let value = |text: Option<String>| match (text, decoder) {
                    (None, _) => Value::Null,
                    (Some(text), Decoder::Plain { .. }) => Value::String(text),
                    // The cluster's own records are JSON already.
                    (Some(text), _) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
                };
                fields.insert("key".to_owned(), value(decoded.key));
                fields.insert("value".to_owned(), value(decoded.payload));
            }
        }
    }
    Ok(json)
}
