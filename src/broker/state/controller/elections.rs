//! Who leads a partition when its replicas come and go (`PartitionChangeBuilder`).

use crate::broker::state::metadata::{PartitionImage, RecoveryState, Replicas};
use crate::model::{BrokerId, PartitionId, Uuid};
use crate::wire::records::metadata::PartitionChangeRecord;

/// How hard to try to find a leader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Election {
    /// Keep the leader if it can stay; else anyone in sync (or eligible, KIP-966).
    #[default]
    Online,
    /// As `Online`, and else any live replica, at the price of records (`unclean.leader.election.enable`).
    Unclean,
    /// Prefer the first replica.
    Preferred,
}

/// An edit of one partition: what should become of its in-sync set, and who may lead.
pub struct PartitionEdit<'a> {
    /// Topic id.
    pub topic: Uuid,
    /// Partition index.
    pub index: PartitionId,
    /// The partition as it is.
    pub partition: &'a PartitionImage,
    /// Whether a broker may lead.
    pub acceptable: &'a dyn Fn(BrokerId) -> bool,
    /// `min.insync.replicas` of the topic.
    pub min_isr: usize,
    /// Whether `eligible.leader.replicas.version` is on.
    pub elr_enabled: bool,
    /// How hard to try.
    pub election: Election,
    /// A broker that came back without having closed its logs: it may have lost what it had in sync.
    pub unclean_shutdown: Option<BrokerId>,
}

fn numbers(ids: &[BrokerId]) -> Vec<i32> {
    ids.iter().map(|id| id.get()).collect()
}

impl PartitionEdit<'_> {
    /// A record that changes nothing yet.
    pub fn unchanged(&self) -> PartitionChangeRecord {
        PartitionChangeRecord { topic_id: self.topic, partition_id: self.index, ..PartitionChangeRecord::default() }
    }

    /// The record that brings the partition to the in-sync set `target_isr` with the best leader for it; nothing when it
    /// is as it should be.
    pub fn record(&self, target_isr: Replicas) -> Option<PartitionChangeRecord> {
        let before = self.partition;
        let target_elr = self.target_elr(&target_isr);
        let mut record = self.unchanged();

        let (leader, unclean) = self.elect(&target_isr, &target_elr);
        let (mut isr, mut elr) = (target_isr, target_elr);
        let mut forced_isr = false;
        if leader != before.leader {
            if elr.contains(&leader) {
                isr = Replicas::from_slice(&[leader]);
                elr.retain(|id| *id != leader);
            }
            record.leader = leader.get();
            if unclean {
                isr = Replicas::from_slice(&[leader]);
                forced_isr = true;
                if before.recovery != RecoveryState::Recovering {
                    record.leader_recovery_state = RecoveryState::Recovering.code();
                }
            }
        }
        if forced_isr || !self.elr_enabled {
            elr.clear();
        }
        if *elr != *before.elr() {
            record.eligible_leader_replicas = Some(numbers(&elr));
        }
        // Without ELR the last in-sync replica stays in the set, leader or not: it is all there is.
        if forced_isr || ((!isr.is_empty() || self.elr_enabled) && isr != before.isr) {
            record.isr = Some(numbers(&isr));
        }
        self.last_known_leader(&mut record);
        (record != self.unchanged()).then_some(record)
    }

    /// Who left the in-sync set while it was, or fell, below the minimum, and is known to have everything committed.
    fn target_elr(&self, target_isr: &Replicas) -> Replicas {
        if !self.elr_enabled || target_isr.len() >= self.min_isr {
            return if self.elr_enabled { Replicas::new() } else { self.partition.elr().into() };
        }
        let mut elr: Replicas = self
            .partition
            .elr()
            .iter()
            .chain(&self.partition.isr)
            .copied()
            .filter(|id| !target_isr.contains(id) && Some(*id) != self.unclean_shutdown)
            .collect();
        elr.sort();
        elr.dedup();
        elr
    }

    fn elect(&self, isr: &Replicas, elr: &Replicas) -> (BrokerId, bool) {
        let may_lead =
            |id: BrokerId| (isr.contains(&id) || (isr.is_empty() && elr.contains(&id))) && (self.acceptable)(id);
        let partition = self.partition;
        if self.election == Election::Preferred
            && let Some(preferred) = partition.replicas.first()
            && may_lead(*preferred)
        {
            return (*preferred, false);
        }
        if may_lead(partition.leader) {
            return (partition.leader, false);
        }
        if let Some(id) = partition.replicas.iter().copied().find(|id| may_lead(*id)) {
            return (id, false);
        }
        // Nobody in sync is left: the last leader has what anyone has, once it is back (KIP-966's balanced recovery).
        if self.elr_enabled
            && elr.is_empty()
            && isr.is_empty()
            && let [last] = *partition.last_known_elr()
            && (self.acceptable)(last)
        {
            return (last, true);
        }
        if self.election == Election::Unclean
            && let Some(id) = partition.replicas.iter().copied().find(|id| (self.acceptable)(*id))
        {
            return (id, true);
        }
        (BrokerId::NONE, false)
    }

    fn last_known_leader(&self, record: &mut PartitionChangeRecord) {
        if !self.elr_enabled {
            return;
        }
        let before = self.partition;
        let becomes_empty = record.isr.as_ref().is_some_and(Vec::is_empty);
        let keeps_leader =
            record.leader >= 0 || (before.leader != BrokerId::NONE && record.leader != BrokerId::NONE.get());
        if becomes_empty && *before.last_known_elr() != [before.leader] {
            if before.leader != BrokerId::NONE {
                record.last_known_elr = Some(vec![before.leader.get()]);
            }
        } else if keeps_leader && !before.last_known_elr().is_empty() {
            record.last_known_elr = Some(Vec::new());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::state::metadata::Exceptions;

    fn ids(raw: &[i32]) -> Replicas {
        raw.iter().copied().map(BrokerId).collect()
    }

    fn partition(replicas: &[i32], isr: &[i32], leader: i32) -> PartitionImage {
        PartitionImage { replicas: ids(replicas), isr: ids(isr), leader: BrokerId(leader), ..PartitionImage::default() }
    }

    fn edit<'a>(partition: &'a PartitionImage, acceptable: &'a dyn Fn(BrokerId) -> bool) -> PartitionEdit<'a> {
        PartitionEdit {
            topic: Uuid(7000),
            index: 0,
            partition,
            acceptable,
            min_isr: 1,
            elr_enabled: true,
            election: Election::Online,
            unclean_shutdown: None,
        }
    }

    #[test]
    fn the_next_replica_in_sync_takes_over() {
        let partition = partition(&[1, 2, 3], &[1, 2], 1);
        let record = edit(&partition, &|id| id != BrokerId(1)).record(ids(&[2])).unwrap();
        assert_eq!((record.leader, record.isr), (2, Some(vec![2])));
        assert_eq!((record.leader_recovery_state, record.eligible_leader_replicas), (-1, None));
    }

    #[test]
    fn the_last_replica_in_sync_becomes_eligible_and_leads_again_when_it_is_back() {
        let before = partition(&[1], &[1], 1);
        let down = edit(&before, &|_| false).record(ids(&[])).unwrap();
        assert_eq!((down.leader, down.isr.as_deref()), (-1, Some(&[][..])));
        assert_eq!(down.eligible_leader_replicas, Some(vec![1]));
        assert_eq!(down.last_known_elr, Some(vec![1]));

        let exceptions = Exceptions { elr: ids(&[1]), last_known_elr: ids(&[1]), ..Exceptions::default() }.boxed();
        let waiting = PartitionImage { exceptions, ..partition(&[1], &[], -1) };
        let up = edit(&waiting, &|_| true).record(ids(&[])).unwrap();
        assert_eq!((up.leader, up.isr), (1, Some(vec![1])));
        assert_eq!((up.leader_recovery_state, up.eligible_leader_replicas), (-1, Some(vec![])));
        assert_eq!(up.last_known_elr, Some(vec![]));
    }

    #[test]
    fn after_an_unclean_shutdown_the_last_leader_leads_but_must_recover() {
        let before = partition(&[1], &[1], 1);
        let lost = PartitionEdit { unclean_shutdown: Some(BrokerId(1)), ..edit(&before, &|_| false) };
        let record = lost.record(ids(&[])).unwrap();
        assert_eq!((record.leader, record.eligible_leader_replicas), (-1, None));
        assert_eq!(record.last_known_elr, Some(vec![1]));

        let exceptions = Exceptions { last_known_elr: ids(&[1]), ..Exceptions::default() }.boxed();
        let waiting = PartitionImage { exceptions, ..partition(&[1], &[], -1) };
        let up = edit(&waiting, &|_| true).record(ids(&[])).unwrap();
        assert_eq!((up.leader, up.isr, up.leader_recovery_state), (1, Some(vec![1]), 1));
    }

    #[test]
    fn without_elr_the_last_replica_stays_in_the_set() {
        let before = partition(&[1], &[1], 1);
        let down = PartitionEdit { elr_enabled: false, ..edit(&before, &|_| false) }.record(ids(&[])).unwrap();
        assert_eq!((down.leader, down.isr), (-1, None));
    }

    #[test]
    fn an_unclean_election_is_held_only_where_it_is_allowed() {
        let exceptions = Exceptions { elr: ids(&[1]), ..Exceptions::default() }.boxed();
        let before = PartitionImage { exceptions, ..partition(&[1, 2], &[], -1) };
        let only_two = |id: BrokerId| id == BrokerId(2);
        assert_eq!(edit(&before, &only_two).record(ids(&[])), None);
        let unclean = PartitionEdit { election: Election::Unclean, ..edit(&before, &only_two) };
        let record = unclean.record(ids(&[])).unwrap();
        assert_eq!((record.leader, record.isr, record.leader_recovery_state), (2, Some(vec![2]), 1));
    }

    #[test]
    fn a_partition_that_is_as_it_should_be_yields_no_record() {
        let partition = partition(&[1, 2], &[1, 2], 1);
        assert_eq!(edit(&partition, &|_| true).record(ids(&[1, 2])), None);
    }

    #[test]
    fn a_preferred_election_moves_the_lead_to_the_first_replica() {
        let partition = partition(&[1, 2], &[1, 2], 2);
        let preferred = PartitionEdit { election: Election::Preferred, ..edit(&partition, &|_| true) };
        assert_eq!(preferred.record(ids(&[1, 2])).unwrap().leader, 1);
    }
}
