//! The broker's settings, from file and flags; and the first format of a new directory.

use std::fs;

use tracing::warn;

use super::Broker;
use crate::broker::format;
use crate::cli::error::CliError;
use crate::config::BrokerConfig;
use crate::model::Properties;

/// Reads the file, lays the flags over it, and checks the whole.
pub(super) fn load(args: &Broker) -> Result<BrokerConfig, CliError> {
    let mut properties = match &args.config {
        None => Properties::new(),
        Some(path) => {
            let bytes = fs::read(path).map_err(|e| CliError::file("read", path, &e))?;
            Properties::parse(&bytes)
        }
    };
    if let Some(dir) = &args.data_dir {
        properties.set("log.dirs", &dir.display().to_string());
        properties.remove("log.dir");
    }
    if let Some(listener) = &args.listener {
        let listener = if listener.contains("://") { listener.clone() } else { format!("PLAINTEXT://{listener}") };
        properties.set("listeners", &listener);
        properties.remove("advertised.listeners");
    }
    if let Some(admin) = &args.admin_listener {
        properties.set("logbus.admin.listener", if admin == "none" { "" } else { admin });
    }
    if let Some(id) = args.node_id {
        properties.set("node.id", &id.to_string());
        properties.remove("broker.id");
    }
    for pair in &args.overrides {
        let (key, value) =
            pair.split_once('=').ok_or_else(|| CliError::usage(format!("--override {pair}: write KEY=VALUE")))?;
        properties.set(key.trim(), value.trim());
    }
    let (config, warnings) = BrokerConfig::from_properties(&properties)
        .map_err(|e| CliError::failed(e.to_string()).with_hint("docs/settings.md lists every setting"))?;
    for warning in warnings {
        warn!("{warning}");
    }
    Ok(config)
}

/// Formats directories that nobody formatted.
pub(super) fn format_if_new(config: &BrokerConfig) -> Result<(), CliError> {
    format::format_if_new(config)
        .map_err(|e| CliError::failed(e.to_string()).with_hint("`logbus storage info` shows what the directories hold"))
}
