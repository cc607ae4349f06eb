//! All groups at a glance.

use serde::Serialize;

use crate::client::{Cluster, Target, Topics};
use crate::model::ErrorCode;
use crate::ops::{Refusal, Result};
use crate::wire::messages::list_groups::ListGroupsRequest;

/// A group in a list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ListedGroup {
    /// `group.id`.
    pub group: String,
    /// `Classic`, `Consumer`, `Share`, `Streams`; empty from brokers older than 3.8.
    #[serde(rename = "type")]
    pub kind: String,
    /// `consumer`, `connect`, …; empty for groups that only hold offsets.
    pub protocol_type: String,
    /// `Stable`, `Empty`, …; empty from brokers older than 2.6.
    pub state: String,
    /// The broker that coordinates it.
    pub coordinator: i32,
}

/// Asks every broker for the groups that it coordinates, filtered by state and type where given. The second list has
/// brokers that did not answer, so that the first is not taken for all.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked at all.
pub async fn list(
    cluster: &Cluster,
    states: &[String],
    types: &[String],
) -> Result<(Vec<ListedGroup>, Vec<(i32, Refusal)>)> {
    let metadata = cluster.metadata(Topics::None).await?;
    let (mut groups, mut silent) = (Vec::new(), Vec::new());
    for &broker in metadata.brokers.keys() {
        let request = ListGroupsRequest { states_filter: states.to_vec(), types_filter: types.to_vec() };
        match cluster.request(Target::Broker(broker), &request).await {
            Ok(answer) => match Refusal::check(answer.error_code, None) {
                Ok(()) => groups.extend(answer.groups.into_iter().map(|g| ListedGroup {
                    group: g.group_id,
                    kind: g.group_type,
                    protocol_type: g.protocol_type,
                    state: g.group_state,
                    coordinator: broker,
                })),
                Err(refusal) => silent.push((broker, refusal)),
            },
            Err(e) if e.is_unreachable() => {
                silent.push((broker, Refusal { code: ErrorCode::BrokerNotAvailable, message: Some(e.to_string()) }));
            }
            Err(e) => return Err(e.into()),
        }
    }
    groups.sort();
    groups.dedup_by(|a, b| a.group == b.group);
    Ok((groups, silent))
}
