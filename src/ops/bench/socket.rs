//! A plain blocking socket that speaks frames, with nothing between the caller and the system calls.

use std::io::{self, IoSlice, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use bytes::Bytes;
use rustix::buffer::spare_capacity;
use rustix::net::{RecvFlags, recv};

use crate::client::{ClientConfig, ClientError, Result};
use crate::wire::api::ApiKey;
use crate::wire::codec::{Reader, Writer};
use crate::wire::header::{RequestHeader, read_response_header};
use crate::wire::schema::{Message, Request};

/// Bytes of one read.
const INBOX: usize = 1024 * 1024;
/// How long an answer may take before the run ends with an error.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection to one broker.
#[derive(Debug)]
pub(super) struct Socket {
    stream: TcpStream,
    address: String,
    /// Received bytes; those before `at` are used up.
    inbox: Vec<u8>,
    at: usize,
}

/// A request whose bytes are ready: everything before the part that is shared between requests.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    head: Vec<u8>,
    tail: Bytes,
}

impl Frame {
    /// Encodes `request`, which ends in the bytes of `tail`: they are not copied.
    pub(super) fn new<R: Request>(request: &R, version: i16, tail: Bytes) -> Frame {
        let mut head = Writer::new();
        head.extend_from_slice(&[0; 4]);
        let client_id = Some("logbus-bench".to_owned());
        let header = RequestHeader { api_key: R::KEY.code(), api_version: version, correlation_id: 0, client_id };
        header.write(&mut head);
        request.write(&mut head, version);
        if !tail.is_empty() {
            let len = i32::try_from(tail.len()).unwrap_or(i32::MAX);
            let at = head.len() - 4;
            head[at..].copy_from_slice(&len.to_be_bytes());
        }
        let size = i32::try_from(head.len() - 4 + tail.len()).unwrap_or(i32::MAX);
        head[..4].copy_from_slice(&size.to_be_bytes());
        Frame { head, tail }
    }

    fn number(&mut self, correlation_id: i32) {
        self.head[8..12].copy_from_slice(&correlation_id.to_be_bytes());
    }
}

impl Socket {
    /// Connects, to send requests of one kind.
    pub(super) fn open(address: &str, key: ApiKey, config: &ClientConfig) -> Result<Socket> {
        config.guard.check_key(key)?;
        if config.security.protocol() != "PLAINTEXT" {
            let text = "the bench measures PLAINTEXT listeners only: kafka-producer-perf-test and \
                        kafka-consumer-perf-test measure the others";
            return Err(ClientError::Config(text.into()));
        }
        let unreachable = |e: io::Error| ClientError::Unreachable { tried: vec![(address.to_owned(), e.to_string())] };
        let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for at in address.to_socket_addrs().map_err(unreachable)? {
            match TcpStream::connect_timeout(&at, Duration::from_secs(10)) {
                Ok(stream) => {
                    let set = stream.set_nodelay(true).and_then(|()| stream.set_read_timeout(Some(PATIENCE)));
                    set.map_err(unreachable)?;
                    return Ok(Socket { stream, address: address.to_owned(), inbox: Vec::new(), at: 0 });
                }
                Err(e) => last = e,
            }
        }
        Err(unreachable(last))
    }

    /// A second handle on the same connection, for a thread that only reads or only writes.
    pub(super) fn twin(&self) -> Result<Socket> {
        let stream = self.stream.try_clone().map_err(|e| self.lost("cloning a socket", &e))?;
        Ok(Socket { stream, address: self.address.clone(), inbox: Vec::new(), at: 0 })
    }

    pub(super) fn lost(&self, during: &'static str, error: &io::Error) -> ClientError {
        ClientError::Disconnected { broker: self.address.clone(), during, reason: error.to_string() }
    }

    /// Writes a request.
    pub(super) fn send(&mut self, frame: &mut Frame, correlation_id: i32) -> Result<()> {
        frame.number(correlation_id);
        let result = if frame.tail.is_empty() {
            self.stream.write_all(&frame.head)
        } else {
            write_both(&mut self.stream, &frame.head, &frame.tail)
        };
        result.map_err(|e| self.lost("sending", &e))
    }

    /// The next answer, without its length; valid until the next call.
    pub(super) fn answer(&mut self, during: &'static str) -> Result<&[u8]> {
        let lost = |this: &Socket, e: io::Error| Err(this.lost(during, &e));
        loop {
            let held = self.inbox.len() - self.at;
            let wanted = match self.inbox.get(self.at..self.at + 4).and_then(|raw| raw.try_into().ok()) {
                None => 4,
                Some(raw) => match usize::try_from(i32::from_be_bytes(raw)) {
                    Ok(len) => 4 + len,
                    Err(_) => return lost(self, io::ErrorKind::InvalidData.into()),
                },
            };
            if held >= wanted && wanted > 4 {
                let from = self.at + 4;
                self.at += wanted;
                return Ok(&self.inbox[from..self.at]);
            }
            if self.at > 0 {
                self.inbox.drain(..self.at);
                self.at = 0;
            }
            self.inbox.reserve(wanted.saturating_sub(held).max(INBOX.saturating_sub(held)).max(4096));
            match recv(&self.stream, spare_capacity(&mut self.inbox), RecvFlags::empty()) {
                Ok((0, _)) => return lost(self, io::ErrorKind::UnexpectedEof.into()),
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(e) => return lost(self, e.into()),
            }
        }
    }

    /// One small request and its decoded answer.
    pub(super) fn ask<R: Request>(&mut self, request: &R, version: i16) -> Result<R::Response> {
        self.send(&mut Frame::new(request, version, Bytes::new()), 0)?;
        let answer = Bytes::copy_from_slice(self.answer(R::KEY.name())?);
        self.decode::<R>(answer, version)
    }

    /// Decodes an answer to `R`.
    pub(super) fn decode<R: Request>(&self, answer: Bytes, version: i16) -> Result<R::Response> {
        let mut input = Reader::new(answer);
        read_response_header(&mut input, R::KEY, version)
            .and_then(|_| <R::Response as Message>::read(&mut input, version))
            .map_err(|source| self.malformed(R::KEY.name(), source))
    }

    pub(super) fn malformed(&self, during: &'static str, source: crate::wire::codec::DecodeError) -> ClientError {
        ClientError::Malformed { broker: self.address.clone(), during, source }
    }
}

fn write_both(stream: &mut TcpStream, head: &[u8], tail: &[u8]) -> io::Result<()> {
    let mut slices = &mut [IoSlice::new(head), IoSlice::new(tail)][..];
    while !slices.is_empty() {
        match stream.write_vectored(slices) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(n) => IoSlice::advance_slices(&mut slices, n),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}
