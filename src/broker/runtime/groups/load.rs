//! Replays a partition of `__consumer_offsets` into a machine.

use std::collections::HashMap;

use bytes::Bytes;

use super::codec;
use super::offsets_log::OffsetsLog;
use crate::broker::state::groups::{Now, Record, Shard};
use crate::model::{ErrorCode, Offset, PartitionId, ProducerId};
use crate::wire::batch::{BatchError, BatchHeader, EndTxnMarker, RecordsIter, batches};

/// The largest body of one batch once decompressed. A coordinator writes batches of `message.max.bytes`.
const DECOMPRESSED_LIMIT: usize = 256 << 20;

/// What a load met, for the log line at its end.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Loaded {
    pub(super) records: u64,
    /// Records of a type that this machine does not keep.
    pub(super) foreign: u64,
    /// Records that could not be read.
    pub(super) broken: u64,
    /// Offsets of transactions that have no end yet.
    pub(super) undecided: u64,
}

/// Why a load ended early.
#[derive(Debug, thiserror::Error)]
pub(super) enum LoadError {
    #[error("reading at offset {at}: {}", .code.name())]
    Read { at: Offset, code: ErrorCode },
    #[error("the batch at offset {at} is not readable: {cause}")]
    Batch { at: Offset, cause: BatchError },
}

/// Replays the whole log.
pub(super) async fn load(
    log: &dyn OffsetsLog,
    partition: PartitionId,
    machine: &mut Shard,
    now: Now,
) -> Result<Loaded, LoadError> {
    let mut replay = Replay { machine, now, open: HashMap::new(), loaded: Loaded::default(), scratch: Vec::new() };
    let read_error = |at| move |code| LoadError::Read { at, code };
    let mut at = log.start(partition).await.map_err(read_error(Offset::ZERO))?;
    loop {
        let chunk = log.read(partition, at).await.map_err(read_error(at))?;
        let next = replay.chunk(&chunk, at)?;
        if next == at {
            break;
        }
        at = next;
        // A long log must not keep a worker of the runtime to itself.
        tokio::task::yield_now().await;
    }
    replay.loaded.undecided = replay.open.values().map(|records| records.len() as u64).sum();
    Ok(replay.loaded)
}

struct Replay<'a> {
    machine: &'a mut Shard,
    now: Now,
    /// Offsets of open transactions by producer: the marker decides whether they count.
    open: HashMap<ProducerId, Vec<Record>>,
    loaded: Loaded,
    scratch: Vec<u8>,
}

impl Replay<'_> {
    /// Replays whole batches; gives the offset after the last.
    fn chunk(&mut self, chunk: &Bytes, from: Offset) -> Result<Offset, LoadError> {
        let mut next = from;
        for batch in batches(chunk) {
            let (header, bytes) = batch.map_err(|cause| LoadError::Batch { at: next, cause })?;
            self.batch(&header, bytes).map_err(|cause| LoadError::Batch { at: header.base_offset, cause })?;
            next = next.max(header.base_offset + i64::from(header.last_offset_delta) + 1);
        }
        Ok(next)
    }

    fn batch(&mut self, header: &BatchHeader, bytes: &[u8]) -> Result<(), BatchError> {
        let mut scratch = std::mem::take(&mut self.scratch);
        for record in RecordsIter::of(header, bytes, &mut scratch, DECOMPRESSED_LIMIT)? {
            let record = record?;
            if header.is_control() {
                if let Some(marker) = EndTxnMarker::read(record.key, record.value)? {
                    self.end_transaction(header.producer_id, marker.committed);
                }
                continue;
            }
            self.loaded.records += 1;
            match record.key.map(|key| codec::decode(key, record.value)) {
                Some(Ok(Some(decoded))) if header.is_transactional() => {
                    self.open.entry(header.producer_id).or_default().push(decoded);
                }
                Some(Ok(Some(decoded))) => self.apply(decoded),
                Some(Ok(None)) => self.loaded.foreign += 1,
                // One bad record must not take every group of the partition down with it.
                Some(Err(error)) => {
                    self.loaded.broken += 1;
                    tracing::error!(offset = record.offset.get(), %error, "skipping a group record that cannot be read");
                }
                None => {
                    self.loaded.broken += 1;
                    tracing::error!(offset = record.offset.get(), "skipping a group record without a key");
                }
            }
        }
        self.scratch = scratch;
        Ok(())
    }

    fn end_transaction(&mut self, producer: ProducerId, committed: bool) {
        for record in self.open.remove(&producer).unwrap_or_default() {
            if committed {
                self.apply(record);
            }
        }
    }

    fn apply(&mut self, record: Record) {
        // While loading nobody waits: there are no replies.
        let _ = self.machine.apply(record, self.now);
    }
}
