//! The rest of the table: requests that are answered by a future, one at a time on a connection.

use std::sync::Arc;

use super::dispatch::{Answer, Call, Dispatched, later};
use super::{log_dirs, partitions};
use crate::broker::runtime::broker::Broker;
use crate::wire::api::ApiKey;
use crate::wire::codec::Reader;

/// Serves everything that is not on the hot path.
pub fn table(broker: &Arc<Broker>, call: Call, input: Reader) -> Dispatched {
    match call.key {
        ApiKey::ListOffsets => later(broker, call, input, partitions::list_offsets),
        ApiKey::DeleteRecords => later(broker, call, input, partitions::delete_records),
        ApiKey::OffsetForLeaderEpoch => later(broker, call, input, partitions::offset_for_leader_epoch),
        ApiKey::DescribeProducers => later(broker, call, input, partitions::describe_producers),
        ApiKey::DescribeLogDirs => later(broker, call, input, log_dirs::describe),
        key => Dispatched::Now(Answer::Close(format!("{key} is not served"))),
    }
}
