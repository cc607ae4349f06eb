//! How fast a cluster gives records.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde::Serialize;

use super::meter::{Meter, Spent};
use super::socket::{Frame, Socket};
use super::targets::shares;
use super::{Progress, thread_lost};
use crate::client::{ClientError, Cluster, Isolation, OffsetAt, Result};
use crate::wire::api::ApiKey;
use crate::wire::batch::{BatchHeader, batches};
use crate::wire::codec::DecodeError;
use crate::wire::messages::fetch::{FetchPartition, FetchRequest, FetchTopic};

/// The last version without compact lengths, which is the quickest to read by hand. Kafka 4 serves it.
const FETCH_VERSION: i16 = 11;

/// What to read.
#[derive(Clone, Debug)]
pub struct ConsumeBench {
    /// The topic, from its start.
    pub topic: String,
    /// Records; up to where the log ends at the start of the run when not given.
    pub records: Option<u64>,
    /// Bytes of one partition in one answer.
    pub partition_bytes: i32,
    /// Connections at most, each with a thread and its own partitions.
    pub connections: usize,
    /// The broker's process, to tell what it spent.
    pub broker_pid: Option<u32>,
}

/// What came of it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ConsumeReport {
    /// Records in the batches that came.
    pub records: u64,
    /// Bytes of the batches on the wire.
    pub wire_bytes: u64,
    /// Seconds from the first fetch to the last answer.
    pub seconds: f64,
    /// Records a second.
    pub records_per_second: f64,
    /// Bytes on the wire a second.
    pub bytes_per_second: f64,
    /// CPU-seconds of this process.
    pub client_cpu_seconds: f64,
    /// What the broker spent, if its process is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broker: Option<Spent>,
}

/// Reads by the headers of batches, without looking into them. Blocks the thread; `progress` counts records.
///
/// # Errors
/// [`ClientError`] when the topic cannot be read.
pub async fn consume(cluster: &Cluster, bench: &ConsumeBench, progress: &Progress) -> Result<ConsumeReport> {
    let mut shares = shares(cluster, &bench.topic, bench.connections.max(1)).await?;
    // Where there are more connections than partitions, the others would read the same records again.
    let mut taken = HashSet::new();
    shares.retain(|share| share.partitions.iter().all(|&partition| taken.insert(partition)));
    let all = || shares.iter().flat_map(|s| &s.partitions).map(|&p| (bench.topic.clone(), p));
    let from = cluster.list_offsets(all().map(|at| (at, OffsetAt::Earliest)), Isolation::ReadUncommitted).await?;
    let to = cluster.list_offsets(all().map(|at| (at, OffsetAt::Latest)), Isolation::ReadUncommitted).await?;
    let mut fetchers = Vec::new();
    for share in &shares {
        let mut positions = Vec::new();
        for &partition in &share.partitions {
            let at = (bench.topic.clone(), partition);
            let offset =
                |found: &std::collections::BTreeMap<_, Result<crate::client::FoundOffset, _>>| match found.get(&at) {
                    Some(Ok(found)) => Ok(found.offset),
                    Some(Err(code)) => Err(ClientError::refused(&bench.topic, *code, None)),
                    None => Ok(0),
                };
            positions.push(Position { partition, offset: offset(&from)?, end: offset(&to)? });
        }
        let socket = Socket::open(&share.address, ApiKey::Fetch, cluster.config())?;
        fetchers.push(Fetcher::new(socket, &bench.topic, positions, bench.partition_bytes, Duration::from_millis(500)));
    }
    let broker = bench.broker_pid.map(Meter::start).transpose()?;
    let client = Meter::myself()?;
    let (records, wire_bytes) = (AtomicU64::new(0), AtomicU64::new(0));
    let started = Instant::now();
    std::thread::scope(|scope| {
        let read = |mut fetcher: Fetcher| {
            while !fetcher.is_done() && bench.records.is_none_or(|most| records.load(Ordering::Relaxed) < most) {
                let (mut count, mut bytes) = (0, 0);
                fetcher.fetch(|size, header| {
                    count += header.record_count.max(0) as u64;
                    bytes += size as u64;
                })?;
                records.fetch_add(count, Ordering::Relaxed);
                wire_bytes.fetch_add(bytes, Ordering::Relaxed);
                progress.add(count);
            }
            Ok::<_, ClientError>(())
        };
        let threads: Vec<_> = fetchers.into_iter().map(|fetcher| scope.spawn(move || read(fetcher))).collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(thread_lost)?)
    })?;
    let seconds = started.elapsed().as_secs_f64().max(1e-9);
    let (records, wire_bytes) = (records.into_inner(), wire_bytes.into_inner());
    Ok(ConsumeReport {
        records,
        wire_bytes,
        seconds,
        records_per_second: records as f64 / seconds,
        bytes_per_second: wire_bytes as f64 / seconds,
        client_cpu_seconds: client.cpu()?,
        broker: broker.map(|meter| meter.spent(wire_bytes, records)).transpose()?,
    })
}

/// Where the reading of a partition stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Position {
    pub(super) partition: i32,
    /// Next offset to read.
    pub(super) offset: i64,
    /// Where to stop.
    pub(super) end: i64,
}

/// A connection that fetches.
#[derive(Debug)]
pub(super) struct Fetcher {
    socket: Socket,
    topic: String,
    positions: Vec<Position>,
    partition_bytes: i32,
    max_wait: Duration,
}

impl Fetcher {
    pub(super) fn new(
        socket: Socket,
        topic: &str,
        positions: Vec<Position>,
        partition_bytes: i32,
        max_wait: Duration,
    ) -> Fetcher {
        Fetcher { socket, topic: topic.to_owned(), positions, partition_bytes, max_wait }
    }

    /// Whether every partition was read up to its end.
    fn is_done(&self) -> bool {
        self.positions.iter().all(|p| p.offset >= p.end)
    }

    /// One request and its answer. `see` gets the size and header of every batch with something new in it.
    pub(super) fn fetch(&mut self, mut see: impl FnMut(usize, &BatchHeader)) -> Result<()> {
        let partitions = self.positions.iter().filter(|p| p.offset < p.end).map(|p| FetchPartition {
            partition: p.partition,
            fetch_offset: p.offset,
            partition_max_bytes: self.partition_bytes,
            ..Default::default()
        });
        let topic = FetchTopic { topic: self.topic.clone(), partitions: partitions.collect(), ..Default::default() };
        let request = FetchRequest {
            max_wait_ms: i32::try_from(self.max_wait.as_millis()).unwrap_or(i32::MAX),
            min_bytes: 1,
            topics: vec![topic],
            ..Default::default()
        };
        self.socket.send(&mut Frame::new(&request, FETCH_VERSION, Bytes::new()), 0)?;
        let positions = &mut self.positions;
        let answer = self.socket.answer("Fetch")?;
        let mut refused = None;
        let read = read_answer(answer, |partition, code, records| {
            if code != 0 {
                refused.get_or_insert(code);
            }
            let Some(position) = positions.iter_mut().find(|p| p.partition == partition) else { return };
            for (header, bytes) in batches(records).map_while(std::result::Result::ok) {
                if header.last_offset().get() >= position.offset {
                    position.offset = header.next_offset().get();
                    see(bytes.len(), &header);
                }
            }
        });
        read.map_err(|source| self.socket.malformed("Fetch", source))?;
        refused.map_or(Ok(()), |code| ClientError::check(code, None, || format!("cannot read {}", self.topic)))
    }
}

/// Walks an answer without copying its records: `part` gets partition, error code and record bytes.
fn read_answer(answer: &[u8], mut part: impl FnMut(i32, i16, &[u8])) -> std::result::Result<(), DecodeError> {
    let mut at = Cursor { bytes: answer, at: 0 };
    at.skip(4 + 4)?; // correlation id, throttle time
    let code = at.i16()?;
    at.skip(4)?; // session id
    if code != 0 {
        part(-1, code, &[]);
    }
    for _ in 0..at.i32()? {
        let name = at.i16()?;
        at.skip(usize::try_from(name).unwrap_or(0))?;
        for _ in 0..at.i32()? {
            let index = at.i32()?;
            let code = at.i16()?;
            at.skip(8 + 8 + 8)?; // high watermark, last stable offset, log start offset
            let aborted = at.i32()?;
            at.skip(16 * usize::try_from(aborted).unwrap_or(0))?;
            at.skip(4)?; // preferred read replica
            let len = at.i32()?;
            part(index, code, at.take(usize::try_from(len).unwrap_or(0))?);
        }
    }
    Ok(())
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, len: usize) -> std::result::Result<&'a [u8], DecodeError> {
        let left = self.bytes.len() - self.at;
        if len > left {
            return Err(DecodeError::Truncated { needed: len, left, at: self.at });
        }
        self.at += len;
        Ok(&self.bytes[self.at - len..self.at])
    }

    fn skip(&mut self, len: usize) -> std::result::Result<(), DecodeError> {
        self.take(len).map(|_| ())
    }

    fn i16(&mut self) -> std::result::Result<i16, DecodeError> {
        let raw = self.take(2)?;
        Ok(i16::from_be_bytes([raw[0], raw[1]]))
    }

    fn i32(&mut self) -> std::result::Result<i32, DecodeError> {
        let raw = self.take(4)?;
        Ok(i32::from_be_bytes([raw[0], raw[1], raw[2], raw[3]]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::codec::Writer;
    use crate::wire::messages::fetch::{AbortedTransaction, FetchResponse, FetchableTopicResponse, PartitionData};
    use crate::wire::schema::Message as _;

    #[test]
    fn the_hand_written_walk_agrees_with_the_schema() {
        let part = |index, records: &'static [u8], aborted: usize| PartitionData {
            partition_index: index,
            error_code: 3,
            aborted_transactions: Some(vec![AbortedTransaction::default(); aborted]),
            records: Some(Bytes::from_static(records)),
            ..Default::default()
        };
        let topic =
            |name: &str, partitions| FetchableTopicResponse { topic: name.into(), partitions, ..Default::default() };
        let topics = vec![topic("one", vec![part(0, b"abc", 2), part(5, b"", 0)]), topic("x", vec![part(1, b"z", 1)])];
        let mut out = Writer::new();
        out.extend_from_slice(&7i32.to_be_bytes());
        FetchResponse { responses: topics, ..Default::default() }.write(&mut out, FETCH_VERSION);
        let mut seen = Vec::new();
        read_answer(&out, |index, code, records| seen.push((index, code, records.to_vec()))).unwrap();
        assert_eq!(seen, [(0, 3, b"abc".to_vec()), (5, 3, vec![]), (1, 3, b"z".to_vec())]);
        for cut in 0..out.len() {
            assert!(read_answer(&out[..cut], |_, _, _| ()).is_err(), "cut at {cut}");
        }
    }
}
