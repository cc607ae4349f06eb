//! The mark of a clean stop: present, every log of the directory was closed and flushed (`CleanShutdownFileHandler`).

use std::fs;
use std::path::Path;

use super::{sync_dir, write_atomically};
use crate::log::error::{IoContext, LogError};

/// The mark's file name.
pub const CLEAN_SHUTDOWN_FILE: &str = ".kafka_cleanshutdown";

/// Writes the mark, with the broker's epoch.
///
/// # Errors
/// [`LogError::Io`].
pub fn write_clean_shutdown(log_dir: &Path, broker_epoch: i64) -> Result<(), LogError> {
    let content = format!("{{\"version\":0,\"brokerEpoch\":{broker_epoch}}}");
    write_atomically(&log_dir.join(CLEAN_SHUTDOWN_FILE), content.as_bytes())
}

/// Removes the mark and says whether it was there, with the broker epoch in it, -1 if that is not readable
/// (older brokers left the file empty). Call before the first log is opened.
///
/// # Errors
/// [`LogError::Io`].
pub fn take_clean_shutdown(log_dir: &Path) -> Result<Option<i64>, LogError> {
    let path = log_dir.join(CLEAN_SHUTDOWN_FILE);
    let content = match fs::read(&path) {
        Ok(content) => content,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e).at("read", &path),
    };
    fs::remove_file(&path).at("remove", &path)?;
    sync_dir(log_dir)?;
    let value: serde_json::Value = serde_json::from_slice(&content).unwrap_or_default();
    Ok(Some(value.get("brokerEpoch").and_then(serde_json::Value::as_i64).unwrap_or(-1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_is_taken_once() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(take_clean_shutdown(dir.path()).unwrap(), None);
        write_clean_shutdown(dir.path(), 42).unwrap();
        assert_eq!(take_clean_shutdown(dir.path()).unwrap(), Some(42));
        assert_eq!(take_clean_shutdown(dir.path()).unwrap(), None);
        fs::write(dir.path().join(CLEAN_SHUTDOWN_FILE), "").unwrap();
        assert_eq!(take_clean_shutdown(dir.path()).unwrap(), Some(-1));
    }
}
