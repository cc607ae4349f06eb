//! The rest of the table: requests that are answered by a future, one at a time on a connection.

use std::sync::Arc;

use super::dispatch::{Answer, Call, Dispatched, later};
use super::{
    brokers, cluster, configs, elections, features, log_dirs, metadata, partitions, reassignments, topics, voters,
};
use crate::broker::runtime::broker::Broker;
use crate::wire::api::ApiKey;
use crate::wire::codec::Reader;

/// Serves everything that is not on the hot path.
pub fn table(broker: &Arc<Broker>, call: Call, input: Reader) -> Dispatched {
    match call.key {
        ApiKey::ListOffsets => later(broker, call, input, partitions::list_offsets),
        ApiKey::DeleteRecords => later(broker, call, input, partitions::delete_records),
        ApiKey::OffsetForLeaderEpoch => later(broker, call, input, partitions::offset_for_leader_epoch),
        ApiKey::DescribeProducers => later(broker, call, input, partitions::describe_producers),
        ApiKey::Metadata => metadata::answer(broker, call, input),
        ApiKey::DescribeTopicPartitions => later(broker, call, input, metadata::describe_topic_partitions),
        ApiKey::CreateTopics => later(broker, call, input, topics::create),
        ApiKey::DeleteTopics => later(broker, call, input, topics::delete),
        ApiKey::CreatePartitions => later(broker, call, input, topics::create_partitions),
        ApiKey::ElectLeaders => later(broker, call, input, elections::elect),
        ApiKey::AlterPartitionReassignments => later(broker, call, input, reassignments::alter),
        ApiKey::ListPartitionReassignments => later(broker, call, input, reassignments::list),
        ApiKey::UpdateFeatures => later(broker, call, input, features::update),
        ApiKey::UnregisterBroker => later(broker, call, input, brokers::unregister),
        ApiKey::DescribeConfigs => later(broker, call, input, configs::describe),
        ApiKey::AlterConfigs => later(broker, call, input, configs::alter_all),
        ApiKey::IncrementalAlterConfigs => later(broker, call, input, configs::alter_incrementally),
        ApiKey::ListConfigResources => later(broker, call, input, configs::list_resources),
        ApiKey::DescribeCluster => later(broker, call, input, cluster::describe),
        ApiKey::DescribeQuorum => later(broker, call, input, cluster::describe_quorum),
        ApiKey::AddRaftVoter => later(broker, call, input, voters::add),
        ApiKey::RemoveRaftVoter => later(broker, call, input, voters::remove),
        ApiKey::UpdateRaftVoter => later(broker, call, input, voters::update),
        ApiKey::InitProducerId => later(broker, call, input, cluster::init_producer_id),
        ApiKey::AlterReplicaLogDirs => later(broker, call, input, log_dirs::alter),
        ApiKey::DescribeLogDirs => later(broker, call, input, log_dirs::describe),
        key => Dispatched::Now(Answer::Close(format!("{key} is not served"))),
    }
}
