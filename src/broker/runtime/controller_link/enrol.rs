//! A controller that does not lead registers with the one that does (ControllerRegistration, KIP-919): what it is called,
//! where it is, and which features it knows.

use std::sync::Arc;
use std::time::Duration;

use super::{ControllerLink, Manner};
use crate::broker::runtime::controller::{Answered, Controller};
use crate::broker::runtime::metadata::MetadataCache;
use crate::broker::state::controller::Refusal;
use crate::model::{BrokerId, ErrorCode, Offset};
use crate::wire::messages::controller_registration::{
    ControllerRegistrationRequest, ControllerRegistrationResponse, Feature, Listener,
};
use crate::wire::records::metadata::{ControllerEndpoint, ControllerFeature, RegisterControllerRecord};

/// Pause after a registration that was refused, or not heard.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// The request that leads to a record.
fn request_of(record: &RegisterControllerRecord) -> ControllerRegistrationRequest {
    let listener = |e: &ControllerEndpoint| Listener {
        name: e.name.clone(),
        host: e.host.clone(),
        port: e.port,
        security_protocol: e.security_protocol,
    };
    let feature = |f: &ControllerFeature| Feature {
        name: f.name.clone(),
        min_supported_version: f.min_supported_version,
        max_supported_version: f.max_supported_version,
    };
    ControllerRegistrationRequest {
        controller_id: record.controller_id,
        incarnation_id: record.incarnation_id,
        zk_migration_ready: record.zk_migration_ready,
        listeners: record.end_points.iter().map(listener).collect(),
        features: record.features.iter().map(feature).collect(),
    }
}

/// The record that a request asks for.
pub fn record_of(request: ControllerRegistrationRequest) -> RegisterControllerRecord {
    let endpoint = |l: Listener| ControllerEndpoint {
        name: l.name,
        host: l.host,
        port: l.port,
        security_protocol: l.security_protocol,
    };
    let feature = |f: Feature| ControllerFeature {
        name: f.name,
        min_supported_version: f.min_supported_version,
        max_supported_version: f.max_supported_version,
    };
    RegisterControllerRecord {
        controller_id: request.controller_id,
        incarnation_id: request.incarnation_id,
        zk_migration_ready: request.zk_migration_ready,
        end_points: request.listeners.into_iter().map(endpoint).collect(),
        features: request.features.into_iter().map(feature).collect(),
    }
}

impl ControllerLink {
    /// Keeps this node's controller registered as `own` says, under whichever controller leads; never returns. The one
    /// that leads writes its own registration down by itself.
    pub async fn stay_enrolled(self, own: RegisterControllerRecord, metadata: Arc<MetadataCache>) {
        let mut leadership = self.leadership();
        loop {
            let now = *leadership.borrow_and_update();
            let id = BrokerId(own.controller_id);
            let is_known = metadata.peek().controller(id) == Some(&own);
            let mut pause = Duration::from_hours(1);
            if now.leader.is_some_and(|leader| leader != id) && !is_known {
                // Once accepted it is in the image a moment later; to be looked at again then.
                pause = AGAIN_AFTER;
                if let Err(refusal) = self.enrol(&own).await
                    && refusal.code != ErrorCode::NotController
                {
                    tracing::warn!("this node's controller was not registered: {}", refusal.text());
                }
            }
            tokio::select! {
                changed = leadership.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    async fn enrol(&self, own: &RegisterControllerRecord) -> Result<(), Refusal> {
        let here = |controller: Controller, request: ControllerRegistrationRequest| -> super::Deciding<_> {
            Box::pin(async move {
                controller.register_controller(record_of(request)).await?;
                let answer = ControllerRegistrationResponse::default();
                Ok(Answered { answer, offset: Offset::NONE })
            })
        };
        let asked = self.ask(Manner::Own, Duration::ZERO, request_of(own), here, |a| a.error_code).await;
        match ErrorCode::from_code(asked?.answer.error_code) {
            ErrorCode::None => Ok(()),
            code => Err(Refusal::bare(code)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Uuid;

    #[test]
    fn a_registration_survives_the_request() {
        let record = RegisterControllerRecord {
            controller_id: 3,
            incarnation_id: Uuid(77),
            zk_migration_ready: false,
            end_points: vec![ControllerEndpoint {
                name: "CONTROLLER".into(),
                host: "h".into(),
                port: 9093,
                security_protocol: 0,
            }],
            features: vec![ControllerFeature {
                name: "metadata.version".into(),
                min_supported_version: 7,
                max_supported_version: 27,
            }],
        };
        assert_eq!(record_of(request_of(&record)), record);
    }
}
