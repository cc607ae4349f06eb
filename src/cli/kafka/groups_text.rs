//! What `kafka-consumer-groups.sh` prints: column widths and all.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::usage::Streams;
use crate::client::At;
use crate::ops::groups::{DescribedGroup, ListedGroup, Member, PartitionLag};

const NOTHING: &str = "-";

/// States as an operator may type them, as the protocol has them.
const STATES: [(&str, &str); 8] = [
    ("unknown", "Unknown"),
    ("preparingrebalance", "PreparingRebalance"),
    ("completingrebalance", "CompletingRebalance"),
    ("stable", "Stable"),
    ("dead", "Dead"),
    ("empty", "Empty"),
    ("assigning", "Assigning"),
    ("reconciling", "Reconciling"),
];

/// Reads the list of `--state`.
pub(super) fn states(words: &str) -> Result<Vec<String>, String> {
    let read = |word: &str| {
        let word = word.trim().to_ascii_lowercase();
        STATES.iter().skip(1).find(|(typed, _)| *typed == word).map(|(_, name)| (*name).to_owned())
    };
    words.split(',').map(read).collect::<Option<Vec<String>>>().ok_or_else(|| {
        let valid: Vec<&str> = STATES.iter().skip(1).map(|(_, name)| *name).collect();
        format!("Invalid state list '{words}'. Valid states are: {}", valid.join(", "))
    })
}

/// Reads the list of `--type`.
pub(super) fn types(words: &str) -> Result<Vec<String>, String> {
    let read = |word: &str| match word.trim().to_ascii_lowercase().as_str() {
        "classic" => Some("Classic".to_owned()),
        "consumer" => Some("Consumer".to_owned()),
        _ => None,
    };
    let refuse = || format!("Invalid types list '{words}'. Valid types are: Consumer, Classic");
    words.split(',').map(read).collect::<Option<Vec<String>>>().ok_or_else(refuse)
}

fn widest<'a>(least: usize, cells: impl Iterator<Item = &'a str>) -> usize {
    cells.map(|cell| cell.chars().count()).fold(least, usize::max)
}

/// `--list --state --type`.
pub(super) fn print_list(
    groups: &[ListedGroup],
    with_type: bool,
    with_state: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let width = widest(15, groups.iter().map(|group| group.group.as_str())) + 10;
    let mut line = |group: &str, kind: &str, state: &str| {
        write!(out, "{group:width$}")?;
        if with_type {
            write!(out, " {kind:<20}")?;
        }
        if with_state {
            write!(out, " {state:<20}")?;
        }
        writeln!(out)
    };
    let known = |text: &str| if text.is_empty() { "Unknown".to_owned() } else { text.to_owned() };
    line("GROUP", "TYPE", "STATE")?;
    groups.iter().try_for_each(|group| {
        let kind = known(&group.kind);
        let kind = match kind.to_ascii_lowercase().as_str() {
            "classic" => "Classic",
            "consumer" => "Consumer",
            _ => &kind,
        };
        line(&group.group, kind, &known(&group.state))
    })
}

/// The remark that goes before a group's table; `false` when there is no table to print.
fn remark(group: &DescribedGroup, rows: usize, streams: &mut Streams<'_>) -> io::Result<bool> {
    let name = &group.group;
    match group.state.as_str() {
        "Dead" => writeln!(streams.out, "\nError: Consumer group '{name}' does not exist.")?,
        "Empty" => {
            streams.out.flush()?;
            writeln!(streams.err, "\nConsumer group '{name}' has no active members.")?;
        }
        "PreparingRebalance" | "CompletingRebalance" | "Assigning" | "Reconciling" => {
            streams.out.flush()?;
            writeln!(streams.err, "\nWarning: Consumer group '{name}' is rebalancing.")?;
        }
        _ => {}
    }
    Ok(group.state != "Dead" && rows > 0)
}

/// `--describe`, or `--describe --offsets`.
pub(super) fn print_offsets(
    group: &DescribedGroup,
    rows: &[PartitionLag],
    verbose: bool,
    streams: &mut Streams<'_>,
) -> io::Result<()> {
    if !remark(group, rows.len(), streams)? {
        return Ok(());
    }
    let number = |number: Option<i64>| number.map_or_else(|| NOTHING.to_owned(), |number| number.to_string());
    let cells: Vec<[String; 10]> = in_order(group, rows)
        .into_iter()
        .map(|row| {
            let owner = row.member.and_then(|index| group.members.get(index));
            let of = |part: fn(&Member) -> &str| owner.map_or(NOTHING, part).to_owned();
            [
                group.group.clone(),
                row.topic.clone(),
                row.partition.to_string(),
                number(row.leader_epoch.filter(|epoch| *epoch >= 0).map(i64::from)),
                number(row.committed),
                number(row.end),
                number(row.end.zip(row.committed).map(|(end, committed)| end - committed)),
                of(|member| &member.id),
                of(|member| &member.host),
                of(|member| &member.client_id),
            ]
        })
        .collect();
    let column = |at: usize| widest(15, cells.iter().map(|row| row[at].as_str()));
    let (group_width, topic_width, id_width, host_width) = (column(0), column(1), column(7), column(8));
    let out = &mut *streams.out;
    let mut line = |row: &[String; 10]| {
        let [group, topic, partition, epoch, committed, end, lag, id, host, client] = row;
        let epoch = if verbose { format!("{epoch:<15} ") } else { String::new() };
        write!(
            out,
            "\n{group:group_width$} {topic:topic_width$} {partition:<10} {epoch}{committed:<15} {end:<15} {lag:<15} {id:id_width$} {host:host_width$} {client}"
        )
    };
    line(
        &[
            "GROUP",
            "TOPIC",
            "PARTITION",
            "LEADER-EPOCH",
            "CURRENT-OFFSET",
            "LOG-END-OFFSET",
            "LAG",
            "CONSUMER-ID",
            "HOST",
            "CLIENT-ID",
        ]
        .map(str::to_owned),
    )?;
    cells.iter().try_for_each(&mut line)?;
    writeln!(out)
}

/// Members with most partitions first, each with its own in order; then what nobody has.
fn in_order<'a>(group: &DescribedGroup, rows: &'a [PartitionLag]) -> Vec<&'a PartitionLag> {
    let mut owners: Vec<usize> = (0..group.members.len()).collect();
    owners.sort_by_key(|&index| std::cmp::Reverse(group.members[index].assignment.len()));
    let mut ordered: Vec<&PartitionLag> =
        owners.into_iter().flat_map(|owner| rows.iter().filter(move |row| row.member == Some(owner))).collect();
    ordered.extend(rows.iter().filter(|row| row.member.is_none()));
    ordered
}

/// `t1:0,1;t2:3`.
fn assignment(partitions: &[At]) -> String {
    let mut topics: BTreeMap<&str, Vec<i32>> = BTreeMap::new();
    for (topic, partition) in partitions {
        topics.entry(topic).or_default().push(*partition);
    }
    if topics.is_empty() {
        return NOTHING.to_owned();
    }
    let share = |(topic, mut partitions): (&str, Vec<i32>)| {
        partitions.sort_unstable();
        let partitions: Vec<String> = partitions.iter().map(ToString::to_string).collect();
        format!("{topic}:{}", partitions.join(","))
    };
    topics.into_iter().map(share).collect::<Vec<_>>().join(";")
}

/// `--describe --members`. The header stands even when there is nobody.
pub(super) fn print_members(group: &DescribedGroup, verbose: bool, streams: &mut Streams<'_>) -> io::Result<()> {
    let sized = remark(group, group.members.len(), streams)?;
    let members: &[Member] = &group.members;
    let of = |least: usize, part: fn(&Member) -> &str| widest(least, members.iter().filter(|_| sized).map(part));
    let group_width = if sized { widest(15, std::iter::once(group.group.as_str())) } else { 15 };
    let (id, host, client) = (of(15, |m| &m.id), of(15, |m| &m.host), of(15, |m| &m.client_id));
    let instance = of(17, |m| m.instance_id.as_deref().unwrap_or_default());
    let with_instance = members.iter().any(|m| m.instance_id.as_deref().is_some_and(|id| !id.is_empty()));
    let shares: Vec<(String, String)> =
        members.iter().map(|member| (assignment(&member.assignment), assignment(&member.target))).collect();
    let current_width = widest(20, shares.iter().map(|(current, _)| current.as_str()));
    let target_width = widest(20, shares.iter().map(|(_, target)| target.as_str()));
    let mixed = members.iter().any(|m| m.upgraded == Some(true)) && members.iter().any(|m| m.upgraded == Some(false));
    let out = &mut *streams.out;
    let mut line = |first: [&str; 6], more: [&str; 5]| {
        let [name, member, instance_id, address, client_id, partitions] = first;
        write!(out, "{name:group_width$} {member:id$} ")?;
        if with_instance {
            write!(out, "{instance_id:instance$} ")?;
        }
        write!(out, "{address:host$} {client_id:client$} {partitions:<15} ")?;
        if verbose {
            let [epoch, current, target_epoch, target, upgraded] = more;
            write!(out, "{epoch:<15} {current:current_width$} {target_epoch:<15} {target:target_width$}")?;
            if mixed {
                write!(out, " {upgraded}")?;
            }
        }
        writeln!(out)
    };
    let head = ["\nGROUP", "CONSUMER-ID", "GROUP-INSTANCE-ID", "HOST", "CLIENT-ID", "#PARTITIONS"];
    // The line's end before the first column is no part of its width.
    let padded = format!("\n{:group_width$}", &head[0][1..]);
    let head = [padded.as_str(), head[1], head[2], head[3], head[4], head[5]];
    line(head, ["CURRENT-EPOCH", "CURRENT-ASSIGNMENT", "TARGET-EPOCH", "TARGET-ASSIGNMENT", "UPGRADED"])?;
    for (member, (current, target)) in members.iter().zip(&shares) {
        let epoch = |epoch: Option<i32>| epoch.map_or_else(|| NOTHING.to_owned(), |epoch| epoch.to_string());
        let upgraded = member.upgraded.map_or_else(|| NOTHING.to_owned(), |upgraded| upgraded.to_string());
        line(
            [
                &group.group,
                &member.id,
                member.instance_id.as_deref().unwrap_or_default(),
                &member.host,
                &member.client_id,
                &member.assignment.len().to_string(),
            ],
            [&epoch(member.epoch), current, &epoch(group.assignment_epoch), target, &upgraded],
        )?;
    }
    Ok(())
}

/// `--describe --state`.
pub(super) fn print_state(group: &DescribedGroup, verbose: bool, streams: &mut Streams<'_>) -> io::Result<()> {
    if !remark(group, 1, streams)? {
        return Ok(());
    }
    let coordinator = format!("{}  ({})", group.coordinator_address, group.coordinator);
    let (group_width, width) = (widest(15, std::iter::once(group.group.as_str())), coordinator.chars().count().max(25));
    let assignor = if group.assignor.is_empty() { NOTHING } else { &group.assignor };
    let epoch = |epoch: Option<i32>| epoch.map_or_else(|| NOTHING.to_owned(), |epoch| epoch.to_string());
    let (group_epoch, target_epoch) = (epoch(group.group_epoch), epoch(group.assignment_epoch));
    let members = group.members.len().to_string();
    let rows = [
        [
            "GROUP",
            "COORDINATOR (ID)",
            "ASSIGNMENT-STRATEGY",
            "STATE",
            "GROUP-EPOCH",
            "TARGET-ASSIGNMENT-EPOCH",
            "#MEMBERS",
        ],
        [&group.group, &coordinator, assignor, &group.state, &group_epoch, &target_epoch, &members],
    ];
    for [name, coordinator, assignor, state, group_epoch, target_epoch, members] in rows {
        write!(streams.out, "\n{name:group_width$} {coordinator:width$} {assignor:<20} {state:<20} ")?;
        if verbose {
            write!(streams.out, "{group_epoch:<15} {target_epoch:<25} ")?;
        }
        write!(streams.out, "{members}")?;
    }
    writeln!(streams.out)
}

/// `--reset-offsets`.
pub(super) fn print_reset(groups: &[(String, Vec<(At, i64)>)], out: &mut dyn Write) -> io::Result<()> {
    let group_width = widest(15, groups.iter().map(|(group, _)| group.as_str()));
    let topic_width = widest(15, groups.iter().flat_map(|(_, rows)| rows).map(|((topic, _), _)| topic.as_str()));
    if !groups.is_empty() {
        write!(out, "\n{:group_width$} {:topic_width$} {:<10} NEW-OFFSET", "GROUP", "TOPIC", "PARTITION")?;
    }
    for (group, rows) in groups {
        for ((topic, partition), offset) in rows {
            write!(out, "\n{group:group_width$} {topic:topic_width$} {partition:<10} {offset}")?;
        }
    }
    writeln!(out)
}

/// `--delete-offsets`.
pub(super) fn print_deleted(results: BTreeMap<At, Option<String>>, out: &mut dyn Write) -> io::Result<()> {
    let width = widest(15, results.keys().map(|(topic, _)| topic.as_str()));
    let mut rows: Vec<(At, Option<String>)> = results.into_iter().collect();
    rows.sort_by_key(|((topic, partition), _)| format!("{topic}{partition}"));
    write!(out, "\n{:width$} {:<10} {:<15}", "TOPIC", "PARTITION", "STATUS")?;
    for ((topic, partition), error) in rows {
        let partition = if partition >= 0 { partition.to_string() } else { NOTHING.to_owned() };
        let status = error.map_or_else(|| "Successful".to_owned(), |error| format!("Error: {error}"));
        write!(out, "\n{topic:width$} {partition:<10} {status:<15}")?;
    }
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(members: Vec<Member>) -> DescribedGroup {
        DescribedGroup {
            group: "g1".into(),
            kind: "Classic",
            state: if members.is_empty() { "Empty" } else { "Stable" }.into(),
            protocol_type: "consumer".into(),
            assignor: "range".into(),
            coordinator: 1,
            coordinator_address: "localhost:9092".into(),
            group_epoch: None,
            assignment_epoch: None,
            members,
        }
    }

    fn member() -> Member {
        Member {
            id: "c1-uuid".into(),
            instance_id: None,
            client_id: "c1".into(),
            host: "/10.0.0.5".into(),
            assignment: vec![("t1".into(), 1), ("t1".into(), 0)],
            target: vec![],
            epoch: None,
            upgraded: None,
        }
    }

    fn row(partition: i32, member: Option<usize>) -> PartitionLag {
        PartitionLag {
            topic: "t1".into(),
            partition,
            committed: Some(10),
            leader_epoch: None,
            start: Some(0),
            end: Some(12),
            lag: Some(2),
            member,
            error: None,
        }
    }

    fn printed(print: impl FnOnce(&mut Streams<'_>) -> io::Result<()>) -> (String, String) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        print(&mut Streams { out: &mut out, err: &mut err }).unwrap();
        (String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
    }

    #[test]
    fn the_nine_columns_stand_as_kafka_puts_them() {
        let (out, err) = printed(|s| print_offsets(&group(vec![member()]), &[row(0, Some(0)), row(1, None)], false, s));
        assert_eq!(
            out,
            "\nGROUP           TOPIC           PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG             CONSUMER-ID     HOST            CLIENT-ID\
             \ng1              t1              0          10              12              2               c1-uuid         /10.0.0.5       c1\
             \ng1              t1              1          10              12              2               -               -               -\n"
        );
        assert_eq!(err, "");
    }

    #[test]
    fn a_group_without_members_is_remarked_on_stderr() {
        let (_, err) = printed(|s| print_offsets(&group(vec![]), &[row(0, None)], false, s));
        assert_eq!(err, "\nConsumer group 'g1' has no active members.\n");
    }

    #[test]
    fn members_and_state() {
        let (out, _) = printed(|s| print_members(&group(vec![member()]), true, s));
        assert!(out.starts_with("\nGROUP           CONSUMER-ID     HOST            CLIENT-ID       #PARTITIONS     CURRENT-EPOCH   CURRENT-ASSIGNMENT   TARGET-EPOCH    TARGET-ASSIGNMENT   \n"), "{out}");
        assert!(out.contains("t1:0,1"));
        let (out, _) = printed(|s| print_state(&group(vec![member()]), false, s));
        assert_eq!(
            out,
            "\nGROUP           COORDINATOR (ID)          ASSIGNMENT-STRATEGY  STATE                #MEMBERS\
             \ng1              localhost:9092  (1)       range                Stable               1\n"
        );
    }

    #[test]
    fn a_reset_without_partitions_is_a_header() {
        let (out, _) = printed(|s| print_reset(&[("g1".into(), vec![])], s.out));
        assert_eq!(out, "\nGROUP           TOPIC           PARTITION  NEW-OFFSET\n");
    }

    #[test]
    fn state_and_type_lists() {
        assert_eq!(states("stable, EMPTY").unwrap(), ["Stable", "Empty"]);
        assert!(states("x").unwrap_err().starts_with("Invalid state list 'x'. Valid states are: "));
        assert_eq!(types("classic").unwrap(), ["Classic"]);
    }
}
