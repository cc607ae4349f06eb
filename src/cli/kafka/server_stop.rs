//! `kafka-server-stop.sh`: a signal to the brokers of this user on this machine.

use std::path::Path;

use super::answer;
use super::usage::{Stop, Streams};
use crate::ops::local_brokers::{self, LocalBroker};

/// Runs the tool.
///
/// # Errors
/// How it stopped.
pub fn run(args: &[String], streams: &mut Streams<'_>) -> Result<(), Stop> {
    let name = std::env::var("SIGNAL").ok().filter(|name| !name.is_empty()).unwrap_or_else(|| "TERM".to_owned());
    let asked = Asked::read(args);
    if asked.node_id.is_some() && asked.process_role.is_some() {
        writeln!(
            streams.out,
            "When both node-id and process-role are provided, the value for node-id will take precedence"
        )?;
    }
    let proc = Path::new(local_brokers::PROC);
    let running = local_brokers::find(proc)
        .map_err(|error| Stop::Failure(format!("cannot tell which processes run, {}: {error}", proc.display())))?;
    answer::of(answer::ACTIONS);
    if running.is_empty() {
        answer::missing("No kafka server to stop");
        writeln!(streams.out, "No kafka server to stop")?;
        return Err(Stop::Exit(1));
    }
    let Some(signal) = local_brokers::signal(&name) else {
        return Err(Stop::Failure(format!("kill: {name}: invalid signal specification")));
    };
    let (mut met, mut failed, mut unknown) = (false, false, false);
    for broker in &running {
        match asked.means(broker) {
            Some(true) => met = true,
            Some(false) => continue,
            None => {
                unknown = true;
                continue;
            }
        }
        match local_brokers::send(proc, broker, signal) {
            Ok(()) => answer::did("stop", "process", broker.pid),
            Err(error) => {
                let reason = error.to_string();
                let reason = reason.split(" (os error").next().unwrap_or_default();
                answer::refused("stop", "process", broker.pid, reason);
                writeln!(streams.err, "kill: ({}) - {reason}", broker.pid)?;
                failed = true;
            }
        }
    }
    // Whether it is the one that is meant cannot be told, and no other was.
    if unknown && !met {
        writeln!(
            streams.out,
            "Can not find the configuration file in the current directory. Please make sure the kafka stop process and the start process are called in the same directory."
        )?;
        failed = true;
    }
    if !met {
        // With 0, Kafka's script passes over it.
        answer::missing("none of the brokers that run is the one that is meant");
    }
    if failed { Err(Stop::Exit(1)) } else { Ok(()) }
}

/// Which brokers are meant; all without either.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    node_id: Option<String>,
    process_role: Option<String>,
}

impl Asked {
    /// The script takes its options from anywhere among the words, and minds no others.
    fn read(args: &[String]) -> Asked {
        let words = args.join(" ");
        let value = |name: &str| {
            let behind = &words[words.find(name)? + name.len()..];
            let value = behind.split([' ', '=']).next().unwrap_or_default();
            Some(value.to_owned()).filter(|value| !value.is_empty())
        };
        Asked { node_id: value("--node-id="), process_role: value("--process-role=") }
    }

    /// Whether this broker is meant; `None` if that cannot be told.
    fn means(&self, broker: &LocalBroker) -> Option<bool> {
        if self.node_id.is_none() && self.process_role.is_none() {
            return Some(true);
        }
        let role = broker.role.as_ref().ok()?;
        Some(match (&self.node_id, &self.process_role) {
            (Some(id), _) => role.node_id == *id,
            (None, Some(roles)) => role.process_roles == *roles,
            (None, None) => true,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::local_brokers::{Role, UnreadableConfig};

    fn asked(line: &str) -> Asked {
        Asked::read(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    fn broker(id: &str, roles: &str) -> LocalBroker {
        LocalBroker { pid: 1, role: Ok(Role { node_id: id.to_owned(), process_roles: roles.to_owned() }) }
    }

    #[test]
    fn a_node_is_told_by_its_id_before_its_role() {
        let (one, two) = (broker("1", "broker,controller"), broker("2", "controller"));
        let means = |line: &str| [&one, &two].map(|broker| asked(line).means(broker).unwrap());
        assert_eq!(means(""), [true, true]);
        assert_eq!(means("--node-id=2"), [false, true]);
        assert_eq!(means("--process-role=controller"), [false, true], "the whole of its roles");
        assert_eq!(means("--process-role=controller --node-id=1"), [true, false]);
        assert_eq!(means("--node-id 2 --foo"), [true, true], "the script knows no other spelling");
    }

    #[test]
    fn who_it_is_cannot_be_told_without_its_file() {
        let broker = LocalBroker { pid: 1, role: Err(UnreadableConfig("gone".into())) };
        assert_eq!(asked("").means(&broker), Some(true));
        assert_eq!(asked("--node-id=1").means(&broker), None);
    }
}
