//! What keys and values mean: plain text and numbers, or the records that Kafka keeps in its own topics.

use bytes::Bytes;
use serde_json::{Value, json};

use super::coordinator::{CoordinatorRecord, CoordinatorTopic, Unreadable};
use super::{RecordView, remote_log};
use crate::wire::batch::{BatchError, ControlRecordType, EndTxnMarker};
use crate::wire::codec::{DecodeError, Reader};
use crate::wire::records::control::{
    KRaftVersionRecord, LeaderChangeMessage, SnapshotFooterRecord, SnapshotHeaderRecord,
};
use crate::wire::records::metadata::MetadataRecord;
use crate::wire::records::voters::VotersRecord;
use crate::wire::schema::Message;

/// How to read keys and values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decoder {
    /// As they are.
    Plain {
        /// The keys' form.
        key: Plain,
        /// The values' form.
        value: Plain,
    },
    /// Records of `__consumer_offsets`.
    Offsets,
    /// Records of `__transaction_state`.
    Transactions,
    /// Records of `__share_group_state`.
    ShareGroupState,
    /// Records of `__remote_log_metadata`.
    RemoteLogMetadata,
    /// Records of `__cluster_metadata`.
    ClusterMetadata,
}

/// A form of plain bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plain {
    /// UTF-8; what is not becomes U+FFFD.
    Text,
    /// 64-bit big-endian.
    Long,
    /// 32-bit big-endian.
    Integer,
}

/// A record's key and value in words; `None` is nothing to show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    /// The key.
    pub key: Option<String>,
    /// The value.
    pub payload: Option<String>,
}

/// What a control record says.
#[derive(Clone, Debug, PartialEq)]
pub enum Control {
    /// The end of a transaction.
    EndTransaction(EndTxnMarker),
    /// A record of the metadata quorum: its name and body.
    Quorum {
        /// The name that Kafka's dump gives it.
        name: &'static str,
        /// Its fields.
        body: Value,
    },
    /// A type that this build does not know.
    Unknown(i16),
}

impl Decoder {
    /// UTF-8 keys and values.
    pub const TEXT: Decoder = Decoder::Plain { key: Plain::Text, value: Plain::Text };

    /// Puts a record into words.
    ///
    /// # Errors
    /// The reason why the whole dump cannot go on, in Kafka's words; a record that merely does not parse is described in
    /// its own place instead.
    pub fn decode(self, record: &RecordView<'_>) -> Result<Decoded, String> {
        match self {
            Decoder::Plain { key, value } => Ok(Decoded {
                key: record.key.map(|bytes| key.show(bytes)).transpose()?,
                payload: record.value.map(|bytes| value.show(bytes)).transpose()?,
            }),
            Decoder::Offsets => coordinator(record, CoordinatorTopic::Offsets),
            Decoder::Transactions => coordinator(record, CoordinatorTopic::Transactions),
            Decoder::ShareGroupState => coordinator(record, CoordinatorTopic::ShareState),
            Decoder::RemoteLogMetadata => Ok(Decoded {
                key: None,
                payload: Some(
                    remote_log::words(record.value.unwrap_or_default())
                        .unwrap_or_else(|why| format!("Error at offset {}, skipping. {why}", record.offset.0)),
                ),
            }),
            Decoder::ClusterMetadata => Ok(Decoded { key: None, payload: Some(metadata(record)) }),
        }
    }
}

impl Plain {
    fn show(self, bytes: &[u8]) -> Result<String, String> {
        let wrong_size = |needed: usize| {
            let have = bytes.len();
            Err(format!("the field has {have} bytes where the decoder needs {needed}"))
        };
        match self {
            Plain::Text => Ok(String::from_utf8_lossy(bytes).into_owned()),
            Plain::Long => match bytes.try_into() {
                Ok(bytes) => Ok(i64::from_be_bytes(bytes).to_string()),
                Err(_) => wrong_size(8),
            },
            Plain::Integer => match bytes.try_into() {
                Ok(bytes) => Ok(i32::from_be_bytes(bytes).to_string()),
                Err(_) => wrong_size(4),
            },
        }
    }
}

/// A coordinator's record as Kafka's dump shows it.
fn coordinator(record: &RecordView<'_>, topic: CoordinatorTopic) -> Result<Decoded, String> {
    let offset = record.offset.0;
    let Some(key) = record.key else {
        return Err(format!(
            "Failed to decode message at offset {offset} using the specified decoder (message had a missing key)"
        ));
    };
    Ok(match CoordinatorRecord::read(topic, key, record.value, true) {
        Ok(CoordinatorRecord { ty, key, value }) => Decoded {
            key: Some(jackson(&json!({"type": ty.to_string(), "data": key}))),
            payload: Some(match value {
                Some((version, data)) => jackson(&json!({"version": version.to_string(), "data": data})),
                None => "<DELETE>".to_owned(),
            }),
        },
        Err(why) => Decoded {
            key: Some(match why {
                Unreadable::UnknownType(ty) => format!("Unknown record type {ty} at offset {offset}, skipping."),
                Unreadable::Broken(reason) => format!("Error at offset {offset}, skipping. {reason}"),
            }),
            payload: None,
        },
    })
}

fn metadata(record: &RecordView<'_>) -> String {
    let value = Bytes::copy_from_slice(record.value.unwrap_or_default());
    match MetadataRecord::from_value(value) {
        Ok((message, version)) => jackson(&message.to_json(version)),
        Err(error) => format!("Error at {}, skipping. {error}", record.offset.0),
    }
}

/// Reads a control record.
///
/// # Errors
/// When key or body are malformed.
pub fn control_record(record: &RecordView<'_>) -> Result<Control, BatchError> {
    let ty = ControlRecordType::from_key(record.key)?;
    let body = record.value.unwrap_or_default();
    let quorum = |name, read: fn(&[u8]) -> Result<Value, DecodeError>| match read(body) {
        Ok(body) => Ok(Control::Quorum { name, body }),
        Err(_) => Err(BatchError::BadRecord { index: 0, reason: "control record body" }),
    };
    match ty {
        ControlRecordType::Abort | ControlRecordType::Commit => {
            let marker = EndTxnMarker::read(record.key, record.value)?;
            Ok(marker.map_or(Control::Unknown(ty.id()), Control::EndTransaction))
        }
        ControlRecordType::LeaderChange => quorum("LeaderChange", quorum_body::<LeaderChangeMessage>),
        ControlRecordType::SnapshotHeader => quorum("SnapshotHeader", quorum_body::<SnapshotHeaderRecord>),
        ControlRecordType::SnapshotFooter => quorum("SnapshotFooter", quorum_body::<SnapshotFooterRecord>),
        ControlRecordType::KRaftVersion => quorum("KRaftVersion", quorum_body::<KRaftVersionRecord>),
        ControlRecordType::KRaftVoters => quorum("KRaftVoters", quorum_body::<VotersRecord>),
        ControlRecordType::Unknown(id) => Ok(Control::Unknown(id)),
    }
}

/// The first field of every such body is its own version.
fn quorum_body<M: Message>(body: &[u8]) -> Result<Value, DecodeError> {
    let bytes = Bytes::copy_from_slice(body);
    let version = Reader::new(bytes.clone()).i16()?;
    Ok(M::read(&mut Reader::new(bytes), version)?.to_json(version))
}

/// JSON in one line as Jackson writes it: control characters escape to upper-case hex.
pub fn jackson(value: &Value) -> String {
    let text = value.to_string();
    if !text.contains("\\u00") {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        out.push(c);
        if c == '\\' {
            match chars.next() {
                Some('u') => {
                    out.push('u');
                    out.extend(chars.by_ref().take(4).map(|hex| hex.to_ascii_uppercase()));
                }
                Some(escaped) => out.push(escaped),
                None => {}
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Offset, Sequence, TimestampMs};
    use crate::wire::batch::Headers;
    use crate::wire::records::offsets::{OffsetCommitKey, OffsetCommitValue};

    fn record<'a>(key: Option<&'a [u8]>, value: Option<&'a [u8]>) -> RecordView<'a> {
        RecordView {
            offset: Offset(5),
            timestamp: TimestampMs(0),
            key,
            value,
            headers: Headers::default(),
            sequence: Sequence::NONE,
            legacy: None,
        }
    }

    #[test]
    fn a_commit_reads_as_kafka_prints_it_and_its_tombstone_as_delete() {
        let mut key = vec![0, 1];
        key.extend(OffsetCommitKey { group: "g".into(), topic: "t".into(), partition: 3 }.to_bytes(0));
        let mut value = vec![0, 3];
        let commit =
            OffsetCommitValue { offset: 7, metadata: "a\u{1f}b".into(), commit_timestamp: 9, ..Default::default() };
        value.extend(commit.to_bytes(3));
        let decoded = Decoder::Offsets.decode(&record(Some(&key), Some(&value))).unwrap();
        assert_eq!(decoded.key.as_deref(), Some(r#"{"type":"1","data":{"group":"g","topic":"t","partition":3}}"#));
        assert_eq!(
            decoded.payload.as_deref(),
            Some(r#"{"version":"3","data":{"offset":7,"leaderEpoch":-1,"metadata":"a\u001Fb","commitTimestamp":9}}"#)
        );
        let tombstone = Decoder::Offsets.decode(&record(Some(&key), None)).unwrap();
        assert_eq!(tombstone.payload.as_deref(), Some("<DELETE>"));
    }

    #[test]
    fn what_cannot_be_read_is_said_where_the_key_would_stand() {
        let unknown = Decoder::Offsets.decode(&record(Some(&[0, 99]), None)).unwrap();
        assert_eq!(unknown.key.as_deref(), Some("Unknown record type 99 at offset 5, skipping."));
        assert_eq!(unknown.payload, None);
        let keyless = Decoder::Transactions.decode(&record(None, Some(b"x"))).unwrap_err();
        assert!(keyless.contains("(message had a missing key)"));
    }

    #[test]
    fn plain_forms() {
        let numbers = Decoder::Plain { key: Plain::Long, value: Plain::Integer };
        let decoded = numbers.decode(&record(Some(&[0, 0, 0, 0, 0, 0, 1, 0]), Some(&[255, 255, 255, 255]))).unwrap();
        assert_eq!((decoded.key.as_deref(), decoded.payload.as_deref()), (Some("256"), Some("-1")));
        assert!(numbers.decode(&record(Some(b"short"), None)).is_err());
        let text = Decoder::TEXT.decode(&record(None, Some(b"caf\xc3\xa9 \xff"))).unwrap();
        assert_eq!((text.key, text.payload.as_deref()), (None, Some("café \u{fffd}")));
    }
}
