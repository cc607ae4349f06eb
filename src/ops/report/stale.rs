//! Topics and groups that nobody uses any more, as far as the protocol tells: the time of the last record, who has
//! committed offsets, and who is a member. When a group committed last no broker says.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tokio::task::JoinSet;

use crate::client::{At, Cluster};
use crate::ops::Result;
use crate::ops::groups;
use crate::ops::topics::{self, ListedTopic};

/// Groups asked at once.
const AT_ONCE: usize = 32;

/// What kind of thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Kind {
    Topic,
    Group,
}

/// Why it is taken for unused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Why {
    /// No record came for longer than asked, and no group reads it.
    Idle,
    /// It holds no record, and no group reads it.
    NoRecords,
    /// The group has no members and its topics are gone.
    TopicsGone,
    /// The group has no members, and is behind.
    LeftBehind {
        /// Records that it has not read.
        lag: i64,
    },
    /// The group has no members, and nothing comes to its topics.
    NothingToRead,
    /// The group has neither members nor offsets.
    Nothing,
}

/// Something that nobody seems to use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stale {
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Why.
    #[serde(flatten)]
    pub why: Why,
    /// When the last record came that it has to do with, in milliseconds since 1970.
    pub last_record_ms: Option<i64>,
    /// Bytes on the leaders' disks, of a topic.
    pub bytes: Option<i64>,
}

/// A group as far as this matters.
#[derive(Clone, Debug, Default)]
struct Reader {
    name: String,
    is_active: bool,
    committed: BTreeMap<At, i64>,
}

/// Finds what nobody uses.
///
/// # Errors
/// [`crate::ops::OpsError`] when the cluster cannot be asked.
pub async fn stale(cluster: &Cluster, older_than_ms: i64, now_ms: i64) -> Result<Vec<Stale>> {
    let topics = topics::list(cluster, false, true).await?;
    let readers = readers(cluster).await?;
    let ends = ends(cluster, &readers).await?;
    Ok(judge(&topics, &readers, &ends, now_ms - older_than_ms))
}

async fn readers(cluster: &Cluster) -> Result<Vec<Reader>> {
    let (listed, _) = groups::list(cluster, &[], &[]).await?;
    let mut waiting = listed.into_iter();
    let mut asked = JoinSet::new();
    let mut readers = Vec::new();
    loop {
        while asked.len() < AT_ONCE {
            let Some(group) = waiting.next() else { break };
            let cluster = cluster.clone();
            asked.spawn(async move {
                let committed = cluster.committed(&group.group, None).await;
                (group, committed)
            });
        }
        let Some(answer) = asked.join_next().await else { break };
        let Ok((group, committed)) = answer else { continue };
        // Of a group whose offsets cannot be read nothing can be said, least of all that it can go.
        let Ok(committed) = committed else { continue };
        let known = committed.into_iter().filter_map(|(at, c)| Some((at, c.ok()?.offset)));
        readers.push(Reader {
            is_active: !matches!(group.state.as_str(), "Empty" | "Dead"),
            committed: known.filter(|(_, offset)| *offset >= 0).collect(),
            name: group.group,
        });
    }
    readers.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(readers)
}

async fn ends(cluster: &Cluster, readers: &[Reader]) -> Result<BTreeMap<At, i64>> {
    use crate::client::{Isolation, OffsetAt};
    let all: BTreeSet<&At> = readers.iter().flat_map(|reader| reader.committed.keys()).collect();
    if all.is_empty() {
        return Ok(BTreeMap::new());
    }
    let wanted: Vec<(At, OffsetAt)> = all.into_iter().map(|at| (at.clone(), OffsetAt::Latest)).collect();
    let found = cluster.list_offsets(wanted, Isolation::ReadUncommitted).await?;
    Ok(found.into_iter().filter_map(|(at, end)| Some((at, end.ok()?.offset))).collect())
}

fn judge(topics: &[ListedTopic], readers: &[Reader], ends: &BTreeMap<At, i64>, before_ms: i64) -> Vec<Stale> {
    let known: BTreeMap<&str, &ListedTopic> = topics.iter().map(|t| (t.name.as_str(), t)).collect();
    let is_old = |ms: Option<i64>| ms.is_none_or(|ms| ms < before_ms);
    let read: BTreeSet<&str> = readers
        .iter()
        .filter(|reader| reader.is_active)
        .flat_map(|reader| reader.committed.keys().map(|(topic, _)| topic.as_str()))
        .collect();
    let mut found = Vec::new();
    for topic in topics.iter().filter(|topic| !read.contains(topic.name.as_str())) {
        let why = match (topic.detail.last_record_ms, topic.detail.records) {
            (None, Some(0)) => Why::NoRecords,
            (Some(last), _) if last < before_ms => Why::Idle,
            _ => continue,
        };
        found.push(Stale {
            kind: Kind::Topic,
            name: topic.name.clone(),
            why,
            last_record_ms: topic.detail.last_record_ms,
            bytes: topic.detail.bytes,
        });
    }
    for reader in readers.iter().filter(|reader| !reader.is_active) {
        let topics: BTreeSet<&str> = reader.committed.keys().map(|(topic, _)| topic.as_str()).collect();
        let last = topics.iter().filter_map(|topic| known.get(topic)?.detail.last_record_ms).max();
        let lag: i64 = reader.committed.iter().filter_map(|(at, offset)| Some((ends.get(at)? - offset).max(0))).sum();
        let why = if topics.is_empty() {
            Why::Nothing
        } else if !topics.iter().any(|topic| known.contains_key(topic) || ends.keys().any(|(t, _)| t == topic)) {
            Why::TopicsGone
        } else if lag > 0 {
            Why::LeftBehind { lag }
        } else if is_old(last) {
            Why::NothingToRead
        } else {
            continue;
        };
        found.push(Stale { kind: Kind::Group, name: reader.name.clone(), why, last_record_ms: last, bytes: None });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::topics::TopicDetail;

    fn topic(name: &str, last_record_ms: Option<i64>) -> ListedTopic {
        ListedTopic {
            name: name.into(),
            id: None,
            internal: false,
            partitions: 1,
            replication_factor: 1,
            under_replicated: 0,
            offline: 0,
            detail: TopicDetail { bytes: Some(5), records: Some(i64::from(last_record_ms.is_some())), last_record_ms },
        }
    }

    fn reader(name: &str, is_active: bool, committed: &[(&str, i64)]) -> Reader {
        let committed = committed.iter().map(|(topic, offset)| (((*topic).to_owned(), 0), *offset)).collect();
        Reader { name: name.into(), is_active, committed }
    }

    #[test]
    fn what_is_written_or_read_is_not_stale() {
        let topics = [topic("old", Some(10)), topic("fresh", Some(90)), topic("empty", None), topic("read", Some(10))];
        let readers = [
            reader("works", true, &[("read", 1)]),
            reader("lost", false, &[("gone", 4)]),
            reader("behind", false, &[("fresh", 1)]),
            reader("done", false, &[("old", 1)]),
            reader("up-to-date", false, &[("fresh", 9)]),
            reader("nothing", false, &[]),
        ];
        let ends = BTreeMap::from([(("fresh".to_owned(), 0), 9), (("old".to_owned(), 0), 1)]);
        let found = judge(&topics, &readers, &ends, 50);
        let told: Vec<(&str, &Why)> = found.iter().map(|s| (s.name.as_str(), &s.why)).collect();
        assert_eq!(
            told,
            [
                ("old", &Why::Idle),
                ("empty", &Why::NoRecords),
                ("lost", &Why::TopicsGone),
                ("behind", &Why::LeftBehind { lag: 8 }),
                ("done", &Why::NothingToRead),
                ("nothing", &Why::Nothing),
            ]
        );
    }
}
