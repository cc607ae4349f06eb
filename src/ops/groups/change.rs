//! Deleting groups, and single offsets of a group.

use std::collections::BTreeMap;

use crate::client::{At, ClientError, Cluster, Target};
use crate::model::ErrorCode;
use crate::ops::{Outcome, Refusal, Result};
use crate::wire::messages::delete_groups::DeleteGroupsRequest;
use crate::wire::messages::offset_delete::{
    OffsetDeleteRequest, OffsetDeleteRequestPartition, OffsetDeleteRequestTopic,
};

/// Deletes groups that have no members, each at its coordinator.
///
/// # Errors
/// [`crate::ops::OpsError`] when a coordinator cannot be asked; refusals stand with each group.
pub async fn delete(cluster: &Cluster, groups: &[String]) -> Result<Vec<Outcome>> {
    let mut outcomes = Vec::with_capacity(groups.len());
    for group in groups {
        let request = DeleteGroupsRequest { groups_names: vec![group.clone()] };
        let answer = cluster.request(Target::Group(group), &request).await?;
        let code = answer.results.first().map_or(ErrorCode::UnknownServerError.code(), |r| r.error_code);
        outcomes.push(Outcome { name: group.clone(), result: Refusal::check(code, None) });
    }
    Ok(outcomes)
}

/// Deletes what a group has committed for some partitions; its members must not subscribe to their topics.
///
/// # Errors
/// [`crate::ops::OpsError`] when the coordinator cannot be asked or refuses as a whole.
pub async fn delete_offsets(cluster: &Cluster, group: &str, partitions: &[At]) -> Result<BTreeMap<At, ErrorCode>> {
    let mut topics: BTreeMap<&str, Vec<OffsetDeleteRequestPartition>> = BTreeMap::new();
    for (topic, partition) in partitions {
        let partition = OffsetDeleteRequestPartition { partition_index: *partition };
        topics.entry(topic).or_default().push(partition);
    }
    let topic = |(name, partitions): (&str, _)| OffsetDeleteRequestTopic { name: name.to_owned(), partitions };
    let request = OffsetDeleteRequest { group_id: group.to_owned(), topics: topics.into_iter().map(topic).collect() };
    let answer = cluster.request(Target::Group(group), &request).await?;
    ClientError::check(answer.error_code, None, || format!("cannot delete offsets of group {group}"))?;
    let partitions = answer.topics.into_iter().flat_map(|t| {
        t.partitions.into_iter().map(move |p| ((t.name.clone(), p.partition_index), ErrorCode::from_code(p.error_code)))
    });
    Ok(partitions.collect())
}
