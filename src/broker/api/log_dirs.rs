//! DescribeLogDirs (35): what lies in which directory, and how full the disks are.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::dispatch::Call;
use crate::broker::runtime::broker::Broker;
use crate::broker::runtime::log_dirs::LogDir;
use crate::model::ErrorCode;
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
    for partition in broker.replicas.all().iter().filter(|p| p.log_dir() == dir.path()) {
        let name = partition.name();
        let asked = wanted.is_none_or(|w| w.get(name.topic.as_str()).is_some_and(|ps| ps.contains(&name.partition)));
        if asked {
            let partition_size = i64::try_from(partition.lock().log.size()).unwrap_or(i64::MAX);
            let entry =
                DescribeLogDirsPartition { partition_index: name.partition, partition_size, ..Default::default() };
            topics.entry(name.topic.as_str().to_owned()).or_default().push(entry);
        }
    }
    let (total_bytes, usable_bytes) = disk_space(dir.path()).unwrap_or((-1, -1));
    let topics = topics.into_iter().map(|(name, mut partitions)| {
        partitions.sort_by_key(|p| p.partition_index);
        DescribeLogDirsTopic { name, partitions }
    });
    DescribeLogDirsResult { log_dir, topics: topics.collect(), total_bytes, usable_bytes, ..Default::default() }
}

/// Bytes of the file system and those left to unprivileged users.
fn disk_space(path: &std::path::Path) -> Option<(i64, i64)> {
    let stat = rustix::fs::statvfs(path).ok()?;
    let bytes = |blocks: u64| i64::try_from(blocks.saturating_mul(stat.f_frsize)).unwrap_or(i64::MAX);
    Some((bytes(stat.f_blocks), bytes(stat.f_bavail)))
}
