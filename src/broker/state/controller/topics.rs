//! Creating and deleting topics.

use std::collections::{BTreeMap, BTreeSet};

use super::configs::{ConfigEdit, ConfigOp, resource_records};
use super::decision::{Context, Decision, Refusal};
use super::partitions::{active_of, check_manual, new_partition, placer};
use crate::broker::state::metadata::{ConfigResource, MetadataImage, Replicas};
use crate::model::{BrokerId, ErrorCode, TopicName, Uuid};
use crate::wire::messages::create_topics::{
    CreatableTopic, CreatableTopicResult, CreateTopicsRequest, CreateTopicsResponse,
};
use crate::wire::messages::delete_topics::{DeletableTopicResult, DeleteTopicsRequest, DeleteTopicsResponse};
use crate::wire::records::metadata::{MetadataRecord, RemoveTopicRecord, TopicRecord};

const METADATA_TOPIC: &str = "__cluster_metadata";

/// More partitions than this in one request are refused (`MAX_RECORDS_PER_USER_OP`): one command must not fill memory.
const MAX_NEW_PARTITIONS: i64 = 10_000;

/// Decides a CreateTopics request. `new_id` gives ids for the topics, `seed` spreads their replicas.
pub fn create_topics(
    ctx: &Context<'_>,
    request: &CreateTopicsRequest,
    new_id: &mut dyn FnMut() -> Uuid,
    seed: u64,
) -> Decision<CreateTopicsResponse> {
    let mut names = BTreeSet::new();
    let duplicates: BTreeSet<&str> =
        request.topics.iter().map(|t| t.name.as_str()).filter(|name| !names.insert(*name)).collect();
    let mut records = Vec::new();
    let mut results = Vec::new();
    let mut budget = MAX_NEW_PARTITIONS;
    let mut taken: Vec<TopicName> = Vec::new();
    for topic in request.topics.iter().filter(|t| !duplicates.contains(t.name.as_str())) {
        let id = new_id();
        match one_topic(ctx, topic, id, seed, &mut budget, &mut taken) {
            Ok((mut new, result)) => {
                records.append(&mut new);
                results.push(result);
            }
            Err(refusal) => results.push(refused(&topic.name, &refusal)),
        }
    }
    let twice = Refusal::new(ErrorCode::InvalidRequest, "Duplicate topic name.");
    results.extend(duplicates.into_iter().map(|name| refused(name, &twice)));
    let answer = CreateTopicsResponse { topics: results, ..CreateTopicsResponse::default() };
    Decision { records, answer }.dry(request.validate_only)
}

fn refused(name: &str, refusal: &Refusal) -> CreatableTopicResult {
    CreatableTopicResult {
        name: name.to_owned(),
        error_code: refusal.code as i16,
        error_message: Some(refusal.text()),
        ..CreatableTopicResult::default()
    }
}

fn one_topic(
    ctx: &Context<'_>,
    topic: &CreatableTopic,
    id: Uuid,
    seed: u64,
    budget: &mut i64,
    taken: &mut Vec<TopicName>,
) -> Result<(Vec<MetadataRecord>, CreatableTopicResult), Refusal> {
    if topic.name == METADATA_TOPIC {
        let text = format!("Creation of internal topic {METADATA_TOPIC} is prohibited.");
        return Err(Refusal::new(ErrorCode::InvalidRequest, text));
    }
    let name = check_name(ctx.image, &topic.name, taken)?;
    let overrides = overrides(topic)?;
    let resource = ConfigResource::topic(&topic.name);
    let edits: Vec<ConfigEdit> = overrides
        .iter()
        .map(|(name, value)| ConfigEdit { name: name.clone(), op: ConfigOp::Set, value: Some(value.clone()) })
        .collect();
    let config_records = resource_records(ctx, &resource, &edits, true)?;
    let assignment =
        if topic.assignments.is_empty() { place(ctx, topic, seed, budget)? } else { manual(ctx, topic, budget)? };

    let mut records = vec![MetadataRecord::TopicRecord(TopicRecord { name: topic.name.clone(), topic_id: id })];
    // Kafka puts configuration between the topic and its partitions, so that whoever creates the log knows it.
    records.extend(config_records);
    records.extend(
        assignment
            .iter()
            .enumerate()
            .map(|(index, (replicas, isr))| new_partition(ctx.image, id, index as i32, replicas, isr)),
    );
    let result = CreatableTopicResult {
        name: topic.name.clone(),
        topic_id: id,
        error_message: None,
        num_partitions: assignment.len() as i32,
        replication_factor: assignment.first().map_or(-1, |(replicas, _)| replicas.len() as i16),
        configs: Some(ctx.rules.topic_configs(ctx.image, &overrides)),
        ..CreatableTopicResult::default()
    };
    taken.push(name);
    Ok((records, result))
}

fn check_name(image: &MetadataImage, name: &str, taken: &[TopicName]) -> Result<TopicName, Refusal> {
    let valid = TopicName::new(name)
        .map_err(|reason| Refusal::new(ErrorCode::InvalidTopicException, format!("Topic name is invalid: {reason}")))?;
    if image.topic(name).is_some() {
        return Err(Refusal::new(ErrorCode::TopicAlreadyExists, format!("Topic '{name}' already exists.")));
    }
    // Metric names cannot tell `.` from `_`; only names that have one can collide, so most creations skip the walk.
    if name.contains(['.', '_']) {
        let existing = image.topics().map(|topic| &topic.name).chain(taken);
        if let Some(other) = existing.into_iter().find(|other| other.collides_with(&valid)) {
            let text = format!("Topic '{name}' collides with existing topic: {other}");
            return Err(Refusal::new(ErrorCode::InvalidTopicException, text));
        }
    }
    Ok(valid)
}

fn overrides(topic: &CreatableTopic) -> Result<BTreeMap<String, String>, Refusal> {
    let nulls: Vec<&str> = topic.configs.iter().filter(|c| c.value.is_none()).map(|c| c.name.as_str()).collect();
    if !nulls.is_empty() {
        let text = format!("Null value not supported for topic configs: {}", nulls.join(","));
        return Err(Refusal::new(ErrorCode::InvalidConfig, text));
    }
    Ok(topic.configs.iter().filter_map(|c| Some((c.name.clone(), c.value.clone()?))).collect())
}

fn charge(budget: &mut i64, partitions: i64) -> Result<(), Refusal> {
    if partitions > *budget {
        let text = "Excessively large number of partitions per request.";
        return Err(Refusal::new(ErrorCode::PolicyViolation, text));
    }
    *budget -= partitions;
    Ok(())
}

type Assignment = Vec<(Replicas, Replicas)>;

fn place(ctx: &Context<'_>, topic: &CreatableTopic, seed: u64, budget: &mut i64) -> Result<Assignment, Refusal> {
    if topic.replication_factor < -1 || topic.replication_factor == 0 {
        let text = "Replication factor must be larger than 0, or -1 to use the default value.";
        return Err(Refusal::new(ErrorCode::InvalidReplicationFactor, text));
    }
    if topic.num_partitions < -1 || topic.num_partitions == 0 {
        let text = "Number of partitions was set to an invalid non-positive value.";
        return Err(Refusal::new(ErrorCode::InvalidPartitions, text));
    }
    let count = if topic.num_partitions == -1 { ctx.defaults.num_partitions } else { topic.num_partitions };
    let factor =
        if topic.replication_factor == -1 { ctx.defaults.replication_factor } else { topic.replication_factor };
    charge(budget, i64::from(count))?;
    let unable = |why: String| {
        let text = format!("Unable to replicate the partition {factor} time(s): {why}");
        Refusal::new(ErrorCode::InvalidReplicationFactor, text)
    };
    let mut placer = placer(ctx.image, seed);
    (0..count)
        .map(|_| {
            let replicas = placer.place(factor).map_err(|refusal| unable(refusal.text()))?;
            let isr = active_of(ctx.image, &replicas);
            if isr.is_empty() {
                return Err(unable("All brokers are currently fenced or in controlled shutdown.".to_owned()));
            }
            Ok((replicas, isr))
        })
        .collect()
}

fn manual(ctx: &Context<'_>, topic: &CreatableTopic, budget: &mut i64) -> Result<Assignment, Refusal> {
    let not_both = |what: &str| {
        let text = format!("A manual partition assignment was specified, but {what} was not set to -1.");
        Err(Refusal::new(ErrorCode::InvalidRequest, text))
    };
    if topic.replication_factor != -1 {
        return not_both("replication factor");
    }
    if topic.num_partitions != -1 {
        return not_both("numPartitions");
    }
    charge(budget, topic.assignments.len() as i64)?;
    let bad = |text: String| Refusal::new(ErrorCode::InvalidReplicaAssignment, text);
    let mut factor = None;
    let mut partitions = BTreeMap::new();
    for assignment in &topic.assignments {
        let index = assignment.partition_index;
        if partitions.contains_key(&index) {
            return Err(bad(format!("Found multiple manual partition assignments for partition {index}")));
        }
        let replicas: Replicas = assignment.broker_ids.iter().copied().map(BrokerId).collect();
        check_manual(ctx.image, &replicas, factor)?;
        factor = Some(replicas.len());
        let isr = active_of(ctx.image, &replicas);
        if isr.is_empty() {
            return Err(bad(format!(
                "All brokers specified in the manual partition assignment for partition {index} are fenced or in controlled shutdown."
            )));
        }
        partitions.insert(index, (replicas, isr));
    }
    if partitions.keys().copied().ne(0..partitions.len() as i32) {
        return Err(bad("partitions should be a consecutive 0-based integer sequence".to_owned()));
    }
    Ok(partitions.into_values().collect())
}

/// Decides a DeleteTopics request: by name or by id, each at most once.
pub fn delete_topics(ctx: &Context<'_>, request: &DeleteTopicsRequest) -> Decision<DeleteTopicsResponse> {
    let mut results = Vec::new();
    let mut result = |name: Option<&str>, id: Uuid, refusal: Option<Refusal>| {
        results.push(DeletableTopicResult {
            name: name.map(str::to_owned),
            topic_id: id,
            error_code: refusal.as_ref().map_or(0, |r| r.code as i16),
            error_message: refusal.map(|r| r.text()),
        });
    };
    let invalid = |text: &str| Some(Refusal::new(ErrorCode::InvalidRequest, text));
    let (mut names, mut ids) = (BTreeMap::<&str, usize>::new(), BTreeMap::<Uuid, usize>::new());
    for name in &request.topic_names {
        *names.entry(name).or_default() += 1;
    }
    for topic in &request.topics {
        match (&topic.name, topic.topic_id) {
            (None, Uuid::ZERO) => result(None, Uuid::ZERO, invalid("Neither topic name nor id were specified.")),
            (None, id) => *ids.entry(id).or_default() += 1,
            (Some(name), Uuid::ZERO) => *names.entry(name).or_default() += 1,
            (Some(name), id) => {
                result(Some(name), id, invalid("You may not specify both topic name and topic id."));
            }
        }
    }
    let mut doomed: BTreeMap<Uuid, &str> = BTreeMap::new();
    for (id, times) in &ids {
        match ctx.image.topic_by_id(*id) {
            _ if *times > 1 => result(None, *id, invalid("Duplicate topic id.")),
            None => result(None, *id, Some(ErrorCode::UnknownTopicId.into())),
            Some(topic) => {
                doomed.insert(*id, topic.name.as_str());
            }
        }
    }
    for (name, times) in &names {
        match ctx.image.topic_id(name) {
            _ if *times > 1 => result(Some(name), Uuid::ZERO, invalid("Duplicate topic name.")),
            None => result(Some(name), Uuid::ZERO, Some(ErrorCode::UnknownTopicOrPartition.into())),
            Some(id) if ids.contains_key(&id) => {
                doomed.remove(&id);
                result(Some(name), id, invalid("The provided topic name maps to an ID that was already supplied."));
            }
            Some(id) => {
                doomed.insert(id, name);
            }
        }
    }
    let mut records = Vec::new();
    for (id, name) in doomed {
        records.push(MetadataRecord::RemoveTopicRecord(RemoveTopicRecord { topic_id: id }));
        result(Some(name), id, None);
    }
    Decision { records, answer: DeleteTopicsResponse { responses: results, ..DeleteTopicsResponse::default() } }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::wire::messages::create_topics::{CreatableReplicaAssignment, CreatableTopicConfig};
    use crate::wire::messages::delete_topics::DeleteTopicState;

    fn topic(name: &str, num_partitions: i32, replication_factor: i16) -> CreatableTopic {
        CreatableTopic { name: name.into(), num_partitions, replication_factor, ..CreatableTopic::default() }
    }

    fn create(cluster: &mut Cluster, topics: Vec<CreatableTopic>) -> Vec<CreatableTopicResult> {
        let request = CreateTopicsRequest { topics, ..CreateTopicsRequest::default() };
        let mut next = 5_000;
        let decision = create_topics(
            &cluster.ctx(),
            &request,
            &mut || {
                next += 1;
                Uuid(next)
            },
            1,
        );
        cluster.apply(&decision.records);
        decision.answer.topics
    }

    fn refusal(result: &CreatableTopicResult) -> (i16, &str) {
        (result.error_code, result.error_message.as_deref().unwrap_or(""))
    }

    #[test]
    fn a_topic_gets_its_partitions_led_by_live_brokers() {
        let mut cluster = Cluster::of(3);
        let results = create(&mut cluster, vec![topic("orders", 6, 2)]);
        assert_eq!((results[0].error_code, results[0].num_partitions, results[0].replication_factor), (0, 6, 2));
        let created = cluster.image.topic("orders").unwrap();
        assert_eq!(created.partitions.len(), 6);
        for (_, partition) in created.iter() {
            assert_eq!((partition.replicas.len(), partition.leader), (2, partition.replicas[0]));
            assert_eq!(partition.isr, partition.replicas);
            assert_eq!((partition.leader_epoch.get(), partition.partition_epoch), (0, 0));
        }
    }

    #[test]
    fn defaults_hold_where_the_request_says_minus_one() {
        let mut cluster = Cluster::of(1);
        let results = create(&mut cluster, vec![topic("orders", -1, -1)]);
        assert_eq!((results[0].num_partitions, results[0].replication_factor), (1, 1));
    }

    #[test]
    fn every_refusal_has_kafkas_code_and_words() {
        let mut cluster = Cluster::of(1);
        create(&mut cluster, vec![topic("a.b", 1, 1)]);
        let cases = [
            (topic("a.b", 1, 1), 36, "Topic 'a.b' already exists."),
            (topic("a_b", 1, 1), 17, "Topic 'a_b' collides with existing topic: a.b"),
            (topic("..", 1, 1), 17, "Topic name is invalid: '..' is not allowed"),
            (topic("x", 0, 1), 37, "Number of partitions was set to an invalid non-positive value."),
            (topic("x", 1, 0), 38, "Replication factor must be larger than 0, or -1 to use the default value."),
            (
                topic("x", 1, 3),
                38,
                "Unable to replicate the partition 3 time(s): The target replication factor of 3 cannot be reached because only 1 broker(s) are registered or \
                 some brokers have all their log directories cordoned.",
            ),
            (topic("__cluster_metadata", 1, 1), 42, "Creation of internal topic __cluster_metadata is prohibited."),
            (topic("x", 1_000_000, 1), 44, "Excessively large number of partitions per request."),
        ];
        for (request, code, text) in cases {
            assert_eq!(refusal(&create(&mut cluster, vec![request])[0]), (code, text));
        }
        let twice = create(&mut cluster, vec![topic("y", 1, 1), topic("y", 1, 1)]);
        assert_eq!(twice.len(), 1);
        assert_eq!(refusal(&twice[0]), (42, "Duplicate topic name."));
        assert_eq!(cluster.image.topic_count(), 1);
    }

    #[test]
    fn a_manual_assignment_is_taken_as_given_or_refused() {
        let mut cluster = Cluster::of(3);
        let assigned = |partitions: &[(i32, &[i32])]| CreatableTopic {
            assignments: partitions
                .iter()
                .map(|(index, ids)| CreatableReplicaAssignment { partition_index: *index, broker_ids: ids.to_vec() })
                .collect(),
            ..topic("manual", -1, -1)
        };
        let cases: [(CreatableTopic, i16, &str); 5] = [
            (
                assigned(&[(0, &[1, 9])]),
                39,
                "The manual partition assignment includes broker 9, but no such broker is registered.",
            ),
            (assigned(&[(0, &[1, 1])]), 39, "The manual partition assignment includes the broker 1 more than once."),
            (
                assigned(&[(0, &[1, 2]), (1, &[1])]),
                39,
                "The manual partition assignment includes a partition with 1 replica(s), but this is not consistent with previous partitions, which have 2 replica(s).",
            ),
            (assigned(&[(1, &[1])]), 39, "partitions should be a consecutive 0-based integer sequence"),
            (
                CreatableTopic { num_partitions: 1, ..assigned(&[(0, &[1])]) },
                42,
                "A manual partition assignment was specified, but numPartitions was not set to -1.",
            ),
        ];
        for (request, code, text) in cases {
            assert_eq!(refusal(&create(&mut cluster, vec![request])[0]), (code, text));
        }
        let ok = create(&mut cluster, vec![assigned(&[(0, &[2, 1]), (1, &[3, 2])])]);
        assert_eq!(ok[0].error_code, 0);
        assert_eq!(cluster.image.partition("manual", 1).unwrap().leader, BrokerId(3));
    }

    #[test]
    fn configuration_is_checked_and_stored_with_the_topic() {
        let mut cluster = Cluster::of(1);
        let with = |name: &str, value: Option<&str>| CreatableTopic {
            configs: vec![CreatableTopicConfig { name: name.into(), value: value.map(str::to_owned) }],
            ..topic("c", 1, 1)
        };
        let bad = create(&mut cluster, vec![with("retention.ms", Some("soon"))]);
        assert_eq!(bad[0].error_code, 40);
        let null = create(&mut cluster, vec![with("retention.ms", None)]);
        assert_eq!(refusal(&null[0]), (40, "Null value not supported for topic configs: retention.ms"));
        create(&mut cluster, vec![with("retention.ms", Some("1000"))]);
        let stored = cluster.image.config(&ConfigResource::topic("c")).unwrap();
        assert_eq!(stored.get("retention.ms").map(String::as_str), Some("1000"));
    }

    #[test]
    fn a_dry_run_answers_and_writes_nothing() {
        let cluster = Cluster::of(1);
        let request =
            CreateTopicsRequest { topics: vec![topic("dry", 2, 1)], validate_only: true, ..Default::default() };
        let decision = create_topics(&cluster.ctx(), &request, &mut || Uuid(6_000), 1);
        assert_eq!((decision.records.len(), decision.answer.topics[0].error_code), (0, 0));
    }

    #[test]
    fn topics_are_deleted_by_name_or_id_and_never_by_both() {
        let mut cluster = Cluster::of(1);
        create(&mut cluster, vec![topic("a", 1, 1), topic("b", 1, 1), topic("c", 1, 1)]);
        let id = |name: &str| cluster.image.topic_id(name).unwrap();
        let state = |name: Option<&str>, topic_id| DeleteTopicState { name: name.map(str::to_owned), topic_id };
        let request = DeleteTopicsRequest {
            topics: vec![
                state(Some("a"), Uuid::ZERO),
                state(None, id("b")),
                state(Some("c"), id("c")),
                state(None, Uuid::ZERO),
                state(Some("missing"), Uuid::ZERO),
                state(None, Uuid(424_242)),
            ],
            ..DeleteTopicsRequest::default()
        };
        let decision = delete_topics(&cluster.ctx(), &request);
        let code = |name: Option<&str>, id: Uuid| {
            let found = decision.answer.responses.iter().find(|r| r.name.as_deref() == name && r.topic_id == id);
            found.map(|r| r.error_code)
        };
        assert_eq!(code(Some("a"), id("a")), Some(0));
        assert_eq!(code(Some("b"), id("b")), Some(0));
        assert_eq!(code(Some("c"), id("c")), Some(42));
        assert_eq!(code(None, Uuid::ZERO), Some(42));
        assert_eq!(code(Some("missing"), Uuid::ZERO), Some(3));
        assert_eq!(code(None, Uuid(424_242)), Some(100));
        cluster.apply(&decision.records);
        assert_eq!(cluster.image.topic_count(), 1);
    }
}
