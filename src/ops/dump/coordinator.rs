//! Records of the topics that coordinators keep their state in, as the JSON that Kafka's tools make of them.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::wire::codec::{DecodeError, Reader};
use crate::wire::records::consumer_assignment::ConsumerProtocolAssignment;
use crate::wire::records::consumer_group as consumer;
use crate::wire::records::consumer_protocol::ConsumerProtocolSubscription;
use crate::wire::records::offsets::{GroupMetadataKey, GroupMetadataValue, OffsetCommitKey, OffsetCommitValue};
use crate::wire::records::share_group as share;
use crate::wire::records::streams_group as streams;
use crate::wire::records::transaction::{TransactionLogKey, TransactionLogValue};
use crate::wire::schema::Message;

/// A topic whose records are a type and a key, a version and a value (`CoordinatorRecordSerde`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoordinatorTopic {
    /// `__consumer_offsets`.
    Offsets,
    /// `__transaction_state`.
    Transactions,
    /// `__share_group_state`.
    ShareState,
}

/// The type of a classic group's record.
pub const GROUP_METADATA: i16 = 2;

/// One record.
#[derive(Clone, Debug, PartialEq)]
pub struct CoordinatorRecord {
    /// Which kind.
    pub ty: i16,
    /// The fields of its key.
    pub key: Value,
    /// The version and the fields of its value; `None` for a tombstone.
    pub value: Option<(i16, Value)>,
}

/// Why a coordinator's record has no words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It is of a kind that this build does not know.
    UnknownType(i16),
    /// What is wrong, in Kafka's words.
    Broken(String),
}

impl CoordinatorRecord {
    /// Reads a record. What consumers said and got in a classic group stays base64 unless `opened`.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn read(
        topic: CoordinatorTopic,
        key: &[u8],
        value: Option<&[u8]>,
        opened: bool,
    ) -> Result<CoordinatorRecord, Unreadable> {
        let version_of = |input: &mut Reader, part: &str| {
            input.i16().map_err(|_| Unreadable::Broken(format!("Could not read version from {part}'s buffer.")))
        };
        let mut input = Reader::new(Bytes::copy_from_slice(key));
        let ty = version_of(&mut input, "key")?;
        let key = match topic {
            CoordinatorTopic::Offsets => offsets_key(ty, &mut input)?,
            CoordinatorTopic::Transactions if ty == 0 => key_of::<TransactionLogKey>(&mut input)?,
            CoordinatorTopic::ShareState if matches!(ty, 0 | 1) => key_of::<share::ShareStateKey>(&mut input)?,
            _ => return Err(Unreadable::UnknownType(ty)),
        };
        let Some(value) = value else { return Ok(CoordinatorRecord { ty, key, value: None }) };
        let mut input = Reader::new(Bytes::copy_from_slice(value));
        let version = version_of(&mut input, "value")?;
        let value = match (topic, ty) {
            (CoordinatorTopic::Offsets, GROUP_METADATA) if opened => {
                group_metadata(&value_of(version, &mut input)?, version)
            }
            (CoordinatorTopic::Offsets, _) => offsets_value(ty, version, &mut input)?,
            (CoordinatorTopic::Transactions, _) => json_of::<TransactionLogValue>(version, &mut input)?,
            (CoordinatorTopic::ShareState, 0) => json_of::<share::ShareSnapshotValue>(version, &mut input)?,
            (CoordinatorTopic::ShareState, _) => json_of::<share::ShareUpdateValue>(version, &mut input)?,
        };
        Ok(CoordinatorRecord { ty, key, value: Some((version, value)) })
    }

    /// Key and value in one object, as Kafka's message formatters print them.
    pub fn to_json(&self) -> Value {
        let value = match &self.value {
            Some((version, data)) => json!({"version": version, "data": data}),
            None => Value::Null,
        };
        json!({"key": {"type": self.ty, "data": self.key}, "value": value})
    }
}

fn key_of<M: Message>(input: &mut Reader) -> Result<Value, Unreadable> {
    M::read(input, 0).map(|key| key.to_json(0)).map_err(|error| broken("key", 0, &error))
}

fn value_of<M: Message>(version: i16, input: &mut Reader) -> Result<M, Unreadable> {
    M::read(input, version).map_err(|error| broken("value", version, &error))
}

fn json_of<M: Message>(version: i16, input: &mut Reader) -> Result<Value, Unreadable> {
    Ok(value_of::<M>(version, input)?.to_json(version))
}

fn broken(part: &str, version: i16, error: &DecodeError) -> Unreadable {
    Unreadable::Broken(format!("Could not read record with version {version} from {part}'s buffer due to: {error}."))
}

fn offsets_key(ty: i16, input: &mut Reader) -> Result<Value, Unreadable> {
    match ty {
        0 | 1 => key_of::<OffsetCommitKey>(input),
        GROUP_METADATA => key_of::<GroupMetadataKey>(input),
        3 | 4 | 6 | 11 | 12 | 15 | 17 | 20 | 23 => key_of::<consumer::GroupKey>(input),
        5 | 7 | 8 | 10 | 13 | 14 | 19 | 21 | 22 => key_of::<consumer::MemberKey>(input),
        16 => key_of::<consumer::ConsumerGroupRegularExpressionKey>(input),
        ty => Err(Unreadable::UnknownType(ty)),
    }
}

fn offsets_value(ty: i16, version: i16, input: &mut Reader) -> Result<Value, Unreadable> {
    match ty {
        0 | 1 => json_of::<OffsetCommitValue>(version, input),
        GROUP_METADATA => json_of::<GroupMetadataValue>(version, input),
        3 => json_of::<consumer::ConsumerGroupMetadataValue>(version, input),
        4 => json_of::<consumer::ConsumerGroupPartitionMetadataValue>(version, input),
        5 => json_of::<consumer::ConsumerGroupMemberMetadataValue>(version, input),
        6 | 12 | 20 => json_of::<consumer::TargetAssignmentMetadataValue>(version, input),
        7 | 13 => json_of::<consumer::TargetAssignmentMemberValue>(version, input),
        8 => json_of::<consumer::ConsumerGroupCurrentMemberAssignmentValue>(version, input),
        10 => json_of::<share::ShareGroupMemberMetadataValue>(version, input),
        11 => json_of::<share::ShareGroupMetadataValue>(version, input),
        14 => json_of::<share::ShareGroupCurrentMemberAssignmentValue>(version, input),
        15 => json_of::<share::ShareGroupStatePartitionMetadataValue>(version, input),
        16 => json_of::<consumer::ConsumerGroupRegularExpressionValue>(version, input),
        17 => json_of::<streams::StreamsGroupMetadataValue>(version, input),
        19 => json_of::<streams::StreamsGroupMemberMetadataValue>(version, input),
        21 => json_of::<streams::StreamsGroupTargetAssignmentMemberValue>(version, input),
        22 => json_of::<streams::StreamsGroupCurrentMemberAssignmentValue>(version, input),
        23 => json_of::<streams::StreamsGroupTopologyValue>(version, input),
        ty => Err(Unreadable::UnknownType(ty)),
    }
}

/// The JSON of a classic group, with what consumers said and got opened up where it can be read.
fn group_metadata(group: &GroupMetadataValue, version: i16) -> Value {
    let mut json = group.to_json(version);
    if group.protocol_type != "consumer" {
        return json;
    }
    let members = json.get_mut("members").and_then(Value::as_array_mut);
    for (member, json) in group.members.iter().zip(members.into_iter().flatten()) {
        let Some(fields) = json.as_object_mut() else { continue };
        replace::<ConsumerProtocolSubscription>(fields, "subscription", &member.subscription);
        replace::<ConsumerProtocolAssignment>(fields, "assignment", &member.assignment);
    }
    json
}

fn replace<M: Message>(fields: &mut Map<String, Value>, name: &str, bytes: &Bytes) {
    let mut input = Reader::new(bytes.clone());
    let opened = input.i16().and_then(|version| M::read(&mut input, version).map(|message| message.to_json(version)));
    if let (Some(field), Ok(opened)) = (fields.get_mut(name), opened) {
        *field = opened;
    }
}
