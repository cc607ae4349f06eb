//! A log of `__consumer_offsets` in memory, for tests: commits at once, or when told, or fails.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use parking_lot::Mutex;
use tokio::sync::Semaphore;

use super::offsets_log::{LogFuture, OffsetsLog};
use crate::model::{ErrorCode, LeaderEpoch, Offset, PartitionId};
use crate::wire::batch::BatchHeader;

#[derive(Clone)]
pub(crate) struct MemoryLog(Arc<Inner>);

struct Inner {
    partitions: Mutex<HashMap<PartitionId, (BytesMut, Offset, usize)>>,
    /// A permit commits one append.
    gate: Semaphore,
    failure: Mutex<Option<ErrorCode>>,
}

impl MemoryLog {
    pub(crate) fn new() -> MemoryLog {
        let log = MemoryLog::held();
        log.commit(1 << 20);
        log
    }

    /// A log that commits nothing until told.
    pub(crate) fn held() -> MemoryLog {
        MemoryLog(Arc::new(Inner { partitions: Mutex::default(), gate: Semaphore::new(0), failure: Mutex::new(None) }))
    }

    /// Lets so many appends commit.
    pub(crate) fn commit(&self, appends: usize) {
        self.0.gate.add_permits(appends);
    }

    /// Appends fail with this from now on; none heals.
    pub(crate) fn fail(&self, error: Option<ErrorCode>) {
        *self.0.failure.lock() = error;
    }

    /// How many batches were appended.
    pub(crate) fn appends(&self) -> usize {
        self.0.partitions.lock().values().map(|(_, _, count)| count).sum()
    }

    /// Puts a batch there as it is, but for its base offset.
    pub(crate) fn put(&self, partition: PartitionId, batch: &[u8]) -> Offset {
        let mut partitions = self.0.partitions.lock();
        let (bytes, end, count) = partitions.entry(partition).or_default();
        let mut batch = batch.to_vec();
        let header = BatchHeader::parse(&batch).expect("a batch");
        BatchHeader::stamp_offset_and_epoch(&mut batch, *end, LeaderEpoch(0));
        bytes.extend_from_slice(&batch);
        let base = *end;
        *end = base + i64::from(header.last_offset_delta) + 1;
        *count += 1;
        base
    }
}

impl OffsetsLog for MemoryLog {
    fn append(&self, partition: PartitionId, _: LeaderEpoch, batch: Bytes) -> LogFuture<'_, Result<Offset, ErrorCode>> {
        Box::pin(async move {
            if let Some(error) = *self.0.failure.lock() {
                return Err(error);
            }
            let base = self.put(partition, &batch);
            self.0.gate.acquire().await.expect("the gate stays open").forget();
            Ok(base)
        })
    }

    fn read(&self, partition: PartitionId, from: Offset) -> LogFuture<'_, Result<Bytes, ErrorCode>> {
        Box::pin(async move {
            let partitions = self.0.partitions.lock();
            let Some((bytes, end, _)) = partitions.get(&partition) else { return Ok(Bytes::new()) };
            if from >= *end {
                return Ok(Bytes::new());
            }
            // One batch at a time: the loader must not depend on getting all.
            let mut at = 0;
            loop {
                let header = BatchHeader::parse(&bytes[at..]).expect("a batch");
                let size = header.size_in_bytes();
                if header.base_offset + i64::from(header.last_offset_delta) >= from {
                    return Ok(Bytes::copy_from_slice(&bytes[at..at + size]));
                }
                at += size;
            }
        })
    }

    fn start(&self, _: PartitionId) -> LogFuture<'_, Result<Offset, ErrorCode>> {
        Box::pin(async { Ok(Offset::ZERO) })
    }
}
