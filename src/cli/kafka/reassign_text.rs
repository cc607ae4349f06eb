//! The sentences of `kafka-reassign-partitions`.

use std::collections::BTreeMap;

use super::cluster::Failure;
use crate::client::At;
use crate::ops::reassign::file::PlanFileError;
use crate::ops::reassign::name;
use crate::ops::reassign::requests::{Moving, OnDisk};

/// Between a list and its end.
pub(super) const IN_THE_WAY: &str = "Cannot execute because there is an existing partition assignment.  Use --additional to override this and create a new partition assignment in addition to the existing one. The --additional flag can also be used to change the throttle by resubmitting the current reassignment.";

/// Printed whenever a throttle is set.
pub(super) const VERIFY_LATER: &str =
    "Warning: You must run --verify periodically, until the reassignment completes, to ensure the throttle is removed.";

/// `s` unless there is one.
pub(super) fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// `t-0,t-1`.
pub(super) fn names<'a>(partitions: impl Iterator<Item = &'a At>) -> String {
    partitions.map(name).collect::<Vec<_>>().join(",")
}

/// `1,2,3`.
pub(super) fn ids(ids: &[i32]) -> String {
    ids.iter().map(i32::to_string).collect::<Vec<_>>().join(",")
}

/// `t-0-2`: a replica, as Kafka names one.
pub(super) fn replica((at, id): &(At, i32)) -> String {
    format!("{}-{id}", name(at))
}

/// How a partition stands against what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct State {
    /// The replicas that it has.
    pub(super) current: Vec<i32>,
    /// Those that were asked for.
    pub(super) target: Vec<i32>,
    /// Whether nothing moves it.
    pub(super) done: bool,
}

/// The answer of `--verify` about partitions.
pub(super) fn states(states: &BTreeMap<At, State>) -> String {
    let mut lines = vec!["Status of partition reassignment:".to_owned()];
    for (at, state) in states {
        lines.push(if !state.done {
            format!("Reassignment of partition {} is still in progress.", name(at))
        } else if state.current == state.target {
            format!("Reassignment of partition {} is completed.", name(at))
        } else {
            format!(
                "There is no active reassignment of partition {}, but replica set is {} rather than {}.",
                name(at),
                ids(&state.current),
                ids(&state.target)
            )
        });
    }
    lines.join("\n")
}

/// The answer of `--verify` about log directories; in the tool's order, brokers first.
pub(super) fn log_dir_states(wanted: &BTreeMap<(At, i32), String>, found: &BTreeMap<(At, i32), OnDisk>) -> String {
    let mut order: Vec<_> = wanted.iter().collect();
    order.sort_by_key(|((at, id), _)| (*id, at));
    let line = |(key, target): (&(At, i32), &String)| {
        let (at, id) = (name(&key.0), key.1);
        let on = found.get(key).cloned().unwrap_or_default();
        match (on.current, on.future) {
            (None, _) => format!(
                "Partition {at} is not found in any live log dir on broker {id}. There is likely an offline log directory on the broker."
            ),
            (Some(_), Some(future)) if future == *target => {
                format!("Reassignment of replica {} is still in progress.", replica(key))
            }
            (Some(_), Some(future)) => {
                format!("Partition {at} on broker {id} is being moved to log dir {future} instead of {target}.")
            }
            (Some(current), None) if current == *target => {
                format!("Reassignment of replica {} completed successfully.", replica(key))
            }
            (Some(current), None) => {
                format!("Partition {at} on broker {id} is not being moved from log dir {current} to {target}.")
            }
        }
    };
    order.into_iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The answer of `--list`.
pub(super) fn listed(moving: &BTreeMap<At, Moving>) -> String {
    if moving.is_empty() {
        return "No partition reassignments found.".to_owned();
    }
    let some =
        |word: &str, list: &[i32]| if list.is_empty() { String::new() } else { format!(" {word}: {}.", ids(list)) };
    let mut lines = vec!["Current partition reassignments:".to_owned()];
    lines.extend(moving.iter().map(|(at, m)| {
        let (adding, removing) = (some("adding", &m.adding), some("removing", &m.removing));
        format!("{}: replicas: {}.{adding}{removing}", name(at), ids(&m.replicas))
    }));
    lines.join("\n")
}

/// The Java exception for a plan that cannot be used.
pub(super) fn of_plan(error: &PlanFileError) -> Failure {
    const OPERATION: &str = "org.apache.kafka.tools.AdminOperationException";
    match error {
        // Jackson tells a field that is missing from text that is no JSON.
        PlanFileError::Json(text) => {
            match text.strip_prefix("missing field ").and_then(|rest| rest.split(" at ").next()) {
                Some(field) => Failure::of(
                    "com.fasterxml.jackson.databind.JsonMappingException",
                    format!("No such field exists: {}", field.replace('`', "\"")),
                ),
                None => Failure::of(OPERATION, format!("com.fasterxml.jackson.core.JsonParseException: {text}")),
            }
        }
        PlanFileError::Version(_) => Failure::of(OPERATION, error.to_string()),
        _ => Failure::of("org.apache.kafka.tools.AdminCommandFailedException", error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(partition: i32) -> At {
        ("t".to_owned(), partition)
    }

    #[test]
    fn partitions_are_told_as_kafkas_tool_tells_them() {
        let state =
            |current: &[i32], target: &[i32], done| State { current: current.into(), target: target.into(), done };
        let told = states(&BTreeMap::from([
            (at(0), state(&[1, 2], &[1, 2], true)),
            (at(1), state(&[1, 2], &[3], false)),
            (at(2), state(&[1, 2], &[3, 4], true)),
        ]));
        assert_eq!(
            told,
            "Status of partition reassignment:\nReassignment of partition t-0 is completed.\n\
             Reassignment of partition t-1 is still in progress.\n\
             There is no active reassignment of partition t-2, but replica set is 1,2 rather than 3,4."
        );
    }

    #[test]
    fn log_directories_are_told_by_broker() {
        let wanted: BTreeMap<_, _> =
            [(0, 2), (0, 1), (1, 1), (2, 1), (3, 1)].map(|(p, id)| ((at(p), id), "/b".to_owned())).into();
        let on = |current: Option<&str>, future: Option<&str>| OnDisk {
            current: current.map(str::to_owned),
            future: future.map(str::to_owned),
            bytes: 0,
        };
        let found = BTreeMap::from([
            ((at(0), 1), on(Some("/b"), None)),
            ((at(0), 2), on(Some("/a"), Some("/b"))),
            ((at(1), 1), on(Some("/a"), Some("/c"))),
            ((at(2), 1), on(Some("/a"), None)),
            ((at(3), 1), on(None, None)),
        ]);
        assert_eq!(
            log_dir_states(&wanted, &found),
            "Reassignment of replica t-0-1 completed successfully.\n\
             Partition t-1 on broker 1 is being moved to log dir /c instead of /b.\n\
             Partition t-2 on broker 1 is not being moved from log dir /a to /b.\n\
             Partition t-3 is not found in any live log dir on broker 1. \
             There is likely an offline log directory on the broker.\n\
             Reassignment of replica t-0-2 is still in progress."
        );
    }

    #[test]
    fn moves_are_listed_with_what_is_added_and_removed() {
        assert_eq!(listed(&BTreeMap::new()), "No partition reassignments found.");
        let moving = Moving { replicas: vec![2, 3, 1], adding: vec![2, 3], removing: vec![1] };
        let grown = Moving { replicas: vec![1, 2], adding: vec![2], removing: vec![] };
        assert_eq!(
            listed(&BTreeMap::from([(at(0), moving), (at(1), grown)])),
            "Current partition reassignments:\nt-0: replicas: 2,3,1. adding: 2,3. removing: 1.\n\
             t-1: replicas: 1,2. adding: 2."
        );
    }
}
