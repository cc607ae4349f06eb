//! openraft behind [`Quorum`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use openraft::async_runtime::watch::WatchReceiver as _;
use openraft::{Config, Instant as _, Raft, SnapshotPolicy};
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::leadership::{self, watch_leadership};
use super::machine::{Backlog, Publish, StateMachine};
use super::network::{Addresses, Peers};
use super::peers::PeerDesk;
use super::store::{Closer, LogStore};
use super::types::{Membership, Types, Value, Voter, kraft_version_of, offset_of};
use super::{
    Committed, FollowerFetch, Leadership, ProposeError, Quorum, QuorumError, QuorumSettings, QuorumStatus,
    ReplicaProgress, Stretch, VoterChange, VoterRefusal, voters,
};
use crate::broker::state::metadata::{MetadataImage, MetadataUpdate};
use crate::client::{ClientConfig, Connection};
use crate::log::LogError;
use crate::log::storage::METADATA_DIR;
use crate::model::{BrokerId, ErrorCode, LeaderEpoch, Offset, TimestampMs};

/// A quorum that runs on openraft.
pub struct RaftQuorum {
    raft: Raft<Types, StateMachine>,
    desk: PeerDesk,
    log: Arc<super::store::Shared>,
    observers: Mutex<Observers>,
    /// What voters have told of themselves that files name.
    told: Mutex<BTreeMap<BrokerId, Voter>>,
    leadership: watch::Receiver<Leadership>,
    voters: watch::Receiver<Option<Vec<BrokerId>>>,
    client: Arc<ClientConfig>,
    closer: Mutex<Option<Closer>>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
    node_id: BrokerId,
    backlog: Arc<Backlog>,
}

impl fmt::Debug for RaftQuorum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RaftQuorum").field("leadership", &*self.leadership.borrow()).finish()
    }
}

/// Starts this node's part in the quorum. `publish` gets every step in order: first the one to the newest snapshot's
/// image (which is also returned), before this function does.
///
/// # Errors
/// [`QuorumError`] when the directory cannot be used, or more than this node would have to vote.
pub async fn start(
    settings: &QuorumSettings,
    publish: impl Fn(MetadataUpdate) + Send + Sync + 'static,
) -> Result<(Arc<RaftQuorum>, MetadataImage), QuorumError> {
    enter(settings, publish, Entry::ByTheLog).await
}

/// By what right a node takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// Its own log names it among the voters.
    ByTheLog,
    /// A leader sends it entries, as it does to voters alone: the one that names it is on its way.
    Summoned,
}

pub(super) async fn enter(
    settings: &QuorumSettings,
    publish: impl Fn(MetadataUpdate) + Send + Sync + 'static,
    entry: Entry,
) -> Result<(Arc<RaftQuorum>, MetadataImage), QuorumError> {
    let publish: Publish = Box::new(publish);
    let machine = StateMachine::open(settings, publish)?;
    let (store, closer) = LogStore::open(settings, machine.membership().clone())?;
    let voters: Vec<i32> = store.members().voter_ids().collect();
    let node = settings.node_id.get();
    if voters.is_empty() && entry == Entry::ByTheLog {
        return Err(QuorumError::NoVoters(settings.metadata_dir.join(METADATA_DIR)));
    }
    if !voters.contains(&node) && entry == Entry::ByTheLog {
        return Err(QuorumError::NotAVoter { node, voters });
    }
    let (image, backlog) = (machine.image(), machine.backlog());
    let engine = |e: &dyn fmt::Display| QuorumError::Engine(e.to_string());
    let timeout = settings.election_timeout_ms.max(200);
    let config = Config {
        cluster_name: METADATA_DIR.to_owned(),
        heartbeat_interval: (timeout / 5).max(20),
        // A follower waits for the leader's lease, which is the longest timeout, and then for its own: together at
        // least as long as Kafka waits for an answer of its leader (controller.quorum.fetch.timeout.ms), by default.
        election_timeout_min: timeout / 10 * 9,
        election_timeout_max: timeout / 10 * 12,
        // A leader that hears nobody falls silent, so that those who still hear it may elect another.
        quorum_loss_probe_interval: Some(timeout * 3),
        // A command of 10,000 records should not take as many turns to each voter as it has hundreds.
        max_payload_entries: 4096,
        // By bytes and time, as Kafka counts: see `watch_backlog`.
        snapshot_policy: SnapshotPolicy::Never,
        // The log begins where the snapshot ends, so that the epoch before its first entry is in a file's name.
        max_in_snapshot_log_to_keep: 0,
        enable_pre_vote: Some(true),
        // A voter whose disk was replaced comes back empty, under its name where the voters are static. It is filled
        // again, as Kafka does; whoever replaces the disks of a majority has lost the log, here and there.
        allow_log_reversion: Some(true),
        // A leader that starts again begins a new epoch: what it proposed in the old one is settled by then.
        enable_leader_restore: Some(false),
        ..Config::default()
    };
    let config = config.validate().map_err(|e| engine(&e))?;
    let client = ClientConfig {
        client_id: format!("voter-{node}"),
        connect_timeout: Duration::from_millis(timeout),
        ..ClientConfig::new(Vec::new())
    };
    let client = Arc::new(client);
    let addresses = Arc::new(Addresses::default());
    let peers = Peers {
        cluster_id: settings.cluster_id.as_str().into(),
        config: Arc::clone(&client),
        addresses: Arc::clone(&addresses),
    };
    let log = store.shared();
    let raft = Raft::new(node, Arc::new(config), peers, store, machine).await.map_err(|e| engine(&e))?;
    if voters == [node] {
        // A lone voter need not wait for a timeout to know that nobody else leads.
        raft.trigger().elect(false).await.map_err(|e| engine(&e))?;
    }

    let (tell, leadership) = watch::channel(Leadership::default());
    let (tell_voters, voters) = watch::channel(None);
    let patience = Duration::from_millis(timeout * 3 / 2);
    let tasks = vec![
        tokio::spawn(watch_leadership(raft.clone(), tell, patience)),
        tokio::spawn(watch_voters(raft.clone(), tell_voters, addresses)),
        tokio::spawn(watch_backlog(raft.clone(), Arc::clone(&backlog), settings.clone())),
    ];
    let desk = PeerDesk {
        raft: raft.clone(),
        cluster_id: settings.cluster_id.clone(),
        node_id: node,
        dir: settings.metadata_dir.join(METADATA_DIR),
        incoming: tokio::sync::Mutex::default(),
    };
    let quorum = RaftQuorum {
        raft,
        desk,
        log,
        observers: Mutex::default(),
        told: Mutex::default(),
        leadership,
        voters,
        client,
        closer: Mutex::new(Some(closer)),
        tasks: Mutex::new(tasks),
        node_id: settings.node_id,
        backlog,
    };
    Ok((Arc::new(quorum), image))
}

/// Those who follow without a vote, as this leader has heard of them.
#[derive(Debug, Default)]
struct Observers(BTreeMap<BrokerId, ReplicaProgress>);

impl Observers {
    /// How long one that is not heard of stays (`LeaderState.OBSERVER_SESSION_TIMEOUT_MS`).
    const SESSION_MS: i64 = 300_000;
    /// An observer asks twice a second.
    const FRESH_MS: i64 = 5_000;

    fn heard(&mut self, fetch: &FollowerFetch, end: Offset, now: TimestampMs) {
        let before = self.0.get(&fetch.id).map_or(TimestampMs::NONE, |progress| progress.last_caught_up);
        let last_caught_up = if fetch.from >= end { now } else { before };
        let FollowerFetch { id, directory_id, from, .. } = *fetch;
        self.0.insert(id, ReplicaProgress { id, directory_id, log_end: from, last_heard: now, last_caught_up });
    }

    /// Those that have everything, and were heard of a moment ago.
    fn following(&mut self, now: TimestampMs) -> BTreeSet<BrokerId> {
        let fresh = |progress: &ReplicaProgress| now - progress.last_caught_up < Self::FRESH_MS;
        self.known(now).into_iter().filter(fresh).map(|progress| progress.id).collect()
    }

    fn known(&mut self, now: TimestampMs) -> Vec<ReplicaProgress> {
        self.0.retain(|_, progress| now - progress.last_heard < Self::SESSION_MS);
        self.0.values().cloned().collect()
    }
}

async fn watch_voters(
    raft: Raft<Types, StateMachine>,
    tell: watch::Sender<Option<Vec<BrokerId>>>,
    addresses: Arc<Addresses>,
) {
    let mut metrics = raft.metrics();
    let mut learned = None;
    loop {
        let (effective, now) = {
            let metrics = metrics.borrow_and_update();
            (metrics.membership_config.clone(), metrics.committed_membership_config.clone())
        };
        // Where a voter is counts from the moment it is written, as its vote does.
        if learned.as_ref() != Some(&effective) {
            addresses.learn(effective.membership());
            learned = Some(effective);
        }
        let voters: Vec<BrokerId> = now.membership().voter_ids().map(BrokerId).collect();
        // Before the first entry of the log is committed there is no committed membership.
        if !voters.is_empty() {
            tell.send_if_modified(|before| before.replace(voters.clone()).as_ref() != Some(&voters));
        }
        if metrics.changed().await.is_err() {
            return;
        }
    }
}

async fn watch_backlog(raft: Raft<Types, StateMachine>, backlog: Arc<Backlog>, settings: QuorumSettings) {
    let mut last = tokio::time::Instant::now();
    let every = Duration::from_millis(settings.snapshot_after_ms);
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let bytes = backlog.bytes();
        let by_time = !every.is_zero() && last.elapsed() >= every && bytes > 0;
        if bytes >= settings.snapshot_after_bytes || by_time {
            last = tokio::time::Instant::now();
            if raft.trigger().snapshot().await.is_err() {
                return;
            }
        }
    }
}

impl RaftQuorum {
    fn membership(&self) -> Membership {
        self.raft.metrics().borrow_watched().membership_config.membership().clone()
    }

    async fn reach(&self, voter: &Voter) -> Result<(), VoterRefusal> {
        let timed_out = |why: String| VoterRefusal::new(ErrorCode::RequestTimedOut, why);
        let Some(at) = voter.endpoints.first() else {
            return Err(VoterRefusal::new(ErrorCode::InvalidRequest, "The voter has no listener."));
        };
        let opened = Connection::open(&format!("{}:{}", at.host, at.port), &self.client).await;
        opened.map(drop).map_err(|e| timed_out(format!("Voter {} cannot be reached: {e}", voter.id)))
    }
}

impl Quorum for RaftQuorum {
    fn propose<'a>(
        &'a self,
        epoch: LeaderEpoch,
        values: Vec<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Committed, ProposeError>> + Send + 'a>> {
        Box::pin(async move {
            let now = *self.leadership.borrow();
            if now.leader != Some(self.node_id) || now.epoch != epoch {
                return Err(ProposeError::NotLeader);
            }
            let timestamp = TimestampMs::now().get();
            let count = values.len();
            let values =
                values.into_iter().map(move |bytes| Value { timestamp, bytes: bytes.into(), is_kraft_version: false });
            let mut results =
                self.raft.client_write_many(values).await.map_err(|e| ProposeError::Stopped(e.to_string()))?;
            let committed: Committed = Box::pin(async move {
                let mut last = None;
                for _ in 0..count {
                    match results.next().await {
                        Some(Ok(Ok(written))) => last = Some(written.log_id),
                        Some(Ok(Err(_))) => return Err(ProposeError::Lost),
                        Some(Err(fatal)) => return Err(ProposeError::Stopped(fatal.to_string())),
                        None => return Err(ProposeError::Lost),
                    }
                }
                last.map(|id| offset_of(&id)).ok_or(ProposeError::Lost)
            });
            Ok(committed)
        })
    }

    fn leadership(&self) -> watch::Receiver<Leadership> {
        self.leadership.clone()
    }

    fn voters(&self) -> watch::Receiver<Option<Vec<BrokerId>>> {
        self.voters.clone()
    }

    fn votes(&self) -> bool {
        true
    }

    fn summoned(&self) -> watch::Receiver<bool> {
        watch::channel(false).1
    }

    fn change_voters(
        &self,
        change: VoterChange,
    ) -> Pin<Box<dyn Future<Output = Result<(), VoterRefusal>> + Send + '_>> {
        Box::pin(async move {
            if !self.leadership.borrow().active {
                return Err(VoterRefusal::new(
                    ErrorCode::NotController,
                    "This node does not lead the metadata quorum.",
                ));
            }
            if let VoterChange::Add(voter) | VoterChange::Update(voter) = &change {
                // A quorum that counts one it cannot reach may lose its majority by that.
                self.reach(voter).await?;
            }
            match change {
                VoterChange::Name { dry_run } => {
                    let told = self.told.lock().clone();
                    return voters::name(&self.raft, &told, dry_run).await;
                }
                VoterChange::Update(voter) if kraft_version_of(&self.membership()) == 0 => {
                    if self.membership().get_node(&voter.id.get()).is_none() {
                        let text = format!("The voter id {} is not in the set of voters.", voter.id);
                        return Err(VoterRefusal::new(ErrorCode::VoterNotFound, text));
                    }
                    self.told.lock().insert(voter.id, voter);
                    return Ok(());
                }
                _ => {}
            }
            let now = TimestampMs::now();
            let following = self.observers.lock().following(now);
            voters::change(&self.raft, &change, &following).await
        })
    }

    fn open_transaction(&self) -> Option<Offset> {
        self.backlog.open_transaction()
    }

    fn status(&self) -> QuorumStatus {
        let metrics = self.raft.metrics().borrow_watched().clone();
        let end_of = |index: Option<u64>| index.map_or(Offset::ZERO, |i| Offset(i as i64 + 1));
        let membership = metrics.membership_config.membership();
        let now = TimestampMs::now();
        let progress = |id: i32| {
            let (log_end, last_heard) = if id == self.node_id.get() {
                (end_of(metrics.last_log_index), now)
            } else {
                let matched = metrics.replication.as_ref().and_then(|r| r.get(&id).cloned().flatten());
                let heard = metrics.heartbeat.as_ref().and_then(|h| h.get(&id).cloned().flatten());
                let ago = |ms: u128| now + -i64::try_from(ms).unwrap_or(i64::MAX >> 1);
                let last_heard = heard.map_or(TimestampMs::NONE, |at| ago(at.elapsed().as_millis()));
                (matched.map_or(Offset::NONE, |id| offset_of(&id).next()), last_heard)
            };
            let directory_id = membership.get_node(&id).map(|m| m.voter(id).directory_id).unwrap_or_default();
            ReplicaProgress { id: BrokerId(id), directory_id, log_end, last_heard, last_caught_up: last_heard }
        };
        QuorumStatus {
            leadership: *self.leadership.borrow(),
            high_watermark: metrics.cluster_committed.as_ref().map_or(Offset::ZERO, |id| offset_of(id).next()),
            voters: membership.voter_ids().map(progress).collect(),
            // One that got its vote a moment ago was an observer before.
            observers: {
                let votes = |id: BrokerId| membership.voter_ids().any(|voter| voter == id.get());
                self.observers.lock().known(now).into_iter().filter(|o| !votes(o.id)).collect()
            },
            endpoints: membership.nodes().map(|(id, member)| (BrokerId(*id), member.voter(*id).endpoints)).collect(),
        }
    }

    fn failed(&self) -> Pin<Box<dyn Future<Output = String> + Send>> {
        let mut metrics = self.raft.metrics();
        Box::pin(async move {
            loop {
                if let Err(fatal) = &metrics.borrow_and_update().running_state {
                    return fatal.to_string();
                }
                if metrics.changed().await.is_err() {
                    return "its engine has stopped".to_owned();
                }
            }
        })
    }

    fn snapshot(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            let _ = self.raft.trigger().snapshot().await;
        })
    }

    fn leader_endpoint(&self) -> Option<(BrokerId, String)> {
        let leader = self.leadership.borrow().leader?;
        let metrics = self.raft.metrics().borrow_watched().clone();
        let member = metrics.membership_config.membership().get_node(&leader.get())?;
        let endpoint = member.voter(leader.get()).endpoints.into_iter().next()?;
        Some((leader, format!("{}:{}", endpoint.host, endpoint.port)))
    }

    fn answer_peer(&self, request: Bytes) -> Pin<Box<dyn Future<Output = Bytes> + Send + '_>> {
        Box::pin(self.desk.answer(request))
    }

    fn read_committed(&self, fetch: &FollowerFetch) -> Result<Stretch, LogError> {
        if !self.leadership.borrow().active {
            return Ok(Stretch::NotHere);
        }
        let metrics = self.raft.metrics();
        let applied = metrics.borrow_watched().last_applied.as_ref().map_or(Offset::ZERO, |id| offset_of(id).next());
        let stretch = self.log.read_committed(fetch, applied)?;
        let is_voter = metrics.borrow_watched().membership_config.membership().get_node(&fetch.id.get()).is_some();
        if fetch.id != BrokerId::NONE && !is_voter && matches!(stretch, Stretch::Batches { .. }) {
            self.observers.lock().heard(fetch, applied, TimestampMs::now());
        }
        Ok(stretch)
    }

    fn shutdown(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            leadership::hand_over(&self.raft).await;
            for task in self.tasks.lock().drain(..) {
                task.abort();
            }
            let _ = self.raft.shutdown().await;
            let closer = self.closer.lock().take();
            if let Some(closer) = closer {
                closer.close().await;
            }
        })
    }
}
