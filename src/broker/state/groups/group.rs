//! A classic group: its members, generation and state (Kafka's `ClassicGroup`). The rules that move it are in the
//! sibling files, one request each.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use super::command::{Answer, JoinAnswer, JoinedMember, Outcome, Protocol, Reply, SyncAnswer, Token};
use super::config::GroupConfig;
use super::member::Member;
use super::record::{GroupMetadata, Record};
use super::replacement::Replacement;
use super::subscription::{self, CONSUMER};
use super::timers::{Lease, Millis, Now, Timer, Timers};
use crate::model::{ErrorCode, TimestampMs};

/// The state of a classic group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GroupState {
    /// No members. Offsets may be left.
    Empty,
    /// Waits for its members to join the next generation.
    PreparingRebalance,
    /// Waits for the leader's assignment.
    CompletingRebalance,
    /// Every member has its assignment.
    Stable,
}

impl GroupState {
    /// The name that the protocol and the tools show.
    pub const fn name(self) -> &'static str {
        match self {
            GroupState::Empty => "Empty",
            GroupState::PreparingRebalance => "PreparingRebalance",
            GroupState::CompletingRebalance => "CompletingRebalance",
            GroupState::Stable => "Stable",
        }
    }
}

impl fmt::Display for GroupState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How the running join phase ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JoinPhase {
    /// The first of an empty group: ends at `at`, or later by turns of at most the configured delay while members keep
    /// coming, until `remaining_ms` are used up.
    Initial { at: Millis, delay_ms: i64, remaining_ms: i64 },
    /// Ends when everybody has rejoined, at the latest at `at`.
    Rebalance { at: Millis },
}

impl JoinPhase {
    pub(super) fn at(self) -> Millis {
        match self {
            JoinPhase::Initial { at, .. } | JoinPhase::Rebalance { at } => at,
        }
    }
}

/// What a group's rules work with besides the group.
pub(super) struct Cx<'a> {
    pub(super) config: &'a GroupConfig,
    pub(super) timers: &'a mut Timers,
    pub(super) now: Now,
    pub(super) out: &'a mut Outcome,
}

#[derive(Debug)]
pub(super) struct Group {
    pub(super) id: Arc<str>,
    pub(super) state: GroupState,
    /// The state before; a join phase that came from `Empty` is an initial one.
    pub(super) previous: GroupState,
    pub(super) state_since: TimestampMs,
    pub(super) generation: i32,
    pub(super) protocol_type: Option<Arc<str>>,
    pub(super) protocol: Option<Arc<str>>,
    pub(super) leader: Option<Arc<str>>,
    pub(super) members: BTreeMap<Arc<str>, Member>,
    /// Static members: instance id to member id.
    pub(super) statics: BTreeMap<Arc<str>, Arc<str>>,
    /// Ids handed out with MEMBER_ID_REQUIRED that nobody has joined with yet.
    pub(super) pending_joins: BTreeMap<Arc<str>, Lease>,
    /// Members of this generation that have not asked for their assignment yet.
    pub(super) pending_syncs: BTreeSet<Arc<str>>,
    /// How many members have a JoinGroup parked.
    joining: usize,
    /// How many members speak each protocol.
    speakers: HashMap<Arc<str>, usize>,
    /// A member came during the initial join phase, so the phase may be extended.
    pub(super) new_member_added: bool,
    /// The topics that the members consume, where the group is a consumers' and its metadata can be read.
    pub(super) subscribed: Option<BTreeSet<String>>,
    pub(super) join_phase: Option<JoinPhase>,
    pub(super) sync_deadline: Option<Millis>,
    /// The leader's assignment of this generation is on its way to the log.
    pub(super) assignment_in_flight: bool,
    /// Static members whose new id is on its way to the log, in the order of their coming.
    pub(super) unwritten: Vec<Replacement>,
}

impl Group {
    pub(super) fn new(id: Arc<str>, since: TimestampMs) -> Group {
        Group {
            id,
            state: GroupState::Empty,
            previous: GroupState::Empty,
            state_since: since,
            generation: 0,
            protocol_type: None,
            protocol: None,
            leader: None,
            members: BTreeMap::new(),
            statics: BTreeMap::new(),
            pending_joins: BTreeMap::new(),
            pending_syncs: BTreeSet::new(),
            joining: 0,
            speakers: HashMap::new(),
            new_member_added: false,
            subscribed: None,
            join_phase: None,
            sync_deadline: None,
            assignment_in_flight: false,
            unwritten: Vec::new(),
        }
    }

    /// The group that a record describes: stable if it has members, else empty.
    pub(super) fn from_metadata(id: Arc<str>, saved: GroupMetadata) -> Group {
        let mut group = Group::new(id, saved.state_since);
        group.generation = saved.generation;
        group.protocol_type = Some(saved.protocol_type).filter(|t| !t.is_empty());
        group.protocol = saved.protocol;
        group.leader = saved.leader;
        for member in saved.members {
            let member = Member::from_metadata(member, group.protocol.as_ref());
            group.insert(member);
        }
        if !group.members.is_empty() {
            group.state = GroupState::Stable;
        }
        group.subscribed = group.read_subscriptions();
        group
    }

    /// The record of this group, with the assignments its members have.
    pub(super) fn record(&self) -> Record {
        self.record_with(|member| member.assignment.clone())
    }

    /// The record of this group, with assignments from elsewhere.
    pub(super) fn record_with(&self, assignment: impl Fn(&Member) -> Bytes) -> Record {
        let value = GroupMetadata {
            protocol_type: self.protocol_type.clone().unwrap_or_else(|| Arc::from("")),
            generation: self.generation,
            protocol: self.protocol.clone(),
            leader: self.leader.clone(),
            state_since: self.state_since,
            members: self.members.values().map(|m| m.to_metadata(self.protocol.as_deref(), assignment(m))).collect(),
        };
        Record::Group { group: self.id.clone(), value: Some(value) }
    }

    pub(super) fn is_consumers(&self) -> bool {
        self.protocol_type.as_deref() == Some(CONSUMER)
    }

    pub(super) fn is_leader(&self, member_id: &str) -> bool {
        self.leader.as_deref() == Some(member_id)
    }

    pub(super) fn joining(&self) -> usize {
        self.joining
    }

    pub(super) fn everyone_joined(&self) -> bool {
        self.members.len() == self.joining && self.pending_joins.is_empty()
    }

    /// The longest rebalance timeout of any member.
    pub(super) fn rebalance_timeout_ms(&self) -> i64 {
        self.members.values().map(|m| i64::from(m.rebalance_timeout_ms)).max().unwrap_or(0).max(0)
    }

    /// Whether an operator may not take away offsets of this topic. A consumers' group that cannot be read is taken to
    /// subscribe to everything.
    pub(super) fn subscribes_to(&self, topic: &str) -> bool {
        match &self.subscribed {
            Some(topics) => topics.contains(topic),
            None => self.is_consumers(),
        }
    }

    pub(super) fn enter(&mut self, state: GroupState, now: Now) {
        self.previous = self.state;
        self.state = state;
        self.state_since = now.wall;
    }

    /// Checks that a request comes from a member, and under its instance id from the member that holds it.
    pub(super) fn validate_member(&self, member_id: &str, instance_id: Option<&str>) -> Result<(), ErrorCode> {
        if let Some(instance_id) = instance_id {
            match self.statics.get(instance_id) {
                None => return Err(ErrorCode::UnknownMemberId),
                Some(holder) if **holder != *member_id => return Err(ErrorCode::FencedInstanceId),
                Some(_) => {}
            }
        }
        if self.members.contains_key(member_id) { Ok(()) } else { Err(ErrorCode::UnknownMemberId) }
    }

    /// Takes a member in. Its instance id must be free.
    pub(super) fn insert(&mut self, member: Member) {
        if let Some(instance_id) = &member.instance_id {
            self.statics.insert(instance_id.clone(), member.id.clone());
        }
        for protocol in &member.protocols {
            *self.speakers.entry(protocol.name.clone()).or_default() += 1;
        }
        self.joining += usize::from(member.joining.is_some());
        if self.leader.is_none() {
            self.leader = Some(member.id.clone());
        }
        self.pending_joins.remove(&member.id);
        self.members.insert(member.id.clone(), member);
    }

    /// Drops a member or a pending id and whatever request of it waits, which the caller answers.
    pub(super) fn remove(&mut self, member_id: &str) -> Option<Member> {
        self.pending_joins.remove(member_id);
        self.pending_syncs.remove(member_id);
        let member = self.members.remove(member_id)?;
        self.forget_protocols(&member.protocols);
        self.joining -= usize::from(member.joining.is_some());
        if let Some(instance_id) = &member.instance_id {
            self.statics.remove(instance_id);
        }
        if self.is_leader(member_id) {
            self.leader = self.members.keys().next().cloned();
        }
        Some(member)
    }

    fn forget_protocols(&mut self, protocols: &[Protocol]) {
        for protocol in protocols {
            if let Some(count) = self.speakers.get_mut(&protocol.name) {
                *count -= 1;
                if *count == 0 {
                    self.speakers.remove(&protocol.name);
                }
            }
        }
    }

    /// Replaces what a member offers.
    pub(super) fn set_protocols(&mut self, member_id: &str, protocols: Vec<Protocol>) {
        let Some(member) = self.members.get_mut(member_id) else { return };
        let old = std::mem::replace(&mut member.protocols, protocols);
        for protocol in &member.protocols {
            *self.speakers.entry(protocol.name.clone()).or_default() += 1;
        }
        self.forget_protocols(&old);
    }

    /// Parks a JoinGroup of a member. The request it takes the place of is answered: a connection waits for it.
    pub(super) fn park_join(&mut self, member_id: &str, to: Token, out: &mut Outcome) {
        let Some(member) = self.members.get_mut(member_id) else { return };
        match member.joining.replace(to) {
            None => self.joining += 1,
            Some(old) => {
                out.reply(old, Answer::Join(JoinAnswer::error(ErrorCode::RebalanceInProgress, member.id.clone())));
            }
        }
    }

    /// Answers a parked JoinGroup, if there is one.
    pub(super) fn answer_join(&mut self, member_id: &str, answer: JoinAnswer, out: &mut Outcome) {
        if let Some(to) = self.members.get_mut(member_id).and_then(|m| m.joining.take()) {
            self.joining -= 1;
            out.reply(to, Answer::Join(answer));
        }
    }

    /// Whether somebody with these protocols could be a member beside the present ones.
    pub(super) fn supports(&self, protocol_type: &str, protocols: &[Protocol]) -> bool {
        if self.state == GroupState::Empty {
            return !protocol_type.is_empty() && !protocols.is_empty();
        }
        self.protocol_type.as_deref() == Some(protocol_type)
            && protocols.iter().any(|p| self.speakers.get(&p.name).copied().unwrap_or(0) == self.members.len())
    }

    /// The protocol that all members speak and most of them prefer. Ties go to the first name.
    pub(super) fn select_protocol(&self) -> Option<Arc<str>> {
        let all = self.members.len();
        let candidates: BTreeSet<Arc<str>> =
            self.speakers.iter().filter(|(_, count)| **count == all).map(|(name, _)| name.clone()).collect();
        let mut votes: BTreeMap<&Arc<str>, usize> = BTreeMap::new();
        for vote in self.members.values().filter_map(|m| m.vote(&candidates)) {
            *votes.entry(vote).or_default() += 1;
        }
        let most = votes.values().max().copied()?;
        votes.into_iter().find(|(_, count)| *count == most).map(|(name, _)| name.clone())
    }

    /// Starts the next generation: with members its assignment is awaited, without it is empty.
    pub(super) fn next_generation(&mut self, now: Now) {
        self.generation = self.generation.checked_add(1).unwrap_or(0);
        self.assignment_in_flight = false;
        self.unwritten.clear();
        self.pending_syncs.clear();
        self.protocol = self.select_protocol();
        self.subscribed = self.read_subscriptions();
        let state = if self.members.is_empty() { GroupState::Empty } else { GroupState::CompletingRebalance };
        self.enter(state, now);
    }

    fn read_subscriptions(&self) -> Option<BTreeSet<String>> {
        if !self.is_consumers() {
            return None;
        }
        let mut all = BTreeSet::new();
        if self.members.is_empty() {
            return Some(all);
        }
        let protocol = self.protocol.as_deref()?;
        for member in self.members.values() {
            all.append(&mut subscription::topics(&member.metadata(protocol))?);
        }
        Some(all)
    }

    /// Every member with its metadata, as the leader gets them.
    pub(super) fn joined_members(&self) -> Vec<JoinedMember> {
        let protocol = self.protocol.as_deref().unwrap_or("");
        let joined = |m: &Member| JoinedMember {
            member_id: m.id.clone(),
            instance_id: m.instance_id.clone(),
            metadata: m.metadata(protocol),
        };
        self.members.values().map(joined).collect()
    }

    /// The answer that tells a member its generation.
    pub(super) fn join_answer(&self, member_id: &Arc<str>, members: Vec<JoinedMember>) -> JoinAnswer {
        JoinAnswer {
            error: ErrorCode::None,
            generation: self.generation,
            protocol_type: self.protocol_type.clone(),
            protocol: self.protocol.clone(),
            leader: self.leader.clone().unwrap_or_else(|| Arc::from("")),
            skip_assignment: false,
            member_id: member_id.clone(),
            members,
        }
    }

    /// The answer that gives a member its assignment.
    pub(super) fn sync_answer(&self, assignment: Bytes) -> SyncAnswer {
        SyncAnswer {
            error: ErrorCode::None,
            protocol_type: self.protocol_type.clone(),
            protocol: self.protocol.clone(),
            assignment,
        }
    }

    /// Pushes back the end of a member's session.
    pub(super) fn renew_session(&mut self, member_id: &str, timeout_ms: i32, now: Now, timers: &mut Timers) {
        if let Some(member) = self.members.get_mut(member_id) {
            let deadline = now.after(i64::from(timeout_ms));
            if member.session.renew(deadline) {
                timers.push(deadline, Timer::Session(self.id.clone(), member.id.clone()));
            }
        }
    }

    /// Pushes back the end of a member's session by its own timeout.
    pub(super) fn keep_alive(&mut self, member_id: &str, now: Now, timers: &mut Timers) {
        if let Some(timeout) = self.members.get(member_id).map(|m| m.session_timeout_ms) {
            self.renew_session(member_id, timeout, now, timers);
        }
    }

    /// Ends every parked request with `error`.
    pub(super) fn refuse_all(&mut self, error: ErrorCode, replies: &mut impl Extend<Reply>) {
        for member in self.members.values_mut() {
            let join = member.joining.take().map(|to| (to, Answer::Join(JoinAnswer::error(error, member.id.clone()))));
            let sync = member.syncing.take().map(|to| (to, Answer::Sync(SyncAnswer::error(error))));
            replies.extend(join.into_iter().chain(sync).map(|(to, answer)| Reply { to, answer }));
        }
        self.joining = 0;
    }
}
