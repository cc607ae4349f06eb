//! The broker's settings, from file and flags; and the first format of a new directory.

use std::collections::BTreeSet;
use std::fs;

use tracing::{info, warn};

use super::Broker;
use crate::broker::state::metadata::{bootstrap_records, record_version};
use crate::cli::error::CliError;
use crate::config::{BrokerConfig, Properties};
use crate::log::files::MetaProperties;
use crate::log::storage::{FormatRequest, format_storage};
use crate::model::{TimestampMs, Uuid};

/// The `metadata.version` that new clusters begin with: 4.3-IV0.
const METADATA_VERSION: i16 = 30;

/// Reads the file, lays the flags over it, and checks the whole.
pub(super) fn load(args: &Broker) -> Result<BrokerConfig, CliError> {
    let mut properties = match &args.config {
        None => Properties::new(),
        Some(path) => {
            let bytes = fs::read(path).map_err(|e| CliError::failed(format!("cannot read {}: {e}", path.display())))?;
            Properties::parse(&bytes)
        }
    };
    if let Some(dir) = &args.data_dir {
        properties.set("log.dirs", &dir.display().to_string());
        properties.remove("log.dir");
    }
    if let Some(listener) = &args.listener {
        let listener = if listener.contains("://") { listener.clone() } else { format!("PLAINTEXT://{listener}") };
        properties.set("listeners", &listener);
        properties.remove("advertised.listeners");
    }
    if let Some(admin) = &args.admin_listener {
        properties.set("logbus.admin.listener", if admin == "none" { "" } else { admin });
    }
    if let Some(id) = args.node_id {
        properties.set("node.id", &id.to_string());
        properties.remove("broker.id");
    }
    for pair in &args.overrides {
        let (key, value) =
            pair.split_once('=').ok_or_else(|| CliError::usage(format!("--override {pair}: write KEY=VALUE")))?;
        properties.set(key.trim(), value.trim());
    }
    let (config, warnings) = BrokerConfig::from_properties(&properties)
        .map_err(|e| CliError::failed(e.to_string()).with_hint("docs/settings.md lists every setting"))?;
    for warning in warnings {
        warn!("{warning}");
    }
    Ok(config)
}

/// Formats directories that nobody formatted: a lone node that is its own quorum. Directories that are formatted stay
/// as they are; new ones beside them join their cluster.
pub(super) fn format_if_new(config: &BrokerConfig) -> Result<(), CliError> {
    let (log_dirs, metadata_dir) = (config.log_dirs(), config.metadata_log_dir());
    let failed = |e: String| CliError::failed(e).with_hint("`logbus storage info` shows what the directories hold");
    let all: BTreeSet<_> = log_dirs.iter().chain([&metadata_dir]).collect();
    let mut found = Vec::new();
    for dir in &all {
        found.push(MetaProperties::read(dir).map_err(|e| failed(e.to_string()))?);
    }
    if found.iter().all(Option::is_some) {
        return Ok(());
    }
    let cluster_id =
        found.into_iter().flatten().next().map_or_else(|| Uuid::random().to_string(), |meta| meta.cluster_id);
    let records = bootstrap_records();
    let bootstrap: Vec<_> = records.iter().map(|r| r.to_value(record_version(r, METADATA_VERSION))).collect();
    let request = FormatRequest {
        cluster_id: &cluster_id,
        node_id: config.node_id(),
        log_dirs: &log_dirs,
        metadata_dir: &metadata_dir,
        bootstrap: &bootstrap,
        sole_voter: Some(&[]),
        ignore_formatted: true,
        now: TimestampMs::now(),
    };
    let report = format_storage(&request, &mut Uuid::random).map_err(|e| failed(e.to_string()))?;
    for (dir, _) in report.formatted {
        info!(dir = %dir.display(), cluster_id, "directory formatted");
    }
    Ok(())
}
