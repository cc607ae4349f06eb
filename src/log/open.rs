//! Opening a log: what an unclean stop left half done is found, mended and told.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::append::read_marker;
use super::config::LogConfig;
use super::epochs::LeaderEpochs;
use super::error::{IoContext, LogError};
use super::files::{FileKind, parse_file_name, segment_file_name, sync_dir};
use super::handle::Log;
use super::producers::ProducerStates;
use super::rot::{Behind, behind};
use super::scan::{LOOKUP_CHUNK, LogEntry, SCAN_CHUNK, Scanner, Step, read_entry};
use super::segment::Segment;
use super::txn_index::truncate_txn_index;
use crate::model::{LeaderEpoch, Offset, TimestampMs};
use crate::wire::batch::BatchHeader;

/// What the checkpoints of the log directory say of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct RecoverySpec {
    /// Everything below was synced, from `recovery-point-offset-checkpoint`; 0 if it does not name the log.
    pub recovery_point: Offset,
    /// From `log-start-offset-checkpoint`; 0 if it does not name the log.
    pub log_start_offset: Offset,
    /// Everything below was written, its index and a producer snapshot too ([`Log::mark`]), by a process that the
    /// system has outlived: the page cache holds it, whether it was synced or not. 0 if that is not known.
    pub written: Offset,
    /// The directory was closed in order: nothing needs a check.
    pub clean_shutdown: bool,
    /// Only what a crash may have torn is cut off. Where sound batches stand behind one that is not, the log is damaged
    /// and does not open: what stands behind was acknowledged, and may be nowhere else.
    pub only_torn: bool,
}

impl RecoverySpec {
    /// Everything below needs no scan.
    fn trusted(&self) -> Offset {
        self.recovery_point.max(self.written)
    }
}

/// What opening a log did.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct RecoveryReport {
    /// Each thing that was found wrong and what was done about it, in words, in order. Empty if all was well.
    pub notes: Vec<String>,
    /// Bytes whose checksums were verified.
    pub scanned_bytes: u64,
    /// Bytes cut off or dropped because no good batch stood there.
    pub truncated_bytes: u64,
}

impl RecoveryReport {
    fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }
}

/// The files of a directory, by what they are.
#[derive(Default)]
struct Listing {
    /// Sizes of `.log` files by base offset.
    logs: BTreeMap<i64, u64>,
    indexes: BTreeSet<(i64, FileKind)>,
    snapshots: BTreeSet<i64>,
}

impl Log {
    /// Opens the log in `dir`, made if it is not there. No segment file is made before the first append.
    ///
    /// # Errors
    /// [`LogError`] if the disk fails, or something is wrong that cannot be mended from the batches.
    pub fn open(
        dir: &Path,
        config: Arc<LogConfig>,
        spec: RecoverySpec,
        now: TimestampMs,
    ) -> Result<(Log, RecoveryReport), LogError> {
        fs::create_dir_all(dir).at("create", dir)?;
        let dir: Arc<Path> = Arc::from(dir);
        let mut report = RecoveryReport::default();
        let mut found = names(&dir)?;
        if finish_swaps(&dir, &found, &mut report)? {
            found = names(&dir)?;
        }
        let listing = list(&dir, found, &mut report)?;

        let mut segments: Vec<Segment> = Vec::with_capacity(listing.logs.len().max(1));
        for (&base, &size) in &listing.logs {
            let mut segment = Segment::new(Arc::clone(&dir), Offset(base), size, now);
            segment.has_aborted = listing.indexes.contains(&(base, FileKind::TxnIndex));
            segments.push(segment);
        }
        let epochs = match LeaderEpochs::load(Arc::clone(&dir)) {
            Ok(epochs) => epochs,
            Err(LogError::Corrupt { reason, .. }) => {
                report.note(format!("leader-epoch-checkpoint was not readable ({reason}); rebuilt from the batches"));
                let mut epochs = LeaderEpochs::empty(Arc::clone(&dir));
                note_epochs(&segments, &mut epochs)?;
                epochs.write()?;
                epochs
            }
            Err(e) => return Err(e),
        };
        let mut log = Log {
            dir,
            config,
            segments,
            start: Offset::ZERO,
            end: Offset::ZERO,
            recovery_point: Offset::ZERO,
            cuts: 0,
            producers: ProducerStates::default(),
            last_snapshot: Offset::ZERO,
            epochs,
            last_flush: now,
            fence: None,
            retired: VecDeque::new(),
            has_dir: true,
            unmarked: 0,
            untold: 0,
            marked: Offset::ZERO,
            damage: None,
        };
        let recovered = log.recover_segments(&listing, spec, &mut report)?;
        log.settle_offsets(spec, now, &mut report)?;
        log.doubt_epochs(&mut report)?;
        log.recover_producers(listing.snapshots, recovered, now, &mut report)?;
        log.segments.iter().for_each(Segment::release);
        if !spec.clean_shutdown && log.end < spec.written {
            // Not all is there that was said to be written, so that nothing of it is to be believed.
            let claimed = spec.written;
            let spec = RecoverySpec { written: Offset::ZERO, ..spec };
            let config = Arc::clone(&log.config);
            let (log, second) = Log::open(&log.dir, config, spec, now)?;
            report.note(format!("the log ends before {claimed}, up to which it was said to be written: scanned again"));
            report.notes.extend(second.notes);
            report.scanned_bytes += second.scanned_bytes;
            report.truncated_bytes += second.truncated_bytes;
            return Ok((log, report));
        }
        log.marked = if spec.clean_shutdown { log.end } else { spec.trusted().min(log.end) };
        // What had to be scanned now would have to be scanned again.
        log.unmarked = report.scanned_bytes;
        Ok((log, report))
    }

    /// The log of a directory that is not there: it begins, empty, at `start`. No system call is made before the first
    /// append, which makes the directory.
    pub fn unborn(dir: &Path, config: Arc<LogConfig>, start: Offset, now: TimestampMs) -> Log {
        let dir: Arc<Path> = Arc::from(dir);
        Log {
            segments: vec![Segment::new(Arc::clone(&dir), start, 0, now)],
            epochs: LeaderEpochs::empty(Arc::clone(&dir)),
            dir,
            config,
            start,
            end: start,
            recovery_point: start,
            producers: ProducerStates::default(),
            last_snapshot: start,
            last_flush: now,
            fence: None,
            retired: VecDeque::new(),
            has_dir: false,
            unmarked: 0,
            untold: 0,
            marked: start,
            damage: None,
            cuts: 0,
        }
    }

    /// A log that could not be opened: empty, and closed to every write for that reason.
    pub fn broken(dir: &Path, config: Arc<LogConfig>, cause: &LogError, now: TimestampMs) -> Log {
        Log { fence: Some(cause.to_string().into()), ..Log::unborn(dir, config, Offset::ZERO, now) }
    }

    /// Checks what the last run may have left unfinished. Returns the first offset that was not trusted, if any, and
    /// whether a producer with an id was seen from there on.
    fn recover_segments(
        &mut self,
        listing: &Listing,
        spec: RecoverySpec,
        report: &mut RecoveryReport,
    ) -> Result<Option<Recovered>, LogError> {
        let first_unflushed =
            if spec.clean_shutdown { self.segments.len() } else { self.segment_index(spec.trusted()) };
        let mut recovered: Option<Recovered> = None;
        let epochs_before = self.epochs.entries().to_vec();
        let mut i = 0;
        while i < self.segments.len() {
            let later = self.segments.get(i + 1).filter(|later| later.size > 0).map(|later| later.base);
            let segment = &mut self.segments[i];
            let missing = |kind| segment.size > 0 && !listing.indexes.contains(&(segment.base.0, kind));
            let (no_offsets, no_times) = (missing(FileKind::OffsetIndex), missing(FileKind::TimeIndex));
            let was_sealed = i + 1 < listing.logs.len();
            if (i < first_unflushed && !no_offsets && !no_times) || segment.size == 0 {
                i += 1;
                continue;
            }
            // The written segment's index is in memory while a broker runs, so its lack is no surprise after a crash.
            if (no_offsets || no_times) && (was_sealed || spec.clean_shutdown) {
                let kind = if no_offsets { FileKind::OffsetIndex } else { FileKind::TimeIndex };
                report.note(format!("{} was missing: rebuilt", segment_file_name(segment.base, kind)));
            }
            let trusted = if no_offsets || no_times { Offset::ZERO } else { spec.trusted() };
            let cut = Cut { only_torn: spec.only_torn, later };
            let scan = recover_segment(segment, trusted, &self.config, &mut self.epochs, cut, report)?;
            let recovered = recovered.get_or_insert(Recovered { from: scan.from, saw_producer: false });
            recovered.saw_producer |= scan.saw_producer;
            if i + 1 < self.segments.len()
                && let Some(reason) = scan.torn
            {
                let later = self.segments.split_off(i + 1);
                report.note(format!("dropped {} later segments: they follow a broken batch ({reason})", later.len()));
                for mut segment in later {
                    report.truncated_bytes += segment.size;
                    remove_all(segment.retire()?)?;
                }
                sync_dir(&self.dir)?;
            }
            i += 1;
        }
        if self.epochs.entries() != epochs_before {
            self.epochs.write()?;
        }
        Ok(recovered)
    }

    /// Start, end and recovery point from what stands.
    fn settle_offsets(
        &mut self,
        spec: RecoverySpec,
        now: TimestampMs,
        report: &mut RecoveryReport,
    ) -> Result<(), LogError> {
        self.end = self.segments.last().map_or(Ok(spec.log_start_offset), Segment::next_offset)?;
        if self.end < spec.log_start_offset {
            report.note(format!(
                "the log ends at {}, below its log start offset {}: begun anew there, without records",
                self.end, spec.log_start_offset
            ));
            for mut segment in std::mem::take(&mut self.segments) {
                report.truncated_bytes += segment.size;
                remove_all(segment.retire()?)?;
            }
            self.end = spec.log_start_offset;
        }
        if self.segments.is_empty() {
            self.segments.push(Segment::new(Arc::clone(&self.dir), self.end, 0, now));
        }
        self.start = spec.log_start_offset.max(self.segments[0].base);
        self.recovery_point = if spec.clean_shutdown { self.end } else { spec.recovery_point.min(self.end) };
        if spec.recovery_point > self.end {
            report.note(format!(
                "the recovery point checkpoint says {}, past the log's end {}: ignored",
                spec.recovery_point, self.end
            ));
        }
        let cut_end = self.epochs.truncate_from_end(self.end);
        let cut_start = self.epochs.truncate_from_start(self.start);
        if cut_end || cut_start {
            self.epochs.write()?;
        }
        Ok(())
    }

    /// Holds the newest terms against the batches with which they began: their file has no checksum, and followers cut
    /// their logs by it.
    fn doubt_epochs(&mut self, report: &mut RecoveryReport) -> Result<(), LogError> {
        const LOOKED_AT: usize = 8;
        let known = self.epochs.entries();
        let mut wrong =
            known.windows(2).find(|pair| pair[0].0 >= pair[1].0 || pair[0].1 >= pair[1].1).map(|pair| pair[0]);
        for &(epoch, start) in known.iter().skip(known.len().saturating_sub(LOOKED_AT)) {
            if wrong.is_none() && !self.begins_at(epoch, start)? {
                wrong = Some((epoch, start));
            }
        }
        let Some((epoch, start)) = wrong else { return Ok(()) };
        let mut epochs = LeaderEpochs::empty(Arc::clone(&self.dir));
        note_epochs(&self.segments, &mut epochs)?;
        epochs.truncate_from_start(self.start);
        if epochs.entries() == self.epochs.entries() {
            // Terms go back in a log that moved to a new cluster.
            return Ok(());
        }
        report.note(format!(
            "leader-epoch-checkpoint says that epoch {epoch} begins at {start}, and the batches do not; rebuilt"
        ));
        epochs.write()?;
        self.epochs = epochs;
        Ok(())
    }

    /// Whether the batches say as well that a term begins at an offset. What cannot be read says nothing.
    fn begins_at(&self, epoch: LeaderEpoch, start: Offset) -> Result<bool, LogError> {
        let header_at = |offset: Offset| match self.segments[self.segment_index(offset)].entry_of(offset) {
            Ok(entry) => Ok(entry.and_then(|entry| entry.header)),
            Err(LogError::Corrupt { .. }) => Ok(None),
            Err(fault) => Err(fault),
        };
        let from = start.max(self.start);
        // Compaction may have taken what stood at the start, or all of the term.
        let begins = |h: BatchHeader| h.leader_epoch == epoch || (h.base_offset > from && h.leader_epoch > epoch);
        if !header_at(from)?.is_none_or(begins) {
            return Ok(false);
        }
        Ok(start <= self.start || header_at(start + -1)?.is_none_or(|h| h.leader_epoch < epoch))
    }

    fn recover_producers(
        &mut self,
        mut snapshots: BTreeSet<i64>,
        recovered: Option<Recovered>,
        now: TimestampMs,
        report: &mut RecoveryReport,
    ) -> Result<(), LogError> {
        let bases: BTreeSet<i64> = self.segments.iter().map(|s| s.base.0).collect();
        for stale in snapshots.split_off(&self.end.0.saturating_add(1)) {
            self.remove_snapshot(Offset(stale))?;
        }
        // What was rebuilt is replayed in whole, so that the transaction index is whole too.
        let most = recovered.map_or(self.end, |r| r.from.min(self.end));
        // Replay makes do without those beyond, but a torn one may not stay: a later start would trust its name.
        for beyond in snapshots.range((Bound::Excluded(most.0), Bound::Unbounded)).copied().collect::<Vec<_>>() {
            if self.read_snapshot(Offset(beyond), now, report)?.is_none() {
                snapshots.remove(&beyond);
            }
        }
        let replay_from = self.load_snapshot(&mut snapshots, most, now, report)?;
        let newest = snapshots.last().copied();
        for &stray in snapshots.iter().filter(|offset| !bases.contains(offset) && Some(**offset) != newest) {
            self.remove_snapshot(Offset(stray))?;
        }
        self.last_snapshot = Offset(newest.unwrap_or(0));
        let nothing_new = recovered.is_some_and(|r| replay_from >= r.from && !r.saw_producer);
        if replay_from < self.end && !nothing_new {
            let rebuild_txns_from = recovered.map_or(self.end, |r| r.from);
            self.replay_producers(replay_from, rebuild_txns_from)?;
            self.producers.expire(now, self.config.producer_id_expiration_ms);
        }
        Ok(())
    }

    /// Loads the newest good snapshot up to `most`; the bad ones are removed. Returns where replay begins: also below the
    /// log start offset, for a producer is remembered by batches that DeleteRecords has only hidden, too.
    pub(super) fn load_snapshot(
        &mut self,
        snapshots: &mut BTreeSet<i64>,
        most: Offset,
        now: TimestampMs,
        report: &mut RecoveryReport,
    ) -> Result<Offset, LogError> {
        while let Some(&offset) = snapshots.range(..=most.0).next_back() {
            if let Some(states) = self.read_snapshot(Offset(offset), now, report)? {
                self.producers = states;
                self.refill_windows(Offset(offset), now)?;
                return Ok(Offset(offset));
            }
            snapshots.remove(&offset);
        }
        Ok(self.segments.first().map_or(self.start, |segment| segment.base))
    }

    /// The state in a snapshot; one that is damaged is removed, with a note.
    fn read_snapshot(
        &self,
        offset: Offset,
        now: TimestampMs,
        report: &mut RecoveryReport,
    ) -> Result<Option<ProducerStates>, LogError> {
        let name = segment_file_name(offset, FileKind::Snapshot);
        let path = self.dir.join(&name);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            // It went with a segment that was dropped.
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e).at("read", &path),
        };
        match ProducerStates::from_snapshot(&bytes, now, self.config.producer_id_expiration_ms) {
            Ok(states) => Ok(Some(states)),
            Err(e) => {
                report.note(format!("{name} was discarded: {e}; producer state rebuilt from the batches"));
                self.remove_snapshot(offset)?;
                Ok(None)
            }
        }
    }

    /// Replays the headers from `from` to the log's end into the producer state, and the aborted transactions whose
    /// markers stand at or after `rebuild_txns_from` into the transaction indexes.
    pub(super) fn replay_producers(&mut self, from: Offset, rebuild_txns_from: Offset) -> Result<(), LogError> {
        for i in self.segment_index(from)..self.segments.len() {
            let segment = &self.segments[i];
            let Some(first) = segment.entry_of(from)? else { continue };
            let (file, path) = (segment.file()?, segment.path(FileKind::Log));
            let mut scanner = Scanner::new(&file, &path, first.position, segment.size, 16 * LOOKUP_CHUNK);
            loop {
                let entry = match scanner.next()? {
                    Step::Entry(entry) => entry,
                    Step::End => break,
                    Step::Torn(reason) => return Err(LogError::corrupt(&path, reason)),
                };
                let Some(header) = entry.header else { continue };
                if !header.has_producer_id() || header.base_offset < from {
                    continue;
                }
                let marker = if header.is_control() && entry.size <= 1 << 16 {
                    let bytes = read_entry(&file, &path, &entry)?;
                    read_marker(&header, &bytes).map_err(|e| LogError::corrupt(&path, e.to_string()))?
                } else {
                    None
                };
                self.replay(i, &header, marker, header.base_offset >= rebuild_txns_from)?;
            }
            self.segments[i].release();
        }
        Ok(())
    }

    pub(super) fn remove_snapshot(&self, offset: Offset) -> Result<(), LogError> {
        remove_all(vec![self.dir.join(segment_file_name(offset, FileKind::Snapshot))])
    }
}

#[derive(Clone, Copy)]
struct Recovered {
    from: Offset,
    saw_producer: bool,
}

/// What may be cut off.
#[derive(Clone, Copy)]
struct Cut {
    /// Only what a crash tore.
    only_torn: bool,
    /// Where the next segment begins, if one follows.
    later: Option<Offset>,
}

impl Cut {
    /// Looks at a batch that is not sound, at the end of what is.
    fn check(self, segment: &Segment, good: u64, next: Offset, reason: &str) -> Result<(), LogError> {
        if !self.only_torn {
            return Ok(());
        }
        let (file, path) = (segment.file()?, segment.path(FileKind::Log));
        let behind = match behind(&file, &path, good, segment.size, next)? {
            Behind::Sound(position) => format!("at position {position}"),
            Behind::Nothing { whole: true } if self.later.is_some() => "in later segments".to_owned(),
            Behind::Nothing { .. } => return Ok(()),
        };
        Err(LogError::corrupt(
            &path,
            format!("the batch at position {good}, offset {next}, is damaged ({reason}); sound ones follow {behind}"),
        ))
    }
}

struct SegmentScan {
    from: Offset,
    saw_producer: bool,
    torn: Option<String>,
}

/// Verifies a segment from the last indexed batch below `trusted` on, rebuilds what indexes it from there, and cuts
/// what is not a good batch.
fn recover_segment(
    segment: &mut Segment,
    trusted: Offset,
    config: &LogConfig,
    epochs: &mut LeaderEpochs,
    cut: Cut,
    report: &mut RecoveryReport,
) -> Result<SegmentScan, LogError> {
    let mut torn = None;
    let boundary = if trusted > segment.base { segment.flushed_boundary(trusted)? } else { None };
    if let Some(boundary) = boundary.filter(|b| u64::from(b.position) < segment.size) {
        let position = u64::from(boundary.position);
        let (file, path) = (segment.file()?, segment.path(FileKind::Log));
        let at = Scanner::new(&file, &path, position, segment.size, LOOKUP_CHUNK).next()?;
        let expected = segment.base + i64::from(boundary.offset);
        if matches!(at, Step::Entry(entry) if entry.last_offset == expected) {
            let scan = scan_segment(segment, (position, trusted), config, epochs, cut, report)?;
            if segment.next_offset()? >= trusted {
                return Ok(scan);
            }
            report.note(format!(
                "{} ends before {trusted}, which was said to be written: the checkpoint is not trusted, the segment is scanned in whole",
                segment_file_name(segment.base, FileKind::Log)
            ));
            torn = scan.torn;
        }
    }
    let base = segment.base;
    let scan = scan_segment(segment, (0, base), config, epochs, cut, report)?;
    // What the first scan cut off, the second does not see; and what follows it must go all the same.
    Ok(SegmentScan { torn: scan.torn.or(torn), ..scan })
}

fn scan_segment(
    segment: &mut Segment,
    (position, from): (u64, Offset),
    config: &LogConfig,
    epochs: &mut LeaderEpochs,
    cut: Cut,
    report: &mut RecoveryReport,
) -> Result<SegmentScan, LogError> {
    segment.reset_indexes(position, config)?;
    segment.has_aborted = truncate_txn_index(&segment.path(FileKind::TxnIndex), from)?;
    let (file, path) = (segment.file()?, segment.path(FileKind::Log));
    let chunk = SCAN_CHUNK.min(segment.size as usize).max(LOOKUP_CHUNK);
    let mut scanner = Scanner::new(&file, &path, position, segment.size, chunk);
    let mut expected = segment.base;
    let mut scan = SegmentScan { from, saw_producer: false, torn: None };
    let mut good = position;
    loop {
        let entry = match scanner.next()? {
            Step::Entry(entry) => entry,
            Step::End => break,
            Step::Torn(reason) => {
                scan.torn = Some(reason);
                break;
            }
        };
        // No checksum covers the offset of a batch. Of an old compressed message only the last is known.
        let is_early = entry.last_offset < expected || (entry.header.is_some() && entry.base_offset < expected);
        let is_late = cut.later.is_some_and(|later| entry.last_offset >= later);
        if is_early || is_late || !segment.can_hold(entry.last_offset) {
            scan.torn = Some(format!("offset {} after {}", entry.base_offset, expected + -1));
            break;
        }
        if !scanner.checksum_matches(&entry)? {
            scan.torn = Some("its checksum does not match".to_owned());
            break;
        }
        if entry.base_offset > expected && overtakes_the_next(&mut scanner, &entry)? {
            scan.torn = Some(format!("offset {} after {}, and less after that", entry.base_offset, expected + -1));
            break;
        }
        segment.note(&entry, config.index_interval_bytes);
        if let Some(header) = entry.header {
            epochs.note(header.leader_epoch, header.base_offset);
            scan.saw_producer |= header.has_producer_id();
        }
        expected = entry.last_offset.next();
        good = entry.end();
    }
    report.scanned_bytes += good - position;
    if let Some(reason) = &scan.torn {
        cut.check(segment, good, expected, reason)?;
        let lost = segment.size - good;
        report.truncated_bytes += lost;
        report.note(format!(
            "{} was cut at position {good}, {lost} bytes from its end, at offset {expected}: {reason}",
            segment_file_name(segment.base, FileKind::Log),
        ));
        segment.cut_file(good)?;
    }
    segment.unchecked = 0..position;
    segment.seal()?;
    segment.release();
    Ok(scan)
}

/// Whether an entry that leaves a gap before it reaches beyond the one behind it. Compaction leaves gaps, and no such.
fn overtakes_the_next(scanner: &mut Scanner<'_>, entry: &LogEntry) -> Result<bool, LogError> {
    let next = scanner.next()?;
    scanner.rewind_to(entry.end());
    Ok(matches!(next, Step::Entry(next) if next.last_offset <= entry.last_offset))
}

fn note_epochs(segments: &[Segment], epochs: &mut LeaderEpochs) -> Result<(), LogError> {
    for segment in segments.iter().filter(|segment| segment.size > 0) {
        let (file, path) = (segment.file()?, segment.path(FileKind::Log));
        let mut scanner = Scanner::new(&file, &path, 0, segment.size, 16 * LOOKUP_CHUNK);
        while let Step::Entry(entry) = scanner.next()? {
            if let Some(header) = entry.header {
                epochs.note(header.leader_epoch, header.base_offset);
            }
        }
        segment.release();
    }
    Ok(())
}

/// Completes or undoes a compaction that was under way (`LogLoader`): `.cleaned` files were not finished; `.swap`
/// files were, unless a `.cleaned` file of the same run is still there, and take the place of what they cover.
///
/// Gives whether a file went or changed its name.
fn finish_swaps(dir: &Path, found: &[String], report: &mut RecoveryReport) -> Result<bool, LogError> {
    let mut cleaned = Vec::new();
    let mut swaps = Vec::new();
    let mut min_cleaned = i64::MAX;
    let mut deleted = false;
    for name in found {
        match parse_file_name(name) {
            Some((_, _, "deleted")) => {
                remove_all(vec![dir.join(name)])?;
                deleted = true;
            }
            Some((offset, _, "cleaned")) => {
                min_cleaned = min_cleaned.min(offset.0);
                cleaned.push(dir.join(name));
            }
            Some((offset, kind, "swap")) => swaps.push((offset, kind, dir.join(name))),
            _ => {}
        }
    }
    if cleaned.is_empty() && swaps.is_empty() {
        return Ok(deleted);
    }
    if !cleaned.is_empty() {
        report.note(format!("removed {} files of a compaction that was not finished", cleaned.len()));
        remove_all(cleaned)?;
    }
    let (undone, done): (Vec<_>, Vec<_>) = swaps.into_iter().partition(|(offset, _, _)| offset.0 >= min_cleaned);
    remove_all(undone.into_iter().map(|(_, _, path)| path).collect())?;
    let mut covered: Option<(Offset, Offset)> = None;
    for (base, _, path) in done.iter().filter(|(_, kind, _)| *kind == FileKind::Log) {
        let size = fs::metadata(path).at("stat", path)?.len();
        let file = fs::File::open(path).at("open", path)?;
        let mut scanner = Scanner::new(&file, path, 0, size, LOOKUP_CHUNK);
        let mut next = *base;
        while let Step::Entry(entry) = scanner.next()? {
            next = entry.last_offset.next();
        }
        let (low, high) = covered.unwrap_or((*base, next));
        covered = Some((low.min(*base), high.max(next)));
    }
    if let Some((low, high)) = covered {
        report.note(format!("finished a compaction of the offsets {low} to {high}"));
        for name in names(dir)? {
            if let Some((base, kind, "")) = parse_file_name(&name)
                && kind != FileKind::Snapshot
                && base >= low
                && base < high
            {
                remove_all(vec![dir.join(&name)])?;
            }
        }
    }
    for (base, kind, path) in done {
        let live = dir.join(segment_file_name(base, kind));
        fs::rename(&path, &live).at("rename", &path)?;
    }
    Ok(true)
}

fn list(dir: &Path, found: Vec<String>, report: &mut RecoveryReport) -> Result<Listing, LogError> {
    let mut listing = Listing::default();
    for name in found {
        let path = dir.join(&name);
        match parse_file_name(&name) {
            Some((base, FileKind::Log, "")) => {
                listing.logs.insert(base.0, fs::metadata(&path).at("stat", &path)?.len());
            }
            Some((offset, FileKind::Snapshot, "")) => {
                listing.snapshots.insert(offset.0);
            }
            Some((base, kind, "")) => {
                listing.indexes.insert((base.0, kind));
            }
            // A replacement that did not come to its rename.
            _ if name.ends_with(".tmp") => remove_all(vec![path])?,
            _ => {}
        }
    }
    let orphans: Vec<_> =
        listing.indexes.iter().filter(|(base, _)| !listing.logs.contains_key(base)).copied().collect();
    for (base, kind) in orphans {
        let name = segment_file_name(Offset(base), kind);
        report.note(format!("{name} was removed: it has no segment"));
        remove_all(vec![dir.join(name)])?;
        listing.indexes.remove(&(base, kind));
    }
    Ok(listing)
}

pub(super) fn names(dir: &Path) -> Result<Vec<String>, LogError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir).at("list", dir)? {
        // A name that is not UTF-8 is not ours.
        if let Ok(name) = entry.at("list", dir)?.file_name().into_string() {
            names.push(name);
        }
    }
    Ok(names)
}

pub(super) fn remove_all(paths: Vec<PathBuf>) -> Result<(), LogError> {
    for path in paths {
        match fs::remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e).at("remove", &path),
            _ => {}
        }
    }
    Ok(())
}
