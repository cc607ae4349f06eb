//! `logbus-written-offset-checkpoint`: how far every log of the directory was written when it was last marked.
//!
//! Unlike Kafka's checkpoints it claims nothing about the disk. It claims that bytes, index and producer state were
//! given to the system, which keeps them when the process is killed; so its first line names the run of the system and
//! the device, and after a reboot, or on another device, it counts for nothing. Kafka does not look at it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::{parse_offsets, render_offsets};
use crate::log::error::{IoContext, LogError};
use crate::model::{Offset, TopicPartition};

/// The file's name.
pub const WRITTEN_CHECKPOINT: &str = "logbus-written-offset-checkpoint";

/// What must be the same for unsynced bytes to be still there; `None` where the system does not tell.
fn run_of(dir: &Path) -> Option<String> {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let device = fs::metadata(dir).ok()?.dev();
    Some(format!("boot {} device {device}", boot.trim()))
}

/// Reads the file. Empty if it is not there, not readable, or of another run of the system: then the recovery points
/// alone say what need not be scanned.
pub fn read_written(dir: &Path) -> BTreeMap<TopicPartition, Offset> {
    let read = || {
        let text = fs::read_to_string(dir.join(WRITTEN_CHECKPOINT)).ok()?;
        let (run, offsets) = text.split_once('\n')?;
        (Some(run) == run_of(dir).as_deref()).then(|| parse_offsets(offsets).ok()).flatten()
    };
    read().unwrap_or_default()
}

/// Replaces the file, without a sync: it is of use only while the system runs on.
///
/// # Errors
/// [`LogError::Io`].
pub fn write_written(dir: &Path, offsets: &BTreeMap<TopicPartition, Offset>) -> Result<(), LogError> {
    let Some(run) = run_of(dir) else { return Ok(()) };
    let (path, tmp) = (dir.join(WRITTEN_CHECKPOINT), dir.join(format!("{WRITTEN_CHECKPOINT}.tmp")));
    let body = render_offsets(offsets.iter().map(|(partition, offset)| (partition, *offset)));
    fs::write(&tmp, format!("{run}\n{body}")).at("write to", &tmp)?;
    fs::rename(&tmp, &path).at("rename to", &path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TopicName;

    #[test]
    fn what_was_written_is_believed_in_the_same_run_of_the_system_only() {
        let dir = tempfile::tempdir().unwrap();
        assert!(read_written(dir.path()).is_empty());
        let offsets = BTreeMap::from([(TopicPartition::new(TopicName::new("t").unwrap(), 0), Offset(7))]);
        write_written(dir.path(), &offsets).unwrap();
        assert_eq!(read_written(dir.path()), offsets);
        let path = dir.path().join(WRITTEN_CHECKPOINT);
        let text = fs::read_to_string(&path).unwrap();
        for other in [
            text.replacen("boot ", "boot 0", 1),
            text.replacen("device ", "device 9", 1),
            text[..text.len() - 2].to_owned(),
            text.replacen("\n1\n", "\n2\n", 1),
        ] {
            fs::write(&path, other).unwrap();
            assert!(read_written(dir.path()).is_empty());
        }
    }
}
