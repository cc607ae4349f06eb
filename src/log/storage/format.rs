//! Formatting directories for a node, as `kafka-storage format --standalone` does.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::checkpoint::{CheckpointName, CheckpointWriter, CommitCheckpoint};
use crate::log::LogError;
use crate::log::error::IoContext;
use crate::log::files::{MetaProperties, sync_dir};
use crate::model::{BrokerId, LeaderEpoch, Offset, TimestampMs, Uuid};
use crate::wire::batch::ControlRecordType;
use crate::wire::records::control::KRaftVersionRecord;
use crate::wire::records::voters::{Endpoint, KRaftVersionFeature, Voter, VotersRecord};
use crate::wire::schema::Message as _;

/// The first records of a cluster, taken up by its first controller.
pub const BOOTSTRAP_CHECKPOINT: &str = "bootstrap.checkpoint";
/// The directory of the metadata log, in `metadata.log.dir`.
pub const METADATA_DIR: &str = "__cluster_metadata-0";

/// Where a controller is reached by the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoterEndpoint {
    /// Listener name.
    pub listener: String,
    /// Host.
    pub host: String,
    /// Port.
    pub port: u16,
}

/// One of the first voters of a quorum of several (`--initial-controllers`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InitialVoter {
    /// The node's id.
    pub id: i32,
    /// The id that its metadata directory has, or gets.
    pub directory_id: Uuid,
    /// Where the others reach it.
    pub endpoint: VoterEndpoint,
}

/// What to format.
#[derive(Clone, Debug)]
pub struct FormatRequest<'a> {
    /// The cluster's id.
    pub cluster_id: &'a str,
    /// The node's id.
    pub node_id: BrokerId,
    /// Every log directory.
    pub log_dirs: &'a [PathBuf],
    /// The one that holds the metadata log; one of them, or another.
    pub metadata_dir: &'a Path,
    /// The cluster's first records, encoded as values of the metadata log.
    pub bootstrap: &'a [Bytes],
    /// Makes the node the only voter of a new quorum, reached there; `None` for nodes that join a quorum or only follow.
    pub sole_voter: Option<&'a [VoterEndpoint]>,
    /// Leave directories alone that are formatted for this very node and cluster, instead of refusing.
    pub ignore_formatted: bool,
    /// The time, for the files' records.
    pub now: TimestampMs,
}

/// What formatting did.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct FormatReport {
    /// Directories formatted now, with the ids they got.
    pub formatted: Vec<(PathBuf, Uuid)>,
    /// Directories that were formatted before.
    pub already: Vec<PathBuf>,
}

/// Why nothing was formatted, or not all.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// A directory is formatted, and the request does not say to leave it.
    #[error("Log directory {} is already formatted. Use --ignore-formatted to ignore this directory and format the others.", .0.display())]
    AlreadyFormatted(PathBuf),
    /// A directory belongs to another node or cluster.
    #[error("Log directory {} belongs to node {node_id} of cluster {cluster_id}; point log.dirs elsewhere or use that node's configuration", .dir.display())]
    Foreign {
        /// The directory.
        dir: PathBuf,
        /// Whose it is.
        node_id: BrokerId,
        /// Of which cluster.
        cluster_id: String,
    },
    /// The disk.
    #[error(transparent)]
    Log(#[from] LogError),
}

fn all_dirs<'a>(request: &'a FormatRequest<'_>) -> Vec<&'a Path> {
    let mut dirs: Vec<&Path> = request.log_dirs.iter().map(PathBuf::as_path).collect();
    if !dirs.contains(&request.metadata_dir) {
        dirs.push(request.metadata_dir);
    }
    dirs
}

/// Formats the directories that are not formatted yet. `meta.properties` is written last in each: until then a
/// directory counts as empty, so a run that was cut short is simply repeated.
///
/// # Errors
/// [`FormatError`]; directories before the one that failed may be formatted.
pub fn format_storage(
    request: &FormatRequest<'_>,
    new_id: &mut dyn FnMut() -> Uuid,
) -> Result<FormatReport, FormatError> {
    format_directories(request, &[], new_id)
}

/// The same for a node of a quorum whose first voters are `voters`, which every node of it must be told alike. The
/// metadata directory of a voter gets the id that the list has for it.
///
/// # Errors
/// As [`format_storage`].
pub fn format_with_voters(
    request: &FormatRequest<'_>,
    voters: &[InitialVoter],
    new_id: &mut dyn FnMut() -> Uuid,
) -> Result<FormatReport, FormatError> {
    format_directories(request, voters, new_id)
}

fn format_directories(
    request: &FormatRequest<'_>,
    voters: &[InitialVoter],
    new_id: &mut dyn FnMut() -> Uuid,
) -> Result<FormatReport, FormatError> {
    let mut report = FormatReport::default();
    let mut fresh = Vec::new();
    for dir in all_dirs(request) {
        match MetaProperties::read(dir)? {
            None => fresh.push(dir),
            Some(found) if found.cluster_id != request.cluster_id || found.node_id != request.node_id => {
                let (node_id, cluster_id) = (found.node_id, found.cluster_id);
                return Err(FormatError::Foreign { dir: dir.to_owned(), node_id, cluster_id });
            }
            Some(_) if request.ignore_formatted => report.already.push(dir.to_owned()),
            Some(_) => return Err(FormatError::AlreadyFormatted(dir.to_owned())),
        }
    }
    for dir in fresh {
        fs::create_dir_all(dir).at("create", dir)?;
        let own = voters.iter().find(|voter| voter.id == request.node_id.get() && dir == request.metadata_dir);
        let id = own.map_or_else(&mut *new_id, |voter| voter.directory_id);
        if dir == request.metadata_dir {
            format_metadata(request, dir, id, voters)?;
        }
        let properties = MetaProperties {
            cluster_id: request.cluster_id.to_owned(),
            node_id: request.node_id,
            directory_id: Some(id),
            other: Vec::new(),
        };
        properties.write(dir)?;
        report.formatted.push((dir.to_owned(), id));
    }
    Ok(report)
}

fn format_metadata(
    request: &FormatRequest<'_>,
    dir: &Path,
    directory_id: Uuid,
    initial: &[InitialVoter],
) -> Result<(), LogError> {
    let mut bootstrap =
        CheckpointWriter::create(&dir.join(BOOTSTRAP_CHECKPOINT), LeaderEpoch(0), TimestampMs(0), request.now)?;
    for value in request.bootstrap {
        bootstrap.record(value)?;
    }
    bootstrap.finish(CommitCheckpoint::WithoutDirectory)?;
    let voter = |voter_id: i32, voter_directory_id: Uuid, endpoints: &[VoterEndpoint]| Voter {
        voter_id,
        voter_directory_id,
        endpoints: endpoints
            .iter()
            .map(|e| Endpoint { name: e.listener.clone(), host: e.host.clone(), port: e.port })
            .collect(),
        k_raft_version_feature: KRaftVersionFeature { min_supported_version: 0, max_supported_version: 1 },
    };
    let voters: Vec<Voter> = match request.sole_voter {
        Some(endpoints) => vec![voter(request.node_id.get(), directory_id, endpoints)],
        None => initial.iter().map(|v| voter(v.id, v.directory_id, std::slice::from_ref(&v.endpoint))).collect(),
    };
    if voters.is_empty() {
        return sync_dir(dir);
    }
    let quorum_dir = dir.join(METADATA_DIR);
    fs::create_dir_all(&quorum_dir).at("create", &quorum_dir)?;
    let voters = VotersRecord { version: 0, voters };
    let name = CheckpointName { end: Offset::ZERO, epoch: LeaderEpoch(0) }.file_name();
    let mut first = CheckpointWriter::create(&quorum_dir.join(name), LeaderEpoch(0), request.now, request.now)?;
    let version = KRaftVersionRecord { version: 0, k_raft_version: 1 };
    first.control(ControlRecordType::KRaftVersion, &version.to_bytes(0))?;
    first.control(ControlRecordType::KRaftVoters, &voters.to_bytes(0))?;
    first.finish(CommitCheckpoint::Durable)?;
    Ok(())
}

/// The cluster id and the directory ids of formatted directories, in their order; `None` in place of an id for one that
/// is not formatted.
///
/// # Errors
/// [`FormatError::Foreign`] when a directory is another node's, or two directories disagree about the cluster.
pub fn storage_ids(node_id: BrokerId, dirs: &[PathBuf]) -> Result<(Option<String>, Vec<Option<Uuid>>), FormatError> {
    let mut cluster: Option<String> = None;
    let mut ids = Vec::with_capacity(dirs.len());
    for dir in dirs {
        let Some(found) = MetaProperties::read(dir)? else {
            ids.push(None);
            continue;
        };
        if found.node_id != node_id || cluster.as_ref().is_some_and(|id| *id != found.cluster_id) {
            let (node_id, cluster_id) = (found.node_id, found.cluster_id);
            return Err(FormatError::Foreign { dir: dir.clone(), node_id, cluster_id });
        }
        cluster = Some(found.cluster_id);
        ids.push(found.directory_id);
    }
    Ok((cluster, ids))
}

#[cfg(test)]
mod tests {
    use super::super::checkpoint::{CheckpointRecord, read_checkpoint};
    use super::*;

    fn request<'a>(dirs: &'a [PathBuf], bootstrap: &'a [Bytes]) -> FormatRequest<'a> {
        FormatRequest {
            cluster_id: "MkU3OEVBNTcwNTJENDM2Qg",
            node_id: BrokerId(1),
            log_dirs: dirs,
            metadata_dir: &dirs[0],
            bootstrap,
            sole_voter: Some(&[]),
            ignore_formatted: false,
            now: TimestampMs(1_000),
        }
    }

    fn ids() -> impl FnMut() -> Uuid {
        let mut next = 1_000;
        move || {
            next += 1;
            Uuid(next)
        }
    }

    #[test]
    fn every_directory_gets_its_own_id_and_the_first_the_metadata() {
        let tmp = tempfile::tempdir().unwrap();
        let dirs = [tmp.path().join("a"), tmp.path().join("b")];
        let values = [Bytes::from_static(b"first")];
        let report = format_storage(&request(&dirs, &values), &mut ids()).unwrap();
        assert_eq!(report.formatted.iter().map(|(_, id)| *id).collect::<Vec<_>>(), [Uuid(1001), Uuid(1002)]);
        let (cluster, found) = storage_ids(BrokerId(1), &dirs).unwrap();
        assert_eq!(cluster.as_deref(), Some("MkU3OEVBNTcwNTJENDM2Qg"));
        assert_eq!(found, [Some(Uuid(1001)), Some(Uuid(1002))]);

        let mut seen = Vec::new();
        read_checkpoint::<LogError>(&dirs[0].join(BOOTSTRAP_CHECKPOINT), |record| {
            seen.push(matches!(record, CheckpointRecord::Data(b"first")));
            Ok(())
        })
        .unwrap();
        assert_eq!(seen, [true]);
        let mut kinds = Vec::new();
        let first = dirs[0].join(METADATA_DIR).join("00000000000000000000-0000000000.checkpoint");
        read_checkpoint::<LogError>(&first, |record| {
            if let CheckpointRecord::Control(kind, _) = record {
                kinds.push(kind);
            }
            Ok(())
        })
        .unwrap();
        assert_eq!(kinds, [ControlRecordType::KRaftVersion, ControlRecordType::KRaftVoters]);
        assert!(!dirs[1].join(BOOTSTRAP_CHECKPOINT).exists());
    }

    #[test]
    fn a_voter_of_several_gets_the_directory_id_that_the_list_has_for_it() {
        let tmp = tempfile::tempdir().unwrap();
        let dirs = [tmp.path().join("a"), tmp.path().join("b")];
        let voter = |id| InitialVoter {
            id,
            directory_id: Uuid(5_000 + id as u128),
            endpoint: VoterEndpoint { listener: "CONTROLLER".into(), host: "h".into(), port: 9093 },
        };
        let request = FormatRequest { sole_voter: None, ..request(&dirs, &[]) };
        let report = format_with_voters(&request, &[voter(1), voter(2)], &mut ids()).unwrap();
        assert_eq!(report.formatted.iter().map(|(_, id)| *id).collect::<Vec<_>>(), [Uuid(5_001), Uuid(1_001)]);
        let mut voters = Vec::new();
        let first = dirs[0].join(METADATA_DIR).join("00000000000000000000-0000000000.checkpoint");
        read_checkpoint::<LogError>(&first, |record| {
            if let CheckpointRecord::Control(ControlRecordType::KRaftVoters, value) = record {
                let mut input = crate::wire::codec::Reader::new(Bytes::copy_from_slice(value));
                voters = VotersRecord::read(&mut input, 0).unwrap().voters.iter().map(|v| v.voter_id).collect();
            }
            Ok(())
        })
        .unwrap();
        assert_eq!(voters, [1, 2]);
    }

    #[test]
    fn what_is_formatted_stays_as_it_is() {
        let tmp = tempfile::tempdir().unwrap();
        let dirs = [tmp.path().join("a")];
        format_storage(&request(&dirs, &[]), &mut ids()).unwrap();
        assert!(matches!(format_storage(&request(&dirs, &[]), &mut ids()), Err(FormatError::AlreadyFormatted(_))));
        let again = FormatRequest { ignore_formatted: true, ..request(&dirs, &[]) };
        assert_eq!(format_storage(&again, &mut ids()).unwrap().already, dirs);
        let other = FormatRequest { cluster_id: "other", ..again };
        assert!(matches!(format_storage(&other, &mut ids()), Err(FormatError::Foreign { .. })));
    }
}
