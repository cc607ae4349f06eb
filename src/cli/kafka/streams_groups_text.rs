//! What `kafka-streams-groups.sh` prints: column widths and all.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::cluster::Failure;
use crate::client::At;
use crate::ops::groups::streams::{StreamsGroup, StreamsMember, TaskIds};
use crate::ops::groups::{ListedGroup, PartitionLag};

const NOTHING: &str = "-";

/// The states of streams groups.
const STATES: [&str; 6] = ["Empty", "NotReady", "Stable", "Assigning", "Reconciling", "Dead"];

/// Reads the list of `--state`.
pub(super) fn states(words: &str) -> Result<Vec<String>, String> {
    let read =
        |word: &str| STATES.iter().find(|state| state.eq_ignore_ascii_case(word.trim())).map(|s| (*s).to_owned());
    words
        .split(',')
        .map(read)
        .collect::<Option<Vec<String>>>()
        .ok_or_else(|| format!("Invalid state list '{words}'. Valid states are: {}", STATES.join(", ")))
}

/// A group as `groups describe` has it, with what only streams groups have.
pub(super) fn described(group: &StreamsGroup, offsets: Option<&[PartitionLag]>) -> Value {
    let mut whole = serde_json::to_value(group.clone().into_described()).unwrap_or_default();
    let members = whole.get_mut("members").and_then(Value::as_array_mut).into_iter().flatten();
    for (fields, member) in members.filter_map(Value::as_object_mut).zip(&group.members) {
        fields.insert("process_id".to_owned(), json!(member.process_id));
        fields.insert("classic".to_owned(), json!(member.is_classic));
        fields.insert("tasks".to_owned(), json!(member.assignment));
        fields.insert("target_tasks".to_owned(), json!(member.target));
    }
    if let Some(fields) = whole.as_object_mut() {
        fields.insert("topology_epoch".to_owned(), json!(group.topology_epoch));
        fields.insert("subtopologies".to_owned(), json!(group.subtopologies));
        if let Some(rows) = offsets {
            fields.insert("offsets".to_owned(), json!(rows));
        }
    }
    whole
}

fn widest<'a>(least: usize, cells: impl IntoIterator<Item = &'a str>) -> usize {
    cells.into_iter().map(|cell| cell.chars().count()).fold(least, usize::max)
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
fn remark(group: &StreamsGroup, out: &mut dyn Write) -> io::Result<()> {
    match group.state.as_str() {
        "Dead" => writeln!(out, "\nError: Streams group '{}' does not exist.", group.group),
        "Empty" => writeln!(out, "\nError: Streams group '{}' has no active members.", group.group),
        _ => Ok(()),
    }
}

/// Whether there is a table to print.
fn is_shown(group: &StreamsGroup) -> bool {
    group.state != "Dead" && !group.members.is_empty()
}

fn tasks(kind: &str, tasks: &[TaskIds]) -> String {
    let part = |ids: &TaskIds| {
        let partitions: Vec<String> = ids.partitions.iter().map(ToString::to_string).collect();
        format!("{}:[{}]; ", ids.subtopology, partitions.join(","))
    };
    match tasks {
        [] => String::new(),
        tasks => format!("{kind}: {}", tasks.iter().map(part).collect::<String>()),
    }
}

fn assignment(member: &StreamsMember, with_target: bool) -> String {
    let (now, target) = (&member.assignment, &member.target);
    let mut all = vec![tasks("ACTIVE", &now.active), tasks("STANDBY", &now.standby), tasks("WARMUP", &now.warmup)];
    if with_target {
        all.push(tasks("TARGET-ACTIVE", &target.active));
        all.push(tasks("TARGET-STANDBY", &target.standby));
        all.push(tasks("TARGET-WARMUP", &target.warmup));
    }
    all.concat()
}

/// `--describe --members`.
pub(super) fn print_members(group: &StreamsGroup, verbose: bool, out: &mut dyn Write) -> io::Result<()> {
    if !is_shown(group) {
        return Ok(());
    }
    remark(group, out)?;
    let of = |part: fn(&StreamsMember) -> &str| widest(15, group.members.iter().map(part));
    let (name, id) = (widest(15, [group.group.as_str()]), of(|m| &m.id));
    let (process, client) = (of(|m| &m.process_id), of(|m| &m.client_id));
    let (target_epoch, topology_epoch) = (group.assignment_epoch.to_string(), group.topology_epoch.to_string());
    let mut line = |row: [&str; 9]| {
        let [own, target, topology, member, protocol, epoch, process_id, client_id, tasks] = row;
        write!(out, "{own:name$} ")?;
        if verbose {
            // No blank stands between the topology's epoch and the member.
            write!(out, "{target:<25} {topology:<15}{member:id$} {protocol:<15} {epoch:<15} ")?;
        } else {
            write!(out, "{member:id$} ")?;
        }
        writeln!(out, "{process_id:process$} {client_id:client$} {tasks}")
    };
    line([
        "GROUP",
        "TARGET-ASSIGNMENT-EPOCH",
        "TOPOLOGY-EPOCH",
        "MEMBER",
        "MEMBER-PROTOCOL",
        "MEMBER-EPOCH",
        "PROCESS",
        "CLIENT-ID",
        "ASSIGNMENTS",
    ])?;
    group.members.iter().try_for_each(|member| {
        line([
            &group.group,
            &target_epoch,
            &topology_epoch,
            &member.id,
            if member.is_classic { "classic" } else { "streams" },
            &member.epoch.to_string(),
            &member.process_id,
            &member.client_id,
            &assignment(member, verbose),
        ])
    })
}

/// `--describe --state`.
pub(super) fn print_state(group: &StreamsGroup, verbose: bool, out: &mut dyn Write) -> io::Result<()> {
    remark(group, out)?;
    let coordinator = format!("{} ({})", group.coordinator_address, group.coordinator);
    let (name, at) = (widest(15, [group.group.as_str()]), widest(25, [coordinator.as_str()]));
    let (epoch, target) = (group.group_epoch.to_string(), group.assignment_epoch.to_string());
    let members = group.members.len().to_string();
    for [own, coordinator, state, epoch, target, members] in [
        ["GROUP", "COORDINATOR (ID)", "STATE", "GROUP-EPOCH", "TARGET-ASSIGNMENT-EPOCH", "#MEMBERS"],
        [&group.group, &coordinator, &group.state, &epoch, &target, &members],
    ] {
        write!(out, "{own:name$} {coordinator:at$} {state:<25} ")?;
        if verbose {
            write!(out, "{epoch:<15} {target:<25} ")?;
        }
        writeln!(out, "{members}")?;
    }
    Ok(())
}

/// `--describe`, or `--describe --offsets`.
pub(super) fn print_offsets(
    group: &StreamsGroup,
    rows: &[PartitionLag],
    verbose: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    if !is_shown(group) {
        return Ok(());
    }
    remark(group, out)?;
    let name = widest(15, [group.group.as_str()]);
    let topic = widest(15, rows.iter().map(|row| row.topic.as_str()));
    let number = |number: Option<i64>| number.map_or_else(|| NOTHING.to_owned(), |number| number.to_string());
    let mut line = |own: &str, of: &str, cells: [&str; 5]| {
        let [partition, current, epoch, end, lag] = cells;
        if verbose {
            writeln!(out, "{own:name$} {of:topic$} {partition:<10} {current:<15} {epoch:<15} {end:<15} {lag:<15}")
        } else {
            writeln!(out, "{own:name$} {of:topic$} {partition:<10} {lag}")
        }
    };
    line("GROUP", "TOPIC", ["PARTITION", "CURRENT-OFFSET", "LEADER-EPOCH", "LOG-END-OFFSET", "OFFSET-LAG"])?;
    rows.iter().try_for_each(|row| {
        let cells = [
            row.partition.to_string(),
            number(row.committed),
            number(row.leader_epoch.map(i64::from)),
            number(row.end),
            number(row.lag),
        ];
        line(&group.group, &row.topic, cells.each_ref().map(String::as_str))
    })
}

/// `--reset-offsets`.
pub(super) fn print_reset(groups: &[(String, Vec<(At, i64)>)], out: &mut dyn Write) -> io::Result<()> {
    let mut line = |group: &str, topic: &str, partition: &str, offset: &str| {
        write!(out, "\n{group:<30} {topic:<30} {partition:<10} {offset:<15}")
    };
    if !groups.is_empty() {
        line("GROUP", "TOPIC", "PARTITION", "NEW-OFFSET")?;
    }
    for (group, rows) in groups {
        for ((topic, partition), offset) in rows {
            line(group, topic, &partition.to_string(), &offset.to_string())?;
        }
    }
    writeln!(out)
}

/// `--delete`.
pub(super) fn print_deleted(gone: &[String], kept: &[(String, Failure)], out: &mut dyn Write) -> io::Result<()> {
    let names = gone.join("', '");
    if kept.is_empty() {
        return writeln!(out, "Deletion of requested streams groups ('{names}') was successful.");
    }
    writeln!(out, "\nError: Deletion of some streams groups failed:")?;
    for (group, failure) in kept {
        writeln!(out, "* Group '{group}' could not be deleted due to: {failure}")?;
    }
    if gone.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nThese streams groups were deleted successfully: '{names}'.")
}

/// What became of the topics of groups that are gone.
pub(super) fn print_internal(groups: &[&str], unfinished: &[(String, Failure)], out: &mut dyn Write) -> io::Result<()> {
    if unfinished.is_empty() {
        return writeln!(
            out,
            "Deletion of associated internal topics of the streams groups ('{}') was successful.",
            groups.join("', '")
        );
    }
    writeln!(out, "Deletion of some associated internal topics failed:")?;
    unfinished.iter().try_for_each(|(group, failure)| {
        writeln!(out, "* Internal topics of the streams group '{group}' could not be deleted due to: {failure}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::groups::streams::Tasks;

    fn group(members: Vec<StreamsMember>) -> StreamsGroup {
        StreamsGroup {
            group: "app".into(),
            state: if members.is_empty() { "Empty" } else { "Stable" }.into(),
            coordinator: 1,
            coordinator_address: "127.0.0.1:9092".into(),
            group_epoch: 4,
            assignment_epoch: 3,
            topology_epoch: 0,
            subtopologies: vec![],
            members,
        }
    }

    fn member() -> StreamsMember {
        let ids = |id: &str, partitions: &[i32]| TaskIds { subtopology: id.into(), partitions: partitions.to_vec() };
        StreamsMember {
            id: "m1".into(),
            epoch: 3,
            instance_id: None,
            client_id: "app-c1".into(),
            host: "/127.0.0.1".into(),
            process_id: "p1".into(),
            is_classic: false,
            assignment: Tasks { active: vec![ids("0", &[0, 1])], standby: vec![ids("1", &[2])], warmup: vec![] },
            target: Tasks { active: vec![ids("0", &[0])], ..Tasks::default() },
        }
    }

    #[test]
    fn a_described_group_has_the_fields_of_others_and_its_tasks() {
        let whole = described(&group(vec![member()]), Some(&[]));
        assert_eq!(
            (&whole["group"], &whole["type"], &whole["topology_epoch"]),
            (&json!("app"), &json!("Streams"), &json!(0))
        );
        let member = &whole["members"][0];
        assert_eq!((&member["id"], &member["process_id"]), (&json!("m1"), &json!("p1")));
        assert_eq!(member["tasks"]["active"], json!([{"subtopology": "0", "partitions": [0, 1]}]));
        assert_eq!(whole["offsets"], json!([]));
        assert_eq!(described(&group(vec![]), None).get("offsets"), None);
    }

    fn printed(print: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        print(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn members_are_shown_with_their_tasks() {
        let group = group(vec![member()]);
        assert_eq!(
            printed(|out| print_members(&group, false, out)),
            "GROUP           MEMBER          PROCESS         CLIENT-ID       ASSIGNMENTS\n\
             app             m1              p1              app-c1          ACTIVE: 0:[0,1]; STANDBY: 1:[2]; \n"
        );
        let verbose = printed(|out| print_members(&group, true, out));
        assert!(verbose.starts_with(
            "GROUP           TARGET-ASSIGNMENT-EPOCH   TOPOLOGY-EPOCH MEMBER          MEMBER-PROTOCOL MEMBER-EPOCH    PROCESS"
        ));
        assert!(verbose.ends_with("ACTIVE: 0:[0,1]; STANDBY: 1:[2]; TARGET-ACTIVE: 0:[0]; \n"));
    }

    #[test]
    fn a_group_without_members_has_a_state_and_no_more() {
        let group = group(vec![]);
        assert_eq!(printed(|out| print_members(&group, false, out)), "");
        assert_eq!(printed(|out| print_offsets(&group, &[], false, out)), "");
        assert_eq!(
            printed(|out| print_state(&group, true, out)),
            "\nError: Streams group 'app' has no active members.\n\
             GROUP           COORDINATOR (ID)          STATE                     GROUP-EPOCH     TARGET-ASSIGNMENT-EPOCH   #MEMBERS\n\
             app             127.0.0.1:9092 (1)        Empty                     4               3                         0\n"
        );
    }

    #[test]
    fn offsets_show_the_lag_alone_unless_more_is_asked_for() {
        let row = PartitionLag {
            topic: "in".into(),
            partition: 1,
            committed: None,
            leader_epoch: None,
            start: Some(2),
            end: Some(9),
            lag: Some(7),
            member: Some(0),
            error: None,
        };
        let group = group(vec![member()]);
        assert_eq!(
            printed(|out| print_offsets(&group, std::slice::from_ref(&row), false, out)),
            "GROUP           TOPIC           PARTITION  OFFSET-LAG\napp             in              1          7\n"
        );
        let verbose = printed(|out| print_offsets(&group, &[row], true, out));
        assert!(verbose.ends_with("1          -               -               9               7              \n"));
    }

    #[test]
    fn states_are_those_of_streams_groups() {
        assert_eq!(states("stable, notready").unwrap(), ["Stable", "NotReady"]);
        assert!(states("foo").unwrap_err().starts_with("Invalid state list 'foo'. Valid states are: "));
    }
}
