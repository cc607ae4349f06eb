//! `logbus profiles create`.

use std::path::PathBuf;

use crate::cli::error::{CliError, Exit};
use crate::cli::output::say;
use crate::client::{ClientConfig, Guard, Properties};
use crate::ops::profiles::Profiles;

/// Keep a way to reach a cluster under a name
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The name
    #[arg(value_name = "NAME")]
    name: String,
    /// Brokers to begin with, HOST:PORT, separated by commas
    #[arg(short = 'b', long = "bootstrap-server", value_name = "HOST:PORT,…")]
    bootstrap: Option<String>,
    /// Java client properties to take over
    #[arg(long, value_name = "FILE")]
    command_config: Option<PathBuf>,
    /// A setting of Java's client
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,
    #[command(flatten)]
    limits: Limits,
}

/// What a profile forbids, and whether it may take another's place.
#[derive(Debug, clap::Args)]
pub struct Limits {
    /// Refuse every command that changes something
    #[arg(long)]
    read_only: bool,
    /// Refuse to delete, trim or reset topics and groups that match, such as 'prod-*'
    #[arg(long, value_name = "GLOB")]
    protect: Vec<String>,
    /// Replace a profile of this name
    #[arg(long)]
    force: bool,
}

impl Limits {
    /// Adds the limits to the settings, tries them, and keeps the profile.
    pub(super) fn save(&self, name: &str, mut properties: Properties) -> Result<Exit, CliError> {
        if self.read_only {
            properties.set(Guard::READ_ONLY, "true");
        }
        if !self.protect.is_empty() {
            properties.set(Guard::PROTECT, self.protect.join(","));
        }
        // What no command could use is told now, not when it is needed.
        ClientConfig::from_properties(None, &properties)?;
        Profiles::of_user()?.save(name, &properties, self.force)?;
        say(&format!("kept profile {name}\n"))?;
        Ok(Exit::Done)
    }
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let mut properties = match &self.command_config {
            Some(path) => Properties::load(path).map_err(|error| CliError::file("read", path, &error))?,
            None => Properties::default(),
        };
        for setting in &self.settings {
            let (key, value) =
                setting.split_once('=').ok_or_else(|| CliError::usage(format!("--set {setting}: write KEY=VALUE")))?;
            properties.set(key, value);
        }
        if let Some(bootstrap) = &self.bootstrap {
            properties.set("bootstrap.servers", bootstrap);
        }
        self.limits.save(&self.name, properties)
    }
}
