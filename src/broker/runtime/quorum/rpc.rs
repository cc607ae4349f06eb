//! What voters say to each other, as bytes in Kafka's framing. openraft pushes where KRaft pulls, so these messages are
//! our own, under an API key that Kafka will not use; entries travel as the record batches that they are on disk.
//!
//! Request: cluster id, the voter that is meant, a kind, the kind's fields. Answer: a kind, its fields.

use bytes::Bytes;
use openraft::raft::{AppendEntriesRequest, AppendEntriesResponse, TransferLeaderRequest, VoteRequest, VoteResponse};

use super::entries::{from_batch, to_batches};
use super::types::{Entry, LogId, Membership, Types, Vote, log_id};
use crate::model::{LeaderEpoch, Offset, TimestampMs};
use crate::wire::batch::{batches, validate_crc};
use crate::wire::codec::{DecodeError, Put as _, Reader, Writer};

/// The API key of these messages, far beyond those of Kafka.
pub const PEER_API_KEY: i16 = 0x4c42;
/// Their version.
pub const PEER_API_VERSION: i16 = 0;

/// One request between voters.
#[derive(Debug)]
pub(super) enum PeerRequest {
    Append(AppendEntriesRequest<Types>),
    Vote(VoteRequest<Types>),
    PreVote(VoteRequest<Types>),
    TransferLeader(TransferLeaderRequest<Types>),
    /// A piece of a snapshot: whose term, what the snapshot reaches to, its size, where the piece stands, the piece.
    Snapshot(SnapshotPiece),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct SnapshotPiece {
    pub(super) vote: Vote,
    pub(super) last: LogId,
    pub(super) size: u64,
    pub(super) position: u64,
    pub(super) bytes: Bytes,
}

/// One answer between voters.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum PeerAnswer {
    Append(AppendEntriesResponse<Types>),
    Vote(VoteResponse<Types>),
    /// The vote of the receiver, once it has the piece or refuses it for a newer term.
    Snapshot(Vote),
    /// Whether the receiver will try to lead.
    TransferLeader(bool),
    /// The request did not get to the engine, for this reason.
    Refused(String),
}

/// Why a message was not understood.
#[derive(Debug, thiserror::Error)]
pub(super) enum PeerError {
    #[error("malformed message of a voter: {0}")]
    Malformed(#[from] DecodeError),
    #[error("message of a voter: {0}")]
    Content(String),
}

fn content(reason: impl std::fmt::Display) -> PeerError {
    PeerError::Content(reason.to_string())
}

const APPEND: i8 = 1;
const VOTE: i8 = 2;
const PRE_VOTE: i8 = 3;
const SNAPSHOT: i8 = 4;
const TRANSFER: i8 = 5;
const REFUSED: i8 = 127;

fn put_i8(out: &mut Writer, n: i8) {
    out.put(&n.to_be_bytes());
}

fn put_i32(out: &mut Writer, n: i32) {
    out.put(&n.to_be_bytes());
}

fn put_u64(out: &mut Writer, n: u64) {
    out.put(&n.to_be_bytes());
}

fn put_bytes(out: &mut Writer, bytes: &[u8]) {
    // A piece is far below 4 GiB.
    out.put(&(bytes.len() as u32).to_be_bytes());
    out.put(bytes);
}

fn put_vote(out: &mut Writer, vote: &Vote) {
    put_i32(out, vote.leader_id.term);
    put_i32(out, vote.leader_id.voted_for);
    put_i8(out, i8::from(vote.committed));
}

fn put_log_id(out: &mut Writer, id: Option<&LogId>) {
    put_i32(out, id.map_or(-1, |id| id.leader_id.term));
    put_u64(out, id.map_or(0, |id| id.index));
}

fn put_vote_request(out: &mut Writer, request: &VoteRequest<Types>) {
    put_vote(out, &request.vote);
    put_log_id(out, request.last_log_id.as_ref());
    put_i8(out, i8::from(request.leadership_transfer));
}

fn read_u64(input: &mut Reader) -> Result<u64, DecodeError> {
    input.i64().map(|n| n as u64)
}

fn read_bytes(input: &mut Reader) -> Result<Bytes, DecodeError> {
    let len = input.u32()? as usize;
    input.bytes(len)
}

fn read_text(input: &mut Reader) -> Result<String, PeerError> {
    let bytes = read_bytes(input)?;
    String::from_utf8(bytes.to_vec()).map_err(content)
}

fn read_vote(input: &mut Reader) -> Result<Vote, PeerError> {
    let (term, node, committed) = (input.i32()?, input.i32()?, input.i8()?);
    Ok(if committed == 1 { Vote::new_committed(term, node) } else { Vote::new(term, node) })
}

fn read_log_id(input: &mut Reader) -> Result<Option<LogId>, PeerError> {
    let (term, index) = (input.i32()?, read_u64(input)?);
    let offset = i64::try_from(index).map_err(content)?;
    Ok((term >= 0).then(|| log_id(LeaderEpoch(term), Offset(offset))))
}

fn read_vote_request(input: &mut Reader) -> Result<VoteRequest<Types>, PeerError> {
    let mut request = VoteRequest::new(read_vote(input)?, read_log_id(input)?);
    request.leadership_transfer = input.i8()? == 1;
    Ok(request)
}

fn read_entries(raw: &Bytes) -> Result<Vec<Entry>, PeerError> {
    let mut entries = Vec::new();
    for batch in batches(raw) {
        let (_, bytes) = batch.map_err(content)?;
        let header = validate_crc(bytes).map_err(content)?;
        from_batch(&header, bytes, header.base_offset, &mut entries).map_err(PeerError::Content)?;
    }
    Ok(entries)
}

impl PeerRequest {
    /// The bytes of this request, for voter `target` of the cluster.
    pub(super) fn write(&self, cluster_id: &str, target: i32) -> Result<Vec<u8>, std::io::Error> {
        let mut out = Writer::new();
        put_bytes(&mut out, cluster_id.as_bytes());
        put_i32(&mut out, target);
        match self {
            PeerRequest::Append(request) => {
                put_i8(&mut out, APPEND);
                put_vote(&mut out, &request.vote);
                put_log_id(&mut out, request.prev_log_id.as_ref());
                put_log_id(&mut out, request.leader_commit.as_ref());
                let leader = request.vote.leader_id.voted_for;
                // The receiver writes control records of its own from what it knows of the voters.
                let batches = to_batches(&request.entries, leader, &Membership::default(), TimestampMs::NONE)?;
                put_bytes(&mut out, &batches.concat());
            }
            PeerRequest::Vote(request) => {
                put_i8(&mut out, VOTE);
                put_vote_request(&mut out, request);
            }
            PeerRequest::PreVote(request) => {
                put_i8(&mut out, PRE_VOTE);
                put_vote_request(&mut out, request);
            }
            PeerRequest::TransferLeader(request) => {
                put_i8(&mut out, TRANSFER);
                put_vote(&mut out, request.from_leader());
                put_i32(&mut out, *request.to_node_id());
                put_log_id(&mut out, request.last_log_id());
            }
            PeerRequest::Snapshot(piece) => {
                put_i8(&mut out, SNAPSHOT);
                put_vote(&mut out, &piece.vote);
                put_log_id(&mut out, Some(&piece.last));
                put_u64(&mut out, piece.size);
                put_u64(&mut out, piece.position);
                put_bytes(&mut out, &piece.bytes);
            }
        }
        Ok(out)
    }

    /// Reads a request that is meant for voter `me` of the cluster.
    pub(super) fn read(raw: Bytes, cluster_id: &str, me: i32) -> Result<PeerRequest, PeerError> {
        let mut input = Reader::new(raw);
        let cluster = read_text(&mut input)?;
        if cluster != cluster_id {
            return Err(content(format!("it is of cluster {cluster}, this is {cluster_id}")));
        }
        let target = input.i32()?;
        if target != me {
            return Err(content(format!("it is for voter {target}, this is {me}: controller.quorum.voters is wrong")));
        }
        Ok(match input.i8()? {
            APPEND => PeerRequest::Append(AppendEntriesRequest {
                vote: read_vote(&mut input)?,
                prev_log_id: read_log_id(&mut input)?,
                leader_commit: read_log_id(&mut input)?,
                entries: read_entries(&read_bytes(&mut input)?)?,
            }),
            VOTE => PeerRequest::Vote(read_vote_request(&mut input)?),
            PRE_VOTE => PeerRequest::PreVote(read_vote_request(&mut input)?),
            TRANSFER => {
                let (from, to) = (read_vote(&mut input)?, input.i32()?);
                PeerRequest::TransferLeader(TransferLeaderRequest::new(from, to, read_log_id(&mut input)?))
            }
            SNAPSHOT => PeerRequest::Snapshot(SnapshotPiece {
                vote: read_vote(&mut input)?,
                last: read_log_id(&mut input)?.ok_or_else(|| content("a snapshot of nothing"))?,
                size: read_u64(&mut input)?,
                position: read_u64(&mut input)?,
                bytes: read_bytes(&mut input)?,
            }),
            kind => return Err(content(format!("unknown kind {kind}"))),
        })
    }
}

impl PeerAnswer {
    /// The bytes of this answer.
    pub(super) fn write(&self) -> Vec<u8> {
        let mut out = Writer::new();
        match self {
            PeerAnswer::Append(response) => {
                put_i8(&mut out, APPEND);
                match response {
                    AppendEntriesResponse::Success => put_i8(&mut out, 0),
                    AppendEntriesResponse::PartialSuccess(id) => {
                        put_i8(&mut out, 1);
                        put_log_id(&mut out, id.as_ref());
                    }
                    AppendEntriesResponse::Conflict => put_i8(&mut out, 2),
                    AppendEntriesResponse::HigherVote(vote) => {
                        put_i8(&mut out, 3);
                        put_vote(&mut out, vote);
                    }
                }
            }
            PeerAnswer::Vote(response) => {
                put_i8(&mut out, VOTE);
                put_vote(&mut out, &response.vote);
                put_i8(&mut out, i8::from(response.vote_granted));
                put_log_id(&mut out, response.last_log_id.as_ref());
            }
            PeerAnswer::Snapshot(vote) => {
                put_i8(&mut out, SNAPSHOT);
                put_vote(&mut out, vote);
            }
            PeerAnswer::TransferLeader(accepted) => {
                put_i8(&mut out, TRANSFER);
                put_i8(&mut out, i8::from(*accepted));
            }
            PeerAnswer::Refused(reason) => {
                put_i8(&mut out, REFUSED);
                put_bytes(&mut out, reason.as_bytes());
            }
        }
        out
    }

    /// Reads an answer.
    pub(super) fn read(raw: Bytes) -> Result<PeerAnswer, PeerError> {
        let mut input = Reader::new(raw);
        Ok(match input.i8()? {
            APPEND => PeerAnswer::Append(match input.i8()? {
                0 => AppendEntriesResponse::Success,
                1 => AppendEntriesResponse::PartialSuccess(read_log_id(&mut input)?),
                2 => AppendEntriesResponse::Conflict,
                3 => AppendEntriesResponse::HigherVote(read_vote(&mut input)?),
                kind => return Err(content(format!("unknown outcome {kind}"))),
            }),
            VOTE => {
                let (vote, granted) = (read_vote(&mut input)?, input.i8()? == 1);
                PeerAnswer::Vote(VoteResponse::new(vote, read_log_id(&mut input)?, granted))
            }
            SNAPSHOT => PeerAnswer::Snapshot(read_vote(&mut input)?),
            TRANSFER => PeerAnswer::TransferLeader(input.i8()? == 1),
            REFUSED => PeerAnswer::Refused(read_text(&mut input)?),
            kind => return Err(content(format!("unknown kind {kind}"))),
        })
    }
}

#[cfg(test)]
mod tests {
    use openraft::EntryPayload;

    use super::super::types::Value;
    use super::*;

    fn round(request: &PeerRequest) -> PeerRequest {
        PeerRequest::read(request.write("cluster", 3).unwrap().into(), "cluster", 3).unwrap()
    }

    #[test]
    fn entries_arrive_with_their_places_and_kinds() {
        let payload = |n: u8| EntryPayload::Normal(Value { timestamp: 77, bytes: vec![n; 3], is_kraft_version: false });
        let entry = |epoch, offset, payload| Entry { log_id: log_id(LeaderEpoch(epoch), Offset(offset)), payload };
        let sent = AppendEntriesRequest {
            vote: Vote::new_committed(4, 1),
            prev_log_id: Some(log_id(LeaderEpoch(3), Offset(8))),
            entries: vec![entry(4, 9, EntryPayload::Blank), entry(4, 10, payload(1)), entry(4, 11, payload(2))],
            leader_commit: None,
        };
        let PeerRequest::Append(got) = round(&PeerRequest::Append(sent.clone())) else { panic!("another kind") };
        assert_eq!((got.vote, got.prev_log_id, got.leader_commit), (sent.vote, sent.prev_log_id, None));
        assert_eq!(got.entries, sent.entries);
    }

    #[test]
    fn votes_and_pieces_survive_the_way() {
        let mut vote = VoteRequest::new(Vote::new(9, 2), Some(log_id(LeaderEpoch(8), Offset(100))));
        vote.leadership_transfer = true;
        let PeerRequest::Vote(got) = round(&PeerRequest::Vote(vote.clone())) else { panic!("another kind") };
        assert_eq!(got, vote);
        let piece = SnapshotPiece {
            vote: Vote::new_committed(9, 2),
            last: log_id(LeaderEpoch(8), Offset(100)),
            size: 5,
            position: 2,
            bytes: Bytes::from_static(b"abc"),
        };
        let PeerRequest::Snapshot(got) = round(&PeerRequest::Snapshot(piece.clone())) else { panic!("another kind") };
        assert_eq!(got, piece);
    }

    #[test]
    fn answers_survive_the_way() {
        let id = Some(log_id(LeaderEpoch(2), Offset(5)));
        for answer in [
            PeerAnswer::Append(AppendEntriesResponse::Success),
            PeerAnswer::Append(AppendEntriesResponse::PartialSuccess(id)),
            PeerAnswer::Append(AppendEntriesResponse::Conflict),
            PeerAnswer::Append(AppendEntriesResponse::HigherVote(Vote::new(3, 1))),
            PeerAnswer::Vote(VoteResponse::new(Vote::new(3, 1), id, true)),
            PeerAnswer::Snapshot(Vote::new_committed(3, 1)),
            PeerAnswer::TransferLeader(true),
            PeerAnswer::Refused("why".to_owned()),
        ] {
            assert_eq!(PeerAnswer::read(answer.write().into()).unwrap(), answer);
        }
    }

    #[test]
    fn a_message_of_another_cluster_or_for_another_voter_is_refused() {
        let request = PeerRequest::Vote(VoteRequest::new(Vote::new(9, 2), None));
        let raw: Bytes = request.write("cluster", 3).unwrap().into();
        assert!(PeerRequest::read(raw.clone(), "other", 3).is_err());
        assert!(PeerRequest::read(raw.clone(), "cluster", 4).is_err());
        for len in 0..raw.len() {
            assert!(PeerRequest::read(raw.slice(..len), "cluster", 3).is_err(), "cut at {len}");
        }
    }

    #[test]
    fn a_batch_whose_checksum_is_wrong_is_refused() {
        let payload = EntryPayload::Normal(Value { timestamp: 77, bytes: vec![7; 30], is_kraft_version: false });
        let request = AppendEntriesRequest {
            vote: Vote::new_committed(4, 1),
            prev_log_id: None,
            entries: vec![Entry { log_id: log_id(LeaderEpoch(4), Offset(0)), payload }],
            leader_commit: None,
        };
        let mut raw = PeerRequest::Append(request).write("cluster", 3).unwrap();
        let last = raw.len() - 5;
        raw[last] ^= 1;
        assert!(PeerRequest::read(raw.into(), "cluster", 3).is_err());
    }
}
