//! The last minutes of samples, folded into what rates and sparklines need. Pure; time comes with each sample.

use std::collections::{HashMap, VecDeque};

use super::model::{GroupSample, Snapshot, TopicSample};

/// How far back sparklines look, in milliseconds.
const SPAN_MS: i64 = 300_000;
/// Rates are taken over this many milliseconds: long enough to be steady, short enough to follow.
const RATE_MS: i64 = 10_000;
/// Steps of commits are looked for in this many milliseconds: a few of the default commit interval, 5 s.
const STEPS_MS: i64 = 30_000;
/// Bound on points a series, whatever the sampling interval.
const MAX_POINTS: usize = 600;

/// A value at a time.
type Point<T> = (i64, T);

/// Sums of one topic at one sample.
#[derive(Clone, Copy, Debug, Default)]
struct TopicPoint {
    end: i64,
    bytes: u64,
}

/// Sums of one group at one sample.
#[derive(Clone, Copy, Debug, Default)]
struct GroupPoint {
    committed: i64,
    lag: u64,
}

/// What the samples of the last five minutes add up to.
#[derive(Clone, Debug, Default)]
pub struct History {
    topics: HashMap<String, VecDeque<Point<TopicPoint>>>,
    groups: HashMap<String, VecDeque<Point<GroupPoint>>>,
    /// End offsets of consumed partitions, a point a change: when an offset was written, within one sample.
    ends: HashMap<(String, i32), VecDeque<Point<i64>>>,
}

impl History {
    /// Adds a sample and lets go of what is too old or no longer there.
    pub fn push(&mut self, sample: &Snapshot) {
        let now = sample.taken_at;
        for topic in &sample.topics {
            // A topic with an unreadable partition would make the sum jump; skip the sample instead.
            if let Some(point) = topic_point(topic) {
                append(self.topics.entry(topic.name.clone()).or_default(), now, point);
            }
        }
        for group in &sample.groups {
            append(self.groups.entry(group.id.clone()).or_default(), now, group_point(group));
            for offset in &group.offsets {
                let Some(end) = offset.end else { continue };
                let series = self.ends.entry((offset.topic.clone(), offset.partition)).or_default();
                match series.back() {
                    Some((_, last)) if *last == end => {}
                    Some((_, last)) if *last > end => series.clear(),
                    _ => append(series, now, end),
                }
            }
        }
        self.topics.retain(|_, series| is_recent(series, now));
        self.groups.retain(|_, series| is_recent(series, now));
        // An end that stands still is still known: it stays for as long as somebody consumes the partition.
        let consumed: std::collections::HashSet<_> =
            sample.groups.iter().flat_map(|g| &g.offsets).map(|o| (o.topic.as_str(), o.partition)).collect();
        self.ends.retain(|(topic, partition), _| consumed.contains(&(topic.as_str(), *partition)));
    }

    /// Records a second that arrive in a topic.
    pub fn topic_in(&self, topic: &str) -> Option<f64> {
        rate(self.topics.get(topic)?, |p| p.end)
    }

    /// Bytes a second that a topic grows by on disk; retention makes it zero, never negative. None while records
    /// arrive and the sizes in the window are all of one look.
    pub fn topic_bytes_in(&self, topic: &str) -> Option<f64> {
        let series = self.topics.get(topic)?;
        let ((_, first), (_, last)) = window(series)?;
        if last.end != first.end && last.bytes == first.bytes {
            return None;
        }
        rate(series, |p| i64::try_from(p.bytes).unwrap_or(i64::MAX))
    }

    /// Records a second that a group commits. Commits come in steps, every few seconds: the rate is taken from step
    /// to step, and is unknown until enough time has passed without one.
    pub fn group_out(&self, group: &str) -> Option<f64> {
        let series = self.groups.get(group)?;
        let (now, last) = *series.back()?;
        let recent: Vec<Point<GroupPoint>> = series.iter().filter(|(at, _)| now - at <= STEPS_MS).copied().collect();
        let steps: Vec<&Point<GroupPoint>> =
            recent.windows(2).filter(|w| w[0].1.committed != w[1].1.committed).map(|w| &w[1]).collect();
        match steps[..] {
            [.., newest] if now - newest.0 > RATE_MS => Some(0.0),
            [oldest, .., newest] => {
                let done = newest.1.committed.saturating_sub(oldest.1.committed).max(0);
                Some(done as f64 * 1000.0 / (newest.0 - oldest.0) as f64)
            }
            // One step says how far, not how fast.
            [_] => None,
            [] if last.lag == 0 || now - recent.first()?.0 >= RATE_MS => Some(0.0),
            [] => None,
        }
    }

    /// The group's lag over time, oldest first.
    pub fn group_lags(&self, group: &str) -> Vec<u64> {
        self.groups.get(group).map(|series| series.iter().map(|(_, p)| p.lag).collect()).unwrap_or_default()
    }

    /// Whether the group's lag is larger now than at the start of the rate window.
    pub fn lag_grows(&self, group: &str) -> bool {
        let Some(series) = self.groups.get(group) else { return false };
        let Some(((_, first), (_, last))) = window(series) else { return false };
        last.lag > first.lag
    }

    /// For how long the commits of a group have stood still, in milliseconds, as far as the history goes.
    pub fn commits_still_for(&self, group: &str) -> u64 {
        let Some(series) = self.groups.get(group) else { return 0 };
        let Some(&(now, last)) = series.back() else { return 0 };
        let since = series.iter().rev().take_while(|(_, p)| p.committed == last.committed).last().map_or(now, |p| p.0);
        u64::try_from(now - since).unwrap_or(0)
    }

    /// How long ago the record at `offset` was written, seen from the end offsets of past samples: within one
    /// sampling interval of the truth, and none for records older than what we watched.
    pub fn age_of(&self, topic: &str, partition: i32, offset: i64, now: i64) -> Option<u64> {
        let series = self.ends.get(&(topic.to_owned(), partition))?;
        let first_beyond = series.iter().position(|(_, end)| *end > offset)?;
        // The first point is where we began to watch: what lies before it may be any age.
        let (at, _) = *series.get(first_beyond).filter(|_| first_beyond > 0)?;
        u64::try_from(now - at).ok()
    }
}

fn topic_point(topic: &TopicSample) -> Option<TopicPoint> {
    let end = topic.partitions.iter().map(|p| p.end).sum::<Option<i64>>()?;
    Some(TopicPoint { end, bytes: topic.partitions.iter().filter_map(|p| p.size).sum() })
}

fn group_point(group: &GroupSample) -> GroupPoint {
    let mut point = GroupPoint::default();
    // Partitions without a commit or an end count on neither side: rates compare like with like.
    for (committed, end) in group.offsets.iter().filter_map(|o| Some((o.committed?, o.end?))) {
        point.committed += committed;
        point.lag += u64::try_from(end - committed).unwrap_or(0);
    }
    point
}

fn append<T>(series: &mut VecDeque<Point<T>>, now: i64, value: T) {
    series.push_back((now, value));
    while series.len() > MAX_POINTS || series.front().is_some_and(|(at, _)| now - at > SPAN_MS) {
        series.pop_front();
    }
}

fn is_recent<T>(series: &VecDeque<Point<T>>, now: i64) -> bool {
    series.back().is_some_and(|(at, _)| now - at <= SPAN_MS)
}

/// The two ends of the rate window: the newest point and the oldest not older than the window.
fn window<T>(series: &VecDeque<Point<T>>) -> Option<(&Point<T>, &Point<T>)> {
    let last = series.back()?;
    let first = series.iter().find(|(at, _)| last.0 - at <= RATE_MS).filter(|p| p.0 < last.0);
    // With samples further apart than the window, the last two are what there is.
    let first = first.or_else(|| series.iter().rev().nth(1)).filter(|p| p.0 < last.0)?;
    Some((first, last))
}

fn rate<T>(series: &VecDeque<Point<T>>, value: impl Fn(&T) -> i64) -> Option<f64> {
    let ((from, first), (to, last)) = window(series)?;
    let delta = value(last).saturating_sub(value(first)).max(0);
    Some(delta as f64 * 1000.0 / (to - from) as f64)
}

#[cfg(test)]
mod tests {
    use super::super::model::{GroupOffset, PartitionSample};
    use super::*;

    fn sample(at: i64, end: i64, committed: i64) -> Snapshot {
        Snapshot {
            taken_at: at,
            topics: vec![TopicSample {
                name: "t".into(),
                partitions: vec![PartitionSample { end: Some(end), size: Some(10 * end as u64), ..Default::default() }],
                ..Default::default()
            }],
            groups: vec![GroupSample {
                id: "g".into(),
                offsets: vec![GroupOffset {
                    topic: "t".into(),
                    committed: Some(committed),
                    end: Some(end),
                    ..Default::default()
                }],
                ..Default::default()
            }],
            ..Default::default()
        }
    }

    fn history(samples: &[(i64, i64, i64)]) -> History {
        let mut history = History::default();
        for &(at, end, committed) in samples {
            history.push(&sample(at, end, committed));
        }
        history
    }

    #[test]
    fn a_rate_needs_two_samples() {
        assert_eq!(history(&[(0, 5, 0)]).topic_in("t"), None);
        assert_eq!(history(&[(0, 5, 0)]).group_out("g"), None);
    }

    #[test]
    fn rates_are_differences_over_the_window() {
        let h = history(&[(0, 0, 0), (1000, 500, 100), (2000, 1000, 200), (3000, 1500, 300)]);
        assert_eq!(h.topic_in("t"), Some(500.0));
        assert_eq!(h.topic_bytes_in("t"), Some(5000.0));
        assert_eq!(h.group_out("g"), Some(100.0));
        assert!(h.lag_grows("g"));
    }

    #[test]
    fn commits_in_steps_are_measured_from_step_to_step() {
        let steps = [(0, 0, 0), (1000, 100, 0), (2000, 200, 100), (3000, 300, 100), (6000, 400, 100), (7000, 700, 600)];
        assert_eq!(history(&steps[..2]).group_out("g"), None, "no commit yet, and too early to call it still");
        assert_eq!(history(&steps[..4]).group_out("g"), None, "one step");
        assert_eq!(history(&steps).group_out("g"), Some(100.0));
        assert_eq!(history(&[(0, 9, 1), (12_000, 9, 1)]).group_out("g"), Some(0.0), "still for long");
        assert_eq!(history(&[(0, 9, 9), (1000, 9, 9)]).group_out("g"), Some(0.0), "nothing to consume");
    }

    #[test]
    fn sizes_of_one_look_say_nothing_of_bytes_while_records_arrive() {
        let mut stale = sample(1000, 900, 0);
        stale.topics[0].partitions[0].size = Some(50);
        let mut h = history(&[(0, 5, 0)]);
        h.push(&stale);
        assert_eq!(h.topic_bytes_in("t"), None);
    }

    #[test]
    fn a_recreated_topic_has_no_negative_rate() {
        assert_eq!(history(&[(0, 900, 0), (1000, 10, 0)]).topic_in("t"), Some(0.0));
    }

    #[test]
    fn sparse_samples_still_give_a_rate() {
        assert_eq!(history(&[(0, 0, 0), (60_000, 600, 0)]).topic_in("t"), Some(10.0));
    }

    #[test]
    fn the_age_of_a_record_is_known_once_its_writing_was_seen() {
        let h = history(&[(0, 100, 50), (1000, 200, 50), (5000, 300, 50)]);
        assert_eq!(h.age_of("t", 0, 150, 6000), Some(5000));
        assert_eq!(h.age_of("t", 0, 250, 6000), Some(1000));
        assert_eq!(h.age_of("t", 0, 50, 6000), None, "written before we watched");
        assert_eq!(h.age_of("t", 0, 300, 6000), None, "not written yet");
    }

    #[test]
    fn standing_commits_are_timed() {
        let h = history(&[(0, 1, 0), (1000, 2, 1), (2000, 3, 1), (4000, 4, 1)]);
        assert_eq!(h.commits_still_for("g"), 3000);
    }

    #[test]
    fn history_is_bounded_by_age_and_by_points() {
        let mut h = History::default();
        for i in 0..2_000 {
            h.push(&sample(i * 10, i, 0));
        }
        assert_eq!(h.group_lags("g").len(), MAX_POINTS);
        h.push(&Snapshot { taken_at: 10_000_000, ..Default::default() });
        assert!(h.group_lags("g").is_empty());
        assert!(h.ends.is_empty());
    }
}
