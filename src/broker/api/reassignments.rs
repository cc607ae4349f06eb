//! AlterPartitionReassignments (45) and ListPartitionReassignments (46): to the controller.

use std::sync::Arc;

use super::dispatch::Call;
use crate::broker::runtime::broker::Broker;
use crate::wire::messages::alter_partition_reassignments::{
    AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse, ReassignablePartitionResponse,
    ReassignableTopicResponse,
};
use crate::wire::messages::list_partition_reassignments::{
    ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse,
};

/// Serves AlterPartitionReassignments.
pub async fn alter(
    broker: Arc<Broker>,
    _: Call,
    request: AlterPartitionReassignmentsRequest,
) -> AlterPartitionReassignmentsResponse {
    let named: Vec<(String, Vec<i32>)> = request
        .topics
        .iter()
        .map(|topic| (topic.name.clone(), topic.partitions.iter().map(|p| p.partition_index).collect()))
        .collect();
    let allow_replication_factor_change = request.allow_replication_factor_change;
    match broker.controller.alter_partition_reassignments(request).await {
        Ok(done) => done.answer,
        Err(refusal) => {
            let (error_code, error_message) = (refusal.code.code(), Some(refusal.text()));
            let partition = |partition_index| ReassignablePartitionResponse {
                partition_index,
                error_code,
                error_message: error_message.clone(),
            };
            let responses = named.into_iter().map(|(name, indexes)| ReassignableTopicResponse {
                name,
                partitions: indexes.into_iter().map(partition).collect(),
            });
            AlterPartitionReassignmentsResponse {
                allow_replication_factor_change,
                error_code,
                responses: responses.collect(),
                error_message,
                ..AlterPartitionReassignmentsResponse::default()
            }
        }
    }
}

/// Serves ListPartitionReassignments.
pub async fn list(
    broker: Arc<Broker>,
    _: Call,
    request: ListPartitionReassignmentsRequest,
) -> ListPartitionReassignmentsResponse {
    match broker.controller.list_partition_reassignments(request).await {
        Ok(done) => done.answer,
        Err(refusal) => ListPartitionReassignmentsResponse {
            error_code: refusal.code.code(),
            error_message: Some(refusal.text()),
            ..ListPartitionReassignmentsResponse::default()
        },
    }
}
