//! Membership in a share group: heartbeats that join, keep and leave, and bring the partitions.

use std::time::{Duration, Instant};

use super::session::Tip;
use crate::client::{ClientError, Cluster, Result, Target};
use crate::model::{ErrorCode, Uuid};
use crate::wire::messages::share_group_heartbeat::ShareGroupHeartbeatRequest;

/// The epoch that joins.
const JOIN: i32 = 0;
/// The epoch that leaves.
const LEAVE: i32 = -1;

#[derive(Debug)]
pub(super) struct ShareMember {
    cluster: Cluster,
    pub(super) group: String,
    /// The member chooses its own id and keeps it.
    pub(super) id: String,
    epoch: i32,
    rack: Option<String>,
    topics: Vec<String>,
    pub(super) next_heartbeat: Instant,
}

impl ShareMember {
    pub(super) fn new(cluster: Cluster, group: String, rack: Option<String>, topics: Vec<String>) -> ShareMember {
        let id = Uuid::random().to_string();
        ShareMember { cluster, group, id, epoch: JOIN, rack, topics, next_heartbeat: Instant::now() }
    }

    fn request(&self, epoch: i32) -> ShareGroupHeartbeatRequest {
        // What the coordinator knows already is not said again.
        let is_new = epoch == JOIN;
        ShareGroupHeartbeatRequest {
            group_id: self.group.clone(),
            member_id: self.id.clone(),
            member_epoch: epoch,
            rack_id: self.rack.clone().filter(|_| is_new),
            subscribed_topic_names: is_new.then(|| self.topics.clone()),
        }
    }

    /// Tells the coordinator that this member lives; gives its partitions when they are others than before.
    pub(super) async fn heartbeat(&mut self) -> Result<Option<Vec<Tip>>> {
        let answer = self.cluster.request(Target::Group(&self.group), &self.request(self.epoch)).await?;
        match ErrorCode::from_code(answer.error_code) {
            ErrorCode::None => {}
            // The coordinator forgot this member: it joins again, with nothing.
            ErrorCode::UnknownMemberId | ErrorCode::FencedMemberEpoch => {
                self.epoch = JOIN;
                self.next_heartbeat = Instant::now();
                return Ok(Some(Vec::new()));
            }
            code => return Err(ClientError::refused(format!("group {}", self.group), code, answer.error_message)),
        }
        self.epoch = answer.member_epoch;
        let interval = u64::try_from(answer.heartbeat_interval_ms).unwrap_or_default().max(1);
        self.next_heartbeat = Instant::now() + Duration::from_millis(interval);
        let flat = |topics: crate::wire::messages::share_group_heartbeat::Assignment| {
            let one = |t: crate::wire::messages::share_group_heartbeat::TopicPartitions| {
                t.partitions.into_iter().map(move |p| (t.topic_id, p))
            };
            topics.topic_partitions.into_iter().flat_map(one).collect()
        };
        Ok(answer.assignment.map(flat))
    }

    /// Leaves, so that others get its partitions at once.
    pub(super) async fn leave(&mut self) -> Result<()> {
        if self.epoch == JOIN {
            return Ok(());
        }
        self.epoch = JOIN;
        let request = self.request(LEAVE);
        let answer = self.cluster.request(Target::Group(&self.group), &request).await?;
        ClientError::check(answer.error_code, answer.error_message.as_deref(), || format!("group {}", self.group))
    }
}
