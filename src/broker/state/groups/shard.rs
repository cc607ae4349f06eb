//! The machine itself: routes commands to groups, applies committed records, and keeps time.

use std::collections::HashMap;
use std::sync::Arc;

use smallvec::SmallVec;

use super::command::{
    Answer, Command, Commit, DeleteOffsets, JoinAnswer, LeaveAnswer, Outcome, Reply, SyncAnswer, Token, write_error,
};
use super::config::GroupConfig;
use super::group::{Cx, Group, GroupState};
use super::offsets::{self, Offsets};
use super::record::{GroupMetadata, Record};
use super::timers::{Due, Millis, Now, Timer, Timers};
use crate::model::ErrorCode;

/// The classic groups and committed offsets of one `__consumer_offsets` partition.
///
/// Life: [`new`](Shard::new), [`apply`](Shard::apply) for every record of the log, [`loaded`](Shard::loaded); then
/// commands and ticks. Records of an [`Outcome`] come back through `apply` once they are committed, or through
/// [`write_failed`](Shard::write_failed). When the partition's leadership is lost, [`unload`](Shard::unload) ends it.
#[derive(Debug)]
pub struct Shard {
    pub(super) config: Arc<GroupConfig>,
    pub(super) groups: HashMap<Arc<str>, Group>,
    pub(super) offsets: Offsets,
    pub(super) timers: Timers,
    loading: bool,
}

impl Shard {
    /// An empty shard, ready to be loaded.
    pub fn new(config: Arc<GroupConfig>) -> Shard {
        Shard { config, groups: HashMap::new(), offsets: Offsets::default(), timers: Timers::default(), loading: true }
    }

    /// Obeys new settings from the next command on.
    pub fn set_config(&mut self, config: Arc<GroupConfig>) {
        self.config = config;
    }

    /// Takes a committed record, from the log while loading or as the end of a write: the only place where offsets
    /// change and groups vanish. Gives the replies that waited for just this record.
    pub fn apply(&mut self, record: Record, now: Now) -> SmallVec<[Reply; 1]> {
        let mut out = Outcome::default();
        match record {
            Record::Offset { group, topic, partition, value } => {
                if let Some(offset) = &value {
                    if !self.loading {
                        self.offsets.landed(&group);
                    }
                    // Offsets without a group are a consumer's that manages its own partitions: a simple group.
                    if !self.groups.contains_key(&group) {
                        self.groups.insert(group.clone(), Group::new(group.clone(), offset.committed_at));
                    }
                }
                self.offsets.apply(&group, topic, partition, value);
            }
            Record::Group { group, value: Some(saved) } => self.apply_group(group, saved, now, &mut out),
            Record::Group { group, value: None } => {
                // Whoever joined between the deletion and its commit keeps the group.
                let alive = self.groups.get(&group).is_some_and(|g| !self.loading && !g.is_abandoned());
                if !alive {
                    self.groups.remove(&group);
                }
            }
        }
        out.replies
    }

    fn apply_group(&mut self, group: Arc<str>, saved: GroupMetadata, now: Now, out: &mut Outcome) {
        if self.loading {
            self.groups.insert(group.clone(), Group::from_metadata(group, saved));
            return;
        }
        let Shard { config, groups, timers, .. } = self;
        match groups.get_mut(&group) {
            Some(live) => {
                live.replacements_written(&saved);
                live.assignment_committed(&saved, &mut Cx { config, timers, now, out });
            }
            None if saved.members.is_empty() => {
                groups.insert(group.clone(), Group::from_metadata(group, saved));
            }
            None => {}
        }
    }

    /// Ends the loading: sessions start now, and groups beyond the limit of members shrink.
    pub fn loaded(&mut self, now: Now) -> Outcome {
        self.loading = false;
        let mut out = Outcome::default();
        let Shard { config, groups, timers, .. } = self;
        for group in groups.values_mut() {
            let members: Vec<Arc<str>> = group.members.keys().cloned().collect();
            for member in &members {
                group.keep_alive(member, now, timers);
            }
            if members.len() > config.max_size {
                group.prepare_rebalance(&mut Cx { config, timers, now, out: &mut out });
            }
        }
        self.schedule_expiry(now);
        out
    }

    /// Ends the shard: every parked request is told to look for another coordinator.
    pub fn unload(mut self) -> Vec<Reply> {
        let mut replies = Vec::new();
        for group in self.groups.values_mut() {
            group.refuse_all(ErrorCode::NotCoordinator, &mut replies);
        }
        replies
    }

    /// Handles a request.
    pub fn handle(&mut self, to: Token, command: Command, now: Now) -> Outcome {
        let mut out = Outcome::default();
        match command {
            Command::Heartbeat(beat) => {
                let code = self.with_group(&beat.group, now, &mut out, |group, cx| group.heartbeat(&beat, cx));
                out.reply(to, Answer::Heartbeat(code.unwrap_or(ErrorCode::UnknownMemberId)));
            }
            Command::Commit(commit) => {
                let answer = self.commit(commit, now, &mut out);
                out.reply(to, Answer::Commit(answer));
            }
            Command::Join(join) => {
                let is_new = !self.groups.contains_key(join.group.as_str());
                if is_new {
                    if !join.member_id.is_empty() {
                        let error = JoinAnswer::error(ErrorCode::UnknownMemberId, join.member_id.into());
                        out.reply(to, Answer::Join(error));
                        return out;
                    }
                    let id: Arc<str> = join.group.as_str().into();
                    self.groups.insert(id.clone(), Group::new(id, now.wall));
                }
                let group_id = join.group.clone();
                let kept = self.with_group(&group_id, now, &mut out, |group, cx| {
                    group.join(to, join, cx);
                    // The log learns of a group before its members do. One that took nobody in was never there.
                    let kept = !is_new || !group.members.is_empty() || !group.pending_joins.is_empty();
                    if is_new && kept && cx.out.records.is_empty() {
                        cx.out.records.push(group.newborn_record());
                    }
                    kept
                });
                if kept == Some(false) {
                    self.groups.remove(group_id.as_str());
                }
            }
            Command::Sync(sync) => {
                let group_id = sync.group.clone();
                if self.with_group(&group_id, now, &mut out, |group, cx| group.sync(to, sync, cx)).is_none() {
                    out.reply(to, Answer::Sync(SyncAnswer::error(ErrorCode::UnknownMemberId)));
                }
            }
            Command::Leave(leave) => {
                let unknown = || LeaveAnswer {
                    error: ErrorCode::None,
                    members: vec![ErrorCode::UnknownMemberId; leave.members.len()],
                };
                let answer = self.with_group(&leave.group, now, &mut out, |group, cx| group.leave(&leave, cx));
                out.reply(to, Answer::Leave(answer.unwrap_or_else(unknown)));
            }
            Command::DeleteOffsets(delete) => {
                let answer = self.delete_offsets(delete, now, &mut out);
                out.reply(to, Answer::DeleteOffsets(answer));
            }
            Command::DeleteGroups(groups) => {
                let codes = groups.iter().map(|group| self.delete_group(group, &mut out)).collect();
                out.reply(to, Answer::DeleteGroups(codes));
            }
            Command::ForgetTopics(topics) => {
                self.forget_topics(&topics, &mut out);
                out.reply(to, Answer::Forgotten);
            }
        }
        out
    }

    fn with_group<T>(
        &mut self,
        group: &str,
        now: Now,
        out: &mut Outcome,
        act: impl FnOnce(&mut Group, &mut Cx<'_>) -> T,
    ) -> Option<T> {
        let Shard { config, groups, timers, .. } = self;
        groups.get_mut(group).map(|group| act(group, &mut Cx { config, timers, now, out }))
    }

    fn commit(&mut self, commit: Commit, now: Now, out: &mut Outcome) -> Vec<ErrorCode> {
        let refuse = |error| vec![error; commit.offsets.len()];
        let Shard { config, groups, timers, offsets, .. } = self;
        let cx = &mut Cx { config, timers, now, out };
        let id = match groups.get_mut(commit.group.as_str()) {
            Some(group) => {
                if let Err(error) = group.validate_commit(&commit) {
                    return refuse(error);
                }
                group.committed_by(&commit.member_id, cx);
                group.id.clone()
            }
            None if commit.generation >= 0 => return refuse(commit.unknown_group),
            None => commit.group.as_str().into(),
        };
        let codes = offsets::commit(&id, commit, cx);
        offsets.launched(&id, cx.out.records.len());
        codes
    }

    fn delete_offsets(
        &mut self,
        delete: DeleteOffsets,
        now: Now,
        out: &mut Outcome,
    ) -> Result<Vec<ErrorCode>, ErrorCode> {
        let Shard { config, groups, timers, offsets, .. } = self;
        let group = groups.get(delete.group.as_str()).ok_or(ErrorCode::GroupIdNotFound)?;
        group.validate_offset_delete()?;
        let offsets = offsets.get(&group.id);
        Ok(offsets::delete(group, offsets, delete, &mut Cx { config, timers, now, out }))
    }

    fn delete_group(&self, group: &str, out: &mut Outcome) -> ErrorCode {
        let Some(group) = self.groups.get(group) else { return ErrorCode::GroupIdNotFound };
        let offsets = self.offsets.get(&group.id);
        // A commit on its way would outlive the group: someone is using it.
        if group.state != GroupState::Empty || offsets.is_some_and(|o| o.is_busy()) {
            return ErrorCode::NonEmptyGroup;
        }
        for (topic, partition, _) in offsets.into_iter().flat_map(|o| o.iter()) {
            out.records.push(offsets::tombstone(&group.id, topic, partition));
        }
        out.records.push(Record::Group { group: group.id.clone(), value: None });
        ErrorCode::None
    }

    fn forget_topics(&self, topics: &[String], out: &mut Outcome) {
        for group in self.offsets.groups() {
            for (topic, partition, _) in self.offsets.get(group).into_iter().flat_map(|o| o.iter()) {
                if topics.iter().any(|gone| **gone == **topic) {
                    out.records.push(offsets::tombstone(group, topic, partition));
                }
            }
        }
    }

    /// When [`tick`](Shard::tick) has something to do; perhaps a little early, never late.
    pub fn next_deadline(&self) -> Option<Millis> {
        self.timers.next()
    }

    /// Does what is due.
    pub fn tick(&mut self, now: Now) -> Outcome {
        let mut out = Outcome::default();
        while let Some((at, timer)) = self.timers.pop_due(now.monotonic) {
            match timer {
                Timer::Session(group, member) => self.session_entry(at, &group, &member, now, &mut out),
                Timer::Join(group) => {
                    self.with_group(&group, now, &mut out, |group, cx| group.join_phase_due(at, cx));
                }
                Timer::Sync(group) => {
                    self.with_group(&group, now, &mut out, |group, cx| group.sync_due(at, cx));
                }
                Timer::Expiry => {
                    self.expire_offsets(now, &mut out);
                    self.schedule_expiry(now);
                }
            }
        }
        out
    }

    fn session_entry(&mut self, at: Millis, group: &Arc<str>, member: &Arc<str>, now: Now, out: &mut Outcome) {
        let Some(live) = self.groups.get_mut(group) else { return };
        let lease = match live.pending_joins.get_mut(member) {
            Some(lease) => Some(lease),
            None => live.members.get_mut(member).map(|m| &mut m.session),
        };
        match lease.map_or(Due::Stale, |lease| lease.check(at, now.monotonic)) {
            Due::Stale => {}
            Due::Later(at) => self.timers.push(at, Timer::Session(group.clone(), member.clone())),
            Due::Now => {
                self.with_group(group, now, out, |group, cx| group.session_due(member, cx));
            }
        }
    }

    fn schedule_expiry(&mut self, now: Now) {
        self.timers.push(now.after(self.config.offsets_retention_check_interval_ms.max(1)), Timer::Expiry);
    }

    /// Tombstones for offsets whose retention is over, and for groups that are left with nothing.
    fn expire_offsets(&mut self, now: Now, out: &mut Outcome) {
        let Shard { config, groups, timers, offsets, .. } = self;
        let cx = &mut Cx { config, timers, now, out };
        for id in offsets.groups() {
            let (group, Some(held)) = (groups.get(id), offsets.get(id)) else { continue };
            if held.is_busy() {
                continue;
            }
            let none_left = offsets::expire(id, group, held, cx);
            if none_left && group.is_some_and(Group::is_abandoned) {
                cx.out.records.push(Record::Group { group: id.clone(), value: None });
            }
        }
        for group in groups.values().filter(|g| g.is_abandoned() && offsets.get(&g.id).is_none()) {
            cx.out.records.push(Record::Group { group: group.id.clone(), value: None });
        }
    }

    /// The records of an outcome could not be written: nothing of them happened, and whoever waited learns it.
    pub fn write_failed(
        &mut self,
        records: Vec<Record>,
        replies: impl IntoIterator<Item = Reply>,
        error: ErrorCode,
        now: Now,
    ) -> Outcome {
        let mut out = Outcome::default();
        out.replies.extend(replies.into_iter().map(|r| Reply { to: r.to, answer: r.answer.failed(error) }));
        for record in records {
            match record {
                Record::Offset { group, value: Some(_), .. } => self.offsets.landed(&group),
                Record::Group { group, value: Some(saved) } => {
                    let code = write_error(error);
                    self.with_group(&group, now, &mut out, |group, cx| {
                        group.replacements_lost(&saved, cx);
                        group.assignment_lost(&saved, code, cx);
                    });
                }
                Record::Offset { value: None, .. } | Record::Group { value: None, .. } => {}
            }
        }
        out
    }
}

impl Group {
    /// Nobody is in it and nobody is about to be.
    fn is_abandoned(&self) -> bool {
        self.state == GroupState::Empty && self.pending_joins.is_empty()
    }

    /// The record of a group that has not had a generation yet.
    fn newborn_record(&self) -> Record {
        let value = GroupMetadata {
            protocol_type: Arc::from(""),
            generation: 0,
            protocol: None,
            leader: None,
            state_since: self.state_since,
            members: Vec::new(),
        };
        Record::Group { group: self.id.clone(), value: Some(value) }
    }
}
