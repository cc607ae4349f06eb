//! Envelope (58): what clients asked of other brokers, to be decided by this node's controller.

use std::sync::Arc;

use super::dispatch::Call;
use crate::broker::runtime::broker::Broker;
use crate::broker::runtime::controller::Answered;
use crate::broker::runtime::controller_link::Enveloped;
use crate::broker::state::controller::Refusal;
use crate::model::ErrorCode;
use crate::wire::api::ApiKey;
use crate::wire::messages::alter_configs::AlterConfigsRequest;
use crate::wire::messages::alter_partition_reassignments::AlterPartitionReassignmentsRequest;
use crate::wire::messages::create_partitions::CreatePartitionsRequest;
use crate::wire::messages::create_topics::CreateTopicsRequest;
use crate::wire::messages::delete_topics::DeleteTopicsRequest;
use crate::wire::messages::elect_leaders::ElectLeadersRequest;
use crate::wire::messages::envelope::{EnvelopeRequest, EnvelopeResponse};
use crate::wire::messages::incremental_alter_configs::IncrementalAlterConfigsRequest;
use crate::wire::messages::list_partition_reassignments::ListPartitionReassignmentsRequest;
use crate::wire::messages::unregister_broker::UnregisterBrokerRequest;
use crate::wire::messages::update_features::UpdateFeaturesRequest;
use crate::wire::schema::Request;

fn refused(code: ErrorCode) -> EnvelopeResponse {
    EnvelopeResponse { response_data: None, error_code: code.code() }
}

/// Serves Envelope. That this node's controller is not the active one is said of the envelope, so that the broker which
/// sent it looks for another.
pub async fn serve(broker: Arc<Broker>, _: Call, request: EnvelopeRequest) -> EnvelopeResponse {
    let Some(controller) = broker.controller.local().cloned() else { return refused(ErrorCode::NotController) };
    let enveloped = match Enveloped::open(&request) {
        Ok(enveloped) => enveloped,
        Err(e) => {
            tracing::warn!("an envelope was refused: {e}");
            return refused(ErrorCode::InvalidRequest);
        }
    };
    let controller = &controller;
    match enveloped.key {
        ApiKey::CreateTopics => {
            decide::<CreateTopicsRequest, _>(enveloped, async |r| controller.create_topics(r).await).await
        }
        ApiKey::DeleteTopics => {
            decide::<DeleteTopicsRequest, _>(enveloped, async |r| controller.delete_topics(r).await).await
        }
        ApiKey::CreatePartitions => {
            decide::<CreatePartitionsRequest, _>(enveloped, async |r| controller.create_partitions(r).await).await
        }
        ApiKey::AlterConfigs => {
            decide::<AlterConfigsRequest, _>(enveloped, async |r| controller.alter_configs_request(r).await).await
        }
        ApiKey::IncrementalAlterConfigs => {
            let decided = async |r| controller.incremental_alter_configs_request(r).await;
            decide::<IncrementalAlterConfigsRequest, _>(enveloped, decided).await
        }
        ApiKey::AlterPartitionReassignments => {
            let decided = async |r| controller.alter_partition_reassignments(r).await;
            decide::<AlterPartitionReassignmentsRequest, _>(enveloped, decided).await
        }
        ApiKey::ListPartitionReassignments => {
            let decided = async |r| controller.list_partition_reassignments(r).await;
            decide::<ListPartitionReassignmentsRequest, _>(enveloped, decided).await
        }
        ApiKey::ElectLeaders => {
            decide::<ElectLeadersRequest, _>(enveloped, async |r| controller.elect_leaders(r).await).await
        }
        ApiKey::UpdateFeatures => {
            decide::<UpdateFeaturesRequest, _>(enveloped, async |r| controller.update_features(r).await).await
        }
        ApiKey::UnregisterBroker => {
            let decided = async |r| controller.unregister_broker_request(r).await;
            decide::<UnregisterBrokerRequest, _>(enveloped, decided).await
        }
        key => {
            tracing::warn!(%key, "an envelope holds a request that is not forwarded");
            refused(ErrorCode::InvalidRequest)
        }
    }
}

async fn decide<R, F>(mut enveloped: Enveloped, decide: F) -> EnvelopeResponse
where
    R: Request,
    F: AsyncFnOnce(R) -> Result<Answered<R::Response>, Refusal>,
{
    let request = match R::read(&mut enveloped.body, enveloped.version) {
        Ok(request) => request,
        Err(e) => {
            tracing::warn!(key = %enveloped.key, "an envelope holds a malformed request: {e}");
            return refused(ErrorCode::InvalidRequest);
        }
    };
    match decide(request).await {
        Ok(done) => enveloped.answer(&done.answer),
        Err(refusal) => refused(refusal.code),
    }
}
