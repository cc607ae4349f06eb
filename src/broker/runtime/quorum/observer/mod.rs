//! A node without a vote: it follows the metadata log by Fetch and FetchSnapshot, as KRaft's observers do (KIP-595,
//! KIP-630), keeps its own copy of it, and applies what is committed.
//!
//! `copy` is the log, the snapshots and the image on this node's disk; `follow` is the talk with the leader.

mod copy;
mod follow;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use self::copy::Copy;
use self::follow::{Follower, Known};
use super::machine::Publish;
use super::rpc::{PeerAnswer, PeerRequest};
use super::{
    Committed, FollowerFetch, Leadership, ProposeError, Quorum, QuorumError, QuorumSettings, QuorumStatus, Stretch,
    VoterChange, VoterRefusal,
};
use crate::broker::state::metadata::{MetadataImage, MetadataUpdate};
use crate::log::LogError;
use crate::model::{BrokerId, ErrorCode, LeaderEpoch};

/// A quorum that this node follows.
#[derive(Debug)]
pub struct ObserverQuorum {
    known: watch::Receiver<Known>,
    leadership: watch::Receiver<Leadership>,
    failure: watch::Receiver<Option<String>>,
    voters: watch::Receiver<Option<Vec<BrokerId>>>,
    copy: Arc<Mutex<Copy>>,
    summoned: watch::Sender<bool>,
    cluster_id: String,
    node_id: BrokerId,
    task: Mutex<Option<JoinHandle<()>>>,
}

/// Starts to follow the quorum; `bootstrap` are controllers to ask first (`controller.quorum.bootstrap.servers`), beside
/// the static voters. `publish` gets every step in order: first the one to the newest snapshot's image (which is also
/// returned), before this function does.
///
/// # Errors
/// [`QuorumError`] when the directory cannot be used, or nobody is named who could be asked.
pub fn observe(
    settings: &QuorumSettings,
    bootstrap: Vec<String>,
    publish: impl Fn(MetadataUpdate) + Send + Sync + 'static,
) -> Result<(Arc<ObserverQuorum>, MetadataImage), QuorumError> {
    let publish: Publish = Box::new(publish);
    let (copy, image) = Copy::open(settings, publish)?;
    let voters = copy.voters();
    let copy = Arc::new(Mutex::new(copy));
    let (follower, channels) = Follower::new(settings, bootstrap, Arc::clone(&copy))?;
    let task = tokio::spawn(follower.run());
    let quorum = ObserverQuorum {
        known: channels.known,
        leadership: channels.leadership,
        failure: channels.failure,
        voters,
        copy,
        summoned: watch::channel(false).0,
        cluster_id: settings.cluster_id.clone(),
        node_id: settings.node_id,
        task: Mutex::new(Some(task)),
    };
    Ok((Arc::new(quorum), image))
}

impl Quorum for ObserverQuorum {
    fn propose<'a>(
        &'a self,
        _: LeaderEpoch,
        _: Vec<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Committed, ProposeError>> + Send + 'a>> {
        Box::pin(std::future::ready(Err(ProposeError::NotLeader)))
    }

    fn leadership(&self) -> watch::Receiver<Leadership> {
        self.leadership.clone()
    }

    fn voters(&self) -> watch::Receiver<Option<Vec<BrokerId>>> {
        self.voters.clone()
    }

    fn votes(&self) -> bool {
        false
    }

    fn summoned(&self) -> watch::Receiver<bool> {
        self.summoned.subscribe()
    }

    fn change_voters(&self, _: VoterChange) -> Pin<Box<dyn Future<Output = Result<(), VoterRefusal>> + Send + '_>> {
        let refusal = VoterRefusal::new(ErrorCode::NotController, "This node does not lead the metadata quorum.");
        Box::pin(std::future::ready(Err(refusal)))
    }

    fn status(&self) -> QuorumStatus {
        let leadership = *self.leadership.borrow();
        let high_watermark = self.copy.lock().high_watermark();
        QuorumStatus { leadership, high_watermark, voters: Vec::new(), observers: Vec::new(), endpoints: Vec::new() }
    }

    fn leader_endpoint(&self) -> Option<(BrokerId, String)> {
        self.known.borrow().leader_endpoint()
    }

    fn answer_peer(&self, request: Bytes) -> Pin<Box<dyn Future<Output = Bytes> + Send + '_>> {
        if let Ok(PeerRequest::Append(_)) = PeerRequest::read(request, &self.cluster_id, self.node_id.get()) {
            self.summoned.send_replace(true);
        }
        let answer = PeerAnswer::Refused("this node has no vote".to_owned());
        Box::pin(std::future::ready(answer.write().into()))
    }

    fn read_committed(&self, _: &FollowerFetch) -> Result<Stretch, LogError> {
        Ok(Stretch::NotHere)
    }

    fn failed(&self) -> Pin<Box<dyn Future<Output = String> + Send>> {
        let mut failure = self.failure.clone();
        Box::pin(async move {
            match failure.wait_for(Option::is_some).await {
                Ok(reason) => reason.clone().unwrap_or_default(),
                Err(_) => "following the metadata log has stopped".to_owned(),
            }
        })
    }

    fn snapshot(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            let copy = Arc::clone(&self.copy);
            let written = tokio::task::spawn_blocking(move || copy.lock().write_snapshot()).await;
            if let Ok(Err(fault)) = written {
                tracing::warn!("no metadata snapshot was written: {fault}");
            }
        })
    }

    fn shutdown(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            let task = self.task.lock().take();
            if let Some(task) = task {
                task.abort();
                let _ = task.await;
            }
            if let Err(fault) = self.copy.lock().close() {
                tracing::warn!("the metadata log was not closed in order: {fault}");
            }
        })
    }
}
