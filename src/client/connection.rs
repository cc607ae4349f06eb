//! One connection to one broker: version negotiation, many requests in flight, answers in order.

use std::collections::{BTreeMap, VecDeque};
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};

use super::security::{TlsFailure, is_tls_record, speaks_plain};
use super::{ClientConfig, ClientError, Guard, Result};
use crate::model::ErrorCode;
use crate::wire::api::ApiKey;
use crate::wire::codec::Reader;
use crate::wire::header::{RequestHeader, read_response_header};
use crate::wire::messages::api_versions::{ApiVersionsRequest, ApiVersionsResponse};
use crate::wire::schema::{Message, Request};

/// The versions a broker said it speaks.
#[derive(Clone, Debug, Default)]
pub struct BrokerVersions {
    /// By API key, known to this build or not.
    pub ranges: BTreeMap<i16, RangeInclusive<i16>>,
    /// The whole answer, with the features.
    pub response: ApiVersionsResponse,
}

impl BrokerVersions {
    fn of(response: ApiVersionsResponse) -> BrokerVersions {
        let ranges = response.api_keys.iter().map(|a| (a.api_key, a.min_version..=a.max_version)).collect();
        BrokerVersions { ranges, response }
    }

    /// The newest version of `R` that both sides speak, not above `cap`.
    pub fn pick<R: Request>(&self, cap: i16) -> Option<i16> {
        let theirs = self.ranges.get(&R::KEY.code())?;
        let version = (*theirs.end()).min(*R::VERSIONS.end()).min(cap);
        (version >= *theirs.start() && version >= *R::VERSIONS.start()).then_some(version)
    }
}

/// The newest version in which a request still names topics by name: this client does not track topic ids, which a
/// topic that is deleted and created again would change under it.
fn newest_by_name(key: ApiKey) -> i16 {
    match key {
        ApiKey::Produce | ApiKey::Fetch => 12,
        ApiKey::OffsetCommit | ApiKey::OffsetFetch => 9,
        _ => i16::MAX,
    }
}

struct Pending {
    correlation_id: i32,
    reply: oneshot::Sender<Bytes>,
}

struct Queue {
    frames: mpsc::UnboundedSender<Bytes>,
    pending: VecDeque<Pending>,
    closed: Option<String>,
    /// When TLS, or the lack of it, is why the connection ended.
    tls: Option<TlsFailure>,
}

struct Shared {
    address: String,
    queue: Mutex<Queue>,
    correlation: AtomicI32,
    client_id: String,
    request_timeout: Duration,
    guard: Guard,
    /// When the broker wants to know anew who we are (KIP-368).
    expires: OnceLock<Instant>,
}

impl Shared {
    fn close_for(&self, error: &std::io::Error) {
        let failure = match error.get_ref() {
            Some(inner) if inner.is::<IsTls>() => Some(TlsFailure::IsTls),
            Some(inner) if inner.is::<rustls::Error>() => Some(TlsFailure::of(error)),
            _ => None,
        };
        self.queue.lock().tls = failure;
        self.close(&plain_io(error));
    }

    fn close(&self, reason: &str) {
        let mut queue = self.queue.lock();
        queue.closed.get_or_insert_with(|| reason.to_owned());
        queue.pending.clear();
    }
}

/// Ends the reading task with the last handle.
struct ReaderTask(tokio::task::AbortHandle);

impl Drop for ReaderTask {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A handle on a connection; clones share it. It closes with the last clone.
#[derive(Clone)]
pub struct Connection {
    shared: Arc<Shared>,
    versions: Arc<BrokerVersions>,
    _reader: Arc<ReaderTask>,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("address", &self.shared.address).finish_non_exhaustive()
    }
}

impl Connection {
    /// Connects to `host:port` and asks which versions the broker speaks.
    ///
    /// # Errors
    /// [`ClientError::Unreachable`] when no connection comes about, and what [`Connection::send`] gives.
    pub async fn open(address: &str, config: &ClientConfig) -> Result<Connection> {
        let unreachable = |why: String| ClientError::Unreachable { tried: vec![(address.to_owned(), why)] };
        let stream = tokio::time::timeout(config.connect_timeout, TcpStream::connect(address))
            .await
            .map_err(|_| {
                unreachable(format!("no connection within {}", humantime::format_duration(config.connect_timeout)))
            })?
            .map_err(|e| unreachable(plain_io(&e)))?;
        // Requests are written whole, so waiting to fill a packet only adds latency.
        let _ = stream.set_nodelay(true);
        let (frames, outgoing) = mpsc::unbounded_channel();
        let queue = Queue { frames, pending: VecDeque::new(), closed: None, tls: None };
        let shared = Arc::new(Shared {
            address: address.to_owned(),
            queue: Mutex::new(queue),
            correlation: AtomicI32::new(0),
            client_id: config.client_id.clone(),
            request_timeout: config.request_timeout,
            guard: config.guard.clone(),
            expires: OnceLock::new(),
        });
        let reader = match &config.security.tls {
            None => {
                let (read, write) = stream.into_split();
                run(read, write, outgoing, &shared, config.max_frame)
            }
            Some(tls) => {
                let shaken = tokio::time::timeout(config.connect_timeout, tls.connect(address, stream)).await;
                let failure = match shaken {
                    Ok(Ok(stream)) => Ok(stream),
                    Ok(Err(TlsFailure::Closed)) if speaks_plain(address, PROBE).await => Err(TlsFailure::NotTls),
                    Ok(Err(failure)) => Err(failure),
                    Err(_) => {
                        let time = humantime::format_duration(config.connect_timeout);
                        Err(TlsFailure::Other(format!("no answer within {time}")))
                    }
                };
                let stream = failure.map_err(|failure| ClientError::Tls { broker: address.to_owned(), failure })?;
                let (read, write) = tokio::io::split(stream);
                run(read, write, outgoing, &shared, config.max_frame)
            }
        };
        let mut connection = Connection { shared, versions: Arc::default(), _reader: Arc::new(reader) };
        let versions = connection.negotiate().await.map_err(|error| connection.with_reason(error))?;
        connection.versions = Arc::new(BrokerVersions::of(versions));
        if let Some(sasl) = &config.security.sasl
            && let Some(lifetime) = sasl.authenticate(&connection).await?
        {
            // A little early, so that no request meets a broker that has just stopped to believe us.
            let _ = connection.shared.expires.set(Instant::now() + lifetime * 9 / 10);
        }
        Ok(connection)
    }

    /// An error of the first request, told as what it is when TLS or its absence is behind it.
    fn with_reason(&self, error: ClientError) -> ClientError {
        match self.shared.queue.lock().tls.take() {
            Some(failure) => ClientError::Tls { broker: self.address().to_owned(), failure },
            None => error,
        }
    }

    /// Asks with our newest version; a broker that lacks it answers in version 0 and names its own range (KIP-511).
    async fn negotiate(&self) -> Result<ApiVersionsResponse> {
        let request = ApiVersionsRequest {
            client_software_name: "logbus".into(),
            client_software_version: env!("CARGO_PKG_VERSION").into(),
        };
        let mut version = *ApiVersionsRequest::VERSIONS.end();
        loop {
            let frame = self.exchange(&request, version, self.shared.request_timeout).await?;
            let answer = self.decode::<ApiVersionsRequest>(frame.clone(), version);
            let unsupported = ErrorCode::UnsupportedVersion.code();
            match answer {
                Ok(response) if response.error_code == 0 => return Ok(response),
                Ok(response) if response.error_code != unsupported => {
                    let subject = format!("{} refused ApiVersions", self.address());
                    return Err(ClientError::refused(subject, ErrorCode::from_code(response.error_code), None));
                }
                _ if version == 0 => {
                    let subject = format!("{} refused ApiVersions", self.address());
                    return Err(ClientError::refused(subject, ErrorCode::UnsupportedVersion, None));
                }
                _ => {
                    let own = ApiKey::ApiVersions.code();
                    let fallback = self.decode::<ApiVersionsRequest>(frame, 0).ok();
                    let range = fallback.and_then(|r| r.api_keys.into_iter().find(|a| a.api_key == own));
                    version = range.map_or(0, |r| r.max_version.clamp(0, version - 1));
                }
            }
        }
    }

    /// `host:port` as it was connected to.
    pub fn address(&self) -> &str {
        &self.shared.address
    }

    /// What the broker speaks.
    pub fn versions(&self) -> &BrokerVersions {
        &self.versions
    }

    /// Whether the connection has ended, or is to be followed by a new one.
    pub fn is_closed(&self) -> bool {
        let is_expired = self.shared.expires.get().is_some_and(|end| Instant::now() >= *end);
        is_expired || self.shared.queue.lock().closed.is_some()
    }

    /// The version in which this connection sends `R`.
    ///
    /// # Errors
    /// [`ClientError::Unsupported`] when the two sides have none in common.
    pub fn version_of<R: Request>(&self) -> Result<i16> {
        self.versions.pick::<R>(newest_by_name(R::KEY)).ok_or_else(|| ClientError::Unsupported {
            broker: self.address().to_owned(),
            api: R::KEY,
            detail: match self.versions.ranges.get(&R::KEY.code()) {
                Some(r) => format!(
                    "it speaks versions {} to {}, this client {} to {}",
                    r.start(),
                    r.end(),
                    R::VERSIONS.start(),
                    R::VERSIONS.end()
                ),
                None => ClientError::REQUEST_UNKNOWN.into(),
            },
        })
    }

    /// Sends a request in the newest common version and waits for the answer.
    ///
    /// # Errors
    /// [`ClientError`]; the answer's own error codes are left to the caller.
    pub async fn send<R: Request>(&self, request: &R) -> Result<R::Response> {
        self.send_within(request, self.shared.request_timeout).await
    }

    /// As [`Connection::send`], with another limit than the request timeout: for requests that wait at the broker.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn send_within<R: Request>(&self, request: &R, timeout: Duration) -> Result<R::Response> {
        self.send_in(request, self.version_of::<R>()?, timeout).await
    }

    /// Sends in a given version.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn send_in<R: Request>(&self, request: &R, version: i16, timeout: Duration) -> Result<R::Response> {
        let frame = self.exchange(request, version, timeout).await?;
        self.decode::<R>(frame, version)
    }

    /// Sends a request that the broker does not answer: Produce with acks=0.
    ///
    /// # Errors
    /// [`ClientError`] when the connection has ended.
    pub fn send_unanswered<R: Request>(&self, request: &R) -> Result<()> {
        let version = self.version_of::<R>()?;
        self.enqueue(request, version, None).map(drop)
    }

    fn decode<R: Request>(&self, frame: Bytes, version: i16) -> Result<R::Response> {
        let mut reader = Reader::new(frame);
        read_response_header(&mut reader, R::KEY, version)
            .and_then(|_| R::Response::read(&mut reader, version))
            .map_err(|source| ClientError::Malformed {
                broker: self.address().to_owned(),
                during: R::KEY.name(),
                source,
            })
    }

    fn disconnected(&self, during: &'static str) -> ClientError {
        let reason = self.shared.queue.lock().closed.clone().unwrap_or_else(|| "the connection ended".into());
        ClientError::Disconnected { broker: self.address().to_owned(), during, reason }
    }

    /// Sends a body under an API key that is not Kafka's, and gives the body of the answer: for brokers of this kind
    /// among themselves.
    ///
    /// # Errors
    /// [`ClientError`] when no answer came within `timeout`; the connection is closed then.
    pub async fn exchange_raw(&self, api_key: i16, version: i16, body: &[u8], timeout: Duration) -> Result<Bytes> {
        let (reply, answer) = oneshot::channel();
        let write = |out: &mut Vec<u8>| out.extend_from_slice(body);
        self.enqueue_frame(api_key, "a voter's message", version, write, Some(reply))?;
        let frame = self.answer_within("a voter's message", answer, timeout).await?;
        // The correlation id was looked at when the frame came.
        Ok(frame.slice(4.min(frame.len())..))
    }

    async fn exchange<R: Request>(&self, request: &R, version: i16, timeout: Duration) -> Result<Bytes> {
        let (reply, answer) = oneshot::channel();
        self.enqueue(request, version, Some(reply))?;
        self.answer_within(R::KEY.name(), answer, timeout).await
    }

    async fn answer_within(
        &self,
        what: &'static str,
        answer: oneshot::Receiver<Bytes>,
        timeout: Duration,
    ) -> Result<Bytes> {
        match tokio::time::timeout(timeout, answer).await {
            Ok(Ok(frame)) => Ok(frame),
            Ok(Err(_)) => Err(self.disconnected(what)),
            Err(_) => {
                // Whatever comes later would be answered to nobody; a broker this late is treated as gone.
                self.shared.close("an answer was late");
                Err(ClientError::TimedOut { what, broker: self.address().to_owned(), after: timeout })
            }
        }
    }

    fn enqueue<R: Request>(&self, request: &R, version: i16, reply: Option<oneshot::Sender<Bytes>>) -> Result<()> {
        self.shared.guard.check(request)?;
        let write = |out: &mut Vec<u8>| request.write(out, version);
        self.enqueue_frame(R::KEY.code(), R::KEY.name(), version, write, reply)
    }

    fn enqueue_frame(
        &self,
        api_key: i16,
        what: &'static str,
        version: i16,
        write: impl FnOnce(&mut Vec<u8>),
        reply: Option<oneshot::Sender<Bytes>>,
    ) -> Result<()> {
        let correlation_id = self.shared.correlation.fetch_add(1, Ordering::Relaxed);
        let header = RequestHeader {
            api_key,
            api_version: version,
            correlation_id,
            client_id: Some(self.shared.client_id.clone()),
        };
        let mut body = vec![0; 4];
        header.write(&mut body);
        write(&mut body);
        let length = (body.len() - 4) as u32;
        body[..4].copy_from_slice(&length.to_be_bytes());
        // Under one lock, so that answers are awaited in the order in which the requests are written.
        let mut queue = self.shared.queue.lock();
        if queue.closed.is_some() {
            drop(queue);
            return Err(self.disconnected(what));
        }
        queue.pending.extend(reply.map(|reply| Pending { correlation_id, reply }));
        let sent = queue.frames.send(body.into());
        drop(queue);
        sent.map_err(|_| self.disconnected(what))
    }
}

/// The operating system's words without its error number.
fn plain_io(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::ConnectionRefused => "connection refused".into(),
        std::io::ErrorKind::ConnectionReset => "connection reset".into(),
        std::io::ErrorKind::UnexpectedEof => "end of stream".into(),
        // Words of our own, or of TLS.
        _ if error.get_ref().is_some() => error.to_string(),
        _ => {
            let text = error.to_string();
            text.split(" (os error").next().unwrap_or(&text).to_lowercase()
        }
    }
}

/// Starts the two tasks of a connection.
fn run<R, W>(
    read: R,
    write: W,
    outgoing: mpsc::UnboundedReceiver<Bytes>,
    shared: &Arc<Shared>,
    max_frame: usize,
) -> ReaderTask
where
    R: AsyncRead + Unpin + Send + 'static,
    W: AsyncWrite + Unpin + Send + 'static,
{
    tokio::spawn(write_frames(write, outgoing));
    ReaderTask(tokio::spawn(read_frames(read, Arc::clone(shared), max_frame)).abort_handle())
}

async fn write_frames(mut socket: impl AsyncWrite + Unpin, mut frames: mpsc::UnboundedReceiver<Bytes>) {
    while let Some(frame) = frames.recv().await {
        // The reading side sees the same end of the connection and tells the waiting requests.
        if socket.write_all(&frame).await.is_err() || socket.flush().await.is_err() {
            return;
        }
    }
    let _ = socket.shutdown().await;
}

async fn read_frames(mut socket: impl AsyncRead + Unpin, shared: Arc<Shared>, max_frame: usize) {
    loop {
        match read_frame(&mut socket, max_frame).await {
            Ok(frame) => {
                let Some(pending) = shared.queue.lock().pending.pop_front() else {
                    return shared.close("the broker answered what was not asked");
                };
                let correlation_id = frame.get(..4).and_then(|raw| raw.try_into().ok()).map(i32::from_be_bytes);
                if correlation_id != Some(pending.correlation_id) {
                    return shared.close("the broker answered out of order");
                }
                // The asker may have given up; the order of the others is kept.
                let _ = pending.reply.send(frame);
            }
            Err(e) => return shared.close_for(&e),
        }
    }
}

/// An answer begins as a TLS record does.
#[derive(Debug, thiserror::Error)]
#[error("it answers with TLS")]
struct IsTls;

/// How long a listener that broke off may take to show what it speaks.
const PROBE: Duration = Duration::from_secs(2);

async fn read_frame(socket: &mut (impl AsyncRead + Unpin), max_frame: usize) -> std::io::Result<Bytes> {
    let mut start = [0; 4];
    socket.read_exact(&mut start).await?;
    let len = u32::from_be_bytes(start) as usize;
    if len > max_frame {
        if is_tls_record(start) {
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, IsTls));
        }
        let text = format!("an answer of {len} bytes is more than the {max_frame} allowed: not a Kafka listener?");
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, text));
    }
    // Memory follows the bytes that arrive, not the length that was claimed.
    let mut frame = BytesMut::with_capacity(len.min(1 << 20));
    while frame.len() < len {
        let missing = len - frame.len();
        if frame.capacity() == frame.len() {
            frame.reserve(missing.min(frame.len().max(1 << 16)));
        }
        if (&mut *socket).take(missing as u64).read_buf(&mut frame).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(frame.freeze())
}
