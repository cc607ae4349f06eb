//! Checkpoint files: a version line, a count line, then a line for each entry (`CheckpointFile`).

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use super::write_atomically;
use crate::log::error::{IoContext, LogError};
use crate::model::{LeaderEpoch, Offset, TopicName, TopicPartition};

/// Offsets up to which every log of the directory was flushed.
pub const RECOVERY_POINT_CHECKPOINT: &str = "recovery-point-offset-checkpoint";
/// High watermarks.
pub const REPLICATION_OFFSET_CHECKPOINT: &str = "replication-offset-checkpoint";
/// Log start offsets that lie above the first segment's base.
pub const LOG_START_OFFSET_CHECKPOINT: &str = "log-start-offset-checkpoint";

/// Splits a checkpoint's text into the fields of each entry; wrong version, count or field number is an error.
fn entries<const N: usize>(text: &str) -> Result<Vec<[&str; N]>, String> {
    let mut lines = text.lines();
    match lines.next().map(str::trim) {
        Some("0") => {}
        Some(version) => return Err(format!("version `{version}` is not known, expected 0")),
        None => return Err("the file is empty".to_owned()),
    }
    let count = lines.next().ok_or("the count is missing")?.trim();
    let count: usize = count.parse().map_err(|_| format!("`{count}` is not a count"))?;
    let mut found = Vec::new();
    for line in lines.filter(|line| !line.is_empty()) {
        let mut fields = line.split_ascii_whitespace();
        let mut entry = [""; N];
        for field in &mut entry {
            *field = fields.next().ok_or_else(|| format!("malformed line `{line}`"))?;
        }
        if fields.next().is_some() {
            return Err(format!("malformed line `{line}`"));
        }
        found.push(entry);
    }
    if found.len() == count { Ok(found) } else { Err(format!("{count} entries announced, {} found", found.len())) }
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("`{text}` is not a number in range"))
}

/// Parses `<topic> <partition> <offset>` lines.
///
/// # Errors
/// What is wrong, in words.
pub fn parse_offsets(text: &str) -> Result<BTreeMap<TopicPartition, Offset>, String> {
    let mut offsets = BTreeMap::new();
    for [topic, partition, offset] in entries(text)? {
        let topic = TopicName::new(topic).map_err(|e| e.to_string())?;
        offsets.insert(TopicPartition::new(topic, number(partition)?), Offset(number(offset)?));
    }
    Ok(offsets)
}

/// Renders an offset checkpoint.
pub fn render_offsets<'a>(offsets: impl ExactSizeIterator<Item = (&'a TopicPartition, Offset)>) -> String {
    let mut text = format!("0\n{}\n", offsets.len());
    for (partition, offset) in offsets {
        let _ = writeln!(text, "{} {} {offset}", partition.topic, partition.partition);
    }
    text
}

/// Reads an offset checkpoint; a missing file is an empty one.
///
/// # Errors
/// [`LogError`] if it cannot be read or is malformed.
pub fn read_offsets(path: &Path) -> Result<BTreeMap<TopicPartition, Offset>, LogError> {
    match read(path)? {
        None => Ok(BTreeMap::new()),
        Some(text) => parse_offsets(&text).map_err(|reason| LogError::corrupt(path, reason)),
    }
}

/// Replaces an offset checkpoint.
///
/// # Errors
/// [`LogError::Io`].
pub fn write_offsets(path: &Path, offsets: &BTreeMap<TopicPartition, Offset>) -> Result<(), LogError> {
    let text = render_offsets(offsets.iter().map(|(partition, offset)| (partition, *offset)));
    write_atomically(path, text.as_bytes())
}

/// Parses `<epoch> <start offset>` lines.
///
/// # Errors
/// What is wrong, in words.
pub fn parse_leader_epochs(text: &str) -> Result<Vec<(LeaderEpoch, Offset)>, String> {
    entries(text)?.into_iter().map(|[epoch, start]| Ok((LeaderEpoch(number(epoch)?), Offset(number(start)?)))).collect()
}

/// Renders a `leader-epoch-checkpoint`.
pub fn render_leader_epochs(epochs: &[(LeaderEpoch, Offset)]) -> String {
    let mut text = format!("0\n{}\n", epochs.len());
    for (epoch, start) in epochs {
        let _ = writeln!(text, "{epoch} {start}");
    }
    text
}

/// Reads a `leader-epoch-checkpoint`; a missing file is an empty one.
///
/// # Errors
/// [`LogError`] if it cannot be read or is malformed.
pub fn read_leader_epochs(path: &Path) -> Result<Vec<(LeaderEpoch, Offset)>, LogError> {
    match read(path)? {
        None => Ok(Vec::new()),
        Some(text) => parse_leader_epochs(&text).map_err(|reason| LogError::corrupt(path, reason)),
    }
}

/// Replaces a `leader-epoch-checkpoint`.
///
/// # Errors
/// [`LogError::Io`].
pub fn write_leader_epochs(path: &Path, epochs: &[(LeaderEpoch, Offset)]) -> Result<(), LogError> {
    write_atomically(path, render_leader_epochs(epochs).as_bytes())
}

/// Reads a file of text; `None` if it is not there. Bytes that are no text are damage, and no fault of the disk.
pub(super) fn read(path: &Path) -> Result<Option<String>, LogError> {
    match fs::read(path) {
        Ok(bytes) => String::from_utf8(bytes).map(Some).map_err(|e| LogError::corrupt(path, e.to_string())),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e).at("read", path),
    }
}

#[cfg(test)]
mod tests {
    use super::super::LEADER_EPOCH_FILE;
    use super::*;

    #[test]
    fn bytes_that_are_no_text_are_damage_and_no_fault_of_the_disk() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(LEADER_EPOCH_FILE);
        fs::write(&path, b"0\n1\n\xb0 0\n").unwrap();
        assert!(matches!(read_leader_epochs(&path), Err(LogError::Corrupt { .. })));
        assert!(matches!(read_offsets(&path), Err(LogError::Corrupt { .. })));
    }

    #[test]
    fn offsets_are_written_as_kafka_writes_them_and_read_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(RECOVERY_POINT_CHECKPOINT);
        assert!(read_offsets(&path).unwrap().is_empty());
        let topic = TopicName::new("flights").unwrap();
        let offsets = BTreeMap::from([
            (TopicPartition::new(topic.clone(), 0), Offset(7)),
            (TopicPartition::new(topic, 1), Offset(0)),
        ]);
        write_offsets(&path, &offsets).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "0\n2\nflights 0 7\nflights 1 0\n");
        assert_eq!(read_offsets(&path).unwrap(), offsets);
        assert!(!dir.path().join("recovery-point-offset-checkpoint.tmp").exists());
    }

    #[test]
    fn a_wrong_version_count_or_line_is_an_error_that_says_so() {
        assert_eq!(parse_offsets("0\n0\n"), Ok(BTreeMap::new()));
        assert!(parse_offsets("").unwrap_err().contains("empty"));
        assert!(parse_offsets("1\n0\n").unwrap_err().contains("version"));
        assert!(parse_offsets("0\n2\nt 0 1\n").unwrap_err().contains("2 entries announced, 1 found"));
        assert!(parse_offsets("0\n1\nt 0\n").unwrap_err().contains("malformed"));
        assert!(parse_leader_epochs("0\n1\n0 0 0\n").unwrap_err().contains("malformed"));
        assert!(parse_leader_epochs("0\n1\n0 x\n").unwrap_err().contains("number"));
    }
}
