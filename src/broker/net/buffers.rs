//! Receive buffers, kept warm. A fresh buffer a request costs more page faults than everything else a produce does.

use bytes::BytesMut;
use parking_lot::Mutex;

/// Capacity of a buffer as it comes from the pool, in bytes. Reads of this size cost the least a gigabyte.
pub(super) const BUFFER_SIZE: usize = 256 * 1024;
/// A buffer that grew beyond this for one large frame is freed instead of kept.
const KEEP_AT_MOST: usize = 2 * 1024 * 1024;

/// A last-in-first-out store of receive buffers, shared by all connections.
#[derive(Debug)]
pub struct BufferPool {
    free: Mutex<Vec<BytesMut>>,
    capacity: usize,
}

impl BufferPool {
    /// A pool that keeps at most `capacity` buffers.
    pub const fn new(capacity: usize) -> BufferPool {
        BufferPool { free: Mutex::new(Vec::new()), capacity }
    }

    /// A buffer with room for at least one read.
    pub(super) fn take(&self) -> BytesMut {
        self.free.lock().pop().unwrap_or_else(|| BytesMut::with_capacity(BUFFER_SIZE))
    }

    /// Gives a buffer of `whole` bytes back. Where frames still point into it, they keep its memory, and the pool gets
    /// none.
    pub(super) fn put(&self, mut buffer: BytesMut, whole: usize) {
        buffer.clear();
        if whole <= KEEP_AT_MOST && buffer.try_reclaim(whole) {
            let mut free = self.free.lock();
            if free.len() < self.capacity {
                free.push(buffer);
            }
        }
    }
}
