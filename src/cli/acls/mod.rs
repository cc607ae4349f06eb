//! `logbus acls`.

mod add;
mod list;
mod remove;

use clap::{Args, Subcommand};

use super::error::{CliError, Exit};
use super::table::Table;
use crate::ops::acls::{self, Acl, CLUSTER_NAME, Operation, Pattern, PatternType, ResourceType};
use crate::ops::{OpsError, Refusal};

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// List who may do what
    List(list::Args),
    /// Allow or deny somebody something
    Add(add::Args),
    /// Remove entries; shows them, needs --yes to change anything
    Remove(remove::Args),
}

impl Verb {
    /// Runs the verb.
    pub fn run(self) -> Result<Exit, CliError> {
        match self {
            Verb::List(args) => args.run(),
            Verb::Add(args) => args.run(),
            Verb::Remove(args) => args.run(),
        }
    }
}

/// The things that entries are about.
#[derive(Clone, Debug, Args)]
struct Resources {
    /// A topic; '*' for all; may be repeated
    #[arg(long = "topic", value_name = "NAME", help_heading = "Resources")]
    topics: Vec<String>,
    /// A group; '*' for all; may be repeated
    #[arg(long = "group", value_name = "NAME", help_heading = "Resources")]
    groups: Vec<String>,
    /// A transactional id; '*' for all; may be repeated
    #[arg(long = "transactional-id", value_name = "ID", help_heading = "Resources")]
    transactional_ids: Vec<String>,
    /// A delegation token, by id; may be repeated
    #[arg(long = "token", value_name = "ID", help_heading = "Resources")]
    tokens: Vec<String>,
    /// A user for whom others make tokens, User:name; may be repeated
    #[arg(long = "user", value_name = "PRINCIPAL", help_heading = "Resources")]
    users: Vec<String>,
    /// The cluster as a whole
    #[arg(long, help_heading = "Resources")]
    cluster: bool,
}

impl Resources {
    fn patterns(&self, pattern: PatternType) -> Vec<Pattern> {
        let named = [
            (&self.topics, ResourceType::Topic),
            (&self.groups, ResourceType::Group),
            (&self.transactional_ids, ResourceType::TransactionalId),
            (&self.tokens, ResourceType::DelegationToken),
            (&self.users, ResourceType::User),
        ];
        let mut found: Vec<Pattern> = Vec::new();
        for (names, kind) in named {
            found.extend(names.iter().map(|name| Pattern { kind, name: name.clone(), pattern }));
        }
        if self.cluster {
            let pattern = PatternType::Literal;
            found.push(Pattern { kind: ResourceType::Cluster, name: CLUSTER_NAME.to_owned(), pattern });
        }
        found
    }
}

/// Reads `User:alice`.
fn parse_principal(text: &str) -> Result<String, String> {
    acls::parse_principal(text)
        .map(|_| text.to_owned())
        .map_err(|_| format!("`{text}` is not TYPE:NAME, as User:alice"))
}

fn parse_operation(text: &str) -> Result<Operation, String> {
    let plain = text.replace('-', "");
    Operation::from_word(&plain).filter(|operation| *operation != Operation::Any).ok_or_else(|| {
        let known: Vec<&str> = Operation::ALL.iter().skip(2).map(|operation| operation.word()).collect();
        format!("there is no operation {text}; there are {}", known.join(", "))
    })
}

fn table(found: &[Acl]) -> Table {
    let mut table = Table::new(&["RESOURCE", "NAME", "PATTERN", "PRINCIPAL", "HOST", "OPERATION", "PERMISSION"]);
    for Acl { pattern, entry } in found {
        table.row([
            pattern.kind.word().to_owned(),
            pattern.name.clone(),
            pattern.pattern.word().to_lowercase(),
            entry.principal.clone(),
            entry.host.clone(),
            entry.operation.word().to_owned(),
            entry.permission.word().to_lowercase(),
        ]);
    }
    table
}

/// An entry in one line.
fn line(Acl { pattern, entry }: &Acl) -> String {
    let prefixed = if pattern.pattern == PatternType::Prefixed { "*" } else { "" };
    let name =
        if pattern.kind == ResourceType::Cluster { String::new() } else { format!(" {}{prefixed}", pattern.name) };
    let host = if entry.host == "*" { String::new() } else { format!(" from {}", entry.host) };
    let verb = entry.permission.word().to_lowercase();
    let kind = pattern.kind.word().to_lowercase();
    format!("{verb} {} {} on {kind}{name}{host}", entry.principal, entry.operation.word())
}

fn names(found: &[Acl]) -> Vec<String> {
    found.iter().map(line).collect()
}

/// A refusal with what helps where the cluster has no lists at all.
fn refused(refusal: Refusal) -> CliError {
    with_hint(refusal.about("the authorizer"))
}

fn with_hint(error: OpsError) -> CliError {
    let disabled = matches!(&error, OpsError::Client(e) if e.code() == Some(crate::model::ErrorCode::SecurityDisabled));
    let error = CliError::from(error);
    if disabled { error.with_hint("set authorizer.class.name on brokers and controllers") } else { error }
}
