//! A follower's requests on the wire.

use super::ReplicationSettings;
use crate::broker::state::fetch_session::FetchWant;
use crate::broker::state::replication::{Position, ReplicaKey, SessionFetch};
use crate::model::{LeaderEpoch, Offset, PartitionId, TopicPartition, Uuid};
use crate::wire::messages::fetch::{FetchPartition, FetchRequest, FetchTopic, ForgottenTopic, ReplicaState};
use crate::wire::messages::list_offsets::{ListOffsetsPartition, ListOffsetsRequest, ListOffsetsTopic};

/// What a fetch asks for one partition.
pub(super) fn want(position: &Position, log_start: Offset, settings: &ReplicationSettings) -> FetchWant {
    FetchWant {
        current_leader_epoch: position.leader_epoch.get(),
        fetch_offset: position.offset.get(),
        last_fetched_epoch: position.last_epoch.get(),
        log_start_offset: log_start.get(),
        max_bytes: settings.partition_max_bytes,
    }
}

/// The position that a request told.
pub(super) const fn position(want: &FetchWant) -> Position {
    Position {
        leader_epoch: LeaderEpoch(want.current_leader_epoch),
        offset: Offset(want.fetch_offset),
        last_epoch: LeaderEpoch(want.last_fetched_epoch),
    }
}

/// Values by topic, for lists that have each topic's partitions together.
fn by_topic<T, P>(
    items: impl IntoIterator<Item = (Uuid, P)>,
    topic: impl Fn(Uuid) -> T,
    add: impl Fn(&mut T, P),
) -> Vec<T> {
    let mut topics: Vec<(Uuid, T)> = Vec::new();
    for (id, item) in items {
        if topics.last().is_none_or(|(last, _)| *last != id) {
            topics.push((id, topic(id)));
        }
        if let Some((_, topic)) = topics.last_mut() {
            add(topic, item);
        }
    }
    topics.into_iter().map(|(_, topic)| topic).collect()
}

/// A fetch as a follower sends it.
pub(super) fn fetch(session: &SessionFetch, broker_epoch: i64, settings: &ReplicationSettings) -> FetchRequest {
    let wanted = session.wants.iter().map(|((topic, partition), want)| (*topic, fetch_partition(*partition, want)));
    let mut forgotten: Vec<ReplicaKey> = session.forgotten.clone();
    forgotten.sort_unstable();
    let replica_id = settings.me.get();
    FetchRequest {
        replica_id,
        replica_state: ReplicaState { replica_id, replica_epoch: broker_epoch },
        max_wait_ms: settings.wait_max_ms,
        min_bytes: settings.min_bytes,
        max_bytes: settings.response_max_bytes,
        session_id: session.id,
        session_epoch: session.epoch,
        topics: by_topic(
            wanted,
            |topic_id| FetchTopic { topic_id, ..FetchTopic::default() },
            |topic: &mut FetchTopic, partition| topic.partitions.push(partition),
        ),
        forgotten_topics_data: by_topic(
            forgotten,
            |topic_id| ForgottenTopic { topic_id, ..ForgottenTopic::default() },
            |topic: &mut ForgottenTopic, partition| topic.partitions.push(partition),
        ),
        ..FetchRequest::default()
    }
}

fn fetch_partition(partition: PartitionId, want: &FetchWant) -> FetchPartition {
    FetchPartition {
        partition,
        current_leader_epoch: want.current_leader_epoch,
        fetch_offset: want.fetch_offset,
        last_fetched_epoch: want.last_fetched_epoch,
        log_start_offset: want.log_start_offset,
        partition_max_bytes: want.max_bytes,
        ..FetchPartition::default()
    }
}

/// Asks where a leader's log ends (-1) or begins (-2).
pub(super) fn list_offset(
    name: &TopicPartition,
    epoch: LeaderEpoch,
    timestamp: i64,
    settings: &ReplicationSettings,
) -> ListOffsetsRequest {
    let partition =
        ListOffsetsPartition { partition_index: name.partition, current_leader_epoch: epoch.get(), timestamp };
    let topic = ListOffsetsTopic { name: name.topic.as_str().to_owned(), partitions: vec![partition] };
    ListOffsetsRequest { replica_id: settings.me.get(), topics: vec![topic], ..ListOffsetsRequest::default() }
}
