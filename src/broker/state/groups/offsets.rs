//! Committed offsets: the store, OffsetCommit, OffsetDelete and expiry.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::command::{Commit, DeleteOffsets};
use super::group::{Cx, Group, GroupState};
use super::record::{CommittedOffset, Record};
use crate::model::{ErrorCode, LeaderEpoch, PartitionId, TimestampMs};

/// Every committed offset of a shard.
#[derive(Debug, Default)]
pub(super) struct Offsets {
    groups: HashMap<Arc<str>, GroupOffsets>,
}

#[derive(Debug, Default)]
pub(super) struct GroupOffsets {
    topics: BTreeMap<Arc<str>, BTreeMap<PartitionId, CommittedOffset>>,
    /// Commits on their way to the log. What is decided from `topics` alone must not overtake them.
    in_flight: usize,
}

impl Offsets {
    pub(super) fn get(&self, group: &str) -> Option<&GroupOffsets> {
        self.groups.get(group)
    }

    pub(super) fn groups(&self) -> impl Iterator<Item = &Arc<str>> {
        self.groups.keys()
    }

    /// Writes one committed record into the store.
    pub(super) fn apply(
        &mut self,
        group: &Arc<str>,
        topic: Arc<str>,
        partition: PartitionId,
        value: Option<CommittedOffset>,
    ) {
        match value {
            Some(offset) => {
                self.entry(group).topics.entry(topic).or_default().insert(partition, offset);
            }
            None => {
                let Some(offsets) = self.groups.get_mut(group) else { return };
                if let Some(partitions) = offsets.topics.get_mut(&topic) {
                    partitions.remove(&partition);
                    if partitions.is_empty() {
                        offsets.topics.remove(&topic);
                    }
                }
                self.drop_if_unused(group);
            }
        }
    }

    pub(super) fn launched(&mut self, group: &Arc<str>, commits: usize) {
        if commits > 0 {
            self.entry(group).in_flight += commits;
        }
    }

    pub(super) fn landed(&mut self, group: &Arc<str>) {
        if let Some(offsets) = self.groups.get_mut(group) {
            offsets.in_flight = offsets.in_flight.saturating_sub(1);
            self.drop_if_unused(group);
        }
    }

    fn entry(&mut self, group: &Arc<str>) -> &mut GroupOffsets {
        self.groups.entry(group.clone()).or_default()
    }

    fn drop_if_unused(&mut self, group: &str) {
        if self.groups.get(group).is_some_and(|o| o.topics.is_empty() && o.in_flight == 0) {
            self.groups.remove(group);
        }
    }
}

impl GroupOffsets {
    pub(super) fn get(&self, topic: &str, partition: PartitionId) -> Option<&CommittedOffset> {
        self.topics.get(topic)?.get(&partition)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Arc<str>, PartitionId, &CommittedOffset)> {
        self.topics.iter().flat_map(|(topic, parts)| parts.iter().map(move |(p, offset)| (topic, *p, offset)))
    }

    pub(super) fn is_busy(&self) -> bool {
        self.in_flight > 0
    }
}

pub(super) fn tombstone(group: &Arc<str>, topic: &Arc<str>, partition: PartitionId) -> Record {
    Record::Offset { group: group.clone(), topic: topic.clone(), partition, value: None }
}

impl Group {
    /// Whether a commit may come from where it says it comes (`ClassicGroup.validateOffsetCommit`).
    pub(super) fn validate_commit(&self, commit: &Commit) -> Result<(), ErrorCode> {
        let manages_itself = commit.generation < 0;
        if manages_itself && self.state == GroupState::Empty {
            return Ok(());
        }
        if !manages_itself || !commit.member_id.is_empty() || commit.instance_id.is_some() {
            self.validate_member(&commit.member_id, commit.instance_id.as_deref())?;
            if commit.generation != self.generation {
                return Err(ErrorCode::IllegalGeneration);
            }
        } else {
            return Err(ErrorCode::UnknownMemberId);
        }
        // The member has its generation but not its assignment: it owns nothing to commit for.
        if self.state == GroupState::CompletingRebalance {
            return Err(ErrorCode::RebalanceInProgress);
        }
        Ok(())
    }

    /// A commit is a sign of life.
    pub(super) fn committed_by(&mut self, member_id: &str, cx: &mut Cx<'_>) {
        if matches!(self.state, GroupState::Stable | GroupState::PreparingRebalance) {
            self.keep_alive(member_id, cx.now, cx.timers);
        }
    }

    /// Whether an operator may delete offsets of the group: of a consumers' group at any time, topic by topic.
    pub(super) fn validate_offset_delete(&self) -> Result<(), ErrorCode> {
        if self.state != GroupState::Empty && !self.is_consumers() { Err(ErrorCode::NonEmptyGroup) } else { Ok(()) }
    }

    /// From when on the retention of an offset counts; none keeps it.
    pub(super) fn retention_base(&self, offset: &CommittedOffset) -> Option<TimestampMs> {
        match (&self.protocol_type, self.state) {
            (None, _) => Some(offset.committed_at),
            (Some(_), GroupState::Empty) => {
                Some(if self.state_since == TimestampMs::NONE { offset.committed_at } else { self.state_since })
            }
            (Some(_), GroupState::Stable) if self.is_consumers() && self.subscribed.is_some() => {
                Some(offset.committed_at)
            }
            _ => None,
        }
    }
}

/// The records of a commit that was found valid, and its codes.
pub(super) fn commit(group: &Arc<str>, commit: Commit, cx: &mut Cx<'_>) -> Vec<ErrorCode> {
    let wall = cx.now.wall;
    let expires_at = commit.retention_ms.map(|ms| wall + ms);
    let mut codes = Vec::with_capacity(commit.offsets.len());
    cx.out.records.reserve(commit.offsets.len());
    for part in commit.offsets {
        // A UTF-16 count, as Java's; bytes are never fewer, so the cheap test goes first.
        let limit = cx.config.offset_metadata_max;
        if part.metadata.len() > limit && part.metadata.encode_utf16().count() > limit {
            codes.push(ErrorCode::OffsetMetadataTooLarge);
            continue;
        }
        let value = CommittedOffset {
            offset: part.offset,
            leader_epoch: if part.leader_epoch.get() < 0 { LeaderEpoch::NONE } else { part.leader_epoch },
            metadata: part.metadata,
            committed_at: wall,
            expires_at,
            topic_id: part.topic_id,
        };
        cx.out.records.push(Record::Offset {
            group: group.clone(),
            topic: part.topic,
            partition: part.partition,
            value: Some(value),
        });
        codes.push(ErrorCode::None);
    }
    codes
}

/// OffsetDelete: tombstones for what is there, and for what may be on its way.
pub(super) fn delete(
    group: &Group,
    offsets: Option<&GroupOffsets>,
    delete: DeleteOffsets,
    cx: &mut Cx<'_>,
) -> Vec<ErrorCode> {
    let mut codes = Vec::with_capacity(delete.partitions.len());
    for (topic, partition) in delete.partitions {
        if group.subscribes_to(&topic) {
            codes.push(ErrorCode::GroupSubscribedToTopic);
            continue;
        }
        if offsets.is_some_and(|o| o.is_busy() || o.get(&topic, partition).is_some()) {
            cx.out.records.push(tombstone(&group.id, &topic, partition));
        }
        codes.push(ErrorCode::None);
    }
    codes
}

/// Tombstones for the offsets of a group whose retention is over. True if none is left.
pub(super) fn expire(id: &Arc<str>, group: Option<&Group>, offsets: &GroupOffsets, cx: &mut Cx<'_>) -> bool {
    let now = cx.now.wall;
    let mut all = true;
    for (topic, partition, offset) in offsets.iter() {
        // Offsets of a group that has no metadata are a simple consumer's.
        let base = match group {
            Some(group) if group.subscribes_to(topic) => None,
            Some(group) => group.retention_base(offset),
            None => Some(offset.committed_at),
        };
        let expired = base.is_some_and(|base| match offset.expires_at {
            Some(at) => now >= at,
            None => now - base >= cx.config.offsets_retention_ms,
        });
        if expired {
            cx.out.records.push(tombstone(id, topic, partition));
        }
        all &= expired;
    }
    all
}
