//! The coordinator of this broker: finds the shard of a group, loads shards with leadership and drops them without.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::Duration;

use parking_lot::RwLock;

use super::clock::Clock;
use super::load;
use super::offsets_log::OffsetsLog;
use super::shard::LiveShard;
use crate::broker::state::groups::{
    Answer, Command, Commit, CommittedOffset, DeleteOffsets, GroupConfig, GroupDescription, GroupListing, Heartbeat,
    Join, JoinAnswer, Leave, LeaveAnswer, Shard, Sync, SyncAnswer,
};
use crate::config::BrokerConfig;
use crate::model::{ErrorCode, LeaderEpoch, PartitionId, java_string_hash};

/// Settings of the coordinator beside those of its machines.
#[derive(Clone, Debug)]
pub struct CoordinatorSettings {
    /// What the machines obey.
    pub groups: GroupConfig,
    /// `offsets.commit.timeout.ms`: how long a client waits for a write of the coordinator.
    pub commit_timeout: Duration,
    /// Largest batch that the coordinator appends: `max.message.bytes` of `__consumer_offsets`.
    pub max_batch_bytes: usize,
    /// `offsets.topic.num.partitions`: holds until the topic exists and says otherwise.
    pub partitions: i32,
}

impl CoordinatorSettings {
    /// What a broker's settings say.
    pub fn from_config(config: &BrokerConfig) -> CoordinatorSettings {
        let defaults = CoordinatorSettings::default();
        let at_least_zero = |n: i32| usize::try_from(n).unwrap_or(0);
        CoordinatorSettings {
            groups: GroupConfig {
                min_session_timeout_ms: config.group_min_session_timeout_ms(),
                max_session_timeout_ms: config.group_max_session_timeout_ms(),
                initial_rebalance_delay_ms: config.group_initial_rebalance_delay_ms(),
                max_size: at_least_zero(config.group_max_size()),
                offset_metadata_max: at_least_zero(config.offset_metadata_max_bytes()),
                offsets_retention_ms: i64::from(config.offsets_retention_minutes()) * 60_000,
                offsets_retention_check_interval_ms: config.offsets_retention_check_interval_ms(),
                ..defaults.groups
            },
            commit_timeout: Duration::from_millis(u64::try_from(config.offsets_commit_timeout_ms()).unwrap_or(0)),
            max_batch_bytes: at_least_zero(config.message_max_bytes()),
            partitions: config.offsets_topic_num_partitions(),
        }
    }
}

impl Default for CoordinatorSettings {
    fn default() -> Self {
        CoordinatorSettings {
            groups: GroupConfig::default(),
            commit_timeout: Duration::from_millis(5_000),
            max_batch_bytes: 1_048_588,
            partitions: 50,
        }
    }
}

/// Longest string that a persisted key or member can hold: they are written with int16 lengths.
const LONGEST_TEXT: usize = 32_000;

/// The group coordinator. Cheap to clone.
#[derive(Clone)]
pub struct GroupCoordinator(Arc<Inner>);

struct Inner {
    log: Arc<dyn OffsetsLog>,
    clock: Clock,
    shards: RwLock<HashMap<PartitionId, Slot>>,
    partitions: AtomicI32,
    config: RwLock<Arc<GroupConfig>>,
    commit_timeout: Duration,
    max_batch: usize,
}

struct Slot {
    epoch: LeaderEpoch,
    phase: Phase,
}

enum Phase {
    Loading,
    Live(Arc<LiveShard>),
    Failed,
}

/// A committed position as OffsetFetch reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchedOffset {
    /// The topic.
    pub topic: Arc<str>,
    /// The partition.
    pub partition: PartitionId,
    /// The position.
    pub committed: CommittedOffset,
}

impl std::fmt::Debug for GroupCoordinator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GroupCoordinator").finish_non_exhaustive()
    }
}

impl GroupCoordinator {
    /// A coordinator that leads no partition yet.
    pub fn new(log: Arc<dyn OffsetsLog>, settings: CoordinatorSettings) -> GroupCoordinator {
        GroupCoordinator(Arc::new(Inner {
            log,
            clock: Clock::start(),
            shards: RwLock::new(HashMap::new()),
            partitions: AtomicI32::new(settings.partitions.max(1)),
            config: RwLock::new(Arc::new(settings.groups)),
            commit_timeout: settings.commit_timeout,
            max_batch: settings.max_batch_bytes,
        }))
    }

    /// Says how many partitions `__consumer_offsets` has, once it exists. The number must not change after.
    pub fn set_partition_count(&self, partitions: i32) {
        self.0.partitions.store(partitions.max(1), Ordering::Release);
    }

    /// Obeys new settings from now on.
    pub fn configure(&self, groups: GroupConfig) {
        let groups = Arc::new(groups);
        *self.0.config.write() = Arc::clone(&groups);
        for shard in self.live_shards().1 {
            shard.configure(&groups);
        }
    }

    /// The partition of `__consumer_offsets` that a group belongs to.
    pub fn partition_of(&self, group: &str) -> PartitionId {
        partition_for(group, self.0.partitions.load(Ordering::Acquire))
    }

    /// This broker leads `partition` from now on: replays it in the background and serves its groups then. Does nothing
    /// if it did in this epoch already.
    pub fn on_leadership(&self, partition: PartitionId, epoch: LeaderEpoch) {
        {
            let mut shards = self.0.shards.write();
            if shards.get(&partition).is_some_and(|slot| slot.epoch >= epoch) {
                return;
            }
            if let Some(Slot { phase: Phase::Live(old), .. }) =
                shards.insert(partition, Slot { epoch, phase: Phase::Loading })
            {
                old.stop();
            }
        }
        tokio::spawn(Arc::clone(&self.0).load(partition, epoch));
    }

    /// This broker leads `partition` no longer: whoever waits there is sent to the next coordinator.
    pub fn on_resign(&self, partition: PartitionId) {
        if let Some(Slot { phase: Phase::Live(shard), .. }) = self.0.shards.write().remove(&partition) {
            shard.stop();
        }
    }

    /// Topics were deleted: tombstones for the offsets of all groups follow, in the background.
    pub fn on_topics_deleted(&self, topics: &[String]) {
        for shard in self.live_shards().1 {
            let topics = topics.to_vec();
            tokio::spawn(async move { shard.submit(Command::ForgetTopics(topics)).await });
        }
    }

    /// Ends every shard.
    pub fn shutdown(&self) {
        for (_, slot) in self.0.shards.write().drain() {
            if let Phase::Live(shard) = slot.phase {
                shard.stop();
            }
        }
    }

    /// How many groups this broker coordinates.
    pub fn group_count(&self) -> usize {
        self.live_shards().1.iter().filter_map(|shard| shard.read(Shard::group_count).ok()).sum()
    }

    fn shard(&self, group: &str) -> Result<Arc<LiveShard>, ErrorCode> {
        match self.0.shards.read().get(&self.partition_of(group)).map(|slot| &slot.phase) {
            Some(Phase::Live(shard)) => Ok(Arc::clone(shard)),
            Some(Phase::Loading) => Err(ErrorCode::CoordinatorLoadInProgress),
            Some(Phase::Failed) | None => Err(ErrorCode::NotCoordinator),
        }
    }

    /// Whether a partition is being loaded, and the shards that serve.
    fn live_shards(&self) -> (bool, Vec<Arc<LiveShard>>) {
        let shards = self.0.shards.read();
        let loading = shards.values().any(|slot| matches!(slot.phase, Phase::Loading));
        let live = shards.values().filter_map(|slot| match &slot.phase {
            Phase::Live(shard) => Some(Arc::clone(shard)),
            Phase::Loading | Phase::Failed => None,
        });
        (loading, live.collect())
    }

    async fn submit(&self, group: &str, command: Command) -> Result<Answer, ErrorCode> {
        self.shard(group)?.submit(command).await
    }

    /// Submits what writes, and bounds the wait for the write. The write itself goes on.
    async fn write(&self, group: &str, command: Command) -> Result<Answer, ErrorCode> {
        match tokio::time::timeout(self.0.commit_timeout, self.submit(group, command)).await {
            Ok(answer) => answer,
            Err(_) => Err(ErrorCode::CoordinatorNotAvailable),
        }
    }

    /// JoinGroup.
    pub async fn join(&self, join: Join) -> JoinAnswer {
        let member_id: Arc<str> = join.member_id.as_str().into();
        match self.try_join(join).await {
            Ok(answer) => answer,
            Err(error) => JoinAnswer::error(error, member_id),
        }
    }

    async fn try_join(&self, join: Join) -> Result<JoinAnswer, ErrorCode> {
        check_group(&join.group)?;
        let config = Arc::clone(&self.0.config.read());
        if join.session_timeout_ms < config.min_session_timeout_ms
            || join.session_timeout_ms > config.max_session_timeout_ms
        {
            return Err(ErrorCode::InvalidSessionTimeout);
        }
        let texts = [join.instance_id.as_deref().unwrap_or(""), &join.client_id, &join.protocol_type];
        let names = join.protocols.iter().map(|p| &*p.name);
        if texts.into_iter().chain(names).any(|text| text.len() > LONGEST_TEXT) {
            return Err(ErrorCode::InvalidRequest);
        }
        let group = join.group.clone();
        match self.submit(&group, Command::Join(join)).await? {
            Answer::Join(answer) => Ok(answer),
            _ => Err(ErrorCode::UnknownServerError),
        }
    }

    /// SyncGroup.
    pub async fn sync(&self, sync: Sync) -> SyncAnswer {
        let group = sync.group.clone();
        let answer = match check_group(&group) {
            Ok(()) => self.submit(&group, Command::Sync(sync)).await,
            Err(error) => Err(error),
        };
        match answer {
            Ok(Answer::Sync(answer)) => answer,
            Ok(_) => SyncAnswer::error(ErrorCode::UnknownServerError),
            Err(error) => SyncAnswer::error(error),
        }
    }

    /// Heartbeat. While the group loads a member is taken to be alive: it can do nothing about it.
    pub async fn heartbeat(&self, beat: Heartbeat) -> ErrorCode {
        if let Err(error) = check_group(&beat.group) {
            return error;
        }
        let group = beat.group.clone();
        match self.submit(&group, Command::Heartbeat(beat)).await {
            Ok(Answer::Heartbeat(code)) => code,
            Ok(_) => ErrorCode::UnknownServerError,
            Err(ErrorCode::CoordinatorLoadInProgress) => ErrorCode::None,
            Err(error) => error,
        }
    }

    /// LeaveGroup.
    pub async fn leave(&self, leave: Leave) -> LeaveAnswer {
        let group = leave.group.clone();
        let answer = match check_group(&group) {
            Ok(()) => self.write(&group, Command::Leave(leave)).await,
            Err(error) => Err(error),
        };
        let fail = |error| LeaveAnswer { error, members: Vec::new() };
        match answer {
            Ok(Answer::Leave(answer)) => answer,
            Ok(_) => fail(ErrorCode::UnknownServerError),
            Err(error) => fail(error),
        }
    }

    /// OffsetCommit: one code per position, in order. The empty group id is allowed, as it always was.
    pub async fn commit(&self, commit: Commit) -> Vec<ErrorCode> {
        let (group, count) = (commit.group.clone(), commit.offsets.len());
        if group.len() > LONGEST_TEXT {
            return vec![ErrorCode::InvalidGroupId; count];
        }
        match self.write(&group, Command::Commit(commit)).await {
            Ok(Answer::Commit(codes)) => codes,
            Ok(_) => vec![ErrorCode::UnknownServerError; count],
            Err(error) => vec![error; count],
        }
    }

    /// OffsetFetch of some partitions, in order; none where nothing is committed. With `stable` the answer reflects every
    /// commit that was under way when the request came.
    ///
    /// # Errors
    /// Where this broker is not the group's coordinator, or not yet.
    pub async fn offsets(
        &self,
        group: &str,
        partitions: &[(Arc<str>, PartitionId)],
        stable: bool,
    ) -> Result<Vec<Option<CommittedOffset>>, ErrorCode> {
        let shard = self.shard(group)?;
        if stable {
            shard.settled().await;
        }
        shard.read(|machine| {
            partitions.iter().map(|(topic, partition)| machine.offset(group, topic, *partition).cloned()).collect()
        })
    }

    /// OffsetFetch of everything, by topic and partition.
    ///
    /// # Errors
    /// Where this broker is not the group's coordinator, or not yet.
    pub async fn all_offsets(&self, group: &str, stable: bool) -> Result<Vec<FetchedOffset>, ErrorCode> {
        let shard = self.shard(group)?;
        if stable {
            shard.settled().await;
        }
        shard.read(|machine| {
            let fetched = |(topic, partition, committed): (&Arc<str>, PartitionId, &CommittedOffset)| FetchedOffset {
                topic: Arc::clone(topic),
                partition,
                committed: committed.clone(),
            };
            machine.offsets(group).map(fetched).collect()
        })
    }

    /// OffsetDelete: one code per partition, in order.
    ///
    /// # Errors
    /// The error of the whole request.
    pub async fn delete_offsets(&self, delete: DeleteOffsets) -> Result<Vec<ErrorCode>, ErrorCode> {
        check_group(&delete.group)?;
        let group = delete.group.clone();
        match self.write(&group, Command::DeleteOffsets(delete)).await? {
            Answer::DeleteOffsets(answer) => answer,
            _ => Err(ErrorCode::UnknownServerError),
        }
    }

    /// DeleteGroups of one group.
    pub async fn delete_group(&self, group: &str) -> ErrorCode {
        match self.write(group, Command::DeleteGroups(vec![group.to_owned()])).await {
            Ok(Answer::DeleteGroups(codes)) => codes.first().copied().unwrap_or(ErrorCode::UnknownServerError),
            Ok(_) => ErrorCode::UnknownServerError,
            Err(error) => error,
        }
    }

    /// ListGroups: every group of this broker.
    ///
    /// # Errors
    /// COORDINATOR_LOAD_IN_PROGRESS while a shard is missing from the answer.
    pub fn list(&self) -> Result<Vec<GroupListing>, ErrorCode> {
        let (loading, shards) = self.live_shards();
        if loading {
            return Err(ErrorCode::CoordinatorLoadInProgress);
        }
        let mut groups = Vec::new();
        for shard in shards {
            // A shard that just ended has no groups to list here.
            let _ = shard.read(|machine| groups.extend(machine.list()));
        }
        Ok(groups)
    }

    /// DescribeGroups of one group; none where it is unknown. The empty group id may be one, from old commits.
    ///
    /// # Errors
    /// Where this broker is not the group's coordinator, or not yet.
    pub fn describe(&self, group: &str) -> Result<Option<GroupDescription>, ErrorCode> {
        self.shard(group)?.read(|machine| machine.describe(group))
    }
}

impl Inner {
    async fn load(self: Arc<Self>, partition: PartitionId, epoch: LeaderEpoch) {
        let config = Arc::clone(&self.config.read());
        let mut machine = Shard::new(config);
        let started = self.clock.now();
        let loaded = load::load(&*self.log, partition, &mut machine, started).await;
        let mut shards = self.shards.write();
        // Leadership may have changed meanwhile: then this load is nobody's.
        let Some(slot) = shards.get_mut(&partition).filter(|s| s.epoch == epoch && matches!(s.phase, Phase::Loading))
        else {
            return;
        };
        let took_ms = self.clock.now().monotonic - started.monotonic;
        slot.phase = match loaded {
            Ok(loaded) => {
                let groups = machine.group_count();
                let (records, foreign, broken) = (loaded.records, loaded.foreign, loaded.broken);
                // An empty partition is no news: a new cluster has fifty of them.
                if records == 0 {
                    tracing::debug!(partition, took_ms, "group coordinator loaded");
                } else {
                    tracing::info!(partition, groups, records, foreign, broken, took_ms, "group coordinator loaded");
                }
                let log = Arc::clone(&self.log);
                Phase::Live(LiveShard::start(machine, partition, epoch, log, self.clock, self.max_batch))
            }
            Err(error) => {
                tracing::error!(
                    partition,
                    %error,
                    "cannot load __consumer_offsets: its groups are not served until the partition changes leader"
                );
                Phase::Failed
            }
        };
    }
}

fn check_group(group: &str) -> Result<(), ErrorCode> {
    if group.is_empty() || group.len() > LONGEST_TEXT { Err(ErrorCode::InvalidGroupId) } else { Ok(()) }
}

/// `Utils.abs(hash) % n` of Kafka, where the absolute value of the smallest integer is 0.
pub(super) fn partition_for(group: &str, partitions: i32) -> PartitionId {
    java_string_hash(group).checked_abs().unwrap_or(0) % partitions.max(1)
}
