//! Why a partition changed, as far as records tell: by what the same event says of brokers, or by what the change is.

use std::collections::BTreeMap;

use super::state::{Broker, Partition, ids};
use crate::wire::records::metadata::MetadataRecord;

/// What a record of the same event says of a broker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    Fenced(i32),
    Unfenced(i32),
    Stops(i32),
    Unregistered(i32),
    Registered(i32),
}

impl Cause {
    pub(super) fn of(record: &MetadataRecord) -> Option<Cause> {
        match record {
            MetadataRecord::FenceBrokerRecord(r) => Some(Cause::Fenced(r.id)),
            MetadataRecord::UnfenceBrokerRecord(r) => Some(Cause::Unfenced(r.id)),
            MetadataRecord::UnregisterBrokerRecord(r) => Some(Cause::Unregistered(r.broker_id)),
            MetadataRecord::RegisterBrokerRecord(r) => Some(Cause::Registered(r.broker_id)),
            MetadataRecord::BrokerRegistrationChangeRecord(r) if r.in_controlled_shutdown > 0 => {
                Some(Cause::Stops(r.broker_id))
            }
            MetadataRecord::BrokerRegistrationChangeRecord(r) if r.fenced > 0 => Some(Cause::Fenced(r.broker_id)),
            MetadataRecord::BrokerRegistrationChangeRecord(r) if r.fenced < 0 => Some(Cause::Unfenced(r.broker_id)),
            _ => None,
        }
    }

    const fn broker(self) -> i32 {
        match self {
            Cause::Fenced(id)
            | Cause::Unfenced(id)
            | Cause::Stops(id)
            | Cause::Unregistered(id)
            | Cause::Registered(id) => id,
        }
    }

    fn words(self) -> String {
        match self {
            Cause::Fenced(id) => format!("broker {id} was fenced"),
            Cause::Unfenced(id) => format!("broker {id} came back"),
            Cause::Stops(id) => format!("broker {id} stops in order"),
            Cause::Unregistered(id) => format!("broker {id} was unregistered"),
            Cause::Registered(id) => format!("broker {id} was started anew"),
        }
    }
}

pub(super) fn why(
    before: &Partition,
    after: &Partition,
    is_unclean: bool,
    causes: &[Cause],
    brokers: &BTreeMap<i32, Broker>,
) -> String {
    let clean = if is_unclean { ", and one was elected that was not in sync" } else { "" };
    if let Some(cause) = causes.iter().find(|cause| before.replicas.contains(&cause.broker())) {
        return format!("{}{clean}", cause.words());
    }
    let is_moving = |p: &Partition| !p.adding.is_empty() || !p.removing.is_empty();
    if !is_moving(before) && is_moving(after) {
        return "a reassignment began".to_owned();
    }
    if is_moving(before) && !is_moving(after) {
        let got_them = before.adding.iter().all(|id| after.replicas.contains(id));
        let word = if got_them { "is done" } else { "was cancelled" };
        return format!("the reassignment {word}");
    }
    if before.leader != after.leader {
        return elected(before, after, is_unclean, brokers);
    }
    let gone: Vec<i32> = before.isr.iter().filter(|id| !after.isr.contains(id)).copied().collect();
    let come: Vec<i32> = after.isr.iter().filter(|id| !before.isr.contains(id)).copied().collect();
    match (gone.is_empty(), come.is_empty()) {
        (false, true) => format!("the leader took {} out: fell behind", ids(&gone)),
        (true, false) => format!("the leader took {} in: caught up", ids(&come)),
        (false, false) => format!("the leader took {} out and {} in", ids(&gone), ids(&come)),
        (true, true) => String::new(),
    }
}

fn elected(before: &Partition, after: &Partition, is_unclean: bool, brokers: &BTreeMap<i32, Broker>) -> String {
    if is_unclean {
        return "elected though it was not in sync: records may be lost".to_owned();
    }
    let Some(leader) = after.leader else { return "no replica in sync can lead".to_owned() };
    let Some(old) = before.leader else { return "a replica in sync can lead again".to_owned() };
    match brokers.get(&old) {
        None => format!("broker {old} is not there any more"),
        Some(broker) if broker.fenced => format!("broker {old} is fenced"),
        Some(broker) if broker.in_controlled_shutdown => format!("broker {old} stops in order"),
        Some(_) if after.replicas.first() == Some(&leader) => "the preferred leader was elected".to_owned(),
        Some(_) if !after.replicas.contains(&old) => format!("broker {old} is no replica any more"),
        Some(_) if !after.isr.contains(&old) => format!("broker {old} left the ISR"),
        Some(_) => String::new(),
    }
}
