//! The machine's records as Kafka 4 writes them to `__consumer_offsets`, byte for byte, and back.
//!
//! A key is an int16 type and fields: 0 or 1 an offset, 2 a classic group. A value is an int16 version and fields:
//! offsets at version 4 (1 where the client asked for a retention of its own), groups at version 3
//! (`GroupCoordinatorRecordHelpers`). All versions are read.

use std::sync::Arc;

use bytes::Bytes;

use crate::broker::state::groups::{CommittedOffset, GroupMetadata, MemberMetadata, Record};
use crate::model::{LeaderEpoch, Offset, TimestampMs};
use crate::wire::codec::{DecodeError, Reader};
use crate::wire::records::offsets::{
    GroupMetadataKey, GroupMetadataValue, MemberMetadata as MemberRecord, OffsetCommitKey, OffsetCommitValue,
};
use crate::wire::schema::Message;

const OFFSET_KEYS: std::ops::RangeInclusive<i16> = 0..=1;
const OFFSET_KEY: i16 = 1;
const GROUP_KEY: i16 = 2;

const OFFSET_VALUE: i16 = 4;
const OFFSET_VALUE_WITH_EXPIRY: i16 = 1;
const GROUP_VALUE: i16 = 3;

fn tagged(tag: i16, message: &impl Message, version: i16) -> Bytes {
    let mut out = Vec::with_capacity(64);
    out.extend_from_slice(&tag.to_be_bytes());
    message.write(&mut out, version);
    out.into()
}

/// Key and value of a record; no value is a tombstone.
pub(super) fn encode(record: &Record) -> (Bytes, Option<Bytes>) {
    match record {
        Record::Offset { group, topic, partition, value } => {
            let key = OffsetCommitKey { group: group.to_string(), topic: topic.to_string(), partition: *partition };
            (tagged(OFFSET_KEY, &key, 0), value.as_ref().map(encode_offset))
        }
        Record::Group { group, value } => {
            let key = GroupMetadataKey { group: group.to_string() };
            (tagged(GROUP_KEY, &key, 0), value.as_ref().map(encode_group))
        }
    }
}

fn encode_offset(offset: &CommittedOffset) -> Bytes {
    let version = if offset.expires_at.is_some() { OFFSET_VALUE_WITH_EXPIRY } else { OFFSET_VALUE };
    let value = OffsetCommitValue {
        offset: offset.offset.get(),
        leader_epoch: offset.leader_epoch.get(),
        metadata: offset.metadata.to_string(),
        commit_timestamp: offset.committed_at.get(),
        expire_timestamp: offset.expires_at.unwrap_or(TimestampMs::NONE).get(),
        topic_id: offset.topic_id,
    };
    tagged(version, &value, version)
}

fn encode_group(group: &GroupMetadata) -> Bytes {
    let text = |t: &Arc<str>| t.to_string();
    let value = GroupMetadataValue {
        protocol_type: text(&group.protocol_type),
        generation: group.generation,
        protocol: group.protocol.as_ref().map(text),
        leader: group.leader.as_ref().map(text),
        current_state_timestamp: group.state_since.get(),
        members: group
            .members
            .iter()
            .map(|m| MemberRecord {
                member_id: text(&m.member_id),
                group_instance_id: m.instance_id.as_ref().map(text),
                client_id: text(&m.client_id),
                client_host: text(&m.client_host),
                rebalance_timeout: m.rebalance_timeout_ms,
                session_timeout: m.session_timeout_ms,
                subscription: m.subscription.clone(),
                assignment: m.assignment.clone(),
            })
            .collect(),
    };
    tagged(GROUP_VALUE, &value, GROUP_VALUE)
}

/// Reads a record. None if its key is of a type that this machine does not keep (KIP-848 and later groups).
pub(super) fn decode(key: &[u8], value: Option<&[u8]>) -> Result<Option<Record>, DecodeError> {
    let mut key = Reader::new(Bytes::copy_from_slice(key));
    let kind = key.i16()?;
    let mut value = value.map(|v| Reader::new(Bytes::copy_from_slice(v)));
    if OFFSET_KEYS.contains(&kind) {
        let key = OffsetCommitKey::read(&mut key, 0)?;
        let value = match &mut value {
            Some(input) => Some(decode_offset(input)?),
            None => None,
        };
        let (group, topic) = (key.group.into(), key.topic.into());
        Ok(Some(Record::Offset { group, topic, partition: key.partition, value }))
    } else if kind == GROUP_KEY {
        let key = GroupMetadataKey::read(&mut key, 0)?;
        let value = match &mut value {
            Some(input) => Some(decode_group(input)?),
            None => None,
        };
        Ok(Some(Record::Group { group: key.group.into(), value }))
    } else {
        Ok(None)
    }
}

fn decode_offset(input: &mut Reader) -> Result<CommittedOffset, DecodeError> {
    let version = input.i16()?;
    let value = OffsetCommitValue::read(input, version)?;
    Ok(CommittedOffset {
        offset: Offset(value.offset),
        leader_epoch: LeaderEpoch(value.leader_epoch),
        metadata: value.metadata.into(),
        committed_at: TimestampMs(value.commit_timestamp),
        expires_at: Some(TimestampMs(value.expire_timestamp)).filter(|at| *at != TimestampMs::NONE),
        topic_id: value.topic_id,
    })
}

fn decode_group(input: &mut Reader) -> Result<GroupMetadata, DecodeError> {
    let version = input.i16()?;
    let value = GroupMetadataValue::read(input, version)?;
    Ok(GroupMetadata {
        protocol_type: value.protocol_type.into(),
        generation: value.generation,
        protocol: value.protocol.map(Arc::from),
        leader: value.leader.map(Arc::from),
        state_since: TimestampMs(value.current_state_timestamp),
        members: value
            .members
            .into_iter()
            .map(|m| MemberMetadata {
                member_id: m.member_id.into(),
                instance_id: m.group_instance_id.map(Arc::from),
                client_id: m.client_id.into(),
                client_host: m.client_host.into(),
                rebalance_timeout_ms: m.rebalance_timeout,
                session_timeout_ms: m.session_timeout,
                // The reader hands out slices of the record: copied, so that a group does not hold its whole batch.
                subscription: Bytes::copy_from_slice(&m.subscription),
                assignment: Bytes::copy_from_slice(&m.assignment),
            })
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Uuid;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|b| format!("{b:02x}")).collect()
    }

    fn committed() -> CommittedOffset {
        CommittedOffset {
            offset: Offset(42),
            leader_epoch: LeaderEpoch(7),
            metadata: "m".into(),
            committed_at: TimestampMs(0x0102),
            expires_at: None,
            topic_id: Uuid::ZERO,
        }
    }

    fn offset(value: Option<CommittedOffset>) -> Record {
        Record::Offset { group: "g".into(), topic: "t".into(), partition: 3, value }
    }

    // The expected bytes of these tests follow the schemas of Kafka 4.3 field by field.

    #[test]
    fn an_offset_is_written_at_version_4() {
        let (key, value) = encode(&offset(Some(committed())));
        assert_eq!(hex(&key), "0001000167000174000000 03".replace(' ', ""));
        let fields = ["0004", "000000000000002a", "00000007", "026d", "0000000000000102", "00"];
        assert_eq!(hex(&value.unwrap()), fields.concat());
    }

    #[test]
    fn an_offset_by_topic_id_carries_the_id_as_tag_0() {
        let (_, value) = encode(&offset(Some(CommittedOffset { topic_id: Uuid(1), ..committed() })));
        let fields = [
            "0004",
            "000000000000002a",
            "00000007",
            "026d",
            "0000000000000102",
            "010010",
            "00000000000000000000000000000001",
        ];
        assert_eq!(hex(&value.unwrap()), fields.concat());
    }

    #[test]
    fn an_offset_with_a_retention_of_its_own_is_written_at_version_1() {
        let (_, value) = encode(&offset(Some(CommittedOffset { expires_at: Some(TimestampMs(9)), ..committed() })));
        let fields = ["0001", "000000000000002a", "00016d", "0000000000000102", "0000000000000009"];
        assert_eq!(hex(&value.unwrap()), fields.concat());
    }

    #[test]
    fn a_group_is_written_at_version_3() {
        let member = MemberMetadata {
            member_id: "c-1".into(),
            instance_id: None,
            client_id: "c".into(),
            client_host: "/h".into(),
            rebalance_timeout_ms: 5,
            session_timeout_ms: 6,
            subscription: Bytes::from_static(b"s"),
            assignment: Bytes::from_static(b"a"),
        };
        let saved = GroupMetadata {
            protocol_type: "consumer".into(),
            generation: 2,
            protocol: Some("range".into()),
            leader: Some("c-1".into()),
            state_since: TimestampMs(0x0304),
            members: vec![member],
        };
        let (key, value) = encode(&Record::Group { group: "g".into(), value: Some(saved) });
        assert_eq!(hex(&key), "0002000167");
        let fields = [
            "0003",
            "0008636f6e73756d6572",
            "00000002",
            "000572616e6765",
            "0003632d31",
            "0000000000000304",
            "00000001",
            "0003632d31",
            "ffff",
            "000163",
            "00022f68",
            "00000005",
            "00000006",
            "0000000173",
            "0000000161",
        ];
        assert_eq!(hex(&value.unwrap()), fields.concat());
    }

    #[test]
    fn records_of_other_group_types_are_passed_over() {
        for kind in [3i16, 5, 11, 17, 99] {
            assert_eq!(decode(&kind.to_be_bytes(), None), Ok(None));
        }
        assert!(decode(&[0], None).is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(
            (offset_at, epoch, at) in (any::<i64>(), -1i32.., 0i64..),
            metadata in "\\PC{0,20}",
            expires in prop::option::of(0i64..),
            id in any::<u128>(),
        ) {
            let value = CommittedOffset {
                offset: Offset(offset_at),
                // Version 1 has neither epoch nor topic id.
                leader_epoch: LeaderEpoch(if expires.is_some() { -1 } else { epoch }),
                metadata: metadata.as_str().into(),
                committed_at: TimestampMs(at),
                expires_at: expires.map(TimestampMs),
                topic_id: Uuid(if expires.is_some() { 0 } else { id }),
            };
            for record in [offset(Some(value)), offset(None)] {
                let (key, value) = encode(&record);
                prop_assert_eq!(decode(&key, value.as_deref()), Ok(Some(record)));
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(key in prop::collection::vec(any::<u8>(), 0..40), value in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = decode(&key, Some(&value));
        }
    }
}
