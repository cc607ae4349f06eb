//! What can be done with a range of a segment file beside sending it.

use std::io;
use std::num::NonZeroU64;
use std::os::unix::fs::FileExt as _;

use rustix::fs::Advice;
use rustix::io::{Errno, ReadWriteFlags};

use super::read::FileSlice;

/// Bytes after a range that are asked for along with it: a reader that catches up wants them next, and a disk that waits
/// for each of its requests gives half of what it can.
const READ_AHEAD: u64 = 4 * 1024 * 1024;

/// Bytes between two looks at a range of an old segment. What a disk is asked to read ahead comes in larger pieces, and a
/// worker that sends a piece which is still on its way holds up every connection it has.
const PROBE_EVERY: usize = 64 * 1024;

impl FileSlice {
    /// Fills `out` from `at` bytes into the range.
    ///
    /// # Errors
    /// When the file cannot be read that far.
    pub fn read_exact_at(&self, out: &mut [u8], at: u64) -> io::Result<()> {
        self.file.read_exact_at(out, self.position + at)
    }

    /// The first `len` bytes of the range.
    #[must_use]
    pub fn first(&self, len: usize) -> FileSlice {
        FileSlice { len: self.len.min(len), ..self.clone() }
    }

    /// The bytes of the range, unless reading them would wait for a disk. A file system that cannot tell is read.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn read_if_resident(&self) -> io::Result<Option<Vec<u8>>> {
        let mut out = vec![0; self.len];
        let buffers = &mut [io::IoSliceMut::new(&mut out)];
        match rustix::io::preadv2(&*self.file, buffers, self.position, ReadWriteFlags::NOWAIT) {
            Ok(n) if n == self.len => Ok(Some(out)),
            Ok(_) | Err(Errno::AGAIN) => Ok(None),
            Err(_) => self.read_exact_at(&mut out, 0).map(|()| Some(out)),
        }
    }

    /// Whether the range is in the page cache, so that sending it will most likely not wait for a disk: its ends, and of
    /// an old segment, which may be half in, what lies between them. A file system that cannot tell counts as resident.
    pub fn is_resident(&self) -> bool {
        let probe = |position: u64| {
            let mut byte = [0u8; 1];
            let buffers = &mut [io::IoSliceMut::new(&mut byte)];
            !matches!(rustix::io::preadv2(&*self.file, buffers, position, ReadWriteFlags::NOWAIT), Err(Errno::AGAIN))
        };
        if self.hot || self.len == 0 {
            return true;
        }
        let last = self.position + self.len as u64 - 1;
        let between = || (self.position..last).step_by(PROBE_EVERY).skip(1).all(probe);
        probe(self.position) && probe(last) && (self.is_active || between())
    }

    /// Reads the range from the disk into the page cache, through `buffer`. May take long: never on an async worker.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn warm(&self, buffer: &mut [u8]) -> io::Result<()> {
        // One large request for the disk instead of one for each chunk. FADV_SEQUENTIAL would hold for the whole open
        // file, which readers at the tail share.
        let ahead = NonZeroU64::new(self.len as u64 + READ_AHEAD);
        let _ = rustix::fs::fadvise(&*self.file, self.position, ahead, Advice::WillNeed);
        let mut at = 0;
        while at < self.len {
            let n = (self.len - at).min(buffer.len());
            self.file.read_exact_at(&mut buffer[..n], self.position + at as u64)?;
            at += n;
        }
        Ok(())
    }
}
