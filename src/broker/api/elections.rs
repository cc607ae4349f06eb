//! ElectLeaders (43): to the controller.

use std::sync::Arc;

use super::dispatch::Call;
use crate::broker::runtime::broker::Broker;
use crate::wire::messages::elect_leaders::{
    ElectLeadersRequest, ElectLeadersResponse, PartitionResult, ReplicaElectionResult,
};

/// Serves ElectLeaders. Version 0 has no error for the whole, so that every partition carries it.
pub async fn elect(broker: Arc<Broker>, _: Call, request: ElectLeadersRequest) -> ElectLeadersResponse {
    let named = request.topic_partitions.clone().unwrap_or_default();
    match broker.controller.elect_leaders(request).await {
        Ok(done) => done.answer,
        Err(refusal) => {
            let error_code = refusal.code.code();
            let result =
                |partition_id| PartitionResult { partition_id, error_code, error_message: Some(refusal.text()) };
            let results = named.into_iter().map(|topic| ReplicaElectionResult {
                topic: topic.topic,
                partition_result: topic.partitions.into_iter().map(result).collect(),
            });
            ElectLeadersResponse {
                error_code,
                replica_election_results: results.collect(),
                ..ElectLeadersResponse::default()
            }
        }
    }
}
