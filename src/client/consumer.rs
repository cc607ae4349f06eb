//! Reading records: from partitions that are named, or as a member of a group.
//!
//! One fetch a leader is always under way while the records of the last one are looked at. Positions move by the
//! headers of the batches; records are decompressed when they are visited.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::task::JoinSet;

use super::assignor::Assignor;
use super::group_member::{GroupMember, Timing};
use super::offsets::At;
use super::records::{AbortedTransactions, for_each_record};
use super::routing::is_leadership;
use super::{ClientError, Cluster, CommittedOffset, Isolation, OffsetAt, Properties, Result, Target};
use crate::model::{ErrorCode, TimestampMs};
use crate::wire::batch::{Record, batches};
use crate::wire::messages::fetch::{FetchPartition, FetchRequest, FetchResponse, FetchTopic};

/// Where to begin in a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartAt {
    /// The first record kept.
    Earliest,
    /// What comes from now on.
    Latest,
    /// A given offset.
    Offset(i64),
    /// So many records before the end.
    BeforeEnd(i64),
    /// The first record at or after a time; the end when there is none.
    Time(TimestampMs),
}

/// How a consumer reads.
#[derive(Clone, Debug)]
pub struct ConsumerConfig {
    /// `group.id`.
    pub group: Option<String>,
    /// `group.instance.id` (KIP-345).
    pub instance_id: Option<String>,
    /// `isolation.level`.
    pub isolation: Isolation,
    /// `auto.offset.reset`; `None` makes a missing or lost position an error.
    pub reset: Option<StartAt>,
    /// `fetch.min.bytes`.
    pub min_bytes: i32,
    /// `fetch.max.bytes`.
    pub max_bytes: i32,
    /// `max.partition.fetch.bytes`.
    pub max_partition_bytes: i32,
    /// `fetch.max.wait.ms`.
    pub max_wait: Duration,
    /// `auto.commit.interval.ms`; `None` when `enable.auto.commit` is off.
    pub auto_commit: Option<Duration>,
    /// `session.timeout.ms`.
    pub session_timeout: Duration,
    /// `max.poll.interval.ms`: the time members have to join again.
    pub rebalance_timeout: Duration,
    /// `heartbeat.interval.ms`.
    pub heartbeat: Duration,
    /// `partition.assignment.strategy`: those that the group may choose from, the preferred one first.
    pub assignors: Vec<Assignor>,
    /// Whether to keep what partitions come and go for [`Consumer::take_rebalances`]; `poll` then returns before it joins
    /// the group again, and after.
    pub report_rebalances: bool,
}

/// A change of a member's share (`ConsumerRebalanceListener`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rebalance {
    /// These are not its own any more.
    Revoked(Vec<At>),
    /// These are.
    Assigned(Vec<At>),
}

impl Default for ConsumerConfig {
    /// The Java consumer's defaults of 4.x.
    fn default() -> ConsumerConfig {
        ConsumerConfig {
            group: None,
            instance_id: None,
            isolation: Isolation::ReadUncommitted,
            reset: Some(StartAt::Latest),
            min_bytes: 1,
            max_bytes: 50 << 20,
            max_partition_bytes: 1 << 20,
            max_wait: Duration::from_millis(500),
            auto_commit: Some(Duration::from_secs(5)),
            session_timeout: Duration::from_secs(45),
            rebalance_timeout: Duration::from_secs(300),
            heartbeat: Duration::from_secs(3),
            assignors: Assignor::OFFERED.to_vec(),
            report_rebalances: false,
        }
    }
}

impl ConsumerConfig {
    /// Takes what the properties say.
    ///
    /// # Errors
    /// [`ClientError::Config`] for a value that is not of its type.
    pub fn from_properties(properties: &Properties) -> Result<ConsumerConfig> {
        let mut config = ConsumerConfig::default();
        config.group = properties.get("group.id").filter(|id| !id.is_empty()).map(str::to_owned);
        config.instance_id = properties.get("group.instance.id").filter(|id| !id.is_empty()).map(str::to_owned);
        config.isolation = match properties.get("isolation.level") {
            None | Some("read_uncommitted") => Isolation::ReadUncommitted,
            Some("read_committed") => Isolation::ReadCommitted,
            Some(other) => return Err(ClientError::Config(format!("isolation.level={other} is not a level"))),
        };
        config.reset = match properties.get("auto.offset.reset") {
            None | Some("latest") => Some(StartAt::Latest),
            Some("earliest") => Some(StartAt::Earliest),
            Some("none") => None,
            Some(other) => {
                let text = format!("auto.offset.reset={other} is none of earliest, latest, none");
                return Err(ClientError::Config(text));
            }
        };
        config.min_bytes = properties.number("fetch.min.bytes")?.unwrap_or(config.min_bytes);
        config.max_bytes = properties.number("fetch.max.bytes")?.unwrap_or(config.max_bytes);
        config.max_partition_bytes =
            properties.number("max.partition.fetch.bytes")?.unwrap_or(config.max_partition_bytes);
        config.max_wait = properties.millis("fetch.max.wait.ms")?.unwrap_or(config.max_wait);
        let every = properties.millis("auto.commit.interval.ms")?.unwrap_or(Duration::from_secs(5));
        config.auto_commit = properties.flag("enable.auto.commit")?.unwrap_or(true).then_some(every);
        config.session_timeout = properties.millis("session.timeout.ms")?.unwrap_or(config.session_timeout);
        config.rebalance_timeout = properties.millis("max.poll.interval.ms")?.unwrap_or(config.rebalance_timeout);
        config.heartbeat = properties.millis("heartbeat.interval.ms")?.unwrap_or(config.heartbeat);
        Ok(config)
    }
}

/// Whether a code says that the group has moved on without this member.
const fn is_rebalance(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::RebalanceInProgress | ErrorCode::IllegalGeneration | ErrorCode::UnknownMemberId)
}

/// Records of one partition as they came over the wire.
#[derive(Clone, Debug)]
pub struct PartitionRecords {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The high watermark, or the last stable offset when reading committed.
    pub end: i64,
    /// Bytes on the wire.
    pub bytes: usize,
    from: i64,
    raw: Bytes,
    aborted: AbortedTransactions,
}

impl PartitionRecords {
    /// Calls `visit` for each record that an application may see, up to and with the one for which it returns `false`;
    /// gives the offset to go on from.
    ///
    /// # Errors
    /// [`ClientError::Records`] for a corrupt batch.
    pub fn for_each(&self, visit: impl FnMut(&Record<'_>) -> bool) -> Result<i64> {
        let name = format!("{}-{}", self.topic, self.partition);
        for_each_record(&name, &self.raw, self.from, &self.aborted, visit)
    }

    /// The offset that the first of these records was asked for at.
    pub const fn start(&self) -> i64 {
        self.from
    }

    /// The batches as they are, for who does not look inside.
    pub fn raw(&self) -> &Bytes {
        &self.raw
    }
}

#[derive(Debug)]
struct Position {
    fetch: i64,
    consumed: i64,
    busy: bool,
}

type Fetched = (i32, BTreeMap<At, i64>, Result<FetchResponse>);

/// A reader of records.
#[derive(Debug)]
pub struct Consumer {
    cluster: Cluster,
    config: ConsumerConfig,
    positions: BTreeMap<At, Position>,
    fetches: JoinSet<Fetched>,
    busy: BTreeSet<i32>,
    member: Option<GroupMember>,
    next_commit: Option<Instant>,
    dirty: bool,
    stale: bool,
    pause_until: Option<Instant>,
    /// Raised with every assignment: what fetches of an older one bring is dropped.
    assignments: u64,
    joining: Duration,
    rebalances: Vec<Rebalance>,
}

impl Consumer {
    /// A reader of named partitions, each from its own place.
    ///
    /// # Errors
    /// [`ClientError`] when a partition is not there or an offset cannot be looked up.
    pub async fn assign(cluster: Cluster, config: ConsumerConfig, at: Vec<(At, StartAt)>) -> Result<Consumer> {
        let mut consumer = Consumer::empty(cluster, config);
        consumer.positions = consumer.resolve(at).await?;
        Ok(consumer)
    }

    /// A member of the group in the settings, for these topics.
    ///
    /// # Errors
    /// [`ClientError::Config`] when the settings name no group.
    pub fn subscribe(cluster: Cluster, config: ConsumerConfig, topics: Vec<String>) -> Result<Consumer> {
        let group = config.group.clone().ok_or_else(|| ClientError::Config("group.id is not set".into()))?;
        let timing = Timing {
            session: config.session_timeout,
            rebalance: config.rebalance_timeout,
            heartbeat: config.heartbeat,
        };
        let assignors = config.assignors.clone();
        let member = GroupMember::new(cluster.clone(), group, config.instance_id.clone(), topics, assignors, timing);
        let mut consumer = Consumer::empty(cluster, config);
        consumer.member = Some(member);
        Ok(consumer)
    }

    fn empty(cluster: Cluster, config: ConsumerConfig) -> Consumer {
        Consumer {
            cluster,
            config,
            positions: BTreeMap::new(),
            fetches: JoinSet::new(),
            busy: BTreeSet::new(),
            member: None,
            next_commit: None,
            dirty: false,
            stale: false,
            pause_until: None,
            assignments: 0,
            joining: Duration::ZERO,
            rebalances: Vec::new(),
        }
    }

    /// The time that went into joining the group, over all rebalances.
    pub const fn rebalance_time(&self) -> Duration {
        self.joining
    }

    /// Takes what came and went since the last call, in order; kept only if the settings ask for it.
    pub fn take_rebalances(&mut self) -> Vec<Rebalance> {
        std::mem::take(&mut self.rebalances)
    }

    /// The partitions it reads, with the offset of the next record to be given out.
    pub fn positions(&self) -> impl Iterator<Item = (&At, i64)> {
        self.positions.iter().map(|(at, p)| (at, p.consumed))
    }

    /// Says that a partition was read only up to `next`, when not all that `poll` gave was used.
    pub fn used_until(&mut self, topic: &str, partition: i32, next: i64) {
        if let Some(position) = self.positions.get_mut(&(topic.to_owned(), partition)) {
            position.consumed = next;
        }
    }

    /// Stops reading a partition.
    pub fn drop_partition(&mut self, topic: &str, partition: i32) {
        self.positions.remove(&(topic.to_owned(), partition));
    }

    async fn resolve(&self, wanted: Vec<(At, StartAt)>) -> Result<BTreeMap<At, Position>> {
        let topics: BTreeSet<&String> = wanted.iter().map(|((t, _), _)| t).collect();
        for topic in topics {
            let known = self.cluster.topic(topic, true).await?.partitions.len() as i32;
            if let Some(((_, p), _)) = wanted.iter().find(|((t, p), _)| t == topic && !(0..known).contains(p)) {
                let text = format!("there is no partition {p}: it has {known}");
                return Err(ClientError::refused(topic, ErrorCode::UnknownTopicOrPartition, Some(text)));
            }
        }
        let spec = |start: StartAt| match start {
            StartAt::Earliest => Some(OffsetAt::Earliest),
            StartAt::Latest | StartAt::BeforeEnd(_) => Some(OffsetAt::Latest),
            StartAt::Time(at) => Some(OffsetAt::Time(at)),
            StartAt::Offset(_) => None,
        };
        let asked: Vec<_> = wanted.iter().filter_map(|(at, start)| Some((at.clone(), spec(*start)?))).collect();
        let found = if asked.is_empty() {
            BTreeMap::new()
        } else {
            self.cluster.list_offsets(asked, self.config.isolation).await?
        };
        let need_more = |(at, start): &(At, StartAt)| match (start, found.get(at)) {
            (StartAt::BeforeEnd(_), _) => Some((at.clone(), OffsetAt::Earliest)),
            (StartAt::Time(_), Some(Ok(found))) if found.offset < 0 => Some((at.clone(), OffsetAt::Latest)),
            _ => None,
        };
        let second: Vec<_> = wanted.iter().filter_map(need_more).collect();
        let bounds = if second.is_empty() {
            BTreeMap::new()
        } else {
            self.cluster.list_offsets(second, self.config.isolation).await?
        };
        let mut positions = BTreeMap::new();
        for (at, start) in wanted {
            let take = |map: &BTreeMap<At, std::result::Result<super::FoundOffset, ErrorCode>>| match map.get(&at) {
                Some(Ok(found)) => Ok(found.offset),
                Some(Err(code)) => {
                    Err(ClientError::refused(format!("cannot find the start of {}-{}", at.0, at.1), *code, None))
                }
                None => Ok(-1),
            };
            let offset = match start {
                StartAt::Offset(offset) => offset,
                StartAt::BeforeEnd(n) => (take(&found)? - n).max(take(&bounds)?),
                StartAt::Time(_) if take(&found)? < 0 => take(&bounds)?,
                _ => take(&found)?,
            };
            positions.insert(at, Position { fetch: offset, consumed: offset, busy: false });
        }
        Ok(positions)
    }

    /// Waits up to `timeout` for records. An empty answer means that none came in time. In a group, members have to
    /// call it more often than the session timeout.
    ///
    /// # Errors
    /// [`ClientError`] when reading cannot go on.
    pub async fn poll(&mut self, timeout: Duration) -> Result<Vec<PartitionRecords>> {
        let deadline = Instant::now() + timeout;
        loop {
            self.keep_membership().await?;
            if !self.rebalances.is_empty() {
                return Ok(Vec::new());
            }
            self.send_fetches().await?;
            let wake = self.wake_at(deadline);
            let done = tokio::select! {
                Some(done) = self.fetches.join_next(), if !self.fetches.is_empty() => Some(done),
                () = tokio::time::sleep(wake.saturating_duration_since(Instant::now())) => None,
            };
            if let Some(Ok(fetched)) = done {
                let records = self.take_answer(fetched).await?;
                if !records.is_empty() {
                    // The next fetch is under way while the caller looks at these.
                    self.send_fetches().await?;
                    return Ok(records);
                }
            }
            if Instant::now() >= deadline {
                return Ok(Vec::new());
            }
        }
    }

    fn wake_at(&self, deadline: Instant) -> Instant {
        let heartbeat = self.member.as_ref().map(|m| m.next_heartbeat);
        let others = [heartbeat, self.next_commit, self.pause_until];
        others.into_iter().flatten().fold(deadline, Instant::min)
    }

    async fn keep_membership(&mut self) -> Result<()> {
        let Some(member) = &mut self.member else { return Ok(()) };
        let now = Instant::now();
        if !member.must_join && member.next_heartbeat <= now {
            member.heartbeat().await?;
        }
        if member.must_join {
            // What was read belongs to this member until it joins again.
            if self.config.auto_commit.is_some() && self.dirty {
                let _ = self.commit().await;
            }
            if self.config.report_rebalances && !self.positions.is_empty() {
                let gone = std::mem::take(&mut self.positions).into_keys().collect();
                self.rebalances.push(Rebalance::Revoked(gone));
                return Ok(());
            }
            let since = Instant::now();
            let joined = self.join().await;
            self.joining += since.elapsed();
            joined?;
        } else if self.next_commit.is_some_and(|at| at <= now) {
            self.next_commit = self.config.auto_commit.map(|every| now + every);
            if self.dirty {
                self.commit().await?;
            }
        }
        Ok(())
    }

    async fn join(&mut self) -> Result<()> {
        let Some(member) = &mut self.member else { return Ok(()) };
        self.assignments += 1;
        self.positions.clear();
        self.fetches.abort_all();
        self.fetches = JoinSet::new();
        self.busy.clear();
        let share = member.join().await?;
        let group = member.group.clone();
        if self.config.report_rebalances {
            self.rebalances
                .push(Rebalance::Assigned(share.iter().cloned().collect::<BTreeSet<At>>().into_iter().collect()));
        }
        let committed = super::committed::fetch(&self.cluster, &group, Some(&share)).await?;
        let mut wanted = Vec::new();
        for at in share {
            let start = match committed.get(&at) {
                Some(Ok(found)) if found.offset >= 0 => StartAt::Offset(found.offset),
                Some(Err(code)) => {
                    let subject = format!("cannot read the committed offset of {}-{}", at.0, at.1);
                    return Err(ClientError::refused(subject, *code, None));
                }
                _ => self.config.reset.ok_or_else(|| self.no_position(&at))?,
            };
            wanted.push((at, start));
        }
        self.positions = self.resolve(wanted).await?;
        self.next_commit = self.config.auto_commit.map(|every| Instant::now() + every);
        self.dirty = false;
        Ok(())
    }

    fn no_position(&self, at: &At) -> ClientError {
        let text = "there is no committed offset and auto.offset.reset=none".to_owned();
        ClientError::refused(format!("{}-{}", at.0, at.1), ErrorCode::OffsetOutOfRange, Some(text))
    }

    /// Commits the positions of the group's partitions.
    ///
    /// # Errors
    /// [`ClientError`] when the coordinator refuses. A rebalance under way is not an error: the next poll joins it.
    pub async fn commit(&mut self) -> Result<()> {
        let here = self.positions.iter().map(|(at, p)| (at.clone(), p.consumed)).collect::<Vec<_>>();
        match self.commit_at(&here).await {
            // The next poll joins the group again.
            Err(e) if e.code().is_some_and(is_rebalance) => Ok(()),
            Ok(()) => {
                self.dirty = false;
                Ok(())
            }
            other => other,
        }
    }

    /// Commits these offsets of the group's partitions.
    ///
    /// # Errors
    /// [`ClientError`] when the coordinator refuses, also because the group is rebalancing: the next poll joins it.
    pub async fn commit_at(&mut self, offsets: &[(At, i64)]) -> Result<()> {
        let Some(member) = &mut self.member else { return Ok(()) };
        if offsets.is_empty() {
            return Ok(());
        }
        let offsets: Vec<(At, CommittedOffset)> =
            offsets.iter().map(|(at, offset)| (at.clone(), CommittedOffset::at(*offset))).collect();
        let identity = super::committed::Committer {
            member_id: &member.member_id,
            generation: member.generation,
            instance_id: member.instance_id.as_deref(),
        };
        let answers = super::committed::commit(&self.cluster, &member.group, Some(identity), &offsets).await?;
        for (at, code) in answers {
            if code != ErrorCode::None {
                if is_rebalance(code) {
                    member.note(code)?;
                }
                return Err(ClientError::refused(format!("cannot commit {}-{}", at.0, at.1), code, None));
            }
        }
        Ok(())
    }

    /// Commits if that is on, and leaves the group.
    ///
    /// # Errors
    /// [`ClientError`] when the coordinator refuses.
    pub async fn close(mut self) -> Result<()> {
        let committed = if self.config.auto_commit.is_some() && self.dirty { self.commit().await } else { Ok(()) };
        if let Some(member) = &mut self.member {
            member.leave().await?;
        }
        committed
    }

    async fn send_fetches(&mut self) -> Result<()> {
        if self.pause_until.is_some_and(|at| at > Instant::now()) {
            return Ok(());
        }
        self.pause_until = None;
        if self.stale {
            let topics: BTreeSet<String> = self.positions.keys().map(|(t, _)| t.clone()).collect();
            match self.cluster.refresh_leaders(&topics.into_iter().collect::<Vec<_>>()).await {
                Err(e) if !e.is_transport() => return Err(e),
                _ => self.stale = false,
            }
        }
        let mut by_leader: BTreeMap<i32, BTreeMap<At, i64>> = BTreeMap::new();
        for (at, position) in self.positions.iter_mut().filter(|(_, p)| !p.busy) {
            match self.cluster.leader(&at.0, at.1) {
                Some(leader) if self.busy.contains(&leader) => {}
                Some(leader) => drop(by_leader.entry(leader).or_default().insert(at.clone(), position.fetch)),
                None => {
                    self.stale = true;
                    self.pause_until = Some(Instant::now() + self.cluster.config().retry_backoff);
                }
            }
        }
        for (leader, wanted) in by_leader {
            for at in wanted.keys() {
                if let Some(position) = self.positions.get_mut(at) {
                    position.busy = true;
                }
            }
            self.busy.insert(leader);
            let request = self.request(&wanted);
            let wait = self.config.max_wait + self.cluster.config().request_timeout;
            let cluster = self.cluster.clone();
            self.fetches.spawn(async move {
                let answer = match cluster.connection(Target::Broker(leader)).await {
                    Ok(connection) => connection.send_within(&request, wait).await,
                    Err(e) => Err(e),
                };
                (leader, wanted, answer)
            });
        }
        Ok(())
    }

    fn request(&self, wanted: &BTreeMap<At, i64>) -> FetchRequest {
        let mut topics: BTreeMap<&str, Vec<FetchPartition>> = BTreeMap::new();
        for ((topic, partition), offset) in wanted {
            topics.entry(topic).or_default().push(FetchPartition {
                partition: *partition,
                fetch_offset: *offset,
                partition_max_bytes: self.config.max_partition_bytes,
                ..Default::default()
            });
        }
        let topic = |(name, partitions): (&str, _)| FetchTopic { topic: name.into(), partitions, ..Default::default() };
        FetchRequest {
            max_wait_ms: self.config.max_wait.as_millis() as i32,
            min_bytes: self.config.min_bytes,
            max_bytes: self.config.max_bytes,
            isolation_level: self.config.isolation as i8,
            topics: topics.into_iter().map(topic).collect(),
            ..Default::default()
        }
    }

    async fn take_answer(&mut self, (leader, wanted, answer): Fetched) -> Result<Vec<PartitionRecords>> {
        self.busy.remove(&leader);
        for at in wanted.keys() {
            if let Some(position) = self.positions.get_mut(at) {
                position.busy = false;
            }
        }
        let response = match answer {
            Ok(response) if response.error_code == 0 => response,
            Ok(response) => {
                let code = ErrorCode::from_code(response.error_code);
                return Err(ClientError::refused(format!("cannot fetch from broker {leader}"), code, None));
            }
            Err(e) if e.is_unreachable() => {
                self.stale = true;
                self.pause_until = Some(Instant::now() + self.cluster.config().retry_backoff);
                return Ok(Vec::new());
            }
            Err(e) => return Err(e),
        };
        let mut records = Vec::new();
        let mut lost = Vec::new();
        for topic in response.responses {
            for p in topic.partitions {
                let at = (topic.topic.clone(), p.partition_index);
                let Some(position) = self.positions.get_mut(&at) else { continue };
                match ErrorCode::from_code(p.error_code) {
                    ErrorCode::None => {}
                    ErrorCode::OffsetOutOfRange => {
                        lost.push(at);
                        continue;
                    }
                    code if is_leadership(code) => {
                        self.stale = true;
                        self.pause_until = Some(Instant::now() + self.cluster.config().retry_backoff);
                        continue;
                    }
                    code => {
                        return Err(ClientError::refused(format!("cannot fetch {}-{}", at.0, at.1), code, None));
                    }
                }
                let raw = p.records.unwrap_or_default();
                let from = position.fetch;
                let next = batches(&raw).map_while(std::result::Result::ok).last().map(|(h, _)| h.next_offset().0);
                let Some(next) = next.filter(|&next| next > from) else { continue };
                position.fetch = next;
                position.consumed = next;
                self.dirty = true;
                let committed = self.config.isolation == Isolation::ReadCommitted;
                records.push(PartitionRecords {
                    topic: at.0,
                    partition: at.1,
                    end: if committed { p.last_stable_offset } else { p.high_watermark },
                    bytes: raw.len(),
                    from,
                    raw,
                    aborted: AbortedTransactions::new(p.aborted_transactions.as_deref().unwrap_or_default()),
                });
            }
        }
        if !lost.is_empty() {
            self.reset(lost).await?;
        }
        Ok(records)
    }

    /// Partitions whose position is gone go on where `auto.offset.reset` says.
    async fn reset(&mut self, lost: Vec<At>) -> Result<()> {
        let mut wanted = Vec::new();
        for at in lost {
            let start = self.config.reset.ok_or_else(|| {
                let position = self.positions.get(&at).map_or(-1, |p| p.fetch);
                let text = format!("offset {position} is not in the log, and there is no place to fall back to");
                ClientError::refused(format!("{}-{}", at.0, at.1), ErrorCode::OffsetOutOfRange, Some(text))
            })?;
            wanted.push((at, start));
        }
        let fresh = self.resolve(wanted).await?;
        self.positions.extend(fresh);
        Ok(())
    }
}
