//! Who talks, and what is said. Requests carry a number that their answers repeat.

use crate::broker::state::controller::HeartbeatAnswer;
use crate::broker::state::replication::Position;
use crate::model::{BrokerId, ErrorCode, LeaderEpoch, Offset};
use crate::wire::messages::alter_partition::{AlterPartitionRequest, AlterPartitionResponse};

use super::log::Batch;
use super::network::{Class, Machine};
use super::raft::{Entry, RaftMessage};

/// A process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Addr {
    /// A controller, by its place in the quorum.
    Controller(usize),
    /// A broker, by its place among the brokers: broker `n` has the id `n + 1`.
    Broker(usize),
    /// A client.
    Client(usize),
}

/// Where processes run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Topology {
    /// Brokers.
    pub brokers: usize,
    /// Controllers.
    pub controllers: usize,
    /// Whether the first brokers' machines run the controllers too (`process.roles=broker,controller`).
    pub combined: bool,
    /// Clients, each on its own machine.
    pub clients: usize,
}

impl Topology {
    /// Machines of the cluster; those of clients have higher numbers.
    pub const fn nodes(&self) -> usize {
        if self.combined { self.brokers } else { self.brokers + self.controllers }
    }

    /// All machines.
    pub const fn machines(&self) -> usize {
        self.nodes() + self.clients
    }

    /// The machine of a process.
    pub const fn machine(&self, addr: Addr) -> Machine {
        match addr {
            Addr::Broker(at) => at,
            Addr::Controller(at) => {
                if self.combined {
                    at
                } else {
                    self.brokers + at
                }
            }
            Addr::Client(at) => self.nodes() + at,
        }
    }

    /// The broker on a machine.
    pub fn broker_on(&self, machine: Machine) -> Option<usize> {
        (machine < self.brokers).then_some(machine)
    }

    /// The controller on a machine.
    pub fn controller_on(&self, machine: Machine) -> Option<usize> {
        let at = if self.combined { Some(machine) } else { machine.checked_sub(self.brokers) };
        at.filter(|at| *at < self.controllers)
    }
}

/// The id of the broker at a place.
pub const fn broker_id(at: usize) -> BrokerId {
    BrokerId(at as i32 + 1)
}

/// The place of a broker, if it names one.
pub fn broker_at(id: BrokerId) -> Option<usize> {
    usize::try_from(id.get() - 1).ok()
}

/// A partition of the one topic, by its index.
pub type PartIndex = usize;

/// One partition of a follower's fetch.
#[derive(Clone, Copy, Debug)]
pub struct ReplicaWant {
    /// The partition.
    pub part: PartIndex,
    /// Where the follower stands.
    pub position: Position,
}

/// One partition of the answer.
#[derive(Clone, Debug)]
pub struct ReplicaGot {
    /// The partition.
    pub part: PartIndex,
    /// Where the follower stood.
    pub position: Position,
    /// The error.
    pub error: ErrorCode,
    /// Where the logs part.
    pub diverging: Option<(LeaderEpoch, Offset)>,
    /// The leader's high watermark.
    pub high_watermark: Offset,
    /// Records.
    pub batches: Vec<Batch>,
}

/// What is said.
#[derive(Clone, Debug)]
pub enum Message {
    /// Between controllers.
    Raft(RaftMessage),
    /// A broker registers (BrokerRegistration).
    Register {
        /// Request number.
        id: u64,
        /// Which broker.
        broker: BrokerId,
        /// Drawn anew at each start.
        incarnation: u64,
        /// The epoch before, if the broker had stopped in order; else -1.
        previous_epoch: i64,
    },
    /// The broker's epoch.
    Registered {
        /// Request number.
        id: u64,
        /// Epoch or refusal.
        result: Result<i64, ErrorCode>,
    },
    /// A broker is alive (BrokerHeartbeat).
    Heartbeat {
        /// Request number.
        id: u64,
        /// Which broker.
        broker: BrokerId,
        /// Its epoch.
        epoch: i64,
        /// How far its metadata goes.
        offset: Offset,
        /// Whether it wants to stop.
        want_shut_down: bool,
    },
    /// The answer.
    HeartbeatAnswered {
        /// Request number.
        id: u64,
        /// Answer or refusal.
        result: Result<HeartbeatAnswer, ErrorCode>,
    },
    /// A leader proposes in-sync sets (AlterPartition).
    Alter {
        /// Request number.
        id: u64,
        /// The request.
        request: Box<AlterPartitionRequest>,
    },
    /// The answer.
    Altered {
        /// Request number.
        id: u64,
        /// Answer or refusal.
        result: Result<Box<AlterPartitionResponse>, ErrorCode>,
    },
    /// An observer asks for metadata records (Fetch of `__cluster_metadata`).
    MetadataFetch {
        /// Request number.
        id: u64,
        /// From which offset.
        from: usize,
    },
    /// Committed records from there.
    MetadataFetched {
        /// Request number.
        id: u64,
        /// The first one's offset.
        from: usize,
        /// The records; `None` from a controller that does not lead.
        entries: Option<Vec<Entry>>,
        /// Who leads, if known.
        leader: Option<usize>,
    },
    /// A follower fetches (Fetch with a replica id).
    ReplicaFetch {
        /// Request number.
        id: u64,
        /// Which follower.
        follower: BrokerId,
        /// Its broker epoch.
        broker_epoch: i64,
        /// What.
        wants: Vec<ReplicaWant>,
    },
    /// The answer.
    ReplicaFetched {
        /// Request number.
        id: u64,
        /// By partition.
        got: Vec<ReplicaGot>,
    },
    /// A follower asks where its leader's log ends, or begins (ListOffsets).
    Locate {
        /// Request number.
        id: u64,
        /// The partition.
        part: PartIndex,
        /// The term in which it asks.
        epoch: LeaderEpoch,
        /// The end, and not the start.
        end: bool,
    },
    /// The answer.
    Located {
        /// Request number.
        id: u64,
        /// The partition.
        part: PartIndex,
        /// The term in which it was asked.
        epoch: LeaderEpoch,
        /// Offset or error.
        result: Result<Offset, ErrorCode>,
    },
    /// A client asks who leads (Metadata).
    Metadata {
        /// Request number.
        id: u64,
    },
    /// Leader and term of each partition.
    MetadataAnswered {
        /// Request number.
        id: u64,
        /// By partition.
        leaders: Vec<(Option<usize>, LeaderEpoch)>,
    },
    /// A producer sends a batch with acks=all (Produce).
    Produce {
        /// Request number.
        id: u64,
        /// Where to.
        part: PartIndex,
        /// What.
        batch: Batch,
    },
    /// The answer.
    Produced {
        /// Request number.
        id: u64,
        /// Where to.
        part: PartIndex,
        /// First offset, or error.
        result: Result<Offset, ErrorCode>,
    },
    /// A consumer fetches (Fetch).
    Fetch {
        /// Request number.
        id: u64,
        /// The partition.
        part: PartIndex,
        /// From where.
        offset: Offset,
        /// The term that the consumer knows.
        epoch: LeaderEpoch,
        /// Batches at most.
        max: usize,
    },
    /// The answer.
    Fetched {
        /// Request number.
        id: u64,
        /// The partition.
        part: PartIndex,
        /// High watermark, term and records, or error.
        result: Result<(Offset, LeaderEpoch, Vec<Batch>), ErrorCode>,
    },
}

impl Message {
    /// How it travels.
    pub const fn class(&self) -> Class {
        match self {
            Message::Raft(_) | Message::Heartbeat { .. } | Message::Alter { .. } => Class::Single,
            Message::Produce { .. } => Class::Pipelined,
            _ => Class::Connection,
        }
    }

    /// A small number for the kind, for the fingerprint of a run.
    pub const fn kind(&self) -> u64 {
        match self {
            Message::Raft(RaftMessage::RequestVote { .. }) => 1,
            Message::Raft(RaftMessage::Vote { .. }) => 2,
            Message::Raft(RaftMessage::Append { .. }) => 3,
            Message::Raft(RaftMessage::Appended { .. }) => 4,
            Message::Register { .. } => 5,
            Message::Registered { .. } => 6,
            Message::Heartbeat { .. } => 7,
            Message::HeartbeatAnswered { .. } => 8,
            Message::Alter { .. } => 9,
            Message::Altered { .. } => 10,
            Message::MetadataFetch { .. } => 11,
            Message::MetadataFetched { .. } => 12,
            Message::ReplicaFetch { .. } => 13,
            Message::ReplicaFetched { .. } => 14,
            Message::Locate { .. } => 15,
            Message::Located { .. } => 16,
            Message::Metadata { .. } => 17,
            Message::MetadataAnswered { .. } => 18,
            Message::Produce { .. } => 19,
            Message::Produced { .. } => 20,
            Message::Fetch { .. } => 21,
            Message::Fetched { .. } => 22,
        }
    }
}
