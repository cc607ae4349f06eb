//! A lone voter from empty directory to restart, on real files.

use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::broker::runtime::metadata::MetadataCache;
use crate::broker::state::metadata::{MetadataImage, bootstrap_records, record_version};
use crate::log::storage::{FormatRequest, METADATA_DIR, checkpoints_in, format_storage};
use crate::wire::records::metadata::{
    BeginTransactionRecord, EndTransactionRecord, MetadataRecord, RemoveTopicRecord, TopicRecord,
};

const DIRECTORY: Uuid = Uuid(0x5151_5151);

fn formatted(dir: &Path) -> QuorumSettings {
    let values: Vec<Bytes> = bootstrap_records().iter().map(|r| r.to_value(0)).collect();
    let endpoints = [VoterEndpoint { listener: "CONTROLLER".into(), host: "127.0.0.1".into(), port: 9093 }];
    let dirs = [dir.to_owned()];
    let request = FormatRequest {
        cluster_id: "MkU3OEVBNTcwNTJENDM2Qg",
        node_id: BrokerId(1),
        log_dirs: &dirs,
        metadata_dir: dir,
        bootstrap: &values,
        sole_voter: Some(&endpoints),
        ignore_formatted: true,
        now: TimestampMs(1_700_000_000_000),
    };
    format_storage(&request, &mut || DIRECTORY).unwrap();
    QuorumSettings {
        cluster_id: "cluster".to_owned(),
        node_id: BrokerId(1),
        directory_id: DIRECTORY,
        metadata_dir: dir.to_owned(),
        static_voters: Vec::new(),
        segment_bytes: 1 << 30,
        snapshot_after_bytes: 20 << 20,
        snapshot_after_ms: 0,
        election_timeout_ms: 1_000,
        fetch_timeout_ms: 2_000,
    }
}

struct Node {
    quorum: Arc<RaftQuorum>,
    cache: Arc<MetadataCache>,
    epoch: LeaderEpoch,
}

impl Node {
    async fn start(settings: &QuorumSettings) -> Node {
        let cache = MetadataCache::new("MkU3OEVBNTcwNTJENDM2Qg", MetadataImage::default());
        let publish = Arc::clone(&cache);
        let (quorum, _) = start(settings, move |update| publish.publish(update)).await.unwrap();
        let epoch = quorum.leadership().wait_for(|now| now.active).await.unwrap().epoch;
        Node { quorum, cache, epoch }
    }

    async fn write(&self, records: &[MetadataRecord]) -> Offset {
        let values = records.iter().map(|r| r.to_value(record_version(r, 30))).collect();
        self.quorum.propose(self.epoch, values).await.unwrap().await.unwrap()
    }
}

fn topic(n: u128) -> MetadataRecord {
    MetadataRecord::TopicRecord(TopicRecord { name: format!("t{n}"), topic_id: Uuid(1_000 + n) })
}

fn remove(n: u128) -> MetadataRecord {
    MetadataRecord::RemoveTopicRecord(RemoveTopicRecord { topic_id: Uuid(1_000 + n) })
}

#[tokio::test]
async fn a_lone_voter_elects_itself_and_what_it_committed_is_there_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let settings = formatted(dir.path());
    let node = Node::start(&settings).await;
    assert_eq!(node.epoch, LeaderEpoch(1));
    assert_eq!(node.cache.image().offset(), Offset(0), "the leader's own record is the first");
    let last = node.write(&[topic(1), topic(2)]).await;
    assert_eq!(last, Offset(2));
    assert!(node.cache.image().topic("t2").is_some(), "committed records are in the image already");
    node.quorum.shutdown().await;

    let node = Node::start(&settings).await;
    assert_eq!(node.epoch, LeaderEpoch(2), "a leader that starts again begins a new epoch");
    assert!(node.cache.image().topic("t2").is_some());
    assert_eq!(node.write(&[topic(3)]).await, Offset(4));
    let status = node.quorum.status();
    assert_eq!((status.high_watermark, status.leadership.leader), (Offset(5), Some(BrokerId(1))));
    assert_eq!(status.voters[0].directory_id, DIRECTORY);
    assert_eq!(status.endpoints[0].1[0].port, 9093);
    node.quorum.shutdown().await;
}

#[tokio::test]
async fn records_of_an_older_epoch_are_not_written() {
    let dir = tempfile::tempdir().unwrap();
    let node = Node::start(&formatted(dir.path())).await;
    let refused = node.quorum.propose(LeaderEpoch(0), vec![topic(1).to_value(0)]).await.err();
    assert_eq!(refused, Some(ProposeError::NotLeader));
    node.quorum.shutdown().await;
}

#[tokio::test]
async fn concurrent_proposals_keep_their_order() {
    let dir = tempfile::tempdir().unwrap();
    let node = Node::start(&formatted(dir.path())).await;
    let mut waiting = Vec::new();
    for n in 0..200 {
        waiting.push(node.quorum.propose(node.epoch, vec![topic(n).to_value(0)]).await.unwrap());
    }
    for (n, committed) in waiting.into_iter().enumerate() {
        assert_eq!(committed.await.unwrap(), Offset(1 + n as i64));
    }
    node.quorum.shutdown().await;
}

#[tokio::test]
async fn a_snapshot_replaces_the_log_before_it() {
    let dir = tempfile::tempdir().unwrap();
    let settings = formatted(dir.path());
    let node = Node::start(&settings).await;
    node.write(&(0..50).map(topic).collect::<Vec<_>>()).await;
    node.write(&(0..40).map(remove).collect::<Vec<_>>()).await;
    let end = node.cache.image().offset().next();
    node.quorum.snapshot().await;
    let quorum_dir = dir.path().join(METADATA_DIR);
    let mut listed = Vec::new();
    for _ in 0..500 {
        listed = checkpoints_in(&quorum_dir).unwrap();
        if listed.len() == 1 && listed[0].0.end == end {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(listed.iter().map(|(name, _)| name.end).collect::<Vec<_>>(), [end], "older snapshots are gone");
    node.write(&[topic(77)]).await;
    let before = node.cache.image();
    node.quorum.shutdown().await;

    let node = Node::start(&settings).await;
    let after = node.cache.image();
    assert_eq!(after.topic_count(), 11);
    assert_eq!(after.topic("t77"), before.topic("t77"));
    assert_eq!(after.topic("t49"), before.topic("t49"));
    assert_eq!(node.epoch, LeaderEpoch(2));
    node.quorum.shutdown().await;
}

#[tokio::test]
async fn a_large_command_behind_a_snapshot_is_there_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let settings = formatted(dir.path());
    let node = Node::start(&settings).await;
    node.write(&[topic(1)]).await;
    node.quorum.snapshot().await;
    // More than stands in memory, in batches that are larger than what the engine reads at a time.
    node.write(&(10..10_010).map(topic).collect::<Vec<_>>()).await;
    let quorum_dir = dir.path().join(METADATA_DIR);
    for _ in 0..500 {
        if checkpoints_in(&quorum_dir).unwrap().iter().any(|(name, _)| name.end > Offset::ZERO) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    node.quorum.shutdown().await;

    let node = Node::start(&settings).await;
    assert_eq!(node.cache.image().topic_count(), 10_001);
    node.quorum.shutdown().await;
}

#[tokio::test]
async fn an_open_transaction_is_in_no_image_and_in_no_snapshot() {
    let dir = tempfile::tempdir().unwrap();
    let settings = formatted(dir.path());
    let node = Node::start(&settings).await;
    node.write(&[topic(1)]).await;
    let begin = MetadataRecord::BeginTransactionRecord(BeginTransactionRecord::default());
    let end = MetadataRecord::EndTransactionRecord(EndTransactionRecord::default());
    node.write(&[begin, topic(2)]).await;
    assert!(node.cache.image().topic("t2").is_none());
    node.write(&[topic(3), end]).await;
    assert!(node.cache.image().topic("t2").is_some() && node.cache.image().topic("t3").is_some());
    node.quorum.shutdown().await;
}

#[tokio::test]
async fn a_torn_tail_of_the_log_is_cut_and_the_rest_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let settings = formatted(dir.path());
    let node = Node::start(&settings).await;
    node.write(&[topic(1)]).await;
    node.quorum.shutdown().await;
    let segment = dir.path().join(METADATA_DIR).join("00000000000000000000.log");
    let mut bytes = std::fs::read(&segment).unwrap();
    bytes.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 99, 1, 2, 3]);
    std::fs::write(&segment, bytes).unwrap();
    let node = Node::start(&settings).await;
    assert!(node.cache.image().topic("t1").is_some());
    node.write(&[topic(2)]).await;
    node.quorum.shutdown().await;
}

#[tokio::test]
async fn a_directory_that_names_no_voters_is_not_started() {
    let dir = tempfile::tempdir().unwrap();
    let settings = QuorumSettings { metadata_dir: dir.path().join("empty"), ..formatted(dir.path()) };
    let refused = start(&settings, |_| {}).await.err();
    assert!(matches!(refused, Some(QuorumError::NoVoters(_))), "{refused:?}");
}
