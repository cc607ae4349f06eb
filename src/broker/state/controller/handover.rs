//! What becomes of a broker's partitions when it goes, and of leaderless ones when it comes.

use super::decision::Context;
use super::edits::{TopicEdits, is_online, may_lead};
use super::elections::PartitionEdit;
use crate::broker::state::metadata::{ELR_FEATURE, PartitionImage};
use crate::model::BrokerId;
use crate::wire::records::metadata::MetadataRecord;

/// How a broker leaves its in-sync sets and leaderships.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Departure {
    /// It is fenced or forgotten.
    Fenced,
    /// It asked to go in good order.
    ControlledShutdown,
    /// A new incarnation of it registers.
    Replaced {
        /// Whether the old one had closed its logs.
        clean: bool,
    },
}

/// Takes a broker out of the in-sync sets it stands in, and gives what it led to others.
pub(super) fn handover(ctx: &Context<'_>, id: BrokerId, how: Departure) -> Vec<MetadataRecord> {
    let lost = how == Departure::Replaced { clean: false } && ctx.image.features().level(ELR_FEATURE) > 0;
    let acceptable = |partition: &PartitionImage, other: BrokerId| other != id && may_lead(ctx.image, partition, other);
    let mut records = Vec::new();
    for topic in ctx.image.topics() {
        let touched = |p: &PartitionImage| p.isr.contains(&id) || (lost && p.elr().contains(&id));
        if !topic.partitions.iter().any(|p| touched(p)) {
            continue;
        }
        let edits = TopicEdits::of(ctx, topic);
        for (index, partition) in topic.iter().filter(|(_, p)| touched(p)) {
            let edit =
                PartitionEdit { unclean_shutdown: lost.then_some(id), ..edits.edit(index, partition, &acceptable) };
            let isr = partition.isr.iter().copied().filter(|other| *other != id).collect();
            records.extend(edit.record(isr).map(MetadataRecord::PartitionChangeRecord));
        }
    }
    records
}

/// Leaders for the partitions that have none, now that `id` is unfenced.
pub(super) fn elect_leaderless(ctx: &Context<'_>, id: BrokerId) -> Vec<MetadataRecord> {
    let acceptable = |partition: &PartitionImage, other: BrokerId| {
        (other == id && is_online(ctx.image, partition, other)) || may_lead(ctx.image, partition, other)
    };
    let mut records = Vec::new();
    for topic in ctx.image.topics() {
        if !topic.partitions.iter().any(|p| p.leader == BrokerId::NONE) {
            continue;
        }
        let edits = TopicEdits::of(ctx, topic);
        for (index, partition) in topic.iter().filter(|(_, p)| p.leader == BrokerId::NONE) {
            let edit = edits.edit(index, partition, &acceptable);
            records.extend(edit.record(partition.isr.clone()).map(MetadataRecord::PartitionChangeRecord));
        }
    }
    records
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::super::testing::*;
    use super::super::{balance_leaders, fence_broker};
    use super::*;
    use crate::broker::state::metadata::MetadataChanges;

    #[test]
    #[ignore = "a measurement: cargo test --release --lib fail_over -- --ignored --nocapture"]
    fn fail_over_of_ten_thousand_partitions_is_decided_within_a_second() {
        let mut cluster = Cluster::of(3);
        for topic in 0..10 {
            cluster.create_as(&format!("t{topic}"), 1_000, 3, 9_000 + topic);
        }
        let led = |cluster: &Cluster, id: i32| {
            let topics = cluster.image.topics();
            topics.flat_map(|t| t.partitions.iter()).filter(|p| p.leader == BrokerId(id)).count()
        };
        let before = led(&cluster, 2);
        assert!(before > 3_000);
        let began = Instant::now();
        let decision = fence_broker(&cluster.ctx(), BrokerId(2));
        let decided = began.elapsed();
        let mut next = cluster.image.clone();
        for record in &decision.records {
            next.apply(record, &mut MetadataChanges::default()).unwrap();
        }
        let applied = began.elapsed() - decided;
        println!("{} records decided in {decided:?}, applied in {applied:?}", decision.records.len());
        assert!(decided + applied < Duration::from_secs(1));
        cluster.image = next;
        assert_eq!(led(&cluster, 2), 0);
        cluster.unfence(2);
        let began = Instant::now();
        assert!(balance_leaders(&cluster.ctx()).records.is_empty(), "2 is in sync nowhere yet");
        println!("nothing to balance found in {:?}", began.elapsed());
    }
}
