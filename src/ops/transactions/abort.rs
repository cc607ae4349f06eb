//! Ending transactions that their producers do not end.

use crate::client::{ClientError, Cluster, Target};
use crate::model::ErrorCode;
use crate::ops::Result;
use crate::wire::messages::init_producer_id::InitProducerIdRequest;
use crate::wire::messages::write_txn_markers::{WritableTxnMarker, WritableTxnMarkerTopic, WriteTxnMarkersRequest};

/// Which open transaction of a partition is to be aborted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AbortSpec {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The producer.
    pub producer_id: i64,
    /// Its epoch.
    pub producer_epoch: i16,
    /// Epoch of the coordinator for whom the marker is written; not lower than that of the last one.
    pub coordinator_epoch: i32,
}

/// Writes the marker that a coordinator would write to abort a transaction, at the leader of the partition. It asks for
/// the right to act on the cluster.
///
/// # Errors
/// [`crate::ops::OpsError`] when the leader cannot be asked, or refuses.
pub async fn abort(cluster: &Cluster, spec: &AbortSpec) -> Result<()> {
    let topic = cluster.topic(&spec.topic, true).await?;
    let about = || format!("cannot abort the transaction in {}-{}", spec.topic, spec.partition);
    let Some(partition) = topic.partitions.iter().find(|p| p.index == spec.partition) else {
        return Err(ClientError::refused(about(), ErrorCode::UnknownTopicOrPartition, None).into());
    };
    if partition.leader < 0 {
        return Err(ClientError::refused(about(), ErrorCode::LeaderNotAvailable, None).into());
    }
    let marker = WritableTxnMarker {
        producer_id: spec.producer_id,
        producer_epoch: spec.producer_epoch,
        transaction_result: false,
        topics: vec![WritableTxnMarkerTopic { name: spec.topic.clone(), partition_indexes: vec![spec.partition] }],
        coordinator_epoch: spec.coordinator_epoch,
        ..Default::default()
    };
    let request = WriteTxnMarkersRequest { markers: vec![marker] };
    let answer = cluster.request(Target::Broker(partition.leader), &request).await?;
    let codes: Vec<i16> = answer
        .markers
        .iter()
        .flat_map(|m| m.topics.iter().flat_map(|t| t.partitions.iter().map(|p| p.error_code)))
        .collect();
    let [code] = codes[..] else {
        return Err(ClientError::refused(about(), ErrorCode::UnknownServerError, None).into());
    };
    Ok(ClientError::check(code, None, about)?)
}

/// Ends the open transaction of a transactional id, as a new producer with that id would when it begins; whoever still
/// holds the id is fenced.
///
/// # Errors
/// [`crate::ops::OpsError`] when the coordinator cannot be asked, or refuses.
pub async fn terminate(cluster: &Cluster, transactional_id: &str) -> Result<()> {
    let timeout = cluster.config().request_timeout.as_millis();
    let request = InitProducerIdRequest {
        transactional_id: Some(transactional_id.to_owned()),
        transaction_timeout_ms: i32::try_from(timeout).unwrap_or(i32::MAX),
        ..Default::default()
    };
    let mut pause = crate::client::Backoff::new(cluster.config());
    loop {
        let answer = cluster.request(Target::Transaction(transactional_id), &request).await?;
        // The coordinator is still at ending it.
        let busy = ErrorCode::from_code(answer.error_code) == ErrorCode::ConcurrentTransactions;
        if busy && pause.pause().await {
            continue;
        }
        let about = || format!("cannot end the transaction of {transactional_id}");
        return Ok(ClientError::check(answer.error_code, None, about)?);
    }
}
