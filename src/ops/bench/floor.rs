//! What the kernel alone takes for a gigabyte: received, checksummed and written to a file; sent from a file. A broker
//! that does more than this per byte has that much left to lose.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsFd as _;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::net::{RecvFlags, recv};
use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;

use super::{Progress, filler};

/// Bytes of one read and one write; the size that costs the least a gigabyte.
const READ: usize = 256 * 1024;
/// Bytes of one `sendfile`.
const SEND: usize = 1024 * 1024;

/// What to measure.
#[derive(Clone, Debug)]
pub struct FloorBench {
    /// Bytes each way.
    pub bytes: u64,
    /// Where the file goes; the disk that the broker's log would be on.
    pub dir: PathBuf,
}

/// One way.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct FloorWay {
    /// Bytes that went.
    pub bytes: u64,
    /// Seconds.
    pub seconds: f64,
    /// Bytes a second.
    pub bytes_per_second: f64,
    /// User and system time of the thread on the broker's side, for 10^9 bytes.
    pub cpu_seconds_per_gb: f64,
}

/// Both ways.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct FloorReport {
    /// Receive, CRC-32C, write to the page cache.
    #[serde(rename = "in")]
    pub inward: FloorWay,
    /// `sendfile` from the page cache.
    pub out: FloorWay,
}

/// A file that goes with its value.
struct Scratch {
    file: File,
    path: PathBuf,
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // It is this process's own file; if it cannot be removed, whoever looks will find it under its telling name.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Measures both ways over one loopback connection each. `progress` counts bytes, twice `bytes` in all.
///
/// # Errors
/// When the file or the sockets fail.
pub fn floor(bench: &FloorBench, progress: &Progress) -> io::Result<FloorReport> {
    let path = bench.dir.join(format!("logbus-bench-floor-{}.tmp", std::process::id()));
    let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path)?;
    let scratch = Scratch { file, path };
    let inward = over_loopback(
        bench.bytes,
        |stream| send_all(stream, bench.bytes),
        |stream| receive_and_write(&stream, &scratch.file, bench.bytes, progress),
    )?;
    let out = over_loopback(
        bench.bytes,
        |stream| drain(&stream),
        |stream| send_file(&stream, &scratch.file, bench.bytes, progress),
    )?;
    Ok(FloorReport { inward, out })
}

/// Runs a client and a server on the two ends of a connection; the server's thread is measured.
fn over_loopback(
    bytes: u64,
    client: impl FnOnce(TcpStream) -> io::Result<()> + Send,
    server: impl FnOnce(TcpStream) -> io::Result<()> + Send,
) -> io::Result<FloorWay> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let started = Instant::now();
    let cpu = std::thread::scope(|scope| {
        let client = scope.spawn(move || client(TcpStream::connect(address)?));
        let (stream, _) = listener.accept()?;
        let measured = scope.spawn(move || {
            let before = thread_cpu();
            server(stream).map(|()| thread_cpu().saturating_sub(before))
        });
        let lost = |_| io::Error::other("a thread ended early");
        let cpu = measured.join().map_err(lost)?;
        client.join().map_err(lost)??;
        cpu
    })?;
    let seconds = started.elapsed().as_secs_f64().max(1e-9);
    Ok(FloorWay {
        bytes,
        seconds,
        bytes_per_second: bytes as f64 / seconds,
        cpu_seconds_per_gb: cpu.as_secs_f64() * 1e9 / bytes.max(1) as f64,
    })
}

fn thread_cpu() -> Duration {
    let at = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(at.tv_sec).unwrap_or(0), u32::try_from(at.tv_nsec).unwrap_or(0))
}

fn send_all(mut stream: TcpStream, bytes: u64) -> io::Result<()> {
    let block = filler(SEND);
    let mut left = bytes;
    while left > 0 {
        let n = left.min(SEND as u64);
        stream.write_all(&block[..n as usize])?;
        left -= n;
    }
    Ok(())
}

fn receive_and_write(stream: &TcpStream, file: &File, bytes: u64, progress: &Progress) -> io::Result<()> {
    let mut buffer = Vec::with_capacity(READ);
    let (mut at, mut sums) = (0, 0u64);
    while at < bytes {
        // Whole blocks, as a broker's batches are: a write for each little read would measure the sender's timing.
        while buffer.len() < READ && at + (buffer.len() as u64) < bytes {
            if recv(stream, spare_capacity(&mut buffer), RecvFlags::empty())?.0 == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        sums ^= crc_fast::checksum(crc_fast::CrcAlgorithm::Crc32Iscsi, &buffer);
        file.write_all_at(&buffer, at)?;
        at += buffer.len() as u64;
        progress.add(buffer.len() as u64);
        buffer.clear();
    }
    // Used, so that no compiler leaves the checksums out.
    std::hint::black_box(sums);
    Ok(())
}

fn send_file(stream: &TcpStream, file: &File, bytes: u64, progress: &Progress) -> io::Result<()> {
    let mut at = 0;
    while at < bytes {
        let most = usize::try_from(bytes - at).unwrap_or(SEND).min(SEND);
        let n = rustix::fs::sendfile(stream.as_fd(), file.as_fd(), Some(&mut at), most)?;
        if n == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        progress.add(n as u64);
    }
    Ok(())
}

fn drain(stream: &TcpStream) -> io::Result<()> {
    let mut buffer = Vec::with_capacity(SEND);
    while recv(stream, spare_capacity(&mut buffer), RecvFlags::empty())?.0 > 0 {
        buffer.clear();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_carry_every_byte_and_leave_no_file_behind() {
        let dir = tempfile::tempdir().unwrap();
        let bench = FloorBench { bytes: 3_000_001, dir: dir.path().to_owned() };
        let progress = Progress::default();
        let report = floor(&bench, &progress).unwrap();
        assert_eq!((report.inward.bytes, report.out.bytes, progress.done()), (3_000_001, 3_000_001, 6_000_002));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
