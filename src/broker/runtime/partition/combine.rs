//! Whose turn it is to append: who finds the turn taken leaves what it has to the one who has it, and goes on.
//!
//! A worker that waits for a lock while another writes serves nobody meanwhile, and many small writes one after the
//! other cost several times what one of all of them does. So a [`Combiner`] lets one at a time append, and whoever has
//! the turn appends what was left to it before it gives the turn back.
//!
//! # Why nothing is left behind, and nothing overtakes
//! - There is one word with three values: `FREE`; `TAKEN`, by somebody to whom nothing was left; and `LEFT`, taken, and
//!   the list is not empty. `FREE` and `TAKEN` are exchanged for each other without the list's lock; `LEFT` is entered
//!   and left only under it.
//! - Something is put on the list only under its lock, and only in `LEFT`: either that is what the word says (and then
//!   it cannot change while the lock is held), or it is made so from `TAKEN`. Where it turned `FREE` meanwhile, the
//!   comer takes the turn itself.
//! - The turn is given back by an exchange of `TAKEN` for `FREE`, which fails in `LEFT`. So either the exchange came
//!   first, and the comer sees `FREE`; or the comer's did, and the holder stays. There is no third case, whoever else
//!   holds other locks of the partition.
//! - Hence the list is empty whenever the word is `FREE`, and who takes the turn overtakes nobody: what was left before
//!   has been taken off the list, in the order in which it came, and appended, by a holder that had the turn until then.
//!   A connection hands over its second batch after its first, so the second is behind it: on the list, or after it.
//! - A turn that ends otherwise, by a panic or with its runtime, drops what is on the list. Each who left something is
//!   told by the end of its channel, and the word is `FREE` again.

use std::collections::VecDeque;
use std::ops::Deref;
use std::sync::atomic::{AtomicU8, Ordering};

use parking_lot::Mutex;

/// Nobody appends.
const FREE: u8 = 0;
/// Somebody appends, and nothing was left to it.
const TAKEN: u8 = 1;
/// Somebody appends, and something was left to it.
const LEFT: u8 = 2;

/// Room on the list that is kept for the next time.
const KEPT: usize = 64;

/// The turn of one partition, and what was left to the one who has it.
#[derive(Debug)]
pub(super) struct Combiner<T> {
    word: AtomicU8,
    list: Mutex<VecDeque<T>>,
}

/// The turn. It is given back with [`Turn::end`]; dropped otherwise, it drops what was left to it.
#[derive(Debug)]
pub(super) struct Turn<T, C: Deref<Target = Combiner<T>>> {
    /// `None` once it was given back, or on.
    combiner: Option<C>,
}

/// What became of something that was to be left.
#[derive(Debug)]
pub(super) enum Offered<'a, T> {
    /// Whoever has the turn appends it.
    Left,
    /// Nobody has the turn any more: it is the comer's.
    Returned(T, Turn<T, &'a Combiner<T>>),
}

impl<T> Default for Combiner<T> {
    fn default() -> Self {
        Combiner { word: AtomicU8::new(FREE), list: Mutex::default() }
    }
}

impl<T> Combiner<T> {
    /// Takes the turn, if nobody has it.
    pub(super) fn try_take(&self) -> Option<Turn<T, &Combiner<T>>> {
        self.exchange(FREE, TAKEN).ok()?;
        Some(Turn { combiner: Some(self) })
    }

    /// Leaves `what` to the one who has the turn.
    pub(super) fn offer(&self, what: T) -> Offered<'_, T> {
        let mut list = self.list.lock();
        loop {
            match self.exchange(TAKEN, LEFT) {
                Ok(_) | Err(LEFT) => {
                    list.push_back(what);
                    return Offered::Left;
                }
                Err(_) => {
                    if let Some(turn) = self.try_take() {
                        return Offered::Returned(what, turn);
                    }
                    // Another took it between the two looks.
                }
            }
        }
    }

    /// Gives back the list's memory, if it is not in use.
    pub(super) fn release_idle(&self) {
        if let Some(mut list) = self.list.try_lock()
            && list.is_empty()
        {
            *list = VecDeque::new();
        }
    }

    fn exchange(&self, from: u8, to: u8) -> Result<u8, u8> {
        self.word.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire)
    }
}

impl<T, C: Deref<Target = Combiner<T>>> Turn<T, C> {
    /// Gives the turn back. Not if something was left meanwhile: that must be taken, and this tried again.
    pub(super) fn end(mut self) -> Option<Self> {
        let combiner = self.combiner.as_deref()?;
        if combiner.exchange(TAKEN, FREE).is_err() {
            return Some(self);
        }
        self.combiner = None;
        None
    }

    /// Takes the first `most` of what was left, in the order in which it came.
    pub(super) fn take(&self, most: usize, into: &mut Vec<T>) {
        let Some(combiner) = self.combiner.as_deref() else { return };
        let mut list = combiner.list.lock();
        let n = list.len().min(most);
        into.extend(list.drain(..n));
        // In `TAKEN` the list was empty, and the exchange fails as it should.
        if list.is_empty() && combiner.exchange(LEFT, TAKEN).is_ok() {
            list.shrink_to(KEPT);
        }
    }

    /// The same turn, held by way of another pointer to the same combiner.
    pub(super) fn through<D: Deref<Target = Combiner<T>>>(mut self, pointer: D) -> Turn<T, D> {
        debug_assert!(self.combiner.as_deref().is_some_and(|own| std::ptr::eq(own, &raw const *pointer)));
        self.combiner = None;
        Turn { combiner: Some(pointer) }
    }
}

impl<T, C: Deref<Target = Combiner<T>>> Drop for Turn<T, C> {
    fn drop(&mut self) {
        let Some(combiner) = self.combiner.as_deref() else { return };
        let abandoned = {
            let mut list = combiner.list.lock();
            combiner.word.store(FREE, Ordering::Release);
            std::mem::take(&mut *list)
        };
        // Those who wait are woken by it, without the lock.
        drop(abandoned);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;
    use std::thread;

    use super::*;

    fn taken<T, C: Deref<Target = Combiner<T>>>(turn: &Turn<T, C>, most: usize) -> Vec<T> {
        let mut all = Vec::new();
        turn.take(most, &mut all);
        all
    }

    #[test]
    fn the_turn_is_one_comers_until_it_is_given_back() {
        let combiner = Combiner::<u8>::default();
        let turn = combiner.try_take().unwrap();
        assert!(combiner.try_take().is_none());
        assert!(turn.end().is_none(), "nothing was left to it");
        assert!(combiner.try_take().is_some());
    }

    #[test]
    fn what_is_left_comes_out_in_its_order_and_keeps_the_turn_from_ending() {
        let combiner = Combiner::default();
        let turn = combiner.try_take().unwrap();
        for n in 0..3 {
            assert!(matches!(combiner.offer(n), Offered::Left));
        }
        let turn = turn.end().expect("something was left");
        assert_eq!(taken(&turn, 2), [0, 1]);
        let turn = turn.end().expect("not all of it was taken");
        assert!(matches!(combiner.offer(3), Offered::Left));
        assert_eq!(taken(&turn, 5), [2, 3]);
        assert!(combiner.try_take().is_none(), "what was taken is not appended yet");
        assert_eq!(taken(&turn, 5), [0; 0]);
        assert!(turn.end().is_none());
    }

    #[test]
    fn who_comes_when_the_turn_is_free_again_gets_it() {
        let combiner = Combiner::default();
        let Offered::Returned(what, turn) = combiner.offer(7) else { panic!("nobody would take it") };
        assert_eq!(what, 7);
        assert!(combiner.try_take().is_none());
        assert!(turn.end().is_none());
    }

    #[test]
    fn a_turn_that_goes_on_elsewhere_is_the_same_turn() {
        let combiner = Arc::new(Combiner::default());
        let turn = combiner.try_take().unwrap();
        let turn = turn.through(Arc::clone(&combiner));
        assert!(matches!(combiner.offer(1), Offered::Left));
        assert_eq!(taken(&turn, 1), [1]);
        assert!(turn.end().is_none());
        assert!(combiner.try_take().is_some());
    }

    #[test]
    fn a_turn_that_ends_by_a_panic_tells_who_left_something_and_frees_the_turn() {
        let combiner = Combiner::default();
        let (done, mut wait) = tokio::sync::oneshot::channel::<()>();
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _turn = combiner.try_take().unwrap();
            assert!(matches!(combiner.offer(done), Offered::Left));
            panic!("as tests want it");
        }));
        assert!(panicked.is_err());
        assert_eq!(wait.try_recv(), Err(tokio::sync::oneshot::error::TryRecvError::Closed));
        assert!(combiner.try_take().unwrap().end().is_none());
    }

    #[test]
    fn memory_is_given_back_only_when_nothing_is_on_the_list() {
        let combiner = Combiner::default();
        let turn = combiner.try_take().unwrap();
        assert!(matches!(combiner.offer(1), Offered::Left));
        combiner.release_idle();
        assert_eq!(taken(&turn, 9), [1]);
        combiner.release_idle();
        assert_eq!(combiner.list.lock().capacity(), 0);
    }

    /// Every thread brings its numbers in their order, by whichever way is open; one at a time writes them down.
    #[test]
    fn of_many_threads_none_loses_anything_and_each_keeps_its_order() {
        const THREADS: usize = 8;
        const EACH: usize = 20_000;
        let combiner = Combiner::default();
        let book = Mutex::new(vec![Vec::new(); THREADS]);
        let inside = AtomicUsize::new(0);
        let write = |(who, what): (usize, usize)| {
            assert_eq!(inside.fetch_add(1, Ordering::AcqRel), 0, "one at a time");
            book.lock()[who].push(what);
            inside.fetch_sub(1, Ordering::AcqRel);
        };
        let serve = |one: (usize, usize), mut turn: Turn<(usize, usize), &Combiner<(usize, usize)>>| {
            write(one);
            let mut left = Vec::new();
            while let Some(still) = turn.end() {
                turn = still;
                turn.take(3, &mut left);
                left.drain(..).for_each(write);
            }
        };
        thread::scope(|scope| {
            for who in 0..THREADS {
                let (combiner, serve) = (&combiner, &serve);
                scope.spawn(move || {
                    for what in 0..EACH {
                        match combiner.try_take() {
                            Some(turn) => serve((who, what), turn),
                            None => {
                                if let Offered::Returned(one, turn) = combiner.offer((who, what)) {
                                    serve(one, turn);
                                }
                            }
                        }
                    }
                });
            }
        });
        // All threads are gone, so whatever had been left to nobody would be missing.
        let expected: Vec<usize> = (0..EACH).collect();
        assert!(book.lock().iter().all(|numbers| *numbers == expected));
        assert!(combiner.try_take().is_some());
    }
}
