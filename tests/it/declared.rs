//! `logbus export`, `plan` and `apply`: what is written down is what is there, and applying twice changes nothing.

use std::fs;
use std::path::PathBuf;

use super::harness::{Broker, Ran, logbus, ran};

struct Bench {
    broker: Broker,
    dir: tempfile::TempDir,
}

impl Bench {
    fn new() -> Bench {
        Bench { broker: Broker::with(&["auto.create.topics.enable=false"]), dir: tempfile::tempdir().unwrap() }
    }

    fn run(&self, words: &str) -> Ran {
        let mut command = logbus(words.split(' '));
        ran(command.env("LOGBUS_BOOTSTRAP_SERVER", self.broker.bootstrap()).output().unwrap())
    }

    fn done(&self, words: &str) -> Ran {
        let ran = self.run(words);
        assert_eq!(ran.code, 0, "{words}\n{}{}", ran.out, ran.err);
        ran
    }

    fn file(&self, text: &str) -> PathBuf {
        let path = self.dir.path().join("cluster.yaml");
        fs::write(&path, text).unwrap();
        path
    }
}

const FILE: &str = "
topics:
  clicks:
    partitions: 6
    replication_factor: 1
    configs: {retention.ms: 60000, cleanup.policy: compact}
  orders: {partitions: 2}
configs:
  all_brokers: {log.retention.ms: 3600000}
";

#[test]
fn applying_twice_is_an_empty_plan() {
    let bench = Bench::new();
    let file = bench.file(FILE);
    let file = file.display();
    let plan = bench.run(&format!("plan -f {file}"));
    assert_eq!(plan.code, 5, "drift: {}{}", plan.out, plan.err);
    assert!(plan.out.ends_with("2 to create, 1 to change, 0 to delete\n"), "{}", plan.out);
    assert_eq!(bench.done("topics list -o name").out, "", "a plan changes nothing");
    bench.done(&format!("apply -f {file} --dry-run"));
    assert_eq!(bench.done("topics list -o name").out, "");

    assert!(bench.done(&format!("apply -f {file}")).out.ends_with("done: 3 of 3 changes\n"));
    assert_eq!(bench.done("topics list -o name").out, "clicks\norders\n");
    assert_eq!(bench.done(&format!("apply -f {file}")).out, "Nothing has to change.\n");
    assert_eq!(bench.done(&format!("plan -f {file}")).out, "Nothing has to change.\n");

    bench.done("configs set --topic clicks retention.ms=5");
    let drift = bench.run(&format!("plan -f {file} -o csv"));
    assert_eq!(drift.code, 5);
    assert_eq!(drift.out.lines().nth(1), Some("~ change,topic,clicks,retention.ms,5,60000,"));
    bench.done(&format!("apply -f {file}"));
    assert!(bench.done("configs describe --topic clicks -o csv").out.contains("retention.ms,60000,"));
}

#[test]
fn what_is_exported_is_what_is_there() {
    let bench = Bench::new();
    bench.done(&format!("apply -f {}", bench.file(FILE).display()));
    let text = bench.done("export").out;
    assert!(text.starts_with("cluster: ") && text.contains("\n      retention.ms: 60000\n"), "{text}");
    assert!(!text.contains("__"), "the cluster's own topics are not in it: {text}");
    let file = bench.file(&text);
    assert_eq!(bench.done(&format!("plan -f {}", file.display())).out, "Nothing has to change.\n");
    bench.done("topics delete orders --yes");
    bench.done(&format!("apply -f {}", file.display()));
    assert_eq!(bench.done("export").out, text);

    let other = Bench::new();
    let refused = other.run(&format!("apply -f {}", file.display()));
    assert!(refused.code == 1 && refused.err.starts_with("error: the file is for cluster "), "{}", refused.err);
    assert_eq!(other.done("topics list -o name").out, "");
}

#[test]
fn nothing_is_deleted_unless_it_is_owned_and_said_twice() {
    let bench = Bench::new();
    for topic in ["team.a", "team.old", "others"] {
        bench.done(&format!("topics create {topic} -p 1"));
    }
    bench.done("configs set --topic team.a retention.ms=5");
    let file = bench.file("owns: [team.]\ntopics:\n  team.a: {}\n");
    let file = file.display();
    assert_eq!(bench.done(&format!("plan -f {file}")).out, "Nothing has to change.\n");
    let shown = bench.done(&format!("apply -f {file} --prune"));
    assert!(shown.out.ends_with("Nothing was changed: add --yes to delete 2 of these.\n"), "{}", shown.out);
    assert_eq!(bench.done("topics list -o name").out, "others\nteam.a\nteam.old\n");
    bench.done(&format!("apply -f {file} --prune --yes"));
    assert_eq!(bench.done("topics list -o name").out, "others\nteam.a\n");
    assert!(!bench.done("configs describe --topic team.a -o csv").out.contains("retention.ms"));
}

#[test]
fn what_cannot_be_done_is_told_and_the_rest_is_done() {
    let bench = Bench::new();
    bench.done("topics create clicks -p 6");
    let file = bench.file("topics:\n  clicks: {partitions: 3, configs: {retention.ms: 7}}\n");
    let partly = bench.run(&format!("apply -f {}", file.display()));
    assert_eq!(partly.code, 4, "{}", partly.err);
    assert!(partly.err.contains("error: topic clicks, partitions: partitions cannot be taken away\nhint: "));
    assert!(bench.done("configs describe --topic clicks -o csv").out.contains("retention.ms,7,"));

    let wrong = bench.file("topics:\n  clicks:\n    partition: 3\n");
    let refused = bench.run(&format!("plan -f {}", wrong.display()));
    assert!(refused.code == 1 && refused.err.contains("cluster.yaml: ") && refused.err.contains("partition"));
}
