//! The command table, and the way from words to an exit code.

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use super::error::{CliError, Exit};
use super::{
    acls, bench, broker, brokers, cluster, complete, configs, consume, copy, declared, docs, doctor, dump_log,
    examples, features, groups, health, isr, kafka, lag, links, log_dirs, metadata, metrics, offsets, partitions,
    produce, producers, profiles, quorum, quotas, report, sim, storage, tokens, top, topics, transactions, users, wait,
    watch,
};

const START: &str = "\
logbus: a Kafka-compatible broker and the operator's toolbox, in one binary

  logbus broker                          start a broker here, on 127.0.0.1:9092
  logbus topics create clicks            make a topic
  logbus produce clicks < events.jsonl   send lines
  logbus consume clicks --from-beginning read them
  logbus lag                             who is behind, by how much, until when
  logbus topics describe clicks          where it is, what is wrong with it

`logbus --help` lists every command, `logbus COMMAND --help` explains one.
";

/// A Kafka-compatible broker, its admin daemon, and the operator's toolbox for any Kafka cluster.
#[derive(Debug, Parser)]
#[command(name = "logbus", version, propagate_version = true, max_term_width = 110)]
#[command(subcommand_required = false, arg_required_else_help = false)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start a broker here
    Broker(broker::Broker),
    /// Describe a cluster; run one of several nodes on this machine
    #[command(subcommand)]
    Cluster(cluster::Verb),
    /// List, describe, create, alter and delete topics
    #[command(subcommand)]
    Topics(topics::Verb),
    /// Send lines as records
    Produce(produce::Args),
    /// Read records
    Consume(consume::Args),
    /// Copy records of a topic into another one, of this cluster or of another
    Copy(copy::CopyArgs),
    /// Send records of a dead-letter topic back to where they came from
    Redrive(copy::RedriveArgs),
    /// List and describe consumer groups, move where they stand, delete them
    #[command(subcommand)]
    Groups(groups::Verb),
    /// Show who is behind, by how much, and until when
    Lag(lag::Args),
    /// Write down what a cluster has, as a file that `plan` and `apply` read
    Export(declared::ExportArgs),
    /// Show how a cluster differs from a file; exit code 5 if it does
    Plan(declared::PlanArgs),
    /// Make a cluster as a file says
    Apply(declared::ApplyArgs),
    /// Say whether the cluster is well; exit code 5 if not
    Health(health::Args),
    /// Wait until the cluster, a topic or a group is as it should be
    Wait(wait::Args),
    /// Watch the cluster live
    Top(top::Args),
    /// Look up the ends of partitions, and offsets by time
    #[command(subcommand)]
    Offsets(offsets::Verb),
    /// Read and change settings of topics, brokers, loggers, groups and client metrics
    #[command(subcommand)]
    Configs(configs::Verb),
    /// List, describe and change quotas of users, clients and addresses
    #[command(subcommand)]
    Quotas(quotas::Verb),
    /// List who may log in by SCRAM, give and take passwords
    #[command(subcommand)]
    Users(users::Verb),
    /// List and describe brokers, drain, even out and throttle them, ask whether one can be restarted
    #[command(subcommand)]
    Brokers(brokers::Verb),
    /// Show log directories and what is in them
    #[command(subcommand)]
    LogDirs(log_dirs::Verb),
    /// Read the metrics of a logbus broker, list the subscriptions of clients
    #[command(subcommand)]
    Metrics(metrics::Verb),
    /// Show and change who may do what
    #[command(subcommand)]
    Acls(acls::Verb),
    /// Make, list, renew and expire delegation tokens
    #[command(subcommand)]
    Tokens(tokens::Verb),
    /// Move partitions between brokers, elect their leaders
    #[command(subcommand)]
    Partitions(partitions::Verb),
    /// List and describe transactions, find those that hang, end them
    #[command(subcommand)]
    Transactions(transactions::Verb),
    /// Show the producers that partitions remember
    #[command(subcommand)]
    Producers(producers::Verb),
    /// Show what nobody uses any more, and what topics need of disks and networks
    #[command(subcommand)]
    Report(report::Verb),
    /// Show which replicas are not in sync, how far behind, and why
    Isr(isr::Args),
    /// Describe the metadata quorum, add and remove voters
    #[command(subcommand)]
    Quorum(quorum::Verb),
    /// Show and change the cluster's features
    #[command(subcommand)]
    Features(features::Verb),
    /// Say step by step whether and how a cluster is reached, and what is wrong
    Doctor(doctor::Args),
    /// Keep ways to reach clusters under names, with what they forbid
    #[command(subcommand)]
    Profiles(profiles::Verb),
    /// Put this program under the names of Kafka's tools
    #[command(subcommand)]
    Links(links::Verb),
    /// Show what is in segments, indexes, producer snapshots and checkpoints, without a broker
    DumpLog(dump_log::DumpLog),
    /// Walk the state that a metadata log holds, without a broker
    #[command(subcommand)]
    Metadata(metadata::Verb),
    /// Format data directories and show what is in them
    #[command(subcommand)]
    Storage(storage::Verb),
    /// Measure throughput and latency
    #[command(subcommand)]
    Bench(bench::Verb),
    /// Run a whole cluster on simulated time, break it, and check that nothing is lost
    Sim(sim::Args),
    /// Print a completion script
    Completions(docs::CompletionsArgs),
    /// Print a manual page
    Man(docs::ManArgs),
}

impl Command {
    fn run(self) -> Result<Exit, CliError> {
        match self {
            Command::Broker(broker) => broker.run(),
            Command::Cluster(verb) => verb.run(),
            Command::Topics(verb) => verb.run(),
            Command::Produce(args) => args.run(),
            Command::Consume(args) => args.run(),
            Command::Copy(args) => args.run(),
            Command::Redrive(args) => args.run(),
            Command::Groups(verb) => verb.run(),
            Command::Lag(args) => args.run(),
            Command::Export(args) => args.run(),
            Command::Plan(args) => args.run(),
            Command::Apply(args) => args.run(),
            Command::Health(args) => args.run(),
            Command::Wait(args) => args.run(),
            Command::Top(args) => args.run(),
            Command::Offsets(verb) => verb.run(),
            Command::Configs(verb) => verb.run(),
            Command::Quotas(verb) => verb.run(),
            Command::Users(verb) => verb.run(),
            Command::Brokers(verb) => verb.run(),
            Command::LogDirs(verb) => verb.run(),
            Command::Metrics(verb) => verb.run(),
            Command::Acls(verb) => verb.run(),
            Command::Tokens(verb) => verb.run(),
            Command::Partitions(verb) => verb.run(),
            Command::Transactions(verb) => verb.run(),
            Command::Producers(verb) => verb.run(),
            Command::Report(verb) => verb.run(),
            Command::Isr(args) => args.run(),
            Command::Quorum(verb) => verb.run(),
            Command::Features(verb) => verb.run(),
            Command::Doctor(args) => args.run(),
            Command::Profiles(verb) => verb.run(),
            Command::Links(verb) => verb.run(),
            Command::DumpLog(dump) => dump.run(),
            Command::Metadata(verb) => verb.run(),
            Command::Storage(verb) => verb.run(),
            Command::Bench(verb) => verb.run(),
            Command::Sim(args) => args.run(),
            Command::Completions(args) => args.run(),
            Command::Man(args) => args.run(),
        }
    }
}

/// The whole command table, for completions and manual pages.
pub fn command() -> clap::Command {
    examples::give(Cli::command())
}

/// Runs the command line and gives the exit code. The name in the first argument, or the first word, may be that of a
/// Kafka tool.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.into_iter().collect();
    // Kafka's tools have a grammar of their own, so they are told apart before clap sees a word.
    for at in 0..2 {
        if let Some(name) = args.get(at).and_then(|arg| arg.to_str()).filter(|name| kafka::is_tool(name)) {
            return kafka::run(name, args[at + 1..].to_vec());
        }
    }
    if args.get(1).is_some_and(|word| word == complete::NAME) {
        return complete::run(&args[2..]);
    }
    let parsed = command().try_get_matches_from(&args).and_then(|m| Ok((Cli::from_arg_matches(&m)?, m)));
    let (cli, matches) = match parsed {
        Ok(parsed) => parsed,
        Err(e) => return wrong_words(&args, &e),
    };
    let Some(command) = cli.command else {
        print!("{START}");
        return ExitCode::SUCCESS;
    };
    if let Some(every) = interval(&matches) {
        let title: Vec<_> = args.iter().skip(1).map(|word| word.to_string_lossy()).collect();
        let mut next = Some(command);
        return watch::repeat(every, &format!("logbus {}", title.join(" ")), || match next.take() {
            Some(command) => command.run().map_err(|e| e.or_help_of(&command_of(&args))),
            // It was parsed once, so it parses again.
            None => match Cli::from_arg_matches(&matches).ok().and_then(|cli| cli.command) {
                Some(command) => command.run(),
                None => Ok(Exit::Done),
            },
        });
    }
    match command.run() {
        Ok(exit) => exit.into(),
        Err(e) => e.or_help_of(&command_of(&args)).report(),
    }
}

/// The interval of `--watch`, wherever in the command line it stands.
fn interval(matches: &ArgMatches) -> Option<Duration> {
    let own = matches.try_get_one::<Duration>(watch::OPTION).ok().flatten().copied();
    own.or_else(|| interval(matches.subcommand()?.1))
}

/// Says what is wrong with a command line in one line and a hint; prints the help that was asked for.
fn wrong_words(args: &[OsString], error: &clap::Error) -> ExitCode {
    let is_help = error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand || !error.use_stderr();
    if is_help {
        let _ = error.print();
        return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
    }
    let (message, tip) = in_one_line(&error.render().to_string());
    let error = CliError::usage(message);
    tip.into_iter().fold(error, CliError::with_hint).or_help_of(&command_of(args)).report()
}

/// clap's message, and its tip if it has one: it spreads both over lines, and adds a usage line that `--help` has too.
fn in_one_line(rendered: &str) -> (String, Option<String>) {
    let joined = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let message = rendered.split("\n\n").next().unwrap_or_default();
    let tip = rendered.lines().find_map(|line| line.trim().strip_prefix("tip: "));
    (joined(message.trim_start_matches("error: ")), tip.map(joined))
}

/// The command that the words name, as far as they name one.
fn command_of(args: &[OsString]) -> String {
    let (mut command, mut path) = (command(), "logbus".to_owned());
    for word in args.iter().skip(1) {
        let Some(sub) = word.to_str().and_then(|word| command.find_subcommand(word)).cloned() else { break };
        path = format!("{path} {}", sub.get_name());
        command = sub;
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_table_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn a_wrong_word_is_told_in_one_line() {
        let told =
            |words: &[&str]| in_one_line(&Cli::command().try_get_matches_from(words).unwrap_err().render().to_string());
        let (message, tip) = told(&["logbus", "topics", "list", "-o", "jso"]);
        assert_eq!(
            message,
            "invalid value 'jso' for '--output <FORM>' [possible values: table, wide, json, yaml, csv, name]"
        );
        assert_eq!(tip.as_deref(), Some("a similar value exists: 'json'"));
        let (message, tip) = told(&["logbus", "consume"]);
        assert_eq!((message.as_str(), tip), ("the following required arguments were not provided: <TOPIC>", None));
    }

    #[test]
    fn the_hint_names_the_command_that_was_meant() {
        let of = |words: &[&str]| command_of(&words.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(of(&["logbus", "topics", "list", "--frob"]), "logbus topics list");
        assert_eq!(of(&["/usr/bin/logbus", "frob"]), "logbus");
    }

    #[test]
    fn the_first_screen_shows_six_commands() {
        assert_eq!(START.lines().filter(|line| line.starts_with("  logbus ")).count(), 6);
    }
}
