//! The process of a node: started to live on alone, found again by its pid file, and signalled only if it is that one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub use rustix::process::Signal;
use rustix::process::{Pid, PidfdFlags, pidfd_open, pidfd_send_signal};

use super::error::{At as _, LocalError};
use super::layout::Node;

/// How often a process is looked at while something is awaited of it.
const LOOK: Duration = Duration::from_millis(20);
/// Lines of its log to show when a process did not do what it should.
const LOG_LINES: usize = 8;
/// How much of the end of a log is read for them.
const LOG_BYTES: u64 = 8192;
/// What the broker's ready line begins with.
const READY: &str = "logbus ready: ";

/// A node's process that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its id.
    pub pid: u32,
    /// Whether SIGSTOP holds it.
    pub is_paused: bool,
    /// When it was started, in clock ticks since the machine was.
    start: u64,
}

impl Process {
    /// For how long it has been there.
    pub fn age(&self) -> Option<Duration> {
        let uptime = fs::read_to_string("/proc/uptime").ok()?;
        let up: f64 = uptime.split_whitespace().next()?.parse().ok()?;
        let started = self.start as f64 / rustix::param::clock_ticks_per_second() as f64;
        Duration::try_from_secs_f64(up - started).ok()
    }
}

/// A process that was started just now.
#[derive(Debug)]
pub struct Started {
    node: Node,
    child: Child,
}

/// Starts a node's process from the given binary, in a process group of its own: Ctrl-C in the terminal does not reach
/// it, and it outlives the command.
///
/// # Errors
/// [`LocalError::File`].
pub fn spawn(node: &Node, binary: &Path) -> Result<Started, LocalError> {
    let log_path = node.log();
    let log = OpenOptions::new().create(true).append(true).open(&log_path).at("open", &log_path)?;
    let ready_path = node.ready();
    let ready = File::create(&ready_path).at("create", &ready_path)?;
    let mut command = Command::new(binary);
    command.arg("broker").arg("--config").arg(node.properties());
    command.stdin(Stdio::null()).stdout(ready).stderr(log).process_group(0);
    let mut child = command.spawn().at("start", binary)?;
    let noted = note(node, child.id());
    if noted.is_err() {
        // One that no later command could find again must not stay.
        let _ = child.kill();
        let _ = child.wait();
    }
    noted?;
    Ok(Started { node: node.clone(), child })
}

fn note(node: &Node, pid: u32) -> Result<(), LocalError> {
    let path = node.pid();
    // One that ended at once is told of by those who wait for it.
    let Some((_, start)) = stat_of(pid) else { return Ok(()) };
    let boot = boot_id().at("read", Path::new(BOOT_ID))?;
    fs::write(&path, format!("{pid} {start} {boot}\n")).at("write", &path)
}

const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

fn boot_id() -> io::Result<String> {
    Ok(fs::read_to_string(BOOT_ID)?.trim().to_owned())
}

/// State letter and start time of a process; `None` when it is gone, or dead and not yet buried by its parent.
fn stat_of(pid: u32) -> Option<(char, u64)> {
    parse_stat(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

fn parse_stat(stat: &str) -> Option<(char, u64)> {
    // The second field is the command's name, which may hold blanks and parentheses itself.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    let state = fields.next()?.chars().next()?;
    let threads: u64 = fields.nth(16)?.parse().ok()?;
    let start = fields.nth(1)?.parse().ok()?;
    // The first thread is dead before the others: until they are, the process holds its files and their locks.
    let is_dead = matches!(state, 'Z' | 'X') && threads <= 1;
    (!is_dead).then_some((state, start))
}

/// The process of a node, if it runs. A process that only has got the same number later is not it.
///
/// # Errors
/// [`LocalError::File`] when the pid file or `/proc` cannot be read.
pub fn process_of(node: &Node) -> Result<Option<Process>, LocalError> {
    let path = node.pid();
    let text = match fs::read_to_string(&path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other.at("read", &path)?,
    };
    let mut fields = text.split_whitespace();
    let mut number = || fields.next().and_then(|text| text.parse::<u64>().ok());
    let (Some(pid), Some(start)) = (number(), number()) else { return Ok(None) };
    let (Ok(pid), boot) = (u32::try_from(pid), fields.next()) else { return Ok(None) };
    if boot != Some(&boot_id().at("read", Path::new(BOOT_ID))?) {
        return Ok(None);
    }
    let same = stat_of(pid).filter(|(_, found)| *found == start);
    Ok(same.map(|(state, _)| Process { pid, is_paused: matches!(state, 'T' | 't'), start }))
}

/// Sends a signal to a node's process; nothing happens if it has ended meanwhile.
///
/// # Errors
/// [`LocalError::Signal`].
pub fn send(node: &Node, process: &Process, signal: Signal) -> Result<(), LocalError> {
    let failed =
        |source: rustix::io::Errno| LocalError::Signal { id: node.id, pid: process.pid, source: source.into() };
    let Some(pid) = i32::try_from(process.pid).ok().and_then(Pid::from_raw) else { return Ok(()) };
    let handle = match pidfd_open(pid, PidfdFlags::empty()) {
        Err(rustix::io::Errno::SRCH) => return Ok(()),
        other => other.map_err(failed)?,
    };
    // The handle stays with one process, so the look at its start time comes after, and holds.
    if stat_of(process.pid).is_none_or(|(_, start)| start != process.start) {
        return Ok(());
    }
    match pidfd_send_signal(&handle, signal) {
        Err(rustix::io::Errno::SRCH) => Ok(()),
        other => other.map_err(failed),
    }
}

/// Waits until a node's process has ended.
///
/// # Errors
/// [`LocalError::Late`].
pub fn wait_for_end(node: &Node, process: &Process, until: Instant, given: Duration) -> Result<(), LocalError> {
    while stat_of(process.pid).is_some_and(|(_, start)| start == process.start) {
        if Instant::now() >= until {
            return Err(late(node, "did not end", given));
        }
        std::thread::sleep(LOOK);
    }
    Ok(())
}

/// Waits until all of them have said that they are ready.
///
/// # Errors
/// [`LocalError::Ended`] when one ends instead, [`LocalError::Late`] when one does neither.
pub fn wait_until_ready(started: &mut [Started], given: Duration) -> Result<(), LocalError> {
    let until = Instant::now() + given;
    loop {
        let mut waiting = None;
        for one in &mut *started {
            if one.is_ready()? {
                continue;
            }
            if let Some(status) = one.child.try_wait().at("wait for", &one.node.dir)? {
                let log = tail_of_log(&one.node);
                return Err(LocalError::Ended { id: one.node.id, status: status.to_string(), log });
            }
            waiting = Some(one.node.clone());
        }
        match waiting {
            None => return Ok(()),
            Some(node) if Instant::now() >= until => return Err(late(&node, "was not ready", given)),
            Some(_) => std::thread::sleep(LOOK),
        }
    }
}

impl Started {
    fn is_ready(&self) -> Result<bool, LocalError> {
        let path = self.node.ready();
        Ok(fs::read_to_string(&path).at("read", &path)?.starts_with(READY))
    }
}

fn late(node: &Node, what: &'static str, given: Duration) -> LocalError {
    LocalError::Late { id: node.id, what, seconds: given.as_secs(), log: tail_of_log(node) }
}

/// The last lines of a node's log; none when it cannot be read.
pub fn tail_of_log(node: &Node) -> Vec<String> {
    let read = || -> io::Result<String> {
        let mut file = File::open(node.log())?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(LOG_BYTES)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let text = read().unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines.iter().skip(lines.len().saturating_sub(LOG_LINES)).map(|line| (*line).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::local_cluster::{Plan, create};

    fn a_node(dir: &Path) -> Node {
        create(dir, &Plan::of(1)).unwrap().remove(0)
    }

    #[test]
    fn the_name_of_a_command_may_hold_anything() {
        let stat = "42 (a) R (b)) T 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 777 20\n";
        assert_eq!(parse_stat(stat), Some(('T', 777)));
        assert_eq!(parse_stat(&stat.replace(" T ", " Z ")), Some(('Z', 777)), "17 threads are left");
        assert_eq!(parse_stat(&stat.replace(" T ", " Z ").replace(" 17 ", " 1 ")), None);
        assert_eq!(parse_stat("42 (a"), None);
    }

    #[test]
    fn only_the_very_process_is_found_and_signalled() {
        let tmp = tempfile::tempdir().unwrap();
        let node = a_node(tmp.path());
        assert_eq!(process_of(&node).unwrap(), None);
        let mut child = Command::new("sleep").arg("600").spawn().unwrap();
        note(&node, child.id()).unwrap();
        let found = process_of(&node).unwrap().unwrap();
        assert_eq!((found.pid, found.is_paused), (child.id(), false));

        // The same number with another start, as after the number came around again.
        let other = Process { start: found.start + 1, ..found.clone() };
        send(&node, &other, Signal::KILL).unwrap();
        assert!(process_of(&node).unwrap().is_some(), "it was not meant");
        send(&node, &found, Signal::KILL).unwrap();
        wait_for_end(&node, &found, Instant::now() + Duration::from_secs(10), Duration::from_secs(10)).unwrap();
        assert_eq!(process_of(&node).unwrap(), None, "dead, though not buried");
        child.wait().unwrap();
        send(&node, &found, Signal::KILL).unwrap();

        fs::write(node.pid(), "1 1 another-boot\n").unwrap();
        assert_eq!(process_of(&node).unwrap(), None);
        fs::write(node.pid(), "").unwrap();
        assert_eq!(process_of(&node).unwrap(), None);
    }

    #[test]
    fn a_process_that_ends_instead_of_getting_ready_is_told_with_its_log() {
        let tmp = tempfile::tempdir().unwrap();
        let node = a_node(tmp.path());
        fs::write(node.log(), (0..20).map(|n| format!("line {n}\n")).collect::<String>()).unwrap();
        let mut started = [spawn(&node, Path::new("/bin/false")).unwrap()];
        match wait_until_ready(&mut started, Duration::from_secs(10)) {
            Err(LocalError::Ended { id: 1, log, .. }) => {
                assert_eq!(log.first().map(String::as_str), Some("line 12"));
            }
            other => panic!("{other:?}"),
        }
    }
}
