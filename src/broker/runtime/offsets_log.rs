//! The group coordinator's log: the partitions of `__consumer_offsets` on this broker.

use std::sync::Arc;

use bytes::Bytes;

use super::broker::OFFSETS_TOPIC;
use super::groups::{LogFuture, OffsetsLog};
use super::partition::Partition;
use super::replicas::Replicas;
use crate::model::{ErrorCode, LeaderEpoch, Offset, PartitionId, TimestampMs};

/// Bytes of one read while a coordinator loads (`offsets.load.buffer.size`).
const LOAD_BYTES: usize = 5 * 1024 * 1024;

/// The offsets topic, as the coordinator wants it.
#[derive(Debug)]
pub struct PartitionOffsetsLog {
    replicas: Arc<Replicas>,
}

impl PartitionOffsetsLog {
    /// Over the broker's replicas.
    pub const fn new(replicas: Arc<Replicas>) -> PartitionOffsetsLog {
        PartitionOffsetsLog { replicas }
    }

    fn partition(&self, partition: PartitionId) -> Result<Arc<Partition>, ErrorCode> {
        self.replicas.by_name(OFFSETS_TOPIC, partition).map_err(|_| ErrorCode::NotLeaderOrFollower)
    }
}

impl OffsetsLog for PartitionOffsetsLog {
    fn append(
        &self,
        partition: PartitionId,
        epoch: LeaderEpoch,
        batch: Bytes,
    ) -> LogFuture<'_, Result<Offset, ErrorCode>> {
        Box::pin(async move {
            let partition = self.partition(partition)?;
            if partition.leader().1 != epoch {
                return Err(ErrorCode::NotLeaderOrFollower);
            }
            let appended = partition.append_internal(batch, TimestampMs::now())?;
            if let Some(commit) = appended.commit {
                commit.await.map_err(|_| ErrorCode::NotLeaderOrFollower)??;
            }
            Ok(appended.base_offset)
        })
    }

    fn read(&self, partition: PartitionId, from: Offset) -> LogFuture<'_, Result<Bytes, ErrorCode>> {
        Box::pin(async move {
            let partition = self.partition(partition)?;
            // A cold log is read from disk: not on a worker.
            let read = tokio::task::spawn_blocking(move || partition.read_copied(from, LOAD_BYTES)).await;
            read.map_err(|_| ErrorCode::KafkaStorageError)?.map(|(bytes, _)| bytes)
        })
    }

    fn start(&self, partition: PartitionId) -> LogFuture<'_, Result<Offset, ErrorCode>> {
        Box::pin(async move { Ok(self.partition(partition)?.lock().log.start_offset()) })
    }
}
