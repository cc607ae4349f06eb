//! The first format of a node's directories.

use std::collections::BTreeSet;

use bytes::Bytes;
use tracing::info;

use super::state::metadata::{bootstrap_records, record_version};
use crate::config::BrokerConfig;
use crate::log::LogError;
use crate::log::files::MetaProperties;
use crate::log::storage::{FormatError, FormatRequest, format_storage};
use crate::model::{TimestampMs, Uuid};

/// The `metadata.version` that new clusters begin with: 4.3-IV0.
const METADATA_VERSION: i16 = 30;

/// The first records of a new cluster's metadata log: the levels of its features.
pub fn bootstrap_values() -> Vec<Bytes> {
    bootstrap_records().iter().map(|record| record.to_value(record_version(record, METADATA_VERSION))).collect()
}

/// Formats directories that nobody formatted, for a lone node that is its own quorum. Directories that are formatted
/// stay as they are; new ones beside them join their cluster.
///
/// # Errors
/// When a directory cannot be read or written, or belongs to another node.
pub fn format_if_new(config: &BrokerConfig) -> Result<(), FormatError> {
    let (log_dirs, metadata_dir) = (config.log_dirs(), config.metadata_log_dir());
    let all: BTreeSet<_> = log_dirs.iter().chain([&metadata_dir]).collect();
    let found = all.iter().map(|dir| MetaProperties::read(dir)).collect::<Result<Vec<_>, LogError>>()?;
    if found.iter().all(Option::is_some) {
        return Ok(());
    }
    let cluster_id =
        found.into_iter().flatten().next().map_or_else(|| Uuid::random().to_string(), |meta| meta.cluster_id);
    let request = FormatRequest {
        cluster_id: &cluster_id,
        node_id: config.node_id(),
        log_dirs: &log_dirs,
        metadata_dir: &metadata_dir,
        bootstrap: &bootstrap_values(),
        sole_voter: Some(&[]),
        ignore_formatted: true,
        now: TimestampMs::now(),
    };
    for (dir, _) in format_storage(&request, &mut Uuid::random)?.formatted {
        info!(dir = %dir.display(), cluster_id, "directory formatted");
    }
    Ok(())
}
