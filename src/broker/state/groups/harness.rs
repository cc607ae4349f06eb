//! Drives a shard in tests: hands out tokens, keeps time, and plays the log.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;

use super::*;
use crate::model::{ErrorCode, LeaderEpoch, Offset, TimestampMs, Uuid};

pub(super) const GROUP: &str = "g";

pub(super) struct World {
    pub(super) shard: Shard,
    pub(super) config: GroupConfig,
    pub(super) now: Now,
    tokens: u64,
    pub(super) answers: BTreeMap<Token, Answer>,
    /// What the log holds.
    pub(super) log: Vec<Record>,
    /// Writes that wait for [`World::commit_next`], where commits are not immediate.
    pub(super) writes: VecDeque<Outcome>,
    pub(super) immediate: bool,
}

impl World {
    pub(super) fn new(config: GroupConfig) -> World {
        let now = Now { monotonic: 0, wall: TimestampMs(1_000_000) };
        let mut shard = Shard::new(Arc::new(config.clone()));
        assert!(shard.loaded(now).records.is_empty());
        World {
            shard,
            config,
            now,
            tokens: 0,
            answers: BTreeMap::new(),
            log: Vec::new(),
            writes: VecDeque::new(),
            immediate: true,
        }
    }

    pub(super) fn send(&mut self, command: Command) -> Token {
        self.tokens += 1;
        let to = Token(self.tokens);
        let outcome = self.shard.handle(to, command, self.now);
        self.take(outcome);
        to
    }

    pub(super) fn take(&mut self, outcome: Outcome) {
        if outcome.records.is_empty() {
            self.release(outcome.replies);
        } else {
            self.writes.push_back(outcome);
            if self.immediate {
                self.commit_next();
            }
        }
    }

    pub(super) fn commit_next(&mut self) {
        if let Some(outcome) = self.writes.pop_front() {
            for record in outcome.records {
                self.log.push(record.clone());
                let replies = self.shard.apply(record, self.now);
                self.release(replies);
            }
            self.release(outcome.replies);
        }
    }

    pub(super) fn fail_next(&mut self, error: ErrorCode) {
        if let Some(outcome) = self.writes.pop_front() {
            let outcome = self.shard.write_failed(outcome.records, outcome.replies, error, self.now);
            self.take(outcome);
        }
    }

    fn release(&mut self, replies: impl IntoIterator<Item = Reply>) {
        for reply in replies {
            let previous = self.answers.insert(reply.to, reply.answer);
            assert_eq!(previous, None, "request {:?} was answered twice", reply.to);
        }
    }

    /// Lets time pass, stopping at every deadline on the way.
    pub(super) fn pass(&mut self, ms: u64) {
        let end = self.now.monotonic + ms;
        while let Some(at) = self.shard.next_deadline().filter(|at| *at <= end) {
            self.step_to(at.max(self.now.monotonic));
            let outcome = self.shard.tick(self.now);
            self.take(outcome);
        }
        self.step_to(end);
    }

    fn step_to(&mut self, monotonic: u64) {
        self.now.wall = self.now.wall + i64::try_from(monotonic - self.now.monotonic).unwrap();
        self.now.monotonic = monotonic;
    }

    /// Another coordinator takes over: what the log holds, and nothing else.
    pub(super) fn fail_over(&mut self) {
        let mut shard = Shard::new(Arc::new(self.config.clone()));
        for record in self.log.clone() {
            assert!(shard.apply(record, self.now).is_empty());
        }
        let old = std::mem::replace(&mut self.shard, shard);
        self.writes.clear();
        self.release(old.unload());
        let outcome = self.shard.loaded(self.now);
        self.take(outcome);
    }

    pub(super) fn joined(&self, to: Token) -> JoinAnswer {
        match self.answers.get(&to) {
            Some(Answer::Join(answer)) => answer.clone(),
            other => panic!("no answer to JoinGroup: {other:?}"),
        }
    }

    pub(super) fn synced(&self, to: Token) -> SyncAnswer {
        match self.answers.get(&to) {
            Some(Answer::Sync(answer)) => answer.clone(),
            other => panic!("no answer to SyncGroup: {other:?}"),
        }
    }

    pub(super) fn waits(&self, to: Token) -> bool {
        !self.answers.contains_key(&to)
    }

    pub(super) fn state(&self) -> GroupState {
        self.shard.describe(GROUP).expect("the group exists").state
    }

    pub(super) fn join(&mut self, join: Join) -> Token {
        self.send(Command::Join(join))
    }

    /// Joins a dynamic member in two steps, as clients since 2.2 do, and gives its id and the parked request.
    pub(super) fn join_dynamic(&mut self, client: &str) -> (String, Token) {
        let first = self.join(joiner(client));
        let member_id = self.joined(first).member_id.to_string();
        assert_eq!(self.joined(first).error, ErrorCode::MemberIdRequired);
        let second = self.join(Join { member_id: member_id.clone(), ..joiner(client) });
        (member_id, second)
    }

    pub(super) fn sync(&mut self, member_id: &str, generation: i32, assignments: &[(&str, &'static str)]) -> Token {
        self.send(Command::Sync(syncer(member_id, generation, assignments)))
    }

    pub(super) fn beat(&mut self, member_id: &str, generation: i32) -> ErrorCode {
        let beat = Heartbeat { group: GROUP.into(), generation, member_id: member_id.into(), instance_id: None };
        let to = self.send(Command::Heartbeat(beat));
        match self.answers[&to] {
            Answer::Heartbeat(code) => code,
            ref other => panic!("{other:?}"),
        }
    }

    pub(super) fn leave(&mut self, members: &[(&str, Option<&str>)]) -> Vec<ErrorCode> {
        let members = members
            .iter()
            .map(|(id, instance)| Leaving { member_id: (*id).into(), instance_id: instance.map(str::to_owned) })
            .collect();
        let to = self.send(Command::Leave(Leave { group: GROUP.into(), members }));
        match &self.answers[&to] {
            Answer::Leave(answer) => answer.members.clone(),
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn commit(&mut self, member_id: &str, generation: i32, topic: &str, offset: i64) -> ErrorCode {
        let to = self.send(Command::Commit(committer(member_id, generation, topic, offset)));
        match &self.answers[&to] {
            Answer::Commit(codes) => codes[0],
            other => panic!("{other:?}"),
        }
    }

    pub(super) fn committed(&self, topic: &str) -> Option<i64> {
        self.shard.offset(GROUP, topic, 0).map(|o| o.offset.get())
    }

    pub(super) fn delete_group(&mut self) -> ErrorCode {
        let to = self.send(Command::DeleteGroups(vec![GROUP.into()]));
        match &self.answers[&to] {
            Answer::DeleteGroups(codes) => codes[0],
            other => panic!("{other:?}"),
        }
    }

    /// One dynamic member alone in a stable group that consumes topic `t`.
    pub(super) fn stable(&mut self, client: &str) -> String {
        let (member, join) = self.join_dynamic(client);
        self.pass(u64::try_from(self.config.initial_rebalance_delay_ms).unwrap());
        let generation = self.joined(join).generation;
        self.sync(&member, generation, &[(&member, "all")]);
        assert_eq!(self.state(), GroupState::Stable);
        member
    }
}

/// A consumer's metadata: version 0 of the subscription.
pub(super) fn subscription(topics: &[&str]) -> Bytes {
    let mut raw = vec![0, 0];
    raw.extend(i32::try_from(topics.len()).unwrap().to_be_bytes());
    for topic in topics {
        raw.extend(i16::try_from(topic.len()).unwrap().to_be_bytes());
        raw.extend(topic.as_bytes());
    }
    raw.extend((-1i32).to_be_bytes());
    raw.into()
}

pub(super) fn protocol(name: &str, topics: &[&str]) -> Protocol {
    Protocol { name: name.into(), metadata: subscription(topics) }
}

/// The first JoinGroup of a dynamic consumer.
pub(super) fn joiner(client: &str) -> Join {
    Join {
        group: GROUP.into(),
        member_id: String::new(),
        instance_id: None,
        client_id: client.into(),
        client_host: "/127.0.0.1".into(),
        session_timeout_ms: 10_000,
        rebalance_timeout_ms: 60_000,
        protocol_type: "consumer".into(),
        protocols: vec![protocol("range", &["t"])],
        fresh_id: "uuid".into(),
        requires_known_member_id: true,
        supports_skip_assignment: true,
    }
}

/// The JoinGroup of a static consumer that starts.
pub(super) fn static_joiner(instance: &str, fresh: &str) -> Join {
    Join { instance_id: Some(instance.into()), fresh_id: fresh.into(), ..joiner("client") }
}

pub(super) fn syncer(member_id: &str, generation: i32, assignments: &[(&str, &'static str)]) -> Sync {
    Sync {
        group: GROUP.into(),
        generation,
        member_id: member_id.into(),
        instance_id: None,
        protocol_type: Some("consumer".into()),
        protocol: Some("range".into()),
        assignments: assignments.iter().map(|(m, a)| ((*m).to_owned(), Bytes::from_static(a.as_bytes()))).collect(),
    }
}

pub(super) fn committer(member_id: &str, generation: i32, topic: &str, offset: i64) -> Commit {
    Commit {
        group: GROUP.into(),
        generation,
        member_id: member_id.into(),
        instance_id: None,
        retention_ms: None,
        unknown_group: ErrorCode::GroupIdNotFound,
        offsets: vec![PartitionCommit {
            topic: topic.into(),
            topic_id: Uuid::ZERO,
            partition: 0,
            offset: Offset(offset),
            leader_epoch: LeaderEpoch(3),
            metadata: "note".into(),
        }],
    }
}
