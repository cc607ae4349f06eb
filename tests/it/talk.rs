//! A client for tests: one connection, asked and answered in order, so that a test reads as a conversation.

use std::time::Duration;

use bytes::Bytes;
use logbus::client::{
    ClientConfig, Cluster, Connection, Consumer, ConsumerConfig, Producer, ProducerConfig, ProducerRecord, StartAt,
    Target,
};
use logbus::model::{ErrorCode, TimestampMs};
use logbus::wire::batch::{BatchBuilder, BuilderOptions, RecordToWrite};
use logbus::wire::compression::{Codec, Compression};
use logbus::wire::messages::create_topics::{CreatableTopic, CreatableTopicConfig, CreateTopicsRequest};
use logbus::wire::messages::fetch::{FetchPartition, FetchRequest, FetchTopic, PartitionData};
use logbus::wire::messages::produce::{
    PartitionProduceData, PartitionProduceResponse, ProduceRequest, TopicProduceData,
};
use logbus::wire::schema::Request;

/// A client of one cluster.
pub struct Talk {
    runtime: tokio::runtime::Runtime,
    cluster: Cluster,
    connection: Connection,
}

impl Talk {
    /// Connects.
    pub fn with(bootstrap: &str) -> Talk {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let cluster = Cluster::new(ClientConfig::new(vec![bootstrap.to_owned()]));
        let connection = runtime.block_on(cluster.connection(Target::Any)).unwrap();
        Talk { runtime, cluster, connection }
    }

    /// Sends a request and gives its answer.
    pub fn ask<R: Request>(&self, request: &R) -> R::Response {
        self.runtime.block_on(self.connection.send(request)).unwrap()
    }

    /// Sends a request in one version.
    pub fn ask_in<R: Request>(&self, request: &R, version: i16) -> R::Response {
        self.runtime.block_on(self.connection.send_in(request, version, Duration::from_secs(30))).unwrap()
    }

    /// Creates a topic with settings, as `name=value`.
    pub fn create(&self, topic: &str, partitions: i32, settings: &[&str]) {
        let configs = settings.iter().map(|setting| {
            let (name, value) = setting.split_once('=').unwrap();
            CreatableTopicConfig { name: name.to_owned(), value: Some(value.to_owned()) }
        });
        let topics = vec![CreatableTopic {
            name: topic.to_owned(),
            num_partitions: partitions,
            replication_factor: 1,
            configs: configs.collect(),
            ..CreatableTopic::default()
        }];
        let answer = self.ask(&CreateTopicsRequest { topics, ..CreateTopicsRequest::default() });
        assert_eq!(answer.topics[0].error_code, 0, "{:?}", answer.topics[0].error_message);
    }

    /// Sends one batch as it is, and gives what the partition says of it.
    pub fn produce(&self, topic: &str, partition: i32, batch: impl Into<Bytes>) -> PartitionProduceResponse {
        let data = PartitionProduceData { index: partition, records: Some(batch.into()) };
        let topic =
            TopicProduceData { name: topic.to_owned(), partition_data: vec![data], ..TopicProduceData::default() };
        let request =
            ProduceRequest { acks: -1, timeout_ms: 30_000, topic_data: vec![topic], ..ProduceRequest::default() };
        let mut answer = self.ask(&request);
        answer.responses.remove(0).partition_responses.remove(0)
    }

    /// Sends values through the producer of the tools, idempotently, and waits until all are acknowledged.
    pub fn produce_all(&self, topic: &str, partition: i32, codec: Codec, values: impl IntoIterator<Item = Vec<u8>>) {
        let compression = Compression::of(codec);
        self.runtime.block_on(async {
            let mut producer =
                Producer::new(self.cluster.clone(), ProducerConfig { compression, ..ProducerConfig::default() });
            for value in values {
                let record = ProducerRecord {
                    topic,
                    partition: Some(partition),
                    value: Some(&value),
                    ..ProducerRecord::default()
                };
                producer.send(&record).await.unwrap();
            }
            producer.flush().await.unwrap();
        });
    }

    /// Asks once for records of a partition from an offset on, and gives its part of the answer.
    pub fn fetch(&self, topic: &str, partition: i32, fetch_offset: i64) -> PartitionData {
        self.fetch_at_most(topic, partition, fetch_offset, 1 << 20)
    }

    /// The same, of at most so many bytes; one batch comes anyway.
    pub fn fetch_at_most(&self, topic: &str, partition: i32, fetch_offset: i64, bytes: i32) -> PartitionData {
        let partition =
            FetchPartition { partition, fetch_offset, partition_max_bytes: bytes, ..FetchPartition::default() };
        let topics = vec![FetchTopic { topic: topic.to_owned(), partitions: vec![partition], ..FetchTopic::default() }];
        let request = FetchRequest { max_wait_ms: 500, min_bytes: 1, topics, ..FetchRequest::default() };
        let mut answer = self.ask(&request);
        answer.responses.remove(0).partitions.remove(0)
    }

    /// The values of a partition from its start on, until there are `count` of them.
    pub fn read(&self, topic: &str, partition: i32, count: usize) -> Vec<Vec<u8>> {
        let at = vec![((topic.to_owned(), partition), StartAt::Earliest)];
        self.runtime.block_on(async {
            let mut consumer = Consumer::assign(self.cluster.clone(), ConsumerConfig::default(), at).await.unwrap();
            let mut values: Vec<Vec<u8>> = Vec::new();
            let give_up = tokio::time::Instant::now() + crate::harness::PATIENCE;
            while values.len() < count && tokio::time::Instant::now() < give_up {
                for records in consumer.poll(Duration::from_millis(500)).await.unwrap() {
                    let after = records
                        .for_each(|record| {
                            values.push(record.value.unwrap_or_default().to_vec());
                            true
                        })
                        .unwrap();
                    consumer.used_until(topic, partition, after);
                }
            }
            values
        })
    }
}

/// A batch of one record.
pub fn batch_of(value: &[u8], timestamp: TimestampMs) -> Vec<u8> {
    let mut builder = BatchBuilder::new(BuilderOptions::default());
    builder.append(&RecordToWrite { timestamp, key: Some(b"key"), value: Some(value), ..RecordToWrite::default() });
    builder.build().unwrap()
}

/// The error of a partition's answer.
pub fn code(answer: &PartitionProduceResponse) -> ErrorCode {
    ErrorCode::from_code(answer.error_code)
}
