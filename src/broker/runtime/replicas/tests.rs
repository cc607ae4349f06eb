//! Partitions come, are opened when they are wanted, and go, on real files.

use bytes::Bytes;
use smallvec::smallvec;

use super::*;
use crate::broker::runtime::chores::Due;
use crate::broker::runtime::partition::{MARK_EVERY, PartitionLog, ReadRequest};
use crate::broker::state::partition::{Acks, Isolation};
use crate::broker::state::produce::ProduceRules;
use crate::broker::state::replication::ThrottledReplicas;
use crate::log::LogConfig;
use crate::log::files::MetaProperties;
use crate::model::LeaderEpoch;
use crate::wire::batch::{BatchBuilder, BuilderOptions, RecordToWrite, TimestampType};
use crate::wire::compression;

const ME: BrokerId = BrokerId(1);
const NOW: TimestampMs = TimestampMs(1_700_000_000_000);

fn open(root: &Path) -> Arc<Replicas> {
    let meta =
        MetaProperties { cluster_id: "c".to_owned(), node_id: ME, directory_id: Some(Uuid(1000)), other: Vec::new() };
    meta.write(root).unwrap();
    Replicas::new(ME, LogDirs::open(&[root.to_owned()], root, ME, "c").unwrap(), None)
}

fn config() -> Arc<PartitionConfig> {
    Arc::new(PartitionConfig {
        log: Arc::new(LogConfig::default()),
        produce: ProduceRules {
            max_message_bytes: 1 << 20,
            segment_bytes: 1 << 30,
            compression: None,
            timestamp_type: TimestampType::CreateTime,
            timestamp_before_max_ms: i64::MAX,
            timestamp_after_max_ms: i64::MAX,
            compacted: false,
            decompressed_limit: compression::DEFAULT_DECOMPRESSED_LIMIT,
        },
        min_insync: 1,
        max_lag_ms: 30_000,
        leader_throttled: ThrottledReplicas::None,
        follower_throttled: ThrottledReplicas::None,
        deletes: true,
    })
}

fn place(replicas: &Replicas, topic_id: u128, epoch: i32) -> Arc<Partition> {
    let assignment = Assignment {
        leader: ME,
        leader_epoch: LeaderEpoch(epoch),
        partition_epoch: epoch,
        replicas: smallvec![ME],
        isr: smallvec![ME],
    };
    let name = TopicPartition::new(TopicName::new("t").unwrap(), 0);
    replicas.place(Placement { name, topic_id: Uuid(topic_id), assignment, directory: None, config: config() });
    replicas.by_id(Uuid(topic_id), 0).unwrap()
}

fn batch(bytes: usize) -> Bytes {
    let mut builder = BatchBuilder::new(BuilderOptions::default());
    let value = vec![b'x'; bytes];
    builder.append(&RecordToWrite { timestamp: NOW, value: Some(&value), ..RecordToWrite::default() });
    builder.build().unwrap().into()
}

fn read(partition: &Partition, offset: i64) -> Result<(bool, Offset), ErrorCode> {
    let request = ReadRequest {
        offset: Offset(offset),
        max_bytes: 1 << 20,
        at_least_one: true,
        isolation: Isolation::ReadUncommitted,
        current_epoch: LeaderEpoch::NONE,
        last_fetched_epoch: LeaderEpoch::NONE,
        leader_only: true,
        follower: None,
    };
    partition.read(&request).map(|answer| (answer.records.is_some(), answer.high_watermark))
}

#[test]
fn a_partition_has_no_directory_before_its_first_record() {
    let root = tempfile::tempdir().unwrap();
    let replicas = open(root.path());
    let partition = place(&replicas, 1, 0);
    assert!(!partition.is_unopened() && !root.path().join("t-0").exists());
    assert_eq!(read(&partition, 0), Ok((false, Offset(0))));
    partition.append_internal(batch(10), NOW).unwrap();
    assert_eq!(read(&partition, 0), Ok((true, Offset(1))));
    assert_eq!(files::read_partition_metadata(&root.path().join("t-0")).unwrap(), Some(Uuid(1)));
    replicas.remove(Uuid(1), 0, true);
    assert!(!root.path().join("t-0").exists());
}

#[test]
fn a_partition_has_no_log_in_memory_before_its_first_record_whatever_it_is_asked() {
    let root = tempfile::tempdir().unwrap();
    let replicas = open(root.path());
    let partition = place(&replicas, 1, 0);
    place(&replicas, 1, 4);
    partition.configure(config());
    assert_eq!(read(&partition, 0), Ok((false, Offset(0))));
    assert_eq!(read(&partition, 1), Err(ErrorCode::OffsetOutOfRange));
    assert_eq!(partition.retain(NOW).unwrap(), []);
    partition.close_clean(NOW).unwrap();
    let inner = partition.lock();
    assert_eq!((inner.log.start_offset(), inner.log.recovery_point(), inner.log.size()), (Offset(0), Offset(0), 0));
    assert_eq!(inner.readable_end(Isolation::ReadCommitted), Offset(0));
    assert_eq!(inner.log.offset_of_max_timestamp().unwrap(), None);
    assert_eq!(inner.log.offset_for_timestamp(NOW).unwrap(), None);
    assert!(inner.log.made().is_none());

    // The log that the first append makes answers the same.
    let ask = |log: &PartitionLog| {
        let ends = [-1, 0, 3, 4, 5].map(|epoch| log.end_offset_for_epoch(LeaderEpoch(epoch)));
        (log.epoch_at(Offset(0)), log.end_offset(), log.marked(), ends)
    };
    let before = ask(&inner.log);
    assert_eq!(before.0, Some(LeaderEpoch(4)));
    assert_eq!(inner.log.leader_epochs(), [(LeaderEpoch(4), Offset(0))]);
    assert!(inner.log.made().is_some());
    assert_eq!(ask(&inner.log), before);
}

#[test]
fn a_log_on_the_disk_is_opened_when_it_is_first_wanted() {
    let root = tempfile::tempdir().unwrap();
    let first = open(root.path());
    place(&first, 1, 0).append_internal(batch(10), NOW).unwrap();
    drop(first);

    let replicas = open(root.path());
    let partition = place(&replicas, 1, 3);
    assert!(partition.is_unopened());
    assert_eq!(partition.leader(), (ME, LeaderEpoch(3)), "the controller's word needs no log");
    assert!(partition.is_unopened());
    assert_eq!(read(&partition, 0), Ok((true, Offset(1))));
    assert!(!partition.is_unopened());
    let inner = partition.lock();
    assert_eq!(inner.log.leader_epochs(), [(LeaderEpoch(0), Offset(0)), (LeaderEpoch(3), Offset(1))]);
    drop(inner);
    assert_eq!(partition.append_internal(batch(10), NOW).unwrap().base_offset, Offset(1));
}

#[test]
fn logs_that_nobody_asks_for_are_opened_in_the_background() {
    let root = tempfile::tempdir().unwrap();
    let first = open(root.path());
    place(&first, 1, 0).append_internal(batch(10), NOW).unwrap();
    drop(first);
    let replicas = open(root.path());
    let partition = place(&replicas, 1, 0);
    assert!(replicas.take_has_unopened() && !replicas.take_has_unopened());
    replicas.open_waiting(|| true, |_| ());
    assert!(partition.is_unopened(), "told to stop, it opens nothing");
    replicas.open_waiting(|| false, |_| ());
    assert!(!partition.is_unopened());
}

#[test]
fn what_is_no_log_is_out_of_service_and_takes_no_other_with_it() {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir(root.path().join("t-0")).unwrap();
    std::fs::write(root.path().join("t-0/partition.metadata"), "nonsense").unwrap();
    let replicas = open(root.path());
    let partition = place(&replicas, 1, 0);
    assert_eq!(read(&partition, 0), Err(ErrorCode::NotLeaderOrFollower));
    assert_eq!(partition.append_internal(batch(10), NOW).unwrap_err(), ErrorCode::NotLeaderOrFollower);
    replicas.ensure_open(&partition);
    assert!(replicas.dirs().iter().all(|dir| !dir.is_offline()));
}

#[test]
fn a_produce_that_meets_the_deletion_of_its_partition_leaves_the_directory_in_service() {
    let root = tempfile::tempdir().unwrap();
    let replicas = open(root.path());
    let found = place(&replicas, 1, 0);
    replicas.remove(Uuid(1), 0, true);
    assert_eq!(found.produce(batch(10), Acks::Leader, 9, NOW).unwrap_err().code, ErrorCode::KafkaStorageError);
    replicas.partition_failed(&found);
    assert!(replicas.dirs().iter().all(|dir| !dir.is_offline()));
    let other = place(&replicas, 2, 1);
    other.fault(&LogError::Io { action: "write to", path: root.path().into(), source: std::io::Error::other("lost") });
    replicas.partition_failed(&other);
    assert!(replicas.dirs().iter().all(|dir| dir.is_offline()), "a fault is one");
}

#[test]
fn the_replayed_life_of_an_earlier_topic_leaves_the_files_of_its_successor_alone() {
    let root = tempfile::tempdir().unwrap();
    let first = open(root.path());
    place(&first, 2, 0).append_internal(batch(10), NOW).unwrap();
    let dir = first.dirs().iter().next().unwrap();
    let name = TopicPartition::new(TopicName::new("t").unwrap(), 0);
    dir.books().lock().log_starts.set(&name, Offset(1));
    dir.books().lock().write_log_starts(dir.path()).unwrap();
    drop(first);

    let replicas = open(root.path());
    place(&replicas, 1, 0);
    replicas.remove(Uuid(1), 0, true);
    let partition = place(&replicas, 2, 0);
    assert_eq!(partition.lock().log.start_offset(), Offset(1));
    assert_eq!(partition.lock().log.end_offset(), Offset(1));
    replicas.started();
    replicas.remove(Uuid(2), 0, true);
    let dir = replicas.dirs().iter().next().unwrap();
    assert_eq!(dir.books().lock().log_starts.get(&name), Offset::ZERO, "a deleted topic's lines go with it");
}

#[test]
fn the_directory_of_an_earlier_topic_of_the_same_name_is_put_aside() {
    let root = tempfile::tempdir().unwrap();
    let first = open(root.path());
    place(&first, 1, 0).append_internal(batch(10), NOW).unwrap();
    drop(first);
    let replicas = open(root.path());
    let partition = place(&replicas, 2, 0);
    assert_eq!(read(&partition, 0), Ok((false, Offset(0))));
    let names: Vec<_> = std::fs::read_dir(root.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(names.iter().any(|name| name.to_string_lossy().ends_with("-stray")), "{names:?}");
    assert!(!root.path().join("t-0").exists());
}

#[test]
fn a_partition_tells_of_its_first_append_once_and_asks_for_a_mark_before_its_tail_is_long() {
    let root = tempfile::tempdir().unwrap();
    let replicas = open(root.path());
    let partition = place(&replicas, 1, 0);
    assert_eq!(replicas.chores().take(), Due::default(), "nothing is to be done for one that was never used");
    let mut tail = 0;
    while tail < MARK_EVERY {
        let batch = batch(1 << 20);
        tail += batch.len() as u64;
        partition.append_internal(batch, NOW).unwrap();
    }
    partition.append_internal(batch(10), NOW).unwrap();
    assert_eq!(replicas.chores().take(), Due { stirred: vec![partition.key()], unmarked: vec![partition.key()] });
    let marked = partition.mark().unwrap();
    assert_eq!(marked, partition.lock().log.end_offset());
    partition.append_internal(batch(10), NOW).unwrap();
    assert_eq!(replicas.chores().take(), Due::default());

    let end = partition.rest(None).unwrap();
    assert_eq!(end, Some(marked + 1), "one that grew does not rest");
    assert_eq!(partition.rest(end).unwrap(), end, "nor one that is not on disk");
    partition.lock().log.checkpoint(NOW).unwrap();
    assert_eq!(partition.rest(end).unwrap(), None);
    read(&partition, 0).unwrap();
    assert_eq!(replicas.chores().take().stirred, [partition.key()], "a read opens files: they are to be closed again");
}

#[test]
fn what_the_last_run_had_no_time_to_remove_is_removed() {
    let root = tempfile::tempdir().unwrap();
    let first = open(root.path());
    place(&first, 1, 0).append_internal(batch(10), NOW).unwrap();
    first.remove(Uuid(1), 0, true);
    drop(first);
    let replicas = open(root.path());
    replicas.dig(NOW);
    let left = std::fs::read_dir(root.path()).unwrap().filter(|e| e.as_ref().unwrap().path().is_dir()).count();
    assert_eq!(left, 0);
}
