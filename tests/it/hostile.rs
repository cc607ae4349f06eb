//! Bytes that no client sends: the connection ends or an error comes, the process lives, and memory stays bounded.
//!
//! `LOGBUS_FUZZ` says how many mutated requests, and as many batches, the decoders get (100,000 unless told), and how
//! many mutated files `fuzz_files` opens (10,000 unless told).

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use bytes::Bytes;
use logbus::wire::api::ApiKey;
use logbus::wire::batch::{BatchBuilder, BuilderOptions, RecordToWrite, RecordsIter, batches};
use logbus::wire::codec::{DecodeError, Reader};
use logbus::wire::header::RequestHeader;
use logbus::wire::schema::{Message, Request};

use crate::harness::{Broker, has_live_broker};

/// One API: its versions, an encoded default request, and its decoder.
struct Api {
    key: ApiKey,
    encode: fn(i16) -> Vec<u8>,
    decode: fn(Bytes, i16) -> Result<(), DecodeError>,
}

fn encode<R: Request>(version: i16) -> Vec<u8> {
    R::default().to_bytes(version).to_vec()
}

fn decode<R: Request>(bytes: Bytes, version: i16) -> Result<(), DecodeError> {
    <R as Message>::read(&mut Reader::new(bytes), version).map(|_| ())
}

macro_rules! apis {
    ($($module:ident::$request:ident),* $(,)?) => {{
        use logbus::wire::messages::*;
        vec![$(Api {
            key: <$module::$request as Request>::KEY,
            encode: encode::<$module::$request>,
            decode: decode::<$module::$request>,
        }),*]
    }};
}

fn apis() -> Vec<Api> {
    apis![
        produce::ProduceRequest,
        fetch::FetchRequest,
        list_offsets::ListOffsetsRequest,
        metadata::MetadataRequest,
        offset_commit::OffsetCommitRequest,
        offset_fetch::OffsetFetchRequest,
        find_coordinator::FindCoordinatorRequest,
        join_group::JoinGroupRequest,
        heartbeat::HeartbeatRequest,
        leave_group::LeaveGroupRequest,
        sync_group::SyncGroupRequest,
        describe_groups::DescribeGroupsRequest,
        list_groups::ListGroupsRequest,
        api_versions::ApiVersionsRequest,
        create_topics::CreateTopicsRequest,
        delete_topics::DeleteTopicsRequest,
        delete_records::DeleteRecordsRequest,
        init_producer_id::InitProducerIdRequest,
        offset_for_leader_epoch::OffsetForLeaderEpochRequest,
        describe_configs::DescribeConfigsRequest,
        alter_configs::AlterConfigsRequest,
        describe_log_dirs::DescribeLogDirsRequest,
        create_partitions::CreatePartitionsRequest,
        delete_groups::DeleteGroupsRequest,
        incremental_alter_configs::IncrementalAlterConfigsRequest,
        offset_delete::OffsetDeleteRequest,
        describe_quorum::DescribeQuorumRequest,
        describe_cluster::DescribeClusterRequest,
        describe_producers::DescribeProducersRequest,
        list_config_resources::ListConfigResourcesRequest,
        describe_topic_partitions::DescribeTopicPartitionsRequest,
    ]
}

/// A small random generator with a fixed seed: a failure is found again by running again.
pub struct Dice(pub u64);

impl Dice {
    /// A number from 0 up to and without `below`.
    pub fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below.max(1) as u64) as usize
    }
}

/// Values that lengths and counts like to be when someone means harm.
const NASTY: [[u8; 4]; 5] =
    [[0x7f, 0xff, 0xff, 0xff], [0xff; 4], [0x80, 0, 0, 0], [0, 0, 0xff, 0xff], [0xff, 0xff, 0xff, 0x7f]];

/// Changes bytes in one to four places.
pub fn mutate(dice: &mut Dice, bytes: &mut Vec<u8>) {
    for _ in 0..=dice.roll(3) {
        let at = dice.roll(bytes.len().max(1));
        match dice.roll(5) {
            0 => bytes.truncate(at),
            1 => bytes.extend_from_slice(&NASTY[dice.roll(NASTY.len())]),
            2 => {
                let nasty = NASTY[dice.roll(NASTY.len())];
                bytes.iter_mut().skip(at).zip(nasty).for_each(|(byte, n)| *byte = n);
            }
            3 => bytes.iter_mut().skip(at).take(10).for_each(|byte| *byte = 0xff),
            _ => {
                let noise = dice.roll(256) as u8;
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = noise;
                }
            }
        }
    }
}

/// How many mutated inputs of a kind to try.
pub fn fuzz_rounds(unless_told: u64) -> u64 {
    std::env::var("LOGBUS_FUZZ").ok().and_then(|n| n.parse().ok()).unwrap_or(unless_told)
}

#[test]
fn decoders_refuse_mutated_requests_and_batches_without_panic() {
    let rounds = fuzz_rounds(100_000);
    let mut dice = Dice(0x5eed_1e55_ca7a_1095);
    let apis = apis();
    let mut builder = BatchBuilder::new(BuilderOptions::default());
    for n in 0..20u8 {
        builder.append(&RecordToWrite { key: Some(&[n]), value: Some(&[n; 30]), ..RecordToWrite::default() });
    }
    let batch = builder.build().unwrap();
    for _ in 0..rounds {
        let api = &apis[dice.roll(apis.len())];
        let versions = api.key.versions();
        let version = versions.start() + dice.roll((versions.end() - versions.start() + 1) as usize) as i16;
        let mut bytes = (api.encode)(version);
        mutate(&mut dice, &mut bytes);
        let _ = (api.decode)(bytes.into(), version);

        let mut bytes = batch.clone();
        mutate(&mut dice, &mut bytes);
        for found in batches(&bytes) {
            let Ok((header, whole)) = found else { break };
            RecordsIter::new(&header, whole.get(61..).unwrap_or_default()).take(1000).for_each(drop);
        }
    }
}

/// Sends bytes, says that no more come, and takes what comes back until the broker closes.
fn poke(address: &str, bytes: &[u8]) -> usize {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    // The broker may close before it has everything: that is one right answer.
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Ok(n) => n,
        Err(e) if e.kind() == std::io::ErrorKind::ConnectionReset => 0,
        Err(e) => panic!("the broker neither answered nor closed: {e}"),
    }
}

fn framed(key: i16, version: i16, body: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    RequestHeader { api_key: key, api_version: version, correlation_id: 7, client_id: Some("hostile".into()) }
        .write(&mut frame);
    frame.extend_from_slice(body);
    let mut bytes = (frame.len() as i32).to_be_bytes().to_vec();
    bytes.extend_from_slice(&frame);
    bytes
}

/// Resident memory of a process, in bytes.
fn resident(pid: u32) -> u64 {
    let statm = std::fs::read_to_string(format!("/proc/{pid}/statm")).unwrap();
    statm.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}

#[test]
fn a_broker_survives_every_api_cut_short_swollen_and_garbled() {
    let broker = Broker::start();
    let address = broker.bootstrap();
    let before = resident(broker.pid());
    let mut cases = 0;
    for api in apis() {
        for version in api.key.versions() {
            let body = (api.encode)(version);
            let whole = framed(api.key.code(), version, &body);
            let mut variants: Vec<Vec<u8>> = (4..whole.len()).step_by(7).map(|at| whole[..at].to_vec()).collect();
            for at in (0..body.len().saturating_sub(3)).step_by(2) {
                for nasty in NASTY {
                    let mut broken = body.clone();
                    broken[at..at + 4].copy_from_slice(&nasty);
                    variants.push(framed(api.key.code(), version, &broken));
                }
            }
            variants.push(framed(api.key.code(), version, &[0xff; 40]));
            for bytes in variants {
                poke(&address, &bytes);
                cases += 1;
            }
        }
    }
    let tls_hello = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3];
    for garbage in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0x7f, 0xff, 0xff, 0xff], &[0xff; 64], &tls_hello, &[0; 4]] {
        poke(&address, garbage);
        cases += 1;
    }
    assert_eq!(poke(&address, &framed(999, 0, &[])), 0, "an unknown API closes the connection");
    assert!(poke(&address, &framed(18, 99, &[])) > 0, "an unknown version of ApiVersions is answered");
    assert!(cases >= 2000, "{cases} cases");
    let port = address.rsplit(':').next().unwrap().parse().unwrap();
    assert!(has_live_broker(port), "log:\n{}", broker.log());
    let grown = resident(broker.pid()).saturating_sub(before);
    assert!(grown <= 64 << 20, "{grown} bytes more than before {cases} cases");
    assert!(!broker.log().contains("panicked"), "log:\n{}", broker.log());
}
