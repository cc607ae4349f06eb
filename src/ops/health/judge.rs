//! Holding what a cluster says against limits.

use std::collections::BTreeSet;

use super::{Check, Facts, GroupLag, Level, Limits, Unit};
use crate::client::At;

/// Things named in a detail before the rest is only counted.
const NAMED: usize = 5;
/// A voter that did not fetch for so many milliseconds does not follow.
const FOLLOWS_WITHIN_MS: i64 = 10_000;

/// Every check, in a fixed order.
pub fn judge(facts: &Facts, limits: &Limits) -> Vec<Check> {
    let mut checks = vec![
        count("offline partitions", facts.offline.len(), limits.offline, at_list(&facts.offline))
            .next("logbus topics describe --unavailable"),
        under_replicated(facts, limits),
    ];
    checks.push(match &facts.under_min_isr {
        Some(under) => count("partitions under min ISR", under.len(), limits.under_min_isr, at_list(under))
            .next("logbus topics describe --under-min-isr"),
        None => unknown("partitions under min ISR", limits.under_min_isr as f64, Unit::Count, "settings are not told"),
    });
    checks.push(brokers(facts));
    checks.push(quorum(facts));
    checks.push(offline_dirs(facts));
    checks.push(disk(facts, limits));
    checks.push(lag(facts, limits));
    checks.push(requests(facts, limits));
    checks.push(isr_changes(facts, limits));
    checks.push(network(facts, limits));
    checks
}

impl Check {
    fn next(mut self, command: impl Into<String>) -> Check {
        if matches!(self.level, Level::Fail | Level::Warn) {
            self.next = Some(command.into());
        }
        self
    }
}

fn above(check: &'static str, value: f64, limit: f64, unit: Unit, detail: String) -> Check {
    let level = if value > limit { Level::Fail } else { Level::Ok };
    Check { check, level, value: Some(value), limit, unit, detail, next: None }
}

fn count(check: &'static str, found: usize, limit: u64, detail: String) -> Check {
    above(check, found as f64, limit as f64, Unit::Count, detail)
}

fn unknown(check: &'static str, limit: f64, unit: Unit, why: impl Into<String>) -> Check {
    Check { check, level: Level::Unknown, value: None, limit, unit, detail: why.into(), next: None }
}

fn listed(mut names: impl Iterator<Item = String>) -> String {
    let mut text = names.by_ref().take(NAMED).collect::<Vec<_>>().join(", ");
    let more = names.count();
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

fn at_list(all: &[At]) -> String {
    listed(all.iter().map(|(topic, p)| format!("{topic}-{p}")))
}

fn id_list<'a>(ids: impl IntoIterator<Item = &'a i32>) -> String {
    listed(ids.into_iter().map(i32::to_string))
}

fn under_replicated(facts: &Facts, limits: &Limits) -> Check {
    let out: BTreeSet<i32> = facts.under_replicated.iter().flat_map(|(_, out)| out.iter().copied()).collect();
    let names = listed(facts.under_replicated.iter().map(|((topic, p), _)| format!("{topic}-{p}")));
    let detail = if out.is_empty() { String::new() } else { format!("{names}: broker {} out", id_list(&out)) };
    count("under-replicated partitions", facts.under_replicated.len(), limits.under_replicated, detail)
        .next("logbus isr")
}

fn brokers(facts: &Facts) -> Check {
    const NAME: &str = "fenced brokers";
    let Some(fenced) = &facts.fenced else {
        return unknown(NAME, 0.0, Unit::Count, "the cluster does not list brokers that are down");
    };
    let mut check = count(NAME, fenced.len(), 0, id_list(fenced));
    // What a broker that is down leaves behind fails by itself, in the checks of partitions.
    if check.level == Level::Fail {
        check.level = Level::Warn;
    }
    check.next("logbus brokers list")
}

fn quorum(facts: &Facts) -> Check {
    const NAME: &str = "quorum voters not following";
    let Some(quorum) = &facts.quorum else {
        return unknown(NAME, 0.0, Unit::Count, "the cluster does not describe its quorum");
    };
    let silent: Vec<i32> =
        quorum.voters.iter().filter(|v| !quorum.is_current(v, FOLLOWS_WITHIN_MS)).map(|v| v.id).collect();
    let mut check = count(NAME, silent.len(), 0, id_list(&silent));
    // One more that stops, and nothing can be decided: only then it is more than a warning.
    let to_spare = quorum.voters.len().saturating_sub(silent.len()) > quorum.majority();
    if check.level == Level::Fail && to_spare {
        check.level = Level::Warn;
    }
    check.next("logbus quorum describe")
}

fn offline_dirs(facts: &Facts) -> Check {
    let dirs = facts.log_dirs.iter().flat_map(|(id, dirs)| dirs.iter().map(move |dir| (id, dir)));
    let offline: Vec<String> =
        dirs.filter(|(_, dir)| !dir.error.is_ok()).map(|(id, dir)| format!("broker {id}, {}", dir.path)).collect();
    count("offline log directories", offline.len(), 0, listed(offline.into_iter())).next("logbus brokers log-dirs")
}

fn disk(facts: &Facts, limits: &Limits) -> Check {
    const NAME: &str = "disk";
    let dirs = facts.log_dirs.iter().flat_map(|(id, dirs)| dirs.iter().map(move |dir| (*id, dir)));
    let used = dirs.filter_map(|(id, dir)| {
        let (total, free) = (dir.total_bytes?, dir.usable_bytes?);
        (total > 0).then(|| ((total - free) as f64 / total as f64 * 100.0, id, &dir.path))
    });
    match used.max_by(|a, b| a.0.total_cmp(&b.0)) {
        Some((percent, id, path)) => {
            above(NAME, percent, limits.disk_percent, Unit::Percent, format!("broker {id}, {path}"))
                .next(format!("logbus brokers log-dirs {id}"))
        }
        None => unknown(NAME, limits.disk_percent, Unit::Percent, "no broker tells the size of its disks"),
    }
}

fn lag(facts: &Facts, limits: &Limits) -> Check {
    const NAME: &str = "consumer lag";
    let Some(lags) = &facts.lags else {
        return unknown(NAME, limits.lag as f64, Unit::Count, "no broker tells its groups");
    };
    let Some(worst) = lags.iter().max_by_key(|lag| lag.lag) else {
        return above(NAME, 0.0, limits.lag as f64, Unit::Count, String::new());
    };
    let level = |lag: &GroupLag| {
        if lag.lag > limits.lag {
            Level::Fail
        } else if lag.lag > limits.lag_warn {
            Level::Warn
        } else {
            Level::Ok
        }
    };
    let more = lags.iter().filter(|lag| level(lag) <= Level::Warn).count().saturating_sub(1);
    let mut detail = if worst.lag > 0 { format!("{} on {}", worst.group, worst.topic) } else { String::new() };
    if more > 0 {
        detail.push_str(&format!(" and {more} more"));
    }
    let mut check = above(NAME, worst.lag as f64, limits.lag as f64, Unit::Count, detail);
    check.level = level(worst);
    check.next(format!("logbus lag {}", worst.group))
}

fn requests(facts: &Facts, limits: &Limits) -> Check {
    const NAME: &str = "request p99";
    let p99 = |times: &[f64]| {
        let index = (times.len() * 99).div_ceil(100).checked_sub(1)?;
        times.get(index).copied()
    };
    let silent: Vec<i32> = facts.request_ms.iter().filter(|(_, times)| times.is_empty()).map(|(id, _)| *id).collect();
    if !silent.is_empty() {
        let mut check = unknown(NAME, limits.p99_ms, Unit::Ms, format!("broker {} does not answer", id_list(&silent)));
        check.level = Level::Fail;
        return check.next("logbus brokers api-versions");
    }
    let worst = facts.request_ms.iter().filter_map(|(id, times)| Some((p99(times)?, *id, times.len())));
    match worst.max_by(|a, b| a.0.total_cmp(&b.0)) {
        Some((ms, id, n)) => {
            above(NAME, ms, limits.p99_ms, Unit::Ms, format!("broker {id}, of {n} requests from here"))
                .next(format!("logbus brokers describe {id}"))
        }
        None => unknown(NAME, limits.p99_ms, Unit::Ms, "no broker was asked"),
    }
}

fn isr_changes(facts: &Facts, limits: &Limits) -> Check {
    const NAME: &str = "ISR changes";
    let limit = limits.isr_changes as f64;
    let Some(changed) = &facts.isr_changes else {
        return unknown(NAME, limit, Unit::PerMinute, "they need a --sample");
    };
    // Of less than a minute, only what was seen counts: one change in a second is not sixty a minute.
    let minutes = (facts.sample.as_secs_f64() / 60.0).max(1.0);
    above(NAME, changed.len() as f64 / minutes, limit, Unit::PerMinute, at_list(changed)).next("logbus isr")
}

fn network(facts: &Facts, limits: &Limits) -> Check {
    const NAME: &str = "network";
    let limit = limits.network_percent;
    let Some(capacity) = facts.network.filter(|capacity| *capacity > 0) else {
        return unknown(NAME, limit, Unit::Percent, "name what a broker's network carries with --network");
    };
    match facts.growth.iter().max_by(|a, b| a.1.total_cmp(b.1)) {
        Some((id, rate)) => {
            let percent = rate / capacity as f64 * 100.0;
            above(NAME, percent, limit, Unit::Percent, format!("broker {id}, by the growth of its logs"))
        }
        None => unknown(NAME, limit, Unit::Percent, "it needs a --sample, and brokers that tell their sizes"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::*;
    use crate::model::ErrorCode;
    use crate::ops::log_dirs::LogDir;

    fn level_of(facts: &Facts, name: &str) -> (Level, Option<f64>) {
        let checks = judge(facts, &Limits::default());
        let check = checks.iter().find(|c| c.check == name).unwrap();
        (check.level, check.value)
    }

    #[test]
    fn lag_warns_first_and_fails_later() {
        let with = |lag| Facts {
            lags: Some(vec![GroupLag { group: "g".into(), topic: "t".into(), lag }]),
            ..Facts::default()
        };
        assert_eq!(level_of(&with(1_000), "consumer lag").0, Level::Ok);
        assert_eq!(level_of(&with(1_001), "consumer lag").0, Level::Warn);
        assert_eq!(level_of(&with(100_001), "consumer lag"), (Level::Fail, Some(100_001.0)));
        assert_eq!(level_of(&Facts::default(), "consumer lag").0, Level::Unknown);
    }

    #[test]
    fn what_a_cluster_does_not_tell_is_neither_good_nor_bad() {
        let dir = |total_bytes, usable_bytes| LogDir {
            path: "/data".into(),
            error: ErrorCode::None,
            total_bytes,
            usable_bytes,
            replicas: Vec::new(),
        };
        let with = |dir| Facts { log_dirs: BTreeMap::from([(1, vec![dir])]), ..Facts::default() };
        assert_eq!(level_of(&with(dir(None, None)), "disk"), (Level::Unknown, None));
        assert_eq!(level_of(&with(dir(Some(100), Some(15))), "disk"), (Level::Ok, Some(85.0)));
        assert_eq!(level_of(&with(dir(Some(100), Some(14))), "disk"), (Level::Fail, Some(86.0)));
    }

    #[test]
    fn a_single_isr_change_in_a_short_sample_is_no_storm() {
        let with = |changes, seconds| Facts {
            isr_changes: Some(vec![("t".into(), 0); changes]),
            sample: Duration::from_secs(seconds),
            ..Facts::default()
        };
        assert_eq!(level_of(&with(1, 1), "ISR changes"), (Level::Ok, Some(1.0)));
        assert_eq!(level_of(&with(11, 1), "ISR changes"), (Level::Fail, Some(11.0)));
        assert_eq!(level_of(&with(11, 120), "ISR changes"), (Level::Ok, Some(5.5)));
    }

    #[test]
    fn a_broker_that_does_not_answer_fails_the_check_of_requests() {
        let times = |times: Vec<f64>| Facts { request_ms: BTreeMap::from([(7, times)]), ..Facts::default() };
        assert_eq!(level_of(&times(vec![]), "request p99"), (Level::Fail, None));
        let mut hundred = vec![1.0; 99];
        hundred.push(500.0);
        assert_eq!(level_of(&times(hundred), "request p99"), (Level::Ok, Some(1.0)));
        assert_eq!(level_of(&times(vec![1.0, 101.0]), "request p99"), (Level::Fail, Some(101.0)));
    }

    #[test]
    fn long_lists_are_cut_and_counted() {
        let all: Vec<At> = (0..7).map(|p| ("t".into(), p)).collect();
        assert_eq!(at_list(&all), "t-0, t-1, t-2, t-3, t-4 and 2 more");
    }
}
