//! Moves between directories, on real files: step by step, and after a kill at any of them.

use std::sync::Arc;

use bytes::Bytes;
use smallvec::smallvec;

use super::mover::Mover;
use crate::broker::runtime::directories::DirectoryNews;
use crate::broker::runtime::log_dirs::LogDirs;
use crate::broker::runtime::metadata::MetadataCache;
use crate::broker::runtime::partition::{Partition, PartitionConfig};
use crate::broker::runtime::replicas::{Placement, Replicas};
use crate::broker::state::metadata::MetadataImage;
use crate::broker::state::moves::Destination;
use crate::broker::state::partition::Assignment;
use crate::broker::state::produce::ProduceRules;
use crate::broker::state::replication::ThrottledReplicas;
use crate::log::LogConfig;
use crate::log::files::{MetaProperties, future_dir_name, parse_dir_name};
use crate::model::{BrokerId, ErrorCode, LeaderEpoch, Offset, TimestampMs, TopicName, TopicPartition, Uuid};
use crate::wire::batch::{BatchBuilder, BuilderOptions, RecordToWrite, TimestampType};

const ME: BrokerId = BrokerId(1);
const TOPIC: Uuid = Uuid(7);
const FIRST: Uuid = Uuid(1000);
const SECOND: Uuid = Uuid(1001);
const NOW: TimestampMs = TimestampMs(1_700_000_000_000);

/// A broker with two log directories, whose cluster's metadata has no directories: nobody is told of moves.
struct Rig {
    root: tempfile::TempDir,
    mover: Mover,
}

impl Rig {
    fn new() -> Rig {
        let root = tempfile::tempdir().unwrap();
        let mover = start(root.path());
        Rig { root, mover }
    }

    /// The broker is killed, and starts again.
    fn restart(self) -> Rig {
        let Rig { root, mover } = self;
        drop(mover);
        let mover = start(root.path());
        Rig { root, mover }
    }

    fn place(&self, directory: Option<Uuid>) -> Arc<Partition> {
        let assignment = Assignment {
            leader: ME,
            leader_epoch: LeaderEpoch(3),
            partition_epoch: 0,
            replicas: smallvec![ME],
            isr: smallvec![ME],
        };
        self.mover.replicas.place(Placement { name: name(), topic_id: TOPIC, assignment, directory, config: config() });
        self.mover.replicas.by_id(TOPIC, 0).unwrap()
    }

    fn ask(&self, to: Uuid) -> ErrorCode {
        self.mover.alter(&name(), Destination::Online(to))
    }

    /// Does `steps` steps of the move.
    fn step(&self, steps: usize) {
        for _ in 0..steps {
            if let Some(future) = self.mover.replicas.futures().of((TOPIC, 0)) {
                self.mover.step(&future);
            }
        }
    }

    /// The names in a directory that are a partition's, without the random part.
    fn names(&self, dir: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.root.path().join(dir)).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let plain = names.filter_map(|name| parse_dir_name(&name)).map(|(at, kind)| format!("{at} {kind:?}"));
        let mut plain: Vec<String> = plain.collect();
        plain.sort();
        plain
    }
}

fn start(root: &std::path::Path) -> Mover {
    let paths = ["a", "b"].map(|name| root.join(name));
    for (path, id) in paths.iter().zip([FIRST, SECOND]) {
        std::fs::create_dir_all(path).unwrap();
        let meta =
            MetaProperties { cluster_id: "c".to_owned(), node_id: ME, directory_id: Some(id), other: Vec::new() };
        meta.write(path).unwrap();
    }
    let replicas = Replicas::new(ME, LogDirs::open(&paths, &paths[0], ME, "c").unwrap(), None);
    let metadata = MetadataCache::new("c".to_owned(), MetadataImage::default());
    Mover { me: ME, replicas, metadata, news: Arc::<DirectoryNews>::default() }
}

fn name() -> TopicPartition {
    TopicPartition::new(TopicName::new("t").unwrap(), 0)
}

fn config() -> Arc<PartitionConfig> {
    let log = LogConfig { segment_bytes: 4096, ..LogConfig::default() };
    Arc::new(PartitionConfig {
        log: Arc::new(log),
        produce: ProduceRules {
            max_message_bytes: 1 << 20,
            segment_bytes: 1 << 30,
            compression: None,
            timestamp_type: TimestampType::CreateTime,
            timestamp_before_max_ms: i64::MAX,
            timestamp_after_max_ms: i64::MAX,
            compacted: false,
            decompressed_limit: 1 << 20,
        },
        min_insync: 1,
        max_lag_ms: 30_000,
        leader_throttled: ThrottledReplicas::None,
        follower_throttled: ThrottledReplicas::None,
        deletes: true,
    })
}

fn batch(value: &str) -> Bytes {
    let mut builder = BatchBuilder::new(BuilderOptions::default());
    builder.append(&RecordToWrite { timestamp: NOW, value: Some(value.as_bytes()), ..RecordToWrite::default() });
    builder.build().unwrap().into()
}

fn append(partition: &Arc<Partition>, offsets: std::ops::Range<i64>) {
    for offset in offsets {
        let appended = partition.append_internal(batch(&format!("{offset:0>100}")), NOW).unwrap();
        assert_eq!(appended.base_offset, Offset(offset));
    }
}

/// The offsets of the partition's batches, after a look at each one's value.
fn offsets(partition: &Partition) -> Vec<i64> {
    let (mut found, mut at) = (Vec::new(), partition.log_start());
    loop {
        let (bytes, next) = partition.read_copied(at, 1 << 20).unwrap();
        if bytes.is_empty() {
            return found;
        }
        for batch in crate::wire::batch::batches(&bytes) {
            let (header, bytes) = batch.unwrap();
            let value = format!("{:0>100}", header.base_offset.get());
            assert!(bytes.windows(value.len()).any(|w| w == value.as_bytes()), "offset {}", header.base_offset);
            found.push(header.base_offset.get());
        }
        at = next;
    }
}

#[test]
fn a_replica_moves_with_all_its_records_and_serves_meanwhile() {
    let rig = Rig::new();
    let partition = rig.place(Some(FIRST));
    append(&partition, 0..100);
    assert_eq!(rig.ask(SECOND), ErrorCode::None);
    rig.step(1);
    assert_eq!((rig.names("a"), rig.names("b")), (vec!["t-0 Current".to_owned()], vec!["t-0 Future".to_owned()]));
    append(&partition, 100..150);
    rig.step(200);
    assert_eq!((rig.names("a"), rig.names("b")), (vec!["t-0 Delete".to_owned()], vec!["t-0 Current".to_owned()]));
    assert_eq!(*partition.log_dir(), *rig.root.path().join("b"));
    append(&partition, 150..160);
    assert_eq!(offsets(&partition), (0..160).collect::<Vec<_>>());
    assert_eq!(partition.lock().log.latest_epoch(), Some(LeaderEpoch(3)));
    rig.mover.replicas.dig(TimestampMs(i64::MAX));
    assert_eq!(rig.names("a"), [""; 0]);

    let rig = rig.restart();
    assert_eq!(offsets(&rig.place(None)), (0..160).collect::<Vec<_>>(), "found in its new place");
}

#[test]
fn a_partition_that_never_held_a_record_moves_too() {
    let rig = Rig::new();
    let partition = rig.place(Some(FIRST));
    assert_eq!(rig.ask(SECOND), ErrorCode::None);
    rig.step(5);
    append(&partition, 0..3);
    assert_eq!((rig.names("a"), rig.names("b")), (vec![], vec!["t-0 Current".to_owned()]));
}

#[test]
fn the_beginning_follows_the_log_that_is_copied() {
    let rig = Rig::new();
    let partition = rig.place(Some(FIRST));
    append(&partition, 0..100);
    partition.delete_records(40).unwrap();
    assert_eq!(rig.ask(SECOND), ErrorCode::None);
    rig.step(3);
    partition.delete_records(70).unwrap();
    rig.step(50);
    assert_eq!(*partition.log_dir(), *rig.root.path().join("b"));
    assert_eq!(offsets(&partition), (70..100).collect::<Vec<_>>());
    let rig = rig.restart();
    assert_eq!(rig.place(None).log_start(), Offset(70), "the books knew before the names changed");
}

#[test]
fn a_restart_in_the_middle_goes_on_with_the_move() {
    let rig = Rig::new();
    append(&rig.place(Some(FIRST)), 0..100);
    assert_eq!(rig.ask(SECOND), ErrorCode::None);
    rig.step(2);
    let rig = rig.restart();
    let partition = rig.place(Some(FIRST));
    assert!(rig.mover.replicas.futures().of((TOPIC, 0)).is_some());
    append(&partition, 100..110);
    rig.step(50);
    assert_eq!((rig.names("a"), rig.names("b")), (vec!["t-0 Delete".to_owned()], vec!["t-0 Current".to_owned()]));
    assert_eq!(offsets(&partition), (0..110).collect::<Vec<_>>());
}

#[test]
fn a_kill_between_the_two_names_costs_nothing() {
    let rig = Rig::new();
    append(&rig.place(Some(FIRST)), 0..100);
    assert_eq!(rig.ask(SECOND), ErrorCode::None);
    rig.step(50);
    // As it was when the former log had its new name, and the copy had not.
    let b = rig.root.path().join("b");
    std::fs::rename(b.join("t-0"), b.join(future_dir_name(&name()).unwrap())).unwrap();
    assert_eq!((rig.names("a"), rig.names("b")), (vec!["t-0 Delete".to_owned()], vec!["t-0 Future".to_owned()]));
    let rig = rig.restart();
    let partition = rig.place(Some(SECOND));
    assert_eq!(rig.names("b"), ["t-0 Current"]);
    assert_eq!(offsets(&partition), (0..100).collect::<Vec<_>>());
}

#[test]
fn a_move_back_gives_up_the_copy() {
    let rig = Rig::new();
    let partition = rig.place(Some(FIRST));
    append(&partition, 0..100);
    assert_eq!(rig.ask(SECOND), ErrorCode::None);
    rig.step(2);
    assert_eq!(rig.ask(FIRST), ErrorCode::None);
    assert_eq!((rig.names("a"), rig.names("b")), (vec!["t-0 Current".to_owned()], vec!["t-0 Delete".to_owned()]));
    rig.step(10);
    assert_eq!(*partition.log_dir(), *rig.root.path().join("a"));
}

#[test]
fn a_deleted_topic_takes_its_copy_along() {
    let rig = Rig::new();
    append(&rig.place(Some(FIRST)), 0..100);
    assert_eq!(rig.ask(SECOND), ErrorCode::None);
    rig.step(2);
    rig.mover.replicas.remove(TOPIC, 0, true);
    assert_eq!((rig.names("a"), rig.names("b")), (vec!["t-0 Delete".to_owned()], vec!["t-0 Delete".to_owned()]));
    assert!(rig.mover.replicas.futures().all().is_empty());
}

#[test]
fn a_destination_that_fails_ends_the_move_and_the_replica_stays() {
    let rig = Rig::new();
    let partition = rig.place(Some(FIRST));
    append(&partition, 0..10);
    assert_eq!(rig.ask(SECOND), ErrorCode::None);
    std::fs::remove_dir_all(rig.root.path().join("b")).unwrap();
    std::fs::write(rig.root.path().join("b"), b"no directory").unwrap();
    rig.step(3);
    assert!(rig.mover.replicas.futures().all().is_empty());
    assert_eq!(rig.mover.replicas.failed_dirs(), [SECOND]);
    append(&partition, 10..12);
    assert_eq!(offsets(&partition).len(), 12);
}

#[test]
fn a_source_that_fails_leaves_the_copy_for_a_later_start() {
    let rig = Rig::new();
    let partition = rig.place(Some(FIRST));
    append(&partition, 0..100);
    assert_eq!(rig.ask(SECOND), ErrorCode::None);
    rig.step(1);
    partition.go_offline();
    rig.step(3);
    assert!(rig.mover.replicas.futures().all().is_empty());
    assert_eq!(rig.mover.replicas.failed_dirs(), [FIRST]);
    assert_eq!(rig.names("b"), ["t-0 Future"]);
}

#[test]
fn a_replica_that_is_not_here_yet_is_made_where_it_was_asked_for() {
    let rig = Rig::new();
    assert_eq!(rig.ask(SECOND), ErrorCode::UnknownTopicOrPartition);
    assert_eq!(*rig.place(None).log_dir(), *rig.root.path().join("b"));
}

#[test]
fn new_replicas_keep_clear_of_cordoned_directories() {
    let rig = Rig::new();
    let cordoned = rig.root.path().join("a").to_string_lossy().into_owned();
    rig.mover.replicas.dirs().cordon(&[cordoned]);
    assert_eq!(*rig.place(None).log_dir(), *rig.root.path().join("b"));
    assert_eq!(rig.mover.replicas.cordoned_dirs(), [FIRST]);
}
