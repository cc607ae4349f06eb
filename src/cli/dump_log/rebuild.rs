//! `--rebuild-indexes`: indexes held against their logs, and made anew.

use std::io::Write;
use std::path::PathBuf;

use super::progress::Progress;
use super::{Trouble, partition_of};
use crate::cli::human;
use crate::cli::output::Output;
use crate::cli::table::Table;
use crate::ops::dump::{cores, in_order, segments};
use crate::ops::reindex::{Index, lock, reindex};

/// Looks at the indexes of these partitions, and makes those anew that are not as they should be, unless `look_only`.
pub(super) fn run(
    partitions: &[PathBuf],
    interval: u32,
    look_only: bool,
    output: &Output,
    progress: &Progress,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<(), Trouble> {
    let _locks = lock(partitions).map_err(|error| Trouble::Said(error.to_string()))?;
    let mut rows: Vec<Index> = Vec::new();
    let mut failed = Vec::new();
    in_order(
        partitions,
        cores(),
        |partition, put| {
            let bytes =
                segments(partition).map_or(0, |logs| logs.iter().map(|(log, _)| super::bytes_to_read(log)).sum());
            let mut heard = progress.file(bytes);
            put(reindex(partition, interval, look_only, &mut |position| heard.at(position)));
        },
        |partition, done| {
            match done {
                Ok(found) => rows.extend(found),
                Err(error) => failed.push(format!("{}: {error}", partition_of(&partition.join("_")))),
            }
            true
        },
    );
    let names = || rows.iter().filter(|row| row.state != "ok").map(|row| row.file.display().to_string()).collect();
    let text = output.text("indexes", &rows, names, |_| table(&rows))?;
    out.write_all(text.as_bytes())?;
    out.flush()?;
    let bad = rows.iter().filter(|row| row.state != "ok").count();
    if output.is_table() {
        match (bad, look_only) {
            (0, _) => writeln!(err, "nothing is to be done: every index is as its log says")?,
            (bad, true) => writeln!(err, "would make {bad} anew. Nothing was changed: leave out --dry-run to do it")?,
            (bad, false) => writeln!(err, "made {bad} anew")?,
        }
    }
    match failed.is_empty() {
        true => Ok(()),
        false => Err(Trouble::Said(failed.join("; "))),
    }
}

fn table(rows: &[Index]) -> Table {
    let mut table = Table::new(&["PARTITION", "SEGMENT", "INDEX", ">FOUND", ">ENTRIES", "STATE", "DONE"]);
    for row in rows {
        let grouped = |n: usize| human::grouped(i64::try_from(n).unwrap_or(i64::MAX));
        let mut state = row.state.to_owned();
        if let Some(reason) = &row.reason {
            state.push_str(&format!(": {reason}"));
        }
        if let Some(at) = row.torn_at {
            state.push_str(&format!(" (the log is torn at position {})", human::grouped(super::segments::signed(at))));
        }
        let done = if row.rebuilt { "rebuilt" } else { "" };
        table.row([
            row.partition.clone(),
            format!("{:020}", row.segment),
            row.index.to_owned(),
            grouped(row.found),
            grouped(row.entries),
            state,
            done.to_owned(),
        ]);
    }
    table
}
