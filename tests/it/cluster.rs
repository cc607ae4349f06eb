//! What `logbus cluster` does with the nodes of a cluster on this machine.

use std::collections::BTreeMap;
use std::fs;

use logbus::log::files::MetaProperties;
use serde_json::Value;

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

/// What a command of the toolbox says in JSON.
fn json(cluster: &LocalCluster, words: &str) -> Value {
    let document: Value = serde_json::from_str(&cluster.tool(&format!("{words} -o json")).out).unwrap();
    document["data"].clone()
}

/// The level of `kraft.version`, and each voter's directory.
fn quorum(cluster: &LocalCluster) -> (i64, BTreeMap<i64, String>) {
    let features = json(cluster, "features describe")["features"].as_array().unwrap().clone();
    let kraft = features.iter().find(|feature| feature["name"] == "kraft.version").unwrap();
    let voters = json(cluster, "quorum describe")["voters"].as_array().unwrap().clone();
    let directory = |voter: &Value| (voter["id"].as_i64().unwrap(), voter["directory_id"].as_str().unwrap().to_owned());
    (kraft["finalized"].as_i64().unwrap(), voters.iter().map(directory).collect())
}

#[test]
fn a_quorum_that_files_name_is_named_by_its_log_when_somebody_asks_and_needs_the_files_no_more() {
    let cluster = LocalCluster::start(3, &[]);
    cluster.tool("topics create before --partitions 3");
    assert_eq!(quorum(&cluster).0, 0);
    let asked = "features upgrade kraft.version=1";
    assert!(wait_until(|| cluster.try_tool(asked).code == 0), "{}", cluster.try_tool(asked).err);
    assert_eq!(quorum(&cluster).0, 0, "without --execute nothing changes");
    assert_eq!(cluster.tool(&format!("{asked} --execute")).out, "kraft.version is at 1\n");
    let id = |id: i32| MetaProperties::read(&cluster.node(id).join("data")).unwrap().unwrap().directory_id.unwrap();
    let directories: BTreeMap<i64, String> = (1..=3).map(|node| (i64::from(node), id(node).to_string())).collect();
    assert_eq!(quorum(&cluster), (1, directories.clone()));
    assert_eq!(cluster.tool(&format!("{asked} --execute")).out, "kraft.version is at 1\n", "again changes nothing");
    let back = cluster.try_tool("features downgrade kraft.version=0 --execute");
    assert_eq!(back.code, 1, "{}", back.out);
    assert!(back.err.contains("Can't downgrade the version of this feature."), "{}", back.err);

    cluster.done("stop");
    for node in 1..=3 {
        let file = cluster.node(node).join("server.properties");
        let text = fs::read_to_string(&file).unwrap();
        let kept = text.lines().filter(|line| !line.starts_with("controller.quorum.voters=")).collect::<Vec<_>>();
        assert_eq!(kept.len() + 1, text.lines().count());
        fs::write(&file, kept.join("\n") + "\n").unwrap();
    }
    cluster.done("start");
    assert_eq!(cluster.states(), ["ok", "ok", "ok"]);
    assert_eq!(quorum(&cluster), (1, directories));
    cluster.tool("topics create after --partitions 3");
    cluster.wait_until_in_sync();
    let log = cluster.node(1).join("data/__cluster_metadata-0/00000000000000000000.log");
    let dumped = crate::harness::logbus(["kafka-dump-log", "--cluster-metadata-decoder", "--files"]).arg(log).output();
    let dumped = String::from_utf8(dumped.unwrap().stdout).unwrap();
    let at = |text: &str| dumped.find(text).unwrap_or_else(|| panic!("no {text} in\n{dumped}"));
    assert!(at("KRaftVersion") < at("KRaftVoters"), "{dumped}");
}
