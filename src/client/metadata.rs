//! A cluster as a client sees it: brokers, topics, leaders.

use std::collections::BTreeMap;

use crate::model::{ErrorCode, Uuid};
use crate::wire::messages::metadata::{MetadataRequest, MetadataRequestTopic, MetadataResponse};

/// Which topics to ask for.
#[derive(Clone, Copy, Debug)]
pub enum Topics<'a> {
    /// Every one.
    All,
    /// None: brokers and controller only.
    None,
    /// These.
    Named(&'a [String]),
    /// These, which the broker may create if it is allowed to.
    NamedOrCreated(&'a [String]),
}

/// A broker and where it listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broker {
    /// `node.id`.
    pub id: i32,
    /// Advertised host.
    pub host: String,
    /// Advertised port.
    pub port: i32,
    /// `broker.rack`.
    pub rack: Option<String>,
}

impl Broker {
    /// `host:port`, with brackets around an IPv6 address.
    pub fn address(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

/// A topic with its partitions in order.
#[derive(Clone, Debug)]
pub struct Topic {
    /// The name.
    pub name: String,
    /// The id; zero from brokers older than 2.8.
    pub id: Uuid,
    /// Whether it is one of the cluster's own.
    pub internal: bool,
    /// NONE, or why the topic is not there.
    pub error: ErrorCode,
    /// By index.
    pub partitions: Vec<Partition>,
}

/// One partition.
#[derive(Clone, Debug)]
pub struct Partition {
    /// Its index.
    pub index: i32,
    /// The leader; -1 when there is none.
    pub leader: i32,
    /// The leader's term; -1 when the broker does not say.
    pub leader_epoch: i32,
    /// Replicas, the preferred leader first.
    pub replicas: Vec<i32>,
    /// Replicas in sync.
    pub isr: Vec<i32>,
    /// Replicas on brokers or disks that are down.
    pub offline: Vec<i32>,
    /// NONE, LEADER_NOT_AVAILABLE and the like.
    pub error: ErrorCode,
}

/// An answer to Metadata.
#[derive(Clone, Debug, Default)]
pub struct Metadata {
    /// The cluster's id.
    pub cluster_id: Option<String>,
    /// The broker to send administrative requests to; -1 if unknown.
    pub controller: i32,
    /// By id.
    pub brokers: BTreeMap<i32, Broker>,
    /// Those asked for, by name.
    pub topics: BTreeMap<String, Topic>,
}

impl Metadata {
    pub(super) fn request(topics: Topics<'_>) -> MetadataRequest {
        let named = |names: &[String]| {
            let topic = |name: &String| MetadataRequestTopic { name: Some(name.clone()), ..Default::default() };
            Some(names.iter().map(topic).collect())
        };
        MetadataRequest {
            topics: match topics {
                Topics::All => None,
                Topics::None => Some(Vec::new()),
                Topics::Named(names) | Topics::NamedOrCreated(names) => named(names),
            },
            allow_auto_topic_creation: matches!(topics, Topics::NamedOrCreated(_)),
            ..Default::default()
        }
    }

    pub(super) fn of(response: MetadataResponse) -> Metadata {
        let broker = |b: crate::wire::messages::metadata::MetadataResponseBroker| {
            (b.node_id, Broker { id: b.node_id, host: b.host, port: b.port, rack: b.rack })
        };
        let topics = response.topics.into_iter().filter_map(|t| {
            let mut partitions: Vec<Partition> = t
                .partitions
                .into_iter()
                .map(|p| Partition {
                    index: p.partition_index,
                    leader: p.leader_id,
                    leader_epoch: p.leader_epoch,
                    replicas: p.replica_nodes,
                    isr: p.isr_nodes,
                    offline: p.offline_replicas,
                    error: ErrorCode::from_code(p.error_code),
                })
                .collect();
            partitions.sort_by_key(|p| p.index);
            let name = t.name?;
            let error = ErrorCode::from_code(t.error_code);
            Some((name.clone(), Topic { name, id: t.topic_id, internal: t.is_internal, error, partitions }))
        });
        Metadata {
            cluster_id: response.cluster_id,
            controller: response.controller_id,
            topics: topics.collect(),
            brokers: response.brokers.into_iter().map(broker).collect(),
        }
    }
}
