//! How a command reaches its cluster.

use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::error::CliError;
use super::human;
use crate::client::{ClientConfig, Cluster, Properties, parse_bootstrap};
use crate::ops::cluster::Side;

/// Where used when nothing else says so.
const DEFAULT_BOOTSTRAP: &str = "127.0.0.1:9092";

/// The options of every command that talks to a cluster.
#[derive(Clone, Debug, Args)]
pub struct Connect {
    /// Brokers to begin with, HOST:PORT, separated by commas [default: 127.0.0.1:9092]
    #[arg(
        short = 'b',
        long = "bootstrap-server",
        value_name = "HOST:PORT,…",
        env = "LOGBUS_BOOTSTRAP_SERVER",
        hide_env_values = true,
        help_heading = "Cluster"
    )]
    bootstrap: Option<String>,
    /// Java client properties
    #[arg(long, value_name = "FILE", help_heading = "Cluster")]
    command_config: Option<PathBuf>,
    /// Longest time for the whole operation
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = human::parse_duration, help_heading = "Cluster")]
    timeout: Duration,
}

impl Connect {
    /// The properties of the file, and the client settings made of them and of the options.
    pub fn settings(&self) -> Result<(ClientConfig, Properties), CliError> {
        let properties = match &self.command_config {
            Some(path) => Properties::load(path).map_err(|e| CliError::file("read", path, &e))?,
            None => Properties::default(),
        };
        let from_file = properties.get("bootstrap.servers").map(str::to_owned);
        let list = self.bootstrap.clone().or(from_file).unwrap_or_else(|| DEFAULT_BOOTSTRAP.into());
        let mut config = ClientConfig::from_properties(Some(&list), &properties)?;
        config.set_timeout(self.timeout);
        Ok((config, properties))
    }

    /// Longest time for the whole operation.
    pub const fn timeout(&self) -> Duration {
        self.timeout
    }

    /// A handle on the cluster; connects when first used.
    pub fn cluster(&self) -> Result<Cluster, CliError> {
        Ok(Cluster::new(self.settings()?.0))
    }

    /// Runs one operation to its end, on this thread.
    pub fn run<T, E, F>(&self, operation: impl FnOnce(Cluster) -> F) -> Result<T, CliError>
    where
        F: Future<Output = Result<T, E>>,
        CliError: From<E>,
    {
        let cluster = self.cluster()?;
        Ok(block_on(operation(cluster))??)
    }
}

/// The address of controllers, for the commands that can ask them as well as brokers (KIP-919).
#[derive(Clone, Debug, Args)]
pub struct Controllers {
    /// Controllers to ask instead of brokers, HOST:PORT, separated by commas
    #[arg(long, value_name = "HOST:PORT,…", help_heading = "Cluster")]
    bootstrap_controller: Option<String>,
}

impl Connect {
    /// A handle on the cluster, and the side from which it is asked.
    pub fn cluster_or(&self, controllers: &Controllers) -> Result<(Cluster, Side), CliError> {
        let (mut config, _) = self.settings()?;
        match &controllers.bootstrap_controller {
            None => Ok((Cluster::new(config), Side::Brokers)),
            Some(list) => {
                config.bootstrap = parse_bootstrap(list)?;
                Ok((Cluster::new(config), Side::Controllers))
            }
        }
    }
}

/// Runs a future on a runtime of this thread alone: a command that lives for milliseconds needs no pool.
pub fn block_on<F: Future>(future: F) -> Result<F::Output, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let output = runtime.block_on(future);
    // A thread that still reads stdin is not waited for.
    runtime.shutdown_background();
    Ok(output)
}
