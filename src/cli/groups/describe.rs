//! `logbus groups describe`.

use serde::Serialize;

use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::human;
use crate::cli::output::Listing;
use crate::cli::table::Table;
use crate::client::ClientError;
use crate::model::ErrorCode;
use crate::ops::OpsError;
use crate::ops::groups::{self, DescribedGroup, PartitionLag};

/// Show where a group stands in each partition, and its members
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Groups
    #[arg(required = true, value_name = "GROUP")]
    groups: Vec<String>,
    /// Show members instead of partitions
    #[arg(long)]
    members: bool,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Listing,
}

#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    group: DescribedGroup,
    offsets: Vec<PartitionLag>,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let wanted = self.groups.clone();
        let (shown, missing) = self.connect.run(|cluster| async move {
            let (mut shown, mut missing): (Vec<Shown>, Vec<ClientError>) = (Vec::new(), Vec::new());
            for (_, described) in groups::describe_any(&cluster, &wanted).await? {
                match described {
                    Ok(group) => {
                        let offsets = groups::offsets(&cluster, &group).await?;
                        shown.push(Shown { group, offsets });
                    }
                    Err(e) => missing.push(e),
                }
            }
            Ok::<_, OpsError>((shown, missing))
        })?;
        let names = || shown.iter().map(|s| s.group.group.clone()).collect();
        let pages = |wide| shown.iter().map(|s| page(s, self.members, wide)).collect::<Vec<_>>().join("\n");
        let rows = |wide| if self.members { member_table(&shown, wide) } else { offset_table(&shown, wide) };
        self.output.pages("described-groups", &shown, names, pages, rows)?;
        let count = missing.len();
        for error in missing {
            CliError::from(error).print();
        }
        Ok(match (shown.len(), count) {
            (_, 0) => Exit::Done,
            (0, _) => Exit::Failed,
            _ => Exit::Partly,
        })
    }
}

fn page(shown: &Shown, members: bool, wide: bool) -> String {
    let group = &shown.group;
    let lag: Option<i64> = shown.offsets.iter().filter_map(|o| o.lag).reduce(|a, b| a + b);
    let mut text = format!(
        "{}   {}   {}   {} members   lag {}   coordinator {} ({})\n\n",
        group.group,
        group.state,
        group.kind.to_lowercase(),
        group.members.len(),
        human::or_empty(lag, human::count),
        group.coordinator,
        group.coordinator_address,
    );
    let one = std::slice::from_ref(shown);
    let table = if members { member_table(one, wide) } else { offset_table(one, wide) };
    if table.is_empty() {
        text.push_str(if members { "no members\n" } else { "no offsets are committed\n" });
    } else {
        // The head of the page names the group.
        let columns: Vec<usize> = (1..table.headers().count()).collect();
        text.push_str(&table.with_columns(&columns).render());
    }
    text
}

/// In a few words, why a partition has no figures.
fn annotation(error: ErrorCode) -> String {
    match error {
        ErrorCode::UnknownTopicOrPartition | ErrorCode::UnknownTopicId => "deleted".to_owned(),
        ErrorCode::LeaderNotAvailable => "no leader".to_owned(),
        ErrorCode::BrokerNotAvailable => "leader does not answer".to_owned(),
        ErrorCode::TopicAuthorizationFailed => "not allowed".to_owned(),
        other => other.name().to_lowercase().replace('_', " "),
    }
}

fn host(text: &str) -> String {
    text.trim_start_matches('/').to_owned()
}

fn offset_table(all: &[Shown], wide: bool) -> Table {
    let mut columns = vec!["GROUP", "TOPIC", ">P", ">COMMITTED", ">END", ">LAG", "CLIENT", "HOST"];
    if wide {
        columns.extend([">START", ">EPOCH", "MEMBER"]);
    }
    let mut table = Table::new(&columns);
    for (shown, o) in all.iter().flat_map(|shown| shown.offsets.iter().map(move |o| (shown, o))) {
        let member = o.member.and_then(|index| shown.group.members.get(index));
        let end = match o.error {
            Some(error) => annotation(error),
            None => human::or_empty(o.end, human::grouped),
        };
        let mut row = vec![
            shown.group.group.clone(),
            o.topic.clone(),
            o.partition.to_string(),
            human::or_empty(o.committed, human::grouped),
            end,
            human::or_empty(o.lag, human::grouped),
            member.map_or_else(String::new, |m| m.client_id.clone()),
            member.map_or_else(String::new, |m| host(&m.host)),
        ];
        if wide {
            row.push(human::or_empty(o.start, human::grouped));
            row.push(human::or_empty(o.leader_epoch, |e| e.to_string()));
            row.push(member.map_or_else(String::new, |m| m.id.clone()));
        }
        table.row(row);
    }
    table
}

fn member_table(all: &[Shown], wide: bool) -> Table {
    let mut columns = vec!["GROUP", "MEMBER", "CLIENT", "HOST", ">PARTITIONS", "ASSIGNMENT"];
    if wide {
        columns.extend(["INSTANCE", ">EPOCH"]);
    }
    let mut table = Table::new(&columns);
    for (group, m) in all.iter().flat_map(|shown| shown.group.members.iter().map(move |m| (&shown.group, m))) {
        let share: Vec<String> = m.assignment.iter().map(|(topic, p)| format!("{topic}-{p}")).collect();
        let mut row = vec![
            group.group.clone(),
            m.id.clone(),
            m.client_id.clone(),
            host(&m.host),
            share.len().to_string(),
            share.join(","),
        ];
        if wide {
            row.push(m.instance_id.clone().unwrap_or_default());
            row.push(human::or_empty(m.epoch, |e| e.to_string()));
        }
        table.row(row);
    }
    table
}
