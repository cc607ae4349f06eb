//! DescribeCluster (60), DescribeQuorum (55) and InitProducerId (22).

use std::sync::Arc;

use super::dispatch::Call;
use super::metadata::{ALL_CLUSTER_OPERATIONS, NO_OPERATIONS, controller_of};
use crate::broker::runtime::broker::Broker;
use crate::broker::runtime::quorum::ReplicaProgress;
use crate::model::{BrokerId, ErrorCode};
use crate::wire::messages::describe_cluster::{DescribeClusterBroker, DescribeClusterRequest, DescribeClusterResponse};
use crate::wire::messages::describe_quorum::{
    DescribeQuorumRequest, DescribeQuorumResponse, DescribeQuorumResponsePartitionData,
    DescribeQuorumResponseTopicData, Listener, Node, ReplicaState,
};
use crate::wire::messages::init_producer_id::{InitProducerIdRequest, InitProducerIdResponse};

const BROKERS: i8 = 1;
const CONTROLLERS: i8 = 2;

/// Serves DescribeCluster.
pub async fn describe(broker: Arc<Broker>, call: Call, request: DescribeClusterRequest) -> DescribeClusterResponse {
    let refuse = |code: ErrorCode, text: String| DescribeClusterResponse {
        error_code: code.code(),
        error_message: Some(text),
        endpoint_type: request.endpoint_type,
        ..DescribeClusterResponse::default()
    };
    match request.endpoint_type {
        BROKERS => {}
        CONTROLLERS => {
            let text =
                "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER";
            return refuse(ErrorCode::MismatchedEndpointType, text.to_owned());
        }
        other => return refuse(ErrorCode::UnsupportedEndpointType, format!("Unsupported endpoint type {other}")),
    }
    let image = broker.metadata.image();
    let brokers = image.brokers().filter(|b| !b.fenced || request.include_fenced_brokers).filter_map(|b| {
        let endpoint = b.endpoint(&call.listener)?;
        Some(DescribeClusterBroker {
            broker_id: b.id.get(),
            host: endpoint.host.to_string(),
            port: i32::from(endpoint.port),
            rack: b.rack.as_deref().map(str::to_owned),
            is_fenced: b.fenced,
        })
    });
    DescribeClusterResponse {
        endpoint_type: BROKERS,
        cluster_id: broker.metadata.cluster_id().to_owned(),
        controller_id: controller_of(&broker, &image, &call.listener),
        brokers: brokers.collect(),
        cluster_authorized_operations: if request.include_cluster_authorized_operations {
            ALL_CLUSTER_OPERATIONS
        } else {
            NO_OPERATIONS
        },
        ..DescribeClusterResponse::default()
    }
}

/// Serves DescribeCluster on a controllers' listener: the controllers that are registered (KIP-919).
pub async fn describe_controllers(
    broker: Arc<Broker>,
    call: Call,
    request: DescribeClusterRequest,
) -> DescribeClusterResponse {
    if request.endpoint_type != CONTROLLERS {
        let text = "The request was sent to an endpoint of type CONTROLLER, but we wanted an endpoint of type BROKER";
        return DescribeClusterResponse {
            error_code: ErrorCode::MismatchedEndpointType.code(),
            error_message: Some(text.to_owned()),
            endpoint_type: request.endpoint_type,
            ..DescribeClusterResponse::default()
        };
    }
    let image = broker.metadata.image();
    let controllers = image.controllers().filter_map(|controller| {
        let endpoint = controller.end_points.iter().find(|e| e.name.eq_ignore_ascii_case(&call.listener))?;
        Some(DescribeClusterBroker {
            broker_id: controller.controller_id,
            host: endpoint.host.clone(),
            port: i32::from(endpoint.port),
            ..DescribeClusterBroker::default()
        })
    });
    DescribeClusterResponse {
        endpoint_type: CONTROLLERS,
        cluster_id: broker.metadata.cluster_id().to_owned(),
        controller_id: broker.controller.leadership().borrow().leader.unwrap_or(BrokerId::NONE).get(),
        brokers: controllers.collect(),
        cluster_authorized_operations: NO_OPERATIONS,
        ..DescribeClusterResponse::default()
    }
}

fn replica(progress: ReplicaProgress) -> ReplicaState {
    ReplicaState {
        replica_id: progress.id.get(),
        replica_directory_id: progress.directory_id,
        log_end_offset: progress.log_end.get(),
        last_fetch_timestamp: progress.last_heard.get(),
        last_caught_up_timestamp: progress.last_caught_up.get(),
    }
}

/// Serves DescribeQuorum, which knows one partition.
pub async fn describe_quorum(broker: Arc<Broker>, _: Call, request: DescribeQuorumRequest) -> DescribeQuorumResponse {
    // The leader alone knows how far the others are.
    match broker.controller.describe_quorum(request.clone()).await {
        Ok(Some(answer)) => return answer,
        Ok(None) => {}
        Err(refusal) => {
            let (error_code, error_message) = (refusal.code.code(), Some(refusal.text()));
            return DescribeQuorumResponse { error_code, error_message, ..DescribeQuorumResponse::default() };
        }
    }
    let status = broker.controller.quorum().status();
    let topics = request.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|partition| {
            let index = partition.partition_index;
            if topic.topic_name != "__cluster_metadata" || index != 0 {
                return DescribeQuorumResponsePartitionData {
                    partition_index: index,
                    error_code: ErrorCode::UnknownTopicOrPartition.code(),
                    error_message: Some(ErrorCode::UnknownTopicOrPartition.message().to_owned()),
                    ..DescribeQuorumResponsePartitionData::default()
                };
            }
            DescribeQuorumResponsePartitionData {
                partition_index: index,
                error_code: ErrorCode::None.code(),
                error_message: None,
                leader_id: status.leadership.leader.unwrap_or(BrokerId::NONE).get(),
                leader_epoch: status.leadership.epoch.get(),
                high_watermark: status.high_watermark.get(),
                current_voters: status.voters.iter().cloned().map(replica).collect(),
                observers: status.observers.iter().cloned().map(replica).collect(),
            }
        });
        DescribeQuorumResponseTopicData { topic_name: topic.topic_name.clone(), partitions: partitions.collect() }
    });
    let nodes = status.endpoints.iter().map(|(id, endpoints)| Node {
        node_id: id.get(),
        listeners: endpoints
            .iter()
            .map(|e| Listener { name: e.listener.clone(), host: e.host.clone(), port: e.port })
            .collect(),
    });
    DescribeQuorumResponse {
        error_code: ErrorCode::None.code(),
        error_message: None,
        topics: topics.collect(),
        nodes: nodes.collect(),
    }
}

/// Serves InitProducerId for producers without transactions: each gets an id that nobody had, with epoch 0, also one
/// that names the id it had before (KIP-360 lets clients raise their epochs themselves).
pub async fn init_producer_id(broker: Arc<Broker>, _: Call, request: InitProducerIdRequest) -> InitProducerIdResponse {
    let refuse = |code: ErrorCode| InitProducerIdResponse {
        error_code: code.code(),
        producer_id: -1,
        producer_epoch: -1,
        ..InitProducerIdResponse::default()
    };
    if (request.producer_id < 0) != (request.producer_epoch < 0) {
        return refuse(ErrorCode::InvalidRequest);
    }
    match request.transactional_id.as_deref() {
        Some("") => return refuse(ErrorCode::InvalidRequest),
        // Not one that clients try again: this version has no transaction coordinator.
        Some(_) => return refuse(ErrorCode::UnsupportedVersion),
        None => {}
    }
    let Some(epoch) = broker.metadata.peek().broker(broker.id).map(|registration| registration.epoch) else {
        return refuse(ErrorCode::CoordinatorLoadInProgress);
    };
    match broker.producer_ids.next(&broker.controller, epoch).await {
        Ok(id) => {
            InitProducerIdResponse { producer_id: id.get(), producer_epoch: 0, ..InitProducerIdResponse::default() }
        }
        Err(refusal) => {
            tracing::warn!("no producer ids from the controller: {}", refusal.text());
            // The client comes again; a new controller, or this broker's new registration, will have ids.
            refuse(ErrorCode::CoordinatorLoadInProgress)
        }
    }
}
