//! What is asked of the controller, by the names that [`Controller`] has for it.

use std::time::Duration;

use super::{ControllerLink, Manner, PATIENCE, Seat};
use crate::broker::runtime::controller::{Answered, Controller};
use crate::broker::runtime::quorum::VoterChange;
use crate::broker::runtime::replication::{AlterPartitions, AlterReply};
use crate::broker::state::controller::{AlterConfigs, ConfigOp, HeartbeatAnswer, ProducerIdBlock, Refusal};
use crate::model::{BrokerId, ErrorCode, Offset};
use crate::wire::messages::allocate_producer_ids::{AllocateProducerIdsRequest, AllocateProducerIdsResponse};
use crate::wire::messages::alter_configs::{self, AlterConfigsRequest};
use crate::wire::messages::alter_partition::{AlterPartitionRequest, AlterPartitionResponse};
use crate::wire::messages::alter_partition_reassignments::{
    AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse,
};
use crate::wire::messages::assign_replicas_to_dirs::{AssignReplicasToDirsRequest, AssignReplicasToDirsResponse};
use crate::wire::messages::broker_heartbeat::{BrokerHeartbeatRequest, BrokerHeartbeatResponse};
use crate::wire::messages::broker_registration::{BrokerRegistrationRequest, BrokerRegistrationResponse};
use crate::wire::messages::create_partitions::{CreatePartitionsRequest, CreatePartitionsResponse};
use crate::wire::messages::create_topics::{CreateTopicsRequest, CreateTopicsResponse};
use crate::wire::messages::delete_topics::{DeleteTopicsRequest, DeleteTopicsResponse};
use crate::wire::messages::describe_quorum::{DescribeQuorumRequest, DescribeQuorumResponse};
use crate::wire::messages::elect_leaders::{ElectLeadersRequest, ElectLeadersResponse};
use crate::wire::messages::incremental_alter_configs::{self, IncrementalAlterConfigsRequest};
use crate::wire::messages::list_partition_reassignments::{
    ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse,
};
use crate::wire::messages::unregister_broker::{UnregisterBrokerRequest, UnregisterBrokerResponse};
use crate::wire::messages::update_features::{UpdateFeaturesRequest, UpdateFeaturesResponse};
use crate::wire::schema::Request;

/// One try: who asks comes again by itself.
const ONCE: Duration = Duration::ZERO;

/// Methods for clients' requests whose answer has no error of its own as a whole.
macro_rules! forwarded {
    ($($(#[$doc:meta])* $name:ident: $request:ty => $response:ty;)*) => {
        impl ControllerLink {
            $(
                $(#[$doc])*
                ///
                /// # Errors
                /// NOT_CONTROLLER when no controller decided it in time.
                pub async fn $name(&self, request: $request) -> Result<Answered<$response>, Refusal> {
                    let here = |controller: Controller, request: $request| -> super::Deciding<$response> {
                        Box::pin(async move { controller.$name(request).await })
                    };
                    self.ask(Manner::Forwarded, PATIENCE, request, here, |_| 0).await
                }
            )*
        }
    };
}

forwarded! {
    /// Has topics created. The offset is that of the records where they were decided here, else unknown.
    create_topics: CreateTopicsRequest => CreateTopicsResponse;
    /// Has topics deleted.
    delete_topics: DeleteTopicsRequest => DeleteTopicsResponse;
    /// Has partitions added.
    create_partitions: CreatePartitionsRequest => CreatePartitionsResponse;
    /// Has partitions moved, or their moves cancelled.
    alter_partition_reassignments: AlterPartitionReassignmentsRequest => AlterPartitionReassignmentsResponse;
    /// Has the moves listed that go on.
    list_partition_reassignments: ListPartitionReassignmentsRequest => ListPartitionReassignmentsResponse;
    /// Has leaders elected.
    elect_leaders: ElectLeadersRequest => ElectLeadersResponse;
    /// Has levels of features changed.
    update_features: UpdateFeaturesRequest => UpdateFeaturesResponse;
    /// Has a broker forgotten.
    unregister_broker_request: UnregisterBrokerRequest => UnregisterBrokerResponse;
}

fn refused(code: i16) -> Result<(), Refusal> {
    match ErrorCode::from_code(code) {
        ErrorCode::None => Ok(()),
        code => Err(Refusal::bare(code)),
    }
}

impl ControllerLink {
    /// Has settings changed; one result for each resource, in the order asked.
    ///
    /// # Errors
    /// NOT_CONTROLLER when no controller decided it in time.
    pub async fn alter_configs(
        &self,
        changes: Vec<AlterConfigs>,
        validate_only: bool,
    ) -> Result<Answered<Vec<Result<(), Refusal>>>, Refusal> {
        // One request is of one kind; where this node decides, nothing need be written down.
        if let Seat::Here(controller) = self.seat() {
            match controller.alter_configs(changes.clone(), validate_only).await {
                Err(refusal) if refusal.code == ErrorCode::NotController => {}
                outcome => return outcome,
            }
        }
        let order: Vec<(i8, String)> =
            changes.iter().map(|c| (c.resource.kind.code(), c.resource.name.to_string())).collect();
        let replaces = changes.iter().any(|change| change.replace_all);
        let (offset, results) = if replaces {
            let request = replacing(changes, validate_only);
            let here = |controller: Controller, request: AlterConfigsRequest| -> super::Deciding<_> {
                Box::pin(async move { controller.alter_configs_request(request).await })
            };
            let done = self.ask(Manner::Forwarded, PATIENCE, request, here, |_| 0).await?;
            let results = done.answer.responses.into_iter();
            let results = results.map(|r| ((r.resource_type, r.resource_name), r.error_code, r.error_message));
            (done.offset, results.collect::<Vec<_>>())
        } else {
            let request = incremental(changes, validate_only);
            let here = |controller: Controller, request: IncrementalAlterConfigsRequest| -> super::Deciding<_> {
                Box::pin(async move { controller.incremental_alter_configs_request(request).await })
            };
            let done = self.ask(Manner::Forwarded, PATIENCE, request, here, |_| 0).await?;
            let results = done.answer.responses.into_iter();
            let results = results.map(|r| ((r.resource_type, r.resource_name), r.error_code, r.error_message));
            (done.offset, results.collect::<Vec<_>>())
        };
        let result_of = |resource: (i8, String)| {
            let found = results.iter().find(|(of, ..)| *of == resource);
            match found {
                Some((_, 0, _)) => Ok(()),
                Some((_, code, message)) => {
                    Err(Refusal { code: ErrorCode::from_code(*code), message: message.clone() })
                }
                None => Err(ErrorCode::UnknownServerError.into()),
            }
        };
        Ok(Answered { answer: order.into_iter().map(result_of).collect(), offset })
    }

    /// Gets a block of producer ids for this broker.
    ///
    /// # Errors
    /// NOT_CONTROLLER, and what the controller refuses.
    pub async fn allocate_producer_ids(&self, broker: BrokerId, epoch: i64) -> Result<ProducerIdBlock, Refusal> {
        let request = AllocateProducerIdsRequest { broker_id: broker.get(), broker_epoch: epoch };
        let here = |controller: Controller, request: AllocateProducerIdsRequest| -> super::Deciding<_> {
            Box::pin(async move {
                let id = BrokerId(request.broker_id);
                let block = controller.allocate_producer_ids(id, request.broker_epoch).await?;
                let answer = AllocateProducerIdsResponse {
                    producer_id_start: block.first,
                    producer_id_len: block.count,
                    ..AllocateProducerIdsResponse::default()
                };
                Ok(Answered { answer, offset: Offset::NONE })
            })
        };
        let answer = self.ask(Manner::Own, PATIENCE, request, here, |a| a.error_code).await?.answer;
        refused(answer.error_code)?;
        Ok(ProducerIdBlock { first: answer.producer_id_start, count: answer.producer_id_len })
    }

    /// Tells the controller which directories this broker has put replicas into. Asks once.
    ///
    /// # Errors
    /// NOT_CONTROLLER, and what the controller refuses as a whole.
    pub async fn assign_replicas_to_dirs(
        &self,
        request: AssignReplicasToDirsRequest,
    ) -> Result<AssignReplicasToDirsResponse, Refusal> {
        let here = |controller: Controller, request: AssignReplicasToDirsRequest| -> super::Deciding<_> {
            Box::pin(async move { controller.assign_replicas_to_dirs(request).await })
        };
        let answer = self.ask(Manner::Own, ONCE, request, here, |a| a.error_code).await?.answer;
        refused(answer.error_code)?;
        Ok(answer)
    }

    async fn alter_in_sync_sets(&self, request: AlterPartitionRequest) -> Result<AlterPartitionResponse, Refusal> {
        let here = |controller: Controller, request: AlterPartitionRequest| -> super::Deciding<_> {
            Box::pin(async move { controller.alter_partition(request).await })
        };
        let answer = self.ask(Manner::Own, ONCE, request, here, |a| a.error_code).await?.answer;
        refused(answer.error_code)?;
        Ok(answer)
    }

    /// Registers this broker; the answer is its epoch. Asks once.
    ///
    /// # Errors
    /// NOT_CONTROLLER, and what registration refuses.
    pub async fn register_broker(&self, request: BrokerRegistrationRequest) -> Result<i64, Refusal> {
        let here = |controller: Controller, request: BrokerRegistrationRequest| -> super::Deciding<_> {
            Box::pin(async move {
                let broker_epoch = controller.register_broker(request).await?;
                let answer = BrokerRegistrationResponse { broker_epoch, ..BrokerRegistrationResponse::default() };
                Ok(Answered { answer, offset: Offset::NONE })
            })
        };
        let answer = self.ask(Manner::Own, ONCE, request, here, |a| a.error_code).await?.answer;
        refused(answer.error_code)?;
        Ok(answer.broker_epoch)
    }

    /// Sends this broker's heartbeat. Asks once.
    ///
    /// # Errors
    /// NOT_CONTROLLER, STALE_BROKER_EPOCH, BROKER_ID_NOT_REGISTERED.
    pub async fn heartbeat(&self, request: BrokerHeartbeatRequest) -> Result<HeartbeatAnswer, Refusal> {
        let here = |controller: Controller, request: BrokerHeartbeatRequest| -> super::Deciding<_> {
            Box::pin(async move {
                let told = controller.heartbeat(request).await?;
                let answer = BrokerHeartbeatResponse {
                    is_caught_up: told.caught_up,
                    is_fenced: told.fenced,
                    should_shut_down: told.should_shut_down,
                    ..BrokerHeartbeatResponse::default()
                };
                Ok(Answered { answer, offset: Offset::NONE })
            })
        };
        let answer = self.ask(Manner::Own, ONCE, request, here, |a| a.error_code).await?.answer;
        refused(answer.error_code)?;
        Ok(HeartbeatAnswer {
            caught_up: answer.is_caught_up,
            fenced: answer.is_fenced,
            should_shut_down: answer.should_shut_down,
        })
    }

    /// Asks the leader of the quorum how its replicas stand; `None` when this node leads and knows itself.
    ///
    /// # Errors
    /// NOT_CONTROLLER when nobody answered.
    pub async fn describe_quorum(
        &self,
        request: DescribeQuorumRequest,
    ) -> Result<Option<DescribeQuorumResponse>, Refusal> {
        match self.seat() {
            Seat::At(_, address) => self.send(Manner::Own, &address, &request).await.map(Some),
            Seat::Here(_) | Seat::Nowhere => Ok(None),
        }
    }

    /// Has the voters of the quorum changed by its leader: `change` where that is this node, which gives `None`, and
    /// else the request itself there. `code` is the error that an answer carries.
    ///
    /// # Errors
    /// What the leader refuses; NOT_CONTROLLER when there was none in time.
    pub async fn change_voters<R: Request + Clone>(
        &self,
        request: R,
        change: VoterChange,
        code: impl Fn(&R::Response) -> i16,
    ) -> Result<Option<R::Response>, Refusal> {
        if let Seat::Here(_) = self.seat() {
            let changed = self.quorum().change_voters(change).await;
            return changed.map(|()| None).map_err(|e| Refusal::new(e.code, e.message));
        }
        let here = |_: Controller, _: R| -> super::Deciding<R::Response> {
            // The lead came here after all: the next try finds it.
            Box::pin(async { Err(Refusal::bare(ErrorCode::NotController)) })
        };
        self.ask(Manner::Own, ONCE, request, here, code).await.map(|done| Some(done.answer))
    }
}

impl AlterPartitions for ControllerLink {
    fn alter_partition(&self, request: AlterPartitionRequest) -> AlterReply<'_> {
        Box::pin(self.alter_in_sync_sets(request))
    }
}

fn replacing(changes: Vec<AlterConfigs>, validate_only: bool) -> AlterConfigsRequest {
    let resource = |change: AlterConfigs| alter_configs::AlterConfigsResource {
        resource_type: change.resource.kind.code(),
        resource_name: change.resource.name.to_string(),
        configs: change
            .edits
            .into_iter()
            .map(|edit| alter_configs::AlterableConfig { name: edit.name, value: edit.value })
            .collect(),
    };
    AlterConfigsRequest { resources: changes.into_iter().map(resource).collect(), validate_only }
}

fn incremental(changes: Vec<AlterConfigs>, validate_only: bool) -> IncrementalAlterConfigsRequest {
    let code = |op: ConfigOp| match op {
        ConfigOp::Set => 0,
        ConfigOp::Delete => 1,
        ConfigOp::Append => 2,
        ConfigOp::Subtract => 3,
    };
    let resource = |change: AlterConfigs| incremental_alter_configs::AlterConfigsResource {
        resource_type: change.resource.kind.code(),
        resource_name: change.resource.name.to_string(),
        configs: change
            .edits
            .into_iter()
            .map(|edit| incremental_alter_configs::AlterableConfig {
                name: edit.name,
                config_operation: code(edit.op),
                value: edit.value,
            })
            .collect(),
    };
    IncrementalAlterConfigsRequest { resources: changes.into_iter().map(resource).collect(), validate_only }
}
