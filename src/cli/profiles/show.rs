//! `logbus profiles show`.

use std::collections::BTreeMap;

use crate::cli::error::{CliError, Exit};
use crate::cli::output::Listing;
use crate::cli::table::Table;
use crate::client::Guard;
use crate::ops::profiles::{Profiles, is_secret};

/// Show a profile's settings, without its secrets
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The profile [default: the one in use]
    #[arg(value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    output: Listing,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let profiles = Profiles::of_user()?;
        let name = match self.name {
            Some(name) => name,
            None => profiles.current()?.ok_or_else(|| {
                CliError::failed("no profile is in use")
                    .with_hint("`logbus profiles list` shows the profiles there are")
            })?,
        };
        let properties = profiles.load(&name)?;
        let shown: BTreeMap<&str, &str> = properties
            .iter()
            .filter(|(key, _)| *key != Guard::PROFILE)
            .map(|(key, value)| (key, if is_secret(key) { "(hidden)" } else { value }))
            .collect();
        let names = || shown.keys().map(|key| (*key).to_owned()).collect();
        self.output.print("profile", &shown, names, |_| {
            let mut table = Table::new(&["SETTING", "VALUE"]);
            for (key, value) in &shown {
                table.row([(*key).to_owned(), (*value).to_owned()]);
            }
            table
        })?;
        Ok(Exit::Done)
    }
}
