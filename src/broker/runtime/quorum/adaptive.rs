//! A controller with or without a vote: it votes while the log names it among the voters, and follows otherwise.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::raft::{Entry, enter};
use super::{
    Committed, FollowerFetch, Leadership, ProposeError, Quorum, QuorumError, QuorumSettings, QuorumStatus, Stretch,
    VoterChange, VoterRefusal, observe,
};
use crate::broker::state::metadata::{MetadataImage, MetadataUpdate};
use crate::log::LogError;
use crate::model::{BrokerId, LeaderEpoch, Offset};

/// How long a part that was begun on a leader's word may wait to be named by the log.
const SUMMONS: Duration = Duration::from_secs(10);

type Part = Arc<dyn Quorum>;
type Publisher = Arc<dyn Fn(MetadataUpdate) + Send + Sync>;

/// This node's part in the quorum, whichever it is now.
pub struct AdaptiveQuorum {
    part: Arc<ArcSwap<Part>>,
    leadership: watch::Receiver<Leadership>,
    failure: watch::Receiver<Option<String>>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl std::fmt::Debug for AdaptiveQuorum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AdaptiveQuorum").field("leadership", &*self.leadership.borrow()).finish_non_exhaustive()
    }
}

/// What it takes to begin a part.
struct Parts {
    settings: QuorumSettings,
    bootstrap: Vec<String>,
    publish: Publisher,
}

impl Parts {
    /// Begins to vote if the log names this node, or a leader counts on it; else to follow.
    async fn begin(&self, entry: Entry) -> Result<(Part, MetadataImage), QuorumError> {
        let publish = Arc::clone(&self.publish);
        match enter(&self.settings, move |update| publish(update), entry).await {
            Ok((raft, image)) => Ok((raft, image)),
            Err(QuorumError::NotAVoter { .. } | QuorumError::NoVoters(_)) => {
                let publish = Arc::clone(&self.publish);
                let (observer, image) = observe(&self.settings, self.bootstrap.clone(), move |update| publish(update))?;
                tracing::info!("this controller has no vote: it follows the metadata log");
                Ok((observer, image))
            }
            Err(other) => Err(other),
        }
    }
}

/// Starts a controller's part in the quorum. `publish` gets every step in order: first the one to the newest snapshot's
/// image (which is also returned), before this function does.
///
/// # Errors
/// [`QuorumError`] when the directory cannot be used, or nobody is named who could be asked.
pub async fn take_part(
    settings: &QuorumSettings,
    bootstrap: Vec<String>,
    publish: impl Fn(MetadataUpdate) + Send + Sync + 'static,
) -> Result<(Arc<AdaptiveQuorum>, MetadataImage), QuorumError> {
    let parts = Parts { settings: settings.clone(), bootstrap, publish: Arc::new(publish) };
    let (first, image) = parts.begin(Entry::ByTheLog).await?;
    let part = Arc::new(ArcSwap::from_pointee(first));
    let (tell, leadership) = watch::channel(Leadership::default());
    let (fail, failure) = watch::channel(None);
    let task = tokio::spawn(keep(parts, Arc::clone(&part), tell, fail));
    Ok((Arc::new(AdaptiveQuorum { part, leadership, failure, task: Mutex::new(Some(task)) }), image))
}

/// Passes on what the present part tells, and changes to the other when the voters do.
async fn keep(
    parts: Parts,
    part: Arc<ArcSwap<Part>>,
    tell: watch::Sender<Leadership>,
    fail: watch::Sender<Option<String>>,
) {
    let me = parts.settings.node_id;
    loop {
        let current = Part::clone(&part.load());
        let votes = current.votes();
        let (mut leadership, mut voters, mut summoned) = (current.leadership(), current.voters(), current.summoned());
        let mut failed = current.failed();
        let patience = Instant::now() + SUMMONS;
        // A part that was begun on a leader's word is as good as named, for a while.
        let mut was_named = false;
        let entry = loop {
            let now = *leadership.borrow_and_update();
            tell.send_if_modified(|before| std::mem::replace(before, now) != now);
            let named = voters.borrow_and_update().as_ref().map(|voters| voters.contains(&me));
            was_named |= named == Some(true);
            let is_over =
                if votes { named == Some(false) && (was_named || Instant::now() >= patience) } else { was_named };
            if is_over {
                break Entry::ByTheLog;
            }
            if *summoned.borrow_and_update() {
                break Entry::Summoned;
            }
            tokio::select! {
                () = tokio::time::sleep_until(patience), if votes && !was_named && Instant::now() < patience => {}
                changed = summoned.changed(), if !votes => if changed.is_err() { return },
                changed = leadership.changed() => if changed.is_err() { return },
                changed = voters.changed() => if changed.is_err() { return },
                reason = &mut failed => {
                    fail.send_replace(Some(reason));
                    return;
                }
            }
        };
        tracing::info!(votes = !votes, "the voters of the metadata quorum have changed");
        if votes {
            // Those who are left must hear of the change from this node before it goes.
            tokio::time::sleep(Duration::from_millis(parts.settings.election_timeout_ms)).await;
        }
        tell.send_modify(|now| (now.leader, now.active) = (None, false));
        current.shutdown().await;
        match parts.begin(entry).await {
            Ok((next, _)) => part.store(Arc::new(next)),
            Err(e) => {
                fail.send_replace(Some(format!("cannot change its part in the metadata quorum: {e}")));
                return;
            }
        }
    }
}

impl AdaptiveQuorum {
    fn part(&self) -> Part {
        Part::clone(&self.part.load())
    }
}

impl Quorum for AdaptiveQuorum {
    fn propose<'a>(
        &'a self,
        epoch: LeaderEpoch,
        values: Vec<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Committed, ProposeError>> + Send + 'a>> {
        let part = self.part();
        Box::pin(async move { part.propose(epoch, values).await })
    }

    fn leadership(&self) -> watch::Receiver<Leadership> {
        self.leadership.clone()
    }

    fn voters(&self) -> watch::Receiver<Option<Vec<BrokerId>>> {
        self.part().voters()
    }

    fn votes(&self) -> bool {
        self.part().votes()
    }

    fn summoned(&self) -> watch::Receiver<bool> {
        self.part().summoned()
    }

    fn open_transaction(&self) -> Option<Offset> {
        self.part().open_transaction()
    }

    fn status(&self) -> QuorumStatus {
        self.part().status()
    }

    fn leader_endpoint(&self) -> Option<(BrokerId, String)> {
        self.part().leader_endpoint()
    }

    fn answer_peer(&self, request: Bytes) -> Pin<Box<dyn Future<Output = Bytes> + Send + '_>> {
        let part = self.part();
        Box::pin(async move { part.answer_peer(request).await })
    }

    fn read_committed(&self, fetch: &FollowerFetch) -> Result<Stretch, LogError> {
        self.part().read_committed(fetch)
    }

    fn change_voters(
        &self,
        change: VoterChange,
    ) -> Pin<Box<dyn Future<Output = Result<(), VoterRefusal>> + Send + '_>> {
        let part = self.part();
        Box::pin(async move { part.change_voters(change).await })
    }

    fn failed(&self) -> Pin<Box<dyn Future<Output = String> + Send>> {
        let mut failure = self.failure.clone();
        Box::pin(async move {
            match failure.wait_for(Option::is_some).await {
                Ok(reason) => reason.clone().unwrap_or_default(),
                Err(_) => "its part in the metadata quorum has ended".to_owned(),
            }
        })
    }

    fn snapshot(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let part = self.part();
        Box::pin(async move { part.snapshot().await })
    }

    fn shutdown(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            let task = self.task.lock().take();
            if let Some(task) = task {
                task.abort();
                let _ = task.await;
            }
            self.part().shutdown().await;
        })
    }
}
