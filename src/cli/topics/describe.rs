//! `logbus topics describe`.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::cli::connect::Connect;
use crate::cli::error::{CliError, Exit};
use crate::cli::human;
use crate::cli::output::Listing;
use crate::cli::table::Table;
use crate::client::{Cluster, Isolation, OffsetAt, Topics};
use crate::ops::topics::{self, DescribedTopic, PartitionProblem, Problem};
use crate::ops::{OpsError, Refusal};

/// Show partitions, settings and what is wrong
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Names; none for all topics
    #[arg(value_name = "TOPIC")]
    names: Vec<String>,
    /// Only partitions whose ISR is smaller than their replica set
    #[arg(long, visible_alias = "under-replicated-partitions")]
    under_replicated: bool,
    /// Only partitions without a live leader
    #[arg(long, visible_alias = "unavailable-partitions")]
    unavailable: bool,
    /// Only partitions with fewer in sync than min.insync.replicas
    #[arg(long, visible_alias = "under-min-isr-partitions")]
    under_min_isr: bool,
    /// Only partitions with exactly min.insync.replicas in sync
    #[arg(long, visible_alias = "at-min-isr-partitions")]
    at_min_isr: bool,
    #[command(flatten)]
    connect: Connect,
    #[command(flatten)]
    output: Listing,
}

#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    topic: DescribedTopic,
    extents: Vec<Extent>,
}

#[derive(Clone, Copy, Default, Serialize)]
struct Extent {
    partition: i32,
    start: Option<i64>,
    end: Option<i64>,
    bytes: Option<i64>,
}

impl Args {
    pub(super) fn run(self) -> Result<Exit, CliError> {
        let filters = [
            (self.under_replicated, PartitionProblem::UnderReplicated),
            (self.unavailable, PartitionProblem::Unavailable),
            (self.under_min_isr, PartitionProblem::UnderMinIsr),
            (self.at_min_isr, PartitionProblem::AtMinIsr),
        ];
        let wanted: Vec<PartitionProblem> = filters.iter().filter(|(on, _)| *on).map(|(_, problem)| *problem).collect();
        let names = (!self.names.is_empty()).then(|| self.names.clone());
        if wanted.is_empty() {
            let described = self.connect.run(|cluster| async move { look(&cluster, names.as_deref()).await })?;
            self.show(described)
        } else {
            let found = self.connect.run(|cluster| async move {
                let (topics, refused) = split(topics::describe(&cluster, names.as_deref(), 2000).await?);
                Ok::<_, OpsError>((topics::problems(&cluster, &topics, &wanted).await?, refused))
            })?;
            self.show_problems(found.0, &found.1)
        }
    }

    fn show(&self, (shown, refused): (Vec<Shown>, Vec<(String, Refusal)>)) -> Result<Exit, CliError> {
        let names = || shown.iter().map(|s| s.topic.name.clone()).collect();
        let pages = |wide| shown.iter().map(|s| page(s, wide)).collect::<Vec<_>>().join("\n");
        self.output.pages("described-topics", &shown, names, pages, |wide| partitions(&shown, wide))?;
        Ok(report(shown.len(), &refused))
    }

    fn show_problems(&self, found: Vec<Problem>, refused: &[(String, Refusal)]) -> Result<Exit, CliError> {
        let names = || found.iter().map(|p| format!("{}-{}", p.topic, p.partition.partition)).collect();
        if found.is_empty() && self.output.is_table() {
            note!("no partition is in that state");
            return Ok(report(1, refused));
        }
        self.output.print("partition-problems", &found, names, |_| {
            let mut table = Table::new(&["TOPIC", ">P", ">LEADER", "REPLICAS", "ISR", "OUT", ">MIN ISR", "OFFLINE"]);
            for p in &found {
                let out: Vec<i32> =
                    p.partition.replicas.iter().filter(|r| !p.partition.isr.contains(r)).copied().collect();
                table.row([
                    p.topic.clone(),
                    p.partition.partition.to_string(),
                    human::or_empty(p.partition.leader, |id| id.to_string()),
                    human::ids(&p.partition.replicas),
                    human::ids(&p.partition.isr),
                    human::ids(&out),
                    p.min_isr.to_string(),
                    human::ids(&p.partition.offline),
                ]);
            }
            table
        })?;
        Ok(report(1, refused))
    }
}

fn report(shown: usize, refused: &[(String, Refusal)]) -> Exit {
    for (name, refusal) in refused {
        CliError::failed(format!("{name}: {}", refusal.text()))
            .with_hint("`logbus topics list` shows the topics there are")
            .print();
    }
    match (shown, refused.len()) {
        (_, 0) => Exit::Done,
        (0, _) => Exit::Failed,
        _ => Exit::Partly,
    }
}

type Split = (Vec<DescribedTopic>, Vec<(String, Refusal)>);

fn split(described: Vec<(String, Result<DescribedTopic, Refusal>)>) -> Split {
    let mut found = (Vec::new(), Vec::new());
    for (name, result) in described {
        match result {
            Ok(topic) => found.0.push(topic),
            Err(refusal) => found.1.push((name, refusal)),
        }
    }
    found
}

async fn look(cluster: &Cluster, names: Option<&[String]>) -> Result<(Vec<Shown>, Vec<(String, Refusal)>), OpsError> {
    let (described, refused) = split(topics::describe(cluster, names, 2000).await?);
    let found: Vec<String> = described.iter().map(|t| t.name.clone()).collect();
    let metadata = cluster.metadata(Topics::Named(&found)).await?;
    let all: Vec<(String, i32)> =
        described.iter().flat_map(|t| t.partitions.iter().map(|p| (t.name.clone(), p.partition))).collect();
    let at = |offset| {
        cluster.list_offsets(all.iter().map(|at| (at.clone(), offset)).collect::<Vec<_>>(), Isolation::ReadUncommitted)
    };
    let (starts, ends, sizes) =
        tokio::join!(at(OffsetAt::Earliest), at(OffsetAt::Latest), topics::sizes(cluster, &metadata));
    let (starts, ends) = (starts?, ends?);
    let offset = |map: &BTreeMap<(String, i32), _>, at: &(String, i32)| {
        map.get(at).and_then(|r: &Result<crate::client::FoundOffset, _>| r.as_ref().ok()).map(|f| f.offset)
    };
    let shown = described.into_iter().map(|topic| {
        let extents = topic.partitions.iter().map(|p| {
            let at = (topic.name.clone(), p.partition);
            let bytes = p.leader.and_then(|leader| sizes.get(&(topic.name.clone(), p.partition, leader)).copied());
            Extent { partition: p.partition, start: offset(&starts, &at), end: offset(&ends, &at), bytes }
        });
        Shown { extents: extents.collect(), topic }
    });
    Ok((shown.collect(), refused))
}

/// One topic as a person reads it: what it is, its own settings, its partitions, and what is wrong.
fn page(shown: &Shown, wide: bool) -> String {
    let topic = &shown.topic;
    let mut text = format!(
        "{}   id {}   {} partitions   RF {}   min ISR {}   retention {}\n",
        topic.name,
        topic.id,
        topic.partitions.len(),
        topic.replication_factor(),
        topic.min_isr(),
        retention(topic),
    );
    let overrides: Vec<String> =
        topic.overrides().map(|c| format!("{}={}", c.name, c.value.as_deref().unwrap_or("?"))).collect();
    if !overrides.is_empty() {
        text.push_str(&format!("overrides: {}\n", overrides.join(", ")));
    }
    text.push('\n');
    // The head of the page names the topic.
    let table = partitions(std::slice::from_ref(shown), wide);
    let columns: Vec<usize> = (1..table.headers().count()).collect();
    text.push_str(&table.with_columns(&columns).render());
    text.push_str(&under_replicated(topic));
    text
}

fn partitions(all: &[Shown], wide: bool) -> Table {
    let mut columns = vec!["TOPIC", ">P", ">LEADER", "REPLICAS", "ISR", "OUT", ">START", ">END", ">SIZE", ">EPOCH"];
    if wide {
        columns.extend(["ELR", "LAST KNOWN ELR", "OFFLINE"]);
    }
    let mut table = Table::new(&columns);
    for (topic, p, extent) in
        all.iter().flat_map(|s| s.topic.partitions.iter().zip(&s.extents).map(move |(p, extent)| (&s.topic, p, extent)))
    {
        let out: Vec<i32> = p.replicas.iter().filter(|r| !p.isr.contains(r)).copied().collect();
        let mut row = vec![
            topic.name.clone(),
            p.partition.to_string(),
            human::or_empty(p.leader, |id| id.to_string()),
            human::ids(&p.replicas),
            human::ids(&p.isr),
            human::ids(&out),
            human::or_empty(extent.start, human::grouped),
            human::or_empty(extent.end, human::grouped),
            human::or_empty(extent.bytes, human::size),
            human::or_empty((p.leader_epoch >= 0).then_some(p.leader_epoch), |e| e.to_string()),
        ];
        if wide {
            row.push(p.elr.as_deref().map_or_else(String::new, human::ids));
            row.push(p.last_known_elr.as_deref().map_or_else(String::new, human::ids));
            row.push(human::ids(&p.offline));
        }
        table.row(row);
    }
    table
}

/// One line about partitions that miss replicas; empty when none does.
fn under_replicated(topic: &DescribedTopic) -> String {
    let shrunk = topic.partitions.iter().filter(|p| p.isr.len() < p.replicas.len());
    let out: std::collections::BTreeSet<i32> =
        shrunk.clone().flat_map(|p| p.replicas.iter().filter(|r| !p.isr.contains(r)).copied()).collect();
    if shrunk.clone().count() == 0 {
        return String::new();
    }
    let out: Vec<i32> = out.into_iter().collect();
    format!(
        "{} of {} partitions are under-replicated: broker {} is out.   next: logbus brokers list\n",
        shrunk.count(),
        topic.partitions.len(),
        human::ids(&out),
    )
}

fn retention(topic: &DescribedTopic) -> String {
    let value = |name: &str| {
        let entry = topic.configs.iter().find(|c| c.name == name)?;
        entry.value.as_deref()?.parse::<i64>().ok()
    };
    match (value("retention.ms"), value("retention.bytes").filter(|&bytes| bytes >= 0)) {
        (None, None) => human::EMPTY.into(),
        (Some(..0), None) => "unlimited".into(),
        (Some(ms @ 0..), None) => human::millis(ms),
        (Some(ms @ 0..), Some(bytes)) => format!("{} or {} a partition", human::millis(ms), human::size(bytes)),
        (_, Some(bytes)) => format!("{} a partition", human::size(bytes)),
    }
}
