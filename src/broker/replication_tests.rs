//! Three brokers with their sockets, fetchers and logs, and a controller that is a few lines of this file.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::net::{ConnectionLimits, Listener, NetContext};
use super::runtime::answers::AnswerCache;
use super::runtime::broker::{Broker, RACK_AWARE_SELECTOR, Settings};
use super::runtime::config_rules::TableRules;
use super::runtime::controller::{Controller, ControllerSettings};
use super::runtime::controller_link::ControllerLink;
use super::runtime::groups::{CoordinatorSettings, GroupCoordinator};
use super::runtime::log_dirs::LogDirs;
use super::runtime::metadata::MetadataCache;
use super::runtime::metrics::Metrics;
use super::runtime::moves::mover::Mover;
use super::runtime::offsets_log::PartitionOffsetsLog;
use super::runtime::partition::{Partition, Produced};
use super::runtime::producer_ids::ProducerIdStock;
use super::runtime::quorum::{self, Quorum, QuorumSettings};
use super::runtime::replicas::Replicas;
use super::runtime::replication::{AlterPartitions, AlterReply, Replication, ReplicationSettings, isr};
use super::state::controller::{Defaults, Refusal};
use super::state::fetch_session::FetchSessions;
use super::state::metadata::{
    MetadataChanges, MetadataImage, MetadataLoader, MetadataUpdate, PartitionImage, bootstrap_records,
};
use super::state::partition::Acks;
use crate::client::{ClientConfig, Connection};
use crate::config::BrokerConfig;
use crate::log::files::MetaProperties;
use crate::log::storage::{FormatRequest, format_storage};
use crate::model::{BrokerId, ErrorCode, LeaderEpoch, Offset, Properties, TimestampMs, Uuid};
use crate::wire::batch::{BatchBuilder, BuilderOptions, RecordToWrite, batches};
use crate::wire::messages::alter_partition::{
    AlterPartitionRequest, AlterPartitionResponse, AlterPartitionResponsePartitionData, AlterPartitionResponseTopicData,
};
use crate::wire::messages::fetch::{FetchPartition, FetchRequest, FetchTopic, PartitionData};
use crate::wire::records::metadata::{
    BrokerEndpoint, ConfigRecord, MetadataRecord, PartitionChangeRecord, PartitionRecord, RegisterBrokerRecord,
    RegisterControllerRecord, TopicRecord,
};

const CLUSTER: &str = "MkU3OEVBNTcwNTJENDM2Qg";
const TOPIC: Uuid = Uuid(0x70);
const MAX_LAG_MS: u64 = 800;

/// One broker.
struct Node {
    broker: Arc<Broker>,
    _dir: tempfile::TempDir,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

/// The brokers, and the controller: it decides by versions, and tells everyone at once.
struct Cluster {
    metadata: Mutex<Metadata>,
    nodes: Mutex<Vec<Node>>,
    deaf: Mutex<BTreeSet<i32>>,
    /// Of a produce with acks=all.
    timeout: Duration,
    _controller_dir: tempfile::TempDir,
}

/// The metadata log, as far as it matters.
#[derive(Default)]
struct Metadata {
    loader: MetadataLoader,
    image: Arc<MetadataImage>,
}

impl Metadata {
    fn partition(&self) -> Arc<PartitionImage> {
        Arc::clone(&self.image.topic_by_id(TOPIC).unwrap().partitions[0])
    }
}

/// A controller for the field of that name; nothing here asks it.
async fn unused_controller(dir: &std::path::Path) -> ControllerLink {
    let values: Vec<Bytes> = bootstrap_records().iter().map(|record| record.to_value(0)).collect();
    let dirs = [dir.to_owned()];
    let request = FormatRequest {
        cluster_id: CLUSTER,
        node_id: BrokerId(1),
        log_dirs: &dirs,
        metadata_dir: dir,
        bootstrap: &values,
        sole_voter: Some(&[]),
        ignore_formatted: true,
        now: TimestampMs::now(),
    };
    format_storage(&request, &mut || Uuid(7_777)).unwrap();
    let settings = QuorumSettings {
        cluster_id: CLUSTER.to_owned(),
        node_id: BrokerId(1),
        directory_id: Uuid(7_777),
        metadata_dir: dir.to_owned(),
        static_voters: Vec::new(),
        segment_bytes: 1 << 30,
        snapshot_after_bytes: 20 << 20,
        snapshot_after_ms: 0,
        election_timeout_ms: 1_000,
        fetch_timeout_ms: 2_000,
    };
    let metadata = MetadataCache::new(CLUSTER, MetadataImage::default());
    let (raft, _) = quorum::start(&settings, |_| {}).await.unwrap();
    let settings = ControllerSettings {
        cluster_id: CLUSTER.to_owned(),
        metadata_dir: dir.to_owned(),
        registration: RegisterControllerRecord { controller_id: 1, ..RegisterControllerRecord::default() },
        defaults: Defaults { num_partitions: 1, replication_factor: 1 },
        session_timeout_ms: 9_000,
    };
    let quorum: Arc<dyn Quorum> = raft;
    let rules = TableRules::new(BrokerConfig::standalone());
    let (controller, _) = Controller::start(settings, rules, Arc::clone(&quorum), metadata);
    ControllerLink::new(Some(controller), quorum, BrokerId(1), Duration::from_secs(4))
}

async fn start_node(id: i32, controller: ControllerLink) -> (Node, u16) {
    let dir = tempfile::tempdir().unwrap();
    let mut properties = Properties::new();
    for (key, value) in [
        ("node.id", id.to_string()),
        ("log.dirs", dir.path().display().to_string()),
        ("replica.lag.time.max.ms", MAX_LAG_MS.to_string()),
        ("replica.fetch.wait.max.ms", "700".to_owned()),
        ("replica.fetch.backoff.ms", "200".to_owned()),
        ("replica.fetch.max.bytes", "50000".to_owned()),
        ("replica.selector.class", RACK_AWARE_SELECTOR.to_owned()),
    ] {
        properties.set(key, &value);
    }
    let (config, _) = BrokerConfig::from_properties(&properties).unwrap();
    let config = Arc::new(config);
    let me = BrokerId(id);
    MetaProperties { cluster_id: CLUSTER.into(), node_id: me, directory_id: Some(Uuid(1000)), other: Vec::new() }
        .write(dir.path())
        .unwrap();
    let dirs = LogDirs::open(&config.log_dirs(), dir.path(), me, CLUSTER).unwrap();
    let replicas = Replicas::new(me, dirs, None);
    let metadata = MetadataCache::new(CLUSTER, MetadataImage::default());
    let replication =
        Replication::new(ReplicationSettings::from_config(&config), Arc::clone(&replicas), Arc::clone(&metadata));
    let groups = GroupCoordinator::new(
        Arc::new(PartitionOffsetsLog::new(Arc::clone(&replicas))),
        CoordinatorSettings::default(),
    );
    let mover = Mover { me, replicas: Arc::clone(&replicas), metadata: Arc::clone(&metadata), news: Arc::default() };
    let broker = Arc::new(Broker {
        id: me,
        cluster_id: CLUSTER.to_owned(),
        settings: Settings { fetch_max_bytes: 1 << 20, rack_aware: true },
        replicas,
        replication,
        metadata,
        controller,
        directories: Arc::clone(&mover.news),
        mover,
        groups,
        producer_ids: ProducerIdStock::new(me),
        fetch_sessions: Mutex::new(FetchSessions::new(100, 120_000, 500)),
        metrics: Arc::new(Metrics::default()),
        answers: AnswerCache::default(),
        started: TimestampMs::now(),
        config,
    });
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = socket.local_addr().unwrap().port();
    let (stop, stopped) = watch::channel(false);
    let limits = ConnectionLimits {
        max_frame_bytes: 1 << 20,
        max_connections: 100,
        max_connections_per_ip: 100,
        max_idle: Duration::from_secs(600),
        request_memory: 16 << 20,
    };
    let context = Arc::new(NetContext::new(limits, Arc::clone(&broker.metrics), None));
    let listener = Listener::new("PLAINTEXT".to_owned(), socket).run(Arc::clone(&broker), context, stopped);
    let tasks = vec![tokio::spawn(listener)];
    (Node { broker, _dir: dir, stop, tasks }, port)
}

impl Cluster {
    /// Brokers 1 to 3, in racks "r1" to "r3", and a topic that they replicate. Broker 1 leads.
    async fn start(min_insync: usize) -> Arc<Cluster> {
        Cluster::start_with(min_insync, Duration::from_secs(5)).await
    }

    /// The same, where a produce waits so long for its acks.
    async fn start_with(min_insync: usize, timeout: Duration) -> Arc<Cluster> {
        let controller_dir = tempfile::tempdir().unwrap();
        let controller = unused_controller(controller_dir.path()).await;
        let mut nodes = Vec::new();
        let mut records = Vec::new();
        for id in 1..=3 {
            let (node, port) = start_node(id, controller.clone()).await;
            nodes.push(node);
            records.push(MetadataRecord::RegisterBrokerRecord(RegisterBrokerRecord {
                broker_id: id,
                broker_epoch: 1,
                rack: Some(format!("r{id}")),
                fenced: false,
                end_points: vec![BrokerEndpoint {
                    name: "PLAINTEXT".into(),
                    host: "127.0.0.1".into(),
                    port,
                    security_protocol: 0,
                }],
                ..RegisterBrokerRecord::default()
            }));
        }
        let cluster = Arc::new(Cluster {
            metadata: Mutex::default(),
            nodes: Mutex::new(nodes),
            deaf: Mutex::default(),
            timeout,
            _controller_dir: controller_dir,
        });
        cluster.publish(&records);
        cluster.each(|node| {
            node.broker.replication.start();
            let controller: Arc<dyn AlterPartitions> = Arc::new(Decides(Arc::clone(&cluster)));
            node.tasks.push(tokio::spawn(isr::run(node.broker.isr_context(), controller)));
        });
        cluster.publish(&[
            MetadataRecord::TopicRecord(TopicRecord { name: "t".into(), topic_id: TOPIC }),
            MetadataRecord::ConfigRecord(ConfigRecord {
                resource_type: 2,
                resource_name: "t".into(),
                name: "min.insync.replicas".into(),
                value: Some(min_insync.to_string()),
            }),
            MetadataRecord::PartitionRecord(PartitionRecord {
                partition_id: 0,
                topic_id: TOPIC,
                replicas: vec![1, 2, 3],
                isr: vec![1, 2, 3],
                leader: 1,
                leader_epoch: 0,
                partition_epoch: 0,
                directories: vec![Uuid(1000); 3],
                ..PartitionRecord::default()
            }),
        ]);
        cluster
    }

    fn each(&self, mut act: impl FnMut(&mut Node)) {
        self.nodes.lock().iter_mut().for_each(&mut act);
    }

    fn broker(&self, id: i32) -> Arc<Broker> {
        Arc::clone(&self.nodes.lock()[id as usize - 1].broker)
    }

    fn partition(&self, id: i32) -> Arc<Partition> {
        self.broker(id).replicas.by_id(TOPIC, 0).unwrap()
    }

    fn publish(&self, records: &[MetadataRecord]) {
        self.publish_under(&mut self.metadata.lock(), records);
    }

    fn publish_under(&self, metadata: &mut Metadata, records: &[MetadataRecord]) {
        for (n, record) in (1..).zip(records) {
            metadata.loader.load(metadata.image.offset() + n, LeaderEpoch(1), record).unwrap();
        }
        let update = metadata.loader.publish().unwrap();
        metadata.image = Arc::clone(&update.new);
        let deaf = self.deaf.lock().clone();
        for id in (1..=3).filter(|id| !deaf.contains(id)) {
            self.tell(id, update.clone());
        }
    }

    fn tell(&self, id: i32, update: MetadataUpdate) {
        let broker = self.broker(id);
        broker.metadata.publish(update.clone());
        tokio::task::block_in_place(|| broker.apply(&update));
    }

    /// A broker hears nothing of the controller any more, and does not follow.
    fn part(&self, id: i32) {
        self.deaf.lock().insert(id);
        self.broker(id).replication.leave((TOPIC, 0));
    }

    /// It is back, and catches up.
    fn heal(&self, id: i32) {
        let metadata = self.metadata.lock();
        self.deaf.lock().remove(&id);
        let old = self.broker(id).metadata.image();
        let changes = MetadataChanges::between(&old, &metadata.image);
        self.tell(id, MetadataUpdate { old, new: Arc::clone(&metadata.image), changes });
        let state = metadata.partition();
        if state.leader.get() != id {
            self.broker(id).replication.follow(&self.partition(id), state.leader, state.leader_epoch);
        }
    }

    /// Has another replica lead.
    fn elect(&self, leader: i32, isr: &[i32]) {
        self.publish(&[MetadataRecord::PartitionChangeRecord(PartitionChangeRecord {
            partition_id: 0,
            topic_id: TOPIC,
            leader,
            isr: Some(isr.to_vec()),
            ..PartitionChangeRecord::default()
        })]);
    }

    fn isr(&self) -> Vec<i32> {
        let mut isr: Vec<i32> = self.metadata.lock().partition().isr.iter().map(|id| id.get()).collect();
        isr.sort_unstable();
        isr
    }

    async fn wait_for_isr(&self, wanted: &[i32]) {
        let began = Instant::now();
        while self.isr() != wanted {
            assert!(began.elapsed() < Duration::from_secs(10), "the in-sync set is {:?}, not {wanted:?}", self.isr());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Produces one record, and waits as the produce API does.
    async fn produce(&self, leader: i32, value: &[u8]) -> Result<Offset, ErrorCode> {
        let partition = self.partition(leader);
        let appended = match partition.produce(batch(value), Acks::All, 9, TimestampMs::now()) {
            Ok(Produced::Now(appended)) => Ok(appended),
            Ok(Produced::Soon(appending)) => appending.await.map_err(|_| ErrorCode::NotLeaderOrFollower)?,
            Err(refusal) => Err(refusal),
        };
        let appended = appended.map_err(|refusal| refusal.code)?;
        if let Some(commit) = appended.commit {
            let settled = tokio::time::timeout(self.timeout, commit).await;
            settled.map_err(|_| ErrorCode::RequestTimedOut)?.map_err(|_| ErrorCode::NotLeaderOrFollower)??;
            partition.judge_committed()?;
        }
        Ok(appended.base_offset)
    }

    /// Log end and high watermark of a replica.
    fn ends(&self, id: i32) -> (i64, i64) {
        let partition = self.partition(id);
        let inner = partition.lock();
        (inner.log.end_offset().get(), inner.state.high_watermark().get())
    }

    async fn wait_for_ends(&self, ids: &[i32], wanted: (i64, i64)) {
        let began = Instant::now();
        while ids.iter().any(|id| self.ends(*id) != wanted) {
            let all: Vec<_> = ids.iter().map(|id| (*id, self.ends(*id))).collect();
            assert!(began.elapsed() < Duration::from_secs(10), "{all:?}, not {wanted:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn stop(&self) {
        let nodes = std::mem::take(&mut *self.nodes.lock());
        for node in nodes {
            node.broker.replication.shutdown().await;
            let _ = node.stop.send(true);
            node.tasks.into_iter().for_each(|task| task.abort());
        }
    }
}

struct Decides(Arc<Cluster>);

impl AlterPartitions for Decides {
    fn alter_partition(&self, request: AlterPartitionRequest) -> AlterReply<'_> {
        Box::pin(async move { Ok::<_, Refusal>(self.0.alter(&request)) })
    }
}

impl Cluster {
    fn alter(&self, request: &AlterPartitionRequest) -> AlterPartitionResponse {
        let asked = &request.topics[0].partitions[0];
        let mut metadata = self.metadata.lock();
        let known = metadata.partition();
        let mut answer = AlterPartitionResponsePartitionData { partition_index: 0, ..Default::default() };
        if known.partition_epoch != asked.partition_epoch || known.leader_epoch.get() != asked.leader_epoch {
            answer.error_code = ErrorCode::InvalidUpdateVersion.code();
        } else {
            let isr = asked.new_isr_with_epochs.iter().map(|broker| broker.broker_id).collect();
            assert!(asked.new_isr_with_epochs.iter().all(|broker| matches!(broker.broker_epoch, 1 | -1)), "{asked:?}");
            self.publish_under(
                &mut metadata,
                &[MetadataRecord::PartitionChangeRecord(PartitionChangeRecord {
                    partition_id: 0,
                    topic_id: TOPIC,
                    isr: Some(isr),
                    ..PartitionChangeRecord::default()
                })],
            );
            let now = metadata.partition();
            answer.leader_id = now.leader.get();
            answer.leader_epoch = now.leader_epoch.get();
            answer.partition_epoch = now.partition_epoch;
            answer.isr = now.isr.iter().map(|id| id.get()).collect();
        }
        let topic = AlterPartitionResponseTopicData { topic_id: TOPIC, partitions: vec![answer] };
        AlterPartitionResponse { topics: vec![topic], ..Default::default() }
    }
}

fn batch(value: &[u8]) -> Bytes {
    let mut builder = BatchBuilder::new(BuilderOptions::default());
    builder.append(&RecordToWrite { timestamp: TimestampMs::now(), value: Some(value), ..Default::default() });
    builder.build().unwrap().into()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acks_all_is_answered_once_all_have_the_record_and_followers_hear_of_it_soon() {
    let cluster = Cluster::start(2).await;
    let began = Instant::now();
    for n in 0..50u8 {
        assert_eq!(cluster.produce(1, &[n; 10]).await, Ok(Offset(i64::from(n))));
    }
    let each = began.elapsed() / 50;
    assert!(each < Duration::from_millis(200), "{each:?} for a record: somebody waits for a fetch to time out");
    let told = Instant::now();
    cluster.wait_for_ends(&[1, 2, 3], (50, 50)).await;
    assert!(told.elapsed() < Duration::from_millis(600), "the high watermark came with the end of a fetch's wait");
    assert_eq!(cluster.isr(), [1, 2, 3]);
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_that_stops_leaves_the_in_sync_set_and_comes_back_into_it() {
    let cluster = Cluster::start(2).await;
    cluster.produce(1, b"with all").await.unwrap();
    cluster.part(3);
    let began = Instant::now();
    cluster.produce(1, b"waits for the third to leave").await.unwrap();
    assert!(began.elapsed() >= Duration::from_millis(MAX_LAG_MS / 2), "it was in sync until then");
    assert_eq!(cluster.isr(), [1, 2]);
    cluster.part(2);
    let late = cluster.produce(1, b"of one replica").await;
    assert!(matches!(late, Err(ErrorCode::RequestTimedOut)), "{late:?}: too few are left");
    cluster.wait_for_isr(&[1]).await;
    assert_eq!(cluster.produce(1, b"refused").await, Err(ErrorCode::NotEnoughReplicas));
    cluster.heal(2);
    cluster.heal(3);
    cluster.wait_for_isr(&[1, 2, 3]).await;
    cluster.wait_for_ends(&[1, 2, 3], (3, 3)).await;
    cluster.produce(1, b"taken again").await.unwrap();
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_an_election_the_old_leader_follows_and_gives_up_what_was_not_committed() {
    let cluster = Cluster::start(1).await;
    cluster.produce(1, b"committed").await.unwrap();
    // Nobody takes the next record from the leader that falls.
    cluster.part(2);
    cluster.part(3);
    let old = cluster.partition(1);
    let Ok(Produced::Now(lost)) = old.produce(batch(b"lost"), Acks::All, 9, TimestampMs::now()) else { panic!() };
    cluster.elect(2, &[2, 3]);
    cluster.heal(2);
    cluster.heal(3);
    assert_eq!(lost.commit.unwrap().await.unwrap(), Err(ErrorCode::NotLeaderOrFollower));
    let began = Instant::now();
    cluster.produce(2, b"of the new leader").await.unwrap();
    assert!(
        began.elapsed() < Duration::from_millis(600),
        "{:?}: no fetch of the old leader holds it up",
        began.elapsed()
    );
    cluster.wait_for_ends(&[1, 2, 3], (2, 2)).await;
    cluster.wait_for_isr(&[1, 2, 3]).await;
    let value_at_1 = |id: i32| {
        let partition = cluster.partition(id);
        let inner = partition.lock();
        let slice = inner.log.read(Offset(1), 1 << 20, Offset(2), true).unwrap().unwrap();
        let mut bytes = vec![0; slice.len];
        slice.read_exact_at(&mut bytes, 0).unwrap();
        bytes
    };
    assert_eq!(value_at_1(1), value_at_1(2));
    assert_eq!(value_at_1(3), value_at_1(2));
    cluster.stop().await;
}

/// Sets dynamic settings: of the topic (2), or of all brokers (4).
fn set(kind: i8, name: &str, value: &str) -> MetadataRecord {
    MetadataRecord::ConfigRecord(ConfigRecord {
        resource_type: kind,
        resource_name: if kind == 2 { "t".into() } else { String::new() },
        name: name.into(),
        value: Some(value.into()),
    })
}

/// KIP-73: on whichever side the bound is, it holds for the replica that is not in sync, and only for that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_throttled_replica_catches_up_no_faster_than_its_bound() {
    for side in ["leader", "follower"] {
        let cluster = Cluster::start(1).await;
        cluster.part(3);
        // Who has everything is in sync, deaf or not: it must miss something first.
        cluster.produce(1, b"missed by the third").await.unwrap();
        cluster.wait_for_isr(&[1, 2]).await;
        cluster.publish(&[
            set(2, &format!("{side}.replication.throttled.replicas"), "*"),
            set(4, &format!("{side}.replication.throttled.rate"), "100000"),
        ]);
        for _ in 0..10 {
            cluster.produce(1, &[b'x'; 30_000]).await.unwrap();
        }
        let began = Instant::now();
        cluster.heal(3);
        cluster.wait_for_isr(&[1, 2, 3]).await;
        // A tenth of a second's bytes are there at once, the last piece may overdraw, and some were on their way before it
        // was known that the replica is behind; the rest takes its time.
        assert!(began.elapsed() > Duration::from_millis(1_000), "{side}: 300 kB came in {:?}", began.elapsed());
        cluster.stop().await;
    }
}

/// A random number below `n`.
fn below(random: &mut u64, n: usize) -> usize {
    *random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*random >> 33) as usize % n
}

/// Produces to whoever may lead, and notes what was acknowledged.
async fn write_until(cluster: Arc<Cluster>, writer: u64, until: Instant) -> Vec<(i64, String)> {
    let (mut random, mut acknowledged) = (writer, Vec::new());
    for n in 0.. {
        if Instant::now() >= until {
            break;
        }
        let value = format!("<{writer}.{n}>");
        // Now and then to a broker that led once, and may not know better.
        let leader = cluster.metadata.lock().partition().leader.get();
        let id = if below(&mut random, 4) == 0 { below(&mut random, 3) as i32 + 1 } else { leader };
        match cluster.produce(id, value.as_bytes()).await {
            Ok(offset) => acknowledged.push((offset.get(), value)),
            Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
    acknowledged
}

/// The log of a replica: base offset and bytes of each batch.
fn log_of(partition: &Partition) -> Vec<(i64, Vec<u8>)> {
    let inner = partition.lock();
    let (start, end) = (inner.log.start_offset(), inner.log.end_offset());
    let Some(slice) = inner.log.read(start, 1 << 30, end, true).unwrap() else { return Vec::new() };
    let mut bytes = vec![0; slice.len];
    slice.read_exact_at(&mut bytes, 0).unwrap();
    batches(&bytes).map(|batch| batch.unwrap()).map(|(header, raw)| (header.base_offset.get(), raw.to_vec())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_acknowledged_survives_elections_and_brokers_that_hear_nothing() {
    let cluster = Cluster::start_with(2, Duration::from_millis(700)).await;
    let until = Instant::now() + Duration::from_secs(6);
    let writers: Vec<_> = (1..=2).map(|n| tokio::spawn(write_until(Arc::clone(&cluster), n, until))).collect();
    let mut random = 42;
    while Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(100 + below(&mut random, 250) as u64)).await;
        let (state, deaf) = (cluster.metadata.lock().partition(), cluster.deaf.lock().clone());
        let id = below(&mut random, 3) as i32 + 1;
        match below(&mut random, 3) {
            0 if deaf.is_empty() => cluster.part(id),
            1 => deaf.iter().for_each(|id| cluster.heal(*id)),
            _ if state.isr.contains(&BrokerId(id)) && state.leader.get() != id => {
                let isr: Vec<i32> = state.isr.iter().map(|id| id.get()).collect();
                cluster.elect(id, &isr);
            }
            _ => {}
        }
    }
    let deaf = cluster.deaf.lock().clone();
    deaf.iter().for_each(|id| cluster.heal(*id));
    let mut acknowledged = Vec::new();
    for writer in writers {
        acknowledged.append(&mut writer.await.unwrap());
    }
    cluster.wait_for_isr(&[1, 2, 3]).await;
    let leader = cluster.metadata.lock().partition().leader.get();
    let end = cluster.ends(leader).0;
    cluster.wait_for_ends(&[1, 2, 3], (end, end)).await;
    let log = log_of(&cluster.partition(leader));
    for id in 1..=3 {
        assert!(log_of(&cluster.partition(id)) == log, "the logs of {leader} and {id} differ");
    }
    assert!(acknowledged.len() > 20, "only {} records were acknowledged", acknowledged.len());
    for (offset, value) in acknowledged {
        let found = log.iter().find(|(base, _)| *base == offset);
        let holds = found.is_some_and(|(_, raw)| raw.windows(value.len()).any(|part| part == value.as_bytes()));
        assert!(holds, "{value} was acknowledged at {offset}, where there is {found:?}");
    }
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consumer_is_sent_to_the_replica_in_its_rack_which_serves_it() {
    let cluster = Cluster::start(1).await;
    cluster.produce(1, b"a").await.unwrap();
    cluster.wait_for_ends(&[1, 2, 3], (1, 1)).await;
    let from_leader = fetch(&cluster, 1, "r3", 12).await;
    assert_eq!((from_leader.preferred_read_replica, from_leader.records.unwrap_or_default().len()), (3, 0));
    let here = fetch(&cluster, 1, "r1", 12).await;
    assert_eq!((here.preferred_read_replica, here.error_code), (-1, 0));
    assert!(here.records.is_some_and(|records| !records.is_empty()));
    let there = fetch(&cluster, 3, "r3", 12).await;
    assert_eq!((there.preferred_read_replica, there.error_code, there.high_watermark), (-1, 0, 1));
    assert!(there.records.is_some_and(|records| !records.is_empty()));
    let old = fetch(&cluster, 3, "", 10).await;
    assert_eq!(old.error_code, ErrorCode::NotLeaderOrFollower.code(), "a client that knows no replicas");
    cluster.stop().await;
}

/// A consumer's fetch from the beginning.
async fn fetch(cluster: &Cluster, id: i32, rack: &str, version: i16) -> PartitionData {
    let endpoint = cluster.broker(id).endpoint_of(id, "PLAINTEXT").unwrap();
    let address = format!("{}:{}", endpoint.0, endpoint.1);
    let connection = Connection::open(&address, &ClientConfig::new(vec![address.clone()])).await.unwrap();
    let partition = FetchPartition { partition: 0, partition_max_bytes: 1 << 20, ..Default::default() };
    let request = FetchRequest {
        max_wait_ms: 1_000,
        min_bytes: 1,
        topics: vec![FetchTopic { topic: "t".into(), partitions: vec![partition], ..Default::default() }],
        rack_id: rack.to_owned(),
        ..Default::default()
    };
    let mut answer = connection.send_in(&request, version, Duration::from_secs(5)).await.unwrap();
    answer.responses.remove(0).partitions.remove(0)
}
