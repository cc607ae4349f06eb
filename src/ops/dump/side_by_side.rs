//! Work on many files at once, whose results come out as if it were done one after another.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Pieces of a job's result that may wait for their turn; a job that is further ahead waits.
const AHEAD: usize = 64;

/// Where a job puts the pieces of its result; `false` once nobody wants more.
pub type Put<'a, T> = &'a mut dyn FnMut(T) -> bool;

/// How many threads this machine has a core for.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Runs `work` on every job, `threads` at a time, and hands what they put to `take` in the order of the jobs. Ends early
/// when `take` says `false`.
pub fn in_order<J: Sync, T: Send>(
    jobs: &[J],
    threads: usize,
    work: impl Fn(&J, Put<'_, T>) + Sync,
    mut take: impl FnMut(&J, T) -> bool,
) {
    if threads < 2 || jobs.len() < 2 {
        let mut wanted = true;
        for job in jobs {
            if wanted {
                work(job, &mut |piece| {
                    wanted = wanted && take(job, piece);
                    wanted
                });
            }
        }
        return;
    }
    let (senders, receivers): (Vec<SyncSender<T>>, Vec<Receiver<T>>) = jobs.iter().map(|_| sync_channel(AHEAD)).unzip();
    // A job is taken by number, so that the one whose turn it is always runs; its sender is dropped at its end.
    let senders: Vec<_> = senders.into_iter().map(|sender| parking_lot::Mutex::new(Some(sender))).collect();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(jobs.len()) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some((job, sender)) = jobs.get(at).zip(senders.get(at)) else { break };
                    let Some(sender) = sender.lock().take() else { continue };
                    work(job, &mut |piece| sender.send(piece).is_ok());
                }
            });
        }
        let mut wanted = true;
        for (job, receiver) in jobs.iter().zip(receivers) {
            while wanted {
                let Ok(piece) = receiver.recv() else { break };
                wanted = take(job, piece);
            }
            if !wanted {
                // Those that wait to put more are told by the drop of their receiver, those to come are not begun.
                next.store(jobs.len(), Ordering::Relaxed);
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_jobs_whoever_is_done_first() {
        for threads in [1, 3, 20] {
            let jobs: Vec<usize> = (0..12).collect();
            let mut seen = Vec::new();
            in_order(
                &jobs,
                threads,
                |&job, put| {
                    // The first ones put far more than may wait.
                    for piece in 0..(12 - job) * 40 {
                        assert!(put(piece));
                    }
                },
                |&job, piece| {
                    seen.push((job, piece));
                    true
                },
            );
            let expected: Vec<(usize, usize)> =
                jobs.iter().flat_map(|&job| (0..(12 - job) * 40).map(move |piece| (job, piece))).collect();
            assert_eq!(seen, expected, "{threads} threads");
        }
    }

    #[test]
    fn nothing_goes_on_once_nobody_wants_more() {
        for threads in [1, 4] {
            let jobs: Vec<usize> = (0..50).collect();
            let mut taken = 0;
            in_order(
                &jobs,
                threads,
                |_, put| while put(()) {},
                |_, ()| {
                    taken += 1;
                    taken < 3
                },
            );
            assert_eq!(taken, 3, "{threads} threads");
        }
    }
}
