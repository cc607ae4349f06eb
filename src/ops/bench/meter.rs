//! What a broker's process spends, read from `/proc/PID`: only for a broker on the same machine.

use std::fs;

use serde::Serialize;

use crate::client::{ClientError, Result};

/// A process that is watched.
#[derive(Clone, Copy, Debug)]
pub(super) struct Meter {
    pid: u32,
    cpu_at_start: f64,
}

/// What a broker spent on a load.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Spent {
    /// User and system time of the process, seconds.
    pub cpu_seconds: f64,
    /// The same for 10^9 bytes on the wire.
    pub cpu_seconds_per_gb: f64,
    /// The same for 10^6 records.
    pub cpu_seconds_per_million: f64,
    /// Resident memory at the end, bytes.
    pub rss_bytes: u64,
    /// The most that was resident since the process began, bytes.
    pub peak_rss_bytes: u64,
}

/// How a broker's memory grew with what it holds.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Growth {
    /// Resident memory before, bytes.
    pub rss_before_bytes: u64,
    /// Resident memory after, bytes.
    pub rss_after_bytes: u64,
    /// User and system time meanwhile, seconds.
    pub cpu_seconds: f64,
}

impl Growth {
    /// Bytes of each of `count` things.
    pub fn each(&self, count: u64) -> f64 {
        self.rss_after_bytes.saturating_sub(self.rss_before_bytes) as f64 / count.max(1) as f64
    }
}

impl Meter {
    /// Begins to watch a process.
    pub(super) fn start(pid: u32) -> Result<Meter> {
        Ok(Meter { pid, cpu_at_start: cpu_seconds(pid)? })
    }

    /// Watches this process, that is the client.
    pub(super) fn myself() -> Result<Meter> {
        Meter::start(std::process::id())
    }

    /// CPU-seconds since the start.
    pub(super) fn cpu(&self) -> Result<f64> {
        Ok(cpu_seconds(self.pid)? - self.cpu_at_start)
    }

    /// What was spent on so many bytes and records.
    pub(super) fn spent(&self, wire_bytes: u64, records: u64) -> Result<Spent> {
        let cpu_seconds = self.cpu()?;
        let (rss_bytes, peak_rss_bytes) = memory(self.pid)?;
        Ok(Spent {
            cpu_seconds,
            cpu_seconds_per_gb: cpu_seconds * 1e9 / wire_bytes.max(1) as f64,
            cpu_seconds_per_million: cpu_seconds * 1e6 / records.max(1) as f64,
            rss_bytes,
            peak_rss_bytes,
        })
    }

    /// Resident bytes now.
    pub(super) fn resident(&self) -> Result<u64> {
        Ok(memory(self.pid)?.0)
    }
}

fn read(pid: u32, file: &str) -> Result<String> {
    let path = format!("/proc/{pid}/{file}");
    fs::read_to_string(&path).map_err(|e| ClientError::Config(format!("cannot watch process {pid}: {path}: {e}")))
}

fn cpu_seconds(pid: u32) -> Result<f64> {
    let stat = read(pid, "stat")?;
    // The command's name is in brackets and may hold anything; user and system time are fields 14 and 15.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_ascii_whitespace().collect();
    let ticks = |n: usize| fields.get(n - 3).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    Ok((ticks(14) + ticks(15)) as f64 / rustix::param::clock_ticks_per_second() as f64)
}

/// Resident bytes, and the most there ever were.
fn memory(pid: u32) -> Result<(u64, u64)> {
    let status = read(pid, "status")?;
    let kib = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim_start_matches(':').split_ascii_whitespace().next()?.parse::<u64>().ok()
    };
    Ok((kib("VmRSS").unwrap_or(0) * 1024, kib("VmHWM").unwrap_or(0) * 1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_is_there_can_be_watched_and_one_that_is_not_is_named() {
        let meter = Meter::myself().unwrap();
        let spent = meter.spent(1_000_000_000, 1_000_000).unwrap();
        assert!(spent.rss_bytes > 0 && spent.peak_rss_bytes >= spent.rss_bytes);
        assert_eq!(spent.cpu_seconds, spent.cpu_seconds_per_gb);
        let gone = Meter::start(u32::MAX).unwrap_err().to_string();
        assert!(gone.contains("/proc/4294967295/stat"), "{gone}");
    }
}
