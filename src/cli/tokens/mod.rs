//! `logbus tokens`.

mod change;
mod list;

use clap::Subcommand;

use super::error::{CliError, Exit};
use super::human;
use super::table::Table;
use crate::ops::tokens::{Principal, Token};

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// List the tokens that one may see
    List(list::Args),
    /// Make a token
    Create(change::CreateArgs),
    /// Let a token live longer
    Renew(change::RenewArgs),
    /// Let a token expire; at once if no time is given
    Expire(change::ExpireArgs),
}

impl Verb {
    /// Runs the verb.
    pub fn run(self) -> Result<Exit, CliError> {
        match self {
            Verb::List(args) => args.run(),
            Verb::Create(args) => args.run(),
            Verb::Renew(args) => args.run(),
            Verb::Expire(args) => args.run(),
        }
    }
}

/// Reads `User:alice`.
fn parse_principal(text: &str) -> Result<Principal, String> {
    crate::ops::acls::parse_principal(text).map_err(|_| format!("`{text}` is not TYPE:NAME, as User:alice"))
}

fn table(found: &[Token], wide: bool) -> Table {
    let mut columns = vec!["TOKEN", "OWNER", "REQUESTER", "RENEWERS", "ISSUED", "EXPIRES", "AT THE LATEST"];
    if wide {
        columns.push("HMAC");
    }
    let mut table = Table::new(&columns);
    for t in found {
        let mut row = vec![
            t.token_id.clone(),
            t.owner.clone(),
            t.requester.clone(),
            t.renewers.join(","),
            human::time(t.issued_ms),
            human::time(t.expires_ms),
            human::time(t.max_ms),
        ];
        if wide {
            row.push(t.hmac.clone());
        }
        table.row(row);
    }
    table
}
