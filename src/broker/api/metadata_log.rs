//! Fetch (1) and FetchSnapshot (59) of the metadata log, on the controllers' listener: how nodes without a vote follow
//! (KIP-595, KIP-630).

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, timeout_at};

use super::dispatch::Call;
use crate::broker::runtime::broker::Broker;
use crate::broker::runtime::quorum::{FollowerFetch, Stretch};
use crate::log::LogError;
use crate::log::storage::{CheckpointName, METADATA_DIR};
use crate::model::{BrokerId, ErrorCode, LeaderEpoch, Offset, Uuid};
use crate::wire::messages::fetch::{
    EpochEndOffset, FetchPartition, FetchRequest, FetchResponse, FetchTopic, FetchableTopicResponse, LeaderIdAndEpoch,
    NodeEndpoint, PartitionData, SnapshotId,
};
use crate::wire::messages::fetch_snapshot::{
    self, FetchSnapshotRequest, FetchSnapshotRequestPartitionSnapshot, FetchSnapshotResponse,
    FetchSnapshotResponsePartitionSnapshot, FetchSnapshotResponseSnapshotId, FetchSnapshotResponseTopicSnapshot,
};

/// The one topic that controllers serve.
const METADATA_TOPIC: &str = "__cluster_metadata";
/// Bytes sent in one answer at most.
const MOST: usize = 8 << 20;

fn host_and_port(address: &str) -> Option<(String, i32)> {
    let (host, port) = address.rsplit_once(':')?;
    Some((host.to_owned(), port.parse().ok()?))
}

fn leader(broker: &Broker) -> LeaderIdAndEpoch {
    let now = *broker.controller.leadership().borrow();
    LeaderIdAndEpoch { leader_id: now.leader.unwrap_or(BrokerId::NONE).get(), leader_epoch: now.epoch.get() }
}

/// Serves Fetch. New records are waited for as long as the request says.
pub async fn fetch(broker: Arc<Broker>, _: Call, request: FetchRequest) -> FetchResponse {
    let refuse = |code: ErrorCode| FetchResponse { error_code: code.code(), ..FetchResponse::default() };
    if request.cluster_id.as_deref().is_some_and(|id| id != broker.cluster_id) {
        return refuse(ErrorCode::InconsistentClusterId);
    }
    let is_metadata = |topic: &FetchTopic| topic.topic == METADATA_TOPIC || topic.topic_id == Uuid::METADATA_TOPIC;
    let [topic] = &request.topics[..] else { return refuse(ErrorCode::InvalidRequest) };
    let [partition] = &topic.partitions[..] else { return refuse(ErrorCode::InvalidRequest) };
    let mut data = PartitionData {
        partition_index: partition.partition,
        high_watermark: -1,
        current_leader: leader(&broker),
        ..PartitionData::default()
    };
    if !is_metadata(topic) || partition.partition != 0 {
        data.error_code = ErrorCode::UnknownTopicOrPartition.code();
    } else if let Err(code) = check_epoch(partition, &data.current_leader) {
        data.error_code = code.code();
    } else {
        read(&broker, &request, partition, &mut data).await;
    }
    let endpoint = broker.controller.quorum().leader_endpoint().and_then(|(id, address)| {
        let (host, port) = host_and_port(&address)?;
        Some(NodeEndpoint { node_id: id.get(), host, port, rack: None })
    });
    let answer =
        FetchableTopicResponse { topic: topic.topic.clone(), topic_id: topic.topic_id, partitions: vec![data] };
    FetchResponse {
        responses: vec![answer],
        node_endpoints: endpoint.into_iter().collect(),
        ..FetchResponse::default()
    }
}

/// Whether the asker knows who leads: a newer epoch than ours is one that we have not heard of yet.
fn check_epoch(partition: &FetchPartition, leader: &LeaderIdAndEpoch) -> Result<(), ErrorCode> {
    let asked = partition.current_leader_epoch;
    if asked >= 0 && asked < leader.leader_epoch {
        return Err(ErrorCode::FencedLeaderEpoch);
    }
    if asked > leader.leader_epoch {
        return Err(ErrorCode::UnknownLeaderEpoch);
    }
    Ok(())
}

async fn read(broker: &Broker, request: &FetchRequest, partition: &FetchPartition, data: &mut PartitionData) {
    let asker =
        if request.replica_state.replica_id >= 0 { request.replica_state.replica_id } else { request.replica_id };
    let fetch = FollowerFetch {
        id: BrokerId(asker),
        directory_id: partition.replica_directory_id,
        from: Offset(partition.fetch_offset.max(0)),
        last_epoch: LeaderEpoch(partition.last_fetched_epoch),
        most: usize::try_from(partition.partition_max_bytes.min(request.max_bytes)).unwrap_or(0).clamp(1, MOST),
    };
    let wait = Duration::from_millis(u64::try_from(request.max_wait_ms).unwrap_or(0));
    let deadline = Instant::now() + wait;
    let mut leadership = broker.controller.leadership();
    let quorum = broker.controller.quorum();
    loop {
        leadership.borrow_and_update();
        let stretch = match quorum.read_committed(&fetch) {
            Ok(stretch) => stretch,
            Err(fault) => return failed(data, &fault),
        };
        match stretch {
            Stretch::Batches { bytes, high_watermark, log_start } => {
                if bytes.is_empty() && Instant::now() < deadline {
                    // What is applied is published: the image's offset tells of the next records.
                    let more = broker.metadata.wait_published(fetch.from.max(high_watermark));
                    let _ = tokio::select! {
                        waited = timeout_at(deadline, more) => waited,
                        _ = leadership.changed() => Ok(()),
                    };
                    // An image is published a moment before the engine counts its records as applied.
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    continue;
                }
                data.records = Some(bytes);
                data.high_watermark = high_watermark.get();
                data.log_start_offset = log_start.get();
            }
            Stretch::Diverging { epoch, end } => {
                data.diverging_epoch = EpochEndOffset { epoch: epoch.get(), end_offset: end.get() };
                data.high_watermark = 0;
            }
            Stretch::Snapshot(name) => {
                data.snapshot_id = SnapshotId { end_offset: name.end.get(), epoch: name.epoch.get() };
                data.high_watermark = 0;
            }
            Stretch::NotHere => data.error_code = ErrorCode::NotLeaderOrFollower.code(),
        }
        data.current_leader = leader(broker);
        return;
    }
}

fn failed(data: &mut PartitionData, fault: &LogError) {
    tracing::error!("cannot read the metadata log: {fault}");
    data.error_code = ErrorCode::KafkaStorageError.code();
}

/// Serves FetchSnapshot: a piece of a checkpoint file.
pub async fn fetch_snapshot(broker: Arc<Broker>, _: Call, request: FetchSnapshotRequest) -> FetchSnapshotResponse {
    let refuse =
        |code: ErrorCode| FetchSnapshotResponse { error_code: code.code(), ..FetchSnapshotResponse::default() };
    if request.cluster_id.as_deref().is_some_and(|id| id != broker.cluster_id) {
        return refuse(ErrorCode::InconsistentClusterId);
    }
    let [topic] = &request.topics[..] else { return refuse(ErrorCode::InvalidRequest) };
    let [partition] = &topic.partitions[..] else { return refuse(ErrorCode::InvalidRequest) };
    let now = leader(&broker);
    let mut answer = FetchSnapshotResponsePartitionSnapshot {
        index: partition.partition,
        snapshot_id: FetchSnapshotResponseSnapshotId {
            end_offset: partition.snapshot_id.end_offset,
            epoch: partition.snapshot_id.epoch,
        },
        current_leader: fetch_snapshot::LeaderIdAndEpoch { leader_id: now.leader_id, leader_epoch: now.leader_epoch },
        position: partition.position,
        ..FetchSnapshotResponsePartitionSnapshot::default()
    };
    let most = usize::try_from(request.max_bytes).unwrap_or(0).clamp(1, MOST);
    let outcome = if topic.name != METADATA_TOPIC || partition.partition != 0 {
        Err(ErrorCode::UnknownTopicOrPartition)
    } else if !broker.controller.leadership().borrow().active {
        Err(ErrorCode::NotLeaderOrFollower)
    } else {
        piece(&broker, partition, most)
    };
    match outcome {
        Ok((size, bytes)) => (answer.size, answer.unaligned_records) = (size, bytes),
        Err(code) => answer.error_code = code.code(),
    }
    let topics = vec![FetchSnapshotResponseTopicSnapshot { name: topic.name.clone(), partitions: vec![answer] }];
    FetchSnapshotResponse { topics, ..FetchSnapshotResponse::default() }
}

fn piece(
    broker: &Broker,
    asked: &FetchSnapshotRequestPartitionSnapshot,
    most: usize,
) -> Result<(i64, Bytes), ErrorCode> {
    let name =
        CheckpointName { end: Offset(asked.snapshot_id.end_offset), epoch: LeaderEpoch(asked.snapshot_id.epoch) };
    let path = broker.config.metadata_log_dir().join(METADATA_DIR).join(name.file_name());
    // One that a newer snapshot replaced meanwhile: the asker begins anew with a Fetch.
    let file = File::open(&path).map_err(|_| ErrorCode::SnapshotNotFound)?;
    let size = file.metadata().map_err(|_| ErrorCode::KafkaStorageError)?.len();
    let position = u64::try_from(asked.position).ok().filter(|at| *at < size).ok_or(ErrorCode::PositionOutOfRange)?;
    let mut bytes = vec![0; usize::try_from(size - position).unwrap_or(usize::MAX).min(most)];
    file.read_exact_at(&mut bytes, position).map_err(|_| ErrorCode::KafkaStorageError)?;
    Ok((i64::try_from(size).unwrap_or(i64::MAX), bytes.into()))
}
