//! The indexes of a log held against its batches, and made anew, while no broker has it open. The `.log` files are read
//! only: what a crash tore is the broker's to cut.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::append::read_marker;
use super::config::LogConfig;
use super::error::{IoContext, LogError};
use super::files::{FileKind, parse_file_name, segment_file_name, write_atomically};
use super::index::{Entry, OffsetEntry, TimeEntry};
use super::open::names;
use super::producers::ProducerStates;
use super::scan::{LogEntry, SCAN_CHUNK, Scanner, Step, read_entry};
use super::segment::Segment;
use super::txn_index::{ABORTED_TXN_LEN, AbortedTxn};
use crate::model::{Offset, TimestampMs};

/// How an index file stands beside its log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IndexState {
    /// Every entry is true, and they are as many as there should be.
    Good,
    /// The file is not there, and should be.
    Missing,
    /// True as far as it goes: it has less than half of the entries.
    Sparse,
    /// What is wrong with it.
    Wrong(String),
}

/// One index of a segment.
#[derive(Clone, Debug)]
pub struct IndexReport {
    /// Which one.
    pub kind: FileKind,
    /// Its file.
    pub path: PathBuf,
    /// Entries that it has.
    pub found: usize,
    /// Entries that it has once it is made anew.
    pub made: usize,
    /// How it stands.
    pub state: IndexState,
    content: Vec<u8>,
}

impl IndexReport {
    /// Puts the index that was made from the batches in the file's place.
    ///
    /// # Errors
    /// [`LogError::Io`].
    pub fn write(&self) -> Result<(), LogError> {
        write_atomically(&self.path, &self.content)
    }
}

/// A segment's indexes.
#[derive(Clone, Debug)]
pub struct SegmentIndexes {
    /// The segment's base offset.
    pub base: Offset,
    /// Bytes of its log.
    pub bytes: u64,
    /// Where its batches end before its file does, and why: its indexes end there too.
    pub torn: Option<(u64, String)>,
    /// Offset, time and transaction index.
    pub indexes: [IndexReport; 3],
}

/// Walks the log in `dir` from its first batch, and holds each index against it. `interval` is `index.interval.bytes`;
/// `progress` hears how many bytes were read in all.
///
/// # Errors
/// [`LogError`] when a file cannot be read.
pub fn check_indexes(
    dir: &Path,
    interval: u32,
    progress: &mut dyn FnMut(u64),
) -> Result<Vec<SegmentIndexes>, LogError> {
    let mut bases: Vec<Offset> = names(dir)?
        .iter()
        .filter_map(|name| parse_file_name(name))
        .filter_map(|(base, kind, suffix)| (kind == FileKind::Log && suffix.is_empty()).then_some(base))
        .collect();
    bases.sort_unstable();
    let shared: Arc<Path> = Arc::from(dir);
    // Transactions may be open where the log begins, if only its end was kept.
    let mut producers = bases.first().map_or(ProducerStates::default(), |&base| producers_before(dir, base));
    let mut before = 0;
    let mut found = Vec::with_capacity(bases.len());
    for base in bases {
        let read = check_segment(&shared, base, interval, &mut producers, &mut |at| progress(before + at))?;
        before += read.bytes;
        found.push(read);
    }
    Ok(found)
}

fn producers_before(dir: &Path, base: Offset) -> ProducerStates {
    let path = dir.join(segment_file_name(base, FileKind::Snapshot));
    let read =
        fs::read(path).ok().and_then(|bytes| ProducerStates::from_snapshot(&bytes, TimestampMs(0), i64::MAX).ok());
    read.unwrap_or_default()
}

fn check_segment(
    dir: &Arc<Path>,
    base: Offset,
    interval: u32,
    producers: &mut ProducerStates,
    progress: &mut dyn FnMut(u64),
) -> Result<SegmentIndexes, LogError> {
    let path = dir.join(segment_file_name(base, FileKind::Log));
    let file = File::open(&path).at("open", &path)?;
    let bytes = file.metadata().at("stat", &path)?.len();
    let mut segment = Segment::new(Arc::clone(dir), base, bytes, TimestampMs(0));
    segment.reset_indexes(0, &LogConfig::default())?;
    let mut offsets = Claims::<OffsetEntry>::read(segment.path(FileKind::OffsetIndex))?;
    let mut times = Claims::<TimeEntry>::read(segment.path(FileKind::TimeIndex))?;
    let mut aborted = Vec::new();
    let mut torn = None;
    let mut expected = base;
    let mut scanner = Scanner::new(&file, &path, 0, bytes, SCAN_CHUNK);
    loop {
        let at = scanner.position();
        let entry = match scanner.next()? {
            Step::Entry(entry) => entry,
            Step::End => break,
            Step::Torn(reason) => {
                torn = Some((at, reason));
                break;
            }
        };
        let is_early = entry.last_offset < expected || (entry.header.is_some() && entry.base_offset < expected);
        if is_early || !segment.can_hold(entry.last_offset) {
            torn = Some((at, format!("offset {} after {}", entry.base_offset, expected + -1)));
            break;
        }
        if !scanner.checksum_matches(&entry)? {
            torn = Some((at, "its checksum does not match".to_owned()));
            break;
        }
        progress(at);
        segment.note(&entry, interval);
        offsets.hold_against(&entry, base);
        times.hold_against(&entry, base);
        aborted.extend(end_of_transaction(&file, &path, &entry, producers)?);
        expected = entry.last_offset.next();
    }
    let (made_offsets, made_times) = segment.scanned_indexes();
    Ok(SegmentIndexes {
        base,
        bytes,
        torn,
        indexes: [
            offsets.report(FileKind::OffsetIndex, made_offsets),
            times.report(FileKind::TimeIndex, made_times),
            transactions(segment.path(FileKind::TxnIndex), &aborted)?,
        ],
    })
}

/// Takes a batch into the state of the producers; gives the transaction that it aborts.
fn end_of_transaction(
    file: &File,
    path: &Path,
    entry: &LogEntry,
    producers: &mut ProducerStates,
) -> Result<Option<AbortedTxn>, LogError> {
    let Some(header) = entry.header.filter(|header| header.has_producer_id()) else { return Ok(None) };
    if !header.is_control() || entry.size > 1 << 16 {
        producers.apply(&header);
        return Ok(None);
    }
    let bytes = read_entry(file, path, entry)?;
    let marker = read_marker(&header, &bytes).map_err(|e| LogError::corrupt(path, e.to_string()))?;
    let Some(txn) = marker.and_then(|marker| producers.apply_marker(&header, marker)) else { return Ok(None) };
    let aborted = txn.aborted.then(|| AbortedTxn {
        producer_id: txn.producer_id,
        first_offset: txn.first_offset,
        last_offset: txn.last_offset,
        last_stable_offset: producers.stable_offset_after(&txn),
    });
    producers.complete(&txn);
    Ok(aborted)
}

fn transactions(path: PathBuf, aborted: &[AbortedTxn]) -> Result<IndexReport, LogError> {
    let content: Vec<u8> = aborted.iter().flat_map(AbortedTxn::encode).collect();
    let there = read_if_there(&path)?;
    let state = match &there {
        None if content.is_empty() => IndexState::Good,
        None => IndexState::Missing,
        Some(bytes) if *bytes == content => IndexState::Good,
        Some(_) => IndexState::Wrong("it does not name the transactions that the log has aborted".to_owned()),
    };
    let found = there.map_or(0, |bytes| bytes.len() / ABORTED_TXN_LEN);
    Ok(IndexReport { kind: FileKind::TxnIndex, path, found, made: aborted.len(), state, content })
}

fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, LogError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e).at("read", path),
    }
}

/// An entry that a batch proves true or false.
trait Claim: Entry + std::fmt::Debug {
    /// Whether the entry speaks of a batch before this one, so that none is left to prove it.
    fn is_behind(self, entry: &LogEntry, base: Offset) -> bool;
    /// Whether it speaks of this batch.
    fn names(self, entry: &LogEntry, base: Offset) -> bool;
}

impl Claim for OffsetEntry {
    fn is_behind(self, entry: &LogEntry, _: Offset) -> bool {
        u64::from(self.position) < entry.position
    }

    fn names(self, entry: &LogEntry, base: Offset) -> bool {
        u64::from(self.position) == entry.position && base + i64::from(self.offset) == entry.last_offset
    }
}

impl Claim for TimeEntry {
    fn is_behind(self, entry: &LogEntry, base: Offset) -> bool {
        base + i64::from(self.offset) < entry.last_offset
    }

    fn names(self, entry: &LogEntry, base: Offset) -> bool {
        // Of an old message in a wrapper the time stands inside.
        let same_time = entry.header.is_none() || entry.max_timestamp.0 == self.timestamp;
        base + i64::from(self.offset) == entry.last_offset && same_time
    }
}

/// What an index file says, proven entry by entry as the batches go by.
struct Claims<E> {
    path: PathBuf,
    is_there: bool,
    entries: Vec<E>,
    proven: usize,
    wrong: Option<String>,
}

impl<E: Claim> Claims<E> {
    fn read(path: PathBuf) -> Result<Claims<E>, LogError> {
        let there = read_if_there(&path)?;
        let bytes = there.as_deref().unwrap_or_default();
        let mut entries: Vec<E> = Vec::new();
        let mut wrong = None;
        for (at, chunk) in bytes.chunks(E::LEN).enumerate() {
            // A broker that died leaves the zeros of a preallocated file.
            if at > 0 && bytes[at * E::LEN..].iter().all(|&byte| byte == 0) {
                break;
            }
            if chunk.len() < E::LEN {
                wrong = Some(format!("{} bytes after the last whole entry", chunk.len()));
                break;
            }
            let entry = E::decode(chunk);
            if entries.last().is_some_and(|&last| !entry.follows(last)) {
                wrong = Some(format!("entry {at} does not follow the one before it"));
                break;
            }
            entries.push(entry);
        }
        let is_blank = !bytes.is_empty() && bytes.iter().all(|&byte| byte == 0);
        if is_blank {
            entries.clear();
        }
        Ok(Claims { path, is_there: there.is_some(), entries, proven: 0, wrong })
    }

    fn hold_against(&mut self, entry: &LogEntry, base: Offset) {
        while let Some(&claim) = self.entries.get(self.proven) {
            if claim.names(entry, base) {
                self.proven += 1;
            } else if claim.is_behind(entry, base) {
                let at = self.proven;
                self.wrong.get_or_insert_with(|| format!("entry {at} names no batch"));
                self.proven += 1;
            } else {
                return;
            }
        }
    }

    fn report(mut self, kind: FileKind, content: Vec<u8>) -> IndexReport {
        let (found, made) = (self.entries.len(), content.len() / E::LEN);
        if self.proven < found {
            let at = self.proven;
            self.wrong.get_or_insert_with(|| format!("entry {at} names no batch"));
        }
        let state = match self.wrong {
            Some(wrong) => IndexState::Wrong(wrong),
            None if !self.is_there => IndexState::Missing,
            None if found * 2 < made => IndexState::Sparse,
            None => IndexState::Good,
        };
        IndexReport { kind, path: self.path, found, made, state, content }
    }
}
