//! The directory of a local cluster: which nodes there are, and their first format.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::error::{At as _, LocalError};
use crate::config::{BrokerConfig, Role};
use crate::log::files::MetaProperties;
use crate::log::storage::{FormatRequest, format_storage};
use crate::model::{BrokerId, Properties, TimestampMs, Uuid};

/// A node's settings file.
pub(super) const PROPERTIES: &str = "server.properties";
/// Names of node directories begin with this.
const NODE: &str = "node-";

/// One node as its settings file tells it.
#[derive(Clone, Debug)]
pub struct Node {
    /// `node.id`.
    pub id: i32,
    /// Its directory.
    pub dir: PathBuf,
    /// Whether it serves clients.
    pub is_broker: bool,
    /// Whether it votes on the metadata.
    pub is_controller: bool,
    /// `host:port` of its first listener for clients.
    pub kafka: Option<String>,
    /// `host:port` of its controller listener.
    pub controller: Option<String>,
    /// `host:port` of its admin daemon.
    pub admin: Option<String>,
    config: BrokerConfig,
}

impl Node {
    /// Reads a node's settings file.
    ///
    /// # Errors
    /// [`LocalError::File`] and [`LocalError::Settings`].
    pub fn read(dir: &Path) -> Result<Node, LocalError> {
        let path = dir.join(PROPERTIES);
        let bytes = fs::read(&path).at("read", &path)?;
        let (config, _) = BrokerConfig::from_properties(&Properties::parse(&bytes))
            .map_err(|e| LocalError::Settings { path, reason: e.to_string() })?;
        let address = |of_controller: bool| {
            let mut listeners = config.listeners().iter();
            let found = listeners.find(|l| config.is_controller_listener(&l.name) == of_controller)?;
            Some(format!("{}:{}", found.host, found.port))
        };
        Ok(Node {
            id: config.node_id().get(),
            dir: dir.to_owned(),
            is_broker: config.has_role(Role::Broker),
            is_controller: config.has_role(Role::Controller),
            kafka: address(false).filter(|_| config.has_role(Role::Broker)),
            controller: address(true).filter(|_| config.has_role(Role::Controller)),
            admin: config.admin_listener().map(|(host, port)| format!("{host}:{port}")),
            config,
        })
    }

    /// Its settings file.
    pub fn properties(&self) -> PathBuf {
        self.dir.join(PROPERTIES)
    }

    /// Where its process logs.
    pub fn log(&self) -> PathBuf {
        self.dir.join("broker.log")
    }

    /// Where its process says that it is ready.
    pub(super) fn ready(&self) -> PathBuf {
        self.dir.join("ready")
    }

    /// Which process it is.
    pub(super) fn pid(&self) -> PathBuf {
        self.dir.join("pid")
    }
}

/// The directory of the node with that number.
pub(super) fn node_dir(dir: &Path, id: i32) -> PathBuf {
    dir.join(format!("{NODE}{id}"))
}

/// The nodes of a cluster in the order of their numbers.
///
/// # Errors
/// [`LocalError::NoCluster`] when there are none, and whatever is wrong with a node's settings.
pub fn nodes(dir: &Path) -> Result<Vec<Node>, LocalError> {
    let mut found = Vec::new();
    // The first node's settings are written last: without them the others are what a creation left that did not end.
    if !node_dir(dir, 1).join(PROPERTIES).exists() {
        return Err(LocalError::NoCluster(dir.to_owned()));
    }
    for entry in fs::read_dir(dir).at("list", dir)? {
        let path = entry.at("list", dir)?.path();
        let is_node = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(NODE));
        if is_node && path.join(PROPERTIES).exists() {
            found.push(Node::read(&path)?);
        }
    }
    found.sort_by_key(|node| node.id);
    Ok(found)
}

/// The nodes with those numbers; all of them when none is given.
///
/// # Errors
/// [`LocalError::NoNode`].
pub fn pick(dir: &Path, nodes: Vec<Node>, ids: &[i32]) -> Result<Vec<Node>, LocalError> {
    if let Some(&id) = ids.iter().find(|id| !nodes.iter().any(|node| node.id == **id)) {
        let known = nodes.iter().map(|node| node.id).collect();
        return Err(LocalError::NoNode { id, dir: dir.to_owned(), known });
    }
    Ok(nodes.into_iter().filter(|node| ids.is_empty() || ids.contains(&node.id)).collect())
}

/// Formats every directory of the nodes that is not formatted, all for one cluster. `bootstrap` are the first records of
/// a new cluster. A directory that was emptied by hand becomes one of the same cluster again.
///
/// # Errors
/// [`LocalError::Format`] when a directory cannot be read or written, or belongs to another node or cluster.
pub fn format(nodes: &[Node], bootstrap: &[Bytes]) -> Result<(), LocalError> {
    let mut cluster_id = None;
    for dir in nodes.iter().flat_map(|node| node.config.log_dirs()) {
        let found = MetaProperties::read(&dir).map_err(crate::log::storage::FormatError::from)?;
        cluster_id = cluster_id.or(found.map(|meta| meta.cluster_id));
    }
    let cluster_id = cluster_id.unwrap_or_else(|| Uuid::random().to_string());
    for node in nodes {
        let request = FormatRequest {
            cluster_id: &cluster_id,
            node_id: BrokerId(node.id),
            log_dirs: &node.config.log_dirs(),
            metadata_dir: &node.config.metadata_log_dir(),
            bootstrap,
            // Who votes stands in controller.quorum.voters, and not in the log.
            sole_voter: None,
            ignore_formatted: true,
            now: TimestampMs::now(),
        };
        format_storage(&request, &mut Uuid::random)?;
    }
    Ok(())
}

/// Keeps other commands from the cluster until the file is dropped.
///
/// # Errors
/// [`LocalError::Busy`] when another command has it.
pub fn lock(dir: &Path) -> Result<File, LocalError> {
    fs::create_dir_all(dir).at("create", dir)?;
    let path = dir.join("lock");
    let file = File::create(&path).at("create", &path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(LocalError::Busy(dir.to_owned())),
        Err(TryLockError::Error(source)) => Err(source).at("lock", &path),
    }
}
