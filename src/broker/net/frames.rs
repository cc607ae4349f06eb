//! Length-prefixed frames out of a byte stream, each a slice of the receive buffer.

use bytes::buf::Limit;
use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};
use tokio::sync::OwnedSemaphorePermit;

use super::buffers::{BUFFER_SIZE, BufferPool};

/// Why a stream cannot be Kafka's protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum FrameError {
    /// The length prefix is negative or above `socket.request.max.bytes`.
    #[error("frame of {0} bytes is outside 0..={1} (socket.request.max.bytes)")]
    Size(i32, i32),
}

/// The received bytes that are not requests yet.
#[derive(Debug)]
pub(super) struct Frames {
    buffer: BytesMut,
    /// Capacity of the buffer from its front on.
    whole: usize,
    max_frame: i32,
    /// The pooled buffer's share of the memory. Without one, reads are small.
    share: Option<OwnedSemaphorePermit>,
}

/// Frames above this take from the broker's request memory until they are answered.
pub(super) const SMALL_FRAME: usize = 16 * 1024;
/// Frames up to this size are received into one allocation; larger ones grow as their bytes arrive, so that a length
/// prefix alone costs a client's peer nothing.
const TRUSTED_FRAME: usize = 1024 * 1024;
/// Buffers above the pool's size are multiples of this, so that frames that differ by a little share one.
const GRAIN: usize = 64 * 1024;
/// Less than this is not worth a read of its own: moving as much costs less.
const WORTH_A_READ: usize = 32 * 1024;

impl Frames {
    pub(super) fn new(max_frame: i32) -> Frames {
        Frames { buffer: BytesMut::new(), whole: 0, max_frame, share: None }
    }

    /// The next whole frame, without its length prefix.
    pub(super) fn next(&mut self) -> Result<Option<Bytes>, FrameError> {
        let Some(len) = self.pending_len()? else { return Ok(None) };
        if self.buffer.len() < 4 + len {
            return Ok(None);
        }
        self.buffer.advance(4);
        Ok(Some(self.buffer.split_to(len).freeze()))
    }

    /// The length of the frame at the front, when its prefix has arrived.
    fn pending_len(&self) -> Result<Option<usize>, FrameError> {
        let Some(prefix) = self.buffer.first_chunk::<4>() else { return Ok(None) };
        let len = i32::from_be_bytes(*prefix);
        match usize::try_from(len) {
            Ok(n) if len <= self.max_frame => Ok(Some(n)),
            _ => Err(FrameError::Size(len, self.max_frame)),
        }
    }

    /// The memory that the frame at the front takes, if it has begun and needs more than the connection has anyway.
    pub(super) fn large(&self) -> Option<usize> {
        let at_hand = if self.share.is_some() { BUFFER_SIZE } else { SMALL_FRAME };
        let len = 4 + self.pending_len().ok().flatten()?;
        (len > at_hand && self.buffer.len() < len).then(|| len.max(self.whole).max(BUFFER_SIZE))
    }

    /// Room for the next read. A large frame is read up to its end and no further: what a read takes of the frame
    /// behind it would have to be moved to the front of the buffer when this one is gone.
    pub(super) fn spare(&mut self) -> Limit<&mut BytesMut> {
        let len = self.buffer.len();
        let missing = match self.pending_len() {
            Ok(Some(frame)) => (4 + frame).saturating_sub(len),
            _ => 0,
        };
        let step = if missing <= TRUSTED_FRAME { missing } else { len.clamp(TRUSTED_FRAME, missing) };
        self.make_room(len + step.max(4096));
        let most = if missing == 0 { BUFFER_SIZE } else { missing.max(WORTH_A_READ) };
        let room = self.buffer.capacity() - self.buffer.len();
        (&mut self.buffer).limit(most.min(room))
    }

    /// Sees to it that the buffer holds `wanted` bytes, what is in it included. Between frames it begins again at its
    /// front, so that the next one fits without being moved. The buffer never grows by itself: then its capacity would
    /// not be known, and one that is half used up would pass for a small one.
    fn make_room(&mut self, wanted: usize) {
        let len = self.buffer.len();
        if len > 0 && self.buffer.capacity() >= wanted {
            return;
        }
        // To the front; not if a request that still waits holds a part of the buffer.
        let is_whole = self.buffer.try_reclaim(self.whole - len);
        if !is_whole || self.whole < wanted {
            let least = if self.share.is_some() || self.large().is_some() { BUFFER_SIZE } else { SMALL_FRAME };
            let size = if wanted <= least { least } else { wanted.next_multiple_of(GRAIN) };
            let mut larger = BytesMut::with_capacity(size);
            self.whole = larger.capacity();
            larger.extend_from_slice(&self.buffer);
            self.buffer = larger;
        }
    }

    /// Puts a pooled buffer under what has been received, unless a large frame has its own memory or the pool's is all
    /// in use.
    pub(super) fn attach(&mut self, pool: &BufferPool) {
        if self.share.is_none()
            && self.large().is_none()
            && let Some((mut buffer, share)) = pool.take()
        {
            buffer.extend_from_slice(&self.buffer);
            (self.whole, self.buffer, self.share) = (buffer.capacity(), buffer, Some(share));
        }
    }

    /// Gives the buffer back before the connection waits. Only the little that has come of a small frame is kept, in
    /// memory of its size; what was received of a large one stays where it is, and is accounted for.
    pub(super) fn detach(&mut self, pool: &BufferPool) {
        let is_small = self.share.is_none() && !self.buffer.is_empty() && self.buffer.capacity() <= 2 * SMALL_FRAME;
        if self.buffer.capacity() == 0 || is_small || self.buffer.len() > SMALL_FRAME || self.large().is_some() {
            return;
        }
        let kept = BytesMut::from(&self.buffer[..]);
        pool.put(std::mem::replace(&mut self.buffer, kept), self.whole);
        self.whole = self.buffer.capacity();
        self.share = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fed(bytes: &[u8]) -> Frames {
        let mut frames = Frames::new(100);
        frames.spare().put_slice(bytes);
        frames
    }

    #[test]
    fn frames_come_out_whole_and_in_order() {
        let mut frames = fed(&[0, 0, 0, 2, 7, 8, 0, 0, 0, 1, 9, 0, 0]);
        assert_eq!(frames.next(), Ok(Some(Bytes::from_static(&[7, 8]))));
        assert_eq!(frames.next(), Ok(Some(Bytes::from_static(&[9]))));
        assert_eq!(frames.next(), Ok(None));
        assert_eq!(frames.buffer.len(), 2, "the next frame has begun");
    }

    #[test]
    fn a_large_frame_is_read_to_its_end_and_the_next_begins_at_the_front() {
        let len = 700_000usize;
        let mut frames = Frames::new(1 << 20);
        frames.spare().put_slice(&(len as i32).to_be_bytes());
        let mut received = 4;
        while received < 4 + len {
            let mut spare = frames.spare();
            let n = spare.remaining_mut();
            assert!(n <= (4 + len - received).max(WORTH_A_READ), "{n} bytes at {received}");
            let n = n.min(100_000).min(4 + len - received);
            spare.put_bytes(7, n);
            received += n;
        }
        let front = frames.buffer.as_ptr();
        assert_eq!(frames.next().map(|frame| frame.map(|bytes| bytes.len())), Ok(Some(len)));
        frames.spare().put_slice(&[0, 0, 0, 1]);
        assert_eq!(frames.buffer.as_ptr(), front, "the buffer is used again, and nothing was moved");
        let pool = BufferPool::new(1, 1 << 20);
        frames.buffer.clear();
        frames.detach(&pool);
        frames.attach(&pool);
        frames.spare().put_slice(&(len as i32).to_be_bytes());
        assert!(frames.spare().remaining_mut() > len - BUFFER_SIZE, "the pool kept it whole");
        assert_eq!(frames.buffer.as_ptr(), front);
    }

    #[test]
    fn a_connection_that_waits_keeps_no_more_than_the_little_it_has() {
        let pool = BufferPool::new(4, 1 << 20);
        let mut frames = Frames::new(1 << 20);
        frames.attach(&pool);
        frames.spare().put_slice(&[0, 0, 0, 3, 1, 2]);
        assert_eq!(frames.next(), Ok(None));
        frames.detach(&pool);
        assert!(frames.buffer.capacity() < 100 && frames.share.is_none());
        frames.attach(&pool);
        frames.spare().put_slice(&[3]);
        assert_eq!(frames.next(), Ok(Some(Bytes::from_static(&[1, 2, 3]))));
        frames.detach(&pool);
        assert_eq!(frames.buffer.capacity(), 0);
    }

    #[test]
    fn without_a_pooled_buffer_reads_are_small_and_frames_above_them_are_large() {
        let pool = BufferPool::new(4, BUFFER_SIZE);
        let (mut first, mut second) = (Frames::new(1 << 20), Frames::new(1 << 20));
        first.attach(&pool);
        second.attach(&pool);
        assert!(first.share.is_some() && second.share.is_none(), "there is memory for one");
        for frames in [&mut first, &mut second] {
            frames.spare().put_slice(&20_000i32.to_be_bytes());
        }
        assert_eq!((first.large(), second.large()), (None, Some(BUFFER_SIZE)));
        assert!(second.buffer.capacity() <= 2 * SMALL_FRAME);
        first.detach(&pool);
        second.detach(&pool);
        assert!(second.buffer.len() == 4, "the frame has begun, and stays");
        second.attach(&pool);
        assert!(second.share.is_none(), "it gets its own memory, not the pool's");
    }

    #[test]
    fn a_length_outside_the_bound_is_refused_at_its_prefix() {
        assert_eq!(fed(&[0, 0, 0, 101]).next(), Err(FrameError::Size(101, 100)));
        assert_eq!(fed(&[0xff, 0xff, 0xff, 0xff]).next(), Err(FrameError::Size(-1, 100)));
        assert!(fed(b"GET / HTTP/1.1\r\n").next().is_err());
    }
}
