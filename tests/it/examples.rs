//! Every example in a help text runs, as it is typed, on a small cluster; every command has one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::apache_kafka::ApacheKafka;
use super::harness::{Broker, Ran, free_port, logbus, logbus_bin, ran};

/// How a line is run that does not simply end with 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// It may end with one of these, too.
    Ends(&'static [i32]),
    /// It goes on until somebody stops it; so many seconds will do.
    GoesOn,
    /// A logbus broker does not serve it: it says so there, and runs on Apache Kafka where that is installed.
    OnKafka,
    /// It would hold the default ports of this machine, or the defaults of its user: with these words behind it.
    With(&'static str),
    /// It leaves something behind that this line mends.
    Then(&'static str),
    /// It cannot run here, for this reason.
    NotHere(&'static str),
}

/// The settings of the lines that begin so; the longest beginning counts.
const SETTINGS: &[(&str, How)] = &[
    ("logbus acls", How::OnKafka),
    ("logbus bench null-broker", How::GoesOn),
    ("logbus broker ", How::With("--listener PLAINTEXT://127.0.0.1:@P --admin-listener 127.0.0.1:@P --data-dir ./new")),
    ("logbus broker --config", How::With("--admin-listener 127.0.0.1:@P")),
    ("logbus broker --data-dir", How::With("--admin-listener 127.0.0.1:@P")),
    ("logbus brokers can-restart", How::Ends(&[0, 5])),
    ("logbus brokers drain", How::Ends(&[0, 5])),
    ("logbus brokers rebalance", How::Ends(&[0, 5])),
    ("logbus cluster kill 2", How::Then("logbus cluster start 2")),
    ("logbus cluster start", How::NotHere("this very test starts one")),
    ("logbus cluster stop 3", How::Then("logbus cluster start")),
    ("logbus copy orders mirror --follow", How::GoesOn),
    ("logbus health", How::Ends(&[0, 5])),
    ("logbus metrics watch", How::GoesOn),
    ("logbus partitions move-dir", How::NotHere("it needs a second disk; log_dir_moves.rs has one")),
    ("logbus partitions reassign plan", How::Ends(&[0, 5])),
    ("logbus plan", How::Ends(&[0, 5])),
    // It asks whether there is a drift.
    ("logbus plan -f cluster.yaml -o json", How::Ends(&[0, 1])),
    ("logbus quorum add", How::NotHere("it needs a controller that is no voter yet; dynamic_quorum.rs has one")),
    ("logbus quotas", How::OnKafka),
    ("logbus tokens", How::NotHere("only who has logged in has tokens; tools_security.rs does")),
    ("logbus topics skew orders --max", How::Ends(&[0, 5])),
    ("logbus transactions abort", How::NotHere("it needs a transaction that hangs")),
    ("logbus transactions describe", How::NotHere("it needs a transactional producer")),
    ("logbus transactions list", How::OnKafka),
    ("printf secret | logbus users", How::OnKafka),
    ("logbus users", How::OnKafka),
];

/// At most so many lines may be [`How::NotHere`].
const FEW: usize = 14;

fn how(line: &str) -> How {
    let fitting = SETTINGS.iter().filter(|(begin, _)| line.starts_with(begin) || line == begin.trim());
    fitting.max_by_key(|(begin, _)| begin.len()).map_or(How::Ends(&[0]), |(_, how)| *how)
}

/// What is typed of a line of a help text: it ends where the remark begins.
fn typed(line: &str) -> &str {
    line.trim().split("   ").next().unwrap_or_default()
}

/// Every command that does something, with its examples.
fn commands(command: &clap::Command, path: &str, found: &mut Vec<(String, Vec<String>)>) {
    let below: Vec<&clap::Command> = command.get_subcommands().filter(|sub| !sub.is_hide_set()).collect();
    if !path.is_empty() && (below.is_empty() || !command.is_subcommand_required_set()) {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let lines = help
            .lines()
            .filter(|line| line.starts_with("  ") && typed(line).contains("logbus "))
            .map(|line| typed(line).to_owned());
        found.push((path.to_owned(), lines.collect()));
    }
    for sub in below.into_iter().filter(|sub| sub.get_name() != "help") {
        commands(sub, format!("{path} {}", sub.get_name()).trim(), found);
    }
}

fn all() -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    commands(&logbus::cli::command(), "", &mut found);
    found
}

#[test]
fn every_command_has_an_example_of_itself() {
    let without: Vec<String> = all()
        .into_iter()
        .filter(|(path, lines)| !lines.iter().any(|line| line.contains(&format!("logbus {path}"))))
        .map(|(path, _)| path)
        .collect();
    assert!(without.is_empty(), "no example of {without:?}: src/cli/examples.rs has them");
}

/// A place to type in: a shell in a directory, with a cluster of three nodes.
struct Place {
    directory: tempfile::TempDir,
    bootstrap: String,
    admin: String,
    /// A second cluster, which the examples call `other`.
    other: Broker,
}

/// What the examples find: topics with a few records, groups that have read them, files.
const SCENE: &[&str] = &[
    "printf '%s\\n' one two three four five > events.jsonl",
    "printf 'bootstrap.servers=%s\\n' \"$LOGBUS_BOOTSTRAP_SERVER\" > client.properties",
    "printf 'node.id=1\\nlisteners=PLAINTEXT://127.0.0.1:@P\\nlog.dirs=./from-file\\n' > server.properties",
    "logbus storage format -c server.properties -t $(logbus storage random-uuid)",
    "logbus topics create orders -p 3 -b other:9092",
    "ln -s logbus-cluster/node-1/data logbus-data",
    "mkdir bin",
    "logbus topics create clicks orders old-clicks -p 3",
    "logbus topics create orders.DLT orders-copy suspicious mirror -p 3",
    // Where the dumped files are.
    "logbus produce clicks -p 0 < events.jsonl",
    "logbus produce orders < events.jsonl",
    "logbus produce orders.DLT -H 'kafka_dlt-original-topic=orders' -H error=timeout < events.jsonl",
    "logbus consume orders -g billing --from-beginning -n 5",
    "logbus consume clicks -g billing --from-beginning -n 5",
    "logbus consume orders -g old-billing --from-beginning -n 5",
    "logbus groups reset-offsets billing --topic orders --to-earliest --execute",
    "mv logbus-undo-reset-billing-*.json logbus-undo-reset-billing-1790000000000.json",
];

impl Place {
    fn new() -> Place {
        let mut place = Place {
            directory: tempfile::tempdir().unwrap(),
            bootstrap: String::new(),
            admin: String::new(),
            other: Broker::start(),
        };
        let settings =
            ["default.replication.factor=2", "offsets.topic.replication.factor=2", "offsets.topic.num.partitions=5"];
        let settings = settings.map(|setting| format!(" --override {setting}")).concat();
        let started = place.run(&format!("logbus cluster start -o json{settings}"));
        assert_eq!(started.code, 0, "{}{}", started.out, started.err);
        let status: serde_json::Value = serde_json::from_str(&place.run("logbus cluster status -o json").out).unwrap();
        let nodes = status["data"].as_array().unwrap();
        place.bootstrap = nodes.iter().map(|node| node["kafka"].as_str().unwrap()).collect::<Vec<_>>().join(",");
        place.admin = format!("http://{}", nodes[0]["admin"].as_str().unwrap());
        for line in SCENE {
            let ran = place.run(line);
            assert_eq!(ran.code, 0, "{line}\n{}{}", ran.out, ran.err);
        }
        place
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    /// A shell that is about to run a line.
    fn shell(&self, line: &str, bootstrap: &str) -> Command {
        let folder: PathBuf = logbus_bin().parent().unwrap().to_owned();
        let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default());
        let mut command = logbus([] as [&str; 0]);
        let kept: Vec<_> =
            command.get_envs().map(|(name, value)| (name.to_owned(), value.map(ToOwned::to_owned))).collect();
        command = Command::new("sh");
        let mut line =
            line.replace("other:9092", &self.other.bootstrap()).replace("/var/lib/logbus", "./var-lib-logbus");
        line = line.replace("0.0.0.0:9092", "127.0.0.1:@P");
        while line.contains("@P") {
            line = line.replacen("@P", &free_port().to_string(), 1);
        }
        command.args(["-c", &line]);
        for (name, value) in kept {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.env("PATH", path).env("LOGBUS_BOOTSTRAP_SERVER", bootstrap);
        command.env("LOGBUS_ADMIN", &self.admin);
        command.env("LOGBUS_UNDO_DIR", ".").env("XDG_CONFIG_HOME", self.path().join("config"));
        command.current_dir(self.path()).stdin(Stdio::null());
        command
    }

    fn run(&self, line: &str) -> Ran {
        ran(self.shell(line, &self.bootstrap).output().unwrap())
    }

    /// Runs a line for a moment: it must still be there, and end when it is told to.
    fn run_for_a_moment(&self, line: &str) {
        let mut child = self
            .shell(&format!("exec {line}"), &self.bootstrap)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(1500));
        let ended = child.try_wait().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(ended.is_none(), "{line} ended by itself: {ended:?}");
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.run("logbus cluster stop --timeout 1s");
    }
}

#[test]
fn every_example_runs() {
    let place = Place::new();
    let mut kafka: Option<Option<ApacheKafka>> = None;
    let mut not_here = 0;
    let mut slow: Vec<(Duration, String)> = Vec::new();
    for (path, lines) in all() {
        for line in lines {
            let begun = Instant::now();
            let expect = |ran: &Ran, codes: &[i32]| {
                assert!(codes.contains(&ran.code), "{path}: {line}\nexit {}\n{}{}", ran.code, ran.out, ran.err);
            };
            match how(&line) {
                // The cluster is needed to the end.
                _ if line == "logbus cluster stop" => {}
                How::Ends(codes) => expect(&place.run(&line), codes),
                How::Then(mend) => {
                    expect(&place.run(&line), &[0]);
                    expect(&place.run(mend), &[0]);
                }
                How::GoesOn => place.run_for_a_moment(&line),
                How::With(more) => place.run_for_a_moment(&format!("{line} {more}")),
                How::OnKafka => {
                    let here = place.run(&line);
                    expect(&here, &[1]);
                    assert!(
                        here.err.contains("does not support"),
                        "{line} is served now: take it out of SETTINGS\n{}",
                        here.err
                    );
                    if let Some(kafka) = kafka.get_or_insert_with(start_kafka) {
                        expect(&ran(place.shell(&line, &kafka.bootstrap()).output().unwrap()), &[0]);
                    }
                }
                How::NotHere(_) => not_here += 1,
            }
            slow.push((begun.elapsed(), line));
        }
    }
    assert!(not_here <= FEW, "{not_here} examples cannot run here");
    slow.sort();
    let longest = slow.iter().rev().take(5).map(|(took, line)| format!("{took:.1?} {line}")).collect::<Vec<_>>();
    println!("the longest: {longest:#?}");
    for (begin, _) in SETTINGS {
        let used = slow.iter().any(|(_, line)| line.starts_with(begin) || line == begin.trim());
        assert!(used, "no example begins with `{begin}`: take it out of SETTINGS");
    }
}

/// An Apache Kafka with an authorizer, and a topic that the examples name.
fn start_kafka() -> Option<ApacheKafka> {
    let settings =
        ["authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer", "super.users=User:ANONYMOUS"];
    let kafka = ApacheKafka::start_in("every_example_runs", tempfile::tempdir().unwrap(), &settings)?;
    let made = ran(logbus(["topics", "create", "clicks", "-b", &kafka.bootstrap()]).output().unwrap());
    assert_eq!(made.code, 0, "{}{}", made.out, made.err);
    fs::metadata(kafka.data()).unwrap();
    let words = "quotas set --user alice --client-id reports producer_byte_rate=1024 -b";
    let set = ran(logbus(words.split(' ').chain([kafka.bootstrap().as_str()])).output().unwrap());
    assert_eq!(set.code, 0, "{}{}", set.out, set.err);
    Some(kafka)
}
