//! FindCoordinator (10): which broker leads the partition of an internal topic that a key hashes to.

use super::group_context::{Endpoint, InternalTopics};
use crate::model::{ErrorCode, java_string_hash};
use crate::wire::messages::find_coordinator::{Coordinator, FindCoordinatorRequest, FindCoordinatorResponse};

/// First version that asks for several keys at once (KIP-699).
const BATCHED: i16 = 4;

const GROUPS: &str = "__consumer_offsets";
const TRANSACTIONS: &str = "__transaction_state";

/// Handles FindCoordinator. A topic that does not exist yet is asked for, and the client told to come again.
pub fn find_coordinator(
    topics: &dyn InternalTopics,
    api_version: i16,
    request: FindCoordinatorRequest,
) -> FindCoordinatorResponse {
    let mut response = FindCoordinatorResponse::default();
    if api_version < BATCHED {
        let (error, node) = locate(topics, request.key_type, &request.key);
        response.error_code = error as i16;
        response.error_message = Some(error.message().to_owned());
        (response.node_id, response.host, response.port) = (node.node_id, node.host, node.port);
        return response;
    }
    let found = |key: String| {
        let (error, node) = locate(topics, request.key_type, &key);
        let Endpoint { node_id, host, port } = node;
        // Kafka leaves the message of these empty.
        Coordinator { key, node_id, host, port, error_code: error as i16, ..Coordinator::default() }
    };
    response.coordinators = request.coordinator_keys.into_iter().map(found).collect();
    response
}

fn locate(topics: &dyn InternalTopics, key_type: i8, key: &str) -> (ErrorCode, Endpoint) {
    let nobody = Endpoint { node_id: -1, host: String::new(), port: -1 };
    let topic = match key_type {
        0 => GROUPS,
        1 => TRANSACTIONS,
        _ => return (ErrorCode::InvalidRequest, nobody),
    };
    let Some(partitions) = topics.partitions(topic) else {
        topics.request_creation(topic);
        return (ErrorCode::CoordinatorNotAvailable, nobody);
    };
    let partition = java_string_hash(key).checked_abs().unwrap_or(0) % partitions.max(1);
    match topics.leader(topic, partition) {
        Some(node) => (ErrorCode::None, node),
        None => (ErrorCode::CoordinatorNotAvailable, nobody),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[derive(Default)]
    struct Cluster {
        partitions: Option<i32>,
        asked: AtomicUsize,
    }

    impl InternalTopics for Cluster {
        fn partitions(&self, _: &str) -> Option<i32> {
            self.partitions
        }
        fn leader(&self, topic: &str, partition: i32) -> Option<Endpoint> {
            (partition != 1).then(|| Endpoint { node_id: partition, host: topic.into(), port: 9 })
        }
        fn request_creation(&self, _: &str) {
            self.asked.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn ask(cluster: &Cluster, version: i16, key_type: i8, keys: &[&str]) -> FindCoordinatorResponse {
        let request = FindCoordinatorRequest {
            key: keys[0].into(),
            key_type,
            coordinator_keys: keys.iter().map(|k| (*k).to_owned()).collect(),
        };
        find_coordinator(cluster, version, request)
    }

    #[test]
    fn a_key_leads_to_the_leader_of_its_partition() {
        let cluster = Cluster { partitions: Some(50), ..Cluster::default() };
        let old = ask(&cluster, 2, 0, &["console-consumer-1"]);
        assert_eq!((old.error_code, old.node_id, &*old.host, old.port), (0, 24, GROUPS, 9));
        assert_eq!(old.error_message.as_deref(), Some("NONE"));
        let new = ask(&cluster, 4, 1, &["a", "b"]);
        assert_eq!(new.coordinators.iter().map(|c| c.node_id).collect::<Vec<_>>(), [97 % 50, 98 % 50]);
        assert_eq!(new.coordinators[0].host, TRANSACTIONS);
    }

    #[test]
    fn a_topic_that_is_missing_is_asked_for() {
        let cluster = Cluster::default();
        let answer = ask(&cluster, 6, 0, &["g"]);
        let found = &answer.coordinators[0];
        assert_eq!((found.error_code, found.node_id, found.port), (15, -1, -1));
        assert_eq!(cluster.asked.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn a_partition_without_a_leader_has_no_coordinator_for_now() {
        let cluster = Cluster { partitions: Some(2), ..Cluster::default() };
        assert_eq!(ask(&cluster, 4, 0, &["a"]).coordinators[0].error_code, 15);
    }

    #[test]
    fn other_kinds_of_keys_are_refused() {
        let cluster = Cluster { partitions: Some(1), ..Cluster::default() };
        assert_eq!(ask(&cluster, 6, 2, &["g:t:0"]).coordinators[0].error_code, 42);
        assert_eq!(ask(&cluster, 1, 9, &["g"]).error_code, 42);
    }
}
