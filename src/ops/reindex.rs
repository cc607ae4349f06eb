//! Indexes of partitions whose broker is down: held against the batches, and made anew where they are not as they
//! should be.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::log::files::{DirLock, FileKind, META_PROPERTIES_FILE};
use crate::log::{IndexState, LogError, check_indexes};

/// Why indexes were not looked at.
#[derive(Debug, thiserror::Error)]
pub enum ReindexError {
    /// A broker has the directory.
    #[error("{} is locked by a broker that runs", .0.display())]
    Locked(PathBuf),
    /// The disk.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// One index of one segment.
#[derive(Clone, Debug, Serialize)]
pub struct Index {
    /// The partition's directory, by name.
    pub partition: String,
    /// The base offset of its segment.
    pub segment: i64,
    /// `offset`, `time` or `transaction`.
    pub index: &'static str,
    /// The file.
    pub file: PathBuf,
    /// Entries that were found in it.
    pub found: usize,
    /// Entries that the batches make.
    pub entries: usize,
    /// `ok`, `missing`, `sparse` or `wrong`.
    pub state: &'static str,
    /// What is wrong.
    pub reason: Option<String>,
    /// Where the segment's batches end before the file does.
    pub torn_at: Option<u64>,
    /// Whether it was made anew.
    pub rebuilt: bool,
}

/// Keeps brokers out of the data directories of these partitions, as long as it is held.
///
/// # Errors
/// [`ReindexError::Locked`] when one is in already.
pub fn lock(partitions: &[PathBuf]) -> Result<Vec<DirLock>, ReindexError> {
    let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let mut parents: Vec<PathBuf> =
        partitions.iter().filter_map(|partition| Some(whole(partition).parent()?.to_path_buf())).collect();
    parents.sort();
    parents.dedup();
    // A copy of a partition that stands by itself is no broker's.
    parents.retain(|dir| dir.join(".lock").exists() || dir.join(META_PROPERTIES_FILE).exists());
    parents.into_iter().map(|dir| DirLock::try_acquire(&dir)?.ok_or(ReindexError::Locked(dir))).collect()
}

/// Looks at every index of a partition, and makes those anew that are missing, sparse or wrong, unless `look_only`.
/// `interval` is `index.interval.bytes`.
///
/// # Errors
/// [`LogError`] when a file cannot be read or written.
pub fn reindex(
    partition: &Path,
    interval: u32,
    look_only: bool,
    progress: &mut dyn FnMut(u64),
) -> Result<Vec<Index>, LogError> {
    let name = std::path::absolute(partition).unwrap_or_else(|_| partition.to_path_buf());
    let name = name.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut rows = Vec::new();
    for segment in check_indexes(partition, interval, progress)? {
        for index in segment.indexes {
            let is_good = index.state == IndexState::Good;
            if index.kind == FileKind::TxnIndex && is_good && index.made == 0 {
                // It is not there, and need not be.
                continue;
            }
            if !is_good && !look_only {
                index.write()?;
            }
            let (state, reason) = match index.state {
                IndexState::Good => ("ok", None),
                IndexState::Missing => ("missing", None),
                IndexState::Sparse => ("sparse", None),
                IndexState::Wrong(reason) => ("wrong", Some(reason)),
            };
            rows.push(Index {
                partition: name.clone(),
                segment: segment.base.0,
                index: match index.kind {
                    FileKind::TimeIndex => "time",
                    FileKind::TxnIndex => "transaction",
                    _ => "offset",
                },
                file: index.path,
                found: index.found,
                entries: index.made,
                state,
                reason,
                torn_at: segment.torn.as_ref().map(|(at, _)| *at),
                rebuilt: !is_good && !look_only,
            });
        }
    }
    Ok(rows)
}
