//! What a broker decides about one partition: who may append, what readers may see, when an append is committed, and
//! who is in sync (`Partition.scala`, KIP-101, KIP-497, KIP-903, KIP-966).
//!
//! # How it is driven
//! [`PartitionState`] has no log and no clock: the caller tells both. It is made by [`PartitionState::new`], and begins
//! to lead by [`PartitionState::begin`] once the log's end is known. Then:
//! - The controller's word comes by [`PartitionState::assign`], brokers that were fenced or came back by
//!   [`PartitionState::broker_changed`].
//! - A leader calls [`PartitionState::advance`] after each append, [`PartitionState::follower_fetched`] for each fetch of
//!   a follower (after it checked the fetch's epoch and offset), and now and then [`PartitionState::shrink`].
//! - The last two may give an [`IsrProposal`] for the controller (AlterPartition). What comes of it goes into
//!   [`PartitionState::altered`]; at most one is under way. After [`Altered::Committed`] and [`Altered::Withdrawn`] the
//!   caller calls `advance`; [`Altered::Retry`] asks to send the same proposal once more.
//! - A follower calls [`PartitionState::follow`] with what its leader says, and [`PartitionState::clamp`] after it cut its
//!   log. What it fetches is decided by [`crate::broker::state::replication`].

mod isr;
mod leader;
#[cfg(test)]
mod tests;

pub use isr::{AlterOutcome, Altered, IsrProposal};
pub use leader::{Follower, FollowerFetch, LogEnds, Standing};

use self::leader::Leading;
use crate::broker::state::metadata::Replicas;
use crate::model::{BrokerId, ErrorCode, LeaderEpoch, Offset, TimestampMs};

/// How many replicas must have a produced batch before its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acks {
    /// No answer at all.
    None,
    /// The leader's own log.
    Leader,
    /// Every in-sync replica.
    All,
}

impl Acks {
    /// Reads the field of a produce request.
    ///
    /// # Errors
    /// INVALID_REQUIRED_ACKS for anything but 0, 1 and -1.
    pub const fn from_wire(acks: i16) -> Result<Acks, ErrorCode> {
        match acks {
            0 => Ok(Acks::None),
            1 => Ok(Acks::Leader),
            -1 => Ok(Acks::All),
            _ => Err(ErrorCode::InvalidRequiredAcks),
        }
    }
}

/// Which records a reader may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// Up to the high watermark.
    ReadUncommitted,
    /// Up to the last stable offset.
    ReadCommitted,
    /// Up to the log end: a follower.
    Replica,
}

/// What the controller says of a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The leader, or none.
    pub leader: BrokerId,
    /// Its term.
    pub leader_epoch: LeaderEpoch,
    /// The version of this assignment.
    pub partition_epoch: i32,
    /// All replicas, the preferred leader first.
    pub replicas: Replicas,
    /// Those in sync.
    pub isr: Replicas,
}

/// The rules of the in-sync set, from the settings of topic and broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IsrRules {
    /// `min.insync.replicas`.
    pub min_insync: usize,
    /// `replica.lag.time.max.ms`.
    pub max_lag_ms: i64,
}

/// What became of an assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assigned {
    /// It is older than what is known; nothing changed.
    Stale,
    /// It was taken; the term is the same.
    Updated,
    /// A new term began that this broker leads: the log begins the epoch at its end.
    Leads,
    /// A new term began that this broker does not lead.
    Follows,
}

/// The leader's or follower's view of a partition. No log and no clock inside.
#[derive(Clone, Debug)]
pub struct PartitionState {
    me: BrokerId,
    assignment: Assignment,
    high_watermark: Offset,
    /// `None` unless this broker leads and there are other replicas.
    leading: Option<Box<Leading>>,
}

impl PartitionState {
    /// The state of a partition as the controller assigns it; `high_watermark` is what the checkpoint remembers.
    pub const fn new(me: BrokerId, assignment: Assignment, high_watermark: Offset) -> PartitionState {
        PartitionState { me, assignment, high_watermark, leading: None }
    }

    /// The controller's assignment, and what it answered since.
    pub const fn assignment(&self) -> &Assignment {
        &self.assignment
    }

    /// Whether this broker leads.
    pub fn is_leader(&self) -> bool {
        self.assignment.leader == self.me
    }

    /// First offset that consumers may not read yet.
    pub const fn high_watermark(&self) -> Offset {
        self.high_watermark
    }

    /// Whether this broker stands in the in-sync set, as far as it knows.
    pub fn is_in_sync(&self) -> bool {
        self.assignment.isr.contains(&self.me)
    }

    /// Begins the term in which the partition was made, once it is known where its log ends.
    pub fn begin(&mut self, log_end: Offset, now: TimestampMs) {
        self.lead(&Replicas::new(), true, log_end, now);
    }

    /// Takes the controller's word, unless it knows less than this broker. Words of the same version are taken: the
    /// answer to an AlterPartition may have brought the news first.
    pub fn assign(&mut self, assignment: Assignment, log_end: Offset, now: TimestampMs) -> Assigned {
        let known = &self.assignment;
        if assignment.partition_epoch < known.partition_epoch || assignment.leader_epoch < known.leader_epoch {
            return Assigned::Stale;
        }
        let new_term = assignment.leader_epoch > known.leader_epoch;
        let is_news = new_term || assignment.partition_epoch > known.partition_epoch;
        let before = std::mem::replace(&mut self.assignment, assignment);
        if is_news && let Some(leading) = &mut self.leading {
            // The controller decided something else, or this: whatever is under way is refused or done.
            leading.settle();
        }
        self.lead(&before.isr, new_term, log_end, now);
        match (new_term, self.is_leader()) {
            (false, _) => Assigned::Updated,
            (true, true) => Assigned::Leads,
            (true, false) => Assigned::Follows,
        }
    }

    /// Keeps the books on followers while there are any to keep.
    fn lead(&mut self, isr_before: &Replicas, new_term: bool, log_end: Offset, now: TimestampMs) {
        if !self.is_leader() || self.assignment.replicas.len() < 2 {
            self.leading = None;
            return;
        }
        let (fresh, new_term) = (self.leading.is_none(), new_term || self.leading.is_none());
        let leading = self.leading.get_or_insert_with(|| Box::new(Leading::new(log_end)));
        let isr_before = if fresh { &self.assignment.isr } else { isr_before };
        leading.assigned(self.me, &self.assignment, isr_before, new_term.then_some(log_end), now);
    }

    /// Checks the term a client thinks it is in (KIP-320); -1 asks for no check.
    ///
    /// # Errors
    /// FENCED_LEADER_EPOCH when the client is behind, UNKNOWN_LEADER_EPOCH when it is ahead.
    pub fn check_epoch(&self, client: LeaderEpoch) -> Result<(), ErrorCode> {
        let current = self.assignment.leader_epoch;
        if client == LeaderEpoch::NONE || client == current {
            Ok(())
        } else if client < current {
            Err(ErrorCode::FencedLeaderEpoch)
        } else {
            Err(ErrorCode::UnknownLeaderEpoch)
        }
    }

    /// Checks that this broker leads, and in the client's term.
    ///
    /// # Errors
    /// NOT_LEADER_OR_FOLLOWER, or what `check_epoch` says.
    pub fn check_leader(&self, client: LeaderEpoch) -> Result<(), ErrorCode> {
        self.check_epoch(client)?;
        if self.is_leader() { Ok(()) } else { Err(ErrorCode::NotLeaderOrFollower) }
    }

    /// The number of in-sync replicas an acks=all append needs: never more than there are replicas.
    fn required_in_sync(&self, min_insync: usize) -> usize {
        min_insync.min(self.assignment.replicas.len())
    }

    /// Judges an append before it touches the log.
    ///
    /// # Errors
    /// NOT_LEADER_OR_FOLLOWER; NOT_ENOUGH_REPLICAS for acks=all while too few are in sync.
    pub fn judge_append(&self, acks: Acks, min_insync: usize) -> Result<LeaderEpoch, ErrorCode> {
        if !self.is_leader() {
            return Err(ErrorCode::NotLeaderOrFollower);
        }
        if acks == Acks::All && self.assignment.isr.len() < self.required_in_sync(min_insync) {
            return Err(ErrorCode::NotEnoughReplicas);
        }
        Ok(self.assignment.leader_epoch)
    }

    /// Judges an acks=all append once the high watermark has passed it (`checkEnoughReplicasReachOffset`): the in-sync
    /// set counts with whoever is about to join it.
    ///
    /// # Errors
    /// NOT_ENOUGH_REPLICAS_AFTER_APPEND when the ISR shrank too far meanwhile.
    pub fn judge_committed(&self, min_insync: usize) -> Result<(), ErrorCode> {
        let joining = self.leading.as_ref().map_or(0, |leading| leading.joining(&self.assignment.isr));
        if self.assignment.isr.len() + joining < self.required_in_sync(min_insync) {
            return Err(ErrorCode::NotEnoughReplicasAfterAppend);
        }
        Ok(())
    }

    /// Moves the high watermark up to where every replica is that is in sync, or about to be: `log_end` is how far the
    /// own log counts. Never while fewer than `min.insync.replicas` are in sync (Kafka 4.x, KIP-966). `true` when it
    /// moved.
    ///
    /// A follower that is not in sync but was caught up lately holds it back too, so that it is not outrun by a leader
    /// that is alone in sync, and can join (`maybeIncrementLeaderHW`).
    pub fn advance(&mut self, log_end: Offset, rules: IsrRules, now: TimestampMs) -> bool {
        if !self.is_leader() || self.assignment.isr.len() < self.required_in_sync(rules.min_insync) {
            return false;
        }
        let committed = match &self.leading {
            None => log_end,
            Some(leading) => leading.committed(&self.assignment.isr, log_end, rules, now),
        };
        let moved = committed > self.high_watermark;
        self.high_watermark = self.high_watermark.max(committed);
        moved
    }

    /// Whether a leader knows that what it took over at the beginning of its term is committed (KIP-207).
    pub fn knows_high_watermark(&self) -> bool {
        self.leading.as_ref().is_none_or(|leading| leading.epoch_start() <= self.high_watermark)
    }

    /// Takes a follower's fetch, whose epoch and offset were found good: how far it has come, whether it may join the
    /// in-sync set, and the high watermark that follows. The latter two call for nothing if there is an error.
    ///
    /// # Errors
    /// NOT_LEADER_OR_FOLLOWER to an earlier life of the broker (KIP-903); UNKNOWN_LEADER_EPOCH, or the other for fetches
    /// that name no epoch, to one that is no replica as far as is known here.
    pub fn follower_fetched(
        &mut self,
        fetch: &FollowerFetch,
        standing: Standing,
        log: LogEnds,
        rules: IsrRules,
        now: TimestampMs,
    ) -> Result<Fetched, ErrorCode> {
        let stranger = match fetch.knows_epoch {
            true => ErrorCode::UnknownLeaderEpoch,
            false => ErrorCode::NotLeaderOrFollower,
        };
        let leading = self.leading.as_mut().ok_or(stranger)?;
        leading.note(fetch, standing, log.end, now).ok_or(stranger)??;
        let proposal = leading.expand(fetch.follower, self.me, &self.assignment, self.high_watermark);
        let advanced = self.advance(log.counted, rules, now);
        Ok(Fetched { advanced, proposal })
    }

    /// Takes what became of a broker: fenced, or back under another epoch. Gives whether anything follows from it, so
    /// that the caller calls [`PartitionState::advance`].
    pub fn broker_changed(&mut self, broker: BrokerId, standing: Standing) -> bool {
        self.leading.as_mut().is_some_and(|leading| leading.broker_changed(broker, standing))
    }

    /// Looks for replicas that are in sync by name only: not caught up for `replica.lag.time.max.ms`. Gives the set
    /// without them, for the controller.
    pub fn shrink(&mut self, log_end: Offset, rules: IsrRules, now: TimestampMs) -> Option<IsrProposal> {
        self.leading.as_mut()?.shrink(self.me, &self.assignment, log_end, rules.max_lag_ms, now)
    }

    /// Takes the controller's answer to a proposal (`handleAlterPartitionUpdate`, `handleAlterPartitionError`).
    pub fn altered(&mut self, sent: &IsrProposal, outcome: &AlterOutcome) -> Altered {
        let Some(leading) = &mut self.leading else { return Altered::Late };
        if !leading.is_pending(sent, &self.assignment) {
            return Altered::Late;
        }
        match outcome {
            AlterOutcome::Accepted { leader_epoch, partition_epoch, isr } => {
                let known = &mut self.assignment;
                if *leader_epoch != known.leader_epoch || *partition_epoch < known.partition_epoch {
                    return Altered::Late;
                }
                known.isr.clone_from(isr);
                known.partition_epoch = *partition_epoch;
                leading.settle();
                Altered::Committed
            }
            AlterOutcome::Refused(code) => leading.refused(*code),
        }
    }

    /// What followers have shown of themselves, while this broker leads.
    pub fn followers(&self) -> &[Follower] {
        self.leading.as_ref().map_or(&[], |leading| leading.followers())
    }

    /// In-sync followers that have what stands at `offset`, for consumers that want to read near them (KIP-392).
    pub fn readable_at(&self, offset: Offset) -> impl Iterator<Item = &Follower> {
        let in_sync = |f: &&Follower| self.assignment.isr.contains(&f.id);
        self.followers().iter().filter(in_sync).filter(move |f| f.log_start <= offset && offset <= f.log_end)
    }

    /// The smallest log start of all replicas that count: what DeleteRecords waits for (`lowWatermarkIfLeader`).
    pub fn low_watermark(&self, log_start: Offset) -> Offset {
        let counts = |f: &&Follower| f.is_active() || self.assignment.isr.contains(&f.id);
        self.followers().iter().filter(counts).map(|f| f.log_start).fold(log_start, Offset::min)
    }

    /// Takes a leader's high watermark, as far as the own log reaches. `true` when it moved; it does not go back, even
    /// if a new leader does not know yet how much is committed.
    pub fn follow(&mut self, high_watermark: Offset, log_end: Offset) -> bool {
        let before = self.high_watermark;
        self.high_watermark = before.max(high_watermark.min(log_end));
        self.high_watermark != before
    }

    /// Takes the high watermark that a checkpoint remembers.
    pub fn recall(&mut self, high_watermark: Offset) {
        self.high_watermark = self.high_watermark.max(high_watermark);
    }

    /// Lowers the high watermark to the log's end after a truncation, or raises it to the log's start.
    pub fn clamp(&mut self, log_start: Offset, log_end: Offset) {
        self.high_watermark = self.high_watermark.max(log_start).min(log_end);
    }
}

/// What a follower's fetch brought about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fetched {
    /// The high watermark moved.
    pub advanced: bool,
    /// The in-sync set with the follower in it, for the controller.
    pub proposal: Option<IsrProposal>,
}
