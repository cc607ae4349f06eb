//! UnregisterBroker (64): to the controller.

use std::sync::Arc;

use super::dispatch::Call;
use crate::broker::runtime::broker::Broker;
use crate::wire::messages::unregister_broker::{UnregisterBrokerRequest, UnregisterBrokerResponse};

/// Serves UnregisterBroker.
pub async fn unregister(broker: Arc<Broker>, _: Call, request: UnregisterBrokerRequest) -> UnregisterBrokerResponse {
    match broker.controller.unregister_broker_request(request).await {
        Ok(done) => done.answer,
        Err(refusal) => UnregisterBrokerResponse {
            error_code: refusal.code.code(),
            error_message: Some(refusal.text()),
            ..UnregisterBrokerResponse::default()
        },
    }
}
