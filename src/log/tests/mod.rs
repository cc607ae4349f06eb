//! What a log promises, tried on real files.

mod append_read;
mod damage;
mod java;
mod model;
mod recovery;
mod reindex;
mod retention;
mod time;
mod torn;
mod truncation;

use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::model::{LeaderEpoch, Offset, ProducerEpoch, ProducerId, Sequence, TimestampMs};
use crate::wire::batch::{BatchBuilder, BatchHeader, BuilderOptions, EndTxnMarker, RecordToWrite, end_txn_batch};

pub(super) const NOW: TimestampMs = TimestampMs(1_700_000_000_000);

pub(super) fn open(dir: &Path, config: LogConfig) -> Log {
    Log::open(dir, Arc::new(config), RecoverySpec::default(), NOW).unwrap().0
}

pub(super) fn reopen(dir: &Path, config: LogConfig, spec: RecoverySpec) -> (Log, RecoveryReport) {
    Log::open(dir, Arc::new(config), spec, NOW).unwrap()
}

pub(super) const CLEAN: RecoverySpec = RecoverySpec {
    recovery_point: Offset(0),
    log_start_offset: Offset(0),
    written: Offset(0),
    clean_shutdown: true,
    only_torn: false,
};

/// A batch of `count` records of `bytes` each, one millisecond apart from `timestamp`.
pub(super) fn batch_at(count: usize, bytes: usize, timestamp: i64) -> Vec<u8> {
    batch_with(BuilderOptions::default(), count, bytes, timestamp)
}

pub(super) fn batch(count: usize, bytes: usize) -> Vec<u8> {
    batch_at(count, bytes, NOW.0)
}

pub(super) fn batch_with(options: BuilderOptions, count: usize, bytes: usize, timestamp: i64) -> Vec<u8> {
    let mut builder = BatchBuilder::new(options);
    for i in 0..count {
        let value = vec![b'a' + (i % 26) as u8; bytes];
        let timestamp = TimestampMs(timestamp + i as i64);
        builder.append(&RecordToWrite { timestamp, value: Some(&value), ..RecordToWrite::default() });
    }
    builder.build().unwrap()
}

pub(super) fn of_producer(id: i64, epoch: i16, sequence: i32, count: usize, transactional: bool) -> Vec<u8> {
    let options = BuilderOptions {
        producer_id: ProducerId(id),
        producer_epoch: ProducerEpoch(epoch),
        base_sequence: Sequence(sequence),
        transactional,
        ..BuilderOptions::default()
    };
    batch_with(options, count, 10, NOW.0)
}

pub(super) fn marker(id: i64, epoch: i16, committed: bool) -> Vec<u8> {
    let marker = EndTxnMarker { committed, coordinator_epoch: 0 };
    end_txn_batch(ProducerId(id), ProducerEpoch(epoch), marker, NOW, Offset(0), LeaderEpoch(0))
}

pub(super) fn append(log: &mut Log, bytes: &[u8]) -> AppendInfo {
    try_append(log, bytes).unwrap()
}

pub(super) fn try_append(log: &mut Log, bytes: &[u8]) -> Result<AppendInfo, AppendError> {
    let header = BatchHeader::parse(bytes).unwrap();
    log.append(&[BatchToAppend { header, bytes }], LeaderEpoch(0), NOW, &AppendOptions::default())
}

pub(super) fn bytes_of(slice: &FileSlice) -> Vec<u8> {
    let mut bytes = vec![0; slice.len];
    slice.file.read_exact_at(&mut bytes, slice.position).unwrap();
    bytes
}

/// Base offsets of the batches in a slice, which must be whole and good.
pub(super) fn batches_of(slice: &FileSlice) -> Vec<i64> {
    let bytes = bytes_of(slice);
    crate::wire::batch::batches(&bytes)
        .map(|batch| {
            let (header, bytes) = batch.unwrap();
            crate::wire::batch::validate_crc(bytes).unwrap();
            header.base_offset.0
        })
        .collect()
}

/// Every batch's base offset and record count, read from the start.
pub(super) fn contents(log: &Log) -> Vec<(i64, i32)> {
    let mut found = Vec::new();
    let mut next = log.start_offset();
    while let Some(slice) = log.read(next, 1 << 20, log.end_offset(), true).unwrap() {
        let bytes = bytes_of(&slice);
        for batch in crate::wire::batch::batches(&bytes) {
            let (header, bytes) = batch.unwrap();
            crate::wire::batch::validate_crc(bytes).unwrap();
            found.push((header.base_offset.0, header.record_count));
            next = header.next_offset();
        }
    }
    found
}
