//! A simulated broker: the real partition and replication machines over simulated logs, driven as the broker's runtime
//! drives them. `lifecycle` keeps it known to the controller, `serve` answers clients and followers, `follow` fetches
//! from leaders.

mod follow;
mod lifecycle;
mod replica;
mod serve;

use std::sync::Arc;

use super::context::Ctx;
use super::controller::TopicPlan;
use super::log::SimLog;
use super::message::{Addr, Message, PartIndex, ReplicaWant, Topology, broker_id};
use super::rng::Rng;
use super::time::{LAG_MAX_MS, Micros};
use crate::broker::state::metadata::{MetadataImage, MetadataLoader};
use crate::broker::state::partition::{IsrRules, Standing};
use crate::broker::state::replication::AlterQueue;
use crate::model::{BrokerId, Offset};
pub use replica::Replica;

/// What a broker's process leaves behind when it ends.
#[derive(Debug)]
pub struct BrokerDisk {
    /// By partition.
    logs: Vec<SimLog>,
    /// The checkpoint of high watermarks.
    high_watermarks: Vec<Offset>,
    /// Its copy of the metadata log, as the image that it makes.
    loader: MetadataLoader,
    /// The broker epoch that a stop in order wrote down.
    clean_epoch: Option<i64>,
}

impl BrokerDisk {
    /// An empty disk.
    pub fn new(partitions: usize) -> BrokerDisk {
        BrokerDisk {
            logs: vec![SimLog::default(); partitions],
            high_watermarks: vec![Offset::ZERO; partitions],
            loader: MetadataLoader::default(),
            clean_epoch: None,
        }
    }

    /// Loses a part of what was not synced. Gives the number of batches that are gone.
    pub fn lose_power(&mut self, rng: &mut Rng) -> usize {
        self.logs.iter_mut().map(|log| log.lose_power(rng)).sum()
    }

    /// Batches in all logs.
    pub fn batches(&self) -> usize {
        self.logs.iter().map(|log| log.batches().len()).sum()
    }

    /// Writes down what a stop in order does: what a broker would that is wrong about it.
    pub const fn claim_clean(&mut self, epoch: i64) {
        self.clean_epoch = Some(epoch);
    }
}

/// A request that is under way.
#[derive(Clone, Copy, Debug)]
struct Asked {
    id: u64,
    until: Micros,
}

/// A follower's fetch that waits for something to tell.
#[derive(Debug)]
struct HeldFetch {
    from: Addr,
    id: u64,
    follower: BrokerId,
    wants: Vec<ReplicaWant>,
    until: Micros,
}

/// One broker.
pub struct Broker {
    me: Addr,
    place: usize,
    id: BrokerId,
    topology: Topology,
    rules: IsrRules,
    incarnation: u64,
    /// Its epoch; -1 until it is registered.
    epoch: i64,
    previous_epoch: i64,
    stopping: bool,
    may_stop: bool,
    loader: MetadataLoader,
    image: Arc<MetadataImage>,
    /// Whether it has seen its own registration and opened its partitions.
    opened: bool,
    replicas: Vec<Replica>,
    /// Fetches under way, by the place of the leader.
    fetching: Vec<Option<Asked>>,
    alter: AlterQueue,
    altering: Option<Asked>,
    /// The controller that is believed to lead.
    controller: usize,
    registering: Option<Asked>,
    beating: Option<Asked>,
    observing: Option<Asked>,
    beat_at: Micros,
    shrink_at: Micros,
    checkpoint_at: Micros,
    checkpoint: Vec<Offset>,
    held: Vec<HeldFetch>,
    requests: u64,
}

impl Broker {
    /// Starts a process on a disk.
    pub fn new(place: usize, topology: Topology, topic: TopicPlan, incarnation: u64, disk: BrokerDisk) -> Broker {
        let replicas = disk.logs.into_iter().enumerate().map(|(part, log)| Replica::new(part, log)).collect();
        Broker {
            me: Addr::Broker(place),
            place,
            id: broker_id(place),
            topology,
            rules: IsrRules { min_insync: topic.min_insync, max_lag_ms: LAG_MAX_MS },
            incarnation,
            epoch: -1,
            previous_epoch: disk.clean_epoch.unwrap_or(-1),
            stopping: false,
            may_stop: false,
            loader: disk.loader,
            image: Arc::default(),
            opened: false,
            replicas,
            fetching: vec![None; topology.brokers],
            alter: AlterQueue::default(),
            altering: None,
            controller: place % topology.controllers,
            registering: None,
            beating: None,
            observing: None,
            beat_at: 0,
            shrink_at: 0,
            checkpoint_at: 0,
            checkpoint: disk.high_watermarks,
            held: Vec::new(),
            // Numbers of requests differ between lives, so that late answers are to nobody.
            requests: incarnation << 32,
        }
    }

    /// Ends the process. `clean` syncs and writes down that it did.
    pub fn stopped(mut self, clean: bool) -> BrokerDisk {
        if clean {
            self.sync();
            self.write_checkpoint();
        }
        BrokerDisk {
            logs: self.replicas.into_iter().map(Replica::into_log).collect(),
            high_watermarks: self.checkpoint,
            loader: self.loader,
            clean_epoch: clean.then_some(self.epoch),
        }
    }

    /// Asks for a controlled shutdown.
    pub const fn stop(&mut self) {
        self.stopping = true;
    }

    /// Whether a controlled shutdown is done.
    pub const fn may_stop(&self) -> bool {
        self.may_stop
    }

    /// Its epoch; -1 until it is registered.
    pub const fn epoch(&self) -> i64 {
        self.epoch
    }

    /// Its replicas, by partition.
    pub fn replicas(&self) -> &[Replica] {
        &self.replicas
    }

    /// Brings everything onto the disk.
    pub fn sync(&mut self) {
        self.replicas.iter_mut().for_each(Replica::sync);
    }

    fn write_checkpoint(&mut self) {
        for (slot, replica) in self.checkpoint.iter_mut().zip(&self.replicas) {
            *slot = replica.high_watermark().unwrap_or(*slot);
        }
    }

    /// The number of a new request.
    const fn ask(&mut self, until: Micros) -> Asked {
        self.requests += 1;
        Asked { id: self.requests, until }
    }

    fn standing(&self, id: BrokerId) -> Standing {
        Standing { epoch: self.image.broker(id).map(|broker| broker.epoch), active: self.image.is_active(id) }
    }

    /// Takes a message.
    pub fn receive(&mut self, from: Addr, message: Message, ctx: &mut Ctx<'_>) {
        match message {
            Message::Registered { id, result } => self.registered(from, id, result, ctx),
            Message::HeartbeatAnswered { id, result } => self.heartbeat_answered(from, id, result, ctx),
            Message::MetadataFetched { id, from, entries, leader } => self.observed(id, from, entries, leader, ctx),
            Message::Altered { id, result } => self.altered(from, id, result, ctx),
            Message::Produce { id, part, batch } => self.produce(from, id, part, batch, ctx),
            Message::Fetch { id, part, offset, epoch, max } => {
                let result = self.consumer_fetch(part, offset, epoch, max);
                ctx.send(self.me, from, Message::Fetched { id, part, result });
            }
            Message::Metadata { id } => {
                if self.opened {
                    let leaders = self.leaders();
                    ctx.send(self.me, from, Message::MetadataAnswered { id, leaders });
                }
            }
            Message::ReplicaFetch { id, follower, broker_epoch, wants } => {
                self.replica_fetch(from, id, follower, broker_epoch, wants, ctx);
            }
            Message::ReplicaFetched { id, got } => self.fetched(from, id, got, ctx),
            Message::Locate { id, part, epoch, end } => {
                let result = self.locate(part, epoch, end);
                ctx.send(self.me, from, Message::Located { id, part, epoch, result });
            }
            Message::Located { id, part, epoch, result } => self.located(id, part, epoch, result, ctx),
            _ => {}
        }
    }

    /// Takes the time. To be called every [`super::time::BROKER_TICK`].
    pub fn tick(&mut self, ctx: &mut Ctx<'_>) {
        self.keep_in_touch(ctx);
        self.let_held_go(ctx);
        self.shrink(ctx);
        self.propose(ctx);
        for leader in 0..self.fetching.len() {
            self.fetch_from(leader, ctx);
        }
        if ctx.now >= self.checkpoint_at {
            self.checkpoint_at = ctx.now + super::time::CHECKPOINT;
            self.write_checkpoint();
        }
    }

    /// Whether every partition that it leads is whole, and every one that it follows is followed.
    pub fn is_settled(&self) -> bool {
        self.opened && self.altering.is_none() && self.replicas.iter().all(Replica::is_settled)
    }

    fn key(part: PartIndex) -> crate::broker::state::replication::ReplicaKey {
        (super::controller::TOPIC_ID, part as i32)
    }
}
