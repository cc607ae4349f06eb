//! Reads: OffsetFetch, ListGroups and DescribeGroups see what is committed.

use std::sync::Arc;

use bytes::Bytes;

use super::group::{Group, GroupState};
use super::record::CommittedOffset;
use super::shard::Shard;
use crate::model::PartitionId;

/// A group in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupListing {
    /// The group.
    pub group: Arc<str>,
    /// `consumer`, `connect`, …; empty for a group that only stores offsets.
    pub protocol_type: Arc<str>,
    /// The state.
    pub state: GroupState,
}

/// A group and its members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupDescription {
    /// The state.
    pub state: GroupState,
    /// `consumer`, `connect`, …, or empty.
    pub protocol_type: Arc<str>,
    /// The chosen protocol; empty unless the group is stable.
    pub protocol: Arc<str>,
    /// The members, by id.
    pub members: Vec<MemberDescription>,
}

/// A member of a described group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberDescription {
    /// The member.
    pub member_id: Arc<str>,
    /// `group.instance.id`.
    pub instance_id: Option<Arc<str>>,
    /// The client's id.
    pub client_id: Arc<str>,
    /// The client's address.
    pub client_host: Arc<str>,
    /// Its metadata; empty unless the group is stable.
    pub metadata: Bytes,
    /// Its assignment; empty unless the group is stable.
    pub assignment: Bytes,
}

impl Shard {
    /// One committed offset.
    pub fn offset(&self, group: &str, topic: &str, partition: PartitionId) -> Option<&CommittedOffset> {
        if !self.groups.contains_key(group) {
            return None;
        }
        self.offsets.get(group)?.get(topic, partition)
    }

    /// Every committed offset of a group, by topic and partition.
    pub fn offsets(&self, group: &str) -> impl Iterator<Item = (&Arc<str>, PartitionId, &CommittedOffset)> {
        let known = self.groups.contains_key(group);
        self.offsets.get(group).filter(|_| known).into_iter().flat_map(|offsets| offsets.iter())
    }

    /// Every group.
    pub fn list(&self) -> impl Iterator<Item = GroupListing> {
        self.groups.values().map(|group| GroupListing {
            group: group.id.clone(),
            protocol_type: group.protocol_type.clone().unwrap_or_else(|| Arc::from("")),
            state: group.state,
        })
    }

    /// One group with its members; none where it is unknown.
    pub fn describe(&self, group: &str) -> Option<GroupDescription> {
        self.groups.get(group).map(Group::describe)
    }

    /// How many groups there are.
    pub fn group_count(&self) -> usize {
        self.groups.len()
    }
}

impl Group {
    fn describe(&self) -> GroupDescription {
        let stable = self.state == GroupState::Stable;
        let protocol = self.protocol.clone().filter(|_| stable).unwrap_or_else(|| Arc::from(""));
        let members = self
            .members
            .values()
            .map(|m| MemberDescription {
                member_id: m.id.clone(),
                instance_id: m.instance_id.clone(),
                client_id: m.client_id.clone(),
                client_host: m.client_host.clone(),
                metadata: if stable { m.metadata(&protocol) } else { Bytes::new() },
                assignment: if stable { m.assignment.clone() } else { Bytes::new() },
            })
            .collect();
        GroupDescription {
            state: self.state,
            protocol_type: self.protocol_type.clone().unwrap_or_else(|| Arc::from("")),
            protocol,
            members,
        }
    }
}
