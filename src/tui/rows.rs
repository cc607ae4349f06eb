//! The rows of each screen: the latest sample joined with its history, filtered and in order. Pure; drawn by `view`,
//! walked by `update`.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::model::{GroupSample, Model, PartitionSample, Screen, Snapshot, Sort, TopicSample};
use super::verdict::{Evidence, Verdict, drains_in_ms};

/// How bad a row is; decides its colour and whether "faults only" shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Health {
    #[default]
    Ok,
    AtRisk,
    Broken,
}

/// What a row answers to: its name for filter and cursor, its health.
pub(super) trait Row {
    fn key(&self) -> String;
    fn health(&self) -> Health;
}

/// A sortable column of a screen.
pub(super) struct SortKey<R> {
    pub title: &'static str,
    /// The natural direction: names up, numbers down.
    pub descending: bool,
    pub compare: fn(&R, &R) -> Ordering,
}

/// A topic.
#[derive(Clone, Debug)]
pub(super) struct TopicRow {
    pub name: String,
    pub partitions: usize,
    pub replication: usize,
    pub size: Option<u64>,
    pub rate_in: Option<f64>,
    pub bytes_in: Option<f64>,
    pub records: Option<u64>,
    pub offline: usize,
    pub under_replicated: usize,
    pub under_min_isr: usize,
}

/// A partition.
#[derive(Clone, Debug)]
pub(super) struct PartitionRow {
    pub topic: String,
    pub sample: PartitionSample,
    pub min_isr: Option<usize>,
}

/// A group.
#[derive(Clone, Debug)]
pub(super) struct GroupRow {
    pub id: String,
    pub state: String,
    pub members: usize,
    pub topics: Vec<String>,
    pub lag: Option<u64>,
    pub lag_ms: Option<u64>,
    pub rate_in: Option<f64>,
    pub rate_out: Option<f64>,
    pub drains_in_ms: Option<u64>,
    pub lags: Vec<u64>,
    pub verdict: Verdict,
}

/// Where the open group stands in one partition.
#[derive(Clone, Debug)]
pub(super) struct OffsetRow {
    pub topic: String,
    pub partition: i32,
    pub committed: Option<i64>,
    pub end: Option<i64>,
    pub lag: Option<u64>,
    pub lag_ms: Option<u64>,
    pub owner: Option<String>,
}

/// A broker.
#[derive(Clone, Debug)]
pub(super) struct BrokerRow {
    pub id: i32,
    pub endpoint: String,
    pub rack: Option<String>,
    pub controller: bool,
    pub fenced: bool,
    pub failed_dirs: usize,
    pub leaders: usize,
    pub replicas: usize,
    pub out_of_sync: usize,
    pub log_bytes: Option<u64>,
    pub disk_used: Option<f64>,
}

/// The sums of the header.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    pub partitions: usize,
    pub offline: usize,
    pub under_replicated: usize,
    pub under_min_isr: usize,
    pub fenced: usize,
    pub groups_behind: usize,
    pub rate_in: f64,
    pub bytes_in: Option<f64>,
    pub rate_out: f64,
}

impl Row for TopicRow {
    fn key(&self) -> String {
        self.name.clone()
    }
    fn health(&self) -> Health {
        match (self.offline + self.under_min_isr, self.under_replicated) {
            (0, 0) => Health::Ok,
            (0, _) => Health::AtRisk,
            _ => Health::Broken,
        }
    }
}

impl Row for PartitionRow {
    fn key(&self) -> String {
        format!("{}-{}", self.topic, self.sample.index)
    }
    fn health(&self) -> Health {
        if self.sample.leader.is_none() || self.is_under_min_isr() {
            Health::Broken
        } else if self.sample.isr.len() < self.sample.replicas.len() {
            Health::AtRisk
        } else {
            Health::Ok
        }
    }
}

impl PartitionRow {
    /// Whether acks=all is refused here.
    pub(super) fn is_under_min_isr(&self) -> bool {
        under_min_isr(&self.sample, self.min_isr)
    }

    /// The trouble in a few words.
    pub(super) fn state(&self) -> &'static str {
        if self.sample.leader.is_none() {
            "offline"
        } else if self.is_under_min_isr() {
            "under min ISR"
        } else if self.sample.isr.len() < self.sample.replicas.len() {
            "under-replicated"
        } else {
            "ok"
        }
    }
}

impl Row for GroupRow {
    fn key(&self) -> String {
        self.id.clone()
    }
    fn health(&self) -> Health {
        if self.verdict.is_broken() {
            Health::Broken
        } else if self.verdict.is_fault() {
            Health::AtRisk
        } else {
            Health::Ok
        }
    }
}

impl Row for OffsetRow {
    fn key(&self) -> String {
        format!("{}-{}", self.topic, self.partition)
    }
    fn health(&self) -> Health {
        if self.end.is_none() { Health::AtRisk } else { Health::Ok }
    }
}

impl Row for BrokerRow {
    fn key(&self) -> String {
        self.id.to_string()
    }
    fn health(&self) -> Health {
        if self.fenced || self.failed_dirs > 0 {
            Health::Broken
        } else if self.out_of_sync > 0 {
            Health::AtRisk
        } else {
            Health::Ok
        }
    }
}

fn by<R, K: PartialOrd>(key: impl Fn(&R) -> K, a: &R, b: &R) -> Ordering {
    key(a).partial_cmp(&key(b)).unwrap_or(Ordering::Equal)
}

/// By name, with Kafka's own topics after the users'.
fn by_name(a: &str, b: &str) -> Ordering {
    (a.starts_with("__"), a).cmp(&(b.starts_with("__"), b))
}

/// The orders of the Topics tab.
pub(super) const TOPIC_SORTS: &[SortKey<TopicRow>] = &[
    SortKey { title: "topic", descending: false, compare: |a, b| by_name(&a.name, &b.name) },
    SortKey { title: "in/s", descending: true, compare: |a, b| by(|r| r.rate_in, a, b) },
    SortKey { title: "size", descending: true, compare: |a, b| by(|r| r.size, a, b) },
    SortKey { title: "partitions", descending: true, compare: |a, b| by(|r| r.partitions, a, b) },
    SortKey { title: "state", descending: true, compare: |a, b| by(|r| r.health(), a, b) },
];

/// The orders of the Partitions tab.
pub(super) const PARTITION_SORTS: &[SortKey<PartitionRow>] = &[
    SortKey {
        title: "topic",
        descending: false,
        compare: |a, b| by_name(&a.topic, &b.topic).then(a.sample.index.cmp(&b.sample.index)),
    },
    SortKey { title: "state", descending: true, compare: |a, b| by(|r| r.health(), a, b) },
    SortKey { title: "size", descending: true, compare: |a, b| by(|r| r.sample.size, a, b) },
    SortKey { title: "end", descending: true, compare: |a, b| by(|r| r.sample.end, a, b) },
    SortKey { title: "leader", descending: false, compare: |a, b| by(|r| r.sample.leader, a, b) },
];

/// The orders of the Groups tab.
pub(super) const GROUP_SORTS: &[SortKey<GroupRow>] = &[
    SortKey { title: "lag time", descending: true, compare: |a, b| by(|r| (r.lag_ms, r.lag), a, b) },
    SortKey { title: "lag", descending: true, compare: |a, b| by(|r| r.lag, a, b) },
    SortKey { title: "group", descending: false, compare: |a, b| a.id.cmp(&b.id) },
    SortKey { title: "in/s", descending: true, compare: |a, b| by(|r| r.rate_in, a, b) },
    SortKey { title: "out/s", descending: true, compare: |a, b| by(|r| r.rate_out, a, b) },
    SortKey { title: "verdict", descending: true, compare: |a, b| by(|r| r.verdict.clone(), a, b) },
];

/// The orders of the partitions of an open group.
pub(super) const OFFSET_SORTS: &[SortKey<OffsetRow>] = &[
    SortKey {
        title: "topic",
        descending: false,
        compare: |a, b| (&a.topic, a.partition).cmp(&(&b.topic, b.partition)),
    },
    SortKey { title: "lag", descending: true, compare: |a, b| by(|r| r.lag, a, b) },
    SortKey { title: "lag time", descending: true, compare: |a, b| by(|r| r.lag_ms, a, b) },
];

/// The orders of the Brokers tab.
pub(super) const BROKER_SORTS: &[SortKey<BrokerRow>] = &[
    SortKey { title: "id", descending: false, compare: |a, b| a.id.cmp(&b.id) },
    SortKey { title: "leaders", descending: true, compare: |a, b| by(|r| r.leaders, a, b) },
    SortKey { title: "size", descending: true, compare: |a, b| by(|r| r.log_bytes, a, b) },
];

/// How many orders a screen has, and the title and direction (true is downwards) of the one chosen.
pub(super) fn sort_of(model: &Model) -> (usize, &'static str, bool) {
    fn pick<R>(keys: &[SortKey<R>], sort: Sort) -> (usize, &'static str, bool) {
        let key = &keys[sort.column % keys.len()];
        (keys.len(), key.title, key.descending != sort.reversed)
    }
    let ui = &model.ui;
    let sort = ui.sort[ui.screen.index()];
    match ui.screen {
        Screen::Topics => pick(TOPIC_SORTS, sort),
        Screen::Partitions => pick(PARTITION_SORTS, sort),
        Screen::Groups if ui.open_group.is_some() => pick(OFFSET_SORTS, sort),
        Screen::Overview | Screen::Groups => pick(GROUP_SORTS, sort),
        Screen::Brokers => pick(BROKER_SORTS, sort),
    }
}

/// The keys of the rows of the current screen, in order: what the cursor walks.
pub(super) fn keys(model: &Model) -> Vec<String> {
    fn of<R: Row>(rows: Vec<R>) -> Vec<String> {
        rows.iter().map(Row::key).collect()
    }
    match model.ui.screen {
        Screen::Topics => of(topics(model)),
        Screen::Partitions => of(partitions(model)),
        Screen::Groups if model.ui.open_group.is_some() => of(offsets(model)),
        Screen::Overview | Screen::Groups => of(groups(model)),
        Screen::Brokers => of(brokers(model)),
    }
}

/// Topics, filtered and in order.
pub(super) fn topics(model: &Model) -> Vec<TopicRow> {
    let rows = every(model, |snapshot| snapshot.topics.iter().map(|t| topic_row(model, t)).collect());
    arrange(model, Screen::Topics, rows, TOPIC_SORTS)
}

/// Partitions, filtered and in order.
pub(super) fn partitions(model: &Model) -> Vec<PartitionRow> {
    arrange(model, Screen::Partitions, every(model, partition_rows), PARTITION_SORTS)
}

/// Partitions with something wrong, worst first, whatever the filter.
pub(super) fn partitions_at_risk(model: &Model) -> Vec<PartitionRow> {
    let mut rows: Vec<_> = every(model, partition_rows).into_iter().filter(|r| r.health() != Health::Ok).collect();
    rows.sort_by_key(|r| std::cmp::Reverse(r.health()));
    rows
}

/// Groups, filtered and in order.
pub(super) fn groups(model: &Model) -> Vec<GroupRow> {
    let rows = every(model, |snapshot| snapshot.groups.iter().map(|g| group_row(model, snapshot, g)).collect());
    arrange(model, Screen::Groups, rows, GROUP_SORTS)
}

/// The partitions of the open group, filtered and in order.
pub(super) fn offsets(model: &Model) -> Vec<OffsetRow> {
    let open = model.ui.open_group.as_deref();
    let rows = every(model, |snapshot| {
        let group = snapshot.groups.iter().find(|g| Some(g.id.as_str()) == open);
        group.into_iter().flat_map(|g| offset_rows(model, snapshot, g)).collect()
    });
    arrange(model, Screen::Groups, rows, OFFSET_SORTS)
}

/// Brokers, filtered and in order.
pub(super) fn brokers(model: &Model) -> Vec<BrokerRow> {
    arrange(model, Screen::Brokers, every(model, broker_rows), BROKER_SORTS)
}

/// The sums of the header, whatever the filter.
pub(super) fn totals(model: &Model) -> Totals {
    let Some(snapshot) = &model.snapshot else { return Totals::default() };
    let mut t = Totals { fenced: snapshot.brokers.iter().filter(|b| b.fenced).count(), ..Totals::default() };
    for topic in &snapshot.topics {
        let row = topic_row(model, topic);
        t.partitions += row.partitions;
        t.offline += row.offline;
        t.under_replicated += row.under_replicated;
        t.under_min_isr += row.under_min_isr;
        // Commits and markers are not the users' traffic.
        if !topic.internal {
            t.rate_in += row.rate_in.unwrap_or(0.0);
            t.bytes_in = row.bytes_in.map(|b| b + t.bytes_in.unwrap_or(0.0)).or(t.bytes_in);
        }
    }
    for group in &snapshot.groups {
        let row = group_row(model, snapshot, group);
        t.groups_behind += usize::from(row.verdict.is_fault());
        t.rate_out += row.rate_out.unwrap_or(0.0);
    }
    t
}

fn every<R>(model: &Model, rows: impl FnOnce(&Snapshot) -> Vec<R>) -> Vec<R> {
    model.snapshot.as_ref().map(rows).unwrap_or_default()
}

fn arrange<R: Row>(model: &Model, screen: Screen, mut rows: Vec<R>, keys: &[SortKey<R>]) -> Vec<R> {
    let ui = &model.ui;
    // The overview lists what is wrong: the filter belongs to the tab in front.
    if ui.screen == screen || ui.screen == Screen::Overview {
        rows.retain(|row| matches(&row.key(), &ui.filter) && (!ui.faults_only || row.health() != Health::Ok));
    }
    let front = if ui.screen == Screen::Overview { Screen::Overview } else { screen };
    let sort = ui.sort[front.index()];
    let key = &keys[sort.column % keys.len()];
    // Samples are in order of name, and the sort is stable: equal rows do not dance.
    rows.sort_by(|a, b| {
        let order = (key.compare)(a, b);
        if key.descending != sort.reversed { order.reverse() } else { order }
    });
    rows
}

/// Whether a name passes the filter: contains it, without regard to case; `!` in front inverts.
pub(super) fn matches(name: &str, filter: &str) -> bool {
    let (wanted, text) = filter.strip_prefix('!').map_or((true, filter), |rest| (false, rest));
    text.is_empty() || name.to_lowercase().contains(&text.to_lowercase()) == wanted
}

fn under_min_isr(p: &PartitionSample, min_isr: Option<usize>) -> bool {
    // A topic with fewer replicas than min ISR is held to its replicas, as Kafka's own count of these does.
    min_isr.is_some_and(|min| p.leader.is_some() && p.isr.len() < min.min(p.replicas.len()))
}

fn topic_row(model: &Model, topic: &TopicSample) -> TopicRow {
    let partitions = &topic.partitions;
    let sizes: Vec<u64> = partitions.iter().filter_map(|p| p.size).collect();
    let records = partitions.iter().map(|p| u64::try_from(p.end? - p.start?).ok()).sum::<Option<u64>>();
    TopicRow {
        name: topic.name.clone(),
        partitions: partitions.len(),
        replication: partitions.iter().map(|p| p.replicas.len()).max().unwrap_or(0),
        size: (!sizes.is_empty()).then(|| sizes.iter().sum()),
        rate_in: model.history.topic_in(&topic.name),
        bytes_in: if sizes.is_empty() { None } else { model.history.topic_bytes_in(&topic.name) },
        records,
        offline: partitions.iter().filter(|p| p.leader.is_none()).count(),
        under_replicated: partitions.iter().filter(|p| p.isr.len() < p.replicas.len()).count(),
        under_min_isr: partitions.iter().filter(|p| under_min_isr(p, topic.min_isr)).count(),
    }
}

fn partition_rows(snapshot: &Snapshot) -> Vec<PartitionRow> {
    let of_topic = |t: &TopicSample| {
        let (topic, min_isr) = (t.name.clone(), t.min_isr);
        let row = move |p: &PartitionSample| PartitionRow { topic: topic.clone(), sample: p.clone(), min_isr };
        t.partitions.iter().map(row).collect::<Vec<_>>()
    };
    snapshot.topics.iter().flat_map(of_topic).collect()
}

fn group_row(model: &Model, snapshot: &Snapshot, group: &GroupSample) -> GroupRow {
    let offsets: Vec<OffsetRow> = offset_rows(model, snapshot, group).collect();
    let has_commits = offsets.iter().any(|o| o.committed.is_some());
    let lag = has_commits.then(|| offsets.iter().filter_map(|o| o.lag).fold(0u64, u64::saturating_add));
    // One lagging partition of unknown age makes the age of the group unknown.
    let ages = offsets.iter().filter(|o| o.lag.is_some()).map(|o| o.lag_ms).collect::<Option<Vec<_>>>();
    let mut topics: Vec<String> = offsets.iter().map(|o| o.topic.clone()).collect();
    topics.sort();
    topics.dedup();
    // What arrives is asked of the topics: a group's own sum of ends jumps with its first commit in a partition.
    let rate_in = topics.iter().map(|topic| model.history.topic_in(topic)).sum::<Option<f64>>();
    let rate_out = model.history.group_out(&group.id);
    let rates = rate_in.zip(rate_out);
    let verdict = Verdict::of(Evidence {
        members: group.members,
        has_commits,
        lag: lag.unwrap_or(0),
        rates,
        lag_grows: model.history.lag_grows(&group.id),
        still_ms: model.history.commits_still_for(&group.id),
    });
    GroupRow {
        id: group.id.clone(),
        state: group.state.clone(),
        members: group.members,
        topics,
        lag,
        lag_ms: ages.filter(|_| has_commits).map(|ages| ages.into_iter().max().unwrap_or(0)),
        rate_in,
        rate_out,
        drains_in_ms: rates.and_then(|(arrives, consumed)| drains_in_ms(lag?, arrives, consumed)),
        lags: model.history.group_lags(&group.id),
        verdict,
    }
}

fn offset_rows<'a>(
    model: &'a Model,
    snapshot: &'a Snapshot,
    group: &'a GroupSample,
) -> impl Iterator<Item = OffsetRow> + 'a {
    group.offsets.iter().map(move |o| {
        let lag = o.lag();
        let seen = || model.history.age_of(&o.topic, o.partition, o.committed?, snapshot.taken_at);
        let lag_ms = match lag {
            None => None,
            Some(0) => Some(0),
            // Less than a sampling interval is not nothing.
            Some(_) => seen().map(|age| age.max(1)).or(o.lag_ms),
        };
        OffsetRow {
            topic: o.topic.clone(),
            partition: o.partition,
            committed: o.committed,
            end: o.end,
            lag,
            lag_ms,
            owner: o.client_id.clone(),
        }
    })
}

fn broker_rows(snapshot: &Snapshot) -> Vec<BrokerRow> {
    #[derive(Default)]
    struct Load {
        leaders: usize,
        replicas: usize,
        out_of_sync: usize,
    }
    let mut loads: HashMap<i32, Load> = HashMap::new();
    for p in snapshot.topics.iter().flat_map(|t| &t.partitions) {
        if let Some(leader) = p.leader {
            loads.entry(leader).or_default().leaders += 1;
        }
        for id in &p.replicas {
            let load = loads.entry(*id).or_default();
            load.replicas += 1;
            load.out_of_sync += usize::from(!p.isr.contains(id));
        }
    }
    let row = |b: &super::model::BrokerSample| {
        let load = loads.remove(&b.id).unwrap_or_default();
        let used = |total: u64, free: u64| total.saturating_sub(free) as f64 / total.max(1) as f64;
        BrokerRow {
            id: b.id,
            endpoint: b.endpoint.clone(),
            rack: b.rack.clone(),
            controller: snapshot.controller == Some(b.id),
            fenced: b.fenced,
            failed_dirs: b.failed_dirs,
            leaders: load.leaders,
            replicas: load.replicas,
            out_of_sync: load.out_of_sync,
            log_bytes: b.log_bytes,
            disk_used: b.disk_total.zip(b.disk_free).map(|(total, free)| used(total, free)),
        }
    };
    snapshot.brokers.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_ignores_case_and_can_be_turned_round() {
        assert!(matches("Orders-eu", "orders"));
        assert!(!matches("Orders-eu", "!orders"));
        assert!(matches("clicks", "!orders"));
        assert!(matches("anything", ""));
        assert!(matches("anything", "!"));
    }

    #[test]
    fn a_partition_with_fewer_replicas_than_min_isr_is_judged_by_its_replicas() {
        let p = PartitionSample { leader: Some(1), replicas: vec![1], isr: vec![1], ..Default::default() };
        assert!(!under_min_isr(&p, Some(2)));
        let q = PartitionSample { replicas: vec![1, 2, 3], ..p };
        assert!(under_min_isr(&q, Some(2)));
        assert!(!under_min_isr(&q, None));
    }
}
