//! Waiting for a partition to move: fetches that want bytes, followers that want to know what is committed, produces
//! that want the high watermark.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Weak};

use tokio::sync::{Notify, oneshot};

use super::inbox::Inbox;
use crate::model::{ErrorCode, Offset};

/// A fetch that waits for bytes, registered with each of its partitions and woken once.
#[derive(Debug)]
pub struct FetchWaiter {
    missing: AtomicI64,
    done: AtomicBool,
    woken: Notify,
    has_news: AtomicBool,
    told: Notify,
}

impl FetchWaiter {
    /// A wait for `missing` more bytes.
    pub fn new(missing: i64) -> Arc<FetchWaiter> {
        Arc::new(FetchWaiter {
            missing: AtomicI64::new(missing.max(1)),
            done: AtomicBool::new(false),
            woken: Notify::new(),
            has_news: AtomicBool::new(false),
            told: Notify::new(),
        })
    }

    /// Counts new readable bytes, and wakes the fetch when they suffice.
    pub fn arrived(&self, bytes: i64) {
        if self.missing.fetch_sub(bytes, Ordering::AcqRel) <= bytes {
            self.wake();
        }
    }

    /// Wakes the fetch whatever it has: its partition moved, failed or changed hands.
    pub fn wake(&self) {
        if !self.done.swap(true, Ordering::AcqRel) {
            self.woken.notify_one();
        }
    }

    /// Resolves when woken.
    pub async fn wait(&self) {
        self.woken.notified().await;
    }

    /// Tells a follower that there is a high watermark it does not know.
    pub fn tell(&self) {
        if !self.has_news.swap(true, Ordering::AcqRel) {
            self.told.notify_one();
        }
    }

    /// Resolves when told.
    pub async fn wait_for_news(&self) {
        self.told.notified().await;
    }

    /// Says that nobody waits any more, so that partitions forget the waiter.
    pub fn finish(&self) {
        self.done.store(true, Ordering::Release);
    }

    fn is_done(&self) -> bool {
        self.done.load(Ordering::Acquire)
    }
}

/// Those who wait on one partition. One pointer until the first one waits.
#[derive(Debug, Default)]
pub struct Waiters(Option<Box<Lists>>);

#[derive(Debug, Default)]
struct Lists {
    fetches: Vec<Arc<FetchWaiter>>,
    /// Followers' fetches without a session: they want whatever the log has.
    followers: Vec<Arc<FetchWaiter>>,
    /// Followers' sessions, and the partition's place in each: they stay, and are told of everything that moves.
    watchers: Vec<(Weak<Inbox>, usize)>,
    commits: Vec<Waiting>,
    syncs: Vec<Waiting>,
}

/// Someone who waits for the log to be safe up to an offset.
type Waiting = (Offset, oneshot::Sender<Result<(), ErrorCode>>);

/// What an append's answer waits for.
pub type Settled = oneshot::Receiver<Result<(), ErrorCode>>;

/// Appends that are durable now; telling them wakes tasks, so it is done without the partition's lock.
#[derive(Debug, Default)]
#[must_use]
pub struct Durable(Vec<Waiting>);

impl Durable {
    /// Tells them.
    pub fn tell(self) {
        for (_, done) in self.0 {
            // A dropped receiver is a client that left; nothing to tell it.
            let _ = done.send(Ok(()));
        }
    }
}

impl Waiters {
    fn made(&mut self) -> &mut Lists {
        self.0.get_or_insert_default()
    }

    /// Adds a fetch. Finished ones are dropped here, so that a quiet partition keeps only live ones.
    pub fn add_fetch(&mut self, waiter: Arc<FetchWaiter>) {
        let fetches = &mut self.made().fetches;
        fetches.retain(|w| !w.is_done());
        fetches.push(waiter);
    }

    /// Adds a follower's fetch.
    pub fn add_follower(&mut self, waiter: Arc<FetchWaiter>) {
        let followers = &mut self.made().followers;
        followers.retain(|w| !w.is_done());
        followers.push(waiter);
    }

    /// Adds a follower's session, in which the partition has the place `slot`. Those that ended are dropped here.
    pub fn watch(&mut self, inbox: &Arc<Inbox>, slot: usize) {
        let watchers = &mut self.made().watchers;
        watchers.retain(|(watcher, _)| watcher.strong_count() > 0 && watcher.as_ptr() != Arc::as_ptr(inbox));
        watchers.push((Arc::downgrade(inbox), slot));
    }

    /// Adds an acks=all append that is committed once the high watermark reaches `end`.
    pub fn add_commit(&mut self, end: Offset) -> Settled {
        let (done, receiver) = oneshot::channel();
        self.made().commits.push((end, done));
        receiver
    }

    /// Adds an append that is answered once the log is durable up to `end`.
    pub fn add_sync(&mut self, end: Offset) -> Settled {
        let (done, receiver) = oneshot::channel();
        self.made().syncs.push((end, done));
        receiver
    }

    /// Takes out the appends that a sync up to `end` covered.
    pub fn durable(&mut self, end: Offset) -> Durable {
        let Some(lists) = &mut self.0 else { return Durable::default() };
        Durable(lists.syncs.extract_if(.., |(wanted, _)| *wanted <= end).collect())
    }

    /// Tells fetches of new readable bytes.
    pub fn readable(&mut self, bytes: i64) {
        if let Some(lists) = &mut self.0
            && !lists.fetches.is_empty()
        {
            lists.fetches.retain(|waiter| {
                waiter.arrived(bytes);
                !waiter.is_done()
            });
        }
    }

    /// Wakes followers: there is more in the log.
    pub fn log_grew(&mut self) {
        if let Some(lists) = &mut self.0 {
            lists.followers.drain(..).for_each(|waiter| waiter.wake());
            lists.tell_watchers();
        }
    }

    /// Tells followers' sessions of what else an answer says: the log's start, for one.
    pub fn tell_watchers(&self) {
        if let Some(lists) = &self.0 {
            lists.tell_watchers();
        }
    }

    /// Tells followers that the high watermark moved.
    pub fn high_watermark_moved(&mut self) {
        if let Some(lists) = &mut self.0 {
            lists.followers.retain(|waiter| !waiter.is_done());
            lists.followers.iter().for_each(|waiter| waiter.tell());
            lists.tell_watchers();
        }
    }

    /// Wakes every fetch: the log was cut, or another term began.
    pub fn wake_fetches(&mut self) {
        if let Some(lists) = &mut self.0 {
            lists.fetches.drain(..).chain(lists.followers.drain(..)).for_each(|waiter| waiter.wake());
            lists.tell_watchers();
        }
    }

    /// Answers the appends that the high watermark has passed.
    pub fn committed(&mut self, high_watermark: Offset, outcome: Result<(), ErrorCode>) {
        let Some(Lists { commits, .. }) = self.0.as_deref_mut() else { return };
        let mut i = 0;
        while i < commits.len() {
            if commits[i].0 <= high_watermark {
                // A dropped receiver is a client that left; nothing to tell it.
                let _ = commits.swap_remove(i).1.send(outcome);
            } else {
                i += 1;
            }
        }
    }

    /// Ends every wait: the partition changed hands, was deleted, or its disk failed.
    pub fn fail(&mut self, error: ErrorCode) {
        let Some(lists) = self.0.take() else { return };
        // They are answered with an error, and watch anew what they still want then.
        lists.tell_watchers();
        for (_, done) in lists.commits.into_iter().chain(lists.syncs) {
            let _ = done.send(Err(error));
        }
        for waiter in lists.fetches.into_iter().chain(lists.followers) {
            waiter.wake();
        }
    }
}

impl Lists {
    fn tell_watchers(&self) {
        for (inbox, slot) in &self.watchers {
            if let Some(inbox) = inbox.upgrade() {
                inbox.put(*slot);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_fetch_wakes_when_enough_bytes_came() {
        let waiter = FetchWaiter::new(10);
        let mut waiters = Waiters::default();
        waiters.add_fetch(Arc::clone(&waiter));
        waiters.readable(6);
        assert!(!waiter.is_done());
        waiters.readable(4);
        waiter.wait().await;
        assert!(waiters.made().fetches.is_empty());
    }

    #[tokio::test]
    async fn a_follower_is_woken_by_records_and_told_of_a_high_watermark() {
        let waiter = FetchWaiter::new(1);
        let mut waiters = Waiters::default();
        waiters.add_follower(Arc::clone(&waiter));
        waiters.readable(100);
        assert!(!waiter.is_done(), "what consumers may read does not concern it");
        waiters.high_watermark_moved();
        waiter.wait_for_news().await;
        assert!(!waiter.is_done());
        waiters.log_grew();
        waiter.wait().await;
        assert!(waiters.made().followers.is_empty());
    }

    #[test]
    fn a_session_is_told_of_all_that_moves_until_it_ends() {
        let inbox = Arc::new(Inbox::default());
        let mut waiters = Waiters::default();
        waiters.watch(&inbox, 1);
        waiters.watch(&inbox, 3);
        let moves: [fn(&mut Waiters); 5] = [
            Waiters::log_grew,
            Waiters::high_watermark_moved,
            Waiters::wake_fetches,
            |waiters| waiters.tell_watchers(),
            |waiters| waiters.fail(ErrorCode::NotLeaderOrFollower),
        ];
        for told in moves {
            told(&mut waiters);
            assert_eq!(inbox.take(), [3], "its place changed, and it stays");
        }
        waiters.log_grew();
        assert!(inbox.take().is_empty(), "after an error it has to come again");
        waiters.watch(&inbox, 3);
        drop(inbox);
        waiters.log_grew();
        waiters.watch(&Arc::new(Inbox::default()), 0);
        assert_eq!(waiters.made().watchers.len(), 1, "the one that ended is forgotten");
    }

    #[tokio::test]
    async fn appends_are_answered_in_one_pass_of_the_high_watermark() {
        let mut waiters = Waiters::default();
        let (first, second) = (waiters.add_commit(Offset(5)), waiters.add_commit(Offset(9)));
        waiters.committed(Offset(5), Ok(()));
        assert_eq!(first.await, Ok(Ok(())));
        waiters.fail(ErrorCode::NotLeaderOrFollower);
        assert_eq!(second.await, Ok(Err(ErrorCode::NotLeaderOrFollower)));
    }

    #[tokio::test]
    async fn a_sync_answers_the_appends_below_its_end_and_no_other() {
        let mut waiters = Waiters::default();
        let (first, second) = (waiters.add_sync(Offset(5)), waiters.add_sync(Offset(9)));
        waiters.durable(Offset(8)).tell();
        assert_eq!(first.await, Ok(Ok(())));
        waiters.fail(ErrorCode::KafkaStorageError);
        assert_eq!(second.await, Ok(Err(ErrorCode::KafkaStorageError)));
    }
}
