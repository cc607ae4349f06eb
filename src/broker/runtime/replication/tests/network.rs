//! The fetcher, against a leader behind a socket.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::broker::runtime::log_dirs::LogDirs;
use crate::broker::runtime::replicas::Placement;
use crate::broker::state::metadata::MetadataLoader;
use crate::log::files::MetaProperties;
use crate::wire::api::ApiKey;
use crate::wire::codec::Reader;
use crate::wire::header::{RequestHeader, write_response_header};
use crate::wire::messages::api_versions::{ApiVersion, ApiVersionsResponse};
use crate::wire::messages::fetch::{
    EpochEndOffset, FetchRequest, FetchResponse, FetchableTopicResponse, PartitionData,
};
use crate::wire::messages::list_offsets::{
    ListOffsetsPartitionResponse, ListOffsetsRequest, ListOffsetsResponse, ListOffsetsTopicResponse,
};
use crate::wire::records::metadata::{BrokerEndpoint, MetadataRecord, RegisterBrokerRecord};
use crate::wire::schema::Message;

/// What the leader does with requests.
#[derive(Clone, Copy, PartialEq)]
enum Mood {
    Serves,
    /// Ends each connection at its first fetch.
    HangsUp,
}

struct Leader {
    partition: Arc<Partition>,
    mood: Arc<Mutex<Mood>>,
}

impl Leader {
    async fn serve(self: Arc<Self>, listener: TcpListener) {
        while let Ok((stream, _)) = listener.accept().await {
            let leader = Arc::clone(&self);
            tokio::spawn(async move { leader.connection(stream).await });
        }
    }

    async fn connection(&self, mut stream: TcpStream) {
        while let Ok(len) = stream.read_u32().await {
            let mut frame = vec![0; len as usize];
            stream.read_exact(&mut frame).await.unwrap();
            let mut input = Reader::new(frame.into());
            let header = RequestHeader::read(&mut input).unwrap();
            let key = ApiKey::ALL.iter().copied().find(|key| key.code() == header.api_key).unwrap();
            let version = header.api_version;
            let mut out = vec![0; 4];
            write_response_header(&mut out, key, version, header.correlation_id);
            match key {
                ApiKey::ApiVersions => Self::versions().write(&mut out, version),
                ApiKey::Fetch if *self.mood.lock() == Mood::HangsUp => return,
                ApiKey::Fetch => {
                    let request = FetchRequest::read(&mut input, version).unwrap();
                    self.fetch(&request).await.write(&mut out, version);
                }
                ApiKey::ListOffsets => {
                    let request = ListOffsetsRequest::read(&mut input, version).unwrap();
                    self.list_offsets(&request).write(&mut out, version);
                }
                key => panic!("{key} is not served"),
            }
            let length = (out.len() - 4) as u32;
            out[..4].copy_from_slice(&length.to_be_bytes());
            stream.write_all(&out).await.unwrap();
        }
    }

    fn versions() -> ApiVersionsResponse {
        let one = |key: ApiKey, range: std::ops::RangeInclusive<i16>| ApiVersion {
            api_key: key.code(),
            min_version: *range.start(),
            max_version: *range.end(),
        };
        let api_keys = vec![
            one(ApiKey::ApiVersions, 0..=4),
            one(ApiKey::Fetch, FetchRequest::VERSIONS),
            one(ApiKey::ListOffsets, ListOffsetsRequest::VERSIONS),
        ];
        ApiVersionsResponse { api_keys, ..ApiVersionsResponse::default() }
    }

    /// Keeps no sessions, and waits a moment where there is nothing.
    async fn fetch(&self, request: &FetchRequest) -> FetchResponse {
        let first = self.read(request);
        let has_data =
            first.iter().flat_map(|topic| &topic.partitions).any(|p| p.records.is_some() || p.error_code != 0);
        let responses = if has_data {
            first
        } else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            self.read(request)
        };
        FetchResponse { responses, ..FetchResponse::default() }
    }

    fn read(&self, request: &FetchRequest) -> Vec<FetchableTopicResponse> {
        let topics = request.topics.iter().map(|topic| {
            let partitions = topic.partitions.iter().map(|asked| {
                let read = self.partition.read(&ReadRequest {
                    offset: Offset(asked.fetch_offset),
                    max_bytes: asked.partition_max_bytes as usize,
                    at_least_one: true,
                    isolation: Isolation::Replica,
                    current_epoch: LeaderEpoch(asked.current_leader_epoch),
                    last_fetched_epoch: LeaderEpoch(asked.last_fetched_epoch),
                    leader_only: true,
                    follower: Some(FollowerRead {
                        id: BrokerId(request.replica_state.replica_id),
                        broker_epoch: request.replica_state.replica_epoch,
                        log_start: Offset(asked.log_start_offset),
                        standing: BrokerStanding { epoch: Some(1), active: true },
                        now: NOW,
                    }),
                });
                match read {
                    Ok(read) => {
                        let diverging = read.diverging.map_or_else(EpochEndOffset::default, |(epoch, end)| {
                            EpochEndOffset { epoch: epoch.get(), end_offset: end.get() }
                        });
                        let records = read.records.map(|slice| {
                            let mut bytes = vec![0; slice.len];
                            slice.read_exact_at(&mut bytes, 0).unwrap();
                            Bytes::from(bytes)
                        });
                        PartitionData {
                            high_watermark: read.high_watermark.get(),
                            log_start_offset: read.log_start.get(),
                            diverging_epoch: diverging,
                            records,
                            ..PartitionData::default()
                        }
                    }
                    Err(code) => PartitionData { error_code: code.code(), ..PartitionData::default() },
                }
            });
            FetchableTopicResponse { topic_id: topic.topic_id, partitions: partitions.collect(), ..Default::default() }
        });
        topics.collect()
    }

    fn list_offsets(&self, request: &ListOffsetsRequest) -> ListOffsetsResponse {
        let asked = &request.topics[0].partitions[0];
        let inner = self.partition.lock();
        let offset = if asked.timestamp == -1 { inner.log.end_offset() } else { inner.log.start_offset() };
        let partition = ListOffsetsPartitionResponse { offset: offset.get(), ..Default::default() };
        let topic = ListOffsetsTopicResponse { name: request.topics[0].name.clone(), partitions: vec![partition] };
        ListOffsetsResponse { topics: vec![topic], ..Default::default() }
    }
}

/// A leader behind a socket, and a follower with its fetchers.
struct Pair {
    leader: Arc<Leader>,
    node: Node,
    follower: Arc<Partition>,
    replication: Arc<Replication>,
    _root: tempfile::TempDir,
}

async fn pair_over_a_socket() -> Pair {
    let first = assignment(1, 0, 0, &[1, 2]);
    let node = Node::new(1, first.clone(), config(1, None));
    let leader = Arc::new(Leader { partition: Arc::clone(&node.partition), mood: Arc::new(Mutex::new(Mood::Serves)) });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(Arc::clone(&leader).serve(listener));

    let root = tempfile::tempdir().unwrap();
    let me = BrokerId(2);
    let meta =
        MetaProperties { cluster_id: "c".to_owned(), node_id: me, directory_id: Some(Uuid(1000)), other: Vec::new() };
    meta.write(root.path()).unwrap();
    let dirs = LogDirs::open(&[root.path().to_owned()], root.path(), me, "c").unwrap();
    let replicas = Replicas::new(me, dirs, None);
    let name = node.partition.name().clone();
    let config = Arc::new(config(1, None));
    replicas.place(Placement { name, topic_id: Uuid(7), assignment: first, directory: None, config });
    let follower = replicas.by_id(Uuid(7), 0).unwrap();

    let mut loader = MetadataLoader::default();
    for id in [1, 2] {
        let endpoint =
            BrokerEndpoint { name: "PLAINTEXT".into(), host: "127.0.0.1".into(), port, security_protocol: 0 };
        let record =
            RegisterBrokerRecord { broker_id: id, broker_epoch: 1, end_points: vec![endpoint], ..Default::default() };
        let record = MetadataRecord::RegisterBrokerRecord(record);
        loader.load(Offset(i64::from(id)), LeaderEpoch(1), &record).unwrap();
    }
    let image = (*loader.publish().unwrap().new).clone();
    let metadata = MetadataCache::new("c", image);
    let settings = ReplicationSettings {
        me,
        listener: "PLAINTEXT".to_owned(),
        fetchers: 1,
        wait_max_ms: 100,
        min_bytes: 1,
        response_max_bytes: 1 << 20,
        partition_max_bytes: 1 << 20,
        backoff_ms: 50,
        socket_timeout: Duration::from_secs(5),
    };
    let replication = Replication::new(settings, replicas, metadata);
    replication.follow(&follower, BrokerId(1), LeaderEpoch(0));
    Pair { leader, node, follower, replication, _root: root }
}

impl Pair {
    /// Waits until the follower has the leader's log, and both know that it is committed.
    async fn in_step(&self) {
        let ends = |partition: &Partition| {
            let inner = partition.lock();
            (inner.log.end_offset(), inner.state.high_watermark())
        };
        for _ in 0..500 {
            let (leader, follower) = (ends(&self.node.partition), ends(&self.follower));
            if leader == follower && leader.0 == leader.1 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("leader {:?}, follower {:?}", ends(&self.node.partition), ends(&self.follower));
    }
}

#[tokio::test]
async fn a_fetcher_keeps_a_follower_in_step_and_stops_when_it_is_told() {
    let pair = pair_over_a_socket().await;
    pair.node.produce(b"before it begins", Acks::All).unwrap();
    pair.replication.start();
    pair.in_step().await;
    for n in 0..50u8 {
        pair.node.produce(&[n; 100], Acks::All).unwrap();
    }
    pair.in_step().await;
    pair.replication.leave((Uuid(7), 0));
    assert_eq!(pair.replication.followed(), 0);
    pair.replication.shutdown().await;
    pair.node.produce(b"after", Acks::Leader).unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(pair.follower.lock().log.end_offset(), Offset(51));
}

#[tokio::test]
async fn a_fetcher_comes_back_to_a_leader_that_hung_up() {
    let pair = pair_over_a_socket().await;
    *pair.leader.mood.lock() = Mood::HangsUp;
    pair.node.produce(b"a", Acks::All).unwrap();
    pair.replication.start();
    tokio::time::sleep(Duration::from_millis(30)).await;
    assert_eq!(pair.follower.lock().log.end_offset(), Offset(0));
    *pair.leader.mood.lock() = Mood::Serves;
    pair.in_step().await;
    pair.replication.shutdown().await;
}

#[tokio::test]
async fn a_fetcher_finds_the_beginning_of_a_leaders_log() {
    let pair = pair_over_a_socket().await;
    for _ in 0..3 {
        pair.node.produce(b"a", Acks::Leader).unwrap();
    }
    // As if it had been committed, and deleted, before the follower came.
    {
        let mut inner = pair.node.partition.lock();
        inner.log.delete_records(Offset(2)).unwrap();
    }
    pair.replication.start();
    pair.in_step().await;
    assert_eq!(pair.follower.log_start(), Offset(2));
    pair.replication.shutdown().await;
}

#[tokio::test]
async fn the_answer_to_a_term_that_is_over_does_not_end_the_one_after_it() {
    let pair = pair_over_a_socket().await;
    pair.replication.start();
    pair.in_step().await;
    for epoch in 1..=12 {
        // Somewhere in the fetch that waits at the leader, who stays and answers once it has heard of the term.
        tokio::time::sleep(Duration::from_millis(epoch % 7)).await;
        let epoch = i32::try_from(epoch).unwrap();
        let next = assignment(1, epoch, epoch, &[1, 2]);
        pair.follower.assign(next.clone()).unwrap();
        pair.replication.follow(&pair.follower, BrokerId(1), LeaderEpoch(epoch));
        pair.node.partition.assign(next).unwrap();
        pair.node.produce(b"of this term", Acks::Leader).unwrap();
        pair.in_step().await;
    }
    pair.replication.shutdown().await;
}
