//! What becomes of a partition when its replicas come, go and move (`PartitionChangeBuilder`).

use smallvec::SmallVec;

use crate::broker::state::metadata::{DirectoryId, PartitionImage, RecoveryState, Replicas};
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

/// Says of a partition whether a broker may lead it.
pub type Acceptable<'a> = dyn Fn(&PartitionImage, BrokerId) -> bool + 'a;

/// What somebody wants a partition to become, before elections and finished reassignments have their say.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// In-sync replicas.
    pub isr: Replicas,
    /// Replicas, those that a reassignment takes away included.
    pub replicas: Replicas,
    /// Replicas that a reassignment takes away.
    pub removing: Replicas,
    /// Replicas that a reassignment adds.
    pub adding: Replicas,
    /// Whether the leader came from the in-sync set.
    pub recovery: RecoveryState,
    /// Directories of replicas that are new, or that move from one to another.
    pub directories: SmallVec<[(BrokerId, Uuid); 1]>,
}

impl Target {
    /// The partition as it is.
    pub fn of(partition: &PartitionImage) -> Target {
        Target {
            isr: partition.isr.clone(),
            replicas: partition.replicas.clone(),
            removing: partition.removing().into(),
            adding: partition.adding().into(),
            recovery: partition.recovery,
            directories: SmallVec::new(),
        }
    }

    /// Ends the reassignment under way, if there is one and the replicas that are to stay are all in sync.
    fn complete_reassignment(&mut self) {
        if self.adding.is_empty() && self.removing.is_empty() {
            return;
        }
        let stays =
            |ids: &Replicas| -> Replicas { ids.iter().copied().filter(|id| !self.removing.contains(id)).collect() };
        let (replicas, isr) = (stays(&self.replicas), stays(&self.isr));
        if replicas.is_empty() || !replicas.iter().all(|id| isr.contains(id)) {
            return;
        }
        (self.replicas, self.isr) = (replicas, isr);
        self.removing.clear();
        self.adding.clear();
    }
}

/// An edit of one partition: the partition, the rules of its topic, and who may lead.
pub struct PartitionEdit<'a> {
    /// Topic id.
    pub topic: Uuid,
    /// Partition index.
    pub index: PartitionId,
    /// The partition as it is.
    pub partition: &'a PartitionImage,
    /// Whether a broker may lead.
    pub acceptable: &'a Acceptable<'a>,
    /// `min.insync.replicas` of the topic, but no more than it has replicas.
    pub min_isr: usize,
    /// Whether `eligible.leader.replicas.version` is on.
    pub elr_enabled: bool,
    /// Whether brokers may still be about that need a new leader epoch when the in-sync set shrinks: those of a
    /// `metadata.version` before 3.6 (KAFKA-15021).
    pub epoch_on_shrink: bool,
    /// How hard to try.
    pub election: Election,
    /// A broker that came back without having closed its logs: it may have lost what it had in sync.
    pub unclean_shutdown: Option<BrokerId>,
}

fn numbers(ids: &[BrokerId]) -> Vec<i32> {
    ids.iter().map(|id| id.get()).collect()
}

impl PartitionEdit<'_> {
    /// The record that brings the partition to the in-sync set `target_isr` with the best leader for it; nothing when it
    /// is as it should be.
    pub fn record(&self, target_isr: Replicas) -> Option<PartitionChangeRecord> {
        self.change(Target { isr: target_isr, ..Target::of(self.partition) })
    }

    /// The record that brings the partition to `target`, with the best leader for it and without a reassignment that is
    /// done; nothing when it is as it should be.
    pub fn change(&self, mut target: Target) -> Option<PartitionChangeRecord> {
        let before = self.partition;
        let unchanged = PartitionChangeRecord {
            topic_id: self.topic,
            partition_id: self.index,
            ..PartitionChangeRecord::default()
        };
        let mut record = unchanged.clone();
        target.complete_reassignment();
        let mut elr = self.target_elr(&target);
        let (leader, unclean) = self.elect(&target, &elr);
        let mut forced_isr = false;
        if leader != before.leader {
            if elr.contains(&leader) {
                target.isr = Replicas::from_slice(&[leader]);
                elr.retain(|id| *id != leader);
            }
            record.leader = leader.get();
            if unclean {
                target.isr = Replicas::from_slice(&[leader]);
                forced_isr = true;
                if before.recovery != RecoveryState::Recovering {
                    record.leader_recovery_state = RecoveryState::Recovering.code();
                }
            }
        } else if !before.replicas.iter().all(|id| target.replicas.contains(id)) {
            // Whoever is no replica any more must not be taken for one by its old leader epoch.
            record.leader = before.leader.get();
        }
        if forced_isr || !self.elr_enabled {
            elr.clear();
        }
        if *elr != *before.elr() {
            record.eligible_leader_replicas = Some(numbers(&elr));
        }
        // Without ELR the last in-sync replica stays in the set, leader or not: it is all there is.
        if forced_isr || ((!target.isr.is_empty() || self.elr_enabled) && target.isr != before.isr) {
            record.isr = Some(numbers(&target.isr));
        }
        let shrinks = record.isr.is_some() && !before.isr.iter().all(|id| target.isr.contains(id));
        if self.epoch_on_shrink && shrinks && record.leader == PartitionImage::NO_LEADER_CHANGE {
            record.leader = before.leader.get();
        }
        self.last_known_leader(&mut record);
        self.assignment(&target, &mut record);
        if target.recovery != before.recovery {
            record.leader_recovery_state = target.recovery.code();
        }
        (record != unchanged).then_some(record)
    }

    /// Who left the in-sync set while it was, or fell, below the minimum, and is known to have everything committed.
    fn target_elr(&self, target: &Target) -> Replicas {
        if !self.elr_enabled || target.isr.len() >= self.min_isr {
            return if self.elr_enabled { Replicas::new() } else { self.partition.elr().into() };
        }
        let kept = |id: &BrokerId| {
            !target.isr.contains(id) && target.replicas.contains(id) && Some(*id) != self.unclean_shutdown
        };
        let mut elr: Replicas = self.partition.elr().iter().chain(&self.partition.isr).copied().filter(kept).collect();
        elr.sort();
        elr.dedup();
        elr
    }

    fn elect(&self, target: &Target, elr: &Replicas) -> (BrokerId, bool) {
        let partition = self.partition;
        let isr = &target.isr;
        let acceptable = |id: BrokerId| (self.acceptable)(partition, id);
        let may_lead = |id: BrokerId| (isr.contains(&id) || (isr.is_empty() && elr.contains(&id))) && acceptable(id);
        if self.election == Election::Preferred
            && let Some(preferred) = target.replicas.first()
            && may_lead(*preferred)
        {
            return (*preferred, false);
        }
        if may_lead(partition.leader) {
            return (partition.leader, false);
        }
        if let Some(id) = target.replicas.iter().copied().find(|id| may_lead(*id)) {
            return (id, false);
        }
        // Nobody in sync is left: the last leader has what anyone has, once it is back (KIP-966's balanced recovery).
        if self.elr_enabled
            && elr.is_empty()
            && isr.is_empty()
            && let [last] = *partition.last_known_elr()
            && target.replicas.contains(&last)
            && acceptable(last)
        {
            return (last, true);
        }
        if self.election == Election::Unclean
            && let Some(id) = target.replicas.iter().copied().find(|id| acceptable(*id))
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

    fn assignment(&self, target: &Target, record: &mut PartitionChangeRecord) {
        let before = self.partition;
        let directory = |id: BrokerId| {
            let given = target.directories.iter().find(|(broker, _)| *broker == id).map(|(_, directory)| *directory);
            given.or_else(|| before.directory_of(id)).unwrap_or(DirectoryId::UNASSIGNED)
        };
        let directories: SmallVec<[Uuid; 4]> = target.replicas.iter().map(|id| directory(*id)).collect();
        if *directories != *before.directories {
            record.directories = Some(directories.to_vec());
        }
        if target.replicas != before.replicas {
            record.replicas = Some(numbers(&target.replicas));
        }
        if *target.removing != *before.removing() {
            record.removing_replicas = Some(numbers(&target.removing));
        }
        if *target.adding != *before.adding() {
            record.adding_replicas = Some(numbers(&target.adding));
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
        PartitionImage {
            replicas: ids(replicas),
            directories: replicas.iter().map(|id| Uuid(800 + *id as u128)).collect(),
            isr: ids(isr),
            leader: BrokerId(leader),
            ..PartitionImage::default()
        }
    }

    fn edit<'a>(partition: &'a PartitionImage, acceptable: &'a Acceptable<'a>) -> PartitionEdit<'a> {
        PartitionEdit {
            topic: Uuid(7000),
            index: 0,
            partition,
            acceptable,
            min_isr: 1,
            elr_enabled: true,
            epoch_on_shrink: false,
            election: Election::Online,
            unclean_shutdown: None,
        }
    }

    #[test]
    fn the_next_replica_in_sync_takes_over() {
        let partition = partition(&[1, 2, 3], &[1, 2], 1);
        let record = edit(&partition, &|_, id| id != BrokerId(1)).record(ids(&[2])).unwrap();
        assert_eq!((record.leader, record.isr), (2, Some(vec![2])));
        assert_eq!((record.leader_recovery_state, record.eligible_leader_replicas), (-1, None));
    }

    #[test]
    fn the_last_replica_in_sync_becomes_eligible_and_leads_again_when_it_is_back() {
        let before = partition(&[1], &[1], 1);
        let down = edit(&before, &|_, _| false).record(ids(&[])).unwrap();
        assert_eq!((down.leader, down.isr.as_deref()), (-1, Some(&[][..])));
        assert_eq!(down.eligible_leader_replicas, Some(vec![1]));
        assert_eq!(down.last_known_elr, Some(vec![1]));

        let exceptions = Exceptions { elr: ids(&[1]), last_known_elr: ids(&[1]), ..Exceptions::default() }.boxed();
        let waiting = PartitionImage { exceptions, ..partition(&[1], &[], -1) };
        let up = edit(&waiting, &|_, _| true).record(ids(&[])).unwrap();
        assert_eq!((up.leader, up.isr), (1, Some(vec![1])));
        assert_eq!((up.leader_recovery_state, up.eligible_leader_replicas), (-1, Some(vec![])));
        assert_eq!(up.last_known_elr, Some(vec![]));
    }

    #[test]
    fn after_an_unclean_shutdown_the_last_leader_leads_but_must_recover() {
        let before = partition(&[1], &[1], 1);
        let lost = PartitionEdit { unclean_shutdown: Some(BrokerId(1)), ..edit(&before, &|_, _| false) };
        let record = lost.record(ids(&[])).unwrap();
        assert_eq!((record.leader, record.eligible_leader_replicas), (-1, None));
        assert_eq!(record.last_known_elr, Some(vec![1]));

        let exceptions = Exceptions { last_known_elr: ids(&[1]), ..Exceptions::default() }.boxed();
        let waiting = PartitionImage { exceptions, ..partition(&[1], &[], -1) };
        let up = edit(&waiting, &|_, _| true).record(ids(&[])).unwrap();
        assert_eq!((up.leader, up.isr, up.leader_recovery_state), (1, Some(vec![1]), 1));
    }

    #[test]
    fn without_elr_the_last_replica_stays_in_the_set() {
        let before = partition(&[1], &[1], 1);
        let down = PartitionEdit { elr_enabled: false, ..edit(&before, &|_, _| false) }.record(ids(&[])).unwrap();
        assert_eq!((down.leader, down.isr), (-1, None));
    }

    #[test]
    fn an_unclean_election_is_held_only_where_it_is_allowed() {
        let exceptions = Exceptions { elr: ids(&[1]), ..Exceptions::default() }.boxed();
        let before = PartitionImage { exceptions, ..partition(&[1, 2], &[], -1) };
        let only_two = |_: &PartitionImage, id: BrokerId| id == BrokerId(2);
        assert_eq!(edit(&before, &only_two).record(ids(&[])), None);
        let unclean = PartitionEdit { election: Election::Unclean, ..edit(&before, &only_two) };
        let record = unclean.record(ids(&[])).unwrap();
        assert_eq!((record.leader, record.isr, record.leader_recovery_state), (2, Some(vec![2]), 1));
    }

    #[test]
    fn a_partition_that_is_as_it_should_be_yields_no_record() {
        let partition = partition(&[1, 2], &[1, 2], 1);
        assert_eq!(edit(&partition, &|_, _| true).record(ids(&[1, 2])), None);
    }

    #[test]
    fn a_preferred_election_moves_the_lead_to_the_first_replica() {
        let partition = partition(&[1, 2], &[1, 2], 2);
        let preferred = PartitionEdit { election: Election::Preferred, ..edit(&partition, &|_, _| true) };
        assert_eq!(preferred.record(ids(&[1, 2])).unwrap().leader, 1);
    }
}
