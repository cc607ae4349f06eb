//! `logbus profiles import`.

use std::path::PathBuf;

use super::create::Limits;
use crate::cli::error::{CliError, Exit};
use crate::client::Properties;

/// Make a profile of a file with Java client properties
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file, with bootstrap.servers in it or -b beside it
    #[arg(value_name = "FILE.properties")]
    file: PathBuf,
    /// The name [default: that of the file]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Brokers to begin with, HOST:PORT, separated by commas
    #[arg(short = 'b', long = "bootstrap-server", value_name = "HOST:PORT,…")]
    bootstrap: Option<String>,
    #[command(flatten)]
    limits: Limits,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let mut properties =
            Properties::load(&self.file).map_err(|error| CliError::file("read", &self.file, &error))?;
        if let Some(bootstrap) = &self.bootstrap {
            properties.set("bootstrap.servers", bootstrap);
        }
        let stem = self.file.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let name = self.name.or(stem).unwrap_or_default();
        self.limits.save(&name, properties)
    }
}
