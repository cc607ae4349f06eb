//! A fixed replay of requests through the broker's request path, without sockets, to be counted by callgrind.
//!
//! `bench/instructions.py` runs it under valgrind. Every call of [`replayed`] is one measurement: callgrind collects
//! inside that function only and writes one dump after each call, and a line on stdout says what the dump holds. Each
//! kind is replayed at two sizes, so that the difference is what the requests cost and nothing else.

#![allow(clippy::expect_used, missing_docs)]

use std::hint::black_box;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use logbus::broker::api::dispatch::{Answer, Dispatched, Session};
use logbus::broker::api::response::{Chunk, Response};
use logbus::broker::format::format_if_new;
use logbus::broker::server::Server;
use logbus::config::BrokerConfig;
use logbus::model::{Properties, TimestampMs, Uuid};
use logbus::wire::batch::{BatchBuilder, BuilderOptions, RecordToWrite};
use logbus::wire::codec::Reader;
use logbus::wire::header::{RequestHeader, read_response_header};
use logbus::wire::messages::create_topics::{CreatableTopic, CreateTopicsRequest};
use logbus::wire::messages::fetch::{FetchPartition, FetchRequest, FetchTopic};
use logbus::wire::messages::metadata::{MetadataRequest, MetadataRequestTopic};
use logbus::wire::messages::produce::{PartitionProduceData, ProduceRequest, TopicProduceData};
use logbus::wire::schema::{Message as _, Request};

/// Requests of the smaller replay of a kind; the larger has twice as many.
const FEW: usize = 100;
const VALUE_BYTES: usize = 1000;
const PARTITIONS: i32 = 16;

fn main() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(run(directory.path()));
}

async fn run(directory: &Path) {
    let server = start(directory).await;
    let listener = Arc::from(server.addresses()[0].0.as_str());
    let peer = SocketAddr::from((Ipv4Addr::LOCALHOST, 40_000));
    let mut session = Session::new(Arc::clone(server.broker()), listener, peer);
    let topic = create_topic(&mut session).await;

    let batch = batch_of(100);
    let single = batch_of(1);
    let kinds: [(&str, Bytes, Check); 4] = [
        ("produce-100-records", produce(topic, batch), no_produce_error),
        ("produce-1-record", produce(topic, single), no_produce_error),
        ("fetch-1-mib", fetch(topic), has_file_range),
        ("metadata", metadata(), is_not_empty),
    ];
    for (kind, frame, check) in kinds {
        // What happens once (the first segment, the first answer of its kind) happens in the first replay.
        for count in [10, FEW, 2 * FEW] {
            let answer = replayed(&mut session, own_copies(&frame, count));
            check(&answer, kind);
            println!("{kind} {count}");
        }
    }
    server.stop().await;
}

/// The requests one after another, each answered before the next; gives the last answer. Callgrind finds this function
/// by its name.
#[inline(never)]
fn replayed(session: &mut Session, frames: Vec<Bytes>) -> Response {
    let mut last = None;
    for frame in frames {
        last = Some(black_box(answer_now(session.dispatch(frame))));
    }
    last.expect("a replay has requests")
}

/// The answer, which must be there without waiting: waiting would count what other tasks do.
fn answer_now(dispatched: Dispatched) -> Response {
    let answer = match dispatched {
        Dispatched::Now(answer) => answer,
        Dispatched::Later(future) => match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => answer,
            Poll::Pending => panic!("a replayed request waits for something"),
        },
    };
    sent(answer)
}

fn sent(answer: Answer) -> Response {
    match answer {
        Answer::Send(response) => response,
        Answer::Nothing => panic!("a replayed request has no answer"),
        Answer::Close(reason) => panic!("a replayed request was refused: {reason}"),
    }
}

/// As the network hands them over: every frame in memory of its own.
fn own_copies(frame: &Bytes, count: usize) -> Vec<Bytes> {
    (0..count).map(|_| Bytes::copy_from_slice(frame)).collect()
}

async fn start(directory: &Path) -> Server {
    let mut properties = Properties::new();
    properties.set("log.dirs", &directory.join("data").display().to_string());
    properties.set("listeners", "PLAINTEXT://127.0.0.1:0");
    properties.set("logbus.admin.listener", "");
    let (config, _) = BrokerConfig::from_properties(&properties).expect("valid settings");
    format_if_new(&config).expect("a fresh directory");
    Server::start(config).await.expect("a broker")
}

async fn create_topic(session: &mut Session) -> Uuid {
    let topic = CreatableTopic {
        name: "replay".to_owned(),
        num_partitions: PARTITIONS,
        replication_factor: 1,
        ..CreatableTopic::default()
    };
    let request = CreateTopicsRequest { topics: vec![topic], ..CreateTopicsRequest::default() };
    let answer = match session.dispatch(framed(&request)) {
        Dispatched::Now(answer) => answer,
        Dispatched::Later(future) => future.await,
    };
    let created = &decoded::<CreateTopicsRequest>(&sent(answer)).topics[0];
    assert_eq!(created.error_code, 0, "{:?}", created.error_message);
    created.topic_id
}

fn batch_of(records: usize) -> Bytes {
    let value: Vec<u8> = (0..VALUE_BYTES).map(|i| b'a' + (i % 26) as u8).collect();
    let mut builder = BatchBuilder::new(BuilderOptions::default());
    let timestamp = TimestampMs::now();
    for _ in 0..records {
        builder.append(&RecordToWrite { timestamp, value: Some(&value), ..RecordToWrite::default() });
    }
    builder.build().expect("a batch within bounds").into()
}

fn produce(topic_id: Uuid, batch: Bytes) -> Bytes {
    let partition_data = vec![PartitionProduceData { index: 0, records: Some(batch) }];
    let topic_data = vec![TopicProduceData { name: String::new(), topic_id, partition_data }];
    framed(&ProduceRequest { acks: 1, timeout_ms: 30_000, topic_data, ..ProduceRequest::default() })
}

fn fetch(topic_id: Uuid) -> Bytes {
    let partition = FetchPartition { partition_max_bytes: 1 << 20, ..FetchPartition::default() };
    let topics = vec![FetchTopic { topic: String::new(), topic_id, partitions: vec![partition] }];
    framed(&FetchRequest { max_wait_ms: 500, min_bytes: 1, topics, ..FetchRequest::default() })
}

fn metadata() -> Bytes {
    let topic = MetadataRequestTopic { name: Some("replay".to_owned()), topic_id: Uuid::ZERO };
    framed(&MetadataRequest { topics: Some(vec![topic]), ..MetadataRequest::default() })
}

/// The request in its newest version, with its header, as it stands after the length prefix.
fn framed<R: Request>(request: &R) -> Bytes {
    let version = *R::VERSIONS.end();
    let mut out = Vec::new();
    let client_id = Some("replay".to_owned());
    RequestHeader { api_key: R::KEY.code(), api_version: version, correlation_id: 7, client_id }.write(&mut out);
    request.write(&mut out, version);
    out.into()
}

fn decoded<R: Request>(response: &Response) -> R::Response {
    // A cached answer comes in two pieces: its own header, and the body that it shares.
    let bytes = |chunk: &Chunk| match chunk {
        Chunk::Bytes(bytes) => bytes.to_vec(),
        Chunk::File(_) => panic!("an answer in memory"),
    };
    let whole: Vec<u8> = response.chunks.iter().flat_map(bytes).collect();
    let version = *R::VERSIONS.end();
    let mut input = Reader::new(Bytes::from(whole).slice(4..));
    read_response_header(&mut input, R::KEY, version).expect("a response header");
    R::Response::read(&mut input, version).expect("an answer that decodes")
}

type Check = fn(&Response, &str);

fn no_produce_error(response: &Response, kind: &str) {
    let answer = &decoded::<ProduceRequest>(response).responses[0].partition_responses[0];
    assert_eq!(answer.error_code, 0, "{kind}: {:?}", answer.error_message);
}

fn has_file_range(response: &Response, kind: &str) {
    let ranges = response.chunks.iter().filter(|chunk| matches!(chunk, Chunk::File(_)));
    assert!(ranges.map(Chunk::len).sum::<usize>() > 1 << 19, "{kind}: no file range in the answer");
}

fn is_not_empty(response: &Response, kind: &str) {
    let answer = decoded::<MetadataRequest>(response);
    assert_eq!(answer.topics[0].partitions.len(), PARTITIONS as usize, "{kind}: {answer:?}");
}
