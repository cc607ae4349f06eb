//! Produce on the wire, read and written by hand: a producer that sends a record a request would pay more for the
//! structs of the schema than for the append. Both ways the tests hold every version against the schema.

use bytes::Bytes;
use smallvec::SmallVec;

use super::response::Response;
use crate::model::Uuid;
use crate::wire::api::ApiKey;
use crate::wire::codec::{DecodeError, Put as _, Reader};
use crate::wire::messages::produce::{NodeEndpoint, PartitionProduceResponse, ProduceRequest, ProduceResponse};
use crate::wire::schema::{Message as _, Wire as _};

/// A request as it lies in its frame.
#[derive(Clone, Debug, Default)]
pub struct ProduceView {
    /// Whether a transactional id is there.
    pub transactional: bool,
    /// `acks` as sent.
    pub acks: i16,
    /// How long the client waits for replicas, ms.
    pub timeout_ms: i32,
    /// The topics, in order.
    pub topics: SmallVec<[TopicView; 2]>,
    /// The partitions of all topics, in order.
    pub partitions: SmallVec<[PartitionView; 4]>,
}

/// A topic of a request.
#[derive(Clone, Debug, Default)]
pub struct TopicView {
    name: Bytes,
    /// Its id, in the versions that have one.
    pub id: Uuid,
    /// How many of the partitions are its own.
    pub partitions: usize,
}

impl TopicView {
    /// Its name; empty in the versions that have ids.
    pub fn name(&self) -> &str {
        // Checked when it was read.
        std::str::from_utf8(&self.name).unwrap_or_default()
    }
}

/// A partition of a request.
#[derive(Clone, Debug, Default)]
pub struct PartitionView {
    /// Its index.
    pub index: i32,
    /// The records, shared with the frame; empty when null.
    pub records: Bytes,
}

impl ProduceView {
    /// Reads a request of a version that the schema knows.
    ///
    /// # Errors
    /// When the bytes are not such a request.
    pub fn read(input: &mut Reader, version: i16) -> Result<ProduceView, DecodeError> {
        let flexible = ProduceRequest::is_flexible(version);
        let transactional = match input.text_len(flexible, false)? {
            Some(len) => {
                text(input, len)?;
                true
            }
            None => false,
        };
        let (acks, timeout_ms) = (input.i16()?, input.i32()?);
        let mut view = ProduceView { transactional, acks, timeout_ms, ..Default::default() };
        for _ in 0..not_null(input, flexible)? {
            let mut topic = TopicView::default();
            if version >= 13 {
                topic.id = input.uuid()?;
            } else {
                let at = input.position();
                let len = input.text_len(flexible, false)?.ok_or(DecodeError::Length { len: -1, left: 0, at })?;
                topic.name = text(input, len)?;
            }
            topic.partitions = not_null(input, flexible)?;
            for _ in 0..topic.partitions {
                // What a hostile count could make us keep is bounded as everywhere.
                input.charge(size_of::<PartitionView>())?;
                let index = input.i32()?;
                let records = input.text_len(flexible, true)?.map(|len| input.bytes(len)).transpose()?;
                view.partitions.push(PartitionView { index, records: records.unwrap_or_default() });
                if flexible {
                    input.skip_tags()?;
                }
            }
            if flexible {
                input.skip_tags()?;
            }
            input.charge(size_of::<TopicView>())?;
            view.topics.push(topic);
        }
        if flexible {
            input.skip_tags()?;
        }
        Ok(view)
    }
}

fn not_null(input: &mut Reader, flexible: bool) -> Result<usize, DecodeError> {
    let at = input.position();
    input.array_len(flexible)?.ok_or(DecodeError::Length { len: -1, left: 0, at })
}

fn text(input: &mut Reader, len: usize) -> Result<Bytes, DecodeError> {
    let at = input.position();
    let raw = input.bytes(len)?;
    std::str::from_utf8(&raw).map_err(|_| DecodeError::Utf8 { at })?;
    Ok(raw)
}

/// What became of a partition.
#[derive(Clone, Debug)]
pub enum PartitionAnswer {
    /// Appended.
    Accepted {
        /// The partition.
        index: i32,
        /// Offset of the first record.
        base_offset: i64,
        /// The broker's time where the topic stamps it, else -1.
        log_append_time_ms: i64,
        /// The log start offset.
        log_start_offset: i64,
    },
    /// Not appended, or not committed.
    Refused(Box<PartitionProduceResponse>),
}

impl PartitionAnswer {
    /// The partition.
    pub const fn index(&self) -> i32 {
        match self {
            PartitionAnswer::Accepted { index, .. } => *index,
            PartitionAnswer::Refused(refused) => refused.index,
        }
    }

    /// The refusal, if it is one.
    pub fn refused(&self) -> Option<&PartitionProduceResponse> {
        match self {
            PartitionAnswer::Accepted { .. } => None,
            PartitionAnswer::Refused(refused) => Some(refused),
        }
    }
}

/// Writes an answer; `answers` are those of all topics, in the order of the request.
pub fn write_answer(
    version: i16,
    correlation_id: i32,
    topics: &[TopicView],
    answers: &[PartitionAnswer],
    nodes: &[NodeEndpoint],
) -> Response {
    let flexible = ProduceResponse::is_flexible(version);
    let mut out = Response::begin(ApiKey::Produce, version, correlation_id);
    out.put_array_len(Some(topics.len()), flexible);
    let mut rest = answers;
    for topic in topics {
        if version >= 13 {
            out.put(&topic.id.0.to_be_bytes());
        } else {
            out.put_text(Some(topic.name()), flexible);
        }
        out.put_array_len(Some(topic.partitions), flexible);
        let (mine, others) = rest.split_at(topic.partitions.min(rest.len()));
        rest = others;
        for answer in mine {
            match answer {
                PartitionAnswer::Refused(refused) => refused.encode(&mut out, ProduceResponse::ctx(version)),
                PartitionAnswer::Accepted { index, base_offset, log_append_time_ms, log_start_offset } => {
                    out.put(&index.to_be_bytes());
                    out.put(&0i16.to_be_bytes());
                    out.put(&base_offset.to_be_bytes());
                    out.put(&log_append_time_ms.to_be_bytes());
                    if version >= 5 {
                        out.put(&log_start_offset.to_be_bytes());
                    }
                    if version >= 8 {
                        out.put_array_len(Some(0), flexible);
                        out.put_text(None, flexible);
                    }
                    if flexible {
                        out.put_uvarint(0);
                    }
                }
            }
        }
        if flexible {
            out.put_uvarint(0);
        }
    }
    out.put(&0i32.to_be_bytes());
    if flexible {
        if nodes.is_empty() || version < 10 {
            out.put_uvarint(0);
        } else {
            // Rare, so the schema writes it: the tags are what it writes more than without them.
            let bare = ProduceResponse::default().to_bytes(version);
            let tagged = ProduceResponse { node_endpoints: nodes.to_vec(), ..Default::default() }.to_bytes(version);
            out.put(&tagged[bare.len() - 1..]);
        }
    }
    Response::finish(out, std::iter::empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::api::response::Chunk;
    use crate::wire::messages::produce::{
        BatchIndexAndErrorMessage, LeaderIdAndEpoch, PartitionProduceData, TopicProduceData, TopicProduceResponse,
    };

    fn request(version: i16) -> ProduceRequest {
        let part = |index, records: Option<&'static [u8]>| PartitionProduceData {
            index,
            records: records.map(Bytes::from_static),
        };
        let topic = |name: &str, id, partition_data| TopicProduceData {
            name: if version < 13 { name.to_owned() } else { String::new() },
            topic_id: if version < 13 { Uuid(0) } else { Uuid(id) },
            partition_data,
        };
        ProduceRequest {
            transactional_id: Some("t".to_owned()),
            acks: -1,
            timeout_ms: 1500,
            topic_data: vec![
                topic("clicks", 7, vec![part(0, Some(b"abc")), part(5, None)]),
                topic("größen", 8, vec![]),
                topic("o", 9, vec![part(1, Some(b""))]),
            ],
        }
    }

    #[test]
    fn a_request_reads_as_the_schema_reads_it_in_every_version() {
        for version in ProduceRequest::VERSIONS {
            let wanted = request(version);
            let frame = Bytes::from(wanted.to_bytes(version).to_vec());
            let view = ProduceView::read(&mut Reader::new(frame.clone()), version).unwrap();
            assert_eq!((view.transactional, view.acks, view.timeout_ms), (true, -1, 1500));
            let mut parts = view.partitions.iter();
            for (topic, wanted) in view.topics.iter().zip(&wanted.topic_data) {
                assert_eq!((topic.name(), topic.id), (wanted.name.as_str(), wanted.topic_id));
                assert_eq!(topic.partitions, wanted.partition_data.len());
                for (part, wanted) in parts.by_ref().take(topic.partitions).zip(&wanted.partition_data) {
                    assert_eq!(part.index, wanted.index);
                    assert_eq!(part.records, wanted.records.clone().unwrap_or_default());
                }
            }
            assert_eq!((view.topics.len(), view.partitions.len()), (3, 3));
            for cut in 0..frame.len() {
                assert!(
                    ProduceView::read(&mut Reader::new(frame.slice(..cut)), version).is_err(),
                    "{version} at {cut}"
                );
            }
        }
    }

    #[test]
    fn an_answer_is_what_the_schema_writes_in_every_version() {
        let refusal = PartitionProduceResponse {
            index: 5,
            error_code: 6,
            base_offset: -1,
            record_errors: vec![BatchIndexAndErrorMessage::default()],
            error_message: Some("no".to_owned()),
            current_leader: LeaderIdAndEpoch { leader_id: 2, leader_epoch: 3 },
            ..Default::default()
        };
        let accepted =
            PartitionAnswer::Accepted { index: 0, base_offset: 42, log_append_time_ms: 7, log_start_offset: 3 };
        let taken = PartitionProduceResponse {
            index: 0,
            base_offset: 42,
            log_append_time_ms: 7,
            log_start_offset: 3,
            ..Default::default()
        };
        let node = NodeEndpoint { node_id: 2, host: "h".to_owned(), port: 9, rack: None };
        for version in ProduceResponse::VERSIONS {
            for nodes in [vec![], vec![node.clone()]] {
                let frame = Bytes::from(request(version).to_bytes(version).to_vec());
                let view = ProduceView::read(&mut Reader::new(frame), version).unwrap();
                let answers = [accepted.clone(), PartitionAnswer::Refused(Box::new(refusal.clone())), accepted.clone()];
                let written = write_answer(version, 11, &view.topics, &answers, &nodes);
                let part = |list: Vec<PartitionProduceResponse>, t: &TopicView| TopicProduceResponse {
                    name: t.name().to_owned(),
                    topic_id: t.id,
                    partition_responses: list,
                };
                let whole = ProduceResponse {
                    responses: vec![
                        part(vec![taken.clone(), refusal.clone()], &view.topics[0]),
                        part(vec![], &view.topics[1]),
                        part(vec![taken.clone()], &view.topics[2]),
                    ],
                    node_endpoints: nodes,
                    ..Default::default()
                };
                let expected = Response::encode(&whole, ApiKey::Produce, version, 11);
                let (Chunk::Bytes(written), Chunk::Bytes(expected)) = (&written.chunks[0], &expected.chunks[0]) else {
                    panic!("both are bytes");
                };
                assert_eq!(written, expected, "version {version}");
            }
        }
    }
}
