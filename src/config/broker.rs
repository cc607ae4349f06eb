//! A broker's settings as the broker reads them: every text checked once, typed from then on.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use super::listener::{self, Listener, ListenerError, SecurityProtocol};
use super::setting::Scope;
use super::table;
use super::value::{Value, ValueError};
use crate::model::{BrokerId, Properties};

/// What a node does in its cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Holds partitions and answers clients.
    Broker,
    /// Votes on the metadata log.
    Controller,
}

/// Settings that cannot start a node.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum ConfigError {
    #[error(transparent)]
    Value(#[from] ValueError),
    #[error(transparent)]
    Listener(#[from] ListenerError),
    #[error("node.id is {node} but broker.id is {broker}: give one of them, or the same number")]
    TwoIds { node: i32, broker: i32 },
    #[error("{0} names the listener {1}, which neither listeners nor listener.security.protocol.map knows")]
    UnknownListener(&'static str, String),
    #[error("{smaller} ({less}) must be below {larger} ({more})")]
    Order { smaller: &'static str, less: i64, larger: &'static str, more: i64 },
    #[error(
        "logbus.admin.listener is `{0}`: write host:port, for example 127.0.0.1:8082, or leave it empty to turn it off"
    )]
    AdminListener(String),
}

/// What an operator should hear about a setting that does not stop the node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// No setting has that name.
    Unknown {
        /// The name as given.
        name: String,
        /// The name that was likely meant.
        nearest: Option<&'static str>,
    },
    /// Kafka knows the setting and logbus has no use for it.
    Ignored {
        /// The setting.
        name: String,
        /// What it is about.
        doc: &'static str,
    },
    /// Kafka 4 took the setting away.
    Removed(String),
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::Unknown { name, nearest: Some(nearest) } => {
                write!(f, "unknown setting {name}: did you mean {nearest}?")
            }
            Warning::Unknown { name, nearest: None } => write!(f, "unknown setting {name}: it has no effect"),
            Warning::Ignored { name, doc } => write!(f, "setting {name} has no effect in logbus: {doc}"),
            Warning::Removed(name) => write!(f, "setting {name} was removed in Kafka 4: it has no effect"),
        }
    }
}

/// Settings of releases before Kafka 4 that still stand in many files.
const REMOVED: &[&str] = &[
    "zookeeper.",
    "inter.broker.protocol.version",
    "log.message.format.version",
    "log.message.timestamp.difference.max.ms",
    "log.message.downconversion.enable",
    "control.plane.listener.name",
    "controlled.shutdown.max.retries",
    "controlled.shutdown.retry.backoff.ms",
    "broker.id.generation.enable",
    "reserved.broker.max.id",
    "password.encoder.",
    "auto.include.jmx.reporter",
    "leader.imbalance.per.broker.percentage",
    "delegation.token.master.key",
    "offsets.commit.required.acks",
    "group.coordinator.new.enable",
];

/// What a node is when nobody says otherwise: a lone broker and controller on the loopback address.
const STANDALONE: &[(&str, &str)] = &[
    ("process.roles", "broker,controller"),
    ("node.id", "1"),
    ("listeners", "PLAINTEXT://127.0.0.1:9092"),
    ("controller.listener.names", "CONTROLLER"),
    ("log.dirs", "./logbus-data"),
    ("offsets.topic.replication.factor", "1"),
    ("transaction.state.log.replication.factor", "1"),
    ("transaction.state.log.min.isr", "1"),
    ("share.coordinator.state.topic.replication.factor", "1"),
    ("share.coordinator.state.topic.min.isr", "1"),
];

/// A broker's settings: file and overrides below, what was set while running above. Cheap to clone; never changes.
#[derive(Clone)]
pub struct BrokerConfig {
    inner: Arc<Inner>,
}

impl fmt::Debug for BrokerConfig {
    /// Names only: values may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BrokerConfig").field(&self.inner.file.keys()).finish()
    }
}

struct Inner {
    /// Where each value comes from, best first: this broker's dynamic settings, the cluster's, the file's.
    dynamic_broker: BTreeMap<String, String>,
    dynamic_cluster: BTreeMap<String, String>,
    file: BTreeMap<String, String>,
    values: HashMap<&'static str, Value>,
    listeners: Vec<Listener>,
    advertised: Vec<Listener>,
    protocols: Vec<(String, SecurityProtocol)>,
}

impl BrokerConfig {
    /// The settings with no file at all: one node, data in `./logbus-data`, Kafka on 127.0.0.1:9092, admin on
    /// 127.0.0.1:8082.
    pub fn standalone() -> BrokerConfig {
        let (config, _) =
            BrokerConfig::from_properties(&Properties::new()).expect("the standalone layer is legal; a test holds it");
        config
    }

    /// Checks the settings of a file, overrides already set in it.
    ///
    /// A file with `process.roles` is Kafka's own and gets Kafka's defaults, but for `log.dirs`: never `/tmp`. One
    /// without is laid over the standalone layer.
    ///
    /// # Errors
    /// The first setting that cannot be.
    pub fn from_properties(properties: &Properties) -> Result<(BrokerConfig, Vec<Warning>), ConfigError> {
        let mut file: BTreeMap<String, String> =
            properties.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let is_kafkas_own = properties.contains("process.roles");
        for (name, value) in STANDALONE {
            let is_set = file.contains_key(*name)
                || (*name == "node.id" && file.contains_key("broker.id"))
                || (*name == "log.dirs" && file.contains_key("log.dir"));
            let is_needed = matches!(*name, "node.id" | "controller.listener.names" | "log.dirs");
            if !is_set && (!is_kafkas_own || is_needed) {
                file.insert((*name).to_owned(), (*value).to_owned());
            }
        }
        let warnings = properties.iter().filter_map(|(name, _)| warning(name)).collect();
        Ok((BrokerConfig::resolve(file, BTreeMap::new(), BTreeMap::new())?, warnings))
    }

    /// These settings with the dynamic ones of the metadata log over them: the cluster's default, then this broker's.
    ///
    /// # Errors
    /// A dynamic value that cannot be. The controller checks values before it records them, so the caller may keep
    /// what it had and say so.
    pub fn with_dynamic<'a>(
        &self,
        cluster: impl IntoIterator<Item = (&'a str, &'a str)>,
        broker: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<BrokerConfig, ConfigError> {
        let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        BrokerConfig::resolve(
            self.inner.file.clone(),
            cluster.into_iter().map(own).collect(),
            broker.into_iter().map(own).collect(),
        )
    }

    fn resolve(
        file: BTreeMap<String, String>,
        dynamic_cluster: BTreeMap<String, String>,
        dynamic_broker: BTreeMap<String, String>,
    ) -> Result<BrokerConfig, ConfigError> {
        let mut values = HashMap::new();
        for setting in table::all(Scope::Broker) {
            let text = [&dynamic_broker, &dynamic_cluster, &file].into_iter().find_map(|layer| layer.get(setting.name));
            if let Some(text) = text.map(String::as_str).or(setting.default) {
                values.insert(setting.name, Value::parse(setting, text)?);
            }
        }
        let mut inner = Inner {
            dynamic_broker,
            dynamic_cluster,
            file,
            values,
            listeners: Vec::new(),
            advertised: Vec::new(),
            protocols: Vec::new(),
        };
        inner.unify_ids()?;
        inner.read_listeners()?;
        let config = BrokerConfig { inner: Arc::new(inner) };
        config.check()?;
        Ok(config)
    }

    /// Relations between settings that would make a broker fail later.
    fn check(&self) -> Result<(), ConfigError> {
        for (smaller, larger) in [
            ("replica.fetch.wait.max.ms", "replica.lag.time.max.ms"),
            ("broker.heartbeat.interval.ms", "broker.session.timeout.ms"),
            ("group.min.session.timeout.ms", "group.max.session.timeout.ms"),
            ("group.consumer.heartbeat.interval.ms", "group.consumer.session.timeout.ms"),
        ] {
            let number = |name| match self.inner.values.get(name) {
                Some(Value::Int(v)) => i64::from(*v),
                Some(Value::Long(v)) => *v,
                _ => 0,
            };
            let (less, more) = (number(smaller), number(larger));
            if less > more {
                return Err(ConfigError::Order { smaller, less, larger, more });
            }
        }
        self.admin_listener().map(|_| ()).ok_or(()).or_else(|()| {
            let text = self.text("logbus.admin.listener").unwrap_or_default();
            if text.is_empty() { Ok(()) } else { Err(ConfigError::AdminListener(text.to_owned())) }
        })
    }

    /// The value of a setting of the table; `None` where Kafka has null.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.inner.values.get(name)
    }

    /// A setting of any name as the file gives it, those of the table and those of plugins alike.
    pub fn raw(&self, name: &str) -> Option<&str> {
        let layers = [&self.inner.dynamic_broker, &self.inner.dynamic_cluster, &self.inner.file];
        layers.into_iter().find_map(|layer| layer.get(name)).map(String::as_str)
    }

    /// A listener's own value of a setting, else the broker's
    /// (`listener.name.internal.ssl.keystore.location`, then `ssl.keystore.location`).
    pub fn listener_value(&self, listener: &str, name: &str) -> Option<&str> {
        let own = format!("listener.name.{}.{name}", listener.to_ascii_lowercase());
        self.raw(&own).or_else(|| self.raw(name))
    }

    pub(super) fn layer(&self, source: super::describe::Source) -> &BTreeMap<String, String> {
        use super::describe::Source;
        match source {
            Source::DynamicBroker => &self.inner.dynamic_broker,
            Source::DynamicDefaultBroker => &self.inner.dynamic_cluster,
            _ => &self.inner.file,
        }
    }

    fn int(&self, name: &str) -> i32 {
        match self.inner.values.get(name) {
            Some(Value::Int(v)) => *v,
            Some(Value::Short(v)) => i32::from(*v),
            _ => unreachable_type(name),
        }
    }

    fn long(&self, name: &str) -> i64 {
        match self.inner.values.get(name) {
            Some(Value::Long(v)) => *v,
            Some(Value::Int(v)) => i64::from(*v),
            _ => unreachable_type(name),
        }
    }

    fn double(&self, name: &str) -> f64 {
        match self.inner.values.get(name) {
            Some(Value::Double(v)) => *v,
            _ => unreachable_type(name),
        }
    }

    fn boolean(&self, name: &str) -> bool {
        match self.inner.values.get(name) {
            Some(Value::Boolean(v)) => *v,
            _ => unreachable_type(name),
        }
    }

    fn text(&self, name: &str) -> Option<&str> {
        match self.inner.values.get(name) {
            Some(Value::Text(v) | Value::Secret(v)) => Some(v),
            _ => None,
        }
    }

    fn list(&self, name: &str) -> &[String] {
        match self.inner.values.get(name) {
            Some(Value::List(v)) => v,
            _ => &[],
        }
    }

    fn optional_long(&self, name: &str) -> Option<i64> {
        match self.inner.values.get(name) {
            Some(Value::Long(v)) => Some(*v),
            Some(Value::Int(v)) => Some(i64::from(*v)),
            _ => None,
        }
    }
}

/// A getter that asks for another type than its row has: a typo in this file, found by the test that calls them all.
#[cold]
fn unreachable_type(name: &str) -> ! {
    unreachable!("the table gives {name} another type, or no default")
}

macro_rules! getters {
    ($($(#[$doc:meta])* $getter:ident: $out:ty = $kind:ident($name:literal);)*) => {
        impl BrokerConfig {
            $($(#[$doc])* pub fn $getter(&self) -> $out { self.$kind($name) })*
        }

        #[cfg(test)]
        fn call_every_getter(config: &BrokerConfig) -> usize {
            $(let _ = config.$getter();)*
            [$($name),*].len()
        }
    };
}

getters! {
    /// Log directories that take no new partitions; `*` is all.
    cordoned_log_dirs: &[String] = list("cordoned.log.dirs");
    /// Bytes a second that moves between log directories may use.
    replica_alter_log_dirs_io_max_bytes_per_second: i64 = long("replica.alter.log.dirs.io.max.bytes.per.second");
    /// `broker.rack`.
    rack: Option<&str> = text("broker.rack");
    /// Create topics when a client first asks for them.
    auto_create_topics: bool = boolean("auto.create.topics.enable");
    /// Whether topics may be deleted.
    delete_topic_enable: bool = boolean("delete.topic.enable");
    /// Partitions of a topic created without saying how many.
    num_partitions: i32 = int("num.partitions");
    /// Replicas of a topic created without saying how many.
    default_replication_factor: i32 = int("default.replication.factor");
    /// In-sync replicas that acks=all asks for.
    min_insync_replicas: i32 = int("min.insync.replicas");
    /// Largest batch in bytes.
    message_max_bytes: i32 = int("message.max.bytes");
    /// Largest request frame in bytes.
    socket_request_max_bytes: i32 = int("socket.request.max.bytes");
    /// SO_SNDBUF in bytes; -1 leaves it.
    socket_send_buffer_bytes: i32 = int("socket.send.buffer.bytes");
    /// SO_RCVBUF in bytes; -1 leaves it.
    socket_receive_buffer_bytes: i32 = int("socket.receive.buffer.bytes");
    /// Connections waiting to be accepted.
    socket_listen_backlog: i32 = int("socket.listen.backlog.size");
    /// Connections in all.
    max_connections: i32 = int("max.connections");
    /// Connections from one address.
    max_connections_per_ip: i32 = int("max.connections.per.ip");
    /// New connections a second.
    max_connection_creation_rate: i32 = int("max.connection.creation.rate");
    /// Milliseconds after which an idle connection is closed.
    connections_max_idle_ms: i64 = long("connections.max.idle.ms");
    /// Bytes of requests in flight; -1 sets no bound.
    queued_max_request_bytes: i64 = long("queued.max.request.bytes");
    /// Requests in flight.
    queued_max_requests: i32 = int("queued.max.requests");
    /// Milliseconds that a request between brokers may take.
    request_timeout_ms: i32 = int("request.timeout.ms");
    /// Partitions in one DescribeTopicPartitions answer.
    max_request_partition_size_limit: i32 = int("max.request.partition.size.limit");
    /// Largest fetch answer in bytes.
    fetch_max_bytes: i32 = int("fetch.max.bytes");
    /// Fetch sessions remembered.
    max_fetch_sessions: i32 = int("max.incremental.fetch.session.cache.slots");
    /// Milliseconds between two looks for old segments.
    log_retention_check_interval_ms: i64 = long("log.retention.check.interval.ms");
    /// `log.cache.bytes`; 0 for no bound, -1 for one where the machine asks for it.
    log_cache_bytes: i64 = long("log.cache.bytes");
    /// Fill level in percent past which the oldest segments of a disk go; 100 is off.
    log_retention_disk_usage_percent: i32 = int("log.retention.disk.usage.percent");
    /// Milliseconds before the log's chores first run.
    log_initial_task_delay_ms: i64 = long("log.initial.task.delay.ms");
    /// Milliseconds between two writes of recovery points.
    log_flush_offset_checkpoint_interval_ms: i32 = int("log.flush.offset.checkpoint.interval.ms");
    /// Milliseconds between two writes of log start offsets.
    log_flush_start_offset_checkpoint_interval_ms: i32 = int("log.flush.start.offset.checkpoint.interval.ms");
    /// Milliseconds between two looks for logs to flush.
    log_flush_scheduler_interval_ms: i64 = long("log.flush.scheduler.interval.ms");
    /// Recovery threads a directory.
    num_recovery_threads_per_data_dir: i32 = int("num.recovery.threads.per.data.dir");
    /// Milliseconds of silence after which a producer id is forgotten.
    producer_id_expiration_ms: i32 = int("producer.id.expiration.ms");
    /// Milliseconds between two looks for producers to forget.
    producer_id_expiration_check_interval_ms: i32 = int("producer.id.expiration.check.interval.ms");
    /// Whether the cleaner runs.
    log_cleaner_enable: bool = boolean("log.cleaner.enable");
    /// Threads of the cleaner.
    log_cleaner_threads: i32 = int("log.cleaner.threads");
    /// Pause of an idle cleaner in milliseconds.
    log_cleaner_backoff_ms: i64 = long("log.cleaner.backoff.ms");
    /// Memory of the cleaner's key tables in bytes.
    log_cleaner_dedupe_buffer_size: i64 = long("log.cleaner.dedupe.buffer.size");
    /// Bytes that the cleaner moves a second.
    log_cleaner_io_max_bytes_per_second: f64 = double("log.cleaner.io.max.bytes.per.second");
    /// Milliseconds after which a silent follower leaves the ISR.
    replica_lag_time_max_ms: i64 = long("replica.lag.time.max.ms");
    /// Milliseconds between two high watermark checkpoints.
    replica_high_watermark_checkpoint_interval_ms: i64 = long("replica.high.watermark.checkpoint.interval.ms");
    /// Bytes that a follower fetches of a partition.
    replica_fetch_max_bytes: i32 = int("replica.fetch.max.bytes");
    /// Bytes of one follower fetch.
    replica_fetch_response_max_bytes: i32 = int("replica.fetch.response.max.bytes");
    /// Bytes that a follower fetch waits for.
    replica_fetch_min_bytes: i32 = int("replica.fetch.min.bytes");
    /// Milliseconds that a follower fetch waits.
    replica_fetch_wait_max_ms: i32 = int("replica.fetch.wait.max.ms");
    /// Milliseconds that a follower pauses after an error.
    replica_fetch_backoff_ms: i32 = int("replica.fetch.backoff.ms");
    /// Milliseconds that a follower's request may take, beside its wait at the leader.
    replica_socket_timeout_ms: i32 = int("replica.socket.timeout.ms");
    /// Connections that a follower fetches with from each leader.
    num_replica_fetchers: i32 = int("num.replica.fetchers");
    /// Class that sends consumers to a replica near them.
    replica_selector_class: Option<&str> = text("replica.selector.class");
    /// Largest commit metadata in bytes.
    offset_metadata_max_bytes: i32 = int("offset.metadata.max.bytes");
    /// Milliseconds that a commit may wait for replication.
    offsets_commit_timeout_ms: i32 = int("offsets.commit.timeout.ms");
    /// Minutes after which an empty group's offsets expire.
    offsets_retention_minutes: i32 = int("offsets.retention.minutes");
    /// Milliseconds between two looks for expired offsets.
    offsets_retention_check_interval_ms: i64 = long("offsets.retention.check.interval.ms");
    /// Partitions of `__consumer_offsets`.
    offsets_topic_num_partitions: i32 = int("offsets.topic.num.partitions");
    /// Replicas of `__consumer_offsets`.
    offsets_topic_replication_factor: i32 = int("offsets.topic.replication.factor");
    /// Segment size of `__consumer_offsets`.
    offsets_topic_segment_bytes: i32 = int("offsets.topic.segment.bytes");
    /// Codec id of `__consumer_offsets`.
    offsets_topic_compression_codec: i32 = int("offsets.topic.compression.codec");
    /// Milliseconds that a new classic group waits for members.
    group_initial_rebalance_delay_ms: i32 = int("group.initial.rebalance.delay.ms");
    /// Shortest session timeout of classic members.
    group_min_session_timeout_ms: i32 = int("group.min.session.timeout.ms");
    /// Longest session timeout of classic members.
    group_max_session_timeout_ms: i32 = int("group.max.session.timeout.ms");
    /// Members of a classic group.
    group_max_size: i32 = int("group.max.size");
    /// Protocols that the coordinator serves.
    group_rebalance_protocols: &[String] = list("group.coordinator.rebalance.protocols");
    /// Session timeout of consumer groups.
    group_consumer_session_timeout_ms: i32 = int("group.consumer.session.timeout.ms");
    /// Heartbeat interval of consumer groups.
    group_consumer_heartbeat_interval_ms: i32 = int("group.consumer.heartbeat.interval.ms");
    /// Members of a consumer group.
    group_consumer_max_size: i32 = int("group.consumer.max.size");
    /// Server-side assignors.
    group_consumer_assignors: &[String] = list("group.consumer.assignors");
    /// Longest transaction timeout.
    transaction_max_timeout_ms: i32 = int("transaction.max.timeout.ms");
    /// Milliseconds of silence after which a transactional id is forgotten.
    transactional_id_expiration_ms: i32 = int("transactional.id.expiration.ms");
    /// Milliseconds between two looks for timed-out transactions.
    transaction_abort_interval_ms: i32 = int("transaction.abort.timed.out.transaction.cleanup.interval.ms");
    /// Partitions of `__transaction_state`.
    transaction_topic_num_partitions: i32 = int("transaction.state.log.num.partitions");
    /// Replicas of `__transaction_state`.
    transaction_topic_replication_factor: i32 = int("transaction.state.log.replication.factor");
    /// In-sync replicas of `__transaction_state`.
    transaction_topic_min_isr: i32 = int("transaction.state.log.min.isr");
    /// Segment size of `__transaction_state`.
    transaction_topic_segment_bytes: i32 = int("transaction.state.log.segment.bytes");
    /// `controller.quorum.voters`: id@host:port.
    controller_quorum_voters: &[String] = list("controller.quorum.voters");
    /// Addresses of the controllers of a dynamic quorum.
    controller_quorum_bootstrap_servers: &[String] = list("controller.quorum.bootstrap.servers");
    /// Whether a controller without a vote asks for one.
    controller_quorum_auto_join_enable: bool = boolean("controller.quorum.auto.join.enable");
    /// Silence after which an election begins, in milliseconds.
    controller_quorum_election_timeout_ms: i32 = int("controller.quorum.election.timeout.ms");
    /// Time without a majority after which a leader resigns, in milliseconds.
    controller_quorum_fetch_timeout_ms: i32 = int("controller.quorum.fetch.timeout.ms");
    /// Listener names of the controllers.
    controller_listener_names: &[String] = list("controller.listener.names");
    /// Segment size of the metadata log.
    metadata_log_segment_bytes: i32 = int("metadata.log.segment.bytes");
    /// Age at which a segment of the metadata log is closed, in milliseconds.
    metadata_log_segment_ms: i64 = long("metadata.log.segment.ms");
    /// Bytes between two snapshots.
    metadata_log_max_record_bytes_between_snapshots: i64 = long("metadata.log.max.record.bytes.between.snapshots");
    /// Milliseconds between two snapshots.
    metadata_log_max_snapshot_interval_ms: i64 = long("metadata.log.max.snapshot.interval.ms");
    /// Size of metadata log and snapshots that is kept.
    metadata_max_retention_bytes: i64 = long("metadata.max.retention.bytes");
    /// Milliseconds between two broker heartbeats.
    broker_heartbeat_interval_ms: i32 = int("broker.heartbeat.interval.ms");
    /// Silence after which a broker is fenced, in milliseconds.
    broker_session_timeout_ms: i32 = int("broker.session.timeout.ms");
    /// Whether leaders are moved before a stop.
    controlled_shutdown_enable: bool = boolean("controlled.shutdown.enable");
    /// Whether unclean elections are allowed.
    unclean_leader_election_enable: bool = boolean("unclean.leader.election.enable");
    /// Codec of stored batches, before topics' own.
    compression_type: Option<&str> = text("compression.type");
    /// SASL mechanisms.
    sasl_enabled_mechanisms: &[String] = list("sasl.enabled.mechanisms");
    /// The authorizer; empty leaves authorization off.
    authorizer_class_name: Option<&str> = text("authorizer.class.name");
}

impl BrokerConfig {
    /// `node.id`, or the older `broker.id`.
    pub fn node_id(&self) -> BrokerId {
        BrokerId(self.int("node.id"))
    }

    /// `process.roles`.
    pub fn roles(&self) -> Vec<Role> {
        let role = |name: &String| if name == "controller" { Role::Controller } else { Role::Broker };
        self.list("process.roles").iter().map(role).collect()
    }

    /// Whether this node has a role.
    pub fn has_role(&self, role: Role) -> bool {
        self.roles().contains(&role)
    }

    /// Directories of the partitions' files, in order.
    pub fn log_dirs(&self) -> Vec<PathBuf> {
        let dirs = self.list("log.dirs");
        let dirs = if dirs.is_empty() { self.list("log.dir") } else { dirs };
        dirs.iter().map(PathBuf::from).collect()
    }

    /// Directory of the metadata log.
    pub fn metadata_log_dir(&self) -> PathBuf {
        let own = self.text("metadata.log.dir").map(PathBuf::from);
        own.unwrap_or_else(|| self.log_dirs().into_iter().next().unwrap_or_default())
    }

    /// Where to listen, controllers' listeners included.
    pub fn listeners(&self) -> &[Listener] {
        &self.inner.listeners
    }

    /// What to tell clients: one address for each broker listener. A port of 0 is to be replaced by the one bound.
    pub fn advertised_listeners(&self) -> &[Listener] {
        &self.inner.advertised
    }

    /// Where controllers are told to reach this one (`effectiveAdvertisedControllerListeners` of Kafka): as advertised, or
    /// else as listened on, where the host may be empty.
    pub fn advertised_controller_listeners(&self) -> Vec<&Listener> {
        let of = |all| self.controllers_among(all).collect::<Vec<_>>();
        let advertised = of(self.advertised_listeners());
        if advertised.is_empty() { of(self.listeners()) } else { advertised }
    }

    fn controllers_among<'a>(&self, listeners: &'a [Listener]) -> impl Iterator<Item = &'a Listener> {
        listeners.iter().filter(|l| self.is_controller_listener(&l.name))
    }

    /// Whether a listener belongs to the controllers.
    pub fn is_controller_listener(&self, name: &str) -> bool {
        self.controller_listener_names().iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    /// The listener by which brokers reach each other.
    pub fn inter_broker_listener_name(&self) -> String {
        match self.text("inter.broker.listener.name") {
            Some(name) => name.to_ascii_uppercase(),
            None => self.text("security.inter.broker.protocol").unwrap_or("PLAINTEXT").to_owned(),
        }
    }

    /// What a listener speaks.
    pub fn protocol_of(&self, listener: &str) -> Option<SecurityProtocol> {
        let found = self.inner.protocols.iter().find(|(name, _)| name.eq_ignore_ascii_case(listener));
        found.map(|(_, protocol)| *protocol)
    }

    /// Host and port of the admin daemon; `None` when it is off.
    pub fn admin_listener(&self) -> Option<(&str, u16)> {
        let (host, port) = self.text("logbus.admin.listener")?.rsplit_once(':')?;
        Some((host.trim_start_matches('[').trim_end_matches(']'), port.parse().ok()?))
    }

    /// Retention time of partitions in milliseconds; -1 is for ever.
    pub fn log_retention_ms(&self) -> i64 {
        let own = self.optional_long("log.retention.ms");
        let minutes = || self.optional_long("log.retention.minutes").map(|minutes| minutes * 60_000);
        let ms = own.or_else(minutes).unwrap_or_else(|| self.long("log.retention.hours") * 3_600_000);
        if ms < 0 { -1 } else { ms }
    }

    /// Threads that move replicas between log directories: as many as there are directories, unless the setting says
    /// otherwise.
    pub fn num_replica_alter_log_dirs_threads(&self) -> usize {
        let set = match self.value("num.replica.alter.log.dirs.threads") {
            Some(Value::Int(n)) => usize::try_from(*n).ok(),
            _ => None,
        };
        set.unwrap_or_else(|| self.log_dirs().len()).max(1)
    }

    /// Age at which segments roll, in milliseconds.
    pub fn log_roll_ms(&self) -> i64 {
        self.optional_long("log.roll.ms").unwrap_or_else(|| self.long("log.roll.hours") * 3_600_000)
    }

    /// Largest random time taken off the roll age, in milliseconds.
    pub fn log_roll_jitter_ms(&self) -> i64 {
        self.optional_long("log.roll.jitter.ms").unwrap_or_else(|| self.long("log.roll.jitter.hours") * 3_600_000)
    }

    /// Milliseconds that a record may wait to be forced to disk.
    pub fn log_flush_interval_ms(&self) -> i64 {
        self.optional_long("log.flush.interval.ms").unwrap_or_else(|| self.log_flush_scheduler_interval_ms())
    }
}

impl Inner {
    /// `broker.id` stands in for `node.id` and the other way round.
    fn unify_ids(&mut self) -> Result<(), ConfigError> {
        let id = |name: &str| match self.values.get(name) {
            Some(Value::Int(id)) if *id >= 0 => Some(*id),
            _ => None,
        };
        match (id("node.id"), id("broker.id")) {
            (Some(node), Some(broker)) if node != broker => Err(ConfigError::TwoIds { node, broker }),
            (Some(id), _) | (None, Some(id)) => {
                // Both names are described as set, as Kafka does.
                for name in ["node.id", "broker.id"] {
                    self.values.insert(name, Value::Int(id));
                    self.file.insert(name.to_owned(), id.to_string());
                }
                Ok(())
            }
            (None, None) => Ok(()),
        }
    }

    fn read_listeners(&mut self) -> Result<(), ConfigError> {
        let list = |name: &str| match self.values.get(name) {
            Some(Value::List(items)) => items.clone(),
            _ => Vec::new(),
        };
        let text = |name: &str| match self.values.get(name) {
            Some(Value::Text(text)) => text.clone(),
            _ => String::new(),
        };
        let mut protocols = listener::parse_protocol_map(&text("listener.security.protocol.map"))?;
        let controllers = list("controller.listener.names");
        // As KRaft does: with the map left alone, controllers' listeners speak plaintext.
        if !self.file.contains_key("listener.security.protocol.map") {
            for name in controllers.iter().map(|name| name.to_ascii_uppercase()) {
                if !protocols.iter().any(|(known, _)| *known == name) {
                    protocols.push((name, SecurityProtocol::Plaintext));
                }
            }
        }
        let listeners = listener::parse_all(&list("listeners"), &protocols)?;
        listener::check_ports(&listeners)?;
        let is_controllers = |l: &Listener| controllers.iter().any(|name| name.eq_ignore_ascii_case(&l.name));
        let advertised = match list("advertised.listeners") {
            own if own.is_empty() => listeners.iter().filter(|l| !is_controllers(l)).cloned().collect(),
            own => {
                let advertised = listener::parse_all(&own, &protocols)?;
                for l in &advertised {
                    if matches!(l.host.as_str(), "0.0.0.0" | "::") {
                        return Err(ListenerError::AdvertisedWildcard(l.host.clone()).into());
                    }
                    if !listeners.iter().any(|known| known.name == l.name) {
                        return Err(ListenerError::AdvertisedUnknown(l.name.clone()).into());
                    }
                }
                advertised
            }
        };
        let inter_broker = text("inter.broker.listener.name").to_ascii_uppercase();
        if !inter_broker.is_empty() && !protocols.iter().any(|(name, _)| *name == inter_broker) {
            return Err(ConfigError::UnknownListener("inter.broker.listener.name", inter_broker));
        }
        (self.listeners, self.advertised, self.protocols) = (listeners, advertised, protocols);
        Ok(())
    }
}

fn warning(name: &str) -> Option<Warning> {
    let base = table::listener_base_name(name).unwrap_or(name);
    match table::find(Scope::Broker, base) {
        Some(setting) if setting.ignored => Some(Warning::Ignored { name: name.to_owned(), doc: setting.doc }),
        Some(_) => None,
        None if REMOVED
            .iter()
            .any(|removed| base == *removed || (removed.ends_with('.') && base.starts_with(removed))) =>
        {
            Some(Warning::Removed(name.to_owned()))
        }
        None => Some(Warning::Unknown { name: name.to_owned(), nearest: table::nearest(Scope::Broker, base) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(BrokerConfig, Vec<Warning>), ConfigError> {
        BrokerConfig::from_properties(&Properties::parse_str(text))
    }

    fn config(text: &str) -> BrokerConfig {
        read(text).unwrap().0
    }

    #[test]
    fn without_a_file_a_node_is_a_lone_broker_and_controller_on_loopback() {
        let config = BrokerConfig::standalone();
        assert_eq!(config.node_id(), BrokerId(1));
        assert_eq!(config.roles(), [Role::Broker, Role::Controller]);
        assert_eq!(config.log_dirs(), [PathBuf::from("./logbus-data")]);
        assert_eq!(config.metadata_log_dir(), PathBuf::from("./logbus-data"));
        assert_eq!(config.listeners()[0].to_string(), "PLAINTEXT://127.0.0.1:9092");
        assert_eq!(config.advertised_listeners(), config.listeners());
        assert_eq!(config.admin_listener(), Some(("127.0.0.1", 8082)));
        assert_eq!(config.offsets_topic_replication_factor(), 1);
    }

    #[test]
    fn every_getter_agrees_with_the_type_of_its_row() {
        assert!(call_every_getter(&BrokerConfig::standalone()) > 50);
    }

    #[test]
    fn a_server_properties_of_kafka_is_taken_as_it_is() {
        let (config, warnings) = read(
            "process.roles=broker,controller\nnode.id=7\ncontroller.quorum.bootstrap.servers=localhost:9093\n\
             listeners=PLAINTEXT://:9092,CONTROLLER://:9093\ninter.broker.listener.name=PLAINTEXT\n\
             advertised.listeners=PLAINTEXT://localhost:9092\ncontroller.listener.names=CONTROLLER\n\
             listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL\n\
             num.network.threads=3\nlog.dirs=/data/a, /data/b\nlog.retention.hours=48\n",
        )
        .unwrap();
        assert_eq!(config.node_id(), BrokerId(7));
        assert_eq!(config.log_dirs(), [PathBuf::from("/data/a"), PathBuf::from("/data/b")]);
        assert_eq!(config.listeners().len(), 2);
        assert!(config.is_controller_listener("controller"));
        assert_eq!(config.log_retention_ms(), 48 * 3_600_000);
        assert_eq!(config.offsets_topic_replication_factor(), 3, "Kafka's own default");
        assert_eq!(warnings.len(), 1);
        assert!(warnings[0].to_string().starts_with("setting num.network.threads has no effect"), "{}", warnings[0]);
    }

    #[test]
    fn unknown_names_warn_with_the_nearest_known_one() {
        let (_, warnings) = read("log.retenton.hours=1\nzookeeper.connect=z:2181\nmy.plugin=1\n").unwrap();
        let said: Vec<String> = warnings.iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "unknown setting log.retenton.hours: did you mean log.retention.hours?",
                "setting zookeeper.connect was removed in Kafka 4: it has no effect",
                "unknown setting my.plugin: it has no effect",
            ]
        );
    }

    #[test]
    fn a_wrong_value_names_setting_and_rule() {
        assert_eq!(
            read("num.partitions=0").unwrap_err().to_string(),
            "Invalid value 0 for configuration num.partitions: Value must be at least 1"
        );
        assert!(matches!(read("node.id=1\nbroker.id=2"), Err(ConfigError::TwoIds { node: 1, broker: 2 })));
        assert!(matches!(read("logbus.admin.listener=8082"), Err(ConfigError::AdminListener(_))));
        assert!(matches!(read("replica.fetch.wait.max.ms=60000"), Err(ConfigError::Order { .. })));
        assert!(matches!(
            read("advertised.listeners=PLAINTEXT://0.0.0.0:9092"),
            Err(ConfigError::Listener(ListenerError::AdvertisedWildcard(_)))
        ));
    }

    #[test]
    fn the_finer_unit_of_time_goes_before_the_coarser() {
        assert_eq!(config("").log_retention_ms(), 168 * 3_600_000);
        assert_eq!(config("log.retention.minutes=2").log_retention_ms(), 120_000);
        assert_eq!(config("log.retention.minutes=2\nlog.retention.ms=5").log_retention_ms(), 5);
        assert_eq!(config("log.retention.minutes=-1").log_retention_ms(), -1);
        assert_eq!(config("log.flush.scheduler.interval.ms=9").log_flush_interval_ms(), 9);
        assert_eq!(config("log.roll.jitter.hours=1").log_roll_jitter_ms(), 3_600_000);
    }

    #[test]
    fn dynamic_settings_lie_over_the_file_the_brokers_own_on_top() {
        let file = config("log.cleaner.threads=2\nlog.retention.ms=7");
        let dynamic = file
            .with_dynamic([("log.cleaner.threads", "3"), ("log.retention.ms", "8")], [("log.cleaner.threads", "4")]);
        let dynamic = dynamic.unwrap();
        assert_eq!((file.log_cleaner_threads(), dynamic.log_cleaner_threads()), (2, 4));
        assert_eq!(dynamic.log_retention_ms(), 8);
        assert!(file.with_dynamic([("log.cleaner.threads", "x")], []).is_err());
    }

    #[test]
    fn the_older_broker_id_names_the_node_and_an_empty_admin_listener_turns_it_off() {
        let config = config("broker.id=5\nlogbus.admin.listener=\n");
        assert_eq!(config.node_id(), BrokerId(5));
        assert_eq!(config.admin_listener(), None);
    }

    #[test]
    fn secrets_do_not_show_in_debug_output() {
        let config = config("ssl.key.password=hunter2");
        assert!(!format!("{:?}", config.value("ssl.key.password")).contains("hunter2"));
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
