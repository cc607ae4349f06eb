//! Directories of segments as a table.

use std::io::Write;
use std::path::PathBuf;

use serde::Serialize;

use super::progress::Progress;
use super::{Trouble, partition_of};
use crate::cli::human;
use crate::cli::output::Output;
use crate::cli::table::Table;
use crate::ops::dump::{DumpError, Fault, SegmentSummary, cores, in_order, segments};

#[derive(Serialize)]
struct Row {
    partition: String,
    file: PathBuf,
    #[serde(flatten)]
    summary: SegmentSummary,
}

/// Prints the segments of these partitions' directories, and on stderr what to look at when one is not sound.
pub(super) fn table(
    partitions: &[PathBuf],
    output: &Output,
    progress: &Progress,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<(), Trouble> {
    let mut logs = Vec::new();
    for directory in partitions {
        logs.extend(segments(directory)?);
    }
    let mut rows: Vec<Row> = Vec::with_capacity(logs.len());
    let mut failed: Option<DumpError> = None;
    in_order(
        &logs,
        cores(),
        |(path, base), put| {
            let mut heard = progress.file(super::bytes_to_read(path));
            put(SegmentSummary::read(path, *base, &mut |position| heard.at(position)));
        },
        |(path, _), read| match read {
            Ok(summary) => {
                rows.push(Row { partition: partition_of(path), file: path.clone(), summary });
                true
            }
            Err(error) => {
                failed = Some(error);
                false
            }
        },
    );
    if let Some(error) = failed {
        return Err(error.into());
    }
    let is_several = partitions.len() > 1;
    let names = || rows.iter().map(|row| row.file.display().to_string()).collect();
    let text = output.text("segments", &rows, names, |wide| shown(&rows, is_several || wide))?;
    out.write_all(text.as_bytes())?;
    if let Some(broken) = rows.iter().find(|row| row.summary.fault.is_some()).filter(|_| output.is_table()) {
        out.flush()?;
        let summary = &broken.summary;
        let from = summary.last_offset.unwrap_or(summary.base_offset).saturating_sub(10).max(summary.base_offset);
        writeln!(err, "next: logbus dump-log {} --print-data-log --from-offset {from}", broken.file.display())?;
    }
    Ok(())
}

fn shown(rows: &[Row], with_partition: bool) -> Table {
    let mut columns = vec!["SEGMENT", ">RECORDS", ">BATCHES", ">SIZE", "FIRST", "LAST", "CODEC", "STATE"];
    if with_partition {
        columns.insert(0, "PARTITION");
    }
    let mut table = Table::new(&columns);
    for row in rows {
        let partition = with_partition.then(|| row.partition.clone());
        table.row(partition.into_iter().chain(cells(&row.summary)));
    }
    table
}

fn cells(summary: &SegmentSummary) -> [String; 8] {
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

pub(super) fn signed(number: u64) -> i64 {
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
