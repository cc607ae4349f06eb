//! What the edits of one topic's partitions have in common.

use super::decision::Context;
use super::elections::{Acceptable, Election, PartitionEdit};
use crate::broker::state::metadata::{ELR_FEATURE, MetadataImage, PartitionImage, TopicImage};
use crate::model::{BrokerId, PartitionId, Uuid};

/// `IBP_3_6_IV0`: from here on no broker needs a new leader epoch when an in-sync set shrinks.
const NO_EPOCH_ON_SHRINK: i16 = 12;

/// Whether the directory of a broker's replica is online; `false` also for a broker that has no replica.
pub(super) fn is_online(image: &MetadataImage, partition: &PartitionImage, id: BrokerId) -> bool {
    match (image.broker(id), partition.directory_of(id)) {
        (Some(broker), Some(directory)) => broker.has_online_dir(directory),
        _ => false,
    }
}

/// Whether a broker may lead a partition: it is active, and the directory of its replica online.
pub(super) fn may_lead(image: &MetadataImage, partition: &PartitionImage, id: BrokerId) -> bool {
    image.is_active(id) && is_online(image, partition, id)
}

/// The rules under which partitions of one topic are edited.
pub(super) struct TopicEdits {
    topic: Uuid,
    min_isr: usize,
    unclean: bool,
    elr_enabled: bool,
    epoch_on_shrink: bool,
}

impl TopicEdits {
    /// Reads the topic's settings.
    pub(super) fn of(ctx: &Context<'_>, topic: &TopicImage) -> TopicEdits {
        let name = topic.name.as_str();
        let wanted = ctx.topic_setting(name, "min.insync.replicas").and_then(|v| v.trim().parse().ok()).unwrap_or(1);
        // A minimum beyond the number of replicas would keep every partition under it for ever.
        let replicas = topic.partitions.first().map_or(usize::MAX, |partition| partition.replicas.len());
        TopicEdits {
            topic: topic.id,
            min_isr: replicas.min(wanted),
            unclean: ctx.topic_setting(name, "unclean.leader.election.enable").is_some_and(|v| v.trim() == "true"),
            elr_enabled: ctx.image.features().level(ELR_FEATURE) > 0,
            epoch_on_shrink: ctx.image.features().metadata_version() < NO_EPOCH_ON_SHRINK,
        }
    }

    /// Whether the topic's leaders may be elected at the price of records.
    pub(super) const fn unclean(&self) -> bool {
        self.unclean
    }

    /// An edit of one partition; elections are as unclean as the topic allows.
    pub(super) fn edit<'a>(
        &self,
        index: PartitionId,
        partition: &'a PartitionImage,
        acceptable: &'a Acceptable<'a>,
    ) -> PartitionEdit<'a> {
        PartitionEdit {
            topic: self.topic,
            index,
            partition,
            acceptable,
            min_isr: self.min_isr,
            elr_enabled: self.elr_enabled,
            epoch_on_shrink: self.epoch_on_shrink,
            election: if self.unclean { Election::Unclean } else { Election::Online },
            unclean_shutdown: None,
        }
    }
}
