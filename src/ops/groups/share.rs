//! Share groups (KIP-932): members that share partitions record by record. Where one stands is a start offset for each
//! partition, below which every record is done with.

use std::collections::BTreeMap;

use super::describe::place;
use super::reset::{self, ResetTo, Scope};
use super::{DescribedGroup, Member};
use crate::client::{At, ClientError, Cluster, Target};
use crate::model::ErrorCode;
use crate::ops::{Outcome, Refusal, Result};
use crate::wire::messages::alter_share_group_offsets::{
    AlterShareGroupOffsetsRequest, AlterShareGroupOffsetsRequestPartition, AlterShareGroupOffsetsRequestTopic,
};
use crate::wire::messages::delete_share_group_offsets::{
    DeleteShareGroupOffsetsRequest, DeleteShareGroupOffsetsRequestTopic,
};
use crate::wire::messages::describe_share_group_offsets::{
    DescribeShareGroupOffsetsRequest, DescribeShareGroupOffsetsRequestGroup, DescribeShareGroupOffsetsResponseGroup,
};
use crate::wire::messages::share_group_describe::{self, ShareGroupDescribeRequest};

/// Where a share group stands in one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartOffset {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The first offset that is not done with; `None` where the group has not begun to read.
    pub start: Option<i64>,
    /// The leader epoch known with it.
    pub leader_epoch: Option<i32>,
    /// Records not done with, where the broker says.
    pub lag: Option<i64>,
    /// Why it is not known.
    pub error: Option<ErrorCode>,
}

/// Describes one share group.
///
/// # Errors
/// [`ClientError::Refused`] with GROUP_ID_NOT_FOUND when there is none of that name.
pub async fn describe(cluster: &Cluster, group: &str) -> Result<DescribedGroup, ClientError> {
    let place = place(cluster, group).await?;
    let request = ShareGroupDescribeRequest { group_ids: vec![group.to_owned()], include_authorized_operations: false };
    let answer = cluster.request(Target::Group(group), &request).await?;
    let Some(found) = answer.groups.into_iter().next() else {
        return Err(ClientError::refused(format!("group {group}"), ErrorCode::GroupIdNotFound, None));
    };
    ClientError::check(found.error_code, found.error_message.as_deref(), || format!("cannot describe group {group}"))?;
    Ok(described(found).at(place))
}

fn described(group: share_group_describe::DescribedGroup) -> DescribedGroup {
    let member = |m: share_group_describe::Member| {
        let topics = m.assignment.topic_partitions.into_iter();
        let mut assignment: Vec<At> =
            topics.flat_map(|t| t.partitions.into_iter().map(move |p| (t.topic_name.clone(), p))).collect();
        assignment.sort();
        Member {
            id: m.member_id,
            instance_id: None,
            client_id: m.client_id,
            host: m.client_host,
            assignment,
            target: Vec::new(),
            epoch: Some(m.member_epoch),
            upgraded: None,
        }
    };
    DescribedGroup {
        group: group.group_id,
        kind: "Share",
        state: group.group_state,
        protocol_type: "share".into(),
        assignor: group.assignor_name,
        coordinator: -1,
        coordinator_address: String::new(),
        group_epoch: Some(group.group_epoch),
        assignment_epoch: Some(group.assignment_epoch),
        members: group.members.into_iter().map(member).collect(),
    }
}

/// Where a share group stands in each partition of its topics, by topic and partition.
///
/// # Errors
/// [`crate::ops::OpsError`] when the coordinator cannot be asked or refuses as a whole.
pub async fn start_offsets(cluster: &Cluster, group: &str) -> Result<Vec<StartOffset>> {
    let wanted = DescribeShareGroupOffsetsRequestGroup { group_id: group.to_owned(), topics: None };
    let request = DescribeShareGroupOffsetsRequest { groups: vec![wanted] };
    let answer = cluster.request(Target::Group(group), &request).await?;
    let Some(found) = answer.groups.into_iter().next() else {
        return Err(ClientError::refused(format!("group {group}"), ErrorCode::GroupIdNotFound, None).into());
    };
    let subject = || format!("cannot read the offsets of group {group}");
    ClientError::check(found.error_code, found.error_message.as_deref(), subject)?;
    Ok(offsets_of(found))
}

fn offsets_of(group: DescribeShareGroupOffsetsResponseGroup) -> Vec<StartOffset> {
    let mut all: Vec<StartOffset> = group
        .topics
        .into_iter()
        .flat_map(|t| {
            t.partitions.into_iter().map(move |p| StartOffset {
                topic: t.topic_name.clone(),
                partition: p.partition_index,
                start: (p.error_code == 0 && p.start_offset >= 0).then_some(p.start_offset),
                leader_epoch: (p.leader_epoch >= 0).then_some(p.leader_epoch),
                lag: (p.error_code == 0 && p.lag >= 0).then_some(p.lag),
                error: Some(ErrorCode::from_code(p.error_code)).filter(|code| !code.is_ok()),
            })
        })
        .collect();
    all.sort_by(|a, b| (&a.topic, a.partition).cmp(&(&b.topic, b.partition)));
    all
}

/// Works out where a reset would put the group, and changes nothing.
///
/// # Errors
/// As [`reset::plan`].
pub async fn plan(cluster: &Cluster, group: &str, scope: &Scope, to: &ResetTo) -> Result<Vec<reset::Move>> {
    let mut standing = BTreeMap::new();
    if *scope == Scope::Committed {
        for row in start_offsets(cluster, group).await?.into_iter().filter(|row| row.error.is_none()) {
            standing.insert((row.topic, row.partition), row.start.unwrap_or(-1));
        }
    }
    reset::moves(cluster, scope, to, &standing).await
}

/// Puts the start offsets of a group that has no members; each partition gets its own answer.
///
/// # Errors
/// [`crate::ops::OpsError`] when the coordinator cannot be asked or refuses as a whole.
pub async fn alter(cluster: &Cluster, group: &str, offsets: &[(At, i64)]) -> Result<BTreeMap<At, Result<(), Refusal>>> {
    let mut topics: BTreeMap<&str, Vec<AlterShareGroupOffsetsRequestPartition>> = BTreeMap::new();
    for ((topic, partition), start_offset) in offsets {
        let partition =
            AlterShareGroupOffsetsRequestPartition { partition_index: *partition, start_offset: *start_offset };
        topics.entry(topic).or_default().push(partition);
    }
    let topic =
        |(name, partitions): (&str, _)| AlterShareGroupOffsetsRequestTopic { topic_name: name.to_owned(), partitions };
    let request =
        AlterShareGroupOffsetsRequest { group_id: group.to_owned(), topics: topics.into_iter().map(topic).collect() };
    let answer = cluster.request(Target::Group(group), &request).await?;
    let subject = || format!("cannot move the offsets of group {group}");
    ClientError::check(answer.error_code, answer.error_message.as_deref(), subject)?;
    let partitions = answer.responses.into_iter().flat_map(|t| {
        t.partitions
            .into_iter()
            .map(move |p| ((t.topic_name.clone(), p.partition_index), Refusal::check(p.error_code, p.error_message)))
    });
    Ok(partitions.collect())
}

/// Makes a group that has no members forget topics.
///
/// # Errors
/// [`crate::ops::OpsError`] when the coordinator cannot be asked or refuses as a whole.
pub async fn delete_offsets(cluster: &Cluster, group: &str, topics: &[String]) -> Result<Vec<Outcome>> {
    let topic = |name: &String| DeleteShareGroupOffsetsRequestTopic { topic_name: name.clone() };
    let request =
        DeleteShareGroupOffsetsRequest { group_id: group.to_owned(), topics: topics.iter().map(topic).collect() };
    let answer = cluster.request(Target::Group(group), &request).await?;
    let subject = || format!("cannot delete offsets of group {group}");
    ClientError::check(answer.error_code, answer.error_message.as_deref(), subject)?;
    let outcome = |t: crate::wire::messages::delete_share_group_offsets::DeleteShareGroupOffsetsResponseTopic| {
        Outcome { name: t.topic_name, result: Refusal::check(t.error_code, t.error_message) }
    };
    Ok(answer.responses.into_iter().map(outcome).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::messages::describe_share_group_offsets::{
        DescribeShareGroupOffsetsResponsePartition as Partition, DescribeShareGroupOffsetsResponseTopic as Topic,
    };

    #[test]
    fn what_the_broker_does_not_know_is_not_shown_as_a_number() {
        let partition = |partition_index, start_offset, error_code| Partition {
            partition_index,
            start_offset,
            error_code,
            leader_epoch: -1,
            ..Partition::default()
        };
        let partitions = vec![partition(1, -1, 0), partition(0, 7, 0), partition(2, 7, 3)];
        let topic = Topic { topic_name: "t".into(), partitions, ..Topic::default() };
        let rows = offsets_of(DescribeShareGroupOffsetsResponseGroup { topics: vec![topic], ..Default::default() });
        let told: Vec<_> = rows.iter().map(|row| (row.partition, row.start, row.lag, row.leader_epoch)).collect();
        assert_eq!(told, [(0, Some(7), None, None), (1, None, None, None), (2, None, None, None)]);
        assert_eq!(rows[2].error, Some(ErrorCode::UnknownTopicOrPartition));
    }
}
