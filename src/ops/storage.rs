//! Data directories as they lie on disk, whether or not a broker runs on them.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::log::files::MetaProperties;
use crate::log::scan_log_dir;
use crate::ops::{OpsError, Result};

/// A data directory.
#[derive(Clone, Debug, Serialize)]
pub struct DirInfo {
    /// The path.
    pub path: PathBuf,
    /// Whether it has a `meta.properties`.
    pub formatted: bool,
    /// The cluster that it belongs to.
    pub cluster_id: Option<String>,
    /// The node that it belongs to.
    pub node_id: Option<i32>,
    /// Its own id.
    pub directory_id: Option<String>,
    /// Partitions with files in it.
    pub partitions: usize,
    /// Bytes of those files.
    pub bytes: u64,
}

/// Looks at a data directory; reads only.
///
/// # Errors
/// [`OpsError::Invalid`] when it cannot be read or its `meta.properties` is damaged.
pub fn info(path: &Path) -> Result<DirInfo> {
    if !path.is_dir() {
        return Err(OpsError::Invalid(format!("{} is not a directory", path.display())));
    }
    let broken = |e: crate::log::LogError| OpsError::Invalid(e.to_string());
    let meta = MetaProperties::read(path).map_err(broken)?;
    let logs = scan_log_dir(path).map_err(broken)?;
    let bytes = logs.iter().map(|log| size_of_files(&log.path)).sum();
    Ok(DirInfo {
        path: path.to_owned(),
        formatted: meta.is_some(),
        cluster_id: meta.as_ref().map(|m| m.cluster_id.clone()),
        node_id: meta.as_ref().map(|m| m.node_id.0),
        directory_id: meta.and_then(|m| m.directory_id).map(|id| id.to_string()),
        partitions: logs.len(),
        bytes,
    })
}

/// Bytes of the files of one directory; what cannot be read counts as nothing.
fn size_of_files(dir: &Path) -> u64 {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.metadata().ok()).filter(fs::Metadata::is_file).map(|meta| meta.len()).sum()
}
