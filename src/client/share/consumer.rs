//! A member of a share group that reads and acknowledges.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::member::ShareMember;
use super::records::ShareRecords;
use super::session::{Acknowledge, Session, Tip, Turn, Verdicts, runs};
use crate::client::routing::is_leadership;
use crate::client::{At, ClientError, Cluster, Properties, Result, Target, Topics};
use crate::model::{ErrorCode, Uuid};
use crate::wire::messages::share_acknowledge::{
    AcknowledgePartition, AcknowledgeTopic, AcknowledgementBatch as ToldBatch, ShareAcknowledgeRequest,
};
use crate::wire::messages::share_fetch::{
    AcknowledgementBatch, FetchPartition, FetchTopic, ForgottenTopic, PartitionData, ShareFetchRequest,
    ShareFetchResponse,
};

/// How a share consumer reads.
#[derive(Clone, Debug)]
pub struct ShareConfig {
    /// `group.id`.
    pub group: String,
    /// `client.rack`.
    pub rack: Option<String>,
    /// `fetch.min.bytes`.
    pub min_bytes: i32,
    /// `fetch.max.bytes`.
    pub max_bytes: i32,
    /// `fetch.max.wait.ms`.
    pub max_wait: Duration,
    /// `max.poll.records`: a leader hands out about so many at a time, whole batches of the log.
    pub max_records: i32,
    /// Whether what was read is accepted unless something else is said of it (`share.acknowledgement.mode`).
    pub implicit: bool,
    /// Whether never more than `max_records` are handed out (`share.acquire.mode=record_limit`).
    pub strict_limit: bool,
}

impl ShareConfig {
    /// Takes what the properties say, with the Java share consumer's defaults.
    ///
    /// # Errors
    /// [`ClientError::Config`] when there is no group, or for a value that is not of its type.
    pub fn from_properties(properties: &Properties) -> Result<ShareConfig> {
        let text = |key: &str| properties.get(key).filter(|text| !text.is_empty());
        let group = text("group.id").ok_or_else(|| ClientError::Config("group.id is not set".into()))?;
        let choice = |key: &str, first: &str, second: &str| match text(key) {
            None => Ok(true),
            Some(word) if word.eq_ignore_ascii_case(first) => Ok(true),
            Some(word) if word.eq_ignore_ascii_case(second) => Ok(false),
            Some(word) => Err(ClientError::Config(format!("{key}={word} is neither {first} nor {second}"))),
        };
        Ok(ShareConfig {
            group: group.to_owned(),
            rack: text("client.rack").map(str::to_owned),
            min_bytes: properties.number("fetch.min.bytes")?.unwrap_or(1),
            max_bytes: properties.number("fetch.max.bytes")?.unwrap_or(50 << 20),
            max_wait: properties.millis("fetch.max.wait.ms")?.unwrap_or(Duration::from_millis(500)),
            max_records: properties.number("max.poll.records")?.unwrap_or(500),
            implicit: choice("share.acknowledgement.mode", "implicit", "explicit")?,
            strict_limit: !choice("share.acquire.mode", "batch_optimized", "record_limit")?,
        })
    }
}

/// What a leader said to the verdicts on one partition.
#[derive(Clone, Debug)]
pub struct Acknowledged {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offsets, gaps among them.
    pub offsets: Vec<i64>,
    /// Why they were not taken.
    pub error: Option<(ErrorCode, Option<String>)>,
}

/// Offsets that were handed out and of which nothing was said yet.
#[derive(Debug)]
struct Held {
    leader: i32,
    offsets: BTreeSet<i64>,
}

type Fetched = (i32, BTreeMap<Tip, Verdicts>, Result<ShareFetchResponse>);

/// A member of a share group.
#[derive(Debug)]
pub struct ShareConsumer {
    cluster: Cluster,
    config: ShareConfig,
    member: ShareMember,
    topics: Vec<String>,
    names: BTreeMap<Uuid, String>,
    assigned: BTreeSet<Tip>,
    sessions: BTreeMap<i32, Session>,
    fetches: JoinSet<Fetched>,
    busy: BTreeSet<i32>,
    ready: VecDeque<(i32, Tip, ShareRecords)>,
    held: BTreeMap<Tip, Held>,
    acknowledged: Vec<Acknowledged>,
    stale: bool,
    pause_until: Option<Instant>,
}

impl ShareConsumer {
    /// A member for these topics; it joins with the first poll.
    pub fn subscribe(cluster: Cluster, config: ShareConfig, topics: Vec<String>) -> ShareConsumer {
        let member = ShareMember::new(cluster.clone(), config.group.clone(), config.rack.clone(), topics.clone());
        ShareConsumer {
            cluster,
            config,
            member,
            topics,
            names: BTreeMap::new(),
            assigned: BTreeSet::new(),
            sessions: BTreeMap::new(),
            fetches: JoinSet::new(),
            busy: BTreeSet::new(),
            ready: VecDeque::new(),
            held: BTreeMap::new(),
            acknowledged: Vec::new(),
            stale: true,
            pause_until: None,
        }
    }

    /// Waits up to `timeout` for records. An empty answer means that none came in time. What the last poll gave is
    /// accepted by this, unless acknowledgements are explicit.
    ///
    /// # Errors
    /// [`ClientError`] when reading cannot go on.
    pub async fn poll(&mut self, timeout: Duration) -> Result<Vec<ShareRecords>> {
        let deadline = Instant::now().checked_add(timeout);
        self.accept_what_is_left();
        loop {
            self.keep_membership().await?;
            let records = self.take_ready()?;
            if !records.is_empty() {
                return Ok(records);
            }
            self.send_fetches().await?;
            let wake =
                [deadline, self.pause_until].into_iter().flatten().fold(self.member.next_heartbeat, Instant::min);
            let done = tokio::select! {
                Some(done) = self.fetches.join_next(), if !self.fetches.is_empty() => Some(done),
                () = tokio::time::sleep(wake.saturating_duration_since(Instant::now())) => None,
            };
            if let Some(Ok(fetched)) = done {
                self.take_answer(fetched)?;
            }
            if self.ready.is_empty() && deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Ok(Vec::new());
            }
        }
    }

    /// Says what became of a record that the last poll gave; `false` when it gave no such record, or it was said already.
    pub fn acknowledge(&mut self, topic: &str, partition: i32, offset: i64, verdict: Acknowledge) -> bool {
        let tip = self.held.keys().find(|(id, p)| *p == partition && self.names.get(id).is_some_and(|n| n == topic));
        let Some(tip) = tip.copied() else { return false };
        let Some(held) = self.held.get_mut(&tip) else { return false };
        if !held.offsets.remove(&offset) {
            return false;
        }
        let session = self.sessions.entry(held.leader).or_default();
        session.verdicts.entry(tip).or_default().insert(offset, verdict);
        true
    }

    fn accept_what_is_left(&mut self) {
        let held = std::mem::take(&mut self.held);
        if !self.config.implicit {
            // What nobody spoke of stays with this member until its session or the lock ends.
            self.held = held.into_iter().filter(|(_, held)| !held.offsets.is_empty()).collect();
            return;
        }
        for (tip, held) in held {
            let session = self.sessions.entry(held.leader).or_default();
            let accepted = held.offsets.into_iter().map(|offset| (offset, Acknowledge::Accept));
            session.verdicts.entry(tip).or_default().extend(accepted);
        }
    }

    /// What leaders said to verdicts since this was asked last.
    pub fn take_acknowledged(&mut self) -> Vec<Acknowledged> {
        std::mem::take(&mut self.acknowledged)
    }

    /// Tells the leaders all verdicts and waits for their answers, which [`ShareConsumer::take_acknowledged`] gives.
    ///
    /// # Errors
    /// [`ClientError`] when reading cannot go on.
    pub async fn commit(&mut self) -> Result<()> {
        self.accept_what_is_left();
        self.drain().await?;
        let leaders: Vec<i32> = self.sessions.keys().copied().collect();
        for leader in leaders {
            let Some(session) = self.sessions.get_mut(&leader) else { continue };
            match session.acknowledge() {
                Some(turn) => self.tell(leader, turn).await?,
                None => {
                    let lost = std::mem::take(&mut session.verdicts);
                    self.failed(lost, ErrorCode::InvalidShareSessionEpoch, None);
                }
            }
        }
        Ok(())
    }

    /// Tells what was said of records, gives the rest back, and leaves the group.
    ///
    /// # Errors
    /// [`ClientError`] when the coordinator refuses. The answers to verdicts are in the list that comes with it.
    pub async fn close(mut self) -> (Vec<Acknowledged>, Result<()>) {
        let result = self.end().await;
        (std::mem::take(&mut self.acknowledged), result)
    }

    async fn end(&mut self) -> Result<()> {
        // A fetch that is under way would take records with it that nobody gives back.
        let drained = self.drain().await;
        let leaders: Vec<i32> = self.sessions.keys().copied().collect();
        for leader in leaders {
            if let Some(turn) = self.sessions.get_mut(&leader).and_then(Session::close) {
                self.tell(leader, turn).await?;
            }
        }
        self.member.leave().await?;
        drained
    }

    async fn drain(&mut self) -> Result<()> {
        while let Some(done) = self.fetches.join_next().await {
            if let Ok(fetched) = done {
                self.take_answer(fetched)?;
            }
        }
        Ok(())
    }

    async fn keep_membership(&mut self) -> Result<()> {
        if self.member.next_heartbeat <= Instant::now()
            && let Some(assigned) = self.member.heartbeat().await?
        {
            self.assigned = assigned.into_iter().collect();
            self.stale |= self.assigned.iter().any(|(id, _)| !self.names.contains_key(id));
        }
        if self.stale && self.pause_until.is_none_or(|at| at <= Instant::now()) {
            match self.cluster.metadata(Topics::Named(&self.topics)).await {
                Ok(metadata) => {
                    self.stale = false;
                    let known = metadata.topics.into_iter().filter(|(_, topic)| topic.error.is_ok());
                    self.names.extend(known.map(|(name, topic)| (topic.id, name)));
                }
                Err(e) if e.is_transport() => self.look_again(),
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }

    /// Looks at the cluster anew, after a moment.
    fn look_again(&mut self) {
        self.stale = true;
        self.pause_until = Some(Instant::now() + self.cluster.config().retry_backoff);
    }

    async fn send_fetches(&mut self) -> Result<()> {
        if self.pause_until.is_some_and(|at| at > Instant::now()) {
            return Ok(());
        }
        self.pause_until = None;
        let mut by_leader: BTreeMap<i32, BTreeSet<Tip>> = BTreeMap::new();
        for &(id, partition) in &self.assigned {
            let leader = self.names.get(&id).and_then(|name| self.cluster.leader(name, partition));
            match leader {
                Some(leader) => drop(by_leader.entry(leader).or_default().insert((id, partition))),
                None => {
                    self.stale = true;
                    self.pause_until = Some(Instant::now() + self.cluster.config().retry_backoff);
                }
            }
        }
        // A leader that leads nothing of this member's any more may still wait for verdicts.
        let orphans: Vec<i32> = self.sessions.keys().filter(|id| !by_leader.contains_key(id)).copied().collect();
        for leader in orphans.into_iter().filter(|id| !self.busy.contains(id)).collect::<Vec<_>>() {
            if let Some(turn) = self.sessions.get_mut(&leader).and_then(Session::close) {
                self.tell(leader, turn).await?;
            }
        }
        for (leader, wanted) in by_leader.into_iter().filter(|(id, _)| !self.busy.contains(id)).collect::<Vec<_>>() {
            let session = self.sessions.entry(leader).or_default();
            let lost = if session.is_open() { BTreeMap::new() } else { std::mem::take(&mut session.verdicts) };
            let turn = session.fetch(&wanted);
            let request = self.fetch_request(&turn);
            self.failed(lost, ErrorCode::InvalidShareSessionEpoch, None);
            self.busy.insert(leader);
            let wait = self.config.max_wait + self.cluster.config().request_timeout;
            let cluster = self.cluster.clone();
            self.fetches.spawn(async move {
                let answer = match cluster.connection(Target::Broker(leader)).await {
                    Ok(connection) => connection.send_within(&request, wait).await,
                    Err(e) => Err(e),
                };
                (leader, turn.topics, answer)
            });
        }
        Ok(())
    }

    fn fetch_request(&self, turn: &Turn) -> ShareFetchRequest {
        let batch = |verdicts: &Verdicts| {
            let of = |run: super::session::Run| AcknowledgementBatch {
                first_offset: run.first,
                last_offset: run.last,
                acknowledge_types: vec![run.verdict as i8],
            };
            runs(verdicts).into_iter().map(of).collect()
        };
        let mut topics: BTreeMap<Uuid, Vec<FetchPartition>> = BTreeMap::new();
        for ((id, partition_index), verdicts) in &turn.topics {
            let partition =
                FetchPartition { partition_index: *partition_index, acknowledgement_batches: batch(verdicts) };
            topics.entry(*id).or_default().push(partition);
        }
        let mut forgotten: BTreeMap<Uuid, Vec<i32>> = BTreeMap::new();
        for (id, partition) in &turn.forgotten {
            forgotten.entry(*id).or_default().push(*partition);
        }
        ShareFetchRequest {
            group_id: Some(self.config.group.clone()),
            member_id: Some(self.member.id.clone()),
            share_session_epoch: turn.epoch,
            max_wait_ms: i32::try_from(self.config.max_wait.as_millis()).unwrap_or(i32::MAX),
            min_bytes: self.config.min_bytes,
            max_bytes: self.config.max_bytes,
            max_records: self.config.max_records,
            batch_size: self.config.max_records,
            share_acquire_mode: i8::from(self.config.strict_limit),
            is_renew_ack: false,
            topics: topics.into_iter().map(|(topic_id, partitions)| FetchTopic { topic_id, partitions }).collect(),
            forgotten_topics_data: forgotten
                .into_iter()
                .map(|(topic_id, partitions)| ForgottenTopic { topic_id, partitions })
                .collect(),
        }
    }

    fn take_answer(&mut self, (leader, told, answer): Fetched) -> Result<()> {
        self.busy.remove(&leader);
        let response = match answer {
            Ok(response) => response,
            Err(e) if e.is_unreachable() => {
                self.lose_session(leader, told, ErrorCode::NetworkException, Some(e.to_string()));
                return Ok(());
            }
            Err(e) => return Err(e),
        };
        match ErrorCode::from_code(response.error_code) {
            ErrorCode::None => {}
            code if code.is_retriable() => {
                self.lose_session(leader, told, code, response.error_message);
                return Ok(());
            }
            code => {
                let subject = format!("cannot fetch from broker {leader}");
                return Err(ClientError::refused(subject, code, response.error_message));
            }
        }
        let mut told: BTreeMap<Tip, Verdicts> = told.into_iter().filter(|(_, verdicts)| !verdicts.is_empty()).collect();
        for topic in response.responses {
            for p in topic.partitions {
                let tip = (topic.topic_id, p.partition_index);
                if let Some(verdicts) = told.remove(&tip) {
                    let code = ErrorCode::from_code(p.acknowledge_error_code);
                    self.settled(tip, &verdicts, code, p.acknowledge_error_message.clone());
                }
                self.take_partition(leader, tip, p)?;
            }
        }
        // Partitions of which the answer says nothing have nothing to object.
        for (tip, verdicts) in told {
            self.settled(tip, &verdicts, ErrorCode::None, None);
        }
        Ok(())
    }

    fn take_partition(&mut self, leader: i32, tip: Tip, p: PartitionData) -> Result<()> {
        let Some(name) = self.names.get(&tip.0).cloned() else {
            self.look_again();
            return Ok(());
        };
        match ErrorCode::from_code(p.error_code) {
            ErrorCode::None if p.acquired_records.is_empty() => {}
            ErrorCode::None => {
                let records = ShareRecords::new(name, p.partition_index, p.records, p.acquired_records);
                self.ready.push_back((leader, tip, records));
            }
            code if is_leadership(code) || code == ErrorCode::UnknownTopicId => self.look_again(),
            code => {
                let subject = format!("cannot fetch {name}-{}", p.partition_index);
                return Err(ClientError::refused(subject, code, p.error_message));
            }
        }
        Ok(())
    }

    fn take_ready(&mut self) -> Result<Vec<ShareRecords>> {
        let mut given = Vec::with_capacity(self.ready.len());
        while let Some((leader, tip, records)) = self.ready.pop_front() {
            let (held, gaps) = records.offsets()?;
            let session = self.sessions.entry(leader).or_default();
            if !gaps.is_empty() {
                let gaps = gaps.into_iter().map(|offset| (offset, Acknowledge::Gap));
                session.verdicts.entry(tip).or_default().extend(gaps);
            }
            if held.is_empty() {
                continue;
            }
            let entry = self.held.entry(tip).or_insert_with(|| Held { leader, offsets: BTreeSet::new() });
            entry.leader = leader;
            entry.offsets.extend(held);
            given.push(records);
        }
        Ok(given)
    }

    async fn tell(&mut self, leader: i32, turn: Turn) -> Result<()> {
        let batch = |verdicts: &Verdicts| {
            let of = |run: super::session::Run| ToldBatch {
                first_offset: run.first,
                last_offset: run.last,
                acknowledge_types: vec![run.verdict as i8],
            };
            runs(verdicts).into_iter().map(of).collect()
        };
        let mut topics: BTreeMap<Uuid, Vec<AcknowledgePartition>> = BTreeMap::new();
        for ((id, partition_index), verdicts) in &turn.topics {
            let partition =
                AcknowledgePartition { partition_index: *partition_index, acknowledgement_batches: batch(verdicts) };
            topics.entry(*id).or_default().push(partition);
        }
        let request = ShareAcknowledgeRequest {
            group_id: Some(self.config.group.clone()),
            member_id: Some(self.member.id.clone()),
            share_session_epoch: turn.epoch,
            is_renew_ack: false,
            topics: topics
                .into_iter()
                .map(|(topic_id, partitions)| AcknowledgeTopic { topic_id, partitions })
                .collect(),
        };
        let answer = match self.cluster.connection(Target::Broker(leader)).await {
            Ok(connection) => connection.send(&request).await,
            Err(e) => Err(e),
        };
        let response = match answer {
            Ok(response) => response,
            Err(e) if e.is_unreachable() => {
                self.lose_session(leader, turn.topics, ErrorCode::NetworkException, Some(e.to_string()));
                return Ok(());
            }
            Err(e) => return Err(e),
        };
        let code = ErrorCode::from_code(response.error_code);
        if !code.is_ok() {
            self.lose_session(leader, turn.topics, code, response.error_message);
            return Ok(());
        }
        let mut told = turn.topics;
        for topic in response.responses {
            for p in topic.partitions {
                let tip = (topic.topic_id, p.partition_index);
                if let Some(verdicts) = told.remove(&tip) {
                    self.settled(tip, &verdicts, ErrorCode::from_code(p.error_code), p.error_message);
                }
            }
        }
        for (tip, verdicts) in told {
            self.settled(tip, &verdicts, ErrorCode::None, None);
        }
        Ok(())
    }

    /// The leader knows the session no more, or cannot be reached: what it holds it gives to others.
    fn lose_session(&mut self, leader: i32, told: BTreeMap<Tip, Verdicts>, code: ErrorCode, message: Option<String>) {
        let untold = self.sessions.entry(leader).or_default().reset();
        self.failed(told, code, message.clone());
        self.failed(untold, code, message);
        self.look_again();
    }

    fn failed(&mut self, verdicts: BTreeMap<Tip, Verdicts>, code: ErrorCode, message: Option<String>) {
        for (tip, verdicts) in verdicts.into_iter().filter(|(_, verdicts)| !verdicts.is_empty()) {
            self.settled(tip, &verdicts, code, message.clone());
        }
    }

    fn settled(&mut self, tip: Tip, verdicts: &Verdicts, code: ErrorCode, message: Option<String>) {
        let (topic, partition): At = (self.names.get(&tip.0).cloned().unwrap_or_default(), tip.1);
        let offsets = verdicts.keys().copied().collect();
        let error = (!code.is_ok()).then_some((code, message));
        self.acknowledged.push(Acknowledged { topic, partition, offsets, error });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::ClientConfig;
    use crate::wire::batch::{BatchBuilder, BuilderOptions, RecordToWrite};
    use crate::wire::messages::share_fetch::{AcquiredRecords, ShareFetchableTopicResponse};

    const T: Uuid = Uuid(7);

    fn consumer(implicit: bool) -> ShareConsumer {
        let mut properties = Properties::default();
        properties.set("group.id", "g");
        properties.set("share.acknowledgement.mode", if implicit { "implicit" } else { "explicit" });
        let config = ShareConfig::from_properties(&properties).unwrap();
        let cluster = Cluster::new(ClientConfig::new(vec!["127.0.0.1:1".into()]));
        let mut consumer = ShareConsumer::subscribe(cluster, config, vec!["t".into()]);
        consumer.names.insert(T, "t".into());
        consumer
    }

    /// Two records at 0 and 1, and a gap at 2.
    fn answer() -> ShareFetchResponse {
        let mut builder = BatchBuilder::new(BuilderOptions::default());
        for _ in 0..2 {
            builder.append(&RecordToWrite { value: Some(b"v"), ..Default::default() });
        }
        let p = PartitionData {
            records: builder.build().unwrap().into(),
            acquired_records: vec![AcquiredRecords { first_offset: 0, last_offset: 2, delivery_count: 1 }],
            ..PartitionData::default()
        };
        let topic = ShareFetchableTopicResponse { topic_id: T, partitions: vec![p] };
        ShareFetchResponse { responses: vec![topic], ..Default::default() }
    }

    #[test]
    fn what_is_not_spoken_of_is_accepted_at_the_next_poll_and_gaps_are_named() {
        let mut consumer = consumer(true);
        consumer.take_answer((1, BTreeMap::new(), Ok(answer()))).unwrap();
        assert_eq!(consumer.take_ready().unwrap().len(), 1);
        assert!(consumer.acknowledge("t", 0, 1, Acknowledge::Reject));
        assert!(!consumer.acknowledge("t", 0, 1, Acknowledge::Accept), "it was said already");
        consumer.accept_what_is_left();
        let verdicts = &consumer.sessions[&1].verdicts[&(T, 0)];
        let expected = [(0, Acknowledge::Accept), (1, Acknowledge::Reject), (2, Acknowledge::Gap)];
        assert_eq!(*verdicts, Verdicts::from(expected));
    }

    #[test]
    fn nothing_is_accepted_by_itself_when_acknowledgements_are_explicit() {
        let mut consumer = consumer(false);
        consumer.take_answer((1, BTreeMap::new(), Ok(answer()))).unwrap();
        consumer.take_ready().unwrap();
        consumer.accept_what_is_left();
        assert_eq!(consumer.sessions[&1].verdicts[&(T, 0)], Verdicts::from([(2, Acknowledge::Gap)]));
    }

    #[test]
    fn a_lost_session_tells_of_every_verdict_that_nobody_heard() {
        let mut consumer = consumer(true);
        let told = BTreeMap::from([((T, 0), Verdicts::from([(4, Acknowledge::Accept)]))]);
        let lost = ShareFetchResponse { error_code: ErrorCode::ShareSessionNotFound.code(), ..Default::default() };
        consumer.take_answer((1, told, Ok(lost))).unwrap();
        let told = consumer.take_acknowledged();
        assert_eq!((told[0].topic.as_str(), told[0].offsets.as_slice()), ("t", &[4][..]));
        assert_eq!(told[0].error.as_ref().unwrap().0, ErrorCode::ShareSessionNotFound);
    }
}
