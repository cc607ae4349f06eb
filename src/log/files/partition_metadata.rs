//! `partition.metadata`: the topic id of a log (KIP-516), written before its first append.

use std::path::Path;

use super::{PARTITION_METADATA_FILE, write_atomically};
use crate::log::error::LogError;
use crate::model::Uuid;

/// Reads the topic id of the log in `dir`; `None` if the file is not there.
///
/// # Errors
/// [`LogError`] if it cannot be read or is malformed.
pub fn read_partition_metadata(dir: &Path) -> Result<Option<Uuid>, LogError> {
    let path = dir.join(PARTITION_METADATA_FILE);
    let Some(text) = super::checkpoint::read(&path)? else { return Ok(None) };
    let corrupt = |reason: String| LogError::corrupt(&path, reason);
    let mut lines = text.lines();
    match lines.next().and_then(|line| line.split_once(": ")) {
        Some(("version", "0")) => {}
        _ => return Err(corrupt("the first line is not `version: 0`".to_owned())),
    }
    match lines.next().and_then(|line| line.split_once(": ")) {
        Some(("topic_id", id)) => id.trim().parse().map(Some).map_err(|e| corrupt(format!("topic_id: {e}"))),
        _ => Err(corrupt("the second line is not `topic_id: …`".to_owned())),
    }
}

/// Writes the topic id of the log in `dir`.
///
/// # Errors
/// [`LogError::Io`].
pub fn write_partition_metadata(dir: &Path, topic_id: Uuid) -> Result<(), LogError> {
    write_atomically(&dir.join(PARTITION_METADATA_FILE), format!("version: 0\ntopic_id: {topic_id}").as_bytes())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_topic_id_is_written_as_kafka_writes_it() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(read_partition_metadata(dir.path()).unwrap(), None);
        write_partition_metadata(dir.path(), Uuid(1)).unwrap();
        let text = fs::read_to_string(dir.path().join(PARTITION_METADATA_FILE)).unwrap();
        assert_eq!(text, "version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAQ");
        assert_eq!(read_partition_metadata(dir.path()).unwrap(), Some(Uuid(1)));
        fs::write(dir.path().join(PARTITION_METADATA_FILE), "version: 0\n").unwrap();
        assert!(read_partition_metadata(dir.path()).is_err());
    }
}
