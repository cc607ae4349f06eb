//! What one leader is asked and told. A share session lives at the leader and counts its requests: the first names all
//! partitions, those behind it only what changed.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Uuid;

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acknowledge {
    /// There is no record at this offset.
    Gap = 0,
    /// It was processed.
    Accept = 1,
    /// It is to be handed out again.
    Release = 2,
    /// It is not to be handed out again.
    Reject = 3,
}

/// A partition, as the wire names it.
pub(super) type Tip = (Uuid, i32);

/// Offsets with what became of them.
pub(super) type Verdicts = BTreeMap<i64, Acknowledge>;

/// Neighbouring offsets with one verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) verdict: Acknowledge,
}

/// Verdicts as the wire wants them: runs of neighbours.
pub(super) fn runs(verdicts: &Verdicts) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (&offset, &verdict) in verdicts {
        match runs.last_mut() {
            Some(run) if run.last + 1 == offset && run.verdict == verdict => run.last = offset,
            _ => runs.push(Run { first: offset, last: offset, verdict }),
        }
    }
    runs
}

/// A session with one leader.
#[derive(Debug, Default)]
pub(super) struct Session {
    /// The number of the next request; 0 opens the session.
    epoch: i32,
    /// What the leader knows to be wanted.
    partitions: BTreeSet<Tip>,
    /// What it has not been told yet.
    pub(super) verdicts: BTreeMap<Tip, Verdicts>,
}

/// The partitions and verdicts of one request.
#[derive(Debug, Default)]
pub(super) struct Turn {
    pub(super) epoch: i32,
    pub(super) topics: BTreeMap<Tip, Verdicts>,
    pub(super) forgotten: Vec<Tip>,
}

impl Session {
    /// The number that ends a session.
    pub(super) const FINAL: i32 = -1;

    pub(super) const fn is_open(&self) -> bool {
        self.epoch > 0
    }

    fn next_epoch(&mut self) -> i32 {
        let epoch = self.epoch;
        self.epoch = if epoch == i32::MAX { 1 } else { epoch + 1 };
        epoch
    }

    /// The next request for records of `wanted`.
    pub(super) fn fetch(&mut self, wanted: &BTreeSet<Tip>) -> Turn {
        let epoch = self.next_epoch();
        let mut topics: BTreeMap<Tip, Verdicts> =
            wanted.difference(&self.partitions).map(|tip| (*tip, Verdicts::new())).collect();
        // A session that is being opened knows of nothing that was handed out.
        if epoch > 0 {
            topics.extend(std::mem::take(&mut self.verdicts));
        }
        let forgotten = self.partitions.difference(wanted).copied().collect();
        self.partitions.clone_from(wanted);
        Turn { epoch, topics, forgotten }
    }

    /// The next request that only tells; `None` when there is nothing to tell or nobody to hear it.
    pub(super) fn acknowledge(&mut self) -> Option<Turn> {
        if !self.is_open() || self.verdicts.is_empty() {
            return None;
        }
        Some(Turn { epoch: self.next_epoch(), topics: std::mem::take(&mut self.verdicts), forgotten: Vec::new() })
    }

    /// The last request; `None` when the session was never opened. What was handed out and not told of is given back.
    pub(super) fn close(&mut self) -> Option<Turn> {
        let was_open = self.is_open();
        self.epoch = 0;
        self.partitions.clear();
        let topics = std::mem::take(&mut self.verdicts);
        was_open.then_some(Turn { epoch: Session::FINAL, topics, forgotten: Vec::new() })
    }

    /// Begins anew; gives what can no longer be told.
    pub(super) fn reset(&mut self) -> BTreeMap<Tip, Verdicts> {
        self.epoch = 0;
        self.partitions.clear();
        std::mem::take(&mut self.verdicts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: Uuid = Uuid(7);

    fn wanted(partitions: &[i32]) -> BTreeSet<Tip> {
        partitions.iter().map(|p| (T, *p)).collect()
    }

    #[test]
    fn neighbours_with_one_verdict_are_a_run() {
        use Acknowledge::{Accept, Gap, Reject};
        let verdicts = Verdicts::from([(3, Accept), (4, Accept), (5, Gap), (7, Reject), (8, Reject)]);
        let told: Vec<(i64, i64, i8)> =
            runs(&verdicts).iter().map(|run| (run.first, run.last, run.verdict as i8)).collect();
        assert_eq!(told, [(3, 4, 1), (5, 5, 0), (7, 8, 3)]);
    }

    #[test]
    fn the_first_request_names_everything_and_the_next_only_what_changed() {
        let mut session = Session::default();
        let first = session.fetch(&wanted(&[0, 1]));
        assert_eq!((first.epoch, first.topics.len()), (0, 2));
        session.verdicts.insert((T, 1), Verdicts::from([(5, Acknowledge::Accept)]));
        let second = session.fetch(&wanted(&[1, 2]));
        assert_eq!(second.epoch, 1);
        assert_eq!(second.topics.keys().copied().collect::<Vec<_>>(), [(T, 1), (T, 2)]);
        assert_eq!(second.topics[&(T, 1)].len(), 1);
        assert_eq!(second.forgotten, [(T, 0)]);
        assert!(session.fetch(&wanted(&[1, 2])).topics.is_empty());
    }

    #[test]
    fn a_session_that_was_never_opened_is_told_nothing() {
        let mut session = Session::default();
        session.verdicts.insert((T, 0), Verdicts::from([(1, Acknowledge::Accept)]));
        assert!(session.acknowledge().is_none());
        assert!(session.fetch(&wanted(&[0])).topics[&(T, 0)].is_empty());
        let told = session.acknowledge().unwrap();
        assert_eq!((told.epoch, told.topics.len()), (1, 1));
        assert_eq!(session.close().unwrap().epoch, Session::FINAL);
        assert!(session.close().is_none());
    }
}
