//! The active controller: one task that decides, in order, and holds each answer until its records are committed.

mod activation;
mod cluster;
mod upkeep;
mod wire;

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;

use super::metadata::MetadataCache;
use super::quorum::{Committed, Leadership, ProposeError, Quorum};
use crate::broker::state::controller::{
    AlterConfigs, BrokerSessions, ConfigRules, Context, Decision, Defaults, HeartbeatAnswer, ProducerIdBlock, Refusal,
    allocate_producer_ids, alter_configs, broker_heartbeat, create_partitions, create_topics, delete_topics,
    fence_broker, offsets_taken, register_broker, unregister_broker,
};
use crate::broker::state::metadata::{ApplyError, LogPosition, MetadataChanges, MetadataImage, record_version};
use crate::model::{BrokerId, ErrorCode, LeaderEpoch, Offset, TimestampMs, Uuid};
use crate::wire::messages::broker_heartbeat::BrokerHeartbeatRequest;
use crate::wire::messages::broker_registration::BrokerRegistrationRequest;
use crate::wire::messages::create_partitions::{CreatePartitionsRequest, CreatePartitionsResponse};
use crate::wire::messages::create_topics::{CreateTopicsRequest, CreateTopicsResponse};
use crate::wire::messages::delete_topics::{DeleteTopicsRequest, DeleteTopicsResponse};
use crate::wire::records::metadata::{
    BeginTransactionRecord, EndTransactionRecord, MetadataRecord, RegisterControllerRecord,
};

/// What the controller must know beside the log.
#[derive(Clone, Debug, PartialEq)]
pub struct ControllerSettings {
    /// The cluster's id.
    pub cluster_id: String,
    /// Where `bootstrap.checkpoint` may lie (`metadata.log.dir`).
    pub metadata_dir: PathBuf,
    /// This controller's registration, written when it first leads.
    pub registration: RegisterControllerRecord,
    /// Fallbacks of requests.
    pub defaults: Defaults,
    /// `broker.session.timeout.ms`.
    pub session_timeout_ms: i64,
}

/// An answer, and the offset up to which this node's image must have come for the client to see it.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered<A> {
    /// The answer.
    pub answer: A,
    /// Where the last of its records stands; the image is at least there when this is returned.
    pub offset: Offset,
}

type Job = Box<dyn FnOnce(&mut Desk) + Send>;

/// A handle to the controller of this process. Cloning it is cheap.
#[derive(Clone)]
pub struct Controller {
    jobs: mpsc::Sender<Job>,
    metadata: Arc<MetadataCache>,
    quorum: Arc<dyn Quorum>,
    node_id: BrokerId,
}

impl std::fmt::Debug for Controller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Controller").finish_non_exhaustive()
    }
}

impl Controller {
    /// Starts the controller's task. It decides whenever this node leads the quorum.
    pub fn start(
        settings: ControllerSettings,
        rules: Arc<dyn ConfigRules>,
        quorum: Arc<dyn Quorum>,
        metadata: Arc<MetadataCache>,
    ) -> (Controller, JoinHandle<()>) {
        let (jobs, queue) = mpsc::channel(1024);
        let node_id = BrokerId(settings.registration.controller_id);
        let desk = Desk {
            settings,
            rules,
            quorum: Arc::clone(&quorum),
            metadata: Arc::clone(&metadata),
            active: None,
            staged: Vec::new(),
            proposals: Arc::default(),
        };
        let task = tokio::spawn(run(desk, queue));
        (Controller { jobs, metadata, quorum, node_id }, task)
    }

    /// The node that this controller runs on.
    pub const fn node_id(&self) -> BrokerId {
        self.node_id
    }

    /// The quorum behind the controller.
    pub fn quorum(&self) -> &Arc<dyn Quorum> {
        &self.quorum
    }

    /// Decides by `decide`, and answers once what it decided is committed and in this node's image.
    async fn decide<A: Send + 'static>(
        &self,
        decide: impl FnOnce(&mut Active, TimestampMs) -> Result<Decision<A>, Refusal> + Send + 'static,
    ) -> Result<Answered<A>, Refusal> {
        let (send, receive) = oneshot::channel();
        let job: Job = Box::new(move |desk| desk.work(decide, send));
        self.jobs.send(job).await.map_err(|_| stopped())?;
        let answered = receive.await.map_err(|_| stopped())??;
        self.metadata.wait_published(answered.offset).await;
        Ok(answered)
    }

    /// Decides CreateTopics. The handler then waits for [`MetadataCache::wait_served`].
    ///
    /// # Errors
    /// `NOT_CONTROLLER` when another node must decide; every other refusal is in the answer.
    pub async fn create_topics(&self, request: CreateTopicsRequest) -> Result<Answered<CreateTopicsResponse>, Refusal> {
        let seed = seed();
        self.decide(move |active, _| Ok(create_topics(&active.ctx(), &request, &mut Uuid::random, seed))).await
    }

    /// Decides DeleteTopics.
    ///
    /// # Errors
    /// As [`Controller::create_topics`].
    pub async fn delete_topics(&self, request: DeleteTopicsRequest) -> Result<Answered<DeleteTopicsResponse>, Refusal> {
        self.decide(move |active, _| Ok(delete_topics(&active.ctx(), &request))).await
    }

    /// Decides CreatePartitions.
    ///
    /// # Errors
    /// As [`Controller::create_topics`].
    pub async fn create_partitions(
        &self,
        request: CreatePartitionsRequest,
    ) -> Result<Answered<CreatePartitionsResponse>, Refusal> {
        let seed = seed();
        self.decide(move |active, _| Ok(create_partitions(&active.ctx(), &request, seed))).await
    }

    /// Decides changes of configuration; one result for each.
    ///
    /// # Errors
    /// As [`Controller::create_topics`].
    pub async fn alter_configs(
        &self,
        changes: Vec<AlterConfigs>,
        validate_only: bool,
    ) -> Result<Answered<Vec<Result<(), Refusal>>>, Refusal> {
        self.decide(move |active, _| Ok(alter_configs(&active.ctx(), &changes, validate_only))).await
    }

    /// Gives a broker a block of producer ids.
    ///
    /// # Errors
    /// `NOT_CONTROLLER`, `STALE_BROKER_EPOCH`, `BROKER_ID_NOT_REGISTERED`.
    pub async fn allocate_producer_ids(&self, broker: BrokerId, epoch: i64) -> Result<ProducerIdBlock, Refusal> {
        self.decide(move |active, _| allocate_producer_ids(&active.ctx(), broker, epoch)).await.map(|a| a.answer)
    }

    /// Registers a broker; the answer is its epoch.
    ///
    /// # Errors
    /// `NOT_CONTROLLER` and what registration refuses.
    pub async fn register_broker(&self, request: BrokerRegistrationRequest) -> Result<i64, Refusal> {
        let decided = self.decide(move |active, now| {
            let id = BrokerId(request.broker_id);
            let next = active.tip.offset().next();
            let decision =
                register_broker(&active.ctx(), &active.sessions, &active.settings.cluster_id, &request, next, now)?;
            active.sessions.remove(id);
            active.sessions.touch(id, true, Offset::NONE, now);
            Ok(decision)
        });
        decided.await.map(|a| a.answer)
    }

    /// Takes a broker's heartbeat.
    ///
    /// # Errors
    /// `NOT_CONTROLLER`, `STALE_BROKER_EPOCH`, `BROKER_ID_NOT_REGISTERED`.
    pub async fn heartbeat(&self, request: BrokerHeartbeatRequest) -> Result<HeartbeatAnswer, Refusal> {
        let decided = self.decide(move |active, now| {
            let end = active.tip.offset().next();
            let ctx = Context { image: &active.tip, rules: &*active.rules, defaults: active.settings.defaults };
            broker_heartbeat(&ctx, &mut active.sessions, &request, end, now)
        });
        decided.await.map(|a| a.answer)
    }

    /// Forgets a broker.
    ///
    /// # Errors
    /// `NOT_CONTROLLER`, `BROKER_ID_NOT_REGISTERED`.
    pub async fn unregister_broker(&self, id: BrokerId) -> Result<Answered<()>, Refusal> {
        self.decide(move |active, _| {
            let decision = unregister_broker(&active.ctx(), id)?;
            active.sessions.remove(id);
            Ok(decision)
        })
        .await
    }
}

fn seed() -> u64 {
    Uuid::random().0 as u64
}

fn stopped() -> Refusal {
    Refusal::new(ErrorCode::NotController, "The controller has stopped.")
}

fn not_controller(leader: Option<BrokerId>) -> Refusal {
    let text = match leader {
        Some(id) => format!("The active controller appears to be node {id}."),
        None => "No controller appears to be active.".to_owned(),
    };
    Refusal::new(ErrorCode::NotController, text)
}

/// What the controller has while it leads. Dropped, never rolled back, when it does not.
struct Active {
    epoch: LeaderEpoch,
    /// The committed image with every proposal since.
    tip: MetadataImage,
    sessions: BrokerSessions,
    /// What comes again and again.
    tasks: Vec<upkeep::Task>,
    settings: ControllerSettings,
    rules: Arc<dyn ConfigRules>,
}

impl Active {
    fn ctx(&self) -> Context<'_> {
        Context { image: &self.tip, rules: &*self.rules, defaults: self.settings.defaults }
    }

    /// Moves the tip over a command's records, as the log will hold them.
    fn advance(&mut self, records: &[MetadataRecord]) -> Result<(), ApplyError> {
        let mut next = self.tip.clone();
        for record in records {
            next.apply(record, &mut MetadataChanges::default())?;
        }
        let offset = self.tip.offset() + offsets_taken(records.len());
        self.tip = next.at(LogPosition { offset, epoch: self.epoch });
        Ok(())
    }
}

type Finish = Box<dyn FnOnce(Result<Offset, Refusal>) + Send>;

/// A command whose records are to be proposed, and what to do when they are committed.
struct Staged {
    records: Vec<MetadataRecord>,
    end: Offset,
    finish: Finish,
}

struct Desk {
    settings: ControllerSettings,
    rules: Arc<dyn ConfigRules>,
    quorum: Arc<dyn Quorum>,
    metadata: Arc<MetadataCache>,
    active: Option<Active>,
    staged: Vec<Staged>,
    proposals: Arc<Proposals>,
}

/// What was proposed and is not settled yet.
#[derive(Debug, Default)]
struct Proposals {
    open: AtomicUsize,
    /// One was not committed: the tip holds what the log does not.
    lost: AtomicBool,
    settled: Notify,
}

impl Proposals {
    fn settle(&self, committed: bool) {
        if !committed {
            self.lost.store(true, Ordering::Release);
        }
        self.open.fetch_sub(1, Ordering::AcqRel);
        self.settled.notify_one();
    }
}

impl Desk {
    fn work<A: Send + 'static>(
        &mut self,
        decide: impl FnOnce(&mut Active, TimestampMs) -> Result<Decision<A>, Refusal>,
        reply: oneshot::Sender<Result<Answered<A>, Refusal>>,
    ) {
        let leader = self.quorum.leadership().borrow().leader;
        let Some(active) = &mut self.active else {
            let _ = reply.send(Err(not_controller(leader)));
            return;
        };
        let decision = match decide(active, TimestampMs::now()) {
            Ok(decision) => decision,
            Err(refusal) => {
                let _ = reply.send(Err(refusal));
                return;
            }
        };
        let Decision { records, answer } = decision;
        if let Err(fault) = active.advance(&records) {
            tracing::error!("the controller decided what its own state contradicts: {fault}");
            let _ = reply.send(Err(ErrorCode::UnknownServerError.into()));
            return;
        }
        let finish: Finish = Box::new(move |result| {
            let _ = reply.send(result.map(|offset| Answered { answer, offset }));
        });
        // An answer without records may rest on records that are not committed yet: it waits for them all the same.
        self.staged.push(Staged { records, end: active.tip.offset(), finish });
    }

    /// Proposes what is staged; commands that wait together are written together.
    async fn propose(&mut self) {
        for staged in std::mem::take(&mut self.staged) {
            let Some(active) = &self.active else {
                (staged.finish)(Err(not_controller(None)));
                continue;
            };
            if staged.records.is_empty() {
                let (metadata, mut leadership) = (Arc::clone(&self.metadata), self.quorum.leadership());
                let epoch = active.epoch;
                if metadata.peek().offset() >= staged.end {
                    (staged.finish)(Ok(staged.end));
                    continue;
                }
                tokio::spawn(async move {
                    let lost = async { leadership.wait_for(|now| now.epoch != epoch).await.map(drop) };
                    tokio::select! {
                        () = metadata.wait_published(staged.end) => (staged.finish)(Ok(staged.end)),
                        _ = lost => (staged.finish)(Err(not_controller(None))),
                    }
                });
                continue;
            }
            let level = active.tip.features().metadata_version();
            let values = wrapped(staged.records).map(|r| r.to_value(record_version(&r, level))).collect();
            match self.quorum.propose(active.epoch, values).await {
                Ok(committed) => {
                    self.proposals.open.fetch_add(1, Ordering::AcqRel);
                    let proposals = Arc::clone(&self.proposals);
                    drop(tokio::spawn(settle(committed, staged.end, staged.finish, proposals)));
                }
                Err(error) => {
                    (staged.finish)(Err(refusal_of(&error)));
                    self.resign(&error);
                }
            }
        }
    }

    /// Lets the tip and the published image be one, once everything proposed is in it: else each would keep its own
    /// copy of whatever changed since this controller began. What the quorum writes by itself, a change of its voters,
    /// takes offsets too: the image may be further than the tip.
    fn share(&mut self) {
        let image = self.metadata.peek();
        if let Some(active) = &mut self.active
            && self.staged.is_empty()
            && self.proposals.open.load(Ordering::Acquire) == 0
            && image.position().offset >= active.tip.position().offset
        {
            active.tip = (**image).clone();
        }
    }

    fn resign(&mut self, why: &ProposeError) {
        if self.active.take().is_some() {
            tracing::info!("no longer the active controller: {why}");
        }
    }

    /// Takes over, or steps back, as the quorum says.
    fn follow(&mut self, now: Leadership) {
        let is_active = self.active.as_ref().is_some_and(|active| active.epoch == now.epoch);
        if !now.active {
            if self.active.is_some() {
                self.active = None;
                tracing::info!(epoch = now.epoch.get(), "no longer the active controller");
            }
            return;
        }
        if is_active {
            return;
        }
        if self.proposals.open.load(Ordering::Acquire) > 0 {
            // What this controller proposed before may yet come, and belongs into the image that it begins from.
            return;
        }
        self.proposals.lost.store(false, Ordering::Release);
        let mut tip = (*self.metadata.image()).clone();
        let open = self.quorum.open_transaction();
        if let Some(end) = open {
            // The image is that of before the transaction; the log goes on behind what stands of it.
            tip = tip.at(LogPosition { offset: end, epoch: now.epoch });
        }
        let mut sessions = BrokerSessions::new(self.settings.session_timeout_ms);
        let started = TimestampMs::now();
        // Every broker that may be alive gets a whole session to find the new controller. The one of this very node need
        // not wait for a session of its own past to end: nobody else can run on its directories.
        let own = BrokerId(self.settings.registration.controller_id);
        for broker in tip.brokers().filter(|broker| !broker.fenced && broker.id != own) {
            sessions.expect(broker.id, broker.fenced, started);
        }
        let (settings, rules) = (self.settings.clone(), Arc::clone(&self.rules));
        let tasks = upkeep::tasks(&*rules, started);
        self.active = Some(Active { epoch: now.epoch, tip, sessions, tasks, settings, rules });
        tracing::info!(epoch = now.epoch.get(), "became the active controller");
        if open.is_some() {
            tracing::warn!("an earlier controller left a metadata transaction open; it is aborted");
            let (reply, _) = oneshot::channel();
            self.work(|_, _| Ok(activation::abort_transaction()), reply);
        }
        let (reply, _) = oneshot::channel();
        self.work(|active, _| Ok(activation::activation(active)), reply);
    }

    fn fence_the_silent(&mut self) {
        let Some(active) = &self.active else { return };
        for id in active.sessions.expired(TimestampMs::now()) {
            tracing::warn!(broker = id.get(), "fencing a broker that has not been heard of");
            let (reply, _) = oneshot::channel();
            let fence = move |active: &mut Active, now| {
                active.sessions.touch(id, true, Offset::NONE, now);
                Ok(fence_broker(&active.ctx(), id))
            };
            self.work(fence, reply);
        }
    }
}

async fn run(mut desk: Desk, mut queue: mpsc::Receiver<Job>) {
    let mut leadership = desk.quorum.leadership();
    let proposals = Arc::clone(&desk.proposals);
    loop {
        let now = *leadership.borrow_and_update();
        if desk.proposals.lost.load(Ordering::Acquire) {
            desk.resign(&ProposeError::Lost);
        }
        desk.follow(now);
        desk.propose().await;
        desk.share();
        let deadline = desk.next_deadline();
        let alarm: Pin<Box<dyn Future<Output = ()> + Send>> = match deadline {
            Some(wait) => Box::pin(tokio::time::sleep(wait)),
            None => Box::pin(std::future::pending()),
        };
        tokio::select! {
            changed = leadership.changed() => if changed.is_err() { return },
            job = queue.recv() => match job {
                Some(job) => {
                    job(&mut desk);
                    while desk.staged.len() < 64 && let Ok(job) = queue.try_recv() {
                        job(&mut desk);
                    }
                }
                None => return,
            },
            () = alarm => {
                desk.fence_the_silent();
                desk.keep_up();
            }
            () = proposals.settled.notified() => {}
        }
    }
}

async fn settle(committed: Committed, expected: Offset, finish: Finish, proposals: Arc<Proposals>) {
    let result = committed.await;
    proposals.settle(result.is_ok());
    if let Ok(offset) = result
        && offset != expected
    {
        // Epochs of brokers were taken from the expected offset; they stay unique and ascending all the same.
        tracing::warn!(%offset, %expected, "records of the controller did not land where it expected them");
    }
    finish(result.map_err(|error| refusal_of(&error)));
}

fn refusal_of(error: &ProposeError) -> Refusal {
    Refusal::new(ErrorCode::NotController, error.to_string())
}

/// A command's records as the log holds them: more than one stand between transaction markers.
fn wrapped(records: Vec<MetadataRecord>) -> impl Iterator<Item = MetadataRecord> {
    let many = records.len() > 1;
    let begin = many.then(|| MetadataRecord::BeginTransactionRecord(BeginTransactionRecord::default()));
    let end = many.then(|| MetadataRecord::EndTransactionRecord(EndTransactionRecord::default()));
    begin.into_iter().chain(records).chain(end)
}

#[cfg(test)]
mod tests;
