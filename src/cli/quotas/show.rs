//! `logbus quotas list` and `describe`.

use super::{Entity, shown};
use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::Listing;
use crate::cli::table::Table;
use crate::ops::quotas::{self, EntityType, Filter, Part, Quotas};

/// List quotas and who they are for
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Listing,
}

/// Show the quotas of one user, client or address
#[derive(Debug, clap::Args)]
pub struct DescribeArgs {
    #[command(flatten)]
    entity: Entity,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Listing,
}

impl ListArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let mut all = self.connect.run(|cluster| async move { quotas::describe(&cluster, &[], false).await })?;
        all.sort_by(|a, b| a.entity.cmp(&b.entity));
        print(self.output, all)
    }
}

impl DescribeArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let filters: Vec<(EntityType, Filter)> = self.entity.filters();
        let found = self.connect.run(|cluster| async move { quotas::describe(&cluster, &filters, true).await })?;
        if found.is_empty() {
            let entity = shown(&self.entity.parts());
            return Err(CliError::failed(format!("{entity} has no quota of its own"))
                .with_hint("`logbus quotas list` shows the quotas there are"));
        }
        print(self.output, found)
    }
}

fn print(output: Listing, mut all: Vec<Quotas>) -> Result<Exit, CliError> {
    if all.is_empty() && output.is_table() {
        note!("there are no quotas; `logbus quotas set --user NAME producer_byte_rate=BYTES` makes one");
        return Ok(Exit::Done);
    }
    all.iter_mut().for_each(|quotas| quotas.values.sort_by(|a, b| a.name.cmp(&b.name)));
    let names = || all.iter().map(|quotas| shown(&quotas.entity)).collect();
    output.print("quotas", &all, names, |_| table(&all))?;
    Ok(Exit::Done)
}

fn table(all: &[Quotas]) -> Table {
    let mut table = Table::new(&["USER", "CLIENT", "IP", "QUOTA", ">VALUE"]);
    for quotas in all {
        let name = |kind| {
            let part: Option<&Part> = quotas.entity.iter().find(|part| part.kind == kind);
            part.map_or_else(String::new, |part| part.name.clone().unwrap_or_else(|| "(default)".to_owned()))
        };
        for quota in &quotas.values {
            let who = [name(EntityType::User), name(EntityType::ClientId), name(EntityType::Ip)];
            table.row(who.into_iter().chain([quota.name.clone(), quota.value.to_string()]));
        }
    }
    table
}
