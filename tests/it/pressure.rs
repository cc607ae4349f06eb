//! Clients that send more than they may have in flight, or than they read: everything is answered in the end, and the
//! broker does not grow past what it was given.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Barrier;
use std::time::Duration;

use bytes::Bytes;
use logbus::wire::api::ApiKey;
use logbus::wire::batch::{BatchBuilder, BuilderOptions, RecordToWrite};
use logbus::wire::codec::Reader;
use logbus::wire::header::RequestHeader;
use logbus::wire::messages::api_versions::ApiVersionsRequest;
use logbus::wire::messages::produce::{PartitionProduceData, ProduceRequest, ProduceResponse, TopicProduceData};
use logbus::wire::schema::Message as _;

use crate::harness::{Broker, PATIENCE, logbus};

fn framed(key: ApiKey, version: i16, correlation_id: i32, body: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    RequestHeader { api_key: key.code(), api_version: version, correlation_id, client_id: Some("pressure".into()) }
        .write(&mut frame);
    frame.extend_from_slice(body);
    [&(frame.len() as i32).to_be_bytes()[..], &frame].concat()
}

fn produce(correlation_id: i32, topic: &str, records: Bytes) -> Vec<u8> {
    let data = PartitionProduceData { index: 0, records: Some(records) };
    let topic = TopicProduceData { name: topic.to_owned(), partition_data: vec![data], ..Default::default() };
    let request = ProduceRequest { acks: 1, timeout_ms: 30_000, topic_data: vec![topic], ..Default::default() };
    framed(ApiKey::Produce, 9, correlation_id, &request.to_bytes(9))
}

fn batch() -> Bytes {
    let mut builder = BatchBuilder::new(BuilderOptions::default());
    let timestamp = logbus::model::TimestampMs::now();
    builder.append(&RecordToWrite { timestamp, value: Some(b"value"), ..RecordToWrite::default() });
    builder.build().unwrap().into()
}

fn connect(broker: &Broker) -> TcpStream {
    let stream = TcpStream::connect(broker.bootstrap()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Reads one answer; gives its correlation id.
fn answer(stream: &mut TcpStream) -> i32 {
    let body = answered(stream);
    i32::from_be_bytes(body[..4].try_into().unwrap())
}

/// Reads one answer, header included.
fn answered(stream: &mut TcpStream) -> Vec<u8> {
    let mut len = [0; 4];
    stream.read_exact(&mut len).unwrap();
    let mut body = vec![0; i32::from_be_bytes(len) as usize];
    stream.read_exact(&mut body).unwrap();
    body
}

fn create(broker: &Broker, topic: &str) {
    let made = logbus(["topics", "create", topic, "-b", &broker.bootstrap()]).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// The most memory that a process had resident, in bytes.
fn peak(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

#[test]
fn more_requests_than_may_be_in_flight_are_all_answered_in_order() {
    let broker = Broker::with(&["log.flush.interval.messages=1"]);
    create(&broker, "t");
    let mut stream = connect(&broker);
    // Every answer waits for the disk, so the broker's limit on requests in flight is met; nothing is sent after these.
    let all: Vec<u8> = (0..500).flat_map(|n| produce(n, "t", batch())).collect();
    stream.write_all(&all).unwrap();
    for n in 0..500 {
        assert_eq!(answer(&mut stream), n);
    }
}

#[test]
fn connections_that_write_to_one_partition_at_once_each_keep_their_order() {
    const CONNECTIONS: usize = 20;
    const EACH: i32 = 300;
    let broker = Broker::start();
    create(&broker, "t");
    let start = Barrier::new(CONNECTIONS);
    let mut offsets: Vec<i64> = std::thread::scope(|scope| {
        let pipeline = || {
            let mut stream = connect(&broker);
            let all: Vec<u8> = (0..EACH).flat_map(|n| produce(n, "t", batch())).collect();
            start.wait();
            stream.write_all(&all).unwrap();
            let offsets: Vec<i64> = (0..EACH)
                .map(|n| {
                    let body = answered(&mut stream);
                    assert_eq!(i32::from_be_bytes(body[..4].try_into().unwrap()), n);
                    let answer = ProduceResponse::read(&mut Reader::new(body[5..].to_vec().into()), 9).unwrap();
                    let partition = &answer.responses[0].partition_responses[0];
                    assert_eq!((partition.index, partition.error_code), (0, 0));
                    partition.base_offset
                })
                .collect();
            assert!(offsets.is_sorted(), "{offsets:?}");
            offsets
        };
        let threads: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(pipeline)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    offsets.sort_unstable();
    assert!(offsets.iter().copied().eq(0..CONNECTIONS as i64 * i64::from(EACH)), "each offset was given once");
}

#[test]
fn a_client_that_reads_no_answers_is_not_served_without_end() {
    const REQUESTS: i32 = 300_000;
    let broker = Broker::start();
    let before = peak(broker.pid());
    let mut stream = connect(&broker);
    stream.set_write_timeout(Some(Duration::from_secs(1))).unwrap();
    let body = ApiVersionsRequest::default().to_bytes(0);
    let all: Vec<u8> = (0..REQUESTS).flat_map(|n| framed(ApiKey::ApiVersions, 0, n, &body)).collect();
    let size = framed(ApiKey::ApiVersions, 0, 0, &body).len();
    let mut sent = 0;
    // The broker stops reading at some point, and what the kernel holds fills up.
    while sent < all.len()
        && let Ok(n) = stream.write(&all[sent..])
    {
        sent += n;
    }
    let grown = peak(broker.pid()).saturating_sub(before);
    assert!(grown <= 16 << 20, "{grown} bytes for the answers to {} requests that nobody read", sent / size);
    for n in 0..sent / size {
        assert_eq!(answer(&mut stream), n as i32);
    }
}

#[test]
fn many_large_requests_sent_at_once_stay_within_the_memory_of_requests() {
    const CLIENTS: usize = 60;
    const BUDGET: u64 = 16 << 20;
    let budget = format!("queued.max.request.bytes={BUDGET}");
    let broker = Broker::with(&[&budget, "socket.request.max.bytes=4194304"]);
    let before = peak(broker.pid());
    let all_began = Barrier::new(CLIENTS);
    std::thread::scope(|scope| {
        for n in 0..CLIENTS {
            let (broker, all_began) = (&broker, &all_began);
            scope.spawn(move || {
                let mut stream = connect(broker);
                // From 1 to 4 MiB, all begun before the first goes on: together ten times what they may take.
                let frame = produce(n as i32, "nowhere", vec![0; (1 << 20) + n * 50_000].into());
                let (begin, rest) = frame.split_at(40_000 + n * 1000);
                stream.write_all(begin).unwrap();
                all_began.wait();
                for piece in rest.chunks(50_000) {
                    stream.write_all(piece).unwrap();
                }
                assert_eq!(answer(&mut stream), n as i32);
            });
        }
    });
    let grown = peak(broker.pid()).saturating_sub(before);
    assert!(grown <= BUDGET + (16 << 20), "{grown} bytes more than before");
}
