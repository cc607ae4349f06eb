//! What a group has committed, kept outside the cluster: to put it back after a reset, or to give it to another group.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::delete_offsets;
use super::reset::movable;
use crate::client::{At, ClientError, Cluster, CommittedOffset, Topics};
use crate::model::{ErrorCode, TimestampMs};
use crate::ops::{OpsError, Result};

/// Tells such a file from others.
const KIND: &str = "logbus-group-offsets";

/// What a group had committed at a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedOffsets {
    kind: String,
    /// The cluster's id: offsets of one cluster mean nothing in another.
    pub cluster_id: Option<String>,
    /// The group.
    pub group: String,
    /// When, in milliseconds since 1970.
    pub taken_ms: i64,
    /// By topic and partition.
    pub offsets: Vec<SavedOffset>,
}

/// What was committed for one partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedOffset {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offset; `None` where nothing was committed.
    pub offset: Option<i64>,
    /// The leader epoch with it; -1 if unknown.
    pub leader_epoch: i32,
    /// What the committer noted.
    pub metadata: String,
}

/// What putting offsets back would do to one partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// Where the group stands.
    pub committed: Option<i64>,
    /// Where it will stand; `None` for no commit at all.
    pub new: Option<i64>,
}

impl SavedOffsets {
    /// The text of a file.
    pub fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        format!("{text}\n")
    }

    /// Reads what [`SavedOffsets::to_json`] wrote.
    ///
    /// # Errors
    /// [`OpsError::Invalid`] for anything else.
    pub fn parse(text: &str) -> Result<SavedOffsets> {
        let saved: SavedOffsets = serde_json::from_str(text)
            .map_err(|e| OpsError::Invalid(format!("it holds no offsets of a group: {e}")))?;
        if saved.kind == KIND {
            Ok(saved)
        } else {
            Err(OpsError::Invalid(format!("it holds `{}`, not offsets of a group", saved.kind)))
        }
    }

    /// The same offsets, for another group; partitions without commit are left out.
    #[must_use]
    pub fn for_group(mut self, group: &str) -> SavedOffsets {
        group.clone_into(&mut self.group);
        self.offsets.retain(|saved| saved.offset.is_some());
        self
    }
}

/// Reads what a group has committed, for some partitions or for all. Those named and not committed are kept as such.
///
/// # Errors
/// [`OpsError`] when the coordinator cannot be asked, or a partition that was named is refused.
pub async fn save(cluster: &Cluster, group: &str, only: Option<&[At]>) -> Result<SavedOffsets> {
    let committed = match cluster.committed(group, only).await {
        Err(e) if e.code() == Some(ErrorCode::GroupIdNotFound) => BTreeMap::new(),
        answer => answer?,
    };
    let saved = |at: &At, c: Option<&CommittedOffset>| {
        let known = c.filter(|c| c.offset >= 0);
        SavedOffset {
            topic: at.0.clone(),
            partition: at.1,
            offset: known.map(|c| c.offset),
            leader_epoch: known.map_or(-1, |c| c.leader_epoch),
            metadata: known.map(|c| c.metadata.clone()).unwrap_or_default(),
        }
    };
    let mut offsets = Vec::new();
    for at in only.map_or_else(|| committed.keys().cloned().collect(), <[At]>::to_vec) {
        match committed.get(&at) {
            Some(Err(code)) => {
                let about = format!("cannot read what {group} has committed for {}-{}", at.0, at.1);
                return Err(ClientError::refused(about, *code, None).into());
            }
            found => offsets.push(saved(&at, found.and_then(|c| c.as_ref().ok()))),
        }
    }
    Ok(SavedOffsets {
        kind: KIND.to_owned(),
        cluster_id: cluster.metadata(Topics::None).await?.cluster_id,
        group: group.to_owned(),
        taken_ms: TimestampMs::now().0,
        offsets,
    })
}

/// What [`restore`] would do; changes nothing.
///
/// # Errors
/// [`OpsError::Blocked`] when they are of another cluster, [`OpsError::Client`] when the coordinator cannot be asked.
pub async fn diff(cluster: &Cluster, saved: &SavedOffsets) -> Result<Vec<Restored>> {
    let here = cluster.metadata(Topics::None).await?.cluster_id;
    if let (Some(here), Some(there)) = (&here, &saved.cluster_id)
        && here != there
    {
        return Err(OpsError::Blocked {
            message: format!("these are offsets of cluster {there}, and this is cluster {here}"),
            details: Vec::new(),
            hint: "-b names the cluster to ask".into(),
        });
    }
    let now = match cluster.committed(&saved.group, None).await {
        Err(e) if e.code() == Some(ErrorCode::GroupIdNotFound) => BTreeMap::new(),
        answer => answer?,
    };
    let row = |s: &SavedOffset| {
        let at = (s.topic.clone(), s.partition);
        let committed = now.get(&at).and_then(|c| c.as_ref().ok()).map(|c| c.offset).filter(|&offset| offset >= 0);
        Restored { topic: at.0, partition: at.1, committed, new: s.offset }
    };
    Ok(saved.offsets.iter().map(row).collect())
}

/// Commits what was saved, and deletes commits where there was none. Refused while the group has members.
///
/// # Errors
/// [`OpsError::Blocked`] with the members of an active group, [`OpsError::Client`] when the coordinator refuses.
pub async fn restore(cluster: &Cluster, saved: &SavedOffsets) -> Result<()> {
    let rows = diff(cluster, saved).await?;
    movable(cluster, &saved.group).await?;
    let back = saved.offsets.iter().filter_map(|s| {
        let committed =
            CommittedOffset { offset: s.offset?, leader_epoch: s.leader_epoch, metadata: s.metadata.clone() };
        Some(((s.topic.clone(), s.partition), committed))
    });
    let back: Vec<(At, CommittedOffset)> = back.collect();
    let mut answers = BTreeMap::new();
    if !back.is_empty() {
        answers = cluster.commit_saved(&saved.group, &back).await?;
    }
    let gone: Vec<At> = rows
        .into_iter()
        .filter(|row| row.new.is_none() && row.committed.is_some())
        .map(|row| (row.topic, row.partition))
        .collect();
    if !gone.is_empty() {
        answers.extend(delete_offsets(cluster, &saved.group, &gone).await?);
    }
    let refused: Vec<String> = answers
        .iter()
        .filter(|(_, code)| **code != ErrorCode::None)
        .map(|((topic, p), code)| format!("{topic}-{p}: {}", code.message()))
        .collect();
    if refused.is_empty() {
        return Ok(());
    }
    Err(OpsError::Blocked {
        message: format!("{} of {} partitions of group {} were refused", refused.len(), answers.len(), saved.group),
        details: refused,
        hint: "the others are done; a topic that is gone has no offsets to put back".into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved() -> SavedOffsets {
        let offset = |partition, offset: Option<i64>| SavedOffset {
            topic: "t".into(),
            partition,
            offset,
            leader_epoch: 3,
            metadata: "by hand".into(),
        };
        SavedOffsets {
            kind: KIND.into(),
            cluster_id: Some("abc".into()),
            group: "g".into(),
            taken_ms: 1,
            offsets: vec![offset(0, Some(5)), offset(1, None)],
        }
    }

    #[test]
    fn a_file_reads_back_and_another_is_refused() {
        assert_eq!(SavedOffsets::parse(&saved().to_json()).unwrap(), saved());
        assert!(SavedOffsets::parse(&saved().to_json().replace(KIND, "plan")).is_err());
        assert!(SavedOffsets::parse("{\"version\":1,\"partitions\":[]}").is_err());
    }

    #[test]
    fn a_copy_for_another_group_has_what_was_committed() {
        let copy = saved().for_group("h");
        assert_eq!((copy.group.as_str(), copy.offsets.len()), ("h", 1));
    }
}
