//! Transactions as their coordinators know them, producers as partitions know them, what hangs between the two, and
//! ending it.

mod abort;
mod hanging;
mod producers;

pub use abort::{AbortSpec, abort, terminate};
pub use hanging::{Hanging, find_hanging, partitions_to_search};
pub use producers::{Producer, ProducersOf, describe_producers};

use serde::Serialize;

use crate::client::{At, ClientError, Cluster, Target, Topics};
use crate::ops::Result;
use crate::wire::api::ApiKey;
use crate::wire::messages::describe_transactions::DescribeTransactionsRequest;
use crate::wire::messages::list_transactions::ListTransactionsRequest;

/// A transactional id in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// `transactional.id`.
    pub transactional_id: String,
    /// The broker that coordinates it.
    pub coordinator: i32,
    /// The producer behind it.
    pub producer_id: i64,
    /// `Ongoing`, `CompleteCommit`, …
    pub state: String,
}

/// Which transactional ids are listed; what is empty or `None` takes all.
#[derive(Clone, Debug, Default)]
pub struct ListFilter {
    /// In these states.
    pub states: Vec<String>,
    /// Of these producers.
    pub producer_ids: Vec<i64>,
    /// Whose transaction is open for longer than this, in milliseconds; negative for all.
    pub longer_than_ms: Option<i64>,
    /// Whose id matches this regular expression (RE2).
    pub pattern: Option<String>,
}

/// Asks every broker for the transactional ids that it coordinates.
///
/// # Errors
/// [`crate::ops::OpsError`] when a broker does not answer: a list with a hole would pass for a whole one.
pub async fn list(cluster: &Cluster, filter: &ListFilter) -> Result<Vec<Listed>> {
    let metadata = cluster.metadata(Topics::None).await?;
    let request = ListTransactionsRequest {
        state_filters: filter.states.clone(),
        producer_id_filters: filter.producer_ids.clone(),
        duration_filter: filter.longer_than_ms.unwrap_or(-1),
        transactional_id_pattern: filter.pattern.clone(),
    };
    let mut found = Vec::new();
    for &broker in metadata.brokers.keys() {
        can_filter(cluster, broker, filter).await?;
        let answer = cluster.request(Target::Broker(broker), &request).await?;
        ClientError::check(answer.error_code, None, || format!("cannot list the transactions of broker {broker}"))?;
        found.extend(answer.transaction_states.into_iter().map(|t| Listed {
            transactional_id: t.transactional_id,
            coordinator: broker,
            producer_id: t.producer_id,
            state: t.transaction_state,
        }));
    }
    Ok(found)
}

/// Older versions of the request have no place for some filters: what they were to leave out would be in the answer.
async fn can_filter(cluster: &Cluster, broker: i32, filter: &ListFilter) -> Result<()> {
    let connection = cluster.connection(Target::Broker(broker)).await?;
    let version = connection.version_of::<ListTransactionsRequest>()?;
    let lacks = match (filter.longer_than_ms.is_some(), filter.pattern.is_some()) {
        (_, true) if version < 2 => "a pattern of ids",
        (true, _) if version < 1 => "how long they are open",
        _ => return Ok(()),
    };
    let detail = format!("its version {version} cannot choose transactions by {lacks}");
    let broker = connection.address().to_owned();
    Err(ClientError::Unsupported { broker, api: ApiKey::ListTransactions, detail }.into())
}

/// A transactional id as its coordinator knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Described {
    /// `transactional.id`.
    pub transactional_id: String,
    /// The broker that coordinates it.
    pub coordinator: i32,
    /// The producer behind it.
    pub producer_id: i64,
    /// Its epoch.
    pub producer_epoch: i16,
    /// `Ongoing`, `CompleteCommit`, …
    pub state: String,
    /// `transaction.timeout.ms` of the producer.
    pub timeout_ms: i32,
    /// When the open transaction began, in milliseconds since 1970.
    pub started_ms: Option<i64>,
    /// The partitions in the open transaction.
    #[serde(serialize_with = "partitions")]
    pub partitions: Vec<At>,
}

fn partitions<S: serde::Serializer>(all: &[At], out: S) -> std::result::Result<S::Ok, S::Error> {
    out.collect_seq(all.iter().map(|(topic, partition)| format!("{topic}-{partition}")))
}

/// Describes one transactional id.
///
/// # Errors
/// [`ClientError::Refused`] with TRANSACTIONAL_ID_NOT_FOUND when its coordinator does not know it.
pub async fn describe(cluster: &Cluster, transactional_id: &str) -> Result<Described, ClientError> {
    let coordinator = cluster.transaction_coordinator(transactional_id).await?;
    let request = DescribeTransactionsRequest { transactional_ids: vec![transactional_id.to_owned()] };
    let answer = cluster.request(Target::Transaction(transactional_id), &request).await?;
    let about = || format!("cannot describe transactional id {transactional_id}");
    let Some(t) = answer.transaction_states.into_iter().next() else {
        return Err(ClientError::refused(about(), crate::model::ErrorCode::UnknownServerError, None));
    };
    ClientError::check(t.error_code, None, about)?;
    let topics = t.topics.into_iter();
    Ok(Described {
        transactional_id: t.transactional_id,
        coordinator,
        producer_id: t.producer_id,
        producer_epoch: t.producer_epoch,
        state: t.transaction_state,
        timeout_ms: t.transaction_timeout_ms,
        started_ms: (t.transaction_start_time_ms >= 0).then_some(t.transaction_start_time_ms),
        partitions: topics.flat_map(|t| t.partitions.into_iter().map(move |p| (t.topic.clone(), p))).collect(),
    })
}
