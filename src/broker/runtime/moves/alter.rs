//! Requests to move a replica (`ReplicaManager.alterReplicaLogDirs`).

use tracing::info;

use super::mover::Mover;
use crate::broker::state::moves::{Destination, Hosted, judge};
use crate::log::files::future_dir_name;
use crate::model::{ErrorCode, TopicPartition};

impl Mover {
    /// Does what is asked of one replica, and gives the answer. May wait for a disk.
    pub fn alter(&self, name: &TopicPartition, destination: Destination) -> ErrorCode {
        let futures = self.replicas.futures();
        let _one_at_a_time = futures.change();
        let name_fits = future_dir_name(name).is_some();
        loop {
            let hosted = self.hosted(name);
            let verdict = judge(name_fits, destination, hosted);
            if let Some(partition) = self.replicas.by_name(name.topic.as_str(), name.partition).ok()
                && verdict.cancel
                && let Some(future) = futures.of(partition.replica_key())
            {
                self.cancel(&future);
                // It may just have come to its end: then the replica lies elsewhere by now.
                continue;
            }
            if let Destination::Cordoned(to) | Destination::Online(to) = destination {
                if verdict.prefer {
                    futures.prefer(name.clone(), to);
                }
                if verdict.begin {
                    return self.begin(name, to);
                }
            }
            if verdict.code != ErrorCode::None {
                info!(partition = %name, ?destination, ?hosted, code = verdict.code.name(), "a replica is not moved to another log directory");
            }
            return verdict.code;
        }
    }

    fn hosted(&self, name: &TopicPartition) -> Hosted {
        let Ok(partition) = self.replicas.by_name(name.topic.as_str(), name.partition) else {
            let image = self.metadata.peek();
            let is_known = image.topic(name.topic.as_str()).is_some_and(|t| t.partition(name.partition).is_some());
            return if is_known { Hosted::Elsewhere } else { Hosted::Unknown };
        };
        let moving_to = self.replicas.futures().of(partition.replica_key()).map(|future| future.to());
        match self.replicas.dirs().at(&partition.log_dir()) {
            Some(dir) if !dir.is_offline() && !partition.is_offline() => Hosted::At { dir: dir.id(), moving_to },
            _ => Hosted::Offline,
        }
    }

    fn begin(&self, name: &TopicPartition, to: crate::model::Uuid) -> ErrorCode {
        let Ok(partition) = self.replicas.by_name(name.topic.as_str(), name.partition) else {
            return ErrorCode::ReplicaNotAvailable;
        };
        let Some(dir) = self.replicas.dirs().by_id(to) else { return ErrorCode::LogDirNotFound };
        let Some(path) = self.replicas.new_copy(name, dir) else { return ErrorCode::InvalidTopicException };
        self.replicas.begin_move(&partition, dir, path);
        ErrorCode::None
    }
}
