//! Replicas that move between the log directories of this broker (KIP-113): their copies, and whose turn it is.
//! What is done about each is decided in `state::moves`; [`mover`] does it.

mod alter;
pub mod mover;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};

use super::partition::{Home, Partition};
use crate::broker::state::moves::Move;
use crate::broker::state::replication::{ReplicaKey, Throttle};
use crate::log::Log;
use crate::model::{Offset, TopicPartition, Uuid};

/// A replica's copy in another log directory, on its way to take the replica's place: Kafka's future replica.
#[derive(Debug)]
pub struct FutureReplica {
    partition: Arc<Partition>,
    home: Arc<Home>,
    to: Uuid,
    path: PathBuf,
    /// It took the replica's place, or it was given up. Nothing more is done about it.
    over: AtomicBool,
    end: AtomicI64,
    size: AtomicU64,
    work: Mutex<Work>,
}

/// What the one who moves it needs.
#[derive(Debug)]
struct Work {
    moving: Move,
    /// The copy, once it is opened.
    log: Option<Box<Log>>,
    /// It took the replica's place, or its files are gone.
    done: bool,
}

impl FutureReplica {
    fn new(partition: Arc<Partition>, home: Arc<Home>, to: Uuid, path: PathBuf) -> FutureReplica {
        let work = Mutex::new(Work { moving: Move::new(to), log: None, done: false });
        let (over, end, size) = (AtomicBool::new(false), AtomicI64::new(0), AtomicU64::new(0));
        FutureReplica { partition, home, to, path, over, end, size, work }
    }

    /// The replica that moves.
    pub const fn partition(&self) -> &Arc<Partition> {
        &self.partition
    }

    /// The id of the log directory that the copy lies in.
    pub const fn to(&self) -> Uuid {
        self.to
    }

    /// The path of that directory.
    pub fn log_dir(&self) -> &Path {
        &self.home.log_dir
    }

    /// The copy's own directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes of the copy.
    pub fn size(&self) -> u64 {
        self.size.load(Ordering::Relaxed)
    }

    /// Where the copy ends.
    pub fn end(&self) -> Offset {
        Offset(self.end.load(Ordering::Relaxed))
    }

    /// Whether it took the replica's place, or was given up.
    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    /// Closes the copy, once nobody does anything about it any more. What was known of the move, and where the copy ended;
    /// `None` if it took the replica's place before.
    pub fn close(&self) -> Option<(Move, Offset)> {
        let mut work = self.work.lock();
        let was_done = std::mem::replace(&mut work.done, true);
        work.log = None;
        (!was_done).then(|| (work.moving.clone(), self.end()))
    }

    fn show(&self, log: &Log) {
        self.end.store(log.end_offset().get(), Ordering::Relaxed);
        self.size.store(log.size(), Ordering::Relaxed);
    }
}

#[derive(Debug, Default)]
struct Desk {
    moves: HashMap<ReplicaKey, Arc<FutureReplica>>,
    /// When each is to be looked at, with a number that tells those of one time apart.
    queue: BTreeMap<(Instant, u64), Arc<FutureReplica>>,
    numbers: u64,
    /// Where replicas shall be made that are not here yet (`LogManager.preferredLogDirs`).
    preferred: HashMap<TopicPartition, Uuid>,
    stopping: bool,
}

/// The future replicas of this broker.
#[derive(Debug, Default)]
pub struct Futures {
    desk: Mutex<Desk>,
    due: Condvar,
    /// `replica.alter.log.dirs.io.max.bytes.per.second`.
    throttle: Mutex<Throttle>,
    /// Held while moves are begun or given up, so that two requests do not meet (`replicaStateChangeLock`).
    changes: Mutex<()>,
}

impl Futures {
    /// Whoever begins moves or gives them up holds this.
    pub fn change(&self) -> MutexGuard<'_, ()> {
        self.changes.lock()
    }

    /// The bound on what is copied in a second.
    pub const fn throttle(&self) -> &Mutex<Throttle> {
        &self.throttle
    }

    /// The copy of a replica, if it has one.
    pub fn of(&self, key: ReplicaKey) -> Option<Arc<FutureReplica>> {
        self.desk.lock().moves.get(&key).cloned()
    }

    /// All copies.
    pub fn all(&self) -> Vec<Arc<FutureReplica>> {
        self.desk.lock().moves.values().cloned().collect()
    }

    /// Begins a move, or goes on with one, with the copy in `path`.
    pub fn begin(&self, partition: Arc<Partition>, home: Arc<Home>, to: Uuid, path: PathBuf) {
        let key = partition.replica_key();
        let future = Arc::new(FutureReplica::new(partition, home, to, path));
        self.desk.lock().moves.insert(key, Arc::clone(&future));
        self.again(future, Duration::ZERO);
    }

    /// Has nothing more done about a copy. What is being done about it right now may still go on.
    pub fn forget(&self, key: ReplicaKey) -> Option<Arc<FutureReplica>> {
        let gone = self.desk.lock().moves.remove(&key)?;
        gone.over.store(true, Ordering::Release);
        Some(gone)
    }

    /// Has a move looked at now: the metadata says something new of its replica.
    pub fn nudge(&self, key: ReplicaKey) {
        if let Some(future) = self.of(key) {
            self.again(future, Duration::ZERO);
        }
    }

    /// Remembers where a replica shall be made, should it come.
    pub fn prefer(&self, name: TopicPartition, dir: Uuid) {
        self.desk.lock().preferred.insert(name, dir);
    }

    /// Where a replica that comes now shall be made.
    pub fn take_preferred(&self, name: &TopicPartition) -> Option<Uuid> {
        self.desk.lock().preferred.remove(name)
    }

    /// Ends the waits of those who move.
    pub fn stop(&self) {
        self.desk.lock().stopping = true;
        self.due.notify_all();
    }

    /// Waits for a copy that something is to be done about; `None` when it is time to stop.
    fn next(&self) -> Option<Arc<FutureReplica>> {
        let mut desk = self.desk.lock();
        loop {
            if desk.stopping {
                return None;
            }
            match desk.queue.first_key_value().map(|(key, _)| *key) {
                Some((due, _)) if due <= Instant::now() => {
                    let (_, future) = desk.queue.pop_first()?;
                    if !future.is_over() {
                        return Some(future);
                    }
                }
                Some((due, _)) => drop(self.due.wait_until(&mut desk, due)),
                None => self.due.wait(&mut desk),
            }
        }
    }

    /// Has a copy looked at after a pause.
    fn again(&self, future: Arc<FutureReplica>, pause: Duration) {
        let mut desk = self.desk.lock();
        desk.numbers += 1;
        let at = (Instant::now() + pause, desk.numbers);
        desk.queue.retain(|_, queued| !Arc::ptr_eq(queued, &future));
        desk.queue.insert(at, future);
        drop(desk);
        self.due.notify_one();
    }
}
