//! Writing an answer to Fetch around its record bytes: these stay in the page cache, so the message cannot be one struct
//! that is encoded in one go. The order of fields is that of the schema in `wire::messages::fetch`; the tests hold
//! every version against it.

use super::response::{Chunk, Response};
use crate::log::FileSlice;
use crate::model::Uuid;
use crate::wire::api::ApiKey;
use crate::wire::codec::{Put as _, Writer};
use crate::wire::messages::fetch::{
    EpochEndOffset, FetchResponse, LeaderIdAndEpoch, NodeEndpoint, PartitionData, SnapshotId,
};
use crate::wire::schema::Message as _;

/// An answer that is being written.
pub struct FetchEncoder {
    version: i16,
    flexible: bool,
    /// What was written since the last range of a file.
    out: Writer,
    /// What stands before the first range of a file, with the length prefix.
    head: Option<Writer>,
    chunks: Vec<Chunk>,
    record_bytes: u64,
}

impl FetchEncoder {
    /// Begins an answer with the fields before its topics.
    pub fn new(version: i16, correlation_id: i32, session_id: i32) -> FetchEncoder {
        let mut out = Response::begin(ApiKey::Fetch, version, correlation_id);
        out.put(&0i32.to_be_bytes());
        if version >= 7 {
            out.put(&0i16.to_be_bytes());
            out.put(&session_id.to_be_bytes());
        }
        let flexible = FetchResponse::is_flexible(version);
        FetchEncoder { version, flexible, out, head: None, chunks: Vec::new(), record_bytes: 0 }
    }

    /// How many topics follow.
    pub fn topic_count(&mut self, count: usize) {
        self.out.put_array_len(Some(count), self.flexible);
    }

    /// Begins a topic of so many partitions.
    pub fn begin_topic(&mut self, name: &str, id: Uuid, partitions: usize) {
        if self.version >= 13 {
            self.out.put(&id.0.to_be_bytes());
        } else {
            self.out.put_text(Some(name), self.flexible);
        }
        self.out.put_array_len(Some(partitions), self.flexible);
    }

    /// Ends a topic.
    pub fn end_topic(&mut self) {
        if self.flexible {
            self.out.put_uvarint(0);
        }
    }

    /// A partition of the topic that was begun; `data.records` is not looked at.
    pub fn partition(&mut self, data: &PartitionData, records: Option<&FileSlice>) {
        let out = &mut self.out;
        out.put(&data.partition_index.to_be_bytes());
        out.put(&data.error_code.to_be_bytes());
        out.put(&data.high_watermark.to_be_bytes());
        out.put(&data.last_stable_offset.to_be_bytes());
        if self.version >= 5 {
            out.put(&data.log_start_offset.to_be_bytes());
        }
        let aborted = data.aborted_transactions.as_ref();
        out.put_array_len(aborted.map(Vec::len), self.flexible);
        for txn in aborted.into_iter().flatten() {
            out.put(&txn.producer_id.to_be_bytes());
            out.put(&txn.first_offset.to_be_bytes());
            if self.flexible {
                out.put_uvarint(0);
            }
        }
        if self.version >= 11 {
            out.put(&data.preferred_read_replica.to_be_bytes());
        }
        out.put_array_len(Some(records.map_or(0, |slice| slice.len)), self.flexible);
        if let Some(slice) = records {
            self.record_bytes += slice.len as u64;
            self.flush();
            self.chunks.push(Chunk::File(slice.clone()));
        }
        if self.flexible {
            self.tags(data);
        }
    }

    /// The tagged fields of a partition: rare, so the schema writes them.
    fn tags(&mut self, data: &PartitionData) {
        let plain = data.diverging_epoch == EpochEndOffset::default()
            && data.current_leader == LeaderIdAndEpoch::default()
            && data.snapshot_id == SnapshotId::default();
        if plain {
            self.out.put_uvarint(0);
            return;
        }
        let tagged = PartitionData {
            diverging_epoch: data.diverging_epoch.clone(),
            current_leader: data.current_leader.clone(),
            snapshot_id: data.snapshot_id.clone(),
            ..Default::default()
        };
        let tail = self.tail(&tagged, &PartitionData::default());
        self.out.put(&tail);
    }

    /// The tag section of `value`, which without its tagged fields is `bare`.
    fn tail<T: crate::wire::schema::Wire>(&self, value: &T, bare: &T) -> Writer {
        let (mut with, mut without) = (Writer::new(), Writer::new());
        value.encode(&mut with, FetchResponse::ctx(self.version));
        bare.encode(&mut without, FetchResponse::ctx(self.version));
        // The last byte of the bare one is its empty tag section.
        with.split_off(without.len() - 1)
    }

    /// Record bytes in the answer so far.
    pub const fn record_bytes(&self) -> u64 {
        self.record_bytes
    }

    /// Moves what is written so far behind the chunks before it.
    fn flush(&mut self) {
        let written = std::mem::take(&mut self.out);
        if self.head.is_none() {
            self.head = Some(written);
        } else if !written.is_empty() {
            self.chunks.push(Chunk::Bytes(written.into()));
        }
    }

    /// Ends the answer; `nodes` are the leaders that its partitions name.
    pub fn finish(mut self, nodes: Vec<NodeEndpoint>) -> Response {
        if self.flexible {
            if nodes.is_empty() {
                self.out.put_uvarint(0);
            } else {
                let tagged = FetchResponse { node_endpoints: nodes, ..Default::default() };
                let tail = self.tail(&tagged, &FetchResponse::default());
                self.out.put(&tail);
            }
        }
        self.flush();
        Response::finish(self.head.unwrap_or_default(), self.chunks.into_iter())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;

    use super::*;
    use crate::model::Offset;
    use crate::wire::messages::fetch::{AbortedTransaction, FetchableTopicResponse};

    /// The bytes of a response, its file ranges read in.
    fn flat(response: &Response) -> Vec<u8> {
        let mut out = Vec::new();
        for chunk in &response.chunks {
            match chunk {
                Chunk::Bytes(bytes) => out.extend_from_slice(bytes),
                Chunk::File(slice) => {
                    let mut copy = vec![0; slice.len];
                    slice.read_exact_at(&mut copy, 0).unwrap();
                    out.extend_from_slice(&copy);
                }
            }
        }
        out
    }

    #[test]
    fn every_version_is_what_the_schema_writes() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), b"0123456789abcdef").unwrap();
        let file = Arc::new(std::fs::File::open(file.path()).unwrap());
        let slice = |position, len| FileSlice {
            file: Arc::clone(&file),
            position,
            len,
            segment_base: Offset(0),
            is_active: true,
            hot: true,
            upper_bound: Offset(9),
            unchecked: None,
        };
        let plain = PartitionData {
            partition_index: 3,
            high_watermark: 70,
            last_stable_offset: 60,
            log_start_offset: 5,
            aborted_transactions: None,
            ..Default::default()
        };
        let aborted = vec![AbortedTransaction { producer_id: 9, first_offset: 61 }; 2];
        let with_aborted = PartitionData { aborted_transactions: Some(aborted), ..plain.clone() };
        let refused = PartitionData {
            error_code: 6,
            current_leader: LeaderIdAndEpoch { leader_id: 2, leader_epoch: 8 },
            diverging_epoch: EpochEndOffset { epoch: 4, end_offset: 44 },
            ..plain.clone()
        };
        let node = NodeEndpoint { node_id: 2, host: "h".into(), port: 9, rack: None };
        let topics = [
            ("clicks", Uuid(7), vec![(plain, Some(slice(0, 4))), (refused, None)]),
            ("orders", Uuid(8), vec![(with_aborted, Some(slice(4, 12)))]),
        ];
        for version in FetchResponse::VERSIONS {
            for nodes in [vec![], vec![node.clone()]] {
                let mut encoder = FetchEncoder::new(version, 11, 5);
                encoder.topic_count(topics.len());
                for (name, id, partitions) in &topics {
                    encoder.begin_topic(name, *id, partitions.len());
                    partitions.iter().for_each(|(data, records)| encoder.partition(data, records.as_ref()));
                    encoder.end_topic();
                }
                assert_eq!(encoder.record_bytes(), 16);
                let written = flat(&encoder.finish(nodes.clone()));
                let read = |records: &Option<FileSlice>| {
                    let mut copy = vec![0; records.as_ref().map_or(0, |r| r.len)];
                    records.as_ref().map(|r| r.read_exact_at(&mut copy, 0));
                    Some(Bytes::from(copy))
                };
                let responses = topics.iter().map(|(name, topic_id, partitions)| FetchableTopicResponse {
                    topic: (*name).to_owned(),
                    topic_id: *topic_id,
                    partitions: partitions
                        .iter()
                        .map(|(data, records)| PartitionData { records: read(records), ..data.clone() })
                        .collect(),
                });
                let responses = responses.collect();
                let whole = FetchResponse { session_id: 5, responses, node_endpoints: nodes, ..Default::default() };
                let expected = flat(&Response::encode(&whole, ApiKey::Fetch, version, 11));
                assert_eq!(written, expected, "version {version}");
            }
        }
    }
}
