//! The lock that keeps two brokers, ours or Kafka's, out of one log directory.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use parking_lot::Mutex;
use rustix::fs::{FlockOperation, fcntl_lock};

use crate::log::error::{IoContext, LogError};

/// Directories locked by this process: a POSIX lock excludes other processes only.
static HELD: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// A held `.lock` of a log directory; released on drop.
///
/// It is a POSIX record lock (`fcntl`), as Java's `FileChannel.tryLock` takes it, so that it excludes a JVM broker too.
#[derive(Debug)]
pub struct DirLock {
    path: PathBuf,
    _file: File,
}

impl DirLock {
    /// Takes the lock; `None` if somebody else holds it.
    ///
    /// # Errors
    /// [`LogError::Io`] if the lock file cannot be opened or locked for another reason.
    pub fn try_acquire(log_dir: &Path) -> Result<Option<DirLock>, LogError> {
        let path = log_dir.join(".lock");
        let file =
            OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path).at("open", &path)?;
        let key = path.canonicalize().at("resolve", &path)?;
        let mut held = HELD.lock();
        if held.contains(&key) {
            return Ok(None);
        }
        match fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::ACCESS) => return Ok(None),
            Err(e) => return Err(e).at("lock", &path),
        }
        held.insert(key.clone());
        Ok(Some(DirLock { path: key, _file: file }))
    }
}

impl Drop for DirLock {
    fn drop(&mut self) {
        HELD.lock().remove(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_is_locked_once_until_the_lock_is_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let lock = DirLock::try_acquire(dir.path()).unwrap();
        assert!(lock.is_some());
        drop(lock);
        assert!(DirLock::try_acquire(dir.path()).unwrap().is_some());
    }

    #[test]
    fn a_second_lock_in_the_same_process_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let _lock = DirLock::try_acquire(dir.path()).unwrap().unwrap();
        assert!(DirLock::try_acquire(dir.path()).unwrap().is_none());
    }
}
