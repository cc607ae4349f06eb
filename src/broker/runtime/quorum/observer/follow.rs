//! The talk with the leader of the quorum: who it is, what is new, and snapshots where the log does not reach back.

use std::collections::BTreeMap;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;

use super::super::{Leadership, QuorumError, QuorumSettings};
use super::copy::Copy;
use crate::client::{ClientConfig, ClientError, Connection};
use crate::log::LogError;
use crate::log::storage::{CheckpointName, METADATA_DIR};
use crate::model::{BrokerId, ErrorCode, LeaderEpoch, Offset, Uuid};
use crate::wire::messages::fetch::{
    FetchPartition, FetchRequest, FetchResponse, FetchTopic, PartitionData, ReplicaState,
};
use crate::wire::messages::fetch_snapshot::{
    FetchSnapshotRequest, FetchSnapshotRequestPartitionSnapshot, FetchSnapshotRequestSnapshotId,
    FetchSnapshotRequestTopicSnapshot,
};

/// The topic of the metadata log.
const METADATA_TOPIC: &str = "__cluster_metadata";
/// `MaxFetchWaitMs` of KRaft.
const MAX_WAIT: Duration = Duration::from_millis(500);
/// Bytes asked for at a time (`MAX_FETCH_SIZE` of KRaft is 1 MiB; ours are read whole).
const FETCH_BYTES: i32 = 8 << 20;
/// Bytes of a snapshot asked for at a time.
const PIECE_BYTES: i32 = 1 << 20;
/// Pause after nobody could be asked.
const PAUSE: Duration = Duration::from_millis(100);

/// What is known of the controllers.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    leader: Option<BrokerId>,
    epoch: LeaderEpoch,
    /// Where controllers are.
    addresses: BTreeMap<BrokerId, String>,
}

impl Known {
    pub(super) fn leader_endpoint(&self) -> Option<(BrokerId, String)> {
        let leader = self.leader?;
        Some((leader, self.addresses.get(&leader)?.clone()))
    }
}

/// What others may watch.
pub(super) struct Channels {
    pub(super) known: watch::Receiver<Known>,
    pub(super) leadership: watch::Receiver<Leadership>,
    pub(super) failure: watch::Receiver<Option<String>>,
}

/// The task that follows.
pub(super) struct Follower {
    node_id: BrokerId,
    directory_id: Uuid,
    cluster_id: String,
    bootstrap: Vec<String>,
    next_bootstrap: usize,
    copy: Arc<Mutex<Copy>>,
    client: ClientConfig,
    connection: Option<Connection>,
    known: watch::Sender<Known>,
    leadership: watch::Sender<Leadership>,
    failure: watch::Sender<Option<String>>,
}

/// Why a round with a controller came to nothing.
enum Trouble {
    /// The controller, or the way to it: another try, or another controller, may do.
    Remote(String),
    /// This node's own disk, or what stands on it: it cannot go on.
    Own(LogError),
}

impl From<LogError> for Trouble {
    fn from(fault: LogError) -> Trouble {
        Trouble::Own(fault)
    }
}

impl From<ClientError> for Trouble {
    fn from(error: ClientError) -> Trouble {
        Trouble::Remote(error.to_string())
    }
}

impl Follower {
    pub(super) fn new(
        settings: &QuorumSettings,
        bootstrap: Vec<String>,
        copy: Arc<Mutex<Copy>>,
    ) -> Result<(Follower, Channels), QuorumError> {
        let endpoint = |voter: &super::super::Voter| {
            let at = voter.endpoints.first()?;
            Some((voter.id, format!("{}:{}", at.host, at.port)))
        };
        let addresses: BTreeMap<BrokerId, String> = settings.static_voters.iter().filter_map(endpoint).collect();
        let bootstrap: Vec<String> = bootstrap.into_iter().chain(addresses.values().cloned()).collect();
        if bootstrap.is_empty() {
            return Err(QuorumError::NoVoters(settings.metadata_dir.join(METADATA_DIR)));
        }
        let client = ClientConfig {
            client_id: format!("observer-{}", settings.node_id),
            connect_timeout: Duration::from_secs(2),
            request_timeout: Duration::from_millis(settings.fetch_timeout_ms.max(1000)),
            ..ClientConfig::new(Vec::new())
        };
        let (known, known_seen) = watch::channel(Known { epoch: LeaderEpoch::NONE, addresses, ..Known::default() });
        let (leadership, leadership_seen) = watch::channel(Leadership::default());
        let (failure, failure_seen) = watch::channel(None);
        let follower = Follower {
            node_id: settings.node_id,
            directory_id: settings.directory_id,
            cluster_id: settings.cluster_id.clone(),
            bootstrap,
            next_bootstrap: 0,
            copy,
            client,
            connection: None,
            known,
            leadership,
            failure,
        };
        let channels = Channels { known: known_seen, leadership: leadership_seen, failure: failure_seen };
        Ok((follower, channels))
    }

    /// Follows until the disk fails or the task is ended.
    pub(super) async fn run(mut self) {
        let mut complained = String::new();
        loop {
            match self.round().await {
                Ok(()) => complained.clear(),
                Err(Trouble::Remote(why)) => {
                    if why != complained {
                        tracing::warn!("cannot follow the metadata log: {why}");
                        complained = why;
                    }
                    self.connection = None;
                    self.forget_leader();
                    tokio::time::sleep(PAUSE).await;
                }
                Err(Trouble::Own(fault)) => {
                    self.failure.send_replace(Some(format!("the copy of the metadata log: {fault}")));
                    return;
                }
            }
        }
    }

    fn forget_leader(&self) {
        self.known.send_modify(|known| known.leader = None);
        self.leadership.send_if_modified(|now| now.leader.take().is_some());
    }

    /// Takes what an answer says of the leader, unless it is older than what is known.
    fn learn(&self, response: &FetchResponse, data: &PartitionData) {
        let told = &data.current_leader;
        self.known.send_if_modified(|known| {
            for node in &response.node_endpoints {
                known.addresses.insert(BrokerId(node.node_id), format!("{}:{}", node.host, node.port));
            }
            let epoch = LeaderEpoch(told.leader_epoch);
            if epoch < known.epoch || told.leader_epoch < 0 {
                return false;
            }
            let leader = (told.leader_id >= 0).then_some(BrokerId(told.leader_id));
            let changed = epoch > known.epoch || known.leader != leader;
            (known.epoch, known.leader) = (epoch, leader);
            changed
        });
        let (leader, epoch) = {
            let known = self.known.borrow();
            (known.leader, known.epoch)
        };
        let now = Leadership { leader, epoch, active: false };
        self.leadership.send_if_modified(|before| std::mem::replace(before, now) != now);
    }

    async fn connection(&mut self) -> Result<Connection, Trouble> {
        let leader = self.known.borrow().leader_endpoint().map(|(_, address)| address);
        if let Some(connection) = self.connection.as_ref().filter(|c| !c.is_closed())
            && leader.as_deref().is_none_or(|address| address == connection.address())
        {
            return Ok(connection.clone());
        }
        let address = leader.unwrap_or_else(|| {
            self.next_bootstrap += 1;
            self.bootstrap[self.next_bootstrap % self.bootstrap.len()].clone()
        });
        let connection = Connection::open(&address, &self.client).await?;
        self.connection = Some(connection.clone());
        Ok(connection)
    }

    async fn round(&mut self) -> Result<(), Trouble> {
        let connection = self.connection().await?;
        let version = connection.versions().pick::<FetchRequest>(17).ok_or_else(|| {
            Trouble::Remote(format!("{} is no controller: it does not serve Fetch 17", connection.address()))
        })?;
        let (end, last_epoch) = self.copy.lock().end();
        let request = self.fetch(end, last_epoch);
        let response = connection.send_in(&request, version, self.client.request_timeout).await?;
        let refused = |what: &str, code: i16| {
            Trouble::Remote(format!("{} refused {what}: {}", connection.address(), ErrorCode::from_code(code).name()))
        };
        if response.error_code != 0 {
            return Err(refused("Fetch", response.error_code));
        }
        let Some(data) = response.responses.first().and_then(|topic| topic.partitions.first()) else {
            return Err(Trouble::Remote(format!("{} answered nothing", connection.address())));
        };
        self.learn(&response, data);
        match ErrorCode::from_code(data.error_code) {
            ErrorCode::None => {}
            // The answer named the leader, if there is one.
            ErrorCode::NotLeaderOrFollower | ErrorCode::FencedLeaderEpoch | ErrorCode::UnknownLeaderEpoch => {
                self.connection = None;
                if self.known.borrow().leader.is_none() {
                    tokio::time::sleep(PAUSE).await;
                }
                return Ok(());
            }
            code => return Err(refused("Fetch of the metadata log", code.code())),
        }
        if data.snapshot_id.end_offset >= 0 {
            let name =
                CheckpointName { end: Offset(data.snapshot_id.end_offset), epoch: LeaderEpoch(data.snapshot_id.epoch) };
            return self.fetch_snapshot(&connection, name).await;
        }
        let mut copy = self.copy.lock();
        if data.diverging_epoch.epoch >= 0 || data.diverging_epoch.end_offset >= 0 {
            copy.truncate(LeaderEpoch(data.diverging_epoch.epoch), Offset(data.diverging_epoch.end_offset))?;
            return Ok(());
        }
        if let Some(records) = &data.records {
            copy.append(records)?;
        }
        copy.commit(Offset(data.high_watermark))?;
        Ok(())
    }

    fn fetch(&self, end: Offset, last_epoch: LeaderEpoch) -> FetchRequest {
        let partition = FetchPartition {
            partition: 0,
            current_leader_epoch: self.known.borrow().epoch.get(),
            fetch_offset: end.get(),
            last_fetched_epoch: last_epoch.get(),
            log_start_offset: -1,
            partition_max_bytes: FETCH_BYTES,
            replica_directory_id: self.directory_id,
            ..FetchPartition::default()
        };
        FetchRequest {
            cluster_id: Some(self.cluster_id.clone()),
            replica_state: ReplicaState { replica_id: self.node_id.get(), replica_epoch: -1 },
            max_wait_ms: i32::try_from(MAX_WAIT.as_millis()).unwrap_or(500),
            max_bytes: FETCH_BYTES,
            topics: vec![FetchTopic {
                topic_id: Uuid::METADATA_TOPIC,
                partitions: vec![partition],
                ..FetchTopic::default()
            }],
            ..FetchRequest::default()
        }
    }

    async fn fetch_snapshot(&self, connection: &Connection, name: CheckpointName) -> Result<(), Trouble> {
        tracing::info!(end = name.end.get(), "fetching a metadata snapshot");
        let (path, file) = self.copy.lock().incoming(name)?;
        let mut position: i64 = 0;
        loop {
            let partition = FetchSnapshotRequestPartitionSnapshot {
                partition: 0,
                current_leader_epoch: self.known.borrow().epoch.get(),
                snapshot_id: FetchSnapshotRequestSnapshotId { end_offset: name.end.get(), epoch: name.epoch.get() },
                position,
                replica_directory_id: self.directory_id,
            };
            let request = FetchSnapshotRequest {
                cluster_id: Some(self.cluster_id.clone()),
                replica_id: self.node_id.get(),
                max_bytes: PIECE_BYTES,
                topics: vec![FetchSnapshotRequestTopicSnapshot {
                    name: METADATA_TOPIC.to_owned(),
                    partitions: vec![partition],
                }],
            };
            let response = connection.send(&request).await?;
            let piece = response.topics.first().and_then(|topic| topic.partitions.first());
            let code = piece.map_or(response.error_code, |p| p.error_code.max(response.error_code));
            let Some(piece) = piece.filter(|_| code == 0) else {
                let code = ErrorCode::from_code(code).name();
                return Err(Trouble::Remote(format!("{} refused FetchSnapshot: {code}", connection.address())));
            };
            if piece.position != position || piece.unaligned_records.is_empty() {
                return Err(Trouble::Remote(format!("{} sent another piece than asked for", connection.address())));
            }
            let io = |action, source| LogError::Io { action, path: path.clone(), source };
            file.write_all_at(&piece.unaligned_records, position as u64).map_err(|e| io("write to", e))?;
            position += piece.unaligned_records.len() as i64;
            if position >= piece.size {
                file.sync_all().map_err(|e| io("sync", e))?;
                break;
            }
        }
        self.copy.lock().install(name, &path)?;
        Ok(())
    }
}
