//! The table of the controllers' listener: what brokers, other controllers and `--bootstrap-controller` ask.

use std::sync::Arc;

use bytes::Bytes;
use smallvec::smallvec;

use super::dispatch::{Answer, Call, Dispatched, decoded, later};
use super::response::{Chunk, Response};
use super::{api_versions, cluster, control, envelopes, metadata_log, registration};
use crate::broker::runtime::broker::Broker;
use crate::wire::api::ApiKey;
use crate::wire::codec::Reader;
use crate::wire::messages::api_versions::ApiVersionsRequest;

/// The APIs that are advertised and served on a controllers' listener.
pub const SERVED: &[ApiKey] = &[
    ApiKey::Fetch,
    ApiKey::ApiVersions,
    ApiKey::CreateTopics,
    ApiKey::DeleteTopics,
    ApiKey::AlterConfigs,
    ApiKey::CreatePartitions,
    ApiKey::ElectLeaders,
    ApiKey::IncrementalAlterConfigs,
    ApiKey::AlterPartitionReassignments,
    ApiKey::ListPartitionReassignments,
    ApiKey::DescribeQuorum,
    ApiKey::AlterPartition,
    ApiKey::UpdateFeatures,
    ApiKey::Envelope,
    ApiKey::FetchSnapshot,
    ApiKey::DescribeCluster,
    ApiKey::BrokerRegistration,
    ApiKey::BrokerHeartbeat,
    ApiKey::UnregisterBroker,
    ApiKey::AllocateProducerIds,
    ApiKey::ControllerRegistration,
    ApiKey::AssignReplicasToDirs,
    ApiKey::AddRaftVoter,
    ApiKey::RemoveRaftVoter,
    ApiKey::UpdateRaftVoter,
];

/// Serves a request of a controllers' listener.
pub fn table(broker: &Arc<Broker>, call: Call, input: Reader) -> Dispatched {
    match call.key {
        ApiKey::ApiVersions => decoded::<ApiVersionsRequest>(&call, input, |request| {
            Dispatched::Now(Answer::Send(api_versions::handle(broker, &call, &request)))
        }),
        ApiKey::Fetch => later(broker, call, input, metadata_log::fetch),
        ApiKey::FetchSnapshot => later(broker, call, input, metadata_log::fetch_snapshot),
        ApiKey::Envelope => later(broker, call, input, envelopes::serve),
        ApiKey::DescribeCluster => later(broker, call, input, cluster::describe_controllers),
        ApiKey::AlterPartition => later(broker, call, input, registration::alter_partition),
        ApiKey::AssignReplicasToDirs => later(broker, call, input, registration::assign_replicas_to_dirs),
        ApiKey::BrokerRegistration => later(broker, call, input, registration::register),
        ApiKey::BrokerHeartbeat => later(broker, call, input, registration::heartbeat),
        ApiKey::AllocateProducerIds => later(broker, call, input, registration::allocate_producer_ids),
        ApiKey::ControllerRegistration => later(broker, call, input, registration::register_controller),
        _ => control::table(broker, call, input),
    }
}

/// Answers a message of another voter. Its answers have a correlation id for a header, and no more.
pub fn peer(broker: &Arc<Broker>, correlation_id: i32, body: Bytes) -> Dispatched {
    let broker = Arc::clone(broker);
    Dispatched::Later(Box::pin(async move {
        let answer = broker.controller.quorum().answer_peer(body).await;
        // Answers of voters are a few bytes.
        let len = (answer.len() + 4) as u32;
        let head = [len.to_be_bytes(), correlation_id.to_be_bytes()].concat();
        let chunks = smallvec![Chunk::Bytes(head.into()), Chunk::Bytes(answer)];
        Answer::Send(Response { chunks })
    }))
}
