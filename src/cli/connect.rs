//! How a command reaches its cluster.

use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::error::CliError;
use super::human;
use crate::client::{ClientConfig, Cluster, Properties, parse_bootstrap};
use crate::ops::cluster::Side;
use crate::ops::profiles::Profiles;

/// Where used when nothing else says so.
const DEFAULT_BOOTSTRAP: &str = "127.0.0.1:9092";

/// The options of every command that talks to a cluster.
#[derive(Clone, Debug, Args)]
pub struct Connect {
    /// Brokers to begin with, HOST:PORT, separated by commas [env: LOGBUS_BOOTSTRAP_SERVER] [default: 127.0.0.1:9092]
    #[arg(short = 'b', long = "bootstrap-server", value_name = "HOST:PORT,…", help_heading = "Cluster")]
    bootstrap: Option<String>,
    /// A profile of `logbus profiles` [env: LOGBUS_PROFILE]
    #[arg(short = 'C', long, value_name = "NAME", help_heading = "Cluster")]
    profile: Option<String>,
    /// Java client properties
    #[arg(long, value_name = "FILE", help_heading = "Cluster")]
    command_config: Option<PathBuf>,
    /// Longest time for the whole operation
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = human::parse_duration, help_heading = "Cluster")]
    timeout: Duration,
}

impl Connect {
    /// The properties in force, and the client settings made of them and of the options: what the command line says
    /// counts before a profile that is named, that before LOGBUS_BOOTSTRAP_SERVER, that before the profile in use.
    pub fn settings(&self) -> Result<(ClientConfig, Properties), CliError> {
        let mut properties = match &self.command_config {
            Some(path) => Properties::load(path).map_err(|e| CliError::file("read", path, &e))?,
            None => Properties::default(),
        };
        if let Some(profile) = self.profile(&properties)? {
            properties = properties.over(&profile);
        }
        let known = properties.get("bootstrap.servers").map(str::to_owned);
        let list = self.bootstrap.clone().or(known).or_else(|| variable("LOGBUS_BOOTSTRAP_SERVER"));
        let list = list.unwrap_or_else(|| DEFAULT_BOOTSTRAP.into());
        let mut config = ClientConfig::from_properties(Some(&list), &properties)?;
        config.set_timeout(self.timeout);
        Ok((config, properties))
    }

    /// Longest time for the whole operation.
    pub const fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The profile that counts. The one in use is for commands that name no cluster in any other way: its login is
    /// not for a cluster that it does not know.
    fn profile(&self, file: &Properties) -> Result<Option<Properties>, CliError> {
        if let Some(name) = self.profile.clone().or_else(|| variable("LOGBUS_PROFILE")) {
            return Ok(Some(Profiles::of_user()?.load(&name)?));
        }
        let is_named = self.bootstrap.is_some()
            || file.get("bootstrap.servers").is_some()
            || variable("LOGBUS_BOOTSTRAP_SERVER").is_some();
        // Without a home there are no profiles, and that is no reason to fail.
        let (false, Ok(profiles)) = (is_named, Profiles::of_user()) else { return Ok(None) };
        match profiles.current()? {
            Some(name) => Ok(Some(profiles.load(&name)?)),
            None => Ok(None),
        }
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

/// An environment variable that says something.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
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
