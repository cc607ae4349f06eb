//! What the coordinator needs of the partitions of `__consumer_offsets`.

use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;

use crate::model::{ErrorCode, LeaderEpoch, Offset, PartitionId};

/// A boxed future of the log.
pub type LogFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The partitions of `__consumer_offsets` on this broker.
pub trait OffsetsLog: Send + Sync + 'static {
    /// Appends one v2 batch (base offset 0, leader epoch unset) as its leader of `epoch`, with `acks=all`, and resolves
    /// with the batch's first offset when the high watermark has passed it.
    ///
    /// The outcome is definite: an error says that the batch is not in the log, or that this broker does not lead the
    /// partition in that epoch any more. While neither is known the future waits; bounding the client's wait is the
    /// coordinator's business. (An error after an append that later commits would make memory and log differ.)
    fn append(
        &self,
        partition: PartitionId,
        epoch: LeaderEpoch,
        batch: Bytes,
    ) -> LogFuture<'_, Result<Offset, ErrorCode>>;

    /// Reads whole batches from the one that holds `from`, about `offsets.load.buffer.size` of them, at least one; empty
    /// at the log's end. Resolves with [`ErrorCode::OffsetOutOfRange`] below the log's start.
    fn read(&self, partition: PartitionId, from: Offset) -> LogFuture<'_, Result<Bytes, ErrorCode>>;

    /// The first offset of the log.
    fn start(&self, partition: PartitionId) -> LogFuture<'_, Result<Offset, ErrorCode>>;
}
