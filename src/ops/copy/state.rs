//! What is kept to go on from: how far the source was copied, and where the destination ended then.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::client::{At, Cluster, CommittedOffset};
use crate::model::ErrorCode;
use crate::ops::{OpsError, Result};

/// Tells such a file from others.
const KIND: &str = "logbus-copy";
/// Kafka's default of `offset.metadata.max.bytes`, less a little.
const LONGEST_NOTE: usize = 4_000;

/// Where it is kept.
#[derive(Clone, Debug)]
pub enum Resume {
    /// Nowhere: a copy that is ended begins anew.
    No,
    /// In a file.
    File(PathBuf),
    /// As offsets that a group commits on the source's cluster.
    Group(String),
}

/// What is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    /// Offsets of the source from which on nothing was copied for sure.
    pub(super) next: BTreeMap<i32, i64>,
    /// Ends of the destination's partitions when that was so.
    pub(super) ends: BTreeMap<At, i64>,
}

#[derive(Serialize, Deserialize)]
struct File {
    kind: String,
    from: String,
    next: BTreeMap<i32, i64>,
    ends: Vec<(String, i32, i64)>,
}

impl State {
    fn ends_as_list(&self) -> Vec<(String, i32, i64)> {
        self.ends.iter().map(|((topic, p), end)| (topic.clone(), *p, *end)).collect()
    }

    fn of(next: BTreeMap<i32, i64>, ends: Vec<(String, i32, i64)>) -> State {
        State { next, ends: ends.into_iter().map(|(topic, p, end)| ((topic, p), end)).collect() }
    }
}

/// Reads what an earlier copy left; `None` when there was none.
pub(super) async fn load(resume: &Resume, cluster: &Cluster, from: &str) -> Result<Option<State>> {
    match resume {
        Resume::No => Ok(None),
        Resume::File(path) => load_file(path, from),
        Resume::Group(group) => {
            let committed = match cluster.committed(group, None).await {
                Err(e) if e.code() == Some(ErrorCode::GroupIdNotFound) => return Ok(None),
                answer => answer?,
            };
            let (mut next, mut ends) = (BTreeMap::new(), Vec::new());
            for ((topic, partition), found) in committed {
                let Ok(found) = found else { continue };
                if topic == from && found.offset >= 0 {
                    next.insert(partition, found.offset);
                    // Any other note is of somebody else, who committed by hand.
                    ends.extend(serde_json::from_str::<Vec<(String, i32, i64)>>(&found.metadata).unwrap_or_default());
                }
            }
            Ok((!next.is_empty()).then(|| State::of(next, ends)))
        }
    }
}

fn load_file(path: &Path, from: &str) -> Result<Option<State>> {
    let unread = |why: String| OpsError::Invalid(format!("cannot go on from {}: {why}", path.display()));
    let text = match std::fs::read_to_string(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        read => read.map_err(|e| unread(e.to_string()))?,
    };
    let file: File = serde_json::from_str(&text).map_err(|e| unread(e.to_string()))?;
    if file.kind != KIND || file.from != from {
        return Err(unread(format!("it is of {} from {}", file.kind, file.from)));
    }
    Ok(Some(State::of(file.next, file.ends)))
}

/// Keeps what all records before which are acknowledged.
pub(super) async fn save(resume: &Resume, cluster: &Cluster, from: &str, state: &State) -> Result<()> {
    match resume {
        Resume::No => Ok(()),
        Resume::File(path) => {
            let file =
                File { kind: KIND.into(), from: from.to_owned(), next: state.next.clone(), ends: state.ends_as_list() };
            let text = serde_json::to_string(&file).unwrap_or_default();
            // Written beside and renamed: a kill leaves the old one or the new one, never half of one.
            let beside = path.with_extension("tmp");
            let written = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, path));
            written.map_err(|e| OpsError::Invalid(format!("cannot write {}: {e}", path.display())))
        }
        Resume::Group(group) => {
            let mut note = serde_json::to_string(&state.ends_as_list()).unwrap_or_default();
            if note.len() > LONGEST_NOTE {
                note.clear();
            }
            let mut offsets: Vec<(At, CommittedOffset)> = Vec::new();
            for (&partition, &offset) in &state.next {
                // One note is enough for all partitions.
                let metadata = std::mem::take(&mut note);
                let committed = CommittedOffset { offset, leader_epoch: -1, metadata };
                offsets.push(((from.to_owned(), partition), committed));
            }
            for ((topic, partition), code) in cluster.commit_saved(group, &offsets).await? {
                if code != ErrorCode::None {
                    let about = format!("group {group} cannot commit {topic}-{partition}");
                    return Err(crate::client::ClientError::refused(about, code, None).into());
                }
            }
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_of_one_source_and_reads_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state.json");
        let resume = Resume::File(path.clone());
        let cluster = Cluster::new(crate::client::ClientConfig::new(vec![]));
        let state = State { next: BTreeMap::from([(0, 5)]), ends: BTreeMap::from([(("to".to_owned(), 0), 9)]) };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            assert_eq!(load(&resume, &cluster, "from").await.unwrap(), None);
            save(&resume, &cluster, "from", &state).await.unwrap();
            assert_eq!(load(&resume, &cluster, "from").await.unwrap(), Some(state));
            assert!(load(&resume, &cluster, "other").await.is_err());
            std::fs::write(&path, "{").unwrap();
            assert!(load(&resume, &cluster, "from").await.is_err());
        });
    }
}
