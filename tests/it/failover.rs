//! Three real processes: what a cluster owes its clients when a node goes.
//!
//! Times are bounded loosely, for a machine that is busy; `LOGBUS_STRICT=1` takes the bounds that are promised.

use std::fs;
use std::time::{Duration, Instant};

use logbus::log::files::MetaProperties;
use serde_json::Value;

use crate::cluster_harness::LocalCluster;
use crate::harness::{logbus, ran, wait_until};

/// A shorter session than Kafka's 9 s, so that tests see its end.
const SESSION: &[&str] = &["broker.session.timeout.ms=3000", "broker.heartbeat.interval.ms=500"];
const SESSION_TIME: Duration = Duration::from_secs(3);

/// A time that is promised, or what a busy machine may make of it.
fn bound(promised: Duration) -> Duration {
    if std::env::var_os("LOGBUS_STRICT").is_some() { promised } else { promised * 5 + Duration::from_secs(1) }
}

#[test]
fn three_nodes_serve_a_topic_from_all_of_them_and_name_one_controller() {
    let cluster = LocalCluster::start(3, SESSION);
    assert_eq!(cluster.states(), ["ok", "ok", "ok"]);
    let status = cluster.status();
    let roles = |role: &str| status.iter().filter(|node| node["quorum"] == role).count();
    assert_eq!((roles("leader"), roles("voter")), (1, 2), "{status:?}");
    cluster.tool("topics create clicks --partitions 6 --replication-factor 3");
    cluster.wait_until_in_sync();
    let loads: Vec<_> = (0..6).map(|partition| cluster.load("clicks", partition)).collect();
    for (partition, load) in (0..).zip(loads) {
        let sent = load.stop();
        assert_eq!(cluster.read("clicks", partition), (0..sent.records).collect::<Vec<_>>());
    }
    let leaders: Vec<u64> = cluster.status().iter().filter_map(|node| node["leaders"].as_u64()).collect();
    assert!(leaders.iter().all(|leaders| *leaders >= 2), "{leaders:?}");
}

#[test]
fn after_the_kill_of_a_leader_writes_resume_within_its_session_and_a_second() {
    let cluster = LocalCluster::start(3, SESSION);
    cluster.tool("topics create clicks --partitions 1 --replication-factor 3");
    cluster.wait_until_in_sync();
    let load = cluster.load("clicks", 0);
    let leader = cluster.leader("clicks", 0);
    let killed = Instant::now();
    cluster.done(&format!("kill {leader}"));
    load.wait_for_more(20);
    let resumed = Instant::now();
    cluster.done("start");
    cluster.wait_until_in_sync();
    let sent = load.stop();
    let gap = sent.longest(killed, resumed);
    eprintln!("writes resumed {gap:?} after the kill of the leader");
    assert!(gap <= bound(SESSION_TIME + Duration::from_secs(1)), "{gap:?}");
    assert_eq!(cluster.read("clicks", 0), (0..sent.records).collect::<Vec<_>>());
}

#[test]
fn a_controlled_shutdown_of_a_leader_holds_writes_up_for_less_than_a_fifth_of_a_second() {
    let cluster = LocalCluster::start(3, &[]);
    cluster.tool("topics create clicks --partitions 1 --replication-factor 3");
    cluster.wait_until_in_sync();
    let load = cluster.load("clicks", 0);
    let leader = cluster.leader("clicks", 0);
    let from = Instant::now();
    cluster.done(&format!("stop {leader}"));
    load.wait_for_more(20);
    let until = Instant::now();
    let sent = load.stop();
    let gap = sent.longest(from, until);
    eprintln!("the controlled shutdown of the leader held writes up for {gap:?}");
    assert!(gap <= bound(Duration::from_millis(200)), "{gap:?}");
    assert_eq!(cluster.read("clicks", 0), (0..sent.records).collect::<Vec<_>>());
}

#[test]
fn another_controller_takes_over_within_three_seconds_of_a_kill() {
    let cluster = LocalCluster::start(3, SESSION);
    let first = cluster.controller();
    let killed = Instant::now();
    cluster.done(&format!("kill {first}"));
    let mut made = false;
    wait_until(|| {
        let mut create = logbus(["topics", "create", "after", "--partitions", "1", "--replication-factor", "2"]);
        create.args(["--if-not-exists", "--timeout", "2s", "-b", cluster.bootstrap()]);
        made = ran(create.output().unwrap()).code == 0;
        made
    });
    let took = killed.elapsed();
    assert!(made, "no topic can be made without node {first}");
    eprintln!("a topic was made {took:?} after the kill of the active controller");
    assert!(took <= bound(Duration::from_secs(3)), "{took:?}");
    assert_ne!(cluster.controller(), first);
    cluster.done("start");
    assert_eq!(cluster.states(), ["ok", "ok", "ok"]);
}

#[test]
fn a_rolling_restart_under_load_costs_no_record_and_no_error() {
    let cluster = LocalCluster::start(3, &[]);
    cluster.tool("topics create clicks --partitions 3 --replication-factor 3");
    cluster.wait_until_in_sync();
    let loads: Vec<_> = (0..3).map(|partition| cluster.load("clicks", partition)).collect();
    for node in 1..=3 {
        cluster.done(&format!("stop {node}"));
        cluster.done(&format!("start {node}"));
        cluster.wait_until_in_sync();
    }
    for load in &loads {
        load.wait_for_more(20);
    }
    for (partition, load) in (0..).zip(loads) {
        let sent = load.stop();
        assert_eq!(cluster.read("clicks", partition), (0..sent.records).collect::<Vec<_>>());
    }
}

#[test]
fn a_wiped_node_comes_back_empty_and_is_filled_before_it_may_lead() {
    let cluster = LocalCluster::start(3, SESSION);
    cluster.tool("topics create clicks --partitions 3 --replication-factor 3");
    cluster.wait_until_in_sync();
    let loads: Vec<_> = (0..3).map(|partition| cluster.load("clicks", partition)).collect();
    let wiped = (1..=3).find(|id| *id != cluster.controller()).unwrap();
    cluster.done(&format!("kill {wiped}"));
    let meta = |id: i32| MetaProperties::read(&cluster.node(id).join("data")).unwrap().unwrap();
    let cluster_id = meta(wiped).cluster_id;
    fs::remove_dir_all(cluster.node(wiped).join("data")).unwrap();
    for load in &loads {
        load.wait_for_more(20);
    }
    cluster.done(&format!("start {wiped}"));
    assert_eq!(meta(wiped).cluster_id, cluster_id, "it is formatted for the same cluster");
    cluster.wait_until_in_sync();
    let counts: Vec<u64> = loads.into_iter().map(|load| load.stop().records).collect();
    // Only the wiped node and one other are left: it must lead what the third led, with everything in it.
    let other = (1..=3).find(|id| *id != wiped && *id != cluster.controller()).unwrap();
    cluster.done(&format!("stop {other}"));
    for (partition, count) in (0..).zip(counts) {
        assert_eq!(cluster.read("clicks", partition), (0..count).collect::<Vec<_>>());
    }
    let states: Vec<Value> = cluster.status().into_iter().map(|node| node["state"].clone()).collect();
    assert_eq!(states.iter().filter(|state| **state == "ok").count(), 2, "{states:?}");
}
