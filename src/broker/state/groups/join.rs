//! JoinGroup.

use std::sync::Arc;

use bytes::Bytes;

use super::command::{Answer, Join, JoinAnswer, SyncAnswer, Token};
use super::group::{Cx, Group, GroupState};
use super::member::Member;
use super::replacement::Replacement;
use super::timers::{Lease, Timer};
use crate::model::ErrorCode;

impl Group {
    /// Handles a JoinGroup: the reply comes now, or when the join phase ends.
    pub(super) fn join(&mut self, to: Token, join: Join, cx: &mut Cx<'_>) {
        if !self.accepts(&join.member_id, cx.config.max_size) {
            self.remove(&join.member_id);
            refuse(to, ErrorCode::GroupMaxSizeReached, "", cx);
        } else if !self.supports(&join.protocol_type, &join.protocols) {
            refuse(to, ErrorCode::InconsistentGroupProtocol, &join.member_id, cx);
        } else if join.member_id.is_empty() {
            self.join_new(to, join, cx);
        } else {
            self.join_existing(to, join, cx);
        }
    }

    /// Whether the group has room. While members rejoin, places are given to those who come first, which is how a group
    /// shrinks after the limit was lowered.
    fn accepts(&self, member_id: &str, max_size: usize) -> bool {
        let member = self.members.get(member_id);
        match self.state {
            GroupState::Empty => true,
            GroupState::PreparingRebalance => member.is_some_and(|m| m.joining.is_some()) || self.joining() < max_size,
            GroupState::CompletingRebalance | GroupState::Stable => member.is_some() || self.members.len() < max_size,
        }
    }

    fn join_new(&mut self, to: Token, join: Join, cx: &mut Cx<'_>) {
        let prefix = join.instance_id.as_deref().unwrap_or(&join.client_id);
        let member_id: Arc<str> = format!("{prefix}-{}", join.fresh_id).into();
        if let Some(instance_id) = &join.instance_id {
            match self.statics.get(instance_id.as_str()).cloned() {
                Some(old_id) => self.replace_static(to, join, &old_id, member_id, cx),
                None => self.add(to, join, member_id, cx),
            }
        } else if join.requires_known_member_id {
            let mut lease = Lease::IDLE;
            let deadline = cx.now.after(i64::from(join.session_timeout_ms));
            if lease.renew(deadline) {
                cx.timers.push(deadline, Timer::Session(self.id.clone(), member_id.clone()));
            }
            self.pending_joins.insert(member_id.clone(), lease);
            refuse(to, ErrorCode::MemberIdRequired, &member_id, cx);
        } else {
            self.add(to, join, member_id, cx);
        }
    }

    fn add(&mut self, to: Token, join: Join, member_id: Arc<str>, cx: &mut Cx<'_>) {
        if self.members.is_empty() {
            self.protocol_type = Some(join.protocol_type.into());
        }
        if self.state == GroupState::PreparingRebalance && self.previous == GroupState::Empty {
            self.new_member_added = true;
        }
        self.insert(Member {
            id: member_id.clone(),
            instance_id: join.instance_id.map(Arc::from),
            client_id: join.client_id.into(),
            client_host: join.client_host.into(),
            rebalance_timeout_ms: join.rebalance_timeout_ms,
            session_timeout_ms: join.session_timeout_ms,
            protocols: join.protocols,
            assignment: Bytes::new(),
            joining: Some(to),
            syncing: None,
            is_new: true,
            session: Lease::IDLE,
        });
        // A new member cannot send heartbeats while its JoinGroup is parked, and a client that gave up and joins again
        // would leave a dead member behind each time: so the wait itself is bounded.
        self.renew_session(&member_id, cx.config.new_member_join_timeout_ms, cx.now, cx.timers);
        self.rebalance_or_complete(cx);
    }

    fn join_existing(&mut self, to: Token, join: Join, cx: &mut Cx<'_>) {
        if self.pending_joins.contains_key(join.member_id.as_str()) {
            // Ids are handed out to dynamic members only.
            if join.instance_id.is_some() {
                refuse(to, ErrorCode::UnknownMemberId, &join.member_id, cx);
            } else {
                let member_id: Arc<str> = join.member_id.as_str().into();
                self.add(to, join, member_id, cx);
            }
            return;
        }
        if let Err(error) = self.validate_member(&join.member_id, join.instance_id.as_deref()) {
            refuse(to, error, &join.member_id, cx);
            return;
        }
        let Some(member) = self.members.get(join.member_id.as_str()) else { return };
        let (member_id, unchanged) = (member.id.clone(), member.protocols == join.protocols);
        let is_leader = self.is_leader(&member_id);
        match self.state {
            // It lost the answer to its last JoinGroup.
            GroupState::CompletingRebalance if unchanged => {
                let members = if is_leader { self.joined_members() } else { Vec::new() };
                let answer = self.join_answer(&member_id, members);
                cx.out.reply(to, Answer::Join(answer));
            }
            // A follower with nothing new keeps its generation; a leader that joins asks for a rebalance, because
            // something outside the group changed, such as a topic's partitions.
            GroupState::Stable if unchanged && !is_leader => {
                let answer = self.join_answer(&member_id, Vec::new());
                cx.out.reply(to, Answer::Join(answer));
            }
            GroupState::PreparingRebalance | GroupState::CompletingRebalance | GroupState::Stable => {
                self.rejoin(to, join, cx);
                self.rebalance_or_complete(cx);
            }
            GroupState::Empty => refuse(to, ErrorCode::UnknownMemberId, &member_id, cx),
        }
    }

    /// Takes over what a member's JoinGroup says, and parks it.
    fn rejoin(&mut self, to: Token, join: Join, cx: &mut Cx<'_>) {
        self.set_protocols(&join.member_id, join.protocols);
        if let Some(member) = self.members.get_mut(join.member_id.as_str()) {
            member.rebalance_timeout_ms = join.rebalance_timeout_ms;
            member.session_timeout_ms = join.session_timeout_ms;
        }
        self.park_join(&join.member_id, to, cx.out);
    }

    /// A static member comes back without its id (KIP-345): it takes the old one's place under a new id, and whoever
    /// still uses the old id is fenced. In a stable group whose protocol stays the same nobody else notices.
    fn replace_static(&mut self, to: Token, mut join: Join, old_id: &Arc<str>, new_id: Arc<str>, cx: &mut Cx<'_>) {
        let old_leader = self.leader.clone();
        let Some(mut member) = self.take_over(old_id, cx) else { return };
        let replacement = Replacement::new(&member, new_id.clone());
        member.id = new_id.clone();
        if old_leader.as_ref() == Some(old_id) {
            self.leader = Some(new_id.clone());
        }
        self.insert(member);
        join.member_id = new_id.to_string();
        let supports_skip = join.supports_skip_assignment;
        match self.state {
            GroupState::Stable => {
                self.set_protocols(&new_id, std::mem::take(&mut join.protocols));
                if let Some(member) = self.members.get_mut(&new_id) {
                    member.rebalance_timeout_ms = join.rebalance_timeout_ms;
                    member.session_timeout_ms = join.session_timeout_ms;
                }
                self.keep_alive(&new_id, cx.now, cx.timers);
                if self.select_protocol() != self.protocol {
                    self.park_join(&new_id, to, cx.out);
                    self.rebalance_or_complete(cx);
                    return;
                }
                self.unwritten.push(replacement);
                cx.out.records.push(self.record());
                let is_leader = self.is_leader(&new_id);
                let members = if is_leader && supports_skip { self.joined_members() } else { Vec::new() };
                let mut answer = self.join_answer(&new_id, members);
                if supports_skip {
                    answer.skip_assignment = is_leader;
                } else if let Some(old_leader) = old_leader {
                    // A client that cannot skip must not take itself for the leader: it would assign anew.
                    answer.leader = old_leader;
                }
                cx.out.reply(to, Answer::Join(answer));
            }
            GroupState::CompletingRebalance => {
                // The leader may already be assigning to the old id: a new round is the only way to reach the new one.
                self.keep_alive(&new_id, cx.now, cx.timers);
                self.rejoin(to, join, cx);
                self.prepare_rebalance(cx);
            }
            GroupState::PreparingRebalance | GroupState::Empty => {
                self.keep_alive(&new_id, cx.now, cx.timers);
                self.rejoin(to, join, cx);
                self.maybe_complete_join(cx);
            }
        }
    }

    /// Takes a static member out to be put back under another id; its parked requests are fenced.
    fn take_over(&mut self, old_id: &Arc<str>, cx: &mut Cx<'_>) -> Option<Member> {
        self.answer_join(old_id, JoinAnswer::error(ErrorCode::FencedInstanceId, old_id.clone()), cx.out);
        let mut member = self.remove(old_id)?;
        if let Some(to) = member.syncing.take() {
            cx.out.reply(to, Answer::Sync(SyncAnswer::error(ErrorCode::FencedInstanceId)));
        }
        member.session = Lease::IDLE;
        Some(member)
    }
}

fn refuse(to: Token, error: ErrorCode, member_id: &str, cx: &mut Cx<'_>) {
    cx.out.reply(to, Answer::Join(JoinAnswer::error(error, member_id.into())));
}
