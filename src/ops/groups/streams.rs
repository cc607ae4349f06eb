//! Streams groups (KIP-1071): their topology, who does which task, and the topics that are their own.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{DescribedGroup, Member, PartitionLag};
use crate::client::{At, Broker, ClientError, Cluster, Isolation, OffsetAt, Target, Topics};
use crate::model::ErrorCode;
use crate::ops::{OpsError, Result};
use crate::wire::messages::streams_group_describe::{self as wire, StreamsGroupDescribeRequest};

/// A streams group.
#[derive(Clone, Debug, Serialize)]
pub struct StreamsGroup {
    /// `application.id`.
    pub group: String,
    /// `Stable`, `Empty`, `NotReady`, …
    pub state: String,
    /// The coordinator's id.
    pub coordinator: i32,
    /// The coordinator's `host:port`.
    pub coordinator_address: String,
    /// Epoch of the group.
    pub group_epoch: i32,
    /// Epoch of the target assignment.
    pub assignment_epoch: i32,
    /// Epoch of the topology; -1 when there is none.
    pub topology_epoch: i32,
    /// The parts of the topology.
    pub subtopologies: Vec<Subtopology>,
    /// In the coordinator's order.
    pub members: Vec<StreamsMember>,
}

/// A part of a topology, whose tasks are one for each partition of its topics.
#[derive(Clone, Debug, Serialize)]
pub struct Subtopology {
    /// Its name.
    pub id: String,
    /// Topics that it reads.
    pub source_topics: Vec<String>,
    /// Topics of the application's own that it reads.
    pub repartition_source_topics: Vec<String>,
    /// Topics of the application's own that keep its state.
    pub state_changelog_topics: Vec<String>,
}

/// A member of a streams group.
#[derive(Clone, Debug, Serialize)]
pub struct StreamsMember {
    /// The id that the coordinator knows it by.
    pub id: String,
    /// Its epoch.
    pub epoch: i32,
    /// `group.instance.id`.
    pub instance_id: Option<String>,
    /// `client.id`.
    pub client_id: String,
    /// Its address, with Kafka's leading slash.
    pub host: String,
    /// The process that it is a thread of.
    pub process_id: String,
    /// Whether it still speaks the classic protocol.
    pub is_classic: bool,
    /// Tasks it has.
    pub assignment: Tasks,
    /// Tasks it shall have.
    pub target: Tasks,
}

/// Tasks by what is done for them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tasks {
    /// Records are processed.
    pub active: Vec<TaskIds>,
    /// State is kept ready.
    pub standby: Vec<TaskIds>,
    /// State is caught up with.
    pub warmup: Vec<TaskIds>,
}

/// Tasks of one part of a topology.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TaskIds {
    /// Which part.
    pub subtopology: String,
    /// Which partitions of its topics.
    pub partitions: Vec<i32>,
}

/// Describes a streams group.
///
/// # Errors
/// [`ClientError::Refused`] with GROUP_ID_NOT_FOUND when there is no such group, or it is of another type;
/// [`ClientError::Unsupported`] when the cluster has no streams groups.
pub async fn describe(cluster: &Cluster, group: &str) -> Result<StreamsGroup, ClientError> {
    let id = cluster.coordinator(group).await?;
    let brokers = cluster.metadata(Topics::None).await?.brokers;
    let request =
        StreamsGroupDescribeRequest { group_ids: vec![group.to_owned()], include_authorized_operations: false };
    let answer = cluster.request(Target::Group(group), &request).await?;
    let Some(found) = answer.groups.into_iter().next() else {
        return Err(ClientError::refused(format!("group {group}"), ErrorCode::GroupIdNotFound, None));
    };
    ClientError::check(found.error_code, found.error_message.as_deref(), || format!("cannot describe group {group}"))?;
    let address = brokers.get(&id).map(Broker::address).unwrap_or_default();
    Ok(of_wire(found, id, address))
}

fn of_wire(found: wire::DescribedGroup, coordinator: i32, coordinator_address: String) -> StreamsGroup {
    let names = |topics: Vec<wire::TopicInfo>| topics.into_iter().map(|topic| topic.name).collect();
    let subtopology = |s: wire::Subtopology| Subtopology {
        id: s.subtopology_id,
        source_topics: s.source_topics,
        repartition_source_topics: names(s.repartition_source_topics),
        state_changelog_topics: names(s.state_changelog_topics),
    };
    let member = |m: wire::Member| StreamsMember {
        id: m.member_id,
        epoch: m.member_epoch,
        instance_id: m.instance_id,
        client_id: m.client_id,
        host: m.client_host,
        process_id: m.process_id,
        is_classic: m.is_classic,
        assignment: Tasks::of(m.assignment),
        target: Tasks::of(m.target_assignment),
    };
    let (topology_epoch, subtopologies) = match found.topology {
        Some(topology) => (topology.epoch, topology.subtopologies.unwrap_or_default()),
        None => (-1, Vec::new()),
    };
    StreamsGroup {
        group: found.group_id,
        state: found.group_state,
        coordinator,
        coordinator_address,
        group_epoch: found.group_epoch,
        assignment_epoch: found.assignment_epoch,
        topology_epoch,
        subtopologies: subtopologies.into_iter().map(subtopology).collect(),
        members: found.members.into_iter().map(member).collect(),
    }
}

impl Tasks {
    fn of(assignment: wire::Assignment) -> Tasks {
        let ids = |tasks: Vec<wire::TaskIds>| {
            tasks.into_iter().map(|t| TaskIds { subtopology: t.subtopology_id, partitions: t.partitions }).collect()
        };
        Tasks {
            active: ids(assignment.active_tasks),
            standby: ids(assignment.standby_tasks),
            warmup: ids(assignment.warmup_tasks),
        }
    }
}

impl StreamsGroup {
    /// The partitions that tasks read.
    ///
    /// # Errors
    /// [`OpsError::Invalid`] when a task is of a part that the topology does not have.
    pub fn partitions_of(&self, tasks: &[TaskIds]) -> Result<BTreeSet<At>> {
        let mut found = BTreeSet::new();
        for task in tasks {
            let part = self.subtopologies.iter().find(|part| part.id == task.subtopology).ok_or_else(|| {
                OpsError::Invalid(format!("Subtopology {} not found in group description!", task.subtopology))
            })?;
            for topic in part.source_topics.iter().chain(&part.repartition_source_topics) {
                found.extend(task.partitions.iter().map(|partition| (topic.clone(), *partition)));
            }
        }
        Ok(found)
    }

    /// The topics that come from outside.
    pub fn source_topics(&self) -> BTreeSet<&str> {
        self.subtopologies.iter().flat_map(|part| &part.source_topics).map(String::as_str).collect()
    }

    /// The topics of its own that the topology names, repartition topics of each part before changelogs; the second list
    /// has those whose names are not what Kafka Streams gives them, and that are better left alone.
    pub fn internal_topics(&self) -> (Vec<String>, Vec<String>) {
        let sources = self.source_topics();
        let own = self
            .subtopologies
            .iter()
            .flat_map(|part| part.repartition_source_topics.iter().chain(&part.state_changelog_topics));
        let own = own.filter(|topic| !sources.contains(topic.as_str())).cloned();
        own.partition(|topic| is_internal_topic(topic, &self.group))
    }

    /// The same as groups of other types are described.
    pub fn into_described(self) -> DescribedGroup {
        let share = |tasks: &Tasks| {
            let partitions = self.partitions_of(&tasks.active).unwrap_or_default();
            partitions.into_iter().collect::<Vec<At>>()
        };
        let members = self.members.iter().map(|m| Member {
            id: m.id.clone(),
            instance_id: m.instance_id.clone(),
            client_id: m.client_id.clone(),
            host: m.host.clone(),
            assignment: share(&m.assignment),
            target: share(&m.target),
            epoch: Some(m.epoch),
            upgraded: None,
        });
        let members = members.collect();
        DescribedGroup {
            group: self.group,
            kind: "Streams",
            state: self.state,
            protocol_type: "streams".into(),
            assignor: String::new(),
            coordinator: self.coordinator,
            coordinator_address: self.coordinator_address,
            group_epoch: Some(self.group_epoch),
            assignment_epoch: Some(self.assignment_epoch),
            members,
        }
    }
}

/// Whether a topic is named as Kafka Streams names those of an application's own.
pub fn is_internal_topic(topic: &str, application: &str) -> bool {
    const ENDS: [&str; 4] =
        ["-changelog", "-repartition", "-subscription-registration-topic", "-subscription-response-topic"];
    const JOINS: [&str; 2] = ["-KTABLE-FK-JOIN-SUBSCRIPTION-REGISTRATION-", "-KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE-"];
    let of_join = |join: &str| {
        let numbered = topic.strip_suffix("-topic").and_then(|rest| rest.rsplit_once(join));
        numbered.is_some_and(|(before, number)| {
            !before.is_empty() && !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit())
        })
    };
    let own = topic.strip_prefix(application).is_some_and(|rest| rest.starts_with('-'));
    own && (ENDS.iter().any(|end| topic.ends_with(end)) || JOINS.into_iter().any(of_join))
}

/// What a group has committed of the topics that its topology reads; only of those from outside when `input_only`.
///
/// # Errors
/// [`OpsError`] when the cluster cannot be asked.
pub async fn committed(cluster: &Cluster, group: &StreamsGroup, input_only: bool) -> Result<BTreeMap<At, (i64, i32)>> {
    let mut topics = group.source_topics();
    if !input_only {
        let own = group.subtopologies.iter().flat_map(|part| &part.repartition_source_topics);
        topics.extend(own.map(String::as_str));
    }
    let all = cluster.committed(&group.group, None).await?;
    let read = all.into_iter().filter(|(at, _)| topics.contains(at.0.as_str()));
    let known = read.filter_map(|(at, found)| Some((at, found.ok().filter(|found| found.offset >= 0)?)));
    Ok(known.map(|(at, found)| (at, (found.offset, found.leader_epoch))).collect())
}

/// How far members are behind in what their active tasks read.
///
/// # Errors
/// [`OpsError`] when the cluster cannot be asked, or a partition does not tell its ends.
pub async fn offsets(cluster: &Cluster, group: &StreamsGroup) -> Result<Vec<PartitionLag>> {
    let mut owners: BTreeMap<At, usize> = BTreeMap::new();
    for (index, member) in group.members.iter().enumerate() {
        owners.extend(group.partitions_of(&member.assignment.active)?.into_iter().map(|at| (at, index)));
    }
    let ask = |at: OffsetAt| {
        cluster.list_offsets(owners.keys().map(|p| (p.clone(), at)).collect::<Vec<_>>(), Isolation::ReadUncommitted)
    };
    let (starts, ends) = tokio::join!(ask(OffsetAt::Earliest), ask(OffsetAt::Latest));
    let (starts, ends) = (starts?, ends?);
    let committed = committed(cluster, group, false).await?;
    let mut rows = Vec::with_capacity(owners.len());
    for (at, member) in owners {
        let known = |map: &BTreeMap<At, Result<crate::client::FoundOffset, ErrorCode>>| match map.get(&at) {
            Some(Ok(found)) => Ok(found.offset),
            Some(Err(code)) => Err(ClientError::refused(format!("{}-{}", at.0, at.1), *code, None)),
            None => Err(ClientError::refused(format!("{}-{}", at.0, at.1), ErrorCode::UnknownServerError, None)),
        };
        let (start, end) = (known(&starts)?, known(&ends)?);
        let own = committed.get(&at);
        rows.push(PartitionLag {
            committed: own.map(|own| own.0),
            leader_epoch: own.map(|own| own.1).filter(|epoch| *epoch >= 0),
            start: Some(start),
            end: Some(end),
            // What was never read is all there to be read.
            lag: Some(end - own.map_or(start, |own| own.0)),
            member: Some(member),
            error: None,
            topic: at.0,
            partition: at.1,
        });
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group() -> StreamsGroup {
        let text = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<String>>();
        let part = |id: &str, sources: &[&str], repartition: &[&str], changelog: &[&str]| Subtopology {
            id: id.into(),
            source_topics: text(sources),
            repartition_source_topics: text(repartition),
            state_changelog_topics: text(changelog),
        };
        StreamsGroup {
            group: "app".into(),
            state: "Stable".into(),
            coordinator: 1,
            coordinator_address: "h:1".into(),
            group_epoch: 3,
            assignment_epoch: 3,
            topology_epoch: 0,
            subtopologies: vec![
                part("0", &["in"], &[], &["app-store-changelog"]),
                part("1", &[], &["app-x-repartition", "in"], &["custom-changelog"]),
            ],
            members: vec![],
        }
    }

    #[test]
    fn tasks_read_the_partitions_of_all_topics_of_their_part() {
        let tasks = |id: &str| [TaskIds { subtopology: id.into(), partitions: vec![0, 2] }];
        let found = group().partitions_of(&tasks("1")).unwrap();
        let names: Vec<String> = found.iter().map(|(topic, partition)| format!("{topic}-{partition}")).collect();
        assert_eq!(names, ["app-x-repartition-0", "app-x-repartition-2", "in-0", "in-2"]);
        assert!(group().partitions_of(&tasks("7")).unwrap_err().to_string().contains("Subtopology 7 not found"));
    }

    #[test]
    fn internal_topics_are_those_that_are_named_so_and_no_sources() {
        let (own, other) = group().internal_topics();
        assert_eq!(own, ["app-store-changelog", "app-x-repartition"]);
        assert_eq!(other, ["custom-changelog"]);
        for (topic, internal) in [
            ("app-a-changelog", true),
            ("apple-a-changelog", false),
            ("app-KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE-0000000012-topic", true),
            ("app-KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE-x-topic", false),
            ("app-b-subscription-response-topic", true),
            ("app-plain", false),
        ] {
            assert_eq!(is_internal_topic(topic, "app"), internal, "{topic}");
        }
    }
}
