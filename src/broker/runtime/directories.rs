//! Telling the controller which directory a replica lies in, where it does not know or knows another (KIP-858): when the
//! directory fails, the controller must know what was in it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;

use super::controller_link::ControllerLink;
use super::metadata::MetadataCache;
use crate::broker::state::replication::ReplicaKey;
use crate::model::{BrokerId, ErrorCode, Uuid};
use crate::wire::messages::assign_replicas_to_dirs::{
    AssignReplicasToDirsRequest, AssignReplicasToDirsRequestDirectoryData, AssignReplicasToDirsRequestPartitionData,
    AssignReplicasToDirsRequestTopicData,
};

/// Replicas in one request (`AssignmentsManager.MAX_ASSIGNMENTS_PER_REQUEST`).
const MOST: usize = 2_250;
/// Pause after a request that the controller did not take.
const PAUSE: Duration = Duration::from_millis(500);

/// What the controller is still to be told.
#[derive(Debug, Default)]
pub struct DirectoryNews {
    waiting: Mutex<BTreeMap<ReplicaKey, Uuid>>,
    wake: Notify,
}

impl DirectoryNews {
    /// A replica lies in a directory.
    pub fn submit(&self, replica: ReplicaKey, directory: Uuid) {
        self.waiting.lock().insert(replica, directory);
        self.wake.notify_one();
    }

    /// A replica is no more.
    pub fn forget(&self, replica: ReplicaKey) {
        self.waiting.lock().remove(&replica);
    }

    fn next(&self) -> Vec<(ReplicaKey, Uuid)> {
        self.waiting.lock().iter().take(MOST).map(|(replica, directory)| (*replica, *directory)).collect()
    }

    /// What was told and has not changed since need not be told again.
    fn told(&self, news: &[(ReplicaKey, Uuid)]) {
        let mut waiting = self.waiting.lock();
        for (replica, directory) in news {
            if waiting.get(replica) == Some(directory) {
                waiting.remove(replica);
            }
        }
    }
}

/// Carries the news to the controller. Ends only with the task.
pub async fn run(news: Arc<DirectoryNews>, me: BrokerId, metadata: Arc<MetadataCache>, controller: ControllerLink) {
    loop {
        let batch = news.next();
        if batch.is_empty() {
            news.wake.notified().await;
            continue;
        }
        let epoch = metadata.peek().broker(me).map(|broker| broker.epoch);
        let asked = match epoch {
            Some(epoch) => controller.assign_replicas_to_dirs(request(me, epoch, &batch)).await,
            None => Err(ErrorCode::BrokerIdNotRegistered.into()),
        };
        match asked {
            // A refusal of one partition says that it went elsewhere meanwhile: the metadata tells of that.
            Ok(_) => news.told(&batch),
            Err(refusal) => {
                tracing::debug!("the directories of replicas were not told: {}", refusal.text());
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

fn request(me: BrokerId, broker_epoch: i64, news: &[(ReplicaKey, Uuid)]) -> AssignReplicasToDirsRequest {
    let mut directories: BTreeMap<Uuid, BTreeMap<Uuid, Vec<i32>>> = BTreeMap::new();
    for ((topic, partition), directory) in news {
        directories.entry(*directory).or_default().entry(*topic).or_default().push(*partition);
    }
    let topic = |(topic_id, partitions): (Uuid, Vec<i32>)| AssignReplicasToDirsRequestTopicData {
        topic_id,
        partitions: partitions
            .into_iter()
            .map(|partition_index| AssignReplicasToDirsRequestPartitionData { partition_index })
            .collect(),
    };
    AssignReplicasToDirsRequest {
        broker_id: me.get(),
        broker_epoch,
        directories: directories
            .into_iter()
            .map(|(id, topics)| AssignReplicasToDirsRequestDirectoryData {
                id,
                topics: topics.into_iter().map(topic).collect(),
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_is_told_once_and_a_move_meanwhile_is_told_again() {
        let news = DirectoryNews::default();
        news.submit((Uuid(1000), 0), Uuid(7));
        news.submit((Uuid(1000), 1), Uuid(7));
        let batch = news.next();
        news.submit((Uuid(1000), 1), Uuid(8));
        news.told(&batch);
        assert_eq!(news.next(), [((Uuid(1000), 1), Uuid(8))]);
        news.forget((Uuid(1000), 1));
        assert!(news.next().is_empty());
    }

    #[test]
    fn a_request_groups_replicas_by_directory_and_topic() {
        let news = [((Uuid(1000), 0), Uuid(7)), ((Uuid(1000), 3), Uuid(7)), ((Uuid(1001), 0), Uuid(8))];
        let request = request(BrokerId(1), 5, &news);
        let counts: Vec<_> =
            request.directories.iter().map(|d| (d.id, d.topics.iter().map(|t| t.partitions.len()).sum())).collect();
        assert_eq!(counts, [(Uuid(7), 2), (Uuid(8), 1usize)]);
    }
}
