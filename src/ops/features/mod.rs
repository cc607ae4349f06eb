//! Features of a cluster (KIP-584): what its nodes support, what is switched on, and changing that.

mod levels;

pub use levels::{
    KRAFT_VERSION, LATEST_METADATA_VERSION, METADATA_VERSION, NEWEST_METADATA_VERSION, dependencies, is_known,
    level_text, levels_of, metadata_version_level, metadata_version_name, unknown_metadata_version,
};

use std::collections::BTreeMap;

use serde::Serialize;

use super::cluster::{self, Side};
use crate::client::{Cluster, Target};
use crate::ops::{Outcome, Refusal, Result};
use crate::wire::messages::update_features::{FeatureUpdateKey, UpdateFeaturesRequest};

/// The features of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Features {
    /// Rises with every change; `None` when there is none yet.
    pub epoch: Option<i64>,
    /// By name.
    pub features: Vec<Feature>,
}

/// One feature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Feature {
    /// Its name.
    pub name: String,
    /// Lowest level that the node asked supports.
    pub min: i16,
    /// Highest level that it supports.
    pub max: i16,
    /// The level that is switched on; 0 for none.
    pub finalized: i16,
}

/// Reads the features as the node behind the address sees them.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked.
pub async fn describe(cluster: &Cluster, side: Side) -> Result<Features> {
    let cluster = cluster::administrator(cluster, side).await?;
    let connection = cluster.connection(Target::Any).await?;
    let answer = &connection.versions().response;
    let mut features: BTreeMap<&str, Feature> = BTreeMap::new();
    for f in &answer.supported_features {
        let feature = Feature { name: f.name.clone(), min: f.min_version, max: f.max_version, finalized: 0 };
        features.insert(&f.name, feature);
    }
    for f in &answer.finalized_features {
        let unsupported = || Feature { name: f.name.clone(), min: 0, max: 0, finalized: 0 };
        features.entry(&f.name).or_insert_with(unsupported).finalized = f.max_version_level;
    }
    let epoch = (answer.finalized_features_epoch >= 0).then_some(answer.finalized_features_epoch);
    Ok(Features { epoch, features: features.into_values().collect() })
}

/// Which way a change may go (`UpgradeType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum UpgradeType {
    /// Up only.
    Upgrade = 1,
    /// Down, where nothing that is stored is lost by it.
    SafeDowngrade = 2,
    /// Down, whatever is lost.
    UnsafeDowngrade = 3,
}

/// Changes the levels of features, all or none; with `dry_run` only says whether it would.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked.
pub async fn update(
    cluster: &Cluster,
    side: Side,
    updates: &BTreeMap<String, i16>,
    kind: UpgradeType,
    dry_run: bool,
) -> Result<Vec<Outcome>> {
    let cluster = cluster::administrator(cluster, side).await?;
    let change = |(feature, level): (&String, &i16)| FeatureUpdateKey {
        feature: feature.clone(),
        max_version_level: *level,
        upgrade_type: kind as i8,
        ..Default::default()
    };
    let request = UpdateFeaturesRequest {
        timeout_ms: i32::try_from(cluster.config().request_timeout.as_millis()).unwrap_or(i32::MAX),
        feature_updates: updates.iter().map(change).collect(),
        validate_only: dry_run,
    };
    let target = if side == Side::Brokers { Target::Controller } else { Target::Any };
    let answer = cluster.request(target, &request).await?;
    let whole = Refusal::check(answer.error_code, answer.error_message);
    let mut each: BTreeMap<String, Result<(), Refusal>> =
        answer.results.into_iter().map(|r| (r.feature, Refusal::check(r.error_code, r.error_message))).collect();
    let outcome = |name: &String| {
        let result = whole.clone().and_then(|()| each.remove(name).unwrap_or(Ok(())));
        Outcome { name: name.clone(), result }
    };
    Ok(updates.keys().map(outcome).collect())
}
