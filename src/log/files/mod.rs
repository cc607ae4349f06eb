//! The small files of a log directory, each with its exact format, and the one way to replace a file.

mod atomic;
mod checkpoint;
mod clean_shutdown;
mod lock;
mod meta_properties;
mod names;
mod partition_metadata;
mod written;

pub use atomic::{sync_dir, write_atomically};
pub use checkpoint::{
    LOG_START_OFFSET_CHECKPOINT, RECOVERY_POINT_CHECKPOINT, REPLICATION_OFFSET_CHECKPOINT, parse_leader_epochs,
    parse_offsets, read_leader_epochs, read_offsets, render_leader_epochs, render_offsets, write_leader_epochs,
    write_offsets,
};
pub use clean_shutdown::{CLEAN_SHUTDOWN_FILE, take_clean_shutdown, write_clean_shutdown};
pub use lock::DirLock;
pub use meta_properties::{META_PROPERTIES_FILE, MetaProperties};
pub use names::{
    DirKind, FileKind, LEADER_EPOCH_FILE, PARTITION_METADATA_FILE, delete_dir_name, future_dir_name, parse_dir_name,
    parse_file_name, segment_file_name, stray_dir_name,
};
pub use partition_metadata::{read_partition_metadata, write_partition_metadata};
pub use written::{WRITTEN_CHECKPOINT, read_written, write_written};
