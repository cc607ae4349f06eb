//! Requests as other nodes send them, where they differ from what the controller decides upon.

use super::{Answered, Controller};
use crate::broker::state::controller::{
    AlterConfigs, ConfigEdit, ConfigOp, Refusal, alter_partition, register_controller,
};
use crate::broker::state::metadata::{ConfigKind, ConfigResource};
use crate::model::ErrorCode;
use crate::wire::messages::alter_configs::{self, AlterConfigsRequest, AlterConfigsResponse};
use crate::wire::messages::alter_partition::{AlterPartitionRequest, AlterPartitionResponse};
use crate::wire::messages::incremental_alter_configs::{
    self, IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse,
};
use crate::wire::records::metadata::RegisterControllerRecord;

/// A setting as it came: name, operation, value.
type Edit = (String, i8, Option<String>);

fn alteration(kind: i8, name: &str, edits: Vec<Edit>, replace_all: bool) -> Result<AlterConfigs, Refusal> {
    let unknown = |what: String| Refusal::new(ErrorCode::InvalidRequest, what);
    let kind = ConfigKind::from_code(kind).ok_or_else(|| unknown(format!("Unknown resource type {kind}")))?;
    let edits = edits.into_iter().map(|(name, op, value)| {
        let op = ConfigOp::from_code(op).ok_or_else(|| unknown(format!("Unknown operations type {op}")))?;
        if value.is_none() && op != ConfigOp::Delete {
            return Err(unknown(format!("Null value not supported for : {name}")));
        }
        Ok(ConfigEdit { name, op, value })
    });
    let edits = edits.collect::<Result<_, Refusal>>()?;
    Ok(AlterConfigs { resource: ConfigResource::new(kind, name), edits, replace_all })
}

impl Controller {
    /// Decides what could be read; the results are in the order asked.
    async fn alter(
        &self,
        alterations: Vec<Result<AlterConfigs, Refusal>>,
        validate_only: bool,
    ) -> Result<Answered<Vec<Result<(), Refusal>>>, Refusal> {
        let good = alterations.iter().filter_map(|a| a.as_ref().ok().cloned()).collect();
        let done = self.alter_configs(good, validate_only).await?;
        let mut decided = done.answer.into_iter();
        let outcome = |alteration: Result<AlterConfigs, Refusal>| {
            alteration.and_then(|_| decided.next().unwrap_or_else(|| Err(ErrorCode::UnknownServerError.into())))
        };
        Ok(Answered { answer: alterations.into_iter().map(outcome).collect(), offset: done.offset })
    }

    /// Decides AlterPartition.
    ///
    /// # Errors
    /// NOT_CONTROLLER, STALE_BROKER_EPOCH, BROKER_ID_NOT_REGISTERED; every other refusal is in the answer.
    pub async fn alter_partition(
        &self,
        request: AlterPartitionRequest,
    ) -> Result<Answered<AlterPartitionResponse>, Refusal> {
        self.decide(move |active, _| alter_partition(&active.ctx(), &request)).await
    }

    /// Writes a controller's registration down.
    ///
    /// # Errors
    /// NOT_CONTROLLER.
    pub async fn register_controller(&self, record: RegisterControllerRecord) -> Result<(), Refusal> {
        self.decide(move |_, _| Ok(register_controller(record))).await.map(|done| done.answer)
    }

    /// Decides IncrementalAlterConfigs.
    ///
    /// # Errors
    /// NOT_CONTROLLER; every other refusal is in the answer.
    pub async fn incremental_alter_configs_request(
        &self,
        request: IncrementalAlterConfigsRequest,
    ) -> Result<Answered<IncrementalAlterConfigsResponse>, Refusal> {
        let resources: Vec<(i8, String)> =
            request.resources.iter().map(|r| (r.resource_type, r.resource_name.clone())).collect();
        let alterations = request.resources.into_iter().map(|r| {
            let edits = r.configs.into_iter().map(|c| (c.name, c.config_operation, c.value)).collect();
            alteration(r.resource_type, &r.resource_name, edits, false)
        });
        let done = self.alter(alterations.collect(), request.validate_only).await?;
        let responses = resources.into_iter().zip(done.answer).map(|((resource_type, resource_name), outcome)| {
            let refusal = outcome.err();
            incremental_alter_configs::AlterConfigsResourceResponse {
                error_code: refusal.as_ref().map_or(0, |r| r.code.code()),
                error_message: refusal.map(|r| r.text()),
                resource_type,
                resource_name,
            }
        });
        let responses = responses.collect();
        let answer = IncrementalAlterConfigsResponse { responses, ..IncrementalAlterConfigsResponse::default() };
        Ok(Answered { answer, offset: done.offset })
    }

    /// Decides AlterConfigs, which replaces everything that was set.
    ///
    /// # Errors
    /// NOT_CONTROLLER; every other refusal is in the answer.
    pub async fn alter_configs_request(
        &self,
        request: AlterConfigsRequest,
    ) -> Result<Answered<AlterConfigsResponse>, Refusal> {
        let resources: Vec<(i8, String)> =
            request.resources.iter().map(|r| (r.resource_type, r.resource_name.clone())).collect();
        let alterations = request.resources.into_iter().map(|r| {
            let edits = r.configs.into_iter().map(|c| (c.name, 0, c.value)).collect();
            alteration(r.resource_type, &r.resource_name, edits, true)
        });
        let done = self.alter(alterations.collect(), request.validate_only).await?;
        let responses = resources.into_iter().zip(done.answer).map(|((resource_type, resource_name), outcome)| {
            let refusal = outcome.err();
            alter_configs::AlterConfigsResourceResponse {
                error_code: refusal.as_ref().map_or(0, |r| r.code.code()),
                error_message: refusal.map(|r| r.text()),
                resource_type,
                resource_name,
            }
        });
        let responses = responses.collect();
        let answer = AlterConfigsResponse { responses, ..AlterConfigsResponse::default() };
        Ok(Answered { answer, offset: done.offset })
    }
}
