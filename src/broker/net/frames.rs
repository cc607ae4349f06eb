//! Length-prefixed frames out of a byte stream, each a slice of the receive buffer.

use bytes::buf::Limit;
use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};

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
    /// Capacity of the buffer from its front on, as far as is known.
    whole: usize,
    max_frame: i32,
}

/// Frames up to this size are received into one allocation; larger ones grow as their bytes arrive, so that a length
/// prefix alone costs a client's peer nothing.
const TRUSTED_FRAME: usize = 1024 * 1024;
/// Less than this is not worth a read of its own: moving as much costs less.
const WORTH_A_READ: usize = 32 * 1024;

impl Frames {
    pub(super) fn new(max_frame: i32) -> Frames {
        Frames { buffer: BytesMut::new(), whole: 0, max_frame }
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

    /// Room for the next read. A large frame is read up to its end and no further: what a read takes of the frame
    /// behind it would have to be moved to the front of the buffer when this one is gone.
    pub(super) fn spare(&mut self) -> Limit<&mut BytesMut> {
        let missing = match self.pending_len() {
            Ok(Some(len)) => (4 + len).saturating_sub(self.buffer.len()),
            _ => 0,
        };
        let step = if missing <= TRUSTED_FRAME { missing } else { self.buffer.len().clamp(TRUSTED_FRAME, missing) };
        // Between frames the buffer begins again at its front, so that the next one fits without being moved; unless a
        // request that still waits holds it.
        let is_fresh = self.buffer.is_empty() && self.whole > 0 && self.buffer.try_reclaim(self.whole);
        if is_fresh {
            self.whole = self.buffer.capacity();
        } else if self.buffer.capacity() - self.buffer.len() < step.max(4096) {
            self.buffer.reserve(step.max(super::buffers::BUFFER_SIZE));
            self.whole = self.buffer.capacity();
        }
        let most = if missing == 0 { super::buffers::BUFFER_SIZE } else { missing.max(WORTH_A_READ) };
        let room = self.buffer.capacity() - self.buffer.len();
        (&mut self.buffer).limit(most.min(room))
    }

    /// Puts a pooled buffer under an empty reader.
    pub(super) fn attach(&mut self, pool: &super::BufferPool) {
        if self.buffer.capacity() == 0 {
            self.buffer = pool.take();
            self.whole = self.buffer.capacity();
        }
    }

    /// Gives the buffer back while nothing is in it.
    pub(super) fn detach(&mut self, pool: &super::BufferPool) {
        if self.buffer.is_empty() && self.buffer.capacity() > 0 {
            pool.put(std::mem::take(&mut self.buffer));
        }
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
    }

    #[test]
    fn a_length_outside_the_bound_is_refused_at_its_prefix() {
        assert_eq!(fed(&[0, 0, 0, 101]).next(), Err(FrameError::Size(101, 100)));
        assert_eq!(fed(&[0xff, 0xff, 0xff, 0xff]).next(), Err(FrameError::Size(-1, 100)));
        assert!(fed(b"GET / HTTP/1.1\r\n").next().is_err());
    }
}
