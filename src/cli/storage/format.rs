//! `logbus storage format`.

use std::path::PathBuf;

use crate::broker::format::bootstrap_values;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::say;
use crate::config::{BrokerConfig, Role};
use crate::log::LogError;
use crate::log::files::MetaProperties;
use crate::log::storage::{FormatError, FormatRequest, VoterEndpoint, format_storage};
use crate::model::{Properties, TimestampMs, Uuid};

/// Prepare data directories for a node; `logbus broker` without --config does it by itself
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Kafka's server.properties: log.dirs, metadata.log.dir and node.id are taken from it
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Data directory, when there is no file
    #[arg(long, value_name = "DIR", conflicts_with = "config")]
    data_dir: Option<PathBuf>,
    /// The node's id, when there is no file
    #[arg(long, value_name = "ID", conflicts_with = "config")]
    node_id: Option<i32>,
    /// The cluster's id, as `logbus storage random-uuid` prints them; a fresh one without it
    #[arg(short = 't', long, value_name = "ID")]
    cluster_id: Option<String>,
    /// Leave directories alone that are formatted for this node and cluster
    #[arg(short = 'g', long)]
    ignore_formatted: bool,
    /// Join a quorum that exists instead of being a quorum of one
    #[arg(short = 'N', long)]
    no_initial_controllers: bool,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let config = self.load()?;
        if let Some(id) = &self.cluster_id {
            id.parse::<Uuid>().map_err(|e| CliError::usage(e.to_string()))?;
        }
        let (log_dirs, metadata_dir) = (config.log_dirs(), config.metadata_log_dir());
        let cluster_id = match &self.cluster_id {
            Some(id) => id.clone(),
            // A directory that is formatted says which cluster the others belong to.
            None => found_cluster(&log_dirs)?.unwrap_or_else(|| Uuid::random().to_string()),
        };
        let bootstrap = bootstrap_values();
        let alone = controller_endpoints(&config);
        // Voters that the configuration names are not written down: every node has the same line.
        let is_sole_voter = !self.no_initial_controllers
            && config.controller_quorum_voters().is_empty()
            && config.has_role(Role::Controller);
        let request = FormatRequest {
            cluster_id: &cluster_id,
            node_id: config.node_id(),
            log_dirs: &log_dirs,
            metadata_dir: &metadata_dir,
            bootstrap: &bootstrap,
            sole_voter: is_sole_voter.then_some(&alone),
            ignore_formatted: self.ignore_formatted,
            now: TimestampMs::now(),
        };
        let report = format_storage(&request, &mut Uuid::random).map_err(|e| {
            let hint = match &e {
                FormatError::AlreadyFormatted(_) => "--ignore-formatted formats the others and leaves these",
                _ => "`logbus storage info DIR` shows what a directory holds",
            };
            CliError::failed(e.to_string()).with_hint(hint)
        })?;
        for dir in &report.already {
            note!("{} is formatted already", dir.display());
        }
        for (dir, id) in &report.formatted {
            say(&format!(
                "formatted {} for node {} of cluster {cluster_id}, directory id {id}\n",
                dir.display(),
                config.node_id()
            ))?;
        }
        Ok(Exit::Done)
    }

    fn load(&self) -> Result<BrokerConfig, CliError> {
        let mut properties = match &self.config {
            None => Properties::new(),
            Some(path) => {
                let bytes = std::fs::read(path).map_err(|e| CliError::file("read", path, &e))?;
                Properties::parse(&bytes)
            }
        };
        if let Some(dir) = &self.data_dir {
            properties.set("log.dirs", &dir.display().to_string());
        }
        if let Some(id) = self.node_id {
            properties.set("node.id", &id.to_string());
        }
        let (config, warnings) = BrokerConfig::from_properties(&properties)
            .map_err(|e| CliError::failed(e.to_string()).with_hint("docs/settings.md lists every setting"))?;
        for warning in warnings {
            note!("warning: {warning}");
        }
        Ok(config)
    }
}

fn damaged(error: LogError) -> CliError {
    CliError::failed(error.to_string()).with_hint("`logbus storage info DIR` shows what a directory holds")
}

fn found_cluster(dirs: &[PathBuf]) -> Result<Option<String>, CliError> {
    for dir in dirs {
        if let Some(meta) = MetaProperties::read(dir).map_err(damaged)? {
            return Ok(Some(meta.cluster_id));
        }
    }
    Ok(None)
}

/// Where other voters will reach this node's controller, if it has a listener for that.
fn controller_endpoints(config: &BrokerConfig) -> Vec<VoterEndpoint> {
    let controllers = config.listeners().iter().filter(|listener| config.is_controller_listener(&listener.name));
    let endpoint = |l: &crate::config::Listener| VoterEndpoint {
        listener: l.name.clone(),
        host: if l.host.is_empty() { "localhost".to_owned() } else { l.host.clone() },
        port: l.port,
    };
    controllers.map(endpoint).collect()
}
