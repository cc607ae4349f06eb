//! Finding offsets: the ends of a log, or the first record at or after a time.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::routing::is_leadership;
use super::{Backoff, Cluster, Result, Target};
use crate::model::{ErrorCode, TimestampMs};
use crate::wire::messages::list_offsets::{
    ListOffsetsPartition, ListOffsetsPartitionResponse, ListOffsetsRequest, ListOffsetsResponse, ListOffsetsTopic,
};

/// What a reader may see of transactions (`isolation.level`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Isolation {
    /// Everything up to the high watermark.
    #[default]
    ReadUncommitted = 0,
    /// Nothing of transactions that are open or aborted.
    ReadCommitted = 1,
}

/// Which offset of a partition is meant (`OffsetSpec`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OffsetAt {
    /// The first record kept.
    Earliest,
    /// The end: high watermark, or last stable offset when reading committed.
    Latest,
    /// The record with the largest timestamp (KIP-734).
    MaxTimestamp,
    /// The first record on local disk when old ones are tiered (KIP-405).
    EarliestLocal,
    /// The newest record in tiered storage (KIP-1005).
    LatestTiered,
    /// The first record that still has to go to tiered storage (KIP-1023).
    EarliestPendingUpload,
    /// The first record with this timestamp or a later one.
    Time(TimestampMs),
}

impl OffsetAt {
    /// As the wire writes it.
    pub const fn timestamp(self) -> i64 {
        match self {
            OffsetAt::Latest => -1,
            OffsetAt::Earliest => -2,
            OffsetAt::MaxTimestamp => -3,
            OffsetAt::EarliestLocal => -4,
            OffsetAt::LatestTiered => -5,
            OffsetAt::EarliestPendingUpload => -6,
            OffsetAt::Time(at) => at.0,
        }
    }
}

/// What a partition's leader answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundOffset {
    /// The offset; -1 when no record is at or after the time.
    pub offset: i64,
    /// Timestamp of the record found; -1 for the ends.
    pub timestamp: i64,
    /// Leader epoch of the record found; -1 if unknown.
    pub leader_epoch: i32,
}

/// A partition by name.
pub type At = (String, i32);

impl Cluster {
    /// Asks the leaders of many partitions at once. Each partition gets its own answer or its own error, so that one
    /// partition without leader does not take the others with it.
    ///
    /// # Errors
    /// [`super::ClientError`] when the cluster cannot be asked at all.
    pub async fn list_offsets(
        &self,
        wanted: impl IntoIterator<Item = (At, OffsetAt)>,
        isolation: Isolation,
    ) -> Result<BTreeMap<At, Result<FoundOffset, ErrorCode>>> {
        let mut open: BTreeMap<At, OffsetAt> = wanted.into_iter().collect();
        let mut found = BTreeMap::new();
        let mut backoff = Backoff::new(self.config());
        let topics: BTreeSet<String> = open.keys().map(|(topic, _)| topic.clone()).collect();
        let unknown: Vec<String> =
            open.keys().filter(|(t, p)| self.leader(t, *p).is_none()).map(|(t, _)| t.clone()).collect();
        let unknown: BTreeSet<String> = unknown.into_iter().collect();
        self.refresh_leaders(&unknown.into_iter().collect::<Vec<_>>()).await?;
        for attempt in 0.. {
            let (led, leaderless) = self.by_leader(std::mem::take(&mut open), |((topic, p), _)| (topic, *p));
            let mut retry: Vec<((At, OffsetAt), ErrorCode)> =
                leaderless.into_iter().map(|item| (item, ErrorCode::LeaderNotAvailable)).collect();
            let mut answers = tokio::task::JoinSet::new();
            for (leader, items) in led {
                let cluster = self.clone();
                let request = request(&items, isolation, self.config().request_timeout.as_millis() as i32);
                answers.spawn(async move {
                    let answer = match cluster.connection(Target::Broker(leader)).await {
                        Ok(connection) => connection.send(&request).await,
                        Err(e) => Err(e),
                    };
                    (items, answer)
                });
            }
            while let Some(done) = answers.join_next().await {
                let Ok((items, answer)) = done else { continue };
                match answer {
                    Ok(response) => sort_answers(items, &response, &mut found, &mut retry),
                    Err(e) if e.is_unreachable() => {
                        retry.extend(items.into_iter().map(|item| (item, ErrorCode::BrokerNotAvailable)));
                    }
                    Err(e) => return Err(e),
                }
            }
            // Two more looks at the leaders settle an election; a partition that stays without one is told as such.
            if retry.is_empty() || attempt >= 2 || !backoff.pause().await {
                found.extend(retry.into_iter().map(|((at, _), code)| (at, Err(code))));
                break;
            }
            self.refresh_leaders(&topics.iter().cloned().collect::<Vec<_>>()).await?;
            open.extend(retry.into_iter().map(|(item, _)| item));
        }
        Ok(found)
    }
}

fn request(items: &[(At, OffsetAt)], isolation: Isolation, timeout_ms: i32) -> ListOffsetsRequest {
    let mut topics: BTreeMap<&str, Vec<ListOffsetsPartition>> = BTreeMap::new();
    for ((topic, partition), at) in items {
        topics.entry(topic).or_default().push(ListOffsetsPartition {
            partition_index: *partition,
            timestamp: at.timestamp(),
            ..Default::default()
        });
    }
    let topic = |(name, partitions): (&str, _)| ListOffsetsTopic { name: name.to_owned(), partitions };
    ListOffsetsRequest {
        replica_id: -1,
        isolation_level: isolation as i8,
        topics: topics.into_iter().map(topic).collect(),
        timeout_ms,
    }
}

fn sort_answers(
    items: Vec<(At, OffsetAt)>,
    response: &ListOffsetsResponse,
    found: &mut BTreeMap<At, Result<FoundOffset, ErrorCode>>,
    retry: &mut Vec<((At, OffsetAt), ErrorCode)>,
) {
    // Of tens of thousands, none may be looked for.
    let told =
        response.topics.iter().flat_map(|t| t.partitions.iter().map(|p| ((t.name.as_str(), p.partition_index), p)));
    let told: HashMap<(&str, i32), &ListOffsetsPartitionResponse> = told.collect();
    for item in items {
        let (topic, index) = &item.0;
        let answer = told.get(&(topic.as_str(), *index)).copied();
        match answer.map(|a| (ErrorCode::from_code(a.error_code), a)) {
            Some((ErrorCode::None, a)) => {
                let offset = FoundOffset { offset: a.offset, timestamp: a.timestamp, leader_epoch: a.leader_epoch };
                found.insert(item.0, Ok(offset));
            }
            Some((code, _)) if is_leadership(code) => retry.push((item, code)),
            Some((code, _)) => drop(found.insert(item.0, Err(code))),
            None => drop(found.insert(item.0, Err(ErrorCode::UnknownServerError))),
        }
    }
}
