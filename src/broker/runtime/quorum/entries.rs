//! Entries of the quorum as batches of the log, and back.

use std::io;

use bytes::Bytes;
use openraft::EntryPayload;

use super::types::{Entry, Membership, Value, Voter, epoch_of, log_id, membership_of, offset_of, voters_of};
use crate::log::storage::VoterEndpoint;
use crate::model::{BrokerId, LeaderEpoch, Offset, TimestampMs};
use crate::wire::batch::{
    BatchBuilder, BatchError, BatchHeader, BuilderOptions, ControlRecordType, RecordToWrite, RecordsIter,
};
use crate::wire::codec::Reader;
use crate::wire::records::control::{LeaderChangeMessage, Voter as ChangeVoter};
use crate::wire::records::voters::{Endpoint, KRaftVersionFeature, Voter as VoterRecord, VotersRecord};
use crate::wire::schema::Message as _;

/// A batch is closed once it has this many bytes; Kafka's own limit is 8 MiB.
const BATCH_BYTES: usize = 1 << 20;
const MAX_DECOMPRESSED: usize = 64 << 20;

/// A voters record of `membership`.
pub(super) fn voters_record(membership: &Membership) -> io::Result<Bytes> {
    if membership.get_joint_config().len() > 1 || membership.learner_ids().next().is_some() {
        // Kafka's record knows one set of voters. A change of voters must go one voter at a time, without a joint step.
        return Err(io::Error::other("a voters record cannot hold a joint configuration or learners"));
    }
    let voters = voters_of(membership).into_iter().map(|voter| VoterRecord {
        voter_id: voter.id.get(),
        voter_directory_id: voter.directory_id,
        endpoints: voter
            .endpoints
            .into_iter()
            .map(|e| Endpoint { name: e.listener, host: e.host, port: e.port })
            .collect(),
        k_raft_version_feature: KRaftVersionFeature { min_supported_version: 0, max_supported_version: 1 },
    });
    Ok(VotersRecord { version: 0, voters: voters.collect() }.to_bytes(0))
}

/// The membership that a voters record names.
pub(super) fn read_voters(value: &[u8]) -> Result<Membership, String> {
    let record = VotersRecord::read(&mut Reader::new(Bytes::copy_from_slice(value)), 0)
        .map_err(|e| format!("voters record: {e}"))?;
    let voters: Vec<Voter> = record
        .voters
        .into_iter()
        .map(|voter| Voter {
            id: BrokerId(voter.voter_id),
            directory_id: voter.voter_directory_id,
            endpoints: voter
                .endpoints
                .into_iter()
                .map(|e| VoterEndpoint { listener: e.name, host: e.host, port: e.port })
                .collect(),
        })
        .collect();
    Ok(membership_of(&voters))
}

// Kafka reads this record as version 0 whatever it says (`ControlRecordUtils`), so directory ids stay out.
fn leader_change(leader: i32, membership: &Membership) -> Bytes {
    let voters: Vec<ChangeVoter> = voters_of(membership)
        .into_iter()
        .map(|voter| ChangeVoter { voter_id: voter.id.get(), voter_directory_id: voter.directory_id })
        .collect();
    let granting_voters = voters.iter().filter(|voter| voter.voter_id == leader).cloned().collect();
    LeaderChangeMessage { version: 0, leader_id: leader, voters, granting_voters }.to_bytes(0)
}

fn is_control(entry: &Entry) -> bool {
    !matches!(&entry.payload, EntryPayload::Normal(value) if !value.is_kraft_version)
}

fn failed(e: BatchError) -> io::Error {
    io::Error::other(e.to_string())
}

/// Batches that hold `entries`: a new one where the epoch changes, between control records and others, and by size.
pub(super) fn to_batches(
    entries: &[Entry],
    leader: i32,
    voters: &Membership,
    now: TimestampMs,
) -> io::Result<Vec<Vec<u8>>> {
    let mut batches = Vec::new();
    let mut open: Option<(LeaderEpoch, bool, BatchBuilder)> = None;
    for entry in entries {
        let (epoch, control) = (epoch_of(&entry.log_id), is_control(entry));
        let fits = |(e, c, batch): &(LeaderEpoch, bool, BatchBuilder)| {
            *e == epoch && *c == control && batch.uncompressed_size() < BATCH_BYTES
        };
        if !open.as_ref().is_some_and(fits) {
            if let Some((_, _, batch)) = open.take() {
                batches.push(batch.build().map_err(failed)?);
            }
            let options = BuilderOptions {
                base_offset: offset_of(&entry.log_id),
                leader_epoch: epoch,
                control,
                ..BuilderOptions::default()
            };
            open = Some((epoch, control, BatchBuilder::new(options)));
        }
        let Some((_, _, batch)) = &mut open else { continue };
        let (timestamp, kind, value) = match &entry.payload {
            EntryPayload::Normal(value) => {
                let kind = value.is_kraft_version.then_some(ControlRecordType::KRaftVersion);
                (TimestampMs(value.timestamp), kind, Bytes::copy_from_slice(&value.bytes))
            }
            EntryPayload::Blank => (now, Some(ControlRecordType::LeaderChange), leader_change(leader, voters)),
            EntryPayload::Membership(next) => (now, Some(ControlRecordType::KRaftVoters), voters_record(next)?),
        };
        let key = kind.map(|kind| kind.key());
        batch.append(&RecordToWrite {
            timestamp,
            key: key.as_ref().map(<[u8; 4]>::as_slice),
            value: Some(&value),
            headers: &[],
        });
    }
    if let Some((_, _, batch)) = open {
        batches.push(batch.build().map_err(failed)?);
    }
    Ok(batches)
}

/// The entries of one batch, from `from` on. Control records that say nothing to the engine are blank entries.
pub(super) fn from_batch(header: &BatchHeader, raw: &[u8], from: Offset, out: &mut Vec<Entry>) -> Result<(), String> {
    let mut scratch = Vec::new();
    let records = RecordsIter::of(header, raw, &mut scratch, MAX_DECOMPRESSED).map_err(|e| e.to_string())?;
    for record in records {
        let record = record.map_err(|e| e.to_string())?;
        if record.offset < from {
            continue;
        }
        let value = record.value.ok_or_else(|| format!("the record at offset {} has no value", record.offset))?;
        let normal = |is_kraft_version: bool| {
            let (timestamp, bytes) = (record.timestamp.get(), value.to_vec());
            EntryPayload::Normal(Value { timestamp, bytes, is_kraft_version })
        };
        let payload = if header.is_control() {
            match ControlRecordType::from_key(record.key).map_err(|e| e.to_string())? {
                ControlRecordType::KRaftVoters => EntryPayload::Membership(read_voters(value)?),
                ControlRecordType::KRaftVersion => normal(true),
                _ => EntryPayload::Blank,
            }
        } else {
            normal(false)
        };
        out.push(Entry { log_id: log_id(header.leader_epoch, record.offset), payload });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Uuid;
    use crate::wire::batch::validate_crc;

    fn voter(id: i32) -> Voter {
        let endpoint = VoterEndpoint { listener: "CONTROLLER".into(), host: "h".into(), port: 9093 };
        Voter { id: BrokerId(id), directory_id: Uuid(1000 + id as u128), endpoints: vec![endpoint] }
    }

    fn entry(epoch: i32, offset: i64, payload: EntryPayload<Value, i32, super::super::types::Member>) -> Entry {
        Entry { log_id: log_id(LeaderEpoch(epoch), Offset(offset)), payload }
    }

    #[test]
    fn entries_survive_the_log_with_offsets_epochs_and_kinds() {
        let members = membership_of(&[voter(1), voter(2)]);
        let normal = |n: u8, is_kraft_version| {
            EntryPayload::Normal(Value { timestamp: 1_000 + i64::from(n), bytes: vec![n; 10], is_kraft_version })
        };
        let value = |n| normal(n, false);
        let entries = vec![
            entry(1, 5, EntryPayload::Blank),
            entry(1, 6, value(1)),
            entry(1, 7, value(2)),
            entry(1, 8, normal(9, true)),
            entry(1, 9, EntryPayload::Membership(members.clone())),
            entry(2, 10, EntryPayload::Blank),
            entry(2, 11, value(3)),
        ];
        let batches = to_batches(&entries, 1, &members, TimestampMs(9)).unwrap();
        assert_eq!(batches.len(), 5);
        let mut back = Vec::new();
        for batch in &batches {
            let header = validate_crc(batch).unwrap();
            from_batch(&header, batch, Offset(6), &mut back).unwrap();
        }
        assert_eq!(back, entries[1..]);
    }

    #[test]
    fn a_configuration_that_kafka_cannot_write_down_is_refused() {
        let joint = Membership::new_with_defaults(vec![[1].into(), [1, 2].into()], []);
        assert!(voters_record(&joint).is_err());
    }
}
