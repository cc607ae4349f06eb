//! What can be done with a range of a segment file beside sending it.

use std::io;
use std::os::unix::fs::FileExt as _;

use rustix::io::{Errno, ReadWriteFlags};

use super::read::FileSlice;

/// Bytes of one read when a range is brought into the page cache.
const WARM_CHUNK: usize = 256 * 1024;

impl FileSlice {
    /// Fills `out` from `at` bytes into the range.
    ///
    /// # Errors
    /// When the file cannot be read that far.
    pub fn read_exact_at(&self, out: &mut [u8], at: u64) -> io::Result<()> {
        self.file.read_exact_at(out, self.position + at)
    }

    /// Whether the ends of the range are in the page cache, so that sending it will most likely not wait for a disk.
    /// A file system that cannot tell counts as resident.
    pub fn is_resident(&self) -> bool {
        let probe = |position: u64| {
            let mut byte = [0u8; 1];
            let buffers = &mut [io::IoSliceMut::new(&mut byte)];
            !matches!(rustix::io::preadv2(&*self.file, buffers, position, ReadWriteFlags::NOWAIT), Err(Errno::AGAIN))
        };
        self.len == 0 || (probe(self.position) && probe(self.position + self.len as u64 - 1))
    }

    /// Reads the range from the disk into the page cache. May take long: never on an async worker.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn warm(&self) -> io::Result<()> {
        let mut chunk = vec![0; self.len.min(WARM_CHUNK)];
        let mut at = 0;
        while at < self.len {
            let n = (self.len - at).min(chunk.len());
            self.file.read_exact_at(&mut chunk[..n], self.position + at as u64)?;
            at += n;
        }
        Ok(())
    }
}
