//! A broker from start to stop: directories, metadata quorum, partitions, listeners, and back.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle as ThreadHandle;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::info;

use super::net::{ConnectionLimits, Listener, NetContext};
use super::runtime::answers::AnswerCache;
use super::runtime::broker::{Broker, RACK_AWARE_SELECTOR, Settings};
use super::runtime::config_rules::TableRules;
use super::runtime::controller::{Controller, ControllerSettings};
use super::runtime::controller_link::{ControllerLink, OwnVote};
use super::runtime::directories::{self, DirectoryNews};
use super::runtime::groups::{CoordinatorSettings, GroupCoordinator};
use super::runtime::housekeeping;
use super::runtime::lifecycle::{BrokerState, Lifecycle, LifecycleSettings};
use super::runtime::log_dirs::{LogDirError, LogDirs};
use super::runtime::metadata::MetadataCache;
use super::runtime::metrics::Metrics;
use super::runtime::moves::mover::Mover;
use super::runtime::offsets_log::PartitionOffsetsLog;
use super::runtime::page_cache::{self, PageCacheBound};
use super::runtime::producer_ids::ProducerIdStock;
use super::runtime::quorum::{self, Quorum, QuorumError, QuorumSettings, Voter};
use super::runtime::replicas::Replicas;
use super::runtime::replication::{Replication, ReplicationSettings, isr};
use super::state::controller::Defaults;
use super::state::fetch_session::{FetchSessions, look_at_all_ms};
use super::state::groups::GroupConfig;
use super::state::metadata::{MetadataChanges, MetadataImage, MetadataUpdate, SUPPORTED_FEATURES};
use crate::config::{self, BrokerConfig, Role};
use crate::log::storage::VoterEndpoint;
use crate::model::{BrokerId, TimestampMs, Uuid};
use crate::wire::messages::broker_registration::{self, BrokerRegistrationRequest};
use crate::wire::records::metadata::{ControllerEndpoint, ControllerFeature, RegisterControllerRecord};

/// How long a stop may take before the broker goes without its leaderships moved.
const CONTROLLED_SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);
/// Idle time after which a fetch session may make place for another (`FetchSession.scala`).
const FETCH_SESSION_EVICTION_MS: i64 = 120_000;

/// Why a broker did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The directories.
    #[error(transparent)]
    LogDirs(#[from] LogDirError),
    /// The metadata quorum.
    #[error(transparent)]
    Quorum(#[from] QuorumError),
    /// A listener's address.
    #[error("cannot listen on {address}: {source}; is another broker running there?")]
    Bind {
        /// The address.
        address: String,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The metadata directory has no cluster id.
    #[error("{} is not formatted: run `logbus storage format --config FILE --cluster-id $(logbus storage random-uuid)`", .0.display())]
    NotFormatted(PathBuf),
    /// The setting asks for what this version does not have.
    #[error("{0}")]
    Unsupported(String),
    /// Anything else of the operating system.
    #[error("cannot start: {0}")]
    Io(#[from] io::Error),
}

/// A running broker.
pub struct Server {
    broker: Arc<Broker>,
    addresses: Vec<(String, SocketAddr)>,
    controller_addresses: Vec<(String, SocketAddr)>,
    lifecycle: Option<Arc<Lifecycle>>,
    quorum: Arc<dyn Quorum>,
    stop: watch::Sender<bool>,
    listeners: Vec<JoinHandle<()>>,
    threads: Vec<ThreadHandle<()>>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

impl Server {
    /// Starts a broker on formatted directories and returns once it serves.
    ///
    /// # Errors
    /// When a directory, the quorum or a listener cannot be had.
    pub async fn start(config: BrokerConfig) -> Result<Server, StartError> {
        let config = Arc::new(config);
        let metadata_dir = config.metadata_log_dir();
        let meta = crate::log::files::MetaProperties::read(&metadata_dir)
            .map_err(LogDirError::from)?
            .ok_or_else(|| StartError::NotFormatted(metadata_dir.clone()))?;
        let dirs = LogDirs::open(&config.log_dirs(), &metadata_dir, config.node_id(), &meta.cluster_id)?;
        let (controller_sockets, sockets) = bind(&config).await?;
        let is_broker = config.has_role(Role::Broker);

        let metadata = MetadataCache::new(meta.cluster_id.clone(), MetadataImage::default());
        let publisher = Arc::clone(&metadata);
        let settings = quorum_settings(&config, &meta.cluster_id, meta.directory_id.unwrap_or(Uuid::ZERO));
        let publish = move |update| publisher.publish(update);
        let servers = config.controller_quorum_bootstrap_servers().to_vec();
        let mut registration = None;
        let (quorum, local): (Arc<dyn Quorum>, _) = if config.has_role(Role::Controller) {
            let (part, image) = quorum::take_part(&settings, servers, publish).await?;
            metadata.seed(image);
            let quorum: Arc<dyn Quorum> = part;
            let rules = TableRules::new((*config).clone());
            let settings = controller_settings(&config, &meta.cluster_id, metadata_dir);
            registration = Some(settings.registration.clone());
            let (controller, _) = Controller::start(settings, rules, Arc::clone(&quorum), Arc::clone(&metadata));
            (quorum, Some(controller))
        } else {
            let (observer, image) = quorum::observe(&settings, servers, publish)?;
            metadata.seed(image);
            let quorum: Arc<dyn Quorum> = observer;
            (quorum, None)
        };
        let patience = Duration::from_millis(u64::try_from(config.broker_session_timeout_ms() / 2).unwrap_or(4500));
        let controller = ControllerLink::new(local, Arc::clone(&quorum), config.node_id(), patience);

        let replicas = Replicas::new(config.node_id(), dirs, page_cache_bound(&config));
        let replication =
            Replication::new(ReplicationSettings::from_config(&config), Arc::clone(&replicas), Arc::clone(&metadata));
        let news = Arc::<DirectoryNews>::default();
        let mover = Mover {
            me: config.node_id(),
            replicas: Arc::clone(&replicas),
            metadata: Arc::clone(&metadata),
            news: Arc::clone(&news),
        };
        let offsets_log = PartitionOffsetsLog::new(Arc::clone(&replicas));
        let groups = GroupCoordinator::new(Arc::new(offsets_log), coordinator_settings(&config));
        let slots = usize::try_from(config.max_fetch_sessions()).unwrap_or(1000);
        let fetch_wait = i64::from(config.replica_fetch_wait_max_ms());
        let look_at_all = look_at_all_ms(config.replica_lag_time_max_ms(), fetch_wait);
        let broker = Arc::new(Broker {
            id: config.node_id(),
            cluster_id: meta.cluster_id,
            settings: Settings {
                fetch_max_bytes: usize::try_from(config.fetch_max_bytes()).unwrap_or(0),
                rack_aware: config.replica_selector_class() == Some(RACK_AWARE_SELECTOR),
            },
            replicas,
            replication,
            metadata: Arc::clone(&metadata),
            controller: controller.clone(),
            directories: news,
            mover,
            groups,
            producer_ids: ProducerIdStock::new(config.node_id()),
            fetch_sessions: Mutex::new(FetchSessions::new(slots, FETCH_SESSION_EVICTION_MS, look_at_all)),
            metrics: Arc::new(Metrics::default()),
            answers: AnswerCache::default(),
            started: TimestampMs::now(),
            config: Arc::clone(&config),
        });
        broker.configure_directories(&broker.metadata.peek());
        follow_metadata(&broker)?;

        let (stop, stopped) = watch::channel(false);
        let context = Arc::new(NetContext::new(
            connection_limits(&config),
            Arc::clone(&broker.metrics),
            broker.replicas.page_cache().cloned(),
        ));
        let listen = |sockets: Vec<(String, TcpListener)>| {
            let serve = |(name, socket): (String, TcpListener)| {
                let listener = Listener::new(name, socket);
                tokio::spawn(listener.run(Arc::clone(&broker), Arc::clone(&context), stopped.clone()))
            };
            sockets.into_iter().map(serve).collect::<Vec<_>>()
        };
        let local_address = |(name, socket): &(String, TcpListener)| Ok((name.clone(), socket.local_addr()?));
        let controller_addresses = controller_sockets.iter().map(local_address).collect::<io::Result<Vec<_>>>()?;
        let mut addresses = sockets.iter().map(local_address).collect::<io::Result<Vec<_>>>()?;
        // Other voters and brokers need this node's controller before it can be ready itself.
        let mut listeners = listen(controller_sockets);
        if let Some(own) = registration {
            tokio::spawn(controller.clone().keep_vote(own_vote(&config, &settings, &own)));
            if let Some(voter) = named_by_files(&settings) {
                let id = broker.cluster_id.clone();
                tokio::spawn(controller.clone().tell_directory(voter, id, Arc::clone(&metadata)));
            }
            tokio::spawn(controller.clone().stay_enrolled(own, Arc::clone(&metadata)));
        }
        let lifecycle = if is_broker {
            let registration = broker_registration(&broker, &addresses);
            let heartbeat_interval =
                Duration::from_millis(u64::try_from(config.broker_heartbeat_interval_ms()).unwrap_or(2000));
            let settings = LifecycleSettings { heartbeat_interval, registration };
            let (lifecycle, _) = Lifecycle::start(settings, controller, metadata, Some(Arc::clone(&broker.replicas)));
            let mut state = lifecycle.state();
            let _ = state.wait_for(|state| *state == BrokerState::Running).await;
            broker.replicas.started();
            broker.replication.start();
            let news = Arc::clone(&broker.directories);
            let (id, link) = (broker.id, broker.controller.clone());
            tokio::spawn(directories::run(news, id, Arc::clone(&broker.metadata), link));
            tokio::spawn(isr::run(broker.isr_context(), Arc::new(broker.controller.clone())));
            listeners.extend(listen(sockets));
            Some(lifecycle)
        } else {
            addresses.clear();
            let mut leadership = quorum.leadership();
            let _ = leadership.wait_for(|now| now.leader.is_some()).await;
            None
        };
        let mut threads = vec![start_chores(&broker)?];
        threads.extend(start_movers(&broker)?);
        Ok(Server { broker, addresses, controller_addresses, lifecycle, quorum, stop, listeners, threads })
    }

    /// The broker behind the sockets.
    pub const fn broker(&self) -> &Arc<Broker> {
        &self.broker
    }

    /// Name and address of each listener of the controller, if the node has that role.
    pub fn controller_addresses(&self) -> &[(String, SocketAddr)] {
        &self.controller_addresses
    }

    /// Name and address of each listener of the broker, with the port it got; none if the node is a controller alone.
    pub fn addresses(&self) -> &[(String, SocketAddr)] {
        &self.addresses
    }

    /// Resolves with the reason when the broker cannot go on.
    pub async fn failed(&self) -> String {
        self.quorum.failed().await
    }

    /// Controlled shutdown: leaderships move, clients are let go, logs are closed in order and marked clean.
    pub async fn stop(mut self) {
        info!("stopping");
        if let Some(lifecycle) = &self.lifecycle
            && self.broker.config.controlled_shutdown_enable()
            && tokio::time::timeout(CONTROLLED_SHUTDOWN_TIMEOUT, lifecycle.leave()).await.is_err()
        {
            info!("the controller did not let this broker go in time; stopping all the same");
        }
        let _ = self.stop.send(true);
        for listener in self.listeners.drain(..) {
            let _ = listener.await;
        }
        self.broker.replication.shutdown().await;
        self.broker.groups.shutdown();
        self.broker.replicas.chores().stop();
        self.broker.replicas.futures().stop();
        for thread in self.threads.drain(..) {
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
        let broker = Arc::clone(&self.broker);
        let _ = tokio::task::spawn_blocking(move || housekeeping::close(&broker)).await;
        self.quorum.shutdown().await;
        info!("stopped");
    }
}

fn between(old: &MetadataImage, new: MetadataImage) -> MetadataUpdate {
    let changes = MetadataChanges::between(old, &new);
    MetadataUpdate { old: Arc::new(old.clone()), new: Arc::new(new), changes }
}

/// Opens what the image of the start names, then follows every update on a thread of its own: opening logs is disk work.
fn follow_metadata(broker: &Arc<Broker>) -> io::Result<()> {
    let (image, mut updates) = broker.metadata.subscribe();
    let broker = Arc::clone(broker);
    let runtime = tokio::runtime::Handle::current();
    std::thread::Builder::new().name("metadata".to_owned()).spawn(move || {
        let _runtime = runtime.enter();
        let offset = image.offset();
        broker.apply(&between(&MetadataImage::default(), (*image).clone()));
        broker.metadata.served_up_to(offset);
        while let Some(update) = updates.blocking_recv() {
            broker.apply(&update);
            broker.metadata.served_up_to(update.new.offset());
        }
    })?;
    Ok(())
}

fn start_chores(broker: &Arc<Broker>) -> io::Result<ThreadHandle<()>> {
    let broker = Arc::clone(broker);
    std::thread::Builder::new().name("housekeeping".to_owned()).spawn(move || housekeeping::run(&broker))
}

/// Those who move replicas between log directories: one for each directory, or as many as the settings say
/// (`ReplicaManager.getNumAlterLogDirsThreads`). Where there is one directory, there is nowhere to move to.
fn start_movers(broker: &Arc<Broker>) -> io::Result<Vec<ThreadHandle<()>>> {
    let has_choice = broker.replicas.dirs().iter().nth(1).is_some();
    let threads = if has_choice { broker.config.num_replica_alter_log_dirs_threads() } else { 0 };
    let start = |_| {
        let mover = broker.mover.clone();
        std::thread::Builder::new().name("mover".to_owned()).spawn(move || mover.run())
    };
    (0..threads).map(start).collect()
}

/// A listener's name, and its socket.
type Bound = Vec<(String, TcpListener)>;

/// Binds the listeners of the roles that this node has: those of the controllers, and the others.
async fn bind(config: &BrokerConfig) -> Result<(Bound, Bound), StartError> {
    let (mut controllers, mut brokers) = (Vec::new(), Vec::new());
    for listener in config.listeners() {
        let is_controllers = config.is_controller_listener(&listener.name);
        let role = if is_controllers { Role::Controller } else { Role::Broker };
        if !config.has_role(role) {
            continue;
        }
        if listener.protocol != config::SecurityProtocol::Plaintext {
            return Err(StartError::Unsupported(format!(
                "listener {}: {} is not supported yet; use PLAINTEXT",
                listener.name,
                listener.protocol.name()
            )));
        }
        let host = if listener.host.is_empty() { "0.0.0.0" } else { &listener.host };
        let address = format!("{host}:{}", listener.port);
        let socket = TcpListener::bind(&address)
            .await
            .map_err(|source| StartError::Bind { address: address.clone(), source })?;
        if is_controllers { &mut controllers } else { &mut brokers }.push((listener.name.clone(), socket));
    }
    Ok((controllers, brokers))
}

/// The voters of `controller.quorum.voters`, each `id@host:port`; the table has checked the form.
fn static_voters(config: &BrokerConfig) -> Vec<Voter> {
    let listener = config.listeners().iter().find(|l| config.is_controller_listener(&l.name));
    let name = listener.map_or("CONTROLLER", |l| &l.name);
    let voter = |text: &String| {
        let (id, address) = text.split_once('@')?;
        let (host, port) = address.rsplit_once(':')?;
        let endpoint = VoterEndpoint { listener: name.to_owned(), host: host.to_owned(), port: port.parse().ok()? };
        Some(Voter { id: BrokerId(id.trim().parse().ok()?), directory_id: Uuid::ZERO, endpoints: vec![endpoint] })
    };
    config.controller_quorum_voters().iter().filter_map(voter).collect()
}

fn page_cache_bound(config: &BrokerConfig) -> Option<Arc<PageCacheBound>> {
    let takes_back = page_cache::host_takes_back_free_memory(Path::new("/sys/bus/virtio/devices"));
    let bytes = page_cache::bound(config.log_cache_bytes(), takes_back, page_cache::machine_memory())?;
    if config.log_cache_bytes() < 0 {
        info!(bytes, "the host takes back free memory: log.cache.bytes is bounded; 0 would leave it to the kernel");
    }
    Some(Arc::new(PageCacheBound::new(bytes)))
}

fn controller_settings(config: &BrokerConfig, cluster_id: &str, metadata_dir: PathBuf) -> ControllerSettings {
    ControllerSettings {
        cluster_id: cluster_id.to_owned(),
        metadata_dir,
        registration: controller_registration(config),
        defaults: Defaults {
            num_partitions: config.num_partitions(),
            replication_factor: i16::try_from(config.default_replication_factor()).unwrap_or(1),
        },
        session_timeout_ms: i64::from(config.broker_session_timeout_ms()),
    }
}

/// This node as a voter of the metadata quorum: where its registration says that its controller is.
fn own_vote(config: &BrokerConfig, settings: &QuorumSettings, own: &RegisterControllerRecord) -> OwnVote {
    let endpoint =
        |e: &ControllerEndpoint| VoterEndpoint { listener: e.name.clone(), host: e.host.clone(), port: e.port };
    OwnVote {
        voter: Voter {
            id: settings.node_id,
            directory_id: settings.directory_id,
            endpoints: own.end_points.iter().map(endpoint).collect(),
        },
        is_stated: config.advertised_controller_listeners().iter().all(|l| !is_any_host(&l.host) && l.port != 0),
        joins: config.controller_quorum_auto_join_enable(),
        bootstrap: config.controller_quorum_bootstrap_servers().to_vec(),
        cluster_id: settings.cluster_id.clone(),
    }
}

fn quorum_settings(config: &BrokerConfig, cluster_id: &str, directory_id: Uuid) -> QuorumSettings {
    let unsigned = |n: i64| u64::try_from(n).unwrap_or(0);
    QuorumSettings {
        cluster_id: cluster_id.to_owned(),
        node_id: config.node_id(),
        directory_id,
        metadata_dir: config.metadata_log_dir(),
        static_voters: static_voters(config),
        segment_bytes: unsigned(i64::from(config.metadata_log_segment_bytes())),
        snapshot_after_bytes: unsigned(config.metadata_log_max_record_bytes_between_snapshots()),
        snapshot_after_ms: unsigned(config.metadata_log_max_snapshot_interval_ms()),
        election_timeout_ms: unsigned(i64::from(config.controller_quorum_election_timeout_ms())),
        fetch_timeout_ms: unsigned(i64::from(config.controller_quorum_fetch_timeout_ms())),
    }
}

/// This node as the log may name it, if files name it among the voters.
fn named_by_files(settings: &QuorumSettings) -> Option<Voter> {
    let own = settings.static_voters.iter().find(|voter| voter.id == settings.node_id)?;
    Some(Voter { directory_id: settings.directory_id, ..own.clone() })
}

/// Whether a listener's host names every address of the machine, and none that others could use.
fn is_any_host(host: &str) -> bool {
    matches!(host, "" | "0.0.0.0" | "::")
}

fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

fn controller_registration(config: &BrokerConfig) -> RegisterControllerRecord {
    let endpoint = |l: &config::Listener| ControllerEndpoint {
        name: l.name.clone(),
        host: if is_any_host(&l.host) { host_name() } else { l.host.clone() },
        port: l.port,
        security_protocol: l.protocol.id(),
    };
    let controllers = config.advertised_controller_listeners().into_iter();
    RegisterControllerRecord {
        controller_id: config.node_id().get(),
        incarnation_id: Uuid::random(),
        zk_migration_ready: false,
        end_points: controllers.map(endpoint).collect(),
        features: SUPPORTED_FEATURES
            .iter()
            .map(|f| ControllerFeature {
                name: f.name.to_owned(),
                min_supported_version: f.min,
                max_supported_version: f.max,
            })
            .collect(),
    }
}

/// What the broker tells of itself. A listener on port 0 is advertised with the port it got.
fn broker_registration(broker: &Broker, bound: &[(String, SocketAddr)]) -> BrokerRegistrationRequest {
    let config = &broker.config;
    let listeners = config.advertised_listeners().iter().filter(|l| !config.is_controller_listener(&l.name));
    let listener = |l: &config::Listener| {
        let got = bound.iter().find(|(name, _)| *name == l.name).map_or(l.port, |(_, address)| address.port());
        broker_registration::Listener {
            name: l.name.clone(),
            host: l.host.clone(),
            port: if l.port == 0 { got } else { l.port },
            security_protocol: l.protocol.id(),
        }
    };
    BrokerRegistrationRequest {
        broker_id: config.node_id().get(),
        cluster_id: broker.cluster_id.clone(),
        incarnation_id: Uuid::random(),
        listeners: listeners.map(listener).collect(),
        features: SUPPORTED_FEATURES
            .iter()
            .map(|f| broker_registration::Feature {
                name: f.name.to_owned(),
                min_supported_version: f.min,
                max_supported_version: f.max,
            })
            .collect(),
        rack: config.rack().map(str::to_owned),
        log_dirs: broker.replicas.dirs().iter().map(|dir| dir.id()).collect(),
        previous_broker_epoch: broker.replicas.dirs().iter().map(|dir| dir.clean_epoch()).min().unwrap_or(-1),
        ..Default::default()
    }
}

fn connection_limits(config: &BrokerConfig) -> ConnectionLimits {
    let count = |n: i32| usize::try_from(n).unwrap_or(usize::MAX);
    // -1 leaves the memory of requests unbounded in Kafka; here it is 256 MiB: no load may grow the process without end.
    let memory = u64::try_from(config.queued_max_request_bytes()).unwrap_or(256 << 20);
    ConnectionLimits {
        max_frame_bytes: config.socket_request_max_bytes(),
        max_connections: count(config.max_connections()),
        max_connections_per_ip: count(config.max_connections_per_ip()),
        max_idle: Duration::from_millis(u64::try_from(config.connections_max_idle_ms()).unwrap_or(u64::MAX >> 20)),
        request_memory: usize::try_from(memory).unwrap_or(usize::MAX),
    }
}

fn coordinator_settings(config: &BrokerConfig) -> CoordinatorSettings {
    CoordinatorSettings {
        groups: GroupConfig {
            min_session_timeout_ms: config.group_min_session_timeout_ms(),
            max_session_timeout_ms: config.group_max_session_timeout_ms(),
            initial_rebalance_delay_ms: config.group_initial_rebalance_delay_ms(),
            max_size: usize::try_from(config.group_max_size()).unwrap_or(usize::MAX),
            offset_metadata_max: usize::try_from(config.offset_metadata_max_bytes()).unwrap_or(4096),
            offsets_retention_ms: i64::from(config.offsets_retention_minutes()) * 60_000,
            offsets_retention_check_interval_ms: config.offsets_retention_check_interval_ms(),
            ..GroupConfig::default()
        },
        commit_timeout: Duration::from_millis(u64::try_from(config.offsets_commit_timeout_ms()).unwrap_or(5000)),
        partitions: config.offsets_topic_num_partitions(),
        ..CoordinatorSettings::default()
    }
}
