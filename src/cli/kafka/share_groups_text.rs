//! What `kafka-share-groups.sh` prints: column widths and all.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::cluster::Failure;
use super::usage::Streams;
use crate::client::At;
use crate::ops::groups::share::StartOffset;
use crate::ops::groups::{DescribedGroup, ListedGroup, Member};

const NOTHING: &str = "-";
/// The states that a share group can be in.
const STATES: [&str; 3] = ["Empty", "Stable", "Dead"];

/// Reads the list of `--state`.
pub(super) fn states(words: &str) -> Result<Vec<String>, String> {
    let read =
        |word: &str| STATES.iter().find(|state| state.eq_ignore_ascii_case(word.trim())).map(|s| (*s).to_owned());
    let refuse = || format!("Invalid state list '{words}'. Valid states are: {}", STATES.join(", "));
    words.split(',').map(read).collect::<Option<Vec<String>>>().ok_or_else(refuse)
}

fn widest<'a>(least: usize, cells: impl Iterator<Item = &'a str>) -> usize {
    cells.map(|cell| cell.chars().count()).fold(least, usize::max)
}

fn name_width(group: &str) -> usize {
    widest(15, std::iter::once(group))
}

/// `--list --state`.
pub(super) fn print_list(groups: &[ListedGroup], out: &mut dyn Write) -> io::Result<()> {
    let width = widest(15, groups.iter().map(|group| group.group.as_str()));
    writeln!(out, "{:width$} STATE", "GROUP")?;
    groups.iter().try_for_each(|group| {
        let state = if group.state.is_empty() { "Unknown" } else { &group.state };
        writeln!(out, "{:width$} {state}", group.group)
    })
}

/// The remark that goes before a group's table.
fn remark(group: &DescribedGroup, streams: &mut Streams<'_>) -> io::Result<()> {
    let name = &group.group;
    match group.state.as_str() {
        "Dead" => writeln!(streams.out, "\nError: Share group '{name}' does not exist."),
        "Empty" => {
            streams.out.flush()?;
            writeln!(streams.err, "\nShare group '{name}' has no active members.")
        }
        _ => Ok(()),
    }
}

/// `--describe`, or `--describe --offsets`. What the broker could not tell is left out.
pub(super) fn print_offsets(group: &str, rows: &[StartOffset], verbose: bool, out: &mut dyn Write) -> io::Result<()> {
    let rows: Vec<&StartOffset> = rows.iter().filter(|row| row.error.is_none()).collect();
    if rows.is_empty() {
        return writeln!(out, "\nShare group '{group}' has no offset information.");
    }
    let group_width = name_width(group);
    let topic_width = widest(15, rows.iter().map(|row| row.topic.as_str()));
    let mut line = |name: &str, topic: &str, partition: &str, epoch: &str, start: &str, lag: &str| {
        write!(out, "\n{name:group_width$} {topic:topic_width$} {partition:<10} ")?;
        if verbose {
            write!(out, "{epoch:<13} ")?;
        }
        write!(out, "{start:<13} {lag}")
    };
    line("GROUP", "TOPIC", "PARTITION", "LEADER-EPOCH", "START-OFFSET", "LAG")?;
    for row in rows {
        // Without a start, nothing else of the partition counts either.
        let known = |number: Option<i64>| match row.start.and(number) {
            Some(number) => number.to_string(),
            None => NOTHING.to_owned(),
        };
        let epoch = known(row.leader_epoch.map(i64::from));
        line(group, &row.topic, &row.partition.to_string(), &epoch, &known(row.start), &known(row.lag))?;
    }
    writeln!(out)
}

/// `--describe --state`.
pub(super) fn print_state(group: &DescribedGroup, verbose: bool, streams: &mut Streams<'_>) -> io::Result<()> {
    remark(group, streams)?;
    let coordinator = format!("{}  ({})", group.coordinator_address, group.coordinator);
    let (group_width, width) = (name_width(&group.group), widest(25, std::iter::once(coordinator.as_str())));
    let number = |number: Option<i32>| number.unwrap_or(-1).to_string();
    let (group_epoch, assignment_epoch) = (number(group.group_epoch), number(group.assignment_epoch));
    let members = group.members.len().to_string();
    for [name, place, state, epoch, target, count] in [
        ["GROUP", "COORDINATOR (ID)", "STATE", "GROUP-EPOCH", "ASSIGNMENT-EPOCH", "#MEMBERS"],
        [&group.group, &coordinator, &group.state, &group_epoch, &assignment_epoch, &members],
    ] {
        write!(streams.out, "\n{name:group_width$} {place:width$} {state:<15} ")?;
        if verbose {
            write!(streams.out, "{epoch:<12} {target:<17} ")?;
        }
        write!(streams.out, "{count}")?;
    }
    writeln!(streams.out)
}

/// `t1:0,1;t2:3`.
fn assignment(partitions: &[At]) -> String {
    let mut topics: BTreeMap<&str, Vec<i32>> = BTreeMap::new();
    for (topic, partition) in partitions {
        topics.entry(topic).or_default().push(*partition);
    }
    let share = |(topic, mut partitions): (&str, Vec<i32>)| {
        partitions.sort_unstable();
        let partitions: Vec<String> = partitions.iter().map(ToString::to_string).collect();
        format!("{topic}:{}", partitions.join(","))
    };
    let mut shares: Vec<String> = topics.into_iter().map(share).collect();
    shares.sort();
    shares.join(";")
}

/// `--describe --members`.
pub(super) fn print_members(group: &DescribedGroup, verbose: bool, streams: &mut Streams<'_>) -> io::Result<()> {
    remark(group, streams)?;
    if group.state == "Dead" || group.members.is_empty() {
        return Ok(());
    }
    let group_width = name_width(&group.group);
    let of = |part: fn(&Member) -> &str| widest(15, group.members.iter().map(part));
    let (id, host, client) = (of(|m| &m.id), of(|m| &m.host), of(|m| &m.client_id));
    let out = &mut *streams.out;
    let mut line = |[name, member, address, client_id, partitions, epoch, share]: [&str; 7]| {
        write!(out, "\n{name:group_width$} {member:id$} {address:host$} {client_id:client$} {partitions:<12} ")?;
        if verbose {
            write!(out, "{epoch:<13} ")?;
        }
        write!(out, "{share}")
    };
    line(["GROUP", "CONSUMER-ID", "HOST", "CLIENT-ID", "#PARTITIONS", "MEMBER-EPOCH", "ASSIGNMENT"])?;
    for member in &group.members {
        line([
            &group.group,
            &member.id,
            &member.host,
            &member.client_id,
            &member.assignment.len().to_string(),
            &member.epoch.unwrap_or(-1).to_string(),
            &assignment(&member.assignment),
        ])?;
    }
    writeln!(out)
}

/// `--delete`.
pub(super) fn print_deletion(gone: &[String], kept: &[(String, Failure)], out: &mut dyn Write) -> io::Result<()> {
    let quoted: Vec<String> = gone.iter().map(|name| format!("'{name}'")).collect();
    if kept.is_empty() {
        return writeln!(out, "Deletion of requested share groups ({}) was successful.", quoted.join(", "));
    }
    writeln!(out, "\nError: Deletion of some share groups failed:")?;
    for (name, failure) in kept {
        writeln!(out, "* Group '{name}' could not be deleted due to: {failure}")?;
    }
    if gone.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nThese share groups were deleted successfully: {}", quoted.join(", "))
}

/// `--delete-offsets`.
pub(super) fn print_deleted_offsets(rows: &BTreeMap<String, Option<String>>, out: &mut dyn Write) -> io::Result<()> {
    let width = widest(15, rows.keys().map(String::as_str));
    if !rows.is_empty() {
        write!(out, "\n{:width$} STATUS", "TOPIC")?;
    }
    for (topic, error) in rows {
        let status = error.as_ref().map_or_else(|| "Successful".to_owned(), |error| format!("Error: {error}"));
        write!(out, "\n{topic:width$} {status}")?;
    }
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(state: &str, members: Vec<Member>) -> DescribedGroup {
        DescribedGroup {
            group: "g1".into(),
            kind: "Share",
            state: state.into(),
            protocol_type: "share".into(),
            assignor: "simple".into(),
            coordinator: 1,
            coordinator_address: "localhost:9092".into(),
            group_epoch: Some(3),
            assignment_epoch: Some(2),
            members,
        }
    }

    fn printed(print: impl FnOnce(&mut Streams<'_>) -> io::Result<()>) -> (String, String) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        print(&mut Streams { out: &mut out, err: &mut err }).unwrap();
        (String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
    }

    #[test]
    fn start_offsets_stand_in_kafkas_columns() {
        let row = |partition, start| StartOffset {
            topic: "t1".into(),
            partition,
            start,
            leader_epoch: Some(0),
            lag: Some(4),
            error: None,
        };
        let (out, _) = printed(|s| print_offsets("g1", &[row(0, Some(7)), row(1, None)], true, s.out));
        assert_eq!(
            out,
            "\nGROUP           TOPIC           PARTITION  LEADER-EPOCH  START-OFFSET  LAG\
             \ng1              t1              0          0             7             4\
             \ng1              t1              1          -             -             -\n"
        );
        let (out, _) = printed(|s| print_offsets("g1", &[], false, s.out));
        assert_eq!(out, "\nShare group 'g1' has no offset information.\n");
    }

    #[test]
    fn an_empty_group_has_a_state_and_a_remark_but_no_members() {
        let (out, err) = printed(|s| print_state(&group("Empty", vec![]), true, s));
        assert_eq!(
            out,
            "\nGROUP           COORDINATOR (ID)          STATE           GROUP-EPOCH  ASSIGNMENT-EPOCH  #MEMBERS\
             \ng1              localhost:9092  (1)       Empty           3            2                 0\n"
        );
        assert_eq!(err, "\nShare group 'g1' has no active members.\n");
        let (out, _) = printed(|s| print_members(&group("Empty", vec![]), true, s));
        assert_eq!(out, "");
    }

    #[test]
    fn members_and_what_they_share() {
        let member = Member {
            id: "m".into(),
            instance_id: None,
            client_id: "c1".into(),
            host: "/10.0.0.5".into(),
            assignment: vec![("t2".into(), 0), ("t1".into(), 1), ("t1".into(), 0)],
            target: vec![],
            epoch: Some(2),
            upgraded: None,
        };
        let (out, _) = printed(|s| print_members(&group("Stable", vec![member]), true, s));
        assert_eq!(
            out,
            "\nGROUP           CONSUMER-ID     HOST            CLIENT-ID       #PARTITIONS  MEMBER-EPOCH  ASSIGNMENT\
             \ng1              m               /10.0.0.5       c1              3            2             t1:0,1;t2:0\n"
        );
    }

    #[test]
    fn states_are_those_of_share_groups() {
        assert_eq!(states("stable, EMPTY").unwrap(), ["Stable", "Empty"]);
        assert!(states("assigning").unwrap_err().starts_with("Invalid state list 'assigning'. Valid states are: "));
    }
}
