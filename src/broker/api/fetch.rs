//! Fetch (API 1): sessions, long polling, and answers made of file ranges.

mod changes;

use std::sync::Arc;
use std::time::Duration;

use parking_lot::MutexGuard;
use tokio::time::{Instant, timeout_at};

use super::dispatch::{Answer, Call, Dispatched};
use super::fetch_encoder::FetchEncoder;
use super::fetch_replicas::{FollowerOf, leader_only, preferred_replica, wait_as_follower};
use super::response::Response;
use crate::broker::runtime::broker::Broker;
use crate::broker::runtime::inbox::Inbox;
use crate::broker::runtime::partition::{FetchWait, Partition, ReadAnswer, ReadRequest};
use crate::broker::runtime::waiters::FetchWaiter;
use crate::broker::state::fetch_session::{FetchKey, FetchMode, FetchWant, Looked, Planned, Says, SessionRequest};
use crate::broker::state::partition::Isolation;
use crate::broker::state::replication::Throttle;
use crate::log::FileSlice;
use crate::model::{BrokerId, ErrorCode, LeaderEpoch, Offset, TimestampMs, Uuid};
use crate::wire::messages::fetch::{
    AbortedTransaction, EpochEndOffset, FetchRequest, FetchResponse, LeaderIdAndEpoch, NodeEndpoint, PartitionData,
};

/// The first version that names topics by id.
const FETCH_BY_ID: i16 = 13;

/// One partition of a fetch: what to read, and where it is.
struct Target {
    key: FetchKey,
    want: FetchWant,
    slot: usize,
    partition: Result<Arc<Partition>, ErrorCode>,
    /// The high watermark that a follower was told of.
    told: Offset,
    /// The replica that a consumer should rather ask.
    preferred: Option<BrokerId>,
    /// Whether a follower's fetch of it is bounded (KIP-73).
    throttled: bool,
}

/// One partition of the answer.
struct Read {
    data: PartitionData,
    records: Option<FileSlice>,
    /// Readable end that was seen; a wait begins from here.
    seen: Offset,
}

struct Fetch {
    broker: Arc<Broker>,
    call: Call,
    mode: FetchMode,
    targets: Vec<Target>,
    isolation: Isolation,
    leader_only: bool,
    follower: Option<FollowerOf>,
    /// What changes in a follower's session.
    inbox: Option<Arc<Inbox>>,
    min_bytes: usize,
    max_bytes: usize,
}

/// Serves a fetch: at once when there is enough to send, else after new records or `max_wait_ms`.
pub fn handle(broker: &Arc<Broker>, call: &Call, request: FetchRequest) -> Dispatched {
    let max_bytes = usize::try_from(request.max_bytes).unwrap_or(0).min(broker.settings.fetch_max_bytes);
    let min_bytes = usize::try_from(request.min_bytes).unwrap_or(0).min(max_bytes);
    let max_wait = Duration::from_millis(u64::try_from(request.max_wait_ms).unwrap_or(0));
    let follower = FollowerOf::request(broker, call.version, &request);
    let isolation = match (follower, request.isolation_level) {
        (Some(_), _) => Isolation::Replica,
        (None, 1) => Isolation::ReadCommitted,
        (None, _) => Isolation::ReadUncommitted,
    };
    let by_id = call.version >= FETCH_BY_ID;
    let wants = wants(&request);
    let mut forgotten = Vec::new();
    for t in &request.forgotten_topics_data {
        let topic: Arc<str> = Arc::from(t.topic.as_str());
        forgotten.extend(t.partitions.iter().map(|&partition| key(t.topic_id, &topic, partition)));
    }
    // Only a request of epoch 0 may open a session: the others need no system call for an id.
    let fresh_id = if request.session_epoch == 0 { fresh_session_id() } else { 0 };
    let planned = {
        let mut sessions = broker.fetch_sessions.lock();
        let changed = match follower {
            Some(_) => sessions.attached(request.session_id).map(|inbox| inbox.take()).unwrap_or_default(),
            None => Vec::new(),
        };
        let asked = SessionRequest {
            id: request.session_id,
            epoch: request.session_epoch,
            wants: &wants,
            forgotten: &forgotten,
            by_id,
            privileged: follower.is_some(),
            changed: &changed,
        };
        sessions.plan(&asked, fresh_id, TimestampMs::now()).map(|(mode, plan)| {
            let inbox = follower.and_then(|_| sessions.attached(mode.session_id()).cloned());
            (mode, plan, inbox)
        })
    };
    let (mode, plan, inbox) = match planned {
        Ok(planned) => planned,
        Err(code) => {
            let response = FetchResponse { error_code: code.code(), ..Default::default() };
            return Dispatched::Now(Answer::Send(Response::encode(
                &response,
                call.key,
                call.version,
                call.correlation_id,
            )));
        }
    };
    let mut fetch = Fetch {
        broker: Arc::clone(broker),
        call: call.clone(),
        mode,
        targets: Vec::new(),
        isolation,
        leader_only: leader_only(call.version, follower.is_some()),
        follower,
        inbox,
        min_bytes,
        max_bytes,
    };
    fetch.targets = plan.into_iter().map(|planned| fetch.target(planned)).collect();
    if follower.is_none() && broker.settings.rack_aware && !fetch.leader_only && !request.rack_id.is_empty() {
        fetch.choose_replicas(&request.rack_id);
    }
    let reads = fetch.read(follower);
    if fetch.is_enough(&reads) || max_wait.is_zero() {
        return Dispatched::Now(Answer::Send(fetch.answer(reads)));
    }
    let deadline = Instant::now() + max_wait;
    match fetch.inbox.clone() {
        Some(inbox) => Dispatched::Later(Box::pin(fetch.wait_for_changes(inbox, reads, deadline))),
        None => Dispatched::Later(Box::pin(fetch.wait(reads, deadline))),
    }
}

fn key(topic_id: Uuid, topic: &Arc<str>, partition: i32) -> FetchKey {
    FetchKey { topic_id, topic: Arc::clone(topic), partition }
}

fn wants(request: &FetchRequest) -> Vec<(FetchKey, FetchWant)> {
    let mut wants = Vec::with_capacity(request.topics.len());
    for topic in &request.topics {
        let name: Arc<str> = Arc::from(topic.topic.as_str());
        for p in &topic.partitions {
            let want = FetchWant {
                current_leader_epoch: p.current_leader_epoch,
                fetch_offset: p.fetch_offset,
                last_fetched_epoch: p.last_fetched_epoch,
                log_start_offset: p.log_start_offset,
                max_bytes: p.partition_max_bytes,
            };
            wants.push((key(topic.topic_id, &name, p.partition), want));
        }
    }
    wants
}

/// A random session id above zero; the session cache settles the rare clash.
fn fresh_session_id() -> i32 {
    ((Uuid::random().0 as u32) & 0x7fff_ffff).max(1) as i32
}

impl Read {
    fn bytes(&self) -> usize {
        self.records.as_ref().map_or(0, |slice| slice.len)
    }

    /// How the partition came out, for its place in the session's next fetch.
    fn looked(&self, target: &Target) -> Looked {
        if self.records.is_some() || self.data.error_code != 0 || self.has_news() {
            Looked::Served
        } else if self.seen.get() > target.want.fetch_offset {
            Looked::Starved
        } else {
            Looked::Quiet
        }
    }

    /// Whether there is something beside records that the client must learn at once.
    fn has_news(&self) -> bool {
        self.data.diverging_epoch != EpochEndOffset::default() || self.data.preferred_read_replica >= 0
    }
}

impl Fetch {
    /// Finds the partition, what a follower knows of its high watermark, and whether it is bounded.
    fn target(&self, planned: Planned) -> Target {
        let Planned { key, want, slot, told, is_fresh } = planned;
        let partition = if self.call.version >= FETCH_BY_ID {
            self.broker.replicas.by_id(key.topic_id, key.partition)
        } else {
            self.broker.replicas.by_name(&key.topic, key.partition)
        };
        if let (true, Some(inbox), Ok(partition)) = (is_fresh, &self.inbox, &partition) {
            // Before it is read: what comes behind the read is told.
            partition.watch(inbox, slot);
        }
        let is_throttled =
            |follower: FollowerOf| partition.as_ref().is_ok_and(|p| p.is_leader_throttled(follower.id()));
        let throttled = self.follower.is_some_and(is_throttled);
        let told = match (self.follower, self.mode) {
            // One without a session is told only with records.
            (Some(_), FetchMode::Sessionless) => Offset(i64::MAX),
            _ => told.map_or(Offset::NONE, Offset),
        };
        Target { key, want, slot, partition, told, preferred: None, throttled }
    }

    /// Chooses replicas in the client's rack.
    fn choose_replicas(&mut self, rack: &str) {
        let image = self.broker.metadata.peek();
        for target in &mut self.targets {
            if let Ok(partition) = &target.partition {
                target.preferred = preferred_replica(&image, partition, Offset(target.want.fetch_offset), rack);
            }
        }
    }

    /// Reads every partition once, within the answer's size. `noted` is the follower whose progress this shows.
    fn read(&self, noted: Option<FollowerOf>) -> Vec<Read> {
        let (mut left, mut is_first) = (self.max_bytes, true);
        let mut bound = self.throttle().map_or(i64::MAX, |mut throttle| throttle.left(TimestampMs::now()));
        let mut reads: Vec<Read> = Vec::with_capacity(self.targets.len());
        for target in &self.targets {
            let held_back = target.throttled && bound <= 0;
            let read = self.read_one(target, left, is_first, held_back, noted);
            let bytes = read.bytes();
            is_first &= read.records.is_none();
            left = left.saturating_sub(bytes);
            if target.throttled {
                // So that an answer overdraws the bound by one partition's piece, not by all of them.
                bound = bound.saturating_sub(i64::try_from(bytes).unwrap_or(i64::MAX));
            }
            reads.push(read);
        }
        reads
    }

    fn read_one(
        &self,
        target: &Target,
        left: usize,
        is_first: bool,
        held_back: bool,
        noted: Option<FollowerOf>,
    ) -> Read {
        let want = &target.want;
        // Who is sent elsewhere, or is bounded, gets only what it must know.
        let (max_bytes, at_least_one) = match target.preferred.is_some() || held_back {
            false => (left.min(usize::try_from(want.max_bytes).unwrap_or(0)), is_first),
            true => (0, false),
        };
        let request = ReadRequest {
            offset: Offset(want.fetch_offset),
            max_bytes,
            at_least_one,
            isolation: self.isolation,
            current_epoch: LeaderEpoch(want.current_leader_epoch),
            last_fetched_epoch: LeaderEpoch(want.last_fetched_epoch),
            leader_only: self.leader_only,
            follower: noted.map(|follower| follower.read(want.log_start_offset)),
        };
        let index = target.key.partition;
        let outcome = target.partition.as_ref().map_err(|code| *code).and_then(|p| p.read(&request));
        match outcome {
            Ok(answer) => Self::found(index, answer, target.preferred),
            Err(code) => self.refused(target, code),
        }
    }

    /// The bound on what followers get, if it holds for one of the partitions.
    fn throttle(&self) -> Option<MutexGuard<'_, Throttle>> {
        let is_bounded = self.targets.iter().any(|target| target.throttled);
        is_bounded.then(|| self.broker.replication.throttles().leader.lock())
    }

    fn found(index: i32, answer: ReadAnswer, preferred: Option<BrokerId>) -> Read {
        let aborted = answer.aborted.map(|list| {
            let entry = |txn: crate::log::AbortedTxn| AbortedTransaction {
                producer_id: txn.producer_id.get(),
                first_offset: txn.first_offset.get(),
            };
            list.into_iter().map(entry).collect()
        });
        let diverging_epoch = answer
            .diverging
            .map_or_else(EpochEndOffset::default, |(e, o)| EpochEndOffset { epoch: e.get(), end_offset: o.get() });
        let data = PartitionData {
            partition_index: index,
            high_watermark: answer.high_watermark.get(),
            last_stable_offset: answer.last_stable.get(),
            log_start_offset: answer.log_start.get(),
            diverging_epoch,
            aborted_transactions: aborted,
            preferred_read_replica: preferred.map_or(-1, BrokerId::get),
            ..Default::default()
        };
        Read { data, records: answer.records, seen: answer.readable_end }
    }

    fn refused(&self, target: &Target, code: ErrorCode) -> Read {
        self.broker.metrics.fetch_failed();
        let (key, index) = (&target.key, target.key.partition);
        let code = match code {
            ErrorCode::CorruptMessage if target.partition.as_ref().is_ok_and(|p| self.broker.damaged(p)) => {
                // Another replica will lead, and has what is damaged here.
                ErrorCode::NotLeaderOrFollower
            }
            ErrorCode::UnknownTopicOrPartition | ErrorCode::UnknownTopicId => {
                self.broker.leader_elsewhere(&key.topic, key.topic_id, index).unwrap_or(code)
            }
            code => code,
        };
        let mut data = PartitionData {
            partition_index: index,
            error_code: code.code(),
            high_watermark: -1,
            aborted_transactions: (self.isolation == Isolation::ReadCommitted).then(Vec::new),
            ..Default::default()
        };
        if matches!(code, ErrorCode::NotLeaderOrFollower | ErrorCode::FencedLeaderEpoch)
            && let Some((leader, epoch)) = self.broker.leader_of(&key.topic, key.topic_id, index)
        {
            data.current_leader = LeaderIdAndEpoch { leader_id: leader.get(), leader_epoch: epoch.get() };
        }
        if code == ErrorCode::KafkaStorageError
            && let Ok(partition) = &target.partition
        {
            self.broker.replicas.partition_failed(partition);
        }
        Read { data, records: None, seen: Offset::NONE }
    }

    /// Whether the answer should leave now: enough bytes, or something that the client must learn at once.
    fn is_enough(&self, reads: &[Read]) -> bool {
        let bytes: usize = reads.iter().map(Read::bytes).sum();
        let urgent = |r: &Read| r.data.error_code != 0 || r.has_news();
        // A session has partitions that did not change.
        let is_empty = self.targets.is_empty() && self.inbox.is_none();
        is_empty || bytes >= self.min_bytes.max(1) || self.min_bytes == 0 || reads.iter().any(urgent)
    }

    async fn wait(self, mut reads: Vec<Read>, deadline: Instant) -> Answer {
        loop {
            let have: usize = reads.iter().map(Read::bytes).sum();
            let waiter = FetchWaiter::new(i64::try_from(self.min_bytes.saturating_sub(have)).unwrap_or(i64::MAX));
            let held_back = self.throttle().map_or(0, |mut throttle| throttle.wait_ms(TimestampMs::now()));
            for (target, read) in self.targets.iter().zip(&reads) {
                if let Ok(partition) = &target.partition
                    && (held_back == 0 || !target.throttled)
                {
                    let wait = FetchWait {
                        isolation: self.isolation,
                        seen: read.seen,
                        leader_only: self.leader_only,
                        told: target.told,
                    };
                    partition.wait_for_bytes(&waiter, &wait);
                }
            }
            // What a bound holds back may leave as soon as the bound allows.
            let until = match u64::try_from(held_back) {
                Ok(ms @ 1..) => deadline.min(Instant::now() + Duration::from_millis(ms)),
                _ => deadline,
            };
            let must_answer = match self.follower {
                None => timeout_at(deadline, waiter.wait()).await.is_err(),
                Some(_) => wait_as_follower(&waiter, until).await && (until == deadline || Instant::now() < until),
            };
            waiter.finish();
            reads = self.read(None);
            if must_answer || self.is_enough(&reads) {
                return Answer::Send(self.answer(reads));
            }
        }
    }

    /// Encodes the answer, leaving out what an incremental session need not repeat.
    fn answer(&self, reads: Vec<Read>) -> Response {
        let version = self.call.version;
        let mut kept: Vec<(&Target, Read)> = Vec::with_capacity(reads.len());
        {
            let mut sessions = self.broker.fetch_sessions.lock();
            let looked = self.targets.iter().zip(&reads).map(|(target, read)| (target.slot, read.looked(target)));
            sessions.settle(self.mode, looked);
            for (target, read) in self.targets.iter().zip(reads) {
                let news = read.records.is_some() || read.has_news();
                let code = ErrorCode::from_code(read.data.error_code);
                let (hw, start) = (read.data.high_watermark, read.data.log_start_offset);
                if let (true, Some(slice)) = (target.throttled, &read.records) {
                    let throttle = &self.broker.replication.throttles().leader;
                    throttle.lock().record(slice.len as u64, TimestampMs::now());
                }
                let says = Says { error: code, high_watermark: hw, log_start: start };
                if sessions.tell(self.mode, (target.slot, &target.key), news, says) {
                    kept.push((target, read));
                }
            }
        }
        let mut encoder = FetchEncoder::new(version, self.call.correlation_id, self.mode.session_id());
        let nodes = self.endpoints(&kept);
        let same = |a: &(&Target, Read), b: &(&Target, Read)| {
            a.0.key.topic_id == b.0.key.topic_id && a.0.key.topic == b.0.key.topic
        };
        encoder.topic_count(kept.chunk_by(same).count());
        for topic in kept.chunk_by(same) {
            let key = &topic[0].0.key;
            encoder.begin_topic(&key.topic, key.topic_id, topic.len());
            topic.iter().for_each(|(_, read)| encoder.partition(&read.data, read.records.as_ref()));
            encoder.end_topic();
        }
        if self.follower.is_none() {
            self.broker.metrics.fetched(encoder.record_bytes());
        }
        encoder.finish(nodes)
    }

    fn endpoints(&self, kept: &[(&Target, Read)]) -> Vec<NodeEndpoint> {
        let mut nodes: Vec<NodeEndpoint> = Vec::new();
        for (_, read) in kept {
            let node_id = read.data.current_leader.leader_id;
            if node_id >= 0
                && nodes.iter().all(|n| n.node_id != node_id)
                && let Some((host, port, rack)) = self.broker.endpoint_of(node_id, &self.call.listener)
            {
                nodes.push(NodeEndpoint { node_id, host, port, rack });
            }
        }
        nodes
    }
}
