//! One connection to one leader, and the partitions that are fetched over it (`ReplicaFetcherThread.scala`).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tracing::{debug, info, warn};

use super::super::metadata::MetadataCache;
use super::super::partition::{Followed, LeaderAnswer, Partition};
use super::super::replicas::Replicas;
use super::{ReplicationSettings, Throttles, request};
use crate::broker::state::replication::{FetchAnswer, FetcherSession, FollowerState, ReplicaKey, Want};
use crate::client::{ClientConfig, ClientError, Connection};
use crate::model::{BrokerId, ErrorCode, LeaderEpoch, Offset, TimestampMs};
use crate::wire::messages::fetch::{EpochEndOffset, FetchRequest, FetchResponse, PartitionData};
use crate::wire::messages::list_offsets::ListOffsetsRequest;

/// The first version of Fetch that names topics by id.
const FETCH_BY_ID: i16 = 13;
/// How long a partition that is new to a fetcher waits for the fetch that is under way. One that waits for records at an
/// idle leader would hold it up for `replica.fetch.wait.max.ms`, and every acks=all of a new or newly elected leader with
/// it; so then the fetcher hangs up, and asks anew for everything.
const HURRY: Duration = Duration::from_millis(5);
/// How often it does so, at most.
const HURRY_EVERY: Duration = Duration::from_millis(100);
/// The first pause after a connection that did not come about; it doubles up to `replica.fetch.backoff.ms`.
const FIRST_RECONNECT_MS: i64 = 50;
/// How often all partitions are gone through, for what moves without a word to the fetcher: where a log starts.
const LOOK_AT_ALL_MS: i64 = 1000;
/// What an answer may have beside records: headers of some ten thousand partitions.
const ANSWER_OVERHEAD: usize = 16 << 20;
/// ListOffsets: where a log ends.
const LATEST: i64 = -1;
/// ListOffsets: where a log begins.
const EARLIEST: i64 = -2;

/// What a fetcher is told.
#[derive(Debug)]
pub(super) enum Command {
    /// Follow in this term.
    Follow(Arc<Partition>, LeaderEpoch),
    /// Follow no more.
    Leave(ReplicaKey),
}

struct Line {
    partition: Arc<Partition>,
    state: FollowerState,
    /// Whether it had all that the leader's last answer said is committed.
    in_sync: bool,
}

/// Why a request brought nothing.
#[derive(Debug, thiserror::Error)]
enum FetchFailure {
    #[error("it is not registered with a listener {0}")]
    NoEndpoint(String),
    #[error("it speaks no version of Fetch that names topics by id")]
    TooOld,
    #[error(transparent)]
    Client(#[from] ClientError),
}

pub(super) struct Fetcher {
    leader: BrokerId,
    number: usize,
    settings: Arc<ReplicationSettings>,
    replicas: Arc<Replicas>,
    metadata: Arc<MetadataCache>,
    throttles: Arc<Throttles>,
    commands: mpsc::UnboundedReceiver<Command>,
    lines: BTreeMap<ReplicaKey, Line>,
    /// Lines that may want something else than the session says. Of thousands, few move between two requests.
    moved: Vec<ReplicaKey>,
    /// When lines that pause may go on.
    pauses: BTreeSet<(TimestampMs, ReplicaKey)>,
    /// Lines that cannot go on before the leader says where its log ends or begins.
    lost: BTreeSet<ReplicaKey>,
    /// When all lines were last gone through.
    looked_at_all: Option<TimestampMs>,
    was_throttled: bool,
    session: FetcherSession,
    connection: Option<Connection>,
    /// Requests that failed in a row.
    failures: u32,
    /// When it last hung up for the sake of a new partition.
    hurried: Instant,
    /// The last partition that records came of: the next request of a leader without sessions begins behind it.
    served: Option<ReplicaKey>,
}

impl Fetcher {
    pub(super) fn new(
        leader: BrokerId,
        number: usize,
        settings: Arc<ReplicationSettings>,
        replicas: Arc<Replicas>,
        metadata: Arc<MetadataCache>,
        throttles: Arc<Throttles>,
        commands: mpsc::UnboundedReceiver<Command>,
    ) -> Fetcher {
        Fetcher {
            leader,
            number,
            settings,
            replicas,
            metadata,
            throttles,
            commands,
            lines: BTreeMap::new(),
            moved: Vec::new(),
            pauses: BTreeSet::new(),
            lost: BTreeSet::new(),
            looked_at_all: None,
            was_throttled: false,
            session: FetcherSession::default(),
            connection: None,
            failures: 0,
            hurried: Instant::now(),
            served: None,
        }
    }

    /// Fetches until nobody tells it what to do any more.
    pub(super) async fn run(mut self) {
        loop {
            loop {
                match self.commands.try_recv() {
                    Ok(command) => self.obey(command),
                    Err(mpsc::error::TryRecvError::Empty) => break,
                    Err(mpsc::error::TryRecvError::Disconnected) => return,
                }
            }
            let now = TimestampMs::now();
            let throttled_ms = self.throttles.follower.lock().wait_ms(now);
            self.look(now, throttled_ms > 0);
            if !self.lost.is_empty() {
                self.locate(now).await;
                self.look(TimestampMs::now(), throttled_ms > 0);
            }
            if self.session.wants_nothing() {
                if self.lost.is_empty() && !self.idle(now, throttled_ms).await {
                    return;
                }
                continue;
            }
            let connection = match self.connect().await {
                Ok(connection) => connection,
                Err(failure) => {
                    self.failed(&failure);
                    continue;
                }
            };
            let session_fetch = self.session.next(self.served);
            let epoch = self.metadata.peek().broker(self.settings.me).map_or(-1, |registration| registration.epoch);
            let request = request::fetch(&session_fetch, epoch, &self.settings);
            let (mut waiting, mut hurry) = (Vec::new(), None);
            let outcome = {
                let mut answer = std::pin::pin!(send_fetch(&connection, &request, self.settings.socket_timeout));
                loop {
                    tokio::select! {
                        outcome = &mut answer => break Some(outcome),
                        command = self.commands.recv() => match command {
                            Some(command) => {
                                if matches!(command, Command::Follow(..)) {
                                    hurry.get_or_insert_with(|| (Instant::now() + HURRY).max(self.hurried + HURRY_EVERY));
                                }
                                waiting.push(command);
                            }
                            None => return,
                        },
                        () = sleep_until(hurry.unwrap_or(self.hurried)), if hurry.is_some() => break None,
                    }
                }
            };
            // First what happened meanwhile: an answer is only to who still asks.
            waiting.into_iter().for_each(|command| self.obey(command));
            match outcome {
                Some(Ok(response)) => self.take(response),
                Some(Err(failure)) => self.failed(&failure),
                None => {
                    self.hang_up();
                    self.hurried = Instant::now();
                }
            }
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Follow(partition, epoch) => {
                let key = partition.replica_key();
                match partition.follow(epoch) {
                    Ok(state) => {
                        self.lines.insert(key, Line { partition, state, in_sync: false });
                        self.moved.push(key);
                    }
                    Err(ErrorCode::KafkaStorageError) => {
                        self.replicas.partition_failed(&partition);
                        self.leave(&key);
                    }
                    // The metadata went on meanwhile, and told so.
                    Err(_) => drop(self.leave(&key)),
                }
            }
            Command::Leave(key) => {
                if self.leave(&key) && self.lines.is_empty() {
                    self.hang_up();
                }
            }
        }
    }

    fn hang_up(&mut self) {
        self.connection = None;
        self.session.failed(None);
    }

    /// Waits for a command, or until a partition's pause is over. `false` when there is nobody to wait for.
    async fn idle(&mut self, now: TimestampMs, throttled_ms: i64) -> bool {
        let paused = self.pauses.first().map(|(until, _)| *until - now);
        let throttled = (throttled_ms > 0).then_some(throttled_ms);
        let wait = paused.into_iter().chain(throttled).min();
        let pause = wait.map(|ms| Duration::from_millis(u64::try_from(ms).unwrap_or(0).max(1)));
        tokio::select! {
            command = self.commands.recv() => match command {
                Some(command) => self.obey(command),
                None => return false,
            },
            () = tokio::time::sleep(pause.unwrap_or(Duration::MAX)), if pause.is_some() => {}
        }
        true
    }

    /// Tells the session what is wanted of the lines that moved, whose pause is over, or, now and then, of all.
    fn look(&mut self, now: TimestampMs, is_throttled: bool) {
        while let Some((_, key)) = self.pauses.first().copied().filter(|(until, _)| *until <= now) {
            self.pauses.pop_first();
            self.moved.push(key);
        }
        let is_due = |at: TimestampMs| now - at >= LOOK_AT_ALL_MS || now < at;
        let was_throttled = std::mem::replace(&mut self.was_throttled, is_throttled);
        if is_throttled || was_throttled || self.looked_at_all.is_none_or(is_due) {
            self.looked_at_all = Some(now);
            self.moved = self.lines.keys().copied().collect();
        }
        for key in std::mem::take(&mut self.moved) {
            self.look_at(key, now, is_throttled);
        }
    }

    fn look_at(&mut self, key: ReplicaKey, now: TimestampMs, is_throttled: bool) {
        let Some(line) = self.lines.get(&key) else { return };
        let want = line.state.wants(now);
        if let (None, Some(until)) = (want, line.state.next_deadline()) {
            self.pauses.insert((until, key));
        }
        if matches!(want, Some(Want::LeaderEnd(_) | Want::LeaderStart(_))) {
            self.lost.insert(key);
        } else {
            self.lost.remove(&key);
        }
        let is_held = || is_throttled && !line.in_sync && line.partition.is_follower_throttled(self.settings.me);
        let want = match want {
            Some(Want::Records(position)) if !is_held() => {
                Some(request::want(&position, line.partition.log_start(), &self.settings))
            }
            _ => None,
        };
        self.session.want(key, want);
    }

    /// Follows a partition no more.
    fn leave(&mut self, key: &ReplicaKey) -> bool {
        self.session.want(*key, None);
        self.lost.remove(key);
        self.lines.remove(key).is_some()
    }

    /// Asks where the leader's log ends or begins, for partitions that cannot go on from where they are.
    async fn locate(&mut self, now: TimestampMs) {
        let asks = |key: &ReplicaKey| match self.lines.get(key)?.state.wants(now)? {
            Want::LeaderEnd(epoch) => Some((*key, epoch, LATEST)),
            Want::LeaderStart(epoch) => Some((*key, epoch, EARLIEST)),
            Want::Records(_) => None,
        };
        let lost: Vec<(ReplicaKey, LeaderEpoch, i64)> = self.lost.iter().filter_map(asks).collect();
        for (key, epoch, timestamp) in lost {
            let Some(name) = self.lines.get(&key).map(|line| line.partition.name().clone()) else { continue };
            let request = request::list_offset(&name, epoch, timestamp, &self.settings);
            let found = match self.connect().await {
                Ok(connection) => ask_offset(&connection, &request, self.settings.socket_timeout).await,
                Err(failure) => Err(failure),
            };
            match found {
                Ok(found) => {
                    let Some(line) = self.lines.get_mut(&key) else { continue };
                    let backoff = self.settings.backoff_ms;
                    let done = line.partition.take_location(&mut line.state, epoch, found, TimestampMs::now(), backoff);
                    self.followed(key, done);
                }
                Err(failure) => return self.failed(&failure),
            }
        }
    }

    async fn connect(&mut self) -> Result<Connection, FetchFailure> {
        if let Some(connection) = self.connection.as_ref().filter(|connection| !connection.is_closed()) {
            return Ok(connection.clone());
        }
        let address = {
            let image = self.metadata.peek();
            let leader = image.broker(self.leader);
            let endpoint = leader.and_then(|leader| leader.endpoint(&self.settings.listener));
            endpoint.map(|endpoint| address(&endpoint.host, endpoint.port))
        };
        let address = address.ok_or_else(|| FetchFailure::NoEndpoint(self.settings.listener.clone()))?;
        let mut config = ClientConfig::new(vec![address.clone()]);
        config.client_id = format!("broker-{}-fetcher-{}", self.settings.me, self.number);
        config.request_timeout = self.settings.socket_timeout;
        config.max_frame = config
            .max_frame
            .max(usize::try_from(self.settings.response_max_bytes).unwrap_or(0).saturating_add(ANSWER_OVERHEAD));
        // A session is not the connection's; but the answer that went down with the old one may have been of it.
        self.session.failed(None);
        let connection = Connection::open(&address, &config).await?;
        debug!(leader = %self.leader, %address, "connected to a leader");
        self.connection = Some(connection.clone());
        Ok(connection)
    }

    /// Nothing came: everything is asked again after a pause.
    fn failed(&mut self, failure: &FetchFailure) {
        self.connection = None;
        self.session.failed(None);
        if self.failures == 0 {
            warn!(leader = %self.leader, partitions = self.lines.len(), error = %failure, "cannot fetch from a leader; trying again");
        }
        let pause = (FIRST_RECONNECT_MS << self.failures.min(10)).min(self.settings.backoff_ms);
        self.failures = self.failures.saturating_add(1);
        let now = TimestampMs::now();
        for line in self.lines.values_mut() {
            line.state.delay(now, pause);
            // What came to the leader meanwhile is for the bound on replicas that are behind.
            line.in_sync = false;
        }
        self.looked_at_all = None;
    }

    fn take(&mut self, response: FetchResponse) {
        let code = ErrorCode::from_code(response.error_code);
        if !code.is_ok() {
            debug!(leader = %self.leader, error = code.name(), "the fetch session ended");
            self.session.failed(Some(code));
            // The first time is how sessions end; a leader that goes on so is left alone for a while.
            self.failures = self.failures.saturating_add(1);
            if self.failures > 1 {
                let (now, pause) = (TimestampMs::now(), self.settings.backoff_ms);
                self.lines.values_mut().for_each(|line| line.state.delay(now, pause));
                self.looked_at_all = None;
            }
            return;
        }
        if std::mem::take(&mut self.failures) > 0 {
            info!(leader = %self.leader, partitions = self.lines.len(), "fetches from a leader again");
        }
        for topic in response.responses {
            for data in topic.partitions {
                self.take_partition((topic.topic_id, data.partition_index), data);
            }
        }
        // After the partitions: it knows what each was asked for.
        self.session.answered(response.session_id);
    }

    fn take_partition(&mut self, key: ReplicaKey, data: PartitionData) {
        // What the leader was last told it wants is what it answered to.
        let (Some(line), Some(want)) = (self.lines.get_mut(&key), self.session.sent(&key)) else { return };
        // An answer to the term before says nothing of this one, and least of all that it is over.
        if want.current_leader_epoch < line.state.position().leader_epoch.get() {
            return;
        }
        let answer = leader_answer(data);
        if !answer.outcome.error.is_ok() {
            debug!(partition = %line.partition.name(), leader = %self.leader, error = answer.outcome.error.name(), "the leader refused a fetch");
        }
        let (sent, now) = (request::position(want), TimestampMs::now());
        let done = line.partition.take_answer(&mut line.state, &sent, &answer, now, self.settings.backoff_ms);
        if let Followed::Appended(bytes) = done {
            line.in_sync = line.state.position().offset >= answer.high_watermark;
            if bytes > 0 {
                self.served = Some(key);
                if line.partition.is_follower_throttled(self.settings.me) {
                    self.throttles.follower.lock().record(bytes, now);
                }
            }
        }
        self.followed(key, done);
    }

    fn followed(&mut self, key: ReplicaKey, done: Followed) {
        self.moved.push(key);
        let Some(line) = self.lines.get(&key) else { return };
        match done {
            Followed::Appended(_) | Followed::Nothing => {}
            Followed::Cut => self.replicas.note_cut(&line.partition),
            Followed::Failed => {
                self.replicas.partition_failed(&line.partition);
                self.leave(&key);
            }
            Followed::Gone => drop(self.leave(&key)),
        }
    }
}

fn address(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

async fn send_fetch(
    connection: &Connection,
    request: &FetchRequest,
    timeout: Duration,
) -> Result<FetchResponse, FetchFailure> {
    let version = connection.versions().pick::<FetchRequest>(i16::MAX).filter(|version| *version >= FETCH_BY_ID);
    let version = version.ok_or(FetchFailure::TooOld)?;
    Ok(connection.send_in(request, version, timeout).await?)
}

/// The offset that a leader gives, or its error for the partition.
async fn ask_offset(
    connection: &Connection,
    request: &ListOffsetsRequest,
    timeout: Duration,
) -> Result<Result<Offset, ErrorCode>, FetchFailure> {
    let response = connection.send_within(request, timeout).await?;
    let found = response.topics.into_iter().flat_map(|topic| topic.partitions).next();
    Ok(match found.map(|found| (ErrorCode::from_code(found.error_code), found.offset)) {
        Some((ErrorCode::None, offset)) if offset >= 0 => Ok(Offset(offset)),
        Some((ErrorCode::None, _)) | None => Err(ErrorCode::UnknownServerError),
        Some((code, _)) => Err(code),
    })
}

fn leader_answer(data: PartitionData) -> LeaderAnswer {
    let EpochEndOffset { epoch, end_offset } = data.diverging_epoch;
    let diverging = (end_offset >= 0).then_some((LeaderEpoch(epoch), Offset(end_offset)));
    LeaderAnswer {
        outcome: FetchAnswer { error: ErrorCode::from_code(data.error_code), diverging },
        high_watermark: Offset(data.high_watermark),
        log_start: Offset(data.log_start_offset),
        records: data.records.unwrap_or_default(),
    }
}
