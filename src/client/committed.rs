//! Offsets that groups have committed: reading and writing them.

use std::collections::BTreeMap;

use super::offsets::At;
use super::routing::is_transient;
use super::{ClientError, Cluster, Result, Target};
use crate::model::ErrorCode;
use crate::wire::messages::offset_commit::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};
use crate::wire::messages::offset_fetch::{
    OffsetFetchRequest, OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
    OffsetFetchResponseTopics,
};

/// What a group has committed, by partition.
pub type Committed = BTreeMap<At, Result<CommittedOffset, ErrorCode>>;

/// What a group has committed for a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommittedOffset {
    /// The offset of the next record to read; -1 when nothing is committed.
    pub offset: i64,
    /// The leader epoch of the last record read; -1 if unknown.
    pub leader_epoch: i32,
    /// What the committer noted.
    pub metadata: String,
}

impl CommittedOffset {
    /// An offset and no more.
    pub(super) const fn at(offset: i64) -> CommittedOffset {
        CommittedOffset { offset, leader_epoch: -1, metadata: String::new() }
    }
}

/// A member as it commits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Committer<'a> {
    pub(super) member_id: &'a str,
    pub(super) generation: i32,
    pub(super) instance_id: Option<&'a str>,
}

fn by_topic<'a, T>(items: impl IntoIterator<Item = (&'a At, T)>) -> BTreeMap<&'a str, Vec<T>> {
    let mut topics: BTreeMap<&str, Vec<T>> = BTreeMap::new();
    for ((topic, _), item) in items {
        topics.entry(topic).or_default().push(item);
    }
    topics
}

/// Reads what a group has committed, for some partitions or for all.
pub(super) async fn fetch(cluster: &Cluster, group: &str, wanted: Option<&[At]>) -> Result<Committed> {
    let topics = wanted.map(|wanted| by_topic(wanted.iter().map(|at| (at, at.1))));
    // The first question about any group makes the cluster create the topic that coordinators need.
    cluster.coordinator(group).await?;
    let connection = cluster.connection(Target::Group(group)).await?;
    let mut request = OffsetFetchRequest { require_stable: false, ..Default::default() };
    if connection.version_of::<OffsetFetchRequest>()? >= 8 {
        let topic = |(name, partition_indexes): (&str, Vec<i32>)| OffsetFetchRequestTopics {
            name: name.to_owned(),
            partition_indexes,
            ..Default::default()
        };
        let topics = topics.map(|t| t.into_iter().map(topic).collect());
        request.groups = vec![OffsetFetchRequestGroup { group_id: group.to_owned(), topics, ..Default::default() }];
    } else {
        let topic = |(name, partition_indexes): (&str, Vec<i32>)| OffsetFetchRequestTopic {
            name: name.to_owned(),
            partition_indexes,
        };
        request.group_id = group.to_owned();
        request.topics = topics.map(|t| t.into_iter().map(topic).collect());
    }
    let response = cluster.request(Target::Group(group), &request).await?;
    let code = response.groups.first().map_or(response.error_code, |g| g.error_code);
    ClientError::check(code, None, || format!("cannot read the offsets of group {group}"))?;
    let mut found: Committed = response.groups.into_iter().flat_map(|g| of_topics(g.topics)).collect();
    for topic in response.topics {
        for p in topic.partitions {
            let value = committed(p.error_code, p.committed_offset, p.committed_leader_epoch, p.metadata);
            found.insert((topic.name.clone(), p.partition_index), value);
        }
    }
    Ok(found)
}

fn of_topics(topics: Vec<OffsetFetchResponseTopics>) -> impl Iterator<Item = (At, Result<CommittedOffset, ErrorCode>)> {
    topics.into_iter().flat_map(|topic| {
        let name = topic.name;
        topic.partitions.into_iter().map(move |p| {
            let value = committed(p.error_code, p.committed_offset, p.committed_leader_epoch, p.metadata);
            ((name.clone(), p.partition_index), value)
        })
    })
}

fn committed(
    code: i16,
    offset: i64,
    leader_epoch: i32,
    metadata: Option<String>,
) -> Result<CommittedOffset, ErrorCode> {
    match ErrorCode::from_code(code) {
        ErrorCode::None => Ok(CommittedOffset { offset, leader_epoch, metadata: metadata.unwrap_or_default() }),
        code => Err(code),
    }
}

/// Commits offsets, as a member or, with none, from outside a group that has no members.
pub(super) async fn commit(
    cluster: &Cluster,
    group: &str,
    committer: Option<Committer<'_>>,
    offsets: &[(At, CommittedOffset)],
) -> Result<BTreeMap<At, ErrorCode>> {
    let partition = |(at, committed): &(At, CommittedOffset)| OffsetCommitRequestPartition {
        partition_index: at.1,
        committed_offset: committed.offset,
        committed_leader_epoch: committed.leader_epoch,
        committed_metadata: Some(committed.metadata.clone()),
    };
    let topics = by_topic(offsets.iter().map(|item| (&item.0, partition(item))));
    let topic = |(name, partitions): (&str, _)| OffsetCommitRequestTopic {
        name: name.to_owned(),
        partitions,
        ..Default::default()
    };
    let request = OffsetCommitRequest {
        group_id: group.to_owned(),
        generation_id_or_member_epoch: committer.map_or(-1, |c| c.generation),
        member_id: committer.map_or_else(String::new, |c| c.member_id.to_owned()),
        group_instance_id: committer.and_then(|c| c.instance_id).map(str::to_owned),
        topics: topics.into_iter().map(topic).collect(),
        ..Default::default()
    };
    let response = cluster.request(Target::Group(group), &request).await?;
    let answers = response.topics.into_iter().flat_map(|t| {
        t.partitions.into_iter().map(move |p| ((t.name.clone(), p.partition_index), ErrorCode::from_code(p.error_code)))
    });
    Ok(answers.collect())
}

impl Cluster {
    /// Reads all that several groups of one coordinator have committed, in one request (KIP-709). A group whose coordinator
    /// it is not any more, and any group of a broker older than 3.0, is asked for alone.
    ///
    /// # Errors
    /// [`ClientError`] when the broker cannot be asked. Each group has its own answer.
    pub async fn committed_by_many(
        &self,
        coordinator: i32,
        groups: &[String],
    ) -> Result<Vec<(String, Result<Committed>)>> {
        let connection = self.connection(Target::Broker(coordinator)).await?;
        let mut told = Vec::with_capacity(groups.len());
        let mut alone: Vec<String> = Vec::new();
        if connection.version_of::<OffsetFetchRequest>()? >= 8 {
            let group =
                |id: &String| OffsetFetchRequestGroup { group_id: id.clone(), topics: None, ..Default::default() };
            let request = OffsetFetchRequest { groups: groups.iter().map(group).collect(), ..Default::default() };
            for group in connection.send(&request).await?.groups {
                match ErrorCode::from_code(group.error_code) {
                    ErrorCode::None => told.push((group.group_id, Ok(of_topics(group.topics).collect()))),
                    code if is_transient(code) => alone.push(group.group_id),
                    code => {
                        let what = format!("cannot read the offsets of group {}", group.group_id);
                        told.push((group.group_id, Err(ClientError::refused(what, code, None))));
                    }
                }
            }
        } else {
            alone = groups.to_vec();
        }
        for group in alone {
            let answer = fetch(self, &group, None).await;
            told.push((group, answer));
        }
        Ok(told)
    }

    /// Reads what a group has committed, for some partitions or for all.
    ///
    /// # Errors
    /// [`ClientError`] when the coordinator cannot be asked or refuses.
    pub async fn committed(&self, group: &str, wanted: Option<&[At]>) -> Result<Committed> {
        fetch(self, group, wanted).await
    }

    /// Commits offsets for a group without members.
    ///
    /// # Errors
    /// [`ClientError`] when the coordinator cannot be asked. Each partition has its own answer.
    pub async fn commit_offsets(&self, group: &str, offsets: &[(At, i64)]) -> Result<BTreeMap<At, ErrorCode>> {
        let plain = |(at, offset): &(At, i64)| (at.clone(), CommittedOffset::at(*offset));
        commit(self, group, None, &offsets.iter().map(plain).collect::<Vec<_>>()).await
    }

    /// Commits offsets for a group without members, with the epochs and notes that were committed before.
    ///
    /// # Errors
    /// [`ClientError`] when the coordinator cannot be asked. Each partition has its own answer.
    pub async fn commit_saved(
        &self,
        group: &str,
        offsets: &[(At, CommittedOffset)],
    ) -> Result<BTreeMap<At, ErrorCode>> {
        commit(self, group, None, offsets).await
    }
}
