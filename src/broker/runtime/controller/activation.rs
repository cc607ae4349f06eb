//! What a controller writes down first when it begins to lead.

use std::path::Path;

use super::Active;
use crate::broker::state::controller::Decision;
use crate::broker::state::metadata::{ConfigKind, ELR_FEATURE, bootstrap_records};
use crate::log::LogError;
use crate::log::storage::{BOOTSTRAP_CHECKPOINT, CheckpointRecord, read_checkpoint};
use crate::model::BrokerId;
use crate::wire::records::metadata::{AbortTransactionRecord, ConfigRecord, MetadataRecord};

/// Ends the transaction that an earlier controller began and did not live to end (KIP-868): nothing that it wrote in it
/// holds.
pub(super) fn abort_transaction() -> Decision<()> {
    let reason = "another controller took over".to_owned();
    let record = AbortTransactionRecord { reason: Some(reason) };
    Decision { records: vec![MetadataRecord::AbortTransactionRecord(record)], answer: () }
}

/// The first records of a new cluster, and this controller's registration where it is new or changed.
pub(super) fn activation(active: &Active) -> Decision<()> {
    let mut records = Vec::new();
    if active.tip.features().metadata_version() == 0 {
        records = bootstrap(&active.settings.metadata_dir);
        let elr = records.iter().any(|record| {
            matches!(record, MetadataRecord::FeatureLevelRecord(r) if r.name == ELR_FEATURE && r.feature_level > 0)
        });
        if elr {
            // KIP-966 wants one minimum for all: it is written down once, so that a broker's file cannot change it.
            let name = "min.insync.replicas";
            records.push(MetadataRecord::ConfigRecord(ConfigRecord {
                resource_type: ConfigKind::Broker.code(),
                resource_name: String::new(),
                name: name.to_owned(),
                value: Some(active.rules.default_value(ConfigKind::Topic, name).unwrap_or_else(|| "1".to_owned())),
            }));
        }
    }
    let own = &active.settings.registration;
    if active.tip.controller(BrokerId(own.controller_id)) != Some(own) {
        records.push(MetadataRecord::RegisterControllerRecord(own.clone()));
    }
    Decision { records, answer: () }
}

fn bootstrap(dir: &Path) -> Vec<MetadataRecord> {
    let mut records = Vec::new();
    let read = read_checkpoint::<LogError>(&dir.join(BOOTSTRAP_CHECKPOINT), |record| {
        if let CheckpointRecord::Data(value) = record {
            let value = bytes::Bytes::copy_from_slice(value);
            let (record, _) = MetadataRecord::from_value(value)
                .map_err(|e| LogError::Corrupt { path: dir.join(BOOTSTRAP_CHECKPOINT), reason: e.to_string() })?;
            records.push(record);
        }
        Ok(())
    });
    match read {
        Ok(_) if !records.is_empty() => records,
        Ok(_) => bootstrap_records(),
        Err(error) => {
            if !error.is_not_found() {
                tracing::warn!("{error}; beginning with this release's own features");
            }
            bootstrap_records()
        }
    }
}
