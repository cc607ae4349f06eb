//! Whether what stands in a log is what was written: a range that was not written or scanned by this process is checked
//! before it is given away, once. A disk may lie, and neither offsets nor terms are covered by a batch's checksum.

use std::collections::BTreeSet;
use std::path::Path;

use super::error::LogError;
use super::files::{FileKind, segment_file_name};
use super::handle::Log;
use super::read::FileSlice;
use super::scan::{LOOKUP_CHUNK, SCAN_CHUNK, Scanner, Step};
use crate::model::Offset;

/// Bytes of a range that must be checked, at most: its reader waits for that.
pub(super) const CHECKED_AT_ONCE: usize = 1 << 20;

/// What a log knows of a range that nobody checked since it was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unchecked {
    /// The offset that its first batch must have.
    pub(super) wanted: Offset,
    /// Every record of the segment stands below.
    pub(super) below: Offset,
    /// Where the segment ends.
    pub(super) segment_end: u64,
}

/// What was found not to be what was written.
#[derive(Debug)]
pub(super) struct Damage {
    /// The base of the first segment.
    pub(super) from: Offset,
    told: BTreeSet<String>,
}

impl FileSlice {
    /// Whether it must be checked before it is given away.
    pub const fn is_unchecked(&self) -> bool {
        self.unchecked.is_some()
    }

    /// Checks every batch: its checksum, and that its offsets stand between those around it. May take long: it
    /// reads the range. `dir` is the log's directory. Gives how many bytes are sound: all, or those before the first batch
    /// that is not.
    ///
    /// # Errors
    /// [`LogError::Corrupt`], which names file and position, when that is the first one; [`LogError::Io`].
    pub fn check(&self, dir: &Path) -> Result<usize, LogError> {
        let Some(known) = self.unchecked else { return Ok(self.len) };
        let path = dir.join(segment_file_name(self.segment_base, FileKind::Log));
        let chunk = SCAN_CHUNK.min(self.len).max(LOOKUP_CHUNK);
        let mut scanner = Scanner::new(&self.file, &path, self.position, known.segment_end, chunk);
        let (position, reason) = match self.first_damage(&mut scanner, known)? {
            None => return Ok(self.len),
            Some(damage) => damage,
        };
        if position > self.position {
            return Ok((position - self.position) as usize);
        }
        Err(LogError::corrupt(&path, format!("the batch at position {position} is not what was written: {reason}")))
    }

    fn first_damage(&self, scanner: &mut Scanner<'_>, known: Unchecked) -> Result<Option<(u64, String)>, LogError> {
        const WRONG_OFFSETS: &str = "its offsets are not those that belong there";
        let end = self.position + self.len as u64;
        let mut next = self.segment_base;
        let mut position = self.position;
        let damaged = |position: u64, reason: &str| Ok(Some((position, reason.to_owned())));
        while scanner.position() < end {
            position = scanner.position();
            let entry = match scanner.next()? {
                Step::Entry(entry) => entry,
                Step::End => return damaged(position, "the file ends"),
                Step::Torn(reason) => return damaged(position, &reason),
            };
            let is_first = position == self.position;
            if entry.base_offset < next
                || entry.last_offset >= known.below
                || (is_first && entry.last_offset < known.wanted)
            {
                return damaged(position, WRONG_OFFSETS);
            }
            if entry.end() > end || !scanner.checksum_matches(&entry)? {
                return damaged(position, "its checksum does not match");
            }
            next = entry.last_offset.next();
        }
        // The offsets of the last one are bounded by what comes after it.
        match scanner.next()? {
            Step::Entry(after) if after.last_offset < next => damaged(position, WRONG_OFFSETS),
            _ => Ok(None),
        }
    }
}

impl Log {
    /// Notes that a range was checked and is sound. It need not be checked again.
    pub fn checked(&mut self, slice: &FileSlice) {
        let (from, to) = (slice.position, slice.position + slice.len as u64);
        let Some(segment) = self.segments.iter_mut().find(|segment| segment.base == slice.segment_base) else { return };
        let unchecked = &mut segment.unchecked;
        // Readers go forward; one in the middle is checked again by those who begin further down.
        if from <= unchecked.start && unchecked.start < to {
            unchecked.start = to.min(unchecked.end);
        } else if from < unchecked.end && unchecked.end <= to {
            unchecked.end = from;
        }
    }

    /// Notes damage in a segment. Whether it is news.
    pub fn found_damaged(&mut self, segment: Offset, what: &LogError) -> bool {
        /// Places that are told of, each once.
        const TOLD: usize = 100;
        let damage = self.damage.get_or_insert_with(|| Box::new(Damage { from: segment, told: BTreeSet::new() }));
        damage.from = damage.from.min(segment);
        damage.told.len() < TOLD && damage.told.insert(what.to_string())
    }

    /// The base of the first segment that was found damaged, if one was.
    pub fn damaged(&self) -> Option<Offset> {
        self.damage.as_ref().map(|damage| damage.from)
    }

    /// The segment that holds an offset, by its base.
    pub fn segment_of(&self, offset: Offset) -> Offset {
        self.segments[self.segment_index(offset)].base
    }
}
