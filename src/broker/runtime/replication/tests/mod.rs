//! Partitions that replicate through the machines, with files; here without a network.

mod network;

use std::sync::Arc;

use bytes::Bytes;

use super::super::flusher::Flusher;
use super::super::partition::{
    Background, Followed, FollowerRead, Home, LeaderAnswer, Partition, PartitionConfig, Produced, ReadRequest, Standing,
};
use super::*;
use crate::broker::state::metadata::Replicas as Ids;
use crate::broker::state::partition::{
    Acks, AlterOutcome, Altered, Assignment, Isolation, IsrProposal, PartitionState, Standing as BrokerStanding,
};
use crate::broker::state::produce::ProduceRules;
use crate::broker::state::replication::{FetchAnswer, FollowerState, ThrottledReplicas, Want};
use crate::log::LogConfig;
use crate::model::{ErrorCode, Offset, TimestampMs, TopicName, TopicPartition, Uuid};
use crate::wire::batch::{BatchBuilder, BuilderOptions, RecordToWrite, TimestampType};

const NOW: TimestampMs = TimestampMs(1_700_000_000_000);
const BACKOFF: i64 = 1_000;
const UP: BrokerStanding = BrokerStanding { epoch: Some(5), active: true };

/// One broker's replica of the partition.
struct Node {
    _root: tempfile::TempDir,
    me: BrokerId,
    partition: Arc<Partition>,
    proposals: Arc<IsrProposals>,
    state: Option<FollowerState>,
}

fn ids(list: &[i32]) -> Ids {
    list.iter().map(|id| BrokerId(*id)).collect()
}

fn assignment(leader: i32, epoch: i32, version: i32, isr: &[i32]) -> Assignment {
    Assignment {
        leader: BrokerId(leader),
        leader_epoch: LeaderEpoch(epoch),
        partition_epoch: version,
        replicas: ids(&[1, 2]),
        isr: ids(isr),
    }
}

fn config(min_insync: usize, flush_messages: Option<u64>) -> PartitionConfig {
    PartitionConfig {
        log: Arc::new(LogConfig { flush_messages, ..LogConfig::default() }),
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
        min_insync,
        max_lag_ms: 30_000,
        leader_throttled: ThrottledReplicas::None,
        follower_throttled: ThrottledReplicas::None,
        deletes: true,
    }
}

impl Node {
    fn new(me: i32, first: Assignment, config: PartitionConfig) -> Node {
        let root = tempfile::tempdir().unwrap();
        let proposals = Arc::<IsrProposals>::default();
        let flusher = Arc::new(Flusher::new(0, |_| {}));
        let home = Arc::new(Home { log_dir: root.path().into(), flusher });
        let background = Background { chores: Arc::default(), page_cache: None, proposals: Arc::clone(&proposals) };
        let name = TopicPartition::new(TopicName::new("t").unwrap(), 0);
        let state = PartitionState::new(BrokerId(me), first, Offset::ZERO);
        let standing = Standing::New(Offset::ZERO);
        let partition = Partition::new(name, Uuid(7), standing, state, Arc::new(config), home, Arc::new(background));
        Node { _root: root, me: BrokerId(me), partition: Arc::new(partition), proposals, state: None }
    }

    fn assign(&mut self, assignment: Assignment) {
        let epoch = assignment.leader_epoch;
        self.partition.assign(assignment).unwrap();
        self.state = self.partition.follow(epoch).ok();
    }

    fn produce(&self, value: &[u8], acks: Acks) -> Result<Option<super::super::waiters::Settled>, ErrorCode> {
        match self.partition.produce(batch(value), acks, 9, NOW) {
            Ok(Produced::Now(appended)) => Ok(appended.commit),
            Ok(Produced::Soon(_)) => panic!("nobody else appends"),
            Err(refusal) => Err(refusal.code),
        }
    }

    /// Fetches once from `leader`, as the fetcher and the leader's API do.
    fn fetch(&mut self, leader: &Node) -> Followed {
        let state = self.state.as_mut().expect("it follows");
        match state.wants(NOW) {
            Some(Want::Records(position)) => {
                let follower = FollowerRead {
                    id: self.me,
                    broker_epoch: 5,
                    log_start: self.partition.log_start(),
                    standing: UP,
                    now: NOW,
                };
                let read = leader.partition.read(&ReadRequest {
                    offset: position.offset,
                    max_bytes: 1 << 20,
                    at_least_one: true,
                    isolation: Isolation::Replica,
                    current_epoch: position.leader_epoch,
                    last_fetched_epoch: position.last_epoch,
                    leader_only: true,
                    follower: Some(follower),
                });
                let answer = match read {
                    Ok(read) => {
                        let mut records = vec![0; read.records.as_ref().map_or(0, |slice| slice.len)];
                        read.records.inspect(|slice| slice.read_exact_at(&mut records, 0).unwrap());
                        LeaderAnswer {
                            outcome: FetchAnswer { error: ErrorCode::None, diverging: read.diverging },
                            high_watermark: read.high_watermark,
                            log_start: read.log_start,
                            records: records.into(),
                        }
                    }
                    Err(error) => LeaderAnswer {
                        outcome: FetchAnswer { error, diverging: None },
                        high_watermark: Offset::NONE,
                        log_start: Offset::NONE,
                        records: Bytes::new(),
                    },
                };
                self.partition.take_answer(state, &position, &answer, NOW, BACKOFF)
            }
            Some(Want::LeaderEnd(epoch)) => {
                let end = leader.ends().0;
                self.partition.take_location(state, epoch, Ok(Offset(end)), NOW, BACKOFF)
            }
            Some(Want::LeaderStart(epoch)) => {
                let start = leader.partition.log_start();
                self.partition.take_location(state, epoch, Ok(start), NOW, BACKOFF)
            }
            None => panic!("it wants nothing"),
        }
    }

    /// Log end and high watermark.
    fn ends(&self) -> (i64, i64) {
        let inner = self.partition.lock();
        (inner.log.end_offset().get(), inner.state.high_watermark().get())
    }

    fn bytes(&self) -> Vec<u8> {
        let inner = self.partition.lock();
        let slice = inner.log.read(inner.log.start_offset(), 1 << 20, inner.log.end_offset(), true).unwrap();
        let mut bytes = vec![0; slice.as_ref().map_or(0, |slice| slice.len)];
        slice.inspect(|slice| slice.read_exact_at(&mut bytes, 0).unwrap());
        bytes
    }

    fn proposal(&self) -> Option<IsrProposal> {
        self.proposals.take().into_iter().next().map(|(_, proposal)| proposal)
    }
}

fn batch(value: &[u8]) -> Bytes {
    let mut builder = BatchBuilder::new(BuilderOptions::default());
    builder.append(&RecordToWrite { timestamp: NOW, value: Some(value), ..RecordToWrite::default() });
    builder.build().unwrap().into()
}

/// Broker 1 leads broker 2.
fn pair(isr: &[i32], min_insync: usize) -> (Node, Node) {
    let first = assignment(1, 0, 0, isr);
    let (leader, mut follower) =
        (Node::new(1, first.clone(), config(min_insync, None)), Node::new(2, first.clone(), config(min_insync, None)));
    follower.assign(first);
    (leader, follower)
}

fn settled(wait: &mut Option<super::super::waiters::Settled>) -> Option<Result<(), ErrorCode>> {
    wait.as_mut().expect("it waits").try_recv().ok()
}

#[test]
fn a_follower_gets_the_leaders_bytes_and_acks_all_waits_for_it() {
    let (leader, mut follower) = pair(&[1, 2], 2);
    let mut one = leader.produce(b"a", Acks::All).unwrap();
    assert_eq!(follower.fetch(&leader), Followed::Appended(leader.bytes().len() as u64));
    assert_eq!(settled(&mut one), None, "the leader does not know yet that it was appended");
    assert_eq!((leader.ends(), follower.ends()), ((1, 0), (1, 0)));
    assert_eq!(follower.fetch(&leader), Followed::Appended(0));
    assert_eq!(settled(&mut one), Some(Ok(())));
    assert_eq!((leader.ends(), follower.ends()), ((1, 1), (1, 1)), "the same answer tells the high watermark");
    assert_eq!(leader.bytes(), follower.bytes());
}

#[test]
fn a_follower_that_caught_up_joins_and_min_insync_replicas_is_met_again() {
    let (leader, mut follower) = pair(&[1], 2);
    assert_eq!(leader.produce(b"a", Acks::All).unwrap_err(), ErrorCode::NotEnoughReplicas);
    assert!(leader.produce(b"a", Acks::Leader).unwrap().is_none());
    assert_eq!(leader.ends(), (1, 0), "too few are in sync");
    follower.fetch(&leader);
    let sent = leader.proposal().expect("it has everything committed: nothing is");
    follower.fetch(&leader);
    assert_eq!(leader.proposal(), None);
    let outcome = AlterOutcome::Accepted { leader_epoch: LeaderEpoch(0), partition_epoch: 1, isr: ids(&[1, 2]) };
    assert_eq!(leader.partition.altered(&sent, &outcome, NOW), Altered::Committed);
    assert_eq!(leader.ends(), (1, 1));
    assert!(leader.produce(b"b", Acks::All).is_ok());
}

#[test]
fn a_leader_that_comes_back_as_follower_cuts_what_was_not_committed() {
    let (mut old, mut new) = pair(&[1, 2], 1);
    old.produce(b"both", Acks::All).unwrap();
    new.fetch(&old);
    new.fetch(&old);
    let mut lost = old.produce(b"only here", Acks::All).unwrap();
    new.assign(assignment(2, 1, 1, &[2]));
    new.produce(b"there", Acks::Leader).unwrap();
    assert_eq!(new.ends(), (2, 2));
    old.assign(assignment(2, 1, 1, &[2]));
    assert_eq!(settled(&mut lost), Some(Err(ErrorCode::NotLeaderOrFollower)));
    assert_eq!(old.ends(), (2, 1), "nothing is cut before the new leader says so");
    assert_eq!(old.fetch(&new), Followed::Cut);
    assert_eq!(old.ends(), (1, 1));
    old.fetch(&new);
    assert_eq!((old.ends(), old.bytes()), (new.ends(), new.bytes()));
}

#[test]
fn a_term_without_a_record_does_not_keep_a_follower_from_its_leader() {
    let (mut one, mut two) = pair(&[1, 2], 1);
    one.produce(b"a", Acks::Leader).unwrap();
    two.fetch(&one);
    two.fetch(&one);
    // Broker 2 leads and writes nothing; then broker 1 again.
    for node in [&mut one, &mut two] {
        node.assign(assignment(2, 1, 1, &[1, 2]));
    }
    for node in [&mut one, &mut two] {
        node.assign(assignment(1, 2, 2, &[1, 2]));
    }
    one.produce(b"b", Acks::Leader).unwrap();
    assert_eq!(two.fetch(&one), Followed::Cut, "its last term is not the leader's");
    let bytes = two.ends();
    assert_eq!(bytes.0, 1, "no record went");
    two.state.as_mut().unwrap().delay(NOW, 0);
    assert!(matches!(two.fetch(&one), Followed::Appended(n) if n > 0));
    assert_eq!(one.bytes(), two.bytes());
}

#[test]
fn a_follower_of_a_leader_that_deleted_its_beginning_starts_over_there() {
    let (leader, mut follower) = pair(&[1], 1);
    for _ in 0..5 {
        leader.produce(b"x", Acks::Leader).unwrap();
    }
    assert_eq!(leader.partition.delete_records(3), Ok(Offset(3)));
    assert_eq!(follower.fetch(&leader), Followed::Nothing, "its offset is out of range");
    assert_eq!(follower.fetch(&leader), Followed::Nothing, "the leader is ahead");
    assert_eq!(follower.fetch(&leader), Followed::Cut);
    assert!(matches!(follower.fetch(&leader), Followed::Appended(n) if n > 0));
    assert_eq!((follower.ends().0, follower.partition.log_start()), (5, Offset(3)));
    leader.partition.delete_records(4).unwrap();
    follower.fetch(&leader);
    assert_eq!(leader.partition.low_watermark(), Ok(Offset(3)), "the follower has heard of it, and told nobody");
    follower.fetch(&leader);
    assert_eq!((follower.partition.log_start(), leader.partition.low_watermark()), (Offset(4), Ok(Offset(4))));
}

#[test]
fn damaged_records_are_not_appended() {
    let (leader, mut follower) = pair(&[1, 2], 1);
    leader.produce(b"a", Acks::Leader).unwrap();
    let mut records = leader.bytes();
    *records.last_mut().unwrap() ^= 1;
    let state = follower.state.as_mut().unwrap();
    let answer = LeaderAnswer {
        outcome: FetchAnswer { error: ErrorCode::None, diverging: None },
        high_watermark: Offset(1),
        log_start: Offset(0),
        records: records.into(),
    };
    let sent = state.position();
    assert_eq!(follower.partition.take_answer(state, &sent, &answer, NOW, BACKOFF), Followed::Nothing);
    assert_eq!((state.wants(NOW), follower.ends()), (None, (0, 0)));
    follower.state.as_mut().unwrap().delay(NOW, 0);
    assert!(matches!(follower.fetch(&leader), Followed::Appended(n) if n > 0));
}

#[test]
fn an_answer_of_a_term_that_is_over_is_nobodys() {
    let (leader, mut follower) = pair(&[1, 2], 1);
    leader.produce(b"a", Acks::Leader).unwrap();
    follower.partition.assign(assignment(2, 1, 1, &[1, 2])).unwrap();
    assert_eq!(follower.fetch(&leader), Followed::Gone);
    assert_eq!(follower.ends().0, 0);
}

#[test]
fn consumers_read_from_a_follower_up_to_its_high_watermark() {
    let (leader, mut follower) = pair(&[1, 2], 1);
    let read = |node: &Node, leader_only| {
        let request = ReadRequest {
            offset: Offset(0),
            max_bytes: 1 << 20,
            at_least_one: true,
            isolation: Isolation::ReadUncommitted,
            current_epoch: LeaderEpoch(0),
            last_fetched_epoch: LeaderEpoch::NONE,
            leader_only,
            follower: None,
        };
        node.partition.read(&request).map(|answer| answer.records.is_some())
    };
    leader.produce(b"a", Acks::Leader).unwrap();
    follower.fetch(&leader);
    assert_eq!(read(&follower, false), Ok(false), "it has the record, but does not know that it is committed");
    follower.fetch(&leader);
    assert_eq!(read(&follower, false), Ok(true));
    assert_eq!(read(&follower, true), Err(ErrorCode::NotLeaderOrFollower), "to those who do not know of replicas");
}

#[test]
fn under_flush_messages_a_follower_tells_of_records_once_they_are_durable() {
    let first = assignment(1, 0, 0, &[1, 2]);
    let leader = Node::new(1, first.clone(), config(1, None));
    let mut follower = Node::new(2, first.clone(), config(1, Some(1)));
    follower.assign(first);
    leader.produce(b"a", Acks::Leader).unwrap();
    follower.fetch(&leader);
    assert_eq!(follower.partition.lock().log.recovery_point(), Offset(1));
}
