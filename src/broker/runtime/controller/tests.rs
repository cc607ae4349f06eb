//! The controller with its quorum and a broker's registration, on real files: what one node does from its first start.

use std::path::Path;
use std::time::Duration;

use super::super::config_rules::TableRules;
use super::super::controller_link::ControllerLink;
use super::super::lifecycle::{BrokerState, Lifecycle, LifecycleSettings};
use super::super::producer_ids::ProducerIdStock;
use super::super::quorum::{self, QuorumSettings};
use super::*;
use crate::broker::state::controller::{ConfigEdit, ConfigOp};
use crate::broker::state::metadata::{ConfigResource, RecoveryState, SUPPORTED_FEATURES, bootstrap_records};
use crate::config::BrokerConfig;
use crate::log::storage::{FormatRequest, format_storage};
use crate::wire::messages::broker_registration::{Feature, Listener};
use crate::wire::messages::create_topics::CreatableTopic;
use crate::wire::messages::elect_leaders::ElectLeadersRequest;
use crate::wire::messages::list_partition_reassignments::ListPartitionReassignmentsRequest;
use crate::wire::messages::unregister_broker::UnregisterBrokerRequest;
use crate::wire::messages::update_features::{FeatureUpdateKey, UpdateFeaturesRequest};
use crate::wire::records::metadata::TopicRecord;

const CLUSTER: &str = "MkU3OEVBNTcwNTJENDM2Qg";

struct Node {
    controller: Controller,
    link: ControllerLink,
    metadata: Arc<MetadataCache>,
    lifecycle: Arc<Lifecycle>,
    previous: i64,
}

fn format(dir: &Path) {
    let values: Vec<bytes::Bytes> = bootstrap_records().iter().map(|r| r.to_value(0)).collect();
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
}

impl Node {
    async fn start(dir: &Path, previous_broker_epoch: i64) -> Node {
        format(dir);
        let settings = QuorumSettings {
            cluster_id: "cluster".to_owned(),
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
        let publisher = Arc::clone(&metadata);
        let (raft, _) = quorum::start(&settings, move |update| publisher.publish(update)).await.unwrap();
        let settings = ControllerSettings {
            cluster_id: CLUSTER.to_owned(),
            metadata_dir: dir.to_owned(),
            registration: RegisterControllerRecord {
                controller_id: 1,
                incarnation_id: Uuid::random(),
                ..RegisterControllerRecord::default()
            },
            defaults: Defaults { num_partitions: 1, replication_factor: 1 },
            session_timeout_ms: 9_000,
        };
        let rules = TableRules::new(BrokerConfig::standalone());
        let (controller, _) = Controller::start(settings, rules, raft, Arc::clone(&metadata));
        let (image, mut updates) = metadata.subscribe();
        let served = Arc::clone(&metadata);
        served.served_up_to(image.offset());
        tokio::spawn(async move {
            while let Some(update) = updates.recv().await {
                served.served_up_to(update.new.offset());
            }
        });
        let registration = BrokerRegistrationRequest {
            broker_id: 1,
            cluster_id: CLUSTER.to_owned(),
            incarnation_id: Uuid::random(),
            listeners: vec![Listener { name: "PLAINTEXT".into(), host: "h".into(), port: 9092, security_protocol: 0 }],
            features: SUPPORTED_FEATURES
                .iter()
                .map(|f| Feature { name: f.name.into(), min_supported_version: f.min, max_supported_version: f.max })
                .collect(),
            rack: None,
            log_dirs: vec![Uuid(7_777)],
            previous_broker_epoch,
            ..BrokerRegistrationRequest::default()
        };
        let settings = LifecycleSettings { heartbeat_interval: Duration::from_secs(2), registration };
        let link = ControllerLink::new(
            Some(controller.clone()),
            Arc::clone(controller.quorum()),
            BrokerId(1),
            Duration::from_secs(4),
        );
        let (lifecycle, _) = Lifecycle::start(settings, link.clone(), Arc::clone(&metadata), None);
        lifecycle.state().wait_for(|state| *state == BrokerState::Running).await.unwrap();
        let previous = lifecycle.epoch();
        Node { controller, link, metadata, lifecycle, previous }
    }

    async fn create(&self, name: &str, num_partitions: i32) -> i16 {
        let topic =
            CreatableTopic { name: name.into(), num_partitions, replication_factor: 1, ..CreatableTopic::default() };
        let request = CreateTopicsRequest { topics: vec![topic], ..CreateTopicsRequest::default() };
        let done = self.controller.create_topics(request).await.unwrap();
        done.answer.topics[0].error_code
    }
}

#[tokio::test]
async fn a_lone_node_bootstraps_registers_and_creates_topics() {
    let dir = tempfile::tempdir().unwrap();
    let node = Node::start(dir.path(), -1).await;
    let image = node.metadata.image();
    assert_eq!(image.features().metadata_version(), 30);
    assert_eq!(image.broker(BrokerId(1)).map(|b| (b.epoch, b.is_active())), Some((node.lifecycle.epoch(), true)));
    assert_eq!(
        image.config(&ConfigResource::all_brokers()).and_then(|c| c.get("min.insync.replicas").cloned()).as_deref(),
        Some("1")
    );
    assert_eq!(node.create("orders", 6).await, 0);
    assert_eq!(node.metadata.image().partition("orders", 5).map(|p| p.leader), Some(BrokerId(1)));
    assert_eq!(node.create("orders", 6).await, 36, "the second finds what the first made");
    node.controller.quorum().shutdown().await;
}

#[tokio::test]
async fn topics_and_settings_survive_a_clean_restart_and_partitions_are_led_again() {
    let dir = tempfile::tempdir().unwrap();
    let node = Node::start(dir.path(), -1).await;
    node.create("orders", 3).await;
    let change = AlterConfigs {
        resource: ConfigResource::topic("orders"),
        edits: vec![ConfigEdit { name: "retention.ms".into(), op: ConfigOp::Set, value: Some("60000".into()) }],
        replace_all: false,
    };
    assert_eq!(node.controller.alter_configs(vec![change], false).await.unwrap().answer, [Ok(())]);
    let before = node.metadata.image().partition("orders", 0).unwrap().leader_epoch;
    node.lifecycle.leave().await;
    node.controller.quorum().shutdown().await;

    let again = Node::start(dir.path(), node.previous).await;
    let image = again.metadata.image();
    let partition = image.partition("orders", 0).unwrap();
    assert_eq!((partition.leader, partition.recovery), (BrokerId(1), RecoveryState::Recovered));
    assert!(partition.leader_epoch > before);
    assert!(again.lifecycle.epoch() > node.previous);
    assert_eq!(
        image.config(&ConfigResource::topic("orders")).and_then(|c| c.get("retention.ms").cloned()).as_deref(),
        Some("60000")
    );
    again.controller.quorum().shutdown().await;
}

#[tokio::test]
async fn commands_at_once_are_decided_one_after_the_other() {
    let dir = tempfile::tempdir().unwrap();
    let node = Arc::new(Node::start(dir.path(), -1).await);
    let tasks: Vec<_> = (0..20)
        .map(|n| {
            let node = Arc::clone(&node);
            tokio::spawn(async move { node.create(&format!("t{}", n % 10), 1).await })
        })
        .collect();
    let mut codes = Vec::new();
    for task in tasks {
        codes.push(task.await.unwrap());
    }
    codes.sort_unstable();
    assert_eq!(codes, [[0; 10], [36; 10]].concat());
    assert_eq!(node.metadata.image().topic_count(), 10);
    node.controller.quorum().shutdown().await;
}

#[tokio::test]
async fn producer_ids_are_given_out_once_also_over_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let mut given = Vec::new();
    for _ in 0..2 {
        let node = Node::start(dir.path(), -1).await;
        let stock = ProducerIdStock::new(BrokerId(1));
        for _ in 0..1_500 {
            given.push(stock.next(&node.link, node.lifecycle.epoch()).await.unwrap().get());
        }
        node.controller.quorum().shutdown().await;
    }
    let count = given.len();
    given.sort_unstable();
    given.dedup();
    assert_eq!(given.len(), count);
}

#[tokio::test]
async fn a_transaction_that_its_controller_did_not_end_is_aborted_by_the_next() {
    let dir = tempfile::tempdir().unwrap();
    let node = Node::start(dir.path(), -1).await;
    node.create("orders", 1).await;
    let quorum = Arc::clone(node.controller.quorum());
    let epoch = quorum.leadership().borrow().epoch;
    let half = [
        MetadataRecord::BeginTransactionRecord(BeginTransactionRecord::default()),
        MetadataRecord::TopicRecord(TopicRecord { name: "ghost".into(), topic_id: Uuid(77_777) }),
    ];
    let values = half.iter().map(|record| record.to_value(0)).collect();
    quorum.propose(epoch, values).await.unwrap().await.unwrap();
    assert!(quorum.open_transaction().is_some());
    quorum.shutdown().await;

    let again = Node::start(dir.path(), -1).await;
    assert_eq!(again.controller.quorum().open_transaction(), None);
    assert!(again.metadata.image().topic("ghost").is_none());
    assert_eq!(again.create("ghost", 1).await, 0);
    assert!(again.metadata.image().topic("orders").is_some());
    again.controller.quorum().shutdown().await;
}

#[tokio::test]
async fn what_operators_ask_of_the_cluster_is_decided_and_committed() {
    let dir = tempfile::tempdir().unwrap();
    let node = Node::start(dir.path(), -1).await;
    node.create("orders", 1).await;
    let all = ListPartitionReassignmentsRequest { topics: None, ..ListPartitionReassignmentsRequest::default() };
    assert!(node.link.list_partition_reassignments(all).await.unwrap().answer.topics.is_empty());
    let all = ElectLeadersRequest { topic_partitions: None, ..ElectLeadersRequest::default() };
    let elected = node.link.elect_leaders(all).await.unwrap().answer;
    assert_eq!(elected.replica_election_results.len(), 1);
    assert!(elected.replica_election_results[0].partition_result.is_empty());
    let down = FeatureUpdateKey {
        feature: "transaction.version".into(),
        max_version_level: 1,
        upgrade_type: 2,
        ..FeatureUpdateKey::default()
    };
    let request = UpdateFeaturesRequest { feature_updates: vec![down], ..UpdateFeaturesRequest::default() };
    assert_eq!(node.link.update_features(request).await.unwrap().answer.error_code, 0);
    assert_eq!(node.metadata.image().features().level("transaction.version"), 1);
    let unknown = node.link.unregister_broker_request(UnregisterBrokerRequest { broker_id: 9 }).await.unwrap().answer;
    assert_eq!(unknown.error_code, ErrorCode::BrokerIdNotRegistered.code());
    assert_eq!(unknown.error_message.as_deref(), Some("Broker ID 9 is not currently registered"));
    node.controller.quorum().shutdown().await;
}
