//! From one generation to the next: the join phase, its end, and who is left behind.

use std::sync::Arc;

use bytes::Bytes;

use super::command::{Answer, JoinAnswer, SyncAnswer};
use super::group::{Cx, Group, GroupState, JoinPhase};
use super::timers::{Millis, Timer};
use crate::model::ErrorCode;

/// The least wait before a join phase that nobody rejoined is looked at again. A rebalance timeout of zero would else
/// spin until the sessions end.
const RETRY_FLOOR_MS: i64 = 1_000;

impl Group {
    /// Starts a rebalance where the state allows one, else sees whether the running one is complete.
    pub(super) fn rebalance_or_complete(&mut self, cx: &mut Cx<'_>) {
        if self.state == GroupState::PreparingRebalance {
            self.maybe_complete_join(cx);
        } else {
            self.prepare_rebalance(cx);
        }
    }

    /// Starts a join phase.
    pub(super) fn prepare_rebalance(&mut self, cx: &mut Cx<'_>) {
        if self.state == GroupState::CompletingRebalance {
            self.fail_syncs(ErrorCode::RebalanceInProgress, cx);
        }
        self.assignment_in_flight = false;
        self.pending_syncs.clear();
        self.sync_deadline = None;
        if self.state == GroupState::Empty {
            let delay_ms = i64::from(cx.config.initial_rebalance_delay_ms).max(0);
            let remaining_ms = (self.rebalance_timeout_ms() - delay_ms).max(0);
            self.schedule_join(JoinPhase::Initial { at: cx.now.after(delay_ms), delay_ms, remaining_ms }, cx);
            self.enter(GroupState::PreparingRebalance, cx.now);
        } else {
            self.enter(GroupState::PreparingRebalance, cx.now);
            if self.everyone_joined() {
                self.complete_join(cx);
            } else {
                let at = cx.now.after(self.rebalance_timeout_ms());
                self.schedule_join(JoinPhase::Rebalance { at }, cx);
            }
        }
    }

    fn schedule_join(&mut self, phase: JoinPhase, cx: &mut Cx<'_>) {
        self.join_phase = Some(phase);
        cx.timers.push(phase.at(), Timer::Join(self.id.clone()));
    }

    /// Ends the join phase if everybody is there. An initial one always lasts its time.
    pub(super) fn maybe_complete_join(&mut self, cx: &mut Cx<'_>) {
        if self.state == GroupState::PreparingRebalance && self.previous != GroupState::Empty && self.everyone_joined()
        {
            self.complete_join(cx);
        }
    }

    /// The timer of the join phase.
    pub(super) fn join_phase_due(&mut self, at: Millis, cx: &mut Cx<'_>) {
        match self.join_phase {
            Some(JoinPhase::Initial { at: due, delay_ms, remaining_ms }) if due == at => {
                if self.new_member_added && remaining_ms != 0 {
                    self.new_member_added = false;
                    let next = i64::from(cx.config.initial_rebalance_delay_ms).min(remaining_ms);
                    let phase = JoinPhase::Initial {
                        at: cx.now.after(next),
                        delay_ms: next,
                        remaining_ms: (remaining_ms - delay_ms).max(0),
                    };
                    self.schedule_join(phase, cx);
                } else {
                    self.complete_join(cx);
                }
            }
            Some(JoinPhase::Rebalance { at: due }) if due == at => self.complete_join(cx),
            _ => {}
        }
    }

    /// Ends the join phase: dynamic members that did not rejoin are out, static ones stay, and the next generation
    /// begins. An emptied group is written down; one with members waits for the leader's assignment.
    pub(super) fn complete_join(&mut self, cx: &mut Cx<'_>) {
        self.join_phase = None;
        self.new_member_added = false;
        let absent: Vec<Arc<str>> =
            self.members.values().filter(|m| m.joining.is_none() && !m.is_static()).map(|m| m.id.clone()).collect();
        for member_id in absent {
            self.remove(&member_id);
        }
        if !self.members.is_empty() && !self.elect_joined_leader() {
            let at = cx.now.after(self.rebalance_timeout_ms().max(RETRY_FLOOR_MS));
            self.schedule_join(JoinPhase::Rebalance { at }, cx);
            return;
        }
        self.next_generation(cx.now);
        if self.state == GroupState::Empty {
            cx.out.records.push(self.record());
            return;
        }
        let ids: Vec<Arc<str>> = self.members.keys().cloned().collect();
        for id in ids {
            let members = if self.is_leader(&id) { self.joined_members() } else { Vec::new() };
            let answer = self.join_answer(&id, members);
            self.answer_join(&id, answer, cx.out);
            self.keep_alive(&id, cx.now, cx.timers);
            if let Some(member) = self.members.get_mut(&id) {
                member.is_new = false;
                // What it held in the last generation is no assignment of this one.
                member.assignment = Bytes::new();
            }
            self.pending_syncs.insert(id);
        }
        let at = cx.now.after(self.rebalance_timeout_ms());
        self.sync_deadline = Some(at);
        cx.timers.push(at, Timer::Sync(self.id.clone()));
    }

    /// Sees that the leader is one of those who rejoined. False if nobody did.
    fn elect_joined_leader(&mut self) -> bool {
        let leader_joined =
            self.leader.as_ref().and_then(|id| self.members.get(id)).is_some_and(|leader| leader.joining.is_some());
        if leader_joined {
            return true;
        }
        match self.members.values().find(|m| m.joining.is_some()) {
            Some(member) => {
                self.leader = Some(member.id.clone());
                true
            }
            None => false,
        }
    }

    /// The timer of the wait for SyncGroup: members that never asked for their assignment are out.
    pub(super) fn sync_due(&mut self, at: Millis, cx: &mut Cx<'_>) {
        if self.sync_deadline != Some(at) {
            return;
        }
        self.sync_deadline = None;
        let waits = matches!(self.state, GroupState::CompletingRebalance | GroupState::Stable);
        if waits && !self.pending_syncs.is_empty() {
            for member_id in std::mem::take(&mut self.pending_syncs) {
                self.remove(&member_id);
            }
            self.prepare_rebalance(cx);
        }
    }

    /// The timer of a session. Members whose request is parked here are alive; their session starts anew with the answer.
    pub(super) fn session_due(&mut self, member_id: &str, cx: &mut Cx<'_>) {
        if self.pending_joins.contains_key(member_id) {
            self.remove(member_id);
            if self.state == GroupState::PreparingRebalance && self.everyone_joined() {
                self.complete_join_unless_initial(cx);
            }
            return;
        }
        if self.members.get(member_id).is_none_or(super::member::Member::is_waiting) {
            return;
        }
        self.expel(member_id, cx);
        match self.state {
            GroupState::Stable | GroupState::CompletingRebalance => self.prepare_rebalance(cx),
            GroupState::PreparingRebalance if self.everyone_joined() => self.complete_join_unless_initial(cx),
            GroupState::PreparingRebalance | GroupState::Empty => {}
        }
    }

    /// Kafka ends even an initial join phase when an expiry leaves only members that have joined. With members left the
    /// phase's own timer is as good, and keeps its promise; with none left there is nothing to wait for.
    fn complete_join_unless_initial(&mut self, cx: &mut Cx<'_>) {
        if self.previous != GroupState::Empty || self.members.is_empty() {
            self.complete_join(cx);
        }
    }

    /// Removes a member and answers what it waits for with UNKNOWN_MEMBER_ID, so that one still alive joins again.
    pub(super) fn expel(&mut self, member_id: &str, cx: &mut Cx<'_>) {
        self.answer_join(member_id, JoinAnswer::error(ErrorCode::UnknownMemberId, Arc::from("")), cx.out);
        if let Some(to) = self.members.get_mut(member_id).and_then(|m| m.syncing.take()) {
            cx.out.reply(to, Answer::Sync(SyncAnswer::error(ErrorCode::UnknownMemberId)));
        }
        self.remove(member_id);
    }

    /// Ends every parked SyncGroup with `error`, and the assignments with them.
    pub(super) fn fail_syncs(&mut self, error: ErrorCode, cx: &mut Cx<'_>) {
        let ids: Vec<Arc<str>> = self.members.keys().cloned().collect();
        for id in ids {
            let Some(member) = self.members.get_mut(&id) else { continue };
            member.assignment = Bytes::new();
            if let Some(to) = member.syncing.take() {
                cx.out.reply(to, Answer::Sync(SyncAnswer::error(error)));
                self.keep_alive(&id, cx.now, cx.timers);
            }
        }
    }
}
