//! Log directories of brokers: their disks, the replicas in them, and how far each is behind.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::client::{ClientError, Cluster, Target};
use crate::model::ErrorCode;
use crate::ops::Result;
use crate::wire::messages::describe_log_dirs::DescribeLogDirsRequest;

/// One directory of one broker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogDir {
    /// Its path on the broker.
    pub path: String,
    /// NONE, or why it is offline.
    #[serde(serialize_with = "by_name")]
    pub error: ErrorCode,
    /// Size of the disk; `None` when the broker does not say.
    pub total_bytes: Option<i64>,
    /// Free bytes of the disk.
    pub usable_bytes: Option<i64>,
    /// In the order of the answer.
    pub replicas: Vec<Replica>,
}

/// A replica on a disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Replica {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// Bytes of its segments.
    pub size: i64,
    /// Records between its end and the high watermark, or the end of the current replica for a future one.
    pub offset_lag: i64,
    /// Whether it is a copy that shall take the place of the replica in another directory of the same broker.
    pub is_future: bool,
}

fn by_name<S: serde::Serializer>(code: &ErrorCode, out: S) -> std::result::Result<S::Ok, S::Error> {
    out.serialize_str(code.name())
}

/// The directories of one broker, or why it does not tell.
pub type Directories = Result<Vec<LogDir>, ClientError>;

/// Asks brokers for their directories, each with its own answer.
pub async fn describe(cluster: &Cluster, brokers: &[i32]) -> BTreeMap<i32, Directories> {
    let mut found = BTreeMap::new();
    for &id in brokers {
        found.insert(id, of_broker(cluster, id).await);
    }
    found
}

async fn of_broker(cluster: &Cluster, id: i32) -> Directories {
    let answer = cluster.request(Target::Broker(id), &DescribeLogDirsRequest { topics: None }).await?;
    ClientError::check(answer.error_code, None, || format!("cannot read the log directories of broker {id}"))?;
    let known = |bytes: i64| (bytes >= 0).then_some(bytes);
    let directory = |d: crate::wire::messages::describe_log_dirs::DescribeLogDirsResult| LogDir {
        path: d.log_dir,
        error: ErrorCode::from_code(d.error_code),
        total_bytes: known(d.total_bytes),
        usable_bytes: known(d.usable_bytes),
        replicas: d
            .topics
            .into_iter()
            .flat_map(|t| {
                let topic = t.name;
                t.partitions.into_iter().map(move |p| Replica {
                    topic: topic.clone(),
                    partition: p.partition_index,
                    size: p.partition_size,
                    offset_lag: p.offset_lag,
                    is_future: p.is_future_key,
                })
            })
            .collect(),
    };
    Ok(answer.results.into_iter().map(directory).collect())
}
