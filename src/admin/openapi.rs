//! The OpenAPI document, made from the handlers. `docs/openapi.json` is the committed copy; a test holds it fresh.

use axum::Json;
use axum::http::StatusCode;
use utoipa::OpenApi;
use utoipa::openapi::{RefOr, Response};

use super::{cluster, configs, groups, health, metrics, topics};

/// The routes of the document. The router has the same; a test asks it.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "logbus admin",
        description = "Resources in the shapes of Confluent's REST API v3, health and metrics, on every logbus broker.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    paths(
        cluster::list_clusters,
        cluster::get_cluster,
        cluster::list_brokers,
        cluster::get_broker,
        topics::list_topics,
        topics::create_topic,
        topics::get_topic,
        topics::delete_topic,
        configs::list_topic_configs,
        topics::list_partitions,
        topics::get_partition,
        topics::list_replicas,
        groups::list_groups,
        groups::get_group,
        groups::list_consumers,
        groups::list_lags,
        groups::lag_summary,
        health::healthz,
        health::readyz,
        metrics::serve,
        serve,
    )
)]
struct Api;

/// The document.
pub fn document() -> utoipa::openapi::OpenApi {
    let mut api = Api::openapi();
    api.info.contact = None;
    for item in api.paths.paths.values_mut() {
        for operation in [&mut item.get, &mut item.post, &mut item.delete].into_iter().flatten() {
            for (status, response) in &mut operation.responses.responses {
                if let RefOr::T(response) = response {
                    describe(status, response);
                }
            }
        }
    }
    api
}

/// OpenAPI wants a description of every answer; most say no more than their status.
fn describe(status: &str, response: &mut Response) {
    if response.description.is_empty() {
        let code = status.parse::<u16>().ok().and_then(|code| StatusCode::from_u16(code).ok());
        response.description = code.and_then(|code| code.canonical_reason()).unwrap_or(status).to_owned();
    }
}

/// This document.
#[utoipa::path(get, path = "/openapi.json", operation_id = "get_openapi", tag = "Document", responses((status = 200, body = Object)))]
pub(super) async fn serve() -> Json<utoipa::openapi::OpenApi> {
    Json(document())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_committed_document_is_fresh() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/openapi.json");
        let text = document().to_pretty_json().unwrap() + "\n";
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == text, "docs/openapi.json is stale: UPDATE_GOLDEN=1 rewrites it");
    }
}
