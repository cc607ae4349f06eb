//! `logbus acls list`.

use super::{Resources, names, parse_principal, table, with_hint};
use crate::cli::connect::{Connect, Controllers, block_on};
use crate::cli::error::{CliError, Exit};
use crate::cli::output::Listing;
use crate::ops::acls::{self, Acl, Filter, PatternType};

/// List who may do what
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    resources: Resources,
    /// Only what is said of these principals, User:name
    #[arg(long = "principal", value_name = "PRINCIPAL", value_parser = parse_principal)]
    principals: Vec<String>,
    /// Whatever applies to the names: entries of their very name, of a beginning of it, and of '*'
    #[arg(long)]
    applying: bool,
    #[command(flatten)]
    controllers: Controllers,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Listing,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let (cluster, side) = self.connect.cluster_or(&self.controllers)?;
        let pattern = if self.applying { PatternType::Match } else { PatternType::Any };
        let mut filters: Vec<Filter> = self.resources.patterns(pattern).iter().map(Filter::about).collect();
        if filters.is_empty() {
            filters.push(Filter::default());
        }
        let mut found: Vec<Acl> = Vec::new();
        for filter in &filters {
            found.extend(block_on(acls::list(&cluster, side, filter))?.map_err(with_hint)?);
        }
        found.retain(|acl| self.principals.is_empty() || self.principals.contains(&acl.entry.principal));
        found.sort();
        found.dedup();
        self.output.print("acls", &found, || names(&found), |_| table(&found))?;
        Ok(Exit::Done)
    }
}
