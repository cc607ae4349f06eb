//! The segments of the metadata log, for those who vote and those who follow alike.

use std::path::Path;
use std::sync::Arc;

use super::QuorumSettings;
use crate::log::{Log, LogConfig, LogError, RecoverySpec};
use crate::model::{Offset, TimestampMs};

/// Opens the log in `dir`, which begins at `start`: where the newest snapshot ends.
///
/// Nothing says how far the last run had synced, so every batch's checksum is looked at: a snapshot keeps the log behind
/// it short.
pub(super) fn open(settings: &QuorumSettings, dir: &Path, start: Offset) -> Result<Log, LogError> {
    let now = TimestampMs::now();
    let config = LogConfig {
        segment_bytes: settings.segment_bytes,
        file_delete_delay_ms: 0,
        retention_ms: None,
        retention_bytes: None,
        ..LogConfig::default()
    };
    let spec =
        RecoverySpec { recovery_point: start, log_start_offset: start, only_torn: true, ..RecoverySpec::default() };
    let (mut log, report) = Log::open(dir, Arc::new(config), spec, now)?;
    for note in &report.notes {
        tracing::warn!("metadata log: {note}");
    }
    if log.end_offset() < start {
        // The snapshot was installed and the log not yet moved up to it.
        log.truncate_fully_and_start_at(start, now)?;
    }
    Ok(log)
}
