//! The table of what is served: a frame in, an answer out, now or later.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;

use super::produce_codec::ProduceView;
use super::response::Response;
use super::{api_versions, controller_listener, fetch, produce};
use crate::broker::runtime::answers::Question;
use crate::broker::runtime::broker::Broker;
use crate::broker::runtime::quorum::PEER_API_KEY;
use crate::wire::api::ApiKey;
use crate::wire::codec::Reader;
use crate::wire::header::HeaderView;
use crate::wire::messages::api_versions::ApiVersionsRequest;
use crate::wire::messages::fetch::FetchRequest;
use crate::wire::schema::Request;

/// What becomes of a request.
#[derive(Debug)]
pub enum Answer {
    /// Bytes to send.
    Send(Response),
    /// The request wants no answer (acks=0).
    Nothing,
    /// The connection must end, for this reason.
    Close(String),
}

/// An answer, or the work that leads to it.
pub enum Dispatched {
    /// It is here.
    Now(Answer),
    /// It comes. Nothing is done before the future is polled, and that happens in the order of the requests.
    Later(Pin<Box<dyn Future<Output = Answer> + Send>>),
}

/// The facts about a request that handlers need beside its body. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Call {
    /// The API.
    pub key: ApiKey,
    /// Its version.
    pub version: i16,
    /// What the answer repeats.
    pub correlation_id: i32,
    /// The client's name for itself.
    pub client_id: Option<Arc<str>>,
    /// Where the client is.
    pub peer: SocketAddr,
    /// The listener it came through: answers name brokers by their endpoints of this listener.
    pub listener: Arc<str>,
    /// The side of the node that this listener shows.
    pub face: Face,
}

impl Call {
    /// The request as far as its answer depends on it.
    pub fn question(&self, body: Bytes) -> Question {
        Question { api: self.key, version: self.version, listener: Arc::clone(&self.listener), body }
    }
}

/// A connection's side of the protocol.
#[derive(Debug)]
pub struct Session {
    broker: Arc<Broker>,
    listener: Arc<str>,
    peer: SocketAddr,
    client_id: Option<Arc<str>>,
    face: Face,
}

/// Which side of a node a listener shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// The broker's: what clients use.
    Broker,
    /// The controller's: what brokers, other controllers and `--bootstrap-controller` use.
    Controller,
}

impl Face {
    /// What is advertised and served there.
    pub const fn served(self) -> &'static [ApiKey] {
        match self {
            Face::Broker => SERVED,
            Face::Controller => controller_listener::SERVED,
        }
    }
}

impl Session {
    /// A new connection's.
    pub fn new(broker: Arc<Broker>, listener: Arc<str>, peer: SocketAddr) -> Session {
        let is_controllers = broker.config.is_controller_listener(&listener);
        let face = if is_controllers { Face::Controller } else { Face::Broker };
        Session { broker, listener, peer, client_id: None, face }
    }

    /// Takes one frame.
    pub fn dispatch(&mut self, frame: Bytes) -> Dispatched {
        let mut input = Reader::new(frame);
        let header = match HeaderView::read(&mut input) {
            Ok(header) => header,
            Err(e) => return close(format!("request header: {e}")),
        };
        if self.face == Face::Controller && header.api_key == PEER_API_KEY {
            return controller_listener::peer(&self.broker, header.correlation_id, input.rest());
        }
        let Some(key) = ApiKey::from_code(header.api_key).filter(|key| self.face.served().contains(key)) else {
            return close(format!("API key {} is not served", header.api_key));
        };
        self.broker.metrics.request(key);
        if self.client_id.as_deref().map(str::as_bytes) != header.client_id.as_deref() {
            match header.client_id.as_deref().map(std::str::from_utf8).transpose() {
                Ok(client_id) => self.client_id = client_id.map(Arc::from),
                Err(_) => return close("request header: the client id is not UTF-8".to_owned()),
            }
        }
        let call = Call {
            key,
            version: header.api_version,
            correlation_id: header.correlation_id,
            client_id: self.client_id.clone(),
            peer: self.peer,
            listener: Arc::clone(&self.listener),
            face: self.face,
        };
        if !key.versions().contains(&call.version) {
            if key == ApiKey::ApiVersions {
                return now(&Call { version: 0, ..call }, &api_versions::unsupported(self.face));
            }
            return close(format!("version {} of {key} is not served", call.version));
        }
        match self.face {
            Face::Broker => self.table(call, input),
            Face::Controller => controller_listener::table(&self.broker, call, input),
        }
    }

    fn table(&self, call: Call, input: Reader) -> Dispatched {
        let broker = &self.broker;
        match call.key {
            ApiKey::Produce => {
                let mut input = input;
                match ProduceView::read(&mut input, call.version) {
                    Ok(request) => produce::handle(broker, &call, request),
                    Err(e) => close(format!("{} version {}: {e}", call.key, call.version)),
                }
            }
            ApiKey::Fetch => decoded::<FetchRequest>(&call, input, |request| fetch::handle(broker, &call, request)),
            ApiKey::ApiVersions => decoded::<ApiVersionsRequest>(&call, input, |request| {
                Dispatched::Now(Answer::Send(api_versions::handle(broker, &call, &request)))
            }),
            ApiKey::FindCoordinator
            | ApiKey::JoinGroup
            | ApiKey::SyncGroup
            | ApiKey::Heartbeat
            | ApiKey::LeaveGroup
            | ApiKey::DescribeGroups
            | ApiKey::ListGroups
            | ApiKey::DeleteGroups
            | ApiKey::OffsetCommit
            | ApiKey::OffsetFetch
            | ApiKey::OffsetDelete => super::group_routes::table(broker, call, input),
            _ => super::control::table(broker, call, input),
        }
    }
}

/// The APIs that are advertised and served to clients.
pub const SERVED: &[ApiKey] = &[
    ApiKey::Produce,
    ApiKey::Fetch,
    ApiKey::ListOffsets,
    ApiKey::Metadata,
    ApiKey::OffsetCommit,
    ApiKey::OffsetFetch,
    ApiKey::FindCoordinator,
    ApiKey::JoinGroup,
    ApiKey::Heartbeat,
    ApiKey::LeaveGroup,
    ApiKey::SyncGroup,
    ApiKey::DescribeGroups,
    ApiKey::ListGroups,
    ApiKey::ApiVersions,
    ApiKey::CreateTopics,
    ApiKey::DeleteTopics,
    ApiKey::DeleteRecords,
    ApiKey::InitProducerId,
    ApiKey::OffsetForLeaderEpoch,
    ApiKey::DescribeConfigs,
    ApiKey::AlterConfigs,
    ApiKey::AlterReplicaLogDirs,
    ApiKey::DescribeLogDirs,
    ApiKey::CreatePartitions,
    ApiKey::DeleteGroups,
    ApiKey::ElectLeaders,
    ApiKey::IncrementalAlterConfigs,
    ApiKey::AlterPartitionReassignments,
    ApiKey::ListPartitionReassignments,
    ApiKey::OffsetDelete,
    ApiKey::DescribeQuorum,
    ApiKey::UpdateFeatures,
    ApiKey::DescribeCluster,
    ApiKey::DescribeProducers,
    ApiKey::UnregisterBroker,
    ApiKey::ListConfigResources,
    ApiKey::DescribeTopicPartitions,
    ApiKey::AddRaftVoter,
    ApiKey::RemoveRaftVoter,
];

fn close(reason: String) -> Dispatched {
    Dispatched::Now(Answer::Close(reason))
}

/// Answers with a message that is there.
pub fn now<M: crate::wire::schema::Message>(call: &Call, message: &M) -> Dispatched {
    Dispatched::Now(Answer::Send(Response::encode(message, call.key, call.version, call.correlation_id)))
}

/// Decodes the body, and closes the connection of a client that sent another thing.
pub fn decoded<R: Request>(call: &Call, mut input: Reader, serve: impl FnOnce(R) -> Dispatched) -> Dispatched {
    match R::read(&mut input, call.version) {
        Ok(request) => serve(request),
        Err(e) => close(format!("{} version {}: {e}", call.key, call.version)),
    }
}

/// Decodes the body and answers when the handler's future is done.
pub fn later<R, F, Fut>(broker: &Arc<Broker>, call: Call, input: Reader, handler: F) -> Dispatched
where
    R: Request + Send + 'static,
    F: FnOnce(Arc<Broker>, Call, R) -> Fut + Send + 'static,
    Fut: Future<Output = R::Response> + Send + 'static,
{
    let broker = Arc::clone(broker);
    decoded::<R>(&call.clone(), input, move |request| {
        Dispatched::Later(Box::pin(async move {
            let (key, version, correlation_id) = (call.key, call.version, call.correlation_id);
            let response = handler(broker, call, request).await;
            Answer::Send(Response::encode(&response, key, version, correlation_id))
        }))
    })
}
