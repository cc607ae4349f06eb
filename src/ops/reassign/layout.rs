//! What a plan is made from: brokers with their racks, partitions with their replicas and sizes.

use std::collections::{BTreeMap, BTreeSet};

use crate::client::{At, ClientError, Cluster, Target, Topics};
use crate::model::ErrorCode;
use crate::ops::Result;
use crate::wire::messages::describe_log_dirs::DescribeLogDirsRequest;

/// Where everything is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// The brokers that are alive, with `broker.rack`.
    pub brokers: BTreeMap<i32, Option<String>>,
    /// The partitions that may be moved.
    pub partitions: BTreeMap<At, Placed>,
}

/// One partition as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placed {
    /// Replicas, the preferred leader first.
    pub replicas: Vec<i32>,
    /// The leader, if there is one.
    pub leader: Option<i32>,
    /// Replicas in sync.
    pub isr: Vec<i32>,
    /// Bytes of one replica: what a new one has to copy.
    pub bytes: u64,
}

impl Layout {
    /// The rack of a broker. One without `broker.rack` stands alone, so that spreading over racks spreads over brokers.
    pub(super) fn rack(&self, broker: i32) -> Rack<'_> {
        match self.brokers.get(&broker) {
            Some(Some(rack)) => Rack::Named(rack),
            _ => Rack::Alone(broker),
        }
    }

    /// On how many racks replicas stand.
    pub fn spread(&self, replicas: &[i32]) -> usize {
        replicas.iter().map(|id| self.rack(*id)).collect::<BTreeSet<_>>().len()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rack<'a> {
    Named(&'a str),
    Alone(i32),
}

/// Asks a cluster where everything is; of all topics, or of some.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked, or one of the topics is not there. A broker that does not
/// tell its sizes makes the replicas that only it holds count as empty.
pub async fn gather(cluster: &Cluster, topics: Option<&[String]>) -> Result<Layout> {
    let metadata = cluster.metadata(topics.map_or(Topics::All, Topics::Named)).await?;
    let mut layout = Layout::default();
    for broker in metadata.brokers.values() {
        layout.brokers.insert(broker.id, broker.rack.clone());
    }
    for topic in metadata.topics.into_values() {
        if topic.error == ErrorCode::UnknownTopicOrPartition && topics.is_some() {
            return Err(ClientError::refused(topic.name, topic.error, Some("there is no such topic".into())).into());
        }
        for p in topic.partitions {
            let leader = (p.leader >= 0).then_some(p.leader);
            let placed = Placed { replicas: p.replicas, leader, isr: p.isr, bytes: 0 };
            layout.partitions.insert((topic.name.clone(), p.index), placed);
        }
    }
    let mut sizes: BTreeMap<(At, i32), u64> = BTreeMap::new();
    for id in layout.brokers.keys().copied() {
        let request = DescribeLogDirsRequest { topics: None };
        let Ok(answer) = cluster.request(Target::Broker(id), &request).await else { continue };
        for topic in answer.results.iter().flat_map(|dir| &dir.topics) {
            for p in topic.partitions.iter().filter(|p| !p.is_future_key) {
                let at = (topic.name.clone(), p.partition_index);
                sizes.insert((at, id), u64::try_from(p.partition_size).unwrap_or(0));
            }
        }
    }
    for (at, placed) in &mut layout.partitions {
        let size = |id: i32| sizes.get(&(at.clone(), id)).copied();
        // The leader's is what followers copy; without it, the largest copy there is.
        let largest = || placed.replicas.iter().filter_map(|id| size(*id)).max();
        placed.bytes = placed.leader.and_then(size).or_else(largest).unwrap_or(0);
    }
    Ok(layout)
}
