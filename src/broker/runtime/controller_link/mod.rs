//! The way to the active controller, wherever it is: decided in this process, or sent to the node that leads the quorum.
//!
//! What clients ask travels in an Envelope (KIP-590); what the broker itself asks goes as it is. Either is tried again
//! while nobody, or somebody else, leads.

mod enrol;
mod envelope;
mod own_vote;
mod requests;
mod tell_directory;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use super::controller::{Answered, Controller};
use super::quorum::{Leadership, Quorum};
use crate::broker::state::controller::Refusal;
use crate::client::{ClientConfig, ClientError, Connection};
use crate::model::{BrokerId, ErrorCode, Offset};
use crate::wire::schema::Request;

pub use enrol::record_of;
pub use envelope::{EnvelopeError, Enveloped};
pub use own_vote::OwnVote;

/// How long a request may look for a controller that decides it.
const PATIENCE: Duration = Duration::from_secs(30);
/// Pause before asking again where nothing tells that asking helps.
const PAUSE: Duration = Duration::from_millis(20);

type Deciding<A> = Pin<Box<dyn Future<Output = Result<Answered<A>, Refusal>> + Send>>;

/// How a request reaches a controller elsewhere.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    /// In an Envelope, on behalf of a client.
    Forwarded,
    /// As it is, on behalf of this broker.
    Own,
}

/// A handle on whichever controller is active. Cloning it is cheap.
#[derive(Clone)]
pub struct ControllerLink {
    inner: Arc<Inner>,
}

struct Inner {
    local: Option<Controller>,
    quorum: Arc<dyn Quorum>,
    client: ClientConfig,
    connection: tokio::sync::Mutex<Option<Connection>>,
}

impl std::fmt::Debug for ControllerLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ControllerLink").field("local", &self.inner.local.is_some()).finish_non_exhaustive()
    }
}

/// Where the active controller is.
enum Seat {
    Here(Controller),
    At(BrokerId, String),
    Nowhere,
}

fn unavailable(why: impl Into<String>) -> Refusal {
    Refusal::new(ErrorCode::NotController, why)
}

impl ControllerLink {
    /// A link; `local` is this process' own controller, if it has that role. One answer takes at most `timeout`.
    pub fn new(
        local: Option<Controller>,
        quorum: Arc<dyn Quorum>,
        node_id: BrokerId,
        timeout: Duration,
    ) -> ControllerLink {
        let client = ClientConfig {
            client_id: format!("broker-{node_id}"),
            connect_timeout: timeout.min(Duration::from_secs(2)),
            request_timeout: timeout,
            ..ClientConfig::new(Vec::new())
        };
        ControllerLink { inner: Arc::new(Inner { local, quorum, client, connection: tokio::sync::Mutex::new(None) }) }
    }

    /// This process' own controller.
    pub fn local(&self) -> Option<&Controller> {
        self.inner.local.as_ref()
    }

    /// The quorum, as this node knows it.
    pub fn quorum(&self) -> &Arc<dyn Quorum> {
        &self.inner.quorum
    }

    /// Every change of who leads.
    pub fn leadership(&self) -> watch::Receiver<Leadership> {
        self.inner.quorum.leadership()
    }

    fn seat(&self) -> Seat {
        let now = *self.inner.quorum.leadership().borrow();
        match (&self.inner.local, self.inner.quorum.leader_endpoint()) {
            (Some(local), _) if now.active => Seat::Here(local.clone()),
            // This node leads and is not ready to decide yet.
            (Some(local), Some((id, _))) if local.node_id() == id => Seat::Nowhere,
            (_, Some((id, address))) => Seat::At(id, address),
            (_, None) => Seat::Nowhere,
        }
    }

    async fn connection(&self, address: &str) -> Result<Connection, ClientError> {
        let mut slot = self.inner.connection.lock().await;
        if let Some(connection) = slot.as_ref().filter(|c| !c.is_closed() && c.address() == address) {
            return Ok(connection.clone());
        }
        let connection = Connection::open(address, &self.inner.client).await?;
        *slot = Some(connection.clone());
        Ok(connection)
    }

    /// Has a request decided: `here` by this process' controller, else at the one that leads. `code` is the error that
    /// an answer carries as a whole. Tried again until `patience` ends.
    async fn ask<R, H, C>(
        &self,
        manner: Manner,
        patience: Duration,
        request: R,
        here: H,
        code: C,
    ) -> Result<Answered<R::Response>, Refusal>
    where
        R: Request + Clone,
        H: Fn(Controller, R) -> Deciding<R::Response>,
        C: Fn(&R::Response) -> i16,
    {
        let deadline = Instant::now() + patience;
        let mut leadership = self.leadership();
        loop {
            leadership.borrow_and_update();
            let refusal = match self.seat() {
                Seat::Here(controller) => match here(controller, request.clone()).await {
                    Err(refusal) if refusal.code == ErrorCode::NotController => refusal,
                    outcome => return outcome,
                },
                Seat::At(id, address) => match self.send(manner, &address, &request).await {
                    Ok(answer) if code(&answer) == ErrorCode::NotController.code() => {
                        unavailable(format!("Node {id} is not the active controller any more."))
                    }
                    Ok(answer) => return Ok(Answered { answer, offset: Offset::NONE }),
                    Err(refusal) if refusal.code == ErrorCode::NotController => refusal,
                    Err(refusal) => return Err(refusal),
                },
                Seat::Nowhere => unavailable("No controller appears to be active."),
            };
            let now = Instant::now();
            if now >= deadline {
                return Err(refusal);
            }
            tokio::select! {
                changed = leadership.changed() => if changed.is_err() { return Err(refusal) },
                () = tokio::time::sleep_until(deadline.min(now + PAUSE)) => {}
            }
        }
    }

    async fn send<R: Request>(&self, manner: Manner, address: &str, request: &R) -> Result<R::Response, Refusal> {
        // A connection that fails says nothing of whether the request was decided, as with any Kafka client.
        let lost = |e: ClientError| unavailable(format!("The controller at {address} did not answer: {e}"));
        let connection = self.connection(address).await.map_err(lost)?;
        match manner {
            Manner::Own => connection.send(request).await.map_err(lost),
            Manner::Forwarded => {
                let version = connection.version_of::<R>().map_err(lost)?;
                let wrapped = envelope::wrap(request, version);
                let answer = connection.send_within(&wrapped, PATIENCE).await.map_err(lost)?;
                if answer.error_code != 0 {
                    return Err(Refusal::bare(ErrorCode::from_code(answer.error_code)));
                }
                envelope::unwrap::<R>(answer, version)
                    .map_err(|e| unavailable(format!("The controller at {address} gave a malformed answer: {e}")))
            }
        }
    }
}
