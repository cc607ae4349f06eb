//! Fetch (API 1): sessions, long polling, and answers made of file ranges.
//!
//! The answer's fields are written here by hand: record bytes stay in the page cache, so the message cannot be one
//! struct that is encoded in one go.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::dispatch::{Answer, Call, Dispatched};
use super::response::{Chunk, Response};
use crate::broker::runtime::broker::Broker;
use crate::broker::runtime::partition::{Partition, ReadAnswer, ReadRequest};
use crate::broker::runtime::waiters::FetchWaiter;
use crate::broker::state::fetch_session::{FetchKey, FetchMode, FetchWant, SessionRequest};
use crate::broker::state::partition::Isolation;
use crate::log::FileSlice;
use crate::model::{ErrorCode, LeaderEpoch, Offset, TimestampMs};
use crate::wire::codec::{Put as _, Writer};
use crate::wire::messages::fetch::{
    AbortedTransaction, EpochEndOffset, FetchRequest, FetchResponse, LeaderIdAndEpoch, NodeEndpoint, PartitionData,
};
use crate::wire::schema::{Message as _, Wire as _};

/// One partition of a fetch: what to read, and where it is.
struct Target {
    key: FetchKey,
    want: FetchWant,
    partition: Result<Arc<Partition>, ErrorCode>,
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
    min_bytes: usize,
    max_bytes: usize,
}

/// Serves a fetch: at once when there is enough to send, else after new records or `max_wait_ms`.
pub fn handle(broker: &Arc<Broker>, call: &Call, request: FetchRequest) -> Dispatched {
    let max_bytes = usize::try_from(request.max_bytes).unwrap_or(0).min(broker.settings.fetch_max_bytes);
    let min_bytes = usize::try_from(request.min_bytes).unwrap_or(0).min(max_bytes);
    let max_wait = Duration::from_millis(u64::try_from(request.max_wait_ms).unwrap_or(0));
    let isolation = if request.isolation_level == 1 { Isolation::ReadCommitted } else { Isolation::ReadUncommitted };
    let by_id = call.version >= 13;
    let wants = wants(&request);
    let forgotten: Vec<FetchKey> = request
        .forgotten_topics_data
        .iter()
        .flat_map(|t| t.partitions.iter().map(|&partition| key(t.topic_id, &t.topic, partition)))
        .collect();
    let asked = SessionRequest {
        id: request.session_id,
        epoch: request.session_epoch,
        wants: &wants,
        forgotten: &forgotten,
        by_id,
    };
    let planned = broker.fetch_sessions.lock().plan(&asked, fresh_session_id(), TimestampMs::now());
    let (mode, plan) = match planned {
        Ok(plan) => plan,
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
    let targets = plan
        .into_iter()
        .map(|(key, want)| {
            let partition = if by_id {
                broker.replicas.by_id(key.topic_id, key.partition)
            } else {
                broker.replicas.by_name(&key.topic, key.partition)
            };
            Target { key, want, partition }
        })
        .collect();
    let fetch =
        Fetch { broker: Arc::clone(broker), call: call.clone(), mode, targets, isolation, min_bytes, max_bytes };
    let reads = fetch.read();
    if fetch.is_enough(&reads) || max_wait.is_zero() {
        return Dispatched::Now(Answer::Send(fetch.answer(reads)));
    }
    Dispatched::Later(Box::pin(fetch.wait(reads, Instant::now() + max_wait)))
}

fn key(topic_id: crate::model::Uuid, topic: &str, partition: i32) -> FetchKey {
    FetchKey { topic_id, topic: topic.to_owned(), partition }
}

fn wants(request: &FetchRequest) -> Vec<(FetchKey, FetchWant)> {
    let mut wants = Vec::with_capacity(request.topics.len());
    for topic in &request.topics {
        for p in &topic.partitions {
            let want = FetchWant {
                current_leader_epoch: p.current_leader_epoch,
                fetch_offset: p.fetch_offset,
                last_fetched_epoch: p.last_fetched_epoch,
                log_start_offset: p.log_start_offset,
                max_bytes: p.partition_max_bytes,
            };
            wants.push((key(topic.topic_id, &topic.topic, p.partition), want));
        }
    }
    wants
}

/// A random session id above zero; the session cache settles the rare clash.
fn fresh_session_id() -> i32 {
    ((crate::model::Uuid::random().0 as u32) & 0x7fff_ffff).max(1) as i32
}

impl Fetch {
    /// Reads every partition once, within the answer's size.
    fn read(&self) -> Vec<Read> {
        let mut left = self.max_bytes;
        let mut reads: Vec<Read> = Vec::with_capacity(self.targets.len());
        for target in &self.targets {
            let read = self.read_one(target, left, reads.iter().all(|r| r.records.is_none()));
            left = left.saturating_sub(read.records.as_ref().map_or(0, |slice| slice.len));
            reads.push(read);
        }
        reads
    }

    fn read_one(&self, target: &Target, left: usize, is_first: bool) -> Read {
        let want = &target.want;
        let request = ReadRequest {
            offset: Offset(want.fetch_offset),
            max_bytes: left.min(usize::try_from(want.max_bytes).unwrap_or(0)),
            at_least_one: is_first,
            isolation: self.isolation,
            current_epoch: LeaderEpoch(want.current_leader_epoch),
            last_fetched_epoch: LeaderEpoch(want.last_fetched_epoch),
        };
        let index = target.key.partition;
        let outcome = target.partition.as_ref().map_err(|code| *code).and_then(|p| p.read(&request));
        match outcome {
            Ok(answer) => Self::found(index, answer),
            Err(code) => self.refused(target, code),
        }
    }

    fn found(index: i32, answer: ReadAnswer) -> Read {
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
            ..Default::default()
        };
        Read { data, records: answer.records, seen: answer.readable_end }
    }

    fn refused(&self, target: &Target, code: ErrorCode) -> Read {
        self.broker.metrics.fetch_failed();
        let (key, index) = (&target.key, target.key.partition);
        let code = match code {
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
        let bytes: usize = reads.iter().filter_map(|r| r.records.as_ref()).map(|slice| slice.len).sum();
        let urgent = |r: &Read| r.data.error_code != 0 || r.data.diverging_epoch != EpochEndOffset::default();
        self.targets.is_empty() || bytes >= self.min_bytes.max(1) || self.min_bytes == 0 || reads.iter().any(urgent)
    }

    async fn wait(self, mut reads: Vec<Read>, deadline: Instant) -> Answer {
        loop {
            let have: usize = reads.iter().filter_map(|r| r.records.as_ref()).map(|slice| slice.len).sum();
            let waiter = FetchWaiter::new(i64::try_from(self.min_bytes.saturating_sub(have)).unwrap_or(i64::MAX));
            for (target, read) in self.targets.iter().zip(&reads) {
                if let Ok(partition) = &target.partition {
                    partition.wait_for_bytes(&waiter, self.isolation, read.seen);
                }
            }
            let timed_out = timeout_at(deadline, waiter.wait()).await.is_err();
            waiter.finish();
            reads = self.read();
            if timed_out || self.is_enough(&reads) {
                return Answer::Send(self.answer(reads));
            }
        }
    }

    /// Encodes the answer, leaving out what an incremental session need not repeat.
    fn answer(&self, reads: Vec<Read>) -> Response {
        let version = self.call.version;
        let mut kept: Vec<(&Target, Read)> = Vec::with_capacity(reads.len());
        let mut returned = Vec::new();
        {
            let mut sessions = self.broker.fetch_sessions.lock();
            for (target, read) in self.targets.iter().zip(reads) {
                let news = read.records.is_some() || read.data.diverging_epoch != EpochEndOffset::default();
                let code = ErrorCode::from_code(read.data.error_code);
                let (hw, start) = (read.data.high_watermark, read.data.log_start_offset);
                if sessions.tell(self.mode, &target.key, news, code, hw, start) {
                    if read.records.is_some() {
                        returned.push(target.key.clone());
                    }
                    kept.push((target, read));
                }
            }
            sessions.rotate(self.mode, &returned);
        }
        let mut encoder = Encoder::new(&self.call, self.mode.session_id());
        let nodes = self.endpoints(&kept);
        encoder.topics(&kept, version);
        self.broker.metrics.fetched(encoder.record_bytes);
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

/// Writes a FetchResponse around its record bytes. The order of fields is that of the schema in
/// `wire::messages::fetch`; `tests` hold it against that schema.
struct Encoder {
    version: i16,
    flexible: bool,
    out: Writer,
    chunks: Vec<Chunk>,
    record_bytes: u64,
    head: Option<Writer>,
}

impl Encoder {
    fn new(call: &Call, session_id: i32) -> Encoder {
        let version = call.version;
        let mut out = Response::begin(call.key, version, call.correlation_id);
        out.put(&0i32.to_be_bytes());
        if version >= 7 {
            out.put(&0i16.to_be_bytes());
            out.put(&session_id.to_be_bytes());
        }
        let flexible = FetchResponse::is_flexible(version);
        Encoder { version, flexible, out, chunks: Vec::new(), record_bytes: 0, head: None }
    }

    fn topics(&mut self, kept: &[(&Target, Read)], version: i16) {
        let same = |a: &(&Target, Read), b: &(&Target, Read)| {
            a.0.key.topic_id == b.0.key.topic_id && a.0.key.topic == b.0.key.topic
        };
        let groups = || kept.chunk_by(same);
        self.out.put_array_len(Some(groups().count()), self.flexible);
        for group in groups() {
            let key = &group[0].0.key;
            // An empty topic of the schema gives the name or the id as the version wants it.
            if version >= 13 {
                self.out.put(&key.topic_id.0.to_be_bytes());
            } else {
                self.out.put_text(Some(&key.topic), self.flexible);
            }
            self.out.put_array_len(Some(group.len()), self.flexible);
            for (_, read) in group {
                self.partition(read);
            }
            if self.flexible {
                self.out.put_uvarint(0);
            }
        }
    }

    /// A partition is the schema's own encoding with the records' bytes put where its empty records stand: last before
    /// the tagged fields.
    fn partition(&mut self, read: &Read) {
        let mut encoded = Writer::new();
        let data = PartitionData { records: Some(bytes::Bytes::new()), ..read.data.clone() };
        data.encode(&mut encoded, FetchResponse::ctx(self.version));
        let tags_len = if self.flexible { self.tags_len(&data) } else { 0 };
        let empty_records = if self.flexible { 1 } else { 4 };
        let at = encoded.len() - tags_len - empty_records;
        self.out.put(&encoded[..at]);
        let slice = read.records.as_ref();
        let len = slice.map_or(0, |slice| slice.len);
        self.out.put_array_len(Some(len), self.flexible);
        if let Some(slice) = slice {
            self.record_bytes += len as u64;
            self.flush();
            self.chunks.push(Chunk::File(slice.clone()));
        }
        self.out.put(&encoded[encoded.len() - tags_len..]);
    }

    /// Length of the tagged-field section of a partition.
    fn tags_len(&self, data: &PartitionData) -> usize {
        let mut with = Writer::new();
        data.encode(&mut with, FetchResponse::ctx(self.version));
        let bare = PartitionData {
            diverging_epoch: EpochEndOffset::default(),
            current_leader: LeaderIdAndEpoch::default(),
            snapshot_id: Default::default(),
            ..data.clone()
        };
        let mut without = Writer::new();
        bare.encode(&mut without, FetchResponse::ctx(self.version));
        with.len() - without.len() + 1
    }

    /// Moves what is written so far behind the chunks before it.
    fn flush(&mut self) {
        let written = std::mem::take(&mut self.out);
        if self.head.is_none() {
            self.head = Some(written);
        } else if !written.is_empty() {
            self.chunks.push(Chunk::Bytes(written.into()));
        }
    }

    fn finish(mut self, nodes: Vec<NodeEndpoint>) -> Response {
        if self.flexible {
            // The response's own tagged fields: the endpoints, when there are any.
            let tail = FetchResponse { node_endpoints: nodes, ..Default::default() };
            let mut with = Writer::new();
            tail.encode(&mut with, FetchResponse::ctx(self.version));
            let mut without = Writer::new();
            FetchResponse::default().encode(&mut without, FetchResponse::ctx(self.version));
            self.out.put(&with[without.len() - 1..]);
        }
        self.flush();
        Response::finish(self.head.unwrap_or_default(), self.chunks.into_iter())
    }
}
