//! `logbus quorum describe`.

use crate::cli::connect::{Connect, Controllers, block_on};
use crate::cli::error::{CliError, Exit};
use crate::cli::human;
use crate::cli::output::{Listing, say};
use crate::cli::table::Table;
use crate::ops::quorum::{self, Quorum, Replica};

/// Show who keeps the metadata log, who leads, and who is behind
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    controllers: Controllers,
    #[command(flatten)]
    output: Listing,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let (cluster, side) = self.connect.cluster_or(&self.controllers)?;
        let quorum = block_on(quorum::describe(&cluster, side))??;
        if self.output.is_table() {
            say(&format!(
                "cluster {}   leader {}   epoch {}   high watermark {}   {} voters\n\n",
                quorum.cluster_id,
                quorum.leader_id,
                quorum.leader_epoch,
                quorum.high_watermark,
                quorum.voters.len()
            ))?;
        }
        let names = || quorum.voters.iter().map(|voter| voter.id.to_string()).collect();
        self.output.print("quorum", &quorum, names, |wide| table(&quorum, wide))?;
        Ok(Exit::Done)
    }
}

fn table(quorum: &Quorum, wide: bool) -> Table {
    let mut columns = vec![">NODE", "ROLE", ">END", ">BEHIND", "LAST FETCH", "CAUGHT UP"];
    if wide {
        columns.extend(["DIRECTORY ID", "ENDPOINTS"]);
    }
    let mut table = Table::new(&columns);
    // By the leader's clock: the two clocks need not agree, and the leader's own row says what it was then.
    let now = quorum.leader().and_then(|leader| leader.last_fetch);
    let ago = |at: Option<i64>| match (at, now) {
        (Some(at), Some(now)) => human::ago(at, now),
        _ => String::new(),
    };
    let mut row = |replica: &Replica, role: &str| {
        let mut row = vec![
            replica.id.to_string(),
            role.to_owned(),
            replica.log_end_offset.to_string(),
            quorum.lag(replica).to_string(),
            ago(replica.last_fetch),
            ago(replica.last_caught_up),
        ];
        if wide {
            let node = quorum.nodes.iter().find(|node| node.id == replica.id);
            row.push(if replica.directory_id.is_zero() { String::new() } else { replica.directory_id.to_string() });
            row.push(node.map(|node| node.endpoints.join(",")).unwrap_or_default());
        }
        table.row(row);
    };
    for voter in &quorum.voters {
        row(voter, if voter.id == quorum.leader_id { "leader" } else { "voter" });
    }
    quorum.observers.iter().for_each(|observer| row(observer, "observer"));
    table
}
