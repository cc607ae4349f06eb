//! Bringing an application of Kafka Streams back to a beginning: its members put out, its positions moved.

use std::collections::BTreeMap;

use super::DescribedGroup;
use crate::client::{At, ClientError, Cluster, Isolation, OffsetAt, Target};
use crate::model::{ErrorCode, TimestampMs};
use crate::ops::Result;
use crate::wire::messages::leave_group::{LeaveGroupRequest, MemberIdentity};

/// The first offset of a partition and its end.
pub type Ends = BTreeMap<At, (i64, i64)>;

/// Takes all members out of a group, as if each had left.
///
/// # Errors
/// [`crate::ops::OpsError`] when the coordinator refuses, also for one of them.
pub async fn remove_members(cluster: &Cluster, group: &DescribedGroup) -> Result<()> {
    let identity = |member: &super::Member| {
        let fixed = member.instance_id.clone().filter(|id| !id.is_empty());
        MemberIdentity {
            member_id: if fixed.is_some() { String::new() } else { member.id.clone() },
            group_instance_id: fixed,
            reason: Some("member was removed by an admin".into()),
        }
    };
    let members: Vec<MemberIdentity> = group.members.iter().map(identity).collect();
    let request = LeaveGroupRequest { group_id: group.group.clone(), member_id: String::new(), members };
    let answer = cluster.request(Target::Group(&group.group), &request).await?;
    let subject = || format!("cannot remove the members of group {}", group.group);
    ClientError::check(answer.error_code, None, subject)?;
    for member in answer.members {
        ClientError::check(member.error_code, None, || format!("cannot remove {}", member.member_id))?;
    }
    Ok(())
}

async fn look_up(cluster: &Cluster, partitions: &[At], at: OffsetAt) -> Result<BTreeMap<At, i64>> {
    let asked: Vec<(At, OffsetAt)> = partitions.iter().map(|partition| (partition.clone(), at)).collect();
    let mut found = BTreeMap::new();
    for (partition, answer) in cluster.list_offsets(asked, Isolation::ReadUncommitted).await? {
        let subject = || format!("{}-{}", partition.0, partition.1);
        let offset = answer.map_err(|code| ClientError::refused(subject(), code, None))?.offset;
        found.insert(partition, offset);
    }
    Ok(found)
}

/// The ends of partitions.
///
/// # Errors
/// [`crate::ops::OpsError`] when one of them cannot be had.
pub async fn ends(cluster: &Cluster, partitions: &[At]) -> Result<Ends> {
    let starts = look_up(cluster, partitions, OffsetAt::Earliest).await?;
    let mut ends = look_up(cluster, partitions, OffsetAt::Latest).await?;
    Ok(starts.into_iter().filter_map(|(at, start)| ends.remove(&at).map(|end| (at, (start, end)))).collect())
}

/// The first records at or after a time; `None` where there is none.
///
/// # Errors
/// [`crate::ops::OpsError`] when one of them cannot be had.
pub async fn at_time(cluster: &Cluster, partitions: &[At], time: TimestampMs) -> Result<BTreeMap<At, Option<i64>>> {
    let found = look_up(cluster, partitions, OffsetAt::Time(time)).await?;
    Ok(found.into_iter().map(|(at, offset)| (at, Some(offset).filter(|&offset| offset >= 0))).collect())
}

/// Where a group stands in partitions, if it does.
///
/// # Errors
/// [`crate::ops::OpsError`] when the coordinator cannot be asked.
pub async fn positions(cluster: &Cluster, group: &str, partitions: &[At]) -> Result<BTreeMap<At, Option<i64>>> {
    let committed = match cluster.committed(group, Some(partitions)).await {
        Err(e) if e.code() == Some(ErrorCode::GroupIdNotFound) => BTreeMap::new(),
        other => other?,
    };
    let position = |at: &At| committed.get(at)?.as_ref().ok().map(|found| found.offset).filter(|&offset| offset >= 0);
    Ok(partitions.iter().map(|at| (at.clone(), position(at))).collect())
}

/// Commits where the group is to stand.
///
/// # Errors
/// [`crate::ops::OpsError`] when the coordinator refuses, also for one partition.
pub async fn commit(cluster: &Cluster, group: &str, positions: &BTreeMap<At, i64>) -> Result<()> {
    let offsets: Vec<(At, i64)> = positions.iter().map(|(at, offset)| (at.clone(), *offset)).collect();
    for (at, code) in cluster.commit_offsets(group, &offsets).await? {
        if code != ErrorCode::None {
            return Err(ClientError::refused(format!("cannot move {}-{}", at.0, at.1), code, None).into());
        }
    }
    Ok(())
}
