//! Records of `__remote_log_metadata` in the words of Kafka's objects (`RemoteLogMetadata.toString`).

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::wire::codec::Reader;
use crate::wire::records::remote_log::{
    RemoteLogSegmentIdEntry, RemoteLogSegmentMetadataRecord, RemoteLogSegmentMetadataSnapshotRecord,
    RemoteLogSegmentMetadataUpdateRecord, RemotePartitionDeleteMetadataRecord, SegmentLeaderEpochEntry,
    TopicIdPartitionEntry,
};
use crate::wire::schema::Message;

/// Puts a record's value into words.
///
/// # Errors
/// Why it is no such record.
pub(super) fn words(value: &[u8]) -> Result<String, String> {
    let mut input = Reader::new(Bytes::copy_from_slice(value));
    let mut number = || input.uvarint().map_err(|error| error.to_string());
    // As Kafka's `AbstractApiMessageSerde` frames them.
    let frame = number()?;
    if frame != 1 {
        return Err(format!(
            "Could not deserialize metadata record due to unknown frame version {frame}(only frame version 1 is supported)"
        ));
    }
    let (id, version) = (number()?, number()?);
    let version = i16::try_from(version).map_err(|_| format!("version {version} is not known"))?;
    match id {
        0 => segment(&read(&mut input, version)?),
        1 => update(&read(&mut input, version)?),
        2 => deleted(&read(&mut input, version)?),
        3 => snapshot(&read(&mut input, version)?),
        id => Err(format!("Unknown metadata id {id}")),
    }
}

fn read<M: Message>(input: &mut Reader, version: i16) -> Result<M, String> {
    M::read(input, version).map_err(|error| error.to_string())
}

fn segment(r: &RemoteLogSegmentMetadataRecord) -> Result<String, String> {
    let epochs = checked(r.start_offset, r.end_offset, &r.segment_leader_epochs)?;
    Ok(format!(
        "RemoteLogSegmentMetadata{{remoteLogSegmentId={}, startOffset={}, endOffset={}, brokerId={}, maxTimestampMs={}, \
         eventTimestampMs={}, segmentLeaderEpochs={epochs}, segmentSizeInBytes={}, customMetadata={}, state={}, \
         txnIdxEmpty={}}}",
        id(&r.remote_log_segment_id),
        r.start_offset,
        r.end_offset,
        r.broker_id,
        r.max_timestamp_ms,
        r.event_timestamp_ms,
        r.segment_size_in_bytes,
        custom(r.custom_metadata.as_ref()),
        segment_state(r.remote_log_segment_state)?,
        r.txn_index_empty,
    ))
}

fn update(r: &RemoteLogSegmentMetadataUpdateRecord) -> Result<String, String> {
    Ok(format!(
        "RemoteLogSegmentMetadataUpdate{{remoteLogSegmentId={}, customMetadata={}, state={}, eventTimestampMs={}, \
         brokerId={}}}",
        id(&r.remote_log_segment_id),
        custom(r.custom_metadata.as_ref()),
        segment_state(r.remote_log_segment_state)?,
        r.event_timestamp_ms,
        r.broker_id,
    ))
}

fn deleted(r: &RemotePartitionDeleteMetadataRecord) -> Result<String, String> {
    let state = match r.remote_partition_delete_state {
        0 => "DELETE_PARTITION_MARKED",
        1 => "DELETE_PARTITION_STARTED",
        2 => "DELETE_PARTITION_FINISHED",
        _ => return Err("state can not be null".to_owned()),
    };
    Ok(format!(
        "RemotePartitionDeleteMetadata{{topicPartition={}, state={state}, eventTimestampMs={}, brokerId={}}}",
        partition(&r.topic_id_partition),
        r.event_timestamp_ms,
        r.broker_id,
    ))
}

fn snapshot(r: &RemoteLogSegmentMetadataSnapshotRecord) -> Result<String, String> {
    Ok(format!(
        "RemoteLogSegmentMetadataSnapshot{{segmentId={}, startOffset={}, endOffset={}, maxTimestampMs={}, \
         segmentLeaderEpochs={}, segmentSizeInBytes={}, customMetadata={}, state={}, txnIdxEmpty={}}}",
        r.segment_id,
        r.start_offset,
        r.end_offset,
        r.max_timestamp_ms,
        checked(r.start_offset, r.end_offset, &r.segment_leader_epochs)?,
        r.segment_size_in_bytes,
        custom(r.custom_metadata.as_ref()),
        segment_state(r.remote_log_segment_state)?,
        r.txn_index_empty,
    ))
}

fn partition(p: &TopicIdPartitionEntry) -> String {
    format!("{}:{}-{}", p.id, p.name, p.partition)
}

fn id(id: &RemoteLogSegmentIdEntry) -> String {
    format!("RemoteLogSegmentId{{topicIdPartition={}, id={}}}", partition(&id.topic_id_partition), id.id)
}

fn custom(metadata: Option<&Bytes>) -> String {
    match metadata {
        Some(bytes) => format!("Optional[CustomMetadata{{{} bytes}}]", bytes.len()),
        None => "Optional.empty".to_owned(),
    }
}

fn segment_state(state: i8) -> Result<&'static str, String> {
    match state {
        0 => Ok("COPY_SEGMENT_STARTED"),
        1 => Ok("COPY_SEGMENT_FINISHED"),
        2 => Ok("DELETE_SEGMENT_STARTED"),
        3 => Ok("DELETE_SEGMENT_FINISHED"),
        _ => Err("state can not be null".to_owned()),
    }
}

/// The leader epochs as Java prints a sorted map, after the checks that the objects make of themselves.
fn checked(start: i64, end: i64, epochs: &[SegmentLeaderEpochEntry]) -> Result<String, String> {
    if start < 0 {
        return Err(format!("Unexpected start offset = {start}. StartOffset for a remote segment cannot be negative"));
    }
    if end < start {
        return Err(format!(
            "Unexpected end offset = {end}. EndOffset for a remote segment cannot be less than startOffset = {start}"
        ));
    }
    let epochs: BTreeMap<i32, i64> = epochs.iter().map(|e| (e.leader_epoch, e.offset)).collect();
    if epochs.is_empty() {
        return Err("segmentLeaderEpochs can not be null or empty".to_owned());
    }
    let pairs: Vec<String> = epochs.iter().map(|(epoch, offset)| format!("{epoch}={offset}")).collect();
    Ok(format!("{{{}}}", pairs.join(", ")))
}
