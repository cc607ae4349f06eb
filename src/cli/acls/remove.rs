//! `logbus acls remove`.

use super::{Resources, line, names, parse_operation, parse_principal, refused, table, with_hint};
use crate::cli::connect::{Connect, Controllers, block_on};
use crate::cli::error::{CliError, Exit};
use crate::cli::output::{Output, say};
use crate::ops::acls::{self, Acl, Filter, Operation, PatternType, Permission};

/// Remove entries; shows them, needs --yes to change anything
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    resources: Resources,
    /// Entries of names that are beginnings of names
    #[arg(long)]
    prefixed: bool,
    /// Only what is said of this principal, User:name
    #[arg(long, value_name = "PRINCIPAL", value_parser = parse_principal)]
    principal: Option<String>,
    /// Only what is said of this address
    #[arg(long, value_name = "ADDRESS")]
    host: Option<String>,
    /// Only this operation
    #[arg(long, value_name = "OPERATION", value_parser = parse_operation)]
    operation: Option<Operation>,
    /// Only what denies
    #[arg(long)]
    denying: bool,
    /// Remove; without it, show what would be removed
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    controllers: Controllers,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Output,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let filters = self.filters()?;
        let (cluster, side) = self.connect.cluster_or(&self.controllers)?;
        let (mut found, mut refusals): (Vec<Acl>, usize) = (Vec::new(), 0);
        if self.yes {
            for taken in block_on(acls::remove(&cluster, side, &filters))?.map_err(with_hint)? {
                match taken {
                    Ok(taken) => found.extend(taken),
                    Err(refusal) => {
                        refusals += 1;
                        refused(refusal).print();
                    }
                }
            }
        } else {
            for filter in &filters {
                found.extend(block_on(acls::list(&cluster, side, filter))?.map_err(with_hint)?);
            }
        }
        found.sort();
        found.dedup();
        if self.output.is_table() {
            let verb = if self.yes { "removed" } else { "would remove" };
            found.iter().try_for_each(|acl| say(&format!("{verb} {}\n", line(acl))))?;
            match (found.is_empty(), self.yes) {
                (true, _) => say("No entry is like that; nothing was changed.\n")?,
                (_, false) => say("Nothing was changed: add --yes to remove.\n")?,
                _ => {}
            }
        } else {
            let kind = if self.yes { "removed_acls" } else { "acls_to_remove" };
            self.output.print(kind, &found, || names(&found), |_| table(&found))?;
        }
        Ok(match refusals {
            0 => Exit::Done,
            n if n == filters.len() => Exit::Failed,
            _ => Exit::Partly,
        })
    }

    fn filters(&self) -> Result<Vec<Filter>, CliError> {
        let pattern = if self.prefixed { PatternType::Prefixed } else { PatternType::Literal };
        let mut filters: Vec<Filter> = self.resources.patterns(pattern).iter().map(Filter::about).collect();
        if filters.is_empty() {
            if self.principal.is_none() {
                return Err(CliError::usage("neither a resource nor a principal says which entries are meant")
                    .with_hint("--principal PRINCIPAL for all of somebody, --topic NAME for all about a topic"));
            }
            filters.push(Filter::default());
        }
        for filter in &mut filters {
            filter.principal.clone_from(&self.principal);
            filter.host.clone_from(&self.host);
            filter.operation = self.operation.unwrap_or(Operation::Any);
            filter.permission = if self.denying { Permission::Deny } else { Permission::Any };
        }
        Ok(filters)
    }
}
