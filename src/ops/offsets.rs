//! The ends of partitions, and offsets by time.

use serde::Serialize;

use crate::client::{At, ClientError, Cluster, Isolation, OffsetAt, Topics};
use crate::model::ErrorCode;
use crate::ops::Result;

/// An offset that was looked up.
#[derive(Clone, Debug, Serialize)]
pub struct LookedUp {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offset; `None` when no record is at or after the time, or the partition did not answer.
    pub offset: Option<i64>,
    /// Timestamp of that record.
    pub timestamp_ms: Option<i64>,
    /// Why there is no answer.
    #[serde(skip)]
    pub error: Option<ErrorCode>,
}

/// Looks up one kind of offset in the partitions of some topics, or of all.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked or a topic is not there.
pub async fn get(
    cluster: &Cluster,
    topics: &[String],
    partitions: Option<&[i32]>,
    at: OffsetAt,
    isolation: Isolation,
) -> Result<Vec<LookedUp>> {
    let mut all: Vec<At> = Vec::new();
    let names: Vec<String> = if topics.is_empty() {
        let metadata = cluster.metadata(Topics::All).await?;
        metadata.topics.into_values().filter(|t| !t.internal).map(|t| t.name).collect()
    } else {
        topics.to_vec()
    };
    for name in names {
        let topic = cluster.topic(&name, false).await?;
        let known = topic.partitions.len() as i32;
        // Asked for by name, a partition that is not there is a mistake; of all topics those that have it are meant.
        if let Some(p) =
            partitions.filter(|_| !topics.is_empty()).into_iter().flatten().find(|p| !(0..known).contains(p))
        {
            let text = format!("there is no partition {p}: it has {known}");
            return Err(ClientError::refused(name, ErrorCode::UnknownTopicOrPartition, Some(text)).into());
        }
        let wanted = topic.partitions.iter().map(|p| p.index).filter(|p| partitions.is_none_or(|w| w.contains(p)));
        all.extend(wanted.map(|p| (name.clone(), p)));
    }
    look_up(cluster, &all, at, isolation).await
}

/// The partitions of all topics that `wanted` takes.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked.
pub async fn partitions(
    cluster: &Cluster,
    include_internal: bool,
    wanted: impl Fn(&str, i32) -> bool,
) -> Result<Vec<At>> {
    let metadata = cluster.metadata(Topics::All).await?;
    let topics = metadata.topics.into_values().filter(|t| t.error.is_ok() && (include_internal || !t.internal));
    let all = topics.flat_map(|t| {
        let name = t.name;
        t.partitions.into_iter().map(move |p| (name.clone(), p.index))
    });
    Ok(all.filter(|(topic, partition)| wanted(topic, *partition)).collect())
}

/// Looks up one kind of offset in these partitions, and answers in their order.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked.
pub async fn look_up(cluster: &Cluster, all: &[At], at: OffsetAt, isolation: Isolation) -> Result<Vec<LookedUp>> {
    let mut found = cluster.list_offsets(all.iter().cloned().map(|p| (p, at)).collect::<Vec<_>>(), isolation).await?;
    let row =
        |((topic, partition), found): (At, std::result::Result<crate::client::FoundOffset, ErrorCode>)| LookedUp {
            topic,
            partition,
            offset: found.as_ref().ok().map(|f| f.offset).filter(|&offset| offset >= 0),
            timestamp_ms: found.as_ref().ok().map(|f| f.timestamp).filter(|&ms| ms >= 0),
            error: found.err(),
        };
    Ok(all.iter().filter_map(|at| found.remove_entry(at)).map(row).collect())
}
