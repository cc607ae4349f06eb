//! One connection: frames in, answers out in the order of the requests.
//!
//! A request is dispatched as soon as its frame is whole, so that a produce is appended even while an earlier fetch
//! waits; only the answers wait for their turn. A client that has too much in flight is not read from.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use bytes::{BufMut, Bytes};
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Instant, sleep_until};

use super::frames::{FrameError, Frames, SMALL_FRAME};
use super::listener::NetContext;
use super::outbox::{Outbox, Progress};
use crate::broker::api::dispatch::{Answer, Dispatched, Session};

/// Requests of one connection that may wait for their answers.
const MAX_IN_FLIGHT: usize = 64;
/// Bytes of answers that wait for the client to read them; with more, its requests wait too.
const MAX_UNSENT: usize = 64 * 1024;

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum Ended {
    #[error("client closed the connection")]
    ByClient,
    #[error("idle for longer than connections.max.idle.ms")]
    Idle,
    #[error("broker is shutting down")]
    Shutdown,
    #[error("{0}")]
    Frame(#[from] FrameError),
    #[error("{0}")]
    Request(String),
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Ended {
    /// Whether an operator should see it: the peer did something that no client does.
    pub(super) const fn is_notable(&self) -> bool {
        matches!(self, Ended::Frame(_) | Ended::Request(_))
    }
}

enum Slot {
    Ready(Answer),
    Waiting(Pin<Box<dyn Future<Output = Answer> + Send>>),
}

struct InFlight {
    slot: Slot,
    _memory: Memory,
}

/// What a large frame takes of the broker's request memory; small ones take nothing.
type Memory = Option<OwnedSemaphorePermit>;

pub(super) struct Connection {
    stream: TcpStream,
    context: Arc<NetContext>,
    session: Session,
    frames: Frames,
    /// A large request that waits for memory.
    parked: Option<Bytes>,
    /// Memory of the large frame that is parked or being received.
    memory: Memory,
    /// That memory, while others have it.
    wanted: Option<Pin<Box<dyn Future<Output = Memory> + Send>>>,
    in_flight: VecDeque<InFlight>,
    outbox: Outbox,
}

impl Connection {
    pub(super) fn new(stream: TcpStream, context: Arc<NetContext>, session: Session) -> Connection {
        let frames = Frames::new(context.limits.max_frame_bytes);
        Connection {
            stream,
            context,
            session,
            frames,
            parked: None,
            memory: None,
            wanted: None,
            in_flight: VecDeque::new(),
            outbox: Outbox::default(),
        }
    }

    /// Serves until the client leaves, breaks the protocol, or the broker stops.
    pub(super) async fn serve(mut self, mut stop: watch::Receiver<bool>) -> Ended {
        let idle = self.context.limits.max_idle;
        let mut deadline = Instant::now() + idle;
        // Reads move the deadline; the timer follows when it fires, so that a busy connection does not wind it each time.
        let mut alarm = std::pin::pin!(sleep_until(deadline));
        // One future for the whole connection: to be made anew at every turn, it would have to queue up anew.
        let mut stopping = std::pin::pin!(async move { drop(stop.wait_for(|stop| *stop).await) });
        let mut is_stopping = false;
        loop {
            if let Err(ended) = self.turn().await {
                return ended;
            }
            let want_write = !self.outbox.is_empty();
            if self.in_flight.is_empty() && !want_write && is_stopping {
                return Ended::Shutdown;
            }
            if self.parked.is_none() {
                self.frames.detach(&self.context.buffers);
                if let Some(len) = self.frames.large()
                    && self.memory.is_none()
                {
                    self.claim(len);
                }
            }
            let want_read = self.has_room() && self.parked.is_none() && self.wanted.is_none();
            tokio::select! {
                biased;
                answer = front(&mut self.in_flight), if !self.in_flight.is_empty() => {
                    if let Err(ended) = self.take(answer) {
                        return ended;
                    }
                }
                ready = self.stream.writable(), if want_write => {
                    if let Err(e) = ready {
                        return e.into();
                    }
                }
                ready = self.stream.readable(), if want_read => {
                    if let Err(e) = ready {
                        return e.into();
                    }
                    match self.receive() {
                        Ok(true) => deadline = Instant::now() + idle,
                        Ok(false) => {}
                        Err(ended) => return ended,
                    }
                }
                memory = granted(&mut self.wanted), if self.wanted.is_some() => {
                    (self.memory, self.wanted) = (memory, None);
                    deadline = Instant::now() + idle;
                }
                () = &mut stopping, if !is_stopping => is_stopping = true,
                () = &mut alarm => {
                    let now = Instant::now();
                    if now >= deadline {
                        if self.in_flight.is_empty() && !want_write && self.wanted.is_none() {
                            return Ended::Idle;
                        }
                        deadline = now + idle;
                    }
                    alarm.as_mut().reset(deadline);
                }
            }
        }
    }

    /// Reads what the socket has. `false` when that was nothing after all.
    fn receive(&mut self) -> Result<bool, Ended> {
        self.frames.attach(&self.context.buffers);
        match read_some(&self.stream, self.frames.spare()) {
            Ok(0) => Err(Ended::ByClient),
            Ok(n) => {
                self.context.metrics.network_bytes_in(n as u64);
                Ok(true)
            }
            Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => Ok(false),
            Err(e) => Err(e.into()),
        }
    }

    /// Whether another request may be dispatched.
    fn has_room(&self) -> bool {
        self.in_flight.len() < MAX_IN_FLIGHT && self.outbox.unsent() < MAX_UNSENT
    }

    /// Dispatches every whole frame, queues every answer whose turn it is, and writes.
    async fn turn(&mut self) -> Result<(), Ended> {
        loop {
            let all = self.dispatch()?;
            while !self.in_flight.is_empty()
                && let Some(answer) = poll_front_once(&mut self.in_flight).await
            {
                self.take(answer)?;
            }
            self.write().await?;
            // Frames for which there is room only now came long ago: no event of the socket would tell of them.
            let may_claim = self.parked.is_some() && self.in_flight.is_empty() && self.wanted.is_none();
            if (all && !may_claim) || !self.has_room() {
                return Ok(());
            }
        }
    }

    /// Takes memory for a frame, or queues up for it.
    fn claim(&mut self, len: usize) {
        let most = self.context.frame_memory_kib;
        let kib = u32::try_from(len.div_ceil(1024)).unwrap_or(u32::MAX).min(most);
        let budget = Arc::clone(&self.context.request_memory);
        match Arc::clone(&budget).try_acquire_many_owned(kib) {
            Ok(memory) => self.memory = Some(memory),
            Err(_) => self.wanted = Some(Box::pin(async move { budget.acquire_many_owned(kib).await.ok() })),
        }
    }

    /// The memory of a whole frame, for as long as its answer takes; `None` when the frame must wait for it.
    fn memory_of(&mut self, frame: &Bytes) -> Option<Memory> {
        if frame.len() <= SMALL_FRAME {
            return Some(None);
        }
        // Answers that are due give memory back, so they go first; only a connection that holds none may wait.
        if self.memory.is_none() && self.wanted.is_none() {
            self.claim(frame.len());
            if !self.in_flight.is_empty() {
                self.wanted = None;
            }
        }
        let mut memory = self.memory.take()?;
        // What it took to receive the frame may have been more.
        let excess = memory.num_permits().saturating_sub(frame.len().div_ceil(1024));
        drop(memory.split(excess));
        Some(Some(memory))
    }

    /// Dispatches whole frames while there is room. `false` when it ended for the lack of it.
    fn dispatch(&mut self) -> Result<bool, Ended> {
        while self.has_room() {
            let Some(frame) = self.parked.take().map_or_else(|| self.frames.next(), |frame| Ok(Some(frame)))? else {
                return Ok(true);
            };
            let Some(memory) = self.memory_of(&frame) else {
                self.parked = Some(frame);
                return Ok(true);
            };
            let slot = match self.session.dispatch(frame) {
                Dispatched::Now(answer) if self.in_flight.is_empty() => {
                    self.take(answer)?;
                    continue;
                }
                Dispatched::Now(answer) => Slot::Ready(answer),
                Dispatched::Later(future) => Slot::Waiting(future),
            };
            self.in_flight.push_back(InFlight { slot, _memory: memory });
        }
        Ok(false)
    }

    /// Writes what the socket takes.
    async fn write(&mut self) -> io::Result<()> {
        loop {
            match self.outbox.write(&self.stream)? {
                Progress::Done | Progress::Blocked => return Ok(()),
                Progress::Yield => tokio::task::yield_now().await,
                Progress::Cold(slice) => {
                    // Off the worker: a disk may take milliseconds.
                    let len = slice.len;
                    self.context.cold_reads.warm(slice).await?;
                    self.outbox.warmed(len);
                }
            }
        }
    }

    fn take(&mut self, answer: Answer) -> Result<(), Ended> {
        match answer {
            Answer::Send(response) => {
                self.context.metrics.network_bytes_out(response.len() as u64);
                Ok(self.outbox.push(response)?)
            }
            Answer::Nothing => Ok(()),
            Answer::Close(reason) => Err(Ended::Request(reason)),
        }
    }
}

/// Reads what fits. A read that leaves room has emptied the socket: the reactor is told so at once, which saves the
/// read that would only learn it. What arrives meanwhile is a newer event, and that one is kept.
fn read_some(stream: &TcpStream, mut room: impl BufMut) -> io::Result<usize> {
    let mut got = None;
    let outcome = stream.try_io(Interest::READABLE, || {
        let n = stream.try_read_buf(&mut room)?;
        got = Some(n);
        if n > 0 && room.has_remaining_mut() { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(n) }
    });
    got.map_or(outcome, Ok)
}

/// Resolves when the memory that a connection waits for is there.
async fn granted(wanted: &mut Option<Pin<Box<dyn Future<Output = Memory> + Send>>>) -> Memory {
    match wanted {
        Some(wanted) => wanted.await,
        None => std::future::pending().await,
    }
}

/// Resolves with the answer at the front of the queue.
async fn front(in_flight: &mut VecDeque<InFlight>) -> Answer {
    poll_fn(|cx| {
        let Some(first) = in_flight.front_mut() else { return Poll::Pending };
        if let Slot::Waiting(future) = &mut first.slot {
            match future.as_mut().poll(cx) {
                Poll::Ready(answer) => first.slot = Slot::Ready(answer),
                Poll::Pending => return Poll::Pending,
            }
        }
        match in_flight.pop_front().map(|first| first.slot) {
            Some(Slot::Ready(answer)) => Poll::Ready(answer),
            _ => Poll::Pending,
        }
    })
    .await
}

/// The front answer if it is there already.
async fn poll_front_once(in_flight: &mut VecDeque<InFlight>) -> Option<Answer> {
    let mut waiting = std::pin::pin!(front(in_flight));
    poll_fn(|cx| match waiting.as_mut().poll(cx) {
        Poll::Ready(answer) => Poll::Ready(Some(answer)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}
