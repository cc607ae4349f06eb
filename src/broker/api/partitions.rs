//! Questions about single partitions: ListOffsets (2), DeleteRecords (21), OffsetForLeaderEpoch (23),
//! DescribeProducers (61).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::dispatch::Call;
use crate::broker::runtime::broker::Broker;
use crate::broker::runtime::partition::Partition;
use crate::broker::state::partition::Isolation;
use crate::model::{ErrorCode, LeaderEpoch, Offset, TimestampMs, Uuid};
use crate::wire::messages::delete_records::{
    DeleteRecordsPartitionResult, DeleteRecordsRequest, DeleteRecordsResponse, DeleteRecordsTopicResult,
};
use crate::wire::messages::describe_producers::{
    DescribeProducersRequest, DescribeProducersResponse, PartitionResponse, ProducerState, TopicResponse,
};
use crate::wire::messages::list_offsets::{
    ListOffsetsPartition, ListOffsetsPartitionResponse, ListOffsetsRequest, ListOffsetsResponse,
    ListOffsetsTopicResponse,
};
use crate::wire::messages::offset_for_leader_epoch::{
    EpochEndOffset, OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse, OffsetForLeaderTopicResult,
};

/// Timestamps of ListOffsets that mean a position (`ListOffsetsRequest`).
mod special {
    pub(super) const LATEST: i64 = -1;
    pub(super) const EARLIEST: i64 = -2;
    pub(super) const MAX_TIMESTAMP: i64 = -3;
    pub(super) const EARLIEST_LOCAL: i64 = -4;
    pub(super) const LATEST_TIERED: i64 = -5;
    pub(super) const EARLIEST_PENDING_UPLOAD: i64 = -6;
}

/// How often a deletion looks whether followers have done it too.
const LOW_WATERMARK_LOOK: Duration = Duration::from_millis(20);

/// `replica_id` of a consumer.
const CONSUMER: i32 = -1;
/// `replica_id` of tools that ask a replica whether it leads or not.
const DEBUGGING_REPLICA: i32 = -2;

/// Who asks for offsets.
#[derive(Clone, Copy)]
struct Asker {
    isolation: Isolation,
    leader_only: bool,
    version: i16,
}

/// The first version that knows a special timestamp.
const fn needs_version(timestamp: i64) -> i16 {
    match timestamp {
        special::MAX_TIMESTAMP => 7,
        special::EARLIEST_LOCAL => 8,
        special::LATEST_TIERED => 9,
        special::EARLIEST_PENDING_UPLOAD => 11,
        _ => 1,
    }
}

impl Broker {
    /// The partition with its log, or the code that says why not.
    fn partition(&self, topic: &str, partition: i32) -> Result<Arc<Partition>, ErrorCode> {
        self.replicas
            .by_name(topic, partition)
            .map_err(|code| self.leader_elsewhere(topic, Uuid::ZERO, partition).unwrap_or(code))
            .and_then(|found| found.check_online().map(|()| found))
    }
}

/// Serves ListOffsets. A consumer's question goes to the leader; the debugging replica id -2 may ask anyone.
pub async fn list_offsets(broker: Arc<Broker>, call: Call, request: ListOffsetsRequest) -> ListOffsetsResponse {
    let isolation = match (request.replica_id, request.isolation_level) {
        (CONSUMER, 1) => Isolation::ReadCommitted,
        (CONSUMER, _) => Isolation::ReadUncommitted,
        _ => Isolation::Replica,
    };
    let asker = Asker { isolation, leader_only: request.replica_id != DEBUGGING_REPLICA, version: call.version };
    let mut topics = Vec::with_capacity(request.topics.len());
    for topic in &request.topics {
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        let mut asked_for: HashMap<i32, usize> = HashMap::with_capacity(topic.partitions.len());
        for asked in &topic.partitions {
            *asked_for.entry(asked.partition_index).or_default() += 1;
        }
        for asked in &topic.partitions {
            let index = asked.partition_index;
            let twice = asked_for.get(&index).is_some_and(|times| *times > 1);
            let found = if twice {
                Err(ErrorCode::InvalidRequest)
            } else {
                broker.partition(&topic.name, index).and_then(|p| list_one(&p, asked, asker))
            };
            partitions.push(match found {
                Ok((offset, timestamp, epoch)) => ListOffsetsPartitionResponse {
                    partition_index: index,
                    offset: offset.get(),
                    timestamp: timestamp.get(),
                    leader_epoch: epoch.get(),
                    ..Default::default()
                },
                Err(code) => ListOffsetsPartitionResponse {
                    partition_index: index,
                    error_code: code.code(),
                    ..Default::default()
                },
            });
        }
        topics.push(ListOffsetsTopicResponse { name: topic.name.clone(), partitions });
    }
    ListOffsetsResponse { topics, ..Default::default() }
}

type Listed = (Offset, TimestampMs, LeaderEpoch);

/// "Nothing there": offset -1, timestamp -1, no error.
const NOTHING: Listed = (Offset::NONE, TimestampMs::NONE, LeaderEpoch::NONE);

fn list_one(partition: &Partition, asked: &ListOffsetsPartition, asker: Asker) -> Result<Listed, ErrorCode> {
    let inner = partition.lock();
    if asker.leader_only {
        inner.state.check_leader(LeaderEpoch(asked.current_leader_epoch))?;
    } else {
        inner.state.check_epoch(LeaderEpoch(asked.current_leader_epoch))?;
    }
    if asked.timestamp < special::EARLIEST_PENDING_UPLOAD || asker.version < needs_version(asked.timestamp) {
        return Err(ErrorCode::UnsupportedVersion);
    }
    // A new leader does not know yet how much of what it took over is committed (KIP-207): an offset from before would
    // take a consumer back.
    let known = match asker.isolation {
        Isolation::Replica => Ok(()),
        _ if inner.state.knows_high_watermark() => Ok(()),
        _ if asker.version >= 5 => Err(ErrorCode::OffsetNotAvailable),
        _ => Err(ErrorCode::LeaderNotAvailable),
    };
    let end = inner.readable_end(asker.isolation);
    let epoch_at = |offset: Offset| inner.log.epoch_at(offset).unwrap_or(LeaderEpoch::NONE);
    let found = match asked.timestamp {
        special::LATEST => return known.map(|()| (end, TimestampMs::NONE, inner.state.assignment().leader_epoch)),
        special::EARLIEST | special::EARLIEST_LOCAL => {
            let start = inner.log.start_offset();
            return Ok((start, TimestampMs::NONE, epoch_at(start)));
        }
        // Nothing is tiered: there is no remote offset, and nothing waits for an upload.
        special::LATEST_TIERED | special::EARLIEST_PENDING_UPLOAD => return Ok(NOTHING),
        special::MAX_TIMESTAMP => inner.log.offset_of_max_timestamp(),
        timestamp => inner.log.offset_for_timestamp(TimestampMs(timestamp)),
    };
    // The fault takes the partition out of service, and for that its lock.
    drop(inner);
    match found.map_err(|fault| partition.fault(&fault))? {
        Some(found) if found.offset < end => {
            Ok((found.offset, found.timestamp, found.epoch.unwrap_or(LeaderEpoch::NONE)))
        }
        _ => known.map(|()| NOTHING),
    }
}

/// Serves DeleteRecords. A partition is answered for once no replica that counts has the records any more.
pub async fn delete_records(broker: Arc<Broker>, _: Call, request: DeleteRecordsRequest) -> DeleteRecordsResponse {
    let deadline = Instant::now() + Duration::from_millis(u64::try_from(request.timeout_ms).unwrap_or(0));
    let mut deleted = Vec::new();
    for topic in &request.topics {
        for asked in &topic.partitions {
            let found = broker.partition(&topic.name, asked.partition_index);
            deleted.push(found.and_then(|p| p.delete_records(asked.offset).map(|start| (p, start))));
        }
    }
    let mut deleted = deleted.into_iter();
    let mut topics = Vec::with_capacity(request.topics.len());
    for topic in request.topics {
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for (asked, deleted) in topic.partitions.iter().zip(deleted.by_ref()) {
            let outcome = match deleted {
                Ok((partition, start)) => everywhere(&partition, start, deadline).await,
                Err(code) => Err(code),
            };
            let (low_watermark, error_code) = match outcome {
                Ok(low_watermark) => (low_watermark.get(), ErrorCode::None.code()),
                Err(code) => (-1, code.code()),
            };
            let partition_index = asked.partition_index;
            partitions.push(DeleteRecordsPartitionResult { partition_index, low_watermark, error_code });
        }
        topics.push(DeleteRecordsTopicResult { partitions, name: topic.name });
    }
    DeleteRecordsResponse { topics, ..Default::default() }
}

/// Waits until every replica that counts begins at `start` or later. Followers hear of it by their next fetch.
async fn everywhere(partition: &Partition, start: Offset, deadline: Instant) -> Result<Offset, ErrorCode> {
    loop {
        partition.check_online()?;
        let low_watermark = partition.low_watermark()?;
        if low_watermark >= start {
            return Ok(low_watermark);
        }
        if Instant::now() >= deadline {
            return Err(ErrorCode::RequestTimedOut);
        }
        tokio::time::sleep(LOW_WATERMARK_LOOK).await;
    }
}

/// Serves OffsetForLeaderEpoch (KIP-101, KIP-320).
pub async fn offset_for_leader_epoch(
    broker: Arc<Broker>,
    _: Call,
    request: OffsetForLeaderEpochRequest,
) -> OffsetForLeaderEpochResponse {
    let topics = request.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|asked| {
            let found = broker.partition(&topic.topic, asked.partition).and_then(|partition| {
                let inner = partition.lock();
                inner.state.check_leader(LeaderEpoch(asked.current_leader_epoch))?;
                let current = inner.state.assignment().leader_epoch;
                // The current term may not have a record yet; it ends where the log does all the same.
                if LeaderEpoch(asked.leader_epoch) == current {
                    return Ok((current, inner.log.end_offset()));
                }
                Ok(inner.log.end_offset_for_epoch(LeaderEpoch(asked.leader_epoch)))
            });
            let partition = asked.partition;
            match found {
                Ok((epoch, end)) => {
                    EpochEndOffset { partition, leader_epoch: epoch.get(), end_offset: end.get(), ..Default::default() }
                }
                Err(code) => EpochEndOffset { partition, error_code: code.code(), ..Default::default() },
            }
        });
        OffsetForLeaderTopicResult { partitions: partitions.collect(), topic: topic.topic }
    });
    OffsetForLeaderEpochResponse { topics: topics.collect(), ..Default::default() }
}

/// Serves DescribeProducers (KIP-664).
pub async fn describe_producers(
    broker: Arc<Broker>,
    _: Call,
    request: DescribeProducersRequest,
) -> DescribeProducersResponse {
    let topics = request.topics.into_iter().map(|topic| {
        let partitions = topic.partition_indexes.iter().map(|&partition_index| {
            let producers = broker.partition(&topic.name, partition_index).and_then(|partition| {
                let inner = partition.lock();
                inner.state.check_leader(LeaderEpoch::NONE)?;
                let state =
                    |(id, entry): (crate::model::ProducerId, &crate::log::producers::ProducerEntry)| ProducerState {
                        producer_id: id.get(),
                        producer_epoch: i32::from(entry.epoch.get()),
                        last_sequence: entry.last_sequence().get(),
                        last_timestamp: entry.last_timestamp.get(),
                        coordinator_epoch: entry.coordinator_epoch,
                        current_txn_start_offset: entry.txn_first_offset.unwrap_or(Offset::NONE).get(),
                    };
                Ok(inner.log.made().into_iter().flat_map(crate::log::Log::producers).map(state).collect())
            });
            match producers {
                Ok(active_producers) => PartitionResponse { partition_index, active_producers, ..Default::default() },
                Err(code) => PartitionResponse { partition_index, error_code: code.code(), ..Default::default() },
            }
        });
        TopicResponse { partitions: partitions.collect(), name: topic.name }
    });
    DescribeProducersResponse { topics: topics.collect(), ..Default::default() }
}
