//! Simulated time, and the protocol's timeouts scaled down so that a minute of it sees many elections.

/// Microseconds since the run began.
pub type Micros = u64;

/// One millisecond.
pub const MS: Micros = 1000;
/// One second.
pub const SECOND: Micros = 1000 * MS;

/// What wall clocks show when a run begins, in milliseconds.
pub const WALL_START_MS: i64 = 1_700_000_000_000;

/// `controller.quorum.election.timeout.ms`, from and to.
pub const ELECTION_TIMEOUT: (Micros, Micros) = (500 * MS, 1000 * MS);
/// How often a raft leader is heard.
pub const RAFT_HEARTBEAT: Micros = 100 * MS;
/// `broker.session.timeout.ms`.
pub const BROKER_SESSION_MS: i64 = 3000;
/// `broker.heartbeat.interval.ms`.
pub const BROKER_HEARTBEAT: Micros = 500 * MS;
/// `replica.lag.time.max.ms`.
pub const LAG_MAX_MS: i64 = 2000;
/// `replica.fetch.wait.max.ms`.
pub const FETCH_WAIT: Micros = 400 * MS;
/// `replica.fetch.backoff.ms`.
pub const FETCH_BACKOFF_MS: i64 = 200;
/// How long any request waits for its answer.
pub const REQUEST_TIMEOUT: Micros = 1500 * MS;
/// `delivery.timeout.ms` of producers.
pub const DELIVERY_TIMEOUT: Micros = 8 * SECOND;
/// How often brokers look at what is due.
pub const BROKER_TICK: Micros = 40 * MS;
/// How often controllers do.
pub const CONTROLLER_TICK: Micros = 50 * MS;
/// How often clients do.
pub const CLIENT_TICK: Micros = 25 * MS;
/// How often a broker writes its high watermarks down.
pub const CHECKPOINT: Micros = 2 * SECOND;
/// How long the cluster may take to be whole again after everything healed.
pub const HEALED_WITHIN: Micros = 60 * SECOND;
