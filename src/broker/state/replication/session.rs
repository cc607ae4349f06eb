//! A follower's half of a fetch session (KIP-227, `FetchSessionHandler`): what the leader remembers of the last request
//! need not be said again.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use super::ReplicaKey;
use crate::broker::state::fetch_session::FetchWant;
use crate::model::ErrorCode;

/// What goes into one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionFetch {
    /// `session_id`.
    pub id: i32,
    /// `session_epoch`.
    pub epoch: i32,
    /// Partitions that are new to the leader, or wanted otherwise than before.
    pub wants: Vec<(ReplicaKey, FetchWant)>,
    /// Partitions that are not wanted any more.
    pub forgotten: Vec<ReplicaKey>,
}

/// One session with one leader.
#[derive(Debug, Default)]
pub struct FetcherSession {
    id: i32,
    /// Of the next request; 0 asks for a new session.
    epoch: i32,
    /// In the order of keys, so that a topic's partitions stand together.
    partitions: BTreeMap<ReplicaKey, Said>,
    /// How many are wanted.
    wanted: usize,
    /// Those of which the next request may have something to say.
    changed: BTreeSet<ReplicaKey>,
}

/// What is wanted of a partition, and what the leader has been told; nothing if it is not to read it.
#[derive(Clone, Copy, Debug, Default)]
struct Said {
    want: Option<FetchWant>,
    told: Option<FetchWant>,
}

impl FetcherSession {
    /// Says what is wanted of a partition from the next request on; `None` if nothing is.
    pub fn want(&mut self, key: ReplicaKey, want: Option<FetchWant>) {
        let said = match want {
            Some(_) => self.partitions.entry(key).or_default(),
            None => match self.partitions.get_mut(&key) {
                Some(said) => said,
                None => return,
            },
        };
        self.wanted = self.wanted + usize::from(want.is_some()) - usize::from(said.want.is_some());
        said.want = want;
        match *said {
            Said { want: None, told: None } => {
                self.changed.remove(&key);
                self.partitions.remove(&key);
            }
            Said { want, told } if want == told => drop(self.changed.remove(&key)),
            Said { .. } => drop(self.changed.insert(key)),
        }
    }

    /// Whether there is nothing to ask for.
    pub const fn wants_nothing(&self) -> bool {
        self.wanted == 0
    }

    /// The next request. It must be answered, by [`FetcherSession::answered`] or [`FetcherSession::failed`], before the one
    /// after. One that asks for everything begins behind `last`: a leader that keeps no sessions reads in that order.
    pub fn next(&mut self, last: Option<ReplicaKey>) -> SessionFetch {
        if self.epoch == 0 {
            self.changed.clear();
            self.partitions.retain(|_, said| {
                said.told = said.want;
                said.want.is_some()
            });
            let wants = |(key, said): (&ReplicaKey, &Said)| Some((*key, said.want?));
            let wants = match last {
                Some(last) => {
                    let behind = self.partitions.range((Bound::Excluded(last), Bound::Unbounded));
                    behind.chain(self.partitions.range(..=last)).filter_map(wants).collect()
                }
                None => self.partitions.iter().filter_map(wants).collect(),
            };
            return SessionFetch { id: self.id, epoch: 0, wants, forgotten: Vec::new() };
        }
        let (mut wants, mut forgotten) = (Vec::new(), Vec::new());
        for key in std::mem::take(&mut self.changed) {
            let Some(said) = self.partitions.get_mut(&key) else { continue };
            said.told = said.want;
            match said.want {
                Some(want) => wants.push((key, want)),
                None => {
                    self.partitions.remove(&key);
                    forgotten.push(key);
                }
            }
        }
        SessionFetch { id: self.id, epoch: self.epoch, wants, forgotten }
    }

    /// What the leader was last told of a partition.
    pub fn sent(&self, key: &ReplicaKey) -> Option<&FetchWant> {
        self.partitions.get(key)?.told.as_ref()
    }

    /// Takes an answer without an error: it names the session, or 0 if the leader keeps none.
    pub fn answered(&mut self, id: i32) {
        self.epoch = match (id, self.epoch) {
            (0, _) => 0,
            (_, i32::MAX) => 1,
            (_, epoch) => epoch + 1,
        };
        self.id = id;
    }

    /// Takes an error of a whole request, or none if no answer came. The next request begins a new session, and ends the
    /// old one, if the leader has it.
    pub fn failed(&mut self, error: Option<ErrorCode>) {
        if error == Some(ErrorCode::FetchSessionIdNotFound) {
            self.id = 0;
        }
        self.epoch = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::state::fetch_session::{FetchKey, FetchMode, FetchSessions, SessionRequest};
    use crate::model::{TimestampMs, Uuid};

    const NOW: TimestampMs = TimestampMs(1000);

    fn want(fetch_offset: i64) -> FetchWant {
        FetchWant { current_leader_epoch: 3, fetch_offset, last_fetched_epoch: 2, log_start_offset: 0, max_bytes: 9 }
    }

    fn wants(list: &[(i32, i64)]) -> Vec<(ReplicaKey, FetchWant)> {
        list.iter().map(|&(partition, offset)| ((Uuid(7), partition), want(offset))).collect()
    }

    /// The request for these partitions and no other.
    fn next(session: &mut FetcherSession, list: &[(i32, i64)]) -> SessionFetch {
        (0..10).for_each(|partition| {
            let wanted = list.iter().find(|(wanted, _)| *wanted == partition);
            session.want((Uuid(7), partition), wanted.map(|(_, offset)| want(*offset)));
        });
        assert_eq!(session.wants_nothing(), list.is_empty());
        session.next(None)
    }

    #[test]
    fn only_changes_are_said_again() {
        let mut session = FetcherSession::default();
        let first = next(&mut session, &[(0, 5), (1, 6)]);
        assert_eq!((first.id, first.epoch, first.wants.len()), (0, 0, 2));
        session.answered(42);
        let second = next(&mut session, &[(1, 7), (2, 0)]);
        assert_eq!((second.id, second.epoch), (42, 1));
        assert_eq!((second.wants, second.forgotten), (wants(&[(1, 7), (2, 0)]), vec![(Uuid(7), 0)]));
        session.answered(42);
        let third = next(&mut session, &[(1, 7), (2, 0)]);
        assert_eq!((third.epoch, third.wants.len(), third.forgotten.len()), (2, 0, 0));
    }

    #[test]
    fn after_a_failure_everything_is_said_anew_and_the_old_session_is_ended() {
        let mut session = FetcherSession::default();
        next(&mut session, &[(0, 5)]);
        session.answered(42);
        next(&mut session, &[(0, 5)]);
        session.failed(None);
        let anew = next(&mut session, &[(0, 5)]);
        assert_eq!((anew.id, anew.epoch, anew.wants.len()), (42, 0, 1));
        session.failed(Some(ErrorCode::FetchSessionIdNotFound));
        assert_eq!(next(&mut session, &[(0, 5)]).id, 0, "there is nothing to end");
        session.answered(0);
        assert_eq!(next(&mut session, &[(0, 5)]).wants.len(), 1, "the leader keeps no session");
    }

    #[test]
    fn what_changes_back_before_the_next_request_is_not_said() {
        let mut session = FetcherSession::default();
        next(&mut session, &[(0, 5), (1, 5)]);
        session.answered(42);
        session.want((Uuid(7), 0), Some(want(6)));
        session.want((Uuid(7), 0), None);
        session.want((Uuid(7), 0), Some(want(5)));
        session.want((Uuid(7), 1), None);
        session.want((Uuid(7), 2), Some(want(1)));
        session.want((Uuid(7), 2), None);
        let request = session.next(None);
        assert_eq!((request.wants, request.forgotten), (vec![], vec![(Uuid(7), 1)]));
        assert_eq!(session.sent(&(Uuid(7), 0)), Some(&want(5)));
        assert_eq!(session.sent(&(Uuid(7), 1)), None);
    }

    #[test]
    fn a_request_for_everything_begins_behind_the_one_that_was_served_last() {
        let mut session = FetcherSession::default();
        (0..4).for_each(|partition| session.want((Uuid(7), partition), Some(want(0))));
        let order = |fetch: SessionFetch| fetch.wants.iter().map(|((_, partition), _)| *partition).collect::<Vec<_>>();
        assert_eq!(order(session.next(Some((Uuid(7), 1)))), [2, 3, 0, 1]);
        session.answered(0);
        assert_eq!(order(session.next(None)), [0, 1, 2, 3], "the leader keeps no session");
    }

    /// Whatever is wanted, the leader's half reads exactly that.
    #[test]
    fn both_halves_agree_on_what_is_read() {
        let mut follower = FetcherSession::default();
        let mut leader = FetchSessions::<()>::new(10, 1000, 500);
        let rounds: [&[(i32, i64)]; 6] =
            [&[(0, 1), (1, 1)], &[(0, 2), (1, 1), (2, 0)], &[(2, 5)], &[], &[(0, 2)], &[(0, 3), (1, 8)]];
        for (n, round) in rounds.into_iter().enumerate() {
            let request = next(&mut follower, round);
            let key = |&(id, partition): &ReplicaKey| FetchKey { topic_id: id, topic: "".into(), partition };
            let named: Vec<_> = request.wants.iter().map(|(k, want)| (key(k), *want)).collect();
            let forgotten: Vec<_> = request.forgotten.iter().map(key).collect();
            let asked = SessionRequest {
                id: request.id,
                epoch: request.epoch,
                wants: &named,
                forgotten: &forgotten,
                by_id: true,
                privileged: false,
                changed: &[],
            };
            let (mode, mut plan) = leader.plan(&asked, 42, NOW).unwrap();
            plan.sort_by_key(|planned| planned.key.partition);
            let planned: Vec<_> = plan.into_iter().map(|p| ((p.key.topic_id, p.key.partition), p.want)).collect();
            assert_eq!(planned, wants(round), "round {n}");
            assert_eq!(mode == FetchMode::Full(42), n == 0);
            follower.answered(mode.session_id());
        }
    }
}
