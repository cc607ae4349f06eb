//! Who leads, as the engine's metrics tell it; and leaving the lead in good order.

use std::time::Duration;

use openraft::async_runtime::watch::WatchReceiver as _;
use openraft::type_config::alias::VoteOf;
use openraft::{Instant as _, Raft, RaftMetrics, ServerState};
use tokio::sync::watch;
use tokio::time::Instant;

use super::Leadership;
use super::machine::StateMachine;
use super::types::Types;
use crate::model::{BrokerId, LeaderEpoch};

/// How long a leader that stops waits for another to take over.
const HAND_OVER: Duration = Duration::from_secs(2);

/// Tells every change of the leadership until the engine stops. A leader that was not heard by a majority for `patience`
/// is none: it could commit nothing, and others may have another one already.
pub(super) async fn watch_leadership(
    raft: Raft<Types, StateMachine>,
    tell: watch::Sender<Leadership>,
    patience: Duration,
) {
    let mut metrics = raft.metrics();
    let mut judge = Judge::default();
    loop {
        let (now, alone) = {
            let m = metrics.borrow_and_update();
            let alone = m.membership_config.membership().voter_ids().count() == 1;
            let silent = !alone && m.last_quorum_acked.as_ref().is_none_or(|at| at.elapsed() > patience);
            (judge.judge(&m, silent), alone)
        };
        // A lone voter that leads has nobody to send heartbeats to, and nobody who could take over: ten ticks a second
        // would only keep an idle machine awake.
        raft.runtime_config().tick(!(now.active && alone));
        let leads = now.active || judge.is_suspended();
        tell.send_if_modified(|before| std::mem::replace(before, now) != now);
        // That nobody was heard changes no metric by itself.
        let look_again = if leads && !alone { patience / 4 } else { Duration::from_hours(1) };
        tokio::select! {
            changed = metrics.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(look_again) => {}
        }
    }
}

/// What was told before bears on what is told now.
#[derive(Debug, Default)]
struct Judge {
    /// The vote under which this node led and then heard nobody.
    suspended: Option<VoteOf<Types>>,
}

impl Judge {
    fn is_suspended(&self) -> bool {
        self.suspended.is_some()
    }

    fn judge(&mut self, m: &RaftMetrics<Types>, silent: bool) -> Leadership {
        let leads = m.running_state.is_ok() && m.state == ServerState::Leader;
        // What this node applied in its own term covers everything from before: the blank entry came after it.
        let settled = m.last_applied.as_ref().is_some_and(|id| id.leader_id.term == m.current_term);
        if !leads || self.suspended.as_ref().is_some_and(|vote| *vote != m.vote) {
            self.suspended = None;
        }
        if leads && settled && silent {
            self.suspended = Some(m.vote);
        }
        // Back from silence in the same term: what was proposed before must be settled, for the image to hold it.
        let all_applied = m.last_applied.as_ref().map(|id| id.index) == m.last_log_index;
        if !silent && all_applied {
            self.suspended = None;
        }
        let suspended = self.is_suspended();
        Leadership {
            leader: m.current_leader.map(BrokerId).filter(|_| !suspended),
            epoch: LeaderEpoch(m.current_term),
            active: leads && settled && !suspended,
        }
    }
}

/// Makes the voter that has come furthest lead, if this one does, and waits until it does.
pub(super) async fn hand_over(raft: &Raft<Types, StateMachine>) {
    let mut metrics = raft.metrics();
    let target = {
        let m = metrics.borrow_and_update();
        if m.state != ServerState::Leader {
            return;
        }
        let voters: Vec<i32> = m.membership_config.membership().voter_ids().filter(|id| *id != m.id).collect();
        let matched = |id: &i32| m.replication.as_ref().and_then(|r| r.get(id).copied().flatten());
        voters.into_iter().max_by_key(|id| matched(id).map(|id| id.index))
    };
    let Some(target) = target else { return };
    if raft.trigger().transfer_leader(target).await.is_err() {
        return;
    }
    let deadline = Instant::now() + HAND_OVER;
    loop {
        {
            let m = metrics.borrow_and_update();
            if m.state != ServerState::Leader && m.current_leader.is_some() {
                tracing::info!(leader = target, "handed the lead of the metadata quorum over");
                return;
            }
        }
        match tokio::time::timeout_at(deadline, metrics.changed()).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return,
            Err(_) => {
                tracing::warn!("nobody took over the lead of the metadata quorum in time");
                return;
            }
        }
    }
}
