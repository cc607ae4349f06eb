//! `logbus transactions abort`.

use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::say;
use crate::client::{ClientError, Cluster};
use crate::model::ErrorCode;
use crate::ops::transactions::{self, AbortSpec};
use crate::ops::{OpsError, Result};

/// End an open transaction; shows it, needs --yes to change anything
///
/// A transaction that hangs is named by its partition and the offset at which it begins. One that its coordinator knows is
/// named by its transactional id: it ends as if a new producer with that id began, and whoever holds the id is fenced.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The partition, TOPIC:PARTITION
    #[arg(value_name = "TOPIC:PARTITION", value_parser = parse_partition, requires = "start_offset",
          required_unless_present = "transactional_id", conflicts_with = "transactional_id")]
    partition: Option<(String, i32)>,
    /// Where the transaction begins in the partition
    #[arg(long, value_name = "OFFSET", requires = "partition")]
    start_offset: Option<i64>,
    /// The transactional id
    #[arg(long, value_name = "ID")]
    transactional_id: Option<String>,
    /// End it; without it, show what would be ended
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    connect: Connect,
}

fn parse_partition(text: &str) -> Result<(String, i32), String> {
    let wrong = || format!("`{text}` is not TOPIC:PARTITION");
    let (topic, partition) = text.rsplit_once(':').ok_or_else(wrong)?;
    Ok((topic.to_owned(), partition.parse().map_err(|_| wrong())?))
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let yes = self.yes;
        let said = self.connect.run(|cluster| async move {
            match (self.transactional_id, self.partition, self.start_offset) {
                (Some(id), ..) => by_id(&cluster, &id, yes).await,
                (None, Some(at), Some(start)) => in_partition(&cluster, at, start, yes).await,
                _ => Err(OpsError::Invalid("neither a partition nor a transactional id is named".into())),
            }
        });
        let said = said.map_err(|error| match error.has_hint() {
            true => error,
            false => error.with_hint("`logbus producers list TOPIC` shows where open transactions begin"),
        })?;
        say(&said)?;
        if !yes {
            say("Nothing was changed: add --yes to end it.\n")?;
        }
        Ok(Exit::Done)
    }
}

async fn by_id(cluster: &Cluster, id: &str, yes: bool) -> Result<String> {
    let t = transactions::describe(cluster, id).await?;
    let of = format!("the transaction of {id} (producer {}, {})", t.producer_id, t.state);
    if !yes {
        return Ok(format!("would end {of} in {} partitions\n", t.partitions.len()));
    }
    transactions::terminate(cluster, id).await?;
    Ok(format!("ended {of} in {} partitions\n", t.partitions.len()))
}

async fn in_partition(cluster: &Cluster, at: (String, i32), start: i64, yes: bool) -> Result<String> {
    let name = format!("{}-{}", at.0, at.1);
    let mut found = transactions::describe_producers(cluster, std::slice::from_ref(&at), None).await?;
    let producers = found.remove(&at).unwrap_or(Ok(Vec::new())).map_err(|refusal| refusal.about(&name))?;
    let Some(p) = producers.into_iter().find(|p| p.transaction_start == Some(start)) else {
        let message = Some(format!("no open transaction begins at offset {start}"));
        return Err(ClientError::refused(name, ErrorCode::InvalidTxnState, message).into());
    };
    let of = format!("the transaction of producer {} from offset {start} on in {name}", p.producer_id);
    if !yes {
        return Ok(format!("would abort {of}\n"));
    }
    let spec = AbortSpec {
        topic: at.0,
        partition: at.1,
        producer_id: p.producer_id,
        producer_epoch: i16::try_from(p.producer_epoch).unwrap_or(i16::MAX),
        coordinator_epoch: p.coordinator_epoch.max(0),
    };
    transactions::abort(cluster, &spec).await?;
    Ok(format!("aborted {of}\n"))
}
