//! What changed between two samples, in the words of an incident log.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use super::model::{PartitionSample, Snapshot};

/// How many incidents are kept.
const KEPT: usize = 200;

/// A change that an operator would write down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// When the sample that shows it was taken, in milliseconds since the epoch.
    pub at: i64,
    /// What happened.
    pub text: String,
    /// Whether things got worse by it.
    pub bad: bool,
}

/// Appends what changed from `old` to `new`.
pub(super) fn record(log: &mut VecDeque<Incident>, old: &Snapshot, new: &Snapshot) {
    let mut say = |bad: bool, text: String| {
        log.push_back(Incident { at: new.taken_at, text, bad });
        if log.len() > KEPT {
            log.pop_front();
        }
    };
    brokers(old, new, &mut say);
    partitions(old, new, &mut say);
    groups(old, new, &mut say);
}

fn brokers(old: &Snapshot, new: &Snapshot, say: &mut impl FnMut(bool, String)) {
    let live = |s: &Snapshot| s.brokers.iter().filter(|b| !b.fenced).map(|b| b.id).collect::<BTreeSet<_>>();
    let (before, after) = (live(old), live(new));
    for id in before.difference(&after) {
        say(true, format!("broker {id} left"));
    }
    for id in after.difference(&before) {
        say(false, format!("broker {id} joined"));
    }
    if let (Some(before), Some(after)) = (old.controller, new.controller)
        && before != after
    {
        say(false, format!("controller moved {before} → {after}"));
    }
}

fn partitions(old: &Snapshot, new: &Snapshot, say: &mut impl FnMut(bool, String)) {
    let before: HashMap<&str, _> = old.topics.iter().map(|t| (t.name.as_str(), t)).collect();
    // One broker going away changes thousands of partitions: told once a cause, not once a partition.
    let mut changes: BTreeMap<Change, Vec<String>> = BTreeMap::new();
    for topic in &new.topics {
        let Some(was) = before.get(topic.name.as_str()) else {
            say(false, format!("topic {} created", topic.name));
            continue;
        };
        for (p, q) in was.partitions.iter().zip(&topic.partitions).filter(|(p, q)| p.index == q.index) {
            for change in changes_of(p, q) {
                changes.entry(change).or_default().push(format!("{}-{}", topic.name, q.index));
            }
        }
        if topic.partitions.len() > was.partitions.len() {
            say(false, format!("topic {} grew to {} partitions", topic.name, topic.partitions.len()));
        }
    }
    for (change, partitions) in &changes {
        say(matches!(change, Change::LeaderLost | Change::IsrLeft(_)), change.text(partitions));
    }
    let after: BTreeSet<&str> = new.topics.iter().map(|t| t.name.as_str()).collect();
    for name in before.keys().filter(|name| !after.contains(*name)).collect::<BTreeSet<_>>() {
        say(false, format!("topic {name} deleted"));
    }
}

/// What can happen to a partition; the order is that of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    LeaderLost,
    LeaderFound(i32),
    LeaderMoved(i32, i32),
    IsrLeft(i32),
    IsrJoined(i32),
}

fn changes_of(p: &PartitionSample, q: &PartitionSample) -> Vec<Change> {
    let leader = match (p.leader, q.leader) {
        (Some(_), None) => Some(Change::LeaderLost),
        (None, Some(id)) => Some(Change::LeaderFound(id)),
        (Some(a), Some(b)) if a != b => Some(Change::LeaderMoved(a, b)),
        _ => None,
    };
    // The ISR is a set to the person, whatever order the controller keeps it in.
    let left = p.isr.iter().filter(|id| !q.isr.contains(id)).map(|id| Change::IsrLeft(*id));
    let joined = q.isr.iter().filter(|id| !p.isr.contains(id)).map(|id| Change::IsrJoined(*id));
    leader.into_iter().chain(left).chain(joined).collect()
}

impl Change {
    fn text(self, partitions: &[String]) -> String {
        let whom = match partitions {
            [] => String::new(),
            [one] => one.clone(),
            [first, second] => format!("{first}, {second}"),
            [first, second, rest @ ..] => format!("{first}, {second} and {} more", rest.len()),
        };
        match self {
            Change::LeaderLost => format!("no leader: {whom}"),
            Change::LeaderFound(id) => format!("broker {id} leads again: {whom}"),
            Change::LeaderMoved(from, to) => format!("leader moved {from} → {to}: {whom}"),
            Change::IsrLeft(id) => format!("broker {id} fell out of the ISR: {whom}"),
            Change::IsrJoined(id) => format!("broker {id} is in the ISR again: {whom}"),
        }
    }
}

fn groups(old: &Snapshot, new: &Snapshot, say: &mut impl FnMut(bool, String)) {
    let before: HashMap<&str, _> = old.groups.iter().map(|g| (g.id.as_str(), g)).collect();
    for group in &new.groups {
        let Some(was) = before.get(group.id.as_str()) else { continue };
        if was.members != group.members {
            let text = format!("group {}: {} → {} members", group.id, was.members, group.members);
            say(group.members < was.members, text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::{BrokerSample, GroupSample, TopicSample};
    use super::*;

    fn cluster(brokers: &[i32], leader: Option<i32>, isr: &[i32], members: usize) -> Snapshot {
        Snapshot {
            taken_at: 7,
            brokers: brokers.iter().map(|&id| BrokerSample { id, ..Default::default() }).collect(),
            topics: vec![TopicSample {
                name: "clicks".into(),
                partitions: vec![PartitionSample {
                    leader,
                    replicas: vec![1, 2, 3],
                    isr: isr.to_vec(),
                    ..Default::default()
                }],
                ..Default::default()
            }],
            groups: vec![GroupSample { id: "g".into(), members, ..Default::default() }],
            ..Default::default()
        }
    }

    fn changes(old: &Snapshot, new: &Snapshot) -> Vec<String> {
        let mut log = VecDeque::new();
        record(&mut log, old, new);
        log.into_iter().map(|i| i.text).collect()
    }

    #[test]
    fn a_lost_broker_reads_like_an_incident_log() {
        let before = cluster(&[1, 2, 3], Some(3), &[1, 2, 3], 2);
        let after = cluster(&[1, 2], Some(1), &[1, 2], 1);
        assert_eq!(
            changes(&before, &after),
            [
                "broker 3 left",
                "leader moved 3 → 1: clicks-0",
                "broker 3 fell out of the ISR: clicks-0",
                "group g: 2 → 1 members"
            ]
        );
    }

    #[test]
    fn a_reordered_isr_is_no_change() {
        let before = cluster(&[1], Some(1), &[1, 2, 3], 0);
        assert!(changes(&before, &cluster(&[1], Some(1), &[3, 1, 2], 0)).is_empty());
    }

    #[test]
    fn one_cause_is_one_line_however_many_partitions_it_touches() {
        let with = |isr: &[i32]| {
            let mut s = cluster(&[1], Some(1), isr, 0);
            let p = s.topics[0].partitions[0].clone();
            s.topics[0].partitions = (0..40).map(|index| PartitionSample { index, ..p.clone() }).collect();
            s
        };
        assert_eq!(
            changes(&with(&[1, 2]), &with(&[1])),
            ["broker 2 fell out of the ISR: clicks-0, clicks-1 and 38 more"]
        );
    }

    #[test]
    fn losing_the_leader_and_the_topic_are_told() {
        let before = cluster(&[1], Some(1), &[1], 0);
        assert_eq!(changes(&before, &cluster(&[1], None, &[1], 0)), ["no leader: clicks-0"]);
        assert_eq!(changes(&before, &Snapshot { topics: vec![], ..before.clone() }), ["topic clicks deleted"]);
    }
}
