//! `logbus report stale`.

use std::path::PathBuf;
use std::time::Duration;

use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::human;
use crate::cli::output::{Listing, say};
use crate::cli::table::Table;
use crate::model::TimestampMs;
use crate::ops::report::stale::{self, Kind, Stale, Why};

/// Show topics and groups that nobody seems to use
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A topic is stale when no record came for so long and no group with members reads it; a group when it has no members and
its topics are gone, or nothing comes to them, or it was left behind. When a group committed last no cluster tells: look
before you delete.

Examples:
  logbus report stale --older-than 90d
  logbus report stale --script delete.sh         a script that would delete them, to be read first")]
pub struct Args {
    /// How long no record came to a topic
    #[arg(long, value_name = "TIME", default_value = "30d", value_parser = human::parse_duration)]
    older_than: Duration,
    /// Write a shell script that deletes what was found
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Listing,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let older = i64::try_from(self.older_than.as_millis()).unwrap_or(i64::MAX);
        let now = TimestampMs::now().0;
        let found = self.connect.run(|cluster| async move { stale::stale(&cluster, older, now).await })?;
        if let Some(path) = &self.script {
            std::fs::write(path, script(&found)).map_err(|e| CliError::file("write", path, &e))?;
            note!("wrote {}: read it before you run it", path.display());
        }
        if found.is_empty() && self.output.is_table() {
            say("Everything is in use.\n")?;
            return Ok(Exit::Done);
        }
        let names = || found.iter().map(|one| one.name.clone()).collect();
        self.output.print("stale", &found, names, |_| table(&found))?;
        Ok(Exit::Done)
    }
}

const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Topic => "topic",
        Kind::Group => "group",
    }
}

fn why(why: &Why) -> String {
    match why {
        Why::Idle => "no record came for long, nobody reads it".to_owned(),
        Why::NoRecords => "holds no record, nobody reads it".to_owned(),
        Why::TopicsGone => "no members, its topics are gone".to_owned(),
        Why::LeftBehind { lag } => format!("no members, {} records behind", human::count(*lag)),
        Why::NothingToRead => "no members, nothing comes to its topics".to_owned(),
        Why::Nothing => "no members, no offsets".to_owned(),
    }
}

fn table(found: &[Stale]) -> Table {
    let mut table = Table::new(&["KIND", "NAME", "LAST RECORD", ">SIZE", "WHY"]);
    let now = TimestampMs::now().0;
    for one in found {
        table.row([
            kind(one.kind).to_owned(),
            one.name.clone(),
            human::or_empty(one.last_record_ms, |ms| human::ago(ms, now)),
            human::or_empty(one.bytes, human::size),
            why(&one.why),
        ]);
    }
    table
}

/// The deletions as commands, each below its reason.
fn script(found: &[Stale]) -> String {
    let mut text = String::from("#!/bin/sh\nset -eu\n");
    for one in found {
        let name = format!("'{}'", one.name.replace('\'', "'\\''"));
        text.push_str(&format!("# {}\nlogbus {}s delete {name} --yes\n", why(&one.why), kind(one.kind)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_says_why_and_quotes_names() {
        let stale =
            Stale { kind: Kind::Group, name: "it's".into(), why: Why::Nothing, last_record_ms: None, bytes: None };
        assert_eq!(
            script(&[stale]),
            "#!/bin/sh\nset -eu\n# no members, no offsets\nlogbus groups delete 'it'\\''s' --yes\n"
        );
    }
}
