//! A partition with followers: who of them is in sync.

use tracing::{info, warn};

use super::{Inner, Partition};
use crate::broker::state::partition::{AlterOutcome, Altered, IsrProposal, Standing};
use crate::broker::state::replication::{ReplicaKey, ThrottledReplicas};
use crate::model::{BrokerId, ErrorCode, LeaderEpoch, Offset, TimestampMs};

impl Partition {
    /// Its name to the controller.
    pub const fn replica_key(&self) -> ReplicaKey {
        self.key()
    }

    /// Takes what became of a broker: fenced, or back.
    pub fn broker_changed(&self, broker: BrokerId, standing: Standing, now: TimestampMs) {
        let mut inner = self.inner.lock();
        if inner.state.broker_changed(broker, standing) && inner.unopened.is_none() {
            inner.after_move(0, now);
            self.stir(&mut inner);
        }
    }

    /// Asks the controller to take followers out of the in-sync set that have not caught up for
    /// `replica.lag.time.max.ms`, if there are any.
    pub fn shrink_isr(&self, now: TimestampMs) {
        let mut inner = self.inner.lock();
        if inner.unopened.is_some() || self.is_offline() {
            return;
        }
        let (end, rules) = (inner.log.end_offset(), inner.config.isr_rules());
        if let Some(proposal) = inner.state.shrink(end, rules, now) {
            info!(partition = %self.name(), high_watermark = %inner.state.high_watermark(), end = %end, followers = %shown(&inner, now), "followers lag: the in-sync set shrinks");
            self.propose(&inner, proposal);
        }
    }

    /// Takes the controller's answer to a proposal.
    pub fn altered(&self, sent: &IsrProposal, outcome: &AlterOutcome, now: TimestampMs) -> Altered {
        let mut inner = self.inner.lock();
        let altered = inner.state.altered(sent, outcome);
        match altered {
            Altered::Committed | Altered::Withdrawn => {
                let assignment = inner.state.assignment();
                info!(partition = %self.name(), isr = ?assignment.isr.iter().map(|id| id.get()).collect::<Vec<_>>(), partition_epoch = assignment.partition_epoch, withdrawn = altered == Altered::Withdrawn, "in-sync set");
                if inner.unopened.is_none() {
                    inner.after_move(0, now);
                    // A high watermark that moved is to be checkpointed.
                    self.stir(&mut inner);
                }
            }
            Altered::Retry => {
                warn!(partition = %self.name(), ?outcome, "the in-sync set was not changed; asking again");
            }
            Altered::Late | Altered::GivenUp => {}
        }
        altered
    }

    /// Whether a follower's fetches of it are bounded (KIP-73): those of replicas that are not in sync, if the topic says
    /// so.
    pub fn is_leader_throttled(&self, follower: BrokerId) -> bool {
        let listed = {
            let config = self.config.load();
            config.leader_throttled != ThrottledReplicas::None
        };
        listed && {
            let inner = self.lock();
            let assignment = inner.state.assignment();
            !assignment.isr.contains(&follower)
                && inner.config.leader_throttled.has(self.name.partition, assignment.leader)
        }
    }

    /// Whether this replica's own fetches are bounded, while it is not in sync.
    pub fn is_follower_throttled(&self, me: BrokerId) -> bool {
        self.config.load().follower_throttled.has(self.name.partition, me)
    }

    pub(super) fn propose(&self, inner: &Inner, proposal: IsrProposal) {
        debug_assert!(inner.state.is_leader());
        self.background.proposals.submit(self.replica_key(), proposal);
    }

    /// The smallest log start of all replicas that count, for DeleteRecords.
    ///
    /// # Errors
    /// NOT_LEADER_OR_FOLLOWER.
    pub fn low_watermark(&self) -> Result<Offset, ErrorCode> {
        let inner = self.lock();
        inner.state.check_leader(LeaderEpoch::NONE)?;
        Ok(inner.state.low_watermark(inner.log.start_offset()))
    }
}

fn shown(inner: &Inner, now: TimestampMs) -> String {
    let follower = |f: &crate::broker::state::partition::Follower| {
        let since = if f.caught_up.get() == 0 { "never".to_owned() } else { format!("{} ms ago", now - f.caught_up) };
        format!("{} at {}, caught up {since}", f.id, f.log_end)
    };
    inner.state.followers().iter().map(follower).collect::<Vec<_>>().join("; ")
}
