//! The threads that make appends durable before they are acknowledged (`flush.messages`): a few for each log directory,
//! so that a disk that hangs holds up no other. Who is covered by which sync is decided in `state::group_commit`.

use std::sync::Arc;

use super::partition::Partition;
use super::workers::Workers;
use crate::model::TimestampMs;

/// Files of one directory that are synced at the same time. The file system puts their journal commits together.
pub const SYNCS_AT_ONCE: usize = 8;

/// The flusher of one log directory.
#[derive(Debug)]
pub struct Flusher {
    workers: Workers<Arc<Partition>>,
}

impl Flusher {
    /// A flusher of at most `threads`. `on_fault` is told of each partition whose log could not be synced, once its
    /// own waits have ended.
    pub fn new(threads: usize, on_fault: impl Fn(&Partition) + Send + Sync + 'static) -> Flusher {
        let sync = move |partition: Arc<Partition>| {
            if let Err(fault) = partition.sync(TimestampMs::now(), |_| Ok(()))
                // One that was deleted meanwhile may miss its files; that is no fault of the disk.
                && !partition.is_offline()
            {
                partition.fault(&fault);
                on_fault(&partition);
            }
        };
        Flusher { workers: Workers::new(threads, sync) }
    }

    /// Takes a partition whose appends wait for a sync.
    pub fn submit(&self, partition: Arc<Partition>) {
        self.workers.submit("flusher", partition);
    }

    /// Partitions that no thread has taken yet.
    pub fn waiting(&self) -> usize {
        self.workers.waiting()
    }
}
