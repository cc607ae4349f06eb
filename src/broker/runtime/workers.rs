//! A few plain threads for work that waits for a disk, which an async worker must never do.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::{Condvar, Mutex};
use tracing::error;

/// Threads that take jobs in the order they came. They start as work comes in, and end with their owner.
pub struct Workers<J> {
    threads: usize,
    shared: Arc<Shared<J>>,
}

struct Shared<J> {
    queue: Mutex<Queue<J>>,
    more: Condvar,
    work: Box<dyn Fn(J) + Send + Sync>,
}

struct Queue<J> {
    jobs: VecDeque<J>,
    threads: usize,
    idle: usize,
    closed: bool,
}

impl<J> std::fmt::Debug for Workers<J> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workers").field("threads", &self.threads).finish_non_exhaustive()
    }
}

impl<J: Send + 'static> Workers<J> {
    /// At most `threads` of them, each doing `work` for one job at a time.
    pub fn new(threads: usize, work: impl Fn(J) + Send + Sync + 'static) -> Workers<J> {
        let queue = Queue { jobs: VecDeque::new(), threads: 0, idle: 0, closed: false };
        let shared = Shared { queue: Mutex::new(queue), more: Condvar::new(), work: Box::new(work) };
        Workers { threads, shared: Arc::new(shared) }
    }

    /// Hands over a job; threads that start for it bear `name`.
    pub fn submit(&self, name: &str, job: J) {
        let mut queue = self.shared.queue.lock();
        queue.jobs.push_back(job);
        if queue.idle >= queue.jobs.len() || queue.threads >= self.threads {
            drop(queue);
            self.shared.more.notify_one();
            return;
        }
        queue.threads += 1;
        drop(queue);
        let shared = Arc::clone(&self.shared);
        let Err(e) = std::thread::Builder::new().name(name.to_owned()).spawn(move || shared.serve()) else { return };
        error!(thread = name, error = %e, "cannot start a thread");
        let mut queue = self.shared.queue.lock();
        queue.threads -= 1;
        // The threads that are there take the job. With none, waiting for the disk here is better than never.
        if queue.threads == 0 {
            while let Some(job) = queue.jobs.pop_front() {
                drop(queue);
                (self.shared.work)(job);
                queue = self.shared.queue.lock();
            }
        }
    }

    /// Jobs that no thread has taken yet.
    pub fn waiting(&self) -> usize {
        self.shared.queue.lock().jobs.len()
    }
}

impl<J> Drop for Workers<J> {
    fn drop(&mut self) {
        self.shared.queue.lock().closed = true;
        self.shared.more.notify_all();
    }
}

impl<J> Shared<J> {
    fn serve(&self) {
        let mut queue = self.queue.lock();
        loop {
            if let Some(job) = queue.jobs.pop_front() {
                drop(queue);
                (self.work)(job);
                queue = self.queue.lock();
            } else if queue.closed {
                return;
            } else {
                queue.idle += 1;
                self.more.wait(&mut queue);
                queue.idle -= 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::mpsc;
    use std::thread::ThreadId;

    use super::*;

    #[test]
    fn every_job_is_done_by_no_more_threads_than_allowed() {
        let (done, results) = mpsc::channel();
        let workers = Workers::new(3, move |n: usize| {
            std::thread::yield_now();
            let _ = done.send((n, std::thread::current().id()));
        });
        (0..200).for_each(|n| workers.submit("test", n));
        let (jobs, threads): (HashSet<usize>, HashSet<ThreadId>) = results.iter().take(200).unzip();
        assert_eq!(jobs.len(), 200);
        assert!((1..=3).contains(&threads.len()));
    }

    #[test]
    fn a_job_that_waits_keeps_no_other_from_being_done() {
        let (done, results) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let released = Mutex::new(Some(released));
        let workers = Workers::new(2, move |n: usize| {
            if n == 0 {
                let released = released.lock().take().expect("one such job");
                let _ = released.recv();
            }
            let _ = done.send(n);
        });
        (0..10).for_each(|n| workers.submit("test", n));
        assert_eq!(results.iter().take(9).collect::<Vec<_>>(), (1..10).collect::<Vec<_>>(), "in order");
        release.send(()).unwrap();
        assert_eq!(results.recv(), Ok(0));
    }

    #[test]
    fn what_was_handed_over_is_done_even_when_the_owner_leaves() {
        let (done, results) = mpsc::channel();
        let workers = Workers::new(1, move |n: usize| {
            let _ = done.send(n);
        });
        (0..50).for_each(|n| workers.submit("test", n));
        drop(workers);
        assert_eq!(results.iter().count(), 50, "and the thread ends, which closes the channel");
    }
}
