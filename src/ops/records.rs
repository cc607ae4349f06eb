//! Taking old records out of partitions (KIP-107).

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::client::{At, ClientError, Cluster, Isolation, OffsetAt, Target, Topics};
use crate::model::{ErrorCode, TimestampMs};
use crate::ops::{OpsError, Result, offsets};
use crate::wire::messages::delete_records::{DeleteRecordsPartition, DeleteRecordsRequest, DeleteRecordsTopic};

/// What became of one partition: its first offset now, or why it kept its records.
pub type Deleted = Result<i64, ErrorCode>;

/// The offset that stands for the high watermark: delete all there is.
pub const HIGH_WATERMARK: i64 = -1;

/// Deletes the records before an offset of each partition.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked.
pub async fn delete(cluster: &Cluster, before: &BTreeMap<At, i64>) -> Result<BTreeMap<At, Deleted>> {
    let names: Vec<String> =
        before.keys().map(|(topic, _)| topic.clone()).collect::<BTreeSet<_>>().into_iter().collect();
    let mut found: BTreeMap<At, Deleted> = BTreeMap::new();
    // Leaders move: partitions whose leader was elsewhere are tried again with a fresh look, twice.
    let mut open: Vec<(At, i64)> = before.iter().map(|(at, offset)| (at.clone(), *offset)).collect();
    for last in [false, false, true] {
        let metadata = cluster.metadata(Topics::Named(&names)).await?;
        let (known, unknown): (Vec<_>, Vec<_>) = open.into_iter().partition(|((topic, partition), _)| {
            let topic = metadata.topics.get(topic).filter(|t| t.error.is_ok());
            topic.is_some_and(|t| t.partitions.iter().any(|p| p.index == *partition))
        });
        for (at, _) in unknown {
            let topic = metadata.topics.get(&at.0).map_or(ErrorCode::UnknownTopicOrPartition, |t| t.error);
            found.insert(at, Err(if topic.is_ok() { ErrorCode::UnknownTopicOrPartition } else { topic }));
        }
        let (led, leaderless) = cluster.by_leader(known, |((topic, partition), _)| (topic.as_str(), *partition));
        let mut again: Vec<((At, i64), ErrorCode)> =
            leaderless.into_iter().map(|item| (item, ErrorCode::LeaderNotAvailable)).collect();
        for (leader, items) in led {
            again.extend(ask(cluster, leader, items, &mut found).await?);
        }
        if last || again.is_empty() {
            found.extend(again.into_iter().map(|((at, _), code)| (at, Err(code))));
            break;
        }
        open = again.into_iter().map(|(item, _)| item).collect();
        tokio::time::sleep(cluster.config().retry_backoff).await;
    }
    Ok(found)
}

/// Asks one leader; gives back what it does not lead.
async fn ask(
    cluster: &Cluster,
    leader: i32,
    items: Vec<(At, i64)>,
    found: &mut BTreeMap<At, Deleted>,
) -> Result<Vec<((At, i64), ErrorCode)>> {
    let mut topics: BTreeMap<&str, Vec<DeleteRecordsPartition>> = BTreeMap::new();
    for ((topic, partition), offset) in &items {
        topics.entry(topic).or_default().push(DeleteRecordsPartition { partition_index: *partition, offset: *offset });
    }
    let topic = |(name, partitions): (&str, _)| DeleteRecordsTopic { name: name.to_owned(), partitions };
    let timeout_ms = i32::try_from(cluster.config().request_timeout.as_millis()).unwrap_or(i32::MAX);
    let request = DeleteRecordsRequest { topics: topics.into_iter().map(topic).collect(), timeout_ms };
    let answer = match cluster.request(Target::Broker(leader), &request).await {
        Ok(answer) => answer,
        Err(e) if e.is_unreachable() => {
            return Ok(items.into_iter().map(|item| (item, ErrorCode::BrokerNotAvailable)).collect());
        }
        Err(e) => return Err(e.into()),
    };
    let mut again = Vec::new();
    for (at, offset) in items {
        let partitions = answer.topics.iter().filter(|t| t.name == at.0).flat_map(|t| &t.partitions);
        match partitions.into_iter().find(|p| p.partition_index == at.1) {
            None => drop(found.insert(at, Err(ErrorCode::UnknownServerError))),
            Some(p) => match ErrorCode::from_code(p.error_code) {
                ErrorCode::None => drop(found.insert(at, Ok(p.low_watermark))),
                code if Cluster::is_leadership_error(code) => again.push(((at, offset), code)),
                code => drop(found.insert(at, Err(code))),
            },
        }
    }
    Ok(again)
}

/// Up to where a topic is trimmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrimTo {
    /// The first offset to keep.
    Offset(i64),
    /// The time of the first record to keep.
    Time(TimestampMs),
    /// The end as it is now.
    End,
}

/// A partition before and after.
#[derive(Clone, Debug, Serialize)]
pub struct Trim {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// Its first offset.
    pub start: i64,
    /// Its end.
    pub end: i64,
    /// Its first offset afterwards.
    pub to: i64,
    /// Why it could not be done.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "code_name")]
    pub error: Option<ErrorCode>,
}

fn code_name<S: serde::Serializer>(code: &Option<ErrorCode>, out: S) -> std::result::Result<S::Ok, S::Error> {
    out.serialize_str(code.map_or("", ErrorCode::name))
}

impl Trim {
    /// How many offsets go away.
    pub fn records(&self) -> i64 {
        (self.to - self.start).max(0)
    }
}

/// Finds out what trimming would delete.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked, the topic or a partition is not there, or an offset lies
/// beyond a partition's end.
pub async fn plan(cluster: &Cluster, topic: &str, partitions: Option<&[i32]>, to: TrimTo) -> Result<Vec<Trim>> {
    let topics = [topic.to_owned()];
    let isolation = Isolation::ReadUncommitted;
    let get = async |at| offsets::get(cluster, &topics, partitions, at, isolation).await;
    let (starts, ends) = (get(OffsetAt::Earliest).await?, get(OffsetAt::Latest).await?);
    let targets = match to {
        TrimTo::Time(time) => Some(get(OffsetAt::Time(time)).await?),
        TrimTo::Offset(_) | TrimTo::End => None,
    };
    let mut plan = Vec::new();
    for (row, (start, end)) in starts.iter().zip(&ends).enumerate() {
        let name = format!("{topic}-{}", start.partition);
        let offset = |found: &offsets::LookedUp| {
            let code = found.error.unwrap_or(ErrorCode::UnknownServerError);
            found.offset.ok_or_else(|| ClientError::refused(name.as_str(), code, None))
        };
        let (first, last) = (offset(start)?, offset(end)?);
        let target = match to {
            TrimTo::Offset(offset) if offset > last => {
                return Err(OpsError::Invalid(format!(
                    "{name} ends at {last}: there is no offset {offset} to begin with"
                )));
            }
            TrimTo::Offset(offset) => offset,
            TrimTo::End => last,
            // No record that late: all there are are older.
            TrimTo::Time(_) => {
                let found = targets.as_ref().and_then(|rows| rows.get(row));
                if let Some(code) = found.and_then(|found| found.error) {
                    return Err(ClientError::refused(name, code, None).into());
                }
                found.and_then(|found| found.offset).unwrap_or(last)
            }
        };
        let (topic, partition) = (topic.to_owned(), start.partition);
        plan.push(Trim { topic, partition, start: first, end: last, to: target.max(first), error: None });
    }
    Ok(plan)
}

/// Carries out a plan, and says of each partition where it begins now.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked.
pub async fn trim(cluster: &Cluster, mut plan: Vec<Trim>) -> Result<Vec<Trim>> {
    let changed = plan.iter().filter(|t| t.records() > 0);
    let before: BTreeMap<At, i64> = changed.map(|t| ((t.topic.clone(), t.partition), t.to)).collect();
    let deleted = delete(cluster, &before).await?;
    for trim in &mut plan {
        match deleted.get(&(trim.topic.clone(), trim.partition)) {
            Some(Ok(low)) => trim.to = *low,
            Some(Err(code)) => (trim.to, trim.error) = (trim.start, Some(*code)),
            None => {}
        }
    }
    Ok(plan)
}
