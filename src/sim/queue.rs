//! The queue of events: by time, and among events of one time in the order in which they were made.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::time::Micros;

struct Item<T> {
    at: Micros,
    order: u64,
    event: T,
}

impl<T> PartialEq for Item<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.order) == (other.at, other.order)
    }
}

impl<T> Eq for Item<T> {}

impl<T> PartialOrd for Item<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Item<T> {
    /// Backwards: the heap gives the largest first, and the earliest is wanted.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.at, other.order).cmp(&(self.at, self.order))
    }
}

/// Events that are to happen.
pub struct Queue<T> {
    heap: BinaryHeap<Item<T>>,
    made: u64,
}

impl<T> Default for Queue<T> {
    fn default() -> Self {
        Queue { heap: BinaryHeap::new(), made: 0 }
    }
}

impl<T> Queue<T> {
    /// Adds an event.
    pub fn push(&mut self, at: Micros, event: T) {
        self.made += 1;
        self.heap.push(Item { at, order: self.made, event });
    }

    /// Takes the earliest event.
    pub fn pop(&mut self) -> Option<(Micros, T)> {
        self.heap.pop().map(|item| (item.at, item.event))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_by_time_and_then_in_the_order_of_their_making() {
        let mut queue = Queue::default();
        for (at, event) in [(5, 'c'), (1, 'a'), (5, 'd'), (2, 'b')] {
            queue.push(at, event);
        }
        let order: Vec<char> = std::iter::from_fn(|| queue.pop()).map(|(_, event)| event).collect();
        assert_eq!(order, ['a', 'b', 'c', 'd']);
    }
}
