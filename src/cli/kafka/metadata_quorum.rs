//! `kafka-metadata-quorum.sh` (`org.apache.kafka.tools.MetadataQuorumCommand`).

use std::io::Write;
use std::path::Path;

use super::admin::{CONTROLLER, Reached, SERVER, reach, tabbed, thrown};
use super::answer;
use super::argparse::{Argument, Group, Namespace, Parser, Type};
use super::argparse_commands::{Command, Commands};
use super::cluster::block_on;
use super::java::millis;
use super::usage::{Stop, Streams};
use crate::model::Uuid;
use crate::ops::quorum::{self, Quorum, Replica};

const PROG: &str = "kafka-metadata-quorum";
const DRY_RUN: Argument = Argument::switch(&["--dry-run"], "Say what would be done, and do nothing.");

const TOOL: Commands = Commands {
    parser: Parser {
        prog: PROG,
        description: "This tool describes the KRaft metadata quorum and changes its voters.",
        arguments: &[
            Argument::HELP,
            SERVER,
            CONTROLLER,
            Argument::one(
                &["--command-config"],
                Type::String,
                "COMMAND_CONFIG",
                "A properties file for the admin client. With add-controller it is the new controller's own file.",
            ),
        ],
        group: Group::Required,
        before: &[],
        after: &["{describe,add-controller,remove-controller}", "..."],
    },
    commands: &[
        Command {
            name: "describe",
            help: "Show the metadata quorum",
            parser: Parser {
                arguments: &[
                    Argument::HELP,
                    Argument::switch(&["--status"], "The quorum in a few lines.").under("Status"),
                    Argument::switch(&["--replication"], "A line for every replica.").under("Replication"),
                    Argument::switch(&["--human-readable"], "Times as how long ago.").under("Replication"),
                ],
                before: &[
                    "(--bootstrap-server BOOTSTRAP_SERVER",
                    "|",
                    "--bootstrap-controller BOOTSTRAP_CONTROLLER)",
                    "describe",
                ],
                ..COMMAND
            },
        },
        Command {
            name: "add-controller",
            help: "Give a controller a vote",
            parser: Parser {
                arguments: &[Argument::HELP, DRY_RUN],
                before: &[
                    "(--bootstrap-server BOOTSTRAP_SERVER",
                    "|",
                    "--bootstrap-controller BOOTSTRAP_CONTROLLER)",
                    "add-controller",
                ],
                ..COMMAND
            },
        },
        Command {
            name: "remove-controller",
            help: "Take the vote from a controller",
            parser: Parser {
                arguments: &[
                    Argument::HELP,
                    Argument::one(
                        &["--controller-id", "-i"],
                        Type::Integer,
                        "CONTROLLER_ID",
                        "The id of the controller to remove.",
                    )
                    .required(),
                    Argument::one(
                        &["--controller-directory-id", "-d"],
                        Type::String,
                        "CONTROLLER_DIRECTORY_ID",
                        "The id of its metadata directory.",
                    )
                    .required(),
                    DRY_RUN,
                ],
                before: &[
                    "(--bootstrap-server BOOTSTRAP_SERVER",
                    "|",
                    "--bootstrap-controller BOOTSTRAP_CONTROLLER)",
                    "remove-controller",
                ],
                ..COMMAND
            },
        },
    ],
};

const COMMAND: Parser =
    Parser { prog: PROG, description: "", arguments: &[], group: Group::None, before: &[], after: &[] };

/// Runs the tool.
///
/// # Errors
/// How it stopped.
pub fn run(args: &[String], streams: &mut Streams<'_>) -> Result<(), Stop> {
    let line = match TOOL.parse(args) {
        Ok(line) => line,
        Err(declined) => return declined.stop(0, streams),
    };
    if let Some(file) = line.before.value("--command-config").filter(|file| !Path::new(file).exists()) {
        return Err(Stop::Failure(format!("Properties file {file} does not exists!")));
    }
    let reached = reach(&line).map_err(|failure| Stop::Failure(failure.message))?;
    match line.command {
        "describe" => describe(&reached, &line.own, streams.out),
        "add-controller" => {
            if line.before.value("--command-config").is_none() {
                let needed = "You must supply the configuration file of the controller you are adding when using add-controller.";
                return Err(Stop::Failure(needed.to_owned()));
            }
            add(&reached, line.own.has("--dry-run"), streams.out)
        }
        _ => remove(&reached, &line.own, streams.out),
    }
}

fn describe(reached: &Reached, options: &Namespace, out: &mut dyn Write) -> Result<(), Stop> {
    let failed = |text: &str| Err(Stop::Failure(text.to_owned()));
    let (status, replication) = (options.has("--status"), options.has("--replication"));
    match (status, replication) {
        (true, true) => {
            return failed("Only one of --status or --replication should be specified with describe sub-command");
        }
        (false, false) => {
            return failed("One of --status or --replication must be specified with describe sub-command");
        }
        (true, false) if options.has("--human-readable") => {
            return failed("The option --human-readable is only supported along with --replication");
        }
        _ => {}
    }
    // Of the status, the cluster's id is asked for first.
    let call = if status { "listNodes" } else { "describeMetadataQuorum" };
    let quorum = block_on(async { Ok(quorum::describe(&reached.cluster, reached.side).await) })?
        .map_err(|error| thrown(&error, call))?;
    answer::whole("quorum", || &quorum);
    let text = if status {
        status_text(&quorum)
    } else {
        replication_text(&quorum, options.has("--human-readable"), millis())
    };
    Ok(out.write_all(text.as_bytes())?)
}

/// The lines of `--status`.
fn status_text(quorum: &Quorum) -> String {
    let voters = || quorum.voters.iter();
    let farthest = voters().min_by_key(|voter| voter.log_end_offset);
    let lag = farthest.map_or(0, |voter| quorum.lag(voter));
    // The leader itself is always caught up; a follower that never was counts as unknown.
    let lag_time = match (quorum.leader(), farthest) {
        (Some(leader), Some(last)) if leader.id == last.id => 0,
        (Some(leader), Some(last)) => match (leader.last_caught_up, last.last_caught_up) {
            (Some(now), Some(then)) => now - then,
            _ => -1,
        },
        _ => -1,
    };
    let list = |replicas: &[Replica]| {
        let cells: Vec<String> = replicas.iter().map(|replica| member(quorum, replica)).collect();
        format!("[{}]", cells.join(", "))
    };
    format!(
        "ClusterId:              {}\nLeaderId:               {}\nLeaderEpoch:            {}\nHighWatermark:          {}\n\
         MaxFollowerLag:         {lag}\nMaxFollowerLagTimeMs:   {lag_time}\nCurrentVoters:          {}\n\
         CurrentObservers:       {}\n",
        quorum.cluster_id,
        quorum.leader_id,
        quorum.leader_epoch,
        quorum.high_watermark,
        list(&quorum.voters),
        list(&quorum.observers),
    )
}

fn member(quorum: &Quorum, replica: &Replica) -> String {
    let mut text = format!("{{\"id\": {}", replica.id);
    if !replica.directory_id.is_zero() {
        text.push_str(&format!(", \"directoryId\": \"{}\"", replica.directory_id));
    }
    if let Some(node) = quorum.nodes.iter().find(|node| node.id == replica.id && !node.endpoints.is_empty()) {
        let endpoints: Vec<String> = node.endpoints.iter().map(|endpoint| format!("\"{endpoint}\"")).collect();
        text.push_str(&format!(", \"endpoints\": [{}]", endpoints.join(", ")));
    }
    text.push('}');
    text
}

/// The table of `--replication`.
fn replication_text(quorum: &Quorum, human: bool, now: i64) -> String {
    let header =
        ["NodeId", "DirectoryId", "LogEndOffset", "Lag", "LastFetchTimestamp", "LastCaughtUpTimestamp", "Status"];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    let time = |at: Option<i64>| match at {
        Some(at) if human => format!("{} ms ago", now - at),
        at => at.unwrap_or(-1).to_string(),
    };
    let mut row = |replica: &Replica, status: &str| {
        rows.push(vec![
            replica.id.to_string(),
            replica.directory_id.to_string(),
            replica.log_end_offset.to_string(),
            quorum.lag(replica).to_string(),
            time(replica.last_fetch),
            time(replica.last_caught_up),
            status.to_owned(),
        ]);
    };
    quorum.leader().into_iter().for_each(|leader| row(leader, "Leader"));
    quorum.voters.iter().filter(|voter| voter.id != quorum.leader_id).for_each(|voter| row(voter, "Follower"));
    quorum.observers.iter().for_each(|observer| row(observer, "Observer"));
    tabbed(&rows)
}

fn add(reached: &Reached, dry_run: bool, out: &mut dyn Write) -> Result<(), Stop> {
    let voter = quorum::new_voter(&reached.properties).map_err(Stop::Failure)?;
    if !dry_run {
        block_on(async { Ok(quorum::add_voter(&reached.cluster, reached.side, &voter).await) })?
            .map_err(|error| thrown(&error, "addRaftVoter"))?;
    }
    answer::did(if dry_run { "add (dry run)" } else { "add" }, "controller", voter.id);
    Ok(writeln!(
        out,
        "{} controller {} with directory id {} and endpoints: {}",
        if dry_run { "DRY RUN of adding" } else { "Added" },
        voter.id,
        voter.directory_id,
        voter.addresses().join(", "),
    )?)
}

fn remove(reached: &Reached, options: &Namespace, out: &mut dyn Write) -> Result<(), Stop> {
    let id: i32 = options.number("--controller-id").unwrap_or(-1);
    if id < 0 {
        return Err(Stop::Failure(format!("Invalid negative --controller-id: {id}")));
    }
    let text = options.value("--controller-directory-id").unwrap_or_default();
    let directory_id: Uuid = text.parse().map_err(|_| {
        // Java's decoder takes any whole number of sextets and looks at the length afterwards.
        Stop::Failure(format!(
            "Failed to parse --controller-directory-id: Input string `{text}` decoded as {} bytes, which is not equal to the expected 16 bytes of a base64-encoded UUID",
            text.len() * 6 / 8
        ))
    })?;
    let dry_run = options.has("--dry-run");
    if !dry_run {
        block_on(async { Ok(quorum::remove_voter(&reached.cluster, reached.side, id, directory_id).await) })?
            .map_err(|error| thrown(&error, "removeRaftVoter"))?;
    }
    answer::did(if dry_run { "remove (dry run)" } else { "remove" }, "controller", id);
    let action = if dry_run { "DRY RUN of removing " } else { "Removed " };
    Ok(writeln!(out, "{action} KRaft controller {id} with directory id {directory_id}")?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::quorum::QuorumNode;

    fn replica(id: i32, end: i64, at: Option<i64>) -> Replica {
        Replica {
            id,
            directory_id: Uuid(u128::from(id.unsigned_abs())),
            log_end_offset: end,
            last_fetch: at,
            last_caught_up: at,
        }
    }

    fn quorum() -> Quorum {
        Quorum {
            cluster_id: "fMCL8kv1SWm87L_Md-I2hg".into(),
            leader_id: 2,
            leader_epoch: 5,
            high_watermark: 100,
            voters: vec![replica(1, 90, Some(700)), replica(2, 100, Some(1_000)), replica(3, 99, None)],
            observers: vec![Replica { directory_id: Uuid::ZERO, ..replica(4, 80, Some(900)) }],
            nodes: vec![QuorumNode { id: 1, endpoints: vec!["CONTROLLER://a:9093".into()] }],
        }
    }

    #[test]
    fn the_status_is_eight_lines() {
        assert_eq!(
            status_text(&quorum()),
            "ClusterId:              fMCL8kv1SWm87L_Md-I2hg\n\
             LeaderId:               2\n\
             LeaderEpoch:            5\n\
             HighWatermark:          100\n\
             MaxFollowerLag:         10\n\
             MaxFollowerLagTimeMs:   300\n\
             CurrentVoters:          [{\"id\": 1, \"directoryId\": \"AAAAAAAAAAAAAAAAAAAAAQ\", \"endpoints\": [\"CONTROLLER://a:9093\"]}, {\"id\": 2, \"directoryId\": \"AAAAAAAAAAAAAAAAAAAAAg\"}, {\"id\": 3, \"directoryId\": \"AAAAAAAAAAAAAAAAAAAAAw\"}]\n\
             CurrentObservers:       [{\"id\": 4}]\n"
        );
    }

    #[test]
    fn replication_has_the_leader_first_and_a_tab_behind_every_cell() {
        let text = replication_text(&quorum(), true, 1_100);
        let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').map(str::trim_end).collect()).collect();
        assert_eq!(rows[0].len(), 8, "{text}");
        assert_eq!(rows[1], ["2", "AAAAAAAAAAAAAAAAAAAAAg", "100", "0", "100 ms ago", "100 ms ago", "Leader", ""]);
        assert_eq!(rows[3][4..7], ["-1", "-1", "Follower"]);
        assert_eq!(rows[4][6], "Observer");
    }
}
