//! Every native command when something is wrong: one line that says what, one that says what helps, and the exit code
//! of `docs/exit-codes.md`. The table has a row a command; a command without one fails the first test.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::process::Stdio;

use super::harness::{Broker, Ran, free_port, logbus, ran};

/// A command as the tests type it.
pub(super) struct Row {
    /// The words that choose it.
    pub(super) command: &'static str,
    /// What it needs beside them.
    pub(super) args: &'static str,
    /// Whether it speaks to a cluster.
    pub(super) cluster: bool,
    /// Words in place of `args` that the cluster, or the disk, refuses; with the beginning of the error.
    pub(super) refused: &'static [(&'static str, &'static str)],
}

const fn row(
    command: &'static str,
    args: &'static str,
    cluster: bool,
    refused: &'static [(&'static str, &'static str)],
) -> Row {
    Row { command, args, cluster, refused }
}

pub(super) const TABLE: &[Row] = &[
    row(
        "broker",
        "--node-id 1",
        false,
        &[
            ("--config /nowhere/server.properties", "cannot read /nowhere/server.properties: "),
            ("--override num.io.threads=many", "Invalid value many for configuration num.io.threads: "),
        ],
    ),
    row(
        "cluster start",
        "",
        false,
        &[
            ("2 --dir /nowhere/cluster", "there is no cluster in /nowhere/cluster"),
            ("--dir /dev/null/cluster", "cannot create /dev/null/cluster: "),
        ],
    ),
    row("cluster describe", "", true, &[]),
    row("cluster id", "", true, &[]),
    row("log-dirs describe", "", true, &[("77", "cannot ask broker 77: ")]),
    row("metrics list", "", false, &[]),
    row("metrics get", "up", false, &[]),
    row("metrics watch", "up", false, &[]),
    row("metrics subscriptions", "", true, &[]),
    row("cluster stop", "", false, &[("--dir /nowhere", "there is no cluster in /nowhere")]),
    row("cluster kill", "1", false, &[("1 --dir /nowhere", "there is no cluster in /nowhere")]),
    row("cluster pause", "1", false, &[("1 --dir /nowhere", "there is no cluster in /nowhere")]),
    row("cluster resume", "", false, &[("--dir /nowhere", "there is no cluster in /nowhere")]),
    row(
        "cluster history",
        "--metadata-dir tests/golden/dump-log/__cluster_metadata-0",
        false,
        &[
            ("--metadata-dir /nowhere", "cannot read /nowhere: "),
            ("--metadata-dir src", "src holds neither segments nor snapshots of a metadata log"),
        ],
    ),
    row("cluster status", "", false, &[("--dir /nowhere", "there is no cluster in /nowhere")]),
    row("topics list", "", true, &[]),
    row("topics describe", "clicks", true, &[("nothing", "nothing: ")]),
    row(
        "topics create",
        "clicks",
        true,
        &[
            ("clicks", "cannot create clicks: Topic 'clicks' already exists."),
            ("other -r 3", "cannot create other: "),
            ("other -c retention.ms=soon", "cannot create other: "),
        ],
    ),
    row(
        "topics alter",
        "clicks -p 9",
        true,
        &[("nothing -p 9", "cannot alter nothing: "), ("clicks -p 1", "cannot alter clicks: ")],
    ),
    row(
        "partitions reassign plan",
        "--balance",
        true,
        &[("--from /nowhere/plan.json", "cannot read /nowhere/plan.json: ")],
    ),
    row(
        "partitions reassign apply",
        "tests/fixtures/plans/plan.json",
        true,
        &[
            ("/nowhere/plan.json", "cannot read /nowhere/plan.json: "),
            ("Cargo.toml", "Cargo.toml is not a plan: "),
            ("tests/fixtures/plans/plan.json", "plan: there is no such topic"),
        ],
    ),
    row("partitions reassign status", "", true, &[]),
    row("acls list", "", true, &[("", "BROKER does not support DescribeAcls")]),
    row(
        "acls add",
        "--topic clicks --allow User:a",
        true,
        &[("--topic clicks --allow User:a", "BROKER does not support CreateAcls")],
    ),
    row("acls remove", "--topic clicks --yes", true, &[("--topic clicks", "BROKER does not support DescribeAcls")]),
    row("transactions list", "", true, &[("", "BROKER does not support ListTransactions")]),
    row("transactions describe", "x", true, &[]),
    row("transactions find-hanging", "", true, &[("--topic nothing", "nothing: ")]),
    row(
        "transactions abort",
        "clicks:0 --start-offset 3",
        true,
        &[
            ("clicks:0 --start-offset 3 --yes", "clicks-0: no open transaction begins at offset 3"),
            ("nothing:0 --start-offset 3", "nothing-0: "),
        ],
    ),
    row("producers list", "clicks", true, &[("nothing", "nothing: ")]),
    row("tokens list", "", true, &[("", "BROKER does not support DescribeDelegationToken")]),
    row("tokens create", "", true, &[("", "BROKER does not support CreateDelegationToken")]),
    row("tokens renew", "AAAA", true, &[("AAAA", "BROKER does not support RenewDelegationToken")]),
    row("tokens expire", "AAAA", true, &[("AAAA", "BROKER does not support ExpireDelegationToken")]),
    row(
        "partitions move-dir",
        "clicks:0 --broker 1 --to /nowhere",
        true,
        &[("clicks:0 --broker 1 --to /nowhere", "broker 1 has no log directory /nowhere")],
    ),
    row("partitions reassign cancel", "", true, &[("/nowhere/plan.json", "cannot read /nowhere/plan.json: ")]),
    row(
        "topics delete",
        "clicks --yes",
        true,
        &[("nothing", "nothing: there is no such topic"), ("nothing --yes", "cannot delete nothing: ")],
    ),
    row(
        "topics trim",
        "clicks --all",
        true,
        &[("nothing --all", "nothing: "), ("clicks --all -p 9", "clicks: there is no partition 9: it has 6")],
    ),
    row(
        "produce",
        "clicks",
        true,
        &[("nothing", "cannot produce to nothing: "), ("clicks -f /nowhere/lines", "cannot open /nowhere/lines: ")],
    ),
    row("consume", "clicks", true, &[("nothing", "nothing: "), ("clicks -p 9", "clicks: there is no partition 9")]),
    row("copy", "clicks other", true, &[("clicks nothing", "nothing: "), ("nothing clicks", "nothing: ")]),
    row("redrive", "clicks", true, &[("nothing", "nothing: ")]),
    row("groups list", "", true, &[]),
    row("groups describe", "readers", true, &[("nobody", "cannot describe group nobody: ")]),
    row(
        "groups reset-offsets",
        "readers --topic clicks --to-earliest",
        true,
        &[
            ("readers --topic nothing --to-earliest", "nothing: "),
            ("readers --topic clicks --from-file /nowhere/plan", "cannot read /nowhere/plan: "),
        ],
    ),
    row(
        "groups undo-reset",
        "tests/fixtures/offsets/saved.json",
        true,
        &[
            ("/nowhere/offsets.json", "cannot read /nowhere/offsets.json: "),
            ("Cargo.toml", "Cargo.toml: it holds no offsets of a group: "),
        ],
    ),
    row("groups clone", "readers others", true, &[("nobody others", "group nobody has committed nothing there")]),
    row(
        "groups delete",
        "readers --yes",
        true,
        &[("nobody", "cannot describe group nobody: "), ("nobody --yes", "cannot delete group nobody: ")],
    ),
    row(
        "groups delete-offsets",
        "readers --topic clicks --yes",
        true,
        &[("nobody --topic clicks --yes", "cannot delete offsets of group nobody: ")],
    ),
    row("lag", "", true, &[("nobody", "cannot describe group nobody: ")]),
    row("export", "", true, &[("--topic nothing", "nothing: there is no such topic")]),
    row(
        "plan",
        "-f tests/fixtures/declared/topics.yaml",
        true,
        &[("-f /nowhere/cluster.yaml", "cannot read /nowhere/cluster.yaml: "), ("-f Cargo.toml", "Cargo.toml: ")],
    ),
    row(
        "apply",
        "-f tests/fixtures/declared/topics.yaml",
        true,
        &[("-f /nowhere/cluster.yaml", "cannot read /nowhere/cluster.yaml: ")],
    ),
    row("health", "--sample 0 --disk 100 --p99 10s", true, &[]),
    row("wait", "--until no-moves", true, &[]),
    row("top", "--once", true, &[]),
    row(
        "offsets get",
        "clicks",
        true,
        &[("nothing", "nothing: "), ("clicks -p 9", "clicks: there is no partition 9: it has 6")],
    ),
    row(
        "configs describe",
        "--topic clicks",
        true,
        &[
            ("--topic nothing", "cannot read the settings of topic nothing: "),
            ("--broker 9", "broker 9: no such broker"),
        ],
    ),
    row(
        "configs set",
        "--topic clicks retention.ms=1000",
        true,
        &[
            ("--topic nothing retention.ms=1000", "cannot change the settings of topic nothing: "),
            ("--topic clicks retention.ms=soon", "cannot change the settings of topic clicks: "),
            ("--broker 9 log.cleaner.threads=2", "broker 9: no such broker"),
        ],
    ),
    row(
        "configs unset",
        "--topic clicks retention.ms",
        true,
        &[("--topic nothing retention.ms", "cannot change the settings of topic nothing: ")],
    ),
    row("quotas list", "", true, &[]),
    row("quotas describe", "--user alice", true, &[]),
    row("quotas set", "--user alice producer_byte_rate=1MiB", true, &[]),
    row("quotas unset", "--user alice producer_byte_rate", true, &[]),
    row("users list", "", true, &[]),
    row(
        "users set-scram",
        "alice --password-file Cargo.toml",
        true,
        &[("alice --password-file /nowhere/password", "cannot read /nowhere/password: ")],
    ),
    row("users delete-scram", "alice", true, &[]),
    row("brokers list", "", true, &[]),
    row("brokers api-versions", "", true, &[("9", "no such broker")]),
    row("brokers describe", "1", true, &[("9", "broker 9 is not registered: the brokers are 1")]),
    row("brokers log-dirs", "", true, &[("9", "cannot ask broker 9: ")]),
    row("brokers can-restart", "1", true, &[("9", "cannot judge broker 9: broker 9 is not registered")]),
    row("partitions elect", "clicks:0", true, &[("nothing", "there is no topic nothing")]),
    row("report stale", "", true, &[("--script /nowhere/x.sh", "cannot write /nowhere/x.sh: ")]),
    row("report capacity", "", true, &[("nothing", "nothing: ")]),
    row("topics skew", "clicks", true, &[("nothing", "nothing: ")]),
    row("isr", "", true, &[("nothing", "cannot describe nothing: ")]),
    row("quorum describe", "", true, &[]),
    row(
        "quorum add",
        "--config /nowhere/server.properties",
        false,
        &[("--config /nowhere/server.properties", "cannot read /nowhere/server.properties: ")],
    ),
    row("quorum remove", "9", true, &[("9", "controller 9 is not a voter: the voters are 1")]),
    row("features describe", "", true, &[]),
    row("features upgrade", "group.version=1", true, &[]),
    row("features downgrade", "group.version=0", true, &[]),
    row(
        "metadata shell",
        "--snapshot /nowhere/0.log",
        false,
        &[("--snapshot /nowhere/0.log ls", "cannot read /nowhere/0.log: ")],
    ),
    row("brokers drain", "9", true, &[]),
    row("brokers rebalance", "", true, &[]),
    row("brokers throttle", "", true, &[("--rate 1MB --broker 9", "broker 9: no such broker")]),
    row(
        "dump-log",
        "tests/golden/dump-log/txn-0/00000000000000000000.log",
        false,
        &[
            ("/nowhere/00000000000000000000.log", "/nowhere/00000000000000000000.log: there is no such file"),
            ("src", "src: there is no segment in this directory"),
        ],
    ),
    row("storage random-uuid", "", false, &[]),
    row(
        "storage format",
        "--node-id 1",
        false,
        &[
            ("--config /nowhere/server.properties", "cannot read /nowhere/server.properties: "),
            ("--data-dir /dev/null/data", "cannot read /dev/null/data/meta.properties: "),
        ],
    ),
    row("storage info", "", false, &[("/nowhere", "/nowhere is not a directory")]),
    row("bench produce", "clicks", true, &[("nothing", "nothing: ")]),
    row("bench consume", "clicks", true, &[("nothing", "nothing: ")]),
    row("bench latency", "clicks", true, &[("nothing", "nothing: ")]),
    row("bench connections", "1 --hold 0s", true, &[]),
    row("bench partitions", "1 --hold 0s", true, &[("1 --replication-factor 9 --prefix x", "x0: ")]),
    row("bench floor", "--bytes 1MiB", false, &[("--dir /nowhere", "cannot measure in /nowhere: ")]),
    row("bench null-broker", "", false, &[("--listener nowhere", "cannot listen on nowhere: ")]),
    row(
        "sim check",
        "history.jsonl",
        false,
        &[
            ("/nowhere/history", "cannot read /nowhere/history: "),
            ("Cargo.toml", "Cargo.toml: line 1 is not an event of a history: "),
        ],
    ),
    row("completions", "bash", false, &[]),
    row("man", "", false, &[("--dir /dev/null/man", "cannot create /dev/null/man: ")]),
    row("doctor", "", true, &[]),
    row(
        "profiles create",
        "prod",
        false,
        &[("prod -b a:9092", "cannot write "), (".prod -b a:9092", "`.prod` is no name of a profile: ")],
    ),
    row("profiles use", "prod", false, &[("prod", "there is no profile prod")]),
    row("profiles list", "", false, &[]),
    row("profiles show", "prod", false, &[("prod", "there is no profile prod"), ("", "no profile is in use")]),
    row("profiles delete", "prod", false, &[("prod", "there is no profile prod")]),
    row(
        "profiles import",
        "prod.properties",
        false,
        &[("/nowhere/x.properties", "cannot read /nowhere/x.properties: ")],
    ),
    row("links install", "/nowhere", false, &[("/nowhere", "cannot read /nowhere: ")]),
    row("links list", "/nowhere", false, &[("/nowhere", "cannot read /nowhere: ")]),
    row("links remove", "/nowhere", false, &[("/nowhere", "cannot read /nowhere: ")]),
];

/// Wrong values of options, whatever the command; all of them usage errors.
const WRONG: &[(&str, &str)] = &[
    ("topics list -o pretty", "invalid value 'pretty' for '--output <FORM>'"),
    ("topics list --timeout soon", "invalid value 'soon' for '--timeout <TIME>': "),
    ("topics list -b nowhere", "bootstrap server `nowhere` is not HOST:PORT"),
    ("topics create", "the following required arguments were not provided: <TOPIC>"),
    ("topics frobnicate", "unrecognized subcommand 'frobnicate'"),
    ("frobnicate", "unrecognized subcommand 'frobnicate'"),
    ("topics alter t", "the following required arguments were not provided: "),
    ("partitions reassign plan --drain x", "invalid value 'x' for '--drain <ID>': "),
    ("partitions reassign plan --replace 1", "invalid value '1' for '--replace <OLD:NEW>': "),
    ("brokers throttle --rate 0", "invalid value '0' for '--rate <RATE>': "),
    ("topics list --sort size:up", "invalid value 'size:up' for '--sort <COLUMN[:desc]>': "),
    ("report capacity --rate 5", "the following required arguments were not provided: "),
    ("copy a b --key-regex (", "invalid value '(' for '--key-regex <REGEX>': "),
    ("wait --until frob", "there is no condition `frob`"),
    ("wait --until lag-below g", "`lag-below` lacks a number: "),
    ("wait --until topic-ready", "topic-ready of what? "),
    ("produce clicks --acks 7", "Invalid value 7 for configuration acks: String must be one of: all, -1, 0, 1"),
    ("produce clicks --batch-size huge", "invalid value 'huge' for '--batch-size <SIZE>': "),
    ("consume clicks -X auto.offset.reset=x", "auto.offset.reset=x is none of "),
    ("groups reset-offsets g --to-earliest", "say which topics: "),
    ("groups reset-offsets g --topic t", "the following required arguments were not provided: "),
    ("groups reset-offsets g --topic t --to-datetime soon", "`soon` is not a time such as "),
    ("partitions elect t:x", "`t:x` is not TOPIC or TOPIC:PARTITION"),
    ("features upgrade group.version", "`group.version` is not FEATURE=LEVEL"),
    ("features upgrade --release 9", "`9` is not a release "),
    ("configs set --topic t retention.ms", "invalid value 'retention.ms' for '<NAME=VALUE>...': "),
    ("quotas set --user u producer_byte_rate=fast", "invalid value 'producer_byte_rate=fast' for '<NAME=VALUE>...': "),
    ("quotas describe", "the following required arguments were not provided: "),
    ("users set-scram u", "the password is empty"),
    ("users set-scram u --iterations 5", "invalid value '5' for '--iterations <N>': "),
    ("topics trim t", "the following required arguments were not provided: "),
    ("topics trim t --time soon", "invalid value 'soon' for '--time <TIME>': "),
    ("bench latency t --rate 0", "invalid value '0' for '--rate <N>': "),
    ("broker --override x", "--override x: write KEY=VALUE"),
    ("cluster start --nodes 0 --dir /tmp", "0 nodes: write a number from 1 to 100"),
    ("cluster start --override x", "--override x: write KEY=VALUE"),
    ("storage format --cluster-id x --data-dir /dev/null/data", ""),
    ("completions tcsh", "invalid value 'tcsh' for '<SHELL>'"),
    ("man frobnicate", "there is no command `frobnicate`"),
    ("top", "top needs a terminal, and this is not one"),
];

fn run(words: &str) -> Ran {
    let words: Vec<&str> = words.split_whitespace().collect();
    ran(logbus(words).stdin(Stdio::null()).output().unwrap())
}

/// Runs many command lines at once and judges each: code, nothing but the two lines on stderr, and how the first begins.
fn judge(lines: Vec<(String, i32, String)>) {
    let mut wrong = Vec::new();
    std::thread::scope(|scope| {
        let running: Vec<_> = lines.iter().map(|(words, ..)| scope.spawn(|| run(words))).collect();
        for ((words, code, beginning), running) in lines.iter().zip(running) {
            let ran = running.join().unwrap();
            // A broker's log goes to stderr too, a line an event that begins with the time.
            let said: Vec<&str> = ran.err.lines().filter(|line| !line.starts_with("20")).collect();
            let is_told = matches!(*said, [error, hint]
                if error.strip_prefix("error: ").is_some_and(|error| error.starts_with(beginning.as_str()))
                    && hint.strip_prefix("hint: ").is_some_and(|hint| !hint.is_empty()));
            if ran.code != *code || !is_told {
                wrong.push(format!(
                    "logbus {words}\n  exit code {}, awaited {code} and `error: {beginning}…`\n{}",
                    ran.code, ran.err
                ));
            }
        }
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn leaves(command: &clap::Command, path: &str, found: &mut BTreeSet<String>) {
    let subs: Vec<_> = command.get_subcommands().filter(|sub| sub.get_name() != "help").collect();
    if subs.is_empty() {
        found.insert(path.to_owned());
    }
    for sub in subs {
        leaves(sub, format!("{path} {}", sub.get_name()).trim(), found);
    }
}

#[test]
fn every_command_has_a_row() {
    let mut commands = BTreeSet::new();
    leaves(&logbus::cli::command(), "", &mut commands);
    let rows: BTreeSet<String> = TABLE.iter().map(|row| row.command.to_owned()).collect();
    assert_eq!(rows, commands);
}

#[test]
fn a_wrong_option_is_exit_code_2() {
    let rows = TABLE.iter().map(|row| {
        let words = format!("{} {} --frobnicate", row.command, row.args);
        (words, 2, "unexpected argument '--frobnicate' found".to_owned())
    });
    let wrong = WRONG.iter().map(|(words, beginning)| ((*words).to_owned(), 2, (*beginning).to_owned()));
    judge(rows.chain(wrong).collect());
}

#[test]
fn a_broker_that_is_not_there_or_does_not_answer_is_exit_code_3() {
    let nobody = format!("127.0.0.1:{}", free_port());
    // Connections are taken by the system, and nobody reads what comes over them.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = silent.local_addr().unwrap().to_string();
    let talking = || TABLE.iter().filter(|row| row.cluster);
    let words = |row: &Row, address: &str| format!("{} {} -b {address} --timeout 1s", row.command, row.args);
    let absent = talking().map(|row| (words(row, &nobody), 3, format!("cannot reach {nobody} (connection refused)")));
    let mute = talking().map(|row| (words(row, &silent), 3, "no answer to ".to_owned()));
    judge(absent.chain(mute).collect());
}

#[test]
fn what_is_refused_is_exit_code_1() {
    let broker = Broker::with(&["auto.create.topics.enable=false"]);
    assert_eq!(run(&format!("topics create clicks -p 6 -b {}", broker.bootstrap())).code, 0);
    let directory = tempfile::tempdir().unwrap();
    let mut lines = Vec::new();
    for row in TABLE {
        for (args, beginning) in row.refused {
            let more = match (row.cluster, row.command) {
                (true, _) => format!("-b {}", broker.bootstrap()),
                (_, "broker") => format!("--data-dir {} --listener 127.0.0.1:0", directory.path().display()),
                _ => String::new(),
            };
            let beginning = beginning.replace("BROKER", &broker.bootstrap());
            lines.push((format!("{} {args} {more}", row.command), 1, beginning));
        }
    }
    // A listener that is taken already.
    let taken = |option: &str, address: &str| {
        let data = directory.path().join(option);
        let other = if option == "listener" { "--admin-listener none" } else { "--listener 127.0.0.1:0" };
        let words = format!("broker --data-dir {} --{option} {address} {other}", data.display());
        (words, 1, format!("cannot listen on {address}"))
    };
    lines.push(taken("listener", &broker.bootstrap()));
    lines.push(taken("admin-listener", broker.admin().trim_start_matches("http://")));
    judge(lines);
}

#[test]
fn what_is_done_in_part_is_exit_code_4_and_a_condition_that_fails_5() {
    let broker = Broker::with(&["auto.create.topics.enable=false"]);
    let at = format!("-b {}", broker.bootstrap());
    assert_eq!(run(&format!("topics create one two {at}")).code, 0);
    let partly = run(&format!("topics describe one nothing {at}"));
    assert_eq!((partly.code, partly.err.lines().count()), (4, 2), "{}", partly.err);
    let partly = run(&format!("topics delete one nothing --yes {at}"));
    assert_eq!((partly.code, partly.out.as_str()), (4, "deleted one\n"), "{}", partly.err);
    assert_eq!(super::harness::feed(logbus(["produce", "two"]).args(at.split(' ')), "a\nb\n").code, 0);
    let moved = format!("groups reset-offsets readers --topic two --to-earliest --execute {at}");
    assert_eq!(run(&moved).code, 0);
    judge(vec![
        (format!("topics skew two --max 0.5 {at}"), 5, "a partition of two has 1.0 times its share".to_owned()),
        (format!("lag readers --sample 0 --max 1 {at}"), 5, "1 of 1 are above the limit".to_owned()),
        (format!("health --sample 0 --disk 0 --lag 1 {at}"), 5, "the cluster is not well: ".to_owned()),
        (format!("wait --until topic-ready nothing --timeout 200ms {at}"), 5, "not topic-ready after ".to_owned()),
    ]);
}

#[test]
fn the_exit_code_is_the_same_when_nobody_reads_the_error() {
    for words in ["topics list --no-such-option", "topics list -b 127.0.0.1:1 --timeout 2s"] {
        let expected = run(words).code;
        let mut command = logbus(words.split(' '));
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stderr.take());
        assert_eq!(child.wait().unwrap().code(), Some(expected), "{words}");
    }
}
