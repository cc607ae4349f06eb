//! What the active controller does from time to time without being asked: it gives leaderships back to preferred
//! replicas, and finds leaders at the price of records where a topic allows that.

use std::time::Duration;

use tokio::sync::oneshot;

use super::{Active, Desk};
use crate::broker::state::controller::{ConfigRules, Context, Decision, balance_leaders, elect_unclean_leaders};
use crate::broker::state::metadata::ConfigKind;
use crate::model::TimestampMs;

/// A job that comes again and again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Task {
    every_ms: i64,
    due: TimestampMs,
    decide: fn(&Context<'_>) -> Decision<bool>,
    what: &'static str,
}

/// The jobs of an active controller, with their settings.
pub(super) fn tasks(rules: &dyn ConfigRules, now: TimestampMs) -> Vec<Task> {
    let setting = |name: &str| rules.default_value(ConfigKind::Broker, name);
    let number = |name: &str, otherwise: i64| {
        setting(name).and_then(|text| text.trim().parse::<i64>().ok()).filter(|n| *n > 0).unwrap_or(otherwise)
    };
    let mut tasks = Vec::new();
    let mut add = |every_ms: i64, what, decide| {
        tasks.push(Task { every_ms, due: now + every_ms, decide, what });
    };
    if setting("auto.leader.rebalance.enable").is_none_or(|text| text.trim() == "true") {
        let every = number("leader.imbalance.check.interval.seconds", 300).saturating_mul(1_000);
        add(
            every,
            "gave leaderships back to preferred replicas",
            balance_leaders as fn(&Context<'_>) -> Decision<bool>,
        );
    }
    let every = number("unclean.leader.election.interval.ms", 300_000);
    add(every, "elected leaders from outside the in-sync sets: records may be lost", elect_unclean_leaders);
    tasks
}

impl Active {
    /// When the next job is due.
    pub(super) fn next_upkeep(&self) -> Option<TimestampMs> {
        self.tasks.iter().map(|task| task.due).min()
    }
}

impl Desk {
    /// Does the jobs that are due.
    pub(super) fn keep_up(&mut self) {
        let now = TimestampMs::now();
        let count = self.active.as_ref().map_or(0, |active| active.tasks.len());
        for at in 0..count {
            let (reply, _) = oneshot::channel();
            let once = move |active: &mut Active, _| {
                let Some(task) = active.tasks.get(at).copied().filter(|task| task.due <= now) else {
                    return Ok(Decision::only(()));
                };
                let Decision { records, answer: more } = (task.decide)(&active.ctx());
                if !records.is_empty() {
                    tracing::info!(partitions = records.len(), "{}", task.what);
                }
                if let Some(task) = active.tasks.get_mut(at) {
                    // What is left over follows at once, after whatever else waits.
                    task.due = if more { now } else { now + task.every_ms };
                }
                Ok(Decision { records, answer: () })
            };
            self.work(once, reply);
        }
    }

    /// How long nothing falls due, if nobody asks for anything.
    pub(super) fn next_deadline(&self) -> Option<Duration> {
        let active = self.active.as_ref()?;
        let deadline = [active.sessions.next_deadline(), active.next_upkeep()].into_iter().flatten().min()?;
        Some(Duration::from_millis(u64::try_from(deadline - TimestampMs::now()).unwrap_or(0)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::broker::state::controller::Refusal;
    use crate::broker::state::metadata::{ConfigResource, MetadataImage};
    use crate::wire::messages::create_topics::CreatableTopicConfigs;

    struct File(&'static [(&'static str, &'static str)]);

    impl ConfigRules for File {
        fn validate(&self, _: &ConfigResource, _: &BTreeMap<String, String>) -> Result<(), Refusal> {
            Ok(())
        }
        fn is_list(&self, _: ConfigKind, _: &str) -> bool {
            false
        }
        fn default_value(&self, _: ConfigKind, name: &str) -> Option<String> {
            self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        }
        fn topic_configs(&self, _: &MetadataImage, _: &BTreeMap<String, String>) -> Vec<CreatableTopicConfigs> {
            Vec::new()
        }
    }

    fn due(file: &'static [(&'static str, &'static str)]) -> Vec<i64> {
        tasks(&File(file), TimestampMs(1_000)).iter().map(|task| task.due - TimestampMs(1_000)).collect()
    }

    #[test]
    fn leaders_are_looked_at_every_five_minutes_or_as_the_file_says() {
        assert_eq!(due(&[]), [300_000, 300_000]);
        let own = &[("leader.imbalance.check.interval.seconds", "2"), ("unclean.leader.election.interval.ms", "70")];
        assert_eq!(due(own), [2_000, 70]);
    }

    #[test]
    fn the_balance_can_be_left_to_people() {
        assert_eq!(due(&[("auto.leader.rebalance.enable", "false")]), [300_000]);
    }
}
