//! Answers on their way out: bytes and file ranges, written in order. File ranges go by `sendfile`.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::os::fd::AsFd as _;

use bytes::Buf as _;
use rustix::net::SendFlags;
use smallvec::SmallVec;
use tokio::io::Interest;
use tokio::net::TcpStream;

use crate::broker::api::response::{Chunk, Response};
use crate::log::FileSlice;

/// File ranges up to this size are read into memory and leave with the bytes around them: one write instead of three.
const COPY_AT_MOST: usize = 16 * 1024;
/// Bytes that one turn sends from files before other tasks get the worker, and that are read from disk at a time.
const TURN: usize = 1024 * 1024;
/// Pieces of one vectored write.
const MAX_PIECES: usize = 32;

/// The queue of what a connection has yet to send.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    chunks: VecDeque<Chunk>,
    /// Bytes of the range at the front that were found in the page cache, or read into it.
    warm: usize,
    /// Bytes in memory.
    unsent: usize,
}

/// What one attempt to write came to.
#[derive(Debug)]
pub(super) enum Progress {
    /// Everything is out.
    Done,
    /// The socket takes no more for now.
    Blocked,
    /// A turn's worth is out; more waits.
    Yield,
    /// This range, with which the front begins, must be read from disk first.
    Cold(FileSlice),
}

impl Outbox {
    pub(super) fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// Bytes in memory that the client has not taken yet.
    pub(super) const fn unsent(&self) -> usize {
        self.unsent
    }

    /// Queues an answer.
    pub(super) fn push(&mut self, response: Response) -> io::Result<()> {
        for chunk in response.chunks {
            match chunk {
                Chunk::File(slice) if slice.len <= COPY_AT_MOST => {
                    let copy = slice.read_if_resident()?;
                    self.queue(copy.map_or(Chunk::File(slice), |copy| Chunk::Bytes(copy.into())));
                }
                Chunk::Bytes(bytes) if bytes.is_empty() => {}
                chunk => self.queue(chunk),
            }
        }
        Ok(())
    }

    fn queue(&mut self, chunk: Chunk) {
        if let Chunk::Bytes(bytes) = &chunk {
            self.unsent += bytes.len();
        }
        self.chunks.push_back(chunk);
    }

    /// Says that the first `len` bytes of the range at the front have been read into the page cache.
    pub(super) fn warmed(&mut self, len: usize) {
        self.warm = len;
    }

    /// Writes until the socket is full, everything is out, or the turn is over.
    pub(super) fn write(&mut self, stream: &TcpStream) -> io::Result<Progress> {
        let mut sent = 0;
        while let Some(front) = self.chunks.front() {
            if sent >= TURN {
                return Ok(Progress::Yield);
            }
            let result = match front {
                Chunk::File(slice) => {
                    if self.warm == 0 {
                        let next = slice.first(TURN);
                        if !next.is_resident() {
                            return Ok(Progress::Cold(next));
                        }
                        self.warm = next.len;
                    }
                    Self::send_file(stream, &slice.first(self.warm))
                }
                Chunk::Bytes(_) => self.send_bytes(stream),
            };
            match result {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(n) => {
                    sent += n;
                    self.advance(n);
                }
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(Progress::Blocked),
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(Progress::Done)
    }

    fn send_file(stream: &TcpStream, slice: &FileSlice) -> io::Result<usize> {
        let mut position = slice.position;
        stream.try_io(Interest::WRITABLE, || {
            Ok(rustix::fs::sendfile(stream.as_fd(), slice.file.as_fd(), Some(&mut position), slice.len)?)
        })
    }

    fn send_bytes(&self, stream: &TcpStream) -> io::Result<usize> {
        match (self.chunks.front(), self.chunks.get(1)) {
            (Some(Chunk::Bytes(one)), None) => stream.try_write(one),
            // A file range follows: keep the bytes back so that they share its first packet.
            (Some(Chunk::Bytes(one)), Some(Chunk::File(_))) => stream.try_io(Interest::WRITABLE, || {
                Ok(rustix::net::send(stream.as_fd(), one, SendFlags::MORE | SendFlags::NOSIGNAL)?)
            }),
            _ => {
                let mut pieces = SmallVec::<[IoSlice<'_>; MAX_PIECES]>::new();
                for chunk in self.chunks.iter().take(MAX_PIECES) {
                    let Chunk::Bytes(bytes) = chunk else { break };
                    pieces.push(IoSlice::new(bytes));
                }
                stream.try_write_vectored(&pieces)
            }
        }
    }

    fn advance(&mut self, mut n: usize) {
        while n > 0 {
            let Some(front) = self.chunks.front_mut() else { return };
            let len = front.len();
            if n < len {
                match front {
                    Chunk::Bytes(bytes) => {
                        bytes.advance(n);
                        self.unsent -= n;
                    }
                    Chunk::File(slice) => {
                        slice.position += n as u64;
                        slice.len -= n;
                        self.warm = self.warm.saturating_sub(n);
                    }
                }
                return;
            }
            n -= len;
            if let Some(Chunk::Bytes(_)) = self.chunks.pop_front() {
                self.unsent -= len;
            }
            self.warm = 0;
        }
    }
}
