//! What a leader keeps of its followers, and what follows from it: the high watermark and the in-sync set
//! (`Replica.scala`, `Partition.maybeIncrementLeaderHW`, `maybeExpandIsr`, `maybeShrinkIsr`).

use super::isr::{Altered, IsrProposal};
use super::{Assignment, IsrRules};
use crate::broker::state::metadata::Replicas;
use crate::model::{BrokerId, ErrorCode, LeaderEpoch, Offset, TimestampMs};

/// How far a leader's log has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogEnds {
    /// The log end offset.
    pub end: Offset,
    /// How much of it counts towards the high watermark: less while appends wait to be durable (`flush.messages`).
    pub counted: Offset,
}

/// What the metadata says of a broker. The default is one that is not there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The epoch of its registration, if it is registered.
    pub epoch: Option<i64>,
    /// Neither fenced nor shutting down.
    pub active: bool,
}

/// A follower's fetch of one partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FollowerFetch {
    /// Who.
    pub follower: BrokerId,
    /// The epoch under which it is registered as it says itself; -1 from those that do not say.
    pub broker_epoch: i64,
    /// Where it wants to go on: the end of its log.
    pub offset: Offset,
    /// The start of its log, or -1.
    pub log_start: Offset,
    /// Whether the request names a leader epoch.
    pub knows_epoch: bool,
}

/// One follower as its leader knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Follower {
    /// Which broker.
    pub id: BrokerId,
    /// Its log end offset, -1 until it fetched in this leadership.
    pub log_end: Offset,
    /// Its log start offset, -1 until it fetched in this leadership.
    pub log_start: Offset,
    /// When it last had everything.
    pub caught_up: TimestampMs,
    /// The broker epoch that it last fetched under.
    broker_epoch: Option<i64>,
    standing: Standing,
    /// Where the leader's log ended at its last fetch.
    seen_end: Offset,
    /// When that was.
    fetched: TimestampMs,
}

impl Follower {
    const fn new(id: BrokerId) -> Follower {
        Follower {
            id,
            log_end: Offset::NONE,
            log_start: Offset::NONE,
            caught_up: TimestampMs(0),
            broker_epoch: None,
            standing: Standing { epoch: None, active: false },
            seen_end: Offset::NONE,
            fetched: TimestampMs(0),
        }
    }

    /// Whether its broker is neither fenced nor shutting down, as far as is known.
    pub const fn is_active(&self) -> bool {
        self.standing.active
    }

    /// A new term of the same leader: its end stays known, but who is in sync has the full time to show it, and who is
    /// not must fetch before it may join (`resetReplicaState`).
    fn begin_term(&mut self, in_sync: bool, leader_end: Offset, now: TimestampMs) {
        let since = if in_sync { now } else { TimestampMs(0) };
        (self.caught_up, self.fetched) = (since, since);
        if self.log_end != Offset::NONE {
            self.seen_end = leader_end;
        }
    }

    /// Notes a fetch. It had everything now if it asks for the leader's end, and at its last fetch if it asks for what
    /// was the end then: a follower of a busy leader never sees the end, and is in sync all the same.
    fn note(&mut self, fetch: &FollowerFetch, standing: Standing, leader_end: Offset, now: TimestampMs) {
        if fetch.offset >= leader_end {
            self.caught_up = self.caught_up.max(now);
        } else if fetch.offset >= self.seen_end {
            self.caught_up = self.caught_up.max(self.fetched);
        }
        self.log_end = fetch.offset;
        self.log_start = fetch.log_start;
        self.broker_epoch = Some(fetch.broker_epoch);
        self.standing = standing;
        self.seen_end = self.seen_end.max(leader_end);
        self.fetched = now;
    }

    fn is_caught_up(&self, leader_end: Offset, max_lag_ms: i64, now: TimestampMs) -> bool {
        self.log_end == leader_end || now - self.caught_up <= max_lag_ms
    }

    /// Whether its broker may be in sync: active, and in the life in which it fetched (KIP-903).
    fn is_eligible(&self) -> bool {
        let same_life = self.broker_epoch.is_some_and(|epoch| epoch == -1 || self.standing.epoch == Some(epoch));
        self.standing.active && same_life
    }
}

/// The books of a leader that has followers.
#[derive(Clone, Debug)]
pub(super) struct Leading {
    /// Where the log ended when the term began: a follower in sync has at least that.
    epoch_start: Offset,
    followers: Vec<Follower>,
    /// The in-sync set that the controller was asked for, while it did not answer.
    proposed: Option<Replicas>,
}

impl Leading {
    pub(super) const fn new(epoch_start: Offset) -> Leading {
        Leading { epoch_start, followers: Vec::new(), proposed: None }
    }

    pub(super) const fn epoch_start(&self) -> Offset {
        self.epoch_start
    }

    pub(super) fn followers(&self) -> &[Follower] {
        &self.followers
    }

    /// Keeps one line for each other replica. `new_term` has the log's end where a term begins.
    pub(super) fn assigned(
        &mut self,
        me: BrokerId,
        assignment: &Assignment,
        isr_before: &Replicas,
        new_term: Option<Offset>,
        now: TimestampMs,
    ) {
        self.followers.retain(|f| assignment.replicas.contains(&f.id) && f.id != me);
        for id in assignment.replicas.iter().filter(|id| **id != me) {
            let in_sync = assignment.isr.contains(id);
            if let Some(known) = self.followers.iter_mut().find(|f| f.id == *id) {
                if let Some(log_end) = new_term {
                    known.begin_term(in_sync, log_end, now);
                }
                if isr_before.contains(id) && !in_sync {
                    // The controller has a reason. It must not hold back the others until it is heard of again.
                    known.standing = Standing::default();
                }
            } else {
                let mut new = Follower::new(*id);
                new.begin_term(in_sync, self.epoch_start, now);
                self.followers.push(new);
            }
        }
        if let Some(log_end) = new_term {
            self.epoch_start = log_end;
            self.proposed = None;
        }
    }

    /// Notes a follower's fetch; `None` for a stranger.
    pub(super) fn note(
        &mut self,
        fetch: &FollowerFetch,
        standing: Standing,
        leader_end: Offset,
        now: TimestampMs,
    ) -> Option<Result<(), ErrorCode>> {
        let follower = self.followers.iter_mut().find(|f| f.id == fetch.follower)?;
        if fetch.broker_epoch != -1 && standing.epoch.is_some_and(|epoch| epoch > fetch.broker_epoch) {
            return Some(Err(ErrorCode::NotLeaderOrFollower));
        }
        follower.note(fetch, standing, leader_end, now);
        Some(Ok(()))
    }

    pub(super) fn broker_changed(&mut self, broker: BrokerId, standing: Standing) -> bool {
        let known = self.followers.iter_mut().find(|f| f.id == broker && f.standing != standing);
        known.map(|follower| follower.standing = standing).is_some()
    }

    /// The smallest end of all logs that must have a record before it is committed.
    pub(super) fn committed(&self, isr: &Replicas, log_end: Offset, rules: IsrRules, now: TimestampMs) -> Offset {
        let mut committed = log_end;
        for follower in &self.followers {
            let counts = || {
                isr.contains(&follower.id)
                    || self.proposed.as_ref().is_some_and(|proposed| proposed.contains(&follower.id))
                    || (follower.is_eligible() && follower.is_caught_up(log_end, rules.max_lag_ms, now))
            };
            if follower.log_end < committed && counts() {
                committed = follower.log_end;
            }
        }
        committed
    }

    /// How many replicas are about to join the in-sync set.
    pub(super) fn joining(&self, isr: &Replicas) -> usize {
        self.proposed.as_ref().map_or(0, |proposed| proposed.iter().filter(|id| !isr.contains(id)).count())
    }

    /// Asks for a follower to be in sync, if it is and nothing else is under way: it has all that is committed, and all
    /// that was there when the term began, of which the leader does not know whether it was committed.
    pub(super) fn expand(
        &mut self,
        follower: BrokerId,
        me: BrokerId,
        assignment: &Assignment,
        high_watermark: Offset,
    ) -> Option<IsrProposal> {
        if self.proposed.is_some() || assignment.isr.contains(&follower) {
            return None;
        }
        let known = self.followers.iter().find(|f| f.id == follower)?;
        if !known.is_eligible() || known.log_end < high_watermark || known.log_end < self.epoch_start {
            return None;
        }
        let mut isr = assignment.isr.clone();
        isr.push(follower);
        Some(self.propose(me, assignment, isr))
    }

    /// Asks for an in-sync set without those that lag, if there are any and nothing else is under way.
    pub(super) fn shrink(
        &mut self,
        me: BrokerId,
        assignment: &Assignment,
        log_end: Offset,
        max_lag_ms: i64,
        now: TimestampMs,
    ) -> Option<IsrProposal> {
        if self.proposed.is_some() {
            return None;
        }
        let stays = |id: &BrokerId| {
            let follower = self.followers.iter().find(|f| f.id == *id);
            *id == me || follower.is_some_and(|f| f.is_caught_up(log_end, max_lag_ms, now))
        };
        let isr: Replicas = assignment.isr.iter().copied().filter(stays).collect();
        (isr.len() < assignment.isr.len()).then(|| self.propose(me, assignment, isr))
    }

    fn propose(&mut self, me: BrokerId, assignment: &Assignment, isr: Replicas) -> IsrProposal {
        // Who has not fetched yet has no epoch here; if it is not what it was, the controller took it out already.
        let epoch_of = |id: BrokerId| {
            let known = self.followers.iter().find(|f| f.id == id && id != me);
            known.and_then(|f| f.broker_epoch).unwrap_or(-1)
        };
        let proposal = IsrProposal {
            leader_epoch: assignment.leader_epoch,
            partition_epoch: assignment.partition_epoch,
            isr: isr.iter().map(|id| (*id, epoch_of(*id))).collect(),
        };
        self.proposed = Some(isr);
        proposal
    }

    /// Whether an answer is to the proposal that is under way.
    pub(super) fn is_pending(&self, sent: &IsrProposal, assignment: &Assignment) -> bool {
        let (LeaderEpoch(epoch), version) = (assignment.leader_epoch, assignment.partition_epoch);
        let same = |proposed: &Replicas| proposed.iter().eq(sent.isr.iter().map(|(id, _)| id));
        (sent.leader_epoch.0, sent.partition_epoch) == (epoch, version) && self.proposed.as_ref().is_some_and(same)
    }

    /// Nothing is under way any more.
    pub(super) fn settle(&mut self) {
        self.proposed = None;
    }

    /// What a refusal makes of the proposal. Only two codes say that it was not and will not be done; after the others
    /// who might have joined goes on counting until the controller's word comes.
    pub(super) fn refused(&mut self, code: ErrorCode) -> Altered {
        match code {
            ErrorCode::OperationNotAttempted | ErrorCode::IneligibleReplica => {
                self.settle();
                Altered::Withdrawn
            }
            ErrorCode::UnknownTopicOrPartition
            | ErrorCode::UnknownTopicId
            | ErrorCode::FencedLeaderEpoch
            | ErrorCode::InvalidUpdateVersion
            | ErrorCode::InvalidRequest
            | ErrorCode::NewLeaderElected => Altered::GivenUp,
            _ => Altered::Retry,
        }
    }
}
