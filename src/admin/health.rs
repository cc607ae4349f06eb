//! Whether the process lives (`/healthz`) and whether clients are served (`/readyz`).

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::AdminState;
use super::error::{Answer, Problem};
use crate::client::Topics;

/// Orchestrators ask every few seconds and give up after one to five.
const PATIENCE: Duration = Duration::from_secs(2);

/// A good answer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Health {
    /// Always `ok`; anything else comes with another HTTP status.
    status: &'static str,
}

const OK: Json<Health> = Json(Health { status: "ok" });

/// The process answers.
#[utoipa::path(get, path = "/healthz", tag = "Health", responses((status = 200, body = Health)))]
pub(super) async fn healthz() -> Json<Health> {
    OK
}

/// A Kafka client that connected now would be served: the listener answers and a controller is known.
#[utoipa::path(get, path = "/readyz", tag = "Health", responses(
    (status = 200, body = Health), (status = 503, body = super::error::ErrorBody)))]
pub(super) async fn readyz(State(state): State<AdminState>) -> Answer<Json<Health>> {
    let unready = |why: String| Problem::new(StatusCode::SERVICE_UNAVAILABLE, 503, format!("not ready: {why}"));
    match tokio::time::timeout(PATIENCE, state.cluster.metadata(Topics::None)).await {
        Err(_) => Err(unready(format!("no answer to Metadata within {} s", PATIENCE.as_secs()))),
        Ok(Err(e)) => Err(unready(e.to_string())),
        Ok(Ok(metadata)) if metadata.controller < 0 => Err(unready("no controller is known yet".to_owned())),
        Ok(Ok(_)) => Ok(OK),
    }
}
