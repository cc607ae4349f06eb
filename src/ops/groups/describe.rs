//! One group: state, coordinator, members and what each has.

use std::collections::BTreeMap;

use serde::Serialize;
use tokio::task::JoinSet;

use super::ListedGroup;
use crate::client::{At, Broker, ClientError, Cluster, Target, Topics, assignor};
use crate::model::ErrorCode;
use crate::ops::Result;
use crate::wire::messages::consumer_group_describe::{self, Assignment, ConsumerGroupDescribeRequest};
use crate::wire::messages::describe_groups::{self, DescribeGroupsRequest};

/// Groups of one request.
const AT_ONCE: usize = 500;

/// A group with its members.
#[derive(Clone, Debug, Serialize)]
pub struct DescribedGroup {
    /// `group.id`.
    pub group: String,
    /// `Classic`, `Consumer`, `Share` or `Streams`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// `Stable`, `Empty`, `Dead`, …
    pub state: String,
    /// `consumer` for groups of consumers.
    pub protocol_type: String,
    /// How partitions are shared out, as the group calls it.
    pub assignor: String,
    /// The coordinator's id.
    pub coordinator: i32,
    /// The coordinator's `host:port`.
    pub coordinator_address: String,
    /// Epoch of the group (KIP-848).
    pub group_epoch: Option<i32>,
    /// Epoch of the target assignment (KIP-848).
    pub assignment_epoch: Option<i32>,
    /// Members, by id.
    pub members: Vec<Member>,
}

/// A member of a group.
#[derive(Clone, Debug, Serialize)]
pub struct Member {
    /// The id that the coordinator knows it by.
    pub id: String,
    /// `group.instance.id`.
    pub instance_id: Option<String>,
    /// `client.id`.
    pub client_id: String,
    /// Its address, with Kafka's leading slash.
    pub host: String,
    /// Partitions it has.
    pub assignment: Vec<At>,
    /// Partitions it shall have (KIP-848).
    pub target: Vec<At>,
    /// Its epoch (KIP-848).
    pub epoch: Option<i32>,
    /// Whether it speaks the consumer protocol, in a group of that type (KIP-848).
    pub upgraded: Option<bool>,
}

impl DescribedGroup {
    /// Whether its members share partitions record by record (KIP-932).
    pub fn is_share(&self) -> bool {
        self.kind == "Share"
    }

    /// Whether nobody is in the group, so that its offsets may be moved.
    pub fn is_inactive(&self) -> bool {
        matches!(self.state.as_str(), "Empty" | "Dead")
    }
}

/// Describes several groups, each with its own answer.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked at all.
pub async fn describe(
    cluster: &Cluster,
    groups: &[String],
) -> Result<Vec<(String, Result<DescribedGroup, ClientError>)>> {
    let mut described = Vec::with_capacity(groups.len());
    for group in groups {
        match describe_one(cluster, group).await {
            Err(e) if e.is_unreachable() => return Err(e.into()),
            answer => described.push((group.clone(), answer)),
        }
    }
    Ok(described)
}

/// Describes one group, by the protocol of its type.
///
/// # Errors
/// [`ClientError::Refused`] with GROUP_ID_NOT_FOUND when there is no such group, where the broker says so; older brokers
/// answer with the state `Dead`.
pub async fn describe_one(cluster: &Cluster, group: &str) -> Result<DescribedGroup, ClientError> {
    let place = place(cluster, group).await?;
    let found = match consumer(cluster, group).await {
        Err(e) if matches!(e, ClientError::Unsupported { .. }) || e.code() == Some(ErrorCode::GroupIdNotFound) => {
            classic(cluster, group).await
        }
        other => other,
    };
    found.map(|described| described.at(place))
}

/// Describes several groups of any type, each with its own answer.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked at all.
pub async fn describe_any(
    cluster: &Cluster,
    groups: &[String],
) -> Result<Vec<(String, Result<DescribedGroup, ClientError>)>> {
    let mut described = describe(cluster, groups).await?;
    for (group, answer) in &mut described {
        // A share or streams group is none to those who ask for the others: in new brokers not there, in old ones dead.
        let is_missing = match answer {
            Ok(found) => found.state == "Dead",
            Err(e) => e.code() == Some(ErrorCode::GroupIdNotFound),
        };
        if !is_missing {
            continue;
        }
        // A cluster that knows none of either type has none of this name either.
        if let Ok(share) = super::share::describe(cluster, group).await {
            *answer = Ok(share);
        } else if let Ok(streams) = super::streams::describe(cluster, group).await {
            *answer = Ok(streams.into_described());
        }
    }
    Ok(described)
}

/// The coordinator's id and address.
pub(super) async fn place(cluster: &Cluster, group: &str) -> Result<(i32, String), ClientError> {
    let id = cluster.coordinator(group).await?;
    let address = cluster.metadata(Topics::None).await?.brokers.get(&id).map(Broker::address);
    Ok((id, address.unwrap_or_default()))
}

impl DescribedGroup {
    /// The same, with its coordinator and with members in their order.
    pub(super) fn at(mut self, (coordinator, address): (i32, String)) -> DescribedGroup {
        self.coordinator = coordinator;
        self.coordinator_address = address;
        self.members.sort_by(|a, b| a.id.cmp(&b.id));
        self
    }
}

fn flatten(assignment: Assignment) -> Vec<At> {
    let mut all: Vec<At> = assignment
        .topic_partitions
        .into_iter()
        .flat_map(|t| t.partitions.into_iter().map(move |p| (t.topic_name.clone(), p)))
        .collect();
    all.sort();
    all
}

/// Describes groups that were listed, many in one request to each coordinator. A group that cannot be described so, or that
/// is gone meanwhile, is left out.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked at all.
pub async fn describe_listed(cluster: &Cluster, listed: &[ListedGroup]) -> Result<Vec<DescribedGroup>> {
    let metadata = cluster.metadata(Topics::None).await?;
    let mut asked = JoinSet::new();
    let mut by_coordinator: BTreeMap<(i32, bool), Vec<String>> = BTreeMap::new();
    let (of_streams, others): (Vec<&ListedGroup>, Vec<&ListedGroup>) =
        listed.iter().partition(|group| group.kind.eq_ignore_ascii_case("streams"));
    for group in others {
        by_coordinator.entry((group.coordinator, group.kind == "Consumer")).or_default().push(group.group.clone());
    }
    for ((coordinator, is_consumer), names) in by_coordinator {
        for names in names.chunks(AT_ONCE) {
            let (cluster, names) = (cluster.clone(), names.to_vec());
            asked.spawn(async move { (coordinator, several(&cluster, coordinator, is_consumer, names).await) });
        }
    }
    let mut described = Vec::with_capacity(listed.len());
    while let Some(done) = asked.join_next().await {
        let Ok((coordinator, groups)) = done else { continue };
        let address = metadata.brokers.get(&coordinator).map(Broker::address).unwrap_or_default();
        described.extend(groups?.into_iter().map(|group| DescribedGroup {
            coordinator_address: if group.coordinator_address.is_empty() {
                address.clone()
            } else {
                group.coordinator_address
            },
            coordinator: if group.coordinator < 0 { coordinator } else { group.coordinator },
            ..group
        }));
    }
    for group in of_streams {
        described.extend(
            super::streams::describe(cluster, &group.group)
                .await
                .ok()
                .map(super::streams::StreamsGroup::into_described),
        );
    }
    described.sort_by(|a, b| a.group.cmp(&b.group));
    Ok(described)
}

/// Groups of one type and one coordinator. Those of which it says that it is not theirs are asked for alone.
async fn several(
    cluster: &Cluster,
    coordinator: i32,
    is_consumer: bool,
    names: Vec<String>,
) -> Result<Vec<DescribedGroup>, ClientError> {
    let connection = cluster.connection(Target::Broker(coordinator)).await?;
    let told: Vec<(String, Result<DescribedGroup, ClientError>)> = if is_consumer {
        let request = ConsumerGroupDescribeRequest { group_ids: names, include_authorized_operations: false };
        let groups = connection.send(&request).await?.groups;
        groups.into_iter().map(|group| (group.group_id.clone(), of_consumer(group))).collect()
    } else {
        let request = DescribeGroupsRequest { groups: names, include_authorized_operations: false };
        let groups = connection.send(&request).await?.groups;
        groups.into_iter().map(|group| (group.group_id.clone(), of_classic(group))).collect()
    };
    let mut described = Vec::with_capacity(told.len());
    for (name, told) in told {
        let group = match told {
            Err(e) if e.code().is_some_and(|code| code != ErrorCode::GroupAuthorizationFailed) => {
                describe_one(cluster, &name).await
            }
            told => told,
        };
        described.extend(group.ok().filter(|group| group.state != "Dead").map(|mut group| {
            group.members.sort_by(|a, b| a.id.cmp(&b.id));
            group
        }));
    }
    Ok(described)
}

async fn consumer(cluster: &Cluster, group: &str) -> Result<DescribedGroup, ClientError> {
    let request =
        ConsumerGroupDescribeRequest { group_ids: vec![group.to_owned()], include_authorized_operations: false };
    let answer = cluster.request(Target::Group(group), &request).await?;
    match answer.groups.into_iter().next() {
        Some(group) => of_consumer(group),
        None => Err(ClientError::refused(format!("group {group}"), ErrorCode::GroupIdNotFound, None)),
    }
}

fn of_consumer(g: consumer_group_describe::DescribedGroup) -> Result<DescribedGroup, ClientError> {
    ClientError::check(g.error_code, g.error_message.as_deref(), || format!("cannot describe group {}", g.group_id))?;
    let member = |m: consumer_group_describe::Member| Member {
        id: m.member_id,
        instance_id: m.instance_id,
        client_id: m.client_id,
        host: m.client_host,
        assignment: flatten(m.assignment),
        target: flatten(m.target_assignment),
        epoch: Some(m.member_epoch),
        upgraded: (m.member_type >= 0).then_some(m.member_type == 1),
    };
    Ok(DescribedGroup {
        group: g.group_id,
        kind: "Consumer",
        state: g.group_state,
        protocol_type: "consumer".into(),
        assignor: g.assignor_name,
        coordinator: -1,
        coordinator_address: String::new(),
        group_epoch: Some(g.group_epoch),
        assignment_epoch: Some(g.assignment_epoch),
        members: g.members.into_iter().map(member).collect(),
    })
}

async fn classic(cluster: &Cluster, group: &str) -> Result<DescribedGroup, ClientError> {
    let request = DescribeGroupsRequest { groups: vec![group.to_owned()], include_authorized_operations: false };
    let answer = cluster.request(Target::Group(group), &request).await?;
    match answer.groups.into_iter().next() {
        Some(group) => of_classic(group),
        None => Err(ClientError::refused(format!("group {group}"), ErrorCode::GroupIdNotFound, None)),
    }
}

fn of_classic(g: describe_groups::DescribedGroup) -> Result<DescribedGroup, ClientError> {
    ClientError::check(g.error_code, g.error_message.as_deref(), || format!("cannot describe group {}", g.group_id))?;
    let is_consumer = g.protocol_type == "consumer";
    let member = |m: describe_groups::DescribedGroupMember| Member {
        id: m.member_id,
        instance_id: m.group_instance_id,
        client_id: m.client_id,
        host: m.client_host,
        // Other protocols, such as Connect's, put other things there.
        assignment: if is_consumer {
            assignor::decode_assignment(m.member_assignment).unwrap_or_default()
        } else {
            vec![]
        },
        target: Vec::new(),
        epoch: None,
        upgraded: None,
    };
    Ok(DescribedGroup {
        group: g.group_id,
        kind: "Classic",
        state: g.group_state,
        protocol_type: g.protocol_type,
        assignor: g.protocol_data,
        coordinator: -1,
        coordinator_address: String::new(),
        group_epoch: None,
        assignment_epoch: None,
        members: g.members.into_iter().map(member).collect(),
    })
}
