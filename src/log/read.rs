//! Reading: which bytes of which file answer a fetch. Nothing is copied.

use std::fs::File;
use std::sync::Arc;

use super::error::{LogError, ReadError};
use super::files::FileKind;
use super::handle::Log;
use super::scan::{LOOKUP_CHUNK, Scanner, Step};
use super::segment::Segment;
use super::sound::{CHECKED_AT_ONCE, Unchecked};
use super::txn_index::{AbortedTxn, read_txn_index};
use crate::model::Offset;

/// Whole batches in a file. The file stays readable while this lives, whatever happens to the segment.
#[derive(Clone, Debug)]
pub struct FileSlice {
    /// The `.log` file.
    pub file: Arc<File>,
    /// Position of the first batch: the one that holds the offset asked for, or the next there is.
    pub position: u64,
    /// Bytes; a whole number of batches.
    pub len: usize,
    /// Base offset of the segment.
    pub segment_base: Offset,
    /// Whether the segment is the one that is written.
    pub is_active: bool,
    /// Written by this process not long ago: in the page cache, as sure as can be without asking.
    pub hot: bool,
    /// Every record in the slice lies below: the bound for [`Log::aborted_transactions`].
    pub upper_bound: Offset,
    /// Set where nobody knows yet whether it is what was written ([`FileSlice::check`]).
    pub unchecked: Option<Unchecked>,
}

/// What was appended counts as being in the page cache while no more than this was appended after it.
const HOT_BYTES: u64 = 64 * 1024 * 1024;

impl Log {
    /// Finds the batches from `offset` on, below `max_offset` (the high watermark, last stable offset or log end).
    ///
    /// Whole batches of at most `max_bytes`; if `at_least_one_batch`, the first is given whatever its size.
    /// `None` if nothing is there to read yet, or `max_bytes` is less than the first batch.
    ///
    /// # Errors
    /// [`ReadError::OutOfRange`] outside log start and log end; [`ReadError::Log`] for faults.
    pub fn read(
        &self,
        offset: Offset,
        max_bytes: usize,
        max_offset: Offset,
        at_least_one_batch: bool,
    ) -> Result<Option<FileSlice>, ReadError> {
        if offset < self.start || offset > self.end {
            return Err(ReadError::OutOfRange { offset, start: self.start, end: self.end });
        }
        let max_offset = max_offset.min(self.end);
        if offset >= max_offset || (max_bytes == 0 && !at_least_one_batch) {
            return Ok(None);
        }
        let first = self.segment_index(offset);
        for (i, segment) in self.segments.iter().enumerate().skip(first) {
            // Compaction may have emptied the end of a segment: then the next one has the offset.
            let Some(from) = segment.position_of(offset)? else { continue };
            let next_base = self.segments.get(i + 1).map(|next| next.base);
            let is_known = !segment.unchecked.contains(&from);
            let max_bytes = if is_known { max_bytes } else { max_bytes.min(CHECKED_AT_ONCE) };
            let found = slice(segment, from, max_bytes, max_offset, at_least_one_batch, next_base, self.end)?;
            return Ok(found.map(|slice| {
                let end = from + slice.len as u64;
                let sound =
                    segment.unchecked.is_empty() || segment.unchecked.end <= from || end <= segment.unchecked.start;
                let unchecked = Unchecked {
                    wanted: offset.max(segment.base),
                    below: next_base.unwrap_or(self.end),
                    segment_end: segment.size,
                };
                FileSlice { hot: self.is_hot(i, from), unchecked: (!sound).then_some(unchecked), ..slice }
            }));
        }
        Ok(None)
    }

    /// The transactions that were aborted and have records in `[from, to)`, by first offset.
    ///
    /// # Errors
    /// [`LogError`] if an index cannot be read.
    pub fn aborted_transactions(&self, from: Offset, to: Offset) -> Result<Vec<AbortedTxn>, LogError> {
        let mut found = Vec::new();
        for segment in &self.segments[self.segment_index(from)..] {
            if !segment.has_aborted {
                continue;
            }
            for txn in read_txn_index(&segment.path(FileKind::TxnIndex))? {
                if txn.overlaps(from, to) {
                    found.push(txn);
                }
                // No transaction that began below `to` can have its marker further on.
                if txn.last_stable_offset >= to {
                    found.sort_by_key(|txn: &AbortedTxn| txn.first_offset);
                    return Ok(found);
                }
            }
        }
        found.sort_by_key(|txn| txn.first_offset);
        Ok(found)
    }

    /// Whether what stands in a segment from `position` on was written since the log was opened, and lately.
    fn is_hot(&self, segment: usize, position: u64) -> bool {
        let [segment, later @ ..] = &self.segments[segment..] else { return false };
        let mut newer = segment.size.saturating_sub(position);
        position >= segment.written_from && newer <= HOT_BYTES && {
            later.iter().all(|segment| {
                newer += segment.size;
                newer <= HOT_BYTES
            })
        }
    }

    /// Index of the segment whose range holds `offset`.
    pub(super) fn segment_index(&self, offset: Offset) -> usize {
        self.segments.partition_point(|segment| segment.base <= offset).saturating_sub(1)
    }
}

fn slice(
    segment: &Segment,
    from: u64,
    max_bytes: usize,
    max_offset: Offset,
    at_least_one_batch: bool,
    next_base: Option<Offset>,
    log_end: Offset,
) -> Result<Option<FileSlice>, LogError> {
    let bound = next_base.unwrap_or(log_end);
    // Where the segment may be read up to: its end, or the batch that reaches the bound.
    let limit =
        if max_offset >= bound { segment.size } else { segment.position_of(max_offset)?.unwrap_or(segment.size) };
    if from >= limit {
        return Ok(None);
    }
    let file = segment.file()?;
    let most = from.saturating_add(max_bytes as u64);
    let (to, upper_bound) = if most >= limit {
        (limit, bound.min(max_offset))
    } else if let Some(boundary) = segment.boundary_before(from, most)? {
        boundary
    } else {
        match walk(segment, &file, from, most, limit, at_least_one_batch)? {
            Some(found) => found,
            None => return Ok(None),
        }
    };
    Ok(Some(FileSlice {
        file,
        position: from,
        len: (to - from) as usize,
        segment_base: segment.base,
        is_active: next_base.is_none(),
        hot: false,
        upper_bound,
        unchecked: None,
    }))
}

/// The end of the last batch that fits, walking headers: the way for less than an index interval.
fn walk(
    segment: &Segment,
    file: &File,
    from: u64,
    most: u64,
    limit: u64,
    at_least_one_batch: bool,
) -> Result<Option<(u64, Offset)>, LogError> {
    let path = segment.path(FileKind::Log);
    let mut scanner = Scanner::new(file, &path, from, limit, LOOKUP_CHUNK);
    let mut found = None;
    loop {
        match scanner.next()? {
            Step::Entry(entry) => {
                let fits = entry.end() <= most || (found.is_none() && at_least_one_batch);
                if !fits {
                    return Ok(found);
                }
                found = Some((entry.end(), entry.last_offset.next()));
                if entry.end() >= most {
                    return Ok(found);
                }
            }
            Step::End => return Ok(found),
            Step::Torn(reason) => return Err(segment.torn(scanner.position(), &reason)),
        }
    }
}
