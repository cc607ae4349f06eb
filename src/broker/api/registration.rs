//! AlterPartition (56), BrokerRegistration (62), BrokerHeartbeat (63), AllocateProducerIds (67), ControllerRegistration (70)
//! and AssignReplicasToDirs (73): other nodes ask this node's controller.

use std::sync::Arc;

use super::dispatch::Call;
use crate::broker::runtime::broker::Broker;
use crate::broker::runtime::controller::Controller;
use crate::broker::runtime::controller_link::record_of;
use crate::broker::state::controller::Refusal;
use crate::model::{BrokerId, ErrorCode};
use crate::wire::messages::allocate_producer_ids::{AllocateProducerIdsRequest, AllocateProducerIdsResponse};
use crate::wire::messages::alter_partition::{AlterPartitionRequest, AlterPartitionResponse};
use crate::wire::messages::assign_replicas_to_dirs::{AssignReplicasToDirsRequest, AssignReplicasToDirsResponse};
use crate::wire::messages::broker_heartbeat::{BrokerHeartbeatRequest, BrokerHeartbeatResponse};
use crate::wire::messages::broker_registration::{BrokerRegistrationRequest, BrokerRegistrationResponse};
use crate::wire::messages::controller_registration::{ControllerRegistrationRequest, ControllerRegistrationResponse};

/// This node's controller, which may not be the active one: it says so itself.
pub(super) fn controller(broker: &Broker) -> Result<&Controller, Refusal> {
    broker.controller.local().ok_or_else(|| Refusal::bare(ErrorCode::NotController))
}

/// Serves BrokerRegistration.
pub async fn register(broker: Arc<Broker>, _: Call, request: BrokerRegistrationRequest) -> BrokerRegistrationResponse {
    let id = request.broker_id;
    let outcome = match controller(&broker) {
        Ok(controller) => controller.register_broker(request).await,
        Err(refusal) => Err(refusal),
    };
    match outcome {
        Ok(broker_epoch) => BrokerRegistrationResponse { broker_epoch, ..BrokerRegistrationResponse::default() },
        Err(refusal) => {
            if refusal.code != ErrorCode::NotController {
                // The answer has no room for the reason.
                tracing::warn!(broker = id, "registration refused: {}", refusal.text());
            }
            BrokerRegistrationResponse { error_code: refusal.code.code(), ..BrokerRegistrationResponse::default() }
        }
    }
}

/// Serves AlterPartition.
pub async fn alter_partition(broker: Arc<Broker>, _: Call, request: AlterPartitionRequest) -> AlterPartitionResponse {
    let outcome = match controller(&broker) {
        Ok(controller) => controller.alter_partition(request).await.map(|done| done.answer),
        Err(refusal) => Err(refusal),
    };
    outcome.unwrap_or_else(|refusal| AlterPartitionResponse {
        error_code: refusal.code.code(),
        ..AlterPartitionResponse::default()
    })
}

/// Serves AssignReplicasToDirs.
pub async fn assign_replicas_to_dirs(
    broker: Arc<Broker>,
    _: Call,
    request: AssignReplicasToDirsRequest,
) -> AssignReplicasToDirsResponse {
    let outcome = match controller(&broker) {
        Ok(controller) => controller.assign_replicas_to_dirs(request).await.map(|done| done.answer),
        Err(refusal) => Err(refusal),
    };
    outcome.unwrap_or_else(|refusal| AssignReplicasToDirsResponse {
        error_code: refusal.code.code(),
        ..AssignReplicasToDirsResponse::default()
    })
}

/// Serves ControllerRegistration.
pub async fn register_controller(
    broker: Arc<Broker>,
    _: Call,
    request: ControllerRegistrationRequest,
) -> ControllerRegistrationResponse {
    let outcome = match controller(&broker) {
        Ok(controller) => controller.register_controller(record_of(request)).await,
        Err(refusal) => Err(refusal),
    };
    match outcome {
        Ok(()) => ControllerRegistrationResponse { error_message: None, ..ControllerRegistrationResponse::default() },
        Err(refusal) => ControllerRegistrationResponse {
            error_code: refusal.code.code(),
            error_message: Some(refusal.text()),
            ..ControllerRegistrationResponse::default()
        },
    }
}

/// Serves BrokerHeartbeat.
pub async fn heartbeat(broker: Arc<Broker>, _: Call, request: BrokerHeartbeatRequest) -> BrokerHeartbeatResponse {
    let outcome = match controller(&broker) {
        Ok(controller) => controller.heartbeat(request).await,
        Err(refusal) => Err(refusal),
    };
    match outcome {
        Ok(told) => BrokerHeartbeatResponse {
            is_caught_up: told.caught_up,
            is_fenced: told.fenced,
            should_shut_down: told.should_shut_down,
            ..BrokerHeartbeatResponse::default()
        },
        Err(refusal) => {
            BrokerHeartbeatResponse { error_code: refusal.code.code(), ..BrokerHeartbeatResponse::default() }
        }
    }
}

/// Serves AllocateProducerIds.
pub async fn allocate_producer_ids(
    broker: Arc<Broker>,
    _: Call,
    request: AllocateProducerIdsRequest,
) -> AllocateProducerIdsResponse {
    let outcome = match controller(&broker) {
        Ok(controller) => controller.allocate_producer_ids(BrokerId(request.broker_id), request.broker_epoch).await,
        Err(refusal) => Err(refusal),
    };
    match outcome {
        Ok(block) => AllocateProducerIdsResponse {
            producer_id_start: block.first,
            producer_id_len: block.count,
            ..AllocateProducerIdsResponse::default()
        },
        Err(refusal) => {
            AllocateProducerIdsResponse { error_code: refusal.code.code(), ..AllocateProducerIdsResponse::default() }
        }
    }
}
