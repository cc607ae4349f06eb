//! Where the records come from: a directory of segments and snapshots, or one of these files.

use std::io;
use std::path::{Path, PathBuf};

use super::state::History;
use crate::ops::dump::segments;
use crate::ops::metadata_tree::{TreeError, each_batch};

/// The directory of the metadata log in `metadata.log.dir`.
const METADATA: &str = "__cluster_metadata-0";

/// Why there is no history.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// A directory cannot be listed.
    #[error("cannot read {}: {source}", .path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is nothing to read.
    #[error("{} holds neither segments nor snapshots of a metadata log", .0.display())]
    Nothing(PathBuf),
    /// A file cannot be read.
    #[error("cannot read {}: {source}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        source: TreeError,
    },
}

/// Reads a `.log` or `.checkpoint` file, or a directory of them: the metadata log's own, or the one it is in. A snapshot
/// is where the history of a log begins whose first segments are gone.
///
/// # Errors
/// [`HistoryError`].
pub fn read(path: &Path) -> Result<History, HistoryError> {
    let mut history = History::default();
    let mut from = 0;
    for file in files(path)? {
        let is_snapshot = file.extension().is_some_and(|extension| extension == "checkpoint");
        let snapshot_end = is_snapshot.then(|| snapshot_end(&file)).flatten();
        let taken = each_batch(&file, |batch| {
            if let Some(end) = snapshot_end {
                history.begin_with(batch, end);
            } else if batch.header.last_offset().get() >= from {
                history.take(batch);
            }
        });
        taken.map_err(|source| HistoryError::File { path: file.clone(), source })?;
        if let Some(end) = snapshot_end {
            from = end;
        }
    }
    history.finish();
    Ok(history)
}

fn files(path: &Path) -> Result<Vec<PathBuf>, HistoryError> {
    let io = |source| HistoryError::Io { path: path.to_path_buf(), source };
    if !path.metadata().map_err(io)?.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let inner = path.join(METADATA);
    let directory = if inner.is_dir() { inner } else { path.to_path_buf() };
    let logs = segments(&directory).map_err(io)?;
    let mut snapshots = Vec::new();
    for entry in std::fs::read_dir(&directory).map_err(io)? {
        let file = entry.map_err(io)?.path();
        if file.extension().is_some_and(|extension| extension == "checkpoint")
            && let Some(end) = snapshot_end(&file)
        {
            snapshots.push((end, file));
        }
    }
    snapshots.sort();
    let first = logs.first().map(|(_, base)| *base);
    let snapshot = match first {
        Some(0) => None,
        // The oldest that leaves no gap before the log.
        Some(base) => snapshots.into_iter().find(|(end, _)| *end >= base),
        None => snapshots.pop(),
    };
    let all: Vec<PathBuf> =
        snapshot.into_iter().map(|(_, file)| file).chain(logs.into_iter().map(|(log, _)| log)).collect();
    if all.is_empty() { Err(HistoryError::Nothing(path.to_path_buf())) } else { Ok(all) }
}

/// The offset after the last that a snapshot stands for, by its name.
fn snapshot_end(file: &Path) -> Option<i64> {
    file.file_stem()?.to_str()?.split_once('-')?.0.parse().ok()
}
