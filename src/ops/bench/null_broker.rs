//! A broker that answers at once and stores nothing: what a client can reach when the broker costs nothing but its
//! sockets. Every topic exists, with as many partitions as asked for.

use std::io;
use std::net::SocketAddr;

use bytes::{Buf as _, Bytes, BytesMut};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::wire::api::ApiKey;
use crate::wire::codec::{DecodeError, Reader, Writer};
use crate::wire::header::{RequestHeader, write_response_header};
use crate::wire::messages::api_versions::{ApiVersion, ApiVersionsResponse};
use crate::wire::messages::init_producer_id::InitProducerIdResponse;
use crate::wire::messages::metadata::{
    MetadataRequest, MetadataResponse, MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use crate::wire::messages::produce::{PartitionProduceResponse, ProduceRequest, ProduceResponse, TopicProduceResponse};
use crate::wire::schema::Message;

/// The node id that it gives itself.
const NODE: i32 = 1;
/// Bytes of one read; the broker's own.
const READ: usize = 256 * 1024;
/// A length above this ends the connection (`socket.request.max.bytes`).
const MAX_FRAME: usize = 100 * 1024 * 1024;

/// What it serves. Produce is announced from version 0 on, as Kafka does: old clients look for that.
const SERVED: [(ApiKey, i16, i16); 4] =
    [(ApiKey::Produce, 0, 12), (ApiKey::Metadata, 0, 12), (ApiKey::ApiVersions, 0, 4), (ApiKey::InitProducerId, 0, 4)];

/// A bound null broker.
#[derive(Debug)]
pub struct NullBroker {
    socket: TcpListener,
    address: SocketAddr,
    partitions: i32,
}

impl NullBroker {
    /// Binds `address`; every topic has `partitions` partitions.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn bind(address: &str, partitions: i32) -> io::Result<NullBroker> {
        let socket = TcpListener::bind(address).await?;
        let address = socket.local_addr()?;
        Ok(NullBroker { socket, address, partitions })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until dropped.
    ///
    /// # Errors
    /// When no connection can be accepted.
    pub async fn serve(self) -> io::Result<()> {
        loop {
            let (stream, _) = self.socket.accept().await?;
            stream.set_nodelay(true)?;
            let connection = Connection { address: self.address, partitions: self.partitions, written: 0 };
            // A client that breaks off or sends what is not served only loses its connection.
            tokio::spawn(async move { drop(connection.serve(stream).await) });
        }
    }
}

struct Connection {
    address: SocketAddr,
    partitions: i32,
    /// Records taken, so that offsets grow as a client expects of one partition.
    written: i64,
}

impl Connection {
    async fn serve(mut self, mut stream: TcpStream) -> io::Result<()> {
        let mut buffer = BytesMut::new();
        let mut out = Vec::new();
        loop {
            while let Some(frame) = next_frame(&mut buffer)? {
                self.answer(frame, &mut out).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))?;
            }
            if !out.is_empty() {
                stream.write_all(&out).await?;
                out.clear();
            }
            let missing = buffer.first_chunk::<4>().map_or(0, |raw| i32::from_be_bytes(*raw) as usize + 4);
            buffer.reserve(missing.saturating_sub(buffer.len()).max(READ / 4));
            if stream.read_buf(&mut buffer).await? == 0 {
                return Ok(());
            }
        }
    }

    fn answer(&mut self, frame: Bytes, out: &mut Vec<u8>) -> Result<(), DecodeError> {
        let mut input = Reader::new(frame);
        let header = RequestHeader::read(&mut input)?;
        let unserved = || DecodeError::Unknown(format!("API key {} is not served here", header.api_key));
        let key = ApiKey::from_code(header.api_key).ok_or_else(unserved)?;
        let version = header.api_version;
        match key {
            ApiKey::Produce => {
                let request = ProduceRequest::read(&mut input, version)?;
                let silent = request.acks == 0;
                let response = self.produce(request);
                if !silent {
                    write(out, &response, key, version, header.correlation_id);
                }
            }
            ApiKey::Metadata => {
                let request = MetadataRequest::read(&mut input, version)?;
                write(out, &self.metadata(request), key, version, header.correlation_id);
            }
            ApiKey::ApiVersions if version > 4 => {
                let response = ApiVersionsResponse { error_code: 35, ..versions() };
                write(out, &response, key, 0, header.correlation_id);
            }
            ApiKey::ApiVersions => write(out, &versions(), key, version, header.correlation_id),
            ApiKey::InitProducerId => {
                let response = InitProducerIdResponse { producer_id: 1, producer_epoch: 0, ..Default::default() };
                write(out, &response, key, version, header.correlation_id);
            }
            _ => return Err(unserved()),
        }
        Ok(())
    }

    fn produce(&mut self, request: ProduceRequest) -> ProduceResponse {
        let mut partition = |index| {
            self.written += 1;
            PartitionProduceResponse { index, base_offset: self.written - 1, log_start_offset: 0, ..Default::default() }
        };
        let topics = request.topic_data.into_iter().map(|t| TopicProduceResponse {
            name: t.name,
            partition_responses: t.partition_data.iter().map(|p| partition(p.index)).collect(),
            ..Default::default()
        });
        ProduceResponse { responses: topics.collect(), ..Default::default() }
    }

    fn metadata(&self, request: MetadataRequest) -> MetadataResponse {
        let partition = |partition_index| MetadataResponsePartition {
            partition_index,
            leader_id: NODE,
            leader_epoch: 0,
            replica_nodes: vec![NODE],
            isr_nodes: vec![NODE],
            ..Default::default()
        };
        let topic = |name: Option<String>| MetadataResponseTopic {
            name,
            partitions: (0..self.partitions).map(partition).collect(),
            ..Default::default()
        };
        let node = MetadataResponseBroker {
            node_id: NODE,
            host: self.address.ip().to_string(),
            port: i32::from(self.address.port()),
            ..Default::default()
        };
        MetadataResponse {
            brokers: vec![node],
            cluster_id: Some("null-broker".to_owned()),
            controller_id: NODE,
            topics: request.topics.unwrap_or_default().into_iter().map(|t| topic(t.name)).collect(),
            ..Default::default()
        }
    }
}

fn versions() -> ApiVersionsResponse {
    let served =
        SERVED.map(|(key, min_version, max_version)| ApiVersion { api_key: key.code(), min_version, max_version });
    ApiVersionsResponse { api_keys: served.into(), ..Default::default() }
}

fn next_frame(buffer: &mut BytesMut) -> io::Result<Option<Bytes>> {
    let Some(raw) = buffer.first_chunk::<4>() else { return Ok(None) };
    let len = usize::try_from(i32::from_be_bytes(*raw)).ok().filter(|len| *len <= MAX_FRAME);
    let len = len.ok_or(io::ErrorKind::InvalidData)?;
    if buffer.len() < 4 + len {
        return Ok(None);
    }
    buffer.advance(4);
    Ok(Some(buffer.split_to(len).freeze()))
}

fn write<M: Message>(out: &mut Vec<u8>, message: &M, key: ApiKey, version: i16, correlation_id: i32) {
    let mut body = Writer::new();
    write_response_header(&mut body, key, version, correlation_id);
    message.write(&mut body, version);
    out.extend_from_slice(&i32::try_from(body.len()).unwrap_or(i32::MAX).to_be_bytes());
    out.extend_from_slice(&body);
}
