//! `logbus export`.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::say;
use crate::cli::yaml;
use crate::ops::declared::{self, Kinds};

/// Write down what a cluster has, as a file that `plan` and `apply` read
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  logbus export > cluster.yaml
  logbus export --only topics --out topics.yaml
  logbus export --topic clicks --topic orders

Values that the cluster keeps to itself, passwords above all, are not in the file.")]
pub struct Args {
    /// Only these parts [default: all that the cluster serves]
    #[arg(long, value_enum, value_name = "PART,…", value_delimiter = ',')]
    only: Vec<Part>,
    /// Only this topic, and no other part; may be repeated
    #[arg(long = "topic", value_name = "TOPIC", conflicts_with = "only")]
    topics: Vec<String>,
    /// The cluster's own topics too
    #[arg(long)]
    internal: bool,
    /// Write to a file; `-` is stdout
    #[arg(long, value_name = "FILE", default_value = "-")]
    out: PathBuf,
    #[command(flatten)]
    connect: Connect,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    Topics,
    Configs,
    Quotas,
    Users,
}

impl Args {
    /// Runs the command.
    pub fn run(self) -> Result<Exit, CliError> {
        let wants = |part| {
            self.only.contains(&part) || self.only.is_empty() && (self.topics.is_empty() || part == Part::Topics)
        };
        let kinds = Kinds {
            topics: wants(Part::Topics),
            configs: wants(Part::Configs),
            quotas: wants(Part::Quotas),
            users: wants(Part::Users),
            internal: self.internal || !self.topics.is_empty(),
            lenient: self.only.is_empty(),
        };
        let mut read = self.connect.run(|cluster| async move { declared::read(&cluster, kinds).await })?;
        if let (Some(topics), false) = (&mut read.now.topics, self.topics.is_empty()) {
            if let Some(missing) = self.topics.iter().find(|name| !topics.contains_key(*name)) {
                return Err(CliError::failed(format!("{missing}: there is no such topic"))
                    .with_hint("`logbus topics list` shows the topics there are"));
            }
            topics.retain(|name, _| self.topics.contains(name));
        }
        for part in &read.silent {
            note!("note: {part}");
        }
        for (_, name, setting) in &read.secrets {
            note!("note: {setting} of {name} is left out: it is a secret");
        }
        let value = serde_json::to_value(&read.now)
            .map_err(|e| CliError::failed(format!("cannot write the cluster down: {e}")))?;
        let text = yaml::write(&value);
        if self.out == Path::new("-") {
            say(&text)?;
        } else {
            std::fs::write(&self.out, text).map_err(|e| CliError::file("write", &self.out, &e))?;
            note!("next: logbus plan -f {}", self.out.display());
        }
        Ok(Exit::Done)
    }
}
