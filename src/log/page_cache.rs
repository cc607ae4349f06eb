//! The pages of segment files that the kernel keeps: which were written since they were last told of, and how to let
//! go of them. Who bounds the page cache decides elsewhere; here is only what a file can be asked.

use std::fs::File;
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::sync::{Arc, Weak};

use rustix::fs::Advice;

use super::error::LogError;
use super::files::FileKind;
use super::handle::Log;
use super::read::FileSlice;

/// The kernel keeps what is written at once in folios of up to this (`MAX_PAGECACHE_ORDER`), and lets go of whole ones only.
const LARGEST_FOLIO: u64 = 2 << 20;

/// A range of a segment file whose pages are, or were, in the page cache. Not a whole number of batches.
///
/// It does not keep the file open: a deleted segment's space must come free, and a log at rest has no file handles.
#[derive(Clone, Debug)]
pub struct CachedRange {
    file: Weak<File>,
    path: Option<PathBuf>,
    position: u64,
    len: u64,
}

impl CachedRange {
    /// Bytes.
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Whether there is nothing in it.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Begins to write out what was just written, so that [`CachedRange::release`] finds it on the disk later. Its pages
    /// stay: they are dirty still, and only clean ones can go.
    pub fn write_out(&self) {
        self.advise_not_needed(self.position);
    }

    /// Lets go of the pages that stand on the disk, and begins to write out the others: asked again after that, it lets
    /// go of those too. Whether any are left cannot be asked: a read that must not wait brings pages in as well.
    ///
    /// Ranges of a file are let go of in their order: what one shares a folio with stays until the next goes.
    pub fn release(&self) {
        self.advise_not_needed(self.position.saturating_sub(LARGEST_FOLIO));
    }

    fn advise_not_needed(&self, from: u64) {
        let Some(file) = self.file() else { return };
        let len = NonZeroU64::new(self.position - from + self.len);
        // Advice: a file system that takes none keeps its pages.
        let _ = rustix::fs::fadvise(&*file, from, len, Advice::DontNeed);
    }

    fn file(&self) -> Option<Arc<File>> {
        self.file.upgrade().or_else(|| File::open(self.path.as_deref()?).ok().map(Arc::new))
    }
}

impl From<&FileSlice> for CachedRange {
    fn from(slice: &FileSlice) -> CachedRange {
        CachedRange { file: Arc::downgrade(&slice.file), path: None, position: slice.position, len: slice.len as u64 }
    }
}

impl Log {
    /// What was appended since the last call, once that is `least` bytes or more.
    ///
    /// # Errors
    /// [`LogError`] if a file cannot be opened.
    pub fn take_appended(&mut self, least: u64) -> Result<Vec<CachedRange>, LogError> {
        if self.untold < least.max(1) {
            return Ok(Vec::new());
        }
        self.untold = 0;
        let mut ranges = Vec::new();
        // Segments that were rolled meanwhile have a rest.
        for segment in self.segments.iter_mut().rev() {
            if segment.told >= segment.size {
                break;
            }
            let (position, len) = (segment.told, segment.size - segment.told);
            let (file, path) = (Arc::downgrade(&segment.file()?), Some(segment.path(FileKind::Log)));
            ranges.push(CachedRange { file, path, position, len });
            segment.told = segment.size;
        }
        ranges.reverse();
        Ok(ranges)
    }
}
