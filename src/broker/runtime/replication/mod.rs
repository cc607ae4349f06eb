//! Data replication at work: fetchers that follow other brokers' partitions, and the way of in-sync sets to the
//! controller. What to do is decided in `state::partition` and `state::replication`.
//!
//! [`Replication`] is told by [`Replication::follow`] and [`Replication::leave`] what this broker follows, as the metadata
//! says. From [`Replication::start`] on, `num.replica.fetchers` tasks for each leader fetch it: one connection and one
//! fetch session each. [`isr::run`] is the task that speaks to the controller.

mod fetcher;
pub mod isr;
mod request;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use self::fetcher::{Command, Fetcher};
pub use self::isr::{AlterPartitions, AlterReply, IsrContext, IsrProposals};
use super::metadata::MetadataCache;
use super::partition::Partition;
use super::replicas::Replicas;
use crate::broker::state::metadata::{ConfigResource, MetadataImage};
use crate::broker::state::replication::{ReplicaKey, Throttle};
use crate::config::BrokerConfig;
use crate::model::{BrokerId, LeaderEpoch, TimestampMs, java_string_hash};

/// How this broker follows others.
#[derive(Clone, Debug)]
pub struct ReplicationSettings {
    /// This broker.
    pub me: BrokerId,
    /// The listener by which brokers reach each other.
    pub listener: String,
    /// `num.replica.fetchers`.
    pub fetchers: usize,
    /// `replica.fetch.wait.max.ms`.
    pub wait_max_ms: i32,
    /// `replica.fetch.min.bytes`.
    pub min_bytes: i32,
    /// `replica.fetch.response.max.bytes`.
    pub response_max_bytes: i32,
    /// `replica.fetch.max.bytes`.
    pub partition_max_bytes: i32,
    /// `replica.fetch.backoff.ms`.
    pub backoff_ms: i64,
    /// `replica.socket.timeout.ms`, with the time that a fetch waits at the leader on top.
    pub socket_timeout: Duration,
}

impl ReplicationSettings {
    /// What a broker's settings say.
    pub fn from_config(config: &BrokerConfig) -> ReplicationSettings {
        let wait_max_ms = config.replica_fetch_wait_max_ms();
        let timeout = i64::from(config.replica_socket_timeout_ms()) + i64::from(wait_max_ms);
        ReplicationSettings {
            me: config.node_id(),
            listener: config.inter_broker_listener_name(),
            fetchers: usize::try_from(config.num_replica_fetchers()).unwrap_or(1).max(1),
            wait_max_ms,
            min_bytes: config.replica_fetch_min_bytes(),
            response_max_bytes: config.replica_fetch_response_max_bytes(),
            partition_max_bytes: config.replica_fetch_max_bytes(),
            backoff_ms: i64::from(config.replica_fetch_backoff_ms()),
            socket_timeout: Duration::from_millis(u64::try_from(timeout).unwrap_or(30_000)),
        }
    }
}

/// What is followed, and by whom.
#[derive(Debug, Default)]
struct Desk {
    /// Whom this broker follows in each partition, and in which term.
    followed: HashMap<ReplicaKey, Following>,
    /// A task for each leader and number, once started.
    fetchers: HashMap<(BrokerId, usize), (mpsc::UnboundedSender<Command>, JoinHandle<()>)>,
    started: bool,
    stopped: bool,
}

#[derive(Debug)]
struct Following {
    leader: BrokerId,
    epoch: LeaderEpoch,
    partition: Arc<Partition>,
}

/// The partitions that this broker follows.
#[derive(Debug)]
pub struct Replication {
    settings: Arc<ReplicationSettings>,
    replicas: Arc<Replicas>,
    metadata: Arc<MetadataCache>,
    desk: Mutex<Desk>,
    throttles: Arc<Throttles>,
}

/// The bounds on what replication may move for replicas that are not in sync (KIP-73).
#[derive(Debug, Default)]
pub struct Throttles {
    /// `leader.replication.throttled.rate`.
    pub leader: Mutex<Throttle>,
    /// `follower.replication.throttled.rate`.
    pub follower: Mutex<Throttle>,
}

impl Replication {
    /// Follows nothing yet.
    pub fn new(
        settings: ReplicationSettings,
        replicas: Arc<Replicas>,
        metadata: Arc<MetadataCache>,
    ) -> Arc<Replication> {
        let throttles = Arc::default();
        Arc::new(Replication { settings: Arc::new(settings), replicas, metadata, desk: Mutex::default(), throttles })
    }

    /// Follows `leader` in a term, from the end of the own log. Does nothing if it does so already.
    pub fn follow(&self, partition: &Arc<Partition>, leader: BrokerId, epoch: LeaderEpoch) {
        let key = partition.replica_key();
        let mut desk = self.desk.lock();
        if desk.stopped {
            return;
        }
        let following = Following { leader, epoch, partition: Arc::clone(partition) };
        match desk.followed.insert(key, following) {
            Some(before) if before.leader == leader && before.epoch == epoch => return,
            Some(before) if before.leader != leader => self.tell(&mut desk, before.leader, &before.partition, None),
            _ => {}
        }
        if desk.started {
            self.tell(&mut desk, leader, partition, Some(epoch));
        }
    }

    /// Follows nobody in a partition: this broker leads it, nobody does, or it is gone.
    pub fn leave(&self, key: ReplicaKey) {
        let mut desk = self.desk.lock();
        if let Some(before) = desk.followed.remove(&key) {
            self.tell(&mut desk, before.leader, &before.partition, None);
        }
    }

    /// Begins to fetch. Not before this broker is registered: leaders know their followers by the epoch of that, and an
    /// earlier life of this broker may have had more in its log (KIP-903). Needs a runtime.
    pub fn start(&self) {
        let mut desk = self.desk.lock();
        desk.started = true;
        let all: Vec<_> = desk.followed.values().map(|f| (f.leader, f.epoch, Arc::clone(&f.partition))).collect();
        for (leader, epoch, partition) in all {
            self.tell(&mut desk, leader, &partition, Some(epoch));
        }
    }

    /// Ends the fetches, and waits until nothing is appended any more.
    pub async fn shutdown(&self) {
        let fetchers = {
            let mut desk = self.desk.lock();
            desk.stopped = true;
            desk.followed.clear();
            std::mem::take(&mut desk.fetchers)
        };
        for (_, (_, task)) in fetchers {
            // It stops where it waits for somebody: never between an append and what belongs to it.
            task.abort();
            let _ = task.await;
        }
    }

    /// The bounds in force.
    pub const fn throttles(&self) -> &Arc<Throttles> {
        &self.throttles
    }

    /// Puts the bounds in force that the image says, for this broker or for all.
    pub fn configure(&self, image: &MetadataImage) {
        let now = TimestampMs::now();
        for (name, throttle) in [
            ("leader.replication.throttled.rate", &self.throttles.leader),
            ("follower.replication.throttled.rate", &self.throttles.follower),
        ] {
            let of = |resource| image.config(&resource).and_then(|all| all.get(name)?.trim().parse().ok());
            let rate = of(ConfigResource::broker(self.settings.me)).or_else(|| of(ConfigResource::all_brokers()));
            throttle.lock().set_rate(rate.unwrap_or(i64::MAX), now);
        }
    }

    /// How many partitions this broker follows.
    pub fn followed(&self) -> usize {
        self.desk.lock().followed.len()
    }

    fn tell(&self, desk: &mut Desk, leader: BrokerId, partition: &Arc<Partition>, epoch: Option<LeaderEpoch>) {
        let number = fetcher_of(partition, self.settings.fetchers);
        let command = match epoch {
            Some(epoch) => Command::Follow(Arc::clone(partition), epoch),
            None => Command::Leave(partition.replica_key()),
        };
        if let Some((commands, _)) = desk.fetchers.get(&(leader, number)) {
            // A task that is gone has lost its runtime; so will this one.
            let _ = commands.send(command);
        } else if epoch.is_some() {
            let (commands, queue) = mpsc::unbounded_channel();
            let _ = commands.send(command);
            let (replicas, metadata) = (Arc::clone(&self.replicas), Arc::clone(&self.metadata));
            let (settings, throttles) = (Arc::clone(&self.settings), Arc::clone(&self.throttles));
            let fetcher = Fetcher::new(leader, number, settings, replicas, metadata, throttles, queue);
            let task = tokio::spawn(fetcher.run());
            desk.fetchers.insert((leader, number), (commands, task));
        }
    }
}

/// Which of a leader's fetchers has a partition (`AbstractFetcherManager.getFetcherId`).
fn fetcher_of(partition: &Partition, fetchers: usize) -> usize {
    let name = partition.name();
    let hash = java_string_hash(name.topic.as_str()).wrapping_mul(31).wrapping_add(name.partition);
    (hash & i32::MAX) as usize % fetchers
}
