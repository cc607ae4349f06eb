//! `--summary`: who wrote to partitions, and how their transactions ended.

use std::io::Write;
use std::path::PathBuf;

use clap::ValueEnum;
use serde::Serialize;

use super::progress::Progress;
use super::segments::signed;
use super::{Trouble, partition_of};
use crate::cli::human;
use crate::cli::output::Output;
use crate::cli::table::Table;
use crate::ops::dump::{
    Activity, DumpError, Filter, ProducerActivity, TransactionActivity, TransactionEnd, cores, in_order,
};

/// What is summed up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Summary {
    /// A row a producer id
    Producers,
    /// A row a transaction, those without an end first
    Transactions,
}

#[derive(Serialize)]
struct In<T> {
    partition: String,
    #[serde(flatten)]
    row: T,
}

/// Prints what the segments of each partition come to.
pub(super) fn print(
    summary: Summary,
    partitions: &[Vec<PathBuf>],
    filter: &Filter,
    output: &Output,
    progress: &Progress,
    out: &mut dyn Write,
) -> Result<(), Trouble> {
    let mut read = Vec::new();
    let mut failed = None;
    in_order(
        partitions,
        cores(),
        |logs, put| {
            let mut activity = Activity::default();
            let all = logs.iter().try_for_each(|path| {
                let mut heard = progress.file(super::bytes_to_read(path));
                activity.read(path, filter, &mut |position| heard.at(position))
            });
            put(all.map(|()| activity));
        },
        |logs, activity: Result<Activity, DumpError>| {
            let partition = logs.first().map(|log| partition_of(log)).unwrap_or_default();
            match activity {
                Ok(activity) => read.push((partition, activity)),
                Err(error) => failed = Some(Trouble::Said(format!("{partition}: {error}"))),
            }
            failed.is_none()
        },
    );
    if let Some(trouble) = failed {
        return Err(trouble);
    }
    let several = partitions.len() > 1;
    let text = match summary {
        Summary::Producers => {
            let rows = rows(read, Activity::producers, |p| (p.open_since.is_none(), 0));
            let names = || rows.iter().map(|row| row.row.producer_id.to_string()).collect();
            output.text("producers", &rows, names, |wide| producers(&rows, several || wide, wide))?
        }
        Summary::Transactions => {
            let rows = rows(read, Activity::transactions, |t| (t.state != TransactionEnd::Open, 0));
            let name =
                |t: &TransactionActivity| format!("{}@{}", t.producer_id, t.first_offset.unwrap_or(t.last_offset));
            let names = || rows.iter().map(|row| name(&row.row)).collect();
            output.text("transactions", &rows, names, |wide| transactions(&rows, several || wide, wide))?
        }
    };
    Ok(out.write_all(text.as_bytes())?)
}

/// The rows of all partitions, with what is open first.
fn rows<T>(
    read: Vec<(String, Activity)>,
    of: impl Fn(Activity) -> Vec<T>,
    order: impl Fn(&T) -> (bool, i64),
) -> Vec<In<T>> {
    let mut rows = Vec::new();
    for (partition, activity) in read {
        rows.extend(of(activity).into_iter().map(|row| In { partition: partition.clone(), row }));
    }
    // Stable, so that within a partition the order stays.
    rows.sort_by_key(|row| order(&row.row));
    rows
}

fn table_of<T>(columns: &[&str], rows: &[In<T>], with_partition: bool, cells: impl Fn(&T) -> Vec<String>) -> Table {
    let mut table = Table::new(
        &with_partition.then_some("PARTITION").into_iter().chain(columns.iter().copied()).collect::<Vec<_>>(),
    );
    for row in rows {
        table.row(with_partition.then(|| row.partition.clone()).into_iter().chain(cells(&row.row)));
    }
    table
}

fn time(ms: i64) -> String {
    human::or_empty((ms >= 0).then_some(ms), human::time)
}

fn producers(rows: &[In<ProducerActivity>], with_partition: bool, wide: bool) -> Table {
    let mut columns = vec![
        ">PRODUCER",
        ">EPOCH",
        ">FIRST OFFSET",
        ">LAST OFFSET",
        ">RECORDS",
        ">BATCHES",
        ">COMMITTED",
        ">ABORTED",
        ">OPEN SINCE OFFSET",
    ];
    columns.extend(wide.then_some([">LAST SEQ", "LAST RECORD"]).into_iter().flatten());
    table_of(&columns, rows, with_partition, |p| {
        let known = |id: i64| human::or_empty((id >= 0).then_some(id), |id| id.to_string());
        let mut cells = vec![
            known(p.producer_id),
            known(i64::from(p.epoch)),
            human::grouped(p.first_offset),
            human::grouped(p.last_offset),
            human::grouped(signed(p.records)),
            human::grouped(signed(p.batches)),
            human::grouped(signed(p.committed)),
            human::grouped(signed(p.aborted)),
            human::or_empty(p.open_since, human::grouped),
        ];
        if wide {
            cells.extend([known(i64::from(p.last_sequence)), time(p.last_timestamp)]);
        }
        cells
    })
}

fn transactions(rows: &[In<TransactionActivity>], with_partition: bool, wide: bool) -> Table {
    let mut columns = vec![
        "STATE",
        ">PRODUCER",
        ">EPOCH",
        ">FIRST OFFSET",
        ">LAST OFFSET",
        ">RECORDS",
        ">BATCHES",
        "BEGAN",
        "LAST RECORD",
    ];
    columns.extend(wide.then_some(">COORD EPOCH"));
    table_of(&columns, rows, with_partition, |t| {
        let mut cells = vec![
            t.state.name().to_owned(),
            t.producer_id.to_string(),
            t.epoch.to_string(),
            human::or_empty(t.first_offset, human::grouped),
            human::grouped(t.last_offset),
            human::grouped(signed(t.records)),
            human::grouped(signed(t.batches)),
            human::or_empty(t.first_timestamp.filter(|&ms| ms >= 0), human::time),
            time(t.last_timestamp),
        ];
        if wide {
            cells.push(human::or_empty(t.coordinator_epoch, |epoch| epoch.to_string()));
        }
        cells
    })
}
