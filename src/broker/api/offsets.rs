//! Committed offsets: OffsetCommit (8), OffsetFetch (9), OffsetDelete (47).

use std::sync::Arc;

use super::group_context::{RequestContext, TopicLookup};
use crate::broker::runtime::groups::{FetchedOffset, GroupCoordinator};
use crate::broker::state::groups::{Commit, CommittedOffset, DeleteOffsets, PartitionCommit};
use crate::model::{ErrorCode, LeaderEpoch, Offset, PartitionId, Uuid};
use crate::wire::messages::offset_commit::{
    OffsetCommitRequest, OffsetCommitResponse, OffsetCommitResponsePartition, OffsetCommitResponseTopic,
};
use crate::wire::messages::offset_delete::{
    OffsetDeleteRequest, OffsetDeleteResponse, OffsetDeleteResponsePartition, OffsetDeleteResponseTopic,
};
use crate::wire::messages::offset_fetch::{
    OffsetFetchRequest, OffsetFetchRequestGroup, OffsetFetchRequestTopics, OffsetFetchResponse,
    OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions, OffsetFetchResponseTopic,
    OffsetFetchResponseTopics,
};

/// First version of OffsetCommit and OffsetFetch that names topics by id.
const BY_ID: i16 = 10;
/// First version of OffsetFetch that asks for several groups.
const BATCHED: i16 = 8;
/// First version of OffsetFetch with an error of the whole.
const TOP_LEVEL_ERROR: i16 = 2;

/// Handles OffsetCommit. Positions of topics or partitions that do not exist fail alone.
pub async fn offset_commit(
    coordinator: &GroupCoordinator,
    topics: &dyn TopicLookup,
    cx: &RequestContext,
    request: OffsetCommitRequest,
) -> OffsetCommitResponse {
    let by_id = cx.api_version >= BY_ID;
    let mut response = OffsetCommitResponse::default();
    let mut offsets = Vec::new();
    // Which place in the response each position has.
    let mut places = Vec::new();
    for topic in request.topics {
        let name = if by_id { topics.topic_name(topic.topic_id) } else { Some(topic.name.as_str().into()) };
        let at = response.topics.len();
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for (index, part) in topic.partitions.into_iter().enumerate() {
            let refused = match &name {
                None => ErrorCode::UnknownTopicId,
                Some(name) if !topics.has_partition(name, part.partition_index) => ErrorCode::UnknownTopicOrPartition,
                Some(name) => {
                    places.push((at, index));
                    offsets.push(PartitionCommit {
                        topic: Arc::clone(name),
                        topic_id: if by_id { topic.topic_id } else { Uuid::ZERO },
                        partition: part.partition_index,
                        offset: Offset(part.committed_offset),
                        leader_epoch: LeaderEpoch(part.committed_leader_epoch),
                        metadata: part.committed_metadata.unwrap_or_default().into(),
                    });
                    ErrorCode::None
                }
            };
            partitions.push(OffsetCommitResponsePartition {
                partition_index: part.partition_index,
                error_code: refused as i16,
            });
        }
        response.topics.push(OffsetCommitResponseTopic { name: topic.name, topic_id: topic.topic_id, partitions });
    }
    if offsets.is_empty() && !response.topics.is_empty() {
        return response;
    }
    let codes = coordinator
        .commit(Commit {
            group: request.group_id,
            generation: request.generation_id_or_member_epoch,
            member_id: request.member_id,
            instance_id: request.group_instance_id,
            retention_ms: Some(request.retention_time_ms).filter(|ms| *ms >= 0),
            unknown_group: if cx.api_version >= 9 { ErrorCode::GroupIdNotFound } else { ErrorCode::IllegalGeneration },
            offsets,
        })
        .await;
    for ((topic, partition), code) in places.into_iter().zip(codes) {
        response.topics[topic].partitions[partition].error_code = code as i16;
    }
    response
}

/// Handles OffsetFetch. Versions before 8 ask for one group, which is answered at the top.
pub async fn offset_fetch(
    coordinator: &GroupCoordinator,
    topics: &dyn TopicLookup,
    cx: &RequestContext,
    request: OffsetFetchRequest,
) -> OffsetFetchResponse {
    let version = cx.api_version;
    if version >= BATCHED {
        let mut groups = Vec::with_capacity(request.groups.len());
        for group in request.groups {
            groups.push(fetch_group(coordinator, topics, version, group, request.require_stable).await);
        }
        return OffsetFetchResponse { groups, ..OffsetFetchResponse::default() };
    }
    let by_name = |topic: crate::wire::messages::offset_fetch::OffsetFetchRequestTopic| OffsetFetchRequestTopics {
        name: topic.name,
        topic_id: Uuid::ZERO,
        partition_indexes: topic.partition_indexes,
    };
    let group = OffsetFetchRequestGroup {
        group_id: request.group_id,
        topics: request.topics.map(|topics| topics.into_iter().map(by_name).collect()),
        ..OffsetFetchRequestGroup::default()
    };
    let group = fetch_group(coordinator, topics, version, group, request.require_stable).await;
    let part = |p: OffsetFetchResponsePartitions| OffsetFetchResponsePartition {
        partition_index: p.partition_index,
        committed_offset: p.committed_offset,
        committed_leader_epoch: p.committed_leader_epoch,
        metadata: p.metadata,
        error_code: p.error_code,
    };
    let topic = |t: OffsetFetchResponseTopics| OffsetFetchResponseTopic {
        name: t.name,
        partitions: t.partitions.into_iter().map(part).collect(),
    };
    OffsetFetchResponse {
        topics: group.topics.into_iter().map(topic).collect(),
        error_code: group.error_code,
        ..OffsetFetchResponse::default()
    }
}

async fn fetch_group(
    coordinator: &GroupCoordinator,
    topics: &dyn TopicLookup,
    version: i16,
    request: OffsetFetchRequestGroup,
    stable: bool,
) -> OffsetFetchResponseGroup {
    let OffsetFetchRequestGroup { group_id, topics: asked, .. } = request;
    let mut response = OffsetFetchResponseGroup { group_id, ..OffsetFetchResponseGroup::default() };
    let Some(asked) = asked else {
        match coordinator.all_offsets(&response.group_id, stable).await {
            Ok(offsets) => response.topics = everything(topics, version, offsets),
            Err(error) => response.error_code = error as i16,
        }
        return response;
    };
    let mut wanted: Vec<(Arc<str>, PartitionId)> = Vec::new();
    for topic in &asked {
        let name = if version >= BY_ID { topics.topic_name(topic.topic_id) } else { Some(topic.name.as_str().into()) };
        if let Some(name) = &name {
            wanted.extend(topic.partition_indexes.iter().map(|partition| (Arc::clone(name), *partition)));
        }
        let code = if name.is_none() { ErrorCode::UnknownTopicId } else { ErrorCode::None };
        response.topics.push(OffsetFetchResponseTopics {
            name: topic.name.clone(),
            topic_id: topic.topic_id,
            partitions: topic.partition_indexes.iter().map(|index| nothing(*index, code)).collect(),
        });
    }
    match coordinator.offsets(&response.group_id, &wanted, stable).await {
        Ok(offsets) => {
            let places = response.topics.iter_mut().flat_map(|t| t.partitions.iter_mut());
            let known = places.filter(|p| p.error_code == 0);
            for (place, committed) in known.zip(offsets) {
                if let Some(committed) = committed {
                    *place = something(place.partition_index, &committed);
                }
            }
        }
        Err(error) if version >= TOP_LEVEL_ERROR => {
            response.error_code = error as i16;
            response.topics.clear();
        }
        Err(error) => {
            for place in response.topics.iter_mut().flat_map(|t| t.partitions.iter_mut()) {
                place.error_code = error as i16;
            }
        }
    }
    response
}

/// All offsets of a group, topic by topic. By id only topics that still exist can be named.
fn everything(topics: &dyn TopicLookup, version: i16, offsets: Vec<FetchedOffset>) -> Vec<OffsetFetchResponseTopics> {
    let mut response: Vec<OffsetFetchResponseTopics> = Vec::new();
    for same_topic in offsets.chunk_by(|a, b| a.topic == b.topic) {
        let Some(first) = same_topic.first() else { continue };
        let topic_id = if version >= BY_ID { topics.topic_id(&first.topic) } else { Some(Uuid::ZERO) };
        let Some(topic_id) = topic_id else { continue };
        response.push(OffsetFetchResponseTopics {
            name: first.topic.to_string(),
            topic_id,
            partitions: same_topic.iter().map(|o| something(o.partition, &o.committed)).collect(),
        });
    }
    response
}

fn nothing(partition_index: PartitionId, code: ErrorCode) -> OffsetFetchResponsePartitions {
    OffsetFetchResponsePartitions {
        partition_index,
        committed_offset: Offset::NONE.get(),
        committed_leader_epoch: LeaderEpoch::NONE.get(),
        metadata: Some(String::new()),
        error_code: code as i16,
    }
}

fn something(partition_index: PartitionId, committed: &CommittedOffset) -> OffsetFetchResponsePartitions {
    OffsetFetchResponsePartitions {
        partition_index,
        committed_offset: committed.offset.get(),
        committed_leader_epoch: committed.leader_epoch.get(),
        metadata: Some(committed.metadata.to_string()),
        error_code: 0,
    }
}

/// Handles OffsetDelete. An error of the whole leaves the topics out.
pub async fn offset_delete(
    coordinator: &GroupCoordinator,
    topics: &dyn TopicLookup,
    request: OffsetDeleteRequest,
) -> OffsetDeleteResponse {
    let mut response = OffsetDeleteResponse::default();
    let mut partitions = Vec::new();
    let mut places = Vec::new();
    for topic in request.topics {
        let at = response.topics.len();
        let known = topics.topic_id(&topic.name).is_some();
        let code = if known { ErrorCode::None } else { ErrorCode::UnknownTopicOrPartition };
        if known {
            let name: Arc<str> = topic.name.as_str().into();
            partitions.extend(topic.partitions.iter().map(|p| (Arc::clone(&name), p.partition_index)));
            places.extend((0..topic.partitions.len()).map(|index| (at, index)));
        }
        let part = |partition_index| OffsetDeleteResponsePartition { partition_index, error_code: code as i16 };
        response.topics.push(OffsetDeleteResponseTopic {
            name: topic.name,
            partitions: topic.partitions.iter().map(|p| part(p.partition_index)).collect(),
        });
    }
    if partitions.is_empty() && !response.topics.is_empty() {
        return response;
    }
    match coordinator.delete_offsets(DeleteOffsets { group: request.group_id, partitions }).await {
        Ok(codes) => {
            for ((topic, partition), code) in places.into_iter().zip(codes) {
                response.topics[topic].partitions[partition].error_code = code as i16;
            }
        }
        Err(error) => {
            response.error_code = error as i16;
            response.topics.clear();
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::api::group_context::testing::{OneTopic, TOPIC_ID, context, coordinator};
    use crate::broker::runtime::groups::{CoordinatorSettings, MemoryLog};
    use crate::wire::messages::offset_commit::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
    use crate::wire::messages::offset_delete::{OffsetDeleteRequestPartition, OffsetDeleteRequestTopic};
    use crate::wire::messages::offset_fetch::OffsetFetchRequestTopic;

    fn commit_topic(name: &str, topic_id: Uuid, partitions: &[i32]) -> OffsetCommitRequestTopic {
        let part = |index: &i32| OffsetCommitRequestPartition {
            partition_index: *index,
            committed_offset: i64::from(*index) + 100,
            committed_leader_epoch: 5,
            committed_metadata: None,
        };
        OffsetCommitRequestTopic { name: name.into(), topic_id, partitions: partitions.iter().map(part).collect() }
    }

    async fn commit(
        coordinator: &GroupCoordinator,
        version: i16,
        topics: Vec<OffsetCommitRequestTopic>,
    ) -> Vec<Vec<i16>> {
        let request = OffsetCommitRequest { group_id: "g".into(), topics, ..OffsetCommitRequest::default() };
        let response = offset_commit(coordinator, &OneTopic, &context(version), request).await;
        response.topics.iter().map(|t| t.partitions.iter().map(|p| p.error_code).collect()).collect()
    }

    #[tokio::test]
    async fn positions_of_what_does_not_exist_fail_alone() {
        let coordinator = coordinator().await;
        let topics = vec![commit_topic("t", Uuid::ZERO, &[0, 9, 1]), commit_topic("u", Uuid::ZERO, &[0])];
        assert_eq!(commit(&coordinator, 9, topics).await, [vec![0, 3, 0], vec![3]]);
        let ids = vec![commit_topic("", TOPIC_ID, &[0]), commit_topic("", Uuid(8), &[0])];
        assert_eq!(commit(&coordinator, 10, ids).await, [[0], [100]]);
        let fetched = coordinator.all_offsets("g", true).await.unwrap();
        assert_eq!(
            fetched.iter().map(|o| (o.partition, o.committed.offset.get())).collect::<Vec<_>>(),
            [(0, 100), (1, 101)]
        );
        assert_eq!((fetched[0].committed.topic_id, fetched[1].committed.topic_id), (TOPIC_ID, Uuid::ZERO));
    }

    #[tokio::test]
    async fn a_generation_of_an_unknown_group_is_named_by_version() {
        let coordinator = coordinator().await;
        for (version, code) in [(8, 22), (9, 69)] {
            let request = OffsetCommitRequest {
                group_id: "g".into(),
                generation_id_or_member_epoch: 1,
                topics: vec![commit_topic("t", Uuid::ZERO, &[0])],
                ..OffsetCommitRequest::default()
            };
            let response = offset_commit(&coordinator, &OneTopic, &context(version), request).await;
            assert_eq!(response.topics[0].partitions[0].error_code, code);
        }
    }

    #[tokio::test]
    async fn one_group_is_fetched_the_old_way_and_several_the_new() {
        let coordinator = coordinator().await;
        commit(&coordinator, 9, vec![commit_topic("t", Uuid::ZERO, &[0])]).await;
        let asked = vec![OffsetFetchRequestTopic { name: "t".into(), partition_indexes: vec![0, 1] }];
        let request = OffsetFetchRequest { group_id: "g".into(), topics: Some(asked), ..OffsetFetchRequest::default() };
        let old = offset_fetch(&coordinator, &OneTopic, &context(5), request).await;
        let parts = &old.topics[0].partitions;
        assert_eq!((parts[0].committed_offset, parts[0].committed_leader_epoch), (100, 5));
        assert_eq!((parts[1].committed_offset, parts[1].metadata.as_deref()), (-1, Some("")));

        let group = |id: &str, topics| OffsetFetchRequestGroup {
            group_id: id.into(),
            topics,
            ..OffsetFetchRequestGroup::default()
        };
        let topic = |topic_id| OffsetFetchRequestTopics { topic_id, partition_indexes: vec![0], name: String::new() };
        let groups = vec![
            group("g", None),
            group("none", None),
            group("none", Some(vec![topic(TOPIC_ID)])),
            group("g", Some(vec![topic(Uuid(8)), topic(TOPIC_ID)])),
        ];
        let request = OffsetFetchRequest { groups, require_stable: true, ..OffsetFetchRequest::default() };
        let new = offset_fetch(&coordinator, &OneTopic, &context(10), request).await.groups;
        assert_eq!((new[0].topics[0].topic_id, new[0].topics[0].partitions[0].committed_offset), (TOPIC_ID, 100));
        assert_eq!((new[1].topics.len(), new[1].error_code), (0, 0));
        assert_eq!(new[2].topics[0].partitions[0].committed_offset, -1);
        let last: Vec<_> =
            new[3].topics.iter().map(|t| (t.partitions[0].error_code, t.partitions[0].committed_offset)).collect();
        assert_eq!(last, [(100, -1), (0, 100)]);
    }

    #[tokio::test]
    async fn the_wrong_coordinator_says_so_where_the_version_has_a_place_for_it() {
        let nowhere = GroupCoordinator::new(Arc::new(MemoryLog::new()), CoordinatorSettings::default());
        let asked = vec![OffsetFetchRequestTopic { name: "t".into(), partition_indexes: vec![0] }];
        let request = OffsetFetchRequest { group_id: "g".into(), topics: Some(asked), ..OffsetFetchRequest::default() };
        let v1 = offset_fetch(&nowhere, &OneTopic, &context(1), request.clone()).await;
        assert_eq!((v1.error_code, v1.topics[0].partitions[0].error_code), (0, 16));
        let v2 = offset_fetch(&nowhere, &OneTopic, &context(2), request).await;
        assert_eq!((v2.error_code, v2.topics.len()), (16, 0));
    }

    #[tokio::test]
    async fn offsets_are_deleted_topic_by_topic() {
        let coordinator = coordinator().await;
        let topic = |name: &str| OffsetDeleteRequestTopic {
            name: name.into(),
            partitions: vec![OffsetDeleteRequestPartition { partition_index: 0 }],
        };
        let request = OffsetDeleteRequest { group_id: "g".into(), topics: vec![topic("u"), topic("t")] };
        let missing = offset_delete(&coordinator, &OneTopic, request.clone()).await;
        assert_eq!((missing.error_code, missing.topics.len()), (69, 0));
        commit(&coordinator, 9, vec![commit_topic("t", Uuid::ZERO, &[0])]).await;
        let done = offset_delete(&coordinator, &OneTopic, request).await;
        assert_eq!(done.topics.iter().map(|t| t.partitions[0].error_code).collect::<Vec<_>>(), [3, 0]);
        assert_eq!(coordinator.all_offsets("g", true).await.unwrap(), []);
    }
}
