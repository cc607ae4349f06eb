//! A directory of segments as a table.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::Trouble;
use super::progress::Progress;
use crate::cli::human;
use crate::cli::table::Table;
use crate::ops::dump::{Fault, SegmentSummary};

/// The `.log` files of a directory with their base offsets, in order.
pub(super) fn logs(directory: &Path) -> std::io::Result<Vec<(PathBuf, i64)>> {
    let mut logs = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        let stem = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
        if let (Some(base), Some("log")) = (stem, path.extension().and_then(|extension| extension.to_str())) {
            logs.push((path, base));
        }
    }
    logs.sort_by_key(|(_, base)| *base);
    Ok(logs)
}

/// Prints the segments of a directory, and on stderr what to look at when one is not sound.
pub(super) fn table(
    directory: &Path,
    as_json: bool,
    progress: &Progress,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<(), Trouble> {
    let logs = logs(directory)?;
    if logs.is_empty() {
        return Err(Trouble::Said("there is no segment in this directory".to_owned()));
    }
    let mut summaries = Vec::with_capacity(logs.len());
    for (path, base) in &logs {
        let summary = SegmentSummary::read(path, *base, &mut |position| progress.at(position))?;
        progress.done(summary.bytes);
        summaries.push(summary);
    }
    if as_json {
        for summary in &summaries {
            let mut line = json!({"kind": "segment"});
            if let (Some(line), Ok(serde_json::Value::Object(fields))) =
                (line.as_object_mut(), serde_json::to_value(summary))
            {
                line.extend(fields);
            }
            writeln!(out, "{line}")?;
        }
        return Ok(());
    }
    let mut table = Table::new(&["SEGMENT", ">RECORDS", ">BATCHES", ">SIZE", "FIRST", "LAST", "CODEC", "STATE"]);
    summaries.iter().for_each(|summary| table.row(row(summary)));
    write!(out, "{}", table.render())?;
    if let Some(broken) = summaries.iter().find(|summary| summary.fault.is_some()) {
        out.flush()?;
        let from = broken.last_offset.unwrap_or(broken.base_offset).saturating_sub(10).max(broken.base_offset);
        let file = directory.join(format!("{:020}.log", broken.base_offset));
        writeln!(err, "next: logbus dump-log {} --print-data-log --from-offset {from}", file.display())?;
    }
    Ok(())
}

fn row(summary: &SegmentSummary) -> [String; 8] {
    let time = |at: Option<i64>| human::or_empty(at, human::time);
    let grouped = |number: u64| human::grouped(signed(number));
    let codecs: Vec<&str> = summary.codecs.iter().copied().collect();
    [
        format!("{:020}", summary.base_offset),
        grouped(summary.records),
        grouped(summary.batches),
        human::size(signed(summary.bytes)),
        time(summary.first_timestamp),
        time(summary.last_timestamp),
        codecs.join(","),
        state(summary),
    ]
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn state(summary: &SegmentSummary) -> String {
    let grouped = |number: &u64| human::grouped(signed(*number));
    match (&summary.fault, summary.last_offset) {
        (None, _) => "ok".to_owned(),
        (Some(Fault::TornTail { bytes }), Some(last)) => {
            format!("torn tail: {} bytes after offset {last}", grouped(bytes))
        }
        (Some(Fault::TornTail { bytes }), None) => format!("torn tail: {} bytes and no batch", grouped(bytes)),
        (Some(Fault::BadChecksum { offset, position }), _) => {
            format!("bad checksum: batch at offset {offset}, position {position}")
        }
        (Some(Fault::OutOfOrder { offset, position }), _) => {
            format!("out of order: batch at offset {offset}, position {position}")
        }
        (Some(Fault::Unreadable { position, reason }), _) => format!("unreadable at position {position}: {reason}"),
    }
}
