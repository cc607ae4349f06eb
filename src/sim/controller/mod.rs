//! A simulated controller: the real decisions and the real images over the simulated quorum, driven as
//! `broker::runtime::controller` drives them: a decision moves the tip at once, and is answered when it is committed.

mod planted;
mod rules;

use std::collections::VecDeque;
use std::sync::Arc;

use super::context::Ctx;
use super::message::{Addr, Message, Topology};
use super::raft::Raft;
use super::rng::Rng;
use super::time::{BROKER_SESSION_MS, FETCH_WAIT, Micros};
use crate::broker::state::controller::{
    BrokerSessions, Context, Decision, Defaults, Refusal, alter_partition, broker_heartbeat, create_topics,
    fence_broker, offsets_taken, register_broker,
};
use crate::broker::state::metadata::{
    ConfigKind, LogPosition, MetadataChanges, MetadataImage, MetadataLoader, SUPPORTED_FEATURES, bootstrap_records,
};
use crate::model::{BrokerId, ErrorCode, LeaderEpoch, Offset, TimestampMs, Uuid};
use crate::wire::messages::broker_heartbeat::BrokerHeartbeatRequest;
use crate::wire::messages::broker_registration::{BrokerRegistrationRequest, Feature, Listener};
use crate::wire::messages::create_topics::{CreatableTopic, CreateTopicsRequest};
use crate::wire::records::metadata::{
    AbortTransactionRecord, BeginTransactionRecord, ConfigRecord, EndTransactionRecord, MetadataRecord,
};

/// The one topic of a simulated cluster.
pub const TOPIC: &str = "orders";
/// Its id.
pub const TOPIC_ID: Uuid = Uuid(0x0dd5);
/// The cluster's id.
const CLUSTER_ID: &str = "simulated-cluster-0001";

/// What the topic is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopicPlan {
    /// Partitions.
    pub partitions: usize,
    /// Replicas of each.
    pub replication: usize,
    /// `min.insync.replicas`.
    pub min_insync: usize,
}

/// What a controller has while it leads; dropped when it does not.
struct Active {
    term: u32,
    /// The committed image with every proposal since.
    tip: MetadataImage,
    sessions: BrokerSessions,
}

/// An answer that waits for its records.
struct Pending {
    /// Offset of the last record that it rests on.
    end: Offset,
    term: u32,
    to: Addr,
    message: Message,
    refusal: Message,
}

/// One controller.
pub struct Controller {
    me: Addr,
    place: usize,
    topology: Topology,
    topic: TopicPlan,
    /// Its voter.
    pub raft: Raft,
    loader: MetadataLoader,
    applied: usize,
    active: Option<Active>,
    pending: VecDeque<Pending>,
    /// Brokers that wait for news: address, request, from where, until when.
    observers: Vec<(Addr, u64, usize, Micros)>,
}

impl Controller {
    /// A controller that starts.
    pub fn new(place: usize, topology: Topology, topic: TopicPlan, raft: Raft) -> Controller {
        Controller {
            me: Addr::Controller(place),
            place,
            topology,
            topic,
            raft,
            loader: MetadataLoader::default(),
            applied: 0,
            active: None,
            pending: VecDeque::new(),
            observers: Vec::new(),
        }
    }

    /// Ends the process and starts it again.
    #[must_use]
    pub fn restarted(self, power_lost: bool, now: Micros, rng: &mut Rng) -> Controller {
        let raft = self.raft.restarted(power_lost, now, rng);
        Controller::new(self.place, self.topology, self.topic, raft)
    }

    /// The newest image that is committed and applied here.
    pub fn image(&self) -> &MetadataImage {
        self.loader.stable()
    }

    /// Whether it decides.
    pub fn is_active(&self) -> bool {
        self.active.is_some() && self.raft.is_active()
    }

    /// Takes a message.
    pub fn receive(&mut self, from: Addr, message: Message, ctx: &mut Ctx<'_>) {
        match message {
            Message::Raft(message) => {
                if let Addr::Controller(from) = from {
                    self.raft.receive(from, message, ctx.now, ctx.rng);
                }
            }
            Message::MetadataFetch { id, from: at } => self.observed(from, id, at, ctx),
            Message::Register { id, broker, incarnation, previous_epoch } => {
                let request = registration(broker, incarnation, previous_epoch);
                let answer = |result| Message::Registered { id, result };
                self.decide(from, answer, ctx, |active, rules, now| {
                    let next = active.tip.offset().next();
                    let context = Context { image: &active.tip, rules, defaults: DEFAULTS };
                    let decision = register_broker(&context, &active.sessions, CLUSTER_ID, &request, next, now)?;
                    active.sessions.remove(broker);
                    active.sessions.touch(broker, true, Offset::NONE, now);
                    Ok(decision)
                });
            }
            Message::Heartbeat { id, broker, epoch, offset, want_shut_down } => {
                let request = BrokerHeartbeatRequest {
                    broker_id: broker.get(),
                    broker_epoch: epoch,
                    current_metadata_offset: offset.get(),
                    want_shut_down,
                    ..BrokerHeartbeatRequest::default()
                };
                let answer = |result| Message::HeartbeatAnswered { id, result };
                self.decide(from, answer, ctx, |active, rules, now| {
                    let end = active.tip.offset().next();
                    let context = Context { image: &active.tip, rules, defaults: DEFAULTS };
                    broker_heartbeat(&context, &mut active.sessions, &request, end, now)
                });
            }
            Message::Alter { id, mut request } => {
                let answer = |result: Result<_, ErrorCode>| Message::Altered { id, result: result.map(Box::new) };
                if let (true, Some(active)) = (ctx.bug.takes_stale_alterations(), &self.active) {
                    planted::as_of_now(&active.tip, &mut request);
                }
                self.decide(from, answer, ctx, |active, rules, _| {
                    let context = Context { image: &active.tip, rules, defaults: DEFAULTS };
                    alter_partition(&context, &request)
                });
            }
            _ => {}
        }
        self.go_on(ctx);
    }

    /// Takes the time. To be called every [`super::time::CONTROLLER_TICK`].
    pub fn tick(&mut self, ctx: &mut Ctx<'_>) {
        self.raft.tick(ctx.now, ctx.rng);
        self.go_on(ctx);
        let (now, leads) = (ctx.now, self.raft.is_active());
        self.serve_observers(|until| !leads || until <= now, ctx);
        self.fence_the_silent(ctx);
        self.create_topic(ctx);
        self.go_on(ctx);
    }

    /// Begins to write what changed, if nothing is being written. Whether it did: [`Controller::wrote`] is to be called
    /// when the disk is done.
    pub fn begin_write(&mut self) -> bool {
        self.raft.sync()
    }

    /// The disk is done.
    pub fn wrote(&mut self, ctx: &mut Ctx<'_>) {
        self.raft.synced();
        self.go_on(ctx);
    }

    /// Whatever follows from the state of the quorum.
    fn go_on(&mut self, ctx: &mut Ctx<'_>) {
        self.apply(ctx);
        self.follow(ctx);
        self.answer(ctx);
        while let Some((to, message)) = self.raft.next_message() {
            ctx.send(self.me, Addr::Controller(to), Message::Raft(message));
        }
    }

    /// Applies what is committed and serves the observers.
    fn apply(&mut self, ctx: &mut Ctx<'_>) {
        let commit = self.raft.commit();
        if self.applied >= commit {
            return;
        }
        for (at, entry) in (self.applied..).zip(self.raft.entries(self.applied, commit)) {
            ctx.oracle.metadata.committed(at, entry);
            let (offset, epoch) = (Offset(at as i64), LeaderEpoch(entry.term as i32));
            let loaded = match &entry.record {
                Some(record) => self.loader.load(offset, epoch, record),
                None => {
                    self.loader.skip(offset, epoch);
                    Ok(())
                }
            };
            if let Err(error) = loaded {
                ctx.oracle.broken("metadata", format!("controller {} cannot load its log: {error}", self.place));
            }
        }
        self.applied = commit;
        let _ = self.loader.publish();
        self.serve_observers(|_| true, ctx);
    }

    fn serve_observers(&mut self, which: impl Fn(Micros) -> bool, ctx: &mut Ctx<'_>) {
        for (to, id, from, until) in std::mem::take(&mut self.observers) {
            if which(until) {
                self.send_entries(to, id, from, ctx);
            } else {
                self.observers.push((to, id, from, until));
            }
        }
    }

    fn observed(&mut self, to: Addr, id: u64, from: usize, ctx: &mut Ctx<'_>) {
        if !self.raft.is_active() || from < self.raft.commit() {
            self.send_entries(to, id, from, ctx);
        } else {
            self.observers.retain(|(waiting, ..)| *waiting != to);
            self.observers.push((to, id, from, ctx.now + FETCH_WAIT));
        }
    }

    fn send_entries(&self, to: Addr, id: u64, from: usize, ctx: &mut Ctx<'_>) {
        const AT_ONCE: usize = 500;
        // Who does not lead may have old news only.
        let leads = self.raft.is_active();
        let entries = leads.then(|| self.raft.entries(from, self.raft.commit().min(from + AT_ONCE)).to_vec());
        let message = Message::MetadataFetched { id, from, entries, leader: self.raft.leader() };
        ctx.send(self.me, to, message);
    }

    /// Takes over, or steps back, as the quorum says.
    fn follow(&mut self, ctx: &mut Ctx<'_>) {
        let term = self.raft.term();
        if !self.raft.is_active() {
            self.active = None;
            return;
        }
        if self.active.as_ref().is_some_and(|active| active.term == term) || self.applied < self.raft.end() {
            // It led the term before without a break, or has not applied its own blank yet.
            return;
        }
        ctx.oracle.controllers.decides(term, self.place);
        let position = LogPosition { offset: Offset(self.applied as i64 - 1), epoch: LeaderEpoch(term as i32) };
        let tip = self.loader.stable().clone().at(position);
        let mut sessions = BrokerSessions::new(BROKER_SESSION_MS);
        for broker in tip.brokers().filter(|broker| !broker.fenced) {
            sessions.expect(broker.id, broker.fenced, ctx.wall);
        }
        let is_new = tip.features().metadata_version() == 0;
        self.active = Some(Active { term, tip, sessions });
        if self.loader.in_transaction() {
            // The leader before fell in the middle of a command: half of it must not count.
            let abort = MetadataRecord::AbortTransactionRecord(AbortTransactionRecord::default());
            self.propose_unwrapped(abort, ctx);
        }
        if is_new {
            self.propose(first_records(self.topic.min_insync), ctx);
        }
    }

    fn propose_unwrapped(&mut self, record: MetadataRecord, ctx: &mut Ctx<'_>) {
        let Some(active) = &mut self.active else { return };
        if self.raft.propose([Arc::new(record)], ctx.now) {
            let position = LogPosition { offset: active.tip.offset().next(), epoch: LeaderEpoch(active.term as i32) };
            active.tip = std::mem::take(&mut active.tip).at(position);
        }
    }

    /// Moves the tip over a command's records and gives them to the quorum. Whether it took them.
    fn propose(&mut self, records: Vec<MetadataRecord>, ctx: &mut Ctx<'_>) -> bool {
        let Some(active) = &mut self.active else { return false };
        if records.is_empty() {
            return true;
        }
        let mut next = active.tip.clone();
        for record in &records {
            if let Err(error) = next.apply(record, &mut MetadataChanges::default()) {
                ctx.oracle.broken("metadata", format!("the controller decided what its state contradicts: {error}"));
                return false;
            }
        }
        let offset = active.tip.offset() + offsets_taken(records.len());
        active.tip = next.at(LogPosition { offset, epoch: LeaderEpoch(active.term as i32) });
        let proposed = self.raft.propose(wrapped(records).map(Arc::new), ctx.now);
        if proposed && self.raft.end() as i64 != offset.get() + 1 {
            ctx.oracle.broken("metadata", format!("records land at {}, not at {offset}", self.raft.end() - 1));
        }
        proposed
    }

    fn decide<A>(
        &mut self,
        to: Addr,
        answer: impl Fn(Result<A, ErrorCode>) -> Message,
        ctx: &mut Ctx<'_>,
        decide: impl FnOnce(&mut Active, &rules::Rules, TimestampMs) -> Result<Decision<A>, Refusal>,
    ) {
        let rules = rules::Rules { min_insync: self.topic.min_insync };
        let decided = match &mut self.active {
            Some(active) if self.raft.is_active() => decide(active, &rules, ctx.wall),
            _ => Err(ErrorCode::NotController.into()),
        };
        match decided {
            Err(refusal) => ctx.send(self.me, to, answer(Err(refusal.code))),
            Ok(decision) => {
                let refusal = answer(Err(ErrorCode::NotController));
                if !self.propose(decision.records, ctx) {
                    return ctx.send(self.me, to, refusal);
                }
                let message = answer(Ok(decision.answer));
                let (end, term) = (Offset(self.raft.end() as i64 - 1), self.raft.term());
                if ctx.bug.controller_answers_early() {
                    return ctx.send(self.me, to, message);
                }
                self.pending.push_back(Pending { end, term, to, message, refusal });
            }
        }
    }

    /// Lets answers go whose records are committed, and refuses those whose term is over.
    fn answer(&mut self, ctx: &mut Ctx<'_>) {
        while let Some(first) = self.pending.front() {
            let lost = first.term != self.raft.term() || !self.raft.is_active();
            if !lost && first.end.get() >= self.applied as i64 {
                return;
            }
            let Some(pending) = self.pending.pop_front() else { return };
            let message = if lost { pending.refusal } else { pending.message };
            ctx.send(self.me, pending.to, message);
        }
    }

    fn fence_the_silent(&mut self, ctx: &mut Ctx<'_>) {
        let Some(active) = &self.active else { return };
        for id in active.sessions.expired(ctx.wall) {
            let Some(active) = &mut self.active else { return };
            active.sessions.touch(id, true, Offset::NONE, ctx.wall);
            let rules = rules::Rules { min_insync: self.topic.min_insync };
            let context = Context { image: &active.tip, rules: &rules, defaults: DEFAULTS };
            let records = fence_broker(&context, id).records;
            self.propose(records, ctx);
        }
    }

    /// Makes the topic as soon as all brokers are there.
    fn create_topic(&mut self, ctx: &mut Ctx<'_>) {
        let Some(active) = &self.active else { return };
        let tip = &active.tip;
        if tip.topic_count() > 0 || tip.brokers().filter(|broker| broker.is_active()).count() < self.topology.brokers {
            return;
        }
        let topic = CreatableTopic {
            name: TOPIC.to_owned(),
            num_partitions: self.topic.partitions as i32,
            replication_factor: self.topic.replication as i16,
            ..CreatableTopic::default()
        };
        let request = CreateTopicsRequest { topics: vec![topic], ..CreateTopicsRequest::default() };
        let rules = rules::Rules { min_insync: self.topic.min_insync };
        let context = Context { image: tip, rules: &rules, defaults: DEFAULTS };
        let decision = create_topics(&context, &request, &mut || TOPIC_ID, ctx.rng.next());
        if decision.records.is_empty() {
            ctx.oracle.broken("metadata", format!("the topic is refused: {:?}", decision.answer.topics));
        }
        self.propose(decision.records, ctx);
    }
}

const DEFAULTS: Defaults = Defaults { num_partitions: 1, replication_factor: 1 };

fn first_records(min_insync: usize) -> Vec<MetadataRecord> {
    let mut records = bootstrap_records();
    records.push(MetadataRecord::ConfigRecord(ConfigRecord {
        resource_type: ConfigKind::Broker.code(),
        resource_name: String::new(),
        name: "min.insync.replicas".to_owned(),
        value: Some(min_insync.to_string()),
    }));
    records
}

/// A command's records as the log holds them: more than one stand between transaction markers.
fn wrapped(records: Vec<MetadataRecord>) -> impl Iterator<Item = MetadataRecord> {
    let many = records.len() > 1;
    let begin = many.then(|| MetadataRecord::BeginTransactionRecord(BeginTransactionRecord::default()));
    let end = many.then(|| MetadataRecord::EndTransactionRecord(EndTransactionRecord::default()));
    begin.into_iter().chain(records).chain(end)
}

fn registration(broker: BrokerId, incarnation: u64, previous_broker_epoch: i64) -> BrokerRegistrationRequest {
    let features = SUPPORTED_FEATURES.iter().map(|range| Feature {
        name: range.name.to_owned(),
        min_supported_version: range.min,
        max_supported_version: range.max,
    });
    BrokerRegistrationRequest {
        broker_id: broker.get(),
        cluster_id: CLUSTER_ID.to_owned(),
        incarnation_id: Uuid(1_000 + u128::from(incarnation)),
        listeners: vec![Listener {
            name: "PLAINTEXT".to_owned(),
            host: "sim".to_owned(),
            port: 9092,
            security_protocol: 0,
        }],
        features: features.collect(),
        rack: None,
        log_dirs: vec![Uuid(800 + broker.get() as u128)],
        previous_broker_epoch,
        ..BrokerRegistrationRequest::default()
    }
}
