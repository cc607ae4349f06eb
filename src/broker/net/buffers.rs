//! Receive buffers, kept warm. A fresh buffer a request costs more page faults than everything else a produce does.

use std::sync::Arc;

use bytes::BytesMut;
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Capacity of a buffer as it comes from the pool, in bytes. Reads of this size cost the least a gigabyte.
pub(super) const BUFFER_SIZE: usize = 256 * 1024;
/// A buffer that grew beyond this for one large frame is freed instead of kept.
const KEEP_AT_MOST: usize = 2 * 1024 * 1024;

/// A last-in-first-out store of receive buffers, shared by all connections.
#[derive(Debug)]
pub struct BufferPool {
    free: Mutex<Vec<BytesMut>>,
    keep: usize,
    /// How many may be out at the same time.
    shares: Arc<Semaphore>,
}

impl BufferPool {
    /// A pool that keeps at most `keep` buffers while nobody uses them, and gives out `bytes` in all.
    pub fn new(keep: usize, bytes: usize) -> BufferPool {
        let shares = Arc::new(Semaphore::new((bytes / BUFFER_SIZE).max(1)));
        BufferPool { free: Mutex::new(Vec::new()), keep, shares }
    }

    /// An empty buffer, and its share of the memory; `None` while all are out. Nobody waits for one, so that whoever
    /// has one may wait for other memory.
    pub(super) fn take(&self) -> Option<(BytesMut, OwnedSemaphorePermit)> {
        let share = Arc::clone(&self.shares).try_acquire_owned().ok()?;
        Some((self.free.lock().pop().unwrap_or_else(|| BytesMut::with_capacity(BUFFER_SIZE)), share))
    }

    /// Gives a buffer of `whole` bytes back. Where frames still point into it, they keep its memory, and the pool gets
    /// none.
    pub(super) fn put(&self, mut buffer: BytesMut, whole: usize) {
        buffer.clear();
        if (BUFFER_SIZE..=KEEP_AT_MOST).contains(&whole) && buffer.try_reclaim(whole) {
            let mut free = self.free.lock();
            if free.len() < self.keep {
                free.push(buffer);
            }
        }
    }
}
