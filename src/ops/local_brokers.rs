//! The brokers that this user runs on this machine: what they were started with, and signals to them.
//!
//! They are found by what the kernel tells of processes in `/proc`, so that one is known that nobody wrote down.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::model::Properties;

/// Where the kernel tells of processes.
pub const PROC: &str = "/proc";
/// The program, by the name of its file.
const PROGRAM: &str = "logbus";
/// The command of it that is a broker.
const COMMAND: &str = "broker";

/// A broker that runs here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalBroker {
    /// The process.
    pub pid: i32,
    /// What it runs with, as far as one needs it to tell it from others.
    pub role: Result<Role, UnreadableConfig>,
}

/// Which node a broker is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// `node.id`, as it is written.
    pub node_id: String,
    /// `process.roles`, as it is written.
    pub process_roles: String,
}

/// The file that a broker was started with is not to be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot read {0}")]
pub struct UnreadableConfig(pub PathBuf);

/// The brokers of this user, by process id.
///
/// # Errors
/// When `proc` cannot be read, as on systems that have none.
pub fn find(proc: &Path) -> io::Result<Vec<LocalBroker>> {
    let user = rustix::process::geteuid().as_raw();
    let mut found = Vec::new();
    for entry in fs::read_dir(proc)? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else { continue };
        // A process that ends meanwhile is none of those that run.
        if let Some(broker) = look_at(&proc.join(pid.to_string()), pid, user) {
            found.push(broker);
        }
    }
    found.sort_by_key(|broker| broker.pid);
    Ok(found)
}

fn look_at(process: &Path, pid: i32, user: u32) -> Option<LocalBroker> {
    let program = fs::read_link(process.join("exe")).ok()?;
    // The kernel marks a file that was replaced since.
    let name = program.file_name()?.to_str()?;
    if name.strip_suffix(" (deleted)").unwrap_or(name) != PROGRAM || fs::metadata(process).ok()?.uid() != user {
        return None;
    }
    let line = fs::read(process.join("cmdline")).ok()?;
    let words: Vec<String> = line.split(|&b| b == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect();
    let options = words.get(1).filter(|word| *word == COMMAND).map(|_| &words[2..])?;
    Some(LocalBroker { pid, role: role(options, &process.join("cwd")) })
}

/// What the options of a broker say, over the file that they name.
fn role(options: &[String], directory: &Path) -> Result<Role, UnreadableConfig> {
    let mut settings = Properties::new();
    let mut over = Vec::new();
    let mut node_id = None;
    let mut words = options.iter();
    while let Some(word) = words.next() {
        let (name, inline) = word.split_once('=').map_or((word.as_str(), None), |(name, value)| (name, Some(value)));
        if !matches!(name, "--config" | "--override" | "--node-id") {
            continue;
        }
        let Some(value) = inline.or_else(|| words.next().map(String::as_str)) else { continue };
        match name {
            "--config" => {
                let path = directory.join(value);
                let bytes = fs::read(&path).map_err(|_| UnreadableConfig(PathBuf::from(value)))?;
                settings = Properties::parse(&bytes);
            }
            "--node-id" => node_id = Some(value.to_owned()),
            _ => over.extend(value.split_once('=')),
        }
    }
    if let Some(id) = node_id {
        settings.set("node.id", &id);
    }
    for (key, value) in over {
        settings.set(key.trim(), value.trim());
    }
    let text = |keys: &[&str], otherwise: &str| {
        keys.iter().find_map(|key| settings.get(key)).unwrap_or(otherwise).trim().to_owned()
    };
    Ok(Role {
        node_id: text(&["node.id", "broker.id"], "1"),
        process_roles: text(&["process.roles"], "broker,controller"),
    })
}

/// A signal that a name or number stands for: `TERM`, `SIGTERM`, `15`.
pub fn signal(name: &str) -> Option<rustix::process::Signal> {
    use rustix::process::Signal;
    let upper = name.to_ascii_uppercase();
    Some(match upper.strip_prefix("SIG").unwrap_or(&upper) {
        "HUP" | "1" => Signal::HUP,
        "INT" | "2" => Signal::INT,
        "QUIT" | "3" => Signal::QUIT,
        "ABRT" | "6" => Signal::ABORT,
        "KILL" | "9" => Signal::KILL,
        "USR1" | "10" => Signal::USR1,
        "USR2" | "12" => Signal::USR2,
        "TERM" | "15" => Signal::TERM,
        "CONT" | "18" => Signal::CONT,
        "STOP" | "19" => Signal::STOP,
        "TSTP" | "20" => Signal::TSTP,
        _ => return None,
    })
}

/// Sends a signal to a broker, unless its process is another one by now.
///
/// # Errors
/// When the process is gone, or of another user.
pub fn send(proc: &Path, broker: &LocalBroker, signal: rustix::process::Signal) -> io::Result<()> {
    let user = rustix::process::geteuid().as_raw();
    let gone = || io::Error::from(rustix::io::Errno::SRCH);
    look_at(&proc.join(broker.pid.to_string()), broker.pid, user).ok_or_else(gone)?;
    let pid = rustix::process::Pid::from_raw(broker.pid).ok_or_else(gone)?;
    Ok(rustix::process::kill_process(pid, signal)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tree like `/proc` with one process.
    fn process(proc: &Path, pid: i32, program: &str, words: &[&str]) {
        let at = proc.join(pid.to_string());
        fs::create_dir_all(&at).unwrap();
        std::os::unix::fs::symlink(program, at.join("exe")).unwrap();
        std::os::unix::fs::symlink(proc, at.join("cwd")).unwrap();
        fs::write(at.join("cmdline"), words.iter().map(|word| format!("{word}\0")).collect::<String>()).unwrap();
    }

    #[test]
    fn brokers_are_told_from_other_processes_and_from_each_other() {
        let directory = tempfile::tempdir().unwrap();
        let proc = directory.path();
        fs::write(proc.join("a.properties"), "node.id = 7\nprocess.roles=broker\n").unwrap();
        process(proc, 12, "/usr/bin/logbus", &["logbus", "broker", "--config", "a.properties"]);
        process(proc, 9, "/opt/logbus (deleted)", &["x", "broker", "--config=a.properties", "--override", "node.id=8"]);
        process(proc, 30, "/usr/bin/logbus", &["logbus", "broker", "--node-id", "3"]);
        process(proc, 31, "/usr/bin/logbus", &["logbus", "broker", "--config", "gone.properties"]);
        process(proc, 40, "/usr/bin/logbus", &["logbus", "kafka-configs", "--entity-type", "broker"]);
        process(proc, 41, "/usr/bin/java", &["java", "broker"]);
        fs::create_dir(proc.join("self")).unwrap();
        let found = find(proc).unwrap();
        let role = |id: &str, roles: &str| Ok(Role { node_id: id.to_owned(), process_roles: roles.to_owned() });
        let expected = [
            (9, role("8", "broker")),
            (12, role("7", "broker")),
            (30, role("3", "broker,controller")),
            (31, Err(UnreadableConfig("gone.properties".into()))),
        ];
        assert_eq!(found, expected.map(|(pid, role)| LocalBroker { pid, role }));
    }

    #[test]
    fn a_process_that_is_no_broker_any_more_gets_no_signal() {
        let directory = tempfile::tempdir().unwrap();
        let broker = LocalBroker { pid: 5, role: Err(UnreadableConfig(PathBuf::new())) };
        let error = send(directory.path(), &broker, rustix::process::Signal::TERM).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(rustix::io::Errno::SRCH.raw_os_error()));
    }

    #[test]
    fn signals_have_names_and_numbers() {
        for name in ["TERM", "SIGTERM", "term", "15"] {
            assert_eq!(signal(name), Some(rustix::process::Signal::TERM), "{name}");
        }
        assert_eq!(signal("NONSENSE"), None);
    }
}
