//! What `logbus cluster` does with the nodes of a cluster on this machine.

use std::fs;

use crate::cluster_harness::LocalCluster;
use crate::harness::wait_until;

#[test]
fn a_local_cluster_is_made_killed_paused_stopped_and_started_again() {
    let cluster = LocalCluster::start(1, &["log.segment.bytes=1048576"]);
    let settings = fs::read_to_string(cluster.node(1).join("server.properties")).unwrap();
    assert!(settings.contains("process.roles=broker,controller\n") && settings.contains("log.segment.bytes=1048576\n"));
    assert_eq!(cluster.states(), ["ok"]);
    assert_eq!(cluster.controller(), 1);
    cluster.tool("topics create clicks --partitions 1");
    let load = cluster.load("clicks", 0);
    let sent = load.stop();

    let again = cluster.run("start --nodes 1");
    assert_eq!(again.code, 1, "a cluster is not made twice");
    assert!(again.err.starts_with("error: there is a cluster of 1 nodes in "), "{}", again.err);
    let missing = cluster.run("kill 7");
    assert_eq!((missing.code, missing.err.starts_with("error: there is no node 7: ")), (1, true), "{}", missing.err);

    assert_eq!(cluster.done("pause 1").out, "paused node 1\n");
    assert_eq!(cluster.states(), ["paused"]);
    assert_eq!(cluster.done("resume").out, "resumed node 1\n");
    assert!(wait_until(|| cluster.states() == ["ok"]));
    assert_eq!(cluster.done("kill 1").out, "killed node 1\n");
    assert_eq!(cluster.states(), ["down"]);
    cluster.done("start");
    assert_eq!(cluster.states(), ["ok"]);
    assert_eq!(cluster.read("clicks", 0), (0..sent.records).collect::<Vec<_>>());

    cluster.done("pause 1");
    assert_eq!(cluster.done("stop").out, "stopped node 1\n", "one that is held stops too");
    assert_eq!(cluster.done("stop").out, "node 1 is down already\n");
    let log = fs::read_to_string(cluster.node(1).join("broker.log")).unwrap();
    assert!(log.lines().any(|line| line.ends_with("stopped")), "the shutdown was a controlled one:\n{log}");
}

#[test]
fn a_node_that_cannot_start_is_told_with_the_end_of_its_log() {
    let cluster = LocalCluster::start(1, &[]);
    cluster.done("stop");
    let settings = cluster.node(1).join("server.properties");
    let broken = fs::read_to_string(&settings).unwrap() + "log.segment.bytes=1\n";
    fs::write(&settings, broken).unwrap();
    let failed = cluster.run("start");
    assert_eq!(failed.code, 1, "{}", failed.err);
    assert!(failed.err.starts_with("error: ") && failed.err.contains("log.segment.bytes"), "{}", failed.err);
}
