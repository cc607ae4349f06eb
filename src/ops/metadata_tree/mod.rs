//! What a segment of `__cluster_metadata` or a snapshot of it comes to, as a tree to walk: offline, from Kafka's files
//! and from ours.

mod image;
mod java_text;
mod node;
mod shell;

pub(in crate::ops) use image::merge;
pub use node::{Node, components};
pub use shell::{Reply, Shell};

use std::path::Path;

use bytes::Bytes;

use super::dump::{DECOMPRESSED_LIMIT, DumpError, Entries};
use crate::wire::batch::{BatchError, BatchHeader, RecordsIter, compute_crc};
use crate::wire::codec::DecodeError;
use crate::wire::records::metadata::MetadataRecord;
use image::{Image, Provenance};

/// Why a file has no tree.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// It cannot be read.
    #[error(transparent)]
    Dump(#[from] DumpError),
    /// A batch that is damaged.
    #[error("the batch at position {position} is damaged: {reason}; `logbus dump-log` shows what is readable")]
    Batch {
        /// Where it begins in the file.
        position: u64,
        /// What is wrong.
        reason: String,
    },
    /// A record that is none of the metadata log's.
    #[error("the record at offset {offset} is no record of the metadata log: {source}")]
    Record {
        /// Its offset.
        offset: i64,
        /// What is wrong.
        source: DecodeError,
    },
}

/// A batch of the metadata log that is no control batch.
pub(in crate::ops) struct MetadataBatch {
    pub header: BatchHeader,
    /// Offset, time and record.
    pub records: Vec<(i64, i64, MetadataRecord)>,
}

/// Calls `visit` for every batch of records in a `.log` or `.checkpoint` file. A tail that is not whole is where it ends.
///
/// # Errors
/// [`TreeError`].
pub(in crate::ops) fn each_batch(path: &Path, mut visit: impl FnMut(&MetadataBatch)) -> Result<(), TreeError> {
    let mut entries = Entries::open(path)?;
    let mut scratch = Vec::new();
    while let Some((position, bytes)) = entries.next_entry()? {
        let damaged = |reason: String| TreeError::Batch { position, reason };
        let broken = |error: BatchError| damaged(error.to_string());
        let header = BatchHeader::parse(bytes).map_err(broken)?;
        if compute_crc(bytes) != header.crc {
            return Err(damaged("it does not match its checksum".to_owned()));
        }
        if header.is_control() {
            continue;
        }
        let mut records = Vec::new();
        for record in RecordsIter::of(&header, bytes, &mut scratch, DECOMPRESSED_LIMIT).map_err(broken)? {
            let record = record.map_err(broken)?;
            let value = Bytes::copy_from_slice(record.value.unwrap_or_default());
            let (offset, time) = (record.offset.get(), record.timestamp.0);
            let (record, _) =
                MetadataRecord::from_value(value).map_err(|source| TreeError::Record { offset, source })?;
            records.push((offset, time, record));
        }
        visit(&MetadataBatch { header, records });
    }
    Ok(())
}

/// Reads a `.log` or `.checkpoint` file: `/image`, and `/local` with the versions given.
///
/// # Errors
/// [`TreeError`].
pub fn load(path: &Path, version: &str, commit: &str) -> Result<Node, TreeError> {
    let mut image = Image::default();
    each_batch(path, |batch| {
        batch.records.iter().for_each(|(_, _, record)| image.replay(record.clone()));
        image.provenance = Some(Provenance {
            offset: batch.header.last_offset().get(),
            epoch: batch.header.leader_epoch.get(),
            time: batch.header.max_timestamp.get(),
        });
    })?;
    let mut root = Node::directory();
    root.put(&["image"], image.tree());
    root.put(&["local", "version"], Node::File(version.to_owned()));
    root.put(&["local", "commitId"], Node::File(commit.to_owned()));
    Ok(root)
}
