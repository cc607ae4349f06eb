//! `logbus quotas set` and `unset`.

use super::{Entity, shown};
use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::human;
use crate::cli::output::say;
use crate::ops::quotas;

/// Set quotas
#[derive(Debug, clap::Args)]
pub struct SetArgs {
    #[command(flatten)]
    entity: Entity,
    /// New limits: producer_byte_rate, consumer_byte_rate, request_percentage, controller_mutation_rate; of addresses
    /// connection_creation_rate
    #[arg(required = true, value_name = "NAME=VALUE", value_parser = parse_limit)]
    limits: Vec<(String, f64)>,
    /// Ask whether it could be done, change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    connect: Connect,
}

/// Take quotas away
#[derive(Debug, clap::Args)]
pub struct UnsetArgs {
    #[command(flatten)]
    entity: Entity,
    /// Names of quotas
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    /// Ask whether it could be done, change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    connect: Connect,
}

impl SetArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let changes = self.limits.into_iter().map(|(name, value)| (name, Some(value))).collect();
        apply(&self.connect, &self.entity, changes, self.dry_run)
    }
}

impl UnsetArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let changes = self.names.into_iter().map(|name| (name, None)).collect();
        apply(&self.connect, &self.entity, changes, self.dry_run)
    }
}

/// Reads `NAME=VALUE`; rates of bytes may be written as sizes.
fn parse_limit(text: &str) -> Result<(String, f64), String> {
    let (name, value) = crate::cli::configs::parse_pair(text)?;
    let number = value.parse().ok().filter(|n: &f64| n.is_finite());
    let size = || human::parse_size(&value).ok().filter(|_| name.ends_with("byte_rate")).map(|bytes| bytes as f64);
    match number.or_else(size) {
        Some(limit) => Ok((name, limit)),
        None => Err(format!("{value} is not a number")),
    }
}

fn apply(
    connect: &Connect,
    entity: &Entity,
    changes: Vec<(String, Option<f64>)>,
    dry_run: bool,
) -> Result<Exit, CliError> {
    let parts = entity.parts();
    let (who, names) = (shown(&parts), changes.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", "));
    let result = connect.run(|cluster| async move { quotas::alter(&cluster, &parts, &changes, dry_run).await });
    let hint = "`logbus quotas set --help` lists the quotas there are";
    result.map_err(|e: CliError| if e.has_hint() { e } else { e.with_hint(hint) })?;
    let verb = if dry_run { "would change" } else { "changed" };
    say(&format!("{verb} {names} of {who}\n"))?;
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_number_and_a_rate_of_bytes_may_be_a_size() {
        assert_eq!(parse_limit("producer_byte_rate=1048576"), Ok(("producer_byte_rate".into(), 1_048_576.0)));
        assert_eq!(parse_limit("consumer_byte_rate=1MiB"), Ok(("consumer_byte_rate".into(), 1_048_576.0)));
        assert_eq!(parse_limit("request_percentage=12.5"), Ok(("request_percentage".into(), 12.5)));
        assert!(parse_limit("request_percentage=1MiB").is_err());
        assert!(parse_limit("producer_byte_rate=fast").is_err());
    }
}
