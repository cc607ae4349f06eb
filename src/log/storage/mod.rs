//! What makes a directory a node's: formatting, and the checkpoint files that hold records without a log around them
//! (`bootstrap.checkpoint`, metadata snapshots).

mod checkpoint;
mod format;

pub use checkpoint::{
    CheckpointName, CheckpointRecord, CheckpointWriter, CommitCheckpoint, checkpoints_in, read_checkpoint,
};
pub use format::{
    BOOTSTRAP_CHECKPOINT, FormatError, FormatReport, FormatRequest, InitialVoter, METADATA_DIR, VoterEndpoint,
    format_storage, format_with_voters, storage_ids,
};
