//! The quorum's log on our log room.

use std::collections::VecDeque;
use std::fmt::Debug;
use std::io;
use std::ops::{Bound, RangeBounds, RangeInclusive};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use futures_util::{Stream, TryStreamExt as _, future, stream};
use openraft::entry::RaftEntry as _;
use openraft::storage::{IOFlushed, LogState, RaftLogReader, RaftLogStorage};
use openraft::{EntryPayload, OptionalSend};
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::entries::{from_batch, to_batches};
use super::segments;
use super::types::{Entry, LogId, Membership, Types, Vote, epoch_of, log_id, offset_of};
use super::vote_file::VoteFile;
use super::{FollowerFetch, QuorumError, QuorumSettings, Stretch};
use crate::log::files::{FileKind, segment_file_name};
use crate::log::storage::{METADATA_DIR, checkpoints_in};
use crate::log::{BatchToAppend, Log, LogError, ReadError};
use crate::model::{LeaderEpoch, Offset, TimestampMs};
use crate::wire::batch::{BatchHeader, HEADER_LEN, batches};

/// Entries kept in memory behind the log's end: the engine reads back what it just wrote, to apply it.
const TAIL: usize = 8_192;
const READ_BYTES: usize = 4 << 20;
/// What the engine gets at a time while it applies entries.
const STREAM_BYTES: usize = 256 << 10;

fn io_error(e: impl std::fmt::Display) -> io::Error {
    io::Error::other(e.to_string())
}

/// The log, its newest entries, and what stands below it.
struct Inner {
    log: Log,
    tail: VecDeque<Entry>,
    /// The batch in which the last read from disk ended, until the next append: at start the engine goes through the
    /// log 64 entries at a time, and a batch may have thousands.
    batch: Vec<Entry>,
    /// The last entry that the newest snapshot made unnecessary.
    purged: Option<LogId>,
    vote: VoteFile,
    /// Newest known members, for leaders' change records.
    members: Membership,
}

pub(super) struct Shared {
    inner: Mutex<Inner>,
    dir: PathBuf,
    node_id: i32,
}

/// Work for the thread that waits for the disk, in the order in which it must reach it.
enum Job {
    Flush(IOFlushed<Types>),
    Vote(Vote, oneshot::Sender<Result<(), io::Error>>),
    Close(oneshot::Sender<()>),
}

/// The log store: appends on the caller, waits for the disk on a thread of its own, one wait for all that waits.
pub(super) struct LogStore {
    shared: Arc<Shared>,
    jobs: Sender<Job>,
}

/// Closes the log in order once the engine has stopped.
pub(super) struct Closer {
    jobs: Sender<Job>,
    thread: Option<JoinHandle<()>>,
}

/// Reads entries, also those that are not on disk yet.
#[derive(Clone)]
pub(super) struct Reader {
    shared: Arc<Shared>,
}

impl LogStore {
    pub(super) fn open(settings: &QuorumSettings, members: Membership) -> Result<(LogStore, Closer), QuorumError> {
        let dir = settings.metadata_dir.join(METADATA_DIR);
        let node_id = settings.node_id.get();
        let snapshot = checkpoints_in(&dir)?.last().map(|(name, _)| *name).filter(|name| name.end > Offset::ZERO);
        let start = snapshot.map_or(Offset::ZERO, |name| name.end);
        let log = segments::open(settings, &dir, start)?;
        let purged = snapshot.map(|name| log_id(name.epoch, name.end + -1));
        let vote = VoteFile::open(&dir, node_id, settings.directory_id)?;
        let mut inner = Inner { log, tail: VecDeque::new(), batch: Vec::new(), purged, vote, members };
        inner.doubt_vote()?;
        inner.load(start).map_err(|e| QuorumError::Record { path: dir.clone(), reason: e.to_string() })?;
        let shared = Arc::new(Shared { inner: Mutex::new(inner), dir, node_id });
        let (jobs, queue) = channel();
        let worker = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("metadata-log".to_owned())
            .spawn(move || write_out(&worker, &queue))
            .map_err(|e| QuorumError::Engine(format!("cannot start a thread: {e}")))?;
        let closer = Closer { jobs: jobs.clone(), thread: Some(thread) };
        Ok((LogStore { shared, jobs }, closer))
    }

    /// The newest members that the log names, committed or not.
    pub(super) fn members(&self) -> Membership {
        self.shared.inner.lock().members.clone()
    }

    pub(super) fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    fn stopped() -> io::Error {
        io_error("the thread of the metadata log has stopped")
    }
}

impl Shared {
    /// Reads for a follower: whole batches that end at or below `high_watermark`.
    pub(super) fn read_committed(&self, fetch: &FollowerFetch, high_watermark: Offset) -> Result<Stretch, LogError> {
        let FollowerFetch { from, last_epoch, most, .. } = *fetch;
        let inner = self.inner.lock();
        let log_start = inner.first();
        if from < log_start {
            let newest = checkpoints_in(&self.dir)?.pop().map(|(name, _)| name);
            return newest.map(Stretch::Snapshot).ok_or_else(|| LogError::Corrupt {
                path: self.dir.clone(),
                reason: format!("the log begins at {log_start}, but no snapshot stands before it"),
            });
        }
        if last_epoch != LeaderEpoch::NONE && from > log_start {
            let (epoch, end) = inner.log.end_offset_for_epoch(last_epoch);
            if epoch != last_epoch || end < from {
                let snapshot_end = inner.purged.as_ref().map_or(LeaderEpoch::NONE, epoch_of);
                let epoch = if epoch == LeaderEpoch::NONE { snapshot_end } else { epoch };
                return Ok(Stretch::Diverging { epoch, end: end.max(log_start) });
            }
        }
        let mut bytes = Vec::new();
        if from < high_watermark {
            let read = inner.log.read(from, most, high_watermark, true).map_err(|e| match e {
                ReadError::Log(fault) => fault,
                ReadError::OutOfRange { .. } => {
                    LogError::Corrupt { path: self.dir.clone(), reason: format!("offset {from} is out of range") }
                }
            })?;
            if let Some(slice) = read {
                let path = || self.dir.clone();
                bytes = vec![0; slice.len];
                slice.file.read_exact_at(&mut bytes, slice.position).map_err(|source| LogError::Io {
                    action: "read",
                    path: path(),
                    source,
                })?;
                // What is beyond the high watermark may yet go.
                let whole = batches(&bytes)
                    .map_while(Result::ok)
                    .take_while(|(header, _)| header.next_offset() <= high_watermark)
                    .map(|(_, batch)| batch.len())
                    .sum();
                bytes.truncate(whole);
            }
        }
        Ok(Stretch::Batches { bytes: bytes.into(), high_watermark, log_start })
    }
}

impl Closer {
    /// Waits until everything is on disk and the log is closed.
    pub(super) async fn close(mut self) {
        let (done, wait) = oneshot::channel();
        if self.jobs.send(Job::Close(done)).is_ok() {
            let _ = wait.await;
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The disk thread. Jobs that came while it waited are answered by one sync.
fn write_out(shared: &Shared, queue: &Receiver<Job>) {
    while let Ok(first) = queue.recv() {
        let mut flushes = Vec::new();
        let mut next = Some(first);
        while let Some(job) = next {
            match job {
                Job::Flush(callback) => flushes.push(callback),
                Job::Vote(vote, done) => {
                    // Order between votes and entries matters: what came before goes first.
                    flush(shared, &mut flushes);
                    let saved = shared.inner.lock().vote.save(&vote);
                    let _ = done.send(saved.map_err(io_error));
                }
                Job::Close(done) => {
                    flush(shared, &mut flushes);
                    let _ = shared.inner.lock().log.checkpoint(TimestampMs::now());
                    let _ = done.send(());
                    return;
                }
            }
            next = queue.try_recv().ok();
        }
        flush(shared, &mut flushes);
    }
}

fn flush(shared: &Shared, waiting: &mut Vec<IOFlushed<Types>>) {
    if waiting.is_empty() {
        return;
    }
    let ticket = shared.inner.lock().log.flush_ticket();
    let result = match ticket {
        Ok(None) => Ok(()),
        Ok(Some(ticket)) => {
            let synced = ticket.sync(); // without the lock: appends go on meanwhile
            shared.inner.lock().log.flushed(&ticket, synced, TimestampMs::now())
        }
        Err(e) => Err(e),
    };
    for callback in waiting.drain(..) {
        callback.io_completed(result.as_ref().map_err(io_error).copied());
    }
}

impl Inner {
    fn end(&self) -> Offset {
        self.log.end_offset()
    }

    /// Holds the vote against the log: a node that gave it is never behind what it wrote since, unless the file lies. It
    /// might vote twice in a term.
    fn doubt_vote(&self) -> Result<(), LogError> {
        let term = self.vote.vote().map_or(-1, |vote| vote.leader_id.term);
        match self.log.latest_epoch() {
            Some(epoch) if epoch.get() > term && self.vote.vote().is_some() => Err(LogError::Corrupt {
                path: self.vote.path().to_owned(),
                reason: format!("it says epoch {term}, and the log has records of epoch {epoch}"),
            }),
            _ => Ok(()),
        }
    }

    fn note_members(&mut self, entry: &Entry) {
        if let EntryPayload::Membership(members) = &entry.payload {
            self.members = members.clone();
        }
    }

    /// Reads the log from `from` on, for the members that it names and for its tail: in pieces, as a log may be long
    /// and only its tail is kept.
    fn load(&mut self, from: Offset) -> io::Result<()> {
        let mut next = from;
        loop {
            let entries = self.read_log(next, self.end(), READ_BYTES)?;
            if entries.is_empty() {
                return Ok(());
            }
            for entry in entries {
                // No checksum covers the offset of a batch. Here every offset has its entry.
                let offset = offset_of(&entry.log_id);
                if offset != next {
                    let file = segment_file_name(self.log.segment_of(next), FileKind::Log);
                    return Err(io::Error::other(format!("{file}: offset {offset} stands where {next} belongs")));
                }
                next = offset.next();
                self.note_members(&entry);
                self.tail.push_back(entry);
            }
            self.trim_tail();
        }
    }

    fn trim_tail(&mut self) {
        let surplus = self.tail.len().saturating_sub(TAIL);
        self.tail.drain(..surplus);
        // A command of many records may have made it large once.
        self.tail.shrink_to(2 * TAIL);
    }

    fn first(&self) -> Offset {
        self.purged.as_ref().map_or(Offset::ZERO, |id| offset_of(id).next())
    }

    fn append(&mut self, entries: &[Entry], leader: i32) -> io::Result<()> {
        let now = TimestampMs::now();
        for entry in entries {
            self.note_members(entry);
        }
        let built = to_batches(entries, leader, &self.members, now)?;
        let parsed: Vec<(BatchHeader, &Vec<u8>)> = built
            .iter()
            .map(|raw| BatchHeader::parse(raw).map(|header| (header, raw)).map_err(io_error))
            .collect::<Result<_, _>>()?;
        let to_append: Vec<BatchToAppend<'_>> =
            parsed.iter().map(|(header, raw)| BatchToAppend { header: *header, bytes: raw }).collect();
        if !to_append.is_empty() {
            self.log.append_as_follower(&to_append, now).map_err(io_error)?;
        }
        // Of a command of 100,000 records only the end is kept here.
        let surplus = entries.len().saturating_sub(TAIL);
        if surplus > 0 {
            self.tail.clear();
        }
        self.tail.extend(entries[surplus..].iter().cloned());
        self.trim_tail();
        self.batch = Vec::new();
        Ok(())
    }

    /// Entries from `from` to below `to`, as far as `most` bytes of batches go.
    fn read(&mut self, from: Offset, to: Offset, most: usize) -> io::Result<Vec<Entry>> {
        let (from, to) = (from.max(self.first()), to.min(self.end()));
        if from >= to {
            return Ok(Vec::new());
        }
        match self.tail.front().map(|entry| offset_of(&entry.log_id)) {
            Some(first) if from >= first => {
                let at = (from - first) as usize;
                let count = (to - from) as usize;
                Ok(self.tail.iter().skip(at).take(count).cloned().collect())
            }
            _ => self.read_log(from, to, most),
        }
    }

    fn read_log(&mut self, from: Offset, to: Offset, most: usize) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        let mut next = from;
        let mut taken = 0;
        while next < to && taken < most {
            let at_hand = self.batch.partition_point(|entry| offset_of(&entry.log_id) < next);
            if let Some(entry) = self.batch.get(at_hand)
                && offset_of(&entry.log_id) == next
            {
                let within = self.batch[at_hand..].iter().take_while(|entry| offset_of(&entry.log_id) < to);
                entries.extend(within.cloned());
                next = entries.last().map_or(to, |entry| offset_of(&entry.log_id).next());
                continue;
            }
            // A record takes some 60 bytes: not more is read than is likely wanted.
            let likely = usize::try_from(to - next).unwrap_or(usize::MAX).saturating_mul(128);
            // Not up to `to`, which may stand inside a batch.
            let slice = match self.log.read(next, likely.min(most).min(READ_BYTES), self.end(), true) {
                Ok(Some(slice)) => slice,
                Ok(None) => break,
                Err(ReadError::OutOfRange { .. }) => break,
                Err(e) => return Err(io_error(e)),
            };
            let mut raw = vec![0; slice.len];
            slice.file.read_exact_at(&mut raw, slice.position)?;
            taken += raw.len();
            for batch in batches(&raw) {
                let (header, bytes) = batch.map_err(io_error)?;
                if header.base_offset >= to {
                    break;
                }
                if header.next_offset() > to {
                    self.batch.clear();
                    from_batch(&header, bytes, header.base_offset, &mut self.batch).map_err(io_error)?;
                    let wanted = |entry: &&Entry| (next..to).contains(&offset_of(&entry.log_id));
                    entries.extend(self.batch.iter().filter(wanted).cloned());
                    return Ok(entries);
                }
                from_batch(&header, bytes, next, &mut entries).map_err(io_error)?;
                next = header.next_offset();
            }
        }
        Ok(entries)
    }

    /// Cuts everything from `from` on. A batch that is cut through is written anew as far as it stays.
    fn truncate(&mut self, from: Offset, leader: i32) -> io::Result<()> {
        if from >= self.end() {
            return Ok(());
        }
        let mut base = from;
        if let Some(slice) = self.log.read(from, 1, self.end(), true).map_err(io_error)? {
            let mut head = [0; HEADER_LEN];
            slice.file.read_exact_at(&mut head, slice.position)?;
            base = BatchHeader::parse(&head).map_err(io_error)?.base_offset.min(from);
        }
        let kept = self.read(base, from, usize::MAX)?;
        self.log.truncate_to(base, TimestampMs::now()).map_err(io_error)?;
        self.tail.retain(|entry| offset_of(&entry.log_id) < base);
        self.batch = Vec::new();
        self.append(&kept, leader)
    }
}

fn bounds(range: &impl RangeBounds<u64>) -> (Offset, Offset) {
    let offset = |n: u64| Offset(i64::try_from(n).unwrap_or(i64::MAX));
    let from = match range.start_bound() {
        Bound::Included(n) => offset(*n),
        Bound::Excluded(n) => offset(n.saturating_add(1)),
        Bound::Unbounded => Offset::ZERO,
    };
    let to = match range.end_bound() {
        Bound::Included(n) => offset(n.saturating_add(1)),
        Bound::Excluded(n) => offset(*n),
        Bound::Unbounded => Offset(i64::MAX),
    };
    (from, to)
}

impl RaftLogReader<Types> for Reader {
    async fn try_get_log_entries<RB: RangeBounds<u64> + Clone + Debug + OptionalSend>(
        &mut self,
        range: RB,
    ) -> Result<Vec<Entry>, io::Error> {
        let (from, to) = bounds(&range);
        self.shared.inner.lock().read(from, to, usize::MAX)
    }

    async fn limited_get_log_entries(&mut self, start: u64, end: u64) -> Result<Vec<Entry>, io::Error> {
        let (from, to) = bounds(&(start..end));
        self.shared.inner.lock().read(from, to, READ_BYTES)
    }

    async fn entries_stream<RB>(&mut self, range: RB) -> impl Stream<Item = io::Result<Entry>> + OptionalSend
    where
        RB: RangeBounds<u64> + Clone + Debug + OptionalSend,
    {
        // In pieces: a whole command, or a whole log at start, in memory at once would leave the heap at that size.
        let (from, to) = bounds(&range);
        let shared = Arc::clone(&self.shared);
        stream::try_unfold((from, to), move |(from, to)| {
            let piece = shared.inner.lock().read(from, to, STREAM_BYTES);
            future::ready(piece.map(|piece| {
                let next = piece.last().map(|entry| offset_of(&entry.log_id).next())?;
                Some((stream::iter(piece.into_iter().map(Ok)), (next, to)))
            }))
        })
        .try_flatten()
    }

    async fn read_vote(&mut self) -> Result<Option<Vote>, io::Error> {
        Ok(self.shared.inner.lock().vote.vote())
    }

    async fn get_key_log_ids(&mut self, range: RangeInclusive<LogId>) -> Result<Vec<LogId>, io::Error> {
        // The last id of each leader (`LogIdList::get_key_log_ids`), whatever the trait's own documentation says.
        let inner = self.shared.inner.lock();
        let (first, last) = (*range.start(), *range.end());
        let terms = inner.log.leader_epochs().windows(2);
        let ends = terms.map(|term| log_id(term[0].0, term[1].1 + -1));
        let mut ids: Vec<LogId> = ends.filter(|id| id.index >= first.index && id.index < last.index).collect();
        ids.push(last);
        Ok(ids)
    }
}

impl RaftLogStorage<Types> for LogStore {
    type LogReader = Reader;

    async fn get_log_state(&mut self) -> Result<LogState<Types>, io::Error> {
        let inner = self.shared.inner.lock();
        let end = inner.end();
        let last = match inner.tail.back() {
            Some(entry) => Some(entry.log_id()),
            None if end > inner.first() => {
                Some(log_id(inner.log.epoch_at(end + -1).unwrap_or(LeaderEpoch(0)), end + -1))
            }
            None => inner.purged,
        };
        Ok(LogState { last_purged_log_id: inner.purged, last_log_id: last })
    }

    async fn get_log_reader(&mut self) -> Reader {
        Reader { shared: Arc::clone(&self.shared) }
    }

    async fn save_vote(&mut self, vote: &Vote) -> Result<(), io::Error> {
        let (done, wait) = oneshot::channel();
        self.jobs.send(Job::Vote(*vote, done)).map_err(|_| Self::stopped())?;
        wait.await.map_err(|_| Self::stopped())?
    }

    async fn append<I>(&mut self, entries: I, callback: IOFlushed<Types>) -> Result<(), io::Error>
    where
        I: IntoIterator<Item = Entry> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let entries: Vec<Entry> = entries.into_iter().collect();
        {
            let mut inner = self.shared.inner.lock();
            let leader = inner.vote.vote().map_or(self.shared.node_id, |vote| vote.leader_id.voted_for);
            inner.append(&entries, leader)?;
        }
        self.jobs.send(Job::Flush(callback)).map_err(|_| Self::stopped())
    }

    async fn truncate_after(&mut self, last: Option<LogId>) -> Result<(), io::Error> {
        let mut inner = self.shared.inner.lock();
        let leader = inner.vote.vote().map_or(self.shared.node_id, |vote| vote.leader_id.voted_for);
        inner.truncate(last.map_or(Offset::ZERO, |id| offset_of(&id).next()), leader)
    }

    async fn purge(&mut self, id: LogId) -> Result<(), io::Error> {
        let mut inner = self.shared.inner.lock();
        let start = offset_of(&id).next();
        let now = TimestampMs::now();
        if start > inner.end() {
            inner.log.truncate_fully_and_start_at(start, now).map_err(io_error)?;
        } else {
            inner.log.delete_records(start).map_err(io_error)?;
            inner.log.delete_old_segments(start, now).map_err(io_error)?;
            inner.log.purge_retired(now).map_err(io_error)?;
        }
        inner.tail.retain(|entry| offset_of(&entry.log_id) >= start);
        inner.purged = Some(id);
        drop(inner);
        // Older snapshots are needed no longer: the log begins behind the newest.
        for (name, path) in checkpoints_in(&self.shared.dir).map_err(io_error)? {
            if name.end < start {
                std::fs::remove_file(&path)
                    .map_err(|source| LogError::Io { action: "delete", path, source })
                    .map_err(io_error)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::types::{Value, membership_of};
    use super::super::{QuorumSettings, Voter};
    use super::*;
    use crate::model::{BrokerId, Uuid};

    fn settings(dir: &std::path::Path) -> QuorumSettings {
        QuorumSettings {
            cluster_id: "cluster".to_owned(),
            node_id: BrokerId(1),
            directory_id: Uuid(1_000),
            metadata_dir: dir.to_owned(),
            static_voters: Vec::new(),
            segment_bytes: 1 << 20,
            snapshot_after_bytes: 1 << 20,
            snapshot_after_ms: 0,
            election_timeout_ms: 1_000,
            fetch_timeout_ms: 2_000,
        }
    }

    fn open(dir: &std::path::Path) -> (LogStore, Closer) {
        let voter = Voter { id: BrokerId(1), directory_id: Uuid(1_000), endpoints: Vec::new() };
        LogStore::open(&settings(dir), membership_of(&[voter])).unwrap()
    }

    fn entries(epoch: i32, offsets: std::ops::Range<i64>) -> Vec<Entry> {
        let one = |offset: i64| Entry {
            log_id: log_id(LeaderEpoch(epoch), Offset(offset)),
            payload: EntryPayload::Normal(Value {
                timestamp: offset,
                bytes: vec![offset as u8; 20],
                is_kraft_version: false,
            }),
        };
        offsets.map(one).collect()
    }

    async fn read(store: &mut LogStore) -> Vec<Entry> {
        store.get_log_reader().await.try_get_log_entries(..).await.unwrap()
    }

    #[tokio::test]
    async fn a_cut_through_a_batch_keeps_its_first_part_on_disk() {
        let dir = tempfile::tempdir().unwrap();
        let (mut store, closer) = open(dir.path());
        store.append(entries(1, 0..10), IOFlushed::noop()).await.unwrap();
        store.truncate_after(Some(log_id(LeaderEpoch(1), Offset(6)))).await.unwrap();
        store.append(entries(2, 7..9), IOFlushed::noop()).await.unwrap();
        let expected: Vec<Entry> = entries(1, 0..7).into_iter().chain(entries(2, 7..9)).collect();
        assert_eq!(read(&mut store).await, expected);
        closer.close().await;

        let (mut store, closer) = open(dir.path());
        assert_eq!(read(&mut store).await, expected);
        let state = store.get_log_state().await.unwrap();
        assert_eq!(state.last_log_id, Some(log_id(LeaderEpoch(2), Offset(8))));
        let mut reader = store.get_log_reader().await;
        let range = log_id(LeaderEpoch(1), Offset(0))..=log_id(LeaderEpoch(2), Offset(8));
        let keys = reader.get_key_log_ids(range).await.unwrap();
        assert_eq!(keys, [log_id(LeaderEpoch(1), Offset(6)), log_id(LeaderEpoch(2), Offset(8))]);
        let range = log_id(LeaderEpoch(1), Offset(3))..=log_id(LeaderEpoch(1), Offset(6));
        assert_eq!(reader.get_key_log_ids(range).await.unwrap(), [log_id(LeaderEpoch(1), Offset(6))]);
        closer.close().await;
    }

    #[tokio::test]
    async fn a_range_may_begin_and_end_inside_batches() {
        let dir = tempfile::tempdir().unwrap();
        let (mut store, closer) = open(dir.path());
        let written = entries(1, 0..2 * TAIL as i64 + 300);
        for command in written.chunks(100) {
            store.append(command.to_vec(), IOFlushed::noop()).await.unwrap();
        }
        let mut reader = store.get_log_reader().await;
        for from in (0..1_000).rev().step_by(64) {
            for len in [1, 64, 200, 250] {
                let read = reader.try_get_log_entries(from as u64..(from + len) as u64).await.unwrap();
                assert!(read == written[from..from + len], "{from}, {len}: {} entries", read.len());
            }
        }
        closer.close().await;
    }

    #[tokio::test]
    async fn entries_are_streamed_whole_and_in_order_from_disk_and_from_memory() {
        let dir = tempfile::tempdir().unwrap();
        let (mut store, closer) = open(dir.path());
        let written = entries(1, 0..3 * TAIL as i64);
        for command in written.chunks(2 * TAIL) {
            store.append(command.to_vec(), IOFlushed::noop()).await.unwrap();
            assert_eq!(store.shared.inner.lock().tail.len(), TAIL);
        }
        for (from, to) in [(0, 3 * TAIL), (5, 2 * TAIL + 9), (TAIL, TAIL + 1), (3 * TAIL - 2, 3 * TAIL)] {
            let mut reader = store.get_log_reader().await;
            let streamed = reader.entries_stream(from as u64..to as u64).await;
            let streamed: Vec<Entry> = std::pin::pin!(streamed).try_collect().await.unwrap();
            assert!(streamed == written[from..to], "{from}..{to}: {} entries", streamed.len());
        }
        closer.close().await;
    }

    #[tokio::test]
    async fn what_was_purged_is_not_given_out() {
        let dir = tempfile::tempdir().unwrap();
        let (mut store, closer) = open(dir.path());
        store.append(entries(1, 0..10), IOFlushed::noop()).await.unwrap();
        store.purge(log_id(LeaderEpoch(1), Offset(3))).await.unwrap();
        assert_eq!(read(&mut store).await, entries(1, 4..10));
        closer.close().await;
    }

    #[tokio::test]
    async fn a_vote_is_saved_after_the_entries_before_it() {
        let dir = tempfile::tempdir().unwrap();
        let (mut store, closer) = open(dir.path());
        store.append(entries(1, 0..3), IOFlushed::noop()).await.unwrap();
        store.save_vote(&Vote::new(2, 1)).await.unwrap();
        assert_eq!(store.get_log_reader().await.read_vote().await.unwrap(), Some(Vote::new(2, 1)));
        closer.close().await;
        let (mut store, closer) = open(dir.path());
        assert_eq!(store.get_log_reader().await.read_vote().await.unwrap(), Some(Vote::new(2, 1)));
        closer.close().await;
    }
}
