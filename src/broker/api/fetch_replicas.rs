//! Fetches that have to do with other replicas: those of followers, and consumers that are sent to a replica near them
//! (KIP-392).

use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};

use crate::broker::runtime::broker::Broker;
use crate::broker::runtime::partition::{FollowerRead, Partition};
use crate::broker::runtime::waiters::FetchWaiter;
use crate::broker::state::metadata::MetadataImage;
use crate::broker::state::partition::Standing;
use crate::model::{BrokerId, Offset, TimestampMs};
use crate::wire::messages::fetch::FetchRequest;

/// How long news of a high watermark wait for records to go with: a busy partition tells it with the next records, and
/// followers of an idle one hear it soon.
pub(super) const NEWS_DELAY: Duration = Duration::from_millis(5);

/// The first version in which a consumer knows that it may be sent to another replica.
const KNOWS_REPLICAS: i16 = 11;

/// The follower that a fetch is of.
#[derive(Clone, Copy, Debug)]
pub(super) struct FollowerOf {
    id: BrokerId,
    broker_epoch: i64,
    standing: Standing,
    now: TimestampMs,
}

impl FollowerOf {
    /// Who sent a request, if that is a broker.
    pub(super) fn request(broker: &Broker, version: i16, request: &FetchRequest) -> Option<FollowerOf> {
        let (id, broker_epoch) = match version {
            15.. => (request.replica_state.replica_id, request.replica_state.replica_epoch),
            _ => (request.replica_id, -1),
        };
        let id = BrokerId(id);
        (id.get() >= 0).then(|| FollowerOf { id, broker_epoch, standing: broker.standing(id), now: TimestampMs::now() })
    }

    /// Which broker.
    pub(super) const fn id(&self) -> BrokerId {
        self.id
    }

    /// Its fetch of one partition.
    pub(super) const fn read(&self, log_start: i64) -> FollowerRead {
        FollowerRead {
            id: self.id,
            broker_epoch: self.broker_epoch,
            log_start: Offset(log_start),
            standing: self.standing,
            now: self.now,
        }
    }
}

/// Whether only the leader may answer.
pub(super) const fn leader_only(version: i16, is_follower: bool) -> bool {
    is_follower || version < KNOWS_REPLICAS
}

/// Waits for records or for a high watermark. `true` when the answer must leave whatever there is to say.
pub(super) async fn wait_as_follower(waiter: &FetchWaiter, deadline: Instant) -> bool {
    tokio::select! {
        biased;
        () = waiter.wait() => return false,
        () = waiter.wait_for_news() => {}
        () = sleep_until(deadline) => return true,
    }
    timeout_at(deadline.min(Instant::now() + NEWS_DELAY), waiter.wait()).await.is_err()
}

/// The replica in the client's rack that has what it wants and is the furthest; `None` if it is best served here
/// (`RackAwareReplicaSelector`).
pub(super) fn preferred_replica(
    image: &MetadataImage,
    partition: &Partition,
    offset: Offset,
    rack: &str,
) -> Option<BrokerId> {
    let in_rack = |id: BrokerId| image.broker(id).is_some_and(|b| b.rack.as_deref() == Some(rack));
    let inner = partition.lock();
    if !inner.state.is_leader() || in_rack(inner.state.assignment().leader) {
        return None;
    }
    let near = inner.state.readable_at(offset).filter(|follower| in_rack(follower.id) && image.is_active(follower.id));
    near.max_by_key(|follower| (follower.log_end, follower.caught_up)).map(|follower| follower.id)
}
