//! A handle on a cluster: one connection a broker, requests to the broker they belong to, one retry policy.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::metadata::{Broker, Metadata, Topic, Topics};
use super::routing::{Routed, is_leadership};
use super::{Backoff, ClientConfig, ClientError, Connection, Result};
use crate::model::ErrorCode;
use crate::wire::messages::find_coordinator::{FindCoordinatorRequest, FindCoordinatorResponse};
use crate::wire::messages::metadata::MetadataRequest;
use crate::wire::schema::Request;

/// How often a request is sent again on a new connection. A broker that hangs up on the same request every time does not
/// like it; asking on would only hide that.
const RECONNECTS: usize = 3;

/// The broker that a request belongs to.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// Whichever answers.
    Any,
    /// The broker that takes administrative requests.
    Controller,
    /// One broker, by id.
    Broker(i32),
    /// The coordinator of a group.
    Group(&'a str),
    /// The coordinator of a transactional id.
    Transaction(&'a str),
}

/// What is coordinated: `FindCoordinatorRequest.KeyType`, and the name.
type Coordinated = (i8, String);

const GROUP: i8 = 0;
const TRANSACTION: i8 = 1;

type Slot = Arc<tokio::sync::Mutex<Option<Connection>>>;

#[derive(Default)]
struct View {
    brokers: BTreeMap<i32, Broker>,
    controller: i32,
    topics: HashMap<String, Topic>,
    coordinators: HashMap<Coordinated, i32>,
    entry: Option<String>,
}

struct Inner {
    config: ClientConfig,
    slots: Mutex<HashMap<String, Slot>>,
    view: Mutex<View>,
}

/// A cluster. Clones share connections and what is known of the cluster. Creating one does no I/O.
#[derive(Clone)]
pub struct Cluster {
    inner: Arc<Inner>,
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cluster").field("bootstrap", &self.inner.config.bootstrap).finish_non_exhaustive()
    }
}

impl Cluster {
    /// A handle that connects when it is first used.
    pub fn new(config: ClientConfig) -> Cluster {
        let view = Mutex::new(View { controller: -1, ..View::default() });
        Cluster { inner: Arc::new(Inner { config, slots: Mutex::default(), view }) }
    }

    /// Its settings.
    pub fn config(&self) -> &ClientConfig {
        &self.inner.config
    }

    /// Sends a request to where it belongs, and again while the answer says that it was the wrong place or too early.
    ///
    /// # Errors
    /// [`ClientError`] when no answer came within `default.api.timeout.ms`. Error codes inside the answer that do not
    /// speak of routing are left to the caller.
    pub async fn request<R: Routed>(&self, target: Target<'_>, request: &R) -> Result<R::Response> {
        self.request_up_to(target, request, i16::MAX).await
    }

    /// As [`Cluster::request`], in no newer version than `cap`.
    ///
    /// # Errors
    /// As [`Cluster::request`].
    pub async fn request_up_to<R: Routed>(&self, target: Target<'_>, request: &R, cap: i16) -> Result<R::Response> {
        let mut backoff = Backoff::new(&self.inner.config);
        let mut reconnects = 0;
        loop {
            let reached = self.connection(target).await;
            let answer = match &reached {
                Ok(connection) => match connection.version_of::<R>() {
                    Ok(version) => {
                        connection.send_in(request, version.min(cap), self.inner.config.request_timeout).await
                    }
                    Err(e) => Err(e),
                },
                Err(e) => Err(e.clone()),
            };
            match answer {
                Ok(response) => {
                    if R::retriable(&response).is_none() {
                        return Ok(response);
                    }
                    self.forget(target);
                    if !backoff.pause().await {
                        return Ok(response);
                    }
                }
                Err(e) if reached.is_ok() && e.is_transport() => {
                    self.forget(target);
                    reconnects += 1;
                    if reconnects > RECONNECTS || !backoff.pause().await {
                        return Err(e);
                    }
                }
                // A coordinator that is not ready yet is worth waiting for; an address that refuses is not.
                Err(e) if e.code().is_some_and(super::routing::is_transient) => {
                    if !backoff.pause().await {
                        return Err(e);
                    }
                }
                Err(e) => return Err(e),
            }
        }
    }

    /// Drops what led to the wrong broker.
    fn forget(&self, target: Target<'_>) {
        let mut view = self.inner.view.lock();
        match target {
            Target::Group(group) => drop(view.coordinators.remove(&(GROUP, group.to_owned()))),
            Target::Transaction(id) => drop(view.coordinators.remove(&(TRANSACTION, id.to_owned()))),
            Target::Controller => view.controller = -1,
            Target::Any | Target::Broker(_) => {}
        }
    }

    /// Looks for the coordinator anew at the next request to it.
    pub(super) fn forget_coordinator(&self, group: &str) {
        self.forget(Target::Group(group));
    }

    /// The connection to where requests for `target` go.
    ///
    /// # Errors
    /// [`ClientError`] when it cannot be found or reached.
    pub async fn connection(&self, target: Target<'_>) -> Result<Connection> {
        match target {
            Target::Any => self.any().await,
            Target::Controller => self.controller().await,
            Target::Broker(id) => self.broker(id).await,
            Target::Group(group) => {
                let id = self.find_coordinator(GROUP, group).await?;
                self.broker(id).await
            }
            Target::Transaction(transactional_id) => {
                let id = self.find_coordinator(TRANSACTION, transactional_id).await?;
                self.broker(id).await
            }
        }
    }

    /// Administrative requests go to the broker that Metadata names as controller; in a KRaft cluster every broker
    /// forwards them, so the first connection serves until somebody says NOT_CONTROLLER.
    async fn controller(&self) -> Result<Connection> {
        let entry = self.any().await?;
        let controller = {
            let view = self.inner.view.lock();
            if view.controller < 0 && view.brokers.is_empty() {
                return Ok(entry);
            }
            view.controller
        };
        let controller = if controller < 0 { self.look(&entry, Topics::None).await?.controller } else { controller };
        if controller < 0 { Ok(entry) } else { self.broker(controller).await }
    }

    async fn any(&self) -> Result<Connection> {
        let entry = self.inner.view.lock().entry.clone();
        if let Some(address) = entry
            && let Ok(connection) = self.open(&address).await
        {
            return Ok(connection);
        }
        let known: Vec<String> = self.inner.view.lock().brokers.values().map(Broker::address).collect();
        let mut failures = Vec::new();
        for address in self.inner.config.bootstrap.iter().chain(&known) {
            match self.open(address).await {
                Ok(connection) => {
                    self.inner.view.lock().entry = Some(address.clone());
                    return Ok(connection);
                }
                Err(ClientError::Unreachable { tried }) => failures.extend(tried),
                Err(e) => return Err(e),
            }
        }
        Err(ClientError::Unreachable { tried: failures })
    }

    async fn broker(&self, id: i32) -> Result<Connection> {
        let known = |view: &View| view.brokers.get(&id).map(Broker::address);
        let mut address = known(&self.inner.view.lock());
        if address.is_none() {
            self.look(&self.any().await?, Topics::None).await?;
            address = known(&self.inner.view.lock());
        }
        let address = address.ok_or_else(|| {
            let message = Some(format!("broker {id} is not registered, or fenced"));
            ClientError::refused(format!("cannot ask broker {id}"), ErrorCode::BrokerNotAvailable, message)
        })?;
        self.open(&address).await
    }

    async fn open(&self, address: &str) -> Result<Connection> {
        let slot = Arc::clone(self.inner.slots.lock().entry(address.to_owned()).or_default());
        let mut slot = slot.lock().await;
        if let Some(connection) = slot.as_ref().filter(|c| !c.is_closed()) {
            return Ok(connection.clone());
        }
        let connection = Connection::open(address, &self.inner.config).await?;
        *slot = Some(connection.clone());
        Ok(connection)
    }

    /// The id of the broker that coordinates a group; waits for one, as the first question about any group makes the
    /// cluster create the topic that coordinators need.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with COORDINATOR_NOT_AVAILABLE when there is none within `default.api.timeout.ms`.
    pub async fn coordinator(&self, group: &str) -> Result<i32> {
        self.settled_coordinator(GROUP, group).await
    }

    /// The id of the broker that coordinates a transactional id.
    ///
    /// # Errors
    /// As [`Cluster::coordinator`].
    pub async fn transaction_coordinator(&self, transactional_id: &str) -> Result<i32> {
        self.settled_coordinator(TRANSACTION, transactional_id).await
    }

    async fn settled_coordinator(&self, kind: i8, name: &str) -> Result<i32> {
        let mut backoff = Backoff::new(&self.inner.config);
        loop {
            match self.find_coordinator(kind, name).await {
                Err(e) if e.code().is_some_and(super::routing::is_transient) && backoff.pause().await => {}
                answer => return answer,
            }
        }
    }

    async fn find_coordinator(&self, kind: i8, name: &str) -> Result<i32> {
        let key = (kind, name.to_owned());
        if let Some(&id) = self.inner.view.lock().coordinators.get(&key) {
            return Ok(id);
        }
        let connection = self.any().await?;
        let version = connection.version_of::<FindCoordinatorRequest>()?;
        let mut request = FindCoordinatorRequest { key_type: kind, ..Default::default() };
        if version >= 4 {
            request.coordinator_keys = vec![name.to_owned()];
        } else {
            request.key = name.to_owned();
        }
        let response: FindCoordinatorResponse = connection.send(&request).await?;
        let found = response.coordinators.into_iter().next();
        let (code, message, broker) = match found {
            Some(c) => {
                (c.error_code, c.error_message, Broker { id: c.node_id, host: c.host, port: c.port, rack: None })
            }
            None => (
                response.error_code,
                response.error_message,
                Broker { id: response.node_id, host: response.host, port: response.port, rack: None },
            ),
        };
        let what = if kind == GROUP { "group" } else { "transactional id" };
        ClientError::check(code, message.as_deref(), || format!("cannot find the coordinator of {what} {name}"))?;
        let id = broker.id;
        let mut view = self.inner.view.lock();
        view.brokers.entry(id).or_insert(broker);
        view.coordinators.insert(key, id);
        Ok(id)
    }

    /// Asks for brokers and topics, and remembers the leaders.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn metadata(&self, topics: Topics<'_>) -> Result<Metadata> {
        let created = matches!(topics, Topics::NamedOrCreated(_));
        let mut backoff = Backoff::new(&self.inner.config);
        let mut reconnects = 0;
        loop {
            let asked = self.any().await?;
            let metadata = match self.look(&asked, topics).await {
                Err(e) if e.is_transport() && reconnects < RECONNECTS && backoff.pause().await => {
                    reconnects += 1;
                    continue;
                }
                answer => answer?,
            };
            // A topic that was just created by this request has no leader for a moment.
            let settling = |t: &Topic| {
                t.error == ErrorCode::LeaderNotAvailable || (created && t.error == ErrorCode::UnknownTopicOrPartition)
            };
            if !created || !metadata.topics.values().any(settling) || !backoff.pause().await {
                return Ok(metadata);
            }
        }
    }

    /// One Metadata request on one connection; what it says is remembered.
    async fn look(&self, connection: &Connection, topics: Topics<'_>) -> Result<Metadata> {
        let request: MetadataRequest = Metadata::request(topics);
        let metadata = Metadata::of(connection.send(&request).await?);
        let mut view = self.inner.view.lock();
        if !metadata.brokers.is_empty() {
            view.brokers.clone_from(&metadata.brokers);
        }
        view.controller = metadata.controller;
        view.topics.extend(metadata.topics.iter().map(|(name, topic)| (name.clone(), topic.clone())));
        Ok(metadata)
    }

    /// One topic, from memory or asked for; `fresh` asks in any case.
    ///
    /// # Errors
    /// [`ClientError::Refused`] when the topic is not there.
    pub async fn topic(&self, name: &str, fresh: bool) -> Result<Topic> {
        let known = self.inner.view.lock().topics.get(name).filter(|t| t.error.is_ok()).cloned();
        if let Some(topic) = known.filter(|_| !fresh) {
            return Ok(topic);
        }
        let names = [name.to_owned()];
        let metadata = self.metadata(Topics::Named(&names)).await?;
        match metadata.topics.into_values().next() {
            Some(topic) if topic.error.is_ok() => Ok(topic),
            Some(topic) if topic.error == ErrorCode::UnknownTopicOrPartition => {
                Err(ClientError::refused(name, topic.error, Some("there is no such topic".into())))
            }
            Some(topic) => Err(ClientError::refused(name, topic.error, None)),
            None => Err(ClientError::refused(name, ErrorCode::UnknownTopicOrPartition, None)),
        }
    }

    /// The leader of a partition as last known; `None` when unknown or without leader.
    pub fn leader(&self, topic: &str, partition: i32) -> Option<i32> {
        let view = self.inner.view.lock();
        let topic = view.topics.get(topic)?;
        // They are sorted, and nearly always complete: a producer asks for each of thousands, again and again.
        let at = usize::try_from(partition).ok()?;
        let direct = topic.partitions.get(at).filter(|p| p.index == partition);
        let found = direct.or_else(|| topic.partitions.iter().find(|p| p.index == partition))?;
        (found.leader >= 0).then_some(found.leader)
    }

    /// Looks up the leaders of these topics again, ignoring what cannot be had.
    ///
    /// # Errors
    /// [`ClientError`] when no broker answers.
    pub async fn refresh_leaders(&self, topics: &[String]) -> Result<()> {
        if topics.is_empty() {
            return Ok(());
        }
        self.metadata(Topics::Named(topics)).await.map(drop)
    }

    /// Splits items by the leader of their partition. The second list has those without a known leader.
    pub fn by_leader<T>(
        &self,
        items: impl IntoIterator<Item = T>,
        at: impl Fn(&T) -> (&str, i32),
    ) -> (BTreeMap<i32, Vec<T>>, Vec<T>) {
        let mut led: BTreeMap<i32, Vec<T>> = BTreeMap::new();
        let mut leaderless = Vec::new();
        for item in items {
            let (topic, partition) = at(&item);
            match self.leader(topic, partition) {
                Some(leader) => led.entry(leader).or_default().push(item),
                None => leaderless.push(item),
            }
        }
        (led, leaderless)
    }

    /// Whether an error of a partition calls for another look at the leaders.
    pub fn is_leadership_error(code: ErrorCode) -> bool {
        is_leadership(code)
    }

    /// Sends to a broker by id with a limit on the wait; for requests that the broker holds.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn send_to<R: Request>(&self, broker: i32, request: &R, timeout: Duration) -> Result<R::Response> {
        self.broker(broker).await?.send_within(request, timeout).await
    }
}
