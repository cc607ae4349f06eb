//! Moving where a group stands: a plan that shows old and new, and its execution while the group is empty.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{DescribedGroup, describe_one};
use crate::client::{At, ClientError, Cluster, FoundOffset, Isolation, OffsetAt};
use crate::model::{ErrorCode, TimestampMs};
use crate::ops::{OpsError, Result};

/// Where to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResetTo {
    /// The first record kept.
    Earliest,
    /// The end.
    Latest,
    /// Where it stands; the end where nothing is committed.
    Current,
    /// One offset in every partition.
    Offset(i64),
    /// So many records forward, or back when negative.
    ShiftBy(i64),
    /// The first record at or after a time; the end where there is none.
    Time(TimestampMs),
    /// An offset for each partition, as a file of exported offsets has them.
    Each(BTreeMap<At, i64>),
}

/// Which partitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All that the group has committed.
    Committed,
    /// Topics, all partitions or some.
    Topics(Vec<(String, Option<Vec<i32>>)>),
}

/// How far the wish was from what is possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Note {
    /// Wanted an offset past the end; the end is taken.
    PastEnd,
    /// Wanted an offset before the start; the start is taken.
    BeforeStart,
    /// No record at or after the time; the end is taken.
    NothingThatLate,
}

/// What becomes of one partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Move {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// Where the group stands.
    pub committed: Option<i64>,
    /// Where it will stand.
    pub new: i64,
    /// Timestamp of the record found, when moved by time.
    pub time_ms: Option<i64>,
    /// Where the wish had to be bent.
    pub note: Option<Note>,
}

impl Move {
    /// Records skipped, or replayed when negative; from the start of the log where nothing was committed.
    pub fn change(&self) -> Option<i64> {
        self.committed.map(|committed| self.new - committed)
    }
}

/// What a reset would do.
#[derive(Clone, Debug, Serialize)]
pub struct ResetPlan {
    /// The group.
    pub group: String,
    /// Its state.
    pub state: String,
    /// By topic and partition.
    pub moves: Vec<Move>,
}

/// A partition's log as far as a reset needs to know it.
#[derive(Clone, Copy, Debug)]
struct Extent {
    start: i64,
    end: i64,
    at_time: Option<FoundOffset>,
}

/// The new offset of one partition.
fn target(to: &ResetTo, at: &At, committed: Option<i64>, log: Extent) -> Result<(i64, Option<i64>, Option<Note>)> {
    let clamp = |wish: i64| {
        if wish > log.end {
            (log.end, None, Some(Note::PastEnd))
        } else if wish < log.start {
            (log.start, None, Some(Note::BeforeStart))
        } else {
            (wish, None, None)
        }
    };
    Ok(match to {
        ResetTo::Earliest => (log.start, None, None),
        ResetTo::Latest => (log.end, None, None),
        ResetTo::Current => committed.map_or((log.end, None, None), clamp),
        ResetTo::Offset(offset) => clamp(*offset),
        ResetTo::ShiftBy(n) => {
            let Some(committed) = committed else {
                return Err(OpsError::Invalid(format!(
                    "Cannot shift offset for partition {}-{} since there is no current committed offset",
                    at.0, at.1
                )));
            };
            clamp(committed.saturating_add(*n))
        }
        ResetTo::Time(_) => match log.at_time.filter(|found| found.offset >= 0) {
            Some(found) => (found.offset, Some(found.timestamp), None),
            None => (log.end, None, Some(Note::NothingThatLate)),
        },
        ResetTo::Each(offsets) => match offsets.get(at) {
            Some(&offset) => clamp(offset),
            None => return Err(OpsError::Invalid(format!("no offset is given for {}-{}", at.0, at.1))),
        },
    })
}

/// Works out what a reset would do, and changes nothing. A group that is not there yet is planned as an empty one.
///
/// # Errors
/// [`OpsError::Invalid`] for partitions that are not there, or without leader; [`OpsError::Client`] when the cluster
/// cannot be asked.
pub async fn plan(cluster: &Cluster, group: &str, scope: &Scope, to: &ResetTo) -> Result<ResetPlan> {
    let state = match describe_one(cluster, group).await {
        Ok(described) => described.state,
        Err(e) if e.code() == Some(ErrorCode::GroupIdNotFound) => "Dead".into(),
        Err(e) => return Err(e.into()),
    };
    let committed: BTreeMap<At, i64> = match cluster.committed(group, None).await {
        Ok(all) => all.into_iter().filter_map(|(at, c)| Some((at, c.ok()?.offset))).filter(|(_, o)| *o >= 0).collect(),
        Err(e) if e.code() == Some(ErrorCode::GroupIdNotFound) => BTreeMap::new(),
        Err(e) => return Err(e.into()),
    };
    let moves = moves(cluster, scope, to, &committed).await?;
    Ok(ResetPlan { group: group.to_owned(), state, moves })
}

/// What becomes of each partition, for a group that stands at `committed`.
pub(super) async fn moves(
    cluster: &Cluster,
    scope: &Scope,
    to: &ResetTo,
    committed: &BTreeMap<At, i64>,
) -> Result<Vec<Move>> {
    let partitions = partitions(cluster, scope, to, committed).await?;
    let ask = |at: OffsetAt| {
        cluster.list_offsets(partitions.iter().map(|p| (p.clone(), at)).collect::<Vec<_>>(), Isolation::ReadUncommitted)
    };
    let (starts, ends) = tokio::join!(ask(OffsetAt::Earliest), ask(OffsetAt::Latest));
    let (starts, ends) = (starts?, ends?);
    let times = match to {
        ResetTo::Time(at) => ask(OffsetAt::Time(*at)).await?,
        _ => BTreeMap::new(),
    };
    let bad: Vec<String> =
        partitions.iter().filter(|at| !matches!(ends.get(at), Some(Ok(_)))).map(|(t, p)| format!("{t}-{p}")).collect();
    if !bad.is_empty() {
        return Err(OpsError::Invalid(format!("The partitions \"{}\" have no leader", bad.join(","))));
    }
    let known = |map: &BTreeMap<At, Result<FoundOffset, ErrorCode>>, at: &At| {
        map.get(at).and_then(|r| r.as_ref().ok().copied())
    };
    let mut moves = Vec::with_capacity(partitions.len());
    for at in partitions {
        let log = Extent {
            start: known(&starts, &at).map_or(0, |f| f.offset),
            end: known(&ends, &at).map_or(0, |f| f.offset),
            at_time: known(&times, &at),
        };
        let own = committed.get(&at).copied();
        let (new, time_ms, note) = target(to, &at, own, log)?;
        moves.push(Move { topic: at.0, partition: at.1, committed: own, new, time_ms, note });
    }
    Ok(moves)
}

async fn partitions(
    cluster: &Cluster,
    scope: &Scope,
    to: &ResetTo,
    committed: &BTreeMap<At, i64>,
) -> Result<BTreeSet<At>> {
    if let (Scope::Committed, ResetTo::Each(offsets)) = (scope, to) {
        return Ok(offsets.keys().cloned().collect());
    }
    let Scope::Topics(topics) = scope else { return Ok(committed.keys().cloned().collect()) };
    let mut all = BTreeSet::new();
    let mut missing = Vec::new();
    for (name, wanted) in topics {
        let known = cluster.topic(name, true).await?.partitions;
        match wanted {
            None => all.extend(known.iter().map(|p| (name.clone(), p.index))),
            Some(wanted) => {
                let (there, not): (Vec<i32>, Vec<i32>) =
                    wanted.iter().partition(|p| known.iter().any(|k| k.index == **p));
                missing.extend(not.iter().map(|p| format!("{name}-{p}")));
                all.extend(there.into_iter().map(|p| (name.clone(), p)));
            }
        }
    }
    if missing.is_empty() {
        Ok(all)
    } else {
        Err(OpsError::Invalid(format!("The partitions \"{}\" do not exist", missing.join(","))))
    }
}

/// Carries a plan out. Refused while the group has members: they would commit over it.
///
/// # Errors
/// [`OpsError::Blocked`] with the members of an active group, [`OpsError::Client`] when the coordinator refuses.
pub async fn execute(cluster: &Cluster, plan: &ResetPlan) -> Result<()> {
    movable(cluster, &plan.group).await?;
    let offsets: Vec<(At, i64)> = plan.moves.iter().map(|m| ((m.topic.clone(), m.partition), m.new)).collect();
    for (at, code) in cluster.commit_offsets(&plan.group, &offsets).await? {
        if code != ErrorCode::None {
            return Err(ClientError::refused(format!("cannot move {}-{}", at.0, at.1), code, None).into());
        }
    }
    Ok(())
}

/// Whether the offsets of a group may be moved: it has no members, or is not there yet.
///
/// # Errors
/// [`OpsError::Blocked`] with the members of an active group, [`OpsError::Client`] when the coordinator refuses.
pub async fn movable(cluster: &Cluster, group: &str) -> Result<()> {
    match describe_one(cluster, group).await {
        Ok(described) if !described.is_inactive() => Err(blocked(&described)),
        Err(e) if e.code() != Some(ErrorCode::GroupIdNotFound) => Err(e.into()),
        _ => Ok(()),
    }
}

fn blocked(group: &DescribedGroup) -> OpsError {
    let member = |m: &super::Member| {
        let share: Vec<String> = m.assignment.iter().map(|(t, p)| format!("{t}-{p}")).collect();
        format!("{}  {}  client {}  {}", m.id, m.host.trim_start_matches('/'), m.client_id, share.join(","))
    };
    let n = group.members.len();
    OpsError::Blocked {
        message: format!(
            "group {} has {n} member{}; offsets move only while it is empty",
            group.group,
            if n == 1 { "" } else { "s" }
        ),
        details: group.members.iter().map(member).collect(),
        hint: "stop them, and wait for their session to end if they were killed".into(),
    }
}

/// Reads `topic,partition,offset` lines, or `group,topic,partition,offset` lines of this group, as Kafka's tool exports
/// them.
///
/// # Errors
/// [`OpsError::Invalid`] naming the line that is neither.
pub fn parse_csv(text: &str, group: &str) -> Result<BTreeMap<At, i64>> {
    let mut offsets = BTreeMap::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let fields: Vec<&str> = line.split(',').map(|field| field.trim().trim_matches('"')).collect();
        let bad = || OpsError::Invalid(format!("line {}: `{line}` is not TOPIC,PARTITION,OFFSET", number + 1));
        let (topic, partition, offset) = match fields.as_slice() {
            [topic, partition, offset] => (topic, partition, offset),
            [of, topic, partition, offset] if *of == group => (topic, partition, offset),
            [_, _, _, _] => continue,
            _ => return Err(bad()),
        };
        let at = ((*topic).to_owned(), partition.parse().map_err(|_| bad())?);
        offsets.insert(at, offset.parse().map_err(|_| bad())?);
    }
    if offsets.is_empty() {
        return Err(OpsError::Invalid(format!("the file has no offsets for group {group}")));
    }
    Ok(offsets)
}

/// A plan as lines that [`parse_csv`] reads.
pub fn to_csv(plan: &ResetPlan) -> String {
    plan.moves.iter().map(|m| format!("{},{},{}\n", m.topic, m.partition, m.new)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: Extent = Extent { start: 10, end: 100, at_time: None };

    fn at() -> At {
        ("t".into(), 0)
    }

    fn to(to: &ResetTo, committed: Option<i64>) -> (i64, Option<Note>) {
        let (new, _, note) = target(to, &at(), committed, LOG).unwrap();
        (new, note)
    }

    #[test]
    fn ends_and_current_are_where_kafkas_tool_puts_them() {
        assert_eq!(to(&ResetTo::Earliest, Some(50)), (10, None));
        assert_eq!(to(&ResetTo::Latest, Some(50)), (100, None));
        assert_eq!(to(&ResetTo::Current, Some(50)), (50, None));
        assert_eq!(to(&ResetTo::Current, None), (100, None));
    }

    #[test]
    fn offsets_outside_the_log_are_bent_to_its_ends() {
        assert_eq!(to(&ResetTo::Offset(50), None), (50, None));
        assert_eq!(to(&ResetTo::Offset(101), None), (100, Some(Note::PastEnd)));
        assert_eq!(to(&ResetTo::Offset(9), None), (10, Some(Note::BeforeStart)));
        assert_eq!(to(&ResetTo::ShiftBy(-60), Some(50)), (10, Some(Note::BeforeStart)));
        assert_eq!(to(&ResetTo::ShiftBy(60), Some(50)), (100, Some(Note::PastEnd)));
        assert_eq!(to(&ResetTo::ShiftBy(i64::MAX), Some(50)), (100, Some(Note::PastEnd)));
    }

    #[test]
    fn a_shift_needs_a_committed_offset() {
        let error = target(&ResetTo::ShiftBy(1), &at(), None, LOG).unwrap_err();
        assert!(error.to_string().contains("t-0 since there is no current committed offset"));
    }

    #[test]
    fn a_time_after_the_last_record_means_the_end() {
        let time = ResetTo::Time(TimestampMs(5));
        assert_eq!(to(&time, None), (100, Some(Note::NothingThatLate)));
        let found = FoundOffset { offset: 42, timestamp: 7, leader_epoch: 0 };
        let log = Extent { at_time: Some(found), ..LOG };
        assert_eq!(target(&time, &at(), None, log).unwrap(), (42, Some(7), None));
    }

    #[test]
    fn exported_offsets_read_back() {
        let row =
            |partition, new| Move { topic: "t".into(), partition, committed: None, new, time_ms: None, note: None };
        let plan = ResetPlan { group: "g".into(), state: "Empty".into(), moves: vec![row(0, 5), row(1, 7)] };
        let offsets = parse_csv(&to_csv(&plan), "g").unwrap();
        assert_eq!(offsets, BTreeMap::from([(("t".into(), 0), 5), (("t".into(), 1), 7)]));
        assert_eq!(parse_csv("g,t,0,5\nother,t,0,9\n", "g").unwrap().len(), 1);
        assert!(parse_csv("t,0\n", "g").unwrap_err().to_string().starts_with("line 1"));
    }
}
