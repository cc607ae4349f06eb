//! `logbus health` and `logbus wait`: what is told of a cluster that is well, of one that is not, and when it is again.

use serde_json::Value;

use super::cluster_harness::LocalCluster;
use super::harness::{Broker, Ran, feed, logbus, ran};

fn run(broker: &Broker, words: &str) -> Ran {
    ran(logbus(words.split(' ')).env("LOGBUS_BOOTSTRAP_SERVER", broker.bootstrap()).output().unwrap())
}

fn check<'a>(checks: &'a [Value], name: &str) -> &'a Value {
    checks.iter().find(|check| check["check"] == name).unwrap_or_else(|| panic!("no check {name}"))
}

fn checks(out: &str) -> Vec<Value> {
    let document: Value = serde_json::from_str(out).unwrap();
    document["data"].as_array().unwrap().clone()
}

#[test]
fn each_check_has_a_value_a_limit_and_a_level() {
    let broker = Broker::start();
    run(&broker, "topics create orders -p 2");
    let lines = "x\n".repeat(1_500);
    assert_eq!(feed(&mut logbus(["produce", "orders", "-b", &broker.bootstrap()]), &lines).code, 0);
    // The disk of the machine that runs this may be nearly full.
    let well = run(&broker, "health --sample 200ms --disk 100 --p99 10s");
    assert_eq!((well.code, well.err.as_str()), (0, ""), "{}", well.out);
    let fine = well.out.lines().any(|line| line.starts_with("ok") && line.contains("under-replicated partitions"));
    assert!(fine, "{}", well.out);

    run(&broker, "groups reset-offsets billing --topic orders --to-earliest --execute");
    let warned = run(&broker, "health --sample 200ms --disk 100 --p99 10s -o json");
    assert_eq!(warned.code, 0, "a warning is no failure: {}", warned.err);
    let all = checks(&warned.out);
    let lag = check(&all, "consumer lag");
    assert_eq!((&lag["level"], &lag["value"], &lag["limit"]), (&"warn".into(), &1500.0.into(), &100_000.0.into()));
    assert_eq!(lag["detail"], "billing on orders");
    assert_eq!(all[0]["check"], "consumer lag", "the bad ones come first");
    assert_eq!(check(&all, "ISR changes")["level"], "ok");
    assert_eq!(check(&all, "network")["level"], "unknown");

    let strict = run(&broker, "health --sample 0 --disk 100 --p99 10s --strict");
    assert_eq!(strict.code, 5);
    let failed = run(&broker, "health --sample 0 --disk 100 --p99 10s --lag 1000");
    assert_eq!(failed.code, 5);
    assert_eq!(failed.out.lines().next().map(|line| &line[..18]), Some("FAIL  consumer lag"));
    let told = "error: the cluster is not well: consumer lag\nhint: `logbus lag billing` shows more\n";
    assert_eq!(failed.err, told);

    run(&broker, "configs set --topic orders min.insync.replicas=2");
    let under = run(&broker, "health --sample 0 --disk 100 --p99 10s -o json");
    assert_eq!((under.code, &check(&checks(&under.out), "partitions under min ISR")["value"]), (5, &2.0.into()));
}

#[test]
fn a_script_waits_until_it_is_so_or_is_told_why_not() {
    let broker = Broker::with(&["auto.create.topics.enable=false"]);
    let late = run(&broker, "wait --until topic-ready late --timeout 300ms --interval 50ms");
    assert_eq!(late.code, 5);
    assert!(late.err.starts_with("error: not topic-ready after ") && late.err.contains(": late is not there\nhint: "));
    let waiting = logbus(["wait", "--until", "topic-ready", "late", "--interval", "50ms", "-b", &broker.bootstrap()])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    run(&broker, "topics create late");
    let waited = ran(waiting.wait_with_output().unwrap());
    assert!(waited.code == 0 && waited.out.starts_with("topic-ready after "), "{}{}", waited.out, waited.err);

    assert_eq!(feed(&mut logbus(["produce", "late", "-b", &broker.bootstrap()]), "a\nb\nc\n").code, 0);
    run(&broker, "groups reset-offsets g --topic late --to-earliest --execute");
    assert_eq!(run(&broker, "wait --until lag-below=2 g --timeout 200ms --interval 50ms").code, 5);
    for held in ["lag-below=3 g", "group-empty g", "brokers=1", "no-moves", "in-sync late", "topic-gone other"] {
        let ran = run(&broker, &format!("wait --until {held} --quiet"));
        assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{held}: {}", ran.err);
    }
}

#[test]
fn a_lost_broker_is_a_failure_until_it_is_back() {
    let cluster = LocalCluster::start(3, &["broker.session.timeout.ms=2000", "replica.lag.time.max.ms=2000"]);
    cluster.tool("topics create clicks -p 3 -r 3");
    cluster.tool("topics create lone --assignment 3");
    cluster.tool("wait --until in-sync");
    for topic in ["clicks", "lone"] {
        cluster.tool(&format!("groups reset-offsets g --topic {topic} --to-earliest --execute"));
    }
    cluster.done("kill 3");
    let shrunk = || {
        let ran = cluster.try_tool("health --sample 0 --disk 100 --p99 10s -o json");
        let all = checks(&ran.out);
        let value = |name| check(&all, name)["value"].as_f64().unwrap_or(0.0);
        ran.code == 5 && value("under-replicated partitions") >= 3.0 && value("fenced brokers") == 1.0
    };
    assert!(super::harness::wait_until(shrunk));
    // One partition without leader is a row with its reason, and does not take the others with it.
    let described = cluster.tool("groups describe g -o csv --columns topic,committed,end,lag --no-headers").out;
    let rows: Vec<&str> = described.lines().collect();
    assert_eq!(rows, ["clicks,0,0,0", "clicks,0,0,0", "clicks,0,0,0", "lone,0,no leader,"]);
    let waited = cluster.try_tool("wait --until in-sync clicks --timeout 300ms --interval 100ms");
    assert!(waited.code == 5 && waited.err.contains("clicks: 3 of 3 partitions are not in sync"), "{}", waited.err);
    cluster.done("start");
    cluster.tool("wait --until in-sync clicks --timeout 60s");
    cluster.tool("wait --until brokers=3 --timeout 60s");
}
