//! What this client may do in the cluster.

use std::time::Duration;

use super::{Health, Step};
use crate::client::{
    ClientError, Cluster, Consumer, ConsumerConfig, Isolation, OffsetAt, Producer, ProducerConfig, ProducerRecord,
    StartAt, Target, Topics,
};
use crate::wire::messages::describe_cluster::DescribeClusterRequest;

/// Whether the cluster can be described and its topics listed.
pub(super) async fn permissions(cluster: &Cluster) -> Vec<Step> {
    const DESCRIBE: &str = "describe-cluster";
    const LIST: &str = "list-topics";
    let mut steps = Vec::new();
    let request = DescribeClusterRequest { endpoint_type: 1, ..Default::default() };
    let described = cluster.request(Target::Any, &request).await.and_then(|answer| {
        ClientError::check(answer.error_code, answer.error_message.as_deref(), || {
            "cannot describe the cluster".into()
        })?;
        Ok(answer)
    });
    steps.push(match described {
        Ok(answer) => {
            let detail =
                format!("{}, {} brokers, controller {}", answer.cluster_id, answer.brokers.len(), answer.controller_id);
            Step::new(DESCRIBE, "the cluster", Health::Ok, detail)
        }
        Err(error) => Step::failed(DESCRIBE, "the cluster", &error),
    });
    steps.push(match cluster.metadata(Topics::All).await {
        Ok(metadata) => {
            let count = metadata.topics.len();
            let step = Step::new(LIST, "the cluster", Health::Ok, format!("{count} topics are visible"));
            if count == 0 {
                // A broker leaves out what it does not let us see.
                Step { health: Health::Warning, ..step }.with_hint(
                    "a cluster without topics looks like this, and so does a principal without Describe on any",
                )
            } else {
                step
            }
        }
        Err(error) => Step::failed(LIST, "the cluster", &error),
    });
    steps
}

/// Whether a topic can be read, and written if that is asked for.
pub(super) async fn topic(cluster: &Cluster, name: &str, write: bool) -> Vec<Step> {
    let mut steps = vec![match fetch(cluster, name).await {
        Ok(detail) => Step::new("fetch", name, Health::Ok, detail),
        Err(error) => Step::failed("fetch", name, &error),
    }];
    if write {
        steps.push(match produce(cluster, name).await {
            Ok(detail) => Step::new("produce", name, Health::Ok, detail),
            Err(error) => Step::failed("produce", name, &error),
        });
    }
    steps
}

/// How long to wait for a record to read.
const PATIENCE: Duration = Duration::from_secs(3);

async fn fetch(cluster: &Cluster, name: &str) -> Result<String, ClientError> {
    let topic = cluster.topic(name, true).await?;
    let all: Vec<_> = topic.partitions.iter().map(|p| (name.to_owned(), p.index)).collect();
    let ends =
        cluster.list_offsets(all.iter().map(|at| (at.clone(), OffsetAt::Latest)), Isolation::ReadUncommitted).await?;
    let starts =
        cluster.list_offsets(all.iter().map(|at| (at.clone(), OffsetAt::Earliest)), Isolation::ReadUncommitted).await?;
    let mut filled = Vec::new();
    for at in &all {
        let offset = |found: &std::collections::BTreeMap<_, Result<crate::client::FoundOffset, _>>| match found.get(at)
        {
            Some(Ok(found)) => Ok(found.offset),
            Some(Err(code)) => Err(ClientError::refused(format!("cannot read {}-{}", at.0, at.1), *code, None)),
            None => Ok(0),
        };
        let (start, end) = (offset(&starts)?, offset(&ends)?);
        if end > start {
            filled.push((at.clone(), StartAt::Offset(end - 1)));
        }
    }
    let count = all.len();
    if filled.is_empty() {
        return Ok(format!("{count} partitions, and no record in them"));
    }
    let config = ConsumerConfig { auto_commit: None, ..ConsumerConfig::default() };
    let asked = filled.len();
    let mut consumer = Consumer::assign(cluster.clone(), config, filled).await?;
    let (mut bytes, deadline) = (0, std::time::Instant::now() + PATIENCE);
    while bytes == 0 && std::time::Instant::now() < deadline {
        bytes =
            consumer.poll(Duration::from_millis(500)).await?.iter().map(|records| records.raw().len()).sum::<usize>();
    }
    Ok(match bytes {
        // The last offset may be a marker of a transaction, or compacted away.
        0 => format!("{count} partitions, {asked} with offsets, and no record at their ends"),
        bytes => format!("{count} partitions, read {bytes} bytes at the ends"),
    })
}

async fn produce(cluster: &Cluster, name: &str) -> Result<String, ClientError> {
    // Without the wait for a topic that is created when it is asked for: it is there, or the fetch has failed.
    cluster.topic(name, false).await?;
    let mut producer = Producer::new(cluster.clone(), ProducerConfig::default());
    let record = ProducerRecord {
        topic: name,
        partition: None,
        timestamp: None,
        key: None,
        value: Some(b"logbus doctor"),
        headers: &[],
    };
    let started = std::time::Instant::now();
    let partition = producer.send(&record).await?;
    producer.flush().await?;
    Ok(format!("wrote one record to partition {partition} in {} ms", started.elapsed().as_millis()))
}
