//! UpdateFeatures (57): to the controller.

use std::sync::Arc;

use super::dispatch::Call;
use crate::broker::runtime::broker::Broker;
use crate::wire::messages::update_features::{UpdateFeaturesRequest, UpdateFeaturesResponse};

/// Serves UpdateFeatures.
pub async fn update(broker: Arc<Broker>, _: Call, request: UpdateFeaturesRequest) -> UpdateFeaturesResponse {
    match broker.controller.update_features(request).await {
        Ok(done) => done.answer,
        Err(refusal) => UpdateFeaturesResponse {
            error_code: refusal.code.code(),
            error_message: Some(refusal.text()),
            ..UpdateFeaturesResponse::default()
        },
    }
}
