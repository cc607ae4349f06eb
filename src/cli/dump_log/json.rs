//! A log as JSON lines: a document a batch, and one a record where records are asked for.

use std::io::Write;
use std::path::Path;

use serde_json::{Value, json};

use super::Trouble;
use super::progress::Progress;
use crate::ops::dump::{Batch, Control, DECOMPRESSED_LIMIT, Decoder, DumpError, Entries, RecordView, control_record};

/// Writes the batches of a log within `range`, and their records when `deep`; keys and values with `decoder`.
pub(super) fn log(
    path: &Path,
    deep: bool,
    decoder: Option<Decoder>,
    range: (i64, i64),
    progress: &Progress,
    out: &mut dyn Write,
) -> Result<(), Trouble> {
    let mut entries = Entries::open(path)?;
    let mut scratch = Vec::new();
    while let Some((position, bytes)) = entries.next_entry()? {
        progress.at(position);
        let broken = |source| Trouble::Dump(DumpError::Batch { position, source });
        let batch = Batch::parse(bytes).map_err(broken)?;
        let begins_after = matches!(batch, Batch::V2 { .. }) && batch.base_offset().0 > range.1;
        if batch.last_offset().0 < range.0 || begins_after {
            continue;
        }
        writeln!(out, "{}", batch_json(&batch, position))?;
        if !deep {
            continue;
        }
        batch.each_record(&mut scratch, DECOMPRESSED_LIMIT, broken, |record| {
            if !(range.0..=range.1).contains(&record.offset.0) {
                return Ok(());
            }
            let control = if batch.is_control() { Some(control_record(&record).map_err(broken)?) } else { None };
            let json = record_json(&batch, &record, control, decoder).map_err(Trouble::Said)?;
            Ok(writeln!(out, "{json}")?)
        })?;
    }
    let trailing = entries.len() - entries.position();
    if trailing > 0 {
        writeln!(out, "{}", json!({"kind": "torn_tail", "position": entries.position(), "bytes": trailing}))?;
    }
    Ok(())
}

pub(in crate::cli) fn batch_json(batch: &Batch<'_>, position: u64) -> Value {
    let mut json = json!({
        "kind": "batch",
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
    batch: &Batch<'_>,
    record: &RecordView<'_>,
    control: Option<Control>,
    decoder: Option<Decoder>,
) -> Result<Value, String> {
    let size = |field: Option<&[u8]>| field.map(<[u8]>::len);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut json = json!({
        "kind": "record",
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
