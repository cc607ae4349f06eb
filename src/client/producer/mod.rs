//! Sending records: partitioning, batching, idempotence, retries that keep the order, transactions.
//!
//! A producer is driven by whoever owns it: `send` and `flush` make progress, and `drive` waits for the next thing to
//! do (a batch whose linger is over, an answer), so that it fits in a `select!` beside a source of records. It spawns
//! one short task a request and needs no lock.

mod lane;
mod settings;
mod transaction;
mod transactional;

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::task::JoinSet;

use lane::{Batch, Lane};
pub use settings::ProducerConfig;
use transaction::{NAMED_PRODUCE, Protocol, Transaction};

use super::backoff::{roll, seed};
use super::{ClientError, Cluster, Result, Target, Topics};
use crate::model::{ErrorCode, ProducerEpoch, ProducerId, TimestampMs, partition_for_key};
use crate::wire::batch::{BuilderOptions, RecordToWrite};
use crate::wire::messages::init_producer_id::InitProducerIdRequest;
use crate::wire::messages::produce::{
    PartitionProduceData, PartitionProduceResponse, ProduceRequest, ProduceResponse, TopicProduceData,
};

/// A record to send.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProducerRecord<'a> {
    /// The topic.
    pub topic: &'a str,
    /// The partition; by key, or sticky, when not given.
    pub partition: Option<i32>,
    /// Its time; now when not given.
    pub timestamp: Option<TimestampMs>,
    /// The key.
    pub key: Option<&'a [u8]>,
    /// The value.
    pub value: Option<&'a [u8]>,
    /// Headers, in order.
    pub headers: &'a [(&'a [u8], Option<&'a [u8]>)],
}

/// What became of a batch.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// Records in the batch.
    pub count: i32,
    /// Offset of the first, -1 with acks=0; or why it was not taken.
    pub result: Result<i64>,
}

#[derive(Debug)]
struct TopicLanes {
    lanes: Vec<Lane>,
    sticky: usize,
    sticky_bytes: usize,
}

/// What goes to one leader next: bytes so far, and a batch of each partition that has one.
type ForLeader = (usize, Vec<(String, i32, Batch)>);

type Sent = (i32, Vec<(String, i32, Batch)>, Result<Option<ProduceResponse>>);

/// A producer of records.
#[derive(Debug)]
pub struct Producer {
    cluster: Cluster,
    config: ProducerConfig,
    topics: HashMap<String, TopicLanes>,
    in_flight: JoinSet<Sent>,
    requests: BTreeMap<i32, usize>,
    identity: Option<(ProducerId, ProducerEpoch)>,
    transaction: Option<Transaction>,
    buffered: usize,
    next_batch: u64,
    stale: bool,
    retry_at: Option<Instant>,
    failure: Option<ClientError>,
    deliveries: Vec<Delivery>,
    delivered: u64,
    dice: u64,
}

impl Producer {
    /// A producer on a cluster; connects when first used.
    pub fn new(cluster: Cluster, config: ProducerConfig) -> Producer {
        let transaction = config.transactional_id.clone().map(Transaction::new);
        Producer {
            cluster,
            config,
            topics: HashMap::new(),
            in_flight: JoinSet::new(),
            requests: BTreeMap::new(),
            identity: None,
            transaction,
            buffered: 0,
            next_batch: 0,
            stale: false,
            retry_at: None,
            failure: None,
            deliveries: Vec::new(),
            delivered: 0,
            dice: seed(),
        }
    }

    /// Records that were acknowledged so far (sent, with acks=0).
    pub const fn delivered(&self) -> u64 {
        self.delivered
    }

    /// Why an earlier batch could not be delivered: nothing can be sent any more.
    pub const fn failure(&self) -> Option<&ClientError> {
        self.failure.as_ref()
    }

    /// Takes what became of batches since the last call; kept only if the settings ask for it.
    pub fn take_deliveries(&mut self) -> Vec<Delivery> {
        std::mem::take(&mut self.deliveries)
    }

    /// Looks up a topic, creating it where the cluster does so by itself, and asks for a producer id.
    ///
    /// # Errors
    /// [`ClientError`] when the topic is not there or the cluster does not answer.
    pub async fn prepare(&mut self, topic: &str) -> Result<()> {
        if self.transaction.is_some() && self.identity.is_none() {
            return Err(ClientError::Config("a producer with a transactional.id begins with init_transactions".into()));
        }
        if self.config.idempotent && self.identity.is_none() {
            let request = InitProducerIdRequest {
                transactional_id: None,
                transaction_timeout_ms: i32::MAX,
                ..Default::default()
            };
            let answer = self.cluster.request(Target::Any, &request).await?;
            ClientError::check(answer.error_code, None, || "cannot get a producer id".into())?;
            self.identity = Some((ProducerId(answer.producer_id), ProducerEpoch(answer.producer_epoch)));
        }
        if !self.topics.contains_key(topic) {
            let names = [topic.to_owned()];
            let metadata = self.cluster.metadata(Topics::NamedOrCreated(&names)).await?;
            let found = metadata.topics.into_values().next();
            let error = found.as_ref().map_or(ErrorCode::UnknownTopicOrPartition, |t| t.error);
            if !error.is_ok() {
                return Err(ClientError::refused(format!("cannot produce to {topic}"), error, None));
            }
            let lanes = found.map_or(0, |t| t.partitions.len());
            let sticky = (roll(&mut self.dice) as usize) % lanes.max(1);
            let lanes = (0..lanes).map(|_| Lane::default()).collect();
            self.topics.insert(topic.to_owned(), TopicLanes { lanes, sticky, sticky_bytes: 0 });
        }
        Ok(())
    }

    /// Takes a record into its batch, and gives the partition it goes to. Waits while the buffer is full.
    ///
    /// # Errors
    /// [`ClientError`] when the topic or partition is not there, or an earlier batch could not be delivered: order
    /// would not hold for what follows.
    pub async fn send(&mut self, record: &ProducerRecord<'_>) -> Result<i32> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        if !self.topics.contains_key(record.topic) || (self.config.idempotent && self.identity.is_none()) {
            self.prepare(record.topic).await?;
        }
        while self.buffered > self.config.buffer_memory {
            self.drive().await?;
        }
        let to_write = RecordToWrite {
            timestamp: record.timestamp.unwrap_or_else(TimestampMs::now),
            key: record.key,
            value: record.value,
            headers: record.headers,
        };
        let size = crate::wire::batch::BatchBuilder::record_size_bound(&to_write);
        if size > self.config.max_request_size {
            let text =
                format!("a record of {size} bytes is larger than max.request.size={}", self.config.max_request_size);
            return Err(ClientError::refused(record.topic, ErrorCode::MessageTooLarge, Some(text)));
        }
        let options = self.builder_options();
        let batch_size = self.config.batch_size;
        let Some(topic) = self.topics.get_mut(record.topic) else { return Ok(-1) };
        let count = topic.lanes.len();
        let index = match (record.partition, record.key) {
            (Some(partition), _) => usize::try_from(partition).unwrap_or(usize::MAX),
            (None, Some(key)) => partition_for_key(key, count as i32) as usize,
            (None, None) => {
                // Stay with one partition for a batch's worth of bytes, so that batches fill (KIP-480, KIP-794).
                if topic.sticky_bytes >= batch_size && count > 1 {
                    let step = 1 + roll(&mut self.dice) as usize % (count - 1);
                    topic.sticky = (topic.sticky + step) % count;
                    topic.sticky_bytes = 0;
                }
                topic.sticky_bytes += size;
                topic.sticky
            }
        };
        let Some(lane) = topic.lanes.get_mut(index) else {
            let text = format!("partition {index} does not exist: {} has {count}", record.topic);
            return Err(ClientError::refused("cannot produce", ErrorCode::UnknownTopicOrPartition, Some(text)));
        };
        if let Some(transaction) = &mut self.transaction {
            transaction.touch(record.topic, index as i32)?;
        }
        let mut closed = false;
        if lane.would_overflow(size, batch_size) {
            self.buffered += lane.close(&mut self.next_batch)?;
            closed = true;
        }
        let full = lane.append(&to_write, options, batch_size);
        if full || self.config.linger.is_zero() && closed {
            self.buffered += lane.close(&mut self.next_batch)?;
            closed = true;
        }
        if closed {
            self.close_lingering(false)?;
            self.dispatch().await?;
        }
        Ok(index as i32)
    }

    fn builder_options(&self) -> BuilderOptions {
        let (producer_id, producer_epoch) = self.identity.unwrap_or((ProducerId::NONE, ProducerEpoch::NONE));
        BuilderOptions {
            compression: self.config.compression,
            producer_id,
            producer_epoch,
            transactional: self.transaction.is_some(),
            ..BuilderOptions::default()
        }
    }

    /// Waits for the next thing to happen and acts on it; forever, when there is nothing to wait for. May be dropped
    /// at any time without loss.
    ///
    /// # Errors
    /// [`ClientError`] when a batch could not be delivered.
    pub async fn drive(&mut self) -> Result<()> {
        let deadline = self.next_deadline().map(|at| at.saturating_duration_since(Instant::now()));
        // The timer rounds up to its next tick of a millisecond: what is due already must not go through it.
        if deadline != Some(Duration::ZERO) {
            tokio::select! {
                Some(done) = self.in_flight.join_next(), if !self.in_flight.is_empty() => {
                    if let Ok(sent) = done {
                        self.complete(sent);
                    }
                }
                () = tokio::time::sleep(deadline.unwrap_or_default()), if deadline.is_some() => {}
                else => std::future::pending().await,
            }
        }
        self.close_lingering(false)?;
        self.dispatch().await
    }

    /// Sends all that is open and waits for the next answer; `false` when nothing is left to wait for. What a flush
    /// does, step by step, for who looks at the deliveries in between.
    ///
    /// # Errors
    /// [`ClientError`] when a batch could not be delivered.
    pub async fn drain(&mut self) -> Result<bool> {
        self.close_lingering(true)?;
        self.dispatch().await?;
        if self.buffered == 0 {
            return Ok(false);
        }
        self.drive().await?;
        Ok(self.buffered > 0)
    }

    /// Sends everything and waits until all of it is acknowledged.
    ///
    /// # Errors
    /// [`ClientError`] when a batch could not be delivered.
    pub async fn flush(&mut self) -> Result<()> {
        while self.drain().await? {}
        self.failure.clone().map_or(Ok(()), Err)
    }

    fn next_deadline(&self) -> Option<Instant> {
        let lanes = self.topics.values().flat_map(|t| &t.lanes);
        let linger = lanes.filter_map(|lane| lane.opened_at()).min().map(|at| at + self.config.linger);
        [linger, self.retry_at].into_iter().flatten().min()
    }

    fn close_lingering(&mut self, all: bool) -> Result<()> {
        let now = Instant::now();
        for lane in self.topics.values_mut().flat_map(|t| &mut t.lanes) {
            if lane.opened_at().is_some_and(|at| all || at + self.config.linger <= now) {
                self.buffered += lane.close(&mut self.next_batch)?;
            }
        }
        Ok(())
    }

    /// Sends what is ready, a request a leader, not more at once than the settings allow.
    async fn dispatch(&mut self) -> Result<()> {
        // Answers that are there make room, also for who only ever sends.
        while let Some(done) = self.in_flight.try_join_next() {
            if let Ok(sent) = done {
                self.complete(sent);
            }
        }
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        if self.retry_at.is_some_and(|at| at > Instant::now()) {
            return Ok(());
        }
        if self.stale {
            let names: Vec<String> = self.topics.keys().cloned().collect();
            match self.cluster.refresh_leaders(&names).await {
                Err(e) if !e.is_unreachable() => return Err(e),
                _ => self.stale = false,
            }
        }
        self.retry_at = None;
        self.name_partitions().await?;
        let mut any = false;
        while self.dispatch_round() {
            any = true;
        }
        if any {
            // A caller that never waits would keep a runtime of one thread from writing to the socket.
            tokio::task::yield_now().await;
        }
        self.expire();
        self.failure.clone().map_or(Ok(()), Err)
    }

    fn dispatch_round(&mut self) -> bool {
        let mut chosen: BTreeMap<i32, ForLeader> = BTreeMap::new();
        for (name, topic) in &mut self.topics {
            for (index, lane) in topic.lanes.iter_mut().enumerate() {
                let Some(size) = lane.sendable(self.config.max_in_flight) else { continue };
                let Some(leader) = self.cluster.leader(name, index as i32) else {
                    self.stale = true;
                    self.retry_at = Some(Instant::now() + self.cluster.config().retry_backoff);
                    continue;
                };
                if self.requests.get(&leader).is_some_and(|&n| n >= self.config.max_in_flight) {
                    continue;
                }
                let (bytes, batches) = chosen.entry(leader).or_default();
                if *bytes > 0 && *bytes + size > self.config.max_request_size {
                    continue;
                }
                *bytes += size;
                batches.extend(lane.take().map(|batch| (name.clone(), index as i32, batch)));
            }
        }
        let any = !chosen.is_empty();
        let is_named = self.transaction.as_ref().is_some_and(|t| t.protocol() == Protocol::Named);
        let cap = if is_named { NAMED_PRODUCE } else { i16::MAX };
        let timeout = self.cluster.config().request_timeout;
        for (leader, (_, batches)) in chosen {
            *self.requests.entry(leader).or_default() += 1;
            let request = request(&batches, &self.config);
            let cluster = self.cluster.clone();
            let acks = self.config.acks;
            self.in_flight.spawn(async move {
                let answer = match cluster.connection(Target::Broker(leader)).await {
                    Ok(connection) if acks == 0 => connection.send_unanswered(&request).map(|()| None),
                    Ok(connection) => match connection.version_of::<ProduceRequest>() {
                        Ok(version) => connection.send_in(&request, version.min(cap), timeout).await.map(Some),
                        Err(e) => Err(e),
                    },
                    Err(e) => Err(e),
                };
                (leader, batches, answer)
            });
        }
        any
    }

    fn complete(&mut self, (leader, batches, answer): Sent) {
        if let Some(n) = self.requests.get_mut(&leader) {
            *n -= 1;
        }
        for (topic, partition, batch) in batches {
            let verdict = match &answer {
                Ok(None) => Ok(-1),
                Ok(Some(response)) => match find(response, &topic, partition) {
                    Some(p) => match ErrorCode::from_code(p.error_code) {
                        ErrorCode::None | ErrorCode::DuplicateSequenceNumber => Ok(p.base_offset),
                        code => Err(ClientError::refused(
                            format!("cannot produce to {topic}-{partition}"),
                            code,
                            p.error_message.clone(),
                        )),
                    },
                    None => Err(ClientError::refused(topic.clone(), ErrorCode::UnknownServerError, None)),
                },
                Err(e) => Err(e.clone()),
            };
            self.settle(topic, partition, batch, verdict);
        }
    }

    fn settle(&mut self, topic: String, partition: i32, batch: Batch, verdict: Result<i64>) {
        let Some(lane) = self.topics.get_mut(&topic).and_then(|t| t.lanes.get_mut(partition as usize)) else { return };
        if self.config.retries
            && let Err(e) = &verdict
            && can_retry(e, &batch, lane)
            && batch.closed_at.elapsed() < self.config.delivery_timeout
        {
            lane.retry(batch);
            self.stale = true;
            self.retry_at = Some(Instant::now() + self.cluster.config().retry_backoff);
            return;
        }
        lane.done(&batch);
        self.buffered -= batch.bytes.len();
        match &verdict {
            Ok(_) => self.delivered += batch.count as u64,
            Err(_) if self.config.goes_on => {}
            Err(e) => drop(self.failure.get_or_insert_with(|| e.clone())),
        }
        if self.config.report_deliveries {
            self.deliveries.push(Delivery { topic, partition, count: batch.count, result: verdict });
        }
    }

    /// Gives up on batches that found no leader in time.
    fn expire(&mut self) {
        let timeout = self.config.delivery_timeout;
        for (name, topic) in &mut self.topics {
            for (partition, lane) in topic.lanes.iter_mut().enumerate() {
                for batch in lane.take_expired(timeout) {
                    self.buffered -= batch.bytes.len();
                    let text = format!("no leader took the records within {}", humantime::format_duration(timeout));
                    let subject = format!("cannot produce to {name}-{partition}");
                    let late = ClientError::refused(subject, ErrorCode::RequestTimedOut, Some(text));
                    if self.config.report_deliveries {
                        let (topic, partition) = (name.clone(), i32::try_from(partition).unwrap_or(-1));
                        let result = Err(late.clone());
                        self.deliveries.push(Delivery { topic, partition, count: batch.count, result });
                    }
                    if !self.config.goes_on {
                        self.failure.get_or_insert(late);
                    }
                }
            }
        }
    }
}

fn can_retry(error: &ClientError, batch: &Batch, lane: &Lane) -> bool {
    match error {
        ClientError::Refused { code: ErrorCode::OutOfOrderSequenceNumber, .. } => !lane.is_oldest(batch),
        // The transaction before is not over for the brokers.
        ClientError::Refused { code: ErrorCode::ConcurrentTransactions, .. } => true,
        ClientError::Refused { code, .. } => code.is_retriable(),
        other => other.is_unreachable(),
    }
}

fn find<'a>(response: &'a ProduceResponse, topic: &str, partition: i32) -> Option<&'a PartitionProduceResponse> {
    let topic = response.responses.iter().find(|t| t.name == topic)?;
    topic.partition_responses.iter().find(|p| p.index == partition)
}

fn request(batches: &[(String, i32, Batch)], config: &ProducerConfig) -> ProduceRequest {
    let mut topics: BTreeMap<&str, Vec<PartitionProduceData>> = BTreeMap::new();
    for (topic, index, batch) in batches {
        let records: Bytes = batch.bytes.clone();
        topics.entry(topic).or_default().push(PartitionProduceData { index: *index, records: Some(records) });
    }
    let topic = |(name, partition_data): (&str, _)| TopicProduceData {
        name: name.to_owned(),
        partition_data,
        ..Default::default()
    };
    ProduceRequest {
        transactional_id: config.transactional_id.clone(),
        acks: config.acks,
        timeout_ms: config.request_timeout_ms,
        topic_data: topics.into_iter().map(topic).collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use super::*;
    use crate::client::ClientConfig;

    #[test]
    fn a_batch_that_is_due_does_not_wait_for_the_timer() {
        // A runtime without a timer: to sleep on it, however shortly, is a panic.
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let config = ProducerConfig { linger: Duration::ZERO, idempotent: false, ..ProducerConfig::default() };
        let mut producer = Producer::new(Cluster::new(ClientConfig::new(vec![])), config);
        let lanes = TopicLanes { lanes: vec![Lane::default()], sticky: 0, sticky_bytes: 0 };
        producer.topics.insert("t".to_owned(), lanes);
        let record = ProducerRecord { topic: "t", value: Some(b"v"), ..ProducerRecord::default() };
        assert_eq!(runtime.block_on(producer.send(&record)).unwrap(), 0);
        assert!(producer.next_deadline().is_some());
        {
            let mut driven = std::pin::pin!(producer.drive());
            let polled = driven.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(matches!(polled, Poll::Ready(Ok(()))), "{polled:?}");
        }
        assert!(producer.buffered > 0, "the batch is closed and looks for its leader");
    }
}
