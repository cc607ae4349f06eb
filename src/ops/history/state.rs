//! The state as the records make it, and the changes that they are.

use std::collections::BTreeMap;

use serde::Serialize;

use super::why::{Cause, why};
use super::{Change, Subject};
use crate::model::Uuid;
use crate::ops::metadata_tree::{MetadataBatch, merge};
use crate::wire::records::metadata::{ConfigRecord, MetadataRecord, PartitionChangeRecord, PartitionRecord};

/// A partition at some time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Partition {
    /// Who leads; `None` if nobody.
    pub leader: Option<i32>,
    /// The leader's term.
    pub leader_epoch: i32,
    /// Replicas in sync.
    pub isr: Vec<i32>,
    /// All replicas, the preferred leader first.
    pub replicas: Vec<i32>,
    /// Replicas that a reassignment adds.
    pub adding: Vec<i32>,
    /// Replicas that a reassignment removes.
    pub removing: Vec<i32>,
}

impl Partition {
    fn of(p: &PartitionRecord) -> Partition {
        Partition {
            leader: (p.leader >= 0).then_some(p.leader),
            leader_epoch: p.leader_epoch,
            isr: p.isr.clone(),
            replicas: p.replicas.clone(),
            adding: p.adding_replicas.clone(),
            removing: p.removing_replicas.clone(),
        }
    }
}

/// A broker at some time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Broker {
    /// It takes no part until it is unfenced.
    pub fenced: bool,
    /// It has said that it will stop.
    pub in_controlled_shutdown: bool,
}

#[derive(Debug, Default)]
struct Topic {
    name: String,
    partitions: BTreeMap<i32, PartitionRecord>,
}

/// A record and where it stands.
type Placed = (i64, i64, MetadataRecord);

/// A metadata log read from its beginning.
#[derive(Debug, Default)]
pub struct History {
    /// Every change, oldest first.
    pub changes: Vec<Change>,
    /// Time of the first record; what was before is not in the log.
    pub begins_ms: Option<i64>,
    /// Time of the last record.
    pub ends_ms: Option<i64>,
    /// Whether it begins with a snapshot, so that the changes before are not known.
    pub begins_with_snapshot: bool,
    topics: BTreeMap<Uuid, Topic>,
    configs: BTreeMap<String, BTreeMap<String, String>>,
    brokers: BTreeMap<i32, Broker>,
    /// Records of a transaction that has not ended (KIP-868): one event over several batches.
    held_back: Option<Vec<Placed>>,
    epoch: i32,
}

impl History {
    /// Takes a batch of the snapshot that stands for all before `end`.
    pub(super) fn begin_with(&mut self, batch: &MetadataBatch, end: i64) {
        self.begins_with_snapshot = true;
        let time = batch.records.first().map_or(batch.header.max_timestamp.get(), |(_, time, _)| *time);
        self.saw(time);
        let records = batch.records.iter().map(|(_, _, record)| (end - 1, time, record.clone())).collect();
        let known = self.changes.len();
        self.apply_all(records);
        for change in &mut self.changes[known..] {
            change.what = format!("in the snapshot: {}", change.what);
        }
    }

    /// Takes the next batch of the log.
    pub(super) fn take(&mut self, batch: &MetadataBatch) {
        self.epoch = batch.header.leader_epoch.get();
        let mut event = Vec::new();
        for (offset, time, record) in &batch.records {
            self.saw(*time);
            match record {
                MetadataRecord::BeginTransactionRecord(_) => self.held_back = Some(Vec::new()),
                MetadataRecord::EndTransactionRecord(_) => event.extend(self.held_back.take().into_iter().flatten()),
                MetadataRecord::AbortTransactionRecord(_) => self.held_back = None,
                record => match &mut self.held_back {
                    Some(held_back) => held_back.push((*offset, *time, record.clone())),
                    None => event.push((*offset, *time, record.clone())),
                },
            }
        }
        self.apply_all(event);
    }

    pub(super) fn finish(&mut self) {
        self.held_back = None;
    }

    fn saw(&mut self, time: i64) {
        if time >= 0 {
            self.begins_ms.get_or_insert(time);
            self.ends_ms = self.ends_ms.max(Some(time));
        }
    }

    /// Applies the records of one event: what one of them says of a broker is why others change partitions.
    fn apply_all(&mut self, event: Vec<Placed>) {
        let causes: Vec<Cause> = event.iter().filter_map(|(_, _, record)| Cause::of(record)).collect();
        for (offset, time, record) in event {
            self.apply((offset, time), record, &causes);
        }
    }

    fn put(&mut self, (offset, time_ms): (i64, i64), subject: Subject, what: String, why: String) -> &mut Change {
        let controller_epoch = self.epoch;
        let (partition_state, broker_state, config) = (None, None, None);
        let change =
            Change { time_ms, offset, controller_epoch, subject, partition_state, broker_state, config, what, why };
        self.changes.push(change);
        let last = self.changes.len() - 1;
        &mut self.changes[last]
    }

    fn broker(&mut self, at: (i64, i64), broker: i32, what: &str, why: &str) {
        let state = self.brokers.get(&broker).copied();
        self.put(at, Subject::Broker { broker }, what.to_owned(), why.to_owned()).broker_state = state;
    }

    fn apply(&mut self, at: (i64, i64), record: MetadataRecord, causes: &[Cause]) {
        match record {
            MetadataRecord::RegisterBrokerRecord(r) => {
                let (fenced, in_controlled_shutdown) = (r.fenced, r.in_controlled_shutdown);
                self.brokers.insert(r.broker_id, Broker { fenced, in_controlled_shutdown });
                let listeners: Vec<String> = r.end_points.iter().map(|e| format!("{}:{}", e.host, e.port)).collect();
                let why = if fenced { "fenced until it has caught up" } else { "" };
                self.broker(at, r.broker_id, &format!("registered at {}", listeners.join(", ")), why);
            }
            MetadataRecord::UnregisterBrokerRecord(r) => {
                self.brokers.remove(&r.broker_id);
                self.broker(at, r.broker_id, "unregistered", "");
            }
            MetadataRecord::FenceBrokerRecord(r) => self.fence(at, r.id, true),
            MetadataRecord::UnfenceBrokerRecord(r) => self.fence(at, r.id, false),
            MetadataRecord::BrokerRegistrationChangeRecord(r) => {
                if r.in_controlled_shutdown != 0 {
                    let stops = r.in_controlled_shutdown > 0;
                    self.brokers.entry(r.broker_id).or_default().in_controlled_shutdown = stops;
                    let what = if stops { "in controlled shutdown" } else { "not in controlled shutdown any more" };
                    self.broker(at, r.broker_id, what, if stops { "it said that it will stop" } else { "" });
                }
                if r.fenced != 0 {
                    self.fence(at, r.broker_id, r.fenced > 0);
                }
            }
            MetadataRecord::TopicRecord(r) => {
                let topic = r.name.clone();
                self.topics.entry(r.topic_id).or_default().name = r.name;
                let what = format!("created, id {}", r.topic_id);
                self.put(at, Subject::Topic { topic }, what, String::new());
            }
            MetadataRecord::RemoveTopicRecord(r) => {
                if let Some(topic) = self.topics.remove(&r.topic_id).map(|topic| topic.name) {
                    self.configs.remove(&topic);
                    self.put(at, Subject::Topic { topic }, "deleted".to_owned(), String::new());
                }
            }
            MetadataRecord::PartitionRecord(r) => {
                let state = Partition::of(&r);
                let topic = self.topics.entry(r.topic_id).or_default();
                let subject = Subject::Partition { topic: topic.name.clone(), partition: r.partition_id };
                topic.partitions.insert(r.partition_id, r);
                let what = format!("created: leader {}", leader(state.leader));
                self.put(at, subject, what, String::new()).partition_state = Some(state);
            }
            MetadataRecord::PartitionChangeRecord(r) => self.change(at, r, causes),
            MetadataRecord::ConfigRecord(r) => self.configure(at, r),
            _ => {}
        }
    }

    fn fence(&mut self, at: (i64, i64), id: i32, fenced: bool) {
        let broker = self.brokers.entry(id).or_default();
        let stops = broker.in_controlled_shutdown;
        broker.fenced = fenced;
        match (fenced, stops) {
            (true, true) => self.broker(at, id, "fenced", "its controlled shutdown is done"),
            (true, false) => self.broker(at, id, "fenced", "the controller did not hear of it in time"),
            (false, _) => self.broker(at, id, "unfenced", "it has caught up"),
        }
    }

    fn change(&mut self, at: (i64, i64), r: PartitionChangeRecord, causes: &[Cause]) {
        let Some(topic) = self.topics.get_mut(&r.topic_id) else { return };
        let name = topic.name.clone();
        let partition = r.partition_id;
        let Some(record) = topic.partitions.get_mut(&partition) else { return };
        let before = Partition::of(record);
        let is_unclean = r.leader_recovery_state == 1;
        merge(record, r);
        let after = Partition::of(record);
        let mut what = Vec::new();
        if before.leader != after.leader {
            what.push(format!("leader {} → {}", leader(before.leader), leader(after.leader)));
        } else if before.leader_epoch != after.leader_epoch {
            what.push(format!("leader epoch {} → {}", before.leader_epoch, after.leader_epoch));
        }
        for (of, old, new) in [
            ("ISR", &before.isr, &after.isr),
            ("replicas", &before.replicas, &after.replicas),
            ("adding", &before.adding, &after.adding),
            ("removing", &before.removing, &after.removing),
        ] {
            if old != new {
                what.push(format!("{of} {} → {}", ids(old), ids(new)));
            }
        }
        if what.is_empty() {
            what.push("directories or eligible leaders".to_owned());
        }
        let why = why(&before, &after, is_unclean, causes, &self.brokers);
        let change = self.put(at, Subject::Partition { topic: name, partition }, what.join("; "), why);
        change.partition_state = Some(after);
    }

    fn configure(&mut self, at: (i64, i64), r: ConfigRecord) {
        let (ty, name) = (r.resource_type, r.resource_name);
        if ty != 2 {
            return;
        }
        let configs = self.configs.entry(name.clone()).or_default();
        let before = match &r.value {
            Some(value) => configs.insert(r.name.clone(), value.clone()),
            None => configs.remove(&r.name),
        };
        let mut what = match &r.value {
            Some(value) => format!("{}={value}", r.name),
            None => format!("{} back to its default", r.name),
        };
        if let Some(before) = before {
            what.push_str(&format!(" (was {before})"));
        }
        self.put(at, Subject::Topic { topic: name }, what, String::new()).config = Some((r.name, r.value));
    }
}

fn leader(id: Option<i32>) -> String {
    id.map_or_else(|| "none".to_owned(), |id| id.to_string())
}

pub(super) fn ids(ids: &[i32]) -> String {
    if ids.is_empty() { "none".to_owned() } else { ids.iter().map(i32::to_string).collect::<Vec<_>>().join(",") }
}
