//! What `top` knows (the latest sample and its history) and what the person chose. Plain data: no widget, no clock.

use std::collections::VecDeque;
use std::time::Duration;

use super::events::Incident;
use super::history::History;

/// One look at the cluster.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// When it was taken, in milliseconds since the epoch.
    pub taken_at: i64,
    /// The cluster's id, or empty where it has none.
    pub cluster_id: String,
    /// The active controller, as clients see it.
    pub controller: Option<i32>,
    /// Every registered broker, by id.
    pub brokers: Vec<BrokerSample>,
    /// Every topic that we may see, by name.
    pub topics: Vec<TopicSample>,
    /// Every consumer group, by id.
    pub groups: Vec<GroupSample>,
    /// What could not be asked, and why: shown, so that a missing number is not taken for a zero.
    pub gaps: Vec<String>,
}

/// A broker.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BrokerSample {
    /// `node.id`.
    pub id: i32,
    /// `host:port` as advertised.
    pub endpoint: String,
    /// `broker.rack`.
    pub rack: Option<String>,
    /// Registered, but out of the cluster.
    pub fenced: bool,
    /// Bytes in its log directories, where DescribeLogDirs is allowed.
    pub log_bytes: Option<u64>,
    /// Total bytes of the volumes under its log directories (KIP-827).
    pub disk_total: Option<u64>,
    /// Usable bytes of these volumes (KIP-827).
    pub disk_free: Option<u64>,
    /// Log directories that went offline.
    pub failed_dirs: usize,
}

/// A topic and its partitions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TopicSample {
    /// Its name.
    pub name: String,
    /// Kafka's own (`__consumer_offsets`).
    pub internal: bool,
    /// `min.insync.replicas` in force, where DescribeConfigs is allowed.
    pub min_isr: Option<usize>,
    /// Its partitions, by index.
    pub partitions: Vec<PartitionSample>,
}

/// A partition.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PartitionSample {
    /// Its index in the topic.
    pub index: i32,
    /// The leader; none means offline.
    pub leader: Option<i32>,
    /// The leader's epoch.
    pub leader_epoch: i32,
    /// Brokers that should hold it, preferred leader first.
    pub replicas: Vec<i32>,
    /// Brokers in sync with the leader.
    pub isr: Vec<i32>,
    /// The first offset that can be read.
    pub start: Option<i64>,
    /// The high watermark.
    pub end: Option<i64>,
    /// Bytes of the leader's replica.
    pub size: Option<u64>,
}

impl PartitionSample {
    /// Replicas that have fallen out of the ISR.
    pub fn out_of_sync(&self) -> Vec<i32> {
        self.replicas.iter().copied().filter(|id| !self.isr.contains(id)).collect()
    }
}

/// A consumer group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GroupSample {
    /// `group.id`.
    pub id: String,
    /// `Stable`, `Empty`, …, as Kafka names it.
    pub state: String,
    /// `classic`, `consumer`, …; empty where the broker does not say.
    pub kind: String,
    /// The broker that coordinates it.
    pub coordinator: Option<i32>,
    /// How many members it has.
    pub members: usize,
    /// Where it stands in each partition that it consumes.
    pub offsets: Vec<GroupOffset>,
}

/// Where a group stands in a partition.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GroupOffset {
    /// The topic.
    pub topic: String,
    /// The partition's index.
    pub partition: i32,
    /// The committed offset, where there is one.
    pub committed: Option<i64>,
    /// The partition's high watermark, where it is known.
    pub end: Option<i64>,
    /// How old the topic's next record to consume is, in milliseconds, where the sampler could tell; for records older
    /// than what the history has seen written.
    pub lag_ms: Option<u64>,
    /// The client id of the member that owns it.
    pub client_id: Option<String>,
}

impl GroupOffset {
    /// Records between the commit and the end, never negative; none without a commit.
    pub fn lag(&self) -> Option<u64> {
        Some(u64::try_from(self.end? - self.committed?).unwrap_or(0))
    }
}

/// A tab.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Screen {
    /// What is wrong, and who lags.
    #[default]
    Overview,
    /// A row a topic.
    Topics,
    /// A row a partition.
    Partitions,
    /// A row a group.
    Groups,
    /// A row a broker.
    Brokers,
}

impl Screen {
    /// The tabs in order; the key of each is its place, counted from one.
    pub const ALL: [Screen; 5] =
        [Screen::Overview, Screen::Topics, Screen::Partitions, Screen::Groups, Screen::Brokers];

    /// What the tab says.
    pub const fn title(self) -> &'static str {
        match self {
            Screen::Overview => "Overview",
            Screen::Topics => "Topics",
            Screen::Partitions => "Partitions",
            Screen::Groups => "Groups",
            Screen::Brokers => "Brokers",
        }
    }

    /// Its place among the tabs.
    pub fn index(self) -> usize {
        Screen::ALL.iter().position(|s| *s == self).unwrap_or(0)
    }
}

/// The order of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// Index of the column among the screen's sortable columns.
    pub column: usize,
    /// Whether it runs against the column's natural direction.
    pub reversed: bool,
}

/// The row under the cursor: by name, so that it stays on its row when the table re-sorts; by place when the row goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// Its place in the rows last seen.
    pub index: usize,
    /// The key of the row, none until the first move.
    pub key: Option<String>,
}

/// What the person chose.
#[derive(Clone, Debug, PartialEq)]
pub struct Ui {
    /// The tab.
    pub screen: Screen,
    /// The group whose partitions are open on the Groups tab.
    pub open_group: Option<String>,
    /// The order of each tab.
    pub sort: [Sort; Screen::ALL.len()],
    /// The cursor of each tab.
    pub cursor: [Cursor; Screen::ALL.len()],
    /// Only rows whose name contains this; `!` in front inverts.
    pub filter: String,
    /// Typing goes to the filter.
    pub editing_filter: bool,
    /// Only rows with something wrong.
    pub faults_only: bool,
    /// New samples are held back.
    pub frozen: bool,
    /// The help page is up.
    pub help: bool,
    /// Rows that a page key moves: the height of the table last drawn.
    pub page: usize,
    /// Time between samples.
    pub interval: Duration,
}

impl Default for Ui {
    fn default() -> Ui {
        Ui {
            screen: Screen::Overview,
            open_group: None,
            sort: [Sort { column: 0, reversed: false }; Screen::ALL.len()],
            cursor: Default::default(),
            filter: String::new(),
            editing_filter: false,
            faults_only: false,
            frozen: false,
            help: false,
            page: 10,
            interval: Duration::from_secs(1),
        }
    }
}

/// Everything that a frame is drawn from.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// The latest sample.
    pub snapshot: Option<Snapshot>,
    /// What the samples of the last minutes add up to.
    pub history: History,
    /// What changed between samples, newest last.
    pub incidents: VecDeque<Incident>,
    /// What the person chose.
    pub ui: Ui,
    /// Why the last sample failed; the screen then shows the one before.
    pub trouble: Option<String>,
    /// Where we connect to, for the line shown before the first sample.
    pub bootstrap: String,
    /// The person wants to leave.
    pub quit: bool,
}
