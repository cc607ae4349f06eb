//! Appends that must be durable before they are acknowledged: what producers and readers see before, during and after
//! a sync.

use tokio::sync::oneshot::error::TryRecvError;

use super::*;
use crate::broker::runtime::waiters::FetchWaiter;
use crate::broker::state::partition::{FollowerFetch, LogEnds};
use crate::broker::state::produce::ProduceRules;
use crate::broker::state::replication::ThrottledReplicas;
use crate::log::LogConfig;
use crate::model::{ProducerEpoch, ProducerId, Sequence, TopicName};
use crate::wire::batch::{BatchBuilder, BuilderOptions, RecordToWrite, TimestampType};

mod combining;

const NOW: TimestampMs = TimestampMs(1_700_000_000_000);
const ME: BrokerId = BrokerId(1);

struct Bench {
    _root: tempfile::TempDir,
    partition: Arc<Partition>,
}

/// A partition that nobody syncs but the test: its flusher has no thread.
fn bench(flush_messages: u64, isr: &[i32]) -> Bench {
    let root = tempfile::tempdir().unwrap();
    let name = TopicPartition::new(TopicName::new("t").unwrap(), 0);
    let log_config = Arc::new(LogConfig { flush_messages: Some(flush_messages), ..LogConfig::default() });
    let isr: crate::broker::state::metadata::Replicas = isr.iter().map(|&id| BrokerId(id)).collect();
    let assignment =
        Assignment { leader: ME, leader_epoch: LeaderEpoch(3), partition_epoch: 1, replicas: isr.clone(), isr };
    let config = Arc::new(PartitionConfig {
        log: log_config,
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
    });
    let state = PartitionState::new(ME, assignment, Offset::ZERO);
    let flusher = Arc::new(Flusher::new(0, |_| {}));
    let home = Arc::new(Home { log_dir: root.path().into(), flusher });
    let background = Background { chores: Arc::default(), page_cache: None, proposals: Arc::default() };
    let standing = Standing::New(Offset::ZERO);
    let partition = Partition::new(name, Uuid(1), standing, state, config, home, Arc::new(background));
    Bench { _root: root, partition: Arc::new(partition) }
}

fn batch(sequence: Option<i32>) -> Bytes {
    let mut options = BuilderOptions::default();
    if let Some(sequence) = sequence {
        options.producer_id = ProducerId(7);
        options.producer_epoch = ProducerEpoch(0);
        options.base_sequence = Sequence(sequence);
    }
    let mut builder = BatchBuilder::new(options);
    builder.append(&RecordToWrite { timestamp: NOW, value: Some(b"v"), ..RecordToWrite::default() });
    builder.build().unwrap().into()
}

impl Bench {
    fn produce(&self, acks: Acks) -> Result<Appended, ErrorCode> {
        self.send(batch(None), acks)
    }

    fn send(&self, batch: Bytes, acks: Acks) -> Result<Appended, ErrorCode> {
        match self.partition.produce(batch, acks, 9, NOW) {
            Ok(Produced::Now(appended)) => Ok(appended),
            Ok(Produced::Soon(_)) => panic!("nobody else appends"),
            Err(refusal) => Err(refusal.code),
        }
    }

    fn sync(&self) {
        self.partition.sync(NOW, |_| Ok(())).unwrap();
    }

    /// A sync that the disk refuses, as the flusher would meet it.
    fn fail_to_sync(&self) {
        let lost = || LogError::Io { action: "sync", path: "t-0".into(), source: std::io::Error::other("lost") };
        let fault = self.partition.sync_with(NOW, |_| Ok(()), |_| Err(lost())).unwrap_err();
        self.partition.fault(&fault);
    }

    fn visible(&self) -> i64 {
        self.partition.lock().readable_end(Isolation::ReadUncommitted).get()
    }
}

fn state(wait: &mut Option<Settled>) -> Result<Result<(), ErrorCode>, TryRecvError> {
    wait.as_mut().expect("the append waits").try_recv()
}

#[test]
fn an_append_is_acknowledged_and_seen_once_it_is_durable() {
    let t = bench(1, &[1]);
    let (mut one, mut all) = (t.produce(Acks::Leader).unwrap(), t.produce(Acks::All).unwrap());
    assert_eq!((one.base_offset, all.base_offset), (Offset(0), Offset(1)), "offsets are there at once");
    assert!(one.commit.is_none(), "acks=1 asks for no other replica");
    assert_eq!(state(&mut one.durable), Err(TryRecvError::Empty));
    assert_eq!(state(&mut all.commit), Err(TryRecvError::Empty));
    assert_eq!(t.visible(), 0);
    t.sync();
    assert_eq!(state(&mut one.durable), Ok(Ok(())));
    assert_eq!((state(&mut all.durable), state(&mut all.commit)), (Ok(Ok(())), Ok(Ok(()))));
    assert_eq!(t.visible(), 2);
    assert_eq!(t.partition.lock().log.recovery_point(), Offset(2));
}

#[test]
fn appends_that_arrive_during_a_sync_wait_for_the_next() {
    let t = bench(1, &[1]);
    let mut before = t.produce(Acks::Leader).unwrap();
    let mut during = None;
    let synced = t.partition.sync_with(
        NOW,
        |_| Ok(()),
        |ticket| {
            // The lock is free meanwhile.
            during = t.produce(Acks::Leader).unwrap().durable;
            ticket.sync()
        },
    );
    synced.unwrap();
    assert_eq!(state(&mut before.durable), Ok(Ok(())));
    assert_eq!(state(&mut during), Err(TryRecvError::Empty));
    assert_eq!(t.visible(), 1);
    assert_eq!(
        t.partition.home.load().flusher.waiting(),
        2,
        "handed over for the first append, and again for the second"
    );
    t.sync();
    assert_eq!(state(&mut during), Ok(Ok(())));
    assert_eq!(t.visible(), 2);
}

#[test]
fn a_failed_sync_answers_every_waiter_with_a_storage_error_and_no_later_try_succeeds() {
    let t = bench(1, &[1]);
    let record = batch(Some(0));
    let (mut one, mut all) = (t.send(record.clone(), Acks::Leader).unwrap(), t.produce(Acks::All).unwrap());
    t.fail_to_sync();
    let error = Ok(Err(ErrorCode::KafkaStorageError));
    assert_eq!(
        (state(&mut one.durable), state(&mut all.durable), state(&mut all.commit)),
        (error.clone(), error.clone(), error)
    );
    assert!(t.partition.is_offline());
    assert_eq!(t.send(record, Acks::Leader).unwrap_err(), ErrorCode::KafkaStorageError, "the producer tries again");
    assert!(t.partition.sync(NOW, |_| Ok(())).is_err(), "nor may a second sync make it good");
    assert_eq!(t.visible(), 0);
    let read = ReadRequest {
        offset: Offset(0),
        max_bytes: 1000,
        at_least_one: true,
        isolation: Isolation::ReadUncommitted,
        current_epoch: LeaderEpoch::NONE,
        last_fetched_epoch: LeaderEpoch::NONE,
        leader_only: true,
        follower: None,
    };
    assert_eq!(t.partition.read(&read).unwrap_err(), ErrorCode::KafkaStorageError);
}

#[test]
fn an_idempotent_producer_that_tries_again_waits_with_its_first_try() {
    let t = bench(1, &[1]);
    let record = batch(Some(0));
    t.send(record.clone(), Acks::Leader).unwrap();
    let mut again = t.send(record.clone(), Acks::Leader).unwrap();
    assert_eq!(again.base_offset, Offset(0));
    assert_eq!(state(&mut again.durable), Err(TryRecvError::Empty));
    t.sync();
    assert_eq!(state(&mut again.durable), Ok(Ok(())));
    assert!(t.send(record, Acks::Leader).unwrap().durable.is_none(), "durable by now");
}

#[test]
fn acks_all_waits_for_the_followers_as_well() {
    let t = bench(1, &[1, 2]);
    let mut all = t.produce(Acks::All).unwrap();
    t.sync();
    assert_eq!(state(&mut all.durable), Ok(Ok(())));
    assert_eq!(state(&mut all.commit), Err(TryRecvError::Empty));
    assert_eq!(t.visible(), 0);
}

#[test]
fn acks_0_waits_for_nothing_but_readers_do() {
    let t = bench(1, &[1]);
    let none = t.produce(Acks::None).unwrap();
    assert!(none.durable.is_none() && none.commit.is_none());
    assert_eq!(t.visible(), 0);
    t.sync();
    assert_eq!(t.visible(), 1);
}

#[test]
fn what_the_broker_writes_itself_is_committed_once_it_is_durable() {
    let t = bench(1, &[1]);
    let mut written = t.partition.append_internal(batch(None), NOW).unwrap();
    assert_eq!(state(&mut written.commit), Err(TryRecvError::Empty));
    t.sync();
    assert_eq!(state(&mut written.commit), Ok(Ok(())));
}

#[test]
fn with_flush_messages_of_three_the_third_message_waits() {
    let t = bench(3, &[1]);
    assert!(t.produce(Acks::Leader).unwrap().durable.is_none());
    assert!(t.produce(Acks::Leader).unwrap().durable.is_none());
    assert_eq!(t.visible(), 2);
    let mut third = t.produce(Acks::Leader).unwrap();
    assert_eq!(state(&mut third.durable), Err(TryRecvError::Empty));
    assert_eq!(t.visible(), 2);
    t.sync();
    assert_eq!(state(&mut third.durable), Ok(Ok(())));
    assert_eq!(t.visible(), 3);
}

#[test]
fn a_clean_close_answers_those_who_wait() {
    let t = bench(1, &[1]);
    let mut waiting = t.produce(Acks::Leader).unwrap();
    t.partition.close_clean(NOW).unwrap();
    assert_eq!(state(&mut waiting.durable), Ok(Ok(())));
}

#[test]
fn a_partition_that_is_deleted_keeps_nobody_waiting() {
    let t = bench(1, &[1]);
    let mut waiting = t.produce(Acks::Leader).unwrap();
    t.partition.go_offline_with(ErrorCode::UnknownTopicOrPartition);
    assert_eq!(state(&mut waiting.durable), Ok(Err(ErrorCode::UnknownTopicOrPartition)));
    assert_eq!(t.produce(Acks::Leader).unwrap_err(), ErrorCode::KafkaStorageError);
}

#[test]
fn an_idle_partition_takes_few_bytes() {
    // 100,000 of them are to fit into 200 MB with everything else. What only some partitions need goes behind a pointer.
    assert!(size_of::<Partition>() <= 336, "{} bytes", size_of::<Partition>());
    let image = size_of::<crate::broker::state::metadata::PartitionImage>();
    assert!(image <= 112, "{image} bytes");
}
