//! What a controller without checks would make of AlterPartition: for the bug that tests plant.

use crate::broker::state::metadata::MetadataImage;
use crate::model::BrokerId;
use crate::wire::messages::alter_partition::AlterPartitionRequest;

/// Makes a request look as if it came from the present: what a controller without checks would take.
pub(super) fn pretend_current(image: &MetadataImage, request: &mut AlterPartitionRequest) {
    let epoch_of = |id: i32| image.broker(BrokerId(id)).map_or(-1, |broker| broker.epoch);
    request.broker_epoch = epoch_of(request.broker_id);
    for topic in &mut request.topics {
        let Some(known) = image.topic_by_id(topic.topic_id) else { continue };
        for asked in &mut topic.partitions {
            let Some(partition) = known.partition(asked.partition_index) else { continue };
            asked.leader_epoch = partition.leader_epoch.get();
            asked.partition_epoch = partition.partition_epoch;
            for state in &mut asked.new_isr_with_epochs {
                state.broker_epoch = epoch_of(state.broker_id);
            }
        }
    }
}
