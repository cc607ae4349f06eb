//! What the group handlers know of a request beside its body, and of the cluster beside its groups.

use std::net::IpAddr;
use std::sync::Arc;

use crate::model::{PartitionId, Uuid};

/// Where a request comes from.
#[derive(Clone, Debug)]
pub struct RequestContext {
    /// The request's version.
    pub api_version: i16,
    /// `client.id`; empty if the client has none.
    pub client_id: String,
    /// The client's address as Java prints it, `/127.0.0.1`.
    pub client_host: String,
}

impl RequestContext {
    /// The context of a request over a connection from `peer`.
    pub fn new(api_version: i16, client_id: Option<&str>, peer: IpAddr) -> RequestContext {
        RequestContext {
            api_version,
            client_id: client_id.unwrap_or_default().to_owned(),
            client_host: format!("/{peer}"),
        }
    }
}

/// The topics of the cluster, as far as offsets need them.
pub trait TopicLookup: Send + Sync {
    /// The topic's id; none if there is no such topic.
    fn topic_id(&self, name: &str) -> Option<Uuid>;
    /// The topic's name; none if there is no such id.
    fn topic_name(&self, id: Uuid) -> Option<Arc<str>>;
    /// Whether the topic has this partition.
    fn has_partition(&self, name: &str, partition: PartitionId) -> bool;
}

/// A broker as clients of one listener reach it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// `node.id`.
    pub node_id: i32,
    /// The host.
    pub host: String,
    /// The port.
    pub port: i32,
}

/// The internal topics whose partitions' leaders are coordinators.
pub trait InternalTopics: Send + Sync {
    /// How many partitions the topic has; none while it does not exist.
    fn partitions(&self, topic: &str) -> Option<i32>;
    /// The leader of one of its partitions, by the listener that the request came through; none without a leader.
    fn leader(&self, topic: &str, partition: PartitionId) -> Option<Endpoint>;
    /// Asks for the topic to be created. Returns at once, and may be asked again and again.
    fn request_creation(&self, topic: &str);
}

#[cfg(test)]
pub(super) mod testing {
    //! A coordinator over memory and a cluster of one topic `t`, for the handlers' tests.

    use super::*;
    use crate::broker::runtime::groups::{CoordinatorSettings, GroupCoordinator, MemoryLog};
    use crate::broker::state::groups::GroupConfig;
    use crate::model::LeaderEpoch;

    pub(in crate::broker::api) const TOPIC_ID: Uuid = Uuid(7);

    /// A cluster with topic `t` of two partitions.
    pub(in crate::broker::api) struct OneTopic;

    impl TopicLookup for OneTopic {
        fn topic_id(&self, name: &str) -> Option<Uuid> {
            (name == "t").then_some(TOPIC_ID)
        }
        fn topic_name(&self, id: Uuid) -> Option<Arc<str>> {
            (id == TOPIC_ID).then(|| "t".into())
        }
        fn has_partition(&self, name: &str, partition: PartitionId) -> bool {
            name == "t" && (0..2).contains(&partition)
        }
    }

    pub(in crate::broker::api) fn context(api_version: i16) -> RequestContext {
        RequestContext::new(api_version, Some("app"), IpAddr::from([127, 0, 0, 1]))
    }

    pub(in crate::broker::api) async fn coordinator() -> GroupCoordinator {
        let groups = GroupConfig { initial_rebalance_delay_ms: 0, ..GroupConfig::default() };
        let settings = CoordinatorSettings { groups, partitions: 1, ..CoordinatorSettings::default() };
        let coordinator = GroupCoordinator::new(Arc::new(MemoryLog::new()), settings);
        coordinator.on_leadership(0, LeaderEpoch(0));
        while coordinator.list().is_err() {
            tokio::task::yield_now().await;
        }
        coordinator
    }
}
