//! Where a group stands in each partition.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;
use tokio::task::JoinSet;

use super::{DescribedGroup, share};
use crate::client::{At, Cluster, Committed, CommittedOffset, FoundOffset, Isolation, OffsetAt, Topics};
use crate::model::ErrorCode;
use crate::ops::Result;

/// Groups whose offsets one request asks for.
const GROUPS_AT_ONCE: usize = 500;

/// A group's position in one partition. What cannot be had is `None`: one bad partition never hides the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PartitionLag {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offset of the next record to read, if one was committed.
    pub committed: Option<i64>,
    /// Leader epoch committed with it.
    pub leader_epoch: Option<i32>,
    /// Start of the log.
    pub start: Option<i64>,
    /// End of the log.
    pub end: Option<i64>,
    /// `end - committed`, never below 0.
    pub lag: Option<i64>,
    /// Index of the member that has the partition, in the group's list.
    pub member: Option<usize>,
    /// Why a figure is missing: the topic is gone, nobody leads the partition, it may not be read.
    #[serde(serialize_with = "by_name", skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorCode>,
}

/// The positions of a group in all partitions that it has committed or that its members have, by topic and partition.
///
/// # Errors
/// [`crate::ops::OpsError`] when the coordinator cannot be asked.
pub async fn offsets(cluster: &Cluster, group: &DescribedGroup) -> Result<Vec<PartitionLag>> {
    if group.is_share() {
        return share_rows(cluster, group).await;
    }
    let committed = cluster.committed(&group.group, None).await?;
    let ends = Ends::of(cluster, partitions(group, &committed).collect()).await?;
    Ok(rows(group, &committed, &ends))
}

/// The positions of many groups, in their order: one request to each coordinator and each leader, however many they are.
/// A group whose offsets cannot be had has no rows.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked.
pub async fn offsets_of(cluster: &Cluster, groups: &[DescribedGroup]) -> Result<Vec<Vec<PartitionLag>>> {
    let mut by_coordinator: BTreeMap<i32, Vec<String>> = BTreeMap::new();
    for group in groups.iter().filter(|group| !group.is_share()) {
        by_coordinator.entry(group.coordinator).or_default().push(group.group.clone());
    }
    let mut asked = JoinSet::new();
    for (coordinator, names) in by_coordinator {
        for names in names.chunks(GROUPS_AT_ONCE) {
            let (cluster, names) = (cluster.clone(), names.to_vec());
            asked.spawn(async move { cluster.committed_by_many(coordinator, &names).await });
        }
    }
    let mut committed: HashMap<String, Committed> = HashMap::with_capacity(groups.len());
    while let Some(done) = asked.join_next().await {
        let Ok(told) = done else { continue };
        committed.extend(told?.into_iter().filter_map(|(group, offsets)| Some((group, offsets.ok()?))));
    }
    let none = Committed::new();
    let of = |group: &DescribedGroup| committed.get(&group.group).unwrap_or(&none);
    let all: BTreeSet<At> = groups.iter().flat_map(|group| partitions(group, of(group))).collect();
    let ends = Ends::of(cluster, all).await?;
    let mut standing: Vec<Vec<PartitionLag>> = groups.iter().map(|group| rows(group, of(group), &ends)).collect();
    for (group, rows) in groups.iter().zip(&mut standing).filter(|(group, _)| group.is_share()) {
        *rows = share_rows(cluster, group).await.unwrap_or_default();
    }
    Ok(standing)
}

/// A share group's start offsets stand for what others commit. The broker knows better than the offsets how many records
/// are not done with.
async fn share_rows(cluster: &Cluster, group: &DescribedGroup) -> Result<Vec<PartitionLag>> {
    let starts = share::start_offsets(cluster, &group.group).await?;
    let at = |row: &share::StartOffset| (row.topic.clone(), row.partition);
    let known = starts.iter().map(|row| match (row.error, row.start) {
        (Some(code), _) => (at(row), Err(code)),
        (None, start) => {
            let (offset, leader_epoch) = (start.unwrap_or(-1), row.leader_epoch.unwrap_or(-1));
            (at(row), Ok(CommittedOffset { offset, leader_epoch, metadata: String::new() }))
        }
    });
    let committed: Committed = known.collect();
    let ends = Ends::of(cluster, partitions(group, &committed).collect()).await?;
    let mut rows = rows(group, &committed, &ends);
    let told: BTreeMap<At, i64> = starts.iter().filter_map(|row| Some((at(row), row.lag?))).collect();
    for row in &mut rows {
        row.lag = told.get(&(row.topic.clone(), row.partition)).copied().or(row.lag);
        // Several members may have it.
        row.member = None;
    }
    Ok(rows)
}

/// Where logs begin and end, and why that is not known.
struct Ends {
    starts: BTreeMap<At, Result<FoundOffset, ErrorCode>>,
    ends: BTreeMap<At, Result<FoundOffset, ErrorCode>>,
    reasons: BTreeMap<At, ErrorCode>,
}

impl Ends {
    async fn of(cluster: &Cluster, all: BTreeSet<At>) -> Result<Ends> {
        if all.is_empty() {
            return Ok(Ends { starts: BTreeMap::new(), ends: BTreeMap::new(), reasons: BTreeMap::new() });
        }
        let ask = |at: OffsetAt| {
            cluster.list_offsets(all.iter().map(|p| (p.clone(), at)).collect::<Vec<_>>(), Isolation::ReadUncommitted)
        };
        let (starts, ends) = tokio::join!(ask(OffsetAt::Earliest), ask(OffsetAt::Latest));
        let (starts, ends) = (starts?, ends?);
        let refused: BTreeSet<&At> = all.iter().filter(|at| !matches!(ends.get(at), Some(Ok(_)))).collect();
        let reasons = reasons(cluster, &refused).await;
        Ok(Ends { starts, ends, reasons })
    }
}

fn partitions<'a>(group: &'a DescribedGroup, committed: &'a Committed) -> impl Iterator<Item = At> + 'a {
    let owned = group.members.iter().flat_map(|member| &member.assignment);
    committed.keys().chain(owned).cloned()
}

fn rows(group: &DescribedGroup, committed: &Committed, ends: &Ends) -> Vec<PartitionLag> {
    let mut owners: BTreeMap<&At, usize> = BTreeMap::new();
    for (index, member) in group.members.iter().enumerate() {
        owners.extend(member.assignment.iter().map(|at| (at, index)));
    }
    let Ends { starts, ends, reasons } = ends;
    let all: BTreeSet<At> = partitions(group, committed).collect();
    let row = |at: At| {
        let own = committed.get(&at).and_then(|c| c.as_ref().ok()).filter(|c| c.offset >= 0);
        let end = ends.get(&at).and_then(|e| e.as_ref().ok()).map(|e| e.offset);
        PartitionLag {
            committed: own.map(|c| c.offset),
            leader_epoch: own.map(|c| c.leader_epoch).filter(|&epoch| epoch >= 0),
            start: starts.get(&at).and_then(|s| s.as_ref().ok()).map(|s| s.offset),
            end,
            lag: own.zip(end).map(|(c, end)| (end - c.offset).max(0)),
            member: owners.get(&at).copied(),
            error: reasons
                .get(&at)
                .copied()
                .or_else(|| ends.get(&at).and_then(|e| e.as_ref().err()).copied())
                .or_else(|| committed.get(&at).and_then(|c| c.as_ref().err()).copied()),
            topic: at.0,
            partition: at.1,
        }
    };
    all.into_iter().map(row).collect()
}

/// What the metadata says of partitions whose ends cannot be had: it tells a deleted topic from a missing leader.
async fn reasons(cluster: &Cluster, refused: &BTreeSet<&At>) -> BTreeMap<At, ErrorCode> {
    let names: BTreeSet<&String> = refused.iter().map(|(topic, _)| topic).collect();
    let names: Vec<String> = names.into_iter().cloned().collect();
    if names.is_empty() {
        return BTreeMap::new();
    }
    let Ok(metadata) = cluster.metadata(Topics::Named(&names)).await else { return BTreeMap::new() };
    let reason = |at: &&At| {
        let topic = metadata.topics.get(&at.0)?;
        if !topic.error.is_ok() {
            return Some(topic.error);
        }
        match topic.partitions.iter().find(|p| p.index == at.1) {
            None => Some(ErrorCode::UnknownTopicOrPartition),
            Some(p) if p.leader < 0 => Some(ErrorCode::LeaderNotAvailable),
            Some(_) => None,
        }
    };
    refused.iter().filter_map(|at| Some(((*at).clone(), reason(at)?))).collect()
}

fn by_name<S: serde::Serializer>(code: &Option<ErrorCode>, out: S) -> std::result::Result<S::Ok, S::Error> {
    match code {
        Some(code) => out.serialize_str(code.name()),
        None => out.serialize_none(),
    }
}
