//! Where each leader's term began in a log (KIP-101, KIP-279): kept in memory and in `leader-epoch-checkpoint`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::LogError;
use super::files::{LEADER_EPOCH_FILE, read_leader_epochs, write_leader_epochs};
use crate::model::{LeaderEpoch, Offset};

/// The terms of one log, ascending in epoch and start offset (`LeaderEpochFileCache`).
#[derive(Debug)]
pub(crate) struct LeaderEpochs {
    dir: Arc<Path>,
    entries: Vec<(LeaderEpoch, Offset)>,
    /// The file lacks an entry.
    unwritten: bool,
}

impl LeaderEpochs {
    pub(crate) fn load(dir: Arc<Path>) -> Result<LeaderEpochs, LogError> {
        let entries = read_leader_epochs(&dir.join(LEADER_EPOCH_FILE))?;
        Ok(LeaderEpochs { dir, entries, unwritten: false })
    }

    pub(crate) const fn empty(dir: Arc<Path>) -> LeaderEpochs {
        LeaderEpochs { dir, entries: Vec::new(), unwritten: false }
    }

    /// Tells that the directory was renamed.
    pub(crate) fn relocate(&mut self, dir: Arc<Path>) {
        self.dir = dir;
    }

    pub(crate) fn entries(&self) -> &[(LeaderEpoch, Offset)] {
        &self.entries
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.dir.join(LEADER_EPOCH_FILE)
    }

    /// Notes that `epoch` begins at `start`, dropping entries that contradict it, and brings the file up to that: a
    /// record of the epoch is about to be written.
    pub(crate) fn assign(&mut self, epoch: LeaderEpoch, start: Offset) -> Result<(), LogError> {
        let news = self.note(epoch, start);
        if news || self.unwritten { self.write() } else { Ok(()) }
    }

    /// Notes an epoch that has no record yet. A term at the log's end says nothing that a start would not say again
    /// (recovery drops it), so that the file can wait for the first record: a broker that takes over thousands of
    /// partitions does not sync thousands of files.
    pub(crate) fn announce(&mut self, epoch: LeaderEpoch, start: Offset) {
        self.unwritten |= self.note(epoch, start);
    }

    /// Takes back what was announced at the log's end.
    pub(crate) fn withdraw(&mut self, end: Offset) {
        self.unwritten |= self.truncate_from_end(end);
    }

    /// [`LeaderEpochs::assign`] without the file, for replay at start.
    pub(crate) fn note(&mut self, epoch: LeaderEpoch, start: Offset) -> bool {
        if epoch.0 < 0 || start.0 < 0 {
            return false;
        }
        if let Some(&(latest, latest_start)) = self.entries.last()
            && latest == epoch
            && latest_start <= start
        {
            return false;
        }
        while self.entries.last().is_some_and(|&(e, s)| e >= epoch || s >= start) {
            self.entries.pop();
        }
        self.entries.push((epoch, start));
        true
    }

    pub(crate) fn write(&mut self) -> Result<(), LogError> {
        write_leader_epochs(&self.path(), &self.entries)?;
        self.unwritten = false;
        Ok(())
    }

    pub(crate) fn latest(&self) -> Option<LeaderEpoch> {
        self.entries.last().map(|&(epoch, _)| epoch)
    }

    /// The term in which the record at `offset` was written.
    pub(crate) fn at_offset(&self, offset: Offset) -> Option<LeaderEpoch> {
        let n = self.entries.partition_point(|&(_, start)| start <= offset);
        n.checked_sub(1).map(|i| self.entries[i].0)
    }

    /// The largest known epoch up to `epoch`, and where it ended; (-1, -1) if undefined (OffsetForLeaderEpoch).
    pub(crate) fn end_offset_for(&self, epoch: LeaderEpoch, log_end: Offset) -> (LeaderEpoch, Offset) {
        const UNDEFINED: (LeaderEpoch, Offset) = (LeaderEpoch::NONE, Offset::NONE);
        if epoch == LeaderEpoch::NONE {
            return UNDEFINED;
        }
        if self.latest() == Some(epoch) {
            return (epoch, log_end);
        }
        let n = self.entries.partition_point(|&(e, _)| e <= epoch);
        match (n.checked_sub(1), self.entries.get(n)) {
            // Newer than all we know.
            (_, None) => UNDEFINED,
            // Older than all we know: it ended where our first began, at the latest.
            (None, Some(&(_, start))) => (epoch, start),
            (Some(floor), Some(&(_, start))) => (self.entries[floor].0, start),
        }
    }

    /// Drops terms that began at or after `end`. Whether anything changed.
    pub(crate) fn truncate_from_end(&mut self, end: Offset) -> bool {
        let before = self.entries.len();
        self.entries.retain(|&(_, start)| start < end);
        self.entries.len() != before
    }

    /// Drops terms that ended before `start`; the one that holds it now begins there. Whether anything changed.
    pub(crate) fn truncate_from_start(&mut self, start: Offset) -> bool {
        let n = self.entries.partition_point(|&(_, s)| s <= start);
        let Some(holder) = n.checked_sub(1) else { return false };
        if holder == 0 && self.entries[0].1 == start {
            return false;
        }
        self.entries.drain(..holder);
        self.entries[0].1 = start;
        true
    }

    pub(crate) fn clear(&mut self) -> Result<(), LogError> {
        self.entries.clear();
        self.write()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epochs(entries: &[(i32, i64)]) -> LeaderEpochs {
        let mut epochs = LeaderEpochs::empty(Path::new("/nowhere").into());
        for &(epoch, start) in entries {
            epochs.note(LeaderEpoch(epoch), Offset(start));
        }
        epochs
    }

    fn plain(epochs: &LeaderEpochs) -> Vec<(i32, i64)> {
        epochs.entries().iter().map(|&(e, o)| (e.0, o.0)).collect()
    }

    #[test]
    fn end_offsets_follow_the_rule_of_offset_for_leader_epoch() {
        let epochs = epochs(&[(2, 10), (5, 20), (7, 30)]);
        let ask = |epoch| {
            let (e, o) = epochs.end_offset_for(LeaderEpoch(epoch), Offset(40));
            (e.0, o.0)
        };
        assert_eq!(ask(7), (7, 40));
        assert_eq!(ask(5), (5, 30));
        assert_eq!(ask(6), (5, 30));
        assert_eq!(ask(2), (2, 20));
        assert_eq!(ask(1), (1, 10));
        assert_eq!(ask(8), (-1, -1));
        assert_eq!(ask(-1), (-1, -1));
    }

    #[test]
    fn contradicting_entries_make_way() {
        assert_eq!(plain(&epochs(&[(1, 5), (2, 10), (2, 12), (3, 8)])), [(1, 5), (3, 8)]);
        assert_eq!(plain(&epochs(&[(4, 5), (2, 10)])), [(2, 10)]);
    }

    #[test]
    fn truncation_cuts_at_both_ends() {
        let mut e = epochs(&[(1, 5), (2, 10), (3, 20)]);
        assert!(e.truncate_from_end(Offset(20)));
        assert_eq!(plain(&e), [(1, 5), (2, 10)]);
        assert!(e.truncate_from_start(Offset(15)));
        assert_eq!(plain(&e), [(2, 15)]);
        assert!(!e.truncate_from_start(Offset(15)));
        assert!(!e.truncate_from_start(Offset(3)));
        assert_eq!(e.at_offset(Offset(15)), Some(LeaderEpoch(2)));
        assert_eq!(e.at_offset(Offset(14)), None);
    }
}
