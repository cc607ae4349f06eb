//! Since when the next record that a group reads has been waiting.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::client::{At, Cluster, Consumer, ConsumerConfig, StartAt};
use crate::ops::groups::PartitionLag;

/// Partitions whose next record is read where its time cannot be had for less: those that are the furthest behind.
const READ_AT_MOST: usize = 200;
/// How long that may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// What of a partition is read at once: the first batch comes in any case.
const PARTITION_BYTES: i32 = 64 << 10;

/// Places of one partition that are asked for, of as many groups.
const PLACES: usize = 16;

/// By group, the timestamps of the next records to be read, where there are such; best effort.
pub(super) async fn since(cluster: &Cluster, groups: &[Vec<PartitionLag>]) -> Vec<BTreeMap<At, i64>> {
    let mut behind: BTreeMap<(At, i64), i64> = BTreeMap::new();
    for row in groups.iter().flatten() {
        if let (Some(lag @ 1..), Some(next)) = (row.lag, next(row)) {
            behind.insert(((row.topic.clone(), row.partition), next), lag);
        }
    }
    let mut found: BTreeMap<(At, i64), i64> = BTreeMap::new();
    for round in rounds(behind.keys()) {
        let times = cluster.peek_times(&round).await;
        found.extend(round.into_iter().filter_map(|(at, next)| {
            let time = *times.get(&at)?;
            Some(((at, next), time))
        }));
    }
    behind.retain(|place, _| !found.contains_key(place));
    let mut missing: Vec<((At, i64), i64)> = behind.into_iter().collect();
    missing.sort_by_key(|(_, lag)| std::cmp::Reverse(*lag));
    let mut places: BTreeMap<At, i64> = BTreeMap::new();
    for ((at, next), _) in missing.into_iter().take(READ_AT_MOST) {
        places.entry(at).or_insert(next);
    }
    read(cluster, places, &mut found).await;
    let of_group = |rows: &Vec<PartitionLag>| {
        let time = |row: &PartitionLag| {
            let at = (row.topic.clone(), row.partition);
            Some((at.clone(), *found.get(&(at, next(row)?))?))
        };
        rows.iter().filter_map(time).collect()
    };
    groups.iter().map(of_group).collect()
}

/// Where a group reads next.
fn next(row: &PartitionLag) -> Option<i64> {
    Some(row.committed?.max(row.start.unwrap_or(0)))
}

/// The places, which are in order, so that each list has a partition once.
fn rounds<'a>(places: impl Iterator<Item = &'a (At, i64)>) -> Vec<Vec<(At, i64)>> {
    let mut rounds: Vec<Vec<(At, i64)>> = Vec::new();
    let (mut last, mut round) = (None, 0);
    for place in places {
        round = if last == Some(&place.0) { round + 1 } else { 0 };
        last = Some(&place.0);
        if round == rounds.len() && round < PLACES {
            rounds.push(Vec::new());
        }
        if let Some(list) = rounds.get_mut(round) {
            list.push(place.clone());
        }
    }
    rounds
}

/// Reads the first record of each place.
async fn read(cluster: &Cluster, places: BTreeMap<At, i64>, found: &mut BTreeMap<(At, i64), i64>) {
    let config = ConsumerConfig {
        reset: Some(StartAt::Earliest),
        max_partition_bytes: PARTITION_BYTES,
        max_wait: Duration::from_millis(100),
        ..ConsumerConfig::default()
    };
    let mut missing = places.len();
    let wanted = places.iter().map(|(at, next)| (at.clone(), StartAt::Offset(*next))).collect();
    let Ok(mut consumer) = Consumer::assign(cluster.clone(), config, wanted).await else { return };
    let deadline = Instant::now() + PATIENCE;
    while missing > 0 && Instant::now() < deadline {
        let Ok(fetched) = consumer.poll(Duration::from_millis(500)).await else { break };
        for records in fetched {
            let at = (records.topic.clone(), records.partition);
            let Some(&next) = places.get(&at) else { continue };
            let place = (at, next);
            let seen = records.for_each(|record| {
                found.entry(place.clone()).or_insert(record.timestamp.0);
                false
            });
            if seen.is_ok() && found.contains_key(&place) {
                consumer.drop_partition(&place.0.0, place.0.1);
                missing = missing.saturating_sub(1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_round_asks_a_partition_once() {
        let place = |partition: i32, offset: i64| (("t".to_owned(), partition), offset);
        let places = [place(0, 5), place(0, 7), place(1, 5), place(2, 1), place(2, 3), place(2, 9)];
        let told = rounds(places.iter());
        assert_eq!(
            told,
            [vec![place(0, 5), place(1, 5), place(2, 1)], vec![place(0, 7), place(2, 3)], vec![place(2, 9)]]
        );
        let many: Vec<_> = (0..40).map(|offset| place(0, offset)).collect();
        assert_eq!(rounds(many.iter()).len(), PLACES);
    }
}
