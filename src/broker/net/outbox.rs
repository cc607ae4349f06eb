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
/// Bytes that one turn sends from files before other tasks get the worker.
const TURN: usize = 1024 * 1024;
/// Pieces of one vectored write.
const MAX_PIECES: usize = 32;

/// The queue of what a connection has yet to send.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    chunks: VecDeque<Chunk>,
    /// Whether the range at the front has been found in the page cache.
    front_is_warm: bool,
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
    /// The file range at the front must be read from disk first.
    Cold(FileSlice),
}

impl Outbox {
    pub(super) fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// Queues an answer.
    pub(super) fn push(&mut self, response: Response) -> io::Result<()> {
        for chunk in response.chunks {
            match chunk {
                Chunk::File(slice) if slice.len <= COPY_AT_MOST => {
                    let mut copy = vec![0; slice.len];
                    slice.read_exact_at(&mut copy, 0)?;
                    self.chunks.push_back(Chunk::Bytes(copy.into()));
                }
                Chunk::Bytes(bytes) if bytes.is_empty() => {}
                chunk => self.chunks.push_back(chunk),
            }
        }
        Ok(())
    }

    /// Says that the range at the front has been read into the page cache.
    pub(super) fn warmed(&mut self) {
        self.front_is_warm = true;
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
                    if !self.front_is_warm && !slice.is_resident() {
                        return Ok(Progress::Cold(slice.clone()));
                    }
                    self.front_is_warm = true;
                    Self::send_file(stream, slice)
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
            Ok(rustix::fs::sendfile(stream.as_fd(), slice.file.as_fd(), Some(&mut position), slice.len.min(TURN))?)
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
                    Chunk::Bytes(bytes) => bytes.advance(n),
                    Chunk::File(slice) => {
                        slice.position += n as u64;
                        slice.len -= n;
                    }
                }
                return;
            }
            n -= len;
            self.chunks.pop_front();
            self.front_is_warm = false;
        }
    }
}
