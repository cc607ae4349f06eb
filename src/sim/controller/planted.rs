//! What a planted bug does to a request before the controller judges it.

use crate::broker::state::metadata::MetadataImage;
use crate::model::BrokerId;
use crate::wire::messages::alter_partition::AlterPartitionRequest;

/// Puts the epochs of now into an AlterPartition: whenever it was sent, and whatever happened since, it is judged as if
/// its sender had seen all of it.
pub(super) fn as_of_now(image: &MetadataImage, request: &mut AlterPartitionRequest) {
    let epoch_of = |id: i32| image.broker(BrokerId(id)).map_or(-1, |broker| broker.epoch);
    request.broker_epoch = epoch_of(request.broker_id);
    for asked in &mut request.topics {
        let Some(topic) = image.topic_by_id(asked.topic_id) else { continue };
        for change in &mut asked.partitions {
            let Some(partition) = topic.partition(change.partition_index) else { continue };
            (change.leader_epoch, change.partition_epoch) = (partition.leader_epoch.get(), partition.partition_epoch);
            for member in &mut change.new_isr_with_epochs {
                member.broker_epoch = epoch_of(member.broker_id);
            }
        }
    }
}
