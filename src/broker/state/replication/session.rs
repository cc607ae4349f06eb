//! A follower's half of a fetch session (KIP-227, `FetchSessionHandler`): what the leader remembers of the last request
//! need not be said again.

use std::collections::HashMap;

use foldhash::fast::RandomState;

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
    /// What the leader has been told.
    known: HashMap<ReplicaKey, Known, RandomState>,
    /// Counts requests of a session.
    round: u64,
}

/// What the leader has been told of a partition, and in which round it was last wanted.
#[derive(Clone, Copy, Debug)]
struct Known {
    want: FetchWant,
    round: u64,
}

impl FetcherSession {
    /// The next request, for exactly these partitions. It must be answered, by [`FetcherSession::answered`] or
    /// [`FetcherSession::failed`], before the one after.
    pub fn next(&mut self, wants: &[(ReplicaKey, FetchWant)]) -> SessionFetch {
        if self.epoch == 0 {
            self.round = 1;
            let known = |(key, want): &(ReplicaKey, FetchWant)| (*key, Known { want: *want, round: self.round });
            self.known = wants.iter().map(known).collect();
            return SessionFetch { id: self.id, epoch: 0, wants: wants.to_vec(), forgotten: Vec::new() };
        }
        self.round += 1;
        let (round, mut news) = (self.round, Vec::new());
        for (key, want) in wants {
            let entry = self.known.entry(*key).or_insert_with(|| Known { want: *want, round: 0 });
            if entry.want != *want || entry.round == 0 {
                news.push((*key, *want));
            }
            *entry = Known { want: *want, round };
        }
        let mut forgotten = Vec::new();
        // Nearly always the same partitions as last time are wanted.
        if self.known.len() > wants.len() {
            self.known.retain(|key, known| {
                let stays = known.round == round;
                if !stays {
                    forgotten.push(*key);
                }
                stays
            });
        }
        SessionFetch { id: self.id, epoch: self.epoch, wants: news, forgotten }
    }

    /// What the leader was last told of a partition.
    pub fn sent(&self, key: &ReplicaKey) -> Option<&FetchWant> {
        self.known.get(key).map(|known| &known.want)
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

    #[test]
    fn only_changes_are_said_again() {
        let mut session = FetcherSession::default();
        let first = session.next(&wants(&[(0, 5), (1, 6)]));
        assert_eq!((first.id, first.epoch, first.wants.len()), (0, 0, 2));
        session.answered(42);
        let second = session.next(&wants(&[(1, 7), (2, 0)]));
        assert_eq!((second.id, second.epoch), (42, 1));
        assert_eq!((second.wants, second.forgotten), (wants(&[(1, 7), (2, 0)]), vec![(Uuid(7), 0)]));
        session.answered(42);
        let third = session.next(&wants(&[(1, 7), (2, 0)]));
        assert_eq!((third.epoch, third.wants.len(), third.forgotten.len()), (2, 0, 0));
    }

    #[test]
    fn after_a_failure_everything_is_said_anew_and_the_old_session_is_ended() {
        let mut session = FetcherSession::default();
        session.next(&wants(&[(0, 5)]));
        session.answered(42);
        session.next(&wants(&[(0, 5)]));
        session.failed(None);
        let anew = session.next(&wants(&[(0, 5)]));
        assert_eq!((anew.id, anew.epoch, anew.wants.len()), (42, 0, 1));
        session.failed(Some(ErrorCode::FetchSessionIdNotFound));
        assert_eq!(session.next(&wants(&[(0, 5)])).id, 0, "there is nothing to end");
        session.answered(0);
        assert_eq!(session.next(&wants(&[(0, 5)])).wants.len(), 1, "the leader keeps no session");
    }

    /// Whatever is wanted, the leader's half reads exactly that.
    #[test]
    fn both_halves_agree_on_what_is_read() {
        let mut follower = FetcherSession::default();
        let mut leader = FetchSessions::new(10, 1000);
        let rounds: [&[(i32, i64)]; 6] =
            [&[(0, 1), (1, 1)], &[(0, 2), (1, 1), (2, 0)], &[(2, 5)], &[], &[(0, 2)], &[(0, 3), (1, 8)]];
        for (n, round) in rounds.into_iter().enumerate() {
            let request = follower.next(&wants(round));
            let key = |&(id, partition): &ReplicaKey| FetchKey { topic_id: id, topic: "".into(), partition };
            let named: Vec<_> = request.wants.iter().map(|(k, want)| (key(k), *want)).collect();
            let forgotten: Vec<_> = request.forgotten.iter().map(key).collect();
            let asked = SessionRequest {
                id: request.id,
                epoch: request.epoch,
                wants: &named,
                forgotten: &forgotten,
                by_id: true,
                privileged: true,
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
