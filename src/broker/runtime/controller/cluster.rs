//! What operators ask of the controller about where partitions lie, who leads them, and what the cluster can do.

use super::{Answered, Controller};
use crate::broker::runtime::quorum::VoterChange;
use crate::broker::state::controller::{
    Decision, QuorumFacts, Refusal, alter_partition_reassignments, assign_replicas_to_dirs, elect_leaders,
    list_partition_reassignments, update_features,
};
use crate::broker::state::metadata::KRAFT_FEATURE;
use crate::model::{BrokerId, ErrorCode, Offset, Uuid};
use crate::wire::messages::alter_partition_reassignments::{
    AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse,
};
use crate::wire::messages::assign_replicas_to_dirs::{AssignReplicasToDirsRequest, AssignReplicasToDirsResponse};
use crate::wire::messages::elect_leaders::{ElectLeadersRequest, ElectLeadersResponse};
use crate::wire::messages::list_partition_reassignments::{
    ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse,
};
use crate::wire::messages::unregister_broker::{UnregisterBrokerRequest, UnregisterBrokerResponse};
use crate::wire::messages::update_features::{FeatureUpdateKey, UpdateFeaturesRequest, UpdateFeaturesResponse};

impl Controller {
    /// Decides AlterPartitionReassignments.
    ///
    /// # Errors
    /// `NOT_CONTROLLER`; every other refusal is in the answer.
    pub async fn alter_partition_reassignments(
        &self,
        request: AlterPartitionReassignmentsRequest,
    ) -> Result<Answered<AlterPartitionReassignmentsResponse>, Refusal> {
        self.decide(move |active, _| Ok(alter_partition_reassignments(&active.ctx(), &request))).await
    }

    /// Lists the reassignments that go on.
    ///
    /// # Errors
    /// `NOT_CONTROLLER`.
    pub async fn list_partition_reassignments(
        &self,
        request: ListPartitionReassignmentsRequest,
    ) -> Result<Answered<ListPartitionReassignmentsResponse>, Refusal> {
        self.decide(move |active, _| Ok(Decision::only(list_partition_reassignments(&active.tip, &request)))).await
    }

    /// Decides ElectLeaders.
    ///
    /// # Errors
    /// `NOT_CONTROLLER`, `INVALID_REQUEST` for a kind of election that does not exist, `POLICY_VIOLATION` for too many
    /// elections at once.
    pub async fn elect_leaders(&self, request: ElectLeadersRequest) -> Result<Answered<ElectLeadersResponse>, Refusal> {
        self.decide(move |active, _| elect_leaders(&active.ctx(), &request)).await
    }

    /// Decides UpdateFeatures.
    ///
    /// # Errors
    /// `NOT_CONTROLLER`; every other refusal is in the answer.
    pub async fn update_features(
        &self,
        request: UpdateFeaturesRequest,
    ) -> Result<Answered<UpdateFeaturesResponse>, Refusal> {
        let status = self.quorum.status();
        let voters: Vec<BrokerId> = status.voters.iter().map(|voter| voter.id).collect();
        // Voters of kraft.version 0 are named by the properties file, which knows no directories.
        let kraft_version = i16::from(status.voters.iter().all(|voter| voter.directory_id != Uuid::ZERO));
        let node = self.node_id;
        let is_asked = |update: &FeatureUpdateKey| update.feature == KRAFT_FEATURE && update.max_version_level > 0;
        let asks = kraft_version == 0 && request.feature_updates.iter().any(is_asked);
        let unnamed = if asks {
            self.quorum.change_voters(VoterChange::Name { dry_run: true }).await.err().map(|refusal| refusal.message)
        } else {
            None
        };
        let names = asks && !request.validate_only;
        let decided = self
            .decide(move |active, _| {
                let quorum = QuorumFacts { node, voters: &voters, kraft_version, unnamed: unnamed.as_deref() };
                Ok(update_features(&active.ctx(), &quorum, &request))
            })
            .await?;
        if names && decided.answer.error_code == ErrorCode::None.code() {
            let named = self.quorum.change_voters(VoterChange::Name { dry_run: false }).await;
            named.map_err(|refusal| Refusal::new(refusal.code, refusal.message))?;
        }
        Ok(decided)
    }

    /// Decides UnregisterBroker.
    ///
    /// # Errors
    /// `NOT_CONTROLLER`; every other refusal is in the answer, where its reason has a place.
    pub async fn unregister_broker_request(
        &self,
        request: UnregisterBrokerRequest,
    ) -> Result<Answered<UnregisterBrokerResponse>, Refusal> {
        match self.unregister_broker(BrokerId(request.broker_id)).await {
            Ok(done) => Ok(Answered { answer: UnregisterBrokerResponse::default(), offset: done.offset }),
            Err(refusal) if refusal.code == ErrorCode::NotController => Err(refusal),
            Err(refusal) => {
                let (error_code, error_message) = (refusal.code.code(), Some(refusal.text()));
                let answer =
                    UnregisterBrokerResponse { error_code, error_message, ..UnregisterBrokerResponse::default() };
                Ok(Answered { answer, offset: Offset::NONE })
            }
        }
    }

    /// Decides AssignReplicasToDirs.
    ///
    /// # Errors
    /// `NOT_CONTROLLER`, `STALE_BROKER_EPOCH`, `BROKER_ID_NOT_REGISTERED`, `UNSUPPORTED_VERSION` while the cluster has no
    /// directories; every other refusal is in the answer.
    pub async fn assign_replicas_to_dirs(
        &self,
        request: AssignReplicasToDirsRequest,
    ) -> Result<Answered<AssignReplicasToDirsResponse>, Refusal> {
        self.decide(move |active, _| assign_replicas_to_dirs(&active.ctx(), &request)).await
    }
}
