//! The names of files and directories under a log directory.

use crate::model::{Offset, TopicName, TopicPartition};

/// Leader epochs of a log, in its directory.
pub const LEADER_EPOCH_FILE: &str = "leader-epoch-checkpoint";
/// Topic id of a log, in its directory.
pub const PARTITION_METADATA_FILE: &str = "partition.metadata";
/// Bytes that a file name holds.
const MAX_NAME: usize = 255;

/// A file of a log that is named by an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// Record batches.
    Log,
    /// Offset index.
    OffsetIndex,
    /// Time index.
    TimeIndex,
    /// Aborted transactions.
    TxnIndex,
    /// Producer state.
    Snapshot,
}

impl FileKind {
    /// The files of a segment; a snapshot may stand for itself.
    pub const ALL: [FileKind; 5] =
        [FileKind::Log, FileKind::OffsetIndex, FileKind::TimeIndex, FileKind::TxnIndex, FileKind::Snapshot];

    /// The file name extension.
    pub const fn extension(self) -> &'static str {
        match self {
            FileKind::Log => "log",
            FileKind::OffsetIndex => "index",
            FileKind::TimeIndex => "timeindex",
            FileKind::TxnIndex => "txnindex",
            FileKind::Snapshot => "snapshot",
        }
    }
}

/// `00000000000000000042.log` and kin.
pub fn segment_file_name(offset: Offset, kind: FileKind) -> String {
    format!("{:020}.{}", offset.0, kind.extension())
}

/// Takes apart a file name: offset, kind and working suffix (`deleted`, `cleaned`, `swap`, or empty).
pub fn parse_file_name(name: &str) -> Option<(Offset, FileKind, &str)> {
    let (stem, rest) = name.split_once('.')?;
    if stem.len() != 20 || !stem.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (extension, suffix) = rest.split_once('.').unwrap_or((rest, ""));
    let kind = FileKind::ALL.into_iter().find(|kind| kind.extension() == extension)?;
    Some((Offset(stem.parse().ok()?), kind, suffix))
}

/// What the name of a directory says of the log in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DirKind {
    /// `topic-0`: a partition's log.
    Current,
    /// `…-future`: the copy of a log that moves between directories.
    Future,
    /// `…-delete`: to be removed.
    Delete,
    /// `…-stray`: not assigned to this broker any more.
    Stray,
}

impl DirKind {
    const fn suffix(self) -> &'static str {
        match self {
            DirKind::Current => "",
            DirKind::Future => "-future",
            DirKind::Delete => "-delete",
            DirKind::Stray => "-stray",
        }
    }
}

/// Takes apart a directory name; `None` if it is not a partition's.
pub fn parse_dir_name(name: &str) -> Option<(TopicPartition, DirKind)> {
    for kind in [DirKind::Delete, DirKind::Future, DirKind::Stray] {
        if let Some(rest) = name.strip_suffix(kind.suffix())
            && let Some((partition, id)) = rest.rsplit_once('.')
            && id.len() == 32
            && id.bytes().all(|b| b.is_ascii_hexdigit())
        {
            return Some((parse_partition(partition)?, kind));
        }
    }
    Some((parse_partition(name)?, DirKind::Current))
}

fn parse_partition(name: &str) -> Option<TopicPartition> {
    let (topic, partition) = name.rsplit_once('-')?;
    if partition.is_empty() || !partition.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(TopicPartition::new(TopicName::new(topic).ok()?, partition.parse().ok()?))
}

fn marked(partition: &TopicPartition, kind: DirKind) -> String {
    let tail = format!("-{}.{}{}", partition.partition, uuid::Uuid::new_v4().simple(), kind.suffix());
    // Kafka cuts the topic short for these names.
    let topic = partition.topic.as_str();
    format!("{}{tail}", &topic[..topic.len().min(MAX_NAME - tail.len())])
}

/// A new name for a directory to be removed.
pub fn delete_dir_name(partition: &TopicPartition) -> String {
    marked(partition, DirKind::Delete)
}

/// A new name for the copy of a log that moves to another directory. Never cut short, because the partition is known by
/// it after a start (`LocalLog.logFutureDirName`); `None` if it is longer than a file name may be.
pub fn future_dir_name(partition: &TopicPartition) -> Option<String> {
    let name = format!("{partition}.{}{}", uuid::Uuid::new_v4().simple(), DirKind::Future.suffix());
    (name.len() <= MAX_NAME).then_some(name)
}

/// A new name for a directory that is not assigned any more.
pub fn stray_dir_name(partition: &TopicPartition) -> String {
    marked(partition, DirKind::Stray)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_go_both_ways() {
        assert_eq!(segment_file_name(Offset(1234), FileKind::Snapshot), "00000000000000001234.snapshot");
        let parsed = parse_file_name("00000000000000001234.timeindex.deleted");
        assert_eq!(parsed, Some((Offset(1234), FileKind::TimeIndex, "deleted")));
        assert_eq!(parse_file_name("00000000000000000000.log"), Some((Offset(0), FileKind::Log, "")));
        assert_eq!(parse_file_name("1.log"), None);
        assert_eq!(parse_file_name("00000000000000000000.checkpoint"), None);
        assert_eq!(parse_file_name("99999999999999999999.log"), None);
    }

    #[test]
    fn directory_names_tell_partition_and_kind() {
        let partition = TopicPartition::new(TopicName::new("a-b.c").unwrap(), 12);
        assert_eq!(parse_dir_name("a-b.c-12"), Some((partition.clone(), DirKind::Current)));
        assert_eq!(parse_dir_name(&delete_dir_name(&partition)), Some((partition.clone(), DirKind::Delete)));
        assert_eq!(parse_dir_name(&future_dir_name(&partition).unwrap()), Some((partition.clone(), DirKind::Future)));
        assert_eq!(parse_dir_name(&stray_dir_name(&partition)), Some((partition, DirKind::Stray)));
        assert_eq!(parse_dir_name("lost+found"), None);
        assert_eq!(parse_dir_name("topic-"), None);
        assert_eq!(parse_dir_name("topic-x"), None);
        let long = TopicPartition::new(TopicName::new(&"x".repeat(249)).unwrap(), 7);
        assert_eq!(delete_dir_name(&long).len(), 255);
        assert_eq!(future_dir_name(&long), None, "a name that was cut would not tell the topic");
    }
}
