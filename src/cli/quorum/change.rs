//! `logbus quorum add` and `logbus quorum remove`.

use std::path::PathBuf;

use crate::cli::connect::{Connect, Controllers, block_on};
use crate::cli::error::{CliError, Exit};
use crate::cli::output::say;
use crate::client::Properties;
use crate::model::Uuid;
use crate::ops::quorum;

/// Give a controller a vote; it must run and follow the quorum already
#[derive(Debug, clap::Args)]
pub struct AddArgs {
    /// The new controller's own server.properties, on the machine where its data directories are
    #[arg(short, long, value_name = "FILE")]
    config: PathBuf,
    /// Do it; without this only says what would be done
    #[arg(long)]
    execute: bool,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    controllers: Controllers,
}

impl AddArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let properties = Properties::load(&self.config).map_err(|e| CliError::file("read", &self.config, &e))?;
        let voter = quorum::new_voter(&properties).map_err(|message| {
            let hint = "--config takes the file of the controller to be added, beside its formatted directories";
            CliError::failed(format!("{}: {message}", self.config.display())).with_hint(hint)
        })?;
        let what = format!(
            "controller {} with directory id {} at {}",
            voter.id,
            voter.directory_id,
            voter.addresses().join(", ")
        );
        if !self.execute {
            say(&format!("would add {what}. Nothing was changed: add --execute to do it.\n"))?;
            return Ok(Exit::Done);
        }
        let (cluster, side) = self.connect.cluster_or(&self.controllers)?;
        block_on(quorum::add_voter(&cluster, side, &voter))??;
        say(&format!("added {what}\n"))?;
        Ok(Exit::Done)
    }
}

/// Take the vote from a controller
#[derive(Debug, clap::Args)]
pub struct RemoveArgs {
    /// The controller's node.id
    #[arg(value_name = "ID")]
    id: i32,
    /// The id of its metadata directory; looked up without it
    #[arg(short, long, value_name = "ID")]
    directory_id: Option<Uuid>,
    /// Do it; without this only says what would be done
    #[arg(long)]
    execute: bool,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    controllers: Controllers,
}

impl RemoveArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let (cluster, side) = self.connect.cluster_or(&self.controllers)?;
        let id = self.id;
        block_on(async {
            let quorum = quorum::describe(&cluster, side).await?;
            let found = quorum
                .voters
                .iter()
                .filter(|voter| voter.id == id)
                .find(|voter| self.directory_id.is_none_or(|directory| directory == voter.directory_id));
            let voter = found.ok_or_else(|| {
                let voters: Vec<String> = quorum.voters.iter().map(|voter| voter.id.to_string()).collect();
                CliError::failed(format!("controller {id} is not a voter: the voters are {}", voters.join(", ")))
                    .with_hint("`logbus quorum describe -o wide` shows ids and directories")
            })?;
            let left = quorum.voters.len() - 1;
            if left == 0 {
                let hint = "add another controller first: `logbus quorum add`";
                return Err(CliError::failed(format!("controller {id} is the only voter")).with_hint(hint));
            }
            let what = format!("controller {id} with directory id {}; {left} voters are left", voter.directory_id);
            if !self.execute {
                say(&format!("would remove {what}. Nothing was changed: add --execute to do it.\n"))?;
                return Ok(Exit::Done);
            }
            quorum::remove_voter(&cluster, side, id, voter.directory_id).await?;
            say(&format!("removed {what}\n"))?;
            Ok(Exit::Done)
        })?
    }
}
