//! `logbus acls add`.

use std::collections::BTreeSet;

use super::{Resources, line, names, parse_operation, parse_principal, refused, table, with_hint};
use crate::cli::connect::{Connect, Controllers, block_on};
use crate::cli::error::{CliError, Exit};
use crate::cli::output::{Output, say};
use crate::ops::acls::{self, Acl, Entry, Operation, PatternType, Permission};

/// Allow or deny somebody something
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    resources: Resources,
    /// The names are beginnings of names
    #[arg(long)]
    prefixed: bool,
    /// Who may, User:name; User:* is everybody; may be repeated
    #[arg(long, value_name = "PRINCIPAL", value_parser = parse_principal, required_unless_present = "deny")]
    allow: Vec<String>,
    /// Who may not, whatever else allows it; may be repeated
    #[arg(long, value_name = "PRINCIPAL", value_parser = parse_principal, conflicts_with_all = ["producer", "consumer"])]
    deny: Vec<String>,
    /// From which addresses; all without it
    #[arg(long = "host", value_name = "ADDRESS", default_value = "*")]
    hosts: Vec<String>,
    /// What: read, write, describe, …; all without it
    #[arg(long = "operation", value_name = "OPERATION", value_delimiter = ',', value_parser = parse_operation)]
    operations: Vec<Operation>,
    /// What a producer needs on the topics and transactional ids
    #[arg(long, conflicts_with = "operations")]
    producer: bool,
    /// What a consumer needs on the topics and groups
    #[arg(long, conflicts_with = "operations")]
    consumer: bool,
    /// With --producer: idempotence without a transactional id
    #[arg(long, requires = "producer")]
    idempotent: bool,
    #[command(flatten)]
    controllers: Controllers,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Output,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let wanted = self.wanted()?;
        let (cluster, side) = self.connect.cluster_or(&self.controllers)?;
        let outcomes = block_on(acls::add(&cluster, side, &wanted))?.map_err(with_hint)?;
        let mut added = Vec::new();
        for (acl, result) in outcomes {
            match result {
                Ok(()) => added.push(acl),
                Err(refusal) => refused(refusal).print(),
            }
        }
        if self.output.is_table() {
            added.iter().try_for_each(|acl| say(&format!("added {}\n", line(acl))))?;
        } else {
            self.output.print("added_acls", &added, || names(&added), |_| table(&added))?;
        }
        Ok(match added.len() {
            n if n == wanted.len() => Exit::Done,
            0 => Exit::Failed,
            _ => Exit::Partly,
        })
    }

    fn wanted(&self) -> Result<Vec<Acl>, CliError> {
        let pattern = if self.prefixed { PatternType::Prefixed } else { PatternType::Literal };
        let things = self.resources.patterns(pattern);
        if things.is_empty() {
            return Err(CliError::usage("nothing is named that the entry could be about").with_hint(
                "--topic NAME, --group NAME, --transactional-id ID, --cluster, --token ID or --user PRINCIPAL",
            ));
        }
        let mut needed = Vec::new();
        if self.producer {
            needed.extend(acls::producer(&things, self.idempotent, &self.allow, &self.hosts));
        }
        if self.consumer {
            needed.extend(acls::consumer(&things, &self.allow, &self.hosts));
        }
        if !self.producer && !self.consumer {
            let operations = if self.operations.is_empty() { &[Operation::All][..] } else { &self.operations };
            let mut entries = Entry::of(&self.allow, &self.hosts, operations, Permission::Allow);
            entries.extend(Entry::of(&self.deny, &self.hosts, operations, Permission::Deny));
            needed.extend(things.into_iter().map(|thing| (thing, entries.clone())));
        }
        let mut wanted = BTreeSet::new();
        for (pattern, entries) in needed {
            for entry in entries {
                let known = pattern.kind.operations();
                if entry.operation != Operation::All && !known.contains(&entry.operation) {
                    let words: Vec<&str> = known.iter().map(|operation| operation.word()).collect();
                    let message = format!("a {} has no operation {}", pattern.kind.word(), entry.operation.word());
                    return Err(CliError::usage(message).with_hint(format!("it has All, {}", words.join(", "))));
                }
                wanted.insert(Acl { pattern: pattern.clone(), entry });
            }
        }
        if wanted.is_empty() {
            return Err(CliError::usage("the shortcut says nothing about what is named")
                .with_hint("--producer is about topics and transactional ids, --consumer about topics and groups"));
        }
        Ok(wanted.into_iter().collect())
    }
}
