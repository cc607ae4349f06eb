//! What goes wrong with a local cluster.

use std::io;
use std::path::{Path, PathBuf};

use crate::log::storage::FormatError;

/// Why something was not done to a local cluster.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// A file or a directory.
    #[error("cannot {action} {}: {source}", .path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The directory holds no nodes.
    #[error("there is no cluster in {}", .0.display())]
    NoCluster(PathBuf),
    /// The directory holds nodes already, and the request is for a new cluster.
    #[error("there is a cluster of {nodes} nodes in {} already", .dir.display())]
    Exists {
        /// The directory.
        dir: PathBuf,
        /// How many nodes.
        nodes: usize,
    },
    /// There is no node of that number.
    #[error("there is no node {id}: the nodes in {} are {}", .dir.display(), list(.known))]
    NoNode {
        /// The number.
        id: i32,
        /// The cluster's directory.
        dir: PathBuf,
        /// The numbers that there are.
        known: Vec<i32>,
    },
    /// A settings file lacks something.
    #[error("{}: {reason}", .path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Numbers that make no cluster.
    #[error("{0}")]
    Plan(String),
    /// A node's directories.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// Another command is at work on the same cluster.
    #[error("another command is at work on {}", .0.display())]
    Busy(PathBuf),
    /// The process ended instead of becoming ready.
    #[error("node {id} ended before it was ready ({status})")]
    Ended {
        /// The node.
        id: i32,
        /// How its process ended.
        status: String,
        /// The end of its log.
        log: Vec<String>,
    },
    /// The process does not do what it should in time.
    #[error("node {id} {what} within {}s", .seconds)]
    Late {
        /// The node.
        id: i32,
        /// What it did not do.
        what: &'static str,
        /// How long it was given.
        seconds: u64,
        /// The end of its log.
        log: Vec<String>,
    },
    /// A signal that could not be sent.
    #[error("cannot signal process {pid} of node {id}: {source}")]
    Signal {
        /// The node.
        id: i32,
        /// Its process.
        pid: u32,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
}

fn list(ids: &[i32]) -> String {
    ids.iter().map(i32::to_string).collect::<Vec<_>>().join(", ")
}

/// Names the file and what was tried with it.
pub(super) trait At<T> {
    fn at(self, action: &'static str, path: &Path) -> Result<T, LocalError>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, action: &'static str, path: &Path) -> Result<T, LocalError> {
        self.map_err(|source| LocalError::File { action, path: path.to_owned(), source })
    }
}
