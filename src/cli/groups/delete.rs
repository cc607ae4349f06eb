//! `logbus groups delete` and `delete-offsets`.

use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::say;
use crate::model::ErrorCode;
use crate::ops::{OpsError, groups};

/// Delete groups without members
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Groups
    #[arg(required = true, value_name = "GROUP")]
    groups: Vec<String>,
    /// Delete; without it, show what would be deleted
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    connect: Connect,
}

/// Delete what a group has committed for topics
#[derive(Debug, clap::Args)]
pub struct OffsetsArgs {
    /// The group
    group: String,
    /// TOPIC, or TOPIC:0,1,2; may be repeated
    #[arg(long = "topic", required = true, value_name = "TOPIC", value_parser = super::parse_topic)]
    topics: Vec<(String, Option<Vec<i32>>)>,
    /// Delete; without it, show what would be deleted
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    connect: Connect,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        if !self.yes {
            let wanted = self.groups.clone();
            let described = self.connect.run(|cluster| async move { groups::describe_any(&cluster, &wanted).await })?;
            let mut exit = Exit::Done;
            for (name, group) in described {
                match group {
                    Ok(g) => say(&format!("would delete {name}: {}, {} members\n", g.state, g.members.len()))?,
                    Err(e) => {
                        exit = Exit::Failed;
                        CliError::from(e).print();
                    }
                }
            }
            say("Nothing was changed: add --yes to delete.\n")?;
            return Ok(exit);
        }
        let wanted = self.groups.clone();
        let outcomes = self.connect.run(|cluster| async move { groups::delete(&cluster, &wanted).await })?;
        let mut refused = 0;
        for outcome in &outcomes {
            match &outcome.result {
                Ok(()) => say(&format!("deleted {}\n", outcome.name))?,
                Err(refusal) => {
                    refused += 1;
                    let hint = match refusal.code {
                        ErrorCode::NonEmptyGroup => {
                            format!("stop its members: logbus groups describe {} --members", outcome.name)
                        }
                        _ => "`logbus groups list` shows the groups there are".into(),
                    };
                    CliError::failed(format!("cannot delete group {}: {}", outcome.name, refusal.text()))
                        .with_hint(hint)
                        .print();
                }
            }
        }
        Ok(match refused {
            0 => Exit::Done,
            n if n == outcomes.len() => Exit::Failed,
            _ => Exit::Partly,
        })
    }
}

impl OffsetsArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let (group, topics, yes) = (self.group.clone(), self.topics, self.yes);
        let shown = self.group;
        let results = self.connect.run(|cluster| async move {
            let mut partitions = Vec::new();
            for (topic, wanted) in topics {
                match wanted {
                    Some(wanted) => partitions.extend(wanted.into_iter().map(|p| (topic.clone(), p))),
                    None => {
                        let known = cluster.topic(&topic, true).await?.partitions;
                        partitions.extend(known.into_iter().map(|p| (topic.clone(), p.index)));
                    }
                }
            }
            if yes {
                groups::delete_offsets(&cluster, &group, &partitions).await
            } else {
                let committed = cluster.committed(&group, Some(&partitions)).await?;
                let there = committed.into_iter().filter(|(_, c)| c.as_ref().is_ok_and(|c| c.offset >= 0));
                Ok::<_, OpsError>(there.map(|(at, _)| (at, ErrorCode::None)).collect())
            }
        })?;
        let verb = if yes { "deleted" } else { "would delete" };
        let mut refused = 0;
        for ((topic, partition), code) in &results {
            if code.is_ok() {
                say(&format!("{verb} the offset of {topic}-{partition}\n"))?;
            } else {
                refused += 1;
                CliError::failed(format!("{topic}-{partition}: {}", code.message()))
                    .with_hint(format!("`logbus groups describe {shown}` shows what it has committed"))
                    .print();
            }
        }
        if !yes {
            say("Nothing was changed: add --yes to delete.\n")?;
        }
        Ok(match refused {
            0 => Exit::Done,
            n if n == results.len() => Exit::Failed,
            _ => Exit::Partly,
        })
    }
}
