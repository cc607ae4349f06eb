//! Reading the files of a log offline, one entry at a time: for `dump-log`, repair and verification.
//!
//! Nothing here writes, and nothing trusts what it reads: a torn or mangled file is told as such, with the position.
//! Memory is bounded by the largest batch that is asked for, decompressed within the caller's limit.

mod indexes;
mod segment;

use std::path::Path;

pub use indexes::{IndexReader, read_snapshot};
pub use segment::{BatchInfo, LoadedBatch, SegmentReader, SegmentStep};

use super::files::{
    CLEAN_SHUTDOWN_FILE, FileKind, LEADER_EPOCH_FILE, META_PROPERTIES_FILE, PARTITION_METADATA_FILE, parse_file_name,
};
use crate::model::Offset;

/// What a file of a log directory is, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileType {
    /// A file named by an offset: segment, index or producer snapshot, maybe with a working suffix.
    Segment(Offset, FileKind),
    /// A snapshot of the metadata log, `<end offset>-<epoch>.checkpoint`: record batches.
    MetadataSnapshot,
    /// `leader-epoch-checkpoint`.
    LeaderEpochs,
    /// `recovery-point-offset-checkpoint` and kin.
    OffsetCheckpoint,
    /// `partition.metadata`.
    PartitionMetadata,
    /// `meta.properties`.
    MetaProperties,
    /// `.kafka_cleanshutdown`.
    CleanShutdown,
}

impl FileType {
    /// The type of a file; `None` for names that Kafka does not use.
    pub fn of(path: &Path) -> Option<FileType> {
        let name = path.file_name()?.to_str()?;
        if let Some((offset, kind, _)) = parse_file_name(name) {
            return Some(FileType::Segment(offset, kind));
        }
        match name {
            LEADER_EPOCH_FILE => Some(FileType::LeaderEpochs),
            PARTITION_METADATA_FILE => Some(FileType::PartitionMetadata),
            META_PROPERTIES_FILE => Some(FileType::MetaProperties),
            CLEAN_SHUTDOWN_FILE => Some(FileType::CleanShutdown),
            _ if name.ends_with("-offset-checkpoint") => Some(FileType::OffsetCheckpoint),
            _ if name.ends_with(".checkpoint") => Some(FileType::MetadataSnapshot),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_name() {
        let of = |name: &str| FileType::of(&Path::new("/data/t-0").join(name));
        assert_eq!(of("00000000000000000042.index"), Some(FileType::Segment(Offset(42), FileKind::OffsetIndex)));
        assert_eq!(of("00000000000000000042.log.deleted"), Some(FileType::Segment(Offset(42), FileKind::Log)));
        assert_eq!(of("00000000000000000042-0000000001.checkpoint"), Some(FileType::MetadataSnapshot));
        assert_eq!(of("cleaner-offset-checkpoint"), Some(FileType::OffsetCheckpoint));
        assert_eq!(of("leader-epoch-checkpoint"), Some(FileType::LeaderEpochs));
        assert_eq!(of("notes.txt"), None);
    }
}
