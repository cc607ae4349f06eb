//! Levels of features go up and down (KIP-584, KIP-778, KIP-1022; `FeatureControlManager`).

use std::collections::BTreeMap;

use super::decision::{Context, Decision, Refusal};
use crate::broker::state::metadata::{
    ConfigKind, ConfigResource, ELR_FEATURE, KRAFT_FEATURE, METADATA_VERSION_FEATURE, MetadataImage, supported_feature,
};
use crate::model::{BrokerId, ErrorCode};
use crate::wire::messages::update_features::{
    FeatureUpdateKey, UpdatableFeatureResult, UpdateFeaturesRequest, UpdateFeaturesResponse,
};
use crate::wire::records::metadata::{ConfigRecord, FeatureLevelRecord, MetadataRecord};

const MIN_ISR: &str = "min.insync.replicas";

/// `IBP_3_7_IV0`: from here on controllers register (KIP-919), so that what they support is known.
const CONTROLLERS_REGISTER: i16 = 15;

/// Levels of `metadata.version` that brought records or fields of their own (`MetadataVersion.didMetadataChange`): going
/// back over one might lose what stands in them.
const CHANGED_METADATA: [i16; 8] = [8, 11, 13, 14, 15, 17, 23, 30];

/// Which level of another feature a feature's level needs (`FeatureVersion.dependencies`).
const DEPENDENCIES: [(&str, i16, &str, i16); 2] =
    [(ELR_FEATURE, 1, METADATA_VERSION_FEATURE, 23), (KRAFT_FEATURE, 1, METADATA_VERSION_FEATURE, 21)];

/// What the controller knows of the quorum when it decides upon features.
#[derive(Clone, Copy, Debug)]
pub struct QuorumFacts<'a> {
    /// This controller.
    pub node: BrokerId,
    /// All voters.
    pub voters: &'a [BrokerId],
    /// The level of `kraft.version`.
    pub kraft_version: i16,
    /// Why the log cannot name the voters yet, which is what level 1 of it means.
    pub unnamed: Option<&'a str>,
}

/// Which way somebody wants a level to go (`FeatureUpdate.UpgradeType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Up,
    SafelyDown,
    UnsafelyDown,
}

impl Way {
    fn of(update: &FeatureUpdateKey) -> Option<Way> {
        // Version 0 has a flag instead of the type.
        match (update.allow_downgrade, update.upgrade_type) {
            (true, _) | (_, 2) => Some(Way::SafelyDown),
            (_, 1) => Some(Way::Up),
            (_, 3) => Some(Way::UnsafelyDown),
            _ => None,
        }
    }
}

/// Decides UpdateFeatures: all of it, or nothing when one level cannot be.
pub fn update_features(
    ctx: &Context<'_>,
    quorum: &QuorumFacts<'_>,
    request: &UpdateFeaturesRequest,
) -> Decision<UpdateFeaturesResponse> {
    let mut updates: BTreeMap<&str, &FeatureUpdateKey> = BTreeMap::new();
    for update in &request.feature_updates {
        updates.insert(&update.feature, update);
    }
    match records(ctx, quorum, &updates) {
        Ok(records) => {
            let results = request.feature_updates.iter().map(|update| UpdatableFeatureResult {
                feature: update.feature.clone(),
                error_code: ErrorCode::None.code(),
                error_message: None,
            });
            let answer = UpdateFeaturesResponse {
                error_message: None,
                results: results.collect(),
                ..UpdateFeaturesResponse::default()
            };
            Decision { records, answer }.dry(request.validate_only)
        }
        Err(refusal) => Decision::only(UpdateFeaturesResponse {
            error_code: refusal.code.code(),
            error_message: Some(format!(
                "The update failed for all features since the following feature had an error: {}",
                refusal.text()
            )),
            ..UpdateFeaturesResponse::default()
        }),
    }
}

fn records(
    ctx: &Context<'_>,
    quorum: &QuorumFacts<'_>,
    updates: &BTreeMap<&str, &FeatureUpdateKey>,
) -> Result<Vec<MetadataRecord>, Refusal> {
    let level_after = |name: &str| match updates.get(name) {
        Some(update) => update.max_version_level,
        None => level_of(ctx.image, quorum, name),
    };
    let mut records = Vec::new();
    for (name, update) in updates {
        let level = update.max_version_level;
        check(ctx.image, quorum, update, &level_after)?;
        // Control records hold the level of kraft.version: the quorum writes them itself.
        if *name != KRAFT_FEATURE {
            let record = FeatureLevelRecord { name: (*name).to_owned(), feature_level: level };
            records.push(MetadataRecord::FeatureLevelRecord(record));
        }
    }
    if updates.get(ELR_FEATURE).is_some_and(|update| update.max_version_level > 0) {
        one_minimum(ctx, &mut records);
    }
    Ok(records)
}

fn level_of(image: &MetadataImage, quorum: &QuorumFacts<'_>, name: &str) -> i16 {
    if name == KRAFT_FEATURE { quorum.kraft_version } else { image.features().level(name) }
}

fn check(
    image: &MetadataImage,
    quorum: &QuorumFacts<'_>,
    update: &FeatureUpdateKey,
    level_after: &dyn Fn(&str) -> i16,
) -> Result<(), Refusal> {
    let (name, level) = (update.feature.as_str(), update.max_version_level);
    let refuse = |why: String| {
        let text = format!("Invalid update version {level} for feature {name}. {why}");
        Err(Refusal::new(ErrorCode::InvalidUpdateVersion, text))
    };
    let Some(way) = Way::of(update) else {
        return refuse("The controller does not support the given upgrade type.".to_owned());
    };
    if level < 0 {
        return refuse("A feature version cannot be less than 0.".to_owned());
    }
    if let Some(why) = not_supported(image, quorum, name, level) {
        return refuse(why);
    }
    let now = level_of(image, quorum, name);
    if level < now && way == Way::Up {
        let why = "Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade.";
        return refuse(why.to_owned());
    }
    if level > now && way != Way::Up {
        return refuse("Can't downgrade to a newer version.".to_owned());
    }
    if name == METADATA_VERSION_FEATURE {
        return check_metadata_version(now, level, way);
    }
    if name == KRAFT_FEATURE {
        if level < now {
            return refuse("Can't downgrade the version of this feature.".to_owned());
        }
        if let (true, Some(why)) = (level > now, quorum.unnamed) {
            return refuse(why.to_owned());
        }
    }
    let unmet = DEPENDENCIES
        .iter()
        .find(|(feature, from, other, needed)| *feature == name && level >= *from && level_after(other) < *needed);
    match unmet {
        Some((_, _, other, needed)) => {
            refuse(format!("{name} could not be set to {level} because it depends on {other} level {needed}"))
        }
        None => Ok(()),
    }
}

fn check_metadata_version(now: i16, level: i16, way: Way) -> Result<(), Refusal> {
    if level >= now || !CHANGED_METADATA.iter().any(|changed| level < *changed && *changed <= now) {
        return Ok(());
    }
    let why = if way == Way::UnsafelyDown {
        "Unsafe metadata downgrade is not supported in this version."
    } else {
        "Refusing to perform the requested downgrade because it might delete metadata information."
    };
    let text = format!("Unsupported metadata.version downgrade from {now} to {level}. {why}");
    Err(Refusal::new(ErrorCode::InvalidUpdateVersion, text))
}

/// Why some node of the cluster could not live with the level; asked of this controller, the brokers, and the other
/// controllers, in this order.
fn not_supported(image: &MetadataImage, quorum: &QuorumFacts<'_>, name: &str, level: i16) -> Option<String> {
    let judge = |who: String, min: i16, max: i16| {
        if (min..=max).contains(&level) {
            None
        } else if max == 0 {
            Some(format!("{who} does not support this feature."))
        } else {
            let range = if min == max { min.to_string() } else { format!("{min}-{max}") };
            Some(format!("{who} only supports versions {range}"))
        }
    };
    let (min, max) = supported_feature(name).map_or((0, 0), |range| (range.min, range.max));
    if let Some(why) = judge(format!("Local controller {}", quorum.node), min, max) {
        return Some(why);
    }
    for broker in image.brokers() {
        let range = broker.features.iter().find(|(feature, ..)| feature == name);
        let (min, max) = range.map_or((0, 0), |(_, min, max)| (*min, *max));
        if let Some(why) = judge(format!("Broker {}", broker.id), min, max) {
            return Some(why);
        }
    }
    if image.features().metadata_version() < CONTROLLERS_REGISTER {
        return None;
    }
    for controller in image.controllers().filter(|controller| controller.controller_id != quorum.node.get()) {
        let range = controller.features.iter().find(|feature| feature.name == name);
        let (min, max) = range.map_or((0, 0), |f| (f.min_supported_version, f.max_supported_version));
        if let Some(why) = judge(format!("Controller {}", controller.controller_id), min, max) {
            return Some(why);
        }
    }
    let unknown = quorum.voters.iter().find(|id| **id != quorum.node && image.controller(**id).is_none());
    unknown.map(|id| format!("controller {id} has not registered, and may not support this feature"))
}

/// KIP-966 wants one minimum in-sync set for all brokers: it is written down for the whole cluster, and taken from single
/// brokers (`ConfigurationControlManager.maybeGenerateElrSafetyRecords`).
fn one_minimum(ctx: &Context<'_>, records: &mut Vec<MetadataRecord>) {
    let set = |resource_name: String, value: Option<String>| {
        let resource_type = ConfigKind::Broker.code();
        MetadataRecord::ConfigRecord(ConfigRecord { resource_type, resource_name, name: MIN_ISR.to_owned(), value })
    };
    let is_set = |resource: &ConfigResource| ctx.image.config(resource).is_some_and(|v| v.contains_key(MIN_ISR));
    if !is_set(&ConfigResource::all_brokers()) {
        let value = ctx.rules.default_value(ConfigKind::Topic, MIN_ISR).unwrap_or_else(|| "1".to_owned());
        records.push(set(String::new(), Some(value)));
    }
    let mut single: Vec<String> = ctx
        .image
        .configs()
        .filter(|(resource, values)| {
            resource.kind == ConfigKind::Broker && !resource.name.is_empty() && values.contains_key(MIN_ISR)
        })
        .map(|(resource, _)| resource.name.to_string())
        .collect();
    single.sort();
    records.extend(single.into_iter().map(|name| set(name, None)));
}

#[cfg(test)]
mod tests;
