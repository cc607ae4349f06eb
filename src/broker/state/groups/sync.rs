//! SyncGroup and Heartbeat.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;

use super::command::{Answer, Heartbeat, Sync, SyncAnswer, Token};
use super::group::{Cx, Group, GroupState};
use super::record::GroupMetadata;
use crate::model::ErrorCode;

impl Group {
    /// Handles a SyncGroup. A follower's is parked until the leader's has reached the log.
    pub(super) fn sync(&mut self, to: Token, sync: Sync, cx: &mut Cx<'_>) {
        if let Err(error) = self.validate_sync(&sync) {
            cx.out.reply(to, Answer::Sync(SyncAnswer::error(error)));
            return;
        }
        let Some(member) = self.members.get_mut(sync.member_id.as_str()) else { return };
        match self.state {
            GroupState::PreparingRebalance | GroupState::Empty => {
                cx.out.reply(to, Answer::Sync(SyncAnswer::error(ErrorCode::RebalanceInProgress)));
            }
            GroupState::CompletingRebalance => {
                if let Some(old) = member.syncing.replace(to) {
                    cx.out.reply(old, Answer::Sync(SyncAnswer::error(ErrorCode::RebalanceInProgress)));
                }
                self.synced(&sync.member_id);
                // A second SyncGroup of the leader must not write a second assignment beside the first.
                if self.is_leader(&sync.member_id) && !self.assignment_in_flight {
                    self.assignment_in_flight = true;
                    let assignments: HashMap<String, Bytes> = sync.assignments.into_iter().collect();
                    let record = self.record_with(|member| assignments.get(&*member.id).cloned().unwrap_or_default());
                    cx.out.records.push(record);
                }
            }
            GroupState::Stable => {
                let assignment = member.assignment.clone();
                self.synced(&sync.member_id);
                cx.out.reply(to, Answer::Sync(self.sync_answer(assignment)));
            }
        }
    }

    fn validate_sync(&self, sync: &Sync) -> Result<(), ErrorCode> {
        if self.state == GroupState::Empty {
            return Err(ErrorCode::UnknownMemberId);
        }
        self.validate_member(&sync.member_id, sync.instance_id.as_deref())?;
        if sync.generation != self.generation {
            return Err(ErrorCode::IllegalGeneration);
        }
        let differs = |said: &Option<String>, is: &Option<Arc<str>>| match (said, is) {
            (Some(said), Some(is)) => **is != **said,
            _ => false,
        };
        if differs(&sync.protocol_type, &self.protocol_type) || differs(&sync.protocol, &self.protocol) {
            return Err(ErrorCode::InconsistentGroupProtocol);
        }
        Ok(())
    }

    fn synced(&mut self, member_id: &str) {
        self.pending_syncs.remove(member_id);
        if self.pending_syncs.is_empty() {
            self.sync_deadline = None;
        }
    }

    /// The leader's assignment is in the log: hand it out, unless the group has moved on since.
    pub(super) fn assignment_committed(&mut self, saved: &GroupMetadata, cx: &mut Cx<'_>) {
        let still_awaited = self.state == GroupState::CompletingRebalance
            && self.assignment_in_flight
            && self.generation == saved.generation;
        if !still_awaited {
            return;
        }
        self.assignment_in_flight = false;
        self.enter(GroupState::Stable, cx.now);
        for saved in &saved.members {
            let Some(member) = self.members.get_mut(&saved.member_id) else { continue };
            member.assignment = saved.assignment.clone();
            if let Some(to) = member.syncing.take() {
                let answer = self.sync_answer(saved.assignment.clone());
                cx.out.reply(to, Answer::Sync(answer));
                // The session ran while the assignment was awaited, and its end was let pass.
                self.keep_alive(&saved.member_id, cx.now, cx.timers);
            }
        }
    }

    /// The leader's assignment did not reach the log: everybody joins again.
    pub(super) fn assignment_lost(&mut self, saved: &GroupMetadata, error: ErrorCode, cx: &mut Cx<'_>) {
        let still_awaited = self.state == GroupState::CompletingRebalance
            && self.assignment_in_flight
            && self.generation == saved.generation;
        if still_awaited {
            self.assignment_in_flight = false;
            self.fail_syncs(error, cx);
            self.prepare_rebalance(cx);
        }
    }

    /// Handles a Heartbeat.
    pub(super) fn heartbeat(&mut self, beat: &Heartbeat, cx: &mut Cx<'_>) -> ErrorCode {
        if let Err(error) = self.validate_member(&beat.member_id, beat.instance_id.as_deref()) {
            return error;
        }
        if beat.generation != self.generation {
            return ErrorCode::IllegalGeneration;
        }
        match self.state {
            GroupState::Empty => ErrorCode::UnknownMemberId,
            GroupState::PreparingRebalance => {
                self.keep_alive(&beat.member_id, cx.now, cx.timers);
                ErrorCode::RebalanceInProgress
            }
            // A member may beat as soon as its JoinGroup is answered, before it has its assignment.
            GroupState::CompletingRebalance | GroupState::Stable => {
                self.keep_alive(&beat.member_id, cx.now, cx.timers);
                ErrorCode::None
            }
        }
    }
}
