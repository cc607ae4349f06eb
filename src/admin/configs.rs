//! The settings of a topic.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;

use super::AdminState;
use super::cluster::enter;
use super::error::{Answer, ErrorBody, Problem};
use super::resource::{Base, Collection, Resource};
use super::topics::{TopicPath, topic_place};
use crate::client::Topics;
use crate::ops::configs::{self, ConfigEntry, Source};

/// A setting of a topic.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TopicConfigData {
    cluster_id: String,
    topic_name: String,
    name: String,
    /// Null when it is unset or secret.
    value: Option<String>,
    /// Whether it is set nowhere and has the built-in value.
    is_default: bool,
    is_read_only: bool,
    is_sensitive: bool,
    /// Where the value comes from, as Kafka names it.
    source: &'static str,
    /// Everywhere that the setting has a value, the one in force first.
    synonyms: Vec<ConfigSynonym>,
}

/// A place where a setting has a value.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ConfigSynonym {
    name: String,
    value: Option<String>,
    source: &'static str,
}

fn data(path: &TopicPath, entry: ConfigEntry) -> TopicConfigData {
    let synonym = |s: configs::Synonym| ConfigSynonym { name: s.name, value: s.value, source: s.source.kafka_name() };
    TopicConfigData {
        cluster_id: path.cluster_id.clone(),
        topic_name: path.topic_name.clone(),
        is_default: entry.source == Source::Default,
        is_read_only: entry.read_only,
        is_sensitive: entry.sensitive,
        source: entry.source.kafka_name(),
        synonyms: entry.synonyms.into_iter().map(synonym).collect(),
        name: entry.name,
        value: entry.value,
    }
}

/// Every setting of a topic, with the value in force and where it comes from.
#[utoipa::path(get, path = "/v3/clusters/{cluster_id}/topics/{topic_name}/configs", tag = "Configs",
    params(TopicPath),
    responses((status = 200, body = Collection<TopicConfigData>), (status = 404, body = ErrorBody)))]
pub(super) async fn list_topic_configs(
    State(state): State<AdminState>,
    base: Base,
    path: Result<Path<TopicPath>, PathRejection>,
) -> Answer<Json<Collection<TopicConfigData>>> {
    let Path(path) = path?;
    let (cluster, _) = enter(&state, &base, &path.cluster_id, Topics::None).await?;
    let place = topic_place(&cluster, &path.topic_name);
    let resource = configs::Resource::topic(&path.topic_name);
    let mut list = Vec::new();
    for described in configs::describe(&state.cluster, &[resource], true).await? {
        let about = format!("cannot read the settings of {}", path.topic_name);
        let entries = described.result.map_err(|refusal| Problem::from(refusal.about(about)))?;
        for entry in entries {
            let place = place.child("configs", "config", &entry.name);
            list.push(Resource::new("KafkaTopicConfig", &place, data(&path, entry)));
        }
    }
    Ok(Json(Collection::new("KafkaTopicConfigList", &place.only("configs"), list)))
}
