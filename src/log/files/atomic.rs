//! Replacing a file so that after a crash either the old or the new content stands, never a part.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use crate::log::error::{IoContext, LogError};

/// Writes `content` to `<path>.tmp`, syncs it, renames it to `path` and syncs the directory.
///
/// # Errors
/// [`LogError::Io`]; the old content stands unless the last step failed.
pub fn write_atomically(path: &Path, content: &[u8]) -> Result<(), LogError> {
    let mut tmp = path.as_os_str().to_owned();
    tmp.push(".tmp");
    let tmp = Path::new(&tmp);
    let mut file = File::create(tmp).at("create", tmp)?;
    file.write_all(content).at("write to", tmp)?;
    file.sync_all().at("sync", tmp)?;
    drop(file);
    fs::rename(tmp, path).at("rename to", path)?;
    path.parent().map_or(Ok(()), sync_dir)
}

/// Syncs a directory: makes names created, renamed or removed in it durable.
///
/// # Errors
/// [`LogError::Io`].
pub fn sync_dir(dir: &Path) -> Result<(), LogError> {
    // A bare file name has the empty path as its parent.
    let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    File::open(dir).and_then(|d| d.sync_all()).at("sync", dir)
}
