//! openraft behind [`Quorum`].

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use openraft::async_runtime::watch::WatchReceiver as _;
use openraft::{Config, Raft, ServerState, SnapshotPolicy};
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::machine::{Backlog, Publish, StateMachine};
use super::network::NoPeers;
use super::store::{Closer, LogStore};
use super::types::{Types, Value, offset_of};
use super::{Committed, Leadership, ProposeError, Quorum, QuorumError, QuorumSettings, QuorumStatus, ReplicaProgress};
use crate::broker::state::metadata::{MetadataImage, MetadataUpdate};
use crate::log::storage::METADATA_DIR;
use crate::model::{BrokerId, LeaderEpoch, Offset, TimestampMs};

/// A quorum that runs on openraft.
pub struct RaftQuorum {
    raft: Raft<Types, StateMachine>,
    leadership: watch::Receiver<Leadership>,
    closer: Mutex<Option<Closer>>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
    node_id: BrokerId,
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
    let publish: Publish = Box::new(publish);
    let machine = StateMachine::open(settings, publish)?;
    let voters: Vec<i32> = machine.membership().voter_ids().collect();
    let node = settings.node_id.get();
    match voters[..] {
        [] => return Err(QuorumError::NoVoters(settings.metadata_dir.join(METADATA_DIR))),
        [only] if only == node => {}
        _ => {
            return Err(QuorumError::Engine(format!(
                "the quorum's voters are {voters:?}; this version runs a single voter, which must be this node ({node})"
            )));
        }
    }
    let (store, closer) = LogStore::open(settings, machine.membership().clone())?;
    let (image, backlog) = (machine.image(), machine.backlog());
    let engine = |e: &dyn fmt::Display| QuorumError::Engine(e.to_string());
    let config = Config {
        cluster_name: METADATA_DIR.to_owned(),
        // Kafka's leaders are heard of at every fetch, at least twice a second.
        heartbeat_interval: (settings.election_timeout_ms / 2).max(50),
        election_timeout_min: settings.election_timeout_ms.max(100),
        election_timeout_max: settings.election_timeout_ms.max(100) * 2,
        // By bytes and time, as Kafka counts: see `watch_backlog`.
        snapshot_policy: SnapshotPolicy::Never,
        // The log begins where the snapshot ends, so that the epoch before its first entry is in a file's name.
        max_in_snapshot_log_to_keep: 0,
        enable_pre_vote: Some(true),
        // A leader that starts again begins a new epoch: what it proposed in the old one is settled by then.
        enable_leader_restore: Some(false),
        ..Config::default()
    };
    let config = config.validate().map_err(|e| engine(&e))?;
    let raft = Raft::new(node, Arc::new(config), NoPeers, store, machine).await.map_err(|e| engine(&e))?;
    // A lone voter need not wait for a timeout to know that nobody else leads.
    raft.trigger().elect(false).await.map_err(|e| engine(&e))?;

    let (tell, leadership) = watch::channel(Leadership::default());
    let tasks = vec![
        tokio::spawn(watch_leadership(raft.clone(), tell)),
        tokio::spawn(watch_backlog(raft.clone(), backlog, settings.clone())),
    ];
    let quorum = RaftQuorum {
        raft,
        leadership,
        closer: Mutex::new(Some(closer)),
        tasks: Mutex::new(tasks),
        node_id: settings.node_id,
    };
    Ok((Arc::new(quorum), image))
}

async fn watch_leadership(raft: Raft<Types, StateMachine>, tell: watch::Sender<Leadership>) {
    let mut metrics = raft.metrics();
    loop {
        let now = {
            let m = metrics.borrow_and_update();
            // What this node applied in its own term covers everything from before: the blank entry came after it.
            let settled = m.last_applied.as_ref().is_some_and(|id| id.leader_id.term == m.current_term);
            Leadership {
                leader: m.current_leader.map(BrokerId),
                epoch: LeaderEpoch(m.current_term),
                active: m.running_state.is_ok() && m.state == ServerState::Leader && settled,
            }
        };
        if now.active {
            // A lone voter that leads has nobody to send heartbeats to, and nobody who could take over: ten ticks a
            // second would only keep an idle machine awake.
            raft.runtime_config().tick(false);
        }
        tell.send_if_modified(|before| std::mem::replace(before, now) != now);
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
            let values = values.into_iter().map(move |bytes| Value { timestamp, bytes: bytes.into() });
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
                (matched.map_or(Offset::NONE, |id| offset_of(&id).next()), TimestampMs::NONE)
            };
            let directory_id = membership.get_node(&id).map(|m| m.voter(id).directory_id).unwrap_or_default();
            ReplicaProgress { id: BrokerId(id), directory_id, log_end, last_heard }
        };
        QuorumStatus {
            leadership: *self.leadership.borrow(),
            high_watermark: metrics.cluster_committed.as_ref().map_or(Offset::ZERO, |id| offset_of(id).next()),
            voters: membership.voter_ids().map(progress).collect(),
            observers: membership.learner_ids().map(progress).collect(),
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

    fn shutdown(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
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
