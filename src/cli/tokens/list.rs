//! `logbus tokens list`.

use super::{parse_principal, table};
use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::Listing;
use crate::ops::tokens::{self, Principal};

/// List the tokens that one may see
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only those of these owners, User:name
    #[arg(long = "owner", value_name = "PRINCIPAL", value_parser = parse_principal)]
    owners: Vec<Principal>,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Listing,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let owners = self.owners;
        let found = self.connect.run(|cluster| async move { tokens::describe(&cluster, &owners).await })?;
        let names = || found.iter().map(|t| t.token_id.clone()).collect();
        self.output.print("tokens", &found, names, |wide| table(&found, wide))?;
        Ok(Exit::Done)
    }
}
