//! `logbus quotas`.

mod change;
mod show;

use clap::{Args, Subcommand};

use super::error::{CliError, Exit};
use crate::ops::quotas::{EntityType, Filter, Part};

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// List quotas and who they are for
    List(show::ListArgs),
    /// Show the quotas of one user, client or address
    Describe(show::DescribeArgs),
    /// Set quotas
    Set(change::SetArgs),
    /// Take quotas away
    Unset(change::UnsetArgs),
}

impl Verb {
    /// Runs the verb.
    pub fn run(self) -> Result<Exit, CliError> {
        match self {
            Verb::List(args) => args.run(),
            Verb::Describe(args) => args.run(),
            Verb::Set(args) => args.run(),
            Verb::Unset(args) => args.run(),
        }
    }
}

/// Who a quota is for: a user, a client, a client of a user, or an address.
#[derive(Clone, Debug, Args)]
#[group(required = true, multiple = true)]
pub struct Entity {
    /// A user
    #[arg(long, value_name = "NAME", conflicts_with_all = ["default_user", "ip", "default_ip"])]
    user: Option<String>,
    /// Every user without a quota of the name's own
    #[arg(long, conflicts_with_all = ["ip", "default_ip"])]
    default_user: bool,
    /// Clients with this client.id
    #[arg(long, value_name = "ID", conflicts_with_all = ["default_client", "ip", "default_ip"])]
    client_id: Option<String>,
    /// Every client without a quota of the id's own
    #[arg(long, conflicts_with_all = ["ip", "default_ip"])]
    default_client: bool,
    /// Connections from this address
    #[arg(long, value_name = "ADDRESS", conflicts_with = "default_ip")]
    ip: Option<String>,
    /// Every address without a quota of its own
    #[arg(long)]
    default_ip: bool,
}

impl Entity {
    fn parts(&self) -> Vec<Part> {
        let part = |kind, name: &Option<String>, default: bool| {
            (name.is_some() || default).then(|| Part { kind, name: name.clone() })
        };
        let parts = [
            part(EntityType::User, &self.user, self.default_user),
            part(EntityType::ClientId, &self.client_id, self.default_client),
            part(EntityType::Ip, &self.ip, self.default_ip),
        ];
        parts.into_iter().flatten().collect()
    }

    fn filters(&self) -> Vec<(EntityType, Filter)> {
        let filter = |part: Part| (part.kind, part.name.map_or(Filter::Default, Filter::Named));
        self.parts().into_iter().map(filter).collect()
    }
}

/// `user alice, client default`.
fn shown(parts: &[Part]) -> String {
    let part = |part: &Part| format!("{} {}", word(part.kind), part.name.as_deref().unwrap_or("(default)"));
    parts.iter().map(part).collect::<Vec<_>>().join(", ")
}

const fn word(kind: EntityType) -> &'static str {
    match kind {
        EntityType::User => "user",
        EntityType::ClientId => "client",
        EntityType::Ip => "ip",
    }
}
