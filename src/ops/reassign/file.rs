//! Plans as JSON, in the format of Kafka's own tool (`kafka-reassign-partitions`, version 1).

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use serde::Deserialize;

use crate::client::At;

/// Stands for "wherever the broker likes".
pub const ANY_LOG_DIR: &str = "any";

/// One partition of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Entry {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// Its replicas, the preferred leader first.
    pub replicas: Vec<i32>,
    /// For each replica a log directory of its broker, or `any`.
    #[serde(default)]
    pub log_dirs: Option<Vec<String>>,
}

impl Entry {
    /// The partition.
    pub fn at(&self) -> At {
        (self.topic.clone(), self.partition)
    }
}

#[derive(Deserialize)]
struct Document {
    #[serde(default = "first_version")]
    version: i32,
    #[serde(default)]
    partitions: Vec<Entry>,
}

const fn first_version() -> i32 {
    1
}

/// Why a plan cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanFileError {
    /// Not JSON, or not of this shape.
    #[error("{0}")]
    Json(String),
    /// Another version than 1.
    #[error("Not supported version field value {0}")]
    Version(i32),
    /// A list of directories that does not fit the list of replicas.
    #[error(
        "Size of replicas list {replicas:?} is different from size of log dirs list [{}] for partition {partition}",
        .log_dirs.join(", ")
    )]
    LogDirs {
        /// The brokers.
        replicas: Vec<i32>,
        /// The directories.
        log_dirs: Vec<String>,
        /// `topic-partition`.
        partition: String,
    },
    /// No partition at all.
    #[error("Partition reassignment list cannot be empty")]
    Empty,
    /// A partition without replicas.
    #[error("Partition replica list cannot be empty")]
    NoReplicas,
    /// Partitions that stand there twice.
    #[error("Partition reassignment contains duplicate topic partitions: {0}")]
    Twice(String),
    /// Brokers that stand twice in one list.
    #[error("Partition replica lists may not contain duplicate entries: {0}")]
    TwiceInList(String),
}

/// Reads a plan without judging whether it can be applied: `--verify` and `--cancel` take any.
///
/// # Errors
/// [`PlanFileError`], in the words of Kafka's tool where it has words of its own.
pub fn parse(text: &str) -> Result<Vec<Entry>, PlanFileError> {
    let document: Document = serde_json::from_str(text).map_err(|e| PlanFileError::Json(e.to_string()))?;
    if document.version != 1 {
        return Err(PlanFileError::Version(document.version));
    }
    for entry in &document.partitions {
        if let Some(log_dirs) = entry.log_dirs.as_ref().filter(|dirs| dirs.len() != entry.replicas.len()) {
            return Err(PlanFileError::LogDirs {
                replicas: entry.replicas.clone(),
                log_dirs: log_dirs.clone(),
                partition: super::name(&entry.at()),
            });
        }
    }
    Ok(document.partitions)
}

/// The rules that a plan must keep to be applied (`parseExecuteAssignmentArgs`).
///
/// # Errors
/// [`PlanFileError`].
pub fn check(entries: &[Entry]) -> Result<(), PlanFileError> {
    if entries.is_empty() {
        return Err(PlanFileError::Empty);
    }
    if entries.iter().any(|entry| entry.replicas.is_empty()) {
        return Err(PlanFileError::NoReplicas);
    }
    let names: Vec<String> = entries.iter().map(|entry| super::name(&entry.at())).collect();
    let twice = repeated(&names);
    if !twice.is_empty() {
        return Err(PlanFileError::Twice(twice.join(",")));
    }
    let in_lists = entries.iter().filter_map(|entry| {
        let ids: Vec<String> = entry.replicas.iter().map(i32::to_string).collect();
        let twice = repeated(&ids);
        (!twice.is_empty())
            .then(|| format!("{} contains multiple entries for {}", super::name(&entry.at()), twice.join(",")))
    });
    let in_lists: Vec<String> = in_lists.collect();
    if in_lists.is_empty() { Ok(()) } else { Err(PlanFileError::TwiceInList(in_lists.join(". "))) }
}

/// What stands there more than once, each named once.
pub fn repeated(names: &[String]) -> Vec<String> {
    let mut twice: Vec<String> = Vec::new();
    for (i, name) in names.iter().enumerate() {
        if names[..i].contains(name) && !twice.contains(name) {
            twice.push(name.clone());
        }
    }
    twice
}

/// A directory that a replica shall be in, by partition and broker.
pub type LogDirs = BTreeMap<(At, i32), String>;

/// The directories that a plan asks for.
pub fn log_dirs(entries: &[Entry]) -> LogDirs {
    let mut wanted = LogDirs::new();
    for entry in entries {
        let dirs = entry.log_dirs.iter().flatten();
        for (id, dir) in entry.replicas.iter().zip(dirs).filter(|(_, dir)| *dir != ANY_LOG_DIR) {
            wanted.insert((entry.at(), *id), dir.clone());
        }
    }
    wanted
}

/// The replicas that a plan asks for.
pub fn replicas(entries: &[Entry]) -> BTreeMap<At, Vec<i32>> {
    entries.iter().map(|entry| (entry.at(), entry.replicas.clone())).collect()
}

/// Replicas as a plan, on one line, byte for byte as Kafka's tool writes it.
pub fn format(replicas: &BTreeMap<At, Vec<i32>>, log_dirs: &LogDirs) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let mut text = String::from("{\"version\":1,\"partitions\":[");
    for (i, (at, ids)) in replicas.iter().enumerate() {
        let list = ids.iter().map(i32::to_string).collect::<Vec<_>>().join(",");
        let dir = |id: &i32| quoted(log_dirs.get(&(at.clone(), *id)).map_or(ANY_LOG_DIR, String::as_str));
        let dirs = ids.iter().map(dir).collect::<Vec<_>>().join(",");
        let comma = if i == 0 { "" } else { "," };
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "{comma}{{\"topic\":{},\"partition\":{},\"replicas\":[{list}],\"log_dirs\":[{dirs}]}}",
            quoted(&at.0),
            at.1
        );
    }
    text.push_str("]}");
    text
}

/// Writes the way back, and makes sure that it is on disk. A file that is there already is not overwritten: it may be
/// the only way back from an earlier move.
///
/// # Errors
/// The file system's.
pub fn save(path: &Path, replicas: &BTreeMap<At, Vec<i32>>) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(path)?;
    writeln!(file, "{}", format(replicas, &LogDirs::new()))?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: &str = r#"{"version":1,"partitions":[{"topic":"t","partition":0,"replicas":[1,2],"log_dirs":["any","/d/1"]},{"topic":"t","partition":10,"replicas":[3],"log_dirs":["any"]}]}"#;

    #[test]
    fn a_plan_is_written_as_it_was_read() {
        let entries = parse(PLAN).unwrap();
        check(&entries).unwrap();
        assert_eq!(format(&replicas(&entries), &log_dirs(&entries)), PLAN);
    }

    #[test]
    fn version_and_directories_may_be_left_out() {
        let entries = parse(r#"{"partitions":[{"topic":"t","partition":0,"replicas":[1,2]}]}"#).unwrap();
        assert_eq!(entries[0].log_dirs, None);
        assert_eq!(parse(r#"{"version":2}"#), Err(PlanFileError::Version(2)));
        assert!(matches!(parse("nonsense"), Err(PlanFileError::Json(_))));
    }

    #[test]
    fn what_cannot_be_applied_is_told_in_the_words_of_kafkas_tool() {
        let told = |partitions: &str| {
            let entries = parse(&format!("{{\"partitions\":[{partitions}]}}"));
            entries.and_then(|entries| check(&entries)).unwrap_err().to_string()
        };
        let entry =
            |partition: i32, rest: &str| format!(r#"{{"topic":"t","partition":{partition},"replicas":{rest}}}"#);
        assert_eq!(told(""), "Partition reassignment list cannot be empty");
        assert_eq!(told(&entry(0, "[]")), "Partition replica list cannot be empty");
        assert_eq!(
            told(&[entry(0, "[1]"), entry(0, "[2]")].join(",")),
            "Partition reassignment contains duplicate topic partitions: t-0"
        );
        assert_eq!(
            told(&entry(0, "[1,1,2]")),
            "Partition replica lists may not contain duplicate entries: t-0 contains multiple entries for 1"
        );
        assert_eq!(
            told(&entry(0, r#"[1,2],"log_dirs":["any"]"#)),
            "Size of replicas list [1, 2] is different from size of log dirs list [any] for partition t-0"
        );
    }

    #[test]
    fn the_way_back_from_an_earlier_move_is_not_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("undo.json");
        let replicas = replicas(&parse(PLAN).unwrap());
        save(&path, &replicas).unwrap();
        assert_eq!(parse(&std::fs::read_to_string(&path).unwrap()).unwrap().len(), 2);
        assert_eq!(save(&path, &replicas).unwrap_err().kind(), std::io::ErrorKind::AlreadyExists);
    }
}
