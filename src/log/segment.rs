//! One segment: a `.log` file with its indexes. Only the last segment of a log is written.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io::IoSlice;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

use super::config::LogConfig;
use super::error::{IoContext, LogError};
use super::files::{FileKind, segment_file_name};
use super::index::{Entry as _, IndexView, MemoryIndex, OffsetEntry, TimeEntry};
use super::scan::{LOOKUP_CHUNK, LogEntry, SCAN_CHUNK, Scanner, Step};
use super::txn_index::truncate_txn_index;
use crate::model::{Offset, TimestampMs};

/// The largest timestamp of a segment, and the last offset of the batch that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MaxTimestamp {
    pub timestamp: TimestampMs,
    pub offset: Offset,
}

/// Batches written last, so that readers at the tail find their place without a look at the disk.
const RECENT: usize = 64;

#[derive(Clone, Copy, Debug)]
struct Recent {
    base: u32,
    last: u32,
    position: u32,
}

/// What a segment needs in memory while it is written.
#[derive(Debug)]
struct Active {
    offsets: MemoryIndex<OffsetEntry>,
    times: MemoryIndex<TimeEntry>,
    bytes_since_entry: u64,
    max: MaxTimestamp,
    recent: VecDeque<Recent>,
}

/// A segment. Idle, it holds its base, its size and little else.
#[derive(Debug)]
pub(crate) struct Segment {
    dir: Arc<Path>,
    pub(crate) base: Offset,
    pub(crate) size: u64,
    /// What stands from here on was written since the segment was opened.
    pub(crate) written_from: u64,
    /// Positions of what stood in the file when it was opened, and was neither scanned nor checked since.
    pub(crate) unchecked: Range<u64>,
    /// What was written up to here was told of by [`Log::take_appended`](super::Log::take_appended).
    pub(crate) told: u64,
    /// When it was made, or opened: the clock for rolling where batches bear no time.
    pub(crate) created: TimestampMs,
    pub(crate) has_aborted: bool,
    /// The file's name is not yet durable.
    pub(crate) is_new: bool,
    first_timestamp: OnceLock<TimestampMs>,
    sealed_max: OnceLock<MaxTimestamp>,
    active: Option<Box<Active>>,
    file: Mutex<Option<Arc<File>>>,
}

impl Segment {
    /// A segment whose `.log` file holds `size` bytes, or is not made yet.
    pub(crate) fn new(dir: Arc<Path>, base: Offset, size: u64, created: TimestampMs) -> Segment {
        Segment {
            dir,
            base,
            size,
            written_from: size,
            unchecked: 0..size,
            told: size,
            created,
            has_aborted: false,
            is_new: false,
            first_timestamp: OnceLock::new(),
            sealed_max: OnceLock::new(),
            active: None,
            file: Mutex::new(None),
        }
    }

    pub(crate) fn path(&self, kind: FileKind) -> PathBuf {
        self.dir.join(segment_file_name(self.base, kind))
    }

    /// Tells that the directory was renamed.
    pub(crate) fn relocate(&mut self, dir: Arc<Path>) {
        self.dir = dir;
    }

    fn relative(&self, offset: Offset) -> u32 {
        u32::try_from((offset - self.base).clamp(0, i64::from(i32::MAX))).unwrap_or(0)
    }

    /// Whether `offset` fits into the indexes of this segment.
    pub(crate) fn can_hold(&self, offset: Offset) -> bool {
        (0..=i64::from(i32::MAX)).contains(&(offset - self.base))
    }

    /// The `.log` file, opened or made now if need be.
    pub(crate) fn file(&self) -> Result<Arc<File>, LogError> {
        let mut slot = self.file.lock();
        if let Some(file) = &*slot {
            return Ok(Arc::clone(file));
        }
        let path = self.path(FileKind::Log);
        let open = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path);
        let file = Arc::new(open.at("open", &path)?);
        *slot = Some(Arc::clone(&file));
        Ok(file)
    }

    /// Makes the files of a segment that is about to be written for the first time.
    pub(crate) fn create(&mut self, preallocate: Option<u64>) -> Result<(), LogError> {
        let file = self.file()?;
        if let Some(bytes) = preallocate {
            let path = self.path(FileKind::Log);
            rustix::fs::fallocate(&*file, rustix::fs::FallocateFlags::KEEP_SIZE, 0, bytes).at("preallocate", &path)?;
        }
        // Their entries stay in memory until a checkpoint; but operators and Kafka's tools expect the files beside the log.
        for kind in [FileKind::OffsetIndex, FileKind::TimeIndex] {
            let path = self.path(kind);
            OpenOptions::new().create(true).truncate(false).write(true).open(&path).at("create", &path)?;
        }
        self.is_new = true;
        Ok(())
    }

    /// Loads the indexes into memory, so that the segment can be written.
    pub(crate) fn activate(&mut self, config: &LogConfig) -> Result<(), LogError> {
        if self.active.is_some() {
            return Ok(());
        }
        let bytes = config.segment_index_bytes as usize;
        let (offsets, times) = if self.size == 0 {
            (MemoryIndex::default(), MemoryIndex::default())
        } else {
            let offsets = MemoryIndex::load(&self.path(FileKind::OffsetIndex), bytes)?;
            (offsets, MemoryIndex::load(&self.path(FileKind::TimeIndex), bytes)?)
        };
        let max = self.max_timestamp()?;
        self.active = Some(Box::new(Active { offsets, times, bytes_since_entry: 0, max, recent: VecDeque::new() }));
        Ok(())
    }

    /// Writes batches at the end: `slices` are their bytes, `entries` what they are (positions set by the caller).
    pub(crate) fn append(
        &mut self,
        slices: &mut [IoSlice<'_>],
        entries: &[LogEntry],
        config: &LogConfig,
    ) -> Result<(), LogError> {
        let file = self.file()?;
        let path = || self.path(FileKind::Log);
        let mut at = self.size;
        // The kernel takes 1024 slices in one call.
        for mut chunk in slices.chunks_mut(1024) {
            while !chunk.is_empty() {
                match rustix::io::pwritev(&*file, chunk, at) {
                    Ok(0) => Err(rustix::io::Errno::IO).at("write to", &path())?,
                    Ok(n) => {
                        at += n as u64;
                        IoSlice::advance_slices(&mut chunk, n);
                    }
                    Err(rustix::io::Errno::INTR) => {}
                    Err(e) => Err(e).at("write to", &path())?,
                }
            }
        }
        for entry in entries {
            self.note(entry, config.index_interval_bytes);
        }
        self.size = at;
        Ok(())
    }

    /// Adds a written entry to the indexes in memory.
    pub(crate) fn note(&mut self, entry: &LogEntry, interval: u32) {
        let (base, last) = (self.relative(entry.base_offset), self.relative(entry.last_offset));
        if entry.position == 0 {
            let _ = self.first_timestamp.get_or_init(|| entry.max_timestamp);
        }
        let own_base = self.base;
        let Some(active) = self.active.as_deref_mut() else { return };
        if entry.max_timestamp > active.max.timestamp {
            active.max = MaxTimestamp { timestamp: entry.max_timestamp, offset: entry.last_offset };
        }
        let position = entry.position as u32;
        if active.bytes_since_entry > u64::from(interval) {
            let next = OffsetEntry { offset: last, position };
            if active.offsets.entries().last().is_none_or(|e| last > e.offset) {
                active.offsets.push(next);
            }
            active.push_time(own_base);
            active.bytes_since_entry = 0;
        }
        active.bytes_since_entry += entry.size;
        if active.recent.len() == RECENT {
            active.recent.pop_front();
        }
        active.recent.push_back(Recent { base, last, position });
    }

    /// Whether the segment must be rolled before a batch set is appended.
    pub(crate) fn must_roll(
        &self,
        bytes: u64,
        max_timestamp: TimestampMs,
        last_offset: Offset,
        now: TimestampMs,
        config: &LogConfig,
    ) -> Result<bool, LogError> {
        if self.size + bytes > config.segment_bytes || !self.can_hold(last_offset) {
            return Ok(true);
        }
        if self.size == 0 {
            return Ok(false);
        }
        let full = self.active.as_ref().is_some_and(|active| {
            active.offsets.entries().len() >= config.max_offset_entries()
                || active.times.entries().len() + 1 >= config.max_time_entries()
        });
        if full {
            return Ok(true);
        }
        let first = self.first_timestamp()?;
        let waited =
            if first.0 >= 0 { max_timestamp.0.saturating_sub(first.0) } else { now.0.saturating_sub(self.created.0) };
        Ok(waited > config.segment_ms.saturating_sub(self.jitter(config)))
    }

    /// Another part of the jitter for each segment, without randomness: spread by place and base offset.
    fn jitter(&self, config: &LogConfig) -> i64 {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let most = config.segment_jitter_ms.min(config.segment_ms);
        if most <= 0 {
            return 0;
        }
        let mut hasher = DefaultHasher::new();
        (&self.dir, self.base).hash(&mut hasher);
        (hasher.finish() % most as u64) as i64
    }

    /// Timestamp of the first batch; none in an empty segment.
    pub(crate) fn first_timestamp(&self) -> Result<TimestampMs, LogError> {
        if let Some(first) = self.first_timestamp.get() {
            return Ok(*first);
        }
        if self.size == 0 {
            return Ok(TimestampMs::NONE);
        }
        let (file, path) = (self.file()?, self.path(FileKind::Log));
        match Scanner::new(&file, &path, 0, self.size, LOOKUP_CHUNK).next()? {
            Step::Entry(entry) => Ok(*self.first_timestamp.get_or_init(|| entry.max_timestamp)),
            _ => Ok(TimestampMs::NONE),
        }
    }

    /// The largest timestamp; [`TimestampMs::NONE`] if no batch has one.
    pub(crate) fn max_timestamp(&self) -> Result<MaxTimestamp, LogError> {
        if let Some(active) = &self.active {
            return Ok(active.max);
        }
        if let Some(max) = self.sealed_max.get() {
            return Ok(*max);
        }
        let none = MaxTimestamp { timestamp: TimestampMs::NONE, offset: self.base };
        if self.size == 0 {
            return Ok(none);
        }
        let max = match IndexView::<TimeEntry>::open(&self.path(FileKind::TimeIndex))?.last()? {
            None => none,
            Some(e) => {
                let named =
                    MaxTimestamp { timestamp: TimestampMs(e.timestamp), offset: self.base + i64::from(e.offset) };
                if self.bears(named)? { named } else { self.largest_timestamp(none)? }
            }
        };
        Ok(*self.sealed_max.get_or_init(|| max))
    }

    /// Whether a batch is as an entry of the time index names it: an index has no checksum.
    fn bears(&self, named: MaxTimestamp) -> Result<bool, LogError> {
        match self.entry_of(named.offset) {
            Ok(entry) => Ok(entry.is_some_and(|entry| names(named, &entry))),
            Err(LogError::Corrupt { .. }) => Ok(false),
            Err(fault) => Err(fault),
        }
    }

    /// The largest timestamp by the batches themselves, as far as they can be read.
    fn largest_timestamp(&self, none: MaxTimestamp) -> Result<MaxTimestamp, LogError> {
        let (file, path) = (self.file()?, self.path(FileKind::Log));
        let mut scanner = Scanner::new(&file, &path, 0, self.size, 16 * LOOKUP_CHUNK);
        let mut max = none;
        while let Step::Entry(entry) = scanner.next()? {
            if entry.max_timestamp > max.timestamp {
                max = MaxTimestamp { timestamp: entry.max_timestamp, offset: entry.last_offset };
            }
        }
        Ok(max)
    }

    /// The largest timestamp, or the file's own time where batches have none: the age for retention.
    pub(crate) fn age_basis(&self) -> Result<TimestampMs, LogError> {
        let max = self.max_timestamp()?.timestamp;
        if max.0 >= 0 {
            return Ok(max);
        }
        let path = self.path(FileKind::Log);
        let modified = fs::metadata(&path).and_then(|m| m.modified()).at("stat", &path)?;
        let since = modified.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Ok(TimestampMs(i64::try_from(since.as_millis()).unwrap_or(i64::MAX)))
    }

    fn offsets<R>(&self, with: impl FnOnce(IndexView<'_, OffsetEntry>) -> Result<R, LogError>) -> Result<R, LogError> {
        match &self.active {
            Some(active) => with(IndexView::Memory(active.offsets.entries())),
            None => with(IndexView::open(&self.path(FileKind::OffsetIndex))?),
        }
    }

    fn times<R>(&self, with: impl FnOnce(IndexView<'_, TimeEntry>) -> Result<R, LogError>) -> Result<R, LogError> {
        match &self.active {
            Some(active) => with(IndexView::Memory(active.times.entries())),
            None => with(IndexView::open(&self.path(FileKind::TimeIndex))?),
        }
    }

    /// Position of the first entry whose last offset is at or after `offset`; `None` if there is none.
    pub(crate) fn position_of(&self, offset: Offset) -> Result<Option<u64>, LogError> {
        let relative = self.relative(offset);
        if let Some(active) = &self.active {
            let n = active.recent.partition_point(|r| r.last < relative);
            if let Some(recent) = active.recent.get(n)
                && (n > 0 || recent.base <= relative)
            {
                return Ok(Some(u64::from(recent.position)));
            }
        }
        Ok(self.entry_of(offset)?.map(|entry| entry.position))
    }

    /// The first entry whose last offset is at or after `offset`.
    pub(crate) fn entry_of(&self, offset: Offset) -> Result<Option<LogEntry>, LogError> {
        if self.size == 0 {
            return Ok(None);
        }
        let relative = self.relative(offset);
        let floor = self.offsets(|index| index.last_where(|e| e.offset <= relative))?;
        let (file, path) = (self.file()?, self.path(FileKind::Log));
        let mut scanner = self.scanner_at(floor, &file, &path)?;
        let mut next = self.base;
        loop {
            let position = scanner.position();
            match scanner.next()? {
                // No checksum covers the offset of a batch: those around it tell.
                Step::Entry(entry) if entry.header.is_some() && entry.base_offset < next => {
                    return Err(self.torn(position, &format!("offset {} before {next}", entry.base_offset)));
                }
                Step::Entry(entry) if entry.last_offset >= offset => return Ok(Some(entry)),
                Step::Entry(entry) => next = entry.last_offset.next(),
                Step::End => return Ok(None),
                Step::Torn(reason) => return Err(self.torn(scanner.position(), &reason)),
            }
        }
    }

    /// A scanner at an indexed batch. An index has no checksum, so that its word is checked: if the batch that it
    /// names is not there, the scan begins at the start of the file.
    fn scanner_at<'a>(
        &self,
        entry: Option<OffsetEntry>,
        file: &'a File,
        path: &'a Path,
    ) -> Result<Scanner<'a>, LogError> {
        if let Some(entry) = entry
            && let Some(scanner) = self.scanner_where_named(entry, file, path)?
        {
            return Ok(scanner);
        }
        Ok(Scanner::new(file, path, 0, self.size, LOOKUP_CHUNK))
    }

    /// A scanner at the batch that an index names, if it is there.
    fn scanner_where_named<'a>(
        &self,
        entry: OffsetEntry,
        file: &'a File,
        path: &'a Path,
    ) -> Result<Option<Scanner<'a>>, LogError> {
        let position = u64::from(entry.position);
        if position >= self.size {
            return Ok(None);
        }
        let mut scanner = Scanner::new(file, path, position, self.size, LOOKUP_CHUNK);
        let expected = self.base + i64::from(entry.offset);
        if !matches!(scanner.next()?, Step::Entry(found) if found.last_offset == expected) {
            return Ok(None);
        }
        scanner.rewind_to(position);
        Ok(Some(scanner))
    }

    pub(crate) fn torn(&self, position: u64, reason: &str) -> LogError {
        LogError::corrupt(&self.path(FileKind::Log), format!("no batch at position {position}: {reason}"))
    }

    /// A batch boundary in `(from, most]`, as near to `most` as the index knows, and the offset before which all
    /// batches up to there lie. `None` if the index has none.
    pub(crate) fn boundary_before(&self, from: u64, most: u64) -> Result<Option<(u64, Offset)>, LogError> {
        let found = self.offsets(|index| index.last_where(|e| u64::from(e.position) <= most))?;
        let Some(entry) = found.filter(|e| u64::from(e.position) > from) else { return Ok(None) };
        // What this process wrote, and indexed in memory, is as it is named.
        let is_own = self.active.is_some() && u64::from(entry.position) >= self.written_from;
        let is_there = is_own || {
            let (file, path) = (self.file()?, self.path(FileKind::Log));
            self.scanner_where_named(entry, &file, &path)?.is_some()
        };
        Ok(is_there.then(|| (u64::from(entry.position), self.base + i64::from(entry.offset))))
    }

    /// The first entry with a timestamp at or after `timestamp`, at or after `from`.
    pub(crate) fn entry_of_timestamp(
        &self,
        timestamp: TimestampMs,
        from: Offset,
    ) -> Result<Option<LogEntry>, LogError> {
        let floor = self.times(|index| index.last_where(|e| e.timestamp <= timestamp.0))?;
        let floor = floor
            .map(|e| MaxTimestamp { timestamp: TimestampMs(e.timestamp), offset: self.base + i64::from(e.offset) });
        let known = match floor {
            Some(named) if self.bears(named)? => named.offset,
            _ => self.base,
        };
        // The entry at the floor may itself bear the timestamp, and is found by its last offset.
        let Some(first) = self.entry_of(known.max(from))? else { return Ok(None) };
        let (file, path) = (self.file()?, self.path(FileKind::Log));
        let mut scanner = Scanner::new(&file, &path, first.position, self.size, LOOKUP_CHUNK);
        loop {
            match scanner.next()? {
                Step::Entry(entry) if entry.max_timestamp >= timestamp && entry.last_offset >= from => {
                    return Ok(Some(entry));
                }
                Step::Entry(_) => {}
                Step::End => return Ok(None),
                Step::Torn(reason) => return Err(self.torn(scanner.position(), &reason)),
            }
        }
    }

    /// The offset after the last entry: the index's last entry, then a walk.
    pub(crate) fn next_offset(&self) -> Result<Offset, LogError> {
        if self.size == 0 {
            return Ok(self.base);
        }
        let last = self.offsets(|index| index.last())?;
        let (file, path) = (self.file()?, self.path(FileKind::Log));
        let mut scanner = self.scanner_at(last, &file, &path)?;
        let mut next = self.base;
        loop {
            match scanner.next()? {
                Step::Entry(entry) => next = entry.last_offset.next(),
                Step::End => return Ok(next),
                Step::Torn(reason) => return Err(self.torn(scanner.position(), &reason)),
            }
        }
    }

    /// Brings the index files up to memory.
    pub(crate) fn write_indexes(&mut self) -> Result<(), LogError> {
        let (offsets, times) = (self.path(FileKind::OffsetIndex), self.path(FileKind::TimeIndex));
        let Some(active) = self.active.as_deref_mut() else { return Ok(()) };
        active.offsets.write(&offsets)?;
        active.times.write(&times)
    }

    /// Ends the writing of a segment: the true largest timestamp into the time index, indexes to disk, memory freed.
    pub(crate) fn seal(&mut self) -> Result<(), LogError> {
        let base = self.base;
        if let Some(active) = self.active.as_deref_mut() {
            active.push_time(base);
        }
        self.write_indexes()?;
        if let Some(active) = self.active.take() {
            self.sealed_max = OnceLock::from(active.max);
        }
        Ok(())
    }

    /// Closes the file; reads that are under way keep theirs.
    pub(crate) fn release(&self) {
        *self.file.lock() = None;
    }

    /// Cuts the segment before the first entry that reaches `offset`. Bytes removed.
    pub(crate) fn truncate_to(&mut self, offset: Offset, config: &LogConfig) -> Result<u64, LogError> {
        // What stands before the first batch asks for no look at it: it may not be sound.
        let position = if offset <= self.base { Some(0) } else { self.position_of(offset)? };
        let Some(position) = position else { return Ok(0) };
        self.activate(config)?;
        let cut = self.size - position;
        let path = self.path(FileKind::Log);
        self.file()?.set_len(position).at("truncate", &path)?;
        self.size = position;
        self.written_from = self.written_from.min(position);
        self.told = self.told.min(position);
        self.unchecked.end = self.unchecked.end.min(position);
        let (base, relative) = (self.base, self.relative(offset));
        if let Some(active) = self.active.as_deref_mut() {
            let offsets = active.offsets.entries().partition_point(|e| u64::from(e.position) < position);
            active.offsets.truncate(offsets);
            let times = active.times.entries().partition_point(|e| e.offset < relative);
            active.times.truncate(times);
            active.recent.clear();
            active.bytes_since_entry = 0;
            active.max = active.times.entries().last().map_or(
                MaxTimestamp { timestamp: TimestampMs::NONE, offset: base },
                |e| MaxTimestamp { timestamp: TimestampMs(e.timestamp), offset: base + i64::from(e.offset) },
            );
        }
        // The index may not name the latest batches that are left.
        self.raise_max_from_tail()?;
        self.has_aborted = truncate_txn_index(&self.path(FileKind::TxnIndex), offset)?;
        if position == 0 {
            self.first_timestamp = OnceLock::new();
        }
        self.write_indexes()?;
        Ok(cut)
    }

    fn raise_max_from_tail(&mut self) -> Result<(), LogError> {
        let Some(last) = self.active.as_ref().map(|a| a.times.entries().last().map_or(0, |e| e.offset)) else {
            return Ok(());
        };
        let Some(first) = self.entry_of(self.base + i64::from(last))? else { return Ok(()) };
        let (file, path) = (self.file()?, self.path(FileKind::Log));
        let mut scanner = Scanner::new(&file, &path, first.position, self.size, SCAN_CHUNK.min(64 << 10));
        while let Step::Entry(entry) = scanner.next()? {
            if let Some(active) = self.active.as_deref_mut()
                && entry.max_timestamp > active.max.timestamp
            {
                active.max = MaxTimestamp { timestamp: entry.max_timestamp, offset: entry.last_offset };
            }
        }
        Ok(())
    }

    /// Starts the indexes anew, keeping `keep` bytes of log as known good, for a scan that fills them again.
    pub(crate) fn reset_indexes(&mut self, keep: u64, config: &LogConfig) -> Result<(), LogError> {
        self.active = None;
        self.sealed_max = OnceLock::new();
        self.first_timestamp = OnceLock::new();
        let none = MaxTimestamp { timestamp: TimestampMs::NONE, offset: self.base };
        let mut active = Active {
            offsets: MemoryIndex::default(),
            times: MemoryIndex::default(),
            bytes_since_entry: 0,
            max: none,
            recent: VecDeque::new(),
        };
        if keep > 0 {
            let bytes = config.segment_index_bytes as usize;
            active.offsets = MemoryIndex::load(&self.path(FileKind::OffsetIndex), bytes)?;
            active.times = MemoryIndex::load(&self.path(FileKind::TimeIndex), bytes)?;
            // The scan begins at an indexed batch, and pushes neither its entry nor its time again.
            let offsets = active.offsets.entries().partition_point(|e| u64::from(e.position) <= keep);
            active.offsets.truncate(offsets);
            let last = active.offsets.entries().last().map_or(0, |e| e.offset);
            let times = active.times.entries().partition_point(|e| e.offset <= last);
            active.times.truncate(times);
            if let Some(e) = active.times.entries().last() {
                let offset = self.base + i64::from(e.offset);
                active.max = MaxTimestamp { timestamp: TimestampMs(e.timestamp), offset };
            }
        }
        self.active = Some(Box::new(active));
        Ok(())
    }

    /// Ends a scan that filled the indexes, and gives what their files are to hold: offsets, times.
    pub(crate) fn scanned_indexes(&mut self) -> (Vec<u8>, Vec<u8>) {
        let base = self.base;
        let (mut offsets, mut times) = (Vec::new(), Vec::new());
        if let Some(mut active) = self.active.take() {
            active.push_time(base);
            active.offsets.entries().iter().for_each(|entry| entry.encode(&mut offsets));
            active.times.entries().iter().for_each(|entry| entry.encode(&mut times));
        }
        (offsets, times)
    }

    /// The last indexed batch at or below `offset` in the index on disk, for a recovery that trusts what was flushed.
    pub(crate) fn flushed_boundary(&self, offset: Offset) -> Result<Option<OffsetEntry>, LogError> {
        let index = MemoryIndex::<OffsetEntry>::load(&self.path(FileKind::OffsetIndex), usize::MAX)?;
        let relative = self.relative(offset);
        let n = index.entries().partition_point(|e| e.offset < relative);
        Ok(n.checked_sub(1).map(|i| index.entries()[i]))
    }

    /// Cuts bytes off the end of the file.
    pub(crate) fn cut_file(&mut self, size: u64) -> Result<(), LogError> {
        let path = self.path(FileKind::Log);
        let file = self.file()?;
        file.set_len(size).at("truncate", &path)?;
        file.sync_all().at("sync", &path)?;
        self.size = size;
        Ok(())
    }

    /// Renames the segment's files so that they are out of the log, and returns the new names.
    pub(crate) fn retire(&mut self) -> Result<Vec<PathBuf>, LogError> {
        self.release();
        self.active = None;
        let mut retired = Vec::new();
        for kind in FileKind::ALL {
            let path = self.path(kind);
            let mut name = path.clone().into_os_string();
            name.push(".deleted");
            match fs::rename(&path, &name) {
                Ok(()) => retired.push(PathBuf::from(name)),
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
                Err(e) => return Err(e).at("rename", &path),
            }
        }
        Ok(retired)
    }
}

/// Whether an entry is the one that a time index names.
fn names(named: MaxTimestamp, entry: &LogEntry) -> bool {
    entry.last_offset == named.offset && (entry.header.is_none() || entry.max_timestamp == named.timestamp)
}

impl Active {
    /// Adds the largest timestamp so far, if it grew (`TimeIndex.maybeAppend`).
    fn push_time(&mut self, base: Offset) {
        let last = self.times.entries().last().copied();
        let offset = u32::try_from(self.max.offset - base).unwrap_or(0);
        let grew = match last {
            Some(last) => self.max.timestamp.0 > last.timestamp && offset >= last.offset,
            None => self.max.timestamp.0 >= 0,
        };
        if grew {
            self.times.push(TimeEntry { timestamp: self.max.timestamp.0, offset });
        }
    }
}
