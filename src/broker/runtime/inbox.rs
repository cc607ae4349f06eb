//! What changed for a follower's fetch session since it was last looked at. Partitions put their places in; the fetch that
//! waits takes them out, so that it need not ask thousands of partitions for the one that moved.

use parking_lot::Mutex;
use tokio::sync::Notify;

/// The places of a session that changed.
#[derive(Debug, Default)]
pub struct Inbox {
    changed: Mutex<Changed>,
    woken: Notify,
}

#[derive(Debug, Default)]
struct Changed {
    slots: Vec<usize>,
    /// By slot, whether it is in the list.
    listed: Vec<bool>,
}

impl Inbox {
    /// Notes that a place changed, and wakes who waits.
    pub fn put(&self, slot: usize) {
        let mut changed = self.changed.lock();
        if changed.listed.len() <= slot {
            changed.listed.resize(slot + 1, false);
        }
        if std::mem::replace(&mut changed.listed[slot], true) {
            return;
        }
        changed.slots.push(slot);
        let is_first = changed.slots.len() == 1;
        drop(changed);
        if is_first {
            self.woken.notify_one();
        }
    }

    /// Takes out what changed, each place once.
    pub fn take(&self) -> Vec<usize> {
        let mut changed = self.changed.lock();
        let slots = std::mem::take(&mut changed.slots);
        slots.iter().for_each(|slot| changed.listed[*slot] = false);
        slots
    }

    /// Resolves when something changed, perhaps also when that was taken out already.
    pub async fn wait(&self) {
        self.woken.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_place_comes_out_once_and_wakes_who_waits() {
        let inbox = Inbox::default();
        for slot in [4, 2, 4] {
            inbox.put(slot);
        }
        inbox.wait().await;
        assert_eq!(inbox.take(), [4, 2]);
        assert!(inbox.take().is_empty());
        inbox.put(4);
        inbox.wait().await;
        assert_eq!(inbox.take(), [4]);
    }
}
