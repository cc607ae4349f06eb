//! DescribeLogDirs (35): what lies in which directory, and how full the disks are. AlterReplicaLogDirs (34): moves of
//! replicas between the directories of this broker (KIP-113).

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::dispatch::Call;
use crate::broker::runtime::broker::Broker;
use crate::broker::runtime::log_dirs::LogDir;
use crate::broker::state::moves::Destination;
use crate::model::{ErrorCode, TopicName, TopicPartition};
use crate::wire::messages::alter_replica_log_dirs::{
    AlterReplicaLogDirPartitionResult, AlterReplicaLogDirTopicResult, AlterReplicaLogDirsRequest,
    AlterReplicaLogDirsResponse,
};
use crate::wire::messages::describe_log_dirs::{
    DescribeLogDirsPartition, DescribeLogDirsRequest, DescribeLogDirsResponse, DescribeLogDirsResult,
    DescribeLogDirsTopic,
};

/// Serves DescribeLogDirs; no topics in the request means all.
pub async fn describe(broker: Arc<Broker>, _: Call, request: DescribeLogDirsRequest) -> DescribeLogDirsResponse {
    let wanted: Option<BTreeMap<String, Vec<i32>>> =
        request.topics.map(|topics| topics.into_iter().map(|t| (t.topic, t.partitions)).collect());
    let results = broker.replicas.dirs().iter().map(|dir| describe_dir(&broker, dir, wanted.as_ref()));
    DescribeLogDirsResponse { results: results.collect(), ..Default::default() }
}

fn describe_dir(broker: &Broker, dir: &LogDir, wanted: Option<&BTreeMap<String, Vec<i32>>>) -> DescribeLogDirsResult {
    let log_dir = dir.path().to_string_lossy().into_owned();
    if dir.is_offline() {
        return DescribeLogDirsResult {
            error_code: ErrorCode::KafkaStorageError.code(),
            log_dir,
            ..Default::default()
        };
    }
    let mut topics: BTreeMap<String, Vec<DescribeLogDirsPartition>> = BTreeMap::new();
    let asked = |name: &TopicPartition| {
        wanted.is_none_or(|w| w.get(name.topic.as_str()).is_some_and(|ps| ps.contains(&name.partition)))
    };
    let mut add = |name: &TopicPartition, size: u64, offset_lag: i64, is_future_key: bool| {
        let partition_size = i64::try_from(size).unwrap_or(i64::MAX);
        let partition_index = name.partition;
        let entry = DescribeLogDirsPartition { partition_index, partition_size, offset_lag, is_future_key };
        topics.entry(name.topic.as_str().to_owned()).or_default().push(entry);
    };
    for partition in broker.replicas.all().iter().filter(|p| *p.log_dir() == *dir.path() && asked(p.name())) {
        let (size, lag) = {
            let inner = partition.lock();
            (inner.log.size(), inner.state.high_watermark() - inner.log.end_offset())
        };
        add(partition.name(), size, lag.max(0), false);
    }
    for future in broker.replicas.futures().all().iter().filter(|f| f.log_dir() == dir.path()) {
        let partition = future.partition();
        // It may just have taken the replica's place.
        if asked(partition.name()) && *partition.log_dir() != *dir.path() {
            let lag = partition.lock().log.end_offset() - future.end();
            add(partition.name(), future.size(), lag.max(0), true);
        }
    }
    let (total_bytes, usable_bytes) = disk_space(dir.path()).unwrap_or((-1, -1));
    let topics = topics.into_iter().map(|(name, mut partitions)| {
        partitions.sort_by_key(|p| p.partition_index);
        DescribeLogDirsTopic { name, partitions }
    });
    let is_cordoned = dir.is_cordoned();
    DescribeLogDirsResult {
        log_dir,
        topics: topics.collect(),
        total_bytes,
        usable_bytes,
        is_cordoned,
        ..Default::default()
    }
}

/// Serves AlterReplicaLogDirs: every partition has its own answer. The copying goes on afterwards.
pub async fn alter(broker: Arc<Broker>, _: Call, request: AlterReplicaLogDirsRequest) -> AlterReplicaLogDirsResponse {
    // A move that is given up waits for the one who works on it, and that one for a disk.
    let answers = tokio::task::spawn_blocking(move || alter_each(&broker, request)).await;
    let results = answers.unwrap_or_default().into_iter().map(|(topic_name, partitions)| {
        let partitions = partitions.into_iter().map(|(partition_index, code)| AlterReplicaLogDirPartitionResult {
            partition_index,
            error_code: code.code(),
        });
        AlterReplicaLogDirTopicResult { topic_name, partitions: partitions.collect() }
    });
    AlterReplicaLogDirsResponse { throttle_time_ms: 0, results: results.collect() }
}

fn alter_each(broker: &Broker, request: AlterReplicaLogDirsRequest) -> BTreeMap<String, BTreeMap<i32, ErrorCode>> {
    let mut answers: BTreeMap<String, BTreeMap<i32, ErrorCode>> = BTreeMap::new();
    for dir in request.dirs {
        let destination = destination(broker, Path::new(&dir.path));
        for topic in dir.topics {
            let name = TopicName::new(&topic.name);
            for index in topic.partitions {
                let code = match &name {
                    Ok(name) => broker.mover.alter(&TopicPartition::new(name.clone(), index), destination),
                    Err(_) => ErrorCode::UnknownTopicOrPartition,
                };
                answers.entry(topic.name.clone()).or_default().insert(index, code);
            }
        }
    }
    answers
}

/// The directory that a request names, by the path that DescribeLogDirs shows or the whole one.
fn destination(broker: &Broker, path: &Path) -> Destination {
    let same = |dir: &Path| dir == path || std::path::absolute(dir).is_ok_and(|dir| dir == path);
    match broker.replicas.dirs().iter().find(|dir| same(dir.path())) {
        Some(dir) if dir.is_offline() => Destination::Offline,
        Some(dir) if dir.is_cordoned() => Destination::Cordoned(dir.id()),
        Some(dir) => Destination::Online(dir.id()),
        // One that could not be opened at the start.
        None if broker.config.log_dirs().iter().any(|dir| same(dir)) => Destination::Offline,
        None => Destination::NotFound,
    }
}

/// Bytes of the file system and those left to unprivileged users.
fn disk_space(path: &std::path::Path) -> Option<(i64, i64)> {
    let stat = rustix::fs::statvfs(path).ok()?;
    let bytes = |blocks: u64| i64::try_from(blocks.saturating_mul(stat.f_frsize)).unwrap_or(i64::MAX);
    Some((bytes(stat.f_blocks), bytes(stat.f_bavail)))
}
