//! `logbus features upgrade` and `logbus features downgrade`.

use std::collections::BTreeMap;

use crate::cli::connect::{Connect, Controllers, block_on};
use crate::cli::error::{CliError, Exit};
use crate::cli::output::say;
use crate::ops::features::{self, METADATA_VERSION, UpgradeType, level_text};

/// What both take.
#[derive(Debug, clap::Args)]
struct Change {
    /// Features and their levels; 0 switches one off
    #[arg(value_name = "FEATURE=LEVEL", required_unless_present = "release", conflicts_with = "release")]
    features: Vec<String>,
    /// All features to the levels of this release of Apache Kafka, 4.0 or 4.0-IV1
    #[arg(long, value_name = "RELEASE")]
    release: Option<String>,
    /// Do it; without this the cluster only says whether it would
    #[arg(long)]
    execute: bool,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    controllers: Controllers,
}

/// Raise features, to a release or one by one
#[derive(Debug, clap::Args)]
pub struct UpgradeArgs {
    #[command(flatten)]
    change: Change,
}

/// Lower features, to a release or one by one
#[derive(Debug, clap::Args)]
pub struct DowngradeArgs {
    /// Also where metadata is lost by it
    #[arg(long = "unsafe")]
    unsafe_: bool,
    #[command(flatten)]
    change: Change,
}

impl UpgradeArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        self.change.run(UpgradeType::Upgrade)
    }
}

impl DowngradeArgs {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        self.change.run(if self.unsafe_ { UpgradeType::UnsafeDowngrade } else { UpgradeType::SafeDowngrade })
    }
}

impl Change {
    fn levels(&self) -> Result<BTreeMap<String, i16>, CliError> {
        if let Some(release) = &self.release {
            let level = features::metadata_version_level(release).ok_or_else(|| {
                CliError::usage(format!(
                    "`{release}` is not a release from 3.3 to 4.3, nor a step of one such as 4.0-IV1"
                ))
            })?;
            let all = features::levels_of(level).map(|(name, level)| (name.to_owned(), level));
            return Ok(all.chain([(METADATA_VERSION.to_owned(), level)]).collect());
        }
        let mut levels = BTreeMap::new();
        for word in &self.features {
            let parsed = word.split_once('=').and_then(|(name, level)| {
                let named = || features::metadata_version_level(level).filter(|_| name == METADATA_VERSION);
                Some((name, level.parse().ok().or_else(named)?))
            });
            let (name, level) = parsed
                .ok_or_else(|| CliError::usage(format!("`{word}` is not FEATURE=LEVEL, as in group.version=1")))?;
            if levels.insert(name.to_owned(), level).is_some() {
                return Err(CliError::usage(format!("{name} is given twice")));
            }
        }
        Ok(levels)
    }

    fn run(self, kind: UpgradeType) -> Result<Exit, CliError> {
        let levels = self.levels()?;
        let (cluster, side) = self.connect.cluster_or(&self.controllers)?;
        let outcomes = block_on(features::update(&cluster, side, &levels, kind, !self.execute))??;
        let mut refused = 0;
        for outcome in &outcomes {
            let level = level_text(&outcome.name, levels.get(&outcome.name).copied().unwrap_or_default());
            match &outcome.result {
                Ok(()) if self.execute => say(&format!("{} is at {level}\n", outcome.name))?,
                Ok(()) => say(&format!("{} would go to {level}\n", outcome.name))?,
                Err(refusal) => {
                    refused += 1;
                    CliError::failed(format!("{} to {level}: {}", outcome.name, refusal.text()))
                        .with_hint("`logbus features describe` shows what is supported and what is on")
                        .print();
                }
            }
        }
        if refused == 0 && !self.execute {
            say("Nothing was changed: add --execute to do it.\n")?;
        }
        Ok(match refused {
            0 => Exit::Done,
            n if n == outcomes.len() => Exit::Failed,
            _ => Exit::Partly,
        })
    }
}
