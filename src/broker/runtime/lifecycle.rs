//! This broker's life in the cluster: it registers, is unfenced, stays in touch, and goes in good order.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use super::controller_link::ControllerLink;
use super::metadata::MetadataCache;
use super::replicas::Replicas;
use crate::broker::state::controller::Refusal;
use crate::model::{BrokerId, ErrorCode, Offset};
use crate::wire::messages::broker_heartbeat::BrokerHeartbeatRequest;
use crate::wire::messages::broker_registration::BrokerRegistrationRequest;

/// Where a broker stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrokerState {
    /// Registered or not yet; it serves no partition.
    Starting,
    /// Unfenced: it leads and serves.
    Running,
    /// The controller let it go: it may close its logs and stop.
    MayStop,
}

/// How a broker keeps in touch.
#[derive(Clone, Debug)]
pub struct LifecycleSettings {
    /// `broker.heartbeat.interval.ms`.
    pub heartbeat_interval: Duration,
    /// What it registers with.
    pub registration: BrokerRegistrationRequest,
}

/// This broker's registration, kept up by a task.
#[derive(Debug)]
pub struct Lifecycle {
    id: BrokerId,
    epoch: AtomicI64,
    state: watch::Sender<BrokerState>,
    stop: AtomicBool,
    wake: Notify,
    /// Where directories may fail; none in tests.
    replicas: Option<Arc<Replicas>>,
}

impl Lifecycle {
    /// Begins to register; the task ends when the broker may stop.
    pub fn start(
        settings: LifecycleSettings,
        controller: ControllerLink,
        metadata: Arc<MetadataCache>,
        replicas: Option<Arc<Replicas>>,
    ) -> (Arc<Lifecycle>, JoinHandle<()>) {
        let lifecycle = Arc::new(Lifecycle {
            id: BrokerId(settings.registration.broker_id),
            epoch: AtomicI64::new(-1),
            state: watch::Sender::new(BrokerState::Starting),
            stop: AtomicBool::new(false),
            wake: Notify::new(),
            replicas,
        });
        let task = tokio::spawn(Arc::clone(&lifecycle).run(settings, controller, metadata));
        (lifecycle, task)
    }

    /// The epoch under which the broker is registered, -1 before it is.
    pub fn epoch(&self) -> i64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// Where it stands, and every change.
    pub fn state(&self) -> watch::Receiver<BrokerState> {
        self.state.subscribe()
    }

    /// Asks the controller to move leaderships away, and waits until the broker may stop. The caller bounds the wait.
    pub async fn leave(&self) {
        self.stop.store(true, Ordering::Release);
        self.wake.notify_one();
        let _ = self.state.subscribe().wait_for(|state| *state == BrokerState::MayStop).await;
    }

    async fn run(
        self: Arc<Self>,
        settings: LifecycleSettings,
        controller: ControllerLink,
        metadata: Arc<MetadataCache>,
    ) {
        let mut leadership = controller.leadership();
        loop {
            // Nobody to talk to before there is a controller.
            if leadership.wait_for(|now| now.leader.is_some()).await.is_err() {
                return;
            }
            let pause = match self.once(&settings, &controller, &metadata).await {
                Ok(true) => return,
                // Until unfenced every step follows the one before at once.
                Ok(false) if *self.state.borrow() == BrokerState::Starting => Duration::from_millis(1),
                Ok(false) if self.stop.load(Ordering::Acquire) => Duration::from_millis(10),
                Ok(false) => settings.heartbeat_interval,
                Err(refusal) => {
                    // The controller takes over a moment after the quorum says so: ask again soon.
                    if refusal.code == ErrorCode::NotController {
                        Duration::from_millis(10)
                    } else {
                        tracing::warn!("the controller refused this broker: {}", refusal.text());
                        Duration::from_millis(500)
                    }
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.wake.notified() => {}
                // What lies in a directory that failed must be led elsewhere at once.
                () = self.dir_failed() => {}
            }
        }
    }

    async fn dir_failed(&self) {
        match &self.replicas {
            Some(replicas) => replicas.wait_for_failed_dir().await,
            None => std::future::pending().await,
        }
    }

    /// One step. `true` when the broker may stop.
    async fn once(
        &self,
        settings: &LifecycleSettings,
        controller: &ControllerLink,
        metadata: &MetadataCache,
    ) -> Result<bool, Refusal> {
        if self.epoch() < 0 {
            let epoch = controller.register_broker(settings.registration.clone()).await?;
            self.epoch.store(epoch, Ordering::Release);
            tracing::info!(broker = self.id.get(), epoch, "registered with the controller");
        }
        // Its own partitions must be open before the broker asks to be let in.
        let starting = *self.state.borrow() == BrokerState::Starting;
        if starting {
            metadata.wait_served(Offset(self.epoch())).await;
        }
        let request = BrokerHeartbeatRequest {
            broker_id: self.id.get(),
            broker_epoch: self.epoch(),
            current_metadata_offset: metadata.peek().offset().get(),
            want_fence: false,
            want_shut_down: self.stop.load(Ordering::Acquire),
            cordoned_log_dirs: self.replicas.as_ref().map(|replicas| replicas.cordoned_dirs()),
            offline_log_dirs: self.replicas.as_ref().map(|replicas| replicas.failed_dirs()).unwrap_or_default(),
        };
        let answer = controller.heartbeat(request).await?;
        if answer.should_shut_down {
            self.state.send_replace(BrokerState::MayStop);
            return Ok(true);
        }
        let next = if answer.fenced { BrokerState::Starting } else { BrokerState::Running };
        if *self.state.borrow() != next {
            self.state.send_replace(next);
            tracing::info!(broker = self.id.get(), state = ?next, "broker changed its state");
        }
        Ok(false)
    }
}
